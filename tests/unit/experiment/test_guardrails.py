"""Guardrails: the state follows the interval, the p-value is that of a test made by hand."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lookalike.experiment.effects import Effect, effect
from lookalike.experiment.guardrails import guarded, state
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric, Variable, mean_metric
from lookalike.experiment.results import Cuped, MetricResult
from tests.unit.experiment.data import moments_of


def guard(margin: float | None = 0.05, good: str = "down") -> Metric:
    return Metric("spend", "spend", Variable("spend"), good=good, margin=margin)


def compared(control: np.ndarray, treatment: np.ndarray, alpha: float = 0.05) -> MetricResult:
    arms = [moments_of(guard(), {"spend": x}) for x in (control, treatment)]
    return compare(guard(), *arms, alpha=alpha)


def spends(seed: int = 1, lift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.gamma(2, 5, 300), rng.gamma(2, 5, 140) * (1 + lift)


def test_the_p_value_is_that_of_a_one_sided_test_made_by_hand():
    control, treatment = spends(lift=0.02)
    # the logarithm of a mean, its squared error by the delta method, Welch's degrees of freedom
    errors = [x.var(ddof=1) / len(x) / x.mean() ** 2 for x in (control, treatment)]
    df = sum(errors) ** 2 / (errors[0] ** 2 / 299 + errors[1] ** 2 / 139)
    ratio, se = math.log(treatment.mean() / control.mean()), math.sqrt(sum(errors))
    found = compared(control, treatment)
    rise = guarded(found, guard(0.05)).non_inferior_p
    assert rise == pytest.approx(stats.t.cdf((ratio - math.log(1.05)) / se, df), rel=1e-9)
    fall = guarded(found, guard(0.05, "up")).non_inferior_p
    assert fall == pytest.approx(stats.t.sf((ratio - math.log(0.95)) / se, df), rel=1e-9)


@pytest.mark.parametrize(
    ("ci", "good", "expected"),
    [
        ((-0.02, 0.04), "down", "kept"),
        ((0.01, 0.04), "down", "kept"),  # worse, but by an accepted amount
        ((-0.02, 0.06), "down", "open"),
        ((0.01, 0.06), "down", "open"),  # worse, but by how much is not known
        ((0.10, 0.20), "down", "broken"),
        ((-0.30, -0.10), "down", "kept"),
        ((-0.04, 0.02), "up", "kept"),
        ((-0.06, 0.02), "up", "open"),
        ((-0.06, -0.01), "up", "open"),
        ((-0.16, -0.06), "up", "broken"),
        ((0.10, 0.30), "up", "kept"),
    ],
)
def test_the_state_follows_the_bounds(ci, good, expected):
    assert state(Effect(0.0, ci, True, False, 1.0), good, 0.05) == expected


def test_without_a_ratio_the_absolute_interval_is_held_against_the_control():
    """Nobody of the control spends: any certain rise is beyond any relative margin."""
    rng = np.random.default_rng(3)
    nothing, something = np.zeros(500), rng.gamma(2, 5, 500)
    broken = guarded(compared(nothing, something), guard())
    assert (broken.guardrail, broken.non_inferior_p) == ("broken", None)
    assert guarded(compared(something, nothing), guard()).guardrail == "kept"
    rare = np.zeros(500)
    rare[7] = 1.0
    assert guarded(compared(nothing, rare), guard()).guardrail == "open"


def test_a_negative_control_is_not_divided_by():
    rng = np.random.default_rng(4)
    refunds = rng.normal(-10, 1, 400)
    result = compared(refunds, refunds + 5)  # less is better, and it is more
    assert result.rel_lift < 0
    assert guarded(result, guard()).guardrail == "broken"


def test_the_adjusted_estimate_decides_where_there_is_one():
    control, treatment = spends()
    plain = compared(control, treatment)
    adjusted = Cuped(10.0, 13.0, 3.0, (2.0, 4.0), 0.3, (0.2, 0.4083), 1e-8, 0.5, 400, 500.0)
    both = guarded(dataclasses.replace(plain, cuped=adjusted), guard())
    assert both.guardrail == "broken"
    assert guarded(plain, guard()).guardrail != "broken"
    assert both.non_inferior_p > 0.999
    unsure = dataclasses.replace(adjusted, abs_ci=None, rel_ci=None, p_value=None)
    assert effect(dataclasses.replace(plain, cuped=unsure), 0.05) == effect(plain, 0.05)


def test_what_is_no_guardrail_gets_a_direction_only():
    found = guarded(compared(*spends()), guard(None))
    assert (found.good, found.margin, found.guardrail, found.non_inferior_p) == (
        "down",
        None,
        None,
        None,
    )


def test_what_cannot_be_computed_stays_open_to_nobody():
    same = np.ones(5)
    found = guarded(compared(same, same), guard())
    assert (found.margin, found.guardrail, found.non_inferior_p) == (0.05, None, None)
    none = MetricResult("spend", "spend", None, None, reason="the control has no users to divide by")
    assert guarded(none, guard()).guardrail is None


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000), st.floats(-0.5, 0.5), st.floats(0, 0.9), st.sampled_from(["up", "down"]),
    st.sampled_from([0.01, 0.05, 0.2]),
)  # fmt: skip
def test_kept_is_what_the_p_value_says(seed, lift, margin, good, alpha):
    rng = np.random.default_rng(seed)
    control, treatment = rng.gamma(1, 5, 30), rng.gamma(1, 5, 40) * (1 + lift)
    found = guarded(compared(control, treatment, alpha), guard(margin, good), alpha)
    assert (found.guardrail == "kept") == (found.non_inferior_p <= alpha / 2)


def test_non_inferiority_holds_its_level():
    """Worse by exactly the margin: called kept in one case in forty."""
    rng, runs = np.random.default_rng(5), 400
    metric, kept = mean_metric("spend", "spend"), 0
    metric = dataclasses.replace(metric, good="down", margin=0.1)
    for _ in range(runs):
        arms = rng.gamma(2, 5, (2, 400)) * np.array([[1.0], [1.1]])
        result = compare(metric, *(moments_of(metric, {"spend": x}) for x in arms))
        kept += guarded(result, metric).guardrail == "kept"
    assert abs(kept / runs - 0.025) < 3 * math.sqrt(0.025 * 0.975 / runs)
