"""collab/storage.py: a fitted model and its id maps ↔ one folder."""

import shutil
import zipfile

import keras
import numpy as np
import pytest

from collab.ids import IdMap
from collab.models import dot_product_model
from collab.storage import load_recommender, save_recommender
from collab.training import predict

FILES = ["item_ids.json", "model.keras", "user_ids.json"]


@pytest.fixture(scope="module")
def fitted():
    """A model of 3 users and 4 items after a few steps of training."""
    user_ids, item_ids = IdMap([30, 10, 20]), IdMap(["d", "a", "c", "b"])
    model = dot_product_model(
        3,
        4,
        2,
        reg=0,
        row_reg=0.1,
        bias_reg=0.01,
        bias_initializer="zeros",
        mean=3.5,
        seed=1,
    )
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
    shutil.copytree(saved, tmp_path / "copy")
    return tmp_path / "copy"


def everything(model, user_ids, item_ids):
    pairs = [(u, m) for u in (30, 10, 20) for m in "dacb"]
    return predict(model, user_ids, item_ids, *zip(*pairs, strict=True))


# Round trip --------------------------------------------------------------------------


def test_the_predictions_are_identical_the_mean_included(fitted, saved):
    model, user_ids, item_ids = load_recommender(saved, IdMap)
    stars = everything(model, user_ids, item_ids)
    assert len(np.unique(stars)) == 12
    assert np.abs(stars - 3.5).max() < 0.5  # so the mean is in them
    np.testing.assert_array_equal(stars, everything(*fitted))


def test_maps_come_back_each_in_its_place(fitted, saved):
    _, user_ids, item_ids = load_recommender(saved, IdMap)
    assert user_ids.decode([0, 1, 2]).tolist() == [30, 10, 20]
    assert item_ids.decode([0, 1, 2, 3]).tolist() == ["d", "a", "c", "b"]


def test_a_loaded_model_can_be_trained_on(saved):
    model, *_ = load_recommender(saved, IdMap)
    pairs, stars = [np.array([0, 1]), np.array([0, 1])], np.array([1.0, 5.0])
    losses = [
        model.train_on_batch(pairs, stars, return_dict=True)["loss"] for _ in range(3)
    ]
    assert losses[2] < losses[0]


def test_the_penalties_come_back(fitted, saved):
    loaded, *_ = load_recommender(saved, IdMap)
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
    loaded = load_recommender(str(folder), IdMap)
    np.testing.assert_array_equal(everything(*loaded), everything(*fitted))


# What does not belong together -------------------------------------------------------


def test_maps_of_another_size_are_not_saved(fitted, tmp_path):
    model, user_ids, item_ids = fitted
    for maps, message in [
        ((item_ids, user_ids), "table 'user_in_table' has 3 rows, .* map has 4 ids"),
        ((user_ids, user_ids), "table 'item_in_table' has 4 rows, .* map has 3 ids"),
        ((IdMap([1, 2]), item_ids), "'user_in_table' has 3 rows, .* map has 2 ids"),
    ]:
        with pytest.raises(ValueError, match=message):
            save_recommender(tmp_path / "new", model, *maps)
    assert not (tmp_path / "new").exists()


