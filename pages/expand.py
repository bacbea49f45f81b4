"""Expand: seed list -> weighting -> training -> evidence -> size -> download."""

from __future__ import annotations

import evidence
import list_advice
import list_saving
import method_choice
import preparing
import session
import streamlit as st
import ui
import watching
from pool_input import chosen_pool
from seed_input import chosen_list
from seed_report import matched
from seed_weights import weighted

from lookalike import expansion, leaks, seeds
from lookalike.advice import advising
from lookalike.evaluation import LEAST
from lookalike.methods import METHODS
from lookalike.runs import Run
from lookalike.seeds import SeedList
from lookalike.workspace import Workspace

KEEP_SECONDS = 60  # data may be imported meanwhile


def leaving_out(found: SeedList) -> tuple[str, ...]:
    """Warn of what nearly is the list, and ask what to leave out."""
    store = session.workspace()
    serious = _serious(f"{store.path} {hash(found.rows.tobytes())}", store, found)
    left = []
    for leak in serious:
        st.warning(ui.plain(leak.sentence()))
        if st.checkbox(f"Leave {ui.plain(leak.title)} out", value=True, key=f"leave {leak.key}"):
            left.append(leak.key)
    if left:
        st.caption("Embeddings are learned again without what is left out, before training.")
    return tuple(left)


@st.cache_data(show_spinner=False, max_entries=16, ttl=KEEP_SECONDS)
def _serious(key: str, _store: Workspace, _found: SeedList) -> list[leaks.Leak]:  # noqa: ARG001
    return [leak for leak in leaks.find(_store, _found.rows) if leak.serious]


def train(spec: expansion.Spec) -> None:
    run = expansion.ask(session.workspace(), spec)
    session.start(run, expansion.carry_out)
    st.query_params["run"] = run
    st.rerun()


def ask() -> None:
    if ui.only_looking("expand") or watching.without_embeddings():
        return
    st.header("Seed list")
    found = chosen_list()
    if found is None:
        return
    matched(found)
    left = leaving_out(found)
    list_advice.at_first_sight(found, left)
    weight = weighted(found)
    st.header("Train")
    only, days = chosen_pool(found)
    preparing.note()
    method = method_choice.for_one_list()
    with st.container(horizontal=True):
        asked = st.button("Train and test", type="primary")
        list_saving.offer(found)
    if asked:
        name = seeds.keep(session.workspace(), found)
        train(expansion.Spec(name, weight, method, left, only=only, active_days=days))
    st.caption(
        "A model is trained on all seeds; then tenths of the list are held out in turn, to see how "
        f"many of them it finds. Lists need at least {LEAST} seeds."
    )


def failed(run: Run) -> None:
    """Show why a run failed; the same once more would most likely fail again, so another comes first."""
    st.error(ui.plain(run.message))
    if not session.may("expand"):
        return
    with ui.told(), st.container(horizontal=True):
        if st.button("Choose another list", type="primary"):
            st.query_params.clear()
            st.rerun()
        if st.button("Start again", key="again"):
            train(expansion.Spec.from_json(run.spec))


def follow(run: Run) -> None:
    st.markdown(f"Seed list: **{ui.plain(run.title)}**")
    if run.kind == advising.KIND:
        list_advice.follow(run)
        return
    if watching.under_way(run, epochs=METHODS[run.spec["method"]].epochs):
        return
    if run.status == "failed":
        failed(run)
        return
    if run.status == "done":
        evidence.show(expansion.load(session.workspace(), run.id))
        list_advice.offer(run.spec["seed_list"], run.spec["leave_out"])
    else:
        watching.ended_badly(run, lambda: train(expansion.Spec.from_json(run.spec)))
    if session.may("expand"):
        ui.step("Expand another list", "expand")
    else:
        ui.step("Go to the overview", "overview")


st.title("Expand a seed list")
with ui.told():
    linked = session.linked_run("expand", advising.KIND)
    if linked is None:
        ask()
    else:
        follow(linked)
