"""collab/ranking.py: who watched what → a dot product trained to rank."""

import keras
import numpy as np
import pandas as pd
import pytest
from draws import in_common
from eager import eagerly
from scipy import sparse

from collab.ranking import (
    fit_next,
    fit_ranking,
    history_model,
    history_table,
    past_and_next,
    ranking_model,
)

# The model ---------------------------------------------------------------------------


def test_scores_by_hand():
    model = ranking_model(2, 3, 2, counts=[0, 0, 0])
    p = np.array([[1, 2], [-1, 0.5]])
    q = np.array([[1, 0, 3], [0, 1, -1]])  # factors × items
    model.get_layer("user_in_table").set_weights([p])
    model.get_layer("items").set_weights([q, np.array([0.25, 0.5, 0])])
    scores = model(np.array([1, 0, 1])).numpy()
    assert scores.dtype == "float32"
    second = [-1 + 0.25, 0.5 + 0.5, -3 - 0.5]
    assert scores.tolist() == [second, [1 + 0.25, 2 + 0.5, 3 - 2], second]


@pytest.fixture(scope="module")
def model():
    """30 users, 40 items with very different counts."""
    return ranking_model(30, 40, 8, counts=COUNTS, seed=3)


COUNTS = np.random.default_rng(0).permutation(3 ** np.arange(40) // 3)


def test_before_training_the_ranking_is_by_popularity(model):
    scores = model(np.arange(30)).numpy()
    by_count = np.argsort(-COUNTS.astype("float64"))
    assert (np.argsort(-scores, axis=1) == by_count).mean() > 0.9
    assert (np.argsort(-scores, axis=1)[:, :30] == by_count[:30]).all()
    expected = [np.log(float(count) + 1) for count in COUNTS]
    np.testing.assert_allclose(model.get_layer("items").bias, expected, rtol=1e-6)
    assert np.ptp(scores - expected, axis=0).min() > 1e-3  # users differ a little


def test_what_nobody_watched_starts_at_0():
    plain = ranking_model(2, 3, 2, counts=np.array([0, 1, 9], "uint8"))
    bias = plain.get_layer("items").bias.numpy()
    assert bias.tolist() == pytest.approx([0, np.log(2), np.log(10)])


def test_the_model_has_a_vector_per_user_and_item_and_a_bias_per_item(model):
    assert model.count_params() == 30 * 8 + 40 * 8 + 40
    assert not model.compiled
    assert model.name == "ranking_model"
    assert [inp.name for inp in model.inputs] == ["user_in"]
    assert model.inputs[0].dtype == "int64"
    assert tuple(model.inputs[0].shape) == (None,)
    assert tuple(model.outputs[0].shape) == (None, 40)
    names = ["user_in", "user_in_table", "dropout", "items"]
    assert [layer.name for layer in model.layers] == names
    shapes = [weights.shape for weights in model.get_weights()]
    assert shapes == [(30, 8), (8, 40), (40,)]


def test_200_factors_and_half_of_them_dropped_unless_told():
    default = ranking_model(2, 3, counts=[1, 2, 3])
    assert default.count_params() == (2 + 3) * 200 + 3
    assert default.get_layer("dropout").rate == 0.5


def test_the_first_factors_are_small_and_no_table_repeats_another(model):
    p, q, _ = model.get_weights()
    for table in (p, q):
        assert table.std() == pytest.approx(0.05, rel=0.15)
        assert table.mean() == pytest.approx(0, abs=0.01)
    assert not np.isin(p, q).any()
    assert abs(np.corrcoef(p.ravel()[:200], q.ravel()[:200])[0, 1]) < 0.2


def test_a_seed_makes_the_tables_and_the_dropout_reproducible():
    a, b, c = (
        ranking_model(4, 5, 30, counts=[1] * 5, seed=s) for s in (1, np.int64(1), 9)
    )
    for first, again, other in zip(
        a.get_weights()[:2], b.get_weights()[:2], c.get_weights()[:2], strict=True
    ):
        np.testing.assert_array_equal(first, again)
        assert not np.isin(first, other).any()
    users = np.arange(4)
    dropped = [m(users, training=True).numpy() for m in (a, b)]
    np.testing.assert_array_equal(*dropped)
    assert np.abs(dropped[0] - a(users).numpy()).max() > 1e-3


def test_without_a_seed_two_models_differ():
    a, b = (ranking_model(4, 5, 30, counts=[1] * 5).get_weights() for _ in range(2))
    for one, other in [(a[0], b[0]), (a[1], b[1]), (a[0], a[1])]:
        assert in_common(one, other) < 0.1


@pytest.mark.parametrize("dropout", [0.25, 0])
def test_dropout_leaves_out_factors_in_training_and_none_afterwards(dropout):
    plain = ranking_model(3, 4, 400, counts=[0] * 4, dropout=dropout, seed=0)
    plain.get_layer("user_in_table").set_weights([np.ones((3, 400))])
    plain.get_layer("items").set_weights([np.ones((400, 4)), np.zeros(4)])
    users = np.arange(3)
    for _ in range(2):
        assert plain(users).numpy().tolist() == [[400] * 4] * 3
    scores = plain(users, training=True).numpy()
    kept = scores * (1 - dropout)  # the others are scaled up instead
    np.testing.assert_allclose(kept, kept.round(), atol=1e-2)
    # a user's factors are left out for all items at once
    assert np.ptp(scores, axis=1).max() < 1e-2
    assert kept.mean() / 400 == pytest.approx(1 - dropout, abs=0.05)
    assert (np.ptp(scores[:, 0]) > 0) == (dropout > 0)


def test_the_penalty_is_on_the_users_of_the_batch_and_on_the_items():
    small = ranking_model(5, 3, 2, counts=[1] * 3, reg=0.5, seed=0)
    users = np.array([4, 1, 4])
    small(users)
    p, q, _ = small.get_weights()
    of_users = 0.5 * sum(float(w) ** 2 for u in users for w in p[u]) / 3
    of_items = 0.5 / 5 * sum(float(w) ** 2 for w in q.ravel())
    assert min(of_users, of_items) > 1e-4
    assert sorted(map(float, small.losses)) == pytest.approx(
        sorted([of_users, of_items]), rel=1e-5
    )


def test_the_penalty_is_0_03_unless_told():
    small = ranking_model(5, 3, 2, counts=[1] * 3)
    small.get_layer("user_in_table").set_weights([np.ones((5, 2))])
    small.get_layer("items").set_weights([np.ones((2, 3)), np.ones(3)])
    small(np.array([0, 1]))
    assert sorted(map(float, small.losses)) == pytest.approx([0.036, 0.06], rel=1e-5)


def test_a_few_steps_with_a_softmax_loss_rank_what_was_watched_first():
    taste = np.kron(np.eye(2), np.ones((3, 4))).astype("float32")  # two kinds of users
    model = ranking_model(6, 8, 4, counts=taste.sum(axis=0), reg=0, dropout=0, seed=0)
    before = model(np.arange(6)).numpy()
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss=loss, run_eagerly=True)
    for _ in range(30):
        model.train_on_batch(np.arange(6), taste / 4)
    after = model(np.arange(6)).numpy()
    assert np.ptp(before) < 0.1
    assert after[taste == 1].min() > after[taste == 0].max() + 1


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2], "counts has 2 values for 3 items"),
        ([1, -1, 3], "counts must be 0 or more, not -1"),
    ],
)
def test_bad_counts_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        ranking_model(2, 3, 2, counts=counts)
    with pytest.raises(ValueError, match=message):
        history_model(3, 2, counts=counts)


