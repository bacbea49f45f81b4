"""Lifts by segment, whether they differ at all, and what is left of them after shrinking.

Exploratory: segments are looked at after the test, and there are many of them. So Cochran's Q comes
first, p-values are adjusted, and the lift to act upon is the shrunken one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from lookalike.experiment import tables
from lookalike.experiment.closer.pooling import pooled
from lookalike.experiment.closer.segment_values import values_of
from lookalike.experiment.effects import MOST, log_ratio, quantile
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric
from lookalike.experiment.moments import Moments, aggregate_by, value
from lookalike.experiment.results import Interval, MetricResult
from lookalike.experiment.rows import Rows
from lookalike.significance import benjamini_hochberg, holm

POOLED_USERS = 30  # in both variants; below it a standard error is too rough to weigh by
SURE = 0.05
COLUMNS = (
    "Variant", "Segment", "Value", "Metric", "Users", "Lift", "Lift, shrunken", "Control", "Treatment",
    "p", "BH p",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentLift:
    """One metric of one treatment within one value of a segment.

    Attributes:
        segment: The segment's name, such as "country".
        treatment: The treatment's name.
        metric: The metric's name in reports.
        label: Its name for people.
        rate: Whether the values are shares or rates, shown as percentages.
        value: The segment's value; "(none)" where it is missing, "(others)" the rare ones together.
        n_control: Its users in the control.
        n_treatment: Its users in the treatment.
        control: The metric in the control; None where there is nothing to divide by.
        treatment_value: The metric in the treatment.
        rel_lift: treatment_value / control - 1.
        rel_ci: Its interval.
        p_value: Welch's t-test of the absolute difference.
        p_bh: Adjusted by Benjamini and Hochberg over the segment's values.
        shrunken: The relative lift drawn towards the mean of the segment's values.
        shrunken_ci: Its interval.
        computable: Whether there is a p-value.
    """

    segment: str
    treatment: str
    metric: str
    label: str
    rate: bool
    value: str
    n_control: int
    n_treatment: int
    control: float | None
    treatment_value: float | None
    rel_lift: float | None
    rel_ci: Interval | None
    p_value: float | None
    p_bh: float | None
    shrunken: float | None
    shrunken_ci: Interval | None
    computable: bool


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Whether a metric's lift differs between the values of a segment.

    Attributes:
        segment: The segment's name.
        treatment: The treatment's name.
        metric: The metric's name in reports.
        label: Its name for people.
        values: Values whose lift entered: those with 30 users in both variants and a ratio.
        q: Cochran's Q of the log ratios; None with fewer than two values.
        df: Its degrees of freedom, values - 1.
        p_value: Of the chi-square test that all lifts are the same.
        p_holm: Adjusted by Holm over the segments and metrics of the treatment.
        tau2: The variance of the true log ratios between values.
        i2: The share of their observed variation that is not chance.
        pooled: The relative lift that the shrunken ones are drawn towards.
        pooled_ci: Its interval.
    """

    segment: str
    treatment: str
    metric: str
    label: str
    values: int
    q: float | None
    df: int | None
    p_value: float | None
    p_holm: float | None
    tau2: float | None
    i2: float | None
    pooled: float | None
    pooled_ci: Interval | None


def by_segment(
    people: Rows, segments: Collection[str], metrics: Sequence[Metric], control: str, alpha: float = 0.05
) -> tuple[tuple[SegmentLift, ...], tuple[Heterogeneity, ...]]:
    """Compare every treatment with the control within the values of every segment.

    Args:
        people: One row a user compared, with a column "segment …" for each segment.
        segments: The segments' names.
        metrics: Metrics whose columns are in the table.
        control: The control's name.
        alpha: One minus the coverage of every interval.

    Returns:
        The lifts by segment, treatment, metric and value, values from the largest down and
        "(none)" and "(others)" last; and by segment, treatment and metric whether they differ.
    """
    lifts: list[SegmentLift] = []
    tested: list[Heterogeneity] = []
    for segment in segments:
        grouping, values = values_of(people, segment)
        found = aggregate_by(people, metrics, grouping)
        variants = sorted({variant for arms in found.values() for variant in arms} - {control})
        for treatment in variants:
            for metric in metrics:
                pairs = [(found[name].get(control), found[name].get(treatment)) for name in values]
                rows, test = _together(metric, pairs, alpha)
                key: dict[str, Any] = {"segment": segment, "treatment": treatment}
                key |= {"metric": metric.name, "label": metric.label}
                lifts += [
                    SegmentLift(**key, rate=metric.is_rate, value=name, **row)
                    for name, row in zip(values, rows, strict=True)
                ]
                tested.append(Heterogeneity(**key, **test, p_holm=None))
    return tuple(lifts), _adjusted(tested)


