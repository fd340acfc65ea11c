"""Every public argument is checked: one wrong value each, refused by its name.

The functions and their arguments come from the signatures. A new argument needs a wrong
value: in ARGUMENTS if several functions have it, else beside its function in FUNCTIONS;
or a reason in ANYTHING. All that a checker refuses is said in test_checks.py.
"""

import functools
import importlib
import inspect
import re
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from repository import ROOT

from collab.baselines import fit_biases
from collab.factors import Factors
from collab.gibbs import Draws
from collab.ids import IdMap
from collab.implicit import ease
from collab.page import Page

mpl.use("Agg")

RATINGS = pd.DataFrame(
    {
        "userId": [30, 20, 30, 10, 20, 30, 10, 40, 20, 10],
        "movieId": [17, 17, 15, 15, 12, 12, 12, 19, 19, 17],
        "rating": [3.0, 2.0, 5.0, 2.5, 3.5, 4.0, 1.0, 4.5, 2.0, 3.0],
        "timestamp": [50, 90, 52, 30, 10, 20, 40, 51, 91, 92],
        "user_row": [2, 1, 2, 0, 1, 2, 0, 3, 1, 0],
        "item_row": [2, 2, 1, 1, 0, 0, 0, 3, 3, 2],
    }
)
USERS, ITEMS = [10, 20, 30, 40], [12, 15, 17, 19]
FACTORS = Factors(
    3.0,
    pd.Series([0.5, -0.5, 0.25, -0.25], USERS),
    pd.Series([0.1, -0.2, 0.3, 0.0], ITEMS),
    pd.DataFrame(np.eye(4)[:, :2], USERS),
    pd.DataFrame(np.eye(4)[:, 1:3], ITEMS),
    (0.5, 5.0),
)
GRID = pd.DataFrame(np.arange(16.0).reshape(4, 4) / 4, USERS, ITEMS)
PLACES = pd.DataFrame({"x": [0.0, 1, 2, 3], "y": [1.0, 0, 2, 1]}, ITEMS)
TITLES = pd.Series(["Alien (1979)", "Heat (1995)", "Ran", "Up"], ITEMS)
MOVIES = pd.DataFrame(
    {"movieId": ITEMS, "title": TITLES.tolist(), "genres": "Drama|War"}
)
WATCHED = np.array([[1, 1, 0, 1.0], [0, 1, 1, 0], [1, 0, 1, 1], [0, 1, 0, 1]])
LISTS, TRUTH = {10: [12, 15, 19], 20: [17, 12, 15]}, {10: [12, 17], 20: [15]}
COUNTS = pd.Series([3, 2, 3, 2], ITEMS)
BY_USER = pd.Series([0.1, 0.2, 0.6], [10, 20, 30])


class Made:
    """A right value that takes long to make: only where a test needs it."""

    def __init__(self, make):
        self.make = functools.cache(make)


@Made
def MODEL():
    from collab.models import dot_product_model

    model = dot_product_model(4, 4, 2, seed=0, mean=3.0)
    model.compile("sgd", loss="mse", metrics=["mse"])
    return model


@Made
def INPUT():
    from collab.models import embedding_input

    return embedding_input("user_in", 4, 2)[0]


@Made
def FILE():
    path = Path(tempfile.mkdtemp(), "ratings.csv")
    RATINGS.drop_duplicates("movieId").assign(title="Up").to_csv(path, index=False)
    return path


# Arguments ---------------------------------------------------------------------------

DEFAULT = object()  # the right value is the one that the signature has


def wrong(value, words=None, *, right=DEFAULT):
    """A value to refuse; words of the message, the argument's name if None."""
    return right, value, words


