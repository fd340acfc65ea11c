"""Every public argument is checked: one wrong value each, refused by its name.

The functions and their arguments come from the signatures. A new argument needs a right
or a wrong value, or a reason in ANYTHING: under its name, or under "function(argument)"
where this one differs. All that a checker refuses is said in test_checks.py.
"""

import functools
import importlib
import inspect
import re

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


# Arguments ---------------------------------------------------------------------------


def by_name(*groups):
    """{name: value} from (value, "name name …")."""
    return {name: value for value, names in groups for name in names.split()}


DEFAULT = object()  # the right value is the one that the signature has

RIGHT = by_name(
    (RATINGS, "ratings train table"),
    (RATINGS[["userId", "movieId"]], "add_row_numbers(ratings)"),
    (RATINGS.rename(columns={"userId": "user", "movieId": "item"}), "play(log)"),
    (MOVIES, "items"),
    (WATCHED, "watched"),
    (GRID, "plot_crosstab(table)"),
    (GRID.to_numpy(), "top_lists(scores)"),
    (DEFAULT, "top_lists(users) top_lists(items)"),
    (PLACES, "places reference"),
    (FACTORS, "factors World(truth)"),
    (FACTORS.user_factors, "user_factors"),
    (FACTORS.item_factors, "item_factors neighbours(factors)"),
    (FACTORS.user_bias, "user_bias"),
    (FACTORS.item_bias, "item_bias"),
    (fit_biases(RATINGS), "biases"),
    (TITLES, "titles"),
    (COUNTS, "counts fame top_n(scores)"),
    (pd.Series({12: 4.0}), "Page.scores(ratings) fold_in(ratings)"),
    (BY_USER, "paired_interval(a) paired_interval(b)"),
    ({"a": BY_USER}, "curves"),
    (lambda stars: pd.Series({12: 4.0}), "recommend"),
    (MODEL, "model"),
    (INPUT, "inp"),
    (IdMap(USERS), "user_ids"),
    (IdMap(ITEMS), "item_ids"),
    (USERS, "users IdMap(ids)"),
    (ITEMS, "predict(items) Factors.predict(items) label_items(ids)"),
    (LISTS, "lists"),
    ({20: [15]}, "World.week(lists)"),
    (TRUTH, "truth"),
    ([12, 15], "recommended"),
    ([15], "relevant"),
    ([1.0, 2.0], "actual predicted values"),
    ([7, 3], "mean_interval(by)"),
    ([1.0, 0.0], "rewards"),
    ([0.5, 0.5], "logged expected expected_new"),
    ([0.2, 0.5], "new"),
    ([7, 3], "by"),
    ([0, 0, 1], "user_row"),
    ([0.0, 5.0, 2.0], "seconds"),
    ([0], "ask_user_row rows"),
    ([1.0], "ask_seconds"),
    ([10], "IdMap.encode(ids)"),
    ([3, 5], "team_draft(a)"),
    ([5, 3], "team_draft(b)"),
    ([95], "now"),
    ([0.5], "shares"),
    (((1, [[0.5, 1.0]]),), "parts"),
    (([0, 2], [1]), "histories"),
    ((0.5, [1.0, 2.0]), "Factors.scores(taste)"),
    ((1, 5), "RatingPanel(scale)"),
    ((4, 4), "sizes"),
    (["fold_in"], "names"),
    ("ali", "part"),
    ("userId", "column predict_mean(by)"),
    ("timestamp", "check_ratings(time) Gibbs(time)"),
    (None, "RatingPanel(ratings)"),
    (0.5, "gain sd_a sd_b"),
    (0.7, "score_sd(noise)"),
    (1, "Gibbs.run(n_iterations) write_page(least) place"),
    (2, "rating_crosstab(n_users) rating_crosstab(n_items)"),
    (2.0, "who_watched(fade)"),
    (3, "stars"),
    (3.0, "border Factors(mean)"),
    (4, "n_users n_items n_in n_out"),
    (12, "RatingPanel.rate(item) RatingPanel.forget(item)"),
    (15, "neighbours(item)"),
    (20, "Factors.taste(user)"),
    (50, "window"),
)

