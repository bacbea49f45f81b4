"""Expand: seed list -> weighting -> training -> evidence -> size -> download."""

from __future__ import annotations

import evidence
import session
import streamlit as st
import ui
import watching
import words
from seed_input import chosen_list

from lookalike import charts, expansion, leaks, seeds, weighting
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
        st.warning(
            f"{report.matched} seeds are very few: expect a rough audience. "
            "“Similarity” is the method made for so short a list."
        )
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


def weighted(found: SeedList) -> tuple[str, ...]:
    st.subheader("Weight the seeds")
    choices = {choice.key: choice for choice in weighting.choices(session.workspace(), found)}
    labels = {
        key: choice.label
        if key == weighting.EQUAL
        else f"{choice.label}, known for {words.percent(choice.coverage, 0)} of the seeds"
        for key, choice in choices.items()
    }
    key = st.selectbox(
        "Weight by",
        list(choices),
        index=0 if found.values else len(choices) - 1,  # the file's own column, else equal weights
        format_func=labels.__getitem__,
        help="Seeds with more of this count more in training.",
    )
    weighed = weighting.weights_for(session.workspace(), found, (key,))
    if key == weighting.EQUAL:
        st.caption(f"All {len(found.rows):,} seeds count the same.")
        return (key,)
    ui.chart(charts.weights_histogram(weighed.weights), "Histogram of the seeds' weights", "weights")
    notes = [f"Worth as much as {weighed.effective_size:,.0f} equally weighted seeds."]
    if weighed.missing:
        notes.append(f"{weighed.missing:,} seeds without a value count as a middling one.")
    if weighed.negative:
        notes.append(f"{weighed.negative:,} negative values count as 0.")
    if weighed.above_one:
        notes.append(f"{weighed.above_one:,} rates are above 1.")
    st.caption(" ".join(notes))
    return (key,)


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
    weight = weighted(found)
    st.subheader("Train")
    with st.expander("Method"):
        offered = [name for name, method in METHODS.items() if not method.reference]
        method = st.radio(
            "Method",
            offered,
            index=offered.index(DEFAULT if len(found.rows) >= FEW else "centroid"),
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
    st.markdown(f"Seed list **{ui.plain(run.title)}**")
    if watching.under_way(run, epochs=METHODS[run.spec["method"]].epochs):
        return
    if run.status == "done":
        evidence.show(expansion.load(session.workspace(), run.id))
    else:
        watching.ended_badly(run, lambda: train(expansion.Spec.from_json(run.spec)))
    ui.step("Expand another list", "expand")


st.title("Expand a seed list")
with ui.told():
    linked = session.linked_run("expand")
    if linked is None:
        ask()
    else:
        follow(linked)
