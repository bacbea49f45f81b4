"""A fingerprint of what a model learns from besides its list: whether the data are still the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lookalike.importing.snapshots import Snapshot
from lookalike.workspace import Workspace, quoted

# what people call the rows of a table
ROWS = {
    "users": "users",
    "interactions": "interactions",
    "features": "features",
    "engagement": "rows of engagement metrics",
}
DataPrint = Mapping[str, Sequence[int | str]]


def data_print(workspace: Workspace, snapshot: Snapshot) -> dict[str, list[int | str]]:
    """Return the number of rows of each table and a hash of what is in them, in any order.

    Another release of the database may hash otherwise: everything then counts as changed.

    Args:
        workspace: Where the data are.
        snapshot: The embeddings that are used; vectors can be added to them and replaced.
    """
    found: dict[str, list[int | str]] = {}
    with workspace.cursor() as cursor:
        for table in ROWS:
            row = cursor.execute(
                f"SELECT count(*), coalesce(sum(hash(held)), 0)::VARCHAR FROM {quoted(table)} AS held"
            ).fetchone()
            found[table] = list(row) if row else [0, "0"]
    found["embeddings"] = [snapshot.id, snapshot.how.get("revision", 0), snapshot.users]
    return found


def changes(before: DataPrint, after: DataPrint) -> list[str]:
    """Say what has changed from one print to another, a phrase each; empty where nothing has.

    Args:
        before: As `data_print` gave it; empty where it was not kept.
        after: The same, later.
    """
    said = []
    for table, label in ROWS.items():
        if table not in before or list(before[table]) == list(after[table]):
            continue
        more = int(after[table][0]) - int(before[table][0])
        if more:
            said.append(f"{abs(more):,} {'more' if more > 0 else 'fewer'} {label}")
        else:
            said.append(f"other {label}")
    if "embeddings" in before and list(before["embeddings"]) != list(after["embeddings"]):
        newer = int(after["embeddings"][0]) - int(before["embeddings"][0])
        said.append(f"{'newer' if newer > 0 else 'other'} embeddings")
    return said
