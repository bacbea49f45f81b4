"""Episodes: seeds and queries of one list, never the same user."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.methods import episodes
from lookalike.methods.episodes import drawn, past_lists
from lookalike.methods.past_heads import SMALLEST
from tests.unit.worlds import memory_pool


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(0)
    took = rng.random((300, 40)) < np.linspace(0.01, 0.7, 40)
    return memory_pool(rng.normal(size=(300, 3)), sparse=took)


def test_items_of_enough_and_not_too_many_users_are_lists(pool):
    lists = past_lists(pool, np.random.default_rng(0))
    took = pool.sparse.toarray().astype(bool)
    sizes = took.sum(axis=0)
    kept = took[:, (sizes >= SMALLEST) & (sizes <= 150)]
    assert 5 < len(lists) == kept.shape[1] < 40
    for place, column in enumerate(kept.T):
        assert set(lists.users[lists.of(place)]) == set(np.flatnonzero(column))
    assert lists.chance.sum() == pytest.approx(1)


def test_of_a_large_pool_a_part_is_enough(pool, monkeypatch):
    monkeypatch.setattr(episodes, "MOST_USERS", 120)
    lists = past_lists(pool, np.random.default_rng(0))
    assert len(lists.users) == 120
    took = pool.sparse.toarray().astype(bool)
    own = set(lists.users[lists.of(0)].tolist())
    assert any(own == set(lists.users[took[lists.users, item]].tolist()) for item in range(40))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_nobody_is_both_a_seed_and_to_be_found(pool, seed):
    lists = past_lists(pool, np.random.default_rng(0))
    some = drawn(lists, 8, np.random.default_rng(seed))
    members = [set(lists.of(place).tolist()) for place in range(len(lists))]
    for line in range(8):
        seeds = some.seeds[line][some.weights[line] > 0].tolist()
        queries = some.queries[line][some.asked[line] > 0].tolist()
        assert 3 <= len(seeds) <= episodes.MOST_SEEDS
        assert queries
        everybody = seeds + queries
        assert len(set(everybody)) == len(everybody)
        assert any(set(everybody) <= one for one in members)
