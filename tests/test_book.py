"""The web edition: what stops the build, and every page as a browser shows it.

The pages need the group `book`: `uv run --group book pytest tests/test_book.py`.
"""

import copy
import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from browsers import Hands, start_chrome
from repository import ROOT
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, str(ROOT / "book"))
import build
import named

from collab.onefile import one_file

needs_book = "it needs Sphinx: uv run --group book pytest tests/test_book.py"


# What stops the build ----------------------------------------------------------------


def figure(kind="image/png", **words):
    data = {kind: "", "text/plain": "a figure"}
    return nbformat.v4.new_output("display_data", data, metadata={kind: words})


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


LINKS = "# One\n\n[two](two.ipynb) [at](two.ipynb#Two-things) [up](#One) [w](https://x)"


def test_a_sound_notebook_lacks_nothing(tmp_path):
    write(tmp_path / "two.ipynb", "# Two things")
    falls = figure(alt="A curve that falls.")
    assert build.lacks(write(tmp_path / "one.ipynb", LINKS, falls)) == []


TEXT = nbformat.v4.new_output("stream", name="stdout", text="2\n")
WARNING = nbformat.v4.new_output("stream", name="stderr", text="a warning")
ERROR = nbformat.v4.new_output("error", ename="E", evalue="no", traceback=["/home/me"])


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("[this](three.ipynb)", ": the link three.ipynb leads to no file"),
        ("[this](one.ipynb#Two)", ": the link one.ipynb#Two leads to a heading that"),
        ("[this](#Two)", ": the link #Two leads to a heading that is not there"),
        (figure(), ": a figure without words: `show_figure` them"),
        (figure("image/jpeg", alt=" "), ": a figure without words: `show_figure` them"),
        (figure("image/svg+xml"), ": a figure without words: `show_figure` them"),
        (WARNING, " stores an error or a warning: run it again"),
        (ERROR, " stores an error or a warning: run it again"),
    ],
)
def test_what_a_notebook_lacks_stops_the_build(tmp_path, cell, why):
    path = write(tmp_path / "nb" / "one.ipynb", "# One", cell)
    (found,) = build.lacks(path)
    assert found.startswith(f"nb/one.ipynb, cell 2{why}")
    with pytest.raises(build.Unfit, match=re.escape(found)):
        build.write_source(tmp_path / "source", path.parent)


def test_a_notebook_without_outputs_stops_the_build(tmp_path):
    path = write(tmp_path / "nb" / "one.ipynb", "# One", TEXT, TEXT, TEXT)
    notebook = build.read(path)
    for number, cells in [(3, "cell 3 was"), (4, "cells [3, 4] were")]:
        notebook.cells[number - 1].execution_count = None
        nbformat.write(notebook, path)
        assert build.lacks(path) == [
            f"nb/one.ipynb: {cells} never run: store the outputs"
        ]


def test_a_damaged_notebook_is_named(tmp_path):
    path = tmp_path / "one.ipynb"
    path.write_text('{"cells": [')
    with pytest.raises(build.Unfit, match=r"one\.ipynb is not a notebook"):
        build.lacks(path)


EXERCISE = "**1. Sum.** Add.\n\n[A solution](solutions/one.ipynb#Exercise-{})"


def folded(number):
    new = nbformat.v4
    stub = new.new_code_cell("add", execution_count=1, outputs=[TEXT])
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


# What lessons name -------------------------------------------------------------------


def test_the_names_and_terms_of_a_lesson():
    new = nbformat.v4
    lesson = new.new_notebook()
    lesson.cells = [
        new.new_markdown_cell("`fold_in(…)` of `collab.recommend`, **Fold-in**, `a b`"),
        new.new_code_cell("from collab.ids import IdMap, encode\nimport numpy as np"),
        new.new_code_cell("!ls"),
    ]
    assert named.names_in(lesson) == {"fold_in", "collab.recommend", "IdMap", "encode"}
    assert named.terms_in(lesson) == {"fold-in"}


def test_a_term_gets_links_to_its_lessons():
    terms = {"03_a": {"loss"}, "04_b": {"loss", "epoch"}}
    made = named.with_lessons(
        "loss\n  What is\n  lowered.\n\nepoch\n  A pass.\n", terms
    )
    lessons = "Lessons [03](03_a.ipynb), [04](04_b.ipynb)."
    assert made.startswith(f"loss\n  What is\n  lowered. {lessons}\n\nepoch\n")
    assert made.endswith("  A pass. Lesson [04](04_b.ipynb).\n")


