"""collab/split.py: ratings → train, validation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.split import random_split

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


@pytest.mark.parametrize("fraction", [0, 1, -1, 1.5, 80, np.nan])
def test_a_fraction_outside_0_to_1_is_refused(tiny, fraction):
    message = f"train_fraction must be between 0 and 1, not {fraction}"
    with pytest.raises(ValueError, match=message):
        random_split(tiny, fraction, rng=np.random.default_rng(0))


@pytest.mark.parametrize("rng", [42, None, "42", np.random])
def test_rng_must_be_a_generator(tiny, rng):
    with pytest.raises(
        TypeError, match=r"rng must be a generator, .*default_rng.* not"
    ):
        random_split(tiny, rng=rng)


def test_rng_has_no_hidden_default(tiny):
    with pytest.raises(TypeError, match="rng"):
        random_split(tiny)


def test_no_rows_are_refused(tiny):
    with pytest.raises(ValueError, match="ratings has no rows to split"):
        random_split(tiny[:0], rng=np.random.default_rng(0))
