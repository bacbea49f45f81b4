"""Learning from past campaigns: what was learned, starting it, and a run of it."""

from __future__ import annotations

import session
import streamlit as st
import ui
import watching
from words import count, moment

from lookalike import general, pretraining
from lookalike.importing import snapshots
from lookalike.runs import Run
from lookalike.workspace import Workspace

NOTHING = "Nothing was learned yet."


def learn() -> None:
    run, _ = pretraining.ask_or_go_on(session.workspace())
    session.start(run, pretraining.carry_out)
    st.query_params["run"] = run
    st.rerun()


def offer() -> None:
    """Say what was learned for the newest embeddings, and offer to learn."""
    st.subheader("Past campaigns")
    st.markdown(told(session.workspace()))
    if session.may("learn") and st.button("Learn from past campaigns", key="pretrain"):
        learn()


def told(store: Workspace) -> str:
    """Say what the methods that begin with past campaigns have to begin with."""
    newest = snapshots.get(store).id
    made = next((one for one in general.versions(store) if one.snapshot == newest), None)
    if made is None:
        return (
            "Saved lists and items are campaigns of the past. A network that has learned from them "
            "needs but a few seeds of a new list."
        )
    if not made.networks:
        return f"There are {made.campaigns:,} past campaigns; {general.FEWEST} are needed to learn from."
    return f"Learned from {count(made.campaigns, 'past campaign')} on {moment(made.created)}."


def follow(run: Run) -> None:
    """Show a run under way, or what came of it."""
    if watching.under_way(run):
        return
    if run.status != "done":
        kept = pretraining.kept(session.workspace(), run.id)
        if run.status == "failed":
            st.error(ui.plain(run.message))
        else:
            st.info(f"This was {run.status}. {'What was learned so far is kept.' if kept else NOTHING}")
        again = "Go on" if kept else "Start again"
        if session.may("learn") and st.button(again, type="primary", key="again"):
            session.start(pretraining.go_on(session.workspace(), run.id), pretraining.carry_out)
            st.rerun()
        return
    learned = pretraining.curve(session.workspace(), run.id)
    if not learned.losses:
        campaigns = run.metrics["campaigns"]
        st.info(
            f"There is too little to learn from: {campaigns:,} past campaigns, and "
            f"{general.FEWEST} are needed. Save more lists, or import more interactions."
        )
        return
    st.success(
        f"Learned from {run.metrics['campaigns']:,} past campaigns. The method “Past campaigns” begins "
        "with what was learned."
    )
    ui.chart(learned.figure(), learned.sentence(), key="campaigns")
    st.caption(learned.about())
