"""Lesson 12's exercises, beyond one machine → did I get it right?"""

import numpy as np
import pandas as pd

from collab.course.checks._answers import close, exercise


@exercise(
    ZeroDivisionError="with no rating at all and damping 0 there is no mean; no check "
    "asks for it",
    TypeError="`parts` is a list of arrays; each has a `.sum()` and a `len`",
    ValueError="the arrays differ in length: they cannot be stacked, but joined or "
    "summed one by one",
)
def check_damped_mean(damped_mean):
    """`damped_mean(parts, damping)`: from what each executor holds of one movie."""
    for parts, damping in [
        ([np.array([1.0, 0.5, -0.5]), np.array([2.0])], 2.5),
        ([np.array([-1.0]), np.array([]), np.array([0.5, -2.0, -1.5, 1.0])], 0.5),
    ]:
        sums, counts = [part.sum() for part in parts], [len(part) for part in parts]
        total, n, k = sum(sums), sum(counts), len(parts)
        each = [s / (c + damping) for s, c in zip(sums, counts, strict=True)]
        close(
            damped_mean(parts=parts, damping=damping),
            total / (n + damping),
            f"all sums, {total:g}, by all counts, {n}, plus the damping, {damping:g}",
            {
                "that is without the damping": total / n,
                "the damping is added once a movie, not once an executor": (
                    total / (n + k * damping)
                ),
                "one executor may hold few ratings, another many: send sums, counts": (
                    sum(each),
                    np.mean(each),
                    np.mean([part.mean() for part in parts if len(part)]),
                ),
                "count the ratings, not the executors": total / (k + damping),
            },
        )


@exercise(
    KeyError="the columns are userId and movieId",
    TypeError="`ratings` is a DataFrame; `%` works on a whole column",
)
def check_vectors_sent(vectors_sent):
    """`vectors_sent(ratings, n_blocks)`: users' vectors, once a block they rated in."""
    rows = [
        (8, 12), (7, 29), (7, 26), (7, 15), (1, 19), (8, 28), (3, 11), (2, 23),
        (1, 18), (7, 16), (8, 26), (5, 23), (5, 18), (7, 27), (1, 20),
    ]  # fmt: skip
    ratings = pd.DataFrame(rows, columns=["userId", "movieId"]).set_axis(range(7, 22))
    user, movie = ratings["userId"], ratings["movieId"]
    n_users = user.nunique()
    for n_blocks in (4, 2):
        sent = (movie % n_blocks).groupby(user).nunique().sum()
        swapped = (user % n_blocks).groupby(movie).nunique().sum()
        close(
            vectors_sent(ratings=ratings, n_blocks=n_blocks),
            sent,
            f"pairs of a user and a block of movies that occur; {n_blocks} blocks",
            {
                "a block needs a user's vector once, not once a rating": len(user),
                "a block without a movie that a user rated does not need the user's "
                "vector": n_users * n_blocks,
                "each block with a movie that a user rated needs the vector": n_users,
                "users' vectors go to blocks of movies, not the reverse": swapped,
            },
        )


@exercise(
    KeyError="the columns are userId, movieId and rating",
    TypeError="the ratings are text: `pd.to_numeric(…, errors='coerce')` makes numbers "
    "of them, and NaN of what is none",
    ValueError="`pd.to_numeric(…, errors='coerce')` makes NaN of what is no number; "
    "conditions on whole columns are joined by `|` and `&`",
)
def check_bad_rows(bad_rows):
    """`bad_rows(table, low, high)`: how many rows cannot be used."""
    rows = [
        ("1", "50", "5"), ("1", "60", "five"), (None, "50", "3.0"), ("2", "70", "0.5"),
        ("2", "60", "7.5"), ("7", None, "9"), ("3", "50", None), ("3", "60", "n/a"),
        ("3", "70", "9"), ("4", "50", "0"), ("4", "60", "-1"), ("5", "50", "2.0"),
        ("5", "50", "2.0"), ("5", "60", "5.5"), ("6", "60", "3.0"), ("6", "60", "?"),
        ("6", "70", "0.5"), ("8", "50", "good"), ("8", "60", "4,5"), ("9", "50", "x"),
        ("12", "50", "4.0"), ("12", "50", "bad"), ("12", "60", "y"), ("1", "70", "3"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
    table.index += 3
    ids, stars = table[["userId", "movieId"]], table["rating"]
    missing = ids.isna().any(axis=1)
    number = pd.to_numeric(stars, errors="coerce")
    text = number.isna()
    pairs = ids.duplicated(keep=False) & ~missing
    for low, high in [(0.5, 5.0), (0.0, 10.0)]:
        outside = (number < low) | (number > high)
        ends = (number == low) | (number == high)
        alone = missing | text | outside
        some_pairs = [
            ids.duplicated(),  # but the first
            ids[~alone].duplicated(keep=False).reindex(ids.index).eq(True),
        ]
        not_empty = missing | stars.isna() | outside | pairs
        close(
            bad_rows(table=table, low=low, high=high),
            (alone | pairs).sum(),
            f"missing ids {missing.sum()}, no number {text.sum()}, outside {low:g} to "
            f"{high:g} {outside.sum()}, pairs in several rows {pairs.sum()}; a row "
            "with two faults is one row",
            {
                "a pair may stand in several rows": alone.sum(),
                "all rows of a repeated pair of user and movie are bad, whatever else "
                "is in them: which one is right, nobody can say (`keep=False`)": tuple(
                    (alone | some).sum() for some in some_pairs
                ),
                "a missing id is bad as well": (text | outside | pairs).sum(),
                "NaN is neither below nor above": (missing | outside | pairs).sum(),
                f"{low:g} to {high:g} is all there is": (missing | text | pairs).sum(),
                "the ends are ratings too": (alone | pairs | ends).sum(),
                "a text such as 'five' is no rating either": not_empty.sum(),
            },
        )
