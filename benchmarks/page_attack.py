"""What the file of a page tells of those who made it, and what protection costs.

    uv run python benchmarks/page_attack.py        about 3 minutes

Half of the users make a page. An attacker has the file and all ratings of a person, and
asks: was this person among them? There are two attacks. "fold-in": what it leaves of
their ratings, divided by what mean and biases leave. "list": how high each of their
movies stands in the page's list from all their others. "AUC" is that of the stronger of
the two, of those who made the page against all others, with DeLong's interval: means
over two halves. What a page does by itself was chosen on two other ones, 0 and 1.

The price is what 335 strangers get: the squared error of what is hidden, among movies
with 20 ratings or more, and nDCG@10 of the page's first list, after ten ratings each.

"noise" has a promise instead: whoever sees the page learns at most (ε, δ = 0.001) of
any one person, in the sense of differential privacy, whatever they know. Each person's
ratings add to three tables (weights, weighted ratings, pairs of movies), each with a
length of at most 1, and the tables get Gaussian noise. Which movies are in the file is
taken as known to all. It writes results/page_attack.csv.
"""

import os
import tempfile
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, ROOT, load
from page import ndcg

from collab.als import fit_als
from collab.data import load_items
from collab.factors import Factors
from collab.ids import IdMap, add_row_numbers
from collab.implicit import ease, who_watched
from collab.intervals import mean_interval, paired_interval
from collab.page import read_page, write_page
from collab.recommend import fold_in

RATINGS = load()
TITLES = load_items(ROOT / "data" / "movies.csv").set_index("movieId")["title"]
GIVEN = {u: of.set_index("movieId")["rating"] for u, of in RATINGS.groupby("user_row")}
DELTA, N_GIVEN = 0.001, 10
PAGE = {"least": 10, "n_factors": 30, "fit": 1, "epsilon": np.inf}
VARIANTS = {
    "fewer movies": [{"least": n} for n in (1, 10, 20)],
    "fewer factors": [{"n_factors": k} for k in (30, 16, 8, 4, 2)],
    "weaker fit": [{"fit": times} for times in (1, 1.25, 1.5, 2)],
    "noise": [{"epsilon": epsilon} for epsilon in (100, 10, 1)],
}


def half(seed):
    """Who makes a page: True for 336 of 671 users."""
    return np.random.default_rng(seed).permutation(len(GIVEN)) % 2 == 0


class Half:
    """The ratings of one half, and the pages that can be made of them."""

    def __init__(self, seed):
        self.inside = half(seed)
        self.rows = RATINGS[self.inside[RATINGS["user_row"]]]
        self.counts = self.rows.groupby("movieId").size()
        self.fits, self.tables = {}, {}

    def fitted(self, times):
        if times not in self.fits:
            self.fits[times] = fit_als(
                self.rows,
                n_factors=30,
                factor_damping=times * 5.0,
                scale=(0.5, 5),
                seed=42,
                progress=False,
            )
        return self.fits[times]

    def known(self, least):
        """Their ratings of the movies that are in the file, by row numbers."""
        rows = self.rows[self.rows["movieId"].map(self.counts) >= least]
        rows = rows[["userId", "movieId", "rating"]]
        users, items = IdMap(rows["userId"]), IdMap(rows["movieId"])
        return add_row_numbers(rows, users, items), len(users), items.ids

    def together(self, least):
        """The two tables of what goes together, as a page has them."""
        if least not in self.tables:
            rows, n_users, items = self.known(least)
            watched = who_watched(rows, n_users, len(items))
            table = pd.DataFrame(ease(watched).table(), items, items)
            page = self.written(None, least, together=table)
            self.tables[least] = {"picked": page.picked, "items": page.items}
        return self.tables[least]

    def written(self, factors, least, **options):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/page.html"
            options |= {"counts": self.counts, "least": least}
            return read_page(write_page(factors, TITLES, path, **options))

    def page(self, least, n_factors, fit, epsilon):
        if np.isfinite(epsilon):
            factors, together = noisy(*self.known(least), epsilon)
            return self.written(factors, least, together=together)
        page = self.written(self.fitted(fit), least, n_factors=n_factors)
        return page._replace(**self.together(least))


def noisy(rows, n_users, items, epsilon):
    """Biases and what goes together, of tables with Gaussian noise."""
    # From zero-concentrated privacy ρ: (√ρ + √L)² = ε + L with L = ln(1 / δ).
    L = np.log(1 / DELTA)
    rho = (np.sqrt(epsilon + L) - np.sqrt(L)) ** 2
    sd = np.sqrt(3 / (2 * rho))  # three tables, each of length 1
    rng = np.random.default_rng(0)
    n = len(items)
    watched = who_watched(rows, n_users, n).toarray()
    watched /= np.sqrt(watched.sum(axis=1, keepdims=True))
    users, places = rows["user_row"], rows["item_row"]
    liked = np.zeros_like(watched)  # -1 for half a star, 1 for five
    liked[users, places] = (rows["rating"] - 2.75) / 2.25
    weights = watched.sum(axis=0) + rng.normal(0, sd, n)
    sums = (watched * liked).sum(axis=0) + rng.normal(0, sd, n)
    # Both halves of the table are released as one.
    pairs = watched.T @ watched + np.tril(rng.normal(0, sd, (n, n)))
    pairs = np.tril(pairs) + np.tril(pairs, -1).T
    # No table of pairs has negative eigenvalues: those are noise.
    sizes, directions = np.linalg.eigh(pairs)
    sizes = np.maximum(sizes, 0) + 1 + sd * np.sqrt(n)
    inverse = (directions / sizes) @ directions.T
    mean = sums.sum() / weights.sum()
    bias = (sums - mean * weights) / (np.maximum(weights, 0) + 1 + 2 * sd)
    together = np.eye(n) - inverse / np.diag(inverse)
    factors = Factors(
        mean=2.75 + 2.25 * float(mean),
        user_bias=None,
        item_bias=pd.Series(2.25 * bias, items),
        user_factors=None,
        item_factors=pd.DataFrame(np.zeros((n, 1)), items),
        scale=(0.5, 5.0),
    )
    return factors, pd.DataFrame(together, items, items)


