"""collab/ranking.py: who watched what → a model that ranks, and neighbours."""

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.ranking import item_similarities, ranking_model, watched

# Who watched what, by hand -----------------------------------------------------------

COLUMNS = ["user", "movie", "rating", "timestamp"]
ROWS = [
    (0, 3, 1.0, 40),
    (1, 0, 5.0, 9),
    (0, 1, 4.5, 10),
    (0, 2, 0.5, 30),
    (0, 0, 2, 20),
]


@pytest.fixture
def ratings():
    """User 0 watched 1, 0, 2, 3 in this order, user 1 movie 0; an index of its own."""
    return pd.DataFrame(ROWS, columns=COLUMNS).set_axis([7, 7, 3, 9, 1])


def test_whoever_rates_has_watched(ratings):
    table = watched(ratings, 3, 5)
    by_hand = [[1, 1, 1, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert table.tolist() == by_hand
    assert table.dtype == "float32"
    # without fade no time is needed
    assert watched(ratings[["user", "movie"]], 3, 5).tolist() == by_hand


def test_the_latest_counts_most(ratings):
    table = watched(ratings, 2, 4, fade=2.0)
    # parts of the history: latest 0, then 1/4, 2/4, 3/4 back
    e = np.exp(-2.0)
    np.testing.assert_allclose(
        table, [[e**0.5, e**0.75, e**0.25, 1], [1, 0, 0, 0]], rtol=1e-6
    )
    assert table.dtype == "float32"


def test_what_was_rated_halfway_back_counts_0_02_with_a_fade_of_8(ratings):
    table = watched(ratings, 2, 4, fade=8)
    assert table[0, 0] == pytest.approx(np.exp(-4)) == pytest.approx(0.02, abs=0.002)


def test_ratings_of_the_same_second_count_in_the_order_of_the_rows(ratings):
    same = ratings.assign(timestamp=5)  # movies 3, 1, 2, 0 of user 0, 0 being the last
    table = watched(same, 2, 4, fade=4.0)
    e = np.exp(-1)
    np.testing.assert_allclose(table[0], [1, e**2, e, e**3], rtol=1e-6)


def test_long_histories_of_the_same_second_keep_their_order_as_well():
    # so long that a sort which is not stable would mix them
    table = pd.DataFrame({"user": 0, "movie": range(200), "timestamp": [9, 5] * 100})
    answer = watched(table, 1, 200, fade=1.0)[0]
    order = [*range(1, 200, 2), *range(0, 200, 2)]  # those of second 5 first
    assert np.argsort(answer).tolist() == order


def test_columns_may_have_other_names(ratings):
    names = {"user": "u", "movie": "m", "timestamp": "t"}
    renamed = ratings.rename(columns=names)
    answer = watched(renamed, 2, 4, fade=2, user="u", item="m", time="t")
    assert answer.tolist() == watched(ratings, 2, 4, fade=2).tolist()


def test_small_and_nullable_integers_are_row_numbers(ratings):
    expected = watched(ratings, 2, 4, fade=2).tolist()
    for dtype in ("int8", "uint16", "Int64"):
        small = ratings.astype({"user": dtype, "movie": dtype, "timestamp": dtype})
        assert watched(small, np.int64(2), 4, fade=2).tolist() == expected
    dates = ratings.assign(timestamp=pd.to_datetime(ratings["timestamp"], unit="s"))
    assert watched(dates, 2, 4, fade=2).tolist() == expected


def test_no_ratings_are_a_table_of_zeros(ratings):
    for fade in (0, 2):
        assert watched(ratings[:0], 2, 3, fade=fade).tolist() == [[0] * 3] * 2


# Who watched what, properties and a slow loop ----------------------------------------


@st.composite
def histories(draw):
    pairs = st.tuples(st.integers(0, 4), st.integers(0, 5))
    rows = draw(st.lists(pairs, max_size=20, unique=True))
    times = draw(st.lists(st.integers(0, 6), min_size=len(rows), max_size=len(rows)))
    table = pd.DataFrame(rows, columns=["user", "movie"], dtype="int64")
    return table.assign(timestamp=times).set_axis(np.arange(len(rows))[::-1] // 2)


@given(histories(), st.sampled_from([0, 0.5, 8.0]))
def test_watched_equals_a_slow_loop(table, fade):
    slow = np.zeros((5, 6))
    for user in range(5):
        own = [
            (t, row, movie)
            for row, (u, movie, t) in enumerate(table.itertuples(index=False))
            if u == user
        ]
        for later, (_, _, movie) in enumerate(sorted(own, reverse=True)):
            slow[user, movie] = np.exp(-fade * later / len(own))
    np.testing.assert_allclose(watched(table, 5, 6, fade=fade), slow, rtol=1e-6)


@settings(max_examples=30)
@given(histories(), st.randoms())
def test_the_order_of_the_rows_does_not_matter_when_the_times_differ(table, random):
    table = table.assign(timestamp=range(len(table)))
    mixed = table.iloc[random.sample(range(len(table)), len(table))]
    for fade in (0, 3):
        expected = watched(table, 5, 6, fade=fade)
        assert watched(mixed, 5, 6, fade=fade).tolist() == expected.tolist()


# Who watched what, bad input ---------------------------------------------------------


@pytest.mark.parametrize("column", ["user", "movie", "timestamp"])
def test_a_missing_column_is_named(ratings, column):
    message = rf"ratings has no column '{column}'; it has \["
    with pytest.raises(ValueError, match=message):
        watched(ratings.drop(columns=column), 2, 4, fade=1)


@pytest.mark.parametrize("column", ["user", "movie", "timestamp"])
def test_missing_values_are_refused(ratings, column):
    holed = ratings.assign(**{column: ratings[column].where(ratings.index != 9)})
    with pytest.raises(ValueError, match=f"column '{column}' has missing values"):
        watched(holed, 2, 4, fade=1)
    if column == "timestamp":  # a column that is not used
        assert watched(holed, 2, 4).sum() == 5


@pytest.mark.parametrize(
    ("column", "value", "last"),
    [("user", -1, 1), ("user", 2, 1), ("movie", -1, 3), ("movie", 4, 3)],
)
def test_row_numbers_outside_the_table_are_refused(ratings, column, value, last):
    ratings.iloc[2, ratings.columns.get_loc(column)] = value
    message = f"column '{column}' has the value {value}; row numbers are 0 … {last}$"
    with pytest.raises(ValueError, match=message):
        watched(ratings, 2, 4)


@pytest.mark.parametrize("column", ["user", "movie"])
@pytest.mark.parametrize("dtype", ["float64", "str", "bool", "category"])
def test_only_integers_are_row_numbers(ratings, column, dtype):
    message = f"column '{column}' must hold row numbers, integers, not {dtype}"
    with pytest.raises(ValueError, match=message):
        watched(ratings.astype({column: dtype}), 2, 4)


def test_a_pair_that_occurs_twice_is_refused(ratings):
    again = pd.concat([ratings, ratings.iloc[[2]].assign(timestamp=99)])
    for fade in (0, 1):
        with pytest.raises(ValueError, match="user 0 watched item 1 twice"):
            watched(again, 2, 4, fade=fade)


@pytest.mark.parametrize("fade", [-1, -0.01, np.nan, np.inf])
def test_a_fade_must_be_0_or_more_and_finite(ratings, fade):
    with pytest.raises(
        ValueError, match=f"fade must be 0 or more and finite, .*{fade}"
    ):
        watched(ratings, 2, 4, fade=fade)


@pytest.mark.parametrize(
    ("sizes", "name", "value"), [((0, 4), "n_users", 0), ((2, -1), "n_items", -1)]
)
def test_the_table_has_a_size(ratings, sizes, name, value):
    with pytest.raises(ValueError, match=f"{name} must be 1 or more, not {value}"):
        watched(ratings[:0], *sizes)


@pytest.mark.parametrize("bad", [True, 4.0, "4", None])
def test_sizes_are_whole_numbers(ratings, bad):
    for sizes, name in [((bad, 4), "n_users"), ((4, bad), "n_items")]:
        message = f"^{name} must be a whole number, not '?{bad}"
        with pytest.raises(TypeError, match=message):
            watched(ratings, *sizes)
        with pytest.raises(TypeError, match=message):
            ranking_model(*sizes, counts=[1] * 4)
    with pytest.raises(TypeError, match=f"^n_factors must be a whole number, .*{bad}"):
        ranking_model(4, 4, bad, counts=[1] * 4)


# The model ---------------------------------------------------------------------------


def test_scores_by_hand():
    model = ranking_model(2, 3, 2, counts=[0, 0, 0])
    p = np.array([[1, 2], [-1, 0.5]])
    q = np.array([[1, 0, 3], [0, 1, -1]])  # factors × items
    model.get_layer("user_in_table").set_weights([p])
    model.get_layer("items").set_weights([q, np.array([0.25, 0.5, 0])])
    scores = model(np.array([1, 0, 1])).numpy()
    assert scores.dtype == "float32"
    second = [-1 + 0.25, 0.5 + 0.5, -3 - 0.5]
    assert scores.tolist() == [second, [1 + 0.25, 2 + 0.5, 3 - 2], second]


@pytest.fixture(scope="module")
def model():
    """30 users, 40 items with very different counts."""
    return ranking_model(30, 40, 8, counts=COUNTS, seed=3)


COUNTS = np.random.default_rng(0).permutation(3 ** np.arange(40) // 3)


def test_before_training_the_ranking_is_by_popularity(model):
    scores = model(np.arange(30)).numpy()
    by_count = np.argsort(-COUNTS.astype("float64"))
    assert (np.argsort(-scores, axis=1) == by_count).mean() > 0.9
    assert (np.argsort(-scores, axis=1)[:, :30] == by_count[:30]).all()
    expected = [np.log(float(count) + 1) for count in COUNTS]
    np.testing.assert_allclose(model.get_layer("items").bias, expected, rtol=1e-6)
    assert np.ptp(scores - expected, axis=0).min() > 1e-3  # users differ a little


def test_what_nobody_watched_starts_at_0():
    plain = ranking_model(2, 3, 2, counts=np.array([0, 1, 9], "uint8"))
    bias = plain.get_layer("items").bias.numpy()
    assert bias.tolist() == pytest.approx([0, np.log(2), np.log(10)])


def test_the_model_has_a_vector_per_user_and_item_and_a_bias_per_item(model):
    assert model.count_params() == 30 * 8 + 40 * 8 + 40
    assert not model.compiled
    assert model.name == "ranking_model"
    assert [inp.name for inp in model.inputs] == ["user_in"]
    assert model.inputs[0].dtype == "int64"
    assert tuple(model.inputs[0].shape) == (None,)
    assert tuple(model.outputs[0].shape) == (None, 40)
    names = ["user_in", "user_in_table", "dropout", "items"]
    assert [layer.name for layer in model.layers] == names
    shapes = [weights.shape for weights in model.get_weights()]
    assert shapes == [(30, 8), (8, 40), (40,)]


def test_200_factors_and_half_of_them_dropped_unless_told():
    default = ranking_model(2, 3, counts=[1, 2, 3])
    assert default.count_params() == (2 + 3) * 200 + 3
    assert default.get_layer("dropout").rate == 0.5


def test_the_first_factors_are_small_and_no_table_repeats_another(model):
    p, q, _ = model.get_weights()
    for table in (p, q):
        assert table.std() == pytest.approx(0.05, rel=0.15)
        assert table.mean() == pytest.approx(0, abs=0.01)
    assert not np.isin(p, q).any()
    assert abs(np.corrcoef(p.ravel()[:200], q.ravel()[:200])[0, 1]) < 0.2


def test_a_seed_makes_the_tables_and_the_dropout_reproducible():
    a, b, c = (
        ranking_model(4, 5, 30, counts=[1] * 5, seed=s) for s in (1, np.int64(1), 9)
    )
    for first, again, other in zip(
        a.get_weights()[:2], b.get_weights()[:2], c.get_weights()[:2], strict=True
    ):
        np.testing.assert_array_equal(first, again)
        assert not np.isin(first, other).any()
    users = np.arange(4)
    dropped = [m(users, training=True).numpy() for m in (a, b)]
    np.testing.assert_array_equal(*dropped)
    assert np.abs(dropped[0] - a(users).numpy()).max() > 1e-3


def test_without_a_seed_two_models_differ():
    a, b = (ranking_model(4, 5, 30, counts=[1] * 5).get_weights() for _ in range(2))
    for k in (0, 1):
        assert not np.isin(a[k], b[k]).any()
    assert not np.isin(a[0], a[1]).any()


@pytest.mark.parametrize("dropout", [0.25, 0])
def test_dropout_leaves_out_factors_in_training_and_none_afterwards(dropout):
    plain = ranking_model(3, 4, 400, counts=[0] * 4, dropout=dropout, seed=0)
    plain.get_layer("user_in_table").set_weights([np.ones((3, 400))])
    plain.get_layer("items").set_weights([np.ones((400, 4)), np.zeros(4)])
    users = np.arange(3)
    for _ in range(2):
        assert plain(users).numpy().tolist() == [[400] * 4] * 3
    scores = plain(users, training=True).numpy()
    kept = scores * (1 - dropout)  # the others are scaled up instead
    np.testing.assert_allclose(kept, kept.round(), atol=1e-2)
    # a user's factors are left out for all items at once
    assert np.ptp(scores, axis=1).max() < 1e-2
    assert kept.mean() / 400 == pytest.approx(1 - dropout, abs=0.05)
    assert (np.ptp(scores[:, 0]) > 0) == (dropout > 0)


def test_the_penalty_is_on_the_users_of_the_batch_and_on_the_items():
    small = ranking_model(5, 3, 2, counts=[1] * 3, reg=0.5, seed=0)
    users = np.array([4, 1, 4])
    small(users)
    p, q, _ = small.get_weights()
    of_users = 0.5 * sum(float(w) ** 2 for u in users for w in p[u]) / 3
    of_items = 0.5 / 5 * sum(float(w) ** 2 for w in q.ravel())
    assert min(of_users, of_items) > 1e-4
    assert sorted(map(float, small.losses)) == pytest.approx(
        sorted([of_users, of_items]), rel=1e-5
    )


def test_the_penalty_is_0_03_unless_told():
    small = ranking_model(5, 3, 2, counts=[1] * 3)
    small.get_layer("user_in_table").set_weights([np.ones((5, 2))])
    small.get_layer("items").set_weights([np.ones((2, 3)), np.ones(3)])
    small(np.array([0, 1]))
    assert sorted(map(float, small.losses)) == pytest.approx([0.036, 0.06], rel=1e-5)


def test_a_few_steps_with_a_softmax_loss_rank_what_was_watched_first():
    taste = np.kron(np.eye(2), np.ones((3, 4))).astype("float32")  # two kinds of users
    model = ranking_model(6, 8, 4, counts=taste.sum(axis=0), reg=0, dropout=0, seed=0)
    before = model(np.arange(6)).numpy()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss=loss, run_eagerly=True)
    for _ in range(30):
        model.train_on_batch(np.arange(6), taste / 4)
    after = model(np.arange(6)).numpy()
    assert np.ptp(before) < 0.1
    assert after[taste == 1].min() > after[taste == 0].max() + 1


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2], r"counts must have the shape \(3,\), not \(2,\)"),
        ([[1, 2, 3]], r"counts must have the shape \(3,\), not \(1, 3\)"),
        (5, r"counts must have the shape \(3,\), not \(\)"),
        ([1, -1, 3], r"counts must be 0 or more and finite, not -1"),
        ([1, 2, np.nan], r"counts must be 0 or more and finite, not nan"),
        ([1, np.inf, 2], r"counts must be 0 or more and finite, not inf"),
    ],
)
def test_bad_counts_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        ranking_model(2, 3, 2, counts=counts)


