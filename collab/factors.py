"""A fitted model → what is in it: biases, neighbours, a 2-D map."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Tables(NamedTuple):
    """A fitted dot-product model as plain tables by raw id, in stars.

    A prediction is `mean + user_bias[u] + item_bias[i] + user_factors.loc[u] @
    item_factors.loc[i]`.
    """

    mean: float
    user_bias: pd.Series
    item_bias: pd.Series
    user_factors: pd.DataFrame
    item_factors: pd.DataFrame


def read_tables(model, user_ids, item_ids, *, user="user_in", item="movie_in"):
    """Take the tables out of a `dot_product_model`, the average user moved to zero.

    A vector that all users have in common can as well be a part of the item biases,
    and a bias that they have in common a part of the mean; no prediction notices:

        b_i + p_u · q_i  =  (b_i + p̄ · q_i) + (p_u - p̄) · q_i

    With p̄ the mean over the users (each counts once), the item biases are what the
    average user thinks, and 0 is the best guess for a user without ratings.

    Args:
        model: a Keras model whose layers are named as in `collab.models`:
            "user_in_table", "user_in_bias_table" and so on; "add_mean" if it has one.
        user_ids, item_ids: its `IdMap`s, or any objects with `ids` (the raw ids in the
            order of the rows).
        user, item: the names of the two inputs.

    Returns:
        `Tables`: float64, one row per raw id.

    Raises:
        ValueError: the model has no such layer, or a table has not as many rows as
            there are ids.
    """
    names = [layer.name for layer in model.layers]
    tables = []
    for side, ids in [(user, user_ids.ids), (item, item_ids.ids)]:
        for name in (f"{side}_bias_table", f"{side}_table"):
            if name not in names:
                raise ValueError(f"the model has no layer {name!r}; it has {names}")
            (values,) = model.get_layer(name).get_weights()
            if len(values) != len(ids):
                raise ValueError(f"{name!r} has {len(values)} rows for {len(ids)} ids")
            tables.append(pd.DataFrame(values.astype("float64"), index=list(ids)))
    user_bias, user_factors, item_bias, item_factors = tables
    mean = model.get_layer("add_mean").offset if "add_mean" in names else 0.0
    user_bias, item_bias = user_bias[0].rename("bias"), item_bias[0].rename("bias")
    average = user_factors.mean()
    return Tables(
        float(mean + user_bias.mean()),
        user_bias - user_bias.mean(),
        item_bias + item_factors @ average,
        user_factors - average,
        item_factors,
    )


def find_titles(titles, part):
    """The titles that contain `part`, upper and lower case alike.

    Args:
        titles: a Series of titles by item id.
        part: plain text, no pattern.

    Returns:
        A Series like `titles`, in its order, not empty.

    Raises:
        ValueError: `part` is empty, or no title contains it.
    """
    part = str(part).strip()
    found = titles[titles.str.contains(part, case=False, regex=False, na=False)]
    if not part or found.empty:
        raise ValueError(f"no title contains {part!r}")
    return found


def find_title(titles, part):
    """The id of the one title that contains `part`, or is `part`.

    Raises:
        ValueError: none does, or several do; the message lists some of them.
    """
    found = find_titles(titles, part)
    exact = found[found.str.lower() == str(part).strip().lower()]
    if len(exact) == 1:
        return exact.index[0]
    if len(found) > 1:
        raise ValueError(
            f"{len(found)} titles contain {part!r}: {found.head(5).tolist()}; "
            "write more of the one you mean"
        )
    return found.index[0]


def neighbours(factors, item, n=10, *, among=None):
    """The items whose factors point the same way, by cosine similarity.

        cosine(i, j) = q_i · q_j / (|q_i| |q_j|)

    It compares directions and leaves lengths out: a vector that was hardly trained is
    short and points anywhere, so ask `among` items with some ratings.

    Args:
        factors: a DataFrame of finite numbers, one row per item.
        item: the id of one of them.
        n: how many neighbours, at least 1.
        among: ids to choose from; all items if None. `item` itself is left out.

    Returns:
        A Series of n cosines between -1 and 1 by item id, the nearest first; equal
        ones by ascending id. Fewer than n if there are no more to choose from.

    Raises:
        ValueError: an id that `factors` does not have or has twice, n below 1, nothing
            to choose from, a factor that is no number, or an item whose factors are
            all zero: it points nowhere.
        TypeError: n is not a whole number.
    """
    n = _whole(n, "n")
    _check_finite(factors, "factors")
    if not factors.index.is_unique:
        twice = factors.index[factors.index.duplicated()].tolist()[0]
        raise ValueError(f"factors has {twice!r} twice")
    among = factors.index if among is None else pd.Index(among).unique()
    asked = pd.Index([item]).append(among).unique()
    unknown = asked[~asked.isin(factors.index)].tolist()
    if unknown:
        raise ValueError(f"factors has no row for {unknown[:5]}")
    others = factors.loc[among.drop(item, errors="ignore").sort_values()]
    if others.empty:
        raise ValueError("there is no other item to choose from")
    lengths = np.linalg.norm(others, axis=1)
    length = np.linalg.norm(factors.loc[item])
    if length == 0 or not (lengths > 0).all():
        nowhere = item if length == 0 else others.index[lengths == 0].tolist()[0]
        raise ValueError(f"the factors of {nowhere!r} are all zero: no direction")
    cosines = others @ factors.loc[item] / (lengths * length)
    # Rounding may give 1.0000000000000002.
    cosines = cosines.clip(-1, 1).rename("cosine")
    return cosines.sort_values(ascending=False, kind="stable").head(n)


def map_2d(user_factors, item_factors):
    """The two directions in which the items differ most for these users.

    The table of all dot products, users × items, less its mean over the items, is
    taken apart by the singular value decomposition. An item's place is what it adds
    along the first two directions, in stars (root mean square over the users). A
    rotation of both tables leaves every dot product, and so the map, as it is.

    Args:
        user_factors, item_factors: DataFrames with the same columns; at least two
            users and three items.

    Returns:
        A DataFrame with the columns "x" and "y", one row per item; x has the larger
        spread, both have mean 0. A direction has no sign of its own: the item farthest
        from 0 is put on the positive side (of two equally far, the first). And the
        share of the whole variance that the two directions hold, a float.

    Raises:
        ValueError: too few rows, other columns, a factor that is no number, or items
            that are all alike to these users: there is no direction to show.
    """
    if not user_factors.columns.equals(item_factors.columns):
        raise ValueError(
            f"user_factors has {user_factors.shape[1]} columns, item_factors "
            f"{item_factors.shape[1]}; they must be the same, in the same order"
        )
    _check_finite(user_factors, "user_factors")
    _check_finite(item_factors, "item_factors")
    if len(user_factors) < 2 or len(item_factors) < 3:
        raise ValueError(
            f"a map needs 2 users and 3 items, not {len(user_factors)} and "
            f"{len(item_factors)}"
        )
    p, q = user_factors.to_numpy("float64"), item_factors.to_numpy("float64")
    stars = p @ q.T  # users × items
    size = np.linalg.norm(stars)
    stars -= stars.mean(axis=1, keepdims=True)
    _, lengths, directions = np.linalg.svd(stars, full_matrices=False)
    if not lengths[0] > 1e-9 * size:  # less is rounding
        raise ValueError("the items are all alike to these users")
    places = directions[:2].T * lengths[:2] / np.sqrt(len(stars))
    farthest = np.abs(places).round(9).argmax(axis=0)  # rounding decides no tie
    places *= np.sign(places[farthest, [0, 1]])
    share = (lengths[:2] ** 2).sum() / (lengths**2).sum()
    return pd.DataFrame(places, index=item_factors.index, columns=["x", "y"]), share


def align(places, reference):
    """Turn (and mirror) one map until it lies on another as well as it can.

    The orthogonal matrix R with the smallest Σ |places R - reference|².

    Args:
        places, reference: DataFrames of the same shape, index and columns: maps, or
            tables of factors.

    Returns:
        `places @ R`, like `places`.

    Raises:
        ValueError: the index or the columns differ, or a value is no number.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem"
    (Psychometrika, 1966).
    """
    same_rows = places.index.equals(reference.index)
    if not same_rows or not places.columns.equals(reference.columns):
        raise ValueError(
            f"places {places.shape} and reference {reference.shape} must have the same "
            "rows and columns in the same order"
        )
    _check_finite(places, "places")
    _check_finite(reference, "reference")
    left, _, right = np.linalg.svd(places.to_numpy().T @ reference.to_numpy())
    turned = places.to_numpy() @ left @ right
    return pd.DataFrame(turned, index=places.index, columns=places.columns)


def _check_finite(table, name):
    rows = ~np.isfinite(table.to_numpy("float64")).all(axis=1)
    if rows.any():
        first = table.index[rows].tolist()[0]
        raise ValueError(f"row {first!r} of {name} has NaN or infinity")


def _whole(value, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, not {value}")
    return int(value)
