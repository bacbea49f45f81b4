"""The charts show the numbers they were given, and nothing that a name could smuggle in."""

import math

import numpy as np
import pytest

from lookalike.charts.segment import forest, waterfall


def row(value="DE", lift=0.05, half=0.02, shrunken=0.04, users=500):
    return {
        "value": value, "n_control": users, "n_treatment": users + 1, "rel_lift": lift,
        "rel_ci": (lift - half, lift + half), "shrunken": shrunken,
        "shrunken_ci": None if shrunken is None else (shrunken - 0.01, shrunken + 0.01),
    }  # fmt: skip


def part(label, lift, half=0.01, **changes):
    ci = tuple(math.expm1(min(bound, 700)) for bound in (lift - half, lift + half))
    return {
        "label": label, "log_lift": lift, "log_ci": (lift - half, lift + half),
        "rel_lift": math.expm1(lift), "rel_ci": ci, **changes,
    }  # fmt: skip


PARTS = [
    part("reach", 0.02), part("impressions per reached user", 0.10), part("eCPM", -0.05),
    part("revenue per user", 0.07),
]  # fmt: skip


def ends(trace):
    return [
        (x - low, x + high)
        for x, low, high in zip(trace.x, trace.error_x.arrayminus, trace.error_x.array, strict=True)
    ]


def test_every_value_has_its_raw_and_its_shrunken_lift():
    drawn = forest([row(), row("US", -0.1, 0.3, 0.0, 20)], "off", (0.03, 0.01, 0.05))
    seen, shrunken = drawn.data
    assert list(seen.x) == [0.05, -0.1]
    assert ends(seen) == [pytest.approx((0.03, 0.07)), pytest.approx((-0.4, 0.2))]
    assert list(shrunken.x) == [0.04, 0.0]
    assert ends(shrunken)[0] == pytest.approx((0.03, 0.05))
    assert list(drawn.layout.yaxis.ticktext) == [
        "DE<br><span style='color:#6B7280'>1,001 users</span>",
        "US<br><span style='color:#6B7280'>41 users</span>",
    ]
    assert list(np.round(seen.y)) == list(np.round(shrunken.y)) == [1, 0]
    assert not set(seen.y) & set(shrunken.y)


def test_raw_and_shrunken_differ_by_more_than_colour():
    seen, shrunken = forest([row()], "off").data
    assert (seen.marker.symbol, shrunken.marker.symbol) == ("circle-open", "diamond")
    assert seen.error_x.thickness < shrunken.error_x.thickness
    assert seen.name != shrunken.name


def test_the_lift_of_all_users_is_a_line_with_its_band():
    drawn = forest([row()], "off", (0.03, 0.01, 0.05))
    zero, band, line = drawn.layout.shapes
    assert (zero.x0, line.x0, band.x0, band.x1) == (0, 0.03, 0.01, 0.05)
    assert line.line.dash == "dash"
    assert drawn.layout.annotations[0].text == "All users +3.0 %"
    assert len(forest([row()], "off").layout.shapes) == 1


@pytest.mark.parametrize(("lift", "side"), [(0.2, "right"), (0.01, "center"), (-0.2, "left")])
def test_its_words_stay_inside_the_chart(lift, side):
    drawn = forest([row(lift=-0.1), row(lift=0.1)], "off", (lift, lift - 0.01, lift + 0.01))
    assert drawn.layout.annotations[0].xanchor == side


def test_a_tiny_value_does_not_flatten_the_others():
    low, high = forest([row(), row("tiny", 0.1, 50.0, None, 2)], "off").layout.xaxis.range
    assert high - low < 1
    assert low < -0.05
    wide = forest([row(), row("small", 0.1, 0.12, None)], "off").layout.xaxis.range
    assert wide[0] < -0.02
    assert wide[1] > 0.22


def test_what_cannot_be_computed_is_left_to_the_table():
    gone = {**row("US"), "rel_lift": None, "rel_ci": None, "shrunken": None, "shrunken_ci": None}
    drawn = forest([row(), gone], "off")
    assert len(drawn.data[0].x) == 1
    empty = forest([gone], "off")
    assert not empty.data
    assert "can be computed" in empty.layout.annotations[0].text


def test_names_from_a_file_are_only_text():
    evil = "<a href='https://example.org'>x</a>"
    drawn = forest([row(evil)], evil)
    assert "<a" not in drawn.to_json().replace("\\u003c", "<")
    assert drawn.layout.yaxis.ticktext[0].startswith("&lt;a href=&#x27;https://exam…")
    assert len(forest([row("é" * 80)], "off").layout.yaxis.ticktext[0].split("<br>")[0]) == 22


def test_the_bars_add_up_to_the_whole():
    (bars,) = waterfall(PARTS).data
    assert list(bars.base) == pytest.approx([0, 0.02, 0.12, 0])
    assert list(bars.x) == pytest.approx([0.02, 0.10, -0.05, 0.07])
    assert bars.base[2] + bars.x[2] == pytest.approx(bars.x[3])
    assert ends(bars) == [pytest.approx((x - 0.01, x + 0.01)) for x in bars.x]


def test_a_fall_is_hatched_and_not_only_red():
    (bars,) = waterfall(PARTS).data
    assert list(bars.marker.pattern.shape) == ["", "", "/", ""]
    assert len(set(bars.marker.color)) == 3


def test_bars_and_axis_say_percent():
    drawn = waterfall(PARTS)
    assert [note.text for note in drawn.layout.annotations] == [
        "<b>+2.0 %</b>", "<b>+10.5 %</b>", "<b>−4.9 %</b>", "<b>+7.3 %</b>",
    ]  # fmt: skip
    axis = drawn.layout.xaxis
    for place, text in zip(axis.tickvals, axis.ticktext, strict=True):
        assert math.expm1(place) == pytest.approx(float(text) / 100)
    assert {"0", "+5", "+10"} <= set(axis.ticktext)
    assert axis.range[0] < 0.0
    assert axis.range[1] > 0.13
    assert drawn.layout.yaxis.ticktext[1] == "Impressions per<br>reached user"


def test_a_part_without_an_interval_is_drawn_without_one():
    drawn = waterfall([part("reach", 0.0, log_ci=None, rel_ci=None), *PARTS[1:]])
    assert ends(drawn.data[0])[0] == (0, 0)
    assert drawn.data[0].customdata[0][1] == "+0.0 %"


def test_intervals_without_end_are_drawn():
    assert waterfall([*PARTS[:3], part("revenue per user", 0.07, 1_000.0)]).data


def test_what_cannot_be_taken_apart_has_words_and_no_axes():
    for parts in ([], [part("reach", 0.1, log_lift=None)]):
        drawn = waterfall(parts)
        assert not drawn.data
        assert drawn.layout.annotations[0].text == "The change cannot be taken apart"
        assert drawn.layout.xaxis.visible is False
