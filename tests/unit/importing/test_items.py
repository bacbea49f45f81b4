"""Items are added once and updated where a cell is not empty."""

from __future__ import annotations


def test_upsert(load, ask):
    load("items", "item_id,title,genres\n1,Heat,Crime|Drama\n2,Up,\n")
    report = load("items", "pin_id,title,year\n2,,2009\n3,Her,2013\n2,UP,2009\n")
    assert ask("SELECT * FROM items ORDER BY item_id") == [
        ("1", "Heat", "Crime|Drama"), ("2", "UP", None), ("3", "Her", None),
    ]  # fmt: skip
    assert (report.rows, report.kept, report.created_users) == (3, 2, 0)
    assert any("year" in note for note in report.notes)


def test_items_without_an_id_are_counted(load, ask):
    report = load("items", "item_id,title\n,x\n1,y\n")
    assert [str(r) for r in report.rejected] == ["1 row: item_id is empty (row 2)"]
    assert ask("SELECT count(*) FROM items") == [(1,)]
