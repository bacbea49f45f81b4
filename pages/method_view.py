"""Methods as a visitor reads of them: a table and a section each, or one alone with its numbers."""

from __future__ import annotations

import method_tables
import session
import streamlit as st
import ui
from words import count, plain

from lookalike.explaining import Explanation, Guide
from lookalike.methods import METHODS

FOUND = (
    "Seeds found: the share of held-out seeds in audiences of 1, 2, 5 and 10 % of the users, averaged."
)
BEST = "Best: no other method that was tried on the list found more."


def everything(guide: Guide) -> None:
    """Draw what is known of all methods, then a section each."""
    st.markdown(
        "A method is a way to tell from a seed list who is alike. The default needs no choosing; on "
        "your own lists another may do better, and only a comparison on them can tell."
    )
    if guide.lists:
        _known(guide)
    else:
        st.info("**Where they win on your lists is not known yet.** A comparison tells.")
    if session.may("compare"):
        ui.step("Compare methods on your lists", "compare")
    for one in guide.methods:
        st.subheader(one.label, anchor=one.method)
        st.markdown(plain(" ".join(one.words.sentences)))
        said = [f"On your lists: {one.record.sentence()}"] if one.record.lists else []
        said += [f"On past lists: {one.past.sentence('past list')}"] if one.past else []
        said += [f"Cost: {one.cost.sentence()}"] if one.cost else []
        if said:
            st.markdown("\n".join(f"- {plain(line)}" for line in said))
        st.caption(f"{plain(one.words.source)}. On the command line: `{one.method}`")
        if one.record.lists or one.past or one.views:
            ui.step(f"{one.label} in numbers", "methods", method=one.method)


def alone(one: Explanation) -> None:
    """Draw one method with its numbers by list size."""
    st.title(one.label)
    st.markdown(plain(" ".join(one.words.sentences)))
    if not one.ready:
        st.info("**Not learned yet.** It begins with past campaigns of this workspace.")
        ui.step("Learn from past campaigns", "data")
    st.header("On your lists")
    if one.record.lists:
        st.markdown(plain(one.record.sentence()))
        ui.table(method_tables.by_size(one.record, one.method))
        st.caption(f"{FOUND} {BEST}")
    else:
        st.markdown("Nothing is known yet of how it does on your lists: a comparison tells.")
        if session.may("compare"):
            ui.step("Compare methods on your lists", "compare")
    if one.past is not None or one.views:
        st.header("On past lists")
        _past(one)
    st.header("Cost")
    st.markdown(plain(one.cost.sentence()) if one.cost else "Nothing was measured here yet.")
    st.header("Source")
    st.markdown(f"{plain(one.words.source)}.")
    st.caption(f"On the command line: `{one.method}`")
    if session.may("expand") and one.ready and not METHODS[one.method].reference:
        ui.step("Expand a seed list with it", "expand", method=one.method)
    ui.step("All methods", "methods")


def _known(guide: Guide) -> None:
    ui.table(method_tables.every(guide), height="content")
    leaking = f" {count(guide.leaking, 'more list')} that nearly are an item were passed over."
    st.caption(
        f"From your comparisons, on {count(guide.lists, 'list')}. {BEST} To train: the median of this "
        f"workspace's own trainings on a list.{leaking if guide.leaking else ''}"
    )


def _past(one: Explanation) -> None:
    st.caption(
        "Past lists are items that were taken out of the interactions, and saved lists. What a view of "
        "the default method finds of them says how much it counts."
    )
    if one.past is not None:
        st.markdown(plain(one.past.sentence("past list")))
        ui.table(method_tables.by_size(one.past, one.method))
    if one.views:
        ui.table(method_tables.views(one.views))
