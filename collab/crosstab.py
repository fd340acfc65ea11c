"""Ratings table → the most active users × the most rated items."""

import operator

import pandas as pd


def top_counts(ratings, column, n=15):
    """The `n` most frequent values of a column, and how often each occurs.

    Args:
        ratings: a DataFrame with one row per rating.
        column: the column to count by, for example "userId".
        n: how many values to keep, between 1 and the number of distinct values.

    Returns:
        A Series named "ratings": the values as index, int64 counts, the largest
        first.

    Ties: equal counts are ordered by ascending id, so that the result depends neither
    on the order of the rows nor on the sort algorithm.

    Raises:
        ValueError: no such column, no rows, a missing value, or `n` out of range.
    """
    return _top_counts(ratings, column, n, "n")


def _top_counts(ratings, column, n, name):
    _require_columns(ratings, [column])
    if ratings[column].isna().any():
        raise ValueError(f"column {column!r} has missing values")
    # Grouping sorts by id; a stable sort by count then leaves ties in that order.
    counts = ratings.groupby(column).size().rename("ratings")
    counts = counts.sort_values(ascending=False, kind="stable")
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {n!r}") from None
    if not 1 <= n <= len(counts):
        raise ValueError(
            f"{name} must be between 1 and {len(counts)}, as many as {column!r} has "
            f"distinct values, not {n}"
        )
    return counts.head(n)


def rating_crosstab(
    ratings, n_users=15, n_movies=15, *, user="userId", item="movieId", rating="rating"
):
    """The ratings that the most active users gave to the most rated items.

    Args:
        ratings: a DataFrame with one row per (user, item) pair.
        n_users, n_movies: the size of the crosstab; ties as in `top_counts`.
        user, item, rating: the names of the columns.

    Returns:
        A DataFrame of float64 in the unit of the ratings (stars), `n_users` rows by
        `n_movies` columns, both in ascending order of id. NaN where there is no
        rating; a user with none among these items keeps a row of NaN.

    Raises:
        ValueError: a column is missing, the table is empty, a size is out of range,
            a rating is NaN, or a (user, item) pair occurs twice: two ratings in one
            cell would have to be summed or dropped, and neither is a rating.
    """
    _require_columns(ratings, [user, item, rating])
    top_users = _top_counts(ratings, user, n_users, "n_users").index
    top_movies = _top_counts(ratings, item, n_movies, "n_movies").index
    if not pd.api.types.is_numeric_dtype(ratings[rating]):
        raise ValueError(
            f"column {rating!r} must be numbers, not {ratings[rating].dtype}"
        )
    repeated = ratings.duplicated([user, item])
    if repeated.any():
        first_user, first_item = (
            ratings[repeated][key].tolist()[0] for key in (user, item)
        )
        raise ValueError(
            f"user {first_user!r} rated item {first_item!r} more than once; "
            f"{repeated.sum()} rows repeat a ({user!r}, {item!r}) pair"
        )
    cells = ratings[ratings[user].isin(top_users) & ratings[item].isin(top_movies)]
    if cells[rating].isna().any():
        raise ValueError(
            f"column {rating!r} has NaN, which here means 'not rated': "
            "drop those rows first"
        )
    table = cells.pivot(index=user, columns=item, values=rating)
    return table.reindex(
        index=top_users.sort_values(), columns=top_movies.sort_values()
    ).astype("float64")


def _require_columns(ratings, columns):
    if not isinstance(ratings, pd.DataFrame):
        raise ValueError(f"ratings must be a DataFrame, not {type(ratings).__name__}")
    for column in columns:
        if column not in ratings.columns:
            raise ValueError(
                f"ratings has no column {column!r}; it has {list(ratings.columns)}"
            )
    if len(ratings) == 0:
        raise ValueError("ratings has no rows")
