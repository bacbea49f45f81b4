"""The name of a saved list, wherever the workspace writes it down: renamed everywhere at once."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from lookalike.errors import BadInput, NotFound, did_you_mean, shown
from lookalike.workspace import Workspace

UNDER_WAY = ("queued", "running")


def rename(workspace: Workspace, old: str, new: str) -> None:
    """Give a saved list another name; finished and stopped runs speak of it by that name, too.

    Raises:
        NotFound: There is no list `old`.
        BadInput: The new name is empty or taken, or a run that is under way uses the list.
    """
    name = new.strip()
    if not name:
        raise BadInput("The new name is empty.", "Give the list one, to find it again.")
    with workspace.write() as cursor:
        number = number_of(cursor, old)
        check_idle(cursor, old)
        if name == old:
            return
        if cursor.execute("SELECT 1 FROM seed_lists WHERE name = ?", [name]).fetchone():
            raise BadInput(f"There is a seed list {shown(name)} already.", "Choose another name.")
        cursor.execute("UPDATE seed_lists SET name = ? WHERE id = ?", [name, number])
        for table in ("curves", "compared_lists"):
            cursor.execute(f"UPDATE {table} SET seed_list = ? WHERE seed_list = ?", [name, old])
        for run, spec, metrics, title in _naming(cursor, old):
            cursor.execute("UPDATE audiences SET name = ? WHERE run = ? AND name = ?", [name, run, old])
            cursor.execute(
                "UPDATE runs SET spec = ?, metrics = ?, title = ? WHERE id = ?",
                [
                    json.dumps(_spec(spec, old, name)),
                    json.dumps(_metrics(metrics, old, name)),
                    name if title == old else title,
                    run,
                ],
            )


def remove(workspace: Workspace, name: str) -> None:
    """Delete a saved list; what finished runs found out from it stays.

    Raises:
        NotFound: There is no such list.
        BadInput: A run that is under way uses it.
    """
    with workspace.write() as cursor:
        number = number_of(cursor, name)
        check_idle(cursor, name)
        delete(cursor, number)


def delete(cursor: duckdb.DuckDBPyConnection, number: int) -> None:
    """Delete a list by its number, inside a transaction."""
    cursor.execute("DELETE FROM seed_members WHERE list = ?", [number])
    cursor.execute("DELETE FROM seed_lists WHERE id = ?", [number])


def number_of(cursor: duckdb.DuckDBPyConnection, name: str) -> int:
    """Return the number of a saved list.

    Raises:
        NotFound: There is no list of that name.
    """
    found = cursor.execute("SELECT id FROM seed_lists WHERE name = ?", [name]).fetchone()
    if found is None:
        names = [known for (known,) in cursor.execute("SELECT name FROM seed_lists").fetchall()]
        raise NotFound(f"There is no seed list {shown(name)}.", did_you_mean(name, names))
    return int(found[0])


def uses(workspace: Workspace, name: str) -> int:
    """Return how many runs were asked about a list."""
    with workspace.cursor() as cursor:
        return len(_naming(cursor, name))


def check_idle(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Refuse to touch a list that a run is using.

    Raises:
        BadInput: Such a run is queued or running.
    """
    busy = {
        run
        for (run,) in cursor.execute(
            "SELECT id FROM runs WHERE list_contains(?, status)", [list(UNDER_WAY)]
        ).fetchall()
    }
    if any(run in busy for run, *_ in _naming(cursor, name)):
        raise BadInput(
            f"The list {shown(name)} is in use by a run that is under way.",
            "Wait until it has ended, or cancel it.",
        )


def _naming(
    cursor: duckdb.DuckDBPyConnection, name: str
) -> list[tuple[str, dict[str, Any], dict[str, Any], str]]:
    """Return id, spec, metrics and title of the runs whose spec names a list."""
    found = cursor.execute("SELECT id, spec, metrics, title FROM runs").fetchall()
    loaded = [(run, json.loads(spec), metrics, title) for run, spec, metrics, title in found]
    return [
        (run, spec, json.loads(metrics), title)
        for run, spec, metrics, title in loaded
        if spec.get("seed_list") == name or name in spec.get("lists", ())
    ]


def _spec(spec: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    changed = dict(spec)
    if changed.get("seed_list") == old:
        changed["seed_list"] = new
    if "lists" in changed:
        changed["lists"] = [new if name == old else name for name in changed["lists"]]
    return changed


def _metrics(metrics: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Rename a list in what a comparison found: sizes, points, and remarks that begin with it."""
    changed = dict(metrics)
    if isinstance(sizes := metrics.get("lists"), dict):
        changed["lists"] = {new if name == old else name: size for name, size in sizes.items()}
        changed["points"] = [
            {**point, "seed_list": new} if point.get("seed_list") == old else point
            for point in metrics.get("points", ())
        ]
        for remarks in ("skipped", "leaking"):
            changed[remarks] = [
                new + said.removeprefix(old) if said.startswith(f"{old}: ") else said
                for said in metrics.get(remarks, ())
            ]
    return changed
