"""collab/spark.py: one machine's results, bad rows told, whole or nothing, any master.

The plain `uv run pytest` has no pyspark; with it and Java 17:

    uv run --extra spark pytest tests/test_spark.py

Where REQUIRE_SPARK is set, a missing one is a failure, not a reason to skip.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from repository import ROOT

from collab import als, baselines, factors, recommend
from collab.factors import ridge_step
from collab.spark import (
    evaluate_spark,
    find_java,
    fit_spark,
    load_factors,
    spark_session,
)
from collab.split import random_split

TIME_LIMIT = 240  # seconds for each wait: other tests may keep the machine busy
# For small tables: what Java compiles costs more than it saves.
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def what_lacks():
    try:
        import pyspark  # noqa: F401

        find_java()
    except (ImportError, RuntimeError) as error:
        if "REQUIRE_SPARK" in os.environ:
            raise
        return f"{error}; then: uv run --extra spark pytest tests/test_spark.py"


LACKS = what_lacks()
needs_spark = pytest.mark.skipif(bool(LACKS), reason=str(LACKS))


@pytest.fixture(scope="module")
def session():
    if LACKS:
        pytest.skip(LACKS)
    with spark_session("local[2]", SMALL) as session:
        yield session


@pytest.fixture(scope="module")
def fit(session):
    """`fit_spark` in the shared session, short by default."""

    def fit(path, folder, **settings):
        usual = {"n_factors": 2, "n_sweeps": 2, "n_blocks": 2, "master": session}
        return fit_spark(path, folder, **(usual | settings))

    return fit


def camps(ids=lambda user, item: (7 * user + 3, 1000 - 11 * item)):
    """30 users × 12 items, 7 of 10 rated, two camps; 1 to 10."""
    rng = np.random.default_rng(0)
    rows = [
        (*ids(user, item), 4.0 + 3 * (user % 2 == item % 2) + rng.integers(-3, 4))
        for user in range(30)
        for item in range(12)
        if rng.random() < 0.7
    ]
    table = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
    return table.assign(rating=table["rating"].clip(1, 10))


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "ratings.csv"
    camps().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def fitted(fit, csv):
    """(what was told, the folder) of a long fit on `camps`."""
    folder = csv.parent / "fitted"
    told = fit(
        csv, folder, n_factors=3, n_sweeps=20, damping_per_rating=0.1, scale=(0, 10)
    )
    return told, folder


# Like one machine ---------------------------------------------------------------------


def test_it_tells_how_many_were_fitted(fitted):
    told, folder = fitted
    table = camps()
    assert told[:3] == (len(table), 30, 12)
    assert len(told.bad_rows) == 0
    left = {path.name for path in folder.parent.iterdir()}
    assert left == {"ratings.csv", "fitted"}
    assert {path.name for path in folder.iterdir()} == {"about.json", "items", "users"}


def test_mean_and_biases_are_those_of_one_machine(fitted):
    found, expected = load_factors(fitted[1]), baselines.fit_biases(camps())
    assert found.mean == pytest.approx(expected.mean, abs=1e-12)
    for bias, one in [
        (found.user_bias, expected.user),
        (found.item_bias, expected.item),
    ]:
        assert bias.index.tolist() == one.index.tolist()
        np.testing.assert_allclose(bias, one, atol=1e-9)
        assert bias.std() > 0.1


@pytest.mark.parametrize("n_passes", [1, 2])
def test_dampings_and_passes_are_those_of_one_machine(fit, csv, tmp_path, n_passes):
    damping = {"user_damping": 0, "item_damping": 12.5, "n_passes": n_passes}
    fit(csv, tmp_path / "f", **damping)
    found, expected = (
        load_factors(tmp_path / "f"),
        baselines.fit_biases(camps(), **damping),
    )
    np.testing.assert_allclose(found.user_bias, expected.user, atol=1e-9)
    np.testing.assert_allclose(found.item_bias, expected.item, atol=1e-9)


def test_each_vector_is_the_ridge_regression_of_its_own_ratings(fitted):
    """At the optimum, and by another solver than Spark's."""
    found, table = load_factors(fitted[1]), camps()
    spread = table["rating"].std(ddof=0)
    rest = table["rating"] - baselines.predict_biases(
        baselines.fit_biases(table), table
    )
    P, Q = found.user_factors / spread, found.item_factors
    for ids, ours, other, theirs, slack in [
        ("userId", P, "movieId", Q, 1e-5),  # the last half of the last sweep
        ("movieId", Q, "userId", P, 0.01),  # one half before: nearly there
    ]:
        for one, rows in table.groupby(ids):
            X = theirs.loc[rows[other]].to_numpy()
            y = rest[rows.index] / spread
            w = ridge_step(X, y.to_numpy(), np.full(3, 0.1 * len(rows)))
            np.testing.assert_allclose(ours.loc[one], w, atol=slack)
    assert P.abs().to_numpy().max() > 0.3


