"""Predictions, truth → errors: MSE, RMSE and MAE, in the unit of the ratings.

>>> from collab.metrics import mae, mse, rmse
>>> mse([4.0, 3.0], [2.0, 3.0])
2.0
>>> round(rmse([4.0, 3.0], [2.0, 3.0]), 3), mae([4.0, 3.0], [2.0, 3.0])
(1.414, 1.0)
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import check_numbers


def mse(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Mean squared error: the mean of (actual - predicted)², in squared units.

    Args:
        actual, predicted: two 1-D arrays, lists or Series of the same length n ≥ 1. Two
            Series must have the same index in the same order.

    Returns:
        A float, at least 0; 0 only if every prediction is exact.

    Raises:
        ValueError: no rows; different lengths or indexes. The shape (n, 1) of a Keras
            prediction is refused too: the difference would be an n × n table.
    """
    errors = _differences(actual, predicted)
    return float(np.mean(errors**2))


def rmse(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Root mean squared error: √MSE. Arguments and errors as in `mse`.

    The size of a typical error, where one of size 2 weighs as much as four of size 1.
    """
    return mse(actual, predicted) ** 0.5


def mae(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Mean absolute error: the mean of |actual - predicted|, never above the RMSE.

    Arguments and errors as in `mse`.
    """
    return float(np.mean(np.abs(_differences(actual, predicted))))


def standard_error(values: np.ndarray) -> float:
    """The standard error of the mean of n independent numbers: deviation / √n."""
    return float(np.std(values) / np.sqrt(len(values)))


def _differences(actual, predicted):
    both_series = isinstance(actual, pd.Series) and isinstance(predicted, pd.Series)
    if both_series and not actual.index.equals(predicted.index):
        raise ValueError(
            "actual and predicted have different indexes: row k of one is not row k of "
            "the other"
        )
    actual = check_numbers(actual, "actual")
    predicted = check_numbers(predicted, "predicted")
    n, m = len(actual), len(predicted)
    if n != m:
        raise ValueError(f"{n} actual ratings, {m} predicted ones")
    if n == 0:
        raise ValueError("there are no ratings to compare")
    return actual - predicted
