"""Ranks averaged: each parent is the other's weight away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from lookalike.methods import blend, score_all, tables
from lookalike.methods.blend import fit_blend, places
from lookalike.methods.logistic import fit_logistic
from lookalike.methods.lsh import fit_lsh
from lookalike.progress import SILENT
from tests.unit.worlds import memory_pool

SEEDS = np.arange(0, 90, 3)


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(tables, "TABLES", (32, 32))
    rng = np.random.default_rng(0)
    features = rng.random((300, 15)) < np.where(np.arange(300)[:, None] < 100, 0.5, 0.25)
    return memory_pool(rng.normal(size=(300, 4)) + (np.arange(300) < 100)[:, None], sparse=features)


def _scores(pool, fit, *rest):
    fitted = fit(pool, SEEDS, np.ones(len(SEEDS)), np.random.default_rng(0), SILENT, *rest)
    return fitted, score_all(pool, [fitted])[:, 0]


def test_all_weight_on_a_parent_gives_its_ranking(pool):
    fitted, regression = _scores(pool, fit_blend, (1.0, 0.0))
    _, similarity = _scores(pool, fit_blend, (0.0, 1.0))
    own = score_all(pool, fitted.parents)
    assert not np.array_equal(np.argsort(own[:, 0]), np.argsort(own[:, 1]))
    np.testing.assert_array_equal(rankdata(regression), rankdata(own[:, 0]))
    np.testing.assert_array_equal(rankdata(similarity), rankdata(own[:, 1]))


def test_the_parents_are_the_methods_of_these_names(pool):
    fitted, _ = _scores(pool, fit_blend)
    assert {type(parent) for parent in fitted.parents} == {
        type(_scores(pool, fit)[0]) for fit in (fit_logistic, fit_lsh)
    }


def test_the_score_is_the_mean_of_ranks_by_hand(pool):
    fitted, scores = _scores(pool, fit_blend)
    ranks = [rankdata(own) for own in score_all(pool, fitted.parents).T]
    np.testing.assert_allclose(scores, (np.mean(ranks, axis=0) - 0.5) / 300, atol=1e-6)


def test_a_sample_stands_for_everybody(pool, monkeypatch):
    _, whole = _scores(pool, fit_blend)
    monkeypatch.setattr(blend, "MOST_RANKED", 100)
    fitted, sampled = _scores(pool, fit_blend)
    assert [len(ordered) for ordered in fitted.ordered] == [100, 100]
    assert np.abs(sampled - whole).max() < 0.12
    assert np.corrcoef(sampled, whole)[0, 1] > 0.98


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_places_are_between_bottom_and_top_and_keep_the_order(values):
    scores = np.array(values, np.float32)
    found = places(np.sort(scores), scores)
    assert (found > 0).all()
    assert (found < 1).all()
    assert found.mean() == pytest.approx(0.5)
    np.testing.assert_array_equal(rankdata(found), rankdata(scores))
