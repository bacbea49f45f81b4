"""An uploaded seed file as a grid of text cells, whatever encoding, delimiter or program made it."""

from __future__ import annotations

import collections
import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike import workbook
from lookalike.errors import BadInput
from lookalike.seeds import columns as seed_columns

ONE_A_LINE = "A seed list has one user id a line."
AS_TEXT = "Save it as CSV or as an Excel workbook (.xlsx)."
BLANKS = " \t\r\n\u00a0\u200b\u2007\u202f\ufeff"
SAMPLE = 65_536
ROWS_AT_ONCE = 20_000
MOST_COLUMNS = 1_000
# In a semicolon file a comma is most often a decimal comma, so the semicolon wins a tie.
DELIMITERS = "\t;|,"
# A character that no text file holds: what a single column is split by.
NO_DELIMITER = "\x1f"
SIGNATURES = {
    b"%pdf": "a PDF document",
    b"\x89png": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"gif8": "a GIF picture",
    b"pk\x03\x04": "a zip archive",
    b"pk\x05\x06": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"bzh9": "a bzip2 archive",
    b"par1": "a Parquet file",
    b"sqlite format 3": "an SQLite database",
    b"{\\rtf": "a word-processor document",
    b"\xd0\xcf\x11\xe0": "an old (.xls) or a password-protected Excel file",
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"<?xml": "an XML file",
    b"{": "a JSON file",
    b"[": "a JSON file",
}


class Grid(NamedTuple):
    """A file as columns of text, without its blank lines.

    Attributes:
        columns: One (rows,) string array a column, spaces trimmed; empty cells are "".
        lines: (rows,) int64, the line of the file that each row begins on, from 1.
        inexact: One (rows,) bool array a column: cells that cannot be an id as it was typed.
        crowded: Lines with more cells than the file has columns; only their first cell is kept.
        encoding: The text encoding, or "xlsx".
        delimiter: What separates the columns; "" for a single column and for a workbook.
    """

    columns: list[pa.StringArray]
    lines: np.ndarray
    inexact: list[np.ndarray]
    crowded: np.ndarray
    encoding: str
    delimiter: str


def read(data: bytes, name: str) -> Grid:
    """Read a delimited text file or an Excel workbook, told apart by content, not by name.

    Args:
        data: The bytes of the file.
        name: What the user calls it, for messages.

    Raises:
        BadInput: It is empty, of another kind, damaged, or its lines do not agree on columns.
    """
    if workbook.is_workbook(data):
        rows, inexact = workbook.read(data, name)
        if len(rows) == 1 and seed_columns.are_ids(rows[0]):
            rows, inexact = [[cell] for cell in rows[0]], [[mark] for mark in inexact[0]]
        cells = pa.array(rows, pa.list_(pa.string()))
        lines = np.arange(1, len(rows) + 1)
        # a workbook leaves out empty cells at the end of a row, so any row may be a short one
        grid = _grid(cells, lines, name, width=max(map(len, rows)), encoding="xlsx")
        marks = _columns(pa.array(inexact, pa.list_(pa.bool_())), grid.lines - 1, len(grid.columns))
        masks = [pc.fill_null(mark, fill_value=False).to_numpy(zero_copy_only=False) for mark in marks]
        return grid._replace(inexact=masks)
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = data[:SAMPLE].removeprefix(b"\xef\xbb\xbf").lstrip()[:16].lower()
        for signature, kind in SIGNATURES.items():
            if start.startswith(signature):
                raise BadInput(f"{name} is {kind}, not a list of user ids.", AS_TEXT)
        if b"\0" in data and not _unmarked(data):
            raise BadInput(f"{name} is not a text file: it holds zero bytes.", AS_TEXT)
    text, encoding = _decoded(data, name)
    return split(text, name, encoding)


