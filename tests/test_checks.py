"""What may come in: every strange value once for each checker, served or refused."""

import datetime
import re
import time
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.checks import (
    check_by_id,
    check_columns,
    check_id_list,
    check_ids,
    check_numbers,
    check_positive,
    check_row_numbers,
    check_scale,
    check_seed,
    check_text,
    check_times,
    check_whole,
    rating_steps,
)

CHECKS = {
    "ids": check_ids,
    "text": check_text,
    "numbers": check_numbers,
    "times": check_times,
}
WANTED = {"ids": "ids, all whole numbers or all text", "times": "datetimes or seconds"}
DATES = pd.DatetimeIndex(["2020-01-01", "2019-12-31 23:59:30"])
SECONDS = [1577836800.0, 1577836770.0]
NONE = {what: [] for what in CHECKS}
HALF = "x\ud83d"  # the first half of an emoji
ENCODE = '.str.encode("utf-8", "replace").str.decode("utf-8")'
DAY = datetime.date(2020, 1, 1)
DICTIONARY = pa.dictionary(pa.int32(), pa.int64())


def arrow(values, dtype):
    return pd.Series(values, dtype=pd.ArrowDtype(dtype))


# Columns -----------------------------------------------------------------------------


def case(label, values, found, **served):
    """A column, how a message shows what is in it, and what its checkers make of it."""
    return pytest.param(values, found, served, id=label)


def whole(label, values, found="7 (int)"):
    same = {what: [7, 3] for what in ("ids", "numbers", "times")}
    return case(label, values, found, **same)


def text(label, values, found="'b' (str)"):
    return case(label, values, found, ids=["b", "a"], text=["b", "a"])


def dates(label, values):
    found = f"{pd.Series(values)[0]!r:.60} (Timestamp)"
    return case(label, values, found, times=SECONDS)


COLUMNS = [
    whole("a list", [7, 3]),
    whole("a tuple", (7, 3)),
    whole("an array", np.array([7, 3])),
    whole("an Index", pd.Index([7, 3])),
    whole("a Series with an odd index", pd.Series([7, 3], [9, 9])),
    whole("keys", {7: 1, 3: 2}.keys()),
    whole("small", np.array([7, 3], "uint8")),
    whole("unsigned", np.array([7, 3], "uint64")),
    whole("objects", pd.Series([7, 3], dtype=object)),
    whole("an array of objects", pd.Series([7, 3], dtype=object).array),
    whole("nullable", pd.array([7, 3], dtype="Int64")),
    whole("Arrow", arrow([7, 3], pa.int64())),
    whole("categories", pd.Categorical([7, 3])),
    whole("whole floats", [7.0, 3.0], "7.0 (float)"),
    whole("mixed numbers", pd.Series([7, 3.0], dtype=object), "7.0 (float)"),
    whole("whole nullable floats", pd.array([7, 3], dtype="Float64"), "7.0 (float)"),
    whole("categories of floats", pd.Categorical([7.0, 3.0]), "7.0 (float)"),
    text("text", ["b", "a"]),
    text("an array of text", np.array(["b", "a"])),
    text("a Series of text", pd.Series(["b", "a"])),
    text("nullable text", pd.array(["b", "a"], dtype="string")),
    text("Arrow text", arrow(["b", "a"], pa.string())),
    text("categories of text", pd.Categorical(["b", "a"])),
    text("an Index of categories", pd.CategoricalIndex(["b", "a"])),
    case("no text", pd.Series([], dtype=str), "", **NONE),
    case("none", [], "", **NONE),
    dates("dates", DATES),
    dates("dates in a list", DATES.tolist()),
    dates("dates of Python", list(DATES.to_pydatetime())),
    dates("whole seconds", DATES.astype("datetime64[s]")),
    dates("dates in a zone", DATES.tz_localize("UTC").tz_convert("Asia/Tokyo")),
    dates("Arrow dates", arrow(DATES, pa.timestamp("us"))),
    dates("Arrow dates in a zone", arrow(DATES, pa.timestamp("us", "Asia/Tokyo"))),
    dates("categories of dates", pd.Categorical(DATES)),
    case("booleans", [True, False], "True (bool)"),
    case("a nullable mask", pd.array([True], dtype="boolean"), "True (bool)"),
    case("a category of booleans", pd.Categorical([True]), "True (bool)"),
    case("numbers and text", [1, "x"], "'x' (str) and 1 (int)"),
    case("numbers and booleans", [1, True], "True (bool) and 1 (int)"),
    case("floats and booleans", [1.0, True], "True (bool) and 1.0 (float)"),
    case("decimals", [Decimal(7)], "Decimal('7') (Decimal)"),
    case("Arrow decimals", arrow([Decimal(7)], pa.decimal128(3)), "Decimal('7') (Deci"),
    case("Arrow categories", arrow([7], DICTIONARY), "7 (int)"),
    case("bytes", [b"x"], "b'x' (bytes)"),
    case("an array of bytes", np.array([b"x"]), "b'x' (bytes)"),
    case("tuples", [(1,), (2,)], "(1,) (tuple)"),
    case("lists of unequal length", [[1], [2, 3]], "[1] (list)"),
    case("complex", np.array([1j]), "1j (complex)"),
    case("days of Python", [DAY], "datetime.date(2020, 1, 1) (date)"),
    case("times of day", [datetime.time(3)], "datetime.time(3, 0) (time)"),
    case(
        "a zone and none", [DATES[0], DATES[0].tz_localize("UTC")], "Timestamp('2020-"
    ),
    case("periods", DATES.to_period("D"), "Period('2020-01-01', 'D') (Period)"),
    case("durations", pd.to_timedelta(["1D"]), "Timedelta('1 days 00:00:00') (Timede"),
]


