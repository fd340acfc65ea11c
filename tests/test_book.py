"""The web edition: what stops the build, and every page as a browser shows it.

The pages need the group `book`: `uv run --group book pytest tests/test_book.py`.
"""

import copy
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from browsers import TIME_LIMIT, start_chrome
from repository import ROOT
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

sys.path.insert(0, str(ROOT / "book"))
import build

from collab.onefile import one_file

needs_book = "it needs Sphinx: uv run --group book pytest tests/test_book.py"


# What stops the build ----------------------------------------------------------------

FIGURE = nbformat.v4.new_output(
    "display_data", {"image/png": "", "text/plain": "a figure"}
)


def write(path, *cells):
    """A notebook of Markdown (text) and code (an output) cells."""
    notebook = nbformat.v4.new_notebook()
    for count, cell in enumerate(cells, 1):
        if isinstance(cell, str):
            notebook.cells.append(nbformat.v4.new_markdown_cell(cell))
        else:
            new = nbformat.v4.new_code_cell("draw()", execution_count=count)
            new.outputs = [copy.deepcopy(cell)]
            notebook.cells.append(new)
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    return path


def test_a_sound_notebook_lacks_nothing(tmp_path):
    figure = copy.deepcopy(FIGURE)
    figure.metadata = {"image/png": {"alt": "A curve that falls."}}
    write(tmp_path / "two.ipynb", "# Two things")
    links = (
        "# One\n\n[two](two.ipynb) [at](two.ipynb#Two-things) [up](#One) [w](https://x)"
    )
    assert build.lacks(write(tmp_path / "one.ipynb", links, figure)) == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("three.ipynb", "the link three.ipynb leads to no file"),
        (
            "one.ipynb#Two",
            "the link one.ipynb#Two leads to a heading that is not there",
        ),
        ("#Two", "the link #Two leads to a heading that is not there"),
    ],
)
def test_a_link_that_leads_nowhere_stops_the_build(tmp_path, link, why):
    path = write(tmp_path / "one.ipynb", "# One", f"See [this]({link}).")
    assert build.lacks(path) == [f"{tmp_path.name}/one.ipynb, cell 2: {why}"]
    with pytest.raises(build.Unfit, match=r"one\.ipynb, cell 2: the link"):
        build.write_source(tmp_path / "source", tmp_path)


def test_a_notebook_without_outputs_stops_the_build(tmp_path):
    text = nbformat.v4.new_output("stream", name="stdout", text="2\n")
    path = write(tmp_path / "nb" / "one.ipynb", "# One", text, text, text)
    notebook = build.read(path)
    for cell in notebook.cells[2:]:
        cell.update(outputs=[], execution_count=None)
    nbformat.write(notebook, path)
    (why,) = build.lacks(path)
    assert why == "nb/one.ipynb: cells [3, 4] were never run: store the outputs"
    notebook.cells.pop()
    nbformat.write(notebook, path)
    (why,) = build.lacks(path)
    assert why == "nb/one.ipynb: cell 3 was never run: store the outputs"


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/svg+xml"])
@pytest.mark.parametrize("words", [{}, {"alt": " "}])
def test_a_figure_without_words_stops_the_build(tmp_path, kind, words):
    figure = nbformat.v4.new_output("display_data", {kind: "x"}, metadata={kind: words})
    (why,) = build.lacks(write(tmp_path / "one.ipynb", "# One", figure))
    assert why.endswith(
        "/one.ipynb, cell 2: a figure without words: `show_figure` them"
    )


@pytest.mark.parametrize(
    "output",
    [
        nbformat.v4.new_output("error", ename="E", evalue="no", traceback=["/home/me"]),
        nbformat.v4.new_output("stream", name="stderr", text="a warning"),
    ],
)
def test_a_stored_error_stops_the_build(tmp_path, output):
    (why,) = build.lacks(write(tmp_path / "one.ipynb", "# One", output))
    assert why.endswith("cell 2 stores an error or a warning: run it again")


