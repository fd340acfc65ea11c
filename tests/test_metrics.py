"""collab/metrics.py: predictions → errors in stars; lists → how good they are."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from collab.metrics import (
    coverage,
    mae,
    mean_interval,
    mse,
    ndcg_at_k,
    recall_at_k,
    rmse,
    shared,
)

METRICS = [mse, rmse, mae]

# By hand -----------------------------------------------------------------------------

ACTUAL, PREDICTED = [4.0, 3.0, 1.0, 5.0], [3.0, 3.5, 1.0, 2.0]
# errors 1, -0.5, 0, 3: squares 1, 0.25, 0, 9


def test_four_ratings_by_hand():
    assert mse(ACTUAL, PREDICTED) == 10.25 / 4
    assert rmse(ACTUAL, PREDICTED) == pytest.approx(1.600781, abs=1e-6)
    assert mae(ACTUAL, PREDICTED) == 4.5 / 4


@pytest.mark.parametrize("metric", METRICS)
def test_one_rating_is_enough_and_the_answer_is_a_float(metric):
    answer = metric(np.array([3], "int8"), pd.Series([5.0], index=[7]))
    assert type(answer) is float
    assert answer == (4.0 if metric is mse else 2.0)


def test_an_error_of_2_stars_weighs_as_much_as_four_of_1_star():
    one_of_two = [3, 3, 3, 3], [3, 3, 3, 5]
    four_of_one = [3, 3, 3, 3], [2, 4, 2, 4]
    assert mse(*one_of_two) == mse(*four_of_one) == 1
    assert rmse(*one_of_two) == rmse(*four_of_one) == 1
    assert mae(*one_of_two) == 0.5
    assert mae(*four_of_one) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_small_integers_and_float32_do_not_overflow_or_round(metric):
    # uint8: 1 - 5 would be 252; float16: 300² would be infinite
    assert metric(np.array([1], "uint8"), np.array([5], "uint8")) in (16, 4)
    far = np.array([300.0], "float16"), np.array([0.0], "float16")
    assert metric(*far) in (90_000, 300)


@pytest.mark.parametrize("metric", METRICS)
def test_a_constant_guess_on_real_ratings(metric, real):
    # What numpy says of the standard deviation, without our code.
    stars = real["rating"]
    guess = np.full(len(stars), stars.mean())
    expected = {mse: stars.var(ddof=0), rmse: stars.std(ddof=0)}
    expected[mae] = (stars - stars.mean()).abs().sum() / 100_004
    assert metric(stars, guess) == pytest.approx(expected[metric], rel=1e-12)
    assert 0.8 < metric(stars, guess) < 1.2


# Properties --------------------------------------------------------------------------

stars = st.floats(-10, 10).map(lambda x: round(x, 3))
tables = st.lists(st.tuples(stars, stars), min_size=1, max_size=30)


def columns(pairs):
    return tuple(np.array(pairs).T)


@given(tables)
def test_symmetric_and_zero_only_if_every_prediction_is_exact(pairs):
    actual, predicted = columns(pairs)
    for metric in METRICS:
        error = metric(actual, predicted)
        assert error == metric(predicted, actual) >= 0
        assert (error == 0) == all(a == p for a, p in pairs)
        assert metric(actual, actual) == 0


@given(tables)
def test_mae_at_most_rmse_at_most_the_largest_error(pairs):
    actual, predicted = columns(pairs)
    assert rmse(actual, predicted) ** 2 == pytest.approx(mse(actual, predicted))
    largest = np.abs(actual - predicted).max()
    low, high = mae(actual, predicted), rmse(actual, predicted)
    assert low <= high * (1 + 1e-12)
    assert high <= largest * (1 + 1e-12)


@given(tables, st.randoms())
def test_the_order_of_the_rows_does_not_matter(pairs, random):
    mixed = random.sample(pairs, len(pairs))
    for metric in METRICS:
        assert metric(*columns(mixed)) == pytest.approx(metric(*columns(pairs)))


@given(tables, stars, st.floats(0.1, 10))
def test_a_shift_of_both_changes_nothing_and_a_factor_scales(pairs, shift, factor):
    actual, predicted = columns(pairs)
    for metric in METRICS:
        error = metric(actual, predicted)
        shifted = metric(actual + shift, predicted + shift)
        assert shifted == pytest.approx(error, abs=1e-9)
        power = factor**2 if metric is mse else factor
        scaled = metric(factor * actual, factor * predicted)
        assert scaled == pytest.approx(power * error)


# An independent oracle ---------------------------------------------------------------


@given(tables)
def test_equals_a_slow_loop(pairs):
    squares = absolute = 0.0
    for actual, predicted in pairs:
        squares += (actual - predicted) * (actual - predicted)
        absolute += max(actual - predicted, predicted - actual)
    assert mse(*columns(pairs)) == pytest.approx(squares / len(pairs))
    assert rmse(*columns(pairs)) == pytest.approx((squares / len(pairs)) ** 0.5)
    assert mae(*columns(pairs)) == pytest.approx(absolute / len(pairs))


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("actual", "predicted", "message"),
    [
        ([3, 4], [3, np.nan], r"predicted has 1 NaN or infinite values of 2"),
        ([np.nan, np.inf, 4], [3, 3, 3], r"actual has 2 NaN or infinite values of 3"),
        ([3, 4], [3, np.inf], "predicted has 1 NaN or infinite values of 2"),
        ([3, None], [3, 4], r"actual has 1 NaN or infinite values of 2"),
        ([], [], "there are no ratings to compare"),
        (pd.Series([], dtype=float), pd.Series([], dtype=float), "no ratings"),
        ([3, 4], [[3], [4]], r"predicted must have the shape \(n,\), not \(2, 1\)"),
        ([[3], [4]], [3, 4], r"actual must have the shape \(n,\), not \(2, 1\)"),
        ([[3], [4]], [[3], [4]], r"not \(2, 1\)"),
        (3.0, [3.0], r"actual must have the shape \(n,\), not \(\)"),
        ([3, 4, 5], [3], "3 actual ratings, 1 predicted ones"),
        ([3], [], "1 actual ratings, 0 predicted ones"),
        (
            pd.Series([3, 4], index=[1, 2]),
            pd.Series([3, 4], index=[2, 1]),
            "different indexes: row k of one is not row k",
        ),
        (pd.Series([3, 4]), pd.Series([3, 4], index=[1, 2]), "different indexes"),
        (pd.Series([3, 4]), pd.Series([3, 4, 5]), "different indexes"),
    ],
)
def test_bad_input_is_refused(metric, actual, predicted, message):
    with pytest.raises(ValueError, match=message):
        metric(actual, predicted)


@pytest.mark.parametrize("metric", METRICS)
def test_series_with_the_same_odd_index_are_compared_row_by_row(metric):
    index = [7, 7, 3]
    a, b = pd.Series([1, 2, 3], index), pd.Series([2, 3, 4], index)
    assert metric(a, b) == 1


@pytest.mark.parametrize("metric", METRICS)
def test_the_input_is_left_alone(metric):
    actual, predicted = np.array(ACTUAL), np.array(PREDICTED)
    metric(actual, predicted)
    assert actual.tolist() == ACTUAL
    assert predicted.tolist() == PREDICTED


# Lists, by hand ----------------------------------------------------------------------

LIST, RELEVANT = [7, 3, 9, 5, 1], [5, 3, 8]  # hits at the places 2 and 4
LIST_METRICS = [recall_at_k, ndcg_at_k]


def test_recall_by_hand():
    by_hand = {1: 0, 2: 1 / 3, 3: 1 / 3, 4: 2 / 3, 5: 2 / 3, 10: 2 / 3}
    for k, share in by_hand.items():
        assert recall_at_k(LIST, RELEVANT, k) == share
    assert recall_at_k([5, 8, 3], RELEVANT) == 1


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


def test_ndcg_is_1_for_a_perfect_list_in_any_order_of_the_hits():
    assert ndcg_at_k([8, 5, 3, 99], RELEVANT) == 1
    assert ndcg_at_k([8, 5], RELEVANT, 2) == 1  # no more than k can be found
    assert recall_at_k([8, 5], RELEVANT, 2) == 2 / 3
    assert ndcg_at_k([8, 5], RELEVANT, 3) < 1  # the third place is a miss


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_an_empty_list_and_one_without_hits_are_worth_0(metric):
    for recommended in ([], [1, 2], pd.Series([], dtype="int64")):
        answer = metric(recommended, [5])
        assert type(answer) is float
        assert answer == 0


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_ids_may_come_in_any_container(metric):
    expected = metric(LIST, RELEVANT, 4)
    assert type(expected) is float
    for make in (tuple, iter, np.array, pd.Series, pd.Index, pd.array):
        assert metric(make(LIST), make(RELEVANT), np.int64(4)) == expected
    assert metric(LIST, set(RELEVANT), 4) == expected
    assert metric(LIST, RELEVANT * 2, 4) == expected  # twice relevant is relevant
    as_text = [str(i) for i in LIST], [str(i) for i in RELEVANT]
    assert metric(*as_text, 4) == expected


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_ten_places_count_unless_told(metric):
    recommended = list(range(20))
    assert metric(recommended, [9]) > 0
    assert metric(recommended, [10]) == 0


def test_mean_interval_by_hand():
    # mean 3, deviations 2, 1, 3: variance (4 + 1 + 9) / 2 = 7
    mean, half = mean_interval([1, 2, 6])
    assert (type(mean), type(half)) == (float, float)
    assert mean == 3
    assert half == pytest.approx(1.96 * math.sqrt(7 / 3))
    assert mean_interval(np.array([True, True])) == (1, 0)
    mean, half = mean_interval(pd.Series([0.0, 1.0], index=[7, 7]))
    assert (mean, half) == pytest.approx((0.5, 1.96 * 0.5))


def test_coverage_by_hand():
    assert coverage([[7, 3], [3, 9], []], 4) == 3 / 4
    assert coverage(np.array([[7, 3], [3, 9]]), np.int64(3)) == 1
    assert coverage(iter([(1,)]), 100) == 0.01


def test_shared_by_hand():
    # pairs: {3}, {7, 3}, {3} in common of 2 each
    assert shared([[7, 3], [3, 9], [3, 7]]) == pytest.approx((1 + 2 + 1) / 3 / 2)
    assert type(shared([[7], [7]])) is float
    assert shared([[1, 2], [2, 1], [1, 2]]) == 1
    assert shared([[1, 2], [3, 4]]) == 0
    assert shared(np.array([[1, 2], [2, 3]])) == 0.5
    assert shared([pd.Index([1, 2]), pd.Series([2, 3])]) == 0.5


def test_shared_does_not_take_text_for_a_number_or_a_rounded_one():
    assert shared([[1, "a"], ["1", 2]]) == 0
    assert shared([[2**53 + 1], [float(2**53)]]) == 0


# Lists, properties -------------------------------------------------------------------

ids = st.integers(0, 25)
lists = st.lists(ids, max_size=20, unique=True)
relevants = st.sets(ids, min_size=1, max_size=15)
places = st.integers(1, 22)


@given(lists, relevants, places)
def test_both_are_between_0_and_1_and_0_together(recommended, relevant, k):
    recall, ndcg = (metric(recommended, relevant, k) for metric in LIST_METRICS)
    assert 0 <= recall <= 1
    assert 0 <= ndcg <= 1 + 1e-12
    hits = set(recommended[:k]) & relevant
    assert (recall > 0) == (ndcg > 0) == bool(hits)
    best = min(k, len(relevant))
    assert (ndcg > 1 - 1e-12) == (
        set(recommended[:best]) <= relevant and (len(recommended) >= best)
    )


@given(lists, relevants, places)
def test_what_comes_after_place_k_does_not_matter(recommended, relevant, k):
    for metric in LIST_METRICS:
        value = metric(recommended, relevant, k)
        assert metric(recommended[:k], relevant, k) == value
        more = [*recommended[:k], 100, 101]  # misses
        assert metric(more, relevant, k) == pytest.approx(value)
    assert recall_at_k(recommended, relevant, k + 1) >= recall_at_k(
        recommended, relevant, k
    )


@given(lists, relevants, places, st.data())
def test_a_hit_that_moves_up_raises_ndcg_and_leaves_recall(
    recommended, relevant, k, data
):
    recommended = recommended[:k]
    falls = [
        j
        for j in range(1, len(recommended))
        if recommended[j] in relevant and recommended[j - 1] not in relevant
    ]
    if not falls:
        return
    j = data.draw(st.sampled_from(falls))
    better = list(recommended)
    better[j - 1], better[j] = better[j], better[j - 1]
    assert ndcg_at_k(better, relevant, k) > ndcg_at_k(recommended, relevant, k)
    assert recall_at_k(better, relevant, k) == recall_at_k(recommended, relevant, k)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20), st.randoms())
def test_the_interval_shifts_and_scales_with_the_values(values, random):
    mean, half = mean_interval(values)
    mixed = random.sample(values, len(values))
    assert mean_interval(mixed) == pytest.approx((mean, half))
    moved = mean_interval([2 * x + 3 for x in values])
    assert moved == pytest.approx((2 * mean + 3, 2 * half), abs=1e-9)
    # four times the same values: about half as wide, exactly √((n-1) / (4n-1))
    n = len(values)
    narrower = mean_interval(4 * values)[1]
    assert narrower == pytest.approx(half * math.sqrt((n - 1) / (4 * n - 1)))


def test_the_interval_holds_the_truth_19_times_in_20():
    rng = np.random.default_rng(0)
    n = 2000
    held = 0
    for _ in range(n):
        mean, half = mean_interval(rng.exponential(size=400))
        held += abs(mean - 1) <= half
    assert held / n == pytest.approx(0.95, abs=0.015)


@given(st.lists(lists, min_size=1, max_size=6), st.randoms())
def test_coverage_grows_with_every_list(many, random):
    if not any(many):
        return
    share = coverage(many, 26)
    assert share == sum(any(i in items for items in many) for i in range(26)) / 26
    assert coverage(random.sample(many, len(many)), 26) == share
    assert coverage([*many, [25]], 26) >= share


equal_lists = st.integers(1, 6).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(0, 8), min_size=n, max_size=n, unique=True),
        min_size=2,
        max_size=6,
    )
)


@given(equal_lists, st.randoms())
def test_shared_does_not_depend_on_any_order(many, random):
    mixed = [random.sample(x, len(x)) for x in random.sample(many, len(many))]
    assert shared(mixed) == pytest.approx(shared(many))
    assert (shared(many) > 1 - 1e-12) == (len({frozenset(x) for x in many}) == 1)


# Lists, independent oracles ----------------------------------------------------------


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


def test_real_movies_ranked_by_count_equal_trec_eval(real):
    last = real.sort_values("timestamp").groupby("userId").tail(10)
    earlier = real.drop(last.index)
    # the most rated, ties by id; the score of trec is the place
    counts = earlier.groupby("movieId").size().sort_values(kind="stable")[::-1]
    truth = last.groupby("userId")["movieId"].agg(list).head(100)
    run = {f"i{i}": 1.0 / (place + 1) for place, i in enumerate(counts.index[:500])}
    qrels = {str(u): {f"i{i}": 1 for i in movies} for u, movies in truth.items()}
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"recall.10", "ndcg_cut.10"})
    measured = evaluator.evaluate({u: run for u in qrels})
    values = []
    for u, movies in truth.items():
        recommended = counts.index[:500]
        recall = recall_at_k(recommended, movies)
        values.append(ndcg_at_k(recommended, movies))
        assert recall == pytest.approx(measured[str(u)]["recall_10"])
        assert values[-1] == pytest.approx(measured[str(u)]["ndcg_cut_10"])
    assert mean_interval(values)[0] > 0.02


@given(equal_lists)
def test_shared_equals_a_loop_over_all_pairs(many):
    pairs = list(itertools.combinations(many, 2))
    slow = sum(len(set(a) & set(b)) / len(a) for a, b in pairs) / len(pairs)
    assert shared(many) == pytest.approx(slow)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=20))
def test_mean_interval_equals_a_slow_loop(values):
    mean = sum(values) / len(values)
    variance = sum((x - mean) ** 2 for x in values) / (len(values) - 1)
    expected = (mean, 1.96 * math.sqrt(variance / len(values)))
    assert mean_interval(values) == pytest.approx(expected, abs=1e-9)


# Lists, bad input --------------------------------------------------------------------


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_bad_lists_are_refused(metric):
    with pytest.raises(ValueError, match="no item is relevant: leave this user out"):
        metric(LIST, [])
    for twice in ([1, 2, 1], [3, 4, 5, 5]):  # beyond k it is a mistake as well
        with pytest.raises(ValueError, match="an item is recommended twice"):
            metric(twice, RELEVANT, 2)


@pytest.mark.parametrize("metric", LIST_METRICS)
def test_scores_or_stars_by_id_are_not_taken_for_ids(metric):
    scores = pd.Series([4.5, 4.0], index=[7, 3])
    with pytest.raises(ValueError, match=r"^recommended is a Series of floats, not of"):
        metric(scores, RELEVANT)
    with pytest.raises(
        ValueError, match=r"^relevant is a Series of floats, not of ids"
    ):
        metric(LIST, scores)
    assert metric(scores.index, [3]) > 0
    for of_lists in (shared, lambda lists: coverage(lists, 5)):
        with pytest.raises(ValueError, match=r"^a list is a Series of floats, not of"):
            of_lists([scores, scores + 1])


@pytest.mark.parametrize("metric", LIST_METRICS)
@pytest.mark.parametrize("k", [0, -1, np.int64(0)])
def test_k_must_be_1_or_more(metric, k):
    with pytest.raises(ValueError, match=f"^k must be 1 or more, not {k}"):
        metric(LIST, RELEVANT, k)


@pytest.mark.parametrize("bad", [True, 2.0, 1.5, "2", None])
def test_k_and_the_size_of_a_catalogue_must_be_whole_numbers(bad):
    for metric in LIST_METRICS:
        with pytest.raises(TypeError, match=f"^k must be a whole number, not '?{bad}"):
            metric(LIST, RELEVANT, bad)
    with pytest.raises(
        TypeError, match=f"^n_items must be a whole number, not '?{bad}"
    ):
        coverage([[1]], bad)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], r"values must be 2 or more, not of shape \(0,\)"),
        ([0.5], r"values must be 2 or more, not of shape \(1,\)"),
        (0.5, r"values must be 2 or more, not of shape \(\)"),
        ([[1, 2], [3, 4]], r"not of shape \(2, 2\)"),
        ([1, np.nan, 3], "values has 1 NaN or infinite values of 3"),
        ([1] * 10 + [np.inf, -np.inf], "values has 2 NaN or infinite values of 12"),
        (pd.Series([1, None], dtype="Int64"), "values has 1 NaN or infinite values of"),
    ],
)
def test_an_interval_needs_two_finite_values(values, message):
    with pytest.raises(ValueError, match=message):
        mean_interval(values)


@pytest.mark.parametrize(
    ("lists", "n_items", "message"),
    [
        ([], 4, "the lists show 0 items of 4"),
        ([[], []], 4, "the lists show 0 items of 4"),
        ([[1, 2], [3]], 2, "the lists show 3 items of 2"),
        ([[1]], 0, "n_items must be 1 or more, not 0"),
    ],
)
def test_coverage_refuses_no_lists_and_a_catalogue_that_is_too_small(
    lists, n_items, message
):
    with pytest.raises(ValueError, match=message):
        coverage(lists, n_items)


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ([], r"lists must be 2 or more .* 0 of the lengths \[\]"),
        ([[1, 2]], r"these are 1 of the lengths \[2\]"),
        ([[], []], r"at least 1; these are 2 of the lengths \[0\]"),
        ([[1, 2], [1], [2]], r"these are 3 of the lengths \[1, 2\]"),
        ([[1, 2], [3, 3]], "an item occurs twice in one list"),
    ],
)
def test_shared_refuses_lists_that_cannot_be_compared(lists, message):
    with pytest.raises(ValueError, match=message):
        shared(lists)
