"""Ratings by row number and a Keras model → a fitted model, its history.

>>> import keras
>>> import numpy as np
>>> import pandas as pd
>>> from collab.training import fit
>>> rows = [keras.Input((1,), dtype="int64", name=name) for name in ("user", "item")]
>>> biases = [keras.layers.Embedding(2, 1)(row) for row in rows]
>>> model = keras.Model(rows, keras.layers.Flatten()(keras.layers.Add()(biases)))
>>> model.compile("sgd", loss="mse", metrics=["mse"])
>>> train = pd.DataFrame({"user_row": [0, 1], "item_row": [1, 0], "rating": [5, 1]})
>>> rng = np.random.default_rng(0)
>>> fit(model, train, epochs=2, rng=rng, progress=False).columns.tolist()
['loss', 'mse']
"""

import functools

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

from collab.checks import check_columns, check_ids, check_numbers, check_whole
from collab.progress import Progress


def fit(
    model,
    train,
    valid=None,
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
    where the first one stopped. What a step costs depends on the optimizer: Adam
    updates all rows of all tables at every step.

    Args:
        model: a Keras model with the inputs [users, items], compiled with
            `loss="mse", metrics=["mse"]`.
        train: a DataFrame with the columns `user` and `item` (row numbers of the
            model's tables, 0 … n-1) and `rating`.
        valid: another one, or None.
        epochs: how often to go through `train`, at least 1.
        batch_size: ratings per step, at least 1; the last batch may be smaller.
        rng: a `np.random.Generator` that draws the order of the ratings.
        progress: show each epoch as it ends.

    Returns:
        A DataFrame with one row per epoch (counted from the first call, if later ones
        have as many rows and the same batch size) and the columns loss, mse, val_loss
        and val_mse (without `valid`, the first two) in units of the rating, squared.
        `loss` is the error plus the penalty, `mse` the error alone, so `loss - mse`
        is the penalty. As in Keras, both training columns are means over the epoch
        while the weights still move; the validation columns are taken at its end.

    Raises:
        ValueError: the model is not as above; a column is missing, or holds what is no
            number; a table is empty; a row number is outside the model's tables
            (compiled, it would train another row); a number below 1; `rng` is no
            random generator; the epochs go past the end of the optimizer's schedule.
    """
    sizes = _table_sizes(model)
    _check_compiled(model)
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise ValueError(
            f"rng must be a generator, for example np.random.default_rng(42), not "
            f"{rng!r}"
        )
    epochs = check_whole(epochs, "epochs")
    batch_size = check_whole(batch_size, "batch_size")
    columns = [user, item, rating]
    users, items, ratings = _to_arrays(train, columns, sizes, "train")
    valid = None if valid is None else _to_arrays(valid, columns, sizes, "valid")

    # Metrics that are built while a step is traced would have it traced twice.
    if "mse" not in _errors(model, (users[:1], items[:1], ratings[:1])):
        raise ValueError("compile the model with metrics=['mse']")
    model.optimizer.build(model.trainable_variables)
    steps = -(-len(ratings) // batch_size)
    taken = int(model.optimizer.iterations)
    _check_schedule(model.optimizer, taken + epochs * steps)
    run_epoch = _compile_epoch(model)
    done = taken // steps
    history = []
    title = f"{epochs} epochs, each {len(ratings):,} ratings in {steps:,} steps"
    show = Progress(title, total=epochs, visible=progress)
    for epoch in range(done + 1, done + epochs + 1):
        order = rng.permutation(len(ratings))
        errors = run_epoch((users, items, ratings), order, batch_size)
        history.append({"epoch": epoch, **errors, **_errors(model, valid, "val_")})
        show.update(len(history), _told(history[-1]))
    show.close()
    return pd.DataFrame(history).set_index("epoch")


def predict(model, user_ids, item_ids, users, items, *, unknown=None, clip=True):
    """Predicted ratings for raw ids: one pair, or many.

    Args:
        model: a fitted model with the inputs [users, items].
        user_ids, item_ids: what turns raw ids into the model's row numbers: an
            `IdMap`, or any object whose `encode(ids, unknown=-1)` gives row numbers,
            and -1 for an id that it does not know.
        users, items: raw ids: two single ones, two sequences of the same length, or
            one of each (one user and many items, say).
        unknown: None refuses an id that was never seen; "average" answers with the
            average row of all users (or items), so that what is known of the other
            side decides.
        clip: where the model carries its scale (`fit_regularised`), bring a prediction
            beyond it to its end.

    Returns:
        A float for two single ids, otherwise float64 of shape (n,), in units of the
        rating. Pair k's value depends on pair k only, not on the others that are
        predicted along with it.

    Raises:
        ValueError: ids that were never seen, sequences of different lengths, a map
            with more ids than the model has rows, or another model or `unknown`.
    """
    sizes = _table_sizes(model)
    if unknown not in (None, "average"):
        raise ValueError(f"unknown must be None or 'average', not {unknown!r}")
    single = _is_single(users), _is_single(items)
    one = all(single)
    rows = []
    for name, ids, id_map, n, inp in zip(
        ["users", "items"],
        [users, items],
        [user_ids, item_ids],
        sizes,
        model.inputs,
        strict=True,
    ):
        if hasattr(id_map, "__len__") and len(id_map) > n:
            raise ValueError(
                f"the map of the {name} has {len(id_map)} ids, but the model's table "
                f"for {inp.name!r} has {n} rows; are the maps in the order user, item?"
            )
        found = np.atleast_1d(id_map.encode(ids, unknown=-1))
        strangers = found == -1
        if strangers.any() and unknown is None:
            first = np.atleast_1d(np.asarray(ids, dtype=object))[strangers.argmax()]
            raise ValueError(
                f"{name}: {strangers.sum()} of {len(found)} ids were never seen, "
                f"the first is {first!r}; unknown='average' would answer with what "
                "is known of the other side"
            )
        _check_rows(found[~strangers], name, n)
        rows.append(np.where(strangers, n, found))
    if single[0] == single[1] and len(rows[0]) != len(rows[1]):
        raise ValueError(f"{len(rows[0])} users, but {len(rows[1])} items")
    rows = np.broadcast_arrays(*rows)
    if any((row == n).any() for row, n in zip(rows, sizes, strict=True)):
        model = _with_average_rows(model)
    # Not model.predict: it traces a graph for the shapes it meets, and two graphs may
    # differ in a prediction's last bit.
    predicted = np.empty(len(rows[0]))
    for part in _parts(len(predicted)):
        predicted[part] = np.ravel(model([row[part] for row in rows]))
    for layer in model.layers:
        if clip and layer.name == "to_scale" and isinstance(layer, layers.Rescaling):
            predicted = predicted.clip(layer.offset, layer.offset + layer.scale)
    return float(predicted[0]) if one else predicted


def _is_single(ids):
    """One id, not a sequence of them."""
    return (
        isinstance(ids, (str, bytes))
        or getattr(ids, "ndim", 1) == 0
        or not hasattr(ids, "__len__")
    )


def _with_average_rows(model):
    """The same model, with one more row at the end of each table: the average row."""

    def longer(layer):
        config = layer.get_config()
        if isinstance(layer, layers.Embedding):
            config["input_dim"] += 1
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=longer)
    for layer in model.layers:
        weights = layer.get_weights()
        if isinstance(layer, layers.Embedding):
            weights = [np.vstack([table, table.mean(axis=0)]) for table in weights]
        copy.get_layer(layer.name).set_weights(weights)
    return copy


def _parts(n, size=65_536):
    """Slices of at most `size` rows: memory has a limit."""
    return [slice(start, start + size) for start in range(0, n, size)]


def _errors(model, arrays, prefix=""):
    """The loss and the metrics of rows, as Keras computes them.

    Not `model.evaluate`: its own compiled graph takes 0.4 s to make.
    """
    if arrays is None:
        return {}
    users, items, ratings = arrays
    model.reset_metrics()
    for part in _parts(len(ratings)):
        x = users[part], items[part]
        model.test_step((x, ratings[part].astype("float32")))
    return _metrics(model, prefix)


def _metrics(model, prefix=""):
    results = model.get_metrics_result().items()
    return {f"{prefix}{name}": float(value) for name, value in results}


_AT_ONCE = 2**22


def _compile_epoch(model):
    """A function that trains on the rows of three columns in an order, in batches."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], t) for t in ("int64", "int64", "float32")
        ]
    )  # traced once
    def step(users, items, ratings):
        model.train_step(((users, items), ratings))

    @tf.function(jit_compile=_has_xla())  # one machine program for all of them
    def full_batches(users, items, ratings):  # each (batches, batch_size)
        for k in tf.range(len(users)):
            step(users[k], items[k], ratings[k])

    def run_epoch(columns, order, batch_size):
        batch_size = min(batch_size, len(order))  # no more than there are
        model.reset_metrics()
        # Put in order a few million rows at a time: all of them would be copied thrice.
        at_once = max(1, _AT_ONCE // batch_size) * batch_size
        for part in _parts(len(order), at_once):
            users, items, ratings = (column[order[part]] for column in columns)
            arrays = users, items, ratings.astype("float32")
            n_full, n_rest = divmod(len(ratings), batch_size)
            full = n_full * batch_size
            if n_full:
                full_batches(*(a[:full].reshape(n_full, batch_size) for a in arrays))
            if n_rest:
                step(*(a[full:] for a in arrays))  # a single one: not worth compiling
        return _metrics(model)

    return run_epoch


@functools.cache
def _has_xla():
    """Can this build of TensorFlow compile for this machine? Not all can."""
    try:
        tf.function(tf.negative, jit_compile=True)(tf.constant(1.0))
    except (tf.errors.OpError, NotImplementedError):
        return False
    return True


def _told(errors):
    """An epoch's errors, for the line that shows its progress."""
    return "  ".join(f"{name} {errors[name]:.3f}" for name in errors if name != "epoch")


def _table_sizes(model):
    """How many rows the model's tables have: of users, of items."""
    inputs = getattr(model, "inputs", None) or []
    if not isinstance(model, keras.Model) or len(inputs) != 2:
        raise ValueError(
            f"the model must be a Keras model with two inputs, [users, items], not "
            f"{f'one with {len(inputs)}' if inputs else repr(model)}"
        )
    sizes = []
    for inp in inputs:
        tables = [
            layer.input_dim
            for layer in model.layers
            if isinstance(layer, layers.Embedding)
            and any(node.input_tensors[0] is inp for node in layer._inbound_nodes)
        ]
        if not tables:
            raise ValueError(
                f"the model's input {inp.name!r} goes into no Embedding layer at once; "
                "only models whose inputs are the row numbers of their tables are "
                "served here (Keras's own fit and predict take others)"
            )
        sizes.append(min(tables))
    return sizes


def _check_compiled(model):
    if not getattr(model, "compiled", False) or model.optimizer is None:
        raise ValueError("compile the model first, with loss='mse', metrics=['mse']")
    name = getattr(model.loss, "name", None) or getattr(
        model.loss, "__name__", model.loss
    )
    if name not in ("mse", "mean_squared_error"):
        raise ValueError(f"compile the model with loss='mse', not {name!r}")


def _check_schedule(optimizer, last_step):
    """Past its end, the step size is 0 or nearly so, and nothing is learned."""
    schedule = optimizer.get_config()["learning_rate"]
    if not isinstance(schedule, dict):
        return
    config = schedule["config"]
    ends = {
        "PolynomialDecay": config.get("decay_steps", 0),
        "CosineDecay": config.get("decay_steps", 0) + config.get("warmup_steps", 0),
    }
    end = ends.get(schedule["class_name"], np.inf)
    if last_step > end and not config.get("cycle", False):
        raise ValueError(
            f"the optimizer's schedule, {schedule['class_name']}, ends at step {end}, "
            f"but this fit would end at step {last_step}; compile the model with one "
            "that is as long as the fit"
        )


def _to_arrays(table, columns, sizes, where):
    """Users and items, int64, and ratings, float64: each of shape (n,), checked."""
    table = check_columns(table, columns, where)
    if len(table) == 0:
        raise ValueError(f"{where} has no rows")
    rows = []
    for column, n in zip(columns[:2], sizes, strict=True):
        name = f"{where}[{column!r}]"
        rows.append(_check_rows(check_ids(table[column], name), name, n))
    return *rows, check_numbers(table[columns[2]], f"{where}[{columns[2]!r}]")


def _check_rows(rows, name, n):
    """Row numbers of a table with n rows, int64."""
    if rows.dtype.kind not in "iu":
        raise ValueError(f"{name} must be row numbers (integers), not {rows.dtype}")
    outside = rows[(rows < 0) | (rows >= n)]
    if outside.size:
        hint = "are these raw ids? Encode them first (collab.ids)"
        if outside[0] == -1:
            hint = "-1 marks an id that a map does not know: leave such rows out"
        raise ValueError(
            f"{name} has the value {outside[0]}, but the table's rows are 0 … {n - 1}; "
            f"{hint}"
        )
    return rows.astype("int64")
