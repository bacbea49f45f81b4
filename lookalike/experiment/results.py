"""What a readout is made of, as plain data that turns into JSON and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Interval = tuple[float, float]
MOST_TIMES = 1e6  # treatment over control; a relative lift beyond it tells nobody anything


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of the data.

    Attributes:
        name: Its name in reports.
        passed: Whether all is well.
        message: One sentence: what was found, and what was done about it.
        count: How many users, rows or values it concerns.
    """

    name: str
    passed: bool
    message: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the users are split as planned.

    Attributes:
        p_value: Of Pearson's chi-square test; None with a single variant.
        chi2: Its statistic.
        observed: Users by variant.
        planned: The planned share of each variant; they sum to 1.
        status: "passed", "warned" (p < .01) or "blocked" (p < .001).
    """

    p_value: float | None
    chi2: float | None
    observed: dict[str, int]
    planned: dict[str, float]
    status: str


@dataclass(frozen=True, slots=True)
class Cuped:
    """A comparison of one metric after adjusting for the time before (Deng et al. 2013).

    Attributes:
        control: The adjusted value in the control.
        treatment: The adjusted value in the treatment.
        abs_lift: Their difference.
        abs_ci: Its interval.
        rel_lift: Adjusted treatment over adjusted control, minus 1.
        rel_ci: Its interval.
        p_value: Of the absolute difference.
        variance_reduction: The share of the difference's variance that the adjustment removed.
        worth_users: How many more users the plain comparison would have needed instead.
        rel_df: Welch's degrees of freedom of rel_ci.
    """

    control: float
    treatment: float
    abs_lift: float
    abs_ci: Interval | None
    rel_lift: float | None
    rel_ci: Interval | None
    p_value: float | None
    variance_reduction: float | None
    worth_users: int | None
    rel_df: float | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """A relative lift and its interval; None where it cannot be computed."""

    rel_lift: float | None
    rel_ci: Interval | None


@dataclass(frozen=True, slots=True)
class MetricResult:
    """One metric in one comparison. Whatever cannot be computed is None, never NaN.

    Attributes:
        metric: Its name in reports.
        label: Its name for people.
        control: Its value in the control.
        treatment: Its value in the treatment.
        abs_lift: treatment - control.
        abs_ci: Welch's interval of it.
        rel_lift: treatment / control - 1.
        rel_ci: Its interval, computed on the logarithm of the ratio.
        p_value: Welch's t-test of the absolute difference, two-sided.
        p_holm: Adjusted by Holm over the metrics of the comparison.
        p_bh: Adjusted by Benjamini and Hochberg over them.
        cuped: The comparison adjusted for the time before, where the file has it.
        always_valid_abs_ci: An interval that holds however often one looks.
        always_valid_rel_ci: The same for the relative lift.
        mde80: The relative lift that a test of this size finds in 80 % of cases.
        naive_p_value: What a tool says that takes events, not users, for independent.
        design_effect: How many times larger the true variance is than such a tool believes.
        computable: Whether there is a p-value.
        reason: Why there is none; empty where there is one.
        rate: Whether the values are shares or rates, shown as percentages.
        good: The direction that is wished for, "up" or "down".
        margin: Of a guardrail: the largest relative change for the worse that is accepted.
        guardrail: "kept", "open" or "broken", from the interval's bounds; None without a margin.
        non_inferior_p: The chance to look so good or better if it were worse by the margin.
        winsorised: The relative lift with every user's extreme values capped.
        trimmed: The relative lift without the users of extreme values.
        bootstrap_rel_ci: The relative interval from resampled users, where it was asked for.
        rel_df: Welch's degrees of freedom of rel_ci, which make it one of another level.
    """

    metric: str
    label: str
    control: float | None
    treatment: float | None
    abs_lift: float | None = None
    abs_ci: Interval | None = None
    rel_lift: float | None = None
    rel_ci: Interval | None = None
    p_value: float | None = None
    p_holm: float | None = None
    p_bh: float | None = None
    cuped: Cuped | None = None
    always_valid_abs_ci: Interval | None = None
    always_valid_rel_ci: Interval | None = None
    mde80: float | None = None
    naive_p_value: float | None = None
    design_effect: float | None = None
    computable: bool = False
    reason: str = ""
    rate: bool = False
    good: str = "up"
    margin: float | None = None
    guardrail: str | None = None
    non_inferior_p: float | None = None
    winsorised: Lift | None = None
    trimmed: Lift | None = None
    bootstrap_rel_ci: Interval | None = None
    rel_df: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A treatment against the control.

    Attributes:
        control: The control's name.
        treatment: The treatment's name.
        n_control: Users in the control.
        n_treatment: Users in the treatment.
        metrics: One result a metric.
    """

    control: str
    treatment: str
    n_control: int
    n_treatment: int
    metrics: tuple[MetricResult, ...]

    def __getitem__(self, metric: str) -> MetricResult:
        """Return the result of a metric by its name.

        Raises:
            KeyError: It was not measured.
        """
        for result in self.metrics:
            if result.metric == metric:
                return result
        raise KeyError(metric)


def comparison_from(data: Mapping[str, Any]) -> Comparison:
    """Rebuild a comparison from its JSON."""
    metrics = tuple(_metric_from(item) for item in data["metrics"])
    return Comparison(**{**data, "metrics": metrics})


def _metric_from(data: Mapping[str, Any]) -> MetricResult:
    parts = {"cuped": Cuped, "winsorised": Lift, "trimmed": Lift}
    built = {name: kind(**_paired(data[name])) for name, kind in parts.items() if data.get(name)}
    return MetricResult(**{**_paired(data), **built})


def _paired(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(item) if isinstance(item, list) else item for key, item in data.items()}


def finite(number: float) -> float | None:
    """Return the number, or None where it is not a finite one."""
    return number if math.isfinite(number) else None


def lift_of(ratio: float) -> float | None:
    """Return the relative lift of a ratio, or None where that is out of all proportion."""
    return ratio - 1 if abs(ratio) <= MOST_TIMES else None


def lift_around(ratio: float, half: float) -> Interval | None:
    """Return the interval of a relative lift, or None where a bound is out of all proportion.

    Args:
        ratio: Treatment over control; above 0.
        half: The interval's half-width on the logarithm of the ratio.
    """
    if not math.log(ratio) + half <= math.log(MOST_TIMES):
        return None
    return ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1


def finite_pair(low: float, high: float) -> Interval | None:
    """Return the interval, or None where a bound is not a finite number."""
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None
