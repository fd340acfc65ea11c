"""Ratings table → train, validation: three ways, for three questions.

>>> import pandas as pd
>>> from collab.split import user_split
>>> ratings = pd.DataFrame({"userId": [7, 7, 7, 3], "timestamp": [20, 30, 10, 40]})
>>> train, valid = user_split(ratings)  # what user 7 said last
>>> train.index.tolist(), valid.index.tolist()
([0, 2, 3], [1])
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import (
    Seed,
    check_columns,
    check_ids,
    check_numbers,
    check_seed,
    check_times,
    check_whole,
)

DAY = 86_400  # seconds
YEAR = 365 * DAY
SITTING = 3 * 3600  # seconds without a rating that end a sitting


def random_split(
    ratings: pd.DataFrame, train_fraction: float = 0.8, *, seed: Seed
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Send each rating to the training rows with probability `train_fraction`.

    One uniform number is drawn per row and compared with the fraction, as in the
    original notebook's `np.random.rand(len(ratings)) < 0.8`. So the number of training
    rows is only about `train_fraction * len(ratings)`.

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
    _check_fraction(train_fraction, "train_fraction")
    _check_rows(ratings, [])
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
    _check_fraction(valid_fraction, "valid_fraction")
    table = _check_rows(ratings, [user, time])
    moments = check_times(table[time], f"column {time!r}")
    rows, _ = pd.factorize(check_ids(table[user], f"column {user!r}"))
    order = np.lexsort([moments, rows])  # by user, then by time, then as given
    n = np.bincount(rows)
    # Rounded first: with floats, 0.29 * 100 is 28.999999999999996.
    n_valid = (valid_fraction * n).round(6).astype("int64").clip(1)
    n_valid = np.minimum(n_valid, n - 1)  # one rating of each user is for training
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
    _check_fraction(valid_fraction, "valid_fraction")
    table = _check_rows(ratings, [time])
    moments = check_times(table[time], f"column {time!r}")
    # Rounded first: with floats, a tenth of 10 rows can be 0.9999….
    n_train = int(round((1 - valid_fraction) * len(moments), 6))
    place = min(n_train, len(moments) - 1)
    in_valid = moments >= np.partition(moments, place)[place]
    if in_valid.all():
        first = table[time].iloc[moments.argmin()]
        raise ValueError(f"no row is earlier than {first}: nothing is left to train on")
    return ratings[~in_valid], ratings[in_valid]


def inner_tenths(
    n: int, rng: np.random.Generator | np.random.RandomState
) -> list[np.ndarray]:
    """Which of n training rows to hold out, to judge a setting by: arrays of positions.

    One tenth; of small tables up to five, until 5,000 rows are held out; none of fewer
    than ten rows.
    """
    order, size = rng.permutation(n), n // 10
    n_parts = min(5, -(-5_000 // size)) if size else 0
    return [order[k * size : (k + 1) * size] for k in range(n_parts)]


def rolling_questions(
    ratings: pd.DataFrame,
    shares: ArrayLike,
    *,
    ask: str = "return",
    least: int = 5,
    n_next: int = 10,
    user: str = "userId",
    item: str = "movieId",
    time: str = "timestamp",
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """As time goes on: what a fit may know, and whom it is asked about until the next.

    The cuts are the moments before which these shares of the rows were given. A fit at
    a cut knows what came before it, from everybody. The questions of a cut are moments
    from there to the next cut, or to the end, each of one user who has rated at least
    `least` items before it. What such a user rated between the cut and the moment is
    known when the list is made (folded in), not when the model is fitted.

    Args:
        ratings: a DataFrame with the three columns. Ratings of one moment come in the
            order of the rows: shuffle these where that order means nothing.
        shares: ascending numbers between 0 and 1, such as (0.5, 0.6, 0.7).
        ask: which moments. "return": the user has been away for a day or more.
            "sitting": the user has rated 5, 10, 20, 40, … items in all, the last one at
            most three hours ago.
        least: how many items a user must have rated before, at least 1.
        n_next: how many items, from that moment on, are to be found.

    Returns:
        An iterator of `(train, questions)` for each cut: rows of `ratings`, and a
        DataFrame with a row for each question: `user`, `time` in seconds, "before" and
        "next" (lists of item ids in the order of time; a "next" is never empty).

    Raises:
        ValueError: a share is not between 0 and 1 or they do not ascend, no row comes
            before a cut, or `ask` is something else.
    """
    if ask not in ("return", "sitting"):
        raise ValueError(f"ask must be 'return' or 'sitting', not {ask!r}")
    least, n_next = check_whole(least, "least"), check_whole(n_next, "n_next")
    shares = check_numbers(shares, "shares")
    if not (((shares > 0) & (shares < 1)).all() and (np.diff(shares) > 0).all()):
        raise ValueError(
            f"shares must ascend, each between 0 and 1, not {shares.tolist()}"
        )
    table = _check_rows(ratings, [user, item, time])
    moments = check_times(table[time], f"column {time!r}")
    for column in (user, item):
        check_ids(table[column], f"column {column!r}")
    ranked = np.sort(moments)
    cuts = ranked[(shares * len(ranked)).round(6).astype(int)]
    if cuts[0] == ranked[0]:
        raise ValueError("no row comes before the first cut: raise the first share")
    order = np.argsort(moments, kind="stable")
    lives = [
        (who, moments[own.index], own[item].tolist())
        for who, own in table.iloc[order].groupby(user, sort=True)
    ]

    def questions(cut, end):
        rows = [
            [who, when[k], items[:k], items[k : k + n_next]]
            for who, when, items in lives
            for k in _moments(when, cut, end, ask)
            if k >= least
        ]
        return pd.DataFrame(rows, columns=[user, time, "before", "next"])

    ends = zip(cuts, [*cuts[1:], np.inf], strict=True)
    return ((ratings[moments < cut], questions(cut, end)) for cut, end in ends)


def _moments(when, cut, end, ask):
    """How many ratings a user has given before each question from `cut` to `end`."""
    first, last = np.searchsorted(when, [cut, end])
    gaps = np.diff(when, prepend=-np.inf)
    fits = gaps >= DAY
    if ask == "sitting":
        number = np.arange(len(when)) / 5  # of ratings before: 5, 10, 20, 40, …
        fits = np.isin(number, 2.0 ** np.arange(30)) & (gaps <= SITTING)
    return first + np.flatnonzero(fits[first:last])


def _check_fraction(fraction, name):
    number = isinstance(fraction, (int, float, np.number))
    if not (number and 0 < fraction < 1):
        raise ValueError(f"{name} must be between 0 and 1, not {fraction!r}")


def _check_rows(ratings, columns):
    table = check_columns(ratings, columns)
    if len(table) == 0:
        raise ValueError("ratings has no rows to split")
    return table
