"""collab/panel.py as a reader meets it: JupyterLab in a browser, keys and clicks."""

import json
import os
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from browsers import Hands, start_chrome
from selenium.webdriver.common.keys import Keys

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
    def click(self, selector):
        def click():
            self.find(selector).click()
            return True

        self.until(click)  # not while the page still moves or covers it

    def run_first_cell(self):
        """Shift+Enter, as soon as there is a kernel to take it."""

        def has_run():
            prompt, *_ = self.texts(".jp-CodeCell .jp-InputPrompt") or [None]
            status = " ".join(self.texts(".jp-StatusBar-TextItem"))
            if prompt == "[ ]:" and "| Idle" in status:
                editor = self.find(".jp-CodeCell .cm-content")
                editor.click()
                editor.send_keys(Keys.SHIFT, Keys.ENTER)
            return prompt == "[1]:"

        self.until(has_run)

    def sees(self, selector, *wanted):
        self.until(lambda: self.texts(f".rating-panel {selector}"), [*wanted])

    def choose(self, words, *found):
        """Search, and choose the first of what is found."""
        search = self.find(".rating-panel input")
        search.send_keys((Keys.BACKSPACE + Keys.DELETE) * 20 + words)
        self.sees("option", *found)
        self.click(".rating-panel option")
        self.sees(".chosen", found[0])

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
        reader = Reader(browser)
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
    alien, chips = "× 5 ★ Alien (1979)", "Fish & <i>Chips</i> (2001)"

    def sees_the_best(stars):
        reader.sees("ol li", *the_best(stars))

    sees_the_best({})
    assert the_best({})[0] == "Alien (1979) 4.40"
    reader.sees(".chosen", "No film is chosen yet.")
    reader.sees(".stars button:enabled")
    reader.sees("section:first-child b", "1. Choose one film", "2. Rate it (★)")

    reader.choose("alien", "Alien (1979)", "Aliens (1986)")
    stars = ["0.5", "1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5"]
    reader.sees(".stars button:enabled", *stars)
    reader.rate(5)
    sees_the_best({11: 5})
    assert not any(line.startswith("Alien (") for line in the_best({11: 5}))
    reader.sees(".message", "5 ★ for Alien (1979)")
    reader.sees(".chosen", "Alien (1979)")  # it can be rated anew
    found = reader.find(".rating-panel select")
    assert found.get_property("selectedIndex") == 0  # and is still marked in the list
    assert found.get_property("size") == 7  # room for all

    reader.choose("chips FISH", chips)
    reader.rate(0.5)
    sees_the_best({11: 5, 15: 0.5})
    reader.sees("ul li", f"× 0.5 ★ {chips}", alien)
    reader.click(f"[title='take back: {chips}']")
    reader.sees("ul li", alien)
    sees_the_best({11: 5})
    reader.rate(4)
    reader.sees("ul li", f"× 4 ★ {chips}", alien)
    reader.click(".rating-panel .clear")
    reader.sees("ul li")
    sees_the_best({})

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
    reader.sees("option", "Alien (1979)", "Aliens (1986)")
    reader.press(Keys.ENTER)
    reader.sees(".chosen", "Alien (1979)")
    reader.press(Keys.ARROW_DOWN)
    reader.sees(".chosen", "Aliens (1986)")
    reader.press(*[Keys.TAB] * 3, Keys.ENTER)  # 0.5, 1, 1.5
    reader.sees("ul li", "× 1.5 ★ Aliens (1986)")
    reader.press("d", "d")  # in JupyterLab's command mode: delete the cell
    reader.press(Keys.TAB, Keys.SPACE)
    reader.sees("ul li", "× 2 ★ Aliens (1986)")
    reader.press(*[Keys.TAB] * 7, Keys.ENTER)  # 2.5, 3, 3.5, 4, 4.5, 5, ×
    reader.sees("ul li")
    reader.press(*[Keys.BACKSPACE] * 5, "hot")  # the focus is in the search box
    reader.sees("option", "Some Like It Hot (1959)")


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
# Without a kernel -------------------------------------------------------------------

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
CLICK = """
const [selector, text] = arguments;
const parts = [...document.querySelectorAll(selector)];
parts.find((one) => one.textContent.includes(text)).click();
return document.querySelector(".message").textContent;
"""
ANSWER = "state.answer(); return document.querySelector('.message').textContent"
TYPE_MARK = """
const input = document.querySelector(".stars input");
input.value = arguments[0];
input.dispatchEvent(new Event("change"));
"""
RESTART = "state.send = () => { throw new Error('Cannot send'); }"
SEVEN = [
    "Toy Story (1995)",
    "Matrix, The (1999)",
    "Romeo & <i>Juliet</i> (1996)",
    "Toy Story 2 (1999)",
    "Amélie (2001)",
    "Weiße Straße (1939)",
    "Star Wars: Episode IV",
]


