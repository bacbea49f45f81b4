"""Ridge on sparse rows against the dense closed form."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.methods.raw import Raw


def _raw(users=300, features=20, seed=0):
    rng = np.random.default_rng(seed)
    popular = rng.beta(1, 3, features)
    matrix = sp.csr_matrix((rng.random((users, features)) < popular).astype(np.float32))
    rows, columns = rng.uniform(0.5, 1, users), rng.uniform(0.5, 2, features)
    return Raw(matrix, sp.csr_matrix(matrix.T), rows.astype(np.float32), columns.astype(np.float32))


def _dense(raw):
    return raw.rows[:, None] * raw.matrix.toarray().astype(float) * raw.columns


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.5, 500))
def test_the_solution_is_the_closed_form_at_every_penalty(seed, penalty):
    raw = _raw(seed=seed)
    rows = _dense(raw)
    marked = (np.random.default_rng(seed).random(300) < 0.1).astype(np.float32)
    penalties = (penalty, 10 * penalty)
    found = raw.solve(marked, penalties)
    for place, one in enumerate(penalties):
        wanted = np.linalg.solve(rows.T @ rows + one * np.eye(20), rows.T @ marked)
        np.testing.assert_allclose(found[:, place], wanted, atol=2e-4 * max(np.abs(wanted).max(), 1e-9))


def test_nothing_marked_gives_nothing():
    assert not _raw().solve(np.zeros(300, np.float32), (1.0, 2.0)).any()


def test_lengths_are_those_of_the_rows():
    raw = _raw()
    np.testing.assert_allclose(raw.norms, np.linalg.norm(_dense(raw), axis=1), rtol=1e-5)


@pytest.mark.parametrize("place", [0, 1])
def test_the_hat_diagonal_follows_the_length_of_the_row(place):
    raw, penalties = _raw(users=3000), (5.0, 50.0)
    rows = _dense(raw)
    exact = np.einsum(
        "ij,ij->i", rows @ np.linalg.inv(rows.T @ rows + penalties[place] * np.eye(20)), rows
    )
    guessed = raw.hat(penalties, np.random.default_rng(0)).at(raw.norms, place)
    assert guessed.mean() == pytest.approx(exact.mean(), rel=0.1)
    assert np.abs(guessed - exact).mean() < 0.8 * np.abs(exact - exact.mean()).mean()
    assert np.corrcoef(guessed, exact)[0, 1] > 0.4


def test_of_many_users_fewer_probes_tell_as_much(monkeypatch):
    rng = np.random.default_rng(3)
    matrix = sp.csr_matrix((rng.random((4_000, 30)) < rng.uniform(0.05, 0.4, 30)).astype(np.float32))
    raw = Raw(matrix, sp.csr_matrix(matrix.T), np.ones(4_000, np.float32), np.ones(30, np.float32))
    usual = raw.hat((10.0,), np.random.default_rng(0))
    monkeypatch.setattr("lookalike.methods.raw.ENOUGH", 400)
    asked = []
    monkeypatch.setattr(
        Raw,
        "solve",
        lambda self, probe, lots, solve=Raw.solve: asked.append(1) or solve(self, probe, lots),
    )
    fewer = raw.hat((10.0,), np.random.default_rng(0))
    assert len(asked) == 2
    assert fewer.values.mean() == pytest.approx(usual.values.mean(), rel=0.15)
    assert np.corrcoef(fewer.values[:, 0], usual.values[:, 0])[0, 1] > 0.9
