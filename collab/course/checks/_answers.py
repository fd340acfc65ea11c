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
import sys
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

    @property
    def gave(self):
        """Both in words, as a sentence begins."""
        return f"{self.call} gave {told(self.value)}"


# What to look at after an error, where the check itself says nothing better.
_HINTS = {
    "NameError": "is it imported in the notebook, is it spelt as it was defined?",
    "KeyError": "there is no such column, label or key; the labels of rows need not be "
    "0, 1, 2 …, so count with `.iloc`",
    "IndexError": "that position does not exist: the first is 0, the last is the "
    "length - 1",
    "ZeroDivisionError": "what is being divided by, and why is it 0?",
    "LinAlgError": "this system has no single solution: is a term missing?",
    "ValueError": "print the shapes of what is combined here; do they fit?",
    "Exception": "what kind of thing is it at this point? Print it and its `type`",
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
                require(
                    callable(function),
                    f"Give the check the function itself, check_{name}({name}), not "
                    f"{told(function)}.",
                )
                judge(functools.partial(_ask, name, function, _HINTS | hints))
                text = f"{name}: correct."
            except NotYet as reason:
                text = f"{name}: not yet. {reason}"
            except Exception as error:  # by what came back, which nobody thought of
                text = (
                    f"{name}: not yet. What it returned cannot be judged "
                    f"({_in_words(error)}): is it of the kind asked for?"
                )
            print("\n".join(textwrap.fill(x, 88) for x in text.splitlines()))

        return check

    return make


def require(condition, reason):
    if not condition:
        raise NotYet(reason)


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
    try:
        # What a warning is about shows in the value.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = function(*values)
    except Exception as error:
        raise NotYet(f"{call} {_what_happened(function, error, hints)}") from None
    code = getattr(getattr(function, "__code__", None), "co_code", None)
    if value is ... or (value is None and code in _STUBS):
        raise NotYet("Write the function's lines in place of the dots.")
    require(value is not None, f"{call} returned None: is `return` missing?")
    return Answer(call, value)


def _what_happened(function, error, hints):
    text = f"stopped with {_in_words(error)}"
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line for frame in frames if frame.filename == file and frame.line]
    if lines:
        text += f"\nin the line  {lines[-1].strip()}"
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return f"{text}\nHint: {_ended(next(hints[x] for x in kinds if x in hints))}"


def _in_words(error):
    return f"{type(error).__name__}: {str(error)[:200]}"


def _ended(text):
    return text if text.endswith("?") else f"{text}."


def _argument(name, value):
    """Something small as it is, anything else by its name."""
    series = isinstance(value, pd.Series)
    text = told(value.to_dict() if series else value)
    if "\n" in text or len(text) > 50 or hasattr(value, "bit_generator"):
        return name
    return f"Series({text})" if series else text


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
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    return value


def then(gave, text, mark="; "):
    """What is said after a value; after a table, which ends its line, as a sentence."""
    if gave.endswith("\n"):
        return f"{gave}{text[0].upper()}{text[1:]}"
    return f"{gave}{mark}{text}"


def single(value):
    """Whether it is one thing, not a table, a list or a Series of them."""
    return not isinstance(value, list | tuple | dict | set) and np.ndim(value) == 0


def of_kind(answer, kind, what):
    """The answer's value; refused is what is not of a kind, in words `what`."""
    if not isinstance(answer.value, kind):
        raise _other_kind(answer, what)
    return answer.value


def _other_kind(answer, what):
    call, value = answer
    kind = type(value).__name__
    gave = f"a {kind}" if hasattr(value, "to_string") else f"{told(value)} ({kind})"
    return NotYet(f"{call} gave {gave}; expected {what}.")


def by_label(answer, index):
    """A Series that has just these labels in their order; all else as it came."""
    value = answer.value
    unique = isinstance(value, pd.Series) and value.index.is_unique
    if unique and set(value.index) == set(index):
        return answer._replace(value=value[index])
    return answer


