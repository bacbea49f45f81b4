"""The rows of one import in a temporary table, and the account of what was wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from lookalike.errors import BadInput, WorkspaceUnavailable
from lookalike.importing.columns import Field, Match, match, moment_of, number_of, require, text_of
from lookalike.importing.csvfile import LINE
from lookalike.importing.report import Rejection
from lookalike.importing.sources import Source, unreadable
from lookalike.progress import Progress
from lookalike.workspace import quoted

EXAMPLES = 3
# `n` orders the rows over all files: the file's number above, the line in it below.
LINE_BITS = 40
SQL_TYPES = {"id": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE", "time": "TIMESTAMP"}
NOT_A = {"number": "is not a number", "time": "is not a date, a time or seconds since 1970"}
TABLE = "staged"

Expressions = Callable[[Source, Match], dict[str, str]]


@dataclass(slots=True, eq=False)
class Staging:
    """A temporary table `staged`: `n`, the known columns, and what a kind adds to them.

    A column read as a number or a time has a companion `<name>_bad`: the text that is neither.

    Attributes:
        cursor: Inside the import's transaction.
        sources: What is read.
        matches: The columns of each source.
        fields: The columns that the kind knows.
        rows: Rows read.
        rejected: What was found wrong, in the order in which it was looked for.
        notes: What else the user should know.
        created_users: Users that this import made.
    """

    cursor: duckdb.DuckDBPyConnection
    sources: Sequence[Source]
    matches: Sequence[Match]
    fields: Sequence[Field]
    rows: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    created_users: int = 0

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
        staging = cls(cursor, sources, matches, fields)
        for source, matched in zip(sources, matches, strict=True):
            staging.notes += source.notes
            used = {*matched.found.values(), *matched.extras.values()}
            staging.notes += [
                f"{column!r} in {source.name} was left out: another column was mapped to that name."
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
                self._note_odd_ids(one.name)

    def reject(self, reason: str, condition: str, example: str = "NULL") -> int:
        """Take the rows that meet an SQL condition out of the table and count them.

        Args:
            reason: Why, as a predicate: "user_id is empty".
            condition: SQL over the table's columns.
            example: SQL for what to show of a row beside its number.
        """
        count = self._account(reason, condition, example, "row")
        if count:
            self.cursor.execute(f"DELETE FROM {TABLE} WHERE {condition}")
        return count

    def reject_bad(self, name: str) -> None:
        """Take out the rows whose number or time is neither that nor empty."""
        self.reject(*self._bad(name))

    def blank_bad(self, name: str, shown: str = "") -> None:
        """Count the cells of a column that are not what they should be; they count as empty."""
        reason, condition, example = self._bad(name, shown)
        self._account(f"{reason}, so it was left empty", condition, example, "cell")

    def last_wins(self, *keys: str) -> None:
        """Keep the last row of several with the same key."""
        listed = ", ".join(keys)
        self.reject(
            f"the same {' and '.join(keys)} comes again further down, and the last one counts",
            f"n NOT IN (SELECT max(n) FROM {TABLE} GROUP BY {listed})",
            keys[0],
        )

    def kept(self) -> int:
        """Return how many rows are in the table now."""
        found = self.cursor.execute(f"SELECT count(*) FROM {TABLE}").fetchone()
        return int(found[0]) if found else 0

    def _types(self, one: Field) -> dict[str, str]:
        if one.reading == "vector":
            return {}
        types = {one.name: SQL_TYPES[one.reading]}
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
        except (duckdb.Error, pa.ArrowInvalid) as error:
            raise unreadable(source.name, error) from error
        finally:
            if not parameters:
                self.cursor.unregister("incoming")
        ragged = source.ragged
        self.rows = self.kept() + sum(len(one.ragged.lines) for one in self.sources[: number + 1])
        if ragged.lines:
            shown = [
                self._where((number << LINE_BITS) + line, text[:60])
                for line, text in zip(ragged.lines, ragged.texts, strict=False)
            ]
            reason = f"not {len(source.columns)} cells, as the header of {source.name} has"
            self.rejected.append(Rejection(reason, len(ragged.lines), tuple(shown)))

    def _note_odd_ids(self, name: str) -> None:
        """Say which ids a spreadsheet may have spoilt; they are kept as they stand."""
        found = self.cursor.execute(
            f"SELECT count_if(regexp_full_match({name}, '\\d(\\.\\d+)?E\\+\\d+')), "
            f"count_if(trim({name}) <> {name}) FROM {TABLE}"
        ).fetchone()
        rounded, padded = found or (0, 0)
        if rounded:
            self.notes.append(f"{rounded:,} of {name} look like 1.23E+10: a spreadsheet rounded them.")
        if padded:
            self.notes.append(f"{padded:,} of {name} begin or end with a space, which was kept.")

    def _bad(self, name: str, shown: str = "") -> tuple[str, str, str]:
        reading = next((one.reading for one in self.fields if one.name == name), "number")
        bad = quoted(f"{name}_bad")
        return f"{shown or name} {NOT_A[reading]}", f"{bad} IS NOT NULL", bad

    def _account(self, reason: str, condition: str, example: str, what: str) -> int:
        found = self.cursor.execute(
            f"SELECT count(*), arg_min({{'n': n, 'shown': {example}}}, n, {EXAMPLES}) "
            f"FROM {TABLE} WHERE {condition}"
        ).fetchone()
        count, first = found or (0, [])
        if count:
            shown = tuple(self._where(one["n"], one["shown"]) for one in first)
            self.rejected.append(Rejection(reason, count, shown, what))
        return int(count)

    def _where(self, n: int, shown: str | None) -> str:
        file = f"{self.sources[n >> LINE_BITS].name} " if len(self.sources) > 1 else ""
        row = f"{file}row {n & ((1 << LINE_BITS) - 1):,}"
        return row if shown is None else f"{row}: {str(shown)[:60]!r}"


def checked(name: str, column: str, parsed: str) -> dict[str, str]:
    """Return SQL for a parsed column and for its companion: the text that could not be parsed."""
    text = text_of(column)
    return {
        name: parsed,
        f"{name}_bad": f"CASE WHEN {text} IS NOT NULL AND ({parsed}) IS NULL THEN {text} END",
    }
