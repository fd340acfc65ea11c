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
import pytest

# What a function may return that no exercise asks for. Each is made anew.
JUNK = {
    "text": lambda: "0.5",
    "nan": lambda: float("nan"),
    "an empty list": list,
    "an empty dictionary": dict,
    "a set": lambda: {1, 2},
    "a type": lambda: pd.Series,
    "a generator": lambda: (x for x in [1]),
    "a complex number": lambda: 1 + 2j,
    "a huge number": lambda: 10**400,
    "an array of text": lambda: np.array(["a", "b"]),
    "a table of zeros": lambda: np.zeros((2, 2)),
    "an array without a dimension": lambda: np.array(None),
    "ragged lists": lambda: [[1], [1, 2]],
    "a list of None": lambda: [None] * 6,
    "a Series of nan": lambda: pd.Series([np.nan] * 10),
    "a Series with one label twice": lambda: pd.Series([1.0, 2.0], index=[50, 50]),
    "an empty DataFrame": pd.DataFrame,
    "a DataFrame of text": lambda: pd.DataFrame({"rating": ["a"]}),
    "two tables": lambda: (pd.DataFrame(), pd.DataFrame()),
}

ERRORS = {
    "KeyError": lambda: {}[60],
    "IndexError": lambda: [][4],
    "AttributeError": lambda: [].shape,
    "TypeError": lambda: None + 1,
    "ValueError": lambda: np.zeros(2) + np.zeros(3),
    "ZeroDivisionError": lambda: 1 / 0,
    "LinAlgError": lambda: np.linalg.inv(np.zeros((2, 2))),
    "NameError": lambda: names + 1,  # noqa: F821
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
            for answer in (answers if isinstance(answers, list) else [answers])
        ]
        metafunc.parametrize(("name", "reason", "answer"), rows)
    elif "answer" in metafunc.fixturenames:
        rows = [(name, answer) for name in right for answer in right[name]]
        metafunc.parametrize(("name", "answer"), rows)
    elif "name" in metafunc.fixturenames:
        metafunc.parametrize("name", right)


@pytest.fixture
def check(request, name):
    return getattr(request.module.checks, f"check_{name}")


def test_a_right_answer_passes(check, name, answer):
    assert verdict(check, answer) == f"{name}: correct."


def test_a_wrong_answer_is_told_why(check, name, answer, reason):
    said = verdict(check, answer)
    assert said.startswith(f"{name}: not yet. "), said
    # The line that is shown is one of the test file, and may hold the reason itself.
    said = re.sub(r" in the line .* Hint: ", " Hint: ", said)
    assert reason in said, said
    for never in ("cannot be judged", "np.int64", "np.float64", "?."):
        assert never not in said, said


def test_whatever_comes_back_is_told_and_not_accepted(check, name):
    for what, make in JUNK.items():
        said = verdict(check, lambda *args, make=make: make())
        assert said.startswith(f"{name}: not yet. "), (what, said)
        assert len(said) < 2000, (what, said)


def test_an_error_inside_is_told_with_its_line_and_a_hint(check, name):
    for kind, fail in ERRORS.items():

        def answer(*args, fail=fail):
            return fail()

        said = verdict(check, answer)
        assert said.startswith(f"{name}: not yet. {name}("), said
        assert f"stopped with {kind}" in said, said
        hint = said.split(" in the line ")[1].split(" Hint: ")[1]
        assert len(hint.split()) >= 4, said
        assert re.search(r"[^?]\.$|\?$", hint), said


def test_every_check_has_right_and_wrong_answers(request):
    right, wrong = request.module.RIGHT, request.module.WRONG
    names = {x[6:] for x in dir(request.module.checks) if x.startswith("check_")}
    assert names == set(right) == set(wrong)
    assert min(map(len, right.values())) >= 2
    assert min(map(len, wrong.values())) >= 3


__all__ = ["check", *(x for x in dir() if x.startswith(("test_", "pytest_")))]
