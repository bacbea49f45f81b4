"""The charts of days and of p-values show what they were given, and tell it apart without colour."""

from __future__ import annotations

import datetime as dt

import pytest

from lookalike.charts.daily import cumulative_lift, p_value_quantiles


def row(day: int, lift, half=0.1, always=0.2, **changes):
    found = {
        "day": f"2026-03-{day:02d}",
        "rel_lift": lift,
        "rel_ci": (lift - half, lift + half),
        "always_valid_rel_ci": (lift - always, lift + always),
    }
    return found | changes


ROWS = [
    {"day": "2026-03-01", "rel_lift": None, "rel_ci": None, "always_valid_rel_ci": None},
    row(2, 0.4, half=2.0, always=900.0),
    row(3, 0.1),
    row(4, 0.05, half=0.04, always=0.08),
]


def test_lift_band_and_dashed_lines_stand_at_their_days_in_percent():
    band, upper, lower, lift = cumulative_lift(ROWS).data
    days = ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert list(lift.x) == days
    assert list(lift.y) == pytest.approx([40, 10, 5])
    assert list(band.x) == days + days[::-1]
    assert list(band.y) == pytest.approx([240, 20, 9, 1, 0, -160])
    assert list(upper.y)[1:] == pytest.approx([30, 13])
    assert list(lower.y)[1:] == pytest.approx([-10, -3])
    assert lift.customdata[2] == ["[1.0, 9.0]", "[−3.0, 13.0]"]


def test_the_kinds_of_interval_differ_by_more_than_colour():
    band, upper, lower, lift = cumulative_lift(ROWS).data
    assert band.fill == "toself"
    assert upper.line.dash == lower.line.dash == "dash"
    assert lift.line.dash is None
    named = [trace.name for trace in (band, upper, lower, lift) if trace.showlegend is not False]
    assert named == ["Interval for one look", "Interval for any number of looks", "Lift"]


def test_the_axis_is_not_blown_up_by_the_first_days():
    low, high = cumulative_lift(ROWS).layout.yaxis.range
    assert low < -10
    assert 40 < high < 50
    assert cumulative_lift([row(1, 0.0, 0.0, 0.0)]).layout.yaxis.range == (-1, 1)


def test_zero_is_marked_and_short_tests_have_a_tick_a_day():
    chart = cumulative_lift(ROWS)
    assert (chart.layout.shapes[0].y0, chart.layout.shapes[0].y1) == (0, 0)
    assert list(chart.layout.xaxis.tickvals) == ["2026-03-02", "2026-03-03", "2026-03-04"]
    many = cumulative_lift([row(day, 0.1) for day in range(1, 20)])
    assert many.layout.xaxis.tickvals is None


def test_gaps_and_dates_and_json_are_taken():
    rows = [
        row(1, 0.1, rel_ci=None, always_valid_rel_ci=None) | {"day": dt.date(2026, 3, 1)},
        row(2, 0.2, rel_ci=[0.1, 0.3], always_valid_rel_ci=None),
    ]
    band, upper, _, lift = cumulative_lift(rows).data
    assert list(lift.x) == ["2026-03-01", "2026-03-02"]
    assert (list(band.x), list(upper.x)) == (["2026-03-02"] * 2, [])
    assert lift.customdata[0] == ["unknown", "unknown"]


def test_without_a_day_the_place_is_kept():
    empty = cumulative_lift(ROWS[:1])
    assert empty.layout.height == cumulative_lift(ROWS).layout.height
    assert empty.layout.annotations[0].text == "No day can be compared yet"


def test_p_values_stand_against_the_diagonal():
    diagonal, ours, naive = p_value_quantiles([0.1, 0.4, 0.8], [0.0, 0.1]).data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert list(ours.x) == pytest.approx([1 / 6, 3 / 6, 5 / 6])
    assert list(ours.y) == [0.1, 0.4, 0.8]
    assert list(naive.x) == pytest.approx([0.25, 0.75])
    assert len({trace.line.dash for trace in (diagonal, ours, naive)}) == 3
    assert [trace.name for trace in p_value_quantiles([0.5]).data] == ["A sound test", "Here"]
