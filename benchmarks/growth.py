"""Lesson 05's model as the data grows: seconds per million ratings, and memory.

    uv run python benchmarks/growth.py                     0.1, 1 and 10 million ratings
    uv run python benchmarks/growth.py --millions 0.1 1

Three epochs each: the first also traces and compiles, the faster of the others is what
every further epoch takes, and the difference is the compile time. The ratings are made
up (see scaling.py): 150 ratings a user and up to 80,000 movies, far more than in data/.
Each size has a process, and so a peak memory, of its own.
"""

import numpy as np
import pandas as pd
from common import (
    forget_peak,
    lesson_model,
    peak_mb,
    record_evaluations,
    run_each_size,
)
from scaling import make_ratings

SMALL, LARGE = 256, 8192  # batches: a step costs as much as the tables are large


def measure(n):
    from collab.course.notebook import prepare

    prepare(seed=42)
    from collab import training
    from collab.ids import IdMap, add_row_numbers

    ratings = make_ratings(n)
    users, items = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
    ratings = add_row_numbers(ratings, users, items)
    ratings = ratings[["user_row", "item_row", "rating"]]
    batch_size = SMALL if n <= 100_000 else LARGE
    before = forget_peak()
    model = lesson_model(
        ratings["rating"].mean(),
        n,
        sizes=(len(users), len(items)),
        epochs=3,
        batch=batch_size,
    )
    moments = record_evaluations(model)
    # A thousand rows to validate: this is about training.
    history = training.fit(
        model,
        ratings,
        ratings.head(1000),
        epochs=3,
        batch_size=batch_size,
        rng=np.random.default_rng(42),
        progress=False,
    )
    start, first, second, third = moments
    epoch = min(second - first, third - second)
    assert np.isfinite(history).all(axis=None)
    return {
        "ratings": n,
        "users": len(users),
        "movies": len(items),
        "batch": batch_size,
        "ratings table, MB": ratings.memory_usage().sum() / 1e6,
        "weights, MB": 4 * model.count_params() / 1e6,
        "compile, s": (first - start) - epoch,
        "epoch, s": epoch,
        "epoch, s per million": epoch / (n / 1e6),
        "peak, MB": peak_mb() - before,
    }


def report(rows):
    print(pd.DataFrame(rows).set_index("ratings").T.round(1).to_string())


if __name__ == "__main__":
    run_each_size(__doc__.splitlines()[0], [0.1, 1, 10], measure, report)
