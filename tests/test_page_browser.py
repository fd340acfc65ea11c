"""collab/page.py as a visitor meets it: one file in a browser, keys and clicks."""

import json
import unicodedata
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
import pytest
from browsers import Hands, start_chrome
from repository import ROOT
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from collab.factors import Factors
from collab.page import read_page, write_page
from collab.recommend import top_n

TITLES = pd.Series(
    {
        11: "Alien (1979)",
        12: "Aliens (1986)",
        13: "Some Like It Hot (1959)",
        14: "Young Frankenstein (1974)",
        15: "Amélie (2001)",
        16: "Airplane! (1980)",
        17: "Halloween (1978)",
        18: "Weiße Straße (1999)",
    }
)


def items(titles, bias=0.0, scary=1.0, funny=0.0):
    """Factors that know no users; without numbers all items are alike."""
    tastes = pd.DataFrame({"scary": scary, "funny": funny}, titles.index)
    return Factors(
        3.5, None, pd.Series(bias, titles.index), None, tastes, scale=(0.5, 5.0)
    )


ITEMS = items(
    TITLES,
    bias=[0.9, 0.5, 0.8, 0.4, 0.7, 0.2, 0.1, 0.3],
    scary=[1.0, 1.1, -0.4, 0.5, -0.8, -0.5, 1.2, 0.0],
    funny=[-0.3, 0.1, 1.2, 1.0, -0.6, 1.1, -0.4, 0.3],
)
TOGETHER = pd.DataFrame(
    np.random.default_rng(3).normal(size=(8, 8)), TITLES.index, TITLES.index
)
HOSTILE = {
    1: "</script><script>window.broken = 1</script>",
    2: "<!-- <script>",
    3: '"><img src=x onerror="window.broken = 1">',
    4: "\u202eright to left\u202c \u200f\u061c",
    5: "line\u2028and paragraph\u2029separators",
    6: "${window.broken = 1} `'\\u0027 &lt;b&gt; ]]> --> */ </style>",
}


def written(factors, titles, path, **options):
    """Everything has been rated by a hundred people, where nothing else is said."""
    ids = titles.index if factors is None else factors.item_bias.index
    options = {"counts": pd.Series(100, ids)} | options
    return write_page(factors, titles, path, **options)


@pytest.fixture(scope="module")
def chrome():
    driver = start_chrome()
    yield driver
    driver.quit()


@pytest.fixture
def browser(chrome, tmp_path):
    """A tab of one Chrome for each test."""
    home = chrome.current_window_handle
    chrome.switch_to.new_window("tab")
    chrome.folder = tmp_path
    command = {"behavior": "allow", "downloadPath": str(tmp_path)}
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", command)
    yield chrome
    chrome.close()
    chrome.switch_to.window(home)


class Visitor(Hands):
    def __init__(self, browser, path):
        super().__init__(browser)
        self.path = path

    def click(self, selector, text):
        next(part for part in self.all(selector) if part.text == text).click()

    def search(self, words):
        box = self.find("#search")
        box.clear()
        box.send_keys(words)
        return self.texts("#found .title")

    def rate(self, words, stars):
        self.search(words)
        self.find("#found .title").click()
        self.click("#found .stars button", stars)

    def control(self, key):
        keys = ActionChains(self.browser).key_down(Keys.CONTROL).send_keys(key)
        keys.key_up(Keys.CONTROL).perform()

    def focus(self):
        return self.run(
            "return document.activeElement.ariaLabel"
            " ?? document.activeElement.textContent"
        )

    def come_again(self, *titles):
        """Opens the page anew until these are the visitor's, and what the page wrote
        before is there: Chrome hands it to its next process when it finds the time,
        under load after that has drawn. What one wrote earlier would be overwritten.
        """
        kept = "return localStorage.getItem(KEY)"
        from_here = self.browser.current_url == self.path.as_uri()
        written = self.run(kept) if from_here else None

        def arrived():
            self.browser.get(self.path.as_uri())
            if from_here and self.run(kept) != written:
                return False
            return self.texts("#yours .title") == list(titles)

        self.until(arrived)

    def said(self):
        (message,) = self.texts("#message")
        return message

    def load(self, file):
        before = self.said()
        self.find("#file").send_keys(str(file))
        self.until(lambda: self.said() != before)
        return self.said()


