"""The filter against plain linear algebra, the draws against their distribution."""

import re

import numpy as np
import pytest
from scipy import stats

from collab import drift
from collab.drift import Drift

HOUR = 3600.0
USER = np.array([0, 0, 0, 0, 1, 2, 2])
SECONDS = np.array([0, 50, 50, 9 * HOUR, 7, 100, 90_000], "float64")
ASK_USER = np.array([0, 0, 0, 0, 1, 2, -1])
ASK_SECONDS = np.array([-30.0, 20, 50, 1e6, 7, 5000, 5])


@pytest.fixture
def mood():
    mood = Drift(USER, SECONDS, ASK_USER, ASK_SECONDS, unit=30.0)
    mood.a, mood.b = 0.05, 0.2
    mood.user_variance = np.array([1.0, 0.5, 2.0])
    return mood


Y = np.array([0.3, 1.2, -0.4, 0.8, -1.0, 2.0, 0.1])
W = np.array([1.0, 4.0, 0.5, 2.0, 1.0, 3.0, 1.0])


def correlation(gap, unit=30.0, a=0.05, b=0.2):
    return np.exp(-a) * (1 + gap / unit) ** -b


def covariance(mood):
    """Of the levels, in full: the product of the correlations between neighbours."""
    full = np.zeros((7, 7))
    for j in range(7):
        for k in range(7):
            if USER[j] == USER[k]:
                low, high = sorted((j, k))
                gaps = np.diff(SECONDS[low : high + 1])
                full[j, k] = mood.user_variance[USER[j]] * np.prod(correlation(gaps))
    return full


def backward(mood, y, w, noise):
    rho = np.exp(-mood.a - mood.b * mood.log_gap)
    filtered = drift._filter(mood.start, rho, mood.user_variance, y, w)[:2]
    return drift._backward(mood.start, rho, mood.user_variance, *filtered, noise)


def test_smoothing_is_the_regression_on_all_values(mood):
    full = covariance(mood)
    gain = full @ np.linalg.inv(full + np.diag(1 / W))
    mean, variance = backward(mood, Y, W, np.zeros(7))[:2]
    np.testing.assert_allclose(mean, gain @ Y, atol=1e-12)
    np.testing.assert_allclose(variance, np.diag(full - gain @ full), atol=1e-12)


def test_the_likelihood_is_that_of_one_normal_for_each_user(mood):
    full = covariance(mood) + np.diag(1 / W)
    got = mood._likelihood(Y, W, mood.a, mood.b, mood.user_variance)
    for user in range(3):
        own = user == USER
        want = stats.multivariate_normal(cov=full[np.ix_(own, own)]).logpdf(Y[own])
        assert got[user] == pytest.approx(want, abs=1e-10)


def test_drawn_paths_have_the_mean_and_the_covariance_they_should(mood):
    rng = np.random.default_rng(0)
    noises = rng.standard_normal((20_000, 7))
    paths = np.array([backward(mood, Y, W, noise)[3] for noise in noises])
    full = covariance(mood)
    gain = full @ np.linalg.inv(full + np.diag(1 / W))
    np.testing.assert_allclose(paths.mean(axis=0), gain @ Y, atol=0.03)
    np.testing.assert_allclose(np.cov(paths.T), full - gain @ full, atol=0.03)


def test_a_moment_between_two_ratings_is_a_step_from_each(mood):
    mood.mean = np.array([1.0, 2.0, 4.0, -1.0, 3.0, 5.0, 1.0])
    mean, variance = mood.between()

    def bridge(gap_before, gap_after, before, after, total):
        r1, r2 = correlation(gap_before), correlation(gap_after)
        both = np.array([[1, r1 * r2], [r1 * r2, 1]])
        gain = np.linalg.solve(both, [r1, r2])
        return gain @ [before, after], total * (1 - gain @ [r1, r2])

    want = [
        (correlation(30) * 1.0, 1 - correlation(30) ** 2),  # before the first
        bridge(20, 30, 1.0, 2.0, 1.0),
        bridge(0, 9 * HOUR - 50, 4.0, -1.0, 1.0),  # after the later of two at once
        (correlation(1e6 - 9 * HOUR) * -1, 1 - correlation(1e6 - 9 * HOUR) ** 2),
        (correlation(0) * 3.0, 0.5 * (1 - correlation(0) ** 2)),
        bridge(4900, 85_000, 5.0, 1.0, 2.0),
        (0.0, 1.5 * mood.prior_variance),  # nobody known: the mean of σ_u²
    ]
    np.testing.assert_allclose(mean, [m for m, _ in want], atol=1e-12)
    np.testing.assert_allclose(variance, [v for _, v in want], atol=1e-12)


