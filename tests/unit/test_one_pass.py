"""One pass over the users against a sort of all their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike import one_pass
from lookalike.errors import Cancelled
from lookalike.one_pass import Wanted, best
from lookalike.progress import Progress
from lookalike.ranking import rank
from tests.unit.worlds import memory_pool


@dataclass
class Known:
    """A model whose scores are known."""

    scores: np.ndarray

    def score(self, block):
        return self.scores[block.positions]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(one_pass, "USERS", (64, 64))
    monkeypatch.setattr(one_pass, "SPARE", 64)


def _world(seed, users, lists, levels):
    rng = np.random.default_rng(seed)
    eligible = np.flatnonzero(rng.random(users) < 0.8)
    pool = memory_pool(np.zeros((users, 1)), eligible=eligible)
    wanted = [
        Wanted(
            Known(rng.integers(0, levels, users).astype(np.float32)),
            int(rng.integers(1, users + 1)),
            np.flatnonzero(rng.random(users) < 0.1),
        )
        for _ in range(lists)
    ]
    return pool, wanted


def _sorted(pool, one):
    ranked = rank(pool, one.scorer.scores, np.intersect1d(one.without, pool.eligible)).candidates
    return ranked[: one.count]


@given(st.integers(0, 9), st.integers(1, 700), st.integers(1, 4), st.sampled_from([1, 3, 10_000]))
def test_the_best_are_those_of_a_sort(seed, users, lists, levels):
    pool, wanted = _world(seed, users, lists, levels)
    if len(pool.eligible):
        for found, one in zip(best(pool, wanted), wanted, strict=True):
            np.testing.assert_array_equal(found, _sorted(pool, one))


def test_a_pass_goes_on_where_it_stopped():
    pool, wanted = _world(4, 3000, 3, 5)
    whole = best(pool, wanted)
    kept = []
    heard = []

    def stopped():
        return len(heard) > 20

    with pytest.raises(Cancelled):
        best(pool, wanted, Progress(heard.append, stopped), keep=kept.append, parts=10)
    assert 0 < kept[-1].users < 2000
    again = []
    found = best(pool, wanted, Progress(again.append), reached=kept[-1])
    assert len(again) == len(range(kept[-1].users, 3000, 64))
    for one, right in zip(found, whole, strict=True):
        np.testing.assert_array_equal(one, right)


def test_floors_are_used():
    given_floors = []

    class Watching(one_pass.Stack):
        def score(self, block, floors=None):
            given_floors.append(floors.copy())
            return super().score(block, floors)

    pool, _ = _world(0, 2000, 1, 3)
    scores = np.random.default_rng(1).random(2000).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_pass, "Stack", Watching)
        best(pool, [Wanted(Known(scores), 20, np.array([], np.int64))])
    floors = np.concatenate(given_floors)
    assert floors[0] == -np.inf
    assert (np.diff(floors[np.isfinite(floors)]) >= 0).all()
    assert floors[-1] > np.quantile(scores, 0.9)


@pytest.mark.parametrize("order", ["sorted", "mixed", "broken"])
def test_a_guess_from_a_sample_changes_nothing(order, monkeypatch):
    monkeypatch.setattr(one_pass, "SAMPLED", 320)
    rng = np.random.default_rng(3)
    scores = rng.normal(size=4000).astype(np.float32)
    if order == "sorted":  # the sample is far from what the pool is
        scores = np.sort(scores)
    if order == "broken":
        scores[rng.random(4000) < 0.3] = np.nan
    pool = memory_pool(np.zeros((4000, 1)), eligible=np.arange(100, 3900))
    for count in (1, 37, 400, 3800, 5000):
        wanted = Wanted(Known(scores), count, np.arange(500, 700))
        (found,) = best(pool, [wanted])
        usable = np.nan_to_num(scores, nan=-np.inf)
        right = _sorted(pool, Wanted(Known(usable), count, wanted.without))
        np.testing.assert_array_equal(found, right)


def test_a_list_whose_guess_was_too_high_has_a_second_pass(monkeypatch):
    monkeypatch.setattr(one_pass, "SAMPLED", 320)
    monkeypatch.setattr(one_pass, "PIECES", 1)
    scores = np.arange(4000, 0, -1).astype(np.float32)  # the sample holds the highest alone
    heard = []
    pool = memory_pool(np.zeros((4000, 1)))
    wanted = [Wanted(Known(scores), 400, np.array([], np.int64))]
    (found,) = best(pool, wanted, Progress(heard.append))
    np.testing.assert_array_equal(found["score"], scores[:400])
    assert len(heard) == 2 * len(range(0, 4000, 64))


def test_a_pass_that_goes_on_knows_what_was_passed_over_for_a_guess_that_was_too_high(monkeypatch):
    monkeypatch.setattr(one_pass, "SAMPLED", 320)
    monkeypatch.setattr(one_pass, "PIECES", 1)
    scores = np.arange(4000, 0, -1).astype(np.float32)
    pool = memory_pool(np.zeros((4000, 1)))
    wanted = [Wanted(Known(scores), 400, np.array([], np.int64))]
    kept = []
    best(pool, wanted, keep=kept.append, parts=2)
    (found,) = best(pool, wanted, reached=kept[0])
    np.testing.assert_array_equal(found["score"], scores[:400])
