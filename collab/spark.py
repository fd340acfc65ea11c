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

import itertools
import json
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import pandas as pd

from collab.checks import check_positive, check_scale, check_whole
from collab.factors import Factors

_USER_DAMPING, _ITEM_DAMPING, _N_PASSES = 5.0, 3.0, 3  # of the biases


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
    spark,
    path,
    folder,
    *,
    user="userId",
    item="movieId",
    rating="rating",
    string_ids=False,
    sep=",",
    scale=None,
    bad_rows="refuse",
    n_factors=50,
    n_sweeps=10,
    damping_per_rating=0.135,
):
    """Fit mean, damped biases, then factors to what these leave over; write a folder.

    The biases are those of `collab.baselines.fit_biases`. Spark's ALS then minimises,
    over the residuals y in units of the ratings' standard deviation,

        Σ (y - p_u · q_i)² + damping_per_rating (Σ n_u |p_u|² + Σ n_i |q_i|²)

    with the number n of ratings of a user or an item. The start is the same each time.
    It depends on the number of blocks into which Spark cuts users and items: 10, or
    the session's default parallelism where that is more.

    Args:
        spark: an open session. Its checkpoints' folder becomes one inside `folder`.
        path: a csv file (UTF-8, with a header line) or a Parquet file, a folder of such
            files, a pattern ("ratings-*.csv") or an address such as "hdfs://…". Every
            executor must see it.
        folder: what to make: `load_factors` reads it. It must not exist; every executor
            must see the folder around it.
        user, item, rating: the names of the three columns.
        string_ids: True if the ids are text.
        sep: the text between two values of a csv file. With a sep of several
            characters, quotes are letters like others.
        scale: the lowest and the highest rating there is; other ratings are bad rows.
            None reads it off.
        bad_rows: "refuse": a row that cannot be used is a ValueError that counts all of
            them, by problem and file. "set aside": the others are fitted, and these
            written to `folder`/bad_rows. If a pair (user, item) stands in several rows,
            all of them are bad: nobody can say which is right.
        n_factors, n_sweeps, damping_per_rating: of the ALS; damping above 0. Chosen on
            training rows of the course's data.

    Returns:
        `Fitted`.

    Raises:
        ValueError: a column is missing or there twice, there are bad rows, or an
            argument is outside what is stated above.
        FileExistsError: the folder is there already.

    Where Spark itself fails (there is no such file, the files' headers differ, a disk
    is full), its own error is raised. After any error there is no folder.
    """
    n_factors = check_whole(n_factors, "n_factors")
    n_sweeps = check_whole(n_sweeps, "n_sweeps")
    check_positive(damping_per_rating, "damping_per_rating")
    scale = None if scale is None else check_scale(scale)
    if bad_rows not in ("refuse", "set aside"):
        raise ValueError(f"bad_rows must be 'refuse' or 'set aside', not {bad_rows!r}")
    names = _names(user, item, rating)
    n_blocks = max(10, _parallelism(spark))
    with _whole_or_nothing(folder) as part:
        from pyspark.ml.recommendation import ALS
        from pyspark.sql import functions as F

        spark.sparkContext.setCheckpointDir(f"file:{part}/steps/als")
        keep = _checkpointer(spark, f"file:{part}/steps")
        rows = _with_problems(_table(spark, path, sep, names), names, string_ids, scale)
        good, bad = _split_good_bad(rows, keep)
        counts = _counted(bad)
        if len(counts) and bad_rows == "refuse":
            raise _refusal(path, counts)
        if len(counts):
            bad.write.parquet(f"file:{part}/bad_rows")
        users, items = keep(_numbered(good, "user")), keep(_numbered(good, "item"))
        rows = good.join(users, "user").join(items, "item").select("u", "i", "rating")
        rows, y = keep(rows), F.col("rating")
        asked = [F.count(y), F.avg(y), F.stddev_pop(y), F.min(y), F.max(y)]
        n, mean, spread, *ends = rows.agg(*asked).first()
        if n == 0:
            raise ValueError(f"{path} has no row that can be used")

        rows = rows.select("u", "i", (y - mean).alias("rest"))
        of_user = users.select("u", F.lit(0.0).alias("b_u"))
        for _ in range(_N_PASSES):
            left = rows.join(of_user, "u")
            of_item = keep(_damped_means(left, "i", "rest - b_u", _ITEM_DAMPING))
            left = rows.join(of_item, "i")
            of_user = keep(_damped_means(left, "u", "rest - b_i", _USER_DAMPING))

        unit = spread or 1.0
        left = rows.join(of_user, "u").join(of_item, "i")
        left = keep(left.selectExpr("u", "i", f"(rest - b_u - b_i) / {unit!r}D AS y"))
        als = ALS(
            userCol="u",
            itemCol="i",
            ratingCol="y",
            rank=n_factors,
            maxIter=n_sweeps,
            regParam=damping_per_rating,
            numUserBlocks=n_blocks,
            numItemBlocks=n_blocks,
            seed=0,
        )
        model = als.fit(left)
        of_user = _by_raw_id(users, of_user, model.userFactors, unit)
        of_user.write.parquet(f"file:{part}/users")
        of_item = _by_raw_id(items, of_item, model.itemFactors, 1.0)
        of_item.write.parquet(f"file:{part}/items")
        fitted = Fitted(n, users.count(), items.count(), counts)
        about = {"mean": mean, "scale": scale or ends}
        (part / "about.json").write_text(json.dumps(about), encoding="utf-8")
        shutil.rmtree(part / "steps")
        return fitted


