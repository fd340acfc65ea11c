"""collab/notebook.py: a notebook's first cell.

What it does to a fresh process is tried in one; that TensorFlow starts there (some
seconds) is the price.
"""

import json
import os
import subprocess
import sys
import types

import pytest

from collab import notebook
from collab.notebook import prepare

TENSORFLOW_SETTINGS = ["TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND"]

FRESH = """
import json, os, sys
from collab.notebook import prepare

prepare()
without_seed = sorted({"tensorflow", "keras"} & set(sys.modules))

def draw():
    import random, keras, numpy
    return [
        random.random(),
        float(numpy.random.rand()),
        float(keras.random.uniform((1,))[0]),
        float(keras.initializers.get("uniform")((1,))[0]),
    ]

first = prepare(7), draw()
again = prepare(7), draw()
other = prepare(8), draw()
import keras
names = ["TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND"]
print(json.dumps({
    "without_seed": without_seed,
    "first": first[1],
    "again": again[1],
    "other": other[1],
    "backend": keras.backend.backend(),
    "settings": {name: os.environ.get(name) for name in names},
}))
print("still heard", file=sys.stderr)
os.write(2, b"still open")
"""


@pytest.fixture(scope="module")
def fresh():
    """A process in which nothing was set before: what it prints, and its stderr."""
    env = {k: v for k, v in os.environ.items() if k not in TENSORFLOW_SETTINGS}
    done = subprocess.run(
        [sys.executable, "-c", FRESH], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture
def environ(monkeypatch):
    """An environment without the settings, and TensorFlow as if never imported."""
    monkeypatch.setattr(notebook, "os", types.SimpleNamespace(environ={}))
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    return notebook.os.environ


def test_without_a_seed_only_the_settings_are_made(environ):
    assert prepare() is None
    assert environ == {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "KERAS_BACKEND": "tensorflow",
    }


def test_without_a_seed_nothing_heavy_is_imported(fresh):
    assert fresh[0]["without_seed"] == []


def test_a_backend_that_the_reader_chose_stays(environ):
    environ["KERAS_BACKEND"] = "jax"
    prepare()
    assert environ["KERAS_BACKEND"] == "jax"


def test_tensorflow_starts_in_silence_and_stderr_is_open_again(fresh):
    # On a machine whose TensorFlow says nothing anyway, this half proves nothing;
    # every machine seen so far reports at least its processor or a missing GPU.
    assert fresh[1].split("\n") == ["still heard", "still open"]


def test_a_seed_fixes_python_numpy_and_keras(fresh):
    report, _ = fresh
    assert report["first"] == report["again"]
    for ours, others in zip(report["first"], report["other"], strict=True):
        assert ours != others


def test_the_settings_reach_a_fresh_process(fresh):
    assert fresh[0]["settings"] == {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "KERAS_BACKEND": "tensorflow",
    }
    assert fresh[0]["backend"] == "tensorflow"


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("setting", [None, "1"])
def test_too_late_after_tensorflow(environ, monkeypatch, seed, setting):
    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))
    if setting:
        environ["TF_ENABLE_ONEDNN_OPTS"] = setting
    before = dict(environ)
    with pytest.raises(RuntimeError, match="already imported: restart the kernel"):
        prepare(seed)
    assert environ == before


def test_a_second_call_is_not_too_late(environ, monkeypatch):
    prepare()
    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))
    prepare()
    assert environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
