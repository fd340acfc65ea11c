"""collab/regularised.py: ratings by row number → a model that fits well."""

import inspect

import keras
import numpy as np
import pandas as pd
import pytest

from collab import regularised
from collab.ids import IdMap
from collab.models import dot_product_model
from collab.regularised import fit_regularised
from collab.training import fit, predict

COLUMNS = ["loss", "mse", "val_loss", "val_mse"]


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
    for _ in range(10):
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


def test_a_seed_decides_the_start_and_every_order(monkeypatch):
    seen = []

    def run(columns, order, batch_size):
        seen[-1].append(order.tolist())
        return {"loss": 1.5, "mse": 1.25}

    monkeypatch.setattr(regularised, "_compile_epoch", lambda *_: run)
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
        fit(model, train, epochs=1, rng=np.random.default_rng(0), progress=False)


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
    found = regularised._choose_strength(trainer, (rows, rows, truth), (-9, 9), print)
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
    found = regularised._choose_strength(trainer, (rows, rows, truth), limits, print)
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
    assert (regularised._choose_strength(trainer, known, (-9, 9), print) > 0) == (
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
        ((0.5, 5), r"scale=\(0.5, 5\) does not hold the ratings, which go from 2 to 9"),
        ((3, 10), r"scale=\(3, 10\) does not hold the ratings, which go from 2 to 9"),
        ("29", r"scale must be \(lowest, highest\), not '29'"),
        ((10, 1), r"scale must be \(lowest, highest\), not \(10, 1\)"),
        ((5, 5), "does not hold the ratings, which go from 2 to 9"),
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

    monkeypatch.setattr(regularised, "_compile_epoch", lambda *_: run)
    call_regularised(train, strength=1, progress=True)
    title, lines, _ = capsys.readouterr().err.split("\n")
    assert title == "184 epochs, each 48 ratings in 3 steps"
    assert " 184/184  loss " in lines
    call_regularised(train, strength=0, progress=True)
    assert capsys.readouterr() == ("", "")
    with pytest.warns(UserWarning, match="factors did not lower"):
        call_regularised(train, strength=None, progress=True)
    title, lines, _ = capsys.readouterr().err.split("\n")
    assert title.startswith("184 epochs")
    expected = [
        f"trying strength {strength}, part {part} of 5"
        for strength in ("1", "0.71", "0.5")
        for part in range(1, 6)
    ]
    assert [line.rstrip() for line in lines.split("\r")[1:]] == expected


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
    net = regularised._regularised_net
    monkeypatch.setattr(
        regularised, "_regularised_net", lambda _, f, d, n: net((2, 2), f, d, n)
    )
    trainer = regularised._Trainer(sizes, 2, (5, 3), rows, np.random.default_rng(0))
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

    monkeypatch.setattr(regularised, "_compile_epoch", lambda *_: run)
    trainer = regularised._Trainer((50, 50), 2, (5, 3), 50, np.random.default_rng(0))
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
    trainer = regularised._Trainer((30, 24), 8, (5, 3), 400, np.random.default_rng(0))
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
