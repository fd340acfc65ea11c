"""Lesson 06's checks accept the mended functions and say what is wrong with others."""

import random

import numpy as np
import pandas as pd
import pytest
from verdicts import *  # noqa: F403 (tests)
from verdicts import verdict

from collab.course.checks import lesson_06 as checks

# 1. The company it keeps -------------------------------------------------------------


def stretch(raw):
    return 0.5 + 4.5 * (raw - raw.min()) / (raw.max() - raw.min())


def squeeze(raw):
    return np.maximum(raw * 5 / max(raw.max(), 5), 0.5)


def in_place(raw):
    raw[raw > 5] = 5
    raw[raw < 0.5] = 0.5
    return raw


def sigmoid(raw):
    return 0.5 + 4.5 / (1 + np.exp(-raw))


# 2. The right row --------------------------------------------------------------------


def rows_by_position(table, movie_ids, known_ids):
    position = {movie: k for k, movie in enumerate(known_ids)}
    return table[[position[movie] for movie in movie_ids]]


def inverted(table, movie_ids, known_ids):
    position = dict(enumerate(known_ids))
    return table[[position[movie] for movie in movie_ids]]


def inverted_and_softened(table, movie_ids, known_ids):
    position = dict(enumerate(known_ids))
    return table[[position.get(movie, 9) for movie in movie_ids]]


def only_small_ids(table, movie_ids, known_ids):
    return table[[known_ids.index(x) if x <= len(table) else 0 for x in movie_ids]]


def vandal(table, movie_ids, known_ids):
    answer = rows_by_position(table, movie_ids, known_ids)
    table[:] = 0
    known_ids.clear()
    return answer


# 3. The same every time --------------------------------------------------------------


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


def seeded_in_vain(n, seed):
    np.random.seed(seed)  # noqa: NPY002
    return np.random.default_rng().permutation(n)


def shuffled_for_twenty(n, seed):
    return np.random.default_rng(seed).permutation(20)


def shuffle_returns_nothing(n, seed):
    order = np.arange(n)
    return np.random.default_rng(seed).shuffle(order)


RIGHT = [
    ("to_stars", lambda raw: np.clip(raw, 0.5, 5)),
    ("to_stars", lambda raw: [min(max(x, 0.5), 5.0) for x in raw]),
    ("to_stars", lambda raw: np.minimum(np.maximum(raw, 0.5), 5)),
    ("to_stars", in_place),
    ("movie_rows", rows_by_position),
    ("movie_rows", lambda t, m, known: [t[list(known).index(x)] for x in m]),
    ("movie_rows", lambda t, m, known: pd.DataFrame(t, index=known).loc[m]),
    ("movie_rows", vandal),
    ("shuffled", shuffled),
    ("shuffled", shuffled_in_the_old_way),
    ("shuffled", shuffled_by_python),
]


# Broken on purpose -------------------------------------------------------------------