@pytest.mark.parametrize("what", CHECKS)
@pytest.mark.parametrize(("values", "found", "served"), COLUMNS)
def test_a_column_is_served_or_refused(what, values, found, served):
    if what in served:
        array = CHECKS[what](values, "x")
        assert array.tolist() == served[what]
        dtypes = {"ids": ["int64", "object"], "text": ["object"]}
        assert array.dtype in dtypes.get(what, ["float64"])
        return
    told = re.escape(f"x must hold {WANTED.get(what, what)}, not {found}")
    with pytest.raises(ValueError, match=f"^{told}.*; convert by "):
        CHECKS[what](values, "x")


# Whatever the checker ----------------------------------------------------------------

NO_COLUMN = r"^x must be a list, array or Series, not "
EVERY = pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)


HOLED = [[1, None], [1.0, np.nan], ["x", pd.NA], [DATES[0], pd.NaT]]
HOLED += [pd.array([1, None], dtype="Int64"), arrow([1.0, None], pa.float64())]
HOLED += [pd.Series(["x", None]), pd.Categorical(["x", None])]


@EVERY
@pytest.mark.parametrize("values", HOLED, ids=str)
def test_what_is_missing_is_counted_and_found(check, values):
    told = "^x: 1 of 2 values are missing, the first at position 1; leave such rows out"
    with pytest.raises(ValueError, match=told):
        check(values, "x")


PAIRS = pd.MultiIndex.from_tuples([(1, 2)])


@EVERY
@pytest.mark.parametrize(
    "value", [None, 5, "abc", b"abc", object, {7: 1}, iter([7]), PAIRS], ids=type
)
def test_what_is_not_a_column_is_refused(check, value):
    with pytest.raises(ValueError, match=NO_COLUMN):
        check(value, "x")


@EVERY
@pytest.mark.parametrize(
    ("values", "shape"),
    [(np.array(3), ()), (np.zeros((2, 1)), (2, 1)), (pd.DataFrame({"a": [7]}), (1, 1))],
)
def test_a_column_has_one_dimension(check, values, shape):
    told = re.escape(f"x must have the shape (n,), not {shape}")
    with pytest.raises(ValueError, match=f"^{told}$"):
        check(values, "x")