@pytest.fixture
def open_page(browser):
    """A function that writes a page, opens it, hands over a visitor who is new."""

    def open_page(factors=ITEMS, titles=TITLES, **options):
        path = written(factors, titles, browser.folder / "page.html", **options)
        browser.get(path.as_uri())
        visitor = Visitor(browser, path)
        visitor.run("localStorage.clear()")
        visitor.come_again()
        return visitor

    yield open_page
    assert Hands(browser).complaints() == []  # whatever a visitor did


def listed(path, stars, n=10):
    """The list as Python makes it: titles, and what is expected."""
    page, ratings = read_page(path), pd.Series(stars, dtype="float64")
    scores = page.scores(ratings)["stars"]
    everybody = page.factors.mean + page.factors.item_bias
    lines = []
    for item, score in top_n(scores, n, seen=list(stars)).clip(0.5, 5).items():
        more = float(f"{scores[item]:.1f}") - float(f"{everybody[item]:.1f}")
        for_you = f", {more:+.1f} for you".replace("-", "−") if abs(more) > 0.01 else ""
        why = f"{everybody[item]:.1f} for everybody{for_you}" if stars else ""
        lines.append(f"{page.titles[item]}{score:.1f} ★{why}")
    return lines


# One visitor -------------------------------------------------------------------------


def test_a_visitor_searches_rates_takes_back_clears_and_comes_again(open_page):
    visitor = open_page(step=0.5, what="film", note="Made of <b>air</b>.")
    assert visitor.browser.title == "Your next film"
    assert visitor.texts("h1") == ["Your next film"]
    assert visitor.texts("label") == ["Which film do you know?"]
    assert visitor.texts("#note") == ["Made of <b>air</b>."]
    assert visitor.texts("#best li") == listed(visitor.path, {})
    assert visitor.texts("#whom") == ["For everybody, so far."]
    assert visitor.texts(":disabled") == ["Save to a file", "Clear all"]

    assert visitor.search("alien") == ["Alien (1979)", "Aliens (1986)"]
    assert visitor.texts("#hint") == ["2 found."]
    visitor.find("#found .title").click()
    stars = ["0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"]
    assert visitor.texts("#found .stars button") == stars
    visitor.click("#found .stars button", "5")
    assert visitor.texts("#best li") == listed(visitor.path, {11: 5})
    assert visitor.said().startswith("5 ★ for Alien (1979). For you now, ")
    assert visitor.said().endswith("Amélie (2001), Aliens (1986).")
    assert visitor.texts("#found [aria-pressed=true]") == ["5"]
    assert visitor.texts("#whom") == ["Sorted by the rating that we guess."]
    assert visitor.texts("#found li")[0].startswith("Alien (1979)5 ★")

    visitor.rate("hot LIKE", "1.5")
    assert visitor.texts("#yours li") == [
        "Some Like It Hot (1959)1.5 ★×",
        "Alien (1979)5 ★×",
    ]
    assert visitor.texts("#best li") == listed(visitor.path, {11: 5, 13: 1.5})
    visitor.come_again("Some Like It Hot (1959)", "Alien (1979)")
    assert visitor.texts("#best li") == listed(visitor.path, {11: 5, 13: 1.5})

    visitor.find("[aria-label='Take back Alien (1979)']").click()
    assert visitor.texts("#yours li") == ["Some Like It Hot (1959)1.5 ★×"]
    assert visitor.texts("#best li") == listed(visitor.path, {13: 1.5})
    first = visitor.texts("#best .title")[0]
    visitor.find("#best .title").click()
    visitor.click("#best .stars button", "4")  # a listed one is rated in place
    assert visitor.texts("#yours li")[0] == f"{first}4 ★×"
    assert first not in visitor.texts("#best .title")

    visitor.find("#clear").click()
    assert visitor.texts("#yours li") == []
    assert visitor.said().startswith("2 ratings cleared.")
    assert visitor.focus() == "Undo"
    visitor.find("#undo").click()
    assert len(visitor.texts("#yours li")) == 2
    visitor.find("#clear").click()
    visitor.come_again()
    assert visitor.texts("#yours li") == []
    assert visitor.texts("#best li") == listed(visitor.path, {})


