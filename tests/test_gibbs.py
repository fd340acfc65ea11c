"""The whole chain on tables: a truth that is found, no leak, any table."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from collab import sampler
from collab.gibbs import Draws, Gibbs
from collab.terms import (
    ItemFeatures,
    ItemsRated,
    Month,
    RatedBy,
    Sitting,
    UserDrift,
    UserFeatures,
)

HOUR = 3600
SETS = [ItemsRated(), RatedBy()]
EVERYTHING = {
    "time": "timestamp",
    "terms": [*SETS, Month(), Sitting(), UserDrift()],
    "uneven_noise": True,
}


def made_up(seed=0, n_users=60, n_items=40):
    """Known truth: two factors, users of two kinds of noise, times of some evenings."""
    rng = np.random.default_rng(seed)
    user, item = np.nonzero(rng.random((n_users, n_items)) < 0.5)
    p, q = rng.normal(size=(n_users, 2)), rng.normal(size=(n_items, 2))
    truth = 10 + rng.normal(size=n_users)[user] + (p[user] * q[item]).sum(axis=1)
    noise = np.where(user % 2, 0.3, 1.2)
    evening = rng.integers(0, 40, len(user)) * 24 * HOUR
    return pd.DataFrame(
        {
            "userId": user + 5,
            "movieId": 3 * item,
            "timestamp": evening + rng.integers(0, 9000, len(user)),
            "rating": truth + noise * rng.normal(size=len(user)),
            "truth": truth,
        }
    )


def halves(table, seed=1):
    in_train = np.random.default_rng(seed).random(len(table)) < 0.8
    return table[in_train], table[~in_train]


def chain(train, ask=None, *, burn_in=40, n=60, **settings):
    g = Gibbs(train, ask, **({"n_factors": 3} | settings))
    return g.run(burn_in, keep=False, progress=False).run(n, progress=False)


def test_a_made_up_truth_is_found_and_so_is_who_is_noisy():
    train, valid = halves(made_up())
    g = chain(train, valid, uneven_noise=True, n=150)
    error = np.sqrt(((g.predict() - valid["truth"]) ** 2).mean())
    assert error < 0.6  # noise 0.3 and 1.2, all of it 2.0
    noise = g.unit / np.sqrt(g.sampler.alpha * g.sampler.phi["user"])
    quiet, noisy = (np.median(noise[g.users % 2 == k]) for k in (0, 1))
    assert (quiet, noisy) == pytest.approx((0.3, 1.2), rel=0.3)
    even = chain(train, valid, n=150).predict()
    assert error < 0.9 * np.sqrt(((even - valid["truth"]) ** 2).mean())


def test_the_spread_of_the_draws_covers_what_it_should():
    train, valid = halves(made_up(2))
    draws = chain(train, valid, uneven_noise=True, n=150).draws
    below = draws.below(valid["rating"].to_numpy())
    assert 0.4 < np.mean(np.abs(below - 0.5) < 0.25) < 0.6
    assert 0.83 < np.mean(np.abs(below - 0.5) < 0.45) < 0.96
    z = (valid["rating"] - draws.mean.mean(axis=0)) / draws.sd()
    assert z.std() == pytest.approx(1, abs=0.15)


def test_a_wandering_level_is_found_and_helps():
    rng = np.random.default_rng(0)
    table = made_up()
    table["timestamp"] %= 4 * 24 * HOUR  # four evenings
    moods = rng.normal(size=(100, 4))[table["userId"], table["timestamp"] // 86400]
    table["rating"] += 2 * moods
    train, valid = halves(table)
    without = chain(train, valid).predict()
    g = chain(train, valid, time="timestamp", terms=[UserDrift()])
    error = [((p - valid["rating"]) ** 2).mean() for p in (without, g.predict())]
    assert error[1] < 0.75 * error[0]


def with_features(table):
    """Everything, and features that tell the item's rough place in the alphabet."""
    ids = table["movieId"].unique()
    thirds = pd.DataFrame({"first": ids < 40, "last": ids > 80}, ids) * 1.0
    terms = [*EVERYTHING["terms"], ItemFeatures("third", thirds)]
    return EVERYTHING | {"terms": terms}


