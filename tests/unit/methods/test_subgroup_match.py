"""The match of users with groups of seeds, as it is folded for stored users."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lookalike.methods import METHODS, subgroup_match
from lookalike.methods.head_prior import prior_of
from lookalike.methods.subgroup_attention import clustered, match_of, untaught
from lookalike.methods.teaching import sides_of
from lookalike.priors import SUBGROUP_PARTS
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

SEEDS = np.arange(3, 120, 3)


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    vectors = 1 + rng.normal(size=(400, 6))
    return memory_pool(vectors, sparse=vectors @ rng.normal(size=(6, 60)) > 3)


def _learned(pool, seed=1):
    prior = prior_of(pool)
    aside = np.random.default_rng(seed).normal(size=(len(SUBGROUP_PARTS), 6))
    parts = (untaught(prior) + 0.3 * aside).astype(np.float32)
    pool.shared["head prior"] = replace(prior, groups=parts)
    return parts


def _fit(pool, weights=None, progress=SILENT, seed=0):
    weights = np.ones(len(SEEDS)) if weights is None else weights
    return METHODS["attention"].fit(pool, SEEDS, weights, np.random.default_rng(seed), progress)


def test_stored_users_get_the_scores_of_the_formula(pool):
    parts = _learned(pool)
    weights = np.linspace(0.2, 1.8, len(SEEDS))
    found = _fit(pool, weights).score(pool.at(np.arange(400)))
    prior, everybody = prior_of(pool), sides_of(pool, prior_of(pool), np.arange(400))
    order = np.random.default_rng(0).permutation(len(SEEDS))
    heavy = torch.from_numpy(weights[order].astype(np.float32))
    groups = clustered(prior, everybody.inside[SEEDS[order]][None], heavy[None])
    match = match_of(torch.from_numpy(parts), prior, groups)
    expected = match.score(everybody.against)[0] + everybody.fixed
    apart = found - expected.numpy()
    np.testing.assert_allclose(apart, apart.mean(), atol=2e-3 * np.ptp(found))
    assert np.ptp(found) > 1


def test_without_past_lists_that_taught_it_says_so(pool):
    heard = []
    plain = _fit(pool, progress=Progress(heard.append))
    assert "No attention over groups" in heard[0].message
    assert plain.told == {"past_lists": prior_of(pool).lists, "attentive": False, "groups": 6}
    _learned(pool)
    assert _fit(pool).told["attentive"]


def test_the_same_chance_gives_the_same_groups(pool):
    _learned(pool)
    one, again, other = (_fit(pool, seed=seed).weights for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or not np.allclose(one, other)


def test_of_very_many_seeds_some_make_the_groups(pool, monkeypatch):
    _learned(pool)
    whole = _fit(pool)
    monkeypatch.setattr(subgroup_match, "MOST_SEEDS", 20)
    assert _fit(pool).told["groups"] == 5 < whole.told["groups"]


def test_groups_that_are_empty_leave_no_trace(pool):
    vectors = np.asarray(pool.vectors.matrix).copy()
    vectors[SEEDS] = vectors[3]
    same = memory_pool(vectors, sparse=pool.sparse.toarray())
    scorer = _fit(same)
    assert scorer.told["groups"] == 1
    assert np.isfinite(scorer.score(same.at(np.arange(400)))).all()


def test_of_embeddings_alone_the_groups_are_matched_too():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 6, 500)
    bare = memory_pool(4 * rng.normal(size=(6, 5))[group] + rng.normal(size=(500, 5)))
    seeds = np.flatnonzero(group == 2)[:20]
    scorer = METHODS["attention"].fit(bare, seeds, np.ones(20), np.random.default_rng(0), SILENT)
    assert scorer.told["past_lists"] == 0
    top = np.argsort(-scorer.score(bare.at(np.arange(500))))[:60]
    assert (group[top] == 2).mean() > 0.9
