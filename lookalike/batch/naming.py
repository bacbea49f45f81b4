"""Names of files that are made from names of lists: none leads out of its folder, no two are alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST = 100  # characters; with a suffix and a temporary name a file system takes 255 bytes
LONGEST_BYTES = 160
# names of devices, which one system cannot write to as files
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def file_names(called: Sequence[str], suffix: str, taken: Sequence[str] = ()) -> list[str]:
    """Return a file's name for each list, in order.

    Names that would be one file, on systems that do not tell capital letters apart too, get a number.

    Args:
        called: What the lists are called.
        suffix: Of the files: ".csv".
        taken: Names of other files in the folder.
    """
    held = {name.casefold() for name in taken}
    names = []
    for one in called:
        stem = cleaned(one)
        name, number = f"{stem}{suffix}", 1
        while name.casefold() in held:
            number += 1
            name = f"{stem} ({number}){suffix}"
        held.add(name.casefold())
        names.append(name)
    return names


def cleaned(name: str) -> str:
    """Return a list's name as a file can bear it: letters, digits, spaces and some marks."""
    plain = unicodedata.normalize("NFC", name)
    plain = re.sub(r"[^\w .,()+@&=%~-]", "_", plain).strip(" .")[:LONGEST]
    plain = plain.encode()[:LONGEST_BYTES].decode(errors="ignore").rstrip(" .")
    if not plain.strip("_"):
        return "list"
    return f"_{plain}" if RESERVED.fullmatch(plain) or plain.startswith("-") else plain
