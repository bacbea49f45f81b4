"""What a visitor asks of several lists at once."""

from __future__ import annotations

import lists_upload
import method_choice
import preparing
import session
import streamlit as st
from words import count, percent

from lookalike import batch, seeds
from lookalike.cutting import Cut
from lookalike.methods import DEFAULT, METHODS

SAVED, UPLOAD = "Saved lists", "Upload files"
SHARE, NUMBER = "% of users", "Number of users"
TESTS = {"None": 0, "A quick look": 1, "Three rounds": 3}
MOST_HELD = 50


def chosen(saved: list[str]) -> batch.Spec:
    """Ask which lists to expand and how; nothing is checked yet."""
    lists = _lists(saved)
    names = method_choice.for_expanding()
    method = st.selectbox(
        "Method",
        names,
        index=names.index(DEFAULT),
        format_func=lambda name: METHODS[name].label,
        key="batch method",
    )
    preparing.note()
    size = _size()
    with st.expander("Leave out, hold back, test", key="batch more"):
        exclude = st.multiselect(
            "Leave out the users of these lists", saved, placeholder="None", key="batch exclude"
        )
        held = st.number_input(
            "Hold back for an experiment, % of each audience",
            min_value=0,
            max_value=MOST_HELD,
            value=0,
            key="batch holdout",
            help="Chosen by lot for each list and kept from its file, to compare with those you reach.",
        )
        test = st.selectbox(
            "Test of each list",
            list(TESTS),
            key="batch test",
            help="Holds seeds out and looks for them: it tells how good the audiences are, and takes "
            "as long as training again in each round.",
        )
    cut = Cut(size=size, exclude=tuple(exclude), holdout=held / 100)
    return batch.Spec(tuple(lists), method=method, cut=cut, splits=TESTS[test])


def _lists(saved: list[str]) -> list[str]:
    way = st.segmented_control(
        "Seed lists",
        (SAVED, UPLOAD),
        default=SAVED if saved else UPLOAD,
        required=True,
        label_visibility="collapsed",
        key="batch from",
    )
    if way == UPLOAD:
        return lists_upload.names("batch files")
    if not saved:
        st.caption("There are no saved lists yet: upload some files, one list in each.")
        return []
    if st.toggle(f"All {len(saved)} saved lists", value=False, key="batch all"):
        return saved
    return st.multiselect(
        SAVED,
        saved,
        placeholder="Choose the lists to expand",
        label_visibility="collapsed",
        key="batch lists",
    )


def _size() -> float:
    way = st.segmented_control(
        "Size of each audience", (SHARE, NUMBER), default=SHARE, required=True, key="batch size by"
    )
    if way == NUMBER:
        return int(
            st.number_input(
                NUMBER,
                min_value=1,
                value=1_000,
                step=100,
                label_visibility="collapsed",
                key="batch number",
            )
        )
    given = st.number_input(
        SHARE,
        min_value=0.01,
        max_value=100.0,
        value=5.0,
        step=0.5,
        format="%g",
        label_visibility="collapsed",
        key="batch share",
    )
    return given / 100


def names() -> list[str]:
    """Return the names of the saved lists, in order."""
    return sorted(one.name for one in seeds.saved(session.workspace()))


def asked(spec: batch.Spec) -> str:
    """Say what was asked of the lists, as a sentence."""
    cut = spec.cut
    size = f"{percent(cut.size)} of users" if isinstance(cut.size, float) else count(cut.size, "user")
    if spec.least_scores or cut.least_score is not None:
        size = "everybody from a score up"
    parts = [METHODS[spec.method].label, f"{size} each"]
    if cut.exclude:
        parts.append(f"without the users of {count(len(cut.exclude), 'list')}")
    if cut.holdout:
        parts.append(f"{percent(cut.holdout, 0)} held back")
    parts.append(f"tested in {count(spec.splits, 'round')}" if spec.splits else "not tested")
    return f"{', '.join(parts)}."
