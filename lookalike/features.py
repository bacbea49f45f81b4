"""The sparse raw features of the users: what they interacted with, and their attributes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike import contacts
from lookalike.workspace import Workspace, quoted

LEAST_USERS = 3  # an item or a value shared by fewer users says nothing about the others


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """A sparse matrix with one line a `users.row` and one column a feature.

    Attributes:
        matrix: CSR float32, shape (users, features); line i belongs to `users.row` = i.
        names: The column's name, "item:<item_id>", "<attribute>=<value>" or "feature:<name>".
    """

    matrix: sp.csr_matrix
    names: list[str]


def interactions(workspace: Workspace, leave_out: Collection[str] = ()) -> Features:
    """Return the binary users x items matrix of all items with at least three users.

    Args:
        workspace: Where the interactions are.
        leave_out: Items to leave out, by item_id.
    """
    with workspace.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE pairs AS SELECT DISTINCT row, item_id FROM interactions "
            "WHERE NOT list_contains(CAST($1 AS VARCHAR[]), item_id)",
            [list(leave_out)],
        )
        return _indicators(cursor, _lines(cursor), "item_id", "pairs", "item:")


def load(workspace: Workspace, leave_out: Collection[str] = ()) -> Features:
    """Return interactions, user attributes and imported features as one matrix.

    Imported feature values are divided by their column's largest magnitude, so that every column
    is on the scale of the indicators beside it.

    Args:
        workspace: Where they are.
        leave_out: Items, features ("feature:age") or attribute values ("country=DE") to leave out.
    """
    items = [name.removeprefix("item:") for name in leave_out]
    parts = [interactions(workspace, items)]
    with workspace.cursor() as cursor:
        lines = _lines(cursor)
        known = contacts.attributes(workspace)
        personal = contacts.personal(known)  # nobody is like somebody else for a first name
        for name in (name for name in known if name not in personal):
            source = f"(SELECT row, {quoted(name)} FROM users WHERE {quoted(name)} IS NOT NULL)"
            parts.append(_indicators(cursor, lines, name, source, f"{name}="))
        parts.append(_imported(cursor, lines))
    matrix = sp.hstack([part.matrix for part in parts], format="csr", dtype=np.float32)
    names = [name for part in parts for name in part.names]
    unwanted = {name for name in names if name in leave_out}
    if unwanted:
        keep = [place for place, name in enumerate(names) if name not in unwanted]
        matrix, names = matrix[:, keep], [names[place] for place in keep]
    return Features(matrix, names)


def _lines(cursor: duckdb.DuckDBPyConnection) -> int:
    found = cursor.execute("SELECT coalesce(max(row) + 1, 0) FROM users").fetchone()
    return int(found[0]) if found else 0


def _indicators(
    cursor: duckdb.DuckDBPyConnection, lines: int, column: str, source: str, prefix: str
) -> Features:
    """One 0/1 column for each value of `column` that at least three lines of `source` share."""
    # the column is renamed first: a user's attribute may well be called "place" or "value"
    held = f"held AS (SELECT row, CAST({quoted(column)} AS VARCHAR) AS value FROM {source})"
    kept = (
        "kept AS (SELECT value, row_number() OVER (ORDER BY value) - 1 AS place "
        f"FROM held GROUP BY value HAVING count(*) >= {LEAST_USERS})"
    )
    values = cursor.execute(f"WITH {held}, {kept} SELECT value FROM kept ORDER BY place").fetchall()
    cells = cursor.execute(
        f"WITH {held}, {kept} SELECT row, place FROM held JOIN kept USING (value)"
    ).fetchnumpy()
    shape = (lines, len(values))
    data = np.ones(len(cells["row"]), np.float32)
    matrix = sp.csr_matrix((data, (_ints(cells["row"]), _ints(cells["place"]))), shape=shape)
    return Features(matrix, [f"{prefix}{value}" for (value,) in values])


def _imported(cursor: duckdb.DuckDBPyConnection, lines: int) -> Features:
    cells = cursor.execute(
        "WITH kept AS (SELECT feature, row_number() OVER (ORDER BY feature) - 1 AS place, "
        "max(abs(value)) AS largest FROM features GROUP BY feature "
        f"HAVING count(*) >= {LEAST_USERS} AND max(abs(value)) > 0) "
        "SELECT row, place, value / largest AS value, feature FROM features JOIN kept USING (feature) "
        "WHERE value <> 0"  # who has 0 of it has nothing: what counts cells must not count these
    ).fetchnumpy()
    names: dict[int, str] = dict(zip(_ints(cells["place"]).tolist(), cells["feature"], strict=True))
    values = np.asarray(cells["value"], np.float32)
    shape = (lines, len(names))
    matrix = sp.csr_matrix((values, (_ints(cells["row"]), _ints(cells["place"]))), shape=shape)
    return Features(matrix, [f"feature:{names[place]}" for place in sorted(names)])


def _ints(column: object) -> NDArray[np.int64]:
    return np.asarray(column, dtype=np.int64)
