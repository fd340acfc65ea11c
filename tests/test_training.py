"""collab/training.py: model + tables → fitted model, history, predictions."""

import copy
import inspect
from contextlib import nullcontext

import keras
import numpy as np
import pandas as pd
import pytest
from eager import eagerly

from collab import training
from collab.ids import IdMap
from collab.models import dot_product_model
from collab.training import fit, fit_regularised, predict

N_USERS, N_ITEMS, REG = 5, 7, 0.01
COLUMNS = ["loss", "mse", "val_loss", "val_mse"]


class Ids:
    """The least that `predict` asks of an id map: raw id = 10 · (row number + 1)."""

    def __init__(self, n):
        self.n = n

    def encode(self, ids, *, unknown):
        rows = np.asarray(ids, "int64") // 10 - 1
        return np.where((rows < 0) | (rows >= self.n), unknown, rows)


def build(optimizer="adam", seed=0, n_users=N_USERS, n_items=N_ITEMS, n_factors=3):
    """The course's model, written with Keras alone; U(0, 1) makes every term count."""
    parts = []
    for i, (name, n) in enumerate([("user_in", n_users), ("item_in", n_items)]):
        inp = keras.Input((1,), dtype="int64", name=name)
        factors, bias = (
            keras.layers.Flatten()(
                keras.layers.Embedding(
                    n,
                    width,
                    embeddings_initializer=keras.initializers.RandomUniform(
                        0, 1, seed=10 * seed + 2 * i + (width == 1)
                    ),
                    embeddings_regularizer=keras.regularizers.L2(reg) if reg else None,
                    name=f"{name}_{kind}",
                )(inp)
            )
            for kind, width, reg in [("factors", n_factors, REG), ("bias", 1, 0)]
        )
        parts.append((inp, factors, bias))
    (user, p, b_user), (item, q, b_item) = parts
    x = keras.layers.Add()([keras.layers.Dot(axes=1)([p, q]), b_user, b_item])
    model = keras.Model([user, item], x)
    if optimizer:
        model.compile(optimizer, loss="mse", metrics=["mse"])
    return model


def tables(model):
    """User factors, item factors, user biases, item biases."""
    names = ["user_in_factors", "item_in_factors", "user_in_bias", "item_in_bias"]
    return [model.get_layer(name).get_weights()[0].astype(float) for name in names]


def predict_by_hand(weights, users, items):
    p, q, b_user, b_item = weights
    return (p[users] * q[items]).sum(axis=1) + b_user[users, 0] + b_item[items, 0]


def mse_by_hand(weights, table):
    stars = predict_by_hand(weights, table["user_row"], table["item_row"])
    return np.mean((stars - table["rating"].to_numpy()) ** 2)


def penalty_by_hand(weights):
    return REG * sum((table**2).sum() for table in weights[:2])


