"""Lesson 07's exercises, the tables of a fitted model → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    by_label,
    close,
    exercise,
    pair,
    same_array,
    told,
)


@exercise(
    ValueError="which axis do the lengths of the rows need? `keepdims=True` helps"
)
def check_nearest(nearest):
    """`nearest(vectors, k)`: the row nearest to row k by cosine, not k itself."""
    # The last two point the same way: a sort cannot tell which of them is row k.
    rows = [[9, 9], [1, 0], [0.3, -3], [0.2, 0.1], [-5, 0.1], [1, 3], [2, 6]]
    vectors = np.array(rows, dtype=float)
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ vectors.T / np.outer(lengths, lengths)
    for k, expected in [(1, 3), (0, 3), (4, 2), (5, 6), (6, 5)]:
        others = np.delete(cosines[k], k)
        close(
            nearest(vectors=vectors, k=k),
            expected,
            f"of {rows} the cosines with row {k} are {told(others)}, its own left out. "
            "The angle counts, not the length or the distance",
            {
                "leave the row itself out, by its number: another row may point the "
                "same way, and there may be no other cosine above 0": k,
                f"once row {k} is deleted, the rows behind it have other numbers": (
                    others.argmax()
                ),
            },
        )


@exercise(
    ValueError="there may be more than two columns, and the tables have different "
    "numbers of rows",
)
def check_stretch(stretch):
    """`stretch(users, movies, factor)`: other tables, the same dot products."""
    users = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [3.0, 0.0, 1.0]])
    movies = np.array([[2.0, 1.0, 4.0], [-1.0, 4.0, 8.0]])
    new_users, new_movies = pair(
        stretch(users=users, movies=movies, factor=4.0),
        "the users' table and the movies' table",
    )
    scale = np.array([4.0, 1.0, 1.0])
    same_array(
        new_users,
        users * scale,
        "a row for each user",
        "the first column times 4, the others as they were",
    )
    same_array(
        new_movies,
        movies / scale,
        "a row for each movie",
        "what the users gain, the movies have to lose, in the same column",
    )


@exercise()
def check_centre(centre):
    """`centre(mean, user_bias)`: the average user at zero, every sum as it was."""
    mean, bias = 3.5, pd.Series([0.5, -0.1, 0.8], index=[7, 3, 9])
    new_mean, new_bias = pair(
        centre(mean=mean, user_bias=bias), "the mean and the biases"
    )
    same_array(
        by_label(new_bias, bias.index),
        bias.to_numpy() - 0.4,
        "a bias for each user",
        "take their mean, 0.4, from each",
    )
    close(
        new_mean,
        mean + 0.4,
        "mean + bias was 4, 3.4 and 4.3 and must stay so; the biases lose 0.4 each",
        {
            "the biases lost their mean, and the mean did not gain it": mean,
            "what the biases lose is added to the mean": (mean - 0.4, 0.4),
        },
    )
