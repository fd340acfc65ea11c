"""A fitted model and its id maps ↔ one folder.

>>> import tempfile
>>> from pathlib import Path
>>> from collab.ids import IdMap
>>> from collab.models import dot_product_model
>>> from collab.storage import load_recommender, save_recommender
>>> folder = Path(tempfile.mkdtemp()) / "recommender"
>>> model = dot_product_model(n_users=2, n_items=3, n_factors=1)
>>> save_recommender(folder, model, IdMap(["ann", "bob"]), IdMap([50, 20, 7]))
>>> _, user_ids, item_ids = load_recommender(folder)
>>> user_ids.decode(1), item_ids.decode(1)
('bob', 20)
"""

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

import keras

from collab.ids import IdMap
from collab.training import check_maps

_FILES = "model.keras", "user_ids.json", "item_ids.json"
_CHECKSUMS = "sha256sums.txt"


def save_recommender(
    folder: str | Path, model: keras.Model, user_ids: IdMap, item_ids: IdMap
) -> None:
    """Save a fitted model with what its row numbers mean, all of it or nothing.

    The files are written into a folder beside, which then takes the name: whatever
    interrupts that, `folder` holds the earlier recommender or the new one. Where the
    process is killed between two renames, the earlier one is beside, as `….old-…`.

    Args:
        folder: where to; made if it is not there. An earlier recommender is replaced.
        model: a Keras model of `collab.models`, or one with tables named like theirs.
            What its layers hold is saved with it: the mean, the scale.
        user_ids, item_ids: its `IdMap`s.

    Raises:
        ValueError: a map has not as many ids as the model has rows, Keras could not
            load the model again, or `folder` has other files.
    """
    check_maps(model, user_ids, item_ids)
    folder = Path(folder).resolve()
    found = os.listdir(folder) if folder.exists() else []
    others = sorted(set(found) - {*_FILES, _CHECKSUMS})
    if others:
        raise ValueError(
            f"folder {str(folder)!r} holds other files, {others[0]!r} for one, that "
            "would be lost: give the recommender a folder of its own"
        )
    new, old = (
        folder.with_name(f"{folder.name}.{word}-{os.getpid()}")
        for word in ("new", "old")
    )
    new.mkdir(parents=True)
    try:
        model.save(new / "model.keras")
        user_ids.save(new / "user_ids.json")
        item_ids.save(new / "item_ids.json")
        (new / _CHECKSUMS).write_text("\n".join(_checksums(new)) + "\n")
        load_recommender(new)  # Keras saves layers that it does not load
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except BaseException:
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def load_recommender(folder: str | Path) -> tuple[keras.Model, IdMap, IdMap]:
    """Load what `save_recommender` saved: `(model, user_ids, item_ids)`.

    Raises:
        FileNotFoundError: a file is missing; the message names it.
        ValueError: a file is not the one that was saved with the others, or Keras
            cannot load the model.
    """
    folder = Path(folder)
    for name in (*_FILES, _CHECKSUMS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"there is no {name} in {str(folder)!r}")
    saved = (folder / _CHECKSUMS).read_text().splitlines()
    changed = [line.split()[1] for line in _checksums(folder) if line not in saved]
    if changed:
        raise ValueError(
            f"{changed[0]} in {str(folder)!r} is not the file that was saved with the "
            "others: it is damaged, or of another recommender"
        )
    try:
        model = keras.models.load_model(folder / "model.keras")
    except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
        cause: BaseException = error
        while cause.__context__:  # the first fault names the layer
            cause = cause.__context__
        reason = str(cause).strip().partition("\n")[0]
        raise ValueError(
            f"{folder / 'model.keras'} does not hold a saved model that Keras can load "
            f"({type(cause).__name__}: {reason:.300})"
        ) from error
    return model, *(IdMap.load(folder / name) for name in _FILES[1:])


def _checksums(folder):
    """A line for each file, as `sha256sum` writes it."""
    lines = []
    for name in _FILES:
        with open(folder / name, "rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}")
    return lines
