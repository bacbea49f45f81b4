"""What is wrong with a table, and the sentence for it: a page of documentation that is checked.

A file that cannot be used is refused whole, and nothing is changed. Otherwise each bad row or cell
is counted, and the first ones are shown by their row in the file (the header is row 1).
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from lookalike.contents import contents
from lookalike.errors import BadInput
from lookalike.importing import import_table, preview
from lookalike.settings import Settings
from lookalike.workspace import Workspace


def zipped(name: str = "a.csv") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, "user_id\na\n")
    return held.getvalue()


def feather() -> bytes:
    held = io.BytesIO()
    pyarrow.feather.write_feather(pa.table({"user_id": ["a"]}), held)
    return held.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def parquet(**columns: list[object]) -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


# kind, file, its content, how the sentence begins, how the hint begins
REFUSED = [
    # not a table at all
    ("users", "a.csv", b"", "a.csv is empty.", "Its first line must name"),
    ("users", "a.csv", b"\n\n  \n", "a.csv is empty.", "Its first line must name"),
    ("users", "a.csv", b"user_id,plan\n", "a.csv has no rows.", "Only the columns' names"),
    ("users", "a.csv", bytes(range(256)) * 4, "a.csv is not a text file.", "CSV, Parquet or Excel"),
    ("users", "a.json", b'{"user_id": "a"}\n', "a.json is a JSON file", "Save it as CSV or Parquet"),
    ("users", "a.csv", b'[{"user_id": "a"}]', "a.csv is a JSON file", "Save it as CSV or Parquet"),
    ("users", "a.zip", zipped(), "a.zip is a zip archive", "Unpack it"),
    (
        "users",
        "a.csv",
        gzip.compress(b"user_id\na\n", mtime=0),
        "a.csv is a gzip archive",
        "Unpack it, or call it",
    ),
    ("users", "a.html", b"<!DOCTYPE html><table>", "a.html is a web page", "Save it as CSV"),
    ("users", "a.pdf", b"%PDF-1.7", "a.pdf is a PDF document", "Save it as CSV"),
    ("users", "a.feather", feather(), "a.feather is an Arrow or Feather file", "Save it as Parquet"),
    ("users", "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "a.xls is an old (.xls)", "Save it as .xlsx"),
    (
        "users",
        "a.xlsx",
        zipped("xl/workbook.xml"),
        "a.xlsx is an Excel workbook that cannot",
        "Save it again",
    ),
    (
        "users",
        "a.xlsx",
        workbook([]),
        "The first sheet of a.xlsx is empty.",
        "Put the data on the first",
    ),
    ("users", "a.parquet", b"user_id\na\n", "a.parquet is not a Parquet file", "Save it as CSV"),
    ("users", "a.csv", parquet(user_id=["a"])[:60], "a.csv cannot be read", "Is it complete"),
    (
        "users",
        "a.csv.gz",
        gzip.compress(b"user_id\na\n" * 9999, mtime=0)[:60],
        "a.csv.gz cannot be read",
        "Is it complete",
    ),
    # the columns
    (
        "users",
        "a.csv",
        b"usr_id,plan\na,x\n",
        "a.csv has no column 'user_id'; it has: usr_id, plan.",
        "Did you mean 'usr_id'? Then say so: --map user_id=usr_id",
    ),
    (
        "interactions",
        "a.csv",
        b"user_id,itm_id\na,x\n",
        "a.csv has no column 'item_id'",
        "Did you mean 'itm_id'?",
    ),
    (
        "users",
        "a.csv",
        b"1,1193\n1,661\n",
        "a.csv has no column 'user_id'; it has: 1, 1193.",
        "The first line must name the columns.",
    ),
    (
        "users",
        "a.csv",
        b"user_id,plan,Plan\na,x,y\n",
        "a.csv names a column more than once: 'plan', 'Plan'",
        "Rename or remove",
    ),
    (
        "users",
        "a.xlsx",
        workbook(["user_id", "x", "x"], ["a", 1, 2]),
        "a.xlsx names a column more than once: 'x'",
        "Rename or remove",
    ),
    (
        "interactions",
        "a.csv",
        b"uid,member_id,item_id\n1,a,x\n",
        "In a.csv both 'uid' and 'member_id' could be 'user_id'.",
        "Say which: --map user_id=uid",
    ),
    (
        "users",
        "a.csv",
        b"user_id,Row\na,1\n",
        "An attribute of users cannot be called 'row'.",
        "Call it something",
    ),
    (
        "engagement",
        "a.csv",
        b"user_id,plan\na,gold\n",
        "There is no column of numbers beside user_id.",
        "Found: plan.",
    ),
    (
        "engagement",
        "a.csv",
        b"user_id\na\n",
        "There is no column of numbers beside user_id.",
        "One column a metric",
    ),
    (
        "features",
        "a.csv",
        b"user_id\na\n",
        "There is no column beside user_id",
        "Either columns 'feature'",
    ),
    (
        "embeddings",
        "a.csv",
        b"user_id,plan\na,gold\n",
        "a.csv has neither a column 'vector' nor numeric",
        "Name the column",
    ),
    # the types
    (
        "users",
        "a.parquet",
        parquet(user_id=[1.0, 2.5]),
        "'user_id' in a.parquet holds float values",
        "Write that column as text",
    ),
    (
        "users",
        "a.parquet",
        parquet(user_id=[dt.date(2026, 1, 1)]),
        "'user_id' in a.parquet holds time values",
        "Write that column as text",
    ),
    (
        "embeddings",
        "a.parquet",
        parquet(user_id=["a"], vector=[1.0]),
        "'vector' in a.parquet holds float values",
        'A list, or text such as "[0.1, 0.2]"',
    ),
    (
        "embeddings",
        "a.csv",
        b"user_id,e0,e1\na,0,0\n",
        "No row has a vector that can be used.",
        "The first problem: 1 row: the vector is all zero (row 2)",
    ),
]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """One workspace for all that is refused: it stays empty."""
    folder = tmp_path_factory.mktemp("untouched") / "workspace"
    with Workspace.open(folder, create=True, settings=Settings(threads=1)) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "name", "content", "message", "hint"), REFUSED)
def test_refused_whole(untouched, file, kind, name, content, message, hint):
    with pytest.raises(BadInput) as problem:
        import_table(untouched, kind, [file(content, name)])
    assert problem.value.message.startswith(message)
    assert problem.value.hint.startswith(hint)
    assert contents(untouched).users == 0


LATER = (dt.datetime.now(dt.UTC) + dt.timedelta(days=400)).strftime("%Y-%m-%d")

# kind, content, what is said of the rows and cells, rows kept
COUNTED = [
    # ids
    ("users", "user_id,plan\n,x\na,y\n", ["1 row: user_id is empty (row 2)"], 1),
    (
        "users",
        "user_id\nNULL\nnan\na\n",
        ["2 rows: user_id is a word for an empty cell, not an id (row 2: 'NULL'; row 3: 'nan')"],
        1,
    ),
    (
        "users",
        "user_id,plan\na,x\nb,x\na,y\n",
        ["1 row: the same user_id comes again further down, and the last one counts (row 2: 'a')"],
        2,
    ),
    (
        "users",
        "user_id,plan\na,x\nb\nc,1,2\n",
        ["2 rows: not 2 cells, as the header of file.csv has (row 3: 'b'; row 4: 'c,1,2')"],
        1,
    ),
    (
        "items",
        "item_id,title\n,A\nx,B\nx,C\n",
        [
            "1 row: item_id is empty (row 2)",
            "1 row: the same item_id comes again further down, and the last one counts (row 3: 'x')",
        ],
        1,
    ),
    # times
    (
        "users",
        "user_id,last_active\na,yesterday\nb,2026-01-31\n",
        [
            (
                "1 cell: last_active is not a date, a time or seconds since 1970, so it was left empty "
                "(row 2: 'yesterday')"
            )
        ],
        2,
    ),
    (
        "users",
        f"user_id,last_active\na,{LATER}\nb,2026-01-31\n",
        [f"1 cell: last_active lies in the future, so it was left empty (row 2: '{LATER} 00:00:00')"],
        2,
    ),
    (
        "users",
        "user_id,last_active\na,1970-01-01\nb,2026-01-31\n",
        ["1 cell: last_active lies before 1990, so it was left empty (row 2: '1970-01-01 00:00:00')"],
        2,
    ),
    (
        "interactions",
        "user_id,item_id,ts\na,x,never\nb,y,2026-01-31\n",
        ["1 row: ts is not a date, a time or seconds since 1970 (row 2: 'never')"],
        1,
    ),
    (
        "interactions",
        f"user_id,item_id,ts\na,x,{LATER}\nb,y,2026-01-31\n",
        [f"1 cell: ts lies in the future, so it was left empty (row 2: '{LATER} 00:00:00')"],
        2,
    ),
    # numbers
    (
        "interactions",
        "user_id,item_id,value\na,x,many\na,y,inf\na,z,3\nb,z,NaN\n",
        ["1 row: value is not a number (row 2: 'many')", "1 row: value is infinite (row 3: 'inf')"],
        2,
    ),
    (
        "interactions",
        "user_id,item_id\na,x\na,x\n",
        ["1 row: the same interaction stands further up in what was read (row 3: 'a')"],
        1,
    ),
    (
        "engagement",
        "user_id,clicks\na,many\nb,2\nc,-inf\nd,N/A\n",
        [
            "1 cell: clicks is not a number, so it was left empty (row 2: 'many')",
            "1 cell: clicks is infinite, so it was left empty (row 4: '-inf')",
        ],
        4,
    ),
    (
        "engagement",
        "user_id,clicks\na,-3\nb,2\n",
        [
            (
                "1 cell: clicks is negative (a weighting takes it as 0), and was kept as it stands "
                "(row 2: '-3.0')"
            )
        ],
        2,
    ),
    (
        "engagement",
        "user_id,ctr\na,30\nb,0.5\n",
        [
            (
                "1 cell: ctr is called a rate, but lies outside 0 to 1, and was kept as it stands "
                "(row 2: '30.0')"
            )
        ],
        2,
    ),
    (
        "engagement",
        "user_id,ctr\nx,1.5\n" + "".join(f"u{n},0.5\n" for n in range(100)),
        ["1 cell: ctr is a rate, and outside 0 to 1, so it was left empty (row 2: '1.5')"],
        101,
    ),
    (
        "features",
        "user_id,feature,value\na,x,many\nb,,1\nb,y,2\n",
        ["1 row: feature is empty (row 3)", "1 row: value is not a number (row 2: 'many')"],
        1,
    ),
    (
        "features",
        "user_id,age\nx,old\n" + "".join(f"u{n},{n}\n" for n in range(20)),
        [
            (
                "1 cell: age is not a finite number, as its other cells are, so it was left empty "
                "(row 2: 'old')"
            )
        ],
        21,
    ),
    # vectors
    (
        "embeddings",
        "user_id,vector\na,1 2\nb,1 2 3\nc,4 5\n",
        ["1 row: the vector is not 2 long, as most are (row 3: '3 long')"],
        2,
    ),
    ("embeddings", "user_id,vector\na,1 2\nb,0 0\n", ["1 row: the vector is all zero (row 3)"], 1),
    (
        "embeddings",
        "user_id,vector\na,1 2\nb,1 nan\nc,1 -inf\n",
        [
            (
                "2 rows: the vector has a cell that is empty, not a number, or infinite "
                "(row 3: '1 nan'; row 4: '1 -inf')"
            )
        ],
        1,
    ),
    (
        "embeddings",
        "user_id,vector\na,1 2\nb,left right\nc,\n",
        [
            "1 row: the vector is empty or no list of numbers (row 4)",
            (
                "1 row: the vector has a cell that is empty, not a number, or infinite "
                "(row 3: 'left right')"
            ),
        ],
        1,
    ),
    (
        "embeddings",
        "user_id,e0,e1\na,1,2\nb,1,\n",
        ["1 row: the vector has a cell that is empty, not a number, or infinite (row 3)"],
        1,
    ),
    (
        "embeddings",
        "user_id,e0,e1\na,1,2\na,3,4\n",
        ["1 row: the same user_id comes again further down, and the last one counts (row 2: 'a')"],
        1,
    ),
]


@pytest.mark.parametrize(("kind", "text", "sentences", "kept"), COUNTED)
def test_counted_and_shown_by_row(load, kind, text, sentences, kept):
    report = load(kind, text)
    assert [str(one) for one in (*report.rejected, *report.noticed)] == sentences
    assert report.kept == kept
    assert report.rows == kept + sum(one.count for one in report.rejected if one.what == "row")


@pytest.mark.parametrize(
    ("kind", "column"),
    [("interactions", "item_id"), ("embeddings", "e0"), ("features", "x"), ("engagement", "m")],
)
def test_with_strict_unknown_users_are_left_out(load, ask, kind, column):
    load("users", "user_id\na\n")
    report = load(kind, f"user_id,{column}\na,1\nb,2\n", strict=True)
    assert [str(one) for one in report.rejected] == [
        "1 row: user_id is not a user of the workspace (row 3: 'b')"
    ]
    assert (report.kept, ask("SELECT user_id FROM users")) == (1, [("a",)])


# what is kept as it stands, and said
NOTED = [
    ("users", "user_id\n1.23E+10\na\n", "1 of user_id look like 1.23E+10: a spreadsheet rounded them."),
    (
        "users",
        "user_id\n123.0\na\n",
        (
            "1 of user_id end in .0, as whole numbers do that a program took for decimals; "
            "they were kept as they stand."
        ),
    ),
    ("users", 'user_id\n" a"\nb\n', "1 of user_id begin or end with a space, which was kept."),
    (
        "interactions",
        "user_id,item_id,ts\na,x,7\nb,x,9\n",
        "Most of ts lie before 1990; they were kept, as they may be relative.",
    ),
    (
        "interactions",
        "user_id,item_id,page\na,x,home\n",
        "Left out, as this kind of table has no use for them: page.",
    ),
    ("engagement", "user_id,plan,clicks\na,gold,1\n", "Left out, as they hold no number: plan."),
    ("engagement", "user_id,ctr\na,30\n", "If ctr is in percent, divide it by 100 and import it again."),
]


@pytest.mark.parametrize(("kind", "text", "note"), NOTED)
def test_kept_and_noted(load, kind, text, note):
    report = load(kind, text)
    assert note in report.notes
    assert not report.rejected


def test_mapping_to_a_mistyped_column_names_the_closest(load):
    with pytest.raises(BadInput) as problem:
        load("users", "uid,plan\na,x\n", mapping={"user_id": "uidd"})
    assert problem.value.message == "file.csv has no column 'uidd' to use as 'user_id'."
    assert problem.value.hint == "Did you mean 'uid'?"
    with pytest.raises(BadInput) as problem:
        load("interactions", "uid,item_id\na,x\n", mapping={"user": "uid"})
    assert problem.value.hint == "Did you mean 'user_id'?"


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-16-le", "|"), ("cp1252", ";")],
)
def test_every_encoding_and_delimiter(load, ask, encoding, delimiter):
    text = "user_id,plan\n007,Größe\n\n8,x\n".replace(",", delimiter)
    report = load("users", text.encode(encoding))
    assert ask("SELECT user_id, plan FROM users ORDER BY row") == [("007", "Größe"), ("8", "x")]
    assert not report.rejected


def test_a_first_line_that_names_the_delimiter(load, ask):
    load("users", "sep=;\nuser_id;plan\n7;a,b\n,;\n")
    assert ask("SELECT user_id, plan FROM users") == [("7", "a,b"), (",", None)]


def test_a_workbook_is_a_table(workspace, file, ask):
    content = workbook(
        ["user_id", "last_active", "plan", None],
        ["007", dt.datetime.fromisoformat("2026-01-31"), "x", None],
        [],
        [8, dt.date(2026, 2, 1), None, None],
        ["c", None, "y", None, "beyond"],
    )
    report = import_table(workspace, "users", [file(content, "users.xlsx")])
    assert ask("SELECT user_id, CAST(last_active AS DATE), plan FROM users ORDER BY row") == [
        ("007", dt.date(2026, 1, 31), "x"),
        ("8", dt.date(2026, 2, 1), None),
    ]
    assert [str(one) for one in report.rejected] == [
        "1 row: not 3 cells, as the header of users.xlsx has (row 5: 'c, , y, , beyond')"
    ]
    assert "The first sheet of users.xlsx was read." in report.notes
    assert preview(file(content, "users.xlsx"), "users").rows[0] == ("007", "2026-01-31T00:00:00", "x")


def test_ids_that_excel_damaged_are_left_out_by_name(workspace, file, ask):
    content = workbook(
        ["user_id", "clicks"],
        [2**53 * 10, 1],
        [1.5, 2],
        [dt.datetime.fromisoformat("2026-03-04"), 3],
        [42, 4],
        ["x", 5],
    )
    report = import_table(workspace, "engagement", [file(content, "m.xlsx")])
    (damaged,) = report.rejected
    assert damaged.reason.startswith("user_id is a date, a fraction or a number too long for Excel")
    assert (damaged.count, damaged.examples[1]) == (3, "row 3: '1.5'")
    assert ask("SELECT user_id FROM users ORDER BY row") == [("42",), ("x",)]


@pytest.mark.parametrize("kind", ["users", "interactions", "engagement", "features", "embeddings"])
def test_parquet_with_nulls_and_nan(workspace, file, kind):
    frame = pd.DataFrame({
        "user_id": ["a", "b", None], "item_id": ["x", "y", "z"], "value": [1.0, float("nan"), 2.0],
        "clicks": [1.0, float("nan"), 3.0], "e0": [1.0, float("nan"), 3.0], "e1": [1.0, 2.0, 3.0],
    })  # fmt: skip
    held = io.BytesIO()
    frame.to_parquet(held)
    report = import_table(workspace, kind, [file(held.getvalue(), "t.parquet")])
    assert str(report.rejected[0]) == "1 row: user_id is empty (row 3)"
    assert report.kept == (1 if kind == "embeddings" else 2)
    json.dumps(report.report())
