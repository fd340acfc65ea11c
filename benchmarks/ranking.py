"""Eight recommenders, three questions: nDCG@10, paired by users.

    uv run python benchmarks/ranking.py --choose    the settings, on inner rows: 4 min
    uv run python benchmarks/ranking.py             the test: 5 min on one core

The questions are "return" and "sitting" of `rolling_questions`, at 24 cuts, and
"latest": each user's latest tenth. With --choose, settings are judged at the first ten
cuts and on the latest tenth of what `user_split` leaves for training: one knob of
`LADDERS` after another, once through, by the mean of the three questions. Each rival
then takes the best of its trials for each question; the list-maker takes one for all.
The ranker is slow: it is tuned and judged at the latest tenth alone.

Without --choose, what was chosen is judged once: at the other 14 cuts and on the latest
tenth; and there once more with the training rows shuffled inside each sitting. Ratings
of one second come in random order throughout. `WITHOUT` takes parts of the list-maker
away; `HITS` says what else could count as a hit.

Writes results/ranking_choices.csv, ranking_levels.csv, ranking_leads.csv and
ranking_order.csv. Lists are kept in `LISTS`, so that a run that was stopped goes on;
delete that folder after a change of the code.
"""

import argparse
import json
import os
import re
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, load
from scipy import sparse

from collab.course.notebook import prepare

prepare(seed=42)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from collab import implicit, ranking, recent  # noqa: E402
from collab.evaluate import top_lists  # noqa: E402
from collab.intervals import mean_interval, paired_interval  # noqa: E402
from collab.split import (  # noqa: E402
    DAY,
    SITTING,
    YEAR,
    rolling_questions,
    user_split,
)

tf.config.threading.set_intra_op_parallelism_threads(1)

CUTS, N_INNER = np.linspace(0.1, 0.975, 24).round(4), 10
LISTS = Path(tempfile.gettempdir()) / "collab_ranking_lists"
SEEDS = [42, 1, 2]  # of the ranker, whose shares are averaged
ROWS = {"user": "user_row", "item": "item_row"}


class Moment:
    """What is known when lists are made, and what came next.

    The items are those rated by then, numbered anew from 0. `asked` has a row for each
    list: user_row, question, now, last (when the user rated the time before), before
    and next; in "next", -1 is an item that nobody had rated.
    """

    def __init__(self, name, train, asked):
        self.name, self.kept = name, {}
        self.items, rows = np.unique(train["item_row"], return_inverse=True)
        self.n_items = len(self.items)
        self.train = train.assign(item_row=rows)
        new = np.full(N_ITEMS, -1)
        new[self.items] = np.arange(self.n_items)
        self.asked = asked.reset_index(drop=True).assign(
            before=[own[own >= 0] for own in map(new.__getitem__, asked["before"])],
            next=[new[items] for items in asked["next"]],
            stars=[
                STARS[user, items]
                for user, items in zip(asked["user_row"], asked["next"], strict=True)
            ],
        )

    def keep(self, make, *settings):
        """What `make(self, *settings)` returns, made once."""
        key = make.__name__, *settings
        if key not in self.kept:
            self.kept[key] = make(self, *settings)
        return self.kept[key]

    def lists(self, scores):
        seen = dict(enumerate(self.asked["before"]))
        return list(top_lists(scores, 10, seen).values())


def watched(moment):
    users, rows = np.unique(moment.train["user_row"], return_inverse=True)
    table = moment.train.assign(user_row=rows)
    return implicit.who_watched(table, len(users), moment.n_items)


def histories(moment, fade=0):
    return ranking.history_table(moment.asked["before"], moment.n_items, fade)


def popularity(moment, days=36_500):
    return recent.fresh_popularity(
        moment.train, moment.n_items, moment.asked["now"], window=days * DAY, fade=None
    )


def neighbours(moment, n=100, damping=10.0, fade=0):
    similar = moment.keep(similarities, n, damping)
    return sparse.csr_array(moment.keep(histories, fade)) @ similar


def similarities(moment, n, damping):
    return implicit.item_similarities(moment.keep(watched), n, damping=damping)


def ease(moment, damping=400.0, fade=0):
    return moment.keep(ease_fit, damping).scores(moment.keep(histories, fade))


def ease_fit(moment, damping):
    return implicit.ease(moment.keep(watched), damping)


