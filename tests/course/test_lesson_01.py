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


RIGHT = {
    "star_shares": [
        lambda r: r["rating"].value_counts(normalize=True).sort_index(),
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
        "These are counts": lambda r: r["rating"].value_counts().sort_index(),
        "The numbers are right, their order is not: a share for each number": (
            lambda r: r["rating"].value_counts(normalize=True)
        ),
        "not percentages": lambda r: shares_in_a_loop(r) * 100,
        "of stars that occurs, in ascending order of the stars": lambda r: (
            shares_in_a_loop(r).reindex(np.arange(0.5, 5.5, 0.5)).fillna(0)
        ),
    },
    "density": {
        "cells are users times movies": [
            lambda r: len(r) / r["userId"].nunique(),
            lambda r: len(r) / r["movieId"].nunique(),
        ],
        "gave 1.2857: that is cells per rating": lambda r: 1 / density(r),
        "gave 77.7778: a share is asked for, not a perc": lambda r: 100 * density(r),
        "not the lesson's": lambda r: len(r) / (671 * 9066),
        "expected 0.7778: 7 ratings; 3 users × 3 movies = 9 cells": lambda r: 1.0,
        "expected 1: 3 ratings": lambda r: 7 / 9,
        "counts once": lambda r: len(r) / (r["userId"].count() * len(r)),
    },
    "best_movies": {
        "Exactly 3 ratings are enough, too. Expected": lambda r, n: best(
            r, n, enough=np.greater
        ),
        "fewer than 3 ratings": lambda r, n: best(r, 0),
        "order is not: movie ids and means, of movies rated 1 times or more;": (
            lambda r, n: best(r, n, kind="quicksort")
        ),
        "the best mean first, equal": lambda r, n: best(r, n)[::-1],
        "Movie ids": lambda r, n: best(r, n).reset_index(drop=True),
        "one truth per movie cannot choose among the rows": lambda r, n: r[
            r["movieId"].value_counts() >= n
        ],
    },
}


def test_the_table_of_equal_means_has_equal_means():
    """So many that an unstable sort shows on every machine."""
    assert checks._ALIKE["movieId"].is_unique
    assert checks._ALIKE["rating"].value_counts().min() >= 12
