"""Distinctiveness: a random draw is called one, a list with something in common is not, at once."""

from __future__ import annotations

import time

import numpy as np
import pytest

from lookalike.advice.distinctiveness import LEAST, Distinctiveness, directions, measure
from tests.unit.worlds import memory_pool


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(0)
    users = rng.normal(size=(3_000, 20))
    users[:300, 0] += 3.0
    return memory_pool(users)


@pytest.mark.parametrize("size", [12, 300])
def test_a_planted_list_is_distinct(pool, size):
    found = measure(pool, np.arange(size))
    assert found.level == "distinct"
    assert found.auc > 0.65
    assert found.p_value == pytest.approx(1 / 201)
    assert "something in common" in found.sentence()


@pytest.mark.parametrize("size", [5, 30, 300])
def test_random_draws_are_warned_of(pool, size):
    rng = np.random.default_rng(size)
    draws = [np.sort(rng.choice(3_000, size, replace=False)) for _ in range(12)]
    found = [measure(pool, draw) for draw in draws]
    assert sum(one.level == "random" for one in found) >= 11
    assert np.mean([one.auc for one in found]) == pytest.approx(0.5, abs=0.1)
    assert "look like a random draw" in found[0].sentence()


def test_p_values_of_random_draws_are_even(pool):
    rng = np.random.default_rng(4)
    values = [measure(pool, np.sort(rng.choice(3_000, 20, replace=False))).p_value for _ in range(40)]
    assert 0.35 < np.mean(values) < 0.65


def test_seeds_pushed_apart_are_no_list_either(pool):
    # closer to nothing: each half is the other's opposite
    rows = directions(pool, np.arange(3_000))
    first = rows @ rows[0]
    apart = np.sort(np.concatenate([np.argsort(first)[:40], np.argsort(-first)[:40]]))
    assert measure(pool, apart).level != "distinct"


def test_levels_follow_the_numbers():
    assert Distinctiveness(0.9, 0.001, 50).level == "distinct"
    assert Distinctiveness(0.55, 0.001, 50).level == "faint"
    assert "little in common" in Distinctiveness(0.55, 0.001, 50).sentence()
    assert Distinctiveness(0.9, 0.2, 50).level == "random"


def test_seeds_that_are_not_looked_at_are_no_random_users():
    users = np.random.default_rng(0).normal(size=(2_400, 5))
    users[:2_000, 0] += 8.0  # the list is the larger part of the users
    assert measure(memory_pool(users), np.arange(2_000)).auc > 0.95
    assert measure(memory_pool(users[:2_000]), np.arange(2_000)) is None


def test_too_few_seeds_or_no_other_users_cannot_be_judged(pool):
    assert measure(pool, np.arange(LEAST - 1)) is None
    assert measure(memory_pool(np.eye(5)), np.arange(5)) is None


def test_it_takes_no_time_at_any_size():
    rng = np.random.default_rng(0)
    large = memory_pool(rng.normal(size=(60_000, 64)))
    _ = large.vectors.whitening
    began = time.process_time()
    measure(large, np.arange(20_000))
    assert time.process_time() - began < 2.0  # a quarter of that on a machine of its own
