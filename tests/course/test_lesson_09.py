"""Lesson 09's checks accept right answers of any style and say why one is wrong."""

import math

import numpy as np
import pandas as pd
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_09 as checks  # noqa: F401


def hits(lists, watched):
    return {user: len({*lists[user]} & {*watched[user]}) for user in lists}


def hit_rate(lists, watched):
    return np.mean([not set(lists[u]).isdisjoint(watched[u]) for u in lists])


def in_a_loop(lists, watched):
    n = 0
    for user, best in lists.items():
        if any(movie in watched[user] for movie in best):
            n += 1
    return n / len(lists)


def by_order(lists, watched):
    pairs = zip(lists.values(), watched.values(), strict=True)
    return np.mean([bool({*a} & {*b}) for a, b in pairs])


def gain(best, watched, start=1, discount=lambda place: 1 / math.log2(place + 1)):
    return sum(discount(k) for k, x in enumerate(best, start) if x in watched)


def gain_of_arrays(best, watched):
    return (np.isin(best, watched) / np.log2(np.arange(len(best)) + 2)).sum()


def others(ratings, movie):
    users = ratings.loc[ratings["movieId"] == movie, "userId"]
    same = ratings[ratings["userId"].isin(users)]
    return same[same["movieId"] != movie]


def sizes(table, kind="stable"):
    return table.groupby("movieId").size().sort_values(ascending=False, kind=kind)


def also_watched(ratings, movie):
    return sizes(others(ratings, movie))


def also_in_a_loop(ratings, movie):
    by_user = ratings.groupby("userId")["movieId"].agg(set)
    counts = {}
    for seen in by_user:
        for other in seen - {movie} if movie in seen else ():
            counts[other] = counts.get(other, 0) + 1
    return pd.Series(dict(sorted(counts.items(), key=lambda x: (-x[1], x[0]))))


def also_by_a_product(ratings, movie):
    table = pd.crosstab(ratings["userId"], ratings["movieId"])
    both = (table.T @ table[movie]).drop(movie)
    return both[both > 0].sort_values(ascending=False, kind="stable")


RIGHT = [
    ("hit_rate", hit_rate),
    ("hit_rate", in_a_loop),
    (
        "hit_rate",
        lambda of, seen: sum(n > 0 for n in hits(of, seen).values()) / len(of),
    ),
    ("discounted_gain", gain),
    ("discounted_gain", gain_of_arrays),
    (
        "discounted_gain",
        lambda best, seen: sum(
            1 / np.log2(best.index(x) + 2) for x in {*best} & {*seen}
        ),
    ),
    ("also_watched", also_watched),
    ("also_watched", also_in_a_loop),
    ("also_watched", also_by_a_product),
]

