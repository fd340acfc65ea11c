"""Lesson 14's checks accept right answers of any style and say why one is wrong."""

import numpy as np
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_14 as checks  # noqa: F401

# 1. Thompson sampling -----------------------------------------------------------------


def pick(mean, sd, rng):
    return rng.normal(mean, sd).argmax()


def pick_in_a_loop(mean, sd, rng):
    draws = [m + s * rng.standard_normal() for m, s in zip(mean, sd, strict=True)]
    return draws.index(max(draws))


# 2. What the logs leave open ----------------------------------------------------------


def lowest_and_highest(liked, old, new, unseen):
    lowest = (new / old * liked).mean()
    return lowest, lowest + unseen.mean()


def bounds_in_a_loop(liked, old, new, unseen):
    n, low, high = len(liked), 0, 0
    for r, o, p, out in zip(liked, old, new, unseen, strict=True):
        low += p / o * r / n
        high += (p / o * r + out) / n
    return [low, high]


def bounds_in_an_array(*of):
    return np.array(lowest_and_highest(*of))


def bounds(low=None, high=None):
    def answer(liked, old, new, unseen):
        right = lowest_and_highest(liked, old, new, unseen)
        w = new / old
        return (
            low(liked, w, unseen) if low else right[0],
            high(right[0], unseen) if high else right[1],
        )

    return answer


# 3. A list that explores --------------------------------------------------------------


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


def replaced(place, movie):
    def answer(ten, movies, rng):
        ten, free = list(ten), [m for m in movies if m not in ten]
        ten[place(rng)] = movie(rng, free, movies)
        return ten

    return answer


def in_place(ten, movies, rng):
    ten[:] = with_one_at_random(ten, movies, rng)
    return ten


def takes_from_movies(ten, movies, rng):
    for movie in ten:
        movies.remove(movie)
    ten = list(ten)
    ten[rng.integers(10)] = rng.choice(movies)
    return ten


def anywhere(rng):
    return rng.integers(10)


def any_free(rng, free, movies):
    return rng.choice(free)


RIGHT = [
    ("pick", pick),
    ("pick", pick_in_a_loop),
    ("lowest_and_highest", lowest_and_highest),
    ("lowest_and_highest", bounds_in_a_loop),
    ("lowest_and_highest", bounds_in_an_array),
    ("with_one_at_random", with_one_at_random),
    ("with_one_at_random", with_one_from_a_set),
    ("with_one_at_random", until_it_is_new),
]

WRONG = [
    ("pick", lambda mean, sd, rng: mean.argmax(), "row 0, was picked in each"),
    ("pick", lambda mean, sd, rng: (mean + 2 * sd).argmax(), "row 1, was picked"),
    ("pick", lambda mean, sd, rng: (mean + sd * rng.normal()).argmax(), "of its own"),
    ("pick", lambda mean, sd, rng: rng.normal(mean, sd**2).argmax(), "of its own"),
    ("pick", lambda mean, sd, rng: rng.normal(mean, sd**0.5).argmax(), "of its own"),
    ("pick", lambda mean, sd, rng: rng.normal(mean, 1).argmax(), "of its own"),
    ("pick", lambda mean, sd, rng: rng.integers(4), "expected about"),
    ("pick", lambda mean, sd, rng: rng.uniform(mean - sd, mean + sd).argmax(), "about"),
    ("pick", lambda mean, sd, rng: rng.normal(mean, sd).max(), "the row number"),
    ("pick", lambda mean, sd, rng: rng.normal(mean, sd), "the row number"),
    (
        "pick",
        lambda mean, sd, rng: np.random.default_rng().normal(mean, sd).argmax(),
        "draw from `rng` alone",
    ),
    ("pick", lambda mean, sd, rng: mean.normal(sd), "stopped with AttributeError"),
    ("lowest_and_highest", bounds(lambda r, w, u: r.mean()), "weighted by new / old"),
    ("lowest_and_highest", bounds(lambda r, w, u: (r / w).mean()), "not old / new"),
    ("lowest_and_highest", bounds(lambda r, w, u: (r * w).sum()), "not their mean"),
    (
        "lowest_and_highest",
        bounds(lambda r, w, u: (r * w).sum() / w.sum()),
        "self-normalised value",
    ),
    (
        "lowest_and_highest",
        lambda *of: lowest_and_highest(*of)[::-1],
        "this is the highest value",
    ),
    ("lowest_and_highest", bounds(lambda r, w, u: 0.0), "expected 0.6875"),
    (
        "lowest_and_highest",
        bounds(high=lambda low, u: low + u.sum()),
        "added up, not averaged",
    ),
    (
        "lowest_and_highest",
        bounds(high=lambda low, u: low + 1),
        "only the share `unseen`",
    ),
    ("lowest_and_highest", bounds(high=lambda low, u: low), "may succeed as well"),
    ("lowest_and_highest", bounds(high=lambda low, u: 1.0), "expected 0.7875"),
    ("lowest_and_highest", lambda *of: lowest_and_highest(*of)[0], "two things"),
    ("lowest_and_highest", lambda *of: np.array([0.5] * 3), "two things"),
    (
        "with_one_at_random",
        replaced(lambda rng: 9, any_free),
        "[0, 0, 0, 0, 0, 0, 0, 0, 0, 300] times",
    ),
    ("with_one_at_random", replaced(lambda rng: 4, any_free), "each about 30 times"),
    ("with_one_at_random", in_place, "on a copy, `list(ten)`"),
    ("with_one_at_random", takes_from_movies, "on a copy, `list(movies)`"),
    (
        "with_one_at_random",
        replaced(anywhere, lambda rng, free, movies: rng.choice(movies)),
        "stands on the list twice",
    ),
    (
        "with_one_at_random",
        replaced(anywhere, lambda rng, free, movies: free[0]),
        "each about 15 times",
    ),
    (
        "with_one_at_random",
        replaced(anywhere, lambda rng, free, movies: rng.choice(free[:-1])),
        "each about 15 times",
    ),
    (
        "with_one_at_random",
        replaced(anywhere, lambda rng, free, movies: rng.integers(1, 10)),
        "no movie's id",
    ),
    ("with_one_at_random", lambda ten, movies, rng: ten, "0 places hold another"),
    (
        "with_one_at_random",
        lambda ten, movies, rng: [*ten, rng.choice(sorted(set(movies) - set(ten)))],
        "gave 11 movies",
    ),
    (
        "with_one_at_random",
        lambda ten, movies, rng: sorted(with_one_at_random(ten, movies, rng)),
        "places hold another movie than before; expected one",
    ),
    (
        "with_one_at_random",
        lambda ten, movies, rng: [
            rng.choice(sorted(set(movies) - set(ten))) if rng.random() < 0.1 else one
            for one in ten
        ],
        "places hold another",
    ),
    (
        "with_one_at_random",
        lambda ten, movies, rng: with_one_at_random(
            ten, movies, np.random.default_rng()
        ),
        "draw from `rng` alone",
    ),
    (
        "with_one_at_random",
        lambda ten, movies, rng: set(with_one_at_random(ten, movies, rng)),
        "(set); expected a list",
    ),
]
