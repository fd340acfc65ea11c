"""The lessons' exercises → did I get it right?

Each `check_…` takes the reader's function, tries it on a small table, and either prints
a line or stops with an AssertionError that shows what went in, what came out and what
would be right.
"""

import numpy as np
import pandas as pd

# Four users, four movies, ten ratings; ids in no particular order.
_RATINGS = pd.DataFrame(
    {
        "userId": [7, 7, 7, 3, 3, 9, 9, 9, 4, 4],
        "movieId": [50, 20, 90, 50, 20, 50, 90, 60, 60, 20],
        "rating": [4.0, 3.0, 5.0, 4.5, 2.0, 4.0, 5.0, 3.0, 3.0, 4.0],
    },
    index=range(100, 110),
)
_USER_TABLE = np.array([[0.5, -1.0], [2.0, 0.0], [1.0, 3.0]])
_MOVIE_TABLE = np.array([[1.0, 0.5], [-2.0, 1.0], [0.0, 4.0], [3.0, 1.0]])
_USER_BIAS = np.array([0.1, -0.2, 0.3])
_MOVIE_BIAS = np.array([1.0, 2.0, 3.0, 4.0])


# Lesson 01 ---------------------------------------------------------------------------


def check_star_shares(star_shares):
    """`star_shares(ratings)`: the share of the rows with each rating, by stars."""
    answer = _call(star_shares, _RATINGS)
    expected = pd.Series({2.0: 0.1, 3.0: 0.3, 4.0: 0.3, 4.5: 0.1, 5.0: 0.2})
    _same_series(
        answer,
        expected,
        "star_shares",
        "shares of all rows: they add up to 1; ascending stars",
    )
    _well_done("star_shares")


def check_density(density):
    """`density(ratings)`: ratings divided by cells."""
    answer = _call(density, _RATINGS)
    _close(answer, 10 / 16, "density", "10 ratings; 4 users × 4 movies = 16 cells")
    once = _RATINGS[_RATINGS["userId"] == 7]
    _close(_call(density, once), 1.0, "density", "one user who rated every movie: 1")
    _well_done("density")


def check_best_movies(best_movies):
    """`best_movies(ratings, at_least)`: mean stars of the much-rated, best first."""
    answer = _call(best_movies, _RATINGS, 3)
    expected = pd.Series({50: 12.5 / 3, 20: 3.0})
    _same_series(
        answer,
        expected,
        "best_movies",
        "at least 3 ratings: movies 50 and 20; best mean first",
    )
    answer = _call(best_movies, _RATINGS, 2)
    expected = pd.Series({90: 5.0, 50: 12.5 / 3, 20: 3.0, 60: 3.0})
    _same_series(
        answer, expected, "best_movies", "equal means go by movie id, the smaller first"
    )
    _well_done("best_movies")


# Lesson 02 ---------------------------------------------------------------------------


def check_id_dictionary(id_dictionary):
    """`id_dictionary(ids)`: {id: row number} in the order of first appearance."""
    for ids in (_RATINGS["movieId"], ["b", "a", "b", "c"]):
        expected = {}
        for value in ids:
            expected.setdefault(value, len(expected))
        answer = _call(id_dictionary, ids)
        assert answer == expected, (
            f"id_dictionary({list(ids)}) gave {answer}; expected {expected}: the "
            "id that appears first gets 0, the next new one 1, and so on"
        )
    _well_done("id_dictionary")


def check_encode_with_marker(encode_with_marker):
    """`encode_with_marker(mapping, ids)`: row numbers, -1 for an id never seen."""
    mapping, ids = {50: 0, 20: 1, 90: 2}, [90, 20, 60, 50, 90]
    answer = _call(encode_with_marker, mapping, ids)
    assert isinstance(answer, np.ndarray), (
        f"encode_with_marker gave a {type(answer).__name__}, not a NumPy array"
    )
    expected = [2, 1, -1, 0, 2]
    assert answer.tolist() == expected, (
        f"encode_with_marker({mapping}, {ids}) gave {answer.tolist()}; "
        f"expected {expected}: 60 was never seen"
    )
    assert answer.dtype.kind == "i", (
        f"the row numbers have dtype {answer.dtype}; a table needs integers"
    )
    _well_done("encode_with_marker")


def check_wasted_rows(wasted_rows):
    """`wasted_rows(ids)`: rows never used if raw ids were the row numbers."""
    answer = _call(wasted_rows, _RATINGS["movieId"])
    assert answer == 87, (
        f"wasted_rows of movies 20, 50, 60, 90 gave {answer}; expected 87: rows 0 … 90 "
        "are 91 rows, and 4 of them are used"
    )
    assert _call(wasted_rows, pd.Series([1, 0, 1])) == 0, (
        "ids 0 and 1 waste no row, however often they occur"
    )
    _well_done("wasted_rows")


# Lesson 03 ---------------------------------------------------------------------------


def check_predict_pair(predict_pair):
    """`predict_pair(tables, user, movie)`: dot product plus two biases."""
    tables = (_USER_TABLE, _MOVIE_TABLE, _USER_BIAS, _MOVIE_BIAS)
    for user, movie in [(0, 1), (1, 0), (2, 3)]:
        answer = _call(predict_pair, *tables, user, movie)
        dot = sum(_USER_TABLE[user][k] * _MOVIE_TABLE[movie][k] for k in range(2))
        hint = f"dot product {dot:.1f}, biases {_USER_BIAS[user]} and "
        _close(
            answer,
            dot + _USER_BIAS[user] + _MOVIE_BIAS[movie],
            f"predict_pair(…, user={user}, movie={movie})",
            hint + f"{_MOVIE_BIAS[movie]}",
        )
    _well_done("predict_pair")


