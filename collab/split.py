"""Ratings table → train, validation."""

import numpy as np


def random_split(ratings, train_fraction=0.8, *, rng):
    """Send each rating to the training rows with probability `train_fraction`.

    One uniform number is drawn per row and compared with the fraction, as in the
    original notebook's `np.random.rand(len(ratings)) < 0.8`; so the number of
    training rows is only about `train_fraction * len(ratings)`.

    Args:
        ratings: a DataFrame of any columns and index.
        train_fraction: strictly between 0 and 1.
        rng: a `np.random.Generator` (a `np.random.RandomState` works too); the same
            state gives the same split.

    Returns:
        `(train, valid)`: two DataFrames that together hold every row exactly once,
        each in the original order with the original index.

    A user or a movie may end up in `valid` only; of a handful of rows, either table
    may be empty.

    Raises:
        ValueError: `ratings` is empty, or `train_fraction` is outside (0, 1).
        TypeError: `rng` is not a random generator.
    """
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise TypeError(
            f"rng must be a generator, for example np.random.default_rng(42), not "
            f"{rng!r}"
        )
    if not 0 < train_fraction < 1:
        raise ValueError(
            f"train_fraction must be between 0 and 1, not {train_fraction!r}"
        )
    if len(ratings) == 0:
        raise ValueError("ratings has no rows to split")
    in_train = rng.random(len(ratings)) < train_fraction
    return ratings[in_train], ratings[~in_train]
