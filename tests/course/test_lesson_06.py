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


# 3. Eighty and twenty ----------------------------------------------------------------


def split(ratings, rng):
    mask = rng.random(len(ratings)) < 0.8
    return ratings[mask], ratings[~mask]


def split_by_sampling(ratings, rng):
    train = ratings.sample(frac=0.8, random_state=rng)
    return train, ratings.drop(train.index)


def split_by_order(ratings, rng):
    order = rng.permutation(len(ratings))
    parts = [ratings.iloc[order[:800]], ratings.iloc[order[800:]]]
    return [part.reset_index(drop=True) for part in parts]


def two_draws(ratings, rng):
    n = len(ratings)
    return ratings[rng.random(n) < 0.8], ratings[rng.random(n) < 0.2]


def lossy(ratings, rng):
    mask = rng.random(len(ratings))
    return ratings[mask < 0.8], ratings[mask > 0.9]


def with_replacement(ratings, rng):
    train = ratings.iloc[rng.integers(0, len(ratings), 800)]
    return train, ratings.drop(train.index)


def twice_in_valid(ratings, rng):
    train, valid = split(ratings, rng)
    return train, pd.concat([valid, valid])


def from_a_random_place_on(ratings, rng):
    start = rng.integers(0, 200)
    train = ratings[start : start + 800]
    return train, ratings.drop(train.index)


def without_rng(ratings, rng):
    return split(ratings, np.random.default_rng())


def from_the_global_generator(ratings, rng):
    mask = np.random.rand(len(ratings)) < 0.8  # noqa: NPY002
    return ratings[mask], ratings[~mask]


def by_labels(ratings, rng):
    order = rng.permutation(len(ratings))
    return ratings.loc[order[:800]], ratings.loc[order[800:]]


def only_the_first_is_right(ratings, rng):
    train, valid = split(ratings, rng)
    return (train, valid) if len(train) == 798 else (train, train)


def whole_users(ratings, rng):
    users = rng.permutation(ratings["userId"].unique())[:16]
    in_train = ratings["userId"].isin(users)
    return ratings[in_train], ratings[~in_train]


def changed(ratings, rng):
    train, valid = split(ratings, rng)
    return train, valid.assign(rating=valid["rating"].to_numpy()[::-1])


# 4. The winner -----------------------------------------------------------------------


def rmse(actual, predicted):
    return np.sqrt(np.mean((actual - predicted) ** 2))


def better_than(measure):
    return lambda actual, predicted, theirs: measure(actual - predicted) < theirs


# 5. The same every time --------------------------------------------------------------


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


# 6. Too good to be true --------------------------------------------------------------


def movie_means(train, fold):
    feature = pd.Series(np.nan, index=train.index)
    for k in np.unique(fold):
        others = train[fold != k]
        means = others.groupby("movieId")["rating"].mean()
        found = train["movieId"][fold == k].map(means)
        feature[fold == k] = found.fillna(others["rating"].mean())
    return feature


def means_in_a_loop(train, fold):
    feature = []
    for k, movie in zip(fold, train["movieId"], strict=True):
        others = train[fold != k]
        same = others[others["movieId"] == movie]
        feature.append((same if len(same) else others)["rating"].mean())
    return feature


def means_in_parts(train, fold):
    parts = []
    for k in np.unique(fold):
        others, here = train[fold != k], train[fold == k]
        means = others.groupby("movieId")["rating"].mean()
        parts.append(here["movieId"].map(means).fillna(others["rating"].mean()))
    return pd.concat(parts)


def means_of_sums(train, fold):
    """All minus those of the fold."""
    train = train.assign(fold=fold)
    total = train.groupby("movieId")["rating"].transform("sum")
    n = train.groupby("movieId")["rating"].transform("size")
    inside = train.groupby(["movieId", "fold"])["rating"].transform("sum")
    m = train.groupby(["movieId", "fold"])["rating"].transform("size")
    rest, k = train["rating"].sum(), len(train)
    of_fold = train.groupby("fold")["rating"].transform("sum")
    size = train.groupby("fold")["rating"].transform("size")
    return ((total - inside) / (n - m)).fillna((rest - of_fold) / (k - size)).to_numpy()


def the_bug(train, fold):
    feature = pd.Series(np.nan, index=train.index)
    for k in np.unique(fold):
        here = fold == k
        means = train[here].groupby("movieId")["rating"].mean()
        feature[here] = train["movieId"][here].map(means)
    return feature.fillna(train["rating"].mean())


def of_all(train, fold):
    return train.groupby("movieId")["rating"].transform("mean")


def without_itself(train, fold):
    by_movie = train.groupby("movieId")["rating"]
    n = by_movie.transform("size")
    alone = (train["rating"].sum() - train["rating"]) / (len(train) - 1)
    total = by_movie.transform("sum")
    return ((total - train["rating"]) / (n - 1)).where(n > 1, alone)