def check_count_weights(count_weights):
    """`count_weights(n_users, n_movies, n_factors)`: of the four tables."""
    for sizes in [(4, 4, 2), (671, 9066, 50), (10, 3, 1)]:
        answer = _call(count_weights, *sizes)
        n_users, n_movies, n_factors = sizes
        expected = (n_users + n_movies) * n_factors + n_users + n_movies
        assert answer == expected, (
            f"count_weights{sizes} gave {answer}; expected {expected:,}: two tables of "
            "factors and two of biases"
        )
    _well_done("count_weights")


def check_dot_only_model(dot_only_model):
    """`dot_only_model(n_users, n_movies, n_factors)`: a Keras model without biases."""
    model = _call(dot_only_model, 3, 4, 2)
    assert hasattr(model, "count_params"), (
        f"dot_only_model gave {type(model).__name__}, not a keras.Model"
    )
    n = model.count_params()
    assert n == 14, (
        f"the model has {n} weights; expected (3 + 4) × 2 = 14 and no biases"
    )
    tables = {len(weight): weight for weight in model.get_weights()}
    users, movies = np.array([0, 2, 1]), np.array([2, 0, 1])
    answer = model.predict([users, movies], verbose=0).reshape(-1)
    expected = (tables[3][users] * tables[4][movies]).sum(axis=1)
    assert answer.shape == (3,), (
        f"three pairs gave {answer.size} predictions; sum over the factors: `Dot`"
    )
    assert np.allclose(answer, expected, atol=1e-6), (
        f"predictions {answer.round(4)} differ from the dot products "
        f"{expected.round(4)}; is the order of the inputs [user, movie]?"
    )
    _well_done("dot_only_model")


# Lesson 04 ---------------------------------------------------------------------------


def check_mean_squared_error(mean_squared_error):
    """`mean_squared_error(actual, predicted)`: one number, whatever the shapes."""
    actual, predicted = np.array([4.0, 3.0, 5.0]), np.array([3.5, 3.0, 4.0])
    expected = (0.25 + 0 + 1) / 3
    name = "mean_squared_error([4, 3, 5], [3.5, 3, 4])"
    hint = "the mean of the squares: no root, no absolute values"
    _close(_call(mean_squared_error, actual, predicted), expected, name, hint)
    _close(
        _call(mean_squared_error, actual, predicted.reshape(3, 1)),
        expected,
        name + " with predictions of shape (3, 1)",
        "that is the shape Keras returns; (3,) minus (3, 1) is a 3 × 3 table, so "
        "flatten the predictions first",
    )
    _well_done("mean_squared_error")


def check_penalty(penalty):
    """`penalty(user_table, movie_table, reg)`: what loss adds to the error."""
    answer = _call(penalty, _USER_TABLE, _MOVIE_TABLE, 0.01)
    squares = sum(value**2 for value in [*_USER_TABLE.flat, *_MOVIE_TABLE.flat])
    hint = f"the squares of all weights of both tables sum to {squares}; reg is 0.01"
    _close(answer, 0.01 * squares, "penalty", hint)
    _well_done("penalty")


def check_mean_baseline(mean_baseline):
    """`mean_baseline(train, valid)`: MSE of predicting the training mean."""
    train, valid = _RATINGS.iloc[:7], _RATINGS.iloc[7:]
    answer = _call(mean_baseline, train, valid)
    mean = sum(train["rating"]) / 7
    expected = sum((stars - mean) ** 2 for stars in valid["rating"]) / 3
    hint = f"the training mean is {mean:.4f}; not that of valid"
    _close(answer, expected, "mean_baseline", hint)
    _well_done("mean_baseline")


# -------------------------------------------------------------------------------------


def _call(function, *args):
    assert callable(function), f"pass the function itself, not {function!r}"
    # Copies: a check shows the same table whatever an earlier answer did to it.
    answer = function(*(arg.copy() if hasattr(arg, "copy") else arg for arg in args))
    assert answer is not None, (
        f"{function.__name__} returned None: is `return` missing?"
    )
    return answer


def _close(answer, expected, name, hint):
    number = np.ndim(answer) == 0 and np.asarray(answer).dtype.kind in "iuf"
    assert number, f"{name} gave {answer!r}; expected a single number"
    assert abs(answer - expected) < 1e-6, (
        f"{name} gave {answer:.4f}; expected {expected:.4f}"
        + (f" ({hint})" if hint else "")
    )


def _same_series(answer, expected, name, hint):
    assert isinstance(answer, pd.Series), (
        f"{name} gave {type(answer).__name__}, not a pandas Series"
    )
    assert answer.dtype.kind in "iuf", f"{name} gave a Series of {answer.dtype}"
    same = answer.index.tolist() == expected.index.tolist() and np.allclose(
        answer.to_numpy(dtype=float), expected
    )
    assert same, (
        f"{name} gave\n{answer.to_string()}\nexpected\n{expected.to_string()}\n({hint})"
    )


def _well_done(name):
    print(f"{name}: correct.")
