"""A reader's function → what is right about it, or why it is not yet.

A check is a function that asks the reader's function a few questions and judges what
comes back:

    @exercise(KeyError="is every id in the dictionary?")
    def check_density(density):
        answer = density(ratings=RATINGS)
        close(answer, 10 / 16, "10 ratings; 4 users × 4 movies = 16 cells")

It prints one line, "density: correct.", or "density: not yet." and the reason. It never
raises: a page of exercises that nobody has done yet runs from top to bottom, and an
error in the reader's function is told in words, not as a traceback through the check.
"""

import copy
import functools
import inspect
import numbers
import operator
import textwrap
import traceback
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd


class NotYet(Exception):
    """Why an answer is not right yet, in words for the reader."""


class Answer(NamedTuple):
    """What the reader's function returned, and how it was called."""

    call: str
    value: object


# What to look at after an error, where the check itself says nothing better.
_HINTS = {
    "NameError": "is it imported in the notebook, is it spelt as it was defined?",
    "KeyError": "there is no such column, label or key; the labels of rows need not be "
    "0, 1, 2 …, so count with `.iloc`",
    "IndexError": "that position does not exist: the first is 0, the last is the "
    "length - 1",
    "AttributeError": "what kind of thing is it at this point? Print its `type`",
    "TypeError": "what kind of thing is it at this point? Print its `type`",
    "ZeroDivisionError": "what is being divided by, and why is it 0?",
    "LinAlgError": "this system has no single solution: is a term missing?",
    "ValueError": "print the shapes of what is combined here; do they fit?",
    "AssertionError": "that is an assert of your own",
    "RecursionError": "the function calls itself",
    "Exception": "run the function by itself, and print what it works with",
}


def exercise(**hints):
    """Makes a check of a function that judges answers.

    Args:
        **hints: the name of a kind of error, and what to look at when the reader's
            function raises it.
    """

    def make(judge):
        name = judge.__name__.removeprefix("check_")

        @functools.wraps(judge)
        def check(function):
            try:
                _must_be_callable(name, function)
                judge(functools.partial(_ask, name, function, hints))
                text = f"{name}: correct."
            except NotYet as reason:
                text = f"{name}: not yet. {reason}"
            except Exception as error:  # by what came back, which nobody thought of
                text = (
                    f"{name}: not yet. What it returned cannot be judged "
                    f"({type(error).__name__}: {error}): is it of the kind asked for?"
                )
            print("\n".join(textwrap.fill(x, 88) for x in text.splitlines()))

        return check

    return make


def _must_be_callable(name, function):
    if not callable(function):
        raise NotYet(
            f"Give the check the function itself, check_{name}({name}), not "
            f"{told(function)}."
        )


def _ask(name, function, hints, /, **given):
    """Calls the reader's function with copies, by position; errors become words."""
    call = f"{name}({', '.join(map(_argument, given, given.values()))})"
    # Copies: a check shows the same table whatever an answer did to it.
    values = copy.deepcopy(list(given.values()))
    try:
        inspect.signature(function).bind(*values)
    except TypeError as error:
        raise NotYet(
            f"It is called as {name}({', '.join(given)}), and your function does not "
            f"take that: {error}."
        ) from None
    except ValueError:  # some functions written in C do not tell their arguments
        pass
    try:
        # What a warning is about shows in the value.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = function(*values)
    except Exception as error:
        raise NotYet(_what_happened(call, function, error, hints)) from None
    code = getattr(getattr(function, "__code__", None), "co_code", None)
    if value is ... or (value is None and code in _STUBS):
        raise NotYet("Write the function's lines in place of the dots.")
    if value is None:
        raise NotYet(f"{call} returned None: is `return` missing?")
    return Answer(call, value)