COLUMN = wrong("nope", "'nope'")
TIME = wrong("nope", "'nope'", right="timestamp")
TABLE = wrong(None, right=RATINGS)
SIZE = wrong(0)
NEGATIVE = wrong(-1)
SHARE = wrong(1.5)
OF_LOGS = {
    "rewards": wrong("abc", right=[1.0, 0.0]),
    "logged": wrong([0.0, 0.5], right=[0.5, 0.5]),
    "new": wrong([1.5, 0.5], right=[0.2, 0.5]),
    "by": wrong([0.5, 1.0], right=[7, 3]),
}
LOG = RATINGS.rename(columns={"userId": "user", "movieId": "item"})
NO_SERIES = functools.partial(wrong, ["x"])

ARGUMENTS = {
    # Tables and their columns
    "ratings": TABLE,
    "train": TABLE,
    "valid": wrong(5),
    "table": TABLE,
    "items": wrong(None, right=MOVIES),
    "user": COLUMN,
    "item": COLUMN,
    "rating": COLUMN,
    "time": COLUMN,
    "watched": wrong("x", right=WATCHED),
    # Series, lists and maps by id
    "factors": wrong(None, right=FACTORS),
    "user_factors": wrong(None, right=FACTORS.user_factors),
    "item_factors": wrong(None, right=FACTORS.item_factors),
    "titles": wrong(["x"], right=TITLES),
    "counts": wrong(None, right=COUNTS),
    "lists": wrong(None, right=LISTS),
    "truth": wrong(None, right=TRUTH),
    "recommended": wrong("abc", right=[12, 15]),
    "relevant": wrong(["15"], "recommended", right=[15]),
    "among": wrong(["15"]),
    "seen": wrong(["15"]),
    "user_ids": wrong(None, right=IdMap(USERS)),
    "item_ids": wrong(None, right=IdMap(ITEMS)),
    "unknown": wrong("x"),
    "actual": wrong("abc", right=[1.0, 2.0]),
    "predicted": wrong("abc", right=[1.0, 2.0]),
    # What a table of ratings says
    "time_format": wrong("x", "'x'"),
    "string_ids": wrong("x"),
    "unrated": wrong("x"),
    "missing": wrong("x"),
    "repeated": wrong("x"),
    # Numbers
    "n_users": wrong(0, right=4),
    "n_items": wrong(0, right=4),
    **dict.fromkeys(["n", "k", "width", "n_found", "n_neighbours"], SIZE),
    **dict.fromkeys(["n_factors", "n_iterations"], SIZE),
    **dict.fromkeys(["epochs", "batch_size"], SIZE),
    **dict.fromkeys(["damping", "user_damping", "item_damping"], NEGATIVE),
    **dict.fromkeys(["bias_damping", "factor_damping", "damping_per_rating"], NEGATIVE),
    **dict.fromkeys(["reg", "row_reg", "bias_reg", "strength"], NEGATIVE),
    **dict.fromkeys(["alpha", "fade", "rate"], NEGATIVE),
    **dict.fromkeys(["train_fraction", "valid_fraction"], SHARE),
    "dropout": SHARE,
    "max_bytes": wrong(1),
    "scale": wrong((5, 1)),
    "step": NEGATIVE,
    "seed": NEGATIVE,
    # Keras
    "model": wrong(None, right=MODEL),
    "initializer": wrong("nope"),
    "bias_initializer": wrong("nope", "initializer"),
}

# What takes anything, and why.
ANYTHING = {
    **dict.fromkeys(
        ["title", "ylabel", "xlabel", "row_label", "plural"], "drawn as text"
    ),
    **dict.fromkeys(["what", "unit", "heading", "note"], "written as text"),
    "sep": "stands between words",
    "design": "is made by Gibbs",
    "only_before": "is asked whether it is true",
    **dict.fromkeys(["progress", "clip", "log", "keep"], "is asked whether it is true"),
    "uneven_noise": "is asked whether it is true",
    **dict.fromkeys(["path", "folder"], "without a file there is a FileNotFoundError"),
    "ax": "matplotlib's own",
    "name": "Keras's own",
}

IN_GIBBS = "is checked by Gibbs, which knows the ids"

