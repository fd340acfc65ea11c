"""Lesson 06's exercises, three bugs → is it mended?"""

import numpy as np

from collab.course.checks._answers import array, exercise, require, same_array, told


@exercise(ValueError="`raw` is an array: each of its numbers is cut by itself")
def check_to_stars(to_stars):
    """`to_stars(raw)`: raw predictions cut to the scale, each by itself."""
    raw = np.array([3.2, 6.1, -0.4, 4.0, 0.5, 2.75])
    alone = [to_stars(raw=raw[k : k + 1]) for k in range(len(raw))]
    answer = to_stars(raw=raw)
    together = np.ravel(np.asarray(answer.value, dtype=object))
    require(
        len(together) == len(raw),
        f"{answer.call} gave {told(answer.value)}; expected {len(raw)} numbers, one "
        "for each.",
    )
    for k, one in enumerate(alone):
        first = np.ravel(np.asarray(one.value, dtype=object))[:1].tolist()
        require(
            first == together[k : k + 1].tolist(),
            f"to_stars of {raw[k]:g} gives {told(first)} alone and "
            f"{told([together[k]])} together with {told(np.delete(raw, k))}: a "
            "prediction must not depend on what else is in its batch.",
        )
    same_array(
        answer,
        np.array([3.2, 5.0, 0.5, 4.0, 0.5, 2.75]),
        "an array of stars",
        "what lies below 0.5 becomes 0.5, what lies above 5 becomes 5, and nothing "
        "else changes",
    )


_POSITIONS = "`known_ids` has the ids in the order of the rows: where in it is the id?"


@exercise(
    IndexError=f"a row number is needed, and an id is none. {_POSITIONS}",
    KeyError=f"it must lead from an id to its row, not back. {_POSITIONS}",
    TypeError="`movie_ids` and `known_ids` are lists; a list takes one position at a "
    "time",
    AttributeError="`movie_ids` and `known_ids` are lists",
    ValueError=_POSITIONS,
)
def check_movie_rows(movie_rows):
    """`movie_rows(table, movie_ids, known_ids)`: the rows that belong to raw ids."""
    table = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
    for ids, known in [
        ([2, 3, 2], [3, 1, 4, 2]),  # row 0 belongs to movie 3, row 1 to movie 1, …
        ([50], [20, 90, 50, 60]),
    ]:
        answer = movie_rows(table=table, movie_ids=ids, known_ids=known)
        rows = [known.index(movie) for movie in ids]
        require(
            told(answer.value) != told(rows),
            f"{answer.call} gave {told(answer.value)}: these are the right row "
            "numbers; return the rows of the table.",
        )
        places = [f"movie {m} at position {k}" for m, k in zip(ids, rows, strict=True)]
        same_array(
            answer,
            table[rows],
            "one row of the table for each id",
            f"in known_ids stands {', '.join(dict.fromkeys(places))}",
        )


@exercise(
    TypeError="what is `np.random.seed`, and what is it after the first call?",
    AttributeError="`np.random.default_rng(seed)` makes a generator, and the generator "
    "has the methods",
)
def check_shuffled(shuffled):
    """`shuffled(n, seed)`: an order that is the same for the same seed."""
    # What the broken function replaces, as NumPy has it elsewhere.
    np.random.seed = seed_function = np.random.mtrand.seed
    state = np.random.get_state()  # noqa: NPY002
    try:
        asked = [(20, 42), (20, 42), (20, 7), (6, 3)]
        orders = [shuffled(n=n, seed=seed) for n, seed in asked]
        require(
            np.random.seed is seed_function,
            "np.random.seed is no function any more: `np.random.seed = seed` replaces "
            "it, and seeds nothing. (It has been put back.)",
        )
    finally:
        np.random.seed = seed_function
        np.random.set_state(state)  # noqa: NPY002
    for (n, _), answer in zip(asked, orders, strict=True):
        order = array(answer, (n,), "an order").tolist()
        require(
            sorted(order) == list(range(n)),
            f"{answer.call} gave {told(answer.value)}, which is no order of 0 … "
            f"{n - 1}: each of them once.",
        )
    first, again, other, _ = (list(answer.value) for answer in orders)
    require(
        first == again,
        f"The same seed, 42, gave {told(first[:5])} … and then {told(again[:5])} ….",
    )
    require(
        first != other,
        f"The seeds 42 and 7 gave the same order, {told(first[:5])} ….",
    )
