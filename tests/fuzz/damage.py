"""Ways to damage a file, as functions of a random source and its bytes."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

Damage = Callable[[random.Random, bytes, Sequence[bytes]], bytes]

# what reading a broken archive raises
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)
ENCODINGS = (
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-8-sig",
    "utf-32",
    "latin-1",
    "cp1252",
    "cp037",
    "shift_jis",
    "utf-7",
)
NEWLINES = ("\r", "\r\n", "\n\r", "\n\n", "\x85", "\u2028", "\x0b", "\x0c", "\x1e", "")
ODD = (
    '"',
    "'",
    "\\",
    ",",
    ";",
    "\t",
    "|",
    "\x00",
    "\x1f",
    "\x7f",
    "\x1b[31m",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\u00a0",
    "é",
    "ß",
    "İ",
    "🙂",
    "\U0010ffff",
    "=1+1",
    "=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "+1",
    "-1",
    "1e999",
    "-inf",
    "nan",
    "1.23E+10",
    "00017",
    "123.0",
    "9" * 400,
    "';DROP TABLE users;--",
    "%s%n",
    "../../etc/passwd",
    "{}",
    "{0}",
    "NULL",
    "\ud7ff",
    "$(id)",
    "<script>",
    "[1,2",
    "2024-02-31",
)


def truncated(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def without_its_start(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[chance.randrange(len(data) + 1) :]


def flipped(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    held = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64)) if held else 0):
        held[chance.randrange(len(held))] ^= 1 << chance.randrange(8)
    return bytes(held)


def zeroed(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at, length = chance.randrange(len(data) + 1), chance.choice((1, 2, 16, 300))
    return data[:at] + bytes(length) + data[at + chance.choice((0, length)) :]


def noisy(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 4, 50, 1000))) + data[at:]


def cut_out(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[end:]


def repeated(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] * chance.choice((1, 3, 20)) + data[end:]


def joined(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    return data + chance.choice((b"", b"\n", b"\0")) + chance.choice(others)


def in_another_encoding(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return _text(data).encode(chance.choice(ENCODINGS), "replace")


def with_other_newlines(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return _bytes(_text(data).replace("\r\n", "\n").replace("\n", chance.choice(NEWLINES)))


def with_odd_text(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    text = _text(data)
    for _ in range(chance.choice((1, 3, 12))):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(ODD) + text[at:]
    return _bytes(text)


def with_odd_cells(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = _text(data).split("\n")
    for _ in range(chance.choice((1, 4))):
        at = chance.randrange(len(lines))
        cells = lines[at].split(",")
        cells[chance.randrange(len(cells))] = chance.choice(ODD)
        lines[at] = ",".join(cells)
    return _bytes("\n".join(lines))


def with_another_delimiter(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return _bytes(_text(data).replace(",", chance.choice((";", "\t", "|", " ", "", ",,", ":", '","'))))


def with_a_huge_cell(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    filling = chance.choice((b"x", b"9", b'"', b"'", b" ", b"\xff", b"=", b"[", b"1,", b"1;"))
    return data[:at] + filling * chance.choice((2_000, 70_000, 140_000, 400_000)) + data[at:]


def with_lines_moved(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def ragged(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 5))):
        at = chance.randrange(len(lines))
        lines[at] = chance.choice((lines[at] + b",1,2,3", lines[at].split(b",")[0], b",", b",,,,", b" "))
    return b"\n".join(lines)


def under_another_first_line(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    head, _, rest = data.partition(b"\n")
    names = head.split(b",")
    change = chance.randrange(5)
    if change == 0:
        names[chance.randrange(len(names))] = chance.choice(names)
    elif change == 1:
        names[chance.randrange(len(names))] = b""
    elif change == 2:
        names = [name.upper() for name in names]
    elif change == 3:
        names.append(chance.choice((b"row", b"rowid", b'a"b', b"#line", b"n", b"staged", b"x" * 300)))
    else:
        chance.shuffle(names)
    return b",".join(names) + b"\n" + rest


def inside_the_archive(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage one part of a zip archive and pack it again, so that every checksum is right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {one.filename: archive.read(one) for one in archive.infolist()}
    except BROKEN:
        return flipped(chance, data, others)
    if not parts:
        return data
    name = chance.choice(sorted(parts))
    if chance.random() < 0.15:
        del parts[name]
    else:
        parts[name] = chance.choice(INSIDE)(chance, parts[name], others)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return buffer.getvalue()


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


INSIDE: tuple[Damage, ...] = (truncated, flipped, cut_out, repeated, with_odd_text, zeroed)
BYTES: tuple[Damage, ...] = (
    truncated,
    without_its_start,
    flipped,
    zeroed,
    noisy,
    cut_out,
    repeated,
    joined,
)
TEXT: tuple[Damage, ...] = (
    *BYTES,
    in_another_encoding,
    with_other_newlines,
    with_odd_text,
    with_odd_text,
    with_odd_cells,
    with_odd_cells,
    with_another_delimiter,
    with_a_huge_cell,
    with_lines_moved,
    ragged,
    under_another_first_line,
)
ARCHIVE: tuple[Damage, ...] = (*BYTES, *[inside_the_archive] * 8)


def damaged(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Damage a file in one to three ways that suit its kind; now and then leave it whole."""
    ways = ARCHIVE if data.startswith(b"PK") else BYTES if data.startswith(b"PAR1") else TEXT
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 2, 3))):
        data = chance.choice(ways)(chance, data, others)
    return data
