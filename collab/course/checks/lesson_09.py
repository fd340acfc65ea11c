"""Lesson 09's exercises, lists and how they are judged → did I get it right?"""

import math

import pandas as pd

from collab.course.checks._answers import close, exercise, same_series


@exercise(
    KeyError="match users by id: both dictionaries have the same users",
    ValueError="ids are looked for one by one: `in`, or two sets",
    AttributeError="lists and watched are dictionaries of lists",
    TypeError="lists and watched are dictionaries of lists; going through a dictionary "
    "gives its keys, `.items()` the lists as well",
)
def check_hit_rate(hit_rate):
    """`hit_rate(lists, watched)`: the share of users with a hit on their list."""
    for lists, watched in [
        (
            {
                7: [50, 20],
                3: [20, 90],
                9: [60, 50, 10, 70],
                2: [70, 20],
                4: [90, 80, 10, 40, 85],
                8: [90],
            },
            {
                7: [20],
                3: [50, 60, 30, 70],
                9: [50, 60, 70, 30, 35],
                2: [70],
                4: [],
                8: [],
            },
        ),
        ({7: [50], 3: [20], 9: [90]}, {3: [20], 9: [50], 7: [50]}),
        (
            {7: [50], 3: [20, 90], 9: [60], 4: [90]},
            {7: [500], 3: [20, 70, 30], 9: [1], 4: [9]},
        ),
    ]:
        hits = [len({*lists[u]} & {*watched[u]}) for u in lists]
        n, users = len(lists), sum(hit > 0 for hit in hits)
        everything = {x for movies in watched.values() for x in movies}
        by_place = zip(lists.values(), watched.values(), strict=True)
        made = f"{users} of {n} users watched something of their own list"
        listed = sum(len(movies) for movies in lists.values())
        seen = sum(len(movies) for movies in watched.values())
        parts = [
            (hit / max(len(watched[u]), 1), hit / len(lists[u]))
            for hit, u in zip(hits, lists, strict=True)
        ]
        recall, precision = (sum(part) / n for part in zip(*parts, strict=True))
        close(
            hit_rate(lists=lists, watched=watched),
            users / n,
            made,
            [
                (sum(hits) / n, f"two hits of one user count once: {made}"),
                (recall, f"that is the mean recall; one hit is enough: {made}"),
                (
                    precision,
                    f"that is each list's share of hits, averaged; one hit is enough: "
                    f"{made}",
                ),
                (
                    users / max(sum(map(bool, watched.values())), 1),
                    f"a user who watched nothing counts as well: {made}",
                ),
                (users, f"a share of the users, not a number of them: {made}"),
                (100 * users / n, f"a share, not a percentage: {made}"),
                (1 - users / n, f"that is the share of those without a hit: {made}"),
                (
                    sum(bool({*a} & {*b}) for a, b in by_place) / n,
                    f"match users by id, not by their order: {made}",
                ),
                (
                    sum(hits) / listed,
                    f"that is the share of the listed movies that were watched: {made}",
                ),
                (
                    sum(hits) / seen,
                    f"that is the share of the watched movies that were listed: {made}",
                ),
                (
                    sum(bool({*x} & everything) for x in lists.values()) / n,
                    f"somebody else's watching is no hit: {made}",
                ),
                (
                    sum(lists[u][0] in watched[u] for u in lists) / n,
                    f"the whole list counts, not its first movie: {made}",
                ),
                (
                    sum({*lists[u]} <= {*watched[u]} for u in lists) / n,
                    f"one hit is enough: {made}",
                ),
            ],
        )


