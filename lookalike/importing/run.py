"""The two doors of importing: `import_table`, and `preview` to look before."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookalike.errors import BadInput, did_you_mean
from lookalike.importing import embeddings, engagement, features, interactions, items, snapshots, users
from lookalike.importing.columns import Field, looks_numeric, match, missing
from lookalike.importing.report import ImportReport, Preview
from lookalike.importing.snapshots import Snapshot, writing_vectors
from lookalike.importing.sources import Source, open_source
from lookalike.importing.staging import Staging
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace

LONGEST_CELL = 200  # characters of a cell in a preview
UNSHOWN = "?"
ID_WORDS = ("id", "uid", "user", "item")


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of table is read and written.

    Attributes:
        fields: The columns that it knows.
        renames: Whether a mapping may also rename other columns.
        extras: What becomes of the other columns, in words.
        land: Writes the rows, given (staging, strict, progress), and returns how many were kept.
    """

    fields: Sequence[Field]
    renames: bool
    extras: str
    land: Callable[[Staging, bool, Progress], int]


def _always(land: Callable[[Staging, Progress], int]) -> Callable[[Staging, bool, Progress], int]:
    return lambda staging, _strict, progress: land(staging, progress)


TABLES = {
    "users": Kind(users.FIELDS, users.RENAMES, users.EXTRAS, _always(users.land)),
    "items": Kind(items.FIELDS, items.RENAMES, items.EXTRAS, _always(items.land)),
    "interactions": Kind(
        interactions.FIELDS, interactions.RENAMES, interactions.EXTRAS, interactions.land
    ),
    "embeddings": Kind(embeddings.FIELDS, embeddings.RENAMES, embeddings.EXTRAS, embeddings.land),
    "features": Kind(features.FIELDS, features.RENAMES, features.EXTRAS, features.land),
    "engagement": Kind(engagement.FIELDS, engagement.RENAMES, engagement.EXTRAS, engagement.land),
}
KINDS = tuple(TABLES)
# a header and two lines of each kind, to begin a file of one's own with
TEMPLATES = {
    "users": "user_id,country,last_active,plan\nu001,DE,2026-01-31,free\nu002,FR,2026-02-01,pro\n",
    "items": "item_id,title,category\ni01,Blue shoes,shoes\ni02,Red hat,hats\n",
    "interactions": "user_id,item_id,ts,kind,value\n"
    "u001,i01,2026-01-31T12:00:00,view,1\nu002,i02,2026-02-01T08:30:00,buy,2\n",
    "embeddings": "user_id,e0,e1,e2\nu001,0.12,-0.5,0.33\nu002,0.4,0.25,-0.1\n",
    "features": "user_id,age,city\nu001,34,Berlin\nu002,51,Lyon\n",
    "engagement": "user_id,impressions,clicks,ctr,revenue\nu001,40,2,0.05,9.99\nu002,10,0,0,0\n",
}


def import_table(
    workspace: Workspace,
    kind: str,
    sources: Sequence[Path | pa.Table],
    *,
    mapping: Mapping[str, str] | None = None,
    strict: bool = False,
    into: int | None = None,
    progress: Progress = SILENT,
) -> ImportReport:
    """Read files or Arrow tables into the workspace, in one transaction.

    Args:
        workspace: Where to.
        kind: One of `KINDS`.
        sources: CSV, Parquet or Excel files, or tables; several are read as one.
        mapping: Our name of a column to the file's, where it is not found by its name.
        strict: Reject rows of users that do not exist, rather than making these users.
        into: The snapshot to add embeddings to; None makes a new one of them.
        progress: Told how far it is; may cancel, and then nothing is left behind.

    Raises:
        BadInput: A source cannot be used as it is; nothing was changed.
    """
    started = time.perf_counter()
    table = table_of(kind)
    if not sources:
        raise BadInput("There is no file to import.", "Name at least one CSV, Parquet or Excel file.")
    if into is not None and kind != "embeddings":
        raise BadInput(f"Only embeddings go into a snapshot, not {kind}.", "Leave it out.")
    opened = [open_source(source) for source in sources]
    held = None if into is None else _appendable(workspace, into)
    transaction = partial(writing_vectors, workspace) if kind == "embeddings" else workspace.write
    with transaction() as cursor:
        staging = Staging.of(cursor, opened, table.fields, mapping or {}, table.renames)
        staging.into = held
        kept = table.land(staging, strict, progress.span(0, 0.95))
        progress.at(1, f"Saving {kept:,} rows")  # the last chance to cancel
    return ImportReport(
        kind,
        staging.rows,
        kept,
        staging.created_users,
        tuple(staging.rejected),
        tuple(staging.notes),
        time.perf_counter() - started,
        staging.changes,
        tuple(staging.noticed),
    )


def _appendable(workspace: Workspace, snapshot: int) -> Snapshot:
    held = snapshots.get(workspace, snapshot)
    if held.kind != "imported":
        raise BadInput(
            f"Snapshot {held.id} was learned here: vectors made elsewhere do not fit into it.",
            "Learn it anew from the interactions, or import a snapshot of its own.",
        )
    return held


def preview(
    source: Path | pa.Table, kind: str, *, mapping: Mapping[str, str] | None = None, rows: int = 5
) -> Preview:
    """Tell what `import_table` would find in a source, from its first rows.

    Raises:
        BadInput: The source cannot be read, or the mapping does not fit it.
    """
    table = table_of(kind)
    opened = open_source(source)
    unclear: dict[str, tuple[str, ...]] = {}
    matched = match(table.fields, opened, mapping or {}, table.renames, unclear)
    head = opened.head()
    shown = [_cells(head.column(column).slice(0, rows)) for column in opened.columns]
    return Preview(
        source=opened.name,
        kind=kind,
        columns=opened.columns,
        guesses={column: _guess(opened, column, head.column(column)) for column in opened.columns},
        recognised=matched.found,
        missing=tuple(name for name in missing(table.fields, matched) if name not in unclear),
        unclear=unclear,
        extra=tuple(matched.extras.values()),
        extra_use=table.extras,
        rows=tuple(
            tuple(None if v is None else str(v)[:LONGEST_CELL] for v in row)
            for row in zip(*shown, strict=True)
        ),
        notes=opened.notes,
    )


def table_of(kind: str) -> Kind:
    """Return how a kind of table is read and written.

    Raises:
        BadInput: There is no such kind.
    """
    if kind not in TABLES:
        raise BadInput(f"{kind!r} is not a kind of table.", did_you_mean(kind, KINDS))
    return TABLES[kind]


def _cells(values: pa.ChunkedArray) -> list[Any]:
    try:
        return values.to_pylist()
    except (ArithmeticError, ValueError):  # a time or a text that Python has no value for
        return [UNSHOWN if held else None for held in values.is_valid().to_pylist()]


def _guess(source: Source, column: str, values: pa.ChunkedArray) -> str:
    held = source.types[column]
    words = column.casefold().replace("-", "_").replace(" ", "_").split("_")
    if held == "list":
        return "vector"
    if held in ("time", "zoned"):
        return "time"
    if any(word in ID_WORDS for word in words):
        return "id"
    if held in ("integer", "float"):
        return "number"
    texts = [str(value) for value in _cells(values) if value is not None]
    if not texts:
        return "empty"
    if source.decimal_comma:
        texts = [text.replace(",", ".") for text in texts]
    if looks_numeric(texts):
        return "number"
    if all(re.match(r"\s*(\d{4}[-/]\d\d[-/]\d\d|\d\d\.\d\d\.\d{4})", text) for text in texts):
        return "time"
    return "vector" if all(text.startswith("[") for text in texts) else "text"
