"""Values of some users → their mean and its 95 % interval; two sides compared in pairs.

>>> from collab.intervals import mean_interval
>>> mean, half = mean_interval([1, 2, 6])
>>> f"{mean:.1f} ± {half:.1f}"
'3.0 ± 3.0'
>>> mean, half = mean_interval([1, 1, 5, 1], by=["Ann", "Ann", "Bo", "Cy"])
>>> f"{mean:.1f} ± {half:.1f}"
'2.0 ± 2.2'
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import check_by_id, check_ids, check_numbers


def mean_interval(
    values: ArrayLike, by: ArrayLike | None = None
) -> tuple[float, float]:
    """The mean of values, and the half-width of its 95 % interval.

        mean ± 1.96 · √(G / (G - 1) · Σ s²) / n

    where s is the sum of (value - mean) over the values of one of G users, say. With
    one value each this is mean ± 1.96 · standard deviation / √n.

    Args:
        values: numbers, such as the differences of two squared errors.
        by: whose each value is, in the same order. Values of one user are often alike;
            the interval is then that of users who are drawn at random with all their
            values. None: each value is drawn by itself.

    Returns:
        `(mean, half_width)`, floats in the unit of the values.

    Raises:
        ValueError: fewer than two values, or than two users.

    Source: Cameron and Miller, "A Practitioner's Guide to Cluster-Robust Inference"
    (Journal of Human Resources, 2015), section II.
    """
    values = check_numbers(values, "values")
    groups = range(len(values)) if by is None else check_ids(by, "by")
    if len(groups) != len(values):
        raise ValueError(f"by must have {len(values)} ids, one a value: {len(groups)}")
    rows, names = pd.factorize(np.asarray(groups))
    if len(names) < 2:
        what = "values" if by is None else "by"
        raise ValueError(f"{what} must be 2 or more, not {len(names)}")
    mean = values.mean()
    sums = np.bincount(rows, values - mean)
    variance = (sums**2).sum() * len(sums) / (len(sums) - 1)
    return float(mean), float(1.96 * np.sqrt(variance) / len(values))


def paired_interval(a: pd.Series, b: pd.Series) -> tuple[float, float]:
    """By how much a is above b, user by user: the mean of a - b, and its half-width.

    Both are judged on the same users, so what makes a user easy or hard drops out. If
    the interval mean ± half-width holds 0, these users cannot tell a from b.

    Args:
        a, b: two Series by user of the same users, in any order.

    Returns:
        `(mean, half_width)` as in `mean_interval`.
    """
    for name, values in [("a", a), ("b", b)]:
        check_by_id(values, name)
    alone = a.index.symmetric_difference(b.index, sort=False).tolist()
    if alone:
        raise ValueError(
            f"a and b must have the same users; {len(alone)} are in one of them only, "
            f"such as {alone[0]!r}"
        )
    a, b = (check_numbers(s, name) for s, name in [(a, "a"), (b.reindex(a.index), "b")])
    return mean_interval(a - b)
