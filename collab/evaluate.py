"""Lists, truth → recall, nDCG, coverage, overlap.

>>> import pandas as pd
>>> from collab.evaluate import judge, top_lists
>>> scores = pd.DataFrame([[3, 1, 2], [0, 5, 4.0]], [7, 8], [50, 20, 90])
>>> lists = top_lists(scores, 2, {7: [50], 8: []})
>>> lists
{7: [90, 20], 8: [20, 90]}
>>> judge(lists, {7: [20], 8: [20, 50]})["ndcg"].round(2).to_dict()
{7: 0.63, 8: 0.61}
"""

import math
import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import check_id_list, check_ids, check_whole

# Sequences of ids, alone or by user.
Lists = Sequence | dict | pd.Series


def recall_at_k(
    recommended: ArrayLike, relevant: ArrayLike | set, k: int = 10
) -> float:
    """The share of the relevant items that are among the first k: hits / |relevant|.

    Args:
        recommended: item ids, the best first. Of fewer than k, the places that are left
            are misses. Empty: 0.
        relevant: the ids that should be found, in any order, at least one. Twice
            relevant is relevant.

    Returns:
        A float between 0 and 1. With more than k relevant items, 1 is out of reach.

    Raises:
        ValueError: nothing is relevant, or an id occurs twice in `recommended`.
    """
    return _recall_and_ndcg(recommended, relevant, k)[0]


def ndcg_at_k(recommended: ArrayLike, relevant: ArrayLike | set, k: int = 10) -> float:
    """Normalised discounted cumulative gain: hits count more the higher they stand.

        DCG  = Σ over the hits 1 / log2(place + 1)
        nDCG = DCG / (DCG of a perfect list)

    A perfect list begins with min(k, |relevant|) relevant items. Arguments and errors
    as in `recall_at_k`.

    Returns:
        A float between 0 and 1; exactly 1 for a perfect list and for no other.

    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques"
    (ACM TOIS, 2002), with the discount log2(place + 1) of TREC and binary gains.
    """
    return _recall_and_ndcg(recommended, relevant, k)[1]


def coverage(lists: Lists, n_items: int) -> float:
    """The share of a catalogue of `n_items` that at least one list shows.

    Args:
        lists: sequences of ids, or a dict or Series of such sequences by user.

    Raises:
        ValueError: no lists, or they show more items than there are.
    """
    n_items = check_whole(n_items, "n_items")
    shown = len(set(chain.from_iterable(_lists(lists))))
    if not 0 < shown <= n_items:
        raise ValueError(f"the lists show {shown} items of {n_items}")
    return shown / n_items


