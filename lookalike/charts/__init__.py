"""Tables to Plotly figures: the palette and what pages draw alike; a module for each kind of figure."""

from lookalike.charts.theme import (
    BLUE,
    GREEN,
    GREY,
    GRID,
    INK,
    ORANGE,
    PALETTE,
    PINK,
    SKY,
    SYMBOLS,
    TEMPLATE,
    VERMILION,
    figure,
    loss_curve,
    relative_lifts,
    weights_histogram,
)

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "ORANGE",
    "PALETTE",
    "PINK",
    "SKY",
    "SYMBOLS",
    "TEMPLATE",
    "VERMILION",
    "figure",
    "loss_curve",
    "relative_lifts",
    "weights_histogram",
]
