"""Facts that say something only together are found by deepfm and not by logistic regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lookalike.errors import BadInput, Cancelled
from lookalike.features import Features
from lookalike.methods import METHODS, deepfm
from lookalike.methods.deepfm import fit_deepfm
from lookalike.methods.logistic import fit_logistic
from lookalike.methods.machines import DEFAULT
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

NAMES = ["item:0", "item:1", "item:2", "plan=a", "plan=b", "home=c", "home=d", "feature:spend"]
QUICK = replace(DEFAULT, epochs=20, learning_rate=0.03, table_rate=0.03, dropout=0.2)


@pytest.fixture(scope="module")
def world():
    """1,200 users; wanted are those of plan a and home d, and of plan b and home c."""
    rng = np.random.default_rng(0)
    facts = rng.random((1200, len(NAMES))) < 0.5
    facts[:, 4], facts[:, 6] = ~facts[:, 3], ~facts[:, 5]
    cells = facts.astype(np.float32)
    cells[:, 7] *= rng.random(1200)
    pool = memory_pool(np.zeros((1200, 1)), sparse=cells)
    pool.__dict__["features"] = Features(pool.sparse, NAMES, 3)
    wanted = facts[:, 3] != facts[:, 5]
    return pool, wanted, np.sort(rng.choice(np.flatnonzero(wanted), 250, replace=False))


def _auc(pool, wanted, seeds, scorer):
    rest = np.setdiff1d(np.arange(len(pool)), seeds)
    return roc_auc_score(wanted[rest], scorer.score(pool.at(rest)))


def _fit(pool, seeds, recipe=QUICK, weights=None, progress=SILENT):
    weights = np.ones(len(seeds)) if weights is None else weights
    return fit_deepfm(pool, seeds, weights, np.random.default_rng(0), progress, recipe)


def test_two_facts_together_are_found_by_it_and_not_by_logistic_regression(world):
    pool, wanted, seeds = world
    assert _auc(pool, wanted, seeds, _fit(pool, seeds)) > 0.95
    logistic = fit_logistic(pool, seeds, np.ones(250), np.random.default_rng(0), SILENT)
    assert _auc(pool, wanted, seeds, logistic) < 0.6


def test_heavier_seeds_decide(world):
    pool, _, _ = world
    plan = pool.sparse.toarray()[:, 3] > 0
    seeds = np.arange(300)
    weights = np.where(plan[seeds], 1.9, 0.1)
    scores = _fit(pool, seeds, weights=weights / weights.mean()).score(pool.at(np.arange(300, 1200)))
    assert roc_auc_score(plan[300:], scores) > 0.9


def test_what_nobody_in_training_had_counts_nothing(world):
    pool, _, seeds = world
    cells = pool.sparse.toarray()
    rare = np.zeros((1200, 1), np.float32)
    wider = memory_pool(np.zeros((1200, 1)), sparse=np.hstack([cells, rare]))
    names = [*NAMES, "feature:rare"]
    wider.__dict__["features"] = Features(wider.sparse, names, 3)
    scorer = _fit(wider, seeds)
    assert not scorer.machines.embeddings[-1].any()
    assert not scorer.machines.linear[-1].any()
    np.testing.assert_allclose(
        scorer.score(wider.at(np.arange(90))), _fit(pool, seeds).score(pool.at(np.arange(90))), rtol=1e-4
    )


def test_users_are_scored_a_few_at_a_time_where_memory_is_short(world, monkeypatch):
    pool, _, seeds = world
    scorer = _fit(pool, seeds, replace(QUICK, epochs=2))
    whole = scorer.score(pool.at(np.arange(100)))
    monkeypatch.setattr(deepfm, "CELLS", 7 * 4 * 16)
    np.testing.assert_allclose(scorer.score(pool.at(np.arange(100))), whole, rtol=1e-5, atol=1e-6)
    assert scorer.score(pool.at(np.zeros(0, np.int64))).shape == (0,)


def test_it_tells_every_epoch_and_can_be_stopped(world):
    pool, _, seeds = world
    heard = []
    watched = Progress(lambda update: heard.append(update.facts))
    METHODS["deepfm"].fit(pool, seeds, np.ones(250), np.random.default_rng(0), watched)
    assert [facts["epoch"] for facts in heard] == list(range(1, METHODS["deepfm"].epochs + 1))
    assert heard[-1]["loss"] < heard[0]["loss"]
    with pytest.raises(Cancelled):
        _fit(pool, seeds, progress=Progress(None, lambda: True))


def test_without_raw_features_it_says_what_to_import():
    pool = memory_pool(np.random.default_rng(0).normal(size=(50, 2)))
    with pytest.raises(BadInput, match="no raw features"):
        _fit(pool, np.arange(5))
