"""Features, long or wide, replace what a user had under the same name."""

from __future__ import annotations

import pyarrow as pa
import pytest

from lookalike.errors import BadInput
from lookalike.importing import import_table

STORED = "SELECT user_id, feature, value FROM features JOIN users USING (row) ORDER BY ALL"


def test_long(load, ask):
    load("features", "user_id,feature,value\na,x,2\na,y,\nb,x,1\n")
    report = load("features", "user_id,feature,value\na,x,5\na,x,6\na,,1\nb,z,many\n")
    assert ask(STORED) == [("a", "x", 6.0), ("a", "y", 1.0), ("b", "x", 1.0)]
    assert (report.rows, report.kept, len(report.rejected)) == (4, 1, 3)


def test_long_without_a_value_counts_one(load, ask):
    load("features", "user_id,feature\na,x\n")
    assert ask(STORED) == [("a", "x", 1.0)]


def test_wide_text_becomes_one_feature_a_value(load, ask):
    report = load("features", "user_id,age,gender,zip\na,30,F,02139\nb,,M,\n")
    assert ask(STORED) == [
        ("a", "age", 30.0),
        ("a", "gender=F", 1.0),
        ("a", "zip=02139", 1.0),
        ("b", "gender=M", 1.0),
    ]
    assert any("gender, zip" in note for note in report.notes)


def test_a_changed_text_replaces_the_old_value(load, ask):
    load("features", "user_id,plan,planet\na,free,mars\nb,pro,venus\n")
    load("features", "user_id,plan\na,pro\nb,\n")
    assert ask(STORED) == [
        ("a", "plan=pro", 1.0), ("a", "planet=mars", 1.0),
        ("b", "plan=pro", 1.0), ("b", "planet=venus", 1.0),
    ]  # fmt: skip


def test_a_wide_column_may_be_called_value_or_be_boolean(workspace, ask):
    import_table(
        workspace,
        "features",
        [pa.table({"user_id": ["a", "b"], "value": [1.5, 2], "vip": [True, False]})],
    )
    assert ask(STORED) == [
        ("a", "value", 1.5),
        ("a", "vip", 1.0),
        ("b", "value", 2.0),
        ("b", "vip", 0.0),
    ]


def test_a_wide_column_may_be_renamed(load, ask):
    load("features", "user_id,f1\na,3\n", mapping={"income": "f1"})
    assert ask(STORED) == [("a", "income", 3.0)]


def test_ids_alone_are_no_features(load):
    with pytest.raises(BadInput, match="no column beside user_id"):
        load("features", "user_id\na\n")
