"""Strange arguments: what people hand to a function instead of MovieLens.

A role says what an argument is (a table of ratings, ids, one id, a whole number, …). It
knows a usual value, others that must give the same answer (`served`), and others that
must be refused by a ValueError which names the column or argument (`refused`).
"""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from collab.ids import IdMap

USERS = [30, 20, 30, 10, 20, 30, 10, 40, 20, 10]
# Two digits each: as text they stay in their order.
ITEMS = [17, 17, 15, 15, 12, 12, 12, 19, 19, 17]
STARS = [3.0, 2.0, 5.0, 2.5, 3.5, 4.0, 1.0, 4.5, 2.0, 3.0]
TIMES = [50, 90, 52, 30, 10, 20, 40, 51, 91, 92]


def ratings():
    """Ten ratings of four users and four items, and the position of each row."""
    return pd.DataFrame(
        {
            "userId": USERS,
            "movieId": ITEMS,
            "rating": STARS,
            "timestamp": TIMES,
            "position": range(10),
        }
    )


def rows():
    """The same with row numbers instead of ids: users 0 … 3, items 0 … 3."""
    table = ratings()
    for column, new in [("userId", "user_row"), ("movieId", "item_row")]:
        table[new] = pd.factorize(table.pop(column), sort=True)[0]
    return table


# Values ------------------------------------------------------------------------------

ID_DTYPES = [
    "int32",
    "uint64",
    "float64",
    "Int64",
    "int64[pyarrow]",
    "category",
    object,
]
TEXT_DTYPES = [str, object, "string", "string[pyarrow]", "category"]
NUMBER_DTYPES = ["float32", "Float64", "double[pyarrow]", "category", object]


def texts(values):
    return [str(value) for value in values]


def other_ids(values):
    """The same ids in columns that no dtype makes."""
    categories = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.int64()))
    return {
        "decimals": pd.Series([Decimal(value) for value in values], dtype=object),
        "Arrow categories": pd.Series(list(values), dtype=categories),
    }


def no_ids(values):
    """Columns or lists of what is no id, made of ids."""
    n = len(values)
    first = list(values)[:-1]
    return {
        "a mask": np.arange(n) % 2 == 0,
        "a nullable mask": pd.array(np.arange(n) % 2 == 0, dtype="boolean"),
        "a missing id": [*first, None],
        "NaN": np.array([*first, np.nan]),
        "a missing category": pd.Categorical([*first, None]),
        "a missing Arrow id": pd.array([*first, None], dtype="int64[pyarrow]"),
        "halves": np.array(values) + 0.5,
        "infinite": np.array([*first, np.inf]),
        "dates": pd.to_datetime(list(values), unit="D"),
        "bytes": [str(value).encode() for value in values],
        "numbers and text": [*first, "x"],
        "tuples": pd.Series([(value,) for value in values]),
        "too large": [*first, 2**70],
        "decimals": [Decimal(value) + Decimal("0.5") for value in values],
        "infinite decimals": [*map(Decimal, first), Decimal("inf")],
    }


def no_numbers(values):
    n = len(values)
    first = list(values)[:-1]
    return {
        "text": texts(values),
        "text in categories": pd.Categorical(texts(values)),
        "booleans": np.arange(n) % 2 == 0,
        "dates": pd.to_datetime(list(values), unit="D"),
        "durations": pd.to_timedelta(list(values), unit="D"),
        "NaN": [*first, np.nan],
        "a missing one": pd.array([*first, None], dtype="Float64"),
        "a missing Arrow one": pd.array([*first, None], dtype="double[pyarrow]"),
        "infinite": [*first, -np.inf],
        "numbers and text": [*first, "x"],
        "complex": np.array(values) * 1j,
    }


def no_times(values):
    first = list(values)[:-1]
    zoned = list(pd.to_datetime(list(values), unit="s", utc=True))
    return {
        "text": texts(values),
        "text in categories": pd.Categorical(texts(values)),
        "Arrow text": pd.array(texts(values), dtype="string[pyarrow]"),
        "dates in text": [f"12/{value % 30 + 1}/2013" for value in values],
        "booleans": np.arange(len(values)) % 2 == 0,
        "NaN": [*first, np.nan],
        "a missing date": pd.to_datetime([*first, None], unit="s"),
        "numbers and text": [*first, "x"],
        "a zone and none": [*zoned[:-1], zoned[-1].tz_localize(None)],
        "times of day": [datetime.time(value % 24) for value in values],
    }


