"""Compiled code is stored where it can be, and works where it cannot."""

import inspect

import pytest
from numba import njit

from collab.compiled import compiled


def double(x):
    return 2 * x


def test_a_function_is_compiled_and_stored_beside_its_source():
    fast = compiled(double)
    assert fast(3) == 6
    assert fast.nopython_signatures
    assert fast.stats.cache_path


def test_options_are_those_of_njit():
    assert compiled(fastmath=True)(double).targetoptions["fastmath"]


def test_where_nothing_can_be_stored_it_works_all_the_same():
    names = {}
    exec(inspect.getsource(double), names)  # a source without a folder
    with pytest.raises(RuntimeError, match="cannot cache"):
        njit(cache=True)(names["double"])
    fast = compiled(names["double"])
    assert fast(3) == 6
    assert fast.stats.cache_path is None
