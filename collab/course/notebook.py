"""What a notebook does besides its lesson: first cell, sources, figures with words."""

import contextlib
import inspect
import logging
import os
import sys
import textwrap
import warnings


def prepare(seed=None):
    """Make a notebook print the same on every machine. Call it before other imports.

    Args:
        seed: None for a notebook that does not use Keras. An integer imports
            TensorFlow (a few seconds), in silence, and seeds Python, NumPy and Keras.

    TensorFlow's reports of the machine stay off stderr. Its oneDNN kernels, which round
    differently from one processor to the next, are off. A chosen Keras backend stays.

    Raises:
        RuntimeError: TensorFlow is imported already, so it is too late for both.
    """
    if "tensorflow" in sys.modules and os.environ.get("TF_ENABLE_ONEDNN_OPTS") != "0":
        raise RuntimeError(
            "TensorFlow is already imported: restart the kernel and call prepare first"
        )
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # On a machine's first figure Matplotlib may warn that it makes a list of the fonts.
    logging.getLogger("matplotlib").setLevel("ERROR")
    # pyspark warns of pandas 3, which no lesson hands to it.
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
    if seed is None:
        return
    with silent():
        import keras
    keras.utils.set_random_seed(seed)


@contextlib.contextmanager
def silent():
    """What is written to stderr in this block is not seen: `with silent(): …`.

    TensorFlow and Java write straight to the process's stderr, some of it before they
    read their log level. A process that starts in the block stays silent until it ends.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def show(*things):
    """Print the whole source of functions or classes, an empty line between them.

    Raises:
        TypeError: it is not a Python function or class.
    """
    sources = [textwrap.dedent(inspect.getsource(thing)).rstrip() for thing in things]
    print("\n\n".join(sources))


def show_figure(alt, figure=None):
    """Display a matplotlib figure with a text alternative, on white, and close it.

    It is drawn with twice the dots and shown at its own size: sharp on a fine screen.

    Args:
        alt: what the figure shows and what that means, for whoever does not see it.
            It is kept in the output's metadata, and to be read in the cell itself.
        figure: a matplotlib Figure, or something drawn in one (an Axes); by default
            the current figure.

    Raises:
        ValueError: no words, or nothing drawn.
    """
    import matplotlib.pyplot as plt
    from IPython.core.pylabtools import retina_figure
    from IPython.display import display

    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt must say in words what the figure shows, not {alt!r}")
    figure = plt.gcf() if figure is None else getattr(figure, "figure", figure)
    if not figure.axes:
        raise ValueError("nothing is drawn in the figure; plt.show() closes figures")
    # A dark theme shines through a figure that is not opaque.
    figure.patch.set(facecolor="white", alpha=1)
    picture, size = retina_figure(figure, base64=True)
    words = {"alt": " ".join(alt.split())}
    data = {"image/png": picture, "text/plain": repr(figure)}
    display(data, raw=True, metadata={"image/png": words | size})
    plt.close(figure)
