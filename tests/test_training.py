"""collab/training.py: tables → arrays for Keras, its history, predictions by raw id."""

from types import SimpleNamespace
from unittest.mock import Mock, call

import keras
import numpy as np
import pandas as pd
import pytest
from eager import eagerly

from collab import training
from collab.ids import IdMap
from collab.models import dot_product_model
from collab.training import (
    ShowProgress,
    check_maps,
    epoch_table,
    predict,
    predict_rows,
    to_arrays,
)

TABLE = pd.DataFrame(
    {"u": [2, 0, 1], "i": [0, 1, 1], "stars": [4, 1, 5]}, index=[7, 7, 9]
).astype({"u": "uint8", "stars": "float32"})
COLUMNS = {"user": "u", "item": "i", "rating": "stars"}


def build(**options):
    """3 users, 2 items; U(0, 1) makes every term count."""
    initializer = keras.initializers.RandomUniform(0, 1)
    model = dot_product_model(3, 2, 2, reg=0.01, initializer=initializer, seed=0)
    model.compile("adam", loss="mse", metrics=["mse"], **options)
    return model


def ratings_by_hand(model, users, items):
    p, q, b_user, b_item = (
        model.get_layer(f"{name}_table").get_weights()[0].astype(float)
        for name in ("user_in", "item_in", "user_in_bias", "item_in_bias")
    )
    return (p[users] * q[items]).sum(axis=1) + b_user[users, 0] + b_item[items, 0]


# What Keras takes, and gives ---------------------------------------------------------


def test_arrays_are_flat_and_of_keras_s_types():
    (users, items), ratings = to_arrays(TABLE, (3, 2), **COLUMNS)
    for array, dtype, values in [
        (users, "int64", [2, 0, 1]),
        (items, "int64", [0, 1, 1]),
        (ratings, "float64", [4, 1, 5]),
    ]:
        assert isinstance(array, np.ndarray)
        assert (array.dtype, array.tolist()) == (dtype, values)


def test_a_row_that_the_model_does_not_have_is_refused():
    with pytest.raises(ValueError, match=r"valid\['u'\] has the value 2; .* 0 … 1;"):
        to_arrays(TABLE, (2, 2), **COLUMNS, name="valid")
    with pytest.raises(ValueError, match=r"table\['i'\] has the value 1; .* 0 … 0;"):
        to_arrays(TABLE, (3, 1), **COLUMNS)
    with pytest.raises(ValueError, match="train has no rows"):
        to_arrays(TABLE[:0], (3, 2), **COLUMNS, name="train")


def test_many_steps_at_once_are_the_same_steps():
    """Keras's own option: the lessons compile with it."""
    found = []
    for options in ({}, {"steps_per_execution": 4}):  # an epoch has two
        keras.utils.set_random_seed(1)
        model = build(**options)
        arrays = to_arrays(TABLE, (3, 2), **COLUMNS)
        model.fit(*arrays, batch_size=2, epochs=3, verbose=0)
        found.append(model.get_weights())
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_epochs_are_counted_from_1_and_on():
    history = SimpleNamespace(epoch=[2, 3], history={"loss": [0.5, 0.25]})
    table = epoch_table(history)
    assert table.to_dict() == {"loss": {3: 0.5, 4: 0.25}}
    assert table.index.name == "epoch"


@eagerly()
def test_the_epochs_of_a_fit_are_shown(monkeypatch):
    show = Mock()
    monkeypatch.setattr(training, "Progress", show)
    arrays = to_arrays(TABLE, (3, 2), **COLUMNS)
    options = {"batch_size": 2, "epochs": 3, "verbose": 0}
    live = [ShowProgress()]
    history = build().fit(*arrays, initial_epoch=1, callbacks=live, **options).history
    show.assert_called_once_with("training up to epoch 3, 2 steps each", total=3)
    assert show.return_value.update.call_args_list == [
        call(epoch, f"loss {loss:.3f}  mse {mse:.3f}")
        for epoch, loss, mse in zip((2, 3), *history.values(), strict=True)
    ]
    show.return_value.close.assert_called_once()


# Predicting --------------------------------------------------------------------------

USERS, ITEMS = IdMap(range(10, 410, 10)), IdMap([f"m{k}" for k in range(60)])


@pytest.fixture(scope="module")
def large():
    """40 × 60 with the course's 50 factors: enough for sums to round."""
    initializer = keras.initializers.RandomUniform(0, 1)
    return dot_product_model(40, 60, 50, initializer=initializer, seed=0)


def test_one_pair_gives_a_float_and_many_give_an_array(large):
    rows = np.random.default_rng(0).integers(0, 40, (2, 500))
    expected = ratings_by_hand(large, *rows)
    assert expected.std() > 0.5
    pairs = USERS.decode(rows[0]), ITEMS.decode(rows[1])
    ratings = predict(large, USERS, ITEMS, *pairs)
    assert ratings.dtype == "float64"
    np.testing.assert_allclose(ratings, expected, rtol=1e-5)
    one = predict(large, USERS, ITEMS, int(pairs[0][3]), pairs[1][3])
    assert type(one) is float
    assert one == ratings[3]