FUNCTIONS = {
    "baselines.predict_mean": {"by": wrong("nope", "'nope'", right="userId")},
    "baselines.predict_biases": {"biases": wrong(None, right=fit_biases(RATINGS))},
    "crosstab.top_counts": {"column": wrong("nope", right="userId"), "n": wrong(9)},
    "crosstab.rating_crosstab": {
        "n_users": wrong(9, right=2),
        "n_items": wrong(9, right=2),
    },
    "data.check_ratings": {
        "time": TIME,
        "time_format": wrong("x", "time"),
        "string_ids": wrong("x", "string_ids"),
        "unrated": wrong("x"),
        "missing": wrong("x"),
        "repeated": wrong("x"),
    },
    "drift.Drift": {
        "user_row": wrong(["a"], right=[0, 0, 1]),
        "seconds": wrong(["a"], right=[0.0, 5.0, 2.0]),
        "ask_user_row": wrong([2], right=[0]),
        "ask_seconds": wrong(["a"], right=[1.0]),
        "unit": wrong(0),
    },
    "intervals.mean_interval": {
        "values": wrong("abc", right=[1.0, 2.0]),
        "by": wrong([0.5, 1.0], right=[7, 3]),
    },
    "intervals.paired_interval": {
        "a": wrong([1.0], right=BY_USER),
        "b": wrong([1.0], right=BY_USER),
    },
    "evaluate.top_lists": {
        "scores": wrong(None, right=GRID.to_numpy()),
        "seen": wrong({0: ["1"]}),
        "users": wrong("abc"),
        "items": wrong("abc"),
    },
    "factors.Factors": {
        "mean": wrong(None, right=3.0),
        "user_bias": wrong([1.0], right=FACTORS.user_bias),
        "item_bias": wrong([1.0], right=FACTORS.item_bias),
    },
    "factors.Factors.predict": {
        "users": wrong(["10"], right=USERS),
        "items": wrong(["12"], right=ITEMS),
    },
    "factors.Factors.taste": {"user": wrong("x", "users", right=20)},
    "factors.Factors.scores": {"taste": wrong(None, right=(0.5, [1.0, 2.0]))},
    "factors.read_factors": {
        "user": wrong("nope", "'nope"),
        "item": wrong("nope", "'nope"),
    },
    "factors.neighbours": {
        "factors": wrong(None, right=FACTORS.item_factors),
        "item": wrong("x", right=15),
    },
    "maps.align": {
        "places": wrong(None, right=PLACES),
        "reference": wrong(None, right=PLACES),
    },
    "gibbs.Gibbs": {
        "time": TIME,
        "ask": wrong(5),
        "terms": wrong([5]),
        "n_factors": NEGATIVE,
    },
    "gibbs.Gibbs.run": {"n_iterations": wrong(0, right=1)},
    "gibbs.Draws.below": {"border": wrong(["a"], right=3.0)},
    "gibbs.Draws.probabilities": {"ratings": wrong([2, 1], right=[1, 2])},
    "gibbs.Draws.quantile": {"chance": wrong(1.5, right=0.5)},
    "ids.IdMap": {"ids": wrong("abc", right=USERS)},
    "ids.IdMap.encode": {"ids": wrong(["10"], right=[10])},
    "ids.IdMap.decode": {"rows": wrong(4, right=[0])},
    "ids.add_row_numbers": {
        "ratings": wrong(None, right=RATINGS[["userId", "movieId"]]),
    },
    "implicit.who_watched": {"fade": wrong(-1, right=2.0)},
    "logs.inverse_propensity": OF_LOGS | {"clip": wrong(0)},
    "logs.self_normalised": OF_LOGS,
    "logs.doubly_robust": OF_LOGS
    | {"clip": wrong(0)}
    | dict.fromkeys(["expected", "expected_new"], wrong([0.5], right=[0.5, 0.5])),
    "models.embedding_input": {
        "n_in": wrong(0, right=4),
        "n_out": wrong(0, right=4),
    },
    "models.create_bias": {"n_in": wrong(0, right=4), "inp": wrong(None, right=INPUT)},
    "models.dot_product_model": {"mean": wrong("x")},
    "onefile.one_file": {"names": wrong("fold_in", right=["fold_in"])},
    "online.people_needed": {
        "gain": wrong(0, right=0.5),
        **dict.fromkeys(["sd_a", "sd_b"], wrong(-1, right=0.5)),
    },
    "online.team_draft": {
        "a": wrong([0.5], right=[3, 5]),
        "b": wrong(["x"], right=[5, 3]),
    },
    "page.write_page": {
        "counts": wrong([9], right=COUNTS),
        "least": wrong(-1, right=1),
        "together": wrong(5),
        "n_together": SIZE,
        "bits": wrong(9),
    },
    "page.Page.scores": {"ratings": wrong(None, right=pd.Series({12: 4.0}))},
    "panel.RatingPanel": {
        "ratings": wrong([4], right=None),
        "recommend": wrong(None, right=lambda stars: pd.Series({12: 4.0})),
        "scale": wrong((5, 1), right=(1, 5)),
    },
    "panel.RatingPanel.rate": {
        "item": wrong("x", right=12),
        "stars": wrong(9, right=3),
    },
    "panel.RatingPanel.forget": {"item": wrong("x", right=12)},
    "plots.plot_crosstab": {"table": wrong(None, right=GRID), "marked": wrong(5)},
    "plots.plot_curves": {"curves": wrong(None, right={"a": BY_USER})},
    "plots.plot_map": {"places": wrong(None, right=PLACES)},
    "ranking.history_model": {"lately": "is asked whether it is true"},
    "recent.add_scores": {
        "parts": wrong([(1, [[np.nan]])], "scores", right=((1, [[0.5, 1.0]]),)),
        "place": wrong(0, right=1),
    },
    "recent.fresh_popularity": {
        "now": wrong("abc", right=[95]),
        "window": wrong(0, right=50),
    },
    "recent.latest_first": {
        "histories": wrong([[7]], right=([0, 2], [1])),
        "keep": wrong(1.5),
    },
    "recent.what_follows": {"reach": SIZE},
    "recommend.top_n": {"scores": wrong(None, right=COUNTS)},
    "recommend.fold_in": {"ratings": wrong(None, right=pd.Series({12: 4.0}))},
    "recommend.score_sd": {"noise": wrong(0, right=0.7)},
    "spark.fit_spark": {
        "spark": wrong(None),
        **dict.fromkeys(["user", "item", "rating"], wrong(None, "three names")),
        "bad_rows": wrong("x"),
    },
    "spark.evaluate_spark": {
        "spark": wrong(None),
        **dict.fromkeys(["user", "item", "rating"], wrong(None, "three names")),
    },
    "titles.find_titles": {"part": wrong("", "no title contains", right="a")},
    "titles.find_title": {"part": wrong("", "no title contains", right="ali")},
    "titles.shorten": {"title": wrong(None, right="Alien")},
    "titles.label_items": {"ids": wrong(["12"], right=ITEMS)},
    "simulate.World": {
        **dict.fromkeys(["noise", "blur", "own", "choosiness"], NEGATIVE),
        **dict.fromkeys(["n_watched", "n_heard"], SIZE),
        **dict.fromkeys(["patience", "step"], wrong(0)),
        "truth": wrong(None, right=FACTORS),
        "fame": wrong([1.0], right=COUNTS),
    },
    "simulate.World.week": {
        "lists": wrong(None, right={20: [15]}),
        "among": wrong(["15"]),
    },
    "simulate.play": {
        "world": "is asked for its weeks",
        "policy": "is called, and its lists checked by the world",
        "n_weeks": SIZE,
        "log": wrong(None, right=LOG),
    },
    "simulate.more_people": {
        "truth": wrong(None, right=FACTORS),
        "n_users": wrong(0, right=2),
    },
    "split.rolling_questions": {
        "shares": wrong([0.7, 0.5], right=[0.5]),
        "ask": wrong("x"),
        "least": SIZE,
        "n_next": SIZE,
    },
    "terms.UserDrift": {"unit": "is checked by Drift"},
    "terms.UserFeatures": {"table": IN_GIBBS},
    "terms.ItemFeatures": {"table": IN_GIBBS},
    "terms.genre_features": {"genres": COLUMN},
    "terms.year_features": {"title": COLUMN},
    "training.to_arrays": {"sizes": wrong((1, 4), "0 … 0", right=(4, 4))},
    "training.predict": {
        "users": wrong(None, right=USERS),
        "items": wrong(None, right=ITEMS),
    },
}


