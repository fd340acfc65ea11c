"""collab/titles.py: the ids of the titles that are meant; short labels."""

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.titles import check_labels, find_title, label_items

# Finding -----------------------------------------------------------------------------

TITLES = pd.Series(
    {
        260: "Star Wars (1977)",
        7: "Heat (1995)",
        1: "Toy Story (1995)",
        3: "Heat",
        50: "STAR TREK",
    }
)


def test_titles_that_are_numbers_are_not_text():
    with pytest.raises(ValueError, match=r"titles must be text, not int64: \.astype"):
        find_title(pd.Series([1984, 2012]), "1984")


def test_a_part_is_plain_text_and_no_pattern():
    assert find_title(TITLES, " STORY (1995)") == 1
    assert find_title(TITLES, 1977) == 260
    for pattern in ("H.at", "Heat|Toy", "^Star", "[1"):
        with pytest.raises(ValueError, match="no title contains"):
            find_title(TITLES, pattern)


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_a_missing_title_is_not_found(dtype):
    holed = TITLES.where(TITLES != "Heat (1995)").astype(dtype)
    assert find_title(holed, "hea") == 3


def test_the_one_title_is_found_by_a_part_or_by_the_whole():
    assert find_title(TITLES, "trek") == 50
    assert find_title(TITLES, "heat (") == 7
    assert find_title(TITLES, " heat ") == 3  # the whole title, though 7 contains it


def test_several_titles_are_an_error_that_lists_some():
    with pytest.raises(ValueError, match=r"2 titles contain 'star': \['Star Wars \(19"):
        find_title(TITLES, "star")
    many = pd.Series([f"part {k}" for k in range(9)])
    with pytest.raises(ValueError, match=r"^9 titles .* 'part 4'\]; write more of the"):
        find_title(many, "PART")


def test_a_title_that_occurs_twice_is_told_with_its_ids():
    twice = pd.Series({6: "Heat", 3: "heat", 8: "Heatwave", 9: "Sabrina (1995)"})
    message = r"^2 items have the title 'Heat'; choose one of their ids: \[6, 3\]$"
    with pytest.raises(ValueError, match=message):
        find_title(twice, "HEAT")  # "write more" would not help
    twice[8] = "HEAT"
    with pytest.raises(ValueError, match=r"^3 items have the title .* \[6, 3, 8\]$"):
        find_title(twice, "hea")
    many = pd.Series("Heat", index=list("abcdefg"))
    with pytest.raises(ValueError, match=r"^7 items .*: \['a', 'b', 'c', 'd', 'e'\]$"):
        find_title(many, "heat")
    twice[8] = "Cold"
    assert find_title(twice, "sabrina") == 9


def test_a_letter_in_one_code_point_or_two_is_the_same():
    composed = "Amélie (2001)"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    for title in (composed, decomposed):
        titles = pd.Series({4: title, 5: "Amelia (2009)"})
        for part in ("amél", unicodedata.normalize("NFD", "AMÉL")):
            assert find_title(titles, part) == 4
        assert find_title(titles, "ameli") == 5  # an accent is not left out
    both = pd.Series({4: composed, 6: decomposed})
    with pytest.raises(ValueError, match=r"2 items have the title 'Am.*ids: \[4, 6\]"):
        find_title(both, "amé")


