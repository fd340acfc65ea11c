"""collab/split.py: ratings → train, validation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.split import random_split, rolling_questions, time_split, user_split

# Properties --------------------------------------------------------------------------

n_rows = st.integers(1, 60)
fractions = st.floats(0, 1, exclude_min=True, exclude_max=True)
seeds = st.integers(0, 2**32 - 1)


def frame(n):
    """`n` rows; the index is neither sorted nor unique."""
    index = np.arange(n)[::-1] // 2
    return pd.DataFrame({"row": np.arange(n), "rating": np.arange(n) / 2}, index=index)


def check_partition(ratings, train, valid):
    """All rows once, in their order, with their index."""
    rows = train["row"].tolist(), valid["row"].tolist()
    assert sorted(rows[0] + rows[1]) == list(range(len(ratings)))
    for part, numbers in zip((train, valid), rows, strict=True):
        assert numbers == sorted(numbers)
        pd.testing.assert_frame_equal(part, ratings.iloc[numbers])


@settings(max_examples=25)
@given(n_rows, fractions, seeds)
def test_a_random_split_is_a_partition_and_equals_a_slow_loop(n, fraction, seed):
    ratings, rng = frame(n), np.random.default_rng(seed)
    for source in (seed, np.random.default_rng(seed)):
        train, valid = random_split(ratings, fraction, seed=source)
        check_partition(ratings, train, valid)
    assert train["row"].tolist() == [k for k in range(n) if rng.random() < fraction]


def test_a_row_whose_number_is_the_fraction_does_not_train():
    numbers = np.random.default_rng(5).random(9)
    train, _ = random_split(frame(9), numbers[0], seed=5)
    assert train["row"].tolist() == np.flatnonzero(numbers < numbers[0]).tolist() != []


# The original's split ----------------------------------------------------------------


def test_equals_the_original_mask(real):
    np.random.seed(42)  # noqa: NPY002 - the original's own way to draw
    msk = np.random.rand(len(real)) < 0.8  # noqa: NPY002
    train, valid = random_split(real, seed=np.random.RandomState(42))
    pd.testing.assert_frame_equal(train, real[msk])
    pd.testing.assert_frame_equal(valid, real[~msk])


def test_the_seed_has_no_hidden_default(tiny):
    with pytest.raises(TypeError, match="seed"):
        random_split(tiny)


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
        (2, 0.1, 1),
        (2, 0.9999999, 1),  # one is left to train on
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
    assert (len(train), len(valid)) == (4, 0)
    assert valid.columns.tolist() == timed.columns.tolist()


@st.composite
def timed_tables(draw):
    """Users and times with ties, an index neither sorted nor unique."""
    row = st.tuples(st.sampled_from([5, 3, 8]), st.integers(0, 6))
    rows = draw(st.lists(row, min_size=1, max_size=40))
    users, times = zip(*rows, strict=True)
    return frame(len(rows)).assign(userId=users, timestamp=times)


usual_fractions = st.floats(0.001, 0.999)


def slow_user_split(ratings, fraction):
    """The rows of each user in order of (time, row); the last ones are validated."""
    valid = []
    for user in set(ratings["userId"]):
        own = ratings[ratings["userId"] == user]
        times = sorted(zip(own["timestamp"], own["row"], strict=True))
        if len(times) > 1:
            n_valid = max(1, int(fraction * len(times) + 1e-9))
            valid += [row for _, row in times[-n_valid:]]
    return sorted(valid)


@settings(max_examples=25)
@given(timed_tables(), usual_fractions)
def test_user_split_is_a_partition_with_every_user_in_train(ratings, fraction):
    train, valid = user_split(ratings, fraction)
    check_partition(ratings, train, valid)
    assert set(train["userId"]) == set(ratings["userId"])
    assert valid["row"].tolist() == slow_user_split(ratings, fraction)


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
    _, valid = user_split(real)
    n = real["userId"].value_counts()
    assert valid["userId"].value_counts().to_dict() == (n // 10).to_dict()


@pytest.mark.parametrize("n", [2, 10, 29, 100])
def test_without_ties_the_number_of_later_rows_is_exact(n):
    ratings = pd.DataFrame({"timestamp": np.arange(n)[::-1]})
    for k in range(1, n):  # (1 - 0.9) * 10 is 0.9999…, and must not be row 0
        train, valid = time_split(ratings, k / n)
        assert valid.index.tolist() == list(range(k))
        assert len(train) == n - k


def test_the_smallest_fraction_validates_the_last_moment():
    ratings = pd.DataFrame({"timestamp": [4, 6, 6, 5]})
    for fraction in (5e-324, 0.01):
        assert time_split(ratings, fraction)[1].index.tolist() == [1, 2]


@settings(max_examples=25)
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


def test_other_column_names(timed):
    renamed = timed.rename(columns={"userId": "who", "timestamp": "when"})
    for split, told in [(user_split, {"user": "who"}), (time_split, {})]:
        _, valid = split(renamed, time="when", **told)
        assert valid.index.tolist() == split(timed)[1].index.tolist()


@pytest.mark.parametrize("fraction", [0, 1, np.nan, True, [0.5]])
def test_a_fraction_is_between_0_and_1_and_a_table_has_rows(timed, fraction):
    def split_at_random(table, fraction):
        return random_split(table, fraction, seed=0)

    for split in (user_split, time_split, split_at_random):
        with pytest.raises(ValueError, match="_fraction must be between 0 and 1, not "):
            split(timed, fraction)
        with pytest.raises(ValueError, match="ratings has no rows to split"):
            split(timed[:0], 0.5)


def test_no_moment_divides_ratings_of_one_second(timed):
    message = "no row is earlier than 5: nothing is left to train on"
    with pytest.raises(ValueError, match=message):
        time_split(timed.assign(timestamp=5))
    with pytest.raises(ValueError, match=message):  # a later row comes first
        time_split(pd.DataFrame({"timestamp": [6, 5, 5]}), 0.9)


def test_the_moment_that_divides_nothing_is_told_as_a_date():
    table = pd.DataFrame({"timestamp": pd.to_datetime(["2020-02-01"] * 3, utc=True)})
    with pytest.raises(ValueError, match=r"no row is earlier than 2020-02-01 00:00:00"):
        time_split(table)


# Many moments -------------------------------------------------------------------------

DAY = 86_400


@pytest.fixture(scope="module")
def lives():
    """User 1 rates a film a minute on four days, user 2 one film a day."""
    evenings = [day * DAY + 60 * k for day in (0, 1, 2, 3) for k in range(6)]
    return pd.DataFrame(
        {
            "userId": [1] * 24 + [2] * 6,
            "movieId": [*range(100, 124), *range(6)],
            "timestamp": [*evenings, *(day * DAY + 1000 for day in range(6))],
        }
    )


def questions_of(lives, shares, **options):
    rows = rolling_questions(lives.sample(frac=1, random_state=0), shares, **options)
    return [(train, asked.set_index("userId")) for train, asked in rows]


def test_who_comes_back_is_asked_when_they_do(lives):
    # Half of the rows come before 00:01 of the third day, 7 of 10 before the fourth.
    (train, first), (_, second) = questions_of(lives, (0.5, 0.7), least=2, n_next=3)
    assert sorted(train.index) == [*range(13), 24, 25]
    assert first.index.tolist() == [2]  # user 1 comes after 23 hours and 55 minutes
    assert second.index.tolist() == [2, 2, 2]
    assert second["timestamp"].tolist() == [day * DAY + 1000 for day in (3, 4, 5)]
    assert second["before"].tolist() == [[0, 1, 2], [*range(4)], [*range(5)]]
    assert [*first["next"], *second["next"]] == [[2, 3, 4], [3, 4, 5], [4, 5], [5]]


def test_in_a_sitting_the_numbers_5_10_20_are_asked(lives):
    ((_, asked),) = questions_of(lives, (0.1,), ask="sitting", n_next=2)
    assert asked["before"].map(len).tolist() == [5, 10, 20]
    assert asked["next"].tolist() == [[105, 106], [110, 111], [120, 121]]
    assert asked.loc[1, "timestamp"].tolist() == [300, DAY + 240, 3 * DAY + 120]


def test_nothing_is_asked_or_known_twice(real):
    shares, asked = (0.5, 0.7, 0.9), []
    for train, questions in rolling_questions(real, shares):
        assert (questions["timestamp"] >= train["timestamp"].max()).all()
        assert questions["before"].map(len).min() >= 5
        assert questions["next"].map(len).between(1, 10).all()
        both = zip(questions["before"], questions["next"], strict=True)
        assert not any(set(before) & set(after) for before, after in both)
        asked.append(questions)
    asked = pd.concat(asked)
    assert len(asked) > 100
    assert not asked.duplicated(["userId", "timestamp"]).any()


def test_wrong_shares_and_questions_are_refused(lives):
    for shares in [(0.5, 0.5), (0, 0.5), (0.5, 1)]:
        with pytest.raises(
            ValueError, match="shares must ascend, each between 0 and 1"
        ):
            questions_of(lives, shares)
    with pytest.raises(ValueError, match="ask must be 'return' or 'sitting', not"):
        questions_of(lives, (0.5,), ask="week")
    with pytest.raises(ValueError, match="no row comes before the first cut"):
        questions_of(lives, (0.01,))
