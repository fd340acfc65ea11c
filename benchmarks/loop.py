"""The closed loop: policies for twelve weeks; when exploring pays; arms that share.

    uv run python benchmarks/loop.py                       one core: about 15 minutes
    uv run python benchmarks/loop.py --parts exploring     one of its tables

The world is lesson 14's: one draw of the sampler on the course's ratings. Each run is
written as it ends, and a run that a table has is not done again. Means are over people
and weeks, in true stars of what was watched.

sizes → results/loop_sizes.csv: seconds and memory of a world of 671 to 50,000 people.
policies → results/loop_policies.csv: the course's people and movies with their ratings,
twelve weeks, three seeds.
exploring → results/loop_exploring.csv: other people of the same distribution, 300
movies to be had at a time, each for `life` weeks (0: for good), no rating to begin
with. Six weeks without lists, then thirty with.
arms → results/loop_arms.csv: the same, and half of the people are in arm a (greedy),
half in arm b (two places explore): one model of both arms' ratings (shared), one for
each arm (diverted), and each policy deployed for everybody (full).
"""

import argparse
import csv
import dataclasses
import os
from itertools import product

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, forget_peak, load, peak_mb, processor_seconds
from scipy import sparse

from collab.als import fit_als
from collab.evaluate import coverage, judge, mean_overlap, top_lists
from collab.gibbs import Gibbs
from collab.implicit import ease
from collab.recommend import score_sd
from collab.simulate import World

WEEKS, WITHOUT, AVAILABLE = 30, 6, 300  # of the parts exploring and arms
COLUMNS = {"user": "user", "item": "item"}
DAMPING = {"item_damping": 3.0, "factor_damping": 5.0}


def course_world():
    """Truth, noise and fame; the ratings of the movies that have five or more."""
    ratings = load()
    fame = ratings["movieId"].value_counts().sort_index()
    fame = fame[fame >= 5].astype(float)
    ratings = ratings[ratings["movieId"].isin(fame.index)]
    chain = Gibbs(ratings, n_factors=8, scale=(0.5, 5), seed=0)
    chain.run(50, keep=False, progress=False).run(1, progress=False)
    start = ratings.rename(columns={"userId": "user", "movieId": "item"})
    noise = float(chain.trace["noise"].iloc[-1])
    return chain.factors(), noise, fame, start[["user", "item", "rating"]]


def more_people(truth, n_users, *, seed=0):
    """The same items, other people: normal, with the mean and covariance of these."""
    rows = np.column_stack([truth.user_bias, truth.user_factors])
    centre, spread = rows.mean(axis=0), np.cov(rows.T)
    drawn = np.random.default_rng(seed).normal(size=(n_users, len(centre)))
    drawn = centre + drawn @ np.linalg.cholesky(spread).T
    ids = pd.RangeIndex(1, n_users + 1, name=truth.user_bias.index.name)
    return dataclasses.replace(
        truth,
        user_bias=pd.Series(drawn[:, 0], ids),
        user_factors=pd.DataFrame(drawn[:, 1:], ids, truth.user_factors.columns),
    )


class Model:
    """What a site knows after a fit: expected stars of all pairs, and how sure."""

    def __init__(self, log, users, items):
        found = fit_als(
            log, n_factors=8, n_iterations=5, rating="rating", scale=(0.5, 5),
            user_damping=3, damping_per_rating=0.05, progress=False, **COLUMNS,
            **DAMPING,
        )  # fmt: skip
        self.factors = dataclasses.replace(  # who or what has no rating is average
            found,
            user_bias=found.user_bias.reindex(users, fill_value=0.0),
            user_factors=found.user_factors.reindex(users, fill_value=0.0),
            item_bias=found.item_bias.reindex(items, fill_value=0.0),
            item_factors=found.item_factors.reindex(items, fill_value=0.0),
        )
        self.log = log[log["item"].isin(items)]
        f = self.factors
        self.stars = f.mean + f.user_bias.to_numpy()[:, None] + f.item_bias.to_numpy()
        self.stars += f.user_factors.to_numpy() @ f.item_factors.to_numpy().T

    def draw(self, rng):
        sd = score_sd(
            self.factors, self.log, noise=0.75, bias_damping=DAMPING["item_damping"],
            factor_damping=DAMPING["factor_damping"], **COLUMNS,
        )  # fmt: skip
        return self.stars + sd.to_numpy() * rng.normal(size=self.stars.shape)

    def counts(self):
        items = self.factors.item_bias.index
        return self.log["item"].value_counts().reindex(items, fill_value=0).to_numpy()


