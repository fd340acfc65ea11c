"""The course's ratings → the recommender on the first page of the web edition."""

from pathlib import Path

import pandas as pd

from collab.als import fit_als
from collab.ids import IdMap, add_row_numbers
from collab.implicit import ease, who_watched
from collab.page import write_page

DATA = Path(__file__).parents[1] / "data"
RECOMMENDED = 20  # a movie with fewer ratings is not recommended (lesson 08)


def write_recommender(path):
    """Fit, with a seed, and write the page."""
    ratings = pd.read_csv(DATA / "ratings.csv")
    movies = pd.read_csv(DATA / "movies.csv", keep_default_na=False)
    factors = fit_als(ratings, n_factors=30, scale=(0.5, 5), seed=42, progress=False)
    users, items = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
    rows = add_row_numbers(ratings, users, items)
    together = ease(who_watched(rows, len(users), len(items))).table()
    counts = ratings.groupby("movieId").size()
    return write_page(
        factors,
        movies.set_index("movieId")["title"],
        path,
        counts=counts,
        together=pd.DataFrame(together, items.ids, items.ids),
        among=counts.index[counts >= RECOMMENDED],
        step=0.5,
        what="movie",
        note="Made from the ratings of MovieLens, by GroupLens (Harper and Konstan "
        "2015): for research and teaching.",
    )
