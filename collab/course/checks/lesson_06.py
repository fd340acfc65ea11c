"""Lesson 06's exercises, three bugs → is it mended?"""

import numpy as np

from collab.course.checks._answers import array, exercise, require, same_array, told


@exercise(ValueError="`raw` is an array: each of its numbers is cut by itself")
def check_to_stars(to_stars):
    """`to_stars(raw)`: raw predictions cut to the scale, each by itself."""
    raw = np.array([3.2, 6.1, -0.4, 4.0, 0.5, 2.75])
    alone = array(to_stars(raw=raw[:1]), (1,), "an array of stars")
    answer = to_stars(raw=raw)
    together = array(answer, raw.shape, "an array of stars, one for each prediction")
    require(
        alone == together[:1],
        f"to_stars of {raw[0]:g} gives {told(alone)} alone and {told(together[:1])} "
        f"together with {told(raw[1:])}: a prediction must not depend on what else is "
        "in its batch.",
    )
    same_array(
        answer,
        np.array([3.2, 5.0, 0.5, 4.0, 0.5, 2.75]),
        "an array of stars",
        "what lies below 0.5 becomes 0.5, what lies above 5 becomes 5, and nothing "
        "else changes",
    )


@exercise(
    **dict.fromkeys(
        ["IndexError", "KeyError", "TypeError", "ValueError"],
        "an id is not a row number. `known_ids`, a list, has the ids in the order of "
        "the rows: where in it is each of `movie_ids`?",
    )
)
def check_movie_rows(movie_rows):
    """`movie_rows(table, movie_ids, known_ids)`: the rows that belong to raw ids."""
    table = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
    for ids, known in [
        ([2, 3, 2], [3, 1, 4, 2]),  # row 0 belongs to movie 3, row 1 to movie 1, …
        ([50], [20, 90, 50, 60]),
    ]:
        rows = [known.index(movie) for movie in ids]
        places = [f"movie {m} at position {k}" for m, k in zip(ids, rows, strict=True)]
        same_array(
            movie_rows(table=table, movie_ids=ids, known_ids=known),
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
        answers = [shuffled(n=20, seed=seed) for seed in (42, 42, 7)]
        require(
            np.random.seed is seed_function,
            "np.random.seed is no function any more: `np.random.seed = seed` replaces "
            "it, and seeds nothing. (It has been put back.)",
        )
    finally:
        np.random.seed = seed_function
        np.random.set_state(state)  # noqa: NPY002
    orders = [array(answer, (20,), "an order").astype(int) for answer in answers]
    first, again, other = (order.tolist() for order in orders)
    require(
        sorted(first) == list(range(20)),
        f"{answers[0].gave}, which is no order of 0 … 19: each of them once.",
    )
    require(
        first == again != other,
        f"The seeds 42, 42 and 7 gave orders that begin with {first[:3]}, {again[:3]} "
        f"and {other[:3]}: the same seed gives the same order, another seed another.",
    )
