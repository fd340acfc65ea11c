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


def coverage(low, high, actual):
    return np.mean((low <= actual) & (actual <= high))


def coverage_in_a_loop(low, high, actual):
    rows = list(zip(low, actual, high, strict=True))
    return sum(a <= b <= c for a, b, c in rows) / len(rows)


def left_over(ratings, movie_bias, mean):
    return ratings["rating"] - mean - ratings["movieId"].map(movie_bias)


def user_step(ratings, movie_bias, mean, damping):
    by_user = left_over(ratings, movie_bias, mean).groupby(ratings["userId"])
    return by_user.sum() / (by_user.size() + damping)


def user_step_by_ridge(ratings, movie_bias, mean, damping):
    found = {}
    for user in sorted(ratings["userId"].unique()):
        y = left_over(ratings[ratings["userId"] == user], movie_bias, mean)
        X = np.ones((len(y), 1))
        found[user] = np.linalg.solve(X.T @ X + damping, X.T @ y)[0]
    return pd.Series(found)


def by_movie(ratings, movie_bias, mean, damping):
    groups = left_over(ratings, movie_bias, mean).groupby(ratings["movieId"])
    return groups.sum() / (groups.size() + damping)


def of(values, divide=lambda n, damping: n + damping):
    """A user step from other values, or with another divisor."""

    def step(ratings, movie_bias, mean, damping):
        movie = ratings["movieId"].map(movie_bias)
        groups = values(ratings["rating"], mean, movie).groupby(ratings["userId"])
        return groups.sum() / divide(groups.size(), damping)

    return step


def rest(rating, mean, movie):
    return rating - mean - movie


RIGHT = [
    ("posterior", posterior),
    ("posterior", posterior_as_a_ridge),
    ("posterior", posterior_one_by_one),
    ("coverage", coverage),
    ("coverage", coverage_in_a_loop),
    ("coverage", lambda low, high, a: 1 - ((a < low) | (a > high)).mean()),
    ("coverage", lambda low, high, a: (np.clip(a, low, high) == a).mean()),
    ("user_step", user_step),
    ("user_step", user_step_by_ridge),
]

WRONG = [
    ("posterior", changed(lambda m, s, *_: (s, m)), "the mean comes first"),
    ("posterior", changed(lambda m, s, *_: (m, s**2)), "that is the variance; take"),
    ("posterior", changed(lambda m, s, *_: (m, s**-2)), "that is the certainty"),
    ("posterior", changed(lambda m, s, *_: (m, 1 / s)), "that is 1 / sd"),
    ("posterior", changed(lambda m, s, *_: m), "expected two things: the mean and"),
    ("posterior", changed(lambda m, s, *_: (-m, s)), "the sum of y, over sigma²"),
    ("posterior", changed(lambda m, s, *_: (round(m, 2), s)), "do not round"),
    ("posterior", changed(lambda m, s, *_: (m, s + 1)), "1 / sd² = 1 / tau² + 3 /"),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (np.mean(y), s)),
        "as if nothing had been believed before",
    ),
    (
        "posterior",
        lambda y, sigma, tau: posterior(y, tau, sigma),
        "sigma is the noise, tau the prior: they are exchanged",
    ),
    (
        "posterior",
        lambda y, sigma, tau: posterior(y, sigma**0.5, tau**0.5),
        "certainty is 1 / variance: square the standard deviations",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (m / len(y), s)),
        "each rating counts: the sum of y, not its mean",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (sum(y) / (1 + (sigma / tau) ** 2), s)),
        "each of the ratings adds its certainty, 1 / sigma²",
    ),
    (
        "posterior",
        changed(lambda m, s, *_: (m / s, s)),
        "the mean holds sd², the variance, not sd",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (m, sigma / len(y) ** 0.5)),
        "that is the deviation without a prior",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (m, tau)),
        "ratings make the bias surer than the prior",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (m, np.hypot(s, sigma))),
        "that is the deviation of a new rating",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (m, (1 / tau**2 + 1 / sigma**2) ** -0.5)),
        "each of the ratings adds its certainty, 1 / sigma²",
    ),
    (
        "posterior",
        changed(lambda m, s, y, sigma, tau: (m, s) if len(y) else (0 / len(y), tau)),
        "with no rating, `len(y)` is 0",
    ),
    ("coverage", lambda low, high, a: (low <= a).mean(), "above the upper end are"),
    ("coverage", lambda low, high, a: (a <= high).mean(), "below the lower end are"),
    (
        "coverage",
        lambda low, high, a: ((low < a) & (a < high)).mean(),
        "on the end is within",
    ),
    (
        "coverage",
        lambda low, high, a: ((low <= a) & (a < high)).mean(),
        "on the end is within",
    ),
    (
        "coverage",
        lambda low, high, a: ((low < a) & (a <= high)).mean(),
        "on the end is within",
    ),
    (
        "coverage",
        lambda low, high, a: ((low <= a) | (a <= high)).mean(),
        "both must hold (`&`), not one",
    ),
    (
        "coverage",
        lambda low, high, a: ((low <= a) & (a <= high)).sum(),
        "a share is asked for, not a number of rows",
    ),
    ("coverage", lambda *given: 100 * coverage(*given), "from 0 to 1, not per cent"),
    ("coverage", lambda *given: 1 - coverage(*given), "that is the share outside"),
    ("coverage", lambda low, high, a: low <= a <= high, "each comparison in brackets"),
    ("coverage", lambda low, high, a: low <= a & a <= high, "needs its brackets"),
    ("coverage", lambda low, high, a: (low <= a) & (a <= high), "a single number"),
    ("coverage", lambda low, high, a: 0.5, "7 of 10 are within; low [2.0, 3.0"),
    ("coverage", lambda *given: coverage(*given) + 0.01, "gave 0.71; expected 0.7"),
    ("user_step", of(rest, lambda n, d: n), "That is without the damping"),
    ("user_step", of(rest, lambda n, d: n * (1 + d)), "damping is added once a user"),
    ("user_step", of(rest, lambda n, d: n * (n + d)), "left over, not its mean"),
    ("user_step", of(rest, lambda n, d: 1 + 0 * n), "Divide the sum by (number of"),
    ("user_step", of(lambda r, m, b: r - m), "The movies' biases count too"),
    ("user_step", of(lambda r, m, b: r - b), "Subtract the mean too"),
    ("user_step", of(lambda r, m, b: r), "Subtract mean and movies' biases first"),
    ("user_step", of(lambda r, m, b: m + b - r), "not the other way"),
    ("user_step", of(lambda r, m, b: r - m + b), "are subtracted as well"),
    ("user_step", by_movie, "Group by userId: the movies hold still"),
    (
        "user_step",
        lambda r, b, mean, d: mean + user_step(r, b, mean, d),
        "The bias alone, without the mean",
    ),
    (
        "user_step",
        lambda r, b, mean, d: user_step(r, b, mean, d)[r["userId"].unique()],
        "By ascending user id",
    ),
    (
        "user_step",
        lambda *given: user_step(*given).sort_values(),
        "The numbers are right, their order is not",
    ),
    ("user_step", lambda *given: user_step(*given).round(2), "Do not round"),
    ("user_step", lambda *given: user_step(*given).to_frame(), "choose its column"),
    ("user_step", of(rest, lambda n, d: n + 2.0), "damping 0.5, mean 3"),
    ("user_step", lambda r, b, m, d: r.map(b), "is a Series by movie id"),
    ("user_step", lambda r, b, m, d: b[r["userId"]], "`map` does it"),
]
