"""collab/data.py: a file becomes a validated table, or a sentence that says why not."""

import bz2
import datetime as dt
import errno
import gzip
import io
import lzma
import zipfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import ROOT

from collab.data import check_ratings, load_items, load_ratings, rating_scale

H = "userId,movieId,rating\n"
HT = "userId,movieId,rating,t\n"
NAMES = ["userId", "movieId", "rating"]
DATE = "%d/%m/%Y"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _no_noise(recwarn):
    yield
    assert [str(warning.message) for warning in recwarn] == []


def write(content, name="r.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    Path(name).write_bytes(content)
    return name


def read(content, name="r.csv", load=load_ratings, **options):
    """What a file with this content is read as: its rows."""
    return load(write(content, name), **options).to_numpy().tolist()


def says(call, *args, **options):
    with pytest.raises(ValueError, match=r"^\S") as error:
        call(*args, **options)
    assert type(error.value) is ValueError
    return str(error.value)


def complaint(content, name="r.csv", load=load_ratings, **options):
    return says(load, write(content, name), **options)


def assert_says(found, message):
    """Equal, or equal up to "…"."""
    assert (found[: len(message) - 1] + "…" if message[-1] == "…" else found) == message


@pytest.fixture
def table():
    return pd.DataFrame({"userId": [1, 2], "movieId": [3, 4], "rating": [1.5, 2]})


# Files as people have them -----------------------------------------------------------


def test_loads_columns_rows_and_types_as_the_file_has_them():
    loaded = load_ratings(write(H + "30,7,3\n20,7,2.5\n30,5,5\n"))
    assert loaded.columns.tolist() == NAMES
    assert loaded.to_numpy().tolist() == [[30, 7, 3.0], [20, 7, 2.5], [30, 5, 5.0]]
    assert loaded.dtypes.astype(str).tolist() == ["int64", "int64", "float64"]
    assert loaded.index.tolist() == [0, 1, 2]


def test_columns_are_found_by_name_and_others_are_numbers_or_text():
    text = "when;stars;film;who;day;note\n7;2.5;20;1;2013-01-02;\n8;4;20;2;x;NA\n"
    loaded = load_ratings(write(text), user="who", item="film", rating="stars", sep=";")
    assert loaded.columns.tolist() == ["when", "stars", "film", "who", "day", "note"]
    assert loaded["when"].tolist() == [7, 8]
    assert loaded["when"].dtype == "int64"
    assert loaded["day"].tolist() == ["2013-01-02", "x"]
    assert loaded["note"].isna().tolist() == [True, False]
    assert loaded["note"][1] == "NA"


def test_dates_in_other_columns_stay_as_they_are_written():
    loaded = load_ratings(write(HT + "1,2,3,2013-01-02\n1,3,3,2013-02-01\n"))
    assert loaded["t"].tolist() == ["2013-01-02", "2013-02-01"]


@pytest.mark.parametrize("sep", [",", ";", "\t", "|", " ", "::", "§", " - ", "\\t"])
def test_any_text_may_separate_with_a_header_or_without(sep):
    lines = [NAMES, ["1", "2", "3.5"], ["1", "4", "5"]]
    text = "".join(sep.join(line) + "\n" for line in lines)
    assert read(text, sep=sep) == [[1, 2, 3.5], [1, 4, 5]]
    body = text.partition("\n")[2]
    assert read(body, sep=sep, names=NAMES) == [[1, 2, 3.5], [1, 4, 5]]


def test_quotes_are_letters_where_the_separator_is_long():
    text = '1::"Cats" (1998)\n2::"ab\n'
    assert read(text, load=load_items, sep="::", names=["movieId", "title"]) == [
        [1, '"Cats" (1998)'],
        [2, '"ab'],
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le"]
)
@pytest.mark.parametrize("sep", [",", "::"])
def test_encodings(encoding, sep):
    text = sep.join(NAMES) + "\n" + sep.join(["é", "2", "3"]) + "\n"
    options = {"string_ids": "userId", "sep": sep}
    assert read(text.encode(encoding), encoding=encoding, **options) == [["é", 2, 3]]
    if "8" in encoding:
        assert read("\ufeff" + text, **options) == [["é", 2, 3]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blank_lines_and_a_last_line_without_an_end(end):
    text = H + "\n1,2,3\n\n1,4,5"
    assert read(text.replace("\n", end)) == [[1, 2, 3], [1, 4, 5]]


def test_quotes_and_what_stands_in_them():
    text = 'movieId,title,x\n7,"Postman, The (Il)",a\n"2","a ""b""\nc","d\ne"\n'
    assert read(text, load=load_items) == [
        [7, "Postman, The (Il)", "a"],
        [2, 'a "b"\nc', "d\ne"],
    ]


def test_line_ends_in_quotes_where_a_large_file_is_read_in_parts():
    note = '"' + "x\n" * 50_000 + '"'
    text = "note,userId,movieId,rating\n" + "".join(
        f"{note},1,{item},3\n" for item in range(200)
    )
    assert load_ratings(write(text))["movieId"].tolist() == list(range(200))


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_last_value_may_hold_a_line_end(end):
    text = HT + '1,2,3,a\n1,3,3,"b\nc"' + end
    assert read(text) == [[1, 2, 3, "a"], [1, 3, 3, "b\nc"]]


def test_decimal_commas_are_read_on_request():
    text = "userId;movieId;rating\n1;2;3,5\n1;3;4\n"
    assert read(text, sep=";", decimal=",") == [[1, 2, 3.5], [1, 3, 4]]
    assert complaint(text, sep=";") == (
        "r.csv, line 2, column 'rating': '3,5' is not a number; if its comma stands "
        "before the tenths: decimal=','"
    )


def test_escaped_quotes_are_read_on_request():
    text = '"userId";"movieId";"rating"\n"1";"\\"x;\\"";"3"\n'
    options = {"sep": ";", "string_ids": "movieId", "escape": "\\"}
    assert read(text, **options) == [[1, '"x;"', 3]]


def test_a_backslash_alone_is_a_letter():
    text = 'movieId,title\n1,"C:\\"\n2,a\\b\n3,"say ""a\\"""\n'
    titles = [title for _, title in read(text, load=load_items)]
    assert titles == ["C:\\", "a\\b", 'say "a\\"']


PACKED = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: zipped({"a/r.csv": data, "__MACOSX/a/r.csv": b"x", "a/": b""}),
}


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("how", PACKED)
@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r"])
def test_packed_files_whatever_their_name(how, name):
    assert read(PACKED[how]((H + "1,2,3\n").encode()), name) == [[1, 2, 3]]
    bad = PACKED[how]((H + "1,2,3\n1,4,x\n").encode())
    message = f"{name}, line 3, column 'rating': 'x' is not a number"
    assert complaint(bad, name) == message


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_json_lines(pack):
    text = '\ufeff{"userId":1,"movieId":2,"rating":3}\n\n'
    text += '{"movieId":5,"userId":18446744073709551615,"rating":3.5,"x":"a"}\n'
    loaded = load_ratings(write(pack(text.encode()), "r.jsonl"))
    assert loaded.columns.tolist() == ["userId", "movieId", "rating", "x"]
    assert loaded["userId"].tolist() == [1, 2**64 - 1]
    assert loaded["userId"].dtype == "uint64"
    assert loaded["rating"].tolist() == [3.0, 3.5]
    assert loaded["x"].isna().tolist() == [True, False]


def test_json_lines_in_another_encoding():
    record = '{"userId": "Zoë", "movieId": 2, "rating": 3}\n'
    for encoding in ("latin-1", "utf-16"):
        path = write(record.encode(encoding))
        options = {"string_ids": "userId", "encoding": encoding}
        assert load_ratings(path, **options)["userId"].tolist() == ["Zoë"]
    found = complaint(record.encode("latin-1"), string_ids="userId")
    assert found == (
        "r.csv, line 1 is not text in utf-8: byte 0xeb is none of it; "
        "encoding='latin-1' reads it"
    )


def test_json_text_ids_and_titles_in_numbers():
    text = '{"userId":"007","movieId":2,"rating":3}\n'
    assert read(text, string_ids="userId") == [["007", 2, 3]]
    text = '{"movieId":7,"title":1917}\n{"movieId":8,"title":null}\n{"movieId":9}\n'
    assert read(text, load=load_items) == [[7, "1917"], [8, "8"], [9, "9"]]


@pytest.mark.parametrize(
    "index", [["userId"], ["userId", "movieId"], ["rating"], []], ids=str
)
def test_parquet_whatever_was_the_index(table, index):
    table["userId"] = table["userId"].astype("category")
    table["when"] = [dt.date(2020, 1, 2), dt.date(2020, 1, 1)]
    (table.set_index(index) if index else table).to_parquet("r.parquet")
    loaded = load_ratings("r.parquet", time="when")[[*NAMES, "when"]]
    assert loaded[NAMES].to_numpy().tolist() == [[1, 3, 1.5], [2, 4, 2.0]]
    assert loaded["userId"].dtype == "int64"
    assert loaded["when"].dt.day.tolist() == [2, 1]
    table.set_index("userId", drop=False).to_parquet("r.parquet")
    assert load_ratings("r.parquet")["userId"].tolist() == [1, 2]
    table.assign(rating=[1, None]).to_parquet("r.parquet")
    message = "r.parquet, row 2, column 'rating': the value is missing"
    assert says(load_ratings, "r.parquet") == message


def test_a_parquet_file_with_two_columns_of_one_name():
    columns = [pa.array([1]), pa.array([2]), pa.array([3.0]), pa.array([4.0])]
    names = ["userId", "movieId", "rating", "rating"]
    pq.write_table(pa.Table.from_arrays(columns, names), "r.parquet")
    assert_says(
        says(load_ratings, "r.parquet"), "r.parquet has 2 columns 'rating': ['userI…"
    )


def test_who_watched_what_needs_no_rating():
    loaded = load_ratings(write("userId,movieId\n1,2\n1,3\n"), rating=None)
    assert loaded.to_numpy().tolist() == [[1, 2], [1, 3]]
    assert read(H + "1,2,bad\n", rating=None) == [[1, 2, "bad"]]


@pytest.mark.parametrize(
    "number", [0, 7, -7, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1]
)
def test_whole_numbers_survive_to_the_last_digit(number):
    loaded = load_ratings(write(H + f"{number},2,3\n0,5,3\n"), repeated="first")
    assert loaded["userId"].tolist() == [number, 0]
    assert loaded["userId"].dtype == ("int64" if number < 2**63 else "uint64")


def test_ids_with_a_point_and_nought_are_whole():
    assert read(H + "7.0,2,3\n70,2,3\n") == [[7, 2, 3], [70, 2, 3]]


def test_text_ids_are_chosen_by_column():
    text = H + "007,B00X,3\n7, B00X,4\n"
    assert read(text, string_ids=True) == [["007", "B00X", 3], ["7", " B00X", 4]]
    text = H + "7,B00X,3\n"
    for chosen in ("movieId", ["movieId"], {"movieId"}, ("movieId",)):
        assert read(text, string_ids=chosen) == [[7, "B00X", 3]]
    assert read(H + "NA,null,3\n", string_ids=True) == [["NA", "null", 3]]
    assert read(H + "1,2,3\n", string_ids=["userId"]) == [["1", 2, 3]]


def test_names_of_columns_need_not_be_text(table):
    numbered = table.assign(movieId=["a", "b"]).set_axis([0, 1, 2], axis=1)
    checked = check_ratings(numbered, user=0, item=1, rating=2, string_ids=1)
    pd.testing.assert_frame_equal(checked, numbered)


# Times -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "time_format", "moment"),
    [
        ("30/12/2013", DATE, "2013-12-30"),
        ("6/1/2025", DATE, "2025-01-06"),
        ("01022013", "%d%m%Y", "2013-02-01"),  # a number would lose its nought
        ("Thu May 03 2012", "%a %b %d %Y", "2012-05-03"),
        ("2013-12-30 10:00", "ISO8601", "2013-12-30 10:00"),
        ("1112486027", "s", "2005-04-02 23:53:47"),
        ("1112486027000", "ms", "2005-04-02 23:53:47"),
        ("1112486027000000", "us", "2005-04-02 23:53:47"),
        ("1112486027123456789", "ns", "2005-04-02 23:53:47.123456789"),
    ],
)
def test_times_are_parsed_on_request(written, time_format, moment):
    options = {"time": "t", "time_format": time_format}
    parsed = load_ratings(write(HT + f"1,2,3,{written}\n"), **options)["t"]
    assert parsed.tolist() == [pd.Timestamp(moment)]
    record = f'{{"userId":1,"movieId":2,"rating":3,"t":"{written}"}}\n'
    assert load_ratings(write(record), **options)["t"].tolist() == parsed.tolist()


