"""collab/baselines.py: train table → predictions from means and damped biases."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.baselines import (
    Biases,
    damped_biases,
    damped_means,
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


def test_nobody_has_a_bias_in_an_empty_series():
    none = pd.Series(dtype="float64")
    answer = predict_biases(Biases(3.0, none, pd.Series({7: 0.25})), STRANGERS)
    assert answer.tolist() == [3.25, 3.25, 3.0, 3.0]
    assert predict_biases(Biases(3.0, none, none), STRANGERS).tolist() == [3.0] * 4


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
    message = rf"train\['{column}'\]: 1 of 8 (ids|values) are missing.* position 4"
    with pytest.raises(ValueError, match=message):
        fit_biases(holed)
    with pytest.raises(ValueError, match=message):
        predict_mean(holed, tiny, None if column == "rating" else column)


def test_infinite_ratings_are_refused(tiny):
    tiny.iloc[3, 2] = np.inf
    message = r"train\['rating'\]: 1 of 8 values are missing or infinite.* position 3"
    with pytest.raises(ValueError, match=message):
        fit_biases(tiny)
    with pytest.raises(ValueError, match=message):
        predict_mean(tiny, tiny)


@pytest.mark.parametrize("bad", [-1, -1e-9, np.nan, "5", None, True, [5]])
@pytest.mark.parametrize("name", ["user_damping", "item_damping"])
def test_a_negative_damping_is_refused(tiny, name, bad):
    message = re.escape(f"{name} must be a number, 0 or more, not {bad!r}")
    with pytest.raises(ValueError, match=f"^{message}"):
        fit_biases(tiny, **{name: bad})


@pytest.mark.parametrize("n", [0, -1])
def test_at_least_one_pass(tiny, n):
    with pytest.raises(ValueError, match=f"n_passes must be 1 or more, not {n}"):
        fit_biases(tiny, n_passes=n)


@pytest.mark.parametrize("n", [1.0, "1", True, None])
def test_passes_are_counted_in_whole_numbers(tiny, n):
    with pytest.raises(ValueError, match=f"n_passes must be a whole number, not {n!r}"):
        fit_biases(tiny, n_passes=n)


def test_an_endless_damping_leaves_the_mean(tiny):
    biases = fit_biases(tiny, user_damping=np.inf, item_damping=np.inf)
    assert predict_biases(biases, tiny).tolist() == [OVERALL] * 8


def test_the_tables_are_left_alone(tiny):
    before = tiny.copy()
    predict_biases(fit_biases(tiny), tiny)
    predict_mean(tiny, tiny, "userId")
    pd.testing.assert_frame_equal(tiny, before)


# Other tables ------------------------------------------------------------------------

DTYPES = ["Int64", "int64[pyarrow]", "float64", "category", "uint64", object]
TEXT = [str, "string[pyarrow]", "string", "category"]


def with_ids(table, dtype, text=False):
    if text:
        table = table.astype(dict.fromkeys(COLUMNS[:2], str))
    return table.astype(dict.fromkeys(COLUMNS[:2], dtype))


@pytest.mark.parametrize(
    ("dtype", "text"), [(d, False) for d in DTYPES] + [(d, True) for d in TEXT]
)
def test_ids_of_any_kind_get_the_same_predictions(tiny, dtype, text):
    train, expected = with_ids(tiny, dtype, text), fit_biases(tiny)
    biases = fit_biases(train)
    assert biases.user.to_dict() == {
        (str(user) if text else user): bias for user, bias in expected.user.items()
    }
    for asked in (tiny, STRANGERS):
        table = with_ids(asked, dtype, text)
        np.testing.assert_array_equal(
            predict_biases(biases, table), predict_biases(expected, asked)
        )
        for by in COLUMNS[:2]:
            np.testing.assert_array_equal(
                predict_mean(train, table, by), predict_mean(tiny, asked, by)
            )


def test_hashes_beyond_int64_are_ids(tiny):
    hashed = tiny.assign(userId=tiny["userId"].astype("uint64") + 2**63)
    answer = predict_biases(fit_biases(hashed), hashed)
    assert answer.tolist() == predict_biases(fit_biases(tiny), tiny).tolist()
    # other numbers, of either kind, are strangers and no wrapped or rounded neighbours
    near = hashed.assign(userId=hashed["userId"] + 1)
    for strangers in (near, hashed.assign(userId=-(2**63) + tiny["userId"])):
        assert predict_mean(hashed, strangers, "userId").tolist() == [OVERALL] * 8


@pytest.mark.parametrize("swapped", [False, True])
def test_numbers_and_text_are_never_the_same_ids(tiny, swapped):
    text = with_ids(tiny, str)
    train, table = (text, tiny) if swapped else (tiny, text)
    ids = "30, but the known ones are like '" if swapped else "'30', but the known"
    for column in COLUMNS[:2]:
        message = rf"table\['{column}'\] holds ids like .* numbers and text are diff"
        with pytest.raises(ValueError, match=message):
            predict_mean(train, table, column)
    message = rf"table\['userId'\] holds ids like {ids}"
    with pytest.raises(ValueError, match=message):
        predict_biases(fit_biases(train), table)
    half = tiny.assign(movieId=text["movieId"])
    with pytest.raises(ValueError, match=r"table\['movieId'\] holds ids like '7'"):
        predict_biases(fit_biases(tiny), half)


def test_ids_that_are_missing_or_none_are_refused_in_the_table_to_predict(tiny):
    biases = fit_biases(tiny)
    for column in COLUMNS[:2]:
        for ids, message in [
            (tiny[column].where(tiny.index != 103), ": 1 of 8 ids are missing"),
            (tiny[column] > 5, " holds boolean values"),
            (tiny[column] + 0.5, r": \d+.5 is not a whole number"),
        ]:
            table = tiny.assign(**{column: ids})
            with pytest.raises(ValueError, match=rf"^table\['{column}'\]{message}"):
                predict_biases(biases, table)
            with pytest.raises(ValueError, match=rf"^table\['{column}'\]{message}"):
                predict_mean(tiny, table, column)
            with pytest.raises(ValueError, match=rf"^train\['{column}'\]{message}"):
                fit_biases(table)


def test_ratings_may_be_numbers_of_any_kind(tiny):
    expected = predict_biases(fit_biases(tiny), tiny).tolist()
    for dtype in ("float16", "Float64", "double[pyarrow]", "category", object):
        table = tiny.astype({"rating": dtype})
        assert predict_biases(fit_biases(table), tiny).tolist() == expected
        assert predict_mean(table, tiny)[0] == OVERALL
    decimals = tiny.assign(rating=[Decimal(str(x)) for x in tiny["rating"]])
    assert predict_biases(fit_biases(decimals), tiny).tolist() == expected


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda x: x.astype(str), "string"),
        (lambda x: x > 2, "boolean"),
        (lambda x: pd.to_datetime(x, unit="D"), "datetime64"),
        (lambda x: pd.to_timedelta(x, unit="D"), "timedelta64"),
        (lambda x: x.astype(str).astype("category"), "string"),
        (lambda x: x.astype(object).where(x > 1, "one"), "mixed"),
    ],
)
def test_ratings_that_are_no_numbers_are_refused(tiny, change, kind):
    table = tiny.assign(rating=change(tiny["rating"]))
    message = rf"train\['rating'\] must hold numbers, not {kind}"
    for act in (fit_biases, lambda t: predict_mean(t, tiny)):
        with pytest.raises(ValueError, match=message):
            act(table)


def test_an_index_named_like_a_column_does_not_matter(tiny):
    expected = predict_biases(fit_biases(tiny), tiny).tolist()
    for index in (["userId"], ["movieId", "userId"], ["rating"]):
        named = tiny.set_index(index, drop=False)
        assert predict_biases(fit_biases(named), named).tolist() == expected
        assert (
            predict_mean(named, named, "userId").tolist()
            == predict_mean(tiny, tiny, "userId").tolist()
        )


@pytest.mark.parametrize("column", COLUMNS)
def test_two_columns_of_one_name_are_refused(tiny, column):
    doubled = pd.concat([tiny, tiny[[column]]], axis=1)
    with pytest.raises(ValueError, match=f"train has 2 columns '{column}'"):
        fit_biases(doubled)
    if column != "rating":
        with pytest.raises(ValueError, match=f"table has 2 columns '{column}'"):
            predict_biases(fit_biases(tiny), doubled)
        with pytest.raises(ValueError, match=f"table has 2 columns '{column}'"):
            predict_mean(tiny, doubled, column)


def test_what_is_no_table_is_refused(tiny):
    for bad in ([(30, 7, 3.0)], {"rating": [3.0]}, None, tiny.to_numpy()):
        name = type(bad).__name__
        with pytest.raises(ValueError, match=f"train must be a DataFrame, not {name}"):
            fit_biases(bad)
        with pytest.raises(ValueError, match=f"train must be a DataFrame, not {name}"):
            predict_mean(bad, tiny)
        for by in (None, "userId"):
            message = f"table must be a DataFrame, not {name}"
            with pytest.raises(ValueError, match=message):
                predict_mean(tiny, bad, by)
        message = f"table must be a DataFrame, not {name}"
        with pytest.raises(ValueError, match=message):
            predict_biases(fit_biases(tiny), bad)


def test_what_are_no_biases_is_refused(tiny):
    twice = pd.Series([0.5, 0.1], index=[7, 7])
    good = fit_biases(tiny)
    for bad, name in [
        (None, "user"),
        ({"user": {}}, "user"),
        (good._replace(user={10: 0.5}), "user"),
        (good._replace(item=twice), "item"),
    ]:
        with pytest.raises(
            ValueError, match=rf"^biases\.{name} must be a Series with one"
        ):
            predict_biases(bad, tiny)
