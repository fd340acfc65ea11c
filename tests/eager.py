"""TensorFlow without graphs, for tests that take a few steps."""

from contextlib import contextmanager


@contextmanager
def eagerly():
    """The same steps, op by op: tracing and compiling them would take far longer."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)
