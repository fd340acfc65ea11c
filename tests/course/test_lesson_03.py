"""Lesson 03's checks accept right answers of any style and say why one is wrong."""

import keras
from keras import layers
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_03 as checks  # noqa: F401
from collab.models import dot_product_model, embedding_input


def pair(p, q, bu, bi, u, i):
    return p[u] @ q[i] + bu[u] + bi[i]


def dot_only(names=("user_in", "item_in"), swap=False, dot=None, more=None):
    def build(n_users, n_movies, n_factors):
        user, p = embedding_input(names[0], n_users, n_factors)
        movie, q = embedding_input(names[1], n_movies, n_factors)
        out = (dot or layers.Dot(axes=1))([p, q])
        inputs = [movie, user] if swap else [user, movie]
        return keras.Model(inputs, more(out) if more else out)

    return build


def by_multiplying(n_users, n_movies, n_factors):
    user, movie = keras.Input((1,), dtype="int64"), keras.Input((1,), dtype="int64")
    p = layers.Flatten()(layers.Embedding(n_users, n_factors)(user))
    q = layers.Flatten()(layers.Embedding(n_movies, n_factors)(movie))
    product = layers.Multiply()([p, q])
    return keras.Model([user, movie], keras.ops.sum(product, axis=1, keepdims=True))


def without_flatten(n_users, n_movies, n_factors, axes=1):
    user, movie = keras.Input((1,), dtype="int64"), keras.Input((1,), dtype="int64")
    p = layers.Embedding(n_users, n_factors)(user)
    q = layers.Embedding(n_movies, n_factors)(movie)
    return keras.Model([user, movie], layers.Dot(axes=axes)([p, q]))


def behind_the_tables(n_users, n_movies, n_factors):
    _, p = embedding_input("user_in", n_users, n_factors)
    _, q = embedding_input("item_in", n_movies, n_factors)
    return keras.Model([p, q], layers.Dot(axes=1)([p, q]))


def not_unpacked(n_users, n_movies, n_factors):
    user = embedding_input("user_in", n_users, n_factors)
    movie = embedding_input("item_in", n_movies, n_factors)
    return keras.Model([user, movie], layers.Dot(axes=1)([user, movie]))


RIGHT = {
    "predict_pair": [
        pair,
        lambda p, q, bu, bi, u, i: (p[u] * q[i]).sum() + bu[u] + bi[i],
        lambda p, q, bu, bi, u, i: (p @ q.T + bu[:, None] + bi[None, :])[u, i],
    ],
    "count_weights": [
        lambda n, m, k: (n + m) * (k + 1),
        lambda n, m, k: dot_product_model(n, m, k).count_params(),
    ],
    "dot_only_model": [
        dot_only(),
        dot_only(names=("a", "b"), dot=layers.Dot(axes=-1)),
        by_multiplying,
        lambda n, m, k: without_flatten(n, m, k, axes=2),
    ],
}

WRONG = {
    "predict_pair": {
        "without the biases": lambda p, q, bu, bi, u, i: p[u] @ q[i],
        "a bias is missing": [
            lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[u],
            lambda p, q, bu, bi, u, i: p[u] @ q[i] + bi[i],
        ],
        "expected 0.1: dot product -2, biases 0.1 and 2": (
            lambda p, q, bu, bi, u, i: bu[u] + bi[i]
        ),
        "expected 10.3: dot product 6": lambda p, q, bu, bi, u, i: pair(
            p, q, bu, bi, 0, 1
        ),
        "expected a single number: dot": lambda p, q, bu, bi, u, i: (
            p[u] * q[i] + bu[u] + bi[i]
        ),
        "not of whole tables": lambda p, q, bu, bi, u, i: p @ q,
        "`user` is a row of the two users' tables (0 … 2 here)": (
            lambda p, q, bu, bi, u, i: p[i] if i > 2 else pair(p, q, bu, bi, u, i)
        ),
        "added once, not to every factor": lambda p, q, bu, bi, u, i: (
            p[u] * q[i] + bu[u] + bi[i]
        ).sum(),
    },
    "count_weights": {
        "the biases are missing": lambda n, m, k: (n + m) * k,
        "each user and each movie has a bias": [
            lambda n, m, k: (n + m) * k + 2,
            lambda n, m, k: (n + m) * k + n,
            lambda n, m, k: (n + m) * k + m,
        ],
        "a row of factors, not each pair": [
            lambda n, m, k: n * m * k,
            lambda n, m, k: n * m * k + n + m,
        ],
        "the `n_factors` that comes in": lambda n, m, k: (n + m) * 51,
        "expected 33: 11 rows of factors": lambda n, m, k: (n + m) * (k + 2),
    },
    "dot_only_model": {
        "look up 4 embedding tables; expected two": dot_product_model,
        "look up 0 embedding tables": behind_the_tables,
        "the first input, 'item_in', looks up a table of the shape (4, 2), the second, "
        "'user_in', of the shape (3, 2)": dot_only(swap=True),
        "expected n_users × n_factors and": lambda n, m, k: dot_only()(n, m, 50),
        "dot product of the two rows alone": dot_only(more=layers.Rescaling(1.0, 3.5)),
        "For each pair, the model of dot_only_model(3, 4, 2) gave an": without_flatten,
        "expected one number for each pair": dot_only(dot=layers.Multiply()),
        "returns two things, the input and the row": not_unpacked,
        "each input needs a name of its own": dot_only(names=("user_in", "user_in")),
        "expected a keras.Model": lambda n, m, k: dot_only()(n, m, k).output,
        "The model has 0 inputs": lambda n, m, k: keras.Sequential(),
    },
}
