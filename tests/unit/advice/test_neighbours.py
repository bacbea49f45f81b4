"""Seeds that stand alone, and copies: planted ones are found, the others left in peace."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lookalike.advice import neighbours
from lookalike.advice.neighbours import copies, nearest, outliers
from lookalike.methods.centroid import unit_rows

NOBODY = np.zeros((0, 1), np.int64)


def _unit(rows):
    return unit_rows(rows).astype(np.float32)


def test_nearest_fellows_equal_brute_force(monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", 7)
    rng = np.random.default_rng(0)
    rows = _unit(rng.normal(size=(40, 5)))
    anchors = np.arange(0, 40, 2)
    closeness, fellows = nearest(rows, anchors, np.arange(40))
    for line in range(40):
        there = [one for one in anchors if one != line]
        best = sorted(there, key=lambda one: -rows[line] @ rows[one])[:5]
        assert set(fellows[line]) == set(best)
        assert np.isclose(closeness[line], np.mean([rows[line] @ rows[one] for one in best]))


def test_planted_outliers_are_found_and_few_others():
    rng = np.random.default_rng(1)
    seeds = rng.normal(size=(100, 10))
    seeds[:90, 0] += 5
    seeds[90:, 0] -= 5
    seeds[90:] *= 10 * rng.random((10, 1)) + 1
    strangers = _unit(rng.normal(size=(500, 10)))
    alone, _ = outliers(_unit(seeds), strangers, rng)
    assert alone[:90].sum() <= 3
    spread = rng.normal(size=(100, 10))
    spread[:90, 0] += 8
    alone, _ = outliers(_unit(spread), strangers, rng)
    assert alone[:90].sum() == 0
    assert alone[90:].sum() >= 2  # about half of those who are like any user


def test_of_a_random_draw_about_half_stand_alone():
    rng = np.random.default_rng(2)
    rows = _unit(rng.normal(size=(700, 8)))
    alone, _ = outliers(rows[:200], rows[200:], rng)
    assert 0.3 < alone.mean() < 0.7


def test_a_long_list_is_held_against_a_part_of_it(monkeypatch):
    monkeypatch.setattr(neighbours, "ANCHORS", 20)
    rng = np.random.default_rng(3)
    alone, fellows = outliers(_unit(rng.normal(size=(60, 4))), _unit(rng.normal(size=(30, 4))), rng)
    assert alone.shape == (60,)
    assert len(np.unique(fellows)) <= 20


def test_where_there_are_no_other_users_nobody_stands_alone():
    alone, _ = outliers(_unit(np.eye(4)), np.empty((0, 4), np.float32), np.random.default_rng(0))
    assert not alone.any()


def _items(*lines):
    matrix = np.zeros((len(lines), 30))
    for line, held in enumerate(lines):
        matrix[line, list(held)] = 1
    return sp.csr_matrix(matrix)


def test_the_same_actions_are_copies_but_for_one():
    items = _items(range(6), range(6), range(7, 14), range(6))
    assert copies(items, np.zeros((4, 0), np.int64)).tolist() == [False, True, False, True]


def test_nearly_the_same_actions_are_copies_of_a_near_fellow():
    items = _items(range(20), range(19), range(15))
    fellows = np.array([[1], [0], [0]])
    assert copies(items, fellows).tolist() == [False, True, False]


def test_who_did_little_does_the_same_by_chance():
    items = _items(range(4), range(4), ())
    assert not copies(items, np.array([[1], [0], [0]])).any()
    assert copies(_items(range(5), range(5)), np.array([[1], [0]])).sum() == 1
