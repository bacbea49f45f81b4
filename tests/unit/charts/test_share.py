"""The curve of expected shares shows what it was given."""

from __future__ import annotations

import pandas as pd
import pytest

from lookalike.charts.share import share_curve

POINTS = pd.DataFrame(
    {
        "k": [0.01, 0.05, 0.2],
        "people": [10, 50, 200],
        "share": [0.4, 0.2, 0.1],
        "share_low": [0.2, 0.1, 0.05],
        "share_high": [0.6, 0.3, 0.12],
    }
)


def test_share_interval_and_chance_are_drawn_in_percent():
    band, line, chance = share_curve(POINTS, 0.03).data
    assert list(line.x) == pytest.approx([1, 5, 20])
    assert list(line.y) == pytest.approx([40, 20, 10])
    assert line.customdata[1].tolist() == pytest.approx([10, 30, 50])
    assert list(band.y) == pytest.approx([60, 30, 12, 5, 10, 20])
    assert set(chance.y) == {3}
    assert [trace.name for trace in (band, line, chance)] == [
        "90 % interval", "Expected look-alikes", "Random",
    ]  # fmt: skip


def test_a_size_is_marked():
    drawn = share_curve(POINTS, 0.03, mark=0.05)
    assert drawn.layout.shapes[0].x0 == 5
    assert drawn.layout.annotations[0].text == "<b>5 %</b>"
    assert not share_curve(POINTS, 0.03).layout.shapes
