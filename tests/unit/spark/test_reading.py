"""A batch of users as a model sees them, and what is wrong with one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookalike.errors import BadInput
from lookalike.spark.files import About
from lookalike.spark.reading import part_of

FLOATS = pa.list_(pa.float32())
NAMES = ("item:a", "item:b", "item:c")
ABOUT = About(2, 1, NAMES)


def batch(**columns: pa.Array) -> pa.RecordBatch:
    whole = {
        "row": pa.array([7, 8, 9], pa.int32()),
        "user_id": pa.array(["x", "y", "z"]),
        "vector": pa.array([[1, 2], [3, 4], [5, 6]], FLOATS),
        "activity": pa.array([0.5, 0, 1], pa.float32()),
        "features": pa.array([[0, 2], [], [1]], pa.list_(pa.int32())),
        "values": pa.array([[1, 0.5], [], [1]], FLOATS),
    }
    return pa.record_batch(whole | columns)


def test_a_batch_and_a_slice_of_it_hold_the_users_as_they_are():
    whole, slice_ = part_of(batch(), ABOUT), part_of(batch().slice(1, 2), ABOUT)
    assert whole.users.dense.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert whole.users.core.tolist() == [[1], [3], [5]]
    assert whole.users.sparse.toarray().tolist() == [[1, 0, 0.5], [0, 0, 0], [0, 1, 0]]
    assert slice_.rows.tolist() == [8, 9]
    assert slice_.ids.to_pylist() == ["y", "z"]
    assert slice_.users.dense.tolist() == [[3, 4], [5, 6]]
    assert slice_.users.sparse.toarray().tolist() == [[0, 0, 0], [0, 1, 0]]
    assert slice_.users.activity.tolist() == [0, 1]


@pytest.mark.parametrize("kind", [pa.binary(8), pa.binary(), pa.list_(pa.float32(), 2)])
def test_vectors_may_be_bytes_or_of_a_fixed_length(kind):
    values = [[1, 2], [3, 4], [5, 6]]
    if not pa.types.is_fixed_size_list(kind):
        values = [np.array(one, "<f4").tobytes() for one in values]
    given = batch(vector=pa.array(values, kind))
    assert part_of(given, ABOUT).users.dense.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert part_of(given.slice(1), ABOUT).users.dense.tolist() == [[3, 4], [5, 6]]


def test_vectors_are_not_copied():
    given = batch()
    held = given["vector"].flatten().to_numpy()
    assert np.shares_memory(part_of(given, ABOUT).users.dense, held)


def test_what_is_not_there_is_empty():
    part = part_of(batch().select(["row", "vector"]), ABOUT)
    assert part.ids is None
    assert part.users.sparse.shape == (3, 3)
    assert part.users.sparse.nnz == 0
    assert part.users.activity.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"user_id": pa.array(["x", None, "z"])}, "'user_id' .* is empty for some users"),
        ({"vector": pa.array([[1, 2], None, [5, 6]], FLOATS)}, "'vector' .* is empty for some users"),
        ({"vector": pa.array([[1, 2], [3], [5, 6]], FLOATS)}, "vectors have 1 columns, others 2"),
        ({"vector": pa.array([b"x" * 8, b"x" * 12, b"x" * 8])}, "vectors have 3 columns, others 2"),
        ({"vector": pa.array([[1, 2], [3, None], [5, 6]], FLOATS)}, "holds an empty value"),
        ({"vector": pa.array([[1, 2], [3, 4], [np.inf, 6]], FLOATS)}, "in row 9 holds something"),
        ({"values": pa.array([[1], [], [1]], FLOATS)}, "are of different lengths"),
        (
            {"features": pa.array([[0, 3], [], [1]], pa.list_(pa.int32()))},
            "places up to 3; about.json has 3 names",
        ),
    ],
)
def test_what_cannot_be_used_is_said(columns, said):
    with pytest.raises(BadInput, match=said):
        part_of(batch(**columns), ABOUT)
