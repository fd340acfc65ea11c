"""collab/crosstab.py: the most active users × the most rated movies."""

import contextlib
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.crosstab import rating_crosstab, top_counts

# The figure of the original notebook; "-" is an empty cell.
PUBLISHED = """
userId    1 110 260 296 318 356 480 527 589 593 608 1196 1198 1270 2571
15      2.0 3.0 5.0 5.0 2.0 1.0 3.0 4.0 4.0 5.0 5.0  5.0  4.0  5.0  5.0
30      4.0 5.0 4.0 5.0 5.0 5.0 4.0 5.0 4.0 4.0 5.0  4.0  5.0  5.0  3.0
73      5.0 4.0 4.5 5.0 5.0 5.0 4.0 5.0 3.0 4.5 4.0  5.0  5.0  5.0  4.5
212     3.0 5.0 4.0 4.0 4.5 4.0 3.0 5.0 3.0 4.0   -    -  3.0  3.0  5.0
213     3.0 2.5 5.0   -   - 2.0 5.0   - 4.0 2.5 2.0  5.0  3.0  3.0  4.0
294     4.0 3.0 4.0   - 3.0 4.0 4.0 4.0 3.0   -   -  4.0  4.5  4.0  4.5
311     3.0 3.0 4.0 3.0 4.5 5.0 4.5 5.0 4.5 2.0 4.0  3.0  4.5  4.5  4.0
380     4.0 5.0 4.0 5.0 4.0 5.0 4.0   - 4.0 5.0 4.0  4.0    -  3.0  5.0
452     3.5 4.0 4.0 5.0 5.0 4.0 5.0 4.0 4.0 5.0 5.0  4.0  4.0  4.0  2.0
468     4.0 3.0 3.5 3.5 3.5 3.0 2.5   -   - 3.0 4.0  3.0  3.5  3.0  3.0
"""


# By hand -----------------------------------------------------------------------------


def test_counts_are_the_largest_first_and_ties_go_by_id(tiny):
    users = top_counts(tiny, "userId", 4)
    assert users.index.tolist() == [30, 10, 20, 40]  # 20 appears before 10
    assert users.tolist() == [3, 2, 2, 1]
    assert (users.name, users.index.name) == ("ratings", "userId")
    assert users.dtype == "int64"
    assert top_counts(tiny, "movieId", 3).index.tolist() == [2, 5, 7]


def test_crosstab_of_the_4_by_4_table(tiny):
    table = rating_crosstab(tiny, 2, 3)
    assert table.index.tolist() == [10, 30]
    assert table.columns.tolist() == [2, 5, 7]
    expected = [[1.0, 2.5, np.nan], [4.0, 5.0, 3.0]]
    np.testing.assert_array_equal(table.to_numpy(), expected)
    assert (table.index.name, table.columns.name) == ("userId", "movieId")
    assert (table.dtypes == "float64").all()


def test_other_column_names_and_text_ids(tiny):
    text = tiny.astype({"userId": str, "movieId": str}).set_axis(list("umr"), axis=1)
    table = rating_crosstab(text, 2, 3, user="u", item="m", rating="r")
    assert table.index.tolist() == ["10", "30"]
    np.testing.assert_array_equal(table, rating_crosstab(tiny, 2, 3))


# Properties and a slow loop ----------------------------------------------------------

pairs = st.dictionaries(
    st.tuples(st.integers(-3, 4), st.integers(0, 7)),
    st.sampled_from([0.5, 1.0, 3.5, 5.0]),
    min_size=1,
)


def to_frame(rows):
    flat = [(user, movie, stars) for (user, movie), stars in rows]
    return pd.DataFrame(flat, columns=["userId", "movieId", "rating"])


def slow_top(ids, n):
    return sorted(Counter(ids).items(), key=lambda pair: (-pair[1], pair[0]))[:n]


@given(pairs, st.data())
def test_counts_equal_a_slow_loop_in_any_row_order(pairs, data):
    frame = to_frame(data.draw(st.permutations(list(pairs.items()))))
    for column in ["userId", "movieId"]:
        n = data.draw(st.integers(1, frame[column].nunique()))
        counts = top_counts(frame, column, n)
        assert list(counts.items()) == slow_top(frame[column].tolist(), n)


@given(pairs, st.data())
def test_each_cell_is_the_one_rating_and_nan_elsewhere(pairs, data):
    frame = to_frame(data.draw(st.permutations(list(pairs.items()))))
    n_users = data.draw(st.integers(1, frame["userId"].nunique()))
    n_movies = data.draw(st.integers(1, frame["movieId"].nunique()))
    table = rating_crosstab(frame, n_users, n_movies)
    users = sorted(user for user, _ in slow_top(frame["userId"].tolist(), n_users))
    movies = sorted(movie for movie, _ in slow_top(frame["movieId"].tolist(), n_movies))
    assert table.index.tolist() == users
    assert table.columns.tolist() == movies
    for user in users:
        for movie in movies:
            cell, expected = table.loc[user, movie], pairs.get((user, movie))
            assert np.isnan(cell) if expected is None else cell == expected


