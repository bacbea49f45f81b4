"""The audiences of several lists as files: all of them in one archive, or one."""

from __future__ import annotations

import streamlit as st
from download_button import button
from words import count

from lookalike import batch, export
from lookalike.batch import Batch


def offer(result: Batch) -> None:
    """Offer all audiences of a run, or one, as an archive in a form to be chosen."""
    called = {entry.place: entry.called for entry in result.done}
    everything = f"All {count(len(called), 'audience')}"
    one = st.selectbox(
        "Which",
        [None, *called],
        format_func=lambda place: everything if place is None else called[place],
        key="batch which",
    )
    template = st.selectbox(
        "Format",
        list(export.TEMPLATES),
        format_func=lambda key: export.TEMPLATES[key].label,
        key="batch format",
    )

    def archive() -> bytes:
        with result.workspace.brief_file(".zip") as path:
            batch.zipped(result, path, template, called if one is None else [one])
            return path.read_bytes()

    held = result.run.id if one is None else f"{result.run.id}-{one + 1}"
    label = f"Download {count(len(called) if one is None else 1, 'audience')}"
    button(label, archive, f"audiences-{held}-{template}.zip", ".zip", primary=True)
    st.caption(
        "A file for each list, those held back beside it, and one manifest that tells how all of them "
        "were made and which lists failed. The audiences are then saved under Audiences."
    )
