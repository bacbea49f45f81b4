"""Asking what decides a test: typed in, or measured on past data."""

from __future__ import annotations

from typing import Any

import session
import streamlit as st
import ui

from lookalike import uploads
from lookalike.experiment import preview
from lookalike.experiment.metrics import EVERY
from lookalike.experiment.planning import plan_words
from lookalike.experiment.planning.baseline import (
    Baseline,
    from_file,
    mean_baseline,
    rate_baseline,
    share_baseline,
)

FILE, READ = "past data", "past data as read"
# as the address has them, too
SHARE, RATE, AMOUNT, PAST = "Share", "Rate", "Amount", "Past data"
ABOUT = {
    SHARE: "A share of users, such as those who buy: every user does or does not.",
    RATE: "A rate per impression, such as the click rate, of users who differ.",
    AMOUNT: "An amount per user, such as revenue: the mean over all users, those with nothing included.",
    PAST: "One row a user, or one a user and day: user_id and what you measured of impressions, "
    "clicks, hides, good_clicks, revenue. Columns of the time before, such as pre_clicks, "
    "say how much smaller the test can be. A variant is not needed.",
}
SPREAD = (
    "How many times more the rate varies than if every impression were on its own; 1 is not at all. "
    "Users who like to click make it larger: 1.5 to 5 is usual. A readout calls it “variance it misses”."
)


def number(label: str, default: float | None, key: str, low: float, high: float, **more: Any) -> Any:
    """Ask for a number that the address remembers."""
    return st.number_input(label, low, high, default, key=key, bind="query-params", **more)


def measured() -> list[Baseline]:
    """Ask for the baseline; the metric that decides stands first. Empty until there is one."""
    kind = st.segmented_control(
        "What decides the test",
        list(ABOUT),
        default=SHARE,
        required=True,
        key="kind",
        bind="query-params",
    )
    st.caption(ABOUT[kind])
    if kind == PAST:
        return _from_file()
    with st.grid(3):
        if kind == SHARE:
            share = number("Share of users now, %", 4.0, "share", 0.01, 99.99, format="%.2f")
            return [share_baseline(share / 100, "the share")]
        if kind == RATE:
            rate = number("Rate now, %", 2.0, "rate", 0.01, 99.99, format="%.2f")
            events = number("Impressions a user", 10.0, "impressions", 0.1, 1e6, format="%.1f")
            spread = number("Spread between users", 2.0, "spread", 0.1, 1e6, format="%.1f", help=SPREAD)
            return [rate_baseline(rate / 100, events, spread, "the rate")]
        mean = number("Mean per user now", 2.0, "mean", -1e12, 1e12, format="%.2f")
        about = "How far users are from the mean, typically: the standard deviation of past data."
        sd = number("Standard deviation", 8.0, "sd", 0.01, 1e12, format="%.2f", help=about)
        return [mean_baseline(mean, sd, "the mean")]


def _from_file() -> list[Baseline]:
    file = st.file_uploader(
        "Past data (CSV, Parquet or Excel)",
        type=["csv", "tsv", "txt", "parquet", "pq", "xlsx"],
        max_upload_size=session.workspace().settings.upload_mb,
        key=FILE,
    )
    if file is None:
        return []
    held: tuple[str, tuple[Baseline, ...]] | None = st.session_state.get(READ)
    if held is None or held[0] != file.file_id:
        with (
            st.spinner("Reading the file"),
            uploads.briefly(session.workspace(), file.name, file.getvalue()) as path,
        ):
            seen = preview(path)
            # a file without the usual columns is measured by its own
            usual = any(set(metric.columns) <= set(seen.found) for metric in EVERY)
            held = (file.file_id, from_file(path, () if usual else seen.measurable()))
        st.session_state[READ] = held
    found = {one.metric: one for one in held[1]}
    chosen = st.selectbox(
        "The metric that decides",
        list(found),
        index=list(found).index("ctr") if "ctr" in found else 0,
        format_func=lambda name: plan_words.titled(found[name].label),
        key=f"metric of {file.file_id}",
    )
    with st.expander("What the past data say"):
        ui.table(plan_words.baseline_table(held[1]), alt="Each metric of the past data")
    return [found[chosen], *(one for one in held[1] if one.metric != chosen)]
