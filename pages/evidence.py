"""The second half of Expand: evidence, size, download."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st
import ui

from lookalike import charts
from lookalike.evaluation import SIZES
from lookalike.expansion import Expansion
from lookalike.methods import METHODS
from lookalike.seeds import Problem

USUAL = 0.05


def problems(found: Sequence[Problem]) -> pd.DataFrame:
    """Lay problems out as a table."""
    return pd.DataFrame([(one.line, one.text) for one in found], columns=["Line", "What"])


def show(result: Expansion) -> None:
    """Draw a finished expansion."""
    st.markdown(f"### {result.sentence()}")
    _caveats(result)
    chart = st.container()
    _table(result)
    st.subheader("Size")
    size = st.select_slider(
        "Audience size", SIZES, value=USUAL, format_func=lambda k: f"{100 * k:g} %", key="size"
    )
    audience = result.audience(size)
    there = result.at(size)
    ui.numbers(
        ("People", f"{audience.rows:,}", "Eligible users without the seeds themselves."),
        (
            "Held-out seeds found",
            f"{100 * there['recall']:.0f} %",
            f"Between {100 * there['low']:.0f} and {100 * there['high']:.0f} % (95 % interval).",
        ),
        (
            "Times random",
            f"{there['recall'] / there['chance']:.1f}",
            f"A random audience of that size finds {100 * there['chance']:.1f} %.",
        ),
    )
    figure = result.figure(mark=size)
    with chart:
        ui.chart(figure, f"Held-out seeds found by audience size. {result.sentence()}", "recall")
    _download(result, size)


def _caveats(result: Expansion) -> None:
    metrics = result.run.metrics
    weight = metrics["weight"]["label"]
    st.caption(
        f"{METHODS[result.spec.method].label} on {metrics['seeds']['used']:,} seeds, "
        f"{ui.plain(weight).lower() if not result.weighted else 'weighted by ' + ui.plain(weight)}. "
        f"{metrics['held_out']:,} seeds were held out in {metrics['folds']} rounds; "
        f"{metrics['eligible']:,} users are eligible."
    )
    for leak in metrics["leaking"]:
        st.warning(f"Too good to be true: {ui.plain(leak)}")
    outside = metrics["seeds"]["outside_pool"]
    if outside:
        st.caption(f"{outside:,} seeds were not active lately: they train, but are not held out.")
    if ahead := result.winner():
        st.info(ui.plain(result.winner_sentence(ahead)), icon=":material/info:")


def _table(result: Expansion) -> None:
    with st.expander("The same numbers as a table"):
        ui.table(result.table(), height=320)
    losses = result.losses()
    if losses:
        with st.expander("How the training went"):
            ui.chart(charts.loss_curve(losses, len(losses)), "Training loss by epoch", "losses")


def _download(result: Expansion, size: float) -> None:
    audience = result.audience(size)
    st.download_button(
        f"Download {audience.rows:,} users (CSV)",
        data=audience.csv_bytes,
        file_name=f"audience-{result.run.id}-{audience.rows}.csv",
        mime="text/csv",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )
    st.caption("One line a user: user_id, score, rank, percentile. The best match comes first.")
