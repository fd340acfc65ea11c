"""Scores, seen → the best n; a new user's ratings → a bias and a vector (fold-in)."""

from typing import NamedTuple

import numpy as np
import pandas as pd


def top_n(scores, n=10, *, seen=()):
    """The `n` items with the highest scores, those already seen left out.

    Args:
        scores: a Series of finite numbers by item id.
        n: how many, at least 1.
        seen: item ids to leave out; ids that have no score are ignored.

    Returns:
        A Series of n scores by item id, the highest first; equal ones by ascending id.

    Raises:
        ValueError: `scores` is no Series of numbers, a score is NaN or infinite, an id
            occurs twice, `n` is larger than the number of items that are left, or
            `seen` is a Series of floats, which are stars or scores and no ids.
        TypeError: `n` is not a whole number.
    """
    values = _numbers(scores, "scores")
    if not scores.index.is_unique:
        raise ValueError(f"scores has {_first_twice(scores)!r} twice")
    if not np.isfinite(values).all():
        first = values[~np.isfinite(values)].index.tolist()[0]
        raise ValueError(f"the score of {first!r} is no number")
    if isinstance(seen, pd.Series) and seen.dtype.kind == "f":
        raise ValueError("seen is a Series of floats, not of ids; give its index")
    left = scores[~scores.index.isin(list(seen))]
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)):
        raise TypeError(f"n must be a whole number, not {n!r}")
    if not 1 <= n <= len(left):
        raise ValueError(
            f"n must be between 1 and {len(left)}, the items left, not {n}"
        )
    return left.sort_index().sort_values(ascending=False, kind="stable").head(n)


class Taste(NamedTuple):
    """What the model knows of one user: stars above the mean, and factors."""

    bias: float
    factors: np.ndarray


def fold_in(tables, stars, *, bias_damping=5.0, factor_damping=5.0, scale=(0.5, 5.0)):
    """A user who is not in the model, from their ratings, without training.

    The items stay as they are. The user's bias b and factors p are those of the ridge
    regression

        minimise  Σ (r_i - μ - b_i - b - p · q_i)²
                  + bias_damping b² + factor_damping |p|²

    over the rated items i, which has one solution: with a row (1, q_i) of X and a
    residual y_i = r_i - μ - b_i for each rating, and D = diag(bias_damping,
    factor_damping, …),

        (Xᵀ X + D) (b, p) = Xᵀ y

    Without ratings the answer is b = 0 and p = 0: scores are then mean + item bias.

    Args:
        tables: an object with `mean`, `item_bias` (a Series by item id) and
            `item_factors` (a DataFrame), as `collab.inside.read_tables` returns.
        stars: a Series of ratings by item id, in stars; it may be empty.
        bias_damping, factor_damping: above 0. The defaults were chosen on a hundred
            users of the course's data (benchmarks/choices.py).
        scale: the lowest and the highest rating there is.

    Returns:
        `Taste`: the bias in stars, float64 factors of shape (n_factors,).

    Raises:
        ValueError: `stars` is no Series of numbers; an item is unknown, occurs twice,
            or has a rating that is no number or outside the scale; a damping is not
            above 0.

    Source: one user's half of a step of alternating least squares; Zhou et al.,
    "Large-scale Parallel Collaborative Filtering for the Netflix Prize" (AAIM 2008),
    section 3.1, with biases and a damping that does not grow with the ratings.
    """
    stars = _check_stars(stars, tables.item_bias.index, scale)
    if not (bias_damping > 0 and factor_damping > 0):
        raise ValueError(
            f"bias_damping={bias_damping} and factor_damping={factor_damping} must be "
            "above 0"
        )
    q = tables.item_factors.loc[stars.index].to_numpy()  # (n, n_factors)
    y = stars.to_numpy() - tables.mean - tables.item_bias.loc[stars.index].to_numpy()
    X = np.column_stack([np.ones(len(q)), q])  # (n, 1 + n_factors)
    D = np.diag([bias_damping, *[factor_damping] * q.shape[1]])
    b, *p = np.linalg.solve(X.T @ X + D, X.T @ y)
    return Taste(float(b), np.array(p))


def user_taste(tables, user):
    """The taste of a user whom the model was trained with.

    Args:
        tables: an object with `user_bias` (a Series by user id) and `user_factors` (a
            DataFrame), as `collab.inside.read_tables` returns.
        user: a raw id.

    Raises:
        ValueError: the model was not trained with this user.
    """
    if user not in tables.user_bias.index:
        raise ValueError(f"the model has no user {user!r}; fold in their ratings")
    factors = tables.user_factors.loc[user].to_numpy("float64")
    return Taste(float(tables.user_bias[user]), factors)


def score_items(tables, taste):
    """The predicted stars of one user for every item: μ + b + b_i + p · q_i.

    Args:
        tables: as in `fold_in`.
        taste: what `user_taste` or `fold_in` returned, or any pair of a bias and a
            vector of factors.

    Returns:
        A Series of float64 by item id, not clipped: clipping would make the best equal.

    Raises:
        ValueError: the taste has not as many factors as the items.
    """
    bias, factors = taste
    factors, n_factors = np.asarray(factors), tables.item_factors.shape[1]
    if factors.shape != (n_factors,):
        raise ValueError(
            f"the taste has factors of shape {factors.shape}, an item {n_factors}"
        )
    return tables.mean + bias + tables.item_bias + tables.item_factors @ factors


def _check_stars(stars, known, scale):
    """The stars as float64."""
    values = _numbers(stars, "stars")
    unknown = [item for item in stars.index if item not in known]
    if unknown:
        raise ValueError(f"the model has no item {unknown[:5]}")
    if not stars.index.is_unique:
        raise ValueError(f"item {_first_twice(stars)!r} is rated twice")
    low, high = scale
    wrong = values[~(values.between(low, high) & np.isfinite(values))]
    if len(wrong):
        raise ValueError(
            f"item {wrong.index.tolist()[0]!r} has {wrong.iloc[0]} stars; the scale is "
            f"{low} to {high}"
        )
    return values


def _numbers(series, name):
    """The values as float64, missing ones as NaN."""
    if not isinstance(series, pd.Series):
        kind = type(series).__name__
        raise ValueError(f"{name} must be a Series by item id, not {kind}")
    series = series.infer_objects()
    if len(series) and not pd.api.types.is_numeric_dtype(series):
        raise ValueError(f"{name} must be numbers, not {series.dtype}")
    return series.astype("float64")


def _first_twice(series):
    return series.index[series.index.duplicated()].tolist()[0]
