"""Ratings by row number, a Keras model or none → a fitted model, its history.

>>> import pandas as pd
>>> from collab.training import fit_regularised
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

from collab.checks import (
    check_columns,
    check_ids,
    check_numbers,
    check_positive,
    check_scale,
    check_whole,
)


def fit(
    model,
    train,
    valid=None,
    *,
    epochs=10,
    batch_size=64,
    rng,
    user="user_row",
    item="item_row",
    rating="rating",
    progress=True,
):
    """Train a compiled model, each epoch as one compiled function.

    The steps are Keras's own (`model.train_step` on one batch after another, in an
    order drawn anew for every epoch); only the way they are run differs from
    `model.fit`, which returns to Python after every batch. A second call goes on
    where the first one stopped. What a step costs depends on the optimizer: Adam
    updates all rows of all tables at every step.

    Args:
        model: a Keras model with the inputs [users, items], compiled with
            `loss="mse", metrics=["mse"]`.
        train: a DataFrame with the columns `user` and `item` (row numbers of the
            model's tables, 0 … n-1) and `rating`.
        valid: another one, or None.
        epochs: how often to go through `train`, at least 1.
        batch_size: ratings per step, at least 1; the last batch may be smaller.
        rng: a `np.random.Generator` that draws the order of the ratings.
        progress: show each epoch as it ends.

    Returns:
        A DataFrame with one row per epoch (counted from the first call, if later ones
        have as many rows and the same batch size) and the columns loss, mse, val_loss
        and val_mse (without `valid`, the first two) in units of the rating, squared.
        `loss` is the error plus the penalty, `mse` the error alone, so `loss - mse`
        is the penalty. As in Keras, both training columns are means over the epoch
        while the weights still move; the validation columns are taken at its end.

    Raises:
        ValueError: the model is not as above; a column is missing, or holds what is no
            number; a table is empty; a row number is outside the model's tables
            (compiled, it would train another row); a number below 1; `rng` is no
            random generator; the epochs go past the end of the optimizer's schedule.
    """
    sizes = _table_sizes(model)
    _check_compiled(model)
    if not isinstance(rng, (np.random.Generator, np.random.RandomState)):
        raise ValueError(
            f"rng must be a generator, for example np.random.default_rng(42), not "
            f"{rng!r}"
        )
    epochs = check_whole(epochs, "epochs")
    batch_size = check_whole(batch_size, "batch_size")
    columns = [user, item, rating]
    users, items, ratings = _to_arrays(train, columns, sizes, "train")
    valid = None if valid is None else _to_arrays(valid, columns, sizes, "valid")

    # Metrics that are built while a step is traced would have it traced twice.
    if "mse" not in _errors(model, (users[:1], items[:1], ratings[:1])):
        raise ValueError("compile the model with metrics=['mse']")
    model.optimizer.build(model.trainable_variables)
    steps = -(-len(ratings) // batch_size)
    taken = int(model.optimizer.iterations)
    _check_schedule(model.optimizer, taken + epochs * steps)
    run_epoch = _compile_epoch(model)
    done = taken // steps
    history = []
    show = _Progress(
        f"{epochs} epochs, each {len(ratings):,} ratings in {steps:,} steps", progress
    )
    for epoch in range(done + 1, done + epochs + 1):
        order = rng.permutation(len(ratings))
        errors = run_epoch((users, items, ratings), order, batch_size)
        history.append({"epoch": epoch, **errors, **_errors(model, valid, "val_")})
        show.update(len(history), epochs, history[-1])
    show.close()
    return pd.DataFrame(history).set_index("epoch")


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
    low, high = _check_scale(scale, ratings)

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
    show = _Progress(trainer.title, progress and strength != 0)
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
            show.update(epoch, trainer.epochs, history[-1])
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


def damped_biases(users, items, y, sizes, dampings, n_passes=3):
    """Biases of users and items in turn, from what the others leave of `y`.

    b_i = Σ (y - b_u) / (damping + n_i), then b_u = Σ (y - b_i) / (damping + n_u), as in
    `collab.baselines.fit_biases`.
    """
    (n_users, n_items), (user_damping, item_damping) = sizes, dampings
    user_counts = np.maximum(np.bincount(users, minlength=n_users) + user_damping, 1e-9)
    item_counts = np.maximum(np.bincount(items, minlength=n_items) + item_damping, 1e-9)
    of_user = np.zeros(n_users)
    for _ in range(n_passes):
        of_item = np.bincount(items, y - of_user[users], n_items) / item_counts
        of_user = np.bincount(users, y - of_item[items], n_users) / user_counts
    return of_user, of_item


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


def predict(model, user_ids, item_ids, users, items, *, unknown=None, clip=True):
    """Predicted ratings for raw ids: one pair, or many.

    Args:
        model: a fitted model with the inputs [users, items].
        user_ids, item_ids: what turns raw ids into the model's row numbers: an
            `IdMap`, or any object whose `encode(ids, unknown=-1)` gives row numbers,
            and -1 for an id that it does not know.
        users, items: raw ids: two single ones, two sequences of the same length, or
            one of each (one user and many items, say).
        unknown: None refuses an id that was never seen; "average" answers with the
            average row of all users (or items), so that what is known of the other
            side decides.
        clip: where the model carries its scale (`fit_regularised`), bring a prediction
            beyond it to its end.

    Returns:
        A float for two single ids, otherwise float64 of shape (n,), in units of the
        rating. Pair k's value depends on pair k only, not on the others that are
        predicted along with it.

    Raises:
        ValueError: ids that were never seen, sequences of different lengths, a map
            with more ids than the model has rows, or another model or `unknown`.
    """
    sizes = _table_sizes(model)
    if unknown not in (None, "average"):
        raise ValueError(f"unknown must be None or 'average', not {unknown!r}")
    single = _is_single(users), _is_single(items)
    one = all(single)
    rows = []
    for name, ids, id_map, n, inp in zip(
        ["users", "items"],
        [users, items],
        [user_ids, item_ids],
        sizes,
        model.inputs,
        strict=True,
    ):
        if hasattr(id_map, "__len__") and len(id_map) > n:
            raise ValueError(
                f"the map of the {name} has {len(id_map)} ids, but the model's table "
                f"for {inp.name!r} has {n} rows; are the maps in the order user, item?"
            )
        found = np.atleast_1d(id_map.encode(ids, unknown=-1))
        strangers = found == -1
        if strangers.any() and unknown is None:
            first = np.atleast_1d(np.asarray(ids, dtype=object))[strangers.argmax()]
            raise ValueError(
                f"{name}: {strangers.sum()} of {len(found)} ids were never seen, "
                f"the first is {first!r}; unknown='average' would answer with what "
                "is known of the other side"
            )
        _check_rows(found[~strangers], name, n)
        rows.append(np.where(strangers, n, found))
    if single[0] == single[1] and len(rows[0]) != len(rows[1]):
        raise ValueError(f"{len(rows[0])} users, but {len(rows[1])} items")
    rows = np.broadcast_arrays(*rows)
    if any((row == n).any() for row, n in zip(rows, sizes, strict=True)):
        model = _with_average_rows(model)
    # Not model.predict: it traces a graph for the shapes it meets, and two graphs may
    # differ in a prediction's last bit.
    predicted = np.empty(len(rows[0]))
    for part in _parts(len(predicted)):
        predicted[part] = np.ravel(model([row[part] for row in rows]))
    for layer in model.layers:
        if clip and layer.name == "to_scale" and isinstance(layer, layers.Rescaling):
            predicted = predicted.clip(layer.offset, layer.offset + layer.scale)
    return float(predicted[0]) if one else predicted


def _is_single(ids):
    """One id, not a sequence of them."""
    return (
        isinstance(ids, (str, bytes))
        or getattr(ids, "ndim", 1) == 0
        or not hasattr(ids, "__len__")
    )


def _with_average_rows(model):
    """The same model, with one more row at the end of each table: the average row."""

    def longer(layer):
        config = layer.get_config()
        if isinstance(layer, layers.Embedding):
            config["input_dim"] += 1
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=longer)
    for layer in model.layers:
        weights = layer.get_weights()
        if isinstance(layer, layers.Embedding):
            weights = [np.vstack([table, table.mean(axis=0)]) for table in weights]
        copy.get_layer(layer.name).set_weights(weights)
    return copy


def _parts(n, size=65_536):
    """Slices of at most `size` rows: memory has a limit."""
    return [slice(start, start + size) for start in range(0, n, size)]


def _errors(model, arrays, prefix=""):
    """The loss and the metrics of rows, as Keras computes them.

    Not `model.evaluate`: its own compiled graph takes 0.4 s to make.
    """
    if arrays is None:
        return {}
    users, items, ratings = arrays
    model.reset_metrics()
    for part in _parts(len(ratings)):
        x = users[part], items[part]
        model.test_step((x, ratings[part].astype("float32")))
    return _metrics(model, prefix)


def _metrics(model, prefix=""):
    results = model.get_metrics_result().items()
    return {f"{prefix}{name}": float(value) for name, value in results}


_AT_ONCE = 2**22


def _compile_epoch(model):
    """A function that trains on the rows of three columns in an order, in batches."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], t) for t in ("int64", "int64", "float32")
        ]
    )  # traced once
    def step(users, items, ratings):
        model.train_step(((users, items), ratings))

    @tf.function(jit_compile=_has_xla())  # one machine program for all of them
    def full_batches(users, items, ratings):  # each (batches, batch_size)
        for k in tf.range(len(users)):
            step(users[k], items[k], ratings[k])

    def run_epoch(columns, order, batch_size):
        batch_size = min(batch_size, len(order))  # no more than there are
        model.reset_metrics()
        # Put in order a few million rows at a time: all of them would be copied thrice.
        at_once = max(1, _AT_ONCE // batch_size) * batch_size
        for part in _parts(len(order), at_once):
            users, items, ratings = (column[order[part]] for column in columns)
            arrays = users, items, ratings.astype("float32")
            n_full, n_rest = divmod(len(ratings), batch_size)
            full = n_full * batch_size
            if n_full:
                full_batches(*(a[:full].reshape(n_full, batch_size) for a in arrays))
            if n_rest:
                step(*(a[full:] for a in arrays))  # a single one: not worth compiling
        return _metrics(model)

    return run_epoch


@functools.cache
def _has_xla():
    """Can this build of TensorFlow compile for this machine? Not all can."""
    try:
        tf.function(tf.negative, jit_compile=True)(tf.constant(1.0))
    except (tf.errors.OpError, NotImplementedError):
        return False
    return True


class _Progress:
    """One line that is rewritten as the epochs pass: live, and the same at the end.

    In Jupyter the line finally returns to its first text, so that a notebook stores
    (and a check compares) something that does not depend on the run.
    """

    def __init__(self, title, visible):
        self.title, self.handle, self.visible = title, None, visible
        if visible and _in_jupyter():
            from IPython.display import display

            self.handle = display({"text/plain": title}, raw=True, display_id=True)
        elif visible:
            print(title)

    def update(self, done, total, logs):
        bar = ("█" * round(20 * done / total)).ljust(20, "░")
        numbers = "  ".join(
            f"{name} {logs[name]:.3f}" for name in logs if name != "epoch"
        )
        self.note(f"epoch {logs['epoch']:>3}  {bar}  {numbers}")

    def note(self, line):
        if self.handle:
            self.handle.update({"text/plain": f"{self.title}\n{line}"}, raw=True)
        elif self.visible:
            print(line)

    def close(self):
        if self.handle:
            self.handle.update({"text/plain": self.title}, raw=True)


def _in_jupyter():
    """Is there a notebook that can rewrite its output?"""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def _table_sizes(model):
    """How many rows the model's tables have: of users, of items."""
    inputs = getattr(model, "inputs", None) or []
    if not isinstance(model, keras.Model) or len(inputs) != 2:
        raise ValueError(
            f"the model must be a Keras model with two inputs, [users, items], not "
            f"{f'one with {len(inputs)}' if inputs else repr(model)}"
        )
    sizes = []
    for inp in inputs:
        tables = [
            layer.input_dim
            for layer in model.layers
            if isinstance(layer, layers.Embedding)
            and any(node.input_tensors[0] is inp for node in layer._inbound_nodes)
        ]
        if not tables:
            raise ValueError(
                f"the model's input {inp.name!r} goes into no Embedding layer at once; "
                "only models whose inputs are the row numbers of their tables are "
                "served here (Keras's own fit and predict take others)"
            )
        sizes.append(min(tables))
    return sizes


def _check_compiled(model):
    if not getattr(model, "compiled", False) or model.optimizer is None:
        raise ValueError("compile the model first, with loss='mse', metrics=['mse']")
    name = getattr(model.loss, "name", None) or getattr(
        model.loss, "__name__", model.loss
    )
    if name not in ("mse", "mean_squared_error"):
        raise ValueError(f"compile the model with loss='mse', not {name!r}")


def _check_schedule(optimizer, last_step):
    """Past its end, the step size is 0 or nearly so, and nothing is learned."""
    schedule = optimizer.get_config()["learning_rate"]
    if not isinstance(schedule, dict):
        return
    config = schedule["config"]
    ends = {
        "PolynomialDecay": config.get("decay_steps", 0),
        "CosineDecay": config.get("decay_steps", 0) + config.get("warmup_steps", 0),
    }
    end = ends.get(schedule["class_name"], np.inf)
    if last_step > end and not config.get("cycle", False):
        raise ValueError(
            f"the optimizer's schedule, {schedule['class_name']}, ends at step {end}, "
            f"but this fit would end at step {last_step}; compile the model with one "
            "that is as long as the fit"
        )


def _check_scale(scale, ratings):
    """`(lowest, highest)`, as floats."""
    if scale is None:
        return float(ratings.min()), float(ratings.max())
    low, high = check_scale(scale)
    if low == high:
        raise ValueError(f"scale must be (lowest, highest), not {scale!r}")
    if not (low <= ratings.min() and ratings.max() <= high):
        raise ValueError(
            f"scale={scale} does not hold the ratings, {ratings.min():g} to "
            f"{ratings.max():g}"
        )
    return low, high


def _to_arrays(table, columns, sizes, where):
    """Users and items, int64, and ratings, float64: each of shape (n,), checked."""
    table = check_columns(table, columns, where)
    if len(table) == 0:
        raise ValueError(f"{where} has no rows")
    rows = []
    for column, n in zip(columns[:2], sizes, strict=True):
        name = f"{where}[{column!r}]"
        rows.append(_check_rows(check_ids(table[column], name), name, n))
    return *rows, check_numbers(table[columns[2]], f"{where}[{columns[2]!r}]")


def _check_rows(rows, name, n):
    """Row numbers of a table with n rows, int64."""
    if rows.dtype.kind not in "iu":
        raise ValueError(f"{name} must be row numbers (integers), not {rows.dtype}")
    outside = rows[(rows < 0) | (rows >= n)]
    if outside.size:
        hint = "are these raw ids? Encode them first (collab.ids)"
        if outside[0] == -1:
            hint = "-1 marks an id that a map does not know: leave such rows out"
        raise ValueError(
            f"{name} has the value {outside[0]}, but the table's rows are 0 … {n - 1}; "
            f"{hint}"
        )
    return rows.astype("int64")
