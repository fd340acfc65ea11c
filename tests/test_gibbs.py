"""The sampler against exact posteriors, calibrated; no leak; any table."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from collab import gibbs
from collab.drift import Drift
from collab.gibbs import Draws, Gibbs, Sampler, Term, genre_columns, year_columns

HOUR = 3600
EVERYTHING = dict(
    time="timestamp", months=True, sittings=True, sets=True, uneven_noise=True
)


def eye(n):
    return sparse.eye_array(n)


def small_sampler(n_factors, *, rng, n_users=4, n_items=3, repeats=1, **more):
    """All pairs of a few users and items, their sets as columns too."""
    user = np.tile(np.repeat(np.arange(n_users), n_items), repeats)
    item = np.tile(np.arange(n_items), n_users * repeats)
    share = sparse.csc_array(np.arange(n_users * 2).reshape(n_users, 2) / n_users)
    columns = {"user": eye(n_users), "shared": share}
    terms = {
        "user": Term("user", user, user[:2], columns),
        "item": Term("item", item, item[:2], {"item": eye(n_items)}),
    }
    y = np.zeros(len(user))
    return Sampler(y, terms, n_factors=n_factors, rng=rng, **more)


def start_over(sampler, y):
    sampler.y = y
    sampler.renew_residuals()


# The sampler: exact posteriors, calibration ------------------------------------------


def test_biases_have_the_posterior_of_the_linear_model():
    rng = np.random.default_rng(0)
    s = small_sampler(0, rng=rng)
    s.alpha = 2.0
    s.noise_of = {"user": np.array([1, 2, 0.5, 1]), "item": np.array([1, 3, 1.0])}
    for kind, precision in [("user", 4.0), ("shared", 0.5), ("item", 1.5)]:
        s.precision[kind] = np.array([precision])
    y = rng.normal(size=12)
    start_over(s, y)
    user, item = s.terms["user"].of, s.terms["item"].of
    shared = s.terms["user"].columns["shared"].toarray()
    X = np.column_stack([np.ones(12), np.eye(4)[user], shared[user], np.eye(3)[item]])
    prior = np.diag([1.0] + [4.0] * 4 + [0.5] * 2 + [1.5] * 3)
    w = 2.0 * s.noise_of["user"][user] * s.noise_of["item"][item]
    covariance = np.linalg.inv(X.T @ (w[:, None] * X) + prior)
    mean = covariance @ X.T @ (w * y)
    draws = []
    for _ in range(4000):
        s.draw_weights()
        parts = [s.weights[kind][0] for kind in ("user", "shared", "item")]
        draws.append(np.r_[s.mu, np.concatenate(parts)])
    draws = np.array(draws[100:])
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.2)
    # Of the sums that the data determine, closer: they mix at once.
    np.testing.assert_allclose(X @ draws.mean(axis=0), X @ mean, atol=0.02)
    want = X @ covariance @ X.T
    np.testing.assert_allclose(np.cov(X @ draws.T), want, atol=0.03)


def test_one_column_is_drawn_as_a_ridge_regression_on_its_entities():
    """Two columns with values of all sizes, one after the other, without chance."""
    start, entity = np.array([0, 3, 5]), np.array([0, 1, 2, 1, 3])
    value = np.array([0.5, 2.0, 3.0, 1.5, -1.0])
    X = np.zeros((4, 2))
    X[entity, [0, 0, 0, 1, 1]] = value
    # Entity k has a rating with x = 1, precision w and y left over, all else at v.
    w, left = np.array([1.0, 2.0, 0.5, 3.0]), np.array([0.3, -1.0, 2.0, 0.7])
    v, change = np.array([0.7, -0.4]), np.zeros(4)
    xx, xy = w.copy(), w * left
    for noise in (0.0, 1.0):
        got, at = v.copy(), change.copy()
        gibbs._draw(
            start, entity, value, xx.copy(), xy.copy(), at, got, 0.2, 1.5,
            np.full(2, noise),
        )  # fmt: skip
        y, want = left + X @ v, v.copy()
        for c in (0, 1):
            total = 1.5 + w @ X[:, c] ** 2
            rest = y - X @ want + X[:, c] * want[c]
            want[c] = (1.5 * 0.2 + (w * X[:, c]) @ rest) / total + noise / total**0.5
        np.testing.assert_allclose(got, want, atol=1e-12)
        np.testing.assert_allclose(at, X @ (want - v), atol=1e-12)


def test_what_columns_share_is_drawn_from_the_priors_alone():
    start, entity, value = np.array([0, 3]), np.array([0, 1, 2]), np.array([1, 0.5, 2])
    own, lacks = np.array([0.4, -0.3, 9.0]), np.array([0.0, 0.0, 1.0])
    for noise in (0.0, 1.0):
        v, mine, table = np.array([0.6]), own.copy(), np.zeros(3)
        gibbs._trade(
            start, entity, value, v, 0.1, 2.0, mine, -0.2, 3.0, np.array([noise]),
            lacks, table,
        )  # fmt: skip
        # (v + s - 0.1)² · 2 + Σ (own - value s + 0.2)² · 3, over who has an own column.
        total = 2 + 3 * (1 + 0.25)
        step = (2 * (0.1 - 0.6) + 3 * (1 * 0.6 + 0.5 * -0.1)) / total
        step += noise / total**0.5
        assert v[0] == pytest.approx(0.6 + step)
        np.testing.assert_allclose(mine, [0.4 - step, -0.3 - 0.5 * step, 9.0])
        np.testing.assert_allclose(table, [0, 0, 2 * step])


def test_a_product_of_factors_has_the_posterior_that_integration_finds():
    rng = np.random.default_rng(1)
    terms = {
        side: Term(side, np.zeros(4, int), np.zeros(1, int), {side: eye(1)})
        for side in ("user", "item")
    }
    s = Sampler(np.full(4, 1.3), terms, n_factors=1, rng=rng)
    s.alpha = 1.5
    s.precision = {side: np.array([10.0, 0.8]) for side in ("user", "item")}
    # y = h + p q + noise with h ~ N(0, 1 + 2 / 10): the mean of the four says it all.
    spread = np.sqrt(1.2 + 1 / (4 * 1.5))

    def density(p, q):
        priors = stats.norm.pdf(p, 0, 0.8**-0.5) * stats.norm.pdf(q, 0, 0.8**-0.5)
        return priors * stats.norm.pdf(1.3, p * q, spread)

    def mean_of(value):
        p, q = np.meshgrid(np.linspace(-7, 7, 281), np.linspace(-7, 7, 281))
        chance = density(p, q)
        return (chance * value(p, q)).sum() / chance.sum()

    products = []
    for _ in range(12_000):
        s.draw_weights()
        products.append(s.weights["user"][1, 0] * s.weights["item"][1, 0])
    assert np.mean(products) == pytest.approx(mean_of(lambda p, q: p * q), abs=0.05)
    want = mean_of(lambda p, q: (p * q) ** 2)
    assert np.mean(np.square(products)) == pytest.approx(want, abs=0.15)


def test_the_size_of_a_kind_has_the_distribution_that_integration_finds():
    rng = np.random.default_rng(5)
    user = np.repeat([0, 1, 2], 4)
    terms = {
        "user": Term("user", user, user[:1], {"user": eye(3)}),
        "item": Term("item", np.zeros(12, int), np.zeros(1, int), {"item": eye(1)}),
    }
    s = Sampler(np.zeros(12), terms, n_factors=0, rng=rng)
    s.shape, s.rate, s.alpha = 2.0, 0.7, 0.8
    s.weights["item"][:] = 0
    s.weights["user"][0] = v = np.array([0.5, -1.0, 0.8])
    s.center["user"][0], s.precision["user"][0] = 0.3, 1.5
    s.noise_of["user"] = np.array([0.4, 1.0, 3.0])
    y = np.array([3.0, 2.0, 1.2])[user] * v[user] + rng.normal(size=12)
    start_over(s, y)
    sizes = []
    for _ in range(6000):
        s.draw_sizes()
        sizes.append(s.weights["user"][0, 0] / 0.5)
        assert s.center["user"][0] == pytest.approx(0.3 * sizes[-1])
        assert s.precision["user"][0] == pytest.approx(1.5 / sizes[-1] ** 2)
    np.testing.assert_allclose(s.residual, y - s.weights["user"][0][user])
    x = np.linspace(0.01, 6, 4000)
    fit = ((y - x[:, None] * v[user]) ** 2) @ s.noise_of["user"][user]
    # The prior of the precision, 1.5 / x², with the measure dx / x of a size.
    chance = (
        stats.gamma(2.0, scale=1 / 0.7).pdf(1.5 / x**2) * x**-3 * np.exp(-0.4 * fit)
    )
    chance /= chance.sum()
    mean = (chance * x).sum()
    assert np.mean(sizes) == pytest.approx(mean, abs=0.02)
    sd = np.sqrt((chance * x**2).sum() - mean**2)
    assert np.std(sizes) == pytest.approx(sd, rel=0.06)


def test_what_is_asked_of_entities_without_a_column_is_as_unsure_as_their_prior():
    """Mean and variance against a million made-up ratings; a third level on top."""
    rng = np.random.default_rng(7)
    known = sparse.eye_array(3, 2)  # the third has no column of its own
    ask = {"user": np.array([0, 2, 2]), "item": np.array([2, 0, 2])}
    terms = {
        side: Term(side, np.array([0, 1, 0, 1]), of, {side: known})
        for side, of in ask.items()
    }
    s = Sampler(np.zeros(4), terms, n_factors=2, rng=rng)
    s.alpha, s.mu = 2.0, 0.4
    s.noise_of = {"user": np.array([0.5, 9.0]), "item": np.array([4.0, 9.0])}
    s.center = {"user": np.array([0.3, 1.0, -0.6]), "item": np.array([-0.5, 0.8, 0.4])}
    s.precision = {"user": np.array([2.0, 1.0, 3]), "item": np.array([4.0, 0.7, 1.5])}
    s.renew_residuals()
    level = type("", (), {"between": lambda self: (np.full(3, 0.2), np.full(3, 0.1))})
    s.drifts = [level()]
    mean, variance = s.ask()
    for k in range(3):
        part, noise = {}, 2.0
        for side, of in ask.items():
            if of[k] < 2:
                part[side] = s.weights[side][:, [of[k]]]
                noise *= s.noise_of[side][of[k]]
            else:
                spread = rng.standard_normal((3, 1_000_000))
                spread /= np.sqrt(s.precision[side])[:, None]
                part[side] = s.center[side][:, None] + spread
        u, i = part["user"], part["item"]
        rating = 0.4 + u[0] + i[0] + (u[1:] * i[1:]).sum(axis=0) + 0.2
        assert mean[k] == pytest.approx(rating.mean(), abs=0.01)
        assert variance[k] == pytest.approx(rating.var() + 0.1 + 1 / noise, rel=0.01)


def test_precisions_and_noise_are_drawn_from_their_gamma_distributions():
    rng = np.random.default_rng(2)
    s = small_sampler(1, rng=rng, uneven_noise=True, repeats=3)
    start_over(s, rng.normal(size=36))
    user, item = s.terms["user"].of, s.terms["item"].of
    s.alpha = 1.7
    s.noise_of["item"] = item_noise = np.array([0.5, 2.0, 1.0])
    squares = s.residual**2
    alphas, phis, precisions, centers = [], [], [], []
    for _ in range(2500):
        s.alpha, s.nu = 1.7, {"user": 6.0, "item": 9.0}
        s.noise_of["item"] = item_noise
        s.draw_noise()
        phis.append(s.noise_of["user"])
        w = s.noise_of["user"][user] * s.noise_of["item"][item]
        alphas.append(s.alpha / ((1 + 36 / 2) / (1 + w @ squares / 2)))
        s.center["item"] = old = np.array([-0.2, 0.7])
        s.draw_priors()
        precisions.append(s.precision["item"])
        centers.append(s.center["item"])
    total = np.bincount(user, 1.7 * item_noise[item] * squares)
    np.testing.assert_allclose(np.mean(phis, 0), (6 + 9) / (6 + total), rtol=0.03)
    np.testing.assert_allclose(
        np.std(phis, 0), np.sqrt(2 * (6 + 9)) / (6 + total), rtol=0.06
    )
    assert np.mean(alphas) == pytest.approx(1, rel=0.02)
    assert np.std(alphas) == pytest.approx(19**-0.5, rel=0.06)
    # The center has a prior too: a column at 0, so to speak.
    v = s.weights["item"]
    rate = 0.01 + (((v.T - old) ** 2).sum(axis=0) + old**2) / 2
    np.testing.assert_allclose(np.mean(precisions, 0), 2.5 / rate, rtol=0.05)
    np.testing.assert_allclose(np.mean(centers, 0), v.sum(axis=1) / 4, atol=0.03)
    spread = np.array(centers)[:, 1] - v[1].sum() / 4
    assert np.std(spread * np.sqrt(np.array(precisions)[:, 1])) == pytest.approx(
        0.5, rel=0.05
    )


def test_the_evenness_of_the_noise_is_found():
    rng = np.random.default_rng(3)
    for nu in (3.0, 30.0):
        phi = rng.gamma(nu / 2, 2 / nu, 2000)
        found = np.mean([gibbs._draw_nu(phi, rng) for _ in range(50)])
        assert found == pytest.approx(nu, rel=0.2)


def test_calibrated_where_everything_is_drawn_from_the_prior():
    """Simulation-based calibration (Talts et al. 2018): ranks of the truth, uniform."""
    rng = np.random.default_rng(4)
    ranks = []
    for _ in range(70):
        s = small_sampler(1, rng=rng, uneven_noise=True, repeats=2)
        s.shape, s.rate = 4.0, 2.0  # the default's tails would need long chains
        s.alpha = rng.gamma(1)
        s.mu = rng.standard_normal()
        nus = np.geomspace(1, 200, 100)
        for side in ("user", "item"):
            s.nu[side] = rng.choice(nus)
            n = len(s.noise_of[side])
            s.noise_of[side] = rng.gamma(s.nu[side] / 2, 2 / s.nu[side], n)
        for kind, v in s.weights.items():
            s.precision[kind] = rng.gamma(4.0, 1 / 2.0, 2)
            sd = 1 / np.sqrt(s.precision[kind])
            s.center[kind] = sd * rng.standard_normal(2)
            v[:] = s.center[kind][:, None] + sd[:, None] * rng.standard_normal(v.shape)
        start_over(s, np.zeros(len(s.y)))
        noise = rng.standard_normal(len(s.y)) / np.sqrt(s.certainty())
        start_over(s, -s.residual + noise)
        truth, draws = watched(s), []
        for sweep in range(16 * 6):
            s.sweep()
            if sweep % 6 == 5:
                draws.append(watched(s))
        ranks.append((np.array(draws[:15]) < truth).sum(axis=0))
    for of_one in np.array(ranks).T:
        # Tighter than chance allows in one of 500 runs; the seed makes this one pass.
        spread = (of_one + rng.random(len(of_one))) / 16
        assert stats.kstest(spread, "uniform").pvalue > 0.002


def watched(s):
    """Numbers whose distribution the symmetries of the model do not hide."""
    mean, variance = s.ask()
    w = s.weights
    return np.array(
        [
            *mean,
            variance[0],
            s.mu,
            s.alpha,
            w["shared"][0, 0],
            w["user"][1, 0] * w["item"][1, 0],
            s.precision["user"][0],
            s.precision["item"][1],
            s.nu["user"],
            s.center["item"][1] * w["user"][1, 0],
            s.center["item"][0],
        ]
    )


# The whole chain, on tables ----------------------------------------------------------


def made_up(seed=0, n_users=60, n_items=40):
    """Known truth: two factors, users of two kinds of noise, times of some evenings."""
    rng = np.random.default_rng(seed)
    user, item = np.nonzero(rng.random((n_users, n_items)) < 0.5)
    p, q = rng.normal(size=(n_users, 2)), rng.normal(size=(n_items, 2))
    truth = 10 + rng.normal(size=n_users)[user] + (p[user] * q[item]).sum(axis=1)
    noise = np.where(user % 2, 0.3, 1.2)
    evening = rng.integers(0, 40, len(user)) * 24 * HOUR
    return pd.DataFrame(
        {
            "userId": user + 5,
            "movieId": 3 * item,
            "timestamp": evening + rng.integers(0, 9000, len(user)),
            "rating": truth + noise * rng.normal(size=len(user)),
            "truth": truth,
        }
    )


def halves(table, seed=1):
    in_train = np.random.default_rng(seed).random(len(table)) < 0.8
    return table[in_train], table[~in_train]


def chain(train, ask=None, *, burn_in=40, n=60, **settings):
    g = Gibbs(train, ask, **({"n_factors": 3} | settings))
    return g.run(burn_in, keep=False, progress=False).run(n, progress=False)


def test_a_made_up_truth_is_found_and_so_is_who_is_noisy():
    train, valid = halves(made_up())
    g = chain(train, valid, uneven_noise=True, n=150)
    error = np.sqrt(((g.predict() - valid["truth"]) ** 2).mean())
    assert error < 0.6  # noise 0.3 and 1.2, all of it 2.0
    users, items = g.noise()
    assert users[users.index % 2 == 0].median() == pytest.approx(0.3, rel=0.25)
    assert users[users.index % 2 == 1].median() == pytest.approx(1.2, rel=0.25)
    assert items.index.tolist() == sorted(train["movieId"].unique())
    even = chain(train, valid, n=150).predict()
    assert error < 0.9 * np.sqrt(((even - valid["truth"]) ** 2).mean())


def test_the_spread_of_the_draws_covers_what_it_should():
    train, valid = halves(made_up(2))
    draws = chain(train, valid, uneven_noise=True, n=150).draws
    below = draws.below(valid["rating"].to_numpy())
    assert 0.4 < np.mean(np.abs(below - 0.5) < 0.25) < 0.6
    assert 0.83 < np.mean(np.abs(below - 0.5) < 0.45) < 0.96
    np.testing.assert_allclose(draws.below(draws.quantile(0.3)), 0.3, atol=1e-5)
    z = (valid["rating"] - draws.mean.mean(axis=0)) / draws.sd()
    assert z.std() == pytest.approx(1, abs=0.15)


def test_a_wandering_level_is_found_and_helps():
    rng = np.random.default_rng(0)
    table = made_up()
    table["timestamp"] %= 4 * 24 * HOUR  # four evenings
    moods = rng.normal(size=(100, 4))[table["userId"], table["timestamp"] // 86400]
    table["rating"] += 2 * moods
    train, valid = halves(table)
    without = chain(train, valid).predict()
    g = chain(train, valid, time="timestamp", drifts=[Drift])
    error = [((p - valid["rating"]) ** 2).mean() for p in (without, g.predict())]
    assert error[1] < 0.75 * error[0]
    level = g.level()
    assert np.corrcoef(level, moods[table.index.get_indexer(train.index)])[0, 1] > 0.6
    assert level.index.tolist() == list(range(len(train)))


SETTINGS = EVERYTHING | {"drifts": [Drift]}


def columns_of(table):
    """A column that tells the item's rough place in the alphabet, say."""
    ids = table["movieId"].unique()
    return {"third": pd.DataFrame({"first": ids < 40, "last": ids > 80}, ids) * 1.0}


