"""The power curves show what they were given."""

from __future__ import annotations

import pytest

from lookalike.charts.power import power_by_lift, power_by_users

PLAIN = [(0.0, 0.05, None), (0.05, 0.5, None), (0.1, 0.9, None)]
ADJUSTED = [(100.0, 0.05, 0.1), (200.0, 0.5, 0.6), (300.0, 0.9, 0.95)]


def test_lift_and_power_are_drawn_in_percent():
    drawn = power_by_lift(PLAIN, 0.8, 0.05, 0.08)
    line, smallest = drawn.data
    assert list(line.x) == pytest.approx([0, 5, 10])
    assert list(line.y) == pytest.approx([5, 50, 90])
    assert (list(smallest.x), list(smallest.y)) == ([8], [80])
    assert smallest.name == "Smallest lift: 8 %"
    level, mark = drawn.layout.shapes
    assert (level.y0, mark.x0) == (80, 5)
    assert drawn.layout.annotations[0].text == "<b>5 %</b>"


def test_the_adjusted_curve_differs_by_more_than_colour():
    drawn = power_by_users(ADJUSTED, 0.8, 280, 150)
    plain, adjusted, needed = drawn.data
    assert list(adjusted.y) == pytest.approx([10, 60, 95])
    assert (plain.line.dash, adjusted.line.dash) == (None, "dash")
    assert (list(needed.x), needed.name) == ([280], "Needed for the lift: 280 users")
    assert drawn.layout.shapes[1].x0 == 150


def test_what_lies_beyond_the_curve_is_not_marked():
    assert len(power_by_users(ADJUSTED, 0.8, 500, None).data) == 2
    assert len(power_by_lift(PLAIN, 0.8, 0.05, 0.2).data) == 1
    assert len(power_by_users(ADJUSTED, 0.8, 280, None).layout.shapes) == 1
