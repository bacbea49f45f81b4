"""Data: what the workspace holds, importing files, learning embeddings, forgetting a user."""

from __future__ import annotations

import data_campaigns
import data_forget
import data_import
import data_report
import data_tables
import session
import streamlit as st
import ui
import upkeep
import watching

from lookalike import intake, learning, pretraining, runs
from lookalike.contents import Contents, contents
from lookalike.importing import snapshots
from lookalike.runs import Run


def learn() -> None:
    run = learning.ask(session.workspace())
    session.start(run, learning.carry_out)
    st.query_params["run"] = run
    st.rerun()


def learn_button(label: str, primary: bool) -> None:
    if not session.may("learn"):
        return
    if st.button(label, type="primary" if primary else "secondary", key="learn"):
        learn()


def embeddings(held: Contents) -> None:
    st.header("Embeddings")
    due = learning.due(session.workspace())
    if not held.snapshots:
        st.markdown("There are none yet. They are what users are compared by.")
    elif due:
        st.markdown("There are interactions that the embeddings have not seen.")
    if held.interactions:
        learn_button("Learn embeddings", primary=due and not data_import.begun())
        if session.may("learn"):
            st.caption(f"From {held.interactions:,} interactions. A million takes about half a minute.")
    if held.snapshots:
        data_tables.sets()
        data_campaigns.offer()


def under_way() -> None:
    for run in runs.recent(session.workspace(), ["embed", "import", pretraining.KIND], limit=3):
        if session.job_of(run):
            ui.step(f"Under way: {ui.plain(run.title)}", "data", run=run.id)


def follow(run: Run) -> None:
    st.header(ui.plain(run.title))
    if run.kind == pretraining.KIND:
        data_campaigns.follow(run)
        if run.status == "done":
            ui.step("Expand a seed list", "expand")
        ui.step("Back to the data", "data")
        return
    if watching.under_way(run):
        return
    if run.status != "done":
        watching.ended_badly(run, learn if run.kind == "embed" else start_over, again_label(run))
    elif run.kind == "embed":
        made = snapshots.get(session.workspace(), run.metrics["snapshot"])
        st.success(f"{made.users:,} users have embeddings of {made.dim:,} columns now.")
    elif intake.is_file(run):
        data_report.show(run)
    else:
        st.success(f"{run.metrics['users']:,} users were loaded.")
    if run.status == "done" and learning.due(session.workspace()):
        learn_button("Learn embeddings from the interactions", primary=True)
    elif run.status == "done":
        ui.step("Expand a seed list", "expand")
    ui.step("Back to the data", "data")


def start_over() -> None:
    st.query_params.clear()
    st.rerun()


def again_label(run: Run) -> str:
    return "Start again" if run.kind == "embed" else "Choose the file again"


st.title("Data")
with ui.told():
    linked = session.linked_run("embed", "import", pretraining.KIND)
    if linked is not None:
        follow(linked)
    else:
        held = contents(session.workspace())
        under_way()
        if held.users:
            data_tables.show(held)
            embeddings(held)
        else:
            st.markdown("This workspace is empty. Begin with interactions, or with embeddings.")
        if session.may("import"):
            data_import.ask()
        if held.users and session.may("forget"):
            data_forget.offer()
        upkeep.show()
        if not held.users:
            ui.step("Or look around in the sample data", "overview")
        elif held.snapshots and session.may("expand"):
            ui.step("Expand a seed list", "expand")
