"""collab/models.py: sizes → a Keras model of the ratings."""

import keras
import numpy as np
import pytest

from collab.models import create_bias, dot_product_model, embedding_input

TABLES = [
    "user_in_table",
    "movie_in_table",
    "user_in_bias_table",
    "movie_in_bias_table",
]


def tables(model):
    """The four tables of weights, by hand out of the named layers."""
    return [model.get_layer(name).get_weights()[0] for name in TABLES]


def every_pair(n_users, n_movies):
    pairs = np.array([(u, m) for u in range(n_users) for m in range(n_movies)])
    return pairs[:, 0], pairs[:, 1]


def slow_ratings(model, users, movies):
    """dot product + biases, one multiplication after the other."""
    user_table, movie_table, user_bias, movie_bias = tables(model)
    stars = []
    for u, m in zip(users, movies, strict=True):
        star = float(user_bias[u, 0]) + float(movie_bias[m, 0])
        for k in range(user_table.shape[1]):
            star += float(user_table[u, k]) * float(movie_table[m, k])
        stars.append(star)
    return stars


# By hand -----------------------------------------------------------------------------


def test_four_by_four_by_hand():
    model = dot_product_model(4, 4, 2)
    values = [
        [[1, 0], [0, 1], [2, 1], [-1, 3]],
        [[1, 2], [3, 0], [0, 5], [1, 1]],
        [[100], [200], [300], [400]],
        [[0.125], [0.25], [0.5], [0.75]],
    ]
    for name, value in zip(TABLES, values, strict=True):
        model.get_layer(name).set_weights([np.array(value)])
    users, movies = every_pair(4, 4)
    stars = model.predict([users, movies], verbose=0)
    assert stars.shape == (16, 1)
    assert stars.dtype == "float32"
    by_hand = [
        [101.125, 103.25, 100.5, 101.75],
        [202.125, 200.25, 205.5, 201.75],
        [304.125, 306.25, 305.5, 303.75],
        [405.125, 397.25, 415.5, 402.75],
    ]
    assert stars.reshape(4, 4).tolist() == by_hand


def test_inputs_may_have_one_dimension_or_two():
    users, movies = every_pair(3, 4)
    # Two models: Keras wants one and the same shape from all the calls of one model.
    flat, column = (
        dot_product_model(3, 4, 2, seed=1).predict(pairs, verbose=0)
        for pairs in ([users, movies], [users[:, None], movies[:, None]])
    )
    assert flat.shape == column.shape == (12, 1)
    assert len(np.unique(flat)) == 12
    np.testing.assert_array_equal(flat, column)


def test_embedding_input_looks_up_a_row():
    inp, vector = embedding_input("item", 5, 3, initializer="normal")
    assert inp.name == "item"
    assert inp.dtype == "int64"
    assert tuple(inp.shape) == (None, 1)
    assert tuple(vector.shape) == (None, 3)
    model = keras.Model(inp, vector)
    table = model.get_layer("item_table").get_weights()[0]
    assert table.shape == (5, 3)
    out = model.predict(np.array([4, 0, 4]), verbose=0)
    np.testing.assert_array_equal(out, table[[4, 0, 4]])


def test_create_bias_looks_up_one_number_without_a_penalty():
    inp, _ = embedding_input("item", 5, 3)
    bias = create_bias(5, inp, initializer="normal")
    assert tuple(bias.shape) == (None, 1)
    model = keras.Model(inp, bias)
    table = model.get_layer("item_bias_table").get_weights()[0]
    assert table.shape == (5, 1)
    out = model.predict(np.array([4, 0, 4]), verbose=0)
    np.testing.assert_array_equal(out, table[[4, 0, 4]])
    assert model.losses == []


# An independent oracle ---------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(4, 4, 2), (5, 3, 1), (1, 7, 6), (6, 1, 50)])
def test_predictions_equal_dot_products_plus_biases(sizes):
    model = dot_product_model(*sizes, initializer="normal", seed=3)
    users, movies = every_pair(*sizes[:2])
    stars = model.predict([users, movies], verbose=0).reshape(-1)
    assert np.abs(stars).max() > 0.01
    expected = slow_ratings(model, users, movies)
    np.testing.assert_allclose(stars, expected, rtol=1e-5, atol=1e-7)


def test_the_penalty_is_lambda_times_the_squares_of_both_tables_of_factors():
    model = dot_product_model(4, 6, 3, reg=0.25, initializer="normal", seed=0)
    user_table, movie_table, *_ = tables(model)
    squares = [sum(float(w) ** 2 for w in t.flat) for t in (user_table, movie_table)]
    assert min(squares) > 1e-3
    assert [float(loss) for loss in model.losses] == pytest.approx(
        [0.25 * squares[0], 0.25 * squares[1]], rel=1e-5
    )


def test_the_penalty_is_1e_4_unless_told():
    model = dot_product_model(4, 6, 3, initializer="ones")
    expected = [1e-4 * 4 * 3, 1e-4 * 6 * 3]
    assert [float(loss) for loss in model.losses] == pytest.approx(expected, rel=1e-5)
    model = keras.Model(*embedding_input("item", 5, 3, initializer="ones"))
    assert float(model.losses[0]) == pytest.approx(1e-4 * 5 * 3, rel=1e-5)


def test_no_penalty_on_request():
    model = dot_product_model(4, 6, 3, reg=0, initializer="ones")
    assert sum(float(loss) for loss in model.losses) == 0


# What the lesson says about it -------------------------------------------------------


