"""Charts of where a lift is: by the values of a segment, and by the parts it is made of. No I/O."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, INK, ORANGE, VERMILION, figure
from lookalike.written import true_minus

Row = Mapping[str, Any]
LINE = 22  # characters of a label that a phone has room for
MOST = 700.0  # beyond e^700 a float overflows
BEYOND = 1.5  # how far raw intervals may widen the axis, in widths of everything else


def forest(
    rows: Sequence[Row], control: str, overall: tuple[float, float, float] | None = None
) -> go.Figure:
    """Draw the lift within every value of a segment: as seen, thin and hollow, and shrunken, filled.

    Args:
        rows: value, n_control, n_treatment, rel_lift, rel_ci, shrunken, shrunken_ci of one segment,
            treatment and metric, from the top down; shares, 0.05 is 5 %. Rows without an interval
            are left out.
        control: What is compared with.
        overall: The lift of all users with its interval, drawn as a line and a band.
    """
    seen = [row for row in rows if row["rel_lift"] is not None and row["rel_ci"] is not None]
    drawn = figure(150 + 40 * max(len(seen), 1))
    if not seen:
        return _empty(drawn, "No value of this segment has a lift that can be computed")
    span = _span(seen, overall)
    drawn.add_vline(x=0, line_color=GREY, line_width=1.5)
    if overall is not None:
        lift, low, high = overall
        drawn.add_vrect(x0=low, x1=high, fillcolor=ORANGE, opacity=0.12, line_width=0, layer="below")
        drawn.add_vline(x=lift, line={"color": ORANGE, "width": 2, "dash": "dash"})
        said = f"All users {_percent(lift)}"
        across = (lift - span[0]) / (span[1] - span[0])  # so that it stays inside a phone's screen
        side = "left" if across < 0.3 else "right" if across > 0.7 else "center"
        place = {"x": lift, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": side}
        drawn.add_annotation(text=said, showarrow=False, font={"size": 13}, **place)
    places = range(len(seen) - 1, -1, -1)
    drawn.add_trace(
        _intervals(
            [(row, place - 0.16) for row, place in zip(seen, places, strict=True)],
            ("rel_lift", "rel_ci"),
            name="As seen",
            marker={"symbol": "circle-open", "size": 8, "color": GREY, "line": {"width": 1.5}},
            thickness=1,
        )
    )
    shrunken = [
        (row, place + 0.16) for row, place in zip(seen, places, strict=True) if row["shrunken_ci"]
    ]
    if shrunken:
        drawn.add_trace(
            _intervals(
                shrunken,
                ("shrunken", "shrunken_ci"),
                name="Shrunken towards the mean",
                marker={"symbol": "diamond", "size": 11, "color": BLUE},
                thickness=2.5,
            )
        )
    drawn.update_xaxes(
        title={"text": f"Difference from {html.escape(control)}", "font_size": 14},
        tickformat=".1~%",
        nticks=6,
        range=span,
    )
    drawn.update_yaxes(
        tickvals=list(places),
        ticktext=[_label(row) for row in seen],
        range=[-0.6, len(seen) - 0.4],
        showgrid=False,
    )
    return drawn.update_layout(showlegend=True, margin_t=32)


def waterfall(parts: Sequence[Row]) -> go.Figure:
    """Draw how the parts of a change add up to the whole of it.

    Args:
        parts: label, log_lift, log_ci, rel_lift, rel_ci; the last one is the whole. Bars are as
            long as logarithms, which add up; axis and labels say them in percent.
    """
    drawn = figure(110 + 56 * max(len(parts), 1))
    if not parts or any(part["log_lift"] is None for part in parts):
        return _empty(drawn, "The change cannot be taken apart")
    starts = [0.0]
    for part in parts[:-1]:
        starts.append(starts[-1] + part["log_lift"])
    starts[-1] = 0.0
    ends = [start + part["log_lift"] for start, part in zip(starts, parts, strict=True)]
    places = list(range(len(parts) - 1, -1, -1))
    drawn.add_vline(x=0, line_color=GREY, line_width=1.5)
    for place, end in zip(places[:-1], ends, strict=False):
        # from where a bar ends to where the next one begins, and the last one ends
        drawn.add_shape(
            type="line", x0=end, x1=end, y0=place, y1=place - 1, line={"color": GREY, "dash": "dot"}
        )
    whole = len(parts) - 1
    bounds = [part["log_ci"] or (part["log_lift"],) * 2 for part in parts]
    drawn.add_bar(
        orientation="h",
        y=places,
        x=[part["log_lift"] for part in parts],
        base=starts,
        width=0.56,
        marker={
            "color": [
                GREY if k == whole else BLUE if part["log_lift"] >= 0 else VERMILION
                for k, part in enumerate(parts)
            ],
            "pattern": {
                "shape": [
                    "" if k == whole or part["log_lift"] >= 0 else "/" for k, part in enumerate(parts)
                ],
                "fgcolor": "white",
            },
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - part["log_lift"] for part, (_, high) in zip(parts, bounds, strict=True)],
            "arrayminus": [part["log_lift"] - low for part, (low, _) in zip(parts, bounds, strict=True)],
            "color": INK,
            "thickness": 1.5,
            "width": 5,
        },
        customdata=[[html.escape(part["label"]), _with_bounds(part)] for part in parts],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
    )
    furthest = [max(start, start + high) for start, (_, high) in zip(starts, bounds, strict=True)]
    lowest = min(0.0, *(start + low for start, (low, _) in zip(starts, bounds, strict=True)))
    width = (max(furthest) - lowest) or 0.01
    for place, x, part in zip(places, furthest, parts, strict=True):
        text = f"<b>{_percent(part['rel_lift'])}</b>"
        drawn.add_annotation(x=x, y=place, text=text, xanchor="left", xshift=6, showarrow=False)
    span = [lowest - 0.04 * width, max(furthest) + 0.3 * width]
    ticks = _ticks(*span)
    drawn.update_xaxes(
        title={"text": "Change, %", "font_size": 14},
        range=span,
        tickvals=[math.log1p(tick) for tick in ticks],
        ticktext=[f"{100 * tick:+g}" if tick else "0" for tick in ticks],
    )
    drawn.update_yaxes(
        tickvals=places,
        ticktext=[_wrapped(part["label"]) for part in parts],
        range=[-0.6, len(parts) - 0.4],
        showgrid=False,
    )
    return drawn.update_layout(showlegend=False)


def _intervals(
    rows: Sequence[tuple[Row, float]],
    names: tuple[str, str],
    *,
    name: str,
    marker: Mapping[str, Any],
    thickness: float,
) -> go.Scatter:
    lift, ci = names
    return go.Scatter(
        x=[row[lift] for row, _ in rows],
        y=[place for _, place in rows],
        name=name,
        mode="markers",
        marker=marker,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row[ci][1] - row[lift] for row, _ in rows],
            "arrayminus": [row[lift] - row[ci][0] for row, _ in rows],
            "thickness": thickness,
            "width": 4,
        },
        customdata=[[html.escape(row["value"]), *row[ci]] for row, _ in rows],
        hovertemplate="%{customdata[0]}: %{x:+.1%} [%{customdata[1]:+.1%}, %{customdata[2]:+.1%}]",
    )


def _span(rows: Sequence[Row], overall: tuple[float, float, float] | None) -> list[float]:
    """Return an axis for what matters: one tiny value's interval must not flatten the others."""
    inner = [0.0, *(overall or ()), *(row["rel_lift"] for row in rows)]
    inner += [bound for row in rows for bound in row["shrunken_ci"] or ()]
    low, high = min(inner), max(inner)
    room = BEYOND * (high - low)
    outer = [bound for row in rows for bound in row["rel_ci"]]
    low, high = min(low, max(min(outer), low - room)), max(high, min(max(outer), high + room))
    edge = 0.04 * (high - low)
    return [low - edge, high + edge]