def test_the_same_seed_gives_the_same_chain_and_the_order_of_rows_none():
    train, valid = halves(made_up())
    item_columns = columns_of(train)
    settings = SETTINGS | {"item_columns": item_columns, "burn_in": 5, "n": 5}
    once = chain(train, valid, **settings).predict()
    assert chain(train, valid, **settings).predict().equals(once)
    assert not np.allclose(chain(train, valid, seed=1, **settings).predict(), once)
    shuffled = train.sample(frac=1, random_state=0)
    again = chain(shuffled, valid.iloc[::-1], **settings).predict()
    np.testing.assert_allclose(again[once.index], once, atol=1e-5)


def test_no_leak():
    """Neither the ratings asked for, nor what else is asked, change a prediction."""
    train, valid = halves(made_up())
    settings = SETTINGS | {"burn_in": 5, "n": 5}
    want = chain(train, valid, **settings).predict()
    other = valid.assign(rating=valid["rating"].to_numpy()[::-1], truth=7)
    assert chain(train, other, **settings).predict().equals(want)
    assert chain(train, valid.drop(columns="rating"), **settings).predict().equals(want)
    few = valid.iloc[10:30]
    got = chain(train, few, **settings).predict()
    np.testing.assert_array_equal(got, want[few.index])
    # Another movie, or another moment, of some rows: of the others' sets, no trace.
    moved = valid.copy()
    moved.loc[few.index, "movieId"] = 9999
    moved.loc[few.index, "timestamp"] += 77
    got = chain(train, moved, **settings).predict().drop(few.index)
    np.testing.assert_array_equal(got, want.drop(few.index))