def other_times(values):
    dates = pd.Series(pd.to_datetime(list(values), unit="s"))
    days = pd.Series(pd.to_datetime(list(values), unit="D"))
    return {
        "dates": dates,
        "dates in a zone": dates.dt.tz_localize("Asia/Tokyo"),
        "dates of Python": pd.Series(dates.dt.to_pydatetime(), dtype=object),
        "Arrow dates": dates.astype("timestamp[us][pyarrow]"),
        "days": pd.Series([day.date() for day in days], dtype=object),
        "Arrow days": days.astype("date32[pyarrow]"),
        "periods": days.dt.to_period("D"),
        "dates in two zones": pd.Series(
            [
                date.tz_localize("UTC").tz_convert(["UTC", "Asia/Tokyo"][k % 2])
                for k, date in enumerate(dates)
            ],
            dtype=object,
        ),
        "categories": pd.Series(values).astype("category"),
        "nullable": pd.Series(values, dtype="Int64"),
        "nanoseconds": pd.Series(values) * 10**9 + 2**60,
    }


INDEXES = {
    "shuffled labels": lambda table: table.set_axis(np.arange(len(table))[::-1] * 3),
    "one label for all": lambda table: table.set_axis([7] * len(table)),
    "missing labels": lambda table: table.set_axis([np.nan] * len(table)),
    "an index named like a column": lambda table: table.set_index(
        table.columns[0], drop=False
    ),
    "a MultiIndex of columns": lambda table: table.set_index(
        list(table.columns[:3]), drop=False
    ),
}

ANYTHING = {
    "None": None,
    "True": True,
    "a half": 0.5,
    "nan": float("nan"),
    "minus one": -1,
    "a letter": "x",
    "bytes": b"x",
    "an empty list": [],
    "a list of lists": [[1], [2, 3]],
    "a dict": {"a": 1},
    "a set": {1, 2},
    "a table": pd.DataFrame({"a": [1, 2]}),
    "an empty table": pd.DataFrame(),
    "an empty Series": pd.Series([], dtype=float),
    "a mask": np.array([True, False]),
    "two dimensions": np.zeros((2, 2)),
    "no dimension": np.array(3),
    "a MultiIndex": pd.MultiIndex.from_tuples([(1, 2), (3, 4)]),
    "dates": pd.date_range("2020-01-01", periods=2),
    "an object": object,
}


# Roles -------------------------------------------------------------------------------


class Role:
    """What an argument is.

    `usual`: a value. `text`: the same with ids as text, where there are ids in it.

    `words`: what a message about this argument must have one of, besides its name.
    """

    def __init__(self, usual, *, words=(), optional=False):
        self.usual, self.text = usual, usual
        self.words = words
        self.optional = optional  # None means "none", and is served

    def served(self):
        return {}

    def refused(self):
        """{label: (value, words), …}: the message must have one of the words."""
        return {}


class Table(Role):
    """A DataFrame, some columns of which are used."""

    def __init__(self, usual, *, ids=(), row_numbers=(), numbers=(), times=(), **more):
        super().__init__(usual, **more)
        self.ids, self.numbers, self.times = ids, numbers, times
        self.row_numbers = row_numbers
        self.used = [*ids, *row_numbers, *numbers, *times]
        self.text = usual.astype(dict.fromkeys(ids, str))

    def _with(self, column, values):
        table = self.usual.drop(columns=column)
        table[column] = values if not isinstance(values, pd.Series) else values.array
        return table[self.usual.columns]

    def served(self):
        found = {label: change(self.usual) for label, change in INDEXES.items()}
        for column in [*self.ids, *self.row_numbers]:
            for dtype in ID_DTYPES:
                found[f"{column} as {dtype}"] = self.usual.astype({column: dtype})
            for label, values in other_ids(self.usual[column].tolist()).items():
                found[f"{column} as {label}"] = self._with(column, values)
        for column in self.numbers:
            for dtype in NUMBER_DTYPES:
                found[f"{column} as {dtype}"] = self.usual.astype({column: dtype})
            decimals = [Decimal(str(value)) for value in self.usual[column]]
            found[f"{column} as decimals"] = self._with(column, decimals)
        for column in self.times:
            for label, values in other_times(self.usual[column].tolist()).items():
                found[f"{column} as {label}"] = self._with(column, values)
        extra = [
            c
            for c in self.usual.columns
            if c not in [*self.used, "position", "title", "genres"]
        ]
        if extra:
            twice = pd.concat([self.usual, self.usual[extra]], axis=1)
            found["an unused column twice"] = twice
        return found

    def refused(self):
        found = {
            "a list of rows": (self.usual.to_numpy().tolist(), ["DataFrame"]),
            "a dict of columns": (self.usual.to_dict("list"), ["DataFrame"]),
            "an array": (self.usual.to_numpy(), ["DataFrame"]),
            "a Series": (self.usual.iloc[:, 0], ["DataFrame"]),
        }
        if not self.optional:
            found["None"] = (None, ["DataFrame"])
        for column in self.used:
            found[f"no {column}"] = (self.usual.drop(columns=column), [column])
            twice = pd.concat([self.usual, self.usual[[column]]], axis=1)
            found[f"{column} twice"] = (twice, [column])
        kinds = [(self.ids, no_ids), (self.numbers, no_numbers), (self.times, no_times)]
        kinds += [(self.row_numbers, no_ids)]
        for columns, make in kinds:
            for column in columns:
                for label, values in make(self.usual[column].tolist()).items():
                    table = self._with(column, values)
                    found[f"{column}: {label}"] = (table, [column])
        for column in self.row_numbers:
            for row in (-1, 10**6):
                values = [row, *self.usual[column].tolist()[1:]]
                found[f"{column}: {row}"] = (
                    self._with(column, values),
                    [column],
                )
        return found


