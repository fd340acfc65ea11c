"""Lesson 05's exercises, three bugs → is it mended?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    Answer,
    array,
    by_label,
    exercise,
    of_kind,
    pair,
    require,
    same_array,
    told,
)


@exercise()
def check_ours_is_better(ours_is_better):
    """`ours_is_better(actual, predicted, their_rmse)`: compared in the same unit."""
    actual = np.array([3.0, 4.0, 5.0, 2.0])
    for errors, theirs in [
        (np.full(4, 0.9), 0.85),
        (np.full(4, 1.2), 1.3),
        (np.array([0.0, 0.0, 0.0, 2.0]), 0.7),
    ]:
        answer = ours_is_better(
            actual=actual, predicted=actual + errors, their_rmse=theirs
        )
        said = of_kind(
            answer, bool | np.bool_, "True or False, one for all predictions"
        )
        rmse = np.mean(errors**2) ** 0.5
        require(
            said == (rmse < theirs),
            f"Errors of {told(errors)} stars: the MSE is {rmse**2:.2f} stars², the "
            f"RMSE {rmse:.2f} stars and the mean absolute error "
            f"{abs(errors).mean():.2f}; against an RMSE of {theirs} you said {said}.",
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
    # Each row has a movie of its own, by which it is found again.
    ratings = pd.DataFrame(
        {
            "userId": np.arange(n) // 50 + 1,
            "movieId": np.arange(n) * 7 + 3,
            "rating": np.arange(n) % 5 + 1.0,
        },
        index=np.arange(2 * n, n, -1),
    )

    def movies(seed):
        answer = split_once(ratings=ratings, rng=np.random.default_rng(seed))
        tables = [
            of_kind(part, pd.DataFrame, "a table with some of the rows")
            for part in pair(answer, "train and valid")
        ]
        return [table["movieId"] for table in tables]

    train, valid = movies(seed=0)
    known = valid.isin(train).sum()
    require(
        known == 0,
        f"{known} of {len(valid)} validation rows are training rows as well: the "
        "model is judged by ratings it knows.",
    )
    both = pd.concat([train, valid])
    require(
        len(both) == both.nunique() == n,
        f"The two tables have {len(both)} rows, {both.nunique()} of them different; "
        f"expected each of the {n} rows once.",
    )
    require(
        0.72 * n < len(train) < 0.88 * n,
        f"{len(train)} of {n} rows are in the first table; expected about 800, and the "
        "rest in the second.",
    )
    require(
        (valid // 700).nunique() == 10,  # of every two users some rows
        "Some users have all their rows in one of the tables, as if `ratings` were cut "
        "in pieces or users were drawn: a random split draws each row by itself.",
    )
    again, other = movies(seed=0)[0], movies(seed=1)[0]
    require(
        set(train) == set(again) != set(other),
        "Two generators with the same seed gave different splits, or two with "
        "different seeds the same split: draw from `rng` alone.",
    )


@exercise(
    KeyError="`train` has labels of its own; `fold` is an array and goes by position",
    ValueError="there must be one number for each row of `train`",
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
    fold = np.array([3, 1, 0, 2, 1, 4, 0, 1, 2, 4])

    def expected(movie, k):
        others = train[fold != k]
        same = others[others["movieId"] == movie]
        return (same if len(same) else others)["rating"].mean()

    def feature(table):
        answer = by_label(movie_means(train=table, fold=fold), train.index)
        empty = "a movie without a rating in the other folds has the mean of all there"
        return array(answer, fold.shape, "a number for each row", empty)

    right = np.array(list(map(expected, train["movieId"], fold)))
    found = feature(train)
    require(
        np.allclose(found, right) or not np.allclose(np.sort(found), np.sort(right)),
        f"The numbers are right, their order is not: {told(found)} instead of "
        f"{told(right)}. Each belongs beside its own row of `train`, not in the order "
        "of the folds.",
    )
    for row, (label, user, movie, stars) in enumerate(train.itertuples()):
        other = train.copy()
        other.loc[label, "rating"] = changed = 5.5 - stars
        after = feature(other)[row]
        require(
            abs(after - found[row]) < 1e-9,
            f"The row of user {user} and movie {movie}: if its rating were {changed:g} "
            f"instead of {stars:g}, its feature would be {after:.2f} instead of "
            f"{found[row]:.2f}. So the feature knows the answer that it is meant to "
            "predict.",
        )
    same_array(
        Answer("movie_means(train, fold)", found),
        right,
        "a number for each row",
        "the mean of its movie over the other folds; if the movie has no rating there, "
        "of all ratings there",
    )
