"""A file of ratings as people have them → a validated table.

>>> from pathlib import Path
>>> from collab.data import load_ratings
>>> file = Path("marks.txt")
>>> text = "Zoë::007::9::31/12/2024\\nBo::12::4::01/02/2025\\nBo::7::0::01/02/2025\\n"
>>> _ = file.write_text(text, "utf-8")
>>> load_ratings(
...     file, names=["who", "dish", "mark", "day"], sep="::", string_ids=True,
...     user="who", item="dish", rating="mark", time="day", time_format="%d/%m/%Y",
...     scale=(1, 10), unrated=0,
... )
marks.txt: 1 of 3 rows left out (unrated: 1)
   who dish  mark        day
0  Zoë  007   9.0 2024-12-31
1   Bo   12   4.0 2025-02-01
>>> file.unlink()

`collab.reading` reads the file. This module checks the table, whatever it comes from.
"""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import (
    Scale,
    check_columns,
    check_ids,
    check_numbers,
    check_scale,
    check_times,
)
from collab.reading import WHOLE, are_numbers, read_table, refuse_rows

_PER_SECOND = {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}


def load_ratings(
    path: str | Path,
    *,
    user: str = "userId",
    item: str = "movieId",
    rating: str | None = "rating",
    time: str | None = None,
    time_format: str | None = None,
    string_ids: bool | str | list[str] = False,
    scale: Scale | None = None,
    unrated: ArrayLike = (),
    missing: Literal["refuse", "drop"] = "refuse",
    repeated: Literal["first", "latest"] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Read a table of ratings from a file and validate it.

    Args:
        path: the file: csv, JSON lines or Parquet, as its name says.
        options: of the reader, as in `read_table`: sep, names, encoding, quoting,
            skiprows, decimal, … of `pandas.read_csv`. All others: see `check_ratings`.

    Returns:
        A DataFrame with one row per rating, in the file's order, as `check_ratings`
        describes it. Other columns are as pandas reads them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the message names the file, the row (row 1 is the first below the
            header), the column and the value.
    """
    named = [name for name in (user, item, rating, time) if name is not None]
    as_text = _text_columns(string_ids, [user, item])
    text = as_text if time_format in (None, *_PER_SECOND) else as_text | {time}
    table = read_table(path, named, ids=[user, item], text=text, **options)
    columns = user, item, rating, time, time_format
    return _checked(table, path, as_text, columns, scale, unrated, missing, repeated)


def check_ratings(
    table: pd.DataFrame,
    *,
    user: str = "userId",
    item: str = "movieId",
    rating: str | None = "rating",
    time: str | None = None,
    time_format: str | None = None,
    string_ids: bool | str | list[str] = False,
    scale: Scale | None = None,
    unrated: ArrayLike = (),
    missing: Literal["refuse", "drop"] = "refuse",
    repeated: Literal["first", "latest"] | None = None,
) -> pd.DataFrame:
    """Validate a ratings table; print how many rows are left out, and why.

    Args:
        table: with at least the columns that are named here.
        user, item: the names of the columns of ids.
        rating: the name of the column of ratings; None for who watched what.
        time: the name of a column of dates, or of numbers of seconds, if there is one.
        time_format: how to parse it: "%d/%m/%Y" or another pattern of `strptime`,
            "ISO8601", or the unit of numbers since 1970: "s", "ms", "us", "ns".
        string_ids: True if the ids of both columns are text ("0042" is not "42"), or
            the name of the column, or a list of names, of which this is so.
        scale: (lowest, highest) of the ratings there can be. None: any number.
        unrated: a number, or a list of numbers, by which the column of ratings says
            "not rated": 0, -1, 99. Such rows are left out.
        missing: "drop" leaves out rows with an empty cell in one of these columns;
            "refuse" refuses them.
        repeated: what becomes of a (user, item) pair that stands in several rows.
            None refuses it, "first" keeps the uppermost row, "latest" the latest in
            `time`, and of equal times the lowest row.

    Returns:
        A copy of `table`: ids int64 or text, ratings float64 in the table's own unit.
        Rows, order and index are unchanged, but for the rows that are left out.

    Raises:
        ValueError: there are no rows; ids are padded, such as 007, and not said to be
            text; a rating is not on the scale; a time is text, too large for seconds,
            or outside the years 1678 to 2261; a pair is repeated; the first rows are
            further lines of a header. Rows are counted from 1 on, whatever the index.
    """
    as_text = _text_columns(string_ids, [user, item])
    columns, what = (user, item, rating, time, time_format), "the table"
    return _checked(table, what, as_text, columns, scale, unrated, missing, repeated)


def load_items(
    path: str | Path,
    *,
    item: str = "movieId",
    title: str = "title",
    string_ids: bool | str | list[str] = False,
    **options: Any,
) -> pd.DataFrame:
    """Read the table of items and their titles from a file.

    Args:
        item, title: the names of the two columns the table must have.
        string_ids: True if the ids are text.
        path, options: as in `load_ratings`, and so are the errors.

    Returns:
        A DataFrame with one row per item, none of them listed twice: `item` int64 (or
        as in `check_ratings`), `title` text. An item whose title is missing or blank is
        called by its id.
    """
    as_text = _text_columns(string_ids, [item])
    text = as_text | {title}
    table = read_table(path, [item, title], ids=[item], text=text, **options)
    plain = _named_columns(table, [item, title], path)
    ids = _checked_ids(plain[item], path, as_text, "string_ids=True")
    refuse_rows(path, ids, ids.duplicated(), "is listed already in a row above")
    titles = plain[title].astype(object)
    blank = titles.isna() | (titles.astype("str").str.strip() == "")
    table[item] = ids
    table[title] = titles.where(~blank, ids.astype(object)).astype("str")
    return table


def _text_columns(string_ids, columns):
    """The columns of ids that are text, as a set."""
    if isinstance(string_ids, (bool, np.bool_)):
        return set(columns) if string_ids else set()
    listed = isinstance(string_ids, (list, tuple, set, frozenset))
    chosen = list(string_ids) if listed else [string_ids]
    if not all(name in columns for name in chosen):
        raise ValueError(
            f"string_ids must be True, False or some of {columns}, not {string_ids!r}"
        )
    return set(chosen)


def _named_columns(table, columns, source):
    """These columns, their rows numbered 0 … n-1, if there are any."""
    plain = check_columns(table, columns, str(source))
    if len(plain) == 0:
        raise ValueError(f"{source} has no rows, only the columns {columns}")
    return plain


def _checked(table, source, as_text, columns, scale, unrated, missing, repeated):
    user, item, rating, time, time_format = columns
    for name, value, known in (
        ("missing", missing, ["refuse", "drop"]),
        ("repeated", repeated, [None, "first", "latest"]),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {known}, not {value!r}")
    if time is None and (time_format is not None or repeated == "latest"):
        raise ValueError("time_format and repeated='latest' need time=, a column")
    named = [name for name in columns[:4] if name is not None]
    plain = _named_columns(table, named, source)
    _refuse_header(table, source)
    gone = {}
    if missing == "drop":
        plain = plain.dropna()
        gone["missing"] = len(table) - len(plain)
    for name, other in ((user, item), (item, user)):
        cure = "string_ids=True" if other in as_text else f"string_ids={name!r}"
        plain[name] = _checked_ids(plain[name], source, as_text, cure)
    if rating is not None:
        plain[rating] = _checked_ratings(plain[rating], source)
        codes = check_numbers(np.atleast_1d(unrated), "unrated")
        if len(codes):
            coded = plain[rating].isin(codes)
            plain, gone["unrated"] = plain[~coded], int(coded.sum())
        if scale is not None:
            low, high = check_scale(scale)
            what = f"is not on the scale from {low:g} to {high:g}; if it means 'not "
            what += "rated', unrated= leaves out its rows"
            refuse_rows(source, plain[rating], ~plain[rating].between(low, high), what)
    if time is not None:
        plain[time] = _checked_times(plain[time], source, time_format)
    several = len(plain)
    plain = _without_repeats(plain, source, user, item, time, repeated)
    gone["repeated"] = several - len(plain)
    counts = ", ".join(f"{why}: {n:,}" for why, n in gone.items() if n)
    if len(plain) == 0:
        raise ValueError(f"{source} has no rows left ({counts})")
    if counts:
        n_gone = f"{sum(gone.values()):,} of {len(table):,} rows"
        print(f"{source}: {n_gone} left out ({counts})")
    table = table.iloc[plain.index] if counts else table.copy(deep=False)
    for name in named:
        table[name] = plain[name].array
    return table


def _refuse_header(table, source):
    """Further lines of a header, which would be users where ids are text."""

    def numbers(cells):  # a header makes text of a column, and of its decimal commas
        return are_numbers(cells.astype(object).replace(",", ".", regex=True))

    words = ~table.head(4).apply(numbers).any(axis=1)
    n = int(words.cumprod().sum())
    if 0 < n < len(words):
        for k in np.flatnonzero(numbers(table.iloc[n])):
            if numbers(table.iloc[n:, k]).all():
                raise ValueError(
                    f"{source}: there is no number up to row {n}, but column "
                    f"{table.columns[k]!r} has nothing else from there on. If these "
                    "rows are a header, leave them out: skiprows= of a file, or iloc"
                )


def _checked_ids(column, source, as_text, cure):
    """Ids as int64, or as text; `cure` says how to read them as text."""
    refuse_rows(source, column, column.isna(), _MISSING)
    ids = check_ids(column, f"{source}, column {column.name!r}")
    text = ids.dtype == object
    ids = pd.Series(ids, column.index, name=column.name)
    if column.name in as_text:
        what = "is not text, as string_ids says; .astype(str) makes it text"
        refuse_rows(source, ids, [not text] * len(ids), what)
        refuse_rows(source, ids, ids == "", "is empty")
        what = "is a spreadsheet's formula; converters={name: lambda cell: "
        what += "cell.strip('=\"')}, an option of read_csv, takes the id out of it"
        refuse_rows(source, ids, ids.str.startswith('="'), what)
    elif text:
        whole = ids.str.fullmatch(WHOLE)
        padded = ids.str.fullmatch(r"\s*[+-]?[0-9]+\s*") & ~whole
        what = f"is padded: as numbers, 007 and 7 would be one id; {cure} keeps both"
        refuse_rows(source, ids, padded, what)
        what = f"is not a whole number; if the ids are text: {cure}"
        refuse_rows(source, ids, ~whole, what)
        what = f"is text, or too large for 63 bits; {cure} takes it as text"
        refuse_rows(source, ids, whole, what)
    return ids


_MISSING = "is missing; missing='drop' leaves out such rows"


def _checked_ratings(column, source):
    """Ratings as float64."""
    refuse_rows(source, column, column.isna(), _MISSING)
    if column.dtype.kind == "f":
        refuse_rows(source, column, np.isinf(column), "is infinite")
    elif column.dtype.kind == "O":
        text = column.map(lambda value: isinstance(value, str)).astype(bool)
        wrong = text & ~are_numbers(column)
        comma = column[wrong].head(1).astype("str").str.fullmatch(r"[+-]?\d*,\d+").any()
        cure = "; decimal=',' reads a comma before the tenths" if comma else ""
        refuse_rows(source, column, wrong, f"is not a number{cure}")
        refuse_rows(source, column, text, "is text; pd.to_numeric makes numbers of it")
    numbers = check_numbers(column, f"{source}, column {column.name!r}")
    return pd.Series(numbers, column.index, name=column.name)


def _checked_times(column, source, time_format):
    """Times as numbers or dates, parsed where `time_format` is given."""
    refuse_rows(source, column, column.isna(), _MISSING)
    name, times = f"{source}, column {column.name!r}", column
    text = pd.api.types.infer_dtype(column) == "string"
    if time_format in _PER_SECOND:
        times = pd.to_numeric(column, errors="coerce") if text else column
        refuse_rows(source, column, times.isna(), f"is not a number of {time_format!r}")
        check_numbers(times, name)
        _refuse_far(times, source, time_format, 2**63 / 1e9)
        return pd.to_datetime(times, unit=time_format)
    if time_format is not None:
        try:
            times = column.astype("str")
            times = pd.to_datetime(times, format=time_format, errors="coerce")
        except (ValueError, TypeError) as error:
            raise ValueError(f"{name}, time_format={time_format!r}: {error}") from None
        refuse_rows(source, column, times.isna(), f"is not like {time_format!r}")
    elif text:
        what = "is text and would be sorted as text; time_format='ISO8601', 's' (of "
        what += "seconds) or its pattern, such as '%d/%m/%Y', makes it a date"
        refuse_rows(source, column, [True] * len(column), what)
    if times.dtype.kind == "M":
        what = "is not in the years 1678 to 2261, to which nanoseconds can count"
        refuse_rows(source, column, ~times.dt.year.between(1678, 2261), what)
    if times.dtype.kind in "iuf":
        _refuse_far(times, source, "s", 1e11)
    check_times(times, name)
    return times


def _refuse_far(times, source, unit, most):
    """Milliseconds where seconds are meant: more than `most` seconds from 1970."""
    seconds = times.astype("float64").abs() / _PER_SECOND[unit]
    what = f"is too far from 1970 to count {unit!r}; time_format= names another unit, "
    what += "'ms', 'us' or 'ns'"
    refuse_rows(source, times, seconds > most, what)


def _without_repeats(plain, source, user, item, time, repeated):
    """One row for each pair, or an error that names two rows of one."""
    keep = "last" if repeated == "latest" else "first"
    ordered = plain.sort_values(time, kind="stable") if keep == "last" else plain
    again = ordered.duplicated([user, item], keep=keep)
    if again.any() and repeated is None:
        row = again.idxmax()
        here = [plain.loc[[row], name].tolist()[0] for name in (user, item)]
        first = ((plain[user] == here[0]) & (plain[item] == here[1])).idxmax()
        raise ValueError(
            f"{source}: the pair {here} of {user!r} and {item!r} stands in row "
            f"{first + 1} and in row {row + 1}; {again.sum()} rows repeat a pair. "
            "repeated='first' keeps the upper row, 'latest' the latest in time="
        )
    return plain[~again.sort_index()]
