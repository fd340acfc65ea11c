"""collab/implicit.py: who watched what → neighbours, EASE, factors."""

import re
import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from collab import implicit
from collab.implicit import (
    als_step,
    ease,
    implicit_als,
    item_similarities,
    popularity,
    who_watched,
)


def watched(*args, **options):
    table = who_watched(*args, **options)
    assert isinstance(table, sparse.csr_array)
    return table.toarray()


def similarities(*args, **options):
    table = item_similarities(*args, **options)
    assert isinstance(table, sparse.csc_array)
    assert table.data.all()
    return table.toarray()


# Who watched what, by hand -----------------------------------------------------------

COLUMNS = ["user_row", "item_row", "rating", "timestamp"]
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
    assert watched(ratings[["user_row", "item_row"]], 3, 5).tolist() == by_hand


def test_the_latest_counts_most(ratings):
    table = watched(ratings, 2, 4, fade=2.0)
    # parts of the history: latest 0, then 1/4, 2/4, 3/4 back
    e = np.exp(-2.0)
    np.testing.assert_allclose(
        table, [[e**0.5, e**0.75, e**0.25, 1], [1, 0, 0, 0]], rtol=1e-6
    )
    assert table.dtype == "float32"


def test_long_histories_of_the_same_second_keep_their_order_as_well():
    # so long that a sort which is not stable would mix them
    table = pd.DataFrame(
        {"user_row": 0, "item_row": range(200), "timestamp": [9, 5] * 100}
    )
    answer = watched(table, 1, 200, fade=1.0)[0]
    order = [*range(1, 200, 2), *range(0, 200, 2)]  # those of second 5 first
    assert np.argsort(answer).tolist() == order


def test_columns_may_have_other_names(ratings):
    names = {"user_row": "u", "item_row": "m", "timestamp": "t"}
    renamed = ratings.rename(columns=names)
    answer = watched(renamed, 2, 4, fade=2, user="u", item="m", time="t")
    assert answer.tolist() == watched(ratings, 2, 4, fade=2).tolist()


# Who watched what, properties and a slow loop ----------------------------------------


@st.composite
def histories(draw):
    pairs = st.tuples(st.integers(0, 4), st.integers(0, 5))
    rows = draw(st.lists(pairs, max_size=20, unique=True))
    times = draw(st.lists(st.integers(0, 6), min_size=len(rows), max_size=len(rows)))
    table = pd.DataFrame(rows, columns=["user_row", "item_row"], dtype="int64")
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


# Who watched what, bad input ---------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "last"), [("user_row", 2, 1), ("item_row", 4, 3)]
)
def test_row_numbers_outside_the_table_are_refused(ratings, column, value, last):
    ratings.iloc[2, ratings.columns.get_loc(column)] = value
    message = f"column '{column}' has the value {value}; row numbers are 0 … {last};"
    with pytest.raises(ValueError, match=message):
        watched(ratings, 2, 4)


def test_what_was_watched_long_ago_is_still_watched(ratings):
    table = who_watched(ratings, 2, 4, fade=1000.0)
    assert table.nnz == (table.data > 0).sum() == 5


def test_a_pair_that_occurs_twice_is_refused(ratings):
    again = pd.concat([ratings, ratings.iloc[[2]].assign(timestamp=99)])
    with pytest.raises(ValueError, match="user 0 watched item 1 twice"):
        watched(again, 2, 4)


# Neighbours --------------------------------------------------------------------------

WATCHED = np.array([[1, 1, 0, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0]])
# watched by 4, 3, 1, 1; both: 0&1 3, 0&2 1, 0&3 1, 1&3 1


def test_similarities_by_hand():
    answer = similarities(WATCHED, damping=2)
    root = 3**0.5
    a, b = 3 / (2 * root + 2), 1 / (2 + 2)
    c = 1 / (root + 2)
    by_hand = [[0, a, b, b], [a, 0, 0, c], [b, 0, 0, 0], [b, c, 0, 0]]
    np.testing.assert_allclose(answer, by_hand, rtol=1e-6)
    assert answer.dtype == "float32"


