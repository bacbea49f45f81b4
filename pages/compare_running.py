"""A comparison while it is being worked on: its first curves."""

from __future__ import annotations

import compare_view
import plotly.graph_objects as go
import session
import streamlit as st
import ui

from lookalike import comparison, tested
from lookalike.comparison import Comparison
from lookalike.runs import Run


@st.cache_resource(show_spinner=False, max_entries=8)
def seen(run: str, lists: int) -> Comparison | None:  # noqa: ARG001 - a part of the cache's key
    """Return what a comparison found after so many lists."""
    return comparison.so_far(session.workspace(), run)


@st.cache_resource(show_spinner=False, max_entries=8)
def first_curves(run: str, lists: int) -> tuple[str, str, go.Figure] | None:  # noqa: ARG001 - of the key
    """Return how many lists are through, and a title and a figure: the work goes on beside it."""
    found = comparison.so_far(session.workspace(), run, curves_only=True)
    if found is None:
        return None
    *_, (title, panel) = found.panels().items()
    return f"{compare_view.counted(found)} of {len(found.spec.lists)}", title, panel


def meanwhile(run: Run) -> None:
    """Draw the first curves while the rest is being worked on."""

    @st.fragment(run_every=3.0)
    def follow() -> None:
        through = tested.count(session.workspace(), run.id)
        found = first_curves(run.id, through)
        if found is None:
            st.caption("The first curves appear here as soon as a list is through.")
            return
        done, title, panel = found
        st.markdown(f"**So far: {done}**")
        ui.chart(panel, f"Held-out seeds found by audience size, so far. {title}", "so far")

    follow()
