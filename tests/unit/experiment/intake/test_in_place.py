import contextlib
from collections.abc import Iterator

import duckdb
import pytest

from lookalike.experiment import readout
from lookalike.experiment.intake.columns import lay_out
from lookalike.experiment.intake.faults import Faults
from lookalike.experiment.intake.in_place import in_place
from lookalike.experiment.metrics import EVERY
from lookalike.experiment.rows import Rows
from tests.unit.experiment.data import generated

CLEAN = (
    "SELECT i AS user_id, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS variant, "
    "CAST(i % 5 AS INTEGER) AS impressions, i % 3 AS clicks, i / 4 AS revenue, "
    "'c' || i % 2 AS country FROM range(40) AS t(i)"
)


@contextlib.contextmanager
def placed(sql: str) -> Iterator[tuple[Rows, Faults, int] | None]:
    """What becomes of a query's rows."""
    with duckdb.connect() as connection, contextlib.ExitStack() as stack:
        relation = connection.sql(sql)
        yield in_place(stack, relation, lay_out(relation.columns, EVERY, {}))


def test_users_are_measured_where_they_are() -> None:
    with placed(CLEAN) as found:
        people, faults, _ = found
        assert people.columns == (
            "user_id", "variant", "impressions", "revenue", "clicks", "segment country"
        )  # fmt: skip
        row = people.row(f"SELECT * FROM \"{people.name}\" WHERE user_id = '7'")
        assert row == ("7", "b", 2.0, 1.75, 1.0, "c1")
        assert faults == Faults(rows=40, over={("clicks", "impressions"): 7})


def test_the_checksum_is_of_the_users_whatever_their_order() -> None:
    with placed(CLEAN) as one, placed(f"{CLEAN} ORDER BY hash(i)") as other:
        assert one[2] == other[2]
    with placed(CLEAN.replace("range(40)", "range(1, 41)")) as others:
        assert others[2] != one[2]


def test_gaps_and_negative_values_are_counted_and_gaps_are_0() -> None:
    gaps = "CASE WHEN clicks > 0 THEN clicks END AS clicks"
    sql = f"SELECT * REPLACE ({gaps}, revenue - 1 AS revenue) FROM ({CLEAN})"
    with placed(sql) as found:
        people, faults, _ = found
        assert faults.missing == {"clicks": 14}
        assert faults.negative == {"revenue": 4}
        assert people.row(f'SELECT count(clicks), sum(clicks) FROM "{people.name}"') == (40, 39.0)


def test_gaps_of_the_time_before_are_no_fault() -> None:
    with placed(f"SELECT *, CASE WHEN user_id > 3 THEN -1 END AS pre_clicks FROM ({CLEAN})") as found:
        people, faults, _ = found
        assert (faults.missing, faults.negative) == ({}, {})
        assert people.row(f'SELECT sum(pre_clicks), count(pre_clicks) FROM "{people.name}"') == (-36, 40)


@pytest.mark.parametrize(
    "change",
    [
        "SELECT * REPLACE (NULLIF(user_id, 7) AS user_id)",
        "SELECT * REPLACE (CASE WHEN user_id = 7 THEN '' ELSE 'u' || user_id END AS user_id)",
        "SELECT * REPLACE (user_id // 2 AS user_id)",
        "SELECT * REPLACE (NULLIF(variant, 'a') AS variant)",
        "SELECT * REPLACE (CASE WHEN user_id = 7 THEN '' ELSE variant END AS variant)",
        "SELECT * REPLACE (CASE WHEN user_id = 7 THEN ' a' ELSE variant END AS variant)",
        "SELECT * REPLACE (CAST(clicks AS VARCHAR) AS clicks)",
        "SELECT * REPLACE (CAST(NULL AS INTEGER) AS clicks)",
        "SELECT * REPLACE (CASE WHEN user_id = 7 THEN 'NaN'::DOUBLE ELSE clicks END AS clicks)",
        "SELECT * REPLACE (CASE WHEN user_id = 7 THEN '-inf'::DOUBLE ELSE clicks END AS clicks)",
        "SELECT * REPLACE (CASE WHEN user_id = 7 THEN 2.0 ** 53 ELSE clicks END AS clicks)",
        "SELECT *, DATE '2026-03-01' AS date",
        "SELECT * EXCLUDE (variant), 'a' AS variant WHERE FALSE",
    ],
)
def test_what_has_to_be_cleaned_or_summed_is_not_taken(change: str) -> None:
    base = f"FROM ({CLEAN})"
    where = " WHERE FALSE" if "WHERE FALSE" in change else ""
    with placed(f"{change.removesuffix(where)} {base}{where}") as found:
        assert found is None


def test_a_relation_reads_like_the_frame_it_came_from() -> None:
    """In place or copied: the same report but for the last digits of sums in another order."""
    frame = generated(2_000, {"control": 0.5, "new": 0.5})
    frame["country"] = ["DE", "FR", "", "UK"] * 500
    with duckdb.connect() as connection:
        one, other = readout(connection.from_df(frame)), readout(frame)
    assert one.fingerprint == other.fingerprint
    assert one.verdict == other.verdict
    assert one.checks == other.checks
    assert [(row.value, row.n_control) for row in one.segments] == [
        (row.value, row.n_control) for row in other.segments
    ]