# None is wrong if there is a right value and nothing here.
WRONG = by_name(
    (0, "n k width n_factors n_iterations n_neighbours n_users n_items n_in n_out"),
    (0, "n_found n_together n_watched n_heard n_weeks n_next least reach window place"),
    (0, "epochs batch_size patience gain inverse_propensity(clip)"),
    (0, "Drift(unit) World(step) score_sd(noise)"),
    (
        -1,
        "damping user_damping item_damping bias_damping factor_damping fade alpha rate",
    ),
    (-1, "damping_per_rating reg row_reg bias_reg strength noise blur own choosiness"),
    (-1, "seed step sd_a sd_b write_page(least) Gibbs(n_factors)"),
    (1, "max_bytes"),
    (1.5, "train_fraction valid_fraction dropout latest_first(keep)"),
    (4, "rows"),
    (5, "valid marked together Gibbs(ask)"),
    (9, "bits stars top_counts(n) rating_crosstab(n_users) rating_crosstab(n_items)"),
    ((5, 1), "scale"),
    ((1, 4), "sizes"),
    ("", "part"),
    ("x", "unknown time_format string_ids unrated missing repeated bad_rows ask"),
    ("x", "dot_product_model(mean) neighbours(item) Factors.taste(user)"),
    ("x", "RatingPanel.rate(item) RatingPanel.forget(item)"),
    ("abc", "top_lists(users) top_lists(items)"),
    ("nope", "user item rating time genres year_features(title) initializer"),
    ("nope", "bias_initializer column predict_mean(by)"),
    ("fold_in", "names"),
    (None, "spark fit_spark(user) fit_spark(item) fit_spark(rating)"),
    (None, "evaluate_spark(user) evaluate_spark(item) evaluate_spark(rating)"),
    ([4], "RatingPanel(ratings)"),
    ([5], "terms"),
    ([9], "write_page(counts)"),
    ([2], "ask_user_row"),
    ([1.0], "fame"),
    ([0.5], "expected expected_new team_draft(a)"),
    ([0.7, 0.5], "shares"),
    ([0.0, 0.5], "logged"),
    ([1.5, 0.5], "new"),
    ([0.5, 1.0], "by"),
    ([[7]], "histories"),
    ([(1, [[np.nan]])], "parts"),
    (["a"], "ask_seconds border"),
    (["x"], "titles"),
    (["10"], "IdMap.encode(ids) Factors.predict(users)"),
    (["12"], "label_items(ids) Factors.predict(items)"),
    (["15"], "among seen relevant"),
    ({0: ["1"]}, "top_lists(seen)"),
)

# Words of the message; None: the argument's name.
WORDS = by_name(
    ("'nope'", "user item rating time genres year_features(title) predict_mean(by)"),
    (None, "neighbours(item) RatingPanel.rate(item) RatingPanel.forget(item)"),
    ("users", "Factors.taste(user)"),
    ("three names", "fit_spark(user) fit_spark(item) fit_spark(rating)"),
    ("three names", "evaluate_spark(user) evaluate_spark(item) evaluate_spark(rating)"),
    ("initializer", "bias_initializer"),
    ("recommended", "relevant"),
    ("scores", "parts"),
    ("0 … 0", "sizes"),
    ("no title contains", "part"),
    ("time", "time_format"),
)

# What takes anything, and why.
ANYTHING = by_name(
    ("is drawn as text", "title ylabel row_label plural"),
    ("is written as text", "what unit note"),
    ("stands between words", "sep"),
    ("is made by Gibbs", "design"),
    ("is checked by Gibbs, which knows the ids", "UserFeatures(table)"),
    ("is checked by Gibbs, which knows the ids", "ItemFeatures(table)"),
    ("is checked by Drift", "UserDrift(unit)"),
    ("is asked whether it is true", "progress clip log keep only_before lately"),
    ("is asked whether it is true", "uneven_noise"),
    ("without a file there is a FileNotFoundError", "path folder"),
    ("is called, and its lists checked by the world", "policy"),
    ("is asked for its weeks", "world"),
    ("is matplotlib's own", "ax"),
    ("is Keras's own", "name"),
)

