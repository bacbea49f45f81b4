"""The users of a workspace as files for Spark."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from lookalike import features
from lookalike.errors import BadInput, NotFound
from lookalike.pool import open_pool
from lookalike.settings import Settings
from lookalike.spark import export_users, exporting
from lookalike.spark.files import About
from lookalike.workspace import Workspace
from tests.unit.worlds import communities


@pytest.fixture
def world(tmp_path):
    communities(tmp_path / "ws")
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as workspace:
        yield workspace


def test_what_is_read_back_is_the_pool(world, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "GROUP", 70)
    assert export_users(world, tmp_path / "out", rows_a_file=150) == 480
    parts = sorted((tmp_path / "out" / "users").iterdir())
    assert [pq.read_metadata(part).num_rows for part in parts] == [150, 150, 150, 30]
    table = pq.read_table(tmp_path / "out" / "users")
    pool = open_pool(world)
    assert table["row"].to_pylist() == pool.vectors.rows.tolist()
    assert table["user_id"].to_pylist() == [f"u{row:03d}" for row in range(480)]
    inside = np.isin(np.arange(480), pool.eligible)
    assert table["eligible"].to_pylist() == inside.tolist()
    vectors = [np.frombuffer(held, "<f4").tolist() for held in table["vector"].to_pylist()]
    assert vectors == pool.vectors.matrix.tolist()
    assert table["activity"].to_pylist() == pool.activity.tolist()
    cells = pool.sparse
    assert table["features"].to_pylist() == [cells[user].indices.tolist() for user in range(480)]
    assert table["values"].to_pylist() == [cells[user].data.tolist() for user in range(480)]
    about = About.from_text((tmp_path / "out" / "about.json").read_text("utf-8"))
    names = tuple(features.load(world).names)
    dim = pool.vectors.snapshot.dim
    assert about == About(dim, pool.vectors.core, names, pool.vectors.snapshot.id, learned=True)


def test_vectors_may_be_lists(world, tmp_path):
    export_users(world, tmp_path / "out", as_lists=True)
    vectors = pq.read_table(tmp_path / "out" / "users")["vector"].to_pylist()
    assert np.array(vectors, np.float32).tolist() == open_pool(world).vectors.matrix.tolist()


def test_segments_and_what_is_left_out_are_kept_to(world, tmp_path):
    export_users(world, tmp_path / "out", active_days=10_000, leave_out=["item:leak"])
    about = About.from_text((tmp_path / "out" / "about.json").read_text("utf-8"))
    assert "item:leak" not in about.features
    assert all(pq.read_table(tmp_path / "out" / "users")["eligible"].to_pylist())


def test_a_folder_that_is_there_stays_unless_it_may_be_replaced(world, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("kept", "utf-8")
    with pytest.raises(BadInput, match="exists already"):
        export_users(world, out)
    assert (out / "mine.txt").exists()
    export_users(world, out, overwrite=True)
    assert sorted(path.name for path in out.iterdir()) == ["about.json", "moments.json", "users"]


def test_what_fails_leaves_nothing(world, tmp_path):
    with pytest.raises(NotFound, match="snapshot"):
        export_users(world, tmp_path / "out", snapshot=99)
    with pytest.raises(BadInput, match="0 users a file are none"):
        export_users(world, tmp_path / "out", rows_a_file=0)
    with pytest.raises(BadInput, match="cannot be written"):
        export_users(world, tmp_path / "ws" / "workspace.duckdb" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["ws"]
