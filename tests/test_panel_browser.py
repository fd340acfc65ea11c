"""collab/panel.py as a reader meets it: JupyterLab in a browser, keys and clicks."""

import json
import os
import subprocess
import sys
import unicodedata
from functools import partial

import nbformat
import pandas as pd
import pytest
from browsers import TIME_LIMIT, Hands, start_chrome
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from collab.panel import RatingPanel

# The notebook's one cell but for its last line. The test runs it, too: what it expects
# is what `recommend` says.
FILMS = """
import pandas as pd
from collab.panel import RatingPanel

films = pd.DataFrame(
    [
        (11, "Alien (1979)", 4.4, 1.0, -0.3),
        (12, "Aliens (1986)", 4.0, 1.1, 0.1),
        (13, "Some Like It Hot (1959)", 4.3, -0.4, 1.2),
        (14, "Young Frankenstein (1974)", 3.9, 0.5, 1.0),
        (15, "Fish & <i>Chips</i> (2001)", 4.2, -0.8, -0.6),
        (16, "Airplane! (1980)", 3.7, -0.5, 1.1),
        (17, "Halloween (1978)", 3.6, 1.2, -0.4),
    ],
    columns=["film", "title", "score", "scary", "funny"],
).set_index("film")
kinds = films[["scary", "funny"]]

def recommend(stars):
    taste = (stars - 3) @ kinds.loc[stars.index] / 10
    scores = (films["score"] + kinds @ taste).drop(stars.index)
    return scores.sort_values(ascending=False).head(4)
"""
SHOW_FILMS = "RatingPanel(films.title, recommend, scale=(0.5, 5), what='film')"

