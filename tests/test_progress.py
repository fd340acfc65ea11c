"""collab/progress.py: what a notebook stores, and what a terminal shows."""

import IPython.display
import pytest

from collab import progress
from collab.progress import Progress


class Handle:
    """What `display` returns: it rewrites the output that it stands for."""

    def __init__(self):
        self.lines = []

    def update(self, data, raw):
        assert raw
        self.lines.append(data["text/plain"])


@pytest.fixture
def handle(monkeypatch):
    handle = Handle()

    def display(data, *, raw, display_id):
        assert raw
        assert display_id
        handle.lines.append(data["text/plain"])
        return handle

    monkeypatch.setattr(progress, "_in_jupyter", lambda: True)
    monkeypatch.setattr(IPython.display, "display", display)
    return handle


def test_in_jupyter_the_line_is_live_and_the_title_alone_is_stored(handle, capsys):
    show = Progress("two steps", total=2)
    show.note("looking")
    show._shown = -1  # long ago
    show.update(1)
    show.update(2, "loss 0.500")
    show.close()
    first, looking, half, last, stored = handle.lines
    assert half.startswith(f"two steps\n{'█' * 10}{'░' * 10} 1/2  ")
    assert first == stored == "two steps"
    assert looking == "two steps\nlooking"
    assert last.startswith(f"two steps\n{'█' * 20} 2/2  loss 0.500  ")
    assert capsys.readouterr() == ("", "")


def test_elsewhere_the_line_is_written_over_on_stderr_and_the_last_one_stays(capsys):
    show = Progress("two steps", total=2)
    show.note("a long line of words")
    show.update(2)
    show.close()
    out, err = capsys.readouterr()
    assert out == ""
    title, lines, rest = err.split("\n")
    assert (title, rest) == ("two steps", "")
    assert [line.rstrip()[:20] for line in lines.split("\r")[1:]] == [
        "a long line of words",
        "█" * 20,
    ]
    assert len(lines.split("\r")[1]) >= len("a long line of words".ljust(79))


def test_a_line_is_not_written_more_often_than_one_sees_but_the_last_one_is(handle):
    show = Progress("many steps", total=10_000)
    for done in range(1, 10_001):
        show.update(done)
    assert len(handle.lines) < 1000
    assert " 10000/10000 " in handle.lines[-1]


def test_not_visible_shows_nothing(capsys, handle):
    show = Progress("two steps", total=2, visible=False)
    show.update(2, "loss 0.500")
    show.note("looking")
    show.close()
    assert handle.lines == []
    assert capsys.readouterr() == ("", "")