FORGIVEN = [
    ("Ame\u0301lie", "Amélie (2001)"),
    ("amelie", "Amélie (2001)"),
    ("strasse WEISSE", "Weiße Straße (1999)"),
    ("ocean’s eleven", "Ocean's Eleven (2001)"),  # as a phone types it
    ("oceans eleven", "Ocean's Eleven (2001)"),
    ("spiderman", "Spider-Man (2002)"),
    ("spider man", "Spider-Man (2002)"),
    ("wall-e", "WALL·E (2008)"),
    ("walle", "WALL·E (2008)"),
    ("god father", "Godfather, The (1972)"),
    ("godfahter", "Godfather, The (1972)"),  # two changed places
    ("godfathr", "Godfather, The (1972)"),
    ("goddfather", "Godfather, The (1972)"),
    ("gotfather", "Godfather, The (1972)"),
    ("star wars 4", "Star Wars: Episode IV - A New Hope (1977)"),
    ("star wars v", "Star Wars: Episode V - The Empire Strikes Back (1980)"),
    ("godfather ii", "Godfather 2 (1974)"),
    ("leon", "Léon (1994)"),  # a whole word before Napoleon
    ("2001", "2001: A Space Odyssey (1968)"),  # first words before Amélie's year
    ("et", "E.T. the Extra-Terrestrial (1982)"),
    ("part 2 of a II", "Part Two of II (1986)"),
    ("uliet ROM", "Romeo & <i>Juliet</i> (1996)"),  # within a word, in any order
    ("<i>", "Romeo & <i>Juliet</i> (1996)"),
    ("(2004", "Napoleon (2004)"),  # no pattern
    ("film é", unicodedata.normalize("NFD", "ﬁlm é (2003)")),
    ("ΟΔΎΣ", "Οδύσσεια (1997)"),  # whose last sigma is another letter in the end
]


def test_a_search_forgives_what_people_type(open_page):
    titles = pd.Series(["Napoleon (2004)", *(title for _, title in FORGIVEN)]).unique()
    titles = pd.Series(titles)
    together = pd.DataFrame(np.tri(len(titles)))
    visitor = open_page(None, titles, together=together)
    first = {words: visitor.search(words)[:1] for words, _ in FORGIVEN}
    assert first == {words: [title] for words, title in FORGIVEN}
    assert visitor.search("star trek") == []
    (hint,) = visitor.texts("#hint")
    holds = f"There are {len(titles)} titles, none after 2008."
    assert hint == f"No title has these words. {holds}"
    assert visitor.search("godfahter") == [
        "Godfather, The (1972)",
        "Godfather 2 (1974)",
    ]
    assert visitor.texts("#hint") == [f"{hint} The nearest:"]
    # A year is no typing error, nor are two; few words are forgiven little.
    for words in ("1985", "gdofahter", "  ", "zq", "of zq", "part 3", "parrt 3"):
        assert visitor.search(words) == [], words
    assert visitor.search("two")[:1] == ["Part Two of II (1986)"]


SEARCHES = """
const words = ["the", "star", "godfahter", "zqxw"];
const titles = Array.from({ length: 50_000 }, (_, k) => `Film ${k} of star ${k % 97}`);
const search = titleSearch(titles);
let least = Infinity; // other tests may keep the machine busy
for (let k = 0; k < 40 && least >= 250; k++) {
  const start = performance.now();
  for (const word of words) search(word);
  least = Math.min(least, (performance.now() - start) / words.length);
}
return least;
"""


def test_a_search_of_fifty_thousand_titles_is_quick(open_page):
    assert open_page().run(SEARCHES) < 250


def test_a_long_search_shows_the_first_and_says_how_many_there_are(open_page):
    titles = pd.Series([f"Film {k}" for k in range(20)])
    visitor = open_page(items(titles), titles, n=3)
    assert visitor.search("film") == titles[:8].tolist()
    assert visitor.texts("#hint") == ["8 of 20: type on to see others."]
    assert visitor.texts("#best .title") == titles[:3].tolist()  # equal: in their order


