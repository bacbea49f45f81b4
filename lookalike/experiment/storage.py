"""Readouts in the workspace's table of experiments, so that a link can show one again."""

from __future__ import annotations

import json
import uuid

from lookalike.errors import NotFound
from lookalike.experiment.readout import Readout
from lookalike.workspace import Workspace, now


def save(workspace: Workspace, readout: Readout, name: str) -> str:
    """Keep a readout under a name and return its id."""
    key = uuid.uuid4().hex[:12]
    spec = {
        part: getattr(readout, part) for part in ("control", "planned", "columns", "alpha", "primary")
    }
    with workspace.write() as cursor:
        cursor.execute(
            "INSERT INTO experiments (id, name, created, fingerprint, spec, readout) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                key,
                name,
                now(),
                readout.fingerprint,
                json.dumps(spec, allow_nan=False),
                json.dumps(readout.report(), allow_nan=False),
            ],
        )
    return key


def load(workspace: Workspace, key: str) -> Readout:
    """Return the readout that was kept under an id.

    Raises:
        NotFound: There is none.
    """
    with workspace.cursor() as cursor:
        row = cursor.execute("SELECT readout FROM experiments WHERE id = ?", [key]).fetchone()
    if row is None:
        raise NotFound(f"There is no experiment {key!r}.", "Open it from the list of experiments.")
    return Readout.from_report(json.loads(row[0]))