def test_the_same_seed_gives_the_same_chain_and_the_order_of_rows_none():
    train, valid = halves(made_up())
    settings = with_features(train) | {"burn_in": 5, "n": 5}
    once = chain(train, valid, **settings).predict()
    assert chain(train, valid, **settings).predict().equals(once)
    assert not np.allclose(chain(train, valid, seed=1, **settings).predict(), once)
    shuffled = train.sample(frac=1, random_state=0)
    again = chain(shuffled, valid.iloc[::-1], **settings).predict()
    np.testing.assert_allclose(again[once.index], once, atol=1e-5)


def test_no_leak():
    """Neither the ratings asked for, nor what else is asked, change a prediction."""
    train, valid = halves(made_up())
    settings = EVERYTHING | {"burn_in": 5, "n": 5}
    want = chain(train, valid, **settings).predict()
    other = valid.assign(rating=valid["rating"].to_numpy()[::-1], truth=7)
    assert chain(train, other, **settings).predict().equals(want)
    assert chain(train, valid.drop(columns="rating"), **settings).predict().equals(want)
    few = valid.iloc[10:30]
    got = chain(train, few, **settings).predict()
    np.testing.assert_array_equal(got, want[few.index])
    # Another movie, or another moment, of some rows: of the others' sets, no trace.
    moved = valid.copy()
    moved.loc[few.index, "movieId"] = 9999
    moved.loc[few.index, "timestamp"] += 77
    got = chain(train, moved, **settings).predict().drop(few.index)
    np.testing.assert_array_equal(got, want.drop(few.index))