def test_the_course_model_has_496_587_weights_in_named_layers():
    model = dot_product_model(671, 9066)
    assert model.count_params() == 496_587
    assert model.name == "dot_product_model"
    assert [inp.name for inp in model.inputs] == ["user_in", "movie_in"]
    assert not model.compiled
    shapes = [table.shape for table in tables(model)]
    assert shapes == [(671, 50), (9066, 50), (671, 1), (9066, 1)]
    assert {layer.name for layer in model.layers} == {
        *TABLES,
        "user_in",
        "movie_in",
        "user_in_row",
        "movie_in_row",
        "user_in_bias",
        "movie_in_bias",
        "dot",
        "add_user_bias",
        "add_movie_bias",
    }
    # 50 factors are the default, and the default draw is Keras's U(-0.05, 0.05)
    for table in tables(model):
        assert 0.049 < table.max() <= 0.05
        assert -0.05 <= table.min() < -0.049


def test_numpy_integers_are_sizes():
    sizes = np.int64(4), np.int32(5), np.uint8(2)
    assert dot_product_model(*sizes).count_params() == (4 + 5) * 3


def test_two_models_live_side_by_side():
    a, b = dot_product_model(4, 5, 2, seed=0), dot_product_model(4, 5, 2, seed=1)
    kept = tables(b)
    a.get_layer("user_in_table").set_weights([np.zeros((4, 2))])
    for before, after in zip(kept, tables(b), strict=True):
        np.testing.assert_array_equal(before, after)


# Initial numbers ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "initializer",
    [
        "uniform",
        keras.initializers.RandomUniform(0, 1),
        keras.initializers.RandomUniform(0, 1, seed=7),
        keras.initializers.RandomUniform(0, 1, seed=keras.random.SeedGenerator(7)),
    ],
    ids=["name", "unseeded", "seeded", "generator"],
)
@pytest.mark.parametrize("seed", [None, 5])
def test_no_table_repeats_the_numbers_of_another(initializer, seed):
    # one seed for all would make each table the beginning of a larger one
    model = dot_product_model(6, 6, 1, initializer=initializer, seed=seed)
    drawn = [table.reshape(-1)[:6] for table in tables(model)]
    for i in range(4):
        for j in range(i):
            assert not np.isin(drawn[i], drawn[j]).any(), (TABLES[i], TABLES[j])


def test_the_initializer_sets_the_range_of_all_four_tables():
    draw = keras.initializers.RandomUniform(2, 3)
    for table in tables(dot_product_model(40, 50, 4, initializer=draw, seed=0)):
        assert 2 <= table.min() < 2.2
        assert 2.8 < table.max() <= 3


def test_a_seed_makes_the_tables_reproducible():
    a, b, c = (tables(dot_product_model(4, 5, 2, seed=s)) for s in (1, np.int64(1), 2))
    for first, again, other in zip(a, b, c, strict=True):
        np.testing.assert_array_equal(first, again)
        assert not np.isin(first, other).any()


def test_a_seeded_initializer_is_reproducible_and_the_seed_outranks_it():
    def build(inner, seed=None):
        draw = keras.initializers.RandomNormal(seed=inner)
        return tables(dot_product_model(4, 5, 2, initializer=draw, seed=seed))

    generators = (keras.random.SeedGenerator(1) for _ in range(2))
    for a, b in [
        (build(1), build(1)),
        (build(1, seed=9), build(2, seed=9)),
        (build(next(generators)), build(next(generators))),
    ]:
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)
    assert not np.isin(build(1)[0], build(2)[0]).any()


def test_without_a_seed_keras_global_seed_counts():
    def build():
        return tables(dot_product_model(4, 5, 2))

    keras.utils.set_random_seed(3)
    a, fresh = build(), build()
    keras.utils.set_random_seed(3)
    b = build()
    np.testing.assert_array_equal(a[1], b[1])
    assert not np.isin(a[1], fresh[1]).any()


def test_an_initializer_without_a_seed_works():
    for table in tables(dot_product_model(4, 5, 2, initializer="ones", seed=1)):
        assert (table == 1).all()


# Save and load -----------------------------------------------------------------------


def test_a_saved_and_loaded_model_predicts_the_same(tmp_path):
    model = dot_product_model(4, 5, 3, initializer="normal", seed=2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    pairs = every_pair(4, 5)
    stars = model.predict(list(pairs), verbose=0)
    assert len(np.unique(stars)) == 20
    np.testing.assert_array_equal(loaded.predict(list(pairs), verbose=0), stars)
    assert [float(loss) for loss in loaded.losses] == pytest.approx(
        [float(loss) for loss in model.losses]
    )


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 4, 2), "user_in: n_in must be 1 or more, not 0"),
        ((4, 0, 2), "movie_in: n_in must be 1 or more, not 0"),
        ((4, 4, 0), "user_in: n_out must be 1 or more, not 0"),
        ((-3, 4, 2), "user_in: n_in must be 1 or more, not -3"),
        ((4, np.int64(0), 2), "movie_in: n_in must be 1 or more, not 0"),
    ],
)
def test_sizes_below_one_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        dot_product_model(*sizes)


def test_create_bias_refuses_a_size_of_zero():
    inp, _ = embedding_input("item", 5, 3)
    with pytest.raises(ValueError, match="item: n_in must be 1 or more, not 0"):
        create_bias(0, inp)


@pytest.mark.parametrize("size", [4.0, "4", None])
def test_sizes_must_be_integers(size):
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        dot_product_model(size, 4)
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        dot_product_model(4, size)


@pytest.mark.parametrize("reg", [-1e-4, float("nan")])
def test_a_negative_penalty_is_refused(reg):
    with pytest.raises(ValueError, match=f"user_in: reg must be 0 or more, not {reg}"):
        dot_product_model(4, 4, 2, reg=reg)


@pytest.mark.parametrize("seed", [1.5, "1"])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        dot_product_model(4, 4, 2, seed=seed)
