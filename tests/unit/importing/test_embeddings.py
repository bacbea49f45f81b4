"""Embeddings: the same vectors whatever the file's form, and each bad one counted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadInput
from lookalike.importing import import_table, snapshots

VECTORS = [("a", (1.0, 2.0)), ("b", (-0.5, 4.0))]
STORED = "SELECT user_id, vector FROM embeddings_{} JOIN users USING (row) ORDER BY row"


@pytest.mark.parametrize(
    "text",
    [
        'user_id,vector\na,"[1, 2]"\nb,"[-0.5, 4]"\n',
        "user_id,embedding\na,1 2\nb, -0.5   4 \n",
        "user_id,embedding\na,1;2\nb,-5e-1;4\n",
        'user_id\tVector\na\t(1.0|2.0)\nb\t"-.5, 4"\n',
        "uid,e0,e1,age\na,1,2,30\nb,-0.5,4,40\n",
        "uid,dim_0,dim_1,country\na,1,2,DE\nb,-0.5,4,FR\n",
        "uid,left,right\na,1,2\nb,-0.5,4\n",
        "uid;x1;x2\na;1,0;2,0\nb;-0,5;4\n",
    ],
)
def test_every_form_of_csv(load, ask, text):
    report = load("embeddings", text)
    assert (report.kept, report.created_users, report.rejected) == (2, 2, ())
    assert ask(STORED.format(1)) == VECTORS


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float64()), pa.list_(pa.float32(), 2), pa.large_list(pa.float32())]
)
def test_every_form_of_parquet(workspace, tmp_path, ask, kind):
    vectors = pa.array([vector for _, vector in VECTORS], kind)
    pq.write_table(pa.table({"user_id": ["a", "b"], "vector": vectors}), tmp_path / "e.parquet")
    import_table(workspace, "embeddings", [tmp_path / "e.parquet"])
    assert ask(STORED.format(1)) == VECTORS
    snapshot = snapshots.get(workspace)
    assert (snapshot.kind, snapshot.dim, snapshot.users, snapshot.source) == (
        "imported",
        2,
        2,
        "e.parquet",
    )
    assert snapshot.how == {"views": [["imported", 0, 2]]}


def test_vectors_stand_in_row_order(workspace, load, ask):
    load("users", "user_id\na\nb\nc\n")
    load("embeddings", "user_id,e0\nc,3\na,1\nb,2\n")
    assert ask("SELECT row, vector[1] FROM embeddings_1") == [(0, 1.0), (1, 2.0), (2, 3.0)]


def test_each_bad_vector_is_counted_by_row(load, ask):
    report = load(
        "embeddings",
        "user_id,vector\na,1 2\nb,1 2 3\nc,0 0\nd,1 nan\ne,inf 1\nf,\ng,x y\nh,1 2\na,5 6\ni,1 x\n",
    )
    found = {r.examples: r.reason for r in report.rejected}
    assert found[("row 4",)] == "the vector is all zero"
    assert found[("row 3: '3 long'",)] == "the vector is not 2 long, as most are"
    assert "comes again" in found[("row 2: 'a'",)]
    bad = sum(
        r.count for r in report.rejected if "vector is empty" in r.reason or "infinite" in r.reason
    )
    assert bad == 5
    assert report.rows == report.kept + sum(r.count for r in report.rejected)
    assert ask(STORED.format(1)) == [("h", (1.0, 2.0)), ("a", (5.0, 6.0))]


def test_an_empty_cell_of_a_wide_file_rejects_the_row(load, ask):
    report = load("embeddings", "user_id,e0,e1\na,1,2\nb,1,\n")
    assert (report.kept, report.rejected[0].examples) == (1, ("row 3",))


def test_strict_leaves_unknown_users_out(load, ask):
    load("users", "user_id\na\n")
    report = load("embeddings", "user_id,e0,e1\na,1,2\nb,3,4\n", strict=True)
    assert (report.kept, ask("SELECT count(*) FROM users")) == (1, [(1,)])


def test_nothing_usable_makes_no_snapshot(load, workspace, ask):
    with pytest.raises(BadInput, match="No row has a vector"):
        load("embeddings", "user_id,e0,e1\na,0,0\n")
    with pytest.raises(BadInput, match="neither a column 'vector' nor numeric columns"):
        load("embeddings", "user_id,country\na,DE\n")
    with pytest.raises(BadInput, match="holds integer values, not vectors"):
        import_table(workspace, "embeddings", [pa.table({"user_id": ["a"], "vector": [1]})])
    assert snapshots.snapshots(workspace) == []
    assert ask("SELECT count(*) FROM users") == [(0,)]


def test_many_vectors_come_back_bit_for_bit(workspace, ask):
    vectors = np.random.default_rng(0).standard_normal((3000, 16), dtype=np.float32)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 16)
    import_table(workspace, "embeddings", [pa.table({"user_id": pa.array(range(3000)), "vector": flat})])
    with workspace.cursor() as cursor:
        stored = cursor.execute("SELECT vector FROM embeddings_1").fetchnumpy()["vector"]
    assert np.array_equal(np.stack(stored), vectors)
