"""The same table in other clothes gets the same answer, and is left as it was.

What each checker serves is said in test_checks.py; here whole functions meet it.
"""

import pandas as pd
import pytest
from test_wiring import RATINGS

from collab.als import fit_als
from collab.baselines import fit_biases, predict_biases
from collab.crosstab import rating_crosstab, top_counts
from collab.data import check_ratings
from collab.evaluate import top_lists
from collab.factors import neighbours
from collab.gibbs import Gibbs
from collab.ids import IdMap, add_row_numbers
from collab.implicit import who_watched
from collab.recommend import fold_in, top_n
from collab.split import time_split, user_split
from collab.terms import Sitting
from collab.titles import label_items

IDS = ["userId", "movieId"]
ROWS = ["user_row", "item_row"]
ODD = pd.CategoricalDtype([99, 40, 30, 20, 10, 19, 17, 15, 12, 3, 2, 1, 0])


def times(change):
    return lambda t: t.assign(
        timestamp=change(pd.to_datetime(t["timestamp"], unit="s"))
    )


def cast(columns, dtype):
    return lambda t: t.astype(dict.fromkeys(columns, dtype))


CLOTHES = {
    "small ids": cast(IDS + ROWS, "uint8"),
    "whole floats": cast(IDS + ROWS, "float64"),
    "nullable ids": cast(IDS + ROWS, "Int64"),
    "Arrow ids": cast(IDS + ROWS, "int64[pyarrow]"),
    "objects": cast(IDS + ROWS + ["rating"], object),
    # Categories in another order than the ids, and one that no row has.
    "categories": cast(IDS + ROWS, ODD),
    "text": cast(IDS, str),
    "Arrow text": lambda t: cast(IDS, "string[pyarrow]")(cast(IDS, str)(t)),
    "categories of text": lambda t: cast(IDS, "category")(cast(IDS, str)(t)),
    "small floats": cast(["rating"], "float32"),
    "nullable floats": cast(["rating", "timestamp"], "Float64"),
    "Arrow numbers": cast(["rating", "timestamp"], "double[pyarrow]"),
    "dates": times(lambda dates: dates),
    "dates in a zone": times(lambda dates: dates.dt.tz_localize("Asia/Tokyo")),
    "Arrow dates": times(lambda dates: dates.astype("timestamp[us][pyarrow]")),
    "labels backwards": lambda t: t.set_axis(range(len(t))[::-1]),
    "one label for all": lambda t: t.set_axis([7] * len(t)),
    "labels named like columns": lambda t: t.set_index([*IDS, "rating"], drop=False),
    "an unused column twice": lambda t: pd.concat([t, t[["unused"]]], axis=1),
    "columns in another order": lambda t: t[t.columns[::-1]],
}


def rows(parts):
    return [part["row"].to_numpy().tolist() for part in parts]


def of_one_user(t):
    """The three ratings of user 30 by item."""
    return t.iloc[[0, 2, 5]].set_index("movieId")["rating"]


def fitted(t):
    return fit_als(t, n_factors=2, n_iterations=2, factor_damping=1.0)


def sampled(t):
    return Gibbs(t, t, n_factors=2, time="timestamp", terms=[Sitting()]).run(
        2, progress=False
    )


def lists(t):
    """Two lists by user of two items each."""
    items = t["movieId"].array
    return dict(zip(t["userId"].tolist(), [items[[0, 2]], items[[4, 0]]], strict=False))


FUNCTIONS = {
    "top_counts": lambda t: top_counts(t, "userId", 3),
    "rating_crosstab": lambda t: rating_crosstab(t, 3, 2),
    "check_ratings": lambda t: check_ratings(
        t.drop(columns="timestamp"), string_ids=isinstance(t["userId"].iloc[0], str)
    )[[*IDS, "rating"]].to_numpy(),
    "add_row_numbers": lambda t: add_row_numbers(
        t.drop(columns=ROWS), IdMap(t["userId"]), IdMap(t["movieId"])
    )[ROWS].to_numpy(),
    "user_split": lambda t: rows(user_split(t, 0.5)),
    "time_split": lambda t: rows(time_split(t, 0.3)),
    "fit_biases": lambda t: fit_biases(t, user_damping=2.0, item_damping=1.0).item,
    "predict_biases": lambda t: predict_biases(fit_biases(t, user_damping=2.0), t),
    "who_watched": lambda t: who_watched(t, 4, 4, fade=2.0),
    "fit_als": lambda t: fitted(t).predict(t["userId"], t["movieId"]),
    "Gibbs": lambda t: sampled(t).predict().to_numpy(),
    "fold_in": lambda t: fold_in(fitted(t), of_one_user(t)).factors,
    "top_n": lambda t: top_n(of_one_user(t), 2, seen=t["movieId"].array[2:3]),
    "neighbours": lambda t: neighbours(
        fitted(t).item_factors, t["movieId"].iloc[0], among=t["movieId"].array
    ),
    "label_items": lambda t: label_items(
        t["movieId"], pd.Series(list("abcd"), pd.unique(t["movieId"]))
    ),
    "top_lists": lambda t: top_lists(rating_crosstab(t, 4, 4).fillna(0.0), 2, lists(t)),
}


def plain(value):
    """Any answer as lists and numbers; "30" and 30 are the same."""
    if hasattr(value, "toarray"):
        value = value.toarray()
    if isinstance(value, pd.DataFrame):
        return [plain(value.index)] + [plain(value[name]) for name in value]
    if isinstance(value, pd.Series):
        return [plain(value.index), plain(value.tolist())]
    if isinstance(value, dict):
        return plain(list(value.items()))
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, str) and not value.isdigit():
        return value
    return str(float(f"{float(value):.6g}"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_table_in_other_clothes_gets_the_same_answer(name):
    table = RATINGS.assign(row=range(10), unused=0)
    expected = plain(FUNCTIONS[name](table))
    for clothes, change in CLOTHES.items():
        other = change(table)
        kept = other.copy()
        assert plain(FUNCTIONS[name](other)) == expected, clothes
        pd.testing.assert_frame_equal(other, kept)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_ratings_that_are_all_the_same_have_an_answer(name):
    if name == "neighbours":
        pytest.skip("nothing tells the items apart, and neighbours says so")
    answer = FUNCTIONS[name](RATINGS.assign(rating=4.0, row=range(10)))
    assert "nan" not in str(plain(answer))


EMPTY = ["top_counts", "rating_crosstab", "user_split", "time_split", "fit_biases"]


@pytest.mark.parametrize("name", [*EMPTY, "fit_als", "Gibbs"])
def test_a_table_without_rows_is_refused(name):
    with pytest.raises(ValueError, match="has no rows"):
        FUNCTIONS[name](RATINGS.assign(row=0)[:0])
