"""Rating prediction as time goes on: what each ingredient is worth at twenty moments.

    uv run python benchmarks/moments.py --store DIR --choose    the earlier ten moments
    uv run python benchmarks/moments.py --store DIR             all, and the results

At each moment a chain is fitted to all ratings before it, and asked for those that came
until the next moment: by known users, who have a rating before it, and by strangers.
What may be done with strangers, and with movies without ratings, is tried on the same
draws (`VARIANTS`). That unknown sets are filled was chosen on the earlier ten moments,
then judged on the later ten, which had been looked at once before.

All candidates were compared on the earlier ten moments (--choose). The ingredients, one
at a time, and the one recipe chosen there were then judged once on the later ten.
Chains are short, 30 + 60 sweeps of 8 factors, with one seed. DIR keeps the predictions
of each fit; what is there is not computed again. results/moments.csv: mean squared
errors, and by how much they are lower than those of the plain chain, with the 95 %
interval by users. Rows of the variant "against empty sets" say by how much those of
"" are lower than those of "empty sets".
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
# "" is what `Gibbs` does: an unknown set adds what the known ones add on average. Or
# the sets of strangers, of movies without ratings, or of both are taken for empty. Or a
# stranger is the mean of the users who came last before the moment.
EMPTY = {
    "empty sets": ["items rated", "rated by"],
    "users' sets empty": ["items rated"],
    "movies' sets empty": ["rated by"],
}
LATELY = [15, 30, 60, 120]
VARIANTS = ["", *EMPTY, *(f"like the last {n}" for n in LATELY)]


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
    unknown = s.without
    for _ in range(KEPT):
        s.sweep()
        means = [s.predict()[0]]
        for kinds in EMPTY.values():
            s.without = unknown | {k: 0 * unknown[k] for k in kinds if k in unknown}
            means.append(s.predict()[0])
        users = s.tables["user"]
        kept = users.copy()
        s.without = {k: v * (k != "items rated") for k, v in unknown.items()}
        for n in LATELY:
            users[:, n_users:] = users[:, newest[:n]].mean(axis=1, keepdims=True)
            means.append(s.predict()[0])
        users[:], s.without = kept, unknown
        total += means
    return chain.center + chain.unit * total / KEPT


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
                of = {(name, v): found[k] for k, v in enumerate(VARIANTS)}
                if set(SETS) & set(settings.get("terms", [])):
                    of[name, "against empty sets"] = of[name, ""]
                else:
                    of = {key: g for key, g in of.items() if key[1] not in EMPTY}
                guess |= of
            table = pd.DataFrame(guess, ask["userId"].to_numpy()).clip(0.5, 5)
            tables.append((table - ask["rating"].to_numpy()[:, None]) ** 2)
            known.append(ask["userId"].isin(train["userId"]).to_numpy())
    return pd.concat(tables), np.concatenate(known)


def summary(squares, known, when):
    everybody = np.full(len(known), True)
    for who, mask in [("all", everybody), ("strangers", ~known), ("known", known)]:
        users = squares.index[mask]
        for (name, variant), column in squares.items():
            base = "plain", ""
            if variant == "against empty sets":
                base = name, "empty sets"
            lower = (squares[base] - column)[mask]
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
    kept = later["variant"].isin(["", "empty sets", "against empty sets"])
    later = later[kept]  # what was tried on the earlier ones stays there
    table = pd.concat([table, later])
    print(later.to_string(index=False))
    table.to_csv(RESULTS / "moments.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
