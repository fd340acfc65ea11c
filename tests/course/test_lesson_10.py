"""Lesson 10's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_10 as checks  # noqa: F401


def posterior(y, sigma, tau):
    variance = 1 / (1 / tau**2 + len(y) / sigma**2)
    return variance * np.sum(y) / sigma**2, np.sqrt(variance)


def posterior_as_a_ridge(y, sigma, tau):
    damping = sigma**2 / tau**2
    return [sum(y) / (len(y) + damping), sigma / (len(y) + damping) ** 0.5]


def posterior_one_by_one(y, sigma, tau):
    mean, variance = 0.0, tau**2
    for value in y:
        gain = variance / (variance + sigma**2)
        mean, variance = mean + gain * (value - mean), (1 - gain) * variance
    return mean, variance**0.5


def changed(change):
    return lambda y, sigma, tau: change(*posterior(y, sigma, tau), y, sigma, tau)


def mean_prediction(P, Q):
    return np.mean([p @ q.T for p, q in zip(P, Q, strict=True)], axis=0)


def mean_prediction_of_long_vectors(P, Q):
    return np.hstack(P) @ np.hstack(Q).T / len(P)


def coverage(low, high, actual, group):
    return pd.Series((low <= actual) & (actual <= high)).groupby(group).mean()


def coverage_in_a_loop(low, high, actual, group):
    found = {}
    for name in sorted(set(group)):
        rows = zip(low, actual, high, group, strict=True)
        found[name] = np.mean([a <= b <= c for a, b, c, of in rows if of == name])
    return pd.Series(found)


def coverage_by_table(low, high, actual, group):
    table = pd.DataFrame({"group": group, "hit": np.clip(actual, low, high) == actual})
    return table.pivot_table("hit", "group")["hit"]


def of(inside):
    return lambda low, high, a, group: (
        pd.Series(inside(low, high, a)).groupby(group).mean()
    )


def then(change):
    return lambda low, high, a, group: change(coverage(low, high, a, group), group)


def counted(group):
    return pd.Series(group).value_counts().sort_index()


RIGHT = {
    "posterior": [posterior, posterior_as_a_ridge, posterior_one_by_one],
    "mean_prediction": [
        mean_prediction,
        mean_prediction_of_long_vectors,
        lambda P, Q: np.einsum("kuf,kif->ui", P, Q) / len(P),
    ],
    "coverage": [coverage, coverage_in_a_loop, coverage_by_table],
}

WRONG = {
    "posterior": {
        "the mean comes first": changed(lambda m, s, *_: (s, m)),
        "that is the variance; take": changed(lambda m, s, *_: (m, s**2)),
        "expected two things: the mean and": changed(lambda m, s, *_: m),
        "the sum of y, over sigma², times sd²": changed(lambda m, s, *_: (m / s, s)),
        "1 / sd² = 1 / tau² + 3 / sigma²": changed(lambda m, s, *_: (m, s**-2)),
        "without a belief before": changed(lambda m, s, y, sigma, tau: (np.mean(y), s)),
        "sigma and tau are exchanged": lambda y, sigma, tau: posterior(y, tau, sigma),
        "square both standard deviations": lambda y, sigma, tau: posterior(
            y, sigma**0.5, tau**0.5
        ),
        "each of the ratings adds its certainty, 1 / sigma²": [
            changed(lambda m, s, y, sigma, tau: (m / len(y), s)),
            changed(lambda m, s, y, sigma, tau: (sum(y) / (1 + (sigma / tau) ** 2), s)),
            changed(
                lambda m, s, y, sigma, tau: (m, (1 / tau**2 + 1 / sigma**2) ** -0.5)
            ),
        ],
        "that is the deviation without a prior": changed(
            lambda m, s, y, sigma, tau: (m, sigma / len(y) ** 0.5)
        ),
        "that is the deviation of a new rating": changed(
            lambda m, s, y, sigma, tau: (m, np.hypot(s, sigma))
        ),
        "with no rating, `len(y)` is 0": changed(
            lambda m, s, y, sigma, tau: (m, s) if len(y) else (0 / len(y), tau)
        ),
    },
    "mean_prediction": {
        "product of mean vectors; multiply first": lambda P, Q: (
            P.mean(axis=0) @ Q.mean(axis=0).T
        ),
        "the sum over the draws, not their mean": lambda P, Q: (
            mean_prediction(P, Q) * len(P)
        ),
        "one draw alone": [
            lambda P, Q: P[0] @ Q[0].T,
            lambda P, Q: P[-1] @ Q[-1].T,
        ],
        "expected a table users × items, of": lambda *g: mean_prediction(*g).T,
        "the mean of the tables": lambda P, Q: mean_prediction(P, Q[::-1]),
        "multiply draw by draw": lambda P, Q: P @ Q,
    },
    "coverage": {
        "The ends belong": [
            of(lambda low, high, a: (low < a) & (a < high)),
            of(lambda low, high, a: (low <= a) & (a < high)),
            of(lambda low, high, a: (low < a) & (a <= high)),
        ],
        "Both must hold": [
            of(lambda low, high, a: low <= a),
            of(lambda low, high, a: a <= high),
            of(lambda low, high, a: (low <= a) | (a <= high)),
        ],
        "each comparison in brac": of(lambda low, high, a: low <= a <= high),
        "needs its brackets": of(lambda low, high, a: low <= a & a <= high),
        "Divide by the rows of the group": [
            then(lambda found, group: found * counted(group)),
            then(lambda found, group: found * counted(group) / len(group)),
            then(
                lambda found, group: (
                    found * counted(group) / (found * counted(group)).sum()
                )
            ),
        ],
        "their order is not: of each group the share of rows within": then(
            lambda found, group: found[pd.unique(group)]
        ),
        "choose its column": then(lambda found, group: found.to_frame()),
        "Of each group the share of rows within": then(lambda found, group: 1 - found),
        "make a Series of it first": lambda low, high, a, group: (
            ((low <= a) & (a <= high)).groupby(group).mean()
        ),
    },
}
