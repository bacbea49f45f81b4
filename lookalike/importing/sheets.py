"""Excel workbooks as tables: the first sheet as text, with its row numbers and what Excel spoilt."""

from __future__ import annotations

import functools
from pathlib import Path

import pyarrow as pa

from lookalike import workbook
from lookalike.importing.csvfile import LINE, Ragged

INEXACT = "#inexact "  # and the column's name: cells that cannot be an id as it was typed


@functools.lru_cache(maxsize=1)
def read(path: Path, _modified: int, _size: int) -> tuple[tuple[str, ...], pa.Table, Ragged]:
    """Read the first sheet: the names in its first row, its rows, and rows longer than that.

    A workbook is slow to read, and is read for its first rows before it is imported; so the last
    one is kept as long as its file stays as it is.

    Returns:
        The names in order, "" where there is none; a table with a text column for each name, null
        where a cell is empty, `LINE`, and a boolean column `INEXACT + name` for each; and the rows
        that have more cells than there are names.

    Raises:
        BadInput: The workbook is damaged, or its first sheet is empty.
    """
    rows, marks = workbook.read(path.read_bytes(), path.name)
    top = next(n for n, row in enumerate(rows) if any(cell.strip() for cell in row))
    names = [cell.strip() for cell in rows[top]]
    while names and not names[-1]:
        names.pop()
    width, ragged, kept = len(names), Ragged(), []
    for place in range(top + 1, len(rows)):
        if any(rows[place][width:]):
            ragged.lines.append(place + 1)
            ragged.texts.append(", ".join(rows[place]))
        elif any(rows[place]):
            kept.append(place)
    columns: dict[str, pa.Array] = {LINE: pa.array([place + 1 for place in kept], pa.int64())}
    for at, name in enumerate(names):
        if name:
            cells = (rows[place][at] if at < len(rows[place]) else "" for place in kept)
            odd = (at < len(marks[place]) and marks[place][at] for place in kept)
            columns[name] = pa.array([cell or None for cell in cells], pa.string())
            columns[INEXACT + name] = pa.array(list(odd), pa.bool_())
    return tuple(names), pa.table(columns), ragged
