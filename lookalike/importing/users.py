"""Users: their rows, made once and never given out again, and their attributes."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from lookalike.errors import BadInput
from lookalike.importing.account import TABLE, counted
from lookalike.importing.columns import USER_ID, Field, Match, text_of
from lookalike.importing.report import Changes
from lookalike.importing.sources import Source
from lookalike.importing.staging import Staging
from lookalike.progress import Progress
from lookalike.workspace import quoted

NEXT_ROW = "next_row"
USER = Field("user_id", "id", USER_ID, required=True)
FIELDS = (
    USER,
    Field("country", "text", ("country_code", "region", "market")),
    Field("last_active", "time", ("last_seen", "last_login", "last_activity", "active_at")),
)
EXTRAS = "become attributes of the users"
RENAMES = True
RESERVED = "row"
# for joins: an attribute of the users may be called like a staged column
KNOWN = "(SELECT row, user_id FROM users) AS users"


def rows_of(cursor: duckdb.DuckDBPyConnection, ids: pa.Array | Sequence[str]) -> pa.Array:
    """Return `users.row` of each id as int32, in the ids' order, null where it is unknown."""
    asked = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(ids, pa.string())
    table = pa.table({"n": pa.array(range(len(asked)), pa.int64()), "user_id": asked})
    cursor.register("asked_ids", table)
    try:
        found = cursor.execute(
            "SELECT users.row FROM asked_ids LEFT JOIN users USING (user_id) ORDER BY asked_ids.n"
        ).to_arrow_table()
    finally:
        cursor.unregister("asked_ids")
    return found.column(0).combine_chunks()


def create_users(cursor: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]] = ()) -> int:
    """Make a user of each `staged.user_id` that is none yet, in the order of first appearance.

    Args:
        cursor: Inside the import's transaction.
        columns: (column of `users`, column of `staged`) to fill for the new users; needs ids that
            are staged once.

    Returns:
        How many were made.
    """
    start = counted(
        cursor,
        "SELECT greatest((SELECT coalesce(max(row) + 1, 0) FROM users), "
        f"(SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE name = '{NEXT_ROW}'))",
    )
    names = "".join(f", {quoted(name)}" for name, _ in columns)
    values = "".join(f", any_value({quoted(value)})" for _, value in columns)
    made = counted(
        cursor,
        f"INSERT INTO users (row, user_id{names}) "
        f"SELECT {start} + row_number() OVER (ORDER BY min(n)) - 1, user_id{values} "
        f"FROM {TABLE} ANTI JOIN users USING (user_id) GROUP BY user_id ORDER BY min(n)",
    )
    cursor.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [NEXT_ROW, str(start + made)])
    return made


def settle_users(staging: Staging, strict: bool) -> None:
    """Make the staged users that do not exist; when `strict`, reject their rows instead."""
    if strict:
        staging.reject(
            "user_id is not a user of the workspace",
            "user_id NOT IN (SELECT user_id FROM users)",
            "user_id",
        )
    else:
        staging.created_users = create_users(staging.cursor)


def land(staging: Staging, progress: Progress) -> int:
    """Update the users that exist, in the columns given and where a cell is not empty; add the others.

    Returns:
        Rows kept.
    """
    cursor = staging.cursor
    existing = [
        name for (name,) in cursor.execute("SELECT column_name FROM (DESCRIBE users)").fetchall()
    ]
    known = {name.casefold(): name for name in existing}
    attributes = [(known.get(name.casefold(), name), f"a{n}") for n, name in enumerate(staging.extras())]
    if any(name.casefold() == RESERVED for name, _ in attributes):
        raise BadInput(
            "An attribute of users cannot be called 'row'.", "Call it something else: --map position=row"
        )
    staged = {name.casefold(): column for name, column in attributes}

    def expressions(_source: Source, matched: Match) -> dict[str, str]:
        named = {known.get(name.casefold(), name): column for name, column in matched.extras.items()}
        return {staged[name.casefold()]: text_of(column) for name, column in named.items()}

    staging.load(dict.fromkeys(staged.values(), "VARCHAR"), expressions, progress.span(0, 0.6))
    progress.at(0.6, "Checking the users")
    staging.blank_bad("last_active")
    staging.blank_far("last_active")
    staging.last_wins("user_id")
    # DuckDB cannot commit a table that was altered after rows of it were written
    for name, _ in attributes:
        if name.casefold() not in known:
            cursor.execute(f"ALTER TABLE users ADD COLUMN {quoted(name)} VARCHAR")
    given = [(name, name) for name in ("country", "last_active") if staging.given(name)] + attributes
    progress.at(0.8, "Writing the users")
    there = counted(cursor, f"SELECT count(*) FROM {TABLE} SEMI JOIN users USING (user_id)")
    changed = 0
    if given:
        pairs = [(f"{TABLE}.{value}", f"users.{quoted(name)}", quoted(name)) for name, value in given]
        columns = ", ".join(f"{name} = coalesce({new}, {old})" for new, old, name in pairs)
        differs = " OR ".join(
            f"({new} IS NOT NULL AND {new} IS DISTINCT FROM {old})" for new, old, _ in pairs
        )
        changed = counted(
            cursor,
            f"UPDATE users SET {columns} FROM {TABLE} "
            f"WHERE users.user_id = {TABLE}.user_id AND ({differs})",
        )
    staging.created_users = create_users(cursor, given)
    staging.changes = Changes("users", staging.created_users, changed, there - changed)
    return staging.kept()
