"""Lesson 15's checks accept right answers of any style and say why one is wrong."""

import math

import numpy as np
import pandas as pd
from scipy import special
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_15 as checks  # noqa: F401
from collab.intervals import mean_interval

# 1. An A/A test -----------------------------------------------------------------------


def halves_differ(rating, user, in_a, by_users=True, judge=None):
    (a, wide_a), (b, wide_b) = (
        mean_interval(rating[half], by=user[half] if by_users else None)
        for half in (in_a, ~in_a)
    )
    judge = judge or (
        lambda a, b, wide_a, wide_b: abs(a - b) > np.hypot(wide_a, wide_b)
    )
    return judge(a, b, wide_a, wide_b)


def by_means_of_users(rating, user, in_a):
    means = pd.Series(rating).groupby(user).mean()
    of_a = np.isin(means.index, user[in_a])
    (a, wide_a), (b, wide_b) = mean_interval(means[of_a]), mean_interval(means[~of_a])
    return bool((a - b) ** 2 > wide_a**2 + wide_b**2)


def judged(judge, **options):
    return lambda r, u, in_a: halves_differ(r, u, in_a, judge=judge, **options)


# 2. The smallest gain -----------------------------------------------------------------


def smallest_gain(n, sd_a, sd_b):
    return 2.8 * np.sqrt((sd_a**2 + sd_b**2) / n)


def smallest_gain_by_quantiles(n, sd_a, sd_b):
    times = special.ndtri(0.975) + special.ndtri(0.8)
    return times * np.sqrt((sd_a**2 + sd_b**2) / n)


# 3. The credit of a draft -------------------------------------------------------------


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


RIGHT = [
    ("halves_differ", halves_differ),
    ("halves_differ", by_means_of_users),
    ("smallest_gain", smallest_gain),
    ("smallest_gain", smallest_gain_by_quantiles),
    ("smallest_gain", lambda n, a, b: (1.96 + 0.84) * math.hypot(a, b) / n**0.5),
    ("credit", credit),
    ("credit", credit_in_a_loop),
]

WRONG = [
    ("halves_differ", judged(None, by_users=False), "by users. They are 1.00 apart"),
    ("halves_differ", judged(lambda a, b, x, y: a - b > np.hypot(x, y)), "2.05 ± 0.1"),
    ("halves_differ", judged(lambda a, b, x, y: abs(a - b) > x + y), "you said False"),
    (
        "halves_differ",
        judged(lambda a, b, x, y: abs(a - b) > max(x, y)),
        "you said True",
    ),
    (
        "halves_differ",
        judged(lambda a, b, x, y: abs(a - b) < np.hypot(x, y)),
        "you said True",
    ),
    ("halves_differ", judged(lambda a, b, x, y: abs(a - b)), "expected True or False"),
    ("halves_differ", judged(lambda *of: np.array([True])), "expected True or False"),
    ("halves_differ", lambda r, u, a: False, "you said False"),
    ("halves_differ", lambda r, u, a: True, "you said True"),
    (
        "halves_differ",
        lambda r, u, a: mean_interval(r[a], by=u) > mean_interval(r[~a], by=u),
        "one user for each rating of this half",
    ),
    (
        "smallest_gain",
        lambda n, a, b: smallest_gain(n, a, b) / 2.8,
        "one standard error",
    ),
    ("smallest_gain", lambda n, a, b: smallest_gain(n, a, b) * 0.7, "every other time"),
    (
        "smallest_gain",
        lambda n, a, b: smallest_gain(n, a, b) * 0.3,
        "1.96 for the interval is missing",
    ),
    (
        "smallest_gain",
        lambda n, a, b: smallest_gain(n, a, b) ** 2,
        "the root is missing",
    ),
    ("smallest_gain", lambda n, a, b: smallest_gain(n * n, a, b), "√n, not n"),
    ("smallest_gain", lambda n, a, b: smallest_gain(2 * n, a, b), "of each group"),
    ("smallest_gain", lambda n, a, b: smallest_gain(n / 2, a, b), "of each group"),
    (
        "smallest_gain",
        lambda n, a, b: smallest_gain(n, a**0.5, b**0.5),
        "the squares of the sds",
    ),
    ("smallest_gain", lambda n, a, b: 2.8 * (a + b) / n**0.5, "not the sds"),
    ("smallest_gain", lambda n, a, b: smallest_gain(1 / n, a, b), "so divide by n"),
    (
        "smallest_gain",
        lambda n, a, b: 2.8**2 * (a**2 + b**2) / n**2,
        "solve the formula for the gain",
    ),
    ("smallest_gain", lambda n, a, b: 2.81 / 2.8 * smallest_gain(n, a, b), "1.96 + 0"),
    ("smallest_gain", lambda n, a, b: 2.8 * smallest_gain(n, a, b), "not its square"),
    (
        "smallest_gain",
        lambda n, a, b: smallest_gain(n, a, b) / 2.8**0.5,
        "not its root",
    ),
    ("smallest_gain", lambda n, a, b: smallest_gain(n, a, a), "one standard error is"),
    ("smallest_gain", lambda n, a, b: smallest_gain(n, a, b).round(2), "do not round"),
    (
        "smallest_gain",
        lambda n, a, b: smallest_gain(400, a, b),
        "standard error is 0.3",
    ),
    ("smallest_gain", lambda n, a, b: math.sqrt(-n), "positive number's"),
    ("credit", counted(lambda a, b: a - b), "one vote, however much"),
    ("credit", counted(lambda a, b: np.sign(b - a)), "1 is for a"),
    ("credit", weighted(lambda when, place: 1 / place), "whatever its place"),
    ("credit", weighted(lambda when, place: 0.85**place), "whatever its place"),
    ("credit", weighted(lambda when, place: place), "whatever its place"),
    ("credit", weighted(lambda when, place: when == 0), "whatever its place"),
    ("credit", weighted(lambda when, place: 9**when), "whatever its place"),
    ("credit", counted(lambda a, b: int(a > b)), "-1 where b has more"),
    ("credit", counted(lambda a, b: a), "counts the choices of a"),
    ("credit", counted(lambda a, b: 1 if a >= b else -1), "a was chosen 2 times, b 2"),
    ("credit", counted(lambda a, b: (a - b) / (a + b)), "one vote, however much"),
    (
        "credit",
        lambda teams, clicks: np.sign(
            sum(1 if teams[c] == "a" else -1 for c in clicks)
        ),
        "place 1 is `teams[0]`",
    ),
    (
        "credit",
        lambda teams, clicks: np.sign(teams.count("a") - teams.count("b")),
        "expected 1",
    ),
]
