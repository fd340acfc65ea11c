"""The size of a test and a draft of two lists: by hand, and by simulation."""

import numpy as np
import pytest

from collab.online import people_needed, team_draft

# How many people ----------------------------------------------------------------------


def test_the_size_of_a_test_by_hand():
    assert people_needed(0.1, 0.3, 0.4) == pytest.approx((2.8 * 0.5 / 0.1) ** 2)
    assert people_needed(0.1, 0.3, 0.4) == people_needed(0.1, 0.4, 0.3)
    assert people_needed(0.01, 3, 4) == pytest.approx(
        1e4 * people_needed(0.1, 0.3, 0.4)
    )


def test_a_test_of_that_size_finds_a_share_of_people_four_times_out_of_five():
    p, q = 0.30, 0.36
    n = round(people_needed(q - p, (p * (1 - p)) ** 0.5, (q * (1 - q)) ** 0.5))
    a, b = (np.random.default_rng(s).binomial(n, [p, q][s], 20_000) / n for s in (0, 1))
    error = np.sqrt((a * (1 - a) + b * (1 - b)) / n)
    assert (b - a > 1.96 * error).mean() == pytest.approx(0.80, abs=0.015)


# Interleaving -------------------------------------------------------------------------


class Coins:
    """A generator whose coins are known: who picks first in each round."""

    def __init__(self, firsts):
        self.firsts = iter(firsts)

    def permutation(self, n):
        return [0, 1] if next(self.firsts) == "a" else [1, 0]


@pytest.mark.parametrize(
    ("firsts", "items", "teams"),
    [
        ("aaa", [1, 2, 3, 4], "abab"),  # b's 1 is taken, so b picks 2; then 3, and 4
        ("bbb", [1, 2, 4, 3], "baba"),
        ("abb", [1, 2, 4, 3], "abba"),
    ],
)
def test_captains_pick_in_turn_the_best_that_is_free(firsts, items, teams, monkeypatch):
    monkeypatch.setattr("collab.online.check_seed", lambda seed: seed)
    drafted = team_draft([1, 2, 3], [1, 2, 4], 4, seed=Coins(firsts))
    assert drafted == (items, list(teams))
    assert team_draft([1, 2, 3], [1, 2, 4], 1, seed=Coins(firsts)) == (
        items[:1],
        list(teams[:1]),
    )


def test_where_one_list_ends_the_other_goes_on():
    items, teams = team_draft(["x"], ["p", "q", "r"], 10, seed=0)
    assert sorted(items) == ["p", "q", "r", "x"]
    assert teams.count("a") == 1
    assert team_draft([], [], 10, seed=0) == ([], [])


def test_a_draft_is_fair_and_holds_nothing_twice():
    rng = np.random.default_rng(0)
    of_a = np.zeros(10)
    for _ in range(1000):
        a, b = (rng.permutation(15)[:10].tolist() for _ in range(2))
        items, teams = team_draft(a, b, seed=rng)
        assert len(set(items)) == 10
        assert abs(teams.count("a") - 5) <= 1
        for name, ten in (("a", a), ("b", b)):  # each keeps its own order
            own = [ten.index(i) for i, t in zip(items, teams, strict=True) if t == name]
            assert own == sorted(own)
        of_a += np.array(teams) == "a"
    np.testing.assert_allclose(of_a / 1000, 0.5, atol=0.06)


def test_the_same_seed_drafts_the_same_list():
    drafts = [team_draft(range(10), range(5, 15), seed=seed) for seed in (3, 3, 4)]
    assert drafts[0] == drafts[1] != drafts[2]


def test_an_id_twice_is_refused():
    with pytest.raises(ValueError, match="b: an id occurs twice"):
        team_draft([1, 2], [3, 3], seed=0)