def test_dates_of_python_in_several_zones_are_brought_together(table):
    """A database's have the offset of summer or of winter."""
    zones = [dt.timezone(dt.timedelta(hours=hours)) for hours in (2, 1)]
    times = [dt.datetime(2020, 7, 1, 12, tzinfo=zone) for zone in zones]
    table["t"] = pd.Series(times, dtype=object)
    parsed = check_ratings(table, time="t")["t"]
    assert parsed.tolist() == [pd.Timestamp(time) for time in times]
    table["t"] = pd.Series([times[0], dt.datetime(2020, 7, 1)], dtype=object)
    found = says(check_ratings, table, time="t")
    assert "index 1, column 't': datetime.datetime(2020, 7, 1, 0, 0) has no" in found


def test_a_time_without_a_zone_among_others_is_refused():
    text = HT + "1,2,3,2013-01-01T00:00:00Z\n1,3,3,2013-01-01 00:00\n"
    for zone in ("Z", "+02:00", "-0500", "+02"):
        assert complaint(text.replace("Z", zone), time="t", time_format="ISO8601") == (
            "r.csv, line 3, column 't': '2013-01-01 00:00' has no time zone, and "
            "others have one"
        )


def test_decimals_count_seconds(table):
    table["t"] = [Decimal(1112486027), Decimal("1112486028.5")]
    parsed = check_ratings(table, time="t", time_format="s")["t"]
    assert parsed.tolist() == [
        pd.Timestamp("2005-04-02 23:53:47"),
        pd.Timestamp("2005-04-02 23:53:48.5"),
    ]


def test_zones_are_brought_together():
    text = HT + "1,2,3,2013-01-01T00:00:00Z\n1,3,3,2013-01-01T00:00:00+02:00\n"
    parsed = load_ratings(write(text), time="t", time_format="ISO8601")["t"]
    assert (parsed[0] - parsed[1]) == pd.Timedelta(hours=2)


