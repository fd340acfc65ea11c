"""The sampler against exact posteriors, and calibrated."""

import numpy as np
import pytest
from scipy import sparse, stats

from collab import sampler
from collab.sampler import Sampler
from collab.terms import Block


def eye(n):
    return sparse.eye_array(n)


def small_sampler(n_factors, *, rng, n_users=4, n_items=3, repeats=1, **more):
    """All pairs of a few users and items, their sets as features too."""
    user = np.tile(np.repeat(np.arange(n_users), n_items), repeats)
    item = np.tile(np.arange(n_items), n_users * repeats)
    share = sparse.csc_array(np.arange(n_users * 2).reshape(n_users, 2) / n_users)
    features = {"user": eye(n_users), "shared": share}
    blocks = {
        "user": Block("user", user, user[:2], features),
        "item": Block("item", item, item[:2], {"item": eye(n_items)}),
    }
    y = np.zeros(len(user))
    return Sampler(y, blocks, n_factors=n_factors, rng=rng, **more)


def start_over(sampler, y):
    sampler.y = y
    sampler.renew_residuals()


def test_biases_have_the_posterior_of_the_linear_model():
    rng = np.random.default_rng(0)
    s = small_sampler(0, rng=rng)
    s.alpha = 2.0
    s.phi = {"user": np.array([1, 2, 0.5, 1]), "item": np.array([1, 3, 1.0])}
    for kind, precision in [("user", 4.0), ("shared", 0.5), ("item", 1.5)]:
        s.precision[kind] = np.array([precision])
    y = rng.normal(size=12)
    start_over(s, y)
    user, item = s.blocks["user"].row, s.blocks["item"].row
    shared = s.blocks["user"].features["shared"].toarray()
    X = np.column_stack([np.ones(12), np.eye(4)[user], shared[user], np.eye(3)[item]])
    prior = np.diag([1.0] + [4.0] * 4 + [0.5] * 2 + [1.5] * 3)
    w = 2.0 * s.phi["user"][user] * s.phi["item"][item]
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


