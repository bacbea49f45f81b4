"""Engagement: numeric metrics of users, each a count (or an amount) or a rate."""

from __future__ import annotations

import re

from lookalike.errors import BadInput, listed
from lookalike.importing.account import TABLE, counted
from lookalike.importing.columns import Match, number_of
from lookalike.importing.report import Changes
from lookalike.importing.sources import Source
from lookalike.importing.staging import Staging, checked
from lookalike.importing.users import USER, settle_users
from lookalike.progress import Progress
from lookalike.workspace import quoted

FIELDS = (USER,)
EXTRAS = "become metrics"
RENAMES = True
TYPING_ERRORS = 0.01  # of a rate's cells may lie outside 0 to 1, and be emptied; more say it is none
RATE_WORDS = frozenset(
    ("ctr", "cvr", "hdr", "gcr", "rate", "ratio", "share", "pct", "percent", "percentage", "fraction",
     "probability", "prob", "propensity")
)  # fmt: skip


def land(staging: Staging, strict: bool, progress: Progress) -> int:
    """Write each numeric column as a metric of the users; an empty cell leaves what was there.

    Returns:
        Rows kept.

    Raises:
        BadInput: There is no numeric column.
    """
    cursor = staging.cursor
    described = cursor.execute("SELECT column_name FROM (DESCRIBE engagement)").fetchall()
    known = {name.casefold(): name for (name,) in described}
    names = [known.get(name.casefold(), name) for name in staging.extras()]
    if "row" in (name.casefold() for name in names):
        raise BadInput("A metric cannot be called 'row'.", "Call it something else: --map position=row")
    columns = {name.casefold(): f"m{n}" for n, name in enumerate(names)}

    def expressions(source: Source, matched: Match) -> dict[str, str]:
        sql: dict[str, str] = {}
        for name, column in matched.extras.items():
            sql |= checked(columns[name.casefold()], column, number_of(column, source))
        return sql

    types = {c: kind for m in columns.values() for c, kind in ((m, "DOUBLE"), (f"{m}_bad", "VARCHAR"))}
    staging.load(types, expressions, progress.span(0, 0.6))
    staging.last_wins("user_id")
    metrics = [name for name in names if _holds_numbers(staging, columns[name.casefold()])]
    left_out = [name for name in names if name not in metrics]
    if not metrics:
        raise BadInput(
            "There is no column of numbers beside user_id.",
            f"Found: {listed(left_out, 8)}." if left_out else "One column a metric was expected.",
        )
    if left_out:
        staging.notes.append(f"Left out, as they hold no number: {listed(left_out, 8)}.")
    for name in metrics:
        _judge(staging, name, columns[name.casefold()])
    settle_users(staging, strict)
    progress.at(0.8, "Writing the metrics")
    _write(staging, {name: columns[name.casefold()] for name in metrics}, known)
    return staging.kept()


def looks_like_rate(name: str) -> bool:
    """Whether a metric's name says that it is a rate: ctr, hide_rate, openRate, share_7d."""
    words = re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    return any(word in RATE_WORDS for word in words)


def _judge(staging: Staging, name: str, column: str) -> None:
    """Count the cells that cannot be, and those that a weighting will not use as they stand."""
    staging.blank_bad(column, name)
    outside = f"{column} NOT BETWEEN 0 AND 1"
    if looks_like_rate(name):
        found = staging.cursor.execute(
            f"SELECT count(*) FILTER (WHERE {outside}), count({column}) FROM {TABLE}"
        ).fetchone()
        odd, filled = found or (0, 0)
        if 0 < odd <= TYPING_ERRORS * filled:
            staging.blank(f"{name} is a rate, and outside 0 to 1", outside, column)
        elif odd:
            staging.notice(f"{name} is called a rate, but lies outside 0 to 1", outside, column)
            staging.notes.append(f"If {name} is in percent, divide it by 100 and import it again.")
    else:
        reason = f"{name} is negative (a weighting takes it as 0)"
        staging.notice(reason, f"{column} < 0", column)


def _holds_numbers(staging: Staging, column: str) -> bool:
    found = staging.cursor.execute(f"SELECT count({column}) > 0 FROM {TABLE}").fetchone()
    return bool(found and found[0])


def _write(staging: Staging, metrics: dict[str, str], known: dict[str, str]) -> None:
    cursor = staging.cursor
    # DuckDB cannot commit a table that was altered after rows of it were written
    for name in metrics:
        if name.casefold() not in known:
            cursor.execute(f"ALTER TABLE engagement ADD COLUMN {quoted(name)} DOUBLE")
    columns = ", ".join(
        f"{quoted(name)} = coalesce(new.{column}, engagement.{quoted(name)})"
        for name, column in metrics.items()
    )
    new = f"(SELECT users.row, {TABLE}.* FROM {TABLE} JOIN users USING (user_id))"
    there = counted(cursor, f"SELECT count(*) FROM {new} AS new SEMI JOIN engagement USING (row)")
    differs = " OR ".join(
        f"(new.{column} IS NOT NULL AND new.{column} IS DISTINCT FROM engagement.{quoted(name)})"
        for name, column in metrics.items()
    )
    changed = counted(
        cursor,
        f"UPDATE engagement SET {columns} FROM {new} AS new "
        f"WHERE engagement.row = new.row AND ({differs})",
    )
    fresh = counted(
        cursor,
        f"INSERT INTO engagement (row, {', '.join(map(quoted, metrics))}) "
        f"SELECT new.row, {', '.join(metrics.values())} FROM {new} AS new "
        "ANTI JOIN engagement USING (row) ORDER BY new.row",
    )
    staging.changes = Changes("users", fresh, changed, there - changed)
    for name in metrics:
        _enter(staging, name)


def _enter(staging: Staging, name: str) -> None:
    """Enter the metric's kind once; what was chosen before stays, unless it cannot be a rate."""
    cursor = staging.cursor
    found = cursor.execute(
        f"SELECT min({quoted(name)}) >= 0 AND max({quoted(name)}) <= 1 FROM engagement"
    ).fetchone()
    within = bool(found and found[0])
    kind = "rate" if within and looks_like_rate(name) else "count"
    before = cursor.execute("SELECT kind FROM metrics WHERE name = ?", [name]).fetchone()
    if before is None:
        cursor.execute("INSERT INTO metrics VALUES (?, ?)", [name, kind])
        staging.notes.append(f"{name} is taken as a {kind}.")
    elif before[0] == "rate" and not within:
        cursor.execute("UPDATE metrics SET kind = 'count' WHERE name = ?", [name])
        staging.notes.append(f"{name} has values outside 0 to 1 now, so it is taken as a count.")
