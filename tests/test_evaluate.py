"""collab/evaluate.py: lists, truth → how good the lists are."""

import itertools
import math
import warnings

import numpy as np
import pandas as pd
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from collab.evaluate import (
    coverage,
    judge,
    mean_overlap,
    ndcg_at_k,
    recall_at_k,
    top_lists,
)

# Lists, by hand ----------------------------------------------------------------------

LIST, RELEVANT = [7, 3, 9, 5, 1], [5, 3, 8]  # hits at the places 2 and 4
LIST_METRICS = [recall_at_k, ndcg_at_k]


def test_recall_by_hand():
    by_hand = {1: 0, 2: 1 / 3, 3: 1 / 3, 4: 2 / 3, 5: 2 / 3, 10: 2 / 3}
    for k, share in by_hand.items():
        assert recall_at_k(LIST, RELEVANT, k) == share
    assert recall_at_k([5, 8, 3], RELEVANT) == 1
    assert recall_at_k([8, 5], RELEVANT, 2) == 2 / 3  # 1 is out of reach


def test_ndcg_by_hand():
    # gains at the places 2 and 4; a perfect list has them at 1, 2, 3
    second, fourth = 1 / math.log2(3), 1 / math.log2(5)
    assert ndcg_at_k(LIST, RELEVANT, 1) == 0
    assert ndcg_at_k(LIST, RELEVANT, 2) == pytest.approx(second / (1 + second))
    ideal = 1 + second + 0.5
    assert ndcg_at_k(LIST, RELEVANT, 3) == pytest.approx(second / ideal)
    for k in (4, 5, 10):
        expected = (second + fourth) / ideal
        assert ndcg_at_k(LIST, RELEVANT, k) == pytest.approx(expected)


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_ids_may_come_in_any_container(metric):
    expected = metric(LIST, RELEVANT, 4)
    assert type(expected) is float
    for make in (tuple, np.array, pd.Series, pd.Index, pd.array):
        assert metric(make(LIST), make(RELEVANT), np.int64(4)) == expected
    assert metric(LIST, set(RELEVANT), 4) == expected
    assert metric(LIST, RELEVANT * 2, 4) == expected  # twice relevant is relevant
    as_text = [str(i) for i in LIST], [str(i) for i in RELEVANT]
    assert metric(*as_text, 4) == expected


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_ten_places_count_unless_told(metric):
    recommended = list(range(20))
    assert metric(recommended, [9]) > 0
    assert metric(recommended, [10]) == metric([], [5]) == 0


def test_coverage_by_hand():
    assert coverage([[7, 3], [3, 9], []], 4) == 3 / 4
    assert coverage(np.array([[7, 3], [3, 9]]), np.int64(3)) == 1
    assert coverage(iter([(1,)]), 100) == 0.01
    for lists, n_items, shown in [([[], []], 4, 0), ([[1, 2], [3]], 2, 3)]:
        with pytest.raises(
            ValueError, match=f"the lists show {shown} items of {n_items}$"
        ):
            coverage(lists, n_items)
    for lists in ("ab", {1, 2}, pd.DataFrame([[1, 2]]), 5):
        with pytest.raises(ValueError, match=r"^lists must be sequences of ids, or a "):
            coverage(lists, 9)


def test_overlap_by_hand():
    # pairs: {3}, {7, 3}, {3} in common of 2 each
    assert mean_overlap([[7, 3], [3, 9], [3, 7]]) == pytest.approx((1 + 2 + 1) / 3 / 2)
    assert mean_overlap([[1, 2], [3, 4]]) == 0
    # {1} of the 1 that the shorter holds, {2} of 2, nothing of 1
    assert mean_overlap([[1, 2, 3], [1], [2, 9]]) == pytest.approx((1 + 1 + 0) / 4)
    assert mean_overlap([[1, 2], [], [2, 1]]) == 1  # an empty list has no pair


def test_lists_may_come_by_user():
    by_user = {7: [1, 2], 8: [2, 3]}
    for lists in (by_user, pd.Series(by_user)):
        assert mean_overlap(lists) == 0.5


# Lists, independent oracles ----------------------------------------------------------

ids = st.integers(0, 25)
lists = st.lists(ids, max_size=20, unique=True)
relevants = st.sets(ids, min_size=1, max_size=15)
places = st.integers(1, 22)


@given(lists, relevants, st.lists(places, min_size=1, max_size=4, unique=True))
def test_recall_and_ndcg_equal_those_of_trec_eval(recommended, relevant, ks):
    cuts = ",".join(map(str, ks))
    evaluator = pytrec_eval.RelevanceEvaluator(
        {"u": {f"i{i}": 1 for i in relevant}}, {f"recall.{cuts}", f"ndcg_cut.{cuts}"}
    )
    # falling scores, none of them tied
    scores = {f"i{i}": 100.0 - place for place, i in enumerate(recommended)}
    measured = evaluator.evaluate({"u": scores}).get("u", {})
    for k in ks:
        recall = measured.get(f"recall_{k}", 0.0)  # trec has no line for empty lists
        ndcg = measured.get(f"ndcg_cut_{k}", 0.0)
        assert recall_at_k(recommended, relevant, k) == pytest.approx(recall)
        assert ndcg_at_k(recommended, relevant, k) == pytest.approx(ndcg)


