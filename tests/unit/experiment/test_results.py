import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.experiment.results import (
    MOST_TIMES,
    Comparison,
    MetricResult,
    finite,
    finite_pair,
    lift_around,
    lift_of,
)


@pytest.mark.parametrize(
    ("ratio", "lift"),
    [(1.5, 0.5), (0.0, -1.0), (-2.0, -3.0), (MOST_TIMES, MOST_TIMES - 1), (2 * MOST_TIMES, None)],
)
def test_a_lift_out_of_all_proportion_is_none(ratio: float, lift: float | None) -> None:
    assert lift_of(ratio) == lift
    assert lift_of(math.inf) is None
    assert lift_of(math.nan) is None


@given(st.floats(1e-9, 1e9), st.floats(0, 1e9))
def test_an_interval_holds_its_lift_and_ends_before_all_proportion(ratio: float, half: float) -> None:
    found = lift_around(ratio, half)
    if found is None:
        assert math.log(ratio) + half > math.log(MOST_TIMES)
        return
    low, high = found
    assert -1 <= low <= ratio - 1 + 1e-9 * ratio
    assert ratio - 1 - 1e-9 * ratio <= high <= MOST_TIMES * (1 + 1e-9)


def test_an_interval_is_even_on_logarithms() -> None:
    assert lift_around(2.0, math.log(2)) == pytest.approx((0.0, 3.0))
    assert lift_around(2.0, math.inf) is None
    assert lift_around(2.0, math.nan) is None


def test_what_is_not_finite_is_none() -> None:
    assert [finite(x) for x in (1.5, math.nan, math.inf, -math.inf)] == [1.5, None, None, None]
    assert finite_pair(1.0, 2.0) == (1.0, 2.0)
    assert finite_pair(1.0, math.inf) is finite_pair(math.nan, 1.0) is None


def test_a_comparison_gives_its_metrics_by_name() -> None:
    ctr = MetricResult("ctr", "click rate", 0.1, 0.2)
    comparison = Comparison("a", "b", 5, 5, (MetricResult("reach", "reach", 1.0, 1.0), ctr))
    assert comparison["ctr"] is ctr
    with pytest.raises(KeyError, match="cpm"):
        comparison["cpm"]