def test_the_scale_is_read_off_or_stated(fit, fitted, csv, tmp_path):
    assert load_factors(fitted[1]).scale == (0.0, 10.0)
    fit(csv, tmp_path / "f")
    assert load_factors(tmp_path / "f").scale == (1.0, 10.0)


def test_the_seed_decides_and_the_unit_does_not_matter(fit, csv, tmp_path):
    twice = camps().assign(rating=lambda table: 20 * table["rating"] - 50)
    twice.to_csv(tmp_path / "twice.csv", index=False)
    fit(csv, tmp_path / "a", seed=1)
    fit(csv, tmp_path / "b", seed=1)
    fit(csv, tmp_path / "c", seed=2)
    fit(tmp_path / "twice.csv", tmp_path / "d", seed=1)
    a, b, c, d = (load_factors(tmp_path / name) for name in "abcd")
    np.testing.assert_allclose(a.user_factors, b.user_factors, atol=1e-6)
    assert np.abs(a.user_factors - c.user_factors).to_numpy().max() > 0.01
    np.testing.assert_allclose(20 * a.user_factors, d.user_factors, atol=1e-4)
    np.testing.assert_allclose(a.item_factors, d.item_factors, atol=1e-5)


# Any ids, any form --------------------------------------------------------------------


@pytest.mark.parametrize(
    "ids",
    [
        lambda user, item: (2**62 + user, -(2**40) * item),
        lambda user, item: (f"u{user:02}", f"{99 - item}é"),
    ],
    ids=["large", "text"],
)
def test_large_ids_and_text_are_ids(fit, fitted, tmp_path, ids):
    table = camps(ids)
    table.to_parquet(tmp_path / "ratings.parquet")
    text = isinstance(table["userId"].iloc[0], str)
    settings = {"n_factors": 3, "n_sweeps": 20, "damping_per_rating": 0.1}
    settings["scale"] = (0, 10)
    fit(tmp_path / "ratings.parquet", tmp_path / "f", string_ids=text, **settings)
    found, plain = load_factors(tmp_path / "f"), load_factors(fitted[1])
    assert found.user_bias.index.dtype == table["userId"].dtype
    assert set(found.user_bias.index) == set(table["userId"])
    for user in (0, 29):
        assert found.user_bias[ids(user, 0)[0]] == pytest.approx(
            plain.user_bias[7 * user + 3]
        )
    for item in (0, 11):
        assert found.item_bias[ids(0, item)[1]] == pytest.approx(
            plain.item_bias[1000 - 11 * item]
        )
    # in the same order: the same start, and the same optimum
    answer = found.predict(table["userId"], table["movieId"])
    other = plain.predict(camps()["userId"], camps()["movieId"])
    np.testing.assert_allclose(answer, other, atol=1e-3)


def test_text_and_numbers_are_different_ids(session, fit, csv, tmp_path):
    fit(csv, tmp_path / "f", string_ids=True)
    assert load_factors(tmp_path / "f").user_bias.index[0] == "10"
    with pytest.raises(ValueError, match=r"user ids of .* give string_ids as in the"):
        evaluate_spark(csv, tmp_path / "f", master=session)


@pytest.mark.parametrize("form", ["other names", "floats", "folder", "decimals"])
def test_other_forms_of_the_same_table_give_the_same(fit, fitted, tmp_path, form):
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
    told = fit(path, tmp_path / "f", **settings)
    found, expected = load_factors(tmp_path / "f"), load_factors(fitted[1])
    assert told.n_ratings == len(table)
    pd.testing.assert_series_equal(found.user_bias, expected.user_bias, atol=1e-9)
    pd.testing.assert_series_equal(found.item_bias, expected.item_bias, atol=1e-9)


# The object that the lessons use ------------------------------------------------------


