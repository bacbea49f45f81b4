"""Drawing a readout: what the data is like, the verdict, the numbers, the downloads."""

from __future__ import annotations

import json

import streamlit as st
import ui
import words

from lookalike.experiment import Readout, tables

ABOUT = {
    "Lift": "The relative difference from the control, with its interval in brackets.",
    "Lift, adjusted": "The same, after allowing for what these users did before the test (CUPED).",
    "p": "How often chance alone would show such a difference, or a larger one.",
    "p, adjusted": "The p of the adjusted lift.",
    "Holm p": "p, corrected for looking at several metrics at once (strict).",
    "BH p": "p, corrected so that few of the differences called real are not (mild).",
    "Variance it misses": "How many times larger the true variance is than such a tool believes.",
}


def show(readout: Readout, name: str) -> None:
    """Draw a readout, from the verdict down."""
    blocked = readout.srm.status == "blocked"
    if blocked:
        st.error(ui.plain(readout.verdict), icon=":material/block:")
    else:
        st.markdown(f"### {ui.plain(readout.verdict)}")
    days = f", from {readout.rows:,} rows" if readout.rows != readout.users else ""
    st.caption(f"{ui.plain(name)}: {readout.users:,} users{days}. Control: {ui.plain(readout.control)}.")
    _checks(readout)
    if not readout.comparisons:
        return
    if blocked:
        with st.expander("The numbers all the same (not to be acted on)"):
            _numbers(readout)
    else:
        _numbers(readout)
    _downloads(readout, primary=not blocked)


def _checks(readout: Readout) -> None:
    failed = [check for check in readout.checks if not check.passed]
    if failed:
        st.warning("  \n".join(ui.plain(check.message) for check in failed))
    passed = [check for check in readout.checks if check.passed]
    split = readout.srm.p_value is not None
    if split and readout.srm.status == "blocked":
        _split(readout)
    with st.expander(f"Checks passed ({len(passed) + (split and readout.srm.status == 'passed')})"):
        if split and readout.srm.status != "blocked":
            _split(readout)
        st.markdown("\n".join(f"- {ui.plain(check.message)}" for check in passed))


def _split(readout: Readout) -> None:
    ui.table(
        tables.split(readout.srm),
        alt="Users of each variant, as found and as planned",
        key="split",
    )
    st.caption(f"How often chance alone splits so unevenly (p): {tables.p_value(readout.srm.p_value)}.")


def _numbers(readout: Readout) -> None:
    frame = readout.to_frame()
    lifts = tables.lifts(frame)
    ui.chart(
        readout.figure(),
        f"Relative difference from {readout.control} by metric, with intervals. {readout.verdict}",
        "lifts",
    )
    st.caption(f"In brackets: {words.percent(1 - readout.alpha, 0)} intervals.")
    ui.table(
        lifts,
        alt="Every metric with its lift, interval and p-values",
        column_config=_about(lifts),
        height="content",
    )
    naive = tables.naive(frame)
    if len(naive):
        with st.expander("What a naive tool would say"):
            st.caption(
                "A tool that takes every impression for independent forgets that people differ: "
                "its p-values come out too small, and it finds differences that are not there."
            )
            ui.table(naive, alt="p-values here and of a naive tool", column_config=_about(naive))


def _about(frame: object) -> dict[str, object]:
    return {
        name: st.column_config.TextColumn(help=ABOUT.get(name), pinned=name == "Metric")
        for name in list(frame)  # type: ignore[call-overload]
    }


def _downloads(readout: Readout, primary: bool) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download the table (CSV)",
            data=lambda: tables.csv(readout.to_frame()),
            file_name="readout.csv",
            mime="text/csv",
            on_click="ignore",
            type="primary" if primary else "secondary",
            icon=":material/download:",
        )
        st.download_button(
            "Full report (JSON)",
            data=lambda: json.dumps(readout.report(), indent=2, allow_nan=False),
            file_name="readout.json",
            mime="application/json",
            on_click="ignore",
        )
