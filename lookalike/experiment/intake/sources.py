"""Where results come from: a DataFrame, an Arrow table, a DuckDB relation, a file."""

from __future__ import annotations

import codecs
import contextlib
import csv
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from lookalike import workbook
from lookalike.errors import BadInput, LookalikeError, WorkspaceUnavailable, shown

DELIMITERS = (",", ";", "\t", "|")
LONGEST_LINE = 1 << 20
PARQUET = (".parquet", ".pq")
WORKBOOKS = (".xlsx", ".xlsm")
SAVE_AS_CSV = "Save it as CSV, one row a user, and retry."
Source: TypeAlias = pd.DataFrame | pa.Table | duckdb.DuckDBPyRelation | str | Path


@contextlib.contextmanager
def relation_of(
    connection: duckdb.DuckDBPyConnection, source: Source
) -> Iterator[duckdb.DuckDBPyRelation]:
    """Give the source as a relation: of `connection`, or of its own where it is one already.

    Raises:
        BadInput: It is of another type, no such file, empty, or has a column twice.
    """
    if isinstance(source, duckdb.DuckDBPyRelation):
        yield source
    elif isinstance(source, pd.DataFrame):
        _refuse_doubled([str(name) for name in source.columns])
        # a copy, because DuckDB cannot scan columns that run backwards (frame.iloc[::-1])
        yield connection.from_df(source.copy())
    elif isinstance(source, pa.Table):
        _refuse_doubled(source.column_names)
        yield connection.from_arrow(source)
    elif isinstance(source, str | Path):
        with _file(connection, Path(source)) as relation:
            yield relation
    else:
        raise BadInput(
            f"Results of type {type(source).__name__} cannot be read.",
            "Expected: a pandas DataFrame, a pyarrow Table, a DuckDB relation or a path.",
        )


def unreadable(error: duckdb.Error) -> LookalikeError:
    """Return what to tell of results that break off or are damaged; DuckDB's words help nobody."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return WorkspaceUnavailable(
            "There is not enough memory or disk to read the results.",
            "Raise LOOKALIKE_MEMORY_LIMIT, free some disk, or leave out columns.",
        )
    return BadInput(
        "The results cannot be read: the file is damaged or breaks off, "
        "or its lines do not fit its header.",
        "Expected: a header and one row a user, with columns such as user_id, variant, clicks.",
    )


def parsed(source: Source) -> bool:
    """Whether every look at the source reads it again from text or Python objects."""
    return not (
        isinstance(source, duckdb.DuckDBPyRelation | pa.Table)
        or (isinstance(source, str | Path) and Path(source).suffix.lower() in PARQUET)
    )


def _refuse_doubled(names: Sequence[str]) -> None:
    # DuckDB, to which capital letters are the same, would rename the second one and carry on
    counts = Counter(name.casefold() for name in names)
    twice = sorted(name for name in names if counts[name.casefold()] > 1)
    if twice:
        same = "" if names.count(twice[0]) > 1 else ", but for capital letters"
        raise BadInput(
            f"The results have two columns called {shown(twice[0])}{same}.",
            "Rename or remove one of them.",
        )


@contextlib.contextmanager
def _file(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[duckdb.DuckDBPyRelation]:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", "Check the path.")
    suffix = path.suffix.lower()
    parquet = suffix in PARQUET
    if not parquet and suffix not in {".csv", ".tsv", ".txt", *WORKBOOKS}:
        raise BadInput(f"{path.name} is neither CSV, Parquet nor Excel.", SAVE_AS_CSV)
    if not parquet and workbook.is_workbook(path):
        yield connection.from_arrow(_sheet(path))
        return
    _refuse_by_content(path, parquet)
    if parquet:
        yield connection.read_parquet(_literal(path))
        return
    with _as_utf8(path) as readable:
        # everything as text: ids keep their zeros, and odd cells are counted rather than fatal
        yield connection.read_csv(
            _literal(readable),
            header=True,
            all_varchar=True,
            delimiter=_delimiter(readable),
            null_padding=True,  # a last line may be cut off
        )


def _refuse_by_content(path: Path, parquet: bool) -> None:
    """Refuse what is not what its name says; DuckDB's own words for that help nobody."""
    with path.open("rb") as handle:
        head = handle.read(4096)
    if not head:
        raise BadInput(f"{path.name} is empty.", "Expected: a header line and one row a user.")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadInput(
            f"{path.name} is an archive or an old spreadsheet that cannot be read.", SAVE_AS_CSV
        )
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    binary = b"\0" in head and not utf16
    if head.startswith(b"PAR1") != parquet or (binary and not parquet):
        kind = "Parquet" if parquet else "text"
        raise BadInput(f"{path.name} is not a {kind} file, whatever its name says.", SAVE_AS_CSV)


def _sheet(path: Path) -> pa.Table:
    """Read the first sheet of a workbook, all as text, its first row as the names of columns."""
    rows, _ = workbook.read(path.read_bytes(), path.name)
    filled = [row for row in rows if any(row)]
    header = [name.strip() for name in filled[0]]
    while header and not header[-1]:
        header.pop()
    if not all(header):
        raise BadInput(
            f"The first sheet of {path.name} has a column without a name.",
            "Put the names of the columns in its first row.",
        )
    _refuse_doubled(header)
    width = len(header)
    padded = (row[:width] + [""] * (width - len(row)) for row in filled[1:])
    columns = list(zip(*padded, strict=True)) or [()] * width
    return pa.table(
        {name: pa.array(cells, pa.string()) for name, cells in zip(header, columns, strict=True)}
    )


def _delimiter(path: Path) -> str:
    """Return what parts the names in the first line, which must not be doubled."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        first = next(
            (line for line in iter(lambda: text.readline(LONGEST_LINE), "") if line.strip()), ""
        )
    found = max(DELIMITERS, key=first.count)
    try:
        names = next(csv.reader([first], delimiter=found), [])
    except csv.Error as error:
        raise BadInput(
            f"The first line of {path.name} does not name columns: one name is without end.", SAVE_AS_CSV
        ) from error
    _refuse_doubled([name.strip() for name in names if name.strip()])
    return found


def _literal(path: Path) -> str:
    """Return the path with its brackets and stars taken literally, not as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


@contextlib.contextmanager
def _as_utf8(path: Path) -> Iterator[Path]:
    """Give the file itself where it is UTF-8, else a copy that is; DuckDB reads nothing else."""
    encoding = _encoding(path)
    if encoding == "utf-8":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "results.csv"
        with path.open(encoding=encoding, newline="") as old, copy.open("w", encoding="utf-8") as new:
            try:
                shutil.copyfileobj(old, new)
            except UnicodeDecodeError as error:
                raise BadInput(
                    f"{path.name} begins as UTF-16 text but is none further on.", SAVE_AS_CSV
                ) from error
        yield copy


def _encoding(path: Path) -> str:
    with path.open("rb") as handle:
        if handle.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            return "utf-16"
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
