"""Results in, a table of users out: reads the rows, sums days to users, counts what is odd."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from lookalike.errors import BadInput
from lookalike.experiment.intake import reading
from lookalike.experiment.intake.columns import Layout, lay_out
from lookalike.experiment.intake.faults import Faults, of_rows, of_users, over
from lookalike.experiment.intake.in_place import in_place
from lookalike.experiment.intake.reading import KEYED
from lookalike.experiment.intake.sources import Source, parsed, relation_of, unreadable
from lookalike.experiment.metrics import Metric
from lookalike.experiment.rows import Rows, table_rows
from lookalike.experiment.variants import MOST, refuse_many
from lookalike.settings import Settings

DAILY_ROWS_PER_USER = 1.5
DATED_ROWS_PER_USER = 1.15


@dataclass(frozen=True, slots=True)
class Intake:
    """What was read. The tables are there as long as `opened` is.

    Attributes:
        people: One row a user compared: `user_id, variant`, a number a measured role, text in
            `segment …`, and where the file has them `score` and `first_day`.
        days: One row a user and day with what was measured during the test; None unless the
            file is by day and dated.
        layout: Which column is what.
        by_day: Whether a user has one row a day rather than one row.
        keeps_copies: Whether exact copies of a row count, as days that look alike.
        faults: What is odd.
        who: A checksum of the users, whatever their order.
    """

    people: Rows
    days: Rows | None
    layout: Layout
    by_day: bool
    keeps_copies: bool
    faults: Faults
    who: int

    @property
    def measured(self) -> tuple[str, ...]:
        """The roles that hold numbers."""
        return self.layout.measured


@contextlib.contextmanager
def opened(
    source: Source,
    metrics: Sequence[Metric],
    columns: Mapping[str, str] | None = None,
    *,
    segments: Sequence[str] | None = None,
    audience: pa.Table | None = None,
    without: Collection[str] = (),
) -> Iterator[Intake]:
    """Read results into a table of users.

    A DuckDB relation, an Arrow table or a Parquet file with one row a user is read where it is;
    everything else comes into a DuckDB of its own, within the memory limit of the settings, and is
    dropped at the end.
    Rows without a user or a variant are left out. Exact copies of a row count once, except in
    a file by day without dates, where two days may look alike. A value that is missing or no
    number (or one beyond 2^53) counts as 0. Columns of the time before the experiment are the
    same on all of a user's rows and are taken once.

    Args:
        source: A DataFrame, an Arrow table, a DuckDB relation, or a path to a file.
        metrics: What will be measured; says which columns matter.
        columns: The source's column for each role, where the names do not say it.
        segments: Columns to read the test out by; None takes those whose name is usual for one.
        audience: An exported audience, with `user_id, score, holdout`: gives the scores, and
            the variants where the source has none.
        without: Keys that the source need not have: "variant" puts everybody in one.

    Raises:
        BadInput: It cannot be read, is empty, lacks a user or variant column or anything to
            measure, or a column to be summed holds no numbers.
    """
    with contextlib.ExitStack() as stack:
        try:
            connection = own_database(stack)
            relation = stack.enter_context(relation_of(connection, source))
            free = (*without, "variant") if audience is not None else without
            layout = lay_out(relation.columns, metrics, columns or {}, segments, free)
            intake = None
            if audience is None and not parsed(source):
                intake = _in_place(stack, relation, layout)
            if intake is None:
                # a cursor of its own, or what it reads would wait for what it writes
                cursor = stack.enter_context(connection.cursor())
                intake = _taken_in(cursor, relation, layout, audience)
            yield intake  # what is read where it is may turn out damaged only now
        except duckdb.Error as error:
            raise unreadable(error) from error


def own_database(stack: contextlib.ExitStack) -> duckdb.DuckDBPyConnection:
    """Open a database in memory, within the settings' limits, that goes with the stack."""
    settings = Settings.from_env()
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": settings.threads,
        "preserve_insertion_order": False,
        "temp_directory": stack.enter_context(tempfile.TemporaryDirectory()),
    }
    if settings.memory_limit:
        config["memory_limit"] = settings.memory_limit
    return stack.enter_context(duckdb.connect(":memory:", config=config))


def _in_place(
    stack: contextlib.ExitStack, relation: duckdb.DuckDBPyRelation, layout: Layout
) -> Intake | None:
    found = in_place(stack, relation, layout)
    if found is None:
        return None
    people, faults, who = found
    return Intake(people, None, layout, False, False, faults, who)


def _taken_in(
    cursor: duckdb.DuckDBPyConnection,
    relation: duckdb.DuckDBPyRelation,
    layout: Layout,
    audience: pa.Table | None,
) -> Intake:
    """Copy the rows into our own database and sum them to users."""
    entries, outside = reading.copied(cursor, relation, layout), 0
    if audience is not None:
        entries, outside = reading.join_audience(
            cursor, audience, with_variants="variant" not in layout.found
        )
        if outside and not entries.row("SELECT count(*) FROM entries")[0]:
            raise BadInput(
                "None of the users in the results is in the audience.",
                "Choose the audience that the test was made with.",
            )
    (variants,) = entries.row(
        f"SELECT count(*) FROM (SELECT DISTINCT variant FROM entries WHERE {KEYED} LIMIT {MOST + 1})"
    )
    refuse_many(variants, layout.found.get("variant", ""))
    faults = of_rows(entries, layout)
    day, undated = reading.days_of(entries, layout), 0
    if day.sql:
        (undated,) = entries.row(f"SELECT count_if({day.sql} IS NULL) FROM entries WHERE {KEYED}")
    faults = dataclasses.replace(faults, outside=outside, undated=undated, remark=day.remark)
    hashes, distinct = reading.sorted_hashes(
        entries.arrays(f"SELECT hash(user_id) AS h FROM entries WHERE {KEYED}")["h"]
    )
    who = int(np.bitwise_xor.reduce(hashes))
    days, by_day, keeps_copies = None, False, False
    if distinct:
        people = reading.people_as_they_are(cursor, layout, day)
    else:
        (users,) = entries.row(f"SELECT approx_count_distinct(user_id) FROM entries WHERE {KEYED}")
        # dated rows of which hardly a user has two are dates of entry, and strays
        least = DATED_ROWS_PER_USER if day.sql else DAILY_ROWS_PER_USER
        by_day = len(hashes) > least * users
        keeps_copies = by_day and not day.sql
        people = reading.sum_to_users(cursor, layout, day, keep_copies=keeps_copies)
        days = reading.sum_to_days(cursor, layout) if by_day and day.sql else None
        faults = of_users(faults, table_rows(cursor, "everybody"), by_day=by_day)
    faults = dataclasses.replace(faults, over=over(people, layout))
    return Intake(people, days, layout, by_day, keeps_copies, faults, who)
