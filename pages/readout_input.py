"""Taking in the results of a test: the file, its control, the planned split."""

from __future__ import annotations

from typing import Any

import session
import streamlit as st
import ui

from lookalike import experiment, uploads
from lookalike.errors import BadInput
from lookalike.experiment import Readout

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
