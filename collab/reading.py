"""A file of any of three kinds → the table in it, without what goes wrong in silence.

>>> from pathlib import Path
>>> from collab.reading import read_table
>>> file = Path("plays.tsv")
>>> _ = file.write_text("who\\talbum\\nann\\tHeroes\\nbo\\t007\\n")
>>> read_table(file, ["who", "album"], ids=["who", "album"], sep="\\t")
   who   album
0  ann  Heroes
1   bo     007
>>> file.unlink()

pandas reads and unpacks; errors of its parser come with the file's name.
"""

import bz2
import csv
import gzip
import json
import lzma
import re
import warnings
from collections.abc import Collection
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import check_text

WHOLE = r"(0|-?[1-9][0-9]*)(\.0)?"  # as a whole number is written
# The options of read_csv that say where a line ends, and where its values do.
_FORM = [
    *["sep", "engine", "encoding", "encoding_errors", "compression", "lineterminator"],
    *["skiprows", "comment", "quoting", "quotechar", "doublequote", "escapechar"],
    "skipinitialspace",
]
_QUOTING = (
    "quoting=csv.QUOTE_NONE reads quotes as letters; if they do enclose values, "
    "quoting=csv.QUOTE_MINIMAL says so"
)


def read_table(
    path: str | Path,
    named: list[str],
    *,
    ids: Collection[str] = (),
    text: Collection[str] = (),
    **options: Any,
) -> pd.DataFrame:
    """Read a csv file, JSON lines or Parquet into a table.

    A file called .jsonl, .ndjson or .json holds JSON lines, one called .parquet or .pq
    is Parquet, all others are csv. A further ending as .gz or .zip says it is packed.

    Args:
        path: the file.
        named: the names of the columns that must be there, once each.
        ids: those of them (of a csv file) that are whole numbers only if each value is
            written like one, without padding; else they are text.
        text: those that stay text as it is written.
        options: those of `pandas.read_csv` or `pandas.read_parquet`, or `encoding` for
            JSON lines. If nothing else is said, sep is "," and only an empty cell is
            missing, for an item may be called "NA". If `quoting` is not given, a quote
            that may be a letter is refused.

    Returns:
        A DataFrame, its rows as in the file, the index 0, 1, …

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or would be read wrongly.
    """
    if isinstance(path, pd.DataFrame):
        raise ValueError("path is a table already: check_ratings validates it")
    if not isinstance(path, (str, Path)):
        raise ValueError(f"path must be the name of a file, not {path!r:.60}")
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"there is no file {str(path)!r} (looked for it in {Path.cwd()})"
        )
    name = re.sub(r"\.(gz|bz2|xz|zst|zip|tar|tgz)$", "", str(path).lower())
    if name.endswith((".xls", ".xlsx", ".ods")):
        raise ValueError(f"{path}: check_ratings takes what pd.read_excel reads")
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return _read_json(Path(path), **options)
    if not name.endswith((".parquet", ".pq")):
        return _read_csv(path, named, ids, text, options)
    with _reading(path):
        table = pd.read_parquet(path, **options)
    # A table whose ids were its index has them as a column again.
    index = [level for level in table.index.names if level in named]
    return table.reset_index(level=index).reset_index(drop=True)