def split(text: str, name: str, encoding: str = "text") -> Grid:
    """Split text into lines and cells; the delimiter is found from its first lines.

    Where all ids stand on one line, each becomes a line of its own, and lines count the ids.

    Raises:
        BadInput: There is nothing in it, or its lines do not agree on columns.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Excel names the delimiter on a line of its own before the heading
    told = re.match(r'"?sep=([,;|\t])"? *\n', text, flags=re.IGNORECASE)
    delimiter = told[1] if told else _delimiter(text)
    text = text[told.end() :] if told else text
    cells, lines = _cells(text, delimiter)
    if delimiter and "\n" not in text.strip(BLANKS):
        row: list[str] = next((row for row in cells.to_pylist() if any(row)), [])
        if seed_columns.are_ids(row):
            cells, lines = pa.array([[cell] for cell in row]), np.arange(1, len(row) + 1)
            delimiter = ""
    return _grid(cells, lines + bool(told), name, encoding=encoding, delimiter=delimiter)


def _unmarked(data: bytes) -> str:
    """Return which UTF-16 bytes without a mark of it are, "" for none: every other byte is zero."""
    even, odd = data[0:SAMPLE:2], data[1:SAMPLE:2]
    if not even.count(0) and odd.count(0) > len(odd) / 2:
        return "utf-16-le"
    return "utf-16-be" if not odd.count(0) and even.count(0) > len(even) / 2 else ""


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    marked = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
    if wide := marked or _unmarked(data):
        try:
            return data.decode(wide), "utf-16"
        except UnicodeDecodeError as error:
            raise BadInput(f"{name} begins as UTF-16 text but is none further on.", AS_TEXT) from error
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _delimiter(text: str) -> str:
    """Return the character that splits the first lines most evenly, or "" for a single column.

    One that lays bare the heading of an id column is right however uneven the lines are.
    """
    lines = [line for line in text[:SAMPLE].split("\n") if line.strip(BLANKS)][:200]
    if len(lines) > 1 and len(text) > SAMPLE:
        lines.pop()  # the sample may end in the middle of it
    best, best_score = "", (False, 0.5, 1)
    for candidate in DELIMITERS:
        rows = list(csv.reader(lines, delimiter=candidate, skipinitialspace=True))
        if not rows or len(rows[0]) < 2:
            continue
        # "auth0|5f7c" is one id: a pipe separates columns where the first one tells users apart
        if candidate == "|" and 1 < len(rows) >= 2 * len({row[0] for row in rows}):
            continue
        width, count = collections.Counter(map(len, rows)).most_common(1)[0]
        named = any(seed_columns.key(cell) in seed_columns.ID_NAMES for cell in rows[0])
        if (score := (named, count / len(rows), width)) > best_score:
            best, best_score = candidate, score
    return best


def _cells(text: str, delimiter: str) -> tuple[pa.ListArray, np.ndarray]:
    """Split every line at the delimiter, outside quotes, and number the lines."""
    delimiter = delimiter or NO_DELIMITER
    if '"' in text:
        try:
            return _quoted_cells(text, delimiter)
        except csv.Error:
            # a quote that is never closed swallows the lines after it: then quotes mean nothing
            text = text.replace('"', "")
    # several times as fast as the csv module
    split = pc.split_pattern(pc.split_pattern(pa.array([text]), "\n").values, delimiter)
    return split, np.arange(1, len(split) + 1)


def _quoted_cells(text: str, delimiter: str) -> tuple[pa.ListArray, np.ndarray]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True, strict=True)
    parts, ends = [], [0]
    # in parts, because Python's garbage collector slows down with every list that is kept
    while rows := list(itertools.islice(_numbered(reader, ends), ROWS_AT_ONCE)):
        parts.append(pa.array(rows, pa.list_(pa.string())))
    return pa.concat_arrays(parts), np.array(ends[:-1]) + 1


def _numbered(reader: Any, ends: list[int]) -> Iterator[list[str]]:
    for row in reader:
        if row and "\n" in row[0]:
            raise csv.Error
        ends.append(reader.line_num)
        yield row


def _grid(
    cells: pa.ListArray,
    lines: np.ndarray,
    name: str,
    *,
    width: int = 0,
    encoding: str,
    delimiter: str = "",
) -> Grid:
    """Turn rows into trimmed columns without blank lines, as wide as told or as the first row is."""
    cells = pa.ListArray.from_arrays(cells.offsets, pc.utf8_trim(cells.values, BLANKS))
    filled = pc.not_equal(cells.values, "").to_numpy(zero_copy_only=False)
    parents = pc.list_parent_indices(cells).to_numpy()
    kept = np.flatnonzero(np.bincount(parents[filled], minlength=len(cells)))
    if not len(kept):
        raise BadInput(f"{name} is empty.", ONE_A_LINE)
    width = width or len(cells[int(kept[0])])
    if width > MOST_COLUMNS:
        raise BadInput(
            f"{name} has {width:,} cells on its first line; at most {MOST_COLUMNS:,} are read.",
            f"{ONE_A_LINE} Beside it, keep the numbers to weight by and leave out the rest.",
        )
    place = np.arange(len(parents)) - cells.offsets.to_numpy()[parents]
    crowded = np.unique(parents[filled & (place >= width)])
    if len(crowded) > len(kept) / 2:
        raise BadInput(
            f"{name} has {width} cell{'s' * (width > 1)} on its first line and more on most others.",
            "Give every line the same columns; where numbers have a decimal comma, "
            "separate the columns by semicolons.",
        )
    columns = [pc.fill_null(column, "") for column in _columns(cells, kept, width)]
    unclear = pa.array(np.isin(kept, crowded))
    columns[1:] = [pc.if_else(unclear, "", column) for column in columns[1:]]
    exact = [np.zeros(len(kept), dtype=bool) for _ in columns]
    return Grid(columns, lines[kept], exact, lines[crowded], encoding, delimiter)


def _columns(cells: pa.ListArray, rows: np.ndarray, width: int) -> list[pa.Array]:
    """Take the first `width` cells of some rows as columns; what is not there is null."""
    block = pc.list_slice(cells.take(pa.array(rows)), 0, width, return_fixed_size_list=True)
    flat = block.flatten()
    return [flat.take(pa.array(np.arange(at, len(flat), width))) for at in range(width)]
