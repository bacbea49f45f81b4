"""What an import or a preview tells: frozen data with a readable repr, a frame and a dict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from lookalike.errors import listed

LISTED = 1_000  # problems of one kind that a report lists by row


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows that were not kept, or cells that were left empty, for one reason.

    Attributes:
        reason: The sentence's predicate: "user_id is empty".
        count: How many rows or cells.
        examples: The first few, by the file's row (the header of a CSV file is row 1).
        what: "row" where whole rows were left out, "cell" where the rest of the row was kept.
        problems: The first `LISTED` of them: file, row in it, and what stands there if it is shown.
    """

    reason: str
    count: int
    examples: tuple[str, ...]
    what: str = "row"
    problems: tuple[tuple[str, int, str | None], ...] = ()

    def __str__(self) -> str:
        what = self.what if self.count == 1 else f"{self.what}s"
        return f"{self.count:,} {what}: {self.reason} ({'; '.join(self.examples)})"


@dataclass(frozen=True, slots=True)
class Changes:
    """How what was kept compares with what the workspace held before.

    Attributes:
        what: What is counted: users, items, interactions, vectors or features.
        new: Were not there.
        changed: Were there, and are different now.
        same: Were there, exactly so.
    """

    what: str = "rows"
    new: int = 0
    changed: int = 0
    same: int = 0

    def __str__(self) -> str:
        what = self.what.removesuffix("s") if self.new == 1 else self.what
        return f"{self.new:,} {what} new, {self.changed:,} changed, {self.same:,} the same"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of one import; `rows` = `kept` + the rejections that count rows.

    Attributes:
        kind: What was imported, one of `KINDS`.
        rows: Rows read, blank lines aside.
        kept: Rows that are in the workspace now.
        created_users: Users that did not exist before.
        rejected: What was left out and why.
        notes: What else the user should know.
        seconds: How long it took.
        changes: What was new, what changed and what was the same as before.
        noticed: What is odd and was kept as it stands.
    """

    kind: str
    rows: int
    kept: int
    created_users: int
    rejected: tuple[Rejection, ...]
    notes: tuple[str, ...]
    seconds: float
    changes: Changes = Changes()
    noticed: tuple[Rejection, ...] = ()

    def __repr__(self) -> str:
        first = f"{self.kind}: {self.kept:,} of {self.rows:,} rows kept"
        lines = [f"{first}, {self.created_users:,} users created, {self.seconds:.1f} s"]
        lines += [f"  {self.changes}"]
        lines += [f"  {rejection}" for rejection in (*self.rejected, *self.noticed)]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a rejection or oddity: reason, what, count, examples."""
        return pd.DataFrame(
            [
                (r.reason, r.what, r.count, "; ".join(r.examples))
                for r in (*self.rejected, *self.noticed)
            ],
            columns=["reason", "what", "count", "examples"],
        )

    def problems(self) -> pd.DataFrame:
        """Return one row a problem, by place: file, row, what, reason, found; as CSV can hold it."""
        listed_ = [
            (file, row, one.what, one.reason, _harmless(found or ""))
            for one in (*self.rejected, *self.noticed)
            for file, row, found in one.problems
        ]
        frame = pd.DataFrame(listed_, columns=["file", "row", "what", "reason", "found"])
        return frame.sort_values(["file", "row"], kind="stable", ignore_index=True)

    def report(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return asdict(self)


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{text}" if re.match(r"[=+@\t\r]|-(?![\d.]+$)", text) else text


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What an import would make of a file.

    Attributes:
        source: The file's name.
        kind: What it would be imported as, one of `KINDS`.
        columns: The file's columns, in order.
        guesses: For each column what it seems to hold: id, number, time, text, vector or empty.
        recognised: Our name of a column to the file's.
        missing: Required columns that were not found, by our name.
        unclear: Our name of a column to those of the file that it could be, where they are several.
        extra: Columns that were not recognised by name.
        extra_use: What becomes of these, in words.
        rows: The first rows, as text, None where a cell is empty.
        notes: What else was seen, such as the encoding.
    """

    source: str
    kind: str
    columns: tuple[str, ...]
    guesses: Mapping[str, str]
    recognised: Mapping[str, str]
    missing: tuple[str, ...]
    unclear: Mapping[str, tuple[str, ...]]
    extra: tuple[str, ...]
    extra_use: str
    rows: tuple[tuple[str | None, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether nothing that is required is missing, and nothing is unclear."""
        return not self.missing and not self.unclear

    def sentence(self) -> str:
        """Say which columns are read as what, and what becomes of the others."""
        found = ", ".join(
            ours if ours == theirs else f"{theirs} as {ours}" for ours, theirs in self.recognised.items()
        )
        parts = [f"Recognised: {found}." if found else "No column was recognised by its name."]
        if self.extra:
            parts.append(f"Other columns {self.extra_use}: {listed(self.extra, 8)}.")
        return " ".join([*parts, *self.notes])

    def to_frame(self) -> pd.DataFrame:
        """Return the first rows under the file's column names."""
        return pd.DataFrame(list(self.rows), columns=list(self.columns))
