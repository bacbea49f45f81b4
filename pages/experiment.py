"""Experiment: the results of an A/B test in, a readout out."""

from __future__ import annotations

import readout_input
import readout_reading
import readout_source
import readout_view
import session
import streamlit as st
import ui
import words
from readout_source import Results

from lookalike import experiment
from lookalike.errors import LookalikeError, NotFound


def given(results: Results) -> None:
    asked = readout_input.options(results)
    if asked is None:
        st.query_params.pop("readout", None)  # of the file before this one
        return
    kept, readout = readout_reading.read(results, *asked)
    st.query_params["readout"] = kept
    readout_view.show(readout, results.name)
    st.caption("This address leads back to the readout, in any browser; the file itself is not kept.")
    ui.step("Plan the next test", "plan")
    ui.step("Expand a seed list", "expand")


def linked(key: str) -> None:
    st.query_params["readout"] = key  # a link from this page to itself leaves it out of the address
    try:
        readout = experiment.load(session.workspace(), key)
        readout_view.show(readout, experiment.described(session.workspace(), key).name)
    except NotFound as error:
        ui.problem(error)
    ui.step("Read out another experiment", "experiment")


def explain() -> None:
    st.markdown(
        "Upload the results of a test, one row a user (or one a user and day): user_id, variant, "
        "and what you measured of impressions, clicks, hides, good_clicks and revenue, or columns of "
        "your own. Columns of the weeks before the test, such as pre_clicks, make the readout sharper; "
        "date, country and the like show where a difference comes from."
    )


def recent() -> None:
    found = experiment.saved(session.workspace(), limit=6)
    if not found:
        return
    st.header("Recent readouts")
    for one in found:
        with st.container(border=True, gap="xsmall"):
            st.page_link("experiment.py", label=ui.plain(one.name), query_params={"readout": one.id})
            st.caption(f"{ui.plain(one.verdict)}  \n{words.moment(one.created)}")


def ask() -> None:
    if ui.only_looking("experiment"):
        recent()
        return
    above, source, below = st.container(), st.container(), st.container()
    try:
        with source:
            results = readout_source.ask()
        if results is not None:
            given(results)
            return
    except LookalikeError as error:
        st.query_params.pop("readout", None)
        with below:  # the file, not under the long list of what can be chosen
            ui.problem(error)
        return
    with above:
        explain()
    recent()


st.title("Read out an experiment")
link = st.query_params.get("readout")
if link and not readout_source.chosen_before():
    linked(link)
else:
    if not link:
        st.query_params.clear()  # nor does such a link take it out again
    ask()
