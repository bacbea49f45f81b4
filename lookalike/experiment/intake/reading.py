"""The SQL that turns a file's rows into numbers a user: what is read, what is summed, what is joined."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.experiment.intake.columns import EVERYBODY, SEGMENT, Layout
from lookalike.experiment.intake.dates import as_day
from lookalike.experiment.metrics import PRE
from lookalike.experiment.rows import Rows, table_rows
from lookalike.workspace import quoted

BATCH = 131_072
TOO_LARGE = 2.0**53  # beyond it a double no longer counts by ones
SMALL = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "BOOLEAN")
KEYED = "trim(user_id) <> '' AND variant <> ''"
NO_NUMBER = "no number "  # begins the name of a column that says so, beside a number's


@dataclass(frozen=True, slots=True)
class Days:
    """How to read the date of a row.

    Attributes:
        sql: The expression; empty where the file has no dates.
        remark: On a doubtful reading.
    """

    sql: str = ""
    remark: str = ""


def projection(relation: duckdb.DuckDBPyRelation, layout: Layout) -> str:
    """Return what to select: keys as text, numbers as DOUBLE (NULL where there is none).

    Beside each number that the file holds as text stands whether the cell has text but no number.
    """
    kinds = dict(zip(relation.columns, (str(kind) for kind in relation.types), strict=True))
    parts = [f"{_text(layout.found[key], kinds)} AS {key}" for key in ("user_id",)]
    if "variant" in layout.found:
        parts.append(f"trim({_text(layout.found['variant'], kinds)}) AS variant")
    else:
        parts.append(f"'{EVERYBODY}' AS variant")
    if "date" in layout.found and "date" not in layout.measured:
        parts.append(f"{_text(layout.found['date'], kinds)} AS date")
    for role in layout.measured:
        column = layout.found[role]
        number = _number(column, kinds[column])
        parts.append(f"{number} AS {quoted(role)}")
        if kinds[column] == "VARCHAR":
            none = f"{number} IS NULL AND coalesce(trim({quoted(column)}) <> '', FALSE)"
            parts.append(f"{none} AS {quoted(NO_NUMBER + role)}")
    if "score" in layout.found and "score" not in layout.measured:
        column = layout.found["score"]
        parts.append(f"{_number(column, kinds[column])} AS score")
    parts += [f"trim({_text(name, kinds)}) AS {quoted(SEGMENT + name)}" for name in layout.segments]
    return ", ".join(parts)


def _text(column: str, kinds: dict[str, str]) -> str:
    name = quoted(column)
    return name if kinds[column] == "VARCHAR" else f"CAST({name} AS VARCHAR)"


def _number(column: str, kind: str) -> str:
    name = quoted(column)
    if kind in SMALL:
        return f"CAST({name} AS DOUBLE)"
    if kind == "VARCHAR":
        # TRUE and FALSE are how spreadsheets write a yes or no
        number = f"coalesce(TRY_CAST({name} AS DOUBLE), CAST(TRY_CAST({name} AS BOOLEAN) AS DOUBLE))"
    else:
        number = f"TRY_CAST({name} AS DOUBLE)"
    return f"CASE WHEN abs({number}) < {TOO_LARGE} THEN {number} END"


def sorted_hashes(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], bool]:
    """Sort hashes of keys, and say whether all keys are different.

    Equal keys have equal hashes. This takes a third of the time of COUNT(DISTINCT); that
    different keys share one of 64 bits is next to never, and costs only the longer way.
    """
    ordered = np.sort(hashes)
    return ordered, not bool((ordered[1:] == ordered[:-1]).any())


def copied(cursor: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, layout: Layout) -> Rows:
    """Copy the rows into the table `entries`, each with a hash of all its cells."""
    whole = "row"
    while whole in {name.casefold() for name in relation.columns}:
        whole += "_"  # or it would be the column of that name
    wanted = f'hash({quoted(whole)}) AS "row hash", {projection(relation, layout)}'
    projected = relation.set_alias(whole).project(wanted)
    reader = projected.to_arrow_reader(BATCH)
    cursor.register("incoming", reader)
    cursor.execute("CREATE TEMP TABLE entries AS SELECT * FROM incoming")
    cursor.unregister("incoming")
    return table_rows(cursor, "entries")


def join_audience(
    cursor: duckdb.DuckDBPyConnection, audience: pa.Table, *, with_variants: bool
) -> tuple[Rows, int]:
    """Give `entries` the scores of an audience, and by `with_variants` who was held out.

    Returns:
        The entries of its users, and how many users are not in it.
    """
    cursor.register("audience", audience)
    kept = "* EXCLUDE (variant), " if with_variants else "*, "
    group = "CASE WHEN holdout THEN 'holdout' ELSE 'audience' END AS variant, "
    cursor.execute(
        f"CREATE TEMP TABLE joined AS SELECT {kept}{group if with_variants else ''}"
        "CAST(audience.score AS DOUBLE) AS score FROM "
        f"(SELECT {'* EXCLUDE (score)' if _has_score(cursor) else '*'} FROM entries) AS entries "
        "JOIN audience USING (user_id)"
    )
    (outside,) = table_rows(cursor, "entries").row(
        "SELECT count(DISTINCT user_id) FROM entries ANTI JOIN audience USING (user_id)"
    )
    cursor.unregister("audience")
    cursor.execute("DROP TABLE entries")
    cursor.execute("ALTER TABLE joined RENAME TO entries")
    return table_rows(cursor, "entries"), int(outside)


def _has_score(cursor: duckdb.DuckDBPyConnection) -> bool:
    return "score" in cursor.table("entries").columns


def days_of(entries: Rows, layout: Layout) -> Days:
    """Return how to read the dates of the entries."""
    if "date" not in entries.columns or "date" in layout.measured:
        return Days()
    return Days(*as_day(entries, "date"))


def one_a_user(columns: tuple[str, ...], layout: Layout, day: str = "") -> str:
    """Return what a user is made of where every row is another one."""
    numbers = [f"coalesce({quoted(role)}, 0.0) AS {quoted(role)}" for role in layout.measured]
    return ", ".join(
        [
            "user_id",
            "variant",
            *numbers,
            *_segments(layout, "{}"),
            *(["score"] if "score" in columns and "score" not in layout.measured else []),
            *([f"{day} AS first_day"] if day else []),
        ]
    )


def _segments(layout: Layout, around: str) -> list[str]:
    names = [quoted(SEGMENT + name) for name in layout.segments]
    # an empty cell becomes none before a user's rows are put together, or it hides the others
    filled = {name: f"nullif({name}, '')" for name in names}
    return [f"{around.format(cell)} AS {name}" for name, cell in filled.items()]


def people_as_they_are(cursor: duckdb.DuckDBPyConnection, layout: Layout, day: Days) -> Rows:
    """Make `people` of entries that are all of different users."""
    columns = tuple(cursor.table("entries").columns)
    cursor.execute(
        f"CREATE TEMP VIEW people AS SELECT {one_a_user(columns, layout, day.sql)} "
        f"FROM entries WHERE {KEYED}"
    )
    return table_rows(cursor, "people")


def sum_to_users(
    cursor: duckdb.DuckDBPyConnection, layout: Layout, day: Days, *, keep_copies: bool
) -> Rows:
    """Make `everybody`, with what the checks ask of their rows, and `people` in one variant only."""
    columns = cursor.table("entries").columns
    dated = [f"{day.sql} AS day"] if day.sql else []
    scored = ["score"] if "score" in columns and "score" not in layout.measured else []
    names = [quoted(role) for role in layout.measured]
    texts = [quoted(SEGMENT + name) for name in layout.segments]
    once = [f"any_value({name}) AS {name}" for name in (*names, *texts, *scored)]
    if day.sql:
        once.append("any_value(day) AS day")
    inner = ", ".join(["user_id", "variant", '"row hash"', *names, *texts, *scored, *dated])
    hashes = table_rows(cursor, "entries").arrays(f'SELECT "row hash" AS h FROM entries WHERE {KEYED}')
    _, no_copies = sorted_hashes(hashes["h"])
    cursor.execute(
        f'CREATE TEMP VIEW kept AS SELECT 1 AS "row copies", {inner} FROM entries WHERE {KEYED}'
        if no_copies
        else "CREATE TEMP TABLE kept AS "
        f'SELECT user_id, variant, count(*) AS "row copies", {", ".join(once)} '
        f"FROM (SELECT {inner} FROM entries WHERE {KEYED}) "
        'GROUP BY user_id, variant, "row hash"'
    )
    times = ' * "row copies"' if keep_copies else ""
    sums = [
        f"coalesce({f'max({name})' if role.startswith(PRE) else f'sum({name}{times})'}, 0.0) AS {name}"
        for role, name in zip(layout.measured, names, strict=True)
    ]
    before = [name for role, name in zip(layout.measured, names, strict=True) if role.startswith(PRE)]
    differs = " OR ".join(f"coalesce(min({name}) < max({name}), FALSE)" for name in before) or "FALSE"
    parts = [
        "user_id",
        "min(variant) AS variant",
        'min(variant) <> max(variant) AS "crossed"',
        'count(*) AS "rows kept"',
        'sum("row copies") AS "rows read"',
        f'{differs} AS "before differs"',
        *sums,
        *_segments(layout, "min({})"),
        *(["max(score) AS score"] if scored else []),
        *(["min(day) AS first_day"] if day.sql else []),
    ]
    cursor.execute(
        f"CREATE TEMP TABLE everybody AS SELECT {', '.join(parts)} FROM kept GROUP BY user_id"
    )
    cursor.execute(
        'CREATE TEMP VIEW people AS SELECT * EXCLUDE ("crossed", "rows kept", "rows read", '
        '"before differs") FROM everybody WHERE NOT "crossed"'
    )
    return table_rows(cursor, "people")


def sum_to_days(cursor: duckdb.DuckDBPyConnection, layout: Layout) -> Rows:
    """Make `days`: one row a user compared and day, of the rows whose date can be read."""
    sums = [
        f"coalesce(sum({quoted(role)}), 0.0) AS {quoted(role)}"
        for role in layout.measured
        if not role.startswith(PRE)
    ]
    cursor.execute(
        f"CREATE TEMP TABLE days AS SELECT {', '.join(['user_id', 'variant', 'day', *sums])} "
        'FROM kept SEMI JOIN (SELECT user_id FROM everybody WHERE NOT "crossed") USING (user_id) '
        "WHERE day IS NOT NULL GROUP BY user_id, variant, day"
    )
    return table_rows(cursor, "days")
