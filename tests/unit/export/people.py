"""A small world of people whose contact data arrives in every state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from lookalike.workspace import Workspace, quoted
from tests.unit.worlds import add_users

HASHED = "0123456789ABCDEFabcdef0123456789ABCDEFabcdef0123456789ABCDEFabcd"
COLUMNS = (
    "user_id", "country", "E-Mail", "hashed_email", "phone", "maid", "first_name", "last_name", "city",
    "state", "zip",
)  # fmt: skip
PEOPLE = (
    ("u1", "Deutschland", " Jürgen.Müller+shop@GMail.com ", None, "0151 / 234 56-78", None, "Jürgen",
     "Müller-Lüdenscheidt", "São Paulo", "Nordrhein-Westfalen", "01067"),
    ("=u2", "us", "ann@example.com", None, "(415) 555-2671", "AECE52E7-03EE-455A-B3C4-E57283966239",
     '=cmd("calc")', "O'Brien, Jr.", "New York", "California", "94107-1234"),
    ("0003", "GB", HASHED, None, "+44 (0)20 7946 0958", "aece52e703ee455ab3c4e57283966239", "Zoë 😀",
     'Le "Roi"', "Saint-Étienne", None, "sw1a  1aa"),
    ("u4", "Atlantis", "two@example.com; three@example.com", None, "151 2345678",
     "00000000-0000-0000-0000-000000000000", "Line\nbreak", "-1+1", "Praha 1", "x", "1"),
    ("u5", None, None, HASHED.lower(), "0033 6 12 34 56 78", None, "@home", "+plus", None, None, None),
    ("u6", None, None, None, None, None, None, None, None, None, None),
    ("ü,7", "it", "not an address", "abc", "4.91512E+12", "not-an-id", "\tTab", "😀", "!!!", "", "  "),
)  # fmt: skip


def fill(workspace: Workspace, people: Sequence[Sequence[object]], columns: Sequence[str]) -> None:
    with workspace.write() as cursor:
        for name in columns:
            if name not in ("user_id", "country"):
                cursor.execute(f"ALTER TABLE users ADD COLUMN {quoted(name)} VARCHAR")
    cells = [pa.array(values, pa.string()) for values in zip(*people, strict=True)]
    named = dict(zip(columns, cells, strict=True))
    add_users(workspace, named.pop("user_id").to_pylist(), **named)


def members(rows: Sequence[int], **columns: Sequence[object]) -> pa.Table:
    """An audience of users in the order of their ranks."""
    count = len(rows)
    ranks = np.arange(1, count + 1)
    return pa.table(
        {
            "row": pa.array(rows, pa.int32()),
            "score": pa.array([1 / 3 - 0.05 * place for place in range(count)], pa.float32()),
            "rank": pa.array(ranks, pa.int32()),
            "percentile": np.round(100.0 * (count - ranks + 1) / max(count, 1), 4),
            **columns,
        }
    )


def awkward(workspace: Workspace) -> pa.Table:
    fill(workspace, PEOPLE, COLUMNS)
    return members([2, 0, 1, 4, 3, 6, 5])


def one(workspace: Workspace, values: Mapping[str, object]) -> pa.Table:
    """A workspace with one user who has these values."""
    fill(workspace, [("someone", *values.values())], ("user_id", *values))
    return members([0])
