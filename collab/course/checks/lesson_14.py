"""Lesson 14's exercises: an A/A test, bounds from logs, a list that explores."""

import numpy as np

from collab.course.checks._answers import close, exercise, pair, require, single, told
from collab.intervals import mean_interval


@exercise(ValueError="`by` must have one user for each rating of this half")
def check_halves_differ(halves_differ):
    """`halves_differ(rating, user, in_a)`: the unit is the user."""
    for means, spread in [
        ([4, 3, 5, 2, 5, 4, 5, 4], 0.1),  # people differ, their rows are alike
        ([4.0, 3.9, 4.1, 4.0, 3.6, 3.5, 3.7, 3.6], 1.5),  # the other way round
        ([4.0, 3.9, 4.1, 4.0, 4.0, 4.1, 3.9, 3.95], 0.2),
        ([2.0, 2.1, 1.9, 2.2, 4.0, 4.2, 3.9, 4.1], 0.2),  # b above a
        ([4.0, 4.4, 3.6, 4.0, 3.6, 3.2, 4.0, 3.55], 0.3),
        ([4.0, 4.4, 3.6, 4.0, 3.4, 3.0, 3.8, 3.4], 0.3),  # intervals overlap
    ]:
        _judge_halves(halves_differ, np.repeat(means, 6), spread)


def _judge_halves(halves_differ, level, spread):
    rating = level + spread * np.tile([-1.0, 1.0], len(level) // 2)
    user = np.repeat([7, 3, 9, 4, 20, 15, 11, 18], 6)
    order = np.random.default_rng(0).permutation(len(rating))
    rating, user = rating[order], user[order]
    in_a = np.isin(user, [7, 3, 9, 4])
    call, answer = halves_differ(rating=rating, user=user, in_a=in_a)
    require(
        isinstance(answer, bool | np.bool_),
        f"{call} gave {told(answer)} ({type(answer).__name__}); expected True or "
        "False.",
    )
    a, b = (mean_interval(rating[half], by=user[half]) for half in (in_a, ~in_a))
    gap, half = abs(a[0] - b[0]), np.hypot(a[1], b[1])
    require(
        answer == (gap > half),
        f"Two halves of four people each: {a[0]:.2f} ± {a[1]:.2f} and {b[0]:.2f} ± "
        f"{b[1]:.2f} stars by users. They are {gap:.2f} apart, and the half-width of "
        f"their difference is {half:.2f}; you said {answer}.",
    )


@exercise(ZeroDivisionError="which of the two chances stands below the line?")
def check_lowest_and_highest(lowest_and_highest):
    """`lowest_and_highest(liked, old, new, unseen)`: what the logs leave open."""
    for liked, old, new, unseen in [
        ([1, 0, 1, 1], [0.5, 0.5, 0.25, 0.8], [0.25, 0.1, 0.5, 0.2], [0.1, 0.3, 0, 0]),
        ([0, 1, 0], [0.4, 0.2, 0.5], [0.1, 0.3, 0.5], [0.0, 0.0, 0.0]),
        ([0, 0], [0.4, 0.2], [0.1, 0.3], [0.5, 0.2]),
    ]:
        liked, old, new, unseen = (
            np.array(x, float) for x in (liked, old, new, unseen)
        )
        low, high = pair(
            lowest_and_highest(liked=liked, old=old, new=new, unseen=unseen),
            "the lowest value and the highest value",
        )
        w, value = new / old, (new / old * liked).mean()
        close(
            low,
            value,
            "the mean of weight times result, as if all that is out of sight failed",
            [
                (liked.mean(), "the results are not weighted by new / old"),
                ((old / new * liked).mean(), "the weight is new / old, not old / new"),
                ((w * liked).sum(), "this is the sum over the visits, not their mean"),
                ((w * liked).sum() / w.sum(), "this is the self-normalised value"),
                (value + unseen.mean(), "this is the highest value"),
            ],
        )
        close(
            high,
            value + unseen.mean(),
            "the lowest value and the mean of `unseen`, as if all that is out of sight "
            "succeeded",
            [
                (value + unseen.sum(), "`unseen` is added up, not averaged"),
                (value + 1, "out of sight is only the share `unseen` of each visit"),
                (value, "what is out of sight may succeed as well"),
            ],
        )


TEN = [50, 20, 90, 10, 70, 30, 80, 60, 100, 40]
MOVIES = list(range(10, 310, 10))


@exercise(ValueError="is there a movie to choose, and is the place among 0 to 9?")
def check_with_one_at_random(with_one_at_random):
    """`with_one_at_random(ten, movies, rng)`: any place, any other movie."""
    places, new = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        answer = with_one_at_random(ten=TEN, movies=MOVIES, rng=rng)
        at, movie = _what_changed(answer)
        if seed < 5:
            rng = np.random.default_rng(seed)
            again = with_one_at_random(ten=TEN, movies=MOVIES, rng=rng)
            require(
                _what_changed(again) == (at, movie),
                "Two generators with the same seed gave two lists: draw from `rng` "
                "alone.",
            )
        places.append(at)
        new.append(movie)
    at = np.bincount(places, minlength=10)
    require(
        at.min() >= 10 and at.max() <= 60,
        f"In 300 lists the places 1 to 10 were given away {told(at)} times; expected "
        "each about 30 times.",
    )
    free = [movie for movie in MOVIES if movie not in TEN]
    often = np.array([new.count(movie) for movie in free])
    require(
        often.min() >= 2 and often.max() <= 40,
        f"In 300 lists the {len(free)} movies that were not on the list came "
        f"{told(often)} times; expected each about 15 times.",
    )


def _what_changed(answer):
    call, value = answer
    movies = value.tolist() if isinstance(value, np.ndarray) else value
    require(
        isinstance(movies, list | tuple) and all(map(single, movies)),
        f"{call} gave {told(value)} ({type(value).__name__}); expected a list of ten "
        "movies.",
    )
    require(
        len(movies) == len(TEN),
        f"{call} gave {len(movies)} movies; expected ten: one takes another's place.",
    )
    unknown = [movie for movie in movies if movie not in MOVIES]
    require(not unknown, f"{call} lists {told(unknown[:1])}, which is no movie's id.")
    require(
        len(set(movies)) == len(TEN),
        f"{call} gave {told(movies)}: a movie stands on the list twice.",
    )
    changed = [k for k, (a, b) in enumerate(zip(TEN, movies, strict=True)) if a != b]
    require(
        len(changed) == 1,
        f"{call} gave {told(movies)}: {len(changed)} places hold another movie than "
        f"before; expected one. The list was {TEN}.",
    )
    return changed[0], int(movies[changed[0]])
