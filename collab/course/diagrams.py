"""An idea or a model → a drawing of how it works.

Every function draws with matplotlib on white and returns the Axes; showing them is left
to the caller.
"""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Patch

# The largest number stands this far from the ends of the colour map, where the black
# digits could not be read.
_PALE = 1.8
_WHITE = {"layout": "constrained", "facecolor": "white"}
_FRAME = {"fill": False, "edgecolor": "black", "linewidth": 2}


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
    space = {"width_ratios": widths, "wspace": 0.25}
    figure, axes = plt.subplots(1, 3, figsize=(6.4, 3.3), gridspec_kw=space, **_WHITE)
    limit = max(np.abs(table).max(), 1.0)  # 1.0: the one-hot row's own largest
    colors = mpl.colormaps["PuOr"]
    for ax, (part, title, sign) in zip(axes, parts, strict=True):
        ax.imshow(part, cmap=colors, vmin=-_PALE * limit, vmax=_PALE * limit)
        for (i, j), value in np.ndenumerate(part):
            text = f"{value:.0f}" if part is one_hot else f"{value:.1f}"
            ax.text(j, i, text, ha="center", va="center")
        ax.set_title(title, fontsize=10)
        ax.set_axis_off()
        ax.text(1.02, 0.5, f"  {sign}", transform=ax.transAxes, va="center", size=18)
    for ax, y in ((axes[1], row), (axes[2], 0)):
        ax.add_patch(plt.Rectangle((-0.5, y - 0.5), table.shape[1], 1, **_FRAME))
    below, above = colors(0.5 - 0.5 / _PALE), colors(0.5 + 0.5 / _PALE)
    key = [
        Patch(facecolor=below, edgecolor="grey", label="below 0"),
        Patch(facecolor="white", edgecolor="grey", label="0"),
        Patch(facecolor=above, edgecolor="grey", label="above 0"),
        Patch(label="the row that is looked up", **_FRAME),
    ]
    figure.legend(handles=key, loc="outside lower center", ncols=4, frameon=False)
    return axes


# Where each layer of `dot_product_model` stands in its picture: (across, down).
_PLACES = {
    "user_in": (1, 0), "item_in": (3, 0),
    "user_in_bias_table": (0, 1), "user_in_table": (1.3, 1),
    "item_in_table": (2.7, 1), "item_in_bias_table": (4, 1),
    "user_in_bias": (0, 2), "user_in_row": (1.3, 2),
    "item_in_row": (2.7, 2), "item_in_bias": (4, 2),
    "dot": (2, 3), "add_user_bias": (1.6, 4), "add_item_bias": (2.2, 5),
    "add_mean": (2.2, 6), "to_scale": (2.2, 7),
}  # fmt: skip
_WITH_WEIGHTS, _WITHOUT = "#c7e9b4", "#edf8fb"
_ARROW = {"arrowstyle": "->", "color": "grey"}
_HALF_A_BOX = 0.36  # how far from a box's middle its arrows end and begin


def draw_model_graph(model):
    """The layers of a `dot_product_model`, their shapes, weights and connections.

    Raises:
        ValueError: a layer that this picture has no place for.
    """
    names = [layer.name for layer in model.layers]
    if unknown := [name for name in names if name not in _PLACES]:
        raise ValueError(f"no place for the layers {unknown}; known: {[*_PLACES]}")
    deepest = max(_PLACES[name][1] for name in names)
    _, ax = plt.subplots(figsize=(6.4, 1.2 + deepest), **_WHITE)
    for layer in model.layers:
        x, y = _PLACES[layer.name]
        weights = layer.count_params()
        shape = ", ".join("batch" if n is None else f"{n}" for n in layer.output.shape)
        text = f"{layer.name}\n{type(layer).__name__}\n({shape})"
        text += f"\n{weights:,} weights" if weights else ""
        box = {"boxstyle": "round,pad=0.4", "edgecolor": "grey"}
        box["facecolor"] = _WITH_WEIGHTS if weights else _WITHOUT
        ax.text(x, -y, text, ha="center", va="center", fontsize=9, zorder=3, bbox=box)
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        for source in model.layers:
            if any(source.output is part for part in inputs):
                x0, y0 = _PLACES[source.name]
                head, tail = (x, -y + _HALF_A_BOX), (x0, -y0 - _HALF_A_BOX)
                ax.annotate("", head, tail, arrowprops=_ARROW)
    ax.set(xlim=(-0.6, 4.6), ylim=(-0.5 - deepest, 0.5))
    ax.set_title(
        f"{model.name}: {model.count_params():,} weights, all in the green boxes"
    )
    ax.set_axis_off()
    return ax
