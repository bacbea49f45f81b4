"""Recall against audience size: one list with its baselines, many lists by bucket. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lookalike.charts import BLUE, GREY, ORANGE, PALETTE, TEMPLATE, figure


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
    _band(chart, own, BLUE, 0.14, "95 % interval")
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
    if mark is not None:
        chart.add_vline(x=mark * 100, line={"color": ORANGE, "width": 2})
        # an annotation on a logarithmic axis stands at the logarithm
        place = {"x": float(np.log10(mark * 100)), "y": 1, "yref": "paper", "yanchor": "bottom"}
        chart.add_annotation(text=f"<b>{100 * mark:g} %</b>", showarrow=False, **place)
    chart.update_xaxes(title="Audience size, % of eligible users", type="log", **_log_percent(own.k))
    chart.update_yaxes(title="Held-out seeds found, %", range=[0, 101])
    return chart.update_layout(hovermode="x unified", height=420)


def recall_by_bucket(
    curves: pd.DataFrame, buckets: Sequence[str], labels: Mapping[str, str], few: int
) -> go.Figure:
    """Draw small multiples of mean recall, one panel a seed-size bucket, one line a method.

    Args:
        curves: Columns bucket, method, k, recall, low, high, lists.
        buckets: The panels, in order; those without lists are left out.
        labels: What to call each method.
        few: A bucket with fewer lists is drawn with hollow markers and says so.
    """
    panels = recall_panels(curves, buckets, labels, few)
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    chart = make_subplots(
        rows=lines,
        cols=columns,
        subplot_titles=list(panels),
        shared_yaxes=True,
        horizontal_spacing=0.05,
        vertical_spacing=0.3 / lines,
    )
    for place, panel in enumerate(panels.values()):
        for trace in panel.data:
            trace.showlegend = place == 0 and trace.mode == "lines+markers"
            chart.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    chart.update_layout(template=TEMPLATE, height=330 * lines + 90, margin={"t": 60})
    chart.update_xaxes(type="log", **_log_percent(curves.k))
    chart.update_yaxes(range=[0, 101])
    chart.update_yaxes(title="Held-out seeds found, %", col=1)
    return chart.update_xaxes(title="% of eligible users", row=lines)


def recall_panels(
    curves: pd.DataFrame, buckets: Sequence[str], labels: Mapping[str, str], few: int
) -> dict[str, go.Figure]:
    """Draw the panels of `recall_by_bucket` as figures of their own, by title."""
    styles = _styles(labels)
    panels = {}
    for bucket in buckets:
        inside = curves[curves.bucket == bucket]
        if not len(inside):
            continue
        lists = int(inside.lists.max())
        title = f"{bucket}: {lists} list{'s' if lists != 1 else ''}"
        chart = figure(340)
        for name, label in labels.items():
            there = inside[inside.method == name]
            colour, dash, symbol = styles[name]
            if colour != GREY and there.low.notna().all():
                _band(chart, there, colour, 0.10)
            chart.add_scatter(
                x=there.k * 100,
                y=there.recall * 100,
                customdata=there[["low", "high"]] * 100,
                name=label,
                legendgroup=name,
                mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2},
                marker={
                    "symbol": symbol + ("-open" if lists < few else ""),
                    "size": 7,
                    "maxdisplayed": 6,
                },
                hovertemplate=label
                + ": %{y:.1f} % (%{customdata[0]:.0f}–%{customdata[1]:.0f})<extra></extra>",
            )
        chart.update_xaxes(title="% of eligible users", type="log", **_log_percent(curves.k))
        chart.update_yaxes(title="Held-out seeds found, %", range=[0, 101])
        panels[title + (", too few to judge" if lists < few else "")] = chart
    return panels


def _band(chart: go.Figure, curve: pd.DataFrame, colour: str, opacity: float, name: str = "") -> None:
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


def _log_percent(ks: pd.Series) -> dict[str, object]:
    """Ticks at 1-2-5 percentages, and a range that ends at the data."""
    ticks = [tick for tick in (0.2, 0.5, 1, 2, 5, 10, 20, 50) if tick <= ks.max() * 100]
    span = [float(np.log10(ks.min() * 100)), float(np.log10(ks.max() * 100))]
    return {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks], "range": span}


def _styles(labels: Mapping[str, str]) -> dict[str, tuple[str, str, str]]:
    """Give each method a colour, a dash and a marker; colour is never the only difference."""
    dashes = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
    symbols = ("circle", "square", "diamond", "triangle-up", "x", "cross")
    styles = {}
    for place, name in enumerate(labels):
        reference = name in ("random", "activity")
        colour = GREY if reference else PALETTE[place % len(PALETTE)]
        styles[name] = (colour, dashes[place % len(dashes)], symbols[place % len(symbols)])
    return styles
