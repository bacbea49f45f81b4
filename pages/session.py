"""What belongs to a visit: who is here, the workspace, the worker, the run that the link names."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import room
import signing
import streamlit as st

from lookalike import audit, runs
from lookalike.access import OF_RUN, Looking, NotAllowed, Visitor
from lookalike.errors import LookalikeError, NotFound
from lookalike.jobs import Job, Jobs
from lookalike.progress import Progress
from lookalike.runs import Run
from lookalike.workspace import Workspace

CHANGING = ("import", "embed")  # runs that change what others read


@st.cache_resource(show_spinner="Opening the workspace")
def store() -> Workspace:
    """Open the workspace once for all visits; for what the program does by itself."""
    opened = Workspace.open(create=True)
    audit.record(opened, audit.os_user(), "server started", signing.posture())
    return opened


@st.cache_resource(show_spinner=False)
def _looking() -> Workspace:
    return Looking(store())


def workspace() -> Workspace:
    """Return the workspace for the visitor: viewers get one that cannot be changed."""
    return store() if may("expand") else _looking()


@st.cache_resource(show_spinner=False)
def trainer() -> Jobs:
    """Start the workers of this server."""
    return Jobs(store().settings.workers)


@st.cache_resource(show_spinner=False)
def preparer() -> Jobs:
    """Start the worker for what nobody waits for; it never holds up a visitor's own work."""
    return Jobs()


def visitor() -> Visitor:
    """Return who is here.

    Raises:
        NotAllowed: Nobody who is let in.
    """
    return signing.visitor()


def owner() -> str:
    """Return who takes turns with others: the visitor; where nobody signs in, the browser tab."""
    if signing.closed():
        return visitor().name
    return str(st.session_state.setdefault("owner", secrets.token_hex(8)))


def may(action: str) -> bool:
    """Whether who is here may do something; for buttons that are not offered otherwise."""
    try:
        return visitor().may(action)
    except NotAllowed:
        return False


def demand(action: str) -> None:
    """Stop here unless who is here may do something; for where it is done.

    Raises:
        NotAllowed: They may not, or they are not signed in any longer.
    """
    visitor().demand(action)


def record(what: str, **detail: audit.Value) -> None:
    """Note what the visitor did: names and counts, never ids of the audience's people."""
    audit.record(store(), visitor().name, what, detail)


def start(run: str, work: Callable[[Workspace, str, Progress], object]) -> None:
    """Queue `work(workspace, run, progress)`, if the visitor may start a run of that kind.

    Raises:
        NotAllowed: They may not; the run counts as cancelled.
        BadInput: Too many runs wait already; the run counts as cancelled.
    """
    held = store()
    asked = runs.get(held, run)
    try:
        demand(OF_RUN[asked.kind])
        room.check(trainer(), held.settings, owner())
    except LookalikeError:
        runs.cancel_queued(held, run)
        raise
    record("run started", run=run, kind=asked.kind, title=asked.title)
    trainer().submit(
        run,
        lambda progress: work(held, run, progress),
        dropped=lambda: runs.cancel_queued(held, run),
        owner=owner(),
        kind=asked.kind,
        alone=asked.kind in CHANGING,
    )


def cancel(run: Run) -> None:
    """Ask a run to stop, if the visitor may start one of that kind.

    Raises:
        NotAllowed: They may not.
    """
    demand(OF_RUN[run.kind])
    trainer().cancel(run.id)
    record("run cancelled", run=run.id, kind=run.kind)


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