def test_the_keyboard_is_enough_and_the_focus_is_never_lost(open_page):
    visitor = open_page(step=0.5)
    visitor.press(Keys.TAB, "alien", Keys.ENTER)
    assert visitor.focus() == "Alien (1979)"
    visitor.press(Keys.ENTER, *[Keys.TAB] * 10, Keys.SPACE)  # its stars, up to the 10th
    assert visitor.focus() == "5 ★"
    assert visitor.texts("#yours li") == ["Alien (1979)5 ★×"]
    visitor.press(Keys.TAB, Keys.TAB)  # past the second title found, to the list
    first, second, third = visitor.texts("#best .title")[:3]
    assert visitor.focus() == first
    visitor.press(Keys.ENTER, Keys.TAB, Keys.ENTER)
    assert visitor.texts("#yours .title") == [first, "Alien (1979)"]
    assert visitor.focus() == visitor.texts("#best .title")[0]  # what took its place
    assert {second, third} <= set(visitor.texts("#best .title"))
    outlined = "return getComputedStyle(document.activeElement).outlineStyle"
    assert visitor.run(outlined) == "solid"
    visitor.run("document.querySelector('#yours .forget').focus()")
    visitor.press(Keys.ENTER)
    assert visitor.texts("#yours .title") == ["Alien (1979)"]
    assert visitor.focus() == "Alien (1979)"
    visitor.press(Keys.TAB, Keys.ENTER)
    assert visitor.texts("#yours .title") == []
    assert visitor.run("return document.activeElement.id") == "search"


def test_what_is_taken_back_comes_back_once(open_page):
    visitor = open_page(step=0.5)
    for words, stars in [("alien 79", "4"), ("airplane", "2"), ("amelie", "3.5")]:
        visitor.rate(words, stars)
        assert visitor.texts("#undo") == []
    yours = ["Amélie (2001)3.5 ★×", "Airplane! (1980)2 ★×", "Alien (1979)4 ★×"]
    for undo in (
        partial(visitor.control, "z"),
        lambda: visitor.find("#undo").click(),
        lambda: visitor.press(*[Keys.TAB] * 5, Keys.ENTER),  # ×, save, load, clear
    ):
        visitor.run("document.querySelectorAll('#yours .forget')[1].focus()")
        visitor.press(Keys.ENTER)
        assert visitor.texts("#yours li") == [yours[0], yours[2]]
        assert visitor.texts("[role=status] #undo") == ["Undo"]  # is announced as well
        said = visitor.said()
        assert said.startswith("Taken back: Airplane! (1980). For you now, ")
        assert said.endswith(". Undo")
        assert visitor.focus() == "Alien (1979)"
        undo()
        assert visitor.texts("#yours li") == yours
        assert visitor.focus() == "Airplane! (1980)"
        assert visitor.run("return part('search').value") == "amelie"
        assert visitor.texts("#undo") == []
    visitor.control("z")
    assert visitor.texts("#yours li") == yours
    visitor.find("#yours .forget").click()
    visitor.press(*[Keys.TAB] * 4, Keys.ENTER)  # save: another action
    assert visitor.said() == "2 ratings saved as ratings.json."
    visitor.control("z")
    visitor.search("x")
    visitor.control("z")  # takes back what was typed
    assert len(visitor.texts("#yours li")) == 2


# What goes together ------------------------------------------------------------------


def listed_next(path, stars, n=10):
    """The first list as Python makes it: titles, and why."""
    page = read_page(path)
    ratings = pd.Series(stars, dtype="float64")
    best = page.scores(ratings)["next"].loc[page.listed]
    lines = []
    for item in top_n(best, n, seen=list(stars)).index:
        says = page.picked.loc[ratings.index] @ page.items.loc[item]
        says *= (ratings - 2.75).clip(lower=0) / 2.25 if page.factors else 1
        why = (
            f"because of {page.titles[says.idxmax()]}"
            if max(says, default=0) > 0
            else ""
        )
        lines.append((page.titles[item], why))
    return lines


def shown(visitor):
    script = "return [...document.querySelectorAll('#best li')].map(one => "
    script += "['bdi', '.why'].map(part => one.querySelector(part).textContent))"
    return [tuple(line) for line in visitor.run(script)]


