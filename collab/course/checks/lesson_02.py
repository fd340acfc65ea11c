"""Lesson 02's exercises, ids and row numbers → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    close,
    compare,
    exercise,
    of_kind,
    require,
    same_array,
)


@exercise(
    TypeError="`ids` may be a list, too, and not every function of pandas takes one",
    AttributeError="`ids` may be a list, too, and a list has no methods of pandas",
    ValueError="ids may be text, too",
)
def check_id_dictionary(id_dictionary):
    """`id_dictionary(ids)`: {id: row number} in the order of first appearance."""
    # A set orders the small numbers by size, whatever the order they came in.
    for ids in (["b", "a", "b", "c", "a"], pd.Series([7, 3, 0, 7, 5], range(8, 13))):
        values = list(ids)
        firsts = list(dict.fromkeys(values))
        answer = id_dictionary(ids=ids)
        compare(
            answer.gave,
            of_kind(answer, dict, "a dictionary"),
            {x: row for row, x in enumerate(firsts)},
            "the id that appears first gets 0, the next new one 1, and so on",
            {
                "it is the other way round, {row number: id}": dict(enumerate(firsts)),
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


@exercise(
    KeyError="`get` returns something else for an id that the dictionary does not "
    "have. If it is a row label: the ids may be a Series with labels of its own",
    AttributeError="`ids` may be a list, too, and a list has no methods of pandas",
    TypeError="a dictionary looks up one id, not a list of them: go through `ids`",
    ValueError="an id never seen has no number yet",
)
def check_encode_with_marker(encode_with_marker):
    """`encode_with_marker(mapping, ids)`: row numbers, -1 for an id never seen."""
    # The second one's numbers are not in its own order: only its values say them.
    for mapping, ids in [
        ({50: 0, 20: 1, 90: 2}, [90, 20, 60, 50, 90]),
        ({"b": 1, "a": 0}, pd.Series(["a", "z", "b"], [7, 8, 9])),
    ]:
        rows = np.array([mapping.get(x, -1) for x in ids])
        answer = encode_with_marker(mapping=mapping, ids=ids)
        value = of_kind(answer, np.ndarray, "a NumPy array")
        same_array(
            answer,
            rows,
            "a row number for each id, -1 where there is none",
            "an id that was never seen gets -1, every other its row in `mapping`",
            {
                "row 0 became -1, too: `or` takes 0 for nothing": [
                    x or -1 for x in rows
                ],
                "an id never seen got row 0, which belongs to another id": rows.clip(0),
            },
        )
        require(value.dtype.kind == "i", f"{answer.gave}; expected integers.")


@exercise()
def check_wasted_rows(wasted_rows):
    """`wasted_rows(ids)`: rows never used if raw ids were the row numbers."""
    close(
        wasted_rows(ids=pd.Series([50, 20, 90, 50, 50])),
        88,
        "ids 20, 50 and 90 need rows 0 … 90, which are 91; 3 are used",
        {
            "row 0 is a row as well": 90 - 3,
            "an id that comes twice uses one row": 91 - 5,
            "that is all rows; 3 of them are used": 91,
        },
    )
