"""The solver against an independent one, and against its own definition."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from lookalike.methods.newton import solve

ROWS, FEATURES = 300, 12


def _rows(random_state=0):
    rng = np.random.default_rng(random_state)
    return sp.csr_matrix((rng.random((ROWS, FEATURES)) < 0.3) * rng.random(FEATURES), dtype=np.float32)


def _problems(random_state=1):
    rng = np.random.default_rng(random_state)
    labels = rng.random((ROWS, 3)) < [0.1, 0.5, 0.3]
    labels[:, 1] |= _rows().toarray()[:, 2] > 0
    return labels, (rng.random((ROWS, 3)) * [0.1, 3, 40]).astype(np.float32)


def test_each_problem_is_solved_as_scikit_learn_does():
    labels, weights = _problems()
    solved = solve(_rows(), labels, weights, tolerance=1e-5)
    assert solved.shape == (FEATURES + 1, 3)
    for place in range(3):
        peer = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000)
        peer.fit(_rows().astype(float), labels[:, place], sample_weight=weights[:, place])
        np.testing.assert_allclose(solved[:-1, place], peer.coef_[0], atol=5e-3)
        assert solved[-1, place] == pytest.approx(peer.intercept_[0], abs=5e-3)


def test_problems_do_not_see_each_other():
    labels, weights = _problems()
    together = solve(_rows(), labels, weights, tolerance=1e-5)
    alone = [solve(_rows(), labels[:, [at]], weights[:, [at]], tolerance=1e-5)[:, 0] for at in range(3)]
    np.testing.assert_allclose(together.T, alone, atol=2e-3)


def test_a_start_changes_the_way_and_not_the_end():
    labels, weights = _problems()
    cold = solve(_rows(), labels, weights, tolerance=1e-5)
    warm = solve(_rows(), labels, weights, np.full((FEATURES + 1, 3), 2, np.float32), 1e-5)
    np.testing.assert_allclose(warm, cold, atol=3e-3)
    np.testing.assert_array_equal(solve(_rows(), labels, weights, cold, 1e-2), cold)


def test_far_margins_do_not_overflow():
    rows = sp.csr_matrix(np.repeat([[1.0], [0.0]], 50, axis=0), dtype=np.float32)
    labels = np.arange(100)[:, None] < 50
    start = np.array([[400.0], [-900.0]], np.float32)
    solved = solve(rows, labels, np.full((100, 1), 1e3, np.float32), start, 1e-3)
    assert np.isfinite(solved).all()
    assert solved[0, 0] > 5
    assert solved[1, 0] < -2
