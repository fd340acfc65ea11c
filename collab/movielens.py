"""A MovieLens set by name → its files, and how they are read.

>>> from collab.movielens import fetch_movielens
>>> fetch_movielens("ml-20m")
Traceback (most recent call last):
    ...
ValueError: name must be one of ml-latest-small, ml-100k, ml-1m, ml-10m, ml-25m, \
ml-32m, not 'ml-20m'
"""

import csv
import re
import shutil
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


_COLUMNS = {"names": ["userId", "movieId", "rating", "timestamp"]}
_BY_BAR = ["movieId", "title", "released", "on_video", "url"]
_BY_BAR += [f"genre_{k}" for k in range(19)]
_LETTERS = {"quoting": csv.QUOTE_NONE}
_LATIN = {"encoding": "latin-1"}
# Ratings, items, how each is read.
_CSV = ("ratings.csv", "movies.csv", {}, {"quoting": csv.QUOTE_MINIMAL})
_TAB = ("u.data", "u.item", _COLUMNS | {"sep": "\t"})
_TAB_ITEMS = {"names": _BY_BAR, "sep": "|"} | _LATIN | _LETTERS
# "1::31::2.5::1260759144": with a sep of one character pandas reads five times as fast.
_BY_COLON = _COLUMNS | {"sep": ":", "usecols": [0, 2, 4, 6]} | _LETTERS
_DAT = ("ratings.dat", "movies.dat", _BY_COLON)
_DAT_ITEMS = {"names": ["movieId", "title", "genres"], "sep": "::"}
# With the md5 as published; None: the set changes from time to time.
_SETS: dict[str, tuple] = {
    "ml-latest-small": (None, *_CSV),
    "ml-100k": ("0e33842e24a9c977be4e0107933c0723", *_TAB, _TAB_ITEMS),
    "ml-1m": ("c4d9eecfca2ab87c1945afe126590906", *_DAT, _DAT_ITEMS | _LATIN),
    "ml-10m": ("ce571fd55effeba0271552578f2648bd", *_DAT, _DAT_ITEMS),
    "ml-25m": ("6b51fb2759a8657d3bfcbfc42b592ada", *_CSV),
    "ml-32m": ("d472be332d4daa821edc399621853b57", *_CSV),
}


def fetch_movielens(
    name: str, folder: str | Path | None = None, *, progress: bool = True
) -> MovieLens:
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
    target, part = folder / name, folder / f"{name}.part"
    new = not target.exists()
    if new:
        shutil.rmtree(part, ignore_errors=True)  # of a call that was stopped
        pooch.get_logger().setLevel("WARNING")  # the bar says enough
        pooch.retrieve(
            f"{HOST}/{name}.zip",
            known_hash=md5 and f"md5:{md5}",
            fname=f"{name}.zip",
            path=folder,
            processor=pooch.Unzip(extract_dir=part.name),
            progressbar=progress,
        )
        part.replace(target)
    inside = {path.name: path for path in sorted(target.rglob("*"))}
    readme = next((file for file in inside if file.startswith("README")), "README")
    for file in (ratings, items, readme):
        if file not in inside:
            raise ValueError(f"{target} lacks {file}: remove it, and fetch it anew")
    if new:
        print(f"{name} is in {target}; its licence:{_terms(inside[readme])}")
    files = inside[ratings], inside[items], inside[readme]
    return MovieLens(*files, reading, reading_items)


def _terms(readme):
    """The part of a README that has the licence as its heading, if it is found."""
    found = re.search(
        r"^[^\n]*licen[sc]e[^\n]*\n[=-]{3,}\s*\n(.*?)(?=^[^\n]+\n[=-]{3,}\s*$|\Z)",
        readme.read_text("utf-8", errors="replace"),
        re.IGNORECASE | re.MULTILINE | re.DOTALL,
    )
    return f"\n\n{found[1].strip()}\n" if found else f" read {readme} before use"
