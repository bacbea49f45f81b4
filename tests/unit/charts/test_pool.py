"""The waterfall: bars that begin where the last one ended, and the numbers beside them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lookalike.charts.pool import waterfall

STEPS = [
    ("users of the workspace", 100, "start"),
    ("without an embedding", 30, "loss"),
    ("eligible", 70, "left"),
    ("seeds themselves", 5, "loss"),
    ("available", 65, "left"),
]


def test_losses_hang_where_the_step_before_ended():
    (bars,) = waterfall(STEPS).data
    assert list(bars.base) == [0, 70, 0, 65, 0]
    assert list(bars.x) == [100, 30, 70, 5, 65]
    texts = [one.text for one in waterfall(STEPS).layout.annotations]
    assert texts == ["100", "−30", "70", "−5", "65"]


def test_losses_differ_by_more_than_colour():
    (bars,) = waterfall(STEPS).data
    assert list(bars.marker.pattern.shape) == ["", "/", "", "/", ""]


def test_nothing_at_all_can_be_drawn():
    waterfall([])
    waterfall([("users of the workspace", 0, "start"), ("available", 0, "left")])


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1), max_size=8))
def test_every_bar_lies_within_the_first(total, shares):
    steps, left = [("all", total, "start")], total
    for share in shares:
        lost = int(share * left)
        left -= lost
        steps.append(("lost", lost, "loss"))
    (bars,) = waterfall([*steps, ("left", left, "left")]).data
    for base, length in zip(bars.base, bars.x, strict=True):
        assert 0 <= base <= base + length <= total
    assert bars.x[-1] == left
