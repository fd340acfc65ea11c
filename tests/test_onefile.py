"""collab/onefile.py: what it prints runs alone, with all it needs and nothing else."""

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from inspect import getsource

import pytest
from repository import ROOT
from test_house import ALONE, EXAMPLES, run

from collab import onefile
from collab.factors import ridge_step
from collab.onefile import one_file


def defined(text):
    """{name: statement} of the functions, classes and constants of a file."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            left = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            names = [n for n in ast.walk(left) if isinstance(n, ast.Name)]
            found |= {name.id: node for name in names}
    return found


@pytest.fixture(scope="module")
def files():
    """{module.name: its file} for all that is public, and {module.name: why not}."""
    printed, refused = {}, {}
    for path in ALONE:
        for name in defined(path.read_text("utf-8")):
            if not name.startswith("_"):
                key = f"{path.stem}.{name}"
                try:
                    printed[key] = one_file([key])
                except ValueError as why:
                    refused[key] = str(why)
    return printed, refused


# By hand -----------------------------------------------------------------------------


def test_ridge_step_needs_numpy_alone():
    lines = one_file(["ridge_step"]).splitlines()
    assert lines == ["import numpy as np", "", "", *getsource(ridge_step).splitlines()]


CIRCLE = '''names = [
    "π",
]
names += ["e"]


def circle(model: keras.Model) -> Any:
    """Only this speaks of `unused`: >>> unused()"""
    DAY = "another one"

    def inner():
        return [np.pi for _ in names]

    return inner(), DAY, model.late
'''
DAYS = """HOUR = 3600
DAY = 24 * HOUR  # seconds
"""
LATE = """def late():
    return clock.time() + DAY
"""
SLOW = """# Why it is cached:
# it is slow.
@cache
def slow(n=np.int64(1)):
    return circle(n)


class Thing(ABC):
    @abstractmethod
    def method(self, late):
        return partial(slow, late)
"""
LATER = """def end():
    return late()
"""
LOW = f'''"""What is above a module stays there."""

from __future__ import annotations

import math
import time as clock
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

{DAYS}
{CIRCLE}

def unused():
    return math.inf


{LATE}'''
HIGH = f"""from abc import ABC, abstractmethod
from functools import cache, partial

import numpy as np

from collab.low import circle, late


{SLOW}

{LATER}"""
THING = f"""from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

{CIRCLE}

{SLOW}"""
END = f"""from __future__ import annotations

import time as clock

{DAYS}

{LATE}

{LATER}"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setattr(onefile, "_FOLDER", tmp_path)
    return tmp_path


def test_two_modules(house):
    (house / "low.py").write_text(LOW, "utf-8")
    (house / "high.py").write_text(HIGH, "utf-8")
    assert one_file(["Thing"]) == one_file(["high.slow", "collab.high.Thing"]) == THING
    assert one_file(["end"]) == one_file(["end", "DAY"]) == END


def test_a_constant_may_need_no_import(house):
    (house / "low.py").write_text("import re\n\n# In hours.\nDAY = 24\n", "utf-8")
    assert one_file(["DAY"]) == "# In hours.\nDAY = 24\n"


# All of collab -----------------------------------------------------------------------

# `collab` cannot be imported.
WITHOUT_COLLAB = f"import sys; sys.modules['collab'] = None\n{EXAMPLES}"
IMPORT = re.compile(r"^>>> from collab\.\w+ import (\w+(?:, \w+)*)\n", re.M)


def test_the_example_of_each_module_runs_on_its_printed_file(files, tmp_path):
    _, refused = files
    whole = {key.partition(".")[0] for key in refused}
    names = []
    for path in ALONE:
        if path.stem not in whole:
            names.append(f"printed_{path.stem}")
            example = ast.get_docstring(ast.parse(path.read_text("utf-8")))
            chosen = ", ".join(IMPORT.findall(example)).split(", ")
            text = f"{IMPORT.sub('', example)!r}\n\n{one_file(chosen)}"
            (tmp_path / f"{names[-1]}.py").write_text(text, "utf-8")
    # Without the compiler: what Numba made of collab's loops cannot serve their copies.
    printed = run(WITHOUT_COLLAB, str(tmp_path), *names, NUMBA_DISABLE_JIT="1")
    told = json.loads(printed.splitlines()[-1])
    assert {name: text for name, (failed, _, text) in told.items() if failed} == {}
    assert all(tried for _, tried, _ in told.values())


def test_no_file_lacks_a_name_or_an_order(files, tmp_path):
    printed, _ = files
    assert len(printed) > 100
    for key, text in printed.items():
        (tmp_path / f"{key}.py").write_text(text, "utf-8")
    for command in (["check", "--select=F,I"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_holds_what_it_does_not_need(files):
    """Whatever was not asked for is named by another statement."""
    for key, text in files[0].items():
        found = defined(text)
        names = {
            node: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            for node in found.values()
        }
        for name, node in found.items():
            if node is not found[key.partition(".")[2]]:
                others = [used for other, used in names.items() if other is not node]
                assert name in set().union(*others), f"{key}: {name}"
        assert not re.search(r"(?m)^\s*(from|import) collab", text), key


def test_no_name_means_two_things_in_two_modules():
    """They could not stand in one file."""
    meanings = defaultdict(set)
    for path in ALONE:
        text = path.read_text("utf-8")
        for name in defined(text):
            meanings[name].add(path.stem)
        for node in ast.parse(text).body:
            origin = getattr(node, "module", "")
            if hasattr(node, "names") and not origin.startswith("collab."):
                for alias in node.names:
                    meanings[alias.asname or alias.name].add((origin, alias.name))
    assert {name: two for name, two in meanings.items() if len(two) > 1} == {}


def test_what_reads_files_of_the_package_is_refused(files):
    refused = {key.partition(".")[0] for key in files[1]}
    reading = re.compile(r"__file__|^from collab\.assets import", re.M)
    assert refused == {
        path.stem for path in ALONE if reading.search(path.read_text("utf-8"))
    }
    assert files[1]["onefile.one_file"] == (
        "onefile.one_file reads files beside collab.onefile, which one file cannot "
        "hold: install collab and import one_file"
    )


# Asked in a terminal -----------------------------------------------------------------


def ask(*names, cwd):
    """-S: no package is installed, not even NumPy."""
    command = [sys.executable, "-S", "-m", "collab.onefile", *names]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True)


def test_it_prints_from_any_folder_where_nothing_is_installed(tmp_path):
    done = ask("fit_als", "ids.IdMap", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == (
        one_file(["fit_als", "IdMap"]).splitlines()
    )


def test_an_unknown_name_gets_a_sentence(tmp_path):
    done = ask("top_n", "fold_inn", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    near = "near it: recommend.fold_in"
    assert f"error: collab has no 'fold_inn'; {near}" in done.stderr.decode()
    with pytest.raises(ValueError, match=f"collab has no 'als.fold_in'; {near}"):
        one_file(["als.fold_in"])
    with pytest.raises(ValueError, match=r"collab has no 'qqq'$"):
        one_file(["qqq"])
    with pytest.raises(ValueError, match=r"names must be a list of names, not \[\]"):
        one_file([])
