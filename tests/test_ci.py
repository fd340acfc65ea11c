"""CI runs the commands that README.md and CONTRIBUTING.md show."""

import os
import platform
import re
import subprocess
import sys

import pytest
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
    (shown,) = re.findall(r"^    (.* && uv run pytest)$", read("README.md"), re.M)
    assert " && ".join(commands(".ci/run")[:2]) == shown


def test_the_workflows_jobs_do_together_what_ci_does():
    # There the package and the lessons have a job each.
    parts = {"uv run pytest tests", "uv run pytest --nbval notebooks"}
    there = set(commands(".github/workflows/test.yml"))
    assert parts < there
    assert there - parts == set(commands(".ci/run")) - {"uv run pytest"}


FEATURES = """
from numpy._core._multiarray_umath import __cpu_features__ as has
print([name for name in ("X86_V4", "AVX512_ICL", "AVX512_SPR") if has[name]])
"""


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="it has none of them anyway"
)
def test_a_processor_without_avx_512_is_played():
    """A name that NumPy does not know is passed over, with a warning nobody sees."""
    (off,) = re.findall('NPY_DISABLE_CPU_FEATURES="(.*)"', read(".ci/run"))
    assert f"NPY_DISABLE_CPU_FEATURES: {off}\n" in read(".github/workflows/test.yml")
    done = subprocess.run(
        [sys.executable, "-c", FEATURES],
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": off},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n"
