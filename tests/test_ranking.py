"""collab/ranking.py: who watched what → a dot product trained to rank."""

import inspect

import keras
import numpy as np
import pandas as pd
import pytest
from draws import in_common
from eager import eagerly

from collab.ranking import (
    fit_next,
    history_model,
    history_table,
    past_and_next,
)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"counts": [1, 2]}, "counts has 2 values for 3 items"),
        ({"counts": [1, -1, 3]}, "counts must be 0 or more, not -1"),
        ({"dropout": 1}, "dropout must be below 1, not 1"),
    ],
)
def test_counts_and_a_dropout_that_make_no_sense_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        history_model(3, 2, **({"counts": [1] * 3} | bad))


# Users as sums of what they watched --------------------------------------------------

A = np.array([[1, 0], [0, 2], [1, 1], [0, 0.0]])  # items × factors
C = np.array([[0, 1], [3, 0], [0, 0], [0, 0.0]])
Q = np.array([[1, 0, 2, 1], [0, 1, 1, -1.0]])  # factors × items


def test_scores_of_a_history_by_hand():
    model = history_model(4, 2, counts=[0] * 4)
    model.get_layer("watched").set_weights([A])
    model.get_layer("lately").set_weights([C])
    model.get_layer("items").set_weights([Q, np.array([0.5, 0, 0, 0.25])])
    watched = np.array([[1, 1, 0, 0], [0, 0, 0, 0]], "float32")
    lately = np.array([[0.6, 0.8, 0, 0], [0, 0, 0, 0]], "float32")  # of length 1
    scores = model([watched, lately]).numpy()
    p = np.array([1, 2]) / 2**0.5 + np.array([0.8 * 3, 0.6])
    expected = p @ Q + [0.5, 0, 0, 0.25]
    np.testing.assert_allclose(scores[0, 2:], expected[2:], rtol=1e-5)
    assert (scores[0, :2] < -9e8).all()  # what was watched is out
    assert scores[1].tolist() == [0.5, 0, 0, 0.25]  # nothing known: popularity
    twice = model([watched, 2 * lately]).numpy()
    np.testing.assert_allclose(twice, scores, rtol=1e-5)  # only its direction counts


def test_the_history_model_without_lately_has_one_input_and_one_sum():
    model = history_model(4, 2, counts=[0] * 4, lately=False)
    assert [one.name for one in model.inputs] == ["watched_in"]
    model.get_layer("watched").set_weights([A])
    model.get_layer("items").set_weights([Q, np.zeros(4)])
    row = np.array([[0, 1, 0, 0]], "float32")
    expected = np.array([0, 2]) @ Q
    assert model(row).numpy()[0, [0, 2, 3]].tolist() == expected[[0, 2, 3]].tolist()
    both = history_model(4, 2, counts=[0] * 4)
    assert [one.name for one in both.inputs] == ["watched_in", "lately_in"]
    assert both.count_params() == 3 * 4 * 2 + 4
    assert not both.compiled
    assert both.name == "history_model"


def test_the_history_model_starts_from_popularity_and_differs_by_seed():
    counts = [9, 0, 3, 1]
    models = [history_model(4, counts=counts, seed=s) for s in (1, 1, 2, None)]
    for model in models:
        bias = model.get_layer("items").bias.numpy()
        np.testing.assert_allclose(bias, np.log(np.array(counts) + 1), rtol=1e-6)
    first, same, other, unseeded = (model.get_weights()[:3] for model in models)
    for a, b, c, d in zip(first, same, other, unseeded, strict=True):
        np.testing.assert_array_equal(a, b)
        assert in_common(a, c) < 0.1
        assert in_common(a, d) < 0.1
        assert a.shape in [(4, 200), (200, 4)]  # 200 factors unless told
        assert a.std() == pytest.approx(0.05, rel=0.1)
    assert not np.isin(first[0], first[1]).any()  # no table repeats another
    assert not np.isin(first[0], first[2]).any()


