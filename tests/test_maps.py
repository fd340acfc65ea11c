"""collab/maps.py: the factors of users and items → a map."""

import numpy as np
import pandas as pd
import pytest
from draws import rotation
from hypothesis import given
from hypothesis import strategies as st

from collab.maps import align, map_2d, procrustes

# The map -----------------------------------------------------------------------------


def two_tables(seed, n_users=9, n_items=7, n_factors=4):
    rng = np.random.default_rng(seed)
    spread = 2.0 ** -np.arange(n_factors)  # directions of clearly different lengths
    users = rng.normal(size=(n_users, n_factors)) * spread + 1
    items = rng.normal(size=(n_items, n_factors)) + 0.5
    return pd.DataFrame(users), pd.DataFrame(items, index=3 * np.arange(n_items) + 5)


def test_a_map_by_hand():
    # Two users at right angles: the first factor weighs 3 stars, the second 1.
    users = pd.DataFrame([[3.0, 0.0], [0.0, 1.0]])
    items = pd.DataFrame([[2, 0], [-2, 0], [0, 1], [0, -1]], index=[7, 5, 9, 8])
    places, share = map_2d(users, items)
    # root mean square over two users: 6 / √2, 1 / √2
    r = 2**-0.5
    expected = [[6 * r, 0], [-6 * r, 0], [0, r], [0, -r]]
    np.testing.assert_allclose(places, expected, atol=1e-12)
    assert places.index.tolist() == [7, 5, 9, 8]
    assert places.columns.tolist() == ["x", "y"]
    assert share == pytest.approx(1)


def test_small_differences_between_large_factors_make_a_map():
    users, items = two_tables(0)
    places, _ = map_2d(users, items)
    small, _ = map_2d(users, items * 1e-5 + 100)
    np.testing.assert_allclose(small, places * 1e-5, rtol=1e-4, atol=1e-10)


def test_a_third_item_shows_what_the_middle_is(recwarn):
    # One factor: 0, 0 and 3 stars for a user of 1 and of 7 (RMS 5) → −5, −5, 10
    places, share = map_2d(pd.DataFrame([[1.0], [7.0]]), pd.DataFrame([[0], [0], [3]]))
    np.testing.assert_allclose(places["x"], [-5, -5, 10])
    assert places["y"].tolist() == [0, 0, 0]
    assert share == pytest.approx(1)
    assert not recwarn.list  # nothing is divided by the 0 of a single factor


seeds = st.integers(0, 1000)


@pytest.mark.parametrize(("n_users", "n_items"), [(1, 6), (5, 2), (0, 6), (5, 0)])
def test_too_few_rows_are_no_map(n_users, n_items):
    message = f"a map needs 2 users and 3 items, not {n_users} and {n_items}"
    with pytest.raises(ValueError, match=message):
        map_2d(*two_tables(0, n_users=n_users, n_items=n_items))


def test_a_map_needs_the_same_columns():
    users, items = two_tables(0)
    with pytest.raises(ValueError, match="user_factors has 3 columns, item_factors 4"):
        map_2d(users[[0, 1, 2]], items)
    with pytest.raises(ValueError, match="the same, in the same order"):
        map_2d(users[[1, 0, 2, 3]], items)


def test_items_that_do_not_differ_are_no_map():
    users, items = two_tables(0)
    for same in (items * 0, items * 0 + [0.1, 0.7, -0.3, 0.9]):
        with pytest.raises(ValueError, match="the items are all alike to these users"):
            map_2d(users, same)
    with pytest.raises(ValueError, match="the items are all alike to these users"):
        map_2d(users * 0, items)


def dense_map(users, items):
    """The map from the whole table of dot products, users × items."""
    table = users.to_numpy() @ items.to_numpy().T
    table -= table.mean(axis=1, keepdims=True)
    _, lengths, directions = np.linalg.svd(table, full_matrices=False)
    places = directions[:2].T * lengths[:2] / np.sqrt(len(table))
    places *= np.sign(places[np.abs(places).argmax(axis=0), [0, 1]])
    return places, (lengths[:2] ** 2).sum() / (lengths**2).sum()


