"""The memory map of a snapshot: equal to the table, rebuilt when it is not, with right moments."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import vectors
from lookalike.importing import snapshots

from .worlds import add_vectors


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(500, 4)).astype(np.float32) @ np.diag([1, 5, 0.1, 2]).astype(np.float32)


def _load(workspace, number=None):
    return vectors.load(workspace, snapshots.get(workspace, number))


def _table(workspace, number):
    with workspace.cursor() as cursor:
        found = cursor.execute(f"SELECT row, vector FROM embeddings_{number} ORDER BY row").fetchall()
    return [row for row, _ in found], np.array([vector for _, vector in found], np.float32)


def test_the_map_equals_the_table_in_row_order(workspace, data, monkeypatch):
    monkeypatch.setattr(vectors, "BATCH", 64)
    order = np.random.default_rng(1).permutation(500)
    number = add_vectors(workspace, data, rows=(3 * order).astype(np.int32))
    found = _load(workspace)
    rows, table = _table(workspace, number)
    assert found.rows.tolist() == rows == list(range(0, 1500, 3))
    np.testing.assert_array_equal(found.matrix, table)
    np.testing.assert_array_equal(found.matrix[order], data)
    assert (found.matrix.dtype, found.rows.dtype, len(found)) == (np.float32, np.int32, 500)


@pytest.mark.parametrize("mean", [0.0, 1e6])
def test_moments_equal_numpy_whatever_the_mean(workspace, data, mean, monkeypatch):
    monkeypatch.setattr(vectors, "BATCH", 64)
    stored = (data + np.float32(mean)).astype(np.float32)
    add_vectors(workspace, stored)
    found, wide = _load(workspace), stored.astype(np.float64)
    np.testing.assert_allclose(found.mean, wide.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.covariance, np.cov(wide, rowvar=False), rtol=1e-9, atol=1e-9)


def test_whitening_gives_unit_covariance_within_each_view(workspace, data):
    # the second view is a mixture of the first: across views nothing is made white
    both = np.hstack([data[:, :2], data[:, :2] @ np.array([[100.0, 50], [0, 80]]) + data[:, 2:]])
    add_vectors(workspace, both, views=[["one", 0, 2], ["two", 2, 4]])
    found = _load(workspace)
    white = np.cov((found.matrix - found.mean) @ found.whitening, rowvar=False)
    np.testing.assert_allclose(white[:2, :2], np.eye(2), atol=1e-4)
    np.testing.assert_allclose(white[2:, 2:], np.eye(2), atol=1e-4)
    assert np.abs(white[:2, 2:]).max() > 0.5


def test_directions_without_spread_are_not_blown_up(workspace, data):
    flat = np.column_stack([data[:, 0], data[:, 0], np.ones(500)])
    add_vectors(workspace, flat)
    found = _load(workspace)
    white = (found.matrix - found.mean) @ found.whitening
    assert np.isfinite(white).all()
    assert white.var(axis=0).max() == pytest.approx(1, abs=0.01)
    largest = np.linalg.eigvalsh(found.covariance).max()
    assert np.linalg.norm(found.whitening, axis=0).max() == pytest.approx((1e-4 * largest) ** -0.5)


def test_a_snapshot_without_any_spread_is_finite(workspace):
    add_vectors(workspace, np.ones((5, 3)))
    found = _load(workspace)
    assert np.isfinite(found.whitening).all()
    assert np.abs((found.matrix - found.mean) @ found.whitening).max() < 1e-6


def test_positions_are_of_those_that_have_a_vector(workspace, data):
    add_vectors(workspace, data[:4], rows=np.array([2, 5, 7, 9]))
    asked = np.array([9, 0, 5, 6, 10, 2], np.int32)
    assert _load(workspace).positions(asked).tolist() == [3, 1, 0]
    assert _load(workspace).positions(np.array([], np.int32)).tolist() == []


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("name", ["1.npy", "1.npz"])
@pytest.mark.parametrize(
    "harm",
    [lambda path: path.unlink(), _truncate, lambda path: path.write_bytes(b"")],
    ids=["missing", "truncated", "empty"],
)
def test_a_harmed_file_is_written_anew(workspace, data, name, harm):
    add_vectors(workspace, data)
    _load(workspace)
    harm(workspace.file_in("vectors", name))
    found = _load(workspace)
    np.testing.assert_array_equal(found.matrix, data)
    np.testing.assert_allclose(found.mean, data.astype(np.float64).mean(axis=0), atol=1e-9)


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM embeddings_1 WHERE row = 10", "UPDATE embeddings_1 SET row = 11 WHERE row = 10"],
)
def test_a_map_of_a_table_that_has_changed_since_is_written_anew(workspace, data, change):
    add_vectors(workspace, data, rows=np.arange(0, 1000, 2))
    _load(workspace)
    with workspace.write() as cursor:
        cursor.execute(change)
    found = _load(workspace)
    rows, table = _table(workspace, 1)
    assert 10 not in rows
    assert found.rows.tolist() == rows
    np.testing.assert_array_equal(found.matrix, table)


def test_a_map_that_fits_is_used_as_it_is(workspace, data):
    add_vectors(workspace, data)
    _load(workspace)
    file = workspace.file_in("vectors", "1.npy")
    before = file.stat().st_mtime_ns
    _load(workspace)
    assert file.stat().st_mtime_ns == before


def test_two_snapshots_do_not_share_a_map(workspace, data):
    first, second = add_vectors(workspace, data), add_vectors(workspace, data[:, :2] + 1)
    np.testing.assert_array_equal(_load(workspace, first).matrix, data)
    np.testing.assert_array_equal(_load(workspace, second).matrix, data[:, :2] + 1)