@pytest.mark.parametrize(
    "times",
    [
        [9, 10],
        [1.5, 0.5],
        pd.array([2, 1], "Int64"),
        pd.to_datetime(["2021", "2020"]),
        pd.to_datetime(["2021", "2020"], utc=True),
        pd.to_timedelta([2, 1], unit="D"),
        pd.Categorical([5, 4]),
        pd.Series(pd.to_datetime(["2021", "2020"])).astype("timestamp[ns][pyarrow]"),
        pd.Series([dt.datetime(2021, 1, 1), dt.datetime(2020, 1, 1)], dtype=object),
        pd.Series([dt.date(2021, 1, 1), dt.date(2020, 1, 1)], dtype=object),
        pd.Series([dt.date(2021, 1, 1), dt.date(2020, 1, 1)], dtype="date32[pyarrow]"),
    ],
    ids=lambda times: str(getattr(times, "dtype", times)),
)
def test_numbers_and_dates_are_times_as_they_are(table, times):
    checked = check_ratings(table.assign(t=times), time="t")["t"]
    assert checked.is_monotonic_increasing == (list(times) == [9, 10])
    if not isinstance(times, pd.Categorical):
        assert pd.Series(checked).tolist() == [
            pd.Timestamp(value) if isinstance(value, dt.date) else value
            for value in list(times)
        ]


WHAT = "is text and would be sorted as text; "


@pytest.mark.parametrize(
    ("times", "options", "message"),
    [
        (
            "12/30/2013",
            {},
            f"'12/30/2013' {WHAT}its pattern, as time_format='{DATE}',…",
        ),
        ("Thu May 03 2012", {}, f"'Thu May 03 2012' {WHAT}its pattern, as time_form…"),
        ("2013-12-30", {}, f"'2013-12-30' {WHAT}time_format='ISO8601' makes it a date"),
        ("", {}, "the value is missing"),
        ("inf", {}, "inf is infinite"),
        ("true", {}, "True is not a number"),
        ("12/30/2013", {"time_format": DATE}, f"'12/30/2013' is not like '{DATE}'"),
        ("2013-12-30", {"time_format": "s"}, "'2013-12-30' is not a number of 's'"),
        (
            "1112486027000000",
            {"time_format": "s"},
            "1112486027000000 is no date in 's'",
        ),
    ],
)
def test_a_time_that_is_none_is_refused(times, options, message):
    text = HT + f"1,2,3,{times}\n"
    found = complaint(text, time="t", **options)
    assert_says(found, f"r.csv, line 2, column 't': {message}")


def test_what_was_cured_is_read():
    text = HT + "1,2,3,2013-12-30\n"
    assert "time_format='ISO8601'" in complaint(text, time="t")
    assert len(read(text, time="t", time_format="ISO8601")) == 1
    record = '{"userId":1,"movieId":2,"rating":3,"t":"9"}\n'
    assert "time_format='s' (seconds), say, makes" in complaint(record, time="t")
    assert read(record, time="t", time_format="s")[0][3] == pd.Timestamp(9, unit="s")


def test_an_impossible_time_format():
    pattern = "time_format must be a pattern as '%d/%m/%Y', 'ISO8601' or one of "
    units = "('s', 'ms', 'us', 'ns'), not "
    text = HT + "1,2,3,9\n"
    assert complaint(text, time="t", time_format="mixed") == pattern + units + "'mixed'"
    assert complaint(text, time="t", time_format=3) == pattern + units + "3"
    assert complaint(text, time="t", time_format="%Q") == (
        "time_format='%Q': 'Q' is a bad directive in format '%Q'"
    )
    assert complaint(text, time_format="s") == (
        "time_format needs time=, the column that it is the format of"
    )


# Repeated pairs ----------------------------------------------------------------------

REPEATED = HT + "1,2,3,9\n8,5,4,1\n1,2,4,10\n1,2,5,10\n1,2,1,3\n8,5,1,0\n7,7,2,2\n"


def test_a_repeated_pair_is_refused_with_rules_that_work():
    pair = "r.csv: the pair (userId 1, movieId 2) stands in line 2 and in line 4; "
    rules = 'pairs in several rows: 2. As repeated=, "first" keeps the upper row, '
    mean = '"mean" the mean rating, '
    end = '"latest" the latest in '
    assert complaint(REPEATED) == pair + rules + mean + end + "time="
    assert complaint(REPEATED, time="t") == pair + rules + mean + end + "'t'"
    assert complaint(REPEATED, rating=None) == pair + rules + end + "time="
    for rule in ("first", "mean", "latest"):
        assert len(read(REPEATED, time="t", repeated=rule)) == 3


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("first", [[1, 2, 3.0, 9], [8, 5, 4.0, 1], [7, 7, 2.0, 2]]),
        ("mean", [[1, 2, 3.25, 9], [8, 5, 2.5, 1], [7, 7, 2.0, 2]]),
        ("latest", [[8, 5, 4.0, 1], [1, 2, 5.0, 10], [7, 7, 2.0, 2]]),
    ],
)
def test_rules_for_repeated_pairs(rule, rows):
    assert read(REPEATED, time="t", repeated=rule) == rows
    read_back = pd.read_csv("r.csv")
    labelled = read_back.set_index(pd.Index(list("abcdefg"), name="userId"))
    before = labelled.copy()
    checked = check_ratings(labelled, time="t", repeated=rule)
    assert checked.to_numpy().tolist() == rows
    kept = {"first": "abg", "mean": "abg", "latest": "bdg"}[rule]
    assert checked.index.tolist() == list(kept)
    pd.testing.assert_frame_equal(labelled, before)


def test_the_latest_of_dates_in_text_is_the_latest_in_time():
    text = HT + "1,2,3,02/01/2014\n1,2,4,30/12/2013\n"
    options = {"time": "t", "time_format": DATE, "repeated": "latest"}
    assert [row[2] for row in read(text, **options)] == [3.0]


def test_pairs_with_two_ratings_or_with_one_alike_are_repeated():
    for text in (H + "1,2,3\n1,2,4\n", H + "1,2,3\n1,2,3\n"):
        assert "(userId 1, movieId 2) stands in line 2 and in line 3" in complaint(text)


def test_pairs_that_only_look_alike_are_two():
    assert len(read(H + "1,12,3\n11,2,3\n2,1,3\n1,2,3\n")) == 4
    wide = H + f"{2**63},1,3\n0,1,3\n1,{-(2**62)},3\n1,{2**62},3\n1,0,3\n"
    assert len(read(wide)) == 5


def test_pairs_whose_product_would_wrap_are_two():
    # As user * 2**32 + item in 64 bits the first two would be one number.
    assert len(read(H + f"0,0,3\n{2**32},0,3\n1,{2**32 - 1},3\n")) == 3


def test_rules_that_cannot_be_followed():
    assert complaint(H, repeated="last") == (
        "repeated must be None, 'first', 'latest' or 'mean', not 'last'"
    )
    assert complaint(H, repeated="latest") == (
        "repeated='latest' needs time=, the column that says when"
    )
    assert complaint(H, repeated="mean", rating=None) == (
        "repeated='mean' needs ratings, but rating is None"
    )


def test_rows_that_share_a_label_are_named_by_position(table):
    message = says(check_ratings, pd.concat([table, table[1:]]).set_axis(list("xyz")))
    assert "(userId 2, movieId 4) stands in index 'y' and in index 'z'" in message
    message = says(check_ratings, pd.concat([table, table[1:]]))
    assert "stands in position 1 (index 1) and in position 2 (index 1)" in message


# Tables ------------------------------------------------------------------------------


def test_check_ratings_leaves_its_argument_alone(tiny):
    tiny = tiny.astype({"userId": float})
    before = tiny.copy()
    checked = check_ratings(tiny)
    pd.testing.assert_frame_equal(tiny, before)
    assert checked["userId"].dtype == "int64"
    checked["rating"] = 0.0
    checked.loc[107, "movieId"] = 99
    pd.testing.assert_frame_equal(tiny, before)


def test_check_ratings_keeps_rows_order_and_index(tiny):
    pd.testing.assert_frame_equal(check_ratings(tiny), tiny)


