"""collab/regularised.py: ratings by row number → a model that fits well."""

from unittest.mock import Mock

import keras
import numpy as np
import pandas as pd
import pytest

from collab import regularised
from collab.baselines import fit_biases, predict_biases
from collab.factors import read_factors
from collab.ids import IdMap
from collab.regularised import fit_regularised
from collab.storage import load_recommender, save_recommender
from collab.training import predict


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


def damped(train, table, **dampings):
    rows = {"user": "user_row", "item": "item_row"}
    return predict_biases(fit_biases(train, **rows, **dampings), table, **rows)


def mean_square(predicted, table):
    return np.mean((predicted - table["rating"].to_numpy()) ** 2)


@pytest.fixture
def no_steps(monkeypatch):
    """Steps that take no time and change nothing: the batches that they were given."""
    seen = []

    def take_steps(trainer, *batches):
        seen.append(batches)
        return 1.25 * len(batches[0])

    monkeypatch.setattr(regularised._Trainer, "_take_steps", take_steps)
    monkeypatch.setattr(regularised.tf, "function", lambda function, **_: function)
    return seen


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
    assert ours < 0.4 * mean_square(damped(train, valid), valid)
    # The history starts with the damped biases.
    assert history.columns.tolist() == ["mse", "val_mse"]
    for name, table in [("mse", train), ("val_mse", valid)]:
        expected = mean_square(damped(train, table), table)
        assert history.loc[0, name] == pytest.approx(expected, rel=1e-4)
    assert history["val_mse"].iloc[-1] == pytest.approx(ours, rel=1e-3)
    # 400 ratings, 16 a step: 25 steps an epoch, 22 epochs to make 550
    assert history.index.tolist() == list(range(23))
    assert history.index.name == "epoch"


def test_the_layers_say_where_on_the_scale_and_then_in_units(with_signal):
    train, _, model, _ = with_signal
    assert [layer.name for layer in model.layers][-2:] == ["add_mean", "to_scale"]
    (low, span), (place, unit) = (
        (float(layer.offset), float(layer.scale))
        for layer in (model.get_layer("to_scale"), model.get_layer("add_mean"))
    )
    assert (low, span) == (-5, 20)
    assert low + span * place == pytest.approx(train["rating"].mean())
    # in units of the standard deviation over a power of √2, above 1 here
    strength = train["rating"].std(ddof=0) / (span * unit)
    power = 2 * np.log2(strength)
    assert power == pytest.approx(round(power), abs=1e-6)
    assert 1 <= power <= 6


def test_other_units_give_the_same_predictions_in_them(weak, monkeypatch):
    (train, model, history), k, c = weak, 200.0, -1000.0
    chosen_from = []

    def choose(trainer, known, limits, spread, note):
        chosen_from.extend([*known, limits])
        return 0.9, ""

    monkeypatch.setattr(regularised, "_choose_strength", choose)
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


def test_a_seed_decides_the_start_and_every_order(no_steps):
    train, valid = few()
    starts, orders = [], []
    for seed in (1, 1, 2, None, None):
        no_steps.clear()
        model, _ = call_regularised(train, strength=2, seed=seed)
        starts.append(ratings_of(model, valid).tolist())
        orders.append([users.tolist() for users, _, _ in no_steps])
    for drawn in (starts, orders):
        assert drawn[0] == drawn[1]
        assert all(drawn[a] != drawn[b] for a, b in [(0, 2), (2, 3), (3, 4)])


def test_it_survives_saving_and_predict_clips_to_its_scale(with_signal, tmp_path):
    train, _, model, _ = with_signal
    maps = IdMap(range(30)), IdMap(range(24))
    save_recommender(tmp_path / "it", model, *maps)
    loaded, *_ = load_recommender(tmp_path / "it")
    np.testing.assert_array_equal(ratings_of(loaded, train), ratings_of(model, train))
    bias = loaded.get_layer("item_in_bias_table")
    bias.set_weights([np.full((24, 1), 100.0)])
    assert predict(loaded, *maps, 3, 4) == 15


