"""Factors that are the truth → people who look at lists, watch and rate, week by week.

>>> import pandas as pd
>>> from collab.factors import Factors
>>> from collab.simulate import World
>>> people, films = pd.Index([1, 2]), pd.Index([10, 20, 30])
>>> p, q = pd.DataFrame([1.0, -1.0], people), pd.DataFrame([1.0, 0.0, -1.0], films)
>>> biases = pd.Series(0.0, people), pd.Series(0.0, films)
>>> truth = Factors(3.0, biases[0], biases[1], p, q, scale=(1, 5))
>>> world = World(truth, noise=0, blur=0, n_watched=1, own=0, choosiness=99)
>>> week = world.week({1: [10, 20], 2: [10, 30]})
>>> week[["item", "rating", "place"]].to_numpy().tolist()
[[10.0, 4.0, 1.0], [30.0, 4.0, 2.0]]
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from collab.checks import (
    Seed,
    check_by_id,
    check_columns,
    check_ids,
    check_numbers,
    check_positive,
    check_seed,
    check_whole,
)
from collab.evaluate import Lists
from collab.factors import Factors, check_factors


class World:
    """People whose taste is known: what they watch of a list, and how they rate it.

    A person expects of an item its true rating plus a blur of their own, drawn once.
    Each week they watch a few items that they have not watched before. Each of these is
    their own choice with the probability `own`, else one from their list:

        from the list: weight patience^(k-1) · e^(choosiness · expected) at place k
        on their own:  weight e^(choosiness · expected), among `n_heard` draws by fame

    and their rating is the true one plus noise, rounded to `step` and brought into the
    scale. People who have watched all of their list, or have none, choose on their own.

    A week of 50,000 people and 3,500 items takes 0.6 seconds of one core, and their
    world 2 GB (benchmarks/loop.py).

    Args:
        truth: `Factors` with users and a scale. One draw of a sampler is a good world:
            its people differ as real ones do, which an average of draws would not show.
        noise: the standard deviation of a rating around the true one, at least 0.
        blur: that of what somebody expects around the true rating.
        fame: a Series by item id of how well known each is, above 0, such as its number
            of ratings; all alike if None.
        n_watched: items a week for each person.
        own: the share of their own choices, from 0 to 1.
        choosiness: at least 0; at 0 they choose without looking at what it is.
        patience: the weight of a place beside that of the one above it, above 0.
        n_heard: how many times somebody hears of an item in a week.
        step: from one rating to the next.

    Attributes:
        stars: the true ratings, float32 (n_users, n_items), within the scale.
        watched: who has watched what, bool (n_users, n_items).
    """

    def __init__(
        self,
        truth: Factors,
        *,
        noise: float = 0.7,
        blur: float = 0.5,
        fame: pd.Series | None = None,
        n_watched: int = 3,
        own: float = 0.3,
        choosiness: float = 2.0,
        patience: float = 0.85,
        n_heard: int = 50,
        step: float = 0.5,
        seed: Seed = 0,
    ) -> None:
        truth = check_factors(truth, "truth")
        if truth.scale is None or truth.user_bias.empty:
            raise ValueError("truth must have users and a scale")
        self.users, self.items = truth.user_bias.index, truth.item_bias.index
        self.noise = check_positive(noise, "noise", or_zero=True)
        blur = check_positive(blur, "blur", or_zero=True)
        self.own = check_positive(own, "own", or_zero=True)
        if self.own > 1:
            raise ValueError(f"own must be from 0 to 1, not {own}")
        self.choosiness = check_positive(choosiness, "choosiness", or_zero=True)
        self.patience = check_positive(patience, "patience")
        self.n_watched = check_whole(n_watched, "n_watched")
        self.n_heard = min(check_whole(n_heard, "n_heard"), len(self.items))
        self.step, self.scale = check_positive(step, "step"), truth.scale
        self._rng = check_seed(seed)
        fame = pd.Series(1.0, self.items) if fame is None else check_by_id(fame, "fame")
        fame = check_numbers(fame.reindex(self.items), "fame")
        if not (fame > 0).all():
            raise ValueError(f"fame must be above 0, not {fame.min():g}")
        self._fame = fame

        # In float32 and in place: 50,000 people and 3,500 items are 0.7 GB a table.
        p, q = truth.user_factors, truth.item_factors
        expected = p.to_numpy("float32") @ q.to_numpy("float32").T
        expected += truth.user_bias.to_numpy("float32")[:, None]
        expected += (truth.mean + truth.item_bias).to_numpy("float32")
        self.stars = expected.clip(*truth.scale)
        normal = self._rng.standard_normal(expected.shape, dtype="float32")
        normal *= np.float32(blur)
        expected += normal
        expected *= np.float32(self.choosiness)
        self._appeal = expected
        self.watched = np.zeros(expected.shape, bool)
        self.n_weeks = 0

    def week(self, lists: Lists, among: ArrayLike | None = None) -> pd.DataFrame:
        """Let a week pass: each person watches a few items and rates them.

        Args:
            lists: a dict or Series by user id of lists of item ids, the best first, as
                `collab.evaluate.top_lists` returns. Other users have no list.
            among: the ids that can be had this week, in lists and without; all if None.

        Returns:
            A DataFrame with a row for each item watched: "week" (1, 2, …), "user",
            "item", "rating", "stars" (the true rating) and "place" in the list, 0 where
            it was their own choice.
        """
        rng, n_users, n = self._rng, len(self.users), self.n_watched
        gone = np.zeros(len(self.items), bool)
        if among is not None:
            gone = ~self.items.isin(check_ids(among, "among", known=self.items))
        listed = self._places(lists)
        n_own = rng.binomial(n, self.own, n_users)
        user, place = self._choose(listed, n - n_own, gone, np.log(self.patience))
        item = listed[user, place]
        # What the list could not give is chosen freely, too.
        heard = self._heard(gone)
        user_2, at = self._choose(heard, n - np.bincount(user, minlength=n_users), gone)
        item_2 = heard[user_2, at]
        user, item = np.append(user, user_2), np.append(item, item_2)
        stars = self.stars[user, item].astype("float64")
        given = stars + self.noise * rng.standard_normal(len(stars))
        given = (np.round(given / self.step) * self.step).clip(*self.scale)
        self.n_weeks += 1
        found = {
            "week": self.n_weeks,
            "user": self.users[user],
            "item": self.items[item],
            "rating": given,
            "stars": stars,
            "place": np.append(place + 1, np.zeros(len(user_2), int)),
        }
        return pd.DataFrame(found).sort_values(["user", "place"], kind="stable")

    def _places(self, lists):
        """Row numbers of the listed items, -1 at the end of the shorter lists."""
        if not isinstance(lists, (dict, pd.Series)):
            raise ValueError(f"lists must be a dict by user, not {lists!r:.60}")
        lists = pd.Series(lists, dtype=object)
        people, lists = pd.Index(lists.keys()), list(lists.values)
        lengths = np.array([len(items) for items in lists], int)
        rows = self.users.get_indexer(people)
        columns = self.items.get_indexer([item for items in lists for item in items])
        if (rows < 0).any():
            unknown = people[rows < 0].tolist()[0]
            raise ValueError(f"lists: there is no user {unknown!r}")
        if (columns < 0).any():
            raise ValueError("lists: an item that the world does not have")
        owner = np.repeat(rows, lengths)
        if pd.MultiIndex.from_arrays([owner, columns]).has_duplicates:
            raise ValueError("lists: an item stands twice in one list")
        places = np.full((len(self.users), lengths.max(initial=1)), -1)
        at = np.arange(len(columns)) - np.repeat(lengths.cumsum() - lengths, lengths)
        places[owner, at] = columns
        return places

    def _heard(self, gone):
        """For each person, `n_heard` draws by fame; -1 where one has come before."""
        border = np.cumsum(np.where(gone, 0, self._fame))
        drawn = self._rng.random((len(self.users), self.n_heard)) * border[-1]
        heard = np.sort(np.searchsorted(border, drawn, side="right"), axis=1)
        heard[:, 1:][heard[:, 1:] == heard[:, :-1]] = -1
        return heard

    def _choose(self, items, n, gone, downwards=0.0):
        """n[u] of the items in row u, drawn by their weights without putting back.

        The largest of log weight + Gumbel noise are such a draw.
        """
        people = np.arange(len(items))[:, None]
        free = (items >= 0) & ~self.watched[people, items] & ~gone[items]
        keys = self._appeal[people, items] + downwards * np.arange(items.shape[1])
        keys -= np.log(self._rng.standard_exponential(items.shape))
        order = np.argsort(np.where(free, -keys, np.inf), axis=1)[:, : self.n_watched]
        taken = np.arange(order.shape[1]) < np.minimum(n, free.sum(axis=1))[:, None]
        row, place = np.nonzero(taken)[0], order[taken]
        self.watched[row, items[row, place]] = True
        return row, place


def play(
    world: World,
    policy: Callable[[pd.DataFrame], Lists],
    n_weeks: int,
    *,
    log: pd.DataFrame,
) -> pd.DataFrame:
    """The closed loop: each week a policy makes lists of all that was logged before.

    Args:
        world: its weeks go on from where it stands.
        policy: a function of a log that returns lists by user, as `World.week` takes
            them: a recommender that is trained anew.
        log: what the site knows before: a DataFrame with "user", "item" and "rating".

    Returns:
        The weeks one below the other, as `World.week` returns them.
    """
    check_columns(log, ["user", "item", "rating"], "log")
    weeks: list[pd.DataFrame] = []
    for _ in range(check_whole(n_weeks, "n_weeks")):
        known = pd.concat([log, *weeks], ignore_index=True)
        weeks.append(world.week(policy(known)))
    return pd.concat(weeks, ignore_index=True)
