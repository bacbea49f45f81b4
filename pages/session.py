"""What belongs to a visit: the workspace, the worker, and the run that the link names."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from lookalike import runs
from lookalike.errors import NotFound
from lookalike.jobs import Job, Jobs
from lookalike.progress import Progress
from lookalike.runs import Run
from lookalike.workspace import Workspace


@st.cache_resource(show_spinner="Opening the workspace")
def workspace() -> Workspace:
    """Open the workspace once for all visits."""
    return Workspace.open(create=True)


@st.cache_resource(show_spinner=False)
def trainer() -> Jobs:
    """Start the one worker of this server."""
    return Jobs()


@st.cache_resource(show_spinner=False)
def preparer() -> Jobs:
    """Start the worker for what nobody waits for; it never holds up a visitor's own work."""
    return Jobs()


def start(run: str, work: Callable[[Workspace, str, Progress], object]) -> None:
    """Queue `work(workspace, run, progress)` and put the run into the address."""
    store = workspace()
    trainer().submit(
        run,
        lambda progress: work(store, run, progress),
        dropped=lambda: runs.cancel_queued(store, run),
    )


def linked_run(*kinds: str) -> Run | None:
    """Return the run that the address names, if it names one of these kinds.

    Raises:
        NotFound: There is no such run, or it is of another kind.
    """
    named = st.query_params.get("run")
    if not named:
        return None
    run = runs.get(workspace(), named)
    if run.kind not in kinds:
        raise NotFound(
            f"The link leads to a run of another page ({run.kind}).", "Open it from the overview."
        )
    return run


def job_of(run: Run) -> Job | None:
    """Return the job that works on a run in this server, while it has not ended."""
    job = trainer().get(run.id) or preparer().get(run.id)
    return None if job is None or job.ended else job