@pytest.mark.parametrize("values", [{7, 3}, frozenset([7, 3])], ids=["set", "frozen"])
def test_a_set_has_no_order_and_only_ids_need_none(values):
    assert sorted(check_ids(values, "x")) == [3, 7]
    ordered = {"ordered": True}
    for check, more in [(check_ids, ordered), (check_text, {}), (check_numbers, {})]:
        with pytest.raises(ValueError, match=NO_COLUMN):
            check(values, "x", **more)
    with pytest.raises(ValueError, match=NO_COLUMN):
        check_row_numbers(values, "x", 9)


def test_scores_by_id_are_not_taken_for_ids():
    scores = pd.Series([4.5], [7])
    told = "^x is a Series of floats, not of ids; give its index$"
    with pytest.raises(ValueError, match=told):
        check_id_list(scores, "x")
    assert check_id_list(scores.index, "x", [5]).tolist() == [7]
    with pytest.raises(ValueError, match=NO_COLUMN):
        check_id_list({7}, "x", ordered=True)


@pytest.mark.parametrize("check", [check_ids, check_text], ids=["ids", "text"])
def test_half_a_character_could_not_be_saved(check):
    told = f"x holds {HALF!r}, which has half a character (a lone surrogate); convert "
    for values in (["a", HALF], np.array(["a", HALF])):
        with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
            check(values, "x")


# Ids ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([7.5], r"^x: 7\.5 is not a whole number, .*\.astype\(str\)$"),
        ([np.inf], "^x: inf is not a whole number"),
        ([2.0**53], "^x: 9007199254740992.0 .* too large for an exact one"),
        (np.array([2**24], "float32"), "^x: 16777216.0 .* too large for an exact one"),
        (
            np.array([1, 2**63], "uint64"),
            "^x: 9223372036854775808 has more than 63 bits",
        ),
        (
            [-(2**63) - 1],
            "^x: -9223372036854775809 has more than 63 bits; make text of",
        ),
    ],
    ids=str,
)
def test_numbers_that_name_nothing_for_sure_are_no_ids(values, told):
    with pytest.raises(ValueError, match=told):
        check_ids(values, "x")


@pytest.mark.parametrize(
    "values",
    [[2**63 - 1], [-(2**63)], [2.0**53 - 1], np.array([2**24 - 1], "float32")],
    ids=str,
)
def test_the_largest_ids_are_exact(values):
    assert check_ids(values, "x").tolist() == [int(values[0])]


def test_ids_are_of_the_kind_of_the_known_ones():
    told = (
        r"^x holds ids like '7', but the known ones are like 7: .*astype\(\"int64\"\)"
    )
    with pytest.raises(ValueError, match=told):
        check_ids(["7"], "x", known=[7])
    with pytest.raises(ValueError, match=r"^x holds ids like 7, but .* are like '7': "):
        check_ids([7], "x", known=pd.CategoricalIndex(["7"]))
    assert check_ids([7.0], "x", known=pd.Index([5])).tolist() == [7]
    assert check_ids([], "x", known=["7"]).tolist() == []
    assert check_ids(["7"], "x", known=[]).tolist() == ["7"]


def test_many_text_ids_are_checked_at_once():
    ids = [f"user-{k}" for k in range(200_000)]
    start = time.perf_counter()
    assert check_ids(ids, "x", known=ids).tolist() == ids
    assert time.perf_counter() - start < 5  # 0.1 s; a quadratic step would take an hour


