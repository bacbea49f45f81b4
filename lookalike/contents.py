"""What is in a workspace, at a glance."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from lookalike.importing import snapshots
from lookalike.workspace import Workspace


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


def contents(workspace: Workspace) -> Contents:
    """Count what is in a workspace."""
    newest = snapshots.get(workspace) if snapshots.snapshots(workspace) else None
    with workspace.cursor() as cursor:
        row = cursor.execute(
            "SELECT (SELECT count(*) FROM users), "
            "(SELECT count(DISTINCT item_id) FROM interactions), "
            "(SELECT count(*) FROM interactions), "
            "(SELECT count(DISTINCT feature) FROM features), "
            "(SELECT count(*) FROM metrics), "
            "(SELECT count(*) FROM snapshots), "
            "$dim, $embedded, "
            "(SELECT count(*) FROM seed_lists), "
            "(SELECT count(*) FROM runs), "
            "(SELECT count(*) FROM experiments), "
            "(SELECT max(ts) FROM interactions)",
            {"dim": newest.dim if newest else 0, "embedded": newest.users if newest else 0},
        ).fetchone()
    return Contents(*row) if row else Contents(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None)