class Told:
    """A trainer whose biases predict `base`, its factors `said` of the strength."""

    def __init__(self, truth, said, base):
        self.rng = np.random.default_rng(0)
        self.spread, self.said, self.base = truth.std(), said, base
        self.tried, self.held_out = [], []

    def start(self, users, items, y, factors=0.02):
        assert len(users) == len(items) == len(y)
        self.strength, self.rows, self.factors = y.std() / self.spread, users, factors

    def run(self, users, items, y):
        self.tried.append(round(float(self.strength), 1))
        self.held_out.append(set(range(len(self.base))) - set(users))
        yield {}

    def __call__(self, rows):
        users, _ = rows
        assert not np.isin(users, self.rows).any()
        told = self.said(self.strength) if self.factors else self.base
        return self.strength * told[users]


def chosen(truth, said, base=0.0, limits=(-9, 9)):
    """The strength that is chosen, and the trainer that was asked."""
    rows = np.arange(len(truth))  # a row number for each rating tells them apart
    trainer = Told(truth, said, np.broadcast_to(base, truth.shape))
    known = rows, rows, truth
    strength, _ = regularised._choose_strength(trainer, known, limits, 1.0, print)
    return strength, trainer


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
    truth, noise = (np.random.default_rng(k).normal(size=20_000) for k in (1, 2))

    def said(strength):  # too strong: noise is added; too weak: only a part is said
        off = np.log2(strength / best)
        return truth + 2 * off * noise if off > 0.05 else truth / (1 - 2 * min(off, 0))

    found, trainer = chosen(truth, said)
    assert found == pytest.approx(best, rel=0.01)
    # Three tenths of 20,000 rows, to make 5,000.
    assert trainer.tried == [strength for strength in tried for _ in range(3)]
    assert [len(part) for part in trainer.held_out[:3]] == [2_000] * 3
    assert len(set.union(*trainer.held_out[:3])) == 6_000


@pytest.mark.parametrize(
    ("slope", "second"), [(0.65, [0.7]), (0.75, []), (1.2, []), (1.3, [1.4])]
)
def test_a_slope_near_1_is_left_at_that(slope, second):
    truth = np.random.default_rng(0).normal(size=60_000)
    _, trainer = chosen(truth, lambda _: truth / slope)
    assert trainer.tried[:2] == [1.0, *second]


def test_what_goes_beyond_the_scale_counts_as_its_end():
    truth = np.random.default_rng(0).choice([-1.0, 1.0], 1_000)
    for limits, expected in [((-1, 1), 1), ((-9, 9), 0)]:
        assert chosen(truth, lambda _: 5 * truth, limits=limits)[0] == expected


def test_the_biases_are_as_good_at_every_strength():
    """Here they are perfect: nothing that is a little off can be better."""
    truth = np.random.default_rng(0).normal(size=60_000)
    found, trainer = chosen(truth, lambda _: 0.9 * truth, base=truth)
    assert (found, trainer.tried) == (0.0, [1.0, 0.7, 0.5])


@pytest.mark.parametrize(("n_errors", "found"), [(2.98, 0.0), (3.02, 1.0)])
def test_factors_must_be_better_by_three_standard_errors(n_errors, found):
    rng = np.random.default_rng(0)
    truth = rng.choice([-3.0, 3.0], 1_000)
    # What is said changes the squared errors of the five tenths that are held out.
    order = np.random.default_rng(0).permutation(1_000)[:500]
    gains = rng.normal(size=500)
    gains = (gains - gains.mean()) / gains.std() + n_errors / np.sqrt(500)
    said = np.zeros(1_000)
    said[order] = truth[order] * (1 - np.sqrt(1 - gains / 1_000))
    strength, _ = chosen(truth, lambda _: said)
    assert (strength > 0) == (found > 0)


# Quick ones: strength=0, so that nothing is traced, and biases checked exactly


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dampings", [(None, None), (2, 0.5), (0, 0)])
def test_without_factors_it_is_the_damped_biases(dampings):
    train, valid = few()
    far, names = valid.assign(rating=100.0), ("user_damping", "item_damping")
    dampings = dict(zip(names, dampings, strict=True))
    model, history = call_regularised(train, far, strength=0, **dampings)
    expected = damped(train, valid, **dampings)
    assert expected.std() > 0.1
    np.testing.assert_allclose(ratings_of(model, valid), expected, rtol=1e-5)
    assert history.index.tolist() == [0]
    assert history.loc[0, "val_mse"] == pytest.approx(np.mean((expected - 100) ** 2))
    # The scale is read off the training rows, and a user has no factors left.
    scale = model.get_layer("to_scale")
    assert float(scale.offset) == train["rating"].min()
    assert float(scale.offset + scale.scale) == pytest.approx(train["rating"].max())
    for side in ("user", "item"):
        assert not model.get_layer(f"{side}_in_table").get_weights()[0].any()


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