@pytest.mark.parametrize("n", [0, 1, 5])
@given(values=st.lists(st.integers(-2, 6)))
def test_row_numbers_are_inside_their_table(n, values):
    outside = [value for value in values if not 0 <= value < n]
    if not outside:
        rows = check_row_numbers(values, "x", n)
        assert rows.tolist() == values
        assert rows.dtype == "int64"
    else:
        hints = {-1: "-1 marks an id that a map does not know"}
        hint = hints.get(outside[0], "collab.ids.add_row_numbers makes")
        told = f"x has the value {outside[0]}; row numbers are 0 … {n - 1}; {hint}"
        with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
            check_row_numbers(values, "x", n)


def test_text_is_no_row_number():
    with pytest.raises(
        ValueError, match=r"^x has the value '0'; row numbers are 0 … 4;"
    ):
        check_row_numbers(["0"], "x", 5)


# Numbers and times -------------------------------------------------------------------


@pytest.mark.parametrize(
    "check", [check_numbers, check_times], ids=["numbers", "times"]
)
def test_what_is_infinite_is_counted_and_found(check):
    told = "^x: 2 of 3 values are infinite, the first at position 1; leave such rows ou"
    with pytest.raises(ValueError, match=told):
        check([1.0, np.inf, -np.inf], "x")


@pytest.mark.parametrize("value", [1_577_836_800_000, -1.5e12, 2**63])
def test_milliseconds_are_too_large_for_seconds(value):
    told = rf'^x has the value {value:.0f}, too large for seconds; .*unit="ms"\)$'
    with pytest.raises(ValueError, match=told):
        check_times([0, value], "x")
    assert check_times([1e11, -1e11], "x").tolist() == [1e11, -1e11]


@given(
    st.lists(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)))
)
def test_dates_are_seconds_to_the_microsecond(moments):
    epoch = datetime.datetime(1970, 1, 1)
    seconds = check_times(pd.Series(moments, dtype="datetime64[us]"), "x")
    assert seconds.tolist() == [(moment - epoch).total_seconds() for moment in moments]
    order = sorted(range(len(moments)), key=moments.__getitem__)
    assert np.argsort(seconds, kind="stable").tolist() == order


# The conversions that the messages name ----------------------------------------------


@pytest.mark.parametrize(
    ("check", "values", "cure", "expected"),
    [
        (check_ids, [Decimal(7)], '.astype("int64")', [7]),
        (check_ids, [True, False], '.astype("int64")', [1, 0]),
        (check_ids, [1, "x"], ".astype(str)", ["1", "x"]),
        (check_ids, [2**63, 1], ".astype(str)", [str(2**63), "1"]),
        (check_ids, [0.5], ".astype(str)", ["0.5"]),
        (check_ids, DATES[:1], ".astype(str)", ["2020-01-01"]),
        (check_ids, [HALF], ENCODE, ["x?"]),
        (check_text, [7], ".astype(str)", ["7"]),
        (check_numbers, ["4.5"], '.astype("float64")', [4.5]),
        (check_numbers, [Decimal("4.5")], '.astype("float64")', [4.5]),
        (check_numbers, [True], '.astype("float64")', [1.0]),
        (check_times, ["2020-01-01"], "pd.to_datetime(…, utc=True)", SECONDS[:1]),
        (check_times, [DAY], "pd.to_datetime(…, utc=True)", SECONDS[:1]),
        (check_times, ["964982703"], '.astype("float64")', [964982703]),
        (check_times, DATES[:1].to_period("D"), ".dt.to_timestamp()", SECONDS[:1]),
        (check_times, pd.to_timedelta(["1D"]), ".dt.total_seconds()", [86400]),
        (check_times, [1577836800000], 'pd.to_datetime(…, unit="ms")', SECONDS[:1]),
    ],
)
def test_a_conversion_that_a_message_names_is_served(check, values, cure, expected):
    with pytest.raises(ValueError, match=re.escape(cure)):
        check(values, "x")
    column = pd.Series(values, dtype=object if HALF in list(values) else None)
    code = cure.replace("…", "column") if "…" in cure else f"column{cure}"
    converted = eval(code, {"pd": pd, "column": column})
    assert check(converted, "x").tolist() == expected


# Tables ------------------------------------------------------------------------------

