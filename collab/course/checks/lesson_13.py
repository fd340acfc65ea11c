"""Lesson 13's exercises, sharing it → did I get it right?"""

import math

import numpy as np

from collab.course.checks._answers import Answer, array, close, exercise, require, told


@exercise(
    TypeError="`values` is an array: it can be divided and rounded as a whole "
    "(np.round; Python's round takes one number)",
    ZeroDivisionError="2 ** (bits - 1) - 1 is 127 with 8 bits; `^` is no power here",
)
def check_as_written(as_written):
    """`as_written(values, bits)`: each to the nearest whole number of steps."""
    for values, bits in [
        (np.array([0.5, -2.0, -1.3, 0.011]), 4),
        (np.array([0.5, 2.0, -1.3, 0.011]), 3),
        (np.array([0.1234, -0.4321, 0.3, 0.0]), 8),
        (np.array([3.0, 1.0, -2.0]), 2),
        (np.array([0.0002, 0.0005, -0.0031]), 8),
    ]:
        answer = as_written(values=values, bits=bits)
        found = array(answer, values.shape, "an array of values")
        most = 2 ** (bits - 1) - 1
        step = abs(values).max() / most
        expected = np.round(values / step) * step
        gave = f"{answer.call} gave {told(found)}; expected {told(expected)}"
        made = f"the step is {abs(values).max():g} / {most} = {step:.4g}"

        def stepped(divided, values=values):
            by = abs(values).max() / divided
            return np.round(values / by) * by

        signed = values.max() / most
        for wrong, text in [
            (np.round(values / step), "times the step, they are values again"),
            (np.floor(values / step) * step, "to the nearest, not always down"),
            (np.trunc(values / step) * step, "to the nearest, not towards 0"),
            (np.ceil(values / step) * step, "to the nearest, not always up"),
            (values, "nothing is rounded"),
            (stepped(most + 1), f"the largest number is 2^(bits - 1) - 1 = {most}"),
            (stepped(2**bits - 1), f"the largest number is 2^(bits - 1) - 1 = {most}"),
            (stepped(2**bits), f"the largest number is 2^(bits - 1) - 1 = {most}"),
            (
                np.round(values / signed) * signed,
                "the largest *absolute* value: the largest may be a negative one",
            ),
            (np.abs(expected), "a value keeps its sign"),
        ]:
            mistaken = np.allclose(found, wrong, atol=1e-9)
            right = np.allclose(found, expected, atol=1e-9)
            require(right or not mistaken, f"{gave}: {text}; {made}.")
        require(np.allclose(found, expected, rtol=1e-6, atol=1e-9), f"{gave}: {made}.")


