"""Lesson 05's exercises, three bugs → is it mended?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import Answer, array, exercise, pair, require, told


@exercise(AttributeError="`actual` and `predicted` are arrays")
def check_ours_is_better(ours_is_better):
    """`ours_is_better(actual, predicted, their_rmse)`: compared in the same unit."""
    actual = np.array([3.0, 4.0, 5.0, 2.0])
    for errors, theirs in [
        (np.full(4, 0.9), 0.85),
        (np.full(4, 1.2), 1.3),
        (np.array([0.0, 0.0, 0.0, 2.0]), 0.7),
        (np.array([0.0, 0.0, 0.0, 2.0]), 1.1),
    ]:
        call, answer = ours_is_better(
            actual=actual, predicted=actual + errors, their_rmse=theirs
        )
        rmse = np.mean(errors**2) ** 0.5
        require(
            isinstance(answer, bool | np.bool_),
            f"{call} gave {told(answer)} ({type(answer).__name__}); expected True or "
            "False, one for all predictions.",
        )
        require(
            answer == (rmse < theirs),
            f"Errors of {told(errors)} stars: the MSE is {rmse**2:.2f} stars², the "
            f"RMSE {rmse:.2f} stars and the mean absolute error "
            f"{abs(errors).mean():.2f}; against an RMSE of {theirs} you said {answer}.",
        )


@exercise(
    KeyError="rows have labels, which are not their positions: `.iloc`, or a mask with "
    "one True or False for each row",
    ValueError="a mask has one True or False for each row of the table; `~mask` turns "
    "it round, `not mask` does not",
)
def check_split_once(split_once):
    """`split_once(ratings, rng)`: about 80 % and the rest, each row in one of them."""
    n = 1000
    ratings = pd.DataFrame(
        {
            "userId": np.arange(n) // 50 + 1,
            "movieId": np.arange(n) % 50 * 7 + 3,
            "rating": np.arange(n) % 5 + 1.0,
        },
        index=np.arange(2 * n, n, -1),
    )
    first, again, other = (
        _two_tables(split_once(ratings=ratings, rng=np.random.default_rng(seed)), n)
        for seed in (0, 0, 1)
    )
    train, valid = first
    both = train.merge(valid, on=["userId", "movieId"])
    require(
        len(both) == 0,
        f"{len(both)} of {len(valid)} validation rows are training rows as well: the "
        "model is judged by ratings it knows.",
    )
    rows = pd.concat([train, valid])
    twice = rows.duplicated(["userId", "movieId"]).sum()
    require(twice == 0, f"{twice} rows occur twice in one table.")
    require(len(rows) == n, f"{n - len(rows)} of {n} rows are in neither table.")
    require(
        0.72 * n < len(train) < 0.88 * n,
        f"{len(train)} of {n} rows are in the first table; expected about 800, and the "
        "rest in the second.",
    )
    require(
        ((valid["userId"] - 1) // 2).nunique() == 10,  # of every two users some rows
        "Some users have all their rows in one of the tables, as if `ratings` were cut "
        "in pieces or users were drawn: a random split draws each row by itself.",
    )
    same = [_keys(one) == _keys(two) for one, two in zip(first, again, strict=True)]
    require(
        all(same),
        "Two generators with the same seed gave two different splits: draw from `rng` "
        "alone.",
    )
    require(
        _keys(first[0]) != _keys(other[0]),
        "Generators with different seeds gave the same split: it is not random, or "
        "does not draw from `rng`.",
    )


def _two_tables(answer, n):
    parts = pair(answer, "train and valid")
    for call, part in parts:
        require(
            isinstance(part, pd.DataFrame)
            and {"userId", "movieId", "rating"} <= set(part.columns),
            f"{call} is {told(part)[:80]} ({type(part).__name__}); expected a table "
            f"with some of the {n} rows, and all their columns.",
        )
    return [part for _, part in parts]


def _keys(table):
    return sorted(zip(table["userId"], table["movieId"], strict=True))


@exercise(
    KeyError="`train` has labels of its own; `fold` is an array and goes by position",
    ValueError="there must be one number for each row of `train`",
    IndexError="`fold` is an array with a number for each row, by position",
)
def check_movie_means(movie_means):
    """`movie_means(train, fold)`: each row's movie, averaged over the other folds."""
    train = pd.DataFrame(
        {
            "userId": [7, 3, 9, 4, 7, 3, 9, 4, 7, 3],
            "movieId": [50, 50, 50, 20, 20, 20, 20, 90, 60, 60],
            "rating": [4.0, 3.0, 5.0, 4.5, 2.0, 4.0, 1.0, 0.5, 3.0, 5.0],
        },
        index=[108, 101, 104, 100, 109, 103, 107, 102, 105, 106],
    )
    _judge_means(movie_means, train, np.array([2, 1, 0, 2, 1, 0, 0, 1, 2, 2]))
    _judge_means(movie_means, train, np.array([3, 1, 0, 2, 1, 4, 0, 1, 2, 4]))


def _judge_means(movie_means, train, fold):
    features = _feature(movie_means(train=train, fold=fold), train)
    right = _out_of_fold(train, fold)
    require(
        np.allclose(features, right)
        or not np.allclose(np.sort(features), np.sort(right)),
        f"The numbers are right, their order is not: {told(features)} instead of "
        f"{told(right)}. Each belongs beside its own row of `train`, not in the order "
        "of the folds.",
    )
    for row, label in enumerate(train.index):
        other = train.copy()
        stars = train.loc[label, "rating"]
        other.loc[label, "rating"] = changed = 5.5 - stars
        after = _feature(movie_means(train=other, fold=fold), train)[row]
        require(
            abs(after - features[row]) < 1e-9,
            f"The row of user {train.loc[label, 'userId']} and movie "
            f"{train.loc[label, 'movieId']}: if its rating were {changed:g} instead of "
            f"{stars:g}, its feature would be {after:.2f} instead of "
            f"{features[row]:.2f}. So the feature knows the answer that it is meant to "
            "predict.",
        )
    for row, (feature, expected) in enumerate(zip(features, right, strict=True)):
        movie, k = train["movieId"].iloc[row], fold[row]
        same = train["movieId"][fold != k] == movie
        rule = (
            f"its movie's mean over the folds other than {k}"
            if same.any()
            else f"its movie has no rating in the folds other than {k}, so the mean of "
            "all ratings there"
        )
        require(
            abs(feature - expected) < 1e-6,
            f"The row of movie {movie} in fold {k} got {feature:.2f}; expected "
            f"{expected:.2f}: {rule}.",
        )


def _out_of_fold(train, fold):
    """What is asked for, row by row."""
    right = []
    for k, movie in zip(fold, train["movieId"], strict=True):
        others = train[fold != k]
        same = others[others["movieId"] == movie]
        right.append((same if len(same) else others)["rating"].mean())
    return np.array(right)


def _feature(answer, train):
    """One number per row of train; a Series goes by its labels, in any order."""
    value = answer.value
    require(
        not (isinstance(value, pd.Series) and value.isna().all() and len(value)),
        f"{answer.call} gave nothing but nan: was a Series with labels of its own put "
        "beside `train`, whose labels are others? An array goes by position.",
    )
    if isinstance(value, pd.Series) and set(value.index) == set(train.index):
        require(
            value.index.is_unique,
            f"{answer.call} gave {len(value)} numbers for {len(train)} rows: there are "
            "several for one row.",
        )
        value = value.reindex(train.index)
    return array(
        Answer(answer.call, value),
        (len(train),),
        "a number for each row",
        "for a movie without a rating in the other folds, take the mean of all "
        "ratings there",
    )
