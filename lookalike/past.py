"""Past lists: how each view of the default method did on lists whose answer is known; a file a snapshot.

They are items that were taken out of the interactions, and saved lists. The file can be made again
at any time; it is tied to the snapshot by a fingerprint.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike import arrays
from lookalike.importing.snapshots import Snapshot, snapshots
from lookalike.workspace import Workspace

SAME = 0.5  # a past list that holds more than this share of a list's seeds is nearly that list
FORMER = (0.05, 0.1, 0.25)  # temperatures in files that do not say which
UNUSABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)  # what a bad file raises


@dataclass(frozen=True, eq=False, slots=True)
class Hat:
    """The diagonal of a ridge's hat matrix as a function of the row's length.

    Attributes:
        lengths: Ascending, shape (bins,).
        values: Shape (bins, penalties).
    """

    lengths: NDArray[np.float64]
    values: NDArray[np.float64]

    def at(self, lengths: NDArray[np.floating], place: int) -> NDArray[np.float64]:
        """Return the diagonal for rows of these lengths at the penalty in that place."""
        return np.interp(lengths, self.lengths, self.values[:, place])


@dataclass(frozen=True, eq=False, slots=True)
class PastLists:
    """How the views did on past lists, in J tries.

    Attributes:
        snapshot: The embeddings that they were tried on.
        views: Names of the K views.
        hats: The hat diagonals of the raw ridges.
        sizes: Seeds of each try, shape (J,).
        held: How many of its users were held out, shape (J,).
        recall: Headline recall of each view on those held out, shape (J, K).
        own: Leave-one-out headline recall of the seeds, shape (J, K).
        blended: Headline recall of the blend by temperature and tilt, shape (J, T, B).
        temperatures: The T temperatures, ascending.
        network: Headline recall of the neural network, NaN where it was not tried, shape (J,).
        members: `users.row` of the list's users, one try after the other.
        ends: Where each try ends in `members`, shape (J,).
    """

    snapshot: int
    views: tuple[str, ...]
    hats: Mapping[str, Hat]
    sizes: NDArray[np.float64]
    held: NDArray[np.float64]
    recall: NDArray[np.float64]
    own: NDArray[np.float64]
    blended: NDArray[np.float64]
    temperatures: tuple[float, ...]
    network: NDArray[np.float64]
    members: NDArray[np.int32]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def lists(self) -> int:
        """How many past lists there were; each may have been tried more than once."""
        return len({part.tobytes() for part in np.split(self.members, self.ends[:-1])})

    def same(self, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say in which tries the list held more than half of these users: they must not speak."""
        hits = np.concatenate([[0], np.cumsum(np.isin(self.members, rows))])
        starts = np.concatenate([[0], self.ends[:-1]])
        return (hits[self.ends] - hits[starts]) > SAME * len(rows)


def available(workspace: Workspace, snapshot: Snapshot) -> int | None:
    """Return the snapshot whose past lists serve this one: its own, or else the newest alike.

    How well a view does at a size changes little from one learned snapshot to the next; of two
    imported ones nothing is known to be alike.
    """
    if _path(workspace, snapshot.id).exists():
        return snapshot.id
    for one in snapshots(workspace) if snapshot.kind == "learned" else []:
        alike = one.kind == "learned" and one.how.get("views") == snapshot.how.get("views")
        if alike and _path(workspace, one.id).exists():
            return one.id
    return None


def load(workspace: Workspace, snapshot: int) -> PastLists | None:
    """Return the past lists of a snapshot; None where there are none, or the file is no use."""
    with contextlib.suppress(*UNUSABLE):
        return _read(snapshot, _path(workspace, snapshot))
    return None


def save(workspace: Workspace, past: PastLists) -> None:
    """Write the past lists of a snapshot, whole or not at all."""
    names = list(past.hats)
    with (
        workspace.writing_file(_path(workspace, past.snapshot)) as partial,
        partial.open("wb") as handle,
    ):
        np.savez(
            handle,
            views=np.array(past.views),
            temperatures=np.array(past.temperatures),
            names=np.array(names),
            lengths=np.array([past.hats[name].lengths for name in names]),
            values=np.array([past.hats[name].values for name in names]),
            **{name: getattr(past, name) for name in _ARRAYS},
        )


_ARRAYS = ("sizes", "held", "recall", "own", "blended", "network", "members", "ends")


def _path(workspace: Workspace, snapshot: int) -> Path:
    return workspace.file_in("models", f"past-{snapshot}.npz")


def _read(snapshot: int, path: Path) -> PastLists:
    with arrays.archive(path) as held:
        names = held["names"].tolist()
        temperatures = held["temperatures"].tolist() if "temperatures" in held else FORMER
        return PastLists(
            snapshot=snapshot,
            views=tuple(held["views"].tolist()),
            temperatures=tuple(temperatures),
            hats={
                name: Hat(lengths, values)
                for name, lengths, values in zip(names, held["lengths"], held["values"], strict=True)
            },
            **{name: held[name] for name in _ARRAYS},
        )
