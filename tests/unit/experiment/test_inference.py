import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest

from lookalike.experiment.inference import Estimate, compare, corrected, difference
from lookalike.experiment.metrics import STANDARD, mean_metric
from lookalike.experiment.results import MetricResult
from tests.unit.experiment.data import moments_of

CTR = next(metric for metric in STANDARD if metric.name == "ctr")


def clustered(rng: np.random.Generator, users: int) -> dict[str, np.ndarray]:
    impressions = rng.poisson(rng.gamma(1.0, 20, users)) + 1
    return {"impressions": impressions, "clicks": rng.binomial(impressions, rng.beta(0.5, 5, users))}


def test_a_difference_of_means_is_welchs() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(10, 2, 40), rng.normal(11, 5, 25)
    c, t = (Estimate(len(x), float(x.mean()), float(x.var(ddof=1))) for x in (a, b))
    found, welch = difference(c, t), stats.ttest_ind(b, a, equal_var=False)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-10)
    assert found.abs_ci == pytest.approx(tuple(welch.confidence_interval(0.95)), rel=1e-10)


def test_no_p_value_without_variance_and_no_ratio_to_nothing() -> None:
    same = difference(Estimate(10, 1.0, 0.0), Estimate(10, 1.0, 0.0))
    assert (same.p_value, same.abs_ci, same.rel_ci, same.rel_lift) == (None, None, None, 0.0)
    from_zero = difference(Estimate(10, 0.0, 0.0), Estimate(10, 1.0, 1.0))
    assert from_zero.p_value is not None
    assert (from_zero.rel_lift, from_zero.rel_ci) == (None, None)
    to_zero = difference(Estimate(10, 1.0, 1.0), Estimate(10, 0.0, 0.0))
    assert (to_zero.rel_lift, to_zero.rel_ci) == (-1.0, None)


def test_a_click_rate_that_is_the_same_for_everyone_is_not_judged() -> None:
    users = {"impressions": np.array([10.0, 30, 70, 90]), "clicks": np.array([1.0, 3, 7, 9])}
    result = compare(CTR, moments_of(CTR, users), moments_of(CTR, users))
    assert not result.computable
    assert result.reason == "it does not vary between users"


def test_delta_method_holds_its_level_where_counting_clicks_does_not() -> None:
    """A/A: users differ in their click rate, so their impressions are not independent."""
    rng, runs = np.random.default_rng(20), 400
    ours = naive = 0
    for _ in range(runs):
        c, t = (moments_of(CTR, clustered(rng, 800)) for _ in range(2))
        result = compare(CTR, c, t)
        ours += result.p_value < 0.05
        naive += result.naive_p_value < 0.05
    sampling_error = 3 * math.sqrt(0.05 * 0.95 / runs)
    assert abs(ours / runs - 0.05) < sampling_error
    assert naive / runs > 4 * 0.05


def test_the_naive_p_value_is_the_pooled_test_of_proportions() -> None:
    rng = np.random.default_rng(3)
    c, t = clustered(rng, 500), clustered(rng, 400)
    result = compare(CTR, moments_of(CTR, c), moments_of(CTR, t))
    clicks, impressions = ([int(x[name].sum()) for x in (t, c)] for name in ("clicks", "impressions"))
    z, p_value = proportions_ztest(clicks, impressions)
    assert result.naive_p_value == pytest.approx(p_value, rel=1e-9)
    true_z = result.abs_lift / ((result.abs_ci[1] - result.abs_ci[0]) / 2 / 1.963)
    assert abs(z / true_z) == pytest.approx(math.sqrt(result.design_effect), rel=2e-3)
    assert result.design_effect > 2


@pytest.mark.parametrize("impressions", [[-1.0, -3.0], [4.0, -8.0]])
def test_a_tool_that_counts_events_has_nothing_to_say_of_negative_ones(impressions) -> None:
    clicks = np.array([1.0, -1.5])
    c = moments_of(CTR, {"impressions": np.array([2.0, 2.0]), "clicks": np.array([0.0, 1.0])})
    t = moments_of(CTR, {"impressions": np.array(impressions), "clicks": clicks})
    result = compare(CTR, c, t)
    assert result.computable
    assert (result.naive_p_value, result.design_effect) == (None, None)


def test_independent_clicks_have_no_design_effect() -> None:
    rng = np.random.default_rng(4)
    impressions = rng.integers(1, 9, 20_000)
    users = {"impressions": impressions, "clicks": rng.binomial(impressions, 0.1)}
    moments = moments_of(CTR, users)
    assert compare(CTR, moments, moments).design_effect == pytest.approx(1, abs=0.05)


def test_cuped_finds_what_the_time_before_explains() -> None:
    """The outcome is the covariate plus noise of equal variance: half of the variance goes."""
    rng, users = np.random.default_rng(5), 20_000
    metric = mean_metric("spend", "spend")

    def arm(shift: float) -> dict[str, np.ndarray]:
        before = rng.normal(10, 1, users)
        return {"pre_spend": before, "spend": before + rng.normal(shift, 1, users)}

    c, t = arm(0.0), arm(0.1)
    result = compare(metric, moments_of(metric, c), moments_of(metric, t), cuped=True)
    assert result.cuped.variance_reduction == pytest.approx(0.5, abs=0.02)
    assert result.cuped.worth_users == pytest.approx(2 * users, rel=0.05)
    assert result.cuped.abs_lift == pytest.approx(0.1, abs=0.03)


def test_cuped_keeps_silent_where_the_time_before_says_nothing() -> None:
    rng = np.random.default_rng(6)
    metric = mean_metric("spend", "spend")
    arm = {"pre_spend": np.zeros(50), "spend": rng.normal(1, 1, 50)}
    result = compare(metric, moments_of(metric, arm), moments_of(metric, arm), cuped=True)
    assert result.computable
    assert result.cuped is None


def test_corrections_skip_what_has_no_p_value() -> None:
    results = [
        MetricResult(name, name, 1.0, 1.0, p_value=p_value)
        for name, p_value in (("a", 0.01), ("b", None), ("c", 0.04))
    ]
    adjusted = corrected(results)
    assert [r.p_holm for r in adjusted] == pytest.approx([0.02, None, 0.04])
    assert [r.p_bh for r in adjusted] == pytest.approx([0.02, None, 0.04])
    assert corrected(results[1:2]) == tuple(results[1:2])
