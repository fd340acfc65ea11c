"""The notebooks with their stored outputs → a static site that needs no network.

    uv run --only-group book python book/build.py      → book/site/index.html

No notebook is executed and nothing is fetched, when it is built or when it is read: the
font of the formulas comes with it.
What a reader would stumble over stops the build with a sentence: a link that leads
nowhere, a notebook without its outputs, a figure without words. The recommender on the
first page is fitted here (recommender.py).
"""

import copy
import re
import shutil
import sys
import tempfile
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from named import prose, terms_in, with_lessons, with_places

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))  # collab, which needs not be installed
SITE = HERE / "site"

LINK = re.compile(r"\]\(([^)\s]+)\)")
SOLUTION = re.compile(r"^\[[^]]*\]\(solutions/([\w.]+)#Exercise-(\d+)\)\s*$", re.M)


class Unfit(Exception):
    """Why there is no site: sentences, one a line."""


# The notebooks -----------------------------------------------------------------------


def read(path):
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise Unfit(f"{path.name} is not a notebook: {error!s:.80}") from None


def lacks(path):
    """Sentences on a notebook: outputs, words of figures, links."""
    notebook, found, never_run = read(path), [], []
    name = f"{path.parent.name}/{path.name}"
    for number, cell in enumerate(notebook.cells, 1):
        where = f"{name}, cell {number}"
        if cell.cell_type == "markdown":
            found += [f"{where}: {why}" for why in broken_links(cell.source, path)]
        elif cell.cell_type == "code" and not cell.execution_count:
            never_run.append(number)
        for output in cell.get("outputs", []):
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"{where} stores an error or a warning: run it again")
            for kind in output.get("data", {}):
                words = output.metadata.get(kind, {}).get("alt", "")
                if kind.startswith("image/") and not words.strip():
                    found.append(f"{where}: a figure without words: `show_figure` them")
    if never_run:
        cells = (
            f"cells {never_run} were" if never_run[1:] else f"cell {never_run[0]} was"
        )
        found.append(f"{name}: {cells} never run: store the outputs")
    return found


def headings(notebook):
    """The anchors of a notebook's headings, as JupyterLab makes them."""
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    titles = re.findall(r"^#+ (.+)$", "\n".join(texts), re.M)
    return {title.replace(" ", "-") for title in titles}


def broken_links(text, path):
    for link in LINK.findall(text):
        url = urlsplit(link)
        target = path.parent / unquote(url.path) if url.path else path
        if url.scheme:
            continue
        if not target.is_file():
            yield f"the link {link} leads to no file"
        elif url.fragment and unquote(url.fragment) not in headings(read(target)):
            yield f"the link {link} leads to a heading that is not there"


def with_solutions(lesson, solutions, name):
    """A lesson with each solution folded under its exercise."""
    parts = solutions_by_number(solutions)
    cells, waiting = [], None
    for cell in copy.deepcopy(lesson.cells):
        asked = SOLUTION.search(cell.source) if cell.cell_type == "markdown" else None
        if asked:
            waiting = int(asked[2])
            if asked[1] != name or waiting not in parts:
                raise Unfit(f"{name}: exercise {waiting} has no solution")
            cell.source = SOLUTION.sub("", cell.source)
        cells.append(cell)
        if waiting and cell.cell_type == "code":
            cells += folded(f"solution-{waiting}", "A solution", parts[waiting])
            waiting = None
    if waiting:
        raise Unfit(f"{name}: exercise {waiting} has no cell to fill in")
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    lesson.cells = cells
    return lesson


def solutions_by_number(notebook):
    """{number: cells}, without headings, the cells above the first, the way back."""
    parts, at = {}, []
    for cell in copy.deepcopy(notebook.cells):
        if cell.cell_type == "code":
            at.append(cell)
            continue
        text = re.sub(r" ?\[The exercise\]\([^)]*\)", "", cell.source)
        text = text.replace("](../", "](")  # it moves up into the lesson's folder
        rest, *headed = re.split(r"^## Exercise (\d+)$", text, flags=re.M)
        for number, words in [
            (None, rest),
            *zip(headed[::2], headed[1::2], strict=True),
        ]:
            if number:
                at = parts.setdefault(int(number), [])
            if words.strip() and not words.startswith("[←"):
                at.append(nbformat.v4.new_markdown_cell(words.strip()))
    return parts


def with_recommender(lesson):
    """Below a panel, which needs a kernel, a link to what works in a browser."""
    for place, cell in enumerate(lesson.cells, 1):
        if cell.cell_type == "code" and "RatingPanel(" in cell.source:
            link = '<a href="recommender.html">a recommender that works here</a>'
            text = f"The panel needs JupyterLab. Try {link}."
            new = nbformat.v4.new_markdown_cell(text, id=f"below-{place}")
            lesson.cells.insert(place, new)


def folded(anchor, title, cells):
    """Cells that a reader opens with a click."""
    new = nbformat.v4.new_markdown_cell
    start = f'<details class="solution" id="{anchor}"><summary>{title}</summary>'
    return [new(start), *cells, new("</details>")]


# The sources of the site -------------------------------------------------------------


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def lessons_table():
    """The README's table of the lessons, as Markdown."""
    table = re.search(r"^\| \| lesson \|.*\n(?:\|.*\n)+", text_of("README.md"), re.M)
    return table[0].replace("(notebooks/", "(")


def modules():
    """Their names, in the order of their table."""
    return re.findall(r"\((\w+)\.py\)", text_of("collab/README.md"))


MODULE = """{name}.py
{line}

.. automodule:: collab.{name}
   :members:
"""