class Ids(Role):
    """Several ids.

    `ordered`: a set of them has no meaning. `known`: they are compared with numbers.
    `floats`: a Series of floats is served; it may as well be ratings by id.
    """

    def __init__(self, usual, *, ordered=True, known=True, floats=True, **more):
        super().__init__(list(usual), **more)
        self.text = texts(usual)
        self.ordered, self.known, self.floats = ordered, known, floats

    def served(self):
        values = self.usual
        found = {
            "a tuple": tuple(values),
            "an array": np.array(values),
            "an Index": pd.Index(values),
            "a Series": pd.Series(values, index=[7] * len(values)),
        }
        for dtype in ID_DTYPES:
            if self.floats or dtype != "float64":
                found[f"a Series of {dtype}"] = pd.Series(values, dtype=dtype)
        found |= {f"a Series of {k}": v for k, v in other_ids(values).items()}
        if not self.ordered:
            found |= {"a set": set(values), "a frozenset": frozenset(values)}
        return found

    def refused(self):
        found = {label: (values, []) for label, values in no_ids(self.usual).items()}
        found |= {
            "a dict": (dict.fromkeys(self.usual, 1), []),
            "a table": (pd.DataFrame({"a": self.usual}), []),
            "text": ("abc", []),
            "two dimensions": (np.array([self.usual]), []),
            "a map of ids": (IdMap(self.usual), []),
        }
        if not self.optional:
            found["None"] = (None, [])
        if self.ordered:
            found["a set"] = (set(self.usual), [])
        if self.known:
            found["ids as text"] = (texts(self.usual), [])
        if not self.floats:
            found["ratings by id"] = (pd.Series([4.0, 5.0], index=self.usual[:2]), [])
        return found


class OneId(Role):
    """One id that is known. `several`: a list of ids has an answer, too."""

    def __init__(self, usual, *, several=False, **more):
        super().__init__(usual, **more)
        self.text, self.several = str(usual), several

    def served(self):
        return {
            kind.__name__: kind(self.usual) for kind in (np.int64, np.uint8, float)
        } | {"an array without dimensions": np.array(self.usual)}

    def refused(self):
        values = [None, np.nan, True, str(self.usual), self.usual + 0.5, b"x", 10**6]
        found = {repr(value): (value, []) for value in values}
        found["a dict"] = ({self.usual: 1}, [])
        if not self.several:
            found["a list"] = ([self.usual], [])
            found["a Series"] = (pd.Series([self.usual]), [])
        return found


class Whole(Role):
    """A whole number, at least `least`."""

    def __init__(self, usual, *, least=1, **more):
        super().__init__(usual, **more)
        self.least = least

    def served(self):
        return {kind.__name__: kind(self.usual) for kind in (np.int64, np.uint8)}

    def refused(self):
        values = [self.least - 1, 1.5, "1", True, np.nan, [2]]
        values += [] if self.optional else [None]
        return {repr(value): (value, []) for value in values}


class Number(Role):
    """A finite number, at least 0 (or above it)."""

    def __init__(self, usual, *, low=-1, **more):
        super().__init__(usual, **more)
        self.low = low  # refused

    def served(self):
        return {"np.float64": np.float64(self.usual)}

    def refused(self):
        values = [self.low, np.nan, "1", [2.0], True]
        values += [] if self.optional else [None]
        return {repr(value): (value, []) for value in values}


