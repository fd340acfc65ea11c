"""Rating prediction from lesson 05's biases to the most accurate fit, step by step.

    uv run python benchmarks/ladder.py --seeds 42 1 --models als gibbs full
    uv run python benchmarks/ladder.py --models all > ladder.csv
    uv run python benchmarks/ladder.py --split latest --seeds 42 --models steps
    uv run --group benchmark python benchmarks/ladder.py --models als cmfrec gibbs myfm

Prints model,split,seed,mse,seconds as csv, a line for each fit as it ends. The seconds
are processor time, of all cores together, for fitting and predicting, compiled code
ready; --wall prints those of the clock instead. Every validation row is predicted,
whatever is known of it. --gains benchmarks/results/ladder_gains.csv: how much lower the
mean squared error is than that of the step before, with the paired rows' 95 % interval.

Splits: random (the five of the course, by --seeds), latest (each user's last tenth),
moment (all that came after one moment). The seed of a model's own draws is the split's.

Settings were chosen on inner splits of seed 42's training rows: fits to 80 % of them,
judged on the rest (--inner). Those of cmfrec and myFM were found on the five splits
themselves. On the inner ones cmfrec's are within 0.001 of the best of eight pairs of k
and lambda, myFM's 10 factors (300 draws) within 0.003 of the best from 4 to 16. Trials
were not counted, ours neither.
"""

import argparse
import csv
import sys
import warnings
from functools import partial

import numpy as np
import pandas as pd
from common import ROOT, SEEDS, load, processor_seconds, seconds, split

from collab.gibbs import Gibbs
from collab.terms import (
    ItemFeatures,
    ItemsRated,
    Month,
    RatedBy,
    Sitting,
    UserDrift,
    genre_features,
    year_features,
)

BURN_IN, KEPT, CHAINS = 80, 100, 2  # two short chains say more than one long one
SPLITS = ["random", "latest", "moment"]


def biases(train, valid, seed):
    from collab.baselines import fit_biases, predict_biases

    return predict_biases(fit_biases(train), valid)


def als(train, valid, seed):
    from collab.als import fit_als

    factors = fit_als(train, seed=seed, progress=False)
    return factors.predict(valid["userId"], valid["movieId"], unknown="average")


def gibbs(
    train, valid, seed, *, n_chains=CHAINS, burn_in=BURN_IN, kept=KEPT, **settings
):
    means = []
    for k in range(n_chains):
        chain = make_chain(train, valid, 1000 * k + seed, **settings)
        chain.run(burn_in, keep=False, progress=False).run(kept, progress=False)
        means.append(chain.predict())
    return np.mean(means, axis=0)


def make_chain(train, ask, seed, *, terms=(), **settings):
    timed = any(isinstance(term, (Month, Sitting, UserDrift)) for term in terms)
    time = "timestamp" if timed else None
    settings = {"n_factors": 8} | settings
    return Gibbs(train, ask, time=time, terms=terms, seed=seed, **settings)


def cmfrec(train, valid, seed):
    from cmfrec import CMF

    names = {"userId": "UserId", "movieId": "ItemId", "rating": "Rating"}
    model = CMF(k=100, lambda_=12, niter=20, verbose=False)
    model.fit(train[list(names)].rename(columns=names))
    return model.predict(valid["userId"], valid["movieId"])


def myfm(train, valid, seed, *, rank=10, **settings):
    """myFM's C++ Gibbs sampler, given the features that our own chain makes."""
    warnings.simplefilter("ignore")
    import myfm as library
    from scipy import sparse

    chain = make_chain(train, valid, seed, **settings)
    known, asked, groups = [], [], []
    for block in chain.sampler.blocks.values():
        X = sparse.csr_matrix(sparse.hstack(list(block.features.values())))
        X = sparse.vstack([X, 0 * X[:1]]).tocsr()  # the last: nobody known
        last = X.shape[0] - 1
        ask_row = np.where(block.ask_row < 0, last, block.ask_row)
        known.append(library.RelationBlock(block.row, X))
        asked.append(library.RelationBlock(ask_row, X))
        groups += [x.shape[1] for x in block.features.values()]
    ratings = chain.center + chain.unit * chain.sampler.y
    model = library.MyFMRegressor(rank=rank, random_seed=seed)
    model.fit(None, ratings, known, n_iter=300, n_kept_samples=220, group_shapes=groups)
    return model.predict(None, asked)


