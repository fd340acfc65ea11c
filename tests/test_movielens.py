"""MovieLens by name, from a server that misbehaves; and tables made up, of any size."""

import hashlib
import io
import re
import stat
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
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
SETS = {
    "ml-latest-small": ("ml-latest-small", CSV),
    "ml-100k": (
        "ml-100k",
        {
            "u.data": DAT.replace("::", "\t"),
            "u.item": "".join(
                f"{i}|{title}|01-Jan-1995||http://x/?{i}{'|0' * 18}|1\n"
                for i, title in TITLES.items()
            ).encode("latin-1"),
            "README": README.replace("Usage License", "SUMMARY & USAGE LICENSE"),
        },
    ),
    "ml-1m": (
        "ml-1m",
        {
            "ratings.dat": DAT,
            "movies.dat": DAT_TITLES.encode("latin-1"),
            "README": README,
        },
    ),
    "ml-10m": (
        "ml-10M100K",
        {
            "ratings.dat": DAT,
            "movies.dat": DAT_TITLES,
            "README.html": "<h1>Summary</h1>",
        },
    ),
    "ml-25m": ("ml-25m", CSV),
    "ml-32m": ("ml-32m", CSV),
}


def packed(files, folder="ml-1m", compression=zipfile.ZIP_DEFLATED):
    """A zip of {name: content}; a name may be a ZipInfo."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            if isinstance(name, str) and folder:
                name = f"{folder}/{name}"
            archive.writestr(name, content)
    return buffer.getvalue()


def noise(n):
    return np.random.default_rng(0).bytes(n)


# Large enough to break in the middle: what arrives is kept 64 KiB at a time.
WHOLE = packed({**SETS["ml-1m"][1], "more.bin": noise(600_000)})


class Server(ThreadingHTTPServer):
    """Serves {name: bytes} and plays one trick after the other, then none."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.tricks, self.asked = {}, [], []
        self.ranges, self.stalling = True, threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, name = self.server, self.path.rpartition("/")[2]
        wanted = self.headers["Range"]
        server.asked.append((name, wanted))
        trick = server.tricks.pop(0) if server.tricks else None
        if trick == "503":
            return self.send_error(503)
        if name not in server.files:
            return self.send_error(404)
        whole = server.files[name]
        begin = int(wanted[6:-1]) if wanted and server.ranges else 0
        if begin and begin >= len(whole):
            return self.send_error(416)
        body = whole[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if trick is None:
            return self.wfile.write(body)
        self.wfile.write(body[: 2 * len(body) // 3])
        self.wfile.flush()
        if trick == "stall":
            server.stalling.wait(5)
        if trick == "reset":  # RST instead of an end
            linger = b"\1\0\0\0\0\0\0\0"
            self.connection.setsockopt(1, 13, linger)  # SOL_SOCKET, SO_LINGER
            self.connection.close()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(movielens, "HOST", f"http://127.0.0.1:{server.server_port}/ml")
    monkeypatch.setattr(movielens, "TIMEOUT", 0.3)
    monkeypatch.setattr(movielens, "PAUSE", 0)
    yield server
    server.stalling.set()
    server.shutdown()
    server.server_close()
    thread.join()


def serve(server, monkeypatch, name="ml-1m", content=WHOLE, md5=None):
    """Put an archive on the server; its sum is known, unless `md5` says otherwise."""
    server.files[f"{name}.zip"] = content
    md5 = hashlib.md5(content).hexdigest() if md5 is None else md5
    known = movielens._SETS[name]._replace(md5=md5)
    monkeypatch.setitem(movielens._SETS, name, known)


def fetch(folder, name="ml-1m"):
    return fetch_movielens(name, folder, progress=False)


# Every set, one table -----------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_every_set_is_read_into_the_one_table(name, server, monkeypatch, tmp_path):
    inside, files = SETS[name]
    serve(server, monkeypatch, name, packed(files, inside))
    files = fetch(tmp_path, name)
    table = load_ratings(files.ratings, **files.reading)
    want = pd.DataFrame(RATINGS, columns=["userId", "movieId", "rating", "timestamp"])
    pd.testing.assert_frame_equal(table, want)
    items = load_items(files.items, **files.reading_items)
    assert dict(zip(items["movieId"], items["title"], strict=True)) == TITLES
    assert {path.parent for path in files[:3]} == {tmp_path / name}
    assert files.licence.name.startswith("README")
    assert [path.name for path in tmp_path.iterdir()] == [name]  # nothing left over


def test_the_names_and_sums_are_those_of_grouplens():
    # Compared with the published <name>.zip.md5 by several projects that quote them.
    assert {name: known.md5 for name, known in movielens._SETS.items()} == {
        "ml-latest-small": None,
        "ml-100k": "0e33842e24a9c977be4e0107933c0723",
        "ml-1m": "c4d9eecfca2ab87c1945afe126590906",
        "ml-10m": "ce571fd55effeba0271552578f2648bd",
        "ml-25m": "6b51fb2759a8657d3bfcbfc42b592ada",
        "ml-32m": "d472be332d4daa821edc399621853b57",
    }
    assert movielens.HOST == "https://files.grouplens.org/datasets/movielens"


def test_the_licence_is_shown_once_and_a_set_is_fetched_once(
    server, monkeypatch, tmp_path, capfd
):
    serve(server, monkeypatch)
    first = fetch(tmp_path)
    told, bar = capfd.readouterr()
    assert f"ml-1m is in {tmp_path / 'ml-1m'}" in told
    assert f"from {first.licence}:\n\nNeither the University" in told
    assert "A set." not in told
    assert "Cite it" not in told
    assert bar == ""
    server.files.clear()
    assert fetch(tmp_path) == first
    assert capfd.readouterr() == ("", "")
    assert len(server.asked) == 1


def test_a_licence_without_a_heading_is_named(server, monkeypatch, tmp_path, capsys):
    inside, files = SETS["ml-10m"]
    serve(server, monkeypatch, "ml-10m", packed(files, inside))
    licence = fetch(tmp_path, "ml-10m").licence
    assert f"from {licence}: read it before use\n" in capsys.readouterr().out


def test_progress_is_a_bar_on_stderr(server, monkeypatch, tmp_path, capfd):
    serve(server, monkeypatch)
    fetch_movielens("ml-1m", tmp_path)
    assert "100%" in capfd.readouterr().err


def test_without_a_folder_the_sets_are_in_the_users_cache(
    server, monkeypatch, tmp_path
):
    serve(server, monkeypatch)
    monkeypatch.setattr(movielens.pooch, "os_cache", lambda name: tmp_path / name)
    files = fetch_movielens("ml-1m", progress=False)
    assert files.ratings == tmp_path / "collab" / "ml-1m" / "ratings.dat"


# A server that misbehaves -------------------------------------------------------------


@pytest.mark.parametrize("trick", ["stall", "cut", "reset"])
def test_a_broken_download_goes_on_where_it_stopped(
    trick, server, monkeypatch, tmp_path
):
    serve(server, monkeypatch)
    server.tricks = [trick, trick]
    assert fetch(tmp_path).ratings.read_text() == DAT
    begins = [int(wanted[6:-1]) if wanted else 0 for _, wanted in server.asked]
    assert len(begins) == 3
    assert begins[0] == 0
    assert begins == sorted(begins)
    if trick != "reset":  # which may take with it what was under way
        assert len(WHOLE) / 2 < begins[1] < begins[2] < len(WHOLE)


def test_the_next_call_goes_on_where_the_last_one_gave_up(
    server, monkeypatch, tmp_path
):
    serve(server, monkeypatch)
    monkeypatch.setattr(movielens, "ATTEMPTS", 1)
    server.tricks = ["cut"]
    with pytest.raises(ConnectionError, match="the next call goes on from there"):
        fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ml-1m.zip.part"]
    assert fetch(tmp_path).ratings.read_text() == DAT
    assert server.asked[1][1] is not None


def test_a_server_that_ignores_ranges_begins_anew(server, monkeypatch, tmp_path):
    serve(server, monkeypatch)
    server.ranges, server.tricks = False, ["cut"]
    assert fetch(tmp_path).ratings.read_text() == DAT
    assert server.asked[1][1] is not None  # it was asked for the rest


def test_tries_that_bring_nothing_new_come_to_an_end(server, monkeypatch, tmp_path):
    serve(server, monkeypatch)
    server.ranges, server.tricks = False, ["cut"] * 9
    with pytest.raises(ConnectionError, match=r"could not be fetched \(.*more expecte"):
        fetch(tmp_path)
    assert len(server.asked) == movielens.ATTEMPTS


def test_a_busy_server_is_asked_again(server, monkeypatch, tmp_path):
    serve(server, monkeypatch)
    pauses = []
    monkeypatch.setattr(movielens, "PAUSE", 1)
    monkeypatch.setattr(movielens.time, "sleep", pauses.append)
    server.tricks = ["503", "503"]
    assert fetch(tmp_path).ratings.read_text() == DAT
    assert pauses == [1, 2]


@pytest.mark.parametrize("length", [len(WHOLE), len(WHOLE) + 70_000])
def test_a_part_that_is_no_beginning_is_thrown_away(
    length, server, monkeypatch, tmp_path
):
    serve(server, monkeypatch)
    (tmp_path / "ml-1m.zip.part").write_bytes(noise(length))
    assert fetch(tmp_path).ratings.read_text() == DAT


def test_another_file_is_refused_and_not_kept(server, monkeypatch, tmp_path):
    serve(server, monkeypatch, md5="0" * 32)
    with pytest.raises(ValueError, match=r"ml-1m.zip.*does not match the known hash"):
        fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_set_that_changes_is_compared_with_the_sum_beside_it(
    server, monkeypatch, tmp_path
):
    content = packed(CSV, "ml-latest-small")
    server.files["ml-latest-small.zip"] = content
    right = hashlib.md5(content).hexdigest().upper()
    for sums, message in [
        ("<html>Not here</html>", "holds no md5 sum, but '<html>Not here</html>'"),
        (f"MD5 (ml-latest-small.zip) = {'0' * 32}\n", "does not match the known hash"),
        (f"{right}  ml-latest-small.zip\n", None),
    ]:
        server.files["ml-latest-small.zip.md5"] = sums.encode()
        if message:
            with pytest.raises(ValueError, match=message):
                fetch(tmp_path, "ml-latest-small")
    assert fetch(tmp_path, "ml-latest-small").ratings.read_text() == CSV["ratings.csv"]


def test_what_is_not_there_is_told_at_once(server, tmp_path):
    with pytest.raises(
        OSError, match=r"the server answers 404 .*Not Found.*ml-1m\.zip"
    ):
        fetch(tmp_path)
    assert len(server.asked) == 1


def test_offline_it_says_so_in_one_sentence(server, monkeypatch, tmp_path):
    monkeypatch.setattr(movielens, "HOST", "http://127.0.0.1:9/ml")  # nobody listens
    with pytest.raises(ConnectionError) as caught:
        fetch(tmp_path)
    told = str(caught.value)
    assert re.match(r"http://127.0.0.1:9/ml/ml-1m.zip could not be fetched \(\[", told)
    assert "refused" in told
    assert "made_up_ratings makes a table of any size" in told
    assert "\n" not in told
    assert "HTTPConnection" not in told


# An archive that misbehaves -----------------------------------------------------------


def link(name, kind=stat.S_IFLNK):
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


BOMB = packed({**SETS["ml-1m"][1], "zeros": bytes(10_000_000)})
LIAR = packed({"ratings.dat": bytes(100_000)}).replace(
    (100_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed({"../evil": "x"}, ""), r"'\.\./evil' would leave the folder"),
        (packed({"ml-1m/../../evil": "x"}, ""), "would leave the folder"),
        (packed({"/tmp/evil": "x"}, ""), "'/tmp/evil' would leave the folder"),
        (packed({r"..\evil": "x"}, ""), "would leave the folder"),
        (packed({"C:evil": "x"}, ""), "'C:evil' would leave the folder"),
        (packed({link("ml-1m/evil"): "/etc"}), "'ml-1m/evil' is no file, but a link"),
        (packed({link("pipe", stat.S_IFIFO): ""}), "'pipe' is no file"),
        (BOMB, r"would fill 10,000,\d+ bytes, more than the [\d,]+ that are taken for"),
        (LIAR, "is damaged or locked"),
        (WHOLE[:-100], "is damaged or locked"),
        (packed({"movies.dat": "1::A::B\n"}), "holds 0 files ratings.dat"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_an_unsafe_archive_leaves_nothing_behind(
    content, message, server, monkeypatch, tmp_path
):
    serve(server, monkeypatch, content=content)
    with pytest.raises(ValueError, match=message):
        fetch(tmp_path / "sets")
    assert [path.name for path in tmp_path.iterdir()] == ["sets"]
    assert [path.name for path in (tmp_path / "sets").iterdir()] == ["ml-1m.zip"]


def test_no_set_may_be_larger_than_the_limit(server, monkeypatch, tmp_path):
    serve(server, monkeypatch)
    monkeypatch.setattr(movielens, "LARGEST", 600_000)
    with pytest.raises(ValueError, match="more than the 600,000 that are taken"):
        fetch(tmp_path)
    monkeypatch.setattr(movielens, "LARGEST", 700_000)
    assert fetch(tmp_path).ratings.exists()


def test_a_disk_that_is_full_in_the_middle_leaves_no_half_of_a_set(
    server, monkeypatch, tmp_path
):
    serve(server, monkeypatch)

    def full(archive, folder):
        archive.extract("ml-1m/ratings.dat", folder)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "extractall", full)
        with pytest.raises(OSError, match="No space left"):
            fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ml-1m.zip"]
    assert fetch(tmp_path).items.exists()
    assert len(server.asked) == 1  # the archive was there already


def test_a_set_that_lost_a_file_is_not_taken_for_whole(server, monkeypatch, tmp_path):
    serve(server, monkeypatch)
    fetch(tmp_path).items.unlink()
    with pytest.raises(ValueError, match=r"ml-1m lacks movies\.dat: remove it and"):
        fetch(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ml-20m",), "name must be one of ml-latest-small, .*, not 'ml-20m'"),
        ((["ml-1m"],), r"name must be one of .*, not \['ml-1m'\]"),
        (("ml-1m", 5), "folder must be the name of a folder, not 5"),
    ],
)
def test_refuses_what_names_no_set_or_folder(arguments, message):
    with pytest.raises(ValueError, match=message):
        fetch_movielens(*arguments)
