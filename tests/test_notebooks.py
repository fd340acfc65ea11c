"""What a stored notebook must be, so that running it again checks something."""

import copy
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
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
    if uncompared > 1:
        found.append(f"{uncompared} cells are not compared")
    cleaned = copy.deepcopy(notebook)
    regenerate.clean(cleaned)
    if cleaned != notebook:
        found.append("holds more than regenerate.py stores: metadata, ids or outputs")
    return found


@pytest.mark.parametrize(
    "path", LESSONS + SOLUTIONS, ids=lambda p: p.parent.name + p.stem
)
def test_stored_notebook_is_complete_and_clean(path):
    assert problems(read(path)) == []


def _null_count(notebook):
    code_cells(notebook)[3].execution_count = None


def _skipped_count(notebook):
    code_cells(notebook)[-1].execution_count += 1


def _stderr(notebook):
    output = nbformat.v4.new_output("stream", name="stderr", text="careful")
    code_cells(notebook)[0].outputs.append(output)


def _path(notebook):
    output = nbformat.v4.new_output("stream", name="stdout", text="/home/me/data.csv")
    code_cells(notebook)[0].outputs.append(output)


def _widget(notebook):
    kind = "application/vnd.jupyter.widget-view+json"
    output = nbformat.v4.new_output("display_data", {kind: {}})
    code_cells(notebook)[0].outputs.append(output)


def _two_ignored(notebook):
    for cell in code_cells(notebook)[:2]:
        cell.metadata["tags"] = ["nbval-ignore-output"]


def _long_cell(notebook):
    code_cells(notebook)[0].source = "1\n" * 16


def _version(notebook):
    notebook.metadata["language_info"]["version"] = "3.11.7"


def _timing(notebook):
    code_cells(notebook)[0].metadata["execution"] = {"iopub.status.busy": "2026"}


@pytest.mark.parametrize(
    "damage",
    [
        _null_count,
        _skipped_count,
        _stderr,
        _path,
        _widget,
        _two_ignored,
        _long_cell,
        _version,
        _timing,
    ],
)
def test_the_guard_notices(damage):
    notebook = read(LESSONS[0])
    damage(notebook)
    assert problems(notebook) != []


def test_clean_keeps_the_text_of_a_widget_and_joins_what_was_printed_in_pieces():
    widget = {"text/plain": "a list", "application/vnd.jupyter.widget-view+json": {}}
    new = nbformat.v4.new_output
    pieces = [new("stream", name="stdout", text=text) for text in ("a", "b\n")]
    outputs = [*pieces, new("display_data", widget)]
    outputs.append(new("stream", name="stdout", text="c"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    notebook.cells[0].outputs = copy.deepcopy(outputs)
    regenerate.clean(notebook)
    first, second, third = notebook.cells[0].outputs
    assert first.text == "ab\n"
    assert second.data == {"text/plain": "a list"}
    assert third.text == "c"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_opens_and_closes_as_every_lesson(path):
    text = prose(read(path))
    for promise in ("**You will see**", "**You need**", "**It runs**"):
        assert promise in text.split("\n## ")[0], f"the opening lacks {promise}"
    for closing in ("## What we saw", "## Exercises", "**Next:**"):
        assert closing in text, f"{closing} is missing"
    exercises = text.split("## Exercises")[1]
    assert len(re.findall(r"^\*\*\d\. ", exercises, re.M)) >= 3


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_has_figures(path):
    outputs = [out for cell in code_cells(read(path)) for out in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_every_lesson_has_solutions_that_run_its_checks():
    assert [path.name for path in SOLUTIONS] == [path.name for path in LESSONS]
    for lesson, solution in zip(LESSONS, SOLUTIONS, strict=True):
        asked = set(re.findall(r"^check_\w+\(", prose(read(lesson)), re.M))
        code = "\n".join(cell.source for cell in code_cells(read(solution)))
        run = set(re.findall(r"^check_\w+\(", code, re.M))
        assert asked == run, lesson.name
        assert len(asked) >= 3


@pytest.mark.parametrize(
    "path", LESSONS + SOLUTIONS, ids=lambda p: p.parent.name + p.stem
)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", prose(read(path)))
    for link in links:
        if not link.startswith("https://"):
            assert (path.parent / link).exists(), link


def test_readme_shows_the_figures_of_the_lessons():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = list((ROOT / "notebooks" / "images").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert f"notebooks/images/{picture.name}" in readme
        cells = code_cells(read(ROOT / "notebooks" / f"{picture.stem}.ipynb"))
        (cell,) = [c for c in cells if "readme" in c.metadata.get("tags", [])]
        assert regenerate.readme_figure(cell) == picture.read_bytes()


def test_nbval_fails_where_an_output_differs(tmp_path):
    notebook = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output("stream", name="stdout", text="2\n")
    cell = nbformat.v4.new_code_cell("print(1)", execution_count=1, outputs=[output])
    notebook.cells = [cell]
    nbformat.write(notebook, tmp_path / "wrong.ipynb")
    options = ["-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:xdist"]
    run = subprocess.run(
        [sys.executable, *options, "wrong.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout
    assert "mismatch" in run.stdout
