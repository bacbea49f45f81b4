"""Filling an empty workspace with the sample world, ready to expand."""

from __future__ import annotations

from lookalike import embeddings
from lookalike.contents import contents
from lookalike.errors import BadInput
from lookalike.progress import SILENT, Progress
from lookalike.sample.world import generate, load
from lookalike.workspace import Workspace


def load_ready(workspace: Workspace, progress: Progress = SILENT) -> None:
    """Make the sample world, load it and learn its embeddings.

    Raises:
        BadInput: The workspace holds users already; they stay as they are.
    """
    held = contents(workspace).users
    if held:
        raise BadInput(
            f"The workspace holds {held:,} users already; the sample would mix with them.",
            "Choose an empty folder for the sample.",
        )
    progress.at(0.0, "Inventing a world of 20,000 users")
    world = generate()
    load(workspace, world, progress.span(0.2, 0.5))
    embeddings.learn(workspace, progress=progress.span(0.5, 1.0))
