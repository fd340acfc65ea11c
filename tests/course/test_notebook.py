"""collab/course/notebook.py: first cell, sources, figures with words.

What `prepare` does to a fresh process is tried in one; that TensorFlow starts there
(some seconds) is the price.
"""

import base64
import io
import json
import os
import re
import subprocess
import sys
import types

import IPython.display
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image
from repository import ROOT

from collab.course import notebook
from collab.course.notebook import prepare, show, show_figure

TENSORFLOW_SETTINGS = ["TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND"]

FRESH = """
import json, os, sys
from collab.course.notebook import prepare

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

def descriptors():
    return len(os.listdir("/dev/fd"))

first = prepare(7), draw()
open_before = descriptors()
again = prepare(7), draw()
other = prepare(8), draw()
open_after = descriptors()
import keras
keras.utils.set_random_seed(7)
by_keras = draw()
names = ["TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "KERAS_BACKEND"]
print(json.dumps({
    "without_seed": without_seed,
    "first": first[1],
    "again": again[1],
    "other": other[1],
    "by_keras": by_keras,
    "opened": open_after - open_before,
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


def test_kernels_that_round_differently_are_off_whatever_was_set_before(environ):
    environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
    environ["TF_CPP_MIN_LOG_LEVEL"] = "0"
    prepare()
    assert environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert environ["TF_CPP_MIN_LOG_LEVEL"] == "3"


def test_tensorflow_starts_in_silence_and_stderr_is_open_again(fresh):
    assert fresh[1].split("\n") == ["still heard", "still open"]


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


@pytest.mark.parametrize("broken", ["", "1"])
def test_whatever_an_import_says_is_not_heard(tmp_path, broken):
    """Where TensorFlow says nothing anyway, the test above proves nothing."""
    (tmp_path / "keras.py").write_text(NOISY_KERAS)
    code = (
        "import os, warnings\nfrom collab.course.notebook import prepare\n"
        "try:\n    prepare(7)\nexcept ImportError as error:\n    print(error)\n"
        "os.write(2, b'heard ')\nwarnings.warn('again')"
    )
    env = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "BROKEN": broken}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True
    )
    assert done.stdout == ("keras is broken\n" if broken else "7\n")
    assert done.stderr.startswith("heard ")
    assert "UserWarning: again" in done.stderr
    assert "noise" not in done.stderr


FIRST_FIGURE = """
import threading
from collab.course.notebook import prepare

class AtOnce:
    def __init__(self, seconds, warn):
        self.start, self.cancel = warn, lambda: None

