"""Names from a file pick their rows and nothing else, whatever is written in them."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lookalike.experiment.arms import among, text

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=25, deadline=None)
@example("'; DROP TABLE people; --", "a''b")
@example("nul\0l", 'a "quoted" name')
@given(NAMES, NAMES)
def test_names_pick_their_rows_only(connection, one: str, other: str) -> None:
    connection.execute("CREATE OR REPLACE TABLE people (variant VARCHAR)")
    connection.executemany("INSERT INTO people VALUES (?)", [[one], [other], [one + other + "x"]])
    found = connection.sql(f"SELECT variant FROM people WHERE {among(one, other)}").fetchall()
    assert {name for (name,) in found} == {one, other}
    assert connection.sql(f"SELECT {text(one)}").fetchall() == [(one,)]
