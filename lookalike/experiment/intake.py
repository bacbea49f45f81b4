"""Results in, a table of users out: finds the columns, reads the rows, sums days to users."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lookalike.errors import BadInput, did_you_mean
from lookalike.experiment.metrics import PRE, Metric
from lookalike.experiment.sources import Source, relation_of
from lookalike.settings import Settings
from lookalike.workspace import quoted

BATCH = 131_072
DAILY_ROWS_PER_USER = 1.5
TOO_LARGE = 2.0**53  # beyond it a double no longer counts by ones
KEYS = ("user_id", "variant", "date")

ALIASES: dict[str, tuple[str, ...]] = {
    "user_id": ("user_id", "userid", "user", "uid", "id", "visitor_id", "customer_id", "member_id"),
    "variant": (
        "variant", "group", "version", "arm", "variation", "treatment", "bucket", "cell",
        "test_group", "experiment_group", "ab_group",
    ),
    "date": ("date", "day", "ds", "dt", "event_date"),
    "impressions": ("impressions", "impression", "imps", "views"),
    "clicks": ("clicks", "click"),
    "hides": ("hides", "hide", "hidden"),
    "good_clicks": ("good_clicks", "good_click", "long_clicks"),
    "revenue": ("revenue", "spend", "sales"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Intake:
    """What was read, now the tables `entries` (one row a row) and `people` (one row a user).

    Attributes:
        cursor: The connection that holds the tables; valid inside `opened`.
        found: The source's column for each role that was found.
        measured: The roles that hold numbers, those of the time before included.
        by_day: Whether a user has one row a day rather than one row.
        keeps_copies: Whether exact copies of a row count, as days that look alike.
        entries: Rows read.
    """

    cursor: duckdb.DuckDBPyConnection
    found: dict[str, str]
    measured: tuple[str, ...]
    by_day: bool
    keeps_copies: bool
    entries: int


@contextlib.contextmanager
def opened(
    source: Source, metrics: Sequence[Metric], columns: Mapping[str, str] | None = None
) -> Iterator[Intake]:
    """Read results into a table of users in a DuckDB of its own, dropped at the end.

    Rows without a user or a variant are left out. Exact copies of a row count once, except in
    a file by day without dates, where two days may look alike. A value that is missing or no
    number (or one beyond 2^53) counts as 0. Columns of the time before the experiment are the
    same on all of a user's rows and are taken once.

    Args:
        source: A DataFrame, an Arrow table, a DuckDB relation, or a path to CSV or Parquet.
        metrics: What will be measured; says which columns matter.
        columns: The source's column for each role, where the names do not say it.

    Raises:
        BadInput: It cannot be read, is empty, lacks a user or variant column or anything to
            measure, or a column to be summed holds no numbers.
    """
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(_own_database(stack))
        cursor = stack.enter_context(connection.cursor())
        try:
            relation = stack.enter_context(relation_of(connection, source))
            found = find_columns(relation.columns, metrics, columns or {})
            measured = tuple(role for role in found if role not in KEYS)
            reader = _projection(relation, found, measured).to_arrow_reader(BATCH)
            cursor.register("incoming", reader)
            cursor.execute("CREATE TEMP TABLE entries AS SELECT * FROM incoming")
            cursor.unregister("incoming")
        except duckdb.Error as error:
            raise BadInput(
                f"The results cannot be read: {str(error).splitlines()[0][:200]}",
                "Expected: one row a user, with columns such as user_id, variant, impressions, clicks.",
            ) from error
        _refuse_text(cursor, found, measured)
        entries, users = _count(cursor)
        by_day = "date" in found or entries > DAILY_ROWS_PER_USER * users
        keeps_copies = by_day and "date" not in found
        _sum_to_users(cursor, measured, keep_copies=keeps_copies)
        yield Intake(cursor, found, measured, by_day, keeps_copies, entries)


def find_columns(
    names: Sequence[str], metrics: Sequence[Metric], given: Mapping[str, str]
) -> dict[str, str]:
    """Return the source's column for each role: those given, then those whose name says it.

    Raises:
        BadInput: A given column or role does not exist, or the user, the variant or
            everything measurable is missing.
    """
    wanted = list(dict.fromkeys(column for metric in metrics for column in metric.columns))
    roles = [*KEYS, *wanted, *(PRE + column for column in wanted)]
    for role, name in given.items():
        if role not in roles:
            raise BadInput(f"There is no role {role!r} for a column.", did_you_mean(role, roles))
        if name not in names:
            raise BadInput(f"The results have no column {name!r}.", did_you_mean(name, names))
    plain = {_plain(name): name for name in reversed(names)}
    found = dict(given)
    for role in roles:
        base = role.removeprefix(PRE)
        prefix = role[: len(role) - len(base)]
        for alias in (role, *(prefix + alias for alias in ALIASES.get(base, ()))):
            name = plain.get(_plain(alias), "")
            if name and role not in found and (name not in found.values() or base not in ALIASES):
                found[role] = name
    for role, what in (("user_id", "the user"), ("variant", "the variant")):
        if role not in found:
            raise BadInput(
                f"The results have no column for {what}: looked for {_listed(ALIASES[role])}; "
                f"found {_listed(names)}.",
                f"Rename the column that says it to {role}.",
            )
    if not any(set(metric.columns) <= set(found) for metric in metrics):
        raise BadInput(
            f"The results have nothing to measure: looked for {_listed(wanted)}; "
            f"found {_listed(names)}.",
            "A click rate needs impressions and clicks; or add a metric of your own.",
        )
    return {role: found[role] for role in roles if role in found}


def _own_database(stack: contextlib.ExitStack) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": Settings.from_env().threads,
        "temp_directory": stack.enter_context(tempfile.TemporaryDirectory()),
    }
    return duckdb.connect(":memory:", config=config)


def _projection(
    relation: duckdb.DuckDBPyRelation, found: Mapping[str, str], measured: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Return roles only: keys as text (empty is NULL), numbers as DOUBLE, and a hash of the row.

    Beside each number `x` stands `bad x`: a cell that has text but no number in it.
    """
    kinds = dict(zip(relation.columns, (str(kind) for kind in relation.types), strict=True))
    parts = ['hash(source) AS "row hash"', f"CAST({quoted(found['user_id'])} AS VARCHAR) AS user_id"]
    parts.append(f"trim(CAST({quoted(found['variant'])} AS VARCHAR)) AS variant")
    if "date" in found:
        parts.append(f"CAST({quoted(found['date'])} AS VARCHAR) AS date")
    for role in measured:
        name = quoted(found[role])
        number = f"TRY_CAST({name} AS DOUBLE)"
        if kinds[found[role]] == "VARCHAR":
            # TRUE and FALSE are how spreadsheets write a yes or no
            number = f"coalesce({number}, CAST(TRY_CAST({name} AS BOOLEAN) AS DOUBLE))"
            bad = f"{number} IS NULL AND trim({name}) <> ''"
        else:
            bad = f"{name} IS NOT NULL AND {number} IS NULL"
        parts.append(f"CASE WHEN abs({number}) < {TOO_LARGE} THEN {number} END AS {quoted(role)}")
        parts.append(f"coalesce({bad}, FALSE) AS {quoted('bad ' + role)}")
    return relation.set_alias("source").project(", ".join(parts))


