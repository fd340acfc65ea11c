"""The settings of lesson 07, chosen without its validation rows: what was compared.

    uv run python benchmarks/choices.py            about 6 minutes

Fold-in: a hundred users other than the lesson's fifty are left out of training; their
dampings are compared on a fifth of their ratings. Ranking: the training rows of the
lesson are split once more by `user_split`, and every method is judged on that.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from collab.notebook import prepare

prepare(seed=42)

import keras  # noqa: E402

from collab import inside, models, ranking, recommend, training  # noqa: E402
from collab.data import load_ratings  # noqa: E402
from collab.ids import IdMap  # noqa: E402
from collab.metrics import ndcg_at_k  # noqa: E402
from collab.split import random_split, user_split  # noqa: E402

ratings = load_ratings(Path(__file__).parents[1] / "data" / "ratings.csv")
user_ids, movie_ids = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
ratings["user"] = user_ids.encode(ratings["userId"])
ratings["movie"] = movie_ids.encode(ratings["movieId"])
SIZES = len(user_ids), len(movie_ids)


def fold_in_dampings():
    """MSE in stars² by bias damping (rows) and factor damping (columns)."""
    order = np.random.default_rng(0).permutation(user_ids.ids)
    left_out = ratings["userId"].isin(order[50:150])  # the lesson's are order[:50]
    shown, hidden = random_split(ratings[left_out], rng=np.random.default_rng(1))
    train = ratings[~left_out]
    model = models.regularised_model(
        *SIZES, mean=train["rating"].mean(), n_ratings=len(train), seed=42
    )
    rng = np.random.default_rng(42)
    training.fit(
        model, train, hidden, epochs=8, batch_size=256, rng=rng, progress=False
    )
    tables = inside.read_tables(model, user_ids, movie_ids)
    stars_of = {
        u: of.set_index("movieId")["rating"] for u, of in shown.groupby("userId")
    }

    def error(bias_damping, factor_damping):
        squares = []
        for user, of in hidden.groupby("userId"):
            taste = recommend.fold_in(
                tables,
                stars_of[user],
                bias_damping=bias_damping,
                factor_damping=factor_damping,
            )
            predicted = recommend.score_items(tables, taste)[of["movieId"]].clip(0.5, 5)
            squares.append((predicted.to_numpy() - of["rating"].to_numpy()) ** 2)
        return np.concatenate(squares).mean()

    dampings = [1.0, 2.0, 5.0, 10.0]
    return pd.DataFrame({f: {b: error(b, f) for b in dampings} for f in dampings})


def rank(table, epochs, rate, model, weights=None):
    steps = epochs * -(-SIZES[0] // 64)
    schedule = keras.optimizers.schedules.PolynomialDecay(rate, steps, 0)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss=loss)
    share = table / table.sum(axis=1, keepdims=True)
    options = {"batch_size": 64, "epochs": epochs, "verbose": 0}
    model.fit(np.arange(SIZES[0]), share, sample_weight=weights, **options)
    return model(np.arange(SIZES[0])).numpy()


def ranking_settings():
    """nDCG@10 on the inner split, by method and setting."""
    train, valid = user_split(user_split(ratings, 0.1)[0], 0.1)
    latest = valid.groupby("user")["movie"].agg(list)
    watched = ranking.watched(train, *SIZES)
    faded = {c: ranking.watched(train, *SIZES, fade=c) for c in (4, 8, 12)}

    def ndcg(scores):
        scores = np.where(watched > 0, -np.inf, scores)
        tens = np.argsort(-scores, axis=1, kind="stable")[:, :10]
        return np.mean([ndcg_at_k(tens[u].tolist(), latest[u]) for u in latest.index])

    def report(name, scores):
        print(f"{name:55} {ndcg(scores):.4f}", flush=True)

    report("popularity", np.tile(watched.sum(axis=0), (SIZES[0], 1)))
    for n in (20, 50, 100, 200, 500):
        similar = ranking.item_similarities(watched, n, damping=10)
        report(f"item neighbours, {n}", watched @ similar)
    similar = ranking.item_similarities(watched, 100, damping=10)
    for fade, table in faded.items():
        report(f"item neighbours, 100, fade {fade}", table @ similar)

    activity = watched.sum(axis=1)
    weights = activity / activity.mean()
    for options in ({}, {"reg": 0.02}, {"reg": 0.05}, {"dropout": 0.3}):
        keras.utils.set_random_seed(42)
        counts = watched.sum(axis=0)
        model = ranking.ranking_model(*SIZES, counts=counts, seed=42, **options)
        report(f"trained to rank {options}", rank(watched, 30, 0.01, model, weights))
        model.get_layer("items").trainable = False
        users = model.get_layer("user_in_table").get_weights()
        for fade, table in faded.items():
            model.get_layer("user_in_table").set_weights(users)
            scores = rank(table, 20, 0.05, model)
            report(f"trained to rank {options}, users with fade {fade}", scores)


if __name__ == "__main__":
    print(fold_in_dampings().round(4).to_string(), "\n")
    ranking_settings()
