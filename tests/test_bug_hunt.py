"""Each check accepts the mended function and refuses the broken one it was made for."""

import numpy as np
import pandas as pd
import pytest

from collab import bug_hunt


def rows_by_position(table, movie_ids, known_ids):
    position = {movie: k for k, movie in enumerate(known_ids)}
    return table[[position[movie] for movie in movie_ids]]


def split(ratings, rng):
    mask = rng.random(len(ratings)) < 0.8
    return ratings[mask], ratings[~mask]


def rmse(actual, predicted):
    return np.sqrt(np.mean((actual - predicted) ** 2))


def better_than(measure):
    return lambda actual, predicted, theirs: measure(actual - predicted) < theirs


def shuffled(n, seed):
    return np.random.default_rng(seed).permutation(n)


def shuffled_in_the_old_way(n, seed):
    np.random.seed(seed)  # noqa: NPY002
    return np.random.permutation(n).tolist()  # noqa: NPY002


RIGHT = [
    ("to_stars", lambda raw: np.clip(raw, 0.5, 5)),
    ("to_stars", lambda raw: [min(max(x, 0.5), 5.0) for x in raw]),
    ("movie_rows", rows_by_position),
    ("movie_rows", lambda t, m, known: [t[list(known).index(x)] for x in m]),
    ("movie_rows", lambda t, m, known: pd.DataFrame(t, index=known).loc[m]),
    ("split_once", split),
    ("split_once", lambda r, rng: (r[:800], r[800:])),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) < theirs),
    ("ours_is_better", lambda a, p, theirs: np.mean((a - p) ** 2) < theirs**2),
    ("shuffled", shuffled),
    ("shuffled", shuffled_in_the_old_way),
]


# Broken on purpose -------------------------------------------------------------------


def stretch(raw):
    low, high = raw.min(), raw.max()
    return 0.5 + 4.5 * (raw - low) / max(high - low, 1e-9)


def squeeze(raw):
    return np.maximum(raw * 5 / max(raw.max(), 5), 0.5)


def only_small_ids(table, movie_ids, known_ids):
    return table[[known_ids.index(x) if x <= len(table) else 0 for x in movie_ids]]


def two_draws(ratings, rng):
    n = len(ratings)
    return ratings[rng.random(n) < 0.8], ratings[rng.random(n) >= 0.8]


def lossy(ratings, rng):
    mask = rng.random(len(ratings))
    return ratings[mask < 0.8], ratings[mask > 0.9]


def with_replacement(ratings, rng):
    train = ratings.iloc[rng.integers(0, len(ratings), 800)]
    return train, ratings.drop(train.index)


def twice_in_valid(ratings, rng):
    train, valid = split(ratings, rng)
    return train, pd.concat([valid, valid])


def replaced_seed(n, seed):
    np.random.seed = seed
    return np.random.permutation(n)  # noqa: NPY002


def unseeded(n, seed):
    return np.random.default_rng().permutation(n)