@pytest.mark.parametrize("names", [["userId"], ["userId", "movieId"], ["rating"]])
def test_an_index_named_like_a_column_does_not_matter(tiny, names):
    named = tiny.set_index(names, drop=False)
    pd.testing.assert_frame_equal(check_ratings(named, repeated="first"), named)


def test_an_index_that_is_the_column_gets_a_true_hint(table):
    assert says(check_ratings, table.set_index("userId")) == (
        "the table has no column 'userId'; it has ['movieId', 'rating']; its index "
        "has: `reset_index()` makes it a column"
    )
    assert check_ratings(table.set_index("userId").reset_index()) is not None
    message = says(check_ratings, table.drop(columns="userId"))
    assert message == "the table has no column 'userId'; it has ['movieId', 'rating']"


IDS = {
    "category": ([7, 5], "int64"),
    "Int64": ([7, 5], "int64"),
    "int8": ([7, 5], "int64"),
    "uint8[pyarrow]": ([7, 5], "int64"),
    "int64[pyarrow]": ([7, 5], "int64"),
    "float32": ([2**24 - 1, 5], "int64"),
    "float64": ([2**53 - 1, -5], "int64"),
    "Float64": ([7, 5], "int64"),
    "object": ([7, 2**63 - 1], "int64"),
    "uint64": ([2**64 - 1, 5], "uint64"),
    "UInt64": ([2**64 - 1, 5], "uint64"),
}


@pytest.mark.parametrize("dtype", IDS)
def test_ids_of_any_type_that_are_whole(table, dtype):
    ids, becomes = IDS[dtype]
    for values in (pd.Series(ids).astype(dtype), pd.Series(ids, dtype=object)):
        checked = check_ratings(table.assign(movieId=values))["movieId"]
        assert checked.tolist() == ids
        assert checked.dtype == becomes


@pytest.mark.parametrize(
    "dtype", [object, pd.ArrowDtype(pa.decimal128(38, 0))], ids=str
)
def test_decimals_of_a_database_are_ids_if_they_are_whole(table, dtype):
    ids = pd.Series([Decimal(7), Decimal(2**63 - 1)], dtype=dtype)
    checked = check_ratings(table.assign(userId=ids))["userId"]
    assert checked.tolist() == [7, 2**63 - 1]
    assert checked.dtype == "int64"


@pytest.mark.parametrize("bad", ["7.5", "Infinity", "1e30"])
def test_decimals_that_are_not_whole_are_no_ids(table, bad):
    ids = pd.Series([Decimal(7), Decimal(bad)], dtype=object)
    found = says(check_ratings, table.assign(userId=ids))
    assert found.startswith(f"the table, index 1, column 'userId': {Decimal(bad)!r} is")
    assert "text" not in found or bad == "1e30"  # too large for a number


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series([7, 5], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.int64()))),
        pd.Series(pd.arrays.SparseArray([7, 5])),
    ],
    ids=lambda ids: str(ids.dtype),
)
def test_ids_stored_in_another_way_are_the_same_ids(table, ids):
    checked = check_ratings(table.assign(userId=ids))["userId"]
    assert checked.tolist() == [7, 5]
    assert checked.dtype == "int64"


def test_text_of_arrow_categories_is_text(table):
    dtype = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
    table["userId"] = pd.Series(["007", "7"]).astype(dtype)
    assert check_ratings(table, string_ids="userId")["userId"].tolist() == ["007", "7"]
    assert "'007' is padded" in says(check_ratings, table)


def test_empty_text_is_no_id(table):
    """A csv file cannot tell it from a missing one; nobody is called so."""
    table["userId"] = ["a", ""]
    assert says(check_ratings, table, string_ids="userId") == (
        "the table, index 1, column 'userId': '' is empty"
    )


def test_ids_mixed_of_floats_and_integers(table):
    for ids in ([7, 5.0], [np.int8(7), 5]):
        checked = check_ratings(table.assign(userId=pd.Series(ids, dtype=object)))
        assert checked["userId"].tolist() == [7, 5]
        assert checked["userId"].dtype == "int64"


@pytest.mark.parametrize("dtype", ["str", "object", "category", "string[pyarrow]"])
def test_text_ids_of_any_type(table, dtype):
    table["userId"] = pd.Series(["007", "7"]).astype(dtype)
    checked = check_ratings(table, string_ids="userId")
    assert checked["userId"].tolist() == ["007", "7"]
    assert not isinstance(checked["userId"].dtype, pd.CategoricalDtype)
    assert says(check_ratings, pd.concat([table, table]), string_ids="userId")


BIG = "is too large for 64 bits; string_ids='userId' takes text"


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (
            [True, False],
            "index 0, column 'userId': True is not a whole number; 2 rows…",
        ),
        ([1, True], "index 1, column 'userId': True is not a whole number"),
        ([1, np.True_], "index 1, column 'userId': np.True_ is not a whole number"),
        ([1, 2.5], "index 1, column 'userId': 2.5 is not a whole number"),
        (
            np.array([1, np.inf]),
            "index 1, column 'userId': inf is too large for a fl…",
        ),
        (
            np.array([1, -(2.0**53)]),
            "index 1, column 'userId': -9007199254740992.0 is…",
        ),
        (
            np.array([1, 2**24], "f4"),
            "index 1, column 'userId': 16777216.0 is too lar…",
        ),
        ([2**53 + 1, 2.0**53], "index 1, column 'userId': 9007199254740992.0 is not…"),
        ([-1, 2**63], f"index 1, column 'userId': 9223372036854775808 {BIG}"),
        ([1, 2**64], f"index 1, column 'userId': 18446744073709551616 {BIG}"),
        ([-(2**63) - 1, 2], f"index 0, column 'userId': -9223372036854775809 {BIG}"),
        ([1, None], "index 1, column 'userId': the value is missing"),
        (
            pd.array([1, None], "Int64"),
            "index 1, column 'userId': the value is missing",
        ),
        (pd.Categorical([1, None]), "index 1, column 'userId': the value is missing"),
        (
            [b"a", b"b"],
            "index 0, column 'userId': b'a' is not a whole number; 2 rows …",
        ),
        (
            [(1, 2), (3, 4)],
            "index 0, column 'userId': (1, 2) is not a whole number; 2…",
        ),
        (
            [[1, 2], [3, 4]],
            "index 0, column 'userId': [1, 2] is not a whole number; 2…",
        ),
        (
            [dt.date(2020, 1, 1), 2],
            "index 0, column 'userId': datetime.date(2020, 1, 1) is not a whole number",
        ),
        (
            pd.to_datetime(["2020", "2021"]),
            "index 0, column 'userId': Timestamp('2020-01-01 00:00:00') is not a whole "
            "number; 2 rows are at fault",
        ),
        (
            ["7", "8"],
            "index 0, column 'userId': '7' is text; string_ids='userId' takes it as "
            "such; 2 rows are at fault",
        ),
        (
            [1, "x"],
            "index 1, column 'userId': 'x' is not a whole number; if the ids are text: "
            "string_ids='userId'",
        ),
    ],
    ids=str,
)
def test_what_is_no_id_in_a_table(table, ids, message):
    ids = pd.Series(ids, dtype=object) if isinstance(ids, list) else ids
    found = says(check_ratings, table.assign(userId=ids))
    assert_says(found, f"the table, {message}")


def test_numbers_are_not_text(table):
    message = "the table, index 0, column 'userId': 1 is not text, as string_ids says; "
    assert (
        says(check_ratings, table, string_ids=True) == message + "2 rows are at fault"
    )
    mixed = table.assign(userId=pd.Series(["a", 1], dtype=object))
    assert says(check_ratings, mixed, string_ids="userId") == (
        "the table, index 1, column 'userId': 1 is not text, as string_ids says"
    )


