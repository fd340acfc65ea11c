"""A fitted model and its id maps ↔ one folder."""

import zipfile
from pathlib import Path

import keras


def save_recommender(folder, model, user_ids, item_ids):
    """Save a fitted model with what its row numbers mean.

    Args:
        folder: where to; made if it is not there. Earlier files are replaced.
        model: a Keras model with the inputs [users, items]. A mean that it adds to its
            predictions is a part of it.
        user_ids, item_ids: its `IdMap`s (or any objects with `save` and a length).

    Raises:
        ValueError: a map has not as many ids as the model has rows, or the model has
            other inputs.
    """
    _check_sizes(model, user_ids, item_ids)
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
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{folder / 'model.keras'} does not hold a saved model ({error})"
        ) from error
    user_ids = id_map.load(folder / "user_ids.json")
    item_ids = id_map.load(folder / "item_ids.json")
    _check_sizes(model, user_ids, item_ids)
    return model, user_ids, item_ids


def _check_sizes(model, user_ids, item_ids):
    if len(model.inputs) != 2:
        raise ValueError(
            f"the model must have the inputs [users, items], not {len(model.inputs)}"
        )
    for inp, ids in zip(model.inputs, [user_ids, item_ids], strict=True):
        for layer in model.layers:
            table = isinstance(layer, keras.layers.Embedding) and layer.input is inp
            if table and layer.input_dim != len(ids):
                raise ValueError(
                    f"the model's table {layer.name!r} has {layer.input_dim} rows, but "
                    f"its map has {len(ids)} ids"
                )
