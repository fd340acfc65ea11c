"""Train table → predictions from means and damped biases: what a model has to beat.

>>> import pandas as pd
>>> from collab.baselines import fit_biases, predict_biases
>>> rows = [(7, 50, 5.0), (7, 20, 3.0), (3, 50, 1.0)]
>>> train = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
>>> biases = fit_biases(train, user_damping=2, item_damping=1)
>>> predict_biases(biases, pd.DataFrame({"userId": [7, 8], "movieId": 50})).round(2)
array([3.6 , 3.05])
"""

from typing import NamedTuple

import numpy as np
import pandas as pd


def predict_mean(train, table, by=None, *, rating="rating"):
    """The mean training rating: of all rows, or of each user or item.

    Args:
        train: a DataFrame with the column `rating`, and `by` if given.
        table: the DataFrame to predict.
        by: a column of ids such as "userId": the mean of the rows with the same id.
            None: the mean of all rows.

    Returns:
        float64 of shape (len(table),), in the unit of the ratings. An id that does not
        occur in `train` gets the mean of all rows: no row is dropped.

    Raises:
        ValueError: a column is missing, `train` has no rows, an id is missing, a rating
            is no finite number, or the ids are numbers in one table and text in the
            other.
    """
    columns = [rating] if by is None else [by, rating]
    known, ratings = _training_rows(train, columns)
    mean = float(ratings.mean())
    if by is None:
        return np.full(len(_columns(table, [], "table")), mean)
    rows, ids = pd.factorize(known[0])
    means = pd.Series(damped_means(ratings, rows, damping=0), index=ids)
    return _look_up(means, _columns(table, [by], "table"), by, mean)


class Biases(NamedTuple):
    """What `fit_biases` learns: how far above or below the mean, by raw id."""

    mean: float
    user: pd.Series
    item: pd.Series


def fit_biases(
    train,
    *,
    user_damping=5.0,
    item_damping=3.0,
    n_passes=3,
    user="userId",
    item="movieId",
    rating="rating",
):
    """Means of what is left over, pulled toward zero where there are few ratings.

    Items and users in turn, each from what the others leave over:

        b_i = Σ (r - μ - b_u) / (item_damping + n_i)    over the n_i ratings of item i
        b_u = Σ (r - μ - b_i) / (user_damping + n_u)    over the n_u ratings of user u

    The first pass starts with b_u = 0.

    Args:
        train: a DataFrame with the three columns.
        user_damping, item_damping: at least 0; the number of imaginary average ratings
            that each user or item starts with. The defaults were chosen on an inner
            split of training rows (lesson 05).
        n_passes: how often to go through both, at least 1.

    Returns:
        `Biases`: the mean μ, and two Series of float64 in the unit of the ratings,
        indexed by raw id in ascending order.

    Raises:
        ValueError: a column is missing, `train` has no rows, an id is missing, a rating
            is no finite number, a damping is negative, or `n_passes` is below 1.

    Source: Koren, "Factor in the Neighbors" (ACM TKDD, 2010), section 2.1 (one pass).
    """
    (users, items), ratings = _training_rows(train, [user, item, rating])
    for name, damping in [
        ("user_damping", user_damping),
        ("item_damping", item_damping),
    ]:
        number = isinstance(damping, (int, float, np.number))
        if not number or isinstance(damping, bool) or not damping >= 0:
            raise ValueError(f"{name} must be a number, 0 or more, not {damping!r}")
    n_passes = _whole(n_passes, "n_passes")
    user_rows, user_ids = pd.factorize(users, sort=True)
    item_rows, item_ids = pd.factorize(items, sort=True)
    mean = float(ratings.mean())
    of_user = 0.0
    for _ in range(n_passes):
        item_bias = damped_means(ratings - mean - of_user, item_rows, item_damping)
        of_item = item_bias[item_rows]
        user_bias = damped_means(ratings - mean - of_item, user_rows, user_damping)
        of_user = user_bias[user_rows]
    return Biases(
        mean,
        pd.Series(user_bias, index=pd.Index(user_ids, name=user), name="bias"),
        pd.Series(item_bias, index=pd.Index(item_ids, name=item), name="bias"),
    )


def damped_means(residuals, rows, damping):
    """Σ residuals / (damping + n) over the n residuals of each row number."""
    return np.bincount(rows, residuals) / (damping + np.bincount(rows))


def predict_biases(biases, table, *, user="userId", item="movieId"):
    """μ + b_u + b_i for every row of `table`.

    Args:
        biases: the `Biases` of `fit_biases`.
        table: a DataFrame with the two columns.

    Returns:
        float64 of shape (len(table),), in the unit of the ratings, not clipped. A user
        or an item that was not in the training rows counts as average: its bias is 0.

    Raises:
        ValueError: a column is missing, an id is missing, or ids are numbers where the
            training rows had text, or text where they had numbers.
    """
    for name in ("user", "item"):
        by_id = getattr(biases, name, None)
        if not (isinstance(by_id, pd.Series) and by_id.index.is_unique):
            raise ValueError(
                f"biases.{name} must be a Series with one number an id, as in what "
                f"fit_biases returns, not {by_id!r:.60}"
            )
    pairs = _columns(table, [user, item], "table")
    of_user = _look_up(biases.user, pairs, user, 0.0)
    of_item = _look_up(biases.item, pairs, item, 0.0)
    return biases.mean + of_user + of_item


def _training_rows(train, columns):
    """The ids of all columns but the last, whose ratings come as float64."""
    table = _columns(train, columns, "train")
    if len(table) == 0:
        raise ValueError("train has no rows")
    *ids, rating = columns
    return (
        [_ids(table[column], f"train[{column!r}]") for column in ids],
        _numbers(table[rating], f"train[{rating!r}]"),
    )


def _look_up(values, table, column, otherwise):
    """The value of each row's id; of ids that have none, `otherwise`."""
    ids = _ids(table[column], f"table[{column!r}]", known=values.index)
    rows = values.index.get_indexer(ids)  # -1, the last place, where there is none
    return np.append(values.to_numpy(dtype="float64"), otherwise)[rows]


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


def _whole(value, name, least=1):
    """A whole number as Python's int, at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")
    return int(value)
