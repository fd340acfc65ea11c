"""collab/data.py: a csv file becomes a validated table, or an error that says why."""

import gzip

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from collab.data import check_ratings, load_movies, load_ratings

HEADER = "userId,movieId,rating\n"


@pytest.fixture
def csv(tmp_path):
    """Write a file, return its path."""

    def write(content, name="ratings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# By hand -----------------------------------------------------------------------------


def test_loads_columns_rows_and_types_as_the_file_has_them(csv):
    table = load_ratings(csv(HEADER + "30,7,3\n20,7,2.5\n30,5,5\n"))
    assert table.columns.tolist() == ["userId", "movieId", "rating"]
    assert table.to_numpy().tolist() == [[30, 7, 3.0], [20, 7, 2.5], [30, 5, 5.0]]
    assert table.dtypes.astype(str).tolist() == ["int64", "int64", "float64"]
    assert table.index.tolist() == [0, 1, 2]


def test_whole_stars_become_float64(csv):
    assert load_ratings(csv(HEADER + "1,2,3\n"))["rating"].dtype == "float64"


def test_columns_are_found_by_name_and_others_are_kept(csv):
    text = "when;stars;film;who\n7;2.5;20;1\n8;4;20;2\n"
    table = load_ratings(csv(text), user="who", item="film", rating="stars", sep=";")
    assert table.columns.tolist() == ["when", "stars", "film", "who"]
    assert table["who"].tolist() == [1, 2]
    assert table["film"].tolist() == [20, 20]
    assert table["stars"].tolist() == [2.5, 4.0]
    assert table["when"].tolist() == [7, 8]


def test_string_ids_stay_text(csv):
    table = load_ratings(csv(HEADER + "007,B00X,3\n7,B00X,4\n"), string_ids=True)
    assert table["userId"].tolist() == ["007", "7"]
    assert table["movieId"].tolist() == ["B00X", "B00X"]
    assert table["rating"].tolist() == [3.0, 4.0]


def test_ids_called_na_or_null_are_ids(csv):
    table = load_ratings(csv(HEADER + "NA,null,3\n"), string_ids=True)
    assert table.iloc[0].tolist() == ["NA", "null", 3.0]


def test_float_ids_that_are_whole_become_integers(csv):
    table = load_ratings(csv(HEADER + "1.0,2,3\n4.0,2,5\n"))
    assert table["userId"].dtype == "int64"
    assert table["userId"].tolist() == [1, 4]


def test_ids_as_large_as_int64_survive(csv):
    largest = 2**63 - 1
    assert load_ratings(csv(HEADER + f"{largest},2,3\n"))["userId"][0] == largest


def test_gz_is_unpacked(csv):
    path = csv(gzip.compress((HEADER + "1,2,3\n").encode()), "ratings.csv.gz")
    assert load_ratings(path).to_numpy().tolist() == [[1, 2, 3]]


def test_a_path_may_be_text(csv):
    assert len(load_ratings(str(csv(HEADER + "1,2,3\n")))) == 1


def test_check_ratings_leaves_its_argument_alone(tiny):
    tiny = tiny.astype({"userId": float})
    before = tiny.copy()
    checked = check_ratings(tiny)
    pd.testing.assert_frame_equal(tiny, before)
    assert checked["userId"].dtype == "int64"
    checked["rating"] = 0.0
    pd.testing.assert_frame_equal(tiny, before)


def test_check_ratings_keeps_rows_order_and_index(tiny):
    pd.testing.assert_frame_equal(check_ratings(tiny), tiny)


def test_movies_have_integer_ids_and_text_titles(csv):
    text = 'movieId,title,genres\n7,"Postman, The (Il)",Drama\n2,NA,\n'
    movies = load_movies(csv(text))
    assert movies["movieId"].dtype == "int64"
    assert movies["movieId"].tolist() == [7, 2]
    assert movies["title"].tolist() == ["Postman, The (Il)", "NA"]


def test_movies_of_other_column_names_and_text_ids(csv):
    text = "asin;name\n007;Pen\n7;Ink\n"
    items = load_movies(csv(text), item="asin", title="name", string_ids=True, sep=";")
    assert items["asin"].tolist() == ["007", "7"]


# Properties --------------------------------------------------------------------------

pairs = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 5)),
    min_size=1,
    max_size=12,
    unique=True,
)


