"""Ten million items, one list of ten: scored one by one, in batches, in two stages.

    uv run python benchmarks/serving.py                ten minutes, 9 GB, one core
    uv run python benchmarks/serving.py --millions 1

The items are made up: movies of the course, drawn with replacement, each of their
numbers (bias and 50 factors of `fit_als`) moved by normal noise with 0.3 of the
numbers' deviation. The visitors are the course's users.

Two stages: k-means puts the items into 1,000 clusters beforehand; a visit scores the
centres, opens the best few clusters and scores their items alone. Two kinds of lists:
of the most stars, bias included, and of taste alone, without it. The control scores as
many items as the clusters hold and needs none: those with the highest biases, or with
the longest vectors. Writes benchmarks/results/serving.csv: `list`, `way`, `opened`
clusters, the `scored` share of the items, one core's seconds a `visit`, the `recall` of
the exact ten.
"""

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from common import RESULTS, load, processor_seconds

N_VISITS, N_CLUSTERS = 64, 1000


def made_up_items(n, rng):
    from collab.als import fit_als

    dampings = {"user_damping": 3.0, "item_damping": 3.0, "factor_damping": 5.0}
    fitted = fit_als(load(), n_factors=50, progress=False, **dampings)
    movies = np.column_stack([fitted.item_bias, fitted.item_factors]).astype("float32")
    users = np.column_stack([np.ones(len(fitted.user_bias)), fitted.user_factors])
    items = movies[rng.integers(0, len(movies), n)]
    noise = np.float32(0.3) * movies.std(axis=0)
    for part in np.array_split(items, 100):
        part += noise * rng.standard_normal(part.shape, dtype="float32")
    return items, rng.permutation(users.astype("float32"))[:N_VISITS]


def nearest(vectors, centres):
    """The row of the nearest centre: the least |c|² - 2 v·c."""
    lengths = (centres**2).sum(axis=1)
    parts = np.array_split(vectors, max(1, len(vectors) // 10_000))
    return np.concatenate([(lengths - 2 * p @ centres.T).argmin(axis=1) for p in parts])


def k_means(vectors, rng, rounds=5):
    centres = vectors[rng.choice(len(vectors), N_CLUSTERS, replace=False)]
    for _ in range(rounds):
        cluster = nearest(vectors, centres)
        counts = np.bincount(cluster, minlength=N_CLUSTERS)
        for k in np.flatnonzero(counts):
            centres[k] = vectors[cluster == k].mean(axis=0)
    return centres


def best_ten(scores, rows=None):
    best = np.argpartition(scores, -10)[-10:]
    return set((best if rows is None else rows[best]).tolist())


def one_by_one(items, users):
    return [best_ten(items @ user) for user in users]


def all_at_once(items, users):
    """The same lists; each part of the items is read once for all visitors."""
    rows, scores = [], []
    for part in np.array_split(np.arange(len(items)), 100):
        of_part = items[part[0] : part[-1] + 1] @ users.T  # (items, visitors)
        top = np.argpartition(of_part, -10, axis=0)[-10:]
        rows.append(part[top])
        scores.append(np.take_along_axis(of_part, top, axis=0))
    rows, scores = np.concatenate(rows), np.concatenate(scores)
    return [best_ten(scores[:, k], rows[:, k]) for k in range(len(users))]


def in_two_stages(items, users, exact, rng):
    """For each number of opened clusters: share scored, seconds a visit, recall."""
    centres = k_means(items[:100_000], rng)
    cluster = nearest(items, centres)
    order = np.argsort(cluster, kind="stable")
    stored = items[order]  # the items of a cluster stand together
    ends = np.searchsorted(cluster[order], np.arange(N_CLUSTERS + 1))
    for opened in (1, 3, 10, 30, 100):
        start, found, n_scored = time.process_time(), [], 0
        for user in users:
            best = np.argpartition(centres @ user, -opened)[-opened:]
            rows = np.concatenate([np.arange(ends[k], ends[k + 1]) for k in best])
            scores = [stored[ends[k] : ends[k + 1]] @ user for k in best]
            found.append(best_ten(np.concatenate(scores), order[rows]))
            n_scored += len(rows)
        took = (time.process_time() - start) / len(users)
        share = n_scored / len(users) / len(items)
        yield opened, share, took, recall(found, exact)


def recall(found, exact):
    return np.mean([len(a & b) / 10 for a, b in zip(found, exact, strict=True)])


def measure(millions):
    rng = np.random.default_rng(0)
    items, users = made_up_items(int(millions * 1e6), rng)
    kinds = {"stars": (items, users, "highest biases", -items[:, 0])}
    taste, of_user = np.ascontiguousarray(items[:, 1:]), users[:, 1:]
    kinds["taste"] = taste, of_user, "longest vectors", -(taste**2).sum(axis=1)
    for kind, (vectors, visitors, control, order) in kinds.items():
        took, exact = processor_seconds(lambda v=vectors, u=visitors: one_by_one(v, u))
        yield kind, "one by one", 0, 1.0, took / len(visitors), 1.0
        took, found = processor_seconds(lambda v=vectors, u=visitors: all_at_once(v, u))
        yield kind, "all at once", 0, 1.0, took / len(visitors), recall(found, exact)
        first = np.argsort(order, kind="stable")
        for opened, share, *rest in in_two_stages(vectors, visitors, exact, rng):
            yield kind, "two stages", opened, share, *rest
            top = first[: round(share * len(first))]
            took, found = processor_seconds(
                lambda v=vectors[top], top=top, u=visitors: [
                    best_ten(v @ user, top) for user in u
                ]
            )
            took /= len(visitors)
            yield kind, control, opened, share, took, recall(found, exact)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=10)
    rows = []
    for row in measure(parser.parse_args().millions):
        rows.append(row)
        print(row, flush=True)
    columns = ["list", "way", "opened", "scored", "visit", "recall"]
    table = pd.DataFrame(rows, columns=columns)
    table["scored"] = table["scored"].map("{:.5f}".format)
    table.round(4).to_csv(RESULTS / "serving.csv", index=False)
