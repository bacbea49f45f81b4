"""What a run of many lists keeps beside the database: models, the state of its pass, rankings."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.arrays import archive, mapped
from lookalike.errors import BadInput
from lookalike.methods import Scorer, stored
from lookalike.one_pass import HELD, Reached, Wanted
from lookalike.pool import Pool
from lookalike.ranking import RANKED
from lookalike.workspace import Workspace

UNUSABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)  # what a bad file raises


def model_file(workspace: Workspace, run: str, place: int) -> Path:
    """Return where the model of a list is kept; see `training.model_of`, "<run>/<place>"."""
    return _in(workspace, "models", run, f"{place}.npz")


def model(workspace: Workspace, run: str, place: int) -> Scorer | None:
    """Return the model that was kept of a list; None where none was, or it cannot be read."""
    try:
        return stored.load(model_file(workspace, run, place)).scorer
    except BadInput:
        return None


def ranking_file(workspace: Workspace, run: str, place: int) -> Path:
    """Return where the best users of a list are kept."""
    return _in(workspace, "scores", run, f"{place}.npy")


def save_ranking(workspace: Workspace, run: str, place: int, best: NDArray[np.void]) -> None:
    """Keep the best users of a list, `RANKED`, best first."""
    path = ranking_file(workspace, run, place)
    with workspace.writing_file(path) as partial, partial.open("wb") as handle:
        np.save(handle, best)


def ranking(workspace: Workspace, run: str, place: int) -> NDArray[np.void]:
    """Map the best users of a list, best first.

    Raises:
        BadInput: They are gone from the folder.
    """
    try:
        found = mapped(ranking_file(workspace, run, place))
        if found.dtype != RANKED:
            raise ValueError(found.dtype)
    except UNUSABLE as error:
        raise BadInput(
            "The scores of this run are no longer in the workspace folder.",
            "Expand the lists again: the same settings give the same audiences.",
        ) from error
    return found


def save_state(workspace: Workspace, run: str, group: int, mark: str, reached: Reached) -> None:
    """Keep how far the pass for a group of lists has come, whole or not at all."""
    path = _state_file(workspace, run, group)
    with workspace.writing_file(path) as partial, partial.open("wb") as handle:
        np.savez(
            handle,
            mark=np.array(mark),
            users=np.array(reached.users),
            ends=np.cumsum([len(held) for held in reached.held]),
            held=np.concatenate([*reached.held, np.empty(0, HELD)]),
        )


def state(workspace: Workspace, run: str, group: int, mark: str) -> Reached | None:
    """Return how far the pass for a group has come; None where it has to begin at the first user."""
    try:
        with archive(_state_file(workspace, run, group)) as kept:
            if str(kept["mark"]) != mark:
                return None
            parts = np.split(kept["held"], kept["ends"])[:-1]
            return Reached(int(kept["users"]), parts)
    except UNUSABLE:
        return None


def drop_state(workspace: Workspace, run: str, group: int) -> None:
    """Forget how far a pass had come; it is through."""
    _state_file(workspace, run, group).unlink(missing_ok=True)


def mark_of(pool: Pool, wanted: Sequence[Wanted], prints: Sequence[str]) -> str:
    """Return a fingerprint of what a pass depends on: who is scored, and what is wanted of each list.

    Args:
        pool: The users.
        wanted: What is wanted.
        prints: Of the lists.
    """
    digest = hashlib.sha256(pool.vectors.rows.tobytes())
    digest.update(pool.eligible.tobytes())
    for one, print_ in zip(wanted, prints, strict=True):
        digest.update(f"{print_} {one.count} ".encode())
        digest.update(one.without.tobytes())
    return digest.hexdigest()


def _state_file(workspace: Workspace, run: str, group: int) -> Path:
    return _in(workspace, "scores", run, f"pass-{group}.npz")


def _in(workspace: Workspace, kind: str, run: str, name: str) -> Path:
    path = workspace.file_in(kind, run)
    path.mkdir(exist_ok=True)
    return path / name