def test_two_visitors_get_two_lists_and_each_title_says_why(open_page):
    visitor = open_page(together=TOGETHER, n_together=8, n=5, step=0.5)
    everybody = shown(visitor)
    assert everybody == listed_next(visitor.path, {}, 5)
    found = []
    for stars in ({11: 2, 13: 5}, {16: 5, 15: 4.5}):
        for item, value in stars.items():
            visitor.rate(TITLES[item].split(" (")[0], f"{value:g}")
        found.append(shown(visitor))
        assert found[-1] == listed_next(visitor.path, stars, 5)
        assert any(why.startswith("because of ") for _, why in found[-1])
        visitor.find("#clear").click()
    assert found[0] != found[1]
    visitor.find("#by-stars").click()
    assert visitor.texts("#best li") == listed(visitor.path, {}, 5)
    assert visitor.texts("#orders [aria-pressed=true]") == ["Highest ratings"]
    visitor.rate("airplane", "5")
    assert visitor.texts("#best li") == listed(visitor.path, {16: 5}, 5)
    visitor.find("#by-next").click()
    assert shown(visitor) == listed_next(visitor.path, {16: 5}, 5)
    (whom,) = visitor.texts("#whom")
    assert whom == "Sorted by what goes with yours. Each rating is our guess."
    visitor.rate("airplane", "2.5")  # disliked, it asks for nothing like it
    assert {why for _, why in shown(visitor)} == {""}
    (whom,) = visitor.texts("#whom")
    assert whom == "You liked nothing so far: the most rated first."


def test_without_stars_a_visitor_picks(open_page):
    visitor = open_page(None, together=TOGETHER, n_together=8, among=TITLES.index[1:])
    assert visitor.texts("#yours-title") == ["Your picks"]
    assert visitor.find("#orders").is_displayed() is False
    assert [title for title, _ in shown(visitor)] == TITLES[1:].tolist()
    for words in ("like hot", "airplane"):
        visitor.search(words)
        visitor.find("#found .title").click()
    assert shown(visitor) == listed_next(visitor.path, {13: 1, 16: 1})
    assert visitor.texts("#whom") == ["Sorted by what goes with yours."]
    assert visitor.texts("#yours .title") == [TITLES[16], TITLES[13]]
    assert visitor.texts("#found [aria-pressed=true]") == [TITLES[16]]
    assert visitor.said().startswith("Picked: Airplane! (1980).")
    visitor.come_again(TITLES[16], TITLES[13])
    visitor.find("#yours .title").click()
    assert shown(visitor) == listed_next(visitor.path, {13: 1})
    assert visitor.search("alien")[0] == "Alien (1979)"  # found, but not recommended


# Files and storage -------------------------------------------------------------------


def test_ratings_are_saved_and_loaded_and_join_those_that_are_there(open_page):
    visitor = open_page(step=0.5)
    visitor.rate("alien 79", "4.5")
    visitor.rate("weiße", "2")
    file = visitor.browser.folder / "ratings.json"
    file.unlink(missing_ok=True)
    visitor.find("#save").click()
    assert visitor.said() == "2 ratings saved as ratings.json."
    visitor.until(file.exists)
    saved = [["11", "Alien (1979)", 4.5], ["18", "Weiße Straße (1999)", 2]]
    assert json.loads(file.read_text("utf-8"))["ratings"] == saved

    visitor.find("#clear").click()
    visitor.rate("airplane", "5")
    visitor.rate("alien 79", "1")
    assert visitor.load(file).startswith("2 ratings loaded. For you now,")
    wanted = {16: 5, 11: 4.5, 18: 2}
    assert visitor.texts("#best li") == listed(visitor.path, wanted)
    visitor.find("#undo").click()  # a rating was overwritten
    assert visitor.texts("#best li") == listed(visitor.path, {16: 5, 11: 1})
    assert visitor.texts("#undo") == []
    visitor.load(file)
    visitor.rate("amelie", "3")
    assert visitor.texts("#undo") == []

    # A later edition of the page has another catalogue.
    visitor = open_page(titles=TITLES.replace("Alien (1979)", "Heat"))
    assert visitor.load(file).startswith("1 rating loaded. 1 more are not known here.")
    assert visitor.texts("#yours .title") == ["Weiße Straße (1999)"]