@pytest.mark.parametrize(
    "ratings",
    [
        [4, 5],
        [4.5, 5],
        pd.array([4, 5], "Int64"),
        pd.array([4.5, 5], "Float64"),
        pd.Categorical([4.5, 5]),
        pd.Series([4.5, 5]).astype("double[pyarrow]"),
        [Decimal("4.5"), Decimal(5)],
        pd.Series([4.5, 5], dtype=object),
    ],
    ids=lambda ratings: str(getattr(ratings, "dtype", ratings)),
)
def test_ratings_of_any_type_that_are_numbers(table, ratings):
    checked = check_ratings(table.assign(rating=ratings))["rating"]
    assert checked.dtype == "float64"
    assert checked.tolist() == [float(value) for value in ratings]


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (
            [True, False],
            "index 0, column 'rating': True is not a number; 2 rows are at…",
        ),
        ([4.5, True], "index 1, column 'rating': True is not a number"),
        (
            pd.to_datetime(["2020", "2021"]),
            "index 0, column 'rating': Timestamp('2020-…",
        ),
        (
            pd.to_timedelta([1, 2], unit="D"),
            "index 0, column 'rating': Timedelta('1 d…",
        ),
        (
            pd.period_range("2020", periods=2, freq="Y"),
            "index 0, column 'rating': Per…",
        ),
        ([1j, 2], "index 0, column 'rating': 1j is not a number"),
        (
            [{1}, {2}],
            "index 0, column 'rating': {1} is not a number; 2 rows are at fa…",
        ),
        ([4, "good"], "index 1, column 'rating': 'good' is not a number"),
        ([None, 4], "index 0, column 'rating': the value is missing"),
        (
            [None, None],
            "index 0, column 'rating': the value is missing; 2 rows are at…",
        ),
        (
            pd.array([1, None], "Float64"),
            "index 1, column 'rating': the value is miss…",
        ),
        (pd.Categorical([1, None]), "index 1, column 'rating': the value is missing"),
        ([4, np.inf], "index 1, column 'rating': inf is infinite"),
        ([4, -np.inf], "index 1, column 'rating': -inf is infinite"),
        (
            ["4", "5"],
            "index 0, column 'rating': '4' is text; `pd.to_numeric` makes numbers of "
            "it; 2 rows are at fault",
        ),
        (
            [4, "5"],
            "index 1, column 'rating': '5' is text; `pd.to_numeric` makes numbers …",
        ),
        ([10**400, 1], "column 'rating': int too large to convert to float"),
    ],
    ids=lambda value: f"{value!r:.40}",
)
def test_what_is_no_rating_in_a_table(table, ratings, message):
    ratings = pd.Series(ratings, dtype=object) if isinstance(ratings, list) else ratings
    table = table.assign(rating=ratings)
    assert_says(says(check_ratings, table), f"the table, {message}")
    assert says(rating_scale, table) == says(check_ratings, table)


def test_two_columns_of_one_name(table):
    twice = pd.concat([table, table[["rating"]]], axis=1)
    message = (
        "the table has 2 columns 'rating': ['userId', 'movieId', 'rating', 'rating']"
    )
    assert says(check_ratings, twice) == message
    assert says(rating_scale, twice) == message
    other = twice.set_axis([*NAMES, "x"], axis=1)
    other = pd.concat([other, other[["x"]]], axis=1)  # nobody asks for these two
    assert check_ratings(other).columns.tolist() == [*NAMES, "x", "x"]


def test_what_is_no_table(table):
    for call in (check_ratings, rating_scale):
        assert says(call, [1]) == "table must be a DataFrame, not list"
        assert says(call, table["rating"]) == "table must be a DataFrame, not Series"
        assert says(call, table[:0]) == (
            "the table has no rows, only the columns ['userId', 'movieId', 'rating']"
        )
    for load in (load_ratings, load_items):
        message = "path is a table already: check_ratings validates it"
        assert says(load, table) == message
        assert says(load, 3) == "path must be the name of a file, not 3"


def test_rating_scale():
    table = pd.DataFrame({"rating": [3, 1, 10], "stars": [2.5, 2.5, 2.5]})
    assert rating_scale(table) == (1.0, 10.0)
    assert rating_scale(table, rating="stars") == (2.5, 2.5)
    assert [type(end) for end in rating_scale(table)] == [float, float]
    assert rating_scale(table.astype({"rating": "category"})) == (1.0, 10.0)
    message = "the table has no column 'mark'; it has ['rating', 'stars']"
    assert says(rating_scale, table, rating="mark") == message


# Items -------------------------------------------------------------------------------


def test_items_without_a_title_are_called_by_their_id():
    text = 'movieId,title,genres\n7,"Postman, The (Il)",Drama\n2,NA,\n5,,\n6,"  ",x\n'
    items = load_items(write(text))
    assert items["movieId"].tolist() == [7, 2, 5, 6]
    assert items["movieId"].dtype == "int64"
    assert items["title"].tolist() == ["Postman, The (Il)", "NA", "5", "6"]
    assert items.columns.tolist() == ["movieId", "title", "genres"]


def test_items_of_other_columns_text_ids_and_titles_in_digits():
    text = "name;asin\n1917;007\n;7\n"
    options = {"item": "asin", "title": "name", "string_ids": True, "sep": ";"}
    assert read(text, load=load_items, **options) == [["1917", "007"], ["7", "7"]]
    assert read("movieId,title\n7,007\n", load=load_items) == [[7, "007"]]
    text = "7::Café\n".encode("latin-1")
    options = {"sep": "::", "names": ["movieId", "title"], "encoding": "latin-1"}
    assert read(text, load=load_items, **options) == [[7, "Café"]]
    text = 'movieId,title\n7,"a \\"b\\""\n'
    assert read(text, load=load_items, escape="\\") == [[7, 'a "b"']]


def test_an_item_listed_twice():
    text = "movieId,title\n7,a\n8,x\n\n7,b\n9,y\n9,z\n9,u\n"
    assert complaint(text, load=load_items) == (
        "r.csv, line 5: movieId 7 is listed already in line 2; 2 of 3 items are listed "
        "more than once"
    )
    message = complaint("movieId,title\n007,a\n", load=load_items)
    assert "'007' is padded" in message
    assert "; string_ids=True keeps ids" in message
    assert complaint("movieId,name\n1,x\n", load=load_items) == (
        "r.csv has no column 'title'; it has ['movieId', 'name']"
    )
    assert complaint("movieId,title\n", load=load_items).startswith("r.csv has no rows")


# What is wrong with a file -----------------------------------------------------------


@pytest.mark.parametrize("load", [load_ratings, load_items])
def test_a_missing_file_is_named_with_the_folder(load, tmp_path):
    for path in ("data/rating.csv", tmp_path):
        with pytest.raises(FileNotFoundError) as error:
            load(path)
        assert str(error.value) == (
            f"there is no file {str(path)!r} (looked for it in {tmp_path})"
        )


