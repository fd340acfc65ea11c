"""Lesson 04's checks accept right answers of any style and say why one is wrong."""

import re

import nbformat
import numpy as np
import pandas as pd
from repository import ROOT
from verdicts import *  # noqa: F403 (tests)

from collab.course.checks import lesson_04 as checks  # noqa: F401


def errors(actual, predicted):
    return np.asarray(actual) - np.asarray(predicted).reshape(-1)


def in_a_loop(actual, predicted):
    total = 0
    for stars, (guess,) in zip(actual, predicted, strict=True):
        total += (stars - guess) ** 2
    return total / len(actual)


def distances(train, valid):
    return valid["rating"] - train["rating"].mean()


RIGHT = [
    ("mean_squared_error", lambda a, p: np.mean(errors(a, p) ** 2)),
    ("mean_squared_error", lambda a, p: np.mean((a - p[:, 0]) ** 2)),
    ("mean_squared_error", lambda a, p: ((a - p.ravel()) ** 2).mean()),
    ("mean_squared_error", in_a_loop),
    ("penalty_of", lambda p, q, reg: reg * ((p**2).sum() + (q**2).sum())),
    ("penalty_of", lambda p, q, reg: reg * sum(np.linalg.norm(t) ** 2 for t in (p, q))),
    ("penalty_of", lambda p, q, reg: reg * np.square(np.vstack([p, q])).sum()),
    ("mean_baseline", lambda t, v: (distances(t, v) ** 2).mean()),
    ("mean_baseline", lambda t, v: np.mean(np.square(distances(t, v)))),
    (
        "mean_baseline",
        lambda t, v: sum((x - np.mean(t["rating"])) ** 2 for x in v["rating"]) / len(v),
    ),
]

