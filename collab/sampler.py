"""Targets and their features, as arrays → draws of all unknowns: the Gibbs sampler.

>>> import numpy as np
>>> from scipy import sparse
>>> from collab.sampler import Sampler
>>> from collab.terms import Block
>>> rows = {"user": np.repeat([0, 1], 20), "item": np.tile([0, 1], 20)}
>>> own = sparse.eye_array(2)
>>> blocks = {side: Block(side, k, k[:1], {side: own}) for side, k in rows.items()}
>>> y = np.where(rows["user"] == 0, 1.0, -1.0)
>>> sampler = Sampler(y, blocks, n_factors=0, rng=np.random.default_rng(0))
>>> means = []
>>> for _ in range(300):
...     sampler.sweep()
...     means.append(sampler.predict()[0])
>>> np.mean(means, axis=0).round(1)
array([1.])
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.special import gammaln

from collab.compiled import compiled
from collab.terms import Block


class Sampler:
    """The Gibbs sampler itself, on arrays, for targets y around 0 with variance 1.

    It draws each unknown in turn from its distribution given the data and all others.
    Whatever the start, the draws come to be those of the joint distribution, for each
    step leaves it as it is (Geman & Geman 1984). Here every one of these distributions
    is a standard one, so nothing has to be tuned:

        bias or factor v of a feature  normal: a ridge regression with one unknown
        their prior's precision        Gamma(1 + n / 2, 0.01 + (Σ (v - c)² + c²) / 2)
        their prior's center c         normal around Σ v / (1 + n)
        what two features share        normal: one takes from the other, same sum
        the scale of a kind            normal, or as it was (see `draw_scales`)
        α                              Gamma(1 + n / 2, 1 + Σ φ_u φ_i residual² / 2)
        φ_u, and φ_i alike             Gamma((ν + n_u) / 2, (ν + α Σ φ_i residual²) / 2)
        ν                              of 100 values from 1 to 200, log-uniform before
        a wandering level              `collab.drift.Drift.step`

    The noise of a rating has the precision α φ_u φ_i. Salakhutdinov & Mnih draw the
    whole vector of a row at once, which costs n_factors² operations a rating and a
    Cholesky factor. This sampler draws one coordinate at a time and keeps the residuals
    up to date, which costs n_factors. Both are right.

    Args:
        y: float of shape (n,).
        blocks: name → `collab.terms.Block`; "user" and "item" are among them.
        n_factors: the length of the vectors; 0 leaves the biases.
        drifts: objects with `step`, `between` and `mean`, as `collab.drift.Drift`.
        uneven_noise: draw φ; otherwise all are 1.
    """

    def __init__(
        self,
        y: np.ndarray,
        blocks: dict[str, Block],
        *,
        n_factors: int,
        rng: np.random.Generator | np.random.RandomState,
        drifts: Sequence = (),
        uneven_noise: bool = False,
    ) -> None:
        self.blocks, self.n_factors, self.rng = blocks, n_factors, rng
        # Of its own: who is asked about must not change what is drawn.
        self.rng_of_unknown = rng.spawn(1)[0] if hasattr(rng, "spawn") else rng
        self.drifts, self.uneven_noise = drifts, uneven_noise
        self.y, self.shape, self.rate = y, 0.5, 0.01
        self.mu, self.alpha = 0.0, 1.0
        self.X, self.tables, self.weights, self.precision = {}, {}, {}, {}
        self.center, self.unseen, self.without = {}, {}, {}
        for name, block in blocks.items():
            self.X[name] = {k: sparse.csc_array(x) for k, x in block.features.items()}
            for kind, x in self.X[name].items():
                x.resize(x.shape[0] + 1, x.shape[1])  # and nobody, whose row is -1
                v = 0.3 * rng.standard_normal((1 + n_factors, x.shape[1]))
                self.weights[kind] = v
                self.precision[kind] = np.full(1 + n_factors, 10.0)
                self.center[kind] = np.zeros(1 + n_factors)
            own = self.X[name][next(iter(block.features))]
            self.unseen[name] = 1 - own.sum(axis=1)  # 1: none of its own
            for kind in list(block.features)[1:]:  # 1: nothing of this kind is known
                told = (block.told or {}).get(kind, np.zeros(own.shape[0] - 1))
                self.without[kind] = self.unseen[name] * (1 - np.append(told, 0))
        self.counts, self.phi, self.nu = {}, {}, {"user": 5.0, "item": 17.0}
        for side in ("user", "item"):
            self.counts[side] = np.bincount(blocks[side].row)
            self.phi[side] = np.ones(len(self.counts[side]))
        self.levels = [np.zeros(len(y)) for _ in drifts]
        self.renew_residuals()

    def renew_residuals(self) -> None:
        """Compute what is left of y; all draws keep it up to date."""
        for name, parts in self.X.items():
            self.tables[name] = sum((self.weights[k] @ x.T) for k, x in parts.items())
            own = self.center[next(iter(parts))]
            self.tables[name] += np.outer(own, self.unseen[name])
        self.residual = self.y - self.mu - sum(self.levels)
        self.residual -= self._total("user", 0) + self._total("item", 0)
        for f in range(1, 1 + self.n_factors):
            self.residual -= self._total("user", f) * self._total("item", f)

    def sweep(self) -> None:
        """Draw everything once."""
        self.draw_weights()
        self.draw_scales()
        self.draw_priors()
        self.draw_levels()
        self.draw_noise()

    def draw_weights(self) -> None:
        """μ, then the biases (f = 0), then one factor after the other."""
        rng, w = self.rng, self.noise_precision()
        self.residual += self.mu
        total = 1 + w.sum()
        deviation = rng.standard_normal() / np.sqrt(total)
        self.mu = (w * self.residual).sum() / total + deviation
        self.residual -= self.mu
        for name, f, x in self._coordinates():
            self._draw_features(name, f, x, w)

    def draw_scales(self) -> None:
        """Multiply all numbers of a kind, and the scale of their prior, by one draw s.

        Without this step, numbers of which little is known follow the scale of their
        prior, and the prior follows them, for hundreds of sweeps. With both multiplied,
        only the data and the prior of the precision have a say: the data alone make s
        normal; the rest says whether such an s is taken (Metropolis).

        Source: Liu & Sabatti, "Generalised Gibbs sampler and multigrid Monte Carlo for
        Bayesian computation", Biometrika 87 (2000), 353-369.
        """
        w = self.noise_precision()
        for name, f, x in self._coordinates():
            for kind in self.X[name]:
                self._draw_scale(name, kind, f, x, w)

    def draw_priors(self) -> None:
        """Of each kind of features: the precision, then the center."""
        for kind, v in self.weights.items():
            old, n = self.center[kind], v.shape[1]
            off = ((v.T - old) ** 2).sum(axis=0) + old**2
            shape = self.shape + 0.5 * (n + 1)
            precision = self.rng.gamma(shape, 1 / (self.rate + 0.5 * off))
            spread = self.rng.standard_normal(len(v)) / np.sqrt(precision * (n + 1))
            self.precision[kind] = precision
            self.center[kind] = v.sum(axis=1) / (n + 1) + spread
            for name, parts in self.X.items():
                if kind == next(iter(parts)):
                    moved = self.center[kind] - old
                    self.tables[name] += np.outer(moved, self.unseen[name])

    def draw_levels(self) -> None:
        w = self.noise_precision()
        for k, drift in enumerate(self.drifts):
            without = self.residual + self.levels[k]
            self.levels[k] = drift.step(without, w, self.rng)
            self.residual = without - self.levels[k]

    def draw_noise(self) -> None:
        squares = self.residual**2
        if self.uneven_noise:
            for side in ("user", "item"):
                w = self.noise_precision() / self.phi[side][self.blocks[side].row]
                total = np.bincount(self.blocks[side].row, w * squares)
                nu, n = self.nu[side], self.counts[side]
                self.phi[side] = self.rng.gamma((nu + n) / 2, 2 / (nu + total))
                self.nu[side] = _draw_nu(self.phi[side], self.rng)
        w = self.noise_precision() / self.alpha
        shape, rate = 1 + len(w) / 2, 1 + (w * squares).sum() / 2
        self.alpha = self.rng.gamma(shape, 1 / rate)

    def noise_precision(self) -> np.ndarray:
        """The precision of each rating's noise."""
        phi = [self.phi[side][self.blocks[side].row] for side in ("user", "item")]
        return self.alpha * phi[0] * phi[1]

    def predict(self) -> tuple[np.ndarray, np.ndarray]:
        """The mean of each row to predict, and the variance of a rating around it."""
        n = len(self.blocks["user"].ask_row)
        mean, precision = np.full(n, self.mu), np.full(n, self.alpha)
        for side in ("user", "item"):
            row, phi = self.blocks[side].ask_row, self.phi[side]
            known = (row >= 0) & (row < len(phi))
            unknown = np.ones(n)
            if self.uneven_noise:  # drawn, but never noisier than all who are known
                half = self.nu[side] / 2
                drawn = self.rng_of_unknown.gamma(half, 1 / half, n)
                unknown = np.maximum(drawn, phi.min())
            precision *= np.where(known, phi[np.where(known, row, 0)], unknown)
        variance = 1 / precision
        for f in range(1 + self.n_factors):
            (p, p_var), (q, q_var) = self._asked("user", f), self._asked("item", f)
            if f:
                mean = mean + p * q
                variance += p**2 * q_var + q**2 * p_var + p_var * q_var
            else:
                mean, variance = mean + (p + q), variance + (p_var + q_var)
        for drift in self.drifts:
            level, level_variance = drift.between()
            mean, variance = mean + level, variance + level_variance
        return mean, variance

    def _total(self, side, f):
        """The sum over a side's blocks of bias (f = 0) or factor f, row by row."""
        total = np.zeros(len(self.y))
        for name, block in self.blocks.items():
            if block.side == side:
                _add(block.row, self.tables[name][f], total)
        return total

    def _asked(self, side, f):
        """The mean and the variance of that sum for the rows to predict.

        An entity without ratings is like those who have some: its own feature has the
        mean and the variance of their prior, a kind whose features are unknown the mean
        and the variance that it has among them.
        """
        means, variances = np.zeros((2, len(self.blocks[side].ask_row)))
        for name, block in self.blocks.items():
            if block.side == side:
                own, *others = block.features
                mean, unseen = self.tables[name][f], self.unseen[name]
                variance = unseen / self.precision[own][f]
                for kind in others:
                    share = self.X[name][kind] @ self.weights[kind][f]
                    known, without = share[unseen == 0], self.without[kind]
                    mean = mean + without * known.mean()
                    variance = variance + without * known.var()
                _add(block.ask_row, mean, means)
                _add(block.ask_row, variance, variances)
        return means, variances

    def _draw_features(self, name, f, x, w):
        row, table = self.blocks[name].row, self.tables[name][f]
        xx, xy, change = np.zeros((3, len(table)))
        _sums(row, x, w, self.residual, xx, xy)
        for kind, X in self.X[name].items():
            v, noise = self.weights[kind][f], self.rng.standard_normal(X.shape[1])
            prior = self.center[kind][f], self.precision[kind][f]
            _draw_values(X.indptr, X.indices, X.data, xx, xy, change, v, *prior, noise)
        table += change
        _subtract(row, x, change, self.residual)
        own, *others = self.X[name]
        of_own = self.weights[own][f], (self.center[own][f], self.precision[own][f])
        for kind in others:
            X, v = self.X[name][kind], self.weights[kind][f]
            prior = self.center[kind][f], self.precision[kind][f]
            rest = self.rng.standard_normal(len(v)), self.unseen[name], table
            _exchange(X.indptr, X.indices, X.data, v, prior, *of_own, *rest)

    def _draw_scale(self, name, kind, f, x, w):
        row, v = self.blocks[name].row, self.weights[kind][f]
        share = self.X[name][kind] @ v
        if kind == next(iter(self.X[name])):  # without an own feature: the center
            share += self.unseen[name] * self.center[kind][f]
        total, slope = _fit(row, x, w, self.residual, share)
        s = 1 + slope / total + self.rng.standard_normal() / np.sqrt(total)
        chance = np.log(self.rng.random())
        if s > 0:
            gain = -(2 * self.shape + 1) * np.log(s)
            gain -= self.rate * self.precision[kind][f] * (1 / s**2 - 1)
            if chance < gain:
                v *= s
                self.center[kind][f] *= s
                self.precision[kind][f] /= s**2
                self.tables[name][f] += (s - 1) * share
                _subtract(row, x, (s - 1) * share, self.residual)

    def _coordinates(self):
        """Each block's bias (f = 0) and factors, and what each rating multiplies it by.

        After the users' factor f that of the items, then f + 1.
        """
        for f in range(1 + self.n_factors):
            for side, other in [("user", "item"), ("item", "user")]:
                x = self._total(other, f) if f else np.ones(len(self.y))
                for name, block in self.blocks.items():
                    if block.side == side:
                        yield name, f, x


