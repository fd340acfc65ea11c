"""Steps of long work → one live line, the same in every stored notebook.

>>> from collab.progress import Progress
>>> show = Progress("3 epochs", total=3, visible=False)
>>> for done in (1, 2, 3):
...     show.update(done, f"loss {1 / done:.3f}")
>>> show.close()
"""

import sys
import time


class Progress:
    """A title, and below it one line that is written over as the work goes on.

    In Jupyter the line goes when the work ends, so that a notebook stores (and a check
    compares) the title alone, which does not depend on the run. Elsewhere the line is
    written to stderr, and the last one stays.

    Args:
        title: one line that says what is done.
        total: how many steps there are.
        visible: False shows nothing.
    """

    def __init__(self, title: str, *, total: int, visible: bool = True) -> None:
        self.title, self.total, self.visible = title, total, visible
        self._start, self._shown, self._handle = time.perf_counter(), 0.0, None
        if visible and _in_jupyter():
            from IPython.display import display

            self._handle = display({"text/plain": title}, raw=True, display_id=True)
        elif visible:
            print(title, file=sys.stderr)

    def update(self, done: int, text: str = "") -> None:
        """Show that `done` of all steps are done, and a few words on how it goes."""
        now = time.perf_counter() - self._start
        # Not more often than one sees.
        if now - self._shown > 0.1 or done == self.total:
            self._shown = now
            bar = ("█" * round(20 * done / self.total)).ljust(20, "░")
            self.note(f"{bar} {done}/{self.total}  {text}  {now:.0f} s")

    def note(self, line: str) -> None:
        """Show a line of words instead of the bar."""
        if self._handle:
            self._handle.update({"text/plain": f"{self.title}\n{line}"}, raw=True)
        elif self.visible:
            # Padded: a shorter line must cover a longer one.
            print(f"\r{line:<79}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """The work has ended."""
        if self._handle:
            self._handle.update({"text/plain": self.title}, raw=True)
        elif self.visible:
            print(file=sys.stderr)


def _in_jupyter():
    """Is there a notebook that can rewrite its output?"""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")