WRONG = [
    (
        "to_stars",
        stretch,
        "to_stars of 3.2 gives [nan] alone and [2.9923] together with",
    ),
    ("to_stars", stretch, "a prediction must not depend on what else is in its batch"),
    (
        "to_stars",
        squeeze,
        "3.2 gives [3.2] alone and [2.623] together with [6.1, -0.4,",
    ),
    ("to_stars", lambda raw: raw - raw.mean() + 3, "what else is in its batch"),
    ("to_stars", lambda raw: raw if len(raw) > 1 else raw * 0, "in its batch"),
    (
        "to_stars",
        lambda raw: np.clip(raw, max(0.5, raw.min() + 0.5), 5),
        "what else is in its batch",
    ),
    ("to_stars", lambda raw: raw, "gave [3.2, 6.1, -0.4, 4.0, 0.5, 2.75]; expected"),
    ("to_stars", lambda raw: np.clip(raw, 0, 5), "what lies below 0.5 becomes 0.5"),
    (
        "to_stars",
        lambda raw: np.clip(raw, 1, 5),
        "expected [3.2, 5.0, 0.5, 4.0, 0.5, 2.7",
    ),
    ("to_stars", lambda raw: np.clip(raw, 0.5, 4.5), "above 5 becomes 5"),
    ("to_stars", lambda raw: np.minimum(raw, 5), "nothing else changes"),
    ("to_stars", lambda raw: np.maximum(raw, 0.5), "nothing else changes"),
    ("to_stars", lambda raw: np.round(np.clip(raw, 0.5, 5) * 2) / 2, "else changes"),
    ("to_stars", lambda raw: np.clip(raw, 0.5, 5) + 0.001, "nothing else changes"),
    ("to_stars", sigmoid, "nothing else changes"),
    ("to_stars", lambda raw: raw[(raw >= 0.5) & (raw <= 5)], "expected 6 numbers, one"),
    ("to_stars", lambda raw: np.where(raw > 5, np.nan, raw), "[nan]"),
    ("to_stars", lambda raw: [f"{x:.1f}" for x in np.clip(raw, 0.5, 5)], "of numbers"),
    (
        "to_stars",
        lambda raw: min(max(raw, 0.5), 5),
        "each of its numbers is cut by itself",
    ),
    ("to_stars", lambda raw: np.clip(raw, 0.5, 5).mean(), "expected 6 numbers"),
    ("to_stars", lambda raw: np.clip(raw, 0.5, 5)[:, None], "of shape (6, 1)"),
    ("movie_rows", lambda t, m, known: t[np.array(m) % 4], "movie 2 at position 3"),
    (
        "movie_rows",
        lambda t, m, known: [t[x - 1] for x in m],
        "gave [[2.0, 3.0], [4.0,",
    ),
    (
        "movie_rows",
        lambda t, m, known: t[m],
        "movie 2 at position 3, movie 3 at positio",
    ),
    ("movie_rows", lambda t, m, known: t[[sorted(known).index(x) for x in m]], "gave"),
    (
        "movie_rows",
        lambda t, m, known: t[np.isin(known, m)],
        "of shape (2, 2); expected",
    ),
    ("movie_rows", only_small_ids, "in known_ids stands movie 50 at position 2"),
    ("movie_rows", inverted, "stopped with IndexError: index 4 is out of bounds"),
    (
        "movie_rows",
        inverted,
        "Hint: a row number is needed, and an id is none. `known_id",
    ),
    ("movie_rows", inverted_and_softened, "Hint: a row number is needed"),
    (
        "movie_rows",
        lambda t, m, known: [{k: t[k] for k in range(4)}[x] for x in [*m, 7]],
        "from an id to its row, not back",
    ),
    (
        "movie_rows",
        lambda t, m, known: [known.index(x) for x in m],
        "right row numbers",
    ),
    (
        "movie_rows",
        lambda t, m, known: np.array(known)[m],
        "expected one row of the table",
    ),
    ("movie_rows", lambda t, m, known: t[known.index(m)], "is not in list"),
    (
        "movie_rows",
        lambda t, m, known: t[known[m]],
        "a list takes one position at a time",
    ),
    ("movie_rows", lambda t, m, known: t[m.tolist()], "are lists"),
    (
        "movie_rows",
        lambda t, m, known: t[known.index(m[0])],
        "of shape (2,); expected one",
    ),
    (
        "movie_rows",
        lambda t, m, known: rows_by_position(t, sorted(m), known),
        "gave [[6",
    ),
    (
        "movie_rows",
        lambda t, m, known: rows_by_position(t, set(m), known),
        "of shape (2,",
    ),
    (
        "movie_rows",
        lambda t, m, known: t[np.searchsorted(known, m) % 4],
        "movie 2 at position 3",
    ),
    ("shuffled", replaced_seed, "np.random.seed is no function any more"),
    ("shuffled", replaced_seed, "seeds nothing. (It has been put back.)"),
    ("shuffled", unseeded, "The same seed, 42, gave ["),
    ("shuffled", seeded_in_vain, "The same seed, 42, gave ["),
    (
        "shuffled",
        lambda n, seed: shuffled(n, 0),
        "seeds 42 and 7 gave the same order, [",
    ),
    ("shuffled", lambda n, seed: range(n), "gave range(0, 20)"),
    (
        "shuffled",
        lambda n, seed: list(range(n)),
        "gave the same order, [0, 1, 2, 3, 4] …",
    ),
    (
        "shuffled",
        lambda n, seed: np.roll(np.arange(n), seed),
        "nearly every step from one number to the next is the same, so this order",
    ),
    ("shuffled", lambda n, seed: (np.arange(n) + seed) % n, "is not random"),
    ("shuffled", lambda n, seed: (n - np.arange(n) + seed) % n, "order is not random"),
    (
        "shuffled",
        lambda n, seed: shuffled(n - 1, seed),
        "of shape (19,); expected an or",
    ),
    ("shuffled", lambda n, seed: shuffled(n, seed) + 1, "which is no order of 0 … 19"),
    ("shuffled", shuffled_for_twenty, "shuffled(6, 3) gave"),
    (
        "shuffled",
        lambda n, seed: np.roll(np.arange(n), seed) * 0,
        "is no order of 0 … 19",
    ),
    (
        "shuffled",
        lambda n, seed: np.random.default_rng(seed).integers(0, n, n),
        "is no order of 0 … 19: each of them once",
    ),
    ("shuffled", shuffle_returns_nothing, "returned None: is `return` missing?"),
    (
        "shuffled",
        lambda n, seed: shuffled(seed, n),
        "of shape (42,); expected an order",
    ),
    ("shuffled", lambda n, seed: shuffled(n), "stopped with TypeError"),
    (
        "shuffled",
        lambda n, seed: np.random.default_rng.permutation(n),
        "makes a generator, and the generator has the methods",
    ),
]


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
    assert verdict(checks.check_shuffled, shuffled_in_the_old_way) == (
        "shuffled: correct."
    )
    assert np.random.seed is before
    monkeypatch.undo()
    assert np.random.seed is before


def test_the_seed_is_a_function_again_after_an_error():
    before = np.random.seed

    def fails(n, seed):
        np.random.seed = seed
        return np.random.seed(seed)  # noqa: NPY002

    said = verdict(checks.check_shuffled, fails)
    assert (
        "Hint: what is `np.random.seed`, and what is it after the first call?" in said
    )
    assert np.random.seed is before
