"""collab/plots.py: what stands on the figures, where, and in which colours."""

import itertools
import re
import warnings

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


def overlaps(found):
    return sum(
        box.overlaps(other) for k, box in enumerate(found) for other in found[:k]
    )


ALL = [
    lambda **options: plots.plot_long_tail([3, 1], **options),
    lambda **options: plots.plot_crosstab(pd.DataFrame([[1.0, 4.0]]), **options),
    lambda **options: plots.plot_curves({"a": pd.Series([1.0])}, ylabel="", **options),
    lambda **options: plots.plot_map(pd.DataFrame({"x": [1], "y": [2]}), **options),
]


WIDTHS = [6.4, 9, 6.4, 11]  # inches: at 6.4 a phone still shows legible text


@pytest.mark.parametrize(("plot", "width"), [*zip(ALL, WIDTHS, strict=True)])
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
    ((note,), (box,)), frame = (ax.texts, boxes(ax)), ax.get_window_extent()
    assert note.xy[0] == half
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


def test_the_crosstab_writes_each_rating_once_and_nothing_where_there_is_none():
    titles = pd.Series({20: "Alien (1979)", 50: "Matrix, The (1999)"})
    ax = plots.plot_crosstab(TABLE, titles, title="Stars")
    assert texts(ax) == ["1.0", "4.5", "3.0"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (0, 1), (1, 1)]
    assert labels(ax.xaxis) == ["Matrix, The (1999)", "Alien (1979)"]
    assert labels(ax.yaxis) == ["7", "9"]
    assert (ax.get_title(), ax.get_ylabel()) == ("Stars", "user id")
    assert ax.get_ylim() == (1.5, -0.5)  # the first row on top


def test_the_colours_go_from_pale_to_dark_and_no_rating_is_grey():
    (image,) = plots.plot_crosstab(TABLE).images
    colors = image.to_rgba(image.get_array())
    brightness = colors[..., :3].sum(axis=2)
    assert brightness[0, 0] > brightness[1, 1] > brightness[1, 0]
    assert np.ptp(colors[0, 1, :3]) == 0
    assert np.ptp(colors[0, 0, :3]) > 0.1


def test_the_words_and_the_scale_of_a_crosstab_are_the_callers():
    ax = plots.plot_crosstab(TABLE, unit="points", row_label="judge", scale=(0, 10))
    assert ax.get_ylabel() == "judge"
    assert ax.images[0].colorbar.ax.get_ylabel() == "points"
    assert ax.images[0].get_clim() == (0, 10)
    assert plots.plot_crosstab(TABLE).images[0].colorbar.ax.get_ylabel() == "stars"


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ([[-10.0, np.nan, 10.6]], (-10, 10.6)),
        ([[3.0, 3.0]], (2.5, 3.5)),
    ],
)
def test_the_scale_is_read_off_the_table_unless_told(values, limits):
    assert plots.plot_crosstab(pd.DataFrame(values)).images[0].get_clim() == limits


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


@pytest.mark.parametrize(
    ("values", "extend"),
    [
        ([[1.0, 5.0]], "neither"),
        ([[1.0, 5.7]], "max"),
        ([[0.5, 4.0]], "min"),
        ([[0.5, 5.1]], "both"),
    ],
)
def test_the_crosstab_shows_that_a_value_is_beyond_its_scale(values, extend):
    ax = plots.plot_crosstab(pd.DataFrame(values), scale=(1, 5))
    assert ax.images[0].colorbar.extend == extend
    assert plots.plot_crosstab(pd.DataFrame(values)).images[0].colorbar.extend == (
        "neither"
    )


def frames(ax):
    return [
        (patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2)
        for patch in ax.patches
    ]


def test_the_crosstab_frames_the_marked_cells():
    marked = pd.DataFrame([[False, True], [True, False]], [7, 9], [50, 20])
    ax = plots.plot_crosstab(TABLE, marked=marked)
    np.testing.assert_allclose(frames(ax), [(1, 0), (0, 1)], atol=1e-9)  # column, row
    assert not any(patch.get_fill() for patch in ax.patches)
    assert not plots.plot_crosstab(TABLE).patches