TABLE = pd.DataFrame({"user": [7, 3], "item": [5, 5], "more": 0}, index=[9, 9])


@pytest.mark.parametrize("table", [None, "x", [[7, 5]], {"user": [7]}, TABLE["user"]])
def test_what_is_not_a_table_is_refused(table):
    told = f"^x must be a DataFrame, not {type(table).__name__}$"
    with pytest.raises(ValueError, match=told):
        check_columns(table, ["user"], "x")


@pytest.mark.parametrize(
    ("table", "columns", "told"),
    [
        (TABLE, ["nope"], r"^ratings has no column 'nope'; it has \['user', 'item'"),
        (TABLE, [None], "^ratings has no column None"),
        (TABLE, [np.array(["user", "item"])], "^ratings has no column array"),
        (TABLE, ["user", "user"], "^ratings: one column is named for two things in "),
        (TABLE.set_axis(["u"] * 3, axis=1), ["u"], "^ratings has 3 columns 'u'"),
    ],
)
def test_a_column_is_there_once(table, columns, told):
    with pytest.raises(ValueError, match=told):
        check_columns(table, columns)


def test_columns_come_in_order_with_rows_from_0_whatever_the_index_is():
    twice = pd.concat([TABLE, TABLE["more"]], axis=1)  # a column that nobody asks for
    for table in (TABLE, twice, TABLE.set_index("user", drop=False)):
        found = check_columns(table, ["item", "user"])
        assert found.to_dict("list") == {"item": [5, 5], "user": [7, 3]}
        assert found.index.tolist() == [0, 1]


@pytest.mark.parametrize("value", [None, [1.0], {7: 1.0}, TABLE, TABLE.index])
def test_what_is_not_a_series_is_refused(value):
    told = f"^x must be a Series of titles by id, such .*, not {type(value).__name__}$"
    with pytest.raises(ValueError, match=told):
        check_by_id(value, "x", "titles")


def test_a_series_has_each_id_once():
    series = pd.Series([1.0, None], [7, 5])
    assert check_by_id(series, "x") is series
    with pytest.raises(ValueError, match=r"^x has the id 9 twice$"):
        check_by_id(TABLE["user"], "x")


# Single values -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [True, np.True_, None, "3", 3.0, np.nan, [3], "x" * 999]
)
def test_what_is_not_a_whole_number_is_refused(value):
    with pytest.raises(ValueError, match=r"^x must be a whole number, not .{1,60}$"):
        check_whole(value, "x")


def test_whole_numbers_have_a_least_one():
    assert [check_whole(value, "x") for value in (1, np.uint8(7))] == [1, 7]
    assert type(check_whole(np.uint8(7), "x")) is int
    assert check_whole(-3, "x", least=-3) == -3
    for value, least in [(0, 1), (-1, 0), (np.int64(-4), -3)]:
        told = f"^x must be {least} or more, not {value}$"
        with pytest.raises(ValueError, match=told):
            check_whole(value, "x", least)


@pytest.mark.parametrize(
    "value", [True, np.True_, None, "3", -1, np.nan, np.inf, [3.0]]
)
def test_what_is_not_positive_is_refused(value):
    for least, or_zero in [("above 0", False), ("0 or more", True)]:
        told = f"x must be a number, {least}, not {value!r}"
        with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
            check_positive(value, "x", or_zero)


def test_positive_numbers_are_floats_and_0_only_where_it_is_asked_for():
    found = [check_positive(value, "x") for value in (2, 0.5, np.float32(0.5))]
    assert found == [2.0, 0.5, 0.5]
    assert {type(value) for value in found} == {float}
    assert check_positive(0, "x", or_zero=True) == 0
    with pytest.raises(ValueError, match=r"^x must be a number, above 0, not 0$"):
        check_positive(0, "x")


