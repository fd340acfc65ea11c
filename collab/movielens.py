"""A MovieLens set by name → its files, and how they are read.

>>> from collab.movielens import fetch_movielens
>>> fetch_movielens("ml-20m")
Traceback (most recent call last):
    ...
ValueError: name must be one of ml-latest-small, ml-100k, ml-1m, ml-10m, ml-25m, \
ml-32m, not 'ml-20m'
"""

import re
from pathlib import Path
from typing import NamedTuple

import pooch

HOST = "https://files.grouplens.org/datasets/movielens"


class MovieLens(NamedTuple):
    """Where the files of a set are, and how `collab.data` reads them.

    `load_ratings(files.ratings, **files.reading)` and
    `load_items(files.items, **files.reading_items)` give the same columns for all sets.
    """

    ratings: Path
    items: Path
    licence: Path
    reading: dict
    reading_items: dict


_COLUMNS = ["userId", "movieId", "rating", "timestamp"]
_ITEM_COLUMNS = ["movieId", "title", "released", "on_video", "url"]
_ITEM_COLUMNS += [f"genre_{k}" for k in range(19)]
_CSV = ("ratings.csv", "movies.csv", {}, {})
# "1::31::2.5::1260759144": with a sep of one character pandas reads five times as fast.
_DAT = {"names": _COLUMNS, "sep": ":", "usecols": [0, 2, 4, 6]}
_DAT_ITEMS = {"names": ["movieId", "title", "genres"], "sep": "::"}
_LATIN = {"encoding": "latin-1"}
# name: (md5 as published, or None where the set changes from time to time; ratings;
# items; how each is read)
_SETS = {
    "ml-latest-small": (None, *_CSV),
    "ml-100k": (
        "0e33842e24a9c977be4e0107933c0723",
        "u.data",
        "u.item",
        {"names": _COLUMNS, "sep": "\t"},
        {"names": _ITEM_COLUMNS, "sep": "|", **_LATIN},
    ),
    "ml-1m": (
        "c4d9eecfca2ab87c1945afe126590906",
        "ratings.dat",
        "movies.dat",
        _DAT,
        _DAT_ITEMS | _LATIN,
    ),
    "ml-10m": (
        "ce571fd55effeba0271552578f2648bd",
        "ratings.dat",
        "movies.dat",
        _DAT,
        _DAT_ITEMS,
    ),
    "ml-25m": ("6b51fb2759a8657d3bfcbfc42b592ada", *_CSV),
    "ml-32m": ("d472be332d4daa821edc399621853b57", *_CSV),
}


def fetch_movielens(name, folder=None, *, progress=True):
    """Fetch a MovieLens set from GroupLens, check its md5 sum, and unpack it.

    A set that is in the folder is not fetched again. When a set is new, the licence in
    its README is printed: these sets are for research and teaching.

    Args:
        name: "ml-latest-small", "ml-100k", "ml-1m", "ml-10m", "ml-25m" or "ml-32m".
            The first changes from time to time and has no sum to compare with.
        folder: where the sets are kept; None: the user's cache folder.
        progress: show the download as a bar (on stderr).

    Returns:
        `MovieLens`: the files, and how to read them.

    Raises:
        ValueError: there is no such set; the archive has another sum, or lacks a file.
        OSError: it could not be fetched or written.
    """
    if not isinstance(name, str) or name not in _SETS:
        raise ValueError(f"name must be one of {', '.join(_SETS)}, not {name!r:.60}")
    md5, ratings, items, reading, reading_items = _SETS[name]
    folder = Path(pooch.os_cache("collab") if folder is None else folder)
    new = not (folder / name).exists()
    pooch.get_logger().setLevel("WARNING")  # the bar says enough
    paths = pooch.retrieve(
        f"{HOST}/{name}.zip",
        known_hash=md5 and f"md5:{md5}",
        fname=f"{name}.zip",
        path=folder,
        processor=pooch.Unzip(extract_dir=name),
        progressbar=progress,
    )
    inside = {Path(path).name: Path(path) for path in sorted(paths)}
    readme = next((file for file in inside if file.startswith("README")), "README")
    for file in (ratings, items, readme):
        if file not in inside:
            raise ValueError(f"{folder / name} lacks {file}: remove it, fetch it anew")
    if new:
        print(f"{name} is in {folder / name}; its licence:{_terms(inside[readme])}")
    files = (inside[file] for file in (ratings, items, readme))
    return MovieLens(*files, reading, reading_items)


def _terms(readme):
    """The part of a README that has the licence as its heading, if it is found."""
    found = re.search(
        r"^[^\n]*licen[sc]e[^\n]*\n[=-]{3,}\s*\n(.*?)(?=^[^\n]+\n[=-]{3,}\s*$|\Z)",
        readme.read_text("utf-8", errors="replace"),
        re.IGNORECASE | re.MULTILINE | re.DOTALL,
    )
    return f"\n\n{found[1].strip()}\n" if found else f" read {readme} before use"
