"""collab/reading.py: pandas reads; what it would read wrongly in silence is refused."""

import bz2
import csv
import gzip
import io
import lzma
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.data import load_items, load_ratings
from collab.reading import read_table

H = "userId,movieId,rating\n"
NAMES = ["userId", "movieId", "rating"]


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


def complaint(content, name="r.csv", load=load_ratings, **options):
    write(content, name)
    with pytest.raises(ValueError, match=f"^{name}") as error:
        load(name, **options)
    assert type(error.value) is ValueError
    return str(error.value)


# What pandas reads -------------------------------------------------------------------


@pytest.mark.parametrize("sep", [",", ";", "\t", "|", " ", "::", "§", r"\s+"])
def test_any_text_may_separate_with_a_header_or_without(sep):
    lines = [NAMES, ["1", "2", "3.5"], ["1", "4", "5"]]
    text = "".join(sep.replace(r"\s+", "  ").join(line) + "\n" for line in lines)
    assert read(text, sep=sep) == [[1, 2, 3.5], [1, 4, 5]]
    body = text.partition("\n")[2]
    assert read(body, sep=sep, names=NAMES) == [[1, 2, 3.5], [1, 4, 5]]


def test_other_columns_are_as_pandas_reads_them_but_only_an_empty_cell_is_missing():
    text = "when;stars;film;who;day;note\n7;2.5;20;1;2013-01-02;\n8;4;20;2;x;NA\n"
    loaded = load_ratings(write(text), user="who", item="film", rating="stars", sep=";")
    assert loaded.columns.tolist() == ["when", "stars", "film", "who", "day", "note"]
    assert loaded["when"].tolist() == [7, 8]
    assert loaded["day"].tolist() == ["2013-01-02", "x"]
    assert loaded["note"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("by\n\n1;2;3,5\n1;4;5,0\n", {"skiprows": 1, "decimal": ",", "sep": ";"}),
        ("1,x,2,3.5\n1,x,4,5\n", {"usecols": [0, 2, 3]}),
        ("1,2,3.5 # good\n1,4,5\n", {"comment": "#"}),
        (" 1, 2,3.5\n 1, 4,5\n", {"converters": {"userId": int, "movieId": int}}),
        ("1,2,3.5\n1,4,5\n", {"header": None, "engine": "python"}),
        ("a,b,c\n1,2,3.5\n1,4,5\n", {"header": 0}),
        ("a,b,c\nd,e,f\n1,2,3.5\n1,4,5\n", {"header": 1}),
    ],
    ids=str,
)
def test_the_options_of_read_csv(text, options):
    rows = read(text, **{"names": NAMES, "sep": ","} | options)
    assert rows == [[1, 2, 3.5], [1, 4, 5]]


def test_an_option_that_is_none_is_an_error_of_python():
    with pytest.raises(TypeError, match=r"read_csv.* 'separator'"):
        load_ratings(write(H), separator=";")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("name", ["r.csv", "r.jsonl"])
def test_encodings(name, encoding):
    text = H + "Zoë,2,3\n"
    if name == "r.jsonl":
        text = '{"userId": "Zoë", "movieId": 2, "rating": 3}\n'
    options = {} if "8" in encoding else {"encoding": encoding}
    rows = read(text.encode(encoding), name, string_ids="userId", **options)
    assert rows == [["Zoë", 2, 3]]


def test_quotes_and_what_stands_in_them():
    text = 'movieId,title,x\n7,"Postman, The (Il)",a\n"2","a ""b""\nc","d\ne"\n3,"x",\n'
    rows = read(text, load=load_items)[:2]
    assert rows == [[7, "Postman, The (Il)", "a"], [2, 'a "b"\nc', "d\ne"]]
    text = '1::"Cats" (1998)\n2::"ab\n'  # with a long sep, quotes are letters
    options = {"sep": "::", "names": ["movieId", "title"]}
    titles = [title for _, title in read(text, load=load_items, **options)]
    assert titles == ['"Cats" (1998)', '"ab']


def zipped(*names):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, MANY)
    return packed.getvalue()


