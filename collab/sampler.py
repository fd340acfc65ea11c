"""Targets and what is known of them → draws of all unknowns: the Gibbs sampler.

>>> import numpy as np
>>> from scipy import sparse
>>> from collab.sampler import Sampler
>>> from collab.terms import Term
>>> rows = {"user": np.repeat([0, 1], 20), "item": np.tile([0, 1], 20)}
>>> own = sparse.eye_array(2)
>>> terms = {side: Term(side, of, of[:1], {side: own}) for side, of in rows.items()}
>>> y = np.where(rows["user"] == 0, 1.0, -1.0)
>>> sampler = Sampler(y, terms, n_factors=0, rng=np.random.default_rng(0))
>>> means = []
>>> for _ in range(300):
...     sampler.sweep()
...     means.append(sampler.ask()[0])
>>> np.mean(means, axis=0).round(1)
array([1.])
"""

import numpy as np
from scipy import sparse
from scipy.special import gammaln

from collab.compiled import compiled


class Sampler:
    """The Gibbs sampler itself, on arrays, for targets y around 0 with variance 1.

    It goes through all unknowns and draws each from its distribution given the data and
    all the others. Whatever the start, the draws come to be those of the joint
    distribution, for each step leaves it as it is (Geman & Geman 1984). Here every one
    of these distributions is a standard one, so nothing has to be tuned:

        a column's bias or factor     normal: a ridge regression with one unknown
        their prior's precision       Gamma(1 + n / 2, 0.01 + (Σ (v - c)² + c²) / 2)
        and its center c              normal around Σ v / (1 + n)
        what columns share            normal: how much is whose, the sum as it is
        the size of a kind's numbers  normal, or as it was (see `draw_sizes`)
        α                             Gamma(1 + n / 2, 1 + Σ φ_u ψ_i residual² / 2)
        φ_u (and ψ_i alike)           Gamma((ν + n_u) / 2, (ν + Σ α ψ_i residual²) / 2)
        ν                             of 100 values from 1 to 200, log-uniform before
        a wandering level             `collab.drift.Drift.step`

    Salakhutdinov & Mnih draw a row's whole vector at once, which costs n_factors²
    operations a rating and a Cholesky factor; this draws one coordinate at a time and
    keeps the residuals up to date, which costs n_factors. Both are right.
    """

    def __init__(self, y, terms, *, n_factors, rng, drifts=(), uneven_noise=False):
        self.terms, self.n_factors, self.rng = terms, n_factors, rng
        self.drifts, self.uneven_noise = drifts, uneven_noise
        self.y, self.shape, self.rate = y, 0.5, 0.01
        self.mu, self.alpha = 0.0, 1.0
        self.X, self.tables, self.weights, self.precision = {}, {}, {}, {}
        self.center, self.lacks = {}, {}
        for name, term in terms.items():
            self.X[name] = {k: sparse.csc_array(x) for k, x in term.columns.items()}
            for kind, x in self.X[name].items():
                x.resize(x.shape[0] + 1, x.shape[1])  # and nobody, whose row is -1
                v = 0.3 * rng.standard_normal((1 + n_factors, x.shape[1]))
                self.weights[kind] = v
                self.precision[kind] = np.full(1 + n_factors, 10.0)
                self.center[kind] = np.zeros(1 + n_factors)
            own = self.X[name][next(iter(term.columns))]
            self.lacks[name] = 1 - own.sum(axis=1)  # 1: has no column of its own
        self.counts, self.noise_of, self.nu = {}, {}, {"user": 5.0, "item": 17.0}
        for side in ("user", "item"):
            self.counts[side] = np.bincount(terms[side].of)
            self.noise_of[side] = np.ones(len(self.counts[side]))
        self.levels = [np.zeros(len(y)) for _ in drifts]
        self.renew_residuals()

    def renew_residuals(self):
        """What is left of y; kept up to date from here on."""
        for name, parts in self.X.items():
            self.tables[name] = sum((self.weights[k] @ x.T) for k, x in parts.items())
            own = self.center[next(iter(parts))]
            self.tables[name] += np.outer(own, self.lacks[name])
        self.residual = self.y - self.mu - sum(self.levels)
        self.residual -= self._side("user", 0) + self._side("item", 0)
        for f in range(1, 1 + self.n_factors):
            self.residual -= self._side("user", f) * self._side("item", f)

    def sweep(self):
        """Draw everything once."""
        self.draw_weights()
        self.draw_sizes()
        self.draw_priors()
        self.draw_levels()
        self.draw_noise()

    def draw_weights(self):
        """μ, then the biases (f = 0), then one factor after the other."""
        rng, w = self.rng, self.certainty()
        self.residual += self.mu
        total = 1 + w.sum()
        self.mu = (w * self.residual).sum() / total + rng.standard_normal() / np.sqrt(
            total
        )
        self.residual -= self.mu
        for name, f, x in self._passes():
            self._draw_columns(name, f, x, w)

    def draw_sizes(self):
        """How large a kind's numbers are, all of them and their prior together.

        s times as large, with s² times less precision, they are as likely before the
        data as they were, but for the prior of the precision. So the data decide at
        once; without this, numbers of which little is known follow the size that their
        prior has, and it follows them, for hundreds of sweeps. The data alone make s
        normal; the rest says whether such an s is taken (Metropolis).

        Source: Liu & Sabatti, "Generalised Gibbs sampler and multigrid Monte Carlo for
        Bayesian computation", Biometrika 87 (2000), 353-369.
        """
        w = self.certainty()
        for name, f, x in self._passes():
            for kind in self.X[name]:
                self._draw_size(name, kind, f, x, w)

    def draw_priors(self):
        """Of each kind of column: the precision, then the center."""
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
                    self.tables[name] += np.outer(moved, self.lacks[name])

    def draw_levels(self):
        w = self.certainty()
        for k, drift in enumerate(self.drifts):
            without = self.residual + self.levels[k]
            self.levels[k] = drift.step(without, w, self.rng)
            self.residual = without - self.levels[k]

    def draw_noise(self):
        squares = self.residual**2
        if self.uneven_noise:
            for side in ("user", "item"):
                w = self.certainty() / self.noise_of[side][self.terms[side].of]
                total = np.bincount(self.terms[side].of, w * squares)
                nu, n = self.nu[side], self.counts[side]
                self.noise_of[side] = self.rng.gamma((nu + n) / 2, 2 / (nu + total))
                self.nu[side] = _draw_nu(self.noise_of[side], self.rng)
        w = self.certainty() / self.alpha
        shape, rate = 1 + len(w) / 2, 1 + (w * squares).sum() / 2
        self.alpha = self.rng.gamma(shape, 1 / rate)

    def certainty(self):
        """The precision of each rating's noise."""
        of = [self.noise_of[side][self.terms[side].of] for side in ("user", "item")]
        return self.alpha * of[0] * of[1]

    def ask(self):
        """The mean of each row asked for, and the variance of a rating around it."""
        mean, precision = self.mu, self.alpha
        for side in ("user", "item"):
            of, noise = self.terms[side].ask_of, self.noise_of[side]
            known = (of >= 0) & (of < len(noise))
            precision = precision * np.where(known, noise[np.where(known, of, 0)], 1.0)
        variance = 1 / precision
        for f in range(1 + self.n_factors):
            p, p_var = self._side("user", f, "ask_of"), self._unknown("user", f)
            q, q_var = self._side("item", f, "ask_of"), self._unknown("item", f)
            mean = mean + (p * q if f else p + q)
            if f:
                variance += p**2 * q_var + q**2 * p_var + p_var * q_var
            else:
                variance += p_var + q_var
        for drift in self.drifts:
            level, unsure = drift.between()
            mean, variance = mean + level, variance + unsure
        return mean, variance

    def _side(self, side, f, of="of"):
        """The sum over a side's terms of bias (f = 0) or factor f, rating by rating."""
        total = np.zeros(len(getattr(self.terms[side], of)))
        for name, term in self.terms.items():
            if term.side == side:
                _add(getattr(term, of), self.tables[name][f], total)
        return total

    def _unknown(self, side, f):
        """The variance of that sum where an entity asked for has no column."""
        total = np.zeros(len(self.terms[side].ask_of))
        for name, term in self.terms.items():
            if term.side == side:
                own = self.precision[next(iter(term.columns))][f]
                _add(term.ask_of, self.lacks[name] / own, total)
        return total

    def _draw_columns(self, name, f, x, w):
        of, table = self.terms[name].of, self.tables[name][f]
        xx, xy, change = np.zeros((3, len(table)))
        _sums(of, x, w, self.residual, xx, xy)
        for kind, X in self.X[name].items():
            v, noise = self.weights[kind][f], self.rng.standard_normal(X.shape[1])
            prior = self.center[kind][f], self.precision[kind][f]
            _draw(X.indptr, X.indices, X.data, xx, xy, change, v, *prior, noise)
        table += change
        _subtract(of, x, change, self.residual)
        own, *others = self.X[name]
        mine = self.weights[own][f], self.center[own][f], self.precision[own][f]
        for kind in others:
            X, v = self.X[name][kind], self.weights[kind][f]
            prior = self.center[kind][f], self.precision[kind][f]
            noise = self.rng.standard_normal(len(v))
            has_none = self.lacks[name], table
            _trade(X.indptr, X.indices, X.data, v, *prior, *mine, noise, *has_none)

    def _draw_size(self, name, kind, f, x, w):
        of, v = self.terms[name].of, self.weights[kind][f]
        share = self.X[name][kind] @ v
        if kind == next(iter(self.X[name])):  # without an own column: the center
            share += self.lacks[name] * self.center[kind][f]
        total, slope = _fit(of, x, w, self.residual, share)
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
                _subtract(of, x, (s - 1) * share, self.residual)

    def _passes(self):
        """Each term's bias (f = 0) and factors, and what each rating multiplies it by.

        After the users' factor f that of the items, then f + 1.
        """
        for f in range(1 + self.n_factors):
            for side, other in [("user", "item"), ("item", "user")]:
                x = self._side(other, f) if f else np.ones(len(self.y))
                for name, term in self.terms.items():
                    if term.side == side:
                        yield name, f, x


