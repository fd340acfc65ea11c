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
... )
>>> titles = pd.Series({7: "Alien (1979)", 20: "Brazil (1985)"})
>>> path = write_page(
...     factors, titles, os.path.join(tempfile.mkdtemp(), "page.html"), scale=(0.5, 5)
... )
>>> read_page(path).titles.to_dict()
{7: 'Alien (1979)', 20: 'Brazil (1985)', 50: '50'}
"""

import base64
import hashlib
import html
import json
import math
import os
import re
from pathlib import Path
from string import Template
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.assets import asset
from collab.checks import (
    Scale,
    check_ids,
    check_positive,
    check_scale,
    check_whole,
    rating_steps,
)
from collab.factors import Factors, check_factors, check_table, product_svd
from collab.titles import check_labels, check_titles


class Page(NamedTuple):
    """What a page knows: much of the items, of the users nothing but what all share."""

    factors: Factors  # without users; a page that ranks has no scale
    history: pd.DataFrame | None  # None: the page predicts ratings
    titles: pd.Series


def write_page(
    factors: Factors,
    titles: pd.Series,
    path: str | Path,
    *,
    history: pd.DataFrame | None = None,
    among: ArrayLike | set | None = None,
    n_factors: int | None = None,
    bits: int = 8,
    scale: Scale | None = None,
    step: float | None = None,
    bias_damping: float = 5.0,
    factor_damping: float = 5.0,
    n: int = 10,
    what: str = "title",
    unit: str = "★",
    heading: str | None = None,
    note: str = "",
) -> Path:
    """Write one HTML file that recommends: search, rate, and the list changes at once.

    The file holds all that it needs and asks for nothing else: it works from a disk, a
    stick or any server. A visitor is folded in by the page itself, as by
    `collab.recommend.fold_in`, with the items as the file has them (`read_page`). What
    the visitor enters stays in the visitor's browser.

    Of the users nothing is written but what they have in common (`mean`) and what they
    taught the items. That may still be telling where a single person taught an item:
    lesson 13 measures it, and leaves out what few have rated (a page knows the items
    that `factors` has rows for).

    To become small, the item factors are turned so that the first of them matter most
    (their singular value decomposition; no score notices), the last ones may be left
    out, and each is rounded to a whole number times the step of its column.

    Args:
        factors: `Factors`; of the users nothing is read.
        titles: a Series of titles by item id. A search shows them in their order: put
            what people look for first. Items without a title are called by their id,
            titles without an item are left out.
        path: of the file to write.
        history: None for stars. A DataFrame like `item_factors` makes a page that
            ranks: a visitor picks what they know and like, and is the sum of its rows
            of their picks, divided by the square root of their number; the score is
            item_bias + that · item_factors, as in `collab.ranking.history_model` with
            lately=False (its tables "watched" and "items"). `factors.mean`, scale and
            dampings do not matter then.
        among: ids that may be recommended; all if None. Others can still be rated.
        n_factors: how many factors to keep; all if None.
        bits: 8 or 16 for each number of `item_factors` and `history`.
        scale: the lowest and the highest rating there is; `factors.scale` if None.
        step: from one rating to the next, as in `collab.panel.RatingPanel`.
        bias_damping, factor_damping: as in `collab.recommend.fold_in`.
        n: how many titles are recommended.
        what, unit: what is rated, and what a rating is counted in.
        heading: the name of the page; "Your next movie", say, if None.
        note: a sentence for its end: what it was made of, whom to thank.

    Returns:
        The `Path` of the file.

    Raises:
        ValueError: an argument is refused.
    """
    bias, Q = check_factors(factors).item_bias, factors.item_factors.to_numpy()
    ids = bias.index
    if ids.empty:
        raise ValueError("factors has no items: there is nothing to recommend")
    n_factors = Q.shape[1] if n_factors is None else check_whole(n_factors, "n_factors")
    if n_factors > Q.shape[1]:
        raise ValueError(f"n_factors={n_factors}, but an item has {Q.shape[1]} factors")
    if check_whole(bits, "bits") not in (8, 16):
        raise ValueError(f"bits must be 8 or 16, not {bits}")
    heading = f"Your next {what}" if heading is None else heading
    words = {"what": what, "unit": unit, "note": note}
    for name, text in {**words, "heading": heading}.items():
        if not isinstance(text, str):
            raise ValueError(f"{name} must be text, not {text!r:.60}")
    path = _path(path)

    rows, labels = _in_order_of_titles(ids, titles)
    data = {**words, "n": check_whole(n, "n"), "numbers": ids.dtype.kind in "iu"}
    data |= {"ids": [str(i) for i in labels.index], "titles": labels.tolist()}
    if history is None:
        data |= _stars(factors, scale, step)
        damping = check_positive(bias_damping, "bias_damping")
        data["dampings"] = [damping, check_positive(factor_damping, "factor_damping")]
        Q = _turned(Q, n_factors)
    else:
        data |= {"kind": "ranking", "mean": 0.0, "stars": [1]}
        A, Q = _turned_together(_history(history, ids, Q.shape[1]), Q, n_factors)
        data["history"] = _packed(A[rows], bits)
    data["factors"] = _packed(Q[rows], bits)
    data["bias"] = _packed(bias.to_numpy()[rows, None], 16)
    data["listed"] = _packed(_listed(among, ids)[rows, None], 8)
    # What a visitor's browser keeps is kept for this catalogue.
    same = json.dumps([data[key] for key in ("kind", "stars", "ids", "titles")])
    data["id"] = hashlib.sha256(same.encode()).hexdigest()[:16]
    path.write_text(_html(heading, data), encoding="utf-8", newline="\n")
    return path


def read_page(path: str | Path) -> Page:
    """What a page of `write_page` knows.

    Args:
        path: of the file.

    Returns:
        `Page`, in the order of the titles; its factors are turned and rounded.

    Raises:
        ValueError: the file is no such page.
    """
    text = _path(path).read_bytes().decode("utf-8", "replace")
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', text)
    if not found:
        raise ValueError(f"{path} was not written by write_page")
    data = json.loads(found[1])
    index = pd.Index([int(i) if data["numbers"] else i for i in data["ids"]])
    ranks = data["kind"] == "ranking"
    return Page(
        Factors(
            mean=data["mean"],
            user_bias=None,
            item_bias=pd.Series(_unpacked(data["bias"])[:, 0], index),
            user_factors=None,
            item_factors=pd.DataFrame(_unpacked(data["factors"]), index),
            scale=None if ranks else tuple(data["scale"]),
        ),
        pd.DataFrame(_unpacked(data["history"]), index) if ranks else None,
        pd.Series(data["titles"], index, name="title"),
    )


def _html(heading, data):
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
        heading=html.escape(heading),
        style_hash=style_hash,
        script_hash=script_hash,
        style=f"<style>{style}</style>",
        scripts=f'<script type="application/json" id="data">{text}</script>\n'
        f"<script>{script}</script>",
    )


def _path(path) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"path must be that of a file, not {path!r:.60}")
    return Path(path)


def _in_order_of_titles(ids, titles):
    """The rows of the items in the order of the titles, and each item's label by id."""
    check_titles(titles)
    known = check_ids(titles.index, "the index of titles", known=ids)
    # Not isin, which goes through a column of text value by value.
    titled = ids.get_indexer(known)
    titled = titled[titled >= 0]
    rows = np.append(titled, np.delete(np.arange(len(ids)), titled))
    titles = pd.Series(titles.to_numpy(dtype=object), known)
    return rows, check_labels(titles.reindex(ids[rows]))


