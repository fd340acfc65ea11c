"""Lesson 07's exercises, the tables of a fitted model → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    array,
    close,
    exercise,
    number,
    pair,
    require,
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
    for k, expected in [(1, 3), (0, 3), (4, 2), (2, 1), (3, 0), (5, 6), (6, 5)]:
        answer = nearest(vectors=vectors, k=k)
        call = f"nearest({vectors.tolist()}, {k})"
        gave = f"{call} gave {told(answer.value)}"
        require(
            single(answer.value),
            f"{gave}; expected one row number.",
        )
        row = number(answer)
        others = told(np.delete(cosines[k], k))
        require(
            np.asarray(answer.value).dtype.kind in "iu",
            f"{gave}; expected a row number, an integer; {others} are the cosines.",
        )
        require(
            row != k or np.delete(cosines[k], k).max() > 0,
            f"{gave}, the row itself: no other cosine is above 0 here, so 0 in its "
            "place does not leave it out; -inf does.",
        )
        require(
            row != k or k < 5,
            f"{gave}, the row itself: row {11 - k} points the same way, and a sort may "
            "put either of the two first. Leave the row out by its number.",
        )
        require(row != k, f"{gave}: leave the row itself out.")
        rest = np.delete(np.arange(len(vectors)), k)
        at = int(np.flatnonzero(rest == expected)[0])
        require(
            not (row == at != expected),
            f"{gave}; expected {expected}: once row {k} is deleted, the rows behind it "
            "have other numbers.",
        )
        require(
            row == expected or row != cosines[k].argmin(),
            f"{gave}; expected {expected}: row {row:g} points the other way, its "
            f"cosine is {cosines[k].min():.4f}; the largest is wanted, with its sign.",
        )
        require(
            row == expected,
            f"{gave}; expected {expected}: the cosines with the other rows are "
            f"{others}. The angle counts, not the length or the distance.",
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
            np.shape(new_p.value) != q.shape
            or np.shape(new_q.value) != p.shape
            or p.shape == q.shape,
            f"{answer.call}: return users first, movies second.",
        )
        new_p = array(new_p, p.shape, "the users' table")
        new_q = array(new_q, q.shape, "the movies' table")
        expected = p.copy()
        expected[:, 0] *= factor
        require(
            np.allclose(new_p, expected),
            f"users {p.tolist()} became {told(new_p)}; expected {expected.tolist()}: "
            f"the first column times {factor:g}, the others as they were.",
        )
        dots, before = new_p @ new_q.T, p @ q.T
        require(
            np.allclose(dots, before),
            f"movies {q.tolist()} became {told(new_q)}; the dot products were "
            f"{told(before)} and are now {told(dots)}: what the users gain, the movies "
            "have to lose, in the same column.",
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
        after = array(new_bias, (len(bias),), "a bias for each user")
        average = np.mean(biases)
        gave = f"{answer.call} for the biases {biases} gave the biases {told(after)}"
        require(
            abs(after.mean()) < 1e-9,
            f"{gave}, whose mean is {after.mean():.3f}; expected 0.",
        )
        require(
            np.allclose(after - after[0], np.subtract(biases, biases[0])),
            f"{gave}: the differences between users must stay; take the same number "
            "from each.",
        )
        close(
            new_mean,
            mean + average,
            f"mean + bias was {told(mean + bias.to_numpy())} and must stay so; the "
            f"biases lose {average:.3f} each",
            [
                (mean, "the biases lost their mean, and the mean did not gain it"),
                (mean - average, "what the biases lose is added to the mean"),
                (average, "that is what the biases lose; add it to the mean"),
            ],
        )