# Checkers, progress.py and what reads files have test files of their own. The others
# are lines of algebra that a lesson shows or a loop calls: their callers check.
BARE = [
    "checks",
    "compiled",
    "progress",
    "reading",
    "movielens",
    "data.load_items",
    "data.load_ratings",
    "baselines.damped_biases",
    "baselines.damped_means",
    "baselines.estimate_dampings",
    "drift.Drift.step",
    "drift.last_before",
    "evaluate.best_places",
    "factors.centre_users",
    "factors.check_factors",
    "factors.check_rows",
    "factors.check_table",
    "factors.cosine",
    "maps.procrustes",
    "factors.product_svd",
    "factors.ridge_step",
    "implicit.als_step",
    "implicit.check_pairs",
    "implicit.check_watched",
    "implicit.faded",
    "implicit.fading",
    "implicit.woodbury",
    "metrics.standard_error",
    "ranking.history_table",
    "ranking.past_and_next",
    "sampler",
    "split.inner_tenths",
    "terms.Design",
    "titles.check_labels",
    "titles.check_titles",
    "titles.comparable",
    "training.ShowProgress",
    "training.check_maps",
    "training.epoch_table",
    "training.predict_rows",
]
# A crosstab has empty cells; a movie may have no genre, and a title without a year. The
# cells of a file have tests of their own.
MAY_HAVE_HOLES = [
    "data.load_items",
    "data.load_ratings",
    "terms.genre_features(genres)",
    "terms.year_features(title)",
    "plots.plot_crosstab(table)",
]
# From the signatures -----------------------------------------------------------------


