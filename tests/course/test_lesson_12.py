"""Lesson 12's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_12 as checks  # noqa: F401


def damped_mean(parts, damping):
    total, n = sum(part.sum() for part in parts), sum(len(part) for part in parts)
    return total / (n + damping)


def damped_mean_joined(parts, damping):
    together = np.concatenate(parts)
    return together.sum() / (len(together) + damping)


def vectors_sent(ratings, n_blocks):
    block = ratings["movieId"] % n_blocks
    return len(pd.DataFrame({"user": ratings["userId"], "block": block}).value_counts())


def vectors_sent_in_a_loop(ratings, n_blocks):
    return len({(row.userId, row.movieId % n_blocks) for row in ratings.itertuples()})


def faults(table, low, high, keep=False, pair=("userId", "movieId")):
    number = pd.to_numeric(table["rating"], errors="coerce")
    return {
        "missing": table[["userId", "movieId"]].isna().any(axis=1),
        "empty": table["rating"].isna(),
        "text": number.isna(),
        "outside": (number < low) | (number > high),
        "pairs": table.duplicated(list(pair), keep=keep)
        & table[["userId", "movieId"]].notna().all(axis=1),
    }


def any_of(*names, **options):
    def count(table, low, high):
        found = faults(table, low, high, **options)
        return pd.concat([found[name] for name in names], axis=1).any(axis=1).sum()

    return count


ALL = "missing", "text", "outside", "pairs"
bad_rows = any_of(*ALL)


def pairs_of_good_rows_alone(table, low, high):
    found = faults(table, low, high)
    wrong = found["missing"] | found["text"] | found["outside"]
    again = table[~wrong].duplicated(["userId", "movieId"], keep=False)
    return wrong.sum() + again.sum()


def bad_rows_in_a_loop(table, low, high):
    seen = pd.Series(list(zip(table["userId"], table["movieId"], strict=True)))
    bad = 0
    for pair, rating in zip(seen, table["rating"], strict=True):
        try:
            fine = low <= float(rating) <= high
        except (TypeError, ValueError):
            fine = False
        fine = fine and not any(pd.isna(one) for one in pair)
        bad += not fine or list(seen).count(pair) > 1
    return bad


RIGHT = {
    "damped_mean": [damped_mean, damped_mean_joined],
    "vectors_sent": [vectors_sent, vectors_sent_in_a_loop],
    "bad_rows": [
        bad_rows,
        bad_rows_in_a_loop,
    ],
}

WRONG = {
    "damped_mean": {
        "without the damping": lambda parts, d: damped_mean(parts, 0),
        "once a movie, not once an executor": lambda parts, d: damped_mean(
            parts, d * len(parts)
        ),
        "one executor may hold few ratings, another many": [
            lambda parts, d: sum(damped_mean([part], d) for part in parts),
            lambda parts, d: np.mean([damped_mean([part], d) for part in parts]),
            lambda parts, d: np.mean([part.mean() for part in parts if len(part)]),
        ],
        "count the ratings, not the executors": lambda parts, d: (
            sum(p.sum() for p in parts) / (len(parts) + d)
        ),
        "differ in length": lambda parts, d: np.mean(np.array(parts)),
        "plus the damping, 0.5": lambda parts, d: damped_mean(parts, 2.5),
    },
    "vectors_sent": {
        "once, not once a rating": lambda ratings, n: len(ratings),
        "does not need the user's vector": lambda r, n: r["userId"].nunique() * n,
        "each block with a movie that a user rated needs": lambda r, n: r[
            "userId"
        ].nunique(),
        "go to blocks of movies, not the reverse": lambda r, n: (
            (r["userId"] % n).groupby(r["movieId"]).nunique().sum()
        ),
        "that occur; 4": lambda r, n: vectors_sent(r, n) / n,
        "that occur; 2": lambda r, n: vectors_sent(r, 4),
        "userId and movieId": lambda r, n: r["block"].sum(),
    },
    "bad_rows": {
        "may stand in several rows": any_of("missing", "text", "outside"),
        "all rows of a repeated pair": [
            any_of(*ALL, keep="first"),
            pairs_of_good_rows_alone,
            any_of(*ALL, pair=("userId", "movieId", "rating")),
        ],
        "a missing id is bad as well": any_of("text", "outside", "pairs"),
        "NaN is neither below nor above": any_of("missing", "outside", "pairs"),
        "0.5 to 5 is all there is": any_of("missing", "text", "pairs"),
        "the ends are ratings too": lambda table, low, high: bad_rows(
            table, low + 1e-9, high - 1e-9
        ),
        "a text such as 'five' is no rating either": any_of(
            "missing", "empty", "outside", "pairs"
        ),
        "pairs in several rows 6; a row with two faults is one row": [
            lambda table, *ends: sum(faults(table, *ends)[x].sum() for x in ALL),
            lambda table, *ends: len(table) - bad_rows(table, *ends),
        ],
        "the ratings are text": lambda table, low, high: (table["rating"] < low).sum(),
        "makes NaN of what is no number": lambda table, low, high: (
            table["rating"].astype(float) < low
        ).sum(),
        "missing ids 2, no number 9, outside 0.5 to 5 6,": lambda *given: 0,
        "outside 0 to 10 1,": lambda table, *ends: bad_rows(table, 0.5, 5.0),
    },
}
