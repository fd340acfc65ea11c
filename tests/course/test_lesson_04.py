"""Lesson 04's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_04 as checks  # noqa: F401


def errors(actual, predicted):
    return np.asarray(actual) - np.asarray(predicted).reshape(-1)


def with_numbers(p, q, error, step_size):
    new_p, new_q = list(p), list(q)
    for k in range(len(p)):
        new_p[k] -= step_size * -2 * error * q[k]
        new_q[k] -= step_size * -2 * error * p[k]
    return new_p, new_q


def step(p, q, e, s):
    return p + 2 * s * e * q, q + 2 * s * e * p


def one_after_the_other(p, q, error, step_size):
    p += 2 * step_size * error * q
    q += 2 * step_size * error * p
    return p, q


def squares(*tables):
    return sum((table**2).sum() for table in tables)


RIGHT = {
    "gradient_step": [step, with_numbers, lambda *given: np.array(step(*given))],
    "mean_squared_error": [
        lambda a, p: np.mean(errors(a, p) ** 2),
        lambda a, p: ((a - p.ravel()) ** 2).mean(),
    ],
    "penalty_of": [
        lambda p, q, reg: reg * squares(p, q),
        lambda p, q, reg: reg * sum(np.linalg.norm(t) ** 2 for t in (p, q)),
        lambda p, q, reg: reg * np.square(np.vstack([p, q])).sum(),
    ],
}

WRONG = {
    "gradient_step": {
        "the movie's step needs the old p": one_after_the_other,
        "the user's step needs the old q": lambda p, q, e, s: (
            (p + 2 * s * e * step(p, q, e, s)[1], step(p, q, e, s)[1])
        ),
        "2 of the square is missing. Expected [[1.096, 0.176], [1.28, -0.284]]: 2 · "
        "step size · error is 0.08": lambda p, q, e, s: step(p, q, e, s / 2),
        "a step goes against the slope": lambda p, q, e, s: step(p, q, -e, s),
        "p moves along q": lambda p, q, e, s: (p + 2 * s * e * p, q + 2 * s * e * q),
        "add them to p": lambda p, q, e, s: (2 * s * e * q, 2 * s * e * p),
        "p comes first": lambda *given: step(*given)[::-1],
        "error is -0.08, times q for p": lambda p, q, e, s: step(p, q, abs(e), s),
        "expected the new p and the new q": lambda *given: step(*given)[0],
    },
    "mean_squared_error": {
        "3 × 3 table": lambda a, p: np.mean((np.array(a) - p) ** 2),
        "mean absolute error": lambda a, p: np.mean(abs(errors(a, p))),
        "the RMSE": lambda a, p: np.mean(errors(a, p) ** 2) ** 0.5,
        "the sum of the squares": lambda a, p: np.sum(errors(a, p) ** 2),
        "expected 0.78: 4, 3 and 5 stars were": lambda a, p: np.var(errors(a, p)),
        "`np.ravel` takes either": lambda a, p: np.mean((a.reshape(-1, 1) - p) ** 2),
        "`actual` is a Series with labels of its own": lambda a, p: (
            sum((a[k] - p[k, 0]) ** 2 for k in range(3)) / 3
        ),
        "the shape (n, 1) and `actual` (n,): flatten": lambda a, p: (
            pd.Series(a) - pd.Series(p)
        ).mean(),
        "nan": lambda a, p: ((a - pd.Series(p.ravel())) ** 2).mean(),
    },
    "penalty_of": {
        "multiply by reg": lambda p, q, reg: squares(p, q),
        "multiply both by reg": [
            lambda p, q, reg: squares(p) + reg * squares(q),
            lambda p, q, reg: reg * squares(p) + squares(q),
        ],
        "both tables count": [
            lambda p, q, reg: reg * squares(p),
            lambda p, q, reg: reg * squares(q),
        ],
        "a norm is the root of the sum of squares": [
            lambda p, q, reg: reg * squares(p, q) ** 0.5,
            lambda p, q, reg: reg * (np.linalg.norm(p) + np.linalg.norm(q)),
        ],
        "square first": lambda p, q, reg: reg * (p.sum() ** 2 + q.sum() ** 2),
        "not a mean": lambda p, q, reg: reg * ((p**2).mean() + (q**2).mean()),
        "expected 0.95: the squares of all weights are 15.25 and 32.25, together 47.5; "
        "reg is 0.02": lambda p, q, reg: reg * (abs(p).sum() + abs(q).sum()),
        "the tables have different numbers": lambda p, q, reg: reg * (p**2 + q**2),
        "expected a single number: the squares of": lambda p, q, reg: (
            reg * (sum(p**2) + sum(q**2))
        ),
    },
}
