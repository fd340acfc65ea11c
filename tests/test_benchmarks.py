"""benchmarks/, which nothing else runs: what its scripts import, call and tell exists.

Nothing is executed here: a script is read as text and as a syntax tree, so that this
takes no time and needs none of the libraries that a benchmark compares.
"""

import ast
import re
import tomllib

import pytest
from repository import ROOT

FOLDER = ROOT / "benchmarks"
SHARED = [FOLDER / "common.py", FOLDER / "made_up.py"]  # what the scripts import
SCRIPTS = sorted(set(FOLDER.glob("*.py")) - set(SHARED))
COMMAND = re.compile(
    r"uv run (?:--(?:group|extra) (\w+) )?python benchmarks/(\w+)\.py(.*)"
)


def read(path):
    return path.read_text(encoding="utf-8")


def defined(path):
    """What a module defines at its top: {name: its node, None where it is no `def`}."""
    found = {}
    for node in ast.parse(read(path)).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node if isinstance(node, ast.FunctionDef) else None
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {name.asname or name.name: None for name in node.names}
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            found |= {n.id: None for n in names if isinstance(n.ctx, ast.Store)}
    return found


def ours(dotted):
    """The file of collab.x or of a script beside; None for other people's modules."""
    file = ROOT / (dotted.replace(".", "/") + ".py")
    if dotted == "collab" or dotted.startswith("collab."):
        return file if file.exists() else file.with_suffix("") / "__init__.py"
    beside = FOLDER / f"{dotted}.py"
    return beside if beside.exists() else None


def mistakes(source):
    """Names that a script takes from collab or from beside it, and that are not there;
    keywords that the function it calls does not take."""
    tree, modules, functions, wrong = ast.parse(source), {}, {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            wrong += [f"import {n}: use from … import" for n in names if ours(n)]
        elif isinstance(node, ast.ImportFrom) and (file := ours(node.module)):
            if not file.exists():
                wrong.append(f"no module {node.module}")
                continue
            for alias in node.names:
                name, inner = (
                    alias.asname or alias.name,
                    ours(f"{node.module}.{alias.name}"),
                )
                if inner and inner.exists():
                    modules[name] = defined(inner)
                elif alias.name in (known := defined(file)):
                    functions[name] = known[alias.name]
                else:
                    wrong.append(f"{node.module} has no {alias.name}")
    for node in ast.walk(tree):
        function = None
        match node:
            case ast.Attribute(ast.Name(module), name) if module in modules:
                if name not in modules[module]:
                    wrong.append(f"{module} has no {name}")
            case ast.Call(ast.Name(name)):
                function = functions.get(name)
            case ast.Call(ast.Attribute(ast.Name(module), name)) if module in modules:
                function = modules[module].get(name)
        if function and not function.args.kwarg:
            taken = {a.arg for a in [*function.args.args, *function.args.kwonlyargs]}
            given = {keyword.arg for keyword in node.keywords if keyword.arg}
            wrong += [f"{function.name} takes no {name}" for name in given - taken]
    return wrong


@pytest.mark.parametrize("path", [*SCRIPTS, *SHARED], ids=lambda p: p.stem)
def test_what_a_script_takes_from_the_project_is_there(path):
    compile(read(path), path, "exec")
    assert mistakes(read(path)) == []


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from collab.nowhere import f", "no module collab.nowhere"),
        ("from collab.split import halves", "collab.split has no halves"),
        ("from collab import nowhere", "collab has no nowhere"),
        ("from common import halves", "common has no halves"),
        ("from ladder import halves", "ladder has no halves"),
        ("from collab import split\nsplit.halves(1)", "split has no halves"),
        (
            "from collab.split import user_split as cut\ncut(1, part=2)",
            "user_split takes no part",
        ),
        (
            "from collab import split\nsplit.user_split(1, part=2)",
            "user_split takes no part",
        ),
        ("import collab.split", "import collab.split: use from … import"),
    ],
)
def test_what_is_not_there_is_noticed(source, wrong):
    assert mistakes(source) == [wrong]


def commands(text):
    """[(group or "", script, options)] of the commands in a text."""
    return [
        (group, script, re.findall(r"--[\w-]+", rest))
        for group, script, rest in COMMAND.findall(text)
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_tells_how_it_is_run(path):
    told = commands(ast.get_docstring(ast.parse(read(path))) or "")
    assert path.stem in [script for _, script, _ in told], (
        f"the docstring of {path.name} needs a line: "
        f"uv run python benchmarks/{path.name}"
    )


TOLD = [
    (path.name, command)
    for path in [*SCRIPTS, FOLDER / "README.md"]
    for command in commands(read(path))
]


@pytest.mark.parametrize(
    ("where", "command"),
    TOLD,
    ids=[f"{where}-{k}" for k, (where, _) in enumerate(TOLD)],
)
def test_a_command_that_is_told_exists(where, command):
    group, script, options = command
    assert (FOLDER / f"{script}.py").exists(), f"{where} tells of {script}.py"
    project = tomllib.loads(read(ROOT / "pyproject.toml"))
    extras = project["project"]["optional-dependencies"]
    assert not group or group in project["dependency-groups"] | extras
    source = read(FOLDER / f"{script}.py")
    if "run_each_size(" in source:
        source += read(FOLDER / "common.py")  # its arguments are read there
    taken = re.findall(r'add_argument\(\s*"(--[\w-]+)"', source)
    assert set(options) <= set(taken), f"{where}: {script}.py takes {taken}"


def test_the_readme_lists_exactly_the_scripts():
    listed = {script for _, script, _ in commands(read(FOLDER / "README.md"))}
    missing = sorted({path.stem for path in SCRIPTS} - listed)
    assert not missing, (
        "benchmarks/README.md needs a row (command, what it backs, takes) for "
        f"{missing}"
    )


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "results").glob("*.csv")), ids=lambda p: p.name
)
def test_a_table_of_results_is_named_by_the_script_that_makes_it(path):
    assert any(path.name in read(script) for script in SCRIPTS), (
        f"no script names {path.name}: its docstring should say that it writes "
        f"benchmarks/results/{path.name}"
    )
