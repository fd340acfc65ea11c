"""collab/spark.py: one machine's results, bad rows told, whole or nothing, any master.

The plain `uv run pytest` has no pyspark; with it and Java 17:

    uv run --extra spark pytest tests/test_spark.py

Where REQUIRE_SPARK is set, a missing one is a failure, not a reason to skip.
"""

import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from repository import ROOT
from sparks import SMALL, open_session

from collab import baselines
from collab.factors import ridge_step
from collab.spark import (
    _dampings,
    _table,
    _with_problems,
    evaluate_spark,
    fit_spark,
    load_factors,
)

TIME_LIMIT = 480  # seconds: other tests may keep the machine busy
NAMES = ["userId", "movieId", "rating"]
ABOUT = '{"mean": 3.5, "scale": [1, 5]}'


@pytest.fixture(scope="module")
def session():
    return open_session()


@pytest.fixture(scope="module")
def fit(session):
    """`fit_spark` in the shared session, short by default."""

    def fit(path, folder, **settings):
        return fit_spark(
            session, path, folder, **({"n_factors": 2, "n_iterations": 2} | settings)
        )

    return fit


def camps(ids=lambda user, item: (7 * user + 3, 2**62 - 11 * item)):
    """30 users × 12 items, 7 of 10 rated, two camps, biases; 1 to 10."""
    rng = np.random.default_rng(0)
    rows = [
        (*ids(user, item), 2 + 3 * (user % 2 == item % 2) + user % 3 + item % 4 + noise)
        for user in range(30)
        for item in range(12)
        if rng.random() < 0.7
        for noise in [rng.integers(-3, 4)]
    ]
    table = pd.DataFrame(rows, columns=NAMES)
    return table.assign(rating=table["rating"].clip(1, 10))


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "ratings.csv"
    camps().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def fitted(fit, csv):
    """The folder of a short fit on `camps`."""
    folder = csv.parent / "fitted"
    told = fit(csv, folder, scale=(0, 10))
    assert told[:3] == (len(camps()), 30, 12)
    assert len(told.bad_rows) == 0
    return folder


# Like one machine ---------------------------------------------------------------------


def test_the_folder_has_the_fit_and_nothing_else(fitted):
    left = {path.name for path in fitted.parent.iterdir()}
    assert left == {"ratings.csv", "fitted"}
    assert {path.name for path in fitted.iterdir()} == {"about.json", "items", "users"}


def numbered(table):
    """Row numbers of users and items, ratings above their mean, how many of each."""
    users, items = (pd.factorize(table[name], sort=True) for name in NAMES[:2])
    y = table["rating"].to_numpy() - table["rating"].mean()
    return users[0], items[0], y, (len(users[1]), len(items[1]))


def test_mean_and_biases_are_those_of_one_machine(fitted):
    found, table = load_factors(fitted), camps()
    rows = numbered(table)
    of_user, of_item = baselines.damped_biases(
        *rows, baselines.estimate_dampings(*rows), n_passes=3
    )
    assert found.mean == pytest.approx(table["rating"].mean(), abs=1e-12)
    assert found.user_bias.index.tolist() == sorted(set(table["userId"]))
    assert found.item_bias.index.tolist() == sorted(set(table["movieId"]))
    np.testing.assert_allclose(found.user_bias, of_user, atol=1e-9)
    np.testing.assert_allclose(found.item_bias, of_item, atol=1e-9)
    assert min(of_user.std(), of_item.std()) > 0.1


def test_a_large_table_is_asked_for_its_dampings_by_every_kth_user(session, tmp_path):
    table = camps(lambda user, item: (user, item))
    some = table[table["userId"] % 3 == 0]
    some_rows = numbered(some.assign(rating=some["rating"] + 5))
    table.columns = ["u", "i", "rest"]
    table["rest"] -= some["rating"].mean()
    table.to_parquet(tmp_path / "rows.parquet")
    rows = session.read.parquet(f"file:{tmp_path}/rows.parquet")
    expected = baselines.estimate_dampings(*some_rows)
    assert _dampings(rows, 200_000) == pytest.approx(expected)
    assert _dampings(rows, 99_999) != pytest.approx(expected)


