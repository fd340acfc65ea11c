"""Lesson 09's exercises, comparing recommenders → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise, pair, require, told


@exercise(
    ValueError="the two Series have the same users in another order: subtract them as "
    "Series, not as arrays",
    TypeError="`first` and `second` are Series of numbers by user: subtract the two",
)
def check_lead(lead):
    """`lead(first, second)`: the mean difference over users, and its half-width."""
    first = pd.Series([0.5, 0.0, 0.4, 0.9, 0.1], [7, 3, 9, 4, 2])
    second = pd.Series([0.8, 0.1, 0.0, 0.3, 0.2], [4, 2, 3, 7, 9])
    for one, other in [(first, second), (second, first), (first * 2, second)]:
        gaps = one - other
        by_place = one.to_numpy() - other.to_numpy()
        n = len(gaps)
        mean, half = pair(
            lead(first=one, second=other), "the mean difference and the half-width"
        )
        close(
            mean,
            gaps.mean(),
            "the mean over the users of first - second",
            {"it is first - second, not second - first": -gaps.mean()},
        )
        sd, two_groups = gaps.std(), 1.96 * np.sqrt((one.var() + other.var()) / n)
        close(
            half,
            1.96 * sd / np.sqrt(n),
            "1.96 · standard deviation / √n of the gaps",
            {
                "that is for two groups of other users; these are the same users, so "
                "take the difference of each user first": two_groups,
                "match the users by id, not by their order": (
                    1.96 * by_place.std(ddof=1) / np.sqrt(n)
                ),
                "the standard deviation with n - 1, as pandas has it": (
                    1.96 * gaps.std(ddof=0) / np.sqrt(n)
                ),
                "that is the standard deviation of one user": sd,
                "that is for one user; a mean of n has √n less": 1.96 * sd,
                "the half-width is 1.96 standard errors": sd / np.sqrt(n),
                "divide by √n, not by n": 1.96 * sd / n,
                "half the width, not the whole": 2 * 1.96 * sd / np.sqrt(n),
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
    for trials in (table, table[table["value"] != 16], table[::-1]):
        by = trials.groupby("recommender")
        best = {
            column: trials.loc[by[column].idxmax()].set_index("recommender")["value"]
            for column in ("inner", "test")
        }
        low, high = by["value"].min(), by["value"].max()
        inside = {
            column: {
                name: value
                for name, value in chosen.items()
                if low[name] < value < high[name]
            }
            for column, chosen in best.items()
        }
        call, value = choose(trials=trials)
        value = value.to_dict() if isinstance(value, pd.Series) else value
        gave = f"{call} gave {told(value)}"
        require(isinstance(value, dict), f"{gave}; expected a dictionary.")
        all_inner = best["inner"].to_dict()
        for wrong, words in [
            (
                all_inner,
                "a best value at the edge of its grid was not chosen: leave it",
            ),
            (best["test"].to_dict(), "that looks at the test; choose by `inner`"),
            (inside["test"], "that looks at the test; choose by `inner`"),
            (by["inner"].max().to_dict(), "the value is asked for, not its nDCG"),
        ]:
            same = wrong and value == wrong and wrong != inside["inner"]
            require(not same, f"{gave}: {words}.")
        require(
            value == inside["inner"],
            f"{gave}; expected {told(inside['inner'])}: of each recommender the value "
            "with the highest `inner`, if it tried a lower and a higher one.",
        )


@exercise(
    KeyError="a listed movie may have no stars: `in` asks first",
    TypeError="`stars` holds a dictionary for each user: {movie: stars}",
    AttributeError="`lists` holds lists, `stars` dictionaries, both by user",
)
def check_found_liked(found_liked):
    """`found_liked(lists, stars)`: of those who liked any, who had one listed."""
    lists = {
        7: [50, 20],
        3: [20, 90],
        9: [60, 50, 10],
        2: [70, 20],
        4: [90, 80],
        5: [30],
    }
    stars = {
        3: {20: 2.0, 90: 4.0, 70: 5.0},
        7: {50: 3.5, 30: 5.0},
        9: {60: 5.0, 50: 4.5, 10: 4.0},
        2: {70: 1.0, 20: 3.0},
        4: {10: 4.5},
        5: {30: 3.5},
    }
    for n in (6, 5, 3):
        few = {u: lists[u] for u in list(lists)[:n]}
        after = {u: stars[u] for u in stars if u in few}
        liked = {u: {m for m, s in after[u].items() if s >= 4} for u in few}
        very = {u: {m for m, s in after[u].items() if s > 4} for u in few}
        hits = {u: {*few[u]} & liked[u] for u in few}
        asked = [u for u in few if liked[u]]
        n_found = sum(bool(hits[u]) for u in asked)
        made = f"{n_found} of the {len(asked)} users who liked a movie had one listed"
        n_very = sum(bool({*few[u]} & very[u]) for u in few)
        n_asked_very = max(sum(map(bool, very.values())), 1)
        recalls = [len(hits[u]) / len(liked[u]) for u in asked]
        n_hits, n_liked = (sum(map(len, of.values())) for of in (hits, liked))
        watched = sum(bool({*few[u]} & {*after[u]}) for u in few)
        close(
            found_liked(lists=few, stars=after),
            n_found / len(asked),
            made,
            {
                "who liked nothing cannot be served, leave them": n_found / n,
                "only 4 stars or more count": (
                    watched / n,
                    watched / len(asked),
                ),
                "4 stars are enough": n_very / n_asked_very,
                "that is the mean recall; one hit is enough": sum(recalls) / len(asked),
                "users weigh alike, not movies": n_hits / n_liked,
                "a share of the users, not a number of them": n_found,
                "a share, not a percentage": 100 * n_found / len(asked),
                "that is the share of the others": 1 - n_found / len(asked),
            },
        )
