"""Who falls into a region with whom: the two laws of collision, and how regions nest."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.methods import tables
from lookalike.methods.tables import (
    hyperplane_codes,
    hyperplane_tables,
    minhash_tables,
    minhashes,
)
from tests.unit.worlds import memory_pool


def _circle(count=400):
    """Users evenly around a circle: centred, and as white as stored."""
    angle = 2 * np.pi * np.arange(count) / count
    return angle, np.stack([np.cos(angle), np.sin(angle)], axis=1)


def test_users_share_a_side_as_often_as_their_angle_says():
    angle, points = _circle()
    codes = hyperplane_codes(memory_pool(points), 4_000, 2, np.random.default_rng(0))
    for other in (0, 20, 100, 150, 200):
        theta = angle[other]
        for bit in (0, 1):
            same = (codes[:, 0] >> bit & 1) == (codes[:, other] >> bit & 1)
            assert same.mean() == pytest.approx(1 - theta / np.pi, abs=0.03)
        both = (codes[:, 0] == codes[:, other]).mean()
        assert both == pytest.approx((1 - theta / np.pi) ** 2, abs=0.03)


def test_planes_go_through_the_centre_of_white_space():
    _, points = _circle()
    moved = memory_pool(points @ np.array([[3.0, 1.0], [0.0, 0.2]]) + [500, -70])
    codes = hyperplane_codes(moved, 2_000, 1, np.random.default_rng(0))
    # opposite users are never on one side, neighbours nearly always
    assert (codes[:, :200] == codes[:, 200:]).mean() < 0.01
    assert (codes[:, :-1] == codes[:, 1:]).mean() > 0.98
    quarter = (codes[:, :300] == codes[:, 100:]).mean()
    assert quarter == pytest.approx(0.5, abs=0.02)


def test_users_share_a_first_feature_as_often_as_their_sets_overlap():
    sets = np.zeros((5, 30), bool)
    sets[0, :10] = True
    sets[1, 5:15] = True
    sets[2, :20] = True
    sets[3, 20:] = True
    found = minhashes(memory_pool(np.zeros((5, 1)), sparse=sets), 4_000, np.random.default_rng(0))
    for one, other in ((0, 1), (0, 2), (1, 2), (0, 3)):
        overlap = (sets[one] & sets[other]).sum() / (sets[one] | sets[other]).sum()
        assert (found[:, one] == found[:, other]).mean() == pytest.approx(overlap, abs=0.03)
    assert (found[:, 4] == 30).all()  # no features: behind every place
    assert found[:, :4].max() < 30


def test_values_do_not_count_for_minhash():
    rng = np.random.default_rng(0)
    sets = rng.random((50, 20)) < 0.3
    one, other = (
        minhashes(memory_pool(np.zeros((50, 1)), sparse=given), 8, np.random.default_rng(1))
        for given in (sets, sets * rng.uniform(-1, 1, sets.shape))
    )
    np.testing.assert_array_equal(one, other)


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(tables, "TABLES", (6, 6))
    rng = np.random.default_rng(0)
    sparse = rng.random((600, 40)) < 0.1
    return memory_pool(rng.normal(size=(600, 5)), eligible=range(0, 600, 2), sparse=sparse)


@pytest.mark.parametrize("make", [hyperplane_tables, minhash_tables])
def test_deeper_regions_lie_within_the_others_and_hold_every_eligible_user_once(pool, make):
    depths = make(pool)
    assert len(depths) == 2
    for depth in depths:
        assert depth.sizes.shape[0] == 6
        np.testing.assert_array_equal(depth.sizes.sum(axis=1), [300] * 6)
        np.testing.assert_array_equal(depth.counts(pool.eligible), depth.sizes)
    everybody = np.arange(600)
    outer, inner = (depth.regions(everybody) for depth in depths)
    for table in range(6):
        pairs = np.unique(np.stack([outer[table], inner[table]]), axis=1)
        assert len(np.unique(pairs[1])) == pairs.shape[1]
        assert pairs.shape[1] > len(np.unique(pairs[0]))


@pytest.mark.parametrize("make", [hyperplane_tables, minhash_tables])
def test_tables_are_made_once_for_a_pool_and_alike_for_equal_pools(pool, make):
    assert make(pool) is make(pool)
    twin = memory_pool(pool.vectors.matrix, eligible=pool.eligible, sparse=pool.sparse.toarray())
    for one, other in zip(make(pool), make(twin), strict=True):
        np.testing.assert_array_equal(one.codes, other.codes)


def test_counts_add_up_weights(pool):
    depth = hyperplane_tables(pool)[0]
    users, weights = np.array([3, 8, 8]), np.array([0.5, 2.0, 1.0])
    counts = depth.counts(users, weights)
    np.testing.assert_allclose(counts.sum(axis=1), [3.5] * 6)
    assert all(counts[table, depth.regions(users)[table, 1]] >= 3 for table in range(6))


def test_without_raw_features_there_is_no_minhash():
    assert minhash_tables(memory_pool(np.ones((9, 2)), sparse=np.zeros((9, 0)))) == []
