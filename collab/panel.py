"""A search box, stars, and a list that changes at once: a panel for JupyterLab."""

from html import escape

import ipywidgets as widgets
import pandas as pd


class RatingPanel(widgets.VBox):
    """Search a title, give stars, watch the recommendations change.

    The panel knows no model: it collects ratings and shows what `recommend` makes of
    them. `ratings` is the Series collected so far; `shown` is the list on the screen;
    `rate` and `forget` do from code what a click does.
    """

    def __init__(self, titles, recommend, *, n_found=8, scale=(0.5, 5.0), step=0.5):
        """Build the panel; as the last line of a cell it is shown.

        Args:
            titles: a Series of titles by item id: what can be searched.
            recommend: a function from a Series of stars by item id (at first an empty
                one) to a Series of scores by item id, the best first.
            n_found: how many titles a search shows, in the order of `titles`: put what
                people look for first.
            scale, step: the stars there are.

        Raises:
            ValueError: `titles` is empty, holds an id twice, or `recommend` has no
                list for somebody without ratings.
        """
        if not isinstance(titles, pd.Series) or titles.empty:
            raise ValueError("titles must be a Series of titles by item id, not empty")
        if not titles.index.is_unique:
            raise ValueError("titles has an id twice")
        self.titles, self._recommend, self._n_found = titles, recommend, n_found
        self.ratings = pd.Series(index=titles.index[:0], dtype="float64")
        n_steps = round((scale[1] - scale[0]) / step) + 1
        self._stars = [scale[0] + step * k for k in range(n_steps)]

        self._search = widgets.Text(placeholder="part of a title …")
        self._found = widgets.Select(rows=n_found, layout={"width": "98%"})
        self._rate = widgets.HBox(
            [self._star_button(stars) for stars in self._stars],
            layout={"flex_flow": "row wrap"},
        )
        self._message = widgets.HTML()
        self._rated = widgets.VBox()
        self._list = widgets.HTML()
        self._search.observe(lambda _: self._show_found(), "value")
        left = [
            widgets.HTML("<b>1. Search a film and choose it</b>"),
            self._search,
            self._found,
            widgets.HTML("<b>2. Give it stars</b>"),
            self._rate,
            self._message,
            widgets.HTML("<b>Your ratings</b>"),
            self._rated,
        ]
        right = [widgets.HTML("<b>3. For you</b>"), self._list]
        columns = [
            widgets.VBox(left, layout={"width": "50%", "min_width": "320px"}),
            widgets.VBox(right, layout={"width": "45%", "min_width": "300px"}),
        ]
        box = widgets.HBox(columns, layout={"flex_flow": "row wrap"})
        super().__init__([box], _dom_classes=["rating-panel"])
        self._show_found()
        self._update()

    def rate(self, item, stars):
        """Rate an item, or rate it anew.

        Raises:
            ValueError: no such item, or no such number of stars; nothing changes.
        """
        if item not in self.titles.index:
            raise ValueError(f"there is no item {item!r}")
        if stars not in self._stars:
            raise ValueError(f"{stars!r} is none of the stars {self._stars}")
        self._change(
            pd.concat(
                [
                    self.ratings.drop(item, errors="ignore"),
                    pd.Series({item: float(stars)}),
                ]
            )
        )

    def forget(self, item):
        """Take a rating back.

        Raises:
            ValueError: there is no rating of this item.
        """
        if item not in self.ratings.index:
            raise ValueError(f"{item!r} is not rated")
        self._change(self.ratings.drop(item))

    def _change(self, ratings):
        before, self.ratings = self.ratings, ratings
        try:
            self._update()
        except Exception:
            self.ratings = before
            raise

    def _star_button(self, stars):
        button = widgets.Button(
            description=f"{stars:g}",
            tooltip=f"{stars:g} stars",
            layout={"width": "3.2em", "padding": "0"},
        )
        button.on_click(lambda _: self._rate_chosen(stars))
        return button

    def _rate_chosen(self, stars):
        if self._found.value is None:
            self._message.value = "Choose a film first."
            return
        try:
            self.rate(self._found.value, stars)
        except ValueError as error:  # the list stays, and the reader learns why
            self._message.value = escape(str(error))

    def _show_found(self):
        part = self._search.value.strip()
        found = self.titles[self.titles.str.contains(part, case=False, regex=False)]
        self._found.options = [
            (title, item) for item, title in found.head(self._n_found).items()
        ]
        more = len(found) - self._n_found
        text = f"and {more:,} more; type on" if more > 0 else ""
        self._message.value = text if len(found) else f"no title has “{escape(part)}”"

    def _update(self):
        self.shown = self._recommend(self.ratings)
        lines = [
            f"<li>{escape(self.titles[item])} <small>{score:.2f}</small></li>"
            for item, score in self.shown.items()
        ]
        self._list.value = f"<ol class='recommended'>{''.join(lines)}</ol>"
        self._rated.children = [self._rated_line(item) for item in self.ratings.index]

    def _rated_line(self, item):
        button = widgets.Button(
            icon="times", tooltip="take back", layout={"width": "2.5em"}
        )
        button.on_click(lambda _: self.forget(item))
        text = f"{self.ratings[item]:g} ★ {escape(self.titles[item])}"
        return widgets.HBox([button, widgets.HTML(text)])

    def __repr__(self):
        """What a page without widgets shows: the list, as text."""
        return "\n".join(
            f"{score:5.2f}  {self.titles[item]}" for item, score in self.shown.items()
        )

    def _repr_mimebundle_(self, **options):
        data = super()._repr_mimebundle_(**options)
        data["text/plain"] = repr(
            self
        )  # whole: a widget's own is cut at 110 characters
        return data
