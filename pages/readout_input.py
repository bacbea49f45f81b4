"""What is asked of a readout: the columns, the split, the metrics, what else to look into."""

from __future__ import annotations

import dataclasses

import readout_columns
import readout_metrics
import session
import streamlit as st
from readout_columns import ROLES
from readout_reading import look
from readout_source import Results

from lookalike import experiment
from lookalike.errors import BadInput
from lookalike.experiment import Metric, Preview, Spec
from lookalike.experiment.tables import titled

LEVELS = (90, 95, 99)


def options(results: Results) -> tuple[Spec, int | None] | None:
    """Ask for all that a readout wants to know; None while something must be said first."""
    key = results.key
    seen = look(results, {})
    before = experiment.remembered(session.workspace(), seen.names) or Spec()
    before = dataclasses.replace(before, planned=None)  # a split is of one test
    # as the file came: this visit's own readout neither folds the options nor is "the last time"
    first: Spec = st.session_state.setdefault(f"first {key}", before)
    place = st.expander("Columns, metrics and split", expanded=not _complete(results, first))
    if dataclasses.replace(first, control=None) != Spec(segments=first.segments):
        st.caption("Filled in as the last time for a file with these columns; the split is not.")
    with place:
        columns, audience_id = readout_columns.columns(seen, before, key)
        seen = look(results, columns)
        split = readout_columns.split(seen, before, key, audience_id)
        preset, metrics = readout_metrics.choose(seen, before, key)
        spec = _more(seen, before, key, preset, metrics)
    lacking = [ROLES[role] for role in ("user_id",) if role not in seen.found]
    if "variant" not in seen.found and audience_id is None:
        lacking.append(ROLES["variant"])
    if lacking:
        raise BadInput(
            f"The results have no column that is surely the {' or the '.join(lacking).lower()}; "
            f"found {', '.join(seen.names[:10])}.",
            "Choose it under “Columns, metrics and split”.",
        )
    if split is None:
        return None
    control, planned = split
    spec = dataclasses.replace(spec, columns=columns, control=control, planned=planned or None)
    return spec, audience_id


def _complete(results: Results, first: Spec) -> bool:
    """Whether nothing has to be said before the file can be read out."""
    try:
        seen = look(results, first.columns)
        experiment.choose_control(seen.variants, first.control)
    except BadInput:
        return False
    return {"user_id", "variant"} <= set(seen.found)


def _more(
    seen: Preview,
    before: Spec,
    key: str,
    preset: str | None,
    metrics: tuple[Metric, ...],
) -> Spec:
    """Ask for what decides, what to read out by, and what else to look into."""
    measured = experiment.measurable(seen.found, preset, metrics)
    labels = {metric.name: metric.label for metric in measured}
    usual = before.primary if before.primary in labels else None
    first = experiment.usual_metric({m.name: m.margin is not None for m in measured})
    primary = st.selectbox(
        "The metric that decides",
        list(labels),
        index=None if usual is None else list(labels).index(usual),
        format_func=lambda name: titled(labels[name]),
        placeholder=f"{titled(labels[first])}, the usual one" if first else "None can decide",
        key=f"primary {key} {sorted(labels)}",
    )
    offered = list(seen.divisible())
    usual_segments = [s for s in (before.segments or seen.usual_segments()) if s in offered]
    segments = st.multiselect(
        "Read out by", offered, default=usual_segments, max_selections=5, key=f"segments {key}"
    )
    usual_level = round(100 * (1 - before.alpha)) if before.alpha in {0.1, 0.05, 0.01} else 95
    with st.grid(2):
        level = st.selectbox(
            "Intervals",
            LEVELS,
            index=LEVELS.index(usual_level),
            format_func=lambda n: f"{n} %",
            key=f"level {key}",
        )
        together = st.checkbox(
            "Correct p-values over all treatments together",
            before.all_together,
            disabled=len(seen.variants) < 3,
            key=f"together {key}",
        )
        bootstrap = st.checkbox(
            "Intervals by resampling users as well", before.bootstrap > 0, key=f"bootstrap {key}"
        )
        rerandomise = st.checkbox(
            "Test the tests on this file (A/A, 500 random splits)",
            before.rerandomise > 0,
            key=f"aa {key}",
        )
    return Spec(
        alpha=round(1 - level / 100, 2),
        preset=preset,
        metrics=metrics,
        primary=primary,
        segments=tuple(segments),
        all_together=together,
        bootstrap=2_000 if bootstrap else 0,
        rerandomise=500 if rerandomise else 0,
    )
