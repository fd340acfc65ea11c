"""Train table → predictions from means and damped biases: what a model has to beat.

>>> import pandas as pd
>>> from collab.baselines import fit_biases, predict_biases
>>> rows = [(7, 50, 5.0), (7, 20, 3.0), (3, 50, 1.0)]
>>> train = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
>>> biases = fit_biases(train, user_damping=2, item_damping=1)
>>> predict_biases(biases, pd.DataFrame({"userId": [7, 8], "movieId": 50})).round(2)
array([3.6 , 3.04])
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from collab.checks import (
    check_by_id,
    check_columns,
    check_ids,
    check_numbers,
    check_positive,
)


def predict_mean(
    train: pd.DataFrame,
    table: pd.DataFrame,
    by: str | None = None,
    *,
    rating: str = "rating",
) -> np.ndarray:
    """The mean training rating: of all rows, or of each user or item.

    Args:
        train: with the column `rating`, and `by` if given.
        table: the rows to predict.
        by: a column of ids such as "userId": the mean of the rows with the same id.
            None: the mean of all rows.

    Returns:
        float64 of shape (len(table),), in the unit of the ratings. An id that does not
        occur in `train` gets the mean of all rows: no row is dropped.

    Raises:
        ValueError: `train` has no rows.
    """
    ids = [] if by is None else [by]
    known, ratings = _training_rows(train, ids, rating)
    table, mean = check_columns(table, ids, "table"), float(ratings.mean())
    if by is None:
        return np.full(len(table), mean)
    rows, ids = pd.factorize(known[0])
    means = pd.Series(damped_means(ratings, rows, damping=0), index=ids)
    return _look_up(means, table, by, mean)


class Biases(NamedTuple):
    """The mean rating, and how far above or below it users and items are, by raw id."""

    mean: float
    user: pd.Series
    item: pd.Series


def fit_biases(
    train: pd.DataFrame,
    *,
    user_damping: float | None = None,
    item_damping: float | None = None,
    user: str = "userId",
    item: str = "movieId",
    rating: str = "rating",
) -> Biases:
    """Means of what is left over, pulled toward zero where there are few ratings.

    Items and users in turn, each from what the others leave over:

        b_i = Σ (r - μ - b_u) / (item_damping + n_i)    over the n_i ratings of item i
        b_u = Σ (r - μ - b_i) / (user_damping + n_u)    over the n_u ratings of user u

    The first of ten passes starts with b_u = 0.

    Args:
        train: with the three columns.
        user_damping, item_damping: at least 0; the number of imaginary average ratings
            that each user or item starts with. None: as `estimate_dampings` finds it.

    Returns:
        `Biases`: the mean μ, and two Series of float64 in the unit of the ratings, by
        raw id in ascending order.

    Raises:
        ValueError: `train` has no rows.

    Source: Koren, "Factor in the Neighbors" (ACM TKDD, 2010), section 2.1 (one pass).
    """
    (users, items), ratings = _training_rows(train, [user, item], rating)
    known = {"user_damping": user_damping, "item_damping": item_damping}
    for name, damping in known.items():
        if damping is not None:
            check_positive(damping, name, or_zero=True)
    user_rows, user_ids = pd.factorize(users, sort=True)
    item_rows, item_ids = pd.factorize(items, sort=True)
    mean = float(ratings.mean())
    rows = user_rows, item_rows, ratings - mean, (len(user_ids), len(item_ids))
    dampings = estimate_dampings(*rows, tuple(known.values()))
    user_bias, item_bias = damped_biases(*rows, dampings)
    return Biases(
        mean,
        pd.Series(user_bias, pd.Index(user_ids, name=user), name="bias"),
        pd.Series(item_bias, pd.Index(item_ids, name=item), name="bias"),
    )


def damped_biases(
    user_rows: np.ndarray,
    item_rows: np.ndarray,
    y: np.ndarray,
    sizes: tuple[int, int],
    dampings: tuple[float, float],
    n_passes: int = 10,
) -> tuple[np.ndarray, np.ndarray]:
    """The biases of `fit_biases` by row number, from what `y` is above the mean.

    `sizes` and `dampings` are those of the users and of the items. A row number that
    does not occur gets 0.
    """
    of_user = np.zeros(sizes[0])
    for _ in range(n_passes):
        of_user, of_item = _one_pass(user_rows, item_rows, y, sizes, dampings, of_user)
    return of_user, of_item


def estimate_dampings(
    user_rows: np.ndarray,
    item_rows: np.ndarray,
    y: np.ndarray,
    sizes: tuple[int, int],
    known: Sequence[float | None] = (None, None),
    n_passes: tuple[int, int] = (10, 100),
) -> tuple[float, float]:
    """The dampings of users and of items that the table itself asks for.

    The best damping is the variance of the noise divided by the variance of the biases.
    Both are estimated anew after each pass over the biases:

        γ_u = Σ n_u / (n_u + λ_u)     over the users: how many biases the data decide
        σ² = Σ residual² / (N - 1 - γ_u - γ_i)
        λ_u = σ² γ_u / Σ b_u²         and λ_i likewise

    Args:
        user_rows, item_rows, y, sizes: as in `damped_biases`.
        known: a damping that is not None stays as it is.
        n_passes: how many at least, and at most while a damping still moves by a
            twentieth.

    Returns:
        `(user_damping, item_damping)`, between 0.01 and 1e6.

    Source: MacKay, "Bayesian interpolation" (Neural Computation, 1992), section 4.
    """
    rows = user_rows, item_rows
    counts = [n[n > 0] for n in map(np.bincount, rows)]
    pairs = zip(known, (5.0, 3.0), strict=True)
    dampings = [first if damping is None else damping for damping, first in pairs]
    of_user = np.zeros(sizes[0])
    most = n_passes[1] if None in known else 0
    for done in range(1, most + 1):
        before = list(dampings)
        of_user, of_item = _one_pass(*rows, y, sizes, dampings, of_user)
        residual = y - of_user[user_rows] - of_item[item_rows]
        decided = [(counts[k] / (counts[k] + dampings[k])).sum() for k in (0, 1)]
        variance = (residual**2).sum() / max(len(y) - 1 - sum(decided), 1)
        for k, biases in enumerate((of_user, of_item)):
            if known[k] is None:
                damping = variance * decided[k] / max((biases**2).sum(), 1e-300)
                dampings[k] = float(np.clip(damping, 0.01, 1e6))
        if done >= n_passes[0] and np.allclose(dampings, before, rtol=0.05):
            break
    return dampings[0], dampings[1]


def _one_pass(user_rows, item_rows, y, sizes, dampings, of_user):
    of_item = damped_means(y - of_user[user_rows], item_rows, dampings[1], sizes[1])
    of_user = damped_means(y - of_item[item_rows], user_rows, dampings[0], sizes[0])
    return of_user, of_item


def damped_means(residuals, rows, damping, n_rows=0):
    """Σ residuals / (damping + n) over the n residuals of each row number."""
    n = np.bincount(rows, minlength=n_rows)
    sums = np.bincount(rows, residuals, minlength=n_rows)
    return sums / np.maximum(damping + n, 1)  # 0 / 1 where there are none


def predict_biases(
    biases: Biases, table: pd.DataFrame, *, user: str = "userId", item: str = "movieId"
) -> np.ndarray:
    """μ + b_u + b_i for every row of `table`.

    Args:
        biases: the `Biases` of `fit_biases`.
        table: with the two columns.

    Returns:
        float64 of shape (len(table),), in the unit of the ratings, not clipped. A user
        or an item that was not in the training rows counts as average: its bias is 0.
    """
    for name in ("user", "item"):
        check_by_id(getattr(biases, name, None), f"biases.{name}")
    pairs = check_columns(table, [user, item], "table")
    of_user = _look_up(biases.user, pairs, user, 0.0)
    of_item = _look_up(biases.item, pairs, item, 0.0)
    return biases.mean + of_user + of_item


def _training_rows(train, ids, rating):
    """The ids of these columns, and the ratings as float64."""
    table = check_columns(train, [*ids, rating], "train")
    if len(table) == 0:
        raise ValueError("train has no rows")
    found = [check_ids(table[column], f"train[{column!r}]") for column in ids]
    return found, check_numbers(table[rating], f"train[{rating!r}]")


def _look_up(values, table, column, otherwise):
    """The value of each row's id; of ids that have none, `otherwise`."""
    ids = check_ids(table[column], f"table[{column!r}]", known=values.index)
    rows = values.index.get_indexer(ids)  # -1, the last place, where there is none
    return np.append(values.to_numpy(dtype="float64"), otherwise)[rows]
