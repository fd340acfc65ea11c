"""Tables of ratings of any size, made up with the long tails of MovieLens.

    from made_up import made_up_ratings, write_made_up_ratings

The scripts beside this one import it: what takes long is measured on tables as large as
the largest MovieLens sets, without fetching one.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from collab.checks import check_whole

_COLUMNS = ["userId", "movieId", "rating", "timestamp"]
_ROWS = 1_000_000  # made at a time
_USERS_TAIL, _ITEMS_TAIL = 1.1, 1.6  # standard deviation of the logarithm


def made_up_ratings(n_ratings, *, seed, n_users=None, n_items=None):
    """A table of any size with the long tails of MovieLens.

    How active a user is and how often an item is chosen are log-normal; a user rates
    each item once. A rating is 3.5 + b_u + b_i + p_u · q_i + noise, brought to the half
    stars 0.5 … 5: of its variance biases explain about a third, the six factors about a
    fifth, and half is noise. A user enters all ratings in one sitting.

    Args:
        n_ratings: at least 1.
        seed: whatever `np.random.default_rng` takes.
        n_users: at least 1; None: one for 150 ratings.
        n_items: how many there are to choose from; None: as many more as MovieLens has
            from its small to its largest edition (9,066 for 100,000 ratings, 85,000 for
            32 million).

    Returns:
        A DataFrame with the columns userId, movieId (int64, with gaps: no row numbers),
        rating (float64) and timestamp (int64, seconds since 1970), sorted by user and
        item as MovieLens is.

    Raises:
        ValueError: a number is no whole number or below 1, or the ratings are fewer
            than the users or more than a quarter of all pairs.
    """
    return pd.concat(_blocks(n_ratings, seed, n_users, n_items), ignore_index=True)


def write_made_up_ratings(path, n_ratings, *, seed, n_users=None, n_items=None):
    """`made_up_ratings` as a file, a million rows at a time, whole or not at all.

    Args:
        path: its ending says what it becomes, ".csv" or ".parquet".
        n_ratings, seed, n_users, n_items: as in `made_up_ratings`.

    Returns:
        The path.

    Raises:
        ValueError: as `made_up_ratings`; another ending.
    """
    writers = {".csv": pyarrow.csv.CSVWriter, ".parquet": pyarrow.parquet.ParquetWriter}
    if not isinstance(path, (str, Path)) or Path(path).suffix not in writers:
        raise ValueError(f"path must end in .csv or .parquet, not {path!r:.60}")
    path = Path(path)
    parts = _blocks(n_ratings, seed, n_users, n_items)
    types = [pa.int64(), pa.int64(), pa.float64(), pa.int64()]
    schema = pa.schema(list(zip(_COLUMNS, types, strict=True)))
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with writers[path.suffix](unfinished, schema) as file:
            for part in parts:
                file.write_table(pa.Table.from_pandas(part, schema))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _blocks(n_ratings, seed, n_users, n_items):
    """Check the sizes; then the table, in parts of whole users."""
    n_ratings = check_whole(n_ratings, "n_ratings")
    if n_users is None:
        n_users = max(1, n_ratings // 150)
    if n_items is None:
        n_items = round(9066 * (n_ratings / 100_000) ** 0.387)
    n_users, n_items = check_whole(n_users, "n_users"), check_whole(n_items, "n_items")
    if not n_users <= n_ratings <= n_users * n_items / 4:
        raise ValueError(
            f"n_ratings={n_ratings} must be at least n_users={n_users} and at most a "
            f"quarter of n_users × n_items = {n_users * n_items}"
        )
    return _make(n_ratings, n_users, n_items, np.random.default_rng(seed))


def _make(n_ratings, n_users, n_items, rng):
    n_of_user = _activity(n_ratings, n_users, n_items // 2, rng)
    popularity = np.exp(_ITEMS_TAIL * rng.normal(size=n_items))
    user_ids, item_ids = (rng.integers(1, 5, n).cumsum() for n in (n_users, n_items))
    item_bias = rng.normal(0, 0.5, n_items)
    item_factors = rng.normal(0, 0.45, (n_items, 6))
    part_of_user = n_of_user.cumsum() // _ROWS
    for part in np.unique(part_of_user):
        here = np.flatnonzero(part_of_user == part)
        users, items = _choose(n_of_user[here], popularity, rng)
        user_bias = rng.normal(0, 0.4, len(here))
        user_factors = rng.normal(0, 0.45, (len(here), 6))
        stars = 3.5 + user_bias[users] + item_bias[items]
        stars += np.einsum("nk,nk->n", user_factors[users], item_factors[items])
        stars += rng.normal(0, 0.75, len(users))
        begin = rng.integers(820_000_000, 1_690_000_000, len(here))  # 1996 … 2023
        after = 30 * rng.random(len(users)) * n_of_user[here][users]
        columns = [
            user_ids[here][users],
            item_ids[items],
            np.clip(np.round(2 * stars) / 2, 0.5, 5),
            begin[users] + after.astype("int64"),
        ]
        yield pd.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))


def _activity(n_ratings, n_users, most, rng):
    """How many ratings each user gives: from 1 to `most`, in all `n_ratings`."""
    weight = np.exp(_USERS_TAIL * rng.normal(size=n_users))
    n_of_user = np.ones(n_users, "int64")
    while missing := n_ratings - n_of_user.sum():
        room = np.where(n_of_user < most, weight, 0)
        more = rng.multinomial(missing, room / room.sum())
        n_of_user = np.minimum(n_of_user + more, most)
    return n_of_user


def _choose(n_of_user, popularity, rng):
    """Different items for each user, drawn one after the other by popularity.

    Returns the user (0 … n-1) and the item (0 … n-1) of each pair, sorted.
    """
    n_items = len(popularity)
    # Who takes a large part of all items would draw the same ones again and again: the
    # items "arrive" after exponential times, sooner if popular; the first ones count.
    heavy = n_of_user > n_items // 40
    pairs = []
    for user in np.flatnonzero(heavy):
        arrival = rng.exponential(size=n_items) / popularity
        n = n_of_user[user]
        pairs.append(user * n_items + np.argpartition(arrival, n - 1)[:n])
    missing = np.where(heavy, 0, n_of_user)
    up_to = popularity.cumsum() / popularity.sum()
    up_to[-1] = 1  # not a rounding error less
    drawn = np.array([], "int64")  # by users who lack some yet
    while missing.any():
        users = np.repeat(np.arange(len(missing)), missing)
        items = np.searchsorted(up_to, rng.random(len(users)), side="right")
        drawn = np.sort(np.concatenate([drawn, users * n_items + items]))
        drawn = drawn[np.append(True, drawn[1:] != drawn[:-1])]
        have = np.bincount(drawn // n_items, minlength=len(missing))
        missing = np.where(have, n_of_user - have, 0)
        lacking = missing[drawn // n_items] > 0
        pairs.append(drawn[~lacking])
        drawn = drawn[lacking]
    return np.divmod(np.sort(np.concatenate(pairs)), n_items)
