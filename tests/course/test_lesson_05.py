"""Lesson 05's checks accept the mended functions and say what is wrong with others."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_05 as checks  # noqa: F401


def rmse(actual, predicted):
    return np.sqrt(np.mean((actual - predicted) ** 2))


def better_than(measure):
    return lambda actual, predicted, theirs: measure(actual - predicted) < theirs


def split(ratings, rng):
    mask = rng.random(len(ratings)) < 0.8
    return ratings[mask], ratings[~mask]


def split_by_sampling(ratings, rng):
    train = ratings.sample(frac=0.8, random_state=rng)
    return train, ratings.drop(train.index)


def split_by_order(ratings, rng):
    order = rng.permutation(len(ratings))
    parts = [ratings.iloc[order[:800]], ratings.iloc[order[800:]]]
    return [part.reset_index(drop=True) for part in parts]


def lossy(ratings, rng):
    mask = rng.random(len(ratings))
    return ratings[mask < 0.8], ratings[mask > 0.9]


def twice_in_valid(ratings, rng):
    train, valid = split(ratings, rng)
    return train, pd.concat([valid, valid])


def by_labels(ratings, rng):
    order = rng.permutation(len(ratings))
    return ratings.loc[order[:800]], ratings.loc[order[800:]]


def movie_means(train, fold, without=None):
    parts = []
    for k in np.unique(fold):
        others, here = train[fold != k], train[fold == k]
        means = others.groupby("movieId")["rating"].mean()
        rest = others["rating"].mean() if without is None else without
        parts.append(here["movieId"].map(means).fillna(rest))
    return pd.concat(parts)


def of_all(train, fold):
    return train.groupby("movieId")["rating"].transform("mean")


RIGHT = {
    "split_once": [split, split_by_sampling, split_by_order],
    "ours_is_better": [
        lambda a, p, theirs: rmse(a, p) < theirs,
        lambda a, p, theirs: np.mean((a - p) ** 2) < theirs**2,
        lambda a, p, theirs: bool(theirs > rmse(a, p)),
    ],
    "movie_means": [
        movie_means,
        lambda train, fold: movie_means(train, fold)[train.index].to_list(),
    ],
}

WRONG = {
    "split_once": {
        "200 of 200 validation rows are training rows as well": (
            lambda r, rng: (r, r[800:])
        ),
        "have 884 rows, 884 of them different; expected each of the 1000": lossy,
        "1000 of them different": twice_in_valid,
        "of 1000 rows are in the first table; expected about 800": [
            lambda r, rng: (r[(u := rng.random(len(r))) < 0.7], r[u >= 0.7]),
            lambda r, rng: (r[(u := rng.random(len(r))) < 0.9], r[u >= 0.9]),
        ],
        "as if `ratings` were cut in pieces": lambda r, rng: (r[:800], r[800:]),
        "`~mask` turns it round, `not mask` does not": lambda r, rng: (
            r[m := rng.random(len(r)) < 0.8],
            r[not m],
        ),
        "draw from `rng` alone": [
            lambda r, rng: split_by_sampling(r, 42),
            lambda r, rng: split(r, np.random.default_rng()),
        ],
        "rows have labels, which are not their positions": by_labels,
        "Expected two things: train and val": lambda r, rng: split(r, rng)[0],
        "expected a table with some of the rows": (
            lambda r, rng: [x.index for x in split(r, rng)]
        ),
    },
    "ours_is_better": {
        "Errors of [0.9, 0.9, 0.9, 0.9] stars: the MSE is 0.81 stars², the RMSE 0.90 "
        "stars and the mean absolute error 0.90; against an RMSE of 0.85 you said": (
            better_than(lambda e: np.mean(e**2))
        ),
        "RMSE of 1.3 you said False": lambda a, p, theirs: False,
        "the RMSE 1.00 stars and the mean absolute error 0.50": (
            better_than(lambda e: np.mean(np.abs(e)))
        ),
        "expected True or False": lambda a, p, theirs: theirs - rmse(a, p),
        "one for all predictions": lambda a, p, theirs: abs(a - p) < theirs,
    },
    "movie_means": {
        "The row of user 7 and movie 50: if its rating were 1.5 instead of 4, its "
        "feature would be 3.17 instead of 4.00. So the feature knows": of_all,
        "The row of user 4 and movie 90": lambda t, fold: movie_means(
            t, fold, t["rating"].mean()
        ),
        "A movie without a rating in the other": lambda t, fold: movie_means(
            t, fold, np.nan
        ),
        "its movie over the other folds; if the movie has no": lambda t, fold: (
            movie_means(t, fold, 0.0)
        ),
        "beside its own row of `train`, not in the": lambda t, fold: movie_means(
            t, fold
        ).to_numpy(),
        "`fold` is an array and goes by position": lambda t, fold: (
            [of_all(t, fold)[k] for k in range(len(t))]
        ),
        "It has the shape (4,); expected a n": lambda t, fold: movie_means(t, fold)[:4],
        "one number for each row of `train`": lambda t, fold: t[fold[:5] == 1],
    },
}
