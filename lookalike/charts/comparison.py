"""Methods side by side: curves by bucket, ratios to the baseline, and seconds. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lookalike.charts.recall import band, log_percent
from lookalike.charts.theme import BLUE, GREY, ORANGE, PALETTE, SYMBOLS, TEMPLATE, figure

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
# what the vertical axis says
TITLES = {
    "recall": "Held-out seeds found, %",
    "precision": "Seed against random precision, %",
}


class Style(NamedTuple):
    """How a method is drawn everywhere; colour is never the only difference."""

    colour: str
    dash: str
    symbol: str
    reference: bool


def styles(methods: Sequence[str], references: Collection[str]) -> dict[str, Style]:
    """Give each method its colour, dash and marker, the same whichever of them are drawn.

    The references are grey; of the others six have colours of their own, and from the seventh on
    a colour comes with another dash and marker.
    """
    found = {}
    plain = [name for name in methods if name not in references]
    for place, name in enumerate(plain):
        turn = place + place // len(PALETTE)
        found[name] = Style(
            PALETTE[place % len(PALETTE)], DASHES[turn % 6], SYMBOLS[turn % len(SYMBOLS)], False
        )
    for place, name in enumerate(name for name in methods if name in references):
        found[name] = Style(GREY, DASHES[1 + place % 5], SYMBOLS[place % len(SYMBOLS)], True)
    return found


def panels(
    curves: pd.DataFrame,
    buckets: Sequence[str],
    labels: Mapping[str, str],
    looks: Mapping[str, Style],
    few: int,
    measure: str = "recall",
) -> dict[str, go.Figure]:
    """Draw one figure a seed-size bucket, one line a method, by title.

    Args:
        curves: Columns bucket, method, k, lists, and the measure with _low and _high.
        buckets: The panels, in order; those without lists are left out.
        labels: What to call each method; those that are drawn.
        looks: The style of each method.
        few: A bucket with fewer lists is drawn with hollow markers and says so.
        measure: "recall" or "precision".
    """
    drawn = {}
    bottom = _bottom(curves, measure)  # of all panels: they are to be compared
    for bucket in buckets:
        inside = curves[curves.bucket == bucket]
        if not len(inside):
            continue
        lists = int(inside.lists.max())
        title = f"{bucket}: {lists} list{'s' if lists != 1 else ''}"
        chart = figure(340)
        # the grey lines lie below the others
        for name in sorted(labels, key=lambda name: not looks[name].reference):
            _method(
                chart, inside[inside.method == name], labels[name], looks[name], lists < few, measure
            )
        chart.update_xaxes(title="% of eligible users", type="log", **log_percent(curves.k))
        chart.update_yaxes(title=TITLES[measure], range=[bottom, 101])
        drawn[title + (", too few to judge" if lists < few else "")] = chart
    return drawn


def _bottom(curves: pd.DataFrame, measure: str) -> float:
    """Where the axis begins: precision stays near 50 % or above, and so may its axis."""
    if measure == "recall":
        return 0.0
    return float(min(40, 10 * np.floor(10 * curves[measure].min(skipna=True))))


def _method(
    chart: go.Figure, curve: pd.DataFrame, label: str, look: Style, hollow: bool, measure: str
) -> None:
    low, high = curve[f"{measure}_low"], curve[f"{measure}_high"]
    if not look.reference and low.notna().all():
        limits = pd.DataFrame({"k": curve.k, "low": low, "high": high})
        band(chart, limits, look.colour, 0.10)
    chart.add_scatter(
        x=curve.k * 100,
        y=curve[measure] * 100,
        customdata=np.stack([low, high], axis=1) * 100,
        name=label,
        mode="lines" if look.reference else "lines+markers",
        line={"color": look.colour, "dash": look.dash, "width": 1.5 if look.reference else 2},
        marker={"symbol": look.symbol + ("-open" if hollow else ""), "size": 8, "maxdisplayed": 6},
        legendrank=1_001 if look.reference else 1_000,
        legendgroup=label,
        hovertemplate=label + ": %{y:.1f} % (%{customdata[0]:.0f}–%{customdata[1]:.0f})<extra></extra>",
    )


def by_bucket(
    curves: pd.DataFrame,
    buckets: Sequence[str],
    labels: Mapping[str, str],
    looks: Mapping[str, Style],
    few: int,
) -> go.Figure:
    """Draw the recall panels as small multiples in one figure with one legend."""
    drawn = panels(curves, buckets, labels, looks, few)
    columns = min(3, len(drawn))
    lines = -(-len(drawn) // columns)
    chart = make_subplots(
        rows=lines,
        cols=columns,
        subplot_titles=list(drawn),
        shared_yaxes=True,
        horizontal_spacing=0.05,
        vertical_spacing=0.3 / lines,
    )
    for place, panel in enumerate(drawn.values()):
        for trace in panel.data:
            trace.showlegend = place == 0 and bool(trace.name)
            chart.add_trace(trace, row=place // columns + 1, col=place % columns + 1)
    chart.update_layout(template=TEMPLATE, height=330 * lines + 90, margin={"t": 60})
    chart.update_xaxes(type="log", **log_percent(curves.k))
    chart.update_yaxes(range=[0, 101])
    chart.update_yaxes(title=TITLES["recall"], col=1)
    return chart.update_xaxes(title="% of eligible users", row=lines)


def forest(
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, str],
    looks: Mapping[str, Style],
    base: str,
    few: int,
) -> go.Figure:
    """Draw each method's ratio to the baseline with its interval, buckets from the top down.

    Args:
        rows: Lines of a summary.
        labels: What to call each method.
        looks: The style of each method.
        base: What to call the baseline.
        few: Buckets with fewer lists have hollow markers.
    """
    buckets = list(dict.fromkeys(row["bucket"] for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    lists = {row["bucket"]: row["lists"] for row in rows}
    place = {bucket: len(buckets) - 1 - number for number, bucket in enumerate(buckets)}
    chart = figure(110 + len(buckets) * (26 + 17 * len(methods)))
    chart.add_vline(x=1, line={"color": GREY, "width": 1.5})
    for number, method in enumerate(sorted(methods, key=list(labels).index)):
        own = [row for row in rows if row["method"] == method]
        # methods stand below each other within the band of a bucket, never on one another
        shift = ((len(methods) - 1) / 2 - number) * 0.7 / len(methods)
        ratios = [row["lift_vs_baseline"] for row in own]
        # a single list has no interval
        lows = [row["lift_vs_baseline"] if row["lift_low"] is None else row["lift_low"] for row in own]
        highs = [
            row["lift_vs_baseline"] if row["lift_high"] is None else row["lift_high"] for row in own
        ]
        chart.add_scatter(
            x=ratios,
            y=[place[row["bucket"]] + shift for row in own],
            name=labels[method],
            mode="markers",
            marker={
                "size": 10,
                "color": looks[method].colour,
                "symbol": [
                    looks[method].symbol + ("-open" if row["lists"] < few else "") for row in own
                ],
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - ratio for high, ratio in zip(highs, ratios, strict=True)],
                "arrayminus": [ratio - low for ratio, low in zip(ratios, lows, strict=True)],
                "thickness": 2,
                "width": 4,
            },
            customdata=[list(limits) for limits in zip(lows, highs, strict=True)],
            hovertemplate=labels[method]
            + ": %{x:.2f} (%{customdata[0]:.2f}–%{customdata[1]:.2f})<extra></extra>",
        )
    names = [
        ("All lists" if bucket == "all" else bucket)
        + f"<br>{count} list{'s' if count != 1 else ''}"
        + (", too few" if count < few else "")
        for bucket, count in lists.items()
    ]
    chart.update_yaxes(
        tickvals=[place[bucket] for bucket in lists],
        ticktext=names,
        range=[-0.6, len(buckets) - 0.4],
        showgrid=False,
    )
    chart.update_xaxes(title=f"Times as many seeds as {base}")
    return chart.update_layout(showlegend=True)


def seconds(times: pd.DataFrame, labels: Mapping[str, str]) -> go.Figure:
    """Draw the seconds of each method, fitting and scoring stacked, the slowest at the top.

    Args:
        times: Columns stage, method, seconds.
        labels: What to call each method.
    """
    wide = times[times.method != ""].pivot_table(index="method", columns="stage", values="seconds")
    wide = wide.loc[wide.sum(axis=1).sort_values().index]
    chart = figure(120 + 30 * len(wide))
    for stage, colour, name in (("fit", BLUE, "Training"), ("score", ORANGE, "Scoring every user")):
        chart.add_bar(
            y=[labels[method] for method in wide.index],
            x=wide[stage],
            orientation="h",
            name=name,
            marker={"color": colour, "pattern": {"shape": "/" if stage == "score" else ""}},
            hovertemplate="%{y}: %{x:.1f} s<extra>" + name + "</extra>",
        )
    chart.update_xaxes(title="Seconds over all lists")
    # Plotly turns the names of stacked bars round
    return chart.update_layout(barmode="stack", showlegend=True, legend={"traceorder": "normal"})
