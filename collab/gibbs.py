"""Ratings table → many `Factors` instead of one: Bayesian matrix factorisation.

>>> import pandas as pd
>>> from collab.gibbs import Gibbs
>>> cells = [(u, i, 1.0 + 2 * (u % 2 == i % 2)) for u in range(8) for i in range(8)]
>>> ratings = pd.DataFrame(cells, columns=["userId", "movieId", "rating"])
>>> chain = Gibbs(ratings[4:], ratings.head(4), n_factors=2, seed=1)
>>> _ = chain.run(300, keep=False, progress=False).run(99, progress=False)
>>> chain.predict().round(0).tolist()
[3.0, 1.0, 3.0, 1.0]
"""

import sys
import time as clock
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from scipy import sparse
from scipy.special import gammaln, ndtr

from collab.checks import (
    check_columns,
    check_ids,
    check_numbers,
    check_scale,
    check_times,
    check_whole,
)
from collab.factors import Factors

SITTING = 3 * 3600  # seconds without a rating that end a sitting
MONTH = 365.25 / 12 * 86400


class Term(NamedTuple):
    """One thing that is known of a rating: who gave it, in which month, of what.

    A rating has one entity (user 7, May 1998), and an entity has columns with values x,
    the first kind being its own. What the model learns belongs to the columns; an
    entity's bias and factors are the sums of x times those of its columns. A user's
    columns, say, are the user's own and one for each item that they rated.
    """

    side: str  # "user" or "item": which of the two vectors it is added to
    of: np.ndarray  # (n,) entity of each rating
    ask_of: np.ndarray  # (n_ask,) the same of each row asked for; -1: nothing known
    columns: dict  # name → sparse (n_entities, n_columns); each has its own prior


