"""What stands on a drawing: numbers, arrows, colours, words, and room for all."""

import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from contrasts import contrast
from matplotlib.colors import to_rgba

from collab.course.diagrams import draw_model_graph, draw_one_hot_lookup
from collab.models import dot_product_model

mpl.use("Agg")

TABLE = np.array(
    [[2.0, 0.5, 0.0], [1.5, -0.5, 1.0], [-1.0, 1.04, 0.25], [0.0, -2.0, 3]]
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def color_of(image, row, column):
    return image.cmap(image.norm(image.get_array()[row, column]))


# One-hot × table ---------------------------------------------------------------------


@pytest.fixture
def lookup():
    return draw_one_hot_lookup(TABLE.tolist(), 2)


def test_a_one_hot_row_times_the_table_is_the_framed_row(lookup):
    parts = [{(0, k): digit for k, digit in enumerate("0010")}]
    parts += [{cell: f"{value:.1f}" for cell, value in np.ndenumerate(TABLE)}]
    parts += [{(0, 0): "-1.0", (0, 1): "1.0", (0, 2): "0.2"}]
    for ax, part, sign in zip(lookup, parts, "×= ", strict=True):
        written = {text.get_position(): text.get_text() for text in ax.texts}
        assert written.pop((1.02, 0.5)).strip() == sign.strip()  # to the right of it
        assert written == {(j, i): text for (i, j), text in part.items()}
    assert [ax.get_title() for ax in lookup] == [
        "row number 2\nas a one-hot row",
        "table\n4 rows × 3 factors",
        "row 2 of\nthe table",
    ]
    frames = [patch.get_bbox().bounds for ax in lookup for patch in ax.patches]
    assert frames == [(-0.5, 1.5, 3, 1), (-0.5, -0.5, 3, 1)]


def test_colours_tell_the_sign_on_one_scale(lookup):
    images = [ax.images[0] for ax in lookup]
    assert len({image.get_clim() for image in images}) == 1
    np.testing.assert_array_equal(images[1].get_array(), TABLE)
    np.testing.assert_array_equal(images[2].get_array(), TABLE[[2]])
    red, _, blue, _ = color_of(images[1], 3, 2)
    assert blue > red  # 3.0 is purple
    red, _, blue, _ = color_of(images[1], 3, 1)
    assert red > blue + 0.2  # -2.0 is orange
    assert min(color_of(images[1], 3, 0)) > 0.95  # 0.0 is all but white


def test_the_key_has_the_colours_and_the_frame(lookup):
    (legend,) = lookup[0].figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["below 0", "0", "above 0", "the row that is looked up"]
    *patches, frame = legend.legend_handles
    image = lookup[1].images[0]
    for patch, value in zip(patches, [-3.0, 0.0, 3.0], strict=True):
        expected = image.cmap(image.norm(value))
        np.testing.assert_allclose(patch.get_facecolor(), expected, atol=0.04)
    (around,) = lookup[1].patches
    for one in (frame, around, *lookup[2].patches):
        assert not one.get_fill()
        assert one.get_edgecolor() == to_rgba("black")


@pytest.mark.parametrize("table", [TABLE, -TABLE, TABLE / 100, [[1.0], [-1.0]]])
def test_numbers_can_be_read_on_their_colours(table):
    for ax in draw_one_hot_lookup(table, 0):
        image = ax.images[0]
        for text in ax.texts:
            assert to_rgba(text.get_color()) == to_rgba("black")
        for i, j in np.ndindex(image.get_array().shape):
            assert contrast("black", color_of(image, i, j)) >= 4.5


# The model's graph -------------------------------------------------------------------

ARROWS = """
user_in → user_in_table → user_in_row → dot → add_user_bias → add_item_bias
item_in → item_in_table → item_in_row → dot
user_in → user_in_bias_table → user_in_bias → add_user_bias
item_in → item_in_bias_table → item_in_bias → add_item_bias
"""


@pytest.fixture(scope="module")
def model():
    return dot_product_model(3000, 4, 2)


def boxes(ax):
    return {t.get_text().split("\n")[0]: t for t in ax.texts if t.get_text()}


def arrows(ax):
    """(from, to) of each arrow: the names of the boxes nearest to its two ends."""
    places = {name: box.get_position() for name, box in boxes(ax).items()}

    def nearest(end):
        return min(places, key=lambda name: np.hypot(*np.subtract(places[name], end)))

    found = [arrow for arrow in ax.texts if not arrow.get_text()]
    assert {arrow.arrowprops["arrowstyle"] for arrow in found} == {"->"}
    assert all(arrow.xyann[1] > arrow.xy[1] for arrow in found)  # all lead down
    return sorted((nearest(arrow.xyann), nearest(arrow.xy)) for arrow in found)


def chains(text):
    names = [line.split(" → ") for line in text.strip().splitlines()]
    return sorted({pair for line in names for pair in itertools.pairwise(line)})


def test_boxes_say_kind_shape_and_weights_and_those_with_weights_are_green(model):
    ax = draw_model_graph(model)
    for told in [
        "user_in\nInputLayer\n(batch, 1)",
        "user_in_table\nEmbedding\n(batch, 1, 2)\n6,000 weights",
        "dot\nDot\n(batch, 1)",
    ]:
        assert boxes(ax)[told.split("\n")[0]].get_text() == told
    assert ax.get_title() == "dot_product_model: 9,012 weights, all in the green boxes"
    for name, box in boxes(ax).items():
        red, green, blue, _ = box.get_bbox_patch().get_facecolor()
        assert (green > max(red, blue) + 0.1) == name.endswith("_table")
        assert ("weights" in box.get_text()) == name.endswith("_table")
        assert contrast(box.get_color(), (red, green, blue)) >= 4.5


@pytest.mark.parametrize("options", [{}, {"mean": 3.5}])
def test_arrows_lead_down_and_nothing_overlaps_or_leaves_the_picture(options):
    ax = draw_model_graph(dot_product_model(3000, 4, 2, **options))
    below = "add_item_bias → add_mean" if options else ""
    assert arrows(ax) == chains(ARROWS + below)
    ax.figure.canvas.draw()
    frames = [box.get_bbox_patch().get_window_extent() for box in boxes(ax).values()]
    whole = ax.figure.bbox
    for k, frame in enumerate(frames):
        assert not any(frame.overlaps(other) for other in frames[k + 1 :])
        assert whole.x0 <= frame.x0 < frame.x1 <= whole.x1
        assert whole.y0 <= frame.y0 < frame.y1 <= whole.y1


def test_a_layer_without_a_place_is_named():
    import keras

    inp = keras.Input((1,), name="user_in")
    model = keras.Model(inp, keras.layers.Dense(1, name="dense")(inp))
    with pytest.raises(
        ValueError, match=r"no place for the layers \['dense'\]; known:"
    ):
        draw_model_graph(model)


@pytest.mark.parametrize("dark", [False, True])
def test_figures_are_opaque_white_and_narrow(model, dark):
    with mpl.rc_context({"figure.facecolor": "black" if dark else "none"}):
        for ax in (draw_one_hot_lookup(TABLE, 0)[0], draw_model_graph(model)):
            assert ax.figure.get_facecolor() == to_rgba("white")
            assert ax.figure.get_figwidth() == 6.4  # legible on a phone
