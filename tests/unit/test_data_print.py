"""A print of the data changes when something in them does, and only then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lookalike.data_print import changes, data_print
from lookalike.importing import snapshots
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_interactions, add_users, add_vectors


@pytest.fixture
def workspace(tmp_path):
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as opened:
        add_users(opened, ["a", "b", "c"], country=["DE", "DE", "FR"])
        add_vectors(opened, [[0.0], [1.0], [2.0]])
        add_interactions(opened, [0, 1, 1], ["x", "x", "y"])
        yield opened


def _print(workspace):
    return data_print(workspace, snapshots.get(workspace))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT 1", []),
        ("INSERT INTO interactions (row, item_id) VALUES (2, 'y')", ["1 more interactions"]),
        ("DELETE FROM interactions WHERE row = 1", ["2 fewer interactions"]),
        ("UPDATE interactions SET item_id = 'z' WHERE row = 0", ["other interactions"]),
        ("UPDATE users SET country = 'IT' WHERE row = 0", ["other users"]),
        ("INSERT INTO features VALUES (0, 'age', 4)", ["1 more features"]),
        ("INSERT INTO engagement VALUES (0)", ["1 more rows of engagement metrics"]),
        ("DELETE FROM users WHERE row = 2", ["1 fewer users"]),
    ],
)
def test_what_has_changed_is_said(workspace, statement, said):
    before = _print(workspace)
    assert changes(before, _print(workspace)) == []
    with workspace.write() as cursor:
        cursor.execute(statement)
    assert changes(before, _print(workspace)) == said


def test_the_order_of_rows_does_not_count(workspace):
    before = _print(workspace)
    with workspace.write() as cursor:
        cursor.execute("CREATE TEMP TABLE copied AS SELECT * FROM interactions ORDER BY row DESC")
        cursor.execute("DELETE FROM interactions")
        cursor.execute("INSERT INTO interactions SELECT * FROM copied")
    assert changes(before, _print(workspace)) == []


def test_two_equal_rows_are_not_none(workspace):
    before = _print(workspace)
    with workspace.write() as cursor:
        cursor.execute("INSERT INTO interactions SELECT * FROM interactions")
    assert changes(before, _print(workspace)) == ["3 more interactions"]


def test_embeddings_that_are_newer_or_were_added_to(workspace):
    snapshot = snapshots.get(workspace)
    before = data_print(workspace, snapshot)
    added_to = replace(snapshot, how={"revision": 1})
    assert changes(before, data_print(workspace, added_to)) == ["other embeddings"]
    assert changes(before, data_print(workspace, replace(snapshot, id=2))) == ["newer embeddings"]
    assert changes({}, before) == []  # nothing is known of what was there
