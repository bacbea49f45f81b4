"""A closer look at a readout: one metric by day, segment and score, then all metrics together."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
import ui

from lookalike.experiment import Readout, sections, tables
from lookalike.experiment.sections import ABOUT, Section


def show(readout: Readout) -> None:
    """Draw everything below the numbers."""
    st.header("A closer look")
    treatment, metric = _choice(readout)
    if treatment is not None and metric is not None:
        found = list(sections.closer(readout, treatment, metric))
        if not found:
            st.caption(
                "With dates, segments such as country, or audience scores in the file, the difference "
                "is shown by day, by segment and by score here."
            )
        _draw(found)
    _draw(sections.overall(readout))


def about(frame: Iterable[object]) -> dict[str, object]:
    """Return what the columns of a table mean, for those that need words."""
    return {
        str(name): st.column_config.TextColumn(help=ABOUT.get(str(name)), pinned=name == "Metric")
        for name in frame
    }


def _choice(readout: Readout) -> tuple[str | None, str | None]:
    names = [comparison.treatment for comparison in readout.comparisons]
    labels = {
        result.metric: tables.titled(result.label)
        for comparison in readout.comparisons
        for result in comparison.metrics
    }
    if not names or not labels:
        return None, None
    usual = sections.headline(readout)
    key = readout.fingerprint
    with st.grid(2):
        metric = st.selectbox(
            "Metric",
            list(labels),
            index=list(labels).index(usual) if usual in labels else 0,
            format_func=labels.__getitem__,
            key=f"closer metric {usual} {key}",
        )
        treatment = (
            st.selectbox("Treatment", names, key=f"closer treatment {key}")
            if len(names) > 1
            else names[0]
        )
    return treatment, metric


def _draw(found: Iterable[Section]) -> None:
    for section in found:
        st.markdown(f"### {ui.plain(section.title)}")
        for sentence in section.words:
            st.markdown(ui.plain(sentence))
        if section.figure is not None:
            ui.chart(section.figure, section.alt, section.key)
        if section.caution:
            st.caption(ui.plain(section.caution))
        if section.table.empty:
            continue
        options = {
            "alt": f"{section.title}: the same numbers as a table",
            "column_config": about(section.table),
            "height": "content",
            "key": f"table {section.key}",
        }
        if section.figure is None:
            ui.table(section.table, **options)
        else:
            with st.expander("The same numbers as a table"):
                ui.table(section.table, **options)
