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
        A Series named "ratings": the ids as index, int64 counts, the largest first.

    Ties: equal counts are ordered by ascending id, so that the result depends neither
    on the order of the rows (or of categories) nor on the sort algorithm.

    Raises:
        ValueError: no rows, or `n` out of range.
    """
    table = check_columns(ratings, [column])
    rows, ids = pd.factorize(check_ids(table[column], f"column {column!r}"))
    return _top_counts(rows, ids, column, n, "n")


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
            (user, item) pair twice: two ratings in one cell would have to be summed or
            dropped, and neither is a rating. A pair repeated elsewhere is not looked
            for: counted once, its user and its item would have fewer ratings yet, and
            the crosstab would be the same.
    """
    table = check_columns(ratings, [user, item, rating])
    stars = check_numbers(table[rating], f"column {rating!r}")
    top_users, by_user = _top_ids(table[user], user, n_users, "n_users")
    top_items, by_item = _top_ids(table[item], item, n_items, "n_items")
    _refuse_repeats(table[(by_user >= 0) | (by_item >= 0)], user, item)
    cells = np.full((len(top_users), len(top_items)), np.nan)
    inside = (by_user >= 0) & (by_item >= 0)
    cells[by_user[inside], by_item[inside]] = stars[inside]
    return pd.DataFrame(cells, index=top_users, columns=top_items)


def _top_ids(values, column, n, name):
    """The top ids in ascending order, and each row's place among them, or -1."""
    rows, ids = pd.factorize(check_ids(values, f"column {column!r}"))
    top = _top_counts(rows, ids, column, n, name).index.sort_values()
    return top, top.get_indexer(ids)[rows]


def _top_counts(rows, ids, column, n, name):
    if len(rows) == 0:
        raise ValueError("ratings has no rows")
    counts = pd.Series(np.bincount(rows), index=pd.Index(ids, name=column))
    # Sorted by id first: a stable sort by count then leaves ties in that order.
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    n = check_whole(n, name)
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
