"""Lesson 08's checks accept right answers of any style and say why one is wrong."""

import numpy as np
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


def fill_by_place(actual, predicted):
    places = predicted.to_numpy()[: len(actual), : actual.shape[1]]
    return actual.where(actual.notna(), places)


def ridge(X, y, damping):
    return np.linalg.solve(X.T @ X + damping * np.eye(X.shape[1]), X.T @ y)


def ridge_by_more_rows(X, y, damping):
    n = X.shape[1]
    more = np.vstack([X, np.sqrt(damping) * np.eye(n)])
    return np.linalg.lstsq(more, np.append(y, np.zeros(n)))[0]


RIGHT = {
    "best_unseen": [best_unseen, best_unseen_in_a_loop],
    "fill_holes": [
        lambda actual, predicted: actual.fillna(predicted),
        lambda actual, predicted: actual.where(actual.notna(), predicted),
    ],
    "ridge": [ridge, ridge_by_more_rows],
}

WRONG = {
    "best_unseen": {
        "the best of all, seen or not": lambda s, seen, n: list(ordered(s).index[:n]),
        "`seen` may hold movies that have no score, and `drop` stops there unless it "
        'is told errors="ignore"': lambda s, seen, n: (
            ordered(s.drop(seen)).index[:n].tolist()
        ),
        "the 2 highest scores first": lambda s, seen, n: best_unseen(s, seen, n)[::-1],
        "70: 4.5, 50: 4.1}), [90], 3) gave [60, 20, 70]; expected [20, 60, 70]": (
            lambda s, seen, n: s.drop(seen, errors="ignore").nlargest(n).index.tolist()
        ),
        "best_unseen(scores, [6, 9], 25) gave": lambda s, seen, n: (
            ordered(s.drop(seen, errors="ignore"), "quicksort").index[:n].tolist()
        ),
        "leave out the seen first, then take 2": lambda s, seen, n: [
            x for x in ordered(s).index[:n] if x not in seen
        ],
        "expected a list of ids": lambda s, seen, n: np.array(best_unseen(s, seen, n)),
        "these are the scores; return the ids. Expected [60, 70]": lambda s, seen, n: s[
            best_unseen(s, seen, n)
        ].tolist(),
    },
    "fill_holes": {
        "the users and movies of `actual` in its order, no others": [
            lambda a, p: p,
            lambda a, p: a.fillna(p).sort_index(),
            lambda a, p: a.fillna(p).sort_index(axis="columns"),
        ],
        "the stars that users gave stay; a hole": lambda a, p: p.loc[
            a.index, a.columns
        ],
        "There must be no nan": lambda a, p: a,
        "Expected [[4.0, 4.1, 1.0], [3.4, 2.5, 3.3]]: the stars": fill_by_place,
        "`predicted` has more rows and columns, in another order": lambda a, p: a.where(
            a.notna(), p.to_numpy()
        ),
        "(ndarray); expected a DataFrame": lambda a, p: a.fillna(p).to_numpy(),
    },
    "ridge": {
        "is the solution without damping": lambda X, y, d: ridge(X, y, 0),
        "the damping belongs on the diagonal alone": lambda X, y, d: np.linalg.solve(
            X.T @ X + d, X.T @ y
        ),
        "[0.62, 0.1475]: at the smallest, the slope": lambda X, y, d: ridge(
            X, y, d / 2
        ),
        "a row and a column for each *column* of X, and so has the damping": (
            lambda X, y, d: np.linalg.solve(X.T @ X + d * np.eye(len(X)), X.T @ y)
        ),
        "(3,); expected w, a number for each column of X": lambda X, y, d: ridge(
            np.column_stack([np.ones(len(X)), X]), y, d
        ),
    },
}
