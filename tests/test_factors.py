"""collab/inside.py: a fitted model → tables by raw id, neighbours, a 2-D map."""

from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.ids import IdMap
from collab.inside import (
    Tables,
    align,
    find_title,
    find_titles,
    map_2d,
    neighbours,
    read_tables,
)
from collab.models import dot_product_model

USERS, MOVIES = IdMap([15, 4, 99]), IdMap([50, 7, 260, 1])

# Tables ------------------------------------------------------------------------------


def wide(mean, seed=0):
    """A model whose tables are all far from zero, and from a mean of zero."""
    draw = keras.initializers.RandomUniform(0.5, 2)
    return dot_product_model(3, 4, 2, initializer=draw, seed=seed, mean=mean)


def all_pairs(model):
    users, movies = np.divmod(np.arange(12), 4)
    return model([users, movies]).numpy().reshape(3, 4)


@pytest.mark.parametrize("mean", [None, 0, 3.5])
def test_the_tables_predict_what_the_model_predicts(mean):
    model = wide(mean)
    tables = read_tables(model, USERS, MOVIES)
    expected = all_pairs(model)
    assert np.ptp(expected) > 0.5
    for u, user in enumerate(USERS.ids):
        for m, movie in enumerate(MOVIES.ids):
            stars = tables.mean + tables.user_bias[user] + tables.item_bias[movie]
            stars += tables.user_factors.loc[user] @ tables.item_factors.loc[movie]
            assert stars == pytest.approx(expected[u, m], abs=1e-5)


def test_the_average_user_is_zero():
    tables = read_tables(wide(3.5), USERS, MOVIES)
    assert tables.user_bias.mean() == pytest.approx(0, abs=1e-12)
    assert tables.user_factors.mean().tolist() == pytest.approx([0, 0], abs=1e-12)
    assert np.abs(tables.user_factors).to_numpy().max() > 0.1
    assert tables.user_bias.abs().max() > 0.1


def test_without_factors_of_their_own_users_leave_mean_plus_item_bias():
    # what the average user thinks of a movie is the mean prediction for it
    model = wide(3.5)
    tables = read_tables(model, USERS, MOVIES)
    expected = all_pairs(model).mean(axis=0)
    np.testing.assert_allclose(tables.mean + tables.item_bias, expected, atol=1e-5)
    assert tables.mean > 3.9  # the users' biases are above 0.5


def test_tables_by_hand():
    model = dot_product_model(2, 3, 2, mean=3.0)
    for name, values in [
        ("user_in_table", [[1, 0], [3, 2]]),  # their mean is (2, 1)
        ("movie_in_table", [[1, 2], [0, 1], [-1, 1]]),
        ("user_in_bias_table", [[0.5], [1.5]]),  # their mean is 1
        ("movie_in_bias_table", [[0.25], [0.5], [0]]),
    ]:
        model.get_layer(name).set_weights([np.array(values)])
    tables = read_tables(
        model, SimpleNamespace(ids=[9, 4]), SimpleNamespace(ids=["a", "c", "b"])
    )
    assert isinstance(tables, Tables)
    assert type(tables.mean) is float
    assert tables.mean == 4
    assert tables.user_bias.to_dict() == {9: -0.5, 4: 0.5}
    assert tables.item_bias.to_dict() == {"a": 4.25, "c": 1.5, "b": -1}
    assert tables.user_factors.index.tolist() == [9, 4]
    assert tables.user_factors.to_numpy().tolist() == [[-1, -1], [1, 1]]
    assert tables.item_factors.index.tolist() == ["a", "c", "b"]
    assert tables.item_factors.to_numpy().tolist() == [[1, 2], [0, 1], [-1, 1]]
    dtypes = [tables.user_bias.dtype, tables.item_bias.dtype]
    dtypes += [*tables.user_factors.dtypes, *tables.item_factors.dtypes]
    assert {str(dtype) for dtype in dtypes} == {"float64"}