def check_user_vectors(found, table, damping):
    """Each is the ridge regression of the user's ratings, by another solver."""
    spread = table["rating"].std(ddof=0)
    rest = table["rating"] - found.mean
    rest -= found.user_bias[table["userId"]].to_numpy()
    rest -= found.item_bias[table["movieId"]].to_numpy()
    for user, rows in table.groupby("userId"):
        X = found.item_factors.loc[rows["movieId"]].to_numpy()
        y = rest[rows.index].to_numpy() / spread
        w = ridge_step(X, y, np.full(X.shape[1], damping * len(rows)))
        np.testing.assert_allclose(found.user_factors.loc[user] / spread, w, atol=1e-4)
    assert found.user_factors.abs().to_numpy().max() > 0.05 * spread


# Any ids, any form --------------------------------------------------------------------


def test_text_ids_another_unit_and_the_defaults(session, fitted, csv, tmp_path):
    """Ten iterations: a plan that is never written down would overflow Java's stack."""
    table = camps(lambda user, item: (f"u{user:02}", f"{20 + 2 * item}é"))
    table = table.assign(rating=lambda table: 20 * table["rating"] - 50)
    table.to_parquet(tmp_path / "ratings.parquet")
    fit_spark(session, tmp_path / "ratings.parquet", tmp_path / "f", string_ids=True)
    found, plain = load_factors(tmp_path / "f"), load_factors(fitted)
    assert (plain.scale, found.scale) == ((0.0, 10.0), (-30.0, 150.0))
    assert found.user_bias.index.tolist() == sorted(set(table["userId"]))
    np.testing.assert_allclose(found.user_bias, 20 * plain.user_bias, atol=1e-9)
    np.testing.assert_allclose(found.item_bias[::-1], 20 * plain.item_bias, atol=1e-9)
    assert found.item_factors.shape == (12, 50)
    check_user_vectors(found, table, 0.135)
    with pytest.raises(ValueError, match=r"user ids of .* give string_ids as in the"):
        evaluate_spark(session, csv, tmp_path / "f")


@pytest.mark.parametrize("form", ["other names", "floats", "folder", "decimals"])
def test_other_forms_of_the_same_table_are_read_alike(session, fitted, tmp_path, form):
    table, settings, path = camps(), {}, tmp_path / "in.parquet"
    if form == "other names":
        path = tmp_path / "in it.csv"
        table.columns = ["who is it", "a.b", "rating `1`"]
        settings = dict(zip(["user", "item", "rating"], table.columns, strict=True))
        table.insert(0, "title", 'a "b"; c')
        table.to_csv(path, index=False, sep=";")
        settings["sep"] = ";"
    elif form == "floats":
        table["userId"] = table["userId"].astype("float32")
        table["rating"] = table["rating"].astype("int8")
        table.to_parquet(path)
    elif form == "decimals":
        kind = pd.ArrowDtype(pa.decimal128(21, 2))
        table["movieId"] = table["movieId"].astype(kind)
        table.to_parquet(path)
    else:
        path = tmp_path / "files"
        path.mkdir()
        table[:100].to_csv(path / "a.csv", index=False)
        table[100:].to_csv(path / "b.csv.gz", index=False)
    n, mse, *unknown = evaluate_spark(session, path, fitted, **settings)
    answer = load_factors(fitted).predict(camps()["userId"], camps()["movieId"])
    assert (n, unknown) == (len(table), [0, 0])
    assert mse == pytest.approx(((answer - camps()["rating"]) ** 2).mean())


