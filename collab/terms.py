"""What a table knows besides who rated what → terms of the model, as sparse features.

>>> import pandas as pd
>>> from collab.terms import ItemFeatures, genre_features
>>> movies = pd.DataFrame({"movieId": [4, 2], "genres": ["Comedy|War", "War"]})
>>> genre_features(movies)
   Comedy  War
4     1.0  1.0
2     0.0  1.0
>>> terms = [ItemFeatures("genre", genre_features(movies))]  # for Gibbs(…, terms=terms)
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from collab.checks import check_columns, check_ids, check_numbers, check_whole
from collab.drift import Drift, last_before
from collab.split import SITTING

MONTH = 365.25 / 12 * 86400


class Block(NamedTuple):
    """The ratings grouped in one way: by user, by item, by month, by sitting.

    Each rating belongs to one entity: user 7, May 1998. What the model learns belongs
    to features: the bias and factors of an entity are the sums of x times those of its
    features, with the entity's values x. The first kind of features is the entity's
    own. A user's features, say, are the user's own and one for each item they rated.
    """

    side: str  # "user" or "item": which of the two vectors it is added to
    row: np.ndarray  # (n,) the entity of each rating
    ask_row: np.ndarray  # (n_ask,) the same of each row to predict; -1: nothing known
    features: dict  # kind → sparse (n_entities, n_features); each has its own prior
    # kind → (n_entities,) of bool: whose features are known without a rating, too
    told: dict | None = None


@dataclass
class Design:
    """The rows of a chain, and the blocks and drifts that its terms make of them."""

    users: pd.Index  # raw ids by row number; those without ratings come last
    items: pd.Index
    user_row: np.ndarray  # (n,) sorted
    item_row: np.ndarray  # (n,)
    seconds: np.ndarray | None  # (n,) ascending for each user; None: not known
    ask_user_row: np.ndarray  # (n_ask,)
    ask_item_row: np.ndarray  # (n_ask,)
    ask_seconds: np.ndarray | None  # (n_ask,)
    blocks: dict = field(init=False)
    drifts: list = field(init=False, default_factory=list)

    def __post_init__(self):
        self.n_users = int(self.user_row.max()) + 1  # with ratings
        self.n_items = int(self.item_row.max()) + 1
        self.blocks = {
            "user": Block("user", self.user_row, self.ask_user_row, {}, {}),
            "item": Block("item", self.item_row, self.ask_item_row, {}, {}),
        }
        self.add("user", "user", sparse.eye_array(len(self.users), self.n_users))
        self.add("item", "item", sparse.eye_array(len(self.items), self.n_items))

    def add(self, block: str, kind: str, features: sparse.sparray) -> None:
        """Give the entities of a block one more kind of features."""
        if any(kind in other.features for other in self.blocks.values()):
            raise ValueError(f"terms: two kinds of features have the name {kind!r}")
        self.blocks[block].features[kind] = features

    def look_up(self, block: str, kind: str, table: pd.DataFrame) -> None:
        """Add a kind of features from a table of numbers by raw id."""
        ids = {"user": self.users, "item": self.items}[block]
        self.add(block, kind, _feature_rows(ids, table, kind))
        self.blocks[block].told[kind] = ids.isin(check_ids(table.index, kind))

    def add_sets(self, block: str, kind: str, sets: sparse.sparray) -> None:
        """Give each entity with ratings a set of features, of equal weights 1/√n."""
        n = np.maximum(sets.sum(axis=1), 1)
        weights = sparse.diags_array(1 / np.sqrt(n)) @ sets
        all_ids = {"user": self.users, "item": self.items}[block]
        weights.resize(len(all_ids), sets.shape[1])
        self.add(block, kind, weights)

    def group(self, kind: str, row: np.ndarray, ask_row: np.ndarray) -> None:
        """A block of the users' side whose entities have only features of their own."""
        self.blocks[kind] = Block("user", row, ask_row, {})
        self.add(kind, kind, sparse.eye_array(int(row.max()) + 1))

    def rated(self) -> sparse.csr_array:
        """Who rated what: 1 in a sparse table of those who have ratings."""
        shape = self.n_users, self.n_items
        ones = np.ones(len(self.user_row))
        rated = sparse.csr_array((ones, (self.user_row, self.item_row)), shape)
        rated.data[:] = 1  # rated twice is rated
        return rated

    def moments(self, term: object) -> tuple[np.ndarray, ...]:
        """`(user_row, seconds)` of the ratings, then of the rows to predict.

        Rows to predict have the user row -1 where their moments are not known, or the
        user has no ratings.
        """
        if self.seconds is None:
            raise ValueError(f"{term} needs moments: name their column by time=…")
        if self.ask_seconds is None:
            n = len(self.ask_user_row)
            return self.user_row, self.seconds, np.full(n, -1), np.zeros(n)
        known = np.where(self.ask_user_row < self.n_users, self.ask_user_row, -1)
        return self.user_row, self.seconds, known, self.ask_seconds