@given(pairs, st.data())
def test_what_is_written_is_what_is_loaded(tmp_path_factory, pairs, data):
    stars = st.floats(allow_nan=False, allow_infinity=False, width=32)
    ratings = data.draw(st.lists(stars, min_size=len(pairs), max_size=len(pairs)))
    table = pd.DataFrame(pairs, columns=["userId", "movieId"], dtype="int64")
    table["rating"] = np.array(ratings, dtype="float64")
    path = tmp_path_factory.mktemp("csv") / "ratings.csv"
    table.to_csv(path, index=False)
    loaded = load_ratings(path)
    pd.testing.assert_frame_equal(loaded, table, check_exact=False, rtol=1e-12)
    assert loaded["userId"].tolist() == [user for user, _ in pairs]  # to the last digit


@given(pairs, st.data())
def test_one_repeated_pair_is_always_refused(pairs, data):
    again = data.draw(st.sampled_from(pairs))
    rows = data.draw(st.permutations([*pairs, again]))
    table = pd.DataFrame(rows, columns=["userId", "movieId"], dtype="int64")
    with pytest.raises(ValueError, match=r"^1 \(userId, movieId\) pairs are rated"):
        check_ratings(table.assign(rating=3.0))


# The course's own data ---------------------------------------------------------------


def test_the_course_ratings_load_as_pandas_reads_them(real):
    table = load_ratings(ROOT / "data" / "ratings.csv")
    pd.testing.assert_frame_equal(table, real)
    assert len(table) == 100_004
    assert table["userId"].nunique() == 671
    assert table["movieId"].nunique() == 9_066
    assert table.dtypes.astype(str).tolist()[:3] == ["int64", "int64", "float64"]


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
    movies = load_movies(ROOT / "data" / "movies.csv").set_index("movieId")
    assert len(movies) == 9_066
    assert movies.loc[1, "title"] == "Toy Story (1995)"
    assert movies.loc[162376, "title"] == "Stranger Things"


# Bad input ---------------------------------------------------------------------------


@pytest.mark.parametrize("load", [load_ratings, load_movies])
def test_a_missing_file_is_named_with_the_folder(load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        load("data/rating.csv")
    assert "no file 'data" in str(error.value)
    assert "rating.csv'" in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_ratings(tmp_path)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("userId,movieId,Rating", "no column 'rating'; it has .*'Rating'"),
        ("userId, movieId,rating", "no column 'movieId'; it has .*' movieId'"),
        ("userId,movieId,stars", "no column 'rating'; it has .*'stars'"),
        ("a,b,c", "no column 'userId', 'movieId', 'rating'; it has"),
    ],
)
def test_a_missing_or_misspelt_column_is_named(csv, header, named):
    with pytest.raises(ValueError, match=named):
        load_ratings(csv(header + "\n1,2,3\n"))


def test_another_separator_shows_in_the_message(csv):
    with pytest.raises(ValueError, match=r"it has .*;rating'\]; is `sep` another"):
        load_ratings(csv("userId;movieId;rating\n1;2;3\n"))


def test_check_ratings_names_a_missing_column(tiny):
    with pytest.raises(ValueError, match="the table has no column 'movieId'"):
        check_ratings(tiny.rename(columns={"movieId": "movie"}))