def test_factors_are_loaded_without_spark(tmp_path):
    """By raw id, sorted whatever the order of the files, float64."""
    users = pd.DataFrame({"id": [9, 5], "bias": [0.5, -0.5]})
    users["factors"] = [np.array([1, 2], "float32"), np.array([3, 4], "float32")]
    users.to_parquet(tmp_path / "users")
    users[:1].to_parquet(tmp_path / "items")
    (tmp_path / "about.json").write_text(ABOUT)
    found = load_factors(str(tmp_path))
    assert found.user_bias.to_dict() == {5: -0.5, 9: 0.5}
    assert found.user_factors.to_numpy().tolist() == [[3, 4], [1, 2]]
    assert found.item_factors.loc[9].tolist() == [1, 2]
    assert (found.mean, found.scale) == (3.5, (1.0, 5.0))


# Other rows ---------------------------------------------------------------------------


def test_unseen_users_and_items_are_kept_and_average(session, fitted, tmp_path):
    f = load_factors(fitted)
    (item, other), (p, q) = f.item_bias.index[:2], (f.user_factors, f.item_factors)
    rows = [(3, item, 4.0), (3, 5, 4.0), (4, item, 4.0), (4, 5, 4.0), (10, other, -90)]
    pd.DataFrame(rows, columns=NAMES).to_csv(tmp_path / "valid.csv", index=False)
    guesses = [
        f.mean + f.user_bias[3] + f.item_bias[item] + p.loc[3] @ q.loc[item],
        f.mean + f.user_bias[3],
        f.mean + f.item_bias[item],
        f.mean,
        f.mean + f.user_bias[10] + f.item_bias[other] + p.loc[10] @ q.loc[other],
    ]
    # Predictions beyond the scale are clipped: so that there are some, a narrow one.
    low, _, middle, _, high = sorted(guesses)
    scale = [low + 0.01, high - 0.01]
    shutil.copytree(fitted, tmp_path / "f")
    about = json.loads((tmp_path / "f" / "about.json").read_text())
    (tmp_path / "f" / "about.json").write_text(json.dumps(about | {"scale": scale}))
    n, mse, *unknown = evaluate_spark(session, tmp_path / "valid.csv", tmp_path / "f")
    assert (n, unknown) == (5, [2, 2])
    truth = [rating for *_, rating in rows]
    assert scale[0] < middle < scale[1]
    assert mse == pytest.approx(np.mean((np.clip(guesses, *scale) - truth) ** 2))


def test_no_such_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_factors(tmp_path / "nowhere")


# Bad rows are told --------------------------------------------------------------------

BAD = """userId,movieId,rating,when
1,50,4.0,1
2,50,five,1
3,,4.0,1
,50,4.0,1
x7,50,4.0,1
007,50,4.0,1
1.5,50,4.0,1
4,99999999999999999999,4.0,1
5,50,7.5,1
6,50,,1
6,60,NaN,1
6,70,1e999,1
6,80,1d,1
7,50,4,5,1
8,50,3.0,1
"""
AGAIN = """userId,movieId,rating,when
8,50,2.0,1
1,60,3.5,1
3,60,3.0,1
1,60,3.5,2
2,50,2.0,1
"""


@pytest.fixture
def bad(tmp_path):
    """A folder with two files, of whose 20 rows two can be used.

    Of the pair (2, 50) one row is bad by itself; the other is, for there are two.
    """
    folder = tmp_path / "my ratings"
    folder.mkdir()
    (folder / "bad.csv").write_text(BAD)
    (folder / "again.csv").write_text(AGAIN)
    return folder


