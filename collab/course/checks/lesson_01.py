"""Lesson 01's exercises, the crosstab → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    close,
    exercise,
    require,
    same_series,
    told,
)

# Four users, four movies, ten ratings; ids in no particular order.
RATINGS = pd.DataFrame(
    {
        "userId": [7, 7, 7, 3, 3, 9, 9, 9, 4, 4],
        "movieId": [50, 20, 90, 50, 20, 50, 90, 60, 60, 20],
        "rating": [4.0, 3.0, 5.0, 4.5, 2.0, 4.0, 5.0, 3.0, 3.0, 4.0],
        "timestamp": [88, 12, 40, 7, 61, 35, 90, 22, 54, 71],
    },
    index=range(100, 110),
)


# Three columns, four users, six movies: no two wrong divisions give the same number.
_SPREAD = RATINGS[:9].drop(columns="timestamp")
_SPREAD = _SPREAD.assign(movieId=[50, 20, 90, 50, 20, 30, 90, 60, 70])


@exercise()
def check_star_shares(star_shares):
    """`star_shares(ratings)`: the share of the rows with each rating, by stars."""
    # In the last one user 7 gives the same stars three times, and each of them counts.
    alike = RATINGS.assign(rating=RATINGS["rating"].mask(RATINGS["userId"] == 7, 4.0))
    for ratings in (RATINGS, RATINGS[:7], alike):
        stars = sorted(set(ratings["rating"]))
        counts = [sum(ratings["rating"] == star) for star in stars]
        shares = pd.Series(counts, index=stars) / len(ratings)
        same_series(
            star_shares(ratings=ratings),
            shares,
            "a share for each number of stars that occurs, in ascending order of the "
            "stars",
            [
                (shares * len(ratings), "These are counts; divide by all ratings"),
                (shares * 100, "Shares are asked for, not percentages: they sum to 1"),
                (shares.cumsum(), "These are the shares of so many stars *or fewer*"),
                (
                    shares * len(ratings) / ratings.size,
                    "`size` counts every column of every row; `len` counts the rows",
                ),
                (
                    shares * len(ratings) / ratings["rating"].sum(),
                    "Divide by the number of ratings, not by the sum of their stars",
                ),
            ],
        )


@exercise()
def check_density(density):
    """`density(ratings)`: ratings divided by cells."""
    for ratings in (_SPREAD, RATINGS[:7], RATINGS[:3]):
        n, users, movies = len(ratings), *ratings[["userId", "movieId"]].nunique()
        cells = users * movies
        made = f"{n} ratings; {users} users × {movies} movies = {cells} cells"
        largest = ratings["userId"].max() * ratings["movieId"].max()
        close(
            density(ratings=ratings),
            n / cells,
            made,
            [
                (n / users, f"that is ratings per user; the table has {cells} cells"),
                (n / movies, f"that is ratings per movie; the table has {cells} cells"),
                (cells / n, "that is cells per rating, the other way round"),
                (100 * n / cells, "a share is asked for, not a percentage"),
                (1 - n / cells, "that is the share of the empty cells"),
                (
                    1 / n,
                    "each user and each movie counts once, however many rows it has: "
                    f"{made}",
                ),
                (n / (users + movies), f"users times movies, not plus: {made}"),
                (
                    ratings["rating"].sum() / cells,
                    f"count the ratings; their stars do not matter: {made}",
                ),
                (
                    n / largest,
                    f"ids are names, the largest is no number of rows: {made}",
                ),
                (
                    ratings.size / cells,
                    "`size` counts every column of every row; `len` counts the rows",
                ),
                (
                    n / (671 * 9066),
                    "count the users and movies of the table that comes in, which need "
                    "not be the lesson's",
                ),
            ],
        )


@exercise(
    IndexingError="one truth per movie cannot choose among the rows of `ratings`: "
    "choose among the means"
)
def check_best_movies(best_movies):
    """`best_movies(ratings, at_least)`: mean stars of the much-rated, best first."""
    order = "the best mean first, equal means by movie id, the smaller first"
    for ratings, at_least in [(RATINGS, 3), (RATINGS, 2), (_ALIKE, 1)]:
        by_movie = {
            movie: ratings.loc[ratings["movieId"] == movie, "rating"].tolist()
            for movie in sorted(set(ratings["movieId"]))
        }
        means = {m: sum(stars) / len(stars) for m, stars in by_movie.items()}
        means = pd.Series(dict(sorted(means.items(), key=lambda x: (-x[1], x[0]))))
        counts = pd.Series({m: len(stars) for m, stars in by_movie.items()})
        counts = counts[means.index]
        enough = means[counts >= at_least]
        some = f"{at_least} rating{'s' if at_least > 1 else ''}"
        answer = best_movies(ratings=ratings, at_least=at_least)
        call, value = answer
        if isinstance(value, pd.Series):
            require(
                set(value.index) <= set(by_movie),
                f"{call} gave {told(value)}The labels must be the movies' ids.",
            )
        same_series(
            answer,
            enough,
            f"movies with at least {some}; {order}",
            [
                (means[counts > at_least], f"{some} are enough, too"),
                (means, f"Some of these have fewer than {some}"),
                (
                    enough.sort_index(ascending=False).sort_values(
                        ascending=False, kind="stable"
                    ),
                    f"Equal means stand in the wrong order: {order}",
                ),
            ],
        )


# Sixty movies with three different means, so that a sort that is not stable shows.
_ALIKE = pd.DataFrame(
    {
        "userId": 1,
        "movieId": np.random.default_rng(1).permutation(np.arange(11, 671, 11)),
        "rating": np.resize([4.0, 2.5, 4.0, 3.0, 4.0], 60),
        "timestamp": 0,
    },
    index=range(500, 560),
)
