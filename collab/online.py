"""Two policies → how many people a test of them needs; one list drafted from two.

>>> import numpy as np
>>> from collab.online import people_needed, team_draft
>>> round(people_needed(0.1, 0.5, 0.5))  # a tenth of a star, sd half a star
392
>>> p, q = 0.10, 0.11  # shares of people have the variances p (1 - p) and q (1 - q)
>>> round(people_needed(q - p, (p * (1 - p)) ** 0.5, (q * (1 - q)) ** 0.5))
14731
>>> team_draft([1, 2, 3], [1, 4, 2], 3, seed=0)
([1, 4, 2], ['a', 'b', 'a'])
"""

import numpy as np
from numpy.typing import ArrayLike

from collab.checks import Seed, check_ids, check_positive, check_seed, check_whole


def people_needed(gain: float, sd_a: float, sd_b: float) -> float:
    """How many people each of the two groups of an A/B test needs.

        n = (1.96 + 0.84)² (sd_a² + sd_b²) / gain²

    1.96 and 0.84 are the normal quantiles at 0.975 and 0.8, rounded: four of five such
    tests then find the gain, outside the 95 % interval around no gain.

    Args:
        gain: the difference of the two means that is to be found, above 0.
        sd_a, sd_b: the standard deviation of one person's result in each group, at
            least 0. Of a share p of people it is √(p (1 - p)).

    Source: van Belle, "Statistical Rules of Thumb" (2008), section 2.1.
    """
    gain = check_positive(gain, "gain")
    sd_a = check_positive(sd_a, "sd_a", or_zero=True)
    sd_b = check_positive(sd_b, "sd_b", or_zero=True)
    return (1.96 + 0.84) ** 2 * (sd_a**2 + sd_b**2) / gain**2


def team_draft(
    a: ArrayLike, b: ArrayLike, n: int = 10, *, seed: Seed
) -> tuple[list, list[str]]:
    """One list of n from two, as two captains pick their teams: interleaving.

    In each round a coin says who picks first. Then each list in turn gives its best
    item that is not yet taken. Both lists have as many places, at the same heights on
    average, so the one whose items are chosen more often is liked better.

    Args:
        a, b: ids, the best first, none twice in a list.

    Returns:
        The ids, and for each "a" or "b": whose place it is. Fewer than n where both
        lists end; where one has ended, the other goes on alone.

    Source: Radlinski, Kurup and Joachims, "How does clickthrough data reflect retrieval
    quality?" (CIKM 2008), algorithm 2.
    """
    a = check_ids(a, "a", ordered=True)
    b = check_ids(b, "b", known=a, ordered=True)
    n, rng = check_whole(n, "n"), check_seed(seed)
    left = {"a": a.tolist(), "b": b.tolist()}
    for name, items in left.items():
        if len(set(items)) < len(items):
            raise ValueError(f"{name}: an id occurs twice")
    drafted, teams = [], []
    while left["a"] or left["b"]:
        for team in np.array(["a", "b"])[rng.permutation(2)].tolist():
            free = [item for item in left[team] if item not in drafted]
            drafted += free[:1]
            teams += [team] * len(free[:1])
            left[team] = free[1:]
    return drafted[:n], teams[:n]
