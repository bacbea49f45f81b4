"""Audiences that were exported: who was in them, who was held out, which files were made.

Owns `audiences` and `audience_members`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike import export
from lookalike.cutting import Cut, Selection
from lookalike.errors import BadInput, NotFound
from lookalike.export import Written
from lookalike.workspace import Workspace, next_number, now


@dataclass(frozen=True, slots=True)
class Exported:
    """An audience that was exported.

    Attributes:
        id: Its number in the workspace.
        run: The run that it was cut from.
        name: What it is called; at first the seed list's name.
        created: When it was first exported, in UTC.
        users: How many it holds, those held out among them.
        held_out: How many of them are held out.
        file_hash: SHA-256 of the first file.
        spec: How it was cut ("cut", "available", "ends") and which files were made of it ("files").
    """

    id: int
    run: str
    name: str
    created: dt.datetime
    users: int
    held_out: int
    file_hash: str
    spec: Mapping[str, Any] = field(hash=False, default_factory=dict)

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files that were made of it: template, rows, sha256 and made, the first one first."""
        return list(self.spec.get("files", ()))


def record(
    workspace: Workspace, run: str, name: str, cut: Cut, selection: Selection, file: Mapping[str, Any]
) -> int:
    """Remember an export and return the audience's number.

    The same users by the same cut of the same run are one audience, however many files are made of
    it; a file is remembered once.

    Args:
        workspace: Where to.
        run: The run that it was cut from.
        name: What to call it.
        cut: How it was cut.
        selection: Who is in it.
        file: What was written: at least template, rows and sha256.
    """
    members = selection.fingerprint
    entry = {**file, "made": now().isoformat()}
    with workspace.write() as cursor:
        for number, text in cursor.execute(
            "SELECT id, spec FROM audiences WHERE run = ?", [run]
        ).fetchall():
            spec = json.loads(text)
            if spec.get("members") != members or Cut.from_json(spec["cut"]) != cut:
                continue
            if file["sha256"] not in {known["sha256"] for known in spec["files"]}:
                spec["files"].append(entry)
                cursor.execute("UPDATE audiences SET spec = ? WHERE id = ?", [json.dumps(spec), number])
            return int(number)
        spec = {
            "cut": cut.to_json(),
            "members": members,
            "available": selection.available,
            "excluded": selection.excluded,
            "ends": selection.ends,
            "files": [entry],
        }
        number = next_number(cursor, "audiences")
        cursor.execute(
            "INSERT INTO audiences VALUES (?, ?, ?, ?, ?, ?, ?)",
            [number, run, name, now(), json.dumps(spec), len(selection), file["sha256"]],
        )
        cursor.register("chosen", selection.whole())
        # somebody who was forgotten since it was cut does not come back
        cursor.execute(
            "INSERT INTO audience_members SELECT ?, row, rank, score, holdout FROM chosen "
            "SEMI JOIN users USING (row)",
            [number],
        )
    return number


def exported(workspace: Workspace) -> list[Exported]:
    """Return what was exported, the newest first."""
    return _exported(workspace, "true", [])


def get(workspace: Workspace, audience: int) -> Exported:
    """Return one exported audience.

    Raises:
        NotFound: There is no such audience.
    """
    found = _exported(workspace, "id = ?", [audience])
    if not found:
        raise NotFound(
            f"There is no audience {audience} in this workspace.", "Look under exported audiences."
        )
    return found[0]


def members(workspace: Workspace, audience: int) -> pa.Table:
    """Return who is in an exported audience: user_id, rank, score and holdout, the best first.

    Raises:
        NotFound: There is no such audience.
    """
    get(workspace, audience)
    with workspace.cursor() as cursor:
        return cursor.execute(
            "SELECT user_id, members.rank, members.score, members.holdout "
            "FROM audience_members AS members JOIN users USING (row) "
            "WHERE audience = ? ORDER BY rank",
            [audience],
        ).to_arrow_table()


def selection(workspace: Workspace, audience: int) -> Selection:
    """Return an exported audience as it was cut, to write its file again.

    Raises:
        NotFound: There is no such audience.
    """
    known = get(workspace, audience)
    available = known.spec.get("available")
    if available is None:  # of a release that did not keep it
        available = _candidates(workspace, known)
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT row, score, holdout FROM audience_members WHERE audience = ? ORDER BY rank",
            [audience],
        ).fetchnumpy()
    return Selection(
        rows=np.asarray(found["row"], np.int32),
        scores=np.asarray(found["score"], np.float32),
        holdout=np.asarray(found["holdout"], bool),
        available=available,
        excluded=known.spec.get("excluded", 0),
        ends=tuple((float(share), int(end)) for share, end in known.spec.get("ends", ())),
    )


def write_again(
    workspace: Workspace,
    audience: int,
    path: Path,
    template: str = "csv",
    fields: Mapping[str, str] | None = None,
) -> Written:
    """Write an exported audience's file again, in any form; its run need not be there any more.

    Raises:
        NotFound: There is no such audience, template, field or attribute.
        BadInput: Nobody can be written in that form, or the file cannot be written there.
    """
    chosen = selection(workspace, audience)
    return export.write(workspace, chosen.table(), export.template(template), path, fields)


def rows_of(workspace: Workspace, audiences: tuple[int, ...]) -> NDArray[np.int32]:
    """Return `users.row` of everybody in some exported audiences, ascending.

    Raises:
        NotFound: There is no such audience.
    """
    for audience in audiences:
        get(workspace, audience)
    if not audiences:  # nor is the table of all members looked at
        return np.empty(0, np.int32)
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT DISTINCT row FROM audience_members WHERE list_contains($1::INTEGER[], audience) "
            "ORDER BY row",
            [list(audiences)],
        ).fetchnumpy()
    return np.asarray(found["row"], np.int32)


def rename(workspace: Workspace, audience: int, name: str) -> None:
    """Call an exported audience something else.

    Raises:
        BadInput: The name is empty.
        NotFound: There is no such audience.
    """
    get(workspace, audience)
    if not name.strip():
        raise BadInput("The audience has no name.", "Give it one, to find it again.")
    with workspace.write() as cursor:
        cursor.execute("UPDATE audiences SET name = ? WHERE id = ?", [name.strip(), audience])


def remove(workspace: Workspace, audience: int) -> None:
    """Forget that an audience was exported, and who was in it.

    Raises:
        NotFound: There is no such audience.
    """
    get(workspace, audience)
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM audience_members WHERE audience = ?", [audience])
        cursor.execute("DELETE FROM audiences WHERE id = ?", [audience])


def _exported(workspace: Workspace, condition: str, values: list[Any]) -> list[Exported]:
    with workspace.cursor() as cursor:
        rows = cursor.execute(
            "SELECT id, run, name, created, users, "
            "(SELECT count(*) FROM audience_members WHERE audience = id AND holdout), file_hash, spec "
            f"FROM audiences WHERE {condition} ORDER BY id DESC",
            values,
        ).fetchall()
    return [
        Exported(number, run, name, created, users, held, digest, json.loads(spec))
        for number, run, name, created, users, held, digest, spec in rows
    ]


def _candidates(workspace: Workspace, known: Exported) -> int:
    """Return how many users the run of an audience ranked; the audience's own where it is gone."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT CAST(metrics->>'candidates' AS BIGINT) FROM runs WHERE id = ?", [known.run]
        ).fetchone()
    return int(found[0]) if found and found[0] else known.users
