"""Files of ratings of any size → a folder of `Factors`, fitted by Spark.

    spark = SparkSession.builder.master("local[*]").getOrCreate()
    fit_spark(spark, "ratings.parquet", "fitted")

needs pyspark and Java (`uv run --extra spark …`). Its folder needs neither:

>>> import json, tempfile
>>> from pathlib import Path
>>> import pandas as pd
>>> from collab.spark import load_factors
>>> with tempfile.TemporaryDirectory() as folder:
...     for name, ids in [("users", ["ann", "bob"]), ("items", [7, 20])]:
...         table = {"id": ids, "bias": [0.5, -0.5], "factors": [[1.0], [2.0]]}
...         pd.DataFrame(table).to_parquet(Path(folder, name))
...     about = {"mean": 3.5, "scale": [1, 5]}
...     _ = Path(folder, "about.json").write_text(json.dumps(about))
...     factors = load_factors(folder)
>>> float(factors.user_bias["bob"]), factors.scale
(-0.5, (1.0, 5.0))
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote

import numpy as np
import pandas as pd

from collab.baselines import estimate_dampings
from collab.checks import Scale, check_positive, check_scale, check_whole
from collab.factors import Factors

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Fitted(NamedTuple):
    """Summary of a fit: how many were fitted, and the rows that were set aside."""

    n_ratings: int
    n_users: int
    n_items: int
    bad_rows: pd.DataFrame  # problem, file, rows, example


class Errors(NamedTuple):
    """Summary of an evaluation: the error of all rows, how many had an unseen id."""

    n_ratings: int
    mse: float
    unknown_users: int
    unknown_items: int


def fit_spark(
    spark: SparkSession,
    path: str | Path,
    folder: str | Path,
    *,
    user: str = "userId",
    item: str = "movieId",
    rating: str = "rating",
    string_ids: bool = False,
    sep: str = ",",
    scale: Scale | None = None,
    bad_rows: Literal["refuse", "set aside"] = "refuse",
    n_factors: int = 50,
    n_iterations: int = 10,
    damping_per_rating: float = 0.135,
) -> Fitted:
    """Fit mean, damped biases, then factors to what these leave over; write a folder.

    The biases are those of `collab.baselines.fit_biases` after three passes, with the
    dampings that about 100,000 ratings ask for. Spark's ALS then minimises, over the
    residuals y in units of the ratings' standard deviation, n a number of ratings,

        Σ (y - p_u · q_i)² + damping_per_rating (Σ n_u |p_u|² + Σ n_i |q_i|²)

    Args:
        spark: an open session. ALS cuts users and items into 10 blocks, or as many as
            its default parallelism where that is more; their number decides the start.
        path: a csv file (UTF-8, with a header line) or a Parquet file, a folder of such
            files, a pattern ("ratings-*.csv") or an address such as "hdfs://…". Every
            executor must see it, and the folder around `folder`.
        folder: what to make: `load_factors` reads it. It must not exist, and after any
            error, Spark's own included (headers that differ, say), it does not.
        user, item, rating: the names of the three columns.
        string_ids: True if the ids are text.
        sep: the character between the values of a csv file.
        scale: the lowest and the highest rating there is; None reads it off.
        bad_rows: "refuse": a ValueError counts the rows that cannot be used, by problem
            and file. "set aside": the others are fitted, these written to a folder in
            `folder`. All rows of a (user, item) pair that stands in several are bad.
        n_factors, n_iterations, damping_per_rating: of the ALS; chosen on MovieLens.

    Raises:
        ValueError: a column is missing or there twice, or there are bad rows.
        FileExistsError: `folder` is there already.
    """
    n_factors = check_whole(n_factors, "n_factors")
    n_iterations = check_whole(n_iterations, "n_iterations")
    check_positive(damping_per_rating, "damping_per_rating")
    scale = None if scale is None else check_scale(scale)
    if bad_rows not in ("refuse", "set aside"):
        raise ValueError(f"bad_rows must be 'refuse' or 'set aside', not {bad_rows!r}")
    names = _check_source(spark, string_ids, sep, user, item, rating)
    with _whole_or_nothing(folder) as part:
        from pyspark.ml.recommendation import ALS

        spark.sparkContext.setCheckpointDir(f"file:{part}/steps/als")
        keep = _checkpointer(spark, f"file:{part}/steps")
        rows = _with_problems(_table(spark, path, sep, names), names, string_ids, scale)
        good, bad = _split_good_bad(rows, keep)
        counts = _counted(bad, path, refuse=bad_rows == "refuse")
        _refuse_quoted_twins(good, path, names)
        if len(counts):
            bad.write.parquet(f"file:{part}/bad_rows")
        users, items = keep(_numbered(good, "user")), keep(_numbered(good, "item"))
        rows = good.join(users, "user").join(items, "item")
        rows = keep(rows.select("u", "i", "rating"))
        asked = [f"{of}(rating)" for of in ("count", "avg", "stddev_pop", "min", "max")]
        n, mean, spread, *ends = rows.selectExpr(*asked).first()
        if n == 0:
            raise ValueError(f"{path} has no row that can be used")
        rows = rows.selectExpr("u", "i", f"rating - ({mean!r}D) AS rest")
        user_damping, item_damping = _dampings(rows, n)
        of_user = users.selectExpr("u", "0D AS b_u")
        for _ in range(3):
            of_item = keep(_damped_means(rows.join(of_user, "u"), "iu", item_damping))
            of_user = keep(_damped_means(rows.join(of_item, "i"), "ui", user_damping))

        unit = spread or 1.0
        y = f"(rest - b_u - b_i) / {unit!r}D AS rating"
        left = rows.join(of_user, "u").join(of_item, "i")
        left = keep(left.selectExpr("u AS user", "i AS item", y))
        als = ALS(
            rank=n_factors, maxIter=n_iterations, regParam=damping_per_rating, seed=0
        ).setNumBlocks(max(10, spark.sparkContext.defaultParallelism))
        # Each task carries all steps since the last checkpoint. The 10 iterations of
        # Spark's default can overflow Java's stack, and that ends the process.
        model = als.setCheckpointInterval(2).fit(left)
        _write(f"file:{part}/users", users, of_user, model.userFactors, unit)
        _write(f"file:{part}/items", items, of_item, model.itemFactors, 1.0)
        fitted = Fitted(n, users.count(), items.count(), counts)
        about = json.dumps({"mean": mean, "scale": scale or ends})
        (part / "about.json").write_text(about, encoding="utf-8")
        shutil.rmtree(part / "steps")
        return fitted


def load_factors(folder: str | Path) -> Factors:
    """The `Factors` that `fit_spark` wrote, by raw id, sorted. Spark is not needed.

    Raises:
        FileNotFoundError: `fit_spark` made no such folder.
    """
    fields = json.loads(Path(folder, "about.json").read_text(encoding="utf-8"))
    for side in ("user", "item"):
        table = pd.read_parquet(Path(folder, f"{side}s")).set_index("id").sort_index()
        table.index.name = None
        factors = pd.DataFrame(np.stack(table["factors"]), table.index)
        fields |= {f"{side}_bias": table["bias"], f"{side}_factors": factors}
    return Factors(**fields)


def evaluate_spark(
    spark: SparkSession,
    path: str | Path,
    folder: str | Path,
    *,
    user: str = "userId",
    item: str = "movieId",
    rating: str = "rating",
    string_ids: bool = False,
    sep: str = ",",
) -> Errors:
    """The mean squared error of a fit on other rows. Every row counts.

    The bias and the factors of a user or an item that the fit did not see are 0.
    Predictions are clipped to the scale of the fit.

    Args:
        folder: what `fit_spark` made. Every executor must see it.
        spark, path and all others: as in `fit_spark`.

    Raises:
        ValueError: as in `fit_spark`, or the ids are text here or in the fit alone.
    """
    names = _check_source(spark, string_ids, sep, user, item, rating)
    about = json.loads(Path(folder, "about.json").read_text(encoding="utf-8"))
    rows = _with_problems(_table(spark, path, sep, names), names, string_ids, None)
    _counted(rows.where("problem IS NOT NULL"), path)
    _refuse_quoted_twins(rows, path, names)
    for side in ("user", "item"):
        known = spark.read.parquet(f"file:{Path(folder).absolute()}/{side}s")
        known = known.toDF(side, f"of_{side}", f"{side}_factors")
        if rows.select(side).dtypes != known.select(side).dtypes:
            raise ValueError(
                f"the {side} ids of {path} and of {folder} are text here and numbers "
                "there: give string_ids as in the fit"
            )
        rows = rows.join(known, side, "left")
    products = "zip_with(user_factors, item_factors, (p, q) -> p * q)"
    parts = ["of_user", "of_item", f"aggregate({products}, 0D, (sum, x) -> sum + x)"]
    known = " + ".join(f"coalesce({part}, 0D)" for part in parts)
    low, high = about["scale"]
    guess = f"least(greatest({about['mean']}D + {known}, {low}D), {high}D)"
    asked = ["count(rating)", f"avg(pow({guess} - rating, 2))"]
    asked += ["count_if(of_user IS NULL)", "count_if(of_item IS NULL)"]
    found = Errors(*rows.selectExpr(*asked).first())
    if found.n_ratings == 0:
        raise ValueError(f"{path} has no rows")
    return found


# From files to good rows and bad ones ------------------------------------------------

_QUOTES = ["user_quote", "item_quote"]
_WHOLE = {"tinyint", "smallint", "int", "bigint"}
_NUMBER = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"


def _check_source(spark, string_ids, sep, *names):
    if not isinstance(string_ids, (bool, np.bool_)):
        raise ValueError(f"string_ids must be True or False, not {string_ids!r}")
    if not isinstance(sep, str) or len(sep) != 1 or sep in '\r\n"':
        raise ValueError(f"sep must be the character between values, not {sep!r}")
    if not all(isinstance(name, str) for name in names) or len(set(names)) < 3:
        raise ValueError(f"user, item and rating must be three names, not {names}")
    if not hasattr(getattr(spark, "sparkContext", None), "defaultParallelism"):
        raise ValueError(f"spark must be an open session, not {spark!r:.60}")
    return names


def _table(spark, path, sep, names):
    """User, item and rating as they are, damaged, file, quotes before user and item."""
    from pyspark.sql import functions as F

    local = not re.match(r"\w+:", str(path))
    address = f"file:{Path(path).absolute()}" if local else str(path)
    if address.endswith(".parquet") or (local and any(Path(path).glob("*.parquet"))):
        table, form = spark.read.parquet(address), None
        header = table.columns
    else:  # Nothing is cut at "\n": lines stay whole, so their quotes can be checked.
        whole = {"sep": "\n", "quote": "", "header": True, "enforceSchema": False}
        table = spark.read.csv(address, **whole)
        form = {"sep": sep, "escape": '"', "columnNameOfCorruptRecord": "torn"}
        header = list(spark.read.csv(address, **form).first() or [])
    for name in names:
        n = header.count(name)
        if n != 1:
            has = f"{n} columns {name!r}" if n else f"no column {name!r}"
            raise ValueError(f"{path} read as UTF-8 has {has}; it has {header!r:.500}")
    places = [f"c{k}" for k in range(len(header))]
    chosen = [header.index(name) for name in names]
    table = table.select("*", "_metadata.file_path")
    if form is None:
        table, damaged = table.toDF(*places, "file"), F.lit(False)
        quotes = [F.lit(""), F.lit("")]
    else:  # All as text: what is not a number is reported, not guessed.
        cut = F.from_csv("line", " string, ".join([*places, "torn string"]), form)
        table = table.toDF("line", "file").withColumn("cut", cut)
        table = table.select("line", "cut.*", "file")
        # What pandas and Spark read alike. (*+ saves Java from a recursion too deep.)
        sep = re.escape(sep)
        value = rf'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{sep}]*+)'
        alike = F.col("line").rlike(rf"\A{value}(?:{sep}{value})*+\z")
        damaged = ~(alike & F.isnull("torn"))
        starts = [rf'\A(?:{value}{sep}){{{k}}}("?)' for k in chosen[:2]]
        quotes = [F.regexp_extract("line", start, 1) for start in starts]
    table = table.select(*[places[k] for k in chosen], damaged, "file", *quotes)
    return table.toDF("user", "item", "rating", "damaged", "file", *_QUOTES)


def _with_problems(table, names, string_ids, scale):
    """The columns user, item, rating, and problem: null, or why a row is a bad one."""
    from pyspark.sql import functions as F

    kinds = [kind.partition("(")[0] for _, kind in table.dtypes[:3]]
    texts = [table[column].cast("string") for column in ("user", "item", "rating")]
    told = "the line has a stray quote, or not as many values as the header"
    ids, problems = texts[:2], [F.when(table["damaged"], told)]
    for name, text in zip(names, texts, strict=True):
        missing = text.isNull() | (F.trim(text) == "")
        problems.append(F.when(missing, f"{name} is missing"))
    for k, side in enumerate(("user", "item")):
        wrong, told = ids[k].contains("�"), "is not in UTF-8"
        if not string_ids:
            ids[k] = F.expr(_whole_numbers_of(side, kinds[k]))
            wrong, told = ids[k].isNull(), "is not a whole number"
        problems.append(F.when(wrong, f"{names[k]} {told}"))
    rating = table["rating"]
    if kinds[2] not in _WHOLE | {"float", "double", "decimal"}:  # Java reads "1d" as 1
        rating = F.when(F.trim(texts[2]).rlike(_NUMBER), texts[2])
    rating, name = rating.try_cast("double"), names[2]
    low, high = scale or (-np.inf, np.inf)
    problems += [
        F.when(rating.isNull(), f"{name} is not a number"),
        F.when(F.isnan(rating) | (F.abs(rating) == np.inf), f"{name} is not finite"),
        F.when(~rating.between(low, high), f"{name} is outside {low:g} to {high:g}"),
    ]
    row = F.concat_ws(",", *[F.coalesce(text, F.lit("")) for text in texts])
    table = table.select(*ids, rating, F.coalesce(*problems), "file", row, *_QUOTES)
    return table.toDF("user", "item", "rating", "problem", "file", "row", *_QUOTES)


def _whole_numbers_of(ids, kind):
    """SQL for a column's ids as 64-bit numbers, null where they are none."""
    if kind in _WHOLE:
        return f"bigint({ids})"
    if kind in ("float", "double"):  # from this limit on, one stands for several
        limit = 2 ** (24 if kind == "float" else 53)
        return f"if({ids} = floor({ids}) AND abs({ids}) < {limit}, bigint({ids}), NULL)"
    # Padded digits such as 007 are text: as numbers they would make two people one.
    digits = f"regexp_extract(trim(string({ids})), '^(0|-?[1-9][0-9]*)([.]0*)?$', 1)"
    return f"try_cast(nullif({digits}, '') AS bigint)"


