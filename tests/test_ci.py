"""CI runs the commands that README.md and CONTRIBUTING.md show."""

import platform
import re

import pytest
from numpy._core._multiarray_umath import __cpu_features__
from repository import ROOT

SHOWN = ("README.md", "CONTRIBUTING.md")
RUN = (".ci/run", ".github/workflows/test.yml")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(*names):
    """What installs uv, and what runs pytest by it."""
    text = "\n".join(map(read, names))
    found = re.findall(r"pip install uv\b|uv run [^`#&\n]*pytest[^`#&\n]*", text)
    return [command.strip() for command in found]


@pytest.mark.parametrize("name", RUN)
def test_what_ci_runs_is_shown(name):
    assert set(commands(name)) <= set(commands(*SHOWN))


def test_ci_begins_with_the_readmes_test_command():
    first, second = commands(".ci/run")[:2]
    assert f"\n    {first}\n    {second}\n" in read("README.md")


def test_jupyterlab_starts_where_all_folders_can_be_opened():
    (shown,) = re.findall(r"^    uv run jupyter lab (.*)$", read("README.md"), re.M)
    assert shown == "--notebook-dir . notebooks/00_start_here.ipynb"
    assert shown in read(".devcontainer/devcontainer.json")


def test_the_web_edition_is_made_by_the_command_that_is_shown():
    command = "uv run --only-group book python book/build.py"
    for name in ("README.md", "book/README.md", ".github/workflows/pages.yml"):
        assert re.findall(r"uv run .*book/build\.py", read(name)) == [command]


def test_the_workflows_jobs_do_together_what_ci_does():
    # There the package and the lessons have a job each.
    parts = {"uv run pytest tests", "uv run pytest --nbval notebooks"}
    there = set(commands(".github/workflows/test.yml"))
    assert parts < there
    assert there - parts == set(commands(".ci/run")) - {"uv run pytest"}


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="it has none of them anyway"
)
def test_a_processor_without_avx_512_is_played():
    """A name that NumPy does not know is passed over, with a warning nobody sees."""
    (off,) = re.findall('NPY_DISABLE_CPU_FEATURES="(.*)"', read(".ci/run"))
    assert f"NPY_DISABLE_CPU_FEATURES: {off}\n" in read(".github/workflows/test.yml")
    names = {"X86_V4", "AVX512_ICL", "AVX512_SPR"}
    assert {*off.split()} == names <= {*__cpu_features__}
