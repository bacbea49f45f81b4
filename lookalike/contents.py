"""What is in a workspace, at a glance."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any
from weakref import WeakKeyDictionary

import duckdb

from lookalike.importing import snapshots
from lookalike.workspace import Workspace, quoted

# different values of a column, as counted when its table had so many rows and this last one: a look
# at a page must not go through millions of interactions that are the same as at the last look
_Counted = dict[tuple[str, str], tuple[tuple[int, int], int]]
_counted: WeakKeyDictionary[Workspace, _Counted] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Contents:
    """Counts of what a workspace holds.

    Attributes:
        users: Users known.
        items: Distinct items in the interactions.
        interactions: Rows of interactions.
        features: Distinct imported features.
        metrics: Engagement metrics.
        snapshots: Snapshots of embeddings.
        dim: Columns of the newest snapshot; 0 without one.
        embedded: Users of the newest snapshot.
        seed_lists: Saved lists.
        runs: Runs of any kind.
        experiments: Saved readouts.
        imported: The newest interaction, in UTC, where interactions carry a time.
    """

    users: int
    items: int
    interactions: int
    features: int
    metrics: int
    snapshots: int
    dim: int
    embedded: int
    seed_lists: int
    runs: int
    experiments: int
    imported: dt.datetime | None

    def counts(self) -> list[tuple[str, int]]:
        """Return what to show of it, in words."""
        return [
            ("users", self.users),
            ("interactions", self.interactions),
            ("items", self.items),
            ("features", self.features),
            ("engagement metrics", self.metrics),
            ("embedding snapshots", self.snapshots),
            ("embedding columns (newest)", self.dim),
            ("users with an embedding (newest)", self.embedded),
            ("seed lists", self.seed_lists),
            ("runs", self.runs),
            ("experiments", self.experiments),
        ]

    def report(self) -> dict[str, Any]:
        """Return the counts as JSON can hold them."""
        return asdict(self) | {"imported": self.imported.isoformat() if self.imported else None}


@dataclass(frozen=True, slots=True)
class Held:
    """What one kind of table holds.

    Attributes:
        kind: One of `importing.KINDS`.
        rows: Rows; of features and metrics, filled cells.
        users: Users that it says something of; None where it says nothing of users.
        newest: The newest moment in it, in UTC, where it carries times.
    """

    kind: str
    rows: int
    users: int | None
    newest: dt.datetime | None


def tables(workspace: Workspace) -> list[Held]:
    """Return what each kind of table holds, in the order in which one would import them."""
    known = snapshots.snapshots(workspace)
    embedded = snapshots.get(workspace).users if known else 0
    with workspace.cursor() as cursor:
        metrics = [name for (name,) in cursor.execute("SELECT name FROM metrics").fetchall()]
        cells = " + ".join(f"count({quoted(name)})" for name in metrics) or "0"
        of_interactions, of_features = (
            _different(workspace, cursor, table, "row") for table in ("interactions", "features")
        )
        found = cursor.execute(
            "SELECT 'interactions', count(*), $interactions, max(ts) FROM interactions UNION ALL "
            f"SELECT 'engagement', {cells}, count(*), NULL FROM engagement UNION ALL "
            "SELECT 'users', count(*), count(*), max(last_active) FROM users UNION ALL "
            "SELECT 'items', count(*), NULL, NULL FROM items UNION ALL "
            "SELECT 'features', count(*), $features, NULL FROM features UNION ALL "
            "SELECT 'embeddings', coalesce(sum(users), 0)::BIGINT, $embedded, max(created) "
            "FROM snapshots",
            {"embedded": embedded, "interactions": of_interactions, "features": of_features},
        ).fetchall()
    return [Held(*row) for row in found]


def contents(workspace: Workspace) -> Contents:
    """Count what is in a workspace."""
    newest = snapshots.get(workspace) if snapshots.snapshots(workspace) else None
    with workspace.cursor() as cursor:
        row = cursor.execute(
            "SELECT (SELECT count(*) FROM users), "
            "$items, "
            "(SELECT count(*) FROM interactions), "
            "$features, "
            "(SELECT count(*) FROM metrics), "
            "(SELECT count(*) FROM snapshots), "
            "$dim, $embedded, "
            "(SELECT count(*) FROM seed_lists), "
            "(SELECT count(*) FROM runs), "
            "(SELECT count(*) FROM experiments), "
            "(SELECT max(ts) FROM interactions)",
            {
                "dim": newest.dim if newest else 0,
                "embedded": newest.users if newest else 0,
                "items": _different(workspace, cursor, "interactions", "item_id"),
                "features": _different(workspace, cursor, "features", "feature"),
            },
        ).fetchone()
    return Contents(*row) if row else Contents(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None)


def _different(workspace: Workspace, cursor: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    """Return how many different values a column has; counted anew only where the table has changed."""
    found = cursor.execute(f"SELECT count(*), coalesce(max(rowid), 0) FROM {quoted(table)}").fetchone()
    state = (int(found[0]), int(found[1])) if found else (0, 0)
    known = _counted.setdefault(workspace, {})
    held = known.get((table, column))
    if held is None or held[0] != state:
        counted = cursor.execute(
            f"SELECT count(DISTINCT {quoted(column)}) FROM {quoted(table)}"
        ).fetchone()
        held = known[table, column] = state, int(counted[0]) if counted else 0
    return held[1]