# Published facts ---------------------------------------------------------------------


def test_the_most_active_users_and_most_rated_movies_are_the_published_ones(real):
    users, movies = top_counts(real, "userId", 5), top_counts(real, "movieId", 5)
    assert users.to_dict() == {547: 2391, 564: 1868, 624: 1735, 15: 1700, 73: 1610}
    assert movies.to_dict() == {356: 341, 296: 324, 318: 311, 593: 304, 260: 291}
    assert users.index.tolist() == [547, 564, 624, 15, 73]
    assert movies.index.tolist() == [356, 296, 318, 593, 260]


def test_place_15_goes_to_movie_1198_of_the_two_with_220_ratings(real):
    top = top_counts(real, "movieId", 16)
    assert top.index.tolist()[-2:] == [1198, 2858]
    assert top.tolist()[-2:] == [220, 220]
    assert top_counts(real, "movieId").index.tolist() == top.index.tolist()[:15]


def test_the_crosstab_is_the_published_one_cell_by_cell(real):
    header, *lines = [line.split() for line in PUBLISHED.strip().splitlines()]
    published = pd.DataFrame(lines, columns=header).replace("-", "nan").astype(float)
    published = published.set_index("userId")
    table = rating_crosstab(real)
    assert table.shape == (15, 15)
    assert table.notna().to_numpy().sum() == 206
    assert table.columns.tolist() == [int(movie) for movie in published.columns]
    assert table.index[:10].tolist() == published.index.tolist()
    np.testing.assert_array_equal(table[:10], published)


# Bad input ---------------------------------------------------------------------------


def test_n_out_of_range_is_named_with_what_there_is(tiny):
    n, message = 5, "must be between 1 and 4, as many as 'userId' has .*, not 5"
    with pytest.raises(ValueError, match=f"^n {message}"):
        top_counts(tiny, "userId", n)
    with pytest.raises(ValueError, match=f"^n_users {message}"):
        rating_crosstab(tiny, n, 1)
    with pytest.raises(ValueError, match="ratings has no rows"):
        top_counts(tiny[:0], "userId", 1)
    message = message.replace("userId", "movieId")
    with pytest.raises(ValueError, match=f"^n_items {message}"):
        rating_crosstab(tiny, 1, n)


def test_a_rating_that_is_missing_is_refused_outside_of_the_crosstab_too(tiny):
    tiny.iloc[7, 2] = np.nan  # it counts: one row is one rating
    message = "column 'rating': 1 of 8 values .* the first at position 7"
    with pytest.raises(ValueError, match=message):
        rating_crosstab(tiny, 2, 3)


def test_a_pair_rated_twice_is_named_and_not_summed(tiny):
    table = pd.concat([tiny, tiny[tiny["userId"] == 20]])
    message = (
        r"user 20 rated item 7 more than once; 2 of the rows .* repeat a "
        r"\('userId', 'movieId'\) pair"
    )
    with pytest.raises(ValueError, match=message):
        rating_crosstab(table, 2, 2)


def test_repeats_that_make_a_user_or_an_item_a_top_one_are_found(tiny):
    # user 40 rated item 9 only, four times: the top user, and no cell with the top item
    row = tiny[tiny["userId"] == 40]
    table = pd.concat([tiny, *[row.assign(rating=1.0)] * 3])
    table = pd.concat([table, *[tiny[4:5].assign(userId=user) for user in (50, 60)]])
    assert top_counts(table, "movieId", 1).index.tolist() == [2]
    assert top_counts(table, "userId", 1).index.tolist() == [40]
    with pytest.raises(ValueError, match="user 40 rated item 9 more than once; 3 of"):
        rating_crosstab(table, 1, 1)
    # only by its items: user 10 is in no row of the crosstab, item 5 in its column
    table = pd.concat([tiny, *[tiny[3:4]] * 2, tiny[5:6].assign(movieId=11)])
    table = pd.concat([table, *[tiny[5:6].assign(movieId=k) for k in range(12, 18)]])
    assert top_counts(table, "movieId", 1).index.tolist() == [5]
    assert top_counts(table, "userId", 1).index.tolist() == [30]
    with pytest.raises(ValueError, match="user 10 rated item 5 more than once; 2 of"):
        rating_crosstab(table, 1, 1)


@settings(max_examples=25)
@given(pairs, st.data())
def test_a_crosstab_that_is_given_is_that_of_the_table_without_repeats(pairs, data):
    rows = list(pairs.items())
    again = data.draw(st.lists(st.sampled_from(rows), max_size=4))
    frame = to_frame(rows + again)
    n_users = data.draw(st.integers(1, frame["userId"].nunique()))
    n_items = data.draw(st.integers(1, frame["movieId"].nunique()))
    expected = rating_crosstab(to_frame(rows), n_users, n_items)
    with contextlib.suppress(ValueError):
        table = rating_crosstab(frame, n_users, n_items)
        pd.testing.assert_frame_equal(table, expected)
