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

from collab.checks import check_columns, check_ids, check_numbers, check_whole


def top_counts(ratings: pd.DataFrame, column: str, n: int = 15) -> pd.Series:
    """The `n` most frequent ids of a column, and how often each occurs.

    Args:
        ratings: one row per rating.
        column: the column of ids to count by, for example "userId".
        n: how many ids to keep, between 1 and the number of distinct ids.

    Returns:
        A Series named "ratings": int64 counts by id, the largest first, equal ones by
        ascending id.

    Raises:
        ValueError: no rows, or `n` out of range.
    """
    return _top_counts(_with_ids(ratings, [column])[column], n, "n")


def rating_crosstab(
    ratings: pd.DataFrame,
    n_users: int = 15,
    n_items: int = 15,
    *,
    user: str = "userId",
    item: str = "movieId",
    rating: str = "rating",
) -> pd.DataFrame:
    """The ratings that the most active users gave to the most rated items.

    Args:
        ratings: one row per (user, item) pair.
        n_users, n_items: the size of the crosstab; ties as in `top_counts`.
        user, item, rating: the names of the columns.

    Returns:
        A DataFrame of float64 in the unit of the ratings, `n_users` rows by `n_items`
        columns, both in ascending order of id. NaN where there is no rating; a user
        with none among these items keeps a row of NaN.

    Raises:
        ValueError: no rows, a size out of range, a rating that is missing in any row
            (each row counts as a rating), or one of these users or items occurs in a
            (user, item) pair twice: the sum of two ratings is not a rating. Pairs that
            are repeated elsewhere cannot change the crosstab and are not looked for.
    """
    table = _with_ids(ratings, [user, item], [rating])
    values = check_numbers(table[rating], f"column {rating!r}")
    users = _top_counts(table[user], n_users, "n_users").index.sort_values()
    items = _top_counts(table[item], n_items, "n_items").index.sort_values()
    by_user, by_item = users.get_indexer(table[user]), items.get_indexer(table[item])
    near = table[(by_user >= 0) | (by_item >= 0)]
    repeated = near.duplicated([user, item])
    if repeated.any():
        first_user, first_item = (near[k][repeated].tolist()[0] for k in (user, item))
        raise ValueError(
            f"user {first_user!r} rated item {first_item!r} more than once; "
            f"{repeated.sum()} of the rows of the crosstab's users and items repeat a "
            f"({user!r}, {item!r}) pair"
        )
    inside = (by_user >= 0) & (by_item >= 0)
    cells = np.full((n_users, n_items), np.nan)
    cells[by_user[inside], by_item[inside]] = values[inside]
    return pd.DataFrame(cells, index=users, columns=items)


def _with_ids(ratings, ids, others=()):
    table = check_columns(ratings, [*ids, *others])
    if len(table) == 0:
        raise ValueError("ratings has no rows")
    for name in ids:
        table[name] = check_ids(table[name], f"column {name!r}")
    return table


def _top_counts(column, n, name):
    # Sorted by id first: a stable sort by count then leaves ties in that order.
    counts = column.value_counts(sort=False).sort_index()
    counts = counts.sort_values(ascending=False, kind="stable")
    if check_whole(n, name) > len(counts):
        raise ValueError(
            f"{name} must be between 1 and {len(counts)}, as many as {column.name!r} "
            f"has distinct ids, not {n}"
        )
    return counts.head(n).rename("ratings")