def test_a_step_goes_down_the_loss_that_is_described():
    rng = np.random.default_rng(0)
    trainer = regularised._Trainer((3, 4), 2, (6.0, 7.0), 90, rng)
    users, items = np.array([0, 2, 2, 1]), np.array([3, 0, 1, 1])
    y = rng.normal(size=4)
    for table in trainer.tables:
        table.assign(rng.normal(size=table.shape))
    P, Q, b_u, b_i = before = [table.numpy().astype(float) for table in trainer.tables]
    # The loss is a mean over the ratings of a batch, and 90 of them pay for a table.
    gradients = [w * 2 * t / 90 for w, t in zip((5, 5, 6, 7), before, strict=True)]
    errors = []
    for u, i, rating in zip(users, items, y, strict=True):
        errors.append(P[u] @ Q[i] + b_u[u, 0] + b_i[i, 0] - rating)
        gradients[0][u] += 2 * (errors[-1] * Q[i] + 0.03 * P[u]) / 4
        gradients[1][i] += 2 * (errors[-1] * P[u] + 0.03 * Q[i]) / 4
        gradients[2][u] += 2 * errors[-1] / 4
        gradients[3][i] += 2 * errors[-1] / 4
    trainer.optimizer = keras.optimizers.SGD(0.1)
    trainer.optimizer.build(trainer.tables)
    batches = users[None], items[None], y[None].astype("float32")
    total = float(trainer.take_steps(*batches))
    assert total == pytest.approx(np.mean(np.square(errors)), rel=1e-5)
    for table, start, gradient in zip(trainer.tables, before, gradients, strict=True):
        np.testing.assert_allclose(table.numpy(), start - 0.1 * gradient, atol=1e-6)


def test_a_machine_without_a_compiler_is_noticed(monkeypatch):
    regularised._has_xla.cache_clear()

    def function(*_, **__):
        raise NotImplementedError

    try:
        monkeypatch.setattr(regularised.tf, "function", function)
        assert regularised._has_xla() is False
    finally:
        regularised._has_xla.cache_clear()


def test_ratings_far_from_0_are_told_apart(weak):
    train, model, _ = weak
    maps, pairs = (
        (IdMap(range(30)), IdMap(range(24))),
        (train["user_row"], train["item_row"]),
    )
    expected = predict(model, *maps, *pairs)
    far, _ = call_regularised(train.assign(rating=train["rating"] + 1e8), strength=0.9)
    for moved in (
        predict(far, *maps, *pairs),
        read_factors(far, *maps).predict(*pairs),
    ):
        np.testing.assert_allclose(moved - 1e8, expected, atol=0.01)


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
    with pytest.warns(UserWarning, match="fewer than ten .* damped biases alone"):
        model, _ = call_regularised(table)
    np.testing.assert_allclose(
        ratings_of(model, table), damped(table, table), rtol=1e-6
    )
    with pytest.warns(UserWarning, match="all 1 ratings are 2"):
        model, _ = call_regularised(table[:1])
    assert ratings_of(model, table) == pytest.approx(2)
    with pytest.raises(ValueError, match="train has no rows"):
        call_regularised(table[:0])
    with pytest.raises(ValueError, match="valid has no rows"):
        call_regularised(table, table[:0])
    with pytest.raises(ValueError, match="does not hold the ratings, which go from"):
        call_regularised(table, scale=(3, 100))


def test_the_one_call_takes_other_column_names():
    train, valid = few()
    names = {"user_row": "u", "item_row": "i", "rating": "x"}
    a, _ = call_regularised(train, valid, strength=0)
    columns = {"user": "u", "item": "i", "rating": "x", "strength": 0}
    b, _ = call_regularised(train.rename(columns=names), **columns)
    np.testing.assert_array_equal(ratings_of(a, valid), ratings_of(b, valid))


