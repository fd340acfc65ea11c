"""Every public function of collab/ meets strange tables: right, or a fit ValueError."""

import ast
import functools
import re
import warnings
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import strange_tables as strange
from eager import eagerly
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import ROOT
from strange_tables import (
    ById,
    Choice,
    Ids,
    Lists,
    Number,
    OneId,
    Role,
    Table,
    Values,
    Watched,
    Whole,
)

from collab import (
    baselines,
    crosstab,
    data,
    evaluate,
    factors,
    implicit,
    metrics,
    recommend,
    split,
    titles,
)
from collab import ids as id_maps
from collab.factors import neighbours
from collab.ids import IdMap
from collab.titles import label_items

mpl.use("Agg")


class Row:
    """A public function: how it is called, and what each argument is.

    `text`: ids as text give the same. `each`: of what is served, each how many-th value
    is tried, more than 1 where the function is slow.
    """

    def __init__(self, call, *, text=True, each=1, **roles):
        self.call, self.roles, self.text, self.each = call, roles, text, each

    def __call__(self, **changed):
        usual = {name: role.usual for name, role in self.roles.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return plain(self.call(**(usual | changed)))


def plain(value):
    """Any answer as lists and numbers; "30" and 30 are the same, to compare worlds."""
    if hasattr(value, "toarray"):
        return plain(value.toarray())
    if hasattr(value, "get_weights"):
        return plain(value.get_weights())
    if hasattr(value, "texts") and hasattr(value, "lines"):  # a figure's Axes
        return [text.get_text() for text in value.texts]
    if isinstance(value, IdMap):
        return plain(value.ids)
    if isinstance(value, pd.DataFrame):
        cells = [plain(value.iloc[:, k].tolist()) for k in range(value.shape[1])]
        return [plain(value.index), plain(value.columns), cells]
    if isinstance(value, pd.Series):
        return [plain(value.index), plain(value.tolist())]
    if isinstance(value, dict):
        return [[plain(key), plain(each)] for key, each in value.items()]
    if isinstance(value, (np.ndarray, pd.Index)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (str, bool)) or value is None:
        return int(value) if isinstance(value, str) and value.isdigit() else value
    value = float(value)
    return "nan" if np.isnan(value) else float(f"{value:.6g}")


# What stands in the place of each argument -------------------------------------------

RATINGS = strange.ratings()
ROWS_TABLE = strange.rows()
BASE = Table(
    RATINGS, ids=["userId", "movieId"], numbers=["rating"], times=["timestamp"]
)
ENCODED = Table(ROWS_TABLE, row_numbers=["user_row", "item_row"], numbers=["rating"])
USERS, ITEMS = IdMap([10, 20, 30, 40]), IdMap([12, 15, 17, 19])
NO_RNG = [None, 42, "42", np.random]


def table(*ids, numbers=(), times=(), **more):
    return Table(RATINGS, ids=ids, numbers=numbers, times=times, **more)


def positions(parts):
    return [part["position"].tolist() if "position" in part else 0 for part in parts]


def rng():
    return np.random.default_rng(0)


def factors_of(ids=int):
    random = np.random.default_rng(1)
    users = [ids(user) for user in (10, 20, 30, 40)]
    items = [ids(item) for item in (12, 15, 17, 19)]
    return factors.Factors(
        3.0,
        pd.Series([0.5, -0.5, 0.25, -0.25], users),
        pd.Series([0.1, -0.2, 0.3, 0.0], items),
        pd.DataFrame(random.normal(size=(4, 2)), users),
        pd.DataFrame(random.normal(size=(4, 2)), items),
        (0.5, 5.0),
    )


class Contract(Role):
    """`Factors`, or any object with its fields."""

    def __init__(self, wrong=("item_bias", "item_factors")):
        super().__init__(factors_of())
        self.text, self.wrong = factors_of(str), wrong

    def served(self):
        return {"any object": SimpleNamespace(**self.usual._asdict())}

    def refused(self):
        found = {"None": (None, []), "a dict": (self.usual._asdict(), [])}
        for field in self.wrong:
            found[f"{field}: NaN"] = (
                self.usual._replace(**{field: getattr(self.usual, field) * np.nan}),
                [field],
            )
            found[f"{field}: a list"] = (self.usual._replace(**{field: [1]}), [field])
        return found


class Matrix(Role):
    """A DataFrame of numbers, one row per id."""

    def __init__(
        self, usual, *, twice=False, arrays=False, empty=False, holes=False, **more
    ):
        super().__init__(usual, **more)
        self.text = usual.set_axis(strange.texts(usual.index))
        self.fine = {"an id twice": twice, "an array": arrays}
        self.fine |= {"no rows": empty, "NaN": holes, "None": self.optional}

    def served(self):
        return {
            dtype: self.usual.astype(dtype) for dtype in ("Float64", "double[pyarrow]")
        }

    def refused(self):
        holed = self.usual.copy()
        holed.iloc[0, 0] = np.nan
        first = self.usual.index[0]
        found = {
            "a list": self.usual.to_numpy().tolist(),
            "an array": self.usual.to_numpy(),
            "None": None,
            "NaN": holed,
            "text": self.usual.astype(str),
            "truth values": self.usual > 0,
            "an id twice": self.usual.rename(index={self.usual.index[1]: first}),
            "no rows": self.usual[:0],
        }
        return {
            label: (value, [])
            for label, value in found.items()
            if not self.fine.get(label)
        }


WATCHED = np.array(
    [[1, 1, 0, 1, 0], [0, 1, 1, 0, 1], [1, 0, 1, 1, 0], [0, 1, 0, 1, 1.0]]
)
SCORES = pd.Series([2.5, 4.0, 1.0, 3.5], [12, 15, 17, 19])
TITLES = pd.Series(["Alien (1979)", "Heat (1995)", "Ran", "Up"], [12, 15, 17, 19])
LISTS = {10: [12, 15, 19], 20: [17, 12, 15], 30: [19, 17, 12]}
TRUTH = {10: [12, 17], 20: [15], 30: [19, 15]}
COUNTS = pd.Series([3, 2, 3, 2], [12, 15, 17, 19])
GRID = pd.DataFrame(
    [[3.0, 1, 2, 4], [1, 4, 2, 0.5], [2, 3, 1, 5], [0, 1, 2, 3]],
    [10, 20, 30, 40],
    [12, 15, 17, 19],
)


def reloaded(ids, path):
    IdMap(ids).save(path)
    return IdMap.load(path)


def written(text, name="ratings.csv"):
    """A file in the current folder, which a fixture makes a temporary one."""
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


BIASES = baselines.fit_biases(RATINGS)
TEXT = {column: str for column in ("userId", "movieId")}

ROWS = {
    "ids.IdMap": Row(IdMap, ids=Ids(strange.USERS, known=False)),
    "ids.IdMap.encode": Row(
        lambda ids, unknown: USERS.encode(ids, unknown=unknown),
        text=False,
        ids=Ids([10, 40, 10]),
        unknown=Choice(-1, [0, 3, 1.5, "x", True, np.nan, 2**63]),
    ),
    "ids.IdMap.encode one": Row(USERS.encode, text=False, ids=OneId(20, several=True)),
    "ids.IdMap.decode": Row(USERS.decode, text=False, rows=Ids([3, 0, 3])),
    "ids.add_row_numbers": Row(
        lambda ratings, user_ids, item_ids, unknown: id_maps.add_row_numbers(
            ratings, user_ids, item_ids, unknown=unknown
        )[["user_row", "item_row"]].to_numpy(),
        text=False,
        ratings=table("userId", "movieId"),
        user_ids=Choice(
            USERS, [None, {10: 0}, [10], IdMap([10]), IdMap(["10"])], words=["userId"]
        ),
        item_ids=Choice(
            ITEMS, [None, {12: 0}, [12], IdMap([12]), IdMap(["12"])], words=["movieId"]
        ),
        unknown=Choice(None, [0, 1.5, "x", True]),
    ),
    "split.random_split": Row(
        lambda ratings, train_fraction, seed: positions(
            split.random_split(
                ratings,
                train_fraction,
                rng=rng() if isinstance(seed, str) and seed == "usual" else seed,
            )
        ),
        ratings=table(),
        train_fraction=Choice(0.6, [0, 1, "0.6", None, np.nan, [0.6]]),
        seed=Choice("usual", NO_RNG, words=["rng"]),
    ),
    "split.user_split": Row(
        lambda ratings, valid_fraction: positions(
            split.user_split(ratings, valid_fraction)
        ),
        ratings=table("userId", times=["timestamp"]),
        valid_fraction=Choice(0.5, [0, 1, "0.6", None, np.nan, [0.6]]),
    ),
    "split.time_split": Row(
        lambda ratings, valid_fraction: positions(
            split.time_split(ratings, valid_fraction)
        ),
        ratings=table(times=["timestamp"]),
        valid_fraction=Choice(0.3, [0, 1, "0.6", None, np.nan, [0.6]]),
    ),
    "baselines.predict_mean": Row(
        lambda train, table: baselines.predict_mean(train, table, "userId"),
        train=table("userId", numbers=["rating"]),
        table=table("userId"),
    ),
    "baselines.fit_biases": Row(
        lambda train, **more: baselines.fit_biases(train, **more),
        train=table("userId", "movieId", numbers=["rating"]),
        user_damping=Number(2.0),
        item_damping=Number(3.0),
        n_passes=Whole(2),
    ),
    "baselines.predict_biases": Row(
        baselines.predict_biases,
        text=False,
        biases=Choice(BIASES, [None, {}, BIASES._replace(user={10: 1.0})]),
        table=table("userId", "movieId"),
    ),
    "crosstab.top_counts": Row(
        lambda ratings, n: crosstab.top_counts(ratings, "userId", n),
        ratings=table("userId"),
        n=Whole(3),
    ),
    "crosstab.rating_crosstab": Row(
        crosstab.rating_crosstab,
        ratings=table("userId", "movieId", numbers=["rating"]),
        n_users=Whole(3),
        n_items=Whole(2),
    ),
    "metrics.mse": Row(
        metrics.mse, actual=Values([1.0, 2.0, 4.0]), predicted=Values([1.5, 2.0, 3.0])
    ),
    "metrics.rmse": Row(
        metrics.rmse, actual=Values([1.0, 2.0, 4.0]), predicted=Values([1.5, 2.0, 3.0])
    ),
    "metrics.mae": Row(
        metrics.mae, actual=Values([1.0, 2.0, 4.0]), predicted=Values([1.5, 2.0, 3.0])
    ),
    "recommend.top_n": Row(
        lambda scores, n, seen: recommend.top_n(scores, n, seen=seen),
        scores=ById(SCORES),
        n=Whole(2),
        seen=Ids([15, 17], ordered=False, floats=False),
    ),
    "recommend.fold_in": Row(
        recommend.fold_in,
        factors=Contract(),
        ratings=ById(pd.Series([4.0, 2.5, 1.0], [12, 17, 19]), known=True),
        bias_damping=Number(5.0, low=0),
        factor_damping=Number(5.0, low=0),
        scale=Choice((1, 5), [(5, 1), 5, "1-5", (4, 5), (1, np.nan), (1, 2, 3)]),
    ),
    "recommend.user_taste": Row(
        recommend.user_taste,
        factors=Contract(["user_bias", "user_factors"]),
        user=OneId(20),
    ),
    "recommend.score_items": Row(
        recommend.score_items,
        factors=Contract(),
        taste=Choice(
            recommend.Taste(0.5, np.array([1.0, 2.0])),
            [None, 5, "x", (0.5, [1.0]), (np.nan, [1.0, 2.0]), (0.5, [1.0, np.nan])],
        ),
    ),
    "recommend.predict_ratings": Row(
        lambda factors, users, items: factors.predict(users, items),
        factors=Contract(["user_bias", "user_factors", "item_bias", "item_factors"]),
        users=Ids([10, 40, 10], words=["factors has no user"]),
        items=Ids([12, 19, 15], words=["factors has no item"]),
    ),
    "factors.neighbours": Row(
        lambda factors, item, n, among: neighbours(factors, item, n, among=among),
        factors=Matrix(factors_of().item_factors),
        item=OneId(15, words=["factors has no row"]),
        n=Whole(2),
        among=Ids(
            [12, 17, 19],
            ordered=False,
            optional=True,
            floats=False,
            words=["factors has no row", "no other item"],
        ),
    ),
    "factors.map_2d": Row(
        factors.map_2d,
        user_factors=Matrix(factors_of().user_factors, twice=True, words=["a map"]),
        item_factors=Matrix(factors_of().item_factors, twice=True, words=["a map"]),
    ),
    "factors.align": Row(
        factors.align,
        text=False,
        places=Matrix(factors_of().item_factors),
        reference=Matrix(factors_of().item_factors),
    ),
    "titles.find_titles": Row(
        titles.find_titles,
        titles=ById(TITLES, numbers=False, labels=True, words=["no title"]),
        part=Choice("a", ["zz", "", None, b"a"], words=["no title contains"]),
    ),
    "titles.find_title": Row(
        titles.find_title,
        titles=ById(TITLES, numbers=False, labels=True, words=["no title"]),
        part=Choice(
            "ali", ["zz", "", "a", None], words=["no title contains", "titles"]
        ),
    ),
    "titles.shorten": Row(
        titles.shorten,
        title=Choice("Some Long Title, The (1999)", [None, 5, b"a", ["a"], np.nan]),
        width=Whole(20),
    ),
    "titles.label_items": Row(
        lambda ids, titles, width: label_items(ids, titles, width=width),
        ids=Ids([15, 12, 15]),
        titles=ById(TITLES, numbers=False, labels=True),
        width=Whole(20),
    ),
    "evaluate.recall_at_k": Row(
        evaluate.recall_at_k,
        recommended=Ids([12, 15, 19], floats=False),
        relevant=Ids([15, 17], ordered=False, floats=False, words=["recommended"]),
        k=Whole(2),
    ),
    "evaluate.ndcg_at_k": Row(
        evaluate.ndcg_at_k,
        recommended=Ids([12, 15, 19], floats=False),
        relevant=Ids([15, 17], ordered=False, floats=False, words=["recommended"]),
        k=Whole(2),
    ),
    "evaluate.mean_interval": Row(
        evaluate.mean_interval, values=Values([1.0, 2.0, 4.0])
    ),
    "evaluate.paired_interval": Row(
        evaluate.paired_interval,
        a=ById(pd.Series([0.1, 0.2, 0.6], [10, 20, 30])),
        b=ById(pd.Series([0.2, 0.1, 0.3], [10, 20, 30])),
    ),
    "evaluate.coverage": Row(
        evaluate.coverage,
        text=False,
        lists=Lists(LISTS),
        n_items=Whole(9),
    ),
    "evaluate.mean_overlap": Row(evaluate.mean_overlap, text=False, lists=Lists(LISTS)),
    "evaluate.novelty": Row(
        evaluate.novelty,
        text=False,
        lists=Lists(LISTS),
        counts=ById(COUNTS, known=True, words=["a list"]),
        n_users=Whole(5),
    ),
    "evaluate.top_lists": Row(
        lambda scores, n, seen: evaluate.top_lists(scores, n, seen),
        text=False,
        scores=Matrix(GRID, arrays=True, empty=True, words=["users"]),
        n=Whole(2),
        seen=Lists(TRUTH, optional=True),
    ),
    "evaluate.judge": Row(
        evaluate.judge,
        text=False,
        lists=Lists(LISTS),
        truth=Lists(TRUTH),
        k=Whole(2),
    ),
    "evaluate.report": Row(
        evaluate.report,
        text=False,
        recommenders=Choice({"a": LISTS, "b": LISTS}, [None, 5, "x", {}, {"a": 5}]),
        truth=Lists(TRUTH),
        counts=ById(COUNTS, known=True, words=["a list"]),
        n_users=Whole(5),
        k=Whole(2),
    ),
    "implicit.who_watched": Row(
        lambda ratings, n_users, n_items, fade: implicit.who_watched(
            ratings, n_users, n_items, fade=fade
        ),
        text=False,
        ratings=Table(
            ROWS_TABLE, row_numbers=["user_row", "item_row"], times=["timestamp"]
        ),
        n_users=Whole(4),
        n_items=Whole(4),
        fade=Number(2.0),
    ),
    "implicit.popularity": Row(implicit.popularity, watched=Watched(WATCHED)),
    "implicit.item_similarities": Row(
        implicit.item_similarities,
        watched=Watched(WATCHED),
        n_neighbours=Whole(2),
        damping=Number(1.0),
    ),
    "implicit.rp3beta": Row(
        implicit.rp3beta,
        watched=Watched(WATCHED),
        n_neighbours=Whole(2),
        alpha=Number(1.0),
        beta=Number(0.5),
    ),
    "implicit.ease": Row(
        lambda watched, reg: implicit.ease(watched, reg).table(),
        watched=Watched(WATCHED),
        reg=Number(2.0, low=0),
    ),
    "implicit.ease.scores": Row(
        lambda watched: implicit.ease(WATCHED, 2.0).scores(watched),
        watched=Watched(WATCHED),
    ),
    "implicit.implicit_als": Row(
        implicit.implicit_als,
        watched=Watched(WATCHED),
        n_factors=Whole(2),
        alpha=Number(2.0),
        reg=Number(1.0, low=0),
        n_iterations=Whole(2),
    ),
    "data.check_ratings": Row(
        lambda table: data.check_ratings(table)["position"].tolist(),
        text=False,
        table=table("userId", "movieId", numbers=["rating"]),
    ),
    "data.rating_scale": Row(data.rating_scale, table=table(numbers=["rating"])),
}

# Train or draw, or need TensorFlow: imported where they are used.


def keras_model():
    from collab import models

    return models.dot_product_model(4, 4, 2, seed=0, initializer="normal", mean=3.0)


MODEL = functools.cache(keras_model)  # for those that only read it


@eagerly()
def fitted(model_name="fit", **arguments):
    import keras

    from collab import regularised, training

    if model_name == "fit":
        model = keras_model()
        model.compile("sgd", loss="mse", metrics=["mse"])
        arguments.setdefault("rng", rng())
        return training.fit(model, progress=False, **arguments)
    if model_name == "fit_regularised":
        options = {"strength": 1.0, "n_factors": 2, "seed": 0, "progress": False}
        with pytest.MonkeyPatch.context() as patch:
            # Three short steps tell one table from another as well as 550 do.
            patch.setattr(regularised, "_MIN_STEPS", 3)
            patch.setattr(regularised, "_MIN_EPOCHS", 3)
            return regularised.fit_regularised(**(options | arguments))[0]
    keras.utils.set_random_seed(0)
    return None


def predicted(**arguments):
    from collab import training

    return training.predict(MODEL(), USERS, ITEMS, **arguments)


def read(user_ids, item_ids):
    return factors.read_factors(MODEL(), user_ids, item_ids)


@eagerly()
def ranked(**arguments):
    from collab import ranking

    options = {"n_factors": 2, "epochs": 1, "lately_epochs": 1, "seed": 0}
    options["progress"] = False
    return ranking.fit_ranking(**(options | arguments))[0]


@eagerly()
def next_ones(**arguments):
    from collab import ranking

    options = {"n_factors": 2, "epochs": 1, "seed": 0, "progress": False}
    return ranking.fit_next(**(options | arguments))[0]


def als_fitted(**arguments):
    from collab import als

    return als.fit_als(**({"n_factors": 2, "n_sweeps": 2} | arguments))


def sampled(**arguments):
    from collab import gibbs

    sampler = gibbs.Gibbs(**({"time": "timestamp"} | arguments))
    sampler.run(2, progress=False)
    return sampler.factors()


def genres_or_years(name, **arguments):
    from collab import terms

    return len(getattr(terms, name)(**arguments))


def drawn(name, **arguments):
    import matplotlib.pyplot as plt

    from collab import plots

    try:
        return getattr(plots, name)(**arguments)
    finally:
        plt.close("all")


def panel_of(titles, scale, n_found):
    from collab.panel import RatingPanel

    panel = RatingPanel(
        titles, lambda stars: pd.Series({12: 4.0}), scale=scale, n_found=n_found
    )
    return repr(panel)


def page_of(**arguments):
    from collab.page import read_page, write_page

    return read_page(write_page(path="page.html", **arguments))


MOVIES = pd.DataFrame(
    {
        "movieId": [12, 15, 17],
        "title": ["Alien (1979)", "Heat (1995)", "Ran (1985)"],
        "genres": ["Horror|Sci-Fi", "Action", "Action|Drama"],
    }
)
PAIRS = {"row_numbers": ["user_row", "item_row"], "numbers": ["rating"]}
SCALES = [(5, 1), 5, "15", (4, 5), (1, np.nan), (1, 2, 3)]
ROWS |= {
    "training.fit": Row(
        fitted,
        text=False,
        each=100,
        train=Table(ROWS_TABLE, **PAIRS),
        valid=Table(ROWS_TABLE, optional=True, **PAIRS),
        epochs=Whole(1),
        batch_size=Whole(4),
    ),
    "regularised.fit_regularised": Row(
        lambda **arguments: fitted("fit_regularised", **arguments),
        text=False,
        each=100,
        train=Table(ROWS_TABLE, **PAIRS),
        valid=Table(ROWS_TABLE, optional=True, **PAIRS),
        n_users=Whole(4),
        n_items=Whole(4),
        user_damping=Number(5.0),
        item_damping=Number(3.0),
        scale=Choice((1, 5), SCALES),
    ),
    "training.predict": Row(
        predicted,
        text=False,
        users=Ids([10, 40, 10], words=["ids"]),
        items=Ids([12, 19, 15], words=["ids"]),
    ),
    "factors.read_factors": Row(
        read,
        text=False,
        user_ids=Choice(USERS, [None, 5, IdMap([1]), "x"], words=["'user_in"]),
        item_ids=Choice(ITEMS, [None, 5, IdMap([1]), "x"], words=["'item_in"]),
    ),
    "ranking.fit_ranking": Row(
        ranked,
        each=100,
        watched=Watched(WATCHED),
        lately=Watched(WATCHED, optional=True),
        n_factors=Whole(2),
        epochs=Whole(1),
        batch_size=Whole(2),
    ),
    "ranking.fit_next": Row(
        next_ones,
        text=False,
        each=100,
        ratings=Table(
            ROWS_TABLE,
            ids=["user_row"],
            row_numbers=["item_row"],
            times=["timestamp"],
        ),
        n_items=Whole(4),
        fade=Number(2.0),
        epochs=Whole(1),
    ),
    "als.fit_als": Row(
        als_fitted,
        each=8,
        ratings=table("userId", "movieId", numbers=["rating"]),
        n_factors=Whole(2),
        n_sweeps=Whole(2),
        bias_damping=Number(3.0),
        scale=Choice((1, 5), SCALES),
    ),
    "gibbs.Gibbs": Row(
        sampled,
        text=False,
        each=100,
        ratings=table("userId", "movieId", numbers=["rating"], times=["timestamp"]),
        n_factors=Whole(2, least=0),
        scale=Choice((1, 5), SCALES),
    ),
    "terms.genre_features": Row(
        lambda items: genres_or_years("genre_features", items=items),
        items=Table(MOVIES, ids=["movieId"]),
    ),
    "terms.year_features": Row(
        lambda items: genres_or_years("year_features", items=items),
        items=Table(MOVIES, ids=["movieId"]),
    ),
    "plots.plot_long_tail": Row(
        lambda counts: drawn("plot_long_tail", counts=counts),
        each=8,
        counts=Values([5, 3, 1]),
    ),
    "plots.plot_crosstab": Row(
        lambda **arguments: drawn("plot_crosstab", **arguments),
        text=False,
        each=8,
        table=Matrix(GRID, twice=True, holes=True, words=["the ids to label"]),
        titles=ById(
            TITLES,
            numbers=False,
            known=True,
            labels=True,
            optional=True,
            words=["the ids to label"],
        ),
        scale=Choice((0, 5), [(5, 1), 5, "15", (4, 5), (1, np.nan), (1, 2, 3)]),
    ),
    "plots.plot_curves": Row(
        lambda curves: drawn("plot_curves", curves=curves, ylabel="MSE"),
        curves=Choice(
            {"train": pd.Series([2.0, 1.0])},
            [None, {}, 5, "x", {"a": 5}, {"a": [1.0]}, {"a": pd.Series(["x"])}],
        ),
    ),
    "plots.plot_map": Row(
        lambda places, titles: drawn("plot_map", places=places, titles=titles),
        text=False,
        each=8,
        places=Matrix(
            pd.DataFrame({"x": [0.0, 1, 2], "y": [1.0, 0, 2]}, [12, 15, 17]), twice=True
        ),
        titles=ById(
            TITLES,
            numbers=False,
            known=True,
            labels=True,
            optional=True,
            words=["the ids to label"],
        ),
    ),
    "panel.RatingPanel": Row(
        panel_of,
        text=False,
        titles=ById(TITLES, numbers=False),
        scale=Choice((1, 5), [(5, 1), 5, "15", (1, np.nan), (1, 2, 3), None]),
        n_found=Whole(3),
    ),
    "page.write_page": Row(
        page_of,
        text=False,
        each=4,
        factors=Contract(),
        titles=ById(TITLES, numbers=False, known=True, words=["titles"]),
        among=Ids([12, 19], ordered=False, optional=True),
        n_factors=Whole(2, optional=True),
        scale=Choice((0.5, 5), [(5, 1), 5, "15", (1, np.nan), (1, 2, 3), (4, 5)]),
        bias_damping=Number(5.0, low=0),
        factor_damping=Number(5.0, low=0),
        n=Whole(3),
    ),
    "page.write_page that ranks": Row(
        page_of,
        text=False,
        each=4,
        factors=Contract(),
        titles=ById(TITLES, numbers=False, known=True, words=["titles"]),
        history=Matrix(
            pd.DataFrame(GRID.to_numpy()[:, :2], [12, 15, 17, 19]), optional=True
        ),
    ),
}

# Public, but bare lines: the functions that call them check first.
BARE = {
    "baselines.damped_biases",
    "baselines.damped_means",
    "evaluate.best_places",
    "factors.centre_users",
    "factors.cosine",
    "factors.procrustes",
    "factors.product_svd",
    "implicit.als_step",
    "implicit.faded",
    "implicit.woodbury",
    "ranking.history_table",
    "ranking.past_and_next",
    "sampler.Sampler",
    "factors.ridge_step",
}
# They take no tables of people's, but files, sizes, models and arrays: what is strange
# there is a part of their own tests.
ELSEWHERE = {
    "data.load_items",
    "data.load_ratings",
    "drift.Drift",
    "drift.last_before",
    "models.create_bias",
    "models.dot_product_model",
    "models.embedding_input",
    "page.read_page",
    "movielens.fetch_movielens",
    "onefile.one_file",
    "ranking.history_model",
    "ranking.ranking_model",
    "spark.evaluate_spark",
    "spark.fit_spark",
    "spark.load_factors",
    "storage.load_recommender",
    "storage.save_recommender",
}


# A row for every function ------------------------------------------------------------


def public_functions(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        named = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        if named and not node.name.startswith("_"):
            bases = [ast.unparse(base) for base in getattr(node, "bases", [])]
            if "NamedTuple" not in bases:
                yield f"{path.stem}.{node.name}"


MODULES = sorted((ROOT / "collab").glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_public_function_has_a_row(path):
    known = {name.partition(" ")[0] for name in ROWS} | BARE | ELSEWHERE
    missing = [name for name in public_functions(path) if name not in known]
    assert missing == [], "give them a row in ROWS"


def test_every_row_is_a_public_function_and_names_its_arguments():
    there = {name for path in MODULES for name in public_functions(path)}
    for name in [*ROWS, *BARE, *ELSEWHERE]:
        assert ".".join(name.partition(" ")[0].split(".")[:2]) in there, name


# The right value, or a message -------------------------------------------------------

# Words of NumPy, pandas, SciPy and Keras that tell a reader of a table nothing.
RAW = re.compile(
    "truth value|ufunc|could not convert|invalid literal|broadcast|inhomogeneous|"
    "not supported between|unhashable|has no attribute|object is not|unexpected|"
    "cannot reindex|Cannot convert|Must pass|must be 1-dimensional|per-column|"
    "zero-size|buffer|operand|not aligned|sequence. The"
)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fault(row, argument, value, words=()):
    """What is wrong with the way `value` is refused; None if nothing is."""
    try:
        answer = row(**{argument: value})
    except ValueError as error:
        message = str(error)
        words = [argument, *row.roles[argument].words, *words]
        if RAW.search(message):
            return f"raw: {message}"
        if not any(word in message for word in words):
            return f"names none of {words}: {message}"
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"answers {str(answer)[:60]}"


@pytest.mark.parametrize("name", ROWS)
def test_what_is_strange_but_right_gets_the_same_answer(name):
    row, faults = ROWS[name], []
    usual = row()
    for argument, role in row.roles.items():
        for label, value in list(role.served().items())[:: row.each]:
            try:
                answer = row(**{argument: value})
                assert answer == usual
            except Exception as error:
                told = f"{type(error).__name__}: {error}".partition("\n")[0]
                faults.append(f"{argument}, {label}: {told}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ROWS)
def test_what_is_wrong_is_refused_by_name(name):
    row, faults = ROWS[name], []
    for argument, role in row.roles.items():
        for label, (value, words) in role.refused().items():
            told = fault(row, argument, value, words)
            if told:
                faults.append(f"{argument}, {label}: {told}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.text])
def test_ids_as_text_get_the_same_answer(name):
    row = ROWS[name]
    assert row(**{name: role.text for name, role in row.roles.items()}) == row()


@pytest.mark.parametrize("name", ROWS)
def test_whatever_it_is_given_a_function_answers_or_names_the_argument(name):
    row, faults = ROWS[name], []
    for argument, role in row.roles.items():
        columns = list(getattr(role, "used", []))
        for label, value in strange.ANYTHING.items():
            told = fault(row, argument, value, columns)
            if told and not told.startswith("answers"):
                faults.append(f"{argument}, {label}: {told}")
    assert not faults, "\n".join(faults)


# Any mixture of them -----------------------------------------------------------------


@st.composite
def mixtures(draw):
    """A table of ratings and one like it: other dtypes, index, columns and scale."""
    table, scale = strange.ratings(), draw(st.sampled_from([1, 2, 20, -2, 0.25]))
    table["rating"] *= scale
    ids = draw(st.sampled_from([strange.ID_DTYPES, strange.TEXT_DTYPES]))
    other = table.copy()
    for column in ("userId", "movieId"):
        if ids is strange.TEXT_DTYPES:
            other[column] = other[column].astype(str)
        other[column] = other[column].astype(draw(st.sampled_from(ids)))
    dtype = draw(st.sampled_from(strange.NUMBER_DTYPES))
    other["rating"] = other["rating"].astype(dtype)
    times = strange.other_times(table["timestamp"].tolist())
    other["timestamp"] = draw(st.sampled_from([table["timestamp"], *times.values()]))
    other = strange.INDEXES[draw(st.sampled_from(list(strange.INDEXES)))](other)
    return table, other[draw(st.permutations(other.columns.tolist()))]


@settings(max_examples=10)
@given(mixtures())
def test_any_mixture_of_what_is_served_gets_the_same_answer(tables):
    table, other = tables
    for act in (
        lambda t: crosstab.top_counts(t, "userId", 3),
        lambda t: crosstab.rating_crosstab(t, 3, 2),
        lambda t: positions(split.user_split(t, 0.5)),
        lambda t: positions(split.time_split(t, 0.3)),
        lambda t: positions(split.random_split(t, rng=rng())),
        lambda t: baselines.predict_biases(baselines.fit_biases(t), t),
        lambda t: baselines.predict_mean(t, t, "movieId"),
        lambda t: id_maps.IdMap(t["movieId"]).encode(t["movieId"]),
    ):
        assert plain(act(other)) == plain(act(table))


@pytest.mark.parametrize("kind", ["one row", "one user", "equal ratings", "no rows"])
def test_small_and_flat_tables_have_an_answer_or_a_message(kind):
    table = {
        "one row": RATINGS[:1],
        "one user": RATINGS[RATINGS["userId"] == 30],
        "equal ratings": RATINGS.assign(rating=4.0),
        "no rows": RATINGS[:0],
    }[kind]
    acts = {
        "counts": lambda: crosstab.top_counts(table, "userId", 1),
        "crosstab": lambda: crosstab.rating_crosstab(table, 1, 1),
        "by user": lambda: positions(split.user_split(table)),
        "by time": lambda: positions(split.time_split(table)),
        "by row": lambda: positions(split.random_split(table, rng=rng())),
        "mean": lambda: baselines.predict_mean(table, RATINGS),
        "biases": lambda: baselines.predict_biases(
            baselines.fit_biases(table), RATINGS
        ),
        "ids": lambda: IdMap(table["userId"]),
    }
    refused = {}
    for name, act in acts.items():
        try:
            act()
        except ValueError as error:
            refused[name] = str(error)
    if kind == "no rows":
        assert list(refused) == list(acts)
        refused.pop("ids")
        assert all("no rows" in message for message in refused.values())
    else:
        expected = ["by time"] if kind == "one row" else []
        assert list(refused) == expected
