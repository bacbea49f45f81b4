"""The account of an import: what was wrong with the staged rows, counted, the first ones by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from lookalike.importing.columns import Field
from lookalike.importing.report import LISTED, Rejection
from lookalike.importing.sources import Source
from lookalike.workspace import quoted

EXAMPLES = 3
# `n` orders the rows over all files: the file's number above, the line in it below.
LINE_BITS = 40
LINE = (1 << LINE_BITS) - 1
NOT_A = {"number": "is not a number", "time": "is not a date, a time or seconds since 1970"}
TABLE = "staged"
EARLIEST = "TIMESTAMP '1990-01-01'"
LATEST = "now() AT TIME ZONE 'UTC' + INTERVAL 1 DAY"  # other clocks may be ahead


@dataclass(slots=True, eq=False)
class Account:
    """What was found wrong with the rows of the table `staged`, in the order of looking for it.

    Attributes:
        cursor: Inside the import's transaction.
        sources: What is read.
        fields: The columns that the kind knows.
        rejected: What was left out.
        noticed: What is odd, and was kept as it stands.
        notes: What else the user should know.
    """

    cursor: duckdb.DuckDBPyConnection
    sources: Sequence[Source]
    fields: Sequence[Field]
    rejected: list[Rejection] = field(default_factory=list)
    noticed: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

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
        for bad in self._bad(name):
            self.reject(*bad)

    def blank_bad(self, name: str, shown: str = "") -> None:
        """Count the cells of a column that are not what they should be; they count as empty."""
        for reason, condition, example in self._bad(name, shown):
            self._account(f"{reason}, so it was left empty", condition, example, "cell")

    def blank_far(self, name: str) -> None:
        """Empty the times before 1990 and in the future; where most are early, they are kept.

        Then they count from a day of their own, and still tell the order.
        """
        found = self.cursor.execute(
            f"SELECT count_if({name} < {EARLIEST}) > count({name}) / 2 FROM {TABLE}"
        ).fetchone()
        if found and found[0]:
            self.notes.append(
                f"Most of {name} lie before 1990; they were kept, as they may be relative."
            )
            return
        for where, far in (
            ("before 1990", f"{name} < {EARLIEST}"),
            ("in the future", f"{name} > {LATEST}"),
        ):
            self.blank(f"{name} lies {where}", far, name)

    def blank(self, reason: str, condition: str, column: str) -> None:
        """Empty the cells of a column that meet an SQL condition, and count them; see `reject`."""
        example = f"CAST({column} AS VARCHAR)"
        if self._account(f"{reason}, so it was left empty", condition, example, "cell"):
            self.cursor.execute(f"UPDATE {TABLE} SET {column} = NULL WHERE {condition}")

    def notice(self, reason: str, condition: str, example: str, what: str = "cell") -> int:
        """Count what is odd but kept as it stands; see `reject`."""
        return self._account(
            f"{reason}, and was kept as it stands", condition, example, what, self.noticed
        )

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

    def note_odd_ids(self, name: str) -> None:
        """Say which ids a spreadsheet may have spoilt; they are kept as they stand."""
        found = self.cursor.execute(
            f"SELECT count_if(regexp_full_match({name}, '\\d(\\.\\d+)?E\\+\\d+')), "
            f"count_if(trim({name}) <> {name}), "
            f"count_if(regexp_full_match({name}, '\\d+\\.0')) FROM {TABLE}"
        ).fetchone()
        rounded, padded, decimal = found or (0, 0, 0)
        if rounded:
            self.notes.append(f"{rounded:,} of {name} look like 1.23E+10: a spreadsheet rounded them.")
        if decimal:
            self.notes.append(
                f"{decimal:,} of {name} end in .0, as whole numbers do that a program took for "
                "decimals; they were kept as they stand."
            )
        if padded:
            self.notes.append(f"{padded:,} of {name} begin or end with a space, which was kept.")

    def _bad(self, name: str, shown: str = "") -> list[tuple[str, str, str]]:
        """Return reason, condition and example for what is not a number or a time, and infinite."""
        reading = next((one.reading for one in self.fields if one.name == name), "number")
        bad = quoted(f"{name}_bad")
        infinite = f"coalesce(isinf(TRY_CAST({bad} AS DOUBLE)), false)"
        found = [(f"{shown or name} {NOT_A[reading]}", f"{bad} IS NOT NULL AND NOT {infinite}", bad)]
        if reading == "number":
            found.append((f"{shown or name} is infinite", infinite, bad))
        return found

    def _account(
        self,
        reason: str,
        condition: str,
        example: str,
        what: str,
        into: list[Rejection] | None = None,
    ) -> int:
        found = self.cursor.execute(
            f"SELECT count(*), arg_min({{'n': n, 'shown': {example}}}, n, {LISTED}) "
            f"FROM {TABLE} WHERE {condition}"
        ).fetchone()
        count, first = found or (0, [])
        if count:
            found_at = [(one["n"], one["shown"]) for one in first]
            kept = self.rejected if into is None else into
            kept.append(self.rejection(reason, count, found_at, what))
        return int(count)

    def rejection(
        self, reason: str, count: int, found: Sequence[tuple[int, str | None]], what: str = "row"
    ) -> Rejection:
        """Return a rejection from the first places where it was found: `n`, and what is shown of it."""
        examples = tuple(self.where(n, shown) for n, shown in found[:EXAMPLES])
        problems = tuple(
            (self.sources[n >> LINE_BITS].name, n & LINE, None if text is None else str(text)[:60])
            for n, text in found
        )
        return Rejection(reason, count, examples, what, problems)

    def where(self, n: int, shown: str | None) -> str:
        """Return how a row is called, and what is shown of it."""
        file = f"{self.sources[n >> LINE_BITS].name} " if len(self.sources) > 1 else ""
        row = f"{file}row {n & LINE:,}"
        return row if shown is None else f"{row}: {str(shown)[:60]!r}"


def counted(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Return the one number that a query gives: what it counts, or how many rows it changed."""
    found = cursor.execute(sql).fetchone()
    return int(found[0]) if found else 0
