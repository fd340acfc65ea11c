"""Predictions, truth → how far apart they are, in stars."""

import numpy as np
import pandas as pd


def mse(actual, predicted):
    """Mean squared error: the mean of (actual - predicted)², in stars².

    Args:
        actual, predicted: two 1-D arrays or Series of the same length n ≥ 1. Two
            Series must have the same index in the same order.

    Returns:
        A float, at least 0; 0 only if every prediction is exact.

    Raises:
        ValueError: no rows; NaN or infinity; another shape than (n,), such as the
            (n, 1) of a Keras prediction (the difference would be an n × n table);
            different lengths or indexes.
    """
    errors = _errors(actual, predicted)
    return float(np.mean(errors**2))


def rmse(actual, predicted):
    """Root mean squared error: √MSE, in stars. Arguments and errors as in `mse`.

    The size of a typical error, where one of 2 stars weighs as much as four of 1 star.
    """
    return mse(actual, predicted) ** 0.5


def mae(actual, predicted):
    """Mean absolute error: the mean of |actual - predicted|, in stars.

    Arguments and errors as in `mse`. Every star of error weighs the same; never more
    than the RMSE.
    """
    return float(np.mean(np.abs(_errors(actual, predicted))))


def _errors(actual, predicted):
    both_series = isinstance(actual, pd.Series) and isinstance(predicted, pd.Series)
    if both_series and not actual.index.equals(predicted.index):
        raise ValueError(
            "actual and predicted have different indexes: row k of one is not row k of "
            "the other"
        )
    arrays = []
    for name, values in [("actual", actual), ("predicted", predicted)]:
        values = np.asarray(values, dtype="float64")
        if values.ndim != 1:
            raise ValueError(f"{name} must have the shape (n,), not {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} has {np.sum(~np.isfinite(values))} NaN or infinite values of "
                f"{len(values)}"
            )
        arrays.append(values)
    actual, predicted = arrays
    if len(actual) != len(predicted):
        raise ValueError(
            f"{len(actual)} actual ratings, {len(predicted)} predicted ones"
        )
    if len(actual) == 0:
        raise ValueError("there are no ratings to compare")
    return actual - predicted
