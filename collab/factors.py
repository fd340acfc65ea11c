"""A fitted model → its `Factors`: biases and vectors by raw id; their neighbours.

>>> import pandas as pd
>>> from collab.factors import neighbours
>>> item_factors = pd.DataFrame([[3, 4], [6, 8], [4, 3]], index=[50, 20, 7])
>>> neighbours(item_factors, 50).round(2).to_dict()
{20: 1.0, 7: 0.96}
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import (
    Id,
    Scale,
    check_id_list,
    check_ids,
    check_numbers,
    check_scale,
    check_whole,
)
from collab.ids import IdMap


class Taste(NamedTuple):
    """What is known of one user: a bias in the unit of the ratings, and factors."""

    bias: float
    factors: np.ndarray  # float64 (n_factors,)


@dataclass(frozen=True, eq=False)
class Factors:
    """What was learnt from a table of ratings, by raw id, in the unit of the ratings.

    The fields are checked once, when they are put together. All values become float64,
    and the rows of factors come in the order of the biases.

    Args:
        mean: a finite number.
        user_bias, item_bias: Series of finite numbers by distinct raw id.
        user_factors, item_factors: DataFrames of finite numbers with the same ids, in
            any order, and as many columns as each other. Without `user_bias` and
            `user_factors` (None) nobody is in it, but strangers can be folded in.
        scale: `(lowest, highest)` rating there is, or None.
    """

    mean: float
    user_bias: pd.Series | None
    item_bias: pd.Series
    user_factors: pd.DataFrame | None
    item_factors: pd.DataFrame
    scale: Scale | None = None

    def __post_init__(self):
        checked = {"mean": float(check_numbers([self.mean], "mean")[0])}
        if self.user_bias is None and self.user_factors is None:
            nobody = pd.Index([], dtype="int64")
            checked["user_bias"] = pd.Series([], nobody, dtype="float64", name="bias")
            checked["user_factors"] = pd.DataFrame(
                index=nobody, columns=self.item_factors.columns, dtype="float64"
            )
        else:
            checked |= _checked_side("user", self.user_bias, self.user_factors)
        checked |= _checked_side("item", self.item_bias, self.item_factors)
        sizes = [checked[f"{side}_factors"].shape[1] for side in ("user", "item")]
        if sizes[0] != sizes[1]:
            raise ValueError(f"a user has {sizes[0]} factors, but an item {sizes[1]}")
        if self.scale is not None:
            checked["scale"] = check_scale(self.scale)
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def predict(
        self,
        users: ArrayLike,
        items: ArrayLike,
        *,
        unknown: Literal["average"] | None = None,
        clip: bool = True,
    ) -> np.ndarray:
        """The predicted ratings of pairs: μ + b_u + b_i + p_u · q_i.

        Args:
            users, items: raw ids: two sequences of the same length, or one of them a
                single id.
            unknown: None refuses an id that is not here; "average" takes the average
                row of all users or items.
            clip: bring a prediction beyond `scale`, if there is one, to its end.

        Returns:
            float64 of shape (n,), in the unit of the ratings.

        Raises:
            ValueError: an unknown id, or sequences of different lengths.
        """
        if unknown not in (None, "average"):
            raise ValueError(f"unknown must be None or 'average', not {unknown!r}")
        b_u, p = self._rows("user", users, unknown)
        b_i, q = self._rows("item", items, unknown)
        if len(b_u) != len(b_i) and 1 not in (len(b_u), len(b_i)):
            raise ValueError(f"{len(b_u)} users, but {len(b_i)} items")
        ratings = self.mean + b_u + b_i + (p * q).sum(axis=1)
        return ratings.clip(*self.scale) if clip and self.scale else ratings

    def taste(self, user: Id) -> Taste:
        """The `Taste` of one of the users, by raw id."""
        (bias,), (factors,) = self._rows("user", [user], None)
        return Taste(float(bias), factors)

    def scores(self, taste: tuple[float, ArrayLike]) -> pd.Series:
        """The predicted ratings of one taste for every item: μ + b + b_i + p · q_i.

        Args:
            taste: what `taste` or `collab.recommend.fold_in` returned, or any pair of a
                bias and a vector of as many factors as an item has.

        Returns:
            A Series of float64 by item id, not clipped: that would make the best equal.
        """
        if not isinstance(taste, (tuple, list)) or len(taste) != 2:
            raise ValueError(f"taste must be a bias and factors, not {taste!r:.60}")
        (bias,) = check_numbers([taste[0]], "the bias of the taste")
        p = check_numbers(taste[1], "the factors of the taste")
        Q = self.item_factors.to_numpy()
        if len(p) != Q.shape[1]:
            raise ValueError(f"the taste has {len(p)} factors, an item {Q.shape[1]}")
        return self.mean + bias + self.item_bias + Q @ p

    def _rows(self, side, ids, unknown):
        """The biases and factors of ids of one side; the average ones where unknown."""
        bias, table = getattr(self, f"{side}_bias"), getattr(self, f"{side}_factors")
        if not pd.api.types.is_list_like(ids, allow_sets=False):
            ids = [ids.tolist() if isinstance(ids, np.ndarray) else ids]
        ids = check_ids(ids, f"{side}s", known=bias.index)
        rows = bias.index.get_indexer(ids)
        strange = ids[rows < 0][:5].tolist()
        if not strange:
            return bias.to_numpy()[rows], table.to_numpy()[rows]
        if unknown is None:
            cure = " (unknown='average' would take the average one)"
            if side == "user":
                cure = ": fold their ratings in, or use unknown='average'"
            raise ValueError(f"there is no {side} {strange}{cure}")
        bias = np.append(bias, bias.mean() if len(bias) else 0.0)  # row -1
        average = table.mean(axis=0) if len(table) else np.zeros(table.shape[1])
        return bias[rows], np.vstack([table, average])[rows]


def check_factors(factors: Any, name: str = "factors") -> Factors:
    """`Factors` as they are; anything else is refused."""
    if not isinstance(factors, Factors):
        kind = type(factors).__name__
        raise ValueError(f"{name} must be a Factors (collab.factors), not {kind}")
    return factors


def _checked_side(side, bias, factors):
    """The two fields of one side, float64, in one order."""
    if not isinstance(bias, pd.Series) or not isinstance(factors, pd.DataFrame):
        raise ValueError(
            f"{side}_bias must be a Series and {side}_factors a DataFrame, not "
            f"{type(bias).__name__} and {type(factors).__name__}"
        )
    ids = check_ids(bias.index, f"the index of {side}_bias")
    ids = pd.Index(ids, name=bias.index.name)
    if not (ids.is_unique and factors.index.is_unique):
        raise ValueError(f"one {side} is there twice")
    places = factors.index.get_indexer(ids)
    if len(factors) != len(ids) or (places < 0).any():
        raise ValueError(f"{side}_bias and {side}_factors must have the same ids")
    values = check_numbers(bias, f"{side}_bias")
    table = check_table(factors, f"{side}_factors")[places]
    return {
        f"{side}_bias": pd.Series(values, ids, name="bias"),
        f"{side}_factors": pd.DataFrame(table, ids, factors.columns),
    }


def read_factors(model: Any, user_ids: IdMap, item_ids: IdMap) -> Factors:
    """Take the tables out of a fitted Keras model, the average user moved to zero.

    What all users have in common moves to the item biases and to the mean. Predictions
    stay the same:

        b_i + p_u · q_i  =  (b_i + p̄ · q_i) + (p_u - p̄) · q_i

    With p̄ the mean over the users (each counts once), the item biases are what the
    average user thinks, and 0 is the best guess for a user without ratings.

    Layers `Rescaling` after the dot product make a x + b of its result x, and a is the
    unit of the ratings. The biases and the users' factors are multiplied by a, the
    items' factors are not. So the dampings of `collab.recommend.fold_in`, which are
    compared with item factors, mean the same on every scale.

    Args:
        model: a Keras model with the two inputs "user_in" and "item_in" and layers
            named as in `collab.models`: "user_in_table", "user_in_bias_table" and so
            on. A `Rescaling` named "to_scale" is taken for the scale: it makes offset …
            offset + scale of 0 … 1.
        user_ids, item_ids: its `IdMap`s, or any objects with `ids` (the raw ids in the
            order of the rows).

    Returns:
        `Factors`: one row per raw id.

    Raises:
        ValueError: the model has no such layer; a table has not as many rows as there
            are ids; or its predictions differ from those of `Factors` (a sigmoid at the
            end, a layer between).
    """
    for name, id_map in [("user_ids", user_ids), ("item_ids", item_ids)]:
        if not hasattr(id_map, "ids"):
            raise ValueError(f"{name} must be an IdMap, not {id_map!r:.60}")
    if not hasattr(model, "layers"):
        raise ValueError(f"model must be a Keras model, not {model!r:.60}")
    layers = {layer.name: layer for layer in model.layers}

    def table(name, ids):
        if name not in layers:
            raise ValueError(f"the model has no layer {name!r}; it has {list(layers)}")
        (values,) = layers[name].get_weights()
        if len(values) != len(ids):
            raise ValueError(f"{name!r} has {len(values)} rows for {len(ids)} ids")
        return pd.DataFrame(values.astype("float64"), index=list(ids))

    user_bias = table("user_in_bias_table", user_ids.ids)[0]
    item_bias = table("item_in_bias_table", item_ids.ids)[0]
    user_factors = table("user_in_table", user_ids.ids)
    item_factors = table("item_in_table", item_ids.ids)
    a, b, scale = 1.0, 0.0, None
    for layer in model.layers:
        if type(layer).__name__ == "Rescaling":
            width, low = float(layer.scale), float(layer.offset)
            a, b = a * width, b * width + low
            scale = (low, low + width) if layer.name == "to_scale" else scale
    biases, user_factors = (a * user_bias, a * item_bias), a * user_factors
    read = Factors(b, *biases, user_factors, item_factors, scale)
    _check_same(model, read)
    return centre_users(read)


def centre_users(factors: Factors) -> Factors:
    """The same predictions with users whose biases and factors have the mean 0."""
    average_bias, average = factors.user_bias.mean(), factors.user_factors.mean()
    item_bias = factors.item_bias + factors.item_factors @ average
    return replace(
        factors,
        mean=float(factors.mean + average_bias),
        user_bias=factors.user_bias - average_bias,  # type: ignore[arg-type]
        item_bias=item_bias.rename("bias"),
        user_factors=factors.user_factors - average,
    )


def neighbours(
    factors: pd.DataFrame,
    item: Id,
    n: int = 10,
    *,
    among: ArrayLike | set | None = None,
) -> pd.Series:
    """The items whose factors point the same way, by cosine similarity (`cosine`).

    Cosines compare directions and leave lengths out: a vector that was hardly trained
    is short and points anywhere, so ask `among` items with some ratings. One of length
    0 points nowhere and is not a neighbour of any item.

    Args:
        factors: finite numbers, one row per item.
        item: the id of one of them.
        n: how many neighbours, at least 1.
        among: ids to choose from; all items if None. `item` itself is left out.

    Returns:
        A Series of n cosines between -1 and 1 by item id, the nearest first; equal
        ones by ascending id. Fewer than n if there are no more to choose from.

    Raises:
        ValueError: an id that `factors` does not have or has twice, nothing to choose
            from, or the factors of `item` are all zero.
    """
    n = check_whole(n, "n")
    table = check_table(factors, "factors")
    twice = factors.index[factors.index.duplicated()].tolist()
    if twice:
        raise ValueError(f"factors has {twice[0]!r} twice")
    item = item.tolist() if isinstance(item, np.ndarray) else item
    one = check_rows([item], "item", factors.index)
    rows = np.arange(len(table))
    if among is not None:
        rows = np.unique(check_rows(among, "among", factors.index))
    if not table[one[0]].any():
        raise ValueError(f"the factors of {item!r} are all zero: no direction")
    rows = rows[(rows != one) & table[rows].any(axis=1)]
    if not len(rows):
        raise ValueError("there is no other item to choose from")
    cosines = cosine(table[rows], table[one[0]])
    answer = pd.Series(cosines, factors.index[rows], name="cosine").sort_index()
    return answer.sort_values(ascending=False, kind="stable").head(n)


def cosine(Q: np.ndarray, q: np.ndarray) -> np.ndarray:
    """cos(i) = q_i · q / (|q_i| |q|), for each row q_i of Q."""
    cosines = Q @ q / (np.linalg.norm(Q, axis=1) * np.linalg.norm(q))
    return np.clip(cosines, -1, 1)  # rounding may give 1.0000000000000002


def product_svd(
    P: np.ndarray, Q: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The singular value decomposition of P Qᵀ, from QR of both and a small core.

    With P = A R and Q = B S (A, B with orthonormal columns), P Qᵀ = A (R Sᵀ) Bᵀ.
    """
    A, R = np.linalg.qr(P)
    B, S = np.linalg.qr(Q)
    left, lengths, right = np.linalg.svd(R @ S.T, full_matrices=False)
    return A @ left, lengths, B @ right.T


