"""The notebooks with their stored outputs → a static site that needs no network.

    uv run --group book python book/build.py      → book/site/index.html

No notebook is executed and nothing is fetched, when it is built or when it is read: the
font of the formulas comes with it.
What a reader would stumble over stops the build with a sentence: a link that leads
nowhere, a notebook without its outputs, a figure without words. The recommender on the
first page is fitted here (recommender.py).
"""

import copy
import html
import logging
import re
import shutil
import sys
import tempfile
import unicodedata
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat

HERE = Path(__file__).parent
ROOT = HERE.parent
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


def folded(anchor, title, cells):
    """Cells that a reader opens with a click."""
    new = nbformat.v4.new_markdown_cell
    start = f'<details class="solution" id="{anchor}"><summary>{title}</summary>'
    return [new(start), *cells, new("</details>")]


# The sources of the site -------------------------------------------------------------


def readme_table(head):
    """The rows of the README's table whose first line begins so, as Markdown."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.search(rf"^{re.escape(head)}.*\n(?:\|.*\n)+", readme, re.M)[0]


def modules():
    """Their names, in the README's order."""
    return re.findall(r"\(collab/(\w+)\.py\)", readme_table("| module |"))


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
    for path in lessons:
        page = read(path)
        if path.name in solutions:
            page = with_solutions(page, read(solutions[path.name]), path.name)
        nbformat.write(page, source / path.name)
    if (notebooks / "images").is_dir():
        shutil.copytree(notebooks / "images", source / "images")
    (source / "api").mkdir()
    for name in modules():
        text = MODULE.format(name=name, line="=" * (len(name) + 3))
        (source / "api" / f"{name}.rst").write_text(text, encoding="utf-8")
    table = readme_table("| | lesson |").replace("(notebooks/", "(")
    package = readme_table("| module |")
    package = re.sub(r"\(collab/(\w+)\.py\)", r"(api/\1.rst)", package)
    fill = {
        "lessons": table,
        "modules": package,
        "pages": "\n".join(path.stem for path in lessons),
        "api": "\n".join(f"api/{name}" for name in modules()),
        "licence": (ROOT / "LICENSE").read_text(encoding="utf-8"),
        "citation": (ROOT / "CITATION.cff").read_text(encoding="utf-8"),
    }
    for page in HERE.glob("pages/*.md"):
        text = page.read_text(encoding="utf-8")
        for key, value in fill.items():
            text = text.replace("{{ " + key + " }}", value.strip())
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


def write_font(site):
    """The font of the formulas, cut down to the signs that they use."""
    import ziamath
    from fontTools import subset

    # The theme's code colours switch on the log of every library.
    logging.getLogger("fontTools").setLevel("WARNING")
    pages = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    formulas = "".join(re.findall(r"<math.*?</math>", "".join(pages), re.S))
    signs = {*html.unescape(re.sub(r"<[^>]*>", "", formulas))}
    # The name records hold the copyright and the licence; ssty are the small letters.
    options = subset.Options(flavor="woff2", name_IDs="*", layout_features=["ssty"])
    whole = Path(ziamath.__file__).with_name("fonts") / "STIXTwoMath-Regular.ttf"
    font = subset.load_font(whole, options)
    subsetter = subset.Subsetter(options)
    italic = {sign for sign in ITALIC if unicodedata.normalize("NFKC", sign) in signs}
    subsetter.populate(text="".join(signs | italic))
    subsetter.subset(font)
    subset.save_font(font, site / "_static" / "formulas.woff2", options)


# A letter that stands alone is drawn as one of these: 𝐴 to 𝑧, 𝛢 to 𝜛, and ℎ.
ITALIC = [*map(chr, [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]), "ℎ"]


def build(site=SITE):
    """Make the site anew; `Unfit` tells why it stays as it was."""
    from recommender import write_recommender

    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "source"), Path(folder, "made")
        source.mkdir()
        write_source(source)
        run_sphinx(source, made, Path(folder, "doctrees"))
        write_font(made)
        write_recommender(made / "recommender.html")
        for template in made.glob("_static/*macros.html"):
            template.unlink()  # the theme's own, no pages
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