@pytest.mark.parametrize(
    ("sizes", "name", "value"),
    [
        ((0, 3, 2), "n_users", 0),
        ((2, -3, 2), "n_items", -3),
        ((2, 3, 0), "n_factors", 0),
    ],
)
def test_sizes_below_one_are_refused(sizes, name, value):
    with pytest.raises(ValueError, match=f"^{name} must be 1 or more, not {value}"):
        ranking_model(*sizes, counts=[1] * 3)


@pytest.mark.parametrize(
    ("name", "bad"),
    [("reg", -0.1), ("reg", np.nan)] + [("dropout", x) for x in (-0.1, 1, 1.5, np.nan)],
)
def test_a_negative_penalty_and_an_impossible_dropout_are_refused(name, bad):
    with pytest.raises(ValueError, match=f"{name}={bad}( must| from)"):
        ranking_model(2, 3, 2, counts=[1] * 3, **{name: bad})


@pytest.mark.parametrize("seed", [1.5, "1"])
def test_a_seed_that_is_no_integer_is_refused(seed):
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        ranking_model(2, 3, 2, counts=[1] * 3, seed=seed)


# Neighbours --------------------------------------------------------------------------

WATCHED = np.array([[1, 1, 0, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0]])
# watched by 4, 3, 1, 1; both: 0&1 3, 0&2 1, 0&3 1, 1&3 1


