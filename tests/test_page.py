"""collab/page.py: what the file holds, and what it does not."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from collab import page as module
from collab.factors import Factors
from collab.page import read_page, write_page
from collab.recommend import fold_in

N_USERS, N_ITEMS, K = 6, 40, 5


def factors_of(item=int, user=int, seed=0):
    rng = np.random.default_rng(seed)
    users = pd.Index([user(7 * k + 100_003) for k in range(N_USERS)])
    items = pd.Index([item(1000 - 11 * k) for k in range(N_ITEMS)])
    return Factors(
        3.4,
        pd.Series(rng.normal(size=N_USERS), users),
        pd.Series(rng.normal(size=N_ITEMS) / 3, items),
        pd.DataFrame(rng.normal(size=(N_USERS, K)), users),
        pd.DataFrame(rng.normal(size=(N_ITEMS, K)) * [3, 1, 0.1, 2, 0.5], items),
        (0.5, 5.0),
    )


FACTORS = factors_of()
IDS = FACTORS.item_bias.index
TITLES = pd.Series([f"Title {k}" for k in range(N_ITEMS)], IDS)
STARS = pd.Series([5.0, 1.5, 4.0], IDS[[3, 30, 7]])
TOGETHER = pd.DataFrame(
    np.random.default_rng(9).normal(size=(N_ITEMS, N_ITEMS)), IDS, IDS
)


@pytest.fixture
def write(tmp_path):
    """Everything has been rated by a hundred people, where nothing else is said."""

    def write(factors=FACTORS, titles=TITLES, path=tmp_path / "p.html", **options):
        table = getattr(factors, "item_bias", options.get("together"))
        ids = getattr(table, "index", IDS)
        options = {"counts": pd.Series(100, ids), "n_factors": K, **options}
        return write_page(factors, titles, path, **options)

    return write


@pytest.fixture
def written(write):
    return lambda *args, **options: read_page(write(*args, **options))


@pytest.fixture
def payload(write):
    """What a page is written with, as the browser reads it."""

    def payload(*args, **options):
        text = write(*args, **options).read_text("utf-8")
        return json.loads(re.search(r'id="data">(.*)</script>\n', text)[1])

    return payload


def scores(factors):
    return factors.scores(fold_in(factors, STARS))[IDS]


# Numbers -----------------------------------------------------------------------------


def test_turning_changes_no_score_and_rounding_little(written):
    fine, rough = written(bits=16), written(bits=8)
    assert np.abs(scores(fine.factors) - scores(FACTORS)).max() < 1e-3
    off = np.abs(scores(rough.factors) - scores(FACTORS)).max()
    assert 1e-3 < off < 0.05
    assert np.abs(scores(FACTORS) - FACTORS.mean - FACTORS.item_bias).max() > 0.5
    assert fine.factors.mean == FACTORS.mean
    assert fine.factors.scale == (0.5, 5.0)
    assert (fine.picked, fine.items) == (None, None)


@pytest.mark.parametrize("bits", [8, 16])
def test_each_factor_is_at_most_half_a_step_off(bits):
    table = np.random.default_rng(1).normal(size=(200, 4)) * [1, -100, 1e-6, 0]
    packed = module._packed(table, bits)
    steps, found = np.array(packed["steps"]), module._unpacked(packed)
    assert steps == pytest.approx(abs(table).max(axis=0) / (2 ** (bits - 1) - 1))
    off = np.abs(found - table)[:, :3] / steps[:3]
    assert 0.4 < off.max() <= 0.5 + 1e-9
    assert not found[:, 3].any()
    assert len(base64.b64decode(packed["numbers"])) == 800 * bits // 8


def test_the_first_factors_matter_most_and_the_last_are_left_out(written, tmp_path):
    sizes = np.linalg.svd(FACTORS.item_factors, compute_uv=False)
    for k in (1, 3, 5):
        Q = written(n_factors=k, bits=16).factors.item_factors.loc[IDS].to_numpy()
        assert Q.shape == (N_ITEMS, k)
        assert np.linalg.norm(Q, axis=0) == pytest.approx(sizes[:k], rel=1e-3)
    assert written(n_factors=99).factors.item_factors.shape[1] == K
    path, counts = tmp_path / "p.html", pd.Series(100, IDS)
    few = read_page(write_page(FACTORS, TITLES, path, counts=counts))
    assert few.factors.item_factors.shape[1] == 2  # where nothing is said


def test_of_what_goes_together_the_nearest_products_are_kept(written):
    sizes = np.linalg.svd(TOGETHER, compute_uv=False)
    for k in (3, 25, N_ITEMS, 2 * N_ITEMS):
        page = written(together=TOGETHER, n_together=k, bits=16)
        assert page.picked.shape == page.items.shape == (N_ITEMS, min(k, N_ITEMS))
        lost = np.linalg.norm(page.picked @ page.items.T - TOGETHER.loc[IDS, IDS])
        assert lost == pytest.approx(np.linalg.norm(sizes[k:]), abs=0.05)


def test_a_missing_row_or_column_says_nothing_nor_does_what_is_not_listed(written):
    some = TOGETHER.iloc[::-1, 5:].drop(index=IDS[2])
    page = written(together=some, n_together=N_ITEMS, bits=16, among=IDS[:30])
    found = (page.picked @ page.items.T).loc[IDS, IDS]
    wanted = some.reindex(index=IDS, columns=IDS).fillna(0.0)
    wanted[IDS[30:]] = 0.0
    assert np.abs(found - wanted).max(axis=None) < 0.01


def test_what_a_page_computes_by_hand(written):
    page = written(together=TOGETHER, n_together=4, among=IDS[5:])
    found = page.scores(STARS)
    assert found.index.equals(page.titles.index)
    stars = page.factors.scores(fold_in(page.factors, STARS))
    assert found["stars"].to_dict() == pytest.approx(stars.to_dict())
    goes = pd.Series(0.0, found.index)
    for item, weight in zip(STARS.index, [1, 0, 1.25 / 2.25], strict=True):
        goes += weight * (page.items @ page.picked.loc[item])
    assert np.allclose(found["next"], goes)
    assert not page.scores(STARS[:0])["next"].any()


def test_a_page_without_stars_sums_up_what_was_picked(written):
    page = written(None, together=TOGETHER, n_together=4)
    assert page.factors is None
    assert page.listed.equals(IDS)
    found = page.scores(STARS)
    assert list(found) == ["next"]
    assert np.allclose(found["next"], page.items @ page.picked.loc[STARS.index].sum())
    # A single item has no pair that could be alike.
    page = written(None, TITLES[:1], together=TOGETHER.iloc[:1, :1])
    assert page.titles.index.tolist() == IDS[:1].tolist()


def test_factors_of_another_library_do(written):
    """In any order of the rows; the mean may be in the items' biases, as in 2017."""
    rows, bias = FACTORS.item_factors[::-1].astype("float32"), FACTORS.item_bias
    page = written(replace(FACTORS, item_factors=rows), bits=16)
    assert np.abs(scores(page.factors) - scores(FACTORS)).max() < 1e-3
    page = written(replace(FACTORS, mean=0.0, item_bias=bias + 3.4))
    assert page.factors.mean == 0


