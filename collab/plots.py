"""Tables → the figures of the lessons.

Every function draws with matplotlib and returns the Axes, for a reader to go on with;
`plt.show()` is left to the caller.
"""

import matplotlib.pyplot as plt
import numpy as np

STARS = plt.get_cmap("YlGnBu").with_extremes(bad="#c4c4c4")  # no rating: grey


def plot_long_tail(counts, *, what="movie", ax=None):
    """How many ratings each movie (or user) has, the most rated first.

    Args:
        counts: ratings per movie, a Series or array of positive numbers, any order.
        what: the word for one of them.

    Raises:
        ValueError: no counts, or one that is not a positive number.
    """
    counts = np.sort(np.asarray(counts))[::-1]
    if len(counts) == 0 or not (counts > 0).all():
        raise ValueError(f"counts must be positive numbers, not {counts[:5]}")
    ax = ax or _axes(7, 3.6)
    rank = np.arange(1, len(counts) + 1)
    ax.plot(rank, counts, color="#225ea8", drawstyle="steps-mid")
    half = int(np.searchsorted(counts.cumsum(), counts.sum() / 2)) + 1
    ax.axvline(half, color="#d95f0e", linewidth=1)
    ax.annotate(
        f"half of all ratings belong\nto the first {half:,} {what}s",
        (half, counts[0] * 0.7),
        xytext=(8, 0),
        textcoords="offset points",
        va="top",
        color="#a63603",
    )
    ax.set(
        yscale="log",
        ylim=(0.8, None),
        xlim=(0, len(counts)),
        xlabel=f"{what}s, those with the most ratings first",
        ylabel=f"ratings per {what} (log scale)",
        title=f"The long tail: {counts.sum():,} ratings, {len(counts):,} {what}s",
    )
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.grid(alpha=0.3)
    return ax


def plot_crosstab(
    table, titles=None, *, title="", marked=None, limits=(0.5, 5), ax=None
):
    """A heatmap of users × movies with the stars written in; grey is no rating.

    Args:
        table: a DataFrame of stars, one row per user, one column per movie, NaN for
            none.
        titles: a Series of titles by movie id, used in place of the ids.
        title: the figure's title.
        marked: a DataFrame of booleans like `table`: cells to draw a frame around.
        limits: the stars of the palest and of the darkest colour.

    Raises:
        ValueError: `titles` is not a Series, or lacks a movie of the table.
    """
    labels = _titles_of(table.columns, titles)
    ax = ax or _axes(9, 6.8)
    image = ax.imshow(table.to_numpy(), cmap=STARS, vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        if not np.isnan(value):
            dark = value > 0.3 * limits[0] + 0.7 * limits[1]
            color = "white" if dark else "#202020"
            ax.text(column, row, f"{value:.1f}", ha="center", va="center", color=color)
    if marked is not None:
        for row, column in np.argwhere(marked.to_numpy()):
            frame = plt.Rectangle((column - 0.44, row - 0.44), 0.88, 0.88)
            frame.set(fill=False, edgecolor="#fe9929", linewidth=2)
            ax.add_patch(frame)
    ax.set_xticks(range(table.shape[1]), labels, rotation=45, ha="right")
    ax.set_yticks(range(table.shape[0]), table.index)
    ax.set(ylabel="user id", title=title)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    above = "max" if np.nanmax(table.to_numpy()) > limits[1] else "neither"
    plt.colorbar(image, ax=ax, label="stars", shrink=0.7, pad=0.02, extend=above)
    return ax


def plot_curves(curves, *, ylabel, title="", xlabel="epoch", log=False, ax=None):
    """Several learning curves in one figure.

    Args:
        curves: a dict from a label to a Series indexed by epoch. A label with
            "published" in it is drawn as black circles, to lie on top of a line; one
            that begins with "_" is left out of the legend.
        ylabel, xlabel, title: what the figure says about its axes.
        log: a logarithmic vertical axis.
    """
    ax = ax or _axes(7.5, 4.2)
    for label, curve in curves.items():
        style = {}
        if "published" in label:
            style = {"color": "k", "marker": "o", "linestyle": "", "fillstyle": "none"}
        ax.plot(curve.index, curve, label=label, markersize=5, **style)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
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


def plot_map(places, titles, *, title="", xlabel="", ylabel="", ax=None):
    """A map of movies: a dot for each, and its title where it covers no other.

    In a crowd some titles may find no room within reach of their dots; these are left
    out.

    Args:
        places: a DataFrame with the columns "x" and "y", one row per movie.
        titles: a Series of titles by movie id.
        title, xlabel, ylabel: what the figure says.

    Raises:
        ValueError: `titles` is not a Series, or lacks a movie of the map.
    """
    import textalloc

    labels = _titles_of(places.index, titles, 27)
    x, y = places["x"].to_numpy(), places["y"].to_numpy()
    ax = ax or _axes(11, 11)
    ax.scatter(x, y, s=12, color="#d95f0e", zorder=3)
    ax.axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    ax.axvline(0, color="#dddddd", linewidth=0.8, zorder=0)
    ax.margins(0.14, 0.04)  # room for the titles at the edges
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.figure.draw_without_rendering()  # the titles are placed within the final axes
    textalloc.allocate(
        ax,
        x,
        y,
        labels,
        x_scatter=x,
        y_scatter=y,
        textsize=7.5,
        linecolor="#999999",
        linewidth=0.6,
        max_distance=0.3,
        nbr_candidates=500,
        draw_all=False,
    )
    return ax


def _titles_of(movies, titles, width=32):
    if titles is None:
        return [str(movie) for movie in movies]
    if getattr(titles, "ndim", None) != 1 or not hasattr(titles, "index"):
        raise ValueError(
            "titles must be a Series of titles by movie id, for example "
            f"movies.set_index('movieId')['title'], not {type(titles).__name__}"
        )
    missing = [movie for movie in movies if movie not in titles.index]
    if missing:
        raise ValueError(f"titles has no title for {missing[:5]}")
    return [shorten(str(title), width) for title in titles.loc[movies]]


def shorten(title, width=32):
    """A title cut to `width` characters: for labels.

    "Godfather, The (1972)" becomes "The Godfather (1972)"; other names in brackets go
    first, and then what is too long ends in "…".
    """
    name, bracket, year = title.rpartition(" (")
    if not bracket:
        name, year = title, ""
    name = name.split(" (")[0]
    for article in ("The", "A", "An"):
        if name.endswith(f", {article}"):
            name = f"{article} {name.removesuffix(f', {article}')}"
    room = width - len(bracket + year)
    if len(name) > room:
        cut = name[: room - 1]
        whole_words = cut.rpartition(" ")[0].rstrip(" :,-")
        name = (whole_words or cut) + "…"
    return name + bracket + year


def _axes(width, height):
    return plt.subplots(figsize=(width, height), layout="constrained")[1]