@pytest.mark.parametrize(
    ("title", "part"),
    [
        ("Die Straße", "STRASSE"),
        ("DIE STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("Ｔｏｋｙｏ", "tokyo"),
        ("東京物語", "東京"),
        ("한국", unicodedata.normalize("NFD", "한")),
    ],
)
def test_alphabets_of_all_kinds_are_compared(title, part):
    assert find_title(pd.Series({1: "Other", 7: title}), part) == 7


def test_the_id_is_a_plain_number_or_text():
    assert type(find_title(TITLES, "trek")) is int
    assert find_title(pd.Series({"b7": "Alien"}), "ali") == "b7"


@pytest.mark.parametrize("part", ["", "  ", "casablanca", None])
def test_no_title_is_an_error_that_names_the_part(part):
    with pytest.raises(ValueError, match=f"no title contains '{str(part).strip()}'"):
        find_title(TITLES, part)


def test_labels_of_a_set_would_have_no_order():
    with pytest.raises(ValueError, match=r"^ids must be a list, array or Series, not "):
        label_items({7, 5}, LABELS)


# Shortening --------------------------------------------------------------------------


def shorten(title, **width):
    return label_items([1], pd.Series({1: title}), **width)[1]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Godfather, The (1972)", "The Godfather (1972)"),
        ("Beautiful Mind, A (2001)", "A Beautiful Mind (2001)"),
        ("Affair to Remember, An (1957)", "An Affair to Remember (1957)"),
        ("Hyena Road", "Hyena Road"),
        ("Koyaanisqatsipowaqqatsinaqoyqatsi (1982)", "Koyaanisqatsipowaqqa… (1982)"),
        ("City of Lost Children, The (Cité, La) (1995)", "The City of Lost… (1995)"),
        ("Star Wars: Episode IV - A New Hope (1977)", "Star Wars: Episode… (1977)"),
        ("Coyote Waits (Joe Leaphorn/Jim Chee Novels)", "Coyote Waits"),
        ("Book, The (A Series (Volume 2)) (Paperback)", "The Book"),
        ("(500) Days of Summer (2009)", "(500) Days of Summer (2009)"),
        ("Sopranos, The (1999-2007)", "The Sopranos (1999-2007)"),
        ("Dark (2017–)", "Dark (2017–)"),
        ("Apollo (13)", "Apollo"),  # no year
        ("Space (3001)", "Space"),
        ("War (1700)", "War"),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (1995)"),
        ("Or (The Virtue) of Ignorance", "Or (The Virtue) of Ignorance"),
        ("1984 (1956)", "1984 (1956)"),
        ("(1999)", "(1999)"),
        ("Half (open", "Half (open"),
        ("Half ) closed)", "Half ) closed)"),
        ("Heat  (1995) ", "Heat (1995)"),
        ("Theatre, The Old", "Theatre, The Old"),
        ("A title of exactly 28 places", "A title of exactly 28 places"),
        ("A title of exactly 29 places.", "A title of exactly 29…"),
        ("A title at 28 places (1996)!", "A title at 28 places (1996)!"),
        ("Title that's too long (1996)!", "Title that's too long…"),
        ("Exactly: like - this one (1996)", "Exactly: like… (1996)"),
    ],
)
def test_shorten_keeps_the_year_and_fits(title, expected):
    assert shorten(title, width=28) == expected
    assert len(shorten(title, width=28)) <= 28


def test_32_places_unless_told():
    assert shorten("x" * 40) == "x" * 31 + "…"
    assert shorten("x" * 32) == "x" * 32


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (20, "The Godfather (1972)"),
        (19, "The… (1972)"),
        (15, "The… (1972)"),
        (14, "The Godfather"),  # a year would leave it less than half
        (13, "The Godfather"),
        (12, "The…"),
        (4, "The…"),
        (2, "T…"),
        (1, "…"),
    ],
)
def test_a_label_is_never_longer_than_asked(width, expected):
    assert shorten("Godfather, The (1972)", width=width) == expected
    assert len(expected) <= width


def test_a_short_title_keeps_its_year_as_long_as_both_fit():
    for width, expected in [(12, "Heat (1995)"), (11, "Heat (1995)"), (10, "Heat")]:
        assert shorten("Heat (1995)", width=width) == expected


@given(st.text(alphabet="aé (1972),The…-:", max_size=50), st.integers(1, 40))
def test_no_title_is_ever_longer_than_asked_or_empty(title, width):
    assert 0 < len(shorten(title, width=width)) <= width


def test_two_code_points_of_one_letter_count_once():
    decomposed = unicodedata.normalize("NFD", "é" * 10)
    assert shorten(decomposed, width=10) == "é" * 10


# Labels ------------------------------------------------------------------------------

LABELS = pd.Series(
    {7: "Heat (1995)", 3: "Ran (1985)", 9: "Heat (1995)", 5: None, 6: " ", 8: "12"}
)


