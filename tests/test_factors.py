"""collab/factors.py: a fitted model → factors by raw id, neighbours."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

from collab.factors import Factors, neighbours, product_svd, read_factors
from collab.ids import IdMap
from collab.models import dot_product_model

USERS, ITEMS = IdMap([15, 4, 99]), IdMap([50, 7, 260, 1])

# The factors of a model --------------------------------------------------------------


def wide(mean, seed=0):
    """A model whose tables are all far from zero, and from a mean of zero."""
    draw = keras.initializers.RandomUniform(0.5, 2)
    return dot_product_model(3, 4, 2, initializer=draw, seed=seed, mean=mean)


@pytest.mark.parametrize("mean", [None, 0, 3.5])
def test_the_tables_predict_what_the_model_predicts(mean):
    model = wide(mean)
    users, items = np.divmod(np.arange(12), 4)
    expected = model([users, items]).numpy().ravel()
    assert np.ptp(expected) > 0.5
    tables = read_factors(model, USERS, ITEMS)
    answer = tables.predict(USERS.decode(users), ITEMS.decode(items))
    np.testing.assert_allclose(answer, expected, atol=1e-5)


def named_model(head=lambda x: x, order=(0, 1), user="user_in", item="item_in"):
    """A model of 3 users and 4 items, and layers after the sum."""
    inputs, rows = [], {}
    for side, n in [(user, 3), (item, 4)]:
        inputs.append(keras.Input((1,), dtype="int64", name=side))
        for kind, width in [("_table", 2), ("_bias_table", 1)]:
            table = layers.Embedding(n, width, "ones", name=side + kind)(inputs[-1])
            rows[side, kind] = layers.Flatten()(table)
    x = layers.Dot(1)([rows[user, "_table"], rows[item, "_table"]])
    x = layers.Add()([x, rows[user, "_bias_table"], rows[item, "_bias_table"]])
    return keras.Model([inputs[k] for k in order], head(x))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_inputs_may_come_in_another_order(order):
    model = named_model(order=order)
    factors = read_factors(model, USERS, ITEMS)
    assert factors.mean == 1
    assert factors.item_bias.tolist() == [3] * 4  # 1 + (1, 1) · (1, 1)
    assert factors.scale is None


def test_what_rescales_the_sum_is_a_part_of_the_mean_and_of_the_users():
    def head(x):
        x = layers.Rescaling(2.0, offset=0.5)(x)
        return layers.Rescaling(9.0, offset=1.0, name="to_scale")(x)

    model = named_model(head=head)
    for name, values in [
        ("user_in_table", [[1, 0], [3, 2], [2, 4]]),  # their mean is (2, 2)
        ("item_in_table", [[1, 2], [0, 1], [-1, 1], [0, 0]]),
        ("user_in_bias_table", [[0.5], [1.5], [1]]),  # their mean is 1
        ("item_in_bias_table", [[0.25], [0.5], [0], [2]]),
    ]:
        model.get_layer(name).set_weights([np.array(values)])
    ids = SimpleNamespace(ids=[9, 4, 7]), SimpleNamespace(ids=list("acbd"))
    factors = read_factors(model, *ids)
    # 9 (2 x + 0.5) + 1 = 18 x + 5.5
    assert factors.mean == 5.5 + 18
    assert type(factors.mean) is float
    assert factors.user_bias.index.tolist() == factors.user_factors.index.tolist()
    assert factors.user_bias.index.tolist() == [9, 4, 7]
    assert factors.item_bias.index.tolist() == factors.item_factors.index.tolist()
    assert factors.item_bias.index.tolist() == ["a", "c", "b", "d"]
    assert factors.user_bias.name == factors.item_bias.name == "bias"
    assert factors.user_bias.tolist() == [-9, 9, 0]
    assert factors.user_factors.to_numpy().tolist() == [[-18, -36], [18, 0], [0, 36]]
    assert factors.item_factors.to_numpy().tolist() == [[1, 2], [0, 1], [-1, 1], [0, 0]]
    assert factors.item_bias.tolist() == [4.5 + 108, 9 + 36, 0, 36]
    assert factors.scale == (1, 10)


@pytest.mark.parametrize(
    ("head", "predicts"),
    [
        (layers.Activation("sigmoid"), "0.982"),
        (layers.Dense(1, kernel_initializer="ones", bias_initializer="ones"), "5"),
        (lambda x: x * x, "16"),
    ],
)
def test_a_model_that_makes_something_else_of_its_tables_is_refused(head, predicts):
    message = f"the model predicts {predicts}.* where its tables give 4: it is not a d"
    with pytest.raises(ValueError, match=message):
        read_factors(named_model(head=head), USERS, ITEMS)


class Lying:
    """A model that predicts with other weights than it shows of one layer."""

    def __init__(self, name, weights):
        self.model, self.inputs = named_model(), named_model().inputs
        layer = SimpleNamespace(name=name, get_weights=lambda: [np.array(weights)])
        self.layers = [one for one in self.model.layers if one.name != name] + [layer]

    def __call__(self, rows):
        return self.model(rows)


class Crossed:
    """A model that takes the rows of users in the tables of items, and vice versa."""

    def __init__(self):
        draw = keras.initializers.RandomUniform(0.5, 2)
        self.model = dot_product_model(4, 4, 2, initializer=draw, seed=0)
        self.layers, self.inputs = self.model.layers, self.model.inputs

    def __call__(self, rows):
        return self.model(rows[::-1])


def test_a_model_that_takes_users_for_items_is_refused():
    # for row k of both it predicts what the tables say
    with pytest.raises(ValueError, match=r"where its tables give .*: it is not a dot"):
        read_factors(Crossed(), ITEMS, ITEMS)


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize(
    ("name", "n"), [("user_in_bias_table", 3), ("item_in_bias_table", 4)]
)
def test_every_user_and_every_item_of_a_small_model_is_compared(name, n, row):
    weights = np.ones((n, 1))
    weights[row % n] = 1.1
    with pytest.raises(ValueError, match=r"predicts 4 where its tables give 4\.1"):
        read_factors(Lying(name, weights), USERS, ITEMS)
    small = Lying(name, 1 + (weights - 1) / 100)  # rounding, in half precision
    assert read_factors(small, USERS, ITEMS).mean > 0.9


def test_a_model_whose_training_came_to_nothing_is_refused():
    model = named_model()
    model.get_layer("user_in_table").set_weights([np.full((3, 2), np.nan)])
    with pytest.raises(ValueError, match="row 15 of user_factors has NaN or infinity"):
        read_factors(model, USERS, ITEMS)


def test_a_model_without_such_layers_is_refused():
    message = r"the model has no layer 'user_in_bias_table'; it has \['u', "
    with pytest.raises(ValueError, match=message):
        read_factors(named_model(user="u"), USERS, ITEMS)


def test_a_model_with_another_input_is_refused():
    model = named_model()
    mood = keras.Input((1,), name="mood")
    model = keras.Model([*model.inputs, mood], layers.Add()([model.output, mood]))
    message = r"the model has the inputs \['user_in', 'item_in', 'mood'\], not user_in"
    with pytest.raises(ValueError, match=message):
        read_factors(model, USERS, ITEMS)


def test_as_many_ids_as_rows():
    for ids, message in [
        ((IdMap([1, 2]), ITEMS), "'user_in_bias_table' has 3 rows for 2 ids"),
        ((USERS, IdMap([1, 2, 3, 4, 5])), "'item_in_bias_table' has 4 rows for 5 ids"),
    ]:
        with pytest.raises(ValueError, match=message):
            read_factors(named_model(), *ids)


# Neighbours --------------------------------------------------------------------------

FACTORS = pd.DataFrame(
    [[3, 4], [6, 8], [4, 3], [-3, -4], [0, 2], [-4, 3]],
    index=[20, 70, 50, 10, 40, 30],
    dtype="float64",
)


def test_neighbours_by_hand():
    answer = neighbours(FACTORS, 20)
    by_hand = {70: 1, 50: 24 / 25, 40: 8 / 10, 30: 0, 10: -1}
    assert answer.index.tolist() == list(by_hand)
    assert answer.tolist() == pytest.approx(list(by_hand.values()), abs=1e-12)
    assert answer.dtype == "float64"
    assert neighbours(FACTORS, 20, 2).index.tolist() == [70, 50]
    for item in (np.int8(20), 20.0, np.array(20)):
        assert neighbours(FACTORS, item, np.int64(1)).index.tolist() == [70]
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(15, 3)))
    assert [len(neighbours(many, 4, *n)) for n in [(), (99,)]] == [10, 14]


def test_neighbours_among_some():
    for among in ([10, 40, 20, 40], {10, 40}, pd.Index([40, 10]), np.array([10, 40])):
        assert neighbours(FACTORS, 20, among=among).index.tolist() == [40, 10]
    # the item itself need not be among them, and asks all of them
    assert neighbours(FACTORS, 30, 1, among=[20]).to_dict() == {20: 0}


def test_more_than_sixteen_equal_cosines_come_by_ascending_id():
    # a sort that is not stable mixes them from the seventeenth on
    ids = 7 * np.random.default_rng(0).permutation(300)
    same = pd.DataFrame([[1, 0], [0, 1], [1, 1]] * 100, index=ids)
    cosines = pd.Series([1, 0, 0.5**0.5] * 100, index=ids)[1:]
    expected = sorted(cosines.index, key=lambda item: (-cosines[item], item))
    answer = neighbours(same, ids[0], 299)
    assert answer.index.tolist() == expected
    assert answer.name == "cosine"
    text = neighbours(same.rename(index=str), str(ids[0]), 99)
    assert text.index.tolist() == sorted(map(str, expected[:99]))


@pytest.mark.parametrize("seed", range(3))
def test_rounding_makes_no_cosine_above_1(seed):
    # vectors that all point the same way: many come out as 1.0000000000000002
    direction = np.random.default_rng(seed).normal(size=2 + seed)
    same = pd.DataFrame(np.arange(1, 300)[:, None] * direction)
    for sign in (1, -1):
        same.iloc[1:] *= sign
        cosines = neighbours(same, 0, 299)
        np.testing.assert_allclose(cosines, sign)
        assert cosines.between(-1, 1).all()


@st.composite
def factor_tables(draw):
    n_items, n_factors = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    table = rng.normal(size=(n_items, n_factors))
    return pd.DataFrame(table, index=10 * rng.permutation(n_items) + 3)


@given(factor_tables(), st.data())
def test_neighbours_equal_a_slow_loop(factors, data):
    item = data.draw(st.sampled_from(factors.index.tolist()))
    n = data.draw(st.integers(1, 9))
    answer = neighbours(factors, item, n)
    slow = {}
    for other in factors.index:
        if other != item:
            a, b = factors.loc[item].tolist(), factors.loc[other].tolist()
            dot = sum(x * y for x, y in zip(a, b, strict=True))
            lengths = sum(x * x for x in a) * sum(y * y for y in b)
            slow[other] = dot / lengths**0.5
    nearest = sorted(slow, key=lambda i: (round(-slow[i], 9), i))[:n]
    assert answer.tolist() == pytest.approx([slow[i] for i in nearest], abs=1e-9)
    assert answer.to_dict() == pytest.approx({i: slow[i] for i in answer.index})
    assert answer.is_monotonic_decreasing


def test_unknown_ids_are_refused():
    for item, among, unknown in [
        (99, [70], r"\[99\]"),
        (20, [70, *range(100, 109)], r"\[100, 101, 102, 103, 104\]$"),
    ]:
        with pytest.raises(ValueError, match=f"factors has no row for {unknown}"):
            neighbours(FACTORS, item, among=among)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (FACTORS.astype(str), "factors: column 0 holds str, not numbers"),
        (FACTORS > 3, "factors: column 0 holds bool, not numbers"),
        (FACTORS.astype({1: "datetime64[s]"}), "column 1 holds datetime64"),
        (FACTORS.replace(2.0, np.inf), "row 40 of factors has NaN or infinity"),
    ],
)
def test_factors_are_a_table_of_numbers(bad, message):
    with pytest.raises(ValueError, match=message):
        neighbours(bad, 20)


def test_factors_in_other_types_of_numbers_are_served():
    expected = neighbours(FACTORS, 20)
    for dtype in ("float32", "int16", "Int64", "object", "float64[pyarrow]"):
        answer = neighbours(FACTORS.astype(dtype), 20)
        pd.testing.assert_series_equal(answer, expected)


def test_an_item_that_points_nowhere_has_no_neighbours_and_is_none():
    holed = FACTORS.copy()
    holed.loc[40] = 0
    with pytest.raises(ValueError, match="the factors of 40 are all zero"):
        neighbours(holed, 40)
    expected = neighbours(FACTORS, 20, len(FACTORS)).drop(40)
    pd.testing.assert_series_equal(neighbours(holed, 20, len(FACTORS)), expected)
    for among in ([40], [], [20, 20]):
        with pytest.raises(ValueError, match="there is no other item to choose from"):
            neighbours(holed, 20, among=among)


def test_an_item_that_occurs_twice_is_refused():
    with pytest.raises(ValueError, match="factors has 10 twice"):
        neighbours(pd.concat([FACTORS, FACTORS.loc[[10]]]), 20)


@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
def test_the_parts_of_a_product_make_the_product(seed, n, m, k):
    rng = np.random.default_rng(seed)
    P, Q = rng.normal(size=(n, k)), rng.normal(size=(m, k))
    left, lengths, right = product_svd(P, Q)
    np.testing.assert_allclose((left * lengths) @ right.T, P @ Q.T, atol=1e-9)
    assert (np.diff(lengths) <= 0).all()
    assert (lengths >= 0).all()
    for side in (left, right):
        np.testing.assert_allclose(side.T @ side, np.eye(side.shape[1]), atol=1e-9)


# Pairs -------------------------------------------------------------------------------

MODEL = Factors(
    3.0,
    pd.Series({1: 0.5, 2: -0.5}, name="bias"),
    pd.Series({7: 1.0, 5: -1.0, 9: 0.25}, name="bias"),
    pd.DataFrame([[1.0, 2.0], [0.0, -1.0]], index=[1, 2]),
    pd.DataFrame([[1.0, 0.0], [0.0, 1.0], [2.0, 0.5]], index=[7, 5, 9]),
)


def test_pairs_by_hand():
    answer = MODEL.predict([1, 2, 1], [5, 9, 7])
    # 3 + 0.5 - 1 + 2,  3 - 0.5 + 0.25 - 0.5,  3 + 0.5 + 1 + 1
    assert answer.tolist() == [4.5, 2.25, 5.5]
    assert answer.dtype == "float64"


def test_one_user_and_many_items_or_the_other_way_round():
    assert MODEL.predict(1, [5, 7]).tolist() == [4.5, 5.5]
    assert MODEL.predict([1, 2], 7).tolist() == [5.5, 3.5]
    assert MODEL.predict(1, 7).tolist() == [5.5]
    assert MODEL.predict(np.array(1), np.array([7])).tolist() == [5.5]
    assert MODEL.predict([], []).tolist() == []


def test_predictions_stay_on_the_scale_that_is_known():
    narrow = replace(MODEL, scale=(2.5, 5.0))
    assert narrow.predict([1, 2, 1], [5, 9, 7]).tolist() == [4.5, 2.5, 5.0]
    assert narrow.predict([1, 2], [7, 9], clip=False).tolist() == [5.5, 2.25]


def test_an_unknown_id_gets_what_is_known_of_the_other_side():
    answer = MODEL.predict([99, 1, 99], [7, 88, 88], unknown="average")
    # the average user: 0 and (0.5, 0.5); the average item: 1/12 and (1, 0.5)
    expected = [3 + 1 + 0.5, 3 + 0.5 + 1 / 12 + 1 + 1, 3 + 1 / 12 + 0.5 + 0.25]
    assert answer.tolist() == pytest.approx(expected)
    assert MODEL.predict(1, 7, unknown="average").tolist() == [5.5]


def test_pairs_that_cannot_be_predicted_are_refused():
    for users, items, message in [
        ([1, 3], 7, r"there is no user \[3\]: fold their ratings in, or use unk"),
        (1, range(20, 40), r"there is no item \[20, 21, 22, 23, 24\] \(unknown='av"),
        ([1, 2, 1], [7, 5], "3 users, but 2 items"),
    ]:
        with pytest.raises(ValueError, match=f"^{message}"):
            MODEL.predict(users, items)


# The fields --------------------------------------------------------------------------


def test_the_fields_are_brought_to_one_order_and_to_float64():
    mixed = replace(
        MODEL,
        user_bias=MODEL.user_bias.astype("float32"),
        user_factors=MODEL.user_factors[::-1],
        item_factors=MODEL.item_factors[::-1].astype("float32"),
        scale=[1, 5],
    )
    pd.testing.assert_frame_equal(mixed.item_factors, MODEL.item_factors)
    pd.testing.assert_frame_equal(mixed.user_factors, MODEL.user_factors)
    pd.testing.assert_series_equal(mixed.user_bias, MODEL.user_bias)
    assert mixed.scale == (1.0, 5.0)
    with pytest.raises(AttributeError):
        mixed.mean = 3


def test_without_users_there_is_nobody_but_strangers():
    items = replace(MODEL, user_bias=None, user_factors=None)
    assert items.user_factors.shape == (0, 2)
    assert items.predict(99, [7, 5], unknown="average").tolist() == [4, 2]
    with pytest.raises(ValueError, match=r"there is no user \[1\]"):
        items.taste(1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"user_bias": None}, "user_bias must be a Series and user_factors a DataFr"),
        ({"item_bias": MODEL.item_bias.set_axis([7, 5, 5])}, "one item is there twice"),
        ({"item_factors": MODEL.item_factors[:2]}, "item_bias and item_factors must h"),
        ({"user_factors": MODEL.user_factors[[0]]}, "a user has 1 factors, but an it"),
    ],
)
def test_fields_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(MODEL, **changes)


# The taste of a user -----------------------------------------------------------------


def test_the_taste_of_a_user_is_their_row():
    bias, factors = MODEL.taste(2)
    assert (bias, factors.tolist()) == (-0.5, [0.0, -1.0])
    assert type(bias) is float
    assert MODEL.scores((bias, factors)).to_dict() == {7: 3.5, 5: 0.5, 9: 2.25}
    factors[0] = 9  # the model stays
    assert MODEL.taste(2).factors.tolist() == [0, -1]
    with pytest.raises(ValueError, match=r"there is no user \[0\]: fold"):
        MODEL.taste(0)


def test_what_is_not_a_taste_is_refused():
    for taste, message in [
        ((0.5, [1.0]), "the taste has 1 factors, an item 2$"),
        ((0.5, 1.0), "the factors of the taste must be a list, array or Series, not 1"),
        ((np.nan, [1.0, 2.0]), "the bias of the taste: 1 of 1 values are missing"),
        ((0.5,), "taste must be a bias and factors, not .0.5"),
    ]:
        with pytest.raises(ValueError, match=f"^{message}"):
            MODEL.scores(taste)
