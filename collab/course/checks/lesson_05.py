"""Lesson 05's exercises → is the bug mended?

Each `check_…` takes the reader's repaired function and shows what is still wrong, with
what went in and what came out.
"""

import numpy as np
import pandas as pd


def check_to_stars(to_stars):
    """`to_stars(raw)`: raw predictions cut to the scale, each by itself."""
    raw = np.array([3.2, 6.1, -0.4, 4.0])
    alone = float(_call(to_stars, raw[:1])[0])
    together = float(_call(to_stars, raw)[0])
    assert alone == together, (
        f"to_stars of 3.2 is {alone:.2f} alone and {together:.2f} beside 6.1 and -0.4: "
        "a prediction must not depend on what else is in its batch"
    )
    answer, expected = np.asarray(_call(to_stars, raw)), [3.2, 5.0, 0.5, 4.0]
    assert np.allclose(answer, expected), (
        f"to_stars({raw.tolist()}) gave {answer.tolist()}; expected {expected}: only "
        "what is outside 0.5 … 5 changes"
    )
    _well_done("to_stars")


def check_movie_rows(movie_rows):
    """`movie_rows(table, movie_ids, known_ids)`: the rows that belong to raw ids."""
    table = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])
    known = [3, 1, 4, 2]  # row 0 belongs to movie 3, row 1 to movie 1, …
    answer = np.asarray(_call(movie_rows, table, [2, 3], known))
    expected = [[6.0, 7.0], [0.0, 1.0]]
    assert answer.tolist() == expected, (
        f"movie_rows(table, [2, 3], {known}) gave {answer.tolist()}; expected "
        f"{expected}: movie 2 stands at position 3 of known_ids, movie 3 at position 0"
    )
    answer = np.asarray(_call(movie_rows, table, [50], [20, 90, 50, 60]))
    assert answer.tolist() == [[4.0, 5.0]], "a raw id may be larger than the table"
    _well_done("movie_rows")


def check_split_once(split_once):
    """`split_once(ratings, rng)`: about 80 % and the rest, each row in one of them."""
    ratings = pd.DataFrame({"rating": np.arange(1000) % 5 + 1.0})
    train, valid = _call(split_once, ratings, np.random.default_rng(0))
    both = len(train.index.intersection(valid.index))
    assert both == 0, (
        f"{both} of {len(valid)} validation rows are training rows as well: the model "
        "is judged by ratings it knows"
    )
    lost = len(ratings.index.difference([*train.index, *valid.index]))
    assert lost == 0, f"{lost} of {len(ratings)} rows are in neither table"
    assert len(train) + len(valid) == len(ratings), "a row occurs twice in one table"
    assert 720 < len(train) < 880, f"{len(train)} of 1000 rows in train; expected ~800"
    _well_done("split_once")


def check_ours_is_better(ours_is_better):
    """`ours_is_better(actual, predicted, their_rmse)`: compared in the same unit."""
    actual = np.array([3.0, 4.0, 5.0, 2.0])
    for error, their_rmse in [(0.9, 0.85), (0.8, 0.85), (1.2, 1.3), (1.3, 1.2)]:
        answer = _call(ours_is_better, actual, actual + error, their_rmse)
        assert bool(answer) == (error < their_rmse), (
            f"every prediction is {error} stars off, so the RMSE is {error} and the "
            f"MSE {error**2:.2f}; against an RMSE of {their_rmse} you said {answer}"
        )
    uneven = actual + np.array([0.0, 0.0, 0.0, 2.0])
    answer = _call(ours_is_better, actual, uneven, 0.7)
    assert not answer, (
        "three exact predictions and one that is 2 stars off: the RMSE is 1.0 (the "
        f"mean error 0.5); against an RMSE of 0.7 you said {answer}"
    )
    _well_done("ours_is_better")


def check_shuffled(shuffled):
    """`shuffled(n, seed)`: an order that is the same for the same seed."""
    seed_function = np.random.seed
    assert callable(seed_function), (
        f"np.random.seed is {seed_function!r}: an earlier run of the broken function "
        "replaced it; restart the kernel"
    )
    try:
        first, again, other = (
            np.asarray(_call(shuffled, 20, seed)).tolist() for seed in (42, 42, 7)
        )
        assert np.random.seed is seed_function, (
            "np.random.seed is no function any more: `np.random.seed = seed` replaces "
            "it, and seeds nothing"
        )
    finally:
        np.random.seed = seed_function
    assert sorted(first) == list(range(20)), f"{first} is no order of 0 … 19"
    assert first == again, f"the same seed gave {first[:5]} … and then {again[:5]} …"
    assert first != other, "another seed, the same order"
    _well_done("shuffled")


def _call(function, *args):
    assert callable(function), f"pass the function itself, not {function!r}"
    answer = function(*(arg.copy() if hasattr(arg, "copy") else arg for arg in args))
    assert answer is not None, (
        f"{function.__name__} returned None: is `return` missing?"
    )
    return answer


def _well_done(name):
    print(f"{name}: correct.")
