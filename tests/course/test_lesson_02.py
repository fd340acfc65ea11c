"""Lesson 02's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_02 as checks  # noqa: F401
from collab.ids import IdMap


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


RIGHT = [
    ("id_dictionary", dictionary),
    ("id_dictionary", in_a_loop),
    ("id_dictionary", lambda x: {v: k for k, v in enumerate(pd.Series(x).unique())}),
    ("id_dictionary", lambda x: dict(zip(dict.fromkeys(x), range(99), strict=False))),
    ("encode_with_marker", encode),
    (
        "encode_with_marker",
        lambda m, ids: pd.Series(ids).map(m).fillna(-1).astype(int).to_numpy(),
    ),
    ("encode_with_marker", lambda m, x: np.array([m[i] if i in m else -1 for i in x])),  # noqa: SIM401
    ("encode_with_marker", lambda m, ids: encode(m, ids).astype("int32")),
    ("wasted_rows", lambda ids: int(ids.max()) + 1 - ids.nunique()),
    ("wasted_rows", lambda ids: len(set(range(max(ids) + 1)) - set(ids))),
    ("wasted_rows", lambda ids: (np.bincount(ids) == 0).sum()),
]

WRONG = [
    ("id_dictionary", lambda ids: dictionary(sorted(set(ids))), "numbered by size"),
    # A set of a few letters may happen to be in order; of small numbers it is sorted.
    (
        "id_dictionary",
        lambda ids: dictionary(set(ids) if next(iter(ids)) == 7 else ids),
        "numbered by size",
    ),
    ("id_dictionary", lambda ids: dictionary(ids, 1), "the first row has the number 0"),
    (
        "id_dictionary",
        lambda ids: dict(enumerate(dict.fromkeys(ids))),
        "other way round",
    ),
    (
        "id_dictionary",
        lambda ids: {x: list(ids).index(x) for x in ids},
        "an id that comes again leaves a gap",
    ),
    (
        "id_dictionary",
        lambda ids: {x: k for k, x in enumerate(ids)},
        "later appearances overwrite the first",
    ),
    (
        "id_dictionary",
        lambda ids: {x: k for k, x in enumerate(pd.unique(ids))},
        "stopped with TypeError: unique requires",
    ),
    (
        "id_dictionary",
        lambda ids: {x: k for k, x in enumerate(pd.unique(ids))},
        "Hint: `ids` may be a list, too",
    ),
    (
        "id_dictionary",
        lambda ids: {x: k for k, x in enumerate(ids.unique())},
        "a list has no methods of pandas",
    ),
    ("id_dictionary", lambda ids: dictionary([int(x) for x in ids]), "may be text"),
    (
        "id_dictionary",
        lambda ids: dictionary([str(x) for x in ids]),
        "expected {50: 0,",
    ),
    (
        "id_dictionary",
        lambda ids: {x: k / 1 for x, k in dictionary(ids).items()},
        "row numbers are integers",
    ),
    (
        "id_dictionary",
        lambda ids: pd.Series(dictionary(ids)),
        "(Series); expected a dic",
    ),
    ("id_dictionary", lambda ids: list(dictionary(ids)), "(list); expected a dict"),
    (
        "id_dictionary",
        lambda ids: dictionary(list(ids)[:3]),
        "gets 0, the next new one",
    ),
    ("id_dictionary", lambda ids: {50: 0, 20: 1, 90: 2, 60: 3}, "expected {'b': 0"),
    (
        "id_dictionary",
        lambda ids: {x: list(ids).count(x) for x in ids},
        "the id that appears first gets 0",
    ),
    ("id_dictionary", lambda ids: dictionary(list(ids)[::-1]), "appears first gets 0"),
    ("encode_with_marker", lambda m, ids: [m.get(x, -1) for x in ids], "NumPy array"),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m.get(x) or -1 for x in ids]),
        "row 0 became -1, too: `or` takes 0 for nothing",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m[x] for x in ids]),
        "stopped with KeyError: 60",
    ),
    (
        "encode_with_marker",
        lambda m, ids: pd.Index(list(m)).get_indexer(list(ids)),
        "the places of the ids in {'b': 1, 'a': 0}; the row numbers are its values",
    ),
    (
        "encode_with_marker",
        lambda m, ids: IdMap(list(m)).encode(list(ids), unknown=-1),
        "the row numbers are its values",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array(m.get(ids, -1)),
        "looks up one id, not a list of them",
    ),
    (
        "encode_with_marker",
        lambda m, ids: ids.map(m).to_numpy(),
        "a list has no methods of pandas",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array(m.get(x, -1) for x in ids),
        "not of (… for …)",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([x if x in m else -1 for x in ids]),
        "these are the ids themselves",
    ),
    (
        "encode_with_marker",
        lambda m, ids: encode(m, ids).astype(str),
        "these are text; row numbers are integers",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m[x] for x in ids]),
        "Hint: an id that the dictionary does not have: `get`",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m.get(x) for x in ids]),
        "an id never seen has no number yet",
    ),
    (
        "encode_with_marker",
        lambda m, ids: pd.Series(ids).map(m).to_numpy(),
        "an id never seen has no number yet",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m.get(x) for x in ids], dtype=int),
        "an id that the dictionary does not have comes out as None",
    ),
    (
        "encode_with_marker",
        lambda m, ids: pd.Series(ids).map(m).astype(int).to_numpy(),
        "has no whole number yet",
    ),
    ("encode_with_marker", lambda m, ids: encode(m, ids) * 1.0, "numbers are integers"),
    (
        "encode_with_marker",
        lambda m, ids: encode(m, ids).astype(object),
        "of dtype object; row numbers are integers",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m[x] for x in ids if x in m]),
        "60 was left out",
    ),
    (
        "encode_with_marker",
        setting_defaults,
        "60 was never seen and must not get a row",
    ),
    ("encode_with_marker", lambda m, ids: encode(m, ids, 0), "60 got row 0"),
    ("encode_with_marker", lambda m, ids: encode(m, ids, -2), "60 was never seen, and"),
    (
        "encode_with_marker",
        lambda m, ids: encode(m, ids)[:2],
        "expected [2, 1, -1, 0, 2",
    ),
    ("encode_with_marker", lambda m, ids: np.array(ids), "expected [2, 1, -1, 0, 2]"),
    ("encode_with_marker", lambda m, ids: np.isin(ids, list(m)), "expected [2, 1, -1"),
    (
        "encode_with_marker",
        lambda m, ids: encode(m, ids)[:, None],
        "expected [2, 1, -1,",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m.get(ids[k], -1) for k in range(len(ids))]),
        "the ids are a Series with labels of its own",
    ),
    (
        "encode_with_marker",
        lambda m, ids: np.array([m.get(int(x), -1) for x in ids]),
        "stopped with ValueError",
    ),
    (
        "encode_with_marker",
        lambda m, ids: encode(m, np.unique(ids)),
        "gave [1, 0, -1, 2]; expected",
    ),
    ("wasted_rows", lambda ids: ids.max() - ids.nunique(), "row 0 is a row as well"),
    ("wasted_rows", lambda ids: ids.max() + 1 - len(ids), "comes twice uses one row"),
    (
        "wasted_rows",
        lambda ids: ids.max() - ids.min() + 1 - ids.nunique(),
        "the rows below 20 exist, too",
    ),
    ("wasted_rows", lambda ids: ids.nunique(), "number of the rows that are used"),
    ("wasted_rows", lambda ids: ids.max() + 1, "that is all rows; 4 of them are used"),
    ("wasted_rows", lambda ids: 1 - ids.nunique() / (ids.max() + 1), "is a share; how"),
    ("wasted_rows", lambda ids: 154_884, "use the ids that come in"),
    ("wasted_rows", lambda ids: 87, "expected 4: ids [0, 5] need rows 0 … 5"),
    (
        "wasted_rows",
        lambda ids: max(ids.max() + 1 - ids.nunique(), 1),
        "expected 0: ids",
    ),
    ("wasted_rows", lambda ids: ids.max() + 1 - min(len(ids), 4), "comes twice"),
    (
        "wasted_rows",
        lambda ids: set(range(ids.max() + 1)) - set(ids),
        "a single number",
    ),
    ("wasted_rows", lambda ids: ids.max() - ids, "a single number"),
    ("wasted_rows", lambda ids: ids.nunique() - ids.max() - 1, "gave -87; expected 87"),
    ("wasted_rows", lambda ids: ids[0], "count with `.iloc`"),
]
