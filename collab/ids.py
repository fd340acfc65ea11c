"""Raw ids ↔ 0 … n-1, the row numbers of an embedding table."""

import json
import operator
from pathlib import Path

import numpy as np
import pandas as pd


class IdMap:
    """Gives each distinct id a row number, in the order of first appearance.

        users = IdMap(ratings["userId"])
        users.encode([547, 15])     # raw ids → row numbers, int64
        users.decode([0, 1, 2])     # row numbers → raw ids
        len(users)                  # how many rows the table needs

    Ids are whole numbers or text, all of one kind. A map built from a list, an array
    or a Series (whatever its index) of the same values is the same map.

    Args:
        ids: a one-dimensional sequence of ids; repeats are welcome.

    Raises:
        ValueError: no ids, a missing id, a number that is not whole, or a mixture of
            numbers and text.
    """

    def __init__(self, ids):
        values = _as_ids(ids, "ids")
        if len(values) == 0:
            raise ValueError("ids is empty: a map needs at least one id")
        # pd.unique keeps the order of first appearance (np.unique would sort).
        self._index = pd.Index(pd.unique(values), dtype=values.dtype)

    @property
    def ids(self):
        """The distinct ids in order: `ids[k]` has row number `k`. A copy."""
        return self._index.to_numpy(copy=True)

    def __len__(self):
        return len(self._index)

    def __contains__(self, value):
        return value in self._index

    def __eq__(self, other):
        return isinstance(other, IdMap) and self._index.equals(other._index)

    __hash__ = None  # compared by content, like a list

    def __repr__(self):
        shown = ", ".join(repr(value) for value in self._index[:5].tolist())
        return f"IdMap({len(self)} ids: {shown}{', …' if len(self) > 5 else ''})"

    def encode(self, ids, *, unknown=None):
        """Row numbers of raw ids.

        Args:
            ids: one id, or a one-dimensional sequence of them.
            unknown: what to do with an id the map has never seen. None raises; an
                integer outside 0 … n-1 stands for each such id (-1 as a marker, or n
                as the number of an extra row).

        Returns:
            An int for one id, otherwise an int64 array of the same length.

        Raises:
            ValueError: an unknown id (the message lists a few), ids of the other
                kind, or an `unknown` that is a row number already.
        """
        one = np.ndim(ids) == 0
        values = _as_ids([ids] if one else ids, "ids")
        if len(values) and (values.dtype == object) != (self._index.dtype == object):
            raise ValueError(
                f"this map holds ids like {self.decode(0)!r}, not "
                f"{_plain(values[0])!r}: whole numbers and text are different ids"
            )
        rows = self._index.get_indexer(values).astype("int64")
        missing = rows == -1
        if unknown is not None:
            unknown = operator.index(unknown)
            if 0 <= unknown < len(self):
                raise ValueError(
                    f"unknown={unknown} is already the row number of id "
                    f"{self.decode(unknown)!r}; use -1, or {len(self)} for an extra row"
                )
            rows[missing] = unknown
        elif missing.any():
            strangers = pd.unique(values[missing])
            shown = ", ".join(repr(value) for value in strangers[:5].tolist())
            raise ValueError(
                f"never seen: {shown}{', …' if len(strangers) > 5 else ''} "
                f"({len(strangers)} of the {len(pd.unique(values))} ids); "
                f"the map knows {len(self)} ids (unknown=-1 would mark them)"
            )
        return int(rows[0]) if one else rows

    def decode(self, rows):
        """Raw ids of row numbers: the inverse of `encode`.

        Args:
            rows: one row number, or a one-dimensional sequence of them.

        Returns:
            One id (int or str), otherwise an array of ids (int64, or object for text).

        Raises:
            ValueError: a row number outside 0 … n-1, or one that is not an integer.
                -1 is refused too: it would silently be the last row.
        """
        values = np.asarray(rows)
        if values.dtype.kind not in "iu" and values.size:
            raise ValueError(f"row numbers must be integers, not {rows!r}")
        outside = values[(values < 0) | (values >= len(self))]
        if outside.size:
            raise ValueError(
                f"row number {outside.flat[0]} is outside 0 … {len(self) - 1}"
            )
        if values.ndim == 0:
            return _plain(self._index[int(values)])
        return self._index.to_numpy()[values.astype("int64")]

    def save(self, path):
        """Write the map to a JSON file."""
        content = {"kind": "IdMap", "n": len(self), "ids": self._index.tolist()}
        Path(path).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, path):
        """Read a map that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is damaged or holds something else.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            id_map, n = cls(content["ids"]), content["n"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} does not hold a saved IdMap ({error})") from error
        if len(id_map) != n:
            raise ValueError(f"{path} holds {len(id_map)} ids, but was saved with {n}")
        return id_map


def _as_ids(ids, name):
    """A 1-D array of int64, or of str as objects; ValueError for anything else."""
    # A set has no order to number its ids by.
    if isinstance(ids, (str, bytes, dict, set)) or not hasattr(ids, "__iter__"):
        raise ValueError(f"{name} must be a list, array or Series, not {ids!r}")
    # Not np.asarray for a list: it would turn [1, "a"] into ["1", "a"].
    values = ids.to_numpy() if hasattr(ids, "to_numpy") else ids
    if not isinstance(values, np.ndarray):
        values = np.asarray(pd.Series(list(values), dtype=object).infer_objects())
    if values.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not shape {values.shape}")
    if values.dtype.kind == "i" or len(values) == 0:
        return values.astype("int64")
    missing = pd.isna(values)
    if missing.any():
        raise ValueError(
            f"{name}: {missing.sum()} of {len(values)} ids are missing "
            f"({_plain(values[missing][0])!r} at position {missing.argmax()})"
        )
    if values.dtype.kind not in "uf":
        values = values.astype(object)
        if all(isinstance(value, str) for value in values):
            return np.array([str(value) for value in values], dtype=object)
    whole = np.array([_is_whole(value) for value in values.tolist()])
    if not whole.all():
        raise ValueError(
            f"{name}: {_plain(values[~whole][0])!r} is not a whole number "
            "(ids are all whole numbers, or all text)"
        )
    return values.astype("int64")


def _plain(value):
    """A number as Python's own: a reader wants to see 7, not np.int64(7)."""
    return value.item() if isinstance(value, np.generic) else value


def _is_whole(value):
    """Is it a number that int64 holds exactly?"""
    if isinstance(value, (float, np.floating)):
        # From 2**53 on, one float stands for several whole numbers.
        return abs(value) < 2**53 and value == value // 1
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return integer and -(2**63) <= value < 2**63
