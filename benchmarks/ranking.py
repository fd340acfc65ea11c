"""Nine recommenders, three questions: nDCG@10, paired by users.

    uv run python benchmarks/ranking.py --choose    the settings, on inner rows: 40 min
    uv run python benchmarks/ranking.py             the test: 25 min on one core
    uv run python benchmarks/ranking.py --million   either on MovieLens 1M: 20 min each

The questions are "return" and "sitting" of `rolling_questions`, at 24 cuts, and
"latest": each user's latest tenth. With --choose, settings are judged at the first ten
cuts and on the latest tenth of what `user_split` leaves for training: one knob of
`LADDERS` after another, once through, by the mean of the three questions. Each rival
then takes the best of its trials for each question; the list-maker takes one for all.
The ranker is slow: it is tuned at every second cut and on the latest tenth. It is one
fit at each; at the latest tenth of the test it is the mean of two seeds. No chosen
setting stands at an edge.

Without --choose, what was chosen is judged once: at the other 14 cuts and on the latest
tenth; and there once more with the training rows shuffled inside each sitting. Ratings
of one second come in random order throughout. `WITHOUT` takes parts of the list-maker
away; `HITS` says what else could count as a hit.

What is no knob there keeps the package's default and was tuned by nobody: `reach` and
`damping` of `what_follows`, the window of a year, the iterations of implicit ALS, the
ranker's rate, penalty and batches, and where it cuts a history. The inner latest tenth
and the last 14 cuts overlap: 17 % of the movies that "return" asks for, and 3 % of
those of "sitting", were among the inner ones. Without the lists that ask for any such
movie, the list-maker's lead over last year's popularity is +0.025 ± 0.017 on return
(with them +0.018 ± 0.017) and +0.025 ± 0.009 in a sitting (+0.026 ± 0.008).

With --million, 1,000 of the 6,040 users of MovieLens 1M are asked the same, and
`MILLION` replaces some of the values to try. Two settings of its latest tenth stand at
an edge: n_factors of implicit ALS, where the last step brought less than 0.001, and the
ranker's epochs, where it brought less than 0.003.

Writes results/ranking_choices.csv, ranking_levels.csv, ranking_leads.csv and
ranking_order.csv, or with --million ranking_1m_choices.csv, ranking_1m_levels.csv,
ranking_1m_leads.csv and ranking_1m_order.csv. Trials and lists are kept in `LISTS`, so
that a run that was stopped goes on; delete that folder after a change of the code.
"""

import argparse
import itertools
import json
import os
import re
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, load
from own_tables import movielens_1m
from scipy import sparse

from collab.course.notebook import prepare

prepare(seed=42)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from collab import implicit, ranking, recent  # noqa: E402
from collab.evaluate import top_lists  # noqa: E402
from collab.ids import IdMap, add_row_numbers  # noqa: E402
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
SEEDS = [42, 1]  # of the ranker
LISTS = Path(tempfile.gettempdir()) / "collab_ranking_lists"
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


def als(moment, n_factors, damping, alpha, trust, fade):
    """Users are solved from their history; `trust` is their own alpha."""
    items = moment.keep(als_fit, n_factors, damping, alpha)
    users = implicit.als_step(items, moment.keep(histories, fade), trust, damping)
    return users @ items.T


def als_fit(moment, n_factors, damping, alpha):
    options = {"alpha": alpha, "damping": damping, "progress": False}
    return implicit.implicit_als(moment.keep(watched), n_factors, **options).items


def ranker(moment, dropout, fade, epochs, n_factors):
    """The mean over its seeds of the shares that the softmax gives each item."""
    shares = 0
    for seed in SEEDS if moment.name.startswith("latest") else SEEDS[:1]:
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
        tables = tables[: len(model.inputs)]
        shares = shares + keras.ops.softmax(model(tables)).numpy()
    return shares