def test_movies_name_a_missing_column(csv):
    with pytest.raises(ValueError, match=r"movies.csv has no column 'title'; it has"):
        load_movies(csv("movieId,name\n1,x\n", "movies.csv"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("9,9,", r"column 'rating': 1 of 3 values: has no value \(nan at index 2\)"),
        (
            "9,9,nan",
            r"column 'rating': 1 of 3 values: is not a number \('nan' at index",
        ),
        ("9,9,inf", r"column 'rating': 1 of 3 values: is infinite \(inf at index 2\)"),
        ("9,9,-inf", r"column 'rating': 1 of 3 .* is infinite \(-inf at index 2\)"),
        ("9,9,good", r"column 'rating': 1 of 3 values: is not a number \('good' at"),
        ('9,9,"3,5"', r"column 'rating': .* is not a number \('3,5' at index 2\)"),
        (",9,3", r"column 'userId': 1 of 3 values: has no value \(nan at index 2\)"),
        ("9,,3", r"column 'movieId': 1 of 3 values: has no value \(nan at index 2\)"),
        ("9.5,9,3", r"column 'userId': 1 of 3 values: is not a whole number \(9.5 at"),
        ("9,9.5,3", r"column 'movieId': .* is not a whole number \(9.5 at index 2\)"),
        ("inf,9,3", r"column 'userId': 1 of 3 values: is not a whole number \(inf at"),
        (
            "x,9,3",
            r"column 'userId': 1 of 3 .* whole number; .*string_ids=True \('x' at",
        ),
        ("1e20,9,3", r"column 'userId': 1 of 3 values: is too large \(1e\+20 at index"),
        (f"{2**63},9,3", r"column 'userId': 1 of 3 .* too large \(9223372036854775808"),
        ("9007199254740993.0,9,3", "column 'userId': 1 of 3 values: is too large"),
    ],
)
def test_a_bad_value_is_named_with_its_column_and_row(csv, row, message):
    with pytest.raises(ValueError, match=message):
        load_ratings(csv(HEADER + "1,2,3\n1,5,4\n" + row + "\n"))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"rating": np.nan}, "column 'rating': 8 of 8 values: has no value"),
        ({"rating": np.inf}, "column 'rating': 8 of 8 values: is infinite"),
        ({"rating": "four"}, r"column 'rating': 8 of 8 .* not a number \('four' at"),
        ({"userId": None}, "column 'userId': 8 of 8 values: has no value"),
        ({"userId": True}, "column 'userId': 8 of 8 values: is not a whole number"),
        ({"userId": "7"}, "column 'userId': 8 of 8 .* whole number; .*string_ids=True"),
        ({"movieId": 2.5}, r"column 'movieId': 8 of 8 .* whole number \(2.5 at index"),
    ],
)
def test_check_ratings_finds_the_same_faults_in_a_frame(tiny, bad, message):
    with pytest.raises(ValueError, match=message):
        check_ratings(tiny.assign(**bad))


def test_a_rating_that_reads_as_a_number_is_that_number(tiny):
    checked = check_ratings(tiny.assign(rating="4.5"))
    assert checked["rating"].tolist() == [4.5] * len(tiny)


def test_a_bad_value_far_down_is_found_without_a_warning(csv, recwarn):
    rows = "".join(f"1,{k},3\n" for k in range(300_000))  # pandas reads it in parts
    with pytest.raises(ValueError, match=r"1 of 300001 .* \('good' at index 300000\)"):
        load_ratings(csv(HEADER + rows + "2,2,good\n"))
    assert len(recwarn) == 0


def test_string_ids_must_be_text(tiny):
    with pytest.raises(
        ValueError, match=r"'userId': 8 of 8 values: is not text; .* \(30 at"
    ):
        check_ratings(tiny, string_ids=True)


def test_string_ids_must_not_be_missing(csv):
    with pytest.raises(ValueError, match=r"column 'userId': 1 of 1 .* has no value"):
        load_ratings(csv(HEADER + ",2,3\n"), string_ids=True)


