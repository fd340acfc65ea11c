"""benchmarks/made_up.py: tables of any size, with the long tails of MovieLens."""

import sys

import numpy as np
import pandas as pd
import pytest
from repository import ROOT

from collab.als import fit_als
from collab.baselines import fit_biases, predict_biases
from collab.data import load_ratings

sys.path.append(str(ROOT / "benchmarks"))  # a folder of scripts, not a package
import made_up
from made_up import made_up_ratings, write_made_up_ratings


def shares(ids):
    """The share of all ratings that the top 1 %, 10 % and half of the ids have."""
    counts = ids.value_counts().to_numpy()
    at = [max(1, round(len(counts) * part)) for part in (0.01, 0.1, 0.5)]
    return (counts.cumsum() / counts.sum())[np.array(at) - 1]


def test_the_tails_are_those_of_the_real_table(real):
    table = made_up_ratings(len(real), seed=42, n_users=671)
    for column in ("userId", "movieId"):
        got, want = shares(table[column]), shares(real[column])
        np.testing.assert_allclose(got, want, atol=0.1)  # 0.01, 0.1, 0.5 if all equal
    stars = [t["rating"].value_counts(normalize=True) for t in (table, real)]
    assert stars[0].index.sort_values().tolist() == np.arange(0.5, 5.1, 0.5).tolist()
    assert table["rating"].mean() == pytest.approx(real["rating"].mean(), abs=0.15)
    assert table["rating"].std() == pytest.approx(real["rating"].std(), abs=0.1)


@pytest.mark.parametrize(
    ("n_ratings", "sizes"),
    [
        (1, {}),
        (20_000, {}),
        (200, {"n_users": 8, "n_items": 100}),  # a quarter of all pairs
        (9, {"n_users": 9}),
    ],
)
def test_a_table_has_its_rows_once_each_by_user_and_item(n_ratings, sizes):
    table = made_up_ratings(n_ratings, seed=1, **sizes)
    assert len(table) == n_ratings
    assert not table.duplicated(["userId", "movieId"]).any()
    pairs = table[["userId", "movieId"]]
    assert pairs.equals(pairs.sort_values(["userId", "movieId"]))
    assert table["rating"].between(0.5, 5).all()
    assert table.dtypes.tolist() == ["int64", "int64", "float64", "int64"]
    if "n_users" in sizes:
        assert table["userId"].nunique() == sizes["n_users"]
    at = pd.to_datetime(table["timestamp"], unit="s")
    assert at.dt.year.between(1995, 2023).all()


def test_sizes_that_are_not_told_are_like_those_of_movielens():
    for n_ratings, n_users in [(149, 1), (300, 2), (3_000, 20)]:
        table = made_up_ratings(n_ratings, seed=1, n_items=2_000)
        assert table["userId"].nunique() == n_users
    for n_ratings, n_items in [(100_000, 9_066), (32_000_000, r"84\d{3}")]:
        with pytest.raises(ValueError, match=rf"n_users × n_items = {n_items}$"):
            made_up_ratings(n_ratings, seed=1, n_users=1)


def test_nobody_rates_more_than_half_of_the_items():
    sizes = {"n_users": 4, "n_items": 100}
    tables = [made_up_ratings(100, seed=seed, **sizes) for seed in range(20)]
    assert max(table["userId"].value_counts().max() for table in tables) == 50


def test_ids_have_gaps_and_a_user_has_one_sitting():
    table = made_up_ratings(20_000, seed=1)
    for column in ("userId", "movieId"):
        assert table[column].max() > 1.5 * table[column].nunique()
    at = table.groupby("userId")["timestamp"]
    assert (at.max() - at.min() <= 30 * at.size()).all()
    assert at.nunique().median() > 20


def test_a_fit_finds_biases_and_factors():
    table = made_up_ratings(60_000, seed=1, n_items=800)
    in_train = np.random.default_rng(0).random(len(table)) < 0.9
    train, valid = table[in_train], table[~in_train]
    y, guess = valid["rating"], predict_biases(fit_biases(train), valid)
    als = fit_als(train).predict(valid["userId"], valid["movieId"], unknown="average")
    errors = [((y - g) ** 2).mean() for g in (y.mean(), guess, als)]
    assert errors[1] < 0.8 * errors[0]
    assert errors[2] < 0.95 * errors[1]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_file_holds_the_same_table_made_in_parts(ending, monkeypatch, tmp_path):
    monkeypatch.setattr(made_up, "_ROWS", 1_000)
    table = made_up_ratings(5_000, seed=3)
    assert not table.equals(made_up_ratings(5_000, seed=4))
    path = tmp_path / f"ratings{ending}"
    assert write_made_up_ratings(path, 5_000, seed=3) == path
    pd.testing.assert_frame_equal(load_ratings(path), table)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert len(list(made_up._blocks(5_000, 3, None, None))) >= 4


def test_a_file_is_written_whole_or_not_at_all(monkeypatch, tmp_path):
    monkeypatch.setattr(made_up, "_ROWS", 1_000)
    make = made_up._make

    def stops(*arguments):
        yield next(make(*arguments))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(made_up, "_make", stops)
    path = tmp_path / "ratings.csv"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left"):
        write_made_up_ratings(path, 5_000, seed=3)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["ratings.csv"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_ratings": 0}, "n_ratings must be 1 or more, not 0"),
        ({"n_items": 2.5}, "n_items must be a whole number, not 2.5"),
        ({"n_users": 101}, "n_ratings=100 must be at least n_users=101 and at most"),
        ({"n_users": 4, "n_items": 99}, "a quarter of n_users × n_items = 396"),
    ],
)
def test_refuses_sizes_that_make_no_table(change, message, tmp_path):
    arguments = {"n_ratings": 100, "seed": 0} | change
    with pytest.raises(ValueError, match=message):
        made_up_ratings(**arguments)
    with pytest.raises(ValueError, match=message):
        write_made_up_ratings(tmp_path / "a.csv", **arguments)
    with pytest.raises(ValueError, match=r"path must end in .csv or .parquet, not"):
        write_made_up_ratings("ratings.txt", **arguments)
    assert list(tmp_path.iterdir()) == []
