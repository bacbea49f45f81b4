"""Snapshots of embeddings: writing, listing, choosing and removing them.

A snapshot `<id>` is a row of `snapshots`, a table `embeddings_<id>(row, vector FLOAT[d])` in row
order and, when its items have vectors too, `item_embeddings_<id>(item_id, vector FLOAT[d])`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lookalike import general
from lookalike.errors import NotFound
from lookalike.workspace import Workspace, next_number, now

CHECKED = 100_000  # vectors that are looked at together
LEARN = "Learn embeddings: python -m lookalike embed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One set of user embeddings.

    Attributes:
        id: Its number; a removed snapshot's number is not given out again.
        kind: "imported" or "learned".
        dim: Columns of a user vector.
        users: Users that have a vector.
        created: When, in UTC.
        source: Where it came from, in words ("embeddings.parquet", "interactions").
        how: The recipe; `how["views"]` lists (name, first column, end column).
    """

    id: int
    kind: str
    dim: int
    users: int
    created: dt.datetime
    source: str
    how: dict[str, Any] = field(hash=False)

    @property
    def table(self) -> str:
        """The name of the table that holds the user vectors."""
        return user_table(self.id)

    @property
    def item_table(self) -> str:
        """The name of the table that holds the item vectors, where there are any."""
        return item_table(self.id)


def user_table(snapshot: int) -> str:
    """Return the name of the table of a snapshot's user vectors."""
    return f"embeddings_{int(snapshot)}"


def item_table(snapshot: int) -> str:
    """Return the name of the table of a snapshot's item vectors."""
    return f"item_embeddings_{int(snapshot)}"


@contextlib.contextmanager
def writing_vectors(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give `workspace.write()` with vectors stored uncompressed: floats gain nothing from packing.

    DuckDB chooses the compression when the transaction is committed, so the setting has to
    outlive it.
    """
    with workspace.cursor() as setting:
        setting.execute("SET force_compression = 'uncompressed'")
        try:
            with workspace.write() as cursor:
                yield cursor
        finally:
            setting.execute("RESET force_compression")


def begin_snapshot(cursor: duckdb.DuckDBPyConnection, dim: int) -> int:
    """Take the next snapshot number and make its empty table of user vectors.

    Args:
        cursor: A cursor inside the transaction that also fills the table and records it.
        dim: Columns of a vector, at least 1.
    """
    snapshot = next_number(cursor, "snapshots")
    cursor.execute(
        f"CREATE TABLE {user_table(snapshot)} (row INTEGER NOT NULL, vector FLOAT[{int(dim)}] NOT NULL)"
    )
    return snapshot


def record_snapshot(
    cursor: duckdb.DuckDBPyConnection,
    snapshot: int,
    *,
    kind: str,
    dim: int,
    source: str,
    how: dict[str, Any],
) -> None:
    """Enter a filled snapshot in the list of snapshots."""
    cursor.execute(
        f"INSERT INTO snapshots SELECT ?, ?, ?, count(*), ?, ?, ? FROM {user_table(snapshot)}",
        [snapshot, kind, dim, now(), source, json.dumps(how)],
    )


def touch_snapshot(cursor: duckdb.DuckDBPyConnection, into: Snapshot, source: str) -> None:
    """Enter that vectors of a snapshot were added or replaced, so that its matrix is built anew."""
    names = into.source.split(", ")
    sources = into.source if source in names else f"{into.source}, {source}"
    how = into.how | {"revision": into.how.get("revision", 0) + 1}
    cursor.execute(
        f"UPDATE snapshots SET users = (SELECT count(*) FROM {into.table}), source = ?, how = ? "
        "WHERE id = ?",
        [sources, json.dumps(how), into.id],
    )


def write_snapshot(
    workspace: Workspace,
    kind: str,
    rows: NDArray[np.int32],
    vectors: NDArray[np.float32],
    source: str,
    how: dict[str, Any],
    item_ids: Sequence[str] | None = None,
    item_vectors: NDArray[np.float32] | None = None,
) -> int:
    """Store a new snapshot in one transaction and return its number.

    Args:
        workspace: Where to store it.
        kind: "imported" or "learned".
        rows: `users.row` of each vector, without repeats, shape (n,).
        vectors: User vectors, finite, shape (n, d).
        source: Where they come from, in words.
        how: The recipe, as JSON can hold it.
        item_ids: Items that have vectors, length m; needs `item_vectors`.
        item_vectors: Item vectors, shape (m, d2).

    Raises:
        ValueError: The shapes do not fit, a row repeats, or a vector is not finite.
    """
    if vectors.ndim != 2 or rows.shape != vectors.shape[:1] or not vectors.size:
        raise ValueError(f"rows {rows.shape} and vectors {vectors.shape}: (n,) and (n, d) expected")
    if (item_ids is None) != (item_vectors is None):
        raise ValueError("item_ids and item_vectors come together")
    if item_ids is not None and item_vectors is not None and len(item_ids) != len(item_vectors):
        raise ValueError(f"{len(item_ids)} item_ids for {len(item_vectors)} item_vectors")
    if not all(np.isfinite(vectors[at : at + CHECKED]).all() for at in range(0, len(vectors), CHECKED)):
        raise ValueError("a user vector is not finite")
    steps = np.diff(rows)
    if (steps < 0).any():
        order = np.argsort(rows, kind="stable")
        rows, vectors = rows[order], vectors[order]
        steps = np.diff(rows)
    if (steps == 0).any():
        raise ValueError("a row has two vectors")
    dim = vectors.shape[1]
    with writing_vectors(workspace) as cursor:
        snapshot = begin_snapshot(cursor, dim)
        users = pa.table({"row": rows.astype(np.int32, copy=False), "vector": _lists(vectors)})
        _append(cursor, user_table(snapshot), users)
        if item_ids is not None and item_vectors is not None:
            cursor.execute(
                f"CREATE TABLE {item_table(snapshot)} "
                f"(item_id VARCHAR NOT NULL, vector FLOAT[{item_vectors.shape[1]}] NOT NULL)"
            )
            ids = pa.array(item_ids, pa.string())
            items = pa.table({"item_id": ids, "vector": _lists(item_vectors)})
            _append(cursor, item_table(snapshot), items)
        record_snapshot(cursor, snapshot, kind=kind, dim=dim, source=source, how=how)
    return snapshot


def snapshots(workspace: Workspace) -> list[Snapshot]:
    """Return the workspace's snapshots, newest first."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT id, kind, dim, users, created, source, how FROM snapshots ORDER BY id DESC"
        ).fetchall()
    return [
        Snapshot(number, kind, dim, users, created, source, json.loads(how))
        for number, kind, dim, users, created, source, how in found
    ]


