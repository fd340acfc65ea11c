"""The lists of a page for people it does not know, and what a smaller page costs.

    uv run python benchmarks/page.py               about 3 minutes

300 of the 671 users are visitors: 371 others make the page. Of each visitor 1, 3, 5 or
10 ratings at random are given, all others are hidden, and each list of ten is judged by
what is hidden: nDCG@10 of what they watched, and of what they gave four stars or more.
"everybody" is how many of the ten are in the list that everybody gets without a rating
(by popularity, or by mean and bias, whichever has more), "shared" how many two visitors
have in common. The list "next" is chosen on 120 of the 371, by a page that the other
251 make: λ of EASE, the columns that are kept of its table, what a rating counts, and
whether stars are added, both standardised. The settings that listen differ by less than
their intervals. So the simplest is taken: the λ that `ease` has, no stars, 20 columns.
A rating counts "from the middle", that is nothing below it: of what the 120 watched
this costs 0.007 ± 0.009 against "0 to 1", and a movie with one star brings no movies
like it. It writes results/page_choice.csv, page_lists.csv and page_sizes.csv, and
prints what the choice costs.
"""

import os
import tempfile
from itertools import product

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, ROOT, load
from scipy.sparse.linalg import svds

from collab.als import fit_als
from collab.data import load_items
from collab.ids import IdMap, add_row_numbers
from collab.implicit import ease, who_watched
from collab.intervals import mean_interval, paired_interval
from collab.page import read_page, write_page

RATINGS = load()
TITLES = load_items(ROOT / "data" / "movies.csv").set_index("movieId")["title"]
ORDER = np.random.default_rng(0).permutation(671)
VISITORS, MAKERS = ORDER[:300], ORDER[300:]
GIVEN = (1, 3, 5, 10)
GAINS = 1 / np.log2(np.arange(2, 12))
DAMPINGS = (50, 100, 200, 400, 800, 1600)
COLUMNS = (10, 20, 40, 80)
COUNTS_AS = {  # how much a rating counts, from half a star to five
    "1": lambda stars: stars**0.0,
    "0 to 1": lambda stars: (stars - 0.5) / 4.5,
    "-1 to 1": lambda stars: (stars - 2.75) / 2.25,
    "from the middle": lambda stars: np.maximum(stars - 2.75, 0) / 2.25,
}
WEIGHTS = (0.0, 0.5, 1.0, 2.0)
# Of ten titles, after five ratings: with everybody's list, and of two visitors. The aim
# is half a title more, for people on whom nothing was chosen.
AT_MOST = {"everybody": 2.5, "shared": 1.5}


class World:
    """What some users make, and the visitors with what is given and hidden."""

    def __init__(self, makers, visitors):
        rows = RATINGS[RATINGS["user_row"].isin(makers)]
        self.factors = fit_als(
            rows, n_factors=30, scale=(0.5, 5), seed=42, progress=False
        )
        # 10 and 20 of 671 users, as on the first page.
        share = len(makers) / 671
        self.counts = rows.groupby("movieId").size()
        self.least = round(10 * share)
        self.among = self.counts.index[self.counts >= 20 * share]
        known = rows[rows["movieId"].map(self.counts) >= self.least]
        known = known[["userId", "movieId"]]
        users, items = IdMap(known["userId"]), IdMap(known["movieId"])
        self.items = items.ids
        known = add_row_numbers(known, users, items)
        self.watched = who_watched(known, len(users), len(items))
        self.visitors = {
            user: of.set_index("movieId")["rating"]
            for user, of in RATINGS[RATINGS["movieId"].isin(self.items)].groupby(
                "user_row"
            )
            if user in set(visitors) and len(of) > max(GIVEN)
        }

    def together(self, damping):
        table = ease(self.watched, float(damping)).table()
        return pd.DataFrame(table, self.items, self.items)

    def page(self, **options):
        with tempfile.TemporaryDirectory() as folder:
            path = write_page(
                self.factors,
                TITLES,
                f"{folder}/page.html",
                counts=self.counts,
                least=self.least,
                among=self.among,
                **{"n_factors": 30, **options},
            )
            return read_page(path), path.stat().st_size / 1e6

    def drawn(self, n):
        """Of each visitor n ratings, and those that are hidden."""
        rng = np.random.default_rng(n)
        for stars in self.visitors.values():
            some = rng.permutation(len(stars)) < n
            yield stars[some], stars[~some]


