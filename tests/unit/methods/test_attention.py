"""Attention over seeds: where it begins, what order and repeats do, and what it can learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import Cancelled
from lookalike.methods import teaching
from lookalike.methods.attention import prototypes, taught, untaught
from lookalike.methods.episodes import past_lists
from lookalike.methods.head_prior import expected_mean, prior_of, turned
from lookalike.methods.past_heads import rows_of
from lookalike.priors import PARTS
from lookalike.progress import Progress
from tests.unit.worlds import memory_pool

DIM = 5


def _pooled(parts, gains, rows, weights):
    with torch.inference_mode():
        tensors = (torch.from_numpy(np.asarray(one, np.float32)) for one in (gains, rows, weights))
        found, share = prototypes(list(torch.from_numpy(parts)), *tensors)
    return found.numpy(), share.numpy()


def _parts(rng):
    return rng.normal(size=(len(PARTS), DIM)).astype(np.float32)


def test_untaught_it_is_the_prior_s_posterior():
    rng = np.random.default_rng(0)
    root, other = rng.normal(size=(2, DIM, DIM))
    prior = turned(
        rng.normal(size=DIM),
        root @ root.T + np.eye(DIM),
        other @ other.T + np.eye(DIM),
        rng.normal(size=DIM),
        np.eye(DIM),
        99,
    )
    rows, weights = rng.normal(size=(7, DIM)), rng.uniform(0.2, 2, 7)
    inside = (rows - prior.centre - prior.mean) @ prior.into
    found, share = _pooled(untaught(prior), prior.gains, inside[None], weights[None])
    seeds = weights.sum() ** 2 / (weights**2).sum()
    wanted = expected_mean(prior, np.average(rows, axis=0, weights=weights), seeds)
    np.testing.assert_allclose(prior.mean + found[0] @ prior.back, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(share[0], weights / weights.sum(), rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 30))
def test_the_order_of_the_seeds_changes_nothing(seed, count):
    rng = np.random.default_rng(seed)
    parts, gains = _parts(rng), rng.exponential(size=DIM)
    rows, weights = rng.normal(size=(count, DIM)), rng.uniform(0.2, 2, count)
    order = rng.permutation(count)
    one, share = _pooled(parts, gains, rows[None], weights[None])
    other, moved = _pooled(parts, gains, rows[order][None], weights[order][None])
    np.testing.assert_allclose(one, other, rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(share[0][order], moved[0], rtol=2e-3, atol=1e-5)


def test_who_has_no_weight_is_not_there():
    rng = np.random.default_rng(1)
    parts, gains = _parts(rng), np.ones(DIM)
    rows = rng.normal(size=(2, 6, DIM))
    weights = np.array([[1.0, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]])
    found, share = _pooled(parts, gains, rows, weights)
    alone, _ = _pooled(parts, gains, rows[:1, :4], weights[:1, :4])
    np.testing.assert_allclose(found[0], alone[0], rtol=1e-5, atol=1e-6)
    assert (share[0, 4:] == 0).all()


@pytest.fixture(scope="module")
def misled():
    """Of every item's users a third came by accident: they are apart from the others by column 5."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(900, DIM + 1))
    accident = rng.random(900) < 1 / 3
    vectors[:, DIM] = np.where(accident, 3.0, 0.0) + 0.1 * rng.normal(size=900)
    sides = vectors[:, :DIM] @ rng.normal(size=(DIM, 150))
    likely = np.where(accident[:, None], 0.12, sides > 2.6)
    return memory_pool(vectors, sparse=rng.random(sides.shape) < likely), accident


def test_seeds_that_came_by_accident_come_to_count_less(misled, monkeypatch):
    monkeypatch.setattr(teaching, "STEPS", 60)
    monkeypatch.setattr(teaching, "LISTS", 16)
    monkeypatch.setattr(teaching, "RATE", 0.06)
    pool, accident = misled
    prior, rng = prior_of(pool), np.random.default_rng(0)
    lists = past_lists(pool, rng)
    parts = taught(pool, prior, lists, rng)
    counted = []
    for place in range(40):
        users = lists.users[lists.of(place)][:12]
        rows = rows_of(pool).of(pool.at(users))
        inside = (rows - prior.centre - prior.mean) @ prior.into
        _, share = _pooled(parts, prior.gains, inside[None], np.ones((1, len(users))))
        if accident[users].any() and not accident[users].all():
            counted.append(share[0][accident[users]].mean() / share[0][~accident[users]].mean())
    assert len(counted) > 20
    assert np.mean(counted) < 0.8


def test_the_same_chance_teaches_the_same_and_it_can_be_stopped(misled, monkeypatch):
    monkeypatch.setattr(teaching, "STEPS", 5)
    pool, _ = misled
    prior = prior_of(pool)
    lists = past_lists(pool, np.random.default_rng(0))
    one, other = (taught(pool, prior, lists, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert np.abs(one).max() > 0
    with pytest.raises(Cancelled):
        taught(pool, prior, lists, np.random.default_rng(3), Progress(None, lambda: True))
