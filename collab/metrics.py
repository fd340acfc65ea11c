"""Predictions, truth → errors: MSE, RMSE and MAE, in the unit of the ratings.

>>> from collab.metrics import mae, mse, rmse
>>> mse([4.0, 3.0], [2.0, 3.0])
2.0
>>> round(rmse([4.0, 3.0], [2.0, 3.0]), 3), mae([4.0, 3.0], [2.0, 3.0])
(1.414, 1.0)
"""

import numpy as np
import pandas as pd


def mse(actual, predicted):
    """Mean squared error: the mean of (actual - predicted)², in squared units.

    Args:
        actual, predicted: two 1-D arrays, lists or Series of the same length n ≥ 1. Two
            Series must have the same index in the same order.

    Returns:
        A float, at least 0; 0 only if every prediction is exact.

    Raises:
        ValueError: no rows; a value that is missing, infinite or no number; another
            shape than (n,), such as the (n, 1) of a Keras prediction (the difference
            would be an n × n table); different lengths or indexes.
    """
    errors = _differences(actual, predicted)
    return float(np.mean(errors**2))


def rmse(actual, predicted):
    """Root mean squared error: √MSE. Arguments and errors as in `mse`.

    The size of a typical error, where one of 2 stars weighs as much as four of 1 star.
    """
    return mse(actual, predicted) ** 0.5


def mae(actual, predicted):
    """Mean absolute error: the mean of |actual - predicted|.

    Arguments and errors as in `mse`. Every star of error weighs the same; never more
    than the RMSE.
    """
    return float(np.mean(np.abs(_differences(actual, predicted))))


def _differences(actual, predicted):
    both_series = isinstance(actual, pd.Series) and isinstance(predicted, pd.Series)
    if both_series and not actual.index.equals(predicted.index):
        raise ValueError(
            "actual and predicted have different indexes: row k of one is not row k of "
            "the other"
        )
    arrays = []
    for name, values in [("actual", actual), ("predicted", predicted)]:
        # As objects, or rows of unequal lengths would raise an error of numpy's.
        listed = values if hasattr(values, "shape") else np.array(values, dtype=object)
        if listed.ndim != 1:
            raise ValueError(
                f"{name} must have the shape (n,), not {listed.shape}"
                + (f": {values!r:.40}" if listed.ndim == 0 else "")
            )
        arrays.append(_numbers(values, name))
    actual, predicted = arrays
    if len(actual) != len(predicted):
        raise ValueError(
            f"{len(actual)} actual ratings, {len(predicted)} predicted ones"
        )
    if len(actual) == 0:
        raise ValueError("there are no ratings to compare")
    return actual - predicted


# Checks, the same text in every module that has them (a test compares the copies).


def _numbers(values, name):
    """Finite numbers as float64; not text, dates or booleans that read as numbers."""
    refused = isinstance(values, (str, dict, set, pd.DataFrame, pd.MultiIndex))
    if refused or not hasattr(values, "__len__") or getattr(values, "ndim", 1) != 1:
        raise ValueError(f"{name} must be a column of numbers, not {values!r:.60}")
    values = pd.Series(values)
    if str(values.dtype).startswith(("category", "dictionary")):  # pandas's, Arrow's
        values = pd.Series(np.asarray(values))
    kind = pd.api.types.infer_dtype(values.dropna(), skipna=True)
    numeric = ("integer", "floating", "mixed-integer-float", "decimal", "empty")
    if kind not in numeric:
        raise ValueError(
            f"{name} must hold numbers, not {kind.replace('-', ' ')} such as "
            f"{values.dropna().tolist()[:1]}"
        )
    values = values.where(values.notna(), np.nan)  # of None and NA no float is made
    try:
        array = values.astype("float64").to_numpy(na_value=np.nan)
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers ({error})") from None
    wrong = ~np.isfinite(array)
    if wrong.any():
        raise ValueError(
            f"{name}: {wrong.sum()} of {len(array)} values are missing or infinite, "
            f"the first at position {wrong.argmax()}"
        )
    return array
