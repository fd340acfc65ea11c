"""Alternating least squares: each row is a ridge regression, and nothing else."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from collab import als
from collab.als import fit_als
from collab.baselines import estimate_dampings, fit_biases
from collab.factors import ridge_step

NAMES = {"user": "who", "item": "what", "rating": "stars"}
DAMPINGS = ["user_damping", "item_damping", "factor_damping", "damping_per_rating"]


@pytest.fixture
def ratings():
    """40 users × 25 items, two tastes, a third of the cells; item 7 rated once."""
    rng = np.random.default_rng(3)
    p, q = rng.normal(size=(40, 2)), rng.normal(size=(25, 2))
    table = 3 + rng.normal(size=(40, 1)) / 3 + p @ q.T + rng.normal(size=(40, 25)) / 4
    user, item = np.nonzero(rng.random((40, 25)) < 0.4)
    lone = np.flatnonzero(item == 7)[1:]
    cells = pd.DataFrame(
        {"userId": user + 100, "movieId": item, "rating": table[user, item]}
    )
    return cells.drop(index=lone).sample(frac=1, random_state=1)


def by_hand(ratings, n_factors, n_iterations, *dampings):
    """The same in float64, one `lstsq` a row: damping as rows of √D that want 0."""
    *bias_dampings, factor_damping, per_rating = dampings
    mean, s = ratings["rating"].mean(), ratings["rating"].std(ddof=0)
    y = (ratings["rating"].to_numpy() - mean) / s
    rows = [
        np.unique(ratings[c], return_inverse=True)[1] for c in ("userId", "movieId")
    ]
    n_users, n_items = rows[0].max() + 1, rows[1].max() + 1
    first = np.random.default_rng(0).normal(0, 0.1, (n_items, 1 + n_factors))
    first[:, 0] = 0
    tables = [np.zeros((n_users, 1 + n_factors)), first]
    for _ in range(n_iterations):
        for mine, other in [(0, 1), (1, 0)]:
            for row in range(len(tables[mine])):
                of_row = rows[mine] == row
                v = tables[other][rows[other][of_row]]
                X = np.column_stack([np.ones(len(v)), v[:, 1:]])
                damping = np.full(1 + n_factors, factor_damping + per_rating * len(v))
                damping[0] = bias_dampings[mine]
                tables[mine][row] = np.linalg.lstsq(
                    np.vstack([X, np.diag(np.sqrt(damping))]),
                    np.r_[y[of_row] - v[:, 0], np.zeros(1 + n_factors)],
                    rcond=None,
                )[0]
    W, V = tables
    return mean, s * W[:, 0], s * V[:, 0], s * W[:, 1:] @ V[:, 1:].T


@pytest.mark.parametrize("n_factors", [1, 3])
def test_agrees_with_another_solver_of_the_same_regressions(ratings, n_factors):
    settings = dict(zip(DAMPINGS, (2.0, 3.0, 0.7, 0.03), strict=True))
    got = fit_als(ratings, n_factors=n_factors, n_iterations=4, **settings)
    mean, b_u, b_i, products = by_hand(ratings, n_factors, 4, *settings.values())
    assert got.mean == pytest.approx(mean, abs=1e-12)
    np.testing.assert_allclose(got.user_bias, b_u, atol=1e-4)
    np.testing.assert_allclose(got.item_bias, b_i, atol=1e-4)
    np.testing.assert_allclose(
        got.user_factors @ got.item_factors.T, products, atol=1e-3
    )
    assert np.abs(products).max() > 1  # a zero would not pass


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 200])
def test_the_compiled_loop_takes_the_ridge_step(n):
    # 64 ratings are taken at a time: below, at and above the border.
    rng = np.random.default_rng(n)
    V = rng.normal(size=(30, 5)).astype("float32")
    other = rng.integers(0, 30, n).astype("int32")
    y = rng.normal(size=n).astype("float32")
    fixed = np.array([3, 2, 1, 2, 3], "float32")
    growing = np.array([0, 0.1, 0.1, 0.2, 0.1], "float32")
    W = np.full((1, 5), 9, "float32")
    als._solve_rows(np.array([0, n]), other, y, W, V, fixed, growing, 2)
    X = np.column_stack([np.ones(n), V[other, 1:]])
    want = ridge_step(X, y - V[other, 0], fixed + n * growing)
    np.testing.assert_allclose(W[0], want, atol=2e-6)


def test_factors_are_sorted_by_raw_id_and_the_scale_is_read_off(ratings):
    text = ratings.assign(movieId="m" + ratings["movieId"].astype(str))
    f = fit_als(text.set_index("userId", drop=False), n_factors=2, n_iterations=1)
    assert f.user_bias.index.tolist() == sorted(ratings["userId"].unique())
    assert f.item_bias.index.tolist() == sorted(text["movieId"].unique())
    assert f.user_factors.shape[1] == f.item_factors.shape[1] == 2
    assert f.scale == (ratings["rating"].min(), ratings["rating"].max())
    assert fit_als(ratings, n_iterations=1, scale=(-9, 20)).scale == (-9.0, 20.0)


def test_the_unit_and_the_order_of_the_rows_do_not_matter(ratings):
    f = fit_als(ratings, n_factors=3)
    tenfold = ratings.assign(rating=10 * ratings["rating"] + 7).iloc[::-1]
    g = fit_als(tenfold, n_factors=3)
    assert g.mean == pytest.approx(10 * f.mean + 7)
    np.testing.assert_allclose(g.user_bias, 10 * f.user_bias, atol=2e-3)
    np.testing.assert_allclose(g.user_factors, 10 * f.user_factors, atol=5e-3)
    np.testing.assert_allclose(
        g.user_factors @ g.item_factors.T,
        10 * (f.user_factors @ f.item_factors.T),
        atol=2e-2,
    )


def test_the_same_seed_gives_the_same_factors(ratings):
    once, again = fit_als(ratings, n_factors=3), fit_als(ratings, n_factors=3)
    other = fit_als(ratings, n_factors=3, seed=1)
    assert once.item_factors.equals(again.item_factors)
    assert not np.allclose(once.item_factors, other.item_factors)


def test_other_column_names_and_repeated_ratings(ratings):
    renamed = ratings.set_axis(list(NAMES.values()), axis=1)
    fit = partial(fit_als, n_factors=2, factor_damping=5.0)
    f, g = fit(ratings), fit(renamed, **NAMES)
    assert f.user_factors.equals(g.user_factors)
    twice = fit(pd.concat([ratings, ratings]))
    size = [
        (g.user_factors @ g.item_factors.T).abs().to_numpy().sum() for g in (f, twice)
    ]
    assert size[1] > 1.05 * size[0]  # less damped


def test_too_little_damping_is_refused():
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 900, (20_000, 2))
    table = pd.DataFrame(ids, columns=["userId", "movieId"])
    table["rating"] = rng.integers(1, 6, 20_000)
    damping = {"factor_damping": 1e-9, "damping_per_rating": 0}
    with pytest.raises(ValueError, match=r"with factor_damping=1e-09 .* raise it"):
        fit_als(table, n_factors=10, **damping)


def test_all_ratings_equal_are_predicted():
    table = pd.DataFrame(
        {"userId": [1, 1, 2], "movieId": [5, 6, 5], "rating": [4, 4, 4]}
    )
    with pytest.warns(UserWarning, match="fewer than ten ratings"):
        f = fit_als(table)
    assert f.mean == 4
    assert f.user_bias.tolist() == [0, 0]
    assert f.scale == (4, 4)


def test_dampings_that_are_not_told_are_read_off_the_table(ratings):
    rows = [pd.factorize(ratings[c], sort=True)[0] for c in ("userId", "movieId")]
    y = ratings["rating"].to_numpy()
    y = (y - y.mean()) / y.std()
    sizes = [row.max() + 1 for row in rows]
    told = dict(zip(DAMPINGS, estimate_dampings(*rows, y, sizes), strict=False))
    fits = [
        fit_als(ratings, n_factors=2, factor_damping=0.7, **more)
        for more in ({}, {"damping_per_rating": 0.007}, told)
    ]
    for fit in fits[1:]:
        assert fit.item_factors.equals(fits[0].item_factors)


def test_the_factor_damping_is_the_one_with_the_lowest_error_on_held_out_rows(ratings):
    found = fit_als(ratings, n_factors=3, seed=1)
    some = [0.15, 0.5, 1.5, 5, 10]
    fits = [fit_als(ratings, n_factors=3, seed=1, factor_damping=d) for d in some]
    equal = [found.item_factors.equals(fit.item_factors) for fit in fits]
    assert sum(equal) == 1
    # Judged by new ratings of the same people, none of the others is much better.
    rng = np.random.default_rng(3)
    p, q = rng.normal(size=(40, 2)), rng.normal(size=(25, 2))
    truth = 3 + rng.normal(size=(40, 1)) / 3 + p @ q.T
    users, items = found.user_bias.index, found.item_bias.index
    errors = []
    for f in fits:
        guess = f.mean + f.user_factors @ f.item_factors.T + f.item_bias
        guess = guess.add(f.user_bias, axis=0)
        errors.append(
            ((guess - truth[np.ix_(users - 100, items)]) ** 2).mean(axis=None)
        )
    assert errors[equal.index(True)] < 1.1 * min(errors)
    assert max(errors) > 3 * min(errors)


def test_factors_that_do_not_help_are_left_out():
    rng = np.random.default_rng(0)
    user, item = np.nonzero(rng.random((60, 40)) < 0.4)
    likes = rng.normal(size=60)[user] + rng.normal(size=40)[item]
    stars = 30 + 10 * (likes + rng.normal(size=len(user)))
    table = pd.DataFrame({"userId": user, "movieId": item, "rating": stars})
    told = r"left out: .* is 1\d\.\d+ \(RMSE\) with .* and 1\d\.\d+ with biases alone"
    with pytest.warns(UserWarning, match=told):
        f = fit_als(table, n_factors=5)
    assert f.user_factors.shape == (60, 0)
    assert f.item_factors.shape == (40, 0)
    biases = fit_biases(table)
    np.testing.assert_allclose(f.user_bias, biases.user, atol=0.01)
    np.testing.assert_allclose(f.item_bias, biases.item, atol=0.01)


@pytest.mark.parametrize("name", DAMPINGS[:3])
def test_a_damping_is_above_0(ratings, name):
    with pytest.raises(ValueError, match=f"{name} must be a number, above 0, not 0"):
        fit_als(ratings, **{name: 0})


def test_ratings_have_rows_and_a_scale_holds_them(ratings):
    with pytest.raises(ValueError, match="ratings has no rows"):
        fit_als(ratings[:0])
    with pytest.raises(ValueError, match=r"scale=\(0, 1\) does not hold the ratings"):
        fit_als(ratings, scale=(0, 1))
