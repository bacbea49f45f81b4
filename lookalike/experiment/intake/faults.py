"""What is odd about a file's rows, counted; the checks say it in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lookalike.errors import BadInput
from lookalike.experiment.intake.columns import Layout
from lookalike.experiment.intake.reading import KEYED, NO_NUMBER
from lookalike.experiment.metrics import PRE
from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

MOST_WORDY, FEW_WORDY = 0.05, 20  # the share and number of cells that may be no numbers
NEVER_MORE = (
    ("clicks", "impressions"),
    ("hides", "impressions"),
    ("good_clicks", "clicks"),
    ("bounces", "sessions"),
)


@dataclass(frozen=True, slots=True)
class Faults:
    """What is odd about the rows, counted.

    Attributes:
        rows: Rows read.
        keyless: Rows without a user or a variant, left out.
        outside: Users who are not in the audience that scores came from, left out.
        copies: Exact copies of another row.
        further: Further rows of a user, in a file that is not by day.
        crossed: Users in more than one variant, left out.
        missing: Values missing or no number, by role.
        negative: Values below zero, by role.
        over: Users with more of one thing than of what contains it, by both.
        before: Users with several values for the time before.
        undated: Rows whose date cannot be read.
        remark: On a doubtful reading of the dates.
    """

    rows: int
    keyless: int = 0
    outside: int = 0
    copies: int = 0
    further: int = 0
    crossed: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    negative: Mapping[str, int] = field(default_factory=dict)
    over: Mapping[tuple[str, str], int] = field(default_factory=dict)
    before: int = 0
    undated: int = 0
    remark: str = ""


def of_rows(entries: Rows, layout: Layout) -> Faults:
    """Count what is odd about the rows, as if each were a user.

    Raises:
        BadInput: There are no rows, or a column to be summed holds no numbers.
    """
    name = quoted(entries.name)
    (rows,) = entries.row(f"SELECT count(*) FROM {name}")
    if not rows:
        raise BadInput("The results hold no rows.", "Expected: one row a user, or one a user and day.")
    asked = ["count(*)"]
    for role in layout.measured:
        words = quoted(NO_NUMBER + role) if NO_NUMBER + role in entries.columns else "FALSE"
        asked += [f"count({quoted(role)})", f"count_if({quoted(role)} < 0)", f"count_if({words})"]
    # of no rows at all DuckDB counts NULL
    keyed, *found = (
        int(count or 0) for count in entries.row(f"SELECT {', '.join(asked)} FROM {name} WHERE {KEYED}")
    )
    numbers, negative, wordy = (dict(zip(layout.measured, found[n::3], strict=True)) for n in range(3))
    for role in layout.measured:
        if wordy[role] and not numbers[role]:
            raise BadInput(
                f"The column {layout.found[role]!r} holds no numbers.",
                "Numbers are written like 12 or 0.5, without units or separators.",
            )
        if wordy[role] > max(MOST_WORDY * (wordy[role] + numbers[role]), FEW_WORDY):
            raise BadInput(
                f"The column {layout.found[role]!r} holds {wordy[role]:,} cells that are no number, "
                f"beside {numbers[role]:,} that are.",
                "Write decimals with a point, and leave empty what is missing.",
            )
    during = [role for role in layout.measured if not role.startswith(PRE)]
    return Faults(
        rows=rows,
        keyless=rows - keyed,
        missing={role: keyed - numbers[role] for role in during if keyed > numbers[role]},
        negative={role: negative[role] for role in during if negative[role]},
    )


def of_users(faults: Faults, everybody: Rows, *, by_day: bool) -> Faults:
    """Add what users' rows say together; `everybody` has a row a user, as `reading` makes it."""
    copies, further, crossed, before = (
        int(count or 0)
        for count in everybody.row(
            'SELECT sum("rows read" - "rows kept"), sum("rows kept" - 1) FILTER (NOT "crossed"), '
            'count_if("crossed"), count_if("before differs") FROM everybody'
        )
    )
    further = 0 if by_day else further
    return dataclasses.replace(faults, copies=copies, further=further, crossed=crossed, before=before)


def over(people: Rows, layout: Layout) -> dict[tuple[str, str], int]:
    """Count the users with more of one thing than of what contains it."""
    pairs = [pair for pair in NEVER_MORE if set(pair) <= set(layout.measured)]
    counts = counted(people, [f"{quoted(part)} > {quoted(whole)}" for part, whole in pairs])
    return dict(zip(pairs, counts, strict=True))


def counted(rows: Rows, conditions: Sequence[str]) -> tuple[int, ...]:
    """Count the rows that meet each of the conditions (SQL expressions)."""
    asked = ", ".join(["count(*)", *(f"count_if({condition})" for condition in conditions)])
    # of no rows at all DuckDB counts NULL
    return tuple(int(count or 0) for count in rows.row(f"SELECT {asked} FROM {quoted(rows.name)}")[1:])