def test_lists_fold_in_and_map_work_unchanged(fitted):
    found = load_factors(fitted[1])
    mine = pd.Series({1000: 9.0, 989: 2.0})
    taste = recommend.fold_in(found, mine)
    best = recommend.top_n(found.scores(taste), 3, seen=mine.index)
    assert len(best) == 3
    assert set((1000 - best.index) // 11 % 2) == {0}  # the camp of item 1000
    places, share = factors.map_2d(found.user_factors, found.item_factors)
    assert places.index.equals(found.item_factors.index)
    assert 0 < share <= 1


def test_factors_are_loaded_without_spark(tmp_path):
    """By raw id, sorted whatever the order of the files, float64."""
    users = pd.DataFrame({"id": [9, 5], "bias": [0.5, -0.5]})
    users["factors"] = [np.array([1, 2], "float32"), np.array([3, 4], "float32")]
    users.to_parquet(tmp_path / "users")
    users[:1].to_parquet(tmp_path / "items")
    (tmp_path / "about.json").write_text('{"mean": 3.5, "scale": [1, 5]}')
    found = load_factors(str(tmp_path))
    assert found.user_bias.to_dict() == {5: -0.5, 9: 0.5}
    assert found.user_factors.to_numpy().tolist() == [[3, 4], [1, 2]]
    assert set(found.user_factors.dtypes) == {np.dtype("float64")}
    assert found.item_factors.loc[9].tolist() == [1, 2]
    assert (found.mean, found.scale) == (3.5, (1.0, 5.0))


def test_no_such_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no factors .*nowhere"):
        load_factors(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"no factors .*nowhere"):
        evaluate_spark("a.csv", tmp_path / "nowhere")


# Other rows ---------------------------------------------------------------------------


def test_unseen_users_and_items_are_kept_and_average(session, fitted, tmp_path):
    rows = [(3, 1000, 4.0), (3, 5, 4.0), (4, 1000, 4.0), (4, 5, 4.0), (10, 989, -90)]
    pd.DataFrame(rows, columns=["userId", "movieId", "rating"]).to_csv(
        tmp_path / "valid.csv", index=False
    )
    n, mse, *unknown = evaluate_spark(tmp_path / "valid.csv", fitted[1], master=session)
    assert (n, unknown) == (5, [2, 2])
    f = load_factors(fitted[1])
    p, q = f.user_factors, f.item_factors
    guesses = [
        f.mean + f.user_bias[3] + f.item_bias[1000] + p.loc[3] @ q.loc[1000],
        f.mean + f.user_bias[3],
        f.mean + f.item_bias[1000],
        f.mean,
        f.mean + f.user_bias[10] + f.item_bias[989] + p.loc[10] @ q.loc[989],
    ]
    truth = [rating for *_, rating in rows]
    assert mse == pytest.approx(np.mean((np.clip(guesses, 0, 10) - truth) ** 2))
    # beyond the scale: clipped
    pd.DataFrame([(3, 1000, 100.0)], columns=["userId", "movieId", "rating"]).to_csv(
        tmp_path / "one.csv", index=False
    )
    (tmp_path / "f").mkdir()
    shutil.copytree(fitted[1], tmp_path / "f", dirs_exist_ok=True)
    about = json.loads((tmp_path / "f" / "about.json").read_text())
    about["scale"] = [0, 3]
    (tmp_path / "f" / "about.json").write_text(json.dumps(about))
    found = evaluate_spark(tmp_path / "one.csv", tmp_path / "f", master=session)
    assert found.mse == 97.0**2


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
AGAIN = "userId,movieId,rating,when\n8,50,2.0,1\n1,60,3.5,1\n3,60,3.0,1\n1,60,3.5,2\n"


@pytest.fixture
def bad(tmp_path):
    """A folder with two files, of whose 19 rows two can be used."""
    folder = tmp_path / "my ratings"
    folder.mkdir()
    (folder / "bad.csv").write_text(BAD)
    (folder / "again.csv").write_text(AGAIN)
    return folder


EXPECTED = [
    ("movieId is missing", "bad.csv", 1, "3,,4.0"),
    ("movieId is no whole number", "bad.csv", 1, "4,99999999999999999999,4.0"),
    ("rating is missing", "bad.csv", 1, "6,50,"),
    ("rating is no number", "bad.csv", 3, "2,50,five"),
    ("rating is not finite", "bad.csv", 1, "6,70,1e999"),
    ("rating is outside 0.5 to 5", "bad.csv", 1, "5,50,7.5"),
    ("the line is damaged", "bad.csv", 1, "7,50,4"),
    ("the pair stands in several rows", "again.csv", 3, "1,60,3.5"),
    ("the pair stands in several rows", "bad.csv", 1, "8,50,3.0"),
    ("userId is missing", "bad.csv", 1, ",50,4.0"),
    ("userId is no whole number", "bad.csv", 3, "007,50,4.0"),
]


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
    assert len(aside) == table["rows"].sum() == 17
    assert "2,50,five" in set(aside["row"])
    assert load_factors(tmp_path / "f").user_bias.index.tolist() == [1, 3]


def test_bad_rows_are_refused_if_nothing_else_is_said(session, fit, bad, tmp_path):
    with pytest.raises(ValueError, match=r"17 rows of .*my ratings cannot be") as told:
        fit(bad, tmp_path / "f", scale=(0.5, 5))
    text = str(told.value)
    for problem, file, n, example in EXPECTED:
        assert f"{n} × {problem}, such as {example!r}, in {bad / file}" in text
    assert "string_ids=True" in text
    assert [path.name for path in tmp_path.iterdir()] == ["my ratings"]
    # and where a fit is judged
    (bad / "again.csv").unlink()
    (tmp_path / "about.json").write_text('{"mean": 3.5, "scale": [1, 5]}')
    with pytest.raises(ValueError, match=r"12 rows of .* cannot be used") as told:
        evaluate_spark(bad, tmp_path, master=session)
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
    told = fit(tmp_path / "in.parquet", tmp_path / "f", bad_rows="set aside")
    assert told.bad_rows.set_index("problem")["rows"].to_dict() == {
        "rating is missing": 1,
        "rating is not finite": 1,
        "userId is missing": 1,
        "userId is no whole number": 2,
    }


def test_a_file_with_another_header_is_not_misread(fit, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("userId,movieId,rating\n1,2,3\n")
    (tmp_path / "in" / "b.csv").write_text("movieId,userId,rating\n1,2,3\n")
    with pytest.raises(ValueError, match=r"in/b.csv cannot be read: .*header"):
        fit(tmp_path / "in", tmp_path / "f")


def test_a_table_without_a_good_row_is_refused(fit, tmp_path):
    (tmp_path / "in.csv").write_text("userId,movieId,rating\n1,2,x\n")
    with pytest.raises(ValueError, match="no row that can be used"):
        fit(tmp_path / "in.csv", tmp_path / "f", bad_rows="set aside")
    assert not (tmp_path / "f").exists()


def test_what_is_asked_for_wrongly_is_refused_by_name(fit, csv, tmp_path):
    for name, value in [
        ("n_factors", 0),
        ("n_sweeps", 2.0),
        ("n_passes", 0),
        ("n_blocks", True),
        ("seed", -1),
        ("damping_per_rating", 0),
        ("user_damping", -1),
        ("item_damping", "3"),
        ("scale", (5, 1)),
        ("scale", 5),
        ("scale", (1, np.inf)),
        ("bad_rows", "drop"),
        ("user", 7),
        ("rating", "userId"),
        ("master", "here"),
        ("master", None),
    ]:
        with pytest.raises(ValueError, match=f"{name}.*{re.escape(repr(value))}"):
            fit(csv, tmp_path / "f", **{name: value})
    with pytest.raises(ValueError, match=r"no column 'stars'; it has .'userId'"):
        fit(csv, tmp_path / "f", rating="stars")
    with pytest.raises(ValueError, match=r"path must be .* not \['a.csv'\]"):
        fit(["a.csv"], tmp_path / "f")
    with pytest.raises(FileNotFoundError, match=r"nothing.csv"):
        fit(tmp_path / "nothing.csv", tmp_path / "f")
    dates = camps().assign(userId=pd.Timestamp("2020-01-01"))
    dates.to_parquet(tmp_path / "in.parquet")
    with pytest.raises(ValueError, match="'userId' holds timestamp"):
        fit(tmp_path / "in.parquet", tmp_path / "f")
    assert not (tmp_path / "f").exists()


# Whole or not at all ------------------------------------------------------------------


def test_what_is_there_is_not_replaced(fit, csv, tmp_path):
    (tmp_path / "f").mkdir()
    with pytest.raises(FileExistsError, match="f' is there already"):
        fit(csv, tmp_path / "f")
    assert list((tmp_path / "f").iterdir()) == []


def test_where_nothing_can_be_written_that_is_told_first(fit, csv, tmp_path):
    with pytest.raises(OSError, match=r"nothing can be written beside .*ratings.csv"):
        fit(csv, csv / "f")
    with pytest.raises(OSError, match=r"nothing can be written beside .*nowhere"):
        fit(csv, tmp_path / "nowhere" / "f")


@contextlib.contextmanager
def disk(place, options):
    """A file system of its own, where one may be mounted."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root mounts a disk")
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine mounts no disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_read_only_disk_is_told_in_one_sentence(fit, csv, tmp_path):
    with disk(tmp_path / "disk", "ro,size=1m") as place:
        with pytest.raises(OSError, match=r"written beside .*Read-only") as told:
            fit(csv, place / "f")
        assert "\n" not in str(told.value)


def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(fit, csv, tmp_path):
    with disk(tmp_path / "disk", "size=48k") as place:
        with pytest.raises(OSError, match="disk is full, and nothing was") as told:
            fit(csv, place / "f")
        assert "\n" not in str(told.value)
        assert told.value.__suppress_context__
        assert list(place.iterdir()) == []


# Java and sessions --------------------------------------------------------------------


def java(folder, version):
    """A program that says it is this Java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="a program of a shell's lines")
def test_java_17_or_newer_is_found(tmp_path, monkeypatch):
    old, new = java(tmp_path / "old", "1.8.0_392"), java(tmp_path / "new", "21.0.1")
    eleven = java(tmp_path / "eleven", "11.0.2")
    monkeypatch.setenv("PATH", str(new / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert find_java() == str(new / "bin" / "java")
    assert os.environ["JAVA_HOME"] == str(new.resolve())
    # JAVA_HOME comes first, but not if it is too old
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "home", "17")))
    assert find_java() == str(tmp_path / "home" / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(old))
    assert find_java() == str(new / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setenv("PATH", str(eleven / "bin"))
    with pytest.raises(RuntimeError, match=r'eleven/bin/java is version "11.*Install'):
        find_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"17 or newer; found none. Install it .apt"):
        find_java()


