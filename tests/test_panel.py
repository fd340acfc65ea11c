"""collab/panel.py without a browser: keys and clicks are set on the widgets."""

import re
from html import unescape

import ipywidgets as widgets
import pandas as pd
import pytest

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


def recommend(stars):
    """The sum of the stars, plus the id: every change of `stars` shows."""
    scores = pd.Series(TITLES.index + stars.sum(), index=TITLES.index, dtype="float64")
    return scores.drop(stars.index).sort_values(ascending=False)


@pytest.fixture
def panel():
    return RatingPanel(TITLES, recommend)


def parts(widget, kind):
    """All widgets of a kind, in the order of the page."""
    found = [widget] if isinstance(widget, kind) else []
    for child in getattr(widget, "children", ()):
        found += parts(child, kind)
    return found


def page(panel):
    """The text a reader sees, without the search box and its list."""
    shown = [x for x in parts(panel, widgets.HTML) if x.layout.display != "none"]
    html = " ".join(part.value for part in shown)
    html = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
    return unescape(re.sub("<[^<]*?>", "", html))


def search(panel, text):
    parts(panel, widgets.Text)[0].value = text
    return [label for label, _ in parts(panel, widgets.Select)[0].options]


def choose(panel, number):
    parts(panel, widgets.Select)[0].index = number


def click(panel, tooltip):
    buttons = parts(panel, widgets.Button)
    next(button for button in buttons if button.tooltip == tooltip).click()


def state(panel):
    """Everything that must stay as it is when something goes wrong."""
    lists = [part.value for part in parts(panel, widgets.HTML) if "<ol>" in part.value]
    rated = len([b for b in parts(panel, widgets.Button) if b.tooltip == "take back"])
    return panel.ratings.to_dict(), panel.shown.to_dict(), lists, rated


# Search ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", list(TITLES)),
        ("  ", list(TITLES)),
        ("toy", ["Toy Story (1995)", "Toy Story 2 (1999)"]),
        ("the MATRIX", ["Matrix, The (1999)"]),  # as people write it
        ("toy 2", ["Toy Story 2 (1999)"]),
        ("AMÉLIE", ["Amélie (2001)"]),
        ("(199", [title for title in TITLES if "(199" in title]),  # no pattern
        ("<i>", ["Romeo & <i>Juliet</i> (1996)"]),
        ("toy matrix", []),
    ],
)
def test_search_shows_the_titles_with_all_of_the_words(panel, text, found):
    assert search(panel, text) == found


def test_search_shows_the_first_and_says_that_there_are_more():
    panel = RatingPanel(TITLES, recommend, n_found=3)
    assert search(panel, "") == list(TITLES[:3])
    assert "3 of 5: type on" in page(panel)
    assert search(panel, "toy") == ["Toy Story (1995)", "Toy Story 2 (1999)"]
    assert "type on" not in page(panel)
    assert search(panel, "casablanca") == []
    assert "Nothing found." in page(panel)


def test_of_two_movies_with_one_title_the_chosen_one_is_rated():
    titles = pd.Series({1: "Solaris", 2: "Solaris", 3: "Stalker"})
    panel = RatingPanel(titles, lambda stars: pd.Series({3: 1.0}))
    search(panel, "solaris")
    choose(panel, 1)
    click(panel, "4 stars")
    assert panel.ratings.to_dict() == {2: 4.0}


# Rating ------------------------------------------------------------------------------


def test_an_unused_panel_recommends_and_says_what_to_do(panel):
    assert panel.ratings.empty
    pd.testing.assert_series_equal(panel.shown, recommend(panel.ratings))
    assert "Choose a title above, then click its stars." in page(panel)
    assert "to everybody, so far" in page(panel)
    assert "none yet" in page(panel)


def test_a_click_rates_the_chosen_title(panel):
    search(panel, "toy 2")
    choose(panel, 0)
    click(panel, "3.5 stars")
    assert panel.ratings.to_dict() == {4: 3.5}
    assert panel.shown.to_dict() == {9: 12.5, 7: 10.5, 5: 8.5, 2: 5.5}
    assert "3.5 ★ for Toy Story 2 (1999)" in page(panel)
    assert "from your 1 rating " in page(panel)
    assert "none yet" not in page(panel)


