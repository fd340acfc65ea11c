"""The course's ratings → the recommender on the first page of the web edition."""

from pathlib import Path

import pandas as pd

from collab.als import fit_als
from collab.ids import IdMap, add_row_numbers
from collab.implicit import ease, who_watched
from collab.page import write_page

DATA = Path(__file__).parents[1] / "data"
# Ratings of a movie: with fewer it is not in the page (it would tell of single persons,
# lesson 13), or not recommended (lesson 08).
IN_THE_PAGE, RECOMMENDED = 10, 20


def write_recommender(path):
    """Fit, with a seed, and write the page."""
    ratings = pd.read_csv(DATA / "ratings.csv")
    movies = pd.read_csv(DATA / "movies.csv", keep_default_na=False)
    factors = fit_als(ratings, n_factors=30, scale=(0.5, 5), seed=42, progress=False)
    counts = ratings.groupby("movieId").size()
    known = ratings[ratings["movieId"].map(counts) >= IN_THE_PAGE]
    users, items = IdMap(known["userId"]), IdMap(known["movieId"])
    watched = who_watched(add_row_numbers(known, users, items), len(users), len(items))
    together = pd.DataFrame(ease(watched).table(), items.ids, items.ids)
    return write_page(
        factors,
        movies.set_index("movieId")["title"],
        path,
        counts=counts,
        least=IN_THE_PAGE,
        together=together,
        among=counts.index[counts >= RECOMMENDED],
        step=0.5,
        what="movie",
        note="Made from the ratings of MovieLens, by GroupLens (Harper and Konstan "
        "2015): for research and teaching.",
    )
