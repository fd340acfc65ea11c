"""The contract `Factors`: whatever ends in its fields serves recommend, map and panel.

A module that hands back `Factors` gets a line in PRODUCERS, and no test of its own for
what stands here.
"""

import functools
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sparks import open_session

from collab import als, factors, maps, models, recommend, regularised, spark, training
from collab.ids import IdMap, add_row_numbers

N_USERS, N_ITEMS = 30, 12


def ratings_of(kind):
    """Ratings of two camps of users, by ids that are no row numbers; 1 to 10."""
    rng = np.random.default_rng(0)
    user, item = np.divmod(np.arange(N_USERS * N_ITEMS), N_ITEMS)
    liked = user % 2 == item % 2
    table = pd.DataFrame(
        {
            "userId": 7 * user[::-1] + 3,
            "movieId": 1000 - 11 * item,
            "rating": (4.0 + 3 * liked + rng.integers(-3, 4, len(user))).clip(1, 10),
        }
    )
    if kind == "text":
        table["userId"] = "u" + table["userId"].astype(str)
        table["movieId"] = "m" + table["movieId"].astype(str)
    return table[rng.random(len(table)) < 0.7].reset_index(drop=True)


# Each hands back `Factors`, and a function from users and items to predictions of its
# own making (None where it has no other way to predict than the factors).


def of_keras(build):
    def made(ratings):
        ids = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
        sizes = {"n_users": len(ids[0]), "n_items": len(ids[1]), "n_factors": 4}
        model = build(add_row_numbers(ratings, *ids), sizes)
        predict = functools.partial(training.predict, model, *ids)
        return factors.read_factors(model, *ids), predict

    return made


@of_keras
def from_dot_product_model(rows, sizes):
    """As it comes from the factory, with wide tables: a fit would prove no more."""
    model = models.dot_product_model(**sizes, initializer="normal", seed=1, mean=5.5)
    model.set_weights([10 * weights for weights in model.get_weights()])
    return model


@of_keras
def from_fit_regularised(rows, sizes):
    options = {"strength": 3.0, "seed": 0, "progress": False}
    return regularised.fit_regularised(rows, **sizes, **options)[0]


def from_als(ratings):
    return als.fit_als(ratings, n_factors=3, factor_damping=0.5), None


def from_spark(ratings):
    """By two threads here; skipped where there is no pyspark or no Java."""
    with tempfile.TemporaryDirectory() as folder:
        file, fitted = Path(folder, "ratings.parquet"), Path(folder, "fitted")
        ratings.to_parquet(file)
        spark.fit_spark(
            open_session(),
            file,
            fitted,
            string_ids=ratings["userId"].dtype == "str",
            n_factors=3,
            n_iterations=5,
            damping_per_rating=0.05,
        )
        return spark.load_factors(fitted), None


PRODUCERS = {
    "dot_product_model": from_dot_product_model,
    "fit_regularised": from_fit_regularised,
    "als": from_als,
    "spark": from_spark,
}


@pytest.fixture(
    scope="module",
    params=[(p, k) for p in PRODUCERS for k in ("numbers", "text")],
    ids=" ".join,
)
def made(request):
    """(ratings, factors, predict) of each producer, for each kind of id."""
    producer, kind = request.param
    ratings = ratings_of(kind)
    return ratings, *PRODUCERS[producer](ratings)


def test_it_is_the_contract_and_all_of_it_float64_by_raw_id(made):
    ratings, found, _ = made
    assert type(found) is factors.Factors
    assert type(found.mean) is float
    for column, bias, table in [
        ("userId", found.user_bias, found.user_factors),
        ("movieId", found.item_bias, found.item_factors),
    ]:
        assert sorted(bias.index) == sorted(set(ratings[column]))
        assert bias.index.dtype == ratings[column].dtype
        assert np.isfinite(bias).all()
        assert np.isfinite(table).all(axis=None)
        assert table.abs().to_numpy().max() > 0.01
    assert found.user_factors.columns.equals(found.item_factors.columns)


def test_the_scale_is_two_floats_around_the_mean_or_nothing(made):
    ratings, found, _ = made
    if found.scale is not None:
        low, high = found.scale
        assert type(low) is type(high) is float
        assert (low, high) == (ratings["rating"].min(), ratings["rating"].max())
        assert low < found.mean < high


