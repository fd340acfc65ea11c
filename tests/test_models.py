"""collab/models.py: sizes → a Keras model of the ratings."""

import keras
import numpy as np
import pytest
from draws import in_common

from collab.models import create_bias, dot_product_model, embedding_input

TABLES = [
    "user_in_table",
    "item_in_table",
    "user_in_bias_table",
    "item_in_bias_table",
]


def tables(model):
    """The four tables of weights, by hand out of the named layers."""
    return [model.get_layer(name).get_weights()[0] for name in TABLES]


def every_pair(n_users, n_items):
    pairs = np.array([(u, m) for u in range(n_users) for m in range(n_items)])
    return pairs[:, 0], pairs[:, 1]


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
    users, items = every_pair(4, 4)
    ratings = model.predict([users, items], verbose=0)
    assert ratings.shape == (16, 1)
    assert ratings.dtype == "float32"
    by_hand = [
        [101.125, 103.25, 100.5, 101.75],
        [202.125, 200.25, 205.5, 201.75],
        [304.125, 306.25, 305.5, 303.75],
        [405.125, 397.25, 415.5, 402.75],
    ]
    assert ratings.reshape(4, 4).tolist() == by_hand


def test_inputs_may_have_one_dimension_or_two():
    users, items = every_pair(3, 4)
    # Two models: Keras wants one and the same shape from all the calls of one model.
    flat, column = (
        dot_product_model(3, 4, 2, seed=1).predict(pairs, verbose=0)
        for pairs in ([users, items], [users[:, None], items[:, None]])
    )
    assert flat.shape == column.shape == (12, 1)
    assert len(np.unique(flat)) == 12
    np.testing.assert_array_equal(flat, column)


def test_embedding_input_looks_up_a_row_and_create_bias_one_number():
    inp, vector = embedding_input("item", 5, 3, row_reg=0.25)
    assert (inp.name, inp.dtype, tuple(inp.shape)) == ("item", "int64", (None, 1))
    model = keras.Model(inp, [vector, create_bias(5, inp, row_reg=0.5)])
    table, biases = model.get_weights()
    assert (table.shape, biases.shape) == ((5, 3), (5, 1))
    rows = [4, 0, 4]
    found = model(np.array(rows))
    np.testing.assert_array_equal(found[0], table[rows])
    np.testing.assert_array_equal(found[1], biases[rows])
    squares = [(weights.astype(float) ** 2) for weights in (table, biases)]
    expected = [1e-4 * squares[0].sum(), 0.25 * squares[0][rows].sum() / 3]
    expected += [0.5 * squares[1][rows].sum() / 3]
    assert sorted(map(float, model.losses)) == pytest.approx(sorted(expected))
    plain = keras.Model(inp, create_bias(500, inp))
    assert plain.losses == []
    (table,) = plain.get_weights()
    assert 0.045 < table.max() <= 0.05
    assert -0.05 <= table.min() < -0.045


@pytest.mark.parametrize("reg", [{}, {"reg": 0.25}])
def test_the_penalty_is_lambda_times_the_squares_of_both_tables_of_factors(reg):
    """And an initializer without a seed works."""
    twos = keras.initializers.Constant(2)
    model = dot_product_model(4, 6, 3, initializer=twos, seed=1, **reg)
    expected = [reg.get("reg", 1e-4) * 2**2 * n * 3 for n in (4, 6)]
    assert [float(loss) for loss in model.losses] == pytest.approx(expected, rel=1e-5)


# What the lesson says about it -------------------------------------------------------


def test_the_course_model_has_496_587_weights_in_named_layers():
    model = dot_product_model(671, 9066)
    assert model.count_params() == 496_587
    assert model.name == "dot_product_model"
    assert [inp.name for inp in model.inputs] == ["user_in", "item_in"]
    assert not model.compiled
    shapes = [table.shape for table in tables(model)]
    assert shapes == [(671, 50), (9066, 50), (671, 1), (9066, 1)]
    assert {layer.name for layer in model.layers} == {
        *TABLES,
        "user_in",
        "item_in",
        "user_in_row",
        "item_in_row",
        "user_in_bias",
        "item_in_bias",
        "dot",
        "add_user_bias",
        "add_item_bias",
    }
    # 50 factors are the default, and the default draw is Keras's U(-0.05, 0.05)
    for table in tables(model):
        assert 0.049 < table.max() <= 0.05
        assert -0.05 <= table.min() < -0.049


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
    for own in (None, initializer):
        model = dot_product_model(
            6, 6, 1, initializer=initializer, bias_initializer=own, seed=seed
        )
        drawn = [table.reshape(-1)[:6] for table in tables(model)]
        for i in range(4):
            for j in range(i):
                assert in_common(drawn[i], drawn[j]) < 0.5, (TABLES[i], TABLES[j])


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


