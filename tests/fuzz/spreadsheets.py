"""Workbooks as no spreadsheet program writes them, small on disk and large, or endless, in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import openpyxl

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
TYPES = "[Content_Types].xml"


def workbook(rows: Sequence[Sequence[object]], number_format: str = "") -> bytes:
    """A workbook as a program writes it."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    if number_format:
        for (cell,) in book.active.iter_rows(max_col=1):
            cell.number_format = number_format
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(name: str, content: str | bytes, book: bytes = b"") -> bytes:
    """A workbook one of whose parts is replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book or workbook([("id",)]))) as old:
        parts = {one.filename: old.read(one) for one in old.infolist()}
    parts[name] = content if isinstance(content, bytes) else content.encode("utf-8")
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part, held in parts.items():
            new.writestr(part, held)
    return buffer.getvalue()


def sheet(rows: str, dimension: str = "") -> bytes:
    """A workbook with this XML as the rows of its first sheet."""
    extent = f'<dimension ref="{dimension}"/>' if dimension else ""
    return with_part(
        SHEET, f'<worksheet xmlns="{MAIN}">{extent}<sheetData>{rows}</sheetData></worksheet>'
    )


def _row(number: int, text: str = "u001", column: str = "A") -> str:
    return f'<row r="{number}"><c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def lying_extent() -> bytes:
    return sheet(_row(1) + _row(2, "u002"), "A1:XFD1048576")


def last_row_alone() -> bytes:
    return sheet(_row(1) + _row(1_048_576, "u002"))


def row_beyond_all() -> bytes:
    return sheet(_row(1) + _row(2_000_000_000, "u002"))


def last_column_in_every_row(rows: int = 20_000) -> bytes:
    cells = '<c t="inlineStr"><is><t>u001</t></is></c><c r="XFD1"><v>1</v></c>'
    return sheet(f"<row>{cells}</row>" * rows)


def bomb_of_blanks(megabytes: int = 1_500) -> bytes:
    return _bomb(b" " * (1 << 20), megabytes)


def bomb_of_rows(megabytes: int = 300) -> bytes:
    piece = b"<row><c t='inlineStr'><is><t>u001</t></is></c></row>"
    return _bomb(piece * ((1 << 20) // len(piece)), megabytes)


def _bomb(piece: bytes, megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([("id",)]))) as old:
        parts = {one.filename: old.read(one) for one in old.infolist()}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part, held in parts.items():
            if part != SHEET:
                new.writestr(part, held)
        with new.open(SHEET, "w", force_zip64=True) as handle:
            handle.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for _ in range(megabytes):
                handle.write(piece)
            handle.write(b"</sheetData></worksheet>")
    return buffer.getvalue()


def one_long_text_in_many_cells(length: int = 1_000_000, cells: int = 20_000) -> bytes:
    return with_strings(["u" * length], '<row><c t="s"><v>0</v></c></row>' * cells)


def with_strings(strings: Sequence[str], rows: str) -> bytes:
    """A workbook whose cells refer to a table of texts, as Excel writes it."""
    table = "".join(f"<si><t>{text}</t></si>" for text in strings)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(io.BytesIO(workbook([("id",)]))) as archive:
        types = archive.read(TYPES).decode()
    told = types.replace("</Types>", f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>')
    book = sheet(rows)
    for part, content in ((TYPES, told), (STRINGS, f'<sst xmlns="{MAIN}">{table}</sst>')):
        book = with_part(part, content, book)
    return book


def format_of_a_million_zeros() -> bytes:
    return workbook([[n] for n in range(1, 5_000)], "0" * 1_000_000)


def billion_laughs() -> bytes:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "ha">' for n in range(12)
    )
    rows = _row(1, "&e11;")
    text = (
        f'<!DOCTYPE x [{entities}]><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    )
    return with_part(SHEET, text)


def external_entity() -> bytes:
    text = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet xmlns="{MAIN}"><sheetData>'
    return with_part(SHEET, f"{text}{_row(1, '&e;')}</sheetData></worksheet>")


def doubled_part() -> bytes:
    buffer = io.BytesIO(workbook([("id",), ("u001",)]))
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr(SHEET, "not xml")
    return buffer.getvalue()


def without_sheets() -> bytes:
    return with_part("xl/workbook.xml", f'<workbook xmlns="{MAIN}"><sheets/></workbook>')


def deep_xml(depth: int = 100_000) -> bytes:
    return with_part(SHEET, "<a>" * depth + "</a>" * depth)


def impossible_numbers() -> bytes:
    values = ("9" * 5_000, "1e400", "-", "0x10", "NaN", "1.5", "12345678901234567890", "1E+10")
    rows = "".join(f"<row><c><v>{value}</v></c></row>" for value in values[-4:])
    return sheet(rows)


SMALL = (
    lying_extent, last_row_alone, row_beyond_all, billion_laughs, external_entity, doubled_part,
    without_sheets, deep_xml, impossible_numbers,
)  # fmt: skip
LARGE = (
    last_column_in_every_row, bomb_of_blanks, one_long_text_in_many_cells,
    format_of_a_million_zeros,
)  # fmt: skip
