"""Lesson 04's exercises, errors and penalties → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise, require, single, told
from collab.course.checks.lesson_01 import RATINGS
from collab.course.checks.lesson_03 import MOVIE_TABLE, USER_TABLE


@exercise(
    ValueError="`predicted` has the shape (n, 1) and `actual` (n,): flatten it first",
    IndexError="`predicted` has the shape (n, 1), `actual` the shape (n,)",
    KeyError="`actual` is a Series with labels of its own; by position it is `.iloc`",
    AttributeError="`actual` may be an array or a Series; `np.ravel` takes either",
)
def check_mean_squared_error(mean_squared_error):
    """`mean_squared_error(actual, predicted)`: predictions of shape (n, 1)."""
    stars, predicted = np.array([4.0, 3.0, 5.0]), np.array([[3.7], [3.0], [3.5]])
    for actual in (stars, pd.Series(stars, index=[102, 100, 101])):
        errors = np.array([0.3, 0.0, 1.5])
        close(
            mean_squared_error(actual=actual, predicted=predicted),
            np.mean(errors**2),
            "errors of 0.3, 0 and 1.5 stars; the mean of their squares",
            [
                (
                    np.mean((stars - predicted) ** 2),
                    "(3,) minus (3, 1) is a 3 × 3 table, every rating minus every "
                    "prediction; flatten the predictions first",
                ),
                (np.mean(errors), "that is the mean absolute error; square the errors"),
                (np.mean(errors**2) ** 0.5, "that is the root of it, the RMSE"),
                (np.median(errors**2), "that is the median of the squares"),
                (np.sum(errors**2), "that is the sum of the squares; divide by n"),
                (np.sum(errors**2) / 2, "divide by n = 3, not by n - 1"),
                (np.mean(errors) ** 2, "that is the square of the mean error"),
                (np.var(errors), "that is the errors' variance; do not centre them"),
            ],
        )


@exercise(ValueError="the tables have different numbers of rows: sum each by itself")
def check_penalty_of(penalty_of):
    """`penalty_of(user_table, movie_table, reg)`: what loss adds to the error."""
    for p, q, reg in [
        (USER_TABLE, MOVIE_TABLE, 0.02),
        (-USER_TABLE[:1], USER_TABLE[1:], 0.5),
    ]:
        of_users, of_movies = (sum(x**2 for x in table.flat) for table in (p, q))
        squares = of_users + of_movies
        made = (
            f"the squares of all weights are {of_users:g} and {of_movies:g}, together "
            f"{squares:g}; reg is {reg:g}"
        )
        answer = penalty_of(user_table=p, movie_table=q, reg=reg)
        require(
            single(answer.value),
            f"{answer.call} gave {told(answer.value)}; expected a single number: "
            "`.sum()` adds up a whole table, Python's own `sum` only its rows.",
        )
        close(
            answer,
            reg * squares,
            made,
            [
                (squares, f"multiply by reg: {made}"),
                (1e-4 * squares, f"use the `reg` that comes in: {made}"),
                (of_users + reg * of_movies, f"multiply both by reg: {made}"),
                (reg * of_users + of_movies, f"multiply both by reg: {made}"),
                (reg * of_users * of_movies, f"add the two sums: {made}"),
                (
                    reg * (of_users**0.5 + of_movies**0.5),
                    f"a norm is the root of the sum of squares; no root: {made}",
                ),
                (reg * of_users, f"the movies' table counts, too: {made}"),
                (reg * of_movies, f"the users' table counts, too: {made}"),
                (reg * (p.sum() + q.sum()) ** 2, f"square first, then sum: {made}"),
                (
                    reg * (p.sum() ** 2 + q.sum() ** 2),
                    f"square first, then sum: {made}",
                ),
                (reg * (np.mean(p**2) + np.mean(q**2)), f"a sum, not a mean: {made}"),
                (reg * (abs(p).sum() + abs(q).sum()), "squares, not absolute values"),
                (reg * (p.sum() + q.sum()), f"the squares are missing: {made}"),
                (reg * squares / 2, "Keras's L2 does not halve it"),
                (reg**2 * squares, "reg itself, not its square"),
                (reg * squares**0.5, f"no root: {made}"),
            ],
        )


@exercise(
    ValueError="only one number comes from `train`: its mean",
    KeyError="which columns do the two tables have, which labels their rows?",
)
def check_mean_baseline(mean_baseline):
    """`mean_baseline(train, valid)`: MSE of predicting the training mean."""
    stars = RATINGS["rating"]
    for at in (7, 4):
        train, valid = RATINGS[:at], RATINGS[at:]
        mean, median = np.mean(stars[:at]), np.median(stars[:at])
        errors = np.array([x - mean for x in stars[at:]])
        mse = sum(errors**2) / len(errors)
        close(
            mean_baseline(train=train, valid=valid),
            mse,
            f"the training mean is {mean:.4f}, and the squares of its distances to the "
            f"{len(valid)} validation ratings are averaged",
            [
                (
                    np.var(stars[at:]),
                    "that is the mean of valid, which nobody knows yet",
                ),
                (
                    np.mean((stars[at:] - stars.mean()) ** 2),
                    "that is the mean of both tables; only that of train is known",
                ),
                (np.var(stars[:at]), "the ratings to be predicted are those of valid"),
                (mse**0.5, "that is an RMSE; the MSE is asked for, without the root"),
                (np.mean(abs(errors)), "that is an absolute error; square the errors"),
                (
                    np.mean((stars[at:] - median) ** 2),
                    "that is the error of the training median; predict the mean",
                ),
                (np.median(errors**2), "the mean of the squares, not their median"),
                (np.sum(errors**2), "that is the sum of the squares; take their mean"),
                (np.mean(errors) ** 2, "square every error, then take the mean"),
                (np.mean(errors), "errors of both signs cancel; square them first"),
                (-np.mean(errors), "errors of both signs cancel; square them first"),
                (mean, "that is the training mean itself, not its error on valid"),
            ],
        )