NOT_OURS = "it was not saved by such a page"
DAMAGED = "it is damaged, or was not saved by such a page"
NOTHING = "it has nothing that this page knows"
FORMAT = "collab page: stars"


STRANGE_FILES = [
    ("", DAMAGED),
    ('{"format": "collab page: stars", "rat', DAMAGED),
    (b"\xff\xfe\x00\x81", DAMAGED),
    ("null", NOT_OURS),
    ("[]", NOT_OURS),
    ({"ratings": [["11", "Alien (1979)", 4]]}, NOT_OURS),
    ({"format": "collab page: picks", "ratings": []}, NOT_OURS),
    ({"format": FORMAT, "ratings": {"11": 4}}, NOT_OURS),
    ({"format": FORMAT, "ratings": [None, 5, "x", [], {}, [["11"]]]}, NOTHING),
    ({"format": FORMAT, "ratings": [["99", "Alien (1979)", 4]]}, NOTHING),
    ({"format": FORMAT, "ratings": [["11", "Aliens (1986)", 4]]}, NOTHING),
    ({"format": FORMAT, "ratings": [["11", "Alien (1979)", 9]]}, NOTHING),
    ({"format": FORMAT, "ratings": [["11", "Alien (1979)", "4"]]}, NOTHING),
    ({"format": FORMAT, "ratings": [["__proto__", "x", 4]]}, NOTHING),
    (" " * 10_000_001, "it is too large"),
]


def test_a_file_that_is_none_of_ours_gets_a_sentence(open_page):
    visitor = open_page(step=0.5)
    visitor.rate("alien 79", "4")
    for number, (content, why) in enumerate(STRANGE_FILES):
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        file = visitor.browser.folder / f"<b>other<b> {number}.json"
        file.write_bytes(content)
        sentence = f"Nothing changed. The file {file.name} could not be used: {why}."
        assert visitor.load(file) == sentence, content[:80]
        assert visitor.texts("#yours li") == ["Alien (1979)4 ★×"]
    visitor.rate("amélie", "3.5")  # and the page goes on
    assert visitor.texts("#best li") == listed(visitor.path, {11: 4, 15: 3.5})


def test_what_lies_damaged_in_the_storage_is_passed_over(open_page):
    visitor = open_page()
    visitor.rate("airplane", "1")
    visitor.run("localStorage.setItem(KEY, '{')")
    visitor.come_again()
    assert visitor.texts("#best li") == listed(visitor.path, {})
    visitor.rate("alien", "4")
    visitor.come_again("Alien (1979)")


def test_two_pages_do_not_mix_and_two_windows_agree(open_page):
    visitor = open_page(step=0.5)
    visitor.rate("alien", "4")
    other = visitor.browser.folder / "two.html"
    written(ITEMS, TITLES.drop(12), other, step=0.5)
    visitor.browser.get(other.as_uri())
    assert visitor.texts("#yours .title") == []

    visitor.come_again("Alien (1979)")
    first = visitor.browser.current_window_handle
    visitor.browser.switch_to.new_window("tab")
    visitor.come_again("Alien (1979)")
    visitor.rate("amélie", "2")
    visitor.browser.close()
    visitor.browser.switch_to.window(first)
    yours = ["Amélie (2001)", "Alien (1979)"]
    visitor.until(lambda: visitor.texts("#yours .title"), yours)


def test_a_browser_that_keeps_nothing_is_told_so_and_goes_on(open_page, browser):
    blocked = """Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("denied", "SecurityError"); } });"""
    visitor = open_page()
    command = {"source": blocked}
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", command)
    browser.refresh()
    assert visitor.texts("#count") == ["None yet."]
    visitor.rate("alien", "4")
    (count,) = visitor.texts("#count")
    assert "This browser keeps nothing: save them to a file." in count
    assert visitor.texts("#best li") == listed(visitor.path, {11: 4})


# Safe --------------------------------------------------------------------------------


