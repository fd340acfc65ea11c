"""Every step from a file to a model, at 1, 10 and 32 million ratings on one machine.

    uv run python benchmarks/one_machine.py
    uv run python benchmarks/one_machine.py --millions 1 10 --steps "load csv" crosstab
    uv run --group benchmark python benchmarks/one_machine.py --steps als cmfrec

Each step at each size has a process of its own: its seconds by the clock; those of all
cores together (the same beside other work), the step's own apart from the system's, who
mostly hands out memory; and the peak memory of the whole process. Rows of
benchmarks/results/one_machine.csv (step, millions, seconds, cpu_seconds,
system_seconds, peak_mb) are replaced by what was measured. The exponent k that is
printed (cpu_seconds ~ rows^k, 1 is linear) leaves out sizes that take less than a
second.

One million: the training rows of MovieLens 1M (own_tables.py finds them), 994,169. The
others are made up (made_up.py): with --tails, how alike their tails are.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import pandas as pd
from common import RESULTS, forget_peak, load, peak_mb, seconds
from made_up import made_up_ratings, write_made_up_ratings
from own_tables import movielens_1m

CACHE = Path(tempfile.gettempdir()) / "collab_tables"
TABLE = RESULTS / "one_machine.csv"
SETTINGS = {"n_factors": 50, "n_iterations": 10}  # of both ALS
# Told, they are not searched for: one fit is timed, as of the others.
DAMPINGS = {"user_damping": 3.0, "item_damping": 3.0, "factor_damping": 5.0}


def file_of(millions, ending):
    """A table of this size, written once."""
    path = CACHE / f"{millions:g}_million{ending}"
    if path.exists():
        return path
    CACHE.mkdir(exist_ok=True)
    if millions != 1:
        return write_made_up_ratings(path, round(millions * 1e6), seed=42)
    table = real_million()
    if ending == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path)
    return path


def real_million():
    columns = ["userId", "movieId", "rating", "timestamp"]
    table = movielens_1m().set_axis(columns, axis=1)
    return table.astype({"rating": "float64"})


def rows_of(millions, columns=("userId", "movieId", "rating")):
    """The table as a step wants it, without the checks that are timed elsewhere."""
    return pd.read_parquet(file_of(millions, ".parquet"), columns=list(columns))


def numbered(millions):
    """Row numbers instead of ids, and how many there are of both."""
    table = rows_of(millions)
    users, n_users = pd.factorize(table["userId"])
    items, n_items = pd.factorize(table["movieId"])
    rows = {"user_row": users, "item_row": items, "rating": table["rating"]}
    return pd.DataFrame(rows), {"n_users": len(n_users), "n_items": len(n_items)}


# Each step: what it needs, and what is measured ---------------------------------------


def load_csv(millions):
    from collab.data import load_ratings

    path = file_of(millions, ".csv")
    return lambda: load_ratings(path)


def load_parquet(millions):
    from collab.data import load_ratings

    path = file_of(millions, ".parquet")
    return lambda: load_ratings(path)


def check(millions):
    from collab.data import check_ratings

    table = rows_of(millions)
    return lambda: check_ratings(table)


def remap(millions):
    from collab.ids import IdMap, add_row_numbers

    table = rows_of(millions)

    def step():
        users, items = IdMap(table["userId"]), IdMap(table["movieId"])
        return add_row_numbers(table, users, items)

    return step


def crosstab(millions):
    from collab.crosstab import rating_crosstab

    table = rows_of(millions)
    return lambda: rating_crosstab(table)


def biases(millions):
    from collab.baselines import fit_biases

    table = rows_of(millions)
    return lambda: fit_biases(table)


def als(millions):
    from collab.als import fit_als

    table = rows_of(millions)
    fit_als(table.head(1000), **SETTINGS, **DAMPINGS)  # compiled, or loaded, once
    return lambda: fit_als(table, **SETTINGS, **DAMPINGS, progress=False)


def cmfrec(millions):
    from cmfrec import CMF

    names = {"userId": "UserId", "movieId": "ItemId", "rating": "Rating"}
    table = rows_of(millions).rename(columns=names)
    model = CMF(k=SETTINGS["n_factors"], niter=SETTINGS["n_iterations"], verbose=False)
    return lambda: model.fit(table)


def keras(millions):
    """The one-call fit at a given strength: choosing one is two to five such fits."""
    from collab.regularised import fit_regularised

    table, sizes = numbered(millions)
    return lambda: fit_regularised(table, **sizes, strength=1, seed=0, progress=False)


STEPS = {
    "load csv": load_csv,
    "load parquet": load_parquet,
    "check": check,
    "remap": remap,
    "crosstab": crosstab,
    "damped biases": biases,
    "als": als,
    "cmfrec": cmfrec,
    "keras": keras,
}


def measure(step, millions):
    """The fastest of three, for steps that take seconds; the highest peak."""
    work = STEPS[step](millions)
    forget_peak()
    times = []
    while len(times) < 3 and sum(took for took, *_ in times) < 40:
        before = os.times()
        took = seconds(work)[0]  # what it returns is not kept: one at a time
        after = os.times()
        times.append((took, after.user - before.user, after.system - before.system))
    took, own, systems = min(times)
    return {
        "seconds": round(took, 2),
        "cpu_seconds": round(own, 2),
        "system_seconds": round(systems, 2),
        "peak_mb": round(peak_mb()),
    }


def exponents(table):
    """Of each step: the slope of log seconds on log rows."""
    slow = table[table["cpu_seconds"] >= 1]
    return {
        step: np.polyfit(np.log(rows["millions"]), np.log(rows["cpu_seconds"]), 1)[0]
        for step, rows in slow.groupby("step")
        if len(rows) > 1
    }


def print_tails():
    """The share of all ratings that the top 1 %, 10 % and half of them have."""
    million, small = real_million(), load()
    n_users, n_items = million["userId"].nunique(), million["movieId"].nunique()
    for name, table in {
        "real, 0.1 million": small,
        "made up, 0.1": made_up_ratings(len(small), seed=42),
        "real, 1 million": million,
        "made up, 1": made_up_ratings(
            len(million), seed=42, n_users=n_users, n_items=n_items
        ),
        "made up, 10": rows_of(10),
    }.items():
        for column in ("userId", "movieId"):
            counts = table[column].value_counts().to_numpy()
            at = [max(1, round(len(counts) * part)) - 1 for part in (0.01, 0.1, 0.5)]
            shares = (counts.cumsum() / counts.sum())[at]
            print(f"{name:18} {column:8} {len(counts):7,}", *shares.round(2))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 10, 32])
    usual = [step for step in STEPS if step != "cmfrec"]
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=usual)
    parser.add_argument("--tails", action="store_true")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.steps[0], arguments.millions[0])))
        return
    if arguments.tails:
        print_tails()
        return
    for millions in arguments.millions:
        for ending in (".csv", ".parquet"):
            file_of(millions, ending)
        for step in arguments.steps:
            command = [sys.executable, sys.argv[0], "--measure"]
            command += ["--steps", step, "--millions", str(millions)]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            row = {"step": step, "millions": millions, **json.loads(output.stdout)}
            print(row, flush=True)
            keep(row)
    for step, k in exponents(pd.read_csv(TABLE)).items():
        print(f"{step:14} seconds grow as rows to the power {k:.2f}")


def keep(row):
    """Put a measured row in the place of the one that was there."""
    table = pd.DataFrame([row])
    if TABLE.exists():
        old = pd.read_csv(TABLE)
        same = (old["step"] == row["step"]) & (old["millions"] == row["millions"])
        table = pd.concat([old[~same], table])
    order = table["step"].map(list(STEPS).index)
    table = table.assign(order=order).sort_values(["order", "millions"])
    table.drop(columns="order").to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()
