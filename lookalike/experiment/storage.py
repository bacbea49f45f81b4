"""Readouts in the workspace's table of experiments, so that a link can show one again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.errors import NotFound
from lookalike.experiment.report import Readout
from lookalike.experiment.spec import Spec
from lookalike.workspace import Workspace, now


@dataclass(frozen=True, slots=True)
class Saved:
    """A kept readout, for a list of them.

    Attributes:
        id: What a link carries.
        name: What it was called.
        created: When it was kept, in UTC.
        verdict: Its sentence.
    """

    id: str
    name: str
    created: dt.datetime
    verdict: str


def save(workspace: Workspace, readout: Readout, name: str) -> str:
    """Keep a readout under a name and return its id; the same one is kept once."""
    key = uuid.uuid4().hex[:12]
    asked = dataclasses.asdict(readout.spec) | {"source_columns": sorted(readout.source_columns)}
    spec = json.dumps(asked, allow_nan=False)
    with workspace.write() as cursor:
        same = cursor.execute(
            "SELECT id FROM experiments WHERE name = ? AND fingerprint = ? AND spec = ?",
            [name, readout.fingerprint, spec],
        ).fetchone()
        if same is not None:
            return str(same[0])
        cursor.execute(
            "INSERT INTO experiments (id, name, created, fingerprint, spec, readout) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                key,
                name,
                now(),
                readout.fingerprint,
                spec,
                json.dumps(readout.report(), allow_nan=False),
            ],
        )
    return key


def remembered(workspace: Workspace, columns: Sequence[str]) -> Spec | None:
    """Return what was asked the last time of a file with these columns; None the first time."""
    wanted = json.dumps(sorted(columns), separators=(",", ":"))  # as DuckDB writes it
    with workspace.cursor() as cursor:
        row = cursor.execute(
            "SELECT spec FROM experiments "
            "WHERE json_extract(spec, '$.source_columns') = CAST(? AS JSON) "
            "ORDER BY created DESC, rowid DESC LIMIT 1",
            [wanted],
        ).fetchone()
    return None if row is None else Spec.from_json(json.loads(row[0]))


def load(workspace: Workspace, key: str) -> Readout:
    """Return the readout that was kept under an id.

    Raises:
        NotFound: There is none.
    """
    with workspace.cursor() as cursor:
        row = cursor.execute("SELECT readout FROM experiments WHERE id = ?", [key]).fetchone()
    if row is None:
        raise _unknown(key)
    return Readout.from_report(json.loads(row[0]))


def described(workspace: Workspace, key: str) -> Saved:
    """Return what a kept readout was called and said.

    Raises:
        NotFound: There is none.
    """
    found = _listed(workspace, "WHERE id = ?", key)
    if not found:
        raise _unknown(key)
    return found[0]


def saved(workspace: Workspace, limit: int = 20) -> list[Saved]:
    """Return the kept readouts, newest first."""
    return _listed(workspace, "ORDER BY created DESC, rowid DESC LIMIT ?", limit)


def _listed(workspace: Workspace, which: str, value: str | int) -> list[Saved]:
    with workspace.cursor() as cursor:
        rows = cursor.execute(
            "SELECT id, name, created, json_extract_string(readout, '$.verdict') FROM experiments "
            + which,
            [value],
        ).fetchall()
    return [Saved(*row) for row in rows]


def _unknown(key: str) -> NotFound:
    return NotFound(f"There is no experiment {key!r} in this workspace.", "Look under recent readouts.")
