"""Predictions, truth → errors in stars; lists, truth → how good the lists are."""

import itertools
from collections import Counter

import numpy as np
import pandas as pd


def mse(actual, predicted):
    """Mean squared error: the mean of (actual - predicted)², in stars².

    Args:
        actual, predicted: two 1-D arrays or Series of the same length n ≥ 1. Two
            Series must have the same index in the same order.

    Returns:
        A float, at least 0; 0 only if every prediction is exact.

    Raises:
        ValueError: no rows; NaN or infinity; another shape than (n,), such as the
            (n, 1) of a Keras prediction (the difference would be an n × n table);
            different lengths or indexes.
    """
    errors = _errors(actual, predicted)
    return float(np.mean(errors**2))


def rmse(actual, predicted):
    """Root mean squared error: √MSE, in stars. Arguments and errors as in `mse`.

    The size of a typical error, where one of 2 stars weighs as much as four of 1 star.
    """
    return mse(actual, predicted) ** 0.5


def mae(actual, predicted):
    """Mean absolute error: the mean of |actual - predicted|, in stars.

    Arguments and errors as in `mse`. Every star of error weighs the same; never more
    than the RMSE.
    """
    return float(np.mean(np.abs(_errors(actual, predicted))))


def recall_at_k(recommended, relevant, k=10):
    """The share of the relevant items that are among the first k: hits / |relevant|.

    Args:
        recommended: item ids, the best first. Fewer than k are no error: the places
            that are left are misses. Empty: 0. What comes first among items with equal
            scores is for whoever made the list to say (`recommend.top_n`: the smaller
            id).
        relevant: the ids that should be found, in any order, at least one.
        k: at least 1.

    Returns:
        A float between 0 and 1. With more than k relevant items, 1 is out of reach.

    Raises:
        ValueError: nothing is relevant (0 / 0; leave such a user out), an id occurs
            twice in `recommended`, or k is below 1; or one of the two is a Series of
            floats, which are scores or stars and no ids.
        TypeError: k is not a whole number.
    """
    hits, n_relevant = _hits(recommended, relevant, k)
    return float(hits.sum() / n_relevant)


def ndcg_at_k(recommended, relevant, k=10):
    """Normalised discounted cumulative gain: hits count more the higher they stand.

        DCG  = Σ over the hits 1 / log2(place + 1)
        nDCG = DCG / (DCG of a perfect list)

    A perfect list begins with min(k, |relevant|) relevant items. Arguments and errors
    as in `recall_at_k`.

    Returns:
        A float between 0 and 1; 1 only for a perfect list.

    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques"
    (ACM TOIS, 2002), with the discount log2(place + 1) of TREC and binary gains.
    """
    hits, n_relevant = _hits(recommended, relevant, k)
    discounts = 1 / np.log2(np.arange(k) + 2)
    return float(discounts[: len(hits)] @ hits / discounts[:n_relevant].sum())


def mean_interval(values):
    """The mean of independent values, and the half-width of its 95 % interval.

        mean ± 1.96 · standard deviation / √n

    Args:
        values: at least two finite numbers, one per user, say.

    Returns:
        `(mean, half_width)`, floats in the unit of the values.

    Raises:
        ValueError: fewer than two values, or NaN or infinity.
    """
    values = np.asarray(values, dtype="float64")
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values must be 2 or more, not of shape {values.shape}")
    if not np.isfinite(values).all():
        n_wrong = np.sum(~np.isfinite(values))
        raise ValueError(
            f"values has {n_wrong} NaN or infinite values of {len(values)}"
        )
    half_width = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half_width)


def coverage(lists, n_items):
    """The share of a catalogue of `n_items` that at least one list shows.

    Raises:
        ValueError: no lists, they show more items than there are, or one is a Series
            of floats, which are scores and no ids.
        TypeError: `n_items` is not a whole number.
    """
    n_items = _whole(n_items, "n_items")
    shown = len({item for items in lists for item in _ids(items, "a list")})
    if not 0 < shown <= n_items:
        raise ValueError(f"the lists show {shown} items of {n_items}")
    return shown / n_items


def shared(lists):
    """How alike two lists are: the share of items in common, over all pairs of lists.

    Args:
        lists: two or more sequences of the same length, at least 1, each of different
            ids.

    Returns:
        A float: 0 if no item is on two lists, 1 if all lists hold the same.

    Raises:
        ValueError: fewer than two lists, empty ones, different lengths, an id twice in
            one list, or a Series of floats, which are scores and no ids.
    """
    lists = [_ids(items, "a list") for items in lists]
    lengths = {len(items) for items in lists}
    if len(lists) < 2 or len(lengths) != 1 or lengths == {0}:
        raise ValueError(
            "lists must be 2 or more of the same length, at least 1; these are "
            f"{len(lists)} of the lengths {sorted(lengths)}"
        )
    (length,) = lengths
    if any(len(set(items)) < length for items in lists):
        raise ValueError("an item occurs twice in one list")
    # An item on c lists is in common to c (c - 1) / 2 pairs of them.
    on_lists = Counter(itertools.chain.from_iterable(lists)).values()
    pairs = len(lists) * (len(lists) - 1)
    return float(sum(c * (c - 1) for c in on_lists) / pairs / length)


def _hits(recommended, relevant, k):
    """Which of the first k are relevant, as booleans; how many items are relevant."""
    k = _whole(k, "k")
    recommended = _ids(recommended, "recommended")
    relevant = set(_ids(relevant, "relevant"))
    if not relevant:
        raise ValueError("no item is relevant: leave this user out")
    if len(set(recommended)) < len(recommended):
        raise ValueError("an item is recommended twice")
    return np.array([i in relevant for i in recommended[:k]], bool), len(relevant)


def _ids(values, name):
    if isinstance(values, pd.Series) and values.dtype.kind == "f":
        raise ValueError(f"{name} is a Series of floats, not of ids; give its index")
    return list(values)


def _whole(value, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, not {value}")
    return int(value)


def _errors(actual, predicted):
    both_series = isinstance(actual, pd.Series) and isinstance(predicted, pd.Series)
    if both_series and not actual.index.equals(predicted.index):
        raise ValueError(
            "actual and predicted have different indexes: row k of one is not row k of "
            "the other"
        )
    arrays = []
    for name, values in [("actual", actual), ("predicted", predicted)]:
        values = np.asarray(values, dtype="float64")
        if values.ndim != 1:
            raise ValueError(f"{name} must have the shape (n,), not {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} has {np.sum(~np.isfinite(values))} NaN or infinite values of "
                f"{len(values)}"
            )
        arrays.append(values)
    actual, predicted = arrays
    if len(actual) != len(predicted):
        raise ValueError(
            f"{len(actual)} actual ratings, {len(predicted)} predicted ones"
        )
    if len(actual) == 0:
        raise ValueError("there are no ratings to compare")
    return actual - predicted