def test_a_work_gets_links_to_where_it_is_named():
    lessons = {"03_a": "See Koren and\nBell (2009).", "04_b": "Hu, Koren, 2009"}
    modules = {"als": "Koren, Bell, *Factors* (Computer, 2009)", "ids": "Koren\n\n2009"}
    made = named.with_places("- Koren, Y. (2009). *F.*\n", lessons, modules)
    where = "Lesson [03](03_a.ipynb), [als.py](api/als.rst)."
    assert made == f"- Koren, Y. (2009). *F.* {where}\n"


# Bold because it matters here, not because it is a term.
EMPHASIS = """at random, before the first test, draw, faded, first, in the first month,
it runs, known, new, on the first day, one, own choices, plus, tests online, to get a
lesson back, unknown, you need, you will see"""


def page_text(name):
    return (ROOT / "book" / "pages" / f"{name}.md").read_text(encoding="utf-8")


def test_the_glossary_has_what_lessons_print_in_bold():
    terms = [term.lower() for term, _ in named.TERM.findall(page_text("glossary"))]
    assert terms == sorted(set(terms), key=lambda term: term.replace("-", " "))
    lessons = sorted((ROOT / "notebooks").glob("*.ipynb"))
    bold = set().union(*(named.terms_in(build.read(path)) for path in lessons))
    # A sentence, or the name of an exercise, ends with a sign.
    asked = {words for words in bold if words[-1] not in ".:?"}
    asked -= set(EMPHASIS.replace("\n", " ").split(", "))
    assert sorted(asked - set(terms)) == []  # they need a sentence in the glossary
    assert sorted(set(terms) - bold) == []  # no lesson prints these in bold any more


def test_the_bibliography_has_what_docstrings_name():
    works = [entry.groups() for entry in named.WORK.finditer(page_text("bibliography"))]
    assert len(works) > 20
    texts = [path.read_text("utf-8") for path in (ROOT / "collab").glob("*.py")]
    lessons = [named.prose(build.read(p)) for p in (ROOT / "notebooks").glob("*.ipynb")]
    for work in works:
        assert any(named.names_work(text, *work) for text in texts + lessons), work
    for text in texts:
        for source in re.findall(r'Source: (?:(?! *""").+\n)+', text):
            years = set(re.findall(r"\b(?:19|20)\d\d\b", source))
            known = {work[1] for work in works if named.names_work(source, *work)}
            assert years <= known, f"the bibliography needs: {source}"


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


class Reader(Hands):
    def __init__(self, browser, site):
        super().__init__(browser)
        self.site = site

    def resize(self, width):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def visit(self, page, *, width=DESKTOP, mode="light"):
        self.resize(width)

        def arrived():
            self.browser.get((self.site / page).as_uri())
            return self.run(MODE, mode) == mode

        # Chrome hands what was written to the next page when it finds the time.
        self.until(arrived)
        self.browser.execute_async_script("document.fonts.ready.then(arguments[0])")

    def is_at(self, end):
        return self.browser.current_url.endswith(end)


@pytest.fixture
def reader(site, browser):
    """Somebody who reads pages; in the end, nothing may have gone wrong unseen."""
    reader = Reader(browser, site)
    reader.complaints()  # what earlier tests logged is theirs
    yield reader
    assert reader.complaints() == []


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


def test_no_page_scrolls_sideways(site, reader):
    found = {}
    for page in pages(site):
        reader.visit(page)
        found[page] = reader.run(TOO_WIDE)
        reader.resize(PHONE)
        found[page] += reader.run(TOO_WIDE)
    assert len(found) > 30
    assert {page: why for page, why in found.items() if why} == {}


PLACES = """
const parts = arguments[0].querySelector(arguments[1]).children;
return Array.from(parts, part => part.getBoundingClientRect());
"""


def test_formulas_are_drawn(reader):
    reader.visit("03_dot_product_model.html")
    first = reader.find("div.formula math")
    assert first.size["width"] > 100
    assert 15 < first.size["height"] < 60
    # The index of p_u is below it, and the hat of r above, without touching it.
    letter, index = reader.run(PLACES, first, "msub:nth-of-type(2)")
    assert letter["bottom"] < index["bottom"]
    letter, hat = reader.run(PLACES, first, "mover")
    assert letter["top"] - 6 < hat["bottom"] < letter["top"]
    (box,) = reader.all("div.formula")  # nothing of it is cut off
    assert reader.run(
        "return arguments[0].scrollHeight <= arguments[0].clientHeight", box
    )
    text = reader.find("body").text
    assert "$" not in text
    assert "\\hat" not in text