def ranker(moment, dropout=0.2, fade=8, epochs=40, n_factors=64, seeds=SEEDS):
    """The mean of the shares that the softmax gives each item."""
    shares = 0
    for seed in seeds:
        keras.utils.clear_session()
        model, _ = ranking.fit_next(
            moment.train,
            moment.n_items,
            fade=fade,
            n_factors=n_factors,
            epochs=epochs,
            dropout=dropout,
            seed=seed,
            progress=False,
        )
        tables = [moment.keep(histories), moment.keep(histories, fade)]
        scores = model.predict(tables, batch_size=128, verbose=0)
        shares = shares + keras.ops.softmax(scores).numpy()
    return shares


def list_maker(moment, fade, fresh, age, follows, keep, damping=400.0):
    """EASE and what is new and popular; in a sitting what came just before counts."""
    sitting = (moment.asked["now"] - moment.asked["last"] <= SITTING).to_numpy()
    lately = moment.keep(ease, damping, fade)
    parts = [
        (1, np.where(sitting[:, None], lately, moment.keep(ease, damping))),
        (fresh, moment.keep(new_and_popular, age)),
        (follows * sitting, moment.keep(following, keep)),
    ]
    return recent.add_scores(parts)


def new_and_popular(moment, age):
    return recent.fresh_popularity(
        moment.train, moment.n_items, moment.asked["now"], fade=age and age * YEAR
    )


def following(moment, keep):
    latest = recent.latest_first(moment.asked["before"], moment.n_items, keep)
    return (latest @ moment.keep(follow_table)).toarray().astype("float32")


def follow_table(moment):
    return recent.what_follows(moment.train, moment.n_items)


# What is tried: a recommender's function and, for each knob, values from low to high;
# the search begins at the one in the middle. 0 is where a fade ends, not an edge.
FADES = (0, 2, 4, 8, 12, 16)
LAMBDAS = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)
LADDERS = {
    "popularity": (popularity, {}),
    "last year's popularity": (popularity, {"days": (365,)}),
    "recent popularity": (
        popularity,
        {"days": (30, 60, 90, 180, 365, 730, 1460, 2920)},
    ),
    "item neighbours": (
        neighbours,
        {
            "n": (20, 50, 100, 200, 400),
            "damping": (3.0, 10.0, 30.0, 100.0, 300.0),
            "fade": (0, 4, 8, 12),
        },
    ),
    "EASE": (ease, {"damping": LAMBDAS}),
    "EASE, lately": (ease, {"damping": LAMBDAS[2:], "fade": FADES}),
    "list-maker": (
        list_maker,
        {
            "fade": (0, 2, 4, 8, 12),
            "fresh": (0.125, 0.25, 0.5, 1.0, 2.0),
            "age": (0.125, 0.25, 0.5, 1.0, 2.0),
            "follows": (0.25, 0.5, 1.0, 2.0, 4.0),
            "keep": (0.5, 0.7, 0.8, 0.9, 0.95),
        },
    ),
    "ranker": (ranker, {"dropout": (0, 0.05, 0.1, 0.2)}),
}
# The list-maker with one part changed: what is each worth?
WITHOUT = {
    "without what is new": {"fresh": 0},
    "last year's popularity instead": {"age": None},
    "without what follows": {"follows": 0},
    "without what came just before": {"follows": 0, "fade": 0},
}
QUESTIONS = ["return", "sitting", "latest"]


def questions_of(name):
    return QUESTIONS[2:] if name == "ranker" else QUESTIONS


def at_cuts(wanted):
    """A `Moment` for each of the cuts, with those who return and those in a sitting."""
    when = RATINGS.set_index(["user_row", "item_row"])["timestamp"]
    by_kind = [
        list(rolling_questions(RATINGS, CUTS, ask=ask, **ROWS)) for ask in QUESTIONS[:2]
    ]
    for k in wanted:
        train = by_kind[0][k][0]
        asked = pd.concat(
            [
                kind[k][1].assign(question=q)
                for q, kind in zip(QUESTIONS, by_kind, strict=False)
            ]
        ).rename(columns={"timestamp": "now"})
        ends = [
            (u, b[-1]) for u, b in zip(asked["user_row"], asked["before"], strict=True)
        ]
        yield Moment(f"cut {k}", train, asked.assign(last=when.loc[ends].to_numpy()))


