"""collab/intervals.py: values of some users → their mean and its interval."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.intervals import mean_interval, paired_interval


def test_mean_interval_by_hand():
    # mean 3, deviations 2, 1, 3: variance (4 + 1 + 9) / 2 = 7
    mean, half = mean_interval([1, 2, 6])
    assert (type(mean), type(half)) == (float, float)
    assert mean == 3
    assert half == pytest.approx(1.96 * math.sqrt(7 / 3))
    assert mean_interval(np.array([1, 1])) == (1, 0)
    mean, half = mean_interval(pd.Series([0.0, 1.0], index=[7, 7]))
    assert (mean, half) == pytest.approx((0.5, 1.96 * 0.5))


def test_an_interval_by_users_by_hand():
    # mean 2; the sums of value - mean are -2, 3 and -1: variance 3 / 2 · 14
    values, users = [1, 1, 5, 1], [7, 7, 3, 9]
    assert mean_interval(values, by=users) == pytest.approx((2, 1.96 * 21**0.5 / 4))
    each_its_own = mean_interval(values, by=["a", "b", "c", "d"])
    assert each_its_own == mean_interval(values)
    # two users with ten equal rows each say no more than two numbers
    said_tenfold = mean_interval([0] * 10 + [1] * 10, by=[7] * 10 + [3] * 10)
    assert said_tenfold == pytest.approx(mean_interval([0, 1]))
    with pytest.raises(ValueError, match="by must be 2 or more, not 1"):
        mean_interval([1, 2], by=[7, 7])
    with pytest.raises(ValueError, match="by must have 2 ids, one a value: 3"):
        mean_interval([1, 2], by=[7, 7, 3])


def test_the_interval_holds_the_truth_19_times_in_20():
    rng = np.random.default_rng(0)
    n = 2000
    held = 0
    for _ in range(n):
        mean, half = mean_interval(rng.exponential(size=400))
        held += abs(mean - 1) <= half
    assert held / n == pytest.approx(0.95, abs=0.015)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20))
def test_mean_interval_equals_a_slow_loop(values):
    mean = sum(values) / len(values)
    variance = sum((x - mean) ** 2 for x in values) / (len(values) - 1)
    expected = (mean, 1.96 * math.sqrt(variance / len(values)))
    assert mean_interval(values) == pytest.approx(expected, abs=1e-9)


def test_a_paired_interval_by_hand():
    a, b = pd.Series({7: 1.0, 8: 2.0, 9: 6.0}), pd.Series({9: 5.0, 7: 1.0, 8: 0.0})
    # a - b is 0, 2, 1: mean 1, deviation 1
    assert paired_interval(a, b) == pytest.approx((1, 1.96 / 3**0.5))
    assert paired_interval(b, a) == pytest.approx((-1, 1.96 / 3**0.5))


@given(st.lists(st.tuples(stars := st.floats(-5, 5), stars), min_size=2, max_size=9))
def test_a_paired_interval_is_that_of_the_differences_in_any_order(pairs):
    a, b = (pd.Series(values) for values in zip(*pairs, strict=True))
    expected = mean_interval([x - y for x, y in pairs])
    assert paired_interval(a, b.iloc[::-1]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (pd.Series([1, 2], [7, 9]), pd.Series([1, 2], [9, 9]), "b has the id 9 twice"),
        (
            pd.Series([1, 2, 3]),
            pd.Series([1, 2]),
            "1 are in one of them only, such as 2",
        ),
        (pd.Series([1, 2]), pd.Series([1, 2], ["0", "1"]), "4 are in one of them only"),
        (pd.Series([1]), pd.Series([2]), "values must be 2 or more, not 1"),
    ],
)
def test_pairs_that_are_none_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        paired_interval(a, b)