# Compiled loops: over the ratings, and over the columns ------------------------------


@compiled
def _add(of, values, total):
    for k in range(len(of)):
        total[k] += values[of[k]]


@compiled
def _sums(of, x, w, residual, xx, xy):
    """Σ w x² and Σ w x · residual of each entity: all that its columns need."""
    for k in range(len(of)):
        wx = w[k] * x[k]
        xx[of[k]] += wx * x[k]
        xy[of[k]] += wx * residual[k]


@compiled
def _fit(of, x, w, residual, share):
    """Of residual = (s - 1) x · share + noise: the precision of s, and times s - 1."""
    total, slope = 1e-12, 0.0
    for k in range(len(of)):
        part = x[k] * share[of[k]]
        total += w[k] * part**2
        slope += w[k] * part * residual[k]
    return total, slope


@compiled
def _draw(start, entity, value, xx, xy, change, v, center, precision, noise):
    """Draw each column's v: a ridge regression with one unknown, plus its deviation."""
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
def _trade(
    start,
    entity,
    value,
    v,
    center,
    precision,
    own,
    m,
    own_precision,
    noise,
    lacks,
    table,
):
    """Draw how much of each v its entities' own columns hold instead.

    v + step and own - value · step predict the same, so only the priors have a say.
    Without these draws, too, the chain would arrive: in many more sweeps, for while the
    items' own biases explain what a genre has in common, the genre's hardly moves.
    """
    for c in range(len(v)):
        total, slope = precision, precision * (center - v[c])
        for k in range(start[c], start[c + 1]):
            if not lacks[entity[k]]:
                total += value[k] ** 2 * own_precision
                slope += value[k] * own_precision * (own[entity[k]] - m)
        step = slope / total + noise[c] / np.sqrt(total)
        v[c] += step
        for k in range(start[c], start[c + 1]):
            if lacks[entity[k]]:
                table[entity[k]] += value[k] * step
            else:
                own[entity[k]] -= value[k] * step


@compiled
def _subtract(of, x, change, residual):
    for k in range(len(of)):
        residual[k] -= x[k] * change[of[k]]


def _draw_nu(phi, rng):
    nu = np.geomspace(1, 200, 100)
    fit = len(phi) * (nu / 2 * np.log(nu / 2) - gammaln(nu / 2))
    fit += nu / 2 * (np.log(phi) - phi).sum()
    chances = np.exp(fit - fit.max())
    return rng.choice(nu, p=chances / chances.sum())