@pytest.mark.parametrize("value", [None, True, -1, 0.5, "42", np.random, [1]])
def test_what_no_generator_comes_from_is_refused(value):
    told = r"^x must be a whole number of 0 or more, or a generator such as"
    with pytest.raises(ValueError, match=told):
        check_seed(value, "x")


def test_a_seed_is_a_number_or_a_generator_which_goes_on():
    expected = np.random.default_rng(5).random(3).tolist()
    assert check_seed(np.int64(5)).random(3).tolist() == expected
    assert check_seed(0).random() == np.random.default_rng(0).random()
    for rng in (np.random.default_rng(5), np.random.RandomState(5)):
        assert check_seed(rng) is rng
        assert sorted(rng.permutation(3)) == [0, 1, 2]
        assert np.shape(rng.normal(0, 1, (2, 3))) == (2, 3)


# Scales ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scale", [None, 5, "15", (5, 1), (1, np.nan), (1, 2, 3), {1, 5}]
)
def test_what_is_not_a_scale_is_refused(scale):
    told = f"scale must be (lowest, highest), not {scale!r}"
    for ratings in [None, np.zeros(0)] + [np.array([3.0])] * (scale is not None):
        with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
            check_scale(scale, ratings)


def test_a_scale_is_given_and_holds_the_ratings_or_is_read_off_them():
    ratings = np.array([2, 4, 3])
    for scale in [(1, 5), [2, 4], np.array([2.0, 4.5]), (2, 4)]:
        assert check_scale(scale, ratings) == check_scale(scale) == tuple(scale)
    assert check_scale(None, ratings) == (2, 4)
    assert check_scale(None, ratings[:1]) == check_scale((2, 2)) == (2, 2)
    assert {type(end) for end in check_scale(None, ratings)} == {float}
    for scale in [(3, 5), (1, 3), (5, 9)]:
        told = f"scale={scale} does not hold the ratings, which go from 2 to 4"
        with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
            check_scale(scale, ratings)


@pytest.mark.parametrize(
    ("scale", "step", "steps"),
    [
        ((0, 3), None, [0, 1, 2, 3]),
        ((0, 10), None, list(range(11))),
        ((-10, 10), None, list(range(-10, 11, 2))),
        ((1, 100), None, [1, *range(10, 101, 10)]),
        ((4.3, 10.6), None, [4.3, 5, 6, 7, 8, 9, 10, 10.6]),
        ((0.5, 10.5), None, [0.5, 2, 4, 6, 8, 10, 10.5]),
        ((0, 0.03), None, [0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03]),
        ((1.5, 2.5), 0.5, [1.5, 2, 2.5]),
        ((0, 100), 1, list(range(101))),
        ((1, 2), 0.25, [1, 1.25, 1.5, 1.75, 2]),
        ((0, 0.3), 0.1, [0, 0.1, 0.2, 0.3]),
        ((2, 2), 0.5, [2]),
        ((0, 100), None, list(range(0, 101, 10))),
        ((0, 1.1), None, [0, 0.2, 0.4, 0.6, 0.8, 1, 1.1]),  # not 12 of them
        ((0.5, 5), None, [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]),
    ],
)
def test_the_ratings_that_there_are(scale, step, steps):
    assert rating_steps(scale, step) == steps


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_any_scale_has_a_few_ratings_and_its_ends_among_them(low, width):
    low, high = float(f"{low:.6g}"), float(f"{low + width:.6g}")
    if low < high:
        steps = rating_steps((low, high), None)
        assert 2 <= len(steps) <= 11
        assert (steps[0], steps[-1]) == (low, high)
        assert steps == sorted(set(steps))


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (0.3, r"^step=0.3 makes no 1 to 100 equal steps of \(1, 2\)$"),
        (0.001, "^step=0.001 makes no 1 to 100"),
        (3, "^step=3 makes no"),
        (0, "^step must be a number, above 0, not 0"),
    ],
)
def test_a_step_divides_the_scale(step, told):
    with pytest.raises(ValueError, match=told):
        rating_steps((1, 2), step)
