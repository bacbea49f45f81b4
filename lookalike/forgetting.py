"""Forget a person: every row, vector, score and mention of a user goes, and stays gone.

The rows go in one transaction, which also notes what is still to be done beside the database; the
note goes last. Whatever is killed in between is finished by the next call.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from lookalike import erasure, general, mentions, past, uploads
from lookalike.arrays import mapped
from lookalike.errors import BadInput
from lookalike.importing import snapshots
from lookalike.importing.users import NEXT_ROW
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace, quoted

UNFINISHED = "forgetting"  # in `meta`, while something is still to be done


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed; it names no one.

    Attributes:
        users: Users that were forgotten.
        unknown: How many of those asked for were no users of the workspace.
        rows: Rows removed from each table.
        files: Files beside the database that were written anew or removed, by their path in it.
        resumed: Whether something was finished that had been interrupted.
        copies: Older copies of the database in the folder, which still hold them.
    """

    users: int
    unknown: int
    rows: dict[str, int]
    files: tuple[str, ...]
    resumed: bool
    copies: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say what was done."""
        parts = []
        if self.resumed:
            parts.append("An earlier call that was interrupted has been finished.")
        if self.users:
            who = "1 user is forgotten" if self.users == 1 else f"{self.users:,} users are forgotten"
            count = sum(self.rows.values())
            parts.append(f"{who}: {count:,} rows removed, {len(self.files):,} files written anew.")
        if self.users and self.copies:
            parts.append(
                f"Older copies in the folder still hold them, and are yours to remove: "
                f"{', '.join(self.copies)}."
            )
        if self.unknown:
            who = "1 id was" if self.unknown == 1 else f"{self.unknown:,} ids were"
            parts.append(f"{who} not known here, so there was nothing to forget of it.")
        return " ".join(parts) or "There was nothing to forget."

    def report(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def unfinished(workspace: Workspace) -> bool:
    """Whether a forgetting was interrupted before all was gone; `finish` finishes it."""
    return _noted(workspace) is not None


def forget(workspace: Workspace, user_id: str | Sequence[str], progress: Progress = SILENT) -> Forgotten:
    """Delete users everywhere in the workspace: rows of every table, vectors, scores, mentions.

    Mentions of an id are blanked even where it is no user, since a report may quote an unknown one.
    Files that were exported or downloaded before are out of reach. Models that were learned from
    many users are kept: what one of them added to an average cannot be told from the others.

    Args:
        workspace: Where.
        user_id: One id or several, exactly as imported.
        progress: Told how far it is. If it cancels once the rows are gone, the next call finishes.

    Raises:
        BadInput: There is no id, or a run is under way, which would write the user down again.
    """
    ids = [user_id] if isinstance(user_id, str) else list(dict.fromkeys(user_id))
    if not ids or "" in ids:
        raise BadInput("There is no user to forget.", "Name at least one user_id.")
    resumed = finish(workspace)
    progress.at(0.1, "Removing the rows")
    with workspace.write() as cursor:
        _refuse_while_working(cursor)
        found = cursor.execute(
            "SELECT row FROM users WHERE user_id IN (SELECT unnest(CAST(? AS VARCHAR[])))", [ids]
        ).fetchall()
        gone = [int(row) for (row,) in found]
        removed = _remove(cursor, gone)
        quoting = mentions.blank(cursor, ids)
        if removed or quoting:
            note = {"rows": gone, "tables": [*removed, *quoting]}
            cursor.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [UNFINISHED, json.dumps(note)])
    files = _finish(workspace, progress)
    copies = [*workspace.path.glob("*.bak"), *workspace.path.glob("backups/*.zip")]
    shown = tuple(sorted(str(path.relative_to(workspace.path)) for path in copies))
    return Forgotten(len(gone), len(ids) - len(gone), removed, files, resumed, shown)


def finish(workspace: Workspace) -> bool:
    """Finish what was interrupted; return whether there was anything."""
    due = unfinished(workspace)
    if due:
        _finish(workspace, SILENT)
    return due


def _noted(workspace: Workspace) -> dict[str, Any] | None:
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT value FROM meta WHERE name = ?", [UNFINISHED]).fetchone()
    return json.loads(found[0]) if found else None


def _refuse_while_working(cursor: duckdb.DuckDBPyConnection) -> None:
    found = cursor.execute(
        "SELECT title FROM runs WHERE status IN ('queued', 'running') LIMIT 1"
    ).fetchone()
    if found:
        raise BadInput(
            f"{found[0]!r} is under way and would write the user down again.",
            "Wait until it has ended, or cancel it.",
        )


def _remove(cursor: duckdb.DuckDBPyConnection, gone: Sequence[int]) -> dict[str, int]:
    """Delete the rows from every table that has a column `row`; return how many of each."""
    if not gone:
        return {}
    # a row is never given out again, even if it was the last one
    cursor.execute(
        "INSERT OR REPLACE INTO meta SELECT ?, CAST(greatest((SELECT max(row) + 1 FROM users), "
        "(SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE name = ?)) AS VARCHAR)",
        [NEXT_ROW, NEXT_ROW],
    )
    tables = cursor.execute(
        "SELECT table_name FROM duckdb_columns() WHERE NOT internal AND column_name = 'row' "
        "AND schema_name = 'main' AND database_name = current_database() ORDER BY table_name"
    ).fetchall()
    removed = {}
    for (table,) in tables:
        counted = cursor.execute(
            f"DELETE FROM {quoted(table)} WHERE row IN (SELECT unnest(CAST(? AS INTEGER[])))", [gone]
        ).fetchone()
        if counted and counted[0]:
            removed[table] = int(counted[0])
    for table in removed:
        if table.startswith("embeddings_"):
            number = int(table.removeprefix("embeddings_"))
            cursor.execute(
                f"UPDATE snapshots SET users = (SELECT count(*) FROM {quoted(table)}) WHERE id = ?",
                [number],
            )
    if "audience_members" in removed:
        cursor.execute(
            "UPDATE audiences SET users = "
            "(SELECT count(*) FROM audience_members WHERE audience = audiences.id)"
        )
    return removed


def _finish(workspace: Workspace, progress: Progress) -> tuple[str, ...]:
    note = _noted(workspace)
    if note is None:
        return ()
    progress.at(0.3, "Writing the files beside the database anew")
    files = _files(workspace, frozenset(note["rows"]))
    progress.at(0.5, "Writing the tables anew")
    erasure.rewrite(workspace, dict.fromkeys([*note["tables"], "meta"]))
    progress.at(0.8, "Overwriting what was freed")
    erasure.overwrite(workspace)
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM meta WHERE name = ?", [UNFINISHED])
    return files


def _files(workspace: Workspace, gone: Collection[int]) -> tuple[str, ...]:
    """Take the rows out of every file that is built from the database, or remove it."""
    rows = np.fromiter(gone, np.int32, len(gone))
    rankings = sorted(workspace.folder("scores").rglob("*.npy"))
    touched = [path for path in rankings if _without(workspace, path, rows)]
    for held in snapshots.snapshots(workspace):
        lists = past.load(workspace, held.id)
        if lists is not None and np.isin(lists.members, rows).any():
            stays = ~np.isin(lists.members, rows)
            kept = np.concatenate([[0], np.cumsum(stays)])
            past.save(workspace, replace(lists, members=lists.members[stays], ends=kept[lists.ends]))
            touched.append(workspace.file_in("models", f"past-{held.id}.npz"))
    touched += general.forget(workspace, rows)
    # matrices are built anew when they are next read; uploads that wait for nobody are not needed
    # and a pass over the users that stopped begins anew, as does learning from past campaigns
    built = (("vectors", "*.np?"), ("models", "prior-*.npz"), ("scores", "*/*.npz"))
    stopped = ("models", "pretraining-*.npz")
    for folder, pattern in (*built, stopped, *_uploads()):
        for path in sorted(workspace.folder(folder).glob(pattern)):
            path.unlink(missing_ok=True)
            touched.append(path)
    return tuple(str(path.relative_to(workspace.path)) for path in touched)


def _uploads() -> list[tuple[str, str]]:
    return [(folder, f"{uploads.PREFIX}*") for folder in (uploads.KEPT, uploads.BRIEF)]


def _without(workspace: Workspace, path: Path, rows: np.ndarray) -> bool:
    """Take rows out of a saved ranking, which is replaced at once; say whether any was in it."""
    try:
        held = mapped(path)
    except (OSError, EOFError, ValueError):
        path.unlink(missing_ok=True)  # nobody can read it
        return True
    stays = ~np.isin(held["row"], rows)
    if stays.all():
        return False
    with workspace.writing_file(path) as partial, partial.open("wb") as handle:
        np.save(handle, np.asarray(held)[stays])
    return True
