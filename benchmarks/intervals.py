"""How often does a 95 % interval hold the true difference of two predictors?

    uv run python benchmarks/intervals.py > benchmarks/results/intervals.csv

Lessons 05 and 06 read the table. Each rating is predicted out of fold (five folds), and
the difference of two predictors' squared errors over all of them is taken as the truth.
Then 1,000 times as many users are drawn anew, each with all their rows, and split at
random, five times: what does each kind of interval say of these users, and does it hold
the truth? The predictors stay as they are, so this asks about other users and not about
another training.
"""

import csv
import sys

import numpy as np
from common import load
from scipy import stats

from collab.course.notebook import prepare

prepare(seed=42)

from collab.baselines import fit_biases, predict_biases, predict_mean  # noqa: E402
from collab.intervals import mean_interval  # noqa: E402
from collab.regularised import fit_regularised  # noqa: E402
from collab.training import predict_rows  # noqa: E402

REPETITIONS, SPLITS = 1000, 5


def squared_errors(ratings):
    """Out of fold, clipped: {name: one error a row}."""
    fold = np.random.default_rng(0).integers(0, 5, len(ratings))
    stars = {name: np.empty(len(ratings)) for name in ("means", "biases", "model")}
    for k in range(5):
        train, rows = ratings[fold != k], ratings[fold == k]
        stars["means"][fold == k] = predict_mean(train, rows, by="userId")
        stars["biases"][fold == k] = predict_biases(fit_biases(train), rows)
        sizes = {"n_users": 671, "n_items": 9066, "scale": (0.5, 5)}
        model, _ = fit_regularised(train, **sizes, seed=42, progress=False)
        pairs = rows["user_row"].to_numpy(), rows["item_row"].to_numpy()
        stars["model"][fold == k] = predict_rows(model, *pairs)
    actual = ratings["rating"].to_numpy()
    return {n: (np.clip(s, 0.5, 5) - actual) ** 2 for n, s in stars.items()}


def intervals(differences, users, rng):
    """`(mean, half-width)` of each kind, for five random splits of these rows."""
    in_valid = rng.random((SPLITS, len(users))) < 0.2
    first = in_valid[0]
    yield "rows of one split", *mean_interval(differences[first])
    yield "users of one split", *mean_interval(differences[first], users[first])
    means = np.array([differences[rows].mean() for rows in in_valid])
    wide = stats.t.ppf(0.975, SPLITS - 1) * means.std(ddof=1)
    yield "five splits, 1/5", means.mean(), wide * (1 / SPLITS) ** 0.5
    nadeau_bengio = 1 / SPLITS + 0.2 / 0.8
    yield "five splits, 1/5 + 1/4", means.mean(), wide * nadeau_bengio**0.5


def main():
    ratings = load().sort_values("userId", kind="stable")
    errors = squared_errors(ratings)
    pairs = [("biases", "means"), ("model", "biases")]
    n = np.bincount(ratings["user_row"])
    starts, total = n.cumsum() - n, len(n)
    rng = np.random.default_rng(0)
    held = {}
    for _ in range(REPETITIONS):
        drawn = rng.integers(0, total, total)
        rows = np.concatenate([np.arange(starts[u], starts[u] + n[u]) for u in drawn])
        users = np.repeat(np.arange(total), n[drawn])  # who is drawn twice is two
        for a, b in pairs:
            differences = errors[a] - errors[b]
            truth = differences.mean()
            for kind, mean, half in intervals(differences[rows], users, rng):
                held.setdefault((f"{a} - {b}", kind), []).append(
                    abs(mean - truth) <= half
                )
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["difference", "interval", "repetitions", "held"])
    for (difference, kind), hits in held.items():
        writer.writerow([difference, kind, len(hits), f"{np.mean(hits):.3f}"])


if __name__ == "__main__":
    main()
