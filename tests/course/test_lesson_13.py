"""Lesson 13's checks accept right answers of any style and say why one is wrong."""

import math

import numpy as np
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_13 as checks  # noqa: F401


def as_written(values, bits, most=None, to=np.round):
    step = np.abs(values).max() / (most or 2 ** (bits - 1) - 1)
    return to(values / step) * step


def as_written_in_a_loop(values, bits):
    step = max(abs(v) for v in values) / (2 ** (bits - 1) - 1)
    return [round(v / step) * step for v in values]


def caught(members, strangers, false_alarms):
    limit = np.sort(strangers)[::-1][int(false_alarms * len(strangers))]
    return (members > limit).mean()


def caught_in_a_loop(members, strangers, false_alarms):
    for limit in sorted(strangers):
        if sum(s > limit for s in strangers) <= false_alarms * len(strangers):
            return sum(m > limit for m in members) / len(members)


def above(members, strangers, place):
    return (members > np.sort(strangers)[::-1][place]).mean()


def share(f, n):
    return int(f * n)


def noise_for(epsilon, delta, length):
    log = math.log(1 / delta)
    return length / math.sqrt(2) / (math.sqrt(log + epsilon) - math.sqrt(log))


def noise_by_bisection(epsilon, delta, length):
    low, high = 1e-9, 1e9
    for _ in range(200):
        sd = (low * high) ** 0.5
        rho = length**2 / (2 * sd**2)
        promised = rho + 2 * (rho * -np.log(delta)) ** 0.5
        low, high = (sd, high) if promised > epsilon else (low, sd)
    return sd


RIGHT = [
    ("as_written", as_written),
    ("as_written", as_written_in_a_loop),
    (
        "as_written",
        lambda v, b: (
            np.rint(v * (2 ** (b - 1) - 1) / max(abs(v)))
            / (2 ** (b - 1) - 1)
            * max(abs(v))
        ),
    ),
    ("caught", caught),
    ("caught", caught_in_a_loop),
    (
        "caught",
        lambda m, s, f: (
            float(np.mean([(s >= one).mean() <= f for one in m]))
            if f == 0
            else caught(m, s, f)
        ),
    ),
    ("caught", lambda m, s, f: (m > min(x for x in s if (s > x).mean() <= f)).mean()),
    ("noise_for", noise_for),
    ("noise_for", noise_by_bisection),
]

