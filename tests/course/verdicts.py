"""What the tests of all exercise checks share.

A test file has RIGHT, {exercise: [answer, …]}, and WRONG, {exercise: {what the verdict
must say: answer, or a list of them}}, and imports the tests below, which pytest then
runs there.
"""

import contextlib
import io
import re

import numpy as np
import pandas as pd

# What a function may return that no exercise asks for. Each is made anew.
JUNK = {
    "text": lambda: "0.5",
    "nan": lambda: float("nan"),
    "an empty list": list,
    "an empty dictionary": dict,
    "a set": lambda: {1, 2},
    "an object": object,
    "a complex number": lambda: 1 + 2j,
    "an array of text": lambda: np.array(["a", "b"]),
    "a table of zeros": lambda: np.zeros((2, 2)),
    "an array without a dimension": lambda: np.array(None),
    "ragged lists": lambda: [[1], [1, 2]],
    "an empty Series": lambda: pd.Series(dtype=float),
    "a Series of text": lambda: pd.Series(["a", "b"]),
    "a Series of nan": lambda: pd.Series([np.nan] * 10),
    "a Series with one label twice": lambda: pd.Series([1.0, 2.0], index=[50, 50]),
    "an empty DataFrame": pd.DataFrame,
    "a DataFrame of text": lambda: pd.DataFrame({"rating": ["a"]}),
    "a type": lambda: pd.Series,
    "two things": lambda: (1.0, "two"),
    "two tables": lambda: (pd.DataFrame(), pd.DataFrame()),
    "a generator": lambda: (x for x in [1]),
    "infinity": lambda: float("inf"),
    "a huge number": lambda: 10**400,
    "a list of arrays": lambda: [np.zeros(2), np.zeros(3)],
    "a list of None": lambda: [None] * 6,
}


def _unnamed():
    return names + 1  # noqa: F821


def _recursive():
    return _recursive()


ERRORS = {
    "KeyError": lambda: {}[60],
    "IndexError": lambda: [][4],
    "AttributeError": lambda: [].shape,
    "TypeError": lambda: None + 1,
    "ValueError": lambda: np.zeros(2) + np.zeros(3),
    "ZeroDivisionError": lambda: 1 / 0,
    "LinAlgError": lambda: np.linalg.inv(np.zeros((2, 2))),
    "NameError": _unnamed,
    "RecursionError": _recursive,
    "AssertionError": lambda: np.testing.assert_equal(1, 2),
}


def verdict(check, function):
    """What a check prints, on one line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert check(function) is None, "a cell would show what the check returns"
    return " ".join(out.getvalue().split())


def pytest_generate_tests(metafunc):
    right, wrong = metafunc.module.RIGHT, metafunc.module.WRONG
    if "reason" in metafunc.fixturenames:
        rows = [
            (name, reason, answer)
            for name in wrong
            for reason, answers in wrong[name].items()
            for answer in _each(answers)
        ]
        metafunc.parametrize(("name", "reason", "answer"), rows)
    elif "answer" in metafunc.fixturenames:
        rows = [(name, answer) for name in right for answer in right[name]]
        metafunc.parametrize(("name", "answer"), rows)
    elif "name" in metafunc.fixturenames:
        metafunc.parametrize("name", right)


def _each(answers):
    return answers if isinstance(answers, list) else [answers]


def test_a_right_answer_passes(request, name, answer):
    said = verdict(getattr(request.module.checks, f"check_{name}"), answer)
    assert said == f"{name}: correct.", said


def test_a_wrong_answer_is_told_why(request, name, answer, reason):
    said = verdict(getattr(request.module.checks, f"check_{name}"), answer)
    assert said.startswith(f"{name}: not yet. "), said
    # The line that is shown is one of the test file, and may hold the reason itself.
    said = re.sub(r" in the line .* Hint: ", " Hint: ", said)
    assert reason in said, said
    for never in ("cannot be judged", "np.int64", "np.float64", "?."):
        assert never not in said, said


def test_whatever_comes_back_is_told_and_not_accepted(request, name):
    check = getattr(request.module.checks, f"check_{name}")
    for what, make in JUNK.items():
        said = verdict(check, lambda *args, make=make: make())
        assert said.startswith(f"{name}: not yet. "), (what, said)
        assert "cannot be judged" not in said, (what, said)
        assert len(said) < 2000, (what, said)


def test_an_error_inside_is_told_with_its_line_and_a_hint(request, name):
    check = getattr(request.module.checks, f"check_{name}")
    for kind, fail in ERRORS.items():

        def answer(*args, fail=fail):
            return fail()

        said = verdict(check, answer)
        assert said.startswith(f"{name}: not yet. {name}("), said
        assert f"stopped with {kind}" in said, said
        assert " in the line " in said, said
        hint = said.split(" Hint: ")[1]
        assert len(hint.split()) >= 4, said
        assert hint.endswith((".", "?")), said
        assert not hint.endswith("?."), said


def test_a_stub_a_forgotten_return_and_a_call_are_named(request, name):
    check = getattr(request.module.checks, f"check_{name}")

    def stub(*args): ...

    def stub_with_words(*args):
        """Not written yet."""
        # a comment
        ...

    def forgotten(*args):
        len(args)

    for function in (stub, stub_with_words, lambda *args: ...):
        said = verdict(check, function)
        assert said.startswith(f"{name}: not yet. "), said
        assert said.endswith("Write the function's lines in place of the dots."), said
    said = verdict(check, forgotten)
    assert said.endswith("returned None: is `return` missing?"), said
    said = verdict(check, 3.0)
    expected = f"Give the check the function itself, check_{name}({name}), not 3.0."
    assert said == f"{name}: not yet. {expected}"
    said = verdict(check, lambda: 3.0)
    assert f"It is called as {name}(" in said, said
    assert "too many positional arguments" in said, said


def test_every_check_has_right_and_wrong_answers(request):
    right, wrong = request.module.RIGHT, request.module.WRONG
    names = {x[6:] for x in dir(request.module.checks) if x.startswith("check_")}
    assert names == set(right) == set(wrong)
    for name in names:
        assert len(right[name]) >= 2, name
        assert len(wrong[name]) >= 5, name


__all__ = [name for name in dir() if name.startswith(("test_", "pytest_"))]
