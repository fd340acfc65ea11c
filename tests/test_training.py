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
from collab.training import fit, predict

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
def test_its_progress_tells_the_errors_of_the_epoch(train, valid, capsys):
    history = call_fit(train, valid, epochs=2, batch_size=10, progress=True)
    title, lines, _ = capsys.readouterr().err.split("\n")
    assert title == "2 epochs, each 28 ratings in 3 steps"
    last = lines.split("\r")[-1]
    assert last.startswith(f"{'█' * 20} 2/2  ")
    for name in COLUMNS:
        assert f"{name} {history.loc[2, name]:.3f}" in last


@pytest.mark.usefixtures("no_steps")
def test_it_is_silent_on_request(train, valid, capfd):
    model = build()
    capfd.readouterr()
    call_fit(train, valid, model=model, epochs=1, progress=False)
    assert capfd.readouterr() == ("", "")


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
        ({"item_row": True}, r"train\['item_row'\] must hold ids"),
        ({"rating": np.nan}, r"train\['rating'\]: 1 of .* values are missing"),
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
