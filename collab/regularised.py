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

import functools
import warnings

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

from collab.baselines import damped_biases, estimate_dampings
from collab.checks import Scale, check_positive, check_scale, check_whole
from collab.metrics import standard_error
from collab.models import dot_product_model
from collab.progress import Progress
from collab.split import inner_tenths
from collab.training import predict_rows, to_arrays


def fit_regularised(
    train: pd.DataFrame,
    valid: pd.DataFrame | None = None,
    *,
    n_users: int,
    n_items: int,
    user: str = "user_row",
    item: str = "item_row",
    rating: str = "rating",
    scale: Scale | None = None,
    n_factors: int = 50,
    user_damping: float | None = None,
    item_damping: float | None = None,
    strength: float | None = None,
    seed: int | None = None,
    progress: bool = True,
) -> tuple[keras.Model, pd.DataFrame]:
    """Build and fit a dot-product model, with settings that fit the table.

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
       three standard errors, are left out.

    Adam takes at least 550 steps in at least 7 epochs; its step size falls in a
    straight line from 0.01 to 0. Each step updates all rows of all tables (12 bytes a
    number, with Adam's two moments). So a batch has at least (n_users + n_items) / 16
    ratings, and an epoch at most 256 steps. Choosing the strength is several such fits:
    with 78,000 users and 186,000 items, minutes. A `strength` that is given saves them.

    Args:
        train: a DataFrame with the columns `user`, `item` (row numbers 0 … n-1) and
            `rating`, in any units: ratings · k + c give predictions · k + c.
        valid: another one, only for the history, or None.
        n_users, n_items: rows of the model's tables, at least 1. Those without a
            rating in `train` count as average: biases and factors of 0.
        scale: `(lowest, highest)` rating there is; None: those in `train`. The model
            carries it, and `predict` clips to it.
        n_factors: at least 1.
        user_damping, item_damping: imaginary average ratings of each, at least 0; None
            reads them off the table (`collab.baselines.estimate_dampings`).
        strength: above 0, instead of step 3; 0 leaves the factors out.
        seed: a whole number makes the fit reproducible; None does not.
        progress: show each epoch as it ends, and what is tried before.

    Returns:
        `(model, history)`: a Keras model, not compiled, as `dot_product_model` builds
        it, with two more layers, "add_mean" (where on the scale, from 0 to 1) and
        "to_scale" (in units of the rating, float64). And a DataFrame by epoch: `mse`
        and, with `valid`, `val_mse`, in units of the rating, squared. Epoch 0 is the
        damped biases, and the only one where the factors are left out.

    Raises:
        ValueError: a row number beyond its table, no rows, or a `scale` that does not
            hold every training rating.

    Warns:
        UserWarning: all ratings are the same, or the factors are left out.
    """
    sizes = check_whole(n_users, "n_users"), check_whole(n_items, "n_items")
    n_factors = check_whole(n_factors, "n_factors")
    *dampings, strength = (
        None if value is None else check_positive(value, name, or_zero=True)
        for name, value in [
            ("user_damping", user_damping),
            ("item_damping", item_damping),
            ("strength", strength),
        ]
    )
    rng = np.random.default_rng(None if seed is None else check_whole(seed, "seed", 0))
    columns = {"user": user, "item": item, "rating": rating}
    (users, items), ratings = to_arrays(train, sizes, **columns, name="train")
    if valid is not None:
        valid = to_arrays(valid, sizes, **columns, name="valid")
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
    dampings = estimate_dampings(*known, sizes, dampings)
    trainer = _Trainer(sizes, n_factors, dampings, len(ratings), rng)
    title = f"{trainer.epochs} epochs, each {len(ratings):,} ratings in "
    title += f"{trainer.n_batches:,} steps"
    shown = progress and strength != 0
    show = Progress(title, total=trainer.epochs, visible=shown)
    if strength is None:
        limits = (low - mean) / spread, (high - mean) / spread
        strength, why = _choose_strength(trainer, known, limits, spread, show.note)
        if not strength:
            warnings.warn(f"{why}; the model is the damped biases alone", stacklevel=2)
    unit = spread / (strength or 1.0)
    known = users, items, (ratings - mean) / unit
    history = []

    def note(mse):
        errors = {"mse": mse * unit**2}
        if valid is not None:
            predicted = mean + unit * predict_rows(trainer, *valid[0])
            errors["val_mse"] = np.mean((predicted - valid[1]) ** 2)
        history.append(errors)
        return "  ".join(f"{name} {error:.3f}" for name, error in errors.items())

    trainer.start(*known, factors=0.0)
    note(np.mean((predict_rows(trainer, users, items) - known[2]) ** 2))
    if strength:
        trainer.start(*known)
        for epoch, mse in enumerate(trainer.run(*known), start=1):
            show.update(epoch, note(mse))
    show.close()
    model = _with_scale(trainer, float(mean), float(unit), low, high)
    return model, pd.DataFrame(history).rename_axis("epoch")


