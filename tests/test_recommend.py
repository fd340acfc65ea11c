"""collab/recommend.py: scores → the best n; a new user's ratings → a bias, a vector."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.baselines import Biases, fit_biases, predict_biases
from collab.factors import Factors, Taste, ridge_step
from collab.recommend import fold_in, score_sd, top_n

SCORES = pd.Series({30: 2.0, 10: 4.5, 50: 2.0, 20: -1.0, 40: 3.5})


def tables(mean=3.5, bias=(0.5, -0.5, 0.25), factors=((1, 0), (0, 2), (1, -1))):
    """Items 7, 5, 9, as `read_factors` would return them."""
    ids = [7, 5, 9][: len(bias)]
    return Factors(
        mean,
        None,
        pd.Series(bias, index=ids, dtype="float64"),
        None,
        pd.DataFrame(factors, index=ids, dtype="float64"),
    )


# By hand: the best n -----------------------------------------------------------------


def test_the_best_come_first_and_equal_ones_by_ascending_id():
    answer = top_n(SCORES, 4)
    assert list(answer.items()) == [(10, 4.5), (40, 3.5), (30, 2.0), (50, 2.0)]
    assert answer.dtype == "float64"
    assert top_n(SCORES[::-1], 4).index.tolist() == [10, 40, 30, 50]


def test_at_the_border_the_smaller_of_two_equal_ids_stays():
    assert top_n(SCORES[[50, 30, 20]], 1).index.tolist() == [30]


def test_what_was_seen_is_left_out_and_unknown_ids_are_ignored():
    assert top_n(SCORES, 2, seen=[10, 30, 999]).index.tolist() == [40, 50]
    for seen in ({10}, pd.Index([10]), pd.Series([10]), np.array([10]), (10,), [10.0]):
        assert top_n(SCORES, 1, seen=seen).index.tolist() == [40]


def test_ten_unless_told_and_all_that_are_left_on_request():
    many = pd.Series(np.arange(30.0), index=range(30, 0, -1))
    assert top_n(many).index.tolist() == list(range(1, 11))
    assert top_n(SCORES, np.int64(5)).index.tolist() == [10, 40, 30, 50, 20]
    assert top_n(SCORES, 1, seen=[10, 20, 30, 40]).to_dict() == {50: 2.0}


def test_fewer_come_when_fewer_are_left():
    assert len(top_n(SCORES)) == len(top_n(SCORES, 99)) == 5
    assert top_n(SCORES, 4, seen=[10, 20]).index.tolist() == [40, 30, 50]
    nothing = top_n(SCORES, 3, seen=SCORES.index)
    assert (len(nothing), nothing.dtype) == (0, "float64")
    assert top_n(SCORES[:0], 1).empty


# By hand: fold-in --------------------------------------------------------------------


def test_one_rating_by_hand():
    # y = 5 - 3.5 - 0.5 = 1, x = (1, 1, 0): (b, p) = x y / (x · x + 5)
    taste = fold_in(tables(), pd.Series({7: 5.0}))
    assert isinstance(taste, Taste)
    assert type(taste.bias) is float
    assert taste.bias == pytest.approx(1 / 7)
    assert taste.factors.shape == (2,)
    assert taste.factors.dtype == "float64"
    assert taste.factors.tolist() == pytest.approx([1 / 7, 0])


def test_two_ratings_with_two_dampings_by_hand():
    one = tables(bias=(0.5, -0.5), factors=((1,), (2,)))
    stars = pd.Series({7: 5.0, 5: 1.0})
    # y = 1, -2;  X = (1, 1), (1, 2);  Xᵀ X + D = ((2 + 1, 3), (3, 5 + 4))
    # Xᵀ y = (-1, -3);  determinant 27 - 9 = 18
    taste = fold_in(one, stars, bias_damping=1, factor_damping=4)
    assert taste.bias == pytest.approx((9 * -1 - 3 * -3) / 18)
    assert taste.factors.tolist() == pytest.approx([(3 * -3 - 3 * -1) / 18])
    # dampings the other way round: ((6, 3), (3, 6)), determinant 27
    taste = fold_in(one, stars, bias_damping=4, factor_damping=1)
    assert taste.bias == pytest.approx((6 * -1 - 3 * -3) / 27)
    assert taste.factors.tolist() == pytest.approx([(6 * -3 - 3 * -1) / 27])


def test_both_dampings_are_5_unless_told():
    stars = pd.Series({7: 5.0, 9: 1.0})
    default = fold_in(tables(), stars)
    told = fold_in(tables(), stars, bias_damping=5, factor_damping=5)
    assert default.bias == told.bias
    assert default.factors.tolist() == told.factors.tolist()


def test_scores_by_hand():
    answer = tables().scores(Taste(0.25, np.array([2.0, 0.5])))
    # 3.5 + 0.25 + bias + p · q: 2, 1 and 1.5
    assert answer.to_dict() == {7: 6.25, 5: 4.25, 9: 5.5}  # not clipped
    assert answer.dtype == "float64"


def test_any_pair_of_a_bias_and_a_vector_is_a_taste():
    row = pd.Series([2.0, 0.5], index=["x", "y"])
    for factors in ([2, 0.5], row):
        assert tables().scores((0.25, factors)).tolist() == [6.25, 4.25, 5.5]


@pytest.mark.parametrize("dtype", ["float64", "object", "int64"])
def test_without_ratings_the_scores_are_mean_plus_item_bias_exactly(dtype):
    taste = fold_in(tables(), pd.Series([], dtype=dtype))
    assert (taste.bias, taste.factors.tolist()) == (0, [0, 0])
    nobody = Biases(3.5, pd.Series({99: 0.4}), tables().item_bias)
    rows = pd.DataFrame({"userId": 1, "movieId": [7, 5, 9]})
    expected = predict_biases(nobody, rows)
    assert tables().scores(taste).tolist() == expected.tolist() == [4, 3, 3.75]


def test_small_floats_do_not_cost_precision():
    small = replace(tables(), item_bias=tables().item_bias + 1 / 3)
    stars = pd.Series({7: 3.5, 9: 4.5})
    assert (
        fold_in(small, stars.astype("float16")).bias
        == fold_in(small, stars).bias
        != pytest.approx(0, abs=1e-3)
    )


# Properties --------------------------------------------------------------------------

half_stars = st.integers(1, 10).map(lambda x: x / 2)


@given(
    st.dictionaries(st.integers(0, 30), st.integers(-3, 3), min_size=1),
    st.sets(st.integers(0, 30)),
    st.data(),
)
def test_top_n_sorts_what_was_not_seen_as_python_would(scores, seen, data):
    left = sorted((-score, item) for item, score in scores.items() if item not in seen)
    series = pd.Series(scores, dtype="float64")
    n = data.draw(st.integers(1, len(left) + 2))
    answer = top_n(series, n, seen=seen)
    assert [(-score, item) for item, score in answer.items()] == left[:n]


@st.composite
def problems(draw):
    """Tables and ratings of at least one of their items."""
    n_items, n_factors = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    ids = 10 * rng.permutation(n_items) + 3
    model = Factors(
        rng.uniform(2, 4),
        None,
        pd.Series(rng.normal(size=n_items), index=ids),
        None,
        pd.DataFrame(rng.normal(size=(n_items, n_factors)), index=ids),
    )
    rated = rng.permutation(ids)[: rng.integers(1, n_items + 1)]
    stars = draw(st.lists(half_stars, min_size=len(rated), max_size=len(rated)))
    return model, pd.Series(stars, index=rated)


dampings = st.floats(0.1, 20)


@given(problems(), st.randoms())
def test_the_order_of_the_ratings_and_of_the_tables_does_not_matter(problem, random):
    model, stars = problem
    expected = model.scores(fold_in(model, stars))
    mixed = stars.iloc[random.sample(range(len(stars)), len(stars))]
    turned = replace(
        model,
        item_bias=model.item_bias[::-1],
        item_factors=model.item_factors.sort_index(),
    )
    answer = turned.scores(fold_in(turned, mixed))
    pd.testing.assert_series_equal(
        answer.sort_index(), expected.sort_index(), check_names=False
    )


@settings(max_examples=25)
@given(problems())
def test_an_immense_damping_leaves_mean_plus_item_bias(problem):
    model, stars = problem
    taste = fold_in(model, stars, bias_damping=1e12, factor_damping=1e12)
    np.testing.assert_allclose(
        model.scores(taste), model.mean + model.item_bias, atol=1e-9
    )


@settings(max_examples=25)
@given(problems())
def test_a_tiny_damping_reproduces_the_ratings_if_the_factors_can(problem):
    model, stars = problem
    # as many factors as items, all independent: every list of stars can be had
    ids = model.item_bias.index
    alone = pd.DataFrame(3 * np.eye(len(ids)), index=ids)
    model = replace(model, user_factors=None, user_bias=None, item_factors=alone)
    taste = fold_in(model, stars, bias_damping=1e-9, factor_damping=1e-9)
    answer = model.scores(taste)[stars.index]
    np.testing.assert_allclose(answer, stars, atol=1e-6)


# Independent oracles -----------------------------------------------------------------


@given(problems(), dampings, dampings)
def test_fold_in_solves_the_augmented_least_squares_system(
    problem, damping_b, damping_p
):
    model, stars = problem
    # Σ (y - X w)² + Σ d w² = |(y, 0) - (X; √D) w|²
    q = np.array([model.item_factors.loc[i] for i in stars.index])
    y = np.array([r - model.mean - model.item_bias[i] for i, r in stars.items()])
    n = q.shape[1]
    design = np.vstack(
        [
            np.hstack([np.ones((len(q), 1)), q]),
            np.diag(np.sqrt([damping_b] + [damping_p] * n)),
        ]
    )
    solved, *_ = np.linalg.lstsq(design, np.append(y, np.zeros(n + 1)), rcond=None)
    taste = fold_in(model, stars, bias_damping=damping_b, factor_damping=damping_p)
    np.testing.assert_allclose([taste.bias, *taste.factors], solved, atol=1e-8)


@settings(max_examples=25)
@given(problems(), dampings, dampings)
def test_every_small_step_away_from_the_solution_costs_more(
    problem, damping_b, damping_p
):
    model, stars = problem
    taste = fold_in(model, stars, bias_damping=damping_b, factor_damping=damping_p)

    def cost(w):
        penalty = damping_b * w[0] ** 2 + damping_p * sum(x**2 for x in w[1:])
        scores = model.scores((w[0], w[1:]))
        return penalty + sum((r - scores[i]) ** 2 for i, r in stars.items())

    best = np.array([taste.bias, *taste.factors])
    for k in range(len(best)):
        step = np.eye(len(best))[k] * 0.01
        assert cost(best + step) > cost(best)
        assert cost(best - step) > cost(best)
        slope = (cost(best + step) - cost(best - step)) / 0.02
        assert slope == pytest.approx(0, abs=1e-8)


@given(problems())
def test_scores_equal_a_slow_loop(problem):
    model, stars = problem
    bias, factors = taste = fold_in(model, stars)
    answer = model.scores(taste)
    for item in model.item_bias.index:
        expected = model.mean + bias + model.item_bias[item]
        for k, factor in enumerate(factors):
            expected += factor * model.item_factors.loc[item, k]
        assert answer[item] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(problems(), dampings)
def test_without_factors_it_is_the_damped_bias_of_the_baselines(problem, damping):
    model, stars = problem
    none = model.item_factors[[]]
    model = replace(model, user_bias=None, user_factors=None, item_factors=none)
    taste = fold_in(model, stars, bias_damping=damping)
    # `fit_biases` with a user of mean 0: immense item damping, so b_i = 0
    left = stars - model.mean - model.item_bias[stars.index]
    rows = pd.DataFrame({"userId": 1, "movieId": left.index, "rating": left.to_numpy()})
    balance = rows.assign(userId=2, rating=-rows["rating"])
    biases = fit_biases(
        pd.concat([rows, balance], ignore_index=True),
        user_damping=damping,
        item_damping=1e12,
    )
    assert biases.mean == pytest.approx(0, abs=1e-12)
    assert taste.bias == pytest.approx(biases.user[1], abs=1e-9)
    assert taste.factors.shape == (0,)
    np.testing.assert_allclose(
        model.scores(taste), model.mean + taste.bias + model.item_bias
    )
    none = pd.DataFrame(0.0, index=model.item_bias.index, columns=[0, 1])
    model = replace(model, user_bias=None, user_factors=None, item_factors=none)
    zeros = fold_in(model, stars, bias_damping=damping)
    assert zeros.bias == pytest.approx(taste.bias)
    assert zeros.factors.tolist() == [0, 0]


# Bad input ---------------------------------------------------------------------------


def test_stars_by_id_are_not_taken_for_the_ids_that_were_seen():
    stars = pd.Series({10: 5.0, 40: 4.0})
    with pytest.raises(ValueError, match="seen is a Series of floats, not of ids"):
        top_n(SCORES, 1, seen=stars)
    assert top_n(SCORES, 1, seen=stars.index).index.tolist() == [30]


@pytest.mark.parametrize(
    ("stars", "message"),
    [
        (pd.Series({"7": 5.0}), "ratings.index holds ids like '7', but the known ones"),
        (pd.Series(5.0, index=range(20, 40)), r"no item \[20, 21, 22, 23, 24\]$"),
        (pd.Series([5.0, 3.0, 4.0], index=[5, 7, 7]), "ratings has the item 7 twice"),
        (pd.Series({5: 5.0, 7: 5.5}), r"item 7 has the rating 5.5; .* is 0.5 to 5$"),
        (pd.Series({7: 0.0}), "item 7 has the rating 0; the scale is 0.5 to 5$"),
    ],
)
def test_bad_ratings_are_refused(stars, message):
    with pytest.raises(ValueError, match=message):
        fold_in(replace(tables(), scale=(0.5, 5)), stars)


def test_the_scale_is_that_of_the_factors():
    model, high = tables(), pd.Series({7: 5.5})
    assert fold_in(model, high).bias > 0  # nothing is known of a scale
    assert fold_in(replace(model, scale=(0, 10)), high).bias > 0
    for ratings in (pd.Series({7: 0.5}), pd.Series({7: 5.0})):  # the ends belong to it
        assert fold_in(replace(model, scale=(0.5, 5)), ratings).bias != 0


@pytest.mark.parametrize("name", ["bias_damping", "factor_damping"])
def test_hardly_any_damping_is_an_answer_or_a_clear_error(name):
    model = tables(factors=((1e8, 0), (0, 2e8), (1e8, -1e8)))
    with pytest.raises(ValueError, match="too small for 1 ratings to decide"):
        fold_in(model, pd.Series({7: 5.0}), bias_damping=1e-30, factor_damping=1e-30)
    with pytest.raises(ValueError, match=f"{name} must be a number, above 0, not 0"):
        fold_in(model, pd.Series({7: 5.0}), **{name: 0})


def test_the_input_is_left_alone():
    model, stars, scores = tables(), pd.Series({7: 5, 9: 2}), SCORES.copy()
    model.scores(fold_in(model, stars))
    top_n(scores, 2, seen=[10])
    pd.testing.assert_series_equal(stars, pd.Series({7: 5, 9: 2}))
    pd.testing.assert_series_equal(scores, SCORES)
    pd.testing.assert_series_equal(model.item_bias, tables().item_bias)
    pd.testing.assert_frame_equal(model.item_factors, tables().item_factors)


# Scales ------------------------------------------------------------------------------


@given(problems(), dampings, dampings, st.floats(0.01, 100), st.floats(-50, 50))
def test_ratings_on_another_scale_give_scores_on_that_scale(
    problem, damping_b, damping_p, k, c
):
    model, stars = problem
    damping = {"bias_damping": damping_b, "factor_damping": damping_p}
    scores = model.scores(fold_in(model, stars, **damping))
    # The unit is on the users' side: the items' factors stay.
    other = replace(model, mean=k * model.mean + c, item_bias=k * model.item_bias)
    answer = other.scores(fold_in(other, k * stars + c, **damping))
    np.testing.assert_allclose(answer, k * scores + c, rtol=1e-9, atol=1e-7 * k)


def test_a_bias_damping_of_5_is_worth_five_ratings():
    ids = range(5)
    model = Factors(3, None, pd.Series(0.0, ids), None, pd.DataFrame(index=ids))
    assert fold_in(model, pd.Series(5.0, index=ids)).bias == pytest.approx(2 / 2)


# The bare lines ----------------------------------------------------------------------


def test_a_ridge_step_by_hand():
    X, y = np.array([[1.0, 1], [1, 2]]), np.array([1.0, -2])
    found = ridge_step(X, y, [1, 4])  # as in the fold-in by hand above
    assert found.tolist() == pytest.approx([0, -1 / 3])


# How sure ----------------------------------------------------------------------------


def with_users(n=2000):
    p = pd.DataFrame(np.random.default_rng(0).normal(size=(n, 2)))
    return replace(tables(), user_bias=pd.Series(0.0, p.index), user_factors=p)


def test_the_sd_of_a_score_by_hand():
    model = replace(
        tables(), user_bias=pd.Series({1: 0.0, 2: 3.0}),
        user_factors=pd.DataFrame([[0.0, 0], [2, 0]], [1, 2]),
    )  # fmt: skip
    once = pd.DataFrame({"userId": [1], "movieId": [5]})
    damping = {"bias_damping": 3.0, "factor_damping": 4.0}
    sd = score_sd(model, once, noise=0.6, **damping)
    # x = (1, 0, 0) and (1, 2, 0); A = diag(3, 4, 4), and 4, 4, 4 of the rated item.
    assert sd.loc[1].tolist() == pytest.approx(
        [0.6 * (1 / 3) ** 0.5, 0.6 * 0.5, 0.6 * (1 / 3) ** 0.5]
    )
    assert sd.loc[2].tolist() == pytest.approx(
        [0.6 * (1 / 3 + 1) ** 0.5, 0.6 * (1 / 4 + 1) ** 0.5, 0.6 * (1 / 3 + 1) ** 0.5]
    )
    assert sd.columns.tolist() == [7, 5, 9]


def test_the_sd_is_how_far_the_regression_is_from_the_truth():
    """Items drawn from what the damping says, rated with noise, and fitted anew."""
    model, rng = with_users(), np.random.default_rng(1)
    X = np.column_stack([np.ones(2000), model.user_factors])
    damping, noise = np.array([3.0, 5, 5]), 0.7
    asked, who = X[:5], rng.integers(0, 2000, 12)
    off = []
    for _ in range(2000):
        true = rng.normal(0, noise / damping**0.5)
        y = X[who] @ true + rng.normal(0, noise, 12)
        off.append(asked @ (ridge_step(X[who], y, damping) - true))
    rated = pd.DataFrame({"userId": who, "movieId": 5})
    sd = score_sd(model, rated, noise=noise)[5].iloc[:5]
    np.testing.assert_allclose(np.std(off, axis=0), sd, rtol=0.06)


def test_the_sd_of_people_and_items_that_are_not_there_is_refused():
    one = pd.DataFrame({"userId": [1], "movieId": [5]})
    with pytest.raises(ValueError, match=r"factors has no row for \[1\]"):
        score_sd(tables(), one, noise=0.7)  # nobody
    for column in ("userId", "movieId"):
        with pytest.raises(ValueError, match=r"factors has no row for \[9999\]"):
            score_sd(with_users(), one.assign(**{column: 9999}), noise=0.7)