def test_column_i_holds_the_neighbours_of_item_i():
    answer = similarities(WATCHED, 1, damping=0)
    a = 3 / 12**0.5
    # item 3 is nearer to 1 (1/√3) than to 0 (1/2), item 2 to 0; 0 and 1 to each other
    by_hand = [[0, a, 0.5, 0], [a, 0, 0, 3**-0.5], [0, 0, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(answer, by_hand, rtol=1e-6)
    # a user who watched 3 is shown 3's neighbour, but not the other way round
    assert (np.array([0, 0, 0, 1]) @ answer).tolist() == answer[3].tolist()
    assert np.count_nonzero(answer, axis=0).tolist() == [1] * 4


def test_the_damping_is_10_and_100_are_kept_unless_told():
    default = similarities(WATCHED)
    assert default[0, 1] == pytest.approx(3 / (12**0.5 + 10))
    for table in (np.ones((2, 130)), np.tril(np.ones((130, 130)))):
        kept = np.count_nonzero(similarities(table), axis=0)
        assert kept.tolist() == [100] * 130


def test_of_equally_alike_ones_at_the_border_the_first_is_kept():
    # items 1 and 2: √(1 · 4) and √(2 · 2) are the same, whatever order they come in
    table = np.zeros((9, 5))
    table[0, :] = 1  # one person watched all
    table[[1, 2, 3], 0] = 1  # 0: four
    table[[4], 1] = 1  # 1: two
    table[[5], 2] = 1  # 2: two
    table[[6, 7, 8], 4] = 1  # 4: four; 3: one
    answer = similarities(table, 1, damping=0)
    assert answer[:, 3].tolist() == pytest.approx([0, 0.5**0.5, 0, 0, 0])
    assert answer[:, 0].tolist() == pytest.approx([0, 0, 0, 0.5, 0])
    assert answer[:, 1].tolist() == pytest.approx([0, 0, 0, 0.5**0.5, 0])
    kept = similarities(table, 2, damping=0)[:, 1]
    assert kept.tolist() == pytest.approx([0, 0, 0.5, 0.5**0.5, 0])


def test_faded_counts_are_compared_by_their_cosine():
    # (1, ½) and (½, 0): the product is ½, the lengths are √5 / 2 and ½
    answer = similarities(np.array([[1, 0.5], [0.5, 0]]), damping=0)
    assert answer[0, 1] == answer[1, 0] == pytest.approx(2 / 5**0.5)


def test_without_damping_nobody_is_more_than_alike():
    for n in (2, 3, 5, 7):
        answer = similarities(np.ones((n, 3)), damping=0)
        assert answer.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_what_nobody_watched_is_like_nothing():
    table = np.array([[1, 1, 0, 0], [1, 0, 0, 0]])
    answer = similarities(table, damping=0)
    assert np.count_nonzero(answer) == 2
    assert np.isfinite(answer).all()
    assert similarities(table[:0], damping=0).tolist() == np.zeros((4, 4)).tolist()


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
        for j in sorted(alike, key=lambda j: (-round(alike[j], 9), j))[:n_neighbours]:
            answer[j, i] = alike[j]
    return answer


@pytest.mark.parametrize("at_once", [1, 7, 4_000_000])
@given(watched_tables(), st.integers(1, 7), st.sampled_from([0, 0.5, 10.0]))
def test_similarities_equal_a_slow_loop(at_once, table, n_neighbours, damping):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(implicit, "_AT_ONCE", at_once)
        answer = similarities(table, n_neighbours, damping=damping)
    expected = slow_similarities(table, n_neighbours, damping)
    np.testing.assert_allclose(answer, expected, rtol=1e-5)


def test_counts_whose_squares_overflow_are_refused():
    assert not np.isnan(item_similarities(WATCHED * 1e9).toarray()).any()
    for large in (1e12, 1e20):  # the product of two squares, and the square itself
        message = re.escape(f"values up to {large:g}: divide by the largest")
        with pytest.raises(ValueError, match=message):
            item_similarities(np.array([[large, 1], [1, 0]]))


def test_the_callers_sparse_table_is_left_alone():
    parts = np.array([1.0, 2, 0, 3], "float32"), [3, 1, 0, 1], [0, 2, 4]
    untidy = sparse.csr_array(parts, shape=(2, 4))
    for use in (item_similarities, popularity, ease, implicit_als):
        use(untidy)
        assert untidy.data.tolist() == [1, 2, 0, 3]
        assert untidy.indices.tolist() == [3, 1, 0, 1]


@pytest.mark.parametrize("use", [item_similarities, popularity, ease, implicit_als])
def test_whatever_says_who_watched_what_is_served(use):
    def numbers(answer):
        if use is ease:
            return answer.scores(WATCHED)
        if use is implicit_als:
            return answer.users @ answer.items.T
        return answer if use is popularity else answer.toarray()

    expected = numbers(use(WATCHED))
    assert np.abs(expected).max() > 0.01
    for table in (
        WATCHED > 0,
        WATCHED.tolist(),
        pd.DataFrame(WATCHED, columns=list("abcd"), dtype="Float64"),
        WATCHED.astype("float16"),
        pd.DataFrame(WATCHED > 0),
        sparse.csr_array(WATCHED),
        sparse.coo_matrix(WATCHED > 0),
        sparse.csc_array(WATCHED, dtype="int8"),
    ):
        np.testing.assert_allclose(numbers(use(table)), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.array([["1", "0"]]), "watched must be numbers, users × items, not <U1"),
        (np.array([[1, -1.0]]), "watched has negative values, such as -1"),
        (np.array([[1, np.nan]]), "watched has 1 NaN or infinite values"),
        (sparse.csr_array([[1, np.inf]]), "watched has 1 NaN or infinite values"),
        ([[1], [0, 1]], r"watched must be users × items, not \[\[1\], \[0, 1\]\]"),
        (pd.DataFrame(), "watched must be users × items, but has no items"),
        ([1, 0], r"users × items, not int64 of shape \(2,\)"),
        (pd.DataFrame({"a": ["x"]}), "watched must be numbers, users × items, not "),
    ],
)
def test_what_says_nothing_of_the_kind_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        popularity(bad)