def test_without_pyspark_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ImportError, match="uv run --extra spark"):
        fit_spark("ratings.csv", tmp_path / "f", master="local[1]")
    assert list(tmp_path.iterdir()) == []


def test_a_second_session_is_refused(session, csv, tmp_path):
    with pytest.raises(ValueError, match=r"session is open.* master=session"):
        fit_spark(csv, tmp_path / "f", master="local[1]")
    with pytest.raises(ValueError, match="settings must be a dictionary, not 5"):
        fit_spark(csv, tmp_path / "f", master="local[1]", settings=5)
    assert not session.sparkContext._jsc.sc().isStopped()


# The course's data, here and on clusters ----------------------------------------------


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    """Split s = 42 as two files, in a folder that executors see."""
    folder = tmp_path_factory.mktemp("split")
    ratings = pd.read_csv(ROOT / "data" / "ratings.csv")
    parts = random_split(ratings, rng=np.random.RandomState(42))
    for name, part in zip(["train", "valid"], parts, strict=True):
        part.to_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture(scope="module")
def here(session, split):
    """The error of the fit with all defaults, in this process."""
    told = fit_spark(split / "train.parquet", split / "here", master=session)
    assert told[:3] == (80_099, 671, 8_395)
    return evaluate_spark(split / "valid.parquet", split / "here", master=session)


