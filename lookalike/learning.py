"""The use case "learn embeddings", as a run that can be watched, cancelled and found again."""

from __future__ import annotations

import time
from collections.abc import Collection

from lookalike import embeddings, runs
from lookalike.contents import contents
from lookalike.progress import SILENT, Progress
from lookalike.workspace import Workspace


def due(workspace: Workspace) -> bool:
    """Whether there are interactions that no learned embeddings of all items have seen."""
    held = contents(workspace).interactions
    newest = embeddings.learned_without(workspace, ())
    return held > (newest.how.get("interactions", 0) if newest else 0)


def ask(workspace: Workspace, leave_out: Collection[str] = ()) -> str:
    """Enter a run that learns embeddings without some items, and return its id."""
    return runs.create(workspace, "embed", "Learn embeddings", {"leave_out": sorted(leave_out)})


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> int:
    """Learn, store, and return the snapshot's number.

    Raises:
        BadInput: There are too few interactions.
        Cancelled: The watcher asked to stop; nothing is stored.
    """
    leave_out = runs.get(workspace, run).spec["leave_out"]
    began = time.perf_counter()
    with runs.under_way(workspace, run):
        snapshot = embeddings.learn(workspace, leave_out=leave_out, progress=progress)
        runs.finish(workspace, run, {"snapshot": snapshot, "seconds": time.perf_counter() - began})
    return snapshot
