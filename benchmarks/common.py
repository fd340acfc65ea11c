"""What the benchmarks share: data, splits, time, memory, one process for each size."""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
SEEDS = [42, 1, 2, 3, 4]


def load():
    """The course's ratings, with the row numbers that a model wants."""
    from collab.data import load_ratings
    from collab.ids import IdMap, add_row_numbers

    ratings = load_ratings(ROOT / "data" / "ratings.csv")
    users, items = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
    return add_row_numbers(ratings, users, items)


def split(seed):
    """One of the five splits: `(train, valid)`."""
    from collab.split import random_split

    return random_split(load(), seed=np.random.RandomState(seed))


COMPILED = {"loss": "mse", "metrics": ["mse"], "steps_per_execution": 64}


def original_model(seed=42):
    """The model of 2017, compiled as it was."""
    import keras

    from collab.models import dot_product_model

    initializer = keras.initializers.RandomUniform(0, 1)
    model = dot_product_model(671, 9066, 50, initializer=initializer, seed=seed)
    model.compile(keras.optimizers.Adam(0.001), **COMPILED)
    return model


LESSON_EPOCHS, LESSON_BATCH = 8, 1024  # what lesson 06 ended with


def lesson_model(
    mean,
    n_ratings,
    *,
    sizes=(671, 9066),
    reg=0,
    row_reg=0.1,
    seed=42,
):
    """Lesson 06's centred model, compiled for its epochs and batches."""
    import keras

    from collab.models import dot_product_model

    model = dot_product_model(
        *sizes,
        reg=reg,
        initializer=keras.initializers.RandomUniform(-0.05, 0.05),
        seed=seed,
        row_reg=row_reg,
        bias_reg=0.01,
        bias_initializer="zeros",
        mean=mean,
    )
    steps = LESSON_EPOCHS * -(-n_ratings // LESSON_BATCH)
    rate = keras.optimizers.schedules.PolynomialDecay(0.006, steps, 0.0)
    model.compile(keras.optimizers.Adam(rate), **COMPILED)
    return model


def keras_fit(model, train, valid=None, *, seed=42, **options):
    """Keras's `fit` of a model of the course's users and movies; what it returns."""
    import keras

    from collab.training import to_arrays

    if valid is not None:
        options["validation_data"] = to_arrays(valid, (671, 9066))
    keras.utils.set_random_seed(seed)  # Keras draws the order of the ratings
    return model.fit(*to_arrays(train, (671, 9066)), verbose=0, **options)


def seconds(function):
    """How long a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def processor_seconds(function):
    """The same in the time of the processor, of all cores together."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def forget_peak():
    """Let `peak_mb` begin anew; returns the memory in use. Linux only."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mb()


def peak_mb():
    """Of this process alone: `ru_maxrss` would begin with the peak of its parent."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1000


def run_each_size(description, millions, measure, report):
    """Measure each size in a process of its own, then report all of them.

    The script that calls this runs itself once for each size, with --measure.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--millions", type=float, nargs="+", default=millions)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    rows = []
    for million in arguments.millions:
        command = [sys.executable, sys.argv[0], "--measure", str(int(million * 1e6))]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(output.stdout))
    report(rows)
