"""Values from logs: by hand on four visits, and in a world whose truth is known."""

import numpy as np
import pytest

from collab.logs import doubly_robust, inverse_propensity, self_normalised

WATCHED = [1, 0, 1, 0]
LOGGED = [0.5, 0.5, 0.2, 0.2]
NEW = [0.1, 0.9, 0.6, 0.0]  # weights 0.2, 1.8, 3, 0


def test_four_visits_by_hand():
    assert inverse_propensity(WATCHED, LOGGED, NEW)[0] == pytest.approx(3.2 / 4)
    clipped = inverse_propensity(WATCHED, LOGGED, NEW, clip=2)
    assert clipped[0] == pytest.approx(2.2 / 4)
    assert self_normalised(WATCHED, LOGGED, NEW)[0] == pytest.approx(3.2 / 5)
    # Expected 0.5 of each; the new policy would find 0.7 on average.
    value, half_width = doubly_robust(WATCHED, LOGGED, NEW, [0.5] * 4, [0.7] * 4)
    parts = [0.7 + 0.1, 0.7 - 0.9, 0.7 + 1.5, 0.7]
    assert value == pytest.approx(np.mean(parts))
    assert half_width == pytest.approx(1.96 * np.std(parts, ddof=1) / 2)


def test_the_logs_own_policy_has_the_mean_of_its_rewards():
    for estimate in (inverse_propensity, self_normalised):
        value, half_width = estimate(WATCHED, LOGGED, LOGGED)
        assert value == 0.5
        assert half_width == pytest.approx(1.96 * np.std(WATCHED, ddof=1) / 2)


def test_an_interval_by_users_is_that_of_users():
    """Each visit four times over: as many users, no more is known."""
    often = [np.tile(values, 4) for values in (WATCHED, LOGGED, NEW)]
    by = np.tile(["a", "b", "c", "d"], 4)
    for estimate in (inverse_propensity, self_normalised):
        assert estimate(*often, by=by) == pytest.approx(estimate(WATCHED, LOGGED, NEW))


# A world of two kinds of visitors and four items --------------------------------------

LIKED = np.array([[0.9, 0.5, 0.2, 0.1], [0.1, 0.2, 0.4, 0.8]])
OLD = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])  # shows what is not liked
BETTER = np.array([[0.7, 0.2, 0.05, 0.05], [0.05, 0.05, 0.2, 0.7]])
TRUTH = (LIKED * BETTER).sum(axis=1).mean()
OFF = 0.6 * LIKED + 0.2  # a model that is wrong, alike for both kinds


@pytest.fixture(scope="module")
def estimates():
    """{estimator: 400 values, their half-widths}, from 300 visits each."""
    rng, found = np.random.default_rng(0), {}
    for _ in range(400):
        kind = rng.integers(0, 2, 300)
        item = (rng.random((300, 1)) > OLD[kind].cumsum(axis=1)).sum(axis=1)
        logs = (
            (rng.random(300) < LIKED[kind, item]).astype(float),
            OLD[kind, item],
            BETTER[kind, item],
        )
        said = OFF[kind, item], (OFF * BETTER).sum(axis=1)[kind]
        for name, answer in {
            "inverse": inverse_propensity(*logs),
            "clipped": inverse_propensity(*logs, clip=3),
            "normalised": self_normalised(*logs),
            "doubly robust": doubly_robust(*logs, *said),
            "true model": doubly_robust(
                *logs, LIKED[kind, item], (LIKED * BETTER).sum(axis=1)[kind]
            ),
        }.items():
            found.setdefault(name, []).append(answer)
    return {name: np.array(answers).T for name, answers in found.items()}


def test_all_but_the_clipped_one_are_right_on_average(estimates):
    off = {name: values.mean() - TRUTH for name, (values, _) in estimates.items()}
    for name in ("inverse", "normalised", "doubly robust", "true model"):
        assert abs(off[name]) < 0.012, name
    assert off["clipped"] < -0.1  # too low
    model_alone = (OFF * BETTER).sum(axis=1).mean()
    assert abs(model_alone - TRUTH) > 0.05


def test_the_steadier_ones_are_steadier(estimates):
    sd = {name: values.std() for name, (values, _) in estimates.items()}
    assert sd["true model"] < sd["doubly robust"] < sd["inverse"] / 1.2
    assert sd["normalised"] < sd["inverse"] / 1.2
    assert sd["clipped"] < sd["inverse"] / 1.2


def test_their_intervals_hold_the_truth_as_often_as_they_say(estimates):
    for name in ("inverse", "normalised", "doubly robust", "true model"):
        values, half_widths = estimates[name]
        assert 0.91 < (abs(values - TRUTH) < half_widths).mean() < 0.985, name


# Errors -------------------------------------------------------------------------------


def test_what_no_weight_can_bring_back_is_refused():
    with pytest.raises(ValueError, match="logged is 0 in row 2: what was shown had"):
        inverse_propensity(WATCHED, [0.5, 0.5, 0, 0.2], NEW)
    with pytest.raises(ValueError, match="new is 0 everywhere"):
        self_normalised(WATCHED, LOGGED, [0, 0, 0, 0])
    for wrong in (1.5, -0.1):
        with pytest.raises(ValueError, match=f"new must hold .* not {wrong}"):
            inverse_propensity(WATCHED, LOGGED, [wrong, 0, 0, 0])
    with pytest.raises(ValueError, match="logged has 3 rows, rewards 4"):
        inverse_propensity(WATCHED, LOGGED[:3], NEW)