# Compiled loops: over the ratings, and over the features -----------------------------


@compiled
def _add(row, values, total):
    for k in range(len(row)):
        total[k] += values[row[k]]


@compiled
def _sums(row, x, w, residual, xx, xy):
    """Σ w x² and Σ w x · residual of each entity: all that its features need."""
    for k in range(len(row)):
        wx = w[k] * x[k]
        xx[row[k]] += wx * x[k]
        xy[row[k]] += wx * residual[k]


@compiled
def _fit(row, x, w, residual, share):
    """Of residual = (s - 1) x · share + noise: the precision of s, and times s - 1."""
    total, slope = 1e-12, 0.0
    for k in range(len(row)):
        part = x[k] * share[row[k]]
        total += w[k] * part**2
        slope += w[k] * part * residual[k]
    return total, slope


@compiled
def _draw_values(start, entity, value, xx, xy, change, v, center, precision, noise):
    """Draw each feature's v: a ridge regression with one unknown, and a deviation."""
    for c in range(len(v)):
        total, slope = precision, precision * (center - v[c])
        for k in range(start[c], start[c + 1]):
            total += value[k] ** 2 * xx[entity[k]]
            slope += value[k] * xy[entity[k]]
        step = slope / total + noise[c] / np.sqrt(total)
        v[c] += step
        for k in range(start[c], start[c + 1]):
            change[entity[k]] += value[k] * step
            xy[entity[k]] -= value[k] * step * xx[entity[k]]


