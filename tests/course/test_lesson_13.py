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


def caught(members, strangers, false_alarms, n=int, order=-1):
    place = n(false_alarms * len(strangers))
    return (members > np.sort(strangers)[::order][place]).mean()


def caught_in_a_loop(members, strangers, false_alarms):
    for limit in sorted(strangers):
        if sum(s > limit for s in strangers) <= false_alarms * len(strangers):
            return sum(m > limit for m in members) / len(members)


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


RIGHT = {
    "as_written": [as_written, as_written_in_a_loop],
    "caught": [caught, caught_in_a_loop],
    "noise_for": [noise_for, noise_by_bisection],
}

WRONG = {
    "as_written": {
        "times the step, they are values again": lambda v, b: (
            as_written(v, b) / (max(abs(v)) / (2 ** (b - 1) - 1))
        ),
        "to the nearest whole number of steps": [
            lambda v, b: as_written(v, b, to=np.floor),
            lambda v, b: as_written(v, b, to=np.ceil),
            lambda v, b: as_written(v, b, to=np.trunc),
        ],
        "2^(bits - 1) - 1 = 7. Expected [0.5714, -2.0, -1.4286, 0.0]: the step is": [
            lambda v, b: as_written(v, b, 2 ** (b - 1)),
            lambda v, b: as_written(v, b, 2**b - 1),
            lambda v, b: as_written(v, b, 2**b),
        ],
        "the largest *absolute* value": lambda v, b: (
            np.round(v / v.max() * (2 ** (b - 1) - 1)) * v.max() / (2 ** (b - 1) - 1)
        ),
        "the step is 2 / 7": lambda v, b: v,
        "the step is 0.4321 / 127": lambda v, b: as_written(v, 4),
        "Python's round takes one number": lambda v, b: round(v / 2),
    },
    "caught": {
        "share *below* the limit": lambda m, s, f: 1 - caught(m, s, f),
        "sort with the highest first": lambda m, s, f: caught(m, s, f, order=1),
        "that limit is too high": lambda m, s, f: caught(
            m, s, f, lambda n: max(int(n) - 1, 0)
        ),
        "more strangers than that are above": [
            lambda m, s, f: caught(m, s, f, lambda n: int(n) + 1),
            lambda m, s, f: (m > np.quantile(s, 1 - f)).mean(),
        ],
        "0 of 5 strangers may be above the limit, so it is 0.9": lambda m, s, f: caught(
            m, s, f, math.ceil
        ),
        "the limit comes from the strangers' scores": lambda m, s, f: caught(m, m, f),
        "2 of 8 strangers may be above the limit, so it is 0.45, and the share": (
            lambda m, s, f: caught(m, s, f) * len(m)
        ),
        "int(": lambda m, s, f: caught(m, s, f, float),
        "places are 0": lambda m, s, f: caught(m, s, 1.0),
        "np.sort gives a sorted array": lambda m, s, f: (m > s.sort()[0]).mean(),
    },
    "noise_for": {
        "that is the variance": lambda e, d, n: noise_for(e, d, n) ** 2,
        "that is ρ;": lambda e, d, n: n**2 / noise_for(e, d, n) ** 2 / 2,
        "√(2 ρ), not √ρ": lambda e, d, n: noise_for(e, d, n) * 2**0.5,
        "is the root of ρ": lambda e, d, n: (n * noise_for(e, d, 1) / 2**0.5) ** 0.5,
        "the natural logarithm": lambda e, d, n: noise_for(
            e, math.exp(math.log10(d)), n
        ),
        "a positive number": lambda e, d, n: noise_for(e, 1 / d, n),
        "L = 6.9078 and ρ = 0.0338": lambda e, d, n: n / math.sqrt(2 * e),
        "L = 4.6052 and ρ = ": lambda e, d, n: noise_for(e, d, 1.0),
    },
}