def test_the_error_is_near_that_of_als_on_one_machine(here, split):
    assert (here.n_ratings, here.unknown_users, here.unknown_items) == (19_905, 0, 734)
    assert here.mse < 0.775
    train, valid = (pd.read_parquet(split / f"{n}.parquet") for n in ("train", "valid"))
    one = als.fit_als(train, scale=(0.5, 5))
    guess = recommend.predict_ratings(
        one, valid["userId"], valid["movieId"], unknown="average"
    )
    assert here.mse == pytest.approx(((guess - valid["rating"]) ** 2).mean(), abs=0.01)
    biases = baselines.predict_biases(baselines.fit_biases(train), valid)
    assert here.mse < ((biases - valid["rating"]) ** 2).mean() - 0.015
    found = load_factors(split / "here")
    for one_side, ours in [
        (baselines.fit_biases(train).user, found.user_bias),
        (baselines.fit_biases(train).item, found.item_bias),
    ]:
        np.testing.assert_allclose(ours, one_side, atol=1e-9)


# A driver of its own: one process has one Spark. It fits into each folder that it is
# told, and tells the errors.
DRIVER = """
import json, sys
from pathlib import Path
from collab.spark import evaluate_spark, fit_spark, spark_session

master, settings, split, *names = sys.argv[1:]
split = Path(split)
with spark_session(master, json.loads(settings)) as session:
    for name in names:
        fit_spark(split / "train.parquet", split / name, master=session)
        found = evaluate_spark(split / "valid.parquet", split / name, master=session)
        print(json.dumps(found), flush=True)
"""
EXECUTORS = SMALL | {
    "spark.executor.memory": "600m",
    "spark.executor.cores": "1",
    "spark.executor.extraJavaOptions": SMALL["spark.driver.extraJavaOptions"],
}


