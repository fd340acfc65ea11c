"""Ratings in time → what is new and popular, what follows what; scores added up.

>>> import pandas as pd
>>> from collab.recent import add_scores, fresh_popularity, latest_first, what_follows
>>> columns = ["user_row", "item_row", "timestamp"]
>>> ratings = pd.DataFrame([[0, 0, 10], [0, 1, 20], [1, 0, 30], [1, 1, 40]])
>>> ratings = ratings.set_axis(columns, axis=1)
>>> fresh = fresh_popularity(ratings, 3, [50], window=15, fade=20)
>>> fresh.round(2).tolist()  # both once of late; item 1 is newer
[[0.22, 0.37, 0.0]]
>>> follows = what_follows(ratings, 3, damping=0)
>>> after = latest_first([[0]], 3) @ follows  # after item 0 comes item 1
>>> after.toarray().tolist()
[[0.0, 1.0, 0.0]]
>>> add_scores([(1, fresh), (1, after.toarray())], place=1).round(2).tolist()
[[0.61, 2.0, 0.0]]
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from collab.checks import (
    check_columns,
    check_ids,
    check_positive,
    check_row_numbers,
    check_times,
    check_whole,
)
from collab.implicit import check_pairs
from collab.split import YEAR


def fresh_popularity(
    ratings: pd.DataFrame,
    n_items: int,
    now: ArrayLike,
    *,
    window: float = YEAR,
    fade: float | None = YEAR,
    item: str = "item_row",
    time: str = "timestamp",
) -> np.ndarray:
    """How often each item was rated of late, the newer the item the more it counts.

        score(i, now) = |ratings of i in the window before now| · e^(-age / fade)

    Args:
        ratings: a DataFrame with the columns `item` (row numbers 0 … n_items-1) and
            `time`.
        now: the moments at which lists are made. One after the last rating counts as
            just after it: no window lies where nothing is known.
        window: how far back ratings are counted, above 0, in seconds.
        fade: the age, since the item's first rating, at which it counts e⁻¹: seconds,
            above 0. None: age does not matter.

    Returns:
        float64 of shape (moments, n_items); 0 for what was not rated in the window.
    """
    n_items = check_whole(n_items, "n_items")
    window = check_positive(window, "window")
    fade = None if fade is None else check_positive(fade, "fade")
    table = check_columns(ratings, [item, time])
    items = check_row_numbers(table[item], f"column {item!r}", n_items)
    times = check_times(table[time], f"column {time!r}")
    order = np.argsort(times, kind="stable")
    items, times = items[order], times[order]
    now = check_times(now, "now")
    if len(times):
        now = np.minimum(now, np.nextafter(times[-1], np.inf))
    starts, stops = np.searchsorted(times, [now - window, now])
    scores = np.zeros((len(now), n_items))
    for row, start, stop in zip(scores, starts, stops, strict=True):
        row += np.bincount(items[start:stop], minlength=n_items)
    if fade is not None:
        first = np.full(n_items, np.inf)
        np.minimum.at(first, items, times)
        age = np.maximum(now[:, None] - first, 0)  # 0 where it is not there yet
        scores *= np.exp(-age / fade)
    return scores


def what_follows(
    ratings: pd.DataFrame,
    n_items: int,
    *,
    reach: int = 30,
    damping: float = 10.0,
    user: str = "user_row",
    item: str = "item_row",
    time: str = "timestamp",
) -> sparse.csr_array:
    """A Markov table: how often one item came soon after another.

        s(i, j) = Σ over who rated j after i of 1 / places between / (n_i + damping)

    n_i is how often item i was rated. Places further apart than `reach` count nothing.

    Args:
        ratings: a DataFrame with the columns `user` (any ids), `item` (row numbers
            0 … n_items-1) and `time`. Ratings of the same moment count as given in the
            order of the rows.
        damping: at least 0: what was rated once has one follower each, by chance.

    Returns:
        A `scipy.sparse.csr_array` of float64, n_items × n_items: row i holds what
        follows item i, so that `latest_first(histories, n_items) @ table` scores every
        item for every history.

    Raises:
        ValueError: a pair of user and item occurs twice.
    """
    n_items = check_whole(n_items, "n_items")
    reach = check_whole(reach, "reach")
    damping = check_positive(damping, "damping", or_zero=True)
    table = check_columns(ratings, [user, item, time])
    users, _ = pd.factorize(check_ids(table[user], f"column {user!r}"))
    items = check_row_numbers(table[item], f"column {item!r}", n_items)
    check_pairs(users, items)
    order = np.lexsort([check_times(table[time], f"column {time!r}"), users])
    users, items = users[order], items[order]
    follows = sparse.csr_array((n_items, n_items))
    for distance in range(1, min(reach, len(items) - 1) + 1):
        same = users[distance:] == users[:-distance]
        pairs = items[:-distance][same], items[distance:][same]
        shares = np.full(same.sum(), 1 / distance)
        follows += sparse.csr_array((shares, pairs), shape=follows.shape)
    counts = np.bincount(items, minlength=n_items)
    return sparse.diags_array(1 / np.maximum(counts + damping, 1)).tocsr() @ follows


def latest_first(
    histories: Sequence[Sequence[int] | np.ndarray], n_items: int, keep: float = 0.9
) -> sparse.csr_array:
    """Histories as rows: the last item counts 1, the one before it `keep`, then keep².

    Args:
        histories: lists of row numbers of items, oldest first, none twice in one.
        keep: from 0 to 1.

    Returns:
        A `scipy.sparse.csr_array` of float64, histories × n_items.
    """
    n_items = check_whole(n_items, "n_items")
    keep = check_positive(keep, "keep", or_zero=True)
    if keep > 1:
        raise ValueError(f"keep must be at most 1, not {keep}")
    lengths = [len(history) for history in histories]
    items = np.concatenate([np.zeros(0, "int64"), *map(np.asarray, histories)])
    items = check_row_numbers(items, "histories", n_items)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    check_pairs(rows, items)
    n_later = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(items)) - 1
    return sparse.csr_array((keep**n_later, (rows, items)), (len(lengths), n_items))


def add_scores(
    parts: Sequence[tuple[ArrayLike, ArrayLike]], *, place: int = 10
) -> np.ndarray:
    """Several tables of scores as one: brought to one unit, weighed, added.

        score = Σ over the parts weight · scores / the `place`-th highest of its row

    A part whose `place`-th highest score in a row is not above 0 says too little there
    and is left out of that row.

    Args:
        parts: `(weight, scores)` of each part. A weight is a number, or one for each
            row; scores are users × items, of the same shape in all.
        place: the length of the lists that are to be made. Where there are fewer items,
            the lowest score counts.

    Returns:
        float64, users × items.
    """
    place = check_whole(place, "place")
    if not len(parts):
        raise ValueError("parts is empty: there is nothing to add")
    total = np.zeros(np.shape(parts[0][1]))
    for weight, scores in parts:
        scores = np.asarray(scores, dtype="float64")
        alike = scores.ndim == 2 and scores.shape == total.shape
        if not (alike and np.isfinite(scores).all()):
            raise ValueError(
                "scores must be users × items, finite and of one shape in all parts; "
                f"these have the shape {scores.shape}"
            )
        last = min(place, len(scores.T)) - 1
        level = -np.partition(-scores, last)[:, [last]]
        share = np.reshape(weight, (-1, 1)) / np.where(level > 0, level, np.inf)
        total += share * scores
    return total
