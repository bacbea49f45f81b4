"""Compare: methods side by side on many lists, by seed-size bucket."""

from __future__ import annotations

import compare_input
import compare_running
import compare_view
import session
import streamlit as st
import ui
import watching

from lookalike import comparison, tested
from lookalike.runs import Run

STOPPED = {
    "failed": (st.error, "It stopped on an error"),
    "cancelled": (st.info, "This was cancelled"),
    "interrupted": (st.warning, "The server stopped while this was under way"),
}


def begin(spec: comparison.Spec) -> None:
    start(comparison.ask(session.workspace(), spec))


def start(run: str) -> None:
    session.start(run, comparison.carry_out)
    st.query_params["run"] = run
    st.rerun()


def ask() -> None:
    if ui.only_looking("compare") or watching.without_embeddings():
        return
    st.markdown(
        "Each method is trained on a part of each list and judged by how many of the other seeds it "
        "finds. The more lists, the firmer the answer."
    )
    with ui.told():
        spec = compare_input.chosen()
        if st.button("Compare", type="primary"):
            begin(spec)
    st.caption(
        "A list takes some seconds a round and method. Curves appear list by list, and you can leave "
        "the page, cancel, and go on later."
    )


def stopped(run: Run) -> None:
    """Show how far a comparison got that did not finish, and offer to go on."""
    show, text = STOPPED[run.status]
    through = tested.count(session.workspace(), run.id)
    lists = len(run.spec["lists"])
    kept = f"{through} of {lists} lists done and kept." if through else "No list was done yet."
    reason = f" {run.message}" if run.status == "failed" else ""
    show(ui.plain(f"{text}.{reason} {kept}"))
    with ui.told(), st.container(horizontal=True):
        if st.button("Go on" if through else "Start again", type="primary"):
            start(comparison.go_on(session.workspace(), run.id))
        if through and st.button("Start from the beginning"):
            begin(comparison.Spec.from_json(run.spec))
    found = compare_running.seen(run.id, through)
    if found is not None:
        compare_view.show(found)


def follow(run: Run) -> None:
    st.markdown(f"Comparison of **{ui.plain(run.title)}**")
    if watching.under_way(run):
        compare_running.meanwhile(run)
        return
    if run.status == "done":
        compare_view.show(comparison.load(session.workspace(), run.id))
    else:
        stopped(run)
    ui.step("Compare other lists or methods", "compare")
    ui.step("Expand a seed list", "expand")


st.title("Compare methods", anchor=False)  # the mark of the anchor wraps on a phone
with ui.told():
    linked = session.linked_run("compare")
    if linked is None:
        ask()
    else:
        follow(linked)
