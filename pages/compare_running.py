"""A comparison while it is being worked on: its first curves."""

from __future__ import annotations

from dataclasses import dataclass

import compare_view
import plotly.graph_objects as go
import session
import streamlit as st
import ui

from lookalike import comparison, tested
from lookalike.comparison import Comparison
from lookalike.jobs import Jobs
from lookalike.runs import Run
from lookalike.workspace import Workspace


@st.cache_resource(show_spinner=False, max_entries=8)
def seen(run: str, lists: int) -> Comparison | None:  # noqa: ARG001 - a part of the cache's key
    """Return what a comparison found after so many lists."""
    return comparison.so_far(session.workspace(), run)


@st.cache_resource(show_spinner=False)
def drawer() -> Jobs:
    """Start the worker that draws first curves: a page that did it itself would fade meanwhile."""
    return Jobs()


@dataclass(slots=True)
class Drawn:
    """The newest first curves of a run: after how many lists, what is said of them, and the figure."""

    lists: int = 0
    said: str = ""
    title: str = ""
    figure: go.Figure | None = None

    def renew(self, store: Workspace, run: str, lists: int) -> None:
        """Draw them after so many lists."""
        found = comparison.so_far(store, run, curves_only=True)
        if found is not None:
            self.title, self.figure = found.overall()
            self.said = f"{compare_view.counted(found)} of {len(found.spec.lists)}"
        self.lists = lists


@st.cache_resource(show_spinner=False, max_entries=8)
def drawn(run: str) -> Drawn:  # noqa: ARG001 - the cache's key
    """Return the curves of a run; while new ones are drawn, the old ones stay on the page."""
    return Drawn()


def meanwhile(run: Run) -> None:
    """Draw the first curves while the rest is being worked on."""

    @st.fragment(run_every=3.0)
    def follow() -> None:
        store, curves = session.workspace(), drawn(run.id)
        through = tested.count(store, run.id)
        if curves.lists != through:
            drawer().submit(run.id, lambda _: curves.renew(store, run.id, through))
        if curves.figure is None:
            st.caption("The first curves appear here as soon as a list is through.")
            return
        st.markdown(f"**So far: {curves.said}**")
        ui.chart(
            curves.figure, f"Held-out seeds found by audience size, so far. {curves.title}", "so far"
        )

    follow()