def mean_overlap(lists: Lists) -> float:
    """How alike two lists are: the share of items in common, over all pairs of lists.

        Σ over the pairs |A ∩ B| / Σ over the pairs min(|A|, |B|)

    For lists of one length this is the mean over the pairs of |A ∩ B| / length.

    Args:
        lists: sequences of ids, or a dict or Series of such sequences by user.

    Returns:
        A float: 0 if no item is on two lists, 1 if all lists hold the same.

    Raises:
        ValueError: fewer than two lists that hold an item, or an id twice in one list.
    """
    lists = _lists(lists)
    lengths = sorted(map(len, lists), reverse=True)
    if sum(length > 0 for length in lengths) < 2:
        raise ValueError(
            f"two or more lists with an item are needed; these are {len(lists)}, of "
            f"the lengths {sorted(set(lengths))}"
        )
    if any(len(set(items)) < len(items) for items in lists):
        raise ValueError("an item occurs twice in one list")
    # An item on c lists is in common to c (c - 1) / 2 pairs of them, and the list at
    # place j of the lengths, the longest first, is the shorter one of j pairs.
    on_lists = Counter(chain.from_iterable(lists)).values()
    common = sum(c * (c - 1) // 2 for c in on_lists)
    return common / sum(j * length for j, length in enumerate(lengths))


def top_lists(
    scores: Any,
    n: int = 10,
    seen: dict | pd.Series | None = None,
    *,
    users: ArrayLike | None = None,
    items: ArrayLike | None = None,
) -> dict[Any, list]:
    """The n best of each user's scores, the best first, without what they have seen.

    Args:
        scores: a DataFrame, users × items by their ids; or an array or a sparse table,
            users × items. -inf is never listed, NaN is refused. What is too large to be
            there as a whole can be listed in parts, some users at a time.
        n: a list is shorter where less is left.
        seen: a dict or Series by user of the ids to leave out. A user who is not in it
            has seen nothing; ids without a score are ignored.
        users, items: the ids of the rows and columns of an array, 0, 1, 2 … unless
            told. A DataFrame has its own.

    Returns:
        A dict by user of lists of item ids; equal scores by ascending id.
    """
    n = check_whole(n, "n")
    if isinstance(scores, pd.DataFrame):
        if users is not None or items is not None:
            raise ValueError("a DataFrame of scores has the ids of users and items")
        users, items = scores.index, scores.columns
        if all(dtype.kind in "iuf" for dtype in scores.dtypes):
            scores = scores.to_numpy("float64", na_value=np.nan)
    elif hasattr(scores, "toarray"):  # sparse
        scores = scores.toarray()
    scores = np.asarray(scores, None if hasattr(scores, "shape") else object)
    if scores.ndim != 2 or scores.dtype.kind not in "iuf":
        raise ValueError(
            f"scores must be numbers, users × items, not {scores.dtype} of shape "
            f"{scores.shape}"
        )
    users = _unique(range(scores.shape[0]) if users is None else users, "users")
    items = _unique(range(scores.shape[1]) if items is None else items, "items")
    if scores.shape != (len(users), len(items)):
        raise ValueError(
            f"scores of {len(users)} users and {len(items)} items have the shape "
            f"{scores.shape}"
        )
    seen = {} if seen is None else _by_user(seen, "seen", users)
    by_id = np.argsort(items, kind="stable")
    columns, lists = pd.Index(items[by_id]), {}
    for user, row in zip(users.tolist(), scores, strict=True):
        row = row[by_id].astype("float64")
        if np.isnan(row).any():
            raise ValueError(f"scores of user {user!r} has NaN")
        if user in seen:
            known = check_id_list(seen[user], f"seen of user {user!r}", columns)
            places = columns.get_indexer(known)
            row[places[places >= 0]] = -np.inf
        lists[user] = columns[best_places(row, n)].tolist()
    return lists


def best_places(row: np.ndarray, n: int) -> np.ndarray:
    """Where the n largest stand, the largest first, equal ones from left to right."""
    if n < len(row):  # sort no more than those that can be among them
        places = np.flatnonzero(row >= np.partition(row, -n)[-n])
    else:
        places = np.arange(len(row))
    places = places[row[places] > -np.inf]
    return places[np.argsort(-row[places], kind="stable")][:n]


def judge(
    lists: dict | pd.Series, truth: dict | pd.Series, k: int = 10
) -> pd.DataFrame:
    """How good each user's list is: recall and nDCG at k.

    Args:
        lists: a dict or Series by user of lists of item ids, the best first.
        truth: a dict or Series by user of the ids that should be found.

    Returns:
        A DataFrame with the columns "recall" and "ndcg" and a row for each user that
        has a truth, in the order of `lists`. A warning tells how many have none and
        are left out.

    Raises:
        ValueError: a user has a truth and no list (to leave them out would judge the
            easy users only), nobody has a truth, or an id is twice in a list.
    """
    lists = _by_user(lists, "lists")
    truth = {
        user: ids
        for user, items in _by_user(truth, "truth", list(lists)).items()
        if len(ids := check_id_list(items, f"the truth of user {user!r}"))
    }
    without = [user for user in truth if user not in lists]
    if without:
        raise ValueError(
            f"{len(without)} users have a truth and no list, such as {without[0]!r}"
        )
    judged = [user for user in lists if user in truth]
    if not judged:
        raise ValueError("no user of the lists has a truth")
    if len(judged) < len(lists):
        left_out = next(user for user in lists if user not in truth)
        warnings.warn(
            f"{len(lists) - len(judged)} of {len(lists)} users have no truth and are "
            f"left out, such as {left_out!r}",
            stacklevel=2,
        )
    found = [_recall_and_ndcg(lists[user], truth[user], k) for user in judged]
    return pd.DataFrame(found, pd.Index(judged, name="user"), ["recall", "ndcg"])


def _recall_and_ndcg(recommended, relevant, k):
    k = check_whole(k, "k")
    relevant = check_id_list(relevant, "relevant")
    recommended = check_id_list(recommended, "recommended", relevant, ordered=True)
    relevant = set(relevant.tolist())
    if not relevant:
        raise ValueError("no item is relevant: leave this user out")
    if len(set(recommended.tolist())) < len(recommended):
        raise ValueError("an item is recommended twice")
    hits = np.array([i in relevant for i in recommended[:k].tolist()], bool)
    discounts = 1 / np.log2(np.arange(k) + 2)
    # fsum: the same terms give the same sum, so that a perfect list is 1 and not more.
    dcg = math.fsum(discounts[: len(hits)][hits])
    ndcg = dcg / math.fsum(discounts[: len(relevant)])
    return float(hits.sum() / len(relevant)), ndcg


def _lists(lists):
    """Lists of ids, each as Python's list; numbers or text, the same in all."""
    if isinstance(lists, dict):
        lists = lists.values()
    elif isinstance(lists, (str, bytes, set, pd.DataFrame)) or not np.iterable(lists):
        raise ValueError(
            "lists must be sequences of ids, or a dict or Series of them by user, not "
            f"{type(lists).__name__}"
        )
    found, known = [], None
    for items in lists:
        ids = check_id_list(items, "a list", known)
        known = ids if len(ids) else known
        found.append(ids.tolist())
    return found


def _by_user(lists, name, users=None):
    """A dict of lists by user; users are ids, of the kind that `users` are."""
    if not isinstance(lists, (dict, pd.Series)):
        kind = type(lists).__name__
        raise ValueError(f"{name} must be a dict or Series of ids by user, not {kind}")
    keys = _unique(list(lists.keys()), f"users of {name}", users)
    values = lists.values() if isinstance(lists, dict) else lists.tolist()
    return dict(zip(keys.tolist(), values, strict=True))


def _unique(values, name, known=None) -> np.ndarray:
    ids = check_ids(values, name, known)
    if len(set(ids.tolist())) < len(ids):
        twice = Counter(ids.tolist()).most_common(1)[0][0]
        raise ValueError(f"{name}: {twice!r} occurs twice")
    return ids
