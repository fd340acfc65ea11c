"""The rules of the house, as tests: modules that stand alone, code in one style, data
that is the original's."""

import ast
import hashlib
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from conftest import ROOT

MODULES = sorted(path for path in (ROOT / "collab").glob("*.py"))
ALONE = [path for path in MODULES if path.stem != "__init__"]

# Each module stands alone ------------------------------------------------------------

# What is done with a module in a folder that holds nothing else: its main function is
# called and the answer compared. `module` is the module; the folder is the current one.
USES = {
    "data": """
with open("ratings.csv", "w") as file:
    file.write("userId,movieId,rating\\n7,50,4.5\\n3,20,1\\n")
assert module.load_ratings("ratings.csv")["rating"].tolist() == [4.5, 1.0]
""",
    "crosstab": """
import pandas as pd
rows = [(7, 50, 4.5), (7, 20, 1.0), (3, 20, 2.0)]
ratings = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
assert module.rating_crosstab(ratings, 1, 2).to_numpy().tolist() == [[1.0, 4.5]]
""",
    "ids": """
ids = module.IdMap([7, 3, 7])
ids.save("ids.json")
assert module.IdMap.load("ids.json").encode([3, 7]).tolist() == [1, 0]
""",
    "split": """
import numpy as np, pandas as pd
ratings = pd.DataFrame({"rating": range(50)})
train, valid = module.random_split(ratings, rng=np.random.default_rng(0))
assert len(train) > len(valid) > 0
assert sorted([*train["rating"], *valid["rating"]]) == list(range(50))
""",
    "models": """
import numpy as np
model = module.dot_product_model(3, 4, 2, initializer="ones")
assert model.predict([np.array([2]), np.array([3])], verbose=0).tolist() == [[4.0]]
""",
    "training": """
import keras, numpy as np, pandas as pd
inputs = [keras.Input((1,), dtype="int64", name=name) for name in ("user", "item")]
rows = [keras.layers.Flatten()(keras.layers.Embedding(2, 1)(x)) for x in inputs]
model = keras.Model(inputs, keras.layers.Add()(rows))
model.compile(keras.optimizers.SGD(0.5), loss="mse", metrics=["mse"])
table = pd.DataFrame({"user": [0, 1], "movie": [1, 0], "rating": [4.0, 2.0]})
history = module.fit(model, table, table, epochs=2, rng=np.random.default_rng(0))
assert history["val_mse"].iloc[-1] < 0.5 < 8 < history["mse"].iloc[0]
class Ids:
    encode = staticmethod(np.asarray)
assert abs(module.predict(model, Ids, Ids, 0, 1) - 4) < 1
""",
    "plots": """
import matplotlib
matplotlib.use("Agg")
import pandas as pd
table = pd.DataFrame([[4.0, float("nan")]], index=[7], columns=[50, 20])
ax = module.plot_crosstab(table, title="a crosstab")
assert [text.get_text() for text in ax.texts] == ["4.0"]
ax.figure.savefig("crosstab.png")
""",
    "diagrams": """
import matplotlib
matplotlib.use("Agg")
axes = module.draw_one_hot_lookup([[1.0, 2.0], [3.0, 4.0]], 1)
assert [text.get_text() for text in axes[2].texts][:2] == ["3.0", "4.0"]
axes[0].figure.savefig("lookup.png")
""",
    "checks": """
module.check_count_weights(lambda users, movies, n: (users + movies) * (n + 1))
try:
    module.check_count_weights(lambda users, movies, n: 0)
except AssertionError as error:
    assert "expected" in str(error)
else:
    raise SystemExit("a wrong answer passed")
""",
    "metrics": """
assert module.mse([4.0, 3.0], [2.0, 3.0]) == 2
assert module.rmse([4.0, 3.0], [2.0, 3.0]) == 2**0.5
assert module.mae([4.0, 3.0], [2.0, 3.0]) == 1
""",
    "inside": """
import pandas as pd
factors = pd.DataFrame([[3, 4], [6, 8], [4, 3]], index=[50, 20, 7])
assert module.neighbours(factors, 50, 1).to_dict() == {20: 1.0}
assert module.find_title(pd.Series({20: "Heat", 7: "Toy Story"}), "toy") == 7
places, share = module.map_2d(factors, factors)
assert abs(share - 1) < 1e-12
assert (module.align(-places, places) - places).abs().to_numpy().max() < 1e-9
""",
    "recommend": """
import numpy as np, pandas as pd
class tables:
    mean = 3.5
    item_bias = pd.Series({50: 0.5, 20: 0.0})
    item_factors = pd.DataFrame([[1.0], [2.0]], index=[50, 20])
taste = module.fold_in(tables, pd.Series({50: 5.0}), bias_damping=1, factor_damping=2)
assert np.allclose([taste.bias, *taste.factors], [0.4, 0.2])
scores = module.score_items(tables, taste)
assert module.top_n(scores, 1, seen=[50]).round(9).to_dict() == {20: 4.3}
""",
    "ranking": """
import numpy as np, pandas as pd
table = module.watched(pd.DataFrame({"user": [0, 0, 1], "movie": [0, 1, 1]}), 2, 2)
assert table.tolist() == [[1, 1], [0, 1]]
similar = module.item_similarities(table, damping=0)
assert np.allclose(similar, [[0, 0.5**0.5], [0.5**0.5, 0]])
model = module.ranking_model(2, 2, 3, counts=table.sum(axis=0))
assert (np.diff(model(np.array([0, 1])).numpy()) > 0.2).all()
""",
    "baselines": """
import pandas as pd
rows = [(7, 50, 4.0), (7, 20, 1.0), (3, 20, 2.5)]
ratings = pd.DataFrame(rows, columns=["userId", "movieId", "rating"])
assert module.predict_mean(ratings, ratings, "movieId").tolist() == [4.0, 1.75, 1.75]
biases = module.fit_biases(ratings, user_damping=0, item_damping=0, n_passes=1)
assert module.predict_biases(biases, ratings).tolist() == [3.625, 1.375, 2.5]
""",
    "storage": """
import json, keras, numpy as np
from pathlib import Path
class Ids(list):
    def save(self, path):
        path.write_text(json.dumps(self))
    @classmethod
    def load(cls, path):
        return cls(json.loads(path.read_text()))
inputs = [keras.Input((1,), dtype="int64", name=name) for name in ("user", "item")]
rows = [keras.layers.Flatten()(keras.layers.Embedding(2, 1)(x)) for x in inputs]
model = keras.Model(inputs, keras.layers.Dot(1)(rows))
module.save_recommender("saved", model, Ids([7, 3]), Ids([20, 50]))
loaded, user_ids, movie_ids = module.load_recommender("saved", Ids)
assert (user_ids, movie_ids) == ([7, 3], [20, 50])
pair = [np.array([1]), np.array([0])]
assert float(loaded(pair)[0, 0]) == float(model(pair)[0, 0]) != 0
""",
    "bug_hunt": """
import numpy as np
module.check_shuffled(lambda n, seed: np.random.default_rng(seed).permutation(n))
try:
    module.check_shuffled(lambda n, seed: np.arange(n))
except AssertionError as error:
    assert "same order" in str(error)
else:
    raise SystemExit("a wrong answer passed")
""",
    "panel": """
import pandas as pd
titles = pd.Series({7: "Alien", 5: "Brazil"})
panel = module.RatingPanel(titles, lambda stars: pd.Series({5: 1.0 + stars.sum()}))
panel.rate(7, 4)
assert panel.ratings.to_dict() == {7: 4.0}
assert repr(panel) == " 5.00  Brazil"
""",
    "exercises": """
import numpy as np
module.check_centre(lambda mean, bias: (mean + bias.mean(), bias - bias.mean()))
try:
    module.check_centre(lambda mean, bias: (mean, bias))
except AssertionError as error:
    assert "expected 0" in str(error)
else:
    raise SystemExit("a wrong answer passed")
""",
    "notebook": """
import os
module.prepare()
assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
""",
}