MOVIES = pd.read_csv(ROOT / "data" / "movies.csv")
GENRES, YEARS = genre_features(MOVIES), year_features(MOVIES)
SETS = [ItemsRated(), RatedBy()]
TOLD = [*SETS, ItemFeatures("genre", GENRES), ItemFeatures("year", YEARS)]
MOOD = [*TOLD, UserDrift(), Sitting()]
LONG = {"n_chains": 6, "burn_in": 150, "kept": 250}
# Each step adds one ingredient to the one before.
STEPS = {
    "gibbs": {},
    "sets": {"terms": SETS},
    "describe": {"terms": TOLD},
    "months": {"terms": [*TOLD, Month()]},
    "noise": {"uneven_noise": True},
    "drift": {"terms": [*TOLD, UserDrift()]},  # it knows what a month did
    "sittings": {"terms": MOOD},
    "full": {"terms": [*MOOD, UserDrift(unit=86400.0)], "n_factors": 12},
    "long chains": {"n_factors": 16, **LONG},  # both chosen on inner rows
}
MODELS, BEFORE, so_far = {"biases": biases, "als": als}, {"als": "biases"}, {}
for name, ingredient in STEPS.items():
    BEFORE[name] = list(MODELS)[-1]
    so_far = so_far | ingredient
    MODELS[name] = partial(gibbs, **so_far)
    if name == "drift":
        only_before = so_far | {"terms": [*TOLD, UserDrift(only_before=True)]}
# Beside the ladder: one ingredient alone on top of the ids; no look ahead.
MODELS["gibbs, long chains"] = partial(gibbs, **LONG)
MODELS["gibbs noise"] = partial(gibbs, uneven_noise=True)
MODELS["gibbs drift"] = partial(gibbs, terms=[UserDrift()])
MODELS["drift, only before"] = partial(gibbs, **only_before)
BEFORE |= {
    "gibbs noise": "gibbs",
    "gibbs drift": "gibbs",
    "drift, only before": "drift",
}
OTHERS = {
    "cmfrec": cmfrec,
    "myfm": myfm,
    "myfm columns": partial(myfm, terms=[*TOLD, Month(), Sitting()]),
}
GROUPS = {"all": list(MODELS), "steps": ["biases", "als", *STEPS]}


def tables(how, seed, inner):
    if how == "random":
        train, valid = split(seed)
    else:
        from collab.split import time_split, user_split

        train, valid = {"latest": user_split, "moment": time_split}[how](load())
    if inner:
        kept = np.random.default_rng(7).random(len(train)) < 0.8
        train, valid = train[kept], train[~kept]
    return train, valid


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--models", nargs="+", default=["als", "gibbs", "full"])
    parser.add_argument("--split", default="random", choices=SPLITS)
    parser.add_argument("--inner", action="store_true", help="judge on training rows")
    parser.add_argument("--gains", help="a file for the paired gains")
    parser.add_argument("--wall", action="store_true", help="seconds of the clock")
    arguments = parser.parse_args()
    chosen = [m for name in arguments.models for m in GROUPS.get(name, [name])]
    known = MODELS | OTHERS
    if wrong := set(chosen) - set(known):
        parser.error(f"no model {sorted(wrong)}; there are {[*known, *GROUPS]}")
    timed = seconds if arguments.wall else processor_seconds
    table = csv.writer(sys.stdout, lineterminator="\n")  # some names have a comma
    table.writerow(["model", "split", "seed", "mse", "seconds"])
    gains = [["model", "before", "split", "seed", "gain", "half"]]
    for seed in arguments.seeds:
        train, valid = tables(arguments.split, seed, arguments.inner)
        truth, squares = valid["rating"].to_numpy(), {}
        for name in chosen:
            known[name](train.head(300), valid.head(9), seed)  # compiles
            duration, guess = timed(partial(known[name], train, valid, seed))
            squares[name] = (np.clip(guess, 0.5, 5) - truth) ** 2
            mse, what = squares[name].mean(), (arguments.split, seed)
            table.writerow([name, *what, f"{mse:.4f}", f"{duration:.2f}"])
            sys.stdout.flush()
            if BEFORE.get(name) in squares:
                lower = squares[BEFORE[name]] - squares[name]
                half = 1.96 * lower.std() / np.sqrt(len(lower))
                numbers = f"{lower.mean():.4f}", f"{half:.4f}"
                gains.append([name, BEFORE[name], *what, *numbers])
                print(
                    f"  lower than {BEFORE[name]} by {' ± '.join(numbers)}",
                    file=sys.stderr,
                )
    if arguments.gains:
        with open(arguments.gains, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(gains)


if __name__ == "__main__":
    main()
