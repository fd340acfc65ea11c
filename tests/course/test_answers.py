"""What all checks share: verdicts instead of tracebacks, values as one writes them."""

import numpy as np
import pandas as pd
import pytest
from verdicts import verdict

from collab.course.checks import _answers
from collab.course.checks._answers import NotYet, told


@_answers.exercise(KeyError="is it a label?", LookupError="never this one")
def check_double(double):
    """Twice a number."""
    _answers.close(double(x=3), 6, "twice 3", {"that is the square": 9})


def stub(x): ...


def stub_with_words(x):
    """Not written yet."""
    # a comment
    ...


def nothing(x):
    len(str(x))


def looked_up(x):
    def helper():
        return {}[x]  # in the same cell

    return helper()


WRONG = {
    "double(3) gave 6; expected 6: twice 3.": lambda x: 6.00002,
    "double(3) gave 9: that is the square. Expected 6: twice 3.": lambda x: x * x,
    "double(3) gave True (bool); expected a single number: twice 3.": lambda x: True,
    "double(3) gave [6] (list); expected a single number: twice 3.": lambda x: [6],
    "double(3) gave a Series; expected a single number": lambda x: pd.Series([6]),
    "double(3) gave -inf: something was divided": lambda x: float("-inf"),
    "double(3) stopped with TypeError: object of type 'int' has no len() Hint: what "
    "kind of thing is it at this point? Print it and its `type`.": len,
    "double(3) stopped with KeyError: 3 in the line return {}[x] # in the same cell "
    "Hint: is it a label?": looked_up,
    "It is called as double(x), and your function does not take that: missing a "
    "required argument: 'y'.": lambda x, y: x,
    "Write the function's lines in place of the dots.": stub,
    "Write the function's lines in place of the": stub_with_words,
    "Write the function's lines in place of": lambda x: ...,
    "double(3) returned None: is `return` missing?": nothing,
    "Give the check the function itself, check_double(double), not 3.0.": 3.0,
}


@pytest.mark.parametrize(("reason", "function"), WRONG.items())
def test_a_wrong_answer_is_told_why(reason, function):
    heard = verdict(check_double, function)
    assert heard.startswith(f"double: not yet. {reason}")
    assert not heard.endswith("?.")


@pytest.mark.parametrize("answer", [6, 6.0000001, np.float32(6), np.array(6)])
def test_a_right_answer_passes_whatever_its_type(answer):
    assert verdict(check_double, lambda x: answer) == "double: correct."


def test_a_check_keeps_its_name_and_words():
    assert check_double.__name__ == "check_double"
    assert check_double.__doc__ == "Twice a number."


def test_an_interrupt_goes_through():
    def stop(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_double(stop)


def test_lines_are_as_wide_as_a_page(capsys):
    check_double(lambda x: " ".join(["word"] * 39))
    lines = capsys.readouterr().out.splitlines()
    assert 80 < max(map(len, lines)) <= 88


def test_a_warning_of_the_readers_function_is_not_shown(recwarn):
    check_double(lambda x: float(np.mean([])))
    assert not recwarn


def test_what_the_check_itself_stumbles_over_is_told():
    @_answers.exercise()
    def check_odd(odd):
        odd().value.no_such_thing  # noqa: B018

    assert verdict(check_odd, lambda: 3) == (
        "odd: not yet. What it returned cannot be judged (AttributeError: 'int' object "
        "has no attribute 'no_such_thing'): is it of the kind asked for?"
    )


def test_every_question_is_asked_with_the_same_table():
    table = pd.DataFrame({"rating": [1.0, 2.0]})

    @_answers.exercise()
    def check_total(total):
        for _ in range(2):
            _answers.close(total(ratings=table, more=[1, [2]]), 3, "1 + 2")

    def vandal(ratings, more):
        total = ratings["rating"].sum()
        ratings["rating"] = 0.0
        more[1].clear()
        assert len(more) == 2
        return total

    assert verdict(check_total, vandal) == "total: correct."
    assert table["rating"].tolist() == [1.0, 2.0]
    heard = verdict(check_total, lambda ratings, more: 1)
    assert "total(ratings, [1, [2]]) gave 1; expected 3: 1 + 2." in heard


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([0.123456, 2]), "[0.1235, 2.0]"),
        ([np.int64(3), (np.float64(0.1) + 0.2,)], "[3, (0.3,)]"),
        (np.zeros(30), str([0.0] * 30)),
        (np.zeros(31), "an array of shape (31,)"),
        ("x" * 199, "'" + "x" * 199 + " …"),
        ("x" * 198, "'" + "x" * 198 + "'"),
        ([-1e-9], "[0.0]"),
        ({7: np.int64(3)}, "{7: 3}"),
        (pd.Series([1 / 3], index=[7]), "\n7   0.3333\n"),
    ],
)
def test_a_value_is_told_as_one_writes_it(value, text):
    assert told(value) == text
    assert told(pd.Series(range(12))).count("\n") == 13
    assert told(pd.Series(range(13))).count("\n") == 14  # six, …, six


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        (pd.Series([1.0], [7]), "Series({7: 1.0})"),
        (pd.DataFrame({"a": [1]}), "ratings"),
        (np.random.default_rng(0), "ratings"),
        ("x" * 48, f"'{'x' * 48}'"),
        ("x" * 49, "ratings"),
    ],
)
def test_an_argument_is_shown_where_it_is_small(argument, text):
    assert _answers._argument("ratings", argument) == text


