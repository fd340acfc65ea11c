"""Who watched what (sparse) → item neighbours, EASE, ALS: scores to rank by.

>>> import pandas as pd
>>> from collab.implicit import ease, item_similarities, popularity, who_watched
>>> ratings = pd.DataFrame({"user_row": [0, 0, 1], "item_row": [0, 1, 1]})
>>> watched = who_watched(ratings, 3, 2)
>>> watched.toarray().tolist()
[[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
>>> popularity(watched).tolist()
[1.0, 2.0]
>>> similar = item_similarities(watched, damping=0)  # 1 / √2 of both to the other
>>> print((watched @ similar).toarray().round(2))
[[0.71 0.71]
 [0.71 0.  ]
 [0.   0.  ]]
>>> ease(watched, 1.0).scores(watched).round(2).tolist()
[[0.33, 0.5], [0.33, 0.0], [0.0, 0.0]]

A row of scores that is all 0 says: nothing is known of this user; rank by popularity.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from collab.checks import (
    Seed,
    check_columns,
    check_positive,
    check_row_numbers,
    check_seed,
    check_times,
    check_whole,
)
from collab.factors import check_table
from collab.progress import Progress

# Users × items: what the functions here take for who watched what.
Watched: TypeAlias = ArrayLike | pd.DataFrame | sparse.sparray | sparse.spmatrix

_AT_ONCE = 4_000_000  # numbers in a piece of a large table: this keeps the memory small


def who_watched(
    ratings: pd.DataFrame,
    n_users: int,
    n_items: int,
    *,
    fade: float = 0.0,
    user: str = "user_row",
    item: str = "item_row",
    time: str = "timestamp",
) -> sparse.csr_array:
    """The table of who watched what: to rate is to have watched, whatever the rating.

    The latest ratings may count most: what has the share a of the user's ratings after
    it counts e^(-fade · a).

    Args:
        ratings: a DataFrame with the columns `user` and `item` (row numbers 0 … n-1)
            and, if `fade` is not 0, `time`. Ratings of the same moment count as given
            in the order of the rows.
        fade: at least 0; 0 counts every rating as 1. With 8, what was rated halfway
            back counts e^-4 = 0.02.

    Returns:
        A `scipy.sparse.csr_array` of float32, n_users × n_items: what is stored was
        watched and counts more than 0. A user without ratings has an empty row.

    Raises:
        ValueError: a pair occurs twice.
    """
    n_users, n_items = check_whole(n_users, "n_users"), check_whole(n_items, "n_items")
    fade = check_positive(fade, "fade", or_zero=True)
    table = check_columns(ratings, [user, item, *([time] if fade else [])])
    rows = check_row_numbers(table[user], f"column {user!r}", n_users)
    columns = check_row_numbers(table[item], f"column {item!r}", n_items)
    check_pairs(rows, columns)
    counts = np.ones(len(rows))
    if fade:
        times = check_times(table[time], f"column {time!r}")
        by_time = pd.Series(rows)[np.argsort(times, kind="stable")]
        of_user = by_time.groupby(by_time)
        n_later, n_all = of_user.cumcount(ascending=False), of_user.transform("size")
        counts = fading(n_later, n_all, fade).sort_index().to_numpy()
        counts = np.maximum(counts, np.finfo("float32").tiny)  # 0 is: not watched
    counts = counts.astype("float32")
    return sparse.csr_array((counts, (rows, columns)), shape=(n_users, n_items))


def fading(n_later: Any, n_all: Any, fade: float) -> Any:
    """e^(-fade · n_later / n_all), the weight of what has so many of all after it."""
    return np.exp(-fade * n_later / n_all)


def popularity(watched: Watched) -> np.ndarray:
    """How often each item was watched: float64 of shape (n_items,), the same for all.

    Args:
        watched: as `who_watched` returns; faded counts are added up.
    """
    return np.asarray(check_watched(watched, "watched").sum(axis=0, dtype="float64"))


def item_similarities(
    watched: Watched, n_neighbours: int = 100, *, damping: float = 10.0
) -> sparse.csr_array:
    """How alike two items are by who watched both; only the most alike are kept.

        s(i, j) = |watched both| / (√(|watched i| · |watched j|) + damping)

    Args:
        watched: users × items, more than 0 (or True) where watched: sparse, as
            `who_watched` returns, or an array or DataFrame.
        n_neighbours: each item keeps this many, at least 1; of equally alike ones those
            with the lowest number. The others become 0, and so does s(i, i).
        damping: at least 0: two items that one person watched are no evidence.

    Returns:
        A `scipy.sparse.csc_array` of float32, n_items × n_items: column i holds the
        neighbours of item i, so that `watched @ similarities` scores every item for
        every user. No dense table is made.

    Source: Sarwar et al., "Item-based collaborative filtering recommendation
    algorithms" (WWW 2001), section 3, with a damped cosine.
    """
    watched = check_watched(watched, "watched")
    n_neighbours = check_whole(n_neighbours, "n_neighbours")
    damping = np.float32(check_positive(damping, "damping", or_zero=True))
    n = watched.multiply(watched).sum(axis=0)  # float32, as the products are
    if not n.max() < 1e19:  # whose square is beyond float32
        largest = watched.data.max()
        raise ValueError(f"watched has values up to {largest:g}: divide by the largest")
    n_items = watched.shape[1]
    by_item = watched.T.tocsr()
    # At most so many products in the row of an item.
    n_products = by_item.astype(bool).astype("int64") @ np.diff(watched.indptr)
    n_products = np.minimum(n_products, n_items)
    pieces = np.cumsum(n_products) // _AT_ONCE
    starts = np.flatnonzero(np.diff(pieces, prepend=-1))
    values, columns, lengths = [], [], [np.zeros(1, "int64")]
    for start, stop in zip(starts, [*starts[1:], n_items], strict=True):
        both = by_item[start:stop] @ watched  # (stop - start) × n_items
        i = np.repeat(np.arange(start, stop), np.diff(both.indptr))
        below = np.sqrt(n[i] * n[both.indices]) + damping  # one root: 1 · 4 is 2 · 2
        alike = both.data / np.maximum(below, np.float32(1e-9))
        keep = i != both.indices
        for row in np.flatnonzero(np.diff(both.indptr) > n_neighbours):
            own = slice(both.indptr[row], both.indptr[row + 1])
            others = alike[own][keep[own]]
            if len(others) > n_neighbours:
                kth = np.partition(others, -n_neighbours)[-n_neighbours]
                ties = np.flatnonzero(keep[own] & (alike[own] == kth))
                keep[own] &= alike[own] > kth
                ties = ties[np.argsort(both.indices[own][ties])]
                keep[own.start + ties[: n_neighbours - keep[own].sum()]] = True
        values.append(alike[keep])
        columns.append(both.indices[keep])
        lengths.append(np.bincount(i[keep] - start, minlength=stop - start))
    indptr = np.cumsum(np.concatenate(lengths))
    parts = np.concatenate(values), np.concatenate(columns), indptr
    return sparse.csc_array(parts, shape=(n_items, n_items))


class Ease(NamedTuple):
    """What `ease` returns: B, kept as the small inverse that it is made of."""

    watched: sparse.csr_array | None  # None where the inverse is that of the items
    inverse: np.ndarray
    diagonal: np.ndarray
    damping: float

    def scores(self, watched: Watched) -> np.ndarray:
        """x B for each row x: float64 of shape (rows of `watched`, n_items), dense.

        Args:
            watched: users × items of the fit; any users. Faded counts score what comes
                next.
        """
        x = check_watched(watched, "watched").astype("float64")
        if x.shape[1] != len(self.diagonal):
            raise ValueError(
                f"watched has {x.shape[1]} items, the fit had {len(self.diagonal)}"
            )
        if self.watched is None:
            x_inverse = x @ self.inverse
        else:  # Woodbury: x (XᵀX + λ)⁻¹ = (x - x Xᵀ (X Xᵀ + λ)⁻¹ X) / λ
            by_user = (x @ self.watched.T) @ self.inverse  # rows of x × users of X
            x_inverse = (x.toarray() - by_user @ self.watched) / self.damping
        return x.toarray() - x_inverse / self.diagonal

    def table(self) -> np.ndarray:
        """B whole: float64 n_items × n_items."""
        return self.scores(sparse.eye_array(len(self.diagonal), format="csr"))


def ease(watched: Watched, damping: float = 200.0, *, max_bytes: float = 4e9) -> Ease:
    """EASE: each item as a weighted sum of the others, the weights in closed form.

        B = the smallest |X - X B|² + λ |B|² with diag(B) = 0
          = 1 - P / diag(P), where P = (XᵀX + λ)⁻¹

    With fewer users than items, P comes from a users × users inverse, and neither P nor
    B is ever there as a whole.

    Args:
        watched: users × items, as in `item_similarities`.
        damping: λ, above 0, in watched items.
        max_bytes: what the inverse may take while it is made, 32 n² for n items (or
            users, if they are fewer); beyond, a ValueError says how much it would be.

    Returns:
        An `Ease`: `.scores(watched)` for some users, `.table()` for B.

    Source: Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019),
    equation 8; the identity is that of Woodbury (1950).
    """
    x = check_watched(watched, "watched").astype("float64")
    damping = check_positive(damping, "damping")
    n_users, n_items = x.shape
    n, side = min((n_users, "users"), (n_items, "items"))
    n_bytes = 32 * n**2  # NumPy makes it out of three other tables of its size
    if n_bytes > check_positive(max_bytes, "max_bytes"):
        raise ValueError(
            f"making the inverse of {n} × {n} {side} takes {n_bytes:,.0f} bytes; "
            f"max_bytes is {max_bytes:,.0f}"
        )
    if n_users >= n_items:
        inverse = _ridge_inverse(x.T @ x, damping)
        return Ease(None, inverse, inverse.diagonal().copy(), damping)
    inverse = _ridge_inverse(x @ x.T, damping)
    by_item = x.tocsc()
    diagonal = np.empty(n_items)
    for start in range(0, n_items, 1024):
        few = by_item[:, start : start + 1024]
        inside = (few * (inverse @ few)).sum(axis=0)
        diagonal[start : start + 1024] = (1 - inside) / damping
    return Ease(x, inverse, diagonal, damping)


def _ridge_inverse(products, damping):
    """(XᵀX + λ)⁻¹ from XᵀX."""
    table = products.toarray()
    table[np.diag_indices(len(table))] += damping
    try:
        return np.linalg.inv(table)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"damping={damping:g} is too small for this table: raise it"
        ) from None


class ImplicitFactors(NamedTuple):
    """Rows of users and of items: float64, n × n_factors; a score is their product."""

    users: np.ndarray
    items: np.ndarray


def implicit_als(
    watched: Watched,
    n_factors: int = 64,
    *,
    alpha: float = 10.0,
    damping: float = 10.0,
    n_iterations: int = 10,
    seed: Seed = 0,
    progress: bool = True,
) -> ImplicitFactors:
    """A dot product fitted to who watched what, by least squares in turn.

        Σ over all cells (1 + α · x) · ((x > 0) - p·q)² + λ (Σ |p|² + Σ |q|²)

    A cell with 0 counts as well, as 0 and with little trust.

    Args:
        watched: users × items, as in `item_similarities`.
        alpha: how much more a watched item is trusted than another, at least 0.
        damping: λ, above 0.
        n_iterations: how often users and items are solved.
        seed: of the first factors.

    Returns:
        `ImplicitFactors`; a user who watched nothing is at 0, and so are their scores.
        New users are `als_step(items, their rows, alpha, damping)`.

    Source: Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback
    datasets" (ICDM 2008), equations 3 to 5.
    """
    x = check_watched(watched, "watched").astype("float64")
    n_factors = check_whole(n_factors, "n_factors")
    n_iterations = check_whole(n_iterations, "n_iterations")
    alpha = check_positive(alpha, "alpha", or_zero=True)
    damping = check_positive(damping, "damping")
    rng = check_seed(seed, "seed")
    by_item = x.T.tocsr()
    items = rng.normal(0, 0.1, (x.shape[1], n_factors))
    title = f"{n_iterations} iterations over {x.nnz:,} cells"
    show = Progress(title, total=n_iterations, visible=progress)
    for done in range(1, n_iterations + 1):
        users = _solve_side(items, x, alpha, damping)
        items = _solve_side(users, by_item, alpha, damping)
        show.update(done)
    show.close()
    return ImplicitFactors(_solve_side(items, x, alpha, damping), items)


def als_step(
    others: np.ndarray, watched: Watched, alpha: float, damping: float
) -> np.ndarray:
    """The best rows while the other side stays: a ridge regression for each.

    Args:
        others: float (n_items, n_factors), the side that stays.
        watched: rows × n_items, as in `item_similarities`.
        alpha, damping: as in `implicit_als`.

    Returns:
        float64 (rows, n_factors).
    """
    others = check_table(pd.DataFrame(others), "others")
    x = check_watched(watched, "watched").astype("float64")
    if x.shape[1] != len(others):
        raise ValueError(f"watched has {x.shape[1]} items, others has {len(others)}")
    alpha = check_positive(alpha, "alpha", or_zero=True)
    return _solve_side(others, x, alpha, check_positive(damping, "damping"))


def _solve_side(others, x, alpha, damping):
    """Rows of the same length n at once, in pieces of about `_AT_ONCE` numbers.

    A row solves (E + QᵀWQ) p = Qᵀ(1 + w), where E = `every` and Q holds the row's own n
    others. By p = E⁻¹Qᵀ (1 + W Q E⁻¹Qᵀ)⁻¹ (1 + w) it is an n × n system, if n is small.
    """
    n_factors = others.shape[1]
    every = others.T @ others + damping * np.eye(n_factors)
    spread = np.linalg.solve(every, others.T).T
    rows, lengths = np.zeros((x.shape[0], n_factors)), np.diff(x.indptr)
    for n in np.unique(lengths[lengths > 0]):
        alike = np.flatnonzero(lengths == n)
        size = max(1, _AT_ONCE // (n_factors * max(n, n_factors)))
        for few in np.split(alike, range(size, len(alike), size)):
            own = x.indptr[few, None] + np.arange(n)  # (rows, n)
            items, trust = x.indices[own], alpha * x.data[own][:, :, None]
            q = others[items]  # (rows, n, n_factors)
            if n < n_factors:
                wide = spread[items].swapaxes(1, 2)
                inside = np.eye(n) + trust * (q @ wide)
                found = wide @ np.linalg.solve(inside, 1 + trust)
            else:
                tall = q.swapaxes(1, 2)
                ridge = every + tall @ (trust * q)
                found = np.linalg.solve(ridge, tall @ (1 + trust))
            rows[few] = found[:, :, 0]
    return rows


def check_pairs(users: np.ndarray, items: np.ndarray) -> None:
    """No user has one item twice."""
    twice = pd.DataFrame({"user": users, "item": items}).duplicated().to_numpy()
    if twice.any():
        first = twice.argmax()
        raise ValueError(f"user {users[first]} watched item {items[first]} twice")


def check_watched(watched: Any, name: str) -> sparse.csr_array:
    """Users × items as a CSR array of float32."""
    table = isinstance(watched, pd.DataFrame)
    if table and all(dtype.kind in "biuf" for dtype in watched.dtypes):
        # To NumPy, nullable numbers and Arrow's are objects.
        watched = watched.to_numpy("float32", na_value=np.nan)
    if not sparse.issparse(watched):
        try:
            watched = np.asarray(watched)
        except ValueError:  # rows of unequal lengths
            told = f"{name} must be users × items, not {watched!r:.60}"
            raise ValueError(told) from None
    if watched.ndim != 2 or watched.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must be numbers, users × items, not {watched.dtype} of shape "
            f"{watched.shape}"
        )
    if watched.shape[1] == 0:
        raise ValueError(f"{name} must be users × items, but has no items")
    table = sparse.csr_array(watched, dtype="float32")
    if not (table.has_canonical_format and table.data.all()):
        table = table.copy()  # the caller's stays as it is
        table.sum_duplicates()
        table.eliminate_zeros()
    wrong = np.sum(~np.isfinite(table.data))
    if wrong:
        raise ValueError(f"{name} has {wrong} NaN or infinite values")
    if (table.data < 0).any():
        raise ValueError(f"{name} has negative values, such as {table.data.min()}")
    return table