def fake_model(n_users=3, n_movies=4, user="user_in", movie="movie_in"):
    """The least that `read_tables` asks of a model."""
    weights = {
        f"{side}{kind}": [np.ones((n, width), "float32")]
        for side, n in [(user, n_users), (movie, n_movies)]
        for kind, width in [("_table", 2), ("_bias_table", 1)]
    }
    layers = {
        name: SimpleNamespace(name=name, get_weights=lambda w=w: w)
        for name, w in weights.items()
    }
    return SimpleNamespace(layers=list(layers.values()), get_layer=layers.get)


def test_the_inputs_may_have_other_names():
    tables = read_tables(
        fake_model(user="u", movie="i"), USERS, MOVIES, user="u", item="i"
    )
    assert tables.mean == 1
    assert tables.item_bias.tolist() == [3] * 4  # 1 + (1, 1) · (1, 1)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ({"user": "userId"}, "userId_bias_table"),
        ({"item": "item_in"}, "item_in_bias_table"),
    ],
)
def test_a_model_without_such_layers_is_refused(names, missing):
    message = rf"the model has no layer '{missing}'; it has \['user_in_table', "
    with pytest.raises(ValueError, match=message):
        read_tables(fake_model(), USERS, MOVIES, **names)


def test_a_model_without_one_of_the_tables_is_refused():
    model = fake_model()
    model.layers = model.layers[1:]
    with pytest.raises(ValueError, match="the model has no layer 'user_in_table'"):
        read_tables(model, USERS, MOVIES)


def test_as_many_ids_as_rows():
    for model, ids, message in [
        (
            fake_model(n_users=2),
            (USERS, MOVIES),
            "'user_in_bias_table' has 2 rows for 3",
        ),
        (
            fake_model(n_movies=5),
            (USERS, MOVIES),
            "'movie_in_bias_table' has 5 rows for",
        ),
        (fake_model(), (MOVIES, USERS), "'user_in_bias_table' has 3 rows for 4 ids"),
    ]:
        with pytest.raises(ValueError, match=message):
            read_tables(model, *ids)


# Titles ------------------------------------------------------------------------------

TITLES = pd.Series(
    {
        260: "Star Wars (1977)",
        7: "Heat (1995)",
        1: "Toy Story (1995)",
        3: "Heat",
        50: "STAR TREK",
    }
)


def test_titles_are_found_by_a_part_in_any_case():
    assert list(find_titles(TITLES, "star").items()) == [
        (260, "Star Wars (1977)"),
        (50, "STAR TREK"),
    ]
    assert find_titles(TITLES, " STORY ").index.tolist() == [1]
    assert find_titles(TITLES, 1995).index.tolist() == [7, 1]


def test_a_part_is_plain_text_and_no_pattern():
    assert find_titles(TITLES, "(1995)").index.tolist() == [7, 1]
    assert len(find_titles(TITLES, "(")) == 3
    for pattern in ("H.at", "Heat|Toy", "^Star", "[1"):
        with pytest.raises(ValueError, match="no title contains"):
            find_titles(TITLES, pattern)


def test_a_missing_title_is_not_found():
    for dtype in ("str", "object"):
        holed = TITLES.astype(dtype)
        holed[7] = None
        assert find_titles(holed, "heat").index.tolist() == [3]


def test_the_one_title_is_found_by_a_part_or_by_the_whole():
    assert find_title(TITLES, "trek") == 50
    assert find_title(TITLES, "heat (") == 7
    assert find_title(TITLES, " heat ") == 3  # the whole title, though 7 contains it


def test_several_titles_are_an_error_that_lists_some():
    with pytest.raises(ValueError, match=r"2 titles contain 'star': \['Star Wars \(19"):
        find_title(TITLES, "star")
    many = pd.Series([f"part {k}" for k in range(9)])
    with pytest.raises(ValueError, match=r"^9 titles .* 'part 4'\]; write more of the"):
        find_title(many, "PART")
    with pytest.raises(ValueError, match=r"^2 titles contain 'heat'"):
        find_title(pd.Series(["Heat", "heat"]), "heat")


