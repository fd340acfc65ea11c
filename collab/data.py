"""A file of ratings as people have them → a validated table.

>>> from pathlib import Path
>>> from collab.data import load_ratings, rating_scale
>>> file = Path("marks.txt")
>>> _ = file.write_text("Zoë::007::9::31/12/2024\\nBo::12::4::01/02/2025\\n", "utf-8")
>>> ratings = load_ratings(
...     file, names=["who", "dish", "mark", "day"], sep="::", string_ids=True,
...     user="who", item="dish", rating="mark", time="day", time_format="%d/%m/%Y",
... )
>>> ratings
   who dish  mark        day
0  Zoë  007   9.0 2024-12-31
1   Bo   12   4.0 2025-02-01
>>> rating_scale(ratings, rating="mark")
(4.0, 9.0)
>>> file.unlink()

First the reading of files (`_read` and below), then the checking of tables, which knows
a file only by its name and by where in it a row stands.
"""

import bz2
import codecs
import csv
import gzip
import io
import itertools
import json
import lzma
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Hashable
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

_UNITS = ("s", "ms", "us", "ns")
_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def load_ratings(
    path,
    *,
    user="userId",
    item="movieId",
    rating="rating",
    time=None,
    time_format=None,
    string_ids=False,
    repeated=None,
    names=None,
    sep=",",
    encoding="utf-8",
    escape=None,
    decimal=".",
):
    """Read a table of ratings from a file and validate it.

    The file is csv, JSON lines or Parquet, plain or packed (gz, bz2, xz, a zip of one
    file): what it is shows in its first bytes, its name does not matter.

    Args:
        path: the file, `str` or `Path`.
        user, item, rating, time, time_format, string_ids, repeated: as in
            `check_ratings`.
        names: (csv, like all below but `encoding`) a list of the names of the columns,
            text each, where the file has no header line.
        sep: the text between two values, "," by default, "\\t" or "::". With a sep of
            several characters, quotes are letters like others.
        encoding: "utf-8" by default, with or without a byte order mark.
        escape: what stands before a quote within quotes, if not a second quote: "\\\\".
        decimal: what stands before the tenths of a number, "." by default or ",".

    Returns:
        A DataFrame with one row per rating, in the file's order, as `check_ratings`
        describes it. Other columns of a csv file are numbers, or text.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not such a table. The message names the file, the line,
            the column and the value; nothing is dropped or repaired in silence.
    """
    as_text = _text_columns(string_ids, [user, item], [rating, time])
    written = {time} if time_format not in (None, *_UNITS) else set()
    form = _Form(names, sep, encoding, escape, decimal)
    table, source = _read(path, form, {user, item}, as_text | written)
    return _checked(
        table, source, user, item, rating, time, time_format, as_text, repeated
    )


def check_ratings(
    table,
    *,
    user="userId",
    item="movieId",
    rating="rating",
    time=None,
    time_format=None,
    string_ids=False,
    repeated=None,
):
    """Validate a ratings table and give its columns their types.

    Args:
        table: a DataFrame with at least the columns that are named here.
        user, item: the names of the columns of ids.
        rating: the name of the column of ratings; None for who watched what.
        time: the name of a column that says when, to be checked too. It holds numbers
            or dates; text, which would be sorted as text, is refused or parsed.
        time_format: how to parse it: "%d/%m/%Y" or another pattern of `strptime`,
            "ISO8601", or the unit of numbers since 1970: "s", "ms", "us", "ns".
        string_ids: True if the ids of both columns are text ("0042" is not "42"), or
            the name of the column, or a list of names, of which this is so.
        repeated: what becomes of a (user, item) pair that stands in several rows.
            None refuses it. "latest" keeps the latest in `time`, and of equal times the
            lowest row; "first" the uppermost row; "mean" gives the uppermost row the
            mean of their ratings.

    Returns:
        A copy of `table`: ids int64 (uint64 where one is too large, or text), ratings
        float64 in the table's own unit. Rows, order and index are unchanged, but for
        the rows that `repeated` takes out.

    Raises:
        ValueError: a column is missing or there twice; there are no rows; an id is
            missing or no whole number (padded digits such as 007 are text: as numbers
            they would make two people one); a rating is no finite number; a time is
            missing or text; a pair is repeated.
    """
    as_text = _text_columns(string_ids, [user, item], [rating, time])
    source = _a_table(table)
    return _checked(
        table, source, user, item, rating, time, time_format, as_text, repeated
    )


