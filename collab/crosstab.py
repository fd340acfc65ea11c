"""Ratings table → the most active users × the most rated items.

>>> import pandas as pd
>>> from collab.crosstab import rating_crosstab
>>> rows = [(7, 50, 4.5), (7, 20, 1.0), (3, 20, 2.0), (9, 50, 3.0), (9, 20, 5.0)]
>>> ratings = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
>>> rating_crosstab(ratings, 2, 1).to_dict()  # users 7 and 9, item 20
{20: {7: 1.0, 9: 5.0}}
"""

import numpy as np
import pandas as pd


def top_counts(ratings, column, n=15):
    """The `n` most frequent ids of a column, and how often each occurs.

    Args:
        ratings: a DataFrame with one row per rating.
        column: the column of ids to count by, for example "userId".
        n: how many ids to keep, between 1 and the number of distinct ids.

    Returns:
        A Series named "ratings": the ids as index, int64 counts, the largest first.

    Ties: equal counts are ordered by ascending id, so that the result depends neither
    on the order of the rows (or of categories) nor on the sort algorithm.

    Raises:
        ValueError: no such column, no rows, a missing id, or `n` out of range.
    """
    table = _columns(ratings, [column])
    rows, ids = pd.factorize(_ids(table[column], f"column {column!r}"))
    return _top_counts(rows, ids, column, n, "n")


def rating_crosstab(
    ratings, n_users=15, n_items=15, *, user="userId", item="movieId", rating="rating"
):
    """The ratings that the most active users gave to the most rated items.

    Args:
        ratings: a DataFrame with one row per (user, item) pair.
        n_users, n_items: the size of the crosstab; ties as in `top_counts`.
        user, item, rating: the names of the columns.

    Returns:
        A DataFrame of float64 in the unit of the ratings, `n_users` rows by `n_items`
        columns, both in ascending order of id. NaN where there is no rating; a user
        with none among these items keeps a row of NaN.

    Raises:
        ValueError: a column is missing, the table has no rows, a size is out of range,
            a rating is no finite number (in any row: each row counts as a rating), or
            one of these users or items occurs in a (user, item) pair twice: two ratings
            in one cell would have to be summed or dropped, and neither is a rating.
            A pair repeated elsewhere is not looked for: counted once, its user and its
            item would have fewer ratings yet, and the crosstab would be the same.
    """
    table = _columns(ratings, [user, item, rating])
    stars = _numbers(table[rating], f"column {rating!r}")
    top_users, by_user = _top_ids(table[user], user, n_users, "n_users")
    top_items, by_item = _top_ids(table[item], item, n_items, "n_items")
    _refuse_repeats(table[(by_user >= 0) | (by_item >= 0)], user, item)
    cells = np.full((len(top_users), len(top_items)), np.nan)
    inside = (by_user >= 0) & (by_item >= 0)
    cells[by_user[inside], by_item[inside]] = stars[inside]
    return pd.DataFrame(cells, index=top_users, columns=top_items)


def _top_ids(values, column, n, name):
    """The top ids in ascending order, and each row's place among them, or -1."""
    rows, ids = pd.factorize(_ids(values, f"column {column!r}"))
    top = _top_counts(rows, ids, column, n, name).index.sort_values()
    return top, top.get_indexer(ids)[rows]


def _top_counts(rows, ids, column, n, name):
    if len(rows) == 0:
        raise ValueError("ratings has no rows")
    counts = pd.Series(np.bincount(rows), index=pd.Index(ids, name=column))
    # Sorted by id first: a stable sort by count then leaves ties in that order.
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    n = _whole(n, name)
    if n > len(counts):
        raise ValueError(
            f"{name} must be between 1 and {len(counts)}, as many as {column!r} has "
            f"distinct ids, not {n}"
        )
    return counts.head(n).rename("ratings")


def _refuse_repeats(rows, user, item):
    repeated = rows.duplicated([user, item])
    if repeated.any():
        first = rows[repeated]
        first_user, first_item = (first[key].tolist()[0] for key in (user, item))
        raise ValueError(
            f"user {first_user!r} rated item {first_item!r} more than once; "
            f"{repeated.sum()} of the rows of the crosstab's users and items repeat a "
            f"({user!r}, {item!r}) pair"
        )


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
