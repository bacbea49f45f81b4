"""Who is eligible, who is drawn as a negative, and that ties follow nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from lookalike import pool as pools
from lookalike.errors import BadInput, NotFound
from lookalike.hashing import mixed
from lookalike.pool import open_pool
from lookalike.settings import Settings
from lookalike.workspace import Workspace, now

from .worlds import add_interactions, add_users, add_vectors, memory_pool

LAST = now()


def test_eligible_are_those_seen_lately_or_never_dated(workspace):
    days = [0, 29, 30, 31, None, 400]
    seen = [None if day is None else LAST - dt.timedelta(days=day) for day in days]
    add_users(workspace, list("abcdef"), last_active=seen)
    add_vectors(workspace, np.ones((5, 2)), rows=np.array([0, 2, 3, 4, 5]))  # b has no vector
    pool = open_pool(workspace)
    assert pool.vectors.rows[pool.eligible].tolist() == [0, 2, 4]
    assert len(pool) == 5


def test_how_lately_is_a_setting(tmp_path):
    with Workspace.open(
        tmp_path, create=True, settings=Settings(threads=1, active_days=31)
    ) as workspace:
        add_users(
            workspace,
            ["a", "b", "c"],
            last_active=[LAST, LAST - dt.timedelta(31), LAST - dt.timedelta(500)],
        )
        add_vectors(workspace, np.ones((3, 2)))
        assert open_pool(workspace).eligible.tolist() == [0, 1]


def test_nobody_eligible_is_said(workspace):
    add_users(workspace, ["a", "b"], last_active=[LAST, LAST - dt.timedelta(90)])
    with pytest.raises(NotFound, match="no embeddings yet"):
        open_pool(workspace)
    add_vectors(workspace, np.ones((1, 2)), rows=np.array([1]))
    with pytest.raises(BadInput, match="1 without an embedding; 1 not active in the last 30 days"):
        open_pool(workspace)


def test_negatives_are_eligible_and_never_seeds():
    pool = memory_pool(np.zeros((100, 1)), eligible=np.arange(0, 100, 2))
    positives = np.arange(0, 40)
    allowed = set(range(40, 100, 2))
    few = pool.negatives(positives, 10, np.random.default_rng(0))
    assert len(few) == 10
    assert set(few) < allowed
    assert few.tolist() == sorted(set(few))
    assert set(pool.negatives(positives, 1_000, np.random.default_rng(0))) == allowed
    many = [pool.negatives(positives, 10, np.random.default_rng(seed)) for seed in range(60)]
    assert set(np.concatenate(many)) == allowed
    with pytest.raises(BadInput, match="Every eligible user is on the seed list"):
        pool.negatives(np.arange(100), 10, np.random.default_rng(0))


def test_who_is_kept_out_is_no_negative():
    pool = replace(memory_pool(np.zeros((20, 1)), eligible=np.arange(15)), kept_out=np.array([3, 4, 17]))
    assert pool.outside(np.array([0, 5, 18])).tolist() == [1, 2, *range(6, 15)]
    assert set(pool.negatives(np.array([0, 5]), 99, np.random.default_rng(0))).isdisjoint({0, 3, 4, 5})
    with pytest.raises(BadInput, match="Every eligible user is on the seed list"):
        pool.negatives(np.array([0, 1, 2, *range(5, 15)]), 1, np.random.default_rng(0))


def test_ties_follow_neither_the_row_nor_its_neighbours():
    order = mixed(np.arange(20_000, dtype=np.int32))
    assert len(np.unique(order)) == 20_000
    ranks = np.argsort(np.argsort(order))
    assert abs(np.corrcoef(ranks, np.arange(20_000))[0, 1]) < 0.03  # four standard errors
    assert abs(np.corrcoef(ranks[1:], ranks[:-1])[0, 1]) < 0.03


def test_a_tie_stands_where_it_stood_whoever_else_is_in_the_pool():
    rows = np.array([3, 70, 500], np.int32)
    alone = memory_pool(np.zeros((3, 1)), rows=rows).tie_order
    assert alone.tolist() == mixed(np.arange(501, dtype=np.int32))[rows].tolist()


def test_blocks_cover_everybody_once_in_order(monkeypatch):
    monkeypatch.setattr(pools, "BLOCK", 7)
    pool = memory_pool(np.arange(40.0).reshape(20, 2), sparse=np.eye(20))
    blocks = list(pool.blocks())
    assert [len(block.dense) for block in blocks] == [7, 7, 6]
    np.testing.assert_array_equal(np.vstack([block.dense for block in blocks]), pool.vectors.matrix)
    np.testing.assert_array_equal(np.vstack([b.sparse.toarray() for b in blocks]), np.eye(20))
    chosen = pool.at(np.array([5, 2]))
    assert chosen.dense.tolist() == [[10, 11], [4, 5]]
    assert chosen.sparse.toarray().nonzero()[1].tolist() == [5, 2]


@pytest.fixture
def acting(workspace):
    """Users 0 to 4; item a has four users, item b three; user 4 has no vector, user 3 only a."""
    add_users(workspace, list("abcde"))
    add_interactions(workspace, [0, 1, 2, 3, 0, 1, 2, 2], list("aaaabbbb"))
    add_vectors(workspace, np.ones((4, 2)))
    return workspace


def test_features_and_activity_are_in_the_order_of_positions(acting):
    pool = open_pool(acting)
    assert pool.sparse.toarray().tolist() == [[1, 1], [1, 1], [1, 1], [1, 0]]
    np.testing.assert_allclose(pool.activity, np.log1p([2, 2, 2, 1]), rtol=1e-6)


def test_what_is_left_out_is_in_neither(acting):
    pool = open_pool(acting, left_out=["item:a"])
    assert pool.sparse.toarray().tolist() == [[1], [1], [1], [0]]
    np.testing.assert_allclose(pool.activity, np.log1p([1, 1, 1, 0]), rtol=1e-6)
