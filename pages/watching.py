"""A run as a visitor follows it: under way, or ended badly."""

from __future__ import annotations

from collections.abc import Callable

import session
import streamlit as st
import ui
from words import duration, minutes, ordinal, plain

from lookalike import charts, runs
from lookalike.access import OF_RUN
from lookalike.contents import contents
from lookalike.runs import Run


def running(run: Run, epochs: int = 0) -> None:
    """Follow a run that has not ended: progress, time left, cancel; reruns the page at its end.

    Args:
        run: The run.
        epochs: Draw its training loss over so many epochs; 0 draws none.
    """

    @st.fragment(run_every=1.0)
    def follow() -> None:
        job = session.job_of(run)
        if job is None:
            st.rerun(scope="app")
            return
        place = session.trainer().place(run.id)
        if place:
            wait = session.trainer().wait(run.id)
            about = "" if wait is None else f", about {minutes(wait)}"
            st.progress(0.0, text=f"{ordinal(place)} in the queue{about}")
            st.caption("It starts by itself. People take turns: one run each.")
        else:
            st.progress(job.update.fraction, text=job.update.message)
            left = job.seconds_left
            st.caption("Estimating the time left" if left is None else f"About {duration(left)} left")
        if epochs:
            losses = [fact["loss"] for fact in list(job.history) if "loss" in fact]
            ui.chart(charts.loss_curve(losses, epochs), "Training loss by epoch", key="losses")

    with st.container(border=True):
        follow()
        if not session.may(OF_RUN[run.kind]):
            return
        asked = session.job_of(run)
        stopping = asked is not None and asked.stop.is_set()
        if st.button("Cancelling" if stopping else "Cancel", disabled=stopping, key="cancel"):
            with ui.told():
                session.cancel(run)
            st.rerun()
    st.caption("You can leave this page: the work goes on, and this address leads back to it.")


def ended_badly(run: Run, again: Callable[[], None], label: str = "Start again") -> None:
    """Show a run that failed, was cancelled or interrupted, and offer to start again."""
    messages = {
        "failed": st.error,
        "cancelled": st.info,
        "interrupted": st.warning,
    }
    texts = {
        "failed": run.message,
        "cancelled": "This was cancelled. Nothing of it was kept.",
        "interrupted": "The server stopped while this was under way. Nothing of it was kept.",
    }
    messages[run.status](plain(texts[run.status]))
    if not session.may(OF_RUN[run.kind]):
        return
    with ui.told():
        if st.button(label, type="primary", key="again"):
            again()


def under_way(run: Run, *, epochs: int = 0) -> bool:
    """Follow a run if it has not ended, and say whether that was the case.

    After False the run has ended as it says it has: one that ended since it was read is read again.
    """
    if session.job_of(run) is not None:
        running(run, epochs)
        return True
    if run.ended:
        return False
    if runs.get(session.workspace(), run.id).ended:
        st.rerun()  # it ended since the page read it
    st.info("This is between two steps. Reload the page in a moment.")
    return True


def loading(*kinds: str) -> bool:
    """Follow the newest run of some kinds, if this server is at work on it."""
    for run in runs.recent(session.workspace(), kinds, limit=1):
        if session.job_of(run) is not None:
            st.header(f"Under way: {ui.plain(run.title)}")
            running(run)
            return True
    return False


def without_embeddings() -> bool:
    """Say so where there are no embeddings to work on, and where to get them, or follow their making."""
    held = contents(session.workspace())
    if held.snapshots:
        return False
    if loading(*session.CHANGING):
        return True
    st.info("**There are no embeddings yet.** They are what a model learns from.")
    if held.users:
        ui.step("Learn embeddings from the interactions, or import them", "data")
    else:
        ui.step("Load the sample data", "overview")
        ui.step("Or import your own data", "data")
    return True
