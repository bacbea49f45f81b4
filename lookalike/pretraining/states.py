"""How far a run has come, as a file: what is needed to go on after it was stopped."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection
from pathlib import Path

import numpy as np
import torch

from lookalike import arrays
from lookalike.general import UNUSABLE
from lookalike.pretraining.learning import State
from lookalike.workspace import Workspace

States = dict[tuple[str, int], State]  # by network and half
TENSORS = ("numbers", "mean", "square")


def keep(workspace: Workspace, run: str, mark: str, states: States) -> None:
    """Write the states of a run, whole or not at all; `mark` says what they were learned from."""
    head = {
        "mark": mark,
        "states": [[name, half, held.rounds, held.losses] for (name, half), held in states.items()],
    }
    made = {"head": np.frombuffer(json.dumps(head).encode(), np.uint8)}
    for (name, half), held in states.items():
        made |= {f"{name}/{half}/{part}": getattr(held, part).numpy() for part in TENSORS}
    path = path_of(workspace, run)
    with workspace.writing_file(path) as partial, partial.open("wb") as handle:
        np.savez(handle, allow_pickle=False, **made)


def load(workspace: Workspace, run: str, mark: str) -> States:
    """Return the states of a run; none where nothing of use was kept."""
    with contextlib.suppress(*UNUSABLE), arrays.archive(path_of(workspace, run)) as held:
        head = json.loads(held["head"].tobytes())
        if head["mark"] == mark:
            return {
                (name, half): State(
                    **{part: torch.from_numpy(held[f"{name}/{half}/{part}"]) for part in TENSORS},
                    rounds=rounds,
                    losses=losses,
                )
                for name, half, rounds, losses in head["states"]
            }
    return {}


def sweep(workspace: Workspace, needed: Collection[str]) -> None:
    """Remove what was kept of runs other than those needed."""
    wanted = {path_of(workspace, run) for run in needed}
    for path in workspace.folder("models").glob("pretraining-*.npz"):
        if path not in wanted:
            path.unlink(missing_ok=True)


def path_of(workspace: Workspace, run: str) -> Path:
    """Return where the states of a run are kept."""
    return workspace.file_in("models", f"pretraining-{run}.npz")
