"""A MovieLens set by name → its files, and how they are read.

>>> from collab.movielens import fetch_movielens
>>> fetch_movielens("ml-20m")
Traceback (most recent call last):
    ...
ValueError: name must be one of ml-latest-small, ml-100k, ml-1m, ml-10m, ml-25m, \
ml-32m, not 'ml-20m'

`collab.data` reads files that are there; this module brings them there, which is quite
another matter: a network, an archive that somebody else packed, a licence.
"""

import os
import re
import stat
import tempfile
import time
import zipfile
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

import pooch

HOST = "https://files.grouplens.org/datasets/movielens"
TIMEOUT = 30  # seconds without an answer, or without another byte
ATTEMPTS, PAUSE = 4, 1  # tries that bring nothing new; seconds between two, doubled
LARGEST, RATIO = 4 * 2**30, 50  # bytes unpacked; how many times those of the archive

_COLUMNS = ["userId", "movieId", "rating", "timestamp"]
_GENRES = [f"genre_{k}" for k in range(19)]


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


class _Set(NamedTuple):
    md5: str | None  # None: the set changes from time to time
    ratings: str
    items: str
    reading: dict
    reading_items: dict


_CSV = ("ratings.csv", "movies.csv", {}, {})
_DAT = {"names": _COLUMNS, "sep": "::"}
_DAT_ITEMS = {"names": ["movieId", "title", "genres"], "sep": "::"}
_SETS = {
    "ml-latest-small": _Set(None, *_CSV),
    "ml-100k": _Set(
        "0e33842e24a9c977be4e0107933c0723",
        "u.data",
        "u.item",
        {"names": _COLUMNS, "sep": "\t"},
        {
            "names": ["movieId", "title", "released", "on_video", "url", *_GENRES],
            "sep": "|",
            "encoding": "latin-1",
        },
    ),
    "ml-1m": _Set(
        "c4d9eecfca2ab87c1945afe126590906",
        "ratings.dat",
        "movies.dat",
        _DAT,
        {**_DAT_ITEMS, "encoding": "latin-1"},
    ),
    "ml-10m": _Set(
        "ce571fd55effeba0271552578f2648bd",
        "ratings.dat",
        "movies.dat",
        _DAT,
        _DAT_ITEMS,
    ),
    "ml-25m": _Set("6b51fb2759a8657d3bfcbfc42b592ada", *_CSV),
    "ml-32m": _Set("d472be332d4daa821edc399621853b57", *_CSV),
}


def fetch_movielens(name, folder=None, *, progress=True):
    """Fetch a MovieLens set from GroupLens, check it, and unpack it into a folder.

    A set that is in the folder is not fetched again. A download that breaks off goes on
    where it stopped, at once or with the next call. The archive is compared with the
    md5 sum that GroupLens publishes (for ml-latest-small, which changes, with the sum
    that lies beside it) and unpacked whole or not at all. Then the licence in its
    README is printed, once: these sets are for research and teaching.

    Args:
        name: "ml-latest-small", "ml-100k", "ml-1m", "ml-10m", "ml-25m" or "ml-32m".
        folder: where the sets are kept; None: the user's cache folder.
        progress: show the download as a bar (on stderr).

    Returns:
        `MovieLens`: the files, and how to read them.

    Raises:
        ValueError: there is no such set; the archive has another sum, or would put a
            file outside of the folder, or is larger unpacked than any of these sets.
        OSError: nothing, or not all, could be fetched or written.
    """
    if not isinstance(name, str) or name not in _SETS:
        raise ValueError(f"name must be one of {', '.join(_SETS)}, not {name!r:.60}")
    if folder is not None and not isinstance(folder, (str, Path)):
        raise ValueError(f"folder must be the name of a folder, not {folder!r:.60}")
    folder = Path(pooch.os_cache("collab") if folder is None else folder)
    known, target = _SETS[name], folder / name
    new = not target.exists()
    if new:
        _unpack(_fetch(f"{name}.zip", known.md5, folder, progress), target, known)
    licence = next(iter(sorted(target.glob("README*"))), target)
    files = MovieLens(target / known.ratings, target / known.items, licence, *known[3:])
    for path in files[:2]:
        if not path.is_file():
            raise ValueError(f"{target} lacks {path.name}: remove it and fetch it anew")
    if new:
        print(f"{name} is in {target}; its licence, from {licence}:{_terms(licence)}")
    return files


