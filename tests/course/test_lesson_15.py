"""Lesson 15's checks accept right answers of any style and say why one is wrong."""

import math

import numpy as np
import pandas as pd
from scipy import special
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_15 as checks  # noqa: F401
from collab.intervals import mean_interval


def apart(a, b, wide_a, wide_b):
    return abs(a - b) > np.hypot(wide_a, wide_b)


def judged(judge, by_users=True):
    def answer(rating, user, in_a):
        (a, wide_a), (b, wide_b) = (
            mean_interval(rating[half], by=user[half] if by_users else None)
            for half in (in_a, ~in_a)
        )
        return judge(a, b, wide_a, wide_b)

    return answer


def by_means_of_users(rating, user, in_a):
    means = pd.Series(rating).groupby(user).mean()
    of_a = np.isin(means.index, user[in_a])
    (a, wide_a), (b, wide_b) = mean_interval(means[of_a]), mean_interval(means[~of_a])
    return bool((a - b) ** 2 > wide_a**2 + wide_b**2)


def smallest_gain(n, sd_a, sd_b):
    return 2.8 * np.sqrt((sd_a**2 + sd_b**2) / n)


def smallest_gain_by_quantiles(n, sd_a, sd_b):
    times = special.ndtri(0.975) + special.ndtri(0.8)
    return times * np.sqrt((sd_a**2 + sd_b**2) / n)


def credit(teams, clicks):
    sides = [teams[place - 1] for place in clicks]
    return np.sign(sides.count("a") - sides.count("b"))


def credit_in_a_loop(teams, clicks):
    ahead = 0
    for place in clicks:
        ahead += 1 if teams[place - 1] == "a" else -1
    return (ahead > 0) - (ahead < 0)


def weighted(weight):
    def answer(teams, clicks):
        sides = [1 if teams[place - 1] == "a" else -1 for place in clicks]
        weights = [weight(when, place) for when, place in enumerate(clicks)]
        return np.sign(np.dot(weights, sides))

    return answer


def counted(how):
    def answer(teams, clicks):
        sides = [teams[place - 1] for place in clicks]
        return how(sides.count("a"), sides.count("b"))

    return answer


RIGHT = {
    "halves_differ": [judged(apart), by_means_of_users],
    "smallest_gain": [
        smallest_gain,
        smallest_gain_by_quantiles,
        lambda n, a, b: (1.96 + 0.84) * math.hypot(a, b) / n**0.5,
    ],
    "credit": [credit, credit_in_a_loop],
}

WRONG = {
    "halves_differ": {
        "by users. They are 1.00 apart": judged(apart, by_users=False),
        "2.05 ± 0.1": judged(lambda a, b, x, y: a - b > np.hypot(x, y)),
        "you said False": [
            judged(lambda a, b, x, y: abs(a - b) > x + y),
            lambda r, u, a: False,
        ],
        "you said True": lambda r, u, a: True,
        "expected True or False": [
            judged(lambda a, b, x, y: abs(a - b)),
            judged(lambda *of: np.array([True])),
        ],
        "one user for each rating of this half": lambda r, u, a: (
            mean_interval(r[a], by=u) > mean_interval(r[~a], by=u)
        ),
    },
    "smallest_gain": {
        "one standard error": lambda n, a, b: smallest_gain(n, a, b) / 2.8,
        "every other time": lambda n, a, b: smallest_gain(n, a, b) * 0.7,
        "the root is missing": lambda n, a, b: smallest_gain(n, a, b) ** 2,
        "of each group": [
            lambda n, a, b: smallest_gain(2 * n, a, b),
            lambda n, a, b: smallest_gain(n / 2, a, b),
        ],
        "not the sds": [
            lambda n, a, b: smallest_gain(n, a**0.5, b**0.5),
            lambda n, a, b: 2.8 * (a + b) / n**0.5,
        ],
        "error is 0.0250, and it takes 1.96 + 0.84": lambda n, a, b: (
            2.81 / 2.8 * smallest_gain(n, a, b)
        ),
        "standard error is 0.3": lambda n, a, b: smallest_gain(400, a, b),
        "positive number's": lambda n, a, b: math.sqrt(-n),
    },
    "credit": {
        "one vote, however much": [
            counted(lambda a, b: a - b),
            counted(lambda a, b: (a - b) / (a + b)),
        ],
        "1 is for a": counted(lambda a, b: np.sign(b - a)),
        "whatever its place": [
            weighted(lambda when, place: 1 / place),
            counted(lambda a, b: a),
        ],
        "-1 where b has more": counted(lambda a, b: int(a > b)),
        "a was chosen 2 times, b 2": counted(lambda a, b: 1 if a >= b else -1),
        "[]) stopped with ZeroDivisionError": counted(
            lambda a, b: np.sign((a - b) / (a + b))
        ),
        "place 1 is `teams[0]`": lambda teams, clicks: np.sign(
            sum(1 if teams[c] == "a" else -1 for c in clicks)
        ),
    },
}
