"""How near a user is to a list, against distances taken one by one."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.portrait import closeness
from tests.unit.worlds import memory_pool


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    centre = np.where(np.arange(300) < 60, 3.0, 0.0)
    return memory_pool(rng.normal(0, 1, (300, 4)) + centre[:, None] * [1, 0, 0, 0])


def _one_by_one(pool, seeds, user):
    mean, white = pool.vectors.core_whitening
    rows = (np.asarray(pool.vectors.matrix, np.float64) - mean) @ white
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    fellows = [seed for seed in seeds if seed != user]
    middle = rows[fellows].sum(axis=0)
    others = [one for one in pool.eligible if one != user and one not in fellows]
    closer = np.mean([rows[one] @ middle < rows[user] @ middle for one in others])
    ordered = sorted([*others, *fellows], key=lambda one: -(rows[one] @ rows[user]))
    return closer, sum(one in fellows for one in ordered[: closeness.NEAREST])


@pytest.mark.parametrize("user", [3, 30, 200])
def test_it_equals_what_is_counted_one_by_one(pool, user, monkeypatch):
    monkeypatch.setattr(closeness, "BLOCK", 37)
    seeds = np.arange(20)
    found = closeness.measure(pool, seeds, user)
    closer, near = _one_by_one(pool, seeds, user)
    assert (found.closer_than, found.seeds) == (pytest.approx(closer), near)
    fellows = 20 - (user in seeds)
    assert (found.nearest, found.expected) == (50, pytest.approx(50 * fellows / 299))


def test_who_is_like_the_seeds_is_closer_than_who_is_not(pool):
    seeds = np.arange(20)
    like, unlike = (closeness.measure(pool, seeds, user) for user in (40, 250))
    assert like.closer_than > unlike.closer_than
    assert like.seeds > like.expected
    assert "of the 50 users most like them" in like.sentence()


def test_a_lone_seed_has_no_fellows(pool):
    found = closeness.measure(pool, np.array([5]), 5)
    assert (found.seeds, found.expected, found.closer_than) == (0, 0, 0)


def test_few_users_are_all_looked_at():
    pool = memory_pool(np.eye(4) + 0.1 * np.arange(4), eligible=[0, 1])
    found = closeness.measure(pool, np.array([2]), 3)
    assert (found.nearest, found.expected) == (3, pytest.approx(1))
