"""The sparse raw features of the users: what they interacted with, and their attributes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike import contacts, memory
from lookalike.workspace import Workspace, quoted

LEAST_USERS = 3  # an item or a value shared by fewer users says nothing about the others
BATCH = 1_000_000  # cells that come from the database at once
CELL = 20  # bytes of a cell while the matrix is made: row, column and value, and where they go to
LINES = 100_000  # users whose cells are looked at together


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """A sparse matrix with one line a user and one column a feature.

    Attributes:
        matrix: CSR float32, shape (users, features); line i belongs to `users.row` = i, unless it
            is said otherwise.
        names: The column's name, "item:<item_id>", "<attribute>=<value>" or "feature:<name>".
        items: How many columns, the first ones, are of items.
    """

    matrix: sp.csr_matrix
    names: list[str]
    items: int

    def of(self, rows: NDArray[np.int32]) -> Features:
        """Return the features of the users of these `users.row`, ascending and without repeats."""
        if len(rows) == self.matrix.shape[0]:
            return self
        return replace(self, matrix=self.matrix[rows])

    def items_each(self) -> NDArray[np.int64]:
        """Return how many different items each user has, shape (users,)."""
        matrix = self.matrix
        if self.items == matrix.shape[1]:
            return np.diff(matrix.indptr).astype(np.int64)
        found = np.zeros(matrix.shape[0], np.int64)
        if self.items:
            for start in range(0, len(found), LINES):
                edges = matrix.indptr[start : start + LINES + 1]
                of_item = matrix.indices[edges[0] : edges[-1]] < self.items
                up_to = np.concatenate([[0], np.cumsum(of_item)])[edges - edges[0]]
                found[start : start + LINES] = np.diff(up_to)
        return found


def interactions(workspace: Workspace, leave_out: Collection[str] = ()) -> Features:
    """Return the binary users x items matrix of all items with at least three users.

    Args:
        workspace: Where the interactions are.
        leave_out: Items to leave out, by item_id.
    """
    with workspace.cursor() as cursor:
        return _assembled(cursor, [_items(cursor, leave_out)], frozenset())


def load(workspace: Workspace, leave_out: Collection[str] = ()) -> Features:
    """Return interactions, user attributes and imported features as one matrix.

    Imported feature values are divided by their column's largest magnitude, so that every column
    is on the scale of the indicators beside it.

    Args:
        workspace: Where they are.
        leave_out: Items, features ("feature:age") or attribute values ("country=DE") to leave out.
    """
    items = [name.removeprefix("item:") for name in leave_out]
    with workspace.cursor() as cursor:
        known = contacts.attributes(workspace)
        personal = contacts.personal(known)  # nobody is like somebody else for a first name
        parts = [_items(cursor, items)]
        parts += [_attribute(cursor, name, at) for at, name in enumerate(known) if name not in personal]
        parts.append(_imported(cursor))
        return _assembled(cursor, parts, frozenset(leave_out))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some columns: their names, at most how many cells they have, and SQL for these.

    Attributes:
        names: Of the columns.
        most: Cells at most.
        cells: SQL for row and place of each cell, INTEGER, and its value where `values`.
        values: Whether the cells have values; they are 1 otherwise.
    """

    names: list[str]
    most: int
    cells: str
    values: bool = False


def _items(cursor: duckdb.DuckDBPyConnection, leave_out: Collection[str]) -> _Part:
    # several events of a user with an item are told apart in the matrix: DISTINCT takes far longer
    return _part(
        cursor,
        "held_items",
        "SELECT item_id AS held FROM interactions "
        "WHERE NOT list_contains(CAST($1 AS VARCHAR[]), item_id)",
        "SELECT row, place FROM interactions JOIN held_items ON held = item_id",
        "item:",
        [list(leave_out)],
    )


def _attribute(cursor: duckdb.DuckDBPyConnection, name: str, number: int) -> _Part:
    cell, table = f"CAST({quoted(name)} AS VARCHAR)", f"held_{number}"
    return _part(
        cursor,
        table,
        f"SELECT {cell} AS held FROM users WHERE {cell} IS NOT NULL",
        # an attribute may be called "held" or "place"
        f"SELECT users.row, {table}.place FROM users JOIN {table} "
        f"ON {table}.held = CAST(users.{quoted(name)} AS VARCHAR)",
        f"{name}=",
    )


