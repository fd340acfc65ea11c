"""What all checks share: verdicts instead of tracebacks, values as one writes them."""

import numpy as np
import pandas as pd
import pytest
from verdicts import verdict

from collab.course.checks import _answers
from collab.course.checks._answers import NotYet, told


@_answers.exercise(KeyError="is it a label", LookupError="never this one")
def check_double(double):
    """Twice a number."""
    _answers.close(double(x=3), 6, "twice 3", {"that is the square": 9})


def stub(x): ...


def nothing(x):
    len(str(x))


def helper(x):
    return x.shape  # in the same cell


def with_a_helper(x):
    return helper(x)


def looked_up(x):
    return {}[x]


def unnamed(x):
    return no_such_name  # noqa: F821


WRONG = {
    "double(3) gave 6; expected 6: twice 3.": lambda x: 6.00002,
    "double(3) gave 9: that is the square. Expected 6: twice 3.": lambda x: x * x,
    "double(3) gave -6; expected 6: twice 3.": lambda x: -6,
    "double(3) gave True (bool); expected a single number.": lambda x: True,
    "double(3) gave [6] (list); expected a single number.": lambda x: [6],
    "double(3) gave -inf: something": lambda x: float("-inf"),
    "double(3) stopped with TypeError: object of type 'int' has no len() Hint: what "
    "kind of thing is it at this point? Print its `type`.": len,
    "double(3) stopped with TypeError: 'int' object is not iterable": max,
    "double(3) stopped with KeyError: 3 in the line return {}[x] Hint: is it a label": (
        looked_up
    ),
    "double(3) stopped with AttributeError: 'int' object has no attribute 'shape' in "
    "the line return x.shape # in the same cell Hint:": with_a_helper,
    "double(3) stopped with NameError: name 'no_such_name' is not defined in the line "
    "return no_such_name # noqa: F821 Hint: is it imported in the notebook, is it "
    "spelt as it was defined?": unnamed,
    "It is called as double(x), and your function does not take that: missing a "
    "required argument: 'y'.": lambda x, y: x,
    "Write the function's lines in place of the dots.": stub,
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
    assert len(lines) == 3


def test_a_warning_of_the_readers_function_is_not_shown(recwarn):
    check_double(lambda x: float(np.mean([])))
    check_double(lambda x: float(np.zeros(1)[0] / np.zeros(1)[0]))
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
        ({np.int64(3): np.float32(0.5)}, "{3: 0.5}"),
        (np.zeros((30, 2)), "an array of shape (30, 2)"),
        (np.zeros(30), str([0.0] * 30)),
        (np.zeros(31), "an array of shape (31,)"),
        ("x" * 300, "'" + "x" * 199 + " …"),
        ("x" * 199, "'" + "x" * 199 + " …"),
        ("x" * 198, "'" + "x" * 198 + "'"),
        ([-1e-9], "[0.0]"),
        (pd.Series([1 / 3], index=[7]), "\n7   0.3333\n"),
    ],
)
def test_a_value_is_told_as_one_writes_it(value, text):
    assert told(value) == text