def test_a_dropout_of_1_would_leave_nothing():
    for build in (
        lambda **a: ranking_model(2, 3, 2, **a),
        lambda **a: history_model(3, **a),
    ):
        with pytest.raises(ValueError, match="dropout must be below 1, not 1"):
            build(counts=[1] * 3, dropout=1)


# The fit -----------------------------------------------------------------------------

KINDS = np.kron(np.eye(2), np.ones((5, 4))).astype("float32")  # 10 × 8
KINDS[0, 3] = 0  # not watched, but the others of this kind have
SMALL = {"n_factors": 4, "reg": 0, "dropout": 0, "rate": 0.05, "progress": False}


def test_a_fit_ranks_what_ones_own_kind_watched_first():
    model, history = fit_ranking(KINDS, epochs=30, seed=0, **SMALL)
    scores = model(np.arange(10)).numpy()
    assert scores[0, 3] > scores[0, 4:].max() + 1
    assert scores[1:5, :4].min() > scores[1:5, 4:].max() + 1
    assert history.columns.tolist() == ["loss"]
    assert len(history) == 30
    assert history["loss"].iloc[-1] < 1.5 < 2 < history["loss"].iloc[0]
    # the best there is: log 4, or log 3 for user 0
    assert history["loss"].iloc[-1] > np.log(3)


@eagerly()
def test_sparse_and_boolean_tables_are_the_same():
    answers = [
        fit_ranking(table, epochs=2, seed=3, **SMALL)[0](np.arange(10)).numpy()
        for table in (KINDS, sparse.csr_array(KINDS), KINDS > 0)
    ]
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])


