"""collab/plots.py: what stands on the figures, where, and in which colours."""

import itertools
import re
import warnings
from functools import partial

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from contrasts import contrast
from matplotlib.colors import to_hex

from collab import plots

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def boxes(ax):
    ax.figure.canvas.draw()
    return [text.get_window_extent() for text in ax.texts]


@pytest.mark.parametrize(
    ("plot", "width"),  # inches: at 6.4 a phone still shows legible text
    [
        (partial(plots.plot_long_tail, [3, 1]), 6.4),
        (partial(plots.plot_crosstab, pd.DataFrame([[1.0, 4.0]])), 9),
        (partial(plots.plot_curves, {"a": pd.Series([1.0])}, ylabel=""), 6.4),
        (partial(plots.plot_map, pd.DataFrame({"x": [1], "y": [2]})), 11),
    ],
)
def test_a_figure_is_opaque_and_white_whatever_the_style_or_the_callers(plot, width):
    with plt.rc_context({"figure.facecolor": "none", "axes.facecolor": "none"}):
        ax = plot()
    assert ax.figure.get_facecolor() == ax.get_facecolor() == (1, 1, 1, 1)
    assert ax.figure.get_figwidth() == width
    _, own = plt.subplots()
    assert plot(ax=own) is own
    assert len(plt.get_fignums()) == 2


# The long tail -----------------------------------------------------------------------


def test_the_long_tail_falls_from_the_first_place():
    ax = plots.plot_long_tail(pd.Series([1, 6, 2, 3], index=[7, 8, 9, 5]))
    tail, half = ax.get_lines()
    assert tail.get_xdata().tolist() == [1, 2, 3, 4]
    assert tail.get_ydata().tolist() == [6, 3, 2, 1]
    assert tail.get_color() != half.get_color()
    assert ax.get_xlim() == (0, 4)
    assert ax.get_yscale() == "log"
    assert ax.yaxis.get_major_formatter()(1000, 0) == "1,000"


@pytest.mark.parametrize(
    ("counts", "half", "text"),
    [
        ([1, 6, 2, 3], 1, "1 item"),
        ([5, 1, 4, 2], 2, "2 items"),
        ([1] * 9 + [2], 5, "5 items"),
        ([1] * 5000, 2500, "2,500 items"),
        ([1], 1, "1 item"),  # the line is at the right edge
    ],
)
def test_the_long_tail_says_how_many_hold_half_of_the_ratings(counts, half, text):
    ax = plots.plot_long_tail(counts)
    assert texts(ax) == [f"half of all ratings belong\nto the first {text}"]
    assert ax.get_lines()[1].get_xdata() == [half, half]
    (box,), frame = boxes(ax), ax.get_window_extent()
    assert ax.texts[0].xy[0] == half
    assert frame.x0 < box.x0 < box.x1 < frame.x1  # on the side where there is room
    assert frame.y0 < box.y0 < box.y1 < frame.y1
    line, _ = ax.transData.transform((half, 1))
    assert not box.x0 < line < box.x1


def test_the_words_for_what_is_rated_are_the_callers():
    ax = plots.plot_long_tail([1, 6, 2, 3], what="movie")
    assert ax.get_title() == "The long tail: 12 ratings, 4 movies"
    assert ax.get_xlabel() == "movies, those with the most ratings first"
    assert ax.get_ylabel() == "ratings per movie (log scale)"
    ax = plots.plot_long_tail([1, 1, 3, 3], what="person", plural="people")
    assert texts(ax)[0].endswith("to the first 2 people")
    assert ax.get_title() == "The long tail: 8 ratings, 4 people"
    ax = plots.plot_long_tail([1234])
    assert ax.get_title() == "The long tail: 1,234 ratings, 1 item"


# The crosstab ------------------------------------------------------------------------

TABLE = pd.DataFrame([[1.0, np.nan], [4.5, 3.0]], index=[7, 9], columns=[50, 20])
PLACES = pd.DataFrame({"x": [1.0, 2], "y": [2.0, 1]}, index=[50, 20])


