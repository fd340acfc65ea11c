"""Lesson 03's exercises, the dot-product model → did I get it right?"""

import numpy as np

from collab.course.checks._answers import (
    Answer,
    close,
    exercise,
    of_kind,
    require,
    same_array,
)

USER_TABLE = np.array([[0.5, -1.0], [2.0, 0.0], [1.0, 3.0]])
MOVIE_TABLE = np.array([[1.0, 0.5], [-2.0, 1.0], [0.0, 4.0], [3.0, 1.0]])


@exercise(
    IndexError="`user` is a row of the two users' tables (0 … 2 here), `movie` one of "
    "the movies' (0 … 3)",
    ValueError="the dot product is of one row of each table, not of whole tables",
)
def check_predict_pair(predict_pair):
    """`predict_pair(…)`: dot product plus two biases."""
    user_bias, movie_bias = np.array([0.1, -0.2, 0.3]), np.array([1.0, 2.0, 3.0, 4.0])
    for user, movie in [(0, 1), (2, 3)]:
        dot = USER_TABLE[user] @ MOVIE_TABLE[movie]
        of_user, of_movie = user_bias[user], movie_bias[movie]
        close(
            predict_pair(
                user_table=USER_TABLE,
                movie_table=MOVIE_TABLE,
                user_bias=user_bias,
                movie_bias=movie_bias,
                user=user,
                movie=movie,
            ),
            dot + of_user + of_movie,
            f"dot product {dot:g}, biases {of_user} and {of_movie:g}",
            {
                "that is the dot product without the biases": dot,
                "a bias is missing": (dot + of_user, dot + of_movie),
                "a bias is added once, not to every factor": (
                    dot + 2 * (of_user + of_movie)
                ),
            },
        )


@exercise()
def check_count_weights(count_weights):
    """`count_weights(n_users, n_movies, n_factors)`: of the four tables."""
    close(
        count_weights(n_users=7, n_movies=4, n_factors=2),
        33,
        "11 rows of factors with 2 numbers each, and one bias for each of the 7 users "
        "and 4 movies",
        {
            "the biases are missing": 22,
            "each user and each movie has a bias": (22 + 2, 22 + 7, 22 + 4),
            "each user and each movie has a row of factors, not each pair": (56, 67),
            "use the `n_factors` that comes in, not the lesson's": 11 * 51,
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

    answer = dot_only_model(n_users=3, n_movies=4, n_factors=2)
    model, call = of_kind(answer, keras.Model, "a keras.Model"), answer.call
    inputs = list(getattr(model, "inputs", None) or [])
    require(
        len(inputs) == 2,
        f"The model has {len(inputs)} inputs; expected two, [user, movie].",
    )
    tables = [x for x in model.layers if isinstance(x, keras.layers.Embedding)]
    read = [x for source in inputs for x in tables if x.input is source]
    require(
        len(read) == 2,
        f"The inputs of {call} look up {len(read)} embedding tables; expected two: an "
        "input is the first of the two things that `models.embedding_input` returns, "
        "and there is no bias.",
    )
    sizes = [(table.input_dim, table.output_dim) for table in read]
    require(
        sizes == [(3, 2), (4, 2)],
        f"{call}: the first input, {inputs[0].name!r}, looks up a table of the shape "
        f"{sizes[0]}, the second, {inputs[1].name!r}, of the shape {sizes[1]}; "
        "expected n_users × n_factors and n_movies × n_factors, the inputs in the "
        "order [user, movie].",
    )
    p, q = np.random.default_rng(0).integers(-3, 4, (2, 12, 2)).astype(float)
    p, q = p[:3], q[:4]
    for table, weights in zip(read, (p, q), strict=True):
        table.set_weights([weights])
    users, movies = np.divmod(np.arange(12), 4)
    found = np.squeeze(model.predict([users, movies], verbose=0))
    same_array(
        Answer(f"For each pair, the model of {call}", found),
        (p @ q.T).ravel(),
        "one number for each pair",
        "the dot product of the two rows alone, nothing before or after it",
    )