@pytest.mark.parametrize("part", ["", "  ", "casablanca", None])
def test_no_title_is_an_error_that_names_the_part(part):
    for find in (find_titles, find_title):
        with pytest.raises(
            ValueError, match=f"no title contains '{str(part).strip()}'"
        ):
            find(TITLES, part)


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
    assert neighbours(FACTORS, 20, np.int64(1)).index.tolist() == [70]


def test_neighbours_among_some():
    for among in ([10, 40, 20, 40], {10, 40}, pd.Index([40, 10]), np.array([10, 40])):
        assert neighbours(FACTORS, 20, among=among).index.tolist() == [40, 10]
    # the item itself need not be among them, and asks all of them
    assert neighbours(FACTORS, 30, 1, among=[20]).to_dict() == {20: 0}


def test_ten_neighbours_unless_told():
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(15, 3)))
    assert len(neighbours(many, 4)) == 10
    assert len(neighbours(many, 4, 99)) == 14


def test_equal_cosines_come_by_ascending_id():
    same = pd.DataFrame([[1, 0], [0, 1], [0, 2], [0, 4]], index=[9, 8, 2, 5])
    assert neighbours(same, 9).index.tolist() == [2, 5, 8]
    assert neighbours(same, 2, 1).index.tolist() == [5]
    assert neighbours(same.rename(index=str), "9", 2).index.tolist() == ["2", "5"]


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
    assert [round(answer[i], 9) for i in answer.index] == [
        round(slow[i], 9) for i in nearest
    ]
    assert answer.to_dict() == pytest.approx({i: slow[i] for i in answer.index})
    assert answer.is_monotonic_decreasing
    assert answer.between(-1, 1).all()


@given(factor_tables(), st.randoms(), st.floats(0.1, 10))
def test_cosines_ignore_the_order_of_rows_the_lengths_and_a_rotation(
    factors, random, length
):
    item = factors.index[0]
    expected = neighbours(factors, item).sort_index()
    mixed = factors.iloc[random.sample(range(len(factors)), len(factors))]
    lengths = np.linspace(length, 1, len(factors))[:, None]
    for other in (mixed, factors * lengths, factors @ rotation(factors.shape[1])):
        answer = neighbours(other, item).sort_index()
        pd.testing.assert_series_equal(answer, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("item", "among", "unknown"),
    [
        (99, None, r"\[99\]"),
        ("20", None, r"\['20'\]"),
        (20, [70, 99, 98, "70"], r"\[99, 98, '70'\]"),
        (99, [99, 70], r"\[99\]"),
        (20, list(range(100, 109)), r"\[100, 101, 102, 103, 104\]$"),
    ],
)
def test_unknown_ids_are_refused(item, among, unknown):
    with pytest.raises(ValueError, match=f"factors has no row for {unknown}"):
        neighbours(FACTORS, item, among=among)


@pytest.mark.parametrize("among", [[], [20], [20, 20]])
def test_nobody_to_choose_from_is_an_error(among):
    with pytest.raises(ValueError, match="there is no other item to choose from"):
        neighbours(FACTORS, 20, among=among)


def test_an_item_that_points_nowhere_is_refused():
    holed = FACTORS.copy()
    holed.loc[40] = 0
    message = "the factors of 40 are all zero"
    with pytest.raises(ValueError, match=message):
        neighbours(holed, 40)
    with pytest.raises(ValueError, match=message):
        neighbours(holed, 20)
    assert len(neighbours(holed, 20, among=[10, 50])) == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_factors_that_are_no_numbers_are_refused(bad):
    holed = FACTORS.copy()
    holed.iloc[4, 1] = bad
    for item in (20, 40):
        with pytest.raises(ValueError, match="row 40 of factors has NaN or infinity"):
            neighbours(holed, item)