def test_the_predictions_are_those_of_the_producer(made):
    ratings, found, predict = made
    users = np.repeat(found.user_bias.index.to_numpy(), len(found.item_bias))
    items = np.tile(found.item_bias.index.to_numpy(), len(found.user_bias))
    sums = [
        found.mean
        + found.user_bias[u]
        + found.item_bias[i]
        + found.user_factors.loc[u] @ found.item_factors.loc[i]
        for u, i in zip(users, items, strict=True)
    ]
    if found.scale is not None:
        sums = np.clip(sums, *found.scale)
    answer = found.predict(users, items)
    np.testing.assert_allclose(answer, sums, atol=1e-9)
    assert answer.std() > 0.5
    if predict is not None:
        np.testing.assert_allclose(answer, predict(users, items), atol=1e-4)
    else:
        seen = found.predict(ratings["userId"], ratings["movieId"])
        spread = ratings["rating"].std()
        assert ((seen - ratings["rating"]) ** 2).mean() ** 0.5 < 0.8 * spread


def test_a_new_user_is_folded_in_and_gets_a_list(made):
    ratings, found, _ = made
    one = ratings[ratings["userId"] == ratings["userId"].iloc[0]]
    stars = one.set_index("movieId")["rating"]
    taste = recommend.fold_in(found, stars)
    scores = found.scores(taste)
    assert scores.index.equals(found.item_bias.index)
    best = recommend.top_n(scores, 3, seen=stars.index)
    assert 0 < len(best) <= 3
    assert not set(best.index) & set(stars.index)
    # what they rated is nearer than it was to the average user's
    before = stars - found.mean - found.item_bias[stars.index]
    assert ((stars - scores[stars.index]) ** 2).sum() < (before**2).sum()
    nobody = recommend.fold_in(found, stars[:0])
    assert found.scores(nobody).equals(found.mean + found.item_bias)


def test_a_known_user_is_scored_as_predicted(made):
    _, found, _ = made
    for user in found.user_bias.index[[0, -1]]:
        scores = found.scores(found.taste(user))
        if found.scale is not None:
            scores = scores.clip(*found.scale)
        answer = found.predict(user, scores.index)
        np.testing.assert_allclose(answer, scores, atol=1e-9)


def test_a_new_user_and_a_new_item_get_the_mean_of_all(made):
    _, found, _ = made
    users, items = found.user_bias.index, found.item_bias.index
    user, item = users[0], items[0]
    new = "new" if isinstance(user, str) else -5
    everybody = [np.repeat(users, len(items)), np.tile(items, len(users))]
    expected = [
        found.predict(*pairs, clip=False).mean()
        for pairs in [(users, item), (user, items), everybody]
    ]
    pairs = [new, user, new], [item, new, new]
    answer = found.predict(*pairs, unknown="average", clip=False)
    np.testing.assert_allclose(answer, expected, atol=1e-9)


def test_the_same_ratings_on_another_scale_are_folded_in_alike():
    """Of a producer that knows their unit, and hands it back on the users' side."""
    ratings, k, c = ratings_of("numbers"), 20.0, -50.0
    other = ratings.assign(rating=k * ratings["rating"] + c)
    one = ratings.iloc[:8].drop_duplicates("movieId").set_index("movieId")["rating"]
    scores = []
    for table, stars in [(ratings, one), (other, k * one + c)]:
        found, _ = from_fit_regularised(table)
        scores.append(found.scores(recommend.fold_in(found, stars)))
    assert scores[0].std() > 0.3
    np.testing.assert_allclose(scores[1], k * scores[0] + c, atol=0.01 * k)


def test_its_items_have_neighbours_and_a_map(made):
    _, found, _ = made
    places, share = maps.map_2d(found.user_factors, found.item_factors)
    assert places.index.equals(found.item_factors.index)
    assert 0 < share <= 1
    near = factors.neighbours(found.item_factors, places.index[0], 3)
    assert len(near) == 3
    assert set(near.index) < set(places.index)
    turned = maps.align(-places, places)
    np.testing.assert_allclose(turned, places, atol=1e-9)


def test_the_average_user_of_a_keras_model_is_at_zero():
    found, _ = from_dot_product_model(ratings_of("numbers"))
    assert found.user_bias.mean() == pytest.approx(0, abs=1e-9)
    assert found.user_factors.mean().abs().max() < 1e-9
