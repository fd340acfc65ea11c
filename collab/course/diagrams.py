"""An idea or a model → a drawing of how it works.

Every function draws with matplotlib and returns the Axes; `plt.show()` is left to the
caller.
"""

import matplotlib.pyplot as plt
import numpy as np


def draw_one_hot_lookup(table, row):
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
    "user_in_bias_table": (0, 1),
    "user_in_table": (1.3, 1),
    "movie_in_table": (2.7, 1),
    "movie_in_bias_table": (4, 1),
    "user_in_bias": (0, 2),
    "user_in_row": (1.3, 2),
    "movie_in_row": (2.7, 2),
    "movie_in_bias": (4, 2),
    "dot": (2, 3),
    "add_user_bias": (1.6, 4),
    "add_movie_bias": (2.2, 5),
    "add_mean": (2.2, 6),
}


def draw_model_graph(model, ax=None):
    """The layers of a `dot_product_model`, their shapes, weights and connections."""
    if ax is None:
        ax = plt.subplots(figsize=(9, 6.2), layout="constrained")[1]
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
    ax.set(
        xlim=(-0.6, 4.6),
        ylim=(-0.5 - max(_PLACES[layer.name][1] for layer in model.layers), 0.5),
    )
    ax.set_title(
        f"{model.name}: {model.count_params():,} weights, all in the green boxes"
    )
    ax.set_axis_off()
    return ax


def _shape(shape):
    return str(tuple("batch" if n is None else n for n in shape)).replace("'", "")
