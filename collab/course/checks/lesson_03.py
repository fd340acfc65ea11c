"""Lesson 03's exercises, the dot-product model → did I get it right?"""

import itertools

import numpy as np

from collab.course.checks._answers import (
    Answer,
    NotYet,
    array,
    close,
    exercise,
    require,
    single,
    told,
)

USER_TABLE = np.array([[0.5, -1.0], [2.0, 0.0], [1.0, 3.0]])
MOVIE_TABLE = np.array([[1.0, 0.5], [-2.0, 1.0], [0.0, 4.0], [3.0, 1.0]])
_USER_BIAS = np.array([0.1, -0.2, 0.3])
_MOVIE_BIAS = np.array([1.0, 2.0, 3.0, 4.0])


@exercise(
    IndexError="`user` is a row of the two users' tables (0 … 2 here), `movie` one of "
    "the movies' (0 … 3)",
    ValueError="the dot product is of one row of each table, not of whole tables",
    TypeError="`user` and `movie` are row numbers; their rows are in the tables",
)
def check_predict_pair(predict_pair):
    """`predict_pair(…)`: dot product plus two biases."""
    for user, movie in [(0, 1), (1, 0), (2, 3), (2, 1)]:
        call, value = predict_pair(
            user_table=USER_TABLE,
            movie_table=MOVIE_TABLE,
            user_bias=_USER_BIAS,
            movie_bias=_MOVIE_BIAS,
            user=user,
            movie=movie,
        )
        dot = USER_TABLE[user] @ MOVIE_TABLE[movie]
        of_user, of_movie = _USER_BIAS[user], _MOVIE_BIAS[movie]
        call = f"predict_pair(…, user={user}, movie={movie})"
        require(
            single(value),
            f"{call} gave {told(value)}; expected a single number: multiply the two "
            "rows number by number, and sum.",
        )
        swapped = ()
        if movie < len(USER_TABLE):  # otherwise it is an IndexError
            of_other = _USER_BIAS[movie] + _MOVIE_BIAS[user]
            other = USER_TABLE[movie] @ MOVIE_TABLE[user]
            swapped = (dot + of_other, other + of_user + of_movie, other + of_other)
        close(
            Answer(call, value),
            dot + of_user + of_movie,
            f"dot product {dot:g}, biases {of_user} and {of_movie:g}",
            {
                "that is the dot product without the biases": dot,
                "the movie's bias is missing": dot + of_user,
                "the user's bias is missing": dot + of_movie,
                "that is the biases alone": of_user + of_movie,
                "biases are added": dot - of_user - of_movie,
                "a bias is added once, not to every factor": (
                    dot + 2 * (of_user + of_movie)
                ),
                "`user` and `movie` have changed places": swapped,
            },
        )


@exercise()
def check_count_weights(count_weights):
    """`count_weights(n_users, n_movies, n_factors)`: of the four tables."""
    for users, movies, factors in [(7, 4, 2), (671, 9066, 50), (10, 3, 1)]:
        rows, cells = users + movies, users * movies
        close(
            count_weights(n_users=users, n_movies=movies, n_factors=factors),
            rows * (factors + 1),
            f"{rows:,} rows of factors with {factors} numbers each, and one bias for "
            f"each of the {users:,} users and {movies:,} movies",
            {
                "the biases are missing": rows * factors,
                "there are two tables of biases, not two biases": rows * factors + 2,
                "movies have biases, too": rows * factors + users,
                "users have biases, too": rows * factors + movies,
                "this model has no mean of its own": rows * (factors + 1) + 1,
                "one bias per row, not two": rows * (factors + 2),
                "the tables stand beside each other": (
                    cells * factors,
                    cells * factors + rows,
                ),
                "movies have rows, too": users * (factors + 1),
                "users have rows, too": movies * (factors + 1),
                "use the `n_factors` that comes in, not the lesson's": rows * 51,
            },
        )


