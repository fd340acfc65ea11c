"""Numbers of users and items → a Keras model of their ratings.

Koren, Bell and Volinsky, "Matrix Factorization Techniques for Recommender Systems"
(Computer, 2009), equation 4 without its global mean: a rating is the dot product of
two vectors of factors, plus a bias for the user and one for the item.
"""

import itertools
import operator

import keras
import numpy as np
from keras import layers


def embedding_input(name, n_in, n_out, reg=1e-4, initializer="uniform", row_reg=0.0):
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

    Raises:
        ValueError: a size below 1, or a negative `reg`.
    """
    n_in, n_out = _size(n_in, f"{name}: n_in"), _size(n_out, f"{name}: n_out")
    _check_penalties(name, reg=reg, row_reg=row_reg)
    inp = keras.Input(shape=(1,), dtype="int64", name=name)
    emb = layers.Embedding(
        n_in,
        n_out,
        embeddings_initializer=initializer,
        embeddings_regularizer=keras.regularizers.L2(reg) if reg else None,
        # Keras divides an activity penalty by the size of the batch.
        activity_regularizer=keras.regularizers.L2(row_reg) if row_reg else None,
        name=f"{name}_table",
    )(inp)  # (batch, 1, n_out)
    return inp, layers.Flatten(name=f"{name}_row")(emb)


def create_bias(n_in, inp, initializer="uniform", row_reg=0.0):
    """One number per row: a table with a single column.

    Args:
        n_in: rows of the table, at least 1.
        inp: the Keras input that `embedding_input` returned.
        initializer, row_reg: as in `embedding_input`.

    Returns:
        A Keras tensor, float32 (batch, 1).

    Raises:
        ValueError: a size below 1, or a negative `row_reg`.
    """
    _check_penalties(inp.name, row_reg=row_reg)
    emb = layers.Embedding(
        _size(n_in, f"{inp.name}: n_in"),
        1,
        embeddings_initializer=initializer,
        activity_regularizer=keras.regularizers.L2(row_reg) if row_reg else None,
        name=f"{inp.name}_bias_table",
    )(inp)  # (batch, 1, 1)
    return layers.Flatten(name=f"{inp.name}_bias")(emb)


def dot_product_model(
    n_users,
    n_items,
    n_factors=50,
    *,
    reg=1e-4,
    initializer="uniform",
    seed=None,
    row_reg=0.0,
    bias_reg=0.0,
    bias_initializer=None,
    mean=None,
):
    """user vector · item vector + user bias + item bias (+ mean).

    The defaults are the notebook of 2017 on today's Keras (lesson 04); the last four
    arguments make a far better model of it (lesson 05).

    Args:
        n_users, n_items: rows of the two tables, at least 1.
        n_factors: columns of both, at least 1.
        reg: λ of the L2 penalty on each table of factors; biases have none.
        initializer: a Keras initializer or its name, for all four tables. Each table
            draws numbers of its own from it.
        bias_initializer: another one for the two tables of biases. With "zeros", a
            user or an item without training ratings counts as average.
        row_reg, bias_reg: λ of the penalty on the rows of a batch, of the factors and
            of the biases; at least 0. See `embedding_input`.
        mean: a constant, in stars, that is added to every prediction, so that the
            tables only have to learn what differs from it. None adds nothing.
        seed: an integer makes the initial tables reproducible; None takes Keras's
            global seed.

    Returns:
        An uncompiled `keras.Model`: inputs "user_in" and "item_in", row numbers of
        shape (batch,) or (batch, 1); output float32 (batch, 1), in stars.
        It has `(n_users + n_items) * (n_factors + 1)` weights.

    Raises:
        ValueError: a size below 1, a negative penalty, or a mean that is not finite.
    """
    if mean is not None and not np.isfinite(mean):
        raise ValueError(f"mean must be a finite number of stars, not {mean!r}")
    _check_penalties("biases", bias_reg=bias_reg)
    draw = _independent(initializer, seed)
    user_inp, user_emb = embedding_input(
        "user_in", n_users, n_factors, reg, next(draw), row_reg
    )
    item_inp, item_emb = embedding_input(
        "item_in", n_items, n_factors, reg, next(draw), row_reg
    )
    if bias_initializer is not None:  # the first two seeds have been drawn above
        draw = itertools.islice(_independent(bias_initializer, seed), 2, None)
    user_bias = create_bias(n_users, user_inp, next(draw), bias_reg)
    item_bias = create_bias(n_items, item_inp, next(draw), bias_reg)

    x = layers.Dot(axes=1, name="dot")([user_emb, item_emb])
    x = layers.Add(name="add_user_bias")([x, user_bias])
    x = layers.Add(name="add_item_bias")([x, item_bias])
    if mean is not None:
        x = layers.Rescaling(1.0, offset=float(mean), name="add_mean")(x)
    return keras.Model([user_inp, item_inp], x, name="dot_product_model")


def regularised_model(
    n_users, n_items, *, mean, n_ratings, epochs=8, batch_size=256, seed=None
):
    """`dot_product_model` with the settings that lesson 05 chose, compiled.

    Small first factors, no first biases, the penalty on the rows of a batch, and
    Adam's step size falling in a straight line from 0.003 to 0 at the last step.

    Args:
        n_users, n_items, seed: as in `dot_product_model`.
        mean: the mean training rating, in stars.
        n_ratings, epochs, batch_size: what it will be fitted with: how many training
            ratings, how often, how many a step. They decide when the last step is.

    Returns:
        A `keras.Model` with 50 factors, compiled for `collab.training.fit` (or Keras's
        own `fit`, as long as the epochs and the batches are these).

    Raises:
        ValueError: a size below 1, or a mean that is not finite.
        TypeError: a size that is not a whole number.
    """
    if mean is None:
        raise ValueError("mean must be a finite number of stars, not None")
    model = dot_product_model(
        n_users,
        n_items,
        reg=0,
        initializer=keras.initializers.RandomUniform(-0.05, 0.05),
        seed=seed,
        row_reg=0.1,
        bias_reg=0.01,
        bias_initializer="zeros",
        mean=mean,
    )
    steps = _size(epochs, "epochs") * -(
        -_size(n_ratings, "n_ratings") // _size(batch_size, "batch_size")
    )
    rate = keras.optimizers.schedules.PolynomialDecay(0.003, steps, 0.0)
    model.compile(keras.optimizers.Adam(rate), loss="mse", metrics=["mse"])
    return model


def _independent(initializer, seed):
    """Copies of an initializer, each with a seed of its own.

    A Keras initializer returns the same numbers every time it is called: one shared by
    two tables would make the second a copy of the first.
    """
    initializer = keras.initializers.get(initializer)
    config = initializer.get_config() if hasattr(initializer, "get_config") else {}
    seed = config.get("seed") if seed is None else operator.index(seed)
    rng = np.random.default_rng(seed) if isinstance(seed, int) else None
    while True:
        # A SeedGenerator (in the config, a dict) moves on by itself at every call.
        if "seed" in config and not isinstance(seed, dict):
            own = None if rng is None else int(rng.integers(2**31))
            initializer = type(initializer).from_config({**config, "seed": own})
        yield initializer


def _check_penalties(name, **penalties):
    for argument, value in penalties.items():
        if not value >= 0:
            raise ValueError(f"{name}: {argument} must be 0 or more, not {value!r}")


def _size(value, name):
    try:
        value = operator.index(value)  # numpy integers too
    except TypeError:
        message = f"{name}: {value!r} cannot be interpreted as an integer"
        raise TypeError(message) from None
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, not {value}")
    return value
