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
        each = [s / (c + damping) for s, c in zip(sums, counts, strict=True)]
        mean_of_means = np.mean([part.mean() for part in parts if len(part)])
        close(
            damped_mean(parts=parts, damping=damping),
            total / (n + damping),
            f"all sums, {total:g}, by all counts, {n}, plus the damping, {damping:g}",
            {
                "that is without the damping": total / n,
                "the damping is added once a movie, not once an executor": (
                    total / (n + k * damping)
                ),
                "each executor's damped mean added up: send sums and counts": sum(each),
                "one executor may hold few ratings, another many: send sums, counts": (
                    np.mean(each),
                    mean_of_means,
                    mean_of_means * n / (n + damping),
                ),
                "the other executors count too": each[0],
                "divide the sum by (number of ratings + damping)": total,
                "count the ratings, not the executors": total / (k + damping),
                "the damping is added to the count": total / n + damping,
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
    table = pd.DataFrame(rows, columns=["userId", "movieId"])
    table.index += 7
    for ratings, n_blocks in [(table, 4), (table[:6], 2)]:
        user, block = ratings["userId"], ratings["movieId"] % n_blocks
        n = len(set(zip(user, block, strict=True)))
        users = user.nunique()
        other = user % n_blocks
        swapped = len(set(zip(ratings["movieId"], other, strict=True)))
        both = len(set(zip(other, block, strict=True)))
        close(
            vectors_sent(ratings=ratings, n_blocks=n_blocks),
            n,
            f"pairs of a user and a block of movies that occur; {n_blocks} blocks",
            {
                "one vector a rating; but a block needs a user's vector once": (
                    len(ratings)
                ),
                "every user to every block; but a block without a movie that they "
                "rated does not need them": users * n_blocks,
                "one vector a user; but each block they rated in needs it": users,
                "that is how many each block gets; how many in all?": n / n_blocks,
                "that is how many each user is sent; how many in all?": n / users,
                "users' vectors go to blocks of movies, not the reverse": swapped,
                "users are not in blocks here: each has a vector of its own": both,
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
        later = ids.duplicated() & ~missing
        fine = ids[~(missing | text | outside)]
        after = fine.duplicated(keep=False).reindex(ids.index, fill_value=False)
        ends = (number <= low) | (number >= high)
        alike = given.duplicated(keep=False)
        n_bad = (missing | text | outside | pairs).sum()
        close(
            bad_rows(table=given, low=low, high=high),
            n_bad,
            f"missing ids {missing.sum()}, no number {text.sum()}, outside {low:g} to "
            f"{high:g} {outside.sum()}, pairs in several rows {pairs.sum()}; a row "
            "with two faults is one row",
            {
                "those are the good ones": len(given) - n_bad,
                "a number of rows, not a share": n_bad / len(given),
                "a pair may stand in several rows": (missing | text | outside).sum(),
                "all rows of a repeated pair: which one is right, nobody can say "
                "(`keep=False`)": (missing | text | outside | later).sum(),
                "a pair with one good and one bad row is in two rows as well: look "
                "for pairs in all rows": (missing | text | outside | after).sum(),
                "a missing id is bad as well": (text | outside | pairs).sum(),
                "NaN is neither below nor above: ask for a rating that is no number": (
                    (missing | outside | pairs).sum()
                ),
                f"{low:g} to {high:g} is all there is": (missing | text | pairs).sum(),
                "the ends are ratings too": (missing | text | pairs | ends).sum(),
                "a text such as 'five' is no rating either": (
                    (missing | stars.isna() | outside | pairs).sum()
                ),
                "a pair is user and movie: two different ratings of it are the worse "
                "case": (missing | text | outside | alike).sum(),
                "that is the sum over the four faults": sum(
                    fault.sum() for fault in (missing, text, outside, pairs)
                ),
            },
        )
