"""Who watched what → a dot product trained to rank (Keras).

>>> import numpy as np
>>> from collab.ranking import fit_ranking
>>> watched = np.kron(np.eye(2), np.ones((3, 4)))  # two kinds of users, 6 × 8
>>> model, history = fit_ranking(
...     watched, n_factors=4, epochs=60, reg=0, dropout=0, seed=0, progress=False
... )
>>> scores = model(np.arange(6)).numpy()
>>> bool(scores[watched == 1].min() > scores[watched == 0].max())
True
"""

import keras
import numpy as np
import pandas as pd
from keras import layers
from scipy import sparse


def ranking_model(
    n_users, n_items, n_factors=200, *, counts, reg=0.03, dropout=0.5, seed=None
):
    """The same dot product, one user against all items at once: scores to rank by.

        score(u, i) = p_u · q_i + b_i

    Meant for a softmax loss, which asks only that the watched items score higher than
    the others; a user's own bias would move all of them alike, so there is none.

    Args:
        n_users, n_items, n_factors: sizes, at least 1.
        counts: how often each item was watched, shape (n_items,), none negative. The
            item biases start at log(counts + 1), which is ranking by popularity.
        reg: λ of the L2 penalty on the users of a batch and on the table of the items.
        dropout: the share of the factors that each training step leaves out.
        seed: of the first factors and of the dropout.

    Returns:
        An uncompiled `keras.Model`: input "user_in" of shape (batch,), row numbers;
        output float32 (batch, n_items). The table of the items is the layer "items".

    Raises:
        ValueError: a size or the seed is no whole number or too small, `counts` has
            another shape or a value that is negative or no number, `reg` is negative,
            or `dropout` outside 0 … 1.

    Source: the loss is that of a multinomial likelihood over the items, as in Liang et
    al., "Variational Autoencoders for Collaborative Filtering" (WWW 2018), section 2.1.
    """
    n_users, n_items = _whole(n_users, "n_users"), _whole(n_items, "n_items")
    n_factors = _whole(n_factors, "n_factors")
    if np.shape(counts) != (n_items,):
        raise ValueError(
            f"counts must have the shape {(n_items,)}, not {np.shape(counts)}"
        )
    counts = _numbers(counts, "counts")
    if counts.min() < 0:
        raise ValueError(f"counts must be 0 or more, not {counts.min():g}")
    if not (reg >= 0 and 0 <= dropout < 1):
        raise ValueError(
            f"reg={reg} must be 0 or more and dropout={dropout} from 0 to below 1"
        )
    seed = None if seed is None else _whole(seed, "seed", 0)
    # One seed for both would make the tables alike.
    item_seed = None if seed is None else seed + 1
    user = keras.Input((), dtype="int64", name="user_in")
    vector = layers.Embedding(
        n_users,
        n_factors,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05, seed=seed),
        activity_regularizer=keras.regularizers.L2(reg),
        name="user_in_table",
    )(user)  # (batch, n_factors)
    vector = layers.Dropout(dropout, seed=seed, name="dropout")(vector)
    items = layers.Dense(
        n_items,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05, seed=item_seed),
        kernel_regularizer=keras.regularizers.L2(reg / n_users),
        name="items",
    )
    model = keras.Model(user, items(vector), name="ranking_model")
    items.bias.assign(np.log(counts + 1))
    return model


