"""Importing again: the same file changes nothing, a later one updates, and the report says which."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike import vectors
from lookalike.errors import BadInput, NotFound
from lookalike.importing import Changes, snapshots
from lookalike.importing.snapshots import write_snapshot

# kind, first file, a later one, what changed by it, what is stored then
AGAIN = [
    (
        "users",
        "user_id,plan\na,x\nb,y\n",
        "user_id,plan\na,x\nb,z\nc,\n",
        Changes("users", 1, 1, 1),
        ("SELECT user_id, plan FROM users ORDER BY row", [("a", "x"), ("b", "z"), ("c", None)]),
    ),
    (
        "items",
        "item_id,title,category\nx,X,\ny,Y,\n",
        "item_id,title,category\nx,,new\ny,,\nz,Z,\n",
        Changes("items", 1, 1, 1),
        ("FROM items ORDER BY item_id", [("x", "X", "new"), ("y", "Y", None), ("z", "Z", None)]),
    ),
    (
        "interactions",
        "user_id,item_id,value\na,x,1\nb,x,\n",
        "user_id,item_id,value\na,x,1\na,x,2\n",
        Changes("interactions", 1, 0, 1),
        ("SELECT row, value FROM interactions", [(0, 1.0), (1, None), (0, 2.0)]),
    ),
    (
        "engagement",
        "user_id,clicks\na,1\nb,2\n",
        "user_id,clicks,ctr\na,1,\nb,,0.5\nc,4,\n",
        Changes("users", 1, 1, 1),
        ("SELECT clicks, ctr FROM engagement ORDER BY row", [(1.0, None), (2.0, 0.5), (4.0, None)]),
    ),
    (
        "features",
        "user_id,feature,value\na,x,1\na,y,2\n",
        "user_id,feature,value\na,x,1\na,y,3\nb,x,1\n",
        Changes("features", 1, 1, 1),
        ("SELECT row, feature, value FROM features ORDER BY ALL",
         [(0, "x", 1.0), (0, "y", 3.0), (1, "x", 1.0)]),
    ),
    (
        "features",
        "user_id,age,city\na,30,Rome\nb,40,Bonn\n",
        "user_id,age,city\na,31,Rome\n",
        Changes("features", 0, 1, 1),
        ("SELECT row, feature, value FROM features ORDER BY ALL",
         [(0, "age", 31.0), (0, "city=Rome", 1.0), (1, "age", 40.0), (1, "city=Bonn", 1.0)]),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "first", "later", "changes", "stored"), AGAIN)
def test_again_and_later(load, ask, kind, first, later, changes, stored):
    made = load(kind, first).changes
    assert (made.changed, made.same) == (0, 0)
    before = ask(stored[0].replace(", plan", "").replace(", ctr", ""))

    again = load(kind, first).changes
    assert again == Changes(made.what, 0, 0, made.new)
    assert ask(stored[0].replace(", plan", "").replace(", ctr", "")) == before

    report = load(kind, later)
    assert report.changes == changes
    assert str(changes) in repr(report)
    assert ask(stored[0]) == stored[1]


VECTORS = "SELECT user_id, vector FROM embeddings_1 JOIN users USING (row) ORDER BY row"


def test_embeddings_again_make_another_snapshot(load, workspace):
    assert load("embeddings", "user_id,e0,e1\na,1,2\n").changes == Changes("vectors", 1, 0, 0)
    load("embeddings", "user_id,e0,e1\na,1,2\n")
    assert [one.id for one in snapshots.snapshots(workspace)] == [2, 1]


def test_embeddings_go_into_a_snapshot_and_its_matrix_is_built_anew(load, workspace, ask):
    load("users", "user_id\nz\n")
    load("embeddings", "user_id,e0,e1\na,1,2\nb,3,4\n")
    held = vectors.load(workspace, snapshots.get(workspace))
    assert held.matrix.tolist() == [[1, 2], [3, 4]]

    report = load("embeddings", "user_id,e0,e1\nb,3,4\na,5,6\nz,7,8\nc,0,0\n", into=1)
    assert report.changes == Changes("vectors", 1, 1, 1)
    assert ask(VECTORS) == [("z", (7.0, 8.0)), ("a", (5.0, 6.0)), ("b", (3.0, 4.0))]
    (snapshot,) = snapshots.snapshots(workspace)
    assert (snapshot.users, snapshot.source) == (3, "file.csv")
    held = vectors.load(workspace, snapshot)
    assert held.matrix.tolist() == [[7, 8], [5, 6], [3, 4]]

    # the same rows with another vector: nothing but the vectors tells that the matrix is stale
    load("embeddings", "user_id,e0,e1\na,9,9\n", into=1)
    held = vectors.load(workspace, snapshots.get(workspace))
    assert held.matrix.tolist() == [[7, 8], [9, 9], [3, 4]]
    assert load("embeddings", "user_id,e0,e1\na,9,9\n", into=1).changes == Changes("vectors", 0, 0, 1)


def test_what_does_not_fit_a_snapshot_is_refused(load, workspace, ask):
    load("embeddings", "user_id,e0,e1\na,1,2\n")
    report = load("embeddings", "user_id,vector\na,1 2 3\nb,1 2 3\nc,4 5\n", into=1)
    assert [str(one) for one in report.rejected] == [
        (
            "2 rows: the vector is not 2 long, as those of snapshot 1 are "
            "(row 2: '3 long'; row 3: '3 long')"
        )
    ]
    assert report.changes == Changes("vectors", 1, 0, 0)
    with pytest.raises(NotFound, match="no snapshot 7"):
        load("embeddings", "user_id,e0,e1\na,1,2\n", into=7)
    with pytest.raises(BadInput, match="Only embeddings go into a snapshot"):
        load("users", "user_id\na\n", into=1)
    rows, matrix = np.array([0], np.int32), np.ones((1, 2), np.float32)
    learned = write_snapshot(workspace, "learned", rows, matrix, "interactions", {})
    with pytest.raises(BadInput, match="was learned here"):
        load("embeddings", "user_id,e0,e1\na,1,2\n", into=learned)
