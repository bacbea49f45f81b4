"""A workspace as one file, and back: all that cannot be rebuilt, with checksums."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb

from lookalike.errors import BadInput
from lookalike.progress import SILENT, Progress
from lookalike.workspace import DATABASE, PARTIAL, SCHEMA_VERSION, Workspace, now, quoted, whole_file

FORMAT = 1
CONTENTS = "backup.json"  # the last entry: what is in the file, and the checksums
FOLDERS = ("scores", "models")  # what else a run needs; vectors are rebuilt from the database
# a run of many lists has a folder of its own there
NAME = re.compile(rf"{re.escape(DATABASE)}|(?:{'|'.join(FOLDERS)})(?:/[A-Za-z0-9][\w.-]*){{1,2}}")
UNFINISHED = ".restoring"
BLOCK = 1 << 20
# what a damaged archive makes the standard library raise
DAMAGE = (zipfile.BadZipFile, EOFError, zlib.error, struct.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes:
        created: When it was made, in UTC, as ISO text.
        schema_version: Of the workspace.
        files: SHA-256 by the name of the file within the workspace.
        bytes: Size of all files together.
    """

    created: str
    schema_version: int
    files: dict[str, str]
    bytes: int

    def report(self) -> dict[str, Any]:
        """Return the backup's description as JSON can hold it."""
        return {
            "created": self.created,
            "schema_version": self.schema_version,
            "files": self.files,
            "bytes": self.bytes,
        }