def uneven(n=1500, seed=0):
    """A sparse table without factors, whose users and items have noise of their own."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, 300, (2, n))
    variance = rng.gamma(0.3, 3, 300)[user] * rng.gamma(0.3, 3, 300)[item]
    stars = 4.3 + np.sqrt(variance) * rng.normal(size=n)
    table = pd.DataFrame({"userId": user, "movieId": item, "rating": stars.round()})
    return table.assign(rating=table["rating"].clip(1, 5))


def test_factors_that_do_harm_are_left_out():
    table = uneven()
    found = Gibbs(table, table, terms=SETS, seed=3)
    with pytest.warns(
        UserWarning, match=r"8 factors .* of 0\.\d+ .* of 0\.\d+ without"
    ):
        found.run(5, progress=False)
    told = Gibbs(table, table, terms=SETS, seed=3, n_factors=0)
    assert found.predict().equals(told.run(5, progress=False).predict())
    assert found.factors().user_factors.shape[1] == 0


def test_factors_that_do_no_harm_stay_and_the_trial_leaves_no_trace():
    table = made_up()
    found = Gibbs(table, table, **EVERYTHING)
    found = pickle.loads(pickle.dumps(found)).run(5, progress=False)
    told = Gibbs(table, table, n_factors=8, **EVERYTHING).run(5, progress=False)
    assert found.predict().equals(told.predict())
    few = Gibbs(table.head(9), table).run(2, progress=False)
    assert few.sampler.n_factors == 8


def test_a_trial_that_is_interrupted_begins_anew(monkeypatch):
    def interrupted(sampler):
        raise KeyboardInterrupt

    table = uneven()
    found = Gibbs(table, table)
    with monkeypatch.context() as patch:
        patch.setattr(sampler.Sampler, "sweep", interrupted)
        assert len(found.run(5, progress=False).trace) == 0
    with pytest.warns(UserWarning, match="8 factors are left out"):
        assert len(found.run(2, progress=False).trace) == 2


def test_continued_equals_uninterrupted_through_a_file_too():
    train, valid = halves(made_up())
    whole = Gibbs(train, valid, n_factors=2, **EVERYTHING)
    parts = Gibbs(train, valid, n_factors=2, **EVERYTHING)
    whole.run(3, keep=False, progress=False).run(8, progress=False)
    parts.run(3, keep=False, progress=False).run(2, progress=False)
    parts = pickle.loads(pickle.dumps(parts)).run(6, progress=False)
    assert parts.predict().equals(whole.predict())
    assert parts.trace.equals(whole.trace)
    assert len(whole.trace) == 11
    assert whole.draws.mean.shape == (8, len(valid))


def test_an_interrupt_keeps_the_sweeps_so_far(monkeypatch, capsys):
    train, valid = halves(made_up())
    g = Gibbs(train, valid, n_factors=2, **EVERYTHING)
    step, calls = g.drifts[0].step, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(g.drifts[0], "step", interrupted)
    g.run(10)
    assert "interrupted" in capsys.readouterr().err
    assert len(g.trace) == len(g.draws.mean) == 3
    g.run(2, progress=False)
    assert len(g.draws.mean) == 5


def test_an_interrupt_between_a_table_and_the_residuals_leaves_them_in_step(
    monkeypatch,
):
    g = Gibbs(made_up(), n_factors=2)
    subtract, calls = sampler._subtract, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 40:
            raise KeyboardInterrupt
        subtract(*arguments)

    monkeypatch.setattr(sampler, "_subtract", interrupted)
    g.run(50, progress=False)
    assert len(calls) == 40
    before = g.sampler.residual.copy()
    g.sampler.renew_residuals()
    np.testing.assert_allclose(before, g.sampler.residual, atol=1e-9)


def test_residuals_stay_up_to_date():
    train, valid = halves(made_up())
    s = chain(train, valid, **with_features(train)).sampler
    kept, tables = s.residual.copy(), {k: v.copy() for k, v in s.tables.items()}
    s.renew_residuals()
    np.testing.assert_allclose(kept, s.residual, atol=1e-8)
    for name, table in s.tables.items():
        np.testing.assert_allclose(tables[name], table, atol=1e-8)


def test_factors_predict_what_the_draws_do_on_average():
    train, valid = halves(made_up())
    g = chain(train, valid, n=1, terms=SETS)
    f = g.factors()
    known = valid[valid["movieId"].isin(f.item_bias.index)]
    p = f.user_factors.loc[known["userId"]].to_numpy()
    q = f.item_factors.loc[known["movieId"]].to_numpy()
    bias = f.user_bias[known["userId"]].to_numpy()
    guess = f.mean + bias + f.item_bias[known["movieId"]] + (p * q).sum(axis=1)
    want = pd.Series(g.draws.mean[0], valid.index)[known.index]
    np.testing.assert_allclose(guess, want, atol=1e-4)
    assert f.user_factors.shape[1] == 3
    assert f.user_bias.index.tolist() == sorted(train["userId"].unique())
    assert {f.user_bias.name, f.item_bias.name} == {"bias"}
    assert (f.user_bias.dtype, f.item_factors[0].dtype) == ("float64", "float64")
    assert f.scale == (train["rating"].min(), train["rating"].max())
    assert len(f.item_bias) == train["movieId"].nunique()


def test_factors_of_many_draws_are_the_nearest_to_their_mean():
    train, _ = halves(made_up())
    users, items = (np.sort(train[side].unique()) for side in ("userId", "movieId"))
    pairs = pd.MultiIndex.from_product([users, items], names=["userId", "movieId"])
    ask = pairs.to_frame(index=False)
    g = chain(train, ask, n=4, n_factors=2)
    f, table = g.factors(), g.draws.mean.mean(axis=0).reshape(len(users), len(items))
    biases = f.mean + np.add.outer(f.user_bias.to_numpy(), f.item_bias.to_numpy())
    left, lengths, right = np.linalg.svd(table - biases)
    want = (left[:, :2] * lengths[:2]) @ right[:2]
    np.testing.assert_allclose(f.user_factors @ f.item_factors.T, want, atol=1e-4)
    size = g.trace["noise"].iloc[-1] ** 2 / 5
    np.testing.assert_allclose((f.user_factors**2).mean(), [size, size])
    g.run(60, progress=False)
    stars = g.factors().predict(ask["userId"], ask["movieId"])
    off = np.sqrt(np.mean((stars - g.predict()) ** 2))
    assert off < 0.1 * g.draws.mean.std(axis=0).mean()


def test_the_unit_of_the_ratings_does_not_matter():
    train, valid = halves(made_up())
    settings = EVERYTHING | {"burn_in": 5, "n": 5}
    once = chain(train, valid, **settings)
    hundred = train.assign(rating=100 * train["rating"] - 30)
    other = chain(hundred, valid, **settings)
    np.testing.assert_allclose(other.predict(), 100 * once.predict() - 30, rtol=1e-4)
    np.testing.assert_allclose(other.draws.sd(), 100 * once.draws.sd(), rtol=1e-3)
    traces = once.trace.iloc[-1], other.trace.iloc[-1]
    for name in ["training RMSE", "noise", "drift 1: sd", "sd of bias: items rated"]:
        assert traces[1][name] == pytest.approx(100 * traces[0][name], rel=1e-6)
    assert traces[0]["noise"] == pytest.approx(once.unit / once.sampler.alpha**0.5)
    for name, factor in [("user", 100), ("sitting", 100), ("item", 1), ("rated by", 1)]:
        name = f"sd of factors: {name}"
        assert traces[1][name] == pytest.approx(factor * traces[0][name], rel=1e-6)


def test_dates_and_text_ids_serve_as_well_as_numbers():
    train, valid = halves(made_up())
    settings = EVERYTHING | {"burn_in": 3, "n": 3}
    once = chain(train, valid, **settings).predict()

    def dressed(table):
        return table.assign(
            movieId=[f"m{i:03d}" for i in table["movieId"]],
            timestamp=pd.to_datetime(table["timestamp"], unit="s", utc=True),
        ).rename(columns={"userId": "who", "movieId": "dish", "timestamp": "day"})

    names = {"user": "who", "item": "dish", "time": "day"}
    again = chain(dressed(train), dressed(valid), **(settings | names)).predict()
    np.testing.assert_allclose(again, once, atol=1e-5)


def test_many_text_ids_take_no_step_for_each_pair_of_them():
    ids = [f"id {k}" for k in range(60_000)]
    train = pd.DataFrame({"userId": ids, "movieId": ids, "rating": 3.0})[:30_000]
    ask = pd.DataFrame({"userId": ids, "movieId": ids})
    start = time.process_time()
    blocks = Gibbs(train, ask, n_factors=0).sampler.blocks
    assert time.process_time() - start < 5  # pair by pair: a minute
    assert {blocks[side].ask_row.max() for side in blocks} == {60_000 - 1}


def z_squared(draws, ratings):
    return np.mean(((ratings - draws.mean.mean(axis=0)) / draws.sd()) ** 2)


def test_strangers_are_as_surely_predicted_as_said():
    """Noise, sets and drifts differ by user: a stranger's may be any of them."""
    rng, table = np.random.default_rng(0), []
    for user in range(240):
        items = rng.choice(40, 12, replace=False)
        when = np.sort(rng.integers(0, 1000, 12)) * 86_400
        noise = np.sqrt(2.5 / rng.gamma(2.5))
        level = rng.normal(0, 0.7) * (items < 20) + rng.normal(0, noise, 12)
        table.append(
            pd.DataFrame({"userId": user, "movieId": items, "timestamp": when})
        )
        table[-1]["rating"] = 10 + level
    table = pd.concat(table, ignore_index=True)
    strange = table["userId"] >= 160
    train, valid = table[~strange], table[strange]
    fit = {"time": "timestamp", "n_factors": 0, "scale": (-50, 50)}
    draws = chain(train, valid, uneven_noise=True, **fit).draws
    assert 0.8 < z_squared(draws, valid["rating"].to_numpy()) < 1.2
    terms = [ItemsRated(), UserDrift()]
    draws = chain(train, valid, uneven_noise=True, terms=terms, **fit).draws
    assert 0.8 < z_squared(draws, valid["rating"].to_numpy()) < 1.2