@exercise(
    ZeroDivisionError="the first place is 1: log2(1 + 1) = 1",
    ValueError="the first place is 1: log2(1 + 1) = 1",
    TypeError="`best` and `watched` are lists of ids",
)
def check_discounted_gain(discounted_gain):
    """`discounted_gain(best, watched)`: 1 / log2(place + 1), summed over the hits."""
    for best, watched in [
        ([50, 20, 90, 60], [60, 20, 70]),
        ([50, 20, 90], [90, 20, 50]),
        ([50, 20], [60]),
    ]:
        places = [k for k, movie in enumerate(best, 1) if movie in watched]
        gain = sum(1 / math.log2(k + 1) for k in places)
        ideal = sum(
            1 / math.log2(k + 1) for k in range(1, min(len(best), len(watched)) + 1)
        )
        made = "hits at the places " + " and ".join(map(str, places))
        made = f"{made if places else 'no hits'}; the first place is 1"
        close(
            discounted_gain(best=best, watched=watched),
            gain,
            made,
            [
                (len(places), f"that is the number of hits, not discounted: {made}"),
                (
                    sum(1 / math.log2(k + 1) for k in range(1, len(best) + 1)),
                    f"only what is in `watched` counts: {made}",
                ),
                (
                    sum(1 / math.log2(k + 1) for k in range(1, len(places) + 1)),
                    f"the place on the list counts, not that among the hits: {made}",
                ),
                (gain / max(len(places), 1), f"the sum, not the mean: {made}"),
                (
                    sum(1 / math.log2(k + 2) for k in places),
                    f"every place is one too far down: {made}",
                ),
                (
                    sum(1 / math.log2(k) if k > 1 else 1 for k in places),
                    f"it is log2(place + 1), not log2(place): {made}",
                ),
                (
                    sum(1 / k for k in places),
                    f"1 / log2(place + 1), not 1 / place: {made}",
                ),
                (
                    sum(1 / math.log(k + 1) for k in places),
                    "that is the natural logarithm; the one to the base 2 is log2",
                ),
                (
                    sum(1 / math.log10(k + 1) for k in places),
                    "that is the logarithm to the base 10; that to the base 2 is log2",
                ),
                (sum(math.log2(k + 1) for k in places), f"divide by log2: {made}"),
                (
                    1 / math.log2(places[0] + 1) if places else 0,
                    f"sum over all hits, not only the first: {made}",
                ),
                (gain / ideal, "that is divided by its best, as nDCG is; not here"),
                (
                    sum(
                        1 / math.log2(k + 1)
                        for k, movie in enumerate(watched, 1)
                        if movie in best
                    ),
                    f"the place on the list counts, not that in `watched`: {made}",
                ),
            ],
        )


@exercise(
    KeyError="labels of rows are not their positions: `.loc` with a mask, or `.iloc`",
    ValueError="`&` joins two masks (`and` does not), and `isin` asks for several "
    "users at once (`==` does not)",
)
def check_also_watched(also_watched):
    """`also_watched(ratings, movie)`: how many of its users watched each other."""
    rows = [
        (7, 50), (7, 20), (7, 90), (3, 50), (3, 20), (3, 70), (9, 50), (9, 90),
        (9, 70), (4, 20), (4, 60), (4, 90), (2, 20), (2, 60), (1, 30), (1, 90),
    ]  # fmt: skip
    watched = pd.DataFrame(rows, columns=["userId", "movieId"])
    watched.index += 100
    for movie, expected in [
        (50, {20: 2, 70: 2, 90: 2}),
        (60, {20: 2, 90: 1}),
        (70, {50: 2, 20: 1, 90: 1}),
    ]:
        users = [user for user, seen in rows if seen == movie]
        popular = watched[watched["movieId"] != movie].groupby("movieId").size()
        popular = popular.sort_values(ascending=False, kind="stable")
        expected = pd.Series(expected)
        itself = pd.concat([pd.Series({movie: len(users)}), expected])
        zeros = pd.Series(0, index=[x for x in popular.index if x not in expected])
        same_series(
            also_watched(ratings=watched, movie=movie),
            expected,
            f"movie {movie} was watched by {users}; of their other movies the most "
            "watched first, equal numbers by id, the smaller first",
            [
                (
                    itself.sort_index().sort_values(ascending=False, kind="stable"),
                    f"Leave movie {movie} itself out",
                ),
                (
                    popular,
                    f"That counts everybody; only {users} watched movie {movie}",
                ),
                (
                    popular[popular.index.isin(expected.index)],
                    f"That counts everybody; only {users} watched movie {movie}",
                ),
                (expected / len(users), "Numbers of users are asked for, not shares"),
                (
                    pd.concat([expected, zeros.sort_index()]),
                    "Leave out movies that none of these users watched",
                ),
            ],
        )
