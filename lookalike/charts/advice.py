"""Charts of the advice on a list: its learning curve, and differences with intervals. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREEN, GREY, VERMILION, figure

POINTS = 100
STYLES = {"better": (GREEN, "circle"), "worse": (VERMILION, "x"), "same": (GREY, "circle-open")}


def learning_curve(points: Sequence[Mapping[str, float]]) -> go.Figure:
    """Draw recall against seed size with its interval.

    Args:
        points: size, recall, low, high, ascending; shares from 0 to 1.
    """
    chart = figure(320)
    sizes = [point["size"] for point in points]
    recall, low, high = (
        [POINTS * point[name] for point in points] for name in ("recall", "low", "high")
    )
    chart.add_scatter(
        x=sizes + sizes[::-1],
        y=high + low[::-1],
        fill="toself",
        fillcolor="rgba(0,114,178,0.14)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name="95 % interval",
    )
    chart.add_scatter(
        x=sizes,
        y=recall,
        customdata=list(zip(low, high, strict=True)),
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 8},
        name="Held-out seeds found",
        hovertemplate="%{x:,} seeds: %{y:.1f} % (%{customdata[0]:.0f}–%{customdata[1]:.0f})"
        "<extra></extra>",
    )
    chart.update_xaxes(
        title="Seeds trained on", type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes]
    )
    return chart.update_yaxes(title="Held-out seeds found, %", rangemode="tozero")


def gains(rows: Sequence[Mapping[str, Any]], axis: str) -> go.Figure:
    """Draw what each way finds more, in points, with its interval around a grey line at 0.

    Args:
        rows: label, difference, low, high, verdict ("better", "worse", "same"), from the top down;
            shares from 0 to 1.
        axis: The title of the axis.
    """
    chart = figure(110 + 44 * max(len(rows), 1))
    chart.add_vline(x=0, line_color=GREY, line_width=1.5)
    names = {"better": "Better", "worse": "Worse", "same": "No clear difference"}
    height = {row["label"]: len(rows) - 1 - place for place, row in enumerate(rows)}
    for verdict, (colour, symbol) in STYLES.items():
        there = [row for row in rows if row["verdict"] == verdict]
        if not there:
            continue
        chart.add_scatter(
            x=[POINTS * row["difference"] for row in there],
            y=[height[row["label"]] for row in there],
            customdata=[[row["label"], POINTS * row["low"], POINTS * row["high"]] for row in there],
            mode="markers",
            marker={"size": 11, "color": colour, "symbol": symbol, "line": {"width": 2}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [POINTS * (row["high"] - row["difference"]) for row in there],
                "arrayminus": [POINTS * (row["difference"] - row["low"]) for row in there],
                "thickness": 2,
                "width": 5,
            },
            name=names[verdict],
            hovertemplate="%{customdata[0]}: %{x:+.1f} points "
            "(%{customdata[1]:+.1f} to %{customdata[2]:+.1f})<extra></extra>",
        )
    chart.update_xaxes(title=axis)
    chart.update_yaxes(
        tickvals=list(height.values()),
        ticktext=list(height),
        range=[-0.6, max(len(rows), 1) - 0.4],
        showgrid=False,
    )
    return chart.update_layout(showlegend=True)
