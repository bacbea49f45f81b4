"""Sub-groups by k-means: against plain steps and scikit-learn's, one list and many at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from lookalike.methods import subgroups as module
from lookalike.methods.subgroups import number_for, subgroups


def _cut(rows, weights=None, scale=None):
    weights = np.ones(rows.shape[:2]) if weights is None else weights
    scale = np.ones(rows.shape[2]) if scale is None else scale
    return subgroups(*(torch.from_numpy(np.asarray(one, np.float32)) for one in (rows, weights, scale)))


def test_there_are_five_to_twenty_and_no_more_than_seeds():
    sizes = torch.tensor([1, 3, 5, 26, 100, 250, 100_000])
    assert number_for(sizes).tolist() == [1, 3, 5, 5, 10, 16, 20]


def _one_by_one(rows, weights, count):
    """Lloyd's steps one seed at a time; a centre that is nobody's nearest stays where it is."""
    centres, labels = rows[:count].copy(), np.zeros(len(rows), int)
    for _ in range(module.ROUNDS):
        labels = np.array([((row - centres) ** 2).sum(axis=1).argmin() for row in rows])
        for place in set(labels):
            own = labels == place
            centres[place] = np.average(rows[own], axis=0, weights=weights[own])
    return labels


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000))
def test_they_are_those_of_the_steps_one_by_one(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(40, 3)) + 6 * rng.normal(size=(4, 3))[rng.integers(0, 4, 40)]
    weights = rng.uniform(0.2, 2, 40)
    labels, found = _one_by_one(rows, weights, 6), _cut(rows[None], weights[None])
    for place in range(6):
        own = labels == place
        share = weights[own].sum() / weights.sum()
        assert found.shares[0, place].item() == pytest.approx(share, abs=1e-5)
        if own.any():
            mean = np.average(rows[own], axis=0, weights=weights[own])
            np.testing.assert_allclose(found.centres[0, place], mean, rtol=1e-3, atol=1e-3)


def test_groups_far_apart_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    rows = 20 * rng.normal(size=(6, 3))[np.arange(36) % 6] + rng.normal(size=(36, 3))
    labels = KMeans(6, n_init=5, random_state=0).fit(rows).labels_
    found = _cut(rows[None])
    for place in range(6):
        own = labels == labels[place]
        np.testing.assert_allclose(found.centres[0, place], rows[own].mean(axis=0), rtol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000))
def test_together_they_make_the_list_and_other_lists_change_nothing(seed):
    rng = np.random.default_rng(seed)
    sizes = [30, 3, 12]
    rows, weights = rng.normal(size=(3, 30, 4)), rng.uniform(0.1, 2, (3, 30))
    for line, size in enumerate(sizes):
        weights[line, size:] = 0
        rows[line, size:] = 99  # nobody stands there
    found = _cut(rows, weights)
    for line, size in enumerate(sizes):
        own, heavy = rows[line : line + 1, :size], weights[line : line + 1, :size]
        alone = _cut(own, heavy)
        count = alone.centres.shape[1]
        for name in ("centres", "shares"):
            held = getattr(found, name)[line, :count]
            torch.testing.assert_close(held, getattr(alone, name)[0], rtol=1e-4, atol=1e-4)
        assert not found.shares[line, count:].any()
        mean = (alone.shares[0, :, None] * alone.centres[0]).sum(dim=0)
        np.testing.assert_allclose(mean, np.average(own[0], axis=0, weights=heavy[0]), atol=1e-4)
        torch.testing.assert_close(found.stray[line], alone.stray[0], rtol=1e-4, atol=1e-5)
        kish = heavy.sum() ** 2 / (heavy**2).sum()
        assert found.seeds[line].item() == pytest.approx(kish, rel=1e-4)


def test_distances_are_taken_where_the_scale_says():
    rng = np.random.default_rng(0)
    rows = np.stack([np.repeat([5.0, -5.0], 10), rng.normal(size=20) * 100], axis=1)
    rows = rows[rng.permutation(20)]
    found = _cut(rows[None], scale=[1.0, 0.0])
    there = found.shares[0] > 0
    np.testing.assert_allclose(found.centres[0, there, 0].abs(), 5, rtol=1e-5)


def test_straying_is_the_unbiased_variance():
    rows = np.random.default_rng(0).normal(size=(1, 50, 3))
    np.testing.assert_allclose(_cut(rows).stray[0], rows[0].var(axis=0, ddof=1), rtol=1e-4)
    assert not _cut(rows[:, :1]).stray.any()


def test_seeds_that_are_all_the_same_are_one_group():
    found = _cut(np.ones((1, 9, 2)))
    assert found.shares[0].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert torch.isfinite(found.centres).all()