DAMAGED = "the line has a stray quote, or not as many values as the header"
EXPECTED = [
    ("movieId is missing", "bad.csv", 1, "3,,4.0"),
    ("movieId is not a whole number", "bad.csv", 1, "4,99999999999999999999,4.0"),
    ("rating is missing", "bad.csv", 1, "6,50,"),
    ("rating is not a number", "bad.csv", 3, "2,50,five"),
    ("rating is not finite", "bad.csv", 1, "6,70,1e999"),
    ("rating is outside 0.5 to 5", "bad.csv", 1, "5,50,7.5"),
    (DAMAGED, "bad.csv", 1, "7,50,4"),
    ("the pair stands in several rows", "again.csv", 4, "1,60,3.5"),
    ("the pair stands in several rows", "bad.csv", 1, "8,50,3.0"),
    ("userId is missing", "bad.csv", 1, ",50,4.0"),
    ("userId is not a whole number", "bad.csv", 3, "007,50,4.0"),
]


def problems(told):
    """What a refusal lists: the problem, the file's name, how many rows, an example."""
    lines = str(told.value).splitlines()[2:]
    found = [re.match(r" *(.*?) +(/.*?) +(\d+) +(.*)", line).groups() for line in lines]
    return [(why, Path(file).name, int(n), row) for why, file, n, row in found]


def test_bad_rows_are_counted_by_problem_and_file_and_set_aside(fit, bad, tmp_path):
    told = fit(bad, tmp_path / "f", bad_rows="set aside", scale=(0.5, 5))
    assert told[:3] == (2, 2, 2)
    table = told.bad_rows
    assert table.columns.tolist() == ["problem", "file", "rows", "example"]
    assert set(table["file"]) == {str(bad / "bad.csv"), str(bad / "again.csv")}
    rows = table.assign(file=[Path(file).name for file in table["file"]])
    assert list(rows.itertuples(index=False, name=None)) == sorted(EXPECTED)
    # they are written down, all of them
    aside = pd.read_parquet(tmp_path / "f" / "bad_rows")
    assert len(aside) == table["rows"].sum() == 18
    assert "2,50,five" in set(aside["row"])
    assert load_factors(tmp_path / "f").user_bias.index.tolist() == [1, 3]


def test_bad_rows_are_refused_if_nothing_else_is_said(session, fit, bad, tmp_path):
    with pytest.raises(ValueError, match=r"18 rows of .*my ratings cannot be") as told:
        fit(bad, tmp_path / "f", scale=(0.5, 5))
    assert problems(told) == sorted(EXPECTED)
    assert "string_ids=True" in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["my ratings"]
    # and where a fit is judged
    (bad / "again.csv").unlink()
    (tmp_path / "about.json").write_text(ABOUT)
    with pytest.raises(ValueError, match=r"12 rows of .* cannot be used") as told:
        evaluate_spark(session, bad, tmp_path)
    assert "outside" not in str(told.value)  # there, any rating is one


def test_in_a_typed_file_what_is_no_id_or_rating_is_told_as_well(fit, tmp_path):
    table = pd.DataFrame(
        {
            "userId": [1, 2.5, np.nan, 2.0**53, 5, 6],
            "movieId": [1, 2, 3, 4, 5, 6],
            "rating": [1.0, 1, 1, 1, np.inf, None],
        }
    )
    table.to_parquet(tmp_path / "in.parquet")
    with pytest.raises(ValueError, match="5 rows") as told:
        fit(tmp_path / "in.parquet", tmp_path / "f")
    assert {why: n for why, _, n, _ in problems(told)} == {
        "rating is missing": 1,
        "rating is not finite": 1,
        "userId is missing": 1,
        "userId is not a whole number": 2,
    }
    # Spark would make seconds of a moment.
    table.assign(rating=pd.Timestamp("2020-01-01")).to_parquet(tmp_path / "in.parquet")
    with pytest.raises(ValueError, match=r"rating is not a number .* 3 +"):
        fit(tmp_path / "in.parquet", tmp_path / "f")