def load_items(
    path,
    *,
    item="movieId",
    title="title",
    string_ids=False,
    names=None,
    sep=",",
    encoding="utf-8",
    escape=None,
):
    """Read the table of items and their titles from a file.

    Args:
        item, title: the names of the two columns the table must have.
        string_ids: True if the ids are text.
        path and all others: as in `load_ratings`.

    Returns:
        A DataFrame with one row per item: `item` int64 (or as in `check_ratings`),
        `title` text. An item whose title is missing or blank is called by its id.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as `load_ratings`; an item is listed twice.
    """
    as_text = _text_columns(string_ids, [item], [title])
    form = _Form(names, sep, encoding, escape)
    table, source = _read(path, form, {item}, as_text | {title})
    _require(table, source, [item, title])
    ids = _checked_ids(table[item], source, as_text, "string_ids=True")
    again = ids.duplicated()
    if again.any():
        first, second = np.flatnonzero(ids == ids[again].iloc[0])[:2]
        raise ValueError(
            f"{source.name}, {source.spot(second)}: {item} {ids.tolist()[second]!r} is "
            f"listed already in {source.spot(first)}; {ids[again].nunique()} of "
            f"{ids.nunique()} items are listed more than once"
        )
    titles = table[title].astype(object)
    blank = titles.isna() | (titles.astype(str).str.strip() == "")
    table[item] = ids
    table[title] = titles.where(~blank, ids.astype(object)).astype(str)
    return table


def rating_scale(table, *, rating="rating"):
    """The lowest and the highest rating of a table: (low, high), two floats.

    Raises:
        ValueError: there is no such column, or no rating, or one that is no number.
    """
    source = _a_table(table)
    _require(table, source, [rating])
    ratings = _checked_ratings(table[rating].reset_index(drop=True), source)
    return float(ratings.min()), float(ratings.max())


def _text_columns(string_ids, columns, others=()):
    """The columns of ids that are text, as a set."""
    for name in (*columns, *others):
        if not isinstance(name, Hashable):
            raise ValueError(f"a column is called by its name, not by {name!r:.60}")
    if isinstance(string_ids, (bool, np.bool_)):
        return set(columns) if string_ids else set()
    listed = isinstance(string_ids, (list, tuple, set, frozenset))
    chosen = list(string_ids) if listed else [string_ids]
    if not all(name in columns for name in chosen):
        raise ValueError(
            f"string_ids must be True, False or some of {columns}, not {string_ids!r}"
        )
    return set(chosen)


# Reading: a file → the table of its values, and where in it each row stands -----------


class _Source(NamedTuple):
    """What a table comes from: messages name it, and hint at what is true of it."""

    name: str
    spot: Callable  # row number → "line 4"
    hint: Callable = lambda columns: ""  # columns it lacks → what would help
    comma: str = ""  # what would help where a number has one


class _Form(NamedTuple):
    """How a csv file is written."""

    names: list | None
    sep: str
    encoding: str
    escape: str | None
    decimal: str = "."

    @property
    def codec(self):
        name = codecs.lookup(self.encoding).name
        return "utf-8-sig" if name == "utf-8" else name

    @property
    def delimiter(self):
        """One byte: ASCII's own unit separator stands for a longer `sep`."""
        return self.sep if len(self.sep.encode()) == 1 else "\x1f"


