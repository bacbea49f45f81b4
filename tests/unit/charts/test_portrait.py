"""The chart of a portrait: every ratio with its interval, names and shares, at any width."""

from __future__ import annotations

import pytest

from lookalike.charts.portrait import MOST, ratios


def _row(label="Running shoes", ratio=3.0, listed=0.5, elsewhere=0.1):
    return {
        "label": label,
        "share": ratio * elsewhere,
        "elsewhere": elsewhere,
        "listed": listed,
        "ratio": ratio,
        "low": ratio / 2,
        "high": ratio * 2,
    }


def test_ratios_stand_from_the_top_down_with_their_intervals():
    chart = ratios([_row(), _row("country: DE", 1.5, None)])
    audience, listed = chart.data
    assert (list(audience.x), list(audience.y)) == ([3, 1.5], [1, 0])
    assert list(audience.error_x.array) == [3, 1.5]
    assert list(audience.error_x.arrayminus) == [1.5, 0.75]
    assert (list(listed.x), list(listed.y)) == ([pytest.approx(5)], [1])
    assert listed.marker.symbol != audience.marker.symbol
    texts = [note.text for note in chart.layout.annotations]
    assert texts[0].startswith("Running shoes ")
    assert "30 % against 10 %" in texts[0]
    assert chart.layout.xaxis.type == "log"


def test_a_list_that_is_not_told_of_draws_no_marks():
    assert len(ratios([_row(listed=None)]).data) == 1
    assert len(ratios([_row(listed=0.0)]).data) == 1


def test_what_nobody_else_has_stays_on_the_scale():
    (audience,) = ratios([_row(ratio=50_000.0, elsewhere=0.0)]).data
    assert list(audience.x) == [MOST]
    assert list(audience.error_x.array) == [0]


def test_long_names_are_cut_and_no_name_is_read_as_markup():
    chart = ratios([_row("A very long title of an item that no phone has room for"), _row("<b>&")])
    first, second = (note.text for note in chart.layout.annotations)
    assert first.startswith("A very long title of an item that…")
    assert second.startswith("&lt;b&gt;&amp; ")
    assert chart.data[0].customdata[0][0] == "A very long title of an item that no phone has room for"


def test_each_line_has_its_room():
    assert ratios([_row()] * 9).layout.height - ratios([_row()] * 4).layout.height == pytest.approx(
        5 * 46
    )
