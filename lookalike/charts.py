"""Tables in, Plotly figures out: the palette and one template for every chart. No I/O."""

from __future__ import annotations

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
INK = "#1F2937"

TEMPLATE = go.layout.Template(
    layout={
        "colorway": list(PALETTE),
        "font": {"family": "Source Sans, Source Sans Pro, sans-serif", "size": 14, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
        "xaxis": {"gridcolor": GRID, "zeroline": False, "automargin": True, "fixedrange": True},
        "yaxis": {"gridcolor": GRID, "zeroline": False, "automargin": True, "fixedrange": True},
        "legend": {"orientation": "h", "y": -0.2, "x": 0, "title": None},
        "hoverlabel": {"namelength": -1},
    }
)


def figure(height: int = 380) -> go.Figure:
    """Return an empty figure in the house template, `height` in pixels."""
    return go.Figure(layout={"template": TEMPLATE, "height": height})
