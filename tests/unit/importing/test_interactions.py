"""Interactions: users are made, bad cells cost the row, importing again changes nothing."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from lookalike.importing import import_table

EVENTS = (
    "user_id,item_id,timestamp,event,rating\n"
    "a,1,2026-01-01T00:00:00Z,view,1\n"
    "b,1,1767225600,click,2.5\n"
    "a,2,,,\n"
)


def test_rows_land_in_their_columns(load, ask):
    report = load("interactions", EVENTS)
    new_year = dt.datetime(2026, 1, 1)  # noqa: DTZ001
    assert ask("SELECT * FROM interactions") == [
        (0, "1", new_year, "view", 1.0), (1, "1", new_year, "click", 2.5), (0, "2", None, None, None),
    ]  # fmt: skip
    assert ask("SELECT user_id FROM users ORDER BY row") == [("a",), ("b",)]
    assert (report.kept, report.created_users) == (3, 2)


def test_importing_again_changes_nothing(load, ask):
    load("interactions", EVENTS)
    report = load("interactions", EVENTS + "c,1,,,\n")
    assert ask("SELECT count(*) FROM interactions") == [(4,)]
    assert (report.rows, report.kept, report.created_users) == (4, 1, 1)
    (there,) = report.rejected
    assert (there.count, there.examples[0]) == (3, "row 2: 'a'")


def test_the_same_row_twice_in_one_call_is_one(workspace, file, ask):
    first = file("user_id,item_id\na,1\na,1\n", "one.csv")
    second = file("item_id,user_id\n1,a\n2,a\n", "two.csv")
    report = import_table(workspace, "interactions", [first, second])
    assert ask("SELECT row, item_id FROM interactions") == [(0, "1"), (0, "2")]
    assert report.rejected[0].examples == ("one.csv row 3: 'a'", "two.csv row 2: 'a'")


def test_bad_cells_and_missing_ids_are_counted_by_row(load, ask):
    report = load(
        "interactions",
        "user_id,item_id,ts,value\n,1,,\na,,,\na,1,never,\na,1,,many\na,1,,inf\n\nshort\na,1,,3\n",
    )
    assert {r.reason: (r.count, r.examples) for r in report.rejected} == {
        "not 4 cells, as the header of file.csv has": (1, ("row 8: 'short'",)),
        "user_id is empty": (1, ("row 2",)),
        "item_id is empty": (1, ("row 3",)),
        "ts is not a date, a time or seconds since 1970": (1, ("row 4: 'never'",)),
        "value is not a number": (1, ("row 5: 'many'",)),
        "value is infinite": (1, ("row 6: 'inf'",)),
    }
    assert (report.rows, report.kept) == (7, 1)
    assert ask("SELECT value FROM interactions") == [(3.0,)]


def test_a_user_of_rejected_rows_alone_is_not_made(load, ask):
    load("interactions", "user_id,item_id,value\nghost,1,x\na,1,1\n")
    assert ask("SELECT user_id FROM users") == [("a",)]


def test_strict_makes_no_users(load, ask):
    load("users", "user_id\na\n")
    report = load("interactions", "user_id,item_id\na,1\nb,1\n", strict=True)
    assert ask("SELECT user_id FROM users") == [("a",)]
    assert (report.kept, report.rejected[0].examples) == (1, ("row 3: 'b'",))


def test_parquet_numbers_are_ids_and_seconds(workspace, ask):
    table = pa.table({"userId": [7], "movieId": [9], "rating": [4], "timestamp": [881250949]})
    import_table(workspace, "interactions", [table])
    assert ask("SELECT user_id, item_id, ts, value FROM interactions JOIN users USING (row)") == [
        ("7", "9", dt.datetime(1997, 12, 4, 15, 55, 49), 4.0)  # noqa: DTZ001
    ]