equal_lists = st.integers(1, 6).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(0, 8), min_size=n, max_size=n, unique=True),
        min_size=2,
        max_size=6,
    )
)


@given(equal_lists)
def test_overlap_equals_a_loop_over_all_pairs(many):
    pairs = list(itertools.combinations(many, 2))
    slow = sum(len(set(a) & set(b)) / len(a) for a, b in pairs) / len(pairs)
    assert mean_overlap(many) == pytest.approx(slow)


# Lists, bad input --------------------------------------------------------------------


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_bad_lists_are_refused(metric):
    with pytest.raises(ValueError, match="no item is relevant: leave this user out"):
        metric(LIST, [])
    with pytest.raises(ValueError, match="an item is recommended twice"):
        metric([3, 4, 5, 5], RELEVANT, 2)  # beyond k it is a mistake as well
    with pytest.raises(ValueError, match="recommended must be a list"):
        metric({5, 3}, RELEVANT)  # a set has no first place
    with pytest.raises(ValueError, match=r"^relevant is a Series of floats, not of id"):
        metric(LIST, pd.Series([4.5, 4.0], index=[7, 3]))


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ([], r"two or more lists with an item .* these are 0, of the lengths \[\]"),
        ([[], [1]], r"these are 2, of the lengths \[0, 1\]"),
        ([[1, 2], [3, 3]], "an item occurs twice in one list"),
    ],
)
def test_overlap_refuses_lists_that_cannot_be_compared(lists, message):
    with pytest.raises(ValueError, match=message):
        mean_overlap(lists)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("53", "must be a list, array or Series"),
        ([5, None], "1 of 2 values are missing"),
        (["5"], "holds ids like '5', but the known ones"),
        (pd.Series([4.5, 4.0]), "is a Series of floats, not of ids"),
    ],
)
def test_each_list_is_checked(bad, told):
    for name, act in [
        ("a list", lambda: mean_overlap([[5], [], bad])),
        ("recommended", lambda: ndcg_at_k(bad, [5])),
        ("seen of user 7", lambda: top_lists(SCORES, 2, {7: bad})),
    ]:
        with pytest.raises(ValueError, match=f"^{name}.* {told}"):
            act()


# A perfect list is exactly 1 ----------------------------------------------------------


@pytest.mark.parametrize("n_relevant", range(2, 40))
def test_a_perfect_list_is_exactly_1(n_relevant):
    relevant = list(range(n_relevant))
    for k in (2, 3, 10, 11, 30):
        assert ndcg_at_k([*relevant[::-1], 99], relevant, k) == 1
        assert ndcg_at_k([0, 99, *relevant[1:]], relevant, k) < 1


# The best of each user ---------------------------------------------------------------

# columns not in the order of the ids: 20 and 90 tie for user 8
SCORES = pd.DataFrame([[3, 1, 2.0], [0, 5, 5]], index=[7, 8], columns=[50, 90, 20])


def test_top_lists_by_hand():
    assert top_lists(SCORES, 2) == {7: [50, 20], 8: [20, 90]}
    seen = {7: [50, 999], 8: ()}
    assert top_lists(SCORES, 2, seen) == {7: [20, 90], 8: [20, 90]}
    assert top_lists(SCORES, 9, pd.Series(seen)) == {7: [20, 90], 8: [20, 90, 50]}
    assert top_lists(SCORES, 1, {8: {20}}) == {7: [50], 8: [90]}
    assert top_lists(SCORES, 1, {7: [50, 90, 20]}) == {7: [], 8: [20]}
    assert all(type(i) is int for items in top_lists(SCORES).values() for i in items)


def test_ten_are_listed_unless_told():
    assert top_lists(np.arange(24.0).reshape(2, 12))[1] == [*range(11, 1, -1)]


def test_an_array_and_a_sparse_table_are_served_too():
    expected = top_lists(SCORES, 2, {7: [50]})
    ids = {"users": [7, 8], "items": [50, 90, 20]}
    table = SCORES.to_numpy()
    for scores in (table, table.astype("int8"), sparse.csr_array(table)):
        assert top_lists(scores, 2, {7: [50]}, **ids) == expected
    assert top_lists(SCORES.astype("Float64"), 2, {7: [50]}) == expected
    assert table.tolist() == [[3, 1, 2], [0, 5, 5]]  # left alone
    assert top_lists(table, 1) == {0: [0], 1: [1]}  # row numbers
    endless = np.array([[1.0, -np.inf, 2], [-np.inf] * 3])
    assert top_lists(endless, 3) == {0: [2, 0], 1: []}
    text = SCORES.set_axis(["a", "b"]).set_axis(["x", "z", "y"], axis=1)
    assert top_lists(text, 2, {"a": ["x"]}) == {"a": ["y", "z"], "b": ["y", "z"]}


