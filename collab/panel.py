"""A search box, stars, and a list that changes at once: a panel for JupyterLab."""

from html import escape
from math import isclose

import ipywidgets as widgets
import pandas as pd

# A <select> takes no layout from ipywidgets: a long title would give it a scroll bar.
_STYLE = """<style>
.rating-panel :is(p, ol) { line-height: 1.6; margin: 0; }
.rating-panel .note { color: var(--jp-ui-font-color2, #666); }
.rating-panel .error { color: var(--jp-error-color1, #b00); }
.rating-panel p:has(span) { display: flex; justify-content: space-between; gap: 1em; }
.rating-panel ol { padding-left: 2.2em; }
.rating-panel .rated { padding: 0.3em; }
.rating-panel :is(select, option) { overflow: hidden; text-overflow: ellipsis; }
</style>"""


class RatingPanel(widgets.HBox):
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
            ValueError: `titles` is empty, has an id twice or something else than text;
                `scale` is no whole number of steps; `recommend` has no list at first.
        """
        if not isinstance(titles, pd.Series) or titles.empty:
            raise ValueError("titles must be a Series of titles by item id, not empty")
        twice = titles.index[titles.index.duplicated()]
        if len(twice):
            raise ValueError(f"titles has {twice[0]} twice")
        for title in titles:
            if not isinstance(title, str):
                raise ValueError(f"titles holds {title!r}, which is not text")
        self.titles, self._recommend, self._n_found = titles, recommend, n_found
        self.ratings = pd.Series(index=titles.index[:0], dtype="float64")
        self._searched = titles.str.casefold()
        self._stars, self._lines = _steps(*scale, step), {}

        wide = {"width": "auto"}
        self._search = widgets.Text(placeholder="a word of the title …", layout=wide)
        self._found = widgets.Select(rows=min(n_found, len(titles)), layout=wide)
        self._hint, self._message = widgets.HTML(), widgets.HTML()
        self._rated, self._list = widgets.VBox(), widgets.HTML()
        self._no_rating = widgets.HTML(_note("none yet: your first changes the list"))
        self._search.observe(lambda _: self._show_found(), "value")
        left = [
            widgets.HTML(f"{_STYLE}<b>1. Search a title and choose it</b>"),
            self._search,
            self._found,
            self._hint,
            widgets.HTML("<b>2. Give it stars ★</b>"),
            widgets.HBox([self._star_button(stars) for stars in self._stars]),
            self._message,
        ]
        right = [
            widgets.HTML("<b>3. Recommended</b>"),
            self._list,
            widgets.HTML("<b>Your ratings</b>"),
            self._no_rating,
            self._rated,
        ]
        # Side by side where there is room for both, one below the other elsewhere.
        column = {"flex": "1 1 340px", "margin": "0 20px 0 0"}
        columns = [widgets.VBox(parts, layout=column) for parts in (left, right)]
        wrap = {"flex_flow": "row wrap"}
        super().__init__(columns, layout=wrap, _dom_classes=["rating-panel"])
        self._show_found()
        self._change(self.ratings, "Choose a title above, then click its stars.")

    def rate(self, item, stars):
        """Rate an item, or rate it anew.

        Raises:
            ValueError: no such item or stars, or `recommend` refuses; nothing changes.
        """
        if item not in self.titles.index:
            raise ValueError(f"there is no item {item!r}")
        if stars not in self._stars:
            raise ValueError(f"{stars!r} is none of the stars {self._stars}")
        ratings = self.ratings.drop(item, errors="ignore")
        ratings.loc[item] = float(stars)
        self._change(ratings, f"{stars:g} ★ for {self.titles[item]}")

    def forget(self, item):
        """Take a rating back.

        Raises:
            ValueError: there is no rating of this item.
        """
        if item not in self.ratings.index:
            raise ValueError(f"{item!r} is not rated")
        self._change(self.ratings.drop(item), f"Taken back: {self.titles[item]}")

    def _change(self, ratings, message):
        """Show what follows from the ratings; all that can fail comes first."""
        shown = self._recommend(ratings.copy())  # a copy: it may change what it gets
        if not isinstance(shown, pd.Series):
            raise ValueError(f"recommend must return a Series, not {type(shown)}")
        untitled = shown.index.difference(self.titles.index, sort=False)
        if len(untitled):
            raise ValueError(f"recommend has item {untitled[0]}, which has no title")
        lines = [
            f"<li><p><span>{escape(self.titles[item])}</span> <span>{score:.2f}</span>"
            for item, score in shown.items()
        ]
        self.ratings, self.shown = ratings, shown
        n = len(ratings)
        whom = f"from your {n} rating{'s' * (n > 1)}" if n else "to everybody, so far"
        head = f"<p class='note'><span>{whom}</span> <span>score</span></p>"
        self._list.value = f"{head}<ol>{''.join(lines)}</ol>"
        self._no_rating.layout.display = "none" if n else None
        self._rated.children = [self._line(item) for item in reversed(ratings.index)]
        self._message.value = _note(message)

    def _try(self, action, *args):
        """For clicks: what a callback raises, JupyterLab hides in its log."""
        try:
            action(*args)
        except Exception as error:
            text = f"Nothing changed. {type(error).__name__}: {error}"
            self._message.value = _note(text, "error")

    def _star_button(self, stars):
        # All on one line, however narrow.
        layout = {"flex": "1 1 0", "width": "auto", "min_width": "0", "padding": "0"}
        button = widgets.Button(
            description=f"{stars:g}", tooltip=f"{stars:g} stars", layout=layout
        )
        button.on_click(lambda _: self._rate_chosen(stars))
        return button

    def _rate_chosen(self, stars):
        if self._found.value is None:
            self._message.value = _note("Choose a title in the list above first.")
        else:
            self._try(self.rate, self._found.value, stars)

    def _show_found(self):
        found = self._searched
        for word in self._search.value.casefold().split():  # "the matrix": Matrix, The
            found = found[[word in title for title in found]]
        first = found.index[: self._n_found]
        self._found.index = None  # or else the first of the new list would be chosen
        self._found.options = [(self.titles[item], item) for item in first]
        hint = "Click a title to choose it." if len(found) else "Nothing found."
        if len(found) > len(first):
            hint = f"{len(first)} of {len(found):,}: type on to see others"
        self._hint.value = _note(hint)

    def _line(self, item):
        # One line an item, for good: new widgets for all at each click would pile up.
        if item not in self._lines:
            take_back = widgets.Button(
                icon="times", tooltip="take back", layout={"flex": "0 0 2.5em"}
            )
            take_back.on_click(lambda _: self._try(self.forget, item))
            self._lines[item] = widgets.HBox([take_back, widgets.HTML()])
        text = f"<b>{self.ratings[item]:g} ★</b> {escape(self.titles[item])}"
        self._lines[item].children[1].value = f"<p class='rated'>{text}</p>"
        return self._lines[item]

    def __repr__(self):
        """What a page without widgets shows: the list, as text."""
        rows = [(score, self.titles[item]) for item, score in self.shown.items()]
        return "\n".join(f"{score:5.2f}  {title}" for score, title in rows)

    def _repr_mimebundle_(self, **options):
        data = super()._repr_mimebundle_(**options)
        data["text/plain"] = repr(self)  # a widget's own ends after 110 characters
        return data


def _steps(low, high, step):
    n_steps = round((high - low) / step) if step > 0 else -1
    if n_steps < 0 or not isclose(low + n_steps * step, high):
        raise ValueError(f"from {low} to {high} is no whole number of steps of {step}")
    return [round(low + step * k, 9) for k in range(n_steps + 1)]


def _note(text, kind=""):
    return f"<p class='note {kind}'>{escape(text)}</p>"
