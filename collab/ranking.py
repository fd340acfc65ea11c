"""Who watched what → a dot product trained to rank (Keras).

>>> import pandas as pd
>>> from collab.ranking import fit_next, history_table
>>> columns = ["user_row", "item_row", "timestamp"]
>>> ratings = [[u, i, i] for u in range(6) for i in range(4)]  # 0, 1, 2, 3 in turn
>>> ratings = pd.DataFrame(ratings, columns=columns)
>>> options = {"n_factors": 4, "epochs": 60, "rate": 0.1, "dropout": 0, "seed": 0}
>>> model, history = fit_next(ratings, 4, progress=False, **options)
>>> past = [[0], [0, 1]]  # after 0 comes 1, after 0 and 1 comes 2
>>> tables = [history_table(past, 4), history_table(past, 4, fade=8)]
>>> model.predict(tables, verbose=0).argmax(axis=1).tolist()
[1, 2]
"""

from collections.abc import Sequence

import keras
import numpy as np
import pandas as pd
from keras import layers
from numpy.typing import ArrayLike

from collab.checks import (
    check_columns,
    check_ids,
    check_numbers,
    check_positive,
    check_row_numbers,
    check_times,
    check_whole,
)
from collab.implicit import check_pairs, fading
from collab.progress import Progress


def history_model(
    n_items: int,
    n_factors: int = 200,
    *,
    counts: ArrayLike,
    lately: bool = True,
    reg: float = 2.5e-5,
    dropout: float = 0.2,
    seed: int | None = None,
) -> keras.Model:
    """A dot product whose users are sums of what they watched: no row per user.

        p = Σ over the watched items a_i / √n + Σ over them w_i c_i / √(Σ w²)
        score(i) = p · q_i + b_i, and minus infinity (-1e9) for what was watched

    w fades: the latest count most. A new user with a history is served like anybody
    else, without training.

    Args:
        counts: how often each item was watched, shape (n_items,), none negative. The
            item biases start at log(counts + 1), which is ranking by popularity.
        lately: whether there is the second sum.
        reg: λ of the L2 penalty on the tables a, c and q, at least 0.
        dropout: the share of the factors that each training step leaves out, from 0 to
            below 1. Of the watched items it leaves out three tenths.
        seed: of the first factors and of the dropout.

    Returns:
        An uncompiled `keras.Model`: input "watched_in", float32 of shape (batch,
        n_items), 1 where watched, and "lately_in", the same faded; output float32
        (batch, n_items).

    Source: a user as a sum of item vectors is that of Kabbur, Ning and Karypis, "FISM:
    factored item similarity models" (KDD 2013), section 3; the loss is that of Liang et
    al., "Variational Autoencoders for Collaborative Filtering" (WWW 2018), section 2.1.
    """
    n_items = check_whole(n_items, "n_items")
    n_factors = check_whole(n_factors, "n_factors")
    counts = check_numbers(counts, "counts")
    if len(counts) != n_items:
        raise ValueError(f"counts has {len(counts)} values for {n_items} items")
    if counts.min() < 0:
        raise ValueError(f"counts must be 0 or more, not {counts.min():g}")
    check_positive(reg, "reg", or_zero=True)
    if check_positive(dropout, "dropout", or_zero=True) >= 1:
        raise ValueError(f"dropout must be below 1, not {dropout}")
    seed = None if seed is None else check_whole(seed, "seed", 0)
    seeds = iter([None] * 9 if seed is None else range(seed, seed + 9))

    def table(units, name, use_bias=False):
        return layers.Dense(
            units,
            use_bias=use_bias,
            kernel_initializer=keras.initializers.RandomNormal(0, 0.05, next(seeds)),
            kernel_regularizer=keras.regularizers.L2(reg),
            name=name,
        )

    inputs, sums = [], []
    for name in ["watched", "lately"][: 1 + bool(lately)]:
        inputs.append(keras.Input((n_items,), name=f"{name}_in"))
        row = layers.UnitNormalization(name=f"{name}_of_length_1")(inputs[-1])
        row = layers.Dropout(0.3, seed=next(seeds), name=f"{name}_some")(row)
        sums.append(table(n_factors, name)(row))  # (batch, n_factors)
    vector = layers.Add(name="user")(sums) if lately else sums[0]
    vector = layers.Dropout(dropout, seed=next(seeds), name="dropout")(vector)
    items = table(n_items, "items", use_bias=True)
    out = layers.Rescaling(1e9, name="out_of_the_contest")(inputs[0])
    scores = layers.Subtract(name="scores")([items(vector), out])
    model = keras.Model(inputs if lately else inputs[0], scores, name="history_model")
    items.bias.assign(np.log(counts + 1))
    return model


