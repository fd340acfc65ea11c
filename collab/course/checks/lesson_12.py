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
        ([np.array([0.75, 1.25])], 1.5),
    ]:
        sums, counts = [part.sum() for part in parts], [len(part) for part in parts]
        total, n, k = sum(sums), sum(counts), len(parts)
        full = [part for part in parts if len(part)]
        close(
            damped_mean(parts=parts, damping=damping),
            total / (n + damping),
            f"all sums, {total:g}, by all counts, {n}, plus the damping, {damping:g}",
            [
                (total / n, "that is without the damping"),
                (
                    total / (n + k * damping),
                    "the damping is added once a movie, not once an executor",
                ),
                (
                    sum(s / (c + damping) for s, c in zip(sums, counts, strict=True)),
                    "each executor's damped mean added up: send sums and counts",
                ),
                (
                    np.mean([part.sum() / (len(part) + damping) for part in parts]),
                    "the mean of the executors' damped means: one that holds few "
                    "ratings would count as much as one that holds many",
                ),
                (
                    np.mean([part.mean() for part in full]),
                    "the mean of means is not the mean: an executor with few ratings "
                    "would count as much as one with many",
                ),
                (
                    np.mean([part.mean() for part in full]) * n / (n + damping),
                    "the mean of means is not the mean, damped or not",
                ),
                (sums[0] / (counts[0] + damping), "the other executors count too"),
                (total, "divide the sum by (number of ratings + damping)"),
                (total / (k + damping), "count the ratings, not the executors"),
                (total / n + damping, "the damping is added to the count"),
                (total / (n - damping), "the damping is added to the count"),
            ],
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
    table = pd.DataFrame(rows, columns=["userId", "movieId"])
    table.index += 7
    for ratings, n_blocks in [(table, 4), (table, 3), (table[:6], 2)]:
        user, block = ratings["userId"], ratings["movieId"] % n_blocks
        n = len(set(zip(user, block, strict=True)))
        users, blocks = user.nunique(), block.nunique()
        other = user % n_blocks
        swapped = len(set(zip(ratings["movieId"], other, strict=True)))
        both = len(set(zip(other, block, strict=True)))
        close(
            vectors_sent(ratings=ratings, n_blocks=n_blocks),
            n,
            f"pairs of a user and a block of movies that occur; {n_blocks} blocks",
            [
                (
                    len(ratings),
                    "one vector a rating: but a block needs a user's vector once, "
                    "however many of its movies they rated",
                ),
                (
                    users * n_blocks,
                    "every user to every block: but a block without a movie that they "
                    "rated does not need them",
                ),
                (users, "one vector a user: but each block they rated in needs it"),
                (blocks, "that is the number of blocks"),
                (
                    len(ratings) // n_blocks,
                    "nothing is divided: every pair of user and block is one vector",
                ),
                (n / n_blocks, "that is how many each block gets; how many in all?"),
                (n / users, "that is how many each user is sent; how many in all?"),
                (n - users, "all are sent: no block holds the users already"),
                (swapped, "users' vectors go to blocks of movies, not the reverse"),
                (both, "users are not in blocks here: each has a vector of its own"),
            ],
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
        ("1", "50", "4"), ("1", "60", "five"), (None, "50", "3.0"), ("2", "70", "0.5"),
        ("2", "60", "7.5"), ("7", None, "9"), ("3", "50", None), ("3", "60", "2.0"),
        ("3", "60", "2.5"), ("4", "50", "5"), ("4", "60", "0"), ("5", "50", "2.0"),
        ("5", "50", "2.0"), ("5", "50", "3.0"), ("6", "50", "n/a"), ("6", "60", "?"),
        ("6", "70", "0.5"), ("8", "50", "3"), ("8", "60", "3.5"), ("9", "50", "good"),
        ("9", "60", "4,5"), (None, "60", "x"), ("11", None, None), ("10", None, "-1"),
        ("3", "70", "1.0"), ("3", "70", "1.5"), ("5", "60", "4.0"), ("5", "60", "3.0"),
        ("12", "50", "4.0"), ("12", "50", "bad"), ("12", "60", "2"), ("12", "60", "-"),
        ("13", "60", "none"), ("13", "60", "3.5"), ("15", "60", "x"), ("15", "70", "y"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
    table.index += 3
    for given, low, high in [(table, 0.5, 5.0), (table, 0.0, 10.0), (table[:14], 1, 4)]:
        ids, stars = given[["userId", "movieId"]], given["rating"]
        missing = ids.isna().any(axis=1)
        number = pd.to_numeric(stars, errors="coerce")
        text = number.isna()
        outside = (number < low) | (number > high)
        pairs = ids.duplicated(keep=False) & ~missing
        made = f"missing ids {missing.sum()}, no number {text.sum()}, outside "
        made += f"{low:g} to {high:g} {outside.sum()}, pairs in several rows "
        made += f"{pairs.sum()}; a row with two faults is one row"
        later = ids.duplicated() & ~missing
        fine = ids[~(missing | text | outside)]
        after = fine.duplicated(keep=False).reindex(ids.index, fill_value=False)
        bad = missing | text | outside | pairs
        ends = (number <= low) | (number >= high)
        close(
            bad_rows(table=given, low=low, high=high),
            bad.sum(),
            made,
            [
                (len(given) - bad.sum(), f"those are the good ones: {made}"),
                (bad.mean(), "a number of rows, not a share"),
                (
                    (missing | text | outside).sum(),
                    "and if a pair stands in several rows?",
                ),
                (
                    (missing | text | outside | later).sum(),
                    "all rows of a repeated pair: which one is right, nobody can say "
                    "(`keep=False`)",
                ),
                (
                    (missing | text | outside | after).sum(),
                    "a pair with one good and one bad row stands in two rows as well: "
                    "look for pairs in all rows",
                ),
                ((text | outside | pairs).sum(), "a missing id is bad as well"),
                (
                    (missing | outside | pairs).sum(),
                    "NaN is neither below nor above: a rating that is no number has "
                    "to be asked for",
                ),
                (
                    (missing | text | pairs).sum(),
                    f"{low:g} to {high:g} is all there is",
                ),
                ((missing | text | pairs | ends).sum(), "the ends are ratings too"),
                (
                    (missing | stars.isna() | outside | pairs).sum(),
                    "a text such as 'five' is no rating either",
                ),
                (
                    (missing | text | outside | given.duplicated(keep=False)).sum(),
                    "a pair is user and movie: two different ratings of it are the "
                    "worse case",
                ),
                (
                    missing.sum() + text.sum() + outside.sum() + pairs.sum(),
                    "a row with two faults is one row",
                ),
            ],
        )
