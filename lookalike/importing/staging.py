"""The rows of one import in a temporary table, and the account of what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from lookalike.errors import BadInput, WorkspaceUnavailable, shown
from lookalike.importing.account import LINE_BITS, NOT_A, TABLE, Account
from lookalike.importing.columns import (
    EMPTY,
    NO_ID,
    Field,
    Match,
    is_word,
    match,
    moment_of,
    number_of,
    require,
    text_of,
)
from lookalike.importing.csvfile import LINE
from lookalike.importing.report import LISTED, Changes
from lookalike.importing.sheets import INEXACT
from lookalike.importing.snapshots import Snapshot
from lookalike.importing.sources import DAMAGE, Source, unreadable
from lookalike.progress import Progress
from lookalike.unavailable import is_full
from lookalike.workspace import quoted

MOST_EXTRAS = 1_000  # each becomes a column of a table, or takes statements of its own
SQL_TYPES = {"id": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE", "time": "TIMESTAMP"}

Expressions = Callable[[Source, Match], dict[str, str]]


@dataclass(slots=True, eq=False)
class Staging(Account):
    """A temporary table `staged`: `n`, the known columns, and what a kind adds to them.

    A column read as a number or a time has a companion `<name>_bad`: the text that is neither.

    Attributes:
        matches: The columns of each source.
        rows: Rows read.
        created_users: Users that this import made.
        changes: What was new, what changed and what was the same.
        into: The snapshot that embeddings go into; None makes a new one.
    """

    matches: Sequence[Match] = ()
    rows: int = 0
    created_users: int = 0
    changes: Changes = field(default_factory=Changes)
    into: Snapshot | None = None

    @classmethod
    def of(
        cls,
        cursor: duckdb.DuckDBPyConnection,
        sources: Sequence[Source],
        fields: Sequence[Field],
        mapping: Mapping[str, str],
        renames: bool,
    ) -> Staging:
        """Find the columns of every source.

        Raises:
            BadInput: A source lacks a required column, or the mapping fits none.
        """
        matches = [match(fields, source, mapping, renames) for source in sources]
        for source, matched in zip(sources, matches, strict=True):
            require(fields, source, matched)
            if renames and len(matched.extras) > MOST_EXTRAS:
                raise BadInput(
                    f"{source.name} has {len(matched.extras):,} columns beside those that are known; "
                    f"at most {MOST_EXTRAS:,} are read.",
                    "Leave some out, or write features one a row: columns user_id, feature and value.",
                )
        staging = cls(cursor, sources, fields, matches=matches)
        for source, matched in zip(sources, matches, strict=True):
            staging.notes += source.notes
            used = {*matched.found.values(), *matched.extras.values()}
            staging.notes += [
                f"{shown(column)} in {source.name} was left out: another column was mapped to that name."
                for column in source.columns
                if column not in used
            ]
        return staging

    def given(self, name: str) -> bool:
        """Whether any source has a column, by our name."""
        return any(name in matched.found for matched in self.matches)

    def extras(self) -> list[str]:
        """Return the names of the columns that the kind does not know, over all sources."""
        names: dict[str, str] = {}
        for matched in self.matches:
            for name in matched.extras:
                names.setdefault(name.casefold(), name)
        return list(names.values())

    def load(self, added: dict[str, str], expressions: Expressions, progress: Progress) -> None:
        """Read every source into the table.

        Args:
            added: Columns beside the known ones, to their SQL types.
            expressions: For a source, SQL for these columns; one that is not named is NULL.
            progress: Told of each source.

        Raises:
            BadInput: A source cannot be read to its end, or has no rows.
        """
        types = {name: kind for one in self.fields for name, kind in self._types(one).items()} | added
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        self.cursor.execute(f"CREATE TEMP TABLE {TABLE} (n BIGINT NOT NULL, {columns})")
        for number, (source, matched) in enumerate(zip(self.sources, self.matches, strict=True)):
            progress.at(number / len(self.sources), f"Reading {source.name}")
            sql = self._known(source, matched) | expressions(source, matched)
            self._read(number, source, sql)
        if not self.rows:
            names = ", ".join(source.name for source in self.sources)
            raise BadInput(f"{names} has no rows.", "Only the columns' names were found.")
        for one in self.fields:
            if one.reading == "id":
                self.reject(f"{one.name} is empty", f"{one.name} IS NULL")
                self.reject(
                    f"{one.name} is a word for an empty cell, not an id",
                    is_word(one.name, NO_ID),
                    one.name,
                )
                self.reject(
                    f"{one.name} is a date, a fraction or a number too long for Excel, which changed it",
                    f"{one.name}_inexact",
                    one.name,
                )
                self.note_odd_ids(one.name)

    def _types(self, one: Field) -> dict[str, str]:
        if one.reading == "vector":
            return {}
        types = {one.name: SQL_TYPES[one.reading]}
        if one.reading == "id":
            return types | {f"{one.name}_inexact": "BOOLEAN"}
        return types | {f"{one.name}_bad": "VARCHAR"} if one.reading in NOT_A else types

    def _known(self, source: Source, matched: Match) -> dict[str, str]:
        sql: dict[str, str] = {}
        for one in self.fields:
            column = matched.found.get(one.name)
            if column is None or one.reading == "vector":
                continue
            if one.reading in NOT_A:
                read = number_of if one.reading == "number" else moment_of
                sql |= checked(one.name, column, read(column, source))
            else:
                sql[one.name] = text_of(column)
                if one.reading == "id" and isinstance(source.origin, pa.Table):
                    marked = INEXACT + column
                    if marked in source.origin.column_names:
                        sql[f"{one.name}_inexact"] = quoted(marked)
        return sql

    def _read(self, number: int, source: Source, sql: Mapping[str, str]) -> None:
        names = ", ".join(quoted(name) for name in sql)
        held = ", ".join(quoted(column) for column in source.columns)
        # a blank line of a CSV file is not a row
        filled = f"WHERE coalesce({held}) IS NOT NULL" if source.layout else ""
        relation, parameters = source.attach(self.cursor, "incoming")
        try:
            self.cursor.execute(
                f"INSERT INTO {TABLE} (n, {names}) "
                f"SELECT ({number}::BIGINT << {LINE_BITS}) + {quoted(LINE)}, {', '.join(sql.values())} "
                f"FROM {relation} {filled}",
                parameters,
            )
        except duckdb.OutOfMemoryException as error:
            raise WorkspaceUnavailable(
                f"There is not enough memory or disk to import {source.name}.",
                "Raise LOOKALIKE_MEMORY_LIMIT, free some disk, or import it in parts.",
            ) from error
        except (duckdb.Error, *DAMAGE) as error:
            if is_full(error):
                raise
            raise unreadable(source.name, error) from error
        finally:
            if not parameters:
                self.cursor.unregister("incoming")
        ragged = source.ragged
        self.rows = self.kept() + sum(len(one.ragged.lines) for one in self.sources[: number + 1])
        if ragged.lines:
            reason = f"not {len(source.columns)} cells, as the header of {source.name} has"
            texts = [text[:60] for text in ragged.texts] + [None] * len(ragged.lines)
            places = [
                ((number << LINE_BITS) + line, text)
                for line, text in zip(ragged.lines[:LISTED], texts, strict=False)
            ]
            self.rejected.append(self.rejection(reason, len(ragged.lines), places))


def checked(name: str, column: str, parsed: str) -> dict[str, str]:
    """Return SQL for a parsed column and for its companion: the text that could not be parsed."""
    text = text_of(column)
    return {
        name: parsed,
        f"{name}_bad": f"CASE WHEN {text} IS NOT NULL AND ({parsed}) IS NULL "
        f"AND NOT {is_word(text, EMPTY)} THEN {text} END",
    }