def test_each_table_has_the_seed_of_its_place():
    """Users before items, factors before biases: the lessons' numbers hang on it."""
    seeds = np.random.default_rng(5).integers(2**31, size=4).tolist()
    for own in (None, "uniform"):
        model = dot_product_model(4, 6, 2, seed=5, bias_initializer=own)
        for table, seed in zip(tables(model), seeds, strict=True):
            draw = keras.initializers.RandomUniform(-0.05, 0.05, seed=seed)
            np.testing.assert_array_equal(table, draw(table.shape))


# A mean, biases from zero ------------------------------------------------------------


def test_the_mean_is_added_to_every_prediction():
    pairs = list(every_pair(3, 4))
    plain, with_mean, with_zero = (
        dot_product_model(3, 4, 2, initializer="normal", seed=3, mean=mean)
        for mean in (None, np.float64(3.5), 0)
    )
    ratings = plain(pairs).numpy()
    assert len(np.unique(ratings)) == 12
    np.testing.assert_allclose(with_mean(pairs), ratings + 3.5, rtol=1e-6)
    np.testing.assert_array_equal(with_zero(pairs), ratings)
    names = [layer.name for layer in plain.layers]
    for model in (with_mean, with_zero):
        assert [layer.name for layer in model.layers] == [*names, "add_mean"]


def test_the_bias_initializer_is_for_the_biases_alone():
    draw = {"initializer": keras.initializers.RandomUniform(2, 3), "seed": 0}
    plain = tables(dot_product_model(4, 5, 2, **draw))
    assert all(2 <= table.min() <= table.max() <= 3 for table in plain)
    apart = tables(dot_product_model(4, 5, 2, bias_initializer="zeros", **draw))
    for k in (0, 1):
        np.testing.assert_array_equal(apart[k], plain[k])
    for k in (2, 3):
        assert (apart[k] == 0).all()


# The penalty on the rows of a batch --------------------------------------------------


def test_one_step_moves_a_row_by_its_gradient():
    """SGD on a batch of two ratings of one item: the slopes, by hand."""
    row_reg, bias_reg, mean, rate = 0.3, 0.2, 3.0, 0.1
    options = {"row_reg": row_reg, "bias_reg": bias_reg, "mean": mean, "seed": 1}
    model = dot_product_model(3, 2, 2, reg=0, initializer="normal", **options)
    for name, table in zip(TABLES, tables(model), strict=True):
        model.get_layer(name).set_weights([table + 0.5])  # so that everything counts
    before = [table.astype("float64") for table in tables(model)]
    model.compile(keras.optimizers.SGD(rate), loss="mse", run_eagerly=True)
    users, items, ratings = np.array([0, 2]), np.array([1, 1]), np.array([5.0, 1.0])
    model.train_on_batch([users, items], ratings)

    p, q, b_user, b_item = (table.copy() for table in before)
    for u, m, r in zip(users, items, ratings, strict=True):
        old_p, old_q, old_u, old_i = (table for table in before)
        error = old_p[u] @ old_q[m] + old_u[u, 0] + old_i[m, 0] + mean - r
        # the loss is a mean over two ratings: 2 · (…) / 2
        p[u] -= rate * (error * old_q[m] + row_reg * old_p[u])
        q[m] -= rate * (error * old_p[u] + row_reg * old_q[m])
        b_user[u] -= rate * (error + bias_reg * old_u[u])
        b_item[m] -= rate * (error + bias_reg * old_i[m])
    for ours, slow, old in zip(
        tables(model), [p, q, b_user, b_item], before, strict=True
    ):
        assert np.abs(slow - old).max() > 0.01
        np.testing.assert_allclose(ours, slow, atol=1e-6)


# Bad input ---------------------------------------------------------------------------


def test_a_wrong_number_is_refused_by_its_name():
    with pytest.raises(ValueError, match=r"^user_in: row_reg must be a number, 0 or"):
        dot_product_model(4, 4, 2, row_reg=-1)
    with pytest.raises(ValueError, match=r"^bias_reg must be a number, 0 or"):
        dot_product_model(4, 4, 2, bias_reg=-1)
    inp, _ = embedding_input("item", 5, 3)
    with pytest.raises(ValueError, match=r"^item: row_reg must be a number, 0 or more"):
        create_bias(5, inp, row_reg=-1)
    with pytest.raises(ValueError, match=r"^mean: 1 of 1 values are missing"):
        dot_product_model(4, 4, 2, mean=float("nan"))
