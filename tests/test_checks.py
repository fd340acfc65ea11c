"""Each check accepts a right answer and refuses the mistakes a learner makes."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from collab import checks
from collab.models import dot_product_model, embedding_input


def dot_only(swap=False, bias=False):
    def build(n_users, n_movies, n_factors):
        if bias:
            return dot_product_model(n_users, n_movies, n_factors)
        user_inp, user = embedding_input("user_in", n_users, n_factors)
        movie_inp, movie = embedding_input("movie_in", n_movies, n_factors)
        inputs = [movie_inp, user_inp] if swap else [user_inp, movie_inp]
        return keras.Model(inputs, layers.Dot(axes=1)([user, movie]))

    return build


def best(ratings, at_least, *, strict=False, by_id=True):
    means = ratings.groupby("movieId")["rating"].agg(["mean", "size"]).reset_index()
    kept = means[means["size"] > at_least if strict else means["size"] >= at_least]
    kept = kept.sort_values(["mean", "movieId"], ascending=[False, by_id])
    return kept.set_index("movieId")["mean"]


def encode(mapping, ids):
    return np.array([mapping.get(value, -1) for value in ids])


RIGHT = {
    "star_shares": lambda r: r["rating"].value_counts(normalize=True).sort_index(),
    "density": lambda r: len(r) / r["userId"].nunique() / r["movieId"].nunique(),
    "best_movies": best,
    "id_dictionary": lambda ids: {x: k for k, x in enumerate(dict.fromkeys(ids))},
    "encode_with_marker": encode,
    "wasted_rows": lambda ids: ids.max() + 1 - ids.nunique(),
    "predict_pair": lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[u] + bi[i],
    "count_weights": lambda n, m, k: (n + m) * (k + 1),
    "dot_only_model": dot_only(),
    "mean_squared_error": lambda a, p: np.mean((a - p.reshape(-1)) ** 2),
    "penalty": lambda p, q, reg: reg * ((p**2).sum() + (q**2).sum()),
    "mean_baseline": lambda t, v: ((v["rating"] - t["rating"].mean()) ** 2).mean(),
}

WRONG = [
    ("star_shares", lambda r: r["rating"].value_counts().sort_index(), "shares"),
    ("star_shares", lambda r: r["rating"].value_counts(normalize=True), "expected"),
    ("star_shares", lambda r: {4.0: 0.3}, "not a pandas Series"),
    ("density", lambda r: len(r) / r["userId"].nunique(), "16 cells"),
    ("density", lambda r: None, "return"),
    ("best_movies", lambda r, n: best(r, n, strict=True), "expected"),
    ("best_movies", lambda r, n: best(r, n, by_id=False), "smaller first"),
    (
        "id_dictionary",
        lambda ids: {x: k for k, x in enumerate(sorted(set(ids)))},
        "first",
    ),
    ("encode_with_marker", lambda m, ids: [m.get(x, -1) for x in ids], "NumPy array"),
    ("encode_with_marker", lambda m, ids: encode(m, ids[:2]), "never seen"),
    ("encode_with_marker", lambda m, ids: encode(m, ids) * 1.0, "integers"),
    ("wasted_rows", lambda ids: ids.max() - ids.nunique(), "91 rows"),
    ("wasted_rows", lambda ids: ids.max() + 1 - min(len(ids), 4), "waste no row"),
    ("predict_pair", lambda p, q, bu, bi, u, i: p[u] @ q[i] + bu[u], "biases"),
    ("predict_pair", lambda p, q, bu, bi, u, i: p[u] * q[i] + bu[u], "single number"),
    ("count_weights", lambda n, m, k: (n + m) * k, "two of biases"),
    ("dot_only_model", dot_only(bias=True), "no biases"),
    ("dot_only_model", lambda n, m, k: 14, "not a keras.Model"),
    ("mean_squared_error", lambda a, p: np.mean((a - p) ** 2), "flatten"),
    ("mean_squared_error", lambda a, p: np.mean(abs(a - p.ravel())), "expected"),
    ("penalty", lambda p, q, reg: reg * (p.sum() + q.sum()) ** 2, "squares"),
    ("penalty", lambda p, q, reg: reg * (p**2).sum(), "both tables"),
    (
        "mean_baseline",
        lambda t, v: ((v["rating"] - v["rating"].mean()) ** 2).mean(),
        "training mean",
    ),
    ("mean_baseline", 0.42, "the function itself"),
]


def check_of(name):
    return getattr(checks, f"check_{name}")


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_accepted(name, capsys):
    check_of(name)(RIGHT[name])
    assert capsys.readouterr().out == f"{name}: correct.\n"


@pytest.mark.parametrize(("name", "answer", "message"), WRONG)
def test_a_mistake_is_explained(name, answer, message):
    with pytest.raises(AssertionError, match=message):
        check_of(name)(answer)


def test_swapped_inputs_are_noticed():
    # A model of [movie, user] is asked for rows its tables do not have, or others.
    with pytest.raises(Exception, match=r"order of the inputs|indices|Embedding"):
        checks.check_dot_only_model(dot_only(swap=True))


def test_every_check_is_tested():
    names = {name.removeprefix("check_") for name in dir(checks) if "check_" in name}
    assert names == set(RIGHT) == {name for name, *_ in WRONG}


def test_a_check_is_the_same_after_an_answer_changed_its_input():
    def vandal(ratings):
        share = ratings["rating"].value_counts(normalize=True).sort_index()
        ratings["rating"] = 0.0
        return share

    checks.check_star_shares(vandal)
    checks.check_star_shares(RIGHT["star_shares"])
    assert isinstance(checks._RATINGS, pd.DataFrame)
