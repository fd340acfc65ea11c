"""Ratings table → many `Factors` instead of one: Bayesian matrix factorisation.

>>> import pandas as pd
>>> from collab.gibbs import Gibbs
>>> pairs = [(u, i) for u in range(8) for i in range(8)]
>>> cells = [(u, i, 1.0 + 2 * ((u + i) % 2 == 0)) for u, i in pairs]
>>> ratings = pd.DataFrame(cells, columns=["userId", "movieId", "rating"])
>>> chain = Gibbs(ratings[4:], ratings.head(4), n_factors=2, seed=1)
>>> _ = chain.run(300, keep=False, progress=False).run(99, progress=False)
>>> chain.predict().round(0).tolist()
[3.0, 1.0, 3.0, 1.0]
"""

import copy
import warnings
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr

from collab.checks import (
    Scale,
    Seed,
    check_columns,
    check_ids,
    check_numbers,
    check_scale,
    check_seed,
    check_times,
    check_whole,
)
from collab.factors import Factors, product_svd
from collab.metrics import standard_error
from collab.progress import Progress
from collab.sampler import Sampler
from collab.split import inner_tenths
from collab.terms import Design


class Gibbs:
    """Draws of everything that is not known about a table of ratings.

    The model, for the rating r of user u and item i:

        r = μ + b_u + b_i + p_u · q_i + level + noise,   noise ~ N(0, 1 / (α φ_u φ_i))

    as in matrix factorisation. `terms` say what else is known. Then b_u and p_u are
    sums over the user, the items they rated, the month, the sitting; b_i and q_i over
    the item, the users who rated it, its genres; and the level of the user may wander.
    The noise may differ from user to user and from item to item (φ). `run` draws from
    the joint distribution of all of it, given the ratings (see `Sampler`). The mean of
    the draws is a better prediction than the best single fit, and their spread says how
    sure it is.

    Args:
        ratings: a DataFrame with the columns `user`, `item`, `rating` and, where it is
            used, `time`.
        ask: the rows to predict: a DataFrame with `user`, `item` and perhaps `time`.
            Nothing else of it is read, and no row changes what another one gets. Users
            and items without ratings are predicted from their features. What is not
            known of them, their sets too, counts as the average of the known ones.
        time: a column of moments, for the terms that need it. What a user rated before
            and after the moment of a row to predict is then used for it.
        terms: a list of what else is known, of `collab.terms`: `Month()`, `Sitting()`,
            `ItemsRated()`, `RatedBy()`, `UserFeatures(name, table)`,
            `ItemFeatures(name, table)`, `UserDrift()`.
        uneven_noise: draw φ; otherwise all are 1.
        n_factors: the length of the vectors; 0 leaves the biases. None is 8, unless the
            ratings say that factors do harm, as on very sparse tables: the first `run`
            holds a tenth of the ratings out (of small tables, five tenths, one after
            the other) and predicts them by short chains with and without factors. Where
            those without are better by two standard errors, it warns and leaves the
            factors out. That takes as long as some 35 sweeps, for tables below 10,000
            rows five times so.
        scale: the lowest and the highest rating there is; None reads them off.

    A chain can be pickled at any time and goes on where it was: `run(5).run(5)` is
    `run(10)`, with a file in between too. Unpickle only files of your own.

    Source: Salakhutdinov & Mnih, "Bayesian Probabilistic Matrix Factorization using
    Markov Chain Monte Carlo" (ICML 2008); Rendle, "Scaling Factorization Machines to
    Relational Data" (VLDB 2013), for the features that many ratings share.
    """

    def __init__(
        self,
        ratings: pd.DataFrame,
        ask: pd.DataFrame | None = None,
        *,
        user: str = "userId",
        item: str = "movieId",
        rating: str = "rating",
        time: str | None = None,
        terms: Sequence = (),
        uneven_noise: bool = False,
        n_factors: int | None = None,
        scale: Scale | None = None,
        seed: Seed = 0,
    ) -> None:
        if n_factors is not None:
            n_factors = check_whole(n_factors, "n_factors", least=0)
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
        seconds, ask_seconds = None, None
        if time is not None:
            seconds = check_times(table[time], time)
            ask_seconds = check_times(ask[time], time) if timed else None
        user_row, self.users = pd.factorize(users, sort=True)
        keys = [user_row] if seconds is None else [seconds, user_row]
        order = np.lexsort(keys)  # stable: ties as they come
        y = check_numbers(table[rating], rating)[order]
        self.scale = check_scale(scale, y)
        self.center, self.unit = y.mean(), y.std() or 1.0

        # Users and items that are only asked for come after the others.
        ask_users = check_ids(ask[user], f"ask[{user!r}]", known=self.users)
        ask_items = check_ids(ask[item], f"ask[{item!r}]", known=items)
        item_row, self.items = pd.factorize(items, sort=True)
        by_user, by_item = pd.Index(self.users), pd.Index(self.items)
        by_user = by_user.append(pd.Index(ask_users).difference(by_user))
        by_item = by_item.append(pd.Index(ask_items).difference(by_item))
        design = Design(
            users=by_user,
            items=by_item,
            user_row=user_row[order],
            item_row=item_row[order],
            seconds=None if seconds is None else seconds[order],
            ask_user_row=by_user.get_indexer(ask_users),
            ask_item_row=by_item.get_indexer(ask_items),
            ask_seconds=ask_seconds,
        )
        if not isinstance(terms, (list, tuple)):
            raise ValueError(f"terms must be a list like [Month()], not {terms!r:.60}")
        for term in terms:
            if isinstance(term, type) or not hasattr(term, "add_to"):
                raise ValueError(f"terms has {term!r:.60}, not a term like Month()")
            term.add_to(design)
        self.drifts, y = design.drifts, (y - self.center) / self.unit
        make = partial(
            Sampler, y, design.blocks, drifts=design.drifts, uneven_noise=uneven_noise
        )
        rng, self._trial = check_seed(seed), None
        if n_factors is None:
            n_factors = 8
            names = {"user": user, "item": item, "rating": rating, "time": time}
            settings = {"terms": terms, "uneven_noise": uneven_noise, **names}
            without = partial(make, n_factors=0, rng=copy.deepcopy(rng))
            self._trial = table, settings, without
        self.sampler = make(n_factors=n_factors, rng=rng)
        self._trace, self._draws, self._pile, self._sums = [], [], [], [0, 0, 0]

    def run(
        self, n_iterations: int, *, keep: bool = True, progress: bool = True
    ) -> "Gibbs":
        """Draw each part given all others, `n_iterations` times; returns the chain.

        Interrupted from the keyboard, it stops and keeps the sweeps that are done.

        Args:
            keep: False for the first sweeps, which only lead from the start to where
                the distribution is (burn-in).
            progress: show how far it is, and the RMSE of the training rows.
        """
        n_iterations = check_whole(n_iterations, "n_iterations")
        show = Progress(f"{n_iterations} sweeps", total=n_iterations, visible=progress)
        try:
            if self._trial:
                self._try_without_factors(show.note)
            for done in range(1, n_iterations + 1):
                self.sampler.sweep()
                self._trace.append(self._state())
                if keep:
                    self._keep()
                rmse = self._trace[-1]["training RMSE"]
                show.update(done, f"training RMSE {rmse:.3f}")
        except KeyboardInterrupt:
            self.sampler.renew_residuals()
            show.note("interrupted; what was done is kept")
        show.close()
        return self

    @property
    def trace(self) -> pd.DataFrame:
        """The single numbers, a row for each sweep, to judge convergence by."""
        return pd.DataFrame(self._trace)

    @property
    def draws(self) -> "Draws":
        """`Draws` of the rows asked for, one for each sweep that was kept."""
        self._check_kept()
        mean, variance = (np.stack(part) for part in zip(*self._draws, strict=True))
        return Draws(mean, variance, self.scale)

    def predict(self) -> pd.Series:
        """The mean of the draws, within the scale: a Series, indexed as `ask`."""
        mean = self.draws.mean.mean(axis=0, dtype="float64")
        return pd.Series(mean.clip(*self.scale), index=self._index, name="prediction")

    def factors(self) -> Factors:
        """The mean of all kept draws as `Factors`, time left out.

        Vectors of two draws must not be averaged: their order, signs and directions are
        arbitrary. Predictions may. So the mean of the tables users × items is taken
        apart again, into the `n_factors` vectors a side whose products are nearest to
        it. Where there are several draws, all columns of the users get the size
        noise / √5: then `fold_in` with its damping of 5 = noise² / variance shrinks a
        new user as much as the known users' factors say.
        """
        self._check_kept()
        s, n = self.sampler, len(self._draws)
        mean, user_bias, item_bias = (total / n for total in self._sums)
        P, Q = self._pile[0]
        if n > 1:
            P, Q = _nearest(self._pile, s.n_factors)
            size = np.sqrt(len(P) / (5 * s.alpha))
            P, Q = P * size, Q / (size * n)
        return Factors(
            float(self.center + self.unit * mean),
            pd.Series(self.unit * user_bias, self.users, name="bias"),
            pd.Series(self.unit * item_bias, self.items, name="bias"),
            pd.DataFrame(self.unit * P, self.users),
            pd.DataFrame(Q, self.items),
            self.scale,
        )

    def _try_without_factors(self, note):
        """Leave the factors out where the rows that are held out say so."""
        table, settings, without_factors = self._trial
        s, squares = self.sampler, {self.sampler.n_factors: [], 0: []}
        own = np.random.default_rng(0)  # the chain's own draws are not touched
        parts = inner_tenths(len(table), own)
        for number, held_out in enumerate(parts, start=1):
            train, ask = table.drop(index=held_out), table.iloc[held_out]
            for n_factors, errors in squares.items():
                note(f"trying {n_factors} factors, part {number} of {len(parts)}")
                few = {"n_factors": n_factors, "scale": self.scale, "seed": own}
                chain = Gibbs(train, ask, **few, **settings)
                for done in range(2 * _TRIAL):  # not by run: it would hide an interrupt
                    chain.sampler.sweep()
                    if done >= _TRIAL:
                        chain._keep()
                errors.append((chain.predict() - ask[settings["rating"]]) ** 2)
        if parts:
            errors, without = map(np.concatenate, squares.values())
            harm = errors - without
            if harm.mean() > 2 * standard_error(harm):
                warnings.warn(
                    f"the {s.n_factors} factors are left out: ratings held out had an "
                    f"RMSE of {np.sqrt(errors.mean()):.4g} with factors, of "
                    f"{np.sqrt(without.mean()):.4g} without",
                    stacklevel=3,
                )
                s = without_factors()  # as if made so in the first place, by that seed
        self.sampler, self._trial = s, None

    def _check_kept(self):
        if not self._draws:
            raise ValueError("no sweep was kept: call run(…) first")

    def _keep(self):
        s = self.sampler
        mean, variance = s.predict()
        mean, variance = self.center + self.unit * mean, self.unit**2 * variance
        self._draws.append((mean.astype("float32"), variance.astype("float32")))
        sizes = {"user": len(self.users), "item": len(self.items)}
        tables = [s.tables[side][:, :n].copy() for side, n in sizes.items()]
        self._pile.append([table[1:].T for table in tables])
        if len(self._pile) > 5:  # or many draws would fill the memory
            self._pile = [_nearest(self._pile, s.n_factors)]
        new = [s.mu, tables[0][0], tables[1][0]]
        self._sums = [old + value for old, value in zip(self._sums, new, strict=True)]

    def _state(self):
        s, state = self.sampler, {}
        state["training RMSE"] = self.unit * np.sqrt(np.mean(s.residual**2))
        state["mean"] = self.center + self.unit * s.mu
        state["noise"] = self.unit / np.sqrt(s.alpha)
        if s.uneven_noise:
            state |= {f"evenness of {side} noise": s.nu[side] for side in s.nu}
        for block in s.blocks.values():
            unit = self.unit if block.side == "user" else 1.0
            for kind in block.features:
                sd = 1 / np.sqrt(s.precision[kind])
                state[f"sd of bias: {kind}"] = self.unit * sd[0]
                if s.n_factors:
                    size = unit * np.sqrt(np.mean(sd[1:] ** 2))
                    state[f"sd of factors: {kind}"] = size
        for k, drift in enumerate(self.drifts, start=1):
            state[f"drift {k}: sd"] = self.unit * np.sqrt(drift.prior_variance)
            state[f"drift {k}: a"], state[f"drift {k}: b"] = drift.a, drift.b
        return state


