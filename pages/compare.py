"""Compare: methods side by side on saved lists, by seed-size bucket."""

from __future__ import annotations

import pandas as pd
import session
import streamlit as st
import ui
import watching

from lookalike import comparison, seeds
from lookalike.comparison import Comparison
from lookalike.methods import METHODS
from lookalike.runs import Run


def begin(spec: comparison.Spec) -> None:
    run = comparison.ask(session.workspace(), spec)
    session.start(run, comparison.carry_out)
    st.query_params["run"] = run
    st.rerun()


def ask() -> None:
    if ui.without_embeddings():
        return
    names = sorted(saved.name for saved in seeds.saved(session.workspace()))
    if not names:
        st.info(
            "There are no saved seed lists to compare on yet. A list is saved when it is trained on; "
            "whole folders can be saved from the command line."
        )
        ui.step("Expand a seed list", "expand")
        return
    st.markdown(
        "Each method is trained on a part of each list and judged by how many of the other seeds it "
        "finds. The more lists, the firmer the answer."
    )
    everything = st.toggle(f"All {len(names)} saved lists", value=True)
    lists = names if everything else st.multiselect("Saved lists", names)
    methods = st.multiselect(
        "Methods",
        list(METHODS),
        default=list(comparison.USUAL),
        format_func=lambda name: METHODS[name].label,
    )
    rounds = st.slider(
        "Rounds for each list",
        1,
        10,
        3,
        help="In each round another tenth of the list is held out. More rounds take longer.",
    )
    st.caption("A list takes some seconds a round and method; you can leave the page meanwhile.")
    if st.button("Compare", type="primary"):
        begin(comparison.Spec(tuple(lists), tuple(methods), rounds))


def show(result: Comparison) -> None:
    for line in result.findings():
        st.markdown(f"- {line}")
    rounds = "1 round" if result.spec.splits == 1 else f"{result.spec.splits} rounds"
    st.caption(
        f"{len(result.run.metrics['lists'])} lists, {rounds} each. Recall is averaged over audiences "
        "of 1, 2, 5 and 10 % of the users; intervals (95 %) are over the lists."
    )
    for reason in result.skipped:
        st.warning(f"Left out: {ui.plain(reason)}")
    for sentence in result.leaking:
        st.warning(ui.plain(sentence))
    panels = list(result.panels().items())
    title, overall = panels.pop()
    st.markdown(f"**{title}**")
    ui.chart(overall, f"Held-out seeds found by audience size. {title}", "all lists")
    for pair in (panels[i : i + 2] for i in range(0, len(panels), 2) if len(panels) > 1):
        for column, (title, panel) in zip(st.columns(2), pair, strict=False):
            with column:
                st.markdown(f"**{title}**")
                ui.chart(panel, f"Held-out seeds found by audience size. {title}", title)
    st.subheader("The same in numbers")
    frame = result.table()
    ui.table(frame, height=min(36 * (len(frame) + 1) + 2, 440))
    left, right = st.columns(2)
    left.download_button(
        "Download the summary (CSV)",
        frame.to_csv(index=False),
        f"comparison-{result.run.id}.csv",
        "text/csv",
        on_click="ignore",
    )
    right.download_button(
        "Download every point (CSV)",
        lambda: pd.DataFrame(result.points()).to_csv(index=False),
        f"comparison-{result.run.id}-points.csv",
        "text/csv",
        on_click="ignore",
    )


def follow(run: Run) -> None:
    st.markdown(f"Comparison of **{ui.plain(run.title)}**")
    if watching.under_way(run):
        return
    if run.status == "done":
        show(comparison.load(session.workspace(), run.id))
    else:
        watching.ended_badly(run, lambda: begin(comparison.Spec.from_json(run.spec)))
    ui.step("Compare again", "compare")
    ui.step("Expand a seed list", "expand")


st.title("Compare methods")
with ui.told():
    linked = session.linked_run("compare")
    if linked is None:
        ask()
    else:
        follow(linked)
