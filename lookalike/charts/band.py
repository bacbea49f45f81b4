"""Lift by score band, and what was expected of the bands beside what they did. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, ORANGE, PALETTE, SYMBOLS, figure

Rows = Sequence[Mapping[str, Any]]
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
GAP = 0.14  # between the treatments of a band, in bands


def lift_by_band(panels: Mapping[str, Rows]) -> go.Figure:
    """Draw the relative lift in every band with its interval, the best band left.

    Args:
        panels: For each panel's title, from the top down, its rows: treatment, band (1 is the
            best), name (of the band), rel_lift and rel_ci, as shares; None where unknown. A second panel
            is for what must not get worse, such as the hide rate.

    Returns:
        Panels above one another with the same bands; treatments differ in colour and marker.
    """
    every = [row for rows in panels.values() for row in rows]
    names = {row["band"]: str(row["name"]) for row in sorted(every, key=lambda row: int(row["band"]))}
    treatments = list(dict.fromkeys(str(row["treatment"]) for row in every))
    chart = figure(130 + 220 * max(len(panels), 1)).set_subplots(
        rows=max(len(panels), 1),
        shared_xaxes=True,
        vertical_spacing=0.12,
        subplot_titles=[f"<b>{_plain(title)}</b>" for title in panels],
    )
    for number, rows in enumerate(panels.values(), start=1):
        for place, treatment in enumerate(treatments):
            own = [row for row in rows if row["treatment"] == treatment and row["rel_lift"] is not None]
            shift = GAP * (place - (len(treatments) - 1) / 2)
            chart.add_trace(_lifts(own, treatment, place, shift, named=number == 1), row=number, col=1)
        chart.add_hline(y=0, line_color=GREY, line_width=1.5, row=number, col=1)
    chart.update_annotations(x=0, xanchor="left", yshift=6, font_size=14)
    chart.update_xaxes(
        tickvals=list(names),
        ticktext=[name.replace(" to ", "–") for name in names.values()],
        range=[min(names, default=1) - 0.5, max(names, default=1) + 0.5],
        showgrid=False,
    )
    chart.update_xaxes(title="Users by score, best band left", row=max(len(panels), 1), col=1)
    chart.update_yaxes(tickformat=".1~%", nticks=7)
    return chart.update_layout(showlegend=True)


def offline_beside_online(rows: Rows, what: str) -> go.Figure:
    """Draw for every band the share expected of it beside the share that came about.

    Args:
        rows: By ascending band: name, share (of users), offline, online and online_ci, as shares.
        what: What is counted online, such as clicks.
    """
    chart = figure(400)
    names = [str(row["name"]).replace(" to ", "–") for row in rows]
    chart.add_bar(
        x=names,
        y=[100 * row["offline"] for row in rows],
        name="Offline: held-out seeds",
        marker={
            "color": BLUE,
            "pattern": {"shape": "/", "bgcolor": BLUE, "fgcolor": "white", "size": 7},
        },
        hovertemplate="%{y:.1f} % of held-out seeds<extra></extra>",
    )
    chart.add_bar(
        x=names,
        y=[100 * row["online"] for row in rows],
        name=f"Online: {_plain(what)}",
        marker={"color": ORANGE},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [100 * (row["online_ci"][1] - row["online"]) for row in rows],
            "arrayminus": [100 * (row["online"] - row["online_ci"][0]) for row in rows],
            "thickness": 2,
            "width": 5,
        },
        customdata=[[100 * bound for bound in row["online_ci"]] for row in rows],
        hovertemplate="%{y:.1f} % [%{customdata[0]:.1f}, %{customdata[1]:.1f}] "
        f"of {_plain(what)}<extra></extra>",
    )
    chart.add_scatter(
        x=names,
        y=[100 * row["share"] for row in rows],
        name="Share of users",
        mode="lines",
        line={"color": GREY, "width": 1.5, "dash": "longdashdot"},
        hovertemplate="%{y:.1f} % of users<extra></extra>",
    )
    chart.update_xaxes(title="Users by score, best band left", type="category", showgrid=False)
    chart.update_yaxes(title="Share in the band, %", rangemode="tozero")
    return chart.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)


def _lifts(rows: Rows, treatment: str, place: int, shift: float, *, named: bool) -> go.Scatter:
    colour = PALETTE[place % len(PALETTE)]
    bounds = [row["rel_ci"] or (row["rel_lift"], row["rel_lift"]) for row in rows]
    return go.Scatter(
        x=[row["band"] + shift for row in rows],
        y=[row["rel_lift"] for row in rows],
        name=_plain(treatment),
        legendgroup=str(place),
        showlegend=named,
        mode="lines+markers",
        line={"color": colour, "width": 1, "dash": DASHES[place % len(DASHES)]},
        marker={"size": 10, "symbol": SYMBOLS[place % len(SYMBOLS)], "color": colour},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - row["rel_lift"] for row, (_, high) in zip(rows, bounds, strict=True)],
            "arrayminus": [row["rel_lift"] - low for row, (low, _) in zip(rows, bounds, strict=True)],
            "thickness": 2,
            "width": 5,
        },
        customdata=[
            [str(row["name"]), low, high] for row, (low, high) in zip(rows, bounds, strict=True)
        ],
        hovertemplate="%{customdata[0]}: %{y:+.1%} [%{customdata[1]:+.1%}, %{customdata[2]:+.1%}]",
    )


def _plain(text: str) -> str:
    """Keep a name from a file from being read as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