def to_frame(found: Sequence[Snapshot]) -> pd.DataFrame:
    """Return one row a snapshot: id, kind, users, columns, created, source."""
    return pd.DataFrame(
        [(one.id, one.kind, one.users, one.dim, one.created, one.source) for one in found],
        columns=["id", "kind", "users", "columns", "created", "source"],
    )


def get(workspace: Workspace, snapshot: int | None = None) -> Snapshot:
    """Return a snapshot by its number; None means the newest one that left no item out.

    One that was learned without some items serves the runs that leave them out; it is the newest
    only where there is no other.

    Raises:
        NotFound: There is none, or none of that number.
    """
    known = snapshots(workspace)
    if not known:
        raise NotFound("The workspace has no embeddings yet.", LEARN)
    if snapshot is None:
        return next((one for one in known if not one.how.get("leave_out")), known[0])
    for candidate in known:
        if candidate.id == snapshot:
            return candidate
    listed = ", ".join(str(candidate.id) for candidate in known[:8])
    raise NotFound(f"There is no snapshot {snapshot}; there are: {listed}.", f"{LEARN}.")


def remove(workspace: Workspace, snapshot: int) -> None:
    """Remove a snapshot, its tables, and the files that were built from it.

    Raises:
        NotFound: There is no snapshot of that number.
    """
    gone = get(workspace, snapshot)
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM snapshots WHERE id = ?", [gone.id])
        cursor.execute(f"DROP TABLE IF EXISTS {gone.table}")
        cursor.execute(f"DROP TABLE IF EXISTS {gone.item_table}")
    general.remove_of(workspace, gone.id)
    for kind in ("past", "prior"):
        workspace.file_in("models", f"{kind}-{gone.id}.npz").unlink(missing_ok=True)
    for suffix in (".npy", ".npz"):
        workspace.file_in("vectors", f"{gone.id}{suffix}").unlink(missing_ok=True)


def _lists(vectors: NDArray[np.float32]) -> pa.FixedSizeListArray:
    flat = np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), vectors.shape[1])


def _append(cursor: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    cursor.register("incoming", rows)
    try:
        cursor.execute(f"INSERT INTO {table} SELECT * FROM incoming")
    finally:
        cursor.unregister("incoming")
