"""collab/panel.py without a browser: messages by hand, a page read off `screen`."""

import itertools
import re
import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.panel import RatingPanel

TITLES = pd.Series(
    {
        7: "Toy Story (1995)",
        2: "Matrix, The (1999)",
        9: "Romeo & <i>Juliet</i> (1996)",
        4: "Toy Story 2 (1999)",
        5: "Amélie (2001)",
    }
)
SCALE = (0.5, 5)


def recommend(stars):
    """The sum of the stars, plus the id: every change of `stars` shows."""
    scores = pd.Series(TITLES.index + stars.sum(), index=TITLES.index, dtype="float64")
    return scores.drop(stars.index).sort_values(ascending=False)


def new_panel(titles=TITLES, recommend=recommend, scale=SCALE, **options):
    return RatingPanel(titles, recommend, scale=scale, **options)


@pytest.fixture
def panel():
    return new_panel()


def receive(panel, message):
    """A message as the kernel hands it over."""
    data = {"method": "custom", "content": message}
    panel.comm.handle_msg({"content": {"data": data}, "buffers": []})


def send(panel, **message):
    """A message as the browser numbers it."""
    receive(panel, {"n": panel.screen["n"] + 1, **message})


def row(title):
    """The number by which the browser calls a title."""
    return TITLES.tolist().index(title)


def click(panel, title, stars):
    send(panel, item=row(title), stars=stars)


def state(panel):
    """Everything that must stay as it is when something goes wrong."""
    its = panel.ratings.to_dict(), panel.shown.to_dict()
    return *its, panel.screen["shown"], panel.screen["rated"]


@pytest.mark.parametrize("how", ["Series", "path", "saved", "saved Series"])
def test_ratings_to_begin_with_and_the_panel_goes_on_from_them(tmp_path, how):
    old = new_panel()
    for item, stars in [(7, 5), (2, 1.5)]:
        old.rate(item, stars)
    path = tmp_path / "mine.csv"
    if how == "path":
        old.ratings.to_csv(path)
    else:
        path.write_text(old.screen["csv"], "utf-8")
    ratings = pd.read_csv(path, index_col=0).iloc[:, 0] if "Series" in how else path
    again = new_panel(ratings=old.ratings if how == "Series" else ratings)
    assert again.ratings.to_dict() == old.ratings.to_dict()
    assert state(again) == state(old)
    click(again, "Toy Story (1995)", 2.0)
    assert list(again.ratings.items()) == [(2, 1.5), (7, 2.0)]
    send(again, clear=True)
    assert again.ratings.empty


def test_text_ids_and_wild_titles_survive_the_file(tmp_path):
    titles = ['"Ah", he said', "=1+1,\nnew line", "Ἀθήνα", "N/A", None]
    titles = pd.Series(titles, ["007", "7", "NA", "", "a,b"])
    old = new_panel(titles, lambda stars: pd.Series({"7": 1.0}))
    for item in titles.index:
        old.rate(item, 3)
    path = tmp_path / "mine.csv"
    path.write_text(old.screen["csv"], "utf-8")
    again = new_panel(titles, lambda stars: pd.Series({"7": 1.0}), ratings=str(path))
    assert again.ratings.to_dict() == old.ratings.to_dict()
    assert again.ratings.index.tolist() == titles.index.tolist()
    assert again.screen["csv"] == old.screen["csv"]
    assert old.screen["csv"].startswith('id,rating,title\n007,3.0,"""Ah"", he said"\n')


@pytest.mark.parametrize(
    ("ratings", "words"),
    [
        ("id,rating\n99,4\n", "titles has no item=99"),
        ("id,rating\nx,4\n", "titles has no item='x'; its ids are like 7"),
        ("id,title\n7,Toy Story\n", "ratings must hold numbers"),
        ("id\n7\n", "Usecols do not match columns"),
        ("", "No columns to parse"),
        (pd.Series({99: 4}), "titles has no item=99"),
        (pd.Series({7: 9}), "stars=9 is none of the ratings"),
    ],
)
def test_strange_ratings_to_begin_with_are_refused(tmp_path, ratings, words):
    if isinstance(ratings, str):
        path = tmp_path / "other.csv"
        path.write_text(ratings)
        ratings = path
    with pytest.raises(ValueError, match=re.escape(words)):
        new_panel(ratings=ratings)


