"""Methods: what each one is, where it wins on this workspace's lists, and what it takes."""

from __future__ import annotations

import method_view
import session
import streamlit as st
import ui

from lookalike import explaining, runs
from lookalike.explaining import Guide
from lookalike.workspace import Workspace

KEEP_SECONDS = 60


@st.cache_data(show_spinner="Looking at what was compared", max_entries=4, ttl=KEEP_SECONDS)
def _guide(key: str, _store: Workspace) -> Guide:  # noqa: ARG001 - the key is the cache's
    return explaining.guide(_store)


def guide() -> Guide:
    """Return what the workspace knows of its methods, read again when a run has ended."""
    store = session.workspace()
    return _guide(f"{store.path} {runs.mark(store, explaining.KINDS)}", store)


named = st.query_params.get("method")
if named is None:
    st.query_params.clear()  # a link from this page to itself leaves a method in the address
    st.title("Methods")
    with ui.told():
        method_view.everything(guide())
else:
    with ui.told():
        method_view.alone(guide().of(named))
