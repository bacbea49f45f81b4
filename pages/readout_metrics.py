"""Choosing what a test is judged by: a preset, columns of the file, metrics of one's own."""

from __future__ import annotations

import streamlit as st
import ui

from lookalike.errors import BadInput
from lookalike.experiment import PRESETS, Metric, Preview, Spec, own_metric

AUTO = "The one that fits"
KINDS = {
    "mean": "Mean over users",
    "share": "Share of users with more than 0",
    "ratio": "Ratio of two columns",
}
PRESET_NAMES = {
    AUTO: AUTO,
    "act-alike": "Act-alike: reach, impressions, revenue, eCPM, click, hide and good-click rate",
    "content": "Content: exposures, conversions, conversion rate",
    "marketplace": "Marketplace: click rate, bounce rate, revenue",
}


def choose(seen: Preview, before: Spec, key: str) -> tuple[str | None, tuple[Metric, ...]]:
    """Ask for the preset and further metrics; returns both as a spec wants them."""
    preset = st.selectbox(
        "Metrics",
        [AUTO, *PRESETS],
        index=[AUTO, *PRESETS].index(before.preset or AUTO),
        format_func=PRESET_NAMES.__getitem__,
        key=f"preset {key}",
    )
    own = _own(seen, before, key)
    return None if preset == AUTO else preset, own


def _own(seen: Preview, before: Spec, key: str) -> tuple[Metric, ...]:
    """Ask for metrics of one's own; those of a file before with these columns come first."""
    offered = {metric.name: metric for metric in seen.measurable()}
    kept: list[Metric] = st.session_state.setdefault(
        f"own {key}", [metric for metric in before.metrics if metric.name not in offered]
    )
    usual = [metric.name for metric in before.metrics if metric.name in offered]
    measured = any(set(m.columns) <= set(seen.found) for preset in PRESETS.values() for m in preset)
    if not usual and not measured and not kept:
        usual = list(offered)[:8]
    picked = (
        st.multiselect(
            "Further columns to compare",
            list(offered),
            default=usual,
            format_func=lambda name: f"{name} ({'share' if _is_share(offered[name]) else 'mean'})",
            help="Columns of yes and no become the share of users with a yes, numbers a mean.",
            key=f"columns {key}",
        )
        if offered
        else []
    )
    _define(seen, kept, key)
    for metric in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{ui.plain(metric.name)}**: {ui.plain(_told(metric))}")
            if st.button("Remove", key=f"remove {metric.name} {key}", type="tertiary"):
                kept.remove(metric)
                st.rerun()
    return (*(offered[name] for name in picked), *kept)


def _define(seen: Preview, kept: list[Metric], key: str) -> None:
    keys = {seen.found.get(role) for role in ("user_id", "variant", "date")}
    numbers = [
        column.name for column in seen.columns if column.kind != "text" and column.name not in keys
    ]
    if not numbers:
        return
    with st.popover("Define a metric", icon=":material/add:"), st.form(f"define {key}", border=False):
        name = st.text_input("Name", max_chars=60, key=f"name {key}")
        kind = st.selectbox("What it is", list(KINDS), format_func=KINDS.__getitem__, key=f"kind {key}")
        column = st.selectbox("Column", numbers, key=f"column {key}")
        below = st.selectbox("Divided by (of a ratio)", numbers, key=f"below {key}")
        good = st.selectbox("Wished for", ["up", "down"], format_func=_wish, key=f"good {key}")
        margin = st.number_input(
            "Guardrail: largest change for the worse that is accepted, in percent (0 is no guardrail)",
            0.0,
            99.0,
            0.0,
            key=f"margin {key}",
        )
        if st.form_submit_button("Add"):
            if not name.strip():
                ui.problem(BadInput("The metric has no name.", "Say what reports shall call it."))
                return
            if name.strip() in [metric.name for metric in kept]:
                ui.problem(BadInput(f"There is a metric {name!r} already.", "Choose another name."))
                return
            kept.append(own_metric(name.strip(), kind, column, below, good, margin / 100 or None))
            st.rerun()


def _wish(good: str) -> str:
    return {"up": "More of it", "down": "Less of it"}[good]


def _is_share(metric: Metric) -> bool:
    return metric.numerator.positive


def _told(metric: Metric) -> str:
    kind = "ratio" if metric.denominator else "share" if _is_share(metric) else "mean"
    below = f" / {metric.denominator.column}" if metric.denominator else ""
    guard = f", guardrail of {100 * metric.margin:g} %" if metric.margin else ""
    return f"{kind} of {metric.numerator.column}{below}, {_wish(metric.good).lower()} is better{guard}"