def test_formulas_need_no_font_of_the_machine(site, reader):
    with_formulas = [p for p in pages(site) if "<math" in (site / p).read_text("utf-8")]
    assert with_formulas
    drawn_in = set()
    for page in with_formulas:
        reader.visit(page)
        ask = reader.browser.execute_cdp_cmd
        for domain in ("DOM", "CSS"):
            ask(f"{domain}.enable", {})
        root = ask("DOM.getDocument", {})["root"]["nodeId"]
        leaves = {"nodeId": root, "selector": "math mi, math mo, math mn, math mtext"}
        for leaf in ask("DOM.querySelectorAll", leaves)["nodeIds"]:
            fonts = ask("CSS.getPlatformFontsForNode", {"nodeId": leaf})["fonts"]
            drawn_in |= {(font["familyName"], font["isCustomFont"]) for font in fonts}
    assert drawn_in == {("STIX Two Math", True)}


MARKS = """
const marks = Array.from(document.querySelectorAll("article mark"));
const seen = marks.filter(mark => {
  const place = mark.getBoundingClientRect();
  return place.height && place.top > 0 && place.bottom < innerHeight;
});
return [marks.length, seen.map(mark => mark.textContent.toLowerCase())];
"""


@pytest.mark.parametrize(
    ("words", "page", "marked"),
    [
        ("cold start", "05_compared_with_what", "cold"),
        ("matrix factorization", "03_dot_product_model", "factorisation"),
        ("fold-in", "08_recommending", "fold-in"),
        ("fewer independent", "05_compared_with_what", "independent"),  # was folded
        ("highest scores", "recommend", "highest"),
    ],
)
def test_a_search_leads_to_the_marked_place(reader, words, page, marked):
    reader.visit("00_start_here.html")
    reader.run("document.querySelector('.search-button-field').click()")
    reader.find("#pst-search-dialog input").send_keys(f"{words}\n")
    reader.until(lambda: "search.html" in reader.browser.current_url)
    line = f"//ol[@id='found']/li[a[contains(@href, '{page}.html')]]"
    place = reader.browser.find_element(By.XPATH, line)
    shown = place.find_elements(By.CSS_SELECTOR, "p mark")
    assert marked in [mark.text.lower() for mark in shown]
    place.find_element(By.TAG_NAME, "a").click()
    reader.until(lambda: marked in reader.run(MARKS)[1])
    reader.find("body").send_keys(Keys.ESCAPE)
    assert reader.run(MARKS)[0] == 0


def test_a_search_says_when_there_is_nothing(reader):
    reader.visit("search.html")
    box = reader.find("#words")
    box.send_keys("zebra")
    told = reader.find("#how-many")
    assert told.text == "0 places"
    assert not reader.all("#found li")
    box.send_keys("-Kalman")
    assert told.text.startswith("No place has all of it; some of it: ")
    assert reader.find("#found p mark").text == "Kalman"


def test_a_lesson_leads_to_the_reference_and_back(reader):
    reader.visit("08_recommending.html")
    reader.find("p a[href$='recommend.fold_in']").click()
    assert reader.is_at("api/recommend.html#collab.recommend.fold_in")
    place = "[id='collab.recommend.fold_in']"
    reader.find(f"{place} + dd .used-in a[href*='08_']").click()
    assert reader.all(".cell_input a[href$='collab.recommend.fold_in']")
    reader.find("a[href$='term-fold-in']").click()
    assert reader.is_at("glossary.html#term-fold-in")
    reader.find("#term-fold-in + dd a[href^='08_']").click()
    assert reader.is_at("/08_recommending.html")


@pytest.mark.parametrize("lesson", ["00_start_here", "08_recommending"])
def test_below_a_panel_is_a_recommender_that_works(reader, lesson):
    reader.visit(f"{lesson}.html")
    reader.find(".cell + p a[href='recommender.html']").click()
    assert reader.browser.title == "Your next movie"


