"""Raw ids ↔ 0 … n-1, the row numbers of an embedding table.

>>> from collab.ids import IdMap
>>> users = IdMap(["ann", "bob", "ann"])
>>> users.encode(["bob", "ann", "ann"]).tolist()
[1, 0, 0]
>>> users.decode(1)
'bob'
"""

import json
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import check_columns, check_ids, check_row_numbers, check_whole


class IdMap:
    """Gives each distinct id a row number, in the order of first appearance.

    `len` of it is how many rows the table needs.

    Args:
        ids: ids in order, so not a set, at least one; repeats are welcome.
    """

    def __init__(self, ids: ArrayLike) -> None:
        values = check_ids(ids, "ids", ordered=True)
        if len(values) == 0:
            raise ValueError("ids is empty: a map needs at least one id")
        # pd.unique keeps the order of first appearance (np.unique would sort).
        self._index = pd.Index(pd.unique(values), dtype=values.dtype)

    @property
    def ids(self) -> np.ndarray:
        """The distinct ids in order: `ids[k]` has row number `k`. A copy."""
        return self._index.to_numpy(copy=True)

    def __len__(self):
        return len(self._index)

    def __contains__(self, value):
        if not _as_list(value)[1]:
            raise ValueError(f"in asks for one id, and {value!r:.60} is not one")
        try:
            return bool(self.encode(value, unknown=-1) >= 0)
        except ValueError:  # text where the ids are numbers, True, None: no id of it
            return False

    def __eq__(self, other):
        return isinstance(other, IdMap) and self._index.equals(other._index)

    def __repr__(self):
        return f"IdMap({len(self)} ids: {_some(self._index)})"

    def encode(self, ids: ArrayLike, *, unknown: int | None = None) -> int | np.ndarray:
        """Row numbers of raw ids.

        Args:
            ids: one id, or a one-dimensional sequence of them.
            unknown: what becomes of an id the map has never seen. None raises; an
                integer outside 0 … n-1 stands for it: -1 as a marker, or n as the
                number of an extra row.

        Returns:
            An int for one id, otherwise an int64 array of the same length.

        Raises:
            ValueError: an unknown id (the message lists a few), or an `unknown` that
                is a row number already.
        """
        ids, one = _as_list(ids)
        values = check_ids(ids, "ids", self._index, ordered=True)
        rows = self._index.get_indexer(values).astype("int64")
        missing = rows == -1
        if unknown is not None:
            unknown = check_whole(unknown, "unknown", least=-(2**63))
            if unknown >= 2**63:
                raise ValueError(f"unknown={unknown} has more than 63 bits; use -1")
            if 0 <= unknown < len(self):
                raise ValueError(
                    f"unknown={unknown} is already the row number of id "
                    f"{self.decode(unknown)!r}; use -1, or {len(self)} for an extra row"
                )
            rows[missing] = unknown
        elif missing.any():
            strangers = pd.unique(values[missing])
            of = f"({len(strangers)} of the {len(pd.unique(values))} ids)"
            raise ValueError(
                f"never seen: {_some(strangers)} {of}; the map knows {len(self)} ids "
                "(unknown=-1 would mark them)"
            )
        return int(rows[0]) if one else rows

    def decode(self, rows: ArrayLike) -> int | str | np.ndarray:
        """Raw ids of row numbers: the inverse of `encode`.

        Args:
            rows: one row number, or a one-dimensional sequence of them.

        Returns:
            One id (int or str), otherwise an array of ids (int64, or object for text).

        Raises:
            ValueError: a row number outside 0 … n-1. -1 is refused too: it would
                silently be the last row.
        """
        rows, one = _as_list(rows)
        ids = self._index.to_numpy()[check_row_numbers(rows, "rows", len(self))]
        return ids.tolist()[0] if one else ids

    def save(self, path: str | Path) -> None:
        """Write the map to a JSON file."""
        content = {"kind": "IdMap", "n": len(self), "ids": self._index.tolist()}
        Path(path).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a map that `save` wrote. A damaged file is a ValueError."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            id_map, n = cls(content["ids"]), content["n"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} does not hold a saved IdMap ({error})") from error
        if len(id_map) != n:
            raise ValueError(f"{path} holds {len(id_map)} ids, but was saved with {n}")
        return id_map


def add_row_numbers(
    ratings: pd.DataFrame,
    user_ids: IdMap,
    item_ids: IdMap,
    *,
    user: str = "userId",
    item: str = "movieId",
    unknown: int | None = None,
) -> pd.DataFrame:
    """The ratings with two more columns: "user_row" and "item_row".

    >>> ratings = pd.DataFrame({"userId": [7, 3], "movieId": [50, 50]}, index=[8, 9])
    >>> add_row_numbers(ratings, IdMap([3, 7]), IdMap([50]))
       userId  movieId  user_row  item_row
    8       7       50         1         0
    9       3       50         0         0

    Args:
        ratings: with the columns `user` and `item`.
        user_ids, item_ids: the `IdMap` of each.
        unknown: as in `IdMap.encode`, for both columns.

    Returns:
        A copy of `ratings`, its rows in their order with their index.

    Raises:
        ValueError: an unknown id, or one of the new columns is there already.
    """
    table, more = check_columns(ratings, [user, item]), {}
    sides = [(user, user_ids, "user_row"), (item, item_ids, "item_row")]
    for column, id_map, new in sides:
        if new in ratings.columns:
            raise ValueError(
                f"ratings has a column {new!r} already, which would be overwritten: "
                "drop it or rename it first"
            )
        if not isinstance(id_map, IdMap):
            raise ValueError(f"{new[:4]}_ids must be an IdMap, not {id_map!r:.60}")
        try:
            more[new] = id_map.encode(table[column], unknown=unknown)
        except ValueError as error:
            raise ValueError(f"column {column!r}: {error}") from None
    return ratings.assign(**more)


def _as_list(value):
    """One value as a list of it, several as they are; and whether it is one."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    one = isinstance(value, (str, bytes)) or not hasattr(value, "__len__")
    return ([value] if one else value), one


def _some(ids):
    """The first five ids, for a message."""
    shown = ", ".join(repr(value) for value in ids[:5].tolist())
    return f"{shown}, …" if len(ids) > 5 else shown
