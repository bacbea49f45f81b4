from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadInput
from lookalike.experiment import readout
from tests.unit.experiment.data import generated


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return generated(400, {"control": 0.5, "new": 0.5})


def numbers(source: object) -> list[dict]:
    return readout(source).report()["comparisons"][0]["metrics"]


def same(left: list[dict], right: list[dict]) -> bool:
    pairs = zip(left, right, strict=True)
    return all(a["p_value"] == pytest.approx(b["p_value"], rel=1e-9) for a, b in pairs)


def test_every_kind_of_source_gives_the_same_numbers(frame: pd.DataFrame, tmp_path: Path) -> None:
    expected = numbers(frame)
    table = pa.Table.from_pandas(frame)
    assert same(numbers(table), expected)
    frame.to_csv(tmp_path / "r.csv", index=False)
    assert same(numbers(tmp_path / "r.csv"), expected)
    frame.to_csv(tmp_path / "r.tsv", index=False, sep="\t")
    assert same(numbers(str(tmp_path / "r.tsv")), expected)
    pq.write_table(table, tmp_path / "r.parquet")
    assert same(numbers(tmp_path / "r.parquet"), expected)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(table)
        assert same(numbers(relation), expected)
        # the user's own connection is left as it was
        assert connection.execute("SHOW TABLES").fetchall() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_of_any_usual_encoding(frame: pd.DataFrame, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "r.csv"
    frame.replace({"variant": {"new": "größer"}}).to_csv(path, index=False, sep=";", encoding=encoding)
    assert [c.treatment for c in readout(path).comparisons] == ["größer"]


def test_a_file_name_is_no_pattern(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_csv(tmp_path / "results [1]*.csv", index=False)
    assert readout(tmp_path / "results [1]*.csv").users == 400


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("sheet.ods", b"PK", "neither CSV, Parquet nor Excel"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not a text file"),
        ("sheet.csv", b"PK\x03\x04...", "is an archive or an old spreadsheet"),
        ("picture.parquet", b"\x89PNG\r\n\x1a\n\x00\x00", "not a Parquet file"),
        ("broken.parquet", b"PAR1 but not really", "cannot be read"),
        ("header.csv", b"user_id,variant,impressions\n", "hold no rows"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=message):
        readout(tmp_path / name)


def test_a_missing_file_and_a_foreign_type() -> None:
    with pytest.raises(BadInput, match="no file"):
        readout("nowhere.csv")
    with pytest.raises(BadInput, match="type list cannot be read"):
        readout([1, 2])


def test_a_doubled_column_is_named(frame: pd.DataFrame) -> None:
    doubled = pd.concat([frame, frame[["clicks"]]], axis=1)
    with pytest.raises(BadInput, match="two columns called 'clicks'"):
        readout(doubled)


def test_a_last_line_that_was_cut_off_is_a_row_with_gaps(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(frame.to_csv(index=False) + "u99,new,1")
    found = readout(path)
    assert found.users == 401
    (missing,) = [check for check in found.checks if check.name == "missing_values"]
    assert missing.count == len([name for name in frame if not name.startswith("pre_")]) - 3


def test_a_doubled_column_of_a_file_is_named(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\n" + pd.concat([frame, frame[["clicks"]]], axis=1).to_csv(index=False, sep=";"))
    with pytest.raises(BadInput, match="two columns called 'clicks'"):
        readout(path)