def _split_good_bad(rows, keep):
    """The good rows and the bad ones, to which all rows of a repeated pair belong."""
    pair = ["user", "item"]
    kept = keep(rows.drop("file", "row"))
    again = keep(kept.groupBy(pair).count().where("count > 1").select(pair))
    good = kept.where("problem IS NULL").join(again, pair, "left_anti")
    told = "'the pair stands in several rows' AS problem"
    repeated = rows.where("problem IS NULL").join(again, pair, "left_semi")
    repeated = repeated.selectExpr(*pair, "rating", told, "file", "row")
    return good, rows.where("problem IS NOT NULL").drop(*_QUOTES).union(repeated)


def _refuse_quoted_twins(rows, path, names):
    """Refuse a text with quotes and without: they may be letters, and the ids two."""
    for (side, kind), quote, name in zip(rows.dtypes, _QUOTES, names, strict=False):
        written = rows.select(side, quote).distinct().groupBy(side).count()
        twin = kind == "string" and written.where("count > 1").first()
        if twin:
            told = f"{path}: {name} {twin[0]!r} stands with quotes and without them"
            raise ValueError(f"{told}, and may be two; Parquet leaves no doubt")


def _counted(bad, path, refuse=True):
    """How many bad rows there are, by problem and file, with an example of each."""
    found = bad.groupBy("problem", "file").agg({"*": "count", "row": "min"}).collect()
    counts = pd.DataFrame(found, columns=["problem", "file", "rows", "example"])
    counts["file"] = [re.sub("^file:/+", "/", unquote(file)) for file in counts["file"]]
    counts = counts.sort_values(["problem", "file"], ignore_index=True)
    if refuse and len(counts):
        words = counts["problem"].str.endswith("is not a whole number").any()
        cure = " (ids that are text need string_ids=True)" if words else ""
        raise ValueError(
            f"{counts['rows'].sum():,} rows of {path} cannot be used{cure}; the first "
            f"problems:\n{counts[:20].to_string(index=False)}"
        )
    return counts