class Gibbs:
    """Draws of everything that is not known about a table of ratings.

    The model, for the rating r of user u and item i:

        r = μ + b_u + b_i + p_u · q_i + level + noise,   noise ~ N(0, 1 / (α φ_u ψ_i))

    as in matrix factorisation. But b_u and p_u are sums over what is known of the
    user's side (the user, the set of items they rated, the month, the sitting), b_i
    and q_i over what is known of the item's side (the item, the set of users who rated
    it, the columns of `item_columns`); the noise may differ from user to user (φ) and
    from item to item (ψ); and the user's level may wander (`drifts`). `run` draws from
    the distribution that all of it has, given the ratings (see `Sampler`); the mean of
    the draws is a better prediction than the best single fit, and their spread says how
    sure it is.

    Args:
        ratings: a DataFrame with the columns `user`, `item`, `rating` and, where it is
            used, `time`.
        ask: the rows to predict: a DataFrame with `user`, `item` and perhaps `time`.
            Nothing else of it is read, and no row changes what another one gets. Who or
            what has no ratings is known by its columns alone, or is average.
        time: a column of moments (dates, or numbers in seconds); needed for the next
            three. A rating's moment is then known together with what was rated before
            and after it.
        months: each month has a bias and factors.
        sittings: so has each sitting, ratings of a user without a gap of 3 hours.
        drifts: how a user's level wanders: functions that are called as
            `collab.drift.Drift(user_row, seconds, ask_user_row, ask_seconds)`, and
            return an object with its `step` and `between`.
        sets: a user is also known by the items they rated, an item by its users, each
            with weight 1/√n. Only the rows of `ratings` count.
        user_columns, item_columns: what is known of them besides: name → DataFrame of
            numbers by raw id (`genre_columns`, `year_columns`). Each has a prior of its
            own.
        uneven_noise: draw φ and ψ; otherwise both are 1.
        n_factors: the length of the vectors; 0 leaves the biases.
        scale: the lowest and the highest rating there is; None reads them off.
        seed: whatever `np.random.default_rng` takes.

    A chain can be pickled at any time and goes on where it was: `run(5).run(5)` is
    `run(10)`, with a file in between too. (Unpickle only files of your own.)

    Raises:
        ValueError: a column is missing or holds something else, or a table is empty.

    Source: Salakhutdinov & Mnih, "Bayesian Probabilistic Matrix Factorization using
    Markov Chain Monte Carlo" (ICML 2008); Rendle, "Scaling Factorization Machines to
    Relational Data" (VLDB 2013), for the columns that many ratings share.
    """

    def __init__(
        self,
        ratings,
        ask=None,
        *,
        user="userId",
        item="movieId",
        rating="rating",
        time=None,
        months=False,
        sittings=False,
        drifts=(),
        sets=False,
        user_columns=None,
        item_columns=None,
        uneven_noise=False,
        n_factors=8,
        scale=None,
        seed=0,
    ):
        n_factors = check_whole(n_factors, "n_factors", least=0)
        if time is None and (months or sittings or len(drifts)):
            raise ValueError("months, sittings and drifts need the name of `time`")
        names = [user, item] + ([time] if time is not None else [])
        table = check_columns(ratings, [*names, rating])
        if len(table) == 0:
            raise ValueError("ratings has no rows")
        if ask is None:
            ask = table.head(0)
        self._index = ask.index if isinstance(ask, pd.DataFrame) else None
        timed = time is not None and time in getattr(ask, "columns", ())
        ask = check_columns(ask, names if timed else [user, item], "ask")

        # In the order of the users, and of their ratings in time.
        users, items = check_ids(table[user], user), check_ids(table[item], item)
        seconds = (
            np.zeros(len(table)) if time is None else check_times(table[time], time)
        )
        self.users, user_row = np.unique(users, return_inverse=True)
        self.order = np.lexsort((seconds, user_row))  # stable: ties as they come
        user_row, seconds = user_row[self.order], seconds[self.order]
        stars = check_numbers(table[rating], rating)[self.order]
        self.scale = check_scale(scale, stars)
        self.center, self.unit = stars.mean(), stars.std() or 1.0

        # Items that are only asked for come after the others.
        ask_users = check_ids(ask[user], f"ask[{user!r}]", known=self.users)
        ask_items = check_ids(ask[item], f"ask[{item!r}]", known=items)
        self.items, item_row = np.unique(items[self.order], return_inverse=True)
        all_items = np.r_[self.items, np.setdiff1d(ask_items, self.items)]
        ask_user_row = pd.Index(self.users).get_indexer(ask_users)
        ask_item_row = pd.Index(all_items).get_indexer(ask_items)
        n_users, n_items = len(self.users), len(self.items)

        rated = sparse.csr_array(
            (np.ones(len(stars)), (user_row, item_row)), (n_users, len(all_items))
        )
        rated.data[:] = 1  # rated twice is rated
        columns = {"user": {"user": sparse.eye_array(n_users)}}
        columns["item"] = {"item": sparse.eye_array(len(all_items), n_items)}
        if sets:
            columns["user"]["items rated"] = _share(rated[:, :n_items])
            columns["item"]["rated by"] = _share(rated.T)
        for side, ids, tables in [
            ("user", self.users, user_columns or {}),
            ("item", all_items, item_columns or {}),
        ]:
            for name, known in tables.items():
                columns[side][name] = _described(ids, known, name)
        terms = {
            "user": Term("user", user_row, ask_user_row, columns["user"]),
            "item": Term("item", item_row, ask_item_row, columns["item"]),
        }
        ask_seconds = check_times(ask[time], time) if timed else np.zeros(len(ask))
        known_user_row = ask_user_row if timed else np.full(len(ask), -1)
        moments = (user_row, seconds, known_user_row, ask_seconds)
        if months:
            terms["month"] = _months(seconds, ask_seconds, timed)
        if sittings:
            terms["sitting"] = _sittings(*moments)
        self.drifts = [drift(*moments) for drift in drifts]
        self.seconds, self.user_row = seconds, user_row
        self.sampler = Sampler(
            (stars - self.center) / self.unit,
            terms,
            n_factors=n_factors,
            drifts=self.drifts,
            uneven_noise=uneven_noise,
            rng=np.random.default_rng(seed),
        )
        self._trace, self._draws, self._tables, self._sums = [], [], [], {}

    def run(self, n_sweeps, *, keep=True, progress=True):
        """Go through everything `n_sweeps` times, drawing each part given all others.

        Args:
            keep: False for the first sweeps, which only lead from the start to where
                the distribution is (burn-in).
            progress: show a bar and the deviation of the training rows.

        Interrupted from the keyboard, it stops; the sweeps that are done are kept.

        Returns:
            The chain itself.
        """
        n_sweeps = check_whole(n_sweeps, "n_sweeps")
        bar = _Bar(n_sweeps, progress)
        try:
            for done in range(1, n_sweeps + 1):
                self.sampler.sweep()
                self._trace.append(self._state())
                if keep:
                    self._keep()
                bar.update(done, self._trace[-1]["training RMSE"])
        except KeyboardInterrupt:
            self.sampler.renew_residuals()
            bar.note("interrupted; what was done is kept")
        bar.close()
        return self

    @property
    def trace(self):
        """A table of the single numbers, one row a sweep, to judge convergence by."""
        return pd.DataFrame(self._trace)

    @property
    def draws(self):
        """`Draws` of the rows asked for, one for each sweep that was kept."""
        if not self._draws:
            raise ValueError("no sweep was kept: call run(…) first")
        mean, variance = (np.stack(part) for part in zip(*self._draws, strict=True))
        return Draws(mean, variance, self.scale)

    def predict(self):
        """The mean of the rows asked for, within the scale: a Series, indexed as `ask`.

        The error squared is smallest, on average, for the mean of all draws.
        """
        mean = self.draws.mean.mean(axis=0, dtype="float64")
        return pd.Series(mean.clip(*self.scale), index=self._index, name="prediction")

    def factors(self):
        """The mean of up to 20 kept draws as `Factors`, time left out.

        A mean of dot products is the dot product of longer vectors: those of all draws,
        one after the other, divided by √ of how many there are. The signs and the order
        of a draw's factors are arbitrary, so means of the vectors would mean nothing.
        """
        if not self._tables:
            raise ValueError("no sweep was kept: call run(…) first")
        chosen = np.linspace(0, len(self._tables) - 1, min(20, len(self._tables)))
        tables = [self._tables[k] for k in chosen.round().astype(int)]
        bias, vectors = [], []
        for side, ids, unit in [(1, self.users, self.unit), (2, self.items, 1.0)]:
            parts = np.array([t[side] for t in tables], "float64")[:, :, : len(ids)]
            bias.append(
                pd.Series(parts[:, 0].mean(axis=0) * self.unit, ids, name="bias")
            )
            long = parts[:, 1:].reshape(-1, len(ids)).T
            vectors.append(pd.DataFrame(long * unit / np.sqrt(len(tables)), ids))
        mean = self.center + self.unit * np.mean([t[0] for t in tables])
        return Factors(float(mean), *bias, *vectors, self.scale)

    def noise(self):
        """The standard deviation of the noise, by user and by item: two Series.

        In the unit of the ratings; the other side's part at its typical value of 1.
        """
        sums = self._means()
        return tuple(
            pd.Series(sums[name] * self.unit, ids, name="noise")
            for name, ids in [("user noise", self.users), ("item noise", self.items)]
        )

    def level(self):
        """How far each rating's user was above or below their own mean at that moment.

        Returns:
            A Series in the unit of the ratings, in the order of the rows of `ratings`
            (indexed 0 … n-1): all drifts together, given what was rated before and
            after.
        """
        level = np.empty(len(self.order))
        level[self.order] = self._means()["level"] * self.unit
        return pd.Series(level, name="level")

    def _keep(self):
        s = self.sampler
        mean, variance = s.ask()
        mean, variance = self.center + self.unit * mean, self.unit**2 * variance
        self._draws.append((mean.astype("float32"), variance.astype("float32")))
        if len(self._draws) % 10 == 1:
            tables = [s.tables[side].astype("float32") for side in ("user", "item")]
            self._tables.append((s.mu, *tables))
        for name, value in [
            ("user noise", 1 / np.sqrt(s.alpha * s.noise_of["user"])),
            ("item noise", 1 / np.sqrt(s.alpha * s.noise_of["item"])),
            ("level", sum((d.mean for d in self.drifts), np.zeros(len(self.order)))),
        ]:
            self._sums[name] = self._sums.get(name, 0) + value

    def _means(self):
        if not self._draws:
            raise ValueError("no sweep was kept: call run(…) first")
        return {name: total / len(self._draws) for name, total in self._sums.items()}

    def _state(self):
        s, state = self.sampler, {}
        state["training RMSE"] = self.unit * np.sqrt(np.mean(s.residual**2))
        state["mean"] = self.center + self.unit * s.mu
        state["noise"] = self.unit / np.sqrt(s.alpha)
        if s.uneven_noise:
            state |= {f"evenness of {side} noise": s.nu[side] for side in s.nu}
        for term in s.terms.values():
            unit = self.unit if term.side == "user" else 1.0
            for kind in term.columns:
                sd = 1 / np.sqrt(s.precision[kind])
                state[f"sd of bias: {kind}"] = self.unit * sd[0]
                if s.n_factors:
                    size = unit * np.sqrt(np.mean(sd[1:] ** 2))
                    state[f"sd of factors: {kind}"] = size
        for k, drift in enumerate(self.drifts, start=1):
            state[f"drift {k}: sd"] = self.unit * np.sqrt(drift.typical)
            state[f"drift {k}: a"], state[f"drift {k}: b"] = drift.a, drift.b
        return state


