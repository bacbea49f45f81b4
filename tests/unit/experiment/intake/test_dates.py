import datetime as dt

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.experiment.intake.dates import NUMERIC, as_day
from lookalike.experiment.rows import table_rows


def days(*cells: str | None) -> tuple[list[dt.date | None], str]:
    """The days read from cells, and the remark."""
    with duckdb.connect() as connection:
        frame = pd.DataFrame({"n": range(len(cells)), "the day": pd.Series(cells, dtype="str")})
        connection.from_df(frame).create("entries")
        rows = table_rows(connection, "entries")
        sql, remark = as_day(rows, "the day")
        return [day for (day,) in rows.rows(f"SELECT {sql} FROM entries ORDER BY n")], remark


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-14",
        " 2026-03-14 ",
        "2026-03-14 23:59:59",
        "2026-03-14T08:30:00",
        "2026-03-14 08:30:00.123",
        "3/14/2026",
        "03/14/2026",
        "14/03/2026",
        "14.3.2026",
        "14.03.2026",
        "2026/03/14",
        "20260314",
    ],
)
def test_the_usual_ways_to_write_a_day(cell: str) -> None:
    assert days(cell) == ([dt.date(2026, 3, 14)], "")


def test_the_way_that_reads_the_most_is_taken_for_all() -> None:
    found, remark = days("3/4/2026", "14/4/2026", "15/4/2026", "soon", None)
    assert found == [dt.date(2026, 4, 3), dt.date(2026, 4, 14), dt.date(2026, 4, 15), None, None]
    assert remark == ""


def test_where_the_month_may_be_the_day_it_is_said() -> None:
    found, remark = days("3/4/2026", "5/6/2026")
    assert found == [dt.date(2026, 3, 4), dt.date(2026, 5, 6)]
    assert "month/day/year" in remark


def test_repeated_days_weigh_no_more_than_once() -> None:
    """A hundred rows of one doubtful day do not outvote two clear ones."""
    found, remark = days(*["3/4/2026"] * 100, "14/4/2026", "15/4/2026")
    assert found[0] == dt.date(2026, 4, 3)
    assert remark == ""


def test_years_of_two_digits_are_of_our_time() -> None:
    assert days("28/03/26", "02/04/26")[0] == [dt.date(2026, 3, 28), dt.date(2026, 4, 2)]
    assert days("0028-03-26")[0] == [None]


def test_what_is_no_day_is_none() -> None:
    assert days("soon", "31/31/2026", "", None) == ([None] * 4, "")


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1)), min_size=1, max_size=5),
    st.sampled_from(["%Y-%m-%d", *NUMERIC]),
)
def test_days_are_read_back_unless_it_says_that_it_doubts(written: list[dt.date], how: str) -> None:
    found, remark = days(*(day.strftime(how) for day in written))
    assert found == written or remark
