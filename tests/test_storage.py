"""collab/storage.py: a fitted model and its id maps ↔ one folder."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from collab import storage
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


def test_the_predictions_are_identical_the_mean_included(fitted, saved):
    model, user_ids, item_ids = load_recommender(saved)
    stars = everything(model, user_ids, item_ids)
    assert len(np.unique(stars)) == 12
    assert np.abs(stars - 3.5).max() < 0.5  # so the mean is in them
    np.testing.assert_array_equal(stars, everything(*fitted))


def test_a_loaded_model_can_be_trained_on(saved):
    model, *_ = load_recommender(saved)
    pairs, stars = [np.array([0, 1]), np.array([0, 1])], np.array([1.0, 5.0])
    losses = [
        model.train_on_batch(pairs, stars, return_dict=True)["loss"] for _ in range(3)
    ]
    assert losses[2] < losses[0]


def test_the_penalties_come_back(fitted, saved):
    loaded, *_ = load_recommender(saved)
    rows = [np.array([0, 1, 2]), np.array([0, 3, 3])]
    losses = []
    for model in (fitted[0], loaded):
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
        (keras.Model, "save", 1),
        (IdMap, "save", 1),
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


def test_a_first_save_that_is_interrupted_leaves_nothing(fitted, tmp_path, monkeypatch):
    def stop(*_):
        raise Stop

    monkeypatch.setattr(IdMap, "save", stop)
    with pytest.raises(Stop):
        save_recommender(tmp_path / "new", *fitted)
    assert list(tmp_path.iterdir()) == []


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


def two_towers(*more):
    """3 users × 4 items, with more layers after the dot product."""
    model = dot_product_model(3, 4, 2)
    x = model.output
    for layer in more:
        x = layer(x)
    return keras.Model(model.inputs, x)


class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x


@keras.saving.register_keras_serializable("test_storage")
class Thrice(keras.layers.Layer):
    def call(self, x):
        return 3 * x


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (Twice(name="mine"), "Twice"),
        (keras.layers.Lambda(lambda x: 2 * x, name="mine"), "Lambda"),
        (keras.Sequential([keras.Input((1,)), Twice(name="mine")]), "Twice"),
    ],
    ids=["own", "lambda", "nested"],
)
def test_a_layer_that_could_not_be_loaded_is_not_saved(fitted, tmp_path, layer, kind):
    model = two_towers(layer)
    message = rf"layer 'mine' is a {kind}, .* \(keras\.saving\.register_keras_seri"
    with pytest.raises(ValueError, match=message):
        save_recommender(tmp_path / "new", model, *fitted[1:])
    assert not (tmp_path / "new").exists()


def test_a_registered_layer_is_saved_and_loaded(fitted, tmp_path):
    model = two_towers(Thrice())
    save_recommender(tmp_path / "a", model, *fitted[1:])
    loaded, *_ = load_recommender(tmp_path / "a")
    pairs = [np.array([0, 2]), np.array([1, 3])]
    np.testing.assert_array_equal(loaded(pairs), model(pairs))


def test_a_layer_that_keras_does_not_know_is_refused_in_a_sentence(folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(storage, "_check_layers", lambda _: None)
        save_recommender(folder, two_towers(Twice()), *load_recommender(folder)[1:])
    message = r"model\.keras does not hold a saved model that Keras can load \(\w+: "
    with pytest.raises(ValueError, match=message) as caught:
        load_recommender(folder)
    assert "\n" not in str(caught.value)


# Missing files ------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"there is no {name} in '.*copy'"):
        load_recommender(folder)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model\.keras in '.*nowhere'"):
        load_recommender(tmp_path / "nowhere")
