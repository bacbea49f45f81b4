"""From a result to the estimate that decides, on the logarithm of the ratio where there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from lookalike.experiment.results import MOST_TIMES, Cuped, Interval, MetricResult

MOST = math.log(MOST_TIMES)


@dataclass(frozen=True, slots=True)
class Effect:
    """The estimate of a metric that decides, with the interval of a level of one's own.

    Attributes:
        lift: The change from the control: a share of its value, or in the metric's own unit.
        ci: Its interval.
        relative: Whether both are shares of the control's value; not where that is not positive
            or the treatment's is none of it.
        adjusted: Whether it allows for the time before (CUPED).
        unit: What a change is measured in: 1 where relative, else the control's size.
    """

    lift: float
    ci: Interval
    relative: bool
    adjusted: bool
    unit: float


def effect(result: MetricResult, alpha: float, level: float | None = None) -> Effect | None:
    """Return the estimate to decide from: allowing for the time before where the metric does.

    The adjusted estimate is of the same effect with less noise, so verdict, guardrails and
    their p-values all rest on it; the plain one stands in where there is no adjustment.

    Args:
        result: A metric of a comparison.
        alpha: One minus the coverage of the result's intervals.
        level: One minus the coverage that the effect's interval shall have; alpha by default.
            Relative intervals are exact at any level, absolute ones by the normal quantiles.

    Returns:
        None where the metric has no interval.
    """
    level = alpha if level is None else level
    adjusted = result.cuped if result.cuped is not None and result.cuped.abs_ci is not None else None
    source = adjusted or result
    if source.abs_ci is None or source.abs_lift is None or source.control is None:
        return None
    on_logs = log_ratio(source, alpha)
    if on_logs is not None and source.rel_lift is not None:
        centre, se, df = on_logs
        half = quantile(df, level) * se
        bounds = math.expm1(min(centre - half, MOST)), math.expm1(min(centre + half, MOST))
        return Effect(source.rel_lift, bounds, True, adjusted is not None, 1.0)
    half = (source.abs_ci[1] - source.abs_ci[0]) / 2
    half *= quantile(math.inf, level) / quantile(math.inf, alpha)
    bounds = source.abs_lift - half, source.abs_lift + half
    return Effect(source.abs_lift, bounds, False, adjusted is not None, abs(source.control))


def log_ratio(source: MetricResult | Cuped, alpha: float) -> tuple[float, float, float] | None:
    """Return the logarithm of treatment / control, its standard error and its degrees of freedom.

    They are read from the relative interval, of coverage 1 - alpha; infinite degrees of freedom
    are a normal distribution. None where there is no such interval or no positive control.
    """
    if source.rel_ci is None or not source.control or not source.treatment or source.control < 0:
        return None
    centre, high = math.log(source.treatment / source.control), source.rel_ci[1]
    df = math.inf if source.rel_df is None else source.rel_df
    # a ratio next to 0 leaves nothing of its bound beside the 1 taken from it
    half = math.log1p(high) - centre if high > -1 else 0.0
    return (centre, half / quantile(df, alpha), df) if half > 0 else None


def quantile(df: float, alpha: float) -> float:
    """Return the factor on a standard error for a two-sided interval of coverage 1 - alpha."""
    if math.isinf(df):
        return float(special.ndtri(1 - alpha / 2))
    return float(special.stdtrit(df, 1 - alpha / 2))
