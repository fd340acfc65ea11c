"""What may come in (columns, ids, numbers, times) → arrays, or a clear `ValueError`.

>>> from collab.checks import check_ids
>>> check_ids([7.0, 3.0], "ids")
array([7, 3])

A column is a list, a tuple, a one-dimensional array, a Series or an Index, of NumPy's
dtypes, pandas's nullable ones, Arrow's, or categories of these; without missing values.
`name` says in a message which argument or column is wrong.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

# The types of some arguments, as several modules take them.
Id = int | np.integer | str
Scale = tuple[float, float]  # the lowest and the highest rating there is
Seed = int | np.random.Generator | np.random.RandomState

_EXTENSION = pd.api.extensions.ExtensionArray
_PLAIN = pd.Categorical, pd.arrays.NumpyExtensionArray  # those that NumPy has as well
_NUMBERS = "integer", "floating", "mixed-integer-float"  # as infer_dtype says


def check_columns(
    table: pd.DataFrame, columns: list[str], name: str = "ratings"
) -> pd.DataFrame:
    """These columns of a DataFrame and no others, its rows numbered 0 … n-1."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{name} must be a DataFrame, not {type(table).__name__}")
    for column in columns:
        hashable = pd.api.types.is_hashable(column)  # others name no column
        n = list(table.columns).count(column) if hashable else 0
        if n != 1:
            raise ValueError(
                f"{name} has {n or 'no'} column{'s' * (n > 1)} {column!r:.60}; it has "
                f"{list(table.columns)}"
            )
    if len(set(columns)) < len(columns):
        raise ValueError(f"{name}: one column is named for two things in {columns}")
    # The index goes: one that is named like a column would make the name ambiguous.
    return table[columns].reset_index(drop=True)


def check_by_id(values: Any, name: str, what: str = "numbers") -> pd.Series:
    """A Series that has each id of its index once. Nothing else of it is checked."""
    if not isinstance(values, pd.Series):
        raise ValueError(
            f"{name} must be a Series of {what} by id, such as table.set_index('id')"
            f"['column'], not {type(values).__name__}"
        )
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()].tolist()[0]
        raise ValueError(f"{name} has the id {twice!r} twice")
    return values


def check_ids(
    values: Any, name: str, known: Any = None, ordered: bool = False
) -> np.ndarray:
    """Ids, int64 or object (text): of whole numbers, whole floats, or text.

    `known` ids must be of the same kind. A set is served, too, unless the order counts.
    """
    if isinstance(values, (set, frozenset)) and not ordered:
        values = list(values)
    column, kind = _column(values, name)
    if kind == "string":
        ids = _texts(column, name)
    elif not len(column):
        ids = np.zeros(0, "int64")
    elif column.dtype.kind in "iuf" or kind == "integer":
        ids = _whole_numbers(np.asarray(column), name)
    else:
        cure = '.astype("int64") or .astype(str)'
        _refuse(column, name, "ids, all whole numbers or all text", cure)
    if known is not None and len(ids) and len(known):
        other = check_ids(known[:1], f"the ids that {name} is compared with")
        if ids.dtype != other.dtype:
            raise ValueError(
                f"{name} holds ids like {ids[:1].tolist()[0]!r}, but the known ones "
                f"are like {other.tolist()[0]!r}: numbers and text are different ids; "
                'convert one side by .astype("int64") or .astype(str)'
            )
    return ids


def check_id_list(
    values: Any, name: str, known: Any = None, ordered: bool = False
) -> np.ndarray:
    """`check_ids`, but not of a Series of floats: scores and ratings by id are such."""
    if isinstance(values, pd.Series) and values.dtype.kind == "f":
        raise ValueError(f"{name} is a Series of floats, not of ids; give its index")
    return check_ids(values, name, known, ordered)


def check_text(values: Any, name: str) -> np.ndarray:
    """Text that can be written to a file, as an object array."""
    column, kind = _column(values, name)
    if kind != "string" and len(column):
        _refuse(column, name, "text", ".astype(str)")
    return _texts(column, name)