HAS = "r.csv has no column 'userId', 'movieId', 'rating'; it has "
PAD = "is padded: as a number it would be one with"
AS_TEXT = "if the ids are text: string_ids="


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        # ids
        (
            H + "1,2,3\n007,2,3\n",
            {},
            f"r.csv, line 3, column 'userId': '007' {PAD} '7'; string_ids='userId' "
            "keeps ids as they are written",
        ),
        (H + " 7,2,3\n", {}, f"r.csv, line 2, column 'userId': ' 7' {PAD} '7'; str…"),
        (H + "7 ,2,3\n", {}, f"r.csv, line 2, column 'userId': '7 ' {PAD} '7'; str…"),
        (H + "+7,2,3\n", {}, f"r.csv, line 2, column 'userId': '+7' {PAD} '7'; str…"),
        (H + "-0,2,3\n", {}, f"r.csv, line 2, column 'userId': '-0' {PAD} '0'; str…"),
        (H + "-07,2,3\n", {}, f"r.csv, line 2, column 'userId': '-07' {PAD} '-7'; s…"),
        (
            H + "7,0042,3\n",
            {},
            f"r.csv, line 2, column 'movieId': '0042' {PAD} '42'; s…",
        ),
        (
            H + "1,0195153448,3\n1,034545104X,4\n",
            {},
            f"r.csv, line 2, column 'movieId': '0195153448' {PAD} '195153448'; "
            "string_ids='movieId' keeps ids as they are written; 2 rows are at fault",
        ),
        (
            H + "07,0195153448,3\n",
            {"string_ids": "movieId"},
            f"r.csv, line 2, column 'userId': '07' {PAD} '7'; string_ids=True keeps…",
        ),
        (
            H + "1,2,3\nx,9,3\n",
            {},
            "r.csv, line 3, column 'userId': 'x' is not a whole number; "
            f"{AS_TEXT}'userId'",
        ),
        (H + "1e5,9,3\n", {}, "r.csv, line 2, column 'userId': '1e5' is not a whole…"),
        (H + "9,9.5,3\n", {}, "r.csv, line 2, column 'movieId': '9.5' is not a whole…"),
        (
            H + "9,True,3\n",
            {},
            "r.csv, line 2, column 'movieId': 'True' is not a whol…",
        ),
        (
            H + f"1,2,3\n{2**64},9,3\n",
            {},
            "r.csv, line 3, column 'userId': '18446744073709551616' is too large for "
            "64 bits; string_ids='userId' keeps it as text",
        ),
        (
            H + f"-1,2,3\n{2**63},9,3\n",
            {},
            "r.csv, line 3, column 'userId': '9223372036…",
        ),
        (
            H + "1,2,3\n,9,3\n",
            {},
            "r.csv, line 3, column 'userId': the value is missing",
        ),
        (
            H + "1,,3\n",
            {"string_ids": True},
            "r.csv, line 2, column 'movieId': the value is missing",
        ),
        # ratings
        (
            H + "9,9,good\n",
            {},
            "r.csv, line 2, column 'rating': 'good' is not a number",
        ),
        (
            H + '9,9,"3,5"\n',
            {},
            "r.csv, line 2, column 'rating': '3,5' is not a number; if its comma st…",
        ),
        (H + "9,9,NA\n", {}, "r.csv, line 2, column 'rating': 'NA' is not a number"),
        (H + "9,9,\n", {}, "r.csv, line 2, column 'rating': the value is missing"),
        (H + "9,9,nan\n", {}, "r.csv, line 2, column 'rating': the value is missing"),
        (H + "9,9,-inf\n", {}, "r.csv, line 2, column 'rating': -inf is infinite"),
        (H + "9,9,true\n", {}, "r.csv, line 2, column 'rating': True is not a number"),
        (
            H + "9,9,2013-01-02\n",
            {},
            "r.csv, line 2, column 'rating': '2013-01-02' is n…",
        ),
        # lines
        (
            'c,userId,movieId,rating\n"a\nb",1,2,3\n\n\nx,1,4,good\n',
            {},
            "r.csv, line 6, column 'rating': 'good' is not a number",
        ),
        (
            "\ufeff\r\n" + H.replace("\n", "\r\n") + "1,2,x\r\n",
            {},
            "r.csv, line 3, column 'rating': 'x' is not a number",
        ),
        (
            "1::2::3\n1::4::x\n",
            {"sep": "::", "names": NAMES},
            "r.csv, line 2, column 'rating': 'x' is not a number",
        ),
        (
            "userId,movieId,rating,long\n1,2,3," + "y" * 200_000 + "\n1,2,x,y\n",
            {},
            "r.csv, row 2, column 'rating': 'x' is not a number",
        ),
        # columns and separators
        (
            "userId,movieId,Rating\n1,2,3\n",
            {},
            "r.csv has no column 'rating'; it has ['userId', 'movieId', 'Rating']",
        ),
        (
            "userId, movieId,rating\n1,2,3\n",
            {},
            "r.csv has no column 'movieId'; it has ['userId', ' movieId', 'rating']",
        ),
        (
            H.replace(",", ";") + "1;2;3\n",
            {},
            HAS + "['userId;movieId;rating']; sep=';' would divide the first line",
        ),
        (
            H.replace(",", "\t") + "1\t2\t3\n",
            {},
            HAS + r"['userId\tmovieId\trating']; sep='\t' would divide the first line",
        ),
        (
            H.replace(",", "::") + "1::2::3\n",
            {},
            HAS + "['userId::movieId::rating']; sep='::' would divide the first line",
        ),
        (
            H + "1,2,3\n",
            {"sep": "::"},
            HAS + "['userId,movieId,rating']; sep=',' would divide the first line",
        ),
        (
            "note,a;userId;movieId;rating;x,y\n1,2,3\n",
            {},
            HAS
            + "['note', 'a;userId;movieId;rating;x', 'y']; sep=';' would divide the "
            "first line",
        ),
        # three columns, but no other separator that would help: no hint
        (
            "userId;movieId,rating;x,y\n1,2,3\n",
            {},
            HAS + "['userId;movieId', 'rating;x', 'y']",
        ),
        ("a,b,c\n1,2,3\n", {}, HAS + "['a', 'b', 'c']"),
        ("a;b\n1;2\n", {}, HAS + "['a;b']"),
        (
            "A2,B00,5.0\n",
            {},
            HAS
            + "['A2', 'B00', '5.0']; if the file has no header line, names=[…] gives "
            "the names",
        ),
        ("1,2\n", {"names": ["a", "b"]}, HAS + "['a', 'b']"),
        (
            "1\t2\t3\n",
            {"names": NAMES},
            "r.csv, line 1: 1 values for 3 columns ['userId', 'movieId', 'rating']; "
            r"sep='\t' would divide the first line",
        ),
        (
            "1,2,3,9\n",
            {"names": NAMES},
            "r.csv, line 1: 4 values for 3 columns ['userId', 'movieId', 'rating']",
        ),
        (
            H + "1,2,3\n",
            {"user": "movieId"},
            "one column is named for two things: ['movieId', 'movieId', 'rating']",
        ),
        (
            "userId,userId,movieId,rating\n1,2,3,4\n",
            {},
            "r.csv has 2 columns 'userId': ['userId', 'userId', 'movieId', 'rating']",
        ),
        (
            H + "1,2,3\n",
            {"time": "t"},
            "r.csv has no column 't'; it has ['userId', 'movieId', 'rating']",
        ),
        # rows
        (
            H + "1,2,3\n1,2,3,4\n",
            {},
            "r.csv, line 3: 4 values for 3 columns ['userId', 'movieId', 'rating']",
        ),
        (
            H + "1,2,3\n\n1,2\n",
            {},
            "r.csv, line 4: 2 values for 3 columns ['userId', 'movieId', 'rating']",
        ),
        (
            H + "1\n",
            {},
            "r.csv, line 2: 1 values for 3 columns ['userId', 'movieId', 'rating']",
        ),
        (
            H + '1,2,3\n1,"2,3\n1,4,5\n',
            {},
            "r.csv, line 3: 2 values for 3 columns ['userId', 'movieId', 'rating']; a "
            "quote that it opens is closed in a later line, or never",
        ),
        (
            HT + '1,2,3,a\n1,3,3,"b\n1,4,5,c\n',
            {},
            "r.csv, line 3: a quote is opened and never closed",
        ),
        (
            HT + '1,2,3,a\n1,3,3,"b\n1,4,5,c',
            {},
            "r.csv, line 3: a quote is opened and never closed",
        ),
        (
            '"userId";"movieId";"rating"\n1;a;3\n"1";"\\"x\\"";"3"\n',
            {"sep": ";", "string_ids": "movieId"},
            r"r.csv, line 3: a backslash stands before a quote; escape='\\' reads it "
            "as part of the value",
        ),
        (
            '"userId";"movieId";"rating"\n"1";"\\"x;\\"";"3"\n',
            {"sep": ";", "string_ids": "movieId"},
            "r.csv, line 2: 4 values for 3 columns ['userId', 'movieId', 'rating']; if "
            r"a backslash stands before its quotes: escape='\\'",
        ),
        ("", {}, "r.csv is empty: not even a header line"),
        ("", {"names": NAMES}, "r.csv is empty…"),
        ("\ufeff\n\n", {}, "r.csv is empty: not even a header line"),
        (H, {}, "r.csv has no rows, only the columns ['userId', 'movieId', 'rating']"),
        (
            H[:-1],
            {},
            "r.csv has no rows, only the columns ['userId', 'movieId', 'ratin…",
        ),
        # JSON lines
        (
            '{"userId":1,"movieId":2,"rating":3}\n\n{"userId":1,\n',
            {},
            'r.csv, line 3 is no JSON object: {"userId":1,',
        ),
        ("{'userId':1}\n", {}, "r.csv, line 1 is no JSON object: {'userId':1}"),
        ('{"userId":1}\n[2]\n', {}, "r.csv, line 2 is no JSON object: [2]"),
        (
            '{"userId":1,"movieId":2,"rating":3}\n\n{"userId":1,"movieId":3}\n',
            {},
            "r.csv, line 3, column 'rating': the value is missing",
        ),
        (
            '{"userId":"007","movieId":2,"rating":3}\n',
            {},
            f"r.csv, line 1, column 'userId': '007' {PAD} '7'; string_ids='userId' k…",
        ),
        (
            '{"userId":"7","movieId":2,"rating":3}\n',
            {},
            "r.csv, line 1, column 'userId': '7' is text; string_ids='userId' takes …",
        ),
        (
            '{"userId":1,"movieId":2,"rating":true}\n',
            {},
            "r.csv, line 1, column 'rating': True is not a number",
        ),
        # options
        (H, {"sep": ""}, "sep must be the text between two values, not ''"),
        (H, {"sep": None}, "sep must be the text between two values, not None"),
        (H, {"sep": "\n"}, r"sep must be the text between two values, not '\n'"),
        (H, {"names": "userId"}, "names must be a list of names, not 'userId'"),
        (H, {"escape": "ab"}, "escape must be one character, not 'ab'"),
        (H, {"encoding": "klingon"}, "encoding: Python knows no 'klingon'"),
        (H, {"encoding": None}, "encoding: Python knows no None"),
        (H, {"encoding": "rot13"}, "encoding: Python knows no 'rot13'"),
        (H, {"names": [0, 1]}, "names must be a list of names, not [0, 1]"),
        (H, {"names": {"a"}}, "names must be a list of names, not {'a'}"),
        (H, {"escape": 5}, "escape must be one character, not 5"),
        (H, {"decimal": "x"}, "decimal must be '.' or ',', and not sep, which is ','…"),
        (H, {"decimal": ","}, "decimal must be '.' or ',', and not sep, which is ','…"),
        (H, {"user": ["u"]}, "a column is called by its name, not by ['u']"),
        (H, {"rating": ["r"]}, "a column is called by its name, not by ['r']"),
        (H, {"time": ["t"]}, "a column is called by its name, not by ['t']"),
        (
            H,
            {"string_ids": [["a"]]},
            "string_ids must be True, False or some of ['userId', …",
        ),
        (
            "a,b\nx,y\n",  # without ratings, nothing else would notice
            {"names": ["a", "b"], "user": "a", "item": "b", "rating": None},
            "r.csv, line 1 is a header with these names: leave out names=",
        ),
        (
            H,
            {"string_ids": "rating"},
            "string_ids must be True, False or some of ['userId', 'movieId'], not '…",
        ),
        (
            H,
            {"string_ids": 1},
            "string_ids must be True, False or some of ['userId', …",
        ),
    ],
    ids=lambda value: f"{value!r:.50}",
)
def test_the_sentence_about_a_file(content, options, message):
    assert_says(complaint(content, **options), message)


