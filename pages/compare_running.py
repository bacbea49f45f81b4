"""A comparison while it is being worked on: its first curves."""

from __future__ import annotations

import compare_view
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
def first_curves(run: str, lists: int) -> Comparison | None:  # noqa: ARG001 - a part of the key
    """Return what there is to draw after so many lists, quickly: the work goes on beside it."""
    return comparison.so_far(session.workspace(), run, curves_only=True)


def meanwhile(run: Run) -> None:
    """Draw the first curves while the rest is being worked on."""

    @st.fragment(run_every=3.0)
    def follow() -> None:
        through = tested.count(session.workspace(), run.id)
        found = first_curves(run.id, through)
        if found is None:
            st.caption("The first curves appear here as soon as a list is through.")
            return
        st.markdown(f"**So far: {compare_view.counted(found)} of {len(found.spec.lists)}**")
        *_, (title, panel) = found.panels().items()
        ui.chart(panel, f"Held-out seeds found by audience size, so far. {title}", "so far")

    follow()
