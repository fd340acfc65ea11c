"""Lesson 11's exercises, what else a table knows → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import array, close, exercise, require, then, told


@exercise(
    KeyError="a row for each user, a column for each movie: `pd.crosstab` makes both",
    TypeError="`sum(axis=1)` of the table is how many movies each user rated",
)
def check_set_columns(set_columns):
    """`set_columns(ratings)`: 1 / √n for each of the n movies that a user rated."""
    pairs = [(7, 50), (3, 20), (7, 20), (7, 90), (3, 50), (2, 20), (7, 50), (7, 10)]
    table = pd.DataFrame(pairs, columns=["userId", "movieId"])
    table["rating"] = [4.5, 2.0, 4.0, 3.5, 3.0, 3.0, 4.0, 1.0]
    for ratings in (table, table[1:6]):
        given = pd.crosstab(ratings["userId"], ratings["movieId"])
        rated = given.clip(upper=1)
        n = rated.sum(axis=1)
        expected = rated.div(np.sqrt(n), axis=0)
        answer = set_columns(ratings=ratings)
        call, value = answer
        require(
            isinstance(value, pd.DataFrame),
            f"{call} gave {told(value)}; expected a DataFrame.",
        )
        gave = f"{call} gave {told(value)}"
        require(
            value.empty or not value.isna().all(axis=None),
            f"{gave}Without `axis=0`, pandas looks for the users of √n among the "
            "columns and finds none: write `div(…, axis=0)`.",
        )
        for labels, known, what in [
            (value.index, expected.index, "The rows are the users"),
            (value.columns, expected.columns, "The columns are the movies"),
        ]:
            require(
                labels.tolist() == known.tolist(),
                f"{gave}{what}, in ascending order: {known.tolist()}.",
            )
        zero = "a movie that was not rated has a 0 in its column"
        shares = array(answer, expected.shape, "a table of users and movies", zero)
        again = given.div(np.sqrt(given.sum(axis=1)), axis=0)
        for wrong, reason in [
            (rated, "Divide each row by √n"),
            (given, "Divide each row by √n"),
            (rated.div(n, axis=0), "Each movie has the share 1 / √n, not 1 / n"),
            (rated / np.sqrt(rated.sum()), "n is how many movies the user rated"),
            (again, "User 7 rated movie 50 twice; a set holds it once"),
            (given.div(np.sqrt(n), axis=0), "A movie that is rated twice counts once"),
            (expected.round(2), "Do not round"),
        ]:
            same = np.allclose(shares, wrong) and not np.allclose(wrong, expected)
            require(not same, f"{gave}{reason}.")
        require(
            np.allclose(shares, expected, rtol=1e-6),
            f"{gave}expected {told(expected)}Each row holds 1 / √n.",
        )


@exercise(
    ZeroDivisionError="of n ratings there are n * (n - 1) ordered pairs",
    ValueError="`np.unique(stars, return_counts=True)` gives values and counts",
)
def check_by_chance(by_chance):
    """`by_chance(stars)`: are two ratings of one user the same, in any order?"""
    for stars in [
        np.array([5.0, 4.0, 4.0, 3.0, 4.0, 3.0]),
        np.array([0.5, 5.0, 0.5, 5.0, 5.0]),
        np.array([3.0, 3.0, 3.0]),
        np.array([2.5, 3.5]),
    ]:
        n = len(stars)
        _, counts = np.unique(stars, return_counts=True)
        pairs, same = n * (n - 1), (counts * (counts - 1)).sum()
        in_order = (np.diff(stars) == 0).mean()
        close(
            by_chance(stars=stars),
            same / pairs,
            f"{same} of the {pairs} ordered pairs of different ratings are equal",
            {
                "a rating must not be paired with itself: draw two different ones": (
                    ((counts / n) ** 2).sum()
                ),
                "a chance is asked for, not a number of pairs": (
                    same,
                    same / 2,
                ),
                "that is the chance that they differ": 1 - same / pairs,
                "count the pairs above and below the line alike": (
                    same / pairs / 2,
                    2 * same / pairs,
                ),
                "that is the order in which they came, not chance": in_order,
                "some values are given more often than others": 1 / len(counts),
                "any of the values may be the one they share": counts.max() / n,
                "a share from 0 to 1, not per cent": 100 * same / pairs,
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
    first = ratings.groupby("userId")["timestamp"].min()
    last = ratings.groupby("userId")["timestamp"].max()
    for n in (2, 3, 1):
        chosen = vectors.loc[first.nlargest(n).index]
        answer = newcomers(ratings=ratings, vectors=vectors, n=n)
        what = "one number for each column of `vectors`"
        mean = array(answer, (2,), what)
        gave = f"{answer.call} gave {told(answer.value)}"
        for wrong, reason in [
            (
                vectors.loc[last.nlargest(n).index],
                "these rated last, but not all came last",
            ),
            (vectors.loc[first.nsmallest(n).index], "these came first"),
            (vectors.head(n), "the rows of `vectors` are in no order of time"),
            (vectors.tail(n), "the rows of `vectors` are in no order of time"),
            (vectors.iloc[first.argsort()[::-1][:n]], "`loc` chooses by id"),
            (vectors, "only the newest n users count"),
        ]:
            same = np.allclose(mean, wrong.mean())
            require(
                not same or np.allclose(wrong.mean(), chosen.mean()),
                then(gave, f"{reason}."),
            )
        require(
            n == 1 or not np.allclose(mean, chosen.sum()),
            then(gave, "this is their sum, not their mean."),
        )
        require(
            np.allclose(mean, chosen.mean(), rtol=1e-6),
            then(
                gave, f"expected {told(chosen.mean().to_numpy())}: the mean over users "
            )
            + f"{chosen.index.tolist()}, whose first rating is latest.",
        )