def test_code_rates_as_a_click_does(panel):
    clicked = RatingPanel(TITLES, recommend)
    choose(clicked, 1)
    click(clicked, "0.5 stars")
    panel.rate(2, 0.5)
    assert state(panel) == state(clicked)
    assert page(panel) == page(clicked)


def test_a_click_without_a_choice_rates_nothing(panel):
    before = state(panel)
    click(panel, "5 stars")
    assert state(panel) == before
    assert "Choose a title in the list above first." in page(panel)


def test_a_new_search_takes_the_choice_back(panel):
    """A Select would choose the first of its new options by itself."""
    choose(panel, 0)
    click(panel, "5 stars")
    search(panel, "matrix")
    click(panel, "1 stars")
    assert panel.ratings.to_dict() == {7: 5.0}


def test_rating_anew_replaces_the_stars(panel):
    panel.rate(7, 5)
    panel.rate(2, 1)
    panel.rate(7, 0.5)
    assert list(panel.ratings.items()) == [(2, 1.0), (7, 0.5)]  # the newest comes last
    assert "0.5 ★ Toy Story (1995)" in page(panel)
    assert "5 ★ Toy Story (1995)" not in page(panel).replace("0.5 ★", "")
    assert "from your 2 ratings " in page(panel)


def test_a_click_takes_the_newest_rating_back(panel):
    panel.rate(7, 5)
    panel.rate(2, 1)
    click(panel, "take back")
    assert panel.ratings.to_dict() == {7: 5.0}
    pd.testing.assert_series_equal(panel.shown, recommend(panel.ratings))
    assert "Taken back: Matrix, The (1999)" in page(panel)


def test_after_the_last_is_taken_back_all_is_as_at_first(panel):
    before = state(panel)
    panel.rate(7, 5)
    panel.forget(7)
    assert state(panel) == before
    assert panel.ratings.index.dtype == TITLES.index.dtype
    assert panel.ratings.dtype == "float64"


def test_ids_may_be_text():
    titles = pd.Series({"a": "Alien", "b": "Brazil"})
    panel = RatingPanel(titles, lambda stars: pd.Series({"b": 1.0}))
    panel.rate("a", 4)
    assert panel.ratings.to_dict() == {"a": 4.0}


def test_the_stars_are_those_of_the_scale():
    panel = RatingPanel(TITLES, recommend, scale=(0, 0.3), step=0.1)
    stars = [button.description for button in parts(panel, widgets.Button)]
    assert stars == ["0", "0.1", "0.2", "0.3"]
    panel.rate(7, 0.3)  # 0.1 * 3 is not
    assert panel.ratings.to_dict() == {7: 0.3}


# Errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "stars", "message"),
    [
        (99, 4, "no item 99"),
        ("7", 4, "no item '7'"),
        (7, 0, "0 is none of the stars"),
        (7, 4.2, "4.2 is none"),
        (7, 5.5, "5.5 is none"),
        (7, float("nan"), "nan is none"),
        (7, "4", "'4' is none"),
    ],
)
def test_nothing_is_lost_by_a_wrong_rating(panel, item, stars, message):
    panel.rate(2, 4)
    before = state(panel)
    with pytest.raises(ValueError, match=message):
        panel.rate(item, stars)
    assert state(panel) == before


def test_what_is_not_rated_cannot_be_taken_back(panel):
    panel.rate(2, 4)
    before = state(panel)
    with pytest.raises(ValueError, match="7 is not rated"):
        panel.forget(7)
    assert state(panel) == before


