"""The charts of bands show what they were given, and read no name as markup."""

from __future__ import annotations

import pytest

from lookalike.charts.band import lift_by_band, offline_beside_online


def row(treatment: str, band: int, lift: float | None, half: float = 0.02) -> dict[str, object]:
    name = "best 50 %" if band == 1 else "50 to 100 %"
    ci = None if lift is None else (lift - half, lift + half)
    return {"treatment": treatment, "band": band, "name": name, "rel_lift": lift, "rel_ci": ci}


def test_a_panel_shows_lifts_with_their_intervals_best_band_left():
    chart = lift_by_band({"Click rate": [row("bold", 1, 0.05), row("bold", 2, -0.01)]})
    (trace,) = chart.data
    assert list(trace.x) == [1, 2]
    assert list(trace.y) == [0.05, -0.01]
    assert list(trace.error_y.array) == pytest.approx([0.02, 0.02])
    assert list(trace.error_y.arrayminus) == pytest.approx([0.02, 0.02])
    assert list(trace.customdata[0]) == ["best 50 %", pytest.approx(0.03), pytest.approx(0.07)]
    assert list(chart.layout.xaxis.ticktext) == ["best 50 %", "50–100 %"]


def test_panels_share_their_bands_and_name_a_treatment_once():
    rows = [row("bold", 1, 0.05), row("bold", 2, 0.02), row("calm", 1, 0.01), row("calm", 2, 0.03)]
    chart = lift_by_band({"Click rate": rows, "Hide rate": rows})
    assert [trace.name for trace in chart.data if trace.showlegend] == ["bold", "calm"]
    assert [note.text for note in chart.layout.annotations] == ["<b>Click rate</b>", "<b>Hide rate</b>"]
    assert {trace.yaxis for trace in chart.data} == {"y", "y2"}
    assert chart.layout.xaxis.matches == "x2"
    assert chart.layout.height > lift_by_band({"Click rate": rows}).layout.height


def test_treatments_differ_in_more_than_colour_and_stand_beside_each_other():
    bold, calm = lift_by_band({"x": [row("bold", 1, 0.05), row("calm", 1, 0.05)]}).data
    assert bold.marker.symbol != calm.marker.symbol
    assert bold.line.dash != calm.line.dash
    assert bold.marker.color != calm.marker.color
    assert bold.x[0] < 1 < calm.x[0]


def test_what_is_unknown_is_left_out():
    chart = lift_by_band({"x": [row("bold", 1, None), row("bold", 2, 0.02) | {"rel_ci": None}]})
    (trace,) = chart.data
    assert list(trace.x) == [2]
    assert list(trace.error_y.array) == [0]
    assert list(chart.layout.xaxis.tickvals) == [1, 2]
    assert not lift_by_band({}).data


def test_offline_beside_online_in_percent():
    rows = [
        {"name": "best 50 %", "share": 0.5, "offline": 0.7, "online": 0.6, "online_ci": (0.55, 0.7)},
        {"name": "50 to 100 %", "share": 0.5, "offline": 0.3, "online": 0.4, "online_ci": (0.3, 0.45)},
    ]
    offline, online, users = offline_beside_online(rows, "clicks").data
    assert list(offline.y) == pytest.approx([70, 30])
    assert list(online.y) == pytest.approx([60, 40])
    assert list(online.error_y.array) == pytest.approx([10, 5])
    assert list(online.error_y.arrayminus) == pytest.approx([5, 10])
    assert list(users.y) == [50, 50]
    assert list(online.x) == ["best 50 %", "50–100 %"]
    assert offline.marker.pattern.shape == "/"
    assert online.name == "Online: clicks"


def test_a_name_is_never_markup():
    name = "<b>bold</b> & co"
    trace = lift_by_band({name: [row(name, 1, 0.1)]}).data[0]
    assert trace.name == "&lt;b>bold&lt;/b> &amp; co"
    assert "<i>" not in offline_beside_online([], "<i>x").data[1].name
