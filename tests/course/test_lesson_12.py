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


def n_of(parts):
    return sum(map(len, parts))


def vectors_sent(ratings, n_blocks):
    block = ratings["movieId"] % n_blocks
    return len(
        pd.DataFrame({"user": ratings["userId"], "block": block}).drop_duplicates()
    )


def vectors_sent_by_user(ratings, n_blocks):
    block = ratings["movieId"] % n_blocks
    return block.groupby(ratings["userId"]).nunique().sum()


def vectors_sent_in_a_loop(ratings, n_blocks):
    return len({(row.userId, row.movieId % n_blocks) for row in ratings.itertuples()})


def faults(table, low, high, keep=False, pair=("userId", "movieId")):
    number = pd.to_numeric(table["rating"], errors="coerce")
    return {
        "missing": table[["userId", "movieId"]].isna().any(axis=1),
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


bad_rows = any_of("missing", "text", "outside", "pairs")


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


def bad_rows_by_the_good(table, low, high):
    return len(table) - good_ones(table, low, high)


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


RIGHT = [
    ("damped_mean", damped_mean),
    ("damped_mean", damped_mean_joined),
    ("vectors_sent", vectors_sent),
    ("vectors_sent", vectors_sent_by_user),
    ("vectors_sent", vectors_sent_in_a_loop),
    ("bad_rows", bad_rows),
    ("bad_rows", bad_rows_by_the_good),
    ("bad_rows", bad_rows_in_a_loop),
]

WRONG = [
    ("damped_mean", lambda parts, d: damped_mean(parts, 0), "without the damping"),
    (
        "damped_mean",
        lambda parts, d: damped_mean(parts, d * len(parts)),
        "once a movie, not once an executor",
    ),
    (
        "damped_mean",
        lambda parts, d: sum(damped_mean([part], d) for part in parts),
        "damped mean added up: send sums and counts",
    ),
    (
        "damped_mean",
        lambda parts, d: np.mean([damped_mean([part], d) for part in parts]),
        "the mean of the executors' damped means",
    ),
    (
        "damped_mean",
        lambda parts, d: np.mean(means(parts)),
        "the mean of means is not the mean: an executor",
    ),
    (
        "damped_mean",
        lambda parts, d: np.mean(means(parts)) * n_of(parts) / (n_of(parts) + d),
        "the mean of means is not the mean, damped or not",
    ),
    ("damped_mean", lambda parts, d: damped_mean(parts[:1], d), "other executors"),
    ("damped_mean", lambda parts, d: sum(p.sum() for p in parts), "divide the sum by"),
    (
        "damped_mean",
        lambda parts, d: sum(p.sum() for p in parts) / (len(parts) + d),
        "count the ratings, not the executors",
    ),
    (
        "damped_mean",
        lambda parts, d: damped_mean(parts, 0) + d,
        "the damping is added to the count",
    ),
    ("damped_mean", lambda parts, d: damped_mean(parts, -d), "is added to the count"),
    ("damped_mean", lambda parts, d: np.mean(np.array(parts)), "differ in length"),
    ("damped_mean", lambda *given: round(damped_mean(*given), 1), "do not round"),
    ("vectors_sent", lambda ratings, n: len(ratings), "one vector a rating: but a"),
    (
        "vectors_sent",
        lambda ratings, n: ratings["userId"].nunique() * n,
        "every user to every block: but",
    ),
    (
        "vectors_sent",
        lambda ratings, n: ratings["userId"].nunique(),
        "one vector a user: but each block",
    ),
    (
        "vectors_sent",
        lambda ratings, n: (ratings["movieId"] % n).nunique(),
        "that is the number of blocks",
    ),
    (
        "vectors_sent",
        lambda ratings, n: len(ratings) // n,
        "nothing is divided: every pair",
    ),
    (
        "vectors_sent",
        lambda ratings, n: vectors_sent(ratings, n) / n,
        "how many each block gets; how many in all?",
    ),
    (
        "vectors_sent",
        lambda ratings, n: (
            vectors_sent_by_user(ratings, n) / ratings["userId"].nunique()
        ),
        "how many each user is sent; how many in all?",
    ),
    (
        "vectors_sent",
        lambda ratings, n: vectors_sent(ratings, n) - ratings["userId"].nunique(),
        "no block holds the users already",
    ),
    (
        "vectors_sent",
        lambda ratings, n: (
            (ratings["userId"] % n).groupby(ratings["movieId"]).nunique().sum()
        ),
        "go to blocks of movies, not the reverse",
    ),
    (
        "vectors_sent",
        lambda ratings, n: vectors_sent(
            ratings.assign(userId=ratings["userId"] % n), n
        ),
        "each has a vector of its own",
    ),
    ("vectors_sent", lambda ratings, n: vectors_sent(ratings, n) + 5, "that occur; 4"),
    ("vectors_sent", lambda ratings, n: ratings["block"].sum(), "userId and movieId"),
    ("bad_rows", good_ones, "those are the good ones"),
    (
        "bad_rows",
        lambda table, *ends: bad_rows(table, *ends) / len(table),
        "a number of rows, not a share",
    ),
    ("bad_rows", any_of("missing", "text", "outside"), "stands in several rows?"),
    (
        "bad_rows",
        any_of("missing", "text", "outside", "pairs", keep="first"),
        "all rows of a repeated pair",
    ),
    ("bad_rows", pairs_of_good_rows_alone, "look for pairs in all rows"),
    ("bad_rows", any_of("text", "outside", "pairs"), "a missing id is bad as well"),
    (
        "bad_rows",
        any_of("missing", "outside", "pairs"),
        "NaN is neither below nor above",
    ),
    ("bad_rows", any_of("missing", "text", "pairs"), "0.5 to 5 is all there is"),
    (
        "bad_rows",
        lambda table, low, high: bad_rows(table, low + 1e-9, high - 1e-9),
        "the ends are ratings too",
    ),
    (
        "bad_rows",
        lambda table, *ends: (
            pd.concat(
                [faults(table, *ends)[name] for name in ("missing", "outside", "pairs")]
                + [table["rating"].isna()],
                axis=1,
            )
            .any(axis=1)
            .sum()
        ),
        "a text such as 'five' is no rating either",
    ),
    (
        "bad_rows",
        any_of(
            "missing", "text", "outside", "pairs", pair=("userId", "movieId", "rating")
        ),
        "a pair is user and movie",
    ),
    (
        "bad_rows",
        lambda table, *ends: sum(f.sum() for f in faults(table, *ends).values()),
        "a row with two faults is one row",
    ),
    (
        "bad_rows",
        lambda table, low, high: (table["rating"] < low).sum(),
        "the ratings are text",
    ),
    (
        "bad_rows",
        lambda table, low, high: (table["rating"].astype(float) < low).sum(),
        "makes NaN of what is no number",
    ),
    ("bad_rows", lambda *given: bad_rows(*given) + 1, "missing ids 5, no number 13"),
]
