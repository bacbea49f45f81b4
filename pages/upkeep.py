"""For administrators, folded: who did what, and a backup."""

from __future__ import annotations

import session
import streamlit as st
import ui

from lookalike import audit, backup
from lookalike.workspace import now

SHOWN = 200
FOLDER = "backups"


def show() -> None:
    """Offer the log of who did what, and to back the workspace up."""
    if session.may("audit"):
        with st.expander("Who did what"):
            _log()
    if session.may("backup"):
        with st.expander("Back up the workspace"), ui.told():
            _backup()


def _log() -> None:
    found = audit.entries(session.store(), limit=SHOWN)
    if not found:
        st.caption("Nothing was done yet.")
        return
    ui.table(
        audit.to_frame(found),
        alt="Who did what, the newest first",
        column_config={
            "When (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", width="small")
        },
    )
    st.caption(f"The newest {SHOWN} lines at most; “python -m lookalike audit” shows all.")


def _backup() -> None:
    st.markdown("One file with everything that cannot be rebuilt. It stays on the server.")
    if st.button("Back up"):
        session.demand("backup")
        store = session.store()
        path = store.folder(FOLDER) / f"{now():%Y%m%d-%H%M%S}.zip"
        with st.spinner("Copying the workspace"):
            held = backup.save(store, path)
        session.record("backed up", file=path.name, megabytes=round(held.bytes / 1e6, 1))
        st.success(ui.plain(f"Written to {path}. Copy it to another disk."))