# In whatever order --------------------------------------------------------------------


CLICKS = [
    {"item": 0, "stars": 5.0},
    {"item": 0, "stars": 1.0},
    {"clear": True},
    {"item": 1, "stars": 3.0},
    {"clear": True},
    {"item": 1, "stars": 2.0},
    {"item": 2, "stars": 4.0},
    {"item": 2, "stars": None},
    {"item": 4, "stars": 0.5},
]


@given(st.permutations(list(enumerate(CLICKS, start=1))))
def test_any_order_of_arrival_ends_in_the_last_word_on_each_title(messages):
    panel = new_panel()
    for n, message in messages:
        receive(panel, {"n": n, **message})
    assert list(panel.ratings.items()) == [(2, 2.0), (5, 0.5)]
    assert panel.screen["n"] == len(CLICKS)
    rated = [[4, "0.5 ★", "Amélie (2001)"], [1, "2 ★", "Matrix, The (1999)"]]
    assert panel.screen["rated"] == rated
    assert panel.shown.to_dict() == recommend(panel.ratings).to_dict()


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (lambda panel: click(panel, TITLES[2], 3.0), {9: 1, 7: 5, 2: 3}),
        (lambda panel: panel.rate(2, 3), {9: 1, 7: 5, 2: 3}),
        (lambda panel: panel.forget(9), {7: 5}),
        (lambda panel: panel.clear(), {}),
    ],
)
def test_what_comes_while_recommend_is_at_work_waits(act, left):
    """Or the one of the two threads that is done first would be forgotten."""
    threads = []

    def slow(stars):
        if stars.get(7) == 5 and not threads:
            threads.append(threading.Thread(target=act, args=[panel]))
            threads[0].start()
            threads[0].join(0.3)  # in vain: it waits for this very call
        return recommend(stars)

    panel = new_panel(recommend=slow)
    panel.rate(9, 1)
    panel.rate(7, 5)
    threads[0].join()
    assert panel.ratings.to_dict() == left


def test_what_watches_the_panel_may_rate_as_well(panel):
    """It does so in the middle of a change, which must not wait for its own end."""

    def also(_):
        if panel.ratings.to_dict() == {7: 5.0}:
            panel.rate(2, 1)

    panel.observe(also, "screen")
    rating = threading.Thread(target=panel.rate, args=[7, 5], daemon=True)
    rating.start()
    rating.join(20)
    assert panel.ratings.to_dict() == {7: 5.0, 2: 1.0}
    assert [row for row, *_ in panel.screen["rated"]] == [1, 0]


def test_code_counts_as_said_after_all_that_is_on_the_screen(panel):
    receive(panel, {"n": 6, "item": 0, "stars": 1.0})
    panel.rate(7, 3)
    assert panel.screen["n"] == 7
    receive(panel, {"n": 6, "item": 0, "stars": 2.0})  # clicked before it was seen
    assert panel.ratings.to_dict() == {7: 3.0}
    panel.forget(7)
    panel.rate(2, 1)
    panel.clear()
    for late in ({"clear": True}, {"item": 1, "stars": 2.0}):
        receive(panel, {"n": 4, **late})
        assert panel.screen["n"] == 10  # what comes late does not set the clock back
        assert panel.ratings.empty  # said before the newest "clear all"
    send(panel, item=1, stars=2.0)
    assert panel.ratings.to_dict() == {2: 2.0}