def test_a_model_with_other_inputs_is_not_saved(fitted, tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    message = r"a Keras model with the inputs \[users, items\], not "
    with pytest.raises(ValueError, match=message + "one with 1"):
        save_recommender(tmp_path / "new", model, *fitted[1:])
    with pytest.raises(ValueError, match=message + "'model'"):
        save_recommender(tmp_path / "new", "model", *fitted[1:])
    rows = [keras.Input((1,), dtype="int64") for _ in range(3)]
    sizes = (3, 4, 3)
    tables = [
        keras.layers.Embedding(n, 2)(row) for row, n in zip(rows, sizes, strict=True)
    ]
    three = keras.Model(rows, keras.layers.Add()(tables))
    with pytest.raises(ValueError, match=message + "one with 3"):
        save_recommender(tmp_path / "new", three, *fitted[1:])
    three.save(tmp_path / "model.keras")
    for name, ids in zip(("user_ids", "item_ids"), fitted[1:], strict=True):
        ids.save(tmp_path / f"{name}.json")
    with pytest.raises(ValueError, match=message + "one with 3"):
        load_recommender(tmp_path, IdMap)


def two_towers(*more):
    """3 users × 4 items, with more layers after the dot product."""
    rows = [keras.Input((1,), dtype="int64") for _ in range(2)]
    tables = [
        keras.layers.Flatten()(keras.layers.Embedding(n, 2)(row))
        for n, row in zip((3, 4), rows, strict=True)
    ]
    x = keras.layers.Dot(axes=1)(tables)
    for layer in more:
        x = layer(x)
    return keras.Model(rows, x)


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
    save_recommender(tmp_path, model, *fitted[1:])
    loaded, *_ = load_recommender(tmp_path, IdMap)
    pairs = [np.array([0, 2]), np.array([1, 3])]
    np.testing.assert_array_equal(loaded(pairs), model(pairs))


@pytest.mark.parametrize("layer", [Twice(), keras.layers.Lambda(lambda x: 2 * x)])
def test_a_file_with_a_layer_that_keras_does_not_know_is_refused(folder, layer):
    two_towers(layer).save(folder / "model.keras")
    message = r"model\.keras does not hold a saved model that Keras can load \(\w+: "
    with pytest.raises(ValueError, match=message) as caught:
        load_recommender(folder, IdMap)
    assert "\n" not in str(caught.value)


def test_a_table_that_both_inputs_share_must_fit_both_maps(fitted, tmp_path):
    rows = [keras.Input((1,), dtype="int64") for _ in range(2)]
    table = keras.layers.Embedding(4, 2)
    model = keras.Model(rows, keras.layers.Add()([table(row) for row in rows]))
    three, four = fitted[1:]
    save_recommender(tmp_path, model, four, four)
    for maps in [(three, four), (four, three)]:
        with pytest.raises(ValueError, match="has 4 rows, but its map has 3 ids"):
            save_recommender(tmp_path, model, *maps)


def test_the_scale_and_the_clipping_come_back(tmp_path, fitted):
    core = two_towers()
    core.set_weights([np.full(table.shape, 3.0) for table in core.get_weights()])
    x = keras.layers.Rescaling(4, offset=1, name="to_scale")(core.output)
    model = keras.Model(core.inputs, x)
    save_recommender(tmp_path, model, *fitted[1:])
    loaded, *_ = load_recommender(tmp_path, IdMap)
    layer = loaded.get_layer("to_scale")
    assert (layer.offset, layer.scale) == (1, 4)
    stars = everything(loaded, *fitted[1:])
    assert stars.max() == 5.0  # far beyond the scale without clipping
    np.testing.assert_array_equal(stars, everything(model, *fitted[1:]))


@pytest.mark.parametrize(
    ("name", "message"),
    [("user_ids", "'user_in_table' has 3"), ("item_ids", "'item_in_table' has 4")],
)
def test_a_map_of_another_model_is_noticed_on_loading(folder, name, message):
    IdMap([1, 2, 3, 4, 5]).save(folder / f"{name}.json")
    with pytest.raises(ValueError, match=f"{message} rows, but its map has 5 ids"):
        load_recommender(folder, IdMap)


# Missing and damaged files -----------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"there is no {name} in '.*copy'"):
        load_recommender(folder, IdMap)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model\.keras in '.*nowhere'"):
        load_recommender(tmp_path / "nowhere", IdMap)


@pytest.mark.parametrize("name", ["item_ids.json", "user_ids.json"])
def test_a_damaged_map_is_refused(folder, name):
    (folder / name).write_text('{"kind": "IdMap", "n": 3, "ids": [1')
    with pytest.raises(ValueError, match=f"{name} does not hold a saved IdMap"):
        load_recommender(folder, IdMap)


def test_a_damaged_model_is_refused(folder):
    path = folder / "model.keras"
    content = path.read_bytes()
    middle = len(content) // 2
    flipped = bytes([content[middle] ^ 255])
    message = r"model\.keras does not hold a saved model"
    for damaged in (
        b"",
        b"not a model",
        content[:middle],
        content[:middle] + flipped + content[middle + 1 :],
    ):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=message):
            load_recommender(folder, IdMap)
    # Only the weights inside are cut: HDF5 answers with an OSError.
    path.write_bytes(content)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["model.weights.h5"] = parts["model.weights.h5"][:1000]
    with zipfile.ZipFile(path, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part)
    with pytest.raises(ValueError, match=message + r".*OSError"):
        load_recommender(folder, IdMap)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("another", "archive")
    with pytest.raises(ValueError, match=message):
        load_recommender(folder, IdMap)