def test_sets_hold_the_training_rows_only_each_with_equal_weight():
    train = pd.DataFrame(
        [(1, 10, 3.0), (1, 20, 4.0), (1, 20, 2.0), (2, 10, 5.0)],
        columns=["userId", "movieId", "rating"],
    )
    ask = pd.DataFrame({"userId": [2, 3], "movieId": [20, 30]})
    terms = Gibbs(train, ask, sets=True).sampler.terms
    half = np.sqrt(0.5)
    rated = terms["user"].columns["items rated"].toarray()
    np.testing.assert_allclose(rated, [[half, half], [1, 0]])
    by = terms["item"].columns["rated by"].toarray()
    np.testing.assert_allclose(by, [[half, half], [1, 0], [0, 0]])
    assert terms["item"].columns["item"].toarray().tolist() == [[1, 0], [0, 1], [0, 0]]
    assert terms["user"].ask_of.tolist() == [1, -1]
    assert terms["item"].ask_of.tolist() == [1, 2]


def test_sittings_end_after_three_hours_and_months_are_months():
    rows = [(1, 0), (1, 2.9), (1, 6), (1, 10), (2, 10), (2, 2000)]  # hours
    train = pd.DataFrame(
        [(user, 7 + n, 3.0 + n % 2, h * HOUR) for n, (user, h) in enumerate(rows)],
        columns=["userId", "movieId", "rating", "timestamp"],
    )
    asked = [(1, 5.95), (1, 7), (1, 8.9), (1, -3), (1, -3.1), (2, 500), (9, 7)]
    ask = pd.DataFrame(
        [(user, 7, h * HOUR) for user, h in asked],
        columns=["userId", "movieId", "timestamp"],
    )
    terms = Gibbs(train, ask, **EVERYTHING).sampler.terms
    assert terms["sitting"].of.tolist() == [0, 0, 1, 2, 3, 4]
    assert terms["sitting"].ask_of.tolist() == [1, 1, 1, 0, -1, -1, -1]
    assert terms["month"].of.tolist() == [0, 0, 0, 0, 0, 1]
    assert terms["month"].ask_of.tolist() == [0, 0, 0, -1, -1, 0, 0]
    assert {terms[name].side for name in ("sitting", "month")} == {"user"}


