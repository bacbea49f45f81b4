"""Experiment: the results of an A/B test in, a readout out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import readout_view
import session
import streamlit as st
import ui

from lookalike import experiment, uploads
from lookalike.errors import BadInput, NotFound
from lookalike.experiment import Readout

SAMPLE = Path(__file__).parent.parent / "sample_data" / "experiment.csv"
FILE = "results file"
SEEN = "readouts of this visit"


def once(key: tuple[Any, ...], make: Any) -> Any:
    """Return what was made under a key, so that a rerun does not make it again."""
    made = st.session_state.setdefault(SEEN, {})
    if key not in made:
        made[key] = make()
    return made[key]


def variants_of(file: Any) -> dict[str, int]:
    def count() -> dict[str, int]:
        with uploads.briefly(session.workspace(), file.name, file.getvalue()) as path:
            return experiment.variants(path)

    with st.spinner("Reading the file"):
        return once((file.file_id,), count)


def read(file: Any, control: str | None, planned: dict[str, float]) -> tuple[str, Readout]:
    """Return the readout of a file, and the id under which it is kept."""

    def readout() -> tuple[str, Readout]:
        with uploads.briefly(session.workspace(), file.name, file.getvalue()) as path:
            made = experiment.readout(path, control=control, planned=planned or None)
        return experiment.save(session.workspace(), made, file.name), made

    with st.spinner("Comparing the variants"):
        return once((file.file_id, control, *planned.items()), readout)


def usual_control(variants: dict[str, int]) -> str | None:
    try:
        return experiment.choose_control(variants)
    except BadInput as error:
        st.info(ui.plain(str(error)), icon=":material/help:")
        return None


def options(variants: dict[str, int]) -> tuple[str | None, dict[str, float]]:
    """Ask for the control and the planned shares; no shares mean an equal split."""
    if len(variants) < 2:
        return next(iter(variants), None), {}
    usual = usual_control(variants)
    names = list(variants)
    with st.expander("Control and planned split", expanded=usual is None):
        control = st.selectbox(
            "Control",
            names,
            index=None if usual is None else names.index(usual),
            placeholder="Choose the variant that changed nothing",
            key=f"control of {names}",
        )
        equal = round(100 / len(names), 1)
        st.caption("What share of the users each variant was meant to get, in percent.")
        with st.grid(3):
            shares = {
                name: st.number_input(
                    ui.plain(name), 0.1, 1000.0, equal, 1.0, "%.1f", key=f"share {name} of {names}"
                )
                for name in names
            }
    return control, {} if len(set(shares.values())) == 1 else shares


def uploaded(file: Any) -> None:
    variants = variants_of(file)
    control, planned = options(variants)
    if control is None and variants:
        return
    kept, readout = read(file, control, planned)
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
            st.caption(f"{ui.plain(one.verdict)}  \n{ui.moment(one.created)}")


def ask() -> None:
    place = st.container()
    file = st.file_uploader(
        "Results of the test (CSV or Parquet)",
        type=["csv", "parquet"],
        max_upload_size=session.workspace().settings.upload_mb,
        key=FILE,
    )
    if file is not None:
        with ui.told():
            uploaded(file)
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
