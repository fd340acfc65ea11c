"""Numbers of users and items → a Keras model of their ratings.

>>> from collab.models import dot_product_model
>>> model = dot_product_model(n_users=4, n_items=5, n_factors=2, seed=1)
>>> [inp.name for inp in model.inputs], model.count_params()
(['user_in', 'item_in'], 27)

Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems"
(Computer, 2009), equation 4 without its global mean: a rating is the dot product of
two vectors of factors, plus a bias for the user and one for the item.
"""

# The web edition, where Keras is a stand-in, could not read `str | Initializer`.
from __future__ import annotations

import keras
import numpy as np
from keras import layers

from collab.checks import check_numbers, check_positive, check_whole


def embedding_input(
    name: str,
    n_in: int,
    n_out: int,
    reg: float = 1e-4,
    initializer: str | keras.initializers.Initializer = "uniform",
    row_reg: float = 0.0,
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """An input for row numbers, and the table row that each one looks up.

    Args:
        name: the input's name; the layers are named after it.
        n_in: rows of the table (how many users or items), at least 1.
        n_out: columns of the table (how many factors), at least 1.
        reg: λ of the L2 penalty `λ · Σ w²` over the whole table, at least 0.
        initializer: a Keras initializer or its name. Keras's "uniform" is
            U(-0.05, 0.05); TensorFlow 1.x's was U(0, 1).
        row_reg: λ of the L2 penalty on the rows of a batch, `λ · mean of Σ w²` over
            its ratings, at least 0. A row that is rated often is shrunk often, as in
            ALS-WR (Zhou et al., 2008, equation 3).

    Returns:
        `(inp, vector)`, two Keras tensors: int64 (batch, 1), float32 (batch, n_out).
    """
    inp = keras.Input(shape=(1,), dtype="int64", name=name)
    n_out = check_whole(n_out, f"{name}: n_out")
    return inp, _row_of(inp, "_table", "_row", n_in, n_out, initializer, reg, row_reg)


def create_bias(
    n_in: int,
    inp: keras.KerasTensor,
    initializer: str | keras.initializers.Initializer = "uniform",
    row_reg: float = 0.0,
) -> keras.KerasTensor:
    """One number per row, float32 (batch, 1): a table with a single column.

    `inp` is the input that `embedding_input` returned; the others are as there.
    """
    if not keras.backend.is_keras_tensor(inp):
        raise ValueError(f"inp must be a Keras input, not {inp!r:.60}")
    return _row_of(inp, "_bias_table", "_bias", n_in, 1, initializer, 0, row_reg)


def _row_of(inp, table, row, n_in, n_out, initializer, reg, row_reg):
    """The rows of a new table that an input asks for, float32 (batch, n_out)."""
    check_positive(reg, f"{inp.name}: reg", or_zero=True)
    check_positive(row_reg, f"{inp.name}: row_reg", or_zero=True)
    emb = layers.Embedding(
        check_whole(n_in, f"{inp.name}: n_in"),
        n_out,
        embeddings_initializer=initializer,
        embeddings_regularizer=keras.regularizers.L2(reg) if reg else None,
        # Keras divides an activity penalty by the size of the batch.
        activity_regularizer=keras.regularizers.L2(row_reg) if row_reg else None,
        name=inp.name + table,
    )(inp)  # (batch, 1, n_out)
    return layers.Flatten(name=inp.name + row)(emb)


def dot_product_model(
    n_users: int,
    n_items: int,
    n_factors: int = 50,
    *,
    reg: float = 1e-4,
    initializer: str | keras.initializers.Initializer = "uniform",
    seed: int | None = None,
    row_reg: float = 0.0,
    bias_reg: float = 0.0,
    bias_initializer: str | keras.initializers.Initializer | None = None,
    mean: float | None = None,
) -> keras.Model:
    """user vector · item vector + user bias + item bias (+ mean).

    The defaults are the notebook of 2017 on today's Keras (lesson 04); the last four
    arguments make a far better model of it (lesson 06).

    Args:
        n_users, n_items: rows of the two tables, at least 1.
        n_factors: columns of both, at least 1.
        reg: λ of the L2 penalty on each table of factors; biases have none.
        initializer: a Keras initializer or its name, for all four tables. Each table
            draws numbers of its own from it.
        seed: an integer makes the initial tables reproducible; None takes Keras's
            global seed.
        row_reg, bias_reg: λ of the penalty on the rows of a batch, of the factors and
            of the biases; at least 0. See `embedding_input`.
        bias_initializer: another one for the two tables of biases. With "zeros", a
            user or an item without training ratings counts as average.
        mean: a number that is added to every prediction, in units of the rating, so
            that the tables only have to learn what differs from it. None adds nothing.

    Returns:
        An uncompiled `keras.Model`: inputs "user_in" and "item_in", row numbers of
        shape (batch,) or (batch, 1); output float32 (batch, 1), in units of the rating.
        It has `(n_users + n_items) * (n_factors + 1)` weights.
    """
    n_users, n_items = check_whole(n_users, "n_users"), check_whole(n_items, "n_items")
    n_factors = check_whole(n_factors, "n_factors")
    check_positive(bias_reg, "bias_reg", or_zero=True)
    draw = _draws(initializer, seed)
    if bias_initializer is not None:
        draw[2:] = _draws(bias_initializer, seed)[2:]

    user, p = embedding_input("user_in", n_users, n_factors, reg, draw[0], row_reg)
    item, q = embedding_input("item_in", n_items, n_factors, reg, draw[1], row_reg)
    user_bias = create_bias(n_users, user, draw[2], bias_reg)
    item_bias = create_bias(n_items, item, draw[3], bias_reg)

    x = layers.Dot(axes=1, name="dot")([p, q])
    x = layers.Add(name="add_user_bias")([x, user_bias])
    x = layers.Add(name="add_item_bias")([x, item_bias])
    if mean is not None:
        mean = float(check_numbers([mean], "mean")[0])
        x = layers.Rescaling(1.0, offset=mean, name="add_mean")(x)
    return keras.Model([user, item], x, name="dot_product_model")


def _draws(initializer, seed):
    """Four copies of an initializer, one for each table, each with a seed of its own.

    A Keras initializer returns the same numbers every time it is called: one shared by
    two tables would make the second a copy of the first.
    """
    initializer = keras.initializers.get(initializer)
    config = initializer.get_config() if hasattr(initializer, "get_config") else {}
    seed = config.get("seed") if seed is None else check_whole(seed, "seed", 0)
    # A SeedGenerator (in the config, a dict) moves on by itself at every call.
    if "seed" not in config or isinstance(seed, dict):
        return [initializer] * 4
    seeds = [None] * 4
    if seed is not None:
        seeds = np.random.default_rng(seed).integers(2**31, size=4).tolist()
    return [type(initializer).from_config({**config, "seed": own}) for own in seeds]
