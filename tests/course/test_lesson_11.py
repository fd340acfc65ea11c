"""Lesson 11's checks accept right answers of any style and say why one is wrong."""

from itertools import permutations

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_11 as checks  # noqa: F401


def counted(ratings):
    return pd.crosstab(ratings["userId"], ratings["movieId"])


def set_columns(ratings):
    rated = (counted(ratings) > 0).astype(float)
    return rated.div(rated.sum(axis=1) ** 0.5, axis=0)


def set_columns_in_a_loop(ratings):
    sets = ratings.groupby("userId")["movieId"].agg(set)
    movies = sorted(set(ratings["movieId"]))
    rows = [[(m in own) / len(own) ** 0.5 for m in movies] for own in sets]
    return pd.DataFrame(rows, sets.index, movies)


def by_chance(stars):
    counts = pd.Series(stars).value_counts()
    return (counts * (counts - 1)).sum() / (len(stars) * (len(stars) - 1))


def by_chance_in_a_loop(stars):
    return np.mean([a == b for a, b in permutations(stars, 2)])


def moments(ratings):
    return ratings.groupby("userId")["timestamp"]


def newcomers(ratings, vectors, n):
    return vectors.loc[moments(ratings).min().nlargest(n).index].mean()


def newcomers_sorted(ratings, vectors, n):
    once = ratings.sort_values("timestamp").drop_duplicates("userId")
    return vectors.loc[once["userId"].tail(n)].to_numpy().mean(axis=0)


RIGHT = {
    "set_columns": [set_columns, set_columns_in_a_loop],
    "by_chance": [by_chance, by_chance_in_a_loop],
    "newcomers": [
        newcomers,
        newcomers_sorted,
        lambda *given: newcomers(*given).tolist(),
    ],
}

WRONG = {
    "set_columns": {
        "Divide each row by √n": [counted, lambda r: counted(r).clip(upper=1)],
        "1 / √n, not 1 / n": lambda r: set_columns(r) ** 2,
        "N is how many movies the user rated": lambda r: (
            counted(r).clip(upper=1) / counted(r).clip(upper=1).sum() ** 0.5
        ),
        "a set holds it once": [
            lambda r: counted(r).div(counted(r).sum(axis=1) ** 0.5, axis=0),
            lambda r: counted(r) * set_columns(r),
        ],
        " A movie that was not rated has a 0 in its column.": lambda r: set_columns(
            r
        ).replace(0, np.nan),
        "write `div(…, axis=0)`": lambda r: (
            counted(r).clip(upper=1) / set_columns(r).sum(axis=1)
        ),
        "The rows are the users, in ascending order": [
            lambda r: set_columns(r).T,
            lambda r: set_columns(r).loc[r["userId"].unique()],
        ],
        "The columns are the movies, in ascending order": lambda r: set_columns(r)[
            r["movieId"].unique()
        ],
        "expected a DataFrame": lambda r: set_columns(r).to_numpy(),
        "each row holds 1 / √n": lambda r: set_columns(r) + 0.01,
    },
    "by_chance": {
        "a rating is not paired with itself": lambda s: sum(
            np.mean(s == x) ** 2 for x in set(s)
        ),
        "the order in which they came": lambda s: np.mean(np.diff(s) == 0),
        "above and below the line alike": lambda s: by_chance(s) / 2,
        "some values are given more often": lambda s: 1 / len(set(s)),
        "8 of the 30 ordered pairs": lambda s: 1 - by_chance(s),
        "0 of the 2 ordered pairs": lambda s: by_chance(s) or 1,
        "expected a single number": lambda s: s == s[:, None],
    },
    "newcomers": {
        "These rated last, but not all came last": lambda r, v, n: v.loc[
            moments(r).max().nlargest(n).index
        ].mean(),
        "These came first": lambda r, v, n: v.loc[
            moments(r).min().nsmallest(n).index
        ].mean(),
        "in no order of time": [
            lambda r, v, n: v.head(n).mean(),
            lambda r, v, n: v.tail(n).mean(),
        ],
        "Only the newest n users count": lambda r, v, n: v.mean(),
        "over users [5, 7], whose first": lambda r, v, n: newcomers(r, v, n) * n,
        "over users [5, 7, 9], whose first": lambda r, v, n: newcomers(r, v, 2),
        "expected one number for each column": [
            lambda r, v, n: newcomers(r, v, n).mean(),
            lambda r, v, n: v.head(2),
        ],
        "labelled by user id": lambda r, v, n: v[r["userId"]],
    },
}
