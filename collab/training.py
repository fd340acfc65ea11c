"""Keras model + tables of row numbers → fitted model + history table; predictions."""

import functools

import keras
import numpy as np
import pandas as pd
import tensorflow as tf


def fit(
    model,
    train,
    valid,
    *,
    epochs=10,
    batch_size=64,
    rng,
    user="user_row",
    item="item_row",
    rating="rating",
    progress=True,
):
    """Train a compiled model, each epoch as one compiled function.

    The steps are Keras's own (`model.train_step` on one batch after another, in an
    order drawn anew for every epoch); only the way they are run differs from
    `model.fit`, which returns to Python after every batch. A second call goes on
    where the first one stopped.

    Args:
        model: a Keras model with the inputs [users, items], compiled with
            `loss="mse", metrics=["mse"]`.
        train, valid: DataFrames with the columns `user` and `item` (row numbers of
            the model's tables, 0 … n-1) and `rating` (stars).
        epochs: how often to go through `train`, at least 1.
        batch_size: ratings per step, at least 1; the last batch may be smaller.
        rng: a `np.random.Generator` that draws the order of the ratings.
        progress: show each epoch as it ends.

    Returns:
        A DataFrame with one row per epoch (counted from the first call, if later ones
        have as many rows and the same batch size) and the columns loss, mse, val_loss
        and val_mse in stars². `loss` is the error plus the penalty, `mse` the error
        alone, so `loss - mse` is the penalty. As in Keras, both training columns are
        means over the epoch while the weights still move; the validation columns are
        taken at its end.

    Raises:
        ValueError: the model is not compiled as above; a column is missing, or holds
            NaN or infinity; a table is empty; a row number is outside the model's
            tables (compiled, it would train another row); a number below 1.
        TypeError: `rng` is not a random generator.
    """
    if not getattr(model, "compiled", False) or model.optimizer is None:
        raise ValueError("compile the model first, with loss='mse', metrics=['mse']")
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise TypeError(
            f"rng must be a generator, for example np.random.default_rng(42), not "
            f"{rng!r}"
        )
    if epochs < 1 or batch_size < 1:
        raise ValueError(
            f"epochs={epochs} and batch_size={batch_size} must both be 1 or more"
        )
    columns = [user, item, rating]
    users, items, ratings = _to_arrays(model, train, columns, "train")
    valid_users, valid_items, valid_ratings = _to_arrays(model, valid, columns, "valid")

    def evaluate():  # not model.evaluate: its own compiled graph takes 0.4 s to make
        model.reset_metrics()
        for start in range(0, len(valid_ratings), 65_536):
            part = slice(start, start + 65_536)
            x = valid_users[part], valid_items[part]
            model.test_step((x, valid_ratings[part]))
        return {
            f"val_{name}": float(value)
            for name, value in model.get_metrics_result().items()
        }

    if "val_mse" not in evaluate():  # and the metrics are built before the first step
        raise ValueError("compile the model with metrics=['mse']")
    model.optimizer.build(model.trainable_variables)
    run_epoch = _compile_epoch(model, users, items, ratings, batch_size)
    steps = -(-len(ratings) // batch_size)
    done = int(model.optimizer.iterations) // steps
    history = []
    show = _Progress(
        f"{epochs} epochs, each {len(ratings):,} ratings in {steps:,} steps", progress
    )
    for epoch in range(done + 1, done + epochs + 1):
        model.reset_metrics()
        run_epoch(tf.constant(rng.permutation(len(ratings)), dtype="int64"))
        logs = {
            name: float(value) for name, value in model.get_metrics_result().items()
        }
        history.append({"epoch": epoch, **logs, **evaluate()})
        show.update(len(history), epochs, history[-1])
    show.close()
    return pd.DataFrame(history).set_index("epoch")


def predict(model, user_ids, item_ids, users, items):
    """Predicted ratings for raw ids: one pair, or many.

    Args:
        model: a fitted model with the inputs [users, items].
        user_ids, item_ids: what turns raw ids into the model's row numbers: an
            `IdMap`, or any object with its method `encode`.
        users, items: raw ids: two single ones, two sequences of the same length, or
            one of each (one user and many items, say).

    Returns:
        A float for two single ids, otherwise float64 of shape (n,), in stars, as the
        model gives them (not clipped). Pair k's value depends on pair k only, not on
        the others that are predicted along with it.

    Raises:
        ValueError: ids that were never seen, sequences of different lengths, or maps
            with more ids than the model has rows.
    """
    one = np.ndim(users) == 0 and np.ndim(items) == 0
    user_rows = np.atleast_1d(user_ids.encode(users))
    item_rows = np.atleast_1d(item_ids.encode(items))
    if np.ndim(users) == np.ndim(items) and len(user_rows) != len(item_rows):
        raise ValueError(f"{len(user_rows)} users, but {len(item_rows)} items")
    user_rows, item_rows = np.broadcast_arrays(user_rows, item_rows)
    _check_rows(model, [user_rows, item_rows], ["users", "items"])
    # Not model.predict: it traces a graph for the shapes it meets, and two graphs may
    # differ in a prediction's last bit.
    stars = np.empty(len(user_rows))
    for start in range(0, len(stars), 65_536):  # in parts: memory has a limit
        part = slice(start, start + 65_536)
        stars[part] = np.ravel(model([user_rows[part], item_rows[part]]))
    return float(stars[0]) if one else stars


def _to_arrays(model, table, columns, where):
    """Two int64 arrays and a float32 one, each of shape (n,), checked."""
    for column in columns:
        if column not in table.columns:
            raise ValueError(
                f"{where} has no column {column!r}; it has {list(table.columns)}"
            )
    if len(table) == 0:
        raise ValueError(f"{where} has no rows")
    users, items, ratings = (table[column].to_numpy() for column in columns)
    _check_rows(model, [users, items], [f"{where}[{name!r}]" for name in columns[:2]])
    if ratings.dtype.kind not in "iuf":
        raise ValueError(
            f"{where}[{columns[2]!r}] must be numbers, not {table[columns[2]].dtype}"
        )
    ratings = ratings.astype("float32")
    if not np.isfinite(ratings).all():
        raise ValueError(f"{where}[{columns[2]!r}] has NaN or infinite values")
    return users.astype("int64"), items.astype("int64"), ratings


def _check_rows(model, arrays, names):
    """Refuse what is not a row number of the model's tables."""
    for inp, rows, name in zip(model.inputs, arrays, names, strict=True):
        n = min(
            layer.input_dim
            for layer in model.layers
            if isinstance(layer, keras.layers.Embedding) and layer.input is inp
        )
        if rows.dtype.kind not in "iu":
            raise ValueError(f"{name} must be row numbers (integers), not {rows.dtype}")
        outside = rows[(rows < 0) | (rows >= n)]
        if outside.size:
            raise ValueError(
                f"{name} has the value {outside[0]}, but the model's table for "
                f"{inp.name!r} has the rows 0 … {n - 1}; are these raw ids? "
                "Encode them first (collab.ids.IdMap)"
            )


def _compile_epoch(model, users, items, ratings, batch_size):
    """A function of an order of the ratings that trains on all of them once."""
    users, items, ratings = map(tf.constant, (users, items, ratings))
    batch_size = min(batch_size, len(ratings))  # no more than there are
    n_full, n_rest = divmod(len(ratings), batch_size)

    @tf.function(input_signature=[tf.TensorSpec([None], "int64")])  # traced once
    def step(rows):
        x = tf.gather(users, rows), tf.gather(items, rows)
        model.train_step((x, tf.gather(ratings, rows)))

    @tf.function(jit_compile=_has_xla())  # one machine program for all of them
    def full_batches(order):
        for i in tf.range(n_full, dtype="int64"):
            step(tf.slice(order, [i * batch_size], [batch_size]))

    def run_epoch(order):
        full_batches(order)
        if n_rest:
            step(order[-n_rest:])  # a single one: not worth compiling

    return run_epoch


@functools.cache
def _has_xla():
    """Can this build of TensorFlow compile for this machine? Not all can."""
    try:
        tf.function(tf.negative, jit_compile=True)(tf.constant(1.0))
    except (tf.errors.OpError, NotImplementedError):
        return False
    return True


class _Progress:
    """One line that is rewritten as the epochs pass: live, and the same at the end.

    In Jupyter the line finally returns to its first text, so that a notebook stores
    (and a check compares) something that does not depend on the run.
    """

    def __init__(self, title, visible):
        self.title, self.handle, self.visible = title, None, visible
        if visible and _in_jupyter():
            from IPython.display import display

            self.handle = display({"text/plain": title}, raw=True, display_id=True)
        elif visible:
            print(title)

    def update(self, done, total, logs):
        bar = ("█" * round(20 * done / total)).ljust(20, "░")
        numbers = "  ".join(
            f"{name} {logs[name]:.3f}" for name in logs if name != "epoch"
        )
        line = f"epoch {logs['epoch']:>3}  {bar}  {numbers}"
        if self.handle:
            self.handle.update({"text/plain": f"{self.title}\n{line}"}, raw=True)
        elif self.visible:
            print(line)

    def close(self):
        if self.handle:
            self.handle.update({"text/plain": self.title}, raw=True)


def _in_jupyter():
    """Is there a notebook that can rewrite its output?"""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
