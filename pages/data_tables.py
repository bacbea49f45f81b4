"""What the workspace holds, table by table, and its sets of embeddings, which can be removed."""

from __future__ import annotations

import data_import
import pandas as pd
import session
import streamlit as st
import ui
import words

from lookalike.contents import Contents, tables
from lookalike.importing import snapshots
from lookalike.importing.snapshots import Snapshot


def show(held: Contents) -> None:
    """Show users and embeddings in numbers, then each table: rows, coverage and freshness."""
    share = words.percent(held.embedded / held.users) if held.users else "–"
    ui.numbers(
        ("Users", f"{held.users:,}", "Users that the workspace knows."),
        ("With embeddings", share, f"{held.embedded:,} users, in the newest embeddings."),
        ("Interactions", f"{held.interactions:,}", "Rows of who did what."),
        ("Items", f"{held.items:,}", "Distinct items in the interactions."),
        ("Metrics", f"{held.metrics:,}", "Engagement metrics that seeds can be weighted by."),
        ("Features", f"{held.features:,}", "Imported features of users."),
    )
    rows = [
        {
            "Table": data_import.KINDS[one.kind],
            "Rows": one.rows,
            "Users covered": one.users,
            "Of all users": "–" if one.users is None else words.percent(one.users / held.users),
            "Newest": words.moment(one.newest) if one.newest else "–",
        }
        for one in tables(session.workspace())
    ]
    ui.table(
        pd.DataFrame(rows).astype({"Users covered": "Int64"}),
        alt="Rows, users covered and the newest moment of each table",
        key="tables",
        column_config={"Of all users": st.column_config.TextColumn(alignment="right")},
    )


def sets() -> None:
    """Show the sets of embeddings, newest first, and offer to remove one."""
    known = snapshots.snapshots(session.workspace())
    ui.table(
        snapshots.to_frame(known),
        alt="Sets of embeddings, newest first",
        key="snapshots",
        column_config={
            "id": "Id",
            "kind": "Kind",
            "users": st.column_config.NumberColumn("Users", format="localized"),
            "columns": st.column_config.NumberColumn("Columns", format="localized"),
            "created": st.column_config.DatetimeColumn("Created, UTC", format="D MMM YYYY, HH:mm"),
            "source": "From",
        },
    )
    if session.may("remove"):
        with st.expander("Remove a set of embeddings"):
            _remove(known)


def _remove(known: list[Snapshot]) -> None:
    chosen = st.selectbox(
        "Which set",
        known,
        index=None,
        format_func=lambda one: f"{one.id}: {one.users:,} users, from {one.source}",
        placeholder="Choose a set",
        key="remove snapshot",
    )
    sure = st.checkbox("Yes, remove it for good", key="remove for good")
    st.caption("Runs that used it keep their evidence and audiences, but cannot be repeated.")
    if st.button("Remove", disabled=chosen is None or not sure, key="remove") and chosen:
        with ui.told():
            session.demand("remove")
            snapshots.remove(session.workspace(), chosen.id)
            session.record("embeddings removed", snapshot=chosen.id)
        for key in ("remove snapshot", "remove for good"):
            st.session_state.pop(key, None)
        st.rerun()
