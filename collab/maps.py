"""The factors of users and items → a map: the two directions that say most.

>>> import pandas as pd
>>> from collab.maps import map_2d
>>> users = pd.DataFrame([[3, 0], [0, 1]])
>>> items = pd.DataFrame([[1, 0], [-1, 0], [0, 1]], index=[50, 20, 90])
>>> places, share = map_2d(users, items)
>>> f"{places.loc[50, 'x']:.1f} {places.loc[20, 'x']:.1f}, {share:.0%}"
'2.1 -2.1, 100%'
"""

import numpy as np
import pandas as pd

from collab.factors import check_table, product_svd


def map_2d(
    user_factors: pd.DataFrame, item_factors: pd.DataFrame
) -> tuple[pd.DataFrame, float]:
    """The two directions in which the items differ most for these users.

    The directions are those of the singular value decomposition of all dot products,
    users × items, less their mean over the items (`product_svd` never makes that
    table). An item's place is what it adds along the first two, in the unit of the
    ratings (root mean square over the users). A rotation of both tables leaves the map
    as it is.

    Args:
        user_factors, item_factors: DataFrames with the same columns; at least two
            users and three items.

    Returns:
        A DataFrame with the columns "x" and "y", one row per item; x has the larger
        spread, both have mean 0. The item farthest from 0 is on the positive side (of
        two equally far, the first). And the share of the whole variance that the two
        directions hold, a float.

    Raises:
        ValueError: too few rows, other columns, or items that are all alike to these
            users.
    """
    P = check_table(user_factors, "user_factors")
    Q = check_table(item_factors, "item_factors")
    if not user_factors.columns.equals(item_factors.columns):
        raise ValueError(
            f"user_factors has {user_factors.shape[1]} columns, item_factors "
            f"{item_factors.shape[1]}; they must be the same, in the same order"
        )
    if len(P) < 2 or len(Q) < 3:
        raise ValueError(f"a map needs 2 users and 3 items, not {len(P)} and {len(Q)}")
    _, lengths, directions = product_svd(P, Q - Q.mean(axis=0))
    # Less is rounding, which does not shrink when the mean is taken off.
    if not (lengths > 1e-12 * np.linalg.norm(P) * np.linalg.norm(Q)).any():
        raise ValueError("the items are all alike to these users")
    places = np.zeros((len(Q), 2))  # a single factor leaves y at 0
    places[:, : len(lengths)] = (directions * lengths)[:, :2] / np.sqrt(len(P))
    far = np.abs(places) / np.abs(places).max()
    farthest = far.round(9).argmax(axis=0)  # rounding decides no tie
    places *= np.where(places[farthest, [0, 1]] < 0, -1, 1)
    share = float((lengths[:2] ** 2).sum() / (lengths**2).sum())
    return pd.DataFrame(places, index=item_factors.index, columns=["x", "y"]), share


def align(places: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Turn or mirror one map until it lies on another as well as it can.

    Args:
        places, reference: DataFrames with the same index and columns: maps, or tables
            of factors.

    Returns:
        `places @ R`, like `places`, with the R of `procrustes`.
    """
    moved, fixed = check_table(places, "places"), check_table(reference, "reference")
    same_rows = places.index.equals(reference.index)
    if not same_rows or not places.columns.equals(reference.columns):
        raise ValueError(
            f"places {places.shape} and reference {reference.shape} must have the same "
            "rows and columns in the same order"
        )
    turned = moved @ procrustes(moved, fixed)
    return pd.DataFrame(turned, index=places.index, columns=places.columns)


def procrustes(A, B):
    """The orthogonal matrix R with the smallest |A R - B|².

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem"
    (Psychometrika, 1966).
    """
    left, _, right = np.linalg.svd(A.T @ B)
    return left @ right
