"""Tables by row number → what Keras's `fit` takes, its history, predictions by raw id.

>>> import pandas as pd
>>> from collab.ids import IdMap
>>> from collab.models import dot_product_model
>>> from collab.training import epoch_table, predict, to_arrays
>>> users, items = IdMap(["ann", "bob"]), IdMap([50, 20])
>>> sizes = len(users), len(items)
>>> train = pd.DataFrame({"user_row": [0, 1], "item_row": [1, 0], "rating": [5, 1]})
>>> model = dot_product_model(*sizes, n_factors=1, seed=0)
>>> model.compile("adam", loss="mse", metrics=["mse"])
>>> history = model.fit(*to_arrays(train, sizes), epochs=2, verbose=0)
>>> epoch_table(history).index.tolist()
[1, 2]
>>> predict(model, users, items, "ann", [50, 20]).shape
(2,)
"""

import keras
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import check_columns, check_numbers, check_row_numbers
from collab.ids import IdMap
from collab.progress import Progress


def to_arrays(
    table: pd.DataFrame,
    sizes: tuple[int, int],
    *,
    user: str = "user_row",
    item: str = "item_row",
    rating: str = "rating",
    name: str = "table",
) -> tuple[list[np.ndarray], np.ndarray]:
    """What Keras's `fit` takes: `model.fit(*to_arrays(train, sizes), …)`.

    Args:
        table: a DataFrame with the columns `user`, `item` (row numbers 0 … n-1) and
            `rating`.
        sizes: how many rows the model's tables have, `(n_users, n_items)`.
        name: of the table, for a message.

    Returns:
        `([users, items], ratings)`: int64, int64 and float64 of shape (n,).

    Raises:
        ValueError: the table has no rows, or a row number that the model has no row
            for. Keras would fail, or read another row: that depends on the compiler.
    """
    table = check_columns(table, [user, item, rating], name)
    if len(table) == 0:
        raise ValueError(f"{name} has no rows")
    rows = [
        check_row_numbers(table[column], f"{name}[{column!r}]", n)
        for column, n in zip([user, item], sizes, strict=True)
    ]
    return rows, check_numbers(table[rating], f"{name}[{rating!r}]")


class ShowProgress(keras.callbacks.Callback):
    """One live line for `model.fit(…, verbose=0, callbacks=[ShowProgress()])`.

    A notebook stores the title alone, which does not depend on the run.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        epochs, steps = self.params["epochs"], self.params["steps"]
        title = f"training up to epoch {epochs}, {steps:,} steps each"
        self.line = Progress(title, total=epochs)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        errors = "  ".join(f"{name} {value:.3f}" for name, value in logs.items())
        self.line.update(epoch + 1, errors)

    def on_train_end(self, logs: dict | None = None) -> None:
        self.line.close()


def epoch_table(history: keras.callbacks.History) -> pd.DataFrame:
    """What Keras's `fit` returns as a DataFrame with one row per epoch, from 1 on.

    `loss` is the error plus the penalty and `mse` the error alone, both means over the
    epoch while the weights still move; `val_loss` and `val_mse` are taken at its end.
    """
    epochs = pd.Index([epoch + 1 for epoch in history.epoch], name="epoch")
    return pd.DataFrame(history.history, index=epochs)


def predict(
    model: keras.Model,
    user_ids: IdMap,
    item_ids: IdMap,
    users: ArrayLike,
    items: ArrayLike,
) -> float | np.ndarray:
    """Predicted ratings for raw ids: one pair, or many.

    Args:
        model: a Keras model of `collab.models`, or one with tables named like theirs.
        user_ids, item_ids: its `IdMap`s.
        users, items: raw ids: two single ones, two sequences of the same length, or one
            of each kind (one user and many items, say).

    Returns:
        A float, or float64 of shape (n,), in the unit of the ratings; clipped to the
        scale if the model carries one, in a layer "to_scale" (`fit_regularised`). What
        a pair gets does not depend on the others.

    Raises:
        ValueError: an id that its map does not know (`read_factors(…).predict` answers
            with the average), sequences of different lengths, maps of another model.
    """
    check_maps(model, user_ids, item_ids)
    rows = []
    for name, id_map, ids in [("users", user_ids, users), ("items", item_ids, items)]:
        try:
            rows.append(id_map.encode(ids))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    lengths = [np.size(row) for row in rows if np.ndim(row)]
    if len(set(lengths)) > 1:
        raise ValueError(f"{lengths[0]} users, but {lengths[1]} items")
    user_rows, item_rows = np.broadcast_arrays(*map(np.atleast_1d, rows))
    predicted = predict_rows(model, user_rows, item_rows)
    for layer in model.layers:
        if layer.name == "to_scale":
            low, span = float(layer.offset), float(layer.scale)
            predicted = predicted.clip(low, low + span)
    return predicted if lengths else float(predicted[0])


def predict_rows(
    model: keras.Model, user_rows: np.ndarray, item_rows: np.ndarray
) -> np.ndarray:
    """The model's output for row numbers, float64 of shape (n,)."""
    predicted = np.empty(len(user_rows))
    for start in range(0, len(predicted), 2**16):
        part = slice(start, start + 2**16)
        # Not model.predict: it traces a graph for each shape that it meets, and two
        # graphs may differ in a prediction's last bit.
        predicted[part] = np.ravel(model([user_rows[part], item_rows[part]]))
    return predicted


def check_maps(model: keras.Model, user_ids: IdMap, item_ids: IdMap) -> None:
    """Refuse a model whose tables have not as many rows as its maps have ids.

    The tables of an input "user_in" are the layers "user_in_table" and, if there is
    one, "user_in_bias_table".
    """
    inputs = getattr(model, "inputs", None) or []
    if not isinstance(model, keras.Model) or len(inputs) != 2:
        raise ValueError(
            "model must be a Keras model with the inputs [users, items], not "
            f"{model!r:.60} with {len(inputs)} inputs"
        )
    layers = {layer.name: layer for layer in model.layers}
    maps = {"user_ids": user_ids, "item_ids": item_ids}
    for inp, (name, ids) in zip(inputs, maps.items(), strict=True):
        if not isinstance(ids, IdMap):
            raise ValueError(f"{name} must be an IdMap, not {ids!r:.60}")
        if f"{inp.name}_table" not in layers:
            raise ValueError(
                f"the model has no layer '{inp.name}_table'; it has {list(layers)}"
            )
        for table in (f"{inp.name}_table", f"{inp.name}_bias_table"):
            if table in layers and layers[table].input_dim != len(ids):
                raise ValueError(
                    f"{name} has {len(ids)} ids, but the model's {table!r} has "
                    f"{layers[table].input_dim} rows"
                )
