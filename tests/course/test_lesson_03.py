"""Lesson 03's checks accept right answers of any style and say why one is wrong."""

import keras
import numpy as np
from keras import layers
from verdicts import *  # noqa: F403 (tests)
from verdicts import verdict

from collab.course.checks import lesson_03 as checks
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


def one_input(n_users, n_movies, n_factors):
    inp = keras.Input((2,))
    both = layers.Embedding(n_users + n_movies, n_factors)(inp)
    return keras.Model(inp, layers.Flatten()(both))


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


RIGHT = [
    ("predict_pair", pair),
    ("predict_pair", lambda p, q, bu, bi, u, i: (p[u] * q[i]).sum() + bu[u] + bi[i]),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: (p @ q.T + bu[:, None] + bi[None, :])[u, i],
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: sum(
            [a * b for a, b in zip(p[u], q[i], strict=True)], bu[u] + bi[i]
        ),
    ),
    ("count_weights", lambda n, m, k: (n + m) * (k + 1)),
    ("count_weights", lambda n, m, k: n * k + m * k + n + m),
    ("count_weights", lambda n, m, k: dot_product_model(n, m, k).count_params()),
    ("dot_only_model", dot_only()),
    ("dot_only_model", dot_only(names=("a", "b"), dot=layers.Dot(axes=-1))),
    ("dot_only_model", by_multiplying),
    ("dot_only_model", lambda n, m, k: without_flatten(n, m, k, axes=2)),
]