def list_maker(moment, damping, fade, fresh, age, follows, keep, goes_with=1):
    """EASE and what is new and popular; in a sitting what came just before counts."""
    sitting = (moment.asked["now"] - moment.asked["last"] <= SITTING).to_numpy()
    lately = moment.keep(ease, damping, fade)
    parts = [
        (goes_with, np.where(sitting[:, None], lately, moment.keep(ease, damping))),
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
    "implicit ALS": (
        als,
        {
            "damping": (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0),
            "alpha": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
            "trust": (1.0, 3.0, 10.0, 30.0, 100.0, 300.0),
            "fade": FADES[:-1],
            # Slow above; the mean of the questions rises by 0.0004 from 128 to 256.
            "n_factors": (16, 32, 64, 128, 256),
        },
    ),
    "list-maker": (
        list_maker,
        {
            "damping": LAMBDAS[2:],
            "fade": (0, 2, 4, 8, 12),
            "fresh": (0.125, 0.25, 0.5, 1.0, 2.0),
            "age": (0.125, 0.25, 0.5, 1.0, 2.0),
            "follows": (0.25, 0.5, 1.0, 2.0, 4.0),
            "keep": (0.5, 0.7, 0.8, 0.9, 0.95),
        },
    ),
    "ranker": (
        ranker,
        {
            "dropout": (0, 0.05, 0.1, 0.2, 0.3, 0.5),
            "fade": (0, 4, 8, 16),
            "epochs": (10, 20, 40, 80, 160, 320, 640),
            "n_factors": (32, 64, 128, 256, 512),
        },
    ),
}
# The grids of MovieLens 1M: wider, so that what is chosen is not at an edge.
LAMBDAS_1M = (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0)
MILLION = {
    "recent popularity": {"days": (2, 7, 14, 30, 60, 180, 365, 730)},
    "item neighbours": {
        "n": (50, 100, 200, 400, 800, 1600, 3200),
        "damping": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0),
        "fade": (*FADES, 24, 32),
    },
    "EASE": {"damping": LAMBDAS_1M},
    "EASE, lately": {"damping": LAMBDAS_1M, "fade": (*FADES, 24, 32)},
    "implicit ALS": {"fade": (0, 0.5, 1, 2, 4, 8, 12, 16, 24)},
    "list-maker": {
        "damping": LAMBDAS_1M,
        "fade": FADES,
        "fresh": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
        "age": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
        "follows": (0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
        "keep": (0.3, 0.5, 0.7, 0.8, 0.9, 0.95),
    },
    "ranker": {
        "dropout": (0.05, 0.1, 0.2, 0.3, 0.5),
        "fade": (0, 4, 8, 16, 32),
        "epochs": (5, 10, 20, 40, 80, 160, 320),
        "n_factors": (32, 64, 128, 256),
    },
}
# The list-maker with one part changed: what is each worth?
WITHOUT = {
    "without EASE": {"goes_with": 0},
    "without what is new": {"fresh": 0},
    "last year's popularity instead": {"age": None},
    "without what follows": {"follows": 0},
    "without lately": {"fade": 0},
    "without both": {"follows": 0, "fade": 0},
}
QUESTIONS = ["return", "sitting", "latest"]


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


