"""Titles and a recommender → a panel for JupyterLab: search, rate, see the list change.

>>> import pandas as pd
>>> from collab.panel import RatingPanel
>>> titles = pd.Series({7: "Alien (1979)", 5: "Brazil (1985)"})
>>> def recommend(ratings):
...     return pd.Series({7: 3.5, 5: 3.0}).drop(ratings.index)
>>> panel = RatingPanel(titles, recommend, scale=(1, 5))
>>> panel.rate(7, 4)
>>> panel.ratings.to_dict()
{7: 4.0}
>>> panel  # where no browser shows it: the list as text
 3.00  Brazil (1985)
"""

import os
from collections.abc import Callable
from pathlib import Path
from threading import RLock

import anywidget
import numpy as np
import pandas as pd
import traitlets

from collab.assets import asset
from collab.checks import (
    Id,
    Scale,
    _rounded,
    check_by_id,
    check_ids,
    check_numbers,
    check_whole,
    rating_steps,
)
from collab.titles import check_labels


class RatingPanel(anywidget.AnyWidget):
    """Search a title, rate it, watch the recommendations change.

    The panel knows no model: it collects ratings and shows what `recommend` makes of
    them. `ratings` is the Series collected so far, the newest last; `shown` is the list
    on the screen; `rate`, `forget` and `clear` do from code what a click does.
    """

    _esm = asset("shared.js") + "\n" + asset("panel.js")
    _css = asset("panel.css")
    catalogue = traitlets.List().tag(sync=True)  # what the browser searches: the titles
    screen = traitlets.Dict().tag(sync=True)  # all else that it shows

    def __init__(
        self,
        titles: pd.Series,
        recommend: Callable[[pd.Series], pd.Series],
        *,
        scale: Scale,
        step: float | str | None = None,
        n_found: int = 8,
        unit: str = "★",
        what: str = "title",
        ratings: pd.Series | str | Path | None = None,
    ) -> None:
        """Build the panel; as the last line of a cell it is shown.

        Args:
            titles: a Series of titles by item id: what can be searched. All of them go
                to the browser, once. A missing title is shown as its id, a title of
                several items with their ids.
            recommend: a function from a Series of ratings by item id (at first an empty
                one) to a Series of scores by item id, the best first. An item without a
                title is shown as its id. What it raises at first is raised as it is.
            scale: the lowest and the highest rating there is.
            step: from one rating to the next. If None: 1 where that makes at most 11
                whole numbers, else the finest of …, 0.5, 1, 2, 5, 10, … that makes at
                most 11 ratings, with the ends of the scale. Where that is more than
                1, or `step` is "any", a reader can type any mark of the scale as well.
            n_found: how many titles a search shows, in the order of `titles`: put what
                people look for first.
            unit, what: what a rating is counted in, and what is rated.
            ratings: by item id, to begin with, the newest last; or the path of a file
                that Save made: a csv whose first columns are id and rating. A kernel
                that is restarted forgets a panel. The browser still saves what it has.
        """
        self.titles = check_labels(titles)
        if not callable(recommend):
            raise ValueError(f"recommend must be a function, not {recommend!r}")
        self._recommend = recommend
        self._unit = unit
        self._stars = rating_steps(scale, None if step == "any" else step)
        coarse = step is None and max(np.diff(self._stars).tolist(), default=0) > 1
        self._typed = coarse or step == "any"
        n_found = min(check_whole(n_found, "n_found"), len(self.titles))
        self._rows = {item: row for row, item in enumerate(self.titles.index.tolist())}
        self._lock = RLock()
        # The last word on each item, (n, stars or None) by row, and the numbers of the
        # newest message and of the newest "clear all".
        self._said, self._n, self._cleared = {}, 0, 0
        self.catalogue = self.titles.tolist()
        given = {"stars": self._stars, "typed": self._typed}
        self._show(unit=unit, what=what, n_found=n_found, **given)
        text = f"Choose one {what}, then click its rating."
        self._change(self._begun(ratings), 0, text)
        super().__init__()
        self.on_msg(self._receive)

    def _begun(self, ratings):
        """The words that ratings to begin with are."""
        if ratings is None:
            return {}
        if isinstance(ratings, (str, os.PathLike)):
            # An id such as "007" or "NA" stays as it is.
            as_it_is = {0: str} if isinstance(self.titles.index[0], str) else None
            options = {"usecols": [0, 1], "keep_default_na": False}
            table = pd.read_csv(ratings, index_col=0, converters=as_it_is, **options)
            ratings = table.iloc[:, 0]
        items = check_by_id(ratings, "ratings").index.tolist()
        stars = [_rounded(one) for one in check_numbers(ratings, "ratings")]
        self._n = len(items)
        rows = [self._row(item) for item in items]
        return dict(zip(rows, enumerate(map(self._given, stars), 1), strict=True))

    def rate(self, item: Id, stars: float) -> None:
        """Rate an item, or rate it anew; where that raises, nothing changes."""
        stars = _rounded(check_numbers([stars], "stars")[0])
        with self._lock:
            self._say(self._row(item), stars, self._n + 1)

    def forget(self, item: Id) -> None:
        """Take a rating back; where there is none, that is a `ValueError`."""
        with self._lock:
            if self._said.get(self._row(item), (0, None))[1] is None:
                raise ValueError(f"item={item!r} is not rated")
            self._say(self._row(item), None, self._n + 1)

    def clear(self) -> None:
        """Take all ratings back."""
        with self._lock:
            self._clear(self._n + 1)

    def _row(self, item):
        # Not True, which is 1 to a dict; nor a list, which is no key.
        if not isinstance(item, (bool, np.bool_)) and pd.api.types.is_hashable(item):
            row = self._rows.get(item)
            if row is not None:
                return row
        like = self.titles.index.tolist()[0]
        raise ValueError(f"titles has no item={item!r}; its ids are like {like!r}")

    def _receive(self, _, message, buffers):
        """Do what a reader did; what a callback raises, JupyterLab hides in its log."""
        with self._lock:
            try:
                if "clear" in message:
                    self._clear(message["n"])
                else:
                    self._say(message["item"], message["stars"], message["n"])
            except Exception as error:
                text = f"Nothing changed. {type(error).__name__}: {error}"
                self._show(message=text)

    def _say(self, row, stars, n):
        self._n = max(self._n, n)
        if n < self._said.get(row, (self._cleared,))[0]:
            return  # overtaken by a newer word on this item
        stars = None if stars is None else self._given(stars)
        text = "Taken back:" if stars is None else f"{stars:.12g} {self._unit} for"
        said = {**self._said, row: (n, stars)}
        self._change(said, self._cleared, f"{text} {self.titles.iloc[row]}")

    def _given(self, stars):
        """One of the ratings there are."""
        between = self._stars[0] <= stars <= self._stars[-1]
        if stars not in self._stars and not (self._typed and between):
            raise ValueError(f"stars={stars:.12g} is none of the ratings {self._stars}")
        return stars

    def _clear(self, n):
        self._n = max(self._n, n)
        said = {row: word for row, word in self._said.items() if word[0] > n}
        self._change(said, max(n, self._cleared), "All ratings are taken back.")

    def _change(self, said, cleared, message):
        """Show what follows from the ratings; all that can fail comes first."""
        given = [(n, row) for row, (n, stars) in said.items() if stars is not None]
        rows = [row for _, row in sorted(given)]
        stars, items = [said[row][1] for row in rows], self.titles.index.take(rows)
        ratings = pd.Series(stars, items, dtype="float64")
        shown = self._recommend(ratings.copy())  # a copy: it may change what it gets
        lines = self._lines(shown)
        self._said, self._cleared = said, cleared
        self.ratings, self.shown = ratings, shown
        rated = [
            [row, f"{said[row][1]:.12g} {self._unit}", self.titles.iloc[row]]
            for row in reversed(rows)
        ]
        n = len(rows)
        whom = f"from your {n} rating{'s' * (n > 1)}" if n else "to everybody, so far"
        whom = whom if lines else "nothing left to recommend"
        table = pd.DataFrame({"rating": ratings, "title": self.titles.loc[items]})
        csv = table.to_csv(index_label="id", lineterminator="\n")
        self._show(shown=lines, rated=rated, whom=whom, message=message, csv=csv)

    def _lines(self, shown):
        """Title and score of each recommended item, as text."""
        if not isinstance(shown, pd.Series):
            kind = type(shown).__name__
            raise ValueError(f"recommend must return a Series of scores, not {kind}")
        scores = check_numbers(shown, "the scores of recommend") if len(shown) else []
        known = self.titles.index
        items = check_ids(shown.index, "the index of recommend's Series", known)
        return [
            [self.titles.get(item, str(item)), f"{score:.2f}"]
            for item, score in zip(items.tolist(), scores, strict=True)
        ]

    def _show(self, **changes):
        self.screen = {**self.screen, **changes, "n": self._n}

    def __repr__(self):
        """What a page without widgets shows: the list, as text."""
        lines = self.screen["shown"]
        width = max((len(score) for _, score in lines), default=0)
        lines = [f"{score:>{max(width, 5)}}  {title}" for title, score in lines]
        return "\n".join(lines) or self.screen["whom"]
