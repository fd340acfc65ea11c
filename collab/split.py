"""Ratings table → train, validation: three ways, for three questions.

>>> import pandas as pd
>>> from collab.split import user_split
>>> ratings = pd.DataFrame({"userId": [7, 7, 7, 3], "timestamp": [20, 30, 10, 40]})
>>> train, valid = user_split(ratings)  # what user 7 said last
>>> train.index.tolist(), valid.index.tolist()
([0, 2, 3], [1])
"""

import numpy as np
import pandas as pd


def random_split(ratings, train_fraction=0.8, *, rng):
    """Send each rating to the training rows with probability `train_fraction`.

    One uniform number is drawn per row and compared with the fraction, as in the
    original notebook's `np.random.rand(len(ratings)) < 0.8`; so the number of
    training rows is only about `train_fraction * len(ratings)`.

    Args:
        ratings: a DataFrame of any columns and index.
        train_fraction: strictly between 0 and 1.
        rng: a `np.random.Generator` (a `np.random.RandomState` works too); the same
            state gives the same split.

    Returns:
        `(train, valid)`: two DataFrames that together hold every row exactly once,
        each in the original order with the original index.

    A user or an item may end up in `valid` only; of a handful of rows, either table
    may be empty.

    Raises:
        ValueError: `ratings` is no table or has no rows, `train_fraction` is outside
            (0, 1), or `rng` is no random generator.
    """
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise ValueError(
            f"rng must be a generator, for example np.random.default_rng(42), not "
            f"{rng!r}"
        )
    _check(ratings, [], train_fraction, "train_fraction")
    in_train = rng.random(len(ratings)) < train_fraction
    return ratings[in_train], ratings[~in_train]


def user_split(ratings, valid_fraction=0.1, *, user="userId", time="timestamp"):
    """Send the latest ratings of each user to the validation rows.

    Of a user with n ratings, the last `valid_fraction * n` (rounded down, but at least
    one) are validated; of a user with a single rating, none. Ratings of the same moment
    count as given in the order of the rows.

    Args:
        ratings: a DataFrame with the columns `user` and `time` (numbers or dates).
        valid_fraction: strictly between 0 and 1.

    Returns:
        `(train, valid)` as in `random_split`. Every user is in `train`; an item may be
        in `valid` only.

    Raises:
        ValueError: `ratings` has no rows, a column is missing or has missing values,
            times are text (whose order is not that of time), or `valid_fraction` is
            outside (0, 1).
    """
    table = _check(ratings, [user, time], valid_fraction, "valid_fraction")
    moments = _times(table[time], f"column {time!r}")
    rows, _ = pd.factorize(_ids(table[user], f"column {user!r}"))
    order = np.lexsort([moments, rows])  # by user, then by time, then as given
    n = np.bincount(rows)
    # Rounded first: with floats, 0.29 * 100 is 28.999999999999996.
    n_valid = (valid_fraction * n).round(6).astype("int64")
    n_valid = np.where(n > 1, n_valid.clip(min=1), 0)
    from_the_end = np.repeat(n.cumsum(), n) - np.arange(len(rows))  # 1 is the latest
    in_valid = np.empty(len(rows), dtype=bool)
    in_valid[order] = from_the_end <= np.repeat(n_valid, n)
    return ratings[~in_valid], ratings[in_valid]


def time_split(ratings, valid_fraction=0.2, *, time="timestamp"):
    """Send all ratings from one moment on to the validation rows.

    The moment is chosen so that about `valid_fraction` of the rows are later; ratings
    of that very moment are validated, all of them.

    Args:
        ratings: a DataFrame with the column `time` (numbers or dates).
        valid_fraction: strictly between 0 and 1.

    Returns:
        `(train, valid)` as in `random_split`; no rating in `train` is later than one in
        `valid`. Many users and items are in `valid` only.

    Raises:
        ValueError: as in `user_split`, or no moment divides the rows.
    """
    table = _check(ratings, [time], valid_fraction, "valid_fraction")
    moments = _times(table[time], f"column {time!r}")
    # Rounded first: with floats, a tenth of 10 rows can be 0.9999….
    n_train = int(round((1 - valid_fraction) * len(moments), 6))
    place = min(n_train, len(moments) - 1)
    in_valid = moments >= np.partition(moments, place)[place]
    if in_valid.all():
        raise ValueError(
            f"no row is earlier than {table[time].iloc[moments.argmin()]}: nothing is "
            "left to train on"
        )
    return ratings[~in_valid], ratings[in_valid]


def _check(ratings, columns, fraction, name):
    number = isinstance(fraction, (int, float, np.number))
    if not (number and 0 < fraction < 1):
        raise ValueError(f"{name} must be between 0 and 1, not {fraction!r}")
    table = _columns(ratings, columns)
    if len(table) == 0:
        raise ValueError("ratings has no rows to split")
    return table


# Checks, the same text in every module that has them (a test compares the copies).


def _columns(table, columns, name="ratings"):
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


def _ids(values, name, known=None):
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
        other = _ids(known[:1], f"the ids that {name} is compared with")
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


def _times(values, name):
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
    return _numbers(values, name)


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
