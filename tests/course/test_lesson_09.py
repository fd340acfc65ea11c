"""Lesson 09's checks accept right answers of any style and say why one is wrong."""

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_09 as checks  # noqa: F401
from collab.intervals import paired_interval


def lead(first, second):
    gaps = first - second
    return gaps.mean(), 1.96 * gaps.std() / len(gaps) ** 0.5


def lead_in_a_loop(first, second):
    gaps = [first[user] - second[user] for user in first.index]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1)
    return [mean, 1.96 * (variance / len(gaps)) ** 0.5]


def half_width(make):
    return lambda a, b: (lead(a, b)[0], make(a - b, a, b))


def choose(trials):
    best = trials.loc[trials.groupby("recommender")["inner"].idxmax()]
    tried = trials.groupby("recommender")["value"]
    best = best.set_index("recommender")["value"]
    return best[(best > tried.min()) & (best < tried.max())].to_dict()


def choose_in_a_loop(trials):
    found = {}
    for name, own in trials.groupby("recommender"):
        values = own.sort_values("value")["value"].tolist()
        value = own["value"].iloc[own["inner"].argmax()]
        if value not in (values[0], values[-1]):
            found[name] = value
    return found


def best_by(trials, column):
    best = trials.loc[trials.groupby("recommender")[column].idxmax()]
    return best.set_index("recommender")["value"].to_dict()


def hits(lists, stars, least=4):
    """Of each user: how many liked movies are on the list, and how many there are."""
    liked = {u: {m for m in stars[u] if stars[u][m] >= least} for u in lists}
    return [(len({*lists[u]} & liked[u]), len(liked[u])) for u in lists]


def found_liked(lists, stars, least=4):
    return np.mean([n > 0 for n, of in hits(lists, stars, least) if of])


def found_in_a_loop(lists, stars):
    n = hits = 0
    for user in lists:
        good = [movie for movie, given in stars[user].items() if given >= 4]
        if good:
            n += 1
            hits += any(movie in good for movie in lists[user])
    return hits / n


RIGHT = {
    "lead": [lead, lead_in_a_loop, paired_interval],
    "choose": [choose, choose_in_a_loop, lambda trials: pd.Series(choose(trials))],
    "found_liked": [found_liked, found_in_a_loop],
}

WRONG = {
    "lead": {
        "it is first - second": lambda a, b: lead(b, a),
        "two groups of other users": half_width(
            lambda d, a, b: 1.96 * ((a.var() + b.var()) / len(d)) ** 0.5
        ),
        "match the users by id": lambda a, b: lead(a, pd.Series(b.to_numpy(), a.index)),
        "divide by n - 1": half_width(
            lambda d, a, b: 1.96 * np.std(d.to_numpy()) / len(d) ** 0.5
        ),
        "that is for one user": [
            half_width(lambda d, a, b: d.std()),
            half_width(lambda d, a, b: 1.96 * d.std()),
        ],
        "1.96 standard errors": half_width(lambda d, a, b: d.sem()),
        "1.96 · standard deviation / √n of the gaps": half_width(
            lambda d, a, b: 1.96 * d.std() / len(d)
        ),
        "the mean over the users": lambda a, b: (abs(lead(a, b)[0]), lead(a, b)[1]),
        "expected two things": lambda a, b: lead(a, b)[0],
    },
    "choose": {
        "edge of its grid": lambda trials: best_by(trials, "inner"),
        "choose by `inner`": [
            lambda trials: best_by(trials, "test"),
            lambda trials: choose(trials.assign(inner=trials["test"])),
        ],
        "not its nDCG": lambda trials: (
            trials.groupby("recommender")["inner"].max().to_dict()
        ),
        "expected {'": [
            lambda trials: {},
            lambda trials: choose(trials[:6]),
        ],
        "expected a dictionary": lambda trials: list(choose(trials).values()),
        "the columns are recommender": lambda trials: trials.groupby("name"),
    },
    "found_liked": {
        "who liked nothing cannot be served": lambda *given: np.mean(
            [n > 0 for n, _ in hits(*given)]
        ),
        "only 4 stars or more count": [
            lambda *given: found_liked(*given, least=0),
            lambda *given: (
                sum(n > 0 for n, _ in hits(*given, least=0))
                / sum(of > 0 for _, of in hits(*given))
            ),
        ],
        "4 stars are enough": lambda *given: found_liked(*given, least=4.5),
        "the mean recall": lambda *given: np.mean(
            [n / of for n, of in hits(*given) if of]
        ),
        "3 of the 5 users who liked a movie had one listed": [
            lambda *given: np.divide(*np.sum(hits(*given), axis=0)),
            lambda *given: 1 - found_liked(*given),
        ],
        "Hint: ": lambda of, stars: found_liked([*of], stars),
    },
}
