"""User ids that texts quote, in the examples of a report or in a message, and how they are blanked."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

import duckdb

from lookalike.workspace import quoted

FORGOTTEN = "(forgotten)"
SHOWN = 60  # reports cut what they quote after so many characters
# under these names a text is an example of what a file holds: any word of it may be an id
EXAMPLES = frozenset(("examples", "problems", "user_id", "user_ids", "ids"))
PLACE = re.compile(r"(\S+ )?row [\d,]+(: |$)")  # "row 3: 'a'": the row's number is no id
LEAST = 6  # a shorter word may be anything: a method, a column, a count
# tables of one line a user, or of what no person is in (of the audit by its own rule)
WITHOUT_TEXTS = re.compile(r"(item_)?embeddings_\d+|items|meta|metrics|snapshots|audit")


def blanked(value: Any, ids: Collection[str], example: bool = False) -> Any:
    """Return a JSON value whose texts do not quote any of the ids.

    An id goes wherever it stands in quotes, as reports write it; as a word of its own where the text
    is an example, or where the id has six characters or more and a digit among them.
    """
    if isinstance(value, dict):
        return {
            blanked(name, ids): blanked(held, ids, example or name in EXAMPLES)
            for name, held in value.items()
        }
    if isinstance(value, list):
        return [blanked(held, ids, example) for held in value]
    if not isinstance(value, str):
        return value
    for one in ids:
        cut = one[:SHOWN]
        for quote in (repr(cut), json.dumps(cut, ensure_ascii=False)):
            value = value.replace(quote, f"'{FORGOTTEN}'")
        word = re.compile(rf"(?<![^\W_]){re.escape(cut)}(?![^\W_])")
        if len(one) >= LEAST and re.search(r"\d", one):
            value = word.sub(FORGOTTEN, value)
        elif example:
            place = PLACE.match(value)
            start = place.end() if place else 0
            value = value[:start] + word.sub(FORGOTTEN, value[start:])
    return value


def blank(cursor: duckdb.DuckDBPyConnection, ids: Collection[str]) -> list[str]:
    """Blank the ids in every text that the workspace keeps; return the tables that were changed.

    Args:
        cursor: Inside the transaction that also removes the users.
        ids: User ids, exactly as imported.
    """
    changed = []
    columns = cursor.execute(
        "SELECT table_name, column_name, data_type = 'JSON' FROM duckdb_columns() "
        "WHERE NOT internal AND schema_name = 'main' AND database_name = current_database() "
        "AND data_type IN ('JSON', 'VARCHAR') AND table_name NOT IN "
        "(SELECT table_name FROM duckdb_columns() WHERE NOT internal AND column_name = 'row') "
        "ORDER BY ALL"
    ).fetchall()
    for table, name, is_json in columns:
        if WITHOUT_TEXTS.fullmatch(table):
            continue
        rows = cursor.execute(
            f"SELECT rowid, CAST({quoted(name)} AS VARCHAR) FROM {quoted(table)} "
            f"WHERE {quoted(name)} IS NOT NULL"
        ).fetchall()
        for row, text in rows:
            value = json.loads(text) if is_json else text
            fresh = blanked(value, ids)
            if fresh != value:
                cursor.execute(
                    f"UPDATE {quoted(table)} SET {quoted(name)} = ? WHERE rowid = ?",
                    [json.dumps(fresh) if is_json else fresh, row],
                )
                changed.append(table)
    return list(dict.fromkeys(changed))