def test_popularity_by_hand():
    assert popularity(WATCHED).tolist() == [4, 3, 1, 1]
    assert popularity(sparse.csr_array((2, 3))).tolist() == [0, 0, 0]
    answer = popularity(np.array([[0.5, 1], [0.25, 0]]))
    assert answer.tolist() == [0.75, 1]
    assert answer.dtype == "float64"


def test_neighbours_of_a_large_table_take_little_memory_and_time():
    rng, n_users, n_items = np.random.default_rng(0), 17_615, 16_121

    def tail(m):
        p = 1 / np.arange(1, m + 1) ** 0.75
        return rng.choice(m, 100_000, p=p / p.sum())

    cells = np.unique(tail(n_users) * n_items + tail(n_items))  # about 75,000
    parts = np.ones(len(cells), "float32"), np.divmod(cells, n_items)
    table = sparse.csr_array(parts, shape=(n_users, n_items))
    tracemalloc.start()
    start = time.process_time()
    similar = item_similarities(table)
    seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 15
    assert peak < 400e6  # dense, the answer alone is 1,040 MB
    assert similar.nnz > 500_000


# EASE --------------------------------------------------------------------------------


def slow_ease(table, damping):
    """Each item by a ridge regression on the others: no closed form for all at once."""
    n_items = table.shape[1]
    answer = np.zeros((n_items, n_items))
    for i in range(n_items):
        others = [j for j in range(n_items) if j != i]
        x = table[:, others].astype("float64")
        ridge = x.T @ x + damping * np.eye(len(others))
        answer[others, i] = np.linalg.solve(ridge, x.T @ table[:, i].astype("float64"))
    return answer


@given(watched_tables(), st.sampled_from([0.1, 1.0, 50.0]))
def test_ease_equals_a_regression_of_each_item_on_the_others(table, damping):
    fit = ease(table, damping)
    expected = slow_ease(table, damping)
    n_users, n_items = table.shape
    assert len(fit.inverse) == min(n_users, n_items)
    np.testing.assert_allclose(fit.table(), expected, atol=1e-9)
    np.testing.assert_allclose(fit.table().diagonal(), 0, atol=1e-9)
    faded = table * np.linspace(0.1, 1, n_items, dtype="float32")
    np.testing.assert_allclose(fit.scores(faded), faded @ expected, atol=1e-6)


def test_ease_by_hand():
    # two items, watched by 2 and 1, by one together: 1 / (2 + λ), 1 / (1 + λ)
    fit = ease(np.array([[1, 1], [1, 0]]), 3.0)
    np.testing.assert_allclose(fit.table(), [[0, 1 / 5], [1 / 4, 0]], atol=1e-12)
    scores = fit.scores(np.array([[1, 0], [0, 0], [0.5, 1]]))
    np.testing.assert_allclose(scores, [[0, 0.2], [0, 0], [0.25, 0.1]], atol=1e-12)