def number(answer, what="a single number"):
    """The answer as a float; refused is what is not one finite number."""
    value = answer.value
    if hasattr(value, "dtype") and np.ndim(value) == 0:
        value = np.asarray(value).item()
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _other_kind(answer, what)
    require(
        abs(value) <= sys.float_info.max,
        f"{answer.gave}: something was divided by 0, or the mean of nothing was "
        "taken, or two tables with other labels were put together.",
    )
    return float(value)


def array(answer, shape, what, no_nan=None):
    """The answer as an array of numbers; refused is any other shape.

    Args:
        answer: an `Answer`.
        shape: what its shape must be.
        what: the array in words, with its article.
        no_nan: what to say where a number is missing, if there is more to say.
    """
    of_kind(answer, np.ndarray | list | tuple | pd.Series | pd.DataFrame, what)
    gave, found = answer.gave, np.asarray(answer.value)
    has = "" if "an array of" in gave else f"it has the shape {found.shape}; "
    right = found.shape == shape
    require(right, then(gave, f"{has}expected {what}, of shape {shape}."))
    require(found.dtype.kind in "iuf", then(gave, f"expected {what}, of numbers."))
    no_nan = no_nan or f"there must be no nan; expected {what}"
    require(not np.isnan(found).any(), then(gave, f"{no_nan}."))
    return found.astype(float)


def pair(answer, what):
    """The answer's two parts, each as an `Answer`."""
    call, value = answer
    if isinstance(value, np.ndarray) and value.ndim:
        value = list(value)
    two = isinstance(value, tuple | list) and len(value) == 2
    require(two, then(answer.gave, f"expected two things: {what}."))
    names = what.split(" and ")
    return [Answer(f"For {n}, {call}", x) for n, x in zip(names, value, strict=True)]


# Compared with what was expected -----------------------------------------------------


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
    want = then(f"expected {tell(expected)}", why, ": ")
    for text, wrong in (mistakes or {}).items():
        if any(alike(value, x) for x in (wrong if type(wrong) is tuple else (wrong,))):
            raise NotYet(f"{then(gave, _ended(text), ': ')} E{want[1:]}.")
    raise NotYet(f"{then(gave, want)}.")


_ROUNDED = "do not round; whoever prints it will"


def close(answer, expected, why, mistakes=None):
    """One number is expected; `why` and `mistakes` as in `compare`."""
    value = number(answer, f"a single number: {why}")
    rounded = tuple(round(expected, digits) for digits in (1, 2, 3, 4))
    mistakes = (mistakes or {}) | {_ROUNDED: rounded}
    gave = f"{answer.call} gave {_written(value)}"
    compare(gave, value, expected, why, mistakes, _same, _written)


def same_series(answer, expected, why, mistakes=None):
    """A pandas Series of numbers is expected: the same labels in the same order.

    Its name does not matter. `why` and `mistakes` are as in `compare`.
    """
    hint = ": choose its column" if isinstance(answer.value, pd.DataFrame) else ""
    series = of_kind(answer, pd.Series, f"a pandas Series{hint}")
    if _alike(by_label(answer, expected.index).value, expected):
        why = f"the numbers are right, their order is not: {why}"
    rounded = expected.round(2), expected.round(3)
    mistakes = (mistakes or {}) | {_ROUNDED: rounded}
    compare(answer.gave, series, expected, why, mistakes, _alike)


def same_array(answer, expected, what, why, mistakes=None):
    """An array of numbers, `what` in words, is expected; the rest as in `compare`."""
    found = array(answer, expected.shape, what)
    compare(answer.gave, found, expected, why, mistakes, _same)


def _same(found, expected):
    return np.allclose(found, expected, rtol=1e-6, atol=1e-9)


def _alike(series, expected):
    labels = series.index.tolist() == expected.index.tolist()
    return labels and _same(series.to_numpy("float64"), expected)


def _written(value):
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _stub(): ...


def _stub_with_words():
    """Words."""


# What Python makes of a function without lines of its own.
_STUBS = {_stub.__code__.co_code, _stub_with_words.__code__.co_code}
