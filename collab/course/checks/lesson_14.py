"""Lesson 14's exercises: Thompson sampling, bounds from logs, a list that explores."""

import numpy as np

from collab.course.checks._answers import close, exercise, pair, require, single, told


@exercise(TypeError="is a row number returned, and `rng` asked for the draws?")
def check_pick(pick):
    """`pick(mean, sd, rng)`: the best of a draw, as often as it may be the best."""
    mean, sd = np.array([4.0, 3.8, 3.9, 2.0]), np.array([0.1, 0.5, 0.0, 0.3])
    often = np.zeros(4)
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        call, answer = pick(mean=mean, sd=sd, rng=rng)
        require(
            single(answer) and answer in range(4),
            f"{call} gave {told(answer)} ({type(answer).__name__}); expected the row "
            "number of an item, 0 to 3.",
        )
        often[int(answer)] += 1
        if seed < 5:
            again = pick(mean=mean, sd=sd, rng=np.random.default_rng(seed)).value
            require(
                single(again) and again == answer,
                "Two generators with the same seed gave two picks: draw from `rng` "
                "alone.",
            )
    require(
        often.max() < 1000,
        f"The same item, row {often.argmax()}, was picked in each of 1,000 visits: is "
        "the best of a draw picked, or the best of something fixed?",
    )
    best = np.random.default_rng(0).normal(mean, sd, (20_000, 4)).argmax(axis=1)
    share = np.bincount(best, minlength=4) / 20_000
    require(
        bool((abs(often / 1000 - share) < 0.06).all()),
        f"In 1,000 visits the items with the means {told(mean)} and the sds {told(sd)} "
        f"were picked {told(often.astype(int))} times; expected about "
        f"{told((1000 * share).round(-1).astype(int))}. Each item needs a draw of its "
        "own, mean + sd · normal.",
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
            {
                "the results are not weighted by new / old": liked.mean(),
                "the weight is new / old, not old / new": (old / new * liked).mean(),
                "this is the sum over the visits, not their mean": (w * liked).sum(),
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
                "`unseen` is added up, not averaged": value + unseen.sum(),
                "out of sight is only the share `unseen` of each visit": value + 1,
                "what is out of sight may succeed as well": value,
            },
        )


TEN = [50, 20, 90, 10, 70, 30, 80, 60, 100, 40]
MOVIES = list(range(10, 310, 10))


@exercise(ValueError="is there a movie to choose, and is the place among 0 to 9?")
def check_with_one_at_random(with_one_at_random):
    """`with_one_at_random(ten, movies, rng)`: any place, any other movie."""
    places, new = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        ten, movies = _Given(TEN), _Given(MOVIES)
        answer = with_one_at_random(ten=ten, movies=movies, rng=rng)
        at, movie = _what_changed(answer)
        for name, given, before in (("ten", ten, TEN), ("movies", movies, MOVIES)):
            require(
                given == before,
                f"The list is right, but `{name}` itself was changed, which its owner "
                f"still needs: work on a copy, `list({name})`.",
            )
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


class _Given(list):
    """A list that an answer gets as it is, not as a copy: was it changed?"""

    def __deepcopy__(self, memo):
        return self


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
