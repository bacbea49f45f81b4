"""The second half of Expand: evidence, size, download."""

from __future__ import annotations

from collections.abc import Sequence

import audience_numbers
import audience_size
import download
import pandas as pd
import portrait_view
import streamlit as st
import ui
from words import count

from lookalike import charts, runs
from lookalike.errors import LookalikeError
from lookalike.expansion import Expansion
from lookalike.methods import METHODS
from lookalike.seeds import Problem


def problems(found: Sequence[Problem]) -> pd.DataFrame:
    """Lay problems out as a table."""
    return pd.DataFrame([(one.line, one.text) for one in found], columns=["Line", "What"])


def show(result: Expansion) -> None:
    """Draw a finished expansion."""
    st.markdown(f"## {result.sentence()}")
    _caveats(result)
    st.markdown("[Choose its size](#size), or [go to the download](#download)")
    above = st.container()
    st.header("Size")
    try:
        chosen = audience_size.choose(result)
    except LookalikeError as error:  # the evidence stays in sight while the size is mended
        ui.problem(error)
        with above:
            _chart(result, audience_size.USUAL)
        return
    numbers = st.container()
    result = _assuming(result)
    with numbers:
        audience_numbers.numbers(result, chosen)
        audience_numbers.tiers(result, chosen)
    with above:
        _chart(result, chosen.share)
        _table(result)
    download.show(result, chosen)
    st.header("About this audience")
    audience_numbers.waterfall(chosen)
    portrait_view.show(result, chosen.audience.selection.rows)


def _assuming(result: Expansion) -> Expansion:
    with st.popover("Change the assumption", icon=":material/tune:"):
        given = st.number_input(
            "Look-alikes among the other users",
            min_value=1,
            max_value=len(result.ranking),
            value=result.look_alikes,
            key=f"look-alikes {result.run.id}",
        )
        st.caption(
            "A seed list cannot tell how many more people are like its own, so a number is assumed: "
            "as many as there are seeds, unless you know better. For a list of buyers, say, how many "
            "of your users would buy in the time of the campaign."
        )
    return result if given == result.look_alikes else result.assuming(given)


def _chart(result: Expansion, size: float) -> None:
    views = ("Held-out seeds found", "Expected look-alikes")
    view = st.segmented_control("Chart", views, default=views[0], label_visibility="collapsed")
    if view == views[1]:
        words = ui.plain(result.share_sentence(size))
        ui.chart(result.share_figure(mark=size), f"{view} by audience size. {words}", "share")
        st.caption(f"How many of an audience are look-alikes, {result.assumption()}.")
        return
    figure = result.figure(mark=size)
    ui.chart(figure, f"{views[0]} by audience size. {result.sentence()}", "recall")


def _caveats(result: Expansion) -> None:
    metrics = result.run.metrics
    weight, method = metrics["weight"]["label"], METHODS[result.spec.method]
    st.caption(
        f"{method.label} on {metrics['seeds']['used']:,} seeds, "
        f"{ui.plain(weight).lower() if not result.weighted else 'weighted by ' + ui.plain(weight)}. "
        f"{count(metrics['held_out'], 'held-out seed')} in {count(metrics['folds'], 'round')}; "
        f"{metrics['eligible']:,} users are eligible."
    )
    if carried := result.carried():
        st.caption(ui.plain(carried))
        if _learned_since(result):
            st.info(
                "The program has learned from past lists since: expanding this list again may "
                "find more.",
                icon=":material/info:",
            )
    for leak in metrics["leaking"]:
        st.warning(f"Too good to be true: {ui.plain(leak)}")
    outside = metrics["seeds"]["outside_pool"]
    if outside:
        st.caption(
            f"Outside the pool (not active lately, or not in the chosen segments), so trained on but "
            f"not held out: {count(outside, 'seed')}."
        )
    if ahead := result.winner():
        st.info(ui.plain(result.winner_sentence(ahead)), icon=":material/info:")
    ui.step(f"What “{method.label}” is", "methods", method=method.name)


def _learned_since(result: Expansion) -> bool:
    """Whether past lists were learned from after a run that could not use them."""
    if result.run.metrics["blend"]["past_lists"]:
        return False
    newest = runs.recent(result.workspace, ["prepare"], limit=1)
    return any(
        run.status == "done" and run.metrics["lists"] and run.finished > result.run.created
        for run in newest
    )


def _table(result: Expansion) -> None:
    with st.expander("The same numbers as a table", key="same numbers"):
        own = f"{METHODS[result.spec.method].label}, %"
        shares = ui.ranged(result.table(), own, "Low, %", "High, %")
        shares = ui.ranged(shares, "Expected look-alikes, %", "At least, %", "At most, %")
        short = st.column_config.NumberColumn("Size, %", format="%.2f")
        ui.table(shares, height=320, column_config={"Size, % of users": short})
    losses = result.losses()
    if losses:
        with st.expander("How the training went"):
            ui.chart(charts.loss_curve(losses, len(losses)), "Training loss by epoch", "losses")
