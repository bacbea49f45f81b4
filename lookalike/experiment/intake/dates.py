"""Dates as files write them, read as days."""

from __future__ import annotations

from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

NUMERIC = (
    "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y",
    "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M",
)  # fmt: skip
DOUBTFUL = (("%m/%d/%Y", "%d/%m/%Y"), ("%m/%d/%y", "%d/%m/%y"), ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"))
FIRST, LAST = 1970, 2100  # years of tests; anything else was read wrongly
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
    ways = {"": _plausible(iso)} | {
        written: _plausible(f"CAST(try_strptime({name}, '{written}') AS DATE)") for written in NUMERIC
    }
    counts = ", ".join(f"count({expression})" for expression in ways.values())
    distinct = (
        f"SELECT DISTINCT trim({name}) AS {name} FROM {quoted(rows.name)} "
        f"WHERE {name} IS NOT NULL LIMIT {MOST_DATES}"
    )
    read = dict(zip(ways, rows.row(f"SELECT {counts} FROM ({distinct})"), strict=True))
    best = max(ways, key=lambda written: read[written])
    doubtful = any(best == american and read[best] == read[european] for american, european in DOUBTFUL)
    remark = (
        "Dates such as 3/4/2026 were read as month/day/year; they may be day/month/year."
        if doubtful
        else ""
    )
    return ways[best].replace(name, f"trim({name})"), remark


def _plausible(day: str) -> str:
    return f"CASE WHEN year({day}) BETWEEN {FIRST} AND {LAST} THEN {day} END"
