"""Rating prediction from lesson 05's biases to the most accurate fit, step by step.

    uv run python benchmarks/ladder.py --seeds 42 1 --models als gibbs full
    uv run python benchmarks/ladder.py --models all > benchmarks/results/ladder.csv
    uv run python benchmarks/ladder.py --split latest --models als sets full
    uv run --group benchmark python benchmarks/ladder.py --models cmfrec myfm

Prints model,split,seed,mse,seconds as csv, a line for each fit as it ends; the seconds
are those of fitting and predicting, compiled code ready. Every validation row is
predicted, whatever is known of it. On standard error: how much lower the mean squared
error is than that of the model before, with the 95 % interval of the paired rows.

Splits: random (the five of the course, by --seeds), latest (each user's last tenth),
moment (all that came after one moment). The seed of a model's own draws is the split's.

Settings were chosen on inner splits of seed 42's training rows: fits to 80 % of them,
judged on the rest. cmfrec's are the best of a search on these very splits.
"""

import argparse
import sys
import warnings
from functools import partial

import numpy as np
import pandas as pd
from common import ROOT, SEEDS, load, seconds, split

BURN_IN, KEPT = 80, 220
SPLITS = ["random", "latest", "moment"]


def biases(train, valid, seed):
    from collab.baselines import fit_biases, predict_biases

    return predict_biases(fit_biases(train), valid)


def als(train, valid, seed):
    from collab.als import fit_als
    from collab.recommend import predict_ratings

    factors = fit_als(train, seed=seed)
    return predict_ratings(
        factors, valid["userId"], valid["movieId"], unknown="average"
    )


def gibbs(train, valid, seed, *, n_chains=1, **settings):
    means = []
    for k in range(n_chains):
        chain = make_chain(train, valid, 1000 * k + seed, **settings)
        chain.run(BURN_IN, keep=False, progress=False).run(KEPT, progress=False)
        means.append(chain.predict())
    return np.mean(means, axis=0)


def make_chain(
    train, ask, seed, *, describe=False, drift=False, slow_drift=False, **settings
):
    """A chain whose ingredients have names; `describe`: genres and years of release."""
    from collab.drift import Drift
    from collab.gibbs import Gibbs, genre_columns, year_columns

    if describe:
        movies = pd.read_csv(ROOT / "data" / "movies.csv")
        columns = {"genre": genre_columns(movies), "year": year_columns(movies)}
        settings["item_columns"] = columns
    drifts = [Drift] * drift + [partial(Drift, unit=86400.0)] * slow_drift
    timed = drifts or settings.get("months") or settings.get("sittings")
    time = "timestamp" if timed else None
    settings = {"n_factors": 10} | settings
    return Gibbs(train, ask, time=time, drifts=drifts, seed=seed, **settings)


def cmfrec(train, valid, seed):
    from cmfrec import CMF

    names = {"userId": "UserId", "movieId": "ItemId", "rating": "Rating"}
    model = CMF(k=100, lambda_=12, niter=20, verbose=False)
    model.fit(train[list(names)].rename(columns=names))
    return model.predict(valid["userId"], valid["movieId"])


def myfm(train, valid, seed, *, rank=10, **settings):
    """myFM's C++ Gibbs sampler, given the columns that our own chain makes."""
    import myfm as library
    from scipy import sparse

    warnings.simplefilter("ignore")
    chain = make_chain(train, valid, seed, **settings)
    known, asked, groups = [], [], []
    for term in chain.sampler.terms.values():
        X = sparse.csr_matrix(sparse.hstack(list(term.columns.values())))
        X = sparse.vstack([X, 0 * X[:1]]).tocsr()  # the last: nobody known
        last = X.shape[0] - 1
        ask_of = np.where(term.ask_of < 0, last, term.ask_of)
        known.append(library.RelationBlock(term.of, X))
        asked.append(library.RelationBlock(ask_of, X))
        groups += [x.shape[1] for x in term.columns.values()]
    ratings = chain.center + chain.unit * chain.sampler.y
    model = library.MyFMRegressor(rank=rank, random_seed=seed)
    n = BURN_IN + KEPT
    model.fit(None, ratings, known, n_iter=n, n_kept_samples=KEPT, group_shapes=groups)
    return model.predict(None, asked)


# Each step adds one ingredient to the one before.
STEPS = {
    "gibbs": {},
    "sets": {"sets": True},
    "describe": {"describe": True},
    "months": {"months": True},
    "noise": {"uneven_noise": True},
    "drift": {"drift": True, "months": False},  # the level knows what a month did
    "sittings": {"sittings": True},
    "full": {"slow_drift": True, "n_factors": 16},
    "chains": {"n_chains": 4},
}
MODELS, so_far = {"biases": biases, "als": als}, {}
for name, ingredient in STEPS.items():
    so_far = so_far | ingredient
    MODELS[name] = partial(gibbs, **so_far)
# Alone on top of the ids, and the libraries.
MODELS["gibbs noise"] = partial(gibbs, uneven_noise=True)
MODELS["gibbs drift"] = partial(gibbs, drift=True)
OTHERS = {
    "cmfrec": cmfrec,
    "myfm": myfm,
    "myfm columns": partial(myfm, sets=True, describe=True, months=True, sittings=True),
}


def tables(how, seed):
    if how == "random":
        return split(seed)
    from collab.split import time_split, user_split

    return {"latest": user_split, "moment": time_split}[how](load())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--models", nargs="+", default=["als", "gibbs", "full"])
    parser.add_argument("--split", default="random", choices=SPLITS)
    arguments = parser.parse_args()
    chosen = list(MODELS) if arguments.models == ["all"] else arguments.models
    wrong = set(chosen) - set(MODELS) - set(OTHERS)
    if wrong:
        parser.error(
            f"no model {sorted(wrong)}; there are {[*MODELS, *OTHERS]} and all"
        )
    print("model,split,seed,mse,seconds")
    for seed in arguments.seeds:
        train, valid = tables(arguments.split, seed)
        truth, before = valid["rating"].to_numpy(), None
        for name in chosen:
            fit = (MODELS | OTHERS)[name]
            fit(train.head(300), valid.head(9), seed)  # compiles
            duration, guess = seconds(partial(fit, train, valid, seed))
            errors = (np.clip(guess, 0.5, 5) - truth) ** 2
            row = f"{name},{arguments.split},{seed},{errors.mean():.4f},{duration:.1f}"
            print(row, flush=True)
            if before is not None:
                gain, spread = (before - errors).mean(), (before - errors).std()
                half = 1.96 * spread / np.sqrt(len(errors))
                print(f"  {name}: lower by {gain:.4f} ± {half:.4f}", file=sys.stderr)
            before = errors


if __name__ == "__main__":
    main()