def load_factors(folder):
    """The `Factors` that `fit_spark` wrote, by raw id, sorted. Spark is not needed.

    Raises:
        FileNotFoundError: there is no such folder, or none of `fit_spark`.
    """
    about, biases, factors = _about(folder), [], []
    for side in ("users", "items"):
        table = pd.read_parquet(Path(folder, side)).set_index("id").sort_index()
        table.index.name = None
        biases.append(table["bias"])
        factors.append(pd.DataFrame(np.stack(table["factors"]), table.index))
    return Factors(about["mean"], *biases, *factors, about["scale"])


def evaluate_spark(
    spark,
    path,
    folder,
    *,
    user="userId",
    item="movieId",
    rating="rating",
    string_ids=False,
    sep=",",
):
    """The mean squared error of a fit on other rows. Every row counts.

    A user or an item that the fit did not see is an average one: its bias and its
    factors are 0, and what is known of the other side stays. Predictions are clipped to
    the scale of the fit.

    Args:
        spark: an open session.
        folder: what `fit_spark` made. Every executor must see it.
        path and all others: as in `fit_spark`.

    Returns:
        `Errors`.

    Raises:
        ValueError: as in `fit_spark`, or the ids are text in one of the two tables.
        FileNotFoundError: `folder` is not one of `fit_spark`.
    """
    names, about, _ = _names(user, item, rating), _about(folder), _parallelism(spark)
    from pyspark.sql import functions as F

    rows = _with_problems(_table(spark, path, sep, names), names, string_ids, None)
    counts = _counted(rows.where("problem is not null"))
    if len(counts):
        raise _refusal(path, counts)
    for side in ("user", "item"):
        known = spark.read.parquet(f"file:{Path(folder).absolute()}/{side}s")
        known = known.toDF(side, f"of_{side}", f"{side}_factors")
        (asked,), (fitted,) = rows.select(side).dtypes, known.select(side).dtypes
        if asked != fitted:
            raise ValueError(
                f"the {side} ids of {path} are read as {asked[1]}, those of {folder} "
                f"are {fitted[1]}: give string_ids as in the fit"
            )
        rows = rows.join(known, side, "left")
    products = F.zip_with("user_factors", "item_factors", lambda p, q: p * q)
    dot = F.aggregate(products, F.lit(0.0), lambda total, x: total + x)
    guess = F.lit(about["mean"])
    for part in (F.col("of_user"), F.col("of_item"), dot):
        guess += F.coalesce(part, F.lit(0.0))
    low, high = map(F.lit, about["scale"])
    wrong = F.least(F.greatest(guess, low), high) - F.col("rating")
    unknown = [F.count_if(F.isnull(of)) for of in ("of_user", "of_item")]
    found = rows.agg(F.count("rating"), F.avg(wrong * wrong), *unknown).first()
    if found[0] == 0:
        raise ValueError(f"{path} has no rows")
    return Errors(*found)


# From files to good rows and bad ones ------------------------------------------------

