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
        counts = pd.Series([sum(ratings["rating"] == star) for star in stars], stars)
        shares = counts / len(ratings)
        same_series(
            star_shares(ratings=ratings),
            shares,
            "a share for each number of stars that occurs, in ascending order of the "
            "stars",
            {
                "These are counts; divide by all ratings": counts,
                "Shares are asked for, not percentages: they sum to 1": shares * 100,
                "These are the shares of so many stars *or fewer*": shares.cumsum(),
                _SIZE: counts / ratings.size,
            },
        )


_SIZE = "`size` counts every column of every row; `len` counts the rows"


@exercise()
def check_density(density):
    """`density(ratings)`: ratings divided by cells."""
    for ratings in (_SPREAD, RATINGS[:7], RATINGS[:3]):
        n, users, movies = len(ratings), *ratings[["userId", "movieId"]].nunique()
        cells = users * movies
        largest = ratings["userId"].max() * ratings["movieId"].max()
        close(
            density(ratings=ratings),
            n / cells,
            f"{n} ratings; {users} users × {movies} movies = {cells} cells",
            {
                "that is ratings per user": n / users,
                "that is ratings per movie": n / movies,
                "that is cells per rating, the other way round": cells / n,
                "a share is asked for, not a percentage": 100 * n / cells,
                "that is the share of the empty cells": 1 - n / cells,
                "each user and each movie counts once": 1 / n,
                "users times movies, not plus": n / (users + movies),
                "ids are names, the largest is no number of rows": n / largest,
                _SIZE: ratings.size / cells,
                "use the table that comes in, not the lesson's": n / (671 * 9066),
            },
        )


@exercise(
    IndexingError="one truth per movie cannot choose among the rows of `ratings`: "
    "choose among the means"
)
def check_best_movies(best_movies):
    """`best_movies(ratings, at_least)`: mean stars of the much-rated, best first."""
    order = "the best mean first, equal means by movie id, the smaller first"
    for ratings, at_least in [(RATINGS, 3), (RATINGS, 2), (_ALIKE, 1)]:
        by_movie = ratings.groupby("movieId")["rating"]
        means = by_movie.mean().sort_values(ascending=False, kind="stable")
        counts = by_movie.size()[means.index]
        enough = means[counts >= at_least]
        some = f"{at_least} rating{'s' if at_least > 1 else ''}"
        answer = best_movies(ratings=ratings, at_least=at_least)
        call, value = answer
        require(
            not isinstance(value, pd.Series) or value.index.isin(means.index).all(),
            f"{call} gave {told(value)}The labels must be the movies' ids.",
        )
        later_first = enough[::-1].sort_values(ascending=False, kind="stable")
        same_series(
            answer,
            enough,
            f"movies with at least {some}; {order}",
            {
                f"{some} are enough, too": means[counts > at_least],
                f"Some of these have fewer than {some}": means,
                f"Equal means stand in the wrong order: {order}": later_first,
            },
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
