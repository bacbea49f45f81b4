"""CSV as it comes: encoding and delimiter found, rows streamed as text with their line numbers.

Arrow's reader is used rather than DuckDB's, which drops without a word all that follows a quote
that is never closed, and cannot tell the line of a row after a blank one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from lookalike.errors import BadInput

LINE = "#line"
DELIMITERS = ",;\t|"
SAMPLE_BYTES = 1 << 18
BLOCK_BYTES = 1 << 24
SAVE_AS_CSV = "Save it as CSV (UTF-8) and import that."


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV file is written: its encoding, delimiter, header and the lines up to its end."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    header_lines: int


@dataclass(slots=True)
class Ragged:
    """The lines that have another number of cells than the header; filled while reading."""

    lines: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def layout(path: Path) -> Layout:
    """Find out how a CSV file is written.

    Raises:
        BadInput: It is empty or not text.
    """
    with pa.input_stream(str(path)) as stream:
        sample = stream.read(SAMPLE_BYTES)
    encoding = _encoding(path, sample)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    lines = text.splitlines()
    blank = next((n for n, line in enumerate(lines) if line.strip()), None)
    if blank is None:
        raise BadInput(f"{path.name} is empty.", "Its first line must name the columns.")
    told = re.fullmatch(r'"?sep=([,;|\t])"?\s*', lines[blank], flags=re.IGNORECASE)
    if told and blank + 1 < len(lines):  # Excel names the delimiter on a line of its own
        blank += 1
    header = lines[blank]
    unquoted = "".join(header.split('"')[::2])
    delimiter = told[1] if told else max(DELIMITERS, key=unquoted.count)
    try:
        names = next(csv.reader(io.StringIO(header), delimiter=delimiter))
    except csv.Error as error:
        raise BadInput(
            f"The first line of {path.name} does not name columns: one name is without end.", SAVE_AS_CSV
        ) from error
    return Layout(encoding, delimiter, tuple(name.strip() for name in names), blank + 1)


def _encoding(path: Path, sample: bytes) -> str:
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if not _decodes(path, "utf-16"):
            raise BadInput(f"{path.name} begins as UTF-16 text but is none further on.", SAVE_AS_CSV)
        return "utf-16"
    if sample.startswith(codecs.BOM_UTF8):
        if not _decodes(path, "utf-8"):
            raise BadInput(f"{path.name} begins as UTF-8 text but is none further on.", SAVE_AS_CSV)
        return "utf-8-sig"
    pairs = len(sample) // 2
    wide = pairs and sample[1::2].count(0) > 0.9 * pairs and not sample[0::2].count(0)
    if wide and _decodes(path, "utf-16-le"):
        return "utf-16-le"
    if b"\0" in sample:
        raise BadInput(f"{path.name} is not a text file.", "CSV, Parquet or Excel was expected.")
    for encoding in ("utf-8", "cp1252"):
        if _decodes(path, encoding):
            return encoding
    return "latin-1"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with pa.input_stream(str(path)) as stream:
        try:
            while chunk := stream.read(1 << 22):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def batches(path: Path, how: Layout, names: tuple[str, ...], ragged: Ragged) -> pa.RecordBatchReader:
    """Stream a CSV file: `names` as text (null where empty) and the line number as `LINE`.

    Args:
        path: The file.
        how: Its layout.
        names: A name for each column, all different.
        ragged: Receives the lines whose number of cells is not that of the header.
    """

    def note(row: pa.csv.InvalidRow) -> str:
        ragged.lines.append(row.number)
        if len(ragged.texts) < 3:
            ragged.texts.append(row.text)
        return "skip"

    reader = pa.csv.open_csv(
        str(path),
        pa.csv.ReadOptions(
            use_threads=False,  # the numbers of ragged lines are known in one thread only
            block_size=BLOCK_BYTES,
            column_names=list(names),
            skip_rows=how.header_lines,
            encoding="utf-8" if how.encoding == "utf-8-sig" else how.encoding,
        ),
        pa.csv.ParseOptions(
            delimiter=how.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    schema = pa.schema([*reader.schema, pa.field(LINE, pa.int64())])
    return pa.RecordBatchReader.from_batches(schema, _numbered(reader, schema, how, ragged))


def _numbered(
    reader: pa.csv.CSVStreamingReader, schema: pa.Schema, how: Layout, ragged: Ragged
) -> Iterator[pa.RecordBatch]:
    seen = 0
    for batch in reader:
        order = np.arange(seen, seen + batch.num_rows)
        # a ragged line shifts all rows after it: the j-th one stands behind line - header - 1 - j rows
        before = np.asarray(ragged.lines, np.int64) - how.header_lines - 1 - np.arange(len(ragged.lines))
        lines = order + how.header_lines + 1 + np.searchsorted(before, order, side="right")
        yield pa.record_batch([*batch.columns, pa.array(lines, pa.int64())], schema=schema)
        seen += batch.num_rows