MANY = (H + "".join(f"{k},{k**3},{k % 5}\n" for k in range(1000))).encode()
LINES = pd.read_csv(io.BytesIO(MANY)).to_json(orient="records", lines=True).encode()
PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("end", [*PACK, "zip"])
def test_packed_files_and_damaged_ones(end):
    packed = PACK[end](MANY) if end in PACK else zipped("r.csv")
    name = f"r.csv.{end}"
    assert len(read(packed, name)) == 1000
    if end in PACK:
        assert len(read(PACK[end](LINES), f"r.jsonl.{end}")) == 1000
    assert complaint(packed[:-30], name).startswith(f"{name}: ")
    packed = bytearray(packed)
    packed[len(packed) // 2] ^= 0xFF
    assert complaint(bytes(packed), name).startswith(f"{name}: ")


@pytest.mark.parametrize("index", [["userId"], ["userId", "movieId"], []], ids=str)
def test_parquet_whatever_was_the_index(index):
    table = pd.DataFrame({"userId": [1, 2], "movieId": [3, 4], "rating": [1.5, 2]})
    table["userId"] = table["userId"].astype("category")
    (table.set_index(index) if index else table).to_parquet("r.parquet")
    loaded = load_ratings("r.parquet")[NAMES]
    assert loaded.to_numpy().tolist() == [[1, 3, 1.5], [2, 4, 2.0]]
    assert loaded["userId"].dtype == "int64"
    whole = Path("r.parquet").read_bytes()
    assert complaint(whole[:-9], "r.parquet").startswith("r.parquet: ")
    damaged = whole[:4] + bytes(len(whole) - 12) + whole[-8:]
    assert complaint(damaged, "r.parquet").startswith("r.parquet: ")


def test_json_lines():
    text = '\ufeff{"userId":1,"movieId":2,"rating":3}\n\n'
    text += '{"movieId":5,"userId":9223372036854775807,"rating":3.5,"x":"a\u2028"}\n'
    loaded = load_ratings(write(text, "r.jsonl"))
    assert loaded["userId"].tolist() == [1, 2**63 - 1]
    assert loaded["rating"].tolist() == [3.0, 3.5]
    assert loaded["x"].isna().tolist() == [True, False]
    text = '{"movieId":7,"title":1917}\n{"movieId":8,"title":null}\n{"movieId":9}\n'
    assert read(text, "i.json", load=load_items) == [[7, "1917"], [8, "8"], [9, "9"]]


# Ids as they are written -------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 7, -7, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_whole_numbers_survive_to_the_last_digit(number):
    loaded = load_ratings(write(H + f"{number},2,3\n0,5,3\n"))
    assert loaded["userId"].tolist() == [number, 0]
    assert loaded["userId"].dtype == "int64"


@pytest.mark.parametrize("engine", ["c", "python"])
def test_ids_are_numbers_only_if_all_are_written_so(engine):
    def ids(*written, **options):
        text = "a,b\n" + "".join(f"{value},x\n" for value in written)
        table = read_table(write(text), ["a"], ids=["a"], engine=engine, **options)
        return table["a"].tolist()

    assert ids("7.0", "70") == [7, 70]
    for text in [("007", "7"), (" 7", "7"), ("+7", "8"), ("-0", "1"), ("1e5", "1")]:
        assert ids(*text) == list(text)
    assert ids("7", text=["a"]) == ["7"]
    assert ids("NA", "null", "True") == ["NA", "null", "True"]
    assert ids("1", str(2**63)) == ["1", str(2**63)]


signs = st.characters(exclude_categories=["Cs", "Cc"])
letters = st.text(signs, min_size=1, max_size=4)


@settings(max_examples=25)
@given(st.lists(letters | st.sampled_from(["007", "7", '"', ",", "a\nb", " 7"])))
def test_text_ids_come_back_whatever_they_hold(ids):
    table = pd.DataFrame({"userId": [*ids, "x"], "movieId": "m", "rating": 1.0})
    table = table.drop_duplicates("userId", ignore_index=True)
    table.to_csv("r.csv", index=False)
    options = {"string_ids": True, "quoting": csv.QUOTE_MINIMAL}
    loaded = load_ratings("r.csv", **options)
    pd.testing.assert_frame_equal(loaded, table)


stars = st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=9)