def _what_happened(call, function, error, hints):
    kind = type(error).__name__
    text = f"{call} stopped with {kind}: {str(error)[:200]}"
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line for frame in frames if frame.filename == file and frame.line]
    if lines:
        text += f"\nin the line  {lines[-1].strip()}"
    kinds = [one.__name__ for one in type(error).__mro__]
    found = [hint for one in kinds for hint in [hints.get(one)] if hint]
    found += [_HINTS[one] for one in kinds if one in _HINTS]
    end = "" if found[0].endswith("?") else "."
    return f"{text}\nHint: {found[0]}{end}"


def _argument(name, value):
    """A table by its name, something small as it is."""
    text = told(value) if not isinstance(value, pd.Series | pd.DataFrame) else name
    small = "\n" not in text and len(text) <= 50
    return text if small and not hasattr(value, "bit_generator") else name


# What came back ----------------------------------------------------------------------


def told(value):
    """A value as a reader writes it, cut where it is long."""
    if isinstance(value, pd.Series | pd.DataFrame):
        return f"\n{value.to_string(max_rows=12, float_format='{:.4f}'.format)}\n"
    if isinstance(value, np.ndarray) and value.size > 30:
        return f"an array of shape {value.shape}"
    text = repr(_plain(value))
    return text if len(text) <= 200 else f"{text[:200]} …"


def _plain(value):
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return round(value, 4) + 0.0  # no -0.0
    if isinstance(value, list | tuple):
        return (
            type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
        )
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    return value


def then(gave, text):
    """What is said after a value; after a table, which ends its line, as a sentence."""
    if gave.endswith("\n"):
        return f"{gave}{text[0].upper()}{text[1:]}"
    return f"{gave}; {text}"


def single(value):
    """Whether it is one thing, not a table, a list or a Series of them."""
    return not isinstance(value, list | tuple | dict | set) and np.ndim(value) == 0


def require(condition, reason):
    if not condition:
        raise NotYet(reason)


