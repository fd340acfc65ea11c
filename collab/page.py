"""`Factors` + titles → one HTML file that recommends, without a server or a network.

>>> import os, tempfile
>>> import pandas as pd
>>> from collab.factors import Factors
>>> from collab.page import read_page, write_page
>>> factors = Factors(
...     mean=3.5,
...     user_bias=None,  # a page knows no users
...     item_bias=pd.Series({50: 0.5, 20: 0.0, 7: -1.0}),
...     user_factors=None,
...     item_factors=pd.DataFrame([[1.0], [2.0], [0.0]], index=[50, 20, 7]),
...     scale=(0.5, 5),
... )
>>> titles = pd.Series({7: "Alien (1979)", 20: "Brazil (1985)"})
>>> counts = pd.Series({50: 12, 20: 31, 7: 9})  # how many people rated each
>>> path = os.path.join(tempfile.mkdtemp(), "page.html")
>>> page = read_page(write_page(factors, titles, path, counts=counts))
>>> page.titles.to_dict()  # 7 is left out: too few know it
{20: 'Brazil (1985)', 50: '50'}
"""

import base64
import hashlib
import html
import json
import math
import re
from pathlib import Path
from string import Template
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import linalg

from collab.assets import asset
from collab.checks import (
    check_by_id,
    check_ids,
    check_numbers,
    check_scale,
    check_text,
    check_whole,
    rating_steps,
)
from collab.factors import Factors, check_factors, check_rows, check_table
from collab.recommend import fold_in
from collab.titles import check_labels, check_titles


class Page(NamedTuple):
    """What a page knows: much of the items, of the users nothing but what all share."""

    factors: Factors | None  # without users; None: the page asks for picks, not stars
    picked: pd.DataFrame | None  # a row for each item that a visitor may have rated,
    items: pd.DataFrame | None  # and for each that may go with it; None: no `together`
    titles: pd.Series  # in the order of a search
    listed: pd.Index  # what may be recommended

    def scores(self, ratings: pd.Series) -> pd.DataFrame:
        """What the page computes for a visitor, by id.

        Args:
            ratings: by item id. Where the page asks for picks, any numbers.

        Returns:
            A DataFrame like `titles`. "stars": what `fold_in` predicts. "next": how
            well an item goes with what was rated above the middle of the scale, where
            the middle counts 0 and the highest 1; without such a rating all are 0.
        """
        ratings, found = check_by_id(ratings, "ratings"), {}
        if self.factors is not None:
            found["stars"] = self.factors.scores(fold_in(self.factors, ratings))
        if self.picked is not None and self.items is not None:
            weights = ratings**0.0
            if self.factors is not None:
                low, high = check_scale(self.factors.scale)
                middle = (low + high) / 2  # what somebody disliked asks for nothing
                weights = (ratings - middle).clip(lower=0) / (high - middle)
            taste = weights @ self.picked.loc[ratings.index]
            found["next"] = self.items @ taste
        return pd.DataFrame(found, self.titles.index)