def test_similarities_by_hand():
    answer = item_similarities(WATCHED, damping=2)
    root = 3**0.5
    a, b = 3 / (2 * root + 2), 1 / (2 + 2)
    c = 1 / (root + 2)
    by_hand = [[0, a, b, b], [a, 0, 0, c], [b, 0, 0, 0], [b, c, 0, 0]]
    np.testing.assert_allclose(answer, by_hand, rtol=1e-6)
    assert answer.dtype == "float32"


def test_column_i_holds_the_neighbours_of_item_i():
    answer = item_similarities(WATCHED, 1, damping=0)
    a = 3 / 12**0.5
    # item 3 is nearer to 1 (1/√3) than to 0 (1/2), item 2 to 0; 0 and 1 to each other
    by_hand = [[0, a, 0.5, 0], [a, 0, 0, 3**-0.5], [0, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(answer, by_hand, rtol=1e-6)
    # a user who watched 3 is shown 3's neighbour, but not the other way round
    assert (np.array([0, 0, 0, 1]) @ answer).tolist() == answer[3].tolist()
    assert np.count_nonzero(answer, axis=0).tolist() == [1] * 4


def test_the_damping_is_10_and_100_are_kept_unless_told():
    default = item_similarities(WATCHED)
    assert default[0, 1] == pytest.approx(3 / (12**0.5 + 10))
    many = item_similarities(np.ones((2, 130)))
    assert np.count_nonzero(many) == 130 * 129  # all equally alike
    ranked = np.tril(np.ones((130, 130)))  # no two pairs are equally alike
    assert np.count_nonzero(item_similarities(ranked), axis=0).tolist() == [100] * 130


def test_who_is_equally_alike_at_the_border_is_kept():
    # items 1 and 2: √(1 · 4) and √(2 · 2) are the same, whatever order they come in
    table = np.zeros((9, 5))
    table[0, :] = 1  # one person watched all
    table[[1, 2, 3], 0] = 1  # 0: four
    table[[4], 1] = 1  # 1: two
    table[[5], 2] = 1  # 2: two
    table[[6, 7, 8], 4] = 1  # 4: four; 3: one
    answer = item_similarities(table, 1, damping=0)
    assert answer[:, 3].tolist() == pytest.approx([0, 0.5**0.5, 0.5**0.5, 0, 0])
    assert answer[:, 0].tolist() == pytest.approx([0, 0, 0, 0.5, 0])
    assert answer[:, 1].tolist() == pytest.approx([0, 0, 0, 0.5**0.5, 0])
    kept = item_similarities(table, 2, damping=0)[:, 1]
    assert kept.tolist() == pytest.approx([0, 0, 0.5, 0.5**0.5, 0])
    two = np.zeros((9, 4))
    two[0] = 1
    two[1, 0] = two[2, 1] = 1  # watched by 2, 2, 4 and 1
    two[3:6, 2] = 1
    same = item_similarities(two, damping=0)
    assert same[0, 1] == same[2, 3] == 0.5


def test_without_damping_nobody_is_more_than_alike():
    for n in (2, 3, 5, 7):
        answer = item_similarities(np.ones((n, 3)), damping=0)
        assert answer.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_what_nobody_watched_is_like_nothing():
    table = np.array([[1, 1, 0, 0], [1, 0, 0, 0]])
    for damping in (0, 10):
        answer = item_similarities(table, damping=damping)
        assert np.count_nonzero(answer) == 2
        assert np.isfinite(answer).all()
    assert item_similarities(table[:0], damping=0).tolist() == [[0] * 4] * 4


@st.composite
def watched_tables(draw):
    n_users, n_items = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    cells = draw(
        st.lists(st.booleans(), min_size=n_users * n_items, max_size=n_users * n_items)
    )
    return np.reshape(cells, (n_users, n_items))


def slow_similarities(table, n_neighbours, damping):
    n_users, n_items = table.shape
    answer = np.zeros((n_items, n_items))
    for i in range(n_items):
        alike = {}
        for j in range(n_items):
            both = sum(bool(table[u, i] and table[u, j]) for u in range(n_users))
            lengths = sum(map(bool, table[:, i])) * sum(map(bool, table[:, j]))
            if i != j and both:
                alike[j] = both / (lengths**0.5 + damping)
        best = sorted(alike.values(), reverse=True)[:n_neighbours]
        for j, value in alike.items():
            if value >= best[-1] - 1e-9:
                answer[j, i] = value
    return answer


@given(watched_tables(), st.integers(1, 7), st.sampled_from([0, 0.5, 10.0]))
def test_similarities_equal_a_slow_loop(table, n_neighbours, damping):
    answer = item_similarities(table, n_neighbours, damping=damping)
    expected = slow_similarities(table, n_neighbours, damping)
    np.testing.assert_allclose(answer, expected, rtol=1e-5)
    assert (answer >= 0).all()
    assert (answer <= 1).all()
    assert not answer.diagonal().any()


@given(watched_tables(), st.randoms())
def test_users_in_another_order_change_nothing_and_items_move_along(table, random):
    n_users, n_items = table.shape
    expected = item_similarities(table, 2, damping=1)
    users = random.sample(range(n_users), n_users)
    assert item_similarities(table[users], 2, damping=1).tolist() == expected.tolist()
    items = random.sample(range(n_items), n_items)
    moved = item_similarities(table[:, items], 2, damping=1)
    assert moved.tolist() == expected[items][:, items].tolist()


def test_any_kind_of_table_will_do():
    expected = item_similarities(WATCHED).tolist()
    for table in (
        WATCHED.tolist(),
        WATCHED > 0,
        pd.DataFrame(WATCHED, columns=list("abcd")),
    ):
        assert item_similarities(table).tolist() == expected


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4), ()])
def test_a_table_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        item_similarities(np.ones(shape))
    assert str(error.value) == f"watched must be users × items, not of shape {shape}"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_crosstab_with_holes_is_refused(bad):
    holed = WATCHED.astype("float64")
    holed[0, 2] = holed[1, 1] = bad
    with pytest.raises(ValueError, match="watched has 2 NaN or infinite values"):
        item_similarities(holed)


@pytest.mark.parametrize("n", [0, -3])
def test_at_least_one_neighbour(n):
    with pytest.raises(ValueError, match=f"n_neighbours must be 1 or more, not {n}"):
        item_similarities(WATCHED, n)


@pytest.mark.parametrize("n", [True, 2.0, 1.5, "2", None])
def test_the_number_of_neighbours_must_be_a_whole_number(n):
    with pytest.raises(TypeError, match=f"n_neighbours must be a whole number, .*{n}"):
        item_similarities(WATCHED, n)


@pytest.mark.parametrize("damping", [-1, -0.01, np.nan])
def test_a_damping_must_be_0_or_more(damping):
    with pytest.raises(ValueError, match=f"damping must be 0 or more, not {damping}"):
        item_similarities(WATCHED, damping=damping)


def test_the_input_is_left_alone(ratings):
    before, table = ratings.copy(), WATCHED.astype("float32")
    watched(ratings, 2, 4, fade=1)
    item_similarities(table, 1)
    pd.testing.assert_frame_equal(ratings, before)
    assert table.tolist() == WATCHED.tolist()