def test_bytes_that_are_not_utf_8_are_told(fit, tmp_path):
    """Spark puts the same letter for each: Zoë and Zoé would be one user."""
    file = tmp_path / "in.csv"
    rows = "userId,movieId,rating\nZoë,a,3\nZoé,b,4\nBo,à,2\nBo,b,5\n"
    file.write_bytes(rows.encode("latin-1"))
    with pytest.raises(ValueError, match="3 rows") as told:
        fit(file, tmp_path / "f", string_ids=True)
    assert problems(told) == [
        ("movieId is not in UTF-8", "in.csv", 1, "Bo,\ufffd,2"),
        ("userId is not in UTF-8", "in.csv", 2, "Zo\ufffd,a,3"),
    ]
    assert "string_ids" not in str(told.value)  # they are text already
    file.write_bytes(rows.encode("utf-16"))
    with pytest.raises(ValueError, match="read as UTF-8 has no column 'userId'"):
        fit(file, tmp_path / "f")


def test_a_column_that_is_there_twice_is_refused_only_if_it_is_asked_for(
    session, fitted, tmp_path
):
    file, item = tmp_path / "in.csv", 2**62
    file.write_text(f"userId,movieId,rating,rating\n3,{item},3,4\n")
    with pytest.raises(ValueError, match="has 2 columns 'rating'"):
        evaluate_spark(session, file, fitted)
    file.write_text(f"userId,movieId,rating,Rating,when,when\n3,{item},3,4,5,6\n")
    expected = (load_factors(fitted).predict(3, item) - 3) ** 2
    found = evaluate_spark(session, file, fitted)
    assert found[:2] == (1, pytest.approx(expected[0]))


def test_quotes_are_read_as_pandas_reads_them_or_the_line_is_bad(session, tmp_path):
    """All texts of up to four of four letters, as a first value and as a last one."""
    texts = ["".join(t) for n in range(5) for t in itertools.product('a", ', repeat=n)]
    lines = [f"{text},{k},{k % 5},x" for k, text in enumerate(texts)]
    lines += [f"u,{k},1,{text}" for k, text in enumerate(texts, len(texts))]
    (tmp_path / "in.csv").write_text("\n".join(["userId,movieId,rating,title", *lines]))
    table = _table(session, tmp_path / "in.csv", ",", NAMES)
    rows = _with_problems(table, NAMES, True, None).toPandas()
    good = rows[rows["problem"].isna()]
    form = {"header": None, "dtype": str, "keep_default_na": False}
    for user, item, rating in zip(
        good["user"], good["item"], good["rating"], strict=True
    ):
        (read,) = pd.read_csv(io.StringIO(lines[int(item)]), **form).to_numpy()
        assert (len(read), read[0], float(read[2])) == (4, user, rating)
    assert {"a", '"', 'a"', 'a""a', ' "a"', "a,"} <= set(good["user"])
    assert len(rows) == len(lines)
    assert (rows["problem"] == DAMAGED).sum() > 100


def test_a_text_with_quotes_and_without_is_refused(session, fit, fitted, tmp_path):
    """By load_ratings, too: quotes may be letters, and two albums would be one."""
    file = tmp_path / "in.tsv"
    names = {"user": "u", "item": "i", "rating": "r", "sep": "\t"}
    file.write_text('x\tu\ti\tr\n"a\tb"\tann\t"Heroes"\t3\n\tbo\tHeroes\t4\n')
    (tmp_path / "about.json").write_text(ABOUT)
    two = r"in\.tsv: i 'Heroes' stands with quotes and without"
    with pytest.raises(ValueError, match=two):
        fit(file, tmp_path / "f", string_ids=True, **names)
    with pytest.raises(ValueError, match=two):
        evaluate_spark(session, file, tmp_path, string_ids=True, **names)
    file.write_text(f'x\tu\ti\tr\n"a\tb"\t3\t"{2**62}"\t3\n\t"3"\t{2**62}\t4\n')
    found = evaluate_spark(session, file, fitted, **names)  # a number has no letters
    assert (found.n_ratings, found.unknown_users, found.unknown_items) == (2, 0, 0)


