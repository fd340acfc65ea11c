"""Many ids that are text: how long it takes until the work can begin.

    uv run python benchmarks/many_ids.py

200,000 ids (100,000 users and 100,000 items) in 400,000 made-up ratings, half of them
to learn from, half to predict; seconds of the processor. No step may look at each pair
of ids: `Gibbs(…)` is ready within 3 seconds, and choosing `among` the items takes
`write_page` less than one second more than taking all of them.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from common import processor_seconds

N_IDS, N_ROWS = 100_000, 400_000


def table(text):
    rng = np.random.default_rng(0)
    ids = {name: rng.integers(0, N_IDS, N_ROWS) for name in ("userId", "movieId")}
    if text:
        ids = {name: [f"{name} {k:08d}" for k in rows] for name, rows in ids.items()}
    return pd.DataFrame(ids | {"rating": rng.integers(1, 6, N_ROWS)})


def page(factors, among):
    from collab.page import write_page

    titles = pd.Series(factors.item_bias.index.astype(str), factors.item_bias.index)
    with tempfile.TemporaryDirectory() as folder:
        path, counts = Path(folder) / "page.html", pd.Series(10, titles.index)
        write_page(factors, titles, path, counts=counts, among=among)


def main():
    from collab.als import fit_als
    from collab.gibbs import Gibbs

    for text in (False, True):
        ratings = table(text)
        train, ask = ratings[::2], ratings[1::2]
        ready, _ = processor_seconds(lambda train=train, ask=ask: Gibbs(train, ask))
        fit_als(train.head(100), n_factors=2, factor_damping=5.0)  # compiles
        fit, factors = processor_seconds(
            lambda train=train: fit_als(train, n_factors=2, factor_damping=5.0)
        )
        among = factors.item_bias.index[::2]
        all_of_them, _ = processor_seconds(lambda f=factors: page(f, None))
        chosen, _ = processor_seconds(lambda f=factors, among=among: page(f, among))
        kind = "text   " if text else "numbers"
        print(f"{kind} Gibbs ready {ready:.1f}, fit_als {fit:.1f}", end=", ")
        print(f"write_page {all_of_them:.1f}, with among {chosen:.1f}")


if __name__ == "__main__":
    main()
