"""Logistic regression finds a rule that was planted in the raw features."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lookalike.errors import BadInput
from lookalike.methods import logistic, score_all
from lookalike.methods.logistic import TOTAL_WEIGHT, fit_logistic, problem, search
from lookalike.methods.newton import solve
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

USERS, FEATURES = 800, 20


@pytest.fixture(autouse=True)
def few_strengths(monkeypatch):
    monkeypatch.setattr(logistic.regression, "__defaults__", ((0.001, 0.01, 0.1), (0.001, 0.01, 0.1)))


def _features(random_state=0):
    return np.random.default_rng(random_state).random((USERS, FEATURES)) < 0.3


def _fit(features, seeds, weights=None, progress=SILENT):
    pool = memory_pool(np.zeros((len(features), 1)), sparse=features)
    weights = np.ones(len(seeds)) if weights is None else weights
    return pool, fit_logistic(pool, np.asarray(seeds), weights, np.random.default_rng(0), progress)


def test_a_planted_rule_is_recovered():
    features = _features()
    alike = features[:, 3] & features[:, 7] & ~features[:, 11]
    members = np.flatnonzero(alike)
    seeds, hidden = members[::2], members[1::2]
    pool, fitted = _fit(features, seeds)
    weight = fitted.weights
    assert set(np.argsort(-weight)[:2]) == {3, 7}
    assert np.argmin(weight) == 11
    assert np.abs(np.delete(weight, [3, 7, 11])).max() < 0.5 * np.abs(weight[[3, 7, 11]]).min()
    scores = score_all(pool, [fitted])[:, 0]
    others = np.flatnonzero(~alike)
    assert roc_auc_score(np.isin(np.r_[hidden, others], hidden), scores[np.r_[hidden, others]]) > 0.97


def test_the_score_is_the_sum_of_the_features_weights():
    features = _features()
    pool, fitted = _fit(features, np.flatnonzero(features[:, 3])[:50])
    expected = features[:10] @ fitted.weights
    np.testing.assert_allclose(fitted.score(pool.at(np.arange(10))), expected, rtol=1e-5)


def test_a_list_without_a_rule_gets_small_weights():
    features = _features()
    chance = np.sort(np.random.default_rng(1).choice(USERS, 60, replace=False))
    clear = np.flatnonzero(features[:, 3] & features[:, 7] & features[:, 11])[:60]
    (_, weak), (_, strong) = _fit(features, chance), _fit(features, clear)
    assert {weak.strength, strong.strength} <= set(logistic.GRID)
    assert np.abs(weak.weights).max() < 0.3 * np.abs(strong.weights).max()


def test_heavy_seeds_pull_the_weights_to_their_side():
    features = _features() & (np.arange(FEATURES) > 1)
    features[:100, 0] = True
    features[100:200, 1] = True
    seeds = np.r_[0:50, 100:150]
    first = np.where(np.arange(100) < 50, 1.9, 0.1)
    gaps = []
    for weights in (first, first[::-1], np.ones(100)):
        _, fitted = _fit(features, seeds, weights)
        gaps.append(fitted.weights[0] - fitted.weights[1])
    assert gaps[0] > 0.5
    assert gaps[1] < -0.5
    assert abs(gaps[2]) < 0.3


def test_both_classes_weigh_the_same_and_held_out_seeds_are_negatives():
    weights = np.array([0.5, 1.0, 1.5])
    held = np.array([[False, True], [False, False], [False, False]])
    labels, importance = problem(3, 4, weights, held)
    assert labels.tolist() == [[True, False], [True, True], [True, True], *[[False, False]] * 4]
    for place in range(2):
        inside = labels[:, place]
        assert importance[inside, place].sum() == pytest.approx(TOTAL_WEIGHT / 2)
        assert importance[~inside, place].sum() == pytest.approx(TOTAL_WEIGHT / 2)
    np.testing.assert_allclose(importance[:3, 0], TOTAL_WEIGHT / 2 * weights / 3)
    assert np.ptp(importance[~labels[:, 1], 1]) == 0


def test_the_solution_is_a_minimum_of_the_balanced_loss():
    """A step to any side makes the loss larger."""
    features = _features()[:120, :4]
    weights, strength = np.linspace(0.5, 1.5, 30), 0.003
    labels, importance = problem(30, 90, weights, np.zeros((30, 1), bool))
    rows = sp.csr_matrix(features, dtype=np.float32)
    solved = solve(rows, labels, np.float32(strength) * importance, tolerance=1e-5)[:, 0]
    each = np.r_[weights / weights.sum(), np.full(90, 1 / 90)] * TOTAL_WEIGHT / 2
    sign = np.where(np.arange(120) < 30, 1, -1)

    def loss(solution):
        margins = sign * (features @ solution[:-1] + solution[-1])
        return 0.5 * np.sum(solution[:-1] ** 2) + strength * np.sum(each * np.log1p(np.exp(-margins)))

    for place in range(5):
        for step in (-0.05, 0.05):
            assert loss(solved + step * np.eye(5)[place]) > loss(solved)


@given(st.integers(0, 13), st.integers(0, 11))
def test_the_search_finds_the_lowest_place_of_a_valley_and_looks_no_further(lowest, begin):
    asked = []

    def losses(wanted):
        asked.extend(wanted)
        return {place: (place - lowest) ** 2 for place in wanted}

    assert search([begin, begin + 1, begin + 2], 14, losses) == lowest
    assert len(set(asked)) == len(asked)
    assert set(asked) <= set(range(min(begin, lowest - 1), max(begin + 2, lowest + 1) + 1))


def test_without_raw_features_it_says_what_to_import():
    with pytest.raises(BadInput, match="no raw features") as raised:
        _fit(np.zeros((20, 0)), np.arange(5))
    assert "Import interactions" in raised.value.hint


def test_two_seeds_are_enough_to_fit_and_progress_goes_forward():
    features, heard = _features(), []
    _, fitted = _fit(features, np.array([4, 700]), progress=Progress(heard.append))
    assert np.isfinite(fitted.weights).all()
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
    assert len(shares) >= 2