@eagerly()
def test_a_seed_makes_the_fit_reproducible():
    options = dict(SMALL, dropout=0.5, batch_size=3)
    a, b, c, d = (
        fit_ranking(KINDS, epochs=2, seed=seed, **options)[0](np.arange(10)).numpy()
        for seed in (1, np.int64(1), 2, None)
    )
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 1e-3
    assert np.abs(a - d).max() > 1e-3


@eagerly()
def test_users_without_a_row_get_popularity_and_nobody_gets_nan():
    table = np.vstack([KINDS, np.zeros((2, 8))])
    lately = table * np.linspace(0.1, 1, 8)
    lately[3] = 0
    for second in (None, lately):
        model, history = fit_ranking(table, second, epochs=3, seed=0, **SMALL)
        scores = model(np.arange(12)).numpy()
        assert np.isfinite(scores).all()
        assert np.isfinite(history["loss"]).all()
        bias = model.get_layer("items").bias.numpy()
        np.testing.assert_array_equal(scores[10:], [bias, bias])
        assert np.abs(scores[9] - bias).max() > 1e-2
        assert (scores[3] == bias).all() == (second is not None)


def test_lately_moves_the_users_and_leaves_the_items():
    lately = np.zeros((10, 8))
    lately[:, 5] = 1  # everybody watched item 5 last
    options = dict(SMALL, epochs=20, seed=0)
    first, short = fit_ranking(KINDS, **options)
    model, history = fit_ranking(KINDS, lately, **options)
    assert history["loss"].tolist()[:20] == short["loss"].tolist()
    assert len(history) == 20 + 20
    for before, after in zip(
        first.get_layer("items").get_weights(),
        model.get_layer("items").get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(before, after)
    users = np.arange(10)
    before, after = first(users).numpy(), model(users).numpy()
    assert (after[:5, 5] - after[:5, 0] > before[:5, 5] - before[:5, 0] + 1).all()


@eagerly()
def test_who_watched_more_weighs_more_but_not_in_lately():
    # users 0 … 7 watched items 0 … 5, users 8 and 9 item 6 alone; one factor, no taste
    table = np.zeros((10, 8))
    table[:8, :6] = 1
    table[8:, 6] = 1
    _, history = fit_ranking(table, epochs=1, seed=0, **dict(SMALL, rate=1e-9))
    counts = np.log(table.sum(axis=0) + 1)
    p = np.exp(counts) / np.exp(counts).sum()
    many, one = -np.log(p[0]), -np.log(p[6])
    expected = (8 * 6 * many + 2 * 1 * one) / 50
    assert history["loss"].iloc[0] == pytest.approx(expected, abs=0.02)
    _, history = fit_ranking(table, table, epochs=1, seed=0, **dict(SMALL, rate=1e-9))
    assert history["loss"].iloc[1] == pytest.approx((8 * many + 2 * one) / 10, abs=0.02)


@eagerly()
def test_a_faded_row_is_a_share_of_1():
    rates = dict(SMALL, rate=1e-9, epochs=1, seed=0)
    losses = [fit_ranking(KINDS[1:] * c, **rates)[1]["loss"][0] for c in (1, 0.01)]
    # the counts are smaller too: popularity is what starts to differ
    assert losses[0] == pytest.approx(np.log(8), abs=0.05)
    assert losses[1] == pytest.approx(np.log(8), abs=0.05)


def test_the_settings_are_those_of_the_lesson_unless_told(monkeypatch):
    told = {}

    def spy(n_users, n_items, n_factors, **options):
        told.update(options, n_factors=n_factors, sizes=(n_users, n_items))
        return ranking_model(n_users, n_items, 2, **options)

    schedules = []
    plain = keras.optimizers.schedules.PolynomialDecay

    def schedule(*args):
        schedules.append(args)
        return plain(*args)

    monkeypatch.setattr("collab.ranking.ranking_model", spy)
    monkeypatch.setattr(keras.optimizers.schedules, "PolynomialDecay", schedule)
    many = np.tile(KINDS, (13, 1))  # 130 users: three batches of 64
    _, history = fit_ranking(many, many, progress=False)
    assert len(history) == 30 + 20
    assert schedules == [(0.01, 90, 0), (0.05, 60, 0)]
    assert told.pop("counts").tolist() == many.sum(axis=0).tolist()
    assert told == dict(n_factors=200, sizes=(130, 8), reg=0.03, dropout=0.5, seed=None)


@eagerly()
def test_its_progress_is_told_unless_told_not_to(capsys):
    fit_ranking(KINDS, epochs=3, **dict(SMALL, progress=True))
    told = capsys.readouterr().err
    assert told.startswith("3 epochs over 10 users\n")
    assert " 3/3  loss " in told
    fit_ranking(KINDS, epochs=1, **SMALL)
    assert capsys.readouterr() == ("", "")


@eagerly()
def test_the_callers_tables_are_left_alone():
    table, lately = sparse.csr_array(KINDS), sparse.csr_array(KINDS * 0.5)
    fit_ranking(table, lately, epochs=1, **SMALL)
    assert table.toarray().tolist() == KINDS.tolist()
    assert lately.toarray().tolist() == (KINDS * 0.5).tolist()


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (np.zeros((3, 4)), {}, "nobody watched anything"),
        (KINDS, {"lately": KINDS * 0}, "nobody watched anything"),
        (
            KINDS,
            {"lately": KINDS[1:]},
            r"lately has the shape \(9, 8\), watched \(10, 8\)",
        ),
        (KINDS, {"epochs": 0}, "epochs must be 1 or more, not 0"),
        (KINDS, {"seed": 1.5}, "seed must be a whole number, not 1.5"),
    ],
)
@eagerly()
def test_a_fit_of_nonsense_is_refused_before_it_begins(table, options, message, capsys):
    with pytest.raises(ValueError, match=message):
        fit_ranking(table, **(dict(SMALL, epochs=1, progress=True) | options))
    assert capsys.readouterr() == ("", "")


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
    def weights(table, **options):
        return fit_next(table, 12, epochs=1, seed=3, **NEXT, **options)[0].get_weights()

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


