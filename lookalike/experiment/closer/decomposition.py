"""Where a change of revenue per user comes from: reach, impressions per reached user, or eCPM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lookalike.experiment import tables
from lookalike.experiment.effects import log_ratio, quantile
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric, Variable, ratio_metric
from lookalike.experiment.moments import Moments, aggregate, linearised, value
from lookalike.experiment.results import Interval, finite_pair
from lookalike.experiment.rows import Rows

REACHED = Variable("impressions", positive=True)
IMPRESSIONS, REVENUE = Variable("impressions"), Variable("revenue")
PARTS = (
    Metric("reach", "reach", REACHED),
    Metric("impressions_per_reached_user", "impressions per reached user", IMPRESSIONS, REACHED),
    ratio_metric("ecpm", "revenue", "impressions", "eCPM", scale=1000.0),
)
TOTAL = Metric("revenue_per_user", "revenue per user", REVENUE)
# holds the pair of variables that no part does, so that all covariances come from one aggregation
ACROSS = Metric("revenue_per_reached_user", "revenue per reached user", REVENUE, REACHED)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the change of revenue per user, or the whole of it.

    Attributes:
        treatment: The treatment's name.
        part: "reach", "impressions_per_reached_user", "ecpm" or "revenue_per_user", the whole.
        label: Its name for people.
        control: Its value in the control.
        treatment_value: Its value in the treatment.
        log_lift: The logarithm of the ratio; those of the parts sum to that of the whole.
        log_ci: Its interval; None where it does not vary, as where everybody is reached.
        rel_lift: The ratio minus 1.
        rel_ci: Its interval.
        share: The part's log_lift as a share of the whole one, where that is beyond noise; it may
            be negative or above 1.
        share_ci: Its interval (Fieller).
    """

    treatment: str
    part: str
    label: str
    control: float | None
    treatment_value: float | None
    log_lift: float | None
    log_ci: Interval | None
    rel_lift: float | None
    rel_ci: Interval | None
    share: float | None
    share_ci: Interval | None


def decompose(people: Rows, control: str, alpha: float = 0.05) -> tuple[Part, ...]:
    """Split the change of revenue per user of every treatment into three parts.

    log(revenue per user) = log(reach) + log(impressions per reached user) + log(eCPM / 1000). The
    variances are those of the delta method from the joint covariance of a user's being reached,
    impressions and revenue.

    Args:
        people: One row a user compared.
        control: The control's name.
        alpha: One minus the coverage of every interval.

    Returns:
        Three parts and then the whole, treatment by treatment; their lifts are None where one of
        them is not above 0. Nothing for a table without impressions or without revenue.
    """
    if not {"impressions", "revenue"} <= set(people.columns):
        return ()
    moments = aggregate(people, (*PARTS, ACROSS, TOTAL))
    if control not in moments:
        return ()
    return tuple(
        part
        for treatment, arm in moments.items()
        if treatment != control
        for part in _parts(moments[control], arm, treatment, alpha)
    )


def _parts(control: Moments, treatment: Moments, name: str, alpha: float) -> list[Part]:
    held = {metric: (value(control, metric), value(treatment, metric)) for metric in (*PARTS, TOTAL)}
    results = {metric: compare(metric, control, treatment, alpha=alpha) for metric in held}
    positive = all(x is not None and x > 0 for pair in held.values() for x in pair)
    if not positive or any(result.rel_lift is None for result in results.values()):
        nothing = dict.fromkeys(("log_lift", "log_ci", "rel_lift", "rel_ci", "share", "share_ci"))
        return [
            Part(name, metric.name, metric.label, c, t, **nothing) for metric, (c, t) in held.items()
        ]
    whole = log_ratio(results[TOTAL], alpha)
    parts = []
    for metric, (c, t) in held.items():
        result = results[metric]
        logs, log_ci = log_ratio(result, alpha), None
        if logs is not None:
            centre, se, df = logs
            half = quantile(df, alpha) * se
            log_ci = (centre - half, centre + half)
        share, share_ci = _share(metric, control, treatment, whole, alpha)
        lift = math.log(t) - math.log(c) if c and t else None
        lifts = (lift, log_ci, result.rel_lift, result.rel_ci)
        parts.append(Part(name, metric.name, metric.label, c, t, *lifts, share, share_ci))
    return parts


