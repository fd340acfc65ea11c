"""Lesson 07's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
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


def centre(mean, bias):
    return mean + bias.mean(), bias - bias.mean()


RIGHT = [
    ("nearest", nearest),
    ("nearest", nearest_in_a_loop),
    ("nearest", lambda v, k: next(j for j in np.argsort(-cosines(v, k)) if j != k)),
    ("stretch", stretch),
    ("stretch", stretch_in_place),
    ("stretch", lambda u, m, f: list(stretch(u, m, f))),
    ("centre", centre),
    ("centre", lambda mean, bias: [mean + np.mean(bias), bias - np.mean(bias)]),
    ("centre", lambda mean, b: (mean + sum(b) / len(b), (b - b.mean()).to_numpy())),
    ("centre", lambda mean, b: centre(mean, b.sort_index())),  # labels say whose
]

WRONG = [
    ("nearest", lambda v, k: k, "leave the row itself out"),
    ("nearest", lambda v, k: int(cosines(v, k).argmax()), "leave the row itself out"),
    (
        "nearest",
        lambda v, k: int(np.argsort(-cosines(v, k))[1]),
        "points the same way, and a sort may put either of the two first",
    ),
    ("nearest", lambda v, k: np.argsort(cosines(v, k))[-2], "points the same way"),
    (
        "nearest",
        lambda v, k: nearest(v, k, itself=0),
        "0 in its place does not leave it",
    ),
    (
        "nearest",
        lambda v, k: nearest(v, k, itself=0),
        "4) gave 4, the row itself: no oth",
    ),
    (
        "nearest",
        nearest_by_dot,
        "1) gave 0; expected 3: the cosines with the other rows",
    ),
    ("nearest", nearest_by_dot, "The angle counts, not the length or the distance"),
    (
        "nearest",
        nearest_by_distance,
        "0) gave 6; expected 3: the cosines with the other",
    ),
    (
        "nearest",
        lambda v, k: nearest(v, k, change=np.abs),
        "row 4 points the other way",
    ),
    (
        "nearest",
        lambda v, k: nearest(v, k, change=np.negative),
        "cosine is -0.9998; the",
    ),
    (
        "nearest",
        lambda v, k: np.delete(cosines(v, k), k).argmax(),
        "once row 1 is deleted, the rows behind it have other numbers",
    ),
    (
        "nearest",
        lambda v, k: np.sort(cosines(v, k))[-2],
        "an integer; [0.7071, 0.0995,",
    ),
    ("nearest", lambda v, k: float(nearest(v, k)), "expected a row number, an integer"),
    (
        "nearest",
        lambda v, k: v[nearest(v, k)],
        "gave [0.2, 0.1]; expected one row number",
    ),
    ("nearest", lambda v, k: np.argsort(-cosines(v, k))[1:2], "gave [3]; expected one"),
    ("nearest", lambda v, k: np.argsort(cosines(v, k)), "expected one row number"),
    ("nearest", lambda v, k: nearest(v, k) - 3, "gave 0; expected 3"),
    ("nearest", lambda v, k: 3, "4) gave 3; expected 2"),
    ("nearest", lambda v, k: {1: 3, 0: 3, 4: 2}.get(k, 0), "2) gave 0; expected 1"),
    (
        "nearest",
        lambda v, k: {1: 3, 0: 3, 4: 2, 2: 1}.get(k, 1),
        "3) gave 1; expected 0",
    ),
    (
        "nearest",
        lambda v, k: (v / np.linalg.norm(v, axis=1) @ v[k]).argmax(),
        "which axis do the lengths of the rows need? `keepdims=True` helps",
    ),
    ("nearest", lambda v, k: nearest(v - v.mean(axis=0), k), "expected"),
    ("stretch", lambda u, m, f: (u, m), "the first column times 4, the others as they"),
    ("stretch", lambda u, m, f: (u * f, m / f), "the first column times 4"),
    ("stretch", lambda u, m, f: (u * f**0.5, m / f**0.5), "the first column times 4"),
    ("stretch", first_row, "the first column times 4"),
    ("stretch", lambda u, m, f: (u * [1, f], m / [1, f]), "the first column times 4"),
    ("stretch", lambda u, m, f: (u * [f, 1], m), "the movies have to lose"),
    ("stretch", lambda u, m, f: (u * [f, 1], m * [f, 1]), "the movies have to lose"),
    ("stretch", lambda u, m, f: (u * [f, 1], m / f), "in the same column"),
    ("stretch", lambda u, m, f: (u * [f, 1], m / [1, f]), "in the same column"),
    ("stretch", lambda u, m, f: (u * [f, 1], m - [f, 0]), "in the same column"),
    (
        "stretch",
        lambda u, m, f: (u * [f, 1], m / [f, 1]),
        "may be more than two columns",
    ),
    ("stretch", lambda u, m, f: stretch(u, m, f)[::-1], "users first, movies second"),
    (
        "stretch",
        lambda u, m, f: stretch(u, m, f)[0],
        "expected two things: users and mo",
    ),
    ("stretch", lambda u, m, f: (stretch(u, m, f)[0],), "two things"),
    ("stretch", lambda u, m, f: np.vstack(stretch(u, m, f)), "two things"),
    ("stretch", lambda u, m, f: stretch(u, m, abs(f)), "times -0.5"),
    ("stretch", lambda u, m, f: stretch(u, m, 4.0), "times -0.5"),
    (
        "stretch",
        lambda u, m, f: (u[:, 0] * f, m[:, 0] / f),
        "users' table, of shape (3, 2)",
    ),
    ("stretch", lambda u, m, f: u[0, 0, 0], "stopped with IndexError"),
    (
        "stretch",
        lambda u, m, f: (u + m, m),
        "the tables have different numbers of rows",
    ),
    (
        "centre",
        lambda mean, bias: bias - bias.mean(),
        "two things: a mean and the biases",
    ),
    ("centre", lambda mean, bias: (mean, bias), "whose mean is 0.400; expected 0"),
    (
        "centre",
        lambda mean, bias: (mean, bias),
        "biases [0.5, -0.1, 0.8] gave the biases",
    ),
    (
        "centre",
        lambda mean, bias: (mean, bias - bias.mean()),
        "the mean did not gain it",
    ),
    (
        "centre",
        lambda mean, bias: (mean - bias.mean(), bias - bias.mean()),
        "what the biases lose is added to the mean",
    ),
    (
        "centre",
        lambda mean, bias: (bias.mean(), bias - bias.mean()),
        "add it to the mean",
    ),
    (
        "centre",
        lambda mean, bias: centre(mean, bias)[::-1],
        "mean first, the biases secon",
    ),
    ("centre", lambda mean, bias: (*centre(mean, bias), 0), "expected two things"),
    (
        "centre",
        lambda mean, bias: (mean + bias.mean(), (bias - bias.mean()) / bias.std()),
        "the differences between users must stay",
    ),
    (
        "centre",
        lambda mean, bias: (mean + bias.mean(), bias * 0),
        "take the same number",
    ),
    (
        "centre",
        lambda mean, bias: (mean + bias.median(), bias - bias.median()),
        "whose mean is -0.100; expected 0",
    ),
    (
        "centre",
        lambda mean, b: (mean + b.sum(), b - b.mean()),
        "the biases lose 0.400 each",
    ),
    (
        "centre",
        lambda mean, b: (mean + 1, b - b.mean()),
        "mean + bias was [4.0, 3.4, 4.3] and must stay so; the biases lose 0.400 each",
    ),
    (
        "centre",
        lambda mean, b: (mean + b.mean(), pd.Series([*b - b.mean()], b.index[::-1])),
        "the differences between users must stay",
    ),
    ("centre", lambda mean, b: (mean + b, b - b.mean()), "expected a single number"),
    (
        "centre",
        lambda mean, b: (mean + 0.4, b - 0.4),
        "whose mean is -0.712; expected 0",
    ),
    ("centre", lambda mean, b: (3.9, b - b.mean()), "gave 3.9; expected 1.6875"),
    (
        "centre",
        lambda mean, b: (mean + b.mean(), b[1:] - b[1:].mean()),
        "It has the shape (2,)",
    ),
    ("centre", lambda mean, b: mean.append(b), "stopped with AttributeError"),
    (
        "centre",
        lambda mean, bias: (round(mean + bias.mean(), 1), bias - bias.mean()),
        "do not round",
    ),
    (
        "centre",
        lambda mean, bias: mean[0],
        "the new mean is one number, the biases are",
    ),
]
