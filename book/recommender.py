"""The course's ratings → the recommender on the first page of the web edition."""

from pathlib import Path

import pandas as pd

from collab.als import fit_als
from collab.page import write_page

DATA = Path(__file__).parents[1] / "data"
FEWEST = (
    10  # ratings of a movie: below, it tells of single persons, and little of taste
)


def write_recommender(path):
    """Fit, the same on every machine but for the last digits, and write the page."""
    ratings = pd.read_csv(DATA / "ratings.csv")
    movies = pd.read_csv(DATA / "movies.csv", keep_default_na=False)
    factors = fit_als(ratings, n_factors=30, scale=(0.5, 5), seed=42)
    often = ratings["movieId"].value_counts()
    often = often[often >= FEWEST].index  # the most rated first
    factors = factors._replace(
        item_bias=factors.item_bias[often], item_factors=factors.item_factors.loc[often]
    )
    return write_page(
        factors,
        movies.set_index("movieId")["title"].loc[often],
        path,
        what="movie",
        note="Made from the ratings of MovieLens, by GroupLens (Harper and Konstan "
        "2015): for research and teaching.",
    )