def fit_ranking(
    watched,
    lately=None,
    *,
    n_factors=200,
    epochs=30,
    rate=0.01,
    lately_epochs=20,
    lately_rate=0.05,
    reg=0.03,
    dropout=0.5,
    batch_size=64,
    seed=None,
    progress=True,
):
    """Train `ranking_model` on who watched what; then, perhaps, the users once more.

    Each user's watched items share a probability of 1, and the loss is the
    cross-entropy of the softmax of their scores with it. A user with many items says
    more about the items and weighs more. With `lately`, a faded table, the items then
    stay as they are and the users are fitted to it, each with the same weight.

    Args:
        watched: users × items, more than 0 (or True) where watched: sparse, or an array
            or DataFrame. Only the rows of a batch are made dense.
        lately: None, or such a table of the same shape, the latest counting most.
        n_factors, reg, dropout: as in `ranking_model`.
        epochs, rate: passes over the users, and Adam's first step size, which falls to
            0 along a line; `lately_epochs` and `lately_rate` are those of `lately`.
        batch_size: users in a step.
        seed: of the first factors, the dropout and the order of the users.
        progress: print a dot for each epoch.

    Returns:
        `(model, history)`: the trained `keras.Model`, row numbers → scores, and a
        DataFrame with the column "loss" and a row for each epoch. Users without a row
        are left out of the training and end at 0: their scores are the items' biases.

    Raises:
        ValueError: nobody watched anything; a table is not users × items, holds NaN,
            infinite or negative values, or has another shape than the other; a number
            is not as said above.
    """
    watched = _watched(watched, "watched")
    sizes = {"epochs": epochs, "lately_epochs": lately_epochs, "batch_size": batch_size}
    for name, value in sizes.items():
        _whole(value, name)
    for name, value in {"rate": rate, "lately_rate": lately_rate}.items():
        if not 0 < value < np.inf:
            raise ValueError(f"{name} must be above 0 and finite, not {value!r}")
    n_users, n_items = watched.shape
    model = ranking_model(
        n_users,
        n_items,
        n_factors,
        counts=watched.sum(axis=0),
        reg=reg,
        dropout=dropout,
        seed=seed,
    )
    rng = np.random.default_rng(seed)
    losses = _fit(model, watched, True, epochs, rate, batch_size, rng, progress)
    if lately is not None:
        lately = _watched(lately, "lately")
        if lately.shape != watched.shape:
            raise ValueError(
                f"lately has the shape {lately.shape}, watched {watched.shape}"
            )
        model.get_layer("items").trainable = False
        losses += _fit(
            model, lately, False, lately_epochs, lately_rate, batch_size, rng, progress
        )
    return model, pd.DataFrame({"loss": losses})


def _fit(model, table, weigh, epochs, rate, batch_size, rng, progress):
    """Train on the rows of a table that hold anything; returns each epoch's loss."""
    activity = table.sum(axis=1, dtype="float64")
    users = np.flatnonzero(activity)
    if len(users) == 0:
        raise ValueError("nobody watched anything: there is nothing to learn from")
    weights = activity / activity[users].mean() if weigh else np.ones(len(activity))
    steps = epochs * -(-len(users) // batch_size)
    schedule = keras.optimizers.schedules.PolynomialDecay(rate, steps, 0)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss=loss)
    losses = []
    for _ in range(epochs):
        model.reset_metrics()
        order = rng.permutation(users)
        for start in range(0, len(order), batch_size):
            few = order[start : start + batch_size]
            share = table[few].toarray() / activity[few, None]  # (batch, n_items)
            value = model.train_on_batch(few, share, weights[few])
        losses.append(float(value))
        if progress:
            print(".", end="", flush=True)
    if progress:
        print()
    factors = model.get_layer("user_in_table")
    p = factors.get_weights()[0]
    p[activity == 0] = 0
    factors.set_weights([p])
    return losses


# Checks, the same text in every module that has them (a test compares the copies).


def _watched(watched, name):
    """Users × items as a CSR array of float32."""
    if not sparse.issparse(watched):
        if np.ndim(watched) != 2:
            raise ValueError(
                f"{name} must be users × items, not of shape {np.shape(watched)}"
            )
        watched = np.asarray(watched)
    if watched.ndim != 2 or watched.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} must be numbers, users × items, not {watched.dtype} of shape "
            f"{watched.shape}"
        )
    table = sparse.csr_array(watched, dtype="float32")
    if not (table.has_canonical_format and table.data.all()):
        table = table.copy()  # the caller's stays as it is
        table.sum_duplicates()
        table.eliminate_zeros()
    wrong = np.sum(~np.isfinite(table.data))
    if wrong:
        raise ValueError(f"{name} has {wrong} NaN or infinite values")
    if (table.data < 0).any():
        raise ValueError(f"{name} has negative values, such as {table.data.min()}")
    return table


def _numbers(values, name):
    """Finite numbers as float64; not text, dates or booleans that read as numbers."""
    values = pd.Series(values)
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    numeric = ("integer", "floating", "mixed-integer-float", "decimal", "empty")
    if kind not in numeric:
        raise ValueError(
            f"{name} must hold numbers, not {kind.replace('-', ' ')} such as "
            f"{values.dropna().tolist()[:1]}"
        )
    array = values.astype("float64").to_numpy(na_value=np.nan)
    wrong = ~np.isfinite(array)
    if wrong.any():
        raise ValueError(
            f"{name}: {wrong.sum()} of {len(array)} values are missing or infinite, "
            f"the first at position {wrong.argmax()}"
        )
    return array


def _whole(value, name, least=1):
    """A whole number as Python's int, at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, not {value}")
    return int(value)
