"""Filling an empty workspace with the sample world, ready to expand."""

from __future__ import annotations

from lookalike import embeddings, runs
from lookalike.errors import BadInput
from lookalike.progress import SILENT, Progress
from lookalike.sample.world import generate, load
from lookalike.workspace import Workspace

MARK = "sample"  # in `meta`: "loading" until the sample is whole


def ask(workspace: Workspace) -> str:
    """Enter a run that loads the sample, and return its id.

    Raises:
        BadInput: The workspace holds users of its own; they stay as they are.
    """
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT count(*) FROM users").fetchone()
    held = int(found[0]) if found else 0
    if held and not unfinished(workspace):
        raise BadInput(
            f"The workspace holds {held:,} users already; the sample would mix with them.",
            "Choose an empty folder for the sample.",
        )
    return runs.create(workspace, "import", "Load the sample data", {})


def unfinished(workspace: Workspace) -> bool:
    """Say whether loading the sample began and did not end; loading again completes it."""
    with workspace.cursor() as cursor:
        found = cursor.execute("SELECT value FROM meta WHERE name = ?", [MARK]).fetchone()
    return found is not None and found[0] == "loading"


def carry_out(workspace: Workspace, run: str, progress: Progress = SILENT) -> None:
    """Make the sample world, load it and learn its embeddings.

    Raises:
        Cancelled: The watcher asked to stop; loading again completes what is there.
    """
    with runs.under_way(workspace, run):
        _mark(workspace, "loading")
        progress.at(0.0, "Inventing a world of 20,000 users")
        world = generate()
        load(workspace, world, progress.span(0.2, 0.5))
        embeddings.learn(workspace, progress=progress.span(0.5, 1.0))
        _mark(workspace, "done")
        runs.finish(workspace, run, {"users": world.users.num_rows})


def _mark(workspace: Workspace, state: str) -> None:
    with workspace.write() as cursor:
        cursor.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [MARK, state])
