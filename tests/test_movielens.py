"""MovieLens by name, from a server on this machine."""

import hashlib
import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest

from collab import movielens
from collab.data import load_items, load_ratings
from collab.movielens import fetch_movielens

README = """Summary
=======

A set.

Usage License
=============

Neither the University nor anybody guarantees a thing.

Citation
========

Cite it.
"""
RATINGS = [
    (1, 31, 2.5, 1260759144),
    (1, 1029, 3.0, 1260759179),
    (7, 31, 4.0, 851868750),
]
TITLES = {31: "Amélie, the (2001)", 1029: "Dumbo (1941)"}
CSV = {
    "ratings.csv": "userId,movieId,rating,timestamp\n"
    + "".join(f"{u},{i},{r},{t}\n" for u, i, r, t in RATINGS),
    "movies.csv": "movieId,title,genres\n"
    + "".join(f'{i},"{title}",Drama|Comedy\n' for i, title in TITLES.items()),
    "README.txt": README,
}
DAT = "".join(f"{u}::{i}::{r:g}::{t}\n" for u, i, r, t in RATINGS)
DAT_TITLES = "".join(f"{i}::{title}::Drama|Comedy\n" for i, title in TITLES.items())
BAR = "".join(
    f"{i}|{title}|01-Jan-1995||http://x/?{i}{'|0' * 18}|1\n"
    for i, title in TITLES.items()
)
SETS = dict.fromkeys(["ml-latest-small", "ml-25m", "ml-32m"], CSV) | {
    "ml-100k": {
        "u.data": DAT.replace("::", "\t"),
        "u.item": BAR.encode("latin-1"),
        "README": README.replace("Usage License", "SUMMARY & USAGE LICENSE"),
    },
    "ml-1m": {
        "ratings.dat": DAT,
        "movies.dat": DAT_TITLES.encode("latin-1"),
        "README": README,
    },
    "ml-10m": {
        "ratings.dat": DAT,
        "movies.dat": DAT_TITLES,
        "README.html": "<h1>Summary</h1>",
    },
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def publish(monkeypatch, tmp_path):
    """A function that puts a set on a server; `.asked` counts what was fetched."""
    served = tmp_path / "served"
    served.mkdir()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(movielens, "HOST", f"http://127.0.0.1:{server.server_port}")

    def publish(name, without=(), md5=None):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for file in set(SETS[name]) - set(without):
                archive.writestr(f"as-they-call-it/{file}", SETS[name][file])
        (served / f"{name}.zip").write_bytes(buffer.getvalue())
        if movielens._SETS[name][0]:
            md5 = md5 or hashlib.md5(buffer.getvalue()).hexdigest()
            known = (md5, *movielens._SETS[name][1:])
            monkeypatch.setitem(movielens._SETS, name, known)
        return served / f"{name}.zip"

    yield publish
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", SETS)
def test_every_set_is_read_into_the_one_table(name, publish, tmp_path):
    publish(name)
    files = fetch_movielens(name, tmp_path / "sets", progress=False)
    table = load_ratings(files.ratings, **files.reading)
    want = pd.DataFrame(RATINGS, columns=["userId", "movieId", "rating", "timestamp"])
    pd.testing.assert_frame_equal(table, want)
    items = load_items(files.items, **files.reading_items)
    assert dict(zip(items["movieId"], items["title"], strict=True)) == TITLES
    assert files.licence.name.startswith("README")
    assert all((tmp_path / "sets" / name) in path.parents for path in files[:3])


def test_the_names_and_sums_are_those_of_grouplens():
    # Compared with the published <name>.zip.md5 by several projects that quote them.
    assert {name: md5 for name, (md5, *_) in movielens._SETS.items()} == {
        "ml-latest-small": None,
        "ml-100k": "0e33842e24a9c977be4e0107933c0723",
        "ml-1m": "c4d9eecfca2ab87c1945afe126590906",
        "ml-10m": "ce571fd55effeba0271552578f2648bd",
        "ml-25m": "6b51fb2759a8657d3bfcbfc42b592ada",
        "ml-32m": "d472be332d4daa821edc399621853b57",
    }
    assert movielens.HOST == "https://files.grouplens.org/datasets/movielens"


@pytest.mark.parametrize("name", ["ml-latest-small", "ml-1m"])
def test_a_set_is_fetched_once_and_its_licence_shown_once(
    name, publish, tmp_path, capfd
):
    archive = publish(name)
    first = fetch_movielens(name, tmp_path / "sets", progress=False)
    told, bar = capfd.readouterr()
    assert f"{name} is in {tmp_path / 'sets' / name}" in told
    assert "its licence:\n\nNeither the University" in told
    assert "A set." not in told
    assert "Cite it" not in told
    assert bar == ""
    archive.unlink()
    assert fetch_movielens(name, tmp_path / "sets", progress=False) == first
    assert capfd.readouterr() == ("", "")


def test_a_licence_without_a_heading_is_named(publish, tmp_path, capsys):
    publish("ml-10m")
    licence = fetch_movielens("ml-10m", tmp_path / "sets", progress=False).licence
    assert f"its licence: read {licence} before use\n" in capsys.readouterr().out


def test_without_a_folder_the_sets_are_in_the_users_cache(
    publish, monkeypatch, tmp_path
):
    publish("ml-1m")
    monkeypatch.setattr(movielens.pooch, "os_cache", lambda name: tmp_path / name)
    fetch_movielens("ml-1m", progress=False)
    assert (tmp_path / "collab" / "ml-1m.zip").exists()


def test_a_set_is_unpacked_whole_or_not_at_all(publish, monkeypatch, tmp_path):
    publish("ml-1m")

    def stopped(archive, path, *_):
        archive.extract("as-they-call-it/ratings.dat", path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "extractall", stopped)
        with pytest.raises(KeyboardInterrupt):
            fetch_movielens("ml-1m", tmp_path / "sets", progress=False)
    assert not (tmp_path / "sets" / "ml-1m").exists()
    assert fetch_movielens("ml-1m", tmp_path / "sets", progress=False).items.exists()


def test_another_file_is_refused_and_not_kept(publish, tmp_path):
    publish("ml-1m", md5="0" * 32)
    with pytest.raises(ValueError, match=r"ml-1m.zip.*does not match the known hash"):
        fetch_movielens("ml-1m", tmp_path / "sets", progress=False)
    assert list((tmp_path / "sets").iterdir()) == []


@pytest.mark.parametrize("file", ["ratings.dat", "movies.dat", "README"])
def test_a_set_that_lacks_a_file_is_not_taken_for_whole(file, publish, tmp_path):
    publish("ml-1m", without=[file])
    with pytest.raises(ValueError, match=rf"ml-1m lacks {file}: remove it, and fetch"):
        fetch_movielens("ml-1m", tmp_path / "sets", progress=False)


def test_what_is_not_there_is_an_oserror(publish, tmp_path):
    with pytest.raises(OSError, match=r"404 .*ml-1m\.zip"):
        fetch_movielens("ml-1m", tmp_path / "sets", progress=False)


@pytest.mark.parametrize("name", ["ml-20m", ["ml-1m"]])
def test_a_name_of_no_set_is_refused(name):
    with pytest.raises(
        ValueError, match=r"name must be one of ml-latest-small, .*, no"
    ):
        fetch_movielens(name)
