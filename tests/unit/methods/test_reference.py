"""Chance and activity, the two lines to beat."""

from __future__ import annotations

import numpy as np

from lookalike.methods import score_all
from lookalike.methods.reference import fit_activity, fit_random
from lookalike.pool import open_pool
from lookalike.progress import SILENT
from tests.unit.worlds import add_interactions, add_users, add_vectors, memory_pool


def _scores(fit, pool, seed=0):
    fitted = fit(pool, np.arange(2), np.ones(2), np.random.default_rng(seed), SILENT)
    return score_all(pool, [fitted])[:, 0]


def test_random_follows_nothing():
    pool = memory_pool(np.zeros((20_000, 1)))
    scores = _scores(fit_random, pool)
    assert abs(np.corrcoef(scores, np.arange(20_000))[0, 1]) < 0.03
    assert abs(np.corrcoef(scores, _scores(fit_random, pool, seed=1))[0, 1]) < 0.03
    assert abs(scores.mean() - 0.5) < 0.01


def test_activity_ranks_by_distinct_items(workspace):
    add_users(workspace, list("abcd"))
    rows, items = np.nonzero(np.tri(4, 3, -1)[:, ::-1])  # 0, 1, 2 and 3 items
    names = [f"i{item}" for item in items]
    add_interactions(workspace, [*rows, 1, 1, 2, 2], [*names, *["x"] * 4])
    add_interactions(workspace, [0, 1, 2, 3] * 3, ["p"] * 4 + ["q"] * 4 + ["r"] * 4)
    add_vectors(workspace, np.ones((4, 2)))
    pool = open_pool(workspace)
    # i2 has three users; x has two, i1 two and i0 one: these count for nobody
    np.testing.assert_allclose(_scores(fit_activity, pool), np.log1p([3, 4, 4, 4]), rtol=1e-6)
