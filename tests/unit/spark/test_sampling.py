"""The pool of a sample and of seeds beside it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from lookalike.pool import Loose
from lookalike.spark.files import About
from lookalike.spark.moments import Moments
from lookalike.spark.reading import Part
from lookalike.spark.sampling import Sample, packed, unpacked

ABOUT = About(3, 2, ("a", "b"))


def part(rows):
    """Users whose columns and features say who they are."""
    rows = np.asarray(rows, np.int32)
    dense = np.stack([rows, rows * rows, -rows], axis=1).astype(np.float32)
    cells = sp.csr_matrix(np.stack([rows, rows + 1], axis=1).astype(np.float32))
    return Part(rows, None, Loose(dense, 2, cells, np.zeros(len(rows), np.float32)))


def sample(rows, users=1_000):
    drawn = part(rows)
    moments = Moments.of_sample(drawn.users.dense, 2, users)
    return Sample(ABOUT, moments, drawn, 500, np.eye(3))


def test_seeds_join_the_sample_in_order_and_once_each():
    pool = sample([2, 5, 9]).pool(part([7, 5, 1, 7, 12]))
    rows = [1, 2, 5, 7, 9, 12]
    assert pool.vectors.rows.tolist() == rows
    expected = part(rows)
    np.testing.assert_array_equal(pool.vectors.matrix, expected.users.dense)
    np.testing.assert_array_equal(pool.sparse.toarray(), expected.users.sparse.toarray())
    # only those who are drawn from the eligible are somebody to tell seeds apart from
    assert pool.vectors.rows[pool.eligible].tolist() == [2, 5, 9]
    assert (len(pool), pool.population, pool.vectors.core, pool.threads) == (6, 1_000, 2, 1)
    own = pool.keeping_out(np.array([2]))
    assert own.outside(np.array([1])).tolist() == [4]
    assert (own.population, own.sparse is pool.sparse) == (1_000, True)


def test_a_sample_that_holds_all_seeds_stays_as_it_is():
    pool = sample([2, 5, 9]).pool(part([9, 2]))
    assert pool.vectors.rows.tolist() == [2, 5, 9]
    assert pool.eligible.tolist() == [0, 1, 2]


def test_a_batch_comes_back_from_its_bytes():
    batch = pa.record_batch({"row": pa.array([1, 2], pa.int32()), "vector": pa.array([b"ab", b"cd"])})
    assert unpacked(packed(batch)["held"][0].as_buffer()).equals(batch)
