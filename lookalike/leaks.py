"""Leaks: an item, a feature or an attribute whose users nearly are the seed list.

A list of "buyers of X" is often an item that is still among the interactions; a model then finds
the held-out seeds by that item alone, and the evidence promises what no campaign will keep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    # F1 = 2 o / (P + u) and u >= o, so fewer than this many of the list cannot reach it: only
    # what the list's own users have is counted over everybody
    enough = least * len(seeds) / (2 - least)
    found = []
    with workspace.cursor() as cursor:
        cursor.register("seeds", pa.table({"row": seeds}))
        for source in _sources(cursor):
            for value, overlap, users in cursor.execute(source.sql(), [enough]).fetchall():
                f1 = 2 * overlap / (users + len(seeds))
                if f1 >= least:
                    found.append(source.leak(value, users, overlap, f1))
        titles = _titles(cursor, [leak.name for leak in found if leak.kind == "item"])
    named = [
        replace(leak, title=titles.get(leak.name) or leak.name) if leak.kind == "item" else leak
        for leak in found
    ]
    return sorted(named, key=lambda leak: (-leak.f1, leak.kind, leak.name, leak.title))


@dataclass(frozen=True, slots=True)
class _Source:
    """A table that says who has what.

    Attributes:
        kind: Of the leaks that are found in it.
        table: With a column row.
        value: SQL for what a line says that its user has.
        where: SQL for the lines that count.
        users: SQL that counts the users of some lines.
        column: The attribute's name; empty for items and features.
    """

    kind: str
    table: str
    value: str
    where: str
    users: str
    column: str = ""

    def sql(self) -> str:
        """Return SQL for what enough seeds have: the value, how many of them have it, and of all."""
        held = f"SELECT row, {self.value} AS value FROM {self.table} WHERE {self.where}"
        return (
            f"WITH near AS (SELECT value, {self.users} AS overlap FROM ({held}) SEMI JOIN seeds "
            "USING (row) GROUP BY value HAVING overlap >= ?) "
            f"SELECT value, any_value(overlap), {self.users} FROM ({held}) JOIN near USING (value) "
            "GROUP BY value"
        )

    def leak(self, value: str, users: int, overlap: int, f1: float) -> Leak:
        """Return what was found."""
        if self.column:
            return Leak(self.kind, self.column, f"{self.column} = {value}", users, overlap, f1)
        return Leak(self.kind, value, value, users, overlap, f1)


def _sources(cursor: duckdb.DuckDBPyConnection) -> list[_Source]:
    """Return where something about users stands."""
    described = cursor.execute("DESCRIBE users").fetchall()
    personal = contacts.personal(column for column, *_ in described)
    return [
        _Source("item", "interactions", "item_id", "true", "count(DISTINCT row)"),
        _Source("feature", "features", "feature", "value <> 0", "count(DISTINCT row)"),
        *(
            _Source(
                "attribute", "users", quoted(column), f"{quoted(column)} IS NOT NULL", "count(*)", column
            )
            for column, kind, *_ in described
            if kind == "VARCHAR" and column != "user_id" and column not in personal
        ),
    ]


def _titles(cursor: duckdb.DuckDBPyConnection, items: list[str]) -> dict[str, str]:
    if not items:
        return {}
    found = cursor.execute(
        "SELECT item_id, any_value(title) FROM items "
        "WHERE list_contains(CAST(? AS VARCHAR[]), item_id) GROUP BY item_id",
        [items],
    ).fetchall()
    return dict(found)