def test_an_item_that_occurs_twice_is_refused():
    for item in (20, 10):
        with pytest.raises(ValueError, match="factors has 10 twice"):
            neighbours(pd.concat([FACTORS, FACTORS.loc[[10]]]), item)


@pytest.mark.parametrize("n", [0, -1])
def test_at_least_one_neighbour(n):
    with pytest.raises(ValueError, match=f"^n must be 1 or more, not {n}"):
        neighbours(FACTORS, 20, n)


@pytest.mark.parametrize("n", [True, 1.0, "1", None])
def test_the_number_of_neighbours_must_be_a_whole_number(n):
    with pytest.raises(TypeError, match=f"^n must be a whole number, not '?{n}"):
        neighbours(FACTORS, 20, n)


# The map -----------------------------------------------------------------------------


def rotation(n, seed=0):
    """A random orthogonal matrix, n × n."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]


def two_tables(seed, n_users=9, n_items=7, n_factors=4):
    rng = np.random.default_rng(seed)
    spread = 2.0 ** -np.arange(n_factors)  # directions of clearly different lengths
    users = rng.normal(size=(n_users, n_factors)) * spread + 1
    items = rng.normal(size=(n_items, n_factors)) + 0.5
    return pd.DataFrame(users), pd.DataFrame(items, index=3 * np.arange(n_items) + 5)


def test_a_map_by_hand():
    # Two users at right angles: the first factor weighs 3 stars, the second 1.
    users = pd.DataFrame([[3.0, 0.0], [0.0, 1.0]])
    items = pd.DataFrame([[2, 0], [-2, 0], [0, 1], [0, -1]], index=[7, 5, 9, 8])
    places, share = map_2d(users, items)
    # root mean square over two users: 6 / √2, 1 / √2
    r = 2**-0.5
    expected = [[6 * r, 0], [-6 * r, 0], [0, r], [0, -r]]
    np.testing.assert_allclose(places, expected, atol=1e-12)
    assert places.index.tolist() == [7, 5, 9, 8]
    assert places.columns.tolist() == ["x", "y"]
    assert share == pytest.approx(1)


def test_the_share_of_two_directions_of_three_by_hand():
    users = pd.DataFrame(np.diag([3.0, 2.0, 1.0]))
    items = pd.DataFrame(np.vstack([np.eye(3), -np.eye(3)]))
    places, share = map_2d(users, items)
    assert share == pytest.approx((9 + 4) / (9 + 4 + 1))
    np.testing.assert_allclose(
        (places**2).mean(), np.array([18, 8]) / 3 / 6, atol=1e-12
    )


def test_only_what_differs_between_the_items_is_on_the_map():
    users = pd.DataFrame([[3.0, 0.0], [0.0, 1.0]])
    items = pd.DataFrame([[2, 0], [-2, 0], [0, 1], [0, -1]])
    places, share = map_2d(users, items)
    moved, same = map_2d(users, items + np.array([10, -20]))
    np.testing.assert_allclose(moved, places, atol=1e-12)
    assert same == pytest.approx(share)


def test_a_third_item_shows_what_the_middle_is():
    # One factor: 0, 0 and 3 stars for a user of 1 and of 7 (RMS 5) → −5, −5, 10
    places, share = map_2d(pd.DataFrame([[1.0], [7.0]]), pd.DataFrame([[0], [0], [3]]))
    np.testing.assert_allclose(places["x"], [-5, -5, 10])
    np.testing.assert_allclose(places["y"], 0, atol=1e-12)
    assert share == pytest.approx(1)


seeds = st.integers(0, 1000)


@given(seeds)
def test_the_map_has_mean_0_a_larger_x_and_its_far_items_on_the_positive_side(seed):
    places, share = map_2d(*two_tables(seed))
    np.testing.assert_allclose(places.mean(), 0, atol=1e-12)
    assert places["x"].std() > places["y"].std() > 0.01
    for column in ("x", "y"):
        assert places[column].max() == places[column].abs().max()
    assert 0 < share <= 1
    assert share > 0.5


@given(seeds)
def test_a_rotation_of_both_tables_leaves_the_map_as_it_is(seed):
    users, items = two_tables(seed)
    places, share = map_2d(users, items)
    turn = rotation(4, seed)
    again, same = map_2d(users @ turn, items @ turn)
    np.testing.assert_allclose(again, places, atol=1e-9)
    assert same == pytest.approx(share)


@given(seeds, st.randoms())
def test_the_order_of_users_and_items_does_not_matter(seed, random):
    users, items = two_tables(seed)
    places, share = map_2d(users, items)
    mixed = items.iloc[random.sample(range(len(items)), len(items))]
    again, same = map_2d(users[::-1], mixed)
    pd.testing.assert_frame_equal(again.loc[items.index], places, atol=1e-9)
    assert same == pytest.approx(share)


@given(seeds)
def test_no_other_two_directions_come_closer_to_the_stars(seed):
    # The map from the eigenvectors of the items' covariance, as an independent way.
    users, items = two_tables(seed)
    places, share = map_2d(users, items)
    stars = np.array([[u @ i for i in items.to_numpy()] for u in users.to_numpy()])
    centred = stars @ (np.eye(7) - 1 / 7)
    covariance = centred.T @ centred / len(stars)  # 7 items × 7 items
    values, vectors = np.linalg.eigh(covariance)
    assert share == pytest.approx(values[-2:].sum() / np.trace(covariance))
    for column, k in [("x", -1), ("y", -2)]:
        axis = vectors[:, k] * np.sqrt(values[k])
        axis = axis * np.sign(axis[np.abs(axis).argmax()])
        np.testing.assert_allclose(places[column], axis, atol=1e-9)


def test_of_two_items_equally_far_the_first_is_on_the_positive_side():
    users = pd.DataFrame([[3.0, 0.0], [0.0, 1.0]])
    items = pd.DataFrame([[2, 0], [-2, 0], [0, 1], [0, -1]], index=[7, 5, 9, 8])
    for order in ([7, 5, 9, 8], [5, 7, 8, 9]):
        places, _ = map_2d(users, items.loc[order])
        assert places.loc[order[0], "x"] > 0
        assert places.loc[order[2], "y"] > 0


def test_two_users_and_three_items_are_enough():
    places, share = map_2d(*two_tables(0, n_users=2, n_items=3))
    assert places.shape == (3, 2)
    assert share == pytest.approx(1)


@pytest.mark.parametrize(("n_users", "n_items"), [(1, 6), (5, 2), (0, 6), (5, 0)])
def test_too_few_rows_are_no_map(n_users, n_items):
    message = f"a map needs 2 users and 3 items, not {n_users} and {n_items}"
    with pytest.raises(ValueError, match=message):
        map_2d(*two_tables(0, n_users=n_users, n_items=n_items))


def test_a_map_needs_the_same_columns():
    users, items = two_tables(0)
    with pytest.raises(ValueError, match="user_factors has 3 columns, item_factors 4"):
        map_2d(users[[0, 1, 2]], items)
    with pytest.raises(ValueError, match="the same, in the same order"):
        map_2d(users[[1, 0, 2, 3]], items)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_map_of_no_numbers_is_refused(bad):
    users, items = two_tables(0)
    holed = users.copy()
    holed.iloc[3, 1] = bad
    with pytest.raises(ValueError, match="row 3 of user_factors has NaN or infinity"):
        map_2d(holed, items)
    items.iloc[2, 0] = bad
    with pytest.raises(ValueError, match="row 11 of item_factors has NaN or infinity"):
        map_2d(users, items)


def test_items_that_do_not_differ_are_no_map():
    users, items = two_tables(0)
    for same in (items * 0, items * 0 + [0.1, 0.7, -0.3, 0.9]):
        with pytest.raises(ValueError, match="the items are all alike to these users"):
            map_2d(users, same)
    with pytest.raises(ValueError, match="the items are all alike to these users"):
        map_2d(users * 0, items)


# Align -------------------------------------------------------------------------------


@given(seeds, st.integers(1, 4))
def test_a_turned_and_mirrored_table_comes_back_exactly(seed, n):
    _, reference = two_tables(seed, n_items=8, n_factors=n)
    turn = rotation(n, seed)
    mirror = np.diag([-1.0] + [1.0] * (n - 1))
    for matrix in (turn, turn @ mirror):
        turned = pd.DataFrame(reference.to_numpy() @ matrix, index=reference.index)
        back = align(turned, reference)
        pd.testing.assert_frame_equal(back, reference, atol=1e-9)
    assert np.linalg.det(turn) * np.linalg.det(turn @ mirror) == pytest.approx(-1)


def test_align_by_hand():
    places = pd.DataFrame({"x": [0.0, 2.0], "y": [1.0, 0.0]}, index=[7, 5])
    reference = pd.DataFrame({"x": [3.0, 0.0], "y": [0.0, 1.0]}, index=[7, 5])
    # x and y change places; nothing is stretched
    answer = align(places, reference)
    np.testing.assert_allclose(answer, [[1, 0], [0, 2]], atol=1e-12)
    assert answer.index.tolist() == [7, 5]
    assert answer.columns.tolist() == ["x", "y"]


@settings(max_examples=20)
@given(seeds)
def test_no_angle_comes_closer_than_align(seed):
    rng = np.random.default_rng(seed)
    places, reference = (pd.DataFrame(rng.normal(size=(6, 2))) for _ in range(2))
    best = ((align(places, reference) - reference) ** 2).to_numpy().sum()
    angles = np.linspace(0, 2 * np.pi, 721)
    c, s = np.cos(angles), np.sin(angles)
    turns = np.moveaxis(np.array([[[c, -s], [s, c]], [[c, s], [s, -c]]]), -1, 0)
    turned = places.to_numpy() @ turns  # angles × (turned, mirrored) × 6 × 2
    closest = ((turned - reference.to_numpy()) ** 2).sum(axis=(2, 3)).min()
    assert best <= closest + 1e-12
    assert best == pytest.approx(closest, abs=1e-2)


@given(seeds)
def test_align_changes_no_distance(seed):
    _, places = two_tables(seed)
    _, reference = two_tables(seed + 1)
    answer = align(places, reference)
    np.testing.assert_allclose(answer @ answer.T, places @ places.T, atol=1e-9)


def test_align_refuses_other_rows_columns_and_numbers():
    _, places = two_tables(0)
    message = r"places \(7, 4\) and reference \(7, 4\) must have the same rows and col"
    for other in (places[::-1], places.rename(columns=str), places[[1, 0, 2, 3]]):
        with pytest.raises(ValueError, match=message):
            align(places, other)
    with pytest.raises(ValueError, match=r"places \(7, 4\) and reference \(7, 3\)"):
        align(places, places[[0, 1, 2]])
    with pytest.raises(ValueError, match=r"places \(7, 4\) and reference \(6, 4\)"):
        align(places, places[:6])
    holed = places.copy()
    holed.iloc[2, 0] = np.nan
    with pytest.raises(ValueError, match="row 11 of places has NaN or infinity"):
        align(holed, places)
    with pytest.raises(ValueError, match="row 11 of reference has NaN or infinity"):
        align(places, holed)


@settings(max_examples=5)
@given(seeds)
def test_the_input_is_left_alone(seed):
    users, items = two_tables(seed)
    kept = users.copy(), items.copy(), TITLES.copy()
    map_2d(users, items)
    neighbours(items, 5, among=[8, 11])
    align(items, items * 2)
    find_title(TITLES, "trek")
    pd.testing.assert_frame_equal(users, kept[0])
    pd.testing.assert_frame_equal(items, kept[1])
    pd.testing.assert_series_equal(TITLES, kept[2])