def test_hostile_titles_stay_text(open_page):
    titles = pd.Series(HOSTILE)
    words = "<i>x</i></title><script>window.broken = 1</script>"
    visitor = open_page(items(titles), titles, what=words, unit=words, note=words)
    shown = visitor.run(
        "return Array.from(document.querySelectorAll('#best bdi'), x => x.textContent)"
    )
    assert shown == [" ".join(title.split()) for title in HOSTILE.values()]
    visitor.find("#best .title").click()
    visitor.find("#best .stars button").click()
    assert visitor.run("return window.broken") is None
    assert visitor.run("return document.querySelectorAll('script').length") == 2
    assert visitor.run("return document.querySelectorAll('main *:is(i, b, img)')") == []
    assert visitor.browser.title == f"Your next {words}"


# All of MovieLens --------------------------------------------------------------------


@pytest.fixture(scope="module")
def movies(real):
    """Titles, and numbers by chance: as many as the real ones."""
    titles = pd.read_csv(ROOT / "data" / "movies.csv", keep_default_na=False)
    ids, rng = np.unique(real["movieId"]), np.random.default_rng(0)
    bias = pd.Series(rng.normal(size=len(ids)) / 3, ids)
    Q = pd.DataFrame(rng.normal(size=(len(ids), 50)) / 3, ids)
    factors = Factors(3.5, None, bias, None, Q, (0.5, 5.0))
    return factors, titles.set_index("movieId")["title"]


# What people type for what they want, written before the search was tried on them.
QUERIES = """
jurrasic park → Jurassic Park (1993)
teh matrix → Matrix, The (1999)
shawshank redemtion → Shawshank Redemption, The (1994)
shindlers list → Schindler's List (1993)
forest gump → Forrest Gump (1994)
se7en → Seven (a.k.a. Se7en) (1995)
12 monkeys → Twelve Monkeys (a.k.a. 12 Monkeys) (1995)
rocky 2 → Rocky II (1979)
godfather part two → Godfather: Part II, The (1974)
oceans 11 → Ocean's Eleven (2001)
the 5th element → Fifth Element, The (1997)
6th sense → Sixth Sense, The (1999)
eight mile → 8 Mile (2002)
romeo and juliet → William Shakespeare's Romeo + Juliet (1996)
lock stock and two smoking barrels → Lock, Stock & Two Smoking Barrels (1998)
beauty & the beast → Beauty and the Beast (1991)
fast & furious → Fast and the Furious, The (2001)
inglorious bastards → Inglourious Basterds (2009)
pulp ficton → Pulp Fiction (1994)
terminater 2 → Terminator 2: Judgment Day (1991)
back to the future 3 → Back to the Future Part III (1990)
harry poter chamber of secrets → Harry Potter and the Chamber of Secrets (2002)
a beautifull mind → Beautiful Mind, A (2001)
mission imposible → Mission: Impossible (1996)
gostbusters → Ghostbusters (a.k.a. Ghost Busters) (1984)
armagedon → Armageddon (1998)
apolo 13 → Apollo 13 (1995)
crouching tiger hiden dragon → \
Crouching Tiger, Hidden Dragon (Wo hu cang long) (2000)
bladerunner → Blade Runner (1982)
toystory 3 → Toy Story 3 (2010)
dark night → Dark Knight, The (2008)
donny darko → Donnie Darko (2001)
one flew over the cookoos nest → One Flew Over the Cuckoo's Nest (1975)
iron man three → Iron Man 3 (2013)
goodfelas → Goodfellas (1990)
requiem of a dream → Requiem for a Dream (2000)
the silence of the lamb → Silence of the Lambs, The (1991)
101 dalmations → 101 Dalmatians (One Hundred and One Dalmatians) (1961)
raiders of the lost arc → \
Raiders of the Lost Ark (Indiana Jones and the Raiders of the Lost Ark) (1981)
ratatoullie → Ratatouille (2007)
"""


FIRST = """return arguments[0].map(
  words => search(words).rows.slice(0, 5).map(row => page.titles[row]))"""
SCORES = """
const { stars, next } = scoresFor(new Map(arguments[0]));
return [[...stars], [...next]];
"""
CHANGES = """
const took = [];
for (let k = 0; k < 50; k++) {
  const start = performance.now();
  say(k, page.stars[(k + arguments[0]) % 9]);
  document.body.getBoundingClientRect(); // laid out as well
  took.push(performance.now() - start);
}
return took;
"""


