"""Choosing what the seeds of a list are weighted by."""

from __future__ import annotations

import session
import streamlit as st
import ui
import words

from lookalike import charts, weighting
from lookalike.seeds import SeedList

KNOWN = 0.5  # of the seeds, from which on a column of the file is what they are weighted by at first


def weighted(found: SeedList) -> tuple[str, ...]:
    """Ask what to weight a list by, show the weights, and return the choice's keys."""
    st.header("Weight the seeds")
    choices = {choice.key: choice for choice in weighting.choices(session.workspace(), found)}
    labels = {
        key: choice.label
        if key == weighting.EQUAL
        else f"{choice.label}, known for {words.percent(choice.coverage, 0)} of the seeds"
        for key, choice in choices.items()
    }
    known = (
        key for key, choice in choices.items() if choice.source == "file" and choice.coverage >= KNOWN
    )
    key = st.selectbox(
        "Weight by",
        list(choices),
        index=list(choices).index(next(known, weighting.EQUAL)),
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
        notes.append(f"Without a value, counted as middling: {words.count(weighed.missing, 'seed')}.")
    if weighed.negative:
        notes.append(f"Negative, counted as 0: {words.count(weighed.negative, 'value')}.")
    if weighed.above_one:
        notes.append(f"Above 1: {words.count(weighed.above_one, 'rate')}.")
    st.caption(" ".join(notes))
    return (key,)