def test_code_can_be_copied_and_a_solution_opened(reader):
    reader.visit("05_compared_with_what.html")
    buttons = reader.all(".cell_input button.copybtn")
    assert len(reader.all(".cell_input pre")) == len(buttons) > 10
    reader.run("arguments[0].click()", buttons[0])
    reader.until(lambda: "success" in buttons[0].get_attribute("class"))
    code = reader.find("#solution-2 pre")
    assert not code.is_displayed()
    reader.find("#solution-2 summary").click()
    assert code.is_displayed()
    assert "split_once" in reader.find("#solution-2").text


# Boxes that hold more than they show, but for tables of numbers and formulas: these
# scroll.
CUT = """
return Array.from(document.querySelectorAll("article *")).filter(part =>
  part.scrollWidth > part.clientWidth + 1
  && !["visible", "clip"].includes(getComputedStyle(part).overflowX)
  && !part.matches(".text_html, .formula, .pst-scrollable-table-container, input")
).map(part => part.outerHTML.slice(0, 120));
"""


@pytest.mark.parametrize(
    "page", ["index", "05_compared_with_what", "10_row_by_row", "glossary", "api/gibbs"]
)
def test_a_phone_cuts_no_sentence(reader, page):
    reader.visit(f"{page}.html", width=PHONE)
    assert reader.run(CUT) == []
    for button in reader.all("button.copybtn"):
        assert not button.is_displayed()  # it would stand on the code
    for figure in reader.all("figure img"):
        width, height = (
            float(figure.get_attribute(f"natural{s}")) for s in ("Width", "Height")
        )
        ratio = figure.size["width"] / figure.size["height"]
        assert ratio == pytest.approx(width / height, rel=0.02)


OVER = """
return Array.from(document.querySelectorAll(".cell_output .text_html"), box =>
  box.scrollWidth - box.clientWidth);
"""


def test_the_tables_of_a_lesson_fit_a_phone(reader):
    reader.visit("15_testing_online.html", width=PHONE)
    over = reader.run(OVER)
    assert len(over) > 2
    assert max(over) <= 1


# In print, each box with its ground, as long as it shows.
GROUNDS = """
return Array.from(document.querySelectorAll("body, article, article pre, h1, h2"))
  .filter(part => part.getClientRects().length)
  .map(part => [getComputedStyle(part).backgroundColor, getComputedStyle(part).color]);
"""


def brightness(colour):
    """Of "rgb(…)", from 0 to 255; None of what is transparent."""
    *rgb, a = [*map(float, re.findall(r"[\d.]+", colour)), 1.0][:4]
    return sum(rgb) / 3 if a else None


FOLDED = "document.querySelectorAll('article details:not([open])').length"
TALLEST = """
return Math.max(...Array.from(document.querySelectorAll("figure img"), figure =>
  figure.getBoundingClientRect().height));
"""


