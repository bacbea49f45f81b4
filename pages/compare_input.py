"""What to compare: saved lists or uploaded ones, methods, rounds, split and buckets."""

from __future__ import annotations

import lists_upload
import method_choice
import preparing
import session
import streamlit as st
import ui

from lookalike import comparison, seeds
from lookalike.buckets import PRESETS, Buckets, parse_buckets
from lookalike.methods import METHODS
from lookalike.seeds import times as seed_times

SAVED, UPLOAD = "Saved lists", "Upload files"
OWN = "own edges"
SPLITS = {"random": "By chance, in rounds", "time": "By time: the latest seeds are held out"}


def chosen() -> comparison.Spec:
    """Ask what to compare; nothing is checked yet."""
    lists = _lists()
    methods = st.multiselect(
        "Methods",
        method_choice.everything(),
        default=[name for name in comparison.USUAL if name in METHODS],
        format_func=lambda name: METHODS[name].label,
    )
    ui.step("What are these?", "methods")
    preparing.note()
    with st.expander("Rounds and buckets"):
        split = _split()
        rounds = st.slider(
            "Rounds for each list",
            1,
            10,
            3,
            disabled=split == "time",
            help="In each round another tenth of the list is held out. More rounds take longer and "
            "give firmer answers. A split by time has one round.",
        )
        buckets = _buckets()
    return comparison.Spec(tuple(lists), tuple(methods), rounds, split=split, buckets=buckets)


def _lists() -> list[str]:
    saved = sorted(one.name for one in seeds.saved(session.workspace()))
    way = st.segmented_control(
        "Seed lists",
        (SAVED, UPLOAD),
        default=SAVED if saved else UPLOAD,
        required=True,
        label_visibility="collapsed",
        key="compared from",  # or the first upload of all would choose again
    )
    if way == UPLOAD:
        return lists_upload.names("compared files")
    if not saved:
        st.caption("There are no saved lists yet: upload some files, one list in each.")
        return []
    everything = st.toggle(f"All {len(saved)} saved lists", value=True)
    return saved if everything else st.multiselect("Saved lists", saved)


def _split() -> str:
    if not seed_times.known(session.workspace()):
        return "random"
    return str(
        st.radio(
            "Hold seeds out",
            list(SPLITS),
            format_func=SPLITS.__getitem__,
            help="By time, a fifth of each list is held out: the seeds that came last, by the dates in "
            "its file, or by the users' first interactions. Embeddings have seen all interactions.",
        )
    )


def _buckets() -> Buckets:
    choice = st.selectbox(
        "Group lists by size",
        [*PRESETS, OWN],
        format_func=lambda name: PRESETS.get(name, "At sizes of my own"),
    )
    if choice != OWN:
        return choice
    return parse_buckets(
        st.text_input("A new group begins at so many seeds", "100, 1000, 10000", key="edges")
    )
