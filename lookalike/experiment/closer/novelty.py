"""Whether an effect fades or grows: the same users in the first and in the second half."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import special

from lookalike.experiment.metrics import PRE, Metric, Variable
from lookalike.experiment.moments import Moments, aggregate, linearised, value
from lookalike.experiment.results import Interval, finite, lift_around, lift_of
from lookalike.experiment.rows import Rows
from lookalike.experiment.tables import NOTHING, p_value, relative, titled
from lookalike.significance import holm
from lookalike.workspace import quoted


@dataclass(frozen=True, slots=True)
class Novelty:
    """How one metric's lift changed from the first half of the days to the second.

    Attributes:
        control: The control's name.
        treatment: The treatment's name.
        metric: The metric's name in reports.
        label: Its name for people.
        n_control: Users of the control that entered in the first half.
        n_treatment: Users of the treatment that did.
        first_rel_lift: Their relative lift in the first half.
        second_rel_lift: The relative lift of the same users in the second half.
        change: Ratio of ratios, second over first, minus 1.
        change_ci: Its interval.
        p_value: Of no change.
        p_holm: The same, adjusted by Holm over the metrics of the comparison.
        trend: "fades" (the second lift is closer to 0), "grows" (it is further away), "turns"
            (so it is, on the other side); None where the change may be chance.
        sentence: What happened in one sentence; empty without a trend.
    """

    control: str
    treatment: str
    metric: str
    label: str
    n_control: int
    n_treatment: int
    first_rel_lift: float | None = None
    second_rel_lift: float | None = None
    change: float | None = None
    change_ci: Interval | None = None
    p_value: float | None = None
    p_holm: float | None = None
    trend: str | None = None
    sentence: str = ""


def novelty(
    days: Rows, metrics: Sequence[Metric], control: str, alpha: float = 0.05
) -> tuple[Novelty, ...]:
    """Compare the lifts of the two halves of the days, of users who entered in the first.

    The same users stand in both halves, so that newcomers cannot look like a trend; whoever has
    no row in the second half counts there with 0. A user's numbers in the halves are correlated:
    the error of the change comes from their joint covariance (Deng, Knoblich & Lu 2018).

    Args:
        days: One row a user and day: user_id, variant, day and one column a number.
        metrics: Metrics whose columns are there.
        control: The control's name.
        alpha: One minus the coverage of the intervals, and the level of Holm's test.

    Returns:
        One row a treatment and metric; none of fewer than two days.
    """
    # days that have rows: a single mistyped date must not move the middle by years
    known = days.rows(f"SELECT DISTINCT day FROM {quoted(days.name)} WHERE day IS NOT NULL ORDER BY day")
    if len(known) < 2 or not metrics:
        return ()
    (later,) = known[len(known) // 2]
    moments = aggregate(_halves(days, metrics, later), metrics, {metric.name for metric in metrics})
    if control not in moments:
        return ()
    return tuple(
        row
        for treatment, arm in moments.items()
        if treatment != control
        for row in _judged(
            [_changed(metric, (control, treatment), moments[control], arm, alpha) for metric in metrics],
            alpha,
        )
    )


def by_half(rows: Sequence[Novelty]) -> pd.DataFrame:
    """Lay out the halves for reading: one row a metric, all cells text; variants where several."""
    table = pd.DataFrame(
        [
            (
                row.treatment,
                titled(row.label),
                relative(row.first_rel_lift, None),
                relative(row.second_rel_lift, None),
                relative(row.change, row.change_ci) if row.change_ci else NOTHING,
                p_value(row.p_value),
                p_value(row.p_holm),
            )
            for row in rows
        ],
        columns=["Variant", "Metric", "First half", "Second half", "Change", "p", "Holm p"],
    )
    return table if len(set(table.Variant)) > 1 else table.drop(columns="Variant")


def _halves(days: Rows, metrics: Sequence[Metric], later: dt.date) -> Rows:
    """Return one row a user: the second half's sums by role, the first half's as the time before."""
    day = f"DATE '{later.isoformat()}'"
    sums = ", ".join(
        f"coalesce(sum({quoted(role)}) FILTER (day {side} {day}), 0.0) AS {quoted(prefix + role)}"
        for role in dict.fromkeys(column for metric in metrics for column in metric.columns)
        for side, prefix in ((">=", ""), ("<", PRE))
    )
    users = (
        f"WITH halves AS (SELECT any_value(variant) AS variant, {sums} FROM {quoted(days.name)} "
        f"WHERE day IS NOT NULL GROUP BY user_id HAVING min(day) < {day})"
    )
    return Rows("halves", days.columns, lambda sql: days.ask(f"{users} {sql}"))


def _changed(
    metric: Metric, names: tuple[str, str], control: Moments, treatment: Moments, alpha: float
) -> Novelty:
    empty = Novelty(*names, metric.name, metric.label, control.n, treatment.n)
    arms = (control, treatment)
    firsts = [value(arm, metric.before) for arm in arms]
    seconds = [value(arm, metric) for arm in arms]
    lifts = [_lift(*firsts), _lift(*seconds)]
    found = dataclasses.replace(empty, first_rel_lift=lifts[0], second_rel_lift=lifts[1])
    if min(control.n, treatment.n) < 2 or any(lift is None or lift <= -1 for lift in lifts):
        return found
    variances = [
        _of_log_growth(arm, metric, one, two)
        for arm, one, two in zip(arms, firsts, seconds, strict=True)
        if one and two
    ]
    errors = [variance / arm.n for variance, arm in zip(variances, arms, strict=True)]
    if sum(errors) <= 0:
        return found
    ratio = (1 + (lifts[1] or 0.0)) / (1 + (lifts[0] or 0.0))
    df = sum(errors) ** 2 / sum(e**2 / (arm.n - 1) for e, arm in zip(errors, arms, strict=True))
    se = math.sqrt(sum(errors))
    half = float(special.stdtrit(df, 1 - alpha / 2)) * se
    return dataclasses.replace(
        found,
        change=lift_of(ratio),
        change_ci=lift_around(ratio, half),
        p_value=finite(2 * float(special.stdtr(df, -abs(math.log(ratio)) / se))),
    )


def _lift(control: float | None, treatment: float | None) -> float | None:
    return None if not control or treatment is None else lift_of(treatment / control)


def _of_log_growth(arm: Moments, metric: Metric, first: float, second: float) -> float:
    """Return the variance between users of log(second half / first half) of a variant's value."""
    growth: dict[Variable, float] = {}
    for form, scale in ((linearised(arm, metric), second), (linearised(arm, metric.before), -first)):
        growth |= {variable: weight / scale for variable, weight in form.items()}
    return arm.variance(growth)


def _judged(rows: Sequence[Novelty], alpha: float) -> list[Novelty]:
    adjusted = holm([row.p_value for row in rows])
    judged = []
    for row, p_holm in zip(rows, adjusted, strict=True):
        trend = _trend(row) if p_holm is not None and p_holm < alpha else None
        judged.append(
            dataclasses.replace(row, p_holm=p_holm, trend=trend, sentence=_sentence(row, trend))
        )
    return judged


def _trend(row: Novelty) -> str:
    first, second = math.log1p(row.first_rel_lift or 0.0), math.log1p(row.second_rel_lift or 0.0)
    if abs(second) < abs(first):
        return "fades"
    return "turns" if first * second < 0 else "grows"


def _sentence(row: Novelty, trend: str | None) -> str:
    if trend is None:
        return ""
    return (
        f"The effect on {row.label} {trend}: {relative(row.first_rel_lift, None)} in the first half, "
        f"{relative(row.second_rel_lift, None)} in the second."
    )