def test_the_crosstab_writes_each_rating_once_and_nothing_where_there_is_none():
    titles = pd.Series({20: "Alien (1979)", 50: "Matrix, The (1999)"})
    ax = plots.plot_crosstab(TABLE, titles, title="Stars", unit="points")
    assert texts(ax) == ["1.0", "4.5", "3.0"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (0, 1), (1, 1)]
    assert labels(ax.xaxis) == ["Matrix, The (1999)", "Alien (1979)"]
    assert labels(ax.yaxis) == ["7", "9"]
    assert (ax.get_title(), ax.get_ylabel()) == ("Stars", "user id")
    assert ax.images[0].colorbar.ax.get_ylabel() == "points"
    assert ax.get_ylim() == (1.5, -0.5)  # the first row on top


def test_the_colours_go_from_pale_to_dark_and_no_rating_is_grey():
    ax = plots.plot_crosstab(TABLE, row_label="judge")
    (image,) = ax.images
    assert (ax.get_ylabel(), image.colorbar.ax.get_ylabel()) == ("judge", "stars")
    colors = image.to_rgba(image.get_array())
    brightness = colors[..., :3].sum(axis=2)
    assert brightness[0, 0] > brightness[1, 1] > brightness[1, 0]
    assert np.ptp(colors[0, 1, :3]) == 0
    assert np.ptp(colors[0, 0, :3]) > 0.1


@pytest.mark.parametrize(
    ("values", "scale", "limits", "arrows"),
    [
        ([[-10.0, np.nan, 10.6]], None, (-10, 10.6), "neither"),
        ([[3.0, 3.0]], None, (2.5, 3.5), "neither"),
        ([[1.0, 5.0]], (1, 5), (1, 5), "neither"),
        ([[2.0, 5.7]], (0, 5), (0, 5), "max"),
        ([[0.5, 4.0]], (1, 5), (1, 5), "min"),
        ([[0.5, 5.1]], (1, 5), (1, 5), "both"),
    ],
)
def test_the_scale_is_read_off_the_table_unless_told(values, scale, limits, arrows):
    (image,) = plots.plot_crosstab(pd.DataFrame(values), scale=scale).images
    assert image.get_clim() == limits
    assert image.colorbar.extend == arrows  # a value is beyond it


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[0.25, 1.0]], ["0.25", "1.00"]),
        ([[1.0, 2.25]], ["1.0", "2.2"]),
        ([[-9.5, 99.9]], ["-9.5", "99.9"]),
        ([[-100.0, 7.4]], ["-100", "7"]),
        ([[0.5, 7400.0]], ["0", "7400"]),
    ],
)
def test_numbers_have_as_many_decimals_as_there_is_room_for(values, expected):
    assert texts(plots.plot_crosstab(pd.DataFrame(values))) == expected


@pytest.mark.parametrize(
    ("scale", "n"),
    [((0.5, 5), 2), ((0.5, 5), 20), ((0, 1), 12), ((-1e4, 1e4), 10)],
)
def test_numbers_never_run_together(scale, n):
    table = np.random.default_rng(0).uniform(*scale, (n, n))
    table[0, 0], table[0, 1] = scale
    ax = plots.plot_crosstab(pd.DataFrame(table), title="t")
    found = boxes(ax)
    cell = np.diff(ax.transData.transform([(0, 0), (1, 1)]), axis=0)[0]
    assert max(box.width for box in found) <= 0.9 * abs(cell[0])
    assert max(box.height for box in found) <= 0.9 * abs(cell[1])


def test_a_text_of_the_callers_own_keeps_its_size():
    _, ax = plt.subplots()
    note = ax.text(0, 0, "a note that is longer than a cell, by far and more")
    plots.plot_crosstab(pd.DataFrame(np.arange(100.0, 244).reshape(12, 12)), ax=ax)
    assert note.get_fontsize() == 10
    assert ax.texts[1].get_fontsize() < 10