def test_the_page_scores_and_finds_among_all_movies(open_page, movies, real):
    counts = real["movieId"].value_counts()
    few = counts.index[:1000]
    numbers = np.random.default_rng(1).normal(size=(1000, 1000))
    together = pd.DataFrame(numbers, few, few)
    options = {"together": together, "among": few[:500], "n_factors": 50}
    visitor = open_page(*movies, counts=counts, **options)
    # Ten users get what Python gives them.
    page = read_page(visitor.path)
    rows = pd.Series(range(len(page.titles)), page.titles.index)
    some = np.random.default_rng(0).choice(real["userId"].unique(), 10, replace=False)
    known = real[real["userId"].isin(some) & real["movieId"].isin(rows.index)]
    nobody = page.scores(pd.Series(dtype="float64"))
    for _, of in known.groupby("userId"):
        stars = of.set_index("movieId")["rating"]
        wanted = page.scores(stars)
        pairs = np.column_stack([rows[stars.index], stars]).tolist()
        found = visitor.run(SCORES, pairs)
        assert np.abs(np.transpose(found) - wanted).max(axis=None) < 1e-9
        assert np.abs(wanted - nobody).max(axis=None) > 1  # not what all would get
    # Of forty queries 39 find their movie among the first five.
    asked = dict(line.split(" → ") for line in QUERIES.strip().splitlines())
    found = dict(zip(asked, visitor.run(FIRST, list(asked)), strict=True))
    missed = [words for words in asked if asked[words] not in found[words]]
    assert missed == ["one flew over the cookoos nest"]  # two errors in a word
    assert len(asked) == 40


def test_a_change_among_all_movies_takes_less_than_50_ms(open_page, movies):
    visitor = open_page(*movies, step=0.5, n_factors=50)
    visitor.search("the")
    visitor.run(CHANGES, 0)
    assert len(visitor.texts("#yours li")) == 50
    # Other tests may keep the machine busy: the least of fifty changes, with fifty
    # ratings, and a few times fifty until nothing else was in the way.
    took = []
    while len(took) < 1000 and min(took, default=np.inf) >= 50:
        took += visitor.run(CHANGES, len(took) // 50 + 1)
    assert min(took) < 50, took


def test_all_is_in_sight_in_any_width_and_theme(open_page, browser):
    ask, papers = browser.execute_cdp_cmd, {"light": [255] * 3, "dark": [22, 24, 27]}
    size = {"height": 734, "deviceScaleFactor": 1, "mobile": False}
    titles = TITLES.replace("Aliens (1986)", "Aliens" * 500 + " (1986)")
    # A phone, the frame of the first page, a screen.
    for width, (theme, paper) in product([390, 782, 1400], papers.items()):
        ask("Emulation.setDeviceMetricsOverride", {"width": width, **size})
        features = [{"name": "prefers-color-scheme", "value": theme}]
        ask("Emulation.setEmulatedMedia", {"features": features})
        long = theme == "dark"
        used = titles if long else TITLES
        visitor = open_page(titles=used, step=0.5, together=TOGETHER)
        visitor.rate("frankenstein", "4.5")
        scrolled, room = visitor.run(
            "return [document.documentElement.scrollWidth, innerWidth]"
        )
        assert scrolled <= room == width
        tops = "return Array.from(document.querySelectorAll(arguments[0]),"
        tops += " part => part.getBoundingClientRect().y)"
        assert len(set(visitor.run(tops, "#found .stars button"))) == 1
        heads = visitor.run(tops, "h2")
        assert (heads[0] == heads[1]) == (width > 640), width
        background = "return getComputedStyle(document.body).backgroundColor"
        assert visitor.run(background) == f"rgb({', '.join(map(str, paper))})", width
        ask("Emulation.setEmulatedMedia", {"media": "print", "features": features})
        assert visitor.run(background) == "rgb(255, 255, 255)"
        ask("Emulation.setEmulatedMedia", {"features": features})
        if not long:
            visitor.search("19")  # many are found, and the list is in view
            assert visitor.run(tops, "#best li")[0] < 640, width
