"""Ratings by row number → a fitted Keras model: the one call that fits well.

>>> import pandas as pd
>>> from collab.regularised import fit_regularised
>>> rows = [  # two camps, of users and of items
...     (user, item, 5 if user % 2 == item % 2 else 1)
...     for user in range(8)
...     for item in range(10)
... ]
>>> train = pd.DataFrame(rows, columns=["user_row", "item_row", "rating"])
>>> model, history = fit_regularised(
...     train, n_users=8, n_items=10, strength=2, seed=0, progress=False
... )
>>> damped_biases, fitted = history["mse"].iloc[[0, -1]].round(1)
>>> bool(fitted < damped_biases)
True
"""

import warnings

import keras
import numpy as np
import pandas as pd
from keras import layers

from collab.baselines import damped_biases
from collab.checks import check_positive, check_scale, check_whole
from collab.progress import Progress
from collab.training import (
    _compile_epoch,
    _errors,
    _parts,
    _to_arrays,
    _told,
)


def fit_regularised(
    train,
    valid=None,
    *,
    n_users,
    n_items,
    user="user_row",
    item="item_row",
    rating="rating",
    scale=None,
    n_factors=50,
    user_damping=5.0,
    item_damping=3.0,
    strength=None,
    seed=None,
    progress=True,
):
    """Build, compile and fit a dot-product model, with settings that fit the table.

    1. It starts from damped biases, b_i = Σ (r - μ - b_u) / (item_damping + n_i) and
       b_u = Σ (r - μ - b_i) / (user_damping + n_u), and from small random factors.
    2. It predicts r = μ + c · (p_u·q_i + b_u + b_i). With y = (r - μ) / c, the loss is
       the sum over the ratings of (y - p_u·q_i - b_u - b_i)² + 0.03 (|p_u|² + |q_i|²)
       plus, once for each row of a table, 5 |p|², 5 |q|² and damping · b². The unit c
       is the ratings' standard deviation / `strength`: the smaller it is, the larger
       the products must become, and the less the penalty of the factors counts.
    3. The strength is the one that is best on inner rows: a tenth of `train` is
       predicted by a model fitted to the others (of small tables, five tenths, one
       after the other). Factors that are not better there than the damped biases, by
       three standard errors, are left out: then the model is the damped biases, and
       a warning says so.

    There are at least 7 epochs and at least 550 steps; Adam's step size falls in a
    straight line from 0.01 to 0 at the last one. Adam updates whole tables at every
    step, 12 · (n_users + n_items) · (n_factors + 1) bytes of weights and their two
    moments; so a batch has at least (n_users + n_items) / 16 ratings, and an epoch has
    at most 256 steps. But 550 steps are 550 updates of all rows, and choosing the
    strength is several such fits: with 78,000 users and 186,000 items, minutes. A
    `strength` that is given saves them.

    Args:
        train: a DataFrame with the columns `user`, `item` (row numbers 0 … n-1) and
            `rating`, in any units: ratings · k + c give predictions · k + c.
        valid: another one, only for the history, or None.
        n_users, n_items: rows of the model's tables, at least 1. Those without a
            rating in `train` count as average: biases and factors of 0.
        scale: `(lowest, highest)` rating there is; None: those in `train`. The model
            carries it, and `predict` clips to it.
        n_factors: at least 1.
        user_damping, item_damping: imaginary average ratings of each, at least 0.
        strength: above 0, instead of step 3; 0 leaves the factors out.
        seed: a whole number makes the fit reproducible; None does not.
        progress: show each epoch as it ends, and what is tried before.

    Returns:
        `(model, history)`: a Keras model as `collab.models.dot_product_model` builds
        it, with two more layers, "add_mean" (where on the scale, from 0 to 1) and
        "to_scale" (in units of the rating); and a DataFrame as `fit` returns it, with
        the damped biases as epoch 0 (and no other epoch, where the factors are left
        out).

    Raises:
        ValueError: as in `fit`; a size below 1; a `scale` that does not hold every
            training rating; a negative damping or strength.

    Warns:
        UserWarning: all ratings are the same, or the factors are left out.
    """
    sizes = check_whole(n_users, "n_users"), check_whole(n_items, "n_items")
    n_factors = check_whole(n_factors, "n_factors")
    dampings = (
        check_positive(user_damping, "user_damping", or_zero=True),
        check_positive(item_damping, "item_damping", or_zero=True),
    )
    strength = (
        None if strength is None else check_positive(strength, "strength", or_zero=True)
    )
    rng = np.random.default_rng(None if seed is None else check_whole(seed, "seed", 0))
    columns = [user, item, rating]
    users, items, ratings = _to_arrays(train, columns, sizes, "train")
    valid = None if valid is None else _to_arrays(valid, columns, sizes, "valid")
    low, high = check_scale(scale, ratings)

    if ratings.min() == ratings.max():
        warnings.warn(
            f"all {len(ratings)} ratings are {ratings[0]:g}, so there is nothing to "
            "tell apart; if a row only says who watched what, rank the items instead "
            "(collab.implicit, collab.ranking)",
            stacklevel=2,
        )
        strength = 0.0

    mean, spread = ratings.mean(), ratings.std() or 1.0
    known = users, items, (ratings - mean) / spread
    trainer = _Trainer(sizes, n_factors, dampings, len(ratings), rng)
    visible = progress and strength != 0
    show = Progress(trainer.title, total=trainer.epochs, visible=visible)
    if strength is None:
        limits = (low - mean) / spread, (high - mean) / spread
        strength = _choose_strength(trainer, known, limits, show.note)
        if not strength:
            warnings.warn(
                "factors did not lower the error of rows held out of the training "
                "rows: the model is the damped biases alone",
                stacklevel=2,
            )
    unit = spread / (strength or 1.0)
    known = users, items, (ratings - mean) / unit
    if valid is not None:
        valid = *valid[:2], (valid[2] - mean) / unit
    net, history = trainer.net, []

    def note(epoch, errors):
        errors = {**errors, **_errors(net, valid, "val_")}
        history.append({"epoch": epoch, **{k: errors[k] * unit**2 for k in errors}})

    trainer.start(*known, factors=0.0)
    note(0, _errors(net, known))
    if strength:
        trainer.start(*known)
        for epoch, errors in enumerate(trainer.run(*known), start=1):
            note(epoch, errors)
            show.update(epoch, _told(history[-1]))
    show.close()

    span = high - low
    one = float(span or 1.0)
    x = layers.Rescaling(
        float(unit) / one, offset=float(mean - low) / one, name="add_mean"
    )(net.output)
    x = layers.Rescaling(span, offset=low, name="to_scale")(x)
    model = keras.Model(net.inputs, x, name="regularised_model")
    model.compile(net.optimizer, "mse", loss_weights=float(unit) ** -2, metrics=["mse"])
    return model, pd.DataFrame(history).set_index("epoch")