def _refuse_text(
    cursor: duckdb.DuckDBPyConnection, found: Mapping[str, str], measured: Sequence[str]
) -> None:
    for role in measured:
        numbers, bad = _one(
            cursor,
            f"SELECT count({quoted(role)}), count_if({quoted('bad ' + role)}) FROM entries",
        )
        if bad and not numbers:
            raise BadInput(
                f"The column {found[role]!r} holds no numbers.",
                "Numbers are written like 12 or 0.5, without units or separators.",
            )


def _count(cursor: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    entries, users = _one(cursor, "SELECT count(*), approx_count_distinct(user_id) FROM entries")
    if entries == 0:
        raise BadInput("The results hold no rows.", "Expected: one row a user, or one a user and day.")
    return entries, users


def _sum_to_users(
    cursor: duckdb.DuckDBPyConnection, measured: Sequence[str], *, keep_copies: bool
) -> None:
    """Make `people`: the sums, and what the checks ask of a user's rows."""
    once = ", ".join(f"any_value({quoted(role)}) AS {quoted(role)}" for role in measured)
    times = ' * "copies"' if keep_copies else ""
    sums = ", ".join(
        f"coalesce({f'max({name})' if role.startswith(PRE) else f'sum({name}{times})'}, 0.0) AS {name}"
        for role in measured
        for name in [quoted(role)]
    )
    before = [quoted(role) for role in measured if role.startswith(PRE)]
    differs = " OR ".join(f"coalesce(min({name}) < max({name}), FALSE)" for name in before) or "FALSE"
    cursor.execute(
        "CREATE TEMP TABLE people AS SELECT user_id, min(variant) AS variant, "
        'count(DISTINCT variant) AS "variants seen", count(*) AS "rows kept", '
        f'sum("copies") AS "rows read", {differs} AS "before differs", {sums} '
        f'FROM (SELECT user_id, variant, count(*) AS "copies", {once} FROM entries '
        "WHERE user_id <> '' AND variant <> '' GROUP BY user_id, variant, \"row hash\") "
        "GROUP BY user_id"
    )


def _one(cursor: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    row = cursor.execute(query).fetchone()
    if row is None:
        raise RuntimeError("an aggregate without groups always returns a row")
    return tuple(int(value or 0) for value in row)


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", name.strip().lower()).strip("_")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