@exercise(
    IndexError="of n strangers the places are 0 … n - 1; a place is a whole number: "
    "`int(…)`",
    TypeError="a place is a whole number: `int(…)`; np.sort gives a sorted array",
    AttributeError="both are NumPy arrays: np.sort gives a sorted one",
)
def check_caught(caught):
    """`caught(members, strangers, false_alarms)`: the members above the limit."""
    rng = np.random.default_rng(4)
    many = (
        rng.permutation(np.arange(40) * 2.0),
        rng.permutation(np.arange(20) * 6.0 + 1),
    )
    for members, strangers, false_alarms, name in [
        (
            np.array([0.7, 0.4, 0.1, 0.8, 0.5, 0.65, 0.6, 0.25, 0.55]),
            np.array([0.75, 0.85, 0.3, 0.2, 0.35, 0.45, 0.05, 0.15]),
            0.25,
            None,
        ),
        (np.array([0.9, 0.2, 0.7, 0.4]), np.array([0.3, 0.8, 0.1]), 0.0, None),
        (
            np.array([-9.0, -1.0, -4.0, -2.5, -3.5]),
            np.array([-2.0, -8.0, -5.0, -3.0]),
            0.5,
            None,
        ),
        (*many, 0.1, "40 members and 20 strangers"),
        # Not even one of eight strangers is a tenth: no rounding upwards.
        (
            np.array([0.95, 0.75, 0.65, 0.4]),
            np.array([0.7, 0.9, 0.3, 0.2, 0.35, 0.45, 0.05, 0.15]),
            0.1,
            None,
        ),
    ]:
        call, value = caught(
            members=members, strangers=strangers, false_alarms=false_alarms
        )
        call = call if name is None else f"caught of {name}, at {false_alarms}"
        highest = np.sort(strangers)[::-1]
        n = int(false_alarms * len(strangers))
        limit = highest[n]
        made = (
            f"{n} of {len(strangers)} strangers may be above the limit, so it is "
            f"{limit:g}"
        )

        def share(limit, members=members):
            return float((members > limit).mean())

        close(
            Answer(call, value),
            share(limit),
            made,
            [
                (int((members > limit).sum()), "a share of the members, not a number"),
                (100 * share(limit), "a share, not a percentage"),
                (
                    float((members < limit).mean()),
                    "that is the share *below* the limit",
                ),
                (
                    float((strangers > limit).mean()),
                    f"that is the share of the strangers; of the members: {made}",
                ),
                (
                    share(np.sort(strangers)[n]),
                    f"sort with the highest first: {made}",
                ),
                (
                    share(np.sort(members)[::-1][min(n, len(members) - 1)]),
                    f"the limit comes from the strangers' scores: {made}",
                ),
                (
                    share(highest[n - 1]) if n else -1.0,
                    f"that limit is one too high, the next allows as many: {made}",
                ),
                (
                    share(highest[math.ceil(false_alarms * len(strangers))]),
                    f"rounded upwards that is more than {false_alarms:g} of them: "
                    f"{made}",
                ),
                (
                    share(highest[min(n + 1, len(highest) - 1)]),
                    f"too many strangers are above that limit: {made}",
                ),
                (
                    share(np.quantile(strangers, 1 - false_alarms)),
                    f"the limit is one of the strangers' scores: {made}",
                ),
                (
                    float((members[:, None] > strangers).mean()),
                    "that is the AUC, over all pairs",
                ),
            ],
        )


@exercise(
    ValueError="math.log is the natural logarithm, of a positive number: ln(1 / δ)",
    ZeroDivisionError="the root of ρ is √(L + ε) - √L, above 0",
    TypeError="all three are numbers; `**` is the power, np.sqrt the root",
)
def check_noise_for(noise_for):
    """`noise_for(epsilon, delta, length)`: the deviation of the Gaussian noise."""
    for epsilon, delta, length in [(1, 0.001, 1.0), (10, 0.01, 3.0), (3, 0.1, 0.5)]:
        log = math.log(1 / delta)
        root = math.sqrt(log + epsilon) - math.sqrt(log)  # of ρ
        right = length / (math.sqrt(2) * root)
        made = f"L = {log:.4f} and ρ = {root**2:.4f}"

        def deviation(log, epsilon=epsilon, length=length):
            root = math.sqrt(log + epsilon) - math.sqrt(log)
            return length / (math.sqrt(2) * root)

        close(
            noise_for(epsilon=epsilon, delta=delta, length=length),
            right,
            made,
            [
                (right**2, f"that is the variance, the root is missing: {made}"),
                (root**2, f"that is ρ; the noise is length / √(2 ρ): {made}"),
                (right * math.sqrt(2), f"√(2 ρ), not √ρ: {made}"),
                (right / math.sqrt(2), f"length / √(2 ρ): {made}"),
                (
                    length / math.sqrt(2 * root),
                    f"√(L + ε) - √L is the root of ρ: {made}",
                ),
                (right / length, f"more length needs more noise: {made}"),
                (right * length, f"the noise grows with the length itself: {made}"),
                (deviation(math.log10(1 / delta)), f"the natural logarithm: {made}"),
                (
                    length / math.sqrt(2 * (math.sqrt(log + epsilon) + math.sqrt(log))),
                    f"√(L + ε) - √L, a difference: {made}",
                ),
                (
                    length
                    / (math.sqrt(2) * (math.sqrt(log + epsilon) + math.sqrt(log))),
                    f"√(L + ε) - √L, a difference: {made}",
                ),
                (
                    length / math.sqrt(2 * epsilon),
                    f"ρ is not ε: without δ the promise cannot be kept: {made}",
                ),
            ],
        )