@pytest.fixture(scope="module")
def train():
    """28 of the 35 cells, in no order, with an index of its own."""
    rng = np.random.default_rng(8)
    cells = rng.permutation(N_USERS * N_ITEMS)[:28]
    table = pd.DataFrame({"user_row": cells // N_ITEMS, "item_row": cells % N_ITEMS})
    return table.assign(rating=rng.integers(1, 11, 28) / 2).set_index(cells + 100)


@pytest.fixture(scope="module")
def valid(train):
    """The other seven."""
    cells = np.setdiff1d(np.arange(N_USERS * N_ITEMS), train.index - 100)
    table = pd.DataFrame({"user_row": cells // N_ITEMS, "item_row": cells % N_ITEMS})
    return table.assign(rating=[1.0, 5.0, 0.5, 4.0, 3.0, 2.5, 5.0])


def arrays(table):
    users, items, ratings = (table[name].to_numpy() for name in table)
    return [users, items], ratings


def call_fit(train, valid, model=None, **changes):
    model = model or build()
    rng = np.random.default_rng(0)
    return fit(model, train, valid, **{"rng": rng, "progress": False, **changes})


def plain_fit(model, train, valid, epochs, batch_size, rng):
    """What Keras itself does with the same order of the ratings."""
    history = []
    for _ in range(epochs):
        (users, items), ratings = arrays(train)
        order = rng.permutation(len(train))
        logs = model.fit(
            [users[order], items[order]],
            ratings[order],
            batch_size=batch_size,
            shuffle=False,
            verbose=0,
            validation_data=arrays(valid),
        )
        history.append({name: values[0] for name, values in logs.history.items()})
    return pd.DataFrame(history)[COLUMNS]


@pytest.fixture(scope="module")
def four_epochs(train, valid):
    """Four epochs in one call; 28 ratings by 8 leave a last batch of 4."""
    model = build()
    history = fit(
        model,
        train,
        valid,
        epochs=4,
        batch_size=8,
        rng=np.random.default_rng(1),
        progress=False,
    )
    return model, history


# By hand -----------------------------------------------------------------------------


def test_one_step_of_gradient_descent_by_hand(train, valid):
    rate = 0.05
    model = build(keras.optimizers.SGD(rate))
    before = tables(model)
    names = {"user_row": "u", "item_row": "i", "rating": "stars"}
    table = train.rename(columns=names).astype({"u": "uint8", "stars": "float32"})
    kept = table.copy()
    history = fit(
        model,
        table,
        valid.rename(columns=names),
        epochs=1,
        batch_size=100,  # more than there are: one step
        rng=np.random.default_rng(0),
        user="u",
        item="i",
        rating="stars",
        progress=False,
    )
    pd.testing.assert_frame_equal(table, kept)
    gradients = [2 * REG * before[0], 2 * REG * before[1]]
    gradients += [np.zeros((N_USERS, 1)), np.zeros((N_ITEMS, 1))]
    for row in train.itertuples():
        p, q = before[0][row.user_row], before[1][row.item_row]
        stars = sum(a * b for a, b in zip(p, q, strict=True))
        stars += before[2][row.user_row, 0] + before[3][row.item_row, 0]
        slope = 2 * (stars - row.rating) / len(train)
        gradients[0][row.user_row] += slope * q
        gradients[1][row.item_row] += slope * p
        gradients[2][row.user_row] += slope
        gradients[3][row.item_row] += slope
    for start, gradient, end in zip(before, gradients, tables(model), strict=True):
        assert np.abs(rate * gradient).max() > 1e-3
        np.testing.assert_allclose(end, start - rate * gradient, atol=1e-6)
    # The training columns are taken before the step, the validation ones after it.
    row = history.loc[1]
    assert row["mse"] == pytest.approx(mse_by_hand(before, train), rel=1e-5)
    assert row["loss"] - row["mse"] == pytest.approx(penalty_by_hand(before), rel=1e-4)
    assert row["val_mse"] == pytest.approx(mse_by_hand(tables(model), valid), rel=1e-5)


# Independent oracles -----------------------------------------------------------------


def test_the_losses_are_those_of_a_plain_fit_in_the_same_order(
    four_epochs, train, valid
):
    ours, history = four_epochs
    theirs = build()
    expected = plain_fit(theirs, train, valid, 4, 8, np.random.default_rng(1))
    np.testing.assert_allclose(history, expected, rtol=1e-4)
    for a, b in zip(tables(ours), tables(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)
    # The penalty is a small part of the loss: compared by itself.
    penalty, theirs = (table["loss"] - table["mse"] for table in (history, expected))
    np.testing.assert_allclose(penalty, theirs, rtol=1e-4)


def test_the_losses_are_the_same_where_tensorflow_lacks_xla(
    four_epochs, train, valid, monkeypatch
):
    monkeypatch.setattr(training, "_has_xla", lambda: False)
    rng = np.random.default_rng(1)
    history = call_fit(train, valid, epochs=2, batch_size=8, rng=rng)
    pd.testing.assert_frame_equal(history, four_epochs[1][:2], rtol=1e-5)


@pytest.mark.parametrize(
    ("at_once", "compiled"), [(1, False), (9, False), (16, True), (24, False)]
)
def test_rows_put_in_order_in_parts_are_the_same_steps(
    train, valid, four_epochs, monkeypatch, at_once, compiled
):
    # 28 rows in batches of 8: parts of one, two and three batches, and a rest.
    monkeypatch.setattr(training, "_AT_ONCE", at_once)
    rng = np.random.default_rng(1)
    with nullcontext() if compiled else eagerly():
        history = call_fit(train, valid, epochs=2, batch_size=8, rng=rng)
    pd.testing.assert_frame_equal(history, four_epochs[1][:2], rtol=1e-5)


def test_the_order_is_drawn_anew_for_every_epoch(train, valid, monkeypatch):
    orders = []

    def compile_epoch(*_):
        def run_epoch(columns, order, batch_size):
            orders.append([column[order].tolist() for column in columns])
            return {"loss": 1.0, "mse": 1.0}

        return run_epoch

    monkeypatch.setattr(training, "_compile_epoch", compile_epoch)
    call_fit(train, valid, epochs=3, rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for shown in orders:
        expected = train.iloc[rng.permutation(28)]
        assert shown == [expected[column].tolist() for column in train]
    assert len(orders) == 3


def test_the_last_validation_error_is_what_numpy_computes(four_epochs, valid):
    model, history = four_epochs
    expected = mse_by_hand(tables(model), valid)
    assert expected > 0.1
    assert history["val_mse"].iloc[-1] == pytest.approx(expected, rel=1e-5)


def test_loss_minus_error_is_the_penalty(four_epochs):
    model, history = four_epochs
    penalty = (history["val_loss"] - history["val_mse"]).iloc[-1]
    assert penalty == pytest.approx(penalty_by_hand(tables(model)), rel=1e-4)


def test_training_lowers_the_training_error(four_epochs, train):
    model, history = four_epochs
    assert history["mse"].is_monotonic_decreasing
    after, before = tables(model), tables(build())
    assert mse_by_hand(after, train) < 0.98 * mse_by_hand(before, train)


def test_history_has_a_row_per_epoch_and_plain_columns(four_epochs):
    _, history = four_epochs
    assert history.columns.tolist() == COLUMNS
    assert history.index.tolist() == [1, 2, 3, 4]
    assert history.index.name == "epoch"
    assert (history.dtypes == "float64").all()


def test_the_four_by_four_table_can_be_learned_by_heart(tiny):
    users, items = (IdMap(tiny[column]) for column in ("userId", "movieId"))
    table = tiny.assign(
        user_row=users.encode(tiny["userId"]), item_row=items.encode(tiny["movieId"])
    )
    model = dot_product_model(4, 4, 2, reg=0, seed=0)
    model.compile(keras.optimizers.Adam(0.1), loss="mse", metrics=["mse"])
    call_fit(table, table, model=model, epochs=12, batch_size=1)
    stars = predict(model, users, items, tiny["userId"], tiny["movieId"])
    assert np.abs(stars - tiny["rating"]).max() < 0.5  # the mean is off by up to 2.2


# Going on ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_epochs(train, valid, tmp_path_factory):
    """The first half of `four_epochs`: the model, its file, the history, the rng."""
    model, rng = build(), np.random.default_rng(1)
    history = fit(model, train, valid, epochs=2, batch_size=8, rng=rng, progress=False)
    path = tmp_path_factory.mktemp("model") / "model.keras"
    model.save(path)
    return model, path, history, rng


@pytest.mark.parametrize("through_a_file", [False, True])
def test_two_and_two_epochs_are_four(
    two_epochs, four_epochs, train, valid, through_a_file
):
    model, path, first, rng = two_epochs
    if through_a_file:
        model = keras.models.load_model(path)
    with eagerly() if through_a_file else nullcontext():
        second = call_fit(
            train, valid, model, epochs=2, batch_size=8, rng=copy.deepcopy(rng)
        )
    assert second.index.tolist() == [3, 4]
    whole, expected = four_epochs
    pd.testing.assert_frame_equal(pd.concat([first, second]), expected, rtol=1e-5)
    for a, b in zip(tables(model), tables(whole), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


@eagerly()
def test_without_validation_there_are_two_columns(four_epochs, train):
    rng = np.random.default_rng(1)
    history = call_fit(train, None, epochs=2, batch_size=8, rng=rng)
    assert history.columns.tolist() == COLUMNS[:2]
    expected = four_epochs[1].loc[:2, COLUMNS[:2]]
    pd.testing.assert_frame_equal(history, expected, rtol=1e-5)


@pytest.mark.usefixtures("no_steps")
def test_no_row_of_a_long_validation_table_is_lost(train):
    rng = np.random.default_rng(0)
    n = 2 * 65_536 + 3
    users, items = rng.integers(0, N_USERS, n), rng.integers(0, N_ITEMS, n)
    long = pd.DataFrame({"user_row": users, "item_row": items, "rating": 3.0})
    # rows 65,535 and 131,071 are the last of their parts
    long.loc[[65_535, 65_536, 131_071, n - 1], "rating"] = [3e3, 5e3, 7e3, 9e3]
    model = build()
    history = call_fit(train, long, model=model, epochs=1)
    expected = mse_by_hand(tables(model), long)
    assert history["val_mse"].iloc[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.usefixtures("no_steps")
def test_numpys_old_generator_draws_too(train, valid):
    history = call_fit(train, valid, epochs=2, rng=np.random.RandomState(0))
    assert history.index.tolist() == [1, 2]


def test_the_defaults_are_the_original_ones():
    parameters = inspect.signature(fit).parameters
    assert parameters["epochs"].default == 10
    assert parameters["batch_size"].default == 64
    assert parameters["rng"].default is inspect.Parameter.empty


# Progress ----------------------------------------------------------------------------


@pytest.fixture
def no_steps(monkeypatch):
    """Epochs that take no time and change nothing."""

    def run_epoch(*_):
        return {"loss": 1.5, "mse": 1.25}

    monkeypatch.setattr(training, "_compile_epoch", lambda *_: run_epoch)


@pytest.mark.usefixtures("no_steps")
def test_outside_a_notebook_one_line_an_epoch_is_printed(train, valid, capsys):
    history = call_fit(train, valid, epochs=2, batch_size=10, progress=True)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "2 epochs, each 28 ratings in 3 steps"
    assert len(lines) == 2
    for epoch, line in zip([1, 2], lines, strict=True):
        assert line.startswith(f"epoch   {epoch}  {'█' * 10 * epoch}")
        for name in COLUMNS:
            assert f"{name} {history.loc[epoch, name]:.3f}" in line


@pytest.mark.usefixtures("no_steps")
def test_in_a_notebook_the_line_returns_to_its_first_text(train, valid, monkeypatch):
    shown = []

    class Handle:
        def update(self, content, raw):
            shown.append(content["text/plain"])

    def display(content, raw, display_id):
        assert raw
        assert display_id
        shown.append(content["text/plain"])
        return Handle()

    monkeypatch.setattr(training, "_in_jupyter", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    call_fit(train, valid, epochs=2, progress=True)
    title = "2 epochs, each 28 ratings in 1 steps"
    assert len(shown) == 4
    assert shown[0] == shown[-1] == title  # what the notebook stores
    for epoch, text in zip([1, 2], shown[1:3], strict=True):
        assert text.startswith(f"{title}\nepoch   {epoch}")


@pytest.mark.usefixtures("no_steps")
def test_it_is_silent_on_request(train, valid, capfd):
    model = build()
    capfd.readouterr()
    call_fit(train, valid, model=model, epochs=1, progress=False)
    assert capfd.readouterr().out == ""


# Bad input to fit --------------------------------------------------------------------


def test_an_uncompiled_model_is_refused(train, valid):
    with pytest.raises(ValueError, match="compile the model first, with loss='mse'"):
        call_fit(train, valid, model=build(optimizer=None))


def test_a_model_without_an_optimizer_is_refused(train, valid):
    model = build(optimizer=None)
    model.compile(optimizer=None, loss="mse", metrics=["mse"])
    with pytest.raises(ValueError, match="compile the model first, with loss='mse'"):
        call_fit(train, valid, model=model)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (None, "None"),
        ("mae", "'mae'"),
        ("binary_crossentropy", "'binary_crossentropy'"),
        (keras.losses.Huber(), "'huber_loss'"),
        (keras.losses.mean_absolute_error, "'mean_absolute_error'"),
    ],
)
def test_another_loss_is_refused(train, valid, loss, name):
    model = build(optimizer=None)
    model.compile("adam", loss=loss, metrics=["mse"])
    message = f"compile the model with loss='mse', not {name}"
    with pytest.raises(ValueError, match=message):
        call_fit(train, valid, model=model)


@pytest.mark.usefixtures("no_steps")
@pytest.mark.parametrize(
    "loss",
    [
        "mean_squared_error",
        keras.losses.MeanSquaredError(),
        keras.losses.mean_squared_error,
    ],
)
def test_the_same_loss_by_another_name_is_taken(train, valid, loss):
    model = build(optimizer=None)
    model.compile("adam", loss=loss, metrics=["mse"])
    assert len(call_fit(train, valid, model=model, epochs=1)) == 1


SCHEDULES = keras.optimizers.schedules


@pytest.mark.usefixtures("no_steps")
@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        (SCHEDULES.PolynomialDecay(0.01, 11, 0.0), "PolynomialDecay"),
        (SCHEDULES.CosineDecay(0.01, 8, warmup_steps=3), "CosineDecay"),
    ],
)
def test_past_the_end_of_a_schedule_there_is_an_error(train, valid, schedule, name):
    model = build(keras.optimizers.Adam(schedule))
    before = tables(model)
    message = f"{name}, ends at step 11, .* would end at step 12;"
    with pytest.raises(ValueError, match=message):  # 28 ratings, 3 times 4 batches
        call_fit(train, valid, model=model, epochs=3, batch_size=7)
    for a, b in zip(before, tables(model), strict=True):
        np.testing.assert_array_equal(a, b)
    call_fit(train, valid, model=model, epochs=11, batch_size=28)
    model.optimizer.iterations.assign(11)
    with pytest.raises(ValueError, match=r"ends at step 11, .* end at step 12;"):
        call_fit(train, valid, model=model, epochs=1, batch_size=28)


@pytest.mark.usefixtures("no_steps")
@pytest.mark.parametrize(
    "schedule",
    [
        SCHEDULES.PolynomialDecay(0.01, 2, cycle=True),
        SCHEDULES.ExponentialDecay(0.01, 2, 0.5),
        SCHEDULES.CosineDecayRestarts(0.01, 2),
    ],
)
def test_a_schedule_without_an_end_has_none(train, valid, schedule):
    model = build(keras.optimizers.Adam(schedule))
    assert len(call_fit(train, valid, model=model, epochs=3)) == 3


def lookup_model():
    """Two towers that take raw ids."""
    towers = []
    for name in ("user", "item"):
        inp = keras.Input((1,), dtype="int64", name=name)
        x = keras.layers.IntegerLookup(vocabulary=[10, 20])(inp)
        towers.append((inp, keras.layers.Flatten()(keras.layers.Embedding(3, 2)(x))))
    (user, p), (item, q) = towers
    return keras.Model([user, item], keras.layers.Dot(axes=1)([p, q]))


def three_inputs():
    rows = [keras.Input((1,), dtype="int64") for _ in range(3)]
    parts = [keras.layers.Embedding(5, 2)(row) for row in rows]
    return keras.Model(rows, keras.layers.Flatten()(keras.layers.Add()(parts)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lookup_model, "input 'user' goes into no Embedding layer at once"),
        (three_inputs, r"two inputs, \[users, items\], not one with 3"),
        (lambda: keras.Sequential([keras.layers.Dense(1)]), "two inputs, .*, not <Seq"),
        (lambda: "model", "two inputs, .*, not 'model'"),
    ],
)
def test_other_models_are_refused_in_a_sentence(train, valid, make, message):
    model = make()
    if isinstance(model, keras.Model):
        model.compile("adam", loss="mse", metrics=["mse"])
    with pytest.raises(ValueError, match=message):
        call_fit(train, valid, model=model)
    with pytest.raises(ValueError, match=message):
        predict(model, Ids(5), Ids(5), 10, 10)


def test_the_smallest_table_of_an_input_counts(train, valid):
    """A bias for 4 of 5 users: compiled, the fifth would get another's."""
    user = keras.Input((1,), dtype="int64", name="user_in")
    item = keras.Input((1,), dtype="int64", name="item_in")
    parts = [
        keras.layers.Embedding(n, 1)(inp)
        for n, inp in [(5, user), (4, user), (7, item), (9, item)]
    ]
    model = keras.Model([user, item], keras.layers.Flatten()(keras.layers.Add()(parts)))
    model.compile("adam", loss="mse", metrics=["mse"])
    with pytest.raises(ValueError, match=r"has the value 4, .* rows are 0 … 3;"):
        call_fit(train, valid, model=model)
    with pytest.raises(ValueError, match=r"map of the items has 8 ids, .* has 7 rows"):
        predict(model, IdMap(range(4)), IdMap(range(8)), 1, 1)


@pytest.mark.parametrize("metrics", [None, ["mae"]])
def test_a_model_without_the_error_among_its_metrics_is_refused(train, valid, metrics):
    model = build(optimizer=None)
    model.compile("adam", loss="mse", metrics=metrics)
    with pytest.raises(ValueError, match=r"compile the model with metrics=\['mse'\]"):
        call_fit(train, valid, model=model)


@pytest.mark.parametrize("rng", [42, None, np.random])
def test_rng_must_be_a_generator(train, valid, rng):
    with pytest.raises(
        ValueError, match=r"rng must be a generator, .*default_rng.* not"
    ):
        call_fit(train, valid, rng=rng)


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_epochs_and_batch_size_start_at_one(train, valid, name):
    for value, message in [(0, "1 or more, not 0"), (2.0, "a whole number, not 2.0")]:
        with pytest.raises(ValueError, match=f"{name} must be {message}"):
            call_fit(train, valid, **{name: value})


@pytest.mark.parametrize("column", ["user_row", "item_row", "rating"])
def test_a_missing_column_is_named_with_its_table(train, valid, column):
    with pytest.raises(ValueError, match=rf"train has no column '{column}'; it has \["):
        call_fit(train.drop(columns=column), valid)
    with pytest.raises(ValueError, match=rf"valid has no column '{column}'; it has \["):
        call_fit(train, valid.drop(columns=column))


def test_an_empty_table_is_named(train, valid):
    with pytest.raises(ValueError, match="train has no rows"):
        call_fit(train[:0], valid)
    with pytest.raises(ValueError, match="valid has no rows"):
        call_fit(train, valid[:0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user_row": 547}, r"'user_row'\] has the value 547, .*rows are 0 … 4; are"),
        ({"user_row": N_USERS}, r"train\['user_row'\] has the value 5, .* 0 … 4;"),
        ({"item_row": N_ITEMS}, r"train\['item_row'\] has the value 7, .* 0 … 6;"),
        ({"item_row": -1}, r"train\['item_row'\] has the value -1, .*; -1 marks an id"),
        ({"item_row": -2}, r"train\['item_row'\] has the value -2, .*; are these raw"),
        ({"user_row": 1.5}, r"train\['user_row'\]: 1.5 is not a whole number"),
        ({"item_row": "m1"}, r"train\['item_row'\] must be row numbers"),
        ({"item_row": True}, r"train\['item_row'\] holds boolean values"),
        ({"rating": np.nan}, r"train\['rating'\]: 1 of .* values are missing or inf"),
        ({"rating": np.inf}, r"train\['rating'\]: 1 of .* values are missing or inf"),
        ({"rating": "four"}, r"train\['rating'\] must hold numbers, not string"),
        ({"rating": True}, r"train\['rating'\] must hold numbers, not boolean"),
    ],
)
def test_bad_values_are_named_and_no_weight_moves(train, valid, change, message):
    model = build()
    before = tables(model)
    bad = train.copy()
    ((column, value),) = change.items()
    if isinstance(value, (str, bool)):
        bad[column] = value
    else:  # one row in the middle is enough
        bad[column] = bad[column].astype(type(value))
        bad.iloc[9, bad.columns.get_loc(column)] = value
    with pytest.raises(ValueError, match=message):
        call_fit(bad, valid, model=model)
    with pytest.raises(ValueError, match=message.replace("train", "valid")):
        call_fit(train, bad, model=model)
    for a, b in zip(before, tables(model), strict=True):
        np.testing.assert_array_equal(a, b)


# Predicting --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large():
    """40 × 60 with the course's 50 factors: enough for sums to round."""
    return build(optimizer=None, n_users=40, n_items=60, n_factors=50)


def test_one_pair_gives_a_float(large):
    stars = predict(large, Ids(40), Ids(60), 20, 30)  # rows 1 and 2
    assert type(stars) is float
    assert stars == pytest.approx(
        predict_by_hand(tables(large), np.array([1]), np.array([2]))[0], rel=1e-5
    )


def test_many_pairs_give_an_array_in_their_order(large):
    rows = np.random.default_rng(0).integers(0, 40, (2, 500))
    stars = predict(large, Ids(40), Ids(60), *(10 * (rows + 1)))
    assert stars.shape == (500,)
    assert stars.dtype == "float64"
    expected = predict_by_hand(tables(large), *rows)
    assert expected.std() > 0.5
    np.testing.assert_allclose(stars, expected, rtol=1e-5)


def test_one_user_and_many_movies_or_the_reverse(large):
    row = predict(large, Ids(40), Ids(60), 20, [30, 40, 600])
    assert row.tolist() == [
        predict(large, Ids(40), Ids(60), 20, item) for item in (30, 40, 600)
    ]
    column = predict(large, Ids(40), Ids(60), pd.Series([20, 400], index=[5, 5]), 30)
    assert column.tolist() == [
        predict(large, Ids(40), Ids(60), user, 30) for user in (20, 400)
    ]
    assert len({*row, *column}) == 4  # all but one pair differ


def test_lists_of_one_give_arrays_of_one(large):
    for pair in [([20], [30]), (20, [30]), ([20], 30)]:
        stars = predict(large, Ids(40), Ids(60), *pair)
        assert stars.shape == (1,)
        assert stars[0] == predict(large, Ids(40), Ids(60), 20, 30)


def test_no_pairs_give_no_predictions(large):
    assert predict(large, Ids(40), Ids(60), [], []).shape == (0,)
    assert predict(large, Ids(40), Ids(60), 20, []).shape == (0,)


def test_a_prediction_does_not_depend_on_the_others_in_its_batch(large):
    rng = np.random.default_rng(0)
    users, items = (np.indices((40, 60)).reshape(2, -1) + 1) * 10
    alone = [
        predict(large, Ids(40), Ids(60), users[k], items[k]) for k in range(0, 2400, 97)
    ]
    whole = predict(large, Ids(40), Ids(60), users, items)
    assert len(np.unique(whole)) > 2000
    np.testing.assert_array_equal(whole[::97], alone)
    for size in [2, 3, 7, 8, 31, 64, 1000, 2399]:
        batch = rng.permutation(2400)[:size]
        part = predict(large, Ids(40), Ids(60), users[batch], items[batch])
        np.testing.assert_array_equal(part, whole[batch])


def test_more_pairs_than_one_batch_holds(large):
    rows = np.random.default_rng(0).integers(0, 40, (2, 65_536 + 3))
    stars = predict(large, Ids(40), Ids(60), *(10 * (rows + 1)))
    expected = predict_by_hand(tables(large), *rows)
    np.testing.assert_allclose(stars, expected, rtol=1e-5)


def test_predictions_are_clipped_to_the_scale_that_the_model_carries(large):
    assert predict_by_hand(tables(large), [0], [0])[0] > 6
    assert predict(large, Ids(40), Ids(60), 10, 10) > 6  # this one carries none
    x = keras.layers.Rescaling(4, offset=1, name="to_scale")(large.output)
    scaled = keras.Model(large.inputs, x)
    ends = predict(scaled, Ids(40), Ids(60), [10, 20], [10, 20])
    assert ends.tolist() == [5, 5]
    beyond = predict(scaled, Ids(40), Ids(60), [10, 20], [10, 20], clip=False)
    expected = 1 + 4 * predict_by_hand(tables(large), [0, 1], [0, 1])
    np.testing.assert_allclose(beyond, expected, rtol=1e-5)
    x = keras.layers.Rescaling(-1, offset=1, name="low")(large.output)
    x = keras.layers.Rescaling(4, offset=1, name="to_scale")(x)
    scaled = keras.Model(large.inputs, x)
    assert predict(scaled, Ids(40), Ids(60), 10, 10) == 1


def test_an_unknown_id_counts_as_the_average_one(large):
    p, q, b_user, b_item = tables(large)
    stars = predict(
        large, Ids(40), Ids(60), [20, 990, 990], [990, 30, 990], unknown="average"
    )
    by_hand = [
        p[1] @ q.mean(axis=0) + b_user[1, 0] + b_item.mean(),
        p.mean(axis=0) @ q[2] + b_user.mean() + b_item[2, 0],
        p.mean(axis=0) @ q.mean(axis=0) + b_user.mean() + b_item.mean(),
    ]
    np.testing.assert_allclose(stars, by_hand, rtol=1e-5)
    everybody = predict(large, Ids(40), Ids(60), 10 * np.arange(1, 41), 30)
    assert everybody.std() > 0.1
    assert stars[1] == pytest.approx(everybody.mean(), rel=1e-5)
    assert type(predict(large, Ids(40), Ids(60), 990, 30, unknown="average")) is float
    for a, b in zip(tables(large), [p, q, b_user, b_item], strict=True):
        np.testing.assert_array_equal(a, b)


def test_known_ids_get_the_same_with_unknown_ones_among_them(large):
    users, items = [20, 30, 400], [30, 600, 10]
    known = predict(large, Ids(40), Ids(60), users, items)
    among = predict(
        large, Ids(40), Ids(60), [*users, 990], [*items, 10], unknown="average"
    )
    np.testing.assert_allclose(among[:3], known, rtol=1e-6)
    np.testing.assert_array_equal(
        predict(large, Ids(40), Ids(60), users, items, unknown="average"), known
    )


def test_a_loaded_model_predicts_the_same_by_raw_ids(large, tmp_path):
    large.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    pairs = [20, 400, 30], [30, 10, 600]
    np.testing.assert_array_equal(
        predict(loaded, Ids(40), Ids(60), *pairs),
        predict(large, Ids(40), Ids(60), *pairs),
    )


# Bad input to predict ----------------------------------------------------------------


def test_an_id_never_seen_is_refused(large):
    message = r"users: 1 of 1 ids were never seen, the first is 410; unknown='average'"
    with pytest.raises(ValueError, match=message):
        predict(large, Ids(40), Ids(60), 410, 10)
    message = "items: 2 of 3 ids were never seen, the first is 610; unknown='average'"
    with pytest.raises(ValueError, match=message):
        predict(large, Ids(40), Ids(60), [10, 20, 30], [10, 610, 620])
    with pytest.raises(ValueError, match="the first is 'carol'"):
        predict(large, IdMap(["ann", "bob"]), Ids(60), "carol", 10)


@pytest.mark.parametrize("unknown", [-1, "mean", 0])
def test_another_answer_for_unknown_ids_is_refused(large, unknown):
    message = f"unknown must be None or 'average', not {unknown!r}"
    with pytest.raises(ValueError, match=message):
        predict(large, Ids(40), Ids(60), 10, 10, unknown=unknown)


def test_swapped_maps_and_maps_of_another_model_are_refused(large):
    users, items = IdMap(range(40)), IdMap(range(60))
    message = "map of the users has 60 ids, .*'user_in' has 40 rows; are the maps in"
    with pytest.raises(ValueError, match=message):
        predict(large, items, users, 1, 1)
    with pytest.raises(ValueError, match=r"map of the items has 61 ids, .* 60 rows"):
        predict(large, users, IdMap(range(61)), 1, 1)
    assert predict(large, IdMap(range(39)), items, 1, 1) > 0  # a row to spare


@pytest.mark.parametrize("pair", [([10, 20], [10]), ([10], [10, 20]), ([], [10])])
def test_sequences_of_different_lengths_are_refused(large, pair):
    message = f"{len(pair[0])} users, but {len(pair[1])} items"
    with pytest.raises(ValueError, match=message):
        predict(large, Ids(40), Ids(60), *pair)


class Raw:
    """No map at all: raw ids go to the model as they are."""

    def encode(self, ids, *, unknown):
        return np.asarray(ids)


def test_raw_ids_passed_to_the_model_are_refused(large):
    message = "users has the value 547, .* rows are 0 … 39; are these raw"
    with pytest.raises(ValueError, match=message):
        predict(large, Raw(), Raw(), 547, 1)
    with pytest.raises(ValueError, match=r"items has the value 60, .* rows are 0 … 59"):
        predict(large, Raw(), Raw(), [1, 2], [0, 60])
    with pytest.raises(ValueError, match="users has the value -2"):
        predict(large, Raw(), Raw(), -2, 1)
    with pytest.raises(ValueError, match=r"items must be row numbers .* not float64"):
        predict(large, Raw(), Raw(), 1, 1.0)


# One call ----------------------------------------------------------------------------


def made_up(factors=1.0, noise=0.3, n_users=30, n_items=24, n=500, seed=0):
    """Ratings from 1 to 10 or so: biases, two factors, noise. Train and the rest."""
    rng = np.random.default_rng(seed)
    cells = rng.choice(n_users * n_items, n, replace=False)
    users, items = cells // n_items, cells % n_items
    p, q = rng.normal(size=(n_users, 2)), rng.normal(size=(n_items, 2))
    ratings = 5.5 + 0.5 * rng.normal(size=n_users)[users]
    ratings += 0.7 * rng.normal(size=n_items)[items] + noise * rng.normal(size=n)
    ratings += factors * (p[users] * q[items]).sum(axis=1)
    table = pd.DataFrame({"user_row": users, "item_row": items, "rating": ratings})
    return table[: n * 4 // 5], table[n * 4 // 5 :]


def few():
    return made_up(n_users=12, n_items=9, n=60)


def call_regularised(train, valid=None, **changes):
    call = {"n_users": 30, "n_items": 24, "n_factors": 8, "seed": 0, "progress": False}
    return fit_regularised(train, valid, **{**call, **changes})


def ratings_of(model, table):
    rows = [table["user_row"].to_numpy(), table["item_row"].to_numpy()]
    return np.ravel(model(rows)).astype(float)


def slow_damped(train, table, user_damping=5.0, item_damping=3.0):
    """Damped biases with dicts and loops."""
    mean = train["rating"].mean()
    user_bias, item_bias = {}, {}
    for _ in range(3):
        for column, other, mine, theirs, damping in [
            ("item_row", "user_row", item_bias, user_bias, item_damping),
            ("user_row", "item_row", user_bias, item_bias, user_damping),
        ]:
            for key, rows in train.groupby(column):
                left = [
                    row["rating"] - mean - theirs.get(row[other], 0.0)
                    for row in rows.to_dict("records")
                ]
                mine[key] = sum(left) / (damping + len(left))
    return np.array(
        [
            mean + user_bias.get(u, 0.0) + item_bias.get(i, 0.0)
            for u, i in zip(table["user_row"], table["item_row"], strict=True)
        ]
    )


def mean_square(predicted, table):
    return np.mean((predicted - table["rating"].to_numpy()) ** 2)


@pytest.fixture(scope="module")
def with_signal():
    """Strong factors: fitted with all the defaults but the number of factors."""
    train, valid = made_up()
    return train, valid, *call_regularised(train, valid, scale=(-5, 15))


@pytest.fixture(scope="module")
def weak():
    """A short fit without user 7, with item 3 alone left out of 24."""
    train, _ = made_up()
    train = train[(train["user_row"] != 7) & (train["item_row"] != 3)]
    return train, *call_regularised(train, strength=0.9)


def test_factors_that_are_there_are_found(with_signal):
    train, valid, model, history = with_signal
    ours = mean_square(ratings_of(model, valid), valid)
    biases = mean_square(slow_damped(train, valid), valid)
    assert biases > 1.5
    assert ours < 0.4 * biases
    assert history["val_mse"].iloc[-1] == pytest.approx(ours, rel=1e-3)


def test_the_history_starts_with_the_damped_biases(with_signal):
    train, valid, _, history = with_signal
    assert history.columns.tolist() == COLUMNS
    # 400 ratings, 16 a step: 25 steps an epoch, 22 epochs to make 550
    assert history.index.tolist() == list(range(23))
    assert history.index.name == "epoch"
    for name, table in [("mse", train), ("val_mse", valid)]:
        expected = mean_square(slow_damped(train, table), table)
        assert history.loc[0, name] == pytest.approx(expected, rel=1e-4)
    assert (history["loss"] > history["mse"]).all()


def test_the_layers_say_where_on_the_scale_and_then_in_units(with_signal):
    train, _, model, _ = with_signal
    names = [layer.name for layer in model.layers]
    assert names[-2:] == ["add_mean", "to_scale"]
    plain = dot_product_model(30, 24, 8, mean=0)
    assert {layer.name for layer in plain.layers} == set(names[:-1])
    last = model.get_layer("to_scale")
    assert (last.offset, last.scale) == (-5, 20)
    mean = model.get_layer("add_mean")
    assert last.offset + last.scale * mean.offset == pytest.approx(
        train["rating"].mean()
    )
    # in units of the standard deviation over a power of √2, above 1 here
    strength = train["rating"].std(ddof=0) / (last.scale * mean.scale)
    power = 2 * np.log2(strength)
    assert power == pytest.approx(round(power), abs=1e-6)
    assert 1 <= power <= 6
    assert [inp.name for inp in model.inputs] == ["user_in", "item_in"]


@pytest.mark.parametrize(("k", "c"), [(200.0, -1000.0), (0.2, -7.0)])
def test_other_units_give_the_same_predictions_in_them(weak, monkeypatch, k, c):
    train, model, history = weak
    chosen_from = []

    def choose(trainer, known, limits, note):
        chosen_from.extend([*known, limits])
        return 0.9

    monkeypatch.setattr(training, "_choose_strength", choose)
    scaled = train.assign(rating=k * train["rating"] + c)
    other, other_history = call_regularised(scaled, scale=(k * -5 + c, k * 15 + c))
    error = np.sqrt(history["mse"].iloc[-1])
    back = (ratings_of(other, train) - c) / k
    assert np.abs(back - ratings_of(model, train)).max() < 0.01 * error
    np.testing.assert_allclose(other_history / k**2, history, rtol=1e-2, atol=1e-3)
    # The strength is chosen from what no units change.
    mean, spread = train["rating"].mean(), train["rating"].std(ddof=0)
    plain = [train["user_row"], train["item_row"], (train["rating"] - mean) / spread]
    plain.append([(end - mean) / spread for end in (-5, 15)])
    for found, expected in zip(chosen_from, plain, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_seed_decides_the_start_and_every_order(monkeypatch):
    seen = []

    def run(columns, order, batch_size):
        seen[-1].append(order.tolist())
        return {"loss": 1.5, "mse": 1.25}

    monkeypatch.setattr(training, "_compile_epoch", lambda *_: run)
    train, valid = few()
    starts = []
    for seed in (1, 1, 2, None, None):
        seen.append([])
        model, _ = call_regularised(train, strength=2, seed=seed)
        starts.append(ratings_of(model, valid).tolist())
    for drawn in (seen, starts):
        assert drawn[0] == drawn[1]
        assert all(drawn[a] != drawn[b] for a, b in [(0, 2), (2, 3), (3, 4)])


def test_it_survives_saving_and_predict_clips_to_its_scale(with_signal, tmp_path):
    train, _, model, _ = with_signal
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(ratings_of(loaded, train), ratings_of(model, train))
    bias = loaded.get_layer("item_in_bias_table")
    bias.set_weights([np.full((24, 1), 100.0)])
    assert predict(loaded, IdMap(range(30)), IdMap(range(24)), 3, 4) == 15
    assert predict(loaded, IdMap(range(30)), IdMap(range(24)), 3, 4, clip=False) > 16


def test_going_on_past_its_schedule_is_an_error(with_signal):
    train, _, model, _ = with_signal
    assert model.compiled
    with pytest.raises(ValueError, match=r"ends at step 550, .* end at step 557;"):
        call_fit(train, None, model=model, epochs=1)


def test_evaluate_gives_the_error_in_units_of_the_rating(with_signal):
    _, valid, model, history = with_signal
    x = [valid["user_row"].to_numpy(), valid["item_row"].to_numpy()]
    logs = model.evaluate(x, valid["rating"].to_numpy(), verbose=0, return_dict=True)
    assert logs["mse"] == pytest.approx(history["val_mse"].iloc[-1], rel=1e-3)
    add_mean, to_scale = model.get_layer("add_mean"), model.get_layer("to_scale")
    penalty = logs["loss"] - logs["mse"] / (add_mean.scale * to_scale.scale) ** 2
    model(x)  # which computes the penalty of these rows
    assert penalty == pytest.approx(float(sum(model.losses)), rel=0.05)


def test_noise_is_left_to_the_damped_biases():
    train, valid = made_up(factors=0, noise=1.0)
    with pytest.warns(UserWarning, match="the model is the damped biases alone"):
        model, history = call_regularised(train, valid)
    expected = slow_damped(train, valid)
    assert expected.std() > 0.3
    np.testing.assert_allclose(ratings_of(model, valid), expected, rtol=1e-5)
    assert history.index.tolist() == [0]
    for name in ("user_in_table", "item_in_table"):
        assert not model.get_layer(name).get_weights()[0].any()


def fit_to(calls):
    """A trainer whose factors are the truth, made smaller as the strength falls."""

    class Trainer:
        rng = np.random.default_rng(0)

        def start(self, users, items, y, factors=0.02):
            assert len(users) == len(items) == len(y)
            self.strength, self.factors = y.std() / self.spread, factors
            self.rows = users

        def run(self, users, items, y):
            calls.append((round(float(self.strength), 1), users.tolist()))
            yield {}

        def predict(self, users, items):
            assert not np.isin(users, self.rows).any()
            if not self.factors:
                return np.zeros(len(users))
            return self.strength * self.said(users, self.strength)

    return Trainer()


@pytest.mark.parametrize(
    ("best", "tried"),
    [
        (1.0, [1.0]),
        (0.71, [1.0, 0.7, 0.5]),
        (0.5, [1.0, 0.7, 0.5]),
        (2.0, [1.0, 1.4, 2.0, 2.8]),
        (8.0, [1.0, 1.4, 2.0, 2.8, 4.0, 5.7, 8.0]),
    ],
)
def test_the_strength_is_raised_or_lowered_by_steps_to_the_best(best, tried):
    calls = []
    rows = np.arange(20_000)  # a row number for each rating: they can be told apart
    truth = np.random.default_rng(1).normal(size=20_000)
    trainer = fit_to(calls)
    trainer.spread = truth.std()
    # too strong: noise is added; too weak: only a part of it is said
    noise = np.random.default_rng(2).normal(size=20_000)

    def said(users, strength):
        off = np.log2(strength / best)
        if off > 0.05:
            return truth[users] + 2 * off * noise[users]
        return truth[users] / (1 - 2 * min(off + 0.05, 0))

    trainer.said = said
    found = training._choose_strength(trainer, (rows, rows, truth), (-9, 9), print)
    assert found == pytest.approx(best, rel=0.01)
    strengths = [strength for strength, _ in calls]
    n_parts = strengths.count(1.0)
    assert n_parts == 3  # tenths of 20,000 rows, to make 5,000
    assert strengths[::n_parts] == tried
    held_out = [set(rows) - set(users) for _, users in calls[:n_parts]]
    assert [len(part) for part in held_out] == [2_000] * 3
    assert len(set.union(*held_out)) == 6_000


def chosen(truth, said, base=None, limits=(-9, 9)):
    """The strength chosen where the factors always predict `said`, the biases `base`;
    and the strengths that were tried, in order."""
    calls, rows = [], np.arange(len(truth))
    trainer = fit_to(calls)
    trainer.spread = truth.std()

    def predict(users, items):
        by_biases = np.zeros(len(truth)) if base is None else base
        return trainer.strength * (said if trainer.factors else by_biases)[users]

    trainer.predict = predict
    found = training._choose_strength(trainer, (rows, rows, truth), limits, print)
    return found, [strength for strength, _ in calls]


@pytest.mark.parametrize(
    ("slope", "second"), [(0.65, [0.7]), (0.75, []), (1.2, []), (1.3, [1.4])]
)
def test_a_slope_near_1_is_left_at_that(slope, second):
    truth = np.random.default_rng(0).normal(size=60_000)
    _, tried = chosen(truth, truth / slope)
    assert tried[:2] == [1.0, *second]


@pytest.mark.parametrize(("n", "n_parts"), [(1_000, 5), (20_000, 3), (60_000, 1)])
def test_small_tables_are_judged_on_five_tenths_large_ones_on_one(n, n_parts):
    truth = np.random.default_rng(0).normal(size=n)
    assert chosen(truth, truth) == (1.0, [1.0] * n_parts)


def test_what_goes_beyond_the_scale_counts_as_its_end():
    truth = np.random.default_rng(0).choice([-1.0, 1.0], 1_000)
    found, _ = chosen(truth, 5 * truth, limits=(-1, 1))
    assert found == 1
    found, _ = chosen(truth, 5 * truth, limits=(-9, 9))
    assert found == 0


def test_the_biases_are_as_good_at_every_strength():
    """Here they are perfect: nothing that is a little off can be better."""
    truth = np.random.default_rng(0).normal(size=60_000)
    found, tried = chosen(truth, 0.9 * truth, base=truth)
    assert (found, tried) == (0.0, [1.0, 0.7, 0.5])


@pytest.mark.parametrize(("n_errors", "found"), [(2.9, 0.0), (3.1, 1.0)])
def test_factors_must_be_better_by_three_standard_errors(n_errors, found):
    rng = np.random.default_rng(0)
    rows, truth = np.arange(1_000), rng.normal(size=1_000)
    trainer = fit_to([])
    trainer.spread = truth.std()
    known = rows, rows, truth
    # What is said lowers half of the squared errors and raises the others.
    order = np.random.default_rng(0).permutation(1_000)[:500]
    assert len(set(order)) == 500
    gains = rng.normal(size=500)
    gains = (gains - gains.mean()) / gains.std() + n_errors / np.sqrt(500)
    gains *= 0.01
    left = np.full(1_000, 3.0)
    said = np.zeros(1_000)
    said[order] = left[order] - np.sqrt(left[order] ** 2 - gains)
    trainer.spread = 1.0
    trainer.said = lambda users, strength: said[users]
    trainer.start = lambda u, i, y, factors=0.02: vars(trainer).update(
        strength=1.0, factors=factors, rows=u
    )
    known = rows, rows, left
    slope = (said[order] @ left[order]) / (said[order] @ said[order])
    assert abs(slope) > 1.25
    assert (training._choose_strength(trainer, known, (-9, 9), print) > 0) == (
        found > 0
    )


# Quick ones: strength=0, so that nothing is traced, and biases checked exactly


@pytest.mark.filterwarnings("error")
def test_without_factors_it_is_the_damped_biases_by_loops():
    train, valid = few()
    model, history = call_regularised(
        train, valid, strength=0, user_damping=2, item_damping=0.5
    )
    expected = slow_damped(train, valid, 2, 0.5)
    np.testing.assert_allclose(ratings_of(model, valid), expected, rtol=1e-5)
    assert history.loc[0, "val_mse"] == pytest.approx(mean_square(expected, valid))
    # 2 Σ b_u² + 0.5 Σ b_i² over the number of ratings, in units of the rating
    unit = train["rating"].std(ddof=0)
    squares = [
        (model.get_layer(f"{name}_bias_table").get_weights()[0] ** 2).sum()
        for name in ("user_in", "item_in")
    ]
    penalty = unit**2 * (2 * squares[0] + 0.5 * squares[1]) / len(train)
    assert history.loc[0, "loss"] - history.loc[0, "mse"] == pytest.approx(
        penalty, rel=1e-3
    )


def test_users_and_items_without_a_rating_count_as_average(weak):
    train, model, _ = weak
    for name, row in [("user_in", 7), ("item_in", 3)]:
        for table in (f"{name}_table", f"{name}_bias_table"):
            (weights,) = model.get_layer(table).get_weights()
            assert not weights[row].any()
            assert weights[row - 1].any()
    strangers = pd.DataFrame({"user_row": [7], "item_row": [3]})
    mean = train["rating"].mean()
    assert ratings_of(model, strangers)[0] == pytest.approx(mean, rel=1e-6)


def test_the_penalty_is_the_one_described(weak):
    train, model, history = weak
    x = [train["user_row"].to_numpy(), train["item_row"].to_numpy()]
    model(x)  # Keras adds it up over a batch, here of all the rows
    found = sum(float(loss) for loss in model.losses)
    weights = {
        layer.name: layer.get_weights()[0].astype(float)
        for layer in model.layers
        if layer.get_weights()
    }
    expected = 0.0
    for name, rows, damping in [("user_in", x[0], 5), ("item_in", x[1], 3)]:
        factors, bias = weights[f"{name}_table"], weights[f"{name}_bias_table"]
        assert (factors**2).sum() > 1
        expected += 0.03 * (factors[rows] ** 2).sum() / len(train)
        expected += (5 * (factors**2).sum() + damping * (bias**2).sum()) / len(train)
    assert found == pytest.approx(expected, rel=1e-4)
    unit = train["rating"].std(ddof=0) / 0.9
    last = history.iloc[-1]
    assert (last["loss"] - last["mse"]) / unit**2 == pytest.approx(found, rel=0.05)


def test_the_scale_is_read_off_the_training_rows():
    train, valid = few()
    model, _ = call_regularised(train, valid.assign(rating=100.0), strength=0)
    layer = model.get_layer("to_scale")
    assert layer.offset == train["rating"].min()
    assert layer.offset + layer.scale == pytest.approx(train["rating"].max())


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ((0.5, 5), r"scale=\(0.5, 5\) does not hold the ratings, 2 to 9"),
        ((3, 10), r"scale=\(3, 10\) does not hold the ratings, 2 to 9"),
        ("29", r"scale must be \(lowest, highest\), not '29'"),
        ((10, 1), r"scale must be \(lowest, highest\), not \(10, 1\)"),
        ((5, 5), r"scale must be \(lowest, highest\), not"),
        ((1, np.inf), r"scale must be \(lowest, highest\), not"),
        ((1, 2, 3), r"scale must be \(lowest, highest\), not"),
        (10, r"scale must be \(lowest, highest\), not 10"),
    ],
)
def test_a_scale_that_does_not_fit_is_refused(scale, message):
    rows = [(0, 0, 2.0), (0, 1, 9.0), (1, 0, 4.0)]
    table = pd.DataFrame(rows, columns=["user_row", "item_row", "rating"])
    with pytest.raises(ValueError, match=message):
        call_regularised(table, scale=scale)


def test_equal_ratings_get_a_warning_that_points_to_ranking():
    table = few()[0].assign(rating=1)
    with pytest.warns(UserWarning, match=r"all 48 ratings are 1, .*collab\.ranking"):
        model, history = call_regularised(table)
    assert ratings_of(model, table) == pytest.approx(1)
    assert history.index.tolist() == [0]
    assert history.loc[0, "mse"] == 0
    with pytest.warns(UserWarning, match="all 48 ratings are 1"):
        model, _ = call_regularised(table, scale=(0, 5), strength=1)
    assert ratings_of(model, table) == pytest.approx(1)


def test_tables_too_small_to_hold_rows_out_get_damped_biases():
    rows = [(0, 0, 2.0), (0, 1, 9.0), (1, 0, 4.0)]
    table = pd.DataFrame(rows, columns=["user_row", "item_row", "rating"])
    with pytest.warns(UserWarning, match="damped biases alone"):
        model, _ = call_regularised(table)
    np.testing.assert_allclose(
        ratings_of(model, table), slow_damped(table, table), rtol=1e-6
    )
    with pytest.warns(UserWarning, match="all 1 ratings are 2"):
        model, _ = call_regularised(table[:1])
    assert ratings_of(model, table) == pytest.approx(2)
    with pytest.raises(ValueError, match="train has no rows"):
        call_regularised(table[:0])
    with pytest.raises(ValueError, match="valid has no rows"):
        call_regularised(table, table[:0])


def test_a_damping_of_zero_divides_nothing_by_zero():
    table, _ = few()
    model, _ = call_regularised(table, strength=0, user_damping=0, item_damping=0)
    expected = slow_damped(table, table, 0, 0)
    np.testing.assert_allclose(ratings_of(model, table), expected, rtol=1e-5)
    assert all(np.isfinite(weights).all() for weights in model.get_weights())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_users": 0}, "n_users must be 1 or more, not 0"),
        ({"n_items": 2.0}, "n_items must be a whole number, not 2.0"),
        ({"n_factors": 0}, "n_factors must be 1 or more, not 0"),
        ({"user_damping": -1}, "user_damping must be a number, 0 or more, not -1"),
        ({"item_damping": "3"}, "item_damping must be a number, 0 or more, not '3'"),
        ({"strength": np.nan}, "strength must be a number, 0 or more, not nan"),
        ({"strength": True}, "strength must be a number, 0 or more, not True"),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"n_users": 2}, r"train\['user_row'\] has the value \d+, .* rows are 0 … 1"),
        ({"rating": "stars"}, "train has no column 'stars'"),
    ],
)
def test_the_one_call_names_what_it_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        call_regularised(made_up()[0], **change)


