"""Workbooks as people save them: the cells as text, and which of them are not what was typed."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from lookalike.errors import BadInput
from lookalike.workbook import LARGEST_EXACT, is_workbook, read


def saved(*rows: tuple, formats: dict[str, str] | None = None, further: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    if further:
        book.create_sheet(further).append(("elsewhere",))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("cell", "text", "inexact"),
    [
        ("007", "007", False),
        (" é 🚀 ", " é 🚀 ", False),
        (None, "", False),
        (7, "7", False),
        (-7, "-7", False),
        (7.0, "7", False),
        (0.5, "0.5", True),
        (True, "TRUE", False),
        (False, "FALSE", False),
        (LARGEST_EXACT - 1, "9007199254740991", False),
        (LARGEST_EXACT, "9007199254740992", True),
        (dt.datetime.fromisoformat("2026-03-01T08:30:00"), "2026-03-01T08:30:00", True),
        (dt.time(8, 30), "08:30:00", True),
        ("=1+1", "", False),  # a formula that no program has computed yet
    ],
    ids=str,
)
def test_a_cell_is_text_and_says_whether_it_is_exact(cell: object, text: str, inexact: bool) -> None:
    rows, marks = read(saved(("user_id", "x"), (cell, "y")), "list.xlsx")
    assert rows == [["user_id", "x"], [text, "y"]]
    assert marks == [[False, False], [inexact, False]]


@pytest.mark.parametrize(
    ("number_format", "text"), [("00000", "00042"), ("0", "42"), ("General", "42"), ("0.00", "42")]
)
def test_zeros_that_only_the_format_shows_are_kept(number_format: str, text: str) -> None:
    rows, _ = read(saved(("id",), (42,), formats={"A2": number_format}), "list.xlsx")
    assert rows[1] == [text]


def test_only_the_first_sheet_is_read() -> None:
    rows, _ = read(saved(("id",), ("u1",), further="More"), "list.xlsx")
    assert rows == [["id"], ["u1"]]


def test_an_empty_first_sheet_is_refused() -> None:
    with pytest.raises(BadInput, match=r"The first sheet of list.xlsx is empty") as caught:
        read(saved(further="Data"), "list.xlsx")
    assert "on the first sheet" in caught.value.hint


def test_a_damaged_workbook_is_refused() -> None:
    whole = saved(("id",), ("u1",))
    damaged = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<broken" if "sheet1" in name else old.read(name))
    for data in (damaged.getvalue(), whole[:200], b"", b"no workbook"):
        with pytest.raises(BadInput, match=r"list.xlsx is an Excel workbook that cannot be read"):
            read(data, "list.xlsx")


def test_a_workbook_is_known_by_what_is_in_it(tmp_path) -> None:
    whole = saved(("id",))
    path = tmp_path / "list.csv"
    path.write_bytes(whole)
    assert is_workbook(whole)
    assert is_workbook(path)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("list.csv", "id\nu1\n")
    for data in (archive.getvalue(), whole[:200], b"", b"id\nu1\n"):
        assert not is_workbook(data)
