"""One source of rows, a CSV, Parquet or Excel file or an Arrow table, ready to be read by DuckDB."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from lookalike import workbook
from lookalike.errors import BadInput, shown
from lookalike.importing import csvfile, sheets
from lookalike.importing.csvfile import LINE, SAVE_AS_CSV, Layout, Ragged
from lookalike.workspace import quoted

HEAD_ROWS = 1000
DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)  # what reading a damaged file raises
NAMELESS = ("", "__index_level_0__")
# what a file is by its first bytes, and what to do with it; text is told by its first character
OTHERS = (
    (b"PK\x03\x04", "a zip archive", "Unpack it and import the table in it."),
    (b"PK\x05\x06", "an empty zip archive", SAVE_AS_CSV),
    (b"\x1f\x8b", "a gzip archive", "Unpack it, or call it .csv.gz if a CSV file is in it."),
    (b"BZh", "a bzip2 archive", "Unpack it, or call it .csv.bz2 if a CSV file is in it."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it first."),
    (b"\xd0\xcf\x11\xe0", "an old (.xls) or password-protected Excel file", "Save it as .xlsx or CSV."),
    (b"SQLite format 3", "an SQLite database", SAVE_AS_CSV),
    (b"ARROW1", "an Arrow or Feather file", "Save it as Parquet."),
    (b"Obj\x01", "an Avro file", "Save it as Parquet or CSV."),
    (b"ORC", "an ORC file", "Save it as Parquet or CSV."),
    (b"%PDF", "a PDF document", SAVE_AS_CSV),
    (b"\x89PNG", "a picture", SAVE_AS_CSV),
    (b"\xff\xd8\xff", "a picture", SAVE_AS_CSV),
    (b"GIF8", "a picture", SAVE_AS_CSV),
    (b"<", "a web page or an XML file", SAVE_AS_CSV),
    (b"{", "a JSON file", "Save it as CSV or Parquet, one row a line and one column a field."),
    (b"[{", "a JSON file", "Save it as CSV or Parquet, one row a line and one column a field."),
)
PACKED = (".gz", ".bz2")  # these are unpacked while they are read


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file or table whose columns are known.

    Attributes:
        name: What to call it: the file's name, or "table".
        origin: The file, or the table itself; a workbook's first sheet is a table that has a column
            `LINE` and, of each other one, which of its cells Excel may have changed.
        types: Its columns, in order, with a word for what each holds by its type: text, integer,
            float, boolean, time, zoned (time), list or other. All of CSV is text.
        layout: How a CSV file is written; None for the others.
        ragged: The lines of a CSV file that could not be cut into cells; filled by reading.
        notes: What a reader of the report should know about the file.
    """

    name: str
    origin: Path | pa.Table
    types: dict[str, str]
    layout: Layout | None = None
    ragged: Ragged = field(default_factory=Ragged)
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.types)

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers may be written "1,5": so in files cut by semicolons."""
        return self.layout is not None and self.layout.delimiter == ";"

    def attach(self, cursor: duckdb.DuckDBPyConnection, name: str) -> tuple[str, list[str]]:
        """Return the source as SQL for FROM, with its parameters; it has a column `LINE`.

        Args:
            cursor: Where to register what DuckDB does not read itself.
            name: A name for that; the caller unregisters it.
        """
        if isinstance(self.origin, Path) and self.layout is None:
            rows = "FROM read_parquet(?, file_row_number = true)"
            return f"(SELECT *, file_row_number + 1 AS {quoted(LINE)} {rows})", [str(self.origin)]
        if isinstance(self.origin, Path):
            self.ragged.lines.clear()
            self.ragged.texts.clear()
            cursor.register(name, self._csv())
        elif LINE in self.origin.column_names:
            cursor.register(name, self.origin)
        else:
            lines = pa.array(np.arange(1, self.origin.num_rows + 1))
            cursor.register(name, self.origin.append_column(LINE, lines))
        return name, []

    def head(self, rows: int = HEAD_ROWS) -> pa.Table:
        """Return the first rows, as they are typed, without blank lines.

        Raises:
            BadInput: The file is damaged.
        """
        try:
            return self._head(rows)
        except DAMAGE as error:
            raise unreadable(self.name, error) from error

    def _head(self, rows: int) -> pa.Table:
        if not isinstance(self.origin, Path):
            return self.origin.slice(0, rows).select(self.columns)
        if self.layout is not None:
            batch = next(iter(self._csv()), None)
            if batch is None:
                return pa.table({name: pa.array([], pa.string()) for name in self.columns})
            table = pa.Table.from_batches([batch]).select(self.columns)
            filled = np.zeros(len(table), bool)
            for column in table.columns:
                filled |= column.is_valid().to_numpy()
            return table.filter(pa.array(filled)).slice(0, rows)
        with pa.parquet.ParquetFile(self.origin) as file:
            batches = file.iter_batches(batch_size=rows, columns=list(self.columns))
            first = next(iter(batches), None)
            empty = file.schema_arrow.empty_table().select(self.columns)
        return empty if first is None else pa.Table.from_batches([first])

    def _csv(self) -> pa.RecordBatchReader:
        if self.layout is None or not isinstance(self.origin, Path):
            raise TypeError(f"{self.name} is not CSV")
        names = tuple(name or f"#{n}" for n, name in enumerate(self.layout.names))
        try:
            return csvfile.batches(self.origin, self.layout, names, self.ragged)
        except DAMAGE as error:
            raise unreadable(self.name, error) from error


def open_source(origin: Path | str | pa.Table) -> Source:
    """Look at a file or a table: what it is and which columns it has.

    Raises:
        BadInput: It is missing, a folder, empty, neither CSV, Parquet nor Excel, or names a column
            twice.
    """
    if isinstance(origin, pa.Table):
        return _described("table", origin, origin.schema)
    path = Path(origin).expanduser()
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "Name the files in it: CSV, Parquet or Excel.")
    try:
        with path.open("rb") as handle:
            magic = handle.read(64)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.", "Check the path.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    if not magic:
        raise BadInput(f"{path.name} is empty.", "Its first line must name the columns.")
    if magic.startswith(b"PK") and workbook.is_workbook(path):
        return _sheet(path)
    if magic.startswith(b"PAR1"):
        try:
            return _described(path.name, path, pa.parquet.read_schema(path))
        except DAMAGE as error:
            raise unreadable(path.name, error) from error
    if path.suffix.lower() in (".parquet", ".pq"):
        raise BadInput(f"{path.name} is not a Parquet file, whatever its name says.", SAVE_AS_CSV)
    _refuse_others(path, magic)
    try:
        how = csvfile.layout(path)
    except DAMAGE as error:  # a packed file that breaks off
        raise unreadable(path.name, error) from error
    _only_once(path.name, [name for name in how.names if name])
    notes = [] if how.encoding.startswith("utf-8") else [f"{path.name} was read as {how.encoding}."]
    if "" in how.names:
        notes.append(f"{path.name} has a column without a name, which was left out.")
    types = {name: "text" for name in how.names if name}
    return Source(path.name, path, types, how, notes=tuple(notes))


def _sheet(path: Path) -> Source:
    there = path.stat()
    names, table, ragged = sheets.read(path, there.st_mtime_ns, there.st_size)
    _only_once(path.name, [name for name in names if name])
    notes = [f"The first sheet of {path.name} was read."]
    if "" in names:
        notes.append(f"{path.name} has a column without a name, which was left out.")
    types = {name: "text" for name in names if name}
    return Source(path.name, table, types, ragged=ragged, notes=tuple(notes))


def _refuse_others(path: Path, magic: bytes) -> None:
    """Refuse what is no table by its first bytes."""
    if path.suffix.lower() in PACKED and magic.startswith((b"\x1f\x8b", b"BZh")):
        return
    text = magic.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, what, hint in OTHERS:
        if magic.startswith(start) or text.startswith(start):
            raise BadInput(f"{path.name} is {what}, not CSV, Parquet or Excel (.xlsx).", hint)


def unreadable(name: str, error: Exception) -> BadInput:
    """Return what to tell of a file that breaks off or is damaged; the library's words help nobody."""
    if isinstance(error, UnicodeDecodeError):
        return BadInput(f"{name} is not text in one encoding from beginning to end.", SAVE_AS_CSV)
    return BadInput(
        f"{name} cannot be read to its end: it is damaged or breaks off.",
        "Is it complete, and every quote in it closed?",
    )


def _described(name: str, origin: Path | pa.Table, schema: pa.Schema) -> Source:
    _only_once(name, schema.names)
    types = {column.name: _word(column.type) for column in schema if column.name not in NAMELESS}
    return Source(name, origin, types)


def _only_once(name: str, columns: Sequence[str]) -> None:
    counts = Counter(column.casefold() for column in columns)
    doubled = [column for column in columns if counts[column.casefold()] > 1]
    if doubled:
        raise BadInput(
            f"{name} names a column more than once: {', '.join(map(shown, doubled[:4]))}.",
            "Rename or remove one of them.",
        )


def _word(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return _word(kind.value_type)
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return "integer"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "float"
    if pa.types.is_timestamp(kind):
        return "zoned" if kind.tz else "time"
    tests = {
        "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
        "boolean": (pa.types.is_boolean,),
        "time": (pa.types.is_date,),
        "list": (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list),
    }
    return next(
        (word for word, checks in tests.items() if any(check(kind) for check in checks)), "other"
    )