@given(seeds, st.integers(2, 12), st.integers(3, 12), st.integers(2, 9))
def test_the_map_is_that_of_the_whole_table(seed, n_users, n_items, n_factors):
    # with fewer users, or fewer items, than factors as well
    users, items = two_tables(seed, n_users, n_items, n_factors)
    places, share = map_2d(users, items)
    expected, same = dense_map(users, items)
    np.testing.assert_allclose(places, expected, atol=1e-9)
    assert share == pytest.approx(same)
    assert type(share) is float


def test_a_map_of_a_large_table_takes_no_large_table():
    # the dot products of these would take 80 GB
    rng = np.random.default_rng(0)
    users = pd.DataFrame(rng.normal(size=(100_000, 3)) * [4, 2, 1])
    items = pd.DataFrame(rng.normal(size=(100_000, 3)))
    places, share = map_2d(users, items)
    assert places.std().tolist() == pytest.approx([4, 2], rel=0.02)
    assert share == pytest.approx(20 / 21, abs=0.01)


@pytest.mark.parametrize("size", [1e-12, 1e-3, 1, 1e6])
@pytest.mark.parametrize("seed", range(8))
def test_rounding_does_not_decide_which_of_two_equally_far_is_positive(size, seed):
    users = pd.DataFrame(np.diag([3.0, 1.0])) * size
    items = pd.DataFrame([[2, 0], [-2, 0], [0, 1], [0, -1]], dtype="float64")
    turn = rotation(2, seed)
    places, _ = map_2d(users @ turn, items @ turn)
    np.testing.assert_allclose(places["x"][:2], [size * 18**0.5, -size * 18**0.5])
    np.testing.assert_allclose(places["y"][2:], [size * 0.5**0.5, -size * 0.5**0.5])


# Align -------------------------------------------------------------------------------


@given(seeds, st.integers(1, 4))
def test_a_turned_and_mirrored_table_comes_back_exactly(seed, n):
    _, reference = two_tables(seed, n_items=8, n_factors=n)
    turn = rotation(n, seed)
    mirror = np.diag([-1.0] + [1.0] * (n - 1))
    for matrix in (turn, turn @ mirror):
        turned = pd.DataFrame(reference.to_numpy() @ matrix, index=reference.index)
        back = align(turned, reference)
        pd.testing.assert_frame_equal(back, reference, atol=1e-9)
    assert np.linalg.det(turn) * np.linalg.det(turn @ mirror) == pytest.approx(-1)


def test_align_by_hand():
    places = pd.DataFrame({"x": [0.0, 2.0], "y": [1.0, 0.0]}, index=[7, 5])
    reference = pd.DataFrame({"x": [3.0, 0.0], "y": [0.0, 1.0]}, index=[7, 5])
    # x and y change places; nothing is stretched
    answer = align(places, reference)
    np.testing.assert_allclose(answer, [[1, 0], [0, 2]], atol=1e-12)
    assert answer.index.tolist() == [7, 5]
    assert answer.columns.tolist() == ["x", "y"]


def test_the_bare_procrustes_is_a_quarter_turn_by_hand():
    A, B = np.array([[1.0, 0], [0, 2]]), np.array([[0.0, 1], [-2, 0]])
    np.testing.assert_allclose(procrustes(A, B), [[0, 1], [-1, 0]], atol=1e-12)


def test_align_refuses_other_rows_and_columns():
    _, places = two_tables(0)
    message = r"places \(7, 4\) and reference \(7, 4\) must have the same rows and col"
    for other in (places[::-1], places.rename(columns=str), places[[1, 0, 2, 3]]):
        with pytest.raises(ValueError, match=message):
            align(places, other)
    with pytest.raises(ValueError, match=r"places \(7, 4\) and reference \(7, 3\)"):
        align(places, places[[0, 1, 2]])
    with pytest.raises(ValueError, match=r"places \(7, 4\) and reference \(6, 4\)"):
        align(places, places[:6])


def test_the_input_is_left_alone():
    users, items = two_tables(0)
    kept = users.copy(), items.copy()
    map_2d(users, items)
    align(items, items * 2)
    pd.testing.assert_frame_equal(users, kept[0])
    pd.testing.assert_frame_equal(items, kept[1])
