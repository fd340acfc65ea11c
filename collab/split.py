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

from collab.checks import Seed, check_columns, check_ids, check_seed, check_times


def random_split(
    ratings: pd.DataFrame, train_fraction: float = 0.8, *, seed: Seed
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send each rating to the training rows with probability `train_fraction`.

    One uniform number is drawn per row and compared with the fraction, as in the
    original notebook's `np.random.rand(len(ratings)) < 0.8`; so the number of
    training rows is only about `train_fraction * len(ratings)`.

    Args:
        ratings: of any columns and index.
        train_fraction: strictly between 0 and 1.
        seed: the same number, or a generator in the same state, gives the same split.

    Returns:
        `(train, valid)`: two DataFrames that together hold every row exactly once,
        each in the original order with the original index.

    A user or an item may end up in `valid` only; of a handful of rows, either table
    may be empty.
    """
    _check(ratings, [], train_fraction, "train_fraction")
    in_train = check_seed(seed, "seed").random(len(ratings)) < train_fraction
    return ratings[in_train], ratings[~in_train]


def user_split(
    ratings: pd.DataFrame,
    valid_fraction: float = 0.1,
    *,
    user: str = "userId",
    time: str = "timestamp",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send the latest ratings of each user to the validation rows.

    Of a user with n ratings, the last `valid_fraction * n` (rounded down, but at least
    one) are validated; of a user with a single rating, none. Ratings of the same moment
    count as given in the order of the rows.

    Args:
        ratings: with the columns `user` and `time` (numbers or dates).
        valid_fraction: strictly between 0 and 1.

    Returns:
        `(train, valid)` as in `random_split`. Every user is in `train`; an item may be
        in `valid` only.
    """
    table = _check(ratings, [user, time], valid_fraction, "valid_fraction")
    moments = check_times(table[time], f"column {time!r}")
    rows, _ = pd.factorize(check_ids(table[user], f"column {user!r}"))
    order = np.lexsort([moments, rows])  # by user, then by time, then as given
    n = np.bincount(rows)
    # Rounded first: with floats, 0.29 * 100 is 28.999999999999996.
    n_valid = (valid_fraction * n).round(6).astype("int64")
    n_valid = np.where(n > 1, n_valid.clip(min=1), 0)
    from_the_end = np.repeat(n.cumsum(), n) - np.arange(len(rows))  # 1 is the latest
    in_valid = np.empty(len(rows), dtype=bool)
    in_valid[order] = from_the_end <= np.repeat(n_valid, n)
    return ratings[~in_valid], ratings[in_valid]


def time_split(
    ratings: pd.DataFrame, valid_fraction: float = 0.2, *, time: str = "timestamp"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send all ratings from one moment on to the validation rows.

    The moment is chosen so that about `valid_fraction` of the rows are later; ratings
    of that very moment are validated, all of them.

    Args:
        ratings: with the column `time` (numbers or dates).
        valid_fraction: strictly between 0 and 1.

    Returns:
        `(train, valid)` as in `random_split`; no rating in `train` is later than one in
        `valid`. Many users and items are in `valid` only.

    Raises:
        ValueError: no moment divides the rows.
    """
    table = _check(ratings, [time], valid_fraction, "valid_fraction")
    moments = check_times(table[time], f"column {time!r}")
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
    table = check_columns(ratings, columns)
    if len(table) == 0:
        raise ValueError("ratings has no rows to split")
    return table
