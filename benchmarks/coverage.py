"""How often the intervals of `Gibbs` hold the rating, by group; what each part adds.

    uv run python benchmarks/coverage.py > benchmarks/results/coverage.csv

Four models (the ids alone; with a noise of its own for each user and movie; with all
of lesson 11's ingredients; without the sets), on three random splits and cut at three
moments in time.
Two chains each, 60 sweeps of burn-in and 60 kept. Prints how many per cent of a group's
ratings lie within the intervals for 50 and for 90 %, each with the half-width of its
95 % interval by users, for

    all on            as `Gibbs` says it
    one deviation     the same means, and the RMSE of these very rows as the deviation
    no own noise      a stranger or an unrated movie has the typical noise
    no unknown set    what a stranger watches, or who watches a movie, is not uncertain
    no own mood       a stranger's mood varies as the typical user's does
    made up           as all on, but of ratings that the draws make up, rounded to stars

The last is a control: what half stars and the ends of the scale alone do to a count.
"""

import csv
import sys

import numpy as np
import pandas as pd
from common import ROOT, load, split

from collab.gibbs import Draws, Gibbs
from collab.intervals import mean_interval
from collab.split import time_split
from collab.terms import (
    ItemFeatures,
    ItemsRated,
    RatedBy,
    UserDrift,
    genre_features,
    year_features,
)

MOVIES = pd.read_csv(ROOT / "data" / "movies.csv")
TERMS = [
    ItemsRated(),
    RatedBy(),
    ItemFeatures("genre", genre_features(MOVIES)),
    ItemFeatures("year", year_features(MOVIES)),
    UserDrift(),
]
MODELS = {"ids": {}, "ids, noise": {"uneven_noise": True}}
MODELS["everything"] = {"uneven_noise": True, "terms": TERMS, "time": "timestamp"}
MODELS["all but sets"] = MODELS["everything"] | {"terms": TERMS[2:]}
SPLITS = [("random", seed) for seed in (42, 1, 2)]
SPLITS += [("moment", share) for share in (0.1, 0.2, 0.3)]
CHAINS, BURN_IN, KEPT = 2, 60, 60


def variances(chain):
    """The mean of each row to predict, and its variance with a part turned off."""
    s = chain.sampler
    mean, parts = 0, {}
    mean, parts["all on"] = s.predict()
    if s.uneven_noise:
        nu, s.nu = s.nu, dict.fromkeys(s.nu, 1e9)  # a stranger's draw is then 1
        parts["no own noise"] = s.predict()[1]
        s.nu = nu
    if s.without:
        without, tables = s.without, {k: t.copy() for k, t in s.tables.items()}
        for name, features in s.X.items():
            for kind in list(features)[1:]:  # the mean stays
                share = s.weights[kind] @ features[kind].T
                typical = share[:, s.unseen[name] == 0].mean(axis=1)
                s.tables[name] += np.outer(typical, without[kind])
        s.without = {k: 0 * v for k, v in without.items()}
        parts["no unknown set"] = s.predict()[1]
        s.without, s.tables = without, tables
    for drift in s.drifts:
        more = 0.5 * drift.prior_variance * (drift.ask_user_row < 0)
        parts["no own mood"] = parts["all on"] - more
    unit = chain.unit
    return chain.center + unit * mean, {k: unit**2 * v for k, v in parts.items()}


def draws_of(train, valid, settings, seed):
    """Part turned off → `Draws`."""
    means, kept = [], {}
    for k in range(CHAINS):
        chain = Gibbs(train, valid, n_factors=8, seed=1000 * k + seed, **settings)
        chain.run(BURN_IN, keep=False, progress=False)
        for _ in range(KEPT):
            chain.sampler.sweep()
            mean, parts = variances(chain)
            means.append(mean)
            for name, variance in parts.items():
                kept.setdefault(name, []).append(variance)
    means = np.array(means)
    return {name: Draws(means, np.array(v), (0.5, 5)) for name, v in kept.items()}


def made_up(draws, rng):
    """A rating of each row that one of the draws makes up, in half stars."""
    n_draws, n = draws.mean.shape
    which = rng.integers(0, n_draws, n), np.arange(n)
    stars = rng.normal(draws.mean[which], np.sqrt(draws.variance[which]))
    return (np.round(2 * stars) / 2).clip(0.5, 5)


def groups_of(train, valid, guess):
    """Name → which rows: by who is known, by the guess, by how a user rates."""
    known = valid["userId"].isin(train["userId"]).to_numpy()
    counts = valid["movieId"].map(train["movieId"].value_counts()).fillna(0).to_numpy()
    spread = valid["userId"].map(train.groupby("userId")["rating"].std())
    low, high = spread.groupby(valid["userId"]).first().quantile([0.2, 0.8])
    return {
        "all": np.ones(len(valid), bool),
        "known users": known,
        "strangers": ~known,
        "movies without a rating": counts == 0,
        "movies with 1 to 4": (counts > 0) & (counts < 5),
        "guess above 4.25": guess > 4.25,
        "guess below 2.75": guess < 2.75,
        "users who vary least": (spread < low).to_numpy(),
        "users who vary most": (spread > high).to_numpy(),
    }


def main():
    table = csv.writer(sys.stdout, lineterminator="\n")
    columns = ["split", "at", "model", "parts", "group", "rows", "users"]
    table.writerow([*columns, "half", "half_pm", "ninety", "ninety_pm"])
    for how, at in SPLITS:
        train, valid = split(at) if how == "random" else time_split(load(), at)
        truth, user = valid["rating"].to_numpy(), valid["userId"].to_numpy()
        for model, settings in MODELS.items():
            by_part = draws_of(train, valid, settings, at if how == "random" else 42)
            draws = by_part["all on"]
            guess = draws.mean.mean(axis=0)
            squares = (guess.clip(0.5, 5) - truth) ** 2
            alike = np.full((1, len(truth)), squares.mean())
            by_part["one deviation"] = Draws(guess[None].clip(0.5, 5), alike, (0.5, 5))
            places = {name: part.below(truth) for name, part in by_part.items()}
            places["made up"] = draws.below(made_up(draws, np.random.default_rng(0)))
            for name, rows in groups_of(train, valid, guess).items():
                if len(set(user[rows])) < 20:
                    continue
                for part, place in places.items():
                    numbers = []
                    for share in (0.5, 0.9):
                        held = abs(place[rows] - 0.5) < share / 2
                        mean, half = mean_interval(100.0 * held, by=user[rows])
                        numbers += [f"{mean:.1f}", f"{half:.1f}"]
                    who = rows.sum(), len(set(user[rows]))
                    table.writerow([how, at, model, part, name, *who, *numbers])
            sys.stdout.flush()


if __name__ == "__main__":
    main()