def save(workspace: Workspace, path: Path, progress: Progress = SILENT) -> Backup:
    """Write a backup, whole or not at all; the workspace may be in use by this process.

    The database is copied as of one moment. Nothing that others write meanwhile is held up.

    Raises:
        BadInput: The file exists already, or it cannot be written.
    """
    if path.exists():
        raise BadInput(f"{path} exists already.", "Choose another name: backups are not replaced.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"The folder of {path} does not exist.", "Make it first, or write elsewhere.")
    copy = workspace.file_in("tmp", f"{secrets.token_hex(8)}.duckdb{PARTIAL}")
    try:
        progress.at(0.0, "Copying the database")
        _copy_database(workspace, copy)
        with whole_file(path) as partial:
            return _pack(workspace, copy, partial, progress)
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or str(error).rpartition(": ")[2]
        raise BadInput(
            f"The backup {path} cannot be written: {reason}.", "Free some space, or write elsewhere."
        ) from error
    finally:
        copy.unlink(missing_ok=True)


def describe(path: Path) -> Backup:
    """Return what a backup holds, without checking all of it.

    Raises:
        BadInput: It is no backup, is damaged, or was made by a newer version.
    """
    with _opened(path) as archive:
        return _contents(archive, path)


def restore(path: Path, folder: Path, progress: Progress = SILENT) -> Backup:
    """Make a workspace folder from a backup, whole or not at all.

    All files are checked before the first one takes its place; the database comes last. What a
    restore left that was killed is removed first.

    Args:
        path: The backup.
        folder: A folder that is empty or does not exist; it may be a mount point.
        progress: Hears of every file.

    Raises:
        BadInput: The folder holds something, or the backup cannot be used.
    """
    with _opened(path) as archive:
        held = _contents(archive, path)
        staged = folder / UNFINISHED
        _make_room(folder)
        try:
            staged.mkdir(parents=True)
            done = 0
            for name, digest in held.files.items():
                progress.at(0.9 * done / max(1, held.bytes), f"Restoring {name}")
                done += _unpack(archive, name, digest, staged / name, path)
            for name in sorted(held.files, key=lambda name: name == DATABASE):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (staged / name).replace(folder / name)
            shutil.rmtree(staged)  # without this mark the folder is a workspace
        except OSError as error:
            raise BadInput(
                f"The backup cannot be restored to {folder}: {error.strerror}.",
                "Free some space, or choose another folder.",
            ) from error
        finally:
            with contextlib.suppress(OSError):
                _sweep(folder)
    return held


def _copy_database(workspace: Workspace, copy: Path) -> None:
    name = quoted(f"copy_{copy.name.partition('.')[0]}")
    with workspace.cursor() as cursor:
        source = cursor.execute("SELECT current_database()").fetchone()
        cursor.execute(f"ATTACH '{str(copy).replace(chr(39), chr(39) * 2)}' AS {name}")
        try:
            cursor.execute(f"COPY FROM DATABASE {quoted(source[0] if source else '')} TO {name}")
        finally:
            cursor.execute(f"DETACH {name}")


def _pack(workspace: Workspace, copy: Path, partial: Path, progress: Progress) -> Backup:
    files = {DATABASE: copy}
    for folder in FOLDERS:
        for path in sorted(workspace.folder(folder).rglob("*")):
            name = path.relative_to(workspace.path).as_posix()
            if path.is_file() and NAME.fullmatch(name) and not name.endswith(PARTIAL):
                files[name] = path
    digests, size, whole = {}, 0, sum(path.stat().st_size for path in files.values())
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files.items():
            progress.at(0.3 + 0.7 * size / max(1, whole), f"Packing {name}")
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                digests[name] = _copied(source, target)
            size += path.stat().st_size
        held = Backup(now().isoformat(), SCHEMA_VERSION, digests, size)
        archive.writestr(CONTENTS, json.dumps({"format": FORMAT} | held.report(), indent=2))
    return held


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        raise BadInput(f"There is no file {path}.", "Check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DAMAGE as error:
        raise BadInput(
            f"{path} is not a backup of this program, or is damaged.", "Use another copy of it."
        ) from error


def _contents(archive: zipfile.ZipFile, path: Path) -> Backup:
    try:
        found = json.loads(archive.read(CONTENTS))
        version, schema = int(found["format"]), int(found["schema_version"])
        held = Backup(str(found["created"]), schema, dict(found["files"]), int(found["bytes"]))
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(
            f"{path} is not a backup of this program, or is damaged.", "Use another copy of it."
        ) from error
    if version > FORMAT or schema > SCHEMA_VERSION:
        raise BadInput(
            f"{path} was made by a newer version of this program (schema version {schema}; this one "
            f"works with {SCHEMA_VERSION}).",
            "Restore it with that version.",
        )
    if DATABASE not in held.files or not all(NAME.fullmatch(name) for name in held.files):
        raise BadInput(f"{path} holds files that no backup has.", "Use another copy of it.")
    return held


def _make_room(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file.", "Give a folder that is empty or does not exist.")
    if (folder / UNFINISHED).is_dir() and not (folder / DATABASE).exists():
        _sweep(folder)
    if folder.is_dir() and any(one.name != "lost+found" for one in folder.iterdir()):
        raise BadInput(
            f"The folder {folder} is not empty.",
            "Give a folder that is empty or does not exist: nothing is overwritten.",
        )


def _sweep(folder: Path) -> None:
    """Remove what an unfinished restore left: the mark that it is one goes last."""
    if not (folder / UNFINISHED).is_dir():
        return
    for name in (DATABASE, *FOLDERS):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    shutil.rmtree(folder / UNFINISHED)


def _unpack(archive: zipfile.ZipFile, name: str, digest: str, target: Path, path: Path) -> int:
    """Write one file and return its size; its checksum must be right."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source = archive.open(name)
    except KeyError:
        raise BadInput(f"{path} is damaged: {name} is missing.", "Use another copy of it.") from None
    with source, target.open("wb") as written:
        found = _copied(source, written)
        written.flush()
        os.fsync(written.fileno())
    if found != digest:
        raise BadInput(f"{path} is damaged: the checksum of {name} is wrong.", "Use another copy of it.")
    return target.stat().st_size


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy a file and return its SHA-256."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()
