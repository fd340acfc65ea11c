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


def liked(stars, least=4):
    return {u: {m for m in stars[u] if stars[u][m] >= least} for u in stars}


def found_liked(lists, stars, least=4):
    likes = {u: movies for u, movies in liked(stars, least).items() if movies}
    return np.mean([bool({*lists[u]} & likes[u]) for u in likes])


def found_in_a_loop(lists, stars):
    n = hits = 0
    for user in lists:
        good = [movie for movie, given in stars[user].items() if given >= 4]
        if good:
            n += 1
            hits += any(movie in good for movie in lists[user])
    return hits / n


RIGHT = {
    "lead": [
        lead,
        lead_in_a_loop,
        lambda a, b: paired_interval(a, b),
    ],
    "choose": [
        choose,
        choose_in_a_loop,
        lambda trials: pd.Series(choose(trials)),
    ],
    "found_liked": [found_liked, found_in_a_loop],
}

WRONG = {
    "lead": {
        "it is first - second": lambda a, b: lead(b, a),
        "two groups of other users": half_width(
            lambda d, a, b: 1.96 * ((a.var() + b.var()) / len(d)) ** 0.5
        ),
        "match the users by id": lambda a, b: lead(a, pd.Series(b.to_numpy(), a.index)),
        "with n - 1": half_width(
            lambda d, a, b: 1.96 * np.std(d.to_numpy()) / len(d) ** 0.5
        ),
        "standard deviation of one user": half_width(lambda d, a, b: d.std()),
        "that is for one user": half_width(lambda d, a, b: 1.96 * d.std()),
        "1.96 standard errors": half_width(lambda d, a, b: d.sem()),
        "not the whole": half_width(lambda d, a, b: 1.96 * d.sem() * 2),
        "divide by √n": half_width(lambda d, a, b: 1.96 * d.std() / len(d)),
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
            lambda trials: trials.groupby("recommender")["value"].median().to_dict(),
            lambda trials: {},
            lambda trials: choose(trials[:6]),
        ],
        "expected a dictionary": lambda trials: list(choose(trials).values()),
        "the columns are recommender": lambda trials: trials.groupby("name"),
    },
    "found_liked": {
        "who liked nothing cannot be served": lambda of, stars: np.mean(
            [bool({*of[u]} & liked(stars)[u]) for u in of]
        ),
        "only 4 stars or more count": lambda of, stars: np.mean(
            [bool({*of[u]} & {*stars[u]}) for u in of]
        ),
        "4 stars or more": lambda of, stars: found_liked(of, stars, 0),
        "4 stars are enough": lambda of, stars: found_liked(of, stars, 4.5),
        "the mean recall": lambda of, stars: np.mean(
            [
                len({*of[u]} & movies) / len(movies)
                for u, movies in liked(stars).items()
                if movies
            ]
        ),
        "users weigh alike": lambda of, stars: (
            sum(len({*of[u]} & movies) for u, movies in liked(stars).items())
            / sum(map(len, liked(stars).values()))
        ),
        "a percentage": lambda of, stars: 100 * found_liked(of, stars),
        "found_liked(": lambda of, stars: 1 - found_liked(of, stars),
        "not a number of them": lambda of, stars: sum(
            bool({*of[u]} & liked(stars)[u]) for u in of
        ),
        "Hint: ": lambda of, stars: found_liked([*of], stars),
    },
}
