"""Seed lists: read them, match them with the workspace's users, save them and fetch them again."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from lookalike.errors import BadInput, shown
from lookalike.seeds.files import Problem, SeedFile, from_ids, parse, parse_text
from lookalike.seeds.matching import MatchReport, SeedList, match
from lookalike.seeds.names import delete, number_of, remove, rename
from lookalike.seeds.reasons import Reason
from lookalike.workspace import Workspace, now

__all__ = [
    "MatchReport",
    "Problem",
    "Reason",
    "SavedList",
    "SeedFile",
    "SeedList",
    "from_ids",
    "keep",
    "load",
    "match",
    "match_file",
    "parse",
    "parse_text",
    "remove",
    "rename",
    "save",
    "saved",
]


@dataclass(frozen=True, slots=True)
class SavedList:
    """A saved list at a glance; `metrics` names the numbers that came with its file."""

    id: int
    name: str
    seeds: int
    created: dt.datetime
    metrics: tuple[str, ...]


def save(workspace: Workspace, seed_list: SeedList, *, replace: bool = False) -> int:
    """Keep a list in the workspace under its name; return its number.

    Raises:
        BadInput: It has no name or no seeds, or the name is taken and `replace` is not set.
    """
    name = seed_list.name.strip()
    if not name:
        raise BadInput("The seed list has no name.", "Give it one, to find it again.")
    if not len(seed_list.rows):
        raise BadInput(
            f"The seed list {shown(name)} has no users of this workspace.", seed_list.report.hint
        )
    metrics = list(seed_list.values)
    report = json.dumps({**seed_list.report.kept(), "metrics": metrics})
    columns = {
        f"v{i}": pa.array(values, from_pandas=True) for i, values in enumerate(seed_list.values.values())
    }
    times = seed_list.times if seed_list.times is not None else [None] * len(seed_list.rows)
    rows = {"row": pa.array(seed_list.rows, pa.int32()), "moment": pa.array(times, pa.timestamp("s"))}
    members = pa.table({**rows, **columns})
    # names are parameters; the columns are numbered, so no name of the file's ends up in SQL
    pairs = f"MAP([{', '.join('?' * len(metrics))}], [{', '.join(columns)}])" if metrics else "NULL"
    with workspace.write() as cursor:
        taken = cursor.execute("SELECT id FROM seed_lists WHERE name = ?", [name]).fetchone()
        if taken and not replace:
            raise BadInput(
                f"There is a seed list {shown(name)} already.",
                "Choose another name, or replace that list.",
            )
        if taken:
            number = int(taken[0])
            delete(cursor, number)
        else:
            last = cursor.execute("SELECT coalesce(max(id), 0) FROM seed_lists").fetchone()
            number = int(last[0] if last else 0) + 1
        cursor.execute("INSERT INTO seed_lists VALUES (?, ?, ?, ?)", [number, name, now(), report])
        cursor.register("members", members)
        cursor.execute(
            f"INSERT INTO seed_members SELECT ?, row, {pairs}, moment FROM members "
            "SEMI JOIN users USING (row)",  # somebody who was forgotten since does not come back
            [number, *metrics],
        )
    return number


def load(workspace: Workspace, name: str) -> SeedList:
    """Fetch a saved list; its report holds the counts alone.

    Raises:
        NotFound: There is no list of that name.
    """
    with workspace.cursor() as cursor:
        number, report = _find(cursor, name)
        metrics = report.pop("metrics")
        picks = "".join(f', "values"[?] AS v{i}' for i in range(len(metrics)))
        table = cursor.execute(
            f"SELECT row, moment{picks} FROM seed_members WHERE list = ? ORDER BY row",
            [*metrics, number],
        ).to_arrow_table()
    values = {metric: table[f"v{i}"].to_numpy().astype(np.float64) for i, metric in enumerate(metrics)}
    times = table["moment"].to_numpy().astype("datetime64[s]")
    return SeedList(
        name,
        table["row"].to_numpy().astype(np.int32),
        values,
        MatchReport(**{**report, "rules": tuple(report.get("rules", ()))}),
        None if np.isnat(times).all() else times,
    )


def saved(workspace: Workspace) -> list[SavedList]:
    """List what is saved, the newest first."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT id, name, (SELECT count(*) FROM seed_members WHERE list = id), created, report "
            "FROM seed_lists ORDER BY created DESC, id DESC"
        ).fetchall()
    return [
        SavedList(number, name, seeds, created, tuple(json.loads(report)["metrics"]))
        for number, name, seeds, created, report in found
    ]


def _find(cursor: duckdb.DuckDBPyConnection, name: str) -> tuple[int, dict[str, Any]]:
    number = number_of(cursor, name)
    found = cursor.execute("SELECT report FROM seed_lists WHERE id = ?", [number]).fetchone()
    return number, json.loads(found[0]) if found else {}


def match_file(workspace: Workspace, path: Path, *, rule: str | Sequence[str] = ()) -> SeedList:
    """Read a seed file and find its users; the list is named after the file.

    Raises:
        BadInput: It cannot be read as a seed list, or a rule does not serve.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror or error}.", "Check the path of the seed file."
        ) from error
    return match(workspace, parse(data, path.name), path.stem, rule=rule)


def keep(workspace: Workspace, seed_list: SeedList) -> str:
    """Save a list under its name, or under "name (2)" where another list has it; return the name.

    A saved list of that name with the same seeds and values is used as it is.
    """
    names = {known.name for known in saved(workspace)}
    base = seed_list.name.strip() or "seed list"
    for number in itertools.count(1):
        name = base if number == 1 else f"{base} ({number})"
        if name not in names:
            save(workspace, replace(seed_list, name=name))
            return name
        if _same(load(workspace, name), seed_list):
            return name
    raise AssertionError("unreachable: counting does not end")


def _same(one: SeedList, other: SeedList) -> bool:
    return (
        np.array_equal(one.rows, other.rows)
        and one.report.kept() == other.report.kept()
        and one.values.keys() == other.values.keys()
        and np.array_equal(_times(one), _times(other))
        and all(np.array_equal(one.values[k], other.values[k], equal_nan=True) for k in one.values)
    )


def _times(seed_list: SeedList) -> np.ndarray:
    """The times as numbers, for NaT is not equal to itself; none at all is like none known."""
    missing = np.full(len(seed_list.rows), np.datetime64("NaT", "s"))
    return (missing if seed_list.times is None else seed_list.times).astype(np.int64)