def said(compare, value, *rest):
    """What is said of a value that f(x) gave; nothing of a right one."""
    try:
        compare(_answers.Answer("f(x)", value), *rest)
    except NotYet as refused:
        return str(refused)
    return ""


EXPECTED = pd.Series({20: 1 / 3, 50: 2.0})
TABLE = "\n20   0.3333\n50   2.0000\n"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            EXPECTED.to_frame(),
            "gave a DataFrame; expected a pandas Series: choose its col",
        ),
        (EXPECTED.to_dict(), "(dict); expected a pandas Series."),
        (
            EXPECTED[::-1],
            f"Expected {TABLE}The numbers are right, their order is not: ids ascend.",
        ),
        (EXPECTED.round(2), f"Do not round; whoever prints it will. Expected {TABLE}"),
        (EXPECTED.round(3), "Do not round"),
        (EXPECTED * 2, f"4.0000\nTwice as much. Expected {TABLE}Ids ascend."),
        (EXPECTED * 3, f"6.0000\nExpected {TABLE}Ids ascend."),
        (EXPECTED.rename(str), "Ids ascend."),
        (pd.Series({20: 1 / 3, 50: 2.001}), "Ids ascend."),
        (EXPECTED.iloc[[0, 1, 1]], "Ids ascend."),
    ],
)
def test_a_series_is_compared_by_labels_order_and_numbers(value, reason):
    mistakes = {"twice as much": EXPECTED * 2}
    assert reason in said(_answers.same_series, value, EXPECTED, "ids ascend", mistakes)
    right = EXPECTED.rename("share").rename_axis("movieId").astype("float32")
    assert said(_answers.same_series, right, EXPECTED, "ids ascend", mistakes) == ""


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([2, 1], "f(x) gave [2, 1]: the other way. Expected [1, 2]: they ascend."),
        ((1, 1), "f(x) gave (1, 1): too few. Expected [1, 2]: they ascend."),
        ([2, 2], "f(x) gave [2, 2]: too few. Expected [1, 2]: they ascend."),
        ([1, 2.001], "f(x) gave [1, 2.001]; expected [1, 2]: they ascend."),
        (
            np.array([[1], [2]]),
            "f(x) gave [[1], [2]]; it has the shape (2, 1); expected two numbers, of "
            "shape (2,).",
        ),
        (
            np.zeros((31, 2)),
            "f(x) gave an array of shape (31, 2); expected two numbers, of shape (2,).",
        ),
        ({1, 2}, "f(x) gave {1, 2} (set); expected two numbers."),
        ([1, np.nan], "f(x) gave [1, nan]; there must be no nan; expected two numb"),
        ([True, False], "f(x) gave [True, False]; expected two numbers, of numbers."),
        (pd.Series([1.0, 2.0000001], [7, 3]), ""),
    ],
)
def test_an_array_has_a_shape_and_numbers(value, reason):
    mistakes = {"the other way": [2, 1], "too few": ([1, 1], [2, 2])}
    given = np.array([1, 2]), "two numbers", "they ascend", mistakes
    heard = said(_answers.same_array, value, *given)
    assert heard.startswith(reason) if reason else heard == ""


def test_a_pair_has_two_parts_with_names():
    for value in ([1, "b"], (1, "b"), np.array([1, "b"], dtype=object)):
        parts = _answers.pair(_answers.Answer("f(x)", value), "one and two")
        assert parts == [("For one, f(x)", 1), ("For two, f(x)", "b")]
    _, second = _answers.pair(_answers.Answer("f(x)", np.eye(2)), "one and two")
    assert second.value.tolist() == [0.0, 1.0]
    for value in ((1,), (1, 2, 3), "ab", np.ones((3, 2)), np.array(2)):
        heard = said(_answers.pair, value, "one and two")
        assert "expected two things: one and two" in heard


def test_a_series_is_put_in_the_order_of_its_labels():
    for labels, found in [([50, 20], [2, 1]), ([20, 50], [1, 2]), ([50, 7], [1, 2])]:
        answer = _answers.Answer("f(x)", pd.Series([1, 2], [20, 50]))
        assert _answers.by_label(answer, labels).value.tolist() == found
    twice = _answers.Answer("f(x)", pd.Series([1, 2, 3], [20, 20, 50]))
    assert _answers.by_label(twice, [20, 50]) is twice


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12, "gave 0.12: do not round; whoever prints it will. Expected 0.1235: it"),
        (0.1235, "do not round"),
        (0.1, "do not round"),
        (0.123, "do not round"),
        (0.0, "gave 0; expected 0.1235: it is so."),
        (1234.5, "gave 1,234.5; expected 0.1235: it is so."),
        (float("nan"), "gave nan: something was divided by 0, or the mean of"),
    ],
)
def test_a_number_that_is_not_close(value, text):
    assert text in said(_answers.close, value, 0.123456, "it is so")


def test_large_numbers_are_compared_by_their_ratio():
    assert said(_answers.close, 1e9 + 1, 1e9, "so") == ""
    assert said(_answers.close, 1e9 + 10_000, 1e9, "so") != ""
