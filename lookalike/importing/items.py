"""Items: their titles and categories."""

from __future__ import annotations

from lookalike.errors import listed
from lookalike.importing.account import TABLE, counted
from lookalike.importing.columns import ITEM_ID, Field
from lookalike.importing.report import Changes
from lookalike.importing.staging import Staging
from lookalike.progress import Progress

ITEM = Field("item_id", "id", ITEM_ID, required=True)
FIELDS = (
    ITEM,
    Field("title", "text", ("name", "item_name", "item_title")),
    Field("category", "text", ("genres", "genre", "categories", "topic")),
)
EXTRAS = "are left out"
RENAMES = False


def note_extras(staging: Staging) -> None:
    """Say which columns were left out."""
    extras = staging.extras()
    if extras:
        staging.notes.append(
            f"Left out, as this kind of table has no use for them: {listed(extras, 8)}."
        )


def land(staging: Staging, progress: Progress) -> int:
    """Update the items that exist, where a cell is not empty, and add the others.

    Returns:
        Rows kept.
    """
    staging.load({}, lambda _source, _match: {}, progress.span(0, 0.6))
    note_extras(staging)
    staging.last_wins("item_id")
    progress.at(0.8, "Writing the items")
    cursor = staging.cursor
    there = counted(cursor, f"SELECT count(*) FROM {TABLE} SEMI JOIN items USING (item_id)")
    changed = counted(
        cursor,
        f"UPDATE items SET title = coalesce({TABLE}.title, items.title), "
        f"category = coalesce({TABLE}.category, items.category) "
        f"FROM {TABLE} WHERE items.item_id = {TABLE}.item_id AND ("
        f"({TABLE}.title IS NOT NULL AND {TABLE}.title IS DISTINCT FROM items.title) OR "
        f"({TABLE}.category IS NOT NULL AND {TABLE}.category IS DISTINCT FROM items.category))",
    )
    new = counted(
        cursor,
        f"INSERT INTO items SELECT item_id, title, category FROM {TABLE} "
        "ANTI JOIN items USING (item_id) ORDER BY n",
    )
    staging.changes = Changes("items", new, changed, there - changed)
    return staging.kept()
