"""Lesson 01's exercises, the crosstab → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise, same_series

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


@exercise()
def check_star_shares(star_shares):
    """`star_shares(ratings)`: the share of the rows with each rating, by stars."""
    counts = RATINGS.groupby("rating").size()
    shares = counts / len(RATINGS)
    same_series(
        star_shares(ratings=RATINGS),
        shares,
        "a share for each number of stars that occurs, in ascending order of the stars",
        {
            "these are counts; divide by all ratings": counts,
            "shares are asked for, not percentages: they sum to 1": shares * 100,
        },
    )


@exercise()
def check_density(density):
    """`density(ratings)`: ratings divided by cells."""
    # Of the seven rows, no two wrong divisions give the same number.
    for ratings in (RATINGS[:7], RATINGS[:3]):
        n, users, movies = len(ratings), *ratings[["userId", "movieId"]].nunique()
        cells = users * movies
        close(
            density(ratings=ratings),
            n / cells,
            f"{n} ratings; {users} users × {movies} movies = {cells} cells",
            {
                "the cells are users times movies": (n / users, n / movies),
                "that is cells per rating, the other way round": cells / n,
                "a share is asked for, not a percentage": 100 * n / cells,
                "each user and each movie counts once": 1 / n,
                "use the table that comes in, not the lesson's": n / (671 * 9066),
            },
        )


@exercise(
    IndexingError="one truth per movie cannot choose among the rows of `ratings`: "
    "choose among the means"
)
def check_best_movies(best_movies):
    """`best_movies(ratings, at_least)`: mean stars of the much-rated, best first."""
    for ratings, at_least in [(RATINGS, 3), (_ALIKE, 1)]:
        by_movie = ratings.groupby("movieId")["rating"]
        means = by_movie.mean().sort_values(ascending=False, kind="stable")
        counts = by_movie.size()[means.index]
        same_series(
            best_movies(ratings=ratings, at_least=at_least),
            means[counts >= at_least],
            f"movie ids and means, of movies rated {at_least} times or more; the best "
            "mean first, equal means by movie id, the smaller first",
            {
                f"exactly {at_least} ratings are enough, too": means[counts > at_least],
                f"some of these have fewer than {at_least} ratings": means,
            },
        )


# Sixty movies with three different means, so that a sort that is not stable shows.
_ALIKE = pd.DataFrame(
    {
        "userId": 1,
        "movieId": np.random.default_rng(1).permutation(np.arange(11, 671, 11)),
        "rating": np.resize([4.0, 2.5, 4.0, 3.0, 4.0], 60),
        "timestamp": 0,
    }
)