WRONG = [
    ("predict_pair", lambda p, q, bu, bi, u, i: p[u] @ q[i], "without the biases"),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[u],
        "movie's bias is mi",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[u] @ q[i] + bi[i],
        "user's bias is mis",
    ),
    ("predict_pair", lambda p, q, bu, bi, u, i: bu[u] + bi[i], "the biases alone"),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[u] @ q[i] - bu[u] - bi[i],
        "are added",
    ),
    ("predict_pair", lambda p, q, bu, bi, u, i: p[u] * q[i] + bu[u] + bi[i], "and sum"),
    ("predict_pair", lambda p, q, bu, bi, u, i: p @ q.T, "gave [[0.0, -2.0,"),
    ("predict_pair", lambda p, q, bu, bi, u, i: p @ q, "not of whole tables"),
    ("predict_pair", lambda p, q, bu, bi, u, i: pair(p, q, bu, bi, i, u), "changed pl"),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[i] + bi[u],
        "`user` and `movie` have changed places: dot product -2",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[i] @ q[u] + bu[u] + bi[i],
        "`user` and `movie` have changed places: dot product -2",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: (p[u] * q[i] + bu[u] + bi[i]).sum(),
        "added once, not to every factor",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: u @ i + bu + bi,
        "are row numbers; their rows are in the tables",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: pair(p, q, bu, bi, i, u) if u < 2 else q[9],
        "have changed places",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[i] @ q[u] if i > 2 else p[u] @ q[i],
        "b",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: p[u - 1] @ q[i - 1] + bu[u - 1] + bi[i - 1],
        "gave 3.8; expected 0.1: dot product -2, biases 0.1 and 2.",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: pair(p, q, bu, bi, u, i) + 3.5,
        "expect",
    ),
    ("predict_pair", lambda *args: pair(*args[:4], 0, 1), "user=1, movie=0) gave"),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: pair(p, q, bu, bi, u, i) if u < 2 else 9.0,
        "user=2, movie=3) gave 9; expected 10.3",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: (
            pair(p, q, bu, bi, u, i) if (u, i) != (2, 1) else 5.9
        ),
        "user=2, movie=1) gave 5.9; expected 3.3",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: np.clip(pair(p, q, bu, bi, u, i), 0.5, 5),
        "e",
    ),
    (
        "predict_pair",
        lambda p, q, bu, bi, u, i: [pair(p, q, bu, bi, u, i)],
        "a single num",
    ),
    (
        "predict_pair",
        lambda u, i: 0,
        "It is called as predict_pair(user_table, movie_table, ",
    ),
    ("count_weights", lambda n, m, k: (n + m) * k, "the biases are missing"),
    ("count_weights", lambda n, m, k: (n + m) * k + 2, "not two biases"),
    ("count_weights", lambda n, m, k: (n + m) * k + 1, "there is more than one bias"),
    ("count_weights", lambda n, m, k: (n + m) * (k + 1) + 1, "no mean of its own"),
    ("count_weights", lambda n, m, k: (n + m) * (k + 2), "one bias per row, not two"),
    ("count_weights", lambda n, m, k: n * m * k, "stand beside each other"),
    ("count_weights", lambda n, m, k: (n + m) * k + n, "movies have biases, too"),
    (
        "count_weights",
        lambda n, m, k: (n + m) * k + (m if n < m else n + m),
        "users have biases, too: 9,737 rows",
    ),
    ("count_weights", lambda n, m, k: n * m * k + n + m, "stand beside each other"),
    ("count_weights", lambda n, m, k: n * (k + 1), "movies have rows, too"),
    ("count_weights", lambda n, m, k: m * (k + 1), "users have rows, too"),
    ("count_weights", lambda n, m, k: (n + m) * 51, "the `n_factors` that comes in"),
    ("count_weights", lambda n, m, k: 33, "expected 496,587"),
    ("count_weights", lambda n, m, k: 496_587, "expected 33: 11 rows of factors"),
    ("count_weights", lambda n, m, k: 33 if n == 7 else 496_587, "expected 26"),
    ("count_weights", lambda n, m, k: n * k * 2 + 2 * m, "gave 36; expected 33"),
    ("count_weights", lambda n, m, k: n * m, "gave 28; expected 33"),
    ("count_weights", lambda n, m, k: [n * k, m * k, n, m], "a single number"),
    ("count_weights", lambda n, m, k: dot_product_model(n, m), "a single number"),
    ("dot_only_model", dot_product_model, "leave the biases out"),
    ("dot_only_model", dot_only(swap=True), "not in the order [user, movie]"),
    (
        "dot_only_model",
        dot_only(swap=True),
        "the first input, 'item_in', looks up a ta",
    ),
    ("dot_only_model", dot_only(sizes=lambda n, m: (m, n)), "have changed places"),
    (
        "dot_only_model",
        dot_only(sizes=lambda n, m: (m, n)),
        "first input, 'user_in', l",
    ),
    (
        "dot_only_model",
        dot_only(sizes=lambda n, m: (n, n)),
        "have 3 and 3 rows; expected 3",
    ),
    (
        "dot_only_model",
        dot_only(sizes=lambda n, m: (n + 1, m + 1)),
        "have 4 and 5 rows",
    ),
    (
        "dot_only_model",
        dot_only(sizes=lambda n, m: (3, 4)),
        "have 3 and 4 rows; expected 5",
    ),
    (
        "dot_only_model",
        lambda n, m, k: dot_only()(n, m, 2),
        "have 2 and 2 columns; expected n_factors = 3",
    ),
    (
        "dot_only_model",
        dot_only(more=layers.Dense(1)),
        "has 16 weights; expected (3 + 4)",
    ),
    ("dot_only_model", dot_only(more=layers.Rescaling(5.0)), "nothing before or after"),
    ("dot_only_model", dot_only(more=layers.Rescaling(1.0, 3.5)), "nothing before or"),
    (
        "dot_only_model",
        dot_only(more=layers.Activation("sigmoid")),
        "differ from the dot",
    ),
    (
        "dot_only_model",
        dot_only(dot=layers.Dot(axes=1, normalize=True)),
        "gives cosines",
    ),
    (
        "dot_only_model",
        dot_only(dot=layers.Multiply()),
        "gave predictions of shape (12, 2)",
    ),
    ("dot_only_model", dot_only(dot=layers.Add()), "of shape (12, 2)"),
    (
        "dot_only_model",
        dot_only(
            dot=layers.Add(), more=lambda x: keras.ops.sum(x, axis=1, keepdims=True)
        ),
        "nothing before or after",
    ),
    ("dot_only_model", dot_only(dot=layers.Concatenate()), "expected one number each"),
    ("dot_only_model", without_flatten, "`Dot(axes=1)` of two vectors of shape"),
    ("dot_only_model", one_table, "has 1 embedding tables for its two inputs"),
    ("dot_only_model", one_input, "The model has 1 inputs; expected two"),
    ("dot_only_model", dot_only(dot=layers.Dot(axes=0)), "stops with ValueError when"),
    ("dot_only_model", behind_the_tables, "has no embedding table: the model's inputs"),
    ("dot_only_model", with_one_bias, "has 3 embedding tables; the dot product needs"),
    ("dot_only_model", not_unpacked, "returns two things, the input and the row"),
    (
        "dot_only_model",
        dot_only(names=("user_in", "user_in")),
        "each input needs a name of its own",
    ),
    ("dot_only_model", lambda n, m, k: 14, "gave 14 (int); expected a keras.Model"),
    (
        "dot_only_model",
        lambda n, m, k: dot_only()(n, m, k).output,
        "expected a keras.Mo",
    ),
    (
        "dot_only_model",
        lambda n, m, k: dot_only()(n, m, k).layers,
        "expected a keras.Mo",
    ),
    (
        "dot_only_model",
        lambda n, m, k: layers.Dot(axes=1)([keras.Input((2,)), keras.Input((3,))]),
        "returns an input, and a vector of shape",
    ),
    ("dot_only_model", lambda n, m, k: keras.Sequential(), "The model has 0 inputs"),
    ("dot_only_model", lambda n, m, k: keras.Model(), "The model has 0 inputs"),
]


def test_swapped_rows_of_a_table_are_explained():
    """Where they do not exist in the other table."""
    said = verdict(
        checks.check_predict_pair,
        lambda p, q, bu, bi, u, i: pair(p, q, bu, bi, u, i) if i < 3 else p[i] @ q[u],
    )
    assert "stopped with IndexError" in said
    assert "Hint: `user` is a row of the two users' tables (0 … 2 here)" in said
