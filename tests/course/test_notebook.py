"""collab/course/notebook.py: first cell, sources, figures with words.

What `prepare` does to a fresh process is tried in one; that TensorFlow starts there
(some seconds) is the price.
"""

import base64
import io
import json
import logging
import os
import subprocess
import sys
import types
import warnings

import IPython.display
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from repository import ROOT

from collab.course import notebook
from collab.course.notebook import prepare, show, show_figure

SETTINGS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "KERAS_BACKEND": "tensorflow",
}

FRESH = """
import json, os, random, sys
from collab.course.notebook import prepare

prepare()
without_seed = sorted({"tensorflow", "keras"} & set(sys.modules))

def draws(seed):
    prepare(seed)
    import keras, numpy
    initial = keras.initializers.get("uniform")((1,))[0]
    return [random.random(), float(numpy.random.rand()), float(initial)]

found = [draws(7), draws(7), draws(8)]
settings = {k: v for k, v in os.environ.items() if k.startswith(("TF_", "KERAS_"))}
print(json.dumps([without_seed, found, settings]))
print("still heard", file=sys.stderr)
os.write(2, b"still open")
"""


def run(code, **environment):
    """What a process of its own prints, and its stderr."""
    env = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    env |= {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True
    )


def test_a_seed_fixes_python_numpy_and_keras_and_tensorflow_starts_in_silence():
    done = run(FRESH)
    assert done.stderr.split("\n") == ["still heard", "still open"]
    heavy, (first, again, other), settings = json.loads(done.stdout)
    assert heavy == []  # without a seed nothing is imported
    assert first == again
    assert not {*first} & {*other}
    assert SETTINGS.items() <= settings.items()


NOISY_KERAS = """
import os, sys, warnings
os.write(2, b"noise below Python")
print("noise of Python", file=sys.stderr, flush=True)
warnings.warn("noise of warnings")
if os.environ.get("BROKEN"):
    raise ImportError("keras is broken")
class utils:
    set_random_seed = print
"""

NOISY = """
import os, warnings
from collab.course.notebook import prepare

before = os.listdir("/dev/fd")
try:
    prepare(7)
except ImportError as error:
    print(error)
assert os.listdir("/dev/fd") == before, "a file stays open"
os.write(2, b"heard ")
warnings.warn("again")
"""


@pytest.mark.parametrize("broken", ["", "1"])
def test_whatever_an_import_says_is_not_heard(tmp_path, broken):
    """Where TensorFlow says nothing anyway, the test above proves nothing."""
    (tmp_path / "keras.py").write_text(NOISY_KERAS)
    done = run(NOISY, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}", BROKEN=broken)
    assert done.stdout == ("keras is broken\n" if broken else "7\n")
    assert done.stderr.startswith("heard ")
    assert "UserWarning: again" in done.stderr
    assert "noise" not in done.stderr


@pytest.fixture
def environ(monkeypatch):
    """An environment without the settings, and TensorFlow as if never imported."""
    monkeypatch.setattr(notebook, "os", types.SimpleNamespace(environ={}))
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    return notebook.os.environ


def test_only_a_backend_that_the_reader_chose_stays(environ):
    environ |= {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_ENABLE_ONEDNN_OPTS": "1"}
    prepare()
    assert environ == SETTINGS
    environ["KERAS_BACKEND"] = "jax"
    prepare()
    assert environ == SETTINGS | {"KERAS_BACKEND": "jax"}


@pytest.mark.parametrize("setting", [{}, {"TF_ENABLE_ONEDNN_OPTS": "1"}])
def test_too_late_after_tensorflow_but_for_a_second_call(environ, monkeypatch, setting):
    environ |= setting
    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))
    with pytest.raises(RuntimeError, match="already imported: restart the kernel"):
        prepare()
    assert environ == setting
    environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    prepare()
    assert environ == SETTINGS


def test_matplotlib_and_pyspark_warn_of_nothing(environ, monkeypatch):
    """Of a list of fonts on a machine's first figure, and of pandas 3."""
    monkeypatch.setattr(logging.getLogger("matplotlib"), "level", logging.NOTSET)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        prepare()
        for module in ("pyspark.sql", "pandas"):
            warnings.warn_explicit("of 3", FutureWarning, module, 1, module=module)
    assert [one.filename for one in heard] == ["pandas"]
    fonts = logging.getLogger("matplotlib.font_manager")
    assert not fonts.isEnabledFor(logging.WARNING)
    assert fonts.isEnabledFor(logging.ERROR)


# Sources -----------------------------------------------------------------------------


class Box:
    """A class.

    More words.
    """

    def open(self):
        return 1  # a comment


def test_show_prints_whole_sources_at_the_margin_with_an_empty_line_between(capsys):
    assert show(Box, Box.open) is None
    assert capsys.readouterr().out == (
        'class Box:\n    """A class.\n\n    More words.\n    """\n\n'
        "    def open(self):\n        return 1  # a comment\n\n"
        "def open(self):\n    return 1  # a comment\n"
    )
    with pytest.raises(TypeError, match="got builtin_function_or_method"):
        show(len)


# Figures with words ------------------------------------------------------------------


@pytest.fixture
def displayed(monkeypatch):
    """What was displayed, with what metadata."""
    calls = []
    monkeypatch.setattr(
        IPython.display, "display", lambda thing, **more: calls.append((thing, more))
    )
    plt.close("all")
    yield calls
    plt.close("all")


def figure_of(width, **options):
    """A figure that has a name to tell it by: its width."""
    return plt.subplots(figsize=(width, 1), **options)[0]


def test_a_figure_is_displayed_with_words_and_closed(displayed):
    other = figure_of(2)
    figure_of(3)
    assert show_figure("One bar,\n   taller than the other.  ") is None
    ((data, options),) = displayed
    assert data.keys() == {"image/png", "text/plain"}
    assert data["text/plain"] == "<Figure size 300x100 with 1 Axes>"
    assert options["raw"]
    words = options["metadata"]["image/png"]
    assert words["alt"] == "One bar, taller than the other."
    assert plt.get_fignums() == [other.number]
    show_figure("the other", other.axes[0])
    assert displayed[1][0]["text/plain"] == "<Figure size 200x100 with 1 Axes>"
    assert plt.get_fignums() == []


def test_a_figure_has_twice_the_dots_of_its_size_and_is_opaque_and_white(displayed):
    figure = figure_of(3, facecolor="none")
    figure.patch.set_alpha(0.3)
    figure.savefig(drawn := io.BytesIO(), bbox_inches="tight")
    show_figure("an empty box", figure=figure)
    ((data, options),) = displayed
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
    size = options["metadata"]["image/png"]
    shown = np.array([size["width"], size["height"]])
    # Rounded once to whole dots, then to whole pairs of dots.
    np.testing.assert_allclose(picture.size, 2 * shown, atol=1)
    np.testing.assert_allclose(shown, Image.open(drawn).size, atol=1)


def test_words_and_something_drawn_are_needed(displayed):
    plt.figure()
    with pytest.raises(ValueError, match="nothing is drawn in the figure"):
        show_figure("nothing")
    for alt in (" \n ", None):
        with pytest.raises(ValueError, match=r"alt must say in words .* not (' |None)"):
            show_figure(alt, figure_of(3))
    assert displayed == []
    assert len(plt.get_fignums()) == 3