def test_paper_is_white_and_cuts_nothing(reader):
    reader.visit("05_compared_with_what.html", width=700, mode="dark")
    ask = reader.browser.execute_cdp_cmd
    look = f"seen = [(() => {{{GROUNDS}}})(), {FOLDED}]"
    reader.run(f"window.seen = []; addEventListener('beforeprint', () => {look})")
    folded = reader.run(f"return {FOLDED}")
    assert folded > 5
    ask("Page.printToPDF", {"printBackground": True})
    grounds, still_folded = reader.run("return seen")
    assert len(grounds) > 50
    behind = [brightness(ground) for ground, _ in grounds]
    assert min(light for light in behind if light is not None) > 230
    assert max(brightness(ink) for _, ink in grounds) < 100
    assert still_folded == 0
    # Then it is dark again, and folded.
    assert reader.run(f"return {FOLDED}") == folded
    assert brightness(reader.run(GROUNDS)[0][0]) < 50
    ask("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert reader.run(CUT) == []
        title = reader.find("#jb-print-docs-body h1")
        assert title.value_of_css_property("text-align") == "left"
        for part in reader.all("button.copybtn, .take-along, #pst-primary-sidebar"):
            assert not part.is_displayed()
        reader.visit("06_honest_training.html", width=700)
        assert reader.run(TALLEST) < 25 / 2.54 * 96  # a page, less margins
    finally:
        ask("Emulation.setEmulatedMedia", {"media": ""})


def test_no_docstring_shows_the_signs_of_bold(site):
    texts = [page.read_text("utf-8") for page in site.glob("api/*.html")]
    assert len(texts) > 20
    assert re.findall(r"\*\*[A-Z][\w -]*\*\*", " ".join(texts)) == []


# What a browser loads ---------------------------------------------------------------


def test_no_page_is_heavy(site):
    """At 1.6 Mbit/s, 200 kB take a second."""
    weight = {}
    for name in pages(site):
        page = build.Page(site / name)
        files = [(site / name).parent / urlsplit(link).path for link in page.loads]
        kinds = (".css", ".js", ".svg")
        first = [site / name, *(file for file in files if file.suffix in kinds)]
        if "<math" in (site / name).read_text("utf-8"):
            first.append(site / "_static" / "formulas.woff2")
        weight[name] = sum(file.stat().st_size for file in first) / 1000
    assert {name: kb for name, kb in weight.items() if kb > 400} == {}
    assert weight["index.html"] < 220


def test_a_long_type_hint_keeps_its_short_name(site):
    text = re.sub("<[^>]*>", "", (site / "api" / "metrics.html").read_text("utf-8"))
    assert "mse(actual: ArrayLike, predicted: ArrayLike)" in text


def test_every_icon_is_drawn(site):
    texts = [page.read_text("utf-8") for page in site.rglob("*.html")]
    texts += [script.read_text("utf-8") for script in site.glob("_static/scripts/*.js")]
    icons = set(re.findall(r"\bfa-(?!solid|lg|fw)[a-z-]+", " ".join(texts)))
    style = (ROOT / "book" / "static" / "book.css").read_text("utf-8")
    assert icons == set(re.findall(r"\.(fa-(?!solid)[a-z-]+)", style))


def test_styles_without_a_user_are_left_out():
    lighten = pytest.importorskip("lighten", reason=needs_book)
    style = """a, .x > b, .y:not(.z) {color: red}
      @media print {.x {top: 0}} @media print {.x.y {top: 1px}} @charset "UTF-8"; """
    assert re.sub(r"\s", "", lighten.kept(style, {"y"})) == (
        'a,.y:not(.z){color:red}@charset"UTF-8";'
    )
    assert "top: 1px" in lighten.kept(style, {"x", "y"})


@pytest.mark.parametrize("address", ["", "https://github.com/o/n"])
def test_links_to_the_repository_need_its_address(
    rendering, tmp_path, monkeypatch, address
):
    monkeypatch.setenv("REPOSITORY", address)
    source, made = tmp_path / "source", tmp_path / "site"
    write(source / "01_crosstab.ipynb", "# One")
    toctree = "# Start\n\n```{toctree}\n01_crosstab\n```\n"
    for name in ("licence", "data"):  # the footer's
        (source / f"{name}.md").write_text(f"---\norphan: true\n---\n# {name}\n")
    (source / "index.md").write_text(toctree)
    build.run_sphinx(source, made, tmp_path / "doctrees")
    links = build.Page(made / "01_crosstab.html").links
    out = {link for link in links if link.startswith("https://")}
    assert "notebooks/01_crosstab.ipynb" in links
    text = (made / "01_crosstab.html").read_text(encoding="utf-8")
    card = "https://o.github.io/n/_static/web_edition.png"
    assert re.findall(r'og:image" content="(.*?)"', text) == [card] * bool(address)
    if not address:
        assert out == set()
        return
    assert out == {
        f"{address}/blob/main/notebooks/01_crosstab.ipynb",
        f"{address}/issues/new/choose",
        f"{address}/issues",
        "https://codespaces.new/o/n",
        address,
    }


# More in a browser --------------------------------------------------------------------


def test_beside_a_function_is_a_link_to_one_file_of_it(reader):
    reader.visit("api/recommend.html")
    reader.find("[id$='.fold_in'] a[href$='.py']").click()
    assert reader.is_at("/_static/one_file/function/fold_in.py")
    assert reader.find("pre").get_property("textContent") == one_file(["fold_in"])
    reader.visit("api/onefile.html")  # it reads the sources of collab
    assert reader.all("[id='collab.onefile.one_file']")
    assert not reader.all("article a[href$='.py']")


def test_next_leads_through_the_lessons_which_can_be_taken_along(site, reader):
    lessons = sorted((ROOT / "notebooks").glob("*.ipynb"))
    reader.visit(f"{lessons[0].stem}.html")
    for lesson in lessons:
        assert reader.is_at(f"/{lesson.stem}.html")
        for path in (lesson, lesson.parent / "solutions" / lesson.name):
            if path.exists():
                name = path.relative_to(ROOT).as_posix()
                assert (site / name).read_bytes() == path.read_bytes()
                assert (
                    reader.find(f"a[href='{name}']").get_attribute("download")
                    is not None
                )
        if lesson != lessons[-1]:
            reader.find("a.right-next").click()
    for lesson in reversed(lessons[:-1]):
        reader.find("a.left-prev").click()
        assert reader.is_at(f"/{lesson.stem}.html")


def test_every_figure_of_a_lesson_is_on_its_page_in_words(reader):
    for name in ("04_training", "07_inside_the_model"):
        notebook = build.read(ROOT / "notebooks" / f"{name}.ipynb")
        outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
        stored = [
            o.metadata["image/png"] for o in outputs if "image/png" in o.get("data", {})
        ]
        assert stored
        reader.visit(f"{name}.html")
        shown = reader.all(".cell_output img")
        for figure, its in zip(shown, stored, strict=True):
            assert figure.get_attribute("alt") == its["alt"]
            for side, dots in figure.size.items():
                assert dots == pytest.approx(its[side], abs=1)
            dots = int(figure.get_attribute("naturalWidth"))
            assert dots == pytest.approx(2 * its["width"], abs=1)
        reader.visit(f"{name}.html", mode="dark")
        shown = reader.all(".cell_output img")
        for k, figure in enumerate(shown, 1):
            # Black on a soft white; a click opens it large.
            assert figure.value_of_css_property("filter") == "brightness(0.85)"
            assert brightness(figure.value_of_css_property("background-color")) == 255
            link = figure.find_element(By.XPATH, "./parent::a")
            assert link.get_attribute("href") == figure.get_attribute("src")
            caption = figure.find_element(By.XPATH, "./ancestor::figure/figcaption")
            assert caption.text == f"Figure {int(name[:2])}.{k}"


def test_the_first_page_recommends(reader):
    reader.visit("index.html")
    reader.browser.switch_to.frame(reader.find("iframe.recommender"))
    before = reader.texts("#best li")
    assert len(before) == 10
    reader.find("#search").send_keys("alien")
    reader.find("#found .title").click()
    reader.all("#found .stars button")[-1].click()
    reader.until(lambda: reader.texts("#best li") != before)
    reader.run("localStorage.clear()")
    reader.browser.switch_to.default_content()


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
VIOLATIONS = """
const [done, only] = [arguments[arguments.length - 1], arguments[0]];
// preload: axe would ask for the style sheets once more, which file:// forbids.
const options = {resultTypes: ["violations"], iframes: false, preload: false};
if (only) options.runOnly = {type: "rule", values: only};
axe.run(document, options).then(result => done(result.violations
  .map(({id, nodes}) => `${id}: ${nodes.length} × ${nodes[0].html.slice(0, 150)} `
    + nodes[0].any.concat(nodes[0].all).map(why => why.message))));
"""


@pytest.fixture(scope="module")
def axe():
    package = importlib.util.find_spec("axe_playwright_python")
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing(site, reader, axe, mode):
    # Light and dark differ in their colours alone.
    only = None if mode == "light" else ["color-contrast"]
    found = {}
    for page in pages(site):
        reader.visit(page, mode=mode)
        reader.run(PREPARE + axe)
        found[page] = reader.browser.execute_async_script(VIOLATIONS, only)
    assert {page: why for page, why in found.items() if why} == {}


FAULTS = """
const code = document.querySelector(".highlight .s2");
code.closest("pre").append(code.cloneNode(true));
// On light grey. The very colour of the ground axe would pass over.
code.style.color = "#bbb";
document.querySelector("article").insertAdjacentHTML("beforeend", "<input>");
"""


def test_axe_notices_a_colour_and_a_field_without_a_label(reader, axe):
    reader.visit("00_start_here.html")
    reader.run(FAULTS)
    reader.run(PREPARE + axe)
    found = reader.browser.execute_async_script(VIOLATIONS, None)
    assert [why.partition(":")[0] for why in found] == ["color-contrast", "label"]


# The workflows -----------------------------------------------------------------------


def test_zizmor_finds_nothing_in_the_workflows():
    pytest.importorskip("sphinx", reason=needs_book)
    zizmor = shutil.which("zizmor", path=sysconfig.get_path("scripts"))
    command = [zizmor, "--offline", "--quiet", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
