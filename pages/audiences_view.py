"""The exported audiences of a workspace: what each is, what they have in common, removing one."""

from __future__ import annotations

import audience_again
import pandas as pd
import session
import streamlit as st
import ui
from words import count, moment, percent, plain

from lookalike import audience, batch, runs
from lookalike.audience import Exported
from lookalike.portrait.overlap import overlaps

HASH = 12  # digits of a file's fingerprint
AT_ONCE = 10  # audiences that are held against each other


def show() -> None:
    """List what was exported; hold some against each other; open or remove one."""
    known = audience.exported(session.workspace())
    if not known:
        st.info("**No audience has been exported yet.** Expand a seed list and download its audience.")
        ui.step("Expand a seed list", "expand")
        return
    names = {one.id: f"{one.name} ({one.id})" for one in known}
    ui.table(_table(known))
    _one({one.id: one for one in known}, names)
    if len(known) > 1:
        _overlap(names)


def _table(known: list[Exported]) -> pd.DataFrame:
    heads = ["Number", "Audience", "Users", "Held out", "Exported", "Run", "File (SHA-256)"]
    lines = [
        (one.id, one.name, one.users, one.held_out, moment(one.created), one.run, one.file_hash[:HASH])
        for one in known
    ]
    return pd.DataFrame(lines, columns=heads)


def _one(known: dict[int, Exported], names: dict[int, str]) -> None:
    chosen = st.selectbox(
        "One audience",
        list(known),
        index=None,
        format_func=lambda number: names[number],
        placeholder="Choose an audience",
        key="one audience",
    )
    if chosen is None:
        return
    one = known[chosen]
    audience_again.show(one)
    many = runs.get(session.workspace(), one.run).kind == batch.KIND
    ui.step("Open the run that it was cut from", "lists" if many else "expand", run=one.run)
    with st.container(horizontal=True):
        if session.may("lists"):
            _rename(one)
        if session.may("remove"):
            _remove(one, names[chosen])


def _rename(one: Exported) -> None:
    with ui.told(), st.popover("Rename", icon=":material/edit:"), st.form("rename one", border=False):
        new = st.text_input("New name", value=one.name, max_chars=120, key=f"audience name {one.id}")
        if st.form_submit_button("Rename it"):
            session.demand("lists")
            audience.rename(session.workspace(), one.id, new)
            session.record("audience renamed", audience=one.id)
            st.rerun()


def _remove(one: Exported, name: str) -> None:
    with ui.told(), st.popover("Remove", icon=":material/delete:"):
        st.markdown(
            f"Remove **{plain(name)}** with its {count(one.users, 'user')}? Who was in it, and "
            "who was held out, is then no longer known here; the files that you downloaded stay, and so "
            "does the run."
        )
        if st.button("Remove this audience", key=f"remove {one.id}"):
            session.demand("remove")
            audience.remove(session.workspace(), one.id)
            session.record("audience removed", audience=one.id, users=one.users)
            st.rerun()


def _overlap(names: dict[int, str]) -> None:
    st.markdown("**In common**")
    chosen = st.multiselect(
        "Audiences to hold against each other",
        list(names),
        default=list(names)[:2],
        format_func=lambda number: names[number],
        max_selections=AT_ONCE,
        key="overlap of",
    )
    if len(chosen) < 2:
        st.caption("Choose two audiences or more.")
        return
    with ui.told():
        found = overlaps(session.workspace(), chosen)
    for said in found.sentences():
        st.warning(plain(said))
    if len(found.pairs) == 1:
        (pair,) = found.pairs
        st.markdown(
            f"{count(pair.common, 'user')} in both: {percent(pair.share)} of "
            f"{plain(names[pair.one])}, {percent(pair.other_share)} of {plain(names[pair.other])}."
        )
    ui.table(found.table())
    st.caption("Users who are held out of an audience count as its members here.")