def test_joining_the_sitting_before_rather_than_the_one_after():
    train = pd.DataFrame(
        {
            "userId": 1,
            "movieId": [1, 2],
            "rating": [1.0, 2.0],
            "timestamp": [0.0, 4 * HOUR],
        }
    )
    ask = train.assign(timestamp=[1.9 * HOUR, 3.5 * HOUR])
    term = Gibbs(train, ask, time="timestamp", sittings=True).sampler.terms["sitting"]
    assert term.ask_of.tolist() == [0, 1]


def test_continued_equals_uninterrupted_through_a_file_too():
    train, valid = halves(made_up())
    whole = Gibbs(train, valid, n_factors=2, **SETTINGS)
    parts = Gibbs(train, valid, n_factors=2, **SETTINGS)
    whole.run(3, keep=False, progress=False).run(8, progress=False)
    parts.run(3, keep=False, progress=False).run(2, progress=False)
    parts = pickle.loads(pickle.dumps(parts)).run(6, progress=False)
    assert parts.predict().equals(whole.predict())
    assert parts.trace.equals(whole.trace)
    assert len(whole.trace) == 11
    assert whole.draws.mean.shape == (8, len(valid))


def test_an_interrupt_keeps_the_sweeps_so_far(monkeypatch, capsys):
    train, valid = halves(made_up())
    g = Gibbs(train, valid, n_factors=2, **SETTINGS)
    step, calls = g.drifts[0].step, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(g.drifts[0], "step", interrupted)
    g.run(10)
    assert "interrupted" in capsys.readouterr().err
    assert len(g.trace) == len(g.draws.mean) == 3
    before = g.sampler.residual.copy()
    g.sampler.renew_residuals()
    np.testing.assert_allclose(before, g.sampler.residual, atol=1e-9)
    g.run(2, progress=False)
    assert len(g.draws.mean) == 5


