"""Ratings table → `Factors`, solved row by row: alternating least squares (ALS).

>>> import pandas as pd
>>> from collab.als import fit_als
>>> pairs = [(u, i) for u in range(8) for i in range(8)]
>>> cells = [(u, i, 1.0 + 2 * ((u + i) % 2 == 0)) for u, i in pairs]
>>> ratings = pd.DataFrame(cells, columns=["userId", "movieId", "rating"])
>>> factors = fit_als(ratings, n_factors=2, factor_damping=0.1, progress=False)
>>> predicted = factors.mean + factors.user_factors @ factors.item_factors.T
>>> predicted.loc[0, [0, 1, 2, 3]].round(1).tolist()
[3.0, 1.0, 3.0, 1.0]
"""

import warnings
from functools import partial

import numpy as np
import pandas as pd
from numba import get_num_threads, prange

from collab.baselines import estimate_dampings
from collab.checks import (
    Scale,
    Seed,
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
from collab.metrics import standard_error
from collab.progress import Progress
from collab.split import inner_tenths


def fit_als(
    ratings: pd.DataFrame,
    *,
    user: str = "userId",
    item: str = "movieId",
    rating: str = "rating",
    n_factors: int = 40,
    n_iterations: int = 10,
    user_damping: float | None = None,
    item_damping: float | None = None,
    factor_damping: float | None = None,
    damping_per_rating: float | None = None,
    scale: Scale | None = None,
    seed: Seed = 0,
    progress: bool = True,
) -> Factors:
    """Fit biases and factors by ridge regressions: users, items, users, items, …

    With the items held still, the best bias and vector of each user are those of a
    ridge regression of the user's own ratings (`ridge_step`); with the users held
    still, the same is true of each item. So each half of a sweep can only lower

        Σ (r - μ - b_u - b_i - p_u · q_i)² / s²
          + (user_damping Σ b_u² + item_damping Σ b_i²) / s²
          + Σ (factor_damping + damping_per_rating n_u) |p_u|² / s²
          + Σ (factor_damping + damping_per_rating n_i) |q_i|²

    with the mean μ and standard deviation s of the ratings, and n the number of
    ratings of a user or an item. Divided by s, the result does not depend on the unit:
    twice the ratings give twice the predictions. The users' vectors have the unit of
    the ratings, the items' have none.

    Args:
        ratings: a DataFrame with the three columns. Two ratings of one item by one
            user count as two.
        n_factors: the length of the vectors. 40 need no search: the penalty takes away
            those that do not help.
        user_damping, item_damping: above 0. None reads it off the table
            (`collab.baselines.estimate_dampings`).
        factor_damping: above 0. None tries 10, 5, 1.5, 0.5 and 0.15 on a tenth of the
            ratings (of small tables, five tenths, one after the other), predicted by
            fits to the others, until the error is 1 % above the lowest. That takes
            three to six times as long as the fit itself. Where none of them is better
            than biases alone by two standard errors, a warning says so and the vectors
            have the length 0.
        damping_per_rating: at least 0. None is a hundredth of `factor_damping`.
        scale: the lowest and the highest rating there is; None reads them off.
        seed: of the items' first vectors and of the tenths.

    Returns:
        `Factors` by raw id, sorted.

    Source: Zhou et al., "Large-scale Parallel Collaborative Filtering for the Netflix
    Prize" (AAIM 2008), section 3.1: there `factor_damping` is 0 and without biases.
    """
    n_factors = check_whole(n_factors, "n_factors")
    n_iterations = check_whole(n_iterations, "n_iterations")
    for name, value in {
        "user_damping": user_damping,
        "item_damping": item_damping,
        "factor_damping": factor_damping,
        "damping_per_rating": damping_per_rating,
    }.items():
        if value is not None:
            check_positive(value, name, or_zero=name == "damping_per_rating")
    table = check_columns(ratings, [user, item, rating])
    if len(table) == 0:
        raise ValueError("ratings has no rows")
    y = check_numbers(table[rating], rating)
    scale = check_scale(scale, y)
    user_row, users = pd.factorize(check_ids(table[user], user), sort=True)
    item_row, items = pd.factorize(check_ids(table[item], item), sort=True)

    mean, spread = y.mean(), y.std() or 1.0
    rows = user_row, item_row, (y - mean) / spread
    sizes = len(users), len(items)
    rng = check_seed(seed)
    first = rng.normal(0, 0.1, (len(items), 1 + n_factors)).astype("float32")
    first[:, 0] = 0
    fit = partial(
        _alternate,
        first=first,
        n_users=len(users),
        n_iterations=n_iterations,
        bias_dampings=estimate_dampings(*rows, sizes, (user_damping, item_damping)),
        damping_per_rating=damping_per_rating,
    )
    title = f"ALS, {n_iterations} iterations"
    show = Progress(title, total=n_iterations, visible=progress)
    if factor_damping is None:
        limits = (np.array(scale) - mean) / spread
        factor_damping, why = _choose_damping(fit, rows, limits, spread, rng, show.note)
        if not factor_damping:
            warnings.warn(f"the factors are left out: {why}", stacklevel=2)
    W, V = fit(rows, factor_damping, update=show.update)
    show.close()
    return Factors(
        float(mean),
        pd.Series(spread * W[:, 0], index=users, name="bias"),
        pd.Series(spread * V[:, 0], index=items, name="bias"),
        pd.DataFrame(spread * W[:, 1:], index=users),
        pd.DataFrame(V[:, 1:], index=items),
        scale,
    )


def _choose_damping(fit, rows, limits, unit, rng, note):
    """The best damping on inner rows, and why it is 0 (no factors) where it is."""
    parts = inner_tenths(len(rows[0]), rng)
    if not parts:
        return 0.0, "fewer than ten ratings cannot show whether they help"

    def squares(damping):
        """The squared error of each row that is held out."""
        errors = []
        for number, held_out in enumerate(parts, start=1):
            note(f"trying factor_damping {damping:g}, part {number} of {len(parts)}")
            rest = np.delete(np.arange(len(rows[0])), held_out)
            W, V = fit([column[rest] for column in rows], damping)
            user_row, item_row, y = (column[held_out] for column in rows)
            w, v = W[user_row], V[item_row]
            guess = w[:, 0] + v[:, 0] + (w[:, 1:] * v[:, 1:]).sum(axis=1)
            errors.append((guess.clip(*limits) - y) ** 2)
        return np.concatenate(errors)

    best, lowest = 0.0, np.array([np.inf])
    for damping in (10.0, 5.0, 1.5, 0.5, 0.15):
        errors = squares(damping)
        if errors.mean() < lowest.mean():
            best, lowest = damping, errors
        elif errors.mean() > 1.01 * lowest.mean():
            break  # less is rounding, where the factors are all but gone
    biases = squares(0.0)
    gain = biases - lowest
    if gain.mean() <= 2 * standard_error(gain):
        best = 0.0
    rmse, of_biases = (unit * np.sqrt(e.mean()) for e in (lowest, biases))
    return best, (
        "of ratings held out they did not clearly lower the error, which is "
        f"{rmse:.4g} (RMSE) with factors and {of_biases:.4g} with biases alone"
    )


def _alternate(
    rows,
    factor_damping,
    *,
    first,
    n_users,
    n_iterations,
    bias_dampings,
    damping_per_rating,
    update=lambda done: None,
):
    """The users' biases and vectors, (n_users, 1 + n_factors), and those of the items.

    `rows` are user rows, item rows and y; `first` are the items' first vectors. Without
    damping there are no factors.
    """
    if not factor_damping:
        first = first[:, :1]
    user_row, item_row, y = rows
    y = y.astype("float32")  # halves the time and the memory
    by_user = _by_row(user_row, item_row, y, n_users)
    by_item = _by_row(item_row, user_row, y, len(first))
    W, V = np.zeros((n_users, first.shape[1]), "float32"), first.copy()
    if damping_per_rating is None:
        damping_per_rating = factor_damping / 100
    growing = np.full(first.shape[1], damping_per_rating, "float32")
    growing[0] = 0
    fixed = np.full((2, first.shape[1]), factor_damping, "float32")
    fixed[:, 0] = bias_dampings
    for done in range(1, n_iterations + 1):
        for ratings, mine, other, damping in [
            (by_user, W, V, fixed[0]),
            (by_item, V, W, fixed[1]),
        ]:
            _solve_rows(*ratings, mine, other, damping, growing, get_num_threads())
            if not np.isfinite(mine).all():
                raise ValueError(
                    f"with factor_damping={factor_damping:g} the regression of a user "
                    "or an item has no single solution; raise it"
                )
        update(done)
    return W.astype("float64"), V.astype("float64")


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
    damping is fixed + n · growing. X is never made, but only 64 of its rows at a time,
    their targets beside them. Products so small are not worth a second thread to the
    BLAS behind `np.dot`: the threads divide the rows of W.
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
    """w such that L Lᵀ w = the last row of A, whose other rows become L (Cholesky)."""
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
            if left <= 0:  # so little damping that rounding has left no L
                w[:] = np.nan
                return
            A[a, a] = np.sqrt(left)
    for a in range(m - 1, -1, -1):  # Lᵀ w = z
        w[a] = A[m, a] / A[a, a]
        for k in range(a):
            A[m, k] -= A[a, k] * w[a]