def check_numbers(values: Any, name: str) -> np.ndarray:
    """Finite numbers as float64."""
    column, _ = _column(values, name)
    if column.dtype.kind not in "iuf" and len(column):
        _refuse(column, name, "numbers", '.astype("float64")')
    numbers = np.asarray(column, "float64")
    _refuse_where(np.isinf(numbers), name, "infinite")
    return numbers


def check_times(values: Any, name: str) -> np.ndarray:
    """Moments in seconds, float64: of datetimes since 1970, or numbers of seconds.

    Without a time zone a datetime is taken for UTC. Today float64 tells moments apart
    that are 0.3 microseconds apart.
    """
    column, kind = _column(values, name)
    if column.dtype.kind == "M":
        moments = pd.DatetimeIndex(column)
        moments = moments if moments.tz is None else moments.tz_convert(None)
        return (moments.to_numpy() - np.datetime64(0, "s")) / np.timedelta64(1, "s")
    if column.dtype.kind not in "iuf" and len(column):
        cures = {"period": ".dt.to_timestamp()", "timedelta64": ".dt.total_seconds()"}
        cure = 'pd.to_datetime(…, utc=True), seconds by .astype("float64")'
        _refuse(column, name, "datetimes or seconds", cures.get(kind, cure))
    seconds = check_numbers(column, name)
    wrong = abs(seconds) > 1e11  # the year 5138
    if wrong.any():
        raise ValueError(
            f"{name} has the value {seconds[wrong][0]:.0f}, too large for seconds; "
            'convert milliseconds by pd.to_datetime(…, unit="ms")'
        )
    return seconds


def check_scale(scale: Any, ratings: np.ndarray | None = None) -> Scale:
    """The lowest and the highest rating there is, as floats.

    With `ratings`, an array, the scale must hold them, and None stands for their ends.
    """
    ends = ratings is not None and len(ratings) and (ratings.min(), ratings.max())
    try:
        low, high = check_numbers(ends if ends and scale is None else scale, "scale")
    except ValueError:
        low, high = 1.0, 0.0
    if low > high:
        raise ValueError(f"scale must be (lowest, highest), not {scale!r:.60}")
    if ends and not low <= ends[0] <= ends[1] <= high:
        raise ValueError(
            f"scale={scale!r} does not hold the ratings, which go from {ends[0]:g} to "
            f"{ends[1]:g}"
        )
    return float(low), float(high)


def rating_steps(scale: Scale, step: Any) -> list[float]:
    """The ratings there are, from the lowest to the highest."""
    low, high = check_scale(scale)
    if low == high:
        return [low]
    if step is not None:
        n = round((high - low) / check_positive(step, "step"))
        if not 1 <= n <= 100 or not math.isclose(low + n * step, high):
            raise ValueError(f"step={step} makes no 1 to 100 equal steps of {scale!r}")
        return [_rounded(low + step * k) for k in range(n + 1)]
    tenth = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    whole = low % 1 == high % 1 == 0 and high - low <= 10
    for step in [1] if whole else [tenth * k for k in (1, 2, 5, 10, 20)]:
        inner = range(math.ceil(low / step), math.floor(high / step) + 1)
        ratings = {_rounded(value) for value in (low, *(step * k for k in inner), high)}
        if len(ratings) <= 11:
            break
    return sorted(ratings)


def check_positive(value: Any, name: str, or_zero: bool = False) -> float:
    """A finite number above 0, or at least 0, as a float."""
    number = isinstance(value, (int, float, np.integer, np.floating))
    number = number and not isinstance(value, bool) and 0 <= value < np.inf
    if not number or (value == 0 and not or_zero):
        least = "0 or more" if or_zero else "above 0"
        raise ValueError(f"{name} must be a number, {least}, not {value!r:.60}")
    return float(value)


