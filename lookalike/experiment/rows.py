"""A table of users, or of users and days, that answers queries wherever it lives."""

from __future__ import annotations

import functools
from collections.abc import Callable
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
    """Return a table of a connection of ours."""
    return Rows(table, tuple(cursor.table(quoted(table)).columns), cursor.sql)


def relation_rows(relation: duckdb.DuckDBPyRelation, name: str) -> Rows:
    """Return a relation, of whatever connection, under a name that nothing there has."""
    return Rows(name, tuple(relation.columns), functools.partial(relation.query, name))
