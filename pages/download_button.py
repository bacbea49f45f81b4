"""A button for a file that is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import session
import streamlit as st

from lookalike import audit

MIME = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html",
    ".json": "application/json",
    ".zip": "application/zip",
}


def button(
    label: str, data: Callable[[], bytes | str], name: str, suffix: str, *, primary: bool = False
) -> None:
    """Offer a file that is made when it is asked for; that it was is noted."""
    allowed = session.may("export")
    st.download_button(
        label,
        data=_noted(data, name),
        file_name=name,
        mime=MIME[suffix],
        on_click="ignore",
        type="primary" if primary else "secondary",
        icon=":material/download:" if primary else None,
        key=f"download {suffix} {label}",
        disabled=not allowed,
        help=None if allowed else "Downloads take the role of analyst.",
    )


def _noted(data: Callable[[], bytes | str], name: str) -> Callable[[], bytes | str]:
    """Return the same with a line in the log of who did what; who, is known now but not later."""
    store, who = session.workspace(), session.visitor().name

    def made() -> bytes | str:
        content = data()
        audit.record(store, who, "download", {"file": name})
        return content

    return made
