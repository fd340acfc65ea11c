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


RIGHT = {
    "best_unseen": [best_unseen, best_unseen_in_a_loop, best_unseen_by_a_mask],
    "fill_holes": [
        lambda actual, predicted: actual.fillna(predicted),
        lambda actual, predicted: actual.where(actual.notna(), predicted),
        fill_in_a_loop,
    ],
    "ridge": [ridge, ridge_by_more_rows, ridge_the_other_way],
}

WRONG = {
    "best_unseen": {
        "the best of all, seen or not": lambda s, seen, n: list(ordered(s).index[:n]),
        "`seen` may hold movies that have no score, and `drop` stops there unless it "
        'is told errors="ignore"': lambda s, seen, n: (
            ordered(s.drop(seen)).index[:n].tolist()
        ),
        "the 2 highest scores first": lambda s, seen, n: best_unseen(s, seen, n)[::-1],
        "70: 4.5, 50: 4.1}, [90], 3) gave [60, 20, 70]; expected [20, 60, 70]": (
            lambda s, seen, n: s.drop(seen, errors="ignore").nlargest(n).index.tolist()
        ),
        "(sixty scores, many of them equal, [6, 9], 25)": lambda s, seen, n: (
            ordered(s.drop(seen, errors="ignore"), "quicksort").index[:n].tolist()
        ),
        "leave out the seen first, then take 2": lambda s, seen, n: [
            x for x in ordered(s).index[:n] if x not in seen
        ],
        "[20, 60, 70, 90], 3) gave [50, 0, 0]; expected [50]": lambda s, seen, n: (
            best_unseen(s, seen, n) + [0] * n
        )[:n],
        "expected a list": lambda s, seen, n: np.array(best_unseen(s, seen, n)),
        "these are the scores; return the ids. Expected [60, 70]": lambda s, seen, n: s[
            best_unseen(s, seen, n)
        ].tolist(),
        "`scores` a Series by id": lambda s, seen, n: s.difference(seen),
        "`seen` is a list of ids": lambda s, seen, n: s - set(seen),
    },
    "fill_holes": {
        "the users and movies of `actual` in its order, no others": [
            lambda a, p: p,
            lambda a, p: a.fillna(p).sort_index(),
            lambda a, p: a.fillna(p).sort_index(axis="columns"),
        ],
        "4, 1 and 2.5, must stay": lambda a, p: p.loc[a.index, a.columns],
        "There is still a hole": lambda a, p: a,
        "User 7 and movie 20 need 4.1, user 3 needs 3.4 for movie 50 and 3.3": (
            lambda a, p: a.fillna(0)
        ),
        "by their ids, not by their places": fill_by_place,
        "`predicted` has more rows and columns, in another order": lambda a, p: a.where(
            a.notna(), p.to_numpy()
        ),
        "(ndarray); expected a DataFrame": lambda a, p: a.fillna(p).to_numpy(),
        "Expected a table, of numbers": lambda a, p: a.fillna(p).astype(str),
        "every movie of `actual`, by its id": lambda a, p: p[a.index],
    },
    "ridge": {
        "is the solution without damping": lambda X, y, d: ridge(X, y, 0),
        "the damping belongs on the diagonal alone": lambda X, y, d: np.linalg.solve(
            X.T @ X + d, X.T @ y
        ),
        "added, not subtracted": lambda X, y, d: ridge(X, y, -d),
        "not its square": lambda X, y, d: ridge(X, y, d**2),
        "not times the number of rows": lambda X, y, d: ridge(X, y, len(X) * d),
        "1.0, 1.0], 2.0) gave [0.75]; expected [0.6]: at the smallest, the slope": (
            lambda X, y, d: ridge(X, y, d / 2)
        ),
        "[3.0, 1.0]], [1.0, 0.0, 2.0], 0.1) gave": lambda X, y, d: ridge(
            X, y, max(d, 1)
        ),
        "ridge([[1.0, 2.0, -1.0]], [2.0], 1.0) gave": lambda X, y, d: ridge(
            X, y, d if len(X) > 1 else 0.5
        ),
        "a row and a column for each *column* of X, and so has the damping": (
            lambda X, y, d: np.linalg.solve(X.T @ X + d * np.eye(len(X)), X.T @ y)
        ),
        "beside it stands Xᵀ y": lambda X, y, d: np.linalg.solve(
            X.T @ X + d * np.eye(X.shape[1]), X @ y
        ),
        "of shape (2,); expected w, a number for each column": lambda X, y, d: ridge(
            np.column_stack([np.ones(len(X)), X]), y, d
        ),
        "there is always one solution, even with fewer rows than columns": (
            lambda X, y, d: np.linalg.inv(np.zeros((2, 2)))
        ),
    },
}
