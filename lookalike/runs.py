"""Runs: what was asked, how it went, and what came of it. Owns `runs`, `epochs` and `curves`."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lookalike.errors import Cancelled, LookalikeError, NotFound
from lookalike.workspace import Workspace, now

LOG = logging.getLogger(__name__)
ENDED = ("done", "failed", "cancelled", "interrupted")


@dataclass(frozen=True, slots=True)
class Run:
    """One row of `runs`.

    Attributes:
        id: A short text that links carry.
        kind: "expand", "batch", "advise", "compare", "embed", "prepare", "pretrain" or "import".
        title: What a person would call it.
        spec: What was asked.
        status: queued, running, done, failed, cancelled or interrupted.
        message: Why it failed or stopped; empty otherwise.
        created: When it was asked for, in UTC.
        finished: When it ended, in UTC.
        metrics: What came of it.
    """

    id: str
    kind: str
    title: str
    spec: dict[str, Any] = field(hash=False)
    status: str
    message: str
    created: dt.datetime
    finished: dt.datetime | None
    metrics: dict[str, Any] = field(hash=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ENDED


COLUMNS = "id, kind, title, spec, status, message, created, finished, metrics"


def create(workspace: Workspace, kind: str, title: str, spec: dict[str, Any]) -> str:
    """Enter a queued run and return its id."""
    run = secrets.token_hex(5)
    with workspace.write() as cursor:
        cursor.execute(
            f"INSERT INTO runs ({COLUMNS}) VALUES (?, ?, ?, ?, 'queued', '', ?, NULL, '{{}}')",
            [run, kind, title, json.dumps(spec), now()],
        )
    return run


@contextlib.contextmanager
def under_way(workspace: Workspace, run: str) -> Iterator[None]:
    """Mark a run as running while the body works, and record how the body ended.

    The body itself records success with `finish`, as the last thing that it stores.
    """
    with workspace.write() as cursor:
        cursor.execute("UPDATE runs SET status = 'running' WHERE id = ?", [run])
    kind, began = get(workspace, run).kind, time.monotonic()
    LOG.info("run %s (%s) started", run, kind)
    try:
        with _logged(run, kind, began):
            yield
    except Cancelled:
        _end(workspace, run, "cancelled", "Cancelled.")
        raise
    except LookalikeError as error:
        _end(workspace, run, "failed", str(error))
        raise
    except BaseException as error:
        _end(workspace, run, "failed", f"Something unexpected went wrong: {type(error).__name__}.")
        raise


@contextlib.contextmanager
def _logged(run: str, kind: str, began: float) -> Iterator[None]:
    """Log how the body ended; of an error its kind alone, for its words may quote a user's id."""
    how = "done"
    try:
        yield
    except BaseException as error:
        how = "cancelled" if isinstance(error, Cancelled) else f"failed with {type(error).__name__}"
        raise
    finally:
        LOG.info("run %s (%s) %s after %.1f seconds", run, kind, how, time.monotonic() - began)


def finish(workspace: Workspace, run: str, metrics: dict[str, Any]) -> None:
    """Record what came of a run and mark it as done."""
    with workspace.write() as cursor:
        cursor.execute(
            "UPDATE runs SET status = 'done', metrics = ?, finished = ? WHERE id = ?",
            [json.dumps(metrics), now(), run],
        )


def queue_again(workspace: Workspace, run: str) -> bool:
    """Mark a run that stopped as queued, to go on under its own id; say whether it had stopped.

    Of two who ask at once, one is told that it had not.
    """
    with workspace.write() as cursor:
        found = cursor.execute(
            "UPDATE runs SET status = 'queued', message = '', finished = NULL "
            "WHERE id = ? AND status IN ('cancelled', 'interrupted', 'failed') RETURNING id",
            [run],
        ).fetchall()
    return bool(found)


def cancel_queued(workspace: Workspace, run: str) -> None:
    """Mark a run that never started as cancelled."""
    _end(workspace, run, "cancelled", "Cancelled before it started.")


def get(workspace: Workspace, run: str) -> Run:
    """Return a run.

    Raises:
        NotFound: There is none of that id.
    """
    with workspace.cursor() as cursor:
        found = cursor.execute(f"SELECT {COLUMNS} FROM runs WHERE id = ?", [run]).fetchone()
    if found is None:
        raise NotFound(f"There is no run {run!r} in this workspace.", "Look under recent runs.")
    return _run(found)


def recent(workspace: Workspace, kinds: Sequence[str] = (), limit: int = 20) -> list[Run]:
    """Return the newest runs, of some kinds or of all."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            f"SELECT {COLUMNS} FROM runs WHERE len($1) = 0 OR list_contains($1, kind) "
            "ORDER BY created DESC, rowid DESC LIMIT $2",
            [list(kinds), limit],
        ).fetchall()
    return [_run(row) for row in found]


def mark(workspace: Workspace, kinds: Sequence[str]) -> str:
    """Return a text that changes when a run of these kinds ends: what was read before is old then."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT count(*), bit_xor(hash(id, status, finished)) FROM runs "
            "WHERE list_contains($1, kind) AND list_contains($2, status)",
            [list(kinds), list(ENDED)],
        ).fetchone()
    return str(found)


def keep_epochs(workspace: Workspace, run: str, losses: Sequence[float]) -> None:
    """Store a training curve: one loss an epoch."""
    rows = [(run, epoch, float(loss)) for epoch, loss in enumerate(losses, start=1)]
    if rows:
        with workspace.write() as cursor:
            cursor.executemany("INSERT INTO epochs VALUES (?, ?, ?)", rows)


def losses(workspace: Workspace, run: str) -> list[float]:
    """Return the training curve of a run, one loss an epoch."""
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT loss FROM epochs WHERE run = ? ORDER BY epoch", [run]).fetchall()
    return [float(loss) for (loss,) in found]


def keep_curves(workspace: Workspace, run: str, curves: pd.DataFrame) -> None:
    """Store recall curves: columns seed_list, method, k, recall, low, high, precision."""
    with workspace.write() as cursor:
        cursor.register("incoming", curves)
        cursor.execute(
            "INSERT INTO curves SELECT $1, seed_list, method, k, recall, low, high, precision "
            "FROM incoming",
            [run],
        )
        cursor.unregister("incoming")


def curves(workspace: Workspace, run: str) -> pd.DataFrame:
    """Return the recall curves of a run as they were stored."""
    with workspace.cursor() as cursor:
        return cursor.execute(
            "SELECT seed_list, method, k, recall, low, high, precision FROM curves WHERE run = ? "
            "ORDER BY seed_list, method, k",
            [run],
        ).df()


def _end(workspace: Workspace, run: str, status: str, message: str) -> None:
    with workspace.write() as cursor:
        cursor.execute(
            "UPDATE runs SET status = ?, message = ?, finished = ? WHERE id = ?",
            [status, message, now(), run],
        )


def _run(row: tuple[Any, ...]) -> Run:
    run, kind, title, spec, status, message, created, finished, metrics = row
    return Run(
        run, kind, title, json.loads(spec), status, message, created, finished, json.loads(metrics)
    )
