"""Snapshots: what is written comes back, in row order, under a number of its own."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.errors import NotFound
from lookalike.importing import snapshots
from lookalike.importing.snapshots import write_snapshot


def _vectors(n: int, d: int) -> np.ndarray:
    return np.arange(n * d, dtype=np.float32).reshape(n, d)


def test_vectors_are_stored_in_row_order_with_their_recipe(workspace):
    how = {"views": [["als", 0, 2], ["activity", 2, 3]]}
    rows = np.array([7, 0, 3], np.int32)
    number = write_snapshot(workspace, "learned", rows, _vectors(3, 3), "interactions", how)
    with workspace.cursor() as cursor:
        stored = cursor.execute(f"SELECT row, vector FROM embeddings_{number}").fetchall()
    assert stored == [(0, (3, 4, 5)), (3, (6, 7, 8)), (7, (0, 1, 2))]
    found = snapshots.get(workspace)
    assert (found.id, found.kind, found.dim, found.users) == (number, "learned", 3, 3)
    assert (found.source, found.how) == ("interactions", how)


def test_item_vectors_may_be_of_another_width(workspace):
    number = write_snapshot(
        workspace, "learned", np.array([0], np.int32), _vectors(1, 3), "x", {},
        item_ids=["b", "a"], item_vectors=_vectors(2, 2),
    )  # fmt: skip
    with workspace.cursor() as cursor:
        stored = cursor.execute(f"SELECT * FROM item_embeddings_{number}").fetchall()
    assert stored == [("b", (0, 1)), ("a", (2, 3))]


def test_numbers_are_never_used_again(workspace):
    rows = np.array([0], np.int32)
    first, second = (write_snapshot(workspace, "learned", rows, _vectors(1, 2), "x", {}) for _ in "ab")
    snapshots.remove(workspace, second)
    third = write_snapshot(workspace, "learned", rows, _vectors(1, 2), "x", {})
    assert (first, second, third) == (1, 2, 3)
    assert [snapshot.id for snapshot in snapshots.snapshots(workspace)] == [3, 1]


def test_removal_takes_tables_and_files_along(workspace):
    number = write_snapshot(
        workspace, "learned", np.array([0], np.int32), _vectors(1, 2), "x", {}, ["a"], _vectors(1, 2)
    )
    built = workspace.file_in("vectors", f"{number}.npy")
    built.write_bytes(b"built from it")
    snapshots.remove(workspace, number)
    assert not built.exists()
    with workspace.cursor() as cursor:
        tables = {name for (name,) in cursor.execute("SHOW TABLES").fetchall()}
    assert not any("embeddings" in name for name in tables)


def test_a_missing_snapshot_says_how_to_get_one(workspace):
    with pytest.raises(NotFound) as nothing:
        snapshots.get(workspace)
    assert "python -m lookalike embed" in nothing.value.hint
    write_snapshot(workspace, "learned", np.array([0], np.int32), _vectors(1, 2), "x", {})
    with pytest.raises(NotFound, match="no snapshot 5; there are: 1"):
        snapshots.remove(workspace, 5)


@pytest.mark.parametrize(
    ("rows", "vectors", "says"),
    [
        ([0, 1], np.ones((3, 2), np.float32), "expected"),
        ([0, 0], np.ones((2, 2), np.float32), "two vectors"),
        ([0], np.full((1, 2), np.nan, np.float32), "not finite"),
        ([], np.ones((0, 2), np.float32), "expected"),
    ],
)
def test_nonsense_leaves_nothing_behind(workspace, rows, vectors, says):
    with pytest.raises(ValueError, match=says):
        write_snapshot(workspace, "learned", np.array(rows, np.int32), vectors, "x", {})
    assert snapshots.snapshots(workspace) == []


def test_the_compression_setting_is_put_back(workspace):
    with pytest.raises(RuntimeError), snapshots.writing_vectors(workspace):
        raise RuntimeError
    with workspace.cursor() as cursor:
        (setting,) = cursor.execute("SELECT current_setting('force_compression')").fetchone()
    assert setting.lower() == "auto"