def search(measure, ladders, file):
    """One knob after another, once through: [(settings, three nDCGs)], all tried."""
    tried = json.loads(file.read_text()) if file.exists() else {}

    def mean(settings):
        key = json.dumps(settings, sort_keys=True)
        if key not in tried:
            tried[key] = measure(settings)
            file.write_text(json.dumps(tried))
        return np.mean(tried[key])

    at = {knob: values[len(values) // 2] for knob, values in ladders.items()}
    mean(at)
    for knob, values in ladders.items():
        at = max([at | {knob: value} for value in values], key=mean)
    return [(json.loads(key), ndcg) for key, ndcg in tried.items()]


def choose(names):
    """The best settings on the inner rows."""
    first, _ = user_split(RATINGS, 0.1)
    LISTS.mkdir(exist_ok=True)
    moments = [*at_cuts(range(N_INNER)), at_latest_tenth(first, "inner latest")]
    path = RESULTS / f"{TABLE}_choices.csv"
    table = pd.read_csv(path) if path.exists() else pd.DataFrame({"recommender": []})
    for name in names:
        recommend, ladders = LADDERS[name]
        if TABLE == "ranking_1m":
            ladders = ladders | MILLION.get(name, {})

        def measure(settings, name=name, recommend=recommend):
            judged = {question: [] for question in QUESTIONS}
            for moment in moments[:: 2 if recommend is ranker else 1]:
                lists = moment.lists(recommend(moment, **settings))
                for question in QUESTIONS:
                    judged[question].append(judge(moment, lists, question))
            ndcg = [over_users(judged[q]).mean() for q in QUESTIONS]
            print(name, settings, np.round(ndcg, 4), flush=True)
            return ndcg

        trials = search(measure, ladders, LISTS / f"{TABLE} trials of {name}.json")
        rows = []
        for k, question in enumerate(QUESTIONS):
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
            rows.append([*row, " ".join(edges), json.dumps(ladders)])
        for moment in moments:
            moment.kept.clear()
        columns = ["recommender", "question", "settings", "trials", "inner ndcg"]
        found = pd.DataFrame(rows, columns=[*columns, "at an edge", "tried"])
        table = pd.concat([table[table["recommender"] != name], found.round(4)])
        places = table["recommender"].map([*LADDERS].index)
        table.iloc[places.argsort(kind="stable")].to_csv(path, index=False)
        print(found.to_string(), flush=True)


def test(names):
    """What was chosen, judged once."""
    chosen = pd.read_csv(RESULTS / f"{TABLE}_choices.csv")
    chosen = chosen.set_index(["recommender", "question"])["settings"].map(json.loads)
    names = [name for name in names if name in chosen]
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
    for moment in moments:
        for name, recommend, settings in everything:
            for question in moment.asked["question"].unique():
                what = f"{TABLE} {moment.name} {name} {json.dumps(settings[question])}"
                path = LISTS / f"{re.sub('[^a-z0-9.]+', '_', what)}.json"
                if not path.exists():
                    scores = recommend(moment, **settings[question])
                    path.write_text(json.dumps(moment.lists(scores)))
                made[name, moment.name, question] = json.loads(path.read_text())
        moment.kept.clear()
        print(moment.name, "done", flush=True)
    report(moments, made, names)


def report(moments, made, names):
    """The three tables of results."""
    *normal, mixed = moments

    def ndcg(name, question, hits="known", moments=normal):
        return over_users(
            judge(m, made[name, m.name, question], question, hits)
            for m in moments
            if (m.asked["question"] == question).any()
        )

    levels, leads, order = [], [], []
    for hits, question in itertools.product(HITS, QUESTIONS):
        n_lists = sum((m.asked["question"] == question).sum() for m in normal)
        ours = ndcg("list-maker", question, hits)
        for name in [*names, *WITHOUT]:
            row, of_user = [hits, question, name], ndcg(name, question, hits)
            levels.append([*row, n_lists, len(of_user), *mean_interval(of_user)])
            if name != "list-maker":
                gain = paired_interval(ours, of_user)
                leads.append([hits, question, "list-maker", name, *gain])
    rival = ndcg("EASE", "latest", moments=[mixed])
    for name in names:
        true, mix = (ndcg(name, "latest", moments=m) for m in (normal, [mixed]))
        row = [name, true.mean(), mix.mean(), *paired_interval(mix, true)]
        order.append([*row, *paired_interval(mix, rival)])
    columns = ["recommender", "true", "shuffled", "change", "±"]
    columns += ["to EASE", "to EASE ±"]  # both shuffled
    keys = ["hits", "question", "recommender"]
    for rows, names, file in [
        (levels, [*keys, "lists", "users", "ndcg", "±"], "levels"),
        (leads, [*keys, "rival", "lead", "±"], "leads"),
        (order, columns, "order"),
    ]:
        table = pd.DataFrame(rows, columns=names).round(4)
        table.to_csv(RESULTS / f"{TABLE}_{file}.csv", index=False)
        print(table[:60].to_string())


def of_the_million(n_users=1_000):
    """Some of the 6,040 users of MovieLens 1M."""
    names = ["userId", "movieId", "rating", "timestamp"]
    ratings = pd.concat(map(movielens_1m, ["train", "test"])).set_axis(names, axis=1)
    some = np.random.default_rng(0).permutation(ratings["userId"].unique())[:n_users]
    ratings = ratings[ratings["userId"].isin(some)]
    user_ids, item_ids = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
    return add_row_numbers(ratings, user_ids, item_ids)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--choose", action="store_true", help="compare the settings")
    parser.add_argument("--only", nargs="+", help="recommenders")
    parser.add_argument("--million", action="store_true", help="on MovieLens 1M")
    arguments = parser.parse_args()
    TABLE = "ranking_1m" if arguments.million else "ranking"
    RATINGS = of_the_million() if arguments.million else load()
    RATINGS = RATINGS.sample(frac=1, random_state=0).reset_index(drop=True)
    N_ITEMS = RATINGS["item_row"].max() + 1
    STARS = np.zeros((RATINGS["user_row"].max() + 1, N_ITEMS))
    STARS[RATINGS["user_row"], RATINGS["item_row"]] = RATINGS["rating"]
    names = arguments.only or [*LADDERS]
    choose(names) if arguments.choose else test(names)