@settings(max_examples=25)
@given(stars, st.sampled_from([",", ";", "\t", "::"]))
def test_what_is_written_is_what_is_loaded(stars, sep):
    table = pd.DataFrame({"userId": -(2**63), "movieId": range(len(stars))})
    table["rating"] = np.array(stars)
    text = table.to_csv(index=False, sep="\t").replace("\t", sep)
    loaded = load_ratings(write(text), sep=sep)
    pd.testing.assert_frame_equal(loaded, table, check_exact=True)


# What would go wrong in silence ------------------------------------------------------

PLAYS = {"names": ["u", "a", "name", "plays"], "user": "u", "item": "a"}
PLAYS |= {"rating": "plays", "string_ids": True}
LETTERS, ENDS = {"quoting": csv.QUOTE_NONE}, {"quoting": csv.QUOTE_MINIMAL}


@pytest.mark.parametrize("sep", ["\t", ",", "|", " "])
def test_a_quote_that_is_a_letter_swallows_no_line(sep):
    text = 'u1\ta1\t"weird\t120\nu1\ta2\tthe_who"\t3\nu2\ta2\tx\t5\n'
    text = text.replace("\t", sep)
    found = complaint(text, sep=sep, **PLAYS)
    assert found.startswith("r.csv, row 1, column 'name': '")
    assert "holds separators that a quote may have swallowed; quoting=csv.QUO" in found
    rows = read(text, sep=sep, **PLAYS, **LETTERS)
    assert rows[:2] == [["u1", "a1", '"weird', 120], ["u1", "a2", 'the_who"', 3]]
    assert len(read(text, sep=sep, **PLAYS, **ENDS)) == 2  # the caller has been told


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quotes_within_a_value_swallow_no_line(end):
    text = 'a,b,c,d\n1,1,"odd,3\n1,2,the "x",4\n'.replace("\n", end)
    options = {"user": "a", "item": "b", "rating": "d"}
    assert "row 1, column 'c': 'odd,3" in complaint(text, **options)
    assert len(read(text, **options, **LETTERS)) == 2


@pytest.mark.parametrize(
    "options",
    [{"index_col": "u"}, {"dtype_backend": "pyarrow"}, {"header": 0}],
    ids=str,
)
def test_no_option_of_pandas_hides_a_quote(options):
    text = 'x,a,name,plays\nu1,a1,"weird,120\nu1,a2,the_who",3\nu2,a2,x,5\n'
    names = ["u", "a", "name", "plays"] if "header" in options else None
    text = text if names else text.replace("x,a,", "u,a,", 1)
    write(text)
    with pytest.raises(ValueError, match=r"r.csv, row 1, column 'name': 'weird,120"):
        read_table("r.csv", ["a"], ids=["a"], text=["a"], names=names, **options)


def test_a_value_of_a_tab_file_holds_no_tab():
    text = 'ann\t"Weird Al\tThe "Best" of\t3\n'
    found = complaint(text, **PLAYS | {"sep": "\t", "rating": None})
    assert "row 1, column 'a': 'Weird Al\\tThe Best\" of' holds" in found


@pytest.mark.parametrize("usecols", [NAMES, [0, 1, 2], lambda name: name != "text"])
def test_a_quote_in_a_column_that_is_left_out_swallows_no_line(usecols):
    text = H.strip() + ',text\n1,2,3,"odd\n1,4,5,"x"\n1,6,5,y"\n'
    assert "swallowed" in complaint(text, usecols=usecols)
    assert len(read(text, usecols=usecols, **LETTERS)) == 3


def test_empty_cells_at_the_end_hide_no_swallowed_line():
    text = H.strip() + ',text,x,y\n1,2,3,"odd,,\n1,4,5,y",,\n2,2,2,z,a,b\n'
    assert "swallowed" in complaint(text)


def test_an_id_with_a_separator_took_it_from_the_next_value():
    names = PLAYS | {"names": ["u", "a", "note"], "rating": None}
    found = complaint('bo,y,x\nann,"the one,and "a"\n', **names)
    assert "row 2, column 'a': 'the one,and a\"' holds separators" in found
    text = 'bo,"y, the",\nann,"the one, and",a\n'
    assert "row 1, column 'a': 'y, the' holds" in complaint(text, **names)
    assert len(read(text, **names, **ENDS)) == 2


words = st.sampled_from(["a", '"a', 'a"', '"a"', 'a"b', '"a"b', '""', '"'])