def write_source(source, notebooks=ROOT / "notebooks"):
    """Everything that Sphinx reads, in the folder `source`."""
    lessons = sorted(notebooks.glob("*.ipynb"))
    solutions = {path.name: path for path in notebooks.glob("solutions/*.ipynb")}
    found = [line for path in (*lessons, *solutions.values()) for line in lacks(path)]
    if found:
        raise Unfit("\n".join(found))
    pages = {path.stem: read(path) for path in lessons}
    for name, page in pages.items():
        if (own := f"{name}.ipynb") in solutions:
            page = with_solutions(page, read(solutions[own]), own)
        with_recommender(page)
        nbformat.write(page, source / own)
    if (notebooks / "images").is_dir():
        shutil.copytree(notebooks / "images", source / "images")
    (source / "api").mkdir()
    for name in modules():
        text = MODULE.format(name=name, line="=" * (len(name) + 3))
        (source / "api" / f"{name}.rst").write_text(text, encoding="utf-8")
    package = re.sub(r"\((\w+)\.py\)", r"(api/\1.rst)", text_of("collab/README.md"))
    fill = {
        "lessons": lessons_table(),
        "package": package,
        "pages": "\n".join(pages),
        "api": "\n".join(f"api/{name}" for name in modules()),
        "licence": text_of("LICENSE"),
        "citation": text_of("CITATION.cff"),
    }
    for page in HERE.glob("pages/*.md"):
        text = page.read_text(encoding="utf-8")
        for key, value in fill.items():
            text = text.replace("{{ " + key + " }}", value.strip())
        if page.stem == "glossary":
            terms = {name: terms_in(lesson) for name, lesson in pages.items()}
            text = with_lessons(text, terms)
        elif page.stem == "bibliography":
            sources = {name: text_of(f"collab/{name}.py") for name in modules()}
            text = with_places(
                text, {name: prose(lesson) for name, lesson in pages.items()}, sources
            )
        (source / page.name).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "data" / "README.md", source / "data.md")


# The site ----------------------------------------------------------------------------


class Page(HTMLParser):
    """The anchors of a page, where it leads, and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads, self.wordless = set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        its = dict(attributes)
        self.ids.add(its.get("id"))
        if tag == "a" and "href" in its:
            self.links.append(its["href"])
        elif tag == "link" and its.get("rel") not in ("next", "prev"):
            self.loads.append(its.get("href"))
        elif "src" in its:
            self.loads.append(its["src"])
        if tag == "img" and not its.get("alt", "").strip():
            self.wordless.append(its.get("src"))


def faults(site):
    """Sentences on the finished pages: links, what is loaded, pictures."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for link in page.links + page.loads:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                if link in page.loads and url.scheme != "data":
                    yield f"{name} loads {link} from elsewhere"
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            anchor = unquote(url.fragment)
            if not target.is_file():
                yield f"{name}: the link {link} leads to no file"
            elif anchor and target in pages and anchor not in pages[target].ids:
                yield f"{name}: the link {link} leads to no place on that page"
        for picture in page.wordless:
            yield f"{name}: the picture {picture} has no words"


def run_sphinx(source, site, doctrees):
    """Sphinx, for which a warning is an error."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    told = StringIO()
    with docutils_namespace():
        app = Sphinx(
            source,
            HERE,
            site,
            doctrees,
            "html",
            status=None,
            warning=told,
            freshenv=True,
        )
        app.build(force_all=True)
    if told.getvalue():
        raise Unfit(re.sub(r"\x1b\[[\d;]*m", "", told.getvalue()).strip())


FIGURE = re.compile(
    r'<img (alt="[^"]*") height="(\d+)" src="(_images/[0-9a-f]{64}\.png)" '
    r'width="(\d+)" />'
)


def number_figures(site):
    """Figures of a lesson: numbered, as wide as the page at most, large by a click."""
    for path in site.glob("[0-9][0-9]_*.html"):
        count = 0

        def numbered(image, path=path):
            nonlocal count
            count += 1
            words, height, file, width = image.groups()
            return (
                f'<figure><a href="{file}" title="Open large">'
                f'<img {words} src="{file}" width="{width}" height="{height}"></a>'
                f"<figcaption>Figure {int(path.name[:2])}.{count}</figcaption>"
                f"</figure>"
            )

        text = path.read_text(encoding="utf-8")
        path.write_text(FIGURE.sub(numbered, text), encoding="utf-8")


def name_parts(site):
    """For those who listen: the sidebar has a name, an empty corner is no heading."""
    sidebar = '<div id="pst-primary-sidebar"'
    named = sidebar.replace("div", 'div role="navigation" aria-label="Sidebar"')
    corner = re.compile(r'<th(?: class="head")?>(?:<p></p>)?</th>')
    for path in site.rglob("*.html"):
        text = corner.sub("<td></td>", path.read_text(encoding="utf-8"))
        path.write_text(text.replace(sidebar, named), encoding="utf-8")


def build(site=SITE):
    """Make the site anew; `Unfit` tells why it stays as it was."""
    from lighten import lighten
    from recommender import write_recommender

    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "source"), Path(folder, "made")
        source.mkdir()
        write_source(source)
        run_sphinx(source, made, Path(folder, "doctrees"))
        for template in made.glob("_static/*macros.html"):
            template.unlink()  # the theme's own, no pages
        number_figures(made)
        name_parts(made)
        lighten(made)
        write_recommender(made / "recommender.html")
        # The notebooks, to take along.
        pick = shutil.ignore_patterns("*.py", ".*", "fitted", "__pycache__")
        shutil.copytree(ROOT / "notebooks", made / "notebooks", ignore=pick)
        found = list(faults(made))
        if found:
            raise Unfit("\n".join(found))
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(made, site)


if __name__ == "__main__":
    try:
        build()
    except Unfit as why:
        sys.exit(f"The web edition is not made anew:\n{why}")
    print(f"open {SITE / 'index.html'}")