def _read(path, form, ids, as_text):
    """A file's table and `_Source`; columns `as_text` are text, `ids` may become so."""
    if isinstance(path, pd.DataFrame):
        raise ValueError("path is a table already: check_ratings validates it")
    if not isinstance(path, (str, Path)):
        raise ValueError(f"path must be the name of a file, not {path!r:.60}")
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"there is no file {str(path)!r} (looked for it in {Path.cwd()})"
        )
    if not isinstance(form.sep, str) or not form.sep or form.sep in '\r\n"':
        raise ValueError(f"sep must be the text between two values, not {form.sep!r}")
    escape = form.escape
    if escape is not None and not (isinstance(escape, str) and len(escape) == 1):
        raise ValueError(f"escape must be one character, not {escape!r}")
    if form.decimal not in (".", ",") or form.decimal == form.sep:
        raise ValueError(
            f"decimal must be '.' or ',', and not sep, which is {form.sep!r}, but it "
            f"is {form.decimal!r}"
        )
    if form.names is not None and not (
        pd.api.types.is_list_like(form.names, allow_sets=False)
        and all(isinstance(name, str) for name in form.names)
    ):
        raise ValueError(f"names must be a list of names, not {form.names!r:.60}")
    try:
        b"a".decode(form.encoding, "ignore")
    except (LookupError, TypeError, UnicodeError):
        raise ValueError(f"encoding: Python knows no {form.encoding!r}") from None
    try:
        with _open(path) as file:
            head = file.read(4096)
        if head.startswith(b"PAR1"):
            return _read_parquet(path)
        if re.match(r"\s*(\[\s*)?\{", head.decode(form.codec, "replace")):
            return _read_json(path, form)
        if form.codec == "utf-8-sig" and b"\0" in head:
            raise _not_decoded(path, form, "it holds zero bytes")
        if form.codec == "utf-16" and not head.startswith(_UTF_16):
            raise _not_decoded(path, form, "it has no byte order mark")
        return _read_csv(path, form, ids, as_text)
    except EOFError:
        raise ValueError(
            f"{path} ends too early, in the middle of packed data; is the download "
            "complete?"
        ) from None
    except (
        OSError,
        RuntimeError,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
    ) as error:
        if getattr(error, "errno", None):  # not the file's fault: no permission, say
            raise
        raise ValueError(f"{path} is damaged or locked: {error}") from error


def _open(path):
    """A file's bytes, unpacked; how it is packed, its first bytes say."""
    with open(path, "rb") as file:
        head = file.read(10)
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(path)
    if re.match(rb"BZh[1-9]1AY&SY", head):
        return bz2.open(path)
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.open(path)
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return open(path, "rb")
    if not zipfile.is_zipfile(path):
        raise EOFError  # the list of what it holds, which comes last, is not there
    archive = zipfile.ZipFile(path)
    files = [
        file.filename
        for file in archive.infolist()
        if not file.is_dir() and not file.filename.startswith("__MACOSX/")
    ]
    if "[Content_Types].xml" in files:
        raise ValueError(
            f"{path} is a workbook; save its sheet as csv, or give check_ratings what "
            "pd.read_excel reads"
        )
    if len(files) != 1:
        raise ValueError(f"{path} holds {len(files)} files; unpack it first: {files}")
    return archive.open(files[0])


def _read_parquet(path):
    with _open(path) as file:
        file.seek(-4, io.SEEK_END)
        if file.read() != b"PAR1":
            raise EOFError
        file.seek(0)
        try:
            table = pyarrow.parquet.ParquetFile(file).read()
        except pa.ArrowException as error:
            raise OSError(error) from error
    table = table.to_pandas()
    # A table whose ids were its index has them as a column again.
    index = [n for n in table.index.names if n is not None and n not in table.columns]
    table = table.reset_index(level=index).reset_index(drop=True)
    return table, _Source(str(path), lambda row: f"row {row + 1}")


def _read_json(path, form):
    columns, lines = {}, []
    with _open(path) as file:
        try:
            text = file.read().decode(form.codec)
        except UnicodeError as error:
            raise _not_decoded(path, form) from error
        # Not splitlines(), which parts at letters that may stand in a title.
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise ValueError(
                    f"{path}, line {number} is no JSON object: {line.strip():.60}"
                )
            for name in dict.fromkeys([*columns, *record]):
                columns.setdefault(name, [None] * len(lines)).append(record.get(name))
            lines.append(number)
    # Beside a None, whole numbers would become floats.
    table = pd.DataFrame(
        {
            name: pd.Series(values, dtype=object if None in values else None)
            for name, values in columns.items()
        }
    )
    return table, _Source(str(path), lambda row: f"line {lines[row]}")


