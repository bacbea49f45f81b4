"""Charts of what sets an audience apart: ratios with their intervals. No I/O."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, INK, ORANGE, figure

POINTS = 100
BAND = 46  # pixels a line
LONGEST = 34  # letters of a name; the rest is in the hover text and in the table
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
MOST = 1_000.0  # where nobody else has a thing the ratio is beyond any scale


def ratios(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Draw how many times as many users of the audience have each thing, with its interval.

    Names stand above their lines rather than beside the axis, so that a phone has room for both.

    Args:
        rows: label, share, elsewhere, listed (may be None), ratio, low, high, from the top down;
            shares from 0 to 1.
    """
    chart = figure(110 + BAND * max(len(rows), 1))
    chart.add_vline(x=1, line_color=GREY, line_width=1.5)
    lines = list(range(len(rows) - 1, -1, -1))
    middle = [min(row["ratio"], MOST) for row in rows]
    chart.add_scatter(
        x=middle,
        y=lines,
        customdata=[[html.escape(row["label"]), row["low"], row["high"]] for row in rows],
        mode="markers",
        marker={"size": 11, "color": BLUE, "symbol": "circle"},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [min(row["high"], MOST) - at for row, at in zip(rows, middle, strict=True)],
            "arrayminus": [at - min(row["low"], MOST) for row, at in zip(rows, middle, strict=True)],
            "thickness": 2,
            "width": 5,
        },
        name="Audience, 95 % interval",
        hovertemplate="%{customdata[0]}: %{x:.3g} times as many "
        "(%{customdata[1]:.3g}–%{customdata[2]:.3g})<extra></extra>",
    )
    listed = [
        (line, row, row["listed"] / row["elsewhere"])
        for line, row in zip(lines, rows, strict=True)
        if row["listed"] and row["elsewhere"]
    ]
    if listed:
        chart.add_scatter(
            x=[min(ratio, MOST) for *_, ratio in listed],
            y=[line for line, *_ in listed],
            customdata=[[html.escape(row["label"])] for _, row, _ in listed],
            mode="markers",
            marker={"size": 10, "color": ORANGE, "symbol": "diamond-open", "line": {"width": 2}},
            name="Seed list",
            hovertemplate="%{customdata[0]}, seed list: %{x:.3g} times as many<extra></extra>",
        )
    for line, row in zip(lines, rows, strict=True):
        shares = f"{POINTS * row['share']:.3g} % against {POINTS * row['elsewhere']:.3g} %"
        chart.add_annotation(
            text=f"{_short(row['label'])} <span style='color:{GREY}'>{shares}</span>",
            x=0,
            xref="paper",
            y=line,
            yshift=BAND / 2 - 8,
            xanchor="left",
            showarrow=False,
            bgcolor="rgba(255,255,255,0.85)",  # the line at 1 must not run through a name
            borderpad=1,
            font={"size": 13, "color": INK},
        )
    chart.update_xaxes(
        title="Times as many as among the other users", type="log", tickvals=TICKS, ticktext=TICKS
    )
    chart.update_yaxes(visible=False, range=[-0.5, max(len(rows), 1) - 0.2])
    return chart.update_layout(showlegend=True, margin={"l": 16})


def _short(label: str) -> str:
    cut = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
    # Plotly reads annotations as HTML
    return html.escape(cut)
