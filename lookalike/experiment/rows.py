"""A table of users, or of users and days, that answers queries wherever it lives."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from lookalike.workspace import quoted


@dataclass(frozen=True, slots=True)
class Rows:
    """A table to ask, by the name it has in queries.

    Attributes:
        name: What queries call it, such as `people`.
        columns: The names of its columns.
        ask: Returns the answer to a query that reads from `name`.
    """

    name: str
    columns: tuple[str, ...]
    ask: Callable[[str], duckdb.DuckDBPyRelation]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of the answer."""
        return self.ask(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        """Return the one row of the answer, as of an aggregate without groups."""
        (row,) = self.rows(sql)
        return row

    def arrays(self, sql: str) -> dict[str, Any]:
        """Return the answer's columns as NumPy arrays, by name."""
        return self.ask(sql).fetchnumpy()


def table_rows(cursor: duckdb.DuckDBPyConnection, table: str) -> Rows:
    """Return a table, or a view, of a connection of ours."""
    columns = cursor.sql(f"SELECT * FROM {quoted(table)} LIMIT 0").columns
    return Rows(table, tuple(columns), cursor.sql)


@contextlib.contextmanager
def borrowed(relation: duckdb.DuckDBPyRelation, name: str) -> Iterator[Rows]:
    """Give a relation of somebody else's connection, under a name that nothing there has."""
    try:
        yield Rows(name, tuple(relation.columns), functools.partial(relation.query, name))
    finally:
        # asking makes a view of that name; their connection is left as it was
        relation.query(name, f"DROP VIEW {quoted(name)}")
