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


def test_an_error_of_2_stars_weighs_as_much_as_four_of_1_star():
    one_of_two = [3, 3, 3, 3], [3, 3, 3, 5]
    four_of_one = [3, 3, 3, 3], [2, 4, 2, 4]
    assert mse(*one_of_two) == mse(*four_of_one) == 1
    assert rmse(*one_of_two) == rmse(*four_of_one) == 1
    assert mae(*one_of_two) == 0.5
    assert mae(*four_of_one) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_small_integers_and_float32_do_not_overflow_or_round(metric):
    # uint8: 1 - 5 would be 252; float16: 300² would be infinite
    assert metric(np.array([1], "uint8"), np.array([5], "uint8")) in (16, 4)
    far = np.array([300.0], "float16"), np.array([0.0], "float16")
    assert metric(*far) in (90_000, 300)


@pytest.mark.parametrize("metric", METRICS)
def test_a_constant_guess_on_real_ratings(metric, real):
    # What numpy says of the standard deviation, without our code.
    stars = real["rating"]
    guess = np.full(len(stars), stars.mean())
    expected = {mse: stars.var(ddof=0), rmse: stars.std(ddof=0)}
    expected[mae] = (stars - stars.mean()).abs().sum() / 100_004
    assert metric(stars, guess) == pytest.approx(expected[metric], rel=1e-12)
    assert 0.8 < metric(stars, guess) < 1.2


# Properties --------------------------------------------------------------------------

stars = st.floats(-10, 10).map(lambda x: round(x, 3))
tables = st.lists(st.tuples(stars, stars), min_size=1, max_size=30)


def columns(pairs):
    return tuple(np.array(pairs).T)


@given(tables)
def test_symmetric_and_zero_only_if_every_prediction_is_exact(pairs):
    actual, predicted = columns(pairs)
    for metric in METRICS:
        error = metric(actual, predicted)
        assert error == metric(predicted, actual) >= 0
        assert (error == 0) == all(a == p for a, p in pairs)
        assert metric(actual, actual) == 0


@given(tables)
def test_mae_at_most_rmse_at_most_the_largest_error(pairs):
    actual, predicted = columns(pairs)
    assert rmse(actual, predicted) ** 2 == pytest.approx(mse(actual, predicted))
    largest = np.abs(actual - predicted).max()
    low, high = mae(actual, predicted), rmse(actual, predicted)
    assert low <= high * (1 + 1e-12)
    assert high <= largest * (1 + 1e-12)


@given(tables, st.randoms())
def test_the_order_of_the_rows_does_not_matter(pairs, random):
    mixed = random.sample(pairs, len(pairs))
    for metric in METRICS:
        assert metric(*columns(mixed)) == pytest.approx(metric(*columns(pairs)))


@given(tables, stars, st.floats(0.1, 10))
def test_a_shift_of_both_changes_nothing_and_a_factor_scales(pairs, shift, factor):
    actual, predicted = columns(pairs)
    for metric in METRICS:
        error = metric(actual, predicted)
        shifted = metric(actual + shift, predicted + shift)
        assert shifted == pytest.approx(error, abs=1e-9)
        power = factor**2 if metric is mse else factor
        scaled = metric(factor * actual, factor * predicted)
        assert scaled == pytest.approx(power * error)


# An independent oracle ---------------------------------------------------------------


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
        (pd.Series([], dtype=float), pd.Series([], dtype=float), "no ratings"),
        (
            [3, 4],
            np.array([[3], [4]]),
            r"predicted must have the shape .* not \(2, 1\)",
        ),
        (np.array([[3], [4]]), [3, 4], r"actual must have the shape .* not \(2, 1\)"),
        ([3, 4, 5], [3], "3 actual ratings, 1 predicted ones"),
        ([3], [], "1 actual ratings, 0 predicted ones"),
        (
            pd.Series([3, 4], index=[1, 2]),
            pd.Series([3, 4], index=[2, 1]),
            "different indexes: row k of one is not row k",
        ),
        (pd.Series([3, 4]), pd.Series([3, 4], index=[1, 2]), "different indexes"),
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


@pytest.mark.parametrize("metric", METRICS)
def test_the_input_is_left_alone(metric):
    actual, predicted = np.array(ACTUAL), np.array(PREDICTED)
    metric(actual, predicted)
    assert actual.tolist() == ACTUAL
    assert predicted.tolist() == PREDICTED