def _together(
    metric: Metric, pairs: Sequence[tuple[Moments | None, Moments | None]], alpha: float
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Compare the values of a segment, each by itself and then with each other.

    Returns:
        What `SegmentLift` and `Heterogeneity` say beside what they are of.
    """
    results = [_compared(metric, control, treatment, alpha) for control, treatment in pairs]
    users = [tuple(arm.n if arm else 0 for arm in pair) for pair in pairs]
    p_bh = benjamini_hochberg([result.p_value for result in results])
    logs = {
        place: found
        for place, result in enumerate(results)
        if min(users[place]) >= POOLED_USERS and (found := log_ratio(result, alpha)) is not None
    }
    test, shrunken = _test(logs, alpha)
    rows = [
        {
            "n_control": users[place][0],
            "n_treatment": users[place][1],
            "control": result.control,
            "treatment_value": result.treatment,
            "rel_lift": result.rel_lift,
            "rel_ci": result.rel_ci,
            "p_value": result.p_value,
            "p_bh": p_bh[place],
            "shrunken": shrunken[place][0] if place in shrunken else None,
            "shrunken_ci": shrunken[place][1] if place in shrunken else None,
            "computable": result.computable,
        }
        for place, result in enumerate(results)
    ]
    return rows, test


def _compared(
    metric: Metric, control: Moments | None, treatment: Moments | None, alpha: float
) -> MetricResult:
    if control is not None and treatment is not None:
        return compare(metric, control, treatment, alpha=alpha)
    held, other = (value(arm, metric) if arm else None for arm in (control, treatment))
    return MetricResult(metric.name, metric.label, held, other)


def _test(
    logs: Mapping[int, tuple[float, float, float]], alpha: float
) -> tuple[dict[str, Any], dict[int, tuple[float, Interval | None]]]:
    """Return Cochran's test, and by place the shrunken lift with its interval."""
    names = ("q", "df", "p_value", "tau2", "i2", "pooled", "pooled_ci")
    test: dict[str, Any] = {"values": len(logs), **dict.fromkeys(names)}
    if len(logs) < 2:
        return test, {}
    ratios, errors = (np.array([found[k] for found in logs.values()]) for k in (0, 1))
    pool, df = pooled(ratios, errors**2), len(logs) - 1
    z = quantile(math.inf, alpha)
    test |= {
        "q": pool.q,
        "df": df,
        "p_value": float(special.chdtrc(df, pool.q)),
        "tau2": pool.tau2,
        "i2": max(0.0, 1 - df / pool.q) if pool.q > 0 else 0.0,
        "pooled": math.expm1(pool.mean),
        "pooled_ci": _lifts(pool.mean, z * math.sqrt(pool.variance)),
    }
    shrunken = {
        place: (math.expm1(centre), _lifts(centre, z * math.sqrt(variance)))
        for place, centre, variance in zip(
            logs, pool.shrunken.tolist(), pool.variances.tolist(), strict=True
        )
    }
    return test, shrunken


def _lifts(centre: float, half: float) -> Interval | None:
    """Return an interval of logarithms as one of relative lifts."""
    return (math.expm1(centre - half), math.expm1(centre + half)) if centre + half < MOST else None


def _adjusted(tested: Sequence[Heterogeneity]) -> tuple[Heterogeneity, ...]:
    """Adjust over the segments and metrics of each treatment."""
    adjusted = list(tested)
    for treatment in dict.fromkeys(test.treatment for test in tested):
        places = [place for place, test in enumerate(tested) if test.treatment == treatment]
        for place, p_holm in zip(places, holm([tested[k].p_value for k in places]), strict=True):
            adjusted[place] = dataclasses.replace(tested[place], p_holm=p_holm)
    return tuple(adjusted)


def sentence(test: Heterogeneity) -> str:
    """Say whether a metric's lift differs between the values of a segment."""
    what = f"the lift of {test.label} with {test.treatment}"
    if test.p_holm is None or test.i2 is None:
        return (
            f"Whether {what} differs by {test.segment} cannot be told: fewer than two of its values "
            f"have {POOLED_USERS} users in both variants and a ratio."
        )
    p = tables.p_value(test.p_holm)
    p = f"p {p}" if p.startswith("<") else f"p = {p}"
    if test.p_holm >= SURE:
        return f"No sign that {what} differs by {test.segment} beyond chance ({p}, Holm)."
    return (
        f"{tables.titled(what)} differs by {test.segment} more than chance explains ({p}, Holm); about "
        f"{100 * test.i2:.0f} % of what is seen between its values is real difference."
    )


def table(lifts: Sequence[SegmentLift]) -> pd.DataFrame:
    """Lay lifts by segment out for reading: one row each, all cells text."""
    cells = [
        {
            "Variant": row.treatment,
            "Segment": row.segment,
            "Value": row.value,
            "Metric": tables.titled(row.label),
            "Users": f"{row.n_control + row.n_treatment:,}",
            "Lift": tables.relative(row.rel_lift, row.rel_ci) if row.computable else "Not computable",
            "Lift, shrunken": tables.relative(row.shrunken, row.shrunken_ci),
            "Control": tables.value(row.control, row.rate),
            "Treatment": tables.value(row.treatment_value, row.rate),
            "p": tables.p_value(row.p_value),
            "BH p": tables.p_value(row.p_bh),
        }
        for row in lifts
    ]
    several = len({row.treatment for row in lifts}) > 1
    return pd.DataFrame(cells, columns=list(COLUMNS if several else COLUMNS[1:]))
