"""Many models side by side against each one alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lookalike.methods import METHODS
from lookalike.methods.stack import Stack
from lookalike.pool import Loose
from lookalike.progress import SILENT
from tests.unit.worlds import memory_pool, taught

LISTS = [np.arange(0, 30), np.arange(100, 108), np.arange(200, 260)]
VIEWS = [["als", 0, 4], ["smooth", 4, 8], ["activity", 8, 9], ["wide", 9, 12]]
APART = ("lsh", "blend", "random", "activity")  # models that know the pool's users alone


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 6, 700)
    vectors = rng.normal(size=(700, 12)) + 2 * rng.normal(size=(6, 12))[group]
    vectors[:, 8] = rng.exponential(size=700)
    took = (rng.random((700, 20)) < 0.05 + 0.4 * (group[:, None] == np.arange(20) % 6)).astype(float)
    plain = memory_pool(vectors, sparse=took)
    plain.vectors.snapshot.how["views"] = VIEWS
    made = replace(plain, general=taught(plain))
    made.__dict__["features"] = plain.features
    made.__dict__["activity"] = np.log1p(took.sum(axis=1)).astype(np.float32)
    return made


def _fitted(pool, name):
    method = METHODS[name]
    return [
        method.fit(pool, seeds, np.ones(len(seeds)), np.random.default_rng(place), SILENT)
        for place, seeds in enumerate(LISTS)
    ]


@pytest.mark.parametrize("name", METHODS)
def test_every_list_gets_its_own_scores(pool, name):
    scorers = _fitted(pool, name)
    block = pool.at(np.arange(50, 650))
    found = Stack(scorers).score(block)
    assert found.shape == (3, 600)
    for scores, scorer in zip(found, scorers, strict=True):
        np.testing.assert_allclose(scores, scorer.score(block), rtol=1e-4, atol=2e-5)


def test_kinds_may_be_mixed(pool):
    names = ["ridge", "auto", "centroid", "logistic", "auto_quick", "ridge", "mlp", "lsh"]
    scorers = [_fitted(pool, name)[place % 3] for place, name in enumerate(names)]
    block = pool.at(np.arange(700))
    for scores, scorer in zip(Stack(scorers).score(block), scorers, strict=True):
        np.testing.assert_allclose(scores, scorer.score(block), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in APART])
def test_users_without_a_pool_get_the_same(pool, name):
    block = pool.at(np.arange(100, 400))
    loose = Loose(block.dense, pool.vectors.core, block.sparse, block.activity)
    for scorer in _fitted(pool, name):
        np.testing.assert_allclose(scorer.score(loose), scorer.score(block), rtol=1e-4, atol=2e-5)
        part = loose.at(np.array([3, 70]))
        np.testing.assert_allclose(
            scorer.score(part), scorer.score(block)[[3, 70]], rtol=1e-4, atol=2e-5
        )


def test_nobody_above_the_floor_is_missed(pool):
    scorers = _fitted(pool, "auto")
    block = pool.at(np.arange(700))
    whole = Stack(scorers).score(block)
    floors = np.quantile(whole, 0.9, axis=1).astype(np.float32)
    found = Stack(scorers).score(block, floors)
    for right, scores, floor in zip(whole, found, floors, strict=True):
        above = right >= floor
        np.testing.assert_allclose(scores[above], right[above], rtol=1e-5)
        assert (scores[~above] < floor).all()


def test_the_network_sees_only_who_can_still_be_wanted(pool):
    seen = []

    class Counted:
        def __init__(self, network):
            self.network = network

        def score(self, users):
            seen.append(len(users.dense))
            return self.network.score(users)

    (blend, *_) = _fitted(pool, "auto")
    object.__setattr__(blend, "network", Counted(blend.network))
    block = pool.at(np.arange(700))
    scores = Stack([blend]).score(block)[0]
    Stack([blend]).score(block, np.quantile(scores, [0.95]).astype(np.float32))
    assert seen[0] == 700
    assert seen[1] < 350
