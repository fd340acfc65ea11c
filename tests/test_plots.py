import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from collab import plots

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Godfather, The (1972)", "The Godfather (1972)"),
        ("Beautiful Mind, A (2001)", "A Beautiful Mind (2001)"),
        ("Toy Story (1995)", "Toy Story (1995)"),
        ("Hyena Road", "Hyena Road"),
        ("Koyaanisqatsipowaqqatsinaqoyqatsi (1982)", "Koyaanisqatsipowaqqa… (1982)"),
        (
            "City of Lost Children, The (Cité, La) (1995)",
            "The City of Lost… (1995)",
        ),
        ("Star Wars: Episode IV - A New Hope (1977)", "Star Wars: Episode… (1977)"),
    ],
)
def test_shorten_keeps_the_year_and_fits(title, expected):
    assert plots.shorten(title, width=28) == expected
    assert len(plots.shorten(title, width=28)) <= 28


def test_crosstab_writes_each_rating_once_and_nothing_where_there_is_none():
    table = pd.DataFrame([[1.0, np.nan], [4.5, 3.0]], index=[7, 9], columns=[50, 20])
    titles = pd.Series({20: "Alien (1979)", 50: "Matrix, The (1999)"})
    ax = plots.plot_crosstab(table, titles)
    assert texts(ax) == ["1.0", "4.5", "3.0"]
    assert [(t.get_position()) for t in ax.texts] == [(0, 0), (0, 1), (1, 1)]
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == ["The Matrix (1999)", "Alien (1979)"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["7", "9"]


def test_crosstab_refuses_titles_that_do_not_fit():
    table = pd.DataFrame([[1.0, 2.0]], columns=[50, 20])
    with pytest.raises(ValueError, match="titles must be a Series"):
        plots.plot_crosstab(table, pd.DataFrame({"movieId": [50, 20]}))
    with pytest.raises(ValueError, match=r"titles has no title for \[20\]"):
        plots.plot_crosstab(table, pd.Series({50: "Alien (1979)"}))


def test_crosstab_shows_that_a_value_is_beyond_its_scale():
    for highest, extend in [(5.0, "neither"), (5.7, "max")]:
        ax = plots.plot_crosstab(pd.DataFrame([[1.0, highest]]))
        assert ax.images[0].colorbar.extend == extend


@pytest.mark.parametrize("counts", [[], [3, 0], [2.0, np.nan]])
def test_long_tail_refuses_what_is_no_count(counts):
    with pytest.raises(ValueError, match="counts must be positive"):
        plots.plot_long_tail(counts)


def test_crosstab_frames_the_marked_cells():
    table = pd.DataFrame([[1.0, 2.0], [4.5, 3.0]])
    marked = pd.DataFrame([[False, True], [False, False]])
    ax = plots.plot_crosstab(table, marked=marked)
    (frame,) = ax.patches
    assert frame.get_x() < 1 < frame.get_x() + frame.get_width()
    assert frame.get_y() < 0 < frame.get_y() + frame.get_height()


def test_long_tail_says_how_many_hold_half_of_the_ratings():
    ax = plots.plot_long_tail([1, 6, 2, 3], what="movie")  # 6 of 12 is the first one
    assert "first 1 movies" in texts(ax)[0]
    assert ax.get_title() == "The long tail: 12 ratings, 4 movies"
    ax = plots.plot_long_tail([5, 1, 4, 2])  # 5 of 12 is not yet half
    assert "first 2 movies" in texts(ax)[0]


def test_curves_are_lines_and_published_ones_dots():
    curve = pd.Series([3.0, 2.0, 1.5], index=[1, 2, 3])
    curves = {"ours": curve, "published": curve, "_published": curve + 1}
    ax = plots.plot_curves(curves, ylabel="loss", log=True)
    ours, published, unnamed = ax.get_lines()
    assert unnamed.get_linestyle() in ("", "None")
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["ours", "published"]
    assert ours.get_linestyle() == "-"
    assert published.get_linestyle() in ("", "None")
    assert published.get_ydata().tolist() == [3.0, 2.0, 1.5]
    assert (ax.get_ylabel(), ax.get_yscale()) == ("loss", "log")


def boxes(ax):
    renderer = ax.figure.canvas.get_renderer()
    return [text.get_window_extent(renderer) for text in ax.texts]


def crowded_map(spread):
    places = np.random.default_rng(0).normal(size=(100, 2)) ** spread
    places = pd.DataFrame(places, columns=["x", "y"])
    titles = pd.Series([f"Movie number {k}, The (19{k:02})" for k in range(100)])
    ax = plots.plot_map(places, titles, title="t", xlabel="x (stars)", ylabel="y")
    ax.figure.canvas.draw()
    return ax, [plots.shorten(title, 27) for title in titles]


@pytest.mark.parametrize("spread", [1, 3])
def test_on_a_map_no_title_covers_another(spread):
    found = boxes(crowded_map(spread)[0])
    assert len(found) > 60
    for i, box in enumerate(found):
        assert not any(box.overlaps(other) for other in found[:i])


def test_a_map_of_a_hundred_movies_has_room_for_all_titles():
    ax, titles = crowded_map(1)
    assert sorted(texts(ax)) == sorted(titles)
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("t", "x (stars)", "y")


def test_a_map_has_each_dot_where_it_belongs():
    places = pd.DataFrame({"x": [1.0, -2.0], "y": [0.5, 3.0]}, index=[7, 3])
    ax = plots.plot_map(places, pd.Series({3: "C", 7: "G"}))
    assert ax.collections[0].get_offsets().tolist() == [[1.0, 0.5], [-2.0, 3.0]]
    near = {text.get_text(): np.array(text.get_position()) for text in ax.texts}
    assert np.linalg.norm(near["G"] - [1, 0.5]) < np.linalg.norm(near["G"] - [-2, 3])
    assert np.linalg.norm(near["C"] - [-2, 3]) < np.linalg.norm(near["C"] - [1, 0.5])


def test_a_map_refuses_a_movie_without_a_title():
    places = pd.DataFrame({"x": [1.0], "y": [0.5]}, index=[7])
    with pytest.raises(ValueError, match="no title for"):
        plots.plot_map(places, pd.Series({3: "C"}))
