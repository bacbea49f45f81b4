"""Guardrails: metrics that must not get worse by more than a margin."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal, TypeAlias

from scipy import special

from lookalike.experiment.effects import Effect, effect, log_ratio
from lookalike.experiment.metrics import Metric
from lookalike.experiment.results import Cuped, MetricResult

State: TypeAlias = Literal["kept", "open", "broken"]


def state(found: Effect, good: str, margin: float) -> State:
    """Return what an interval says of a guardrail.

    "kept": even the worse bound is inside the margin. "broken": even the better one is
    beyond it. "open": anything else.

    Args:
        found: The estimate with its interval.
        good: The direction that is wished for, "up" or "down".
        margin: The largest relative change for the worse that is accepted.
    """
    low, high = found.ci
    least, most = (low, high) if good == "down" else (-high, -low)
    if most <= margin * found.unit:
        return "kept"
    return "broken" if least > margin * found.unit else "open"


def guarded(result: MetricResult, metric: Metric, alpha: float = 0.05) -> MetricResult:
    """Return the result with its direction and, for a guardrail, whether it is kept.

    The p-value is of a one-sided test of non-inferiority on the logarithm of the ratio, Welch's
    t against the logarithm of 1 + margin (1 - margin where more is better); it is below alpha / 2
    exactly where the guardrail is kept.

    Args:
        result: The metric in one comparison, with intervals of coverage 1 - alpha.
        metric: The metric, whose margin (between 0 and 1) makes it a guardrail.
        alpha: As above.
    """
    directed = dataclasses.replace(result, good=metric.good, margin=metric.margin)
    found = effect(result, alpha)
    if metric.margin is None or found is None:
        return directed
    source = result.cuped if found.adjusted and result.cuped is not None else result
    return dataclasses.replace(
        directed,
        guardrail=state(found, metric.good, metric.margin),
        non_inferior_p=_non_inferior(source, metric.good, metric.margin, alpha),
    )


def _non_inferior(source: MetricResult | Cuped, good: str, margin: float, alpha: float) -> float | None:
    on_logs = log_ratio(source, alpha)
    if on_logs is None:
        return None
    centre, se, df = on_logs
    if good == "down":
        return _below(df, (centre - math.log1p(margin)) / se)
    return _below(df, (math.log1p(-margin) - centre) / se)


def _below(df: float, t: float) -> float:
    return float(special.ndtr(t) if math.isinf(df) else special.stdtr(df, t))
