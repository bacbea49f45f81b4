"""Past lists are prepared in the background, once for each set of embeddings."""

from __future__ import annotations

import threading

import session
import streamlit as st
import words

from lookalike import preparation, runs
from lookalike.jobs import Job
from lookalike.runs import Run


@st.cache_resource(show_spinner=False)
def _one_at_a_time() -> threading.Lock:
    return threading.Lock()


def begin() -> None:
    """Start to prepare the newest embeddings, where that is due."""
    store = session.store()
    if not store.settings.prepare:
        return
    with _one_at_a_time():  # two visitors may come at once
        if preparation.due(store) is None:
            return
        run = preparation.ask(store)
        session.preparer().submit(
            run,
            lambda progress: preparation.carry_out(store, run, progress),
            dropped=lambda: runs.cancel_queued(store, run),
        )


def _newest() -> Run | None:
    return next(iter(runs.recent(session.workspace(), ["prepare"], limit=1)), None)


def _job() -> Job | None:
    run = _newest()
    return None if run is None else session.job_of(run)


def note() -> None:
    """Say so while it is under way; the page goes on working meanwhile."""
    if _job() is None:
        return

    @st.fragment(run_every=2.0)
    def follow() -> None:
        job = _job()
        if job is None:
            run = _newest()
            if run is not None and run.status == "done" and run.metrics["lists"]:
                st.caption("The default method has learned from past lists: it is ready.")
            else:
                st.caption("The default method could not learn from past lists: the seeds alone decide.")
            return
        st.caption(
            f"In the background, the default method is learning from past lists "
            f"({words.percent(job.update.fraction, 0)} done). Until then it goes by the seeds alone."
        )

    follow()
