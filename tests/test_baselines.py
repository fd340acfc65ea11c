"""collab/baselines.py: train table → predictions from means and damped biases."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.baselines import (
    Biases,
    damped_biases,
    damped_means,
    estimate_dampings,
    fit_biases,
    predict_biases,
    predict_mean,
)

COLUMNS = ["userId", "movieId", "rating"]
OVERALL = 25.5 / 8  # the mean of the tiny table
STRANGERS = pd.DataFrame({"userId": [10, 99, 10, 99], "movieId": [7, 7, 98, 98]})


# By hand: means ----------------------------------------------------------------------


def test_the_overall_mean_by_hand(tiny):
    answer = predict_mean(tiny, tiny[:3])
    assert answer.tolist() == [OVERALL] * 3
    assert answer.dtype == "float64"


def test_user_and_movie_means_by_hand(tiny):
    # rows of `tiny`: users 30 20 30 10 20 30 10 40
    by_user = [4.0, 2.75, 4.0, 1.75, 2.75, 4.0, 1.75, 4.5]
    assert predict_mean(tiny, tiny, "userId").tolist() == by_user
    # movies 7 7 5 5 2 2 2 9
    by_movie = [2.5, 2.5, 3.75, 3.75, 8.5 / 3, 8.5 / 3, 8.5 / 3, 4.5]
    assert predict_mean(tiny, tiny, by="movieId").tolist() == by_movie


def test_who_is_not_in_the_training_rows_gets_the_overall_mean(tiny):
    by_user = predict_mean(tiny, STRANGERS, "userId").tolist()
    assert by_user == [1.75, OVERALL, 1.75, OVERALL]
    by_movie = predict_mean(tiny, STRANGERS, "movieId").tolist()
    assert by_movie == [2.5, 2.5, OVERALL, OVERALL]


def test_means_need_no_ratings_to_predict_and_take_another_name(tiny):
    renamed = tiny.rename(columns={"rating": "stars", "userId": "who"})
    answer = predict_mean(renamed, renamed[["who"]], "who", rating="stars")
    assert answer.tolist() == predict_mean(tiny, tiny, "userId").tolist()
    assert predict_mean(renamed, renamed[["who"]], rating="stars")[0] == OVERALL


# By hand: biases ---------------------------------------------------------------------

# Ratings 5, 3 of user 1 (movies 1, 2) and 1 of user 2 (movie 1): the mean is 3.
THREE = pd.DataFrame([(1, 1, 5.0), (1, 2, 3.0), (2, 1, 1.0)], columns=COLUMNS)


def biases_of_three(n_passes):
    """Of users 1, 2 and of movies 1, 2; row 0 has no ratings."""
    users, items = THREE["userId"].to_numpy(), THREE["movieId"].to_numpy()
    y = THREE["rating"].to_numpy() - 3
    both = damped_biases(users, items, y, (3, 3), (2, 1), n_passes)
    return [biases.tolist() for biases in both]


def test_two_passes_by_hand():
    user, item = biases_of_three(1)
    # movie 1: (2 - 2) / (1 + 2), movie 2: 0 / (1 + 1); so users: 2 / (2 + 2), -2 / 3
    assert item == [0, 0, 0]
    assert user == pytest.approx([0, 0.5, -2 / 3])
    user, item = biases_of_three(2)
    # movie 1: (2 - 1/2 - 2 + 2/3) / 3 = 1/18, movie 2: (0 - 1/2) / 2 = -1/4
    assert item == pytest.approx([0, 1 / 18, -1 / 4])
    # user 1: (2 - 1/18 + 1/4) / 4 = 79/144, user 2: (-2 - 1/18) / 3
    assert user == pytest.approx([0, 79 / 144, -37 / 54])


@pytest.mark.parametrize("damping", [0, 2])
def test_a_row_number_without_ratings_has_a_bias_of_0(damping):
    users, items = THREE["userId"].to_numpy(), THREE["movieId"].to_numpy()
    y, dampings = THREE["rating"].to_numpy() - 3, (damping, damping)
    user_bias, item_bias = damped_biases(users, items, y, (5, 4), dampings)
    biases = fit_biases(THREE, user_damping=damping, item_damping=damping)
    assert user_bias.tolist() == [0, *biases.user, 0, 0]
    assert item_bias.tolist() == [0, *biases.item, 0]


def test_predictions_by_hand():
    biases = Biases(3.0, pd.Series({10: 0.5, 20: -1.0}), pd.Series({7: 0.25}))
    answer = predict_biases(biases, STRANGERS)
    assert answer.tolist() == [3.75, 3.25, 3.5, 3.0]  # a stranger's bias is 0
    assert answer.dtype == "float64"
    high = biases._replace(mean=9.0)
    assert predict_biases(high, STRANGERS)[0] == 9.75  # not clipped
    none = pd.Series(dtype="float64")
    assert predict_biases(Biases(3.0, none, none), STRANGERS).tolist() == [3.0] * 4


def test_columns_may_have_other_names(tiny):
    names = {"userId": "who", "movieId": "what", "rating": "stars"}
    renamed = tiny.rename(columns=names)
    biases = fit_biases(renamed, user="who", item="what", rating="stars")
    assert biases.user.to_dict() == fit_biases(tiny).user.to_dict()
    answer = predict_biases(biases, renamed, user="who", item="what")
    assert answer.tolist() == predict_biases(fit_biases(tiny), tiny).tolist()
    assert len(set(answer)) == 8


@pytest.mark.parametrize("dtype", ["float32", "float16", "Float32", "float[pyarrow]"])
def test_small_floats_do_not_cost_precision(tiny, dtype):
    # 0.1 in float32 is 0.100000001…: its sums are rounded unless they are in float64
    small = tiny.assign(rating=np.arange(1, 9) / 10).astype({"rating": dtype})
    stars = [float(x) for x in small["rating"]]
    exact = sum(stars) / 8
    assert predict_mean(small, tiny).tolist() == pytest.approx([exact] * 8, abs=1e-15)
    by_user = predict_mean(small, tiny, "userId")
    assert by_user[1] == pytest.approx((stars[1] + stars[4]) / 2, abs=1e-15)
    biases, wide = fit_biases(small), fit_biases(small.assign(rating=stars))
    assert biases.mean == pytest.approx(exact, abs=1e-15)
    assert biases.user.dtype == biases.item.dtype == "float64"
    np.testing.assert_allclose(biases.user, wide.user, atol=1e-15)
    np.testing.assert_allclose(biases.item, wide.item, atol=1e-15)


def test_damped_means_by_hand():
    # rows 0, 1, 0, 2: (1 + 4) / (1 + 2), 2 / (1 + 1), -6 / (1 + 1)
    means = damped_means(np.array([1.0, 2.0, 4.0, -6.0]), np.array([0, 1, 0, 2]), 1)
    assert means.tolist() == pytest.approx([5 / 3, 1, -3])


def test_biases_are_series_by_id_in_ascending_order(tiny):
    biases = fit_biases(tiny)
    assert isinstance(biases.mean, float)
    assert biases.user.index.tolist() == [10, 20, 30, 40]
    assert biases.item.index.tolist() == [2, 5, 7, 9]
    assert (biases.user.index.name, biases.item.index.name) == ("userId", "movieId")
    assert biases.user.name == biases.item.name == "bias"


# An independent oracle ---------------------------------------------------------------

half_stars = st.integers(1, 10).map(lambda x: x / 2)
dampings = st.floats(0, 10)


@st.composite
def ratings_tables(draw):
    pairs = st.tuples(st.integers(1, 5), st.integers(11, 15))
    rows = draw(st.lists(pairs, min_size=1, max_size=25, unique=True))
    rating = draw(st.lists(half_stars, min_size=len(rows), max_size=len(rows)))
    table = pd.DataFrame(rows, columns=COLUMNS[:2]).assign(rating=rating)
    # neither sorted nor unique: nothing may be joined by the index
    return table.set_axis(np.arange(len(rows))[::-1] // 2)


def slow_biases(table, user_damping, item_damping, n_passes):
    """The two formulas, one rating after the other."""
    rows = list(zip(*(table[name].tolist() for name in COLUMNS), strict=True))
    mean = sum(r for _, _, r in rows) / len(rows)
    b_user = dict.fromkeys((u for u, _, _ in rows), 0.0)
    b_item = dict.fromkeys((i for _, i, _ in rows), 0.0)
    for _ in range(n_passes):
        for item in b_item:
            left = [r - mean - b_user[u] for u, i, r in rows if i == item]
            b_item[item] = sum(left) / (item_damping + len(left))
        for user in b_user:
            left = [r - mean - b_item[i] for u, i, r in rows if u == user]
            b_user[user] = sum(left) / (user_damping + len(left))
    return mean, b_user, b_item


@settings(max_examples=25)
@given(ratings_tables(), dampings, dampings)
def test_biases_equal_a_slow_loop(table, user_damping, item_damping):
    knobs = {"user_damping": user_damping, "item_damping": item_damping}
    biases = fit_biases(table, **knobs)
    mean, b_user, b_item = slow_biases(table, **knobs, n_passes=10)
    assert biases.mean == pytest.approx(mean)
    assert biases.user.dtype == biases.item.dtype == "float64"
    assert biases.user.to_dict() == pytest.approx(b_user, abs=1e-9)
    assert biases.item.to_dict() == pytest.approx(b_item, abs=1e-9)
    pairs = zip(table["userId"], table["movieId"], strict=True)
    expected = [mean + b_user[u] + b_item[i] for u, i in pairs]
    np.testing.assert_allclose(predict_biases(biases, table), expected, atol=1e-9)


@settings(max_examples=25)
@given(ratings_tables(), ratings_tables())
def test_means_equal_a_slow_loop(train, table):
    for by in ("userId", "movieId"):
        slow = []
        for value in table[by]:
            same = [row["rating"] for _, row in train.iterrows() if row[by] == value]
            same = same or train["rating"].tolist()
            slow.append(sum(same) / len(same))
        np.testing.assert_allclose(predict_mean(train, table, by), slow)


def test_on_real_ratings_each_baseline_beats_the_simpler_one(real):
    mask = np.random.RandomState(42).rand(len(real)) < 0.8
    train, valid = real[mask], real[~mask]

    def error(predicted):
        assert predicted.shape == (len(valid),)
        assert np.isfinite(predicted).all()
        return np.mean((valid["rating"].to_numpy() - predicted) ** 2)

    mean, movie, user = (
        error(predict_mean(train, valid, by)) for by in (None, "movieId", "userId")
    )
    damped = error(predict_biases(fit_biases(train), valid))
    undamped = fit_biases(train, user_damping=0, item_damping=0)
    assert damped < 0.80 < user < movie < mean
    assert damped + 0.02 < error(predict_biases(undamped, valid))


# Dampings read off the table ---------------------------------------------------------


def drawn(sd_users, sd_items, sd_noise, n_users=300, n_items=200, share=0.3, seed=0):
    """A table whose biases and noise have these standard deviations."""
    rng = np.random.default_rng(seed)
    users, items = np.nonzero(rng.random((n_users, n_items)) < share)
    ratings = 3 + sd_users * rng.normal(size=n_users)[users]
    ratings += sd_items * rng.normal(size=n_items)[items]
    ratings += sd_noise * rng.normal(size=len(users))
    return pd.DataFrame({"userId": users, "movieId": items, "rating": ratings})


def dampings_of(table, known=(None, None)):
    users, items = table["userId"].to_numpy(), table["movieId"].to_numpy()
    y = table["rating"].to_numpy() - table["rating"].mean()
    sizes = users.max() + 1, items.max() + 1
    return estimate_dampings(users, items, y, sizes, known)


def test_the_dampings_are_the_variance_of_the_noise_over_that_of_the_biases():
    found = dampings_of(drawn(0.5, 0.25, 1.0))
    assert found == pytest.approx((1 / 0.25, 1 / 0.0625), rel=0.25)
    scaled = drawn(0.5, 0.25, 1.0).assign(rating=lambda t: 20 * t["rating"] - 7)
    assert dampings_of(scaled) == pytest.approx(found)  # they have no unit


def test_one_step_of_the_rule_by_hand():
    # Two users, two items; 4 - 1 - 4/7 - 4/5 ratings are free to be noise.
    rows, y = (np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])), np.array([3, 1, -1, -3])
    of_item = np.array([2.0, -2.0]) / (3 + 2)
    of_user = np.array([4 - of_item.sum(), -4 - of_item.sum()]) / (5 + 2)
    residual = y - of_user[rows[0]] - of_item[rows[1]]
    of_users, of_items = 2 * 2 / (2 + 5), 2 * 2 / (2 + 3)  # what the data decide
    variance = (residual**2).sum() / (4 - 1 - of_users - of_items)
    wanted = variance * of_users / (of_user**2).sum()
    found = estimate_dampings(*rows, y, (2, 2), n_passes=(1, 1))
    assert found[0] == pytest.approx(wanted)


def test_a_damping_that_is_given_stays():
    assert dampings_of(drawn(0.0, 0.0, 1.0), (0.0, None))[0] == 0
    table = drawn(0.5, 0.25, 1.0)
    assert dampings_of(table, (7.0, None))[0] == 7
    assert dampings_of(table, (None, 2.0))[1] == 2
    assert dampings_of(table, (7.0, 2.0)) == (7, 2)
    later = table.assign(userId=table["userId"] + 1)  # row 0 has no ratings: 0 / 0
    expected = dampings_of(table, (0.0, None))
    assert dampings_of(later, (0.0, None)) == pytest.approx(expected)


def test_biases_of_which_the_table_shows_none_are_damped_away():
    assert min(dampings_of(drawn(0, 0, 1.0))) > 100
    exact = dampings_of(drawn(1.0, 1.0, 0.0, share=1.0))
    assert exact == (0.01, 0.01)


def test_read_off_or_told_the_same_dampings_give_the_same_biases(tiny):
    table = drawn(0.5, 0.25, 1.0)
    user_damping, item_damping = dampings_of(table)
    told = fit_biases(table, user_damping=user_damping, item_damping=item_damping)
    pd.testing.assert_series_equal(fit_biases(table).user, told.user)
    pd.testing.assert_series_equal(fit_biases(table).item, told.item)


def places(seed):
    """Eight of thirty people meet sixty times, and take the places 1 to 8."""
    rng = np.random.default_rng(seed)
    skill, rows = 0.3 * rng.normal(size=30), []
    for meeting in range(60):
        who = rng.choice(30, 8, replace=False)
        best_first = who[np.argsort(-(skill[who] + rng.normal(size=8)))]
        rows += [(user, meeting, place + 1.0) for place, user in enumerate(best_first)]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(drawn(0.6, 0.5, 0.35, 43, 12, 1.0), id="full and exact"),
        pytest.param(drawn(20, 6, 3.6, 142, 12, 1.0), id="a panel"),
        pytest.param(drawn(0.4, 0.4, 0.9, 3000, 2500, 0.0012), id="sparse"),
        pytest.param(places(1), id="items hand out a fixed sum"),
    ],
)
def test_on_any_table_they_are_not_worse_than_the_best_plain_mean(table):
    ours, best = [], []
    for seed in range(5):
        mask = np.random.RandomState(seed).rand(len(table)) < 0.8
        train, valid = table[mask], table[~mask]

        def error(predicted, valid=valid):
            return np.mean((valid["rating"].to_numpy() - predicted) ** 2)

        means = [predict_mean(train, valid, by) for by in (None, "userId", "movieId")]
        ours.append(error(predict_biases(fit_biases(train), valid)))
        best.append(min(map(error, means)))
    assert np.mean(ours) < 1.01 * np.mean(best)  # dampings of 5 and 3: 1.2 times


# Bad input ---------------------------------------------------------------------------


def test_no_training_rows_are_refused(tiny):
    with pytest.raises(ValueError, match="train has no rows"):
        fit_biases(tiny[:0])


def test_no_rows_to_predict_are_no_predictions(tiny):
    for answer in (
        predict_mean(tiny, tiny[:0]),
        predict_mean(tiny, tiny[:0], "userId"),
        predict_biases(fit_biases(tiny), tiny[:0]),
    ):
        assert answer.shape == (0,)


def test_numbers_and_text_are_never_the_same_ids(tiny):
    text = tiny.astype(dict.fromkeys(COLUMNS[:2], str))
    for column in COLUMNS[:2]:
        table = tiny.assign(**{column: text[column]})  # one column is wrong
        message = rf"table\['{column}'\] holds ids like .* numbers and text are diff"
        with pytest.raises(ValueError, match=message):
            predict_mean(tiny, table, column)
        with pytest.raises(ValueError, match=message):
            predict_biases(fit_biases(tiny), table)


def test_biases_have_each_id_once(tiny):
    biases = fit_biases(tiny)._replace(item=pd.Series([0.5, 0.1], index=[7, 7]))
    with pytest.raises(ValueError, match=r"^biases\.item has the id 7 twice"):
        predict_biases(biases, tiny)
