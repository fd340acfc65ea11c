"""Logs of one policy → what another policy would have been worth.

>>> from collab.logs import inverse_propensity, self_normalised
>>> watched = [1, 0, 1, 0]  # what came of four visits
>>> logged = [0.5, 0.5, 0.25, 0.25]  # how probably the logs' policy showed what it did
>>> new = [0.25, 0.25, 0.5, 0.5]  # how probably the new policy would have shown it
>>> [round(value(watched, logged, new)[0], 3) for value in (inverse_propensity,
...     self_normalised)]
[0.625, 0.5]

A visit has the weight w = new / logged: how often the new policy would have made it
happen for each time that the old one did. So the logs must come from a policy that
chose at random, with probabilities that were written down when it chose. No weight
brings back what the old policy never shows.
"""

import numpy as np
from numpy.typing import ArrayLike

from collab.checks import check_numbers, check_positive
from collab.intervals import mean_interval


def inverse_propensity(
    rewards: ArrayLike,
    logged: ArrayLike,
    new: ArrayLike,
    *,
    clip: float | None = None,
    by: ArrayLike | None = None,
) -> tuple[float, float]:
    """The mean of w · reward (inverse propensity scoring).

    Without `clip` it is right on average. It fails where some w are large: a few visits
    then decide, and the interval is too narrow while none of them has come. `clip` cuts
    the weights. That makes the value steadier and, with rewards of 0 or more, too low.

    Args:
        rewards: of each visit, numbers of shape (n,).
        logged: the probability, above 0 and at most 1, with which the policy of the
            logs showed what it showed.
        new: the probability, from 0 to 1, with which the new policy would have shown
            the same.
        clip: the largest weight, above 0; None cuts nothing.
        by: whose each visit is, as in `collab.intervals.mean_interval`.

    Returns:
        `(value, half_width)` of a 95 % interval, in the unit of the rewards.

    Raises:
        ValueError: a logged probability is 0; fewer than two visits or than two users.

    Source: Horvitz and Thompson, "A generalization of sampling without replacement"
    (JASA, 1952); clipped: Ionides, "Truncated importance sampling" (2008).
    """
    rewards, w = _weights(rewards, logged, new, clip)
    return mean_interval(w * rewards, by)


def self_normalised(
    rewards: ArrayLike,
    logged: ArrayLike,
    new: ArrayLike,
    *,
    by: ArrayLike | None = None,
) -> tuple[float, float]:
    """Σ w · reward / Σ w, a weighted mean of the rewards.

    It stays between the lowest and the highest reward and is far steadier than
    `inverse_propensity`. With few visits it leans towards the value of the logs' own
    policy: of one visit it is that visit's reward, whatever its weight.

    Arguments and errors as in `inverse_propensity`; also a ValueError where the new
    policy shows nothing of what the logs show. The interval is that of a ratio of two
    means (the delta method).

    Source: Swaminathan and Joachims, "The self-normalized estimator for counterfactual
    learning" (NIPS 2015), equation 8.
    """
    rewards, w = _weights(rewards, logged, new)
    if not w.any():
        raise ValueError("new is 0 everywhere: it shows nothing of what the logs show")
    value = (w * rewards).sum() / w.sum()
    _, half_width = mean_interval(w * (rewards - value) / w.mean(), by)
    return float(value), half_width


def doubly_robust(
    rewards: ArrayLike,
    logged: ArrayLike,
    new: ArrayLike,
    expected: ArrayLike,
    expected_new: ArrayLike,
    *,
    by: ArrayLike | None = None,
) -> tuple[float, float]:
    """The mean of what a model expects, and of w · (reward - expected) for its errors.

    It is right on average if the probabilities are right or if the model is. The better
    the model, the smaller is what the weights are applied to, and the steadier the
    value.

    Args:
        expected: what a model that has not seen this visit expects of what was shown.
        expected_new: what it expects of the new policy on this visit: the sum over all
            that can be shown of new probability times expected reward.

    The other arguments, result and errors as in `inverse_propensity`.

    Source: Dudík, Langford and Li, "Doubly robust policy evaluation and learning" (ICML
    2011), equation 2.
    """
    rewards, w = _weights(rewards, logged, new)
    expected = _as_many(expected, "expected", rewards)
    expected_new = _as_many(expected_new, "expected_new", rewards)
    return mean_interval(expected_new + w * (rewards - expected), by)


def _weights(rewards, logged, new, clip=None):
    rewards = check_numbers(rewards, "rewards")
    logged = _as_many(logged, "logged", rewards)
    new = _as_many(new, "new", rewards)
    for name, chance in [("logged", logged), ("new", new)]:
        wrong = chance[(chance < 0) | (chance > 1)]
        if len(wrong):
            raise ValueError(f"{name} must hold probabilities, not {wrong[0]:g}")
    if not logged.all():
        raise ValueError(
            f"logged is 0 in row {logged.argmin()}: what was shown had a probability "
            "above 0. If it was not written down, these logs cannot answer"
        )
    w = new / logged
    return rewards, w if clip is None else np.minimum(w, check_positive(clip, "clip"))


def _as_many(values, name, rewards):
    values = check_numbers(values, name)
    if len(values) != len(rewards):
        raise ValueError(f"{name} has {len(values)} rows, rewards {len(rewards)}")
    return values
