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


RIGHT = [
    ("lead", lead),
    ("lead", lead_in_a_loop),
    ("lead", lambda a, b: paired_interval(a, b)),
    ("choose", choose),
    ("choose", choose_in_a_loop),
    ("choose", lambda trials: pd.Series(choose(trials))),
    ("found_liked", found_liked),
    ("found_liked", found_in_a_loop),
]

WRONG = [
    ("lead", lambda a, b: lead(b, a), "it is first - second"),
    (
        "lead",
        half_width(lambda d, a, b: 1.96 * ((a.var() + b.var()) / len(d)) ** 0.5),
        "two groups of other users",
    ),
    (
        "lead",
        lambda a, b: lead(a, pd.Series(b.to_numpy(), a.index)),
        "match the users by id",
    ),
    (
        "lead",
        half_width(lambda d, a, b: 1.96 * np.std(d.to_numpy()) / len(d) ** 0.5),
        "with n - 1",
    ),
    ("lead", half_width(lambda d, a, b: d.std()), "standard deviation of one user"),
    ("lead", half_width(lambda d, a, b: 1.96 * d.std()), "that is for one user"),
    ("lead", half_width(lambda d, a, b: d.sem()), "1.96 standard errors"),
    ("lead", half_width(lambda d, a, b: 1.96 * d.sem() * 2), "not the whole"),
    ("lead", half_width(lambda d, a, b: 1.96 * d.std() / len(d)), "divide by √n"),
    ("lead", lambda a, b: lead(a, b)[0], "expected two things"),
    ("choose", lambda trials: best_by(trials, "inner"), "edge of its grid"),
    ("choose", lambda trials: best_by(trials, "test"), "choose by `inner`"),
    (
        "choose",
        lambda trials: choose(trials.assign(inner=trials["test"])),
        "choose by `inner`",
    ),
    (
        "choose",
        lambda trials: trials.groupby("recommender")["inner"].max().to_dict(),
        "not its nDCG",
    ),
    (
        "choose",
        lambda trials: trials.groupby("recommender")["value"].median().to_dict(),
        "expected {'",
    ),
    ("choose", lambda trials: list(choose(trials).values()), "expected a dictionary"),
    ("choose", lambda trials: {}, "expected {'"),
    ("choose", lambda trials: choose(trials[:6]), "expected {'"),
    ("choose", lambda trials: trials.groupby("name"), "the columns are recommender"),
    (
        "found_liked",
        lambda of, stars: np.mean([bool({*of[u]} & liked(stars)[u]) for u in of]),
        "who liked nothing cannot be served",
    ),
    (
        "found_liked",
        lambda of, stars: np.mean([bool({*of[u]} & {*stars[u]}) for u in of]),
        "only 4 stars or more count",
    ),
    ("found_liked", lambda of, stars: found_liked(of, stars, 0), "4 stars or more"),
    (
        "found_liked",
        lambda of, stars: found_liked(of, stars, 4.5),
        "4 stars are enough",
    ),
    (
        "found_liked",
        lambda of, stars: np.mean(
            [
                len({*of[u]} & movies) / len(movies)
                for u, movies in liked(stars).items()
                if movies
            ]
        ),
        "the mean recall",
    ),
    (
        "found_liked",
        lambda of, stars: (
            sum(len({*of[u]} & movies) for u, movies in liked(stars).items())
            / sum(map(len, liked(stars).values()))
        ),
        "users weigh alike",
    ),
    ("found_liked", lambda of, stars: 100 * found_liked(of, stars), "a percentage"),
    ("found_liked", lambda of, stars: 1 - found_liked(of, stars), "found_liked("),
    (
        "found_liked",
        lambda of, stars: sum(bool({*of[u]} & liked(stars)[u]) for u in of),
        "not a number of them",
    ),
    ("found_liked", lambda of, stars: found_liked([*of], stars), "Hint: "),
]
