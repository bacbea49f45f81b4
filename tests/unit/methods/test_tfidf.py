"""Rows scaled by rarity and to one length, and a regression on them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from lookalike.errors import BadInput
from lookalike.methods import score_all
from lookalike.methods.tfidf import fit_logistic_tfidf, rarity, scaled
from lookalike.progress import SILENT
from tests.unit.worlds import memory_pool

USERS = 400


def _pool():
    rng = np.random.default_rng(0)
    sparse = rng.random((USERS, 20)) < 0.3
    sparse[:, 0] = True
    return memory_pool(np.zeros((USERS, 1)), sparse=sparse)


def _fit(pool, seeds):
    return fit_logistic_tfidf(pool, seeds, np.ones(len(seeds)), np.random.default_rng(0), SILENT)


def test_rarity_is_the_log_of_users_over_holders():
    pool = _pool()
    holders = pool.sparse.toarray().astype(bool).sum(axis=0)
    np.testing.assert_allclose(rarity(pool), np.log(USERS / holders), rtol=1e-5, atol=1e-6)
    assert rarity(pool)[0] == 0  # everybody has it
    assert rarity(pool) is rarity(pool)


def test_rows_have_length_one_and_empty_ones_stay():
    rows = sp.csr_matrix([[1, 0, 2], [0, 0, 0], [0, 3, 0]], dtype=np.float32)
    found = scaled(rows, np.array([2, 1, 0.5], np.float32)).toarray()
    np.testing.assert_allclose(found, [[2 / 5**0.5, 0, 1 / 5**0.5], [0, 0, 0], [0, 1, 0]], rtol=1e-6)
    assert rows.toarray().tolist() == [[1, 0, 2], [0, 0, 0], [0, 3, 0]]


def test_a_planted_feature_weighs_most_and_lifts_its_users():
    pool = _pool()
    having = np.flatnonzero(pool.sparse[:, [7]].toarray())
    fitted = _fit(pool, having[::2])
    assert np.argmax(fitted.weights) == 7
    scores = score_all(pool, [fitted])[:, 0]
    others = np.setdiff1d(np.arange(USERS), having)
    assert np.mean(scores[having[1::2], None] > scores[others]) > 0.98


def test_the_score_is_linear_in_the_scaled_row():
    pool = _pool()
    fitted = _fit(pool, np.flatnonzero(pool.sparse[:, [7]].toarray())[:40])
    rows = pool.sparse[:5].toarray() * rarity(pool)
    expected = rows / np.linalg.norm(rows, axis=1, keepdims=True) @ fitted.weights
    np.testing.assert_allclose(fitted.score(pool.at(np.arange(5))), expected, rtol=1e-4, atol=1e-5)


def test_without_raw_features_it_says_what_to_import():
    with pytest.raises(BadInput, match="no raw features"):
        _fit(memory_pool(np.zeros((20, 1)), sparse=np.zeros((20, 0))), np.arange(5))
