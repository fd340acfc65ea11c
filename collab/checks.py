"""What may come in (columns, ids, numbers, times) → arrays, or a clear `ValueError`.

>>> from collab.checks import check_ids
>>> check_ids([7.0, 3.0], "ids")
array([7, 3])
"""

import math

import numpy as np
import pandas as pd


def check_columns(table, columns, name="ratings"):
    """These columns of a table and no others, its rows numbered 0 … n-1."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{name} must be a DataFrame, not {type(table).__name__}")
    for column in columns:
        n = list(table.columns).count(column)
        if n != 1:
            raise ValueError(
                f"{name} has {n or 'no'} column{'s' * (n > 1)} {column!r}; it has "
                f"{list(table.columns)}"
            )
    if len(set(columns)) < len(columns):
        raise ValueError(f"{name}: one column is named for two things in {columns}")
    # The index goes: one that is named like a column would make the name ambiguous.
    return table[columns].reset_index(drop=True)


def check_ids(values, name, known=None):
    """Ids as an array: whole numbers (int64 or uint64), or text (object).

    With `known` (an index, say), ids must be numbers if these are, or text.
    """
    refused = isinstance(values, (str, bytes, dict, pd.DataFrame, pd.MultiIndex))
    several = hasattr(values, "__len__") and hasattr(values, "__iter__")
    if refused or not several or getattr(values, "ndim", 1) != 1:
        raise ValueError(
            f"{name} must be a list, array or Series of ids, not {values!r:.60}"
        )
    if not hasattr(values, "dtype"):
        values = pd.Series(list(values), dtype=object)
    if str(values.dtype).startswith(("category", "dictionary")):  # pandas's, Arrow's
        values = np.asarray(values)
    missing = np.asarray(pd.isna(values))
    if missing.any():
        raise ValueError(
            f"{name}: {missing.sum()} of {len(values)} ids are missing, the first at "
            f"position {missing.argmax()}"
        )
    kind = pd.api.types.infer_dtype(values, skipna=False)
    values = np.asarray(values)
    if kind == "string":
        values = values.astype(object)
    elif len(values) == 0:
        values = np.array([], dtype="int64")
    elif kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        values = _whole_numbers(values, name)
    else:
        raise ValueError(
            f"{name} holds {kind.replace('-', ' ')} values such as "
            f"{values.tolist()[0]!r}; ids are all whole numbers, or all text"
        )
    if known is not None and len(values) and len(known):
        other = check_ids(known[:1], f"the ids that {name} is compared with")
        if (values.dtype == object) != (other.dtype == object):
            raise ValueError(
                f"{name} holds ids like {values[:1].tolist()[0]!r}, but the known ones "
                f"are like {other.tolist()[0]!r}: numbers and text are different ids"
            )
    return values


def _whole_numbers(values, name):
    """Numbers as int64, or as uint64 where one is too large for it."""
    if values.dtype.kind == "i" or (values.dtype.kind == "u" and values.max() < 2**63):
        return values.astype("int64", copy=False)
    # From here on, a float stands for several whole numbers.
    digits = np.finfo(values.dtype).nmant if values.dtype.kind == "f" else 52
    limit = 2.0 ** (digits + 1)
    if values.dtype.kind == "f" and np.all(abs(values) < limit):
        whole = values.astype("int64")
        if (whole == values).all():
            return whole
    exact = []
    for value in values.tolist():
        least = limit if isinstance(value, float) else np.inf
        if abs(value) >= least or value != int(value):
            raise ValueError(f"{name}: {value!r} is not a whole number, or not exact")
        exact.append(int(value))
    low, high = min(exact), max(exact)
    if low < -(2**63) or high >= 2**64 or (low < 0 and high >= 2**63):
        raise ValueError(f"{name}: {max(high, -low)} has more than 64 bits; use text")
    return np.array(exact, dtype="int64" if high < 2**63 else "uint64")


def check_numbers(values, name):
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


def check_times(values, name):
    """Moments as int64 or float64, to sort and subtract: dates in nanoseconds."""
    values = pd.Series(values)
    if str(values.dtype).startswith(("category", "dictionary")):  # pandas's, Arrow's
        values = pd.Series(np.asarray(values))
    values = values.infer_objects()
    if isinstance(values.dtype, pd.ArrowDtype) and values.dtype.kind in "mM":
        values = pd.Series(values.to_numpy())
    kind = pd.api.types.infer_dtype(values.dropna(), skipna=True)
    if kind == "period":
        values = values.dt.start_time
    if kind in ("date", "datetime") and values.dtype.kind == "O":  # those of Python
        aware = {getattr(t, "tzinfo", None) is not None for t in values.dropna()}
        if len(aware) > 1:
            raise ValueError(f"{name} holds dates with a time zone and others without")
        values = pd.to_datetime(values.astype(object), utc=aware == {True})
    if values.dtype.kind in "mM":
        if values.isna().any():
            raise ValueError(f"{name}: {values.isna().sum()} times are missing")
        if getattr(values.dt, "tz", None) is not None:
            values = values.dt.tz_convert(None)
        moments = values.to_numpy()
        exact = moments.astype(f"{moments.dtype.kind}8[ns]")
        if (exact.astype(moments.dtype) != moments).any():
            raise ValueError(f"{name} holds dates that nanoseconds cannot count to")
        return exact.astype("int64")
    if kind == "string":
        raise ValueError(
            f"{name} holds text such as {values.dropna().tolist()[:1]}, which would be "
            "sorted as text; pd.to_datetime or pd.to_numeric makes it moments"
        )
    if values.dtype.kind in "iu" and not values.isna().any():
        if values.max() >= 2**63:
            raise ValueError(f"{name}: {values.max()} has more than 63 bits")
        return values.to_numpy(dtype="int64")  # a float would round nanoseconds
    return check_numbers(values, name)


def check_row_numbers(values, name, n):
    numbers = check_ids(values, name)
    if numbers.dtype == object:
        raise ValueError(
            f"{name} must hold row numbers, not text such as {numbers[0]!r}"
        )
    outside = (numbers < 0) | (numbers >= n)
    if outside.any():
        raise ValueError(
            f"{name} has the value {numbers[outside][0]}; row numbers are 0 … {n - 1}"
        )
    return numbers.astype("int64")


def check_scale(scale):
    """The lowest and the highest rating there is, as floats."""
    try:
        low, high = check_numbers(scale, "scale").tolist()
    except ValueError:
        low, high = 1.0, 0.0
    if low > high:
        raise ValueError(f"scale must be (lowest, highest), not {scale!r:.60}")
    return low, high


def scale_of(stars, scale):
    """The lowest and highest rating there is: as stated, or read off the ratings."""
    if scale is None:
        return float(stars.min()), float(stars.max())
    low, high = check_scale(scale)
    if not low <= stars.min() <= stars.max() <= high:
        raise ValueError(
            f"scale={scale!r} does not hold the ratings, which go from {stars.min()} "
            f"to {stars.max()}"
        )
    return low, high


def rating_steps(scale, step):
    """The ratings there are, from the lowest to the highest."""
    low, high = check_scale(scale)
    if low == high:
        return [low]
    if step is not None:
        step = check_numbers([step], "step")[0]
        n = round((high - low) / step) if step > 0 else 0
        if not 1 <= n <= 100 or not math.isclose(low + n * step, high):
            raise ValueError(
                f"step={step:g} makes no 1 to 100 equal steps of {scale!r}"
            )
        return [_rounded(low + step * k) for k in range(n + 1)]
    tenth = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    whole = low % 1 == high % 1 == 0 and high - low <= 10
    for step in [1] if whole else [tenth * k for k in (1, 2, 5, 10, 20)]:
        inner = range(math.ceil(low / step), math.floor(high / step) + 1)
        ratings = {_rounded(value) for value in (low, *(step * k for k in inner), high)}
        if len(ratings) <= 11:
            break
    return sorted(ratings)


def _rounded(number):
    """0.1 * 3 as 0.3: a rating is what its button says."""
    return float(f"{number:.12g}")


def check_positive(value, name, or_zero=False):
    """A finite number above 0, or at least 0, as a float."""
    number = isinstance(value, (int, float, np.integer, np.floating))
    number = number and not isinstance(value, bool) and 0 <= value < np.inf
    if not number or (value == 0 and not or_zero):
        least = "0 or more" if or_zero else "above 0"
        raise ValueError(f"{name} must be a number, {least}, not {value!r}")
    return float(value)


def check_whole(value, name, least=1):
    """A whole number as Python's int, at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")
    return int(value)
