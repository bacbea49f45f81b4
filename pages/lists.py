"""Lists: what is saved, renamed and deleted one by one, and worked on as sets."""

from __future__ import annotations

import audiences_view
import batch_view
import list_change
import list_sets
import pandas as pd
import session
import streamlit as st
import ui

from lookalike import batch, seeds
from lookalike.seeds import SavedList


def overview(saved: list[SavedList]) -> None:
    rows = [
        (one.name, one.seeds, ", ".join(one.metrics) or "–", f"{one.created:%d %b %Y, %H:%M}")
        for one in saved
    ]
    ui.table(
        pd.DataFrame(rows, columns=["List", "Seeds", "Numbers beside the ids", "Saved (UTC)"]),
        height="content" if len(rows) <= 12 else 460,
    )


def seed_lists() -> None:
    saved = seeds.saved(session.workspace())
    if not saved:
        st.info("**There are no saved lists yet.** Take one in on the page Expand and save it there.")
        ui.step("Expand a seed list", "expand")
        ui.step("Load the sample data, which brings some lists", "overview")
        return
    list_change.told_before()
    overview(saved)
    names = sorted(one.name for one in saved)
    list_change.one(names)
    list_sets.several(names)


st.title("Lists")
with ui.told():
    linked = session.linked_run(batch.KIND)
    if linked is not None:
        batch_view.follow(linked)
        st.stop()
listed, exported, several = st.tabs(["Seed lists", "Audiences", "Expand several lists"])
with ui.told():
    with listed:
        seed_lists()
    with exported:
        audiences_view.show()
    with several:
        batch_view.ask()
