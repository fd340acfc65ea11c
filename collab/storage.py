"""A fitted model and its id maps ↔ one folder.

>>> import tempfile
>>> import keras
>>> from collab.storage import load_recommender, save_recommender
>>> class Names(list):  # a real one: collab.ids.IdMap
...     def save(self, path):
...         path.write_text(" ".join(self))
...
...     @classmethod
...     def load(cls, path):
...         return cls(path.read_text().split())
>>> rows = [keras.Input(shape=(1,), dtype="int64", name=name) for name in ("u", "i")]
>>> tables = [keras.layers.Embedding(2, 1)(row) for row in rows]
>>> model = keras.Model(rows, keras.layers.Dot(axes=(1, 2))(tables))
>>> with tempfile.TemporaryDirectory() as folder:
...     save_recommender(folder, model, Names(["ann", "bob"]), Names(["x", "y"]))
...     _, users, items = load_recommender(folder, Names)
>>> users, items
(['ann', 'bob'], ['x', 'y'])
"""

import zipfile
from pathlib import Path

import keras


def save_recommender(folder, model, user_ids, item_ids):
    """Save a fitted model with what its row numbers mean.

    Args:
        folder: where to; made if it is not there. Earlier files are replaced.
        model: a Keras model with the inputs [users, items]. What its layers hold is
            saved with it: the mean, the scale.
        user_ids, item_ids: its `IdMap`s (or any objects with `save` and a length).

    Raises:
        ValueError: a map has not as many ids as the model has rows, or the model has
            other inputs, or layers that Keras could not load again.
    """
    _check_sizes(model, user_ids, item_ids)
    _check_layers(model)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    user_ids.save(folder / "user_ids.json")
    item_ids.save(folder / "item_ids.json")


def load_recommender(folder, id_map):
    """Load what `save_recommender` saved.

    Args:
        folder: the folder.
        id_map: the class of the maps, `collab.ids.IdMap`; its method `load` reads one.

    Returns:
        `(model, user_ids, item_ids)`.

    Raises:
        FileNotFoundError: a file is missing; the message names it.
        ValueError: a file is damaged, or the three do not belong together.
    """
    folder = Path(folder)
    for name in ("model.keras", "user_ids.json", "item_ids.json"):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"there is no {name} in {str(folder)!r}")
    try:
        model = keras.models.load_model(folder / "model.keras")
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"{folder / 'model.keras'} does not hold a saved model that Keras can load "
            f"({type(error).__name__}: {reason})"
        ) from error
    user_ids = id_map.load(folder / "user_ids.json")
    item_ids = id_map.load(folder / "item_ids.json")
    _check_sizes(model, user_ids, item_ids)
    return model, user_ids, item_ids


def _check_sizes(model, user_ids, item_ids):
    inputs = getattr(model, "inputs", None) or []
    if not isinstance(model, keras.Model) or len(inputs) != 2:
        found = f"one with {len(inputs)}" if inputs else repr(model)
        raise ValueError(
            f"the model must be a Keras model with the inputs [users, items], not "
            f"{found}"
        )
    for inp, ids in zip(inputs, [user_ids, item_ids], strict=True):
        for layer in model.layers:
            # Not its `input`, which is the first one of a table that both share.
            table = isinstance(layer, keras.layers.Embedding) and any(
                node.input_tensors[0] is inp for node in layer._inbound_nodes
            )
            if table and layer.input_dim != len(ids):
                raise ValueError(
                    f"the model's table {layer.name!r} has {layer.input_dim} rows, but "
                    f"its map has {len(ids)} ids"
                )


def _check_layers(model):
    """Refuse now what could not be loaded later."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _check_layers(layer)
            continue
        kind = type(layer)
        ours = kind.__module__.partition(".")[0] == "keras"
        registered = keras.saving.get_registered_object(
            keras.saving.get_registered_name(kind)
        )
        if isinstance(layer, keras.layers.Lambda) or not (ours or registered):
            raise ValueError(
                f"the model's layer {layer.name!r} is a {kind.__name__}, which Keras "
                "saves but does not load again; use layers of Keras, or register the "
                "class (keras.saving.register_keras_serializable)"
            )
