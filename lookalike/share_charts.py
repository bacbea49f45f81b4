"""Expected share of look-alikes against audience size. No I/O."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lookalike.charts import BLUE, GREY, ORANGE, figure

TICKS = (0.2, 0.5, 1, 2, 5, 10, 20, 50)


def share_curve(points: pd.DataFrame, chance: float, mark: float | None = None) -> go.Figure:
    """Draw the expected share with its prediction interval, and what a random audience holds.

    Args:
        points: Columns k, people, share, share_low, share_high, by ascending k; shares from 0 to 1.
        chance: The share among all users that an audience can hold.
        mark: A size to mark with a vertical line, as a share of the eligible users.
    """
    chart = figure(360)
    size = points.k * 100
    red, green, blue = (int(BLUE[place : place + 2], 16) for place in (1, 3, 5))
    chart.add_scatter(
        x=pd.concat([size, size[::-1]]),
        y=pd.concat([points.share_high, points.share_low[::-1]]) * 100,
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},0.14)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name="90 % interval",
    )
    chart.add_scatter(
        x=size,
        y=points.share * 100,
        customdata=np.column_stack([points.share_low * 100, points.share_high * 100, points.people]),
        mode="lines",
        name="Expected look-alikes",
        line={"color": BLUE, "width": 3},
        hovertemplate="%{y:.1f} % (%{customdata[0]:.1f}–%{customdata[1]:.1f}) "
        "of %{customdata[2]:,.0f} people",
    )
    chart.add_scatter(
        x=size,
        y=np.full(len(points), chance * 100),
        mode="lines",
        name="Random",
        line={"color": GREY, "width": 1, "dash": "longdashdot"},
        hovertemplate="%{y:.1f} %",
    )
    if mark is not None:
        chart.add_vline(x=mark * 100, line={"color": ORANGE, "width": 2})
        # an annotation on a logarithmic axis stands at the logarithm
        place = {"x": float(np.log10(mark * 100)), "y": 1, "yref": "paper", "yanchor": "bottom"}
        chart.add_annotation(text=f"<b>{100 * mark:g} %</b>", showarrow=False, **place)
    ticks = [tick for tick in TICKS if tick <= size.max()]
    chart.update_xaxes(
        title="Audience size, % of eligible users",
        type="log",
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
        range=[float(np.log10(size.min())), float(np.log10(size.max()))],
    )
    chart.update_yaxes(title="Look-alikes in the audience, %", rangemode="tozero")
    return chart.update_layout(hovermode="x unified")
