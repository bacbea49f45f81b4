"""What a file of results looks like before anything is computed: its columns and its variants."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import duckdb

from lookalike.errors import BadInput, LookalikeError
from lookalike.experiment.intake.columns import is_taken, lay_out
from lookalike.experiment.intake.opening import own_database
from lookalike.experiment.intake.sources import Source, relation_of, unreadable
from lookalike.experiment.metrics import EVERY, PRE, Metric, mean_metric, share_metric
from lookalike.experiment.rows import borrowed
from lookalike.experiment.variants import MOST, refuse_many
from lookalike.workspace import quoted

FEWEST_EACH = 4  # rows that a value has on average
MOST_VALUES = 300  # that a segment has; the rare ones are taken together
Kind: TypeAlias = Literal["number", "yes or no", "text"]
WITHOUT = ("user_id", "variant", "measures")
YES_OR_NO = ("0", "1", "true", "false", "yes", "no", "0.0", "1.0")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file.

    Attributes:
        name: Its name.
        kind: What most of its cells hold.
        values: About how many different ones.
        example: One of them.
    """

    name: str
    kind: Kind
    values: int
    example: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds.

    Attributes:
        rows: Its rows.
        columns: Its columns, in order.
        found: The column for each role whose name says it.
        variants: Rows by variant; empty where its column is not known.
    """

    rows: int
    columns: tuple[Column, ...]
    found: dict[str, str]
    variants: dict[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def measurable(self) -> tuple[Metric, ...]:
        """Return a metric for each column of numbers that may have come of the test: a share or a mean.

        Not those that a role has, that users are parted by, or that say what was before the test.
        """
        names = set(self.names)
        before = {PRE + name for name in names}
        known = {*self.found.values(), *self.usual_segments(), *before}
        reserved = {metric.name for metric in EVERY}
        found = []
        for column in self.columns:
            if column.kind == "text" or column.name in known or is_taken(column.name):
                continue
            name = f"{column.name} per user" if column.name in reserved else column.name
            made = share_metric if column.kind == "yes or no" else mean_metric
            found.append(made(name, column.name))
        return tuple(found)

    def usual_segments(self) -> tuple[str, ...]:
        """Return those of the columns to read out by whose name says that they are for it."""
        usual = lay_out(self.names, [*EVERY], self.found, None, WITHOUT).segments
        return tuple(
            column.name for column in self.columns if column.name in usual and column.values > 1
        )

    def divisible(self) -> tuple[str, ...]:
        """Return the columns by which a test can be read out: words of few values, age and the like.

        Other numbers and answers are mostly what came of the test, which must not part its users.
        """
        keys = {self.found.get(role) for role in ("user_id", "variant", "date")}
        words = (
            column.name
            for column in self.columns
            if column.kind == "text" and column.name not in keys
            if 2 <= column.values <= min(MOST_VALUES, self.rows / FEWEST_EACH)
        )
        return tuple(dict.fromkeys((*self.usual_segments(), *words)))


def preview(source: Source, columns: Mapping[str, str] | None = None) -> Preview:
    """Look at a file of results, without raising where a column is not found.

    Args:
        source: As for `readout`.
        columns: The file's column for a role, where its name does not say it.

    Raises:
        BadInput: It cannot be read, is empty, or what it calls variants are too many to be any.
    """
    with contextlib.ExitStack() as stack:
        try:
            relation = stack.enter_context(relation_of(own_database(stack), source))
            seen, rows = _columns(relation, stack)
            given = dict(columns or {})
            found = _found(relation.columns, given)
            variants = _variants(relation, found, stack)
            if len(variants) > MOST and "variant" not in given:
                del found["variant"]  # its name alone says so, and is wrong
                variants = {}
            refuse_many(len(variants), found.get("variant", ""))
        except duckdb.Error as error:
            raise unreadable(error) from error
    if not rows:
        raise BadInput("The results hold no rows.", "Expected: one row a user, or one a user and day.")
    return Preview(rows, seen, found, variants)


def _columns(
    relation: duckdb.DuckDBPyRelation, stack: contextlib.ExitStack
) -> tuple[tuple[Column, ...], int]:
    rows = stack.enter_context(borrowed(relation, "lookalike preview"))
    asked = ["count(*)"]
    for name, kind in zip(relation.columns, relation.types, strict=True):
        text = f"trim(CAST({quoted(name)} AS VARCHAR))"
        listed = ", ".join(f"'{value}'" for value in YES_OR_NO)
        number = f"TRY_CAST({text} AS DOUBLE)" if str(kind) != "BOOLEAN" else "1"
        asked += [
            f"count_if({text} <> '')",
            f"count_if({text} <> '' AND {number} IS NOT NULL)",
            f"count_if({text} <> '' AND lower({text}) IN ({listed}))",
            f"approx_count_distinct({text})",
            f"min({text}) FILTER ({text} <> '')",
        ]
    count, *facts = rows.row(f"SELECT {', '.join(asked)} FROM {quoted(rows.name)}")
    found = []
    for place, name in enumerate(relation.columns):
        filled, numbers, answers, values, example = facts[5 * place : 5 * place + 5]
        holds: Kind = (
            "yes or no"
            if filled and answers == filled and values <= 2
            else "number"
            if filled and numbers >= 0.9 * filled
            else "text"
        )
        found.append(Column(name, holds, int(values), str(example or "")))
    return tuple(found), int(count)


def _found(names: list[str], given: dict[str, str]) -> dict[str, str]:
    try:
        return lay_out(names, [*EVERY], given, (), without=WITHOUT).found
    except LookalikeError:
        return given


def _variants(
    relation: duckdb.DuckDBPyRelation, found: Mapping[str, str], stack: contextlib.ExitStack
) -> dict[str, int]:
    if "variant" not in found:
        return {}
    rows = stack.enter_context(borrowed(relation, "lookalike variants"))
    counted = rows.rows(
        f"SELECT trim(CAST({quoted(found['variant'])} AS VARCHAR)) AS variant, count(*) "
        f"FROM {quoted(rows.name)} GROUP BY variant HAVING variant <> '' "
        f"ORDER BY variant LIMIT {MOST + 1}"
    )
    return {str(variant): int(users) for variant, users in counted}