def ndcg(ten, wanted):
    """nDCG@10; NaN where nothing is wanted."""
    if not len(wanted):
        return np.nan
    return GAINS @ np.isin(ten, wanted) / GAINS[: len(wanted)].sum()


def tens(scores, listed, given):
    """The ten best listed of each row: row numbers; ties by the order of the page."""
    scores = np.where(listed, scores, -np.inf)
    for row, places in enumerate(given):
        scores[row, places] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :10]


def judged(lists, watched, liked):
    return {
        "watched": np.array([ndcg(*pair) for pair in zip(lists, watched, strict=True)]),
        "liked": np.array([ndcg(*pair) for pair in zip(lists, liked, strict=True)]),
    }


class Visits:
    """n ratings of each visitor: what each list is made of, visitors × titles."""

    def __init__(self, world, page, n):
        index = page.titles.index
        self.listed = index.isin(page.listed)
        drawn = list(world.drawn(n))
        self.stars = np.array([page.scores(given)["stars"] for given, _ in drawn])
        self.everybody = page.factors.mean + page.factors.item_bias.to_numpy()
        self.given = [index.get_indexer(given.index) for given, _ in drawn]
        self.values = [given.to_numpy() for given, _ in drawn]
        hidden = [stars[stars.index.isin(page.listed)] for _, stars in drawn]
        self.watched = [index.get_indexer(stars.index) for stars in hidden]
        self.liked = [index.get_indexer(s.index[s >= 4]) for s in hidden]

    def standardised(self, scores):
        some = scores[:, self.listed]
        return (scores - some.mean(axis=1, keepdims=True)) / np.maximum(
            some.std(axis=1, keepdims=True), 1e-9
        )

    def goes(self, picked, items, counts_as):
        parts = zip(self.given, self.values, strict=True)
        tastes = [counts_as(stars) @ picked[places] for places, stars in parts]
        return np.array(tastes) @ items.T

    def overlaps(self, lists):
        """With everybody's, and of two visitors: titles of ten, on average."""
        famous = -np.arange(len(self.everybody)) * 1.0  # by popularity
        both = [tens(s[None], self.listed, [[]])[0] for s in (famous, self.everybody)]
        most = np.max([np.isin(lists, ten).sum(axis=1) for ten in both], axis=0)
        counts = np.bincount(lists.ravel())
        pairs = len(lists) * (len(lists) - 1)
        return most.mean(), (counts * (counts - 1)).sum() / pairs

    def judge(self, scores):
        ten = tens(scores, self.listed, self.given)
        return ten, judged(ten, self.watched, self.liked)


def choose():
    """Every setting on 120 people that are judged nowhere else."""
    world = World(MAKERS[120:], MAKERS[:120])
    page, _ = world.page()
    visits = {n: Visits(world, page, n) for n in GIVEN}
    stars = {n: each.standardised(each.stars) for n, each in visits.items()}
    index = page.titles.index
    rows = []
    for damping in DAMPINGS:
        table = world.together(damping).reindex(index=index, columns=index).to_numpy()
        table = table * index.isin(page.listed)
        left, sizes, right = svds(table, max(COLUMNS), v0=np.ones(len(table)))
        for columns, name in product(COLUMNS, COUNTS_AS):
            picked = (left * sizes)[:, -columns:]
            for weight in WEIGHTS:
                found = []
                for n, each in visits.items():
                    goes = each.goes(picked, right[-columns:].T, COUNTS_AS[name])
                    ten, its = each.judge(each.standardised(goes) + weight * stars[n])
                    found.append({key: np.nanmean(of) for key, of in its.items()})
                    if n == 5:
                        same = dict(zip(AT_MOST, each.overlaps(ten), strict=True))
                mean = {**same, **pd.DataFrame(found).mean()}
                setting = {"damping": damping, "columns": columns}
                setting |= {"a rating counts": name, "weight of stars": weight}
                rows.append({**setting, **mean})
    table = pd.DataFrame(rows)
    table["both"] = (table["watched"] + table["liked"]) / 2
    table["listens"] = (table[list(AT_MOST)] <= list(AT_MOST.values())).all(axis=1)
    table = table.sort_values(["listens", "both"], ascending=False)
    table.round(4).to_csv(RESULTS / "page_choice.csv", index=False)
    print(table.head(30).round(4).to_string())


