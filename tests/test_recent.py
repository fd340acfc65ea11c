"""collab/recent.py: what is new and popular, what follows what, scores added up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.recent import add_scores, fresh_popularity, latest_first, what_follows
from collab.split import YEAR


def table(rows):
    return pd.DataFrame(rows, columns=["user_row", "item_row", "timestamp"])


RATINGS = table([[0, 0, 10], [1, 1, 20], [0, 1, 30], [1, 0, 40], [2, 2, 50]])


# New and popular ---------------------------------------------------------------------


def test_a_window_counts_what_lies_in_it_before_now():
    scores = fresh_popularity(RATINGS, 4, [30, 45], window=20, fade=None)
    assert scores.dtype == "float64"
    assert scores.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0]]  # from 10 to 30, 25 to 45
    assert fresh_popularity(RATINGS, 4, [10], fade=None).tolist() == [[0, 0, 0, 0]]


def test_a_new_item_counts_more_by_its_first_rating():
    scores = fresh_popularity(RATINGS, 3, [45], window=20, fade=10)
    expected = [np.exp(-3.5), np.exp(-2.5), 0]  # first rated at 10 and at 20
    np.testing.assert_allclose(scores, [expected])


def test_after_the_last_rating_nothing_moves():
    late = fresh_popularity(RATINGS, 3, [51, 1e9], window=25, fade=10)
    np.testing.assert_allclose(late[0], late[1])
    np.testing.assert_allclose(late[0], [np.exp(-4), np.exp(-3), 1])


def test_what_comes_later_is_not_known():
    before = RATINGS[RATINGS["timestamp"] < 40]
    for fade in (None, 10):
        now = fresh_popularity(RATINGS, 3, [30], fade=fade)
        assert now.tolist() == fresh_popularity(before, 3, [30], fade=fade).tolist()


def test_a_year_unless_told_and_dates_are_as_good():
    days = pd.to_datetime(["2001-01-01", "2001-06-01", "2002-03-01"])
    rows = pd.DataFrame({"item_row": [0, 1, 0], "timestamp": days})
    now = pd.Series([pd.Timestamp("2002-02-01")])
    age = (now[0] - days[1]).total_seconds() / YEAR
    np.testing.assert_allclose(fresh_popularity(rows, 2, now), [[0, np.exp(-age)]])


def test_nothing_rated_or_nobody_asked_is_served():
    assert fresh_popularity(RATINGS[:0], 3, [5]).tolist() == [[0, 0, 0]]
    assert fresh_popularity(RATINGS, 3, []).shape == (0, 3)


# What follows what -------------------------------------------------------------------


def slow(rows, n_items, reach, damping):
    found = np.zeros((n_items, n_items))
    for _, own in rows.groupby("user_row"):
        items = own.sort_values("timestamp", kind="stable")["item_row"].tolist()
        for a, i in enumerate(items):
            for b in range(a + 1, min(a + reach, len(items) - 1) + 1):
                found[i, items[b]] += 1 / (b - a)
    counts = np.bincount(rows["item_row"], minlength=n_items)
    return found / np.maximum(counts + damping, 1)[:, None]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 4)),
        min_size=1,
        unique_by=lambda row: row[:2],
    ),
    st.integers(1, 4),
    st.sampled_from([0, 2.5]),
)
def test_what_follows_equals_a_slow_loop(rows, reach, damping):
    rows = table(rows)
    found = what_follows(rows, 7, reach=reach, damping=damping)
    np.testing.assert_allclose(found.toarray(), slow(rows, 7, reach, damping))


def test_what_follows_reaches_30_places_and_is_damped_by_10_unless_told():
    rows = table([[0, i, i] for i in range(40)])
    first = what_follows(rows, 40).toarray()[0]
    np.testing.assert_allclose(first[1:31], 1 / np.arange(1, 31) / 11)
    assert not first[31:].any()


def test_a_pair_that_occurs_twice_is_refused():
    with pytest.raises(ValueError, match="user 0 watched item 0 twice"):
        what_follows(table([[7, 0, 1], [7, 0, 2]]), 1)


# Histories ---------------------------------------------------------------------------


def test_the_last_item_counts_1():
    rows = latest_first([[2, 0, 1], [], [3]], 4, keep=0.5)
    assert rows.toarray().tolist() == [[0.5, 1, 0.25, 0], [0] * 4, [0, 0, 0, 1]]
    assert latest_first([[1, 0]], 2).toarray().tolist() == [[1, 0.9]]
    assert latest_first([], 2).shape == (0, 2)


def test_a_history_holds_nothing_twice():
    with pytest.raises(ValueError, match="user 1 watched item 2 twice"):
        latest_first([[2], [2, 0, 2]], 3)


# Added up ----------------------------------------------------------------------------


def test_each_part_is_divided_by_the_score_at_its_place():
    a, b = [[8.0, 4, 2], [0, 0, 5]], [[1.0, 2, 3], [1, 2, 3]]
    assert add_scores([(1, a)], place=2).tolist() == [[2, 1, 0.5], [0, 0, 0]]
    both = add_scores([(1, a), (2, b)], place=2)
    assert both.tolist() == [[3, 3, 3.5], [1, 2, 3]]
    by_row = add_scores([(1, a), ([0, 2], b)], place=2)
    assert by_row.tolist() == [[2, 1, 0.5], [1, 2, 3]]


def test_the_tenth_unless_told_and_the_unit_does_not_matter():
    scores = np.random.default_rng(0).random((3, 20))
    added = add_scores([(1, scores)])
    np.testing.assert_allclose(np.sort(added)[:, -10], 1)
    np.testing.assert_allclose(add_scores([(1, 1000 * scores)]), added)


@pytest.mark.parametrize("scores", [[[1.0, 2]], [[np.inf, 1, 2]], [1.0, 2, 3]])
def test_parts_of_other_shapes_or_without_numbers_are_refused(scores):
    with pytest.raises(ValueError, match="users × items, finite and of one shape"):
        add_scores([(1, [[1.0, 2, 3]]), (1, scores)], place=2)


def test_a_catalogue_shorter_than_the_list_is_measured_by_its_lowest_score():
    assert add_scores([(1, [[4.0, 2, 8]])]).tolist() == [[2, 1, 4]]
    with pytest.raises(ValueError, match="parts is empty"):
        add_scores([])
    with pytest.raises(ValueError, match="must be users × items"):
        add_scores([(1, [1.0, 2])])