def _part(
    cursor: duckdb.DuckDBPyConnection,
    table: str,
    source: str,
    cells: str,
    prefix: str,
    parameters: list[list[str]] | None = None,
) -> _Part:
    """One 0/1 column for each value `held` that at least three lines of `source` share."""
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT held, count(*) AS many, "
        f"(row_number() OVER (ORDER BY held) - 1)::INTEGER AS place FROM ({source}) "
        f"GROUP BY held HAVING count(*) >= {LEAST_USERS}",
        parameters,
    )
    found = cursor.execute(f"SELECT held, many FROM {table} ORDER BY place").fetchall()
    return _Part([f"{prefix}{value}" for value, _ in found], sum(many for _, many in found), cells)


def _imported(cursor: duckdb.DuckDBPyConnection) -> _Part:
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE held_features AS SELECT feature AS held, count(*) AS many, "
        "(row_number() OVER (ORDER BY feature) - 1)::INTEGER AS place, max(abs(value)) AS largest "
        f"FROM features GROUP BY feature HAVING count(*) >= {LEAST_USERS} AND max(abs(value)) > 0"
    )
    found = cursor.execute("SELECT held, many FROM held_features ORDER BY place").fetchall()
    return _Part(
        [f"feature:{name}" for name, _ in found],
        sum(many for _, many in found),
        # who has 0 of it has nothing: what counts cells must not count these
        "SELECT row, place, (value / largest)::FLOAT FROM features JOIN held_features "
        "ON held = feature WHERE value <> 0",
        values=True,
    )


def _assembled(
    cursor: duckdb.DuckDBPyConnection, parts: list[_Part], unwanted: frozenset[str]
) -> Features:
    """Put the parts side by side; the first is of items."""
    counted = cursor.execute("SELECT coalesce(max(row) + 1, 0) FROM users").fetchone()
    lines = int(counted[0]) if counted else 0
    most = sum(part.most for part in parts)
    memory.check(most * CELL, f"Reading what is known of {lines:,} users ({most:,} facts)")
    names = [name for part in parts for name in part.names]
    # marks take a byte until the matrix is whole
    kind = np.float32 if any(part.values and part.names for part in parts) else np.int8
    rows, columns = np.empty(most, np.int32), np.empty(most, np.int32)
    values = np.ones(most, kind)
    filled = first = 0
    for part in parts:
        for cells in _fetched(cursor, part) if part.names else ():
            end = filled + len(cells[0])
            rows[filled:end], columns[filled:end] = cells[0], cells[1]
            columns[filled:end] += first
            if part.values:
                values[filled:end] = cells[2]
            filled = end
        first += len(part.names)
    shape = (lines, len(names))
    places = rows[:filled], columns[:filled]
    matrix = sp.csr_matrix((values[:filled], places), shape=shape)
    del rows, columns, values, places
    items = len(parts[0].names)
    if kind is np.int8:
        matrix.data[:] = 1
    else:
        matrix.data[matrix.indices < items] = 1
    users = np.bincount(matrix.indices, minlength=len(names))
    keep = np.array([name not in unwanted for name in names], bool)
    keep[:items] &= users[:items] >= LEAST_USERS
    if not keep.all():
        matrix = _columns(matrix, keep)
        names = [name for name, kept in zip(names, keep.tolist(), strict=True) if kept]
    return Features(matrix.astype(np.float32, copy=False), names, int(keep[:items].sum()))


def _fetched(cursor: duckdb.DuckDBPyConnection, part: _Part) -> Iterator[list[NDArray[np.generic]]]:
    for batch in cursor.execute(part.cells).to_arrow_reader(BATCH):
        yield [column.to_numpy(zero_copy_only=False) for column in batch.columns]


def _columns(matrix: sp.csr_matrix, keep: NDArray[np.bool_]) -> sp.csr_matrix:
    """Return some of the columns, as `matrix[:, keep]` does with more memory."""
    kept = keep[matrix.indices]
    up_to = np.zeros(len(kept) + 1, np.int32 if len(kept) < np.iinfo(np.int32).max else np.int64)
    np.cumsum(kept, out=up_to[1:])
    place = (np.cumsum(keep) - 1).astype(matrix.indices.dtype)
    indices = place[matrix.indices[kept]]
    shape = (matrix.shape[0], int(keep.sum()))
    return sp.csr_matrix((matrix.data[kept], indices, up_to[matrix.indptr]), shape=shape)
