"""Progress: spans within spans, and hearing that it should stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import Cancelled
from lookalike.progress import SILENT, Progress

share = st.floats(0, 1)
span = st.tuples(share, share).map(sorted)


@given(st.lists(span, max_size=5), st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=6).map(sorted))
def test_spans_nest_and_never_leave_their_bounds(spans, reports):
    heard = []
    part, low, high = Progress(heard.append), 0.0, 1.0
    for start, end in spans:
        part = part.span(start, end)
        low, high = low + (high - low) * start, low + (high - low) * end
    for report in reports:
        part.at(report, "working")
    shares = [update.fraction for update in heard]
    assert shares == sorted(shares)
    expected = [low + (high - low) * min(max(report, 0), 1) for report in reports]
    assert shares == pytest.approx(expected, abs=1e-9)


def test_words_and_facts_are_passed_on():
    heard = []
    Progress(heard.append).span(0.5, 1).at(0.5, "epoch 3", epoch=3, loss=0.25)
    (update,) = heard
    assert (update.fraction, update.message, update.facts) == (
        0.75,
        "epoch 3",
        {"epoch": 3, "loss": 0.25},
    )


def test_a_cancel_is_heard_at_every_depth_before_anything_is_told():
    heard, asked = [], []
    deep = Progress(heard.append, lambda: bool(asked)).span(0, 0.5).span(0.5, 1)
    deep.at(0, "first")
    asked.append("stop")
    with pytest.raises(Cancelled):
        deep.at(1, "second")
    assert [update.message for update in heard] == ["first"]


def test_silence_neither_tells_nor_stops():
    assert SILENT.span(0.2, 0.4).at(0.5, "nobody listens") is None
