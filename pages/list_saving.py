"""Saving a list under a name, without training on it."""

from __future__ import annotations

from dataclasses import replace

import session
import streamlit as st
import ui

from lookalike import seeds
from lookalike.seeds import SeedList


def offer(found: SeedList) -> None:
    """Offer to save a list; it is trained on under its own name either way."""
    if not session.may("lists"):
        return
    with st.popover("Save list", icon=":material/bookmark:"), st.form("save list", border=False):
        name = st.text_input("Name", value=found.name, max_chars=120)
        st.caption("It is kept with its numbers and dates, for later and for comparing methods.")
        if st.form_submit_button("Save"):
            with ui.told():
                session.demand("lists")
                seeds.save(session.workspace(), replace(found, name=name))
                session.record("list saved", list=name.strip(), seeds=len(found.rows))
                st.success(f"Saved as {ui.plain(name.strip())}.")