def number(answer):
    """The answer as a float; refused is what is not one finite number."""
    call, value = answer
    if hasattr(value, "dtype") and np.ndim(value) == 0:
        value = np.asarray(value)[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        kind = type(value).__name__
        raise NotYet(f"{call} gave {told(value)} ({kind}); expected a single number.")
    if isinstance(value, int) and abs(value) > 1e300:
        raise NotYet(f"{call} gave {told(value)}, which no float can be.")
    require(
        np.isfinite(value),
        f"{call} gave {value}: something was divided by 0, or the mean of nothing was "
        "taken, or two tables with other labels were put together.",
    )
    return float(value)


def close(answer, expected, why, mistakes=None):
    """One number is expected.

    Args:
        answer: an `Answer`.
        expected: the number.
        why: where it comes from.
        mistakes: as in `compare`.
    """
    value = number(answer)
    rounded = tuple(round(expected, digits) for digits in (1, 2, 3, 4))
    mistakes = (mistakes or {}) | {_ROUNDED: rounded}
    gave = f"{answer.call} gave {_written(value)}"
    compare(gave, value, expected, why, mistakes, _near, _written)


def compare(gave, value, expected, why, mistakes=None, alike=operator.eq, tell=told):
    """A value is refused that is not like the expected one, and told why.

    Args:
        gave: the value in words, as a sentence begins.
        value: what came.
        expected: what it should be.
        why: where that comes from.
        mistakes: {what to say of a mistake: the value that comes out of it, or a tuple
            of such values}.
        alike: whether two values are the same.
        tell: a value → words.
    """
    if alike(value, expected):
        return
    mistake = _mistake(value, mistakes, alike)
    if mistake:
        end = "" if mistake.endswith("?") else "."
        raise NotYet(f"{gave}: {mistake}{end} Expected {tell(expected)}: {why}.")
    raise NotYet(f"{gave}; expected {tell(expected)}: {why}.")


def _mistake(value, mistakes, alike):
    for text, wrong in (mistakes or {}).items():
        if any(alike(value, x) for x in (wrong if type(wrong) is tuple else (wrong,))):
            return text
    return None


_ROUNDED = "do not round; whoever prints it will"


def same_series(answer, expected, why, mistakes=None):
    """A pandas Series of numbers is expected: the same labels in the same order.

    Args:
        answer: an `Answer`.
        expected: the Series; its name does not matter.
        why: the rule that it follows.
        mistakes: as in `compare`; what to say is a sentence.
    """
    call, series = answer
    if not isinstance(series, pd.Series):
        kind = type(series).__name__
        hint = ": choose its column" if isinstance(series, pd.DataFrame) else ""
        raise NotYet(f"{call} gave a {kind}; expected a pandas Series{hint}.")
    require(
        series.dtype.kind in "iuf",
        f"{call} gave a Series of {series.dtype}; expected numbers.",
    )
    if _alike(series, expected):
        return
    gave = f"{call} gave {told(series)}"
    mistake = _mistake(series, mistakes, _alike)
    require(mistake is None, f"{gave}{mistake}.")
    gave += f"expected {told(expected)}"
    again = series.index.is_unique and _alike(series.reindex(expected.index), expected)
    if again and len(series) == len(expected):
        raise NotYet(f"{gave}The numbers are right, their order is not: {why}.")
    if _alike(series, expected.round(2)) or _alike(series, expected.round(3)):
        why = _ROUNDED
    raise NotYet(f"{gave}{why[0].upper()}{why[1:]}.")


def array(answer, shape, what, no_nan="there must be no nan"):
    """The answer as an array of finite numbers; refused is any other shape.

    Args:
        answer: an `Answer`.
        shape: what its shape must be.
        what: the array in words, with its article.
        no_nan: what to say where a number is missing.
    """
    call, value = answer
    gave = f"{call} gave {told(value)}"
    if not isinstance(value, np.ndarray | list | tuple | pd.Series | pd.DataFrame):
        raise NotYet(f"{gave} ({type(value).__name__}); expected {what}.")
    try:
        found = np.asarray(value)
    except ValueError:  # lists of different lengths
        raise NotYet(f"{gave}; expected {what}.") from None
    begin = f"{gave}, of shape {found.shape}"
    if told(value).startswith("an array of"):  # that tells the shape
        begin = gave
    elif gave.endswith("\n"):
        begin = f"{gave}It has the shape {found.shape}"
    require(found.shape == shape, f"{begin}; expected {what}, of shape {shape}.")
    require(found.dtype.kind in "iuf", then(gave, f"expected {what}, of numbers."))
    found = found.astype(float)
    require(not np.isnan(found).any(), then(gave, f"{no_nan}."))
    return found


def same_array(answer, expected, what, why, mistakes=None):
    """An array of numbers is expected.

    Args:
        answer: an `Answer`.
        expected: the array.
        what: the array in words, with its article.
        why: the rule that it follows.
        mistakes: as in `compare`.
    """
    found = array(answer, expected.shape, what)
    compare(f"{answer.call} gave {told(found)}", found, expected, why, mistakes, _same)


def pair(answer, what):
    """The answer's two parts, each as an `Answer`."""
    call, value = answer
    if isinstance(value, np.ndarray) and value.ndim:
        value = list(value)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise NotYet(f"{call} gave {told(value)}; expected two things: {what}.")
    names = what.split(" and ")
    return [Answer(f"{call}: {n}", part) for n, part in zip(names, value, strict=True)]


def _near(value, expected):
    return abs(value - expected) <= 1e-6 * abs(expected) + 1e-9


def _same(found, expected):
    return np.allclose(found, expected, rtol=1e-6, atol=1e-9)


def _written(value):
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _alike(series, expected):
    return (
        series.index.tolist() == expected.index.tolist()
        and _same(series.to_numpy("float64"), expected)
    )  # fmt: skip


def _stub(): ...


def _stub_with_words():
    """Words."""


# What Python makes of a function without lines of its own.
_STUBS = {_stub.__code__.co_code, _stub_with_words.__code__.co_code}
