"""Lesson 07's checks accept right answers of any style and say why one is wrong."""

import numpy as np
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_07 as checks  # noqa: F401


def cosines(vectors, k):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit[k]


def nearest(vectors, k, itself=-np.inf, change=np.asarray):
    found = change(cosines(vectors, k))
    found[k] = itself
    return found.argmax()


def nearest_in_a_loop(vectors, k):
    def cosine(j):
        a, b = vectors[k], vectors[j]
        return a @ b / np.sqrt((a @ a) * (b @ b))

    return max((j for j in range(len(vectors)) if j != k), key=cosine)


def nearest_by_distance(vectors, k):
    return int(np.argsort(np.linalg.norm(vectors - vectors[k], axis=1))[1])


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


def first_row(users, movies, factor):
    users[0] *= factor
    movies[0] /= factor
    return users, movies


def centre(mean, bias, average=np.mean):
    return mean + average(bias), bias - average(bias)


RIGHT = {
    "nearest": [
        nearest,
        nearest_in_a_loop,
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
        "leave the row itself out": lambda v, k: int(cosines(v, k).argmax()),
        "6 points the same way, and a sort may put either": lambda v, k: int(
            np.argsort(-cosines(v, k))[1]
        ),
        "4) gave 4: leave the row itself out: no other cosine is above 0 here, so 0 in "
        "its place": lambda v, k: nearest(v, k, itself=0),
        "1) gave 0; expected 3: the cosines with the other rows are [0.7071, 0.0995": (
            nearest_by_dot
        ),
        "0) gave 6; expected 3: the cosines with the other": nearest_by_distance,
        "row 4 points the other way, its cosine is -0.9998": lambda v, k: nearest(
            v, k, change=np.abs
        ),
        "once row 1 is deleted, the rows behind it have other numbers": lambda v, k: (
            np.delete(cosines(v, k), k).argmax()
        ),
        "an integer; [0.7071, 0.0995,": lambda v, k: np.sort(cosines(v, k))[-2],
        "gave [0.2, 0.1]; expected one row number": lambda v, k: v[nearest(v, k)],
        "4) gave 3; expected 2": lambda v, k: 3,
        "6) gave 0; expected 5": lambda v, k: nearest(v, k) if k < 6 else 0,
        "which axis do the lengths of the rows need? `keepdims=True` helps": (
            lambda v, k: (v / np.linalg.norm(v, axis=1) @ v[k]).argmax()
        ),
    },
    "stretch": {
        "the first column times 4, the others as they were": [
            lambda u, m, f: (u, m),
            lambda u, m, f: (u * f, m / f),
            first_row,
        ],
        "what the users gain, the movies have to lose": [
            lambda u, m, f: (u * [f, 1], m),
            lambda u, m, f: (u * [f, 1], m * [f, 1]),
            lambda u, m, f: (u * [f, 1], m / f),
        ],
        "may be more than two columns": lambda u, m, f: (u * [f, 1], m / [f, 1]),
        "users first, movies second": lambda u, m, f: stretch(u, m, f)[::-1],
        "expected two things: users and movies": lambda u, m, f: stretch(u, m, f)[0],
        "times -0.5": lambda u, m, f: stretch(u, m, 4.0),
        "the tables have different numbers of rows": lambda u, m, f: (u + m, m),
    },
    "centre": {
        "two things: a mean and the biases": lambda mean, bias: bias - bias.mean(),
        "they were [0.5, -0.1, 0.8]; take their mean, 0.4000, from each": [
            lambda mean, bias: (mean, bias),
            lambda mean, bias: centre(mean, bias, np.median),
            lambda mean, b: (centre(mean, b)[0], (b - b.mean()) / b.std()),
        ],
        "the mean did not gain it": lambda mean, bias: (mean, bias - bias.mean()),
        "what the biases lose is added to the mean": lambda mean, bias: (
            (mean - bias.mean(), bias - bias.mean())
        ),
        "add it to the mean": lambda mean, bias: (bias.mean(), bias - bias.mean()),
        "mean first, the biases second": lambda mean, bias: centre(mean, bias)[::-1],
        "mean + bias was [4.0, 3.4, 4.3] and must stay so; the biases lose 0.400": (
            lambda mean, b: (mean + b.sum(), b - b.mean())
        ),
        "take their mean, -0.3125": lambda mean, b: (mean + 0.4, b - 0.4),
        "the new mean is one number, the biases are": lambda mean, bias: mean[0],
    },
}
