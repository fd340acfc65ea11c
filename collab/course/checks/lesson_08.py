"""Lesson 08's exercises, recommending → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    compare,
    exercise,
    of_kind,
    require,
    same_array,
    told,
)


@exercise(
    KeyError="`seen` may hold movies that have no score, and `drop` stops there unless "
    'it is told errors="ignore"'
)
def check_best_unseen(best_unseen):
    """`best_unseen(scores, seen, n)`: ids of the n best not in seen, the best first."""
    scores = pd.Series({60: 4.8, 20: 4.8, 90: 3.0, 70: 4.5, 50: 4.1})
    # So many equal scores that a sort which is not stable shows.
    ids = np.random.default_rng(1).permutation(np.arange(3, 183, 3))
    alike = pd.Series(np.resize([4.0, 3.5, 4.0], 60), index=ids)
    for table, seen, n in [
        (scores, [5, 20], 2),
        (scores, [90], 3),
        (alike, [6, 9], 25),
    ]:
        answer = best_unseen(scores=table, seen=seen, n=n)
        order = sorted(table.index, key=lambda movie: (-table[movie], movie))
        expected = [movie for movie in order if movie not in seen][:n]
        compare(
            answer.gave,
            of_kind(answer, list, "a list of ids"),
            expected,
            f"the {n} highest scores first; equal scores go by id, the smaller first, "
            "whatever the order of `scores` is",
            {
                "these are the scores; return the ids": table[expected].tolist(),
                "these are the best of all, seen or not": order[:n],
                f"leave out the seen first, then take {n}": [
                    movie for movie in order[:n] if movie not in seen
                ],
            },
        )


@exercise(
    ValueError="tables go together by their labels; `predicted` has more rows and "
    "columns, in another order"
)
def check_fill_holes(fill_holes):
    """`fill_holes(actual, predicted)`: a prediction where there is no rating."""
    nan = np.nan
    actual = pd.DataFrame(
        [[4.0, nan, 1.0], [nan, 2.5, nan]], index=[7, 3], columns=[50, 20, 90]
    )
    predicted = pd.DataFrame(
        [[3.1, 3.2, 3.3, 3.4], [2.1, 2.2, 2.3, 2.4], [4.1, 4.2, 4.3, 4.4]],
        index=[3, 9, 7],
        columns=[20, 60, 90, 50],
    )
    answer = fill_holes(actual=actual, predicted=predicted)
    table = of_kind(answer, pd.DataFrame, "a DataFrame")
    require(
        table.index.tolist() == [7, 3] and table.columns.tolist() == [50, 20, 90],
        f"{answer.gave}Expected the users and movies of `actual` in its order, no "
        "others.",
    )
    same_array(
        answer._replace(
            call=f"For actual{told(actual)}and predicted{told(predicted)}{answer.call}"
        ),
        np.array([[4.0, 4.1, 1.0], [3.4, 2.5, 3.3]]),
        "a table",
        "the stars that users gave stay; a hole gets the prediction for this user and "
        "this movie, by their ids, not by their places",
    )


@exercise(
    ValueError="the matrix has a row and a column for each *column* of X, and so has "
    "the damping (X.shape[1]; len(X) counts rows); beside it stands Xᵀ y"
)
def check_ridge(ridge):
    """`ridge(X, y, damping)`: the w with the smallest |y - X w|² + damping |w|²."""
    X, y = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]), np.array([1.0, 0.0, 2.0])
    square, eye = X.T @ X, np.eye(2)
    same_array(
        ridge(X=X, y=y, damping=0.1),
        np.linalg.solve(square + 0.1 * eye, X.T @ y),
        "w, a number for each column of X",
        "at the smallest, the slope 2 Xᵀ (X w - y) + 2 damping w is 0",
        {
            "that is the solution without damping": np.linalg.solve(square, X.T @ y),
            "the damping belongs on the diagonal alone: damping times `np.eye`": (
                np.linalg.solve(square + 0.1, X.T @ y)
            ),
        },
    )
