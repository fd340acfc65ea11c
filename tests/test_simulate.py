"""A world whose taste is known: its choices by hand, and what long runs show again."""

import numpy as np
import pandas as pd
import pytest

from collab.factors import Factors
from collab.simulate import World, play


def a_truth(n_users=3, n_items=3, k=2, seed=0, spread=0.5):
    rng = np.random.default_rng(seed)
    users, items = pd.RangeIndex(1, n_users + 1), pd.RangeIndex(1, n_items + 1) * 10
    return Factors(
        3.3,
        pd.Series(rng.normal(0, spread, n_users), users),
        pd.Series(rng.normal(0, spread, n_items), items),
        pd.DataFrame(rng.normal(0, spread, (n_users, k)), users),
        pd.DataFrame(rng.normal(0, spread, (n_items, k)), items),
        scale=(0.5, 5),
    )


def alike(n_users, items):
    """People who all find the items as good as this says."""
    users = pd.RangeIndex(1, n_users + 1)
    nothing = pd.DataFrame(index=users), pd.DataFrame(index=items.index)
    return Factors(0.0, pd.Series(0.0, users), items, *nothing, scale=(0.5, 5))


def the_same_for_all(truth, items):
    return {user: list(items) for user in truth.user_bias.index}


def share(week, item):
    return (week["item"] == item).mean()


def test_three_items_of_a_list_are_chosen_by_place_and_by_taste():
    truth = alike(40_000, pd.Series({10: 4.0, 20: 3.0, 30: 3.5}))
    world = World(truth, blur=0, own=0, n_watched=1, choosiness=1.5, patience=0.5)
    week = world.week(the_same_for_all(truth, [20, 10, 30]))
    weights = np.exp(1.5 * np.array([3.0, 4.0, 3.5])) * [1, 0.5, 0.25]
    for place, (item, weight) in enumerate(zip([20, 10, 30], weights, strict=True), 1):
        assert share(week, item) == pytest.approx(weight / weights.sum(), abs=0.01)
        assert set(week.loc[week["item"] == item, "place"]) == {place}


def test_on_their_own_they_choose_by_fame_and_by_taste():
    truth = alike(40_000, pd.Series({10: 4.0, 20: 3.0, 30: 3.0}))
    fame = pd.Series({30: 3.0, 20: 1.0, 10: 1.0})
    once = {"blur": 0, "own": 1, "n_watched": 1, "fame": fame}
    week = World(truth, n_heard=1, **once).week({})
    assert share(week, 30) == pytest.approx(0.6, abs=0.01)  # taste cannot matter
    assert set(week["place"]) == {0}
    week = World(truth, n_heard=3, choosiness=2, **once).week({})
    at_all = 1 - 0.8**3  # hears of item 10 at least once
    best = np.exp(2) / (np.exp(2) + np.array([1, 1, 2]))  # beside one or both others
    assert best.min() * at_all < share(week, 10) < at_all
    same = World(truth, n_heard=3, choosiness=0, **once).week({})
    assert share(same, 10) < share(week, 10) - 0.05


def test_taste_noise_and_own_choices_come_back_from_a_long_run():
    truth = a_truth(400, 300)
    world = World(truth, noise=0.6, own=0.25, step=0.01, seed=1)
    lists = the_same_for_all(truth, truth.item_bias.index)
    weeks = pd.concat([world.week(lists) for _ in range(10)])
    assert (weeks["place"] == 0).mean() == pytest.approx(0.25, abs=0.01)
    inside = weeks[weeks["stars"].between(2.5, 3.5)]  # the scale cuts nothing here
    error = inside["rating"] - inside["stars"]
    assert abs(error.mean()) < 0.02
    assert error.std() == pytest.approx(0.6, abs=0.02)
    true = truth.predict(weeks["user"], weeks["item"])
    np.testing.assert_allclose(weeks["stars"], true, atol=1e-5)
    assert (
        weeks["stars"].mean() > world.stars.mean() + 0.15
    )  # they choose what they like
    assert not weeks.duplicated(["user", "item"]).any()
    assert weeks.groupby("user").size().tolist() == [10 * 3] * 400


def test_who_has_nothing_left_on_a_list_chooses_freely_and_never_what_is_gone():
    truth = a_truth(50, 20)
    world = World(truth, own=0, n_watched=2, n_heard=200, seed=0)
    one = the_same_for_all(truth, [10])
    first, second = world.week(one), world.week(one, among=range(10, 160, 10))
    assert (first["place"] == 1).sum() == 50
    assert (second["place"] == 0).all()  # item 10 is watched
    assert second["item"].max() == 150
    assert len(world.week({}, among=[10])) == 0  # everybody has watched it
    assert len(world.week({})) == 100


def test_the_same_seed_makes_the_same_weeks():
    truth = a_truth(30, 40)
    lists = {1: [10, 20], 2: [30]}
    weeks = [World(truth, seed=seed).week(lists) for seed in (5, 5, 6)]
    pd.testing.assert_frame_equal(weeks[0], weeks[1])
    assert not weeks[0].equals(weeks[2])
    assert set(weeks[0]["rating"] % 0.5) == {0}
    assert weeks[0]["rating"].between(0.5, 5).all()


def test_a_refused_list_changes_nothing():
    world = World(a_truth(), seed=0)
    for lists, why in [
        ({9: [10]}, "no user 9"),
        ({1: [99]}, "an item that the world does not have"),
        ({1: [10, 10]}, "an item stands twice in one list"),
    ]:
        with pytest.raises(ValueError, match=f"^lists: .*{why}"):
            world.week(lists)
    assert not world.watched.any()
    assert world.week({1: [10]}).equals(World(a_truth(), seed=0).week({1: [10]}))


def test_each_week_of_the_loop_knows_all_that_came_before():
    truth, lengths = a_truth(20, 30), []
    start = pd.DataFrame({"user": [1, 2], "item": [10, 20], "rating": [3.0, 4.0]})

    def policy(log):
        lengths.append(len(log))
        assert log["item"].iloc[:2].tolist() == [10, 20]
        return the_same_for_all(truth, [300 - 10 * len(lengths), 10])

    weeks = play(World(truth, own=0, n_watched=1, seed=0), policy, 3, log=start)
    assert lengths == [2, 22, 42]
    assert weeks["week"].tolist() == [1] * 20 + [2] * 20 + [3] * 20
    alone = World(truth, own=0, n_watched=1, seed=0)
    first = alone.week(the_same_for_all(truth, [290, 10]))
    pd.testing.assert_frame_equal(weeks[:20], first.reset_index(drop=True))