def test_one_feature_is_drawn_as_a_ridge_regression_on_its_entities():
    """Two features with values of all sizes, one after the other, without chance."""
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
        sampler._draw_values(
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


def test_what_features_share_is_drawn_from_the_priors_alone():
    start, entity, value = np.array([0, 3]), np.array([0, 1, 2]), np.array([1, 0.5, 2])
    own, unseen = np.array([0.4, -0.3, 9.0]), np.array([0.0, 0.0, 1.0])
    for noise in (0.0, 1.0):
        v, mine, table = np.array([0.6]), own.copy(), np.zeros(3)
        sampler._exchange(
            start, entity, value, v, (0.1, 2.0), mine, (-0.2, 3.0), np.array([noise]),
            unseen, table,
        )  # fmt: skip
        # (v + s - 0.1)² · 2 + Σ (own - value s + 0.2)² · 3, over those with an own one.
        total = 2 + 3 * (1 + 0.25)
        step = (2 * (0.1 - 0.6) + 3 * (1 * 0.6 + 0.5 * -0.1)) / total
        step += noise / total**0.5
        assert v[0] == pytest.approx(0.6 + step)
        np.testing.assert_allclose(mine, [0.4 - step, -0.3 - 0.5 * step, 9.0])
        np.testing.assert_allclose(table, [0, 0, 2 * step])


def test_a_product_of_factors_has_the_posterior_that_integration_finds():
    rng = np.random.default_rng(1)
    blocks = {
        side: Block(side, np.zeros(4, int), np.zeros(1, int), {side: eye(1)})
        for side in ("user", "item")
    }
    s = Sampler(np.full(4, 1.3), blocks, n_factors=1, rng=rng)
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


def test_the_scale_of_a_kind_has_the_distribution_that_integration_finds():
    rng = np.random.default_rng(5)
    user = np.repeat([0, 1, 2], 4)
    blocks = {
        "user": Block("user", user, user[:1], {"user": eye(3)}),
        "item": Block("item", np.zeros(12, int), np.zeros(1, int), {"item": eye(1)}),
    }
    s = Sampler(np.zeros(12), blocks, n_factors=0, rng=rng)
    s.shape, s.rate, s.alpha = 2.0, 0.7, 0.8
    s.weights["item"][:] = 0
    s.weights["user"][0] = v = np.array([0.5, -1.0, 0.8])
    s.center["user"][0], s.precision["user"][0] = 0.3, 1.5
    s.phi["user"] = np.array([0.4, 1.0, 3.0])
    y = np.array([3.0, 2.0, 1.2])[user] * v[user] + rng.normal(size=12)
    start_over(s, y)
    scales = []
    for _ in range(6000):
        s.draw_scales()
        scales.append(s.weights["user"][0, 0] / 0.5)
        assert s.center["user"][0] == pytest.approx(0.3 * scales[-1])
        assert s.precision["user"][0] == pytest.approx(1.5 / scales[-1] ** 2)
    np.testing.assert_allclose(s.residual, y - s.weights["user"][0][user])
    x = np.linspace(0.01, 6, 4000)
    fit = ((y - x[:, None] * v[user]) ** 2) @ s.phi["user"][user]
    # The prior of the precision, 1.5 / x², with the measure dx / x of a size.
    chance = (
        stats.gamma(2.0, scale=1 / 0.7).pdf(1.5 / x**2) * x**-3 * np.exp(-0.4 * fit)
    )
    chance /= chance.sum()
    mean = (chance * x).sum()
    assert np.mean(scales) == pytest.approx(mean, abs=0.02)
    sd = np.sqrt((chance * x**2).sum() - mean**2)
    assert np.std(scales) == pytest.approx(sd, rel=0.06)


def test_entities_without_an_own_feature_have_the_variance_of_their_prior():
    """Mean and variance against a million made-up ratings; a third level on top."""
    rng = np.random.default_rng(7)
    known = sparse.eye_array(3, 2)  # the third has no feature of its own
    ask = {"user": np.array([0, 2, 2]), "item": np.array([2, 0, 2])}
    blocks = {
        side: Block(side, np.array([0, 1, 0, 1]), of, {side: known})
        for side, of in ask.items()
    }
    s = Sampler(np.zeros(4), blocks, n_factors=2, rng=rng)
    s.alpha, s.mu = 2.0, 0.4
    s.phi = {"user": np.array([0.5, 9.0]), "item": np.array([4.0, 9.0])}
    s.center = {"user": np.array([0.3, 1.0, -0.6]), "item": np.array([-0.5, 0.8, 0.4])}
    s.precision = {"user": np.array([2.0, 1.0, 3]), "item": np.array([4.0, 0.7, 1.5])}
    s.renew_residuals()
    level = type("", (), {"between": lambda self: (np.full(3, 0.2), np.full(3, 0.1))})
    s.drifts = [level()]
    mean, variance = s.predict()
    for k in range(3):
        part, noise = {}, 2.0
        for side, of in ask.items():
            if of[k] < 2:
                part[side] = s.weights[side][:, [of[k]]]
                noise *= s.phi[side][of[k]]
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
    user, item = s.blocks["user"].row, s.blocks["item"].row
    s.alpha = 1.7
    s.phi["item"] = item_noise = np.array([0.5, 2.0, 1.0])
    squares = s.residual**2
    alphas, phis, precisions, centers = [], [], [], []
    for _ in range(2500):
        s.alpha, s.nu = 1.7, {"user": 6.0, "item": 9.0}
        s.phi["item"] = item_noise
        s.draw_noise()
        phis.append(s.phi["user"])
        w = s.phi["user"][user] * s.phi["item"][item]
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
    # The center has a prior too, like one more feature at 0.
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
        found = np.mean([sampler._draw_nu(phi, rng) for _ in range(50)])
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
            n = len(s.phi[side])
            s.phi[side] = rng.gamma(s.nu[side] / 2, 2 / s.nu[side], n)
        for kind, v in s.weights.items():
            s.precision[kind] = rng.gamma(4.0, 1 / 2.0, 2)
            sd = 1 / np.sqrt(s.precision[kind])
            s.center[kind] = sd * rng.standard_normal(2)
            v[:] = s.center[kind][:, None] + sd[:, None] * rng.standard_normal(v.shape)
        start_over(s, np.zeros(len(s.y)))
        noise = rng.standard_normal(len(s.y)) / np.sqrt(s.noise_precision())
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
    mean, variance = s.predict()
    w = s.weights
    product = w["user"][1, 0] * w["item"][1, 0]
    precisions = s.precision["user"][0], s.precision["item"][1]
    centers = s.center["item"][1] * w["user"][1, 0], s.center["item"][0]
    first = *mean, variance[0], s.mu, s.alpha, w["shared"][0, 0]
    return np.array([*first, product, *precisions, s.nu["user"], *centers])


def test_an_unknown_kind_has_the_mean_and_the_variance_of_the_known_ones():
    """Of three users the last has no ratings; and one more is nobody known."""
    shared = sparse.csc_array(np.array([[1.0, 0], [0.5, 2], [0, 0]]))
    features = {"user": sparse.eye_array(3, 2), "shared": shared}
    row = np.array([0, 1])
    blocks = {
        "user": Block("user", row, np.array([0, 2, -1]), features),
        "item": Block("item", row, np.array([0, 0, 0]), {"item": eye(2)}),
    }
    s = Sampler(np.zeros(2), blocks, n_factors=0, rng=np.random.default_rng(0))
    s.weights["shared"][0] = [3.0, 1.0]  # the known ones: 3 and 1.5 + 2
    s.precision["user"][0] = 4.0
    s.center["user"][0] = -0.5
    s.renew_residuals()
    own, mean, variance = s.weights["user"][0, 0], np.mean([3, 3.5]), np.var([3, 3.5])
    wanted = [[own + 3, mean - 0.5, mean - 0.5], [0, variance + 0.25, variance + 0.25]]
    np.testing.assert_allclose(s._asked("user", 0), wanted)
    blocks["user"] = blocks["user"]._replace(told={"shared": np.array([0, 0, 1])})
    s.without = Sampler(s.y, blocks, n_factors=0, rng=s.rng).without
    wanted = [[own + 3, -0.5, mean - 0.5], [0, 0.25, variance + 0.25]]
    np.testing.assert_allclose(s._asked("user", 0), wanted)