def _read_csv(path, form, ids, as_text):
    types = dict.fromkeys(ids | as_text, pa.string())
    try:
        table = _parse(path, form, types)
        # Dates stay as they are written: whoever wants them parsed says how.
        dates = [f.name for f in table.schema if pa.types.is_temporal(f.type)]
        if dates:
            table = _parse(path, form, types | dict.fromkeys(dates, pa.string()))
        names = table.column_names
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _why_not_csv(path, form, error) from error
    if any(pa.types.is_binary(field.type) for field in table.schema):
        raise _not_decoded(path, form)
    if form.names is not None and next(_records(path, form))[1] == list(names):
        raise ValueError(
            f"{path}, line 1 is a header with these names: leave out names="
        )
    for k, name in enumerate(names):
        if name in ids - as_text:
            table = table.set_column(k, name, _numbers_as_written(table.column(k)))
    _check_quotes(path, form, table)
    return table.to_pandas(), _Source(
        str(path),
        lambda row: _line(path, form, row),
        lambda columns: _header_hint(path, form, columns),
        "; if its comma stands before the tenths: decimal=','",
    )


def _parse(path, form, types):
    with _open(path) as file:
        if form.delimiter != form.sep or form.codec != "utf-8-sig":
            text = file.read().decode(form.codec)
            file = io.BytesIO(text.replace(form.sep, form.delimiter).encode())
        return pyarrow.csv.read_csv(
            file,
            pyarrow.csv.ReadOptions(column_names=form.names, block_size=2**24),
            pyarrow.csv.ParseOptions(
                delimiter=form.delimiter,
                quote_char='"' if form.delimiter == form.sep else False,
                escape_char=form.escape or False,
                newlines_in_values=True,
            ),
            # Only an empty cell is missing: a movie may well be called "NA" or "Null".
            pyarrow.csv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                decimal_point=form.decimal,
            ),
        )


def _numbers_as_written(ids):
    """Text as int64 or uint64, if all of it is what these numbers are written like."""
    for kind, end in itertools.product((pa.int64(), pa.uint64()), ("", r"\.0$")):
        text = pyarrow.compute.replace_substring_regex(ids, end, "") if end else ids
        try:
            numbers = text.cast(kind)
        except pa.ArrowInvalid:
            continue
        # 007 is written 7 then: another id, perhaps another person's.
        if numbers.cast(pa.string()).equals(text):
            return numbers
    return ids


def _lines(file, form):
    return io.TextIOWrapper(file, form.codec, errors="replace", newline="")


def _records(path, form, more=()):
    """The first line and the values of each record of a csv file, blank ones left out.

    Python's own reader: slow, but it knows the lines. Only messages need it.
    """
    with _open(path) as file, _lines(file, form) as lines:
        lines = itertools.chain(lines, more)
        reader = csv.reader(
            (line.replace(form.sep, form.delimiter) for line in lines),
            delimiter=form.delimiter,
            quoting=csv.QUOTE_MINIMAL if form.delimiter == form.sep else csv.QUOTE_NONE,
            escapechar=form.escape,
        )
        line = 1
        for values in reader:
            if values:
                yield line, values
            line = reader.line_num + 1


def _line(path, form, row):
    """Where in a csv file a row of its table stands."""
    skip = row + (form.names is None)
    try:
        line, _ = next(itertools.islice(_records(path, form), skip, None))
    except (csv.Error, StopIteration):  # a value too long for Python's reader
        return f"row {row + 1}"
    return f"line {line}"


