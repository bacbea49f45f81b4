"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.written import MINUS, true_minus


@pytest.mark.parametrize(
    ("formatted", "written"),
    [("-5.7 %", "\N{MINUS SIGN}5.7 %"), ("[-9.1, 0.0]", "[\N{MINUS SIGN}9.1, 0.0]"), ("+4", "+4")],
)
def test_a_minus_is_no_hyphen(formatted, written):
    assert true_minus(formatted) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_nothing_else_of_a_number_changes(number):
    said = true_minus(f"{number:.3g}")
    assert "-" not in said
    assert float(said.replace(MINUS, "-")) == float(f"{number:.3g}")
