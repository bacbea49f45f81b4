"""Several seed lists uploaded at once: each is matched and saved under its file's name."""

from __future__ import annotations

import session
import streamlit as st
import ui
from words import count

from lookalike import expansion
from lookalike.errors import BadInput
from lookalike.seeds import batch as seed_batch
from lookalike.seeds.batch import Taken


def names(key: str) -> list[str]:
    """Ask for files, say what became of each, and return the names of the lists that they are now.

    Args:
        key: Tells this question from that of another page.
    """
    files = st.file_uploader(
        "Seed lists, one in each file; they are saved under the files' names",
        type=["csv", "txt", "tsv", "xlsx"],
        accept_multiple_files=True,
        max_upload_size=session.workspace().settings.upload_mb,
        key=key,
    )
    taken: dict[str, Taken] = st.session_state.setdefault(f"taken of {key}", {})
    for file in files:
        if file.file_id not in taken:
            with st.spinner(f"Matching {ui.plain(file.name)}"):
                (one,) = seed_batch.take_in(session.workspace(), [(file.name, file.getvalue())])
            taken[file.file_id] = one
    there = [taken[file.file_id] for file in files]
    good = [one for one in there if one.name]
    if good:
        st.success(f"{count(len(good), 'list')} saved.")
    for one in there:
        if why := _why_not(one):
            st.warning(ui.plain(why))
    if good:
        with st.expander("What was matched"):
            ui.table(_matched(good))
    return list(dict.fromkeys(one.name for one in good))


def _why_not(taken: Taken) -> str:
    """Say why a file is no list, or a list that nothing can be learned from; "" where it is one."""
    if taken.report is None:
        said = str(taken.error)
        return said if said.startswith(taken.file) else taken.sentence()
    try:
        expansion.check_size(taken.report.matched, taken.report.rows)
    except BadInput as error:
        return f"{taken.name}: {error}"
    return ""


def _matched(taken: list[Taken]) -> dict[str, list[object]]:
    reports = [one.report for one in taken if one.report is not None]
    return {
        "List": [one.name for one in taken],
        "Ids": [report.rows for report in reports],
        "Matched": [report.matched for report in reports],
        "Unknown": [report.unknown + report.damaged for report in reports],
        "Duplicates": [report.duplicates for report in reports],
    }
