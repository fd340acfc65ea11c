"""Ratings table → `Factors`, solved row by row: alternating least squares (ALS).

>>> import pandas as pd
>>> from collab.als import fit_als
>>> cells = [(u, i, 1.0 + 2 * (u % 2 == i % 2)) for u in range(8) for i in range(8)]
>>> ratings = pd.DataFrame(cells, columns=["userId", "movieId", "rating"])
>>> factors = fit_als(ratings, n_factors=2, factor_damping=0.1, damping_per_rating=0)
>>> stars = factors.mean + factors.user_factors @ factors.item_factors.T
>>> stars.loc[0, [0, 1, 2, 3]].round(1).tolist()
[3.0, 1.0, 3.0, 1.0]
"""

import numpy as np
import pandas as pd
from numba import get_num_threads, prange

from collab.checks import (
    check_columns,
    check_ids,
    check_numbers,
    check_positive,
    check_scale,
    check_seed,
    check_whole,
)
from collab.compiled import compiled
from collab.factors import Factors


def fit_als(
    ratings,
    *,
    user="userId",
    item="movieId",
    rating="rating",
    n_factors=40,
    n_iterations=10,
    bias_damping=3.0,
    factor_damping=5.0,
    damping_per_rating=0.05,
    scale=None,
    seed=0,
):
    """Fit biases and factors by ridge regressions: users, items, users, items, …

    With the items held still, the best bias and vector of each user are those of a
    ridge regression of the user's own ratings (`ridge_step`); with the users held
    still, the same is true of each item. So each half of a sweep can only lower

        Σ (r - μ - b_u - b_i - p_u · q_i)² / s²
          + bias_damping (Σ b_u² + Σ b_i²) / s²
          + Σ (factor_damping + damping_per_rating n_u) |p_u|² / s²
          + Σ (factor_damping + damping_per_rating n_i) |q_i|²

    with the mean μ and standard deviation s of the ratings, and n the number of
    ratings of a user or an item. Divided by s, the result does not depend on the unit:
    twice the ratings give twice the predictions. (The users' vectors have the unit of
    the ratings, the items' have none.)

    Args:
        ratings: a DataFrame with the three columns. Two ratings of one item by one
            user count as two.
        n_factors: the length of the vectors, at least 1.
        n_iterations: at least 1.
        bias_damping, factor_damping: above 0.
        damping_per_rating: at least 0. The defaults were chosen on training rows of
            the course's data (benchmarks/ladder.py); 40 factors need no search, for
            the penalty takes away those that do not help.
        scale: the lowest and the highest rating there is; None reads them off.
        seed: of the items' first vectors; a whole number or a generator.

    Returns:
        `Factors` by raw id, sorted.

    Raises:
        ValueError: a column is missing or holds something else, `ratings` is empty, or
            an argument is outside what is stated above.

    Source: Zhou et al., "Large-scale Parallel Collaborative Filtering for the Netflix
    Prize" (AAIM 2008), section 3.1: there `factor_damping` is 0 and without biases.
    """
    n_factors = check_whole(n_factors, "n_factors")
    n_iterations = check_whole(n_iterations, "n_iterations")
    check_positive(bias_damping, "bias_damping")
    check_positive(factor_damping, "factor_damping")
    check_positive(damping_per_rating, "damping_per_rating", or_zero=True)
    table = check_columns(ratings, [user, item, rating])
    if len(table) == 0:
        raise ValueError("ratings has no rows")
    stars = check_numbers(table[rating], rating)
    scale = check_scale(scale, stars)
    user_row, users = pd.factorize(check_ids(table[user], user), sort=True)
    item_row, items = pd.factorize(check_ids(table[item], item), sort=True)

    mean, spread = stars.mean(), stars.std() or 1.0
    y = ((stars - mean) / spread).astype("float32")
    by_user = _by_row(user_row, item_row, y, len(users))
    by_item = _by_row(item_row, user_row, y, len(items))
    # A row holds a bias and a vector; float32 halves the time and the memory.
    W = np.zeros((len(users), 1 + n_factors), "float32")
    first = check_seed(seed).normal(0, 0.1, (len(items), 1 + n_factors))
    V = first.astype("float32")
    V[:, 0] = 0
    fixed = np.full(1 + n_factors, factor_damping, "float32")
    growing = np.full(1 + n_factors, damping_per_rating, "float32")
    fixed[0], growing[0] = bias_damping, 0
    for _ in range(n_iterations):
        for rows, mine, other in [(by_user, W, V), (by_item, V, W)]:
            _solve_rows(*rows, mine, other, fixed, growing, get_num_threads())
            if not np.isfinite(mine).all():
                raise ValueError(
                    f"with factor_damping={factor_damping:g} the regression of a user "
                    "or an item has no single solution; raise it"
                )

    W, V = W.astype("float64"), V.astype("float64")
    return Factors(
        float(mean),
        pd.Series(spread * W[:, 0], index=users, name="bias"),
        pd.Series(spread * V[:, 0], index=items, name="bias"),
        pd.DataFrame(spread * W[:, 1:], index=users),
        pd.DataFrame(V[:, 1:], index=items),
        scale,
    )