def test_many_items_are_taken_a_thousand_at_a_time():
    rng = np.random.default_rng(0)
    table = (rng.random((5, 2500)) < 0.3).astype("float64")
    fit = ease(table, 2.0)
    inverse = np.linalg.inv(table.T @ table + 2.0 * np.eye(2500))
    np.testing.assert_allclose(fit.diagonal, inverse.diagonal(), rtol=1e-9)


def test_ease_takes_no_more_than_it_says():
    for shape, side in [((1000, 1000), "items"), ((1000, 2000), "users")]:
        watched = sparse.eye_array(*shape, format="csr")
        tracemalloc.start()
        fit = ease(watched, 3.0, max_bytes=32e6)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert 16e6 < peak < 33e6  # what LAPACK itself takes is not traced
        np.testing.assert_allclose(fit.inverse, np.eye(1000) / 4)
        message = f"{side} takes 32,000,000 bytes; max_bytes is 31,999,999$"
        with pytest.raises(ValueError, match=message):
            ease(watched, 3.0, max_bytes=31_999_999)
    with pytest.raises(ValueError, match="max_bytes is 4,000,000,000"):
        ease(sparse.csr_array((90_000, 90_000)))


def test_ease_refuses_other_items_and_no_penalty():
    fit = ease(WATCHED)
    assert fit.damping == 200  # unless told
    with pytest.raises(ValueError, match="watched has 3 items, the fit had 4"):
        fit.scores(WATCHED[:, :3])
    with pytest.raises(ValueError, match="damping must be a number, above 0"):
        ease(WATCHED, 0)


# Least squares in turn ---------------------------------------------------------------


def test_a_step_is_the_same_in_pieces_and_by_the_small_system_or_the_large(monkeypatch):
    rng = np.random.default_rng(0)
    lengths = np.repeat([0, 1, 2, 7, 8, 9, 30], 5)  # there are 8 factors
    table = rng.random((35, 40)).argsort(axis=1) < lengths[:, None]
    x = sparse.csr_array(table * rng.random((35, 40)))
    q = rng.normal(size=(40, 8))
    expected = np.zeros((35, 8))
    for row, own in zip(expected, x.toarray(), strict=True):
        ridge = q.T @ np.diag(1 + 3 * own) @ q + 0.5 * np.eye(8)
        row[:] = np.linalg.solve(ridge, q.T @ ((own > 0) * (1 + 3 * own)))
    for at_once in (1, 200, 4_000_000):
        monkeypatch.setattr(implicit, "_AT_ONCE", at_once)
        np.testing.assert_allclose(als_step(q, x, 3, 0.5), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="watched has 30 items, others has 40"):
        als_step(q, x[:, :30], 3, 0.5)


def test_two_kinds_of_users_are_told_apart():
    table = np.kron(np.eye(2), np.ones((5, 4)))
    table[0, 0] = 0  # not watched, but the others of this kind have
    fit = implicit_als(np.vstack([table, np.zeros((1, 8))]), 2, alpha=5, damping=0.1)
    scores = fit.users @ fit.items.T
    assert scores[0, 0] > 0.5 > 0.1 > np.abs(scores[0, 4:]).max()
    assert scores[10].tolist() == [0] * 8  # nothing is known of them
    assert fit.users.dtype == fit.items.dtype == "float64"


def test_the_settings_of_implicit_als_unless_told():
    told = implicit_als(
        WATCHED, 64, alpha=10.0, damping=10.0, n_iterations=10, seed=0, progress=False
    )
    assert implicit_als(WATCHED).items.tolist() == told.items.tolist()


def test_the_first_factors_are_small_and_users_are_solved_first_and_last():
    x, items = sparse.csr_array(WATCHED), np.random.default_rng(4).normal(size=(4, 3))
    items *= 0.1
    for _ in range(2):
        users = als_step(items, x, 5, 2)
        items = als_step(users, x.T, 5, 2)
    fit = implicit_als(WATCHED, 3, alpha=5, damping=2, n_iterations=2, seed=4)
    np.testing.assert_allclose(fit.items, items)
    np.testing.assert_allclose(fit.users, als_step(items, x, 5, 2))


def test_hardly_any_penalty_is_a_clear_error():
    with pytest.raises(ValueError, match="damping=1e-300 is too small for this table"):
        ease(np.ones((4, 3)), 1e-300)