def test_a_page_loaded_anew_counts_on_from_what_it_shows(panel):
    """Two pages may give one number to two messages: then the last to come holds."""
    receive(panel, {"n": 3, "item": 0, "stars": 1.0})
    receive(panel, {"n": 3, "item": 0, "stars": 2.0})
    assert panel.ratings.to_dict() == {7: 2.0}
    receive(panel, {"n": 3, "item": 1, "stars": None})
    receive(panel, {"n": 3, "item": 2, "stars": 4.0})
    assert panel.ratings.to_dict() == {7: 2.0, 9: 4.0}
    receive(panel, {"n": 3, "clear": True})
    assert panel.ratings.empty


# Rating -------------------------------------------------------------------------------


def test_an_unused_panel_recommends_and_says_what_to_do():
    panel = new_panel(what="film")
    assert panel.ratings.empty
    pd.testing.assert_series_equal(panel.shown, recommend(panel.ratings))
    screen = panel.screen
    assert screen["message"] == "Choose one film, then click its rating."
    assert screen["what"] == "film"
    assert screen["whom"] == "to everybody, so far"
    assert screen["rated"] == []
    assert panel.catalogue == TITLES.tolist()
    assert screen["n_found"] == 5  # no room for titles that there are not


def test_a_click_rates_the_title_anew_and_takes_it_back(panel):
    click(panel, "Toy Story 2 (1999)", 3.5)
    assert panel.ratings.to_dict() == {4: 3.5}
    assert panel.shown.to_dict() == {9: 12.5, 7: 10.5, 5: 8.5, 2: 5.5}
    assert panel.screen["shown"][0] == ["Romeo & <i>Juliet</i> (1996)", "12.50"]
    assert panel.screen["message"] == "3.5 ★ for Toy Story 2 (1999)"
    assert panel.screen["whom"] == "from your 1 rating"
    assert panel.screen["rated"] == [[3, "3.5 ★", "Toy Story 2 (1999)"]]
    click(panel, "Matrix, The (1999)", 1.0)
    click(panel, "Toy Story 2 (1999)", 0.5)
    assert list(panel.ratings.items()) == [(2, 1.0), (4, 0.5)]  # the newest comes last
    assert [rating for _, rating, _ in panel.screen["rated"]] == ["0.5 ★", "1 ★"]
    assert panel.screen["whom"] == "from your 2 ratings"
    click(panel, "Matrix, The (1999)", None)
    assert panel.ratings.to_dict() == {4: 0.5}
    pd.testing.assert_series_equal(panel.shown, recommend(panel.ratings))
    assert panel.screen["message"] == "Taken back: Matrix, The (1999)"


def test_code_rates_as_a_click_does(panel):
    clicked = new_panel()
    click(clicked, "Matrix, The (1999)", 0.5)
    panel.rate(2, 0.5)
    assert panel.screen == clicked.screen
    assert state(panel) == state(clicked)
    clicked.forget(2)
    send(panel, item=1, stars=None)
    assert panel.screen == clicked.screen
    panel.rate(7, 1)
    click(clicked, "Toy Story (1995)", 1.0)
    panel.clear()
    send(clicked, clear=True)
    assert panel.screen == clicked.screen


@pytest.mark.parametrize("undo", [lambda p: p.forget(7), lambda p: p.clear()])
def test_after_the_last_is_taken_back_all_is_as_at_first(panel, undo):
    before = state(panel)
    panel.rate(7, 5)
    undo(panel)
    assert state(panel) == before
    assert re.match("Taken back: Toy|All ratings are taken", panel.screen["message"])
    assert panel.ratings.index.dtype == TITLES.index.dtype
    assert panel.ratings.dtype == "float64"


@pytest.mark.parametrize("ids", [["a", "b", "c"], ["", "0", "None"], [0, 1, -1]])
def test_ids_may_be_text_or_numbers_empty_text_and_zero_too(ids):
    titles = pd.Series(["Alien", "Brazil", "Cube"], ids)
    panel = new_panel(titles, lambda stars: pd.Series({ids[1]: 1.0}))
    panel.rate(ids[0], 4)
    assert panel.ratings.to_dict() == {ids[0]: 4.0}
    assert panel.screen["message"] == "4 ★ for Alien"
    panel.forget(ids[0])
    send(panel, item=0, stars=2.0)
    panel.rate(np.array(ids[2:])[0], 3)  # NumPy's numbers and text
    assert panel.ratings.to_dict() == {ids[0]: 2.0, ids[2]: 3.0}
    for item in (True, np.True_, False):  # no item where 0 or 1 is
        with pytest.raises(ValueError, match="titles has no item="):
            panel.rate(item, 4)


