"""Lesson 02's exercises, ids and row numbers → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import NotYet, close, exercise, require, told
from collab.course.checks.lesson_01 import RATINGS


@exercise(
    TypeError="`ids` may be a list, too, and not every function of pandas takes one",
    AttributeError="`ids` may be a list, too, and a list has no methods of pandas",
    ValueError="ids may be text, too",
)
def check_id_dictionary(id_dictionary):
    """`id_dictionary(ids)`: {id: row number} in the order of first appearance."""
    # A set orders the last three by size, whatever the order they came in.
    for ids in (RATINGS["movieId"], ["b", "a", "b", "c", "a"], [7, 3, 0, 7, 3]):
        values = list(ids)
        firsts = list(dict.fromkeys(values))
        expected = {value: row for row, value in enumerate(firsts)}
        call, answer = id_dictionary(ids=ids)
        gave = f"{call} for the ids {values} gave {told(answer)}"
        require(
            isinstance(answer, dict),
            f"{gave} ({type(answer).__name__}); expected a dictionary.",
        )
        rows = list(answer.values())
        if answer == expected:
            require(
                all(isinstance(row, int | np.integer) for row in rows),
                f"{gave}: row numbers are integers.",
            )
            continue
        for wrong, text in [
            (dict(enumerate(firsts)), "it is the other way round, {row number: id}"),
            ({x: k for k, x in enumerate(firsts, 1)}, "the first row has the number 0"),
            (
                {x: values.index(x) for x in firsts},
                "an id that comes again leaves a gap: the next new id gets the next "
                "number",
            ),
            (
                {x: k for k, x in enumerate(values)},
                "later appearances overwrite the first",
            ),
            (
                {x: k for k, x in enumerate(sorted(firsts))},
                "these are numbered by size, not by first appearance",
            ),
        ]:
            require(answer != wrong, f"{gave}: {text}.")
        raise NotYet(
            f"{gave}; expected {expected}: the id that appears first gets 0, the next "
            "new one 1, and so on."
        )


@exercise(
    KeyError="an id that the dictionary does not have: `get` can return something else "
    "in its place. If it is a row label: the ids are a Series with labels of its own",
    AttributeError="`ids` may be a list, too, and a list has no methods of pandas",
    TypeError="an id that the dictionary does not have comes out as None. And a "
    "dictionary looks up one id, not a list of them: go through `ids`",
    ValueError="an id that the dictionary does not have has no whole number yet",
)
def check_encode_with_marker(encode_with_marker):
    """`encode_with_marker(mapping, ids)`: row numbers, -1 for an id never seen."""
    # The second one's numbers are not in its own order: only its values say them.
    numbers, text = {50: 0, 20: 1, 90: 2}, {"b": 1, "a": 0}
    for mapping, ids in [
        (numbers, [90, 20, 60, 50, 90]),
        (numbers, pd.Series([60, 90, 50], index=[7, 8, 9])),
        (text, ["a", "z", "b"]),
    ]:
        call, answer = encode_with_marker(mapping=mapping, ids=ids)
        values = list(ids)
        gave = f"{call} for the ids {values} gave {told(answer)}"
        kind = type(answer).__name__
        require(
            isinstance(answer, np.ndarray),
            f"{gave} ({kind}); expected a NumPy array.",
        )
        require(
            answer.ndim > 0,
            f"{gave}, a single thing: NumPy makes an array of a list, [… for …], not "
            "of (… for …).",
        )
        expected = [mapping.get(x, -1) for x in values]
        got = answer.tolist()
        stranger = next(x for x in values if x not in mapping)
        for wrong, why in [
            (
                [x or -1 for x in expected],
                "row 0 became -1, too: `or` takes 0 for nothing",
            ),
            (
                [x for x in expected if x != -1],
                f"{stranger!r} was left out; there must be one number per id",
            ),
            (
                [len(mapping) if x == -1 else x for x in expected],
                f"{stranger!r} was never seen and must not get a row: -1",
            ),
            (
                [0 if x == -1 else x for x in expected],
                f"{stranger!r} got row 0, which belongs to another id: -1",
            ),
            (
                [x if x in mapping else -1 for x in values],
                "these are the ids themselves; look each up in `mapping`",
            ),
            ([str(x) for x in expected], "these are text; row numbers are integers"),
            (
                [list(mapping).index(x) if x in mapping else -1 for x in values],
                f"these are the places of the ids in {mapping}; the row numbers are "
                "its values",
            ),
        ]:
            require(wrong == expected or got != wrong, f"{gave}: {why}.")
        require(
            not any(x is None or x != x for x in np.ravel(answer).tolist()),
            f"{gave}: an id never seen has no number yet; expected {expected}.",
        )
        require(
            got == expected,
            f"{gave}; expected {expected}: {stranger!r} was never seen, and every "
            "other id has its row in `mapping`.",
        )
        require(
            answer.dtype.kind == "i",
            f"{gave} of dtype {answer.dtype}; row numbers are integers.",
        )


@exercise()
def check_wasted_rows(wasted_rows):
    """`wasted_rows(ids)`: rows never used if raw ids were the row numbers."""
    for ids in (RATINGS["movieId"], pd.Series([5, 0, 5, 5]), pd.Series([1, 0, 1])):
        seen, top = sorted(set(ids)), max(ids)
        rows, used = top + 1, len(seen)
        why = f"ids {seen} need rows 0 … {top}, which are {rows}; {used} are used"
        close(
            wasted_rows(ids=ids),
            rows - used,
            why,
            [
                (top - used, f"row 0 is a row as well: {why}"),
                (rows - len(ids), f"an id that comes twice uses one row: {why}"),
                (top - min(ids) + 1 - used, f"the rows below {min(ids)} exist, too"),
                (rows, f"that is all rows; {used} of them are used"),
                (1 - used / rows, f"that is a share; how many rows? {why}"),
                (used, "that is the number of the rows that are used"),
                (154_884, "use the ids that come in, not the lesson's"),
            ],
        )