def test_what_a_history_model_leaves_out_and_penalises_unless_told():
    model = history_model(6, 3, counts=[1] * 6)
    rates = {layer.name: layer.rate for layer in model.layers if "rate" in dir(layer)}
    assert rates == {"watched_some": 0.3, "lately_some": 0.3, "dropout": 0.2}
    squares = [float((table**2).sum()) for table in model.get_weights()[:3]]
    model([np.ones((1, 6))] * 2)
    expected = sorted(2.5e-5 * square for square in squares)
    assert sorted(map(float, model.losses)) == pytest.approx(expected, rel=1e-5)
    told = history_model(6, 3, counts=[1] * 6, dropout=0.5, reg=0.5)
    assert told.get_layer("dropout").rate == 0.5
    told([np.ones((1, 6))] * 2)
    squares = [float((table**2).sum()) for table in told.get_weights()[:3]]
    assert sum(map(float, told.losses)) == pytest.approx(sum(squares) / 2, rel=1e-5)


# What comes next ---------------------------------------------------------------------


def test_histories_become_rows_the_latest_1():
    e = np.exp(-1.0)
    rows = history_table([[3, 0], [], np.array([1])], 4, 2.0)
    expected = [[1, 0, 0, e], [0, 0, 0, 0], [0, 1, 0, 0]]
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    assert rows.dtype == "float32"
    assert history_table([[3, 0]], 4).tolist() == [[1, 0, 0, 1]]


