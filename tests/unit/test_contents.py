"""Counting what is in a workspace."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np

from lookalike import runs
from lookalike.contents import _different, contents, tables

from .worlds import add_interactions, add_users, add_vectors, save_list


def test_an_empty_workspace_holds_nothing(workspace):
    found = contents(workspace)
    assert all(count == 0 for _, count in found.counts())
    assert found.imported is None


def test_everything_is_counted(workspace):
    add_users(workspace, [f"u{row}" for row in range(7)])
    add_interactions(workspace, [0, 1, 2, 2, 3], ["a", "a", "b", "b", "c"])
    with workspace.write() as cursor:
        cursor.execute("UPDATE interactions SET ts = '2024-05-01' WHERE row = 2")
        cursor.execute("INSERT INTO features VALUES (0, 'x', 1), (1, 'x', 1), (1, 'y', 2)")
        cursor.execute("INSERT INTO metrics VALUES ('ctr', 'rate'), ('clicks', 'count')")
        cursor.execute("INSERT INTO experiments VALUES ('e', 'e', '2024-05-01', 'f', '{}', '{}')")
    add_vectors(workspace, np.ones((6, 9)))
    add_vectors(workspace, np.ones((4, 3)))
    for name in ("one", "two", "three", "four"):
        save_list(workspace, name, np.arange(3))
    for _ in range(8):
        runs.create(workspace, "expand", "x", {})
    found = contents(workspace)
    assert dict(found.counts()) == {
        "users": 7,
        "interactions": 5,
        "items": 3,
        "features": 2,
        "engagement metrics": 2,
        "embedding snapshots": 2,
        "embedding columns (newest)": 3,
        "users with an embedding (newest)": 4,
        "seed lists": 4,
        "runs": 8,
        "experiments": 1,
    }
    assert found.imported.isoformat() == "2024-05-01T00:00:00"
    report = json.loads(json.dumps(found.report()))
    assert (report["users"], report["imported"]) == (7, "2024-05-01T00:00:00")


def test_each_table_says_how_many_users_it_covers_and_how_fresh_it_is(workspace):
    assert {one.rows for one in tables(workspace)} == {0}
    with workspace.write() as cursor:
        cursor.execute("ALTER TABLE engagement ADD COLUMN clicks DOUBLE")
    with workspace.write() as cursor:
        cursor.execute(
            "INSERT INTO users (row, user_id, last_active) VALUES (0, 'a', '2026-01-02'), (1, 'b', NULL)"
        )
        cursor.execute(
            "INSERT INTO interactions (row, item_id, ts) VALUES (0, 'x', '2026-03-04'), (0, 'y', NULL)"
        )
        cursor.execute("INSERT INTO metrics VALUES ('clicks', 'count')")
        cursor.execute("INSERT INTO engagement VALUES (0, 3), (1, NULL)")
    held = {one.kind: (one.rows, one.users, one.newest) for one in tables(workspace)}
    assert held == {
        "interactions": (2, 1, dt.datetime.fromisoformat("2026-03-04")),
        "engagement": (1, 2, None),
        "users": (2, 2, dt.datetime.fromisoformat("2026-01-02")),
        "items": (0, None, None),
        "features": (0, 0, None),
        "embeddings": (0, 0, None),
    }


def test_different_values_are_counted_anew_only_where_a_table_has_changed(workspace):
    asked = []

    class Counting:
        def __init__(self, cursor):
            self._cursor = cursor

        def execute(self, sql, *values):
            asked.append("DISTINCT" in sql)
            return self._cursor.execute(sql, *values)

    with workspace.cursor() as cursor:
        counting = Counting(cursor)

        def items():
            return _different(workspace, counting, "interactions", "item_id"), asked.count(True)

        add_users(workspace, ["a", "b", "c"])
        add_interactions(workspace, [0, 1, 2], ["x", "x", "y"])
        assert items() == (2, 1)
        assert items() == (2, 1)
        add_interactions(workspace, [0], ["z"])
        assert items() == (3, 2)
        with workspace.write() as writing:
            writing.execute("DELETE FROM interactions WHERE item_id = 'x'")
        add_interactions(workspace, [0, 1], ["z", "z"])  # as many rows as before
        assert items() == (2, 3)
