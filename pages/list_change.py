"""One saved list: used, renamed, deleted."""

from __future__ import annotations

import session
import streamlit as st
import ui
from seed_input import lay_out
from words import count

from lookalike import seeds
from lookalike.seeds import names as seed_names

DONE = "done to lists"  # what was just done, to be said after the page is drawn again


def told_before() -> None:
    """Say what was done a moment ago."""
    if said := st.session_state.pop(DONE, ""):
        st.success(ui.plain(said))


def told_next(said: str) -> None:
    """Draw the page again, and say this on it."""
    st.session_state[DONE] = said
    st.rerun()


def one(names: list[str]) -> None:
    """Offer what can be done with one list."""
    st.header("One list")
    name = st.selectbox(
        "List", names, index=None, placeholder="Choose a list", label_visibility="collapsed"
    )
    if name is None:
        return
    with st.container(horizontal=True):
        if session.may("expand") and st.button("Expand this list", type="primary"):
            lay_out(seeds.load(session.workspace(), name))
            st.switch_page(ui.PAGES["expand"][0])
        if session.may("lists"):
            with st.popover("Rename", icon=":material/edit:"), st.form("rename", border=False):
                new = st.text_input("New name", value=name, max_chars=120, key=f"new name of {name}")
                st.caption("Runs that used the list show it under the new name.")
                if st.form_submit_button("Rename it"):
                    _rename(name, new)
            with st.popover("Delete", icon=":material/delete:"):
                _delete(name)


def _rename(name: str, new: str) -> None:
    with ui.told():
        session.demand("lists")
        seeds.rename(session.workspace(), name, new)
        session.record("list renamed", list=name, now=new.strip())
        told_next(f"{name} is now called {new.strip()}.")


def _delete(name: str) -> None:
    used = seed_names.uses(session.workspace(), name)
    st.markdown(f"**{ui.plain(name)}** will be gone for good; its users stay in the workspace.")
    if used:
        st.markdown(
            f"{count(used, 'run')} used it. What was found stays, and the pages of those runs still "
            "open; to train or compare on the list again, it has to be saved again."
        )
    if st.button("Delete it", key=f"delete {name}"):
        with ui.told():
            session.demand("lists")
            seeds.remove(session.workspace(), name)
            session.record("list deleted", list=name)
            told_next(f"{name} was deleted.")