def write_page(
    factors: Factors | None,
    titles: pd.Series,
    path: str | Path,
    *,
    counts: pd.Series,
    least: int = 10,
    together: pd.DataFrame | None = None,
    n_together: int = 20,
    among: ArrayLike | set | None = None,
    n_factors: int = 2,
    bits: int = 8,
    step: float | None = None,
    n: int = 10,
    what: str = "title",
    unit: str = "★",
    note: str = "",
) -> Path:
    """Write one HTML file that recommends: search, rate, and the list changes at once.

    The file holds all that it needs and asks for nothing else: it works from a disk, a
    stick or any server. A visitor is folded in by the page itself, as by
    `collab.recommend.fold_in`, with the items as the file has them (`read_page`). What
    the visitor enters stays in the visitor's browser.

    With `together` the page has two lists: what goes with what the visitor liked, each
    title with the one that it comes from, and the highest stars. Without it only the
    second, which differs little from one visitor to the next.

    Of the users nothing is written but what they have in common (`mean`) and what they
    taught the items. That still tells, of somebody whose ratings are known, whether
    they were among them. So items that fewer than `least` people rated are left out,
    and few factors are kept: lesson 13 measures both. The item factors are turned so
    that the first of them matter most (their singular value decomposition; no score
    notices), and each is rounded to a whole number times the step of its column.

    Args:
        factors: with a scale. None makes a page without stars: a visitor picks what
            they know and like.
        titles: a Series of titles by item id. Items without a title are called by
            their id, titles without an item are left out.
        path: of the file to write.
        counts: how many people rated each item, by id. The most rated are found first,
            equal ones in the order of `titles`.
        least: with fewer people an item is not in the file.
        together: items × items, how much the one in the row says for the one in the
            column, as `collab.implicit.ease(…).table()` with the ids at both sides. A
            missing row or column says nothing. None: no such list.
        n_together: how many columns each side of `together` keeps, at most.
        among: ids that may be recommended; all if None. Others can still be rated.
        n_factors: how many are kept, at most. They tell most of people: with 2, stars
            tell no more than the list of what goes together.
        bits: 8 or 16 for each number of the tables.
        step: from one rating to the next, as in `collab.panel.RatingPanel`.
        n: how many titles are recommended.
        what, unit: what is rated, and what a rating is counted in.
        note: a sentence for its end: what it was made of, whom to thank.

    Returns:
        The `Path` of the file.
    """
    if factors is None and together is None:
        raise ValueError("factors and together are both None: there is no list to show")
    if together is not None and not isinstance(together, pd.DataFrame):
        raise ValueError(f"together must be a DataFrame, not {together!r:.60}")
    if factors is None:
        ids = pd.Index(check_ids(together.index, "the index of together"))
    else:
        ids = check_factors(factors).item_bias.index
    if ids.empty:
        raise ValueError("factors has no items: there is nothing to recommend")
    if check_whole(bits, "bits") not in (8, 16):
        raise ValueError(f"bits must be 8 or 16, not {bits}")
    words = {"what": what, "unit": unit, "note": note}
    for name, text in words.items():
        check_text([text], name)
    path, listed = Path(path), np.ones(len(ids))
    n_factors = check_whole(n_factors, "n_factors")
    n_together = check_whole(n_together, "n_together")
    if among is not None:
        listed[:] = 0
        listed[check_rows(among, "among", ids)] = 1
    check_titles(titles)
    titled = check_ids(titles.index, "the index of titles", known=ids)

    rows = _most_rated(ids, titled, counts, check_whole(least, "least", 0))
    labels = check_labels(pd.Series(titles.array, titled, object).reindex(ids[rows]))
    listed = listed[rows]
    data = {**words, "n": check_whole(n, "n"), "numbers": ids.dtype.kind in "iu"}
    data |= {"ids": [str(i) for i in labels.index], "titles": labels.tolist()}
    data |= {"kind": "picks", "stars": [1], "listed": _packed(listed[:, None], 8)}
    if factors is not None:
        data |= _stars(factors, step)
        Q = _turned(factors.item_factors.to_numpy(), n_factors)
        data["factors"] = _packed(Q[rows], bits)
        data["bias"] = _packed(factors.item_bias.to_numpy()[rows, None], 16)
    if together is not None:
        picked, items = _sides(together, ids[rows], listed == 1, n_together)
        data |= {"picked": _packed(picked, bits), "items": _packed(items, bits)}
    # What a visitor's browser keeps is kept for this catalogue.
    same = json.dumps([data[key] for key in ("kind", "stars", "ids", "titles")])
    data["id"] = hashlib.sha256(same.encode()).hexdigest()[:16]
    path.write_text(_html(data), encoding="utf-8", newline="\n")
    return path


def read_page(path: str | Path) -> Page:
    """What a page of `write_page` knows; its tables are turned and rounded.

    Raises:
        ValueError: the file is no such page.
    """
    text = Path(path).read_bytes().decode("utf-8", "replace")
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', text)
    if not found:
        raise ValueError(f"{path} was not written by write_page")
    data = json.loads(found[1])
    index = pd.Index([int(i) if data["numbers"] else i for i in data["ids"]])
    tables = {
        name: pd.DataFrame(_unpacked(data[name]), index)
        for name in ("bias", "factors", "picked", "items", "listed")
        if name in data
    }
    factors = None
    if data["kind"] == "stars":
        factors = Factors(
            mean=data["mean"],
            user_bias=None,
            item_bias=tables["bias"][0],
            user_factors=None,
            item_factors=tables["factors"],
            scale=tuple(data["scale"]),
        )
    titles = pd.Series(data["titles"], index, name="title")
    listed = index[tables["listed"][0] == 1]
    return Page(factors, tables.get("picked"), tables.get("items"), titles, listed)


