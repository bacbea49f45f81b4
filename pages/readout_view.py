"""Drawing a readout: what the data is like, the verdict, the numbers, the downloads."""

from __future__ import annotations

import json

import readout_closer
import session
import streamlit as st
import ui
import words

from lookalike.experiment import Readout, tables
from lookalike.experiment.web_page import to_html


def show(readout: Readout, name: str) -> None:
    """Draw a readout, from the verdict down."""
    blocked = readout.srm.status == "blocked"
    if blocked:  # the check that leaves nothing else to read
        st.error(ui.plain(readout.verdict), icon=":material/block:")
        _split(readout)
    _checks(readout)
    if not blocked:
        st.markdown(f"## {ui.plain(readout.verdict)}")
        if len(readout.verdicts) > 1:
            st.markdown("\n".join(f"- {ui.plain(one.sentence)}" for one in readout.verdicts))
    days = f", from {readout.rows:,} rows" if readout.rows != readout.users else ""
    control = "" if readout.control.casefold() == "control" else f" Control: {readout.control}."
    st.caption(ui.plain(f"{name}: {words.count(readout.users, 'user')}{days}.{control}"))
    if not readout.comparisons:
        return
    if blocked:
        with st.expander("The numbers all the same (not to be acted on)"):
            _numbers(readout)
    else:
        _numbers(readout)
    _downloads(readout, name, primary=not blocked)
    if not blocked:
        readout_closer.show(readout)


def _checks(readout: Readout) -> None:
    failed = [check.message for check in readout.checks if not check.passed]
    if readout.srm.status == "warned":
        failed.insert(
            0,
            "The split of the users is further from the plan than chance usually brings about "
            f"(p = {readout.srm.p_value:.2g}). Read the numbers with care.",
        )
    for message in failed:
        st.warning(ui.plain(message), icon=":material/warning:")
    passed = [check for check in readout.checks if check.passed]
    split = readout.srm.status != "blocked" and readout.srm.p_value is not None
    with st.expander(f"Checks passed ({len(passed) + (split and readout.srm.status == 'passed')})"):
        if split:
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
    lifts, cautions = tables.lifts(frame), tables.cautions(frame)
    ui.chart(
        readout.figure(),
        f"Relative difference from {readout.control} by metric, with intervals. {readout.verdict}",
        "lifts",
    )
    st.caption(f"In brackets: {words.percent(1 - readout.alpha, 0)} intervals.")
    ui.table(
        lifts,
        alt="Every metric with its lift, interval and p-values",
        column_config=readout_closer.about(lifts),
        height="content",
    )
    with st.expander("Corrected p-values, intervals for any time, what the test could find"):
        ui.table(
            cautions,
            alt="Every metric with corrected p-values, always-valid interval and smallest lift found",
            column_config=readout_closer.about(cautions),
            height="content",
        )


def _downloads(readout: Readout, name: str, primary: bool) -> None:
    if not session.may("export"):
        return
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
            "One page to send (HTML)",
            data=lambda: to_html(readout, name),
            file_name="readout.html",
            mime="text/html",
            on_click="ignore",
        )
        st.download_button(
            "Full report (JSON)",
            data=lambda: json.dumps(readout.report(), indent=2, allow_nan=False),
            file_name="readout.json",
            mime="application/json",
            on_click="ignore",
        )
