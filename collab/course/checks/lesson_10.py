"""Lesson 10's exercises, row by row and how sure → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import (
    array,
    close,
    exercise,
    pair,
    require,
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
        counted = 1 / tau**2 + 1 / sigma**2
        close(
            of_mean,
            mean,
            "the sum of y, over sigma², times sd²",
            {
                "the mean comes first, then the standard deviation": sd,
                "that is the mean of y, as if nothing had been believed before": (
                    total / max(n, 1)
                ),
                "certainty is 1 / variance: square the standard deviations": (
                    total / sigma / (1 / tau + n / sigma)
                ),
                "sigma is the noise, tau the prior: they are exchanged": (
                    total / tau**2 / (1 / sigma**2 + n / tau**2)
                ),
                "each rating counts: the sum of y, not its mean": (
                    total / max(n, 1) / sigma**2 / certainty
                ),
                _EACH: total / sigma**2 / counted,
                "the mean holds sd², the variance, not sd": total / sigma**2 * sd,
            },
        )
        close(
            of_sd,
            sd,
            f"1 / sd² = 1 / tau² + {n} / sigma²",
            {
                "that is the variance; take its root": sd**2,
                "that is the certainty, 1 / variance": certainty,
                "that is 1 / sd": certainty**0.5,
                "that is the deviation without a prior": sigma / max(n, 1) ** 0.5,
                "ratings make the bias surer than the prior": tau,
                "that is the deviation of a new rating, not of the bias": (
                    (1 / certainty + sigma**2) ** 0.5
                ),
                _EACH: counted**-0.5,
            },
        )


_EACH = "each of the ratings adds its certainty, 1 / sigma²"


@exercise(
    ValueError="P has the shape (draws, users, factors), Q (draws, items, factors); "
    "multiply draw by draw: `P[k] @ Q[k].T`",
    TypeError="P and Q are arrays; `P[k]` is the table of users of draw k",
)
def check_mean_prediction(mean_prediction):
    """`mean_prediction(P, Q)`: the mean of the draws' tables users × items."""
    for n_draws, n_users, n_items, n_factors in [(3, 4, 5, 2), (2, 3, 3, 3)]:
        rng = np.random.default_rng(n_draws)
        P = rng.integers(-3, 4, (n_draws, n_users, n_factors)) / 2
        Q = rng.integers(-3, 4, (n_draws, n_items, n_factors)) / 2
        tables = np.array([p @ q.T for p, q in zip(P, Q, strict=True)])
        shape = f"P of shape {P.shape}, Q of shape {Q.shape}"
        answer = mean_prediction(P=P, Q=Q)
        found = array(answer, (n_users, n_items), "a table users × items")
        gave = f"{answer.call} gave {told(found)} for {shape}"
        for wrong, why in [
            (
                P.mean(axis=0) @ Q.mean(axis=0).T,
                "that is the product of mean vectors; multiply first, then average",
            ),
            (tables.sum(axis=0), "that is the sum over the draws, not their mean"),
            (tables[0], "that is the first draw alone"),
            (tables[-1], "that is the last draw alone"),
            (np.median(tables, axis=0), "that is the median, not the mean"),
            (
                tables.mean(axis=0) / n_draws,
                "divide by the number of draws once",
            ),
            (
                np.mean([p @ q.T for p, q in zip(P, Q[::-1], strict=True)], axis=0),
                "draw k of P belongs to draw k of Q",
            ),
            (tables.mean(axis=0).round(1), "do not round; whoever prints it will"),
        ]:
            same = np.allclose(wrong, tables.mean(axis=0))
            require(same or not np.allclose(found, wrong), f"{gave}: {why}.")
        want = tables.mean(axis=0)
        require(np.allclose(found, want), f"{gave}; expected {told(want)}.")


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
    for table in (rows, rows[1:7]):
        group, low, high, actual = map(np.array, zip(*table, strict=True))

        def share(inside, group=group):
            return pd.Series(inside).groupby(group).mean().astype(float)

        above, below = actual >= low, actual <= high
        inside = above & below
        strictly = (actual > low) & (actual < high)
        n = pd.Series(group).value_counts().sort_index()
        expected = share(inside)
        first = list(dict.fromkeys(group.tolist()))
        same_series(
            coverage(low=low, high=high, actual=actual, group=group),
            expected,
            "of each group the share of rows within their interval, groups ascending",
            {
                "The groups in ascending order, please": expected[first],
                "A share is asked for, not a number of rows": n * expected,
                "A share, from 0 to 1, not per cent": 100 * expected,
                "That is the share outside": 1 - expected,
                "The ends belong to the interval": share(strictly),
                "The upper end belongs to it": share(above & (actual < high)),
                "The lower end belongs to it": share(below & (actual > low)),
                "Those above the upper end are outside": share(above),
                "Those below the lower end are outside": share(below),
                "Both must hold (`&`), not one": share(above | below),
                "Divide by the rows of the group, not by all rows": (
                    n * expected / len(group)
                ),
                "The share of the group, not the group's share of all hits": (
                    n * expected / inside.sum()
                ),
                "That is the share of all rows": 0 * expected + inside.mean(),
            },
        )
