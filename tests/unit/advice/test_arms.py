"""Ways of training on the same held-out seeds: who trains, what is compared, and how sure it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from lookalike.advice.arms import Arm, all_but_held, differences, interval, try_out, verdict
from lookalike.evaluation import KS, backtest
from lookalike.methods import METHODS, Method
from lookalike.methods.reference import Given
from lookalike.splits import folds_of
from tests.unit.worlds import memory_pool


def test_the_whole_list_finds_what_a_back_test_finds():
    rng = np.random.default_rng(0)
    pool = memory_pool(rng.normal(size=(300, 4)), eligible=np.arange(0, 300, 2))
    positives = np.arange(0, 80)
    fold_of = np.full(80, -1)
    fold_of[::2] = folds_of(40, None, 3)
    arms = {"whole": Arm(all_but_held(fold_of), np.ones(80))}
    tried = try_out(pool, positives, fold_of, arms, METHODS["centroid"])
    ranks = backtest(pool, positives, np.ones(80), [METHODS["centroid"]], random_state=3)["centroid"]
    assert tried.found["whole"] == pytest.approx(ranks.hits())
    assert sorted(tried.places) == list(range(0, 80, 2))


def test_a_way_trains_on_its_own_seeds_alone_and_all_rank_the_same_users():
    seen = []

    def fit(pool, positives, weights, rng, progress):
        seen.append((positives.tolist(), weights.tolist(), rng.random()))
        return Given(np.arange(100, dtype=np.float32))

    pool = memory_pool(np.zeros((100, 1)))
    positives = np.array([10, 20, 30, 40])
    fold_of = np.array([0, 1, -1, -1])
    every = all_but_held(fold_of)
    some = every & np.array([True, True, True, False])
    arms = {"all": Arm(every, np.ones(4)), "some": Arm(some, np.array([1.0, 2, 3, 9]))}
    tried = try_out(pool, positives, fold_of, arms, Method("spy", "Spy", "", fit))
    assert [one[0] for one in seen] == [[20, 30, 40], [20, 30], [10, 30, 40], [10, 30]]
    assert seen[1][1] == pytest.approx([0.8, 1.2])
    assert seen[0][2] == seen[1][2] != seen[2][2]  # the same chance within a fold
    # 97 users are ranked by position: seed 10 is the 88th of them, seed 20 the 78th
    assert tried.found["all"].tolist() == tried.found["some"].tolist() == [0, 0]


def test_found_is_the_share_of_the_tops_that_a_seed_is_in():
    pool = memory_pool(np.zeros((200, 1)))
    scores = np.zeros(200, np.float32)
    scores[[5, 6, 7, 8]] = [10, 9, 8, 7]  # ranks 1, 2, 3, 4 of tops 2, 4, 10, 20
    method = Method("given", "Given", "", lambda *_: Given(scores))
    fold_of = np.array([-1, -1, 0])
    arms = {"all": Arm(all_but_held(fold_of), np.ones(3))}
    tried = try_out(pool, np.array([0, 1, 7]), fold_of, arms, method)
    assert KS == (0.01, 0.02, 0.05, 0.10)
    assert tried.found["all"].tolist() == [0.75]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=60), st.integers(0, 1_000))
def test_an_interval_holds_its_mean_and_lies_within_the_values(values, state):
    mean, low, high = interval(np.array(values), None, state)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert mean == pytest.approx(np.mean(values))


def test_importance_makes_the_mean_lean():
    assert interval(np.array([0.0, 1.0]), np.array([1.0, 3.0]))[0] == 0.75


def test_sure_and_unsure_differences_and_holm_over_them():
    rng = np.random.default_rng(1)
    sure, noise = np.full(40, 0.1), rng.normal(size=40)
    rows = differences([sure, noise, np.zeros(40), -sure])
    assert [verdict(row) for row in rows] == ["better", "same", "same", "worse"]
    assert rows[2]["p"] == 1
    p_values = [row["p"] for row in rows]
    assert [row["p_holm"] for row in rows] == pytest.approx(multipletests(p_values, method="holm")[1])
    assert differences([]) == []


def test_a_p_value_of_few_gaps_is_the_exact_one():
    # of 2^4 signs, all four equal ones come up in two
    assert differences([np.full(4, 0.25)])[0]["p"] == pytest.approx(2 / 16, abs=0.02)


def test_where_nothing_differs_p_values_are_rarely_small():
    rng = np.random.default_rng(2)
    p_values = [row["p"] for row in differences(list(rng.normal(size=(150, 30))))]
    assert 0.03 < np.mean(np.array(p_values) < 0.1) < 0.18
    assert 0.4 < np.mean(p_values) < 0.6
