"""What a deleted row leaves in the database file, and how it is overwritten.

DuckDB only marks a deleted row: it stays on disk until its block is written anew, and then in the
free block behind it. So the rows that are left are written anew, and the free blocks are filled.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable

import duckdb

from lookalike.errors import BadInput
from lookalike.importing.snapshots import writing_vectors
from lookalike.workspace import Workspace, quoted

FILLER = "forgetting_filler"
ROUNDS = 4
TRIES, PAUSE = 40, 0.25  # seconds
VECTORS = re.compile(r"embeddings_\d+")


def rewrite(workspace: Workspace, tables: Iterable[str]) -> None:
    """Write the rows of these tables anew, in their order, each table in a transaction of its own."""
    for table in tables:
        vectors = VECTORS.fullmatch(table)
        with writing_vectors(workspace) if vectors else workspace.write() as cursor:
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE rewritten AS SELECT * FROM {quoted(table)}")
            cursor.execute(f"DELETE FROM {quoted(table)}")
            cursor.execute(f"INSERT INTO {quoted(table)} SELECT * FROM rewritten")
            cursor.execute("DROP TABLE rewritten")


def overwrite(workspace: Workspace) -> None:
    """Fill every free block of the database file and give the space back.

    Raises:
        BadInput: Somebody else reads or writes, or the disk is full; nothing was lost.
    """
    try:
        _checkpoint(workspace)
        for _ in range(ROUNDS):
            free, size = _free(workspace)
            if not free:
                break
            with writing_vectors(workspace) as cursor:
                # random numbers, for nothing else is stored as it is
                cursor.execute(f"CREATE TABLE IF NOT EXISTS {FILLER} (noise DOUBLE)")
                cursor.execute(
                    f"INSERT INTO {FILLER} SELECT random() FROM range(?)", [(free + 1) * size // 8]
                )
            _checkpoint(workspace)
        full = not _free(workspace)[0]
    except (duckdb.TransactionException, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise BadInput(
            "The freed parts of the database file could not be overwritten: "
            + str(error).splitlines()[0].rpartition("Error: ")[2][:160],
            "Run forget again, without a user, when nothing else is under way.",
        ) from error
    finally:
        with contextlib.suppress(duckdb.Error):
            with workspace.write() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {FILLER}")
            _checkpoint(workspace)
    if not full:
        raise BadInput(
            "Not every freed part of the database file was overwritten.",
            "Run forget again, without a user, when nothing else is under way.",
        )


def _checkpoint(workspace: Workspace) -> None:
    """Write all to the file, once nobody reads any longer what was deleted."""
    for left in reversed(range(TRIES)):
        try:
            with workspace.cursor() as cursor:
                cursor.execute("CHECKPOINT")
            return
        except duckdb.TransactionException:
            if not left:
                raise
            time.sleep(PAUSE)


def _free(workspace: Workspace) -> tuple[int, int]:
    """Return how many blocks of the file are free, and the bytes of a block."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT free_blocks, block_size FROM pragma_database_size() "
            "WHERE database_name = current_database()"
        ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)
