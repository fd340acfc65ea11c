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


def two_draws(ratings, rng):
    n = len(ratings)
    return ratings[rng.random(n) < 0.8], ratings[rng.random(n) < 0.2]


def lossy(ratings, rng):
    mask = rng.random(len(ratings))
    return ratings[mask < 0.8], ratings[mask > 0.9]


def with_replacement(ratings, rng):
    train = ratings.iloc[rng.integers(0, len(ratings), 800)]
    return train, ratings.drop(train.index)


def twice_in_valid(ratings, rng):
    train, valid = split(ratings, rng)
    return train, pd.concat([valid, valid])


def without_rng(ratings, rng):
    return split(ratings, np.random.default_rng())


def by_labels(ratings, rng):
    order = rng.permutation(len(ratings))
    return ratings.loc[order[:800]], ratings.loc[order[800:]]


def whole_users(ratings, rng):
    users = rng.permutation(ratings["userId"].unique())[:16]
    in_train = ratings["userId"].isin(users)
    return ratings[in_train], ratings[~in_train]


def movie_means(train, fold):
    feature = pd.Series(np.nan, index=train.index)
    for k in np.unique(fold):
        others = train[fold != k]
        means = others.groupby("movieId")["rating"].mean()
        found = train["movieId"][fold == k].map(means)
        feature[fold == k] = found.fillna(others["rating"].mean())
    return feature


def means_in_a_loop(train, fold):
    feature = []
    for k, movie in zip(fold, train["movieId"], strict=True):
        others = train[fold != k]
        same = others[others["movieId"] == movie]
        feature.append((same if len(same) else others)["rating"].mean())
    return feature


def means_in_parts(train, fold):
    parts = []
    for k in np.unique(fold):
        others, here = train[fold != k], train[fold == k]
        means = others.groupby("movieId")["rating"].mean()
        parts.append(here["movieId"].map(means).fillna(others["rating"].mean()))
    return pd.concat(parts)


def the_bug(train, fold):
    feature = pd.Series(np.nan, index=train.index)
    for k in np.unique(fold):
        here = fold == k
        means = train[here].groupby("movieId")["rating"].mean()
        feature[here] = train["movieId"][here].map(means)
    return feature.fillna(train["rating"].mean())


def of_all(train, fold):
    return train.groupby("movieId")["rating"].transform("mean")


def without_itself(train, fold):
    by_movie = train.groupby("movieId")["rating"]
    n = by_movie.transform("size")
    alone = (train["rating"].sum() - train["rating"]) / (len(train) - 1)
    total = by_movie.transform("sum")
    return ((total - train["rating"]) / (n - 1)).where(n > 1, alone)


def filled(value):
    def means(train, fold):
        feature = pd.Series(np.nan, index=train.index)
        for k in np.unique(fold):
            by_movie = train[fold != k].groupby("movieId")["rating"].mean()
            feature[fold == k] = train["movieId"][fold == k].map(by_movie)
        return feature.fillna(value(train))

    return means


def means_by_label(train, fold):
    return pd.Series([of_all(train, fold)[k] for k in range(len(train))])


def with_other_labels(train, fold):
    feature = pd.Series(np.nan, index=range(len(train)))
    feature[fold >= 0] = movie_means(train, fold)
    return feature


def with_users(train, fold):
    return movie_means(train.assign(movieId=train["userId"]), fold)


def of_three_folds(train, fold):
    feature = np.zeros(len(train))
    for k in range(3):
        feature[fold == k] = movie_means(train, fold)[fold == k]
    return feature


RIGHT = {
    "split_once": [split, split_by_sampling, split_by_order],
    "ours_is_better": [
        lambda a, p, theirs: rmse(a, p) < theirs,
        lambda a, p, theirs: np.mean((a - p) ** 2) < theirs**2,
        lambda a, p, theirs: bool(theirs > rmse(a, p)),
    ],
    "movie_means": [movie_means, means_in_a_loop, means_in_parts],
}

WRONG = {
    "split_once": {
        "validation rows are training rows as well": two_draws,
        "200 of 200 validation rows": lambda r, rng: (r, r[800:]),
        "are in the first table; expected": lambda r, rng: split(r, rng)[::-1],
        "116 of 1000 rows are in neither table": lossy,
        "rows occur twice in one table": [with_replacement, twice_in_valid],
        "as if `ratings` were cut in": lambda r, rng: (r[:800], r[800:]),
        "or users were drawn: a random split draws each row": whole_users,
        "`~mask` turns it round, `not mask` does not": lambda r, rng: (
            r[m := rng.random(len(r)) < 0.8],
            r[not m],
        ),
        "a mask with one True or False for each row": lambda r, rng: (
            r[m := rng.random() < 0.8],
            r[not m],
        ),
        "does not draw from `rng`": lambda r, rng: split_by_sampling(r, 42),
        "two different splits: draw from `rng` alone": without_rng,
        "rows have labels, which are not their positions": by_labels,
        "expected two things: train and val": lambda r, rng: split(r, rng)[0],
        "train is": lambda r, rng: [x.index for x in split(r, rng)],
        "all their columns": lambda r, rng: [x[["rating"]] for x in split(r, rng)],
        "expected about 800": [
            lambda r, rng: (r[(u := rng.random(len(r))) < 0.7], r[u >= 0.7]),
            lambda r, rng: (r[(u := rng.random(len(r))) < 0.9], r[u >= 0.9]),
        ],
    },
    "ours_is_better": {
        "Errors of [0.9, 0.9, 0.9, 0.9] stars: the MSE is 0.81 stars², the RMSE 0.90 "
        "stars and the mean absolute error 0.90; against an RMSE of 0.85 you said": (
            better_than(lambda e: np.mean(e**2))
        ),
        "RMSE of 1.3 you said False": [
            lambda a, p, theirs: rmse(a, p) < 0.85,
            lambda a, p, theirs: False,
        ],
        "the RMSE 1.00 stars and the mean absolute error 0.50": (
            better_than(lambda e: np.mean(np.abs(e)))
        ),
        "against an RMSE of 1.1 you said False": better_than(lambda e: np.abs(e).max()),
        "expected True or False": lambda a, p, theirs: theirs - rmse(a, p),
        "one for all predictions": lambda a, p, theirs: abs(a - p) < theirs,
        "are arrays": lambda a, p, theirs: a.error < theirs,
    },
    "movie_means": {
        "The row of user 7 and movie 50: if its rating were 1.5 instead of 4, its "
        "feature would be 1.50 instead of 4.00. So the feature knows": the_bug,
        "its feature would be 3.17 instead of 4.00": of_all,
        "got 2.50; expected 3.25: its movie's mean over the folds other than 0": (
            without_itself
        ),
        "knows the answer": filled(lambda train: train["rating"].mean()),
        "For a movie without a rating in the other": filled(lambda train: np.nan),
        "so the mean of all ratings there": filled(lambda train: 0.0),
        "beside its own row of `train`, not in the": lambda t, fold: means_in_parts(
            t, fold
        ).to_numpy(),
        "gave nothing but nan: was a Series with labels": with_other_labels,
        "The row of movie 50 in fold 3 got 0.00; expected 4.00": of_three_folds,
        "The row of movie 50 in fold 2 got": with_users,
        "`fold` is an array and goes by position": means_by_label,
        "It has the shape (4,); expected a n": lambda t, fold: movie_means(t, fold)[:4],
        "gave 20 numbers for 10 rows: there are several for one row": lambda t, fold: (
            pd.concat([movie_means(t, fold)] * 2)
        ),
        "one number for each row of `train`": lambda t, fold: t[fold[:5] == 1],
    },
}