def _nearest(pile, n_factors):
    """The P and Q of so many columns whose P Qᵀ is nearest to the sum of the pile's.

    The columns of P are orthogonal, and their length is 1.
    """
    left, lengths, right = product_svd(*map(np.hstack, zip(*pile, strict=True)))
    return left[:, :n_factors], (right * lengths)[:, :n_factors]


_TRIAL = 15  # sweeps to warm up, and as many to predict by


class Draws(NamedTuple):
    """What each draw says of each row: a rating is normal around `mean`."""

    mean: np.ndarray  # (n_draws, n_ask)
    # (n_draws, n_ask): noise, the level's uncertainty, and what is not known of an id
    # without ratings
    variance: np.ndarray
    scale: tuple[float, float]

    def sd(self) -> np.ndarray:
        """The standard deviation of each row's rating: of the draws, and the noise."""
        return np.sqrt(self.mean.var(axis=0) + self.variance.mean(axis=0))

    def below(self, border: ArrayLike) -> np.ndarray:
        """The probability that each row's rating is below a number, or the row's own.

        That of a rating of 4 where there are whole ones is below(4.5) - below(3.5).
        """
        border = check_numbers(np.atleast_1d(border), "border")
        z = (border - self.mean) / np.sqrt(self.variance)
        return ndtr(z).mean(axis=0)
