"""User ids that texts quote, in the examples of a report or in a message, and how they are blanked."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Ids as patterns, made once for all texts.

    Attributes:
        quoted: Any of them in quotes, as reports write it.
        anywhere: Those of six characters or more with a digit, as words; None without any.
        examples: The others, as words; None without any.
    """

    quoted: re.Pattern[str]
    anywhere: re.Pattern[str] | None
    examples: re.Pattern[str] | None

    @classmethod
    def of(cls, ids: Collection[str]) -> Wanted:
        """Make the patterns; a longer id goes before a shorter one that it begins with."""
        cut = sorted({one[:SHOWN] for one in ids}, key=len, reverse=True)
        telling = {one[:SHOWN] for one in ids if len(one) >= LEAST and re.search(r"\d", one)}
        quotes = [quote for one in cut for quote in (repr(one), json.dumps(one, ensure_ascii=False))]
        return cls(
            _any(quotes),
            _words([one for one in cut if one in telling]),
            _words([one for one in cut if one not in telling]),
        )


def _any(texts: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, texts)))


def _words(texts: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile(rf"(?<![^\W_])(?:{_any(texts).pattern})(?![^\W_])") if texts else None


def blanked(value: Any, ids: Wanted, example: bool = False) -> Any:
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
    value = ids.quoted.sub(f"'{FORGOTTEN}'", value)
    if ids.anywhere is not None:
        value = ids.anywhere.sub(FORGOTTEN, value)
    if example and ids.examples is not None:
        place = PLACE.match(value)
        start = place.end() if place else 0
        value = value[:start] + ids.examples.sub(FORGOTTEN, value[start:])
    return value


def quoting(value: Any, ids: Collection[str]) -> list[str]:
    """Return those of the ids that stand anywhere in a JSON value; quick for many ids."""
    flat = json.dumps(value, ensure_ascii=False)
    return [one for one in ids if json.dumps(one[:SHOWN], ensure_ascii=False)[1:-1] in flat]


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
            found = quoting(value, ids)
            if not found:
                continue
            fresh = blanked(value, Wanted.of(found))
            if fresh != value:
                cursor.execute(
                    f"UPDATE {quoted(table)} SET {quoted(name)} = ? WHERE rowid = ?",
                    [json.dumps(fresh) if is_json else fresh, row],
                )
                changed.append(table)
    return list(dict.fromkeys(changed))
