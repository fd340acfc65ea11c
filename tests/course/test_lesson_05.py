"""Lesson 05's checks accept the mended functions and say what is wrong with others."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_05 as checks  # noqa: F401

# 1. The winner -----------------------------------------------------------------------


def rmse(actual, predicted):
    return np.sqrt(np.mean((actual - predicted) ** 2))


def better_than(measure):
    return lambda actual, predicted, theirs: measure(actual - predicted) < theirs


# 2. Eighty and twenty ----------------------------------------------------------------


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


def from_a_random_place_on(ratings, rng):
    start = rng.integers(0, 200)
    train = ratings[start : start + 800]
    return train, ratings.drop(train.index)


def without_rng(ratings, rng):
    return split(ratings, np.random.default_rng())


def from_the_global_generator(ratings, rng):
    mask = np.random.rand(len(ratings)) < 0.8  # noqa: NPY002
    return ratings[mask], ratings[~mask]


def by_labels(ratings, rng):
    order = rng.permutation(len(ratings))
    return ratings.loc[order[:800]], ratings.loc[order[800:]]


def only_the_first_is_right(ratings, rng):
    train, valid = split(ratings, rng)
    return (train, valid) if len(train) == 798 else (train, train)


def whole_users(ratings, rng):
    users = rng.permutation(ratings["userId"].unique())[:16]
    in_train = ratings["userId"].isin(users)
    return ratings[in_train], ratings[~in_train]


def every_fifth(ratings, rng):
    in_valid = np.arange(len(ratings)) % 5 == rng.integers(5)
    return ratings[~in_valid], ratings[in_valid]


def four_stars_are_for_training(ratings, rng):
    in_train = rng.random(len(ratings)) < np.where(ratings["rating"] >= 4, 0.95, 0.7)
    return ratings[in_train], ratings[~in_train]


def changed(ratings, rng):
    train, valid = split(ratings, rng)
    return train, valid.assign(rating=valid["rating"].to_numpy()[::-1])


# 3. Too good to be true --------------------------------------------------------------


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


def means_of_sums(train, fold):
    """All minus those of the fold."""
    train = train.assign(fold=fold)
    total = train.groupby("movieId")["rating"].transform("sum")
    n = train.groupby("movieId")["rating"].transform("size")
    inside = train.groupby(["movieId", "fold"])["rating"].transform("sum")
    m = train.groupby(["movieId", "fold"])["rating"].transform("size")
    rest, k = train["rating"].sum(), len(train)
    of_fold = train.groupby("fold")["rating"].transform("sum")
    size = train.groupby("fold")["rating"].transform("size")
    return ((total - inside) / (n - m)).fillna((rest - of_fold) / (k - size)).to_numpy()


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


def in_the_order_of_folds(train, fold):
    return means_in_parts(train, fold).to_numpy()


def one_fold_back(train, fold):
    feature = pd.Series(3.0, index=train.index)
    for k in np.unique(fold):
        means = train[fold == (k + 1) % 3].groupby("movieId")["rating"].mean()
        feature[fold == k] = train["movieId"][fold == k].map(means)
    return feature.fillna(3.0)


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


def by_index_of_fold(train, fold):
    return movie_means(train, pd.Series(fold))


RIGHT = [
    ("split_once", split),
    ("split_once", split_by_sampling),
    ("split_once", split_by_order),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) < theirs),
    ("ours_is_better", lambda a, p, theirs: np.mean((a - p) ** 2) < theirs**2),
    ("ours_is_better", lambda a, p, theirs: bool(theirs > rmse(a, p))),
    ("movie_means", movie_means),
    ("movie_means", means_in_a_loop),
    ("movie_means", means_in_parts),
    ("movie_means", means_of_sums),
]


# Broken on purpose -------------------------------------------------------------------

WRONG = [
    ("split_once", two_draws, "validation rows are training rows as well"),
    ("split_once", lambda r, rng: (r, r[800:]), "200 of 200 validation rows"),
    (
        "split_once",
        lambda r, rng: split(r, rng)[::-1],
        "are in the first table; expected",
    ),
    ("split_once", lossy, "116 of 1000 rows are in neither table"),
    ("split_once", with_replacement, "rows occur twice in one table"),
    ("split_once", twice_in_valid, "rows occur twice in one table"),
    (
        "split_once",
        lambda r, rng: (r, r[:0]),
        "1000 of 1000 rows are in the first table",
    ),
    ("split_once", lambda r, rng: (r[:800], r[800:]), "as if `ratings` were cut in"),
    ("split_once", lambda r, rng: (r[200:], r[:200]), "draws each row by itself"),
    ("split_once", from_a_random_place_on, "Some users have all their rows in one"),
    ("split_once", whole_users, "or users were drawn: a random split draws each row"),
    (
        "split_once",
        lambda r, rng: (r[m := rng.random(len(r)) < 0.8], r[not m]),
        "`~mask` turns it round, `not mask` does not",
    ),
    (
        "split_once",
        lambda r, rng: (r[m := rng.random() < 0.8], r[not m]),
        "a mask with one True or False for each row",
    ),
    (
        "split_once",
        lambda r, rng: (r[np.arange(1000) % 5 > 0], r[::5]),
        "different seeds gave the same split",
    ),
    ("split_once", lambda r, rng: split_by_sampling(r, 42), "does not draw from `rng`"),
    ("split_once", without_rng, "two different splits: draw from `rng` alone"),
    ("split_once", from_the_global_generator, "draw from `rng` alone"),
    ("split_once", by_labels, "rows have labels, which are not their positions"),
    (
        "split_once",
        lambda r, rng: (r[rng.random(800) < 0.8], r),
        "a mask has one True or False for each row of the table",
    ),
    (
        "split_once",
        lambda r, rng: split(r, rng)[0],
        "expected two things: train and val",
    ),
    ("split_once", lambda r, rng: [x.index for x in split(r, rng)], "train is"),
    (
        "split_once",
        lambda r, rng: [x["rating"] for x in split(r, rng)],
        "(Series); expe",
    ),
    (
        "split_once",
        lambda r, rng: [x[["rating"]] for x in split(r, rng)],
        "all their co",
    ),
    ("split_once", only_the_first_is_right, "are training rows as well"),
    ("split_once", every_fifth, "no two of them are neighbours in `ratings`"),
    (
        "split_once",
        four_stars_are_for_training,
        "67% of the rows rated 3 and 96% of those rated 5 went to the first table: a",
    ),
    ("split_once", changed, "The rows themselves were changed"),
    (
        "split_once",
        lambda r, rng: (r[(u := rng.random(len(r))) < 0.7], r[u >= 0.7]),
        "expected about 800",
    ),
    (
        "split_once",
        lambda r, rng: (r[(u := rng.random(len(r))) < 0.9], r[u >= 0.9]),
        "expected about 800",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.mean(e**2)),
        "the MSE is 0.81 stars², the RMSE 0.90 stars and the mean absolute error 0.90; "
        "against an RMSE of 0.85 you said True",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.mean(np.abs(e))),
        "the RMSE 1.00 stars",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.abs(np.mean(e))),
        "the RMSE 1.00 stars",
    ),
    ("ours_is_better", better_than(lambda e: -np.sqrt(np.mean(e**2))), "you said True"),
    ("ours_is_better", better_than(np.std), "you said True"),
    (
        "ours_is_better",
        better_than(lambda e: min(np.sqrt(np.mean(e**2)), 1)),
        "Errors of [1.3, 1.3, 1.3, 1.3] stars",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.sqrt(np.mean(np.minimum(e, 0) ** 2))),
        "Errors of [1.0, -1.0, 1.0, -1.0] stars",
    ),
    ("ours_is_better", better_than(lambda e: np.abs(e).max()), "you said False"),
    ("ours_is_better", better_than(lambda e: np.median(np.abs(e))), "you said True"),
    ("ours_is_better", better_than(lambda e: np.sqrt(np.sum(e**2))), "you said False"),
    (
        "ours_is_better",
        better_than(lambda e: np.sqrt(np.mean(e) ** 2)),
        "you said True",
    ),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) < theirs**2, "you said False"),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) > theirs, "you said True"),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) ** 0.5 < theirs,
        "you said False",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) < 0.85,
        "RMSE of 1.3 you said F",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) <= min(theirs, 1),
        "1.3 you said F",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: theirs - rmse(a, p),
        "expected True or False",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: abs(a - p) < theirs,
        "one for all predictions",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) <= theirs,
        "against an RMSE of 0.5 you said True",
    ),
    ("ours_is_better", lambda a, p, theirs: "yes", "gave 'yes' (str); expected True"),
    ("ours_is_better", lambda a, p, theirs: False, "you said False"),
    (
        "ours_is_better",
        better_than(lambda e: np.sqrt(np.mean(np.maximum(e, 0) ** 2))),
        "against an RMSE of 0.85 you said True",
    ),
    ("ours_is_better", lambda a, p, theirs: a.error < theirs, "are arrays"),
    (
        "movie_means",
        the_bug,
        "The row of user 7 and movie 50: if its rating were 1.5 in",
    ),
    ("movie_means", the_bug, "1.50 instead of 4.00. So the feature knows the answer"),
    ("movie_means", of_all, "its feature would be 3.17 instead of 4.00"),
    (
        "movie_means",
        without_itself,
        "got 2.50; expected 3.25: its movie's mean over the folds other than 0",
    ),
    ("movie_means", filled(lambda train: train["rating"].mean()), "knows the answer"),
    (
        "movie_means",
        filled(lambda train: np.nan),
        " For a movie without a rating in the ot",
    ),
    ("movie_means", filled(lambda train: 0.0), "so the mean of all ratings there"),
    ("movie_means", filled(lambda train: 3.5), "movie 90 in fold 1 got 3.50; expected"),
    ("movie_means", in_the_order_of_folds, "beside its own row of `train`, not in the"),
    (
        "movie_means",
        with_other_labels,
        "gave nothing but nan: was a Series with labels",
    ),
    ("movie_means", lambda t, fold: np.full(10, np.nan), "without a rating in the oth"),
    ("movie_means", one_fold_back, "its movie's mean over the folds other than 2"),
    (
        "movie_means",
        of_three_folds,
        "The row of movie 50 in fold 3 got 0.00; expected 4.00",
    ),
    ("movie_means", with_users, "The row of movie 50 in fold 2 got"),
    ("movie_means", means_by_label, "stopped with KeyError: 0"),
    ("movie_means", means_by_label, "`fold` is an array and goes by position"),
    ("movie_means", lambda t, fold: movie_means(t, fold).round(1), "movie 20 in fold"),
    (
        "movie_means",
        lambda t, fold: movie_means(t, fold)[:4],
        "It has the shape (4,); expected a n",
    ),
    (
        "movie_means",
        lambda t, fold: movie_means(t, fold).to_frame(),
        "It has the shape (10, 1)",
    ),
    ("movie_means", lambda t, fold: t[fold].mean(), "stopped with KeyError"),
    (
        "movie_means",
        lambda t, fold: pd.concat([movie_means(t, fold)] * 2),
        "gave 20 numbers for 10 rows: there are several for one row",
    ),
    (
        "movie_means",
        lambda t, fold: t[fold[:5] == 1],
        "one number for each row of `train`",
    ),
    ("movie_means", lambda t, fold: np.zeros(10), "got 0.00; expected 4.00"),
]
