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


def find_title(titles: pd.Series, part: str) -> Id:
    """The id of the one title that contains `part`, or is `part`.

    Upper and lower case are alike, and so is a letter with its accent in one code point
    or in two; an accent is not left out.

    Args:
        titles: by item id; missing ones are never found.
        part: plain text, no pattern.

    Raises:
        ValueError: no title contains `part`, or it is empty; several titles contain it:
            the message lists some of them, or the ids of those with the same title.
    """
    check_by_id(titles, "titles", "titles")
    if not titles.map(lambda title: isinstance(title, str) or pd.isna(title)).all():
        raise ValueError(f"titles must be text, not {titles.dtype}: .astype(str)")
    wanted = comparable(str(part).strip())
    forms = np.array([comparable(title) for title in titles], object)
    chosen = forms == wanted
    if not chosen.any():
        chosen = np.array([wanted in form for form in forms], bool)
    found = titles[chosen]
    if not wanted or found.empty:
        raise ValueError(f"no title contains {str(part).strip()!r}")
    if len(found) == 1:
        return found.index.tolist()[0]
    if len(set(forms[chosen])) == 1:
        raise ValueError(
            f"{len(found)} items have the title {found.iloc[0]!r}; choose one of their "
            f"ids: {found.index[:5].tolist()}"
        )
    raise ValueError(
        f"{len(found)} titles contain {part!r}: {found.head(5).tolist()}; "
        "write more of the one you mean"
    )


def label_items(ids: ArrayLike, titles: pd.Series, *, width: int = 32) -> pd.Series:
    """A short label for each item, for the axes of a figure or the rows of a table.

    "Godfather, The (1972)" becomes "The Godfather (1972)". Other brackets at the end
    (another name, a series) go. The year's bracket stays where it leaves the name more
    than half of the room. What is still too long ends in "…", after a whole word if one
    fits.

    Args:
        ids: item ids, in any order; repeats get the same label.
        titles: by item id.
        width: the most characters of a label. Only an id may be longer.

    Returns:
        A Series of text by id, in the order of `ids`; the id itself where there is no
        title, or a blank one. Items whose labels would be the same are told apart by
        their ids, "Heat (1995) [6]".
    """
    width = check_whole(width, "width")
    check_by_id(titles, "titles", "titles")
    ids = pd.Index(check_ids(ids, "ids", titles.index, ordered=True))
    labels = titles.astype(object).reindex(ids.unique())
    for item, title in labels.items():
        blank = pd.isna(title) or not str(title).strip()
        labels[item] = str(item) if blank else _shorten(str(title), width)
    for item, label in labels[labels.duplicated(keep=False)].items():
        end = f" [{item}]"
        if label != str(item):
            short = len(end) < width and _shorten(str(titles[item]), width - len(end))
            labels[item] = short + end if short else str(item)
    check_text(labels, "titles")
    return labels.loc[ids]


def _shorten(title, width):
    # One code point a letter where there is one, one space between words.
    title = " ".join(unicodedata.normalize("NFC", title).split())
    year = r"( \((?:1[89]|20)\d\d(?:[-–](?:\d{4})?)?\))?"
    name, year = re.fullmatch(rf"(.*?){year}", title).groups(default="")
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


def comparable(text: str) -> str:
    """Text as it is compared: one form for each letter, none for what is no text."""
    if not isinstance(text, str):
        return ""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())


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
