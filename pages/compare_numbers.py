"""The numbers of a comparison, as a table and as files."""

from __future__ import annotations

import pandas as pd
import session
import streamlit as st
import ui

from lookalike.comparison import Comparison


def numbers(result: Comparison) -> None:
    """Draw the table, and offer it and what is behind it for download."""
    st.header("The same in numbers")
    frame = result.table()
    ui.table(frame, height=min(36 * (len(frame) + 1) + 2, 440))
    files = {
        "summary": result.to_frame,
        "points": lambda: pd.DataFrame(result.points()),
        "seconds": result.times,
    }
    if not session.may("export"):
        return
    with st.container(horizontal=True):
        for name, made in files.items():
            st.download_button(
                f"Download the {name} (CSV)",
                lambda made=made: made().to_csv(index=False),
                f"comparison-{result.run.id}-{name}.csv",
                "text/csv",
                on_click="ignore",
            )
