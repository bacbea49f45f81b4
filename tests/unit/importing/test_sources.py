"""What a file is: found out before anything is read, and said when it will not do."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadInput
from lookalike.importing.sources import open_source


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.csv", "a.csv is empty"),
        (b"PK\x03\x04rest", "a.xlsx", "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "an old .* Excel file"),
        (b"PAR1 and no more", "a.parquet", "cannot be read"),
        (b"user_id\n1\n", "a.parquet", "not a Parquet file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.csv", "a picture"),
        (b"user_id,x,X\n1,2,3\n", "a.csv", "more than once: 'x', 'X'"),
    ],
)
def test_what_cannot_be_read_is_named(file, content, name, says):
    with pytest.raises(BadInput, match=says) as problem:
        open_source(file(content, name))
    assert problem.value.hint


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(BadInput, match="no file"):
        open_source(tmp_path / "nothing.csv")
    with pytest.raises(BadInput, match="is a folder"):
        open_source(tmp_path)


def test_a_doubled_column_in_parquet(tmp_path):
    table = pa.table([[1], [2]], names=["x", "X"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(BadInput, match="more than once"):
        open_source(tmp_path / "a.parquet")


def test_types_are_told_apart():
    table = pa.table(
        {
            "i": [1], "f": [1.5], "s": ["x"], "b": [True], "l": [[1.0]],
            "d": pa.array(["x"]).dictionary_encode(),
            "t": pa.array([0], pa.timestamp("us")), "z": pa.array([0], pa.timestamp("us", "UTC")),
            "day": pa.array([0], pa.date32()), "n": pa.array([1]).cast(pa.decimal128(38, 0)),
            "bin": [b"x"],
        }
    )  # fmt: skip
    assert open_source(table).types == {
        "i": "integer", "f": "float", "s": "text", "b": "boolean", "l": "list", "d": "text",
        "t": "time", "z": "zoned", "day": "time", "n": "integer", "bin": "other",
    }  # fmt: skip


def test_the_index_that_pandas_writes_is_no_column(file):
    source = open_source(file(",user_id,x\n0,a,1\n"))
    assert source.columns == ("user_id", "x")
    assert "without a name" in source.notes[0]


def test_the_head_has_no_blank_lines(file):
    head = open_source(file("a,b\n1,\n\n,2\n")).head()
    assert head.to_pylist() == [{"a": "1", "b": None}, {"a": None, "b": "2"}]


def test_the_encoding_is_told(file):
    assert "cp1252" in open_source(file("user_id\nZoë\n".encode("cp1252"))).notes[0]