def test_one_user_and_many_items_or_the_reverse(large):
    row = predict(large, USERS, ITEMS, 20, ["m3", "m4", "m59"])
    column = predict(large, USERS, ITEMS, pd.Series([20, 400], index=[5, 5]), "m3")
    grid = predict_rows(large, np.array([1, 1, 1, 39]), np.array([3, 4, 59, 3]))
    assert [*row, *column] == grid[[0, 1, 2, 0, 3]].tolist()
    for pair in [([20], ["m3"]), (20, ["m3"]), ([20], "m3")]:
        assert predict(large, USERS, ITEMS, *pair).tolist() == [row[0]]
    assert predict(large, USERS, ITEMS, 20, []).shape == (0,)


@pytest.mark.parametrize("pair", [([10], ["m1", "m2"]), ([], ["m1"])])
def test_sequences_of_different_lengths_are_refused(large, pair):
    message = f"{len(pair[0])} users, but {len(pair[1])} items"
    with pytest.raises(ValueError, match=message):
        predict(large, USERS, ITEMS, *pair)


def test_a_prediction_does_not_depend_on_the_others_in_its_batch(large):
    rng = np.random.default_rng(0)
    users, items = np.indices((40, 60)).reshape(2, -1)
    whole = predict_rows(large, users, items)
    assert len(np.unique(whole)) > 2000
    for size in [1, 2, 3, 7, 8, 31, 64, 1000, 2399]:
        batch = rng.permutation(2400)[:size]
        part = predict_rows(large, users[batch], items[batch])
        np.testing.assert_array_equal(part, whole[batch])
    many = predict_rows(large, np.tile(users, 28), np.tile(items, 28))  # in two parts
    np.testing.assert_array_equal(many, np.tile(whole, 28))


def test_predictions_are_clipped_to_the_scale_that_the_model_carries(large):
    plain = predict(large, USERS, ITEMS, 10, "m0")
    assert plain > 6  # this one carries none
    for factor, expected in [(1, 5), (-1, 1), (0.05, 1 + 0.2 * plain)]:
        x = keras.layers.Rescaling(factor)(large.output)
        x = keras.layers.Rescaling(4, offset=1, name="to_scale")(x)
        model = keras.Model(large.inputs, x)
        found = predict(model, USERS, ITEMS, 10, "m0")
        assert found == pytest.approx(expected, rel=1e-5)


def test_an_id_never_seen_is_refused_with_its_side(large):
    with pytest.raises(ValueError, match=r"users: never seen: 410 \(1 of the 1 ids\)"):
        predict(large, USERS, ITEMS, 410, "m1")
    with pytest.raises(ValueError, match=r"items: never seen: 'm60', 'x' \(2 of the 3"):
        predict(large, USERS, ITEMS, [10, 20, 30], ["m1", "m60", "x"])


# Maps and models that do not belong together -----------------------------------------


def test_maps_of_another_size_are_refused(large):
    message = "user_ids has 60 ids, but the model's 'user_in_table' has 40 rows"
    with pytest.raises(ValueError, match=message):
        predict(large, ITEMS, USERS, "m1", 10)
    with pytest.raises(
        ValueError, match=r"item_ids has 2 ids, .*'item_in_table' has 60"
    ):
        check_maps(large, USERS, IdMap([1, 2]))


def model_of(**tables):
    """The sum of such tables: "u_table" and "of_u" are read by the input "u"."""
    inputs, parts = {}, []
    for name, n in tables.items():
        side = name.removeprefix("of_").partition("_")[0]
        inp = inputs.setdefault(side, keras.Input((1,), dtype="int64", name=side))
        parts.append(keras.layers.Embedding(n, 1, name=name)(inp))
    return keras.Model(list(inputs.values()), keras.layers.Add()(parts))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: model_of(u_table=5, i_table=5, u_bias_table=4),
            "user_ids has 5 ids, but the model's 'u_bias_table' has 4 rows",
        ),
        (
            lambda: model_of(u_table=5, i_table=5, mood_table=5),
            r"the inputs \[users, items\], not <Functional .* with 3 inputs",
        ),
        (lambda: keras.Sequential([keras.layers.Dense(1)]), "items], not <Sequential"),
        (lambda: "model", r"items\], not 'model'"),
        (
            lambda: model_of(of_u=5, of_i=5),
            r"no layer 'u_table'; it has \['u', 'i', 'of_u', 'of_i'",
        ),
    ],
)
def test_other_models_are_refused_in_a_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        predict(make(), IdMap(range(5)), IdMap(range(5)), 1, 1)