@pytest.mark.parametrize("sep", [",", "::"])
@pytest.mark.parametrize(
    ("written", "text", "said", "hint"),
    [
        (
            "latin-1",
            "é",
            "line 3 is not text in utf-8: byte 0xe9 is none of it",
            "latin-1",
        ),
        (
            "cp1252",
            "“é”",
            "line 3 is not text in utf-8: byte 0x93 is none of it",
            "cp1252",
        ),
        (
            "utf-16",
            "é",
            "is not text in utf-8: it holds zero bytes",
            "utf-16",
        ),
        ("utf-16-le", "é", "is not text in utf-8: it holds zero bytes", "utf-16-le"),
        ("utf-16-be", "é", "is not text in utf-8: it holds zero bytes", "utf-16-be"),
    ],
)
def test_another_encoding_is_named_and_read(written, text, said, hint, sep):
    lines = [[*NAMES, "t"], ["1", "2", "3", "a"], ["1", "4", "3", text]]
    content = "".join(sep.join(line) + "\n" for line in lines).encode(written)
    comma = "," if "line" in said else ""
    message = f"r.csv{comma} {said}; encoding={hint!r} reads it"
    assert complaint(content, sep=sep) == message
    assert read(content, sep=sep, encoding=hint)[1] == [1, 4, 3, text]
    # in a column of ids, too, and in the name of a column
    content = (sep.join(NAMES) + f"\n1,2,3\n1{sep}{text}{sep}3\n").encode(written)
    assert complaint(content, sep=sep, string_ids=True) == message
    content = (sep.join([*NAMES, text]) + "\n").encode(written)
    assert complaint(content, sep=sep).endswith(f"; encoding={hint!r} reads it")


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        # in utf-8 up to there: another encoding would garble what comes before
        (
            (HT + "1,2,3,é\n").encode() + b"1,4,3,\xe9\n",
            "utf-8",
            "r.csv, line 3 is not text in utf-8: byte 0xe9 is none of it",
        ),
        (
            b"\x89PNG\r\n\x1a\n\xff",
            "utf-8",
            "r.csv, line 1 is not text in utf-8: byte 0x89 is none of it",
        ),
        (
            b"PNG\x01\x00\xff\n\xff",
            "utf-8",
            "r.csv is not text in utf-8: it holds zero bytes",
        ),
        (
            (HT + "1,2,3,é\n").encode(),
            "ascii",
            "r.csv, line 2 is not text in ascii: byte 0xc3 is none of it; "
            "encoding='utf-8' reads it",
        ),
        (
            (HT + "1,2,3,é\n").encode(),
            "utf-16",
            "r.csv is not text in utf-16: it has no byte order mark; encoding='utf-8' "
            "reads it",
        ),
        (
            (HT + "1,2,3,é\n").encode("utf-16")[:-1],
            "utf-16",
            "r.csv is not text in utf-16: byte 0x0a is none of it",
        ),
    ],
)
def test_encodings_that_nothing_can_cure_or_utf_8_does(content, encoding, message):
    assert_says(complaint(content, encoding=encoding), message)


