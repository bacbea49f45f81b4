"""Users: ids verbatim, rows dense and never given out again, updates that lose nothing."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.importing import import_table, rows_of


def test_ids_are_kept_exactly(load, ask):
    load("users", 'uid\n007\n7\n1.0\n" a"\nÄ\n')
    assert ask("SELECT user_id, row FROM users ORDER BY row") == [
        ("007", 0), ("7", 1), ("1.0", 2), (" a", 3), ("Ä", 4),
    ]  # fmt: skip


def test_large_whole_numbers_stay_whole(workspace, ask):
    import_table(workspace, "users", [pa.table({"user_id": pa.array([2**63 + 1], pa.uint64())})])
    assert ask("SELECT user_id FROM users") == [("9223372036854775809",)]


def test_updates_touch_only_what_is_given(load, ask):
    load("users", "user_id,country,last_active,plan\na,DE,2026-01-01,free\nb,FR,,pro\n")
    report = load("users", "user_id,plan,Country\nb,,IT\na,pro,\nc,free,\n")
    assert ask("SELECT * FROM users ORDER BY row") == [
        (0, "a", "DE", dt.datetime(2026, 1, 1), "pro"),  # noqa: DTZ001
        (1, "b", "IT", None, "pro"),
        (2, "c", None, None, "free"),
    ]
    assert (report.rows, report.kept, report.created_users) == (3, 3, 1)


def test_attributes_of_any_name(load, ask):
    load("users", 'user_id,"drop table ""users""; --",select\na,1,2\n')
    assert ask('SELECT "drop table ""users""; --", "select" FROM users') == [("1", "2")]


def test_the_last_of_several_rows_counts(load, ask):
    report = load("users", "user_id,plan\na,1\nb,2\na,3\n")
    assert ask("SELECT user_id, plan FROM users ORDER BY row") == [("b", "2"), ("a", "3")]
    (again,) = report.rejected
    assert (again.count, again.examples) == (1, ("row 2: 'a'",))
    assert "the last one counts" in again.reason


def test_an_unreadable_date_costs_the_cell_not_the_user(load, ask):
    report = load("users", "user_id,last_active\na,soon\nb,2026-01-01\n")
    assert ask("SELECT count(*), count(last_active) FROM users") == [(2, 1)]
    (bad,) = report.rejected
    assert (bad.what, bad.examples) == ("cell", ("row 2: 'soon'",))
    assert report.kept == 2


def test_rows_are_never_given_out_again(load, ask, workspace):
    load("users", "user_id\na\nb\n")
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM users WHERE user_id = 'b'")
    load("users", "user_id\nc\n")
    assert ask("SELECT user_id, row FROM users ORDER BY row") == [("a", 0), ("c", 2)]


def test_spoilt_ids_are_named(load):
    report = load("users", "user_id\n1.23E+10\nb \nc\n")
    assert any("1 of user_id look like 1.23E+10" in note for note in report.notes)
    assert any("1 of user_id begin or end with a space" in note for note in report.notes)


def test_an_attribute_cannot_be_the_row(load, ask):
    with pytest.raises(BadInput, match="'row'") as problem:
        load("users", "user_id,row\na,5\n")
    assert "--map" in problem.value.hint
    load("users", "user_id,row\na,5\n", mapping={"position": "row"})
    assert ask("SELECT row, position FROM users") == [(0, "5")]


def test_an_id_column_that_is_not_mapped_does_not_overwrite_ids(load, ask):
    report = load("users", "uid,user_id\na,x\n", mapping={"user_id": "uid"})
    assert ask("SELECT user_id FROM users") == [("a",)]
    assert any("'user_id' in file.csv was left out" in note for note in report.notes)


def test_rows_of_keeps_the_order(load, workspace):
    load("users", "user_id\na\nb\nc\n")
    with workspace.cursor() as cursor:
        assert rows_of(cursor, ["c", "?", "a", "c"]).to_pylist() == [2, None, 0, 2]
        assert rows_of(cursor, pa.array(["b"])).type == pa.int32()
        assert rows_of(cursor, []).to_pylist() == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from("abcdefgh") | st.none(), min_size=1, max_size=6), max_size=3))
def test_rows_are_dense_and_every_row_is_accounted_for(workspace, ask, files):
    for ids in files:
        report = import_table(workspace, "users", [pa.table({"user_id": pa.array(ids, pa.string())})])
        assert report.rows == report.kept + sum(r.count for r in report.rejected)
    rows = [row for (row,) in ask("SELECT row FROM users ORDER BY row")]
    assert rows == list(range(len(rows)))
