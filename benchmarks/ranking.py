"""Eight recommenders on each user's latest tenth: nDCG@10, paired with EASE.

    uv run python benchmarks/ranking.py             one core: about 9 minutes
    uv run python benchmarks/ranking.py --choose    the settings: about 20 minutes
    uv run python benchmarks/ranking.py --moment    one moment for all: 2 minutes

With --choose every setting of `GRIDS` is judged on inner rows only: the latest tenth
of what `user_split` leaves for training, and the latest tenth of what is left then;
the mean of both decides. `CHOSEN` holds what was best. Without it, what was chosen is
judged once on the test rows. "lately": the table that is scored has faded counts, so
that what was rated last counts most; like is compared with like.

With --moment, what was chosen is trained on what came before one moment and judged on
what its users, those with a history, watched later: nDCG@10, paired with popularity.

Each writes a table into results/.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, load
from scipy import sparse

from collab.course.notebook import prepare

prepare(seed=42)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from collab import evaluate, implicit, ranking  # noqa: E402
from collab.intervals import mean_interval, paired_interval  # noqa: E402
from collab.split import time_split, user_split  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(1)


class Contest:
    """Rows to learn from, rows to foretell, and what every recommender needs."""

    def __init__(self, train, valid):
        self.train, self.fades = train, {}
        self.shape = N_USERS, N_ITEMS
        self.seen = train.groupby("user_row")["item_row"].agg(list)
        self.truth = valid.groupby("user_row")["item_row"].agg(list)
        self.watched = self.table(0)

    def table(self, fade):
        """Who watched what, faded."""
        if fade not in self.fades:
            self.fades[fade] = implicit.who_watched(self.train, *self.shape, fade=fade)
        return self.fades[fade]

    def judge(self, scores):
        """nDCG@10 by user."""
        lists = evaluate.top_lists(scores, 10, self.seen)
        return evaluate.judge(lists, self.truth)["ndcg"]


def popularity(contest):
    return np.tile(implicit.popularity(contest.watched), (N_USERS, 1))


def neighbours(contest, n=100, fade=0):
    return contest.table(fade) @ implicit.item_similarities(contest.watched, n)


def walks(contest, alpha=1.0, beta=0.5, fade=0):
    table = implicit.rp3beta(contest.watched, alpha=alpha, beta=beta)
    return contest.table(fade) @ table


def least_squares(contest, n_factors=32, alpha=2.0, damping=10.0, fade=0):
    fit = implicit.implicit_als(
        contest.watched, n_factors, alpha=alpha, damping=damping, n_iterations=6
    )
    users = fit.users
    if fade:
        faded = contest.table(fade).astype("float64")
        users = implicit.als_step(fit.items, faded, alpha, damping)
    return users @ fit.items.T


def ease(contest, damping=400.0, fade=0):
    return implicit.ease(contest.watched, damping).scores(contest.table(fade))


def ridge_of_the_next(contest, damping=20.0, fade=0):
    """Least squares from the past to what came next: the ranker's question, by EASE's
    method, so that the question and the softmax can be told apart."""
    rng = np.random.default_rng(0)
    pasts, nexts = [], []
    for own in ordered(contest.train):
        for _ in range(10 if len(own) > 1 else 0):
            past, after = ranking.past_and_next(own, rng)
            weight = len(after) ** -0.25
            pasts.append(weight * ranking.history_table([past], N_ITEMS, fade))
            nexts.append(weight * ranking.history_table([after], N_ITEMS))
            pasts[-1], nexts[-1] = map(sparse.csr_array, (pasts[-1], nexts[-1]))
    pasts, nexts = sparse.vstack(pasts).tocsr(), sparse.vstack(nexts).tocsr()
    inner = (pasts @ pasts.T).toarray() + damping * np.eye(pasts.shape[0])
    ours = (pasts @ contest.table(fade).T).toarray()
    return np.linalg.solve(inner, ours).T @ nexts


def ordered(train):
    by_time = train.sort_values("timestamp", kind="stable")
    return [own.to_numpy() for _, own in by_time.groupby("user_row")["item_row"]]


def free_users(contest, reg=0.03, fade=0, seed=42):
    lately = contest.table(fade) if fade else None
    model, _ = ranking.fit_ranking(
        contest.watched, lately, reg=reg, seed=seed, progress=False
    )
    return model(np.arange(N_USERS)).numpy()


def next_ones(contest, dropout=0.2, fade=0, seed=42):
    model, _ = ranking.fit_next(
        contest.train, N_ITEMS, fade=fade, dropout=dropout, seed=seed, progress=False
    )
    rows = [contest.watched.toarray(), contest.table(8).toarray()]
    scores = model.predict(rows if fade else rows[0], batch_size=128, verbose=0)
    keras.utils.clear_session()
    return scores


# A recommender's function and the settings that were compared. ("fade" is how the users
# to be scored are faded.)
FADES = (4, 8, 12)
GRIDS = {
    "popularity": (popularity, [{}]),
    "item neighbours": (neighbours, [{"n": n} for n in (20, 50, 100, 200)]),
    "RP3beta": (
        walks,
        [{"alpha": a, "beta": b} for a in (0.4, 0.6, 0.8, 1.0) for b in (0.3, 0.5)],
    ),
    "implicit ALS": (
        least_squares,
        [
            {"n_factors": n, "alpha": a, "damping": r}
            for n in (16, 32)
            for a in (1.0, 5.0)
            for r in (5.0, 20.0)
        ],
    ),
    "EASE": (ease, [{"damping": float(r)} for r in (100, 200, 300, 400, 600, 800)]),
    "ridge on past → next": (
        ridge_of_the_next,
        [{"damping": r} for r in (10.0, 20.0, 40.0)],
    ),
    "trained to rank, a row per user": (free_users, [{"reg": r} for r in (0.02, 0.03)]),
    "trained on what comes next": (next_ones, [{"dropout": d} for d in (0.2, 0.5)]),
}


def choose():
    """The best setting on the inner rows, without fade and with the best fade."""
    first, _ = user_split(RATINGS, 0.1)
    contests = [Contest(*user_split(first, 0.1))]
    contests.append(Contest(*user_split(contests[0].train, 0.1)))
    rows = []
    for name, (recommend, grid) in GRIDS.items():
        fades = (0, *FADES)
        if recommend is popularity:
            fades = (0,)
        elif recommend in (free_users, next_ones):
            fades = (0, 8)
        for fade in fades:
            for setting in grid:
                options = dict(setting, fade=fade) if fade else setting
                start = time.process_time()
                means = [c.judge(recommend(c, **options)).mean() for c in contests]
                row = [name, bool(fade), str(options), *means, np.mean(means)]
                rows.append([*row, time.process_time() - start])
                print(*row[:3], f"{row[-1]:.4f}", f"{rows[-1][-1]:.0f} s", flush=True)
    columns = ["recommender", "lately", "setting", "first", "second", "mean", "seconds"]
    table = pd.DataFrame(rows, columns=columns).round(4)
    table.to_csv(RESULTS / "ranking_choices.csv", index=False)
    print(table.loc[table.groupby(["recommender", "lately"])["mean"].idxmax()])


# What was best there: without fade, with it.
ALS = {"n_factors": 16, "alpha": 1.0, "damping": 20.0}
CHOSEN = {
    "popularity": [{}],
    "item neighbours": [{"n": 200}, {"n": 50, "fade": 8}],
    "RP3beta": [{"alpha": 0.4, "beta": 0.5}, {"alpha": 0.4, "beta": 0.5, "fade": 8}],
    "implicit ALS": [ALS, ALS | {"fade": 8}],
    "EASE": [{"damping": 400.0}, {"damping": 800.0, "fade": 12}],
    "ridge on past → next": [{"damping": 20.0}, {"damping": 20.0, "fade": 8}],
    "trained to rank, a row per user": [{"reg": 0.03}, {"reg": 0.03, "fade": 8}],
    "trained on what comes next": [{"dropout": 0.2}, {"dropout": 0.2, "fade": 8}],
}
SEEDS = [42, 1, 2, 3, 4]


def test():
    """What was chosen, judged once on the test rows."""
    contest = Contest(*user_split(RATINGS, 0.1))
    by_user, seconds, shares, of_seed = {}, {}, {}, {}
    for name, settings in CHOSEN.items():
        recommend, _ = GRIDS[name]
        for options in settings:
            row = name + ", lately" * ("fade" in options)
            seeds = SEEDS if recommend is next_ones else [None]
            for seed in seeds:
                start = time.process_time()
                seeded = options if seed is None else options | {"seed": seed}
                scores = recommend(contest, **seeded)
                key = row if seed is None else f"{row}, seed {seed}"
                seconds[key] = time.process_time() - start
                by_user[key] = contest.judge(scores)
                if seed is not None:  # the mean of what the softmax gives each item
                    share = keras.ops.softmax(scores).numpy() / len(seeds)
                    shares[row] = shares.get(row, 0) + share
                    of_seed[row, seed] = share
                print(
                    key, f"{by_user[key].mean():.4f} {seconds[key]:.0f} s", flush=True
                )
            if row in shares:
                key = f"{row}, mean of {len(seeds)} seeds"
                by_user[key] = contest.judge(shares[row])
                seconds[key] = sum(seconds[f"{row}, seed {seed}"] for seed in seeds)
    stability(contest, of_seed)
    rows = {}
    for key, ndcg in by_user.items():
        rival = by_user["EASE, lately" if "lately" in key else "EASE"]
        gain = paired_interval(ndcg, rival)
        rows[key] = [*mean_interval(ndcg), *gain, seconds[key]]
    columns = ["ndcg", "ndcg ±", "to EASE", "to EASE ±", "seconds"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.round(4).to_csv(RESULTS / "ranking.csv", index_label="recommender")
    print(table.round({"seconds": 0}).round(4).to_string())


def moment():
    """The trained model where nobody's later ratings are known (lesson 09)."""
    past, future = time_split(RATINGS, 0.2)
    for column in ("user_row", "item_row"):
        future = future[future[column].isin(past[column])]
    contest = Contest(past, future)
    users = contest.truth.index

    def by_user(scores):
        lists = evaluate.top_lists(scores[users], 10, contest.seen, users=users)
        return evaluate.judge(lists, contest.truth)["ndcg"]

    popular, rows = by_user(popularity(contest)), {}
    for seed in SEEDS[:3]:
        ndcg = by_user(next_ones(contest, dropout=0.2, fade=8, seed=seed))
        gain = paired_interval(ndcg, popular)
        rows[seed] = [*mean_interval(ndcg), *gain]
        print(seed, *(f"{value:.4f}" for value in rows[seed]), flush=True)
    columns = ["ndcg", "ndcg ±", "to popularity", "to popularity ±"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.round(4).to_csv(RESULTS / "ranking_moment.csv", index_label="seed")


def stability(contest, of_seed):
    """How much of a user's ten another training leaves, alone and averaged by twos."""
    row = "trained on what comes next, lately"
    first, second, third, fourth, _ = SEEDS
    pair = [(first, second), (third, fourth)]
    means = [sum(of_seed[row, seed] for seed in two) for two in pair]
    groups = {
        "five trainings, all ten pairs": [of_seed[row, seed] for seed in SEEDS],
        "two means of two trainings": means,
    }
    table = {}
    for name, scores in groups.items():
        lists = [evaluate.top_lists(one, 10, contest.seen) for one in scores]
        users = contest.truth.index
        same = [evaluate.mean_overlap([of[user] for of in lists]) for user in users]
        table[name] = [np.mean(same), np.quantile(same, 0.1), np.quantile(same, 0.9)]
    columns = ["same of ten", "lowest tenth of users", "highest tenth"]
    table = pd.DataFrame.from_dict(table, orient="index", columns=columns)
    table.round(4).to_csv(RESULTS / "ranking_stability.csv", index_label="lists")
    print(table.round(3).to_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--choose", action="store_true", help="compare the settings")
    parser.add_argument("--moment", action="store_true", help="one moment for all")
    arguments = parser.parse_args()
    RATINGS = load()
    N_USERS, N_ITEMS = (RATINGS[name].max() + 1 for name in ("user_row", "item_row"))
    choose() if arguments.choose else moment() if arguments.moment else test()
