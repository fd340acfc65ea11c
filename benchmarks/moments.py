"""Rating prediction as time goes on: what each ingredient is worth at twenty moments.

    uv run python benchmarks/moments.py --store DIR --choose    the earlier ten moments
    uv run python benchmarks/moments.py --store DIR             all, and the results

At each moment a chain is fitted to all ratings before it, and asked for those that came
until the next moment: by known users, who have a rating before it, and by strangers.
What may be done with strangers, and with movies without ratings, is tried on the same
draws (`VARIANTS`).

All candidates were compared on the earlier ten moments (--choose). The ingredients, one
at a time, and the one recipe chosen there were then judged once on the later ten.
Chains are short, 30 + 60 sweeps of 8 factors, with one seed. DIR keeps the predictions
of each fit; what is there is not computed again. results/moments.csv: mean squared
errors, and by how much they are lower than those of the plain chain, with the 95 %
interval by users.
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
EARLIER, LATER = range(10), range(10, 20)
BURN_IN, KEPT = 30, 60
COLUMNS = [ItemFeatures("genre", GENRES), ItemFeatures("year", YEARS)]
ALL = [*SETS, *COLUMNS, Month(), UserDrift()]
ONE = {  # one ingredient each on top of the ids
    "plain": {},
    "sets": {"terms": SETS},
    "genres, years": {"terms": COLUMNS},
    "months": {"terms": [Month()]},
    "uneven noise": {"uneven_noise": True},
    "mood": {"terms": [UserDrift()]},
    "all of these": {"terms": ALL, "uneven_noise": True},
}
RECIPES = {
    "columns and noise": {"terms": COLUMNS, "uneven_noise": True},
    "columns, noise, months": {"terms": [*COLUMNS, Month()], "uneven_noise": True},
    "columns, noise, mood": {"terms": [*COLUMNS, UserDrift()], "uneven_noise": True},
    "all but sets": {"terms": ALL[2:], "uneven_noise": True},
}
PARTS = {"items rated": {"terms": [ItemsRated()]}, "rated by": {"terms": [RatedBy()]}}
CHOSEN = "columns and noise"
# "" is what `Gibbs` does: strangers have the users' prior mean, and an empty set. Or
# they are like the mean of the users who came last before the moment.
LATELY = [15, 30, 60, 120]
VARIANTS = ["", "no empty sets", *(f"like the last {n}" for n in LATELY)]


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
        kept = {side: s.tables[side].copy() for side in ("user", "item")}
        total[0] += s.predict()[0]
        fill_empty_sets(s)
        total[1] += s.predict()[0]
        for side, table in kept.items():
            s.tables[side][:] = table
        for k, n in enumerate(LATELY, start=2):
            stranger = kept["user"][:, newest[:n]].mean(axis=1)
            s.tables["user"][:, n_users] = stranger
            total[k] += s.predict()[0]
        s.tables["user"][:] = kept["user"]
    return chain.center + chain.unit * total / KEPT


def fill_empty_sets(sampler):
    """Who has no feature of a kind gets the mean of those who have, not zero."""
    for name, parts in sampler.X.items():
        for kind in list(parts)[1:]:
            share = sampler.weights[kind] @ parts[kind].T
            mean = share[:, sampler.unseen[name] == 0].mean(axis=1)
            sampler.tables[name] += np.outer(mean, sampler.without[kind])


def stored(folder, name, number, train, ask, settings):
    """The predictions of one fit, computed or found in the folder."""
    path = Path(folder) / f"{name}, {number}.npy"
    if not path.exists():
        np.save(path, predictions(train, ask, **settings))
        print(path.stem, file=sys.stderr)
    return np.load(path)


def squared_errors(folder, models, which):
    """A row for each rating asked for, a column for each model and variant."""
    tables, known = [], []
    for number, (train, ask) in enumerate(moments(load())):
        if number in which:
            guess = {("biases", ""): predict_biases(fit_biases(train), ask)}
            for name, settings in models.items():
                found = stored(folder, name, number, train, ask, settings)
                guess |= {(name, v): found[k] for k, v in enumerate(VARIANTS)}
            table = pd.DataFrame(guess, ask["userId"].to_numpy()).clip(0.5, 5)
            tables.append((table - ask["rating"].to_numpy()[:, None]) ** 2)
            known.append(ask["userId"].isin(train["userId"]).to_numpy())
    return pd.concat(tables), np.concatenate(known)


def summary(squares, known, when):
    everybody = np.full(len(known), True)
    for who, mask in [("all", everybody), ("strangers", ~known), ("known", known)]:
        users = squares.index[mask]
        for (name, variant), column in squares.items():
            lower = (squares["plain", ""] - column)[mask]
            gain, half = mean_interval(lower, by=users)
            yield {
                "model": name,
                "variant": variant,
                "when": when,
                "who": who,
                "rows": len(lower),
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

    def judged(models, which, when):
        squares, known = squared_errors(arguments.store, models, which)
        return pd.DataFrame(summary(squares, known, when)).round(4)

    table = judged(ONE | RECIPES | PARTS, EARLIER, "earlier")
    if arguments.choose:
        table = table[table["who"] == "all"].sort_values("mse")
        print(table.to_string(index=False))
        return
    later = judged(ONE | {CHOSEN: RECIPES[CHOSEN]}, LATER, "later")
    later = later[later["variant"] == ""]  # what was tried on the earlier ones stays
    table = pd.concat([table, later])
    print(later.to_string(index=False))
    table.to_csv(RESULTS / "moments.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