_WHOLE = {"tinyint", "smallint", "int", "bigint"}
_KINDS = _WHOLE | {"string", "float", "double", "decimal"}
_DAMAGED, _FILE = "the damaged line", "its file"  # names that no table has
_NUMBER = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"


def _table(spark, path, sep, names):
    """The three columns, and two more: _DAMAGED (null where a line is whole), _FILE."""
    from pyspark.sql import functions as F

    if not isinstance(path, (str, Path)):
        raise ValueError(f"path must be the name of a file or folder, not {path!r:.60}")
    local = not re.match(r"\w+:", str(path))
    address = f"file:{Path(path).absolute()}" if local else str(path)
    if address.endswith(".parquet") or (local and any(Path(path).glob("*.parquet"))):
        table = spark.read.parquet(address)
        damaged = F.lit(None).cast("string").alias(_DAMAGED)
    else:
        form = {"sep": sep, "header": True, "escape": '"'}
        columns = [*spark.read.csv(address, **form).columns, _DAMAGED]
        # All as text: what is not a number is told, not guessed.
        schema = ", ".join(f"{_quoted(name)} string" for name in columns)
        form |= {"enforceSchema": False, "columnNameOfCorruptRecord": _DAMAGED}
        form |= {"columnPruning": False}  # else a line's other values are not counted
        table = spark.read.schema(schema).options(**form).csv(address)
        damaged = F.col(_quoted(_DAMAGED))
    for name in names:
        if name not in table.columns:
            has = [name for name in table.columns if name != _DAMAGED]
            raise ValueError(f"{path} has no column {name!r}; it has {has}")
    file = F.col("_metadata.file_path").alias(_FILE)
    return table.select(*map(_quoted, names), damaged, file)


def _with_problems(table, names, string_ids, scale):
    """The columns user, item, rating, and problem: null, or why a row is a bad one."""
    from pyspark.sql import functions as F

    texts = [F.col(_quoted(name)).cast("string") for name in names]
    *ids, value = [F.col(_quoted(name)) for name in names]
    kinds = [dict(table.dtypes)[name].partition("(")[0] for name in names]
    problems = [F.when(F.col(_quoted(_DAMAGED)).isNotNull(), "the line is damaged")]
    for name, text, kind in zip(names, texts, kinds, strict=True):
        if kind not in _KINDS:
            raise ValueError(f"column {name!r} holds {kind}, not numbers or text")
        missing = text.isNull() | (F.trim(text) == "")
        problems.append(F.when(missing, f"{name} is missing"))
    for k, (name, text, kind) in enumerate(zip(names[:2], texts, kinds, strict=False)):
        if string_ids:
            ids[k] = text
        else:
            ids[k] = _whole_numbers_of(ids[k], text, kind)
            problems.append(F.when(ids[k].isNull(), f"{name} is not a whole number"))
    if kinds[2] == "string":  # else Java would take "1d" for a number
        value = F.when(F.trim(texts[2]).rlike(f"^{_NUMBER}$"), value)
    value = value.try_cast("double")
    low, high = scale or (-np.inf, np.inf)
    problems += [
        F.when(value.isNull(), f"{names[2]} is not a number"),
        F.when(F.isnan(value) | (F.abs(value) == np.inf), f"{names[2]} is not finite"),
        F.when(~value.between(low, high), f"{names[2]} is outside {low:g} to {high:g}"),
    ]
    return table.select(
        ids[0].alias("user"),
        ids[1].alias("item"),
        value.alias("rating"),
        F.coalesce(*problems).alias("problem"),
        F.col(_quoted(_FILE)).alias("file"),
        F.concat_ws(",", *[F.coalesce(text, F.lit("")) for text in texts]).alias("row"),
    )


def _whole_numbers_of(ids, text, kind):
    """Ids as 64-bit numbers, null where they are none."""
    from pyspark.sql import functions as F

    if kind in _WHOLE:
        return ids.cast("bigint")
    if kind in ("float", "double"):  # from this limit on, one stands for several
        limit = 2.0 ** (24 if kind == "float" else 53)
        return F.when((F.floor(ids) == ids) & (F.abs(ids) < limit), ids).cast("bigint")
    # Padded digits such as 007 are text: as numbers they would make two people one.
    digits = F.regexp_extract(F.trim(text), r"^(0|-?[1-9][0-9]*)([.]0*)?$", 1)
    return F.when(digits != "", digits).try_cast("bigint")


