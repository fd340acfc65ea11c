"""The rules of the house: modules stand alone, one style, true data, agreeing words."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict

import pandas as pd
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


# Each module stands alone ------------------------------------------------------------

# One process runs the examples of all copies, each from a folder where `collab` holds
# nothing but this one file: TensorFlow takes seconds to import, and does so once.
# Without Numba's compiler: what it made of the originals lies beside them, of copies it
# would make it anew.
EXAMPLES = """
import contextlib, doctest, importlib, io, json, os, sys, traceback

found = {}
for name in sys.argv[1:]:
    os.chdir(name)
    sys.path[0:0] = [os.getcwd()]
    for old in [old for old in sys.modules if old.partition(".")[0] == "collab"]:
        del sys.modules[old]
    importlib.invalidate_caches()
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        try:
            module = importlib.import_module("collab." + name)
            assert module.__file__ == os.path.join(os.getcwd(), "collab", name + ".py")
            failed, tried = doctest.testmod(module)
        except Exception:
            traceback.print_exc(file=told)
            failed, tried = 1, 0
    found[name] = failed, tried, told.getvalue()
    del sys.path[0]
    os.chdir("..")
print(json.dumps(found))
"""


def examples(folder, files):
    """Of each file, copied alone: how many examples failed, were tried, what was told.

    `files` is {name: source}.
    """
    for name, source in files.items():
        package = folder / name / "collab"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / f"{name}.py").write_text(source, encoding="utf-8")
    told = run(EXAMPLES, *files, cwd=folder, NUMBA_DISABLE_JIT="1")
    return json.loads(told.splitlines()[-1])


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    sources = {path.stem: path.read_text(encoding="utf-8") for path in ALONE}
    return examples(tmp_path_factory.mktemp("alone"), sources)


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_the_examples_of_a_module_are_right_when_its_file_alone_is_copied(path, told):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert re.search("[→↔]", docstring.partition("\n")[0]), "first line: from → to"
    assert ">>> " in docstring, "the module's docstring has no example"
    assert f"from collab.{path.stem} import " in docstring
    failed, tried, text = told[path.stem]
    assert tried > 0, text
    assert failed == 0, text


def test_a_wrong_example_and_a_missing_module_are_noticed(tmp_path):
    source = '"""\n>>> from collab.{} import f\n>>> f()\n{}\n"""\nf = lambda: 1\n'
    files = {
        "right": source.format("right", 1),
        "wrong": source.format("wrong", 2),
        "other": '"""\n>>> from collab.right import f\n"""\n',
        "leans": "from collab.right import f\n",
    }
    told = examples(tmp_path, files)
    assert told["right"][:2] == [0, 2]
    assert told["wrong"][:2] == [1, 2]
    assert "Got:\n    1" in told["wrong"][2]
    assert "No module named 'collab.right'" in told["other"][2]
    assert "No module named 'collab.right'" in told["leans"][2]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_imports_another(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            names = [node.module]
        for name in names:
            assert name.partition(".")[0] != "collab", f"line {node.lineno}: {name}"


# What several modules need is copied, and the copies stay the same -------------------


def definitions():
    """{name: {module: text}} of all functions and classes of the modules."""
    texts = defaultdict(dict)
    for path in ALONE:
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.parse(source).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                first = min([node, *node.decorator_list], key=lambda n: n.lineno)
                text = "\n".join(lines[first.lineno - 1 : node.end_lineno])
                texts[node.name][path.stem] = text
    return texts


COPIES = {name: texts for name, texts in definitions().items() if len(texts) > 1}


@pytest.mark.parametrize("name", sorted(COPIES))
def test_what_has_the_same_name_has_the_same_text(name):
    modules = defaultdict(list)
    for module, text in COPIES[name].items():
        modules[text].append(module)
    assert len(modules) == 1, f"{name} differs: {sorted(modules.values())}"


def test_the_copies_are_the_known_ones():
    checks = {"_columns", "_ids", "_numbers", "_times", "_whole", "_whole_numbers"}
    assert checks | {"Factors", "ridge_step", "_labels", "_side"} <= set(COPIES)


# Quick to import ---------------------------------------------------------------------

HEAVY = ["tensorflow", "keras", "matplotlib", "numba", "ipywidgets", "pyspark"]
# What a module may not do without. All the others import nothing heavy.
NEEDED = {
    "als": ["numba"],
    "drift": ["numba"],
    "gibbs": ["numba"],
    "models": ["keras", "tensorflow"],
    "panel": ["ipywidgets"],
    "plots": ["matplotlib"],
    "ranking": ["keras", "tensorflow"],
    "spark": ["pyspark"],
    "storage": ["keras", "tensorflow"],
    "training": ["keras", "tensorflow"],
}

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


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_a_module_imports_only_the_heavy_packages_it_needs(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    assert imported & set(HEAVY) <= set(NEEDED.get(path.stem, []))


def test_import_collab_is_instant():
    code = """
import sys, time
sys.path.insert(0, sys.argv[1])
start = time.perf_counter()
import collab
print(time.perf_counter() - start)
"""
    assert min(float(run(code, str(ROOT))) for _ in range(3)) < 0.05


# Words that agree --------------------------------------------------------------------


def test_the_citation_agrees_with_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
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


def test_the_changelog_tells_of_this_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## .*{re.escape(project['version'])}", text)


def test_the_readme_lists_exactly_the_modules():
    rows = re.findall(r"(?m)^\| (.*?) \|", (ROOT / "README.md").read_text("utf-8"))
    linked = [re.findall(r"\[`(\w+\.py)`\]\(collab/(\w+\.py)\)", row) for row in rows]
    pairs = [pair for row in linked for pair in row]
    assert all(shown == target for shown, target in pairs)
    assert sorted(shown for shown, _ in pairs) == [path.name for path in ALONE]


def test_the_readme_goes_from_a_file_to_a_list():
    (code,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    *listed, _ = done.stdout.splitlines()[-6:]
    assert len(listed) == 5
    assert all(1 <= float(line.split()[-1]) <= 10.5 for line in listed)


# One style ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say_notebooks_included(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# The data ----------------------------------------------------------------------------


def constants(path):
    """The module-level constants of a script, without running it."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            found[node.targets[0].id] = node.value
    return found


def test_the_data_is_byte_for_byte_what_it_should_be():
    published = "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73"
    expected = ast.literal_eval(constants(ROOT / "data" / "make_data.py")["SHA256"])
    assert set(expected) == {"ratings.csv", "movies.csv"}
    assert expected["ratings.csv"] == published
    for name, digest in expected.items():
        content = (ROOT / "data" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name


def test_every_rated_movie_has_a_title_and_every_title_a_rating(real):
    movies = pd.read_csv(ROOT / "data" / "movies.csv", keep_default_na=False)
    assert movies.columns.tolist() == ["movieId", "title", "genres"]
    assert set(movies["movieId"]) == set(real["movieId"])
    assert movies["movieId"].is_unique
    assert movies["title"].str.strip().ne("").all()
