"""Reading the results of a test once a visit, however often the page is drawn again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import session
import streamlit as st
from readout_source import Results

from lookalike import experiment
from lookalike.experiment import Preview, Readout, Spec
from lookalike.progress import Progress

SEEN = "readouts of this visit"
MOST_KEPT = 8
Made = TypeVar("Made")


def once(key: Hashable, make: Callable[[], Made]) -> Made:
    """Return what was made under a key, so that a rerun does not make it again."""
    made = st.session_state.setdefault(SEEN, {})
    if key not in made:
        while len(made) >= MOST_KEPT:
            made.pop(next(iter(made)))
        made[key] = make()
    return made[key]


def look(results: Results, columns: dict[str, str]) -> Preview:
    """Look at the file once for each way to map its columns."""

    def look_at() -> Preview:
        with results.opened() as path:
            return experiment.preview(path, columns)

    with st.spinner("Reading the file"):
        return once((results.key, *sorted(columns.items())), look_at)


def read(results: Results, spec: Spec, audience_id: int | None) -> tuple[str, Readout]:
    """Return the readout of a file, and the id under which it is kept."""

    def make() -> tuple[str, Readout]:
        bar = st.progress(0.0, text="Reading the rows")
        progress = Progress(lambda update: bar.progress(update.fraction, text=update.message))
        store = session.workspace()
        chosen = None if audience_id is None else experiment.audience_of(store, audience_id)
        try:
            with results.opened() as path:
                made = experiment.read_out(path, spec, chosen, progress)
        finally:
            bar.empty()
        return experiment.save(store, made, results.name), made

    return once((results.key, repr(spec), audience_id), make)