def genre_columns(items, *, item="movieId", genres="genres", sep="|"):
    """A column of 0 and 1 for each genre, by raw item id."""
    table = check_columns(items, [item, genres], "items")
    ids = check_ids(table[item], item)
    return table[genres].str.get_dummies(sep).astype(float).set_axis(ids)


def year_columns(items, *, item="movieId", title="title", width=4):
    """A column for every `width` years of release, at half that distance, by raw id.

    The year is the last one in brackets at the end of the title; a title without has
    none. Each year is in two columns, so that near years have one in common.
    """
    table = check_columns(items, [item, title], "items")
    ids = check_ids(table[item], item)
    year = table[title].str.extract(r"\((\d{4})\)\s*$")[0].astype(float)
    first = (year // (width / 2)).rename("first")
    halves = [pd.get_dummies(first + k, dtype=float) for k in (0, 1)]
    columns = halves[0].add(halves[1], fill_value=0).set_axis(ids)
    return columns.set_axis((columns.columns * width / 2).astype(int), axis=1)


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


@njit(cache=True)
def _add(of, values, total):
    for k in range(len(of)):
        total[k] += values[of[k]]


@njit(cache=True)
def _sums(of, x, w, residual, xx, xy):
    """Σ w x² and Σ w x · residual of each entity: all that its columns need."""
    for k in range(len(of)):
        wx = w[k] * x[k]
        xx[of[k]] += wx * x[k]
        xy[of[k]] += wx * residual[k]


@njit(cache=True)
def _fit(of, x, w, residual, share):
    """Of residual = (s - 1) x · share + noise: the precision of s, and times s - 1."""
    total, slope = 1e-12, 0.0
    for k in range(len(of)):
        part = x[k] * share[of[k]]
        total += w[k] * part**2
        slope += w[k] * part * residual[k]
    return total, slope


@njit(cache=True)
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


@njit(cache=True)
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


@njit(cache=True)
def _subtract(of, x, change, residual):
    for k in range(len(of)):
        residual[k] -= x[k] * change[of[k]]


def _draw_nu(phi, rng):
    nu = np.geomspace(1, 200, 100)
    fit = len(phi) * (nu / 2 * np.log(nu / 2) - gammaln(nu / 2))
    fit += nu / 2 * (np.log(phi) - phi).sum()
    chances = np.exp(fit - fit.max())
    return rng.choice(nu, p=chances / chances.sum())


# Predictive distributions ------------------------------------------------------------


class Draws(NamedTuple):
    """What each draw says of each row: a rating is normal around `mean`."""

    mean: np.ndarray  # (n_draws, n_ask)
    variance: np.ndarray  # (n_draws, n_ask): noise, and the level's uncertainty
    scale: tuple[float, float]

    def sd(self):
        """The standard deviation of each row's rating: of the draws, and the noise."""
        return np.sqrt(self.mean.var(axis=0) + self.variance.mean(axis=0))

    def below(self, border):
        """The probability that each row's rating is below a number, or its own."""
        z = (np.asarray(border) - self.mean) / np.sqrt(self.variance)
        return ndtr(z).mean(axis=0)

    def probabilities(self, stars):
        """The probability of each of the ratings that can be given.

        Args:
            stars: all ratings there are, ascending. Each gets what is nearest to it,
                the lowest and the highest also what lies beyond.

        Returns:
            float of shape (n_ask, len(stars)); each row sums to 1.
        """
        stars = np.asarray(stars, "float64")
        borders = (stars[1:] + stars[:-1]) / 2
        below = [0.0 * self.mean[0], *map(self.below, borders), 1 + 0.0 * self.mean[0]]
        return np.diff(np.array(below), axis=0).T

    def quantile(self, chance):
        """The number that each row's rating is below with this probability."""
        low = (self.mean - 8 * np.sqrt(self.variance)).min(axis=0)
        high = (self.mean + 8 * np.sqrt(self.variance)).max(axis=0)
        for _ in range(30):
            middle = (low + high) / 2
            less = self.below(middle) < chance
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return (low + high) / 2


# Tables → columns --------------------------------------------------------------------


def _share(rated):
    """Each row divided by √ of how many entries it has."""
    n = np.maximum(rated.sum(axis=1), 1)
    return sparse.diags_array(1 / np.sqrt(n)) @ rated


def _described(ids, known, name):
    """The rows of a table of numbers by raw id; without an entry: zeros."""
    if not isinstance(known, pd.DataFrame):
        raise ValueError(f"{name}: must be a DataFrame, not {type(known).__name__}")
    if not known.index.is_unique:
        twice = known.index[known.index.duplicated()].tolist()[0]
        raise ValueError(f"{name}: {twice!r} is there twice")
    row = pd.Index(check_ids(known.index, name, known=ids)).get_indexer(ids)
    values = np.column_stack([check_numbers(known[c], f"{name}: {c!r}") for c in known])
    return sparse.csc_array(values[row] * (row >= 0)[:, None])


def _months(seconds, ask_seconds, timed):
    months, of = np.unique(seconds // MONTH, return_inverse=True)
    ask_of = pd.Index(months).get_indexer(ask_seconds // MONTH)
    ask_of = ask_of if timed else np.full(len(ask_seconds), -1)
    return Term("user", of, ask_of, {"month": sparse.eye_array(len(months))})


def _sittings(user_row, seconds, ask_user_row, ask_seconds):
    """Cut where the user changes or pauses; a moment asked for joins one within 3 h."""
    pause = np.diff(seconds) > SITTING
    of = np.append(0, np.cumsum(pause | (np.diff(user_row) > 0)))
    ask_of = np.full(len(ask_seconds), -1)
    start = np.searchsorted(user_row, np.arange(user_row[-1] + 2))
    for row in np.unique(ask_user_row[ask_user_row >= 0]):
        asked = np.flatnonzero(ask_user_row == row)
        own = slice(start[row], start[row + 1])
        times, moment = np.append(seconds[own], np.inf), ask_seconds[asked]
        after = np.searchsorted(seconds[own], moment, side="right")
        for at in (after, after - 1):  # the one before wins
            near = (at >= 0) & (np.abs(times[at] - moment) <= SITTING)
            ask_of[asked[near]] = of[own][at[near]]
    return Term("user", of, ask_of, {"sitting": sparse.eye_array(of[-1] + 1)})


class _Bar:
    """A line that is written over: how far, how well, how long."""

    def __init__(self, total, visible):
        self.total, self.visible, self.start = total, visible, clock.perf_counter()
        self.shown = -1.0

    def update(self, done, rmse):
        now = clock.perf_counter() - self.start
        if self.visible and (now - self.shown > 0.2 or done == self.total):
            self.shown = now
            bar = ("█" * round(20 * done / self.total)).ljust(20, "░")
            print(
                f"\r{bar} {done}/{self.total}  training RMSE {rmse:.3f}  {now:.0f} s",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def note(self, text):
        if self.visible:
            print(f"  {text}", end="", file=sys.stderr)

    def close(self):
        if self.visible:
            print(file=sys.stderr)