def check_whole(value: Any, name: str, least: int = 1) -> int:
    """A whole number as Python's int, at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r:.60}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")
    return int(value)


def check_row_numbers(values: Any, name: str, n: int) -> np.ndarray:
    """Row numbers of a table with n rows, 0 … n-1, as int64."""
    numbers = check_ids(values, name, ordered=True)
    text = numbers.dtype == object
    wrong = numbers if text else numbers[(numbers < 0) | (numbers >= n)]
    if len(wrong):
        hint = "collab.ids.add_row_numbers makes them of raw ids"
        if wrong[0] == -1:
            hint = "-1 marks an id that a map does not know: leave such rows out"
        raise ValueError(
            f"{name} has the value {wrong[:1].tolist()[0]!r}; row numbers are "
            f"0 … {n - 1}; {hint}"
        )
    return numbers.astype("int64")


def check_seed(
    seed: Seed, name: str = "seed"
) -> np.random.Generator | np.random.RandomState:
    """A random generator: a new one of a whole number, or the one that is given.

    Both kinds that may come back have the methods `random`, `permutation` and `normal`.
    """
    if isinstance(seed, (np.random.Generator, np.random.RandomState)):
        return seed
    try:
        return np.random.default_rng(check_whole(seed, name, least=0))
    except ValueError:
        raise ValueError(
            f"{name} must be a whole number of 0 or more, or a generator such as "
            f"np.random.default_rng(42), not {seed!r:.60}"
        ) from None


def _column(values, name):
    """A column without missing values, as an array, and what pandas calls its kind."""
    shape = getattr(values, "shape", (0,))
    if len(shape) != 1:
        raise ValueError(f"{name} must have the shape (n,), not {tuple(shape)}")
    no_column = isinstance(values, (str, bytes, dict, set, frozenset, pd.MultiIndex))
    if no_column or not (hasattr(values, "__len__") and hasattr(values, "__iter__")):
        raise ValueError(f"{name} must be a list, array or Series, not {values!r:.60}")
    values = getattr(values, "array", values)  # of a Series or an Index
    if not hasattr(values, "__array__"):
        values = np.fromiter(values, dtype=object, count=len(values))
    elif isinstance(values, _PLAIN) or not isinstance(values, _EXTENSION):
        values = np.asarray(values)
    _refuse_where(np.asarray(pd.isna(values)), name, "missing")
    kind = pd.api.types.infer_dtype(values, skipna=False)
    if values.dtype == object and kind in _NUMBERS:
        values = np.array(values.tolist())
    elif values.dtype == object and kind != "string":
        values = pd.Series(values).infer_objects()
    return values, kind


def _texts(column, name):
    texts = np.asarray(column, object)
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        first = next(t for t in texts if any("\ud800" <= c <= "\udfff" for c in t))
        raise ValueError(
            f"{name} holds {first!r}, which has half a character (a lone surrogate); "
            'convert by .str.encode("utf-8", "replace").str.decode("utf-8")'
        ) from None
    return texts


def _whole_numbers(numbers, name):
    if numbers.dtype.kind == "i":
        return numbers.astype("int64", copy=False)
    wrong, fault = (numbers < -(2**63)) | (numbers >= 2**63), "has more than 63 bits"
    if numbers.dtype.kind == "f":
        # From its limit on, a float stands for several whole numbers.
        limit = 2.0 ** (np.finfo(numbers.dtype).nmant + 1)
        wrong = (numbers != np.trunc(numbers)) | (abs(numbers) >= limit)
        fault = "is not a whole number, or too large for an exact one"
    if wrong.any():
        first = numbers[wrong].tolist()[0]
        raise ValueError(f"{name}: {first!r} {fault}; make text of ids by .astype(str)")
    return numbers.astype("int64")


def _refuse(column, name, wanted, cure):
    values = (pd.Series(column) if column.dtype.kind in "mM" else column).tolist()
    first = {type(value).__name__: value for value in reversed(values)}
    found = " and ".join(f"{value!r:.60} ({kind})" for kind, value in first.items())
    raise ValueError(f"{name} must hold {wanted}, not {found}; convert by {cure}")


def _refuse_where(wrong, name, what):
    if wrong.any():
        raise ValueError(
            f"{name}: {wrong.sum()} of {len(wrong)} values are {what}, the first at "
            f"position {wrong.argmax()}; leave such rows out"
        )


def _rounded(number):
    """0.1 * 3 as 0.3: a rating is what its button says."""
    return float(f"{number:.12g}")