class Screen(Hands):
    """A panel that has no kernel."""

    def __init__(self, browser, folder):
        super().__init__(browser)
        self.page = folder / "panel.html"
        self.page.write_text("<!doctype html><title>A panel</title>")

    def show(self, titles=SEVEN, scale=(1, 5), **options):
        empty = pd.Series(dtype="float64")
        panel = RatingPanel(pd.Series(titles), lambda _: empty, scale=scale, **options)
        self.browser.get(self.page.as_uri())
        state = {"catalogue": panel.catalogue, "screen": panel.screen}
        self.browser.execute_async_script(RENDER, panel._esm, state)
        return panel

    def search(self, words):
        self.run(SEARCH, words)
        return self.texts("option"), *self.texts(".hint")

    def sent(self):
        return [
            tuple(one.get(key) for key in ("item", "stars"))
            for one in self.run("return sent.splice(0)")
        ]


@pytest.fixture
def screen(browser, tmp_path):
    return Screen(browser, tmp_path)


def test_a_search_shows_the_first_titles_and_says_that_there_are_more(screen):
    """What is found by which words: test_page_browser.py asks the same search."""
    screen.show(n_found=4)
    assert screen.search("story TOY") == (
        [SEVEN[0], SEVEN[3]],
        "Click one to choose it.",
    )
    assert screen.search("  ") == (SEVEN[:4], "4 of 7: type on to see others")
    assert screen.search("(199") == (SEVEN[:4], "Click one to choose it.")  # all fit
    nothing = "No title has these words. There are 7 titles."  # not all have a year
    assert screen.search("casablanca") == ([], nothing)
    assert screen.search("matirx") == ([SEVEN[1]], f"{nothing} The nearest:")
    screen.show([f"Film {n}" for n in range(1009)])
    eight = [f"Film {n}" for n in range(8)]  # where nothing else is said
    assert screen.search("film") == (eight, "8 of 1,009: type on to see others")


def test_a_click_says_which_title_was_seen_and_all_parts_what_they_are(screen):
    screen.show(ratings=pd.Series({3: 4, 0: 2}))
    screen.search("toy")
    screen.run(RATE_ALL, [(0, 0), (1, 3)])
    numbered = [{"n": 3, "item": 0, "stars": 1}, {"n": 4, "item": 3, "stars": 4}]
    assert screen.run("return sent") == numbered
    labels = "return [...document.querySelectorAll(':is(input, select, .stars)')]"
    labels += ".map(part => part.ariaLabel)"
    assert screen.run(labels) == ["Search", "Found", "Rating"]
    assert screen.texts(".stars [aria-pressed=true]") == ["4"]
    screen.search("matrix")  # which chooses nothing
    assert len(screen.texts(".stars button:disabled")) == 5


@pytest.mark.parametrize(
    ("selector", "text", "back"),
    [("ul button", "×", [(5, 1)]), (".clear", "clear", [(3, 4), (0, 2.5), (5, 1)])],
)
def test_what_is_taken_back_comes_back_once(screen, selector, text, back):
    screen.show(ratings=pd.Series({3: 4, 0: 2.5, 5: 1}), step="any")
    assert screen.run(CLICK, selector, text) == "…"
    assert screen.run(ANSWER).endswith(" undo")
    screen.run(CLICK, ".message button", "undo")
    assert "undo" not in screen.run(ANSWER)
    assert screen.sent()[1:] == back
    assert screen.run("return document.activeElement.ariaLabel") == "Search"


def test_ratings_are_saved_even_when_the_kernel_is_gone(screen, tmp_path):
    command = {"behavior": "allow", "downloadPath": str(tmp_path)}
    screen.browser.execute_cdp_cmd("Browser.setDownloadBehavior", command)
    screen.show()
    assert screen.texts("section > button:disabled") == ["save to a file", "clear all"]
    given = screen.show(ratings=pd.Series({6: 4.0, 2: 2.0})).ratings
    screen.run(RESTART)
    said = screen.run(RATE_ALL, [(0, 0)])
    assert said.startswith("The kernel was restarted and knows nothing of this")
    said = screen.run(CLICK, ".save", "save")
    assert said.startswith("Saved as ratings.csv where your")
    file = tmp_path / "ratings.csv"
    screen.until(file.exists)
    again = screen.show(ratings=file).ratings
    pd.testing.assert_series_equal(again, given, check_names=False)


def test_on_a_coarse_scale_a_mark_of_ones_own_is_typed(screen):
    screen.show(scale=(-10, 10))
    assert screen.run("return document.querySelector('.stars input').disabled")
    screen.search("toy")
    screen.run(RATE_ALL, [(1, 0)])
    for mark in ("-3.7", "11", "", "x"):
        screen.run(TYPE_MARK, mark)
    assert screen.sent()[1:] == [(3, -3.7)]
    screen.show()
    assert not screen.all(".stars input")
