"""Charts of an experiment over time and of its trial on itself. No I/O."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, ORANGE, VERMILION, figure
from lookalike.written import true_minus

POINTS = 100
BAND = "rgba(0,114,178,0.16)"
ROOM = 0.08


def cumulative_lift(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Draw how a lift and its two intervals came about, day by day.

    The band is for somebody who looks once; the dashed lines hold for somebody who looks every
    day. The axis fits the lift and the later half of the days: the first intervals may be so wide
    that nothing else could be seen, and run out of the picture.

    Args:
        rows: Of one treatment and metric, by ascending day: day (a date or its ISO text),
            rel_lift, rel_ci, always_valid_rel_ci; shares, None where unknown.
    """
    chart = figure(360)
    known = [row for row in rows if row["rel_lift"] is not None]
    if not known:
        chart.add_annotation(text="No day can be compared yet", showarrow=False)
        return chart.update_xaxes(visible=False).update_yaxes(visible=False)
    chart.add_hline(y=0, line_color=GREY, line_width=1.5)
    fixed = [row for row in known if row["rel_ci"]]
    always = [row for row in known if row["always_valid_rel_ci"]]
    chart.add_scatter(
        x=[_day(row) for row in fixed + fixed[::-1]],
        y=_bounds(fixed, "rel_ci", 1) + _bounds(fixed, "rel_ci", 0)[::-1],
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name="Interval for one look",
    )
    for side in (1, 0):
        chart.add_scatter(
            x=[_day(row) for row in always],
            y=_bounds(always, "always_valid_rel_ci", side),
            mode="lines",
            line={"color": ORANGE, "width": 2, "dash": "dash"},
            hoverinfo="skip",
            name="Interval for any number of looks",
            legendgroup="always",
            showlegend=side == 1,
        )
    chart.add_scatter(
        x=[_day(row) for row in known],
        y=[POINTS * row["rel_lift"] for row in known],
        customdata=[[_written(row["rel_ci"]), _written(row["always_valid_rel_ci"])] for row in known],
        mode="lines+markers",
        line={"color": BLUE, "width": 3},
        marker={"size": 6},
        name="Lift",
        hovertemplate="%{x|%Y-%m-%d}: %{y:+.1f} %<br>one look %{customdata[0]}"
        "<br>any number of looks %{customdata[1]}<extra></extra>",
    )
    chart.update_xaxes(type="date", tickformat="%-d %b", nticks=7, title="By the end of")
    if len(known) < 7:  # the axis would name hours between the days
        chart.update_xaxes(tickvals=[_day(row) for row in known])
    return chart.update_yaxes(title="Lift, %", range=_range(known))


def p_value_quantiles(ours: Sequence[float], naive: Sequence[float] = ()) -> go.Figure:
    """Draw the p-values of groups that do not differ against those that a sound test gives.

    Args:
        ours: Quantiles of p-values at (i + 1/2) / (how many there are), ascending.
        naive: The same of a test that takes events for independent; empty for none.
    """
    chart = figure(380)
    chart.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": GREY, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        name="A sound test",
    )
    for values, name, colour, dash in (
        (ours, "Here", BLUE, "solid"),
        (naive, "A naive tool", VERMILION, "dash"),
    ):
        if values:
            chart.add_scatter(
                x=[(place + 0.5) / len(values) for place in range(len(values))],
                y=list(values),
                mode="lines",
                line={"color": colour, "width": 3, "dash": dash},
                name=name,
                customdata=[POINTS * (place + 0.5) / len(values) for place in range(len(values))],
                hovertemplate="%{customdata:.0f} % of splits have p < %{y:.3f}",
            )
    quarters = [0, 0.25, 0.5, 0.75, 1]
    chart.update_xaxes(
        title="Share of random splits",
        range=[0, 1],
        tickvals=quarters,
        ticktext=[f"{POINTS * quarter:.0f} %" for quarter in quarters],
    )
    return chart.update_yaxes(title="p-value below which they are", range=[0, 1], tickvals=quarters)


def _day(row: Mapping[str, Any]) -> str:
    day = row["day"]
    return day.isoformat() if isinstance(day, dt.date) else str(day)


def _bounds(rows: Sequence[Mapping[str, Any]], name: str, side: int) -> list[float]:
    return [POINTS * row[name][side] for row in rows]


def _written(bounds: Sequence[float] | None) -> str:
    if not bounds:
        return "unknown"
    return true_minus(f"[{POINTS * bounds[0]:.1f}, {POINTS * bounds[1]:.1f}]")


def _range(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the limits of the axis: all lifts, 0, and the intervals of the later half of the days."""
    shown = [0.0, *(POINTS * row["rel_lift"] for row in rows)]
    for row in rows[len(rows) // 2 :]:
        for name in ("rel_ci", "always_valid_rel_ci"):
            shown += [POINTS * bound for bound in row[name] or ()]
    low, high = min(shown), max(shown)
    room = ROOM * (high - low) or 1.0
    return [low - room, high + room]