@compiled
def _by_row(row, other, y, n_rows):
    """The ratings sorted by `row`: those of row k are start[k] … start[k + 1] - 1."""
    start = np.zeros(n_rows + 1, np.int64)
    for k in row:
        start[k + 1] += 1
    start = np.cumsum(start)
    free = start.copy()
    others, ys = np.empty(len(row), np.int32), np.empty(len(row), np.float32)
    for at in range(len(row)):
        to = free[row[at]]
        others[to], ys[to] = other[at], y[at]
        free[row[at]] += 1
    return start, others, ys


# fastmath lets the compiler add in another order, eight or sixteen products at a time.
@compiled(parallel=True, fastmath=True)
def _solve_rows(start, other, y, W, V, fixed, growing, n_parts):
    """Make each row of W the `ridge_step` of its ratings, with V held still.

    A rating is a row (1, q) of X and a target y - b, where (b, q) is a row of V; the
    damping is fixed + n · growing. `ridge_step` once a row would take most of its time
    to begin: here X is never made, but only 64 of its rows at a time, their targets
    beside them. Products so small are not worth a second thread to the BLAS behind
    `np.dot`: the rows of W are what is divided.
    """
    m = V.shape[1]
    for part in prange(n_parts):
        X = np.empty((64, m + 1), np.float32)  # the last column: the targets
        some = np.empty((m + 1, m + 1), np.float32)
        A = np.empty((m + 1, m + 1), np.float32)  # XᵀX + D; in the last row, Xᵀy
        for row in range(part, len(W), n_parts):
            n = start[row + 1] - start[row]
            A[:] = 0
            for a in range(m):
                A[a, a] = fixed[a] + n * growing[a]
            for first in range(start[row], start[row + 1], 64):
                n_here = min(64, start[row + 1] - first)
                for k in range(n_here):
                    v = V[other[first + k]]
                    for a in range(1, m):
                        X[k, a] = v[a]
                    X[k, 0] = 1
                    X[k, m] = y[first + k] - v[0]
                np.dot(X[:n_here].T, X[:n_here], some)
                A += some
            _solve(A[:, :m], W[row])


@compiled(fastmath=True)
def _solve(A, w):
    """w such that L Lᵀ w = the last row of A, whose other rows become L (Cholesky).

    NaN where rounding has left no such L.
    """
    m = len(w)
    for a in range(m + 1):  # the last round solves L z = Xᵀy: z becomes the last row
        for b in range(min(a, m)):
            dot = np.float32(0)
            for k in range(b):
                dot += A[a, k] * A[b, k]
            A[a, b] = (A[a, b] - dot) / A[b, b]
        if a < m:
            dot = np.float32(0)
            for k in range(a):
                dot += A[a, k] * A[a, k]
            left = A[a, a] - dot
            if left <= 0:  # so little damping that rounding decides
                w[:] = np.nan
                return
            A[a, a] = np.sqrt(left)
    for a in range(m - 1, -1, -1):  # Lᵀ w = z
        w[a] = A[m, a] / A[a, a]
        for k in range(a):
            A[m, k] -= A[a, k] * w[a]