def _check_same(model, factors):
    """Some predictions of the model, compared with those of its tables."""
    names = [inp.name for inp in model.inputs]
    if set(names) != {"user_in", "item_in"}:
        raise ValueError(f"the model has the inputs {names}, not user_in and item_in")
    users, items = factors.user_bias.index, factors.item_bias.index
    user_rows = np.linspace(0, len(users) - 1, 16).astype("int64")
    item_rows = np.linspace(0, len(items) - 1, 16).astype("int64")[::-1]
    rows = {"user_in": user_rows, "item_in": item_rows}
    expected = np.ravel(model([rows[name] for name in names]))
    pairs = users[user_rows], items[item_rows]
    found = factors.predict(*pairs, clip=False)
    fields = ["mean", "user_bias", "item_bias", "user_factors", "item_factors"]
    size = Factors(*(abs(getattr(factors, f)) for f in fields)).predict(*pairs)
    # float16 is exact to a thousandth of the largest part; NaN is equal to anything.
    wrong = np.abs(found - expected) > 0.005 * size
    if wrong.any():
        k = wrong.argmax()
        raise ValueError(
            f"the model predicts {expected[k]:.4g} where its tables give {found[k]:.4g}"
            ": it is not a dot product plus biases, with at most Rescaling after it"
        )