def test_every_number_stands_out_from_its_cell():
    table = pd.DataFrame(np.linspace(0.5, 5, 144).reshape(12, 12))
    ax = plots.plot_crosstab(table)
    (image,) = ax.images
    cells = image.to_rgba(image.get_array()).reshape(-1, 4)
    colors = [text.get_color() for text in ax.texts]
    found = [contrast(c, cell) for c, cell in zip(colors, cells[:, :3], strict=True)]
    assert min(found) >= 4.5
    # dark on pale, then light on dark, and one change between them
    assert (colors[0], colors[-1]) == ("black", "white")
    assert sum(a != b for a, b in itertools.pairwise(colors)) == 1


def test_the_crosstab_frames_the_marked_cells_by_their_labels():
    marked = pd.DataFrame({99: True, 20: [0, 1, 1], 50: 0}, [9, 8, 7]).astype(bool)
    twice = pd.concat([TABLE, TABLE])  # a row twice is marked twice
    for table, its, wanted in [
        (TABLE, marked, [(1, 0)]),  # column, row
        (TABLE, marked.astype("boolean"), [(1, 0)]),
        (TABLE, marked.iloc[::-1, ::-1], [(1, 0)]),
        (TABLE, TABLE > 3, [(0, 1)]),
        (twice, marked, [(1, 0), (1, 2)]),
    ]:
        ax = plots.plot_crosstab(table, marked=its)
        centres = [(each.get_x(), each.get_y()) for each in ax.patches]
        np.testing.assert_allclose(np.add(centres, 0.44), wanted, atol=1e-9)
        assert {each.get_width() for each in ax.patches} == {0.88}
        assert not any(each.get_fill() for each in ax.patches)
    assert not plots.plot_crosstab(TABLE).patches


def test_an_item_without_a_title_keeps_its_id():
    titles = pd.Series({20: "Alien (1979)", 99: "Ran", 50: None})
    for some, wanted in [
        (titles, ["50", "Alien (1979)"]),
        (titles[:0], ["50", "20"]),
        (None, ["50", "20"]),
    ]:
        assert labels(plots.plot_crosstab(TABLE, some).xaxis) == wanted
        assert sorted(texts(plots.plot_map(PLACES, some))) == sorted(wanted)


def test_tables_of_other_types_of_numbers_are_drawn():
    for dtype in ("Float64", "object", "float64[pyarrow]"):
        ax = plots.plot_crosstab(TABLE.astype(dtype))
        assert texts(ax) == ["1.0", "4.5", "3.0"]
    assert texts(plots.plot_crosstab(pd.DataFrame([[1, 5]]))) == ["1.0", "5.0"]


# Curves ------------------------------------------------------------------------------

CURVE = pd.Series([3.0, np.nan, 1.5], index=[1, 2, 3])  # it may have gaps


def test_curves_are_lines_and_published_ones_dots():
    curves = {"ours": CURVE, "published": CURVE / 2, "_published": CURVE + 1}
    ax = plots.plot_curves(curves, ylabel="loss", title="t", log=True)
    ours, published, unnamed = ax.get_lines()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "ours",
        "published",
    ]
    assert ours.get_linestyle() == "-"
    assert ours.get_marker() == "None"
    for dots in (published, unnamed):
        assert dots.get_linestyle() == "None"
        assert (dots.get_marker(), dots.get_fillstyle()) == ("o", "none")
        assert to_hex(dots.get_color()) == "#000000"
    assert to_hex(ours.get_color()) != "#000000"
    assert ours.get_xdata().tolist() == [1, 2, 3]
    np.testing.assert_equal(ours.get_ydata(), [3.0, np.nan, 1.5])
    np.testing.assert_equal(unnamed.get_ydata(), [4.0, np.nan, 2.5])
    assert (ax.get_ylabel(), ax.get_xlabel(), ax.get_title()) == ("loss", "epoch", "t")
    assert ax.get_yscale() == "log"


