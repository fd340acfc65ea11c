"""collab/panel.py as a reader meets it: JupyterLab in a browser, keys and clicks."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from functools import partial

import nbformat
import pandas as pd
import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

# The notebook's one cell but for its last line. The test runs it, too: what it expects
# is what `recommend` says.
TABLES = """
from types import SimpleNamespace
import pandas as pd
from collab.panel import RatingPanel
from collab.recommend import fold_in, score_items, top_n

movies = pd.DataFrame(
    [
        (11, "Alien (1979)", 0.9, 1.0, -0.3),
        (12, "Aliens (1986)", 0.5, 1.1, 0.1),
        (13, "Some Like It Hot (1959)", 0.8, -0.4, 1.2),
        (14, "Young Frankenstein (1974)", 0.4, 0.5, 1.0),
        (15, "Fish & <i>Chips</i> (2001)", 0.7, -0.8, -0.6),
        (16, "Airplane! (1980)", 0.2, -0.5, 1.1),
        (17, "Halloween (1978)", 0.1, 1.2, -0.4),
    ],
    columns=["movie", "title", "bias", "scary", "funny"],
).set_index("movie")
tables = SimpleNamespace(
    mean=3.5, item_bias=movies["bias"], item_factors=movies[["scary", "funny"]]
)

def recommend(stars):
    return top_n(score_items(tables, fold_in(tables, stars)), 4, seen=stars.index)
"""
TIME_LIMIT = 60  # seconds for each step: other tests may keep the machine busy


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab apart from the user's own: the folder where it leaves its address.

    It is not up yet when the test begins: the browser starts meanwhile.
    """
    cell = nbformat.v4.new_code_cell(f"{TABLES}\nRatingPanel(movies.title, recommend)")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "panel.ipynb")
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
    yield own["JUPYTER_RUNTIME_DIR"]
    server.terminate()  # its kernel ends with it
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def write(path, content):
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def browser():
    """Chrome or Chromium without a window. Without Chrome: no test, except in CI."""
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.add_argument("--window-size=1400,1000")
    options.add_argument("--disable-dev-shm-usage")  # a container's is too small
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # with it root's does not start
    with pytest.MonkeyPatch.context() as patch:
        # Selenium may look for the driver that fits, not download a browser.
        patch.setenv("SE_AVOID_BROWSER_DOWNLOAD", "true")
        patch.setenv("SE_AVOID_STATS", "true")
        try:
            service = webdriver.ChromeService(shutil.which("chromedriver"))
            driver = webdriver.Chrome(options=options, service=service)
        except WebDriverException as error:
            # Where CI is set, green must mean that this ran.
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(f"Selenium finds no Chrome or Chromium to start: {error.msg}")
    driver.set_page_load_timeout(TIME_LIMIT)
    yield driver
    driver.quit()


class Reader:
    """Looks, types and clicks."""

    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder

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

    def texts(self, selector):
        """The texts of all parts of the page that match, as they are at one moment."""
        return self.browser.execute_script(
            "return Array.from(document.querySelectorAll(arguments[0]),"
            r" part => part.textContent.trim().replace(/\s+/g, ' '))",  # no hard spaces
            selector,
        )

    def click(self, selector):
        def click():
            self.browser.find_element(By.CSS_SELECTOR, selector).click()
            return True

        self.until(click, True)  # not while the page still moves or covers it

    def rows_of_buttons(self):
        """How many are in each row."""
        buttons = self.browser.find_elements(By.CSS_SELECTOR, ".rating-panel button")
        return list(Counter(button.rect["y"] for button in buttons).values())

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

    def rate(self, words, found, stars):
        search = self.browser.find_element(By.CSS_SELECTOR, ".rating-panel input")
        search.send_keys((Keys.BACKSPACE + Keys.DELETE) * 20 + words)
        self.until(lambda: self.texts(".rating-panel option"), found)
        self.click(".rating-panel option")
        self.click(f".rating-panel button[title='{stars} stars']")


def test_a_reader_rates_two_movies_and_takes_one_back(tmp_path, lab, browser):
    names = {}
    exec(TABLES, names)

    def best(stars):
        scores = names["recommend"](pd.Series(stars, dtype="float64"))
        titles = names["movies"]["title"]
        return [f"{titles[movie]} {score:.2f}" for movie, score in scores.items()]

    reader = Reader(browser, tmp_path)
    reader.until(lambda: len(addresses(lab)), 1)
    browser.get(addresses(lab)[0])
    reader.run_first_cell()

    recommended = partial(reader.texts, ".rating-panel li")
    reader.until(recommended, best({}))
    assert best({})[0] == "Alien (1979) 4.40"  # the mean and its bias
    reader.until(reader.rows_of_buttons, [10])

    reader.rate("alien", ["Alien (1979)", "Aliens (1986)"], "5")
    reader.until(recommended, best({11: 5}))
    assert not any(line.startswith("Alien (") for line in best({11: 5}))
    notes = partial(reader.texts, ".rating-panel .note")
    reader.until(lambda: "5 ★ for Alien (1979)" in notes(), True)

    reader.rate("chips FISH", ["Fish & <i>Chips</i> (2001)"], "0.5")
    reader.until(recommended, best({11: 5, 15: 0.5}))
    rated = partial(reader.texts, ".rating-panel .rated")
    reader.until(rated, ["0.5 ★ Fish & <i>Chips</i> (2001)", "5 ★ Alien (1979)"])

    reader.click(".rating-panel button[title='take back']")  # the first is the newest
    reader.until(recommended, best({11: 5}))
    reader.until(rated, ["5 ★ Alien (1979)"])


def addresses(lab):
    servers = [json.loads(path.read_text()) for path in lab.glob("jpserver-*.json")]
    return [f"{at['url']}lab/tree/panel.ipynb?token={at['token']}" for at in servers]
