"""Lesson 06's checks accept the mended functions and say what is wrong with others."""

import random

import numpy as np
import pandas as pd
import pytest
from verdicts import *  # noqa: F403 (tests)
from verdicts import verdict

from collab.course.checks import lesson_06 as checks


def in_place(raw):
    raw[raw > 5] = 5
    raw[raw < 0.5] = 0.5
    return raw


def rows_by_position(table, movie_ids, known_ids):
    position = {movie: k for k, movie in enumerate(known_ids)}
    return table[[position[movie] for movie in movie_ids]]


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


def called_after(n, seed):
    np.random.seed = seed
    return np.random.seed(seed)  # noqa: NPY002


def unseeded(n, seed):
    return np.random.default_rng().permutation(n)


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
    ],
    "shuffled": [shuffled, shuffled_in_the_old_way, shuffled_by_python],
}

WRONG = {
    "to_stars": {
        "to_stars of 3.2 gives [3.0] alone and [3.5083] together with [6.1, -0.4, 4.0, "
        "0.5, 2.75]: a prediction must not depend on": lambda raw: raw - raw.mean() + 3,
        "gave [3.2, 6.1, -0.4, 4.0, 0.5, 2.75]; expected": lambda raw: raw,
        "what lies below 0.5 becomes 0.5": lambda raw: np.clip(raw, 0, 5),
        "expected [3.2, 5.0, 0.5, 4.0, 0.5, 2.75]": lambda raw: np.clip(raw, 1, 5),
        "above 5 becomes 5": lambda raw: np.clip(raw, 0.5, 4.5),
        "one for each prediction": lambda raw: raw[(raw >= 0.5) & (raw <= 5)],
        "each of its numbers is cut by itself": lambda raw: min(max(raw, 0.5), 5),
    },
    "movie_rows": {
        "movie 2 at position 3, movie 3 at position 0": lambda t, m, known: t[m],
        "gave [[2.0, 3.0], [4.0, 5.0]": lambda t, m, known: [t[x - 1] for x in m],
        "in known_ids stands movie 50 at position 2": lambda t, m, known: t[
            [known.index(x) if x <= len(t) else 0 for x in m]
        ],
        "Hint: an id is not a row number. `known_ids`, a list, has": [
            lambda t, m, known: t[[dict(enumerate(known))[x] for x in m]],
            lambda t, m, known: t[[dict(zip(known, m, strict=False))[90] for x in m]],
            lambda t, m, known: t[known.index(m)],
            lambda t, m, known: t[known[m]],
        ],
        "expected one row of the table for each id, of shape (3, 2)": (
            lambda t, m, known: [known.index(x) for x in m]
        ),
    },
    "shuffled": {
        "np.random.seed is no function any more: `np.random.seed = seed` replaces it, "
        "and seeds nothing. (It has been put back.)": replaced_seed,
        "the same seed gives the same order": unseeded,
        "[0, 13, 8] and [0, 13, 8]: the same seed gives the same order, another": (
            lambda n, seed: shuffled(n, 4)
        ),
        "(19,); expected an order": lambda n, seed: shuffled(n - 1, seed),
        "is no order of 0 … 19: each of them once": lambda n, seed: (
            np.random.default_rng(seed).integers(0, n, n)
        ),
        "Hint: what is `np.random.seed`, and what is it after the first": called_after,
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


@pytest.mark.parametrize("wrong", [replaced_seed, called_after])
def test_the_seed_is_a_function_again_whatever_happened(monkeypatch, wrong):
    before = np.random.seed
    monkeypatch.setattr(np.random, "seed", 42)  # as an earlier run leaves it
    checks.check_shuffled(wrong)
    assert np.random.seed is before
    said = verdict(checks.check_shuffled, shuffled_in_the_old_way)
    assert said == "shuffled: correct."
