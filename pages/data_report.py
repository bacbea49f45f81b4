"""What came of an import: numbers, what was new, and the problems row by row."""

from __future__ import annotations

import session
import streamlit as st
import ui

from lookalike import intake
from lookalike.runs import Run


def show(run: Run) -> None:
    """Show what came of an import."""
    done = intake.report_of(run)
    changes = done.changes
    # interactions that were there already were not written again, but nothing is wrong with them
    there = changes.same if done.kind == "interactions" else 0
    ui.numbers(
        ("Rows read", f"{done.rows:,}", "Rows of the file, blank lines aside."),
        ("Kept", f"{done.kept:,}", "Rows that were used."),
        (
            "Left out",
            f"{done.rows - done.kept - there:,}",
            "Rows that could not be used, and why, below.",
        ),
        ("New users", f"{done.created_users:,}", "Users that the workspace did not know before."),
    )
    st.markdown(ui.plain(f"{changes}.".capitalize()))
    for note in done.notes:
        st.caption(ui.plain(note))
    found = done.to_frame()
    if found.empty:
        return
    if not session.may("export"):  # the first ones quote the file, ids among them
        found = found.drop(columns="examples")
    st.markdown("**What was found**")
    ui.table(
        found,
        alt="What was left out or is odd, why, and the first examples",
        key="found",
        column_config={
            "reason": "Reason",
            "what": "What",
            "count": st.column_config.NumberColumn("Count", format="localized"),
            "examples": "First ones",
        },
    )
    problems = done.problems()
    if len(problems) and session.may("export"):
        st.download_button(
            f"Download the {len(problems):,} problems by row",
            lambda: problems.to_csv(index=False).encode("utf-8-sig"),
            "problems.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="problems",
        )
