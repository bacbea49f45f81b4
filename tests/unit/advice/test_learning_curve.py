"""The learning curve: parts of the list within each other, and what the last doubling brought."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.advice.arms import Arm, Tried, all_but_held, try_out
from lookalike.advice.learning_curve import curve_arms, curve_sentence, learning_curve, sizes
from lookalike.methods import METHODS
from lookalike.splits import folds_of
from tests.unit.worlds import memory_pool


def test_sizes_are_halves_of_halves():
    assert sizes(180) == [5, 11, 22, 45, 90, 180]
    assert sizes(7) == [7]


@given(st.integers(3, 60), st.integers(0, 100))
def test_parts_lie_within_each_other_and_never_hold_a_held_out_seed(seeds, state):
    fold_of = folds_of(seeds, None, state)
    arms = curve_arms(fold_of, np.ones(seeds), np.random.default_rng(state))
    every = all_but_held(fold_of)
    assert [int(name.removeprefix("size ")) for name in arms] == sizes(every.sum(axis=1).min())[:-1]
    before = np.zeros_like(every)
    for name, arm in arms.items():
        assert set(arm.trains.sum(axis=1)) == {int(name.removeprefix("size "))}
        assert not (arm.trains & ~every).any()
        assert not (before & ~arm.trains).any()
        before = arm.trains


def _curve(spread, others, seeds=120):
    """The seeds share one trait, `spread` standard deviations strong, among so many others."""
    rng = np.random.default_rng(0)
    users = rng.normal(size=(900, others + 1))
    users[:seeds, 0] += spread
    positives = np.arange(seeds)
    fold_of = folds_of(seeds, 5)
    arms = {"whole": Arm(all_but_held(fold_of), np.ones(seeds))}
    arms |= curve_arms(fold_of, np.ones(seeds), rng)
    tried = try_out(memory_pool(users), positives, fold_of, arms, METHODS["centroid"])
    return learning_curve(tried, "whole", fold_of)


def test_a_faint_common_trait_takes_many_seeds_to_see():
    curve = _curve(2.0, others=100)
    assert [point["size"] for point in curve["points"]] == [6, 13, 27, 54, 108]
    assert curve["points"][-1]["recall"] > curve["points"][0]["recall"]
    assert curve["doubling"]["low"] > 0
    said = curve_sentence(curve)
    assert said.startswith("More seeds would help: going from 54 to 108 seeds")
    assert "With 216 seeds" in said


def test_a_glaring_one_takes_few():
    curve = _curve(12.0, others=2)
    assert curve["doubling"]["high"] < 0.02
    assert curve_sentence(curve).startswith("More seeds would hardly help")


def test_the_last_doubling_is_paired():
    tried = Tried(np.arange(4), {"whole": np.array([1, 1, 0.5, 0]), "size 4": np.array([1, 0.5, 0, 0])})
    fold_of = np.array([0, 0, 0, 0] + [-1] * 8)
    doubling = learning_curve(tried, "whole", fold_of)["doubling"]
    assert (doubling["from"], doubling["to"]) == (4, 8)
    assert doubling["difference"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("low", "difference", "high", "says"),
    [
        (0.01, 0.03, 0.05, "would help"),
        (-0.01, 0.0, 0.01, "would hardly help"),
        (0.001, 0.002, 0.004, "would hardly help"),
        (-0.05, 0.03, 0.10, "not clear"),
    ],
)
def test_the_sentence_follows_the_interval(low, difference, high, says):
    doubling = {"from": 10, "to": 20, "low": low, "difference": difference, "high": high}
    assert says in curve_sentence({"points": [], "doubling": doubling})


def test_a_list_too_short_to_halve_says_so():
    fold_of = folds_of(5)
    tried = Tried(np.arange(5), {"whole": np.zeros(5)})
    curve = learning_curve(tried, "whole", fold_of)
    assert curve["doubling"] is None
    assert "too short" in curve_sentence(curve)
