"""Lesson 01's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_01 as checks


def shares_in_a_loop(ratings):
    counts = {}
    for stars in ratings["rating"]:
        counts[stars] = counts.get(stars, 0) + 1
    return pd.Series({stars: counts[stars] / len(ratings) for stars in sorted(counts)})


def density(ratings):
    cells = ratings["userId"].nunique() * ratings["movieId"].nunique()
    return len(ratings) / cells


def density_of_a_crosstab(ratings):
    table = ratings.pivot(index="userId", columns="movieId", values="rating")
    return table.notna().to_numpy().mean()


def best(ratings, at_least, *, mean="mean", kind="stable", enough=np.greater_equal):
    by_movie = ratings.groupby("movieId")["rating"]
    means = by_movie.agg(mean)[enough(by_movie.size(), at_least)]
    return means.sort_values(ascending=False, kind=kind)


def best_by_two_columns(ratings, at_least):
    table = ratings.groupby("movieId")["rating"].agg(["mean", "size"]).reset_index()
    table = table[table["size"] >= at_least]
    table = table.sort_values(["mean", "movieId"], ascending=[False, True])
    return table.set_index("movieId")["mean"]


def best_of_later_ids(ratings, at_least):
    return best(ratings, at_least).sort_index(ascending=False).sort_values(
        ascending=False, kind="stable"
    )  # fmt: skip


def by_label(ratings, *_):
    return sum(ratings["rating"][k] for k in range(len(ratings)))


RIGHT = [
    ("star_shares", lambda r: r["rating"].value_counts(normalize=True).sort_index()),
    ("star_shares", lambda r: r.groupby("rating").size() / len(r)),
    ("star_shares", lambda r: r.groupby("rating")["userId"].count().div(len(r))),
    ("star_shares", shares_in_a_loop),
    ("density", density),
    ("density", density_of_a_crosstab),
    ("density", lambda r: len(r) / len(set(r["userId"])) / len(set(r["movieId"]))),
    ("best_movies", best),
    ("best_movies", best_by_two_columns),
    ("best_movies", lambda r, n: best(r, n).sort_index().nlargest(1000)),
]

WRONG = [
    ("star_shares", lambda r: r["rating"].value_counts().sort_index(), "are counts"),
    ("star_shares", lambda r: r["rating"].value_counts(normalize=True), "order is not"),
    (
        "star_shares",
        lambda r: r["rating"].value_counts(normalize=True, ascending=True),
        "in ascending order of the stars",
    ),
    (
        "star_shares",
        lambda r: r["rating"].value_counts(normalize=True).sort_index(ascending=False),
        "order is not",
    ),
    ("star_shares", lambda r: shares_in_a_loop(r) * 100, "not percentages"),
    ("star_shares", lambda r: shares_in_a_loop(r).cumsum(), "*or fewer*"),
    ("star_shares", lambda r: shares_in_a_loop(r).round(2), "Do not round"),
    (
        "star_shares",
        lambda r: shares_in_a_loop(r.drop_duplicates(["userId", "rating"])),
        "expected",
    ),
    (
        "star_shares",
        lambda r: r.groupby("rating")["userId"].nunique() / len(r),
        "expected",
    ),
    ("star_shares", lambda r: {4.0: 0.3}, "gave a dict; expected a pandas Series."),
    (
        "star_shares",
        lambda r: r.groupby("rating").count() / len(r),
        "gave a DataFrame; expected a pandas Series: choose its column",
    ),
    (
        "star_shares",
        lambda r: r.groupby("rating").size() / r["userId"].nunique(),
        "A s",
    ),
    (
        "star_shares",
        lambda r: shares_in_a_loop(r).reindex(np.arange(0.5, 5.5, 0.5)).fillna(0),
        "each number of stars that occurs",
    ),
    ("star_shares", lambda r: shares_in_a_loop(r).rename(str), "that occurs"),
    ("star_shares", lambda r: shares_in_a_loop(r).astype(str), "expected numbers"),
    ("star_shares", lambda r: shares_in_a_loop(checks.RATINGS), "expected"),
    (
        "star_shares",
        lambda r: r.groupby("rating").size() / r.size,
        "`size` counts every column",
    ),
    (
        "star_shares",
        lambda r: r.groupby("rating").size() / r["rating"].sum(),
        "not by the sum of their stars",
    ),
    ("star_shares", by_label, "labels of rows need not be 0, 1, 2 …"),
    ("star_shares", lambda r: shares_in_a_loop(r).to_numpy(), "gave a ndarray"),
    ("star_shares", lambda r: (r["rating"] / r["rating"].sum()).cumsum(), "expected"),
    ("density", lambda r: len(r) / r["userId"].nunique(), "ratings per user"),
    (
        "density",
        lambda r: 9 / r["movieId"].nunique(),
        "ratings per movie; the table has 24",
    ),
    ("density", lambda r: len(r) / r["userId"].nunique() * 4, "9 ratings; 4 users"),
    ("density", lambda r: 1 / density(r), "the other way round"),
    ("density", lambda r: 100 * density(r), "not a percentage"),
    ("density", lambda r: 1 - density(r), "share of the empty cells"),
    ("density", lambda r: round(density(r), 2), "do not round"),
    ("density", lambda r: round(density(r), 4), "do not round"),
    (
        "density",
        lambda r: len(r) / (r["userId"].max() * r["movieId"].max()),
        "ids are names",
    ),
    ("density", lambda r: r.size / 24, "`len` counts the rows"),
    ("density", lambda r: len(r) / (671 * 9066), "need not be the lesson's"),
    ("density", lambda r: 9 / 24, "gave 0.375; expected 0.7778: 7 ratings; 3 users ×"),
    ("density", lambda r: 9 / 24 if len(r) > 8 else 7 / 9, "expected 1: 3 ratings"),
    ("density", lambda r: len(r) * density(r), "9 ratings; 4 users × 6 movies = 24"),
    (
        "density",
        lambda r: f"{density(r):.2%}",
        "gave '37.50%' (str); expected a single",
    ),
    ("density", lambda r: [density(r)], "a single number"),
    ("density", lambda r: r.nunique() * density(r), "a single number"),
    (
        "density",
        lambda r: pd.crosstab(r["userId"], r["movieId"]).notna().to_numpy().mean(),
        "gave 1; expected 0.375",
    ),
    ("density", lambda r: len(r) / (r["userId"].count() * len(r)), "counts once"),
    (
        "density",
        lambda r: len(r) / (r["userId"].nunique() + r["movieId"].nunique()),
        "users times movies, not plus",
    ),
    (
        "density",
        lambda r: r["rating"].sum() / (r["userId"].nunique() * r["movieId"].nunique()),
        "their stars do not matter",
    ),
    ("density", by_label, "count with `.iloc`"),
    ("best_movies", lambda r, n: best(r, n, enough=np.greater), "are enough, too"),
    ("best_movies", lambda r, n: best(r, 0), "fewer than 3 ratings"),
    ("best_movies", best_of_later_ids, "Equal means stand in the wrong order"),
    ("best_movies", lambda r, n: best(r, n, kind="quicksort"), "order is not: movies"),
    ("best_movies", lambda r, n: best(r, n)[::-1], "the best mean first"),
    ("best_movies", lambda r, n: best(r, n).sort_index(), "the best mean first"),
    ("best_movies", lambda r, n: best(r, n, mean="sum"), "with at least 3"),
    ("best_movies", lambda r, n: best(r, n, mean="median"), "with at least 3"),
    ("best_movies", lambda r, n: best(r, n, mean="max"), "with at least 3"),
    ("best_movies", lambda r, n: best(r, n).round(2), "Do not round"),
    ("best_movies", lambda r, n: best(r, 3), "2 ratings are enough, too"),
    ("best_movies", lambda r, n: best(r, n).to_frame(), "choose its column"),
    ("best_movies", lambda r, n: best(r, n).index, "gave a Index"),
    ("best_movies", lambda r, n: best(r, n).reset_index(drop=True), "ids."),
    (
        "best_movies",
        lambda r, n: best(r.rename(columns={"userId": "movieId", "movieId": "u"}), n),
        "The labels must be the movies' ids.",
    ),
    (
        "best_movies",
        lambda r, n: r[r["movieId"].value_counts() >= n],
        "one truth per movie cannot choose among the rows",
    ),
    (
        "best_movies",
        lambda r, n: best(r, n, kind="quicksort"),
        "movies with at least 1 rating;",
    ),
    ("best_movies", lambda r, n: best(r, n).head(n), "with at least"),
    ("best_movies", by_label, "count with `.iloc`"),
]


def test_the_table_of_equal_means_has_equal_means():
    """So many that an unstable sort shows on every machine."""
    assert checks._ALIKE["movieId"].is_unique
    assert checks._ALIKE["rating"].value_counts().min() >= 12