def refuse(stars):
    raise ValueError("no list: 1 < 2")


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        (refuse, "ValueError: no list: 1 < 2"),
        (lambda stars: {}["lost"], "KeyError: 'lost'"),
        (lambda stars: pd.Series({99: 1.0}), "item 99, which has no title"),
        (lambda stars: pd.Series({7: 1.0, 2: "many"}), "ValueError: Unknown format"),
        (lambda stars: None, "must return a Series, not"),
    ],
)
def test_nothing_is_lost_when_recommend_fails(fails, message):
    panel = RatingPanel(
        TITLES, lambda stars: fails(stars) if stars.get(7) == 5 else recommend(stars)
    )
    panel.rate(2, 4)
    before = state(panel)
    with pytest.raises((ValueError, KeyError)):
        panel.rate(7, 5)
    assert state(panel) == before
    choose(panel, 0)
    click(panel, "5 stars")
    assert state(panel) == before
    assert "Nothing changed." in page(panel)
    assert message in page(panel)
    click(panel, "4 stars")
    assert panel.ratings.to_dict() == {2: 4.0, 7: 4.0}
    assert "Nothing changed." not in page(panel)


def test_nothing_is_lost_when_recommend_fails_after_taking_back():
    panel = RatingPanel(
        TITLES, lambda stars: refuse(stars) if len(stars) == 1 else recommend(stars)
    )
    panel.ratings = pd.Series({2: 4.0})
    panel.rate(7, 5)
    before = state(panel)
    click(panel, "take back")
    assert state(panel) == before
    assert "no list: 1 < 2" in page(panel)


def test_recommend_cannot_change_the_ratings():
    def careless(stars):
        stars -= 1
        return recommend(stars)

    panel = RatingPanel(TITLES, careless)
    panel.rate(7, 4)
    panel.rate(2, 3)
    assert panel.ratings.to_dict() == {7: 4.0, 2: 3.0}


@pytest.mark.parametrize(
    ("titles", "message"),
    [
        (TITLES[:0], "not empty"),
        (["Alien"], "a Series"),
        (pd.Series(["Alien", "Brazil"], index=[3, 3]), "titles has 3 twice"),
        (pd.Series(["Alien", None]), "not text"),
        (pd.Series([1, 2]), "titles holds 1, which is not text"),
    ],
)
def test_unusable_titles_are_refused(titles, message):
    with pytest.raises(ValueError, match=message):
        RatingPanel(titles, recommend)


@pytest.mark.parametrize(
    ("scale", "step"), [((1, 5), 1.5), ((5, 1), 1), ((1, 5), 0), ((1, 5), -1)]
)
def test_unusable_scales_are_refused(scale, step):
    with pytest.raises(ValueError, match="no whole number of steps"):
        RatingPanel(TITLES, recommend, scale=scale, step=step)


# What is shown -----------------------------------------------------------------------


def test_titles_are_text_not_html(panel):
    panel.rate(7, 4)
    assert "Romeo & <i>Juliet</i> (1996)" in page(panel)
    panel.rate(9, 4)
    assert "4 ★ for Romeo & <i>Juliet</i> (1996)" in page(panel)
    html = "".join(part.value for part in parts(panel, widgets.HTML))
    assert "<i>" not in html
    assert html.count("Romeo &amp; &lt;i&gt;Juliet") == 2  # the message, the rating


def test_without_widgets_the_whole_list_shows_as_text(panel):
    text = """\
 9.00  Romeo & <i>Juliet</i> (1996)
 7.00  Toy Story (1995)
 5.00  Amélie (2001)
 4.00  Toy Story 2 (1999)
 2.00  Matrix, The (1999)"""
    assert len(text) > 110  # where ipywidgets cuts
    assert repr(panel) == text
    data = panel._repr_mimebundle_()
    assert data["text/plain"] == text
    assert "application/vnd.jupyter.widget-view+json" in data


def test_rating_anew_makes_no_new_widgets(panel):
    """Each stays in the browser for as long as the notebook is open."""
    panel.rate(7, 1)
    before = parts(panel, widgets.Widget)
    panel.rate(7, 2)
    panel.forget(7)
    panel.rate(7, 3)
    after = parts(panel, widgets.Widget)
    assert [id(widget) for widget in after] == [id(widget) for widget in before]