def filled(value):
    def means(train, fold):
        feature = pd.Series(np.nan, index=train.index)
        for k in np.unique(fold):
            by_movie = train[fold != k].groupby("movieId")["rating"].mean()
            feature[fold == k] = train["movieId"][fold == k].map(by_movie)
        return feature.fillna(value(train))

    return means


def in_the_order_of_folds(train, fold):
    return means_in_parts(train, fold).to_numpy()


def one_fold_back(train, fold):
    feature = pd.Series(3.0, index=train.index)
    for k in np.unique(fold):
        means = train[fold == (k + 1) % 3].groupby("movieId")["rating"].mean()
        feature[fold == k] = train["movieId"][fold == k].map(means)
    return feature.fillna(3.0)


def means_by_label(train, fold):
    return pd.Series([of_all(train, fold)[k] for k in range(len(train))])


def with_other_labels(train, fold):
    feature = pd.Series(np.nan, index=range(len(train)))
    feature[fold >= 0] = movie_means(train, fold)
    return feature


def with_users(train, fold):
    return movie_means(train.assign(movieId=train["userId"]), fold)


def by_index_of_fold(train, fold):
    return movie_means(train, pd.Series(fold))


RIGHT = [
    ("to_stars", lambda raw: np.clip(raw, 0.5, 5)),
    ("to_stars", lambda raw: [min(max(x, 0.5), 5.0) for x in raw]),
    ("to_stars", lambda raw: np.minimum(np.maximum(raw, 0.5), 5)),
    ("to_stars", in_place),
    ("movie_rows", rows_by_position),
    ("movie_rows", lambda t, m, known: [t[list(known).index(x)] for x in m]),
    ("movie_rows", lambda t, m, known: pd.DataFrame(t, index=known).loc[m]),
    ("movie_rows", vandal),
    ("split_once", split),
    ("split_once", split_by_sampling),
    ("split_once", split_by_order),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) < theirs),
    ("ours_is_better", lambda a, p, theirs: np.mean((a - p) ** 2) < theirs**2),
    ("ours_is_better", lambda a, p, theirs: bool(theirs > rmse(a, p))),
    ("shuffled", shuffled),
    ("shuffled", shuffled_in_the_old_way),
    ("shuffled", shuffled_by_python),
    ("movie_means", movie_means),
    ("movie_means", means_in_a_loop),
    ("movie_means", means_in_parts),
    ("movie_means", means_of_sums),
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
    ("split_once", two_draws, "validation rows are training rows as well"),
    ("split_once", lambda r, rng: (r, r[800:]), "200 of 200 validation rows"),
    (
        "split_once",
        lambda r, rng: split(r, rng)[::-1],
        "are in the first table; expected",
    ),
    ("split_once", lossy, "116 of 1000 rows are in neither table"),
    ("split_once", with_replacement, "rows occur twice in one table"),
    ("split_once", twice_in_valid, "rows occur twice in one table"),
    (
        "split_once",
        lambda r, rng: (r, r[:0]),
        "1000 of 1000 rows are in the first table",
    ),
    ("split_once", lambda r, rng: (r[:800], r[800:]), "as if `ratings` were cut in"),
    ("split_once", lambda r, rng: (r[200:], r[:200]), "draws each row by itself"),
    ("split_once", from_a_random_place_on, "Some users have all their rows in one"),
    ("split_once", whole_users, "or users were drawn: a random split draws each row"),
    (
        "split_once",
        lambda r, rng: (r[m := rng.random(len(r)) < 0.8], r[not m]),
        "`~mask` turns it round, `not mask` does not",
    ),
    (
        "split_once",
        lambda r, rng: (r[m := rng.random() < 0.8], r[not m]),
        "a mask with one True or False for each row",
    ),
    (
        "split_once",
        lambda r, rng: (r[np.arange(1000) % 5 > 0], r[::5]),
        "different seeds gave the same split",
    ),
    ("split_once", lambda r, rng: split_by_sampling(r, 42), "does not draw from `rng`"),
    ("split_once", without_rng, "two different splits: draw from `rng` alone"),
    ("split_once", from_the_global_generator, "draw from `rng` alone"),
    ("split_once", by_labels, "rows have labels, which are not their positions"),
    (
        "split_once",
        lambda r, rng: (r[rng.random(800) < 0.8], r),
        "a mask has one True or False for each row of the table",
    ),
    (
        "split_once",
        lambda r, rng: split(r, rng)[0],
        "expected two things: train and val",
    ),
    ("split_once", lambda r, rng: [x.index for x in split(r, rng)], "train is"),
    (
        "split_once",
        lambda r, rng: [x["rating"] for x in split(r, rng)],
        "(Series); expe",
    ),
    (
        "split_once",
        lambda r, rng: [x[["rating"]] for x in split(r, rng)],
        "all their co",
    ),
    ("split_once", only_the_first_is_right, "are training rows as well"),
    ("split_once", changed, "The rows themselves were changed"),
    (
        "split_once",
        lambda r, rng: (r[(u := rng.random(len(r))) < 0.7], r[u >= 0.7]),
        "expected about 800",
    ),
    (
        "split_once",
        lambda r, rng: (r[(u := rng.random(len(r))) < 0.9], r[u >= 0.9]),
        "expected about 800",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.mean(e**2)),
        "the MSE is 0.81 stars², the RMSE 0.90 stars and the mean absolute error 0.90; "
        "against an RMSE of 0.85 you said True",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.mean(np.abs(e))),
        "the RMSE 1.00 stars",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.abs(np.mean(e))),
        "the RMSE 1.00 stars",
    ),
    ("ours_is_better", better_than(lambda e: -np.sqrt(np.mean(e**2))), "you said True"),
    ("ours_is_better", better_than(np.std), "you said True"),
    (
        "ours_is_better",
        better_than(lambda e: min(np.sqrt(np.mean(e**2)), 1)),
        "Errors of [1.3, 1.3, 1.3, 1.3] stars",
    ),
    (
        "ours_is_better",
        better_than(lambda e: np.sqrt(np.mean(np.minimum(e, 0) ** 2))),
        "Errors of [1.0, -1.0, 1.0, -1.0] stars",
    ),
    ("ours_is_better", better_than(lambda e: np.abs(e).max()), "you said False"),
    ("ours_is_better", better_than(lambda e: np.median(np.abs(e))), "you said True"),
    ("ours_is_better", better_than(lambda e: np.sqrt(np.sum(e**2))), "you said False"),
    (
        "ours_is_better",
        better_than(lambda e: np.sqrt(np.mean(e) ** 2)),
        "you said True",
    ),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) < theirs**2, "you said False"),
    ("ours_is_better", lambda a, p, theirs: rmse(a, p) > theirs, "you said True"),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) ** 0.5 < theirs,
        "you said False",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) < 0.85,
        "RMSE of 1.3 you said F",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: rmse(a, p) <= min(theirs, 1),
        "1.3 you said F",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: theirs - rmse(a, p),
        "expected True or False",
    ),
    (
        "ours_is_better",
        lambda a, p, theirs: abs(a - p) < theirs,
        "one for all predictions",
    ),
    ("ours_is_better", lambda a, p, theirs: "yes", "gave 'yes' (str); expected True"),
    ("ours_is_better", lambda a, p, theirs: False, "you said False"),
    (
        "ours_is_better",
        better_than(lambda e: np.sqrt(np.mean(np.maximum(e, 0) ** 2))),
        "against an RMSE of 0.85 you said True",
    ),
    ("ours_is_better", lambda a, p, theirs: a.error < theirs, "are arrays"),
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
        "movie_means",
        the_bug,
        "The row of user 7 and movie 50: if its rating were 1.5 in",
    ),
    (
        "shuffled",
        lambda n, seed: np.random.default_rng.permutation(n),
        "makes a generator, and the generator has the methods",
    ),
    ("movie_means", the_bug, "1.50 instead of 4.00. So the feature knows the answer"),
    ("movie_means", of_all, "its feature would be 3.17 instead of 4.00"),
    (
        "movie_means",
        without_itself,
        "got 2.50; expected 3.25: its movie's mean over the folds other than 0",
    ),
    ("movie_means", filled(lambda train: train["rating"].mean()), "knows the answer"),
    (
        "movie_means",
        filled(lambda train: np.nan),
        "; for a movie without a rating in the ot",
    ),
    ("movie_means", filled(lambda train: 0.0), "so the mean of all ratings there"),
    ("movie_means", filled(lambda train: 3.5), "movie 90 in fold 1 got 3.50; expected"),
    ("movie_means", in_the_order_of_folds, "beside its own row of `train`, not in the"),
    (
        "movie_means",
        with_other_labels,
        "gave nothing but nan: was a Series with labels",
    ),
    ("movie_means", lambda t, fold: np.full(10, np.nan), "without a rating in the oth"),
    ("movie_means", one_fold_back, "its movie's mean over the folds other than 2"),
    ("movie_means", with_users, "The row of movie 50 in fold 2 got"),
    ("movie_means", means_by_label, "stopped with KeyError: 0"),
    ("movie_means", means_by_label, "`fold` is an array and goes by position"),
    ("movie_means", lambda t, fold: movie_means(t, fold).round(1), "movie 20 in fold"),
    (
        "movie_means",
        lambda t, fold: movie_means(t, fold)[:4],
        "of shape (4,); expected a n",
    ),
    (
        "movie_means",
        lambda t, fold: movie_means(t, fold).to_frame(),
        "of shape (10, 1)",
    ),
    ("movie_means", lambda t, fold: t[fold].mean(), "stopped with KeyError"),
    (
        "movie_means",
        lambda t, fold: pd.concat([movie_means(t, fold)] * 2),
        "gave 20 numbers for 10 rows: there are several for one row",
    ),
    (
        "movie_means",
        lambda t, fold: t[fold[:5] == 1],
        "one number for each row of `train`",
    ),
    ("movie_means", lambda t, fold: np.zeros(10), "got 0.00; expected 4.00"),
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
