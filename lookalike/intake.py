"""The use case "import a file", as a run that can be watched, cancelled and found again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lookalike import runs, uploads
from lookalike.errors import BadInput
from lookalike.importing import KINDS, Changes, ImportReport, Preview, Rejection, import_table, preview
from lookalike.progress import SILENT, Progress
from lookalike.runs import Run
from lookalike.workspace import Workspace

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx")
LIVE = ("queued", "running")


def receive(workspace: Workspace, name: str, data: bytes) -> Path:
    """Keep an uploaded file until it is imported, and forget those that nobody imported."""
    waiting = [run for run in runs.recent(workspace, ["import"]) if run.status in LIVE]
    uploads.sweep(workspace, {Path(run.spec["path"]) for run in waiting if is_file(run)})
    return uploads.keep(workspace, name, data)


def at(text: str) -> Path:
    """Return the path of a table on this server that somebody typed.

    Raises:
        BadInput: It is not the whole path of a CSV, Parquet or Excel file.
    """
    path = Path(text.strip()).expanduser()
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            f"{text.strip()!r} is not the path of a table.", f"It must end in {', '.join(SUFFIXES)}."
        )
    if not path.is_absolute():
        raise BadInput(f"{text.strip()!r} is not a whole path.", "Begin it with a slash.")
    return path


def look(path: Path, kind: str, mapping: Mapping[str, str], name: str) -> Preview:
    """Tell what an import would find in a file, calling it by the name that people know.

    Raises:
        BadInput: It cannot be read, or the mapping does not fit it.
    """
    with uploads.called(path, name):
        found = preview(path, kind, mapping=mapping)
    notes = tuple(uploads.renamed(note, path, name) for note in found.notes)
    return dataclasses.replace(found, source=name, notes=notes)


def ask(workspace: Workspace, kind: str, path: Path, mapping: Mapping[str, str], name: str = "") -> str:
    """Enter a run that imports a file, and return its id.

    Args:
        workspace: Where to.
        kind: One of `importing.KINDS`.
        path: The file; removed after the import if `receive` made it.
        mapping: Our name of a column to the file's.
        name: What to call the file; by default its own name.

    Raises:
        BadInput: There is no such kind.
    """
    if kind not in KINDS:
        raise BadInput(f"{kind!r} is not a kind of table.", f"There are: {', '.join(KINDS)}.")
    name = name or path.name
    spec = {"kind": kind, "path": str(path.absolute()), "mapping": dict(mapping), "name": name}
    return runs.create(workspace, "import", f"Import {kind} from {name}", spec)


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> ImportReport:
    """Import the file and record the report; an uploaded file is removed, whatever happens.

    Raises:
        BadInput: The file cannot be used; nothing was changed.
        Cancelled: The watcher asked to stop; nothing was changed.
    """
    spec = runs.get(workspace, run).spec
    path, name = Path(spec["path"]), spec["name"]
    try:
        with runs.under_way(workspace, run), uploads.called(path, name):
            progress.at(0.0, "Reading the file")
            done = import_table(
                workspace, spec["kind"], [path], mapping=spec["mapping"], progress=progress
            )
            notes = tuple(uploads.renamed(note, path, name) for note in done.notes)
            report = dataclasses.replace(done, notes=notes)
            runs.finish(workspace, run, report.report())
    finally:
        if path.parent == workspace.folder(uploads.KEPT):
            path.unlink(missing_ok=True)
    return report


def is_file(run: Run) -> bool:
    """Whether a run of kind "import" imports a file, rather than the sample."""
    return "path" in run.spec


def report_of(run: Run) -> ImportReport:
    """Rebuild the report of a run that is done; one of an earlier release knows of no changes."""
    held = dict(run.metrics)
    for name in ("rejected", "noticed"):
        held[name] = tuple(_rejection(item) for item in held.get(name, ()))
    held["notes"] = tuple(held["notes"])
    held["changes"] = Changes(**held.get("changes", {}))
    return ImportReport(**held)


def _rejection(held: dict[str, Any]) -> Rejection:
    problems = tuple(tuple(place) for place in held.get("problems", ()))
    return Rejection(**{**held, "examples": tuple(held["examples"]), "problems": problems})
