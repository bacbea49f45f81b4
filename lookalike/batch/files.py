"""The files of a run of many lists: an audience each, and one manifest for all of them."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from lookalike import audience, export, manifest, tested, versions
from lookalike.batch.naming import file_names
from lookalike.batch.results import Batch, Entry, cut_of, entries_of, failure
from lookalike.batch.spec import Spec
from lookalike.cutting import Selection
from lookalike.errors import BadInput, LookalikeError
from lookalike.progress import SILENT, Progress
from lookalike.texts import write_text
from lookalike.workspace import Workspace, now, whole_file

MANIFEST = "manifest.json"
FORMAT = 1
STAMP = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: the same audiences, the same bytes


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write.

    Attributes:
        folder: Of the audiences and the manifest; it is made where it is missing.
        held_back: Of those held out, one file a list; None writes none.
        manifest: What the manifest is called; "" writes none.
    """

    folder: Path
    held_back: Path | None = None
    manifest: str = MANIFEST


def write(
    workspace: Workspace,
    run: str,
    spec: Spec,
    metrics: Mapping[str, Any],
    files: Files,
    progress: Progress = SILENT,
) -> None:
    """Write every audience and the manifest, each whole or not at all, and record the exports.

    A list that has no file in the form that was asked for is noted with its reason.

    Raises:
        BadInput: The files cannot be written there.
        Cancelled: The watcher asked to stop.
    """
    made_folder(files.folder)
    if files.held_back is not None:
        made_folder(files.held_back)
    names, held_names = _names(spec)
    written: dict[int, dict[str, Any]] = {}
    entries = entries_of(workspace, run, spec)
    for entry in entries:
        done = entry.place / len(entries)
        progress.at(done, f"Writing {entry.place + 1:,} of {len(entries):,}: {entry.called}")
        if entry.failed:
            continue
        chosen = cut_of(workspace, run, spec, entry.place, entry.facts)
        path = files.folder / names[entry.place]
        try:
            file = _export(workspace, run, spec, entry, chosen, path)
        except LookalikeError as error:
            if isinstance(error.__cause__, OSError | duckdb.Error):  # of the disk: no list is to blame
                raise
            facts = {**entry.facts, "error": failure(error)}
            tested.keep_facts(workspace, run, entry.name, facts)
            continue
        written[entry.place] = file
        tested.keep_facts(workspace, run, entry.name, {**entry.facts, "file": file})
        if files.held_back is not None and chosen.held_out:
            _held_back(workspace, chosen, files.held_back / held_names[entry.place])
    if files.manifest:
        made = described(workspace, run, spec, metrics, written)
        write_text(files.folder / files.manifest, manifest.to_text(made))


