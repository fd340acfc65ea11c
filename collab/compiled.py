"""A loop in Python → machine code, stored for the next start where it can be.

>>> import numpy as np
>>> from collab.compiled import compiled
>>> @compiled
... def total(values):
...     sum_so_far = 0.0
...     for value in values:
...         sum_so_far += value
...     return sum_so_far
>>> float(total(np.array([0.5, 1.0])))
1.5
"""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable | None = None, **options: Any) -> Callable:
    """`numba.njit(cache=True)`, without the cache where no folder can be written.

    Numba keeps the machine code beside the source, or else in the user's own folder for
    such things, and refuses to begin where it can write neither: in a container, say.
    There each process compiles for itself, which takes some seconds.

    Args:
        function: a function of numbers and arrays, to be compiled when it is called.
        options: those of `njit`: `@compiled(parallel=True)`.
    """
    if function is None:
        return lambda function: compiled(function, **options)
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)
