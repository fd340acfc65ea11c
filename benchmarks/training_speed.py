"""Keras's epochs step by step and 64 steps at once, in turns, in one run.

    uv run python benchmarks/training_speed.py                    about 8 minutes
    uv run python benchmarks/training_speed.py --rounds 1 --epochs 2

The models of lessons 04 and 06, the same batches in the same order each time: the
losses have to agree, only the time may differ. It is that of the whole training, with
tracing, compiling and validation, by the clock and by the processors (which tells more
where other work runs beside it); shown are medians over the rounds, and the ratios.
"""

import argparse
import time

from collab.course.notebook import prepare

prepare(seed=42)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from common import (  # noqa: E402
    COMPILED,
    LESSON_BATCH,
    LESSON_EPOCHS,
    keras_fit,
    lesson_model,
    original_model,
    split,
)

WAYS = {
    "one step": {"steps_per_execution": 1},
    "64 steps": {"steps_per_execution": 64},
    "64 steps, jit_compile": {"steps_per_execution": 64, "jit_compile": True},
}


def main(rounds, epochs):
    train, valid = split(42)
    models = {
        "2017": (original_model, {"epochs": epochs, "batch_size": 64}),
        "lesson 06": (
            lambda: lesson_model(train["rating"].mean(), len(train)),
            {"epochs": LESSON_EPOCHS, "batch_size": LESSON_BATCH},
        ),
    }
    rows, losses = [], {}
    for _ in range(rounds):
        for name, (make, options) in models.items():
            for way, how in WAYS.items():
                model = make()
                model.compile(model.optimizer, **COMPILED | how)
                clock, cpu = time.perf_counter(), time.process_time()
                history = keras_fit(model, train, valid, **options).history
                seconds = time.perf_counter() - clock, time.process_time() - cpu
                rows.append([name, way, *seconds])
                print(name, way, *(f"{s:.1f}" for s in seconds), sep=", ", flush=True)
                first = losses.setdefault(name, history)
                for column in first:
                    np.testing.assert_allclose(history[column], first[column], 1e-3)
    columns = ["model", "at once", "seconds", "of processors"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.groupby(columns[:2], sort=False).median()
    ratios = table / table.xs("one step", level="at once")
    print(table.join(ratios, rsuffix=", ratio").round(2).to_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20, help="of the model of 2017")
    arguments = parser.parse_args()
    main(arguments.rounds, arguments.epochs)
