"""Files that a browser hands over: kept under names of our own, and swept when forgotten."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from lookalike.errors import LookalikeError
from lookalike.workspace import Workspace, whole_file

KEPT = "uploads"  # waits for an import
BRIEF = "tmp"  # lives as long as it is read
PREFIX = "upload-"
DAY = 86_400.0
PARQUET = (".parquet", ".pq")


def keep(workspace: Workspace, name: str, data: bytes, folder: str = KEPT) -> Path:
    """Write an upload under a generated name; of its own name only "is it Parquet" survives."""
    suffix = ".parquet" if name.lower().endswith(PARQUET) else ".csv"
    path = workspace.file_in(folder, f"{PREFIX}{secrets.token_hex(8)}{suffix}")
    with whole_file(path) as partial:
        partial.write_bytes(data)
    return path


@contextlib.contextmanager
def briefly(workspace: Workspace, name: str, data: bytes) -> Iterator[Path]:
    """Give an upload as a file for the time of the body; errors call it by its own name."""
    path = keep(workspace, name, data, BRIEF)
    try:
        with called(path, name):
            yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def called(path: Path, name: str) -> Iterator[None]:
    """Let a user's errors of the body speak of `name` where they speak of `path`."""
    try:
        yield
    except LookalikeError as error:
        raise type(error)(renamed(error.message, path, name), renamed(error.hint, path, name)) from error


def renamed(text: str, path: Path, name: str) -> str:
    """Return a text that speaks of `path` as one that speaks of `name`."""
    return text.replace(str(path), name).replace(path.name, name)


def sweep(workspace: Workspace, needed: Collection[Path]) -> None:
    """Remove uploads that were forgotten for `upload_days`, other than those needed."""
    oldest = time.time() - DAY * workspace.settings.upload_days
    for folder in (KEPT, BRIEF):
        for path in workspace.folder(folder).glob(f"{PREFIX}*"):
            if path not in needed and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