def _ticks(low: float, high: float) -> list[float]:
    """Return four to nine round shares whose logarithms of 1 + share lie between the bounds."""
    first, last = math.expm1(low), math.expm1(min(high, MOST))
    rough = (last - first) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return [
        round(step * k, 10)
        for k in range(math.ceil(first / step), math.floor(last / step) + 1)
        if step * k > -1
    ]


def _label(row: Row) -> str:
    users = row["n_control"] + row["n_treatment"]
    name = row["value"] if len(row["value"]) <= LINE else row["value"][: LINE - 1] + "…"
    return f"{html.escape(name)}<br><span style='color:{GREY}'>{users:,} users</span>"


def _wrapped(label: str) -> str:
    label = label if label[1:2].isupper() else label[:1].upper() + label[1:]
    return "<br>".join(html.escape(line) for line in textwrap.wrap(label, LINE - 4))


def _with_bounds(part: Row) -> str:
    if part["rel_ci"] is None:
        return _percent(part["rel_lift"])
    low, high = (100 * bound for bound in part["rel_ci"])
    return f"{_percent(part['rel_lift'])} " + true_minus(f"[{low:.1f}, {high:.1f}]")


def _percent(lift: float) -> str:
    return true_minus(f"{round(100 * lift, 1) + 0.0:+.1f} %")


def _empty(drawn: go.Figure, text: str) -> go.Figure:
    drawn.add_annotation(text=text, showarrow=False)
    return drawn.update_xaxes(visible=False).update_yaxes(visible=False)
