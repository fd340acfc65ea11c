"""Ratings table → train, validation: three ways, for three questions."""

import numpy as np


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

    A user or a movie may end up in `valid` only; of a handful of rows, either table
    may be empty.

    Raises:
        ValueError: `ratings` is empty, or `train_fraction` is outside (0, 1).
        TypeError: `rng` is not a random generator.
    """
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise TypeError(
            f"rng must be a generator, for example np.random.default_rng(42), not "
            f"{rng!r}"
        )
    if not 0 < train_fraction < 1:
        raise ValueError(
            f"train_fraction must be between 0 and 1, not {train_fraction!r}"
        )
    if len(ratings) == 0:
        raise ValueError("ratings has no rows to split")
    in_train = rng.random(len(ratings)) < train_fraction
    return ratings[in_train], ratings[~in_train]


def user_split(ratings, valid_fraction=0.1, *, user="userId", time="timestamp"):
    """Send the latest ratings of each user to the validation rows.

    Of a user with n ratings, the last `valid_fraction * n` (rounded down, but at least
    one) are validated; of a user with a single rating, none. Ratings of the same second
    count as given in the order of the rows.

    Args:
        ratings: a DataFrame with the columns `user` and `time`.
        valid_fraction: strictly between 0 and 1.

    Returns:
        `(train, valid)` as in `random_split`. Every user is in `train`; a movie may be
        in `valid` only.

    Raises:
        ValueError: `ratings` is empty, a column is missing or has missing values, or
            `valid_fraction` is outside (0, 1).
    """
    _check(ratings, valid_fraction, [user, time])
    by_time = ratings[[user]].reset_index(drop=True)
    by_time = by_time.iloc[np.argsort(ratings[time].to_numpy(), kind="stable")]
    ratings_of_user = by_time.groupby(user)
    from_the_end = ratings_of_user.cumcount(ascending=False)  # 0 is the latest
    n = ratings_of_user[user].transform("size")
    n_valid = (valid_fraction * n).round(6).astype(int).clip(lower=1).where(n > 1, 0)
    in_valid = (from_the_end < n_valid).sort_index().to_numpy()
    return ratings[~in_valid], ratings[in_valid]


def time_split(ratings, valid_fraction=0.2, *, time="timestamp"):
    """Send all ratings from one moment on to the validation rows.

    The moment is chosen so that about `valid_fraction` of the rows are later; ratings
    of that very second are validated, all of them.

    Args:
        ratings: a DataFrame with the column `time`.
        valid_fraction: strictly between 0 and 1.

    Returns:
        `(train, valid)` as in `random_split`; no rating in `train` is later than one in
        `valid`. Many users and movies are in `valid` only.

    Raises:
        ValueError: `ratings` is empty, the column is missing or has missing values,
            `valid_fraction` is outside (0, 1), or no moment divides the rows.
    """
    _check(ratings, valid_fraction, [time])
    moments = np.sort(ratings[time].to_numpy())
    # Rounded first: with floats, a tenth of 10 rows can be 0.9999….
    n_train = int(round((1 - valid_fraction) * len(moments), 6))
    moment = moments[min(n_train, len(moments) - 1)]
    in_valid = (ratings[time] >= moment).to_numpy()
    if in_valid.all():
        raise ValueError(
            f"no row is earlier than {moment}: nothing is left to train on"
        )
    return ratings[~in_valid], ratings[in_valid]


def _check(ratings, valid_fraction, columns):
    if not 0 < valid_fraction < 1:
        raise ValueError(
            f"valid_fraction must be between 0 and 1, not {valid_fraction!r}"
        )
    if len(ratings) == 0:
        raise ValueError("ratings has no rows to split")
    for column in columns:
        if column not in ratings.columns:
            raise ValueError(
                f"ratings has no column {column!r}; it has {list(ratings.columns)}"
            )
        if ratings[column].isna().any():
            raise ValueError(f"column {column!r} has missing values")
