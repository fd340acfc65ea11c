"""collab/baselines.py: train table → predictions from means and damped biases."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.baselines import Biases, fit_biases, predict_biases, predict_mean

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
    assert predict_mean(tiny, STRANGERS, "userId").tolist() == [
        1.75,
        OVERALL,
        1.75,
        OVERALL,
    ]
    assert predict_mean(tiny, STRANGERS, "movieId").tolist() == [
        2.5,
        2.5,
        OVERALL,
        OVERALL,
    ]


def test_means_need_no_ratings_to_predict_and_take_another_name(tiny):
    renamed = tiny.rename(columns={"rating": "stars", "userId": "who"})
    answer = predict_mean(renamed, renamed[["who"]], "who", rating="stars")
    assert answer.tolist() == predict_mean(tiny, tiny, "userId").tolist()
    assert predict_mean(renamed, renamed[["who"]], rating="stars")[0] == OVERALL


# By hand: biases ---------------------------------------------------------------------

# Ratings 5, 3 of user 1 (movies 1, 2) and 1 of user 2 (movie 1): the mean is 3.
THREE = pd.DataFrame([(1, 1, 5.0), (1, 2, 3.0), (2, 1, 1.0)], columns=COLUMNS)


def test_one_pass_by_hand():
    biases = fit_biases(THREE, user_damping=2, item_damping=1, n_passes=1)
    assert isinstance(biases, Biases)
    assert biases.mean == 3
    # movie 1: (2 - 2) / (1 + 2), movie 2: 0 / (1 + 1); so users: 2 / (2 + 2), -2 / 3
    assert biases.item.to_dict() == {1: 0, 2: 0}
    assert biases.user.to_dict() == pytest.approx({1: 0.5, 2: -2 / 3})


def test_two_passes_by_hand():
    biases = fit_biases(THREE, user_damping=2, item_damping=1, n_passes=2)
    # movie 1: (2 - 1/2 - 2 + 2/3) / 3 = 1/18, movie 2: (0 - 1/2) / 2 = -1/4
    assert biases.item.to_dict() == pytest.approx({1: 1 / 18, 2: -1 / 4})
    # user 1: (2 - 1/18 + 1/4) / 4 = 79/144, user 2: (-2 - 1/18) / 3
    assert biases.user.to_dict() == pytest.approx({1: 79 / 144, 2: -37 / 54})


def test_predictions_by_hand():
    biases = Biases(3.0, pd.Series({10: 0.5, 20: -1.0}), pd.Series({7: 0.25}))
    answer = predict_biases(biases, STRANGERS)
    assert answer.tolist() == [3.75, 3.25, 3.5, 3.0]  # a stranger's bias is 0
    assert answer.dtype == "float64"


def test_predictions_are_not_clipped():
    biases = Biases(4.0, pd.Series({10: 2.0}), pd.Series({7: 1.0}))
    assert predict_biases(biases, STRANGERS[:1]).tolist() == [7.0]


def test_the_defaults_are_5_and_3_and_three_passes(tiny):
    default = fit_biases(tiny)
    told = fit_biases(tiny, user_damping=5, item_damping=3, n_passes=3)
    pd.testing.assert_series_equal(default.user, told.user)
    pd.testing.assert_series_equal(default.item, told.item)


def test_columns_may_have_other_names(tiny):
    names = {"userId": "who", "movieId": "what", "rating": "stars"}
    renamed = tiny.rename(columns=names)
    biases = fit_biases(renamed, user="who", item="what", rating="stars")
    pd.testing.assert_series_equal(
        biases.user, fit_biases(tiny).user, check_names=False
    )
    answer = predict_biases(biases, renamed, user="who", item="what")
    assert answer.tolist() == predict_biases(fit_biases(tiny), tiny).tolist()
    assert len(set(answer)) == 8


def test_small_floats_do_not_cost_precision(tiny):
    third = tiny.assign(rating=tiny["rating"] / 3)
    small = third.assign(rating=third["rating"].astype("float32"))
    assert predict_mean(small, tiny).dtype == "float64"
    assert predict_mean(small, tiny, "userId").dtype == "float64"
    exact = float(np.mean([float(x) for x in small["rating"]]))
    assert fit_biases(small).mean == pytest.approx(exact, abs=1e-12)


# Properties --------------------------------------------------------------------------

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


@settings(max_examples=25)
@given(ratings_tables(), st.randoms(), dampings)
def test_the_order_of_the_rows_does_not_matter(table, random, damping):
    mixed = table.iloc[random.sample(range(len(table)), len(table))]
    for by in (None, "userId", "movieId"):
        np.testing.assert_allclose(
            predict_mean(mixed, table, by), predict_mean(table, table, by)
        )
    np.testing.assert_allclose(
        predict_biases(fit_biases(mixed, item_damping=damping), table),
        predict_biases(fit_biases(table, item_damping=damping), table),
        atol=1e-9,
    )


@settings(max_examples=25)
@given(ratings_tables(), st.floats(-3, 3))
def test_a_star_more_for_everyone_moves_the_mean_alone(table, star):
    more = table.assign(rating=table["rating"] + star)
    biases, moved = fit_biases(table), fit_biases(more)
    assert moved.mean == pytest.approx(biases.mean + star)
    np.testing.assert_allclose(moved.user, biases.user, atol=1e-9)
    np.testing.assert_allclose(moved.item, biases.item, atol=1e-9)


@pytest.mark.parametrize(
    ("user_damping", "item_damping", "by"),
    [(1e12, 1e12, None), (1e12, 0, "movieId"), (0, 1e12, "userId")],
)
def test_an_immense_damping_leaves_the_means_of_the_others(
    tiny, user_damping, item_damping, by
):
    biases = fit_biases(tiny, user_damping=user_damping, item_damping=item_damping)
    expected = predict_mean(tiny, tiny, by)
    np.testing.assert_allclose(predict_biases(biases, tiny), expected, atol=1e-9)


# An independent oracle ---------------------------------------------------------------


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
@given(ratings_tables(), dampings, dampings, st.integers(1, 4))
def test_biases_equal_a_slow_loop(table, user_damping, item_damping, n_passes):
    knobs = {
        "user_damping": user_damping,
        "item_damping": item_damping,
        "n_passes": n_passes,
    }
    biases = fit_biases(table, **knobs)
    mean, b_user, b_item = slow_biases(table, **knobs)
    assert biases.mean == pytest.approx(mean)
    assert biases.user.dtype == biases.item.dtype == "float64"
    assert biases.user.to_dict() == pytest.approx(b_user, abs=1e-9)
    assert biases.item.to_dict() == pytest.approx(b_item, abs=1e-9)
    expected = [
        mean + b_user[u] + b_item[i]
        for u, i in zip(table["userId"], table["movieId"], strict=True)
    ]
    np.testing.assert_allclose(predict_biases(biases, table), expected, atol=1e-9)


@settings(max_examples=25)
@given(ratings_tables(), ratings_tables())
def test_means_equal_a_slow_loop(train, table):
    for by in ("userId", "movieId"):
        slow = []
        for value in table[by]:
            same = [
                r for v, r in zip(train[by], train["rating"], strict=True) if v == value
            ]
            same = same or train["rating"].tolist()
            slow.append(sum(same) / len(same))
        np.testing.assert_allclose(predict_mean(train, table, by), slow)


def test_many_passes_solve_the_penalised_least_squares_problem(tiny):
    # b = argmin Σ (r - μ - b_u - b_i)² + 5 Σ b_u² + 3 Σ b_i²: where both formulas hold
    biases = fit_biases(tiny, user_damping=5, item_damping=3, n_passes=200)
    users, items = biases.user.index, biases.item.index
    design = np.hstack(
        [
            (tiny["userId"].to_numpy()[:, None] == users.to_numpy()) * 1.0,
            (tiny["movieId"].to_numpy()[:, None] == items.to_numpy()) * 1.0,
        ]
    )
    penalty = np.diag([5.0] * len(users) + [3.0] * len(items))
    left = tiny["rating"].to_numpy() - tiny["rating"].mean()
    solved = np.linalg.solve(design.T @ design + penalty, design.T @ left)
    assert np.abs(solved).max() > 0.3
    np.testing.assert_allclose([*biases.user, *biases.item], solved, atol=1e-9)


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


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(tiny, column):
    message = rf"train has no column '{column}'; it has \["
    with pytest.raises(ValueError, match=message):
        fit_biases(tiny.drop(columns=column))


def test_predict_mean_names_a_missing_column(tiny):
    with pytest.raises(ValueError, match="train has no column 'rating'"):
        predict_mean(tiny[["userId"]], tiny)
    with pytest.raises(ValueError, match="train has no column 'age'"):
        predict_mean(tiny, tiny, "age")
    with pytest.raises(ValueError, match="table has no column 'userId'"):
        predict_mean(tiny, tiny[["movieId"]], "userId")


@pytest.mark.parametrize("column", COLUMNS[:2])
def test_predict_biases_names_a_missing_column(tiny, column):
    with pytest.raises(ValueError, match=f"table has no column '{column}'"):
        predict_biases(fit_biases(tiny), tiny.drop(columns=column))


def test_no_training_rows_are_refused(tiny):
    for by in (None, "userId"):
        with pytest.raises(ValueError, match="train has no rows"):
            predict_mean(tiny[:0], tiny, by)
    with pytest.raises(ValueError, match="train has no rows"):
        fit_biases(tiny[:0])


def test_no_rows_to_predict_are_no_predictions(tiny):
    for answer in (
        predict_mean(tiny, tiny[:0]),
        predict_mean(tiny, tiny[:0], "userId"),
        predict_biases(fit_biases(tiny), tiny[:0]),
    ):
        assert answer.shape == (0,)


@pytest.mark.parametrize("column", COLUMNS)
def test_missing_values_are_refused(tiny, column):
    # a rating whose user is NaN would count in no sum, but in the damping's n
    holed = tiny.assign(**{column: tiny[column].where(tiny.index != 103)})
    message = rf"train\['{column}'\] has missing values"
    with pytest.raises(ValueError, match=message):
        fit_biases(holed)
    with pytest.raises(ValueError, match=message):
        predict_mean(holed, tiny, None if column == "rating" else column)


def test_infinite_ratings_are_refused(tiny):
    tiny.iloc[3, 2] = np.inf
    message = r"train\['rating'\] has infinite values"
    with pytest.raises(ValueError, match=message):
        fit_biases(tiny)
    with pytest.raises(ValueError, match=message):
        predict_mean(tiny, tiny)


@pytest.mark.parametrize("bad", [-1, -1e-9, np.nan])
@pytest.mark.parametrize("name", ["user_damping", "item_damping"])
def test_a_negative_damping_is_refused(tiny, name, bad):
    with pytest.raises(ValueError, match=f"{name}={bad}.* must be 0 or more"):
        fit_biases(tiny, **{name: bad})


@pytest.mark.parametrize("n", [0, -1])
def test_at_least_one_pass(tiny, n):
    with pytest.raises(ValueError, match=f"n_passes must be 1 or more, not {n}"):
        fit_biases(tiny, n_passes=n)


def test_the_tables_are_left_alone(tiny):
    before = tiny.copy()
    predict_biases(fit_biases(tiny), tiny)
    predict_mean(tiny, tiny, "userId")
    pd.testing.assert_frame_equal(tiny, before)
