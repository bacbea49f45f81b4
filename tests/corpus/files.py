"""The files: `FILES` lists them all."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tests.fuzz.samples import parquet
from tests.fuzz.spreadsheets import sheet, workbook

Users = Sequence[str]
KNOWN = 40  # users that a usual file names
LARGE = 100_000  # rows


@dataclass(frozen=True, slots=True)
class Case:
    """A file and what should come of it.

    Attributes:
        name: Its file name.
        data: Makes it from at least 60 user ids.
        matched: Users that are found.
        unknown: Ids that are no users.
        duplicates: Ids that stand further up already.
        damaged: Ids that a spreadsheet rewrote.
        said: Part of what is said: in the refusal, the reasons, or the problems by line.
        refused: Whether no list is made of it.
        values: The columns of numbers that are found.
        pasted: Whether it is pasted as text rather than uploaded.
    """

    name: str
    data: Callable[[Users], bytes]
    matched: int = KNOWN
    unknown: int = 0
    duplicates: int = 0
    damaged: int = 0
    said: str = ""
    refused: bool = False
    values: tuple[str, ...] = ()
    pasted: bool = False

    @property
    def rows(self) -> int:
        """Ids in the file: each of them has one of the four fates."""
        return self.matched + self.unknown + self.duplicates + self.damaged


def _few(users: Users) -> list[str]:
    return list(users[:KNOWN])


def _numbers(users: Users) -> list[str]:
    return [user.removeprefix("u_") for user in _few(users)]


def _rows(users: Users, *head: str, sep: str = ",", value: str = "{}.5", end: str = "\n") -> str:
    rows = [f"{user}{sep}{value.format(n)}" for n, user in enumerate(_few(users))]
    return end.join([sep.join(head), *rows] if head else rows) + end


def _lines(ids: Sequence[str], *head: str) -> bytes:
    return "\n".join([*head, *ids]).encode()


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def _strangers(count: int) -> list[str]:
    return [f"x-{number:07d}-y" for number in range(count)]


TEXTS = (
    Case("one column.csv", lambda u: _lines(_few(u))),
    Case("one column with a heading.csv", lambda u: _lines(_few(u), "User ID")),
    Case("commas.csv", lambda u: _rows(u, "user_id", "spend").encode(), values=("spend",)),
    Case("no heading.csv", lambda u: _rows(u).encode(), values=("column_2",)),
    Case(
        "semicolons, decimal commas.csv",
        lambda u: _rows(u, "kunde", "umsatz", sep=";", value="{},5").encode("cp1252"),
        values=("umsatz",),
    ),
    Case("tabs.tsv", lambda u: _rows(u, "user_id", "spend", sep="\t").encode(), values=("spend",)),
    Case("pipes.txt", lambda u: _rows(u, "user_id", "spend", sep="|").encode(), values=("spend",)),
    Case(
        "utf-8 with a mark.csv",
        lambda u: _rows(u, "user_id", "café").encode("utf-8-sig"),
        values=("café",),
    ),
    Case(
        "utf-16, little end.csv",
        lambda u: b"\xff\xfe" + _rows(u, "user_id", "größe").encode("utf-16-le"),
        values=("größe",),
    ),
    Case(
        "utf-16, big end.csv",
        lambda u: b"\xfe\xff" + _rows(u, "user_id", "größe").encode("utf-16-be"),
        values=("größe",),
    ),
    Case(
        "latin-1.csv",
        lambda u: _rows(u, "user_id", "größe", sep=";").encode("latin-1"),
        values=("größe",),
    ),
    Case(
        "carriage returns alone.csv",
        lambda u: _rows(u, "user_id", "spend", end="\r").encode(),
        values=("spend",),
    ),
    Case(
        "quoted, with commas and newlines inside.csv",
        lambda u: b"\r\n".join(
            [
                b'"user_id","note","spend"',
                *(f'"{one}","a, ""b""\nc","{n}"'.encode() for n, one in enumerate(_few(u))),
            ]
        ),
        values=("spend",),
    ),
    Case(
        "blank lines.csv", lambda u: b"\n\n" + b"\n\n  \n\t\n".join(map(str.encode, _few(u))) + b"\n\n\n"
    ),
    Case("spaces around.csv", lambda u: "\n".join(f"  {user}\u00a0\t" for user in _few(u)).encode()),
    Case(
        "sep line.csv",
        lambda u: b"sep=;\r\n" + _rows(u, "user_id", "spend", sep=";").encode(),
        values=("spend",),
    ),
    Case(
        "a delimiter at the end of every line.csv",
        lambda u: _rows(u, "user_id", "spend").replace("\n", ",\n").encode(),
        values=("spend",),
    ),
    Case(
        "ragged.csv",
        lambda u: (
            "user_id,spend\n"
            + "\n".join(
                user + (",1", "", ",2,9,9")[n % 9 if n % 9 < 3 else 0] for n, user in enumerate(_few(u))
            )
        ).encode(),
        values=("spend",),
        said="more than 2 cells",
    ),
    Case(
        "row numbers first.csv",
        lambda u: (
            "," + "user_id,spend\n" + "\n".join(f"{n},{user},{n}" for n, user in enumerate(_few(u)))
        ).encode(),
        values=("spend",),
    ),
    Case(
        "not a number in it.csv",
        lambda u: _rows(u, "user_id", "spend").replace(",7.5", ",many").encode(),
        values=("spend",),
        said="'many', not a number",
    ),
    Case(
        "formulas.csv",
        lambda u: (_rows(u, "user_id", "spend") + "=1+1,2\n@SUM(A1),3\n").encode(),
        unknown=2,
        values=("spend",),
        said="=1+1",
    ),
    Case("right to left.csv", lambda u: _lines([*_few(u), "\u202eu_1\u202c", "شخص"]), unknown=2),
)

IDS = (
    Case("all known.csv", lambda u: _lines(u[:60], "user_id"), matched=60),
    Case(
        "all unknown.csv",
        lambda _: _lines(_strangers(30), "user_id"),
        matched=0,
        unknown=30,
        said="same system",
    ),
    Case(
        "duplicates.csv", lambda u: _lines(_few(u) * 3, "user_id"), duplicates=2 * KNOWN, said="already"
    ),
    Case(
        "half unknown.csv",
        lambda u: _lines([*_few(u), *_strangers(40)], "user_id"),
        unknown=40,
        said="not a user",
    ),
    Case(
        "two files joined.csv", lambda u: _lines([*u[:20], "user_id", *u[20:40]], "user_id"), unknown=1
    ),
    Case(
        "the prefix is missing.csv",
        lambda u: _lines(_numbers(u), "user_id"),
        matched=0,
        unknown=KNOWN,
        said="u_",
    ),
    Case(
        "a prefix too many.csv",
        lambda u: _lines(["crm:" + one for one in _few(u)], "user_id"),
        matched=0,
        unknown=KNOWN,
        said="crm:",
    ),
    Case(
        "upper case.csv",
        lambda u: _lines([one.upper() for one in _few(u)], "user_id"),
        matched=0,
        unknown=KNOWN,
        said="capital letters",
    ),
    Case(
        "zeros lost.csv",
        lambda u: _lines([str(int(one)) for one in _numbers(u)], "user_id"),
        matched=0,
        unknown=KNOWN,
        said="number in the id",
    ),
    Case(
        "hashed, upper case.csv",
        lambda u: _lines([hashlib.sha256(one.encode()).hexdigest().upper() for one in _few(u)], "id"),
    ),
    Case(
        "hashed by another way.csv",
        lambda u: _lines(
            [hashlib.md5(one.encode(), usedforsecurity=False).hexdigest() for one in _few(u)], "id"
        ),
        matched=0,
        unknown=KNOWN,
        said="MD5",
    ),
    Case(
        "e-mails.csv",
        lambda _: _lines([f"person{n}@example.com" for n in range(KNOWN)], "email"),
        matched=0,
        unknown=KNOWN,
        said="E-mail",
    ),
    Case(
        "exponents.csv",
        lambda _: _lines([f"{n}.{n}3E+1{n}" for n in range(1, 10)], "user_id"),
        matched=0,
        damaged=9,
        said="spreadsheet shortened",
    ),
    Case(
        "decimals added.csv",
        lambda _: _lines([f"{9_000_000 + n}.0" for n in range(20)], "user_id"),
        matched=0,
        damaged=20,
        said="ecimals",
    ),
    Case(
        "rounded after 15 digits.csv",
        lambda _: _lines([f"12345678901{n:04d}000" for n in range(1, 21)], "user_id"),
        matched=0,
        damaged=20,
        said="15 digits",
    ),
    Case(
        "dates of ids.csv",
        lambda _: _lines([f"{n}-Mar" for n in range(1, 21)], "user_id"),
        matched=0,
        damaged=20,
        said="ates that a spreadsheet",
    ),
    Case(
        "large.csv",
        lambda u: _lines([*_few(u), *_strangers(LARGE - KNOWN)], "user_id"),
        unknown=LARGE - KNOWN,
        said="not a user",
    ),
)

BOOKS = (
    Case(
        "with a heading.xlsx",
        lambda u: workbook([("user_id", "spend"), *((one, n / 2) for n, one in enumerate(_few(u)))]),
        values=("spend",),
    ),
    Case("without a heading.xlsx", lambda u: workbook([(one,) for one in _few(u)])),
    Case(
        "an extent that lies.xlsx",
        lambda u: sheet(
            "".join(f'<row><c t="inlineStr"><is><t>{one}</t></is></c></row>' for one in _few(u)), "A1:A1"
        ),
    ),
    Case(
        "whole numbers as ids.xlsx",
        lambda _: workbook([("user_id",), *((9_000_000 + n,) for n in range(20))]),
        matched=0,
        unknown=20,
    ),
    Case(
        "long numbers as ids.xlsx",
        lambda _: workbook(
            [("user_id",), *((12_345_678_901_234_567_000 + 10**6 * n,) for n in range(20))]
        ),
        matched=0,
        damaged=20,
        said="spreadsheet",
    ),
    Case("a workbook called.csv", lambda u: workbook([("user_id",), *((one,) for one in _few(u))])),
    Case("an empty sheet.xlsx", lambda _: workbook([]), refused=True, said="is empty"),
    Case(
        "a damaged workbook.xlsx",
        lambda u: workbook([(one,) for one in _few(u)])[:3_000],
        refused=True,
        said="zip archive",
    ),
)

ON_ONE_LINE = (
    Case("all on one line.csv", lambda u: ",".join(_few(u) * 30).encode(), duplicates=29 * KNOWN),
)

REFUSED = tuple(
    Case(name, data, refused=True, said=said)
    for name, data, said in (
        ("empty.csv", lambda _: b"", "is empty"),
        ("blank lines alone.csv", lambda _: b" \n\t\n\r\n", "is empty"),
        ("a heading alone.csv", lambda _: b"user_id,spend\n", "holds no user ids"),
        ("a document.csv", lambda _: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document"),
        ("a picture.csv", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(64), "a PNG picture"),
        ("an archive.csv", lambda u: _zip("seeds.csv", _lines(_few(u))), "a zip archive"),
        ("packed.csv", lambda u: gzip.compress(_lines(_few(u))), "a gzip archive"),
        ("columns.csv", lambda u: parquet(pa.table({"user_id": _few(u)})), "a Parquet file"),
        ("a page.csv", lambda _: b"<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (
            "objects.csv",
            lambda u: json.dumps([{"user_id": one} for one in _few(u)]).encode(),
            "a JSON file",
        ),
        ("an old workbook.csv", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "Excel"),
        ("zero bytes.csv", lambda _: b"user_id\nu_1\x00\nu_2\n", "zero bytes"),
        (
            "half a character.csv",
            lambda u: b"\xff\xfe" + _rows(u, "user_id", "x").encode("utf-16-le") + b"x",
            "UTF-16",
        ),
        (
            "decimal commas between commas.csv",
            lambda u: _rows(u, "user_id", "spend", value="{},5").encode(),
            "decimal comma",
        ),
        (
            "far too wide.csv",
            lambda u: "\n".join([",".join(list(u[:60]) * 30)] * 2).encode(),
            "cells on its first line",
        ),
    )
)

PASTED = (
    Case("one a line", lambda u: _lines(_few(u)), pasted=True),
    Case("commas on one line", lambda u: ", ".join(_few(u)).encode(), pasted=True),
    Case("spaces on one line", lambda u: " ".join(_few(u)).encode(), pasted=True),
    Case(
        "several on every line",
        lambda u: ("\n".join(", ".join(_few(u)[at : at + 4]) for at in range(0, KNOWN, 4))).encode(),
        pasted=True,
    ),
    Case(
        "cells of a sheet",
        lambda u: _rows(u, "user_id", "spend", sep="\t").encode(),
        values=("spend",),
        pasted=True,
    ),
    Case("nothing but blanks", lambda _: b"  \n \t ", refused=True, said="is empty", pasted=True),
)

FILES: tuple[Case, ...] = (*TEXTS, *IDS, *BOOKS, *ON_ONE_LINE, *REFUSED, *PASTED)