def _share(
    metric: Metric,
    control: Moments,
    treatment: Moments,
    whole: tuple[float, float, float] | None,
    alpha: float,
) -> tuple[float | None, Interval | None]:
    """Return a part's share of the whole; Fieller's interval is one exactly where the whole is sure."""
    if whole is None:
        return None, None
    total, se, df = whole
    squared = quantile(df, alpha) ** 2
    a = total**2 - squared * se**2
    if a <= 0:
        return None, None
    lift = _log(treatment, metric) - _log(control, metric)
    if metric is TOTAL:
        return 1.0, None
    b = lift * total - squared * _covariance(metric, TOTAL, control, treatment)
    c = lift**2 - squared * _covariance(metric, metric, control, treatment)
    root = math.sqrt(max(b**2 - a * c, 0.0))
    return lift / total, finite_pair((b - root) / a, (b + root) / a)


def _log(arm: Moments, metric: Metric) -> float:
    return math.log(value(arm, metric) or 1.0)


def _covariance(left: Metric, right: Metric, *arms: Moments) -> float:
    """Return the covariance of two log ratios of independent arms, by the delta method."""
    total = 0.0
    for arm in arms:
        forms = linearised(arm, left), linearised(arm, right)
        held = (value(arm, left) or 1.0), (value(arm, right) or 1.0)
        total += arm.bilinear(*forms) / held[0] / held[1] / arm.n
    return total


def sentence(parts: Sequence[Part]) -> str:
    """Say where one treatment's change of revenue per user comes from.

    Args:
        parts: Those of one treatment.
    """
    *pieces, whole = parts
    if whole.rel_lift is None:
        zero = next((part for part in parts if not part.control or not part.treatment_value), None)
        why = (
            f"{zero.label} is nothing in a variant"
            if zero
            else "there are too few users, or values out of all proportion"
        )
        return f"Revenue per user with {whole.treatment} cannot be taken apart: {why}."
    named = [f"{tables.relative(part.rel_lift, None)} from {part.label}" for part in pieces]
    size = round(100 * abs(whole.rel_lift), 1)
    way = "higher" if whole.rel_lift >= 0 else "lower"
    chance = whole.log_ci is None or whole.log_ci[0] <= 0 <= whole.log_ci[1]
    return (
        f"Revenue per user is {size:.1f} % {way} with {whole.treatment}"
        f"{', which may be chance' if chance else ''}: {', '.join(named[:-1])} and {named[-1]}."
    )


def table(parts: Sequence[Part]) -> pd.DataFrame:
    """Lay the parts out for reading: one row each, all cells text."""
    cells = [
        {
            "Variant": part.treatment,
            "Part": tables.titled(part.label),
            "Change": tables.relative(part.rel_lift, part.rel_ci),
            "Share of the change": tables.NOTHING
            if part.share is None
            else _share_text(part.share, part.share_ci),
            "Control": tables.value(part.control, part.part == "reach"),
            "Treatment": tables.value(part.treatment_value, part.part == "reach"),
        }
        for part in parts
    ]
    columns = ["Variant", "Part", "Change", "Share of the change", "Control", "Treatment"]
    several = len({part.treatment for part in parts}) > 1
    return pd.DataFrame(cells, columns=columns if several else columns[1:])


def _share_text(share: float, ci: Interval | None) -> str:
    bounds = "" if ci is None else f" [{100 * ci[0]:.0f}, {100 * ci[1]:.0f}]"
    return f"{100 * share:.0f} %{bounds}"
