"""Lesson 11's exercises, what else a table knows → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise, require, same_array, told


@exercise(
    KeyError="a row for each user, a column for each movie: `pd.crosstab` makes both",
    TypeError="`sum(axis=1)` of the table is how many movies each user rated",
)
def check_set_columns(set_columns):
    """`set_columns(ratings)`: 1 / √n for each of the n movies that a user rated."""
    pairs = [(7, 50), (3, 20), (7, 20), (7, 90), (3, 50), (2, 20), (7, 50), (7, 10)]
    ratings = pd.DataFrame(pairs, columns=["userId", "movieId"])
    ratings["rating"] = [4.5, 2.0, 4.0, 3.5, 3.0, 3.0, 4.0, 1.0]
    given = pd.crosstab(ratings["userId"], ratings["movieId"])
    rated = given.clip(upper=1)
    n = rated.sum(axis=1)
    users, movies = given.index.tolist(), given.columns.tolist()
    answer = set_columns(ratings=ratings)
    call, value = answer
    gave = f"{call} gave {told(value)}"
    require(isinstance(value, pd.DataFrame), f"{gave}; expected a DataFrame.")
    missing = value.isna()
    require(
        value.empty or not missing.all(axis=None),
        f"{gave}Without `axis=0`, pandas looks for the users of √n among the columns "
        "and finds none: write `div(…, axis=0)`.",
    )
    for labels, known, what in [
        (value.index, users, "rows are the users"),
        (value.columns, movies, "columns are the movies"),
    ]:
        right = labels.tolist() == known
        require(right, f"{gave}The {what}, in ascending order: {known}.")
    zeros = "A movie that was not rated has a 0 in its column."
    require(not missing.any(axis=None), f"{gave}{zeros}")
    same_array(
        answer,
        rated.div(np.sqrt(n), axis=0).to_numpy(),
        "a table of users and movies",
        "each row holds 1 / √n",
        {
            "divide each row by √n": (rated, given),
            "each movie has the share 1 / √n, not 1 / n": rated.div(n, axis=0),
            "n is how many movies the user rated": rated / np.sqrt(rated.sum()),
            "user 7 rated movie 50 twice; a set holds it once": (
                given.div(np.sqrt(given.sum(axis=1)), axis=0),
                given.div(np.sqrt(n), axis=0),
            ),
        },
    )


@exercise(
    ZeroDivisionError="of n ratings there are n * (n - 1) ordered pairs",
    ValueError="`np.unique(stars, return_counts=True)` gives values and counts",
)
def check_by_chance(by_chance):
    """`by_chance(stars)`: are two ratings of one user the same, in any order?"""
    for stars in (np.array([5.0, 4.0, 4.0, 3.0, 4.0, 3.0]), np.array([2.5, 3.5])):
        n = len(stars)
        _, counts = np.unique(stars, return_counts=True)
        pairs, same = n * (n - 1), (counts * (counts - 1)).sum()
        close(
            by_chance(stars=stars),
            same / pairs,
            f"{same} of the {pairs} ordered pairs of different ratings are equal",
            {
                "a rating is not paired with itself": ((counts / n) ** 2).sum(),
                "count the pairs above and below the line alike": same / pairs / 2,
                "that is the order in which they came": (np.diff(stars) == 0).mean(),
                "some values are given more often than others": 1 / len(counts),
            },
        )


@exercise(
    KeyError="the rows of `vectors` are labelled by user id; `loc` chooses them",
    AttributeError="`ratings.groupby('userId')['timestamp']` has each user's moments",
)
def check_newcomers(newcomers):
    """`newcomers(ratings, vectors, n)`: the mean row of the last users to come."""
    rows = [(7, 40), (3, 10), (9, 30), (3, 90), (2, 20), (7, 45), (5, 50), (9, 80)]
    ratings = pd.DataFrame(rows, columns=["userId", "timestamp"])
    ratings.index += 100
    numbers = [[1.0, 8.0], [2.0, -3.0], [-4.0, 0.5], [0.3, 5.0], [7.0, 1.2]]
    vectors = pd.DataFrame(numbers, [3, 5, 2, 7, 9], ["a", "b"])
    moments = ratings.groupby("userId")["timestamp"]
    first = moments.min()
    for n in (2, 3):
        newest, last = first.nlargest(n).index, moments.max().nlargest(n).index
        same_array(
            newcomers(ratings=ratings, vectors=vectors, n=n),
            vectors.loc[newest].mean().to_numpy(),
            "one number for each column of `vectors`",
            f"the mean over users {newest.tolist()}, whose first rating is latest",
            {
                "these rated last, but not all came last": vectors.loc[last].mean(),
                "these came first": vectors.loc[first.nsmallest(n).index].mean(),
                "the rows of `vectors` are in no order of time": (
                    vectors.head(n).mean(),
                    vectors.tail(n).mean(),
                ),
                "only the newest n users count": vectors.mean(),
            },
        )