def _why_not_csv(path, form, error):
    """The error that says in which line a csv file stopped being one."""
    if isinstance(error, UnicodeError) or "UTF8" in str(error):
        return _not_decoded(path, form)
    names = form.names
    for line, values in _records(path, form):
        names = names or values
        if len(values) != len(names):
            hint = ""
            if any("\n" in value for value in values):
                hint = "; a quote that it opens is closed in a later line, or never"
            elif form.escape is None and any("\\" in value for value in values):
                hint = "; if a backslash stands before its quotes: escape='\\\\'"
            elif len(values) == 1:
                hint = _sep_hint(path, form, n=len(names))
            return ValueError(
                f"{path}, line {line}: {len(values)} values for {len(names)} columns "
                f"{list(names)}{hint}"
            )
    if not names or form.names:
        return ValueError(f"{path} is empty: not even a header line")
    if "Empty CSV" in str(error):
        return ValueError(f"{path} has no rows, only the columns {names}")
    return ValueError(f"{path} cannot be read as a csv file: {error}")


def _check_quotes(path, form, table):
    """Refuse quotes that read without an error, but not as they are meant."""
    if form.delimiter != form.sep or len(table) == 0:
        return
    last = table.column(table.num_columns - 1)[-1].as_py()
    if isinstance(last, str) and "\n" in last:
        # A quote that is never closed takes in all lines, and so this one of our own.
        ends = deque(_records(path, form, more=["the end"]), maxlen=1)
        line, values = ends[0]
        if values != ["the end"]:
            raise ValueError(f"{path}, line {line}: a quote is opened and never closed")
    text = [c for c in table.columns if pa.types.is_string(c.type)]
    if form.escape is None and any(
        pyarrow.compute.any(pyarrow.compute.match_substring(c, "\\")).as_py()
        for c in text
    ):
        with _open(path) as file, _lines(file, form) as lines:
            for number, line in enumerate(lines, 1):
                if re.search(rf'\\"[^"\r\n{re.escape(form.sep)}]', line):
                    raise ValueError(
                        f"{path}, line {number}: a backslash stands before a quote; "
                        "escape='\\\\' reads it as part of the value"
                    )


def _header_hint(path, form, columns):
    if form.names is not None:
        return ""
    _, names = next(_records(path, form))
    if any(re.fullmatch(r"[\d.]+", name) for name in names):
        return "; if the file has no header line, names=[…] gives the names"
    return _sep_hint(path, form, columns)


def _sep_hint(path, form, columns=(), n=None):
    """Another `sep`, if it divides the first line into these or so many columns."""
    for sep in (",", ";", "\t", "|", "::", ":", " "):
        _, cut = next(_records(path, form._replace(sep=sep)))
        if sep != form.sep and set(columns) <= set(cut) and n in (None, len(cut)):
            return f"; sep={sep!r} would divide the first line"
    return ""


def _not_decoded(path, form, what=None):
    """The error that says where a file leaves its encoding, and which it may have."""
    with _open(path) as file:
        data = file.read()
    wide = form.codec.startswith(("utf-16", "utf-32"))
    where, good = "", data
    try:
        data.decode(form.codec)
    except UnicodeDecodeError as error:
        good = data[: error.start]
        if what is None:
            where = "" if wide else f", line {len((good + b'.').splitlines())}"
            what = f"byte 0x{data[error.start]:02x} is none of it"
    if data.startswith(_UTF_16):
        others = ["utf-16"]
    elif b"\0" in data[:4096]:  # a first letter of ASCII, if there is no mark
        others = {0: ["utf-16-be"], 1: ["utf-16-le"]}.get(data.find(b"\0"), [])
    elif wide or good.isascii():
        others = ["utf-8", "latin-1", "cp1252"]
    else:  # it was in this encoding up to here
        others = []
    good = [name for name in others if _is_text(data, name)]
    hint = f"; encoding={good[0]!r} reads it" if good else ""
    return ValueError(f"{path}{where} is not text in {form.encoding}: {what}{hint}")


def _is_text(data, encoding):
    """Does it decode, and to no control characters?"""
    try:
        text = data.decode(encoding)
    except UnicodeError:
        return False
    return re.search("[\0-\x08\x0e-\x1f\x7f-\x9f]", text) is None


