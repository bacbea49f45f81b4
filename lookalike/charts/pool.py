"""Who is left after each condition: a waterfall from all users to those that an audience can hold."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go

from lookalike.charts.theme import BLUE, GREY, INK, VERMILION, figure

BAR = 34  # pixels
BESIDE = 0.72  # share of the width up to which a number stands beside its bar rather than in it


def waterfall(steps: Sequence[tuple[str, int, str]]) -> go.Figure:
    """Draw steps from the top down: totals from zero, each loss where the one before it ended.

    Args:
        steps: What, how many users, and the kind: "start", "loss" or "left".
    """
    total = max((users for _, users, _ in steps), default=1) or 1
    starts, lengths, colours, texts, names = [], [], [], [], []
    left = 0
    for what, users, kind in steps:
        loss = kind == "loss"
        left = left - users if loss else users
        starts.append(left if loss else 0)
        lengths.append(users)
        colours.append(VERMILION if loss else BLUE)
        texts.append(f"−{users:,}" if loss else f"{users:,}")
        # on a phone a long name wraps rather than push the bars off
        names.append(_wrapped(what[0].upper() + what[1:]))
    shapes = ["/" if colour == VERMILION else "" for colour in colours]
    drawn = figure(height=40 + BAR * max(len(steps), 1))
    drawn.add_trace(
        go.Bar(
            x=lengths,
            y=list(range(len(steps))),
            base=starts,
            orientation="h",
            marker={"color": colours, "pattern": {"shape": shapes}},
            hovertext=[f"{name}: {text}" for name, text in zip(names, texts, strict=True)],
            hoverinfo="text",
            showlegend=False,
        )
    )
    for place, (start, length, text) in enumerate(zip(starts, lengths, texts, strict=True)):
        end = start + length
        inside = end > BESIDE * total
        drawn.add_annotation(
            x=start if inside and start > (1 - BESIDE) * total else (0 if inside else end),
            y=place,
            text=text,
            showarrow=False,
            xanchor="right" if inside and start > (1 - BESIDE) * total else "left",
            xshift=-4 if inside and start > (1 - BESIDE) * total else 4,
            font={"color": "#FFFFFF" if inside and start <= (1 - BESIDE) * total else INK},
        )
    drawn.update_xaxes(showticklabels=False, showgrid=False, range=[0, total])
    drawn.update_yaxes(
        tickvals=list(range(len(steps))),
        ticktext=names,
        range=[len(steps) - 0.5, -0.5],
        showgrid=False,
        tickfont={"color": GREY},
    )
    drawn.update_layout(bargap=0.35, margin={"t": 8, "b": 8})
    return drawn


def _wrapped(text: str, width: int = 24) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "<br>".join(html.escape(one) for one in (*lines, line))