def test_the_defaults_of_the_one_call():
    parameters = inspect.signature(fit_regularised).parameters
    defaults = {name: p.default for name, p in parameters.items()}
    assert defaults["n_factors"] == 50
    assert (defaults["user_damping"], defaults["item_damping"]) == (5, 3)
    for name in ("valid", "scale", "strength", "seed"):
        assert defaults[name] is None


def test_the_one_call_takes_other_column_names_and_an_index_named_like_one():
    train, valid = few()
    names = {"user_row": "u", "item_row": "i", "rating": "stars"}
    other = train.rename(columns=names).set_index("u", drop=False)
    kept = other.copy()
    a, _ = call_regularised(train, strength=0)
    b, _ = call_regularised(other, strength=0, user="u", item="i", rating="stars")
    np.testing.assert_array_equal(ratings_of(a, valid), ratings_of(b, valid))
    pd.testing.assert_frame_equal(other, kept)


def test_the_one_call_shows_its_epochs(monkeypatch, capsys):
    train, _ = few()

    def run(*_):
        return {"loss": 1.5, "mse": 1.25}

    monkeypatch.setattr(training, "_compile_epoch", lambda *_: run)
    call_regularised(train, strength=1, progress=True)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "184 epochs, each 48 ratings in 3 steps"
    assert len(lines) == 184
    call_regularised(train, strength=0, progress=True)
    assert capsys.readouterr().out == ""
    with pytest.warns(UserWarning, match="factors did not lower"):
        call_regularised(train, strength=None, progress=True)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title.startswith("184 epochs")
    expected = [
        f"trying strength {strength}, part {part} of 5"
        for strength in ("1", "0.71", "0.5")
        for part in range(1, 6)
    ]
    assert lines == expected


