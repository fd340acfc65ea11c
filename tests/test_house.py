"""The rules of the house: one home each, one style, true data, agreeing words."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from repository import ROOT

MODULES = sorted(path for path in (ROOT / "collab").glob("*.py"))
ALONE = [path for path in MODULES if path.stem != "__init__"]
QUIET = {
    **os.environ,
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "Agg",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


def run(code, *arguments, cwd=None, **environment):
    """What a Python of its own prints; -I: it sees no current folder."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments],
        cwd=cwd,
        env=QUIET | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# Each idea has one home --------------------------------------------------------------

# One process runs the examples of all modules: TensorFlow takes seconds to import.
EXAMPLES = """
import contextlib, doctest, importlib, io, json, sys

found = {}
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        failed, tried = doctest.testmod(importlib.import_module(name))
    found[name] = failed, tried, told.getvalue()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    names = [f"collab.{path.stem}" for path in ALONE]
    printed = run(EXAMPLES, str(ROOT), *names, cwd=tmp_path_factory.mktemp("empty"))
    return json.loads(printed.splitlines()[-1])


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_the_example_of_a_module_is_right(path, told):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert re.search("[→↔]", docstring.partition("\n")[0]), "first line: from → to"
    assert f"from collab.{path.stem} import " in docstring
    failed, tried, text = told[f"collab.{path.stem}"]
    assert tried > 0, "the module's docstring has no example"
    assert failed == 0, text


def test_no_two_modules_define_one_name():
    homes = defaultdict(list)
    for path in ALONE:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                homes[node.name].append(path.stem)
    assert len(homes) > 100
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


HOUSE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
(CONTRACT,) = HOUSE["tool"]["importlinter"]["contracts"]
FLOORS = [name.partition("collab.")[2] for name in CONTRACT["layers"]]  # top down


def test_imports_run_downward_only():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rooms = ["assets", "course", *(path.stem for path in ALONE)]
    assert sorted(FLOORS) == sorted(rooms)


# Quick to import ---------------------------------------------------------------------

HEAVY = ["tensorflow", "keras", "matplotlib", "numba", "ipywidgets", "pyspark"]
# The modules that need one; all the others import nothing heavy.
NEEDED = {"als", "compiled", "drift", "gibbs", "models", "panel", "plots", "ranking"}
NEEDED |= {"regularised", "sampler", "spark", "storage", "terms", "training"}

IMPORTS = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
heavy, names, found = sys.argv[2].split(), sys.argv[3:], {}
for name in names:
    importlib.import_module("collab." + name if name else "collab")
    found[name] = [module for module in heavy if module in sys.modules]
    for module in [m for m in sys.modules if m.partition(".")[0] in heavy]:
        del sys.modules[module]
print(json.dumps(found))
"""


def test_what_builds_no_model_does_not_import_tensorflow():
    names = ["", *(path.stem for path in ALONE if path.stem not in NEEDED)]
    assert len(names) > 5
    found = json.loads(run(IMPORTS, str(ROOT), " ".join(HEAVY), *names))
    assert found == {name: [] for name in names}
    alone = (
        "import sys; sys.path.append(sys.argv[1]); import collab; print(sys.modules)"
    )
    assert "'pandas" not in run(alone, str(ROOT))  # so it is instant


# Words that agree --------------------------------------------------------------------


def test_the_citation_and_the_changelog_agree_with_the_project():
    project = HOUSE["project"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## .*{re.escape(project['version'])}", changes)
    # Only the lines of the first level: the reference to MovieLens has its own title.
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = dict(re.findall(r'(?m)^([a-z-]+): "?(.*?)"?$', text))
    assert cited["cff-version"] == "1.2.0"
    assert cited["version"] == project["version"]
    assert cited["license"] == project["license"]
    assert cited["title"].startswith(f"{project['name']}: ")
    assert cited["abstract"] == project["description"]
    assert not {"repository", "repository-code", "url"} & set(cited)
    assert "doi: 10.1145/2827872" in text  # MovieLens, as its licence asks


PACKAGE = (ROOT / "collab" / "README.md").read_text("utf-8")


def test_the_packages_readme_lists_the_modules_from_the_ground_up():
    rows = re.findall(r"(?m)^\| (.*?) \|", PACKAGE)
    linked = [re.findall(r"\[`(\w+\.py)`\]\((\w+\.py)\)", row) for row in rows]
    pairs = [pair for row in linked for pair in row]
    assert all(shown == target for shown, target in pairs)
    upward = [f"{f}.py" for f in FLOORS[::-1] if f not in {"assets", "course"}]
    assert [shown for shown, _ in pairs] == upward


def test_the_packages_readme_goes_from_a_file_to_a_list():
    (code,) = re.findall(r"```python\n(.*?)```", PACKAGE, re.S)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *listed, _ = done.stdout.splitlines()[-6:]
    assert len(listed) == 5
    assert all(1 <= float(line.split()[-1]) <= 10.5 for line in listed)


# One style, and types that agree -----------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["ruff check --no-cache .", "ruff format --check --no-cache .", "mypy"],
)
def test_the_checkers_have_nothing_to_say(command):
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env={**os.environ, "MYPY_CACHE_DIR": os.devnull},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_signatures_are_hinted_but_for_the_lines_that_lessons_show():
    bare, shown = set(), set()
    for path in ALONE:
        nodes = ast.parse(path.read_text("utf-8")).body
        for node in nodes:  # the list grows by the methods of public classes
            if not re.match("[A-Za-z]|__init__", getattr(node, "name", "_")):
                continue
            if isinstance(node, ast.ClassDef):
                nodes += node.body
                continue
            given = [each for each in ast.walk(node.args) if isinstance(each, ast.arg)]
            hints = {each.arg: each.annotation for each in given}
            if None in (hints | {"self": "", "cls": "", "→": node.returns}).values():
                bare.add(node.name)
    for lesson in (ROOT / "notebooks").glob("*.ipynb"):
        for names in re.findall(r"\bshow\((.*?)\)", lesson.read_text("utf-8")):
            shown |= set(re.findall(r"(\w+)(?:,|$)", names))
    assert bare == shown


# The data ----------------------------------------------------------------------------


def test_the_data_is_byte_for_byte_what_it_should_be():
    published = "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73"
    made = (ROOT / "data" / "make_data.py").read_text("utf-8")
    expected = re.findall(r'"(\w+\.csv)": "(\w{64})"', made)
    assert expected[0] == ("ratings.csv", published)
    assert expected[1][0] == "movies.csv"
    for name, digest in expected:
        content = (ROOT / "data" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