def test_a_damaged_notebook_is_named(tmp_path):
    path = tmp_path / "one.ipynb"
    path.write_text('{"cells": [')
    with pytest.raises(build.Unfit, match=r"one\.ipynb is not a notebook"):
        build.lacks(path)


EXERCISE = "**1. Sum.** Add.\n\n[A solution](solutions/one.ipynb#Exercise-{})"


def folded(number):
    text = nbformat.v4.new_output("stream", name="stdout", text="not yet\n")
    new = nbformat.v4
    stub = new.new_code_cell("add", execution_count=1, outputs=[text])
    lesson = new.new_notebook()
    lesson.cells = [new.new_markdown_cell(EXERCISE.format(number)), stub]
    solutions = new.new_notebook()
    solutions.cells = [
        new.new_markdown_cell("# Solutions"),
        new.new_code_cell("import math"),
        new.new_markdown_cell(
            "## Exercise 1\n\n*Sum.* [The exercise](../one.ipynb#E)\n\nSo:"
        ),
        new.new_code_cell("1 + 1"),
        new.new_markdown_cell("See [it](../one.ipynb).\n\n## Exercise 2\n\n*Other.*"),
        new.new_code_cell("2 + 2"),
        new.new_markdown_cell("[← One](../one.ipynb)"),
    ]
    page = build.with_solutions(lesson, solutions, "one.ipynb")
    return [cell.source for cell in page.cells]


def test_a_solution_is_folded_under_its_exercise():
    start = '<details class="solution" id="solution-{}"><summary>A solution</summary>'
    first = [start.format(1), "*Sum.*\n\nSo:", "1 + 1", "See [it](one.ipynb)."]
    exercise = "**1. Sum.** Add.\n\n"
    assert folded(1) == [exercise, "add", *first, "</details>"]
    second = [start.format(2), "*Other.*", "2 + 2", "</details>"]
    assert folded(2) == [exercise, "add", *second]
    with pytest.raises(build.Unfit, match=r"one\.ipynb: exercise 3 has no solution"):
        folded(3)


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ('<a href="two.html">', "p.html: the link two.html leads to no file"),
        ('<a href="#a">', "p.html: the link #a leads to no place on that page"),
        ('<a href="q.html#b">', "p.html: the link q.html#b leads to no place on that"),
        ('<img src="i.png">', "p.html: the picture i.png has no words"),
        ('<img src="i.png" alt="">', "p.html: the picture i.png has no words"),
        ('<script src="https://x/y.js">', "p.html loads https://x/y.js from elsewhere"),
        ('<link rel="stylesheet" href="//x/y">', "p.html loads //x/y from elsewhere"),
        ('<iframe src="r.html">', "p.html: the link r.html leads to no file"),
        ('<a href="q.html#a"><a href="https://x"><img src="i.png" alt="I">', None),
    ],
)
def test_a_page_with_a_fault_stops_the_build(tmp_path, html, why):
    (tmp_path / "p.html").write_text(html, encoding="utf-8")
    (tmp_path / "q.html").write_text('<h1 id="a">', encoding="utf-8")
    (tmp_path / "i.png").touch()
    found = list(build.faults(tmp_path))
    assert len(found) == (why is not None)
    assert all(line.startswith(why) for line in found)


# How the package is documented -------------------------------------------------------


@pytest.fixture(scope="module")
def rendering():
    pytest.importorskip("sphinx", reason=needs_book)
    pytest.importorskip("latex2mathml", reason=needs_book)
    import rendering

    return rendering


DOCSTRING = """`Names`, a*b of `IdMap`s and `a +
b`,
with p_u.

    μ = Σ  b_i² + some_name |q_i|^(-a)    over all
      + `fold_in`

    ids = IdMap([1])

>>> f("`x`")
'*'

Args:
    n_items: `None`
"""
EXPECTED = r""":py:obj:`Names`\ , a\*b of :py:obj:`IdMap`\ s and :code:`a + b`\ ,
with p\ :sub:`u`\ .

.. parsed-literal::
   :class: formula

   μ = Σ  b\ :sub:`i`\ ² + some_name \|q\ :sub:`i`\ \|\ :sup:`(-a)`      over all
     + :py:obj:`fold_in`

.. code-block:: python

   ids = IdMap([1])

>>> f("`x`")
'*'

Args:
    n_items: :py:obj:`None`
"""


