"""Tables in, Plotly figures out: the palette and one template for every chart. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

BLUE, ORANGE, GREEN, PINK, SKY, VERMILION = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
)
PALETTE = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION)
GREY = "#6B7280"
GRID = "#E5E7EB"
INK = "#1F2937"

TEMPLATE = go.layout.Template(
    layout={
        "colorway": list(PALETTE),
        "font": {"family": "Source Sans, Source Sans Pro, sans-serif", "size": 14, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "xaxis": {
            "gridcolor": GRID,
            "zeroline": False,
            "automargin": True,
            "fixedrange": True,
            "ticklabelstandoff": 6,
        },
        "yaxis": {"gridcolor": GRID, "zeroline": False, "automargin": True, "fixedrange": True},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        "hoverlabel": {"namelength": -1},
    }
)


def figure(height: int = 380) -> go.Figure:
    """Return an empty figure in the house template, `height` in pixels."""
    return go.Figure(layout={"template": TEMPLATE, "height": height})


SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")


def relative_lifts(
    treatments: Mapping[str, Sequence[tuple[str, float, float, float]]], control: str
) -> go.Figure:
    """Draw relative lifts with their intervals around a grey line at no difference.

    Args:
        treatments: For each treatment its (metric, lift, low, high), as shares: 0.05 is 5 %.
        control: What they are compared with.

    Returns:
        One trace a treatment, told apart by colour and by marker; metrics from the top down.
    """
    metrics = list(dict.fromkeys(row[0] for rows in treatments.values() for row in rows))
    place = {metric: len(metrics) - 1 - number for number, metric in enumerate(metrics)}
    drawn = figure(height=150 + max(len(metrics), 1) * (28 + 16 * len(treatments)))
    drawn.add_vline(x=0, line_color=GREY, line_width=1.5)
    for number, (treatment, rows) in enumerate(treatments.items()):
        # treatments stand below each other within the band of a metric, never on one another
        shift = (len(treatments) - 1) / 2 - number
        drawn.add_trace(
            go.Scatter(
                x=[lift for _, lift, _, _ in rows],
                y=[place[metric] + 0.6 * shift / len(treatments) for metric, _, _, _ in rows],
                name=treatment,
                mode="markers",
                marker={
                    "size": 10,
                    "symbol": SYMBOLS[number % len(SYMBOLS)],
                    "color": PALETTE[number % len(PALETTE)],
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [high - lift for _, lift, _, high in rows],
                    "arrayminus": [lift - low for _, lift, low, _ in rows],
                    "thickness": 2,
                    "width": 5,
                },
                customdata=[[metric, low, high] for metric, _, low, high in rows],
                hovertemplate="%{customdata[0]}: %{x:+.1%} "
                "[%{customdata[1]:+.1%}, %{customdata[2]:+.1%}]",
            )
        )
    drawn.update_xaxes(title={"text": f"Difference from {control}", "font_size": 14}, tickformat=".1~%")
    drawn.update_yaxes(
        tickvals=list(place.values()),
        ticktext=list(place),
        range=[-0.6, max(len(metrics), 1) - 0.4],
        showgrid=False,
    )
    drawn.update_layout(showlegend=True)
    return drawn


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


def loss_curve(losses: Sequence[float], epochs: int) -> go.Figure:
    """Draw the training loss by epoch, the axis as long as the training will be."""
    chart = figure(260)
    if not losses:  # keep the place, without axes that say nothing
        chart.add_annotation(text="The loss appears here as soon as training starts", showarrow=False)
        return chart.update_xaxes(visible=False).update_yaxes(visible=False)
    chart.add_scatter(
        x=list(range(1, len(losses) + 1)),
        y=list(losses),
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 5},
        hovertemplate="epoch %{x}: %{y:.3f}<extra></extra>",
    )
    chart.update_xaxes(title="Epoch", range=[0.5, epochs + 0.5])
    chart.update_yaxes(title="Training loss", rangemode="tozero")
    return chart.update_layout(showlegend=False)


def weights_histogram(weights: Sequence[float]) -> go.Figure:
    """Draw how the seeds' weights are spread; 1 is an average seed."""
    chart = figure(240)
    chart.add_histogram(
        x=list(weights),
        nbinsx=30,
        marker={"color": BLUE, "line": {"color": "white", "width": 1}},
        hovertemplate="weight %{x}: %{y} seeds<extra></extra>",
    )
    chart.update_xaxes(title="Weight (1 = an average seed)", rangemode="tozero")
    chart.update_yaxes(title="Seeds")
    return chart.update_layout(showlegend=False)


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
