"""Several lists expanded in one run: asking, following, what came of each, the files."""

from __future__ import annotations

from typing import Any

import batch_download
import batch_input
import pandas as pd
import session
import streamlit as st
import ui
import watching
from words import count, moment, percent, plain

from lookalike import batch, tested
from lookalike.batch import Batch, Entry
from lookalike.runs import Run

STOPPED = {
    "failed": (st.error, "It stopped on an error."),
    "cancelled": (st.info, "This was cancelled."),
    "interrupted": (st.warning, "The server stopped while this was under way."),
}
SHOWN = 400  # pixels of a long table


def ask() -> None:
    """Offer to expand several saved lists at once."""
    if ui.only_looking("expand") or watching.without_embeddings():
        return
    st.markdown("Each list gets an audience of its own; all of them are found in one pass.")
    with ui.told():
        spec = batch_input.chosen(batch_input.names())
        label = f"Expand {count(len(spec.lists), 'list')}" if spec.lists else "Expand the lists"
        if st.button(label, type="primary", disabled=not spec.lists, key="batch start"):
            begin(batch.ask(session.workspace(), spec))
    st.caption("You can leave the page, cancel, and go on later: what is trained is kept.")


def begin(run: str) -> None:
    """Start a run, or let it go on."""
    session.start(run, batch.carry_out)
    st.query_params["run"] = run
    st.rerun()


def follow(run: Run) -> None:
    """Show a run: under way, stopped, or done."""
    st.header(f"Expansion of {plain(run.title)}")
    st.caption(f"{batch_input.asked(batch.Spec.from_json(run.spec))} Asked on {moment(run.created)}.")
    if watching.under_way(run):
        return
    if run.status == "done":
        _done(batch.load(session.workspace(), run.id))
    else:
        _stopped(run)
    ui.step("Back to the lists", "lists")
    ui.step("Compare methods on these lists", "compare")


def _stopped(run: Run) -> None:
    show, text = STOPPED[run.status]
    through = tested.count(session.workspace(), run.id)
    kept = f"{through} of {len(run.spec['lists'])} lists done and kept." if through else ""
    reason = f" {run.message}" if run.status == "failed" else ""
    show(plain(f"{text}{reason} {kept}".strip()))
    if not session.may("expand"):
        return
    with st.container(horizontal=True):
        on = st.button("Go on" if through else "Start again", type="primary", key="batch go on")
        anew = bool(through) and st.button("Start from the beginning", key="batch anew")
    with ui.told():
        if on:
            begin(batch.go_on(session.workspace(), run.id))
        if anew:
            begin(batch.ask(session.workspace(), _again(run)))


def _again(run: Run) -> batch.Spec:
    """Return what a run was asked, to be asked again of the newest data."""
    fresh: dict[str, Any] = {**run.spec, "snapshot": None, "past": None, "sha256": [], "data": {}}
    return batch.Spec.from_json(fresh)


def _done(result: Batch) -> None:
    st.markdown(f"**{plain(result.sentence())}**")
    if result.done:
        st.markdown(plain(result.evidence_sentence()))
    failures = result.failures
    if failures:
        st.warning(
            f"**Not expanded: {count(len(failures), 'list')}.**\n\n"
            + "\n".join(f"- **{plain(name)}**: {plain(why)}" for name, why in failures.items())
        )
    if not result.done:
        return
    frame = pd.DataFrame([_line(entry) for entry in result.done])
    right = st.column_config.TextColumn(alignment="right")
    ui.table(
        frame,
        height="content" if len(frame) <= 10 else SHOWN,
        key="batch table",
        column_config=dict.fromkeys(frame.columns[1:], right),
    )
    for entry in result.done:
        for sentence in entry.facts.get("leaking", ()):
            st.warning(plain(f"{entry.called}: {sentence}"))
        if entry.facts.get("untested"):
            st.caption(plain(f"{entry.called} was not tested: {entry.facts['untested']}"))
    batch_download.offer(result)


def _line(entry: Entry) -> dict[str, str]:
    facts, evidence = entry.facts, entry.facts.get("evidence")
    found = "not tested"
    if evidence:
        limits = f"{100 * evidence['low']:.0f}–{100 * evidence['high']:.0f}"
        found = f"{percent(evidence['recall'])} ({limits})"
    return {
        "List": entry.called,
        "Seeds": f"{facts['seeds']['matched']:,}",
        "Users": f"{facts['rows']:,}",
        "Held back": f"{facts['holdout']:,}",
        "Lowest score": f"{facts['threshold']:#.3g}",
        "Held-out seeds found": found,
    }
