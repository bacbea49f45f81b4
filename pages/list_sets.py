"""Several saved lists: how far they overlap, and a new list made of them."""

from __future__ import annotations

import pandas as pd
import session
import streamlit as st
import ui
from list_change import told_next
from words import count, percent

from lookalike.seeds import sets as seed_sets

UNITE, INTERSECT, SUBTRACT = "Unite", "Intersect", "Subtract"
RULES = {
    UNITE: "All users of any of the lists. Of a user on several of them, the numbers of the list that "
    "was chosen first count, and the earliest date.",
    INTERSECT: "The users who are on all of the lists. Numbers are those of the list that was chosen "
    "first, or else of the next; of several dates the earliest counts.",
    SUBTRACT: "The users of the list that was chosen first who are on none of the others, with its own "
    "numbers and dates.",
}
SIGNS = {UNITE: " + ", INTERSECT: " and ", SUBTRACT: " without "}


def several(names: list[str]) -> None:
    """Offer what can be done with several lists."""
    st.header("Several lists")
    if len(names) < 2:
        st.caption("With a second list, their overlap can be seen, and new lists made of them.")
        return
    chosen = st.multiselect(
        "Lists",
        names,
        placeholder="Choose two or more lists",
        label_visibility="collapsed",
        max_selections=10,
        key="several lists",
    )
    if len(chosen) < 2:
        st.caption("Choose two or more to see their overlap, or to make a new list of them.")
        return
    _overlap(chosen)
    if session.may("lists"):
        _make(chosen)


def _overlap(chosen: list[str]) -> None:
    found = seed_sets.overlap(session.workspace(), chosen)
    rows = [
        (
            *(two.one, two.other, two.common),
            *(percent(two.share), percent(two.other_share), f"{two.jaccard:.3f}"),
        )
        for two in found
    ]
    shares = ("Of list", "Of other", "Jaccard")
    right = st.column_config.TextColumn(alignment="right")
    ui.table(
        pd.DataFrame(rows, columns=["List", "Other list", "Common", *shares]),
        # names take what the numbers leave
        column_config={name: {"width": 205} for name in ("List", "Other list")}
        | dict.fromkeys(shares, right),
    )
    st.caption(
        "“Of list” and “Of other” are the shares of each list that are on both; Jaccard is the common "
        "users among the users of either: 0 where the lists have nobody in common, 1 where they are "
        "the same."
    )


def _make(chosen: list[str]) -> None:
    how = st.segmented_control("New list", list(RULES), default=UNITE, required=True)
    st.caption(RULES[how])
    usual = SIGNS[how].join(chosen)[:120]
    new = st.text_input("Name of the new list", value=usual, max_chars=120, key=f"name {usual}")
    if not st.button("Make the list"):
        return
    store = session.workspace()
    with ui.told():
        session.demand("lists")
        if how == UNITE:
            made = seed_sets.unite(store, chosen, new)
        elif how == INTERSECT:
            made = seed_sets.intersect(store, chosen, new)
        else:
            made = seed_sets.subtract(store, chosen[0], chosen[1:], new)
        session.record("list made", list=made.name, how=how.lower(), seeds=len(made.rows))
        told_next(f"{made.name} was saved with {count(len(made.rows), 'seed')}.")
