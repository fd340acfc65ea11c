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


def means(parts):
    return [part.mean() for part in parts if len(part)]


def vectors_sent(ratings, n_blocks):
    block = ratings["movieId"] % n_blocks
    return len(pd.DataFrame({"user": ratings["userId"], "block": block}).value_counts())


def vectors_sent_by_user(ratings, n_blocks):
    block = ratings["movieId"] % n_blocks
    return block.groupby(ratings["userId"]).nunique().sum()


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


def good_ones(table, low, high):
    number = pd.to_numeric(table["rating"], errors="coerce")
    whole = table[number.between(low, high)].dropna(subset=["userId", "movieId"])
    again = table.duplicated(["userId", "movieId"], keep=False)
    return (~again[whole.index]).sum()


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
    "vectors_sent": [vectors_sent, vectors_sent_by_user, vectors_sent_in_a_loop],
    "bad_rows": [
        bad_rows,
        lambda table, *ends: len(table) - good_ones(table, *ends),
        bad_rows_in_a_loop,
    ],
}

WRONG = {
    "damped_mean": {
        "without the damping": lambda parts, d: damped_mean(parts, 0),
        "once a movie, not once an executor": lambda parts, d: damped_mean(
            parts, d * len(parts)
        ),
        "damped mean added up: send sums and counts": lambda parts, d: sum(
            damped_mean([part], d) for part in parts
        ),
        "one executor may hold few ratings, another many": [
            lambda parts, d: np.mean([damped_mean([part], d) for part in parts]),
            lambda parts, d: np.mean(means(parts)),
            lambda parts, d: damped_mean([np.repeat(means(parts), 2)], d),
        ],
        "other executors": lambda parts, d: damped_mean(parts[:1], d),
        "divide the sum by": lambda parts, d: sum(p.sum() for p in parts),
        "count the ratings, not the executors": lambda parts, d: (
            sum(p.sum() for p in parts) / (len(parts) + d)
        ),
        "the damping is added to the count": lambda parts, d: damped_mean(parts, 0) + d,
        "differ in length": lambda parts, d: np.mean(np.array(parts)),
        "plus the damping, 0.5": lambda parts, d: damped_mean(parts, 2.5),
        "all sums, 2, by all counts, 2, plus": lambda parts, d: damped_mean(
            parts, d if len(parts) > 1 else 0
        ),
    },
    "vectors_sent": {
        "one vector a rating; but a": lambda ratings, n: len(ratings),
        "every user to every block; but": lambda r, n: r["userId"].nunique() * n,
        "one vector a user; but each block": lambda r, n: r["userId"].nunique(),
        "each block gets; how many in all?": lambda r, n: vectors_sent(r, n) / n,
        "each user is sent; how many in all?": lambda r, n: (
            vectors_sent(r, n) / r["userId"].nunique()
        ),
        "go to blocks of movies, not the reverse": lambda r, n: (
            (r["userId"] % n).groupby(r["movieId"]).nunique().sum()
        ),
        "each has a vector of its own": lambda r, n: vectors_sent(
            r.assign(userId=r["userId"] % n), n
        ),
        "that occur; 4": lambda r, n: vectors_sent(r, n) + 5,
        "that occur; 2": lambda r, n: vectors_sent(r, 4),
        "userId and movieId": lambda r, n: r["block"].sum(),
    },
    "bad_rows": {
        "those are the good ones": good_ones,
        "a number of rows, not a share": lambda table, *ends: (
            bad_rows(table, *ends) / len(table)
        ),
        "may stand in several rows": any_of("missing", "text", "outside"),
        "all rows of a repeated pair": any_of(*ALL, keep="first"),
        "look for pairs in all rows": pairs_of_good_rows_alone,
        "a missing id is bad as well": any_of("text", "outside", "pairs"),
        "NaN is neither below nor above": any_of("missing", "outside", "pairs"),
        "0.5 to 5 is all there is": any_of("missing", "text", "pairs"),
        "the ends are ratings too": lambda table, low, high: bad_rows(
            table, low + 1e-9, high - 1e-9
        ),
        "a text such as 'five' is no rating either": any_of(
            "missing", "empty", "outside", "pairs"
        ),
        "a pair is user and movie": any_of(*ALL, pair=("userId", "movieId", "rating")),
        "the sum over the four faults": lambda table, *ends: sum(
            faults(table, *ends)[name].sum() for name in ALL
        ),
        "the ratings are text": lambda table, low, high: (table["rating"] < low).sum(),
        "makes NaN of what is no number": lambda table, low, high: (
            table["rating"].astype(float) < low
        ).sum(),
        "missing ids 5, no number 13": lambda *given: bad_rows(*given) + 1,
        "outside 0 to 10 ": lambda table, *ends: bad_rows(table, 0.5, 5.0),
        "outside 1 to 4 ": lambda table, low, high: bad_rows(
            table, min(low, 0.5), high
        ),
    },
}