def test_cells_are_marked_by_label_and_not_by_position():
    marked = pd.DataFrame(
        {99: True, 20: [False, True, True], 50: False}, index=[9, 8, 7]
    )
    for order in (marked, marked.astype("boolean"), marked.iloc[::-1, ::-1]):
        ax = plots.plot_crosstab(TABLE, marked=order)
        np.testing.assert_allclose(frames(ax), [(1, 0)], atol=1e-9)


@pytest.mark.parametrize("plot", [plots.plot_crosstab, plots.plot_map])
def test_titles_by_text_for_ids_in_numbers_are_refused(plot):
    table = pd.DataFrame({"x": [1.0, 2], "y": [2.0, 1]}, index=[50, 20])
    table = table if plot is plots.plot_map else table.T
    with pytest.raises(
        ValueError, match="ids like 50, but the known ones are like '50'"
    ):
        plot(table, pd.Series({"50": "Alien"}))


def test_an_item_without_a_title_keeps_its_id():
    titles = pd.Series({20: "Alien (1979)", 99: "Ran", 50: None})
    assert labels(plots.plot_crosstab(TABLE, titles).xaxis) == ["50", "Alien (1979)"]
    assert labels(plots.plot_crosstab(TABLE, titles[:0]).xaxis) == ["50", "20"]
    assert labels(plots.plot_crosstab(TABLE).xaxis) == ["50", "20"]
    places = pd.DataFrame({"x": [1.0, 2], "y": [2.0, 1]}, index=[50, 20])
    assert sorted(texts(plots.plot_map(places, titles))) == ["50", "Alien (1979)"]
    assert sorted(texts(plots.plot_map(places))) == ["20", "50"]


def test_tables_of_other_types_of_numbers_are_drawn():
    for dtype in ("Float64", "object", "float64[pyarrow]"):
        ax = plots.plot_crosstab(TABLE.astype(dtype))
        assert texts(ax) == ["1.0", "4.5", "3.0"]
    assert texts(plots.plot_crosstab(pd.DataFrame([[1, 5]]))) == ["1.0", "5.0"]
    assert len(plots.plot_crosstab(pd.concat([TABLE, TABLE])).texts) == 6  # a row twice


# Curves ------------------------------------------------------------------------------

CURVE = pd.Series([3.0, 2.0, 1.5], index=[1, 2, 3])


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
    assert ours.get_ydata().tolist() == [3.0, 2.0, 1.5]
    assert unnamed.get_ydata().tolist() == [4.0, 3.0, 2.5]
    assert (ax.get_ylabel(), ax.get_xlabel(), ax.get_title()) == ("loss", "epoch", "t")
    assert ax.get_yscale() == "log"


def test_a_linear_axis_unless_told_and_whole_epochs():
    ax = plots.plot_curves({"a": CURVE}, ylabel="mse", xlabel="passes")
    assert (ax.get_yscale(), ax.get_xlabel()) == ("linear", "passes")
    assert all(tick % 1 == 0 for tick in ax.get_xticks())


def test_a_logarithmic_axis_names_2_and_5_between_the_powers():
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


def test_a_curve_may_have_gaps():
    (line,) = plots.plot_curves({"a": CURVE.replace(2, np.nan)}, ylabel="").get_lines()
    assert np.isnan(line.get_ydata()[1])


# The map -----------------------------------------------------------------------------


def crowded_map(spread):
    places = np.random.default_rng(0).normal(size=(100, 2)) ** spread
    places = pd.DataFrame(places, columns=["x", "y"])
    titles = pd.Series([f"The Movie number {k} (19{k:02})" for k in range(100)])
    ax = plots.plot_map(places, titles, title="t", xlabel="x (stars)", ylabel="y")
    return ax, places, titles


@pytest.mark.parametrize(("spread", "n_titles"), [(1, 85), (3, 55)])
def test_titles_on_a_map_are_legible_near_their_dots_and_cover_no_other(
    spread, n_titles
):
    ax, places, titles = crowded_map(spread)
    found = boxes(ax)
    assert len(found) >= n_titles
    assert overlaps(found) == 0
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("t", "x (stars)", "y")
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