def test_an_axis_is_linear_or_names_2_and_5_between_the_powers_and_epochs_are_whole():
    ax = plots.plot_curves({"a": CURVE}, ylabel="mse")
    assert ax.get_yscale() == "linear"
    assert all(tick % 1 == 0 for tick in ax.get_xticks())
    ax = plots.plot_curves({"a": CURVE}, ylabel="", log=True)
    major, minor = ax.yaxis.get_major_formatter(), ax.yaxis.get_minor_formatter()
    assert [major(value, 0) for value in (0.1, 1, 10)] == ["0.1", "1", "10"]
    written = [minor(value, 0) for value in (0.2, 0.3, 0.5, 2, 4, 5, 6, 20, 50, 90)]
    assert written == ["0.2", "", "0.5", "2", "", "5", "", "20", "50", ""]


def test_no_two_curves_look_alike():
    curves = {"published": CURVE} | {f"curve {k}": CURVE + k for k in range(20)}
    looks = [
        (to_hex(line.get_color()), line.get_linestyle())
        for line in plots.plot_curves(curves, ylabel="").get_lines()
    ]
    assert len(set(looks)) == 21
    assert [style for _, style in looks[1:]] == ["-"] * 10 + ["--"] * 10


# The map -----------------------------------------------------------------------------


@pytest.mark.parametrize(("spread", "n_titles"), [(1, 85), (3, 55)])
def test_titles_on_a_map_are_legible_near_their_dots_and_cover_no_other(
    spread, n_titles
):
    places = np.random.default_rng(0).normal(size=(100, 2)) ** spread
    places = pd.DataFrame(places, columns=["x", "y"])
    titles = pd.Series([f"The Movie number {k} (19{k:02})" for k in range(100)])
    ax = plots.plot_map(places, titles, title="t")
    found = boxes(ax)
    assert len(found) >= n_titles
    assert not any(a.overlaps(b) for a, b in itertools.combinations(found, 2))
    assert ax.get_title() == "t"
    number = {title: k for k, title in titles.items()}
    size = ax.get_window_extent().width
    for text, box in zip(ax.texts, found, strict=True):
        dot = ax.transData.transform(places.loc[number[text.get_text()]])
        gap = np.maximum(0, np.maximum([box.x0, box.y0] - dot, dot - [box.x1, box.y1]))
        assert np.linalg.norm(gap) < 0.25 * size


def test_a_map_has_each_dot_where_it_belongs():
    places = pd.DataFrame({"y": [0.5, 3.0], "x": [1.0, -2.0]}, index=[7, 3])
    ax = plots.plot_map(places, pd.Series({3: "C", 7: "G"}))
    assert ax.collections[0].get_offsets().tolist() == [[1.0, 0.5], [-2.0, 3.0]]
    near = {text.get_text(): np.array(text.get_position()) for text in ax.texts}
    assert np.linalg.norm(near["G"] - [1, 0.5]) < np.linalg.norm(near["G"] - [-2, 3])
    assert np.linalg.norm(near["C"] - [-2, 3]) < np.linalg.norm(near["C"] - [1, 0.5])
    across, up = ax.get_lines()[:2]
    assert list(across.get_ydata()) == [0, 0]
    assert list(up.get_xdata()) == [0, 0]


def test_on_a_map_near_means_near_in_every_direction():
    for wide in (1, 10):
        places = pd.DataFrame({"x": [0.0, wide, 0], "y": [0.0, 0, 1]})
        ax = plots.plot_map(places)
        ax.figure.canvas.draw()
        origin, right, up = ax.transData.transform([(0, 0), (1, 0), (0, 1)])
        assert right[0] - origin[0] == pytest.approx(up[1] - origin[1])
        (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
        assert x0 < 0 < wide < x1  # all of it is on the map
        assert y0 < 0 < 1 < y1


# Fonts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plot", "what"), [(plots.plot_crosstab, TABLE), (plots.plot_map, PLACES)]
)
def test_letters_that_the_font_lacks_are_told_once_with_the_cure(plot, what):
    titles = pd.Series({50: "東京物語", 20: "千と千尋"})
    with (
        plt.rc_context({"font.family": "DejaVu Sans"}),
        pytest.warns(UserWarning, match="the font has no signs for") as caught,
    ):
        plot(what, titles)
    assert len(caught) == 1
    assert "set plt.rcParams['font.family'] to an" in str(caught[0].message)
    assert caught[0].filename == __file__
    with warnings.catch_warnings(action="error"):
        plot(what, pd.Series({50: "Amélie", 20: "Ørnen ☆ Ω"}))  # it has these