def test_labels_are_short_titles_and_ids_where_there_is_none():
    answer = label_items([3, 5, 99, 6, 7], LABELS)
    assert answer.index.tolist() == [3, 5, 99, 6, 7]
    assert answer.tolist() == ["Ran (1985)", "5", "99", "6", "Heat (1995)"]


def test_items_with_the_same_title_are_told_apart_by_their_ids():
    answer = label_items([9, 3, 7], LABELS)
    assert answer.tolist() == ["Heat (1995) [9]", "Ran (1985)", "Heat (1995) [7]"]
    series = pd.Series({21: "Ring (Part 1)", 22: "Ring (Part 2)"})
    assert label_items([21, 22], series).tolist() == ["Ring [21]", "Ring [22]"]
    # an id without a title, and a title that is its number
    assert label_items([12, 8], LABELS).tolist() == ["12", "12 [8]"]


def test_an_item_that_is_asked_for_twice_has_one_label():
    answer = label_items([3, 7, 3], LABELS)
    assert answer.tolist() == ["Ran (1985)", "Heat (1995)", "Ran (1985)"]


def test_labels_fit_the_width_with_their_ids():
    long = pd.Series("A very long title of a book", index=[1234567, 12, 3])
    answer = label_items(long.index, long, width=14)
    assert answer.tolist() == ["A… [1234567]", "A very… [12]", "A very… [3]"]
    assert answer.str.len().max() <= 14
    # not even the id fits: it stays whole
    assert label_items(long.index, long, width=5).tolist() == ["1234567", "12", "… [3]"]
    assert label_items([5], LABELS, width=1).tolist() == ["5"]


def test_labels_of_titles_that_are_numbers_or_categories():
    assert label_items([4, 5], pd.Series({4: 1917, 6: 1984})).tolist() == ["1917", "5"]
    category = LABELS.astype("category")
    assert (
        label_items([9, 7], category).tolist() == label_items([9, 7], LABELS).tolist()
    )


def test_every_item_has_a_name_of_its_own():
    titles = {3: "Heat", 1: "HEAT", 2: None, 4: np.nan, 5: " ", 6: "A\n\tB ", 7: "2"}
    names = ["Heat [3]", "HEAT [1]", "2 [2]", "4", "5", "A B", "2 [7]"]
    assert check_labels(pd.Series(titles)).tolist() == names
    found = check_labels(pd.Series({"": None, "x": pd.NA, "y": "Y"}))
    assert found.to_dict() == {"": "''", "x": "x", "y": "Y"}
    assert check_labels(pd.Series(["B", "A"], dtype="category")).tolist() == ["B", "A"]
    alike = ["é", unicodedata.normalize("NFD", "é")]
    found = check_labels(pd.Series(alike)).tolist()
    assert found == [f"{alike[0]} [0]", f"{alike[1]} [1]"]


@pytest.mark.parametrize(
    ("titles", "message"),
    [
        (TITLES[:0], "titles must be a Series, not empty"),
        (["Alien"], "titles must be a Series, not empty, not ['Alien']"),
        (pd.Series(["Alien", "Brazil"], index=[3, 3]), "the id 3 is missing, or there"),
        (pd.Series(["Alien", "Brazil"], index=[3, 4.5]), "the index of titles: 4.5 is"),
        (pd.Series(["Alien", "Brazil"], index=[3, None]), "the id nan is missing"),
        (pd.Series([1, 2]), "titles has 1 for 0, which is not text"),
        (pd.Series(["Alien", ["Brazil"]]), "titles has ['Brazil'] for 1"),
    ],
)
def test_what_names_no_items_is_refused(titles, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        check_labels(titles)


@pytest.mark.parametrize("label", [check_labels, lambda t: label_items([1], t)])
def test_half_a_character_is_refused_by_a_sentence(label):
    with pytest.raises(ValueError, match=r"titles holds 'x.ud83d', which has half a"):
        label(pd.Series(["x\ud83d"], [1], dtype=object))


def test_the_input_is_left_alone():
    kept = TITLES.copy()
    find_title(TITLES, "trek")
    label_items([7, 1, 3], TITLES)
    pd.testing.assert_series_equal(TITLES, kept)
