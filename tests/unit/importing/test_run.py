"""The two doors: whole or nothing, any number of sources, and a look before."""

from __future__ import annotations

import itertools
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadInput, Cancelled
from lookalike.importing import KINDS, import_table, preview
from lookalike.progress import Progress


def counts(ask):
    tables = [name for (name,) in ask("SHOW TABLES")]
    return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables if table != "meta"}


def test_csv_parquet_and_tables_are_read_together(workspace, file, tmp_path, ask):
    pq.write_table(pa.table({"uid": [2], "plan": ["b"]}), tmp_path / "two.parquet")
    report = import_table(
        workspace,
        "users",
        [
            file("user_id;plan\n1;a\n"),
            tmp_path / "two.parquet",
            pa.table({"user_id": ["3"], "tier": ["x"]}),
        ],
    )
    assert ask("SELECT user_id, plan, tier FROM users ORDER BY row") == [
        ("1", "a", None), ("2", "b", None), ("3", None, "x"),
    ]  # fmt: skip
    assert report.rows == 3


@pytest.mark.parametrize(
    ("kind", "column"),
    [("users", "plan"), ("interactions", "item_id"), ("embeddings", "e0"), ("features", "x"),
     ("engagement", "m")],
)  # fmt: skip
def test_an_import_cancelled_at_any_report_leaves_nothing(load, ask, kind, column):
    load("users", "user_id\nz\n")
    before = counts(ask)
    for chances in itertools.count():
        answers = iter([False] * chances)
        progress = Progress(None, lambda answers=answers: next(answers, True))
        try:
            load(kind, f"user_id,{column}\na,1\nb,2\n", progress=progress)
        except Cancelled:
            assert counts(ask) == before
        else:
            break
    assert chances >= 3
    assert counts(ask)["users"] == 3


def test_a_failure_in_the_second_file_undoes_the_first(workspace, file, ask):
    good = file("user_id,item_id\na,1\n", "good.csv")
    empty = file("user_id,item_id\n", "empty.csv")
    broken = file("who,item_id\na,1\n", "broken.csv")
    with pytest.raises(BadInput, match=r"broken\.csv has no column 'user_id'"):
        import_table(workspace, "interactions", [good, broken])
    with pytest.raises(BadInput, match="has no rows"):
        import_table(workspace, "interactions", [empty])
    assert counts(ask)["users"] == 0


def test_a_truncated_parquet_file(workspace, tmp_path, ask):
    path = tmp_path / "e.parquet"
    pq.write_table(pa.table({"user_id": [str(n) for n in range(50_000)]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    with pytest.raises(BadInput, match=r"e\.parquet cannot be read"):
        import_table(workspace, "users", [path])
    assert counts(ask)["users"] == 0


def test_a_cell_that_never_ends(workspace, file):
    path = file(b'user_id,x\na,"' + b"y\n" * 20_000_000)
    with pytest.raises(BadInput, match="cannot be read") as problem:
        import_table(workspace, "users", [path])
    assert "quote" in problem.value.hint


def test_an_unknown_kind_and_no_file(workspace):
    with pytest.raises(BadInput, match="'user' is not a kind") as problem:
        import_table(workspace, "user", [])
    assert problem.value.hint == "Did you mean 'users'?"
    with pytest.raises(BadInput, match="no file to import"):
        import_table(workspace, "users", [])


def test_a_missing_header_is_guessed_at(load):
    with pytest.raises(BadInput, match="it has: 1, 1193, 5") as problem:
        load("interactions", "1,1193,5\n1,661,3\n")
    assert "first line must name the columns" in problem.value.hint


def test_the_report_can_be_shown_and_stored(load):
    report = load("interactions", "user_id,item_id,value\na,1,x\nb,1,2\n")
    assert repr(report).startswith("interactions: 1 of 2 rows kept, 1 users created")
    assert "1 row: value is not a number (row 2: 'x')" in repr(report)
    assert report.to_frame().to_dict("records") == [
        {"reason": "value is not a number", "what": "row", "count": 1, "examples": "row 2: 'x'"}
    ]
    assert json.loads(json.dumps(report.report()))["rejected"][0]["count"] == 1


def test_paths_that_look_like_patterns_and_quotes(workspace, file, tmp_path, ask):
    pq.write_table(pa.table({"user_id": ["p"]}), tmp_path / "it's [1].parquet")
    import_table(
        workspace, "users", [file("user_id\nc\n", "o'file [1] (2).csv"), tmp_path / "it's [1].parquet"]
    )
    assert ask("SELECT user_id FROM users ORDER BY row") == [("c",), ("p",)]


def test_preview(file):
    path = file('uid,ctr,seen,name,vec,none\n007,0.5,2026-01-01,Zoë,"[1, 2]",\n8,,,,,\n')
    shown = preview(path, "engagement", rows=1)
    assert shown.recognised == {"user_id": "uid"}
    assert shown.extra == ("ctr", "seen", "name", "vec", "none")
    assert shown.guesses == {
        "uid": "id", "ctr": "number", "seen": "time", "name": "text", "vec": "vector", "none": "empty",
    }  # fmt: skip
    assert shown.rows == (("007", "0.5", "2026-01-01", "Zoë", "[1, 2]", None),)
    assert shown.ready
    assert list(shown.to_frame().columns) == list(shown.columns)


def test_preview_says_what_is_missing_without_failing(file):
    shown = preview(file("who,item\na,1\n"), "interactions")
    assert (shown.missing, shown.ready) == (("user_id",), False)
    mapped = preview(file("who,item\na,1\n"), "interactions", mapping={"user_id": "who"})
    assert mapped.ready


@pytest.mark.parametrize("kind", KINDS)
def test_preview_of_parquet_and_tables(tmp_path, kind):
    table = pa.table({"user_id": [1], "item_id": [2], "vector": [[0.5, 1.0]]})
    pq.write_table(table, tmp_path / "t.parquet")
    for source in (table, tmp_path / "t.parquet"):
        shown = preview(source, kind)
        assert shown.guesses == {"user_id": "id", "item_id": "id", "vector": "vector"}
        assert shown.rows == (("1", "2", "[0.5, 1.0]"),)


def test_a_preview_asks_where_a_column_could_be_two(workspace, file):
    path = file("uid,member_id,item_id\n1,a,x\n")
    seen = preview(path, "interactions")
    assert dict(seen.unclear) == {"user_id": ("uid", "member_id")}
    assert not seen.missing
    assert not seen.ready
    chosen = preview(path, "interactions", mapping={"user_id": "member_id"})
    assert chosen.ready
    assert chosen.sentence() == (
        "Recognised: member_id as user_id, item_id. Other columns are left out: uid."
    )
    with pytest.raises(BadInput, match="both 'uid' and 'member_id' could be 'user_id'"):
        import_table(workspace, "interactions", [path])