@pytest.mark.parametrize("only_before", [False, True])
def test_what_is_known_at_a_moment_asked_for(mood, only_before):
    """Steps from the ratings around it, whose levels are known as far as y tells."""
    mood.only_before = only_before
    held = mood.a, mood.b, mood.user_variance
    mood._likelihood = lambda *arguments: np.full(3, -np.inf)  # accepts nothing
    with np.errstate(invalid="ignore"):
        mood.step(Y, W, np.random.default_rng(0))
    assert held[:2] == (mood.a, mood.b)
    np.testing.assert_array_equal(held[2], mood.user_variance)
    got = np.column_stack(mood.between())
    full = covariance(mood)
    for k in range(6):
        own, at = np.flatnonzero(ASK_USER[k] == USER), ASK_SECONDS[k]
        around = [*own[SECONDS[own] <= at][-1:]]
        if not only_before:
            around += [*own[SECONDS[own] > at][:1]]
        # All of y, or of what was rated until then.
        seen = own[SECONDS[own] <= at] if only_before else own
        known = full[np.ix_(seen, seen)] + np.diag(1 / W[seen])
        gain = full[np.ix_(around, seen)] @ np.linalg.inv(known)
        mean = gain @ Y[seen]
        left = full[np.ix_(around, around)] - gain @ full[np.ix_(seen, around)]
        # The steps: regression of the level on its neighbours.
        r = correlation(np.abs(at - SECONDS[around]))
        both = np.outer(r, r)
        np.fill_diagonal(both, 1)
        step = np.linalg.solve(both, r) if around else r
        size = mood.user_variance[ASK_USER[k]]
        want = [step @ mean, size * (1 - step @ r) + step @ left @ step]
        np.testing.assert_allclose(got[k], want, atol=1e-12)
    np.testing.assert_array_equal(got[6], [0, 1.5 * mood.prior_variance])


def test_a_and_b_have_the_priors_that_the_docstring_states():
    points = [(0.005, 0.15), (0.02, 0.15), (0.001, 0.4), (0.1, 0.03)]
    got = [drift._log_prior(a, b) for a, b in points]
    want = [
        stats.norm(np.log(0.005), 1).logpdf(np.log(a))
        + stats.norm(np.log(0.15), 0.5).logpdf(np.log(b))
        for a, b in points
    ]
    np.testing.assert_allclose(np.diff(got), np.diff(want), atol=1e-12)


def test_the_prior_variance_is_drawn_given_those_of_the_users(mood):
    mood._likelihood = lambda *arguments: np.full(3, -np.inf)  # accepts nothing
    rng, drawn = np.random.default_rng(0), []
    with np.errstate(invalid="ignore"):
        for _ in range(4000):
            mood.step(Y, W, rng)
            drawn.append(mood.prior_variance)
    # Gamma(1, 1) before, and 1 / variance ~ Gamma(3, 3 σ²), three times.
    want = stats.gamma(1 + 9, scale=1 / (1 + 3 * (1 / 1.0 + 1 / 0.5 + 1 / 2.0)))
    assert np.mean(drawn) == pytest.approx(want.mean(), rel=0.02)
    assert np.std(drawn) == pytest.approx(want.std(), rel=0.05)


def test_nothing_asked_and_one_rating_each():
    mood = Drift([0, 1], [5, 5])
    ten = np.array([10.0, 10.0])
    mean = backward(mood, np.array([1.0, -1.0]), ten, np.zeros(2))[0]
    np.testing.assert_allclose(mean, [0.5, -0.5])  # 0.1 of variance each, of 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user_row": [0, 1, 0]}, "row 2 is earlier than the one before it; sort by"),
        ({"seconds": [2, 1, 0]}, "row 1 is earlier than the one before it; sort by"),
        ({"user_row": [0, 0]}, "2 user rows, but 3 seconds"),
        ({"ask_user_row": [0, 1]}, "2 user rows, but 1 moments"),
    ],
)
def test_refuses_rows_out_of_order_and_columns_of_unequal_length(change, message):
    rows = {"user_row": [0, 0, 1], "seconds": [1, 2, 0]}
    asked = {"ask_user_row": [-1], "ask_seconds": [5]}
    with pytest.raises(ValueError, match=re.escape(message)):
        Drift(**(rows | asked | change))


def numbers(mood, path):
    return [mood.a, mood.b, mood.prior_variance, mood.user_variance[0], path[5]]


def test_calibrated_where_everything_is_drawn_from_the_prior():
    """Simulation-based calibration (Talts et al. 2018): ranks of the truth, uniform."""
    rng = np.random.default_rng(1)
    n_users, n = 6, 12
    user = np.repeat(np.arange(n_users), n)
    w = np.full(len(user), 2.0)
    ranks = []
    for _ in range(120):
        seconds = np.cumsum(rng.exponential(200, (n_users, n)), axis=1).ravel()
        truth = Drift(user, seconds)
        truth.a = 0.005 * np.exp(rng.standard_normal())
        truth.b = 0.15 * np.exp(0.5 * rng.standard_normal())
        truth.prior_variance = rng.gamma(1)
        truth.user_variance = 3 * truth.prior_variance / rng.gamma(3, size=n_users)
        rho = np.exp(-truth.a - truth.b * truth.log_gap)
        level = np.zeros(len(user))
        for k in range(len(user)):
            var = truth.user_variance[user[k]]
            level[k] = np.sqrt(var * (1 - rho[k] ** 2)) * rng.standard_normal()
            level[k] += rho[k] * level[k - 1] if rho[k] else 0
        y = level + rng.standard_normal(len(user)) / np.sqrt(w)
        mood = Drift(user, seconds)
        draws = []
        for sweep in range(40 + 15 * 10):
            path = mood.step(y, w, rng)
            if sweep >= 40 and sweep % 10 == 0:
                draws.append(numbers(mood, path))
        ranks.append((np.array(draws) < numbers(truth, level)).sum(axis=0))  # 0 … 15
    for of_one in np.array(ranks).T:
        # Tighter than chance allows in one of 500 runs; the seed makes this one pass.
        spread = (of_one + rng.random(len(of_one))) / 16
        assert stats.kstest(spread, "uniform").pvalue > 0.002
