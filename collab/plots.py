"""Tables → the figures that more than one lesson draws.

Every function draws with matplotlib and returns the Axes, for a reader to go on with;
`plt.show()` is left to the caller. Titles are drawn as they are: `collab.titles` has
short ones.

>>> import pandas as pd
>>> from collab.plots import plot_crosstab
>>> table = pd.DataFrame([[4.0, float("nan")], [1.5, 5.0]], index=[7, 9])
>>> ax = plot_crosstab(table, title="Two users, two movies")
>>> [text.get_text() for text in ax.texts]
['4.0', '1.5', '5.0']
"""

import contextlib
import warnings
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from collab.checks import Scale, check_by_id, check_ids, check_numbers, check_scale

COLORS = plt.get_cmap("YlGnBu").with_extremes(bad="#c4c4c4")  # no rating: grey


def plot_long_tail(
    counts: ArrayLike,
    *,
    what: str = "item",
    plural: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How many ratings each item (or user) has, the most rated first.

    Args:
        counts: ratings per item, at least one, whole numbers above 0, in any order.
        what, plural: the words for one of them and for several, `what` + "s" if None.
    """
    values = check_numbers(counts, "counts")
    wrong = values[(values < 1) | (values % 1 != 0)]
    if len(values) == 0 or len(wrong):
        raise ValueError(f"counts must be whole numbers above 0, not {wrong[:5]}")
    counts = np.sort(values.astype("int64"))[::-1]
    what, plural = _plain(what), _plain(plural or f"{what}s")
    ax = ax or _axes(6.4, 3.6)
    rank = np.arange(1, len(counts) + 1)
    ax.plot(rank, counts, color="#225ea8", drawstyle="steps-mid")
    half = int(np.searchsorted(counts.cumsum(), counts.sum() / 2)) + 1
    ax.axvline(half, color="#d95f0e", linewidth=1)
    left = half > 0.6 * len(counts)  # no room on the right of the line
    ax.annotate(
        "half of all ratings belong\n"
        f"to the first {half:,} {what if half == 1 else plural}",
        (half, 0.9),
        xycoords=("data", "axes fraction"),
        xytext=(-8 if left else 8, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        color="#a63603",
    )
    ax.set(
        yscale="log",
        ylim=(0.8, None),
        xlim=(0, len(counts)),
        xlabel=f"{plural}, those with the most ratings first",
        ylabel=f"ratings per {what} (log scale)",
        title=f"The long tail: {counts.sum():,} ratings, {len(counts):,} "
        f"{what if len(counts) == 1 else plural}",
    )
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.grid(alpha=0.3)
    return ax


def plot_crosstab(
    table: pd.DataFrame,
    titles: pd.Series | None = None,
    *,
    title: str = "",
    marked: pd.DataFrame | None = None,
    scale: Scale | None = None,
    unit: str = "stars",
    row_label: str = "user id",
    ax: Axes | None = None,
) -> Axes:
    """A heatmap of users × items with the ratings written in; grey is no rating.

    Args:
        table: ratings, at least one; a row per user, a column per item, NaN for none.
        titles: a Series of titles by item id, written in place of the ids they have.
        title: the figure's title.
        marked: a DataFrame of booleans: cells to draw a frame around. It is read by
            label and has every row and column of the table.
        scale: the ratings of the palest and of the darkest colour, the table's mean
            between them; if None, the lowest and the highest in the table. What lies
            beyond gets the same colour, and the colour bar an arrow.
        unit, row_label: what the colour bar and the rows say they are.
    """
    cells, labels = _cells(table), _short_labels(table.columns, titles)
    low, high = _limits(cells, scale)
    frames = _marked_cells(marked, table)
    ax = ax or _axes(9, 6.8)
    image = ax.imshow(cells, cmap=COLORS, vmin=low, vmax=high)
    n_decimals, numbers = _decimals(low, high), []
    for (row, column), value in np.ndenumerate(cells):
        if not np.isnan(value):
            style = {"ha": "center", "color": _readable_on(image.to_rgba(value))}
            text = f"{value:.{n_decimals}f}"
            numbers.append(ax.text(column, row, text, va="center", **style))
    for row, column in frames:
        frame = plt.Rectangle((column - 0.44, row - 0.44), 0.88, 0.88)
        frame.set(fill=False, edgecolor="#fe9929", linewidth=2)
        ax.add_patch(frame)
    ax.set_xticks(range(table.shape[1]), labels, rotation=45, ha="right")
    ax.set_yticks(range(table.shape[0]), map(_plain, table.index))
    ax.set(ylabel=_plain(row_label), title=_plain(title))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    beyond = np.nanmin(cells) < low, np.nanmax(cells) > high
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[beyond]
    plt.colorbar(image, ax=ax, label=_plain(unit), shrink=0.7, pad=0.02, extend=extend)
    with _one_hint_at_fonts():
        ax.figure.draw_without_rendering()  # the cells have their final size
    _fit_into_cells(ax, numbers)
    return ax


def plot_curves(
    curves: dict[str, pd.Series],
    *,
    ylabel: str,
    title: str = "",
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Several learning curves in one figure.

    Args:
        curves: a dict, not empty, from a label to a Series by epoch. A label with
            "published" in it is drawn as black circles, to lie on top of a line; one
            that begins with "_" is left out of the legend. From the eleventh on, when
            the colours begin again, lines are dashed.
        ylabel, title: what the figure says.
        log: a logarithmic vertical axis.
    """
    if not isinstance(curves, dict) or not curves:
        raise ValueError(f"curves must be a dict from label to Series, not {curves!r}")
    for label, curve in curves.items():
        if not isinstance(curve, pd.Series):
            kind = type(curve).__name__
            raise ValueError(f"curves[{label!r}] must be a Series by epoch, not {kind}")
        check_numbers(curve.dropna(), f"curves[{label!r}]")
    ax = ax or _axes(6.4, 4)
    n_lines = 0
    for label, curve in curves.items():
        style: dict[str, Any] = {"linestyle": "-" if n_lines < 10 else "--"}
        if "published" in label:
            style = {"color": "k", "marker": "o", "linestyle": "", "fillstyle": "none"}
        else:
            n_lines += 1
        ax.plot(curve.index, curve, label=_plain(label), markersize=5, **style)
    ax.set(xlabel="epoch", ylabel=_plain(ylabel), title=_plain(title))
    if log:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_minor_formatter(
            lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else ""
        )
    ax.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
    ax.grid(alpha=0.3, which="both")
    ax.legend(frameon=False)
    return ax


def plot_map(
    places: pd.DataFrame,
    titles: pd.Series | None = None,
    *,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """A map of items: a dot for each, and its title where it covers no other.

    A unit is as long to the right as it is upwards, so that near means near. In a crowd
    some titles may find no room within reach of their dots; these are left out.

    Args:
        places: with the columns "x" and "y", one row per item, at least one.
        titles: a Series of titles by item id, written in place of the ids they have.
        title: the figure's title.
    """
    import textalloc

    if not isinstance(places, pd.DataFrame) or not {"x", "y"} <= {*places.columns}:
        raise ValueError("places must be a DataFrame with the columns 'x' and 'y'")
    x, y = (
        check_numbers(places[column], f"places[{column!r}]") for column in ("x", "y")
    )
    if not len(x):
        raise ValueError("places has no rows")
    labels = _short_labels(places.index, titles)
    ax = ax or _axes(11, 11)
    ax.scatter(x, y, s=12, color="#d95f0e", zorder=3)
    ax.axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    ax.axvline(0, color="#dddddd", linewidth=0.8, zorder=0)
    ax.margins(0.14, 0.04)  # room for the titles at the edges
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_title(_plain(title))
    with _one_hint_at_fonts():
        ax.figure.draw_without_rendering()  # titles are placed within the final axes
        textalloc.allocate(
            ax,
            x,
            y,
            labels,
            x_scatter=x,
            y_scatter=y,
            textsize=8.5,
            linecolor="#999999",
            linewidth=0.6,
            max_distance=0.2,
            nbr_candidates=500,
            draw_all=False,
        )
    return ax


def _plain(text):
    """A dollar that is a dollar, and not the start of a formula."""
    return str(text).replace("$", r"\$")


def _axes(width, height):
    # White whatever the notebook's theme: on a dark page a clear one is not legible.
    size = {"figsize": (width, height), "layout": "constrained"}
    ax = plt.subplots(facecolor="white", **size)[1]
    ax.set_facecolor("white")
    return ax


def _short_labels(ids, titles):
    """The title of each item, its id where there is none."""
    if titles is None:
        return [_plain(item) for item in ids]
    titles = check_by_id(titles, "titles", "titles").dropna()
    ids = check_ids(ids, "the ids to label", known=titles.index).tolist()
    return [_plain(titles.get(item, item)) for item in ids]


def _cells(table):
    """A table of ratings as float64, NaN for none."""
    if not isinstance(table, pd.DataFrame) or table.empty:
        raise ValueError("table must be a DataFrame of ratings, with rows and columns")
    for k, column in enumerate(table.columns):
        check_numbers(table.iloc[:, k].dropna(), f"column {column!r} of table")
    return table.to_numpy("float64", na_value=np.nan)


def _limits(cells, scale):
    """The ends of the colours."""
    rated = cells[~np.isnan(cells)]
    if not len(rated):
        raise ValueError("table has no ratings")
    if scale is None:
        low, high = rated.min(), rated.max()
        return (low, high) if low < high else (low - 0.5, high + 0.5)
    low, high = check_scale(scale)
    if not low <= rated.mean() <= high or low == high:
        raise ValueError(
            f"scale={scale!r} must be the lowest and the highest rating there is, with "
            f"the mean {rated.mean():.2f} of the table between them"
        )
    return low, high


def _decimals(low, high):
    """As many as the cells of a crosstab have room for: 0.75, 4.5, 10.6, 100."""
    if high - low <= 1:
        return 2
    return 1 if max(-low, high) < 100 else 0


def _marked_cells(marked, table):
    """The row and column numbers of the cells that are marked."""
    if marked is None:
        return []
    if not isinstance(marked, pd.DataFrame):
        raise ValueError(f"marked must be a DataFrame, not {type(marked).__name__}")
    for axis, name in enumerate(("row", "column")):
        mine, theirs = table.axes[axis], marked.axes[axis]
        if not theirs.is_unique:
            twice = theirs[theirs.duplicated()].tolist()[0]
            raise ValueError(f"marked has the {name} {twice!r} twice")
        missing = mine[~mine.isin(theirs)].tolist()
        if missing:
            raise ValueError(f"marked has no {name} {missing[:5]}")
    marked = marked.loc[table.index, table.columns]
    if not all(dtype.kind == "b" for dtype in marked.dtypes):
        raise ValueError(f"marked must hold booleans, not {set(marked.dtypes)}")
    return np.argwhere(marked.to_numpy(bool))


def _readable_on(color):
    """Black or white, whichever stands out more from a colour: 4.58 : 1 or better.

    Source: Web Content Accessibility Guidelines 2.2, relative luminance, contrast.
    """
    rgb = np.asarray(color[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    # (L + 0.05) / 0.05 for black, 1.05 / (L + 0.05) for white
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def _fit_into_cells(ax, numbers):
    """Make numbers small enough not to run into each other."""
    cell = np.diff(ax.transData.transform([(0, 0), (1, 1)]), axis=0)[0]
    boxes = [number.get_window_extent() for number in numbers]
    widest, tallest = max(b.width for b in boxes), max(b.height for b in boxes)
    room = min(abs(cell[0]) / widest, abs(cell[1]) / tallest)
    for number in numbers:
        number.set_fontsize(number.get_fontsize() * min(1, 0.8 * room))


@contextlib.contextmanager
def _one_hint_at_fonts():
    """Say once, with a cure, what matplotlib says of every letter a font lacks."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    hint = UserWarning(
        "the font has no signs for some letters of the labels, which become boxes; "
        "set plt.rcParams['font.family'] to an installed font that has them"
    )
    messages = [one.message for one in caught]
    messages = [hint if "missing from font" in str(one) else one for one in messages]
    for message in dict.fromkeys(messages):
        warnings.warn(message, stacklevel=4)
