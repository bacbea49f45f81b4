"""The first sheet of an Excel workbook as rows of text cells."""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

from lookalike.errors import BadInput

# Every number in a workbook is a double: whole numbers are exact below this one only.
LARGEST_EXACT = 2**53
# What a workbook may unpack to: far above a million rows of ids, far below what a server has.
MOST_BYTES = 1 << 29
MOST_CELLS = 10_000_000
MOST_CHARACTERS = 400_000_000
MOST_ROWS = 1 << 20  # of a sheet, by its file format
LONGEST_FORMAT = 40
# what looking into an archive raises when it is none, or one that nobody can unpack
BROKEN = (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, struct.error)


def is_workbook(data: bytes | Path) -> bool:
    """Say whether the bytes, or the file, are a zip archive that holds a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data) if isinstance(data, bytes) else data) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except BROKEN:
        return False


def read(data: bytes, name: str) -> tuple[list[list[str]], list[list[bool]]]:
    """Read the rows of the first sheet, and which of their cells are inexact.

    A cell is inexact, and cannot be an id as somebody typed it, when it holds a fraction, a date
    or a whole number from 2**53 on. Zeros in front that only a number format shows are kept.

    Raises:
        BadInput: The workbook is damaged, too large to unpack, or its first sheet is empty.
    """
    import openpyxl

    rows: list[list[str]] = []
    inexact: list[list[bool]] = []
    too_large = BadInput(
        f"{name} is an Excel workbook that unpacks to more than can be read here.",
        "Save its first sheet as CSV, without the columns that are not needed.",
    )
    cells_seen = characters = 0
    nothing: list[str] = []
    none_odd: list[bool] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
                raise too_large
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which hold no ids
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write a wrong extent
            for cells in sheet.iter_rows():
                cells_seen += len(cells)
                if cells_seen > MOST_CELLS or len(rows) == MOST_ROWS:
                    raise too_large
                if not cells:  # there may be a million of them in front of the next one
                    rows.append(nothing)
                    inexact.append(none_odd)
                    continue
                texts, marks = [], []
                places = range(len(cells), 0, -1)
                filled = next((at for at in places if cells[at - 1].value is not None), 0)
                for cell in cells[:filled]:
                    text, odd = _cell(cell)
                    texts.append(text)
                    marks.append(odd)
                    characters += len(text)
                if characters > MOST_CHARACTERS:
                    raise too_large
                rows.append(texts)
                inexact.append(marks)
            book.close()
    except BadInput:
        raise
    # a damaged workbook fails in as many ways as there are parts in it
    except Exception as error:
        raise BadInput(
            f"{name} is an Excel workbook that cannot be read.", "Save it again, or save it as CSV."
        ) from error
    if not any(map(any, rows)):
        raise BadInput(
            f"The first sheet of {name} is empty.", "Put the data on the first sheet, one user a row."
        )
    return rows, inexact


def _cell(cell: Any) -> tuple[str, bool]:
    value = cell.value
    if isinstance(value, str):
        return value, False
    if value is None:
        return "", False
    if isinstance(value, bool):
        return str(value).upper(), False
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat(), True
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        if abs(value) >= LARGEST_EXACT:
            return repr(value), True
        zeros = (cell.number_format or "")[:LONGEST_FORMAT]
        return str(int(value)).zfill(0 if zeros.strip("0") else len(zeros)), False
    return str(value), True