def test_stars_are_those_of_a_button_in_the_unit_of_the_caller():
    panel = new_panel(scale=(0, 0.3), step=0.1, unit="points")
    for stars, wanted in [(0, 0.0), (np.float64(0.1) * 3, 0.3)]:  # zero is a rating
        panel.rate(7, stars)
        assert panel.ratings.to_dict() == {7: wanted}
        assert panel.screen["message"] == f"{wanted:g} points for Toy Story (1995)"
        rated = [[0, f"{wanted:g} points", "Toy Story (1995)"]]
        assert panel.screen["rated"] == rated
    assert panel.screen["unit"] == "points"


def test_what_is_done_to_ratings_outside_does_not_reach_the_panel():
    def careless(stars):
        stars -= 1
        return recommend(stars)

    panel = new_panel(recommend=careless)
    panel.rate(7, 4)
    panel.ratings[7] = 1.0
    panel.rate(2, 3)
    assert panel.ratings.to_dict() == {7: 4.0, 2: 3.0}


# The scale ----------------------------------------------------------------------------


def test_the_stars_are_those_of_the_scale():
    for scale, step, stars in [((1, 5), 2, [1, 3, 5]), (np.array([3, 3]), None, [3])]:
        panel = new_panel(scale=scale, step=step)
        assert panel.screen["stars"] == stars
        panel.rate(7, stars[-1])
        assert panel.ratings.to_dict() == {7: stars[-1]}


def test_on_a_coarse_scale_or_on_request_any_mark_of_it_is_taken():
    for options in ({"scale": (-10, 10)}, {"step": "any"}):
        panel = new_panel(**options)
        panel.rate(7, 3.3)
        assert panel.ratings.to_dict() == {7: 3.3}
        assert panel.screen["typed"]
        with pytest.raises(ValueError, match=r"stars=10\.1 is none of the ratings"):
            panel.rate(7, 10.1)
    assert not new_panel(scale=(0, 10)).screen["typed"]
    assert not new_panel(scale=(0, 100), step=2).screen["typed"]


# Errors -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "stars", "message"),
    [
        ("7", 4, "item='7'; its ids are like 7"),
        ([7], 4, "item=[7]"),
        (float("nan"), 4, "item=nan"),
        (7, 0, "stars=0 is none of the ratings [0.5, 1.0"),
        (7, 4.2, "stars=4.2 is none"),
        (7, 5.5, "stars=5.5 is none"),
        (7, None, "stars: 1 of 1 values are missing"),
        (7, [4], "stars must"),
    ],
)
def test_nothing_is_lost_by_a_wrong_rating(panel, item, stars, message):
    panel.rate(2, 4)
    before = state(panel)
    with pytest.raises(ValueError, match=re.escape(message)):
        panel.rate(item, stars)
    assert state(panel) == before


def test_what_is_not_rated_cannot_be_taken_back(panel):
    panel.rate(2, 4)
    panel.rate(7, 4)
    panel.forget(7)
    before = state(panel)
    for item, message in [(7, "item=7 is not rated"), (99, "item=99")]:
        with pytest.raises(ValueError, match=message):
            panel.forget(item)
    assert state(panel) == before


def refuse(stars):
    raise ValueError("no list: 1 < 2")


FAILURES = [
    (refuse, "ValueError: no list: 1 < 2"),
    (lambda stars: {}["lost"], "KeyError: 'lost'"),
    (lambda stars: pd.Series({"7": 1.0}), "recommend's Series holds ids like '7'"),
    (lambda stars: pd.Series({7: 1.0, 2: np.nan}), "the scores of recommend: 1 of 2"),
    (lambda stars: None, "must return a Series of scores, not NoneType"),
    (lambda stars: stars.to_frame(), "must return a Series of scores, not DataFrame"),
]


