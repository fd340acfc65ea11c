"""Lesson 14's exercises: Thompson sampling, bounds from logs, a list that explores."""

import numpy as np

from collab.course.checks._answers import close, exercise, pair, require, single, told

ALONE = "Two generators with the same seed gave two answers: draw from `rng` alone."


@exercise(TypeError="is a row number returned, and `rng` asked for the draws?")
def check_pick(pick):
    """`pick(mean, sd, rng)`: the best of a draw, as often as it may be the best."""
    mean, sd = np.array([4.0, 3.8, 3.9, 2.0]), np.array([0.1, 0.5, 0.0, 0.3])

    def picked(seed):
        call, row = pick(mean=mean, sd=sd, rng=np.random.default_rng(seed))
        require(
            single(row) and row in range(4),
            f"{call} gave {told(row)} ({type(row).__name__}); expected the row number "
            "of an item, 0 to 3.",
        )
        return int(row)

    rows = [picked(seed) for seed in range(1000)]
    require([picked(seed) for seed in range(5)] == rows[:5], ALONE)
    often = np.bincount(rows, minlength=4)
    best = np.random.default_rng(0).normal(mean, sd, (20_000, 4)).argmax(axis=1)
    expected = np.bincount(best, minlength=4) / 20
    require(
        (abs(often - expected) < 60).all(),
        f"In 1,000 visits the items with the means {told(mean)} and the sds {told(sd)} "
        f"were picked {told(often)} times; expected about "
        f"{told(expected.round(-1).astype(int))}. Each item needs a draw of its own, "
        "mean + sd · normal, and the best of the draw is picked.",
    )


@exercise(ZeroDivisionError="which of the two chances stands below the line?")
def check_lowest_and_highest(lowest_and_highest):
    """`lowest_and_highest(liked, old, new, unseen)`: what the logs leave open."""
    for liked, old, new, unseen in [
        ([1, 0, 1, 1], [0.5, 0.5, 0.25, 0.8], [0.25, 0.1, 0.5, 0.2], [0.1, 0.3, 0, 0]),
        ([0, 1, 0], [0.4, 0.2, 0.5], [0.1, 0.3, 0.5], [0.0, 0.0, 0.0]),
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
            {
                "the results are not weighted by new / old": liked.mean(),
                "the weight is new / old, not old / new": (old / new * liked).mean(),
                "this is the self-normalised value": (w * liked).sum() / w.sum(),
                "this is the highest value": value + unseen.mean(),
            },
        )
        close(
            high,
            value + unseen.mean(),
            "the lowest value and the mean of `unseen`, as if all that is out of sight "
            "succeeded",
            {
                "out of sight is only the share `unseen` of each visit": value + 1,
                "what is out of sight may succeed as well": value,
            },
        )


TEN = [50, 20, 90, 10, 70, 30, 80, 60, 100, 40]
MOVIES = list(range(10, 310, 10))


class _Given(list):
    """A list that an answer gets as it is, not as a copy: was it changed?"""

    def __deepcopy__(self, memo):
        return self


@exercise(ValueError="is there a movie to choose, and is the place among 0 to 9?")
def check_with_one_at_random(with_one_at_random):
    """`with_one_at_random(ten, movies, rng)`: any place, any other movie."""

    def changed(seed):
        """The place and the movie that stands there now."""
        ten, rng = _Given(TEN), np.random.default_rng(seed)
        call, value = with_one_at_random(ten=ten, movies=MOVIES, rng=rng)
        new = value.tolist() if isinstance(value, np.ndarray) else value
        gave = f"{call} gave {told(value)}"
        require(
            isinstance(new, list | tuple) and all(map(single, new)),
            f"{gave} ({type(value).__name__}); expected a list of ten movies.",
        )
        require(
            len(new) == len({*new} & {*MOVIES}) == 10,
            f"{gave}; expected ten different movies, each of them one of `movies`.",
        )
        places = [k for k in range(10) if new[k] != TEN[k]]
        require(
            len(places) == 1,
            f"{gave}: {len(places)} places hold another movie than before; expected "
            f"one. The list was {TEN}.",
        )
        require(
            ten == TEN,
            "The list is right, but `ten` itself was changed, which its owner still "
            "needs: work on a copy, `list(ten)`.",
        )
        return places[0], int(new[places[0]])

    lists = [changed(seed) for seed in range(300)]
    require([changed(seed) for seed in range(5)] == lists[:5], ALONE)
    places, movies = zip(*lists, strict=True)
    at = np.array([places.count(place) for place in range(10)])
    require(
        at.min() >= 10 and at.max() <= 60,
        f"In 300 lists the places 1 to 10 were given away {told(at)} times; expected "
        "each about 30 times.",
    )
    often = np.array([movies.count(movie) for movie in MOVIES if movie not in TEN])
    require(
        often.min() >= 2 and often.max() <= 40,
        f"In 300 lists the {len(often)} movies that were not on the list came "
        f"{told(often)} times; expected each about 15 times.",
    )
