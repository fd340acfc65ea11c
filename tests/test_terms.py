"""What is known of the ratings, as columns: on tables small enough to write down."""

import numpy as np
import pandas as pd

from collab.gibbs import Gibbs
from collab.terms import genre_columns, year_columns

HOUR = 3600
EVERYTHING = dict(
    time="timestamp", months=True, sittings=True, sets=True, uneven_noise=True
)


def test_sets_hold_the_training_rows_only_each_with_equal_weight():
    train = pd.DataFrame(
        [(1, 10, 3.0), (1, 20, 4.0), (1, 20, 2.0), (2, 10, 5.0)],
        columns=["userId", "movieId", "rating"],
    )
    ask = pd.DataFrame({"userId": [2, 3], "movieId": [20, 30]})
    terms = Gibbs(train, ask, sets=True).sampler.terms
    half = np.sqrt(0.5)
    rated = terms["user"].columns["items rated"].toarray()
    np.testing.assert_allclose(rated, [[half, half], [1, 0]])
    by = terms["item"].columns["rated by"].toarray()
    np.testing.assert_allclose(by, [[half, half], [1, 0], [0, 0]])
    assert terms["item"].columns["item"].toarray().tolist() == [[1, 0], [0, 1], [0, 0]]
    assert terms["user"].ask_of.tolist() == [1, -1]
    assert terms["item"].ask_of.tolist() == [1, 2]


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
    terms = Gibbs(train, ask, **EVERYTHING).sampler.terms
    assert terms["sitting"].of.tolist() == [0, 0, 1, 2, 3, 4]
    assert terms["sitting"].ask_of.tolist() == [1, 1, 1, 0, -1, -1, -1]
    assert terms["month"].of.tolist() == [0, 0, 0, 0, 0, 1]
    assert terms["month"].ask_of.tolist() == [0, 0, 0, -1, -1, 0, 0]
    assert {terms[name].side for name in ("sitting", "month")} == {"user"}


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
    term = Gibbs(train, ask, time="timestamp", sittings=True).sampler.terms["sitting"]
    assert term.ask_of.tolist() == [0, 1]


def test_genres_and_years_become_columns():
    movies = pd.DataFrame(
        {
            "movieId": [4, 2, 9, 7],
            "title": ["A (1995)", "B (1997) (1998) ", "C", "D (1999)"],
            "genres": ["Comedy|War", "War", None, "Drama"],
        },
        index=[5, 5, 5, 5],
    )
    genres = genre_columns(movies)
    assert genres.columns.tolist() == ["Comedy", "Drama", "War"]
    assert genres.index.tolist() == [4, 2, 9, 7]
    assert genres.to_numpy().tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 0], [0, 1, 0]]
    years = year_columns(movies)
    assert years.columns.tolist() == [1994, 1996, 1998, 2000]
    assert years.to_numpy().tolist() == [
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
        [0, 0, 1, 1],
    ]
