"""Lesson 06's models on five splits, from that of 2017 to today's one call.

    uv run python benchmarks/original_2017.py > benchmarks/results/original_2017.csv
    uv run python benchmarks/original_2017.py --models "dot alone, 2017" --seeds 42

Prints model,seed,mse as csv, a line for each fit as it ends: the mean squared error of
all validation rows in stars², clipped to 0.5 … 5. Lesson 06 reads the table and repeats
two of its fits; all of them would take longer than the rest of the lesson.
"""

import argparse
import csv
import sys
from functools import partial

import numpy as np
from common import (
    COMPILED,
    LESSON_BATCH,
    LESSON_EPOCHS,
    SEEDS,
    keras_fit,
    lesson_model,
    original_model,
    split,
)

from collab.course.notebook import prepare
from collab.metrics import mse


def dot_alone(train):
    """Two tables of U(0, 1) and their product, each with the penalty of 2017."""
    import keras

    from collab.models import embedding_input

    inputs, rows = [], []
    for k, (name, n) in enumerate([("user_in", 671), ("item_in", 9066)]):
        initializer = keras.initializers.RandomUniform(0, 1, seed=k)
        inp, row = embedding_input(name, n, 50, initializer=initializer)
        inputs.append(inp)
        rows.append(row)
    model = keras.Model(inputs, keras.layers.Dot(axes=1)(rows), name="dot_alone")
    model.compile(keras.optimizers.Adam(0.001), **COMPILED)
    return model


def mean_and_small_start(train):
    """2017's penalty, step size and batches, but a mean, and a start near zero."""
    import keras

    from collab.models import dot_product_model

    mean = float(train["rating"].mean())
    model = dot_product_model(
        671, 9066, 50, bias_initializer="zeros", mean=mean, seed=42
    )
    model.compile(keras.optimizers.Adam(0.001), **COMPILED)
    return model


def with_penalty(train, **penalty):
    """The centred model of lesson 06."""
    return lesson_model(train["rating"].mean(), len(train), **penalty)


def fit(make, epochs, train, batch_size=64):
    model = make(train)
    keras_fit(model, train, epochs=epochs, batch_size=batch_size)
    return model


def fit_today(train):
    from collab.regularised import fit_regularised

    sizes = {"n_users": 671, "n_items": 9066}
    return fit_regularised(train, **sizes, scale=(0.5, 5), seed=42, progress=False)[0]


ON_TABLES = partial(with_penalty, reg=1e-4, row_reg=0)
MODELS = {
    "dot alone, 2017": partial(fit, dot_alone, 10),
    "dot + biases, 2017": partial(fit, lambda _: original_model(), 20),
    "2017 + mean + small start": partial(fit, mean_and_small_start, 20),
    "centred, penalty on tables": partial(
        fit, ON_TABLES, LESSON_EPOCHS, batch_size=LESSON_BATCH
    ),
    "centred model": partial(fit, with_penalty, LESSON_EPOCHS, batch_size=LESSON_BATCH),
    "fit_regularised": fit_today,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    arguments = parser.parse_args()
    prepare(seed=42)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["model", "seed", "mse"])
    for name in arguments.models:
        for seed in arguments.seeds:
            train, valid = split(seed)
            model = MODELS[name](train)
            pairs = [valid["user_row"].to_numpy(), valid["item_row"].to_numpy()]
            stars = model.predict(pairs, batch_size=8192, verbose=0)[:, 0]
            error = mse(valid["rating"].to_numpy(), np.clip(stars, 0.5, 5))
            writer.writerow([name, seed, f"{error:.4f}"])
            sys.stdout.flush()


if __name__ == "__main__":
    main()
