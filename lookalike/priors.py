"""What the heads of past lists have in common, learned once for a snapshot; a file a snapshot.

Every item with its users is a list whose answer is known. The file can be made again at any time;
it is tied to the snapshot and to what was left out when it was made.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import arrays
from lookalike.importing.snapshots import Snapshot
from lookalike.workspace import Workspace

FORMAT = 1
# of the attention over seeds: see `methods.attention.prototypes`
PARTS = ("likeness", "own", "level", "slope", "spread", "stretch", "shift")
# of the attention over sub-groups of seeds: see `methods.subgroup_attention.match_of`
SUBGROUP_PARTS = (*PARTS, "near", "rise", "focus")
UNUSABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)  # what a bad file raises


@dataclass(frozen=True, eq=False, slots=True)
class HeadPrior:
    """Where the mean row of a list's users lies before any seed is seen, and how far seeds stray.

    A list's users have the mean row v ~ N(mean, S), and a seed strays from it with covariance C.
    In the basis kept here C is the identity and S diagonal, so that a new list costs two products.

    Attributes:
        lists: How many past lists it was learned from; 0 where there were too few.
        centre: Mean row of all users, shape (d,).
        mean: Of v, less `centre`, shape (d,).
        into: Rows times it are in the basis, shape (d, r).
        back: The basis times it are rows, shape (r, d).
        gains: The diagonal of S in the basis: how much lists differ for each unit by which seeds
            stray, shape (r,).
        ridge: (F'F + lambda I)^-1 times the number of users, F the users' rows: from a mean row to
            a head, shape (d, d).
        attention: What was learned of how seeds count, float32, shape (len(PARTS), r); None where
            nothing was.
        groups: The same of how sub-groups of seeds count, float32, shape (len(SUBGROUP_PARTS), r).
    """

    lists: int
    centre: NDArray[np.float64]
    mean: NDArray[np.float64]
    into: NDArray[np.float64]
    back: NDArray[np.float64]
    gains: NDArray[np.float64]
    ridge: NDArray[np.float64]
    attention: NDArray[np.float32] | None = None
    groups: NDArray[np.float32] | None = None


def load(workspace: Workspace, snapshot: Snapshot, left_out: Collection[str]) -> HeadPrior | None:
    """Return what was learned for a snapshot; None where nothing was, or from other items."""
    with (
        contextlib.suppress(*UNUSABLE),
        arrays.archive(_path(workspace, snapshot.id)) as held,
    ):
        if held["made_for"].tolist() == _made_for(snapshot, left_out):
            kept = {name: held[name] for name in _ARRAYS}
            learned = [held.get(name) for name in _LEARNED]
            return HeadPrior(int(held["lists"]), *kept.values(), *learned)
    return None


def save(workspace: Workspace, snapshot: Snapshot, left_out: Collection[str], prior: HeadPrior) -> None:
    """Write what was learned for a snapshot, whole or not at all."""
    parts: dict[str, NDArray[Any]] = {name: getattr(prior, name) for name in _ARRAYS}
    parts |= {name: held for name in _LEARNED if (held := getattr(prior, name)) is not None}
    made_for, lists = np.array(_made_for(snapshot, left_out)), np.array(prior.lists)
    with (
        workspace.writing_file(_path(workspace, snapshot.id)) as partial,
        partial.open("wb") as handle,
    ):
        np.savez(handle, allow_pickle=False, made_for=made_for, lists=lists, **parts)


_LEARNED = ("attention", "groups")
_ARRAYS = ("centre", "mean", "into", "back", "gains", "ridge")


def _made_for(snapshot: Snapshot, left_out: Collection[str]) -> list[str]:
    revision = snapshot.how.get("revision", 0)
    created = snapshot.created.isoformat()
    return [f"{FORMAT} {snapshot.id} {created} {revision}", *sorted(left_out)]


def _path(workspace: Workspace, snapshot: int) -> Path:
    return workspace.file_in("models", f"prior-{snapshot}.npz")
