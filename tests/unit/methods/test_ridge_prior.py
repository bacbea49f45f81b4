"""Ridge with a prior: better on few seeds where lists are alike, ridge itself without past lists."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.methods import METHODS
from lookalike.methods.head_prior import prior_of
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

USERS, NOISE = 1500, 40


def _world(lists):
    """Lists follow the first two of 42 columns alone: all else is noise, which past lists can tell."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(USERS, NOISE + 2))
    turns = rng.uniform(0, 2 * np.pi, lists)
    side = vectors[:, :2] @ np.array([np.cos(turns), np.sin(turns)])
    return memory_pool(vectors, sparse=side > 1.8), vectors


def _recall(pool, vectors, name, rng):
    found = []
    for _ in range(20):
        turn = rng.uniform(0, 2 * np.pi)
        members = np.flatnonzero(vectors[:, :2] @ [np.cos(turn), np.sin(turn)] > 1.8)
        seeds = np.sort(rng.choice(members, 3, replace=False))
        scorer = METHODS[name].fit(pool, seeds, np.ones(3), rng, SILENT)
        scores = scorer.score(pool.at(np.arange(USERS)))
        top = np.argsort(-scores)[: len(members)]
        found.append(np.isin(members, top).mean())
    return np.mean(found)


def test_three_seeds_are_enough_where_past_lists_are_alike():
    pool, vectors = _world(200)
    with_prior, without = (
        _recall(pool, vectors, name, np.random.default_rng(1)) for name in ("ridge_prior", "ridge")
    )
    assert with_prior > without + 0.2


def test_without_past_lists_it_says_so_and_is_a_ridge():
    pool, _ = _world(5)
    heard = []
    fitted = METHODS["ridge_prior"].fit(
        pool, np.arange(8), np.ones(8), np.random.default_rng(0), Progress(heard.append)
    )
    assert fitted.past_lists == 0
    assert "Too few past lists" in heard[-1].message
    assert prior_of(pool).lists == 0
    assert prior_of(_world(60)[0]).lists == 60


@pytest.mark.parametrize("lists", [5, 60])
def test_weights_count_as_repeats(lists):
    pool, _ = _world(lists)
    rng = np.random.default_rng(0)
    seeds = np.arange(0, 40, 4)
    method, users = METHODS["ridge_prior"], pool.at(np.arange(USERS))
    even = method.fit(pool, seeds, np.full(10, 3.0), rng, SILENT).score(users)
    np.testing.assert_allclose(method.fit(pool, seeds, np.ones(10), rng, SILENT).score(users), even)
    alone = np.where(np.arange(10) < 3, 1.0, 0.0)
    some = method.fit(pool, seeds[:3], np.ones(3), rng, SILENT).score(users)
    np.testing.assert_allclose(method.fit(pool, seeds, alone, rng, SILENT).score(users), some, rtol=1e-4)
