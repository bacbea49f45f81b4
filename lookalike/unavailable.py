"""Why a workspace cannot be opened or written, in words: in use, full, read-only or damaged."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from lookalike.errors import WorkspaceUnavailable

FULL_CODES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# DuckDB hands on what the system says
FULL = tuple(os.strerror(code) for code in FULL_CODES)


def why_not(database: Path, error: duckdb.Error) -> WorkspaceUnavailable:
    """Return what to tell of a database that DuckDB could not open."""
    text = str(error)
    # not just "lock": damage is told by "block", and a path may hold anything
    if "Could not set lock" in text or "used by another process" in text:
        holder = re.search(r"held in (.+?) \(PID (\d+)\)", text)
        who = f"process {holder[2]} ({Path(holder[1]).name})" if holder else "another process"
        return WorkspaceUnavailable(
            f"The workspace {database.parent} is in use by {who}.",
            "Only one process can have it open: stop the other one, or work in the app it serves.",
        )
    if is_full(error) or shutil.disk_usage(database.parent).free < 1_000_000:
        return WorkspaceUnavailable(
            f"The disk that holds {database.parent} is full.", "Free some space and start again."
        )
    if not os.access(database.parent, os.W_OK) or (
        database.exists() and not os.access(database, os.W_OK)
    ):
        return WorkspaceUnavailable(
            f"The workspace {database.parent} cannot be written.", "Check the folder's permissions."
        )
    return WorkspaceUnavailable(
        f"{database} cannot be read as a DuckDB file: {text.splitlines()[0][:160]}",
        "It was left as it is: restore it from a backup, or choose another folder.",
    )


def is_full(error: BaseException) -> bool:
    """Say whether an error comes of a full disk or quota."""
    if isinstance(error, OSError) and error.errno in FULL_CODES:
        return True
    return isinstance(error, OSError | duckdb.Error) and any(said in str(error) for said in FULL)


@contextlib.contextmanager
def said_when_full(folder: Path) -> Iterator[None]:
    """Let a full disk, met in the body, be said in words.

    Raises:
        WorkspaceUnavailable: The disk is full; what is raised otherwise is raised as it is.
    """
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not is_full(error):
            raise
        raise WorkspaceUnavailable(
            f"The disk that holds {folder} is full, so this could not be saved.",
            "Free some space and try again; what was saved before is unharmed.",
        ) from error
