"""One thread for each kernel, and lesson 12 skipped where Spark or Java is missing."""

import importlib.util
import os

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Several kernels at a time share the cores: more threads each only get in the way.
    # Those of NumPy's BLAS busily wait for each other: lesson 11 took 7 times as long.
    threads = ["OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]
    for name in threads:
        os.environ.setdefault(name, "1")


def what_lacks():
    from collab.course.java import find_java

    spark = importlib.util.find_spec("pyspark")
    # Files that a run left in its folder outlive the package: then it has no origin.
    if spark is None or spark.origin is None:
        return "lesson 12 needs pyspark: uv run --extra spark pytest notebooks/12*"
    try:
        find_java()
    except RuntimeError as error:
        return str(error)


def pytest_collection_modifyitems(items):
    ours = [item for item in items if item.path.name == "12_beyond_one_machine.ipynb"]
    lacks = what_lacks() if ours else None
    # Where REQUIRE_SPARK is set, green must mean that they ran: then they fail.
    if lacks and "REQUIRE_SPARK" not in os.environ:
        for item in ours:
            item.add_marker(pytest.mark.skip(reason=lacks))
