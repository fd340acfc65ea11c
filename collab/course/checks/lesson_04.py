"""Lesson 04's exercises, a step, an error, a penalty → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise, same_array
from collab.course.checks.lesson_03 import MOVIE_TABLE, USER_TABLE


@exercise(
    ValueError="`p` and `q` are arrays of the same length, `error` and `step_size` "
    "single numbers"
)
def check_gradient_step(gradient_step):
    """`gradient_step(p, q, error, step_size)`: both vectors after one step."""
    for p, q, error, step_size in [
        (np.array([1.0, 0.2]), np.array([1.2, -0.3]), 0.4, 0.1),
        (np.array([0.4, -1.0, 2.0]), np.array([-0.5, 1.0, 0.3]), -2.0, 0.02),
    ]:
        old, other = np.array([p, q]), np.array([q, p])
        move = 2 * step_size * error
        right = old + move * other
        same_array(
            gradient_step(p=p, q=q, error=error, step_size=step_size),
            right,
            "the new p and the new q",
            f"2 · step size · error is {move:g}, times q for p and times p for q",
            {
                "the movie's step needs the old p": [right[0], q + move * right[0]],
                "the user's step needs the old q": [p + move * right[1], right[1]],
                "the 2 of the square is missing": old + move / 2 * other,
                "a step goes against the slope": old - move * other,
                "p moves along q, and q along p": old + move * old,
                "these are the moves; add them to p and q": move * other,
                "p comes first, then q": right[::-1],
            },
        )


@exercise(
    ValueError="`predicted` has the shape (n, 1) and `actual` (n,): flatten it first",
    KeyError="`actual` is a Series with labels of its own; by position it is `.iloc`",
    AttributeError="`actual` may be an array or a Series; `np.ravel` takes either",
)
def check_mean_squared_error(mean_squared_error):
    """`mean_squared_error(actual, predicted)`: predictions of shape (n, 1)."""
    stars, predicted = np.array([4.0, 3.0, 5.0]), np.array([[3.7], [3.0], [3.5]])
    errors = np.array([0.3, 0.0, 1.5])
    for actual in (stars, pd.Series(stars, index=[102, 100, 101])):
        close(
            mean_squared_error(actual=actual, predicted=predicted),
            np.mean(errors**2),
            "4, 3 and 5 stars were predicted as 3.7, 3 and 3.5: errors of 0.3, 0 and "
            "1.5 stars; the mean of their squares",
            {
                "(3,) minus (3, 1) is a 3 × 3 table, every rating minus every "
                "prediction; flatten the predictions first": (
                    np.mean((stars - predicted) ** 2)
                ),
                "that is the mean absolute error; square the errors": np.mean(errors),
                "that is the root of it, the RMSE": np.mean(errors**2) ** 0.5,
                "that is the sum of the squares; divide by n": np.sum(errors**2),
            },
        )


@exercise(ValueError="the tables have different numbers of rows: sum each by itself")
def check_penalty_of(penalty_of):
    """`penalty_of(user_table, movie_table, reg)`: what loss adds to the error."""
    p, q, reg = USER_TABLE, MOVIE_TABLE, 0.02
    of_users, of_movies = np.sum(p**2), np.sum(q**2)
    squares = of_users + of_movies
    close(
        penalty_of(user_table=p, movie_table=q, reg=reg),
        reg * squares,
        f"the squares of all weights are {of_users:g} and {of_movies:g}, together "
        f"{squares:g}; reg is {reg:g}. `.sum()` adds up a whole table, Python's own "
        "`sum` only its rows",
        {
            "multiply by reg": squares,
            "multiply both by reg": (
                of_users + reg * of_movies,
                reg * of_users + of_movies,
            ),
            "both tables count": (reg * of_users, reg * of_movies),
            "a norm is the root of the sum of squares; no root": (
                reg * squares**0.5,
                reg * (of_users**0.5 + of_movies**0.5),
            ),
            "square first, then sum": reg * (p.sum() ** 2 + q.sum() ** 2),
            "a sum, not a mean": reg * (np.mean(p**2) + np.mean(q**2)),
        },
    )