def test_an_interrupt_between_a_table_and_the_residuals_leaves_them_in_step(
    monkeypatch,
):
    g = Gibbs(made_up(), n_factors=2)
    subtract, calls = gibbs._subtract, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 40:
            raise KeyboardInterrupt
        subtract(*arguments)

    monkeypatch.setattr(gibbs, "_subtract", interrupted)
    g.run(50, progress=False)
    assert len(calls) == 40
    before = g.sampler.residual.copy()
    g.sampler.renew_residuals()
    np.testing.assert_allclose(before, g.sampler.residual, atol=1e-9)


def test_residuals_stay_up_to_date():
    train, valid = halves(made_up())
    s = chain(train, valid, **SETTINGS, item_columns=columns_of(train)).sampler
    kept, tables = s.residual.copy(), {k: v.copy() for k, v in s.tables.items()}
    s.renew_residuals()
    np.testing.assert_allclose(kept, s.residual, atol=1e-8)
    for name, table in s.tables.items():
        np.testing.assert_allclose(tables[name], table, atol=1e-8)


def test_factors_predict_what_the_draws_do_on_average():
    train, valid = halves(made_up())
    g = chain(train, valid, n=1, sets=True)
    f = g.factors()
    known = valid[valid["movieId"].isin(f.item_bias.index)]
    p = f.user_factors.loc[known["userId"]].to_numpy()
    q = f.item_factors.loc[known["movieId"]].to_numpy()
    bias = f.user_bias[known["userId"]].to_numpy()
    guess = f.mean + bias + f.item_bias[known["movieId"]] + (p * q).sum(axis=1)
    want = pd.Series(g.draws.mean[0], valid.index)[known.index]
    np.testing.assert_allclose(guess, want, atol=1e-4)
    assert f.user_factors.shape[1] == 3
    assert f.user_bias.index.tolist() == sorted(train["userId"].unique())
    assert {f.user_bias.name, f.item_bias.name} == {"bias"}
    assert (f.user_bias.dtype, f.item_factors[0].dtype) == ("float64", "float64")
    assert f.scale == (train["rating"].min(), train["rating"].max())
    two = chain(train, valid, n=11, n_factors=2)  # of which two are kept
    f, want = two.factors(), two.draws.mean[[0, 10]].mean(axis=0, dtype="float64")
    p, q = f.user_factors.loc[valid["userId"]], f.item_factors.loc[valid["movieId"]]
    bias = f.user_bias[valid["userId"]].to_numpy() + f.item_bias[valid["movieId"]]
    guess = f.mean + bias.to_numpy() + (p.to_numpy() * q.to_numpy()).sum(axis=1)
    np.testing.assert_allclose(guess, want, atol=1e-4)
    long = chain(train, valid, n=300, n_factors=2)
    assert long.factors().item_factors.shape[1] == 2 * 20
    size = [len(g.factors().item_bias), g.draws.mean.shape[0]]
    assert size == [train["movieId"].nunique(), 1]


