"""Lesson 10's exercises, row by row and how sure → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    array,
    close,
    exercise,
    pair,
    require,
    same_array,
    same_series,
    told,
)


@exercise(
    ZeroDivisionError="sigma and tau are above 0; with no rating, `len(y)` is 0 and "
    "the mean of `y` does not exist",
    TypeError="`y` is an array; its length is len(y)",
)
def check_posterior(posterior):
    """`posterior(y, sigma, tau)`: mean and standard deviation of a bias."""
    each = "each of the ratings adds its certainty, 1 / sigma²"
    for y, sigma, tau in [
        (np.array([1.0, 1.0, 1.0]), 0.9, 0.4),
        (np.array([0.5, -1.5]), 0.5, 2.0),
        (np.array([]), 0.8, 0.3),
    ]:
        n, total = len(y), y.sum()
        certainty = 1 / tau**2 + n / sigma**2
        of_one = 1 / tau**2 + 1 / sigma**2
        mean, sd = total / sigma**2 / certainty, certainty**-0.5
        answer = posterior(y=y, sigma=sigma, tau=tau)
        of_mean, of_sd = pair(answer, "the mean and the standard deviation")
        close(
            of_mean,
            mean,
            "the sum of y, over sigma², times sd²",
            {
                "the mean comes first, then the standard deviation": sd,
                "that is the mean of y, without a belief before": total / max(n, 1),
                "square both standard deviations": total / (sigma / tau + n),
                "sigma and tau are exchanged": total / (tau**2 / sigma**2 + n),
                each: (mean / max(n, 1), total / sigma**2 / of_one),
            },
        )
        close(
            of_sd,
            sd,
            f"1 / sd² = 1 / tau² + {n} / sigma²",
            {
                "that is the variance; take its root": sd**2,
                "that is the deviation without a prior": sigma / max(n, 1) ** 0.5,
                "that is the deviation of a new rating": np.hypot(sd, sigma),
                each: of_one**-0.5,
            },
        )


@exercise(
    ValueError="P has the shape (draws, users, factors), Q (draws, items, factors); "
    "multiply draw by draw: `P[k] @ Q[k].T`",
    TypeError="P and Q are arrays; `P[k]` is the table of users of draw k",
)
def check_mean_prediction(mean_prediction):
    """`mean_prediction(P, Q)`: the mean of the draws' tables users × items."""
    rng = np.random.default_rng(3)
    P, Q = rng.integers(-3, 4, (3, 4, 2)) / 2, rng.integers(-3, 4, (3, 5, 2)) / 2
    tables = P @ Q.transpose(0, 2, 1)
    answer = mean_prediction(P=P, Q=Q)
    found = array(answer, (4, 5), "a table users × items")
    require(
        not np.allclose(found, P.mean(axis=0) @ Q.mean(axis=0).T),
        f"{answer.call} gave {told(found)} for P of shape {P.shape}, Q of shape "
        f"{Q.shape}: that is the product of mean vectors; multiply first, then "
        "average.",
    )
    same_array(
        answer,
        tables.mean(axis=0),
        "a table users × items",
        "the mean of the tables `P[k] @ Q[k].T`",
        {
            "that is the sum over the draws, not their mean": tables.sum(axis=0),
            "that is one draw alone": tuple(tables),
        },
    )


@exercise(
    ValueError="compare arrays with `&`, each comparison in brackets; Python's `and`, "
    "and chains such as a <= b <= c, do not take them",
    TypeError="`&` binds more than `<=`: each comparison needs its brackets",
    AttributeError="an array has no `groupby`: make a Series of it first",
)
def check_coverage(coverage):
    """`coverage(low, high, actual, group)`: the share within, group by group."""
    # Of "old", one row is on its lower end; of "new", one is on its upper end.
    rows = [
        ("old", 2.0, 4.0, 2.0), ("new", 3.0, 4.5, 4.5), ("new", 1.0, 2.5, 3.0),
        ("old", 4.0, 5.0, 4.5), ("few", 2.5, 3.5, 1.0), ("old", 3.0, 4.0, 3.5),
        ("new", 3.5, 4.5, 4.0), ("old", 1.0, 2.0, 0.5), ("new", 2.0, 3.0, 1.5),
        ("old", 3.0, 4.0, 5.0),
    ]  # fmt: skip
    group, low, high, actual = map(np.array, zip(*rows, strict=True))

    def share(inside):
        return pd.Series(inside).groupby(group).mean().astype(float)

    above, below = actual >= low, actual <= high
    inside = above & below
    n_inside = pd.Series(inside).groupby(group).sum()
    same_series(
        coverage(low=low, high=high, actual=actual, group=group),
        share(inside),
        "of each group the share of rows within their interval, groups ascending",
        {
            "The ends belong to the interval": tuple(
                share(a & b)
                for a, b in [
                    (actual > low, actual < high),
                    (actual > low, below),
                    (above, actual < high),
                ]
            ),
            "Both must hold, `low <= actual` and `actual <= high`": (
                share(above),
                share(below),
                share(above | below),
            ),
            "Divide by the rows of the group": (
                n_inside,
                n_inside / len(group),
                n_inside / n_inside.sum(),
            ),
        },
    )
