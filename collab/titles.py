"""Titles by item id → the ids of the ones that are meant; short labels for figures.

>>> import pandas as pd
>>> from collab.titles import find_title, label_items
>>> titles = pd.Series({7: "Godfather, The (1972)", 5: "Heat (1995)", 3: "Heat (1995)"})
>>> find_title(titles, "godfather")
7
>>> label_items([7, 5, 3, 99], titles).tolist()
['The Godfather (1972)', 'Heat (1995) [5]', 'Heat (1995) [3]', '99']
"""

import re
import unicodedata

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import Id, check_by_id, check_ids, check_text, check_whole


def find_titles(titles: pd.Series, part: str) -> pd.Series:
    """The titles that contain `part`.

    Upper and lower case are alike, and so is a letter with its accent in one code point
    or in two; an accent is not left out.

    Args:
        titles: by item id; missing ones are never found.
        part: plain text, no pattern.

    Returns:
        A Series like `titles`, in its order, not empty.

    Raises:
        ValueError: `part` is empty, or no title contains it.
    """
    check_by_id(titles, "titles", "titles")
    if not titles.map(lambda title: isinstance(title, str) or pd.isna(title)).all():
        raise ValueError(f"titles must be text, not {titles.dtype}: .astype(str)")
    part = str(part).strip()
    wanted = comparable(part)
    found = titles[[wanted in comparable(title) for title in titles]]
    if not wanted or found.empty:
        raise ValueError(f"no title contains {part!r}")
    return found


def find_title(titles: pd.Series, part: str) -> Id:
    """The id of the one title that contains `part`, or is `part`.

    Raises:
        ValueError: as `find_titles`, and where several titles contain `part`: the
            message lists some of them, or, where the same title occurs several times,
            its ids.
    """
    found = find_titles(titles, part)
    forms = pd.Series([comparable(title) for title in found], index=found.index)
    exact = forms == comparable(str(part).strip())
    if exact.any():
        found, forms = found[exact], forms[exact]
    if len(found) == 1:
        return found.index.tolist()[0]
    if len(set(forms)) == 1:
        raise ValueError(
            f"{len(found)} items have the title {found.iloc[0]!r}; choose one of their "
            f"ids: {found.index[:5].tolist()}"
        )
    raise ValueError(
        f"{len(found)} titles contain {part!r}: {found.head(5).tolist()}; "
        "write more of the one you mean"
    )


def shorten(title: str, width: int = 32) -> str:
    """A title cut to `width` characters, never longer: for labels.

    "Godfather, The (1972)" becomes "The Godfather (1972)". Other brackets at the end
    (another name, a series) go, the year's stays where it leaves the name more than
    half of the room; what is still too long ends in "…", after a whole word if one
    fits.

    Args:
        title: text.
        width: at least 1.
    """
    if not isinstance(title, str):
        raise ValueError(f"title must be text, not {title!r}")
    width = check_whole(width, "width")
    name, year = re.fullmatch(
        r"(.*?)( \((?:1[89]|20)\d\d(?:[-–](?:\d{4})?)?\))?", _tidy(title)
    ).groups(default="")
    # Brackets within brackets too; but a title may begin with one: "(500) Days …".
    name = re.sub(r"(?: \((?:[^()]|\([^()]*\))*\))+$", "", name)
    article = re.fullmatch(r"(.+), (The|An?)", name)
    if article:
        name = f"{article[2]} {article[1]}"
    if len(name + year) > width and width - len(year) <= len(year):
        year = ""
    room = width - len(year)
    if len(name) > room:
        cut = name[: room - 1]
        whole_words = cut.rpartition(" ")[0].rstrip(" :,-")
        name = (whole_words or cut) + "…"
    return name + year


def label_items(ids: ArrayLike, titles: pd.Series, *, width: int = 32) -> pd.Series:
    """A short label for each item, for the axes of a figure or the rows of a table.

    Args:
        ids: item ids, in any order; repeats get the same label.
        titles: by item id.
        width: as in `shorten`.

    Returns:
        A Series of text by id, in the order of `ids`: the title, shortened; the id
        itself where there is no title, or a blank one. Items whose labels would be the
        same are told apart by their ids, "Heat (1995) [6]". Only an id may be longer
        than `width`.
    """
    check_by_id(titles, "titles", "titles")
    ids = pd.Index(check_ids(ids, "ids", titles.index, ordered=True))
    labels = titles.astype(object).reindex(ids.unique())
    for item, title in labels.items():
        blank = pd.isna(title) or not str(title).strip()
        labels[item] = str(item) if blank else shorten(str(title), width)
    for item, label in labels[labels.duplicated(keep=False)].items():
        end = f" [{item}]"
        if label != str(item):
            room = width - len(end)
            labels[item] = (
                shorten(str(titles[item]), room) + end if room > 0 else str(item)
            )
    check_text(labels, "titles")
    return labels.loc[ids]


def comparable(text: str) -> str:
    """Text as it is compared: one form for each letter, none for what is no text."""
    if not isinstance(text, str):
        return ""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())


def _tidy(text):
    """One code point a letter where there is one, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def check_titles(titles: pd.Series) -> None:
    """A Series, not empty, with one row for each id; what it holds is not looked at."""
    if not isinstance(titles, pd.Series) or titles.empty:
        raise ValueError(f"titles must be a Series, not empty, not {titles!r:.60}")
    ids = titles.index
    if ids.hasnans or not ids.is_unique:
        wrong = ids[ids.isna() | ids.duplicated()].tolist()[0]
        raise ValueError(f"titles: the id {wrong!r} is missing, or there twice")
    check_ids(ids, "the index of titles")


def check_labels(titles: pd.Series) -> pd.Series:
    """A text for each item that names it and no other."""
    check_titles(titles)
    ids = titles.index
    for item, title in zip(ids.tolist(), titles.tolist(), strict=True):
        if not isinstance(title, str) and (np.ndim(title) or not pd.isna(title)):
            raise ValueError(f"titles has {title!r} for {item!r}, which is not text")
    labels = titles.astype(object).where(titles.notna(), "")
    check_text(labels, "titles")
    names = pd.Series([str(item) or repr(item) for item in ids.tolist()], ids)
    labels = labels.str.split().str.join(" ")
    labels = labels.where(labels != "", names)
    several = labels.map(comparable).duplicated(keep=False)
    return labels.where(~several, labels + " [" + names + "]")
