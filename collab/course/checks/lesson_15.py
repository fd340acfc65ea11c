"""Lesson 15's exercises: an A/A test, the smallest gain, the credit of a draft."""

import math

import numpy as np

from collab.course.checks._answers import close, exercise, number, require, told
from collab.intervals import mean_interval


@exercise(ValueError="`by` must have one user for each rating of this half")
def check_halves_differ(halves_differ):
    """`halves_differ(rating, user, in_a)`: the unit is the user."""
    order = np.random.default_rng(0).permutation(48)
    user = np.repeat([7, 3, 9, 4, 20, 15, 11, 18], 6)[order]
    in_a = np.isin(user, [7, 3, 9, 4])
    for means, spread in [
        ([4, 3, 5, 2, 5, 4, 5, 4], 0.1),  # people differ, their rows are alike
        ([4.0, 3.9, 4.1, 4.0, 3.6, 3.5, 3.7, 3.6], 1.5),  # the other way round
        ([2.0, 2.1, 1.9, 2.2, 4.0, 4.2, 3.9, 4.1], 0.2),  # b above a
        ([4.0, 4.4, 3.6, 4.0, 3.4, 3.0, 3.8, 3.4], 0.3),  # intervals overlap
    ]:
        rating = (np.repeat(means, 6) + spread * np.tile([-1.0, 1.0], 24))[order]
        call, answer = halves_differ(rating=rating, user=user, in_a=in_a)
        require(
            isinstance(answer, bool | np.bool_),
            f"{call} gave {told(answer)} ({type(answer).__name__}); expected True or "
            "False.",
        )
        a, b = (mean_interval(rating[half], by=user[half]) for half in (in_a, ~in_a))
        gap, half = abs(a[0] - b[0]), np.hypot(a[1], b[1])
        require(
            answer == (gap > half),
            f"Two halves of four people each: {a[0]:.2f} ± {a[1]:.2f} and {b[0]:.2f} ± "
            f"{b[1]:.2f} stars by users. They are {gap:.2f} apart, and the half-width "
            f"of their difference is {half:.2f}; you said {answer}.",
        )


@exercise(
    ValueError="the root of the sum of squares is a positive number's",
    TypeError="all three are numbers; `**` is the power, np.sqrt the root",
)
def check_smallest_gain(smallest_gain):
    """`smallest_gain(n, sd_a, sd_b)`: 2.8 standard errors of the difference."""
    for n, sd_a, sd_b in [(400, 0.3, 0.4), (50, 2.0, 1.0)]:
        error = math.hypot(sd_a, sd_b) / math.sqrt(n)
        answer = smallest_gain(n=n, sd_a=sd_a, sd_b=sd_b)
        if abs(number(answer) - 2.8 * error) < 0.001 * error * 2.8:
            continue  # with the quantiles to more digits it is 2.8016
        close(
            answer,
            2.8 * error,
            f"one standard error is {error:.4f}, and it takes 1.96 + 0.84 of them",
            {
                "that is one standard error": error,
                "that is found only every other time": 1.96 * error,
                "the root is missing": (2.8 * error) ** 2,
                "n is the size of each group, not of both": (
                    2.8 * error / math.sqrt(2),
                    2.8 * error * math.sqrt(2),
                ),
                "the variances are added, not the sds": (
                    2.8 * math.sqrt((sd_a + sd_b) / n),
                    2.8 * (sd_a + sd_b) / math.sqrt(n),
                ),
            },
        )


@exercise(IndexError="place 1 is `teams[0]`")
def check_credit(credit):
    """`credit(teams, clicks)`: 1 where a has more, -1 where b has, else 0."""
    for teams, clicks in [
        ("abba", [4, 2, 1]),  # a has more, however places are weighted
        ("baab", [4, 2, 1, 3]),
        ("baab", [4, 1]),
        ("baab", []),
    ]:
        of = [teams[place - 1] for place in clicks]
        a, b = of.count("a"), of.count("b")
        close(
            credit(teams=list(teams), clicks=clicks),
            float(np.sign(a - b)),
            f"a was chosen {a} times, b {b} times, and each choice counts once, "
            f"whatever its place: of the teams {told(list(teams))} the places {clicks} "
            f"are {told(of)}",
            {
                "-1 where b has more": float(a > b),
                "each person has one vote, however much they click": (
                    a - b,
                    (a - b) / max(a + b, 1),
                ),
                "1 is for a, -1 for b": np.sign(b - a),
            },
        )