@pytest.mark.parametrize(("fails", "message"), FAILURES)
def test_nothing_is_lost_when_recommend_fails(fails, message):
    with pytest.raises((ValueError, KeyError)):  # at first it is raised
        new_panel(recommend=fails)
    its = recommend
    panel = new_panel(recommend=lambda stars: its(stars))
    panel.rate(2, 4)
    before, its = state(panel), fails
    with pytest.raises((ValueError, KeyError)):
        panel.rate(7, 5)
    rated, back = {"item": 0, "stars": 5.0}, {"item": 1, "stars": None}
    for said in (rated, back, {"clear": True}):
        send(panel, **said)
        assert state(panel) == before
        assert panel.screen["message"].startswith("Nothing changed. ")
        assert message in panel.screen["message"]
    its = recommend
    click(panel, "Toy Story (1995)", 4.0)
    assert panel.ratings.to_dict() == {2: 4.0, 7: 4.0}
    assert panel.screen["message"] == "4 ★ for Toy Story (1995)"


def test_a_message_that_means_nothing_changes_nothing(panel):
    before = state(panel)
    for message in ({"item": 99, "stars": 1}, {"item": 0, "stars": 9}, {"stars": 1}):
        send(panel, **message)
        assert state(panel) == before
        assert panel.screen["message"].startswith("Nothing changed. ")


# What is shown ------------------------------------------------------------------------


def test_items_without_a_title_of_their_own_are_called_by_their_ids():
    titles = pd.Series({1: "Solaris", 2: "Solaris", 3: "Stalker"})
    panel = new_panel(titles, lambda stars: pd.Series({2: 120.5, 99: 1.0}))
    assert panel.catalogue == ["Solaris [1]", "Solaris [2]", "Stalker"]
    send(panel, item=1, stars=4.0)
    assert panel.ratings.to_dict() == {2: 4.0}
    assert panel.screen["message"] == "4 ★ for Solaris [2]"
    assert repr(panel) == "120.50  Solaris [2]\n  1.00  99"


@pytest.mark.parametrize("empty", [pd.Series(dtype="float64"), TITLES[:0]])
def test_an_empty_list_is_no_error(empty):
    panel = new_panel(recommend=lambda stars: empty if len(stars) else recommend(stars))
    panel.rate(7, 4)
    assert panel.screen["shown"] == []
    assert panel.screen["whom"] == repr(panel) == "nothing left to recommend"
    assert panel.ratings.to_dict() == {7: 4.0}
    panel.clear()
    assert panel.screen["whom"] == "to everybody, so far"


def test_the_browser_makes_text_of_titles_and_loads_nothing():
    """What goes into innerHTML is one constant; the browser test looks at the rest."""
    html = re.findall(r"innerHTML = `(.*?)`", RatingPanel._esm, flags=re.DOTALL)
    assert RatingPanel._esm.count("HTML") == len(html) == 1
    assert "$" not in html[0]
    for text in (RatingPanel._esm, RatingPanel._css):
        assert not re.search(r"https?:|import|url\(", text)


def test_without_widgets_the_whole_list_shows_as_text():
    titles = pd.Series([f"A film whose number is {n}" for n in range(9)])
    panel = new_panel(titles, lambda stars: pd.Series(9.0 - titles.index, titles.index))
    text = "\n".join(f" {9 - n}.00  {title}" for n, title in titles.items())
    assert len(text) > 110  # where ipywidgets cuts
    data, _ = panel._repr_mimebundle_()
    assert data["text/plain"] == repr(panel) == text
    assert "application/vnd.jupyter.widget-view+json" in data


def test_what_the_browser_shows_is_data_of_the_simplest_kind(panel):
    """Or the message to the browser would fail, in a log that nobody reads."""
    panel.rate(np.int64(7), np.float32(4))
    for value in itertools.chain(panel.screen.values(), *panel.screen["rated"]):
        assert type(value) in (str, int, float, bool, list), value
