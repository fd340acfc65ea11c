"""Lesson 02's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_02 as checks  # noqa: F401


def dictionary(ids, start=0):
    return {value: row for row, value in enumerate(dict.fromkeys(ids), start)}


def in_a_loop(ids):
    rows = {}
    for value in ids:
        if value not in rows:
            rows[value] = len(rows)
    return rows


def encode(mapping, ids, stranger=-1):
    return np.array([mapping.get(value, stranger) for value in ids])


def setting_defaults(mapping, ids):
    return np.array([mapping.setdefault(value, len(mapping)) for value in ids])


RIGHT = {
    "id_dictionary": [
        dictionary,
        in_a_loop,
        lambda x: {v: k for k, v in enumerate(pd.Series(x).unique())},
        lambda x: dict(zip(dict.fromkeys(x), range(99), strict=False)),
    ],
    "encode_with_marker": [
        encode,
        lambda m, ids: pd.Series(ids).map(m).fillna(-1).astype(int).to_numpy(),
        lambda m, ids: encode(m, ids).astype("int32"),
    ],
    "wasted_rows": [
        lambda ids: int(ids.max()) + 1 - ids.nunique(),
        lambda ids: len(set(range(max(ids) + 1)) - set(ids)),
        lambda ids: (np.bincount(ids) == 0).sum(),
    ],
}

WRONG = {
    "id_dictionary": {
        # A set of letters may happen to be in order; of small numbers it is sorted.
        "numbered by size": [
            lambda ids: dictionary(sorted(set(ids))),
            lambda ids: dictionary(set(ids) if next(iter(ids)) == 7 else ids),
        ],
        "the first row has the number 0": lambda ids: dictionary(ids, 1),
        "other way round": lambda ids: dict(enumerate(dict.fromkeys(ids))),
        "an id that comes again leaves a gap": lambda ids: {
            x: list(ids).index(x) for x in ids
        },
        "later appearances overwrite the first": lambda ids: {
            x: k for k, x in enumerate(ids)
        },
        "Hint: `ids` may be a list, too, and not every": lambda ids: {
            x: k for k, x in enumerate(pd.unique(ids))
        },
        "a list has no methods of pandas": lambda ids: {
            x: k for k, x in enumerate(ids.unique())
        },
        "may be text": lambda ids: dictionary([int(x) for x in ids]),
        "row numbers are integers": lambda ids: {
            x: k / 1 for x, k in dictionary(ids).items()
        },
        "expected {'b': 0": lambda ids: {50: 0, 20: 1, 90: 2, 60: 3},
        "the id that appears first gets 0": lambda ids: dictionary(list(ids)[::-1]),
    },
    "encode_with_marker": {
        "NumPy array": lambda m, ids: [m.get(x, -1) for x in ids],
        "row 0 became -1, too: `or` takes 0 for nothing": lambda m, ids: np.array(
            [m.get(x) or -1 for x in ids]
        ),
        "Hint: an id that the dictionary does not have: `get`": lambda m, ids: np.array(
            [m[x] for x in ids]
        ),
        "the places of the ids in {'b': 1, 'a': 0}; the row numbers are its": (
            lambda m, ids: pd.Index(list(m)).get_indexer(list(ids))
        ),
        "looks up one id, not a list of them": lambda m, ids: np.array(m.get(ids, -1)),
        "a list has no methods of pandas": lambda m, ids: ids.map(m).to_numpy(),
        "not of (… for …)": lambda m, ids: np.array(m.get(x, -1) for x in ids),
        "these are the ids themselves": lambda m, ids: np.array(
            [x if x in m else -1 for x in ids]
        ),
        "an id never seen has no number yet": [
            lambda m, ids: np.array([m.get(x) for x in ids]),
            lambda m, ids: pd.Series(ids).map(m).to_numpy(),
        ],
        "an id that the dictionary does not have comes out as None": lambda m, ids: (
            np.array([m.get(x) for x in ids], dtype=int)
        ),
        "has no whole number yet": lambda m, ids: (
            pd.Series(ids).map(m).astype(int).to_numpy()
        ),
        "dtype float64; expected an integer": lambda m, ids: encode(m, ids) * 1.0,
        "of shape (5, 1)": lambda m, ids: encode(m, ids)[:, None],
        "60 was left out": lambda m, ids: np.array([m[x] for x in ids if x in m]),
        "60 was never seen and must not get a row": setting_defaults,
        "60 got row 0": lambda m, ids: encode(m, ids, 0),
        "60 was never seen, and": lambda m, ids: encode(m, ids, -2),
        "the ids are a Series with labels of its own": lambda m, ids: np.array(
            [m.get(ids[k], -1) for k in range(len(ids))]
        ),
    },
    "wasted_rows": {
        "row 0 is a row as well": lambda ids: ids.max() - ids.nunique(),
        "comes twice uses one row": lambda ids: ids.max() + 1 - len(ids),
        "the rows below 20 exist, too": lambda ids: (
            ids.max() - ids.min() + 1 - ids.nunique()
        ),
        "number of the rows that are used": lambda ids: ids.nunique(),
        "that is all rows; 4 of them are used": lambda ids: ids.max() + 1,
        "is a share; how": lambda ids: 1 - ids.nunique() / (ids.max() + 1),
        "use the ids that come in": lambda ids: 154_884,
        "expected 4: ids [0, 5] need rows 0 … 5": lambda ids: 87,
        "expected 0: ids": lambda ids: max(ids.max() + 1 - ids.nunique(), 1),
    },
}