def test_a_long_series_is_cut_in_the_middle():
    assert told(pd.Series(range(12))).count("\n") == 13
    assert told(pd.Series(range(13))).count("\n") == 14  # six, …, six
    assert "6 " not in told(pd.Series(range(13), dtype=float))


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        (3, "3"),
        (pd.Series([1.0]), "ratings"),
        (np.random.default_rng(0), "ratings"),
        (list(range(12)), str(list(range(12)))),
        (list(range(30)), "ratings"),
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


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (EXPECTED, ""),
        (EXPECTED.rename("share").rename_axis("movieId"), ""),
        (EXPECTED.astype("float32"), ""),
        (EXPECTED.to_frame(), "gave a DataFrame; expected a pandas Series: choose its"),
        (EXPECTED.to_dict(), "gave a dict; expected a pandas Series."),
        (EXPECTED.astype(str), "gave a Series of str; expected numbers."),
        (EXPECTED[::-1], "The numbers are right, their order is not: ids ascend."),
        (EXPECTED.round(2), "Do not round"),
        (EXPECTED.round(3), "Do not round"),
        (EXPECTED * 2, "Twice as much."),
        (EXPECTED * 3, "expected \n20   0.3333\n50   2.0000\nIds ascend."),
        (EXPECTED.rename(str), "Ids ascend."),
        (pd.Series({20: 1 / 3, 50: 2.001}), "Ids ascend."),
        (EXPECTED.iloc[[0, 1, 1]], "Ids ascend."),
        (pd.concat([EXPECTED[::-1], pd.Series({9: 1.0})]), "Ids ascend."),
    ],
)
def test_a_series_is_compared_by_labels_order_and_numbers(value, reason):
    mistakes = {"Twice as much": EXPECTED * 2}
    heard = said(_answers.same_series, value, EXPECTED, "ids ascend", mistakes)
    assert reason in heard if reason else heard == ""
    assert ("are right" in heard) == ("are right" in reason)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.array([[1], [2]]), "of shape (2, 1); expected two numbers, of shape (2,)."),
        ([1, 2, 3], "gave [1, 2, 3], of shape (3,); expected two numbers"),
        (np.zeros((31, 2)), "gave an array of shape (31, 2); expected two numbers, of"),
        ({1, 2}, "gave {1, 2} (set); expected two numbers."),
        ([1.0, np.nan], "gave [1.0, nan]; there must be no nan."),
        (["a", "b"], "gave ['a', 'b']; expected two numbers, of numbers."),
        ([True, False], "of numbers"),
        ([[1], [1, 2]], "gave [[1], [1, 2]]; expected two numbers."),
    ],
)
def test_an_array_has_a_shape_and_numbers(value, reason):
    assert reason in said(_answers.array, value, (2,), "two numbers")


@pytest.mark.parametrize("value", [[1, 2], (1.0, 2), pd.Series([1, 2], [7, 3])])
def test_a_list_a_tuple_and_a_series_are_arrays(value):
    found = _answers.array(_answers.Answer("f(x)", value), (2,), "two numbers")
    assert found.tolist() == [1.0, 2.0]
    assert found.dtype == "float64"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([2, 1], "f(x) gave [2.0, 1.0]: the other way. Expected [1, 2]: they ascend."),
        ([1, 1], "f(x) gave [1.0, 1.0]: too few. Expected [1, 2]: they ascend."),
        ([2, 2], "f(x) gave [2.0, 2.0]: too few. Expected [1, 2]: they ascend."),
        ([1, 2.001], "f(x) gave [1.0, 2.001]; expected [1, 2]: they ascend."),
        (
            [1, 2, 3],
            "f(x) gave [1, 2, 3], of shape (3,); expected two numbers, of shape",
        ),
    ],
)
def test_an_array_is_compared_with_what_mistakes_give(value, reason):
    mistakes = {"the other way": [2, 1], "too few": ([1, 1], [2, 2])}
    given = np.array([1, 2]), "two numbers", "they ascend", mistakes
    assert said(_answers.same_array, value, *given).startswith(reason)
    assert said(_answers.same_array, [1, 2.0000001], *given) == ""


def test_a_pair_has_two_parts_with_names():
    first, second = _answers.pair(_answers.Answer("f(x)", [1, "b"]), "one and two")
    assert first == ("f(x): one", 1)
    assert second == ("f(x): two", "b")
    first, second = _answers.pair(_answers.Answer("f(x)", np.ones(2)), "one and two")
    assert (first, second) == (("f(x): one", 1.0), ("f(x): two", 1.0))
    _, second = _answers.pair(_answers.Answer("f(x)", np.eye(2)), "one and two")
    assert second.value.tolist() == [0.0, 1.0]
    for value in ((1,), (1, 2, 3), "ab", np.ones((3, 2)), np.array(2)):
        heard = said(_answers.pair, value, "one and two")
        assert "expected two things: one and two" in heard


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (
            0.12,
            "gave 0.12: do not round; whoever prints it will. Expected 0.1235: it is",
        ),
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
