"""Attention over sub-groups: its formula, what it begins with, and what past lists teach it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lookalike.errors import Cancelled
from lookalike.methods import teaching
from lookalike.methods.attention import prototypes
from lookalike.methods.attention import untaught as seeds_alike
from lookalike.methods.episodes import past_lists
from lookalike.methods.head_prior import prior_of
from lookalike.methods.subgroup_attention import (
    Match,
    clustered,
    match_of,
    taught_subgroups,
    untaught,
)
from lookalike.methods.teaching import sides_of
from lookalike.priors import SUBGROUP_PARTS
from lookalike.progress import Progress
from tests.unit.worlds import memory_pool

KINDS = 8


def _numbers(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_a_score_is_that_of_the_list_and_of_the_groups_by_how_much_the_user_attends(seed):
    before = _numbers(seed, 2, 4)
    match = Match(
        _numbers(seed + 1, 2, 3), _numbers(seed + 2, 2, 4, 3), _numbers(seed + 3, 2, 4, 3), before
    )
    sides = _numbers(seed + 4, 5, 3)
    found = match.score(sides)
    for line, user in np.ndindex(2, 5):
        side = sides[user].double().numpy()
        odds = np.exp(before[line].double().numpy() + match.keys[line].double().numpy() @ side)
        local = (odds / odds.sum()) @ (match.apart[line].double().numpy() @ side)
        expected = match.general[line].double().numpy() @ side + local
        assert found[line, user].item() == pytest.approx(expected, rel=1e-4, abs=1e-4)
    torch.testing.assert_close(match.score(sides.expand(2, 5, 3)), found)


@pytest.fixture(scope="module")
def circle():
    """Users of 8 kinds around a circle; lists are of one kind, or of two opposite ones.

    No direction tells the users of two opposite kinds from the others: their mean is the middle.
    """
    rng = np.random.default_rng(0)
    kind = rng.integers(0, KINDS, 1600)
    angle = 2 * np.pi * kind / KINDS
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.12 * rng.normal(size=(1600, 2))
    wanted = rng.integers(0, KINDS, 160)
    apart = (kind[:, None] - wanted) % KINDS
    inside = (apart == 0) | ((apart == KINDS // 2) & (np.arange(160) % 2 == 1))
    took = rng.random(inside.shape) < np.where(inside, 0.3, 0.003)
    return memory_pool(vectors, sparse=took), kind


def _match(pool, parts, positions):
    prior = prior_of(pool)
    sides = sides_of(pool, prior, positions)
    groups = clustered(prior, sides.inside[None], torch.ones(1, len(positions)))
    return match_of(torch.from_numpy(parts), prior, groups)


def test_where_groups_count_nothing_it_is_what_the_seeds_have_in_common(circle):
    pool, _ = circle
    prior, seeds = prior_of(pool), np.arange(30)
    parts = untaught(prior)
    parts[SUBGROUP_PARTS.index("near")] = 0
    found = _match(pool, parts, seeds)
    inside = sides_of(pool, prior, seeds).inside
    gains = torch.from_numpy(prior.gains.astype(np.float32))
    plain, _ = prototypes(
        list(torch.from_numpy(seeds_alike(prior))), gains, inside[None], torch.ones(1, 30)
    )
    torch.testing.assert_close(found.general, plain, rtol=1e-3, atol=1e-4)
    assert found.apart.abs().max() < 1e-6


def test_opposite_kinds_are_found_once_past_lists_have_taught_it(circle, monkeypatch):
    monkeypatch.setattr(teaching, "STEPS", 60)
    monkeypatch.setattr(teaching, "RATE", 0.08)
    pool, kind = circle
    prior, rng = prior_of(pool), np.random.default_rng(0)
    parts = taught_subgroups(pool, prior, past_lists(pool, rng), rng)
    both = (kind == 1) | (kind == 1 + KINDS // 2)
    users = np.concatenate([np.flatnonzero(kind == 1)[:12], np.flatnonzero(kind == 5)[:12]])
    seeds = rng.permutation(users)
    rest = np.setdiff1d(np.arange(1600), seeds)
    sides = sides_of(pool, prior, rest)
    match = _match(pool, parts, seeds)
    taught = match.score(sides.against)[0] + sides.fixed
    assert roc_auc_score(both[rest], taught) > 0.85
    general = (sides.against @ match.general[0]) + sides.fixed
    assert roc_auc_score(both[rest], general) < 0.75


def test_the_same_chance_teaches_the_same_and_it_can_be_stopped(circle, monkeypatch):
    monkeypatch.setattr(teaching, "STEPS", 5)
    pool, _ = circle
    prior = prior_of(pool)
    lists = past_lists(pool, np.random.default_rng(0))
    one, other = (taught_subgroups(pool, prior, lists, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert np.abs(one - untaught(prior)).max() > 0
    with pytest.raises(Cancelled):
        taught_subgroups(pool, prior, lists, np.random.default_rng(3), Progress(None, lambda: True))
