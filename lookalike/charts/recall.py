"""Recall against audience size: one list with its baselines. No I/O."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, ORANGE, figure


def recall_curves(
    curves: pd.DataFrame,
    method: str,
    labels: Mapping[str, str],
    chance: float = 1.0,
    mark: float | None = None,
) -> go.Figure:
    """Draw recall against audience size: the chosen method with its interval, the others in grey.

    Args:
        curves: Columns method, k, recall, low, high; shares from 0 to 1.
        method: The chosen one.
        labels: What to call each method.
        chance: What a random ranking finds at a size, as a multiple of the size.
        mark: A size to mark with a vertical line, as a share.
    """
    chart = figure()
    own = curves[curves.method == method]
    band(chart, own, BLUE, 0.14, "95 % interval")
    _line(chart, own, labels[method], BLUE, "solid", 3)
    dashes = ("dash", "dot", "dashdot", "longdash")
    others = [name for name in labels if name != method and (curves.method == name).any()]
    for name, dash in zip(others, dashes, strict=False):
        there = curves[curves.method == name]
        _line(chart, there, labels[name], GREY, dash, 1.5)
    chart.add_scatter(
        x=own.k * 100,
        y=(own.k * chance).clip(upper=1) * 100,
        mode="lines",
        name="Random",
        line={"color": GREY, "width": 1, "dash": "longdashdot"},
        hovertemplate="%{y:.1f} %",
    )
    by_size(chart, own.k, mark)
    chart.update_yaxes(title="Held-out seeds found, %", range=[0, 101])
    return chart.update_layout(hovermode="x unified", height=420)


def by_size(chart: go.Figure, ks: pd.Series, mark: float | None) -> None:
    """Lay a chart out by audience size, and mark a size (a share) with a vertical line."""
    if mark is not None:
        chart.add_vline(x=mark * 100, line={"color": ORANGE, "width": 2})
        # an annotation on a logarithmic axis stands at the logarithm
        place = {"x": float(np.log10(mark * 100)), "y": 1, "yref": "paper", "yanchor": "bottom"}
        chart.add_annotation(text=f"<b>{100 * mark:g} %</b>", showarrow=False, **place)
    chart.update_xaxes(title="Audience size, % of eligible users", type="log", **log_percent(ks))


def band(chart: go.Figure, curve: pd.DataFrame, colour: str, opacity: float, name: str = "") -> None:
    """Add the area between the columns low and high of a curve."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    chart.add_scatter(
        x=pd.concat([curve.k, curve.k[::-1]]) * 100,
        y=pd.concat([curve.high, curve.low[::-1]]) * 100,
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},{opacity})",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name=name,
        showlegend=bool(name),
    )


def _line(
    chart: go.Figure, curve: pd.DataFrame, label: str, colour: str, dash: str, width: float
) -> None:
    chart.add_scatter(
        x=curve.k * 100,
        y=curve.recall * 100,
        mode="lines",
        name=label,
        line={"color": colour, "width": width, "dash": dash},
        hovertemplate="%{y:.1f} %",
    )


def log_percent(ks: pd.Series) -> dict[str, object]:
    """Ticks at 1-2-5 percentages, and a range that ends at the data."""
    ticks = [tick for tick in (0.2, 0.5, 1, 2, 5, 10, 20, 50) if tick <= ks.max() * 100]
    span = [float(np.log10(ks.min() * 100)), float(np.log10(ks.max() * 100))]
    return {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "range": span}