@exercise(
    ValueError="each input needs a name of its own. If it is the shapes: "
    "`models.embedding_input` returns an input, and a vector of shape (batch, "
    "n_factors)",
    AttributeError="`models.embedding_input` returns two things, the input and the "
    "row that it looks up: give each a name",
)
def check_dot_only_model(dot_only_model):
    """`dot_only_model(n_users, n_movies, n_factors)`: a Keras model without biases."""
    import keras  # here, because it takes seconds and no other exercise needs it

    for users, movies, factors in [(3, 4, 2), (5, 2, 3)]:
        call, model = dot_only_model(n_users=users, n_movies=movies, n_factors=factors)
        require(
            isinstance(model, keras.Model),
            f"{call} gave {told(model)} ({type(model).__name__}); expected a "
            "keras.Model.",
        )
        inputs = list(getattr(model, "inputs", None) or [])
        require(
            len(inputs) == 2,
            f"The model has {len(inputs)} inputs; expected two, [user, movie].",
        )
        tables = [x for x in model.layers if isinstance(x, keras.layers.Embedding)]
        read = [[x for x in tables if x.input is source] for source in inputs]
        require(
            tables != [],
            f"{call} has no embedding table: the model's inputs are row numbers, the "
            "first of the two things that `models.embedding_input` returns.",
        )
        require(
            len(tables) < 3,
            f"{call} has {len(tables)} embedding tables; the dot product needs two: "
            "leave the biases out.",
        )
        require(
            [len(found) for found in read] == [1, 1],
            f"{call} has {len(tables)} embedding tables for its two inputs; expected "
            "one for each, which reads it directly.",
        )
        (first,), (second,) = read
        sizes = [first.input_dim, second.input_dim]
        names = [source.name for source in inputs]
        require(
            sizes != [movies, users],
            f"{call}: the first input, {names[0]!r}, looks up a table of {sizes[0]} "
            f"rows and the second, {names[1]!r}, one of {sizes[1]}; there are {users} "
            f"users and {movies} movies. Either n_users and n_movies have changed "
            "places, or the inputs are not in the order [user, movie].",
        )
        require(
            sizes == [users, movies],
            f"{call}: the tables have {sizes[0]} and {sizes[1]} rows; expected {users} "
            f"for the users and {movies} for the movies.",
        )
        widths = [first.output_dim, second.output_dim]
        require(
            widths == [factors, factors],
            f"{call}: the tables have {widths[0]} and {widths[1]} columns; expected "
            f"n_factors = {factors}.",
        )
        n, expected = model.count_params(), (users + movies) * factors
        require(
            n == expected,
            f"{call} has {n} weights; expected ({users} + {movies}) × {factors} = "
            f"{expected}.",
        )
        _must_predict_dot_products(call, model, first, second)


def _must_predict_dot_products(call, model, first, second):
    rng = np.random.default_rng(0)
    p, q = (rng.normal(size=(x.input_dim, x.output_dim)) for x in (first, second))
    first.set_weights([p])
    second.set_weights([q])
    pairs = np.array(list(itertools.product(range(len(p)), range(len(q)))))
    users, movies = pairs.T
    try:
        found = model.predict([users, movies], verbose=0)
    except Exception as error:
        raise NotYet(
            f"{call} made a model that stops with {type(error).__name__} when it "
            "predicts: does it combine the two rows of each pair, as `Dot(axes=1)` "
            "does?"
        ) from None
    require(
        isinstance(found, np.ndarray) and found.size == len(pairs),
        f"{call}: {len(pairs)} pairs gave predictions of shape {np.shape(found)}; "
        "expected one number each: `Dot(axes=1)` of two vectors of shape "
        "(batch, n_factors).",
    )
    answer = Answer(f"{call} for {len(pairs)} pairs", found.reshape(-1))
    found = array(answer, (len(pairs),), "predictions")
    expected = (p[users] * q[movies]).sum(axis=1)
    lengths = np.linalg.norm(p[users], axis=1) * np.linalg.norm(q[movies], axis=1)
    require(
        not np.allclose(found, expected / lengths, atol=1e-5),
        f"{call} gives cosines, the dot products divided by the vectors' lengths; "
        "`normalize` must be False.",
    )
    require(
        np.allclose(found, expected, atol=1e-5),
        f"{call}: the predictions {told(found[:3])} … differ from the dot products "
        f"{told(expected[:3])} …: the dot product alone, nothing before or after it.",
    )
