"""collab/recommend.py: scores → the best n; a new user's ratings → a bias, a vector."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_what_was_seen_is_left_out_and_unknown_ids_are_ignored():
    assert top_n(SCORES, 2, seen=[10, 30, 999]).index.tolist() == [40, 50]
    for seen in ({10}, pd.Index([10]), [10.0]):
        assert top_n(SCORES, 1, seen=seen).index.tolist() == [40]
    with pytest.raises(ValueError, match="seen is a Series of floats, not of ids"):
        top_n(SCORES, 1, seen=SCORES)


def test_ten_unless_told_and_fewer_where_fewer_are_left():
    many = pd.Series(np.arange(30.0), index=range(30, 0, -1))
    assert top_n(many).index.tolist() == list(range(1, 11))
    assert top_n(SCORES).index.tolist() == [10, 40, 30, 50, 20]
    nothing = top_n(SCORES, 3, seen=SCORES.index)
    assert (len(nothing), nothing.dtype) == (0, "float64")


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


@pytest.mark.parametrize("dtype", ["float64", "object", "int64"])
def test_without_ratings_the_scores_are_mean_plus_item_bias_exactly(dtype):
    taste = fold_in(tables(), pd.Series([], dtype=dtype))
    assert (taste.bias, taste.factors.tolist()) == (0, [0, 0])
    assert tables().scores(taste).tolist() == [4, 3, 3.75]


# By property, and by another solver --------------------------------------------------

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


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stars", "message"),
    [
        (pd.Series({"7": 5.0}), "ratings.index holds ids like '7', but the known ones"),
        (pd.Series(5.0, index=range(20, 40)), r"no item \[20, 21, 22, 23, 24\]$"),
        (pd.Series([5.0, 3.0, 4.0], index=[5, 7, 7]), "ratings has the id 7 twice"),
        (pd.Series({5: 5.0, 7: 5.5}), r"item 7 has the rating 5.5; .* is 0.5 to 5$"),
        (pd.Series({7: 0.0}), "item 7 has the rating 0; the scale is 0.5 to 5$"),
    ],
)
def test_bad_ratings_are_refused(stars, message):
    with pytest.raises(ValueError, match=message):
        fold_in(replace(tables(), scale=(0.5, 5)), stars)
    assert fold_in(tables(), pd.Series({7: 5.5})).bias > 0  # no scale is known


@pytest.mark.parametrize("name", ["bias_damping", "factor_damping"])
def test_hardly_any_damping_is_an_answer_or_a_clear_error(name):
    model = tables(factors=((1e8, 0), (0, 2e8), (1e8, -1e8)))
    with pytest.raises(ValueError, match="too small for 1 ratings to decide"):
        fold_in(model, pd.Series({7: 5.0}), bias_damping=1e-30, factor_damping=1e-30)
    with pytest.raises(ValueError, match=f"{name} must be a number, above 0, not 0"):
        fold_in(model, pd.Series({7: 5.0}), **{name: 0})


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
