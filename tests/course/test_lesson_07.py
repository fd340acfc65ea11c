"""Lesson 07's checks accept right answers of any style and say why one is wrong."""

import numpy as np
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_07 as checks  # noqa: F401


def cosines(vectors, k):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit[k]


def nearest(vectors, k, itself=-np.inf):
    found = cosines(vectors, k)
    found[k] = itself
    return found.argmax()


def nearest_by_dot(vectors, k):
    dots = vectors @ vectors[k]
    dots[k] = -np.inf
    return dots.argmax()


def stretch(users, movies, factor):
    scale = np.array([factor, *[1.0] * (users.shape[1] - 1)])
    return users * scale, movies / scale


def stretch_in_place(users, movies, factor):
    users[:, 0] *= factor
    movies[:, 0] /= factor
    return users, movies


def centre(mean, bias, average=np.mean):
    return mean + average(bias), bias - average(bias)


RIGHT = {
    "nearest": [
        nearest,
        lambda v, k: next(j for j in np.argsort(-cosines(v, k)) if j != k),
    ],
    "stretch": [
        stretch,
        stretch_in_place,
        lambda u, m, f: list(stretch(u, m, f)),
    ],
    "centre": [
        centre,
        lambda mean, bias: [mean + np.mean(bias), bias - np.mean(bias)],
        lambda mean, b: (mean + sum(b) / len(b), (b - b.mean()).to_numpy()),
        lambda mean, b: centre(mean, b.sort_index()),  # labels say whose
    ],
}

WRONG = {
    "nearest": {
        "leave the row itself out, by its number: another row may point the same way, "
        "and there may be no other cosine above 0. Expected": [
            lambda v, k: int(cosines(v, k).argmax()),
            lambda v, k: int(np.argsort(-cosines(v, k), kind="stable")[1]),
            lambda v, k: nearest(v, k, itself=0),
        ],
        "1) gave 0; expected 3: of [[9, 9], [1, 0], [0.3, -3], [0.2, 0.1], [-5, 0.1], "
        "[1, 3], [2, 6]] the cosines with row 1 are [0.7071, 0.0995": nearest_by_dot,
        "once row 1 is deleted, the rows behind it have other numbers": lambda v, k: (
            np.delete(cosines(v, k), k).argmax()
        ),
        "its own left out. The angle counts": lambda v, k: np.sort(cosines(v, k))[-2],
        "expected a single number: of": lambda v, k: v[nearest(v, k)],
        "4) gave 3; expected 2": lambda v, k: 3 if k == 4 else nearest(v, k),
        "which axis do the lengths of the rows need? `keepdims=True` helps": (
            lambda v, k: (v / np.linalg.norm(v, axis=1) @ v[k]).argmax()
        ),
    },
    "stretch": {
        "For the users' table, stretch(": lambda u, m, f: (u, m),
        "the first column times 4, the others as they were": (
            lambda u, m, f: (u * f, m / f)
        ),
        "For the movies' table, stretch(": lambda u, m, f: (stretch(u, m, f)[0], m),
        "what the users gain, the movies have to lose, in the same column": (
            lambda u, m, f: (stretch(u, m, f)[0], m / f)
        ),
        "may be more than two columns": lambda u, m, f: (u * [f, 1], m / [f, 1]),
        "expected a row for each user": lambda u, m, f: stretch(u, m, f)[::-1],
        "expected two things: the users' table and": lambda u, m, f: u * f,
    },
    "centre": {
        "Expected two things: the mean and the biases": lambda mean, b: b - b.mean(),
        "take their mean, 0.4, from each": [
            lambda mean, bias: (mean, bias),
            lambda mean, bias: centre(mean, bias, np.median),
        ],
        "the mean did not gain it": lambda mean, bias: (mean, bias - bias.mean()),
        "what the biases lose is added to the mean": [
            lambda mean, bias: (mean - bias.mean(), bias - bias.mean()),
            lambda mean, bias: (bias.mean(), bias - bias.mean()),
        ],
        "expected a bias for each user": lambda *given: centre(*given)[::-1],
        "gave 4.7; expected 3.9: mean + bias was 4, 3.4 and 4.3 and": lambda mean, b: (
            (mean + b.sum(), b - b.mean())
        ),
    },
}
