"""Work that is killed at a chosen write point: around each commit and each renaming of a file."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pyarrow as pa

from lookalike import embeddings, expansion, runs, seeds
from lookalike.importing import import_table, snapshots
from lookalike.seeds.files import from_ids
from lookalike.settings import Settings
from lookalike.workspace import PARTIAL, Workspace

NEW = 30  # rows that each import adds
EXPORTED = 48  # users in an audience
RECIPE = embeddings.Recipe(als=4, wide=4, svd=4, iterations=2, wide_iterations=2)
PRELOADED = ("lookalike.expansion", "lookalike.embeddings", "lookalike.importing", "tests.fuzz.stopping")


def table(kind: str, label: str) -> pa.Table:
    """Rows of a kind that name users and items of their own."""
    users = [f"{label}-{n}" for n in range(NEW)]
    numbers = np.arange(NEW) / NEW
    return pa.table({
        "users": {"user_id": users, "country": ["de"] * NEW, f"fresh {label}": users},
        "items": {"item_id": users, "title": users},
        "interactions": {"user_id": users, "item_id": [f"of {label}"] * NEW},
        "embeddings": {"user_id": users, "e0": numbers, "e1": 1 - numbers},
        "features": {"user_id": users, "feature": [f"of {label}"] * NEW, "value": numbers},
        "engagement": {"user_id": users, f"metric {label}": numbers},
    }[kind])  # fmt: skip


def expand(workspace: Workspace) -> str:
    """Train on the list "fans", quickly, with the newest learned embeddings; return the run."""
    newest = next(one.id for one in snapshots.snapshots(workspace) if one.kind == "learned")
    spec = expansion.Spec("fans", method="centroid", snapshot=newest, splits=1)
    return expansion.carry_out(workspace, expansion.ask(workspace, spec)).run.id


def save_list(workspace: Workspace, name: str) -> int:
    """Save a list of some users and return how many there are."""
    ids = [f"u{n:03d}" for n in range(120, 150)]
    seeds.save(workspace, seeds.match(workspace, from_ids(ids), name), replace=True)
    return len(ids)


def export(workspace: Workspace) -> str:
    """Write the audience of the newest finished expansion beside the workspace; return the hash."""
    run = next(run for run in runs.recent(workspace, ["expand"], limit=100) if run.status == "done")
    digest: str = expansion.load(workspace, run.id).audience(EXPORTED).to_csv(_exported(workspace))
    return digest


def _exported(workspace: Workspace) -> Path:
    return workspace.file_in("exports", "audience.csv")


def learn(workspace: Workspace) -> int:
    """Learn small embeddings as the app does, and return the snapshot."""
    from lookalike import learning

    before, embeddings.Recipe = embeddings.Recipe, lambda: RECIPE  # type: ignore[assignment, misc]
    try:
        return learning.carry_out(workspace, learning.ask(workspace))
    finally:
        embeddings.Recipe = before  # type: ignore[misc]


WORKS: dict[str, Callable[[Workspace], object]] = {
    **{
        f"import {kind}": lambda workspace, kind=kind: import_table(
            workspace, kind, [table(kind, "new")]
        )
        for kind in ("users", "items", "interactions", "embeddings", "features", "engagement")
    },
    "learn": learn,
    "expand": expand,
    "save a list": lambda workspace: save_list(workspace, "saved"),
    "export": export,
}


def started(target: Callable[..., object], given: tuple[object, ...], *more: str) -> BaseProcess:
    """Start something in a process of its own, with these modules loaded before it is forked."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED, *more])
    child = context.Process(target=target, args=given)
    before = sys.modules["__main__"]
    # a child runs what stands there again, which may be a page that another test opened
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        child.start()
    finally:
        sys.modules["__main__"] = before
    return child


def killed(folder: Path, work: str, at: int, told: Path) -> str:
    """Do a work in a child that is killed at a point; return the point's name, "" if it got through.

    Args:
        folder: The workspace; not open in this process.
        work: One of `WORKS`.
        at: Which point, from 1.
        told: A file for the point's name.
    """
    told.unlink(missing_ok=True)
    child = started(_until, (folder, work, at, told))
    child.join(60)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"{work} hung at point {at}")
    if child.exitcode == -signal.SIGKILL:
        return told.read_text("utf-8")
    assert child.exitcode == 0, f"{work} failed with {child.exitcode}"
    return ""


def _until(folder: Path, work: str, at: int, told: Path) -> None:
    passed = 0

    def point(name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            told.write_text(name, "utf-8")
            os.kill(os.getpid(), signal.SIGKILL)

    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        # this process lives for this alone
        Workspace.write = _marked(Workspace.write, point)  # type: ignore[method-assign]
        Path.replace = _renaming(Path.replace, point)  # type: ignore[method-assign]
        WORKS[work](workspace)


def _marked(
    write: Callable[[Workspace], contextlib.AbstractContextManager[object]], point: Callable[[str], None]
) -> object:
    @contextlib.contextmanager
    def marked(workspace: Workspace) -> Iterator[object]:
        with write(workspace) as cursor:
            yield cursor
            point("before a commit")
        point("after a commit")

    return marked


def _renaming(replace: Callable[[Path, Path], Path], point: Callable[[str], None]) -> object:
    def marked(path: Path, target: Path) -> Path:
        point("before a file has its name")
        renamed = replace(path, target)
        point("after a file has its name")
        return renamed

    return marked


def state(folder: Path) -> dict[str, object]:
    """Open a workspace as the next program would, check that it is sound, and say what is in it.

    Raises:
        AssertionError: Something half-done is left, or what counts as done is not whole.
    """
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        left = [path.name for path in folder.rglob("*") if PARTIAL in path.name]
        assert left == [], f"left over: {left}"
        found = runs.recent(workspace, limit=1_000)
        assert all(run.ended for run in found), "a run of a dead program is not marked"
        for run in found:
            if run.status == "done" and run.kind == "expand":
                expansion.load(workspace, run.id).audience(0.1)
            if run.status == "done" and run.kind == "embed":
                snapshots.get(workspace, run.metrics["snapshot"])
        for one in snapshots.snapshots(workspace):
            with workspace.cursor() as cursor:
                held = cursor.execute(f"SELECT count(*) FROM {one.table}").fetchone()
            assert held == (one.users,), "a snapshot is not whole"
        for one in seeds.saved(workspace):
            assert len(seeds.load(workspace, one.name).rows) == one.seeds, "a list is not whole"
        with workspace.cursor() as cursor:
            names = [name for (name,) in cursor.execute("SHOW TABLES").fetchall()]
            counts = {
                name: cursor.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # type: ignore[index]
                for name in names
                if name not in ("runs", "epochs", "curves", "meta", "audit")
            }
            columns = cursor.execute("SELECT count(*) FROM information_schema.columns").fetchone()
        done = sum(run.status == "done" for run in found)
        return {"done": done, "columns": columns, "tables": json.dumps(counts, sort_keys=True)}
