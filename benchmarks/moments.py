"""Rating prediction as time goes on: what each ingredient is worth at twenty moments.

    uv run python benchmarks/moments.py --store DIR --choose     the earlier ten moments
    uv run python benchmarks/moments.py --store DIR              all of them, and the results

At each moment a chain is fitted to all ratings before it, and asked for those that came
until the next moment: by known users, who have a rating before it, and by strangers.
Nobody's later ratings are known. What it may do with strangers and with movies without
ratings is tried on the same draws (`VARIANTS`).

The recipe was chosen on the earlier ten moments (--choose prints all candidates there),
and the later ten were looked at once. Chains are short, 30 + 60 sweeps of 8 factors.
DIR keeps the predictions of each fit; what is there is not computed again.
results/moments.csv: mean squared errors, and by how much they are lower than those of
the plain chain, with the 95 % interval by users.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from common import RESULTS, load
from ladder import GENRES, SETS, YEARS, make_chain

from collab.baselines import fit_biases, predict_biases
from collab.intervals import mean_interval
from collab.terms import ItemFeatures, ItemsRated, Month, RatedBy, UserDrift

SHARES = np.arange(20) * 0.045 + 0.1  # of the ratings, before each moment
BURN_IN, KEPT = 30, 60
COLUMNS = [ItemFeatures("genre", GENRES), ItemFeatures("year", YEARS)]
MOOD = [UserDrift()]
ONE = {  # one ingredient each on top of the ids
    "gibbs": {},
    "items rated": {"terms": [ItemsRated()]},
    "rated by": {"terms": [RatedBy()]},
    "sets": {"terms": SETS},
    "genres, years": {"terms": COLUMNS},
    "months": {"terms": [Month()]},
    "noise": {"uneven_noise": True},
    "mood": {"terms": MOOD},
}
ALL = [*SETS, *COLUMNS, Month(), *MOOD]
MANY = {
    "everything": {"terms": ALL, "uneven_noise": True},
    "columns, noise": {"terms": COLUMNS, "uneven_noise": True},
    "columns, noise, months": {"terms": [*COLUMNS, Month()], "uneven_noise": True},
    "columns, noise, mood": {"terms": [*COLUMNS, *MOOD], "uneven_noise": True},
    "all but sets": {"terms": ALL[2:], "uneven_noise": True},
}
# A stranger is average: all users' prior mean; or the mean of the last users to come.
LATELY = [15, 30, 60, 120]
VARIANTS = ["", "no empty sets", *(f"like the last {n}" for n in LATELY)]
RECIPE = "columns, noise, mood", "like the last 60"


def moments(ratings):
    """`(train, ask)` of each moment; ratings of one second stay together."""
    seconds = ratings["timestamp"].to_numpy()
    ranked = np.sort(seconds)
    cuts = ranked[(SHARES * len(ranked)).round().astype(int)]
    for cut, end in zip(cuts, [*cuts[1:], np.inf], strict=True):
        yield ratings[seconds < cut], ratings[(seconds >= cut) & (seconds < end)]


def predictions(train, ask, **settings):
    """The mean of the draws in each of the `VARIANTS`, an array (variant, row)."""
    chain = make_chain(train, ask, 42, **settings)
    chain.run(BURN_IN, keep=False, progress=False)
    first = train.groupby("userId")["timestamp"].min()[chain.users]
    newest = np.argsort(-first.to_numpy(), kind="stable")
    total = np.zeros((len(VARIANTS), len(ask)))
    s, n_users = chain.sampler, len(chain.users)
    for _ in range(KEPT):
        s.sweep()
        users, items = s.tables["user"], s.tables["item"]
        kept = users.copy(), items.copy()
        total[0] += s.predict()[0]
        total[1] += s.predict()[0] if fill_empty_sets(s) else 0
        for k, n in enumerate(LATELY, start=2):
            users[:, n_users] = users[:, newest[:n]].mean(axis=1)
            total[k] += s.predict()[0]
        users[:], items[:] = kept
    return chain.center + chain.unit * total / KEPT


def fill_empty_sets(sampler):
    """Who has no feature of a kind gets the mean of those who have, not zero."""
    for name, parts in sampler.X.items():
        for kind in list(parts)[1:]:
            share = sampler.weights[kind] @ parts[kind].T
            mean = share[:, sampler.unseen[name] == 0].mean(axis=1)
            sampler.tables[name] += np.outer(mean, sampler.without[kind])
    return True


def stored(folder, name, number, train, ask, settings):
    """The predictions of one fit, computed or found in the folder."""
    path = Path(folder) / f"{name}, {number}.npy"
    if not path.exists():
        np.save(path, predictions(train, ask, **settings))
        print(path.stem, file=sys.stderr)
    return np.load(path)


def squared_errors(folder, models, which):
    """One row for each rating asked for, one column for each model and variant."""
    tables = []
    for number, (train, ask) in enumerate(moments(load())):
        if number in which:
            truth = ask["rating"].to_numpy()
            guess = {("biases", ""): predict_biases(fit_biases(train), ask)}
            for name, settings in models.items():
                found = stored(folder, name, number, train, ask, settings)
                guess |= {(name, v): found[k] for k, v in enumerate(VARIANTS)}
            table = pd.DataFrame(guess, ask["userId"].to_numpy())
            table = (table.clip(0.5, 5) - truth[:, None]) ** 2
            known = ask["userId"].isin(train["userId"]).to_numpy()
            tables.append(table.assign(known=known))
    return pd.concat(tables)


def summary(squares, when):
    known = squares.pop("known").to_numpy()
    everybody = np.full(len(known), True)
    plain = squares["gibbs", ""]
    for who, mask in [("all", everybody), ("strangers", ~known), ("known", known)]:
        users = squares.index[mask]
        for (name, variant), column in squares.items():
            gain, half = mean_interval((plain - column)[mask], by=users)
            yield {
                "model": name,
                "strangers": variant,
                "when": when,
                "who": who,
                "rows": mask.sum(),
                "users": users.nunique(),
                "mse": column[mask].mean(),
                "gain": gain,
                "half": half,
            }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True, help="a folder for the predictions")
    parser.add_argument("--choose", action="store_true", help="look at earlier moments")
    arguments = parser.parse_args()
    Path(arguments.store).mkdir(parents=True, exist_ok=True)
    earlier, later = range(10), range(10, 20)
    if arguments.choose:
        squares = squared_errors(arguments.store, ONE | MANY, earlier)
        table = pd.DataFrame(summary(squares, "earlier"))
        table = table[table["who"] == "all"].sort_values("mse").round(4)
        print(table.to_string(index=False))
        return
    models = ONE | {name: MANY[name] for name in ("everything", RECIPE[0])}
    tables = [
        pd.DataFrame(summary(squared_errors(arguments.store, models, which), when))
        for when, which in [("earlier", earlier), ("later", later)]
    ]
    table = pd.concat(tables).round(4)
    print(table.to_string(index=False))
    table.to_csv(RESULTS / "moments.csv", index=False)


if __name__ == "__main__":
    main()
