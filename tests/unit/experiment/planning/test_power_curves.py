import dataclasses

import pytest

from lookalike.experiment.planning.baseline import share_baseline
from lookalike.experiment.planning.plan import plan
from lookalike.experiment.planning.power_curves import by_lift, by_size, power_at, rounded_up
from lookalike.experiment.planning.terms import Terms

SHARE = share_baseline(0.04)
TERMS = Terms(treatments=2)


def test_curves_pass_through_the_plan() -> None:
    made = plan(SHARE, TERMS)
    assert power_at(SHARE, SHARE.sd, TERMS, made.total) == pytest.approx(0.8, abs=1e-5)
    lifts = by_lift(SHARE, TERMS, made.total, 0.1)
    assert [one.power for one in lifts if one.at == pytest.approx(0.05)] == [
        pytest.approx(0.8, abs=1e-5)
    ]
    assert lifts[0].at == 0
    assert lifts[0].power == pytest.approx(made.alpha_each)
    sizes = by_size(SHARE, TERMS, made.total)
    assert sizes[-1].at >= made.total
    for curve in (lifts, sizes):
        assert [one.power for one in curve] == sorted(one.power for one in curve)
        assert all(one.power_adjusted is None for one in curve)


def test_the_adjustment_has_a_curve_of_its_own() -> None:
    adjusted = dataclasses.replace(SHARE, sd_adjusted=SHARE.sd / 2)
    for one in by_size(adjusted, TERMS, 1_000):
        assert one.power_adjusted is not None
        assert one.power_adjusted > one.power


@pytest.mark.parametrize(("given", "ends"), [(0.27, 0.3), (1_000, 1_000), (1_201, 1_500), (99, 100)])
def test_axes_end_at_round_numbers(given: float, ends: float) -> None:
    assert rounded_up(given) == pytest.approx(ends)


def test_tiny_tests_have_curves_too() -> None:
    assert [one.at for one in by_size(SHARE, TERMS, 3)] == list(range(1, 61))