WRONG = [
    ("hit_rate", lambda of, seen: sum(hits(of, seen).values()) / len(of), "count once"),
    ("hit_rate", by_order, "match users by id, not by their order"),
    (
        "hit_rate",
        lambda of, seen: np.mean(
            [n / max(len(seen[u]), 1) for u, n in hits(of, seen).items()]
        ),
        "that is the mean recall; one hit is enough",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([n / len(of[u]) for u, n in hits(of, seen).items()]),
        "each list's share of hits, averaged; one hit is enough",
    ),
    ("hit_rate", lambda of, seen: hit_rate(of, seen) * len(of), "not a number of them"),
    (
        "hit_rate",
        lambda of, seen: 100 * hit_rate(of, seen),
        "a share, not a percentage",
    ),
    (
        "hit_rate",
        lambda of, seen: 1 - hit_rate(of, seen) if len(of) == 3 else 0.5,
        "without",
    ),
    (
        "hit_rate",
        lambda of, seen: sum(hits(of, seen).values()) / sum(map(len, of.values())),
        "share of the listed movies that were watched",
    ),
    (
        "hit_rate",
        lambda of, seen: sum(hits(of, seen).values()) / sum(map(len, seen.values())),
        "share of the watched movies that were listed",
    ),
    (
        "hit_rate",
        lambda of, seen: hit_rate(
            of, {u: [x for movies in seen.values() for x in movies] for u in of}
        ),
        "somebody else's watching is no hit",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([of[u][0] in seen[u] for u in of]),
        "the whole list counts, not its first movie",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([{*of[u]} <= {*seen[u]} for u in of]),
        "one hit is enough",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([bool(seen[u]) for u in of]),
        "3 of 6 users watched something of their own list",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([n > 0 for u, n in hits(of, seen).items() if seen[u]]),
        "a user who watched nothing counts as well",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([bool({*a} & {*b}) for a, b in zip(of, seen)]),  # noqa: B905
        "going through a dictionary gives its keys",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean(
            [any(str(x) in str(seen[u]) for x in of[u]) for u in of]
        ),
        "gave 0.5; expected 0.25: 1 of 4 users",
    ),
    (
        "hit_rate",
        lambda of, seen: max(0.5, hit_rate(of, seen)),
        "gave 0.5; expected 0.25",
    ),
    ("hit_rate", lambda of, seen: hits(of, seen), "expected a single number"),
    ("hit_rate", lambda of, seen: [hit_rate(of, seen)], "expected a single number"),
    (
        "hit_rate",
        lambda of, seen: any(hits(of, seen).values()),
        "True (bool); expected",
    ),
    (
        "hit_rate",
        lambda of, seen: np.mean([of[k] == seen[k] for k in range(4)]),
        "by id",
    ),
    ("hit_rate", lambda of, seen: of - seen, "are dictionaries of lists"),
    ("hit_rate", lambda of, seen: of.intersection(seen), "are dictionaries of lists"),
    (
        "hit_rate",
        lambda of, seen: (
            np.mean([of[u].index(seen[u][0]) for u in [9]]) + np.zeros(2) @ np.zeros(3)
        ),
        "ids are looked for one by one",
    ),
    (
        "discounted_gain",
        lambda b, w: len({*b} & {*w}),
        "number of hits, not discounted",
    ),
    ("discounted_gain", lambda b, w: gain(b, w, start=2), "one too far down"),
    (
        "discounted_gain",
        lambda b, w: gain(b, w, start=0) if b[0] not in w else 9,
        "it is log2(place + 1), not log2(place)",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b, w, start=0),
        "discounted_gain(",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b[::-1], w, 0),
        "the first place is 1: log2(1",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b, w, discount=lambda k: 1 / k),
        "not 1 / place",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b, w, discount=lambda k: 1 / math.log(k + 1)),
        "the natural logarithm",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b, w, discount=lambda k: 1 / math.log10(k + 1)),
        "the logarithm to the base 10",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b, w, discount=lambda k: math.log2(k + 1)),
        "divide by log2",
    ),
    (
        "discounted_gain",
        lambda b, w: max((gain(b, [x]) for x in w), default=0),
        "sum over all hits, not only the first",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b, w) / gain(b, b[: len(w)]),
        "divided by its best, as nDCG is",
    ),
    ("discounted_gain", lambda b, w: gain(w, b), "the place on the list counts"),
    (
        "discounted_gain",
        lambda b, w: gain([x for x in b if x in w], w),
        "the place on the list counts, not that among the hits",
    ),
    ("discounted_gain", lambda b, w: gain(b, b), "only what is in `watched` counts"),
    (
        "discounted_gain",
        lambda b, w: gain(b, w) / max(len({*b} & {*w}), 1),
        "the sum, not the mean",
    ),
    ("discounted_gain", lambda b, w: gain(sorted(b), w), "hits at the places 2 and 4"),
    ("discounted_gain", lambda b, w: round(gain(b, w), 3), "do not round"),
    (
        "discounted_gain",
        lambda b, w: gain(b, b),
        "hits at the places 2 and 4; the first",
    ),
    (
        "discounted_gain",
        lambda b, w: gain(b[1:], w, start=2),
        "expected 2.1309: hits at the places 1 and 2 and 3; the first place is 1",
    ),
    ("discounted_gain", lambda b, w: gain(b[:3], w), "hits at the places 2 and 4"),
    ("discounted_gain", lambda b, w: gain(b, w) or 1, "expected 0: no hits"),
    (
        "discounted_gain",
        lambda b, w: np.isin(b, w) / np.log2(len(b) + 1),
        "single number",
    ),
    (
        "discounted_gain",
        lambda b, w: -gain(b, w),
        "expected 1.0616: hits at the places",
    ),
    ("discounted_gain", lambda b, w: 1 / math.log2(1 / 0), "log2(1 + 1) = 1"),
    ("discounted_gain", lambda b, w: 1 / math.log2(-1), "log2(1 + 1) = 1"),
    ("discounted_gain", lambda b, w: gain(b, w[0]), "`best` and `watched` are lists"),
    (
        "also_watched",
        lambda r, m: sizes(r[r["userId"].isin(r.loc[r["movieId"] == m, "userId"])]),
        "Leave movie 50 itself out",
    ),
    ("also_watched", lambda r, m: sizes(r[r["movieId"] != m]), "That counts everybody"),
    (
        "also_watched",
        lambda r, m: sizes(r[r["movieId"].isin(others(r, m)["movieId"])]),
        "only [7, 3, 9] watched movie 50",
    ),
    ("also_watched", lambda r, m: sizes(r), "expected"),
    (
        "also_watched",
        lambda r, m: also_watched(r, m) / (r["movieId"] == m).sum(),
        "Numbers of users are asked for, not shares",
    ),
    (
        "also_watched",
        lambda r, m: (
            pd.crosstab(r["userId"], r["movieId"])
            .pipe(lambda t: t.T @ t[m])
            .drop(m)
            .sort_values(ascending=False, kind="stable")
        ),
        "Leave out movies that none of these users watched",
    ),
    (
        "also_watched",
        lambda r, m: also_watched(r, m).sort_index(),
        "order is not: movie",
    ),
    ("also_watched", lambda r, m: also_watched(r, m)[::-1], "equal numbers by id"),
    (
        "also_watched",
        lambda r, m: others(r, m)["movieId"].value_counts(ascending=True),
        "the most watched first",
    ),
    (
        "also_watched",
        lambda r, m: sizes(others(r.iloc[::-1], m)[["movieId"]][::-1])[::-1],
        "the smaller first",
    ),
    (
        "also_watched",
        lambda r, m: also_watched(r, m).head(1),
        "ovie 50 was watched by",
    ),
    (
        "also_watched",
        lambda r, m: also_watched(r, 50),
        "ovie 60 was watched by [4, 2]",
    ),
    (
        "also_watched",
        lambda r, m: others(r, m).groupby("userId").size(),
        "ovie 50 was watched by [7, 3, 9]",
    ),
    ("also_watched", lambda r, m: also_watched(r, m).index, "gave a Index; expected a"),
    (
        "also_watched",
        lambda r, m: also_watched(r, m).to_dict(),
        "gave a dict; expected",
    ),
    (
        "also_watched",
        lambda r, m: others(r, m).groupby("movieId").count(),
        "its column",
    ),
    (
        "also_watched",
        lambda r, m: sizes(
            others(r.rename(columns={"userId": "movieId", "movieId": "userId"}), 7)
        ),
        "ovie 50 was watched by [7, 3, 9]",
    ),
    (
        "also_watched",
        lambda r, m: r[(r["movieId"] != m) and (r["userId"] > 0)],
        "`&` joins two masks",
    ),
    (
        "also_watched",
        lambda r, m: r[r["userId"] == r.loc[r["movieId"] == m, "userId"]],
        "`isin` asks for several users",
    ),
    (
        "also_watched",
        lambda r, m: sum(r["movieId"][k] == m for k in range(9)),
        "labels of rows are not their positions",
    ),
]