@given(st.lists(st.tuples(words, words, words), min_size=1, max_size=5))
def test_where_quotes_are_letters_rows_and_ids_are_refused_or_right(rows):
    options = {"names": [*NAMES, "note"], "string_ids": True}
    text = "".join(f"{u}{k},{i},{k},{x}\n" for k, (u, i, x) in enumerate(rows))
    right = load_ratings(write(text), **options, **LETTERS)
    try:
        found = load_ratings("r.csv", **options)
    except ValueError:
        return
    assert found["rating"].tolist() == right["rating"].tolist()
    for ids in ("userId", "movieId"):
        assert found[ids].nunique() == right[ids].nunique()


def test_reviews_may_hold_separators_and_line_breaks():
    text = H.strip() + ',text\n1,2,3,"Good, but\nlong,\n\nvery, very"\n1,3,4,\n'
    assert len(read(text)) == 2
    # By chance, this one has the form of lines of the table.
    text = H.replace("rating", "text") + '1,2,"Good.\nOh, well, yes"\n'
    assert "swallowed" in complaint(text, rating=None)
    assert len(read(text, rating=None, **ENDS)) == 1


def test_an_id_with_quotes_and_one_without_are_not_merged():
    text = 'ann\t"Heroes"\t3\nbo\tHeroes\t4'
    options = {"names": NAMES, "sep": "\t", "string_ids": True}
    found = complaint(text, **options)
    assert "column 'movieId': 'Heroes' stands with quotes and without them" in found
    for quotes, ids in [(LETTERS, ['"Heroes"', "Heroes"]), (ENDS, ["Heroes"] * 2)]:
        assert [row[1] for row in read(text, **options, **quotes)] == ids
    # Quotes that divide nothing else are quotes.
    text = 'ann,"Heroes, the",3\n"bo","Heroes",4\n'
    assert len(read(text, names=NAMES, string_ids=True)) == 2


@pytest.mark.parametrize("cell", [r'"Classical \"Mythology\""', r'"the \"x\" of"'])
def test_a_backslash_before_a_quote_is_told(cell):
    text = f"movieId;title\n1;{cell}\n"
    found = complaint(text, load=load_items, sep=";")
    assert "had a backslash before a quote; escapechar='\\\\' reads it as one" in found
    rows = read(text, load=load_items, sep=";", escapechar="\\")
    assert rows == [[1, cell[1:-1].replace("\\", "")]]
    plain = 'movieId,title\n1,"C:\\"\n2,a\\b\n'
    assert [title for _, title in read(plain, load=load_items)] == ["C:\\", "a\\b"]


def test_a_line_with_more_values_loses_none():
    found = complaint(H + "1,2,3,9\n")
    assert "Length of header or names does not match length of data" in found
    found = complaint(H + "1,2,3\n1,2,3,9\n")
    assert "Expected 3 fields in line 3, saw 4" in found
    assert read(H + "1,2,3,\n") == [[1, 2, 3]]  # a trailing separator is no value


def test_a_header_is_no_user():
    text, options = "userId,movieId\nx,y\n", {"rating": None, "string_ids": True}
    found = complaint(text, names=["userId", "movieId"], **options)
    assert "line 1 is a header with these names, so omit names=" in found
    assert read(text, **options) == [["x", "y"]]


def test_the_first_row_is_no_header():
    found = complaint("A2,B00,5.0\nA3,B01,4.0\n", string_ids=True)
    assert "has the columns ['A2', 'B00', '5.0'], but not all of ['userId'" in found
    assert "names= gives names if there is no header line" in found
    found = complaint("1,2,3\n4,5,6\n", names=NAMES, header=0)
    assert found == "r.csv: header=0 drops line 1, but it has values: ['1', '2', '3']"


def test_two_columns_of_one_name_are_none():
    found = complaint("userId,movieId,rating,rating\n1,2,3,4\n")
    assert found == f"r.csv has a column twice in {[*NAMES, 'rating']}"
    assert len(read("userId,movieId,rating,x,x\n1,2,3,4,5\n")) == 1


def test_a_key_of_json_stands_once():
    found = complaint('{"userId":1,"movieId":2,"rating":3,"rating":4}\n', "r.jsonl")
    assert found.startswith("r.jsonl, line 1 is not a JSON object: ")
    assert f"(a key stands twice in {[*NAMES, 'rating']})" in found


