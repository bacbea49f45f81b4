"""Ids that a spreadsheet rewrote: recognised by how they look, and named by what happened to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.errors import shown

MONTHS = "jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
LONG = r"^[1-9]\d{15,}$"
ROUNDED = r"^[1-9]\d{14}0+$"
FEWEST_ROUNDED = 3


class Damage(NamedTuple):
    """One way in which ids are damaged.

    Attributes:
        kind: A word for it.
        pattern: What such ids look like; "" where the text alone does not tell.
        what: What the cell is now, to follow "is".
        remedy: What to do.
    """

    kind: str
    pattern: str
    what: str
    remedy: str


AS_TEXT = "Export the ids again, with the column formatted as text."
DAMAGES = (
    Damage(
        "shortened",
        r"^\d([.,]\d+)?[eE]\+\d{2,3}$",
        "a long number that a spreadsheet shortened; its digits are lost",
        AS_TEXT,
    ),
    Damage(
        "decimals",
        r"^\d+[.,]0+$",
        "a whole number to which a program added decimals",
        "Export the ids as text or as whole numbers.",
    ),
    Damage(
        "date",
        r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
        r"|^\d{1,2}/\d{1,2}/\d{2,4}$|^\d{1,2}\.\d{1,2}\.\d{2,4}$"
        rf"|(?i)^\d{{1,2}}[-. /]({MONTHS})[a-zä]*\.?([-. /]\d{{2,4}})?$"
        rf"|(?i)^({MONTHS})[a-zä]*\.?[- ]\d{{2,4}}$",
        "a date that a spreadsheet made of the id; the id itself is lost",
        AS_TEXT,
    ),
    Damage(
        "rounded",
        ROUNDED,
        "a number that a spreadsheet rounded after 15 digits; the other digits are lost",
        AS_TEXT,
    ),
    Damage(
        "number",
        "",
        "a number or date that a spreadsheet made of the id; the id itself is lost",
        AS_TEXT,
    ),
)
NAMED = {damage.kind: damage for damage in DAMAGES}


def damaged(ids: pa.StringArray) -> np.ndarray:
    """Find ids that look as if a spreadsheet had rewritten them, (n,) bool."""
    found = np.zeros(len(ids), dtype=bool)
    for damage in DAMAGES:
        if damage.pattern and damage.kind != "rounded":
            found |= _like(ids, damage.pattern)
    long, zeros = _like(ids, LONG), _like(ids, ROUNDED)
    # one long id may well end in zero; several that all do were rounded
    if zeros.sum() >= FEWEST_ROUNDED and np.array_equal(long, zeros):
        found |= zeros
    return found


def kinds(ids: pa.StringArray) -> np.ndarray:
    """Return what happened to each of these damaged ids, as a place in `DAMAGES`, (n,) int8."""
    found = np.full(len(ids), len(DAMAGES) - 1, dtype=np.int8)
    for place in reversed(range(len(DAMAGES) - 1)):
        found[_like(ids, DAMAGES[place].pattern)] = place
    return found


def sentence(text: str) -> str:
    """Say what became of one damaged id."""
    place = int(kinds(pa.array([text], pa.string()))[0])
    return f"{shown(text)} is {DAMAGES[place].what}."


def _like(ids: pa.StringArray, pattern: str) -> np.ndarray:
    flags: np.ndarray = pc.match_substring_regex(ids, pattern).to_numpy(zero_copy_only=False)
    return flags