# The functions, classes and modules that are left out, and why.
BARE = by_name(
    ("has a test file of its own", "checks compiled progress reading movielens"),
    ("has a test file of its own", "data.load_items data.load_ratings sampler"),
    ("is checked by its callers", "baselines.damped_biases baselines.damped_means"),
    ("is checked by its callers", "baselines.estimate_dampings drift.Drift.step"),
    ("is checked by its callers", "drift.last_before evaluate.best_places"),
    ("is checked by its callers", "factors.centre_users factors.cosine"),
    ("is checked by its callers", "factors.product_svd factors.ridge_step"),
    ("is checked by its callers", "implicit.als_step implicit.fading"),
    ("is checked by its callers", "maps.procrustes"),
    ("is checked by its callers", "metrics.standard_error ranking.history_table"),
    ("is checked by its callers", "ranking.past_and_next split.inner_tenths"),
    ("is checked by its callers", "terms.Design titles.comparable"),
    ("is checked by its callers", "training.ShowProgress training.epoch_table"),
    ("is checked by its callers", "training.predict_rows"),
    ("checks", "factors.check_factors factors.check_rows factors.check_table"),
    ("checks", "implicit.check_pairs implicit.check_watched titles.check_labels"),
    ("checks", "titles.check_titles training.check_maps"),
)
# A crosstab has empty cells; a movie may have no genre, and a title without a year.
MAY_HAVE_HOLES = [
    "genre_features(genres)",
    "year_features(title)",
    "plot_crosstab(table)",
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


def own(name, argument):
    """Without the module, for no two of them define one name."""
    return f"{name.partition('.')[2]}({argument})"


def over(pairs):
    """A test for each pair of a function and an argument."""
    values = [pytest.param(*pair, id=f"{pair[0]}({pair[1]})") for pair in pairs]
    return pytest.mark.parametrize(("name", "argument"), values)


def of(pair, values, otherwise=None):
    """What a table has for this argument of this function, or for its name."""
    return values.get(own(*pair), values.get(pair[1], otherwise))


def takes_anything(pair):
    """Whether it does; None where nothing says so or otherwise."""
    for key in (own(*pair), pair[1]):
        if key in ANYTHING or key in RIGHT or key in WRONG:
            return key in ANYTHING
    return None


def right_arguments(name):
    """Right values for what has no default, or one that would say too little."""
    found = {}
    for argument, parameter in SIGNATURES[name].parameters.items():
        pair = name, argument
        if pair not in PAIRS:
            continue
        value = DEFAULT if takes_anything(pair) else of(pair, RIGHT, DEFAULT)
        if value is not DEFAULT:
            found[argument] = value.make() if isinstance(value, Made) else value
        elif parameter.default is parameter.empty:
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
    pair = name, argument
    anything = takes_anything(pair)
    assert anything is not None, "a new argument needs a wrong value, see above"
    if anything:
        return
    monkeypatch.chdir(tmp_path)
    value, words = of(pair, WRONG), of(pair, WORDS)
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


WITHOUT_HOLES = [
    pair
    for pair in PAIRS
    if own(*pair) not in MAY_HAVE_HOLES and not takes_anything(pair)
]


@over(pair for pair in WITHOUT_HOLES if holed(of(pair, RIGHT)) is not None)
def test_a_missing_number_or_id_is_refused_by_its_name(name, argument):
    right = right_arguments(name)
    with pytest.raises(ValueError, match=rf"\b{argument}\b.*(missing|NaN)"):
        bound(name)(**right | {argument: holed(right[argument])})


@over(pair for pair in WITHOUT_HOLES if of(pair, WORDS) == "'nope'")
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
    there = {argument for _, argument in PAIRS} | {own(*pair) for pair in PAIRS}
    assert {*RIGHT, *WRONG, *WORDS, *ANYTHING, *MAY_HAVE_HOLES} <= there
    for name in BARE:
        assert any(known(function, [name]) for function in public_functions()), name
