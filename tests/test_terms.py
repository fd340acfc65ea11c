"""What is known of the ratings, as features: on tables small enough to write down."""

import re

import numpy as np
import pandas as pd
import pytest

from collab.gibbs import Gibbs
from collab.terms import (
    ItemFeatures,
    ItemsRated,
    Month,
    RatedBy,
    Sitting,
    UserDrift,
    UserFeatures,
    genre_features,
    year_features,
)

HOUR = 3600


def test_sets_hold_the_training_rows_only_each_with_equal_weight():
    train = pd.DataFrame(
        [(1, 10, 3.0), (1, 20, 4.0), (1, 20, 2.0), (2, 20, 5.0)],
        columns=["userId", "movieId", "rating"],
    )
    ask = pd.DataFrame({"userId": [2, 3], "movieId": [20, 30]})
    blocks = Gibbs(train, ask, terms=[ItemsRated(), RatedBy()]).sampler.blocks
    half = np.sqrt(0.5)
    rated = blocks["user"].features["items rated"].toarray()
    np.testing.assert_allclose(rated, [[half, half], [0, 1], [0, 0]])
    by = blocks["item"].features["rated by"].toarray()
    np.testing.assert_allclose(by, [[1, 0], [half, half], [0, 0]])
    own = blocks["item"].features["item"].toarray()
    assert own.tolist() == [[1, 0], [0, 1], [0, 0]]
    own = blocks["user"].features["user"].toarray()
    assert own.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert blocks["user"].ask_row.tolist() == [1, 2]
    assert blocks["item"].ask_row.tolist() == [1, 2]


def test_sittings_end_after_three_hours_and_months_are_months():
    rows = [(1, 0), (1, 2.9), (1, 6), (1, 10), (2, 10), (2, 2000)]  # hours
    train = pd.DataFrame(
        [(user, 7 + n, 3.0 + n % 2, h * HOUR) for n, (user, h) in enumerate(rows)],
        columns=["userId", "movieId", "rating", "timestamp"],
    )
    asked = [(1, 5.95), (1, 7), (1, 8.9), (1, -3), (1, -3.1), (2, 500), (9, 7)]
    ask = pd.DataFrame(
        [(user, 7, h * HOUR) for user, h in asked],
        columns=["userId", "movieId", "timestamp"],
    )
    timed = {"time": "timestamp", "terms": [Month(), Sitting()]}
    blocks = Gibbs(train, ask, **timed).sampler.blocks
    assert blocks["sitting"].row.tolist() == [0, 0, 1, 2, 3, 4]
    assert blocks["sitting"].ask_row.tolist() == [1, 1, 1, 0, -1, -1, -1]
    assert blocks["month"].row.tolist() == [0, 0, 0, 0, 0, 1]
    assert blocks["month"].ask_row.tolist() == [0, 0, 0, -1, -1, 0, 0]
    assert {blocks[name].side for name in ("sitting", "month")} == {"user"}
    blocks = Gibbs(train, ask.drop(columns="timestamp"), **timed).sampler.blocks
    for name in ("sitting", "month"):
        assert blocks[name].ask_row.tolist() == [-1] * 7


def test_joining_the_sitting_before_rather_than_the_one_after():
    train = pd.DataFrame(
        {
            "userId": 1,
            "movieId": [1, 2],
            "rating": [1.0, 2.0],
            "timestamp": [0.0, 4 * HOUR],
        }
    )
    ask = train.assign(timestamp=[1.9 * HOUR, 3.5 * HOUR])
    chain = Gibbs(train, ask, time="timestamp", terms=[Sitting()])
    assert chain.sampler.blocks["sitting"].ask_row.tolist() == [0, 1]


def test_features_are_looked_up_by_raw_id_and_are_zero_for_others():
    train = pd.DataFrame({"userId": [1, 2], "movieId": ["a", "c"], "rating": [1, 2]})
    ask = pd.DataFrame({"userId": [9, 7], "movieId": ["b", "d"]})
    ages = pd.DataFrame({"age": [20, 30]}, [9, 2])
    tags = pd.DataFrame({"long": [5, 6], "old": [7, 8]}, ["b", "a"])
    terms = [UserFeatures("age", ages), ItemFeatures("tag", tags)]
    blocks = Gibbs(train, ask, terms=terms).sampler.blocks
    # Who is only asked for comes last.
    want = {1: [0], 2: [30], 7: [0], 9: [20]}
    assert blocks["user"].features["age"].toarray().tolist() == list(want.values())
    assert blocks["user"].told["age"].tolist() == [False, True, False, True]
    want = {"a": [6, 8], "c": [0, 0], "b": [5, 7], "d": [0, 0]}
    assert blocks["item"].features["tag"].toarray().tolist() == list(want.values())
    assert blocks["item"].told["tag"].tolist() == [True, False, True, False]


def test_a_drift_has_the_settings_of_its_term():
    train = pd.DataFrame(
        {"userId": 1, "movieId": [1, 2], "rating": [1, 2], "timestamp": [0, 86400]}
    )
    terms = [UserDrift(), UserDrift(unit=86400.0, only_before=True)]
    quick, slow = Gibbs(train, time="timestamp", terms=terms).drifts
    assert quick.log_gap[1] == np.log1p(1440)
    assert slow.log_gap[1] == np.log1p(1)
    assert (quick.only_before, slow.only_before) == (False, True)


TWICE = pd.DataFrame({"a": [1, 2]}, [5, 5])
KNOWN = pd.DataFrame({"a": [1]}, [5])


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ([Month()], "Month() needs moments: name their column by time="),
        ([Sitting()], "Sitting() needs moments"),
        ([UserDrift()], "UserDrift(unit=60.0, only_before=False) needs moments"),
        (RatedBy(), "terms must be a list like [Month()], not RatedBy()"),
        (
            [RatedBy],
            "terms has <class 'collab.terms.RatedBy'>, not a term like Month()",
        ),
        ([RatedBy(), RatedBy()], "two kinds of features have the name 'rated by'"),
        (
            [UserFeatures("x", KNOWN), ItemFeatures("x", KNOWN)],
            "two kinds of features have the name 'x'",
        ),
        ([ItemFeatures("x", [1])], "x: must be a DataFrame, not list"),
        ([UserFeatures("x", TWICE)], "x: 5 is there twice"),
        ([UserFeatures("x", KNOWN == 1)], "x: 'a' must hold numbers, not True (bool)"),
    ],
)
def test_refuses_terms_that_cannot_be_meant(terms, message):
    train = pd.DataFrame({"userId": [5], "movieId": [6], "rating": [3.0]})
    with pytest.raises(ValueError, match=re.escape(message)):
        Gibbs(train, terms=terms)


def test_genres_and_years_become_features():
    movies = pd.DataFrame(
        {
            "movieId": [4, 2, 9, 7],
            "title": ["A (1995)", "B (1997) (1998) ", "C", "D (1999)"],
            "genres": ["Comedy|War", "War", None, "Drama"],
        },
        index=[5, 5, 5, 5],
    )
    genres = genre_features(movies)
    assert genres.columns.tolist() == ["Comedy", "Drama", "War"]
    assert genres.index.tolist() == [4, 2, 9, 7]
    assert genres.to_numpy().tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 0], [0, 1, 0]]
    years = year_features(movies)
    assert years.columns.tolist() == [1994, 1996, 1998, 2000]
    assert years.to_numpy().tolist() == [
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
        [0, 0, 1, 1],
    ]