def fit_next(
    ratings: pd.DataFrame,
    n_items: int,
    *,
    fade: float = 8.0,
    n_factors: int = 200,
    epochs: int = 60,
    rate: float = 0.01,
    reg: float = 2.5e-5,
    dropout: float = 0.2,
    batch_size: int = 64,
    seed: int | None = None,
    progress: bool = True,
    user: str = "user_row",
    item: str = "item_row",
    time: str = "timestamp",
) -> tuple[keras.Model, pd.DataFrame]:
    """Train `history_model` on the question itself: from the past, what comes next?

    Each epoch cuts every user's history once, at a random place after its first fifth.
    From what is before the cut, the softmax predicts what is next: a ninth as much, at
    least one item. A user of whom n items are predicted weighs √n.

    Args:
        ratings: a DataFrame with the columns `user` (any ids), `item` (row numbers 0 …
            n_items-1) and `time`. Ratings of the same moment count as given in the
            order of the rows. Users with one rating teach nothing.
        fade: how the second sum fades, as in `implicit.who_watched`; 0: there is none.
        n_factors, reg, dropout: as in `history_model`.
        epochs: cuts of each user.
        rate: Adam's first step size, which falls linearly to 0.
        batch_size: users in a step.
        seed: of the first factors, the dropout, the cuts and the order of the users.

    Returns:
        `(model, history)`: the trained model, to be called with `history_table` (and
        the faded one); and a DataFrame with the column "loss" and a row for each epoch.

    Raises:
        ValueError: a pair occurs twice, or nobody has two ratings.
    """
    n_items = check_whole(n_items, "n_items")
    epochs = check_whole(epochs, "epochs")
    batch_size = check_whole(batch_size, "batch_size")
    check_positive(rate, "rate")
    check_positive(fade, "fade", or_zero=True)
    histories = _histories(ratings, n_items, user, item, time)
    counts = np.bincount(np.concatenate(histories), minlength=n_items)
    histories = [history for history in histories if len(history) > 1]
    if not histories:
        raise ValueError("nobody has two ratings: there is no next one to learn from")
    model = history_model(
        n_items,
        n_factors,
        counts=counts,
        lately=fade > 0,
        reg=reg,
        dropout=dropout,
        seed=seed,
    )
    n_steps = epochs * -(-len(histories) // batch_size)
    schedule = keras.optimizers.schedules.PolynomialDecay(rate, n_steps, 0)
    softmax = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss=softmax)
    rng, losses = np.random.default_rng(seed), []
    title = f"{epochs} cuts of {len(histories):,} histories"
    show = Progress(title, total=epochs, visible=progress)
    for _ in range(epochs):
        model.reset_metrics()
        order = rng.permutation(len(histories))
        for start in range(0, len(order), batch_size):
            few = [histories[user] for user in order[start : start + batch_size]]
            pasts, nexts = zip(*(past_and_next(one, rng) for one in few), strict=True)
            tables = history_table(pasts, n_items)
            if fade:
                tables = [tables, history_table(pasts, n_items, fade)]
            share = history_table(nexts, n_items)
            n_next = share.sum(axis=1, keepdims=True)
            weights = np.sqrt(n_next[:, 0])
            weights /= weights.mean()
            loss = model.train_on_batch(tables, share / n_next, weights)
        losses.append(float(loss))
        show.update(len(losses), f"loss {losses[-1]:.3f}")
    show.close()
    return model, pd.DataFrame({"loss": losses})


def past_and_next(
    history: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One user's history, oldest first, cut at random: what was, what came next."""
    cut = rng.integers(max(1, len(history) // 5), len(history))
    return history[:cut], history[cut : cut + max(1, cut // 9)]


def history_table(
    histories: Sequence[np.ndarray], n_items: int, fade: float = 0.0
) -> np.ndarray:
    """Rows as those of `implicit.who_watched`, dense, from lists in order of time."""
    table = np.zeros((len(histories), n_items), "float32")
    for row, history in zip(table, histories, strict=True):
        n = len(history)
        row[history] = fading(np.arange(n)[::-1], n, fade)
    return table


def _histories(ratings, n_items, user, item, time):
    """Each user's row numbers of items, oldest first."""
    table = check_columns(ratings, [user, item, time])
    users = check_ids(table[user], f"column {user!r}")
    items = check_row_numbers(table[item], f"column {item!r}", n_items)
    check_pairs(users, items)
    order = np.argsort(check_times(table[time], f"column {time!r}"), kind="stable")
    by_user = pd.Series(items[order]).groupby(users[order])
    return [own.to_numpy() for _, own in by_user] or [np.zeros(0, "int64")]
