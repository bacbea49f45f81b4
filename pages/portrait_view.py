"""On a finished expansion: what sets its audience apart, and why somebody is in it."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import session
import streamlit as st
import ui
from numpy.typing import NDArray
from words import plain

from lookalike.expansion import Expansion
from lookalike.portrait import drawing
from lookalike.portrait.contributions import ADDITIVE, contributions
from lookalike.portrait.drawn import SMALLEST, Portrait, Trait
from lookalike.portrait.why import ASSOCIATION, Why, why

LOOKED_UP = "person looked up"
SHOWN = 8  # of what a user has, or lacks
KEEP_SECONDS = 600  # data may be imported meanwhile
KEEP_LOOKED_UP = 60  # they may be forgotten meanwhile


def show(result: Expansion, members: NDArray[np.int32]) -> None:
    """Offer both, folded; nothing is computed before one is opened.

    Args:
        result: The run.
        members: `users.row` of its audience, those held out among them.
    """
    key = f"{result.workspace.path} {result.run.id} {hashlib.sha256(members.tobytes()).hexdigest()}"
    apart = st.expander("What sets this audience apart", key="portrait", on_change="rerun")
    if apart.open:
        with apart, ui.told():
            _portrait(_portrayed(key, result, members))
    one = st.expander("Why is somebody in it, or not?", key="why", on_change="rerun")
    if one.open:
        with one, ui.told():
            _ask(key, result, members)


@st.cache_data(show_spinner="Counting what the audience has", max_entries=32, ttl=KEEP_SECONDS)
def _portrayed(key: str, _result: Expansion, _members: NDArray[np.int32]) -> Portrait:  # noqa: ARG001
    return drawing.of_run(_result, _members)


@st.cache_data(show_spinner="Looking them up", max_entries=1, ttl=KEEP_LOOKED_UP)
def _explained(key: str, user_id: str, _result: Expansion, _members: NDArray[np.int32]) -> Why:
    return why(_result, user_id, _members, _portrayed(key, _result, _members))


def _portrait(found: Portrait) -> None:
    st.markdown(f"**{plain(found.sentence())}**")
    for said in (found.resemblance(), found.busyness()):
        if said:
            st.markdown(said)
    if found.over:
        words = f"How many times as many of the audience have each thing. {found.sentence()}"
        ui.chart(found.figure(), words, "portrait chart")
        st.markdown("**More common in the audience**")
        _table(found, under=False)
    if found.under:
        st.markdown("**Less common in the audience**")
        _table(found, under=True)
    if found.means:
        st.markdown("**Numbers that differ**")
        ui.table(found.numbers())
    st.caption(_small_print(found))


def _table(found: Portrait, *, under: bool) -> None:
    frame = ui.ranged(found.table(under=under), "Times as many", "At least", "At most", ".3g")
    ui.table(frame, height="auto" if len(frame) < SHOWN else 300)


def _small_print(found: Portrait) -> str:
    hidden = f" {found.hidden:,} more differ, but are not shown for that." if found.hidden else ""
    return (
        f"{found.users:,} users of the audience against {found.others:,} that were ranked but are not "
        f"in it; {found.tested:,} things were tested, and what is shown differs by more than a random "
        "draw of users would (5 %, adjusted for all tests). Intervals are at 95 %, for each thing on "
        f"its own. No number is shown that stands for fewer than {SMALLEST} people.{hidden}"
    )


def _ask(key: str, result: Expansion, members: NDArray[np.int32]) -> None:
    if not session.may("export"):
        st.caption("What one person has is shown to those who may download audiences.")
        return
    user_id = st.text_input("User id", key="why user", placeholder="As in the workspace").strip()
    if not user_id:
        return
    if st.session_state.get(LOOKED_UP) != user_id:
        st.session_state[LOOKED_UP] = user_id
        session.record("person looked up", run=result.run.id)
    found = _explained(key, user_id, result, members)
    if found.state == "unknown":
        st.warning(f"{plain(found.reason)} {plain(found.hint)}")
        return
    st.markdown(f"**{plain(found.reason)}**")
    if found.rank is not None:
        ui.numbers(
            ("Rank", f"{found.rank:,}", f"Of {found.of:,} users that were ranked; 1 is the best."),
            ("Percentile", f"{found.percentile:.1f}", "Share of the ranked users that rank no higher."),
            ("Score", f"{found.score:.3g}", "The model's own; it only orders the users."),
        )
    if found.hint:
        st.caption(plain(found.hint))
    if found.closeness is not None:
        st.markdown(found.closeness.sentence())
    _things(found)
    if found.rank is not None and result.spec.method in ADDITIVE:
        _parts(result, found.rank)


def _parts(result: Expansion, rank: int) -> None:
    if not st.button("What is the score made of?", key="score parts"):
        return
    with ui.told(), st.spinner("Taking the score apart"):
        parts = contributions(result, int(result.ranking.candidates["row"][rank - 1]))
    st.markdown("The score is exactly the sum of what each thing that they have adds or takes away.")
    lines = [(part.label, float(f"{part.value:.3g}")) for part in parts]
    ui.table(pd.DataFrame(lines, columns=["What", "Adds"]))


def _things(found: Why) -> None:
    number = len(found.has) + len(found.lacks)
    if not number:
        return
    st.markdown(f"They have {len(found.has):,} of the {number:,} things that more of the audience have.")
    for title, traits in (("They have", found.has), ("They lack", found.lacks)):
        if traits:
            st.markdown(f"**{title}:** {_listed(traits)}")
    st.caption(ASSOCIATION)


def _listed(traits: tuple[Trait, ...]) -> str:
    named = ", ".join(plain(trait.label) for trait in traits[:SHOWN])
    more = len(traits) - SHOWN
    return f"{named} and {more:,} more" if more > 0 else named
