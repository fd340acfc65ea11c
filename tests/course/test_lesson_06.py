"""Lesson 06's checks accept the mended functions and say what is wrong with others."""

import random

import numpy as np
import pandas as pd
import pytest
from verdicts import *  # noqa: F403 (tests)
from verdicts import verdict

from collab.course.checks import lesson_06 as checks


def stretch(raw):
    return 0.5 + 4.5 * (raw - raw.min()) / (raw.max() - raw.min())


def in_place(raw):
    raw[raw > 5] = 5
    raw[raw < 0.5] = 0.5
    return raw


def rows_by_position(table, movie_ids, known_ids):
    position = {movie: k for k, movie in enumerate(known_ids)}
    return table[[position[movie] for movie in movie_ids]]


def inverted(table, movie_ids, known_ids):
    position = dict(enumerate(known_ids))
    return table[[position[movie] for movie in movie_ids]]


def only_small_ids(table, movie_ids, known_ids):
    return table[[known_ids.index(x) if x <= len(table) else 0 for x in movie_ids]]


def vandal(table, movie_ids, known_ids):
    answer = rows_by_position(table, movie_ids, known_ids)
    table[:] = 0
    known_ids.clear()
    return answer


def shuffled(n, seed):
    return np.random.default_rng(seed).permutation(n)


def shuffled_in_the_old_way(n, seed):
    np.random.seed(seed)  # noqa: NPY002
    return np.random.permutation(n).tolist()  # noqa: NPY002


def shuffled_by_python(n, seed):
    return random.Random(seed).sample(range(n), n)


def replaced_seed(n, seed):
    np.random.seed = seed
    return np.random.permutation(n)  # noqa: NPY002


def unseeded(n, seed):
    return np.random.default_rng().permutation(n)


def shuffled_for_twenty(n, seed):
    return np.random.default_rng(seed).permutation(20)


def shuffle_returns_nothing(n, seed):
    order = np.arange(n)
    return np.random.default_rng(seed).shuffle(order)


RIGHT = {
    "to_stars": [
        lambda raw: np.clip(raw, 0.5, 5),
        lambda raw: [min(max(x, 0.5), 5.0) for x in raw],
        lambda raw: np.minimum(np.maximum(raw, 0.5), 5),
        in_place,
    ],
    "movie_rows": [
        rows_by_position,
        lambda t, m, known: [t[list(known).index(x)] for x in m],
        lambda t, m, known: pd.DataFrame(t, index=known).loc[m],
        vandal,
    ],
    "shuffled": [shuffled, shuffled_in_the_old_way, shuffled_by_python],
}

WRONG = {
    "to_stars": {
        "3.2 gives [nan] alone and [2.9923] together with [6.1, -0.4, 4.0, 0.5, 2.75]: "
        "a prediction must not depend on what else is in its batch": stretch,
        "what else is in its batch": lambda raw: raw - raw.mean() + 3,
        "gave [3.2, 6.1, -0.4, 4.0, 0.5, 2.75]; expected": lambda raw: raw,
        "what lies below 0.5 becomes 0.5": lambda raw: np.clip(raw, 0, 5),
        "expected [3.2, 5.0, 0.5, 4.0, 0.5, 2.75]": lambda raw: np.clip(raw, 1, 5),
        "above 5 becomes 5": lambda raw: np.clip(raw, 0.5, 4.5),
        "nothing else changes": lambda raw: np.round(np.clip(raw, 0.5, 5) * 2) / 2,
        "expected 6 numbers, one": lambda raw: raw[(raw >= 0.5) & (raw <= 5)],
        "each of its numbers is cut by itself": lambda raw: min(max(raw, 0.5), 5),
    },
    "movie_rows": {
        "movie 2 at position 3, movie 3 at position 0": lambda t, m, known: t[m],
        "gave [[2.0, 3.0], [4.0, 5.0]": lambda t, m, known: [t[x - 1] for x in m],
        "of shape (2, 2); expected": lambda t, m, known: t[np.isin(known, m)],
        "in known_ids stands movie 50 at position 2": only_small_ids,
        "Hint: a row number is needed, and an id is none. `known_ids` has": inverted,
        "from an id to its row, not back": lambda t, m, known: (
            [dict(enumerate(t))[x] for x in [*m, 7]]
        ),
        "right row numbers": lambda t, m, known: [known.index(x) for x in m],
        "expected one row of the table": lambda t, m, known: np.array(known)[m],
        "is not in list": lambda t, m, known: t[known.index(m)],
        "a list takes one position at a time": lambda t, m, known: t[known[m]],
        "are lists": lambda t, m, known: t[m.tolist()],
        "gave [[6": lambda t, m, known: rows_by_position(t, sorted(m), known),
    },
    "shuffled": {
        "np.random.seed is no function any more: `np.random.seed = seed` replaces it, "
        "and seeds nothing. (It has been put back.)": replaced_seed,
        "The same seed, 42, gave [": unseeded,
        "seeds 42 and 7 gave the same order, [": lambda n, seed: shuffled(n, 0),
        "of shape (19,); expected an order": lambda n, seed: shuffled(n - 1, seed),
        "is no order of 0 … 19: each of them once": lambda n, seed: (
            np.random.default_rng(seed).integers(0, n, n)
        ),
        "shuffled(6, 3) gave": shuffled_for_twenty,
        "returned None: is `return` missing?": shuffle_returns_nothing,
        "makes a generator, and the generator has the methods": lambda n, seed: (
            np.random.default_rng.permutation(n)
        ),
    },
}


def test_random_state_is_left_as_it_was():
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.rand(2).tolist()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    first = np.random.rand()  # noqa: NPY002
    checks.check_shuffled(shuffled_in_the_old_way)
    assert [first, np.random.rand()] == expected  # noqa: NPY002


@pytest.mark.parametrize("lost", [42, None])
def test_the_seed_is_a_function_again_whatever_happened(monkeypatch, lost):
    before = np.random.seed
    checks.check_shuffled(replaced_seed)
    assert np.random.seed is before
    monkeypatch.setattr(np.random, "seed", lost)  # as an earlier run leaves it
    said = verdict(checks.check_shuffled, shuffled_in_the_old_way)
    assert said == "shuffled: correct."
    assert np.random.seed is before


def test_the_seed_is_a_function_again_after_an_error():
    before = np.random.seed

    def fails(n, seed):
        np.random.seed = seed
        return np.random.seed(seed)  # noqa: NPY002

    said = verdict(checks.check_shuffled, fails)
    hint = "what is `np.random.seed`, and what is it after the first call?"
    assert said.endswith(f"Hint: {hint}")
    assert np.random.seed is before