def public_functions():
    """Name → (function, its arguments); classes, and methods that take arguments, too.

    Named tuples only hold what they are given.
    """
    found = {}
    for path in sorted((ROOT / "collab").glob("[a-z]*.py")):
        module = importlib.import_module(f"collab.{path.stem}")
        for name, value in vars(module).items():
            ours = getattr(value, "__module__", None) == module.__name__
            if not ours or name.startswith("_"):
                continue
            if not (inspect.isclass(value) and issubclass(value, tuple)):
                found[f"{path.stem}.{name}"] = value
            for method, function in (
                vars(value).items() if inspect.isclass(value) else ()
            ):
                if not method.startswith("_") and inspect.isfunction(function):
                    found[f"{path.stem}.{name}.{method}"] = function
    return found


def known(name, names):
    """Whether a function, its class or its module is listed."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in names for n in range(1, len(parts) + 1))


PUBLIC = {n: f for n, f in public_functions().items() if not known(n, BARE)}
SIGNATURES = {name: inspect.signature(function) for name, function in PUBLIC.items()}
PAIRS = [
    (name, argument)
    for name, signature in SIGNATURES.items()
    for argument in signature.parameters
    if argument not in ("self", "options")
]


def told(name, argument):
    return f"{name}({argument})"


def listed(pair, names):
    """Whether an argument is in a list, or its function, class or module."""
    return told(*pair) in names or known(pair[0], names)


def over(pairs):
    """A test for each pair of a function and an argument."""
    values = [pytest.param(*pair, id=told(*pair)) for pair in pairs]
    return pytest.mark.parametrize(("name", "argument"), values)


def entry(name, argument):
    own = FUNCTIONS.get(name, {})
    return own.get(argument) or ARGUMENTS.get(argument) or ANYTHING.get(argument)


def right_arguments(name):
    """Right values for what has no default, or one that would say too little."""
    found = {}
    for argument, parameter in SIGNATURES[name].parameters.items():
        value = entry(name, argument)
        if isinstance(value, tuple) and value[0] is not DEFAULT:
            value = value[0]
            found[argument] = value.make() if isinstance(value, Made) else value
        elif parameter.default is parameter.empty and (name, argument) in PAIRS:
            found[argument] = "x"
    return found


def bound(name):
    """A function; a method of an instance that right arguments make."""
    owner, _, method = name.rpartition(".")
    if owner == "implicit.Ease":
        return getattr(ease(WATCHED, 2.0), method)
    if owner == "gibbs.Draws":
        return getattr(Draws(np.zeros((2, 1)), np.ones((2, 1)), (1.0, 5.0)), method)
    if owner == "page.Page":
        return getattr(Page(FACTORS, None, None, TITLES, TITLES.index), method)
    if owner in PUBLIC:
        return getattr(PUBLIC[owner](**right_arguments(owner)), method)
    return PUBLIC[name]


@over(PAIRS)
def test_a_wrong_argument_is_refused_by_its_name(name, argument, tmp_path, monkeypatch):
    found = entry(name, argument)
    assert found is not None, "a new argument needs a wrong value, see above"
    if isinstance(found, str):  # it takes anything
        return
    monkeypatch.chdir(tmp_path)
    _, value, words = found
    function, right = bound(name), right_arguments(name)
    message = re.escape(words) if words else rf"\b{argument}\b"
    # Where a number has bounds, it must also be a number.
    for bad in [value, "x"] if isinstance(value, (int, float)) else [value]:
        with pytest.raises(ValueError, match=message):
            function(**right | {argument: bad})


def holed(values):
    """The same numbers or ids, one of them missing; None if it holds no such."""
    if isinstance(values, list) and not isinstance(values[0], str):
        return [*values[:-1], None]
    if isinstance(values, pd.Series) and values.dtype.kind in "if":
        return pd.Series([*values.tolist()[:-1], None], values.index)
    if isinstance(values, pd.DataFrame) and set(values.dtypes) == {np.dtype(float)}:
        return values.where(np.arange(values.size).reshape(values.shape) > 0)
    if isinstance(values, np.ndarray):
        return np.where(values == values.flat[0], np.nan, values)
    return None


def right_value(name, argument):
    found = entry(name, argument)
    return found[0] if isinstance(found, tuple) else None


@over(
    pair
    for pair in PAIRS
    if not listed(pair, MAY_HAVE_HOLES) and holed(right_value(*pair)) is not None
)
def test_a_missing_number_or_id_is_refused_by_its_name(name, argument):
    right = right_arguments(name)
    with pytest.raises(ValueError, match=rf"\b{argument}\b.*(missing|NaN)"):
        bound(name)(**right | {argument: holed(right[argument])})


@over(
    pair
    for pair in PAIRS
    if not listed(pair, MAY_HAVE_HOLES) and (entry(*pair) or "")[1:] == COLUMN[1:]
)
def test_a_missing_cell_is_refused_by_the_name_of_its_column(name, argument):
    right = right_arguments(name)
    column = right.get(argument, SIGNATURES[name].parameters[argument].default)
    for name_of_table, table in list(right.items()):
        if isinstance(table, pd.DataFrame) and column in table:
            cells = pd.Series([*table[column].tolist()[:-1], None], dtype=object)
            right[name_of_table] = table.assign(**{column: cells})
    with pytest.raises(ValueError, match=rf"{column}.*missing"):
        bound(name)(**right)


def test_every_entry_is_of_an_argument_that_there_is():
    there = {argument for s in SIGNATURES.values() for argument in s.parameters}
    assert set(ARGUMENTS | ANYTHING) <= there
    assert set(FUNCTIONS) <= set(PUBLIC)
    for name, own in FUNCTIONS.items():
        assert set(own) <= set(SIGNATURES[name].parameters), name
    every = [(name, "") for name in public_functions()] + PAIRS
    for one in BARE + MAY_HAVE_HOLES:
        assert any(listed(pair, [one]) for pair in every), one