def check_table(table: pd.DataFrame, name: str) -> np.ndarray:
    """A DataFrame's numbers as float64, users or items × factors."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{name} must be a DataFrame, not {type(table).__name__}")
    for column, dtype in table.infer_objects().dtypes.items():
        if not pd.api.types.is_numeric_dtype(dtype) or dtype.kind == "b":
            raise ValueError(f"{name}: column {column!r} holds {dtype}, not numbers")
    values = table.to_numpy("float64", na_value=np.nan)
    wrong = ~np.isfinite(values).all(axis=1)
    if wrong.any():
        first = table.index[wrong].tolist()[0]
        raise ValueError(f"row {first!r} of {name} has NaN or infinity")
    return values


def check_rows(ids: Any, name: str, known: pd.Index) -> np.ndarray:
    """The row numbers of ids in an index."""
    ids = check_id_list(ids, name, known)
    rows = known.get_indexer(pd.Index(ids))
    if (rows < 0).any():
        unknown = ids[rows < 0][:5].tolist()
        raise ValueError(f"{name}: factors has no row for {unknown}")
    return rows


def ridge_step(X, y, damping):
    """The w with the smallest |y - X w|² + Σ damping w²: (Xᵀ X + D) w = Xᵀ y."""
    return np.linalg.solve(X.T @ X + np.diag(damping), X.T @ y)