def at_latest_tenth(ratings, name, known=lambda train: train):
    """A `Moment` of each user's latest tenth; `now` is when it begins."""
    train, valid = user_split(ratings, 0.1)
    train = known(train)
    before, after = (
        rows.sort_values("timestamp", kind="stable").groupby("user_row")
        for rows in (train, valid)
    )
    asked = pd.DataFrame(
        {
            "now": after["timestamp"].first(),
            "last": before["timestamp"].last(),
            "before": before["item_row"].agg(list),
            "next": after["item_row"].agg(list),
        }
    ).dropna()
    return Moment(name, train, asked.reset_index().assign(question="latest"))


def shuffled(ratings, seed=0):
    """The same sittings, the movies of each in random order."""
    table = ratings.sort_values(["user_row", "timestamp"], kind="stable")
    table = table.reset_index(drop=True)
    starts = table.groupby("user_row")["timestamp"].diff().fillna(np.inf) > SITTING
    random = np.random.default_rng(seed).random(len(table))
    order = np.lexsort([random, starts.cumsum()])
    return table.assign(item_row=table["item_row"].to_numpy()[order])


# How a list is judged: what a movie that comes next is worth if it was listed.
HITS = {
    "known": lambda moment, items, stars: items >= 0,
    "all": lambda moment, items, stars: np.ones(len(items)),
    "liked": lambda moment, items, stars: (items >= 0) * (stars >= 4),
    "rare": lambda moment, items, stars: (
        (items >= 0) / np.sqrt(moment.keep(all_counts)[items])
    ),
}


def all_counts(moment):
    return implicit.popularity(moment.keep(watched))


def judge(moment, lists, question, hits="known"):
    """nDCG@10 of each list of a question; a hit gains what `HITS` says it is worth."""
    discounts = 1 / np.log2(np.arange(10) + 2)
    asked, found = moment.asked[moment.asked["question"] == question], []
    columns = [asked.index, asked["user_row"], asked["next"], asked["stars"]]
    for row, user, items, stars in zip(*columns, strict=True):
        worth = HITS[hits](moment, items, stars)
        best = np.sort(worth)[::-1][:10]
        if best.any():
            gains = dict(zip(items.tolist(), worth, strict=True))
            got = sum(
                map(np.multiply, [gains.get(i, 0) for i in lists[row]], discounts)
            )
            found.append([user, got / (best @ discounts[: len(best)])])
    return pd.DataFrame(found, columns=["user", "ndcg"])


def over_users(judged):
    """Each user's mean: a Series by user."""
    return pd.concat(judged).groupby("user")["ndcg"].mean()


