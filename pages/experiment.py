"""Experiment: the results of an A/B test in, a readout out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import readout_input
import readout_view
import session
import streamlit as st
import ui
import words

from lookalike import experiment
from lookalike.errors import LookalikeError, NotFound

SAMPLE = Path(__file__).parent.parent / "sample_data" / "experiment.csv"
FILE = "results file"


def uploaded(file: Any) -> None:
    variants = readout_input.variants_of(file)
    control, planned = readout_input.options(variants)
    if control is None and variants:
        st.query_params.pop("readout", None)  # of the file before this one
        return
    kept, readout = readout_input.read(file, control, planned)
    st.query_params["readout"] = kept
    readout_view.show(readout, file.name)
    st.caption("This address leads back to the readout, in any browser; the file itself is not kept.")
    ui.step("Expand a seed list", "expand")


def linked(key: str) -> None:
    try:
        readout = experiment.load(session.workspace(), key)
        readout_view.show(readout, experiment.described(session.workspace(), key).name)
    except NotFound as error:
        ui.problem(error)
    ui.step("Read out another experiment", "experiment")


def explain() -> None:
    st.markdown(
        "Upload the results of a test, one row a user (or one a user and day): `user_id`, `variant`, "
        "and what you measured of `impressions`, `clicks`, `hides`, `good_clicks` and `revenue`. "
        "Columns of the weeks before the test, such as `pre_clicks`, make the readout sharper."
    )


def recent() -> None:
    found = experiment.saved(session.workspace(), limit=6)
    if not found:
        return
    st.subheader("Recent readouts")
    for one in found:
        with st.container(border=True, gap="xsmall"):
            st.page_link("experiment.py", label=ui.plain(one.name), query_params={"readout": one.id})
            st.caption(f"{ui.plain(one.verdict)}  \n{words.moment(one.created)}")


def ask() -> None:
    place = st.container()
    file = st.file_uploader(
        "Results of the test (CSV or Parquet)",
        type=["csv", "parquet"],
        max_upload_size=session.workspace().settings.upload_mb,
        key=FILE,
    )
    if file is not None:
        try:
            uploaded(file)
        except LookalikeError as error:
            st.query_params.pop("readout", None)
            ui.problem(error)
        return
    with place:
        explain()
    st.download_button(
        "Sample file",
        data=SAMPLE.read_bytes,
        file_name=SAMPLE.name,
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    recent()


st.title("Read out an experiment")
link = st.query_params.get("readout")
if link and st.session_state.get(FILE) is None:
    linked(link)
else:
    ask()
