"""Lesson 13's exercises, sharing it → did I get it right?"""

import math

import numpy as np

from collab.course.checks._answers import close, exercise, same_array


@exercise(
    TypeError="`values` is an array: it can be divided and rounded as a whole "
    "(np.round; Python's round takes one number)",
    ZeroDivisionError="2 ** (bits - 1) - 1 is 127 with 8 bits; `^` is no power here",
)
def check_as_written(as_written):
    """`as_written(values, bits)`: each to the nearest whole number of steps."""
    for values, bits in [
        (np.array([0.5, -2.0, -1.3, 0.011]), 4),
        (np.array([0.1234, -0.4321, 0.3, 0.0]), 8),
    ]:
        largest, most = abs(values).max(), 2 ** (bits - 1) - 1
        step = largest / most
        same_array(
            as_written(values=values, bits=bits),
            np.round(values / step) * step,
            "an array of values",
            f"the step is {largest:g} / {most} = {step:.4g}",
            {
                "times the step, they are values again": np.round(values / step),
                "to the nearest whole number of steps": tuple(
                    to(values / step) * step for to in (np.floor, np.trunc, np.ceil)
                ),
                f"the largest number is 2^(bits - 1) - 1 = {most}": tuple(
                    np.round(values / largest * n) * largest / n
                    for n in (most + 1, 2**bits - 1, 2**bits)
                ),
                "the largest *absolute* value: the largest may be a negative one": (
                    np.round(values / values.max() * most) * values.max() / most
                ),
            },
        )


@exercise(
    IndexError="of n strangers the places are 0 … n - 1; a place is a whole number: "
    "`int(…)`",
    TypeError="a place is a whole number: `int(…)`; np.sort gives a sorted array",
    AttributeError="both are NumPy arrays: np.sort gives a sorted one",
)
def check_caught(caught):
    """`caught(members, strangers, false_alarms)`: the members above the limit."""
    for members, strangers, false_alarms in [
        (
            [0.7, 0.4, 0.1, 0.8, 0.5, 0.65, 0.6, 0.25, 0.55],
            [0.75, 0.85, 0.3, 0.2, 0.35, 0.45, 0.05, 0.15],
            0.25,
        ),
        # A tenth of five is not even one: no rounding upwards.
        ([0.95, 0.75, 0.65, 0.4], [0.7, 0.9, 0.3, 0.2, 0.35], 0.1),
    ]:
        members, strangers = np.array(members), np.array(strangers)
        highest = np.sort(strangers)[::-1]
        n = int(false_alarms * len(strangers))
        others = highest[n + 1], np.quantile(strangers, 1 - false_alarms)
        own = np.quantile(members, 1 - false_alarms)
        share = (members > highest[n]).mean()
        close(
            caught(members=members, strangers=strangers, false_alarms=false_alarms),
            share,
            f"{n} of {len(strangers)} strangers may be above the limit, so it is "
            f"{highest[n]:g}, and the share of the members above it is asked for",
            {
                "that is the share *below* the limit": 1 - share,
                "sort with the highest first": (members > highest[-1 - n]).mean(),
                "the limit comes from the strangers' scores": (members > own).mean(),
                "that limit is too high": (members > highest[max(n - 1, 0)]).mean(),
                "more strangers than that are above this limit": tuple(
                    (members > limit).mean() for limit in others
                ),
            },
        )


@exercise(
    ValueError="math.log is the natural logarithm, of a positive number: ln(1 / δ)",
    ZeroDivisionError="the root of ρ is √(L + ε) - √L, above 0",
    TypeError="all three are numbers; `**` is the power, np.sqrt the root",
)
def check_noise_for(noise_for):
    """`noise_for(epsilon, delta, length)`: the deviation of the Gaussian noise."""
    for epsilon, delta, length in [(1, 0.001, 1.0), (10, 0.01, 3.0)]:
        log = math.log(1 / delta)
        root = _root_of_rho(log, epsilon)
        right = length / (math.sqrt(2) * root)
        close(
            noise_for(epsilon=epsilon, delta=delta, length=length),
            right,
            f"L = {log:.4f} and ρ = {root**2:.4f}",
            {
                "that is the variance, the root is missing": right**2,
                "that is ρ; the noise is length / √(2 ρ)": root**2,
                "√(2 ρ), not √ρ": right * math.sqrt(2),
                "√(L + ε) - √L is the root of ρ": length / math.sqrt(2 * root),
                "the natural logarithm": (
                    right * root / _root_of_rho(math.log10(1 / delta), epsilon)
                ),
            },
        )


def _root_of_rho(log, epsilon):
    return math.sqrt(log + epsilon) - math.sqrt(log)