@contextlib.contextmanager
def driver(master, split, *names):
    command = [sys.executable, "-c", DRIVER, master, json.dumps(EXECUTORS), str(split)]
    process = subprocess.Popen(
        [*command, *names],
        env=os.environ | {"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def end(process):
    """It and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(TIME_LIMIT)


def wait_for(what, process):
    """What a question answers, asked again and again until it is something."""
    until = time.monotonic() + TIME_LIMIT
    while time.monotonic() < until:
        assert process.poll() is None, "the process has ended"
        answer = what()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} was not seen in {TIME_LIMIT} seconds")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, session):
    """A standalone master and two workers: (its address, the workers' numbers)."""
    import pyspark

    home = Path(pyspark.__file__).parent
    folder = tmp_path_factory.mktemp("cluster")
    ours = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "JAVA_HOME": os.environ["JAVA_HOME"],
    }
    place, started = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"], []

    def start(kind, *options):
        log = folder / f"{len(started)}.log"
        command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}"]
        with log.open("w") as file:
            process = subprocess.Popen(
                [*map(str, command), *place, *options],
                env=os.environ | ours,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        started.append(process)
        return process, log

    try:
        master, log = start("master.Master")
        found = re.compile(r"Starting Spark master at (spark://\S+)")
        address = wait_for(lambda: found.search(log.read_text()), master)[1]
        for k in range(2):
            room = ["--cores", "1", "--memory", "700m"]
            start("worker.Worker", *room, "--work-dir", str(folder / f"{k}"), address)
        registered = "Registering worker"
        wait_for(lambda: log.read_text().count(registered) == 2, master)
        yield address, [process.pid for process in started[1:]]
    finally:
        for process in reversed(started):
            end(process)


def executors(workers):
    """The numbers of the executors' processes, which the workers started."""
    table = subprocess.run(
        ["ps", "-eww", "-o", "pid,ppid,args"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(None, 2) for line in table.stdout.splitlines()[1:]]
    return {
        int(pid)
        for pid, parent, program in rows
        if int(parent) in workers and "CoarseGrainedExecutorBackend" in program
    }


on_a_cluster = pytest.mark.skipif(os.name == "nt", reason="Spark's own scripts")


@needs_spark
@on_a_cluster
def test_local_cluster_gives_the_same(here, split):
    with driver("local-cluster[2,1,600]", split, "local-cluster") as process:
        told, _ = process.communicate(timeout=TIME_LIMIT)
    n, mse, *unknown = json.loads(told)
    assert (n, unknown) == (here.n_ratings, [here.unknown_users, here.unknown_items])
    assert mse == pytest.approx(here.mse, abs=0.0005)


@needs_spark
@on_a_cluster
def test_a_cluster_gives_the_same_and_survives_the_end_of_an_executor(
    here, split, cluster
):
    address, workers = cluster
    with driver(address, split, "cluster", "survived") as process:
        n, mse, *_ = json.loads(process.stdout.readline())
        assert n == here.n_ratings
        assert mse == pytest.approx(here.mse, abs=0.0005)
        # the residuals are written down: ALS begins
        wait_for(lambda: list(split.glob("survived.part-*/steps/11/_SUCCESS")), process)
        before = wait_for(lambda: executors(workers), process)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        assert not (split / "survived").exists()
        after = wait_for(lambda: executors(workers) - before, process)
        assert len(after) == 1  # another one in its place
        told, _ = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 0
    assert json.loads(told)[1] == pytest.approx(here.mse, abs=0.0005)
    a, b = (load_factors(split / name) for name in ("cluster", "survived"))
    pd.testing.assert_series_equal(a.user_bias, b.user_bias, atol=1e-9)
    np.testing.assert_allclose(a.user_factors, b.user_factors, atol=0.01)