def test_more_factors_than_items(written):
    few = replace(
        FACTORS, item_bias=FACTORS.item_bias[:3], item_factors=FACTORS.item_factors[:3]
    )
    page = written(few, bits=16)
    gram = page.factors.item_factors @ page.factors.item_factors.T
    wanted = few.item_factors @ few.item_factors.T
    assert np.allclose(gram.to_numpy(), wanted.to_numpy(), atol=0.01)


# Titles and ids ----------------------------------------------------------------------


def test_the_rows_are_in_the_order_of_the_titles(written):
    titles = TITLES.iloc[::-1].drop([IDS[2], IDS[5]])
    titles = pd.concat([pd.Series({999_999: "No such item"}), titles])
    page = written(titles=titles)
    order = [*titles.index[1:], IDS[2], IDS[5]]
    for table in (page.titles, page.factors.item_bias, page.factors.item_factors):
        assert table.index.tolist() == order
    assert page.titles.iloc[-2:].tolist() == [str(IDS[2]), str(IDS[5])]
    assert np.allclose(page.factors.item_bias[IDS], FACTORS.item_bias, atol=1e-4)


def test_the_most_rated_come_first_and_the_least_rated_not_at_all(written):
    counts = pd.Series(np.arange(N_ITEMS), IDS).sample(frac=1, random_state=0)
    page = written(counts=counts, together=TOGETHER)
    kept = IDS[:9:-1].tolist()  # 39, 38, …, 10 people
    for table in (page.titles, page.factors.item_bias, page.picked, page.items):
        assert table.index.tolist() == kept
    assert page.listed.tolist() == kept
    assert len(written(counts=counts, least=20).titles) == 20
    assert len(written(counts=counts, least=0).titles) == N_ITEMS
    several = pd.Series([30, 20] * 20, IDS)
    titles = written(counts=several, titles=TITLES[::-1]).titles
    assert titles.tolist()[:2] == ["Title 38", "Title 36"]  # equal: as the titles are


