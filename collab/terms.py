"""What a table knows of its ratings → sparse columns: months, sittings, sets, genres.

>>> import pandas as pd
>>> from collab.terms import genre_columns
>>> movies = pd.DataFrame({"movieId": [4, 2], "genres": ["Comedy|War", "War"]})
>>> genre_columns(movies)
   Comedy  War
4     1.0  1.0
2     0.0  1.0
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from collab.checks import check_columns, check_ids, check_numbers

SITTING = 3 * 3600  # seconds without a rating that end a sitting
MONTH = 365.25 / 12 * 86400


class Term(NamedTuple):
    """One thing that is known of a rating: who gave it, in which month, of what.

    A rating has one entity (user 7, May 1998), and an entity has columns with values x,
    the first kind being its own. What the model learns belongs to the columns; an
    entity's bias and factors are the sums of x times those of its columns. A user's
    columns, say, are the user's own and one for each item that they rated.
    """

    side: str  # "user" or "item": which of the two vectors it is added to
    of: np.ndarray  # (n,) entity of each rating
    ask_of: np.ndarray  # (n_ask,) the same of each row asked for; -1: nothing known
    columns: dict  # name → sparse (n_entities, n_columns); each has its own prior


def genre_columns(items, *, item="movieId", genres="genres", sep="|"):
    """A column of 0 and 1 for each genre, by raw item id."""
    table = check_columns(items, [item, genres], "items")
    ids = check_ids(table[item], item)
    return table[genres].str.get_dummies(sep).astype(float).set_axis(ids)


def year_columns(items, *, item="movieId", title="title", width=4):
    """A column for every `width` years of release, at half that distance, by raw id.

    The year is the last one in brackets at the end of the title; a title without has
    none. Each year is in two columns, so that near years have one in common.
    """
    table = check_columns(items, [item, title], "items")
    ids = check_ids(table[item], item)
    year = table[title].str.extract(r"\((\d{4})\)\s*$")[0].astype(float)
    first = (year // (width / 2)).rename("first")
    halves = [pd.get_dummies(first + k, dtype=float) for k in (0, 1)]
    columns = halves[0].add(halves[1], fill_value=0).set_axis(ids)
    return columns.set_axis((columns.columns * width / 2).astype(int), axis=1)


def _share(rated):
    """Each row divided by √ of how many entries it has."""
    n = np.maximum(rated.sum(axis=1), 1)
    return sparse.diags_array(1 / np.sqrt(n)) @ rated


def _described(ids, known, name):
    """The rows of a table of numbers by raw id; without an entry: zeros."""
    if not isinstance(known, pd.DataFrame):
        raise ValueError(f"{name}: must be a DataFrame, not {type(known).__name__}")
    if not known.index.is_unique:
        twice = known.index[known.index.duplicated()].tolist()[0]
        raise ValueError(f"{name}: {twice!r} is there twice")
    row = pd.Index(check_ids(known.index, name, known=ids)).get_indexer(ids)
    values = np.column_stack([check_numbers(known[c], f"{name}: {c!r}") for c in known])
    return sparse.csc_array(values[row] * (row >= 0)[:, None])


def _months(seconds, ask_seconds, timed):
    months, of = np.unique(seconds // MONTH, return_inverse=True)
    ask_of = pd.Index(months).get_indexer(ask_seconds // MONTH)
    ask_of = ask_of if timed else np.full(len(ask_seconds), -1)
    return Term("user", of, ask_of, {"month": sparse.eye_array(len(months))})


def _sittings(user_row, seconds, ask_user_row, ask_seconds):
    """Cut where the user changes or pauses; a moment asked for joins one within 3 h."""
    pause = np.diff(seconds) > SITTING
    of = np.append(0, np.cumsum(pause | (np.diff(user_row) > 0)))
    ask_of = np.full(len(ask_seconds), -1)
    start = np.searchsorted(user_row, np.arange(user_row[-1] + 2))
    for row in np.unique(ask_user_row[ask_user_row >= 0]):
        asked = np.flatnonzero(ask_user_row == row)
        own = slice(start[row], start[row + 1])
        times, moment = np.append(seconds[own], np.inf), ask_seconds[asked]
        after = np.searchsorted(seconds[own], moment, side="right")
        for at in (after, after - 1):  # the one before wins
            near = (at >= 0) & (np.abs(times[at] - moment) <= SITTING)
            ask_of[asked[near]] = of[own][at[near]]
    return Term("user", of, ask_of, {"sitting": sparse.eye_array(of[-1] + 1)})
