"""Names of functions and classes → one file with all that they need, ready to copy.

    python -m collab.onefile fold_in top_n > mine.py

>>> from collab.onefile import one_file
>>> text = one_file(["fold_in", "recommend.top_n"])
>>> [name for name in ["fold_in", "ridge_step", "user_taste"] if f"def {name}(" in text]
['fold_in', 'ridge_step']
>>> "from collab" in text
False

The sources are read, not run: neither TensorFlow nor Spark needs to be installed.
"""

import argparse
import ast
import difflib
import functools
import graphlib
import itertools
import sys
from collections import defaultdict
from pathlib import Path
from symtable import symtable
from typing import NamedTuple

_FOLDER = Path(__file__).parent


class _Import(NamedTuple):
    """One name of an import statement; sorted, they stand as ruff puts them."""

    section: int  # 0 __future__, 1 the standard library, 2 others
    is_from: bool
    module: str
    name: str  # "njit" for `from numba import njit`, "numpy as np" without a `from`


class _Block(NamedTuple):
    """A statement that is not an import, with the comments directly above it."""

    floor: int  # of its module, from the ground up
    line: int
    module: str
    text: str
    tall: bool  # a function or a class: two empty lines around it
    uses: frozenset[str]


def one_file(names: list[str]) -> str:
    """The source of functions, classes or constants, with all that they need.

    Args:
        names: a list of names, each alone ("fold_in") or after its module
            ("recommend.fold_in").

    Returns:
        The text of a Python file: the imports, sorted, then the definitions as they
        stand in their modules, the modules from the ground up.

    Raises:
        ValueError: there is no such name, or it reads files that lie in the package.
    """
    if not isinstance(names, list) or not names:
        raise ValueError(f"names must be a list of names, not {names!r:.60}")
    needed = set().union(*map(_needed_by, names))
    imports = {each for each in needed if isinstance(each, _Import)}
    head = [_import_block(sorted(imports))] if imports else []
    blocks = head + sorted(needed - imports)
    text = blocks[0].text
    for above, each in itertools.pairwise(blocks):
        next_line = above.module, above.line + above.text.count("\n")
        touch = (each.module, each.line) == next_line
        text += "\n" * (2 if above.tall or each.tall else not touch) + each.text
    return text


def _needed_by(name):
    """The imports and the blocks that a name needs, its own included."""
    meanings, homes = _read_house(_FOLDER)
    module, _, last = str(name).removeprefix("collab.").rpartition(".")
    if last not in homes or module not in ("", homes[last]):
        near = [f"{homes[n]}.{n}" for n in difflib.get_close_matches(last, homes)]
        near = f"; near it: {', '.join(near)}" if near else ""
        raise ValueError(f"collab has no {name!r}{near}")
    needed, wanted = set(), [(homes[last], last)]
    while wanted:
        for each in meanings.get(wanted.pop(), set()) - needed:  # builtins have none
            needed.add(each)
            if isinstance(each, _Import):
                continue
            wanted += [(each.module, use) for use in ("__future__", *each.uses)]
            if each.uses & {"__file__", "__package__"}:
                raise ValueError(
                    f"{name} reads files beside collab.{each.module}, which one file "
                    f"cannot hold: install collab and import {last}"
                )
    return needed


def _import_block(imports):
    """Sorted imports as text, the names of one module in one statement."""
    text, section = "", None
    for (at, is_from, module), group in itertools.groupby(imports, lambda i: i[:3]):
        names = sorted((each.name for each in group), key=lambda n: not n.isupper())
        lines = "".join(f"import {name}\n" for name in names)
        if is_from:
            lines = f"from {module} import {', '.join(names)}\n"
        text += lines if section in (None, at) else f"\n{lines}"
        section = at
    return _Block(-1, 0, "", text, False, frozenset())


@functools.cache
def _read_house(folder):
    """{(module, name): its imports or blocks}, {name: the module that defines it}."""
    sources = {}
    for path in sorted([*folder.glob("*.py"), *folder.glob("*/__init__.py")]):
        module = path.stem.replace("__init__", path.parent.name)
        sources[module] = path.read_text("utf-8")
    trees = {module: ast.parse(source).body for module, source in sources.items()}
    below = {
        module: [_below(node) for node in tree if _below(node)]
        for module, tree in trees.items()
    }
    meanings, homes = defaultdict(set), {}
    for floor, module in enumerate(graphlib.TopologicalSorter(below).static_order()):
        lines = sources[module].splitlines(keepends=True)
        for node in trees[module]:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    home = _below(node), alias.name
                    name, each = _imported(node, alias)
                    meanings[module, name] |= meanings.get(home, {each})
            else:
                names, each = _defined(node, lines, floor, module)
                for name in names:
                    meanings[module, name].add(each)
                    homes.setdefault(name, module)
    return meanings, homes


def _below(node):
    """The module of collab that a statement imports from, or ""."""
    return (getattr(node, "module", None) or "").partition("collab.")[2]


def _imported(node, alias):
    """The name that an import binds, and the `_Import`."""
    is_from = isinstance(node, ast.ImportFrom)
    module = node.module if is_from else alias.name
    root = module.partition(".")[0]
    section = (root != "__future__") + (root not in sys.stdlib_module_names)
    name = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
    bound = alias.asname or (alias.name if is_from and section else root)
    return bound, _Import(section, is_from, module, name)


def _defined(node, lines, floor, module):
    """The names that a statement binds, and its `_Block`."""
    first = min(each.lineno for each in [node, *getattr(node, "decorator_list", [])])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    text = "".join(lines[first - 1 : node.end_lineno])
    scopes = [symtable(text, module, "exec")]
    top = scopes[0].get_symbols()
    bound = [s.get_name() for s in top if s.is_assigned() or s.is_imported()]
    for scope in scopes:  # the list grows by the scopes within
        scopes += scope.get_children()
    symbols = [symbol for scope in scopes for symbol in scope.get_symbols()]
    uses = frozenset(symbol.get_name() for symbol in symbols if symbol.is_global())
    tall = isinstance(node, (ast.FunctionDef, ast.ClassDef))
    return bound, _Block(floor, first, module, text, tall, uses)


def _main():
    parser = argparse.ArgumentParser("python -m collab.onefile")
    parser.add_argument("names", nargs="+", help="such as fold_in, recommend.top_n")
    try:
        text = one_file(parser.parse_args().names)
    except ValueError as why:
        parser.error(str(why))
    sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    _main()