def test_the_unit_of_the_ratings_does_not_matter():
    train, valid = halves(made_up())
    settings = SETTINGS | {"burn_in": 5, "n": 5}
    once = chain(train, valid, **settings)
    hundred = train.assign(rating=100 * train["rating"] - 30)
    other = chain(hundred, valid, **settings)
    np.testing.assert_allclose(other.predict(), 100 * once.predict() - 30, rtol=1e-4)
    np.testing.assert_allclose(other.draws.sd(), 100 * once.draws.sd(), rtol=1e-3)
    np.testing.assert_allclose(other.noise()[0], 100 * once.noise()[0], rtol=1e-6)
    np.testing.assert_allclose(other.level(), 100 * once.level(), rtol=1e-5, atol=1e-5)
    traces = once.trace.iloc[-1], other.trace.iloc[-1]
    for name in ["training RMSE", "noise", "drift 1: sd", "sd of bias: items rated"]:
        assert traces[1][name] == pytest.approx(100 * traces[0][name], rel=1e-6)
    assert traces[0]["noise"] == pytest.approx(once.unit / once.sampler.alpha**0.5)
    for name, factor in [("user", 100), ("sitting", 100), ("item", 1), ("rated by", 1)]:
        name = f"sd of factors: {name}"
        assert traces[1][name] == pytest.approx(factor * traces[0][name], rel=1e-6)


