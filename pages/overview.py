"""What is in the workspace, what to do next, and the recent runs."""

from __future__ import annotations

import session
import streamlit as st
import ui
import watching
from words import count, moment

from lookalike import batch, intake, runs, sample
from lookalike.contents import Contents, contents

PAGE_OF = {
    "expand": "expand",
    "batch": "lists",
    "advise": "expand",
    "compare": "compare",
    "embed": "data",
    "pretrain": "data",
}
NAME_WIDTH = 420  # pixels; on a phone the state wraps below the name
LISTED = ("expand", "batch", "advise", "compare")  # their titles name seed lists


def load_sample() -> None:
    run = sample.ask(session.workspace())
    session.start(run, sample.carry_out)
    st.query_params["run"] = run
    st.rerun()


def empty() -> None:
    st.markdown(
        "Upload a list of your best customers, and get more people like them: a model is trained "
        "in front of you, you see how well it finds people it has not seen, and you download the "
        "audience."
    )
    unfinished = sample.unfinished(session.workspace())
    if unfinished:
        st.warning("Loading the sample data was interrupted. Loading it again completes it.")
    if not session.may("import"):
        st.info("**This workspace is empty.** An administrator can import data.")
        return
    with st.container(border=True):
        st.markdown("**This workspace is empty.** Look around in an invented world of 20,000 users.")
        with ui.told():
            if st.button("Load the sample data", type="primary"):
                load_sample()
        st.caption("It takes about a minute.")
    ui.step("Or import your own data", "data")


def recent() -> None:
    found = runs.recent(session.workspace(), limit=8)
    if not found:
        return
    st.header("Recent runs")
    for run in found:
        word = "expand" if run.kind == batch.KIND else run.kind
        label = ui.plain(f"{word.capitalize()}: {run.title}" if run.kind in LISTED else run.title)
        page = "data" if intake.is_file(run) else PAGE_OF.get(run.kind)
        with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
            if page is None:  # there is nothing to go to
                st.caption(f"&ensp;{label}", width=NAME_WIDTH)  # as far in as a link
            else:
                link = {"run": run.id}
                st.page_link(ui.PAGES[page][0], label=label, query_params=link, width=NAME_WIDTH)
            st.markdown(f"&ensp;:small[{moment(run.created)}] {ui.badge(run)}", width="content")


def next_step(held: Contents) -> None:
    if not session.may("expand"):
        st.markdown("You are here to look: open a run below, or a list or an audience.")
        ui.step("Lists and audiences", "lists")
        ui.step("Plan a test", "plan")
    elif not held.snapshots:
        label = "Learn embeddings" if held.interactions else "Import interactions or embeddings"
        if st.button(label, type="primary"):
            st.switch_page(ui.PAGES["data"][0])
    else:
        if st.button("Expand a seed list", type="primary"):
            st.switch_page(ui.PAGES["expand"][0])
        if held.seed_lists:
            ui.step(f"Compare methods on {count(held.seed_lists, 'saved list')}", "compare")
        ui.step("Plan a test", "plan")
        ui.step("Read out an experiment", "experiment")


st.title("Lookalike Workbench")
if not watching.loading("import"):
    held = contents(session.workspace())
    if not held.users or sample.unfinished(session.workspace()):
        empty()
    else:
        ui.numbers(
            ("Users", f"{held.users:,}", "Users that the workspace knows."),
            ("Embedding columns", f"{held.dim:,}", "Columns of the newest embeddings; 0: none yet."),
            ("Metrics", f"{held.metrics:,}", "Engagement metrics that seeds can be weighted by."),
            ("Seed lists", f"{held.seed_lists:,}", "Saved lists that methods are compared on."),
        )
        st.header("Next")
        next_step(held)
        recent()