class ById(Role):
    """A Series of numbers (or of titles) by id, an id once.

    `labels`: its ids are only handed back, whatever they are.
    """

    def __init__(self, usual, *, numbers=True, known=False, labels=False, **more):
        super().__init__(usual, **more)
        self.labels = labels
        self.numbers, self.known = numbers, known
        self.text = usual.set_axis(texts(usual.index))

    def _index(self, ids):
        return pd.Series(self.usual.to_numpy(), index=pd.Index(ids))

    def served(self):
        ids = self.usual.index.tolist()
        found = {
            f"ids as {dtype}": self._index(pd.Index(ids, dtype=dtype))
            for dtype in ID_DTYPES
        }
        found["ids as decimals"] = self._index(other_ids(ids)["decimals"])
        if self.numbers:
            for dtype in NUMBER_DTYPES:
                found[f"numbers as {dtype}"] = self.usual.astype(dtype)
        return found

    def refused(self):
        ids = self.usual.index.tolist()
        found = {
            "a list": (self.usual.tolist(), ["Series"]),
            "a dict": (self.usual.to_dict(), ["Series"]),
            "an array": (self.usual.to_numpy(), ["Series"]),
            "a table": (self.usual.to_frame(), ["Series"]),
            "an id twice": (self._index([*ids[:-1], ids[0]]), []),
        }
        if not self.optional:
            found["None"] = (None, ["Series"])
        for label, index in no_ids(ids).items():
            # The labels of an index are what pandas makes of them.
            odd = label in ("tuples", "a missing id", "a missing Arrow id")
            if not (self.labels or odd):
                found[f"ids: {label}"] = (self._index(index), [])
        if self.numbers:
            for label, values in no_numbers(self.usual.tolist()).items():
                found[f"numbers: {label}"] = (
                    pd.Series(values, index=self.usual.index),
                    [],
                )
        if self.known:
            found["ids as text"] = (self.text, [])
        return found


class Watched(Role):
    """Who watched what: users × items, as an array or sparse."""

    def served(self):
        table = self.usual
        frame = pd.DataFrame(table, columns=list("abcdef"[: table.shape[1]]))
        return {
            "a sparse table": sparse.csr_array(table),
            "another sparse format": sparse.coo_array(table),
            "a sparse matrix": sparse.csr_matrix(table),
            "whole numbers": table.astype("int64"),
            "truth values": table > 0,
            "small floats": table.astype("float32"),
            "a DataFrame": frame,
            "a nullable DataFrame": frame.astype("Float64"),
            "a DataFrame of Arrow's": frame.astype("double[pyarrow]"),
        }

    def refused(self):
        holed, negative = self.usual.copy(), self.usual.copy()
        holed[0, 0], negative[0, 0] = np.nan, -1
        found = {
            "NaN": holed,
            "infinite": np.where(self.usual > 0, np.inf, 0),
            "negative": negative,
            "a sparse table with NaN": sparse.csr_array(holed),
            "a nullable DataFrame with a gap": pd.DataFrame(holed).astype("Float64"),
            "text": self.usual.astype(int).astype(str),
            "one dimension": self.usual[0],
            "three dimensions": self.usual[None],
            "dates": self.usual.astype("M8[s]"),
            "complex": self.usual * 1j,
        }
        return {label: (value, []) for label, value in found.items()}


class Values(Role):
    """Finite numbers in a list, an array or a Series."""

    def served(self):
        found = {
            f"a Series of {dtype}": pd.Series(self.usual, dtype=dtype)
            for dtype in NUMBER_DTYPES[1:]
        }
        return found | {"a tuple": tuple(self.usual), "an array": np.array(self.usual)}

    def refused(self):
        found = {label: (v, []) for label, v in no_numbers(self.usual).items()}
        return found | {
            "None": (None, []),
            "a table": (pd.DataFrame({"a": self.usual}), []),
            "two dimensions": (np.array([self.usual]), []),
            "nothing": ([], []),
        }


class Lists(Role):
    """A dict by user of lists of item ids."""

    def __init__(self, usual, **more):
        words = ["a list", "no list", "one list", "recommended", "relevant", "truth"]
        super().__init__(usual, **({"words": words} | more))

    def served(self):
        return {
            "a Series": pd.Series(self.usual),
            "arrays": {user: np.array(ids) for user, ids in self.usual.items()},
            "tuples": {user: tuple(ids) for user, ids in self.usual.items()},
        }

    def refused(self):
        first = next(iter(self.usual))
        bad = {"text": "abc", "one id": 12, "None": None}
        bad |= no_ids(self.usual[first])
        found = {
            label: ({**self.usual, first: value}, []) for label, value in bad.items()
        }
        return (
            found
            | {
                "None": (None, []),
                "a table": (pd.DataFrame({"a": [[1], [2]]}), []),
                "a list of letters": ("abc", []),
            }
            if not self.optional
            else found
        )


class Choice(Role):
    """An argument that is only given what is no value of it (`wrong`)."""

    def __init__(self, usual, wrong, **more):
        super().__init__(usual, **more)
        self.wrong = wrong

    def refused(self):
        return {
            f"{k}: {value!r:.30}": (value, []) for k, value in enumerate(self.wrong)
        }
