"""The charts of the advice: every number is on them, in points and per cent."""

from __future__ import annotations

import pytest

from lookalike.charts.advice import gains, learning_curve

POINTS = [
    {"size": 10, "recall": 0.2, "low": 0.1, "high": 0.3},
    {"size": 20, "recall": 0.4, "low": 0.3, "high": 0.5},
]


def test_the_learning_curve_has_its_band_and_a_tick_for_each_size():
    chart = learning_curve(POINTS)
    band, line = chart.data
    assert list(line.x) == [10, 20]
    assert list(line.y) == pytest.approx([20, 40])
    assert list(band.x) == [10, 20, 20, 10]
    assert list(band.y) == pytest.approx([30, 50, 30, 10])
    assert chart.layout.xaxis.type == "log"
    assert list(chart.layout.xaxis.ticktext) == ["10", "20"]


def _row(label, difference, verdict):
    return {
        "label": label,
        "difference": difference,
        "low": difference - 0.01,
        "high": difference + 0.02,
        "verdict": verdict,
    }


def test_gains_stand_from_the_top_down_in_points_with_their_intervals():
    chart = gains([_row("a", 0.05, "better"), _row("b", 0, "same"), _row("c", -0.1, "same")], "Axis")
    by_name = {trace.name: trace for trace in chart.data}
    assert set(by_name) == {"Better", "No clear difference"}
    better, same = by_name["Better"], by_name["No clear difference"]
    assert (list(better.x), list(better.y)) == ([5], [2])
    assert (list(same.x), list(same.y)) == ([0, -10], [1, 0])
    assert list(better.error_x.array) == pytest.approx([2])
    assert list(better.error_x.arrayminus) == pytest.approx([1])
    assert list(chart.layout.yaxis.ticktext) == ["a", "b", "c"]
    assert chart.layout.xaxis.title.text == "Axis"


def test_verdicts_differ_by_more_than_colour():
    rows = [_row(verdict, 0, verdict) for verdict in ("better", "worse", "same")]
    assert len({trace.marker.symbol for trace in gains(rows, "").data}) == 3