def test_the_one_call_shows_what_it_tries_and_its_epochs(monkeypatch, no_steps):
    show = Mock()
    monkeypatch.setattr(regularised, "Progress", show)
    (train, valid), line = few(), show.return_value
    _, history = call_regularised(train, valid, strength=1, progress=True)
    title = f"184 epochs, each {len(train)} ratings in 3 steps"
    show.assert_called_once_with(title, total=184, visible=True)
    shown = [call.args for call in line.update.call_args_list]
    assert [done for done, _ in shown] == list(range(1, 185))
    last = history.iloc[-1]
    assert shown[-1][1] == f"mse {last['mse']:.3f}  val_mse {last['val_mse']:.3f}"
    assert last["mse"] == pytest.approx(1.25 * train["rating"].var(ddof=0))
    line.close.assert_called_once()
    call_regularised(train, strength=0, progress=True)
    assert show.call_args.kwargs["visible"] is False
    numbers = r"RMSE 1\.\d{3} with them, 1\.\d{3} without; .* biases alone"
    with pytest.warns(UserWarning, match=f"did not clearly lower .* {numbers}"):
        call_regularised(train, progress=True)
    assert [call.args[0] for call in line.note.call_args_list] == [
        f"trying strength {strength}, part {part} of 5"
        for strength in ("1", "0.71", "0.5")
        for part in range(1, 6)
    ]


@pytest.mark.parametrize(
    ("rows", "sizes", "expected"),
    [
        (80_000, (671, 9_066), (1024, 79, 7)),
        (347_000, (77_805, 185_973), (16_486, 22, 25)),
        (3, (2, 2), (3, 1, 550)),
        (32_000_000, (200_000, 85_000), (125_000, 256, 7)),
    ],
)
def test_batches_grow_with_the_tables_and_steps_do_not_run_out(
    monkeypatch, rows, sizes, expected
):
    variable = keras.Variable
    monkeypatch.setattr(keras, "Variable", lambda table: variable(table[:2]))
    rng = np.random.default_rng(0)
    trainer = regularised._Trainer(sizes, 2, (5, 3), rows, rng)
    assert (trainer.batch_size, trainer.n_batches, trainer.epochs) == expected
    steps = trainer.epochs * trainer.n_batches
    for done, rate in [(0, 0.01), (steps // 2, 0.005), (steps, 0)]:
        trainer.optimizer.iterations.assign(done)
        found = float(trainer.optimizer.learning_rate)
        assert found == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize("at_once", [10**6, 1])
def test_an_epoch_has_every_row_in_full_batches_in_a_new_order(
    monkeypatch, no_steps, at_once
):
    monkeypatch.setattr(regularised, "_RATINGS_AT_ONCE", at_once)
    trainer = regularised._Trainer((50, 50), 2, (5, 3), 50, np.random.default_rng(0))
    rows = np.arange(45)  # five are held out: the steps remain the same
    trainer.start(rows, rows, rows / 9)
    assert list(trainer.run(rows, rows, rows / 9)) == [1.25] * trainer.epochs
    users, items, y = (np.concatenate(part) for part in zip(*no_steps, strict=True))
    np.testing.assert_array_equal(users, items)
    np.testing.assert_allclose(y, users / 9, rtol=1e-6)
    assert y.dtype == "float32"
    assert users.shape == (4 * trainer.epochs, 16)
    epochs = users.reshape(trainer.epochs, 64)
    assert all(set(epoch) == set(rows) for epoch in epochs)
    assert epochs[0].tolist() != epochs[1].tolist()


def test_starting_again_forgets_what_was_learned():
    table, _ = made_up()
    users, items, ratings = (table[column].to_numpy() for column in table)
    y = ratings - ratings.mean()
    rng, dampings = np.random.default_rng(0), (5, 3)
    trainer = regularised._Trainer((31, 24), 8, dampings, len(y), rng)
    drawn = []
    for _ in range(2):
        for variable in trainer.optimizer.variables:
            variable.assign(keras.ops.ones_like(variable))
        trainer.start(users, items, y)
        assert not any(np.any(v.numpy()) for v in trainer.optimizer.variables)
        factors = trainer.tables[0].numpy()
        assert 0.015 < factors.max() <= 0.02
        assert -0.02 <= factors.min() < -0.015
        assert not factors[30].any()  # who has no rating
        drawn.append(factors)
    assert np.abs(drawn[0] - drawn[1]).max() > 0.01
    expected = damped(table, table, user_damping=5, item_damping=3) - ratings.mean()
    found = np.ravel(trainer([users, items]))
    assert np.abs(found - expected).max() < 0.02
