"""`Factors`, ratings → the taste of somebody new (fold-in), the best n, how sure.

>>> import pandas as pd
>>> from collab.factors import Factors
>>> from collab.recommend import fold_in, top_n
>>> factors = Factors(
...     mean=3.5,
...     user_bias=None,  # nobody but the newcomer
...     item_bias=pd.Series({50: 0.5, 20: 0.0, 7: -1.0}),
...     user_factors=None,
...     item_factors=pd.DataFrame([[1.0], [2.0], [0.0]], index=[50, 20, 7]),
... )
>>> ratings = pd.Series({50: 5.0})
>>> taste = fold_in(factors, ratings, bias_damping=1, factor_damping=2)
>>> top_n(factors.scores(taste), 2, seen=ratings.index).round(2).to_dict()
{20: 4.3, 7: 2.9}
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from collab.checks import (
    check_by_id,
    check_columns,
    check_id_list,
    check_ids,
    check_numbers,
    check_positive,
    check_whole,
)
from collab.factors import Factors, Taste, check_factors, check_rows, ridge_step


def top_n(scores: pd.Series, n: int = 10, *, seen: ArrayLike | set = ()) -> pd.Series:
    """The `n` items with the highest scores, those already seen left out.

    Args:
        scores: finite numbers by item id.
        seen: item ids to leave out; ids that have no score are ignored. A Series of
            floats, such as ratings by id, is refused: give its index.

    Returns:
        A Series of n scores by item id, float64, the highest first; equal ones by
        ascending id. Fewer than n if no more are left, down to an empty one.
    """
    scores, n = _by_id(scores, "scores"), check_whole(n, "n")
    left = scores[~scores.index.isin(check_id_list(seen, "seen", scores.index))]
    return left.sort_index().sort_values(ascending=False, kind="stable").head(n)


def fold_in(
    factors: Factors,
    ratings: pd.Series,
    *,
    bias_damping: float = 5.0,
    factor_damping: float = 5.0,
) -> Taste:
    """A user who is not in the model, from their ratings, without training.

    The items stay as they are. The user's bias b and factors p are those of the ridge
    regression

        minimise  Σ (r_i - μ - b_i - b - p · q_i)²
                  + bias_damping b² + factor_damping |p|²

    over the rated items i (`ridge_step`, with a row (1, q_i) and a residual for each
    rating). Without ratings b = 0 and p = 0: scores are then mean + item bias.

    Args:
        factors: `Factors`; of the users nothing is read.
        ratings: by item id; it may be empty.
        bias_damping: above 0, in ratings: with 5, the bias of five ratings (and no
            factors) is half of their mean residual.
        factor_damping: above 0, in the unit of |q|². Item factors without a unit of
            their own (`read_factors`) make it mean the same on every scale: ratings
            k r + c then give scores k s + c. Both defaults are the penalties of
            `fit_regularised`; benchmarks/choices.py compares others.

    Returns:
        `Taste`: the bias as a float, float64 factors of shape (n_factors,).

    Raises:
        ValueError: an item is unknown, or has a rating outside `factors.scale`; the
            dampings are so small that rounding decides.

    Source: one user's half of a step of alternating least squares; Zhou et al.,
    "Large-scale Parallel Collaborative Filtering for the Netflix Prize" (AAIM 2008),
    section 3.1, with biases and a damping that does not grow with the ratings.
    """
    average = check_factors(factors).mean + factors.item_bias
    ratings = _check_ratings(ratings, average.index, factors.scale)
    bias_damping = check_positive(bias_damping, "bias_damping")
    factor_damping = check_positive(factor_damping, "factor_damping")
    Q = factors.item_factors.loc[ratings.index].to_numpy()  # (n, n_factors)
    y = ratings - average[ratings.index]
    X = np.column_stack([np.ones(len(Q)), Q])  # (n, 1 + n_factors)
    damping = [bias_damping] + [factor_damping] * Q.shape[1]
    try:
        bias, *p = ridge_step(X, y.to_numpy(), damping)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"bias_damping={bias_damping:g} and factor_damping={factor_damping:g} are "
            f"too small for {len(ratings)} ratings to decide anything: raise them"
        ) from None
    return Taste(float(bias), np.array(p))


def score_sd(
    factors: Factors,
    ratings: pd.DataFrame,
    *,
    noise: float,
    bias_damping: float = 3.0,
    factor_damping: float = 5.0,
    user: str = "userId",
    item: str = "movieId",
) -> pd.DataFrame:
    """The standard deviation of each score: how unsure it is where ratings are few.

        sd = noise · √(xᵀ A⁻¹ x)  with x = (1, p) and A = XᵀX + damping

    where X has the row x of each user who rated the item: the posterior of the ridge
    regression that gave the item its bias and factors. The users' rows are taken as
    they are. Given them the items are independent, so scores + sd · normal noise is,
    for each user, a draw of the posterior: Thompson sampling recommends the best of
    such a draw.

    Args:
        factors: `Factors` with the users to be scored.
        ratings: a row for each rating, with ids of `factors`; its value is not read.
        noise: the standard deviation of a rating around the true one, above 0.
        bias_damping: above 0, in ratings, that of the items in the fit.
        factor_damping: above 0, in the unit of |p|².

    Returns:
        A DataFrame of users × items by their ids, float64, in the unit of `noise`.

    Source: Russo et al., "A tutorial on Thompson sampling" (2018), section 4; the
    posterior is that of Bayesian linear regression.
    """
    factors, noise = check_factors(factors, "factors"), check_positive(noise, "noise")
    bias_damping = check_positive(bias_damping, "bias_damping")
    factor_damping = check_positive(factor_damping, "factor_damping")
    table = check_columns(ratings, [user, item])
    users, items = factors.user_bias.index, factors.item_bias.index
    X = np.insert(np.array(factors.user_factors), 0, 1, axis=1)
    user_row = check_rows(table[user], user, users)
    item_row = check_rows(table[item], item, items)
    n, m = X.shape  # users, 1 + factors
    squares = (X[:, :, None] * X[:, None, :]).reshape(n, m * m)
    who = sparse.csr_array((np.ones(len(table)), (item_row, user_row)), (len(items), n))
    damping = np.diag([bias_damping] + [factor_damping] * (m - 1))
    A = (who @ squares).reshape(-1, m, m) + damping
    variance = squares @ np.linalg.inv(A).reshape(-1, m * m).T
    return pd.DataFrame(noise * np.sqrt(variance.clip(0)), users, items)


def _check_ratings(ratings, known, scale):
    """The ratings as float64, each of an item that is known, and on the scale."""
    ratings = _by_id(ratings, "ratings", known)
    unknown = ratings.index[~ratings.index.isin(known)].tolist()
    if unknown:
        raise ValueError(f"ratings: factors has no item {unknown[:5]}")
    if scale is not None:
        outside = ratings[~ratings.between(*scale)]
        if len(outside):
            raise ValueError(
                f"ratings: item {outside.index.tolist()[0]!r} has the rating "
                f"{outside.iloc[0]:g}; the scale is {scale[0]:g} to {scale[1]:g}"
            )
    return ratings


def _by_id(series, name, known=None):
    """A Series of finite numbers by distinct ids, as float64."""
    series = check_by_id(series, name)
    ids = check_ids(series.index, f"{name}.index", known)
    return pd.Series(check_numbers(series, name), pd.Index(ids, name=series.index.name))