def test_other_warnings_are_passed_on():
    with (
        pytest.warns(DeprecationWarning, match="soon") as caught,
        plots._one_hint_at_fonts(),
    ):
        warnings.warn("soon", DeprecationWarning, stacklevel=1)
    assert len(caught) == 1


# Dollars -----------------------------------------------------------------------------


def test_a_dollar_in_a_title_is_a_dollar():
    titles = pd.Series({1: "Ba$$in", 2: "A $1 and $2 movie", 3: "c"})
    table = pd.DataFrame([[1.0, 2.0, 3.0]], columns=titles.index, index=["$u$"])
    places = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 2, 1]}, index=titles.index)
    for ax in (
        plots.plot_map(places, titles, title="$a$"),
        plots.plot_crosstab(table, titles, title="$a$", unit="$x$"),
        plots.plot_curves({"$a$": pd.Series([1.0])}, ylabel="$b$"),
        plots.plot_long_tail([3, 1], what="$a$"),
    ):
        ax.figure.canvas.draw()  # "Ba$$in" could not be drawn
        texts = [text.get_text() for text in ax.figure.findobj(mpl.text.Text)]
        shown = [text for text in texts if "$" in text and "mathdefault" not in text]
        assert shown
        assert all(text.count("$") == text.count(r"\$") for text in shown)
        plt.close(ax.figure)


# What is refused ---------------------------------------------------------------------

NAN = TABLE.isna()
FULL, BY_TEXT = TABLE.fillna(3.5), pd.Series({"50": "Alien"})
SCALE = "must be the lowest and the highest rating there is, with the mean 3.00 of the"
KNOWN = "the ids to label holds ids like 50, but the known ones are like '50'"
REFUSED = {
    plots.plot_long_tail: [
        ("counts must be whole numbers above 0, not []", [], {}),
        ("counts must be whole numbers above 0, not [0.]", [3, 0], {}),
        ("counts must be whole numbers above 0, not [2.5]", [2.5, 1], {}),
    ],
    plots.plot_crosstab: [
        ("table must be a DataFrame of ratings, with rows", TABLE[:0], {}),
        ("table has no ratings", TABLE * np.nan, {}),
        ("column 20 of table: 1 of 1 values are", TABLE.replace(3, np.inf), {}),
        (f"scale=(5, 10) {SCALE} table", FULL, {"scale": (5, 10)}),
        (f"scale=(0.5, 1.5) {SCALE} table", FULL, {"scale": (0.5, 1.5)}),
        (f"scale=(3, 3) {SCALE} table", FULL, {"scale": (3, 3)}),
        (KNOWN, TABLE, {"titles": BY_TEXT}),
        ("marked has no row [9]", TABLE, {"marked": NAN[:1]}),
        ("marked has no column [50, 20]", TABLE, {"marked": NAN.rename(columns=str)}),
        ("marked must hold booleans, not {dtype('float64')}", TABLE, {"marked": TABLE}),
        ("marked has the row 7 twice", TABLE, {"marked": pd.concat([NAN, NAN])}),
        ("marked has the column 50 twice", TABLE, {"marked": NAN[[50, 20, 50]]}),
    ],
    plots.plot_curves: [
        ("curves must be a dict from label to Series, not {}", {}, {"ylabel": ""}),
        ("curves['a'] must be a Series by", {"a": [1.0, 2.0]}, {"ylabel": ""}),
        ("curves['a'] must hold numbers, not", {"a": CURVE.map(str)}, {"ylabel": ""}),
    ],
    plots.plot_map: [
        ("places must be a DataFrame with the columns 'x'", PLACES[["x"]], {}),
        ("places has no rows", PLACES[:0], {}),
        (KNOWN, PLACES, {"titles": BY_TEXT}),
    ],
}


@pytest.mark.parametrize("plot", REFUSED)
def test_what_cannot_be_drawn_is_refused(plot):
    for message, data, options in REFUSED[plot]:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
            plot(data, **options)
