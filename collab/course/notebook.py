"""A notebook's first cell: silence what only distracts, fix what is random."""

import os
import sys
import warnings


def prepare(seed=None):
    """Make a notebook print the same on every machine. Call it before other imports.

    Args:
        seed: None for a notebook that does not use Keras. An integer imports
            TensorFlow (a few seconds), in silence, and seeds Python, NumPy and Keras.

    Without it TensorFlow reports to stderr what it finds on the machine (no GPU, the
    processor's instructions), and its oneDNN kernels may round differently from one
    processor to the next.

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
    if seed is None:
        return
    # Some messages are written before TensorFlow reads its log level, straight to
    # the process's stderr: so that is where they have to be caught.
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(nowhere.fileno(), 2)
        try:
            import keras
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    keras.utils.set_random_seed(seed)
