"""How the lifts came about: day by day, each with all that was known by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric
from lookalike.experiment.moments import Moments, aggregate_by
from lookalike.experiment.results import Interval
from lookalike.experiment.rows import Rows
from lookalike.experiment.tables import bracketed, relative
from lookalike.workspace import quoted

LOOKS = 60
Looks = Mapping[dt.date, int]


@dataclass(frozen=True, slots=True)
class DailyLift:
    """One metric in one comparison, as it stood at the end of a day. Unknown is None, never NaN.

    Attributes:
        day: The day, as in 2026-03-01.
        control: The control's name.
        treatment: The treatment's name.
        metric: The metric's name in reports.
        label: Its name for people.
        n_control: Users of the control that had entered by then.
        n_treatment: Users of the treatment that had.
        abs_lift: treatment - control.
        abs_ci: Welch's interval of it.
        rel_lift: treatment / control - 1.
        rel_ci: Its interval: for somebody who looks on this day alone.
        always_valid_abs_ci: An interval of the absolute lift that holds however often one looks.
        always_valid_rel_ci: The same for the relative lift.
    """

    day: str
    control: str
    treatment: str
    metric: str
    label: str
    n_control: int
    n_treatment: int
    abs_lift: float | None = None
    abs_ci: Interval | None = None
    rel_lift: float | None = None
    rel_ci: Interval | None = None
    always_valid_abs_ci: Interval | None = None
    always_valid_rel_ci: Interval | None = None


def cumulative(
    people: Rows, days: Rows | None, metrics: Sequence[Metric], control: str, alpha: float = 0.05
) -> tuple[DailyLift, ...]:
    """Compare the variants day by day: whoever had entered by then, with the sums until then.

    Of a file without days, but with the users' dates of entry, users count with their totals
    from the day on which they entered. Of more than 60 days, 60 are looked at, evenly spread,
    the first and the last among them.

    Args:
        people: One row a user: variant, one column a number, and `first_day` where it is known.
        days: One row a user and day: user_id, variant, day and one column a number; None where
            the file has none.
        metrics: Metrics whose columns are in both.
        control: The control's name.
        alpha: One minus the coverage of every interval.

    Returns:
        One row a treatment, metric and day, in this order; none where days are unknown.
    """
    source, day = (people, "first_day") if days is None else (days, "day")
    if day not in source.columns or not metrics:
        return ()
    looks, at = _looks(source, day)
    if not looks:
        return ()
    found = _entered(people, metrics, at) if days is None else _until(days, metrics, at, len(looks))
    treatments = sorted({variant for moments in found.values() for variant in moments} - {control})
    return tuple(
        _compared(metric, look.isoformat(), control, treatment, found.get(place, {}), alpha)
        for treatment in treatments
        for metric in metrics
        for place, look in enumerate(looks)
    )


def by_day(rows: Sequence[DailyLift]) -> pd.DataFrame:
    """Lay out the days of one treatment and metric for reading: all cells text."""
    return pd.DataFrame(
        [
            (
                row.day,
                f"{row.n_control:,}",
                f"{row.n_treatment:,}",
                relative(row.rel_lift, None),
                bracketed(row.rel_ci),
                bracketed(row.always_valid_rel_ci),
            )
            for row in rows
        ],
        columns=[
            "By the end of",
            "Users in control",
            "Users in treatment",
            "Lift",
            "Interval for one look, %",
            "Interval for any number of looks, %",
        ],
    )


def _looks(source: Rows, day: str) -> tuple[list[dt.date], Looks]:
    """Return the days to look at, and for every day of the file the first look that knows it."""
    name = quoted(day)
    known = [
        found
        for (found,) in source.rows(
            f"SELECT DISTINCT {name} FROM {quoted(source.name)} WHERE {name} IS NOT NULL ORDER BY {name}"
        )
    ]
    chosen = np.unique(np.linspace(0, len(known) - 1, min(len(known), LOOKS)).round().astype(int))
    looks = np.searchsorted(chosen, np.arange(len(known)))
    return [known[place] for place in chosen], dict(zip(known, looks.tolist(), strict=True))


def _entered(people: Rows, metrics: Sequence[Metric], at: Looks) -> dict[int, dict[str, Moments]]:
    """Return moments by look and variant, of users with their totals by the day of entry."""
    parts = ", ".join(["variant", *_columns(metrics)])
    view = _view(
        people,
        f'WITH {_calendar(at)}, cumulated AS (SELECT "look number", {parts} '
        f'FROM {quoted(people.name)} JOIN calendar ON first_day = "calendar day")',
    )
    entries = aggregate_by(view, metrics, '"look number"')
    found: dict[int, dict[str, Moments]] = {}
    so_far: dict[str, Moments] = {}
    for look, entered in entries.items():
        so_far |= {
            variant: so_far[variant] + moments if variant in so_far else moments
            for variant, moments in entered.items()
        }
        found[look] = dict(so_far)
    return found


def _until(
    days: Rows, metrics: Sequence[Metric], at: Looks, looks: int
) -> dict[int, dict[str, Moments]]:
    """Return moments by look and variant, of users with their sums until the look.

    A user's running sums hold from the look of a row until that of the next row. Repeating them
    for every look between streams into the aggregation: the table of users and days is never
    held, and the cost grows with the rows rather than with rows times days.
    """
    columns = _columns(metrics)
    sums = ", ".join(f"sum({name}) OVER until AS {name}" for name in columns)
    own = ", ".join(columns)
    view = _view(
        days,
        f"WITH {_calendar(at)}, running AS ("
        f'SELECT variant, "look number", {sums}, '
        f'coalesce(lead("look number") OVER until, {looks}) AS "next look" '
        f'FROM {quoted(days.name)} JOIN calendar ON day = "calendar day" '
        "WINDOW until AS (PARTITION BY user_id ORDER BY day ROWS UNBOUNDED PRECEDING)), "
        f'cumulated AS (SELECT unnest(range("look number", "next look")) AS "look number", '
        f"variant, {own} FROM running)",
    )
    return aggregate_by(view, metrics, '"look number"')


def _view(source: Rows, before: str) -> Rows:
    return Rows("cumulated", source.columns, lambda sql: source.ask(f"{before} {sql}"))


def _calendar(at: Looks) -> str:
    rows = ", ".join(f"(DATE '{day.isoformat()}', {look})" for day, look in at.items())
    return f'calendar("calendar day", "look number") AS (VALUES {rows})'


def _columns(metrics: Sequence[Metric]) -> list[str]:
    return [quoted(name) for name in dict.fromkeys(c for metric in metrics for c in metric.columns)]


def _compared(
    metric: Metric,
    day: str,
    control: str,
    treatment: str,
    moments: Mapping[str, Moments],
    alpha: float,
) -> DailyLift:
    c, t = moments.get(control), moments.get(treatment)
    n_control, n_treatment = (arm.n if arm else 0 for arm in (c, t))
    empty = DailyLift(day, control, treatment, metric.name, metric.label, n_control, n_treatment)
    if c is None or t is None:
        return empty
    result = compare(metric, c, t, alpha=alpha)
    return DailyLift(
        day,
        control,
        treatment,
        metric.name,
        metric.label,
        n_control,
        n_treatment,
        abs_lift=result.abs_lift,
        abs_ci=result.abs_ci,
        rel_lift=result.rel_lift,
        rel_ci=result.rel_ci,
        always_valid_abs_ci=result.always_valid_abs_ci,
        always_valid_rel_ci=result.always_valid_rel_ci,
    )