def lists(world, page):
    """Each list of ten, for 1, 3, 5 and 10 ratings."""
    rows, numbers = [], np.arange(len(page.titles))
    for n in GIVEN:
        visits = Visits(world, page, n)
        shape = visits.stars.shape
        of_page = [page.scores(given)["next"] for given, _ in world.drawn(n)]
        scores = {
            "stars": visits.stars,
            "stars above everybody's": visits.stars - visits.everybody,
            "popularity": np.broadcast_to(-numbers * 1.0, shape),
            "next": np.array(of_page),
        }
        today = None
        for name, its in scores.items():
            ten, found = visits.judge(its)
            today = found if today is None else today
            same, shared = visits.overlaps(ten)
            row = {"given": n, "list": name, "everybody": same, "shared": shared}
            row["titles"] = len(np.unique(ten))
            for key, times in [("watched", 2), ("liked", 1.6)]:
                known = ~np.isnan(found[key])
                mine = pd.Series(found[key][known])
                theirs = pd.Series(today[key][known])
                row[key], row[f"{key} ±"] = mean_interval(mine)
                more = paired_interval(mine, times * theirs)
                row[f"{key} - {times} stars"], row[f"{key} - {times} stars ±"] = more
            rows.append(row)
    table = pd.DataFrame(rows)
    table.round(4).to_csv(RESULTS / "page_lists.csv", index=False)
    print(table.round(3).to_string())


def sizes(world, together):
    """Fewer factors or columns, 8 or 16 bits: bytes, error, nDCG after ten ratings."""
    rows = []
    drawn = list(world.drawn(10))
    before = None
    for n_factors, kept, bits in [
        *[(30, 20, 16)],
        *[(k, 20, 8) for k in (30, 16, 8, 4, 2)],
        *[(8, k, 8) for k in (80, 40, 10, 5)],
    ]:
        page, megabytes = world.page(
            together=together, n_factors=n_factors, n_together=kept, bits=bits
        )
        visits = Visits(world, page, 10)
        error = []
        for stars, (_, hidden) in zip(visits.stars, drawn, strict=True):
            expected = pd.Series(stars, page.titles.index)[hidden.index].clip(0.5, 5)
            error.append(((expected - hidden) ** 2).mean())
        scores = np.array([page.scores(given)["next"] for given, _ in drawn])
        found = {"mse": np.array(error), **visits.judge(scores)[1]}
        before = before or found
        row = {"factors": n_factors, "columns": kept, "bits": bits, "MB": megabytes}
        for name, values in found.items():
            known = ~np.isnan(values)
            row[name] = values[known].mean()
            now, then = (pd.Series(v[known]) for v in (values, before[name]))
            change = paired_interval(now, then)
            row[f"{name} change"], row[f"{name} change ±"] = change
        rows.append(row)
    table = pd.DataFrame(rows)
    table.round(4).to_csv(RESULTS / "page_sizes.csv", index=False)
    print(table.round(4).to_string())


def main():
    choose()
    world = World(MAKERS, VISITORS)
    together = world.together(200)  # what `ease` has where nothing is said
    lists(world, world.page(together=together)[0])
    sizes(world, together)


if __name__ == "__main__":
    main()
