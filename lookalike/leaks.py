"""Leaks: an item, a feature or an attribute whose users nearly are the seed list.

A list of "buyers of X" is often an item that is still among the interactions; a model then finds
the held-out seeds by that item alone, and the evidence promises what no campaign will keep.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from lookalike import contacts
from lookalike.workspace import Workspace, quoted

SERIOUS = 0.8


@dataclass(frozen=True, slots=True)
class Leak:
    """Something in the workspace that tells the list's users from the others.

    Attributes:
        kind: "item", "feature" or "attribute".
        name: The item's id, the feature, or the attribute's column: what to leave out.
        title: For people: the item's title, the feature, or "column = value".
        users: Users who have it.
        overlap: Users of the list who have it.
        f1: Harmonic mean of overlap / users and overlap / list size.
    """

    kind: str
    name: str
    title: str
    users: int
    overlap: int
    f1: float

    @property
    def serious(self) -> bool:
        """Whether its users nearly are the list."""
        return self.f1 > SERIOUS

    @property
    def key(self) -> str:
        """What names it among things to leave out: "item:7", "feature:age" or "country=DE"."""
        if self.kind == "attribute":
            return self.title.replace(" = ", "=", 1)
        return f"{self.kind}:{self.name}"

    def sentence(self) -> str:
        """Say what was found and why it matters."""
        return (
            f"The users of {self.kind} {self.title!r} nearly are this list: {self.users:,} users, "
            f"{self.overlap:,} of them on it. Left in, it makes the evidence too good to be true."
        )


def find(workspace: Workspace, rows: np.ndarray, least: float = 0.5) -> list[Leak]:
    """Find what the list may have been made of, the closest first.

    Args:
        workspace: Where interactions, features and attributes are.
        rows: (P,) the list's `users.row`.
        least: The F1 from which something is reported, above 0.
    """
    seeds = np.unique(np.asarray(rows, dtype=np.int32))
    if not len(seeds):
        return []
    with workspace.cursor() as cursor:
        cursor.register("seeds", pa.table({"row": seeds}))
        # F1 = 2 o / (P + u) and u >= o, so fewer than this many of the list cannot reach it: only
        # what the list's own users have is counted over everybody
        enough = least * len(seeds) / (2 - least)
        held, names = _held(cursor)
        found = cursor.execute(
            f"""
            WITH held AS ({held}),
            near AS (
                SELECT kind, name, title, count(DISTINCT row) AS overlap
                FROM held SEMI JOIN seeds USING (row)
                GROUP BY ALL HAVING overlap >= $enough
            ),
            counted AS (
                SELECT kind, name, title, any_value(overlap) AS overlap, count(DISTINCT row) AS users
                FROM held JOIN near USING (kind, name, title) GROUP BY ALL
            )
            SELECT kind, name, coalesce(
                (SELECT any_value(items.title) FROM items WHERE kind = 'item' AND item_id = name), title
            ) AS shown, users, overlap, 2 * overlap / (users + $seeds) AS f1
            FROM counted WHERE f1 >= $least ORDER BY f1 DESC, kind, name, shown
            """,
            {"enough": enough, "seeds": len(seeds), "least": least, **names},
        ).fetchall()
    return [Leak(*row) for row in found]


def _held(cursor: duckdb.DuckDBPyConnection) -> tuple[str, dict[str, str]]:
    """Return SQL for who has what, (kind, name, title, row), and its parameters."""
    parts = [
        "SELECT 'item' AS kind, item_id AS name, item_id AS title, row FROM interactions",
        "SELECT 'feature', feature, feature, row FROM features WHERE value <> 0",
    ]
    names: dict[str, str] = {}
    described = cursor.execute("DESCRIBE users").fetchall()
    personal = contacts.personal(column for column, *_ in described)
    for column, kind, *_ in described:
        if kind == "VARCHAR" and column != "user_id" and column not in personal:
            name = f"column{len(names)}"
            names[name] = column
            cell = quoted(column)
            parts.append(
                f"SELECT 'attribute', ${name}::VARCHAR, ${name}::VARCHAR || ' = ' || {cell}, row "
                f"FROM users WHERE {cell} IS NOT NULL"
            )
    return " UNION ALL ".join(parts), names