MANY = (H + "".join(f"{k},{k**3},{k % 5}\n" for k in range(1000))).encode()


@pytest.mark.parametrize("how", ["gzip", "bz2", "xz", "zip"])
@pytest.mark.parametrize("end", [60, -4, -30])
def test_half_a_packed_file_asks_for_the_download(how, end):
    message = "ends too early, in the middle of packed data; is the download complete?"
    assert complaint(PACKED[how](MANY)[:end]) == f"r.csv {message}"


@pytest.mark.parametrize("how", ["gzip", "bz2", "xz", "zip"])
def test_a_wrong_byte_in_a_packed_file_is_damage(how):
    content = bytearray(PACKED[how](MANY))
    content[len(content) // 2] ^= 0xFF
    found = complaint(bytes(content))
    assert found.startswith("r.csv is damaged or locked: ")
    assert "download" not in found


def test_half_a_parquet_file_and_one_with_a_wrong_byte(table):
    table.to_parquet("whole.parquet")
    content = bytearray(Path("whole.parquet").read_bytes())
    assert complaint(bytes(content[:-9]), "r.parquet") == (
        "r.parquet ends too early, in the middle of packed data; is the download "
        "complete?"
    )
    content[4:-8] = bytes(len(content) - 12)
    assert "damaged or locked: " in complaint(bytes(content), "r.parquet")


def test_an_archive_of_several_files_or_of_none():
    files = {"a/r.csv": "x", "b.csv": "y"}
    message = "r.csv holds 2 files; unpack it first: ['a/r.csv', 'b.csv']"
    assert complaint(zipped(files)) == message
    assert complaint(zipped({})) == "r.csv holds 0 files; unpack it first: []"


def test_a_workbook_is_told_from_an_archive():
    book = zipped({"[Content_Types].xml": "x", "xl/workbook.xml": "y"})
    assert_says(complaint(book), "r.csv is a workbook; save its sheet as csv, or give…")


def test_a_file_that_may_not_be_read_is_not_called_damaged(monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("collab.data._open", refuse)
    with pytest.raises(PermissionError, match="Permission denied"):
        load_ratings(write(H))


def test_a_json_array_is_not_json_lines():
    message = "a.json, line 1 is no JSON object: [{}]"
    assert complaint("[{}]\n", "a.json") == message


# Properties --------------------------------------------------------------------------

pairs = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 5)),
    min_size=1,
    max_size=12,
    unique=True,
)


@given(pairs, st.data())
def test_what_is_written_is_what_is_loaded(pairs, data):
    stars = st.floats(-1e300, 1e300)
    ratings = data.draw(st.lists(stars, min_size=len(pairs), max_size=len(pairs)))
    table = pd.DataFrame(pairs, columns=["userId", "movieId"], dtype="int64")
    table["rating"] = np.array(ratings, dtype="float64")
    sep = data.draw(st.sampled_from([",", ";", "\t", "::"]))
    text = table.to_csv(index=False, sep="\t").replace("\t", sep)
    pd.testing.assert_frame_equal(
        load_ratings(write(text), sep=sep), table, check_exact=True
    )
    table.to_json("r.json", orient="records", lines=True, double_precision=15)
    from_json = load_ratings("r.json")
    assert from_json["userId"].tolist() == table["userId"].tolist()
    assert rating_scale(table) == (min(ratings), max(ratings))


letters = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4
)


@given(
    st.lists(
        letters | st.sampled_from(["007", "7", '"', ",", "a\nb", " 7"]), min_size=1
    )
)
def test_text_ids_come_back_whatever_they_hold(ids):
    table = pd.DataFrame({"userId": ids, "movieId": range(len(ids)), "rating": 1.0})
    table.to_csv("r.csv", index=False)
    loaded = load_ratings("r.csv", string_ids="userId")
    assert loaded["userId"].tolist() == ids


@given(st.lists(st.integers(0, 99), min_size=1, unique=True), st.data())
def test_the_line_that_is_named_is_the_line(ids, data):
    bad = data.draw(st.integers(0, len(ids) - 1))
    blank = data.draw(st.lists(st.sampled_from(["\n", "", "\n\n"]), min_size=len(ids)))
    notes = data.draw(
        st.lists(st.sampled_from(["x", '"a\nb"', '"c""d"']), min_size=len(ids))
    )
    text = "note,userId,movieId,rating\n"
    for k, item in enumerate(ids):
        rating = "bad" if k == bad else "3"
        text += f"{blank[k]}{notes[k]},1,{item},{rating}\n"
    line = text[: text.index("bad")].count("\n") + 1
    # a record is where it begins: two lines up, if its note holds a line end
    line -= "\n" in notes[bad]
    assert (
        complaint(text) == f"r.csv, line {line}, column 'rating': 'bad' is not a number"
    )


@given(pairs, st.data())
def test_one_repeated_pair_is_always_found(pairs, data):
    again = data.draw(st.sampled_from(pairs))
    rows = data.draw(st.permutations([*pairs, again]))
    table = pd.DataFrame(rows, columns=["userId", "movieId"], dtype="int64")
    table["rating"] = np.arange(len(table), dtype="float64")
    kind = data.draw(st.sampled_from(["int64", "Int64", "category", "object", "str"]))
    table["userId"] = table["userId"].astype(kind)
    text = "userId" if kind == "str" else False
    index = data.draw(st.sampled_from(["userId", "movieId", "rating", None]))
    table.index = pd.Index(data.draw(st.permutations(range(len(table)))), name=index)
    message = says(check_ratings, table, string_ids=text)
    assert "pairs in several rows: 1." in message
    first, second = (k for k, row in enumerate(rows) if row == again)
    assert f"index {table.index[first]} and in index {table.index[second]};" in message
    options = {"string_ids": text, "time": "when"}
    table["when"] = data.draw(st.permutations(range(len(table))))
    for rule, gone in [("first", second), ("mean", second), ("latest", None)]:
        kept = check_ratings(table, repeated=rule, **options)
        if gone is None:
            gone = min(first, second, key=lambda row: table["when"].iloc[row])
        assert kept.index.tolist() == table.index.delete(gone).tolist()
        if rule == "mean":
            assert kept["rating"].loc[table.index[first]] == (first + second) / 2


# The course's own data ---------------------------------------------------------------


def test_the_course_ratings_load_as_pandas_reads_them(real):
    table = load_ratings(ROOT / "data" / "ratings.csv")
    pd.testing.assert_frame_equal(table, real, check_exact=True)
    assert len(table) == 100_004
    assert table["userId"].nunique() == 671
    assert table["movieId"].nunique() == 9_066
    dtypes = ["int64", "int64", "float64", "int64"]
    assert table.dtypes.astype(str).tolist() == dtypes
    assert rating_scale(table) == (0.5, 5.0)


def test_row_962_is_user_15_movie_1_two_stars():
    table = load_ratings(ROOT / "data" / "ratings.csv")
    row = table[(table["userId"] == 15) & (table["movieId"] == 1)]
    assert row.index.tolist() == [962]
    assert row["rating"].tolist() == [2.0]


def test_density_and_the_movies_rated_once():
    table = load_ratings(ROOT / "data" / "ratings.csv")
    n_users, n_movies = table["userId"].nunique(), table["movieId"].nunique()
    assert round(100 * len(table) / (n_users * n_movies), 2) == 1.64
    assert (table["movieId"].value_counts() == 1).sum() == 3_063


def test_the_course_movies_load():
    movies = load_items(ROOT / "data" / "movies.csv").set_index("movieId")
    assert len(movies) == 9_066
    assert movies.loc[1, "title"] == "Toy Story (1995)"
    assert movies.loc[162376, "title"] == "Stranger Things"