def test_a_docstring_becomes_restructured_text(rendering):
    assert rendering.as_restructured_text(DOCSTRING) == EXPECTED


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("`x <collab.nothing>`", "nothing is called collab.nothing"),
        (":math:`a \\nothing b`", "no MathML for \\nothing in a \\nothing b"),
        (":doc:`nowhere`", "unknown document: 'nowhere'"),
    ],
)
def test_a_warning_of_sphinx_stops_the_build(rendering, tmp_path, page, why):
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.rst").write_text(f"Title\n=====\n\n{page}\n", encoding="utf-8")
    with pytest.raises(build.Unfit, match=re.escape(why)):
        build.run_sphinx(source, tmp_path / "site", tmp_path / "doctrees")


def test_a_long_type_hint_keeps_its_short_name(rendering, tmp_path):
    page = "Title\n=====\n\n.. autofunction:: collab.metrics.mse\n"
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "index.rst").write_text(page, encoding="utf-8")
    build.run_sphinx(tmp_path / "source", tmp_path / "site", tmp_path / "doctrees")
    made = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    text = re.sub("<[^>]*>", "", made)
    assert "mse(actual: ArrayLike, predicted: ArrayLike)" in text


# In a browser ------------------------------------------------------------------------

DESKTOP, PHONE = 1400, 390


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of a site that is built anew, once."""
    pytest.importorskip("sphinx", reason=needs_book)
    folder = tmp_path_factory.mktemp("book") / "site"
    build.build(folder)
    return folder


@pytest.fixture(scope="module")
def browser(site):
    driver = start_chrome(DESKTOP)
    yield driver
    driver.quit()


# Chooses light or dark for the pages that come, and tells which this one has.
MODE = """
for (const key of ["mode", "theme"]) localStorage[key] = arguments[0];
return document.documentElement.dataset.mode;
"""


@pytest.fixture
def visit(site, browser):
    """A function that opens a page; in the end, nothing may have gone wrong unseen."""
    told(browser)  # what earlier tests logged is theirs

    def visit(page="index.html", *, width=DESKTOP, mode="light"):
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )

        def arrived(_):
            browser.get((site / page).as_uri())
            return browser.execute_script(MODE, mode) == mode

        # Chrome hands what was written to the next page when it finds the time.
        WebDriverWait(browser, TIME_LIMIT, 0.1).until(arrived)
        browser.execute_async_script("document.fonts.ready.then(arguments[0])")

    yield visit
    assert told(browser) == []


def told(browser):
    """What the console said, and whatever came from elsewhere than the site."""
    entries = browser.get_log("browser")
    said = [entry["message"] for entry in entries if entry["level"] != "INFO"]
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith(("file:", "data:", "blob:")):
                said.append(url)
    return said


def pages(site):
    """All that a reader may come to, but for the recommender: it has its own tests."""
    found = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))
    return [page for page in found if page != "recommender.html"]


# The page's width, and what sticks out of it on the right.
TOO_WIDE = """
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= width) return [];
return [document.documentElement.scrollWidth + " > " + width].concat(
  Array.from(document.querySelectorAll("body *"))
    .filter(part => part.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map(part => part.outerHTML.slice(0, 120)));
"""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_no_page_scrolls_sideways(site, visit, browser, width):
    found = {}
    for page in pages(site):
        visit(page, width=width)
        found[page] = browser.execute_script(TOO_WIDE)
    assert len(found) > 30
    assert {page: why for page, why in found.items() if why} == {}


PLACES = """
const parts = arguments[0].querySelector(arguments[1]).children;
return Array.from(parts, part => part.getBoundingClientRect());
"""


def test_formulas_are_drawn(visit, browser):
    visit("03_dot_product_model.html")
    first = browser.find_element(By.CSS_SELECTOR, "div.formula math")
    assert first.size["width"] > 100
    assert 15 < first.size["height"] < 60
    # The index of p_u is below it, and the hat of r above, without touching it.
    letter, index = browser.execute_script(PLACES, first, "msub:nth-of-type(2)")
    assert letter["bottom"] < index["bottom"]
    letter, hat = browser.execute_script(PLACES, first, "mover")
    assert letter["top"] - 6 < hat["bottom"] < letter["top"]
    assert browser.execute_script(
        "return Array.from(document.querySelectorAll('div.formula'),"
        " box => box.scrollHeight <= box.clientHeight)"
    ) == [True]  # nothing is cut off
    text = browser.find_element(By.TAG_NAME, "body").text
    assert "$" not in text
    assert "\\hat" not in text


def test_formulas_need_no_font_of_the_machine(site, visit, browser):
    with_formulas = [p for p in pages(site) if "<math" in (site / p).read_text("utf-8")]
    assert with_formulas
    drawn_in = set()
    for page in with_formulas:
        visit(page)
        ask = browser.execute_cdp_cmd
        for domain in ("DOM", "CSS"):
            ask(f"{domain}.enable", {})
        root = ask("DOM.getDocument", {})["root"]["nodeId"]
        leaves = {"nodeId": root, "selector": "math mi, math mo, math mn, math mtext"}
        for leaf in ask("DOM.querySelectorAll", leaves)["nodeIds"]:
            fonts = ask("CSS.getPlatformFontsForNode", {"nodeId": leaf})["fonts"]
            drawn_in |= {(font["familyName"], font["isCustomFont"]) for font in fonts}
    assert drawn_in == {("STIX Two Math", True)}


def test_a_solution_opens_with_a_click(visit, browser):
    visit("05_compared_with_what.html")
    solution = browser.find_element(By.ID, "solution-2")
    code = solution.find_element(By.CSS_SELECTOR, "pre")
    assert not code.is_displayed()
    solution.find_element(By.TAG_NAME, "summary").click()
    assert code.is_displayed()
    assert "split_once" in solution.text


def test_a_search_finds_fold_in(visit, browser):
    visit("00_start_here.html")
    browser.execute_script("document.querySelector('.search-button-field').click()")
    box = WebDriverWait(browser, 60).until(
        lambda b: next(
            e
            for e in b.find_elements(By.CSS_SELECTOR, "input[name=q]")
            if e.is_displayed()
        )
    )
    box.send_keys("fold-in\n")

    # The page adds what it finds one by one.
    def found(browser):
        links = browser.find_elements(By.CSS_SELECTOR, "ul.search li a")
        paths = [unquote(urlsplit(e.get_attribute("href")).path) for e in links]
        names = {path.rpartition("/")[2] for path in paths}
        return links if {"08_recommending.html", "recommend.html"} <= names else None

    links = WebDriverWait(browser, 60).until(found)
    links[0].click()
    assert "fold" in browser.find_element(By.TAG_NAME, "article").text.lower()


def test_beside_a_function_is_a_link_to_one_file_of_it(visit, browser):
    visit("api/recommend.html")
    browser.find_element(By.CSS_SELECTOR, "[id$='.fold_in'] a[href$='.py']").click()
    assert browser.current_url.endswith("/_static/one_file/function/fold_in.py")
    shown = browser.find_element(By.TAG_NAME, "pre").get_property("textContent")
    assert shown == one_file(["fold_in"])
    visit("api/onefile.html")  # it reads the sources of collab
    assert browser.find_elements(By.ID, "collab.onefile.one_file")
    assert not browser.find_elements(By.CSS_SELECTOR, "article a[href$='.py']")


def test_next_leads_from_the_first_lesson_to_the_last(visit, browser):
    lessons = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    visit(f"{lessons[0]}.html")
    for lesson in lessons[1:]:
        browser.find_element(By.CSS_SELECTOR, "a.right-next").click()
        assert browser.current_url.endswith(f"/{lesson}.html")
    for lesson in reversed(lessons[:-1]):
        browser.find_element(By.CSS_SELECTOR, "a.left-prev").click()
        assert browser.current_url.endswith(f"/{lesson}.html")


def test_every_figure_of_a_lesson_is_on_its_page_in_words(visit, browser):
    for name in ("04_training", "07_inside_the_model"):
        notebook = build.read(ROOT / "notebooks" / f"{name}.ipynb")
        outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
        words = [
            o.metadata["image/png"]["alt"]
            for o in outputs
            if "image/png" in o.get("data", {})
        ]
        assert words
        visit(f"{name}.html", mode="dark")
        shown = browser.find_elements(By.CSS_SELECTOR, ".cell_output img")
        assert [figure.get_attribute("alt") for figure in shown] == words
        assert all(int(figure.get_attribute("naturalWidth")) > 300 for figure in shown)
        for figure in shown:  # on white, whatever the theme
            assert figure.value_of_css_property("filter") == "none"


def test_the_first_page_recommends(visit, browser):
    visit()
    browser.switch_to.frame(browser.find_element(By.CSS_SELECTOR, "iframe.recommender"))
    best = partial(browser.find_elements, By.CSS_SELECTOR, "#best li")
    before = [line.text for line in best()]
    assert len(before) == 10
    browser.find_element(By.ID, "search").send_keys("alien")
    browser.find_element(By.CSS_SELECTOR, "#found .title").click()
    browser.find_elements(By.CSS_SELECTOR, "#found .stars button")[-1].click()
    WebDriverWait(browser, 60).until(lambda _: [li.text for li in best()] != before)
    browser.execute_script("localStorage.clear()")
    browser.switch_to.default_content()


# All is open; of the parts of code that look alike the first is enough: a lesson has
# thousands, and axe works out the contrast of each.
PREPARE = """
for (const part of document.querySelectorAll("details")) part.open = true;
const looks = new Set();
for (const part of document.querySelectorAll("pre span")) {
  const its = getComputedStyle(part);
  const behind = getComputedStyle(part.closest("pre")).backgroundColor;
  const look = [its.color, its.backgroundColor, its.font, behind].join();
  if (looks.has(look)) part.replaceWith(part.textContent);
  else looks.add(look);
}
"""
SERIOUS = """
const [done, only] = [arguments[arguments.length - 1], arguments[0]];
// preload: axe would ask for the style sheets once more, which file:// forbids.
const options = {resultTypes: ["violations"], iframes: false, preload: false};
if (only) options.runOnly = {type: "rule", values: only};
axe.run(document, options).then(result => done(result.violations
  .filter(each => ["serious", "critical"].includes(each.impact))
  .map(({id, nodes}) => `${id}: ${nodes.length} × ${nodes[0].html.slice(0, 150)} `
    + nodes[0].any.concat(nodes[0].all).map(why => why.message))));
"""


@pytest.fixture(scope="module")
def axe():
    package = importlib.util.find_spec("axe_playwright_python")
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_serious(site, visit, browser, axe, mode):
    # Light and dark differ in their colours alone.
    only = None if mode == "light" else ["color-contrast"]
    found = {}
    for page in pages(site):
        visit(page, mode=mode)
        browser.execute_script(PREPARE + axe)
        found[page] = browser.execute_async_script(SERIOUS, only)
    assert {page: why for page, why in found.items() if why} == {}


FAULTS = """
const code = document.querySelector(".highlight .s2");
code.closest("pre").append(code.cloneNode(true));
// On light grey. The very colour of the ground axe would pass over.
code.style.color = "#bbb";
document.querySelector("article").insertAdjacentHTML("beforeend", "<input>");
"""


def test_axe_notices_a_colour_and_a_field_without_a_label(visit, browser, axe):
    visit("00_start_here.html")
    browser.execute_script(FAULTS)
    browser.execute_script(PREPARE + axe)
    found = browser.execute_async_script(SERIOUS, None)
    assert [why.partition(":")[0] for why in found] == ["color-contrast", "label"]


# The workflows -----------------------------------------------------------------------


def test_zizmor_finds_nothing_in_the_workflows():
    pytest.importorskip("sphinx", reason=needs_book)
    zizmor = shutil.which("zizmor", path=sysconfig.get_path("scripts"))
    command = [zizmor, "--offline", "--quiet", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
