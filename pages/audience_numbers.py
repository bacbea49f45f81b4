"""What an audience of the chosen size holds, and what the evidence says of it."""

from __future__ import annotations

import pandas as pd
import streamlit as st
import ui
from audience_size import Chosen
from pool_input import show_steps

from lookalike.cutting import percent
from lookalike.expansion import Expansion
from lookalike.expected_share import rounded


def numbers(result: Expansion, chosen: Chosen) -> None:
    """Show what the audience holds, and what the evidence says of its size."""
    there = result.at(chosen.audience.size)
    ui.numbers(
        (
            "People",
            f"{len(chosen.audience.selection):,}",
            f"{percent(float(f'{chosen.share:.3g}'))} of {result.ranking.eligible:,} eligible users.",
        ),
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
        (
            "Expected look-alikes",
            f"{rounded(there['share'])} %",
            "Share of the audience; the interval below holds what turns out in 9 of 10 cases.",
        ),
    )
    st.markdown(ui.plain(result.share_sentence(chosen.audience.size)))
    cut = chosen.audience
    if cut.held_out:
        st.markdown(f"{cut.held_out:,} of them are held back; {cut.rows:,} are in the download.")
    elif cut.cut.holdout:
        st.warning("By lot nobody is held back: choose a larger share, or a larger audience.")
    if caveat := cut.caveat():
        st.caption(caveat)


def tiers(result: Expansion, chosen: Chosen) -> None:
    """Show what each tier holds and finds."""
    if not chosen.audience.selection.ends:
        return
    rows = []
    for share, end in chosen.audience.selection.ends:
        there = result.at(end / result.ranking.eligible)
        rows.append(
            (
                percent(share),
                f"{end:,}",
                f"{100 * there['recall']:.0f} %",
                f"{rounded(there['share'])} %",
            )
        )
    titles = ["Tier", "People", "Held-out seeds found", "Expected look-alikes"]
    ui.table(pd.DataFrame(rows, columns=titles), alt="What each tier holds and finds", key="tier table")


def waterfall(chosen: Chosen) -> None:
    """Fold away who could not be in it, and why."""
    steps = chosen.audience.waterfall()
    if steps:
        with st.expander("Who could be in it", key="waterfall"):
            show_steps(steps, "waterfall steps")
