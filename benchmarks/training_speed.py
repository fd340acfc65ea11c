"""Ways to run Keras's epochs, one after the other in turns, in one run.

    uv run python benchmarks/training_speed.py                    about 10 minutes
    uv run python benchmarks/training_speed.py --rounds 1 --epochs 2

The models of lessons 04 and 05 from one seed: plain `model.fit`, `model.fit` of a model
compiled with options of Keras's own, and `collab.training.fit`. Each time is the whole
training, tracing, compiling and validation included: the median of all rounds, of the
clock and of the processors (which says more where other work runs beside it).
"""

import argparse
import time

from collab.course.notebook import prepare

prepare(seed=42)

import keras  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from common import (  # noqa: E402
    LESSON_BATCH,
    LESSON_EPOCHS,
    lesson_model,
    original_model,
    split,
)

from collab import training  # noqa: E402

STEPS = {"steps_per_execution": 64}
WAYS = {
    "model.fit": {},
    "model.fit, 64 steps at once": STEPS,
    "model.fit, 64 steps at once, jit_compile": STEPS | {"jit_compile": True},
    "collab.training.fit": None,
}


def arrays(table):
    rows = [table["user_row"].to_numpy(), table["item_row"].to_numpy()]
    return rows, table["rating"].to_numpy()


def train_model(model, options, train, valid, epochs, batch_size):
    """The validation error of the last epoch."""
    if options is None:
        history = training.fit(
            model,
            train,
            valid,
            epochs=epochs,
            batch_size=batch_size,
            rng=np.random.default_rng(42),
            progress=False,
        )
        return history["val_mse"].iloc[-1]
    keras.utils.set_random_seed(42)  # so that all see the same order
    model.compile(model.optimizer, loss="mse", metrics=["mse"], **options)
    history = model.fit(
        *arrays(train),
        batch_size=batch_size,
        epochs=epochs,
        validation_data=arrays(valid),
        verbose=0,
    )
    return history.history["val_mse"][-1]


def main(rounds, epochs):
    train, valid = split(42)
    models = {
        "2017": (original_model, epochs, 64),
        "lesson 05": (
            lambda: lesson_model(train["rating"].mean(), len(train)),
            LESSON_EPOCHS,
            LESSON_BATCH,
        ),
    }
    rows = []
    for _ in range(rounds):
        for name, (make, n, batch_size) in models.items():
            for way, options in WAYS.items():
                model = make()
                clock, cpu = time.perf_counter(), time.process_time()
                error = train_model(model, options, train, valid, n, batch_size)
                seconds = time.perf_counter() - clock, time.process_time() - cpu
                rows.append([name, way, *seconds, error])
                print(name, way, *(f"{s:.1f}" for s in seconds), sep=", ", flush=True)
    columns = ["model", "way", "seconds", "of processors", "val_mse"]
    table = pd.DataFrame(rows, columns=columns)
    table = table.groupby(["model", "way"], sort=False).median()
    for column in columns[2:4]:
        first = table[column].xs("model.fit", level="way")
        table[f"{column}, ratio"] = first / table[column]
    print(table.round(3).to_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20, help="of the model of 2017")
    arguments = parser.parse_args()
    main(arguments.rounds, arguments.epochs)
