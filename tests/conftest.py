"""What several test files share: the 4 × 4 table, the real tables, hypothesis."""

import pandas as pd
import pytest
from hypothesis import settings
from repository import ROOT

# The same examples in every run: a check that compares outputs must not be a lottery.
settings.register_profile("course", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("course")


@pytest.fixture
def tiny():
    """Four users × four movies, eight ratings, an index of its own.

    userId\\movieId   2    5    7    9
        10          1.0  2.5
        20          3.5       2.0
        30          4.0  5.0  3.0
        40                         4.5

    User 20 comes before user 10, and movie 7 before movie 5: both pairs tie.
    """
    rows = [
        (30, 7, 3.0),
        (20, 7, 2.0),
        (30, 5, 5.0),
        (10, 5, 2.5),
        (20, 2, 3.5),
        (30, 2, 4.0),
        (10, 2, 1.0),
        (40, 9, 4.5),
    ]
    table = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
    return table.set_axis(range(107, 99, -1))


@pytest.fixture(scope="session")
def real():
    """The ratings of the course, read with pandas alone."""
    return pd.read_csv(ROOT / "data" / "ratings.csv")
