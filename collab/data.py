"""Csv file → validated ratings and movies tables."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd


def load_ratings(
    path,
    *,
    user="userId",
    item="movieId",
    rating="rating",
    string_ids=False,
    sep=",",
):
    """Read a table of ratings from a csv file and validate it.

    Args:
        path: the file, `str` or `Path`; `.gz`, `.zip` and the like are unpacked.
        user, item, rating: the names of the three columns the table must have.
            Other columns (a timestamp, say) are kept as pandas reads them.
        string_ids: read user and item ids as text ("0042" stays "0042").
        sep: the character between two columns.

    Returns:
        A DataFrame with one row per rating, in the file's order, as
        `check_ratings` describes it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not such a table; see `check_ratings`.
    """
    ids = {user: str, item: str} if string_ids else None
    table = _read_csv(path, sep=sep, dtype=ids, columns=[user, item, rating])
    return check_ratings(
        table, user=user, item=item, rating=rating, string_ids=string_ids
    )


def check_ratings(
    table, *, user="userId", item="movieId", rating="rating", string_ids=False
):
    """Validate a ratings table and give its three columns their types.

    Args:
        table: a DataFrame with at least the columns `user`, `item` and `rating`.
        string_ids: the ids are text, not whole numbers.

    Returns:
        A copy of `table`: ids int64 (or text), ratings float64, in the table's own
        unit (stars, for MovieLens). Rows, order and index are unchanged.

    Raises:
        ValueError: a column is missing; the table has no rows; an id is missing or
            not a whole number; a rating is missing, infinite or not a number; the
            same (user, item) pair is rated twice. The message names the column and
            the first rows at fault; nothing is dropped.
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"table must be a DataFrame, not {type(table).__name__}")
    _require_columns(table, [user, item, rating], "the table")
    if len(table) == 0:
        raise ValueError(f"the table has no rows, only the columns {list(table)}")
    table = table.copy()
    for column in (user, item):
        table[column] = _check_ids(table[column], string_ids)
    table[rating] = _check_numbers(table[rating])
    repeated = table.duplicated([user, item], keep=False)
    if repeated.any():
        pairs = table.loc[repeated, [user, item]].drop_duplicates()
        named = ", ".join(map(str, pairs.head(3).itertuples(index=False, name=None)))
        raise ValueError(
            f"{len(pairs)} ({user}, {item}) pairs are rated more than once, "
            f"for example {named}; keep one rating of each "
            f"(`table.drop_duplicates({[user, item]}, keep='last')` keeps the last)"
        )
    return table


def load_movies(path, *, item="movieId", title="title", string_ids=False, sep=","):
    """Read the table of movies (or of any items with titles) from a csv file.

    Returns:
        A DataFrame with one row per movie: `item` int64 (or text), `title` text,
        other columns as pandas reads them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column is missing, the table is empty, an id is missing or
            listed twice, a title is missing.
    """
    ids = {item: str} if string_ids else None
    table = _read_csv(path, sep=sep, dtype=ids, columns=[item, title])
    if len(table) == 0:
        raise ValueError(f"{path} has no rows, only the columns {list(table)}")
    table[item] = _check_ids(table[item], string_ids)
    _refuse(table[title], table[title].isna(), "has no title")
    _refuse(table[item], table[item].duplicated(), "is listed more than once")
    return table


# What pandas raises for half a file, or for one that is not a csv file at all.
_UNREADABLE = (
    pd.errors.ParserError,
    UnicodeDecodeError,
    EOFError,
    OSError,
    zlib.error,
    zipfile.BadZipFile,
)


def _read_csv(path, *, sep, dtype, columns):
    if isinstance(path, pd.DataFrame):
        raise ValueError("path is a table already: check_ratings validates it")
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no file {str(path)!r} (looked for it in {Path.cwd()})"
        )
    try:
        # Only an empty cell is missing: a movie may well be called "NA" or "Null".
        table = pd.read_csv(
            path,
            sep=sep,
            dtype=dtype,
            na_values=[""],
            keep_default_na=False,
            low_memory=False,  # one type per column, however long the file
        )
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty: not even a header line") from None
    except _UNREADABLE as error:
        raise ValueError(
            f"{path} cannot be read as a csv file ({error}); is the download complete?"
        ) from error
    if not isinstance(table.index, pd.RangeIndex):
        # pandas has taken the first values for an index and shifted all the others.
        raise ValueError(
            f"{path} has more values in a row than names in its header: {list(table)}"
        )
    _require_columns(table, columns, str(path))
    return table


def _require_columns(table, columns, where):
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(
            f"{where} has no column {', '.join(map(repr, missing))}; "
            f"it has {list(table.columns)}"
            + ("; is `sep` another character?" if table.shape[1] == 1 else "")
        )


def _check_ids(ids, string_ids):
    """The column as int64, or as text; an error where that would change an id."""
    _refuse(ids, ids.isna(), "has no value")
    if string_ids:
        not_text = ~ids.map(lambda value: isinstance(value, str)).astype(bool)
        _refuse(ids, not_text, "is not text; `.astype(str)` makes it so")
        return ids
    if not pd.api.types.is_numeric_dtype(ids) or pd.api.types.is_bool_dtype(ids):
        number = pd.to_numeric(ids.astype(str), errors="coerce")
        # Text that reads as whole numbers is still text: "007" and "7" are two ids.
        at_fault = number.isna() if number.isna().any() else ids.notna()
        _refuse(
            ids, at_fault, "is not a whole number; for ids of text: string_ids=True"
        )
    whole = ids == np.floor(ids)
    _refuse(ids, ~whole | np.isinf(ids), "is not a whole number")
    # From 2**53 on a float stands for several whole numbers, and 2**63 is no int64.
    limit = 2**53 if pd.api.types.is_float_dtype(ids) else 2**63
    _refuse(ids, ids.abs() >= limit, "is too large")
    return ids.astype("int64")


def _check_numbers(ratings):
    """The column as float64; an error where a value is not a finite number."""
    _refuse(ratings, ratings.isna(), "has no value")
    numbers = pd.to_numeric(ratings, errors="coerce").astype("float64")
    _refuse(ratings, numbers.isna(), "is not a number")
    _refuse(ratings, np.isinf(numbers), "is infinite")
    return numbers


def _refuse(column, at_fault, what):
    """Raise ValueError naming the column and its first values at fault, if any."""
    at_fault = np.asarray(at_fault, dtype=bool)
    if at_fault.any():
        rows = column[at_fault]
        named = ", ".join(
            f"{value!r} at index {row!r}" for row, value in rows.head(3).items()
        )
        raise ValueError(
            f"column {column.name!r}: {at_fault.sum()} of {len(column)} values: "
            f"{what} ({named})"
        )
