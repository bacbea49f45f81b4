"""Data: what the workspace holds, importing files, learning embeddings."""

from __future__ import annotations

import data_import
import session
import streamlit as st
import ui
import watching
import words

from lookalike import intake, learning, runs
from lookalike.contents import Contents, contents
from lookalike.importing import snapshots
from lookalike.runs import Run


def learn() -> None:
    run = learning.ask(session.workspace())
    session.start(run, learning.carry_out)
    st.query_params["run"] = run
    st.rerun()


def learn_button(label: str, primary: bool) -> None:
    if st.button(label, type="primary" if primary else "secondary", key="learn"):
        learn()


def coverage(held: Contents) -> None:
    share = words.percent(held.embedded / held.users) if held.users else "–"
    ui.numbers(
        ("Users", f"{held.users:,}", "Users that the workspace knows."),
        ("With embeddings", share, f"{held.embedded:,} users, in the newest embeddings."),
        ("Interactions", f"{held.interactions:,}", "Rows of who did what."),
        ("Items", f"{held.items:,}", "Distinct items in the interactions."),
        ("Metrics", f"{held.metrics:,}", "Engagement metrics that seeds can be weighted by."),
        ("Features", f"{held.features:,}", "Imported features of users."),
    )
    if held.imported:
        st.caption(f"The newest interaction is of {words.moment(held.imported)}.")


def embeddings(held: Contents) -> None:
    st.subheader("Embeddings")
    due = learning.due(session.workspace())
    if not held.snapshots:
        st.markdown("There are none yet. They are what users are compared by.")
    elif due:
        st.markdown("There are interactions that the embeddings have not seen.")
    if held.interactions:
        learn_button("Learn embeddings", primary=due and not data_import.begun())
        st.caption(f"From {held.interactions:,} interactions. A million takes about half a minute.")
    if held.snapshots:
        ui.table(
            snapshots.to_frame(snapshots.snapshots(session.workspace())),
            alt="Sets of embeddings, newest first",
            column_config={
                "id": "Id",
                "kind": "Kind",
                "users": st.column_config.NumberColumn("Users", format="localized"),
                "columns": st.column_config.NumberColumn("Columns", format="localized"),
                "created": st.column_config.DatetimeColumn("Created, UTC", format="D MMM YYYY, HH:mm"),
                "source": "From",
            },
        )


def under_way() -> None:
    for run in runs.recent(session.workspace(), ["embed", "import"], limit=3):
        if session.job_of(run):
            ui.step(f"Under way: {ui.plain(run.title)}", "data", run=run.id)


def follow(run: Run) -> None:
    st.subheader(ui.plain(run.title))
    if watching.under_way(run):
        return
    if run.status != "done":
        watching.ended_badly(run, learn if run.kind == "embed" else start_over, again_label(run))
    elif run.kind == "embed":
        made = snapshots.get(session.workspace(), run.metrics["snapshot"])
        st.success(f"{made.users:,} users have embeddings of {made.dim:,} columns now.")
    elif intake.is_file(run):
        data_import.report(run)
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
    linked = session.linked_run("embed", "import")
    if linked is not None:
        follow(linked)
    else:
        held = contents(session.workspace())
        under_way()
        if held.users:
            coverage(held)
            embeddings(held)
        else:
            st.markdown("This workspace is empty. Begin with interactions, or with embeddings.")
        data_import.ask()
        if not held.users:
            ui.step("Or look around in the sample data", "overview")
        elif held.snapshots:
            ui.step("Expand a seed list", "expand")
