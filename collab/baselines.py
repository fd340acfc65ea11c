"""Train table → predictions from means and damped biases: what a model has to beat."""

from typing import NamedTuple

import numpy as np
import pandas as pd


def predict_mean(train, table, by=None, *, rating="rating"):
    """The mean training rating: of all rows, or of each user or movie.

    Args:
        train: a DataFrame with the column `rating` (stars), and `by` if given.
        table: the DataFrame to predict.
        by: a column such as "userId": the mean of the rows with the same value. None:
            the mean of all rows.

    Returns:
        float64 of shape (len(table),), in stars. A value of `by` that does not occur in
        `train` gets the mean of all rows: no row is dropped.

    Raises:
        ValueError: a column is missing, `train` is empty or has missing values, or a
            rating is not finite.
    """
    _check(train, [rating] if by is None else [by, rating], rating, "train")
    ratings = train[rating].astype("float64")
    mean = ratings.mean()
    if by is None:
        return np.full(len(table), mean)
    _require(table, [by], "table")
    means = ratings.groupby(train[by]).mean()
    return table[by].map(means).fillna(mean).to_numpy(dtype="float64")


class Biases(NamedTuple):
    """What `fit_biases` learns: stars above or below the mean, by raw id."""

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
        train: a DataFrame with the three columns; ratings in stars.
        user_damping, item_damping: at least 0; the number of imaginary average ratings
            that each user or item starts with. The defaults were chosen on an inner
            split of training rows (lesson 05).
        n_passes: how often to go through both, at least 1.

    Returns:
        `Biases`: the mean μ, and two Series of float64 in stars, indexed by raw id.

    Raises:
        ValueError: a column is missing, `train` is empty or has missing values, a
            rating is not finite, a damping is negative, or `n_passes` is below 1.

    Source: Koren, "Factor in the Neighbors" (ACM TKDD, 2010), section 2.1 (one pass).
    """
    _check(train, [user, item, rating], rating, "train")
    if not (user_damping >= 0 and item_damping >= 0):
        raise ValueError(
            f"user_damping={user_damping} and item_damping={item_damping} "
            "must be 0 or more"
        )
    if n_passes < 1:
        raise ValueError(f"n_passes must be 1 or more, not {n_passes}")
    ratings = train[rating].astype("float64")
    mean = ratings.mean()
    off_mean = ratings - mean
    of_user = 0.0
    for _ in range(n_passes):
        item_bias = _damped(off_mean - of_user, train[item], item_damping)
        of_item = train[item].map(item_bias)
        user_bias = _damped(off_mean - of_item, train[user], user_damping)
        of_user = train[user].map(user_bias)
    return Biases(mean, user_bias, item_bias)


def predict_biases(biases, table, *, user="userId", item="movieId"):
    """μ + b_u + b_i for every row of `table`.

    Returns:
        float64 of shape (len(table),), in stars, not clipped. A user or an item that
        was not in the training rows counts as average: its bias is 0.

    Raises:
        ValueError: a column is missing.
    """
    _require(table, [user, item], "table")
    of_user = table[user].map(biases.user).fillna(0.0)
    of_item = table[item].map(biases.item).fillna(0.0)
    return (biases.mean + of_user + of_item).to_numpy(dtype="float64")


def _damped(values, ids, damping):
    sums = values.groupby(ids).agg(["sum", "size"])
    return sums["sum"] / (sums["size"] + damping)


def _require(table, columns, where):
    for column in columns:
        if column not in table.columns:
            raise ValueError(
                f"{where} has no column {column!r}; it has {list(table.columns)}"
            )


def _check(train, columns, rating, where):
    _require(train, columns, where)
    if len(train) == 0:
        raise ValueError(f"{where} has no rows")
    for column in columns:
        if train[column].isna().any():
            raise ValueError(f"{where}[{column!r}] has missing values")
    if not np.isfinite(train[rating]).all():
        raise ValueError(f"{where}[{rating!r}] has infinite values")
