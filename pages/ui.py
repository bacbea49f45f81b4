"""What the pages draw alike: problems, numbers, a run under way, the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pandas as pd
import plotly.graph_objects as go
import session
import streamlit as st
from words import duration, plain

from lookalike import charts, runs
from lookalike.errors import LookalikeError
from lookalike.runs import Run

PLOTLY = {"displayModeBar": False}
PAGES = {
    "overview": ("overview.py", "Overview"),
    "expand": ("expand.py", "Expand"),
    "compare": ("compare.py", "Compare"),
    "experiment": ("experiment.py", "Experiment"),
    "data": ("data.py", "Data"),
}
STATES = {
    "queued": ("Waiting", "gray"),
    "running": ("Running", "blue"),
    "done": ("Done", "green"),
    "failed": ("Failed", "red"),
    "cancelled": ("Cancelled", "gray"),
    "interrupted": ("Interrupted", "orange"),
}


def problem(error: LookalikeError) -> None:
    """Show what went wrong and what to do."""
    st.error(f"**{plain(error.message)}**\n\n{plain(error.hint)}".strip(), icon=":material/error:")


@contextmanager
def told() -> Iterator[None]:
    """Show a user's error where it happens, and stop the page there."""
    try:
        yield
    except LookalikeError as error:
        problem(error)
        if st.query_params.to_dict():  # a link that leads nowhere
            step("Go to the overview", "overview")
        st.stop()


def numbers(*pairs: tuple[str, str, str | None]) -> None:
    """Show a row of numbers: label, value, help."""
    with st.container(horizontal=True):  # wraps on a phone
        for label, value, about in pairs:
            st.metric(label, value, help=about, width=160)


def chart(figure: go.Figure, alt: str, key: str) -> None:
    """Draw a chart with its alternative text."""
    st.plotly_chart(figure, theme=None, config=PLOTLY, alt=alt, key=key)


def table(frame: pd.DataFrame, **options: object) -> None:
    """Draw a table without an index."""
    st.dataframe(frame, hide_index=True, **options)  # type: ignore[arg-type]


def step(label: str, page: str, **query: str) -> None:
    """Offer the next step, a page away."""
    st.page_link(PAGES[page][0], label=label, icon=":material/arrow_forward:", query_params=query)


def badge(run: Run) -> str:
    """Return the run's state as a coloured word."""
    word, colour = STATES[run.status]
    return f":{colour}-badge[{word}]"


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
        waiting = f"Waiting for {place} other{'s' if place > 1 else ''} to finish"
        st.progress(job.update.fraction, text=waiting if place else job.update.message)
        left = job.seconds_left
        st.caption("Estimating the time left" if left is None else f"About {duration(left)} left")
        if epochs:
            losses = [fact["loss"] for fact in list(job.history) if "loss" in fact]
            chart(charts.loss_curve(losses, epochs), "Training loss by epoch", key="losses")

    with st.container(border=True):
        follow()
        asked = session.job_of(run)
        stopping = asked is not None and asked.stop.is_set()
        if st.button("Cancelling" if stopping else "Cancel", disabled=stopping, key="cancel"):
            session.trainer().cancel(run.id)
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
    with told():
        if st.button(label, type="primary", key="again"):
            again()


def under_way(run: Run, *, epochs: int = 0) -> bool:
    """Follow a run if it has not ended, and say whether that was the case."""
    if session.job_of(run) is not None:
        running(run, epochs)
        return True
    if runs.get(session.workspace(), run.id).ended:
        return False
    st.info("This is between two steps. Reload the page in a moment.")
    return True