def test_dates_and_text_ids_serve_as_well_as_numbers():
    train, valid = halves(made_up())
    settings = SETTINGS | {"burn_in": 3, "n": 3}
    once = chain(train, valid, **settings).predict()

    def dressed(table):
        return table.assign(
            movieId=[f"m{i:03d}" for i in table["movieId"]],
            timestamp=pd.to_datetime(table["timestamp"], unit="s", utc=True),
        ).rename(columns={"userId": "who", "movieId": "dish", "timestamp": "day"})

    names = {"user": "who", "item": "dish", "time": "day"}
    again = chain(dressed(train), dressed(valid), **(settings | names)).predict()
    np.testing.assert_allclose(again, once, atol=1e-5)


def test_strangers_get_what_is_known_of_them():
    train, _ = halves(made_up())
    ask = pd.DataFrame(
        {"userId": [5, 999, 5, 999], "movieId": [0, 0, 7777, 7777], "timestamp": 5e5}
    )
    described = pd.DataFrame({"odd": [1.0] * 41}, [*range(0, 120, 3), 7777])
    settings = SETTINGS | {"item_columns": {"odd": described}}
    g = chain(train, ask, **settings)
    assert np.isfinite(g.predict()).all()
    sd = g.draws.sd()
    assert sd[0] < sd[2]  # of the same user, an item that is known
    assert sd[1] < sd[3]
    timeless = chain(train, ask.drop(columns="timestamp"), **settings)
    assert np.isfinite(timeless.predict()).all()
    nothing = chain(train, n_factors=0)
    assert nothing.draws.mean.shape == (60, 0)
    assert nothing.factors().user_factors.shape[1] == 0


def test_items_never_rated_are_told_apart_by_their_columns():
    table = made_up(5)
    kind = pd.DataFrame({"good": 1.0 * (np.arange(40) % 2)}, np.arange(40) * 3)
    table["rating"] += 4 * kind.loc[table["movieId"], "good"].to_numpy()
    held_out = table["movieId"].isin([0, 3, 6, 9])
    ask = pd.DataFrame({"userId": 5, "movieId": [0, 3, 6, 9]})
    guess = chain(table[~held_out], ask, item_columns={"kind": kind}).predict()
    assert guess[[1, 3]].min() > guess[[0, 2]].max() + 2


