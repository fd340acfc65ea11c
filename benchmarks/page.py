"""What a smaller page costs: bytes beside the error of stars, and nDCG@10 of lists.

    uv run python benchmarks/page.py               about 2 minutes

Two models are fitted without each user's latest tenth: the one call's, of 50 factors,
and lesson 09's on what comes next, of 200 (without the second sum, "lately": a page
has none). Each is written as a page with fewer factors and 8 or 16 bits a number, read
back, and judged on the latest tenth, with every user as a visitor who has entered all
their other ratings. Differences are to the model before it was made small, paired by
user. It writes benchmarks/results/page.csv.
"""

import os
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, ROOT, load

from collab.course.notebook import prepare

prepare(seed=42)

from collab import factors, implicit, ranking, regularised  # noqa: E402
from collab.data import load_items  # noqa: E402
from collab.evaluate import judge, top_lists  # noqa: E402
from collab.ids import IdMap  # noqa: E402
from collab.intervals import mean_interval, paired_interval  # noqa: E402
from collab.page import Page, read_page, write_page  # noqa: E402
from collab.recommend import fold_in  # noqa: E402
from collab.split import user_split  # noqa: E402

RATINGS = load()
TITLES = load_items(ROOT / "data" / "movies.csv").set_index("movieId")["title"]
USERS, MOVIES = IdMap(RATINGS["userId"]), IdMap(RATINGS["movieId"])
TRAIN, VALID = user_split(RATINGS, 0.1)
SEEN = TRAIN.groupby("user_row")["item_row"].agg(list)
LATEST = VALID.groupby("user_row")["item_row"].agg(list)
SETTINGS = {
    "stars": [(k, 8) for k in (50, 32, 16, 8, 4, 2, 1)] + [(50, 16), (16, 16)],
    "ranking": [(k, 8) for k in (200, 100, 40, 32, 16, 8, 4)] + [(40, 16), (16, 16)],
}


def stars():
    """The one call's model, as far as a page knows it."""
    model, _ = regularised.fit_regularised(
        TRAIN,
        n_users=len(USERS),
        n_items=len(MOVIES),
        scale=(0.5, 5),
        seed=42,
        progress=False,
    )
    fitted = factors.read_factors(model, USERS, MOVIES)
    return Page(fitted, None, TITLES)


def rankers():
    model, _ = ranking.fit_next(TRAIN, len(MOVIES), fade=0, seed=42, progress=False)
    (watched,) = model.get_layer("watched").get_weights()
    items, bias = model.get_layer("items").get_weights()
    index = MOVIES.ids
    of_items = factors.Factors(
        mean=0.0,
        user_bias=None,
        item_bias=pd.Series(bias, index),
        user_factors=None,
        item_factors=pd.DataFrame(items.T, index),
    )
    return Page(of_items, pd.DataFrame(watched, index), TITLES)


def scores(page):
    """Users × movies, each user a visitor of the page."""
    if page.history is None:
        given = {
            user: of.set_index("movieId")["rating"]
            for user, of in TRAIN.groupby("userId")
        }
        rows = [
            page.factors.scores(fold_in(page.factors, given[user]))
            for user in USERS.ids
        ]
        return np.array([row[MOVIES.ids] for row in rows])
    picked = implicit.who_watched(TRAIN, len(USERS), len(MOVIES)).toarray()
    users = picked / np.sqrt(picked.sum(axis=1, keepdims=True))
    users = users @ page.history.loc[MOVIES.ids].to_numpy()
    products = users @ page.factors.item_factors.loc[MOVIES.ids].to_numpy().T
    return products + page.factors.item_bias[MOVIES.ids].to_numpy()


def judged(page):
    """Squared error (of stars) and nDCG of each user."""
    table = scores(page)
    found = {"ndcg": judge(top_lists(table, 10, SEEN), LATEST)["ndcg"]}
    if page.history is None:
        expected = table[VALID["user_row"], VALID["item_row"]].clip(*page.factors.scale)
        squares = (expected - VALID["rating"]) ** 2
        found["mse"] = squares.groupby(VALID["user_row"]).mean()
    return found


def main():
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, model in [("stars", stars()), ("ranking", rankers())]:
            before = judged(model)
            rows.append({"kind": kind, "factors": model.factors.item_factors.shape[1]})
            for name, values in before.items():
                rows[-1][name], rows[-1][f"{name} ±"] = mean_interval(values)
            for n_factors, bits in SETTINGS[kind]:
                path = write_page(
                    model.factors,
                    TITLES,
                    f"{folder}/page.html",
                    history=model.history,
                    n_factors=n_factors,
                    bits=bits,
                )
                row = {"kind": kind, "factors": n_factors, "bits": bits}
                row["MB"] = path.stat().st_size / 1e6
                for name, values in judged(read_page(path)).items():
                    row[name], row[f"{name} ±"] = mean_interval(values)
                    change = paired_interval(values, before[name])
                    row[f"{name} change"], row[f"{name} change ±"] = change
                rows.append(row)
                print(row, flush=True)
    table = pd.DataFrame(rows).astype({"bits": "Int64"})
    table.round(4).to_csv(RESULTS / "page.csv", index=False)
    print(table.round(4).to_string())


if __name__ == "__main__":
    main()
