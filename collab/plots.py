"""Tables → the figures of the lessons.

Every function draws with matplotlib and returns the Axes, for a reader to go on with;
`plt.show()` is left to the caller.
"""

import matplotlib.pyplot as plt
import numpy as np

STARS = plt.get_cmap("YlGnBu").with_extremes(bad="#f2f2f2")  # no rating: light grey


def plot_long_tail(counts, *, what="movie", ax=None):
    """How many ratings each movie (or user) has, the most rated first.

    Args:
        counts: ratings per movie, a Series or array of positive numbers, any order.
        what: the word for one of them.
    """
    ax = ax or _axes(7, 3.6)
    counts = np.sort(np.asarray(counts))[::-1]
    rank = np.arange(1, len(counts) + 1)
    ax.fill_between(rank, counts, 0.8, step="mid", color="#c7e9b4")
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
        xlabel=f"{what}s, the most rated first",
        ylabel=f"ratings per {what} (log scale)",
        title=f"The long tail: {counts.sum():,} ratings of {len(counts):,} {what}s",
    )
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
    """
    ax = ax or _axes(9, 6.8)
    image = ax.imshow(table.to_numpy(), cmap=STARS, vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        if not np.isnan(value):
            dark = value > 0.4 * limits[0] + 0.6 * limits[1]
            color = "white" if dark else "#202020"
            ax.text(column, row, f"{value:.1f}", ha="center", va="center", color=color)
    if marked is not None:
        for row, column in np.argwhere(marked.to_numpy()):
            frame = plt.Rectangle((column - 0.44, row - 0.44), 0.88, 0.88)
            frame.set(fill=False, edgecolor="#fe9929", linewidth=2)
            ax.add_patch(frame)
    labels = table.columns if titles is None else titles.loc[table.columns]
    labels = [shorten(str(label)) for label in labels]
    ax.set_xticks(range(table.shape[1]), labels, rotation=45, ha="right")
    ax.set_yticks(range(table.shape[0]), table.index)
    ax.set(ylabel="user", title=title)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    plt.colorbar(image, ax=ax, label="stars", shrink=0.7, pad=0.02)
    return ax


def plot_one_hot_lookup(table, row):
    """One-hot row × table = the row itself: what an embedding layer computes.

    Args:
        table: a 2-D array, rows × factors.
        row: the row number that is looked up.
    """
    table = np.asarray(table)
    one_hot = np.eye(len(table))[[row]]
    parts = [
        (one_hot, f"row number {row}\nas a one-hot row", "×"),
        (table, f"table\n{len(table)} rows × {table.shape[1]} factors", "="),
        (one_hot @ table, f"row {row} of\nthe table", ""),
    ]
    widths = [part.shape[1] for part, *_ in parts]
    _, axes = plt.subplots(
        1,
        3,
        figsize=(7.5, 2.9),
        width_ratios=widths,
        layout="constrained",
        gridspec_kw={"wspace": 0.25},
    )
    limit = np.abs(table).max()
    for ax, (part, title, sign) in zip(axes, parts, strict=True):
        ax.imshow(part, cmap="PuOr", vmin=-1.6 * limit, vmax=1.6 * limit)
        for (i, j), value in np.ndenumerate(part):
            text = f"{value:.0f}" if part is one_hot else f"{value:.1f}"
            ax.text(j, i, text, ha="center", va="center")
        ax.set_title(title, fontsize=10)
        ax.set_axis_off()
        ax.text(1.02, 0.5, f"  {sign}", transform=ax.transAxes, va="center", size=18)
    edge = {"fill": False, "edgecolor": "#d95f0e", "linewidth": 2}
    axes[1].add_patch(plt.Rectangle((-0.5, row - 0.5), table.shape[1], 1, **edge))
    axes[2].add_patch(plt.Rectangle((-0.5, -0.5), table.shape[1], 1, **edge))
    return axes


# Where each layer of `dot_product_model` stands in its picture: (across, down).
_PLACES = {
    "user_in": (1, 0),
    "movie_in": (3, 0),
    "user_in_bias_embedding": (0, 1),
    "user_in_embedding": (1.3, 1),
    "movie_in_embedding": (2.7, 1),
    "movie_in_bias_embedding": (4, 1),
    "user_in_bias": (0, 2),
    "user_in_vector": (1.3, 2),
    "movie_in_vector": (2.7, 2),
    "movie_in_bias": (4, 2),
    "dot": (2, 3),
    "add_user_bias": (1.6, 4),
    "add_movie_bias": (2.2, 5),
}


def plot_model_graph(model, ax=None):
    """The layers of a `dot_product_model`, their shapes, weights and connections."""
    ax = ax or _axes(9, 6.2)
    for layer in model.layers:
        x, y = _PLACES[layer.name]
        weights = layer.count_params()
        lines = [layer.name, f"{type(layer).__name__} → {_shape(layer.output.shape)}"]
        lines += [f"{weights:,} weights"] if weights else []
        color = "#c7e9b4" if weights else "#edf8fb"
        ax.text(
            x,
            -y,
            "\n".join(lines),
            ha="center",
            va="center",
            fontsize=8,
            zorder=3,
            bbox={"boxstyle": "round,pad=0.5", "facecolor": color, "edgecolor": "grey"},
        )
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        for source in model.layers:
            if source is not layer and any(source.output is part for part in inputs):
                x0, y0 = _PLACES[source.name]
                ax.annotate(
                    "",
                    (x, -y + 0.27),
                    (x0, -y0 - 0.27),
                    arrowprops={"arrowstyle": "->", "color": "grey"},
                )
    ax.set(xlim=(-0.6, 4.6), ylim=(-5.5, 0.5))
    ax.set_title(f"{model.name}: {model.count_params():,} weights (green)")
    ax.set_axis_off()
    return ax


def plot_curves(curves, *, ylabel, title="", xlabel="epoch", log=False, ax=None):
    """Several learning curves in one figure.

    Args:
        curves: a dict from a label to a Series indexed by epoch. A label that begins
            with "published" is drawn as black dots, to lie on top of a line.
        ylabel, xlabel, title: what the figure says about its axes.
        log: a logarithmic vertical axis.
    """
    ax = ax or _axes(7.5, 4.2)
    for label, curve in curves.items():
        style = {}
        if label.startswith("published"):
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


def shorten(title, width=30):
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
        name = name[: room - 1].rpartition(" ")[0].rstrip(" :,-") + "…"  # whole words
    return name + bracket + year


def _axes(width, height):
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def _shape(shape):
    return str(tuple("batch" if n is None else n for n in shape)).replace("'", "")
