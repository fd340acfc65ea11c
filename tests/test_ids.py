"""collab/ids.py: raw ids ↔ 0 … n-1."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.ids import IdMap

# By hand -----------------------------------------------------------------------------


def test_ids_get_row_numbers_in_the_order_of_first_appearance(tiny):
    users = IdMap(tiny["userId"])
    assert len(users) == 4
    assert users.ids.tolist() == [30, 20, 10, 40]  # not sorted
    assert users.encode([10, 30, 30, 40]).tolist() == [2, 0, 0, 3]
    assert users.decode([2, 0, 0, 3]).tolist() == [10, 30, 30, 40]


def test_text_ids_work_the_same():
    users = IdMap(["bob", "ann", "bob", ""])
    assert users.encode(["ann", "bob", ""]).tolist() == [1, 0, 2]
    assert users.encode("ann") == 1
    assert users.decode([2, 1]).tolist() == ["", "ann"]
    assert users.decode(0) == "bob"
    assert users.ids.dtype == object


def test_one_id_gives_one_plain_value():
    users = IdMap([30, 20])
    for value in (20, np.int64(20), np.uint8(20), 20.0):
        assert type(users.encode(value)) is int
        assert users.encode(value) == 1
    assert type(users.decode(1)) is int
    assert users.decode(np.int32(1)) == 20


def test_many_ids_give_int64_arrays():
    users = IdMap([30, 20])
    for values in ([20], (20, 30), range(20, 21), np.array([20], "int8"), []):
        rows = users.encode(values)
        assert isinstance(rows, np.ndarray)
        assert rows.dtype == "int64"
        assert rows.shape == (len(values),)
        assert users.decode(rows).dtype == "int64"
    assert users.decode([]).tolist() == []


def test_every_int64_is_an_id_whatever_holds_it():
    ends = [-(2**63), 2**63 - 1, 2**53 + 1, 2**53]
    for source in (ends, np.array(ends), np.array(ends, dtype=object)):
        assert IdMap(source).ids.tolist() == ends
    small = IdMap(np.array([3, 1], dtype="int8"))
    assert small.ids.dtype == "int64"
    assert small == IdMap([3, 1])


def test_floats_that_are_whole_are_the_same_ids():
    assert IdMap([30.0, 20.0, 30.0]) == IdMap([30, 20])
    assert IdMap([30, 20]).encode([20.0]).tolist() == [1]


def test_text_that_reads_as_a_number_is_another_id():
    assert IdMap(["1", "01"]).encode(["01", "1"]).tolist() == [1, 0]
    assert IdMap(["1"]) != IdMap([1])


def test_membership_tells_known_from_unknown():
    users = IdMap([30, 20])
    assert 20 in users
    assert 0 not in users
    assert "20" not in users


def test_equality_needs_the_same_ids_in_the_same_order():
    assert IdMap([1, 2]) == IdMap([1, 2, 1])
    assert IdMap([1, 2]) != IdMap([2, 1])
    assert IdMap([1, 2]) != IdMap([1, 2, 3])
    assert IdMap([1, 2]) != [1, 2]
    with pytest.raises(TypeError, match="unhashable"):
        hash(IdMap([1]))


def test_repr_is_short():
    assert repr(IdMap([3, 1])) == "IdMap(2 ids: 3, 1)"
    assert repr(IdMap(["b"])) == "IdMap(1 ids: 'b')"
    assert repr(IdMap(range(100))) == "IdMap(100 ids: 0, 1, 2, 3, 4, …)"


def test_its_ids_cannot_be_changed_from_outside():
    source = np.array([30, 20])
    users = IdMap(source)
    source[0] = 99
    users.ids[0] = 99
    users.decode([0])[0] = 99
    assert users.ids.tolist() == [30, 20]
    assert users.encode(30) == 0


def test_the_course_ids_become_671_users_and_9066_movies(real):
    for column, n in [("userId", 671), ("movieId", 9066)]:
        ids = IdMap(real[column])
        rows = ids.encode(real[column])
        assert len(ids) == n
        assert (rows.min(), rows.max()) == (0, n - 1)
        # the original notebook's own two lines
        original = {o: i for i, o in enumerate(real[column].unique())}
        assert rows.tolist() == [original[raw] for raw in real[column].tolist()]
        assert (ids.decode(rows) == real[column]).all()


# Properties and a slow loop ----------------------------------------------------------

whole = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), min_size=1)
text = st.lists(st.text(max_size=4) | st.sampled_from("abc"), min_size=1)
ids = whole | text


def slow_rows(values):
    rows = {}
    for value in values:
        rows.setdefault(value, len(rows))
    return rows


@given(ids)
def test_equals_a_slow_loop(values):
    rows, made = slow_rows(values), IdMap(values)
    assert len(made) == len(rows)
    assert made.ids.tolist() == list(rows)
    assert made.encode(values).tolist() == [rows[value] for value in values]
    assert [made.encode(value) for value in values] == made.encode(values).tolist()
    assert all(value in made for value in values)


@given(ids)
def test_round_trip_both_ways(values):
    made = IdMap(values)
    assert made.decode(made.encode(values)).tolist() == values
    n = len(made)
    assert made.encode(made.ids).tolist() == list(range(n))
    assert sorted(set(made.encode(values).tolist())) == list(range(n))


@given(ids, st.data())
def test_list_array_and_series_give_the_same_map(values, data):
    made = IdMap(values)
    kind = object if isinstance(values[0], str) else "int64"
    array = np.array(values, dtype=kind)
    index = data.draw(st.permutations(range(len(values))))
    sources = [
        tuple(values),
        array,
        array.astype(object),
        pd.Series(array),
        pd.Series(array, index=index),
        pd.Series(array, index=[7] * len(values)),
        pd.Series(values, dtype="str" if kind is object else "Int64"),
        pd.Series(array).astype("category"),
        pd.Index(array),
    ]
    for source in sources:
        other = IdMap(source)
        assert other == made
        assert other.ids.tolist() == made.ids.tolist()
        assert made.encode(source).tolist() == made.encode(values).tolist()


@given(ids, st.data())
def test_another_order_of_first_appearance_is_only_a_permutation(values, data):
    a, b = IdMap(values), IdMap(data.draw(st.permutations(values)))
    assert sorted(a.ids.tolist()) == sorted(b.ids.tolist())
    assert (a == b) == (a.ids.tolist() == b.ids.tolist())


@given(ids, st.data())
def test_unknown_ids_get_the_marker_and_known_ones_their_row(values, data):
    kept = data.draw(st.lists(st.sampled_from(values), min_size=1))
    rows, made = slow_rows(kept), IdMap(kept)
    for marker in (-1, len(made), np.int64(-7)):
        expected = [rows.get(value, marker) for value in values]
        assert made.encode(values, unknown=marker).tolist() == expected


@given(ids)
def test_saved_and_loaded_is_the_same_map(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("ids") / "users.json"
    made = IdMap(values)
    made.save(path)
    loaded = IdMap.load(str(path))
    assert loaded == made
    assert loaded.ids.tolist() == made.ids.tolist()
    assert loaded.encode(values).tolist() == made.encode(values).tolist()


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([], "ids is empty"),
        (pd.Series([], dtype=object), "ids is empty"),
        ([1, "a"], "'a' is not a whole number .*all whole numbers, or all text"),
        (["a", 1], "'a' is not a whole number"),
        ([1, True], "True is not a whole number"),
        ([True, False], "True is not a whole number"),
        (np.array([False]), "False is not a whole number"),
        ([1, 2.5], "2.5 is not a whole number"),
        (np.array([2.5]), "ids: 2.5 is not a whole number"),
        ([1.0, np.inf], "ids: inf is not a whole number"),
        ([2.0**53], "9007199254740992.0 is not a whole number"),
        ([2**63], "9223372036854775808 is not a whole number"),
        ([2**70], "1180591620717411303424 is not a whole number"),
        ([b"a"], "b'a' is not a whole number"),
        ([[1, 2]], r"\[1, 2\] is not a whole number"),
        ([1, np.nan], r"1 of 2 ids are missing \(nan at position 1\)"),
        (["a", None, None], "2 of 3 ids are missing"),
        (pd.Series([pd.NA, 4], dtype="Int64"), "1 of 2 ids are missing .* position 0"),
        (np.zeros((2, 2)), r"one dimension, not shape \(2, 2\)"),
        ("abc", "must be a list, array or Series, not 'abc'"),
        ({1: 0}, "must be a list, array or Series, not {1: 0}"),
        ({7}, r"must be a list, array or Series, not \{7\}"),
        (7, "must be a list, array or Series, not 7"),
        (None, "must be a list, array or Series, not None"),
    ],
)
def test_what_is_no_sequence_of_ids_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        IdMap(bad)


def test_an_unknown_id_is_an_error_that_lists_a_few():
    users = IdMap([30, 20])
    with pytest.raises(
        ValueError, match=r"never seen: 7 \(1 of the 1 ids\); .* knows 2"
    ):
        users.encode(7)
    with pytest.raises(
        ValueError, match=r"never seen: 0, 1, 2, 3, 4, … \(7 of the 8 ids\)"
    ):
        users.encode([30, 0, 1, 2, 3, 4, 5, 6, 0])
    with pytest.raises(
        ValueError, match=r"never seen: 'x' \(1 of the 2 ids\); .*unknown=-1"
    ):
        IdMap(["a"]).encode(["a", "x"])


@pytest.mark.parametrize(
    ("known", "asked", "message"),
    [
        ([30], ["30"], "holds ids like 30, not '30'"),
        ([30], "30", "holds ids like 30, not '30'"),
        (["30"], [30], "holds ids like '30', not 30:"),
        ([30], None, r"1 of 1 ids are missing \(None"),
        ([30], [30, np.nan], r"1 of 2 ids are missing \(nan at position 1"),
        ([30], 2.5, "2.5 is not a whole number"),
        ([30], True, "True is not a whole number"),
        ([30], {30: 1}, "30: 1} is not a whole number"),
    ],
)
def test_ids_of_another_kind_are_refused(known, asked, message):
    with pytest.raises(ValueError, match=message):
        IdMap(known).encode(asked)
    with pytest.raises(ValueError, match=message):  # a marker excuses none of these
        IdMap(known).encode(asked, unknown=-1)


@pytest.mark.parametrize("marker", [0, 1])
def test_a_marker_must_not_be_a_row_number(marker):
    users = IdMap([30, 20])
    with pytest.raises(ValueError, match=f"unknown={marker} is already .*use -1, or 2"):
        users.encode([30], unknown=marker)


def test_a_marker_must_be_an_integer():
    with pytest.raises(TypeError, match="float"):
        IdMap([30]).encode([7], unknown=np.nan)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (-1, "row number -1 is outside 0 … 1"),
        (2, "row number 2 is outside 0 … 1"),
        ([0, 2], "row number 2 is outside 0 … 1"),
        ([-1], "row number -1 is outside 0 … 1"),
        (1.5, "must be integers, not 1.5"),
        ([0.0], r"must be integers, not \[0.0\]"),
        (True, "must be integers, not True"),
        ("30", "must be integers, not '30'"),
        (None, "must be integers, not None"),
    ],
)
def test_decode_refuses_what_is_no_row_number(rows, message):
    with pytest.raises(ValueError, match=message):
        IdMap([30, 20]).decode(rows)


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"kind": "IdMap", "n": 2, "ids": [30, 2',
        '{"n": 2}',
        '{"ids": [30, 20]}',
        '{"n": 2, "ids": null}',
        '{"n": 2, "ids": "30"}',
        '{"n": 2, "ids": [30, 2.5]}',
        '{"n": 0, "ids": []}',
        "[30, 20]",
        "7",
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "users.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=r"users.json does not hold a saved IdMap"):
        IdMap.load(path)


@pytest.mark.parametrize("ids", [[30], [30, 20, 10], [30, 30]])
def test_a_file_that_lost_ids_is_refused(tmp_path, ids):
    path = tmp_path / "users.json"
    IdMap([30, 20]).save(path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "ids": ids}))
    with pytest.raises(ValueError, match=r"users.json holds \d ids, but .* with 2"):
        IdMap.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"users.json"):
        IdMap.load(tmp_path / "users.json")
