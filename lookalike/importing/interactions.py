"""Interactions: who did what with which item, when, and how much."""

from __future__ import annotations

from lookalike.importing.account import TABLE, counted
from lookalike.importing.columns import Field
from lookalike.importing.items import ITEM, note_extras
from lookalike.importing.report import Changes
from lookalike.importing.staging import Staging
from lookalike.importing.users import KNOWN, USER, settle_users
from lookalike.progress import Progress

FIELDS = (
    USER,
    ITEM,
    Field("ts", "time", ("timestamp", "time", "date", "datetime", "event_time", "created_at", "moment")),
    Field("kind", "text", ("event", "event_type", "action", "type")),
    Field("value", "number", ("rating", "plays", "count", "weight", "score", "quantity")),
)
DROPPED = "n NOT IN (SELECT n FROM fresh)"
EXTRAS = "are left out"
RENAMES = False


def land(staging: Staging, strict: bool, progress: Progress) -> int:
    """Add the interactions that are not there yet.

    The same user, item, time, kind and value are one interaction, so that importing a file again
    changes nothing.

    Returns:
        Rows kept.
    """
    staging.load({}, lambda _source, _match: {}, progress.span(0, 0.5))
    note_extras(staging)
    progress.at(0.5, "Checking the interactions")
    staging.reject_bad("ts")
    staging.reject_bad("value")
    staging.blank_far("ts")
    settle_users(staging, strict)
    cursor = staging.cursor
    cursor.execute(
        "CREATE TEMP TABLE fresh AS "
        "SELECT users.row, item_id, ts, kind, value, min(n) AS n "
        f"FROM {TABLE} JOIN {KNOWN} USING (user_id) GROUP BY ALL"
    )
    # going through all rows for those that are missing takes as long as all the rest
    if counted(cursor, "SELECT count(*) FROM fresh") < staging.kept():
        staging.reject(
            "the same interaction stands further up in what was read",
            DROPPED,
            "user_id",
        )
    progress.at(0.7, "Looking for interactions that are there already")
    known = counted(
        cursor,
        "DELETE FROM fresh USING interactions AS old WHERE fresh.row = old.row "
        "AND fresh.item_id = old.item_id AND fresh.ts IS NOT DISTINCT FROM old.ts "
        "AND fresh.kind IS NOT DISTINCT FROM old.kind AND fresh.value IS NOT DISTINCT FROM old.value",
    )
    there = 0
    if known:
        there = staging.reject(
            "the same interaction is in the workspace already",
            DROPPED,
            "user_id",
        )
    progress.at(0.8, "Writing the interactions")
    cursor.execute("INSERT INTO interactions SELECT row, item_id, ts, kind, value FROM fresh ORDER BY n")
    kept = staging.kept()
    staging.changes = Changes("interactions", kept, 0, there)
    return kept
