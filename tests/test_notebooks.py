"""What a stored notebook must be, so that running it again checks something."""

import base64
import copy
import importlib.util
import io
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "notebooks").glob("*.ipynb"))
START, *LESSONS = PAGES
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))

spec = importlib.util.spec_from_file_location(
    "regenerate", ROOT / "notebooks" / "regenerate.py"
)
regenerate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(regenerate)

UNCOMPARED = re.compile(r"nbval[-_](ignore[-_]output|skip)|raises[-_]exception", re.I)
MACHINE = re.compile(r"/(?:root|home|work|tmp|Users|opt)/|[A-Z]:\\\\|site-packages")


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def problems(notebook):
    """Everything that would make the check of a stored notebook void or unstable."""
    found = []
    cells = code_cells(notebook)
    counts = [cell.execution_count for cell in cells]
    if counts != list(range(1, len(cells) + 1)):
        found.append(f"execution counts {counts}: nbval compares nothing where null")
    uncompared = 0
    for cell in cells:
        where = f"cell [{cell.execution_count}]"
        lines = len(cell.source.splitlines())
        if lines > 15:
            found.append(f"{where} has {lines} lines")
        uncompared += bool(UNCOMPARED.search(f"{cell.metadata} {cell.source}"))
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"{where} stores an error or stderr")
            texts = {k: v for k, v in output.get("data", {}).items() if "png" not in k}
            if MACHINE.search(f"{texts} {output.get('text', '')}"):
                found.append(f"{where} shows a path of one machine")
            if any("widget" in kind for kind in texts):
                found.append(f"{where} stores a widget")
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt", "")
                if len(alt.split()) < 8:
                    found.append(f"{where} has a figure without words: {alt!r}")
    if uncompared > 1:
        found.append(f"{uncompared} cells are not compared")
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)
    n_words = len(prose(notebook).split())
    if len(kinds) > 40 or n_words > 2000:
        found.append(f"{len(kinds)} cells, {n_words} words: more than one sitting")
    if "ccc" in kinds:
        at = kinds.index("ccc")
        found.append(f"three code cells in a row, from cell {at} on")
    cleaned = copy.deepcopy(notebook)
    regenerate.clean(cleaned)
    if cleaned != notebook:
        found.append("holds more than regenerate.py stores: metadata, ids or outputs")
    return found


@pytest.mark.parametrize(
    "path", PAGES + SOLUTIONS, ids=lambda p: p.parent.name + p.stem
)
def test_stored_notebook_is_complete_and_clean(path):
    assert problems(read(path)) == []


def first(notebook):
    return code_cells(notebook)[0]


def give(notebook, kind, *data, **options):
    first(notebook).outputs.append(nbformat.v4.new_output(kind, *data, **options))


def without_words(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                output.metadata = {}


def two_ignored(notebook):
    for cell in code_cells(notebook)[:2]:
        cell.metadata["tags"] = ["nbval-ignore-output"]


WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize(
    ("words", "damage"),
    [
        ("execution counts", lambda n: code_cells(n)[3].update(execution_count=None)),
        ("execution counts", lambda n: code_cells(n)[-1].update(execution_count=99)),
        ("stderr", lambda n: give(n, "stream", name="stderr", text="careful")),
        ("a path", lambda n: give(n, "stream", name="stdout", text="/home/me/a.csv")),
        ("stores a widget", lambda n: give(n, "display_data", {WIDGET: {}})),
        ("cells are not compared", two_ignored),
        ("has 16 lines", lambda n: first(n).update(source="1\n" * 16)),
        ("holds more", lambda n: n.metadata["language_info"].update(version="3.11.7")),
        ("holds more", lambda n: first(n).metadata.update(execution={"busy": "2026"})),
        ("a figure without words", without_words),
        ("three code cells", lambda n: n.update(cells=code_cells(n)[:3] + n.cells)),
        ("than one sitting", lambda n: n.cells.extend(n.cells[:2])),
        ("than one sitting", lambda n: n.cells[0].update(source="word " * 2000)),
    ],
)
def test_the_guard_notices(words, damage):
    notebook = read(LESSONS[0])
    damage(notebook)
    assert any(words in problem for problem in problems(notebook))


def cleaned(*outputs):
    cell = nbformat.v4.new_code_cell("1", outputs=copy.deepcopy([*outputs]))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    regenerate.clean(notebook)
    return notebook.cells[0].outputs


def test_clean_keeps_the_text_of_a_widget_and_joins_what_was_printed_in_pieces():
    new = nbformat.v4.new_output
    a, b, c = (new("stream", name="stdout", text=text) for text in ("a", "b\n", "c"))
    widget = new("display_data", {"text/plain": "a list", WIDGET: {}})
    first, second, third = cleaned(a, b, widget, c)
    assert first.text == "ab\n"
    assert second.data == {"text/plain": "a list"}
    assert third.text == "c"


def test_a_figure_is_stored_in_its_size_and_in_256_colours():
    rainbow = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype="uint8")
    rainbow[:32] = 255
    Image.fromarray(rainbow).save(fine := io.BytesIO(), "PNG")
    fine = base64.b64encode(fine.getvalue()).decode()
    size = {"alt": "A lawn of noise.", "width": 32, "height": 32}
    output = nbformat.v4.new_output("display_data", {"image/png": fine})
    output.metadata = {"image/png": {**size, "needs_background": "light"}}
    (output,) = cleaned(output)
    assert output.metadata == {"image/png": size}
    stored = regenerate.in_256_colours(fine)
    picture = Image.open(io.BytesIO(base64.b64decode(stored)))
    assert picture.mode == "P"
    colours = np.asarray(picture.convert("RGB"), int)
    assert (colours[:32] == 255).all()
    assert 0 < np.abs(colours - rainbow).mean() < 8
    assert len(stored) < 0.6 * len(fine)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_opens_and_closes_as_every_lesson_and_has_figures(path):
    assert "image/png" in path.read_text(encoding="utf-8")
    text = prose(read(path))
    for promise in ("**You will see**", "**You need**", "**It runs**"):
        assert promise in text.split("\n## ")[0], f"the opening lacks {promise}"
    for closing in ("## What we saw", "## Exercises"):
        assert closing in text, f"{closing} is missing"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_leads_back_forward_and_to_the_start(path):
    """In its first cell and in its last."""
    place = PAGES.index(path)
    around = {START, *PAGES[max(place - 1, 0) : place + 2]} - {path}
    cells = read(path).cells
    for cell in (cells[0], cells[-1]):
        assert cell.cell_type == "markdown"
        links = set(re.findall(r"\]\(([\w.]+\.ipynb)\)", cell.source))
        assert {other.name for other in around} <= links, f"only {links}"


