"""collab/storage.py: a fitted model and its id maps ↔ one folder."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from collab.ids import IdMap
from collab.models import dot_product_model
from collab.storage import load_recommender, save_recommender
from collab.training import predict

FILES = ["item_ids.json", "model.keras", "sha256sums.txt", "user_ids.json"]


@pytest.fixture(scope="module")
def fitted():
    """A model of 3 users and 4 items after a few steps of training."""
    user_ids, item_ids = IdMap([30, 10, 20]), IdMap(["d", "a", "c", "b"])
    options = {"row_reg": 0.1, "bias_reg": 0.01, "mean": 3.5, "seed": 1}
    model = dot_product_model(3, 4, 2, reg=0, bias_initializer="zeros", **options)
    model.compile("adam", loss="mse", run_eagerly=True)
    pairs = [np.array([0, 1, 2]), np.array([0, 1, 3])]
    for _ in range(3):
        model.train_on_batch(pairs, np.array([1.0, 5.0, 4.5]))
    return model, user_ids, item_ids


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    save_recommender(folder, *fitted)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(saved, tmp_path / "copy")


def everything(model, user_ids, item_ids):
    pairs = [(u, m) for u in (30, 10, 20) for m in "dacb"]
    return predict(model, user_ids, item_ids, *zip(*pairs, strict=True))


# Round trip --------------------------------------------------------------------------


def test_predictions_and_penalties_are_identical_the_mean_included(fitted, saved):
    loaded = load_recommender(saved)
    ratings = everything(*loaded)
    assert len(np.unique(ratings)) == 12
    assert np.abs(ratings - 3.5).max() < 0.5  # so the mean is in them
    np.testing.assert_array_equal(ratings, everything(*fitted))
    rows, losses = [np.array([0, 1, 2]), np.array([0, 3, 3])], []
    for model in (fitted[0], loaded[0]):
        model(rows)
        losses.append([float(loss) for loss in model.losses])
    assert len(losses[0]) == 4
    assert losses[0] == pytest.approx(losses[1])


def test_a_folder_is_made_and_what_was_in_it_replaced(fitted, tmp_path):
    folder = tmp_path / "a" / "b"
    _, user_ids, item_ids = fitted
    save_recommender(str(folder), dot_product_model(3, 4, 1), user_ids, item_ids)
    save_recommender(folder, *fitted)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    loaded = load_recommender(str(folder))
    np.testing.assert_array_equal(everything(*loaded), everything(*fitted))


# The old one, or the new one ---------------------------------------------------------


class Stop(BaseException):
    """As Ctrl-C raises it."""


@pytest.mark.parametrize(
    ("where", "name", "call"),
    [
        (IdMap, "save", 2),
        (Path, "rename", 1),
        (Path, "rename", 2),
    ],
)
def test_what_is_interrupted_leaves_the_old_one(
    saved, fitted, folder, monkeypatch, where, name, call
):
    calls, act = [], getattr(where, name)

    def stop(*arguments):
        calls.append(name)
        if len(calls) == call:
            raise Stop
        return act(*arguments)

    model, user_ids, item_ids = fitted
    turned = IdMap(user_ids.ids[::-1]), IdMap(item_ids.ids[::-1])
    monkeypatch.setattr(where, name, stop)
    with pytest.raises(Stop):
        save_recommender(folder, model, *turned)
    monkeypatch.undo()
    assert [path.name for path in folder.parent.iterdir()] == ["copy"]
    np.testing.assert_array_equal(
        everything(*load_recommender(folder)), everything(*fitted)
    )
    save_recommender(folder, model, *turned)
    assert load_recommender(folder)[1:] == turned
    assert [path.name for path in folder.parent.iterdir()] == ["copy"]


def test_other_files_are_never_replaced(fitted, folder):
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"holds other files, 'notes.txt' for one"):
        save_recommender(folder, *fitted)
    with pytest.raises(NotADirectoryError):
        save_recommender(folder / "notes.txt", *fitted)
    assert (folder / "notes.txt").read_text() == "mine"


# What does not belong together -------------------------------------------------------


def test_maps_of_another_size_are_not_saved(fitted, tmp_path):
    model, user_ids, item_ids = fitted
    with pytest.raises(ValueError, match=r"user_ids has 4 ids, but .* has 3 rows"):
        save_recommender(tmp_path / "new", model, item_ids, user_ids)
    with pytest.raises(ValueError, match=r"item_ids must be an IdMap, not \['a'"):
        save_recommender(tmp_path / "new", model, user_ids, list("abcd"))
    assert not (tmp_path / "new").exists()


def test_maps_that_changed_places_are_noticed(tmp_path):
    """As many users as items: nothing but the sums can tell."""
    maps = IdMap([1, 2, 3]), IdMap([3, 1, 2])
    save_recommender(tmp_path / "a", dot_product_model(3, 3, 1), *maps)
    users, items = tmp_path / "a" / "user_ids.json", tmp_path / "a" / "item_ids.json"
    both = users.read_text(), items.read_text()
    users.write_text(both[1])
    items.write_text(both[0])
    message = "user_ids.json in .* is not the file that was saved with the others"
    with pytest.raises(ValueError, match=message):
        load_recommender(tmp_path / "a")


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_or_foreign_file_is_noticed(folder, name):
    content = (folder / name).read_bytes()
    middle = len(content) // 2
    for damaged in (
        b"",
        content[:middle],
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
    ):
        (folder / name).write_bytes(damaged)
        with pytest.raises(ValueError, match="is not the file that was saved with the"):
            load_recommender(folder)


class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (Twice(), "TypeError: Could not locate class 'Twice'. Make sure .* decorated"),
        (keras.Sequential([keras.Input((1,)), Twice()]), "not locate class 'Twice'"),
        (keras.layers.Lambda(lambda x: 2 * x), "ValueError: Requested .* `Lambda`"),
    ],
    ids=["own", "nested", "lambda"],
)
def test_what_could_not_be_loaded_is_not_saved(fitted, tmp_path, layer, reason):
    model, user_ids, item_ids = fitted
    model = keras.Model(model.inputs, layer(model.output))
    message = rf"model\.keras does not hold a saved model that Keras .*{reason}"
    with pytest.raises(ValueError, match=message) as caught:
        save_recommender(tmp_path / "new", model, user_ids, item_ids)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# Missing files ------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"there is no {name} in '.*copy'"):
        load_recommender(folder)
