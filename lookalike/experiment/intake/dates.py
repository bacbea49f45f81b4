"""Dates as files write them, read as days."""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

NUMERIC = ("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
MOST_DATES = 20_000


def as_day(rows: Rows, column: str) -> tuple[str, str]:
    """Return the expression that reads a column of text as days, and a remark on a doubtful reading.

    ISO dates and times are read as such. Of the other ways to write a day the one is taken that
    reads the most of the distinct values; where the month may as well be the day, the remark
    says how it was read.

    Args:
        rows: The table.
        column: Its column of text.
    """
    name = quoted(column)
    iso = f"coalesce(TRY_CAST({name} AS DATE), CAST(TRY_CAST({name} AS TIMESTAMP) AS DATE))"
    other = [f"CAST(try_strptime({name}, '{written}') AS DATE)" for written in NUMERIC]
    counts = ", ".join(f"count({expression})" for expression in (iso, *other))
    distinct = (
        f"SELECT DISTINCT trim({name}) AS {name} FROM {quoted(rows.name)} "
        f"WHERE {name} IS NOT NULL LIMIT {MOST_DATES}"
    )
    read: Sequence[int] = rows.row(f"SELECT {counts} FROM ({distinct})")
    best = max(range(len(read)), key=lambda number: read[number])
    american, european = read[1], read[2]
    if best == 1 and american == european:
        remark = "Dates such as 3/4/2026 were read as month/day/year; they may be day/month/year."
    else:
        remark = ""
    return (iso, *other)[best].replace(name, f"trim({name})"), remark