def _html(data):
    """The file. Its policy allows this script and this style, and no request at all."""
    style = asset("page.css")
    script = f'"use strict";\n{asset("shared.js")}\n{asset("page.js")}'
    style_hash, script_hash = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    )
    # ASCII, and no "<": nothing that a title says ends the script element.
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c")
    return Template(asset("page.html")).substitute(
        heading=html.escape(f"Your next {data['what']}"),
        style_hash=style_hash,
        script_hash=script_hash,
        style=f"<style>{style}</style>",
        scripts=f'<script type="application/json" id="data">{text}</script>\n'
        f"<script>{script}</script>",
    )


def _most_rated(ids, titled, counts, least):
    """The rows of the items in the order of a search, without those that few rated."""
    counts = check_by_id(counts, "counts")
    known = check_ids(counts.index, "the index of counts", known=ids)
    counts = pd.Series(check_numbers(counts, "counts"), known).reindex(ids)
    if counts.hasnans:
        raise ValueError(f"counts has no item {ids[counts.isna()].tolist()[:5]}")
    # Not isin, which goes through a column of text value by value.
    titled = ids.get_indexer(titled)
    titled = titled[titled >= 0]
    rows = np.append(titled, np.delete(np.arange(len(ids)), titled))
    counts = counts.to_numpy()[rows]
    order = np.argsort(-counts, kind="stable")
    rows = rows[order[counts[order] >= least]]
    if not len(rows):
        raise ValueError(f"counts: not one item has been rated by least={least} people")
    return rows


def _stars(factors, step):
    """What a page of stars needs to know of ratings."""
    low, high = factors.scale or (0, 0)
    middle = factors.mean + factors.item_bias.mean()
    if not low <= middle <= high or low == high:
        raise ValueError(
            f"factors.scale={factors.scale} must be the lowest and the highest rating "
            f"there is, with the mean {middle:.2f} of the predictions between them"
        )
    return {
        "kind": "stars",
        "mean": factors.mean,
        "scale": [low, high],
        "stars": rating_steps(factors.scale, step),
        "dampings": [*fold_in.__kwdefaults__.values()],
        # One for 0.5 to 5, none for 0 to 100: no more than a guess deserves.
        "decimals": max(0, 1 - math.floor(math.log10((high - low) / 2))),
    }


def _sides(together, ids, listed, k):
    """The two tables of k columns whose product is nearest to `together`."""
    axes = {}
    for name in ("index", "columns"):
        known = check_ids(getattr(together, name), f"the {name} of together", known=ids)
        axes[name] = pd.Index(known)
        if axes[name].has_duplicates:
            twice = axes[name][axes[name].duplicated()].tolist()[0]
            raise ValueError(f"together has {twice!r} twice in its {name}")
    table = pd.DataFrame(check_table(together, "together"), **axes)
    table = table.reindex(index=ids, columns=ids, fill_value=0.0).to_numpy(copy=True)
    table[:, ~listed] = 0
    pairs = table[~np.eye(len(ids), dtype=bool)]
    if len(pairs) and np.ptp(pairs) <= 1e-9 * abs(pairs[0]):
        raise ValueError(
            f"together has {pairs[0]:.3g} for each pair of items, so all go equally "
            "well together: leave it out"
        )
    if k < len(ids) // 2:
        # From a fixed vector: the same page each time.
        left, sizes, right = linalg.svds(table, k, v0=np.ones(len(ids)))
    else:
        left, sizes, right = np.linalg.svd(table)
    return left[:, :k] * sizes[:k] ** 0.5, right[:k].T * sizes[:k] ** 0.5


def _turned(Q, n_factors):
    """Q turned so that its first columns are the longest; the first of them."""
    _, _, directions = np.linalg.svd(np.linalg.qr(Q, mode="r"))  # R is small
    return Q @ directions.T[:, :n_factors]


def _packed(table, bits):
    """Numbers as whole ones of `bits` bits in base64, times a step for each column."""
    steps = np.abs(table).max(axis=0) / (2 ** (bits - 1) - 1)
    whole = np.round(table / np.where(steps > 0, steps, 1)).astype(f"<i{bits // 8}")
    numbers = base64.b64encode(whole.tobytes()).decode()
    return {"bits": bits, "steps": steps.tolist(), "numbers": numbers}


def _unpacked(packed):
    steps, dtype = np.array(packed["steps"]), f"<i{packed['bits'] // 8}"
    whole = np.frombuffer(base64.b64decode(packed["numbers"]), dtype)
    return whole.reshape(-1, len(steps)) * steps
