"""Expand: seed list -> weighting -> training -> evidence -> size -> download."""

from __future__ import annotations

import evidence
import list_advice
import preparing
import session
import streamlit as st
import ui
import watching
from seed_input import chosen_list
from seed_weights import weighted

from lookalike import expansion, leaks, seeds
from lookalike.advice import advising
from lookalike.evaluation import LEAST
from lookalike.methods import DEFAULT, METHODS
from lookalike.runs import Run
from lookalike.seeds import SeedList

SHORT, FEW = 100, 10


def matched(found: SeedList) -> None:
    report = found.report
    ui.numbers(
        ("Ids", f"{report.rows:,}", "Ids in the list, blank lines aside."),
        ("Matched", f"{report.matched:,}", "Ids that are users of this workspace."),
        ("Unknown", f"{report.unknown + report.damaged:,}", "Ids that are not."),
        ("Duplicates", f"{report.duplicates:,}", "Ids that an earlier line gave already."),
    )
    if report.hint:
        st.warning(ui.plain(report.hint))
    if report.problems:
        with st.expander(f"First problems, by line ({len(report.problems)})"):
            ui.table(evidence.problems(report.problems), column_config={"Line": {"width": "small"}})
    expansion.check_size(report.matched, report.rows)
    if report.matched < FEW:
        st.warning(f"{report.matched} seeds are very few: expect a rough audience.")
    elif report.matched < SHORT:
        st.warning(f"{report.matched} seeds are few: from {SHORT} on the evidence gets firm.")


def leaving_out(found: SeedList) -> tuple[str, ...]:
    """Warn of what nearly is the list, and ask what to leave out."""
    serious = [leak for leak in leaks.find(session.workspace(), found.rows) if leak.serious]
    left = []
    for leak in serious:
        st.warning(ui.plain(leak.sentence()))
        if st.checkbox(f"Leave {ui.plain(leak.title)} out", value=True, key=f"leave {leak.key}"):
            left.append(leak.key)
    if left:
        st.caption("Embeddings are learned again without what is left out, before training.")
    return tuple(left)


def train(spec: expansion.Spec) -> None:
    run = expansion.ask(session.workspace(), spec)
    session.start(run, expansion.carry_out)
    st.query_params["run"] = run
    st.rerun()


def ask() -> None:
    if ui.without_embeddings():
        return
    st.subheader("Seed list")
    found = chosen_list()
    if found is None:
        return
    matched(found)
    left = leaving_out(found)
    list_advice.at_first_sight(found, left)
    weight = weighted(found)
    st.subheader("Train")
    preparing.note()
    with st.expander("Method"):
        offered = [name for name, method in METHODS.items() if not method.reference]
        method = st.radio(
            "Method",
            offered,
            index=offered.index(DEFAULT),
            format_func=lambda name: METHODS[name].label,
            captions=[METHODS[name].about for name in offered],
            label_visibility="collapsed",
        )
    if st.button("Train and test", type="primary"):
        name = seeds.keep(session.workspace(), found)
        train(expansion.Spec(name, weight, method, left))
    st.caption(
        "A model is trained on all seeds; then tenths of the list are held out in turn, to see how "
        f"many of them it finds. Lists need at least {LEAST} seeds."
    )


def follow(run: Run) -> None:
    st.markdown(f"Seed list: **{ui.plain(run.title)}**")
    if run.kind == advising.KIND:
        list_advice.follow(run)
        return
    if watching.under_way(run, epochs=METHODS[run.spec["method"]].epochs):
        return
    if run.status == "done":
        evidence.show(expansion.load(session.workspace(), run.id))
        list_advice.offer(run.spec["seed_list"], run.spec["leave_out"])
    else:
        watching.ended_badly(run, lambda: train(expansion.Spec.from_json(run.spec)))
    ui.step("Expand another list", "expand")


st.title("Expand a seed list")
with ui.told():
    linked = session.linked_run("expand", advising.KIND)
    if linked is None:
        ask()
    else:
        follow(linked)
