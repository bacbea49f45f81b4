"""General models learned from past campaigns. Owns the table `general_models` and a file for each.

A model belongs to the embeddings that it was learned on: on others its numbers mean nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import arrays
from lookalike.workspace import Workspace, next_number, now

FEWEST = 30  # campaigns to learn from
SAME = 0.8  # F1 above which a campaign counts as a list: a tenth of the list may be held out
UNUSABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)  # what a bad file raises


@dataclass(frozen=True, slots=True)
class Version:
    """A line of the table.

    Attributes:
        id: Its number, which is not given out again.
        snapshot: The embeddings that it belongs to.
        created: When, in UTC.
        campaigns: How many it was learned from; below `FEWEST` nothing was learned.
        how: Its recipe, what was left out, and by network the losses of training.
    """

    id: int
    snapshot: int
    created: dt.datetime
    campaigns: int
    how: dict[str, Any] = field(hash=False)

    @property
    def networks(self) -> list[str]:
        """The networks that it holds."""
        return list(self.how.get("losses", {}))


@dataclass(frozen=True, eq=False, slots=True)
class Learned:
    """A network that was learned twice, each time from half of the campaigns.

    Attributes:
        halves: Its numbers by name, float32, one mapping a half.
        pace: How it is adapted to a list.
    """

    halves: tuple[Mapping[str, NDArray[np.float32]], ...]
    pace: Mapping[str, float]


@dataclass(frozen=True, eq=False, slots=True)
class General:
    """A general model.

    Attributes:
        version: Its line in the table.
        mean: Of the users' columns, which is taken from them before they enter, shape (d,).
        scaling: What they are then multiplied by, shape (d, d).
        networks: By name.
        half: Which half each campaign belongs to, shape (campaigns,).
        members: `users.row` of each campaign's users, one campaign after the other.
        ends: Where each campaign ends in `members`, shape (campaigns,).
    """

    version: Version
    mean: NDArray[np.float64]
    scaling: NDArray[np.float64]
    networks: Mapping[str, Learned]
    half: NDArray[np.int64]
    members: NDArray[np.int32]
    ends: NDArray[np.int64]

    def unseen(self, rows: NDArray[np.int32]) -> list[int]:
        """Return the halves that learned from no campaign that nearly is this list.

        A list that the model has seen would be found too easily: its hold-out would be none.
        """
        if not len(self.ends):
            return [0, 1]
        listed = np.zeros(max(self.members.max(initial=0), rows.max(initial=0)) + 1, bool)
        listed[rows] = True  # several times as quick as sorting, and every fit asks
        places = np.concatenate([[0], self.ends])
        shared = np.diff(np.searchsorted(np.flatnonzero(listed.take(self.members)), places))
        same = 2 * shared > SAME * (np.diff(places) + len(rows))
        return sorted({0, 1} - set(self.half[same].tolist()))


def keep(
    workspace: Workspace,
    snapshot: int,
    campaigns: int,
    how: Mapping[str, Any],
    made: Mapping[str, NDArray[Any]],
) -> Version:
    """Store a general model, file first, and return its line.

    Args:
        workspace: Where.
        snapshot: The embeddings.
        campaigns: How many it was learned from.
        how: See `Version`, with `pace` by network.
        made: Arrays: mean, scaling, half, members, ends, and "<network>/<half>/<name>"; empty
            where nothing was learned.
    """
    with workspace.write() as cursor:
        number = next_number(cursor, "general_models")
        if made:
            path = _path(workspace, number)
            with workspace.writing_file(path) as partial, partial.open("wb") as handle:
                np.savez(handle, allow_pickle=False, **made)
        cursor.execute(
            "INSERT INTO general_models VALUES (?, ?, ?, ?, ?)",
            [number, snapshot, now(), campaigns, json.dumps(dict(how))],
        )
    return next(one for one in versions(workspace) if one.id == number)


def versions(workspace: Workspace) -> list[Version]:
    """Return what there is, newest first."""
    with workspace.cursor() as cursor:
        found = cursor.execute(
            "SELECT id, snapshot, created, campaigns, how FROM general_models ORDER BY id DESC"
        ).fetchall()
    return [
        Version(number, of, created, many, json.loads(how)) for number, of, created, many, how in found
    ]


def learned(workspace: Workspace, snapshot: int) -> list[str]:
    """Return the networks that the newest general model of some embeddings holds."""
    made = next((one for one in versions(workspace) if one.snapshot == snapshot), None)
    return [] if made is None else made.networks


def available(workspace: Workspace, snapshot: int) -> int | None:
    """Return the newest general model of some embeddings; None where there is none."""
    return next((one.id for one in versions(workspace) if one.snapshot == snapshot), None)


def load(workspace: Workspace, number: int, snapshot: int) -> General | None:
    """Return a general model; None where it is gone, damaged or of other embeddings."""
    version = next((one for one in versions(workspace) if one.id == number), None)
    if version is None or version.snapshot != snapshot:
        return None
    if version.campaigns < FEWEST:
        nothing = np.zeros(0)
        whole, rows = nothing.astype(np.int64), nothing.astype(np.int32)
        return General(version, nothing, nothing[:, None], {}, whole, rows, whole)
    with contextlib.suppress(*UNUSABLE):
        return _read(version, _path(workspace, number))
    return None


def forget(workspace: Workspace, rows: NDArray[np.int32]) -> list[Path]:
    """Take users out of the files, and return those that were written anew."""
    touched = []
    for one in versions(workspace):
        path = _path(workspace, one.id)
        try:
            with arrays.archive(path) as held:
                made = {name: held[name] for name in held.files}
            stays = ~np.isin(made["members"], rows)
        except UNUSABLE:
            continue
        if not stays.all():
            kept = np.concatenate([[0], np.cumsum(stays)])
            made |= {"members": made["members"][stays], "ends": kept[made["ends"]]}
            with workspace.writing_file(path) as partial, partial.open("wb") as handle:
                np.savez(handle, allow_pickle=False, **made)
            touched.append(path)
    return touched


def remove_of(workspace: Workspace, snapshot: int) -> None:
    """Remove the general models of some embeddings."""
    gone: Sequence[int] = [one.id for one in versions(workspace) if one.snapshot == snapshot]
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM general_models WHERE snapshot = ?", [snapshot])
    for number in gone:
        _path(workspace, number).unlink(missing_ok=True)


def _path(workspace: Workspace, number: int) -> Path:
    return workspace.file_in("models", f"general-{number}.npz")


def _read(version: Version, path: Path) -> General:
    with arrays.archive(path) as held:
        made = {name: held[name] for name in held.files}
    networks = {}
    for name in version.networks:
        halves = [
            {key.split("/")[2]: made[key] for key in made if key.startswith(f"{name}/{half}/")}
            for half in (0, 1)
        ]
        networks[name] = Learned(tuple(halves), version.how["pace"][name])
    parts = {name: made[name] for name in ("mean", "scaling", "half", "members", "ends")}
    return General(version, networks=networks, **parts)
