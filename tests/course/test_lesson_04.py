"""Lesson 04's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_04 as checks  # noqa: F401


def errors(actual, predicted):
    return np.asarray(actual) - np.asarray(predicted).reshape(-1)


def in_a_loop(actual, predicted):
    total = 0
    for stars, (guess,) in zip(actual, predicted, strict=True):
        total += (stars - guess) ** 2
    return total / len(actual)


def with_numbers(p, q, error, step_size):
    new_p, new_q = list(p), list(q)
    for k in range(len(p)):
        new_p[k] -= step_size * -2 * error * q[k]
        new_q[k] -= step_size * -2 * error * p[k]
    return new_p, new_q


def in_one_matrix(p, q, error, step_size):
    move = 2 * error * step_size
    return tuple(np.array([[1, move], [move, 1]]) @ np.array([p, q]))


def one_after_the_other(p, q, error, step_size):
    p += 2 * step_size * error * q
    q += 2 * step_size * error * p
    return p, q


def movie_first(p, q, error, step_size):
    q = q + 2 * step_size * error * p
    return p + 2 * step_size * error * q, q


RIGHT = [
    ("gradient_step", lambda p, q, e, s: (p + 2 * s * e * q, q + 2 * s * e * p)),
    ("gradient_step", with_numbers),
    ("gradient_step", in_one_matrix),
    ("mean_squared_error", lambda a, p: np.mean(errors(a, p) ** 2)),
    ("mean_squared_error", lambda a, p: np.mean((a - p[:, 0]) ** 2)),
    ("mean_squared_error", lambda a, p: ((a - p.ravel()) ** 2).mean()),
    ("mean_squared_error", in_a_loop),
    ("penalty_of", lambda p, q, reg: reg * ((p**2).sum() + (q**2).sum())),
    ("penalty_of", lambda p, q, reg: reg * sum(np.linalg.norm(t) ** 2 for t in (p, q))),
    ("penalty_of", lambda p, q, reg: reg * np.square(np.vstack([p, q])).sum()),
]

WRONG = [
    ("gradient_step", one_after_the_other, "the movie's step needs the old p"),
    ("gradient_step", movie_first, "the user's step needs the old q"),
    (
        "gradient_step",
        lambda p, q, e, s: (p + s * e * q, q + s * e * p),
        "the 2 of the square is missing; 2 · step size · error is 0.08.",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (p - 2 * s * e * q, q - 2 * s * e * p),
        "0.4, 0.1) gave ([0.904, 0.224], [1.12, -0.316]): a step",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (p + 2 * s * e * p, q + 2 * s * e * q),
        "p moves along q",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (p + 2 * s * e, q + 2 * s * e),
        "p moves along q",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (2 * s * e * q, 2 * s * e * p),
        "these are the moves; add them",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (-2 * s * e * q, -2 * s * e * p),
        "these are slopes",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (q + 2 * s * e * p, p + 2 * s * e * q),
        "p comes first",
    ),
    ("gradient_step", lambda p, q, e, s: (p, q), "nothing has moved"),
    (
        "gradient_step",
        lambda p, q, e, s: (p + 2 * e * q, q + 2 * e * p),
        "use `step_size`",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (p + 0.2 * e * q, q + 0.2 * e * p),
        "2 · step size · error is -0.08, times q for p",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (p + 2 * s * e**2 * q, q + 2 * s * e**2 * p),
        "expected [[1.096, 0.176], [1.28, -0.284]]",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: p + 2 * s * e * q,
        "the new p gave 1.096 (float64); expected a vector as long as p",
    ),
    (
        "gradient_step",
        lambda p, q, e, s: (p + 2 * s * e * (p @ q), q + 2 * s * e * (p @ q)),
        "times q for p and times p for q",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean((np.array(a) - p) ** 2),
        "flatten the pr",
    ),
    ("mean_squared_error", lambda a, p: np.mean((a - p) ** 2), "3 × 3 table"),
    (
        "mean_squared_error",
        lambda a, p: np.mean(abs(errors(a, p))),
        "mean absolute error",
    ),
    ("mean_squared_error", lambda a, p: np.mean(errors(a, p) ** 2) ** 0.5, "the RMSE"),
    ("mean_squared_error", lambda a, p: np.median(errors(a, p) ** 2), "the median"),
    (
        "mean_squared_error",
        lambda a, p: np.sum(errors(a, p) ** 2),
        "the sum of the squ",
    ),
    ("mean_squared_error", lambda a, p: np.sum(errors(a, p) ** 2) / 2, "not by n - 1"),
    (
        "mean_squared_error",
        lambda a, p: np.mean(errors(a, p)) ** 2,
        "square of the mean",
    ),
    ("mean_squared_error", lambda a, p: np.var(errors(a, p)), "do not centre them"),
    (
        "mean_squared_error",
        lambda a, p: np.mean(errors(a, p)),
        "that is the mean absolute",
    ),
    ("mean_squared_error", lambda a, p: errors(a, p) ** 2, "a single number"),
    ("mean_squared_error", lambda a, p: np.mean((a - p[0]) ** 2), "expected 0.78"),
    (
        "mean_squared_error",
        lambda a, p: round(np.mean(errors(a, p) ** 2), 1),
        "not round",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean(errors(a, p) ** 2) / 3,
        "of their squares",
    ),
    ("mean_squared_error", lambda a, p: a.reshape(-1, 1) and 1, "stopped with"),
    (
        "mean_squared_error",
        lambda a, p: np.mean((a.reshape(-1, 1) - p) ** 2),
        "has no attribute 'reshape'",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean((a.reshape(-1) - p.reshape(-1)) ** 2),
        "`np.ravel` takes either",
    ),
    (
        "mean_squared_error",
        lambda a, p: sum((a[k] - p[k, 0]) ** 2 for k in range(3)) / 3,
        "`actual` is a Series with labels of its own",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean((a - p[:, 1]) ** 2),
        "has the shape (n, 1)",
    ),
    (
        "mean_squared_error",
        lambda a, p: (pd.Series(a) - pd.Series(p)).mean(),
        "the shape (n, 1) and `actual` (n,): flatten",
    ),
    (
        "mean_squared_error",
        lambda a, p: ((a - pd.Series(p.ravel())) ** 2).mean(),
        "nan",
    ),
    ("penalty_of", lambda p, q, reg: (p**2).sum() + (q**2).sum(), "multiply by reg"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2).sum(),
        "the movies' table counts, too",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (q**2).sum(),
        "the users' table counts, too",
    ),
    ("penalty_of", lambda p, q, reg: reg * (p.sum() + q.sum()) ** 2, "square first"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p.sum() ** 2 + q.sum() ** 2),
        "square first",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * ((p**2).mean() + (q**2).mean()),
        "not a mean",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (abs(p).sum() + abs(q).sum()),
        "absolute values",
    ),
    ("penalty_of", lambda p, q, reg: reg * (p.sum() + q.sum()), "squares are missing"),
    (
        "penalty_of",
        lambda p, q, reg: reg / 2 * ((p**2).sum() + (q**2).sum()),
        "not halve it",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg**2 * ((p**2).sum() + (q**2).sum()),
        "not its square",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * ((p**2).sum() + (q**2).sum()) ** 0.5,
        "no root: the squares of all weights are 15.25 and 32.25, together 47.5; reg",
    ),
    (
        "penalty_of",
        lambda p, q, reg: 0.02 * ((p**2).sum() + (q**2).sum()),
        "reg is 0.5",
    ),
    ("penalty_of", lambda p, q, reg: reg * 47.5, "together 15.25; reg is 0.5"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2 + q**2),
        "the tables have different numb",
    ),
    (
        "penalty_of",
        lambda p, q, reg: [reg * (p**2).sum(), reg * (q**2).sum()],
        "a single",
    ),
    ("penalty_of", lambda p, q, reg: reg * (sum(p**2) + sum(q**2)), "own `sum` only"),
    (
        "penalty_of",
        lambda p, q, reg: 1e-4 * ((p**2).sum() + (q**2).sum()),
        "use the `reg` that comes in",
    ),
    (
        "penalty_of",
        lambda p, q, reg: (p**2).sum() + reg * (q**2).sum(),
        "multiply both by reg",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2).sum() + (q**2).sum(),
        "multiply both by reg",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (np.linalg.norm(p) + np.linalg.norm(q)),
        "a norm is the root of the sum of squares",
    ),
    ("penalty_of", lambda p, q, reg: reg * (p**2).sum(axis=0), "a single number"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2).sum() * (q**2).sum(),
        "add the two sums: the",
    ),
    (
        "penalty_of",
        lambda p, q, reg: -reg * ((p**2).sum() + (q**2).sum()),
        "gave -0.95",
    ),
]
