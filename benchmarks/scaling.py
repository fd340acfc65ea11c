"""IdMap and the crosstab as the table grows, beside pandas, in one run.

    uv run python benchmarks/scaling.py                     1, 10 and 32 million ratings
    uv run python benchmarks/scaling.py --millions 1 2

The ratings are made up: distinct (user, movie) pairs in random order, 150 ratings a
user, 80,000 movies. Each size has a process, and so a peak memory, of its own.
"""

import numpy as np
import pandas as pd
from common import forget_peak, peak_mb, run_each_size, seconds

from collab.crosstab import rating_crosstab
from collab.ids import IdMap

N_MOVIES = 80_000


def make_ratings(n):
    """`n` distinct pairs: a walk with a step that is coprime to the number of cells."""
    n_users = n // 150
    cells = n_users * N_MOVIES
    step = next(s for s in range(int(cells * 0.618), cells) if np.gcd(s, cells) == 1)
    pairs = _multiply(np.arange(n, dtype="int64"), step, cells)
    stars = np.random.default_rng(42).integers(1, 11, n) / 2
    users, movies = np.divmod(pairs, N_MOVIES)
    return pd.DataFrame(
        {"userId": users * 3 + 1, "movieId": movies * 7 + 2, "rating": stars}
    )


def _multiply(pairs, step, cells):
    """pairs * step % cells, in steps that do not overflow int64."""
    low, high = step & 0xFFFF, step >> 16
    return (pairs * low % cells + (pairs * high % cells) * 65_536 % cells) % cells


def measure(n):
    ratings = make_ratings(n)
    table_mb = ratings.memory_usage().sum() / 1e6
    before = forget_peak()
    by_pandas, _ = min(
        (seconds(lambda: pd.factorize(ratings["movieId"])) for _ in range(3)),
        key=lambda timed: timed[0],
    )
    by_map, rows = min(
        (
            seconds(lambda: IdMap(ratings["movieId"]).encode(ratings["movieId"]))
            for _ in range(3)
        ),
        key=lambda timed: timed[0],
    )
    assert (rows == pd.factorize(ratings["movieId"])[0]).all()
    map_mb = peak_mb() - before
    crosstab, table = seconds(lambda: rating_crosstab(ratings))
    assert table.shape == (15, 15)
    return {
        "ratings": n,
        "table, MB": table_mb,
        "factorize, s": by_pandas,
        "IdMap, s": by_map,
        "IdMap / factorize": by_map / by_pandas,
        "IdMap, peak MB": map_mb,
        "crosstab, s": crosstab,
        "IdMap + crosstab, peak MB": peak_mb() - before,
    }


def report(rows):
    table = pd.DataFrame(rows)
    table["crosstab, µs a rating"] = 1e6 * table["crosstab, s"] / table["ratings"]
    table["IdMap, µs a rating"] = 1e6 * table["IdMap, s"] / table["ratings"]
    print(table.set_index("ratings").T.round(2).to_string())
    assert (table["IdMap / factorize"] <= 2).all(), "IdMap is slower than promised"


if __name__ == "__main__":
    run_each_size(__doc__.splitlines()[0], [1, 10, 32], measure, report)
