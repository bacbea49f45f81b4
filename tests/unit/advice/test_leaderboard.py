"""The leaderboard of metrics: a planted one wins, a useless one does not, and value is told apart."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.advice.arms import Arm, Tried, all_but_held, interval, try_out
from lookalike.advice.leaderboard import Metric, leaderboard, leaderboard_sentence
from lookalike.methods import METHODS
from lookalike.splits import folds_of
from lookalike.weighting import weigh
from tests.unit.worlds import memory_pool

LISTS, SEEDS, TRUE = 30, 40, 20


def _metric(key, values):
    weights = weigh([(values, "count")]).weights
    return Metric(key, key, 1.0, weights, values)


@pytest.fixture(scope="module")
def lists():
    """Half of each list share a direction; the others are strayed in, and a metric is low for them."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(LISTS):
        users = rng.normal(size=(400, 12))
        users[:TRUE] += 0.8 * rng.normal(size=12)
        positives = np.arange(SEEDS)
        planted = np.where(positives < TRUE, 20.0, 0.5) * rng.lognormal(0, 0.3, SEEDS)
        metrics = [_metric("planted", planted), _metric("useless", rng.lognormal(1, 1, SEEDS))]
        fold_of = folds_of(SEEDS, 4)
        every = all_but_held(fold_of)
        arms = {"equal": Arm(every, np.ones(SEEDS))}
        arms |= {metric.key: Arm(every, metric.weights) for metric in metrics}
        found.append(try_out(memory_pool(users), positives, fold_of, arms, METHODS["centroid"]))
    return found


def test_over_thirty_lists_the_planted_metric_wins_and_the_useless_one_does_not(lists):
    pooled = Tried(
        np.concatenate([one.places for one in lists]),
        {key: np.concatenate([one.found[key] for one in lists]) for key in lists[0].found},
    )
    nothing = np.ones(SEEDS)
    metrics = [Metric(key, key, 1.0, nothing, None) for key in ("useless", "planted")]
    board = leaderboard(pooled, "equal", metrics)
    first, second = board["metrics"]
    assert (first["key"], first["verdict"]) == ("planted", "better")
    assert second["verdict"] != "better"
    gaps = {
        key: np.array([np.mean(one.found[key] - one.found["equal"]) for one in lists])
        for key in ("planted", "useless")
    }
    assert interval(gaps["planted"])[1] > 0.01
    assert interval(gaps["useless"])[1] < 0
    assert interval(gaps["planted"] - gaps["useless"])[1] > 0.01


def _tried(gain):
    rng = np.random.default_rng(0)
    base = rng.choice([0, 0.25, 0.5], 60)
    return Tried(np.arange(60), {"equal": base, "a": base + gain, "b": base})


def _flat(key, value=None):
    return Metric(key, key.upper(), 1.0, np.ones(60), value)


def test_the_best_comes_first_and_is_named_with_its_interval():
    board = leaderboard(_tried(0.25), "equal", [_flat("b"), _flat("a")])
    assert [row["key"] for row in board["metrics"]] == ["a", "b"]
    assert [row["verdict"] for row in board["metrics"]] == ["better", "same"]
    assert leaderboard_sentence(board).startswith("Weight by A: it finds 25.0 points more")


def test_no_difference_and_harm_keep_equal_weights():
    none = leaderboard(_tried(0.0), "equal", [_flat("a")])
    assert "could be told from chance" in leaderboard_sentence(none)
    harm = leaderboard(_tried(-0.25), "equal", [_flat("a")])
    assert "every metric finds fewer" in leaderboard_sentence(harm)
    assert "no metric to weight by" in leaderboard_sentence(leaderboard(_tried(0), "equal", []))


def test_the_share_of_value_found_leans_to_those_who_are_worth_more():
    found = {"equal": np.array([1.0, 0.0]), "a": np.array([0.0, 1.0])}
    metric = Metric("a", "A", 1.0, np.ones(3), np.array([1.0, 5.0, 3.0]))
    board = leaderboard(Tried(np.array([0, 2]), found), "equal", [metric])
    value = board["metrics"][0]["value"]
    assert (value["equal"], value["share"], value["difference"]) == (0.25, 0.75, 0.5)
    assert board["metrics"][0]["difference"] == 0


@pytest.mark.parametrize("value", [None, np.zeros(60)])
def test_a_rate_or_a_worthless_list_has_no_share_of_value(value):
    board = leaderboard(_tried(0.0), "equal", [_flat("a", value)])
    assert board["metrics"][0]["value"] is None