# Checking: a table → the same table with known types, or the row that is at fault -----


def _a_table(table):
    """The `_Source` of a table that was no file."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"table must be a DataFrame, not {type(table).__name__}")

    def hint(missing):
        named = set(missing) <= set(table.index.names)
        return "; its index has: `reset_index()` makes it a column" if named else ""

    def spot(row):
        label = f"index {table.index[[row]].tolist()[0]!r}"
        return label if table.index.is_unique else f"position {row} ({label})"

    return _Source("the table", spot, hint)


def _checked(table, source, user, item, rating, time, time_format, as_text, repeated):
    named = [name for name in (user, item, rating, time) if name is not None]
    if repeated not in (None, "first", "latest", "mean"):
        raise ValueError(
            f"repeated must be None, 'first', 'latest' or 'mean', not {repeated!r}"
        )
    if repeated == "latest" and time is None:
        raise ValueError("repeated='latest' needs time=, the column that says when")
    if repeated == "mean" and rating is None:
        raise ValueError("repeated='mean' needs ratings, but rating is None")
    if time_format is not None and time is None:
        raise ValueError("time_format needs time=, the column that it is the format of")
    _require(table, source, named)
    table = table.copy(deep=False)  # columns are copied when they are written to
    plain = table[named].reset_index(drop=True)
    for name, other in ((user, item), (item, user)):
        cure = "string_ids=True" if other in as_text else f"string_ids={name!r}"
        plain[name] = _checked_ids(plain[name], source, as_text, cure)
    if rating is not None:
        plain[rating] = _checked_ratings(plain[rating], source)
    if time is not None:
        plain[time] = _checked_times(plain[time], source, time_format)
    for name in named:
        table[name] = plain[name].array
    return _without_repeats(table, plain, source, user, item, rating, time, repeated)


def _require(table, source, columns):
    """These columns are there, once each, and so are rows."""
    have = list(table.columns)
    missing = [name for name in columns if name not in have]
    if missing:
        raise ValueError(
            f"{source.name} has no column {', '.join(map(repr, missing))}; "
            f"it has {have}{source.hint(missing)}"
        )
    if len(set(columns)) < len(columns):
        raise ValueError(f"one column is named for two things: {columns}")
    twice = [name for name in columns if have.count(name) > 1]
    if twice:
        raise ValueError(
            f"{source.name} has {have.count(twice[0])} columns {twice[0]!r}: {have}"
        )
    if len(table) == 0:
        raise ValueError(f"{source.name} has no rows, only the columns {have}")


def _refuse(source, column, wrong, what):
    """Raise ValueError that names the first of the rows that are wrong, if any is."""
    wrong = np.asarray(wrong, dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        value = column.iloc[[row]].tolist()[0]
        shown = "the value" if column.isna().iloc[row] else f"{value!r:.60}"
        rows = f"; {wrong.sum()} rows are at fault" if wrong.sum() > 1 else ""
        raise ValueError(
            f"{source.name}, {source.spot(row)}, column {column.name!r}: "
            f"{shown} {what}{rows}"
        )


def _checked_ids(column, source, as_text, cure):
    """Ids as int64 or uint64, or as text; `cure` says how to read them as text."""
    column = _present(column, source)
    kind = pd.api.types.infer_dtype(column, skipna=False)
    if column.name in as_text:
        if kind != "string":
            wrong = [not isinstance(value, str) for value in column]
            _refuse(source, column, wrong, "is not text, as string_ids says")
        _refuse(source, column, column == "", "is empty")
        return column
    dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    values = column.to_numpy(dtype if kind in _NUMBERS else object)
    if values.dtype.kind == "f":
        _refuse(source, column, values != np.floor(values), "is not a whole number")
        # From here on a float stands for several whole numbers (infinity for many).
        limit = 2.0 ** (np.finfo(values.dtype).nmant + 1)
        _refuse(source, column, np.abs(values) >= limit, "is too large for a float id")
    elif values.dtype.kind not in "iu":
        why = pd.Series([_why_not_whole(value, cure) for value in column], dtype=object)
        text = [isinstance(value, str) for value in column]
        if why.isna().all() and any(text):
            # Digits, in a table whose columns have types of their own.
            why[text] = f"is text; {cure} takes it as such"
        _refuse(source, column, why.notna(), next(filter(None, why), ""))
    low, high = int(values.min()), int(values.max())
    dtype = "int64" if high < 2**63 else "uint64"
    if low < np.iinfo(dtype).min or high > np.iinfo(dtype).max:
        large = [not -(2**63) <= int(value) < 2**63 for value in values]
        _refuse(source, column, large, f"is too large for 64 bits; {cure} takes text")
    return pd.Series(values.astype(dtype), name=column.name)


def _why_not_whole(value, cure):
    """What keeps one value from being an id, or None."""
    if _is_real(value):
        exact = abs(value) < (2**53 if isinstance(value, float) else np.inf)
        return None if exact and value == int(value) else "is not a whole number"
    if not isinstance(value, str):
        return "is not a whole number"
    if re.fullmatch(r"(0|-?[1-9][0-9]*)(\.0)?", value):
        large = abs(int(value.removesuffix(".0"))) >= 2**63
        return f"is too large for 64 bits; {cure} keeps it as text" if large else None
    if re.fullmatch(r"\s*[+-]?[0-9]+\s*", value):
        return (
            f"is padded: as a number it would be one with {str(int(value))!r}; {cure} "
            "keeps ids as they are written"
        )
    return f"is not a whole number; if the ids are text: {cure}"


def _is_real(value):
    return isinstance(value, (Real, Decimal)) and not isinstance(value, bool)


def _checked_ratings(column, source):
    """Ratings as float64."""
    column = _present(column, source)
    kind = pd.api.types.infer_dtype(column, skipna=False)
    if kind not in _NUMBERS:
        # Nothing may read as a number by chance: True as 1, a date as nanoseconds.
        real = np.array([_is_real(value) for value in column])
        text = np.array([isinstance(value, str) for value in column])
        read = pd.to_numeric(column.astype(object).where(text), errors="coerce")
        wrong = ~real & read.isna()
        comma = column[wrong].head(1).astype(str).str.fullmatch(r"[+-]?\d*,\d+").any()
        what = "is not a number" + source.comma * bool(comma)
        _refuse(source, column, wrong, what)
        _refuse(source, column, text, "is text; `pd.to_numeric` makes numbers of it")
    try:
        numbers = column.astype("float64")
    except OverflowError as error:
        raise ValueError(f"{source.name}, column {column.name!r}: {error}") from None
    _refuse(source, column, np.isinf(numbers), "is infinite")
    return numbers


def _checked_times(column, source, time_format):
    """Times as numbers or dates, parsed where `time_format` is given."""
    column = _present(column, source)
    kind = pd.api.types.infer_dtype(column, skipna=False)
    if time_format in _UNITS:
        numbers = pd.to_numeric(column, errors="coerce") if kind == "string" else column
        _refuse(source, column, numbers.isna(), f"is not a number of {time_format!r}")
        checked = _checked_ratings(numbers, source)
        numbers = checked if numbers.dtype == object else numbers  # Decimals
        parsed = pd.to_datetime(numbers, unit=time_format, errors="coerce")
        _refuse(source, column, parsed.isna(), f"is no date in {time_format!r}")
        return parsed
    if time_format is not None:
        parsed = _parsed(column.astype(str), time_format)
        _refuse(source, column, parsed.isna(), f"is not like {time_format!r}")
        if time_format == "ISO8601" and parsed.dt.tz is not None:
            zone = r".+[T ]\d\d.*(Z|[+-]\d\d(:?\d\d)?)"
            bare = ~column.astype(str).str.fullmatch(zone)
            _refuse(source, column, bare, "has no time zone, and others have one")
        return parsed
    if kind == "string":
        cure = "its pattern, as time_format='%d/%m/%Y',"
        if re.match(r"[0-9]{4}-[0-9]{2}", column.iloc[0]):
            cure = "time_format='ISO8601'"
        elif column.iloc[0].isdecimal():
            cure = "time_format='s' (seconds), say,"
        what = f"is text and would be sorted as text; {cure} makes it a date"
        _refuse(source, column, [True] * len(column), what)
    if kind == "date" or (kind == "datetime" and column.dtype == object):  # Python's
        column = column.astype(object)
        zones = {getattr(moment, "tzinfo", None) for moment in column}
        if None in zones and len(zones) > 1:
            bare = [getattr(moment, "tzinfo", None) is None for moment in column]
            _refuse(source, column, bare, "has no time zone, and others have one")
        return pd.to_datetime(column, utc=len(zones) > 1)
    if kind == "period":
        return column.dt.start_time
    if kind not in ("datetime64", "datetime", "timedelta64", "timedelta"):
        _checked_ratings(column, source)  # they are numbers
    return column


def _parsed(text, time_format):
    if not isinstance(time_format, str) or time_format == "mixed":  # row by row a guess
        raise ValueError(
            f"time_format must be a pattern as '%d/%m/%Y', 'ISO8601' or one of "
            f"{_UNITS}, not {time_format!r}"
        )
    try:
        return pd.to_datetime(text, format=time_format, errors="coerce")
    except ValueError as error:
        if "utc=True" not in str(error):
            raise ValueError(f"time_format={time_format!r}: {error}") from None
        return pd.to_datetime(text, format=time_format, errors="coerce", utc=True)


def _present(column, source):
    """The column without categories, if nothing in it is missing."""
    _refuse(source, column, column.isna(), "is missing")
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    elif str(column.dtype).startswith(("dictionary", "Sparse")):  # Arrow's, pandas's
        column = pd.Series(column.tolist(), column.index, name=column.name)
    return column


def _without_repeats(table, plain, source, user, item, rating, time, repeated):
    """The table with one row for each pair, or an error that names two rows of one."""
    pairs = _pair_numbers(plain[user], plain[item])
    ordered = np.sort(pairs)
    if not (ordered[1:] == ordered[:-1]).any():
        return table
    rows = np.flatnonzero(pd.Series(pairs).duplicated(keep=False))
    pairs, plain = pairs[rows], plain.iloc[rows]
    if repeated is None:
        first, second = (source.spot(row) for row in rows[pairs == pairs[0]][:2])
        rules = ['"first" keeps the upper row']
        rules += ['"mean" the mean rating'] if rating is not None else []
        rules += [f'"latest" the latest in {"time=" if time is None else repr(time)}']
        raise ValueError(
            f"{source.name}: the pair ({user} {plain[user].tolist()[0]!r}, {item} "
            f"{plain[item].tolist()[0]!r}) stands in {first} and in {second}; pairs in "
            f"several rows: {len(set(pairs))}. As repeated=, {', '.join(rules)}"
        )
    order = np.arange(len(rows))
    if repeated == "latest":  # from the latest on; of equal times, from the lowest row
        order = np.lexsort((order, plain[time].rank(method="dense")))[::-1]
    kept = order[np.unique(pairs[order], return_index=True)[1]]
    if repeated == "mean":
        ratings = table[rating].to_numpy(copy=True)
        ratings[rows[kept]] = plain[rating].groupby(pairs).mean()  # ordered as `kept`
        table[rating] = ratings
    gone = np.delete(rows, kept)
    return table[~np.isin(np.arange(len(table)), gone)]


def _pair_numbers(users, items):
    """One int64 for each row, equal where both ids are."""

    def span(ids):
        return int(ids.max()) - int(ids.min()) + 1

    whole = all(pd.api.types.is_integer_dtype(ids) for ids in (users, items))
    if not whole or span(users) * span(items) >= 2**63:
        users, items = (pd.Series(pd.factorize(ids)[0]) for ids in (users, items))
    users, items = ((ids - ids.min()).to_numpy("int64") for ids in (users, items))
    return users * (items.max() + 1) + items
