"""About a list: at first sight, before anything is trained, and the closer look as a run."""

from __future__ import annotations

from collections.abc import Sequence

import session
import streamlit as st
import ui
import watching
from list_findings import show

from lookalike import seeds
from lookalike.advice import advising
from lookalike.runs import Run
from lookalike.seeds import SeedList

SIGHT = "first sight"  # what was told of the draft, and of which one


def at_first_sight(found: SeedList, leave_out: Sequence[str] = ()) -> None:
    """Tell at once whether a list is any different from a random draw, and offer a closer look."""
    known = (found.name, found.rows.tobytes(), tuple(leave_out))
    if st.session_state.get(SIGHT, (None,))[0] != known:
        seen = advising.at_first_sight(session.workspace(), found, leave_out)
        st.session_state[SIGHT] = (known, seen)
    seen = st.session_state[SIGHT][1]
    if seen is not None:
        (st.caption if seen.level == "distinct" else st.warning)(seen.sentence())
    if st.button("Look closer at this list", key="look closer"):
        begin(advising.Spec(seeds.keep(session.workspace(), found), leave_out=tuple(leave_out)))
    st.caption("Would more seeds help, what to weight by, and does anybody not belong? About a minute.")


def offer(seed_list: str, leave_out: Sequence[str]) -> None:
    """Offer a closer look at the list of an expansion, where it is still saved."""
    if seed_list not in {one.name for one in seeds.saved(session.workspace())}:
        st.caption("The list has been deleted since; what was found with it stays.")
        return
    if not session.may("expand"):
        return
    with ui.told():
        if st.button("Look closer at this list", key="look closer", icon=":material/search:"):
            begin(advising.Spec(seed_list, leave_out=tuple(leave_out)))
    st.caption("Would more seeds help, what to weight by, and does anybody not belong?")


def begin(spec: advising.Spec) -> None:
    """Start to look, and follow."""
    run = advising.ask(session.workspace(), spec)
    session.start(run, advising.carry_out)
    st.query_params["run"] = run
    st.rerun()


def follow(run: Run) -> None:
    """Show a run under way, its end, or what was found."""
    st.header("About this list")
    if watching.under_way(run):
        return
    if run.status == "done":
        show(advising.load(session.workspace(), run.id))
    else:
        watching.ended_badly(run, lambda: begin(advising.Spec.from_json(run.spec)))
