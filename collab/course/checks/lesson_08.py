"""Lesson 08's exercises, recommending → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    NotYet,
    array,
    compare,
    exercise,
    require,
    same_array,
    single,
    told,
)


@exercise(
    KeyError="`seen` may hold movies that have no score, and `drop` stops there unless "
    'it is told errors="ignore"',
    TypeError="`seen` is a list of ids, `scores` a Series by id",
    AttributeError="`seen` is a list of ids, `scores` a Series by id",
)
def check_best_unseen(best_unseen):
    """`best_unseen(scores, seen, n)`: ids of the n best not in seen, the best first."""
    scores = pd.Series({50: 4.1, 20: 4.8, 90: 3.0, 60: 4.8, 70: 4.5})
    swapped = scores[[60, 20, 90, 70, 50]]
    # So many equal scores that a sort which is not stable shows.
    ids = np.random.default_rng(1).permutation(np.arange(3, 183, 3))
    alike = pd.Series(np.resize([4.0, 3.5, 4.0], 60), index=ids)
    for name, table, seen, n in [
        (None, scores, [5, 20], 2),
        (None, swapped, [90], 3),
        (None, scores, [20, 60, 70, 90], 3),
        ("sixty scores, many of them equal", alike, [6, 9], 25),
    ]:
        _, answer = best_unseen(scores=table, seen=seen, n=n)
        gave = (
            f"best_unseen({name or table.to_dict()}, {seen}, {n}) gave {told(answer)}"
        )
        if not isinstance(answer, list) or not all(map(single, answer)):
            raise NotYet(f"{gave} ({type(answer).__name__}); expected a list of ids.")
        order = sorted(table.index, key=lambda movie: (-table[movie], movie))
        expected = [movie for movie in order if movie not in seen][:n]
        compare(
            gave,
            answer,
            expected,
            f"the {n} highest scores first, or as many as there are; equal scores go "
            "by id, the smaller first, whatever the order of `scores` is",
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
    "columns, in another order",
    KeyError="`predicted` has every user and every movie of `actual`, by its id",
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
    expected = [[4.0, 4.1, 1.0], [3.4, 2.5, 3.3]]
    call, answer = fill_holes(actual=actual, predicted=predicted)
    if not isinstance(answer, pd.DataFrame):
        raise NotYet(
            f"{call} gave {told(answer)} ({type(answer).__name__}); expected a "
            "DataFrame."
        )
    gave = f"{call} for actual{told(actual)}and predicted{told(predicted)}gave"
    gave += told(answer)
    require(
        answer.index.tolist() == [7, 3] and answer.columns.tolist() == [50, 20, 90],
        f"{gave}Expected the users and movies of `actual` in its order, no others.",
    )
    found = array((call, answer.fillna(-1.0)), (2, 3), "a table")
    real = actual.notna().to_numpy()
    require(
        (found[real] == actual.to_numpy()[real]).all(),
        f"{gave}The stars that users gave, 4, 1 and 2.5, must stay as they are.",
    )
    require(not (found == -1).any(), f"{gave}There is still a hole.")
    require(
        np.allclose(found, expected),
        f"{gave}User 7 and movie 20 need {expected[0][1]}, user 3 needs "
        f"{expected[1][0]} for movie 50 and {expected[1][2]} for movie 90: match users "
        "and movies by their ids, not by their places.",
    )


@exercise(
    ValueError="the matrix has a row and a column for each *column* of X, and so has "
    "the damping (X.shape[1]; len(X) counts rows); beside it stands Xᵀ y",
    LinAlgError="with damping on the diagonal there is always one solution, even with "
    "fewer rows than columns",
)
def check_ridge(ridge):
    """`ridge(X, y, damping)`: the w with the smallest |y - X w|² + damping |w|²."""
    for X, y, damping in [
        (np.ones((3, 1)), np.array([1.0, 1.0, 1.0]), 2.0),
        (np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]), np.array([1.0, 0, 2.0]), 0.1),
        (np.array([[1.0, 2.0, -1.0]]), np.array([2.0]), 1.0),
    ]:
        eye = np.eye(X.shape[1])
        same_array(
            ridge(X=X, y=y, damping=damping),
            _solved(X, y, damping * eye),
            "w, a number for each column of X",
            "at the smallest, the slope 2 Xᵀ (X w - y) + 2 damping w is 0",
            {
                "that is the solution without damping": _solved(X, y, 0),
                "the damping belongs on the diagonal alone: damping times `np.eye`": (
                    _solved(X, y, damping)
                ),
                "the damping is added, not subtracted": _solved(X, y, -damping * eye),
                "the damping itself, not its square": _solved(X, y, damping**2 * eye),
                "the damping itself, not times the number of rows": (
                    _solved(X, y, len(X) * damping * eye)
                ),
            },
        )


def _solved(X, y, added):
    return np.linalg.pinv(X.T @ X + added) @ X.T @ y
