"""collab/ids.py: raw ids ↔ 0 … n-1."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.ids import IdMap, add_row_numbers

# By hand -----------------------------------------------------------------------------


def test_ids_get_row_numbers_in_the_order_of_first_appearance(tiny):
    users = IdMap(tiny["userId"])
    assert len(users) == 4
    assert users.ids.tolist() == [30, 20, 10, 40]  # not sorted
    assert users.encode([10, 30, 30, 40]).tolist() == [2, 0, 0, 3]
    assert users.decode([2, 0, 0, 3]).tolist() == [10, 30, 30, 40]


def test_one_id_gives_one_plain_value():
    users = IdMap([30, 20])
    for value in (20, np.int64(20), np.uint8(20), 20.0, np.array(20), np.array(20.0)):
        assert type(users.encode(value)) is int
        assert users.encode(value) == 1
        assert value in users
    for row in (1, np.int32(1), np.array(1), np.array(1, dtype="uint8")):
        assert type(users.decode(row)) is int
        assert users.decode(row) == 20
    names = IdMap(["bob", "ann"])
    for name in ("ann", np.str_("ann"), np.array("ann")):
        assert names.encode(name) == 1
        assert name in names
    assert names.decode(0) == "bob"


def test_many_ids_give_int64_arrays():
    users = IdMap([30, 20])
    for values in ([20], (20, 30), range(20, 21), np.array([20], "int8"), []):
        rows = users.encode(values)
        assert isinstance(rows, np.ndarray)
        assert rows.dtype == "int64"
        assert rows.shape == (len(values),)
        assert users.decode(rows).dtype == "int64"
    assert users.decode([]).tolist() == []


def test_text_that_reads_as_a_number_is_another_id():
    assert IdMap(["1", "01"]).encode(["01", "1"]).tolist() == [1, 0]
    assert IdMap(["1"]) != IdMap([1])


def test_membership_tells_known_from_unknown():
    users = IdMap([30, 20])
    assert 20 in users
    assert 0 not in users
    for no_id_of_it in ("20", None, np.nan, 20.5, 2**70, b"20", pd.Timestamp(20)):
        assert no_id_of_it not in users
    assert True not in IdMap([1])


def test_several_ids_are_no_member():
    for several in ([20], (20, 30), np.array([20]), {20}, {}, pd.Series([20])):
        with pytest.raises(ValueError, match="in asks for one id, and "):
            _ = several in IdMap([30, 20])


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
    assert repr(IdMap(range(5))) == "IdMap(5 ids: 0, 1, 2, 3, 4)"
    with pytest.raises(ValueError, match=r"never seen: 1, 2, 3, 4, 5 \(5 of"):
        IdMap([0]).encode([1, 2, 3, 4, 5])


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
def test_equals_a_slow_loop_and_round_trips_both_ways(values):
    rows, made = slow_rows(values), IdMap(values)
    assert made.ids.tolist() == list(rows)
    assert made.encode(values).tolist() == [rows[value] for value in values]
    assert made.decode(made.encode(values)).tolist() == values
    assert made.encode(made.ids).tolist() == list(range(len(made)))
    for value in values[-2:]:
        assert made.encode(value) == rows[value]
        assert value in made


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
    assert loaded.encode(values).tolist() == made.encode(values).tolist()


# Bad input ---------------------------------------------------------------------------


def test_a_map_of_nothing_is_refused():
    with pytest.raises(ValueError, match="ids is empty"):
        IdMap([])


def test_a_set_has_no_order_to_number_its_ids_by():
    made = IdMap([30, 20])
    for act in (IdMap, made.encode, made.decode):
        with pytest.raises(ValueError, match=r"must be a list, array or .*, not \{0\}"):
            act({0})


def test_an_unknown_id_is_an_error_that_lists_a_few():
    users = IdMap([30, 20])
    for asked, told in [
        (7, r"7 \(1 of the 1 ids\); .* knows 2 ids \(unknown=-1 would"),
        ([30, 0, 1, 2, 3, 4, 5, 6, 0], r"0, 1, 2, 3, 4, … \(7 of the 8 ids\)"),
    ]:
        with pytest.raises(ValueError, match=f"never seen: {told}"):
            users.encode(asked)


@pytest.mark.parametrize(
    ("known", "asked", "message"),
    [
        ([30], np.array("30"), "'30'.*, but the known ones are like 30"),
        ([30], True, r"not True \(bool\)"),
        ([30], (id for id in [30]), r"not <generator .* \(generator\)"),
    ],
)
def test_an_id_of_another_kind_is_refused_whatever_the_marker(known, asked, message):
    for unknown in (None, -1):
        with pytest.raises(ValueError, match=message):
            IdMap(known).encode(asked, unknown=unknown)


def test_a_marker_is_not_a_row_number_and_has_64_bits():
    for marker in (0, 1):
        message = f"unknown={marker} is already .*use -1, or 2"
        with pytest.raises(ValueError, match=message):
            IdMap([30, 20]).encode([30], unknown=marker)
    ends = [-(2**63), 2**63 - 1]
    assert [IdMap([30]).encode(7, unknown=end) for end in ends] == ends
    for beyond in (-(2**63) - 1, 2**63):
        with pytest.raises(ValueError, match=f"unknown.*{beyond}"):
            IdMap([30]).encode([7], unknown=beyond)


@pytest.mark.parametrize("rows", [-1, 2, [0, 2], [-1], "30", True, None, 1.5, 2**63])
def test_decode_refuses_what_is_no_row_number(rows):
    with pytest.raises(ValueError, match=r"^rows"):
        IdMap([30, 20]).decode(rows)


DAMAGED = ["", '{"kind": "IdMap", "n": 2, "ids": [30, 2', '{"ids": [30, 20]}', "7"]
DAMAGED += ['{"n": 2, "ids": null}', '{"n": 2, "ids": [30, 2.5]}', "[30, 20]"]
DAMAGED += ['{"n": 0, "ids": []}', '{"n": 2, "ids": {"30": 0, "20": 1}}', "\xff\xfe"]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_refused_by_name(tmp_path, content):
    path = tmp_path / "users.json"
    path.write_text(content, "latin-1")
    with pytest.raises(ValueError, match=r"users.json does not hold a saved IdMap"):
        IdMap.load(path)


@pytest.mark.parametrize("ids", [[30], [30, 20, 10], [30, 30]])
def test_a_file_that_lost_ids_is_refused(tmp_path, ids):
    path = tmp_path / "users.json"
    path.write_text(json.dumps({"n": 2, "ids": ids}))
    with pytest.raises(ValueError, match=r"users.json holds \d ids, but .* with 2"):
        IdMap.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"users.json"):
        IdMap.load(tmp_path / "users.json")


# Both columns of a table -------------------------------------------------------------


def test_row_numbers_of_both_columns_by_hand(tiny):
    users, items = IdMap([10, 20, 30, 40]), IdMap([9, 7, 5, 2])
    table = add_row_numbers(tiny, users, items)
    assert table["user_row"].tolist() == [2, 1, 2, 0, 1, 2, 0, 3]
    assert table["item_row"].tolist() == [1, 1, 2, 2, 3, 3, 3, 0]
    assert (table.dtypes[["user_row", "item_row"]] == "int64").all()
    pd.testing.assert_frame_equal(table[tiny.columns], tiny)  # rows, index and all


def test_other_columns_and_text_ids(tiny):
    text = tiny.astype({"userId": str}).rename(columns={"userId": "u", "movieId": "m"})
    users, items = IdMap(["40", "30", "20", "10"]), IdMap([2, 5, 7, 9])
    table = add_row_numbers(text, users, items, user="u", item="m")
    assert table["user_row"].tolist() == [1, 2, 1, 3, 2, 1, 3, 0]
    assert table["item_row"].tolist() == [2, 2, 1, 1, 0, 0, 0, 3]


def test_who_is_unknown_is_an_error_of_the_column_or_gets_the_marker(tiny):
    users, items = IdMap([10, 20, 30]), IdMap([9, 7, 5, 2])
    message = r"column 'userId': never seen: 40 \(1 of the 4 ids\).*unknown=-1 would"
    with pytest.raises(ValueError, match=message):
        add_row_numbers(tiny, users, items)
    table = add_row_numbers(tiny, users, items, unknown=-1)
    assert table["user_row"].tolist() == [2, 1, 2, 0, 1, 2, 0, -1]
    with pytest.raises(ValueError, match="column 'movieId': unknown=3 is already"):
        add_row_numbers(tiny, users, items, unknown=3)


@pytest.mark.parametrize("taken", ["user_row", "item_row"])
def test_a_column_is_not_overwritten(tiny, taken):
    users, items = IdMap(tiny["userId"]), IdMap(tiny["movieId"])
    table = add_row_numbers(tiny, users, items)
    message = f"ratings has a column '{taken}' already, which would be overwritten"
    with pytest.raises(ValueError, match=message):
        add_row_numbers(table[[*tiny.columns, taken]], users, items)
