"""benchmarks/, which nothing else runs: what its scripts import, call and tell exists.

Nothing is executed here, so that this needs none of the libraries that a benchmark
compares.
"""

import ast
import os
import re
import subprocess
import sys
import tomllib

import pytest
from repository import ROOT

FOLDER = ROOT / "benchmarks"
SHARED = [FOLDER / "common.py", FOLDER / "made_up.py"]  # what the scripts import
SCRIPTS = sorted(set(FOLDER.glob("*.py")) - set(SHARED))
COMMAND = re.compile(
    r"uv run (?:--(?:group|extra) (\w+) )?python benchmarks/(\w+)\.py(.*)"
)
WRONG = """
from collab import nowhere, split
from collab.elsewhere import f
from collab.ids import IdMap as Ids
from common import halves
def main():
    split.halves(1)
    split.user_split(1, part=2)
    Ids(1, names=2)
"""


def read(path):
    return path.read_text(encoding="utf-8")


def test_what_a_script_takes_from_the_project_is_there(tmp_path):
    """Names and keywords, by mypy; a script that is wrong on purpose is noticed."""
    (tmp_path / "wrong.py").write_text(WRONG)
    options = ["--check-untyped-defs", "--follow-imports=silent"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, FOLDER, tmp_path / "wrong.py"],
        cwd=ROOT,
        env=os.environ
        | {"MYPYPATH": f"{ROOT}{os.pathsep}{FOLDER}", "MYPY_CACHE_DIR": os.devnull},
        capture_output=True,
        text=True,
    )
    fault = "Module |.* module named |Unexpected keyword "
    found = re.findall(rf"(\w+\.py:\d+): error: (?:{fault})", done.stdout)
    assert found == [f"wrong.py:{line}" for line in (2, 3, 5, 7, 8, 9)], done.stdout


def commands(path):
    """[(group or "", script, options)] of the commands that a file tells."""
    return [
        (group, script, re.findall(r"--[\w-]+", rest))
        for group, script, rest in COMMAND.findall(read(path))
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_tells_how_it_is_run_and_the_readme_lists_it(path):
    docstring = ast.get_docstring(ast.parse(read(path))) or ""
    for told in (docstring, read(FOLDER / "README.md")):
        assert path.stem in [script for _, script, _ in COMMAND.findall(told)]


@pytest.mark.parametrize("path", [*SCRIPTS, FOLDER / "README.md"], ids=lambda p: p.name)
def test_the_commands_that_are_told_exist(path):
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    extras = project["project"]["optional-dependencies"]
    for group, script, options in commands(path):
        assert not group or group in project["dependency-groups"] | extras
        source = read(FOLDER / f"{script}.py")
        if "run_each_size(" in source:
            source += read(FOLDER / "common.py")  # its arguments are read there
        taken = re.findall(r'add_argument\(\s*"(--[\w-]+)"', source)
        assert set(options) <= set(taken), f"{script}.py takes {taken}"


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "results").glob("*.csv")), ids=lambda p: p.name
)
def test_a_table_of_results_is_named_by_the_script_that_makes_it(path):
    assert any(path.name in read(script) for script in SCRIPTS)