def left(page, stars):
    """What fold-in leaves of somebody's ratings, and what mean and biases leave."""
    few = replace(
        page.factors,
        item_bias=page.factors.item_bias[stars.index],
        item_factors=page.factors.item_factors.loc[stars.index],
    )
    none = replace(few, item_factors=few.item_factors * 0)
    return [((stars - f.scores(fold_in(f, stars))) ** 2).mean() for f in (few, none)]


def standing(page, places):
    """The mean rank, 0 to 1, of each movie in the list that the others make."""
    picked, items = page.picked.to_numpy(), page.items.to_numpy()
    goes = items @ picked[places].sum(axis=0)
    goes[places] -= (picked[places] * items[places]).sum(axis=1)
    return np.searchsorted(np.sort(goes), goes[places]).mean() / len(goes)


def features(page):
    """What the attacker measures of each person, people × 2."""
    found = np.zeros((len(GIVEN), 2))
    for user, stars in GIVEN.items():
        stars = stars[stars.index.isin(page.titles.index)]
        if len(stars) > 1:
            fold, biases = left(page, stars)
            places = page.titles.index.get_indexer(stars.index)
            ratio = np.log(biases + 1e-9) - np.log(fold + 1e-9)
            found[user] = ratio, standing(page, places)
    return found


def auc(score, inside):
    """Members against strangers, and the half-width of a 95 % interval."""
    higher = np.sign(score[inside][:, None] - score[~inside]) / 2 + 0.5
    variance = sum(
        higher.mean(axis=axis).var(ddof=1) / higher.shape[1 - axis] for axis in (0, 1)
    )
    return higher.mean(), 1.96 * np.sqrt(variance)


def price(page, of):
    """Squared error and nDCG of each stranger, after ten ratings."""
    often = of.counts.index[of.counts >= 20]
    rng = np.random.default_rng(0)
    found = {}
    for user in np.flatnonzero(~of.inside):
        stars = GIVEN[user]
        known = stars[stars.index.isin(often)]
        if len(known) <= N_GIVEN:
            continue
        chosen = known.index[rng.permutation(len(known))[:N_GIVEN]]
        there = page.titles.index
        scores = page.scores(stars[chosen.intersection(there, sort=False)])
        hidden = stars.drop(chosen)
        common = hidden[hidden.index.isin(often) & hidden.index.isin(there)]
        expected = scores["stars"][common.index].clip(0.5, 5)
        ten = scores["next"].drop(chosen, errors="ignore").nlargest(10).index
        error = ((expected - common) ** 2).mean()
        found[user] = {"mse": error, "ndcg": ndcg(ten, hidden.index)}
    return pd.DataFrame(found).T


def main():
    halves = [Half(seed) for seed in (2, 3)]
    rows, before = [], None
    done = {}
    for family, settings in VARIANTS.items():
        for setting in settings:
            options = {**PAGE, **setting}
            key = str(options)
            if key not in done:
                pages = [of.page(**options) for of in halves]
                seen = [features(page) for page in pages]
                costs = [price(p, of) for p, of in zip(pages, halves, strict=True)]
                done[key] = seen, costs
            seen, costs = done[key]
            insides = [of.inside for of in halves]
            found = {"what": family, **options}
            for column, name in enumerate(["fold-in", "list"]):
                each = [
                    auc(f[:, column], i) for f, i in zip(seen, insides, strict=True)
                ]
                found[name], found[f"{name} ±"] = np.mean(each, axis=0)
            stronger = max("fold-in", "list", key=found.get)
            found["AUC"], found["AUC ±"] = found[stronger], found[f"{stronger} ±"]
            cost = pd.concat(costs).groupby(level=0).mean()  # of each stranger
            before = cost if options == PAGE else before
            for name, values in cost.items():
                found[name], found[f"{name} ±"] = mean_interval(values)
            rows.append((found, cost))
            print({k: v for k, v in found.items() if "±" not in k}, flush=True)
    for found, cost in rows:
        for name in cost:
            change = paired_interval(cost[name], before[name])
            found[f"{name} change"], found[f"{name} change ±"] = change
    table = pd.DataFrame([found for found, _ in rows])
    table.round(4).to_csv(RESULTS / "page_attack.csv", index=False)


if __name__ == "__main__":
    main()
