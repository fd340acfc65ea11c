"""collab/metrics.py: predictions, truth → errors."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.metrics import mae, mse, rmse

METRICS = [mse, rmse, mae]

# By hand -----------------------------------------------------------------------------

ACTUAL, PREDICTED = [4.0, 3.0, 1.0, 5.0], [3.0, 3.5, 1.0, 2.0]
# errors 1, -0.5, 0, 3: squares 1, 0.25, 0, 9


def test_four_ratings_by_hand():
    assert mse(ACTUAL, PREDICTED) == 10.25 / 4
    assert rmse(ACTUAL, PREDICTED) == pytest.approx(1.600781, abs=1e-6)
    assert mae(ACTUAL, PREDICTED) == 4.5 / 4


@pytest.mark.parametrize("metric", METRICS)
def test_one_rating_is_enough_and_the_answer_is_a_float(metric):
    answer = metric(np.array([3], "int8"), pd.Series([5.0], index=[7]))
    assert type(answer) is float
    assert answer == (4.0 if metric is mse else 2.0)


@pytest.mark.parametrize("metric", METRICS)
def test_small_integers_and_float32_do_not_overflow_or_round(metric):
    # uint8: 1 - 5 would be 252; float16: 300² would be infinite
    assert metric(np.array([1], "uint8"), np.array([5], "uint8")) in (16, 4)
    far = np.array([300.0], "float16"), np.array([0.0], "float16")
    assert metric(*far) in (90_000, 300)


# An independent oracle ---------------------------------------------------------------

stars = st.floats(-10, 10).map(lambda x: round(x, 3))
tables = st.lists(st.tuples(stars, stars), min_size=1, max_size=30)


def columns(pairs):
    return tuple(np.array(pairs).T)


@given(tables)
def test_equals_a_slow_loop(pairs):
    squares = absolute = 0.0
    for actual, predicted in pairs:
        squares += (actual - predicted) * (actual - predicted)
        absolute += max(actual - predicted, predicted - actual)
    assert mse(*columns(pairs)) == pytest.approx(squares / len(pairs))
    assert rmse(*columns(pairs)) == pytest.approx((squares / len(pairs)) ** 0.5)
    assert mae(*columns(pairs)) == pytest.approx(absolute / len(pairs))


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("actual", "predicted", "message"),
    [
        ([], [], "there are no ratings to compare"),
        ([3, 4, 5], [3], "3 actual ratings, 1 predicted ones"),
        (
            pd.Series([3, 4], index=[1, 2]),
            pd.Series([3, 4], index=[2, 1]),
            "different indexes: row k of one is not row k",
        ),
        (pd.Series([3, 4]), pd.Series([3, 4, 5]), "different indexes"),
    ],
)
def test_bad_input_is_refused(metric, actual, predicted, message):
    with pytest.raises(ValueError, match=message):
        metric(actual, predicted)


@pytest.mark.parametrize("metric", METRICS)
def test_series_with_the_same_odd_index_are_compared_row_by_row(metric):
    index = [7, 7, 3]
    a, b = pd.Series([1, 2, 3], index), pd.Series([2, 3, 4], index)
    assert metric(a, b) == 1