STRANGER = """
import importlib, sys

class NoCollab:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "collab":
            raise ModuleNotFoundError("collab is blocked", name="collab")

sys.meta_path.insert(0, NoCollab)
sys.path.insert(0, "")
try:
    import collab
except ModuleNotFoundError as error:
    assert "blocked" in str(error)
else:
    raise SystemExit("collab is importable: this proves nothing")
module = importlib.import_module(sys.argv[1])
assert module.__file__.startswith(sys.argv[2]), module.__file__
"""


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_a_module_works_when_its_file_alone_is_copied(path, tmp_path):
    assert path.stem in USES, f"write a use of {path.name} into USES"
    shutil.copy(path, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            STRANGER + USES[path.stem],
            path.stem,
            str(tmp_path),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_no_use_is_left_of_a_module_that_is_gone():
    assert set(USES) <= {path.stem for path in ALONE}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_imports_another(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            names = [node.module]
        for name in names:
            assert name.partition(".")[0] != "collab", f"line {node.lineno}: {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_has_at_most_250_lines(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 250, f"{lines} lines hold two ideas"


# Quick to import ---------------------------------------------------------------------


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


LIGHT = ["data", "ids", "crosstab", "split", "notebook", "checks"]
LIGHT += ["metrics", "baselines", "bug_hunt", "exercises", "inside", "recommend"]


@pytest.mark.parametrize("module", ["", *(f".{name}" for name in LIGHT)])
def test_what_builds_no_model_does_not_import_tensorflow(module):
    heavy = '{"tensorflow", "keras", "matplotlib"}'
    code = f"import sys, collab{module}; print(sorted({heavy} & set(sys.modules)))"
    assert run(code) == "[]\n"


def test_import_collab_is_instant():
    code = """
import time
start = time.perf_counter()
import collab
print(time.perf_counter() - start)
"""
    assert min(float(run(code)) for _ in range(3)) < 0.05


# One style ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say_notebooks_included(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# The data ----------------------------------------------------------------------------


def constants(path):
    """The module-level constants of a script, without running it."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            found[node.targets[0].id] = node.value
    return found


def test_the_data_is_byte_for_byte_what_it_should_be():
    published = "b4239649fbf90ebf405c56c3ae1d929d9e7c86fc1a3a80cbef1c884df593ef73"
    expected = ast.literal_eval(constants(ROOT / "data" / "make_data.py")["SHA256"])
    assert set(expected) == {"ratings.csv", "movies.csv"}
    assert expected["ratings.csv"] == published
    for name, digest in expected.items():
        content = (ROOT / "data" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name


def test_every_rated_movie_has_a_title_and_every_title_a_rating(real):
    movies = pd.read_csv(ROOT / "data" / "movies.csv", keep_default_na=False)
    assert movies.columns.tolist() == ["movieId", "title", "genres"]
    assert set(movies["movieId"]) == set(real["movieId"])
    assert movies["movieId"].is_unique
    assert movies["title"].str.strip().ne("").all()
