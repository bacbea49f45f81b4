"""Sub-segments: one cloud is one group, planted groups are found, whatever their sizes."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.advice.segments import LEAST, groups_of, prediction_strength
from lookalike.methods.centroid import unit_rows


def _unit(rows):
    return unit_rows(rows).astype(np.float32)


@pytest.mark.parametrize("seeds", [30, 100, 600])
def test_one_cloud_is_one_group(seeds):
    rng = np.random.default_rng(seeds)
    rows = _unit(rng.normal(size=(seeds, 20)) + 2)
    assert not groups_of(rows, rng).any()


def test_one_long_cloud_is_one_group():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 10)) * np.array([4.0] + [1.0] * 9)
    rows[:, 1] += 12  # unit length keeps it long rather than folding it
    assert not groups_of(_unit(rows), rng).any()


@pytest.mark.parametrize("sizes", [(60, 40), (90, 12), (50, 40, 30)])
def test_planted_groups_are_found_and_numbered_from_the_largest(sizes):
    rng = np.random.default_rng(2)
    centres = 6 * np.eye(20)[: len(sizes)]
    truth = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(truth))
    rows = _unit(centres[truth] + rng.normal(size=(len(truth), 20)))
    found = groups_of(rows[order], rng)
    assert np.mean(found == truth[order]) > 0.97


def test_a_short_list_is_left_in_one():
    rows = _unit(np.repeat(np.eye(2), LEAST // 2, axis=0)[: LEAST - 1])
    assert not groups_of(rows, np.random.default_rng(0)).any()


def test_prediction_strength_is_one_for_groups_far_apart_and_low_for_a_cloud_cut_in_four():
    rng = np.random.default_rng(3)
    apart = np.repeat([[0.0, 0.0], [50.0, 0.0]], 40, axis=0) + rng.normal(size=(80, 2))
    assert prediction_strength(apart, 2, rng) == 1
    assert prediction_strength(rng.normal(size=(200, 5)), 4, rng) < 0.6