@pytest.mark.parametrize(
    "item",
    [str, lambda k: f"m<{k}>", lambda k: 2**62 + k],
    ids=["text", "odd", "large"],
)
def test_ids_come_back_as_they_were(written, item):
    ids = factors_of(item).item_bias.index
    page = written(factors_of(item), TITLES.set_axis(ids))
    assert page.titles.index.tolist() == ids.tolist()


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "\"'`&amp;\\ \\u003c",
    "\u202eright to left\u202c\u200f",
    "a\u2028b\u2029c",
]


def test_hostile_titles_are_text_and_come_back(write):
    titles = TITLES.copy()
    titles.iloc[: len(HOSTILE)] = HOSTILE
    path = write(titles=titles, what="</title><script>", note="<!--")
    text = path.read_text("utf-8")
    (data,) = re.findall(r'id="data">(.*)</script>\n', text)
    assert data.isascii()
    assert "<" not in data
    assert len(re.findall("<script", text)) == len(re.findall("</script", text)) == 2
    assert "<!--" not in text
    assert "<title>Your next &lt;/title&gt;&lt;script&gt;</title>" in text
    shown = read_page(path).titles.iloc[: len(HOSTILE)].tolist()
    assert shown == [" ".join(title.split()) for title in HOSTILE]


# What may be recommended, and how it is rated ----------------------------------------


def test_what_is_among(written):
    assert written().listed.equals(IDS)
    some = [int(IDS[9]), int(IDS[4])]
    assert written(among=some).listed.tolist() == some[::-1]  # as the titles are
    page = written(titles=TITLES[::-1], among=pd.Index(some))
    assert page.listed.tolist() == some


@pytest.mark.parametrize(
    ("scale", "step", "stars", "decimals"),
    [
        ((0.5, 5), 0.5, [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5], 1),
        ((1, 5), None, [1, 2, 3, 4, 5], 1),
        ((0, 10), None, list(range(11)), 1),
        ((0, 100), None, list(range(0, 101, 10)), 0),
        ((1.2, 4.7), None, [1.2, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 4.7], 1),
        ((3, 4), 0.25, [3, 3.25, 3.5, 3.75, 4], 2),
    ],
)
def test_the_ratings_there_are(payload, scale, step, stars, decimals):
    middle = replace(FACTORS, mean=(scale[0] + scale[1]) / 2, scale=scale)
    data = payload(middle, step=step)
    assert (data["stars"], data["decimals"]) == (stars, decimals)
    assert data["scale"] == list(scale)


def test_words_and_dampings_arrive(payload, tmp_path):
    def title():
        return re.findall("<title>(.*)</title>", (tmp_path / "p.html").read_text())

    wanted = {"what": "title", "unit": "★", "note": "", "n": 10, "dampings": [5, 5]}
    assert wanted.items() <= payload().items()
    assert title() == ["Your next title"]
    wanted = {"what": "dish", "unit": "points", "note": "Thanks.", "n": 4}
    assert wanted.items() <= payload(**wanted).items()
    assert title() == ["Your next dish"]


def test_what_a_browser_keeps_outlives_another_training_not_another_catalogue(payload):
    key = payload()["id"]
    assert key == payload(factors_of(seed=1))["id"]
    assert key == payload(n_factors=2, what="dish")["id"]
    others = [
        payload(titles=TITLES.replace("Title 3", "Title three")),
        payload(step=1.5),
        payload(None, together=TOGETHER),
        payload(factors_of(lambda k: k + 1), TITLES.set_axis(IDS + 1)),
    ]
    assert len({key, *(data["id"] for data in others)}) == 5


# Nobody's row ------------------------------------------------------------------------


def test_nothing_of_users_is_in_the_file(write, payload):
    """Other users with the same items, or none: the same file, byte for byte."""
    content, bias, rows = write().read_bytes(), FACTORS.user_bias, FACTORS.user_factors
    for its in ((bias[:2] * 7, rows[:2] - 3), (None, None)):
        others = replace(FACTORS, user_bias=its[0], user_factors=its[1])
        assert write(others).read_bytes() == content
    # And of items nothing that a visitor does not need.
    known = "what unit note n ids numbers titles kind mean stars factors bias listed"
    known = f"{known} id scale decimals dampings"
    assert set(payload()) == set(known.split())
    assert set(payload(together=TOGETHER)) == {*known.split(), "picked", "items"}


