"""Values at uneven times → a level that wanders between them (a Kalman filter).

>>> import numpy as np
>>> from collab.drift import Drift
>>> times = np.array([0.0, 60.0, 120.0, 90_000.0])  # seconds: an evening, and the next
>>> level = Drift(np.zeros(4, int), times)
>>> y, precisions = np.array([1.0, 1.0, 1.0, -1.0]), np.full(4, 20.0)
>>> rng = np.random.default_rng(0)
>>> draws = [level.step(y, precisions, rng) for _ in range(500)]
>>> np.mean(draws, axis=0).round().tolist()
[1.0, 1.0, 1.0, -1.0]
"""

import numpy as np

from collab.checks import check_ids, check_numbers, check_positive, check_row_numbers
from collab.compiled import compiled


class Drift:
    """A level d for each user that wanders along the order of the user's ratings.

    It is normal around 0 with a variance σ_u² of the user's own, and a Markov chain:
    given the level at one rating, what came earlier tells nothing about the next one.
    From one rating to the next it has the correlation

        ρ = exp(-a - b log(1 + gap / unit)) = e^(-a) (1 + gap / unit)^(-b)

    which falls fast within minutes and slowly over months. Two steps do not make one
    long step, as they would in an Ornstein-Uhlenbeck process: how many ratings lie
    between two moments counts, too. One rating says y = d + noise, the noise with a
    known precision w.

    `step` is one block of a Gibbs sampler: it draws a, b and σ_u² by Metropolis steps
    on the probability of y with d summed out (the filter gives it), then d itself given
    these, backward in time.

    Priors: log a ~ N(log 0.005, 1), log b ~ N(log 0.15, 0.5²), 1/σ_u² ~ Gamma(3, 3 σ²)
    and σ² ~ Gamma(1, 1).

    Args:
        user_row, seconds: of each rating; user rows ascend, and times within each user.
        ask_user_row, ask_seconds: moments without a rating, in any order, whose level
            `between` tells; a user row of -1 is an unknown user.
        unit: the gap, in seconds, from which on time counts.
        only_before: `between` uses nothing that was rated after the moment.

    Source: Durbin & Koopman, Time Series Analysis by State Space Methods (2012),
    sections 4.3, 4.4 and 4.9; Carter & Kohn, Biometrika 81 (1994), 541-553.
    """

    def __init__(
        self,
        user_row: np.ndarray,
        seconds: np.ndarray,
        ask_user_row: np.ndarray | None = None,
        ask_seconds: np.ndarray | None = None,
        *,
        unit: float = 60.0,
        only_before: bool = False,
    ) -> None:
        check_positive(unit, "unit")
        user_row = check_ids(user_row, "user_row", ordered=True)
        user_row = check_row_numbers(user_row, "user_row", len(user_row))
        seconds = check_numbers(seconds, "seconds")
        if len(seconds) != len(user_row):
            raise ValueError(f"{len(user_row)} user rows, but {len(seconds)} seconds")
        step = np.diff(user_row)
        wrong = (step < 0) | ((step == 0) & (np.diff(seconds) < 0))
        if wrong.any():
            raise ValueError(
                f"user_row and seconds: row {wrong.argmax() + 1} is earlier than the "
                "one before it; sort by user, then by time"
            )
        n_users = int(user_row.max()) + 1 if len(user_row) else 0
        self.start = np.searchsorted(user_row, np.arange(n_users + 1))
        gap = np.diff(seconds, prepend=seconds[:1])
        first = np.append(True, user_row[1:] != user_row[:-1])[: len(user_row)]
        self.log_gap = np.where(first, np.inf, np.log1p(np.maximum(gap, 0) / unit))
        self.a, self.b, self.prior_variance = 0.005, 0.15, 0.1
        self.user_variance = np.full(n_users, self.prior_variance)
        # The level at each rating given all of y: mean, variance, and the covariance
        # with the next one; and mean and variance given y up to there.
        self.mean, self.variance, self.lag_covariance = np.zeros((3, len(user_row)))
        self.filtered = self.mean, self.variance
        self.only_before = only_before
        if ask_user_row is not None:
            user = check_ids(ask_user_row, "ask_user_row", known=user_row)
            check_row_numbers(user[user != -1], "ask_user_row", n_users)
            moment = check_numbers(ask_seconds, "ask_seconds")
            if len(moment) != len(user):
                raise ValueError(f"{len(user)} user rows, but {len(moment)} moments")
            where = last_before(self.start, seconds, user, moment)
            self.ask_user_row, self.before = user, where
            self.log_gap_before, self.log_gap_after = _gaps(
                self.start, seconds, user, moment, where, unit
            )

    def step(
        self,
        y: np.ndarray,
        w: np.ndarray,
        rng: np.random.Generator | np.random.RandomState,
    ) -> np.ndarray:
        """Draw a, b and the variances, then the level at each rating; returns it.

        y are the values, w the precisions of their noise.
        """
        fit = self._likelihood(y, w, self.a, self.b, self.user_variance)
        for size in (0.3, 0.1):  # a wide and a narrow step
            a = self.a * np.exp(size * 3 * rng.standard_normal())
            b = self.b * np.exp(size * rng.standard_normal())
            new = self._likelihood(y, w, a, b, self.user_variance)
            gain = new.sum() - fit.sum() + _log_prior(a, b) - _log_prior(self.a, self.b)
            if np.log(rng.random()) < gain:
                self.a, self.b, fit = a, b, new

        old = self.user_variance
        variance = old * np.exp(rng.standard_normal(len(old)))
        gain = self._likelihood(y, w, self.a, self.b, variance) - fit
        for sign, v in [(1, variance), (-1, old)]:  # the density of log v
            gain += sign * (-3 * np.log(v) - 3 * self.prior_variance / v)
        accept = np.log(rng.random(len(gain))) < gain
        self.user_variance = np.where(accept, variance, old)
        rate = 1 + 3 * np.sum(1 / self.user_variance)
        self.prior_variance = rng.gamma(1 + 3 * len(old)) / rate

        rho = np.exp(-self.a - self.b * self.log_gap)
        noise = rng.standard_normal(len(y))
        self.filtered = _filter(self.start, rho, self.user_variance, y, w)[:2]
        self.mean, self.variance, self.lag_covariance, drawn = _backward(
            self.start, rho, self.user_variance, *self.filtered, noise
        )
        return drawn

    def between(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean and the variance of the level at the moments asked for, given y.

        The level is w₁ d₁ + w₂ d₂ and a deviation of its own, where d₁ and d₂ are the
        levels at the ratings before and after.
        """
        r1 = np.exp(-self.a - self.b * self.log_gap_before)
        r2 = np.exp(-self.a - self.b * self.log_gap_after)
        mean, variance = self.mean, self.variance
        if self.only_before:
            r2, (mean, variance) = 0 * r2, self.filtered
        rest = 1 - r1**2 * r2**2
        w1, w2 = r1 * (1 - r2**2) / rest, r2 * (1 - r1**2) / rest
        # Where there is no rating before or after, w is 0: any row does.
        n = len(self.mean)
        one, two = np.clip(self.before, 0, n - 1), np.clip(self.before + 1, 0, n - 1)
        unknown = 1.5 * self.prior_variance  # the mean of σ_u²
        own = np.append(self.user_variance, unknown)[self.ask_user_row]
        own = own * (1 - r1**2) * (1 - r2**2) / rest
        own += w1**2 * variance[one] + w2**2 * variance[two]
        own += 2 * w1 * w2 * self.lag_covariance[one]
        return w1 * mean[one] + w2 * mean[two], own

    def _likelihood(self, y, w, a, b, variance):
        rho = np.exp(-a - b * self.log_gap)
        return _filter(self.start, rho, variance, y, w)[2]


def _log_prior(a, b):
    """Of log a and log b."""
    return -0.5 * (np.log(a / 0.005) ** 2 + (np.log(b / 0.15) / 0.5) ** 2)


@compiled
def _filter(start, rho, variance, y, w):
    """The level's mean and variance given the values so far; log p(y) of each user."""
    m, p = np.empty(len(y)), np.empty(len(y))
    fit = np.zeros(len(variance))
    for user in range(len(variance)):
        before, p_before = 0.0, variance[user]
        for t in range(start[user], start[user + 1]):
            expected = rho[t] * before
            p_expected = rho[t] ** 2 * p_before + (1 - rho[t] ** 2) * variance[user]
            total = p_expected + 1 / w[t]
            error = y[t] - expected
            before = expected + p_expected / total * error
            p_before = p_expected / w[t] / total
            m[t], p[t] = before, p_before
            fit[user] -= 0.5 * (np.log(2 * np.pi * total) + error**2 / total)
    return m, p, fit


@compiled
def _backward(start, rho, variance, m, p, noise):
    """The level's mean, variance and covariance with the next; one draw of its path."""
    mean, var, drawn = m.copy(), p.copy(), m + np.sqrt(p) * noise
    lag_covariance = np.zeros(len(m))
    for user in range(len(variance)):
        for t in range(start[user + 1] - 2, start[user] - 1, -1):
            r = rho[t + 1]
            p_next = r**2 * p[t] + (1 - r**2) * variance[user]
            gain = p[t] * r / p_next
            mean[t] = m[t] + gain * (mean[t + 1] - r * m[t])
            var[t] = p[t] + gain**2 * (var[t + 1] - p_next)
            lag_covariance[t] = gain * var[t + 1]
            left = max(p[t] - gain * r * p[t], 0.0)
            drawn[t] = m[t] + gain * (drawn[t + 1] - r * m[t])
            drawn[t] += np.sqrt(left) * noise[t]
    return mean, var, lag_covariance, drawn


@compiled
def last_before(
    start: np.ndarray,
    seconds: np.ndarray,
    ask_user_row: np.ndarray,
    ask_seconds: np.ndarray,
) -> np.ndarray:
    """The place of the user's last rating not after the moment; start - 1 if none."""
    place = np.empty(len(ask_user_row), np.int64)
    for k in range(len(ask_user_row)):
        user = ask_user_row[k]
        if user < 0:
            place[k] = -1
            continue
        own = seconds[start[user] : start[user + 1]]
        place[k] = start[user] + np.searchsorted(own, ask_seconds[k], side="right") - 1
    return place


def _gaps(start, seconds, user, moment, place, unit):
    """log(1 + gap / unit) to the rating before and to the one after; inf if none."""
    known = user >= 0
    n = len(seconds)
    has_before = known & (place >= start[np.where(known, user, 0)])
    has_after = known & (place + 1 < start[np.where(known, user, 0) + 1])
    gaps = []
    for has, at, sign in [(has_before, place, 1), (has_after, place + 1, -1)]:
        gap = np.maximum(sign * (moment - seconds[np.clip(at, 0, n - 1)]), 0)
        gaps.append(np.where(has, np.log1p(gap / unit), np.inf))
    return gaps