@dataclass(frozen=True)
class Month:
    """Each month has a bias and factors of its own, the same for all users."""

    def add_to(self, design: Design) -> None:
        _, seconds, _, ask_seconds = design.moments(self)
        months, row = np.unique(seconds // MONTH, return_inverse=True)
        ask_row = pd.Index(months).get_indexer(pd.Index(ask_seconds // MONTH))
        if design.ask_seconds is None:
            ask_row[:] = -1
        design.group("month", row, ask_row)


@dataclass(frozen=True)
class Sitting:
    """Each sitting of a user has a bias and factors: ratings without a gap of 3 hours.

    A moment to predict belongs to the sitting of the rating before it, or else of the
    one after it, if that is at most 3 hours away.
    """

    def add_to(self, design: Design) -> None:
        user_row, seconds, ask_user_row, ask_seconds = design.moments(self)
        pause = np.diff(seconds) > SITTING
        row = np.append(0, np.cumsum(pause | (np.diff(user_row) > 0)))
        start = np.searchsorted(user_row, np.arange(user_row[-1] + 2))
        before = last_before(start, seconds, ask_user_row, ask_seconds)
        ask_row = np.full(len(ask_seconds), -1)
        for place in (before + 1, before):  # the one before wins
            near = (place >= 0) & (place < len(row))
            at = np.where(near, place, 0)
            near &= user_row[at] == ask_user_row
            near &= np.abs(seconds[at] - ask_seconds) <= SITTING
            ask_row[near] = row[at[near]]
        design.group("sitting", row, ask_row)


@dataclass(frozen=True)
class ItemsRated:
    """A user is also known by the set of items they rated, each with weight 1/√n.

    Only training ratings count. A user without ratings gets what the sets of the known
    users add on average, and as much variance as there is between these.

    Source: Koren, "Factorization Meets the Neighborhood" (KDD 2008), section 4 (SVD++).
    """

    def add_to(self, design: Design) -> None:
        design.add_sets("user", "items rated", design.rated())


@dataclass(frozen=True)
class RatedBy:
    """An item is also known by who rated it: `ItemsRated` with the sides exchanged."""

    def add_to(self, design: Design) -> None:
        design.add_sets("item", "rated by", design.rated().T)


@dataclass(frozen=True, eq=False)
class UserFeatures:
    """What else is known of the users, as numbers.

    Args:
        name: of this kind of features; each kind has a prior of its own.
        table: a DataFrame of numbers by raw id. A user without a row has zeros. One
            who has no rating either gets what the known users' features add on average.
    """

    name: str
    table: pd.DataFrame

    def add_to(self, design: Design) -> None:
        design.look_up("user", self.name, self.table)


@dataclass(frozen=True, eq=False)
class ItemFeatures:
    """What else is known of the items: `genre_features`, say. As `UserFeatures`."""

    name: str
    table: pd.DataFrame

    def add_to(self, design: Design) -> None:
        design.look_up("item", self.name, self.table)


@dataclass(frozen=True)
class UserDrift:
    """The level of each user wanders from rating to rating (`collab.drift.Drift`).

    Args:
        unit: the gap, in seconds, from which on time counts.
        only_before: predict from what was rated before the moment alone.
    """

    unit: float = 60.0
    only_before: bool = False

    def add_to(self, design: Design) -> None:
        moments = design.moments(self)
        drift = Drift(*moments, unit=self.unit, only_before=self.only_before)
        design.drifts.append(drift)


def genre_features(
    items: pd.DataFrame,
    *,
    item: str = "movieId",
    genres: str = "genres",
    sep: str = "|",
) -> pd.DataFrame:
    """A feature of 0 or 1 for each genre, by raw item id.

    Args:
        items: a DataFrame with the columns `item` and `genres`, a text such as
            "Comedy|War" whose genres `sep` separates. A missing text means no genre.

    Returns:
        A DataFrame of float64, a row for each of `items`, genres in ascending order.
    """
    table = check_columns(items, [item, genres], "items")
    ids = check_ids(table[item], item)
    return table[genres].str.get_dummies(sep).astype(float).set_axis(ids)


def year_features(
    items: pd.DataFrame, *, item: str = "movieId", title: str = "title", width: int = 4
) -> pd.DataFrame:
    """A feature of 0 or 1 for each span of `width` years of release, by raw item id.

    The spans begin `width / 2` years apart, so each year is in two of them and near
    years share one. The year is the last one in brackets at the end of the title; a
    title without a year is in no span.

    Args:
        items: a DataFrame with the columns `item` and `title`.

    Returns:
        A DataFrame of float64, a row for each of `items`; a column is named by the
        first year of its span.
    """
    width = check_whole(width, "width")
    table = check_columns(items, [item, title], "items")
    ids = check_ids(table[item], item)
    year = table[title].str.extract(r"\((\d{4})\)\s*$")[0].astype(float)
    first = (year // (width / 2)).rename("first")
    halves = [pd.get_dummies(first + k, dtype=float) for k in (0, 1)]
    features = halves[0].add(halves[1], fill_value=0).set_axis(ids)
    return features.set_axis((features.columns * width / 2).astype(int), axis=1)


def _feature_rows(ids, table, name):
    """The rows of a table of numbers by raw id; without an entry: zeros."""
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{name}: must be a DataFrame, not {type(table).__name__}")
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()].tolist()[0]
        raise ValueError(f"{name}: {twice!r} is there twice")
    numbers = {c: check_numbers(table[c], f"{name}: {c!r}") for c in table}
    rows = pd.DataFrame(numbers, check_ids(table.index, name, known=ids))
    return sparse.csc_array(rows.reindex(ids, fill_value=0.0).to_numpy("float64"))
