"""Lesson 10's exercises, beyond gradient descent → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise, pair, same_series


@exercise(
    ZeroDivisionError="sigma and tau are above 0; with no rating, `len(y)` is 0 and "
    "the mean of `y` does not exist",
    TypeError="`y` is an array; its length is len(y)",
)
def check_posterior(posterior):
    """`posterior(y, sigma, tau)`: mean and standard deviation of a bias."""
    for y, sigma, tau in [
        (np.array([1.0, 1.0, 1.0]), 0.9, 0.4),
        (np.array([0.5, -1.5]), 0.5, 2.0),
        (np.array([2.0]), 1.5, 0.7),
        (np.array([]), 0.8, 0.3),
    ]:
        n, total = len(y), y.sum()
        certainty = 1 / tau**2 + n / sigma**2
        mean, sd = total / sigma**2 / certainty, certainty**-0.5
        answer = posterior(y=y, sigma=sigma, tau=tau)
        of_mean, of_sd = pair(answer, "the mean and the standard deviation")
        close(
            of_mean,
            mean,
            "the sum of y, over sigma², times sd²",
            [
                (sd, "the mean comes first, then the standard deviation"),
                (
                    total / max(n, 1),
                    "that is the mean of y, as if nothing had been believed before",
                ),
                (
                    total / sigma / (1 / tau + n / sigma),
                    "certainty is 1 / variance: square the standard deviations",
                ),
                (
                    total / tau**2 / (1 / sigma**2 + n / tau**2),
                    "sigma is the noise, tau the prior: they are exchanged",
                ),
                (
                    total / max(n, 1) / sigma**2 / certainty,
                    "each rating counts: the sum of y, not its mean",
                ),
                (
                    total / sigma**2 / (1 / tau**2 + 1 / sigma**2),
                    "each of the ratings adds its certainty, 1 / sigma²",
                ),
                (
                    total / sigma**2 * sd,
                    "the mean holds sd², the variance, not sd",
                ),
            ],
        )
        close(
            of_sd,
            sd,
            f"1 / sd² = 1 / tau² + {n} / sigma²",
            [
                (sd**2, "that is the variance; take its root"),
                (certainty, "that is the certainty, 1 / variance"),
                (certainty**0.5, "that is 1 / sd"),
                (
                    sigma / max(n, 1) ** 0.5,
                    "that is the deviation without a prior",
                ),
                (tau, "ratings make the bias surer than the prior"),
                (
                    (certainty**-1 + sigma**2) ** 0.5,
                    "that is the deviation of a new rating, not of the bias",
                ),
                (
                    (1 / tau**2 + 1 / sigma**2) ** -0.5,
                    "each of the ratings adds its certainty, 1 / sigma²",
                ),
            ],
        )


@exercise(
    ValueError="compare arrays with `&`, each comparison in brackets; Python's `and`, "
    "and chains such as a <= b <= c, do not take them",
    TypeError="`&` binds more than `<=`: each comparison needs its brackets",
)
def check_coverage(coverage):
    """`coverage(low, high, actual)`: the share of rows within their interval."""
    for low, high, actual in [
        # One row on its lower end, two on their upper, two below and one above.
        (
            [2.0, 3.0, 1.0, 4.0, 2.5, 3.0, 3.5, 1.0, 2.0, 3.0],
            [4.0, 4.5, 2.5, 5.0, 3.5, 4.0, 4.5, 2.0, 3.0, 4.0],
            [2.0, 4.5, 2.5, 4.5, 3.0, 3.5, 4.0, 0.5, 1.5, 5.0],
        ),
        ([2.5, 3.5], [3.0, 4.0], [1.0, 5.0]),
        ([2.5, 3.5], [3.0, 4.0], [2.75, 3.75]),
    ]:
        low, high, actual = map(np.array, (low, high, actual))
        above, below = actual >= low, actual <= high
        n, inside = len(low), above & below
        strictly = (actual > low) & (actual < high)
        made = f"{inside.sum()} of {n} are within; low {low.tolist()}, "
        made += f"high {high.tolist()}, actual {actual.tolist()}"
        close(
            coverage(low=low, high=high, actual=actual),
            inside.mean(),
            made,
            [
                (inside.sum(), f"a share is asked for, not a number of rows: {made}"),
                (100 * inside.mean(), f"a share, from 0 to 1, not per cent: {made}"),
                (1 - inside.mean(), f"that is the share outside: {made}"),
                (strictly.mean(), f"on the end is within: {made}"),
                ((above & (actual < high)).mean(), f"on the end is within: {made}"),
                ((below & (actual > low)).mean(), f"on the end is within: {made}"),
                (above.mean(), f"those above the upper end are outside: {made}"),
                (below.mean(), f"those below the lower end are outside: {made}"),
                ((above | below).mean(), f"both must hold (`&`), not one: {made}"),
            ],
        )


@exercise(
    KeyError="`movie_bias` is looked up by the ids in column movieId: `map` does it",
    TypeError="`movie_bias` is a Series by movie id; `map` looks it up",
)
def check_user_step(user_step):
    """`user_step(ratings, movie_bias, mean, damping)`: each user's best bias."""
    rows = [
        (7, 50, 4.5), (3, 20, 2.0), (7, 20, 4.0), (9, 90, 3.5), (3, 50, 3.0),
        (7, 90, 5.0), (3, 60, 1.5), (2, 60, 3.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
    table.index += 100
    bias = pd.Series({90: -0.4, 20: 0.3, 60: 0.1, 50: 0.2})
    for ratings, mean, damping in [(table, 3.5, 2.0), (table[:5], 3.0, 0.5)]:
        user = ratings["userId"]
        of_movie = ratings["movieId"].map(bias)
        left = ratings["rating"] - mean - of_movie
        n, total = left.groupby(user).size(), left.groupby(user).sum()
        expected = total / (n + damping)
        first = list(dict.fromkeys(user))
        shown = f"damping {damping:g}, mean {mean:g}"

        def damped(values, user=user, n=n, damping=damping):
            return values.groupby(user).sum() / (n + damping)

        same_series(
            user_step(ratings=ratings, movie_bias=bias, mean=mean, damping=damping),
            expected,
            f"the sum of what is left over, by (number of ratings + damping); {shown}",
            [
                (expected[first], "By ascending user id, please"),
                (total / n, "That is without the damping"),
                (total / (n * (1 + damping)), "The damping is added once a user"),
                (
                    total / n / (n + damping),
                    "The sum of what is left over, not its mean",
                ),
                (total, "Divide the sum by (number of ratings + damping)"),
                (damped(ratings["rating"] - mean), "The movies' biases count too"),
                (damped(ratings["rating"] - of_movie), "Subtract the mean too"),
                (damped(ratings["rating"]), "Subtract mean and movies' biases first"),
                (-expected, "The ratings less what one expects, not the other way"),
                (
                    damped(ratings["rating"] - mean + of_movie),
                    "The movies' biases are subtracted as well",
                ),
                (
                    left.groupby(ratings["movieId"]).sum()
                    / (left.groupby(ratings["movieId"]).size() + damping),
                    "Group by userId: the movies hold still",
                ),
                (mean + expected, "The bias alone, without the mean"),
            ],
        )
