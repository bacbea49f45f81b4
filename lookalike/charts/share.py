"""Expected share of look-alikes against audience size. No I/O."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lookalike.charts.recall import band, by_size
from lookalike.charts.theme import BLUE, GREY, figure


def share_curve(points: pd.DataFrame, chance: float, mark: float | None = None) -> go.Figure:
    """Draw the expected share with its prediction interval, and what a random audience holds.

    Args:
        points: Columns k, people, share, share_low, share_high, by ascending k; shares from 0 to 1.
        chance: The share among all users that an audience can hold.
        mark: A size to mark with a vertical line, as a share of the eligible users.
    """
    chart = figure(360)
    size = points.k * 100
    limits = points.assign(low=points.share_low, high=points.share_high)  # recall has its own
    band(chart, limits, BLUE, 0.14, "90 % interval")
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
    by_size(chart, points.k, mark)
    chart.update_yaxes(title="Look-alikes in the audience, %", rangemode="tozero")
    return chart.update_layout(hovermode="x unified")