def _fetch(file, md5, folder, progress):
    """The path of GroupLens's file in this folder, with this md5 sum."""

    def download(url, output_file, _):
        return _download(url, folder / f"{file}.part", output_file, progress)

    pooch.get_logger().setLevel("WARNING")  # the bar says enough
    url = f"{HOST}/{file}"
    if md5 is None:
        with tempfile.TemporaryDirectory() as beside:
            sums = Path(beside) / "sums"
            _download(f"{url}.md5", sums.with_suffix(".part"), sums, progress=False)
            text = sums.read_text("utf-8", errors="replace")
        found = re.search(r"\b[0-9a-fA-F]{32}\b", text)
        if not found:
            raise ValueError(f"{url}.md5 holds no md5 sum, but {text!r:.60}")
        md5 = found[0].lower()
    return Path(pooch.retrieve(url, f"md5:{md5}", file, folder, downloader=download))


def _download(url, part, output_file, progress):
    """Fetch into `part`, from where it ends; when all is there, it is the output."""
    failures, longest = 0, 0
    while True:
        try:
            with part.open("ab") as file:
                _fetch_rest(url, file, progress)
            os.replace(part, output_file)
            return
        except _network_errors() as error:
            status = getattr(error.response, "status_code", None)
            if status and status < 500 and status != 416:
                raise OSError(f"the server answers {error}") from None
            failures = 1 if part.stat().st_size > longest else failures + 1
            longest = max(longest, part.stat().st_size)
            if failures >= ATTEMPTS:
                while error.__context__:
                    error = error.__context__
                raise ConnectionError(
                    f"{url} could not be fetched ({error}); what has come is kept, and "
                    "the next call goes on from there. Without a network, "
                    "made_up_ratings makes a table of any size"
                ) from None
            time.sleep(PAUSE * 2 ** (failures - 1))


def _fetch_rest(url, file, progress):
    """Append to an open file what it lacks."""

    def look(response, **_):
        if response.status_code in (200, 416):  # all of it; no such place in the file
            file.truncate(0)

    headers = {"Accept-Encoding": "identity"}
    if file.tell():
        headers["Range"] = f"bytes={file.tell()}-"
    get = pooch.HTTPDownloader(
        progress, 2**16, headers=headers, hooks={"response": look}, timeout=TIMEOUT
    )
    get(url, file, None)


def _network_errors():
    from requests.exceptions import RequestException  # takes 0.2 s

    return RequestException


def _unpack(path, target, known):
    """The folder inside the archive that holds the ratings, as the folder `target`."""
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary:
        try:
            with zipfile.ZipFile(path) as archive:
                _refuse_unsafe(path, archive.infolist())
                # zipfile reads no more of a member than its declared size.
                archive.extractall(temporary)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ValueError(f"{path} is damaged or locked: {error}") from None
        found = list(Path(temporary).rglob(known.ratings))
        if len(found) != 1:
            raise ValueError(f"{path} holds {len(found)} files {known.ratings}")
        os.replace(found[0].parent, target)
    path.unlink()


def _refuse_unsafe(path, members):
    """An archive may hold files and folders below its own place, of sane size."""
    for member in members:
        name = member.filename
        place = PureWindowsPath(name)  # knows drives, and both kinds of slash
        if place.drive or place.root or ".." in place.parts:
            raise ValueError(f"{path}: {name!r} would leave the folder; not unpacked")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ValueError(f"{path}: {name!r} is no file, but a link or a device")
    size = sum(member.file_size for member in members)
    limit = min(LARGEST, RATIO * path.stat().st_size)
    if size > limit:
        raise ValueError(
            f"{path} would fill {size:,} bytes, more than the {limit:,} that are "
            "taken for safe; not unpacked"
        )


def _terms(readme):
    """The part of a README that has the licence as its heading, if it is found."""
    text = readme.read_text("utf-8", errors="replace") if readme.is_file() else ""
    found = re.search(
        r"^[^\n]*licen[sc]e[^\n]*\n[=-]{3,}\s*\n(.*?)(?=^[^\n]+\n[=-]{3,}\s*$|\Z)",
        text,
        re.IGNORECASE | re.MULTILINE | re.DOTALL,
    )
    return f"\n\n{found[1].strip()}\n" if found else " read it before use"