@eagerly()
def test_without_a_fade_there_is_one_table_and_a_seed_decides():
    options = dict(NEXT, epochs=1, fade=0)
    a, b, c = (fit_next(chains(9), 12, seed=s, **options)[0] for s in (1, 1, 2))
    assert len(a.inputs) == 1
    for first, same, other in zip(
        a.get_weights(), b.get_weights(), c.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(first, same)
        assert np.abs(first - other).max() > 1e-3


def test_the_settings_of_fit_next_unless_told(monkeypatch):
    told, schedules = {}, []
    plain = keras.optimizers.schedules.PolynomialDecay

    def spy(n_items, n_factors, **options):
        told.update(options, n_items=n_items, n_factors=n_factors)
        return history_model(n_items, 2, **options)

    def schedule(*args):
        schedules.append(args)
        return plain(*args)

    fades = set()

    def spied_table(histories, n_items, fade=0.0):
        fades.add(fade)
        return history_table(histories, n_items, fade)

    monkeypatch.setattr("collab.ranking.history_model", spy)
    monkeypatch.setattr("collab.ranking.history_table", spied_table)
    monkeypatch.setattr(keras.optimizers.schedules, "PolynomialDecay", schedule)
    table = chains(70)  # two batches of 64
    lonely = pd.DataFrame({"user_row": [99], "item_row": [12], "timestamp": [0]})
    _, history = fit_next(pd.concat([table, lonely]), 14, progress=False)
    assert len(history) == 60
    assert schedules == [(0.01, 120, 0)]
    assert fades == {0.0, 8.0}
    counts = np.bincount([*table["item_row"], 12], minlength=14)
    assert told.pop("counts").tolist() == counts.tolist()
    assert told == dict(
        n_items=14,
        n_factors=200,
        lately=True,
        reg=2.5e-5,
        dropout=0.2,
        seed=None,
    )


@eagerly()
def test_users_weigh_by_the_root_of_what_is_foretold(monkeypatch):
    seen = []
    plain = keras.Model.train_on_batch

    def spy(self, x, y, sample_weight):
        seen.append((np.array(y), np.array(sample_weight)))
        return plain(self, x, y, sample_weight)

    monkeypatch.setattr(keras.Model, "train_on_batch", spy)
    rows = [(0, i, i) for i in range(100)] + [(1, i, i) for i in range(3)]
    table = pd.DataFrame(rows, columns=["user_row", "item_row", "timestamp"])
    fit_next(table, 100, epochs=4, **NEXT)
    for share, weights in seen:
        np.testing.assert_allclose(share.sum(axis=1), 1, rtol=1e-5)
        n = (share > 0).sum(axis=1)
        np.testing.assert_allclose(weights, n**0.5 / np.mean(n**0.5), rtol=1e-5)
    assert max((share > 0).sum() for share, _ in seen) > 3


def test_the_progress_of_fit_next(capsys):
    options = NEXT | {"progress": True, "fade": 0}  # compiled: one table is enough
    fit_next(chains(4), 12, epochs=3, **options)
    assert capsys.readouterr().err.startswith("3 cuts of 4 histories\n")
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
        (ONE.assign(item_row=[0, -1]), "'item_row' has the value -1"),
    ],
)
def test_fit_next_refuses_what_makes_no_sense(table, message):
    with pytest.raises(ValueError, match=message):
        fit_next(table, 12, epochs=1, **NEXT)