@pytest.mark.parametrize("name", ["userId", "text", "list"])
def test_half_a_character_of_json_is_named(name):
    bad = {"userId": '"x\\ud83d"', "text": '"nice \\uD83D"', "list": '["x\\ud83d"]'}
    text = '{"userId":"a","movieId":2,"rating":3,"text":"good \\ud83d\\ude00"}\n'
    text += f'{{"movieId":2,"rating":3,"{name}":{bad[name]}}}\n'
    found = complaint(text, "r.jsonl", string_ids="userId")
    assert found.startswith(f"r.jsonl, line 2, column {name!r} holds ")
    assert "which has half a character" in found


# Sentences ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "byte"),
    [
        ((H + "1,Zoë,3\n").encode("latin-1"), "0xeb"),
        ((H + "1,Zoë,3\n").encode("utf-16"), "0xff"),
        (gzip.compress(MANY), "0x8b"),
        (b"\xd0\xcf\x11\xe0", "0xd0"),
    ],
    ids=["latin-1", "utf-16", "gzip", "xls"],
)
def test_another_encoding(content, byte):
    found = complaint(content, string_ids=True)
    assert found.startswith(f"r.csv is not text in utf-8, for it holds a byte {byte}; ")
    assert "encoding='latin-1', 'cp1252' or 'utf-16' may read it, or compres" in found
    assert complaint(H, encoding="klingon") == "r.csv: unknown encoding: klingon"


@pytest.mark.parametrize("sep", [";", "\t", "|", "::", ",", " "])
def test_one_column_only_names_the_likely_separator(sep):
    given = ";" if sep == "," else ","
    line = H.strip().replace(",", sep)
    found = complaint(f"{line}\n1;2,3\n", sep=given)
    assert f"its first line is {line!r}: sep={sep!r} would divide it. ski" in found


@pytest.mark.parametrize(
    ("content", "name", "options", "message"),
    [
        ("sep=;\nuserId;movieId\n", "r.csv", {}, "skiprows= leaves out lines above"),
        ("alone\n", "r.csv", {}, "its first line is 'alone': name sep=."),
        ("a,b\n1,2\n", "r.csv", {}, "has the columns ['a', 'b'], but not all of ['us"),
        ('{"userId":1,"movieId":2}\n', "r.csv", {}, "from a file called .jsonl"),
        ("", "r.csv", {}, "r.csv: No columns to parse from file"),
        ("", "r.csv", {"names": NAMES}, "r.csv: No columns to parse from file"),
        (H, "r.csv", {}, f"r.csv has no rows, only the columns {NAMES}"),
        (H + '1,"4,3\n', "r.csv", {}, "r.csv: Error tokenizing data. C error: EOF in"),
        ("[{}]\n", "a.json", {}, "check_ratings takes what pd.read_json reads of an a"),
        ("{'userId':1}\n", "a.json", {}, "pd.DataFrame(map(ast.literal_eval, open(pa"),
        ('{"userId":1}\n{"a":\n', "a.json", {}, "a.json, line 2 is not a JSON object"),
        ("x", "a.xlsx", {}, "a.xlsx: check_ratings takes what pd.read_excel reads"),
        (zipped("a.csv", "b.csv"), "a.zip", {}, "a.zip: Multiple files found in ZIP"),
        (H + "1,2,3\n", "r.csv", {"chunksize": 5}, "r.csv: no chunksize or iterator"),
        (H + "1,2,3\n", "r.csv", {"dtype": str}, "dtype= by column"),
    ],
    ids=lambda value: f"{value!r:.30}",
)
def test_the_sentence_about_a_file(content, name, options, message):
    assert message in complaint(content, name, **options)


def test_what_is_no_file(tmp_path):
    for path in ("data/rating.csv", tmp_path):
        told = f"there is no file {str(path)!r} (looked for it in {tmp_path})"
        with pytest.raises(FileNotFoundError, match=f"^{re.escape(told)}$"):
            load_ratings(path)
    for path, message in [(pd.DataFrame(), "path is a table already"), (3, "not 3")]:
        with pytest.raises(ValueError, match=message):
            load_items(path)


def test_a_file_that_may_not_be_read_is_not_called_damaged(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pd, "read_csv", refuse)
    with pytest.raises(PermissionError):
        load_ratings(write(H))