def _stars(factors, scale, step):
    """What a page of stars needs to know of ratings."""
    scale = factors.scale if scale is None else scale
    if scale is None:
        raise ValueError("scale is needed: the lowest and the highest rating there is")
    low, high = check_scale(scale)
    middle = factors.mean + factors.item_bias.mean()
    if not low <= middle <= high or low == high:
        raise ValueError(
            f"scale={scale!r} must be the lowest and the highest rating there is, with "
            f"the mean {middle:.2f} of the predictions between them"
        )
    return {
        "kind": "stars",
        "mean": factors.mean,
        "scale": [low, high],
        "stars": rating_steps(scale, step),
        # One for 0.5 to 5, none for 0 to 100: no more than a guess deserves.
        "decimals": max(0, 1 - math.floor(math.log10((high - low) / 2))),
    }


def _history(history, ids, n_factors):
    """The table of what each pick says, in the order of the ids."""
    A = check_table(history, "history")
    known = pd.Index(check_ids(history.index, "the index of history", known=ids))
    if not known.is_unique:
        twice = known[known.duplicated()].tolist()[0]
        raise ValueError(f"history has {twice!r} twice")
    places = known.get_indexer(ids)
    if (places < 0).any():
        raise ValueError(f"history has no row for {ids[places < 0].tolist()[0]!r}")
    if A.shape[1] != n_factors:
        raise ValueError(f"history has {A.shape[1]} factors, an item {n_factors}")
    return A[places]


def _listed(among, ids):
    """1 for each item that may be recommended, 0 for the others."""
    if among is None:
        return np.ones(len(ids))
    among = check_ids(among, "among", known=ids)
    rows = ids.get_indexer(among)
    if (rows < 0).any():
        unknown = among[rows < 0].tolist()[:5]
        raise ValueError(f"among: factors has no item {unknown}")
    listed = np.zeros(len(ids))
    listed[rows] = 1
    return listed


def _turned(Q, k):
    """Q turned so that its first columns are the longest; the first k of them."""
    _, _, directions = np.linalg.svd(np.linalg.qr(Q, mode="r"))  # R is small
    return Q @ directions.T[:, :k]


def _turned_together(A, Q, k):
    """The A and Q of k columns whose A Qᵀ is nearest to what it was."""
    left, lengths, right = product_svd(A, Q)
    each = np.sqrt(lengths[:k])
    return left[:, :k] * each, right[:, :k] * each


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
