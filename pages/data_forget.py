"""Forgetting a person, with a confirmation, and finishing what was interrupted."""

from __future__ import annotations

import session
import streamlit as st
import ui

from lookalike import forgetting

DONE, WHO, SURE = "forgotten", "forget user", "forget for good"


def offer() -> None:
    """Offer to forget a user; folded, for those who may."""
    if not session.may("forget"):
        return
    if said := st.session_state.pop(DONE, None):
        st.success(ui.plain(said))
    if forgetting.unfinished(session.workspace()):
        st.warning("A forgotten user has not left every file yet: it was interrupted.")
        if st.button("Finish it", type="primary", key="finish forgetting"):
            with ui.told(), st.spinner("Overwriting what is left"):
                session.demand("forget")
                forgetting.finish(session.workspace())
                st.session_state[DONE] = "It is finished."
            st.rerun()
    with st.expander("Forget a user"):
        _ask()


def _ask() -> None:
    st.markdown(
        "Deletes a person everywhere in the workspace: tables, embeddings, lists, scores and exported "
        "audiences. Files that were downloaded are out of reach, and so are backups."
    )
    who = st.text_input("user_id, exactly as imported", key=WHO, autocomplete="off")
    sure = st.checkbox("Yes, delete this person for good", key=SURE)
    if st.button("Forget", disabled=not (who and sure), key="forget"):
        with ui.told(), st.spinner("Deleting, and overwriting what is left"):
            session.demand("forget")
            gone = forgetting.forget(session.workspace(), who)
            session.record("users forgotten", users=gone.users, unknown=gone.unknown)
        st.session_state[DONE] = gone.sentence()
        for key in (WHO, SURE):
            st.session_state.pop(key, None)
        st.rerun()
