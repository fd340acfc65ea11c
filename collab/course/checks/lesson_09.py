"""Lesson 09's exercises, comparing recommenders → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, compare, exercise, pair, require, told


@exercise(
    ValueError="the two Series have the same users in another order: subtract them as "
    "Series, not as arrays",
    TypeError="`first` and `second` are Series of numbers by user: subtract the two",
)
def check_lead(lead):
    """`lead(first, second)`: the mean difference over users, and its half-width."""
    first = pd.Series([0.5, 0.0, 0.4, 0.9, 0.1], [7, 3, 9, 4, 2])
    second = pd.Series([0.8, 0.1, 0.0, 0.3, 0.2], [4, 2, 3, 7, 9])
    times = 1.96 / np.sqrt(5)
    for one, other in [(first, second), (second, first)]:
        gaps = one - other
        answer = lead(first=one, second=other)
        mean, half = pair(answer, "the mean difference and the half-width")
        close(
            mean,
            gaps.mean(),
            "the mean over the users of first - second",
            {"it is first - second, not second - first": -gaps.mean()},
        )
        sd, two_groups = gaps.std(), np.hypot(one.std(), other.std())
        by_place = (one - other.to_numpy()).std()
        close(
            half,
            times * sd,
            "1.96 · standard deviation / √n of the gaps",
            {
                "that is for two groups of other users; these are the same users, so "
                "take the difference of each user first": times * two_groups,
                "match the users by id, not by their order": times * by_place,
                "divide by n - 1, as pandas does": times * gaps.std(ddof=0),
                "that is for one user; a mean of n has √n less": (sd, 1.96 * sd),
                "the half-width is 1.96 standard errors": gaps.sem(),
            },
        )


TRIALS = [
    ("EASE", 50, 0.061, 0.080), ("EASE", 200, 0.067, 0.079),
    ("EASE", 800, 0.064, 0.091), ("neighbours", 100, 0.058, 0.075),
    ("neighbours", 20, 0.051, 0.070), ("neighbours", 400, 0.060, 0.062),
    ("ALS", 16, 0.062, 0.055), ("ALS", 64, 0.057, 0.077), ("ALS", 32, 0.063, 0.060),
]  # fmt: skip


@exercise(KeyError="the columns are recommender, value, inner and test")
def check_choose(choose):
    """`choose(trials)`: {recommender: its best value}, without those at an edge."""
    table = pd.DataFrame(TRIALS, columns=["recommender", "value", "inner", "test"])
    table.index += 100
    for trials in (table, table[table["value"] != 16]):
        by = trials.groupby("recommender")
        low, high = by["value"].min(), by["value"].max()
        best = {
            column: trials.loc[by[column].idxmax()].set_index("recommender")["value"]
            for column in ("inner", "test")
        }
        inside = {
            column: values[(low < values) & (values < high)].to_dict()
            for column, values in best.items()
        }
        call, value = choose(trials=trials)
        value = value.to_dict() if isinstance(value, pd.Series) else value
        gave = f"{call} gave {told(value)}"
        require(isinstance(value, dict), f"{gave}; expected a dictionary.")
        compare(
            gave,
            value,
            inside["inner"],
            "of each recommender the value with the highest `inner`, if it tried a "
            "lower and a higher one",
            {
                "a best value at the edge of its grid was not chosen: leave it": (
                    best["inner"].to_dict()
                ),
                "that looks at the test; choose by `inner`": (
                    best["test"].to_dict(),
                    inside["test"],
                ),
                "the value is asked for, not its nDCG": by["inner"].max().to_dict(),
            },
        )


@exercise(
    KeyError="a listed movie may have no stars: `in` asks first",
    TypeError="`stars` holds a dictionary for each user: {movie: stars}",
    AttributeError="`lists` holds lists, `stars` dictionaries, both by user",
)
def check_found_liked(found_liked):
    """`found_liked(lists, stars)`: of those who liked any, who had one listed."""
    lists = {
        7: [50, 20], 3: [20, 90], 9: [60, 50, 10], 2: [70, 20], 4: [90, 80], 5: [30],
        8: [30, 40],
    }  # fmt: skip
    stars = {
        3: {20: 2.0, 90: 4.0, 70: 5.0},
        7: {50: 3.5, 30: 5.0},
        9: {60: 5.0, 50: 4.5, 10: 4.0},
        2: {70: 1.0, 20: 3.0},
        4: {10: 4.5},
        5: {30: 3.5},
        8: {30: 4.0, 20: 4.0, 60: 4.5},
    }

    def shares(enough):
        """Of what each user gave enough stars, if anything: the share listed."""
        liked = {u: {m for m in stars[u] if enough(stars[u][m])} for u in lists}
        return np.array(
            [len({*lists[u]} & ms) / len(ms) for u, ms in liked.items() if ms]
        )

    found, rated = shares(lambda s: s >= 4), shares(lambda s: s > 0)
    n_asked, n_found, n_rated = len(found), (found > 0).sum(), (rated > 0).sum()
    close(
        found_liked(lists=lists, stars=stars),
        n_found / n_asked,
        f"{n_found} of the {n_asked} users who liked a movie had one listed",
        {
            "who liked nothing cannot be served, leave them": n_found / len(lists),
            "only 4 stars or more count": (n_rated / len(lists), n_rated / n_asked),
            "4 stars are enough": (shares(lambda s: s > 4) > 0).mean(),
            "that is the mean recall; one hit is enough": found.mean(),
        },
    )