def search(measure, ladders):
    """One knob after another, once through: [(settings, three nDCGs)], all tried."""
    tried = {}

    def mean(settings):
        key = json.dumps(settings)
        if key not in tried:
            tried[key] = measure(settings)
        return np.mean(tried[key])

    at = {knob: values[len(values) // 2] for knob, values in ladders.items()}
    mean(at)
    for knob, values in ladders.items():
        at = max([at | {knob: value} for value in values], key=mean)
    return [(json.loads(key), ndcg) for key, ndcg in tried.items()]


def choose(names):
    """The best settings on the inner rows."""
    first, _ = user_split(RATINGS, 0.1)
    moments = [] if names == ["ranker"] else [*at_cuts(range(N_INNER))]
    moments.append(at_latest_tenth(first, "inner latest"))
    path = RESULTS / "ranking_choices.csv"
    table = pd.read_csv(path) if path.exists() else pd.DataFrame({"recommender": []})
    for name in names:
        recommend, ladders = LADDERS[name]
        start, questions = time.process_time(), questions_of(name)

        def measure(settings, name=name, recommend=recommend, questions=questions):
            judged = {question: [] for question in questions}
            for moment in moments[-1:] if name == "ranker" else moments:
                lists = moment.lists(recommend(moment, **settings))
                for question in questions:
                    judged[question].append(judge(moment, lists, question))
            ndcg = [over_users(judged[q]).mean() for q in questions]
            print(name, settings, np.round(ndcg, 4), flush=True)
            return ndcg

        trials = search(measure, ladders)
        seconds, rows = time.process_time() - start, []
        for k, question in enumerate(questions):
            # Each rival its best for each question, the list-maker one for all.
            best = max(trials, key=lambda trial, k=k: trial[1][k])
            if recommend is list_maker:
                best = max(trials, key=lambda trial: np.mean(trial[1]))
            settings, ndcg = best
            edges = [
                knob
                for knob, value in settings.items()
                if len(ladders[knob]) > 1
                and value in (ladders[knob][0], ladders[knob][-1])
                and value != 0
            ]
            row = [name, question, json.dumps(settings), len(trials), ndcg[k]]
            rows.append([*row, " ".join(edges), seconds])
        for moment in moments:
            moment.kept.clear()
        columns = ["recommender", "question", "settings", "trials", "inner ndcg"]
        found = pd.DataFrame(rows, columns=[*columns, "at an edge", "seconds"])
        table = pd.concat([table[table["recommender"] != name], found.round(4)])
        places = table["recommender"].map([*LADDERS].index)
        table.iloc[places.argsort(kind="stable")].to_csv(path, index=False)
        print(found.to_string(), flush=True)


def test(names):
    """What was chosen, judged once."""
    chosen = pd.read_csv(RESULTS / "ranking_choices.csv")
    chosen = chosen.set_index(["recommender", "question"])["settings"].map(json.loads)
    moments = [*at_cuts(range(N_INNER, len(CUTS)))]
    moments.append(at_latest_tenth(RATINGS, "latest"))
    moments.append(at_latest_tenth(RATINGS, "latest, sittings shuffled", shuffled))
    LISTS.mkdir(exist_ok=True)
    everything = [(name, LADDERS[name][0], chosen[name]) for name in names]
    for name, change in WITHOUT.items():
        own = chosen["list-maker"].map(
            lambda settings, change=change: settings | change
        )
        everything.append((name, list_maker, own))
    made = {}
    for name, recommend, settings in everything:
        for moment in moments:
            asked = moment.asked["question"].unique()
            for question in [q for q in questions_of(name) if q in asked]:
                what = f"{name} {json.dumps(settings[question])}, {moment.name}"
                path = LISTS / f"{re.sub('[^a-z0-9.]+', '_', what)}.json"
                if not path.exists():
                    scores = recommend(moment, **settings[question])
                    path.write_text(json.dumps(moment.lists(scores)))
                made[name, moment.name, question] = json.loads(path.read_text())
            moment.kept.clear()
        print(name, "done", flush=True)
    report(moments, made, names)


def report(moments, made, names):
    """The three tables of results."""
    *normal, mixed = moments
    levels, leads, order = [], [], []
    for hits in HITS:
        for question in QUESTIONS:
            asked = [m for m in normal if (m.asked["question"] == question).any()]
            ndcg = {
                name: over_users(
                    [
                        judge(m, made[name, m.name, question], question, hits)
                        for m in asked
                    ]
                )
                for name in [*names, *WITHOUT]
                if question in questions_of(name)
            }
            for name, of_user in ndcg.items():
                row = [hits, question, name]
                levels.append([*row, len(of_user), *mean_interval(of_user)])
                if name != "list-maker":
                    gain = paired_interval(ndcg["list-maker"], of_user)
                    leads.append([hits, question, "list-maker", name, *gain])
    for name in names:
        true, mix = (
            over_users([judge(m, made[name, m.name, "latest"], "latest")])
            for m in (normal[-1], mixed)
        )
        both = true.index.intersection(mix.index)
        fall = paired_interval(mix[both], true[both])
        order.append([name, true.mean(), mix.mean(), *fall])
    keys = ["hits", "question", "recommender"]
    for rows, columns, file in [
        (levels, [*keys, "users", "ndcg", "±"], "ranking_levels.csv"),
        (leads, [*keys, "rival", "lead", "±"], "ranking_leads.csv"),
        (
            order,
            ["recommender", "true", "shuffled", "change", "±"],
            "ranking_order.csv",
        ),
    ]:
        table = pd.DataFrame(rows, columns=columns).round(4)
        table.to_csv(RESULTS / file, index=False)
        print(table[:60].to_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--choose", action="store_true", help="compare the settings")
    parser.add_argument("--only", nargs="+", default=list(LADDERS), help="recommenders")
    arguments = parser.parse_args()
    RATINGS = load().sample(frac=1, random_state=0).reset_index(drop=True)
    N_ITEMS = RATINGS["item_row"].max() + 1
    STARS = np.zeros((RATINGS["user_row"].max() + 1, N_ITEMS))
    STARS[RATINGS["user_row"], RATINGS["item_row"]] = RATINGS["rating"]
    choose(arguments.only) if arguments.choose else test(arguments.only)