WRONG = [
    ("as_written", lambda v, b: v, "nothing is rounded"),
    ("as_written", lambda v, b: v.round(2), "the step is"),
    (
        "as_written",
        lambda v, b: as_written(v, b) / (max(abs(v)) / (2 ** (b - 1) - 1)),
        "times the step, they are values again",
    ),
    ("as_written", lambda v, b: as_written(v, b, to=np.floor), "not always down"),
    ("as_written", lambda v, b: as_written(v, b, to=np.ceil), "not always up"),
    ("as_written", lambda v, b: as_written(v, b, to=np.trunc), "not towards 0"),
    ("as_written", lambda v, b: as_written(v, b, 2 ** (b - 1)), "2^(bits - 1) - 1 = 7"),
    ("as_written", lambda v, b: as_written(v, b, 2**b - 1), "2^(bits - 1) - 1 = 7"),
    ("as_written", lambda v, b: as_written(v, b, 2**b), "2^(bits - 1) - 1 = 7"),
    (
        "as_written",
        lambda v, b: (
            np.round(v / v.max() * (2 ** (b - 1) - 1)) * v.max() / (2 ** (b - 1) - 1)
        ),
        "the largest *absolute* value",
    ),
    ("as_written", lambda v, b: abs(as_written(v, b)), "a value keeps its sign"),
    ("as_written", lambda v, b: as_written(v, 8), "the step is 2 / 7"),
    ("as_written", lambda v, b: as_written(v, b if b > 3 else 4), "the step is 2 / 3"),
    ("as_written", lambda v, b: as_written(v, b)[:2], "of shape (2,)"),
    ("as_written", lambda v, b: round(v / 2), "Python's round takes one number"),
    (
        "as_written",
        lambda v, b: as_written(v, b) if v.max() > 0.1 else v,
        "0.0031 / 127",
    ),
    (
        "caught",
        lambda m, s, f: (m > np.sort(s)[::-1][share(f, len(s))]).sum(),
        "a share of the members, not a number",
    ),
    ("caught", lambda m, s, f: 100 * caught(m, s, f), "not a percentage"),
    ("caught", lambda m, s, f: 1 - caught(m, s, f), "share *below* the limit"),
    ("caught", lambda m, s, f: caught(s, s, f), "that is the share of the strangers"),
    (
        "caught",
        lambda m, s, f: (m > np.sort(s)[share(f, len(s))]).mean(),
        "sort with the highest first",
    ),
    ("caught", lambda m, s, f: (m > max(s)).mean(), "2 of 8 strangers may be above"),
    (
        "caught",
        lambda m, s, f: above(m, s, share(f, len(s)) + (f > 0)),
        "too many strangers are above that limit",
    ),
    (
        "caught",
        lambda m, s, f: above(m, s, max(share(f, len(s)) - 1, 0)),
        "that limit is one too high",
    ),
    (
        "caught",
        lambda m, s, f: (m > np.sort(m)[::-1][share(f, len(m))]).mean(),
        "the limit comes from the strangers' scores",
    ),
    ("caught", lambda m, s, f: (m[:, None] > s).mean(), "that is the AUC"),
    ("caught", lambda m, s, f: (m > np.quantile(s, 1 - f)).mean(), "may be above"),
    ("caught", lambda m, s, f: (m > np.sort(s)[::-1][f * len(s)]).mean(), "int("),
    ("caught", lambda m, s, f: (m > np.sort(s)[::-1][len(s)]).mean(), "places are 0"),
    (
        "caught",
        lambda m, s, f: (m > s.sort()[0]).mean(),
        "np.sort gives a sorted array",
    ),
    ("caught", lambda m, s, f: caught(m, s, 0.25), "2 of 4 strangers may be above"),
    ("caught", lambda m, s, f: caught(m, s, min(f, 0.25)), "2 of 4 strangers may be"),
    ("caught", lambda m, s, f: above(m, s, round(f * len(s))), "rounded upwards"),
    ("caught", lambda m, s, f: above(m, s, math.ceil(f * len(s))), "rounded upwards"),
    ("noise_for", lambda e, d, n: noise_for(e, d, n) ** 2, "that is the variance"),
    ("noise_for", lambda e, d, n: n**2 / noise_for(e, d, n) ** 2 / 2, "that is ρ;"),
    ("noise_for", lambda e, d, n: noise_for(e, d, n) * 2**0.5, "√(2 ρ), not √ρ"),
    ("noise_for", lambda e, d, n: noise_for(e, d, n) / 2**0.5, "length / √(2 ρ)"),
    ("noise_for", lambda e, d, n: noise_for(e, d, 1.0), "more length needs more"),
    ("noise_for", lambda e, d, n: noise_for(e, d, n * n), "the length itself"),
    (
        "noise_for",
        lambda e, d, n: noise_for(e, math.exp(math.log10(d)), n),
        "the natural logarithm",
    ),
    ("noise_for", lambda e, d, n: n / math.sqrt(2 * e), "ρ is not ε"),
    ("noise_for", lambda e, d, n: noise_for(e, 1 / d, n), "a positive number"),
    ("noise_for", lambda e, d, n: round(noise_for(e, d, n), 1), "do not round"),
    ("noise_for", lambda e, d, n: noise_for(1, d, n), "ρ ="),
    ("noise_for", lambda e, d, n: noise_for(e, 0.001, n), "ρ ="),
]
