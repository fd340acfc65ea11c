"""Who watched what → a dot product trained to rank; the neighbours it has to beat."""

import operator

import keras
import numpy as np
import pandas as pd
from keras import layers


def watched(
    ratings, n_users, n_items, *, fade=0.0, user="user", item="movie", time="timestamp"
):
    """The table of who watched what, the latest counting most.

    The a-th part of a user's history, from 0 at the latest rating to almost 1 at the
    first, counts e^(-fade · a). Stars do not count: whoever rates has watched.

    Args:
        ratings: a DataFrame with the columns `user` and `item` (row numbers 0 … n-1)
            and, if `fade` is not 0, `time`. Ratings of the same second count as given
            in the order of the rows.
        n_users, n_items: the size of the table.
        fade: at least 0; 0 counts every rating as 1. With 8, what was rated halfway
            back counts e^-4 = 0.02.

    Returns:
        float32 of shape (n_users, n_items): 0 where nothing was watched.

    Raises:
        ValueError: a column is missing or has missing values, a row number is no
            integer or outside the table, a pair occurs twice, a size is below 1, or
            `fade` is negative or infinite.
        TypeError: a size is not a whole number.
    """
    n_users, n_items = _whole(n_users, "n_users"), _whole(n_items, "n_items")
    if not 0 <= fade < np.inf:
        raise ValueError(f"fade must be 0 or more and finite, not {fade!r}")
    for column in [user, item, *([time] if fade else [])]:
        if column not in ratings.columns:
            raise ValueError(
                f"ratings has no column {column!r}; it has {list(ratings.columns)}"
            )
        if ratings[column].isna().any():
            raise ValueError(f"column {column!r} has missing values")
    for column, n in [(user, n_users), (item, n_items)]:
        if not pd.api.types.is_integer_dtype(ratings[column]):
            raise ValueError(
                f"column {column!r} must hold row numbers, integers, not "
                f"{ratings[column].dtype}"
            )
        outside = ratings[column][~ratings[column].between(0, n - 1)]
        if len(outside):
            raise ValueError(
                f"column {column!r} has the value {outside.iloc[0]}; row numbers are "
                f"0 … {n - 1}"
            )
    twice = ratings[[user, item]][ratings.duplicated([user, item])]
    if len(twice):
        raise ValueError("user {} watched item {} twice".format(*twice.iloc[0]))
    table = np.zeros((n_users, n_items), dtype="float32")
    by_time = ratings.sort_values(time, kind="stable") if fade else ratings
    of_user = by_time.groupby(user)
    n_later = of_user.cumcount(ascending=False)  # 0 is the latest
    n_all = of_user[item].transform("size")
    table[by_time[user], by_time[item]] = np.exp(-fade * n_later / n_all)
    return table


def ranking_model(
    n_users, n_items, n_factors=200, *, counts, reg=0.03, dropout=0.5, seed=None
):
    """The same dot product, one user against all items at once: scores to rank by.

        score(u, i) = p_u · q_i + b_i

    Meant for a softmax loss, which asks only that the watched items score higher than
    the others; a user's own bias would move all of them alike, so there is none.

    Args:
        n_users, n_items, n_factors: sizes, at least 1.
        counts: how often each item was watched, shape (n_items,), none negative. The
            item biases start at log(counts + 1), which is ranking by popularity.
        reg: λ of the L2 penalty on the users of a batch and on the table of the items.
        dropout: the share of the factors that each training step leaves out.
        seed: of the first factors and of the dropout.

    Returns:
        An uncompiled `keras.Model`: input "user_in" of shape (batch,), row numbers;
        output float32 (batch, n_items). The table of the items is the layer "items".

    Raises:
        ValueError: a size below 1, `counts` of another shape or with a value that is
            negative or no number, a negative `reg`, or a `dropout` outside 0 … 1.
        TypeError: a size or the seed is not a whole number.

    Source: the loss is that of a multinomial likelihood over the items, as in Liang et
    al., "Variational Autoencoders for Collaborative Filtering" (WWW 2018), section 2.1.
    """
    counts = np.asarray(counts, dtype="float64")
    n_users, n_items = _whole(n_users, "n_users"), _whole(n_items, "n_items")
    n_factors = _whole(n_factors, "n_factors")
    if counts.shape != (n_items,):
        raise ValueError(f"counts must have the shape {(n_items,)}, not {counts.shape}")
    wrong = counts[~((counts >= 0) & np.isfinite(counts))]
    if len(wrong):
        raise ValueError(f"counts must be 0 or more and finite, not {wrong[0]}")
    if not (reg >= 0 and 0 <= dropout < 1):
        raise ValueError(
            f"reg={reg} must be 0 or more and dropout={dropout} from 0 to below 1"
        )
    seed = None if seed is None else operator.index(seed)
    # One seed for both would make the tables alike.
    item_seed = None if seed is None else seed + 1
    user = keras.Input((), dtype="int64", name="user_in")
    vector = layers.Embedding(
        n_users,
        n_factors,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05, seed=seed),
        activity_regularizer=keras.regularizers.L2(reg),
        name="user_in_table",
    )(user)  # (batch, n_factors)
    vector = layers.Dropout(dropout, seed=seed, name="dropout")(vector)
    items = layers.Dense(
        n_items,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05, seed=item_seed),
        kernel_regularizer=keras.regularizers.L2(reg / n_users),
        name="items",
    )
    model = keras.Model(user, items(vector), name="ranking_model")
    items.bias.assign(np.log(counts + 1))
    return model


def item_similarities(watched, n_neighbours=100, *, damping=10.0):
    """How alike two items are by who watched both; only the most alike are kept.

        s(i, j) = |watched both| / (√(|watched i| · |watched j|) + damping)

    Args:
        watched: (n_users, n_items), 1 where watched, 0 elsewhere.
        n_neighbours: each item keeps this many, at least 1 (more where several are
            equally alike at the border); the others become 0, and so does s(i, i).
        damping: at least 0: two items that one person watched are no evidence.

    Returns:
        float32 (n_items, n_items): column i holds the neighbours of item i, so that
        `watched @ similarities` scores every item for every user.

    Raises:
        ValueError: another shape, NaN or infinity (a crosstab has NaN where nothing
            was watched), `n_neighbours` below 1, or a negative damping.
        TypeError: `n_neighbours` is not a whole number.

    Source: Sarwar et al., "Item-based collaborative filtering recommendation
    algorithms" (WWW 2001), section 3, with a damped cosine.
    """
    watched = np.asarray(watched, dtype="float32")
    if watched.ndim != 2:
        raise ValueError(f"watched must be users × items, not of shape {watched.shape}")
    if not np.isfinite(watched).all():
        raise ValueError(
            f"watched has {np.sum(~np.isfinite(watched))} NaN or infinite values"
        )
    n_neighbours = _whole(n_neighbours, "n_neighbours")
    if not damping >= 0:
        raise ValueError(f"damping must be 0 or more, not {damping!r}")
    both = watched.T @ watched
    n = np.diag(both)
    below = np.sqrt(np.outer(n, n)) + np.float32(damping)  # one root: 1 · 4 is 2 · 2
    below = np.maximum(below, 1e-9)
    similar = np.divide(both, below, out=both)
    np.fill_diagonal(similar, 0)
    if n_neighbours < len(similar):
        kth = np.partition(similar, -n_neighbours, axis=0)[-n_neighbours]
        similar[similar < kth] = 0
    return similar


def _whole(value, name):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be 1 or more, not {value}")
    return int(value)