# Predictive distributions and columns ------------------------------------------------


def test_probabilities_of_the_stars_are_those_of_the_mixture():
    draws = Draws(np.array([[3.0], [4.0]]), np.array([[0.25], [1.0]]), (1, 5))
    got = draws.probabilities([1, 2, 3, 4, 5])
    want = np.zeros(5)
    for mean, sd in [(3, 0.5), (4, 1.0)]:
        below = stats.norm(mean, sd).cdf([1.5, 2.5, 3.5, 4.5])
        want += np.diff(np.r_[0, below, 1]) / 2
    np.testing.assert_allclose(got, [want], atol=1e-12)
    assert draws.sd() == pytest.approx(np.sqrt(0.25 + 0.625))
    assert draws.below(3.5) == pytest.approx(want[:3].sum())


def test_genres_and_years_become_columns():
    movies = pd.DataFrame(
        {
            "movieId": [4, 2, 9, 7],
            "title": ["A (1995)", "B (1997) (1998) ", "C", "D (1999)"],
            "genres": ["Comedy|War", "War", None, "Drama"],
        },
        index=[5, 5, 5, 5],
    )
    genres = genre_columns(movies)
    assert genres.columns.tolist() == ["Comedy", "Drama", "War"]
    assert genres.index.tolist() == [4, 2, 9, 7]
    assert genres.to_numpy().tolist() == [[1, 0, 1], [0, 0, 1], [0, 0, 0], [0, 1, 0]]
    years = year_columns(movies)
    assert years.columns.tolist() == [1994, 1996, 1998, 2000]
    assert years.to_numpy().tolist() == [
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
        [0, 0, 1, 1],
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_factors": -1}, "n_factors must be 0 or more, not -1"),
        ({"sittings": True}, "months, sittings and drifts need the name of `time`"),
        ({"drifts": [Drift]}, "months, sittings and drifts need the name of `time`"),
        ({"months": True}, "months, sittings and drifts need the name of `time`"),
        ({"time": "when"}, "ratings has no column 'when'"),
        ({"scale": (0, 1)}, "scale=(0, 1) does not hold the ratings"),
        ({"item_columns": {"x": [1]}}, "x: must be a DataFrame, not list"),
        (
            {"user_columns": {"x": pd.DataFrame({"a": [1, 2]}, [5, 5])}},
            "x: 5 is there twice",
        ),
        (
            {"user_columns": {"x": pd.DataFrame({"a": ["b"]}, [5])}},
            "x: 'a' must hold numbers, not string",
        ),
    ],
)
def test_refuses_what_cannot_be_meant(change, message):
    table = made_up()
    with pytest.raises(ValueError, match=re.escape(message)):
        Gibbs(table, table, **change)


def test_refuses_tables_that_are_none_and_answers_before_a_sweep():
    table = made_up()
    with pytest.raises(ValueError, match="ratings has no rows"):
        Gibbs(table.head(0))
    with pytest.raises(ValueError, match="ask must be a DataFrame, not list"):
        Gibbs(table, [1, 2])
    text = table.assign(movieId="m")
    with pytest.raises(ValueError, match=r"ask\['movieId'\] holds ids like 'm'"):
        Gibbs(table, text)
    g = Gibbs(table, table.head())
    with pytest.raises(ValueError, match="n_sweeps must be 1 or more, not 0"):
        g.run(0)
    for question in (g.predict, g.factors, g.noise, g.level):
        with pytest.raises(ValueError, match="no sweep was kept: call run"):
            question()


def test_progress_ends_complete_and_can_be_silent(capsys):
    g = Gibbs(made_up(), n_factors=1)
    g.run(3)
    shown = capsys.readouterr().err
    assert f"{'█' * 20} 3/3" in shown
    assert f"training RMSE {g.trace['training RMSE'].iloc[-1]:.3f}" in shown
    g.run(2, progress=False)
    assert capsys.readouterr().err == ""


def test_better_than_biases_on_the_real_table(real):
    in_train = np.random.RandomState(42).rand(len(real)) < 0.8
    valid = real[~in_train]
    settings = {"time": "timestamp", "sets": True, "uneven_noise": True}
    g = chain(real[in_train], valid, **settings, drifts=[Drift], n_factors=4, n=20)
    mse = ((g.predict() - valid["rating"]) ** 2).mean()
    assert 0.64 < mse < 0.70  # damped biases: 0.795