@contextmanager
def _reading(path):
    """What pandas and others say of a file becomes a ValueError that names it."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not text in {error.encoding}, for it holds a byte "
            f"0x{error.object[error.start]:02x}; encoding='latin-1', 'cp1252' or "
            "'utf-16' may read it, or compression='gzip' or 'zip' unpack it"
        ) from None
    except Exception as error:
        # Not the file's fault: an unknown option, no permission.
        if isinstance(error, (TypeError, MemoryError)) or getattr(error, "errno", None):
            raise
        raise ValueError(f"{path}: {error}") from error


def _read_json(path, encoding="utf-8-sig"):
    unpacked = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    opened, records = unpacked.get(path.suffix.lower(), open), []
    with _reading(path), opened(path, "rt", encoding=encoding) as file:
        lines = file.readlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = dict(json.loads(line, object_pairs_hook=_each_once))
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path}, line {number} is not a JSON object: {line.strip():.40} "
                f"({error}). check_ratings takes what pd.read_json reads of an array, "
                "and pd.DataFrame(map(ast.literal_eval, open(path))) of Python's lines"
            ) from None
        for name, value in record.items() if "\\ud" in line.lower() else ():
            text = json.dumps(value, ensure_ascii=False)
            check_text([text], f"{path}, line {number}, column {name!r}")
        records.append(record)
    table = pd.DataFrame(records, dtype=object)
    # Where a value is missing, whole numbers would become floats.
    return table.apply(lambda c: c if c.isna().any() else c.infer_objects())


def _each_once(pairs):
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"a key stands twice in {[key for key, _ in pairs]}")
    return pairs


def _read_csv(path, named, ids, text, options):
    own = {"sep": ",", "index_col": False, "keep_default_na": False, "na_values": [""]}
    options = own | options
    sep, names, header = (options.get(name) for name in ("sep", "names", "header"))
    long = sep is None or (len(sep.encode()) > 1 and sep != r"\s+")
    if options.setdefault("engine", "python" if long else "c") == "c":
        options.setdefault("low_memory", False)  # in parts, a column gets several types
    form = {name: options[name] for name in _FORM if name in options}
    if not header:
        _check_first_line(path, form, names, header, named)
    # Ids are read as text, for a number forgets how it was written: 007, 7.
    kinds = dict.fromkeys([*text, *ids], "str")
    for name in options.get("converters") or ():
        kinds.pop(name, None)
    asked = options.get("dtype") or {}
    if options.get("chunksize") or options.get("iterator") or not hasattr(asked, "get"):
        raise ValueError(f"{path}: no chunksize or iterator, and dtype= by column")
    options["dtype"] = dict(asked) | kinds
    with _reading(path), warnings.catch_warnings():
        # Without this, pandas drops what a line has beyond the last column.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        table = pd.read_csv(path, **options)
    if names is None and not set(named) <= set(table.columns):
        raise ValueError(
            f"{path} has the columns {list(table.columns)}, but not all of {named}. "
            "names= gives names if there is no header line, skiprows= leaves out lines "
            "above it, and JSON lines are read from a file called .jsonl"
        )
    if "quoting" not in options and not long:
        whole, twins = table, set(ids) & set(text)
        if options.get("usecols") is not None or options["index_col"] is not False:
            infer = options.get("header", "infer" if names is None else None)
            with _reading(path):
                whole = pd.read_csv(path, **form, header=infer)
            twins = whole.columns if twins else []  # which are the ids?
        _refuse_quotes(whole, path, sep, ids, options)
        for name in twins:
            _refuse_twins(path, form, list(whole.columns).index(name), name)
    for name in (set(ids) - set(text)) & set(kinds) & set(table.columns):
        table[name] = _as_written(table[name])
    return table


def _check_first_line(path, form, names, header, named):
    """Refuse a first line that is not what it is taken for."""
    one = {"header": None, "nrows": 1, "dtype": "str", "keep_default_na": False}
    with _reading(path):
        first = pd.read_csv(path, **form, **one).iloc[0].tolist()
    if len(first) == 1:
        likely = max(";", "\t", "|", "::", ",", " ", key=first[0].count)
        cure = f"sep={likely!r} would divide it" if likely in first[0] else "name sep="
        raise ValueError(
            f"{path} has one column only with sep={form['sep']!r}; its first line is "
            f"{first[0]!r:.60}: {cure}. skiprows= leaves out lines above the header"
        )
    if names is None and any(first.count(name) > 1 for name in named):
        raise ValueError(f"{path} has a column twice in {first}")
    if names is not None and header is None and first == list(names):
        raise ValueError(f"{path}: line 1 is a header with these names, so omit names=")
    if names is not None and header == 0 and are_numbers(pd.Series(first)).any():
        raise ValueError(f"{path}: header=0 drops line 1, but it has values: {first}")


def are_numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column.astype(object), errors="coerce").notna()


def _refuse_quotes(table, path, sep, ids, options):
    """Quotes that may be letters: pandas took them for the two ends of a value."""
    pattern, width = r"[ \t]+" if sep == r"\s+" else re.escape(sep), table.shape[1]
    text = [pd.api.types.is_string_dtype(table.iloc[:, k]) for k in range(width)]
    free = np.array(text) | table.isna().any()  # else it has numbers only
    kinds = ["(?s).*" if any_text else r'[-+\d.,eE" ]*\d[." ]*' for any_text in free]

    def is_row(line):
        return len(line) == width and all(map(re.fullmatch, kinds, line))

    def is_several(row):
        """Are the lines of this row rows of the table, if quotes are letters?"""
        values = ["" if value != value else str(value) for value in row]
        while values[-1] == "":
            values.pop()
        lines = re.split("\r\n?|\n", (" " if sep == r"\s+" else sep).join(values))
        lines = [re.split(pattern, line) for line in lines]
        if len(lines[-1]) < width:
            lines[-1] += [""] * (width - len(values))
        return all(map(is_row, lines))

    for k in np.flatnonzero(text):
        column = table.iloc[:, k]
        odd = column.str.contains("[\r\n]", na=False)
        if column.name in ids:
            odd |= column.str.contains(pattern, na=False) & table.iloc[:, -1].isna()
        odd = odd.to_numpy(copy=True)
        odd[odd] = [is_several(row) for row in table[odd].to_numpy(object)]
        if sep in "\t|":
            odd |= column.str.contains(pattern, na=False).to_numpy()
        what = "holds separators that a quote may have swallowed"
        refuse_rows(path, column, odd, f"{what}; {_QUOTING}")
        if not options.get("escapechar"):
            odd = column.str.contains(r'\\.*"$', na=False)
            what = "had a backslash before a quote; escapechar='\\\\' reads it as one"
            refuse_rows(path, column, odd, f"{what}; {_QUOTING}")


def _refuse_twins(path, form, position, name):
    """Two ids, of which one has quotes that may be letters: "Heroes" and Heroes."""
    letters = {"quoting": csv.QUOTE_NONE, "on_bad_lines": "skip", "header": None}
    kinds = {"usecols": [position], "dtype": "str", "keep_default_na": False}
    with _reading(path):
        ids = pd.Index(pd.read_csv(path, **form, **letters, **kinds)[position].unique())
    for quoted in ids[ids.str.fullmatch('".+"')]:
        bare = quoted[1:-1].replace('""', '"')
        if bare in ids:
            raise ValueError(
                f"{path}, column {name!r}: {bare!r} stands with quotes and without "
                f"them, and may be two; {_QUOTING}"
            )


def _as_written(ids):
    """Numbers, if all of these ids are written like whole numbers, or the same text."""
    categories = ids.astype("category").cat  # each id once
    text = categories.categories
    if len(text) == 0 or not text.str.fullmatch(WHOLE).all():
        return ids
    try:
        numbers = np.array([int(value.removesuffix(".0")) for value in text], "int64")
    except OverflowError:
        return ids
    numbers, empty = numbers[categories.codes], ids.isna().to_numpy()
    return pd.arrays.IntegerArray(numbers, empty) if empty.any() else numbers


def refuse_rows(source: object, column: pd.Series, wrong: ArrayLike, what: str) -> None:
    """Name the first value that is wrong, if any is; the index has the rows, from 0."""
    wrong = np.asarray(wrong, dtype=bool)
    if wrong.any():
        row, value = column.index[wrong][0], column[wrong].tolist()[0]
        shown = "the value" if pd.isna(value) is True else f"{value!r:.60}"
        more = f"; {wrong.sum()} values are at fault" if wrong.sum() > 1 else ""
        raise ValueError(
            f"{source}, row {row + 1}, column {column.name!r}: {shown} {what}{more}"
        )
