"""Lesson 08's exercises, recommending → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import NotYet, array, exercise, require, single, told


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
        (None, scores, [20], 2),
        (None, scores, [], 4),
        (None, swapped, [90], 3),
        (None, scores, [5, 20], 2),
        (None, scores, [20, 60, 70, 90], 3),
        ("sixty scores, many of them equal", alike, [6, 9], 25),
    ]:
        call, answer = best_unseen(scores=table, seen=seen, n=n)
        call = f"best_unseen({name or table.to_dict()}, {seen}, {n})"
        gave = f"{call} gave {told(answer)}"
        if not isinstance(answer, list) or not all(map(single, answer)):
            raise NotYet(f"{gave} ({type(answer).__name__}); expected a list of ids.")
        order = sorted(table.index, key=lambda movie: (-table[movie], movie))
        unseen = [movie for movie in order if movie not in seen]
        expected = unseen[:n]
        require(
            answer != table[expected].tolist(),
            f"{gave}: these are the scores; expected the ids, {expected}.",
        )
        require(
            not set(map(str, answer)) & set(map(str, seen)),
            f"{gave}; expected {expected}: none of the seen.",
        )
        too_few = [movie for movie in order[:n] if movie not in seen]
        require(
            answer != too_few or answer == expected,
            f"{gave}; expected {expected}: leave out the seen first, then take {n}.",
        )
        require(
            len(answer) == len(expected),
            f"{gave}; expected {len(expected)} ids, {expected}: as many as are asked "
            "for, or as there are.",
        )
        same_scores = [table.get(x) for x in answer] == table[expected].tolist()
        require(
            answer == expected or not same_scores,
            f"{gave}; expected {expected}: equal scores go by id, the smaller first, "
            "whatever the order of `scores` is.",
        )
        require(
            answer == expected,
            f"{gave}; expected {expected}: the highest scores first.",
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
    found = array((call, answer.fillna(-1.0)), (2, 3), "a table of numbers")
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
    ones, steep = np.ones((3, 1)), np.array([[1.0, 2.0], [1.0, -1.0]])
    for X, y, damping in [
        (ones, np.array([1.0, 1.0, 1.0]), 2.0),
        (steep, np.array([1.0, 0.5]), 0.5),
        (steep, np.array([1.0, 0.5]), 5.0),
        (
            np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]),
            np.array([1.0, 0.0, 2.0]),
            0.1,
        ),
        (np.array([[1.0, 2.0, -1.0]]), np.array([2.0]), 1.0),
    ]:
        answer = ridge(X=X, y=y, damping=damping)
        k = X.shape[1]
        w = array(answer, (k,), "w, a number for each column of X")
        A, b, eye = X.T @ X, X.T @ y, np.eye(k)
        gave = f"{answer.call} gave {told(w)}"
        for wrong, text in [
            (np.linalg.lstsq(X, y)[0], "that is the solution without damping"),
            (
                np.linalg.pinv(A + damping) @ b,
                "the damping belongs on the diagonal alone: damping times `np.eye`",
            ),
            (
                np.linalg.pinv(A - damping * eye) @ b,
                "the damping is added, not subtracted",
            ),
            (
                np.linalg.solve(A + damping**2 * eye, b),
                "the damping itself, not its square",
            ),
            (
                np.linalg.solve(A + len(X) * damping * eye, b),
                "the damping itself, not times the number of rows",
            ),
        ]:
            expected = np.linalg.solve(A + damping * eye, b)
            mistaken = np.allclose(w, wrong) and not np.allclose(w, expected)
            require(not mistaken, f"{gave}: {text}.")
        slope = X.T @ (X @ w - y) + damping * w
        require(
            np.allclose(slope, 0, atol=1e-6),
            f"{gave} for X = {X.tolist()}, y = {y.tolist()}: there the slope of "
            f"|y - X w|² + damping |w|², halved, is {told(slope)}; at the smallest it "
            "is 0.",
        )
