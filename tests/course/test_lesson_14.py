"""Lesson 14's checks accept right answers of any style and say why one is wrong."""

import numpy as np
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_14 as checks  # noqa: F401


def pick(mean, sd, rng):
    return rng.normal(mean, sd).argmax()


def pick_in_a_loop(mean, sd, rng):
    draws = [m + s * rng.standard_normal() for m, s in zip(mean, sd, strict=True)]
    return draws.index(max(draws))


def lowest_and_highest(liked, old, new, unseen):
    lowest = (new / old * liked).mean()
    return lowest, lowest + unseen.mean()


def bounds_in_a_loop(liked, old, new, unseen):
    n, low, high = len(liked), 0, 0
    for r, o, p, out in zip(liked, old, new, unseen, strict=True):
        low += p / o * r / n
        high += (p / o * r + out) / n
    return [low, high]


def bounds(low=None, high=None):
    def answer(liked, old, new, unseen):
        right = lowest_and_highest(liked, old, new, unseen)
        w = new / old
        return (
            low(liked, w, unseen) if low else right[0],
            high(right[0], unseen) if high else right[1],
        )

    return answer


def with_one_at_random(ten, movies, rng):
    ten = list(ten)
    free = [movie for movie in movies if movie not in ten]
    ten[rng.integers(len(ten))] = free[rng.integers(len(free))]
    return ten


def with_one_from_a_set(ten, movies, rng):
    place, movie = rng.integers(10), rng.choice(sorted(set(movies) - set(ten)))
    return np.array([*ten[:place], movie, *ten[place + 1 :]])


def until_it_is_new(ten, movies, rng):
    movie = ten[0]
    while movie in ten:
        movie = movies[int(rng.random() * len(movies))]
    place = rng.choice(10)
    return tuple(movie if k == place else old for k, old in enumerate(ten))


def replaced(place=None, movie=None):
    def answer(ten, movies, rng):
        free = [m for m in movies if m not in ten]
        ten, at = list(ten), rng.integers(10) if place is None else place
        ten[at] = movie(rng, free, movies) if movie else rng.choice(free)
        return ten

    return answer


def in_place(ten, movies, rng):
    ten[:] = with_one_at_random(ten, movies, rng)
    return ten


RIGHT = {
    "pick": [pick, pick_in_a_loop],
    "lowest_and_highest": [
        lowest_and_highest,
        bounds_in_a_loop,
        lambda *given: np.array(lowest_and_highest(*given)),
    ],
    "with_one_at_random": [with_one_at_random, with_one_from_a_set, until_it_is_new],
}

WRONG = {
    "pick": {
        "were picked [1000, 0, 0, 0] times; expected about [": (
            lambda mean, sd, rng: mean.argmax()
        ),
        "Each item needs a draw of its own": [
            lambda mean, sd, rng: (mean + sd * rng.normal()).argmax(),
            lambda mean, sd, rng: rng.normal(mean, sd**2).argmax(),
        ],
        "is a row number returned, and `rng` asked": lambda mean, sd, rng: (
            mean + sd * rng
        ).argmax(),
        "the row number": [
            lambda mean, sd, rng: rng.normal(mean, sd).max(),
            lambda mean, sd, rng: rng.normal(mean, sd),
        ],
        "draw from `rng` alone": lambda mean, sd, rng: (
            np.random.default_rng().normal(mean, sd).argmax()
        ),
    },
    "lowest_and_highest": {
        "weighted by new / old": bounds(lambda r, w, u: r.mean()),
        "not old / new": bounds(lambda r, w, u: (r / w).mean()),
        "self-normalised value": bounds(lambda r, w, u: (r * w).sum() / w.sum()),
        "this is the highest value": lambda *of: lowest_and_highest(*of)[::-1],
        "expected 0.6875": bounds(lambda r, w, u: (r * w).sum()),
        "only the share `unseen`": bounds(high=lambda low, u: low + 1),
        "may succeed as well": bounds(high=lambda low, u: low),
        "expected 0.7875": bounds(high=lambda low, u: low + u.sum()),
        "two things": lambda *of: lowest_and_highest(*of)[0],
    },
    "with_one_at_random": {
        "[0, 0, 0, 0, 0, 0, 0, 0, 0, 300] times": replaced(place=9),
        "on a copy, `list(ten)`": in_place,
        "expected ten different movies, each of them one of `movies`": [
            replaced(movie=lambda rng, free, movies: rng.choice(movies)),
            replaced(movie=lambda rng, free, movies: rng.integers(1, 10)),
            lambda ten, movies, rng: [*ten, 300],
        ],
        "each about 15 times": [
            replaced(movie=lambda rng, free, movies: free[0]),
            replaced(movie=lambda rng, free, movies: rng.choice(free[:-1])),
        ],
        "0 places hold another": lambda ten, movies, rng: ten,
        "places hold another movie than before; expected one": lambda *given: sorted(
            with_one_at_random(*given)
        ),
        "draw from `rng` alone": lambda ten, movies, rng: with_one_at_random(
            ten, movies, np.random.default_rng()
        ),
        "(set); expected a list": lambda *given: set(with_one_at_random(*given)),
    },
}