def _checkpointer(spark, place):
    """A function that writes a table down and reads it: work is safe, plans short."""
    numbers = itertools.count()

    def keep(table):
        address = f"{place}/{next(numbers)}"
        table.write.parquet(address)
        return spark.read.parquet(address)

    return keep


def _numbered(rows, side):
    """Each id of a side with its place in ascending order, 0 … n-1, by one task."""
    place = f"row_number() OVER (ORDER BY {side}) - 1 AS {side[0]}"
    return rows.select(side).distinct().selectExpr(side, place)


def _dampings(rows, n):
    """The dampings that about 100,000 of n rows ask for: those of every k-th user."""
    some = rows.where(f"u % {n // 100_000 + 1} = 0").select("u", "i", "rest").collect()
    *ids, rest = np.array(some).T
    rows, ids = zip(*[pd.factorize(column) for column in ids], strict=True)
    return estimate_dampings(*rows, rest, [len(column) for column in ids])


def _damped_means(rows, keys, damping):
    """Σ y / (damping + n) over n rows of a user or item; y without the other's bias."""
    of, other = keys
    sums = rows.selectExpr(of, f"rest - b_{other} AS y").groupBy(of)
    sums = sums.agg({"y": "sum", "*": "count"}).toDF(of, "total", "n")
    return sums.selectExpr(of, f"total / ({damping}D + n) AS b_{of}")


def _write(address, ids, biases, vectors, unit):
    """The columns id, bias and factors, in the order of the ids."""
    side, key = ids.columns
    vectors = vectors.withColumnRenamed("id", key)
    factors = f"transform(features, x -> x * {unit!r}D) AS factors"
    rows = ids.join(biases, key).join(vectors, key).orderBy(key)
    rows = rows.selectExpr(f"{side} AS id", f"b_{key} AS bias", factors)
    rows.write.parquet(address)


@contextmanager
def _whole_or_nothing(folder):
    """A folder beside `folder`, which takes its place when all has gone well."""
    folder = Path(folder).absolute()
    if folder.exists():
        raise FileExistsError(f"{str(folder)!r} is there already: nothing is replaced")
    part = folder.with_name(f"{folder.name}.part-{os.getpid()}")
    part.mkdir()
    try:
        yield part
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