def test_rows_longer_than_the_header_are_refused(csv):
    # pandas would shift every value by one column, without a word
    with pytest.raises(ValueError, match="more values in a row than names in its"):
        load_ratings(csv(HEADER + "1,2,3,99\n1,5,4,98\n"))


def test_a_single_row_longer_than_the_others_is_refused(csv):
    with pytest.raises(ValueError, match=r"cannot be read as a csv file.*in line 3"):
        load_ratings(csv(HEADER + "1,2,3\n1,5,4,98\n"))


def test_a_table_and_a_path_are_told_apart(tiny):
    with pytest.raises(ValueError, match="table must be a DataFrame, not list"):
        check_ratings(tiny.to_numpy().tolist())
    with pytest.raises(ValueError, match="path is a table already: check_ratings"):
        load_ratings(tiny)


def test_an_empty_table_is_refused(csv, tiny):
    with pytest.raises(ValueError, match=r"no rows, only the columns \['userId'"):
        load_ratings(csv(HEADER))
    with pytest.raises(ValueError, match="no rows, only the columns"):
        check_ratings(tiny[:0])
    with pytest.raises(ValueError, match=r"no rows, only the columns \['movieId'"):
        load_movies(csv("movieId,title\n"))


def test_an_empty_file_is_refused(csv):
    with pytest.raises(ValueError, match=r"ratings.csv is empty: not even a header"):
        load_ratings(csv(""))


@pytest.mark.parametrize("end", [5, 400, -4])
def test_half_a_gz_is_refused(csv, end):
    text = HEADER + "".join(f"{k},{k**3},{k % 5}\n" for k in range(1000))
    path = csv(gzip.compress(text.encode())[:end], "ratings.csv.gz")
    with pytest.raises(ValueError, match=r"csv.gz cannot be read .*download complete"):
        load_ratings(path)


@pytest.mark.parametrize("position", [10, 20])  # in the block's header; in its data
def test_a_gz_with_a_wrong_byte_is_refused(csv, position):
    content = bytearray(gzip.compress((HEADER + "1,2,3\n" * 99).encode()))
    content[position] ^= 0xFF
    path = csv(bytes(content), "ratings.csv.gz")
    with pytest.raises(ValueError, match=r"csv.gz cannot be read .*download complete"):
        load_ratings(path)


@pytest.mark.parametrize("name", ["ratings.csv", "ratings.csv.gz", "ratings.zip"])
def test_a_file_that_is_no_csv_is_refused(csv, name):
    path = csv(b"\x89PNG\r\n\x1a\n\xff\xfe\x00\x00", name)
    with pytest.raises(ValueError, match=f"{name} cannot be read as a csv file"):
        load_ratings(path)


def test_a_pair_rated_twice_is_named(csv):
    message = r"^2 \(userId, movieId\) pairs are rated .* example \(1, 2\), \(8, 5\);"
    with pytest.raises(ValueError, match=message):
        load_ratings(csv(HEADER + "1,2,3\n8,5,4\n1,2,4\n8,5,1\n1,5,1\n"))


def test_the_remedy_named_for_a_pair_rated_twice_works(tiny):
    table = pd.concat([tiny, tiny.iloc[[0]].assign(rating=1.0)])
    with pytest.raises(ValueError, match="more than once") as error:
        check_ratings(table)
    remedy = str(error.value).split("`")[1]
    mended = check_ratings(eval(remedy, {"table": table}))
    assert len(mended) == len(tiny)
    assert mended["rating"].iloc[-1] == 1.0


def test_a_movie_listed_twice_is_named(csv):
    with pytest.raises(ValueError, match=r"'movieId': 1 of 2 .* more than once \(7 at"):
        load_movies(csv("movieId,title\n7,a\n7,b\n"))


def test_a_movie_without_a_title_is_named(csv):
    with pytest.raises(
        ValueError, match=r"'title': 1 of 2 .* no title \(nan at index 1"
    ):
        load_movies(csv("movieId,title\n7,a\n8,\n"))
