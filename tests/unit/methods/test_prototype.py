"""The prototype of a list: from attention that was learned, or from the prior alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lookalike.methods import METHODS
from lookalike.methods.head_prior import prior_of
from lookalike.priors import PARTS
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

SEEDS = np.array([2, 9, 30, 41, 77, 80])


def _pool():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(400, 6))
    return memory_pool(vectors, sparse=vectors @ rng.normal(size=(6, 60)) > 3)


def _scores(pool, name, seeds=SEEDS, progress=SILENT):
    fitted = METHODS[name].fit(pool, seeds, np.ones(len(seeds)), np.random.default_rng(0), progress)
    return fitted.score(pool.at(np.arange(len(pool))))


def test_without_attention_it_says_so_and_every_seed_counts_alike():
    pool, heard = _pool(), []
    found = _scores(pool, "prototype", progress=Progress(heard.append))
    assert "No attention was learned" in heard[-1].message
    np.testing.assert_allclose(found, _scores(pool, "ridge_prior"), rtol=1e-3, atol=1e-5)


def test_what_was_learned_is_used_and_order_does_not_count():
    pool = _pool()
    parts = np.random.default_rng(1).normal(size=(len(PARTS), 6)).astype(np.float32)
    pool.shared["head prior"] = replace(prior_of(pool), attention=parts)
    found = _scores(pool, "prototype")
    assert np.corrcoef(found, _scores(pool, "ridge_prior"))[0, 1] < 0.99
    np.testing.assert_allclose(found, _scores(pool, "prototype", SEEDS[::-1]), rtol=1e-3, atol=1e-4)


def test_a_run_is_told_what_the_model_began_with():
    pool = _pool()
    rng = np.random.default_rng(0)
    plain = METHODS["prototype"].fit(pool, SEEDS, np.ones(6), rng, SILENT)
    assert plain.told == {"past_lists": prior_of(pool).lists, "attentive": False}
    attention = np.zeros((len(PARTS), 6), np.float32)
    pool.shared["head prior"] = replace(prior_of(pool), attention=attention)
    assert METHODS["prototype"].fit(pool, SEEDS, np.ones(6), rng, SILENT).told["attentive"]