def _with_scale(trainer, mean, unit, low, high):
    """A Keras model that predicts `mean + unit * y`, by way of 0 … 1 on the scale."""
    options = {"reg": 0, "initializer": "zeros"}
    model = dot_product_model(*trainer.sizes, trainer.n_factors, **options)
    model.set_weights([table.numpy() for table in trainer.tables])
    x, span = model.output, high - low
    one = span or 1.0
    add_mean, to_scale = (unit / one, (mean - low) / one), (span, low)
    for name, rescaling in [("add_mean", add_mean), ("to_scale", to_scale)]:
        # Keras would make float32 of floats, where ratings far from 0 are all alike.
        a, b = tf.constant(rescaling, "float64")
        x = layers.Rescaling(a, offset=b, dtype="float64", name=name)(x)
    return keras.Model(model.inputs, x, name="regularised_model")


_MIN_EPOCHS, _MIN_STEPS = 7, 550
_MAX_STEPS = 256  # of an epoch: more of them take longer and do not fit better
_RATINGS_AT_ONCE = 2**22


class _Trainer:
    """Four tables, whose steps are compiled once and fitted to several sets of rows."""

    def __init__(self, sizes, n_factors, dampings, n_ratings, rng):
        self.sizes, self.n_factors, self.dampings = sizes, n_factors, dampings
        self.n_ratings, self.rng = n_ratings, rng
        # A step updates whole tables: with large ones, it should serve many ratings.
        batch_size = max(
            np.clip(n_ratings // 32, 16, 1024),
            sum(sizes) // 16,
            n_ratings // _MAX_STEPS,
        )
        self.batch_size = int(min(batch_size, n_ratings))
        self.n_batches = -(-n_ratings // self.batch_size)
        self.epochs = max(_MIN_EPOCHS, -(-_MIN_STEPS // self.n_batches))
        zeros = [np.zeros((n, k), "float32") for k in (n_factors, 1) for n in sizes]
        self.tables = [keras.Variable(table) for table in zeros]  # P, Q, b_u, b_i
        steps = self.epochs * self.n_batches
        rate = keras.optimizers.schedules.PolynomialDecay(0.01, steps, 0.0)
        self.optimizer = keras.optimizers.Adam(rate)
        self.optimizer.build(self.tables)
        # Keras's `fit` compiles one step, not a loop: here it took two to four times as
        # long, most of all on small tables.
        types = "int64", "int64", "float32"
        self.take_steps = tf.function(
            self._take_steps,
            input_signature=[tf.TensorSpec([None, None], dtype) for dtype in types],
            jit_compile=_has_xla(),
        )

    def start(self, users, items, y, factors=0.02):
        """Damped biases, factors drawn from U(-`factors`, `factors`), Adam anew.

        A row without ratings gets zeros, which no gradient and no penalty moves.
        """
        biases = damped_biases(users, items, y, self.sizes, self.dampings)
        for side, rows in enumerate((users, items)):
            n = self.sizes[side]
            drawn = self.rng.uniform(-factors, factors, (n, self.n_factors))
            drawn[np.bincount(rows, minlength=n) == 0] = 0
            self.tables[side].assign(drawn)
            self.tables[2 + side].assign(biases[side][:, None])
        for variable in self.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))

    def run(self, users, items, y):
        """All epochs; the mean squared error of each, while the tables still move."""
        columns = users, items, y.astype("float32")
        for _ in range(self.epochs):
            order = self.rng.permutation(len(y))
            # The last batch is filled up with other rows.
            order = np.resize(order, (self.n_batches, self.batch_size))
            total = 0.0
            # In parts, because each part is copied three times.
            for rows in np.array_split(order, -(-order.size // _RATINGS_AT_ONCE)):
                total += float(self.take_steps(*(column[rows] for column in columns)))
            yield total / self.n_batches

    def __call__(self, rows):
        """p_u·q_i + b_u + b_i of two arrays of row numbers, (n,)."""
        return self._predict(*rows)[0]

    def _predict(self, users, items):
        pairs = zip(self.tables, (users, items, users, items), strict=True)
        p, q, user_bias, item_bias = (tf.gather(t.value, rows) for t, rows in pairs)
        said = tf.reduce_sum(p * q, axis=1) + user_bias[:, 0] + item_bias[:, 0]
        return said, p, q

    def _take_steps(self, users, items, y):  # each (batches, batch_size)
        """One step of Adam for each batch; the sum of their mean squared errors."""
        tables = [table.value for table in self.tables]
        total = 0.0
        for k in tf.range(len(users)):
            with tf.GradientTape() as tape:
                said, p, q = self._predict(users[k], items[k])
                error = tf.reduce_mean((y[k] - said) ** 2)
                loss = error + 0.03 * tf.reduce_mean(tf.reduce_sum(p**2 + q**2, axis=1))
                for table, weight in zip(tables, (5, 5, *self.dampings), strict=True):
                    loss += weight / self.n_ratings * tf.reduce_sum(table**2)
            self.optimizer.apply(tape.gradient(loss, tables))
            total += error
        return total


def _choose_strength(trainer, known, limits, spread, note):
    """The strength whose factors help most on inner rows, or 0; and why it is 0.

    The slope of what the biases leave on what the factors say is 1 where the factors
    have the right size: below it, the strength is lowered in steps of √2, above it
    raised, until the error is clearly higher, by more than its standard error.
    """
    n = len(known[0])
    parts = inner_tenths(n, trainer.rng)
    if not parts:
        return 0.0, "fewer than ten ratings cannot show whether factors help"

    def judge(strength):
        """The squared errors with factors, those of the biases, and the slope."""
        truth, base, model = [], [], []
        for number, held_out in enumerate(parts, start=1):
            note(f"trying strength {strength:.2g}, part {number} of {len(parts)}")
            rest = np.delete(np.arange(n), held_out)
            users, items, y = (column[rest] for column in known)
            *unseen, y_unseen = (column[held_out] for column in known)
            truth.append(y_unseen)
            trainer.start(users, items, y * strength, factors=0.0)
            base.append(predict_rows(trainer, *unseen) / strength)
            trainer.start(users, items, y * strength)
            list(trainer.run(users, items, y * strength))
            model.append(predict_rows(trainer, *unseen) / strength)
        truth, base, model = map(np.concatenate, (truth, base, model))
        left, said = truth - base, model - base
        errors = [(np.clip(p, *limits) - truth) ** 2 for p in (model, base)]
        return *errors, left @ said / max(said @ said, 1e-12)

    best, (lowest, without, slope) = 0, judge(1.0)
    step = int(slope > 1.25) - int(slope < 0.7)
    k = step
    while step and -2 <= k <= 6:
        errors, base, _ = judge(2 ** (k / 2))
        lead = (base - errors) - (without - lowest)
        if lead.mean() < -standard_error(lead):
            break
        if lead.mean() > 0:
            best, lowest, without = k, errors, base
        k += step
    gains = without - lowest
    with_factors, base = (spread * mse.mean() ** 0.5 for mse in (lowest, without))
    why = (
        "factors did not clearly lower the error of rows held out of the training "
        f"rows: RMSE {with_factors:#.4g} with them, {base:#.4g} without"
    )
    # Three standard errors, because the best of several was also the luckiest.
    helps = gains.mean() > 3 * standard_error(gains)
    return helps * 2 ** (best / 2), why


@functools.cache
def _has_xla():
    """Can TensorFlow compile for this machine? Not every build can."""
    try:
        tf.function(tf.negative, jit_compile=True)(tf.constant(1.0))
    except (tf.errors.OpError, NotImplementedError):
        return False
    return True