def test_a_stranger_gets_what_the_known_users_sets_add_on_average():
    """Three users, two movies; and the same for a movie without ratings."""
    rows = [(1, 10, 3.0), (1, 20, 4.0), (2, 10, 5.0), (3, 20, 1.0)]
    train = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
    ask = pd.DataFrame({"userId": [99, 1, 99], "movieId": [10, 30, 30]})
    g = Gibbs(train, ask, terms=SETS, n_factors=0)
    s = g.run(3, progress=False).sampler
    y, z = s.weights["items rated"][0], s.weights["rated by"][0]
    user_sets = (y[0] + y[1]) / np.sqrt(2), y[0], y[1]
    item_sets = (z[0] + z[1]) / np.sqrt(2), (z[0] + z[2]) / np.sqrt(2)
    stranger = s.center["user"][0] + np.mean(user_sets)
    new = s.center["item"][0] + np.mean(item_sets)
    user, item = s.weights["user"][0, 0] + user_sets[0], s.weights["item"][0, 0]
    wanted = np.array([stranger + item + item_sets[0], user + new, stranger + new])
    np.testing.assert_allclose(s.predict()[0], s.mu + wanted)


def test_users_and_items_never_rated_are_told_apart_by_their_features():
    table = made_up(5)
    kind = pd.DataFrame({"good": 1.0 * (np.arange(40) % 2)}, np.arange(40) * 3)
    table["rating"] += 4 * kind.loc[table["movieId"], "good"].to_numpy()
    held_out = table["movieId"].isin([0, 3, 6, 9])
    ask = pd.DataFrame({"userId": 5, "movieId": [0, 3, 6, 9]})
    terms = [ItemFeatures("kind", kind)]
    guess = chain(table[~held_out], ask, terms=terms).predict()
    assert guess[[1, 3]].min() > guess[[0, 2]].max() + 2
    other = {"user": "movieId", "item": "userId", "terms": [UserFeatures("kind", kind)]}
    guess = chain(table[~held_out], ask, **other).predict()
    assert guess[[1, 3]].min() > guess[[0, 2]].max() + 2


