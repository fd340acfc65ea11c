import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from collab import diagrams

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_one_hot_lookup_shows_the_row_it_looks_up():
    table = np.array([[0.3, -0.2], [1.1, 0.4], [-0.7, 0.9]])
    one_hot, _, row = diagrams.draw_one_hot_lookup(table, 1)
    assert texts(one_hot)[:3] == ["0", "1", "0"]
    assert texts(row)[:2] == ["1.1", "0.4"]


def test_model_graph_draws_every_layer_and_every_connection():
    from collab.models import dot_product_model

    model = dot_product_model(3, 4, 2)
    ax = diagrams.draw_model_graph(model)
    named = [text for text in texts(ax) if text]
    assert {text.split("\n")[0] for text in named} == {x.name for x in model.layers}
    # 2 inputs feed 4 tables, each flattened; dot, add and add take two each.
    assert sum(text == "" for text in texts(ax)) == 4 + 4 + 3 * 2
    assert ax.get_title() == "dot_product_model: 21 weights, all in the green boxes"
    assert any("user_in_table" in text and "6 weights" in text for text in named)