WRONG = [
    (
        "mean_squared_error",
        lambda a, p: np.mean((np.array(a) - p) ** 2),
        "flatten the pr",
    ),
    ("mean_squared_error", lambda a, p: np.mean((a - p) ** 2), "3 × 3 table"),
    (
        "mean_squared_error",
        lambda a, p: np.mean(abs(errors(a, p))),
        "mean absolute error",
    ),
    ("mean_squared_error", lambda a, p: np.mean(errors(a, p) ** 2) ** 0.5, "the RMSE"),
    ("mean_squared_error", lambda a, p: np.median(errors(a, p) ** 2), "the median"),
    (
        "mean_squared_error",
        lambda a, p: np.sum(errors(a, p) ** 2),
        "the sum of the squ",
    ),
    ("mean_squared_error", lambda a, p: np.sum(errors(a, p) ** 2) / 2, "not by n - 1"),
    (
        "mean_squared_error",
        lambda a, p: np.mean(errors(a, p)) ** 2,
        "square of the mean",
    ),
    ("mean_squared_error", lambda a, p: np.var(errors(a, p)), "do not centre them"),
    (
        "mean_squared_error",
        lambda a, p: np.mean(errors(a, p)),
        "that is the mean absolute",
    ),
    ("mean_squared_error", lambda a, p: errors(a, p) ** 2, "a single number"),
    ("mean_squared_error", lambda a, p: np.mean((a - p[0]) ** 2), "expected 0.78"),
    (
        "mean_squared_error",
        lambda a, p: round(np.mean(errors(a, p) ** 2), 1),
        "not round",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean(errors(a, p) ** 2) / 3,
        "of their squares",
    ),
    ("mean_squared_error", lambda a, p: a.reshape(-1, 1) and 1, "stopped with"),
    (
        "mean_squared_error",
        lambda a, p: np.mean((a.reshape(-1, 1) - p) ** 2),
        "has no attribute 'reshape'",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean((a.reshape(-1) - p.reshape(-1)) ** 2),
        "`np.ravel` takes either",
    ),
    (
        "mean_squared_error",
        lambda a, p: sum((a[k] - p[k, 0]) ** 2 for k in range(3)) / 3,
        "`actual` is a Series with labels of its own",
    ),
    (
        "mean_squared_error",
        lambda a, p: np.mean((a - p[:, 1]) ** 2),
        "has the shape (n, 1)",
    ),
    (
        "mean_squared_error",
        lambda a, p: (pd.Series(a) - pd.Series(p)).mean(),
        "the shape (n, 1) and `actual` (n,): flatten",
    ),
    (
        "mean_squared_error",
        lambda a, p: ((a - pd.Series(p.ravel())) ** 2).mean(),
        "nan",
    ),
    ("penalty_of", lambda p, q, reg: (p**2).sum() + (q**2).sum(), "multiply by reg"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2).sum(),
        "the movies' table counts, too",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (q**2).sum(),
        "the users' table counts, too",
    ),
    ("penalty_of", lambda p, q, reg: reg * (p.sum() + q.sum()) ** 2, "square first"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p.sum() ** 2 + q.sum() ** 2),
        "square first",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * ((p**2).mean() + (q**2).mean()),
        "not a mean",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (abs(p).sum() + abs(q).sum()),
        "absolute values",
    ),
    ("penalty_of", lambda p, q, reg: reg * (p.sum() + q.sum()), "squares are missing"),
    (
        "penalty_of",
        lambda p, q, reg: reg / 2 * ((p**2).sum() + (q**2).sum()),
        "not halve it",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg**2 * ((p**2).sum() + (q**2).sum()),
        "not its square",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * ((p**2).sum() + (q**2).sum()) ** 0.5,
        "no root: the squares of all weights are 15.25 and 32.25, together 47.5; reg",
    ),
    (
        "penalty_of",
        lambda p, q, reg: 0.02 * ((p**2).sum() + (q**2).sum()),
        "reg is 0.5",
    ),
    ("penalty_of", lambda p, q, reg: reg * 47.5, "together 15.25; reg is 0.5"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2 + q**2),
        "the tables have different numb",
    ),
    (
        "penalty_of",
        lambda p, q, reg: [reg * (p**2).sum(), reg * (q**2).sum()],
        "a single",
    ),
    ("penalty_of", lambda p, q, reg: reg * (sum(p**2) + sum(q**2)), "own `sum` only"),
    (
        "penalty_of",
        lambda p, q, reg: 1e-4 * ((p**2).sum() + (q**2).sum()),
        "use the `reg` that comes in",
    ),
    (
        "penalty_of",
        lambda p, q, reg: (p**2).sum() + reg * (q**2).sum(),
        "multiply both by reg",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2).sum() + (q**2).sum(),
        "multiply both by reg",
    ),
    (
        "penalty_of",
        lambda p, q, reg: reg * (np.linalg.norm(p) + np.linalg.norm(q)),
        "a norm is the root of the sum of squares",
    ),
    ("penalty_of", lambda p, q, reg: reg * (p**2).sum(axis=0), "a single number"),
    (
        "penalty_of",
        lambda p, q, reg: reg * (p**2).sum() * (q**2).sum(),
        "add the two sums: the",
    ),
    (
        "penalty_of",
        lambda p, q, reg: -reg * ((p**2).sum() + (q**2).sum()),
        "gave -0.95",
    ),
    ("mean_baseline", lambda t, v: np.var(v["rating"]), "the mean of valid"),
    (
        "mean_baseline",
        lambda t, v: ((v["rating"] - pd.concat([t, v])["rating"].mean()) ** 2).mean(),
        "mean of both tables",
    ),
    (
        "mean_baseline",
        lambda t, v: np.var(t["rating"]),
        "to be predicted are those of va",
    ),
    ("mean_baseline", lambda t, v: (distances(t, v) ** 2).mean() ** 0.5, "is an RMSE"),
    (
        "mean_baseline",
        lambda t, v: distances(t, v).abs().mean(),
        "is an absolute error",
    ),
    (
        "mean_baseline",
        lambda t, v: ((v["rating"] - t["rating"].median()) ** 2).mean(),
        "error of the training median; predict the mean",
    ),
    ("mean_baseline", lambda t, v: (distances(t, v) ** 2).median(), "not their median"),
    (
        "mean_baseline",
        lambda t, v: (distances(t, v) ** 2).sum(),
        "the sum of the squares",
    ),
    (
        "mean_baseline",
        lambda t, v: distances(t, v).mean() ** 2,
        "square every error, then",
    ),
    ("mean_baseline", lambda t, v: t["rating"].mean(), "not its error on valid."),
    (
        "mean_baseline",
        lambda t, v: ((t["rating"] - v["rating"]) ** 2).mean(),
        "gave nan",
    ),
    ("mean_baseline", lambda t, v: distances(t, v).mean(), "of both signs cancel"),
    ("mean_baseline", lambda t, v: -distances(t, v).mean(), "of both signs cancel"),
    ("mean_baseline", lambda t, v: distances(t, v) ** 2, "a single number"),
    (
        "mean_baseline",
        lambda t, v: (distances(v, t) ** 2).mean(),
        "the training mean is",
    ),
    (
        "mean_baseline",
        lambda t, v: ((v["rating"] - 3.54) ** 2).mean(),
        "mean is 3.9286",
    ),
    (
        "mean_baseline",
        lambda t, v: ((v["rating"] - v["rating"].mode()[0]) ** 2).mean(),
        "the training mean is",
    ),
    (
        "mean_baseline",
        lambda t, v: np.mean((v["rating"].to_numpy() - t["rating"].to_numpy()) ** 2),
        "only one number comes from `train`: its mean",
    ),
    ("mean_baseline", lambda t, v: v["stars"], "which columns do the two tables have"),
]


def test_the_solution_quotes_the_error_that_the_lesson_prints():
    lesson, solution = (
        nbformat.read(ROOT / "notebooks" / folder / "04_training.ipynb", as_version=4)
        for folder in ("", "solutions")
    )
    (quoted,) = re.findall(
        r"^in_lesson_04 = ([\d.]+)", "\n".join(c.source for c in solution.cells), re.M
    )
    printed = [
        out.get("text", "") for c in lesson.cells for out in c.get("outputs", [])
    ]
    assert f"validation {quoted} stars²" in "".join(printed)
