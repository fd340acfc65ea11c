"""Lesson 01's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_01 as checks


def shares_in_a_loop(ratings):
    counts = {}
    for stars in ratings["rating"]:
        counts[stars] = counts.get(stars, 0) + 1
    return pd.Series({stars: counts[stars] / len(ratings) for stars in sorted(counts)})


def density(ratings):
    cells = ratings["userId"].nunique() * ratings["movieId"].nunique()
    return len(ratings) / cells


def density_of_a_crosstab(ratings):
    table = ratings.pivot(index="userId", columns="movieId", values="rating")
    return table.notna().to_numpy().mean()


def best(ratings, at_least, *, mean="mean", kind="stable", enough=np.greater_equal):
    by_movie = ratings.groupby("movieId")["rating"]
    means = by_movie.agg(mean)[enough(by_movie.size(), at_least)]
    return means.sort_values(ascending=False, kind=kind)


def best_by_two_columns(ratings, at_least):
    table = ratings.groupby("movieId")["rating"].agg(["mean", "size"]).reset_index()
    table = table[table["size"] >= at_least]
    table = table.sort_values(["mean", "movieId"], ascending=[False, True])
    return table.set_index("movieId")["mean"]


def best_of_later_ids(ratings, at_least):
    return best(ratings, at_least).sort_index(ascending=False).sort_values(
        ascending=False, kind="stable"
    )  # fmt: skip


def by_label(ratings, *_):
    return sum(ratings["rating"][k] for k in range(len(ratings)))


RIGHT = {
    "star_shares": [
        lambda r: r["rating"].value_counts(normalize=True).sort_index(),
        lambda r: r.groupby("rating").size() / len(r),
        lambda r: r.groupby("rating")["userId"].count().div(len(r)),
        shares_in_a_loop,
    ],
    "density": [
        density,
        density_of_a_crosstab,
        lambda r: len(r) / len(set(r["userId"])) / len(set(r["movieId"])),
    ],
    "best_movies": [
        best,
        best_by_two_columns,
        lambda r, n: best(r, n).sort_index().nlargest(1000),
    ],
}

WRONG = {
    "star_shares": {
        "are counts": lambda r: r["rating"].value_counts().sort_index(),
        "order is not": lambda r: r["rating"].value_counts(normalize=True),
        "in ascending order of the stars": lambda r: shares_in_a_loop(r)[::-1],
        "not percentages": lambda r: shares_in_a_loop(r) * 100,
        "*or fewer*": lambda r: shares_in_a_loop(r).cumsum(),
        "expected": [
            lambda r: shares_in_a_loop(r.drop_duplicates(["userId", "rating"])),
            lambda r: shares_in_a_loop(checks.RATINGS),
        ],
        "each number of stars that occurs": lambda r: (
            shares_in_a_loop(r).reindex(np.arange(0.5, 5.5, 0.5)).fillna(0)
        ),
        "`size` counts every column": lambda r: r.groupby("rating").size() / r.size,
        "labels of rows need not be 0, 1, 2 …": by_label,
    },
    "density": {
        "ratings per user": lambda r: len(r) / r["userId"].nunique(),
        "ratings per movie": lambda r: len(r) / r["movieId"].nunique(),
        "the other way round": lambda r: 1 / density(r),
        "not a percentage": lambda r: 100 * density(r),
        "share of the empty cells": lambda r: 1 - density(r),
        "ids are names": lambda r: len(r) / (r["userId"].max() * r["movieId"].max()),
        "`len` counts the rows": lambda r: r.size / 24,
        "not the lesson's": lambda r: len(r) / (671 * 9066),
        "gave 0.375; expected 0.7778: 7 ratings; 3 users ×": lambda r: 9 / 24,
        "expected 1: 3 ratings": lambda r: 9 / 24 if len(r) > 8 else 7 / 9,
        "9 ratings; 4 users × 6 movies = 24": lambda r: len(r) * density(r),
        "counts once": lambda r: len(r) / (r["userId"].count() * len(r)),
        "users times movies, not plus": lambda r: (
            len(r) / (r["userId"].nunique() + r["movieId"].nunique())
        ),
    },
    "best_movies": {
        "3 ratings are enough, too": lambda r, n: best(r, n, enough=np.greater),
        "2 ratings are enough, too": lambda r, n: best(r, 3),
        "fewer than 3 ratings": lambda r, n: best(r, 0),
        "Equal means stand in the wrong order": best_of_later_ids,
        "order is not: movies with at least 1 rating;": lambda r, n: best(
            r, n, kind="quicksort"
        ),
        "the best mean first": lambda r, n: best(r, n)[::-1],
        "with at least 3": lambda r, n: best(r, n, mean="median"),
        "The labels must be the movies' ids.": lambda r, n: best(r, n).reset_index(
            drop=True
        ),
        "one truth per movie cannot choose among the rows": lambda r, n: r[
            r["movieId"].value_counts() >= n
        ],
    },
}


def test_the_table_of_equal_means_has_equal_means():
    """So many that an unstable sort shows on every machine."""
    assert checks._ALIKE["movieId"].is_unique
    assert checks._ALIKE["rating"].value_counts().min() >= 12
