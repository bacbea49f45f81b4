"""Methods as a visitor reads of them: a table and a section each, or one alone with its numbers."""

from __future__ import annotations

import method_tables
import session
import streamlit as st
import ui
from words import count, plain

from lookalike.explaining import Explanation, Guide
from lookalike.methods import METHODS
from lookalike.track_record import Record

SHARES = st.column_config.NumberColumn(format="%.1f")
FOUND = (
    "Seeds found: the share of held-out seeds in audiences of 1, 2, 5 and 10 % of the users, averaged."
)
BEST = "Best: no other method tried on the list found more, though some may have found as many."


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
    groups = {
        "To make audiences": [one for one in guide.methods if not one.words.beside],
        "To compare with": [one for one in guide.methods if one.words.beside],
    }
    for title, methods in groups.items():
        st.header(title)
        st.markdown(" · ".join(f"[{one.label}](#{one.method})" for one in methods))
        for one in methods:
            _section(one)


def _section(one: Explanation) -> None:
    st.subheader(one.label, anchor=one.method)
    _words(one)
    said = [f"On your lists: {one.record.sentence()}"] if one.record.lists else []
    said += [f"On past lists: {one.past.sentence('try', 'tries')}"] if one.past else []
    said += [f"Cost: {one.cost.sentence()}"] if one.cost else []
    if said:
        st.markdown("\n".join(f"- {plain(line)}" for line in said))
    if one.record.lists or one.past or one.views:
        _turn(f"{one.label} in numbers", one.method)


def _words(one: Explanation) -> None:
    words = one.words
    st.markdown(f"{plain(words.what)} {plain(words.trust)} **{plain(words.when)}**")
    st.caption(plain(f"{one.method} – {words.source}."))


def alone(one: Explanation) -> None:
    """Draw one method with its numbers by list size."""
    st.title(one.label)
    _words(one)
    if not one.ready:
        st.info("**Not learned yet.** It begins with past campaigns of this workspace.")
        ui.step("Learn from past campaigns", "data")
    st.header("On your lists")
    if one.record.lists:
        st.markdown(plain(one.record.sentence()))
        _sizes(one.record, one.method)
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
    if session.may("expand") and one.ready and not METHODS[one.method].reference:
        ui.step("Expand a seed list with it", "expand", method=one.method)
    _turn("All methods")


def _turn(label: str, method: str = "") -> None:
    """Offer one method, or all: a link from a page to itself would look like the page's own."""
    if st.button(label, type="tertiary", icon=":material/arrow_forward:", key=f"turn {method}"):
        st.query_params.from_dict({"method": method} if method else {})
        st.rerun()


def _known(guide: Guide) -> None:
    frame = method_tables.every(guide)
    wide = {"Mostly": st.column_config.TextColumn(width="medium")}
    ui.table(frame, height="content", column_config=wide)
    others = len(guide.methods) - len(frame)
    said = [f"From your comparisons, on {count(guide.lists, 'list')}. {BEST}"]
    said += ["To train: the median of this workspace's own trainings on a list."]
    said += [f"{count(others, 'method')} not tried here yet."] if others else []
    if guide.leaking:
        said += [f"{count(guide.leaking, 'more list')} that nearly are an item were passed over."]
    st.caption(" ".join(said))


def _sizes(found: Record, method: str) -> None:
    frame = method_tables.by_size(found, method)
    shares = [name for name in frame if name.endswith("%")]
    ui.table(frame, column_config=dict.fromkeys(shares, SHARES))


def _past(one: Explanation) -> None:
    st.caption(
        "Past lists are items that were taken out of the interactions, and saved lists. Each is tried "
        "with a part of its users, and once more with a few; what a view of the default method finds of "
        "the others says how much it counts."
    )
    if one.past is not None:
        st.markdown(plain(one.past.sentence("try", "tries")))
        _sizes(one.past, one.method)
    if one.views:
        ui.table(method_tables.views(one.views))
