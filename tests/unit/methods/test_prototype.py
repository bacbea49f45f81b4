"""The prototype of a list: from attention that was learned, or from the prior alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lookalike.methods import METHODS, prototype, ridge_prior
from lookalike.methods.head_prior import prior_of
from lookalike.methods.past_heads import rows_of
from lookalike.priors import PARTS
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

SEEDS = np.array([2, 9, 30, 41, 77, 80])
WEIGHTS = np.array([0.5, 1.5, 1.0, 1.2, 0.8, 1.0])


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


def _taught(pool, scale):
    parts = scale * np.random.default_rng(1).normal(size=(len(PARTS), 6))
    pool.shared["head prior"] = replace(prior_of(pool), attention=parts.astype(np.float32))


def test_untaught_a_seed_scores_by_the_others_as_by_the_prior():
    pool = _pool()
    wanted = ridge_prior.without_own(pool, SEEDS, WEIGHTS)
    found = prototype.without_own(pool, SEEDS, WEIGHTS)
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())


def test_a_seed_scores_by_the_prototype_of_the_others():
    """Where every seed counts by its weight alone, that is the list's without it."""
    pool = _pool()
    _taught(pool, np.array([0, 0, 0.5, 0.5, 0.5, 0.5, 0.5])[:, None])
    prior, whole = prior_of(pool), prototype.head_of(pool, SEEDS, WEIGHTS)
    found = prototype.without_own(pool, SEEDS, WEIGHTS)
    for place, seed in enumerate(SEEDS):
        others = np.arange(6) != place
        head = prototype.head_of(pool, SEEDS[others], WEIGHTS[others])
        # what all users share is the part of the head of all seeds
        shared = prior.centre @ np.linalg.solve(head.rows.white, whole.weights - head.weights)
        wanted = (_rows(pool, seed) @ head.weights + head.shift) / _root(pool, seed) + shared
        assert abs(found[place] - wanted) < 1e-3 * np.abs(found).max()


def test_a_seed_helps_itself_to_be_found():
    pool = _pool()
    _taught(pool, 0.3)
    scores = prototype.head_of(pool, SEEDS, WEIGHTS).score(pool.at(SEEDS))
    found = prototype.without_own(pool, SEEDS, WEIGHTS)
    assert found.mean() < scores.mean()
    backwards = prototype.without_own(pool, SEEDS[::-1], WEIGHTS[::-1])[::-1]
    np.testing.assert_allclose(backwards, found, rtol=1e-3, atol=1e-4)


def _rows(pool, user):
    return pool.at(np.array([user])).core[0]


def _root(pool, user):
    return rows_of(pool).roots(pool.at(np.array([user])))[0]
