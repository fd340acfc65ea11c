"""Random numbers, compared."""

import numpy as np


def in_common(one, other):
    """The share of the numbers of `one` that are in `other`, too.

    Without a seed never ask for none: float32 has few numbers, and of two draws of 800
    each, some were the same in 2 % of all runs. A repeated table has a share of 1.
    """
    return np.isin(one, other).mean()


def rotation(n, seed=0):
    """A random orthogonal matrix, n × n."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
