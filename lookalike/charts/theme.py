"""Tables in, Plotly figures out: the palette and one template for every chart. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

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
INK = "#0F172A"

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
            "title": {"font": {"size": 14}},
        },
        "yaxis": {
            "gridcolor": GRID,
            "zeroline": False,
            "automargin": True,
            "fixedrange": True,
            "ticklabelstandoff": 4,
            "title": {"font": {"size": 14}},
        },
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
    drawn.update_xaxes(title=f"Difference from {control}", tickformat=".1~%")
    drawn.update_yaxes(
        tickvals=list(place.values()),
        ticktext=list(place),
        range=[-0.6, max(len(metrics), 1) - 0.4],
        showgrid=False,
    )
    drawn.update_layout(showlegend=True)
    return drawn


def loss_curve(
    losses: Sequence[float],
    epochs: int,
    *,
    of: str = "Training loss",
    by: str = "Epoch",
    each: int = 1,
) -> go.Figure:
    """Draw a loss as it falls, the axis as long as the training will be.

    Args:
        losses: One an epoch, or one for each `each` of them.
        epochs: How many there will be.
        of: What the loss is.
        by: What an epoch is called.
        each: Epochs from one loss to the next.
    """
    chart = figure(260)
    if not losses:  # keep the place, without axes that say nothing
        chart.add_annotation(text="The loss appears here as soon as training starts", showarrow=False)
        return chart.update_xaxes(visible=False).update_yaxes(visible=False)
    chart.add_scatter(
        x=[each * number for number in range(1, len(losses) + 1)],
        y=list(losses),
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        marker={"size": 5},
        hovertemplate=f"{by.lower()} %{{x}}: %{{y:.3f}}<extra></extra>",
    )
    chart.update_xaxes(title=by, range=[each / 2, epochs + each / 2])
    chart.update_yaxes(title=of, rangemode="tozero")
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