def random(model, rng):
    return rng.random(model.stars.shape)


def fewest(model, rng):
    return rng.random(model.stars.shape) - model.counts()


# Who scores some of the ten places, and how many. They stand after the fourth.
EXPLORERS = {
    "stars": (None, 0),
    "random": (random, 1),
    "Thompson": (Model.draw, 2),
    "fewest first": (fewest, 2),
    "all Thompson": (Model.draw, 10),
}


def lists_of(policy, model, free, rng):
    """Ten for each user among the items that are `free` for them."""
    users, items = model.factors.user_bias.index, model.factors.item_bias.index

    def best(scores, n):
        return top_lists(np.where(free, scores, -np.inf), n, users=users, items=items)

    other, n = EXPLORERS[policy]
    if n == 10:
        return best(other(model, rng), 10)
    lists = best(model.stars, 10)
    for user, more in best(other(model, rng), 10).items() if n else ():
        kept = lists[user][: 10 - n]
        new = [item for item in more if item not in kept][:n]
        lists[user] = kept[:4] + new + kept[4:]
    return lists


# Policies in the world of the course --------------------------------------------------


def policies(world, policy, seed):
    truth, noise, fame, start = world
    world = World(truth, noise=noise, fame=fame, seed=seed)
    users, items = world.users, world.items
    rows = users.get_indexer(start["user"]), items.get_indexer(start["item"])
    world.watched[rows] = True
    rng, log, weeks, shown = np.random.default_rng(seed), start, [], []
    for _ in range(12):
        model, free = Model(log, users, items), ~world.watched
        if policy in EXPLORERS:
            shown.append(lists_of(policy, model, free, rng))
        else:
            scores = OTHERS[policy](world, log)
            scores = np.where(free, scores, -np.inf)
            shown.append(top_lists(scores, 10, users=users, items=items))
        weeks.append(world.week(shown[-1]))
        log = pd.concat([log, weeks[-1][start.columns]])
    everything, last = pd.concat(weeks), weeks[-1]
    watched = last.groupby("user")["item"].agg(list)
    cells = users.get_indexer(last["user"]), items.get_indexer(last["item"])
    guess = model.stars.clip(0.5, 5)
    counts = everything["item"].value_counts().reindex(items, fill_value=0).to_numpy()
    by_week = [week["stars"].mean() for week in weeks]
    all_lists = [ten for lists in shown for ten in lists.values()]
    return {
        "stars": everything["stars"].mean(),
        **{f"week {k}": stars for k, stars in enumerate(by_week, start=1)},
        "shown": coverage(all_lists, len(items)),
        "gini": gini(counts),
        "alike": mean_overlap(everything.groupby("user")["item"].agg(list)),
        "recall": judge(shown[-1], watched)["recall"].mean(),
        "rmse": np.sqrt(((guess[cells] - last["rating"].to_numpy()) ** 2).mean()),
        # of all that nobody had watched yet, as if it were rated with the same noise
        "rmse of all": np.sqrt(((guess - world.stars)[free] ** 2).mean() + noise**2),
    }


def popular(world, log):
    counts = log["item"].value_counts().reindex(world.items, fill_value=0)
    return np.tile(counts.to_numpy(float), (len(world.users), 1))


def neighbours(world, log):
    rows = world.users.get_indexer(log["user"]), world.items.get_indexer(log["item"])
    watched = sparse.csr_array((np.ones(len(log)), rows), world.stars.shape)
    return ease(watched, 400).scores(watched)


OTHERS = {
    "popular": popular,
    "neighbours": neighbours,
    "truth": lambda world, log: world.stars,
}


def gini(counts):
    """0: all are watched alike; 1: one is watched by all, the others by nobody."""
    shares = np.sort(counts) / counts.sum()
    n = len(shares)
    return (2 * np.arange(1, n + 1) - n - 1) @ shares / n


# A world that changes -----------------------------------------------------------------


