"""The estimate that decides, read back from a result."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from lookalike.experiment.effects import effect, log_ratio, quantile
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import mean_metric
from lookalike.experiment.results import MetricResult
from tests.unit.experiment.data import moments_of

SPEND = mean_metric("spend", "spend")


def users(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.gamma(2, 5, 300), rng.gamma(2, 5, 140)


def compared(control: np.ndarray, treatment: np.ndarray, alpha: float = 0.05) -> MetricResult:
    return compare(SPEND, *(moments_of(SPEND, {"spend": x}) for x in (control, treatment)), alpha=alpha)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.3])
def test_the_log_ratio_and_its_error_are_read_back_whatever_the_level(alpha):
    control, treatment = users()
    errors = [x.var(ddof=1) / len(x) / x.mean() ** 2 for x in (control, treatment)]
    df = sum(errors) ** 2 / (errors[0] ** 2 / 299 + errors[1] ** 2 / 139)
    expected = (math.log(treatment.mean() / control.mean()), math.sqrt(sum(errors)), df)
    assert log_ratio(compared(control, treatment, alpha), alpha) == pytest.approx(expected, rel=1e-9)


def test_an_interval_of_another_level_is_the_one_computed_at_it():
    found = effect(compared(*users()), 0.05, 0.01)
    assert found.relative
    assert found.ci == pytest.approx(compared(*users(), 0.01).rel_ci, rel=1e-9)
    assert effect(compared(*users()), 0.05).ci == pytest.approx(compared(*users()).rel_ci, rel=1e-9)


def test_an_absolute_interval_is_widened_by_normal_quantiles():
    control, treatment = np.zeros(500), users()[0]
    result = compared(control, treatment)
    found = effect(result, 0.05, 0.01)
    assert (found.relative, found.lift, found.unit) == (False, result.abs_lift, 0.0)
    half = (result.abs_ci[1] - result.abs_ci[0]) / 2 * 2.575829 / 1.959964
    assert found.ci == pytest.approx((found.lift - half, found.lift + half), rel=1e-6)


def test_a_result_kept_without_degrees_of_freedom_is_read_as_normal():
    result = dataclasses.replace(compared(*users()), rel_df=None)
    assert effect(result, 0.05).ci == pytest.approx(result.rel_ci, rel=1e-9)
    assert log_ratio(result, 0.05)[2] == math.inf


def test_there_is_none_without_an_interval():
    assert effect(MetricResult("spend", "spend", None, None), 0.05) is None
    assert effect(compared(np.ones(5), np.ones(5)), 0.05) is None
    assert log_ratio(compared(-users()[0], -users()[1]), 0.05) is None


@pytest.mark.parametrize("df", [1.0, 7.5, 300.0])
def test_quantiles_are_those_of_a_peer(df):
    assert quantile(df, 0.05) == pytest.approx(stats.t.ppf(0.975, df))
    assert quantile(math.inf, 0.05) == pytest.approx(stats.norm.ppf(0.975))
