"""The dampings of fold-in in lesson 08, chosen without its hundred users.

    uv run python benchmarks/choices.py            about 1 minute

A hundred others are left out of training; the dampings are compared on a fifth of
their ratings. (What lesson 09 chose is compared in ranking.py.)
"""

import numpy as np
import pandas as pd
from common import load

from collab.course.notebook import prepare

prepare(seed=42)

from collab import factors, recommend, regularised  # noqa: E402
from collab.ids import IdMap  # noqa: E402
from collab.split import random_split  # noqa: E402


def fold_in_dampings():
    """MSE in stars² by bias damping (rows) and factor damping (columns)."""
    ratings = load()
    user_ids, item_ids = IdMap(ratings["userId"]), IdMap(ratings["movieId"])
    order = np.random.default_rng(0).permutation(user_ids.ids)
    left_out = ratings["userId"].isin(order[100:200])  # the lesson's are order[:100]
    shown, hidden = random_split(ratings[left_out], seed=np.random.default_rng(1))
    model, _ = regularised.fit_regularised(
        ratings[~left_out],
        n_users=len(user_ids),
        n_items=len(item_ids),
        seed=42,
        progress=False,
    )
    fitted = factors.read_factors(model, user_ids, item_ids)
    low, high = ratings["rating"].min(), ratings["rating"].max()
    stars_of = {
        u: of.set_index("movieId")["rating"] for u, of in shown.groupby("userId")
    }

    def error(bias_damping, factor_damping):
        squares = []
        for user, of in hidden.groupby("userId"):
            taste = recommend.fold_in(
                fitted,
                stars_of[user],
                bias_damping=bias_damping,
                factor_damping=factor_damping,
            )
            predicted = fitted.scores(taste)[of["movieId"]]
            errors = predicted.clip(low, high).to_numpy() - of["rating"].to_numpy()
            squares.append(errors**2)
        return np.concatenate(squares).mean()

    dampings = [1.0, 2.0, 5.0, 10.0]
    return pd.DataFrame({f: {b: error(b, f) for b in dampings} for f in dampings})


if __name__ == "__main__":
    print(fold_in_dampings().round(4).to_string())