@pytest.mark.parametrize(
    ("rows", "sizes", "expected"),
    [
        (80_000, (671, 9_066), (1024, 79, 7)),
        (347_000, (77_805, 185_973), (16_486, 22, 25)),
        (600, (40, 50), (18, 34, 17)),
        (3, (2, 2), (3, 1, 550)),
        (800_000, (6_040, 3_704), (3125, 256, 7)),
        (32_000_000, (200_000, 85_000), (125_000, 256, 7)),
    ],
)
def test_batches_grow_with_the_tables_and_steps_do_not_run_out(
    monkeypatch, rows, sizes, expected
):
    net = training._regularised_net
    monkeypatch.setattr(
        training, "_regularised_net", lambda _, f, d, n: net((2, 2), f, d, n)
    )
    trainer = training._Trainer(sizes, 2, (5, 3), rows, np.random.default_rng(0))
    assert (trainer.batch_size, trainer.n_batches, trainer.epochs) == expected
    steps = trainer.epochs * trainer.n_batches
    for done, rate in [(0, 0.01), (steps // 2, 0.005), (steps, 0)]:
        trainer.net.optimizer.iterations.assign(done)
        found = float(trainer.net.optimizer.learning_rate)
        assert found == pytest.approx(rate, rel=0.01)


def test_an_epoch_of_the_one_call_has_every_row_and_full_batches(monkeypatch):
    seen = []

    def run(columns, order, batch_size):
        seen.append((*(column[order] for column in columns), batch_size))
        return {}

    monkeypatch.setattr(training, "_compile_epoch", lambda *_: run)
    trainer = training._Trainer((50, 50), 2, (5, 3), 50, np.random.default_rng(0))
    rows = np.arange(45)  # five are held out: the steps remain the same
    trainer.start(rows, rows, rows / 9)
    assert len(list(trainer.run(rows, rows, rows / 9))) == trainer.epochs
    for users, items, y, batch_size in seen:
        assert len(users) == 64 == 4 * batch_size
        assert set(users) == set(rows)
        np.testing.assert_array_equal(users, items)
        np.testing.assert_array_equal(users / 9, y)
    assert seen[0][0].tolist() != seen[1][0].tolist()


def test_starting_again_forgets_what_was_learned():
    trainer = training._Trainer((30, 24), 8, (5, 3), 400, np.random.default_rng(0))
    table, _ = made_up()
    arrays = [table[column].to_numpy() for column in table]
    y = arrays[2] - arrays[2].mean()
    for variable in trainer.net.optimizer.variables:
        variable.assign(keras.ops.ones_like(variable))
    trainer.start(*arrays[:2], y)
    for variable in trainer.net.optimizer.variables:
        assert not np.any(variable.numpy())
    factors = trainer.net.get_layer("user_in_table").get_weights()[0]
    assert 0.015 < factors.max() <= 0.02
    assert -0.02 <= factors.min() < -0.015
    trainer.start(*arrays[:2], y)
    again = trainer.net.get_layer("user_in_table").get_weights()[0]
    assert np.abs(again - factors).max() > 0.01
    predicted = trainer.predict(*arrays[:2])
    expected = slow_damped(table, table) - table["rating"].mean()
    assert np.abs(predicted - expected).max() < 0.02