# Two threads keep the kernel busy until all is rated.
SIXTY = """
import threading
import pandas as pd
from collab.panel import RatingPanel

titles = pd.Series([f"Film {n}" for n in range(60)], index=range(1000, 1060))

def recommend(stars):
    return pd.Series(stars.sum(), index=titles.index.difference(stars.index)[:10])

panel = RatingPanel(titles, recommend, scale=(0.5, 5), n_found=60)

def work():
    while len(panel.ratings) < 60:
        sum(range(1000))

for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
"""
SHOW_SIXTY = "panel"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab apart from the user's own: the folder it serves.

    It is not up yet when the first test begins: the browser starts meanwhile.
    """
    tmp_path = tmp_path_factory.mktemp("lab")
    own = {
        "JUPYTER_CONFIG_DIR": tmp_path / "config",
        "JUPYTER_DATA_DIR": tmp_path / "data",
        "JUPYTER_RUNTIME_DIR": tmp_path / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": tmp_path / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": tmp_path / "workspaces",
        "IPYTHONDIR": tmp_path / "ipython",
    }
    config = {
        "ServerApp": {
            "root_dir": str(tmp_path),
            "open_browser": False,
            "allow_root": True,
            "jpserver_extensions": {"jupyter_lsp": False},  # seconds, for nothing
        }
    }
    write(own["JUPYTER_CONFIG_DIR"] / "jupyter_server_config.json", config)
    # Or else a question about news covers the corner of the page.
    apputils = own["JUPYTERLAB_SETTINGS_DIR"] / "@jupyterlab" / "apputils-extension"
    write(apputils / "notification.jupyterlab-settings", {"fetchNews": "false"})
    others = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab"],
            cwd=tmp_path,
            env=others | {name: str(path) for name, path in own.items()},
            stdout=log,
            stderr=log,
        )
    yield tmp_path
    server.terminate()  # its kernels end with it
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def write(path, content):
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))


@pytest.fixture(scope="module")
def browser():
    driver = start_chrome()
    yield driver
    driver.quit()


class Reader(Hands):
    def __init__(self, browser, folder):
        super().__init__(browser)
        self.folder = folder

    def until(self, look, wanted):
        """Look again and again; when time is up, tell what was seen instead."""
        # A page that moves on between two questions to it, a file that is half written.
        passing = [WebDriverException, json.JSONDecodeError]
        wait = WebDriverWait(self.browser, TIME_LIMIT, 0.1, passing)
        seen = None

        def looks_as_wanted(_):
            nonlocal seen
            seen = look()
            return seen == wanted

        try:
            wait.until(looks_as_wanted)
        except TimeoutException as timeout:
            screen = self.folder / "screenshot.png"
            self.browser.save_screenshot(str(screen))
            raise AssertionError(
                f"{wanted!r} is wanted, {seen!r} is seen; look at {screen} and at "
                "server.log beside it"
            ) from timeout

    def click(self, selector):
        def click():
            self.browser.find_element(By.CSS_SELECTOR, selector).click()
            return True

        self.until(click, True)  # not while the page still moves or covers it

    def run_first_cell(self):
        """Shift+Enter, as soon as there is a kernel to take it."""

        def has_run():
            prompt, *_ = self.texts(".jp-CodeCell .jp-InputPrompt") or [None]
            status = " ".join(self.texts(".jp-StatusBar-TextItem"))
            if prompt == "[ ]:" and "| Idle" in status:
                editor = self.browser.find_element(
                    By.CSS_SELECTOR, ".jp-CodeCell .cm-content"
                )
                editor.click()
                editor.send_keys(Keys.SHIFT, Keys.ENTER)
            return prompt == "[1]:"

        self.until(has_run, True)

    def choose(self, words, found):
        """Search, and choose the first of what is found."""
        search = self.browser.find_element(By.CSS_SELECTOR, ".rating-panel input")
        search.send_keys((Keys.BACKSPACE + Keys.DELETE) * 20 + words)
        self.until(lambda: self.texts(".rating-panel option"), found)
        self.click(".rating-panel option")
        self.until(lambda: self.texts(".chosen"), found[:1])

    def rate(self, stars):
        self.click(f".rating-panel .stars button[title='{stars} ★']")


@pytest.fixture
def open_panel(lab, browser):
    """A function that opens a notebook of one cell, runs it, hands over a reader."""

    def open_panel(name, code):
        cell = nbformat.v4.new_code_cell(code)
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(
            cells=[cell], metadata={"kernelspec": kernel}
        )
        nbformat.write(notebook, lab / f"{name}.ipynb")
        reader = Reader(browser, lab)
        reader.until(lambda: len(servers(lab)), 1)
        at = servers(lab)[0]
        browser.get(
            f"{at['url']}lab/workspaces/{name}/tree/{name}.ipynb?token={at['token']}"
        )
        reader.run_first_cell()
        reader.until(lambda: len(reader.texts(".rating-panel ol")), 1)
        return reader

    return open_panel


def servers(lab):
    files = (lab / "runtime").glob("jpserver-*.json")
    return [json.loads(path.read_text()) for path in files]


def the_best(stars):
    """The list as it must look after these ratings."""
    names = {}
    exec(FILMS, names)
    scores = names["recommend"](pd.Series(stars, dtype="float64"))
    titles = names["films"]["title"]
    return [f"{titles[film]} {score:.2f}" for film, score in scores.items()]


def test_a_reader_rates_takes_back_and_clears_all_and_needs_no_mouse(open_panel):
    reader = open_panel("films", f"{FILMS}\n{SHOW_FILMS}")
    recommended = partial(reader.texts, ".rating-panel ol li")
    chosen = partial(reader.texts, ".rating-panel .chosen")
    message = partial(reader.texts, ".rating-panel .message")
    rated = partial(reader.texts, ".rating-panel ul li")
    enabled = partial(reader.texts, ".rating-panel .stars button:enabled")

    reader.until(recommended, the_best({}))
    assert the_best({})[0] == "Alien (1979) 4.40"
    assert chosen() == ["No film is chosen yet."]
    assert enabled() == []
    assert reader.texts(".rating-panel section:first-child b") == [
        "1. Choose one film",
        "2. Rate it (★)",
    ]

    reader.choose("alien", ["Alien (1979)", "Aliens (1986)"])
    assert enabled() == ["0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"]
    reader.rate(5)
    reader.until(recommended, the_best({11: 5}))
    reader.until(message, ["5 ★ for Alien (1979)"])
    assert not any(line.startswith("Alien (") for line in recommended())
    assert chosen() == ["Alien (1979)"]  # it can be rated anew
    found = reader.browser.find_element(By.CSS_SELECTOR, ".rating-panel select")
    assert found.get_property("selectedIndex") == 0  # and is still marked in the list
    assert found.get_property("size") == 7  # room for all

    reader.choose("chips FISH", ["Fish & <i>Chips</i> (2001)"])
    reader.rate(0.5)
    reader.until(recommended, the_best({11: 5, 15: 0.5}))
    reader.until(rated, ["× 0.5 ★ Fish & <i>Chips</i> (2001)", "× 5 ★ Alien (1979)"])

    reader.click("[title='take back: Fish & <i>Chips</i> (2001)']")
    reader.until(rated, ["× 5 ★ Alien (1979)"])
    reader.until(recommended, the_best({11: 5}))

    reader.rate(4)
    reader.until(rated, ["× 4 ★ Fish & <i>Chips</i> (2001)", "× 5 ★ Alien (1979)"])
    reader.click(".rating-panel .clear")
    reader.until(rated, [])
    reader.until(recommended, the_best({}))

    # All is in sight, and no word of it is cut.
    rows = "return new Set([...document.querySelectorAll('.stars button')].map("
    rows += "button => button.getBoundingClientRect().y)).size"
    assert reader.run(rows) == 1
    cut = "return [...document.querySelectorAll('.rating-panel :is(p, button, li)')]"
    cut += ".filter(part => part.scrollWidth > part.clientWidth + 1).length"
    assert reader.run(cut) == 0

    # The keyboard is enough.
    reader.click(".rating-panel input")
    reader.press(*[Keys.BACKSPACE] * 10, "alien")
    found = partial(reader.texts, ".rating-panel option")
    reader.until(found, ["Alien (1979)", "Aliens (1986)"])
    reader.press(Keys.ENTER)
    reader.until(lambda: reader.texts(".chosen"), ["Alien (1979)"])
    reader.press(Keys.ARROW_DOWN)
    reader.until(lambda: reader.texts(".chosen"), ["Aliens (1986)"])
    reader.press(*[Keys.TAB] * 3, Keys.ENTER)  # 0.5, 1, 1.5
    reader.until(rated, ["× 1.5 ★ Aliens (1986)"])
    reader.press("d", "d")  # in JupyterLab's command mode: delete the cell
    reader.press(Keys.TAB, Keys.SPACE)
    reader.until(rated, ["× 2 ★ Aliens (1986)"])
    reader.press(*[Keys.TAB] * 7, Keys.ENTER)  # 2.5, 3, 3.5, 4, 4.5, 5, ×
    reader.until(rated, [])
    reader.press(*[Keys.BACKSPACE] * 5, "hot")  # the focus is in the search box
    reader.until(found, ["Some Like It Hot (1959)"])


# All of it in one go: the browser's events leave no moment between them.
RATE_ALL = """
const [panel, sayings] = [document.querySelector(".rating-panel"), arguments[0]];
const found = panel.querySelector("select");
for (const [row, star] of sayings) {
  found.selectedIndex = row;
  found.dispatchEvent(new Event("change"));
  panel.querySelectorAll(".stars button")[star].click();
}
return panel.querySelector(".message").textContent;
"""
TYPE = """
const search = document.querySelector(".rating-panel input");
for (const key of arguments[0]) {
  search.value += key;
  search.dispatchEvent(new Event("input"));
}
"""


def test_sixty_titles_rated_without_a_pause_get_their_own_stars(open_panel):
    reader = open_panel("sixty", f"{SIXTY}\n{SHOW_SIXTY}")
    reader.until(lambda: len(reader.texts(".rating-panel option")), 60)

    # Every title once, in a wild order; every third of them again, with other stars.
    sayings = [(n * 23 % 60, n * 7 % 10) for n in range(60)]
    sayings += [(row, (star + 4) % 10) for row, star in sayings[::3]]
    message = reader.run(RATE_ALL, sayings)
    assert message == "…"  # the kernel has not answered yet

    last = {}
    for row, star in sayings:
        last.pop(row, None)
        last[row] = f"× {(star + 1) / 2:g} ★ Film {row}"
    newest_first = list(last.values())[::-1]
    assert len(newest_first) == 60
    reader.until(lambda: reader.texts(".rating-panel ul li"), newest_first)

    reader.run(TYPE, "film 57")
    reader.until(lambda: reader.texts(".rating-panel option"), ["Film 57"])
    assert reader.texts(".rating-panel .stars button:enabled") == []


# The search, which asks no kernel -----------------------------------------------------

RENDER = """
const [source, state, done] = arguments;
const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
import(url).then(({ default: { render } }) => {
  window.sent = [];
  const model = {
    get: (name) => state[name],
    on: (_, update) => { model.answer = update; },
    send: (one) => sent.push(one),
  };
  window.state = model;
  render({ model, el: document.body });
  done();
});
"""
SEARCH = """
const search = document.querySelector("input");
search.value = arguments[0];
search.dispatchEvent(new Event("input"));
"""


@pytest.fixture
def searching(browser, tmp_path):
    """A function that shows a panel without its kernel, hands over its search."""
    reader = Reader(browser, tmp_path)

    def search(words):
        browser.execute_script(SEARCH, words)
        return reader.texts("option"), *reader.texts(".hint")

    def searching(titles, scale=(1, 5), **options):
        empty = pd.Series(dtype="float64")
        panel = RatingPanel(pd.Series(titles), lambda _: empty, scale=scale, **options)
        page = tmp_path / "panel.html"
        page.write_text("<!doctype html><title>A panel</title>")
        browser.get(page.as_uri())
        state = {"catalogue": panel.catalogue, "screen": panel.screen}
        browser.execute_async_script(RENDER, panel._esm, state)
        return search

    return searching


SEVEN = [
    "Toy Story (1995)",
    "Matrix, The (1999)",
    "Romeo & <i>Juliet</i> (1996)",
    "Toy Story 2 (1999)",
    "Amélie (2001)",
    "Weiße Straße (1939)",
    unicodedata.normalize("NFD", "ﬁlm é Οδύσσεια"),
]


FOUND = {
    "": range(7),
    "  ": range(7),
    "toy": [0, 3],
    "the MATRIX": [1],  # as people write it
    " toy 2": [3],
    "AMÉLIE": [4],
    unicodedata.normalize("NFD", "amélie"): [4],
    "amelie": [4],
    "amélei": [4],  # a typing error
    "STRASSE weisse": [5],
    "film é": [6],  # of a ligature, of two code points
    "ΟΔΎΣ": [6],  # whose last sigma is another letter when it ends a word
    "(199": [0, 1, 2, 3],  # no pattern
    "<i>": [2],
    "uliet": [2],  # within a word
    "toy matrix": [],
}


def test_a_search_shows_the_titles_with_all_of_the_words(searching):
    search = searching(SEVEN)
    found = {words: search(words) for words in FOUND}
    wanted = {words: [SEVEN[row] for row in rows] for words, rows in FOUND.items()}
    assert {words: titles for words, (titles, _) in found.items()} == wanted
    assert [words for words in found if "nearest" in found[words][1]] == ["amélei"]


def test_a_search_shows_the_first_titles_and_says_that_there_are_more(searching):
    search = searching(SEVEN, n_found=4)
    assert search("toy") == ([SEVEN[0], SEVEN[3]], "Click one to choose it.")
    assert search("") == (SEVEN[:4], "4 of 7: type on to see others")
    assert search("(199") == (SEVEN[:4], "Click one to choose it.")  # as many as fit
    nothing = "No title has these words. There are 7 titles."  # not all have a year
    assert search("casablanca") == ([], nothing)
    assert search("matirx") == ([SEVEN[1]], f"{nothing} The nearest:")
    many = searching([f"Film {n}" for n in range(1009)])
    eight = [f"Film {n}" for n in range(8)]  # where nothing else is said
    assert many("film") == (eight, "8 of 1,009: type on to see others")


def test_a_click_says_which_title_was_seen(searching, browser):
    search = searching(SEVEN)
    search("toy")
    browser.execute_script(RATE_ALL, [(0, 0), (1, 3)])
    search("matrix")  # which chooses nothing
    sent = [{"n": 1, "item": 0, "stars": 1}, {"n": 2, "item": 3, "stars": 4}]
    assert browser.execute_script("return sent") == sent
    disabled = "return document.querySelectorAll('.stars button:disabled').length"
    assert browser.execute_script(disabled) == 5


def test_a_screen_reader_hears_what_each_part_is(searching, browser):
    searching(SEVEN, ratings=pd.Series({3: 4, 0: 2}))("toy 2")
    browser.execute_script(RATE_ALL, [(0, 0)])  # chooses it
    labels = "return [...document.querySelectorAll(':is(input, select, .stars)')]"
    labels += ".map(part => part.ariaLabel)"
    assert browser.execute_script(labels) == ["Search", "Found", "Rating"]
    pressed = "return [...document.querySelectorAll('.stars [aria-pressed=true]')]"
    pressed += ".map(part => part.textContent)"
    assert browser.execute_script(pressed) == ["4"]


CLICK = """
const [selector, text] = arguments;
const parts = [...document.querySelectorAll(selector)];
parts.find((one) => one.textContent.includes(text)).click();
return document.querySelector(".message").textContent;
"""
ANSWER = "state.answer(); return document.querySelector('.message').textContent"


def test_what_is_taken_back_comes_back_once(searching, browser):
    searching(SEVEN, ratings=pd.Series({3: 4, 0: 2.5, 5: 1}), step="any")("")
    for selector, text, sent in [
        ("ul button", "×", [{"item": 5, "stars": 1}]),
        (
            ".clear",
            "clear",
            [{"item": r, "stars": s} for r, s in ((3, 4), (0, 2.5), (5, 1))],
        ),
    ]:
        browser.execute_script("sent.length = 0")
        assert browser.execute_script(CLICK, selector, text) == "…"
        assert browser.execute_script(ANSWER).endswith(" undo")
        browser.execute_script(CLICK, ".message button", "undo")
        assert "undo" not in browser.execute_script(ANSWER)
        got = browser.execute_script("return sent.slice(1)")
        assert [{k: v for k, v in one.items() if k != "n"} for one in got] == sent
        assert browser.execute_script("return document.activeElement.ariaLabel") == (
            "Search"
        )


def test_ratings_are_saved_even_when_the_kernel_is_gone(searching, browser, tmp_path):
    command = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", command)
    searching(SEVEN)
    disabled = (
        "return [...document.querySelectorAll('section > button:disabled')].length"
    )
    assert browser.execute_script(disabled) == 2  # nothing to save, nothing to clear
    given = pd.Series({6: 4.0, 2: 2.0})
    searching(SEVEN, ratings=given)
    browser.execute_script("state.send = () => { throw new Error('Cannot send'); }")
    browser.execute_script(CLICK, ".save", "save")
    reader, file = Reader(browser, tmp_path), tmp_path / "ratings.csv"
    reader.until(file.exists, True)
    assert reader.texts(".message")[0].startswith("Saved as ratings.csv where your")

    def nothing(_):
        return pd.Series(dtype="float64")

    again = RatingPanel(pd.Series(SEVEN), nothing, scale=(1, 5), ratings=file)
    pd.testing.assert_series_equal(again.ratings, given, check_names=False)


def test_a_restarted_kernel_is_said(searching, browser):
    searching(SEVEN)("toy")
    browser.execute_script("state.send = () => { throw new Error('Cannot send'); }")
    message = browser.execute_script(RATE_ALL, [(0, 0)])
    assert message.startswith("The kernel was restarted and knows nothing of this")


TYPE_MARK = """
const input = document.querySelector(".stars input");
input.value = arguments[0];
input.dispatchEvent(new Event("change"));
"""


def test_on_a_coarse_scale_a_mark_of_ones_own_is_typed(searching, browser):
    searching(SEVEN, scale=(-10, 10))("alien")
    assert browser.execute_script(
        "return document.querySelector('.stars input').disabled"
    )
    searching(SEVEN, scale=(-10, 10))("toy")
    browser.execute_script(RATE_ALL, [(1, 0)])
    for mark in ("-3.7", "11", "", "x"):
        browser.execute_script(TYPE_MARK, mark)
    sent = browser.execute_script("return sent")
    assert sent[1:] == [{"n": 2, "item": 3, "stars": -3.7}]
    searching(SEVEN)
    assert not browser.execute_script("return document.querySelector('.stars input')")
