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


def slow_ratings(model, users, items):
    """dot product + biases, one multiplication after the other."""
    user_table, item_table, user_bias, item_bias = tables(model)
    stars = []
    for u, m in zip(users, items, strict=True):
        star = float(user_bias[u, 0]) + float(item_bias[m, 0])
        for k in range(user_table.shape[1]):
            star += float(user_table[u, k]) * float(item_table[m, k])
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
    users, items = every_pair(4, 4)
    stars = model.predict([users, items], verbose=0)
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
    users, items = every_pair(3, 4)
    # Two models: Keras wants one and the same shape from all the calls of one model.
    flat, column = (
        dot_product_model(3, 4, 2, seed=1).predict(pairs, verbose=0)
        for pairs in ([users, items], [users[:, None], items[:, None]])
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
    out = model(np.array([4, 0, 4])).numpy()
    np.testing.assert_array_equal(out, table[[4, 0, 4]])


def test_create_bias_looks_up_one_number_without_a_penalty():
    inp, _ = embedding_input("item", 5, 3)
    bias = create_bias(5, inp, initializer="normal")
    assert tuple(bias.shape) == (None, 1)
    model = keras.Model(inp, bias)
    table = model.get_layer("item_bias_table").get_weights()[0]
    assert table.shape == (5, 1)
    out = model(np.array([4, 0, 4])).numpy()
    np.testing.assert_array_equal(out, table[[4, 0, 4]])
    assert model.losses == []


# An independent oracle ---------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(4, 4, 2), (5, 3, 1), (1, 7, 6), (6, 1, 50)])
def test_predictions_equal_dot_products_plus_biases(sizes):
    model = dot_product_model(*sizes, initializer="normal", seed=3)
    users, items = every_pair(*sizes[:2])
    stars = model([users, items]).numpy().reshape(-1)
    assert np.abs(stars).max() > 0.01
    expected = slow_ratings(model, users, items)
    np.testing.assert_allclose(stars, expected, rtol=1e-5, atol=1e-7)


def test_the_penalty_is_lambda_times_the_squares_of_both_tables_of_factors():
    model = dot_product_model(4, 6, 3, reg=0.25, initializer="normal", seed=0)
    user_table, item_table, *_ = tables(model)
    squares = [sum(float(w) ** 2 for w in t.flat) for t in (user_table, item_table)]
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


def test_the_initializer_sets_the_range_of_all_four_tables():
    draw = keras.initializers.RandomUniform(2, 3)
    for table in tables(dot_product_model(40, 50, 4, initializer=draw, seed=0)):
        assert 2 <= table.min() < 2.2
        assert 2.8 < table.max() <= 3


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


def test_a_bias_is_drawn_from_keras_uniform_unless_told():
    inp, _ = embedding_input("item", 500, 1)
    table = keras.Model(inp, create_bias(500, inp)).get_weights()[0]
    assert 0.045 < table.max() <= 0.05
    assert -0.05 <= table.min() < -0.045


def test_an_initializer_without_a_seed_works():
    for table in tables(dot_product_model(4, 5, 2, initializer="ones", seed=1)):
        assert (table == 1).all()


# A mean, biases from zero ------------------------------------------------------------


def test_the_mean_is_added_to_every_prediction():
    pairs = list(every_pair(3, 4))
    plain, with_mean, with_zero = (
        dot_product_model(3, 4, 2, initializer="normal", seed=3, mean=mean)
        for mean in (None, np.float64(3.5), 0)
    )
    stars = plain(pairs).numpy()
    assert len(np.unique(stars)) == 12
    higher = with_mean(pairs).numpy()
    assert higher.shape == (12, 1)
    np.testing.assert_allclose(higher, stars + 3.5, rtol=1e-6)
    np.testing.assert_array_equal(with_zero(pairs).numpy(), stars)
    assert with_mean.count_params() == plain.count_params() == 21
    assert [x.name for x in with_zero.layers] == [x.name for x in with_mean.layers]
    assert {layer.name for layer in with_mean.layers} - {
        layer.name for layer in plain.layers
    } == {"add_mean"}


def test_the_bias_initializer_is_for_the_biases_alone():
    draw = {"initializer": keras.initializers.RandomUniform(2, 3), "seed": 0}
    plain = tables(dot_product_model(4, 5, 2, **draw))
    apart = tables(dot_product_model(4, 5, 2, bias_initializer="zeros", **draw))
    for k in (0, 1):
        np.testing.assert_array_equal(apart[k], plain[k])
        assert plain[k].min() >= 2
    for k in (2, 3):
        assert plain[k].min() >= 2
        assert (apart[k] == 0).all()


# The penalty on the rows of a batch --------------------------------------------------

USERS, ITEMS = np.array([2, 0, 2, 2]), np.array([1, 4, 1, 0])  # rows occur repeatedly


def slow_row_penalties(model, row_reg, bias_reg, users=USERS, items=ITEMS):
    """λ · the mean over the ratings of the batch of Σ w², table by table."""
    penalties = []
    for k, table in enumerate(tables(model)):
        rows = (users, items)[k % 2]
        squares = [sum(float(w) ** 2 for w in table[row]) for row in rows]
        penalties.append((row_reg, bias_reg)[k // 2] * sum(squares) / len(rows))
    return penalties


@pytest.mark.parametrize(("row_reg", "bias_reg"), [(0.5, 0.125), (0.5, 0), (0, 0.5)])
def test_the_row_penalty_is_a_mean_over_the_batch(row_reg, bias_reg):
    model = dot_product_model(
        3, 5, 2, reg=0, initializer="normal", row_reg=row_reg, bias_reg=bias_reg, seed=0
    )
    expected = [x for x in slow_row_penalties(model, row_reg, bias_reg) if x > 0]
    assert min(expected) > 1e-5
    for n in (4, 40):  # the same rows ten times: the penalty does not grow
        model([np.resize(USERS, n), np.resize(ITEMS, n)])
        losses = sorted(float(loss) for loss in model.losses)
        assert losses == pytest.approx(sorted(expected), rel=1e-5)


def test_both_helpers_take_a_row_penalty():
    inp, vector = embedding_input("item", 5, 3, 0, "ones", row_reg=0.25)
    bias = create_bias(5, inp, "ones", row_reg=0.5)
    model = keras.Model(inp, [vector, bias])
    model(ITEMS)
    assert sorted(map(float, model.losses)) == pytest.approx([0.5, 0.75])


@pytest.mark.parametrize("reg", [0, 0.01])
def test_evaluate_reports_the_error_plus_the_penalty(reg):
    model = dot_product_model(
        3, 5, 2, reg=reg, initializer="normal", row_reg=5, bias_reg=3, mean=3.0, seed=0
    )
    model.compile("sgd", loss="mse", metrics=["mse"])
    stars = np.array([4.0, 2.0, 5.0, 3.5])
    logs = model.evaluate([USERS, ITEMS], stars, verbose=0, return_dict=True)
    expected = sum(slow_row_penalties(model, 5, 3))
    if reg:
        expected += reg * sum(
            float((t.astype("float64") ** 2).sum()) for t in tables(model)[:2]
        )
    assert expected > 0.02
    assert logs["loss"] - logs["mse"] == pytest.approx(expected, rel=1e-3)
    errors = np.array(slow_ratings(model, USERS, ITEMS)) + 3.0 - stars
    assert logs["mse"] == pytest.approx(np.mean(errors**2), rel=1e-5)


def test_one_step_moves_a_row_by_its_gradient():
    """SGD on a batch of two ratings of one item: the slopes, by hand."""
    row_reg, bias_reg, mean, rate = 0.3, 0.2, 3.0, 0.1
    options = {"row_reg": row_reg, "bias_reg": bias_reg, "mean": mean, "seed": 1}
    model = dot_product_model(3, 2, 2, reg=0, initializer="normal", **options)
    for name, table in zip(TABLES, tables(model), strict=True):
        model.get_layer(name).set_weights([table + 0.5])  # so that everything counts
    before = [table.astype("float64") for table in tables(model)]
    model.compile(keras.optimizers.SGD(rate), loss="mse", run_eagerly=True)
    users, items, stars = np.array([0, 2]), np.array([1, 1]), np.array([5.0, 1.0])
    model.train_on_batch([users, items], stars)

    p, q, b_user, b_item = (table.copy() for table in before)
    for u, m, r in zip(users, items, stars, strict=True):
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


# Items and users without a rating ---------------------------------------------------


def fitted(reg, row_reg):
    """Fitted to users 0, 1 and items 0, 1, 2: nothing of user 2 and item 3."""
    penalties = {"reg": reg, "row_reg": row_reg, "bias_reg": 0.01}
    draw = {"initializer": "normal", "bias_initializer": "zeros", "seed": 1}
    model = dot_product_model(3, 4, 2, mean=3.5, **penalties, **draw)
    before = tables(model)
    model.compile("adam", loss="mse", run_eagerly=True)  # tracing would take longer
    rows = [(0, 0, 5.0), (0, 1, 1.0), (1, 2, 4.5), (1, 0, 3.0), (0, 2, 2.0)]
    users, items, stars = map(np.array, zip(*rows, strict=True))
    for batch in 3 * [[0, 1], [2, 3], [4]]:
        model.train_on_batch([users[batch], items[batch]], stars[batch])
    return model, before, tables(model)


def test_a_row_penalty_leaves_rows_without_ratings_where_they_were():
    model, before, after = fitted(reg=0, row_reg=0.1)
    for k, (old, new) in enumerate(zip(before, after, strict=True)):
        stranger = (2, 3)[k % 2]
        np.testing.assert_array_equal(new[stranger], old[stranger])
        assert (np.abs(new - old).max(axis=1)[:stranger] > 1e-3).all()
    # A bias of 0 and factors near 0: a stranger of both kinds is about average.
    assert (after[2][2], after[3][3]) == (0, 0)
    both = float(model([np.array([2]), np.array([3])])[0, 0])
    assert both == pytest.approx(3.5, abs=0.02)
    assert after[2][0] != 0
    assert after[3][0] != 0
    # One stranger: the other one's bias counts, and hardly anything else.
    item = float(model([np.array([0]), np.array([3])])[0, 0])
    assert item == pytest.approx(3.5 + float(after[2][0, 0]), abs=0.02)


def test_a_table_penalty_shrinks_rows_without_ratings():
    _, before, after = fitted(reg=0.1, row_reg=0)
    for old, new, stranger in [(before[0], after[0], 2), (before[1], after[1], 3)]:
        large = np.abs(old[stranger]) > 0.02  # Adam's steps are 0.001 at first
        assert large.any()
        shrunk = np.abs(new[stranger][large])
        assert (shrunk < np.abs(old[stranger][large]) - 1e-3).all()


# Save and load -----------------------------------------------------------------------


def test_a_saved_and_loaded_model_predicts_the_same(tmp_path):
    model = dot_product_model(4, 5, 3, initializer="normal", seed=2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    pairs = every_pair(4, 5)
    stars = model(list(pairs)).numpy()
    assert len(np.unique(stars)) == 20
    np.testing.assert_array_equal(loaded(list(pairs)).numpy(), stars)
    assert [float(loss) for loss in loaded.losses] == pytest.approx(
        [float(loss) for loss in model.losses]
    )


# Bad input ---------------------------------------------------------------------------


def test_a_penalty_is_refused_by_the_name_of_its_table():
    with pytest.raises(ValueError, match=r"^user_in: row_reg must be a number, 0 or"):
        dot_product_model(4, 4, 2, row_reg=-1)
    with pytest.raises(ValueError, match=r"^bias_reg must be a number, 0 or"):
        dot_product_model(4, 4, 2, bias_reg=-1)
    inp, _ = embedding_input("item", 5, 3)
    with pytest.raises(ValueError, match=r"^item: row_reg must be a number, 0 or more"):
        create_bias(5, inp, row_reg=-1)


@pytest.mark.parametrize("mean", [float("nan"), np.float64("-inf")])
def test_a_mean_is_finite(mean):
    with pytest.raises(ValueError, match="mean must be a finite number or None, not"):
        dot_product_model(4, 4, 2, mean=mean)
