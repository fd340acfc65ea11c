"""collab/split.py: ratings → train, validation."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.split import random_split, time_split, user_split

# By hand -----------------------------------------------------------------------------


class Dice(np.random.Generator):
    """A generator whose numbers are written down."""

    def __init__(self, numbers):
        super().__init__(np.random.PCG64(0))
        self.numbers = np.array(numbers)

    def random(self, n):
        assert n == len(self.numbers)
        return self.numbers


def test_a_row_trains_if_its_number_is_below_the_fraction(tiny):
    dice = Dice([0.1, 0.5, 0.49, 0.9, 0.0, 0.51, 0.2, 0.99])
    train, valid = random_split(tiny, 0.5, rng=dice)
    assert train.index.tolist() == [107, 105, 103, 101]
    assert valid.index.tolist() == [106, 104, 102, 100]  # 0.5 is not below 0.5
    assert train["rating"].tolist() == [3.0, 5.0, 3.5, 1.0]
    assert valid["rating"].tolist() == [2.0, 2.5, 4.0, 4.5]


# Properties --------------------------------------------------------------------------

n_rows = st.integers(1, 60)
fractions = st.floats(0, 1, exclude_min=True, exclude_max=True)
seeds = st.integers(0, 2**32 - 1)


def frame(n):
    """`n` rows; the index is neither sorted nor unique."""
    index = np.arange(n)[::-1] // 2
    return pd.DataFrame({"row": np.arange(n), "rating": np.arange(n) / 2}, index=index)


@given(n_rows, fractions, seeds)
def test_disjoint_complete_in_order_with_the_index_kept(n, fraction, seed):
    ratings = frame(n)
    train, valid = random_split(ratings, fraction, rng=np.random.default_rng(seed))
    rows = train["row"].tolist(), valid["row"].tolist()
    assert sorted(rows[0] + rows[1]) == list(range(n))
    for part, numbers in zip((train, valid), rows, strict=True):
        assert numbers == sorted(numbers)
        pd.testing.assert_frame_equal(part, ratings.iloc[numbers])


@given(n_rows, fractions, seeds)
def test_equals_a_slow_loop(n, fraction, seed):
    train, _ = random_split(frame(n), fraction, rng=np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    assert train["row"].tolist() == [k for k in range(n) if rng.random() < fraction]


@given(n_rows, fractions, seeds)
def test_the_same_state_gives_the_same_split(n, fraction, seed):
    a, b = (
        random_split(frame(n), fraction, rng=np.random.default_rng(seed))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(a[0], b[0])
    pd.testing.assert_frame_equal(a[1], b[1])


def test_the_generator_moves_on():
    rng = np.random.default_rng(0)
    first, second = (random_split(frame(60), rng=rng)[0] for _ in range(2))
    assert first["row"].tolist() != second["row"].tolist()


def test_the_ratings_are_left_alone():
    ratings = frame(20)
    train, valid = random_split(ratings, rng=np.random.default_rng(0))
    train["rating"] = valid["rating"] = -1.0
    pd.testing.assert_frame_equal(ratings, frame(20))


# The original's split ----------------------------------------------------------------


def test_equals_the_original_mask(real):
    np.random.seed(42)  # noqa: NPY002 - the original's own way to draw
    msk = np.random.rand(len(real)) < 0.8  # noqa: NPY002
    train, valid = random_split(real, rng=np.random.RandomState(42))
    pd.testing.assert_frame_equal(train, real[msk])
    pd.testing.assert_frame_equal(valid, real[~msk])


def test_about_four_fifths_of_the_real_ratings_train(real):
    train, valid = random_split(real, rng=np.random.default_rng(42))
    assert len(train) + len(valid) == 100_004
    # 5 standard deviations of a binomial count: sqrt(100004 * 0.8 * 0.2) = 126
    assert abs(len(train) - 80_003) < 5 * 126
    train, _ = random_split(real, 0.3, rng=np.random.default_rng(42))
    assert abs(len(train) - 30_001) < 5 * 145


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0, 1, -1, 1.5, 80, np.nan, "0.8", None, [0.8]])
def test_a_fraction_outside_0_to_1_is_refused(tiny, fraction):
    message = f"train_fraction must be between 0 and 1, not {fraction!r}"
    with pytest.raises(ValueError, match=re.escape(message)):
        random_split(tiny, fraction, rng=np.random.default_rng(0))


@pytest.mark.parametrize("rng", [42, None, "42", np.random])
def test_rng_must_be_a_generator(tiny, rng):
    message = r"rng must be a generator, .*default_rng.* not"
    with pytest.raises(ValueError, match=message):
        random_split(tiny, rng=rng)


def test_rng_has_no_hidden_default(tiny):
    with pytest.raises(TypeError, match="rng"):
        random_split(tiny)


def test_no_rows_are_refused(tiny):
    with pytest.raises(ValueError, match="ratings has no rows to split"):
        random_split(tiny[:0], rng=np.random.default_rng(0))


# The latest ratings of each user -----------------------------------------------------


@pytest.fixture
def timed(tiny):
    """`tiny` with times: users 30 20 30 10 20 30 10 40, three of them at 5."""
    return tiny.assign(timestamp=[5, 9, 5, 3, 1, 2, 4, 5])


def test_the_latest_rating_of_each_user_by_hand(timed):
    train, valid = user_split(timed)
    # user 30: rows 107, 105 tie at 5, the later row is validated; 40 has a single one
    assert valid.index.tolist() == [106, 105, 101]
    assert train.index.tolist() == [107, 104, 103, 102, 100]


@pytest.mark.parametrize(
    ("n", "fraction", "n_valid"),
    [
        (1, 0.1, 0),
        (1, 0.99, 0),
        (2, 0.1, 1),
        (2, 0.99, 1),
        (19, 0.1, 1),
        (20, 0.1, 2),
        (29, 0.1, 2),
        (3, 0.99, 2),
        (100, 0.29, 29),  # 0.29 * 100 is 28.999999999999996
        (100, 0.07, 7),  # and 0.07 * 100 is 7.000000000000001
    ],
)
def test_how_many_ratings_of_a_user_are_validated(n, fraction, n_valid):
    ratings = pd.DataFrame({"userId": 7, "timestamp": np.arange(n)[::-1]})
    train, valid = user_split(ratings, fraction)
    assert valid.index.tolist() == list(range(n_valid))
    assert train.index.tolist() == list(range(n_valid, n))


def test_many_ratings_of_the_same_second_count_as_given(real):
    # More than a handful: NumPy sorts short arrays stably whatever it is asked for.
    rows = np.arange(500)
    ratings = pd.DataFrame({"userId": rows % 2, "timestamp": rows % 7 == 0})
    _, valid = user_split(ratings.astype("int64"), 0.05)
    for user in (0, 1):
        sevens = [row for row in rows if row % 7 == 0 and row % 2 == user]
        assert valid.index[valid["userId"] == user].tolist() == sevens[-12:]


def test_only_users_with_one_rating_leave_nothing_to_validate(timed):
    train, valid = user_split(timed.drop_duplicates("userId"))
    assert len(train) == 4
    assert valid.columns.tolist() == timed.columns.tolist()
    assert len(valid) == 0


@st.composite
def timed_tables(draw):
    """Users and times with ties, an index neither sorted nor unique."""
    row = st.tuples(st.sampled_from([5, 3, 8]), st.integers(0, 6))
    rows = draw(st.lists(row, min_size=1, max_size=40))
    table = pd.DataFrame(rows, columns=["userId", "timestamp"])
    return frame(len(rows)).assign(
        userId=table["userId"].to_numpy(), timestamp=table["timestamp"].to_numpy()
    )


usual_fractions = st.floats(0.001, 0.999)


def check_partition(ratings, train, valid):
    rows = train["row"].tolist(), valid["row"].tolist()
    assert sorted(rows[0] + rows[1]) == list(range(len(ratings)))
    for part, numbers in zip((train, valid), rows, strict=True):
        assert numbers == sorted(numbers)
        pd.testing.assert_frame_equal(part, ratings.iloc[numbers])


def slow_user_split(ratings, fraction):
    """The rows of each user in order of (time, row); the last ones are validated."""
    valid = []
    for user in set(ratings["userId"]):
        times = [
            (time, row)
            for row, (u, time) in enumerate(
                zip(ratings["userId"], ratings["timestamp"], strict=True)
            )
            if u == user
        ]
        times.sort()
        if len(times) > 1:
            n_valid = max(1, int(fraction * len(times) + 1e-9))
            valid += [row for _, row in times[-n_valid:]]
    return sorted(valid)


@given(timed_tables(), usual_fractions)
def test_user_split_is_a_partition_with_every_user_in_train(ratings, fraction):
    train, valid = user_split(ratings, fraction)
    check_partition(ratings, train, valid)
    assert set(train["userId"]) == set(ratings["userId"])
    assert valid["row"].tolist() == slow_user_split(ratings, fraction)
    latest = train.groupby("userId")["timestamp"].max()
    earliest = valid.groupby("userId")["timestamp"].min()
    assert (latest[earliest.index] <= earliest).all()
    often = ratings["userId"].value_counts() > 1
    assert set(valid["userId"]) == set(often.index[often])


# One moment for all ------------------------------------------------------------------


def test_one_moment_by_hand(timed):
    # times 5 9 5 3 1 2 4 5, sorted 1 2 3 4 5 5 5 9
    for fraction, moment in [(0.1, 9), (0.25, 5), (0.4, 5), (0.5, 5), (0.625, 4)]:
        train, valid = time_split(timed, fraction)
        expected = [k for k in timed.index if timed.loc[k, "timestamp"] >= moment]
        assert valid.index.tolist() == expected, fraction
        assert train.index.tolist() == [k for k in timed.index if k not in expected]


def test_a_fifth_is_later_unless_told(real):
    train, valid = time_split(real)
    assert len(train) + len(valid) == 100_004
    assert 20_001 <= len(valid) < 20_001 + 100  # and the ties of that second
    assert train["timestamp"].max() < valid["timestamp"].min()


def test_a_tenth_of_each_user_is_later_unless_told(real):
    train, valid = user_split(real)
    n = real["userId"].value_counts()
    assert valid["userId"].value_counts().to_dict() == (n // 10).to_dict()
    assert set(train["userId"]) == set(real["userId"])


@pytest.mark.parametrize("n", [2, 10, 29, 100])
def test_without_ties_the_number_of_later_rows_is_exact(n):
    ratings = pd.DataFrame({"timestamp": np.arange(n)[::-1]})
    for k in range(1, n):  # (1 - 0.9) * 10 is 0.9999…, and must not be row 0
        train, valid = time_split(ratings, k / n)
        assert valid.index.tolist() == list(range(k))
        assert len(train) == n - k


def test_the_smallest_fraction_validates_the_last_moment():
    ratings = pd.DataFrame({"timestamp": [4, 6, 6, 5]})
    for fraction in (1e-20, 5e-324, 0.01):
        _, valid = time_split(ratings, fraction)
        assert valid.index.tolist() == [1, 2]


@given(timed_tables(), usual_fractions)
def test_no_training_row_is_as_late_as_a_validation_row(ratings, fraction):
    ordered = sorted(ratings["timestamp"])
    place = min(int((1 - fraction) * len(ordered) + 1e-7), len(ordered) - 1)
    if ordered[place] == ordered[0]:
        with pytest.raises(ValueError, match="nothing is left to train on"):
            time_split(ratings, fraction)
        return
    train, valid = time_split(ratings, fraction)
    check_partition(ratings, train, valid)
    assert train["timestamp"].max() < valid["timestamp"].min() == ordered[place]


# Both --------------------------------------------------------------------------------

both = pytest.mark.parametrize("split", [user_split, time_split])


def as_dates(seconds):
    return pd.to_datetime(seconds, unit="s")


TIMES = {
    "dates": as_dates,
    "dates in days": lambda s: as_dates(s * 86_400).astype("datetime64[s]"),
    "dates in a zone": lambda s: as_dates(s).dt.tz_localize("Asia/Tokyo"),
    "dates of Python": lambda s: pd.Series(
        as_dates(s).dt.to_pydatetime(), dtype=object
    ),
    "durations": lambda s: pd.to_timedelta(s, unit="s"),
    "Arrow dates": lambda s: as_dates(s).astype("timestamp[us][pyarrow]"),
    "Arrow dates in a zone": lambda s: as_dates(s).astype(
        "timestamp[us, Europe/Berlin][pyarrow]"
    ),
    "categories of dates": lambda s: as_dates(s).astype("category"),
    # the order of the categories is not that of time
    "categories": lambda s: s.astype(pd.CategoricalDtype([9, 5, 4, 3, 2, 1])),
    "nullable": lambda s: s.astype("Int64"),
    "Arrow": lambda s: s.astype("double[pyarrow]"),
    "floats": lambda s: s / 10,
    "before 1970": lambda s: s - 10**9,
    "as object": lambda s: s.astype(object),
    "nanoseconds": lambda s: s + 2**60,  # a float64 would tie them all
}


@both
@pytest.mark.parametrize("kind", TIMES)
def test_times_of_any_kind_are_in_the_order_of_time(timed, split, kind):
    expected = [part.index.tolist() for part in split(timed)]
    times = TIMES[kind](timed["timestamp"]).set_axis(timed.index)
    other = timed.assign(timestamp=times)
    assert [part.index.tolist() for part in split(other)] == expected


@both
@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["9", "10", "11"], r"'timestamp' holds text such as \['9'\].*pd.to_datetime"),
        (["12/30/2013", "1/2/2014", "1/3/2014"], "'timestamp' holds text such as"),
        (pd.Categorical(["9", "10", "11"]), "'timestamp' holds text such as"),
        (pd.array(["9", "10", "11"], "string[pyarrow]"), "'timestamp' holds text"),
        ([True, False, True], "'timestamp' must hold numbers, not boolean"),
        ([9, "10", 11], "'timestamp' must hold numbers, not mixed integer"),
        ([9, np.nan, 11], "'timestamp': 1 of 3 values are missing or infinite"),
        ([9, np.inf, 11], "'timestamp': 1 of 3 values are missing or infinite"),
        (
            pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            "'timestamp': 1 times are missing",
        ),
        (
            [datetime.time(9), datetime.time(10), datetime.time(8)],
            "'timestamp' must .* time",
        ),
    ],
)
def test_what_is_no_time_is_refused(split, times, message):
    table = pd.DataFrame({"userId": 7, "timestamp": times})
    with pytest.raises(ValueError, match=f"^column {message}"):
        split(table)


@both
def test_an_index_named_like_a_column_does_not_matter(timed, split):
    expected = [part["movieId"].tolist() for part in split(timed)]
    for index in (["userId"], ["timestamp"], ["timestamp", "userId"]):
        named = timed.set_index(index, drop=False)
        parts = split(named)
        assert [part["movieId"].tolist() for part in parts] == expected
        assert [part.index.names for part in parts] == [index, index]


@both
def test_two_columns_of_one_name_are_refused_where_they_are_needed(timed, split):
    doubled = pd.concat([timed, timed[["timestamp"]]], axis=1)
    with pytest.raises(ValueError, match="ratings has 2 columns 'timestamp'"):
        split(doubled)
    harmless = pd.concat([timed, timed[["rating"]]], axis=1)
    expected = [part.index.tolist() for part in split(timed)]
    assert [part.index.tolist() for part in split(harmless)] == expected


@pytest.mark.parametrize(
    "dtype", [str, "string[pyarrow]", "category", "Int64", "uint64[pyarrow]", float]
)
def test_users_may_be_ids_of_any_kind(timed, dtype):
    expected = [part.index.tolist() for part in user_split(timed)]
    other = timed.astype({"userId": dtype})
    assert [part.index.tolist() for part in user_split(other)] == expected


def test_users_who_are_no_ids_are_refused(timed):
    for users, message in [
        (timed["userId"] > 20, "holds boolean values such as True"),
        (timed["userId"] / 4, "7.5 is not a whole number"),
        (as_dates(timed["userId"]), "holds datetime64 values"),
    ]:
        with pytest.raises(ValueError, match=f"^column 'userId':? {message}"):
            user_split(timed.assign(userId=users))


@pytest.mark.parametrize("table", [[(7, 1)], {"userId": [7]}, None, np.zeros((2, 2))])
def test_what_is_no_table_is_refused(table):
    message = f"ratings must be a DataFrame, not {type(table).__name__}"
    for split in (
        user_split,
        time_split,
        lambda table: random_split(table, rng=np.random.default_rng(0)),
    ):
        with pytest.raises(ValueError, match=message):
            split(table)


@both
def test_other_column_names(timed, split):
    names = {"userId": "who", "timestamp": "when"}
    told = {"time": "when"} | ({"user": "who"} if split is user_split else {})
    _, valid = split(timed.rename(columns=names), **told)
    assert valid.index.tolist() == split(timed)[1].index.tolist()


@both
def test_the_table_is_left_alone(timed, split):
    before = timed.copy()
    train, valid = split(timed)
    train["rating"] = valid["rating"] = -1.0
    pd.testing.assert_frame_equal(timed, before)


@both
@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, 10, np.nan, "0.1", None])
def test_a_validation_fraction_outside_0_to_1_is_refused(timed, split, fraction):
    message = f"valid_fraction must be between 0 and 1, not {fraction!r}"
    with pytest.raises(ValueError, match=message):
        split(timed, fraction)


@both
def test_no_rows_are_refused_here_too(timed, split):
    with pytest.raises(ValueError, match="ratings has no rows to split"):
        split(timed[:0])


@both
@pytest.mark.parametrize("column", ["userId", "timestamp"])
def test_a_missing_column_or_value_is_named(timed, split, column):
    if split is time_split and column == "userId":
        split(timed.drop(columns=column))  # needs no users
        return
    message = rf"ratings has no column '{column}'; it has \[.*'rating'"
    with pytest.raises(ValueError, match=message):
        split(timed.drop(columns=column))
    holed = timed.assign(**{column: timed[column].where(timed.index != 103)})
    message = f"column '{column}': 1 of 8 (ids|values) are missing.* at position 4"
    with pytest.raises(ValueError, match=message):
        split(holed)


def test_no_moment_divides_ratings_of_one_second(timed):
    message = "no row is earlier than 5: nothing is left to train on"
    with pytest.raises(ValueError, match=message):
        time_split(timed.assign(timestamp=5))
    with pytest.raises(ValueError, match=message):
        time_split(timed[:1])
    with pytest.raises(ValueError, match=message):  # a later row comes first
        time_split(pd.DataFrame({"timestamp": [6, 5, 5]}), 0.9)


def test_the_moment_that_divides_nothing_is_told_as_a_date():
    table = pd.DataFrame({"timestamp": pd.to_datetime(["2020-02-01"] * 3, utc=True)})
    with pytest.raises(ValueError, match=r"no row is earlier than 2020-02-01 00:00:00"):
        time_split(table)