prepare()
threading.Timer = AtOnce
import matplotlib.font_manager
"""


def test_the_first_figure_of_a_machine_is_drawn_in_silence(tmp_path):
    """Matplotlib warns where its list of fonts takes more than five seconds."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FIGURE],
        env=os.environ | {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert list(tmp_path.glob("fontlist*"))
    assert (done.returncode, done.stderr) == (0, "")


SILENT = """
import subprocess, sys
from collab.course.notebook import silent
program = [sys.executable, "-c", "import sys; input(); sys.exit('noise')"]
with silent():
    started = subprocess.Popen(program, stdin=subprocess.PIPE)
started.communicate(b"now")
sys.exit("heard")
"""


def test_what_starts_in_silence_stays_silent_and_nothing_else_does():
    done = subprocess.run(
        [sys.executable, "-c", SILENT], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr == "heard\n"


def test_a_seed_fixes_python_numpy_and_keras(fresh):
    report, _ = fresh
    assert report["first"] == report["again"] == report["by_keras"]
    for ours, others in zip(report["first"], report["other"], strict=True):
        assert ours != others


def test_no_file_stays_open(fresh):
    """Not even the one that stderr waits in while TensorFlow starts."""
    assert fresh[0]["opened"] == 0


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


# Sources -----------------------------------------------------------------------------


def twice(x):
    """Words.

    More words.
    """
    return 2 * x  # a comment


class Box:
    """A class."""

    def open(self):
        return 1


def test_show_prints_the_whole_source(capsys):
    assert show(twice) is None
    assert capsys.readouterr().out == (
        'def twice(x):\n    """Words.\n\n    More words.\n    """\n'
        "    return 2 * x  # a comment\n"
    )


def test_show_prints_several_with_an_empty_line_between(capsys):
    show(Box, twice)
    out = capsys.readouterr().out
    assert out.startswith('class Box:\n    """A class."""\n\n    def open(self):\n')
    assert "        return 1\n\ndef twice(x):\n" in out


def test_show_moves_what_stands_inside_to_the_margin(capsys):
    def inner():
        return 1

    show(inner)
    show(Box.open)
    assert capsys.readouterr().out == (
        "def inner():\n    return 1\ndef open(self):\n    return 1\n"
    )


@pytest.mark.parametrize("thing", [len, 3, "text", print])
def test_show_refuses_what_has_no_source(thing):
    with pytest.raises(ValueError, match="has no Python source to show") as error:
        show(thing)
    assert repr(thing) in str(error.value)


def test_show_refuses_nothing():
    with pytest.raises(ValueError, match="a function or a class"):
        show()


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
    assert data["text/plain"] == "<Figure size 300x100 with 1 Axes>"
    assert options["raw"]
    words = options["metadata"]["image/png"]
    assert words["alt"] == "One bar, taller than the other."
    assert plt.get_fignums() == [other.number]


def test_a_figure_has_twice_the_dots_of_its_size(displayed):
    figure = figure_of(3)
    figure.savefig(drawn := io.BytesIO(), bbox_inches="tight")
    show_figure("an empty box")
    ((data, options),) = displayed
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as picture:
        dots = np.array(picture.size)
    size = options["metadata"]["image/png"]
    shown = np.array([size["width"], size["height"]])
    # Rounded once to whole dots, then to whole pairs of dots.
    np.testing.assert_allclose(dots, 2 * shown, atol=1)
    np.testing.assert_allclose(shown, Image.open(drawn).size, atol=1)


def test_a_figure_or_its_axes_may_be_given(displayed):
    first, second = figure_of(2), figure_of(3)
    show_figure("the first", first.axes[0])
    show_figure("the second", figure=second)
    assert [data["text/plain"] for data, _ in displayed] == [repr(first), repr(second)]
    assert plt.get_fignums() == []


def test_a_figure_is_opaque_and_white(displayed):
    figure = figure_of(3, facecolor="none")
    figure.patch.set_alpha(0.3)
    show_figure("an empty box")
    picture = base64.b64decode(displayed[0][0]["image/png"])
    corner = Image.open(io.BytesIO(picture)).convert("RGBA").getpixel((0, 0))
    assert corner == (255, 255, 255, 255)


def test_an_empty_figure_is_refused(displayed):
    plt.figure()
    with pytest.raises(ValueError, match="the figure is empty: draw something in it"):
        show_figure("nothing")
    assert displayed == []


@pytest.mark.parametrize("alt", ["", " \n ", None, 3])
def test_words_are_needed(displayed, alt):
    figure = plt.figure()
    with pytest.raises(ValueError, match="alt must say in words what the figure shows"):
        show_figure(alt)
    assert displayed == []
    assert plt.get_fignums() == [figure.number]


def test_a_figure_is_needed(displayed):
    with pytest.raises(
        ValueError, match=r"no figure to show: plt.show\(\) closes them"
    ):
        show_figure("words")
    assert displayed == []
    assert plt.get_fignums() == []


def test_the_words_are_stored_in_the_notebook():
    """In the output's metadata, with one picture, and nothing else."""
    source = (
        "import matplotlib.pyplot as plt\n"
        "from collab.course.notebook import show_figure\n"
        "plt.plot([1, 2])\n"
        "show_figure('A line that rises.')"
    )
    stored = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(stored, kernel_name="python3").execute()
    (output,) = stored.cells[0].outputs
    assert output.output_type == "display_data"
    figure = output.metadata["image/png"]
    assert figure.keys() == {"alt", "width", "height"}
    assert figure["alt"] == "A line that rises."
    assert output.data.keys() == {"image/png", "text/plain"}
    page, _ = HTMLExporter().from_notebook_node(stored)
    (image,) = re.findall(r'<img [^>]*src="data:image/png[^>]*>', page)
    for side in ("width", "height"):
        assert re.search(rf'\b{side}="?{figure[side]}\b', image)