def _split_good_bad(rows, keep):
    """The good rows and the bad ones, to which all rows of a repeated pair belong."""
    from pyspark.sql import functions as F

    pair = ["user", "item"]
    bad, rows = rows.where("problem is not null"), rows.where("problem is null")
    good = keep(rows.select("user", "item", "rating"))
    again = keep(good.groupBy(pair).count().where("count > 1").select(pair))
    if not again.isEmpty():
        problem = F.lit("the pair stands in several rows")
        repeated = rows.join(again, pair, "left_semi").withColumn("problem", problem)
        bad = bad.unionByName(repeated)
        good = good.join(again, pair, "left_anti")
    return good, bad


def _counted(bad):
    """How many bad rows there are, by problem and file, with an example of each."""
    from pyspark.sql import functions as F

    found = bad.groupBy("problem", "file").agg(F.count("row"), F.min("row")).collect()
    counts = pd.DataFrame(found, columns=["problem", "file", "rows", "example"])
    counts["file"] = [re.sub("^file:/+", "/", unquote(file)) for file in counts["file"]]
    return counts.sort_values(["problem", "file"], ignore_index=True)


def _refusal(path, counts):
    n, whole = counts["rows"].sum(), "is not a whole number"
    lines = [
        f"{row.rows:,} × {row.problem}, such as {row.example!r}, in {row.file}"
        for row in counts.head(20).itertuples()
    ]
    if len(counts) > 20:
        lines.append(f"… and {len(counts) - 20} more such lines")
    if counts["problem"].str.endswith(whole).any():
        lines.append("(ids that are text need string_ids=True)")
    lines = "\n    ".join(lines)
    return ValueError(f"{n:,} rows of {path} cannot be used:\n    {lines}")


# The steps of the fit ----------------------------------------------------------------


def _checkpointer(spark, place):
    """A function that writes a table down and reads it again.

    Then plans stay short, a join knows how large the table is, and whichever executor
    dies, nothing before it is done again.
    """
    numbers = itertools.count()

    def keep(table):
        address = f"{place}/{next(numbers)}"
        table.write.parquet(address)
        return spark.read.parquet(address)

    return keep


def _numbered(rows, side):
    """Each id of a side with its place in ascending order, 0 … n-1."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    # One task sorts them all: there are few ids beside the ratings.
    place = F.row_number().over(Window.orderBy(side)) - 1
    return rows.select(side).distinct().withColumn(side[0], place)


def _damped_means(rows, key, y, damping):
    """Σ y / (damping + n) over the n rows of each user u or item i."""
    from pyspark.sql import functions as F

    bias = F.sum(F.expr(y)) / (F.count("*") + damping)
    return rows.groupBy(key).agg(bias.alias(f"b_{key}"))


def _by_raw_id(ids, biases, vectors, unit):
    """The columns id, bias and factors, in the order of the ids."""
    from pyspark.sql import functions as F

    side, key = ids.columns
    vectors = vectors.withColumnRenamed("id", key)
    return (
        ids.join(biases, key)
        .join(vectors, key)
        .orderBy(key)
        .select(
            F.col(side).alias("id"),
            F.col(f"b_{key}").alias("bias"),
            F.transform("features", lambda x: x * unit).alias("factors"),
        )
    )


# Around them -------------------------------------------------------------------------


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


def _parallelism(spark):
    """How many tasks a session, which must be open, is meant to run at once."""
    try:
        return spark.sparkContext.defaultParallelism
    except AttributeError:
        raise ValueError(
            "spark must be an open session (SparkSession.builder.master('local[*]')"
            f".getOrCreate(), say), not {spark!r:.60}"
        ) from None


def _about(folder):
    """What `fit_spark` wrote besides its tables."""
    file = Path(folder, "about.json")
    if not file.is_file():
        raise FileNotFoundError(f"there are no factors of fit_spark in {str(folder)!r}")
    return json.loads(file.read_text(encoding="utf-8"))


def _quoted(name):
    """A column's name as SQL writes it."""
    return "`" + name.replace("`", "``") + "`"


def _names(*names):
    if not all(isinstance(name, str) for name in names) or len(set(names)) < 3:
        raise ValueError(f"user, item and rating must be three names, not {names}")
    return names
