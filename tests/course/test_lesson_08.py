"""Lesson 08's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_08 as checks  # noqa: F401


def ordered(scores, kind="stable"):
    return scores.sort_index().sort_values(ascending=False, kind=kind)


def best_unseen(scores, seen, n):
    left = scores.drop(list(seen), errors="ignore")
    return ordered(left).index[:n].tolist()


def best_unseen_in_a_loop(scores, seen, n):
    order = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [movie for movie, _ in order if movie not in seen][:n]


def best_unseen_by_a_mask(scores, seen, n):
    return list(scores[~scores.index.isin(seen)].sort_index().nlargest(n).index)


def fill_in_a_loop(actual, predicted):
    table = actual.copy()
    for user in actual.index:
        for movie in actual.columns:
            if pd.isna(actual.loc[user, movie]):
                table.loc[user, movie] = predicted.loc[user, movie]
    return table


def fill_by_place(actual, predicted):
    places = predicted.to_numpy()[: len(actual), : actual.shape[1]]
    return actual.where(actual.notna(), places)


def ridge(X, y, damping):
    return np.linalg.solve(X.T @ X + damping * np.eye(X.shape[1]), X.T @ y)


def ridge_by_more_rows(X, y, damping):
    n = X.shape[1]
    more = np.vstack([X, np.sqrt(damping) * np.eye(n)])
    return np.linalg.lstsq(more, np.append(y, np.zeros(n)))[0]


def ridge_the_other_way(X, y, damping):
    """The dual: as many unknowns as rows."""
    return X.T @ np.linalg.solve(X @ X.T + damping * np.eye(len(X)), y)


def ridge_by_qr(X, y, damping):
    r = np.linalg.qr(X)[1]
    return np.linalg.solve(r.T @ r + damping * np.eye(len(r)), X.T @ y)


def ridge_with_intercept(X, y, damping):
    return ridge(np.column_stack([np.ones(len(X)), X]), y, damping)


RIGHT = [
    ("best_unseen", best_unseen),
    ("best_unseen", best_unseen_in_a_loop),
    ("best_unseen", best_unseen_by_a_mask),
    ("fill_holes", lambda actual, predicted: actual.fillna(predicted)),
    ("fill_holes", lambda actual, predicted: actual.where(actual.notna(), predicted)),
    ("fill_holes", fill_in_a_loop),
    ("ridge", ridge),
    ("ridge", ridge_by_more_rows),
    ("ridge", ridge_the_other_way),
    (
        "ridge",
        lambda X, y, d: np.linalg.inv(X.T @ X + np.diag([d] * len(X.T))) @ X.T @ y,
    ),
]

WRONG = [
    ("best_unseen", lambda s, seen, n: list(s.nlargest(n).index), "none of the seen"),
    ("best_unseen", lambda s, seen, n: seen[:n] or [20, 60, 70], "none of the seen"),
    (
        "best_unseen",
        lambda s, seen, n: ordered(s.drop(seen)).index[:n].tolist(),
        "KeyErr",
    ),
    (
        "best_unseen",
        lambda s, seen, n: ordered(s.drop(seen)).index[:n].tolist(),
        "`seen` may hold movies that have no score, and `drop` stops there unless it "
        'is told errors="ignore"',
    ),
    ("best_unseen", lambda s, seen, n: best_unseen(s, seen, n)[::-1], "highest scores"),
    (
        "best_unseen",
        lambda s, seen, n: s.drop(seen, errors="ignore").index[:n].tolist(),
        "the highest scores first",
    ),
    (
        "best_unseen",
        lambda s, seen, n: s.drop(seen, errors="ignore").nlargest(n).index.tolist(),
        "90: 3.0, 70: 4.5, 50: 4.1}, [90], 3) gave [60, 20, 70]; expected "
        "[20, 60, 70]: equal scores go by id, the smaller first, whatever the order",
    ),
    (
        "best_unseen",
        lambda s, seen, n: (
            ordered(s.drop(seen, errors="ignore"), "quicksort").index[:n].tolist()
        ),
        "best_unseen(sixty scores, many of them equal, [6, 9], 25)",
    ),
    (
        "best_unseen",
        lambda s, seen, n: [
            k
            for _, k in sorted(zip(s, s.index, strict=True), reverse=True)
            if k not in seen
        ][:n],
        "equal scores go by id",
    ),
    (
        "best_unseen",
        lambda s, seen, n: sorted(best_unseen(s, seen, n)),
        "highest scores first",
    ),
    (
        "best_unseen",
        lambda s, seen, n: [x for x in ordered(s).index[:n] if x not in seen],
        "leave out the seen first, then take 2",
    ),
    ("best_unseen", lambda s, seen, n: best_unseen(s, seen, n + 1), "expected 2 ids"),
    ("best_unseen", lambda s, seen, n: best_unseen(s, seen, 2), "expected 4 ids"),
    (
        "best_unseen",
        lambda s, seen, n: (best_unseen(s, seen, n) + [0] * n)[:n],
        "expected 1 ids, [50]: as many as are asked for, or as there are",
    ),
    (
        "best_unseen",
        lambda s, seen, n: pd.Index(best_unseen(s, seen, n)),
        "(Index); exp",
    ),
    (
        "best_unseen",
        lambda s, seen, n: np.array(best_unseen(s, seen, n)),
        "expected a lis",
    ),
    (
        "best_unseen",
        lambda s, seen, n: s[best_unseen(s, seen, n)],
        "(Series); expected a",
    ),
    (
        "best_unseen",
        lambda s, seen, n: s[best_unseen(s, seen, n)].tolist(),
        "these are the scores; expected the ids, [60, 70]",
    ),
    (
        "best_unseen",
        lambda s, seen, n: set(best_unseen(s, seen, n)),
        "(set); expected a",
    ),
    (
        "best_unseen",
        lambda s, seen, n: [str(x) for x in best_unseen(s, seen, n)],
        "gave ['60', '70']; expected [60, 70]",
    ),
    ("best_unseen", lambda s, seen, n: s.difference(seen), "`scores` a Series by id"),
    ("best_unseen", lambda s, seen, n: s - set(seen), "`seen` is a list of ids"),
    ("fill_holes", lambda a, p: p, "the users and movies of `actual` in its order"),
    ("fill_holes", lambda a, p: a.combine_first(p), "in its order, no others"),
    ("fill_holes", lambda a, p: a.fillna(p).sort_index(), "in its order, no others"),
    (
        "fill_holes",
        lambda a, p: a.fillna(p).sort_index(axis="columns"),
        "in its order, no others",
    ),
    ("fill_holes", lambda a, p: p.loc[a.index, a.columns], "4, 1 and 2.5, must stay"),
    ("fill_holes", lambda a, p: p.loc[a.index, a.columns].fillna(a), "must stay as"),
    (
        "fill_holes",
        lambda a, p: (a.fillna(p) + p).loc[a.index, a.columns] / 2,
        "stay as",
    ),
    ("fill_holes", lambda a, p: a.fillna(p).round(), "must stay as they are"),
    ("fill_holes", lambda a, p: a.fillna(p).clip(upper=3.9), "must stay as they are"),
    ("fill_holes", lambda a, p: a, "There is still a hole"),
    ("fill_holes", lambda a, p: a.dropna(), "in its order, no others"),
    ("fill_holes", lambda a, p: a.fillna(0), "User 7 and movie 20 need 4.1"),
    ("fill_holes", lambda a, p: a.fillna(a.mean()), "by their ids"),
    (
        "fill_holes",
        lambda a, p: a.fillna(p.to_numpy().mean()),
        "user 3 needs 3.4 for mo",
    ),
    ("fill_holes", lambda a, p: a.fillna(p.mean()), "movie 90: match users and movies"),
    ("fill_holes", fill_by_place, "by their ids, not by their places"),
    (
        "fill_holes",
        lambda a, p: a.where(a.notna(), p.to_numpy()),
        "`predicted` has more rows and columns, in another order",
    ),
    (
        "fill_holes",
        lambda a, p: a.fillna(p).to_numpy(),
        "(ndarray); expected a DataFrame",
    ),
    ("fill_holes", lambda a, p: a.fillna(p)[50], "(Series); expected a DataFrame"),
    ("fill_holes", lambda a, p: a.fillna(p).astype(str), "Expected a table of numbers"),
    ("fill_holes", lambda a, p: p[a.index], "every movie of `actual`, by its id"),
    ("fill_holes", lambda a, p: a.fillna(p.T), "There is still a hole"),
    (
        "ridge",
        lambda X, y, d: np.linalg.lstsq(X, y)[0],
        "is the solution without damping",
    ),
    ("ridge", lambda X, y, d: ridge(X, y, 0 * d), "is the solution without damping"),
    (
        "ridge",
        lambda X, y, d: np.linalg.solve(X.T @ X + d, X.T @ y),
        "the damping belongs on the diagonal alone",
    ),
    ("ridge", lambda X, y, d: ridge(X, y, -d), "added, not subtracted"),
    ("ridge", lambda X, y, d: ridge(X, y, d**2), "not its square"),
    ("ridge", lambda X, y, d: ridge(X, y, len(X) * d), "not times the number of rows"),
    ("ridge", lambda X, y, d: ridge(X, y, d / 2), "at the smallest it is 0"),
    ("ridge", lambda X, y, d: ridge(X, y, d**2 / 2), "], 0.5) gave"),
    ("ridge", lambda X, y, d: ridge(X, y, 2.0), "at the smallest it is 0"),
    ("ridge", lambda X, y, d: ridge(X, y, d if d < 3 else 0.5), "], 5.0) gave"),
    ("ridge", lambda X, y, d: ridge(X, y, d if d > 0.4 else 0.5), "], 0.1) gave"),
    (
        "ridge",
        lambda X, y, d: np.linalg.solve(X.T @ X + d * np.eye(len(X)), X.T @ y),
        "a row and a column for each *column* of X, and so has the damping",
    ),
    (
        "ridge",
        lambda X, y, d: np.linalg.solve(X.T @ X + d * np.eye(X.shape[1]), X @ y),
        "beside it stands Xᵀ y",
    ),
    ("ridge", ridge_by_qr, "X = [[1.0, 2.0, -1.0]], y = [2.0]: there the slope"),
    (
        "ridge",
        ridge_with_intercept,
        "of shape (2,); expected w, a number for each column",
    ),
    ("ridge", lambda X, y, d: ridge(X, y, d)[:1], "of shape (1,); expected w"),
    ("ridge", lambda X, y, d: ridge(X, y, d)[:, None], "of shape (1, 1); expected w"),
    ("ridge", lambda X, y, d: X @ ridge(X, y, d), "of shape (3,); expected w"),
    (
        "ridge",
        lambda X, y, d: X.T @ y / ((X**2).sum() + d),
        "the slope of |y - X w|² +",
    ),
    ("ridge", lambda X, y, d: ridge(X, y, d).sum(), "expected w"),
    (
        "ridge",
        lambda X, y, d: np.linalg.inv(np.zeros((2, 2))),
        "there is always one solution, even with fewer rows than columns",
    ),
    ("ridge", lambda X, y, d: ridge(X, y, d).round(2), "at the smallest it is 0"),
    (
        "ridge",
        lambda X, y, d: (ridge if len(X) > 1 else lambda X, y, d: X[0] * 0)(X, y, d),
        "gave [0.0, 0.0, 0.0] for X = [[1.0, 2.0, -1.0]]",
    ),
]
