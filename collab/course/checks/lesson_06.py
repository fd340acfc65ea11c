"""The exercises of lessons 06 and 07 → did I get it right?

Each `check_…` takes the reader's function, tries it on small numbers, and either prints
a line or stops with an AssertionError that shows what went in, what came out and what
would be right.
"""

import numpy as np
import pandas as pd

# Lesson 06 ---------------------------------------------------------------------------


def check_nearest(nearest):
    """`nearest(vectors, k)`: the row nearest to row k by cosine, not k itself."""
    vectors = np.array([[1.0, 0.0], [9.0, 9.0], [0.2, 0.1], [-5.0, 0.1]])
    for k, expected, why in [
        (0, 2, "the angle counts, not the length: row 2 is short, but nearly parallel"),
        (1, 2, "row 2 is at an angle of 18 degrees, row 0 at 45"),
        (3, 1, "a long way round, but row 1 is the least opposite"),
    ]:
        answer = _call(nearest, vectors, k)
        assert answer != k, f"nearest(vectors, {k}) gave {k}: leave the row itself out"
        assert answer == expected, (
            f"nearest({vectors.tolist()}, {k}) gave {answer}; expected {expected}: "
            f"{why}"
        )
    _well_done("nearest")


def check_stretch(stretch):
    """`stretch(users, movies, factor)`: other tables, the same dot products."""
    users = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])
    movies = np.array([[2.0, 1.0], [-1.0, 4.0]])
    new_users, new_movies = map(np.asarray, _call(stretch, users, movies, 4.0))
    expected = users * [4.0, 1.0]
    assert np.allclose(new_users, expected), (
        f"users became {new_users.tolist()}; expected {expected.tolist()}: the first "
        "column times 4, the other as it was"
    )
    dots, before = new_users @ new_movies.T, users @ movies.T
    assert np.allclose(dots, before), (
        f"the dot products were {before.tolist()} and are now {dots.tolist()}: what "
        "the users gain, the movies have to lose, in the same column"
    )
    _well_done("stretch")


def check_centre(centre):
    """`centre(mean, user_bias)`: the average user at zero, every sum as it was."""
    user_bias = pd.Series([0.5, -0.1, 0.8], index=[7, 3, 9])
    answer = _call(centre, 3.5, user_bias)
    assert isinstance(answer, tuple), (
        f"centre gave {answer!r}; expected two things: a mean, and the biases"
    )
    mean, bias = answer
    assert abs(np.mean(bias)) < 1e-9, (
        f"the biases {list(bias)} have the mean {np.mean(bias):.3f}; expected 0"
    )
    assert np.allclose(mean + np.asarray(bias), 3.5 + user_bias), (
        f"mean + bias was {(3.5 + user_bias).tolist()} and is now "
        f"{(mean + np.asarray(bias)).tolist()}: add to the mean what the biases lose"
    )
    _well_done("centre")


# Lesson 07 ---------------------------------------------------------------------------


def check_best_unseen(best_unseen):
    """`best_unseen(scores, seen, n)`: ids of the n best not in seen, the best first."""
    scores = pd.Series({50: 4.1, 20: 4.8, 90: 3.0, 60: 4.8, 70: 4.5})
    for seen, n, expected in [
        ([20], 2, [60, 70]),
        ([], 3, [20, 60, 70]),
        ([20, 60, 70], 2, [50, 90]),
    ]:
        answer = list(_call(best_unseen, scores, seen, n))
        assert answer == expected, (
            f"best_unseen({scores.to_dict()}, {seen}, {n}) gave {answer}; expected "
            f"{expected}: highest scores first, equal ones by id, none of the seen"
        )
    _well_done("best_unseen")


def check_hit_rate(hit_rate):
    """`hit_rate(lists, watched)`: the share of users with a hit on their list."""
    lists = {7: [50, 20], 3: [20, 90], 9: [60, 50], 4: [90, 60]}
    watched = {7: [20], 3: [50, 60], 9: [50, 60, 70], 4: [10]}
    answer = _call(hit_rate, lists, watched)
    assert np.isclose(answer, 0.5), (
        f"hit_rate({lists}, {watched}) gave {answer}; expected 0.5: users 7 and 9 "
        "watched something of their list, and two hits of user 9 count once"
    )
    answer = _call(hit_rate, {7: [50], 3: [20]}, {3: [20], 7: [50]})
    assert np.isclose(answer, 1.0), (
        f"two users with a hit each gave {answer}; expected 1: match users by id, not "
        "by their order"
    )
    _well_done("hit_rate")


def check_ridge(ridge):
    """`ridge(X, y, damping)`: the w with the smallest |y - X w|² + damping |w|²."""
    one = _call(ridge, np.ones((3, 1)), np.array([1.0, 1.0, 1.0]), 2.0)
    assert np.allclose(one, [0.6]), (
        f"three residuals of 1 with a damping of 2 gave {one}; expected [0.6]: their "
        "sum divided by 3 + 2, a damped mean"
    )
    X, y = np.array([[1.0, 2.0], [1.0, -1.0]]), np.array([1.0, 0.5])
    for damping in (0.5, 5.0):
        w = np.asarray(_call(ridge, X, y, damping))
        assert w.shape == (2,), f"w has the shape {w.shape}; expected (2,)"
        slope = X.T @ (X @ w - y) + damping * w
        assert np.allclose(slope, 0), (
            f"ridge gave {w.tolist()} for X = {X.tolist()}, y = {y.tolist()}, damping "
            f"{damping}: there the slope of the sum is {slope.tolist()}, and at the "
            "smallest it is 0"
        )
    _call(ridge, np.ones((1, 3)), np.array([1.0]), 1.0)  # fewer rows than columns
    _well_done("ridge")


def _call(function, *args):
    assert callable(function), f"pass the function itself, not {function!r}"
    answer = function(*(arg.copy() if hasattr(arg, "copy") else arg for arg in args))
    assert answer is not None, (
        f"{function.__name__} returned None: is `return` missing?"
    )
    return answer


def _well_done(name):
    print(f"{name}: correct.")
