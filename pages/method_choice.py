"""The methods that a visitor can choose from."""

from __future__ import annotations

import session
import streamlit as st
import ui

from lookalike import general
from lookalike.importing import snapshots
from lookalike.methods import DEFAULT, METHODS, offered
from lookalike.methods.explained import EXPLAINED


def everything() -> list[str]:
    """Return the names of the methods that have something to begin with; there are embeddings."""
    store = session.workspace()
    return offered(general.learned(store, snapshots.get(store).id))


def for_expanding() -> list[str]:
    """Return those of them that are a way to expand a list."""
    return [name for name in everything() if not METHODS[name].reference]


def for_one_list() -> str:
    """Let one be chosen; those that are there to be compared with come when they are asked for."""
    names = for_expanding()
    named = st.query_params.get("method", DEFAULT)
    named = named if named in names else DEFAULT
    with st.expander("Method", expanded=named != DEFAULT):
        few = [name for name in names if not EXPLAINED[name].beside]
        if not st.toggle(f"Also those to compare with ({len(names) - len(few)})", named not in few):
            names = few
        method = st.radio(
            "Method",
            names,
            index=names.index(named if named in names else DEFAULT),
            format_func=lambda name: METHODS[name].label,
            captions=[METHODS[name].about for name in names],
            label_visibility="collapsed",
        )
        ui.step("What are these?", "methods")
    return method
