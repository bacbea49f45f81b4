"""Plan a test: how many users, for how long, and what it can find."""

from __future__ import annotations

import plan_baseline
import plan_input
import plan_view
import streamlit as st
import ui

from lookalike.errors import LookalikeError
from lookalike.experiment.planning.plan import plan


def ask() -> None:
    st.header("1. What do you measure?")
    found = plan_baseline.measured()
    if not found:
        return
    st.header("2. What lift matters?")
    lift = plan_input.lift()
    st.header("3. How many users can you get?")
    there = plan_input.users()
    terms, guardrail = plan_input.terms(found, lift, there)
    made = plan(found[0], terms, others=found[1:], guardrail=guardrail)
    st.divider()
    plan_view.show(made)
    plan_view.hold_out_of_audience(made, found[0])
    st.caption("This address leads back to these numbers, in any browser; a file is not kept.")
    ui.step("Read out an experiment", "experiment")


st.title("Plan a test")
try:
    ask()
except LookalikeError as error:
    ui.problem(error)