def zipped(
    batch: Batch, path: Path, template: str = "", places: Collection[int] | None = None
) -> dict[str, Any]:
    """Write audiences, those held out, and their manifest into one archive; return the manifest.

    The exports are recorded. A list without a file in that form is told in the manifest.

    Args:
        batch: The run.
        path: Of the archive.
        template: The form of the files; empty for the one that the run was asked for.
        places: The lists whose audiences are wanted, by their places in the run; None for all.

    Raises:
        BadInput: The archive cannot be written there.
    """
    workspace, run = batch.workspace, batch.run.id
    spec = replace(batch.spec, template=template) if template else batch.spec
    suffix = export.template(spec.template).suffix
    names, held_names = _names(spec)
    written: dict[int, dict[str, Any]] = {}
    refused: dict[int, LookalikeError] = {}
    try:
        with (
            whole_file(path) as partial,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for entry in batch.done:
                if places is not None and entry.place not in places:
                    continue
                chosen = batch.selection(entry.place)
                try:
                    with workspace.brief_file(suffix) as file:
                        written[entry.place] = _export(workspace, run, spec, entry, chosen, file)
                        _pack(archive, names[entry.place], file)
                except LookalikeError as error:
                    if isinstance(error.__cause__, OSError | duckdb.Error):
                        raise
                    refused[entry.place] = error
                    continue
                if chosen.held_out:
                    with workspace.brief_file(".csv") as file:
                        _held_back(workspace, chosen, file)
                        _pack(archive, held_names[entry.place], file)
            made = described(workspace, run, spec, batch.run.metrics, written, refused)
            archive.writestr(zipfile.ZipInfo(MANIFEST, STAMP), manifest.to_text(made))
    except OSError as error:
        raise BadInput(
            f"The archive cannot be written: {error.strerror or error}.", "Free some space."
        ) from error
    return made


def described(
    workspace: Workspace,
    run: str,
    spec: Spec,
    metrics: Mapping[str, Any],
    written: Mapping[int, Mapping[str, Any]],
    refused: Mapping[int, LookalikeError] | None = None,
) -> dict[str, Any]:
    """Return the manifest of the files that were written: counts, settings, fingerprints; no ids.

    Args:
        workspace: Where the run is.
        run: Its id.
        spec: What it was asked.
        metrics: What came of it.
        written: Of each file, by the place of its list: name, rows, sha256, bytes, left_out.
        refused: Lists that have an audience but no file in that form.
    """
    entries = entries_of(workspace, run, spec)
    failed = dict(spec.refused) | {one.called: one.why for one in entries if one.failed}
    failed |= {entries[place].called: str(error) for place, error in (refused or {}).items()}
    return {
        "format": FORMAT,
        "kind": "batch",
        "made": f"{now().isoformat()}Z",
        "program": versions.program(),
        "workspace": manifest.held(workspace),
        "run": run,
        "settings": spec.settings(),
        "snapshot": manifest.snapshot_facts(workspace, metrics["snapshot"]),
        "pool": metrics["pool"],
        "lists": [
            _line(entry, spec, written[entry.place]) for entry in entries if entry.place in written
        ],
        "failed": [{"list": name, "why": why} for name, why in failed.items()],
        "seconds": metrics["seconds"],
    }


def _line(entry: Entry, spec: Spec, file: Mapping[str, Any]) -> dict[str, Any]:
    facts = entry.facts
    return {
        "list": entry.called,
        "saved_as": entry.name,
        "seeds": facts["seeds"],
        "weight": facts["weight"],
        "cut": spec.cut_of(entry.place).to_json(),
        "counts": {
            "audience": facts["rows"] + facts["holdout"],
            "written": file["rows"],
            "holdout": facts["holdout"],
            "threshold": facts["threshold"],
            "available": facts["available"],
            "excluded": facts["excluded"],
            "left_out": file["left_out"],
        },
        "tiers": facts["tiers"],
        "evidence": facts.get("evidence"),
        "untested": facts.get("untested", "" if facts.get("evidence") else "It was not asked for."),
        "leaking": facts.get("leaking", []),
        "warnings": file["warnings"],
        "file": {name: file[name] for name in ("name", "rows", "sha256", "bytes")},
        "seconds": facts["seconds"],
    }


def made_folder(folder: Path) -> None:
    """Make a folder where there is none.

    Raises:
        BadInput: It cannot be made, or a file stands there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"The folder {folder} cannot be made: {error.strerror}.", "Name another folder."
        ) from error


def _names(spec: Spec) -> tuple[list[str], list[str]]:
    """Return the name of each list's file, and of that of those held out."""
    names = file_names(spec.called, export.template(spec.template).suffix, [MANIFEST])
    held = [f"{one.rpartition('.')[0]} held back" for one in names]
    return names, file_names(held, ".csv", names)


def _export(
    workspace: Workspace, run: str, spec: Spec, entry: Entry, chosen: Selection, path: Path
) -> dict[str, Any]:
    template = export.template(spec.template)
    written = export.write(workspace, chosen.table(), template, path, spec.fields)
    file = {
        "template": template.key,
        "rows": written.rows,
        "sha256": written.sha256,
        "place": entry.place,
    }
    audience.record(workspace, run, entry.name, spec.cut_of(entry.place), chosen, file)
    return {
        "name": _names(spec)[0][entry.place],
        "rows": written.rows,
        "sha256": written.sha256,
        "bytes": written.bytes,
        "left_out": dict(written.left_out),
        "warnings": [*written.notes(), *written.warnings],
    }


def _held_back(workspace: Workspace, chosen: Selection, path: Path) -> None:
    export.write(workspace, chosen.table(held_out=True), export.template("csv"), path)


def _pack(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    info = zipfile.ZipInfo(name, STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    with file.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        while part := source.read(1 << 20):
            target.write(part)