class _Trainer:
    """One net, compiled once and fitted to several tables of the same size."""

    def __init__(self, sizes, n_factors, dampings, n_ratings, rng):
        self.sizes, self.dampings, self.rng = sizes, dampings, rng
        # A step updates whole tables: with large ones, it should serve many ratings.
        batch_size = max(
            np.clip(n_ratings // 32, 16, 1024),
            sum(sizes) // 16,
            n_ratings // _MAX_STEPS,
        )
        self.batch_size = int(min(batch_size, n_ratings))
        self.n_batches = -(-n_ratings // self.batch_size)
        self.epochs = max(_MIN_EPOCHS, -(-_MIN_STEPS // self.n_batches))
        self.title = (
            f"{self.epochs} epochs, each {n_ratings:,} ratings in "
            f"{self.n_batches:,} steps"
        )
        self.net = _regularised_net(sizes, n_factors, dampings, n_ratings)
        rate = keras.optimizers.schedules.PolynomialDecay(
            0.01, self.epochs * self.n_batches, 0.0
        )
        self.net.compile(keras.optimizers.Adam(rate), loss="mse", metrics=["mse"])
        self.net.optimizer.build(self.net.trainable_variables)
        # Metrics that are built while a step is traced would have it traced twice.
        _errors(self.net, (np.array([0]), np.array([0]), np.array([0.0])))
        self.run_epoch = _compile_epoch(self.net)

    def start(self, users, items, y, factors=0.02):
        """Damped biases, factors drawn from U(-`factors`, `factors`), Adam anew.

        Who has no rating gets zeros; no gradient and no penalty ever moves them.
        """
        biases = damped_biases(users, items, y, self.sizes, self.dampings)
        for name, rows, values in zip(_SIDES, (users, items), biases, strict=True):
            self.net.get_layer(f"{name}_bias_table").set_weights([values[:, None]])
            table = self.net.get_layer(f"{name}_table")
            shape = table.input_dim, table.output_dim
            drawn = self.rng.uniform(-factors, factors, shape)
            drawn[np.bincount(rows, minlength=shape[0]) == 0] = 0
            table.set_weights([drawn])
        for variable in self.net.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))

    def run(self, users, items, y):
        """All epochs; the errors of each. A last batch is filled up with other rows."""
        for _ in range(self.epochs):
            order = self.rng.permutation(len(y))
            order = np.resize(order, self.n_batches * self.batch_size)
            yield self.run_epoch((users, items, y), order, self.batch_size)

    def predict(self, users, items):
        """y, float64 of shape (n,)."""
        y = np.empty(len(users))
        for part in _parts(len(y)):
            y[part] = np.ravel(self.net([users[part], items[part]]))
        return y


_SIDES = "user_in", "item_in"
_MIN_EPOCHS, _MIN_STEPS = 7, 550
_MAX_STEPS = 256  # of an epoch: more of them take longer and do not fit better


def _regularised_net(sizes, n_factors, dampings, n_ratings):
    """p_u·q_i + b_u + b_i, with the penalties that `fit_regularised` describes.

    Its loss is a mean over the ratings, so what a row pays once is divided by their
    number. (Keras divides an activity penalty by the size of the batch.)
    """
    sides = []
    for name, n, damping in zip(_SIDES, sizes, dampings, strict=True):
        inp = keras.Input(shape=(1,), dtype="int64", name=name)
        factors = layers.Embedding(
            n,
            n_factors,
            embeddings_regularizer=keras.regularizers.L2(5.0 / n_ratings),
            activity_regularizer=keras.regularizers.L2(0.03),
            name=f"{name}_table",
        )(inp)
        bias = layers.Embedding(
            n,
            1,
            embeddings_regularizer=keras.regularizers.L2(damping / n_ratings),
            name=f"{name}_bias_table",
        )(inp)
        factors = layers.Flatten(name=f"{name}_row")(factors)
        sides.append((inp, factors, layers.Flatten(name=f"{name}_bias")(bias)))
    (user, p, user_bias), (item, q, item_bias) = sides
    x = layers.Dot(axes=1, name="dot")([p, q])
    x = layers.Add(name="add_user_bias")([x, user_bias])
    x = layers.Add(name="add_item_bias")([x, item_bias])
    return keras.Model([user, item], x)


def _choose_strength(trainer, known, limits, note):
    """The strength whose factors help most on inner rows; 0 where none of them help.

    The slope of what the biases leave on what the factors say is 1 where the factors
    have the right size: below it, the strength is lowered in steps of √2, above it
    raised, until the error is clearly higher, by more than its standard error.
    """
    n = len(known[0])
    order, size = trainer.rng.permutation(n), n // 10
    if not size:
        return 0.0
    parts = [order[k * size : (k + 1) * size] for k in range(min(5, -(-5_000 // size)))]

    def judge(strength):
        """By how much each squared error is below that of the biases; the slope."""
        left, said, gains = [], [], []
        for number, held_out in enumerate(parts, start=1):
            note(f"trying strength {strength:.2g}, part {number} of {len(parts)}")
            rest = np.delete(np.arange(n), held_out)
            users, items, y = (column[rest] for column in known)
            unseen = [column[held_out] for column in known]
            trainer.start(users, items, y * strength, factors=0.0)
            base = trainer.predict(*unseen[:2]) / strength
            trainer.start(users, items, y * strength)
            for _ in trainer.run(users, items, y * strength):
                pass
            model = trainer.predict(*unseen[:2]) / strength
            left.append(unseen[2] - base)
            said.append(model - base)
            errors = [(np.clip(p, *limits) - unseen[2]) ** 2 for p in (base, model)]
            gains.append(errors[0] - errors[1])
        left, said = np.concatenate(left), np.concatenate(said)
        return np.concatenate(gains), left @ said / max(said @ said, 1e-12)

    best, (best_gains, slope) = 0, judge(1.0)
    step = int(slope > 1.25) - int(slope < 0.7)
    k = step
    while step and -2 <= k <= 6:
        gains, _ = judge(2 ** (k / 2))
        lead = gains - best_gains
        if lead.mean() < -_standard_error(lead):
            break
        if lead.mean() > 0:
            best, best_gains = k, gains
        k += step
    # Three: the best of several has the best luck as well.
    if best_gains.mean() <= 3 * _standard_error(best_gains):
        return 0.0
    return 2 ** (best / 2)


def _standard_error(values):
    return values.std() / np.sqrt(len(values))