def changing(world, arms, own, life, n_users, seed, data="shared"):
    """True stars by week (rows) and arm, from the first week with lists on."""
    truth, noise, fame, _ = world
    rng = np.random.default_rng(seed)
    leave = AVAILABLE / life if life else 0
    n_items = AVAILABLE + int(leave * (WEEKS + WITHOUT))
    drawn = rng.permutation(len(fame))[:n_items]
    truth = dataclasses.replace(
        more_people(truth, n_users, seed=seed),
        item_bias=truth.item_bias.iloc[drawn],
        item_factors=truth.item_factors.iloc[drawn],
    )
    world = World(truth, noise=noise, fame=fame, own=own, seed=seed)
    arm = np.arange(n_users) * len(arms) // n_users
    log, means = [], []
    for week in range(WITHOUT + WEEKS):
        here = slice(int(leave * week), int(leave * week) + AVAILABLE)
        items, lists = world.items[here], {}
        for k, policy in enumerate(arms) if week >= WITHOUT else ():
            users, known = world.users[arm == k], pd.concat(log)
            if data == "diverted":
                known = known[known["user"].isin(users)]
            # Nobody else's row matters once the items' are fitted.
            model = Model(known, world.users, items)
            free = ~world.watched[:, here]
            lists |= {
                user: ten
                for user, ten in lists_of(policy, model, free, rng).items()
                if user in users
            }
        log.append(world.week(lists, among=items))
        of = arm[log[-1]["user"] - 1]
        means.append(log[-1]["stars"].groupby(of).mean())
    return pd.concat(means[WITHOUT:], axis=1).T.to_numpy()


def exploring(world, n_users, life, own, policy, seed):
    stars = changing(world, [policy], own, life, n_users, seed)
    return {"stars": stars.mean(), "first 4 weeks": stars[:4].mean()}


def arms(world, life, own, explorer, data, seed):
    pair, n_users = ["stars", explorer], 1000
    if data == "full":
        a, b = (changing(world, [p], own, life, n_users, seed).mean() for p in pair)
    else:
        a, b = changing(world, pair, own, life, n_users, seed, data).mean(axis=0)
    return {"a": a, "b": b}


# A world of any size ------------------------------------------------------------------


def sizes(world, n_users):
    """Processor seconds to make a world and for a week of it with lists, and memory."""
    truth, noise, fame, _ = world
    crowd = more_people(truth, n_users)
    forget_peak()
    made, big = processor_seconds(lambda: World(crowd, noise=noise, fame=fame))
    lists = dict.fromkeys(big.users, big.items[:10].tolist())
    week, _ = processor_seconds(lambda: big.week(lists))
    return {"world s": made, "week s": week, "MB": peak_mb()}


# What is run --------------------------------------------------------------------------

# The seed is outermost in `exploring`: whoever stops early has whole worlds.
OWN = [0.0, 0.03, 0.1, 0.3]
SIZES = [(1000, 10), (1000, 30), (1000, 0), (300, 10), (100, 10)]  # people, life
FOUR = ["stars", "Thompson", "random", "fewest first"]
PARTS = {
    sizes: [{"n_users": n} for n in (671, 5000, 50_000)],
    policies: [
        {"policy": policy, "seed": seed}
        for policy, seed in product([*OTHERS, *EXPLORERS], [1, 2, 3])
    ],
    arms: [
        {"life": 10, "own": own, "explorer": "Thompson", "data": data, "seed": seed}
        for own, data, seed in product(
            [0.0, 0.3], ["full", "shared", "diverted"], range(6)
        )
    ],
    exploring: [
        {"n_users": n, "life": life, "own": own, "policy": policy, "seed": seed}
        for seed, own, (n, life), policy in product(range(4), OWN, SIZES, FOUR)
        if (n, life) == SIZES[0] or policy in FOUR[:2]
    ],
}


def run(part, cases, world):
    path, done = RESULTS / f"loop_{part.__name__}.csv", []
    if path.exists():
        with path.open() as stored:
            done = list(csv.DictReader(stored))
    for case in cases:
        told = {name: str(value) for name, value in case.items()}
        if any(told.items() <= row.items() for row in done):
            continue
        row = case | {k: f"{value:.4f}" for k, value in part(world, **case).items()}
        new = not path.exists()
        with path.open("a", newline="") as stored:
            writer = csv.DictWriter(stored, row, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)
        print(*row.values(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [part.__name__ for part in PARTS]
    parser.add_argument("--parts", nargs="+", default=names, choices=names)
    arguments = parser.parse_args()
    world = course_world()
    for part, cases in PARTS.items():
        if part.__name__ in arguments.parts:
            run(part, cases, world)


if __name__ == "__main__":
    main()
