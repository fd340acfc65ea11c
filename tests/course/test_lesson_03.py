"""Lesson 03's checks accept right answers of any style and say why one is wrong."""

import keras
from keras import layers
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_03 as checks  # noqa: F401
from collab.models import create_bias, dot_product_model, embedding_input


def pair(p, q, bu, bi, u, i):
    return p[u] @ q[i] + bu[u] + bi[i]


def dot_only(names=("user_in", "item_in"), swap=False, dot=None, more=None, sizes=None):
    def build(n_users, n_movies, n_factors):
        rows = sizes(n_users, n_movies) if sizes else (n_users, n_movies)
        pairs = [
            embedding_input(x, n, n_factors) for x, n in zip(names, rows, strict=True)
        ]
        inputs = [inp for inp, _ in (pairs[::-1] if swap else pairs)]
        out = (dot or layers.Dot(axes=1))([vector for _, vector in pairs])
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


def one_table(n_users, n_movies, n_factors):
    user, movie = keras.Input((1,)), keras.Input((1,))
    table = layers.Embedding(n_users + n_movies, n_factors)
    vectors = [layers.Flatten()(table(inp)) for inp in (user, movie)]
    return keras.Model([user, movie], layers.Dot(axes=1)(vectors))


def behind_the_tables(n_users, n_movies, n_factors):
    _, p = embedding_input("user_in", n_users, n_factors)
    _, q = embedding_input("item_in", n_movies, n_factors)
    return keras.Model([p, q], layers.Dot(axes=1)([p, q]))


def with_one_bias(n_users, n_movies, n_factors):
    user, p = embedding_input("user_in", n_users, n_factors)
    movie, q = embedding_input("item_in", n_movies, n_factors)
    dot = layers.Dot(axes=1)([p, q])
    return keras.Model([user, movie], layers.Add()([dot, create_bias(n_users, user)]))


def not_unpacked(n_users, n_movies, n_factors):
    user = embedding_input("user_in", n_users, n_factors)
    movie = embedding_input("item_in", n_movies, n_factors)
    return keras.Model([user, movie], layers.Dot(axes=1)([user, movie]))


def but_for(user, movie):
    """Right, but for one pair."""

    def answer(p, q, bu, bi, u, i):
        return pair(p, q, bu, bi, u, i) + ((u, i) == (user, movie))

    return answer


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
        "movie's bias is missing": lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[u],
        "user's bias is missing": lambda p, q, bu, bi, u, i: p[u] @ q[i] + bi[i],
        "the biases alone": lambda p, q, bu, bi, u, i: bu[u] + bi[i],
        "biases are added": lambda p, q, bu, bi, u, i: p[u] @ q[i] - bu[u] - bi[i],
        "and sum": lambda p, q, bu, bi, u, i: p[u] * q[i] + bu[u] + bi[i],
        "not of whole tables": lambda p, q, bu, bi, u, i: p @ q,
        "have changed places. Expected 0.1: dot product -2, biases": [
            lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[i] + bi[u],
            lambda p, q, bu, bi, u, i: p[i] @ q[u] + bu[u] + bi[i],
            lambda p, q, bu, bi, u, i: pair(p, q, bu, bi, i, u),
        ],
        "`user` is a row of the two users' tables (0 … 2 here)": (
            lambda p, q, bu, bi, u, i: p[i] if i > 2 else pair(p, q, bu, bi, u, i)
        ),
        "added once, not to every factor": lambda p, q, bu, bi, u, i: (
            p[u] * q[i] + bu[u] + bi[i]
        ).sum(),
        "are row numbers; their rows are in the tables": lambda p, q, bu, bi, u, i: (
            u @ i + bu + bi
        ),
        "user=0, movie=1) gave 1.1; expected 0.1: dot product -2": but_for(0, 1),
        "user=1, movie=0) gave 3.8; expected 2.8": but_for(1, 0),
        "user=2, movie=3) gave 11.3; expected 10.3": but_for(2, 3),
        "user=2, movie=1) gave 4.3; expected 3.3": but_for(2, 1),
    },
    "count_weights": {
        "the biases are missing": lambda n, m, k: (n + m) * k,
        "not two biases": lambda n, m, k: (n + m) * k + 2,
        "no mean of its own": lambda n, m, k: (n + m) * (k + 1) + 1,
        "one bias per row, not two": lambda n, m, k: (n + m) * (k + 2),
        "stand beside each other": [
            lambda n, m, k: n * m * k,
            lambda n, m, k: n * m * k + n + m,
        ],
        "movies have biases, too": lambda n, m, k: (n + m) * k + n,
        "users have biases, too": lambda n, m, k: (n + m) * k + m,
        "movies have rows, too": lambda n, m, k: n * (k + 1),
        "users have rows, too": lambda n, m, k: m * (k + 1),
        "the `n_factors` that comes in": lambda n, m, k: (n + m) * 51,
        "expected 496,587": lambda n, m, k: 33,
        "expected 33: 11 rows of factors": lambda n, m, k: 496_587,
        "expected 26": lambda n, m, k: 33 if n == 7 else 496_587,
    },
    "dot_only_model": {
        "has 4 embedding tables; the dot product needs two": dot_product_model,
        "has 3 embedding tables; the dot product needs two": with_one_bias,
        "the first input, 'item_in', looks up a table of 4": dot_only(swap=True),
        "the first input, 'user_in', looks up a table of 4 rows and the second, "
        "'item_in', one of 3; there are 3 users and 4 movies. Either n_users and "
        "n_movies have changed places": dot_only(sizes=lambda n, m: (m, n)),
        "have 3 and 3 rows; expected 3": dot_only(sizes=lambda n, m: (n, n)),
        "have 4 and 5 rows": dot_only(sizes=lambda n, m: (n + 1, m + 1)),
        "have 3 and 4 rows; expected 5": dot_only(sizes=lambda n, m: (3, 4)),
        "have 2 and 2 columns; expected n_factors = 3": lambda n, m, k: dot_only()(
            n, m, 2
        ),
        "has 16 weights; expected (3 + 4)": dot_only(more=layers.Dense(1)),
        "nothing before or after": [
            dot_only(more=layers.Rescaling(1.0, 3.5)),
            dot_only(more=layers.Activation("sigmoid")),
        ],
        "gives cosines": dot_only(dot=layers.Dot(axes=1, normalize=True)),
        "gave predictions of shape (12, 2)": dot_only(dot=layers.Multiply()),
        "expected one number each": dot_only(dot=layers.Concatenate()),
        "`Dot(axes=1)` of two vectors of shape": without_flatten,
        "has 1 embedding tables for its two inputs": one_table,
        "stops with ValueError when": dot_only(dot=layers.Dot(axes=0)),
        "has no embedding table: the model's inputs": behind_the_tables,
        "returns two things, the input and the row": not_unpacked,
        "each input needs a name of its own": dot_only(names=("user_in", "user_in")),
        "expected a keras.Model": lambda n, m, k: dot_only()(n, m, k).output,
        "The model has 0 inputs": lambda n, m, k: keras.Sequential(),
    },
}
