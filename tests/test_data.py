"""collab/data.py: a table of ratings as it should be, or a sentence that says why not.

How files are read: tests/test_reading.py.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import ROOT

from collab.data import check_ratings, load_items, load_ratings

H, HT = "userId,movieId,rating\n", "userId,movieId,rating,t\n"
DATE = "%d/%m/%Y"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def table():
    return pd.DataFrame({"userId": [1, 2], "movieId": [3, 4], "rating": [1.5, 2]})


def read(text, load=load_ratings, **options):
    """What a csv file with this text is read as: its rows."""
    Path("r.csv").write_text(text, "utf-8")
    return load("r.csv", **options).to_numpy().tolist()


def says(call, *args, **options):
    with pytest.raises(ValueError, match=r"^\S") as error:
        call(*args, **options)
    assert type(error.value) is ValueError
    return str(error.value)


def complaint(text, load=load_ratings, **options):
    return says(read, text, load, **options)


# Rows and columns --------------------------------------------------------------------


def test_a_file_has_its_columns_rows_and_types():
    Path("r.csv").write_text(H + "30,7,3\n20,7,2.5\n30,5,5\n")
    loaded = load_ratings("r.csv")
    assert loaded.columns.tolist() == ["userId", "movieId", "rating"]
    assert loaded.to_numpy().tolist() == [[30, 7, 3.0], [20, 7, 2.5], [30, 5, 5.0]]
    assert loaded.dtypes.astype(str).tolist() == ["int64", "int64", "float64"]
    assert loaded.index.tolist() == [0, 1, 2]
    assert read("userId,movieId,x\n1,2,b\n", rating=None) == [[1, 2, "b"]]


def test_a_table_is_left_alone_and_its_rows_order_and_index_are_kept(tiny):
    before = tiny.astype({"userId": float})
    checked = check_ratings(before)
    pd.testing.assert_frame_equal(checked, tiny)
    checked["rating"] = 0.0
    checked.loc[107, "movieId"] = 99
    pd.testing.assert_frame_equal(before, tiny.astype({"userId": float}))
    for names in (["userId"], ["userId", "movieId"], ["rating"]):
        named = tiny.set_index(names, drop=False)
        pd.testing.assert_frame_equal(check_ratings(named), named)


def test_names_of_columns_need_not_be_text(table):
    numbered = table.assign(movieId=["a", "b"]).set_axis([0, 1, 2], axis=1)
    checked = check_ratings(numbered, user=0, item=1, rating=2, string_ids=1)
    pd.testing.assert_frame_equal(checked, numbered)


def test_a_table_has_rows(table):
    assert "no rows, only the columns" in says(check_ratings, table[:0])
    assert complaint(H).startswith("r.csv has no rows")


@settings(max_examples=25)
@given(st.lists(st.integers(0, 99), min_size=1, unique=True), st.data())
def test_the_row_that_is_named_is_the_row(ids, data):
    bad = data.draw(st.integers(0, len(ids) - 1))
    notes = data.draw(
        st.lists(st.sampled_from(["x", '"a\nb"', '"c""d"']), min_size=len(ids))
    )
    text = "note,userId,movieId,rating\n"
    for k, item in enumerate(ids):
        text += f"{notes[k]},1,{item},{'bad' if k == bad else 3}\n"
    message = f", row {bad + 1}, column 'rating': 'bad' is not a number"
    assert complaint(text) == f"r.csv{message}"
    table = pd.read_csv("r.csv").sample(frac=1, random_state=0).sort_index()
    assert says(check_ratings, table.set_index("note")) == f"the table{message}"


# Ids ---------------------------------------------------------------------------------


def test_text_ids_are_chosen_by_column():
    text = H + "007,B00X,3\n7, B00X,4\n"
    assert read(text, string_ids=True) == [["007", "B00X", 3], ["7", " B00X", 4]]
    for chosen in ("movieId", ["movieId"], {"movieId"}, ("movieId",)):
        assert read(H + "7,B00X,3\n", string_ids=chosen) == [[7, "B00X", 3]]
    for wrong in ("rating", 1, [["userId"]]):
        found = complaint(text, string_ids=wrong)
        assert "string_ids must be True, False or some of" in found


PADDED = "is padded: as numbers, 007 and 7 would be one id; string_ids='userId' keeps"
WHOLE = "is not a whole number; if the ids are text: string_ids='userId'"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1,2,3\n007,2,3\n", f"row 2, column 'userId': '007' {PADDED} both"),
        (" 7,2,3\n+7,2,3\n", f"row 1, column 'userId': ' 7' {PADDED} both; 2 values"),
        ("1,2,3\nx,9,3\n", f"row 2, column 'userId': 'x' {WHOLE}"),
        ("1e5,9,3\n", f"row 1, column 'userId': '1e5' {WHOLE}"),
        ("1.1E+12,9,3\n", f"row 1, column 'userId': '1.1E+12' {WHOLE}"),
        (f"{2**64},9,3\n", "too large for 63 bits; string_ids='userId' takes it as"),
        ("1,2,3\n,9,3\n", "row 2, column 'userId': the value is missing; missing='d"),
    ],
)
def test_what_is_no_whole_number_in_a_file(written, message):
    assert complaint(H + written).startswith("r.csv, row ")
    assert message in complaint(H + written)


def test_the_cure_names_the_other_column_too():
    text = H + "07,0195153448,3\n"
    assert "string_ids=True keeps" in complaint(text, string_ids="movieId")
    assert read(text, string_ids=True) == [["07", "0195153448", 3.0]]


def test_an_id_that_is_a_formula_is_taken_out_of_it():
    text, isbn = 'userId,isbn,rating\n1,="0439554934",3\n', {"item": "isbn"}
    isbn["string_ids"] = "isbn"
    found = complaint(text, **isbn)
    assert "row 1, column 'isbn': '=\"0439554934\"' is a spreadsheet's formula" in found
    cure = {"isbn": lambda cell: cell.strip('="')}
    assert read(text, **isbn, converters=cure) == [[1, "0439554934", 3]]


@pytest.mark.parametrize(
    ("ids", "text", "message"),
    [
        (["7", "8"], False, "row 1, column 'userId': '7' is text, or too large for 63"),
        (["007", "7"], False, PADDED),
        ([7, 8], True, "row 1, column 'userId': 7 is not text, as string_ids says"),
        (["a", ""], True, "row 2, column 'userId': '' is empty"),
        ([1.5, 2], False, "the table, column 'userId': 1.5 is not a whole number"),
        (["a", 1], True, "must hold ids, all whole numbers or all text, not 1"),
        (pd.Categorical(["a", None]), True, "row 2, column 'userId': the value is mi"),
    ],
    ids=str,
)
def test_what_is_no_id_in_a_table(table, ids, text, message):
    ids = pd.Series(ids, dtype=getattr(ids, "dtype", object))
    string_ids = "userId" if text else False
    found = says(check_ratings, table.assign(userId=ids), string_ids=string_ids)
    assert message in found


@pytest.mark.parametrize("rating", [3, None])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_further_lines_of_a_header_are_no_users(n, rating):
    lines = ["d,d,c", "row=1,col=1,class", "who,what,how"][:n]
    text = H + "".join(f"{line}\n" for line in lines) + "1,2,3\n4,5,3\n"
    options = {"rating": rating and "rating", "string_ids": True}
    found = complaint(text, **options)
    told = f"r.csv: there is no number up to row {n}, but column 'userId' has nothing"
    assert found.startswith(told)
    assert "skiprows= of a file, or iloc" in found
    assert len(read(text, **options, skiprows=range(1, n + 1))) == 2
    assert "there is no number up to row" in complaint(text, rating=options["rating"])


def test_further_lines_of_a_header_are_told_with_decimal_commas():
    text = "userId;movieId;rating\nwho;what;how\nann;soup;3,5\nbo;soup;4,0\n"
    options = {"sep": ";", "decimal": ",", "string_ids": True}
    assert "there is no number up to row 1, but column 'rating'" in complaint(
        text, **options
    )
    assert len(read(text, **options, skiprows=[1])) == 2


@pytest.mark.parametrize(
    "text", ["a,x\nb,y\n", "a,1\nb,2\n", "a,x\n1,2\nb,y\n", "a,x\n"], ids=repr
)
def test_names_are_no_header(text):
    text = "userId,movieId\n" + text
    assert len(read(text, rating=None, string_ids=True)) == text.count("\n") - 1


# Ratings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("good", "row 2, column 'rating': 'good' is not a number"),
        ("0x1", "row 2, column 'rating': '0x1' is not a number"),
        ("nan", "row 2, column 'rating': 'nan' is not a number"),
        ("NA", "row 2, column 'rating': 'NA' is not a number"),
        ('"3,5"', "'3,5' is not a number; decimal=',' reads a comma before the tenths"),
        ("", "row 2, column 'rating': the value is missing; missing='drop' leaves o"),
        ("inf", "row 2, column 'rating': inf is infinite"),
    ],
)
def test_what_is_no_rating_in_a_file(written, message):
    assert message in complaint(H + f"1,2,3\n1,4,{written}\n")


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ([4, "5"], "row 2, column 'rating': '5' is text; pd.to_numeric makes numbers"),
        ([4, "good"], "row 2, column 'rating': 'good' is not a number"),
        (pd.Categorical(["4", "x"]), "row 2, column 'rating': 'x' is not a number"),
    ],
    ids=str,
)
def test_what_is_no_rating_in_a_table(table, ratings, message):
    ratings = pd.Series(ratings, dtype=getattr(ratings, "dtype", object))
    assert message in says(check_ratings, table.assign(rating=ratings))


MARKS = H + "1,2,3\n1,4,99\n2,2,-1\n2,4,10\n"


def test_a_rating_outside_of_the_scale_is_refused():
    found = complaint(MARKS, scale=(1, 10))
    assert found == (
        "r.csv, row 2, column 'rating': 99.0 is not on the scale from 1 to 10; if it "
        "means 'not rated', unrated= leaves out its rows; 2 values are at fault"
    )
    assert "-1.0 is not on the scale" in complaint(MARKS, scale=(1, 10), unrated=99)
    assert len(read(MARKS, scale=(-1, 99))) == 4


def test_what_means_not_rated_is_left_out_and_counted(capsys):
    options = {"scale": (1, 10), "unrated": [99, -1]}
    assert read(MARKS, **options) == [[1, 2, 3], [2, 4, 10]]
    assert capsys.readouterr().out == "r.csv: 2 of 4 rows left out (unrated: 2)\n"
    table = pd.read_csv("r.csv").set_axis(list("abcd"))
    before = table.copy()
    assert check_ratings(table, **options).index.tolist() == ["a", "d"]
    pd.testing.assert_frame_equal(table, before)
    found = complaint(MARKS, unrated=[3, 99, -1, 10])
    assert "r.csv has no rows left (unrated: 4)" in found


def test_rows_with_an_empty_cell_are_left_out_on_request_and_counted(capsys):
    text = H + f"{2**53 + 1},2,3\n1,4,\n,2,1\n2,,5\n2,4,0\n"
    assert "row 3, column 'userId': the value is missing" in complaint(text)
    options = {"missing": "drop", "unrated": 0}
    assert load_ratings("r.csv", **options)["userId"].tolist() == [2**53 + 1]
    told = "r.csv: 4 of 5 rows left out (missing: 3, unrated: 1)\n"
    assert capsys.readouterr().out == told
    named = {"rating": None, "missing": "drop"}
    assert len(read(text, **named)) == 3  # an empty cell elsewhere does not matter
    assert read(text, string_ids=True, **options)[0][0] == str(2**53 + 1)
    assert capsys.readouterr().err == ""


def test_nothing_is_told_where_nothing_is_left_out(capsys):
    options = {"missing": "drop", "unrated": 0, "repeated": "first"}
    assert len(read(H + "1,2,3\n", **options)) == 1
    assert capsys.readouterr().out == ""


# Times -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "time_format", "moment"),
    [
        ("30/12/2013", DATE, "2013-12-30"),
        ("01022013", "%d%m%Y", "2013-02-01"),  # a number would lose its nought
        ("2013-12-30 10:00", "ISO8601", "2013-12-30 10:00"),
        ("2013-12-30T10:00+02:00", "ISO8601", "2013-12-30T10:00+02:00"),
        ("1112486027", "s", "2005-04-02 23:53:47"),
        ("1112486027.5", "s", "2005-04-02 23:53:47.5"),
        ("1112486027000", "ms", "2005-04-02 23:53:47"),
        ("1112486027000000", "us", "2005-04-02 23:53:47"),
        ("1112486027123456789", "ns", "2005-04-02 23:53:47.123456789"),
    ],
)
def test_times_are_parsed_on_request(written, time_format, moment):
    options = {"time": "t", "time_format": time_format}
    assert read(HT + f"1,2,3,{written}\n", **options)[0][3] == pd.Timestamp(moment)
    record = f'{{"userId":1,"movieId":2,"rating":3,"t":"{written}"}}\n'
    Path("r.jsonl").write_text(record)
    parsed = load_ratings("r.jsonl", **options)["t"]
    assert parsed.tolist() == [pd.Timestamp(moment)]


def test_numbers_and_dates_are_times_as_they_are(table):
    dates = pd.to_datetime(["2021", "2020"])
    for times in ([9, 10], [1.5, 0.5], dates, dates.tz_localize("UTC")):
        checked = check_ratings(table.assign(t=times), time="t")
        assert checked["t"].tolist() == list(times)


WORDS = "is text and would be sorted as text; time_format='ISO8601', 's' (of seconds)"
FAR = "is too far from 1970 to count 's'; time_format= names another unit, 'ms', 'us"
SPAN = "is not in the years 1678 to 2261, to which nanoseconds can count"


@pytest.mark.parametrize(
    ("written", "time_format", "message"),
    [
        ("12/30/2013", None, f"'12/30/2013' {WORDS}"),
        ("", None, "the value is missing"),
        ("true", None, "must hold datetimes or seconds, not True (bool)"),
        ("12/30/2013", DATE, f"'12/30/2013' is not like '{DATE}'"),
        ("2013-12-30", "s", "'2013-12-30' is not a number of 's'"),
        ("1112486027000", None, f"1112486027000 {FAR}"),
        ("-1112486027000.5", None, f"-1112486027000.5 {FAR}"),
        ("1112486027000", "s", f"1112486027000 {FAR}"),
        ("1112486027000000", "ms", "1112486027000000 is too far from 1970 to count 'm"),
        ("0001-01-01", "ISO8601", f"'0001-01-01' {SPAN}"),
        ("01/01/2262", DATE, f"'01/01/2262' {SPAN}"),
        ("9", "%Q", "time_format='%Q': 'Q' is a bad directive in format '%Q'"),
        ("9", 3, "time_format=3: "),
    ],
)
def test_a_time_that_is_none_is_refused(written, time_format, message):
    text = HT + f"1,2,3,{written}\n"
    found = complaint(text, time="t", time_format=time_format)
    assert message in found
    assert "column 't'" in found


def test_seconds_and_milliseconds_are_not_mixed(table):
    table["t"] = [1112486027, 1112486027000]
    found = says(check_ratings, table, time="t")
    assert f"the table, row 2, column 't': 1112486027000 {FAR}" in found
    table["t"] = pd.to_datetime(["2020-01-01", "0001-01-01"], format="ISO8601")
    found = says(check_ratings, table, time="t")
    assert f"row 2, column 't': Timestamp('0001-01-01 00:00:00') {SPAN}" in found


def test_zones_are_not_mixed():
    text = HT + "1,2,3,2013-01-01T00:00:00Z\n1,3,3,2013-01-01 00:00\n"
    for zone in ("Z", "+02:00"):
        found = complaint(text.replace("Z", zone), time="t", time_format="ISO8601")
        assert "column 't', time_format='ISO8601': Mixed timezones detected" in found


def test_a_format_needs_a_column():
    message = "time_format and repeated='latest' need time=, a column"
    assert complaint(H, time_format="s") == message
    assert complaint(H, repeated="latest") == message


# Repeated pairs ----------------------------------------------------------------------

REPEATED = HT + "1,2,3,9\n8,5,4,1\n1,2,4,10\n1,2,5,10\n1,2,1,3\n8,5,1,0\n7,7,2,2\n"


def test_a_repeated_pair_is_refused_with_rules_that_work():
    found = complaint(REPEATED)
    assert found == (
        "r.csv: the pair [1, 2] of 'userId' and 'movieId' stands in row 1 and in row "
        "3; 4 rows repeat a pair. repeated='first' keeps the upper row, 'latest' the "
        "latest in time="
    )
    assert "repeated must be one of [None, 'first'" in complaint(H, repeated="last")
    assert "the pair ['a', 'b']" in complaint(H + "a,b,3\na,b,3\n", string_ids=True)


@pytest.mark.parametrize(
    ("rule", "rows", "kept"),
    [
        ("first", [[1, 2, 3.0, 9], [8, 5, 4.0, 1], [7, 7, 2.0, 2]], "abg"),
        ("latest", [[8, 5, 4.0, 1], [1, 2, 5.0, 10], [7, 7, 2.0, 2]], "bdg"),
    ],
)
def test_rules_for_repeated_pairs(rule, rows, kept, capsys):
    assert read(REPEATED, time="t", repeated=rule) == rows
    assert capsys.readouterr().out == "r.csv: 4 of 7 rows left out (repeated: 4)\n"
    labelled = pd.read_csv("r.csv").set_axis(list("abcdefg"))
    checked = check_ratings(labelled, time="t", repeated=rule)
    assert checked.index.tolist() == list(kept)


def test_plays_without_ratings_are_one_pair_each():
    text = "who,album\nann,Heroes\nbo,Low\nann,Heroes\n"
    options = {"user": "who", "item": "album", "rating": None, "string_ids": True}
    assert "stands in row 1 and in row 3" in complaint(text, **options)
    rows = read(text, **options, repeated="first")
    assert rows == [["ann", "Heroes"], ["bo", "Low"]]


def test_the_latest_of_dates_in_text_is_the_latest_in_time():
    text = HT + "1,2,3,02/01/2014\n1,2,4,30/12/2013\n"
    options = {"time": "t", "time_format": DATE, "repeated": "latest"}
    assert [row[2] for row in read(text, **options)] == [3.0]


wide = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 2**32, -(2**32)])
pairs = st.lists(st.tuples(wide, wide), min_size=1, max_size=12, unique=True)


@settings(max_examples=25)
@given(pairs, st.data())
def test_one_repeated_pair_is_always_found(pairs, data):
    rows = data.draw(st.permutations([*pairs, data.draw(st.sampled_from(pairs))]))
    table = pd.DataFrame(rows, columns=["userId", "movieId"], dtype="int64")
    table["rating"] = 1.0
    table["when"] = data.draw(st.permutations(range(len(table))))
    first, second = np.flatnonzero(table.duplicated(["userId", "movieId"], keep=False))
    message = f"stands in row {first + 1} and in row {second + 1}; 1 rows repeat"
    assert message in says(check_ratings, table)
    kept = check_ratings(table, repeated="latest", time="when").index
    earlier = table["when"].loc[[first, second]].idxmin()
    assert kept.tolist() == table.index.drop(earlier).tolist()


# Items -------------------------------------------------------------------------------


def test_items_without_a_title_are_called_by_their_id():
    text = 'movieId,title,genres\n7,"Postman, The (Il)",Drama\n2,NA,\n5,,\n6,"  ",x\n'
    rows = read(text, load=load_items)
    titles = [[7, "Postman, The (Il)"], [2, "NA"], [5, "5"], [6, "6"]]
    assert [row[:2] for row in rows] == titles
    text = "name;asin\n1917;007\n;7\n"
    options = {"item": "asin", "title": "name", "string_ids": True, "sep": ";"}
    assert read(text, load=load_items, **options) == [["1917", "007"], ["7", "7"]]
    assert read("movieId,title\n7,007\n", load=load_items) == [[7, "007"]]


def test_an_item_listed_twice():
    text = "movieId,title\n7,a\n8,x\n7,b\n9,y\n9,z\n9,u\n"
    assert complaint(text, load=load_items) == (
        "r.csv, row 3, column 'movieId': 7 is listed already in a row above; 3 values "
        "are at fault"
    )
    found = complaint("movieId,title\n007,a\n", load=load_items)
    assert "string_ids=True keeps both" in found
    assert complaint("movieId,title\n", load=load_items).startswith("r.csv has no rows")


# The course's own data ---------------------------------------------------------------


def test_the_course_ratings_load_as_pandas_reads_them(real):
    table = load_ratings(ROOT / "data" / "ratings.csv")
    pd.testing.assert_frame_equal(table, real, check_exact=True)
    assert len(table) == 100_004
    assert table.nunique().to_dict()["userId"] == 671
    assert table["movieId"].nunique() == 9_066


def test_the_course_movies_load():
    movies = load_items(ROOT / "data" / "movies.csv").set_index("movieId")
    assert len(movies) == 9_066
    assert movies.loc[1, "title"] == "Toy Story (1995)"
    assert movies.loc[162376, "title"] == "Stranger Things"