@compiled
def _exchange(start, entity, value, v, prior, own, own_prior, noise, unseen, table):
    """Draw how much of each v its entities' own features hold instead.

    v + step and own - value · step predict the same, so only the priors (center,
    precision) have a say. Without these draws the chain would need many more sweeps:
    while the items' own biases explain what a genre has in common, that of the genre
    hardly moves.
    """
    (center, precision), (own_center, own_precision) = prior, own_prior
    for c in range(len(v)):
        total, slope = precision, precision * (center - v[c])
        for k in range(start[c], start[c + 1]):
            if not unseen[entity[k]]:
                total += value[k] ** 2 * own_precision
                slope += value[k] * own_precision * (own[entity[k]] - own_center)
        step = slope / total + noise[c] / np.sqrt(total)
        v[c] += step
        for k in range(start[c], start[c + 1]):
            if unseen[entity[k]]:
                table[entity[k]] += value[k] * step
            else:
                own[entity[k]] -= value[k] * step


@compiled
def _subtract(row, x, change, residual):
    for k in range(len(row)):
        residual[k] -= x[k] * change[row[k]]


def _draw_nu(phi, rng):
    nu = np.geomspace(1, 200, 100)
    fit = len(phi) * (nu / 2 * np.log(nu / 2) - gammaln(nu / 2))
    fit += nu / 2 * (np.log(phi) - phi).sum()
    chances = np.exp(fit - fit.max())
    return rng.choice(nu, p=chances / chances.sum())
