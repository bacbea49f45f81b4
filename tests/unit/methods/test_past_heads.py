"""Mean rows of all items, against the same item by item."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import pool as pools
from lookalike.methods.past_heads import SMALLEST, past_heads, rows_of
from tests.unit.worlds import memory_pool


def _pool(users=200, items=30):
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.02, 0.7, items)
    return memory_pool(rng.normal(size=(users, 5)) + 3, sparse=rng.random((users, items)) < shares)


def test_sums_are_those_of_every_item_alone(monkeypatch):
    monkeypatch.setattr(pools, "BLOCK", 64)
    pool = _pool()
    found = past_heads(pool)
    own = rows_of(pool).of(pool.at(np.arange(200))).astype(float)
    took = pool.sparse.toarray().astype(bool)
    lists = [own[column] for column in took.T if SMALLEST <= column.sum() <= 100]
    assert 5 < len(lists) < 30
    np.testing.assert_array_equal(found.sizes, [len(one) for one in lists])
    np.testing.assert_allclose(found.means, [one.mean(axis=0) for one in lists], rtol=1e-4, atol=1e-5)
    apart = np.concatenate([one - one.mean(axis=0) for one in lists])
    within = apart.T @ apart / (len(apart) - len(lists))
    np.testing.assert_allclose(found.within, within, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found.centre, own.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found.total, np.cov(own.T, ddof=0), rtol=1e-3, atol=1e-4)


def test_the_length_of_a_row_is_the_root_of_what_it_was():
    pool = _pool()
    block = pool.at(np.arange(50))
    mean, white = pool.vectors.core_whitening
    lengths = np.linalg.norm((block.core - mean) @ white, axis=1)
    rows = rows_of(pool)
    np.testing.assert_allclose(np.linalg.norm(rows.of(block), axis=1), np.sqrt(lengths), rtol=1e-4)
    np.testing.assert_allclose(rows.roots(block), np.sqrt(lengths), rtol=1e-4)


@pytest.mark.parametrize("items", [0, 1])
def test_without_items_there_are_no_lists(items):
    pool = memory_pool(np.random.default_rng(0).normal(size=(40, 3)), sparse=np.ones((40, items)))
    found = past_heads(pool)
    assert found.means.shape == (0, 3)
    assert np.isfinite(found.total).all()
