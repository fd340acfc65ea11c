"""The original's 20 epochs: `model.fit` against `collab.training.fit`, in one run.

    uv run python benchmarks/training_speed.py              about 4 minutes
    uv run python benchmarks/training_speed.py --epochs 2

The same model from the same seed sees the same batches in the same order both ways, so
the losses have to agree; only the time may differ. Each time is the whole training,
tracing and validation included.
"""

import argparse
import time

from collab.course.notebook import prepare

prepare(seed=42)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from common import original_model, split  # noqa: E402

from collab import training  # noqa: E402

BATCH_SIZE = 64


def train_with_keras(train, valid, epochs):
    """`model.fit`, an epoch a call, so that the order of the ratings can be given."""
    model, rng = original_model(), np.random.default_rng(42)
    columns = ["user_row", "item_row", "rating"]
    valid_user, valid_item, valid_rating = (valid[name].to_numpy() for name in columns)
    history = []
    for _ in range(epochs):
        order = rng.permutation(len(train))
        user, item, rating = (train[name].to_numpy()[order] for name in columns)
        fitted = model.fit(
            [user, item],
            rating,
            batch_size=BATCH_SIZE,
            validation_data=([valid_user, valid_item], valid_rating),
            shuffle=False,
            verbose=0,
        )
        history.append({name: values[0] for name, values in fitted.history.items()})
    return pd.DataFrame(history)


def train_with_collab(train, valid, epochs):
    return training.fit(
        original_model(),
        train,
        valid,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        rng=np.random.default_rng(42),
        progress=False,
    )


def main(epochs):
    train, valid = split(42)
    histories, seconds = {}, {}
    for function in (train_with_collab, train_with_keras):
        start = time.perf_counter()
        histories[function] = function(train, valid, epochs).reset_index(drop=True)
        seconds[function] = time.perf_counter() - start

    ours, theirs = histories.values()
    difference = (ours[theirs.columns] / theirs - 1).abs().max().max()
    ratio = seconds[train_with_keras] / seconds[train_with_collab]
    print("| way | seconds | loss | val_loss | val_mse |")
    print("|---|---|---|---|---|")
    for name, function in [
        ("model.fit", train_with_keras),
        ("collab.training.fit", train_with_collab),
    ]:
        last = histories[function].iloc[-1]
        print(
            f"| {name} | {seconds[function]:.1f} | {last['loss']:.4f} "
            f"| {last['val_loss']:.4f} | {last['val_mse']:.4f} |"
        )
    print(
        f"\n{epochs} epochs {ratio:.1f} times as fast, losses within {difference:.0e}"
    )
    assert difference < 1e-4, "the two ways do not train the same model"
    if epochs >= 20:
        assert ratio >= 2, "the compiled epoch is not worth its code"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    main(parser.parse_args().epochs)
