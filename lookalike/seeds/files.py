"""Seed lists as they are given: a file, pasted text or Python values, turned into ids and values."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.errors import BadInput, shown
from lookalike.seeds import cells as seed_cells
from lookalike.seeds import columns as seed_columns
from lookalike.seeds import damage as seed_damage
from lookalike.seeds.cells import Grid

KEPT_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong on one line of a file.

    Attributes:
        line: The line, from 1.
        text: A sentence.
        kind: "damaged", "no id", "value", "columns"; when matched also "unknown", "duplicate".
    """

    line: int
    text: str
    kind: str


@dataclass(frozen=True, eq=False, slots=True)
class SeedFile:
    """The ids of a seed list and the numbers beside them, not yet matched with any user.

    Attributes:
        ids: (rows,) string array, verbatim but for spaces around them; may repeat.
        lines: (rows,) int64, the line each id stands on, from 1.
        values: (rows,) float64 by column name, NaN where missing.
        damaged: (rows,) bool, ids that look as if a spreadsheet had rewritten them.
        id_column: The heading of the id column; "column_1" and so on in a file without headings.
        header: Whether the first line is a heading.
        blank: Lines that have other cells but no id; they are not among the rows.
        problems: The first 1,000 things wrong, by line.
        counts: How many problems there are of each kind, kept or not.
        ignored: Columns that are neither ids nor numbers.
        encoding: "utf-8", "utf-16", "cp1252", "latin-1", "xlsx", or "text" for pasted ids.
        delimiter: What separates the columns; "" where there is one column.
        times: (rows,) datetime64[s], the file's first column of dates, NaT where missing; None
            where it has none.
    """

    ids: pa.StringArray
    lines: np.ndarray
    values: Mapping[str, np.ndarray]
    damaged: np.ndarray
    id_column: str
    header: bool = False
    blank: int = 0
    problems: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    encoding: str = "text"
    delimiter: str = ""
    times: np.ndarray | None = None

    @property
    def rows(self) -> int:
        """The number of ids, repeats included."""
        return len(self.ids)

    def __repr__(self) -> str:
        return f"SeedFile({self.rows:,} ids from {self.id_column!r}, values={list(self.values)})"


def parse(data: bytes, name: str) -> SeedFile:
    """Read an uploaded file: delimited text in any usual encoding, or an Excel workbook.

    Raises:
        BadInput: It is empty, of another kind, or holds no ids.
    """
    name = PurePath(name.replace("\\", "/")).name or "The file"
    return _understood(seed_cells.read(data, name), name)


def parse_text(text: str) -> SeedFile:
    """Read pasted ids: one a line, a table, or several on a line between commas or spaces.

    Where several ids stand on a line, `lines` counts the ids.

    Raises:
        BadInput: There are no ids.
    """
    name = "The pasted text"
    if len([line for line in text.splitlines() if line.strip()]) == 1:
        return _understood(seed_cells.split(re.sub(r"[,;\s]+", "\n", text).strip("\n"), name), name)
    grid = seed_cells.split(text, name)
    file = _understood(grid, name)
    if file.ignored and not file.header and not file.values:
        rows = zip(*(column.to_pylist() for column in grid.columns), strict=True)
        cells = "\n".join(cell for row in rows for cell in row if cell)
        return _understood(seed_cells.split(cells, name), name)
    return file


def from_ids(ids: Sequence[object], values: Mapping[str, Sequence[float]] | None = None) -> SeedFile:
    """Take ids from Python, with numbers beside them where there are any; "line" is the position.

    Raises:
        BadInput: There are no ids, or the values are not one for each id.
    """
    texts = pc.utf8_trim(pa.array([_as_text(given) for given in ids], pa.string()), seed_cells.BLANKS)
    columns = {}
    for name, column in (values or {}).items():
        array = np.asarray(column, dtype=np.float64)
        if array.shape != (len(texts),):
            raise BadInput(
                f"{name!r} has {array.size:,} values for {len(texts):,} ids.",
                "Give one value for each id.",
            )
        columns[name] = np.where(np.isfinite(array), array, np.nan)
    lines = np.arange(1, len(texts) + 1, dtype=np.int64)
    damaged = seed_damage.damaged(texts)
    return _assembled("The list", _Findings(), texts, lines, columns, damaged=damaged, id_column="ids")


