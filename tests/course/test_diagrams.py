"""What stands on a drawing: positions, directions, colours, words, limits."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba

from collab.course import diagrams
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


def texts(ax):
    return {text.get_position(): text.get_text() for text in ax.texts}


def contrast(text, ground):
    """Of two colours, by the Web Content Accessibility Guidelines."""

    def luminance(color):
        parts = np.array(to_rgb(color))
        parts = np.where(
            parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
        )
        return parts @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(text), luminance(ground)])
    return (high + 0.05) / (low + 0.05)


def color_of(image, row, column):
    return image.cmap(image.norm(image.get_array()[row, column]))


# One-hot × table ---------------------------------------------------------------------


@pytest.fixture
def lookup():
    return draw_one_hot_lookup(TABLE.tolist(), 2)


def test_the_numbers_stand_in_their_cells(lookup):
    one_hot, table, found = lookup
    assert [texts(one_hot)[k, 0] for k in range(4)] == ["0", "0", "1", "0"]
    for (i, j), value in np.ndenumerate(TABLE):
        assert texts(table)[j, i] == f"{value:.1f}"
    assert [texts(found)[k, 0] for k in range(3)] == ["-1.0", "1.0", "0.2"]
    for ax, n in zip(lookup, (4, 12, 3), strict=True):
        cells = [text for text in ax.texts if text.get_transform() == ax.transData]
        assert len(cells) == n
        for text in cells:
            assert text.get_horizontalalignment() == "center"
            assert text.get_verticalalignment() == "center"


def test_signs_stand_to_the_right_at_half_height(lookup):
    for ax, sign in zip(lookup, "×= ", strict=True):
        (text,) = [text for text in ax.texts if text.get_transform() == ax.transAxes]
        assert text.get_text().strip() == sign.strip()
        assert text.get_position() == (1.02, 0.5)
        assert text.get_verticalalignment() == "center"
        assert text.get_size() == 18


def test_titles_say_what_each_part_is(lookup):
    assert [ax.get_title() for ax in lookup] == [
        "row number 2\nas a one-hot row",
        "table\n4 rows × 3 factors",
        "row 2 of\nthe table",
    ]


def test_frames_are_around_the_row_and_what_came_of_it(lookup):
    assert len(lookup[0].patches) == 0
    for ax, corner in zip(lookup[1:], [(-0.5, 1.5), (-0.5, -0.5)], strict=True):
        (frame,) = ax.patches
        assert frame.get_xy() == corner
        assert (frame.get_width(), frame.get_height()) == (3, 1)
        assert not frame.get_fill()
        assert frame.get_edgecolor() == to_rgba("black")
        assert frame.get_linewidth() == 2


def test_the_parts_are_as_wide_as_their_columns(lookup):
    assert lookup[0].get_gridspec().get_width_ratios() == [4, 3, 3]
    assert lookup[0].figure.get_size_inches().tolist() == [6.4, 3.3]
    assert lookup[0].get_gridspec().get_subplot_params().wspace == 0.25
    assert not any(ax.axison for ax in lookup)


def test_colours_tell_the_sign_on_one_scale(lookup):
    images = [ax.images[0] for ax in lookup]
    for image in images:
        assert image.get_clim() == pytest.approx((-1.8 * 3, 1.8 * 3))
    for image, part in zip(images[1:], [TABLE, TABLE[[2]]], strict=True):
        np.testing.assert_array_equal(image.get_array(), part)
    red, _, blue, _ = color_of(images[1], 3, 2)
    assert blue > red  # 3.0 is purple
    red, _, blue, _ = color_of(images[1], 3, 1)
    assert red > blue + 0.2  # -2.0 is orange
    assert min(color_of(images[1], 3, 0)) > 0.95  # 0.0 is all but white


def test_a_table_of_small_numbers_leaves_the_one_hot_row_legible():
    one_hot, *_ = draw_one_hot_lookup(TABLE / 100, 0)
    assert one_hot.images[0].get_clim() == (-1.8, 1.8)


def test_the_largest_number_may_be_negative():
    _, table, _ = draw_one_hot_lookup(-TABLE, 0)
    assert table.images[0].get_clim() == pytest.approx((-1.8 * 3, 1.8 * 3))


def test_the_key_has_the_colours_and_the_frame(lookup):
    (legend,) = lookup[0].figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["below 0", "0", "above 0", "the row that is looked up"]
    below, zero, above, frame = legend.legend_handles
    image = lookup[1].images[0]
    for patch, value in [(below, -3.0), (above, 3.0)]:
        expected = image.cmap(image.norm(value))
        np.testing.assert_allclose(patch.get_facecolor(), expected, atol=0.02)
    assert zero.get_facecolor() == to_rgba("white")
    assert not frame.get_fill()
    assert frame.get_edgecolor() == to_rgba("black")
    for patch in (below, zero, above):
        assert patch.get_edgecolor() == to_rgba("grey")
    assert len({patch.get_facecolor() for patch in (below, zero, above)}) == 3
    assert legend._outside_loc == "lower"
    assert legend._ncols == 4
    assert not legend.get_frame_on()


def test_numbers_can_be_read_on_their_colours(lookup):
    for ax in lookup:
        image = ax.images[0]
        for text in ax.texts:
            assert to_rgba(text.get_color()) == to_rgba("black")
        for i, j in np.ndindex(image.get_array().shape):
            assert contrast("black", color_of(image, i, j)) >= 4.5
    worst = draw_one_hot_lookup([[1.0], [-1.0]], 0)[1].images[0]
    for row in (0, 1):
        assert contrast("black", color_of(worst, row, 0)) >= 4.5


def test_another_row_is_another_picture():
    one_hot, table, found = draw_one_hot_lookup(TABLE, 0)
    assert [texts(one_hot)[k, 0] for k in range(4)] == ["1", "0", "0", "0"]
    assert table.patches[0].get_xy() == (-0.5, -0.5)
    assert [texts(found)[k, 0] for k in range(3)] == ["2.0", "0.5", "0.0"]
    assert found.get_title() == "row 0 of\nthe table"


# The model's graph -------------------------------------------------------------------

BOXES = {
    "user_in": (1, 0),
    "item_in": (3, 0),
    "user_in_bias_table": (0, -1),
    "user_in_table": (1.3, -1),
    "item_in_table": (2.7, -1),
    "item_in_bias_table": (4, -1),
    "user_in_bias": (0, -2),
    "user_in_row": (1.3, -2),
    "item_in_row": (2.7, -2),
    "item_in_bias": (4, -2),
    "dot": (2, -3),
    "add_user_bias": (1.6, -4),
    "add_item_bias": (2.2, -5),
}
ARROWS = {
    ("user_in", "user_in_table"),
    ("user_in", "user_in_bias_table"),
    ("item_in", "item_in_table"),
    ("item_in", "item_in_bias_table"),
    ("user_in_table", "user_in_row"),
    ("item_in_table", "item_in_row"),
    ("user_in_bias_table", "user_in_bias"),
    ("item_in_bias_table", "item_in_bias"),
    ("user_in_row", "dot"),
    ("item_in_row", "dot"),
    ("dot", "add_user_bias"),
    ("user_in_bias", "add_user_bias"),
    ("add_user_bias", "add_item_bias"),
    ("item_in_bias", "add_item_bias"),
}


@pytest.fixture(scope="module")
def model():
    return dot_product_model(3000, 4, 2)


def boxes(ax):
    return {t.get_text().split("\n")[0]: t for t in ax.texts if t.get_text()}


def arrows(ax):
    """(from, to) of each arrow, where it starts and where its head is."""
    found = []
    for arrow in ax.texts:
        if not arrow.get_text():
            assert arrow.arrowprops == {"arrowstyle": "->", "color": "grey"}
            found.append((arrow.xyann, arrow.xy))
    return found


def test_every_layer_has_its_place(model):
    ax = draw_model_graph(model)
    assert {name: box.get_position() for name, box in boxes(ax).items()} == BOXES
    for box in boxes(ax).values():
        assert box.get_horizontalalignment() == "center"
        assert box.get_verticalalignment() == "center"
        assert box.get_fontsize() == 9
        assert box.get_zorder() == 3


def test_arrows_lead_from_each_layer_down_to_those_it_feeds(model):
    found = arrows(draw_model_graph(model))
    expected = {
        (
            (BOXES[source][0], BOXES[source][1] - 0.36),
            (BOXES[target][0], BOXES[target][1] + 0.36),
        )
        for source, target in ARROWS
    }
    assert len(found) == len(ARROWS)
    assert set(found) == expected


def test_boxes_say_kind_shape_and_weights(model):
    found = {
        name: box.get_text() for name, box in boxes(draw_model_graph(model)).items()
    }
    assert found["user_in"] == "user_in\nInputLayer\n(batch, 1)"
    assert found["user_in_table"] == (
        "user_in_table\nEmbedding\n(batch, 1, 2)\n6,000 weights"
    )
    assert found["item_in_bias_table"] == (
        "item_in_bias_table\nEmbedding\n(batch, 1, 1)\n4 weights"
    )
    assert found["dot"] == "dot\nDot\n(batch, 1)"
    assert sum("weights" in text for text in found.values()) == 4


def test_boxes_with_weights_are_green_and_no_others(model):
    for name, box in boxes(draw_model_graph(model)).items():
        patch = box.get_bbox_patch()
        color = "#c7e9b4" if name.endswith("_table") else "#edf8fb"
        assert patch.get_facecolor() == to_rgba(color)
        assert patch.get_edgecolor() == to_rgba("grey")
        assert patch.get_boxstyle().pad == 0.4
        assert type(patch.get_boxstyle()).__name__ == "Round"
        assert contrast(box.get_color(), color) >= 4.5
    red, green, blue = to_rgb("#c7e9b4")
    assert green > max(red, blue) + 0.1


def test_title_and_limits(model):
    ax = draw_model_graph(model)
    assert ax.get_title() == "dot_product_model: 9,012 weights, all in the green boxes"
    assert ax.get_xlim() == (-0.6, 4.6)
    assert ax.get_ylim() == (-5.5, 0.5)
    assert not ax.axison
    assert ax.figure.get_size_inches().tolist() == [6.4, 6.2]


def test_a_mean_is_one_more_box_below():
    ax = draw_model_graph(dot_product_model(3, 4, 2, mean=3.5))
    assert boxes(ax)["add_mean"].get_position() == (2.2, -6)
    assert ((2.2, -5.36), (2.2, -5.64)) in arrows(ax)
    assert ax.get_ylim() == (-6.5, 0.5)
    assert ax.figure.get_size_inches().tolist() == [6.4, 7.2]
    assert diagrams._PLACES["to_scale"] == (2.2, 7)


def test_nothing_overlaps_or_leaves_the_picture(model):
    ax = draw_model_graph(model)
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
def test_figures_are_opaque_and_white(model, dark):
    with mpl.rc_context({"figure.facecolor": "black" if dark else "none"}):
        for ax in (draw_one_hot_lookup(TABLE, 0)[0], draw_model_graph(model)):
            assert ax.figure.get_facecolor() == to_rgba("white")
