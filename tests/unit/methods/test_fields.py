"""Fields of raw features: whose cell is where, how lines are scaled, and what can be differentiated."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.methods import fields
from lookalike.methods.fields import by_field, fields_of, gathered, product, squared

NAMES = ["item:1", "item:a=b", "age=18", "age=25", "plan=a=b", "feature:spend", "feature:age=18"]


def _some(seed, users=7, features=9, count=3):
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(users, features)) * (rng.random((users, features)) < 0.5)
    return cells.astype(np.float32), rng.integers(-1, count, features).astype(np.int16)


def test_items_are_a_field_attributes_one_each_and_imported_features_one():
    assert fields_of(NAMES).tolist() == [0, 0, 1, 1, 2, 3, 3]
    assert fields_of(NAMES[::-1]).tolist() == [0, 0, 1, 2, 2, 3, 3]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_every_cell_is_in_the_line_of_its_user_and_field_and_busy_users_count_less(seed):
    cells, field_of = _some(seed)
    found = by_field(sp.csr_matrix(cells), field_of, 3, 0.5).toarray()
    assert found.shape == (21, 9)
    for user, field in np.ndindex(7, 3):
        own = np.where(field_of == field, cells[user], 0)
        there = ((cells[user] != 0) & (field_of >= 0)).sum()
        expected = own / np.sqrt(max(there, 1))
        np.testing.assert_allclose(found[user * 3 + field], expected, rtol=1e-6)


def test_block_by_block_is_all_at_once(monkeypatch):
    cells, field_of = _some(3, users=40)
    users = np.random.default_rng(0).permutation(40)[:23]
    whole = by_field(sp.csr_matrix(cells)[users], field_of, 3, 0.25)
    monkeypatch.setattr(fields, "BLOCK", 5)
    np.testing.assert_array_equal(
        gathered(sp.csr_matrix(cells), users, field_of, 3, 0.25).toarray(), whole.toarray()
    )


def test_nobody_has_no_lines():
    cells, field_of = _some(0)
    assert gathered(sp.csr_matrix(cells), np.zeros(0, np.int64), field_of, 3, 0.5).shape == (0, 9)


def test_squares_stand_in_one_line_a_user():
    cells, field_of = _some(5)
    own = by_field(sp.csr_matrix(cells), field_of, 3, 1.0)
    expected = (own.toarray() ** 2).reshape(7, 3, 9).sum(axis=1)
    np.testing.assert_allclose(squared(own, 3).toarray(), expected, rtol=1e-6)


def test_the_product_s_gradient_is_that_of_dense_matrices():
    cells, _ = _some(1)
    weights = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)).requires_grad_()
    sides = torch.randn(7, 4, generator=torch.Generator().manual_seed(1))
    own, plain = (
        torch.autograd.grad((made.tanh() * sides).sum(), weights)[0]
        for made in (product(sp.csr_matrix(cells), weights), torch.from_numpy(cells) @ weights)
    )
    torch.testing.assert_close(own, plain)
    assert own.abs().max() > 0.1


def test_without_features_there_are_no_fields():
    assert fields_of([]).tolist() == []
    assert fields_of(["=x"]).tolist() == [0]
    with pytest.raises(IndexError):
        by_field(sp.csr_matrix(np.ones((1, 2), np.float32)), np.zeros(1, np.int16), 1, 0.5)
