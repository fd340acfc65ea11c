"""Large and mostly empty tables: every step from a file to a list, seconds and memory.

    uv run python benchmarks/sparse_tables.py

Two made-up tables with long tails, as large as the ratings of Ciao and of Book-Crossing
(own_tables.py makes them): most items have one rating. Peak memory is what a step adds
to what was there before it. Each table has a process of its own.
"""

import os
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import pandas as pd
from common import forget_peak, peak_mb, run_each_size, seconds
from own_tables import long_tails

SIZES = {72_345: (17_615, 16_121), 433_671: (77_805, 185_973)}


def measure(n):
    from collab import (
        data,
        evaluate,
        factors,
        implicit,
        maps,
        recommend,
        regularised,
        split,
        training,
    )
    from collab.baselines import fit_biases, predict_biases
    from collab.ids import IdMap, add_row_numbers

    steps = {}

    def step(name, function):
        before = forget_peak()
        took, result = seconds(function)
        steps[f"{name}, s"], steps[f"{name}, MB"] = took, peak_mb() - before
        print(f"{name}: {took:.1f} s, {steps[f'{name}, MB']:.0f} MB", file=sys.stderr)
        return result

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        table = long_tails(*SIZES[n], n)
        table.set_axis(["userId", "movieId", "rating"], axis=1).to_csv(
            path, index=False
        )
        ratings = step("load_ratings", lambda: data.load_ratings(path))
    users, items = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
    sizes = {"n_users": len(users), "n_items": len(items)}
    rows = step("row numbers", lambda: add_row_numbers(ratings, users, items))
    train, valid = split.random_split(rows, seed=np.random.default_rng(42))
    step("biases", lambda: predict_biases(fit_biases(train), valid))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # factors left out
        model, _ = step(
            "fit_regularised",
            lambda: regularised.fit_regularised(train, **sizes, seed=0, progress=False),
        )
    ids = valid["userId"], valid["movieId"]
    step("predict", lambda: training.predict(model, users, items, *ids))
    read = step("read_factors", lambda: factors.read_factors(model, users, items))
    taste = read.taste(int(users.decode(0)))
    scores = step("score_items", lambda: read.scores(taste))
    step("top_n", lambda: recommend.top_n(scores))
    watched = step("who_watched", lambda: implicit.who_watched(train, *sizes.values()))
    similar = step("item_similarities", lambda: implicit.item_similarities(watched))
    some = watched[:1000]
    step("top_lists", lambda: evaluate.top_lists(some @ similar, 10))
    als = step("implicit_als", lambda: implicit.implicit_als(watched, n_iterations=2))
    tables = [pd.DataFrame(side) for side in als]
    step("map_2d", lambda: maps.map_2d(*tables))
    step("neighbours", lambda: factors.neighbours(tables[1], 0))
    try:
        step("ease", lambda: implicit.ease(watched))
    except ValueError as error:
        print(error, file=sys.stderr)
        steps["ease, s"] = steps["ease, MB"] = np.nan
    return {"ratings": len(ratings), **sizes, **steps}


def report(rows):
    table = pd.DataFrame(rows).set_index("ratings").T
    print(table.round(2).to_string())


if __name__ == "__main__":
    millions = [n / 1e6 for n in SIZES]
    run_each_size(__doc__.splitlines()[0], millions, measure, report)
