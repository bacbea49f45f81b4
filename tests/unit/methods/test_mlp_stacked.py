"""Many lists at once: each finds its own, none spoils another, none is forgotten."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lookalike.errors import BadInput, Cancelled
from lookalike.methods import mlp, score_all
from lookalike.methods.mlp import Network, fit_mlp
from lookalike.methods.mlp_recipe import PUBLISHED, Recipe
from lookalike.methods.mlp_stacked import ALIKE, TOGETHER, fit_mlp_many, grouped
from lookalike.progress import SILENT, Progress
from tests.unit.worlds import memory_pool

CORNERS = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]])


@pytest.fixture
def world():
    """Four blobs in the plane and a list of thirty users of each."""
    rng = np.random.default_rng(0)
    corner = np.arange(1200) % 4
    pool = memory_pool(CORNERS[corner] + rng.normal(scale=0.4, size=(1200, 2)))
    lists = [np.sort(rng.choice(np.flatnonzero(corner == one), 30, replace=False)) for one in range(4)]
    return pool, corner, [(seeds, np.ones(30)) for seeds in lists]


def _many(pool, lists, seed=0, progress=SILENT, recipe=None):
    return fit_mlp_many(pool, lists, np.random.default_rng(seed), progress, recipe or Recipe())


def test_every_list_finds_its_own(world):
    pool, corner, lists = world
    scores = score_all(pool, _many(pool, lists))
    for place, (seeds, _) in enumerate(lists):
        judged = np.setdiff1d(np.arange(len(pool)), seeds)
        assert roc_auc_score(corner[judged] == place, scores[judged, place]) > 0.95


def test_a_list_without_company_is_trained_as_ever(world):
    pool, _, lists = world
    (stacked,) = _many(pool, lists[:1])
    alone = fit_mlp(pool, *lists[0], np.random.default_rng(0), SILENT)
    assert np.array_equal(*(score_all(pool, [one]) for one in (stacked, alone)))


def test_a_shared_negative_is_no_negative_of_its_own_list(world, monkeypatch):
    pool, _, lists = world
    seen = []
    original = mlp.train
    monkeypatch.setattr(mlp, "train", lambda *given: seen.append(given[0]) or original(*given))
    weighted = [(lists[1][0][:25], np.ones(25)), (lists[0][0], np.linspace(0.5, 1.5, 30))]
    _many(pool, weighted, recipe=Recipe(epochs=1))
    (sample,) = seen
    entered = mlp.Entrance.of(pool, Recipe()).users(pool, np.arange(len(pool)))[:, :-1].numpy()
    apart = np.abs(sample.negatives[:, None, :-1].numpy() - entered[None]).sum(axis=2)
    who = apart.argmin(axis=1)
    assert apart.min(axis=1).max() < 1e-6
    for place, (seeds, weights) in enumerate(weighted):
        own, against = sample.positive_weights[place].numpy(), sample.negative_weights[place].numpy()
        mine = np.isin(who, seeds)
        assert mine.any()  # or the test would show nothing
        assert not against[mine].any()
        assert np.ptp(against[~mine]) == 0
        np.testing.assert_allclose(own[: len(seeds)] / own.sum(), weights / weights.sum(), rtol=1e-5)
        assert not own[len(seeds) :].any()
        assert own.sum() == pytest.approx(against.sum(), rel=1e-5)
        assert own.sum() + against.sum() == pytest.approx(sample.lines, rel=1e-5)


def test_who_is_kept_out_is_no_negative(world, monkeypatch):
    pool, corner, lists = world
    kept_out = np.flatnonzero(corner == 3)
    held = memory_pool(pool.vectors.matrix)
    object.__setattr__(held, "kept_out", kept_out)
    seen = []
    original = mlp.fit_together
    monkeypatch.setattr(
        "lookalike.methods.mlp_stacked.fit_together",
        lambda *given: seen.append(given[2]) or original(*given),
    )
    _many(held, lists[:3], recipe=Recipe(epochs=1))
    assert len(seen) == 1
    assert not np.isin(seen[0], kept_out).any()


def test_a_list_that_cannot_be_trained_leaves_the_others_alone(world):
    pool, _, lists = world
    everybody = np.arange(len(pool))
    nobody = np.empty(0, np.int64)
    most = everybody[:-40]  # leaves fewer negatives than are wanted
    odd = [(one, np.ones(len(one))) for one in (nobody, everybody, most)]
    found = _many(pool, [odd[0], lists[0], odd[1], lists[1], odd[2]], recipe=Recipe(epochs=1))
    assert [type(one) for one in found] == [BadInput, Network, BadInput, Network, Network]
    assert "holds nobody" in str(found[0])
    assert "Every eligible user" in str(found[2])


def test_the_seed_decides(world):
    pool, _, lists = world
    first, again, other = (score_all(pool, _many(pool, lists, seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_every_epoch_is_told_and_a_cancel_heard(world):
    pool, _, lists = world
    lists = [*lists, (np.arange(200), np.ones(200))]  # a group of its own
    heard = []
    recipe = Recipe(epochs=3)
    _many(pool, lists, progress=Progress(heard.append), recipe=recipe)
    assert [update.facts["epoch"] for update in heard] == [1, 2, 3] * 2
    assert all(update.facts["loss"] > 0 for update in heard)
    fractions = [update.fraction for update in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    few = []
    with pytest.raises(Cancelled):
        _many(pool, lists, progress=Progress(few.append, lambda: len(few) >= 2), recipe=recipe)
    assert len(few) == 2


def test_no_lists_are_no_networks(world):
    assert _many(world[0], []) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=60))
def test_groups_hold_every_list_once_and_lists_alike(sizes):
    recipe = Recipe()
    groups = grouped(sizes, recipe)
    assert sorted(place for group in groups for place in group) == list(range(len(sizes)))
    for group in groups:
        lines = [sizes[place] + recipe.negatives_for(sizes[place]) for place in group]
        assert max(lines) <= ALIKE * min(lines)
        units = recipe.nets * recipe.hidden[0] * (1 - recipe.dropout)
        assert len(group) == 1 or 4 * len(group) * units * recipe.batch_of(max(lines)) <= TOGETHER
    assert [len(group) for group in grouped(sizes, PUBLISHED)] == [1] * len(sizes)
