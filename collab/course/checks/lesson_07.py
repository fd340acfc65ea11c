"""Lesson 07's exercises, the tables of a fitted model → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    close,
    exercise,
    number,
    pair,
    require,
    same_array,
    single,
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
        answer = nearest(vectors=vectors, k=k)
        answer = answer._replace(call=f"nearest({vectors.tolist()}, {k})")
        gave = f"{answer.call} gave {told(answer.value)}"
        require(single(answer.value), f"{gave}; expected one row number.")
        number(answer)
        others = np.delete(cosines[k], k)
        require(
            np.asarray(answer.value).dtype.kind in "iu",
            f"{gave}; expected a row number, an integer; {told(others)} are the "
            "cosines.",
        )
        itself = "leave the row itself out"
        if others.max() <= 0:
            itself += ": no other cosine is above 0 here, so 0 in its place does not "
            itself += "do it; -inf does"
        if k >= 5:
            itself += f" by its number: row {11 - k} points the same way, and a sort "
            itself += "may put either of the two first"
        lowest = cosines[k].argmin()
        close(
            answer,
            expected,
            f"the cosines with the other rows are {told(others)}. The angle counts, "
            "not the length or the distance",
            {
                itself: k,
                f"once row {k} is deleted, the rows behind it have other numbers": (
                    others.argmax()
                ),
                f"row {lowest} points the other way, its cosine is "
                f"{others.min():.4f}; the largest is wanted, with its sign": lowest,
            },
        )


@exercise(
    ValueError="there may be more than two columns, and the tables have different "
    "numbers of rows",
)
def check_stretch(stretch):
    """`stretch(users, movies, factor)`: other tables, the same dot products."""
    users = np.array([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])
    movies = np.array([[2.0, 1.0], [-1.0, 4.0]])
    wide = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
    for p, q, factor in [(users, movies, 4.0), (wide, wide[::-1] + 1, -0.5)]:
        answer = stretch(users=p, movies=q, factor=factor)
        new_p, new_q = pair(answer, "users and movies")
        require(
            np.shape(new_p.value) != q.shape or p.shape == q.shape,
            f"{answer.call}: return users first, movies second.",
        )
        scale = np.array([factor] + [1.0] * (p.shape[1] - 1))
        same_array(
            new_p,
            p * scale,
            "the users' table",
            f"the first column times {factor:g}, the others as they were",
        )
        same_array(
            new_q,
            q / scale,
            "the movies' table",
            "what the users gain, the movies have to lose, in the same column",
        )


@exercise(TypeError="the new mean is one number, the biases are a Series")
def check_centre(centre):
    """`centre(mean, user_bias)`: the average user at zero, every sum as it was."""
    for mean, biases in [(3.5, [0.5, -0.1, 0.8]), (2.0, [-1.0, 0.25, 0.0, -0.5])]:
        bias = pd.Series(biases, index=[7, 3, 9, 4][: len(biases)])
        answer = centre(mean=mean, user_bias=bias)
        new_mean, new_bias = pair(answer, "a mean and the biases")
        require(
            single(new_mean.value) or not single(new_bias.value),
            f"{answer.call}: return the mean first, the biases second.",
        )
        if (
            isinstance(new_bias.value, pd.Series)
            and bias.index.isin(new_bias.value.index).all()
        ):  # in any order: users are told by their labels
            new_bias = new_bias._replace(value=new_bias.value[bias.index])
        average = np.mean(biases)
        same_array(
            new_bias,
            np.array(biases) - average,
            "a bias for each user",
            f"they were {biases}; take their mean, {average:.4f}, from each",
        )
        close(
            new_mean,
            mean + average,
            f"mean + bias was {told(mean + bias.to_numpy())} and must stay so; the "
            f"biases lose {average:.3f} each",
            {
                "the biases lost their mean, and the mean did not gain it": mean,
                "what the biases lose is added to the mean": mean - average,
                "that is what the biases lose; add it to the mean": average,
            },
        )
