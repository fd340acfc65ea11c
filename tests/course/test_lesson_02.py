"""Lesson 02's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_02 as checks  # noqa: F401


def dictionary(ids, start=0):
    return {value: row for row, value in enumerate(dict.fromkeys(ids), start)}


def encode(mapping, ids, stranger=-1):
    return np.array([mapping.get(value, stranger) for value in ids])


RIGHT = {
    "id_dictionary": [
        dictionary,
        lambda x: {v: k for k, v in enumerate(pd.Series(x).unique())},
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
        "Series({8: 7, 9: 3, 10: 0, 11: 7, 12: 5})) gave {0: 0, 3: 1, 5: 2, 7: 3}: "
        "these are numbered by size": (
            lambda ids: dictionary(sorted(ids) if "a" not in list(ids) else ids)
        ),
        "expected {'b': 0, 'a': 1, 'c': 2}: the id that": lambda ids: dictionary(
            ids, 1
        ),
        "other way round": lambda ids: dict(enumerate(dict.fromkeys(ids))),
        "an id that comes again leaves a gap": lambda ids: {
            x: list(ids).index(x) for x in ids
        },
        "later appearances overwrite the first": lambda ids: {
            x: k for k, x in enumerate(ids)
        },
        "(list); expected a dictionary": lambda ids: list(dict.fromkeys(ids)),
        "`ids` may be a list, too, and not every": lambda ids: dictionary(
            pd.unique(ids)
        ),
        "a list has no methods of pandas": lambda ids: dictionary(ids.unique()),
        "may be text": lambda ids: dictionary([int(x) for x in ids]),
    },
    "encode_with_marker": {
        "NumPy array": lambda m, ids: [m.get(x, -1) for x in ids],
        "row 0 became -1, too: `or` takes 0 for nothing": lambda m, ids: np.array(
            [m.get(x) or -1 for x in ids]
        ),
        "Hint: `get` returns something else": lambda m, ids: np.array(
            [m[x] for x in ids]
        ),
        "looks up one id, not a list of them": lambda m, ids: np.array(m.get(ids, -1)),
        "a list has no methods of pandas": lambda m, ids: ids.map(m).to_numpy(),
        "expected a row number for each id, -1 where there is none, of": [
            lambda m, ids: np.array([m.get(x) for x in ids]),
            lambda m, ids: np.array([m[x] for x in ids if x in m]),
        ],
        "Hint: an id never seen has no number yet": lambda m, ids: (
            pd.Series(ids).map(m).astype(int).to_numpy()
        ),
        "[2.0, 1.0, -1.0, 0.0, 2.0]; expected integers": lambda m, ids: (
            encode(m, ids) * 1.0
        ),
        "an id never seen got row 0": lambda m, ids: encode(m, ids, 0),
        "expected [0, -1, 1]: an id that was": lambda m, ids: pd.Index(
            list(m)
        ).get_indexer(list(ids)),
        "If it is a row label: the ids may be a Series": lambda m, ids: np.array(
            [m.get(ids[k], -1) for k in range(len(ids))]
        ),
    },
    "wasted_rows": {
        "row 0 is a row as well": lambda ids: ids.max() - ids.nunique(),
        "comes twice uses one row": lambda ids: ids.max() + 1 - len(ids),
        "that is all rows; 3 of them are used": lambda ids: ids.max() + 1,
        "expected 88: ids 20, 50 and 90 need": lambda ids: ids.nunique(),
    },
}