WRONG = [
    ("to_stars", stretch, "must not depend on what else is in its batch"),
    ("to_stars", squeeze, "3.20 alone and 2.62 beside 6.1 and -0.4"),
    ("to_stars", lambda raw: raw - raw.mean() + 3, "batch"),
    ("to_stars", lambda raw: raw, r"gave \[3.2, 6.1, -0.4, 4.0\]; expected"),
    ("to_stars", lambda raw: np.clip(raw, 0, 5), r"only what is outside 0.5 … 5"),
    ("to_stars", lambda raw: np.clip(raw, 1, 5), r"expected \[3.2, 5.0, 0.5, 4.0\]"),
    ("to_stars", lambda raw: np.minimum(raw, 5), "outside"),
    ("to_stars", lambda raw: np.maximum(raw, 0.5), "outside"),
    ("to_stars", lambda raw: np.round(np.clip(raw, 0.5, 5) * 2) / 2, "outside"),
    ("to_stars", lambda raw: None, "returned None: is `return` missing"),
    ("movie_rows", lambda t, m, known: t[m], r"movie 2 stands at position 3"),
    ("movie_rows", lambda t, m, known: t[np.array(m) - 1], "position 3"),
    ("movie_rows", lambda t, m, known: t[[sorted(known).index(x) for x in m]], "gave"),
    ("movie_rows", lambda t, m, known: t[np.isin(known, m)], r"gave \[\[0.0, 1.0\]"),
    ("movie_rows", only_small_ids, "a raw id may be larger than the table"),
    ("movie_rows", np.zeros(3), "pass the function itself"),
    ("split_once", two_draws, "validation rows are training rows as well"),
    ("split_once", lambda r, rng: (r, r[800:]), "200 of 200 validation rows"),
    ("split_once", lossy, "of 1000 rows are in neither table"),
    ("split_once", with_replacement, "a row occurs twice"),
    ("split_once", twice_in_valid, "a row occurs twice"),
    ("split_once", lambda r, rng: split(r, rng)[::-1], "rows in train; expected ~800"),
    ("split_once", lambda r, rng: (r, r[:0]), "1000 of 1000 rows in train"),
    ("ours_is_better", better_than(lambda e: np.mean(e**2)), "the MSE 0.81"),
    ("ours_is_better", better_than(lambda e: np.mean(np.abs(e))), "RMSE is 1.0"),
    ("ours_is_better", better_than(lambda e: np.abs(np.mean(e))), "RMSE is 1.0"),
    ("ours_is_better", better_than(lambda e: -np.sqrt(np.mean(e**2))), "stars off"),
    ("ours_is_better", better_than(np.std), "stars off"),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) < theirs**2, "stars off"),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) > theirs, "stars off"),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) ** 0.5 < theirs, "stars off"),
    ("shuffled", replaced_seed, "np.random.seed is no function any more"),
    ("shuffled", unseeded, r"the same seed gave \[\d+, .* and then \[\d+, "),
    ("shuffled", lambda n, seed: shuffled(n, 0), "another seed, the same order"),
    ("shuffled", lambda n, seed: range(n), "another seed, the same order"),
    ("shuffled", lambda n, seed: shuffled(n - 1, seed), "is no order of 0 … 19"),
    (
        "shuffled",
        lambda n, seed: np.random.default_rng(seed).integers(0, n, n),
        "is no order of 0 … 19",
    ),
]


def check_of(name):
    return getattr(bug_hunt, f"check_{name}")


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_mended_function_is_accepted(name, answer, capsys):
    check_of(name)(answer)
    assert capsys.readouterr().out == f"{name}: correct.\n"


@pytest.mark.parametrize(("name", "answer", "message"), WRONG)
def test_a_bug_is_exposed(name, answer, message, capsys):
    with pytest.raises(AssertionError, match=message):
        check_of(name)(answer)
    assert capsys.readouterr().out == ""


def test_every_check_is_tested():
    names = {name.removeprefix("check_") for name in dir(bug_hunt) if "check_" in name}
    assert names == {name for name, _ in RIGHT} == {name for name, *_ in WRONG}


def test_the_seed_is_a_function_again_after_the_check():
    before = np.random.seed
    with pytest.raises(AssertionError, match="no function"):
        bug_hunt.check_shuffled(replaced_seed)
    assert np.random.seed is before
    bug_hunt.check_shuffled(shuffled_in_the_old_way)


def test_numbers_are_shown_as_a_reader_writes_them():
    with pytest.raises(AssertionError) as error:
        bug_hunt.check_shuffled(unseeded)
    assert "np.int64" not in str(error.value)


def test_an_answer_that_changes_its_input_is_judged_by_what_it_returns():
    def in_place(raw):
        raw[raw > 5] = 5
        raw[raw < 0.5] = 0.5
        return raw

    bug_hunt.check_to_stars(in_place)

    def vandal(table, movie_ids, known_ids):
        answer = rows_by_position(table, movie_ids, known_ids)
        table[:] = 0
        known_ids.clear()
        return answer

    bug_hunt.check_movie_rows(vandal)


def test_a_seed_function_that_was_lost_before_the_check_is_noticed(monkeypatch):
    monkeypatch.setattr(np.random, "seed", 42)
    with pytest.raises(AssertionError, match="restart the kernel"):
        bug_hunt.check_shuffled(shuffled_in_the_old_way)