def test_letters_that_the_font_lacks_are_told_once_with_the_cure():
    titles = pd.Series({50: "東京物語", 20: "千と千尋"})
    for draw in (
        lambda: plots.plot_crosstab(TABLE, titles),
        lambda: plots.plot_map(
            pd.DataFrame({"x": [1.0, 2], "y": [2.0, 1]}, index=[50, 20]), titles
        ),
    ):
        with (
            plt.rc_context({"font.family": "DejaVu Sans"}),
            pytest.warns(UserWarning, match="the font has no signs for") as caught,
        ):
            draw()
        assert len(caught) == 1
        assert "set plt.rcParams['font.family'] to an" in str(caught[0].message)
        assert caught[0].filename == __file__


def test_other_warnings_are_passed_on():
    with (
        pytest.warns(DeprecationWarning, match="soon") as caught,
        plots._one_hint_at_fonts(),
    ):
        warnings.warn("soon", DeprecationWarning, stacklevel=1)
    assert len(caught) == 1


def test_letters_that_the_font_has_are_no_news():
    titles = pd.Series({50: "Amélie", 20: "Ørnen ☆ Ω"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plots.plot_crosstab(TABLE, titles)


# Dollars -----------------------------------------------------------------------------


def test_a_dollar_in_a_title_is_a_dollar():
    titles = pd.Series({1: "Ba$$in", 2: "A $1 and $2 movie", 3: "c"})
    table = pd.DataFrame([[1.0, 2.0, 3.0]], columns=titles.index, index=["$u$"])
    places = pd.DataFrame({"x": [0.0, 1, 2], "y": [0.0, 2, 1]}, index=titles.index)
    for ax in (
        plots.plot_map(places, titles, title="$a$", xlabel="$b$"),
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


def crosstab(table=TABLE, **options):
    return lambda: plots.plot_crosstab(table, **options)


@pytest.mark.parametrize("scale", [(5, 10), (0.5, 1.5), (3, 3)])
def test_a_scale_without_the_mean_in_it_is_refused(scale):
    message = "the lowest and the highest rating .* the mean 3.00 of the table"
    with pytest.raises(ValueError, match=message):
        plots.plot_crosstab(TABLE.fillna(3.5), scale=scale)


REFUSED = {
    "counts must be whole numbers above 0, not []": lambda: plots.plot_long_tail([]),
    "counts must be whole numbers above 0, not [0.]": (
        lambda: plots.plot_long_tail([3, 0])
    ),
    "counts must be whole numbers above 0, not [2.5]": (
        lambda: plots.plot_long_tail([2.5, 1])
    ),
    "table must be a DataFrame of ratings, with rows and columns": crosstab(TABLE[:0]),
    "table has no ratings": crosstab(TABLE * np.nan),
    "column 20 of table: 1 of 1 values are": crosstab(TABLE.replace(3, np.inf)),
    "marked has no row [9]": crosstab(marked=NAN[:1]),
    "marked has no column [50, 20]": crosstab(marked=NAN.rename(columns=str)),
    "marked must hold booleans, not {dtype('float64')}": crosstab(marked=TABLE),
    "marked has the row 7 twice": crosstab(marked=pd.concat([NAN, NAN])),
    "marked has the column 50 twice": crosstab(marked=pd.concat([NAN, NAN], axis=1)),
    "table has the row 7 twice": crosstab(pd.concat([TABLE, TABLE]), marked=NAN),
    "curves must be a dict from label to Series, not {}": (
        lambda: plots.plot_curves({}, ylabel="")
    ),
    "curves['a'] must be a Series by epoch, not list": (
        lambda: plots.plot_curves({"a": [1.0, 2.0]}, ylabel="")
    ),
    "curves['a'] must hold numbers, not '3.0'": (
        lambda: plots.plot_curves({"a": CURVE.astype(str)}, ylabel="")
    ),
    "places must be a DataFrame with the columns 'x'": (
        lambda: plots.plot_map(pd.DataFrame({"x": [1.0]}))
    ),
    "places has no rows": lambda: plots.plot_map(pd.DataFrame({"x": [], "y": []})),
}


@pytest.mark.parametrize(("message", "draw"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused(message, draw):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        draw()