def test_nothing_asked_and_moments_that_are_not_known():
    train, valid = halves(made_up())
    nothing = chain(train, n_factors=0)
    assert nothing.draws.mean.shape == (60, 0)
    assert nothing.factors().user_factors.shape[1] == 0
    timeless = chain(train, valid.drop(columns="timestamp"), **EVERYTHING)
    assert np.isfinite(timeless.predict()).all()


# Predictive distributions, and what is refused --------------------------------------


def test_what_draws_say_is_that_of_the_mixture():
    draws = Draws(np.array([[3.0], [4.0]]), np.array([[0.25], [1.0]]), (1, 5))
    below = [stats.norm(mean, sd).cdf(3.5) for mean, sd in [(3, 0.5), (4, 1.0)]]
    assert draws.below(3.5) == pytest.approx(np.mean(below))
    assert draws.sd() == pytest.approx(np.sqrt(0.25 + 0.625))


def test_refuses_tables_that_are_none_and_answers_before_a_sweep():
    table = made_up()
    with pytest.raises(ValueError, match="ratings has no rows"):
        Gibbs(table.head(0))
    with pytest.raises(ValueError, match=r"scale=\(0, 1\) does not hold the ratings"):
        Gibbs(table, scale=(0, 1))
    text = table.assign(movieId="m")
    with pytest.raises(ValueError, match=r"ask\['movieId'\] holds ids like 'm'"):
        Gibbs(table, text)
    g = Gibbs(table, table.head())
    for question in (g.predict, g.factors):
        with pytest.raises(ValueError, match="no sweep was kept: call run"):
            question()


def test_progress_ends_complete_and_can_be_silent(capsys):
    g = Gibbs(made_up(), n_factors=1)
    g.run(3)
    shown = capsys.readouterr().err
    assert f"{'█' * 20} 3/3" in shown
    assert f"training RMSE {g.trace['training RMSE'].iloc[-1]:.3f}" in shown
    g.run(2, progress=False)
    assert capsys.readouterr().err == ""
