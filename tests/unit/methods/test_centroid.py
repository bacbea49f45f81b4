"""Similarity to the middle of the list."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.methods import score_all
from lookalike.methods.centroid import fit_centroid, unit_rows
from lookalike.progress import SILENT
from tests.unit.worlds import memory_pool


def _scores(pool, seeds, weights=None):
    weights = np.ones(len(seeds)) if weights is None else np.asarray(weights)
    fitted = fit_centroid(pool, np.asarray(seeds), weights, np.random.default_rng(0), SILENT)
    return score_all(pool, [fitted])[:, 0]


def _clusters():
    rng = np.random.default_rng(0)
    centres = np.array([[5, 0, 0], [0, 5, 0], [0, 0, 5], [-5, -5, -5]])
    return np.repeat(np.arange(4), 50), np.repeat(centres, 50, axis=0) + rng.normal(size=(200, 3))


def test_the_cluster_of_the_seeds_is_on_top():
    cluster, points = _clusters()
    scores = _scores(memory_pool(points), np.arange(50, 60))
    assert set(cluster[np.argsort(-scores)[:50]]) == {1}


def test_scores_are_cosines_to_the_weighted_mean_in_white_space():
    _, points = _clusters()
    points = points @ np.array([[2.0, 1, 0], [0, 30, 0], [1, 0, 0.1]]) + 100
    seeds, weights = [3, 60, 110], [1.5, 1.0, 0.5]
    values, axes = np.linalg.eigh(np.cov(points, rowvar=False))
    white = (points - points.mean(axis=0)) @ axes / np.sqrt(np.maximum(values, 1e-4 * values.max()))
    unit = white / np.linalg.norm(white, axis=1, keepdims=True)
    centre = np.average(unit[seeds], axis=0, weights=weights)
    np.testing.assert_allclose(_scores(memory_pool(points), seeds, weights), unit @ centre, atol=2e-3)


def test_a_heavy_seed_pulls():
    cluster, points = _clusters()
    scores = _scores(memory_pool(points), [0, 50], [1.9, 0.1])
    assert scores[cluster == 0].mean() > scores[cluster == 1].mean() + 0.3


def test_the_scale_of_a_column_changes_nothing():
    _, points = _clusters()
    wide = points * np.array([1, 20, 0.5])
    np.testing.assert_allclose(
        _scores(memory_pool(points), [0, 1, 2]), _scores(memory_pool(wide), [0, 1, 2]), atol=1e-4
    )


def test_rows_of_zeros_stay():
    found = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert found.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