def exercises(notebook):
    """The text and the stub of each exercise."""
    cells = notebook.cells
    start = next(
        k
        for k, cell in enumerate(cells)
        if re.search("^## Exercises", cell.source, re.M)
    )
    return [
        (text.source, stub)
        for text, stub in zip(cells[start:], cells[start + 1 :], strict=False)
        if re.search(r"^\*\*\d\. ", text.source, re.M) and stub.cell_type == "code"
    ]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_an_exercise_has_a_stub_that_runs_a_hint_and_a_solution_of_its_own(path):
    found = exercises(read(path))
    assert len(found) >= 3
    solution = prose(read(path.parent / "solutions" / path.name))
    for number, (text, stub) in enumerate(found, start=1):
        assert re.search(rf"^\*\*{number}\. ", text, re.M)
        assert "<details>" in text
        assert "<summary>" in text
        assert f"(solutions/{path.name}#Exercise-{number})" in text
        assert re.search(rf"^## Exercise {number}$", solution, re.M)
        assert re.search(r"^check_\w+\(", stub.source, re.M)
        (output,) = stub.outputs  # a line of the check, as the stub stands
        assert output.output_type == "stream"


def test_every_lesson_has_solutions_that_run_its_checks():
    assert [path.name for path in SOLUTIONS] == [path.name for path in LESSONS]
    for lesson, solution in zip(LESSONS, SOLUTIONS, strict=True):
        stubs = "\n".join(stub.source for _, stub in exercises(read(lesson)))
        asked = set(re.findall(r"^check_\w+\(", stubs, re.M))
        code = "\n".join(cell.source for cell in code_cells(read(solution)))
        run = set(re.findall(r"^check_\w+\(", code, re.M))
        assert asked == run, lesson.name


@pytest.mark.parametrize(
    "path", PAGES + SOLUTIONS, ids=lambda p: p.parent.name + p.stem
)
def test_links_lead_somewhere(path):
    """Within the folder that JupyterLab serves, notebooks/, or on the web."""
    for link in re.findall(r"\]\(([^)]+)\)", prose(read(path))):
        if link.startswith(("https://", "mailto:")):
            continue
        file, _, heading = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.is_file(), link
        assert target.is_relative_to(ROOT / "notebooks"), f"{link}: outside the server"
        if heading:
            titles = re.findall(r"^#+ (.+)$", prose(read(target)), re.M)
            assert heading in [title.replace(" ", "-") for title in titles], link


def test_the_readme_and_lesson_00_list_the_same_lessons():
    start = ROOT / "notebooks" / "00_start_here.ipynb"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    there, here = (
        re.findall(r"(?m)^\| \d\d \|.*$", text.replace("](notebooks/", "]("))
        for text in (readme, prose(read(start)))
    )
    assert there[1:] == here  # lesson 00 does not list itself
    assert len(here) == len(PAGES) - 1


def test_the_figures_that_are_shown_elsewhere_are_those_of_the_lessons():
    start = prose(read(ROOT / "notebooks" / "00_start_here.ipynb"))
    shown = start + (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    pictures = list((ROOT / "notebooks" / "images").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert f"images/{picture.name}" in shown
        cells = code_cells(read(ROOT / "notebooks" / f"{picture.stem}.ipynb"))
        (cell,) = [c for c in cells if "readme" in c.metadata.get("tags", [])]
        assert regenerate.readme_figure(cell) == picture.read_bytes()
