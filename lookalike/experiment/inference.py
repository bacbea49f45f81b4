"""From moments to lifts, intervals and p-values. The unit is the user, never the click."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from lookalike.experiment.metrics import Metric
from lookalike.experiment.moments import Moments, linearised, value
from lookalike.experiment.power import minimum_effect
from lookalike.experiment.results import (
    MOST_TIMES,
    Cuped,
    Interval,
    MetricResult,
    finite,
    finite_pair,
    lift_around,
    lift_of,
)
from lookalike.experiment.sequential import half_width
from lookalike.significance import benjamini_hochberg, holm


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric in one variant.

    Attributes:
        n: Users; at least 2.
        value: The metric.
        variance: Its variance between users (ddof 1), so that variance / n is its squared error.
    """

    n: int
    value: float
    variance: float

    @property
    def relative(self) -> float:
        """The variance of its logarithm between users (delta method); the value must not be 0."""
        return self.variance / self.value / self.value  # a square may be too small for a float


@dataclass(frozen=True, slots=True)
class Difference:
    """Two estimates compared; None where it cannot be computed."""

    abs_lift: float
    abs_ci: Interval | None
    rel_lift: float | None
    rel_ci: Interval | None
    p_value: float | None
    rel_df: float | None = None


def difference(control: Estimate, treatment: Estimate, alpha: float = 0.05) -> Difference:
    """Compare two estimates.

    The p-value and the absolute interval are Welch's. The relative interval is
    exp(log ratio ± t · se) − 1, with the squared error of the log ratio and its Welch degrees
    of freedom from the relative variances; it needs values of one sign.
    """
    lift = treatment.value - control.value
    se, df = _welch(control.variance, control.n, treatment.variance, treatment.n)
    p_value, abs_ci = None, None
    if se > 0:
        half = _t_quantile(df, alpha) * se
        p_value = finite(2 * float(special.stdtr(df, -abs(lift) / se)))
        abs_ci = finite_pair(lift - half, lift + half)
    rel_lift, rel_ci, rel_df = None, None, None
    if control.value:
        ratio = treatment.value / control.value
        rel_lift = lift_of(ratio)
        if rel_lift is not None and ratio > 0 and se > 0:
            log_se, log_df = _welch(control.relative, control.n, treatment.relative, treatment.n)
            rel_ci = lift_around(ratio, _t_quantile(log_df, alpha) * log_se)
            rel_df = finite(log_df)
    return Difference(lift, abs_ci, rel_lift, rel_ci, p_value, rel_df)


def compare(
    metric: Metric, control: Moments, treatment: Moments, *, cuped: bool = False, alpha: float = 0.05
) -> MetricResult:
    """Compare one metric between two variants, before any correction for many metrics.

    Args:
        metric: What to compare; both moments must hold its variables.
        control: Moments of the control.
        treatment: Moments of the treatment.
        cuped: Whether the moments hold the metric's `before` too.
        alpha: One minus the coverage of every interval.
    """
    c_value, t_value = value(control, metric), value(treatment, metric)
    empty = MetricResult(metric.name, metric.label, c_value, t_value, rate=metric.is_rate)
    if c_value is None or t_value is None:
        side = "control" if c_value is None else "treatment"
        what = metric.denominator.column if metric.denominator else "users"
        return dataclasses.replace(empty, reason=f"the {side} has no {what} to divide by")
    if min(control.n, treatment.n) < 2:
        return dataclasses.replace(empty, reason="each variant needs at least two users")
    c, t = (
        Estimate(m.n, v, m.variance(linearised(m, metric)))
        for m, v in ((control, c_value), (treatment, t_value))
    )
    found = difference(c, t, alpha)
    plain = dataclasses.replace(
        empty,
        abs_lift=found.abs_lift,
        rel_lift=found.rel_lift,
        abs_ci=found.abs_ci,
        rel_ci=found.rel_ci,
        rel_df=found.rel_df,
    )
    if found.p_value is None:
        return dataclasses.replace(plain, reason="it does not vary between users")
    naive_p, design_effect = _naive(metric, control, treatment, c, t)
    n = c.n + t.n
    always_abs = half_width(c.variance / c.n + t.variance / t.n, n, alpha)
    return dataclasses.replace(
        plain,
        p_value=found.p_value,
        cuped=_cuped(metric, control, treatment, (c, t), alpha) if cuped else None,
        always_valid_abs_ci=finite_pair(found.abs_lift - always_abs, found.abs_lift + always_abs),
        always_valid_rel_ci=_always_valid_relative(c, t, alpha),
        mde80=_found_four_times_in_five(c, t, alpha),
        naive_p_value=naive_p,
        design_effect=design_effect,
        computable=True,
    )