def test_a_history_is_cut_after_its_first_fifth_and_a_ninth_is_next():
    rng = np.random.default_rng(0)
    history = np.arange(100)
    cuts = [past_and_next(history, rng) for _ in range(3000)]
    for past, after in cuts:
        cut = len(past)
        assert past.tolist() == [*range(cut)]
        n = min(max(1, cut // 9), 100 - cut)
        assert after.tolist() == [*range(cut, cut + n)]
    lengths = {len(past) for past, _ in cuts}
    assert lengths == set(range(20, 100))
    assert {len(past_and_next(history[:2], rng)[0]) for _ in range(9)} == {1}
    assert {len(past_and_next(history[:3], rng)[1]) for _ in range(9)} == {1}


def chains(n_users=40):
    """Whoever watched item i goes on to i + 1, from a start of their own, of 12."""
    rows = [
        (user, (user + step) % 12, 100 * user + step)
        for user in range(n_users)
        for step in range(6)
    ]
    table = pd.DataFrame(rows, columns=["user_row", "item_row", "timestamp"])
    return table.sample(frac=1, random_state=0)


NEXT = {"n_factors": 12, "rate": 0.05, "batch_size": 8, "progress": False}


def test_what_comes_next_is_learnt_and_the_order_of_time_is_what_teaches_it():
    model, history = fit_next(chains(), 12, epochs=30, seed=0, **NEXT)
    pasts = [[(start + step) % 12 for step in range(4)] for start in range(12)]
    rows = [history_table(pasts, 12), history_table(pasts, 12, 8.0)]
    best = model(rows).numpy().argmax(axis=1)
    assert best.tolist() == [(start + 4) % 12 for start in range(12)]
    assert len(history) == 30
    assert history.columns.tolist() == ["loss"]
    assert history["loss"].iloc[-1] < 1 < 2 < history["loss"].iloc[0]
    # backwards in time: what came before is next
    backwards = chains().assign(timestamp=lambda table: -table["timestamp"])
    model, _ = fit_next(backwards, 12, epochs=30, seed=0, **NEXT)
    rows = [history_table([p[::-1] for p in pasts], 12, f) for f in (0, 8.0)]
    best = model(rows).numpy().argmax(axis=1)
    assert best.tolist() == [(start - 1) % 12 for start in range(12)]


@eagerly()
def test_names_containers_and_order_of_the_rows_change_nothing():
    def weights(table, seed=3, **options):
        options |= {"epochs": 1, "seed": seed} | NEXT
        return fit_next(table, 12, **options)[0].get_weights()

    table = chains(20)
    expected = weights(table)
    names = {"user_row": "u", "item_row": "i", "timestamp": "t"}
    dates = table.assign(timestamp=pd.to_datetime(table["timestamp"], unit="s"))
    for other, options in [
        (table.sort_values("timestamp"), {}),
        (table.rename(columns=names), {"user": "u", "item": "i", "time": "t"}),
        (table.astype("Int64"), {}),
        (dates.set_index("user_row", drop=False), {}),
        (table.assign(user_row=[f"user {u:03}" for u in table["user_row"]]), {}),
    ]:
        for a, b in zip(weights(other, **options), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    assert np.abs(weights(table, seed=4)[0] - expected[0]).max() > 1e-3


def test_the_settings_of_fit_next_unless_told():
    parameters = inspect.signature(fit_next).parameters.values()
    told = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    numbers = {"fade": 8, "n_factors": 200, "epochs": 60, "rate": 0.01, "reg": 2.5e-5}
    numbers |= {"dropout": 0.2, "batch_size": 64, "seed": None, "progress": True}
    assert told == numbers | dict(user="user_row", item="item_row", time="timestamp")


@eagerly()
def test_the_model_and_its_optimizer_get_the_settings():
    lonely = pd.DataFrame({"user_row": [99], "item_row": [12], "timestamp": [0]})
    table = pd.concat([chains(9), lonely])  # two batches of 8 an epoch
    options = NEXT | {"rate": 1e-9, "dropout": 0.5, "reg": 0.25}
    model, history = fit_next(table, 14, epochs=3, **options)
    assert len(history) == 3
    items, counts = model.get_layer("items"), np.bincount(table["item_row"])
    np.testing.assert_allclose(items.bias[:13], np.log(counts + 1), atol=1e-6)
    assert items.kernel.shape == (12, 14)
    assert items.kernel_regularizer.l2 == 0.25
    assert model.get_layer("dropout").rate == 0.5
    rates = model.optimizer.get_config()["learning_rate"]["config"]
    assert (rates["initial_learning_rate"], rates["decay_steps"]) == (1e-9, 6)
    assert rates["end_learning_rate"] == 0


@eagerly()
def test_users_weigh_by_the_root_of_what_is_predicted(monkeypatch):
    seen = []
    plain = keras.Model.train_on_batch

    def spy(self, x, y, sample_weight):
        seen.append((np.array(x[1]), np.array(y), np.array(sample_weight)))
        return plain(self, x, y, sample_weight)

    monkeypatch.setattr(keras.Model, "train_on_batch", spy)
    rows = [(0, i, i) for i in range(100)] + [(1, i, i) for i in range(3)]
    table = pd.DataFrame(rows, columns=["user_row", "item_row", "timestamp"])
    fit_next(table, 100, epochs=4, fade=2, **NEXT)
    for lately, share, weights in seen:
        for row in lately:
            n = (row > 0).sum()
            assert row[0] == pytest.approx(np.exp(-2 * (n - 1) / n))
        np.testing.assert_allclose(share.sum(axis=1), 1, rtol=1e-5)
        n = (share > 0).sum(axis=1)
        np.testing.assert_allclose(weights, n**0.5 / np.mean(n**0.5), rtol=1e-5)
    assert max((share > 0).sum() for _, share, _ in seen) > 3


def test_the_progress_of_fit_next(capsys):
    options = NEXT | {"progress": True, "fade": 0}  # compiled: one table is enough
    model, _ = fit_next(chains(4), 12, epochs=3, **options)
    assert capsys.readouterr().err.startswith("3 cuts of 4 histories\n")
    assert len(model.inputs) == 1
    with eagerly():
        fit_next(chains(4), 12, epochs=1, **NEXT)
    assert capsys.readouterr() == ("", "")


ONE = pd.DataFrame({"user_row": [0, 1], "item_row": [0, 1], "timestamp": [0, 1]})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ONE, "nobody has two ratings"),
        (ONE[:0], "nobody has two ratings"),
        (pd.concat([ONE, ONE]), "user 0 watched item 0 twice"),
        (ONE.assign(item_row=[0, 12]), "'item_row' has the value 12; .* 0 … 11"),
    ],
)
def test_fit_next_refuses_what_makes_no_sense(table, message):
    with pytest.raises(ValueError, match=message):
        fit_next(table, 12, epochs=1, **NEXT)