def test_a_file_with_another_header_is_not_misread(fit, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("userId,movieId,rating\n1,2,3\n")
    (tmp_path / "in" / "b.csv").write_text("movieId,userId,rating\n1,2,3\n")
    with pytest.raises(Exception, match=r"(?s)header does not conform.*in/b.csv"):
        fit(tmp_path / "in", tmp_path / "f")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_table_without_a_good_row_is_refused(fit, tmp_path):
    (tmp_path / "in.csv").write_text("userId,movieId,rating\n1,2,x\n")
    with pytest.raises(ValueError, match="no row that can be used"):
        fit(tmp_path / "in.csv", tmp_path / "f", bad_rows="set aside")
    assert not (tmp_path / "f").exists()


def test_what_is_asked_for_wrongly_is_refused_by_name(fit, csv, tmp_path):
    for name, value in [
        ("damping_per_rating", 0),
        ("bad_rows", "drop"),
        ("rating", "userId"),
    ]:
        with pytest.raises(ValueError, match=f"{name}.*{re.escape(repr(value))}"):
            fit(csv, tmp_path / "f", **{name: value})
    with pytest.raises(ValueError, match=r"no column 'stars'; it has .'userId'"):
        fit(csv, tmp_path / "f", rating="stars")
    assert not (tmp_path / "f").exists()


# Whole or not at all ------------------------------------------------------------------


def test_what_is_there_is_not_replaced(fit, csv, tmp_path):
    (tmp_path / "f").mkdir()
    with pytest.raises(FileExistsError, match="f' is there already"):
        fit(csv, tmp_path / "f")
    assert list((tmp_path / "f").iterdir()) == []


def test_where_nothing_can_be_written_that_is_told_before_a_row_is_read(fit, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        fit(tmp_path / "nothing.csv", tmp_path / "nowhere" / "f")


# A cluster ----------------------------------------------------------------------------

# A driver of its own: one process has one Spark. Two executors are processes of theirs;
# when ALS begins, benchmarks/spark.py kills one, and another comes in its place.
DRIVER = """
import json, sys, threading
from pathlib import Path
from pyspark.sql import SparkSession
from collab.spark import evaluate_spark, fit_spark

benchmarks, csv, folder, settings, short = sys.argv[1:]
sys.path.append(benchmarks)
from spark import kill_one

builder = SparkSession.builder.master("local-cluster[2,1,600]")
with builder.config(map=json.loads(settings)).getOrCreate() as session:
    ours = Path(folder), session.sparkContext._gateway.proc.pid
    threading.Thread(target=kill_one, args=ours, daemon=True).start()
    fit_spark(session, csv, f"{folder}/fitted", **json.loads(short))
    print(json.dumps(evaluate_spark(session, csv, f"{folder}/fitted")))
"""
EXECUTORS = SMALL | {
    "spark.executor.memory": "600m",
    "spark.executor.cores": "1",
    "spark.executor.extraJavaOptions": SMALL["spark.driver.extraJavaOptions"],
}


@pytest.mark.skipif(os.name == "nt", reason="Spark's own scripts")
def test_a_cluster_gives_the_same_and_survives_the_end_of_an_executor(
    session, fitted, csv, tmp_path
):
    short = {"n_factors": 2, "n_iterations": 4, "damping_per_rating": 0.1}
    given = ROOT / "benchmarks", csv, tmp_path, json.dumps(EXECUTORS), json.dumps(short)
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, *given],
        env=os.environ | {"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stderr
    assert "killed one of 2" in done.stderr
    table, found = camps(), load_factors(tmp_path / "fitted")
    pd.testing.assert_series_equal(found.user_bias, load_factors(fitted).user_bias)
    check_user_vectors(found, table, 0.1)
    error = found.predict(table["userId"], table["movieId"]) - table["rating"]
    expected = [len(table), (error**2).mean(), 0, 0]
    assert json.loads(done.stdout) == pytest.approx(expected)
