"""What a comparison has found: in words, curves, ratios, seconds and numbers."""

from __future__ import annotations

import streamlit as st
import ui
from compare_numbers import numbers
from words import duration, plain

from lookalike import comparison
from lookalike.charts import comparison as comparison_charts
from lookalike.comparison import Comparison
from lookalike.methods import METHODS

MEASURES = {"recall": "Seeds found", "precision": "Precision"}


def show(result: Comparison) -> None:
    """Draw a comparison, finished or as far as it got."""
    first, *others = result.findings()
    st.markdown(f"## {plain(first)}")
    st.markdown("\n".join(f"- {plain(line)}" for line in others))
    st.caption(_how(result))
    for reason in result.skipped:
        st.warning(f"Left out: {plain(reason)}")
    for sentence in result.leaking:
        st.warning(plain(sentence))
    st.header("By audience size")
    measure = st.segmented_control(
        "Measure",
        list(MEASURES),
        default="recall",
        format_func=MEASURES.__getitem__,
        required=True,
        label_visibility="collapsed",
    )
    shown = _shown(result)
    if measure == "precision":
        st.caption("Among as many seeds as random users, the share of seeds in the top: 50 % is chance.")
    _curves(result, measure, shown)
    _ratios(result, shown)
    _seconds(result)
    numbers(result)


def counted(result: Comparison) -> str:
    """Return how many lists there are, in words."""
    lists = len(result.metrics["lists"])
    return f"{lists} list{'s' if lists != 1 else ''}"


def _how(result: Comparison) -> str:
    splits = result.spec.splits
    rounds = f"{splits} round{'s' if splits != 1 else ''} each"
    if result.spec.split == "time":
        rounds = "the latest fifth of each held out"
    return (
        f"{counted(result)}, {rounds}. Seeds found: averaged over audiences of 1, 2, 5 and 10 % of the "
        "users. Ranges are 95 % intervals over the lists, each for itself; “clearly” allows for the "
        "number of comparisons (Holm, 5 %)."
    )


def _shown(result: Comparison) -> list[str]:
    offered = [name for name in result.methods if not METHODS[name].reference]
    if len(offered) <= len(result.telling):
        return offered
    return st.pills(
        "Methods in the charts",
        offered,
        selection_mode="multi",
        default=result.telling,
        format_func=lambda name: METHODS[name].label,
        key=f"shown {result.run.id}",
    )


def _curves(result: Comparison, measure: str, shown: list[str]) -> None:
    panels = list(result.panels(measure, shown).items())
    title, overall = panels.pop()
    alt = f"{comparison_charts.TITLES[measure]} by audience size"
    st.markdown(f"**{title}**")
    ui.chart(overall.update_layout(height=420), f"{alt}. {title}", "all lists")
    for pair in (panels[i : i + 2] for i in range(0, len(panels), 2) if len(panels) > 1):
        for column, (title, panel) in zip(st.columns(2), pair, strict=False):
            with column:
                st.markdown(f"**{title}**")
                ui.chart(panel.update_layout(showlegend=False), f"{alt}. {title}", title)


def _ratios(result: Comparison, shown: list[str]) -> None:
    drawn = result.forest(shown)
    if drawn is None:
        return
    base = METHODS[comparison.BASELINE].label.lower()
    st.header(f"Against {base}")
    st.caption("Right of the line a method finds more. Hollow: too few lists to judge.")
    ui.chart(drawn, f"Seeds found as a multiple of {base}, by method and list size", "ratios")


def _seconds(result: Comparison) -> None:
    times = result.times()
    preparing = times[times.stage == "prepare"].seconds.sum()
    st.header("Time")
    st.caption(
        f"{duration(times.seconds.sum())} of work in all; reading and preparing the lists took "
        f"{duration(preparing)} of it."
    )
    labels = {name: METHODS[name].label for name in result.methods}
    ui.chart(comparison_charts.seconds(times, labels), "Seconds by method and stage", "seconds")
