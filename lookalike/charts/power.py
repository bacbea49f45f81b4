"""The power of a planned test: by lift at a size, and by size at a lift. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, INK, VERMILION, figure

POWER = "%{y:.1f} %"


def power_by_lift(
    points: Sequence[tuple[float, float, float | None]],
    power: float,
    mark: float,
    past: float | None = None,
) -> go.Figure:
    """Draw the chance to find a lift against that lift.

    Args:
        points: Lift, power, and power with the adjustment for the time before (None without it),
            as shares, by ascending lift.
        power: The power asked for, drawn as a level line.
        mark: The lift asked for, drawn as a vertical line.
        past: The smallest lift that is found with that power; marked by a point.
    """
    chart = _curves([(100 * at, plain, adjusted) for at, plain, adjusted in points], power)
    _mark(chart, 100 * mark, f"{100 * mark:.3g} %")
    if past is not None and points and past <= points[-1][0]:
        _point(chart, 100 * past, power, f"Smallest lift: {100 * past:.2g} %")
    chart.update_xaxes(title="Relative lift, %")
    return chart


def power_by_users(
    points: Sequence[tuple[float, float, float | None]], power: float, needed: float, there: float | None
) -> go.Figure:
    """Draw the chance to find the lift against the users in all variants together.

    Args:
        points: Users, power, and power with the adjustment (None without it), by ascending users.
        power: The power asked for, drawn as a level line.
        needed: The users that reach it; marked by a point.
        there: The users that there are, drawn as a vertical line; None where nobody said.
    """
    chart = _curves(points, power)
    if there is not None:
        _mark(chart, there, f"{there:,.0f}")
    if points and needed <= points[-1][0]:
        _point(chart, needed, power, f"Needed for the lift: {needed:,.0f} users")
    chart.update_xaxes(title="Users in all variants together", tickformat="~s")
    return chart


def _curves(points: Sequence[tuple[float, float, float | None]], power: float) -> go.Figure:
    chart = figure(360)
    chart.add_hline(y=100 * power, line={"color": GREY, "width": 1, "dash": "dot"})
    chart.add_scatter(
        x=[at for at, _, _ in points],
        y=[100 * plain for _, plain, _ in points],
        mode="lines",
        name="Power",
        line={"color": BLUE, "width": 3},
        hovertemplate=POWER,
    )
    known = [(at, adjusted) for at, _, adjusted in points if adjusted is not None]
    if known:
        chart.add_scatter(
            x=[at for at, _ in known],
            y=[100 * adjusted for _, adjusted in known],
            mode="lines",
            name="With adjustment for the time before",
            line={"color": VERMILION, "width": 2, "dash": "dash"},
            hovertemplate=POWER,
        )
    chart.update_xaxes(rangemode="tozero")
    # a little above 100, so that a line at the top keeps its width
    chart.update_yaxes(title="Chance to find it, %", range=[0, 103], dtick=20)
    return chart.update_layout(showlegend=True, hovermode="x unified")


def _mark(chart: go.Figure, at: float, text: str) -> None:
    chart.add_vline(
        x=at,
        line={"color": INK, "width": 1, "dash": "dash"},
        annotation={"text": f"<b>{text}</b>", "yref": "paper", "y": 1, "yanchor": "bottom"},
        annotation_position="top",
    )


def _point(chart: go.Figure, at: float, power: float, name: str) -> None:
    chart.add_scatter(
        x=[at],
        y=[100 * power],
        mode="markers",
        name=name,
        marker={"symbol": "diamond", "size": 12, "color": BLUE, "line": {"color": "white", "width": 1}},
        hoverinfo="skip",
    )
