"""Lesson 02's exercises, ids and row numbers → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, compare, exercise, require, told
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
        call, answer = id_dictionary(ids=ids)
        gave = f"{call} for the ids {values} gave {told(answer)}"
        require(
            isinstance(answer, dict),
            f"{gave} ({type(answer).__name__}); expected a dictionary.",
        )
        compare(
            gave,
            answer,
            {x: row for row, x in enumerate(firsts)},
            "the id that appears first gets 0, the next new one 1, and so on",
            {
                "it is the other way round, {row number: id}": dict(enumerate(firsts)),
                "the first row has the number 0": {
                    x: row for row, x in enumerate(firsts, 1)
                },
                "an id that comes again leaves a gap: the next new id gets the next "
                "number": {x: values.index(x) for x in firsts},
                "later appearances overwrite the first": {
                    x: row for row, x in enumerate(values)
                },
                "these are numbered by size, not by first appearance": {
                    x: row for row, x in enumerate(sorted(firsts))
                },
            },
        )
        require(
            all(isinstance(row, int | np.integer) for row in answer.values()),
            f"{gave}: row numbers are integers.",
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
        require(
            isinstance(answer, np.ndarray),
            f"{gave} ({type(answer).__name__}); expected a NumPy array.",
        )
        require(
            answer.ndim > 0,
            f"{gave}, a single thing: NumPy makes an array of a list, [… for …], not "
            "of (… for …).",
        )
        expected = [mapping.get(x, -1) for x in values]
        never = next(x for x in values if x not in mapping)
        places = [list(mapping).index(x) if x in mapping else -1 for x in values]
        compare(
            gave,
            [None if pd.isna(x) else x for x in answer.ravel().tolist()],
            expected,
            f"{never!r} was never seen, and every other id has its row in `mapping`",
            {
                "row 0 became -1, too: `or` takes 0 for nothing": [
                    row or -1 for row in expected
                ],
                f"{never!r} was left out; there must be one number per id": [
                    row for row in expected if row != -1
                ],
                f"{never!r} was never seen and must not get a row": [
                    len(mapping) if row == -1 else row for row in expected
                ],
                f"{never!r} got row 0, which belongs to another id": [
                    max(row, 0) for row in expected
                ],
                "these are the ids themselves; look each up in `mapping`": [
                    x if x in mapping else -1 for x in values
                ],
                f"these are the places of the ids in {mapping}; the row numbers are "
                "its values": places,
                "an id never seen has no number yet": [
                    None if row == -1 else row for row in expected
                ],
            },
        )
        require(
            answer.shape == (len(values),) and answer.dtype.kind == "i",
            f"{gave} of shape {answer.shape} and dtype {answer.dtype}; expected an "
            "integer for each id.",
        )


@exercise()
def check_wasted_rows(wasted_rows):
    """`wasted_rows(ids)`: rows never used if raw ids were the row numbers."""
    for ids in (RATINGS["movieId"], pd.Series([5, 0, 5, 5]), pd.Series([1, 0, 1])):
        seen, top = sorted(set(ids)), max(ids)
        rows, used = top + 1, len(seen)
        close(
            wasted_rows(ids=ids),
            rows - used,
            f"ids {seen} need rows 0 … {top}, which are {rows}; {used} are used",
            {
                "row 0 is a row as well": top - used,
                "an id that comes twice uses one row": rows - len(ids),
                f"the rows below {min(ids)} exist, too": top - min(ids) + 1 - used,
                f"that is all rows; {used} of them are used": rows,
                "that is a share; how many rows?": 1 - used / rows,
                "that is the number of the rows that are used": used,
                "use the ids that come in, not the lesson's": 154_884,
            },
        )