def _as_text(given: object) -> str:
    missing = given is None or (isinstance(given, float) and math.isnan(given))
    return "" if missing else str(given)


class _Findings:
    """Collects problems: all are counted, the first of each kind are kept."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._kept: list[Problem] = []

    def add(self, kind: str, lines: np.ndarray, sentences: Iterable[str]) -> None:
        self.counts[kind] += len(lines)
        first = zip(lines[:KEPT_PROBLEMS].tolist(), sentences, strict=False)
        self._kept.extend(Problem(line, sentence, kind) for line, sentence in first)

    def first(self) -> tuple[Problem, ...]:
        return tuple(sorted(self._kept, key=lambda problem: problem.line)[:KEPT_PROBLEMS])


def _understood(grid: Grid, name: str) -> SeedFile:
    """Find the heading, the id column and the columns of numbers in a grid of cells."""
    columns = grid.columns
    header, at = seed_columns.heading(columns, grid.delimiter)
    findings = _Findings()
    names = [f"column_{number}" for number in range(1, len(columns) + 1)]
    if header:
        names = _unique([column[0].as_py() for column in columns], int(grid.lines[0]), findings)
    first = int(header)
    lines = grid.lines[first:]
    findings.add(
        "columns",
        grid.crowded,
        repeat(f"This line has more than {len(columns)} cells: which number is which is not clear."),
    )
    values: dict[str, np.ndarray] = {}
    times: np.ndarray | None = None
    ignored: list[str] = []
    for position, column in enumerate(columns):
        label, cells = names[position], column.slice(first)
        # a column without a heading is the row number that some programs add
        if position == at or not label:
            continue
        numbers, wrong = seed_columns.numbers(cells, grid.delimiter)
        found = np.isfinite(numbers).sum()
        if seed_columns.key(label) in seed_columns.ID_NAMES or found < max(1, wrong.sum()):
            dates = seed_columns.moments(cells) if times is None else None
            if dates is not None:
                times = dates
            elif found or wrong.any():
                ignored.append(label)
            continue
        values[label] = numbers
        bad = np.flatnonzero(wrong)
        texts = (cells[int(i)].as_py() for i in bad)
        findings.add(
            "value", lines[bad], (f"{shown(label)} is {shown(text)}, not a number." for text in texts)
        )
    ids = columns[at].slice(first)
    return _assembled(
        name,
        findings,
        ids,
        lines,
        values,
        damaged=seed_damage.damaged(ids) | grid.inexact[at][first:],
        id_column=names[at],
        header=header,
        ignored=tuple(ignored),
        encoding=grid.encoding,
        delimiter=grid.delimiter,
        times=times,
    )


def _assembled(
    name: str,
    findings: _Findings,
    ids: pa.StringArray,
    lines: np.ndarray,
    values: Mapping[str, np.ndarray],
    *,
    damaged: np.ndarray,
    times: np.ndarray | None = None,
    **known: Any,
) -> SeedFile:
    """Take out the rows without an id, and name the damaged ones."""
    kept = seed_columns.mask(pc.not_equal(ids, ""))
    if not kept.any():
        raise BadInput(
            f"{name} holds no user ids.",
            f"Below the heading {shown(known['id_column'])} one id a line was expected."
            if known.get("header")
            else seed_cells.ONE_A_LINE,
        )
    missing = lines[~kept]
    findings.add("no id", missing, repeat("This line has no user id."))
    broken = np.flatnonzero(damaged & kept)
    texts = (ids[int(i)].as_py() for i in broken)
    findings.add("damaged", lines[broken], map(seed_damage.sentence, texts))
    return SeedFile(
        ids=ids.filter(pa.array(kept)),
        lines=lines[kept],
        values={label: numbers[kept] for label, numbers in values.items()},
        damaged=damaged[kept],
        blank=len(missing),
        problems=findings.first(),
        counts=dict(findings.counts),
        times=None if times is None else times[kept],
        **known,
    )


def _unique(headings: Sequence[str], line: int, findings: _Findings) -> list[str]:
    """Number the headings that occur twice, so that no column hides another."""
    names: list[str] = []
    for heading in headings:
        name, number = heading, 1
        while name and name in names:
            number += 1
            name = f"{heading}_{number}"
        if name != heading:
            sentence = (
                f"The heading {shown(heading)} occurs twice; the later column is called {shown(name)}."
            )
            findings.add("columns", np.array([line]), [sentence])
        names.append(name)
    return names