# A file that asks for nothing --------------------------------------------------------


def test_the_policy_allows_this_script_and_this_style_alone(write):
    text = write().read_bytes().decode("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy"\s+content="([^"]*)"', text)

    def hash_of(tag):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, flags=re.DOTALL)
        digest = hashlib.sha256(inside.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    assert dict(rule.strip().split(" ", 1) for rule in policy.split(";")) == {
        "default-src": "'none'",
        "script-src": hash_of("script"),  # beside the one of type application/json
        "style-src": hash_of("style"),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    # Nothing in it points elsewhere, and no title becomes HTML.
    html = re.sub(r"(?s)(<(script|style).*?>).*?</", r"\1</", text)
    tags = re.findall(r"<[a-z][^>]*>", html)
    assert len(tags) > 20
    assert not re.search(r"\b(src|href|srcset|style|on\w+)\s*=", " ".join(tags))
    asks = r"https?:|url\(|@import|fetch\(|XMLHttp|WebSocket"
    assert not re.search(rf"{asks}|HTML\b|insertAdjacent|eval\(|document\.write", text)


def test_nine_thousand_movies_fit_into_a_megabyte_and_a_half(write):
    rng, n = np.random.default_rng(0), 9066
    bias, Q = pd.Series(rng.normal(size=n) / 3), pd.DataFrame(rng.normal(size=(n, 50)))
    titles = pd.Series([f"A title of a usual length {k:05} (1999)" for k in range(n)])
    long = Factors(3.5, None, bias, None, Q, (0.5, 5.0))
    size = write(long, titles, n_factors=50).stat().st_size
    assert 0.9e6 < size <= 1.5e6


# What is refused ---------------------------------------------------------------------


NO_ITEMS = replace(
    FACTORS, item_bias=FACTORS.item_bias[:0], item_factors=FACTORS.item_factors[:0]
)
HIGH = replace(FACTORS, mean=5 - FACTORS.item_bias.mean(), scale=(5, 5))


AS_TEXT = IDS.astype(str)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("factors has no items", {"factors": NO_ITEMS}),
        ("factors and together are both None", {"factors": None}),
        ("together must be a DataFrame, not 5", {"factors": None, "together": 5}),
        (f"row {IDS[0]} of together has NaN", {"together": TOGETHER.shift()}),
        (f"{IDS[0]} twice in its index", {"together": TOGETHER.iloc[[0, 1, 0]]}),
        (
            "the columns of together holds ids like",
            {"together": TOGETHER.set_axis(AS_TEXT, axis=1)},
        ),
        ("together has 0.3 for each pair of items", {"together": TOGETHER * 0 + 0.3}),
        ("text are different ids", {"titles": TITLES.set_axis(AS_TEXT)}),
        (f"counts has no item [{IDS[0]}]", {"counts": pd.Series(9, IDS[1:])}),
        ("has been rated by least=10 people", {"counts": pd.Series(9, IDS)}),
        ("among: factors has no row for [999999]", {"among": [999_999]}),
        ("bits must be 8 or 16, not 12", {"bits": 12}),
        ("scale=None must be the lowest", {"factors": replace(FACTORS, scale=None)}),
        ("scale=(4.0, 5.0) must", {"factors": replace(FACTORS, scale=(4, 5))}),
        ("scale=(5.0, 5.0) must be the lowest", {"factors": HIGH}),
        ("what must hold text, not 5", {"what": 5}),
        ("unit: 1 of 1 values are missing", {"unit": None}),
        ("note must hold text, not 1", {"note": 1}),
    ],
)
def test_a_strange_argument_is_named_and_nothing_is_written(
    write, tmp_path, words, changes
):
    with pytest.raises(ValueError, match=re.escape(words)):
        write(**changes)
    assert not any(tmp_path.iterdir())


def test_another_file_is_no_page(tmp_path):
    other = tmp_path / "other.html"
    other.write_text("<html></html>")
    with pytest.raises(ValueError, match=r"other\.html was not written by write_page"):
        read_page(other)


def test_the_path_may_be_text_and_comes_back(write, tmp_path):
    path = write(path=str(tmp_path / "p.html"))
    assert path == tmp_path / "p.html"
    assert b"\r" not in path.read_bytes()
    assert read_page(str(path)).titles.equals(read_page(path).titles)