@given(
    st.lists(
        st.lists(st.integers(-2, 2), min_size=5, max_size=5), min_size=1, max_size=4
    ),
    st.permutations([3, 1, 20, 5, 4]),
    st.integers(1, 6),
    st.sets(st.sampled_from([3, 1, 20, 5, 4, 77])),
)
def test_top_lists_equal_a_sort_in_plain_python(table, items, n, seen):
    table = np.array(table)
    lists = top_lists(table, n, dict.fromkeys(range(len(table)), seen), items=items)
    for user, row in enumerate(table):
        pairs = sorted(zip(-row, items, strict=True))
        assert lists[user] == [item for _, item in pairs if item not in seen][:n]


@pytest.mark.parametrize(
    ("scores", "options", "message"),
    [
        (SCORES.where(SCORES > 0), {}, "scores of user 8 has NaN"),
        (SCORES.astype(str), {}, "scores must be numbers, users × items, not object"),
        (SCORES > 1, {}, "scores must be numbers, users × items, not bool"),
        (SCORES.loc[7], {}, r"users × items, not float64 of shape \(3,\)"),
        ([[1], [2, 3]], {}, r"users × items, not object of shape \(2,\)"),
        (SCORES, {"users": [7, 8]}, "a DataFrame of scores has the ids"),
        (SCORES, {"items": [1, 2, 3]}, "a DataFrame of scores has the ids"),
        (SCORES.set_axis([7, 7]), {}, "users: 7 occurs twice"),
        (SCORES.set_axis([5, 6, 5], axis=1), {}, "items: 5 occurs twice"),
        (
            SCORES.to_numpy(),
            {"users": [7, 8, 9]},
            r"3 users and 3 items have .*\(2, 3\)",
        ),
        (SCORES.to_numpy(), {"items": [1, 2]}, r"2 users and 2 items have .*\(2, 3\)"),
        (SCORES, {"seen": [50]}, "seen must be a dict or Series of ids by user, not l"),
        (SCORES, {"seen": {"7": [50]}}, "users of seen holds ids like '7', but"),
    ],
)
def test_scores_and_seen_that_are_none_are_refused(scores, options, message):
    with pytest.raises(ValueError, match=message):
        top_lists(scores, **options)


# Judging -----------------------------------------------------------------------------

LISTS = {9: [1, 2, 3], 4: [3, 2], 5: []}
TRUTH = {4: [2], 9: [3, 1, 7, 8], 5: [1]}


def test_judge_by_hand():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = judge(LISTS, TRUTH)
    assert table.index.tolist() == [9, 4, 5]
    assert table.index.name == "user"
    assert table.columns.tolist() == ["recall", "ndcg"]
    assert table["recall"].tolist() == [0.5, 1, 0]
    for user in LISTS:
        assert table.loc[user, "ndcg"] == ndcg_at_k(LISTS[user], TRUTH[user])
    assert judge(LISTS, TRUTH, 1)["recall"].tolist() == [0.25, 0, 0]
    assert judge(LISTS, TRUTH, 1)["ndcg"].tolist() == [1, 0, 0]
    assert judge(pd.Series(LISTS), pd.Series(TRUTH)).equals(table)


def test_users_without_a_truth_are_left_out_and_told():
    message = "^2 of 3 users have no truth and are left out, such as 9$"
    with pytest.warns(UserWarning, match=message):
        table = judge(LISTS, {4: [2], 5: [], 9: []} | {5: [1], 4: []})
    assert table.index.tolist() == [5]
    with pytest.raises(ValueError, match="no user of the lists has a truth"):
        judge(LISTS, {4: []})
    with pytest.raises(ValueError, match="lists must be a dict or Series of ids by us"):
        judge([[1]], TRUTH)


def test_a_user_without_a_list_is_refused():
    with pytest.raises(ValueError, match="2 users have a truth and no list, such as 1"):
        judge(LISTS, TRUTH | {1: [5], 2: [5]})
    assert len(judge(LISTS, TRUTH | {1: []})) == 3


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (pd.Series([[1], [2]], index=[9, 9]), "users of truth: 9 occurs twice"),
        ({"9": [1]}, "users of truth holds ids like '9', but"),
        (TRUTH | {1: "53"}, "the truth of user 1 must be a list"),
    ],
)
def test_a_truth_that_fits_no_user_is_refused(truth, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        judge(LISTS, truth)