def corrected(results: Sequence[MetricResult]) -> tuple[MetricResult, ...]:
    """Return the results with p-values adjusted over all of them, by Holm and by Benjamini-Hochberg."""
    raw = [result.p_value for result in results]
    adjusted = zip(results, holm(raw), benjamini_hochberg(raw), strict=True)
    return tuple(
        dataclasses.replace(result, p_holm=by_holm, p_bh=by_bh) for result, by_holm, by_bh in adjusted
    )


def _cuped(
    metric: Metric,
    control: Moments,
    treatment: Moments,
    plain: tuple[Estimate, Estimate],
    alpha: float,
) -> Cuped | None:
    """Adjust both arms by theta times the covariate's distance from its mean.

    Theta, and the mean, come from both arms taken as one sample. None where the time before
    says nothing: a covariate without a value or without variance, or one so out of all proportion
    that the adjusted values are no numbers.
    """
    both, before = control + treatment, metric.before
    centre = value(both, before)
    if centre is None or any(value(arm, before) is None for arm in (control, treatment)):
        return None
    outcome, covariate = linearised(both, metric), linearised(both, before)
    spread = both.bilinear(covariate, covariate)
    if spread <= 0:
        return None
    theta = both.bilinear(outcome, covariate) / spread
    adjusted = []
    for arm, raw in zip((control, treatment), plain, strict=True):
        form = dict(linearised(arm, metric))
        for variable, weight in linearised(arm, before).items():
            form[variable] = form.get(variable, 0.0) - theta * weight
        shift = theta * ((value(arm, before) or 0.0) - centre)
        adjusted.append(Estimate(arm.n, raw.value - shift, arm.variance(form)))
    c, t = adjusted
    if not all(math.isfinite(part) for arm in adjusted for part in (arm.value, arm.variance)):
        return None
    found = difference(c, t, alpha)
    kept = (c.variance / c.n + t.variance / t.n) / sum(raw.variance / raw.n for raw in plain)
    return Cuped(
        control=c.value,
        treatment=t.value,
        abs_lift=found.abs_lift,
        abs_ci=found.abs_ci,
        rel_lift=found.rel_lift,
        rel_ci=found.rel_ci,
        p_value=found.p_value,
        variance_reduction=1 - kept,
        worth_users=round((c.n + t.n) * (1 / kept - 1)) if kept > 0 else None,
        rel_df=found.rel_df,
    )


def _naive(
    metric: Metric, control: Moments, treatment: Moments, c: Estimate, t: Estimate
) -> tuple[float | None, float | None]:
    """Return the p-value of a pooled z-test of two proportions over events, and the design effect.

    Only for comparison: it takes every impression for independent. None for metrics that are
    no proportion of events or of users.
    """
    if not metric.is_rate:
        return None, None
    trials = [
        arm.n * (arm.mean[metric.denominator] if metric.denominator else 1.0)
        for arm in (control, treatment)
    ]
    if min(trials) <= 0:  # negative counts are no trials
        return None, None
    pooled = (c.value * trials[0] + t.value * trials[1]) / sum(trials)
    if not 0 < pooled < 1:
        return None, None
    believed = pooled * (1 - pooled) * (1 / trials[0] + 1 / trials[1])
    z = abs(t.value - c.value) / math.sqrt(believed)
    return 2 * float(special.ndtr(-z)), (c.variance / c.n + t.variance / t.n) / believed


def _found_four_times_in_five(c: Estimate, t: Estimate, alpha: float) -> float | None:
    if not (c.value and c.variance):
        return None
    found = minimum_effect(c.value, math.sqrt(c.variance), c.n, t.n, alpha=alpha)
    return found if found < MOST_TIMES else None


def _always_valid_relative(c: Estimate, t: Estimate, alpha: float) -> Interval | None:
    if c.value == 0 or t.value / c.value <= 0:
        return None
    half = half_width(c.relative / c.n + t.relative / t.n, c.n + t.n, alpha)
    return lift_around(t.value / c.value, half)


def _welch(var_c: float, n_c: int, var_t: float, n_t: int) -> tuple[float, float]:
    """Return the standard error of a difference and Welch's degrees of freedom."""
    a, b = var_c / n_c, var_t / n_t
    if a + b == 0:
        return 0.0, math.inf
    return math.sqrt(a + b), (a + b) ** 2 / (a**2 / (n_c - 1) + b**2 / (n_t - 1))


def _t_quantile(df: float, alpha: float) -> float:
    return float(special.stdtrit(df, 1 - alpha / 2))
