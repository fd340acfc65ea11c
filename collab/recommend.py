"""`Factors` and ratings → a user's taste (fold-in), scores, the best n not yet seen.

>>> from types import SimpleNamespace
>>> import pandas as pd
>>> from collab.recommend import fold_in, score_items, top_n
>>> factors = SimpleNamespace(
...     mean=3.5,
...     item_bias=pd.Series({50: 0.5, 20: 0.0, 7: -1.0}),
...     item_factors=pd.DataFrame([[1.0], [2.0], [0.0]], index=[50, 20, 7]),
... )
>>> ratings = pd.Series({50: 5.0})
>>> taste = fold_in(factors, ratings, bias_damping=1, factor_damping=2)
>>> top_n(score_items(factors, taste), 2, seen=ratings.index).round(2).to_dict()
{20: 4.3, 7: 2.9}
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from collab.checks import (
    check_ids,
    check_numbers,
    check_positive,
    check_scale,
    check_whole,
)
from collab.factors import check_mean, check_side, ridge_step


def top_n(scores, n=10, *, seen=()):
    """The `n` items with the highest scores, those already seen left out.

    Args:
        scores: a Series of finite numbers by item id.
        n: how many, at least 1.
        seen: item ids to leave out; ids that have no score are ignored.

    Returns:
        A Series of n scores by item id, float64, the highest first; equal ones by
        ascending id. Fewer than n if no more are left, down to an empty one.

    Raises:
        ValueError: `scores` is no Series of finite numbers, or has an id twice; `n` is
            no whole number of 1 or more; `seen` holds what is no id: a mask, a table,
            missing values, text where the scores have numbers, or floats by id, which
            are ratings or scores.
    """
    scores, n = _by_id(scores, "scores"), check_whole(n, "n")
    if isinstance(seen, pd.Series) and seen.dtype.kind == "f":
        raise ValueError("seen is a Series of floats, not of ids; give its index")
    left = scores[~scores.index.isin(check_ids(seen, "seen", known=scores.index))]
    return left.sort_index().sort_values(ascending=False, kind="stable").head(n)


class Taste(NamedTuple):
    """What is known of one user: a bias in the unit of the ratings, and factors."""

    bias: float
    factors: np.ndarray


def fold_in(factors, ratings, *, bias_damping=5.0, factor_damping=5.0, scale=None):
    """A user who is not in the model, from their ratings, without training.

    The items stay as they are. The user's bias b and factors p are those of the ridge
    regression

        minimise  Σ (r_i - μ - b_i - b - p · q_i)²
                  + bias_damping b² + factor_damping |p|²

    over the rated items i: with a row (1, q_i) of X and a residual y_i = r_i - μ - b_i
    for each rating, it is `ridge_step`. Without ratings the answer is b = 0 and p = 0:
    scores are then mean + item bias.

    Args:
        factors: an object with `mean`, `item_bias` (a Series by item id),
            `item_factors` (a DataFrame) and perhaps `scale`, as
            `collab.factors.read_factors` returns.
        ratings: a Series of ratings by item id; it may be empty.
        bias_damping: above 0, in ratings: with 5, the bias of five ratings (and no
            factors) is half of their mean residual.
        factor_damping: above 0, in the unit of |q|²: it is added to the sum of the
            squares of each item factor over the ratings. Item factors without a unit of
            their own (`read_factors`) make it mean the same on every scale: ratings
            k r + c then give scores k s + c. Both defaults are the penalties of
            `collab.training.fit_regularised`. On a hundred users of the course's data,
            left out of the fit, no other factor damping that was tried did better, and
            bias dampings of 1 to 10 differ by 0.004 stars² (benchmarks/choices.py).
        scale: the lowest and the highest rating there is, `factors.scale` if None; if
            that is None too, any finite number is a rating.

    Returns:
        `Taste`: the bias as a float, float64 factors of shape (n_factors,).

    Raises:
        ValueError: `ratings` is no Series of numbers; an item is unknown, occurs twice,
            or has a rating outside the scale; the scale does not hold the mean of what
            the average user gives; a damping is not above 0.

    Source: one user's half of a step of alternating least squares; Zhou et al.,
    "Large-scale Parallel Collaborative Filtering for the Netflix Prize" (AAIM 2008),
    section 3.1, with biases and a damping that does not grow with the ratings.
    """
    item_bias, Q = check_side(factors, "item")
    mean = check_mean(factors)
    scale = getattr(factors, "scale", None) if scale is None else scale
    ratings = _check_ratings(ratings, mean + item_bias, scale)
    bias_damping = check_positive(bias_damping, "bias_damping")
    factor_damping = check_positive(factor_damping, "factor_damping")
    Q = Q[item_bias.index.get_indexer(ratings.index)]  # (n, n_factors)
    y = ratings - mean - item_bias[ratings.index]
    X = np.column_stack([np.ones(len(Q)), Q])  # (n, 1 + n_factors)
    damping = [bias_damping] + [factor_damping] * Q.shape[1]
    bias, *p = ridge_step(X, y.to_numpy(), damping)
    return Taste(float(bias), np.array(p))


def user_taste(factors, user):
    """The taste of a user whom the model was trained with.

    Args:
        factors: an object with `user_bias` (a Series by user id) and `user_factors` (a
            DataFrame), as `collab.factors.read_factors` returns.
        user: a raw id.

    Raises:
        ValueError: the model was not trained with this user.
    """
    user = user.tolist() if isinstance(user, np.ndarray) else user
    user_bias, P = check_side(factors, "user")
    (user,) = check_ids([user], "user", known=user_bias.index).tolist()
    if user not in user_bias.index:
        raise ValueError(f"the model has no user {user!r}; fold in their ratings")
    return Taste(float(user_bias[user]), P[user_bias.index.get_loc(user)].copy())


def score_items(factors, taste):
    """The predicted ratings of one user for every item: μ + b + b_i + p · q_i.

    Args:
        factors: as in `fold_in`.
        taste: what `user_taste` or `fold_in` returned, or any pair of a bias and a
            vector of factors.

    Returns:
        A Series of float64 by item id, not clipped: clipping would make the best equal.

    Raises:
        ValueError: the taste is no such pair of finite numbers, or has not as many
            factors as an item.
    """
    item_bias, Q = check_side(factors, "item")
    if not isinstance(taste, (tuple, list)) or len(taste) != 2:
        raise ValueError(f"taste must be a bias and factors, not {taste!r:.60}")
    (bias,) = check_numbers([taste[0]], "the bias of the taste")
    p = check_numbers(taste[1], "the factors of the taste")
    if p.shape != (Q.shape[1],):
        raise ValueError(
            f"the taste has factors of shape {p.shape}, an item {Q.shape[1]}"
        )
    return check_mean(factors) + bias + item_bias + Q @ p


def predict_ratings(factors, users, items, *, unknown=None, clip=True):
    """The predicted ratings of pairs of a user and an item: μ + b_u + b_i + p_u · q_i.

    Args:
        factors: an object with the five fields of `Factors`, and perhaps `scale`.
        users, items: raw ids: two sequences of the same length, or one of them a single
            id (one user and many items, say).
        unknown: None refuses an id that `factors` does not have; "average" answers with
            the average row of all users (or items), so that what is known of the other
            side decides.
        clip: bring a prediction beyond `factors.scale`, if there is one, to its end.

    Returns:
        float64 of shape (n,), in the unit of the ratings.

    Raises:
        ValueError: an unknown id, what is no id, or sequences of different lengths.
    """
    if unknown not in (None, "average"):
        raise ValueError(f"unknown must be None or 'average', not {unknown!r}")
    sides = []
    for ids, name in [(users, "user"), (items, "item")]:
        bias, table = check_side(factors, name)
        if not pd.api.types.is_list_like(ids, allow_sets=False):
            ids = [ids.tolist() if isinstance(ids, np.ndarray) else ids]
        ids = check_ids(ids, f"{name}s", known=bias.index)
        rows = bias.index.get_indexer(ids)
        if unknown is None and (rows < 0).any():
            raise ValueError(
                f"factors has no {name} {ids[rows < 0][:5].tolist()} "
                "(unknown='average' would take the average one)"
            )
        bias = np.append(bias, bias.mean())  # row -1: the average
        table = np.vstack([table, table.mean(axis=0)])
        sides.append((bias[rows], table[rows]))
    (b_u, p), (b_i, q) = sides
    if len(b_u) != len(b_i) and 1 not in (len(b_u), len(b_i)):
        raise ValueError(f"{len(b_u)} users, but {len(b_i)} items")
    ratings = check_mean(factors) + b_u + b_i + (p * q).sum(axis=1)
    scale = getattr(factors, "scale", None)
    return ratings.clip(*scale) if clip and scale is not None else ratings


def _check_ratings(ratings, average, scale):
    """The ratings as float64, each of an item in `average`, and on the scale."""
    ratings, known = _by_id(ratings, "ratings"), average.index
    check_ids(ratings.index, "ratings.index", known=known)
    unknown = ratings.index[~ratings.index.isin(known)].tolist()
    if unknown:
        raise ValueError(f"the model has no item {unknown[:5]}")
    if scale is None:
        return ratings
    low, high = check_scale(scale)
    middle = average.mean()
    if not low <= middle <= high:
        raise ValueError(
            f"scale={scale!r} must be the lowest and the highest rating there is, with "
            f"the mean {middle:.2f} of the predictions between them"
        )
    outside = ratings[~ratings.between(low, high)]
    if len(outside):
        raise ValueError(
            f"item {outside.index.tolist()[0]!r} has the rating {outside.iloc[0]:g}; "
            f"the scale is {low:g} to {high:g}"
        )
    return ratings


def _by_id(series, name):
    """A Series of finite numbers by distinct ids, as float64."""
    if not isinstance(series, pd.Series):
        kind = type(series).__name__
        raise ValueError(f"{name} must be a Series of numbers by item id, not {kind}")
    if not series.index.is_unique:
        twice = series.index[series.index.duplicated()].tolist()[0]
        raise ValueError(f"{name} has the item {twice!r} twice")
    ids = pd.Index(check_ids(series.index, f"{name}.index"), name=series.index.name)
    return pd.Series(check_numbers(series, name), ids)
